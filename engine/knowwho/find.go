package knowwho

import (
	"cmp"
	"container/heap"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"kokko/engine/concept"
	"kokko/engine/language"
)

// Settings are what finding weighs by. The zero value of a field is that nothing comes
// of it; Defaults are measured (docs/knowwho.md).
type Settings struct {
	HalfLife time.Duration // in which a piece of evidence comes to weigh half; 0 is never
	Brief    Weighing      // of a need of a word or two
	Long     Weighing      // of one as long as a story; others are between
	All      float64       // how steeply a part of a short need is less than all of it
	Load     float64       // how steeply who has much to do is spared
	Deep     int           // how many pieces of evidence have a voice
}

// Weighing is how a need is weighed by its length.
type Weighing struct {
	Power  float64 // how much one good piece says beside many middling ones
	Above  float64 // what part of what a piece says on the mean is no answer yet
	Pairs  float64 // what words that follow one another weigh beside words
	Topics float64 // what being about the same weighs beside words
	Lively float64 // how much it adds to have done much lately, whatever it was
}

// between is a share of the way from one to another. What most say is taken off late: in a
// short need nothing is said by the way.
func (w Weighing) between(to Weighing, share float64) Weighing {
	return Weighing{w.Power + share*(to.Power-w.Power), w.Above + share*share*(to.Above-w.Above), w.Pairs + share*(to.Pairs-w.Pairs), w.Topics + share*(to.Topics-w.Topics), w.Lively + share*(to.Lively-w.Lively)}
}

// Defaults are good settings for a region: what somebody knew four years ago weighs half.
func Defaults() Settings {
	return Settings{HalfLife: 4 * 365 * 24 * time.Hour, Brief: Weighing{.8, 0, .5, 12, 0}, Long: Weighing{1, .5, .5, 3, .5}, All: 1.5, Load: 1, Deep: 1000}
}

// Need is what somebody is looked for by.
type Need struct {
	Text     string
	Language language.Language // Unknown is told
	At       time.Time         // what is later is not known yet, and age is counted from here; zero: there is no time
	Most     int               // how many people are wanted
	Least    float64           // how well one's best evidence answers at least, see Faint

	// What may be known and shown; nil is all and nobody's.
	May   func(Person) bool    // who may be found: consent
	Read  func(id int64) bool  // which evidence whoever asks may read
	Load  func(Person) float64 // how much of what they can take they have: from 0 to 1. Who is full is not found
	Where func(Person) Spot    // where they stand
	From  Spot                 // where whoever asks stands
}

// Faint is what is no answer: a piece of evidence that is asked for word by word, or is
// about the same and nothing else, has about 1; one that has some small words in common, or
// speaks of the same among much else, less than this.
const Faint = .08

// Spot is where somebody stands; 0 is not known.
type Spot struct{ Sector, Place, Community uint32 }

// Bridge is over what two who are brought together reach.
type Bridge uint8

// What a bridge goes over; a sum of these.
const (
	OverSector Bridge = 1 << iota
	OverPlace
	OverCommunity
)

// bridge is what it takes to get from one spot to another.
func (s Spot) bridge(to Spot) (b Bridge) {
	if s.Sector != 0 && to.Sector != 0 && s.Sector != to.Sector {
		b |= OverSector
	}
	if s.Place != 0 && to.Place != 0 && s.Place != to.Place {
		b |= OverPlace
	}
	if s.Community != 0 && to.Community != 0 && s.Community != to.Community {
		b |= OverCommunity
	}
	return b
}

// Found is somebody who may be able to help.
type Found struct {
	Person Person
	Score  float64 // what the evidence gives: the sum of Reasons and Rest
	Step   Step    // Competence, or Neighbour when they know only what is akin to it
	Bridge Bridge  // from whoever asks
	// Reasons are the pieces of evidence that say most, those that carry at least 60 % of
	// the score.
	Reasons []Reason
	Rest    float64 // what all the others give
	Others  int     // how many they are
	// Lively is how much of the score comes of having done much lately; it is in the
	// reasons' shares already.
	Lively float64
}

// Reason is a piece of evidence as it speaks for somebody.
type Reason struct {
	Evidence int64
	At       time.Time // zero when it is not known
	Share    float64   // what it gives
	// Words and Concepts are what the need and the evidence have in common, what says
	// most first. Words are keys (text.Say).
	Words    []string
	Concepts []concept.ID
}

// asked is one feature of a need.
type asked struct {
	key  uint64
	word string // of a concept none
	gain float64
	near bool // it is only akin to what was asked: part of a word, what it is about

	rare float64 // how rare it is
	bits uint32  // which words of the need it answers
	part float64 // how much of them it is: 1 for what says most
}

// Bounds on a need's features: the rarest are kept.
const (
	askedWords = 28
	askedPairs = 16
)

// BM25's constants (Robertson & Zaragoza 2009): how soon a word that comes again stops
// counting, in the evidence and in the need, and how much a long text is discounted; and
// to which power a word's rarity is taken, for what is rarest says less of a person than
// of a text.
const (
	again      = 1.2
	askedAgain = 10
	lengthy    = .75
	rarity     = .7
)

// ask makes the features of a need, and tells how it is weighed.
func (x *Index) ask(r *Reader, s *snapshot, n Need, set Settings) (all []asked, want wanted, weigh Weighing) {
	said := r.need(n.Text, n.Language)
	often := func(kind uint64, words map[string]float64) (all []asked) {
		for word, n := range words {
			a := asked{key: digest(kind, word), word: word, gain: n, near: kind == ofWord && !said.whole[word]}
			if kind == ofWord {
				a.bits = said.asks.bits[word]
			}
			all = append(all, a)
		}
		return all
	}
	var topics []asked
	for _, t := range said.concepts(sought) {
		topics = append(topics, asked{key: ofConcept | uint64(t.ID), gain: t.Share, near: !said.asks.named[t.ID], bits: said.asks.topics[t.ID]})
	}
	long := length(len(said.words))
	weigh = set.Brief.between(set.Long, long)
	all = s.weighed(often(ofWord, said.words), often(ofPair, said.pairs), topics, weigh, long)
	return all, s.wants(all, set.All, long), weigh
}

// length is how long a need of so many words is: 1 is as long as a story.
func length(words int) float64 { return float64(min(words, askedWords)) / askedWords }

// weighed gives features their gains, of how often they come in a need.
func (s *snapshot) weighed(words, pairs, topics []asked, weigh Weighing, long float64) (all []asked) {
	words, full := s.rarest(words, askedWords, long*apart)
	pairs, _ = s.rarest(pairs, askedPairs, 0)
	for i := range words {
		words[i].gain /= full
	}
	for i := range pairs {
		pairs[i].gain *= weigh.Pairs / full
	}
	all = append(words, pairs...)
	items := math.Log(1 + float64(max(s.counted(), 100))) // of a few nothing is common
	for _, a := range topics {
		rare := 1 - math.Log(1+float64(s.holding(a.key)))/max(items, 1)
		a.gain *= max(rare, 0) * weigh.Topics / fine
		all = append(all, a)
	}
	return all
}

// Who knows one word of a need answers a part of it: how much by how rare the word is, to a
// power, and what answers a part keeps that part of what it says, to Settings.All. Of a word
// it is all to have what says half of what says most of it.
const (
	rarer  = 3
	plenty = 2
)

// wanted are the words of a need that is answered better by who knows all of them.
type wanted struct {
	bits  []uint32
	gives []float64 // what part of the need each is
	loose float64   // what is kept of what answers nothing: 1 where there is no such need
	steep float64
}

// wants tells of which words a need is made, and of each feature how much of them it is. In
// a long need most is said by the way, and nobody need know all of it.
func (s *snapshot) wants(all []asked, steep, long float64) wanted {
	var words, topics, rare, akin [mostAsks]float64
	for _, a := range all {
		for i := range ones(a.bits) {
			switch {
			case a.key&kindBits == ofConcept:
				topics[i] = max(topics[i], a.gain)
				continue
			case a.near:
				akin[i] = max(akin[i], a.rare)
			default:
				rare[i] = max(rare[i], a.rare)
			}
			words[i] = max(words[i], a.gain)
		}
	}
	for i := range rare {
		if rare[i] == 0 {
			rare[i] = akin[i]
		}
	}
	w, sum := wanted{loose: long * long, steep: steep}, 0.0
	for i := range rare {
		if words[i] == 0 && topics[i] == 0 {
			continue
		}
		gives := rare[i]
		if gives == 0 { // nobody has the word, but what it is about
			gives = slices.Max(rare[:])
		}
		gives = math.Pow(max(gives, 1e-9), rarer)
		w.bits, w.gives = append(w.bits, 1<<i), append(w.gives, gives)
		sum += gives
	}
	if len(w.bits) < 2 || steep <= 0 {
		return wanted{loose: 1}
	}
	for i := range w.gives {
		w.gives[i] /= sum
	}
	for at, a := range all {
		most := &words
		if a.key&kindBits == ofConcept {
			most = &topics
		}
		for i := range ones(a.bits) {
			all[at].part = max(all[at].part, min(1, plenty*a.gain/most[i]))
		}
	}
	return w
}

// ones are the places of a number's bits that are set.
func ones(n uint32) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range mostAsks {
			if n&(1<<i) != 0 && !yield(i) {
				return
			}
		}
	}
}

// keeps is what is kept of what an item says that answers some part of a need.
func (w wanted) keeps(part float64) float64 {
	return w.loose + (1-w.loose)*math.Pow(part, w.steep)
}

// enough is of how many different words a language is told: a name in another language,
// or one said twice, is no more.
const enough = 4

// sure tells that the language of a need can be told.
func (r *Reader) sure(body string) bool {
	seen := map[string]bool{}
	for token := range r.words.Words(body, language.English) {
		if seen[strings.ToLower(token)] = true; len(seen) >= enough {
			return true
		}
	}
	return r.bare
}

// need reads what is asked. What no language is told of is read in all, but words that
// Finnish has in Finnish alone: the care of green care is no kylä, and kylät no English.
func (r *Reader) need(body string, in language.Language) said {
	if !slices.Contains(language.All(), in) {
		if in = r.words.Tell(body); !r.sure(body) {
			in = language.Unknown
		}
	}
	if in != language.Unknown {
		return r.say(body, in, newAsks())
	}
	all := r.say(body, language.Finnish, newAsks())
	all.asks.passed = r.words.Knows
	for _, in := range []language.Language{language.Swedish, language.English} {
		one := r.say(body, in, all.asks)
		for _, to := range [...]struct{ to, from map[string]float64 }{{all.words, one.words}, {all.pairs, one.pairs}} {
			for key, n := range to.from {
				to.to[key] = max(to.to[key], n)
			}
		}
		for id, n := range one.topics {
			all.topics[id] = max(all.topics[id], n)
			all.known[id] = all.known[id] || one.known[id]
		}
		maps.Copy(all.whole, one.whole)
		for id, by := range one.named {
			all.named[id] = max(all.named[id], by)
		}
	}
	return all
}

// rarest are the features of one kind that say most, of those that anybody has; their
// gains are how often they come, and become what they say. Full is
// what the best of all that is said could say together. How much a word tells apart who has
// it counts to a power.
func (s *snapshot) rarest(all []asked, most int, telling float64) (_ []asked, full float64) {
	items := float64(max(s.counted(), 1))
	absent := map[uint64]bool{}
	for i, a := range all {
		have, n := float64(s.holding(a.key)), a.gain
		absent[a.key] = have == 0
		all[i].rare = math.Pow(math.Log(1+(max(0, items-have)+.5)/(have+.5)), rarity)
		all[i].gain = all[i].rare * n * (askedAgain + 1) / (n + askedAgain)
		if telling > 0 && have > 0 {
			all[i].gain *= math.Pow(s.telling(a.key), telling)
		}
	}
	slices.SortFunc(all, func(a, b asked) int {
		if c := cmp.Compare(b.gain, a.gain); c != 0 {
			return c
		}
		return cmp.Compare(a.key, b.key)
	})
	for _, a := range all[:min(most, len(all))] {
		full += a.gain
	}
	// What only fresh items have is asked for too: rarer than anything that is counted.
	all = slices.DeleteFunc(all, func(a asked) bool { return absent[a.key] && !s.freshly(a.key) })
	return all[:min(most, len(all))], full
}

// freshly tells that an item that is in no segment yet has a feature.
func (s *snapshot) freshly(key uint64) bool {
	return slices.ContainsFunc(s.fresh, func(e entry) bool { return e.terms.count(key) > 0 })
}

// apart is to which power it counts in a need as long as a story how much a word tells of
// who, unsure is how many holders in common are supposed of a word before any are counted, and
// utmost bounds how much more or less than another it can tell.
const (
	apart  = 1.5
	unsure = 30
	utmost = 8
)

// telling is how much a word tells of who: how much oftener two items that have it have a
// holder in common than any two have. Words that everybody uses have 1, those of a trade
// more.
func (s *snapshot) telling(key uint64) float64 {
	var common, pairs, alike, all float64
	for _, g := range s.segments {
		n := float64(len(g.seqs))
		alike, all = alike+g.alike, all+n*(n-1)
		if k, ok := slices.BinarySearch(g.keys, key); ok && k < len(g.common) {
			n := float64(g.starts[k+1] - g.starts[k])
			common, pairs = common+float64(g.common[k]), pairs+n*(n-1)
		}
	}
	if alike == 0 {
		return 1
	}
	return max(1./utmost, min((common+unsure)/(pairs*alike/all+unsure), utmost))
}

// counted is among how many items it is counted how rare a feature is: those in segments,
// while there are any.
func (s *snapshot) counted() int {
	if n := s.sealed(); n > 0 {
		return n
	}
	return len(s.fresh)
}

// holding is how many of the counted items have a feature.
func (s *snapshot) holding(key uint64) (n int) {
	if s.sealed() == 0 {
		for _, e := range s.fresh {
			if e.terms.count(key) > 0 {
				n++
			}
		}
		return n
	}
	for _, g := range s.segments {
		items, _ := g.of(key)
		n += len(items)
	}
	return n
}

// mean is how long an item is, in halves: of those in segments, while there are any.
func (s *snapshot) mean() float64 {
	n, halves := 0, uint64(0)
	for _, g := range s.segments {
		n += len(g.seqs)
		halves += g.halves
	}
	if n == 0 {
		for _, e := range s.fresh {
			n++
			halves += uint64(e.rec.size)
		}
	}
	return max(1, float64(halves)/float64(max(n, 1)))
}

// discount is BM25's for a text of a length.
func discount(halves uint16, mean float64) float64 {
	return again * (1 - lengthy + lengthy*float64(halves)/mean)
}

// value is what it gives a text of a length that it has a feature so often.
func (a asked) value(n uint8, discount float64) float64 {
	switch a.key & kindBits {
	case ofConcept:
		return a.gain * float64(n)
	case ofWord:
		tf := float64(n) / 2
		return a.gain * tf * (again + 1) / (tf + discount)
	}
	tf := float64(n)
	return a.gain * tf * (again + 1) / (tf + discount)
}

// covers is how much of the words it is of it answers to have a feature so often.
func (a asked) covers(n uint8) float64 {
	if a.key&kindBits == ofConcept {
		return a.part * min(1, float64(n)/(about*fine))
	}
	return a.part
}

// hit is an item that has something of what is asked.
type hit struct {
	score   float64
	seq     uint32
	record  *record
	segment *segment // nil of a fresh one
	place   int      // in the segment, or among the fresh
}

// hits are a heap with the best on top.
type hits []hit

func (h hits) Len() int { return len(h) }
func (h hits) Less(i, j int) bool {
	if h[i].score != h[j].score {
		return h[i].score > h[j].score
	}
	return h[i].seq < h[j].seq
}
func (h hits) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *hits) Push(any)     {}
func (h *hits) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// match gives every item that has something of what is asked.
func (s *snapshot) match(all []asked, want wanted) (found hits) {
	mean := s.mean()
	var sums, covers, parts []float64
	var touched []uint32
	for _, g := range s.segments {
		sums = slices.Grow(sums[:0], len(g.seqs))[:len(g.seqs)]
		clear(sums)
		for _, a := range all {
			items, counts := g.of(a.key)
			if a.key&kindBits == ofConcept {
				for i, item := range items {
					sums[item] += a.gain * float64(counts[i])
				}
				continue
			}
			for i, item := range items {
				sums[item] += a.value(counts[i], discount(g.records[item].size, mean))
			}
		}
		if want.loose < 1 {
			covers, parts = slices.Grow(covers[:0], len(sums))[:len(sums)], slices.Grow(parts[:0], len(sums))[:len(sums)]
			clear(covers)
			clear(parts)
			for w, bit := range want.bits {
				touched = touched[:0]
				for _, a := range all {
					if a.bits&bit == 0 || a.part == 0 {
						continue
					}
					items, counts := g.of(a.key)
					for i, item := range items {
						if parts[item] == 0 {
							touched = append(touched, item)
						}
						parts[item] = max(parts[item], a.covers(counts[i]))
					}
				}
				for _, item := range touched {
					covers[item] += parts[item] * want.gives[w]
					parts[item] = 0
				}
			}
			for i := range sums {
				if sums[i] > 0 {
					sums[i] *= want.keeps(covers[i])
				}
			}
		}
		for i, sum := range sums {
			if sum > 0 && !s.dead.has(g.seqs[i]) {
				found = append(found, hit{sum, g.seqs[i], &g.records[i], g, i})
			}
		}
	}
	for i := range s.fresh {
		e := &s.fresh[i]
		if s.dead.has(e.seq) {
			continue
		}
		sum, d := 0.0, discount(e.rec.size, mean)
		for _, a := range all {
			if n := e.terms.count(a.key); n > 0 {
				sum += a.value(n, d)
			}
		}
		if want.loose < 1 {
			cover := 0.0
			for w, bit := range want.bits {
				part := 0.0
				for _, a := range all {
					if a.bits&bit == 0 {
						continue
					}
					if n := e.terms.count(a.key); n > 0 {
						part = max(part, a.covers(n))
					}
				}
				cover += part * want.gives[w]
			}
			sum *= want.keeps(cover)
		}
		if sum > 0 {
			found = append(found, hit{sum, e.seq, &e.rec, nil, i})
		}
	}
	return found
}

func (t Terms) count(key uint64) uint8 {
	i, ok := slices.BinarySearchFunc(t.features, key, func(f feature, key uint64) int { return cmp.Compare(f.key, key) })
	if !ok {
		return 0
	}
	return t.features[i].n
}

// vote is what an item gives to one of its holders.
type vote struct {
	hit
	share float64
}

// candidate is somebody with the items that speak for them, the best first.
type candidate struct {
	person Person
	votes  []vote
	score  float64 // the sum of the votes, with lively
	lively float64 // what of it comes of having done much lately
	ranked float64 // by what they are ranked: the score less load
	spot   Spot
	bridge Bridge
}

// Find gives the people whose evidence speaks for them, best first: each of the pieces
// that answer best gives its holders a vote (Macdonald & Ounis 2006, expCombSUM and its
// kin): the score of BM25F and of being about the same, above what most have, to a power, by how it is
// trusted, how old it is and how many hold it. Of the slots a third at
// least go to people in another sector, place or community, when there are any.
//
// It takes a time linear in how many items have the need's words.
func (x *Index) Find(r *Reader, n Need, set Settings) []Found {
	s := x.now.Load()
	all, want, weigh := x.ask(r, s, n, set)
	candidates := s.vote(all, want, weigh, n, set)
	candidates = mixed(s.answering(candidates, all, weigh, n), n.Most)
	found := make([]Found, len(candidates))
	for i, c := range candidates {
		found[i] = s.explain(c, all, weigh)
	}
	return found
}

// looked is among how many for each that is wanted those who stand elsewhere are looked
// for.
const looked = 8

// answering leaves out those whose best evidence is no answer.
func (s *snapshot) answering(list []candidate, all []asked, weigh Weighing, n Need) []candidate {
	if n.Least <= 0 {
		return list
	}
	kept := list[:0]
	for _, c := range list {
		if n.Most > 0 && len(kept) == looked*n.Most {
			break
		}
		if any, _ := s.answers(c.votes[0].hit, all, weigh); any >= n.Least {
			kept = append(kept, c)
		}
	}
	return kept
}

// about is the share of a concept in what is about it rather than near it.
const about = .35

// answers tells how well an item answers, by words or by what it is about; straight counts
// only what was asked for itself.
func (s *snapshot) answers(h hit, all []asked, weigh Weighing) (any, straight float64) {
	var words, topics, wordsItself, topicsItself float64
	d := discount(h.record.size, s.mean())
	for _, a := range all {
		n := s.count(h, a.key)
		if n == 0 {
			continue
		}
		gives := a.value(n, d)
		if a.key&kindBits != ofConcept {
			words += gives
			if !a.near {
				wordsItself += gives
			}
			continue
		}
		gives *= 2 / weigh.Topics // of two texts about the same hardly more than half is alike
		topics += gives
		if !a.near && float64(n) >= about*fine {
			topicsItself += gives
		}
	}
	return max(words, topics), max(wordsItself, topicsItself)
}

// outright is what part of what the best piece says is never taken for no answer.
const outright = .1

// floor is what a piece must say before any of it is an answer, of what those that have a
// voice say on the mean and the best of them.
func (w Weighing) floor(mean, best float64) float64 {
	return min(w.Above*mean, (1-outright)*best)
}

// share is what a piece gives each of its holders: of how much above the floor it says, of
// its part and of what its age has left of it.
func (w Weighing) share(above, part, left float64) float64 {
	return math.Pow(above, w.Power) * part * left
}

// lift is by how much more somebody counts who has done so much lately.
func (w Weighing) lift(done float64) float64 { return 1 + w.Lively*math.Log1p(done) }

// vote has the best items vote.
func (s *snapshot) vote(all []asked, want wanted, weigh Weighing, n Need, set Settings) []candidate {
	found := s.match(all, want)
	heap.Init(&found)
	until := seconds(n.At)
	may := map[Person]bool{}
	allowed := func(seq uint32, p Person) bool {
		if s.left[holding{seq, p}] {
			return false
		}
		yes, ok := may[p]
		if !ok {
			yes = n.May == nil || n.May(p)
			may[p] = yes
		}
		return yes
	}
	var voices hits
	said := 0.0
	for found.Len() > 0 && len(voices) < set.Deep {
		h := heap.Pop(&found).(hit)
		if until != never && h.record.at != never && h.record.at > until || n.Read != nil && !n.Read(h.record.id) {
			continue
		}
		if slices.ContainsFunc(h.record.holders, func(p Person) bool { return allowed(h.seq, p) }) {
			voices = append(voices, h)
			said += h.score
		}
	}
	people := map[Person]*candidate{}
	floor := 0.0
	if len(voices) > 0 {
		floor = weigh.floor(said/float64(len(voices)), voices[0].score)
	}
	for _, h := range voices {
		if h.score <= floor {
			break
		}
		share := weigh.share(h.score-floor, h.record.part(), faded(h.record.at, until, set.HalfLife))
		for _, p := range h.record.holders {
			if !allowed(h.seq, p) {
				continue
			}
			c := people[p]
			if c == nil {
				c = &candidate{person: p}
				people[p] = c
			}
			c.votes = append(c.votes, vote{h, share})
			c.score += share
		}
	}
	lively := map[Person]float64(nil)
	if weigh.Lively > 0 {
		lively = s.lively(until, set.HalfLife)
	}
	list := make([]candidate, 0, len(people))
	for _, c := range people {
		base := c.score
		by := weigh.lift(lively[c.person])
		for i := range c.votes {
			c.votes[i].share *= by
		}
		c.score = base * by
		c.lively = c.score - base
		c.ranked = c.score
		if n.Load != nil && set.Load > 0 {
			c.ranked *= math.Pow(max(0, 1-n.Load(c.person)), set.Load)
		}
		if n.Where != nil {
			c.spot = n.Where(c.person)
			c.bridge = n.From.bridge(c.spot)
		}
		if c.ranked > 0 {
			list = append(list, *c)
		}
	}
	slices.SortFunc(list, func(a, b candidate) int {
		if c := cmp.Compare(b.ranked, a.ranked); c != 0 {
			return c
		}
		return cmp.Compare(a.person, b.person)
	})
	return list
}

// faded is what is left of a piece of evidence of some age.
func faded(at, until int64, half time.Duration) float64 {
	if at == never || until == never || half <= 0 {
		return 1
	}
	return math.Exp2(-float64(until-at) / half.Seconds())
}

// activity is how much everybody has done lately, as of one moment.
type activity struct {
	until int64
	half  time.Duration
	of    map[Person]float64
}

// moments are how finely activity follows time, in a half-life.
const moments = 128

// lively is what done gives for a moment, or nearly. It is kept for whoever asks next.
func (s *snapshot) lively(until int64, half time.Duration) map[Person]float64 {
	if step := int64(half.Seconds()) / moments; until != never && step > 0 {
		until -= ((until % step) + step) % step
	}
	if a := s.active.Load(); a != nil && a.until == until && a.half == half {
		return a.of
	}
	a := &activity{until, half, s.done(until, half)}
	s.active.Store(a)
	return a.of
}

// done is how much everybody had done by a moment, lately most of all.
func (s *snapshot) done(until int64, half time.Duration) map[Person]float64 {
	of := map[Person]float64{}
	s.each(func(seq uint32, r *record) {
		if s.dead.has(seq) || until != never && r.at != never && r.at > until {
			return
		}
		w := r.part() * faded(r.at, until, half)
		for _, p := range r.holders {
			of[p] += w
		}
	})
	return of
}

// bridging is of how many slots one goes to somebody who stands elsewhere.
const bridging = 3

// mixed takes as many as are wanted, so that among the first three, six, nine … one,
// two, three are bridges, when there are so many.
func mixed(list []candidate, most int) []candidate {
	if most <= 0 || most > len(list) {
		most = len(list)
	}
	bridges := 0
	for at := range most {
		if list[at].bridge == 0 && bridges < (at+1)/bridging {
			if i := slices.IndexFunc(list[at:], func(c candidate) bool { return c.bridge != 0 }); i > 0 {
				one := list[at+i]
				copy(list[at+1:at+i+1], list[at:at+i])
				list[at] = one
			}
		}
		if list[at].bridge != 0 {
			bridges++
		}
	}
	return list[:most]
}
