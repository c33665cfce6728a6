package invented

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tongue writes text that looks Finnish: words drawn as they are in any language,
// a few of them all the time and most of them seldom (Zipf), most of the seldom ones
// in some case. Not safe for concurrent use.
type Tongue struct {
	words []string
	upTo  []float64 // cumulative weight of the words
}

// zipf is how fast words grow rarer.
const zipf = 1.02

// NewTongue learns its words from a text, each word once, in the order they come;
// words of one letter and those with digits are left out. To these it adds
// compounds of them, so that the seldom words do not run out.
func NewTongue(text string) *Tongue {
	t := &Tongue{}
	seen := map[string]bool{}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		w = strings.ToLower(w)
		if utf8.RuneCountInString(w) > 1 && !strings.ContainsFunc(w, unicode.IsDigit) && !seen[w] {
			seen[w] = true
			t.words = append(t.words, w)
		}
	}
	known := slices.Clone(t.words)
	r := rand.New(rand.NewPCG(1, 2))
	const most = 30_000
	for len(known) > 10 && len(t.words) < most {
		if w := known[r.IntN(len(known))] + known[r.IntN(len(known))]; utf8.RuneCountInString(w) < 24 {
			t.words = append(t.words, w)
		}
	}
	sum := 0.0
	for i := range t.words {
		sum += math.Pow(float64(i+1), -zipf)
		t.upTo = append(t.upTo, sum)
	}
	return t
}

// common is how many of the words are so frequent that they stand as they are.
const common = 200

// endings are cases and other ends of words, those with a, o and u in the word
// first, then their twins.
func endings() [2][]string {
	return [2][]string{
		{"n", "ssa", "sta", "lla", "lta", "lle", "a", "na", "ksi", "tta", "jen", "ja", "issa", "ista", "illa", "ksia", "mme", "nsa", "kin"},
		{"n", "ssä", "stä", "llä", "ltä", "lle", "ä", "nä", "ksi", "ttä", "jen", "jä", "issä", "istä", "illä", "ksiä", "mme", "nsä", "kin"},
	}
}

func (t *Tongue) word(r *rand.Rand) string {
	i := sort.SearchFloat64s(t.upTo, r.Float64()*t.upTo[len(t.upTo)-1])
	w := t.words[min(i, len(t.words)-1)]
	if i < common || r.IntN(3) == 0 {
		return w
	}
	ends := endings()[1]
	if strings.ContainsAny(w, "aou") {
		ends = endings()[0]
	}
	return w + ends[r.IntN(len(ends))]
}

// Title is four to nine words.
func (t *Tongue) Title(r *rand.Rand) string { return t.sentence(r, 4+r.IntN(6)) }

// Text is sentences of about sixty words in all, seldom under twelve or over four
// hundred.
func (t *Tongue) Text(r *rand.Rand, about float64) string {
	left := int(min(max(about*math.Exp(0.7*r.NormFloat64()), 12), 400))
	var all []string
	for left > 0 {
		n := min(5+r.IntN(12), left)
		all = append(all, t.sentence(r, n)+".")
		left -= n
	}
	return strings.Join(all, " ")
}

func (t *Tongue) sentence(r *rand.Rand, words int) string {
	var b strings.Builder
	for i := range words {
		w := t.word(r)
		if i == 0 {
			first, size := utf8.DecodeRuneInString(w)
			b.WriteRune(unicode.ToUpper(first))
			b.WriteString(w[size:])
			continue
		}
		b.WriteByte(' ')
		b.WriteString(w)
	}
	return b.String()
}
