package knowwho

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"kokko/engine/concept"
	"kokko/engine/language"
	"kokko/engine/subject"
	"kokko/engine/text"
)

// Person is somebody who may be found, by a number of the caller's: a person or an
// organisation.
type Person int64

// Evidence is one thing that tells what somebody can: own words, a role in a project,
// an answer, a meeting.
type Evidence struct {
	ID      int64
	Holders []Person  // whose it is; what several hold counts less for each
	At      time.Time // when it was so; zero when it is not known
	Weight  float64   // how much its source is trusted; 0 is 1
	Terms   Terms     // what it is found by: Reader.Terms
}

// Reader makes of texts what they are found by. It is safe for concurrent use.
type Reader struct {
	words  *text.Analyser
	topics *subject.Model // nil when there is none
	bare   bool
}

// NewReader reads with an analyser of words and, when it is not nil, a model of what they
// are about.
func NewReader(words *text.Analyser, topics *subject.Model) *Reader {
	return &Reader{words: words, topics: topics}
}

// Bare is a reader that takes words as they stand, small letters and capitals alike, and
// nothing else: what finding is measured against.
func (r *Reader) Bare() *Reader { return &Reader{words: r.words, bare: true} }

// feature is one of the things a text is found by, and how often or how much.
type feature struct {
	key uint64
	n   uint8
}

// What a feature is stands in the two highest bits of its key.
const (
	ofWord    uint64 = 0 << 62
	ofPair    uint64 = 1 << 62
	ofConcept uint64 = 2 << 62
	kindBits  uint64 = 3 << 62
)

// Terms are what a text is found by: words in base form, their parts and roots, pairs of
// words that follow one another, and the concepts it is about. They are kept with an
// index's evidence, and can be stored: AppendBinary, ReadTerms.
type Terms struct {
	features []feature // by key
	size     uint16    // its words, in halves
}

// Empty tells that a text is found by nothing.
func (t Terms) Empty() bool { return len(t.features) == 0 }

// Topics are the concepts a text is about, each with its share: the squares of all sum
// to 1.
func (t Terms) Topics() iter.Seq2[concept.ID, float64] {
	return func(yield func(concept.ID, float64) bool) {
		for _, f := range t.features {
			if f.key&kindBits == ofConcept && !yield(concept.ID(f.key&^kindBits), float64(f.n)/fine) {
				return
			}
		}
	}
}

// digest is Fowler, Noll & Vo's FNV-1a, without the two bits that tell the kind.
func digest(kind uint64, key string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	return (h^h>>33)&^kindBits | kind
}

// Bounds on a text: what stands after is not read.
const (
	mostWords    = 4000
	mostConcepts = 20
)

// lead is how many words at the beginning of a text count as two: who writes says first
// what it is about.
const lead = 12

// said is what a text says, before it is made into Terms or a question.
type said struct {
	words  map[string]float64 // key → how often, by the weight of its column
	pairs  map[string]float64
	topics map[concept.ID]float64
	size   float64
	whole  map[string]bool        // the words that stand there whole
	named  map[concept.ID]float64 // the concepts that it has the name of: 1, or partly
}

// say reads a text.
func (r *Reader) say(body string, in language.Language) said {
	s := said{words: map[string]float64{}, pairs: map[string]float64{}, topics: map[concept.ID]float64{}, whole: map[string]bool{}, named: map[concept.ID]float64{}}
	r.read(&s, body, in)
	return s
}

// read adds what a text says when it is read in a language.
func (r *Reader) read(s *said, body string, in language.Language) {
	var about []subject.Topic
	before, n := "", 0
	for token, k := range r.words.Words(body, in) {
		if n++; n > mostWords {
			break
		}
		often := 1.0
		if n <= lead {
			often = 2
		}
		if r.bare {
			key := text.Key(strings.ToLower(token))
			s.words[key]++
			s.size++
			s.whole[key] = true
			continue
		}
		for c, keys := range k {
			for _, key := range keys {
				s.words[key] += often * text.Column(c).Weight()
				s.size += often * text.Column(c).Weight()
				if text.Column(c) == text.Lemma {
					s.whole[key] = true
				}
			}
		}
		if len(k[text.Lemma]) == 0 {
			before = ""
			continue
		}
		word := k[text.Lemma][0]
		if before != "" {
			s.pairs[before+" "+word] += often
		}
		before = word
		if r.topics != nil {
			about = r.topics.About(about, k, in)
		}
	}
	if r.bare {
		return
	}
	topics := map[concept.ID]float64{}
	for _, t := range about {
		topics[t.ID] += t.Share
	}
	for _, t := range most(topics, mostConcepts) {
		s.topics[t.ID] += t.Share
	}
	for _, m := range r.words.Speaks(body, in) {
		by := 1.0
		if m.Part {
			by = partly
		}
		s.named[m.ID] = max(s.named[m.ID], by)
	}
}

// told is the language of a text, Finnish when it cannot be told.
func (r *Reader) told(body string) language.Language {
	if in := r.words.Tell(body); in != language.Unknown {
		return in
	}
	return language.Finnish
}

// What having a concept's name says beside being about it most of all: in a text, and in
// a need, which is short; and what the name says when it is a part of a word.
const (
	spoken = 2
	sought = 3
	partly = .5
)

// most are the topics that come most, from 1 for the first.
func most(topics map[concept.ID]float64, n int) []subject.Topic {
	all := make([]subject.Topic, 0, len(topics))
	for id, share := range topics {
		all = append(all, subject.Topic{ID: id, Share: share})
	}
	slices.SortFunc(all, func(a, b subject.Topic) int {
		if c := cmp.Compare(b.Share, a.Share); c != 0 {
			return c
		}
		return cmp.Compare(a.ID, b.ID)
	})
	all = all[:min(n, len(all))]
	for i := len(all) - 1; i >= 0; i-- {
		all[i].Share /= all[0].Share
	}
	return all
}

// concepts are what a text is about, those that it has the name of more by a weight, so
// that their squares sum to 1.
func (s said) concepts(named float64) []subject.Topic {
	sum := map[concept.ID]float64{}
	maps.Copy(sum, s.topics)
	for id, by := range s.named {
		sum[id] += named * by
	}
	all, squares := most(sum, 2*mostConcepts), 0.0
	for _, t := range all {
		squares += t.Share * t.Share
	}
	for i := range all {
		all[i].Share /= math.Sqrt(squares)
	}
	return all
}

// fine is how finely a concept's share is kept.
const fine = 255

// Terms reads what a text is found by. Of one whose language is Unknown it is told.
func (r *Reader) Terms(body string, in language.Language) Terms {
	if !slices.Contains(language.All(), in) {
		in = r.told(body)
	}
	s := r.say(body, in)
	t := Terms{features: make([]feature, 0, len(s.words)+len(s.pairs)+mostConcepts), size: uint16(min(2*s.size, math.MaxUint16))}
	for key, n := range s.words {
		t.features = append(t.features, feature{digest(ofWord, key), uint8(min(2*n, math.MaxUint8))})
	}
	for key, n := range s.pairs {
		t.features = append(t.features, feature{digest(ofPair, key), uint8(min(n, math.MaxUint8))})
	}
	for _, topic := range s.concepts(spoken) {
		if n := uint8(math.Round(topic.Share * fine)); n > 0 {
			t.features = append(t.features, feature{ofConcept | uint64(topic.ID), n})
		}
	}
	slices.SortFunc(t.features, func(a, b feature) int { return cmp.Compare(a.key, b.key) })
	t.features = slices.CompactFunc(t.features, func(a, b feature) bool { return a.key == b.key })
	return t
}
