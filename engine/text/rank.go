package text

import (
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Collection is what is known of all the texts together.
type Collection struct {
	Texts int     // how many there are
	Size  float64 // of an average one, see Keys.Size
	// Holding tells how many texts have a key, in any column.
	Holding func(key string) int
}

// Rarity is how much it says that a text has a key that n of all texts have, in
// nats: BM25's inverse document frequency (Robertson & Zaragoza 2009), never below
// nought.
func (c Collection) Rarity(n int) float64 {
	return math.Log(1 + max(0, float64(c.Texts-n)+.5)/(float64(n)+.5))
}

// Size is how long a text is for BM25: its words' keys, each with its column's weight.
func (k Keys) Size() float64 { return float64(k.Halves()) / 2 }

// BM25's two constants: how soon a word that comes again stops counting, and how much
// a long text is discounted.
const (
	repeated = 1.2
	lengthy  = .75
)

// Runs of letters that two words share count a little: what no dictionary knows, and
// what is misspelt, is then found by what is like it. Each run has the same rarity,
// so that nothing has to be counted of them.
const (
	run       = 4
	runWeight = .03
)

// Question is what texts are ranked by. It is not for concurrent use.
type Question struct {
	all   Collection
	terms map[string]int // key → its place in the slices below
	keys  []string
	gain  []float64 // weight × rarity
	runs  map[string]int
	run   []float64
	tf    []float64 // of the text at hand
	met   []float64
	known map[string][]int // a lemma → the runs it shares with the question
	signs map[uint32]int   // the sign of a key → its place, see Outline
	words int              // how many keys are of words
	own   int              // how many keys the question has itself; the others go beside it
	from  int              // where the keys begin that only say what its words are derived from
	told  int              // how many keys are told of when they are shared; 0 for all
}

// Ask makes a question of keys; in a long one a word that comes again counts again.
func Ask(k Keys, all Collection) *Question {
	q := AskWords(k, all)
	for _, lemma := range k[Lemma] {
		weight := runWeight * all.Rarity(all.Holding(lemma))
		runs(lemma, func(r string) {
			i, ok := q.runs[r]
			if !ok {
				i = len(q.run)
				q.runs[r] = i
				q.run = append(q.run, 0)
			}
			q.run[i] += weight
		})
	}
	q.met = make([]float64, len(q.run))
	return q
}

// AskWords is Ask by whole words alone, without what words share: plain BM25.
func AskWords(k Keys, all Collection) *Question {
	q := &Question{all: all, terms: map[string]int{}, runs: map[string]int{}, known: map[string][]int{}}
	for c, keys := range k {
		if Column(c) == Root {
			q.from = len(q.keys)
		}
		for _, key := range keys {
			i, ok := q.terms[key]
			if !ok {
				i = len(q.keys)
				q.terms[key] = i
				q.keys, q.gain = append(q.keys, key), append(q.gain, 0)
				if !ofConcept(key) {
					q.words++
				}
			}
			q.gain[i] += Column(c).Weight()
		}
	}
	for i, key := range q.keys {
		q.gain[i] *= all.Rarity(all.Holding(key))
	}
	q.tf, q.own = make([]float64, len(q.keys)), len(q.keys)
	return q
}

// Beside adds keys that count beside the question's own, each by its weight
// (Analyser.Beside). A text that has them is no copy for that.
func (q *Question) Beside(keys map[string]float64) {
	q.signs = nil
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		gain := keys[key] * q.all.Rarity(q.all.Holding(key))
		if i, ok := q.terms[key]; ok {
			q.gain[i] += gain
			continue
		}
		q.terms[key] = len(q.keys)
		q.keys, q.gain, q.tf = append(q.keys, key), append(q.gain, gain), append(q.tf, 0)
	}
}

// Unsaid adds keys that count like the question's own and are no reason to tell of: Shared
// leaves them out, as the words that say them are told already. It comes last.
func (q *Question) Unsaid(keys map[string]float64) {
	q.told = len(q.keys)
	q.Beside(keys)
}

// runs are a key's runs of letters, the spaces around it among them.
func runs(key string, yield func(string)) {
	s := "_" + key + "_"
	var at [longest + 3]int
	n := 0
	for i := range s {
		if n == len(at) {
			break
		}
		at[n] = i
		n++
	}
	if n <= run {
		yield(s)
		return
	}
	for i := 0; i+run <= n; i++ {
		end := len(s)
		if i+run < n {
			end = at[i+run]
		}
		yield(s[at[i]:end])
	}
}

// Derived tells that a key is only what a word of the question comes from: "jaella" of
// who asks for "jakelu".
func (q *Question) Derived(key string) bool {
	i, ok := q.terms[key]
	return ok && i >= q.from && i < q.own
}

// Term is one key of a question.
type Term struct {
	Key  string
	Gain float64 // the most it can add, but for how often it comes
	Own  bool    // of the question itself
}

// Terms are the question's keys.
func (q *Question) Terms() (all []Term) {
	for i, key := range q.keys {
		all = append(all, Term{key, q.gain[i], i < q.own})
	}
	return all
}

// Score tells how well a text answers: BM25 over its three columns together, and the
// shared runs. 0 when they have nothing in common. Linear in the text.
func (q *Question) Score(k Keys) float64 {
	clear(q.tf)
	clear(q.met)
	for c, keys := range k {
		weight := Column(c).Weight()
		for _, key := range keys {
			if i, ok := q.terms[key]; ok {
				q.tf[i] += weight
			}
			if Column(c) == Lemma {
				for _, i := range q.shared(key) {
					q.met[i]++
				}
			}
		}
	}
	discount := repeated * (1 - lengthy + lengthy*k.Size()/max(q.all.Size, 1))
	var sum float64
	for i, tf := range q.tf {
		sum += q.gain[i] * tf * (repeated + 1) / (tf + discount)
	}
	for i, n := range q.met {
		sum += q.run[i] * n * (repeated + 1) / (n + discount)
	}
	return sum
}

func (q *Question) shared(lemma string) []int {
	all, ok := q.known[lemma]
	if !ok {
		runs(lemma, func(r string) {
			if i, ok := q.runs[r]; ok {
				all = append(all, i)
			}
		})
		q.known[lemma] = all
	}
	return all
}

// String is the keys of a column as an index takes them.
func (k Keys) String(c Column) string { return strings.Join(k[c], " ") }

// Read takes keys from what String made of each column.
func Read(columns [Columns]string) (k Keys) {
	for c, s := range columns {
		if s != "" && utf8.ValidString(s) {
			k[c] = strings.Split(s, " ")
		}
	}
	return k
}
