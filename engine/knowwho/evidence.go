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
	known  map[concept.ID]bool // those that a word itself, or its part, says
	size   float64
	whole  map[string]bool        // the words that stand there whole
	named  map[concept.ID]float64 // the concepts that it has the name of: 1, or partly

	// asks tells of a need what of it each key and concept answers; nil of evidence.
	asks *asks
}

// asks are the words of a need, each a bit: who knows one of them alone answers a part
// of it.
type asks struct {
	n      int
	bits   map[string]uint32     // of a token or a key
	topics map[concept.ID]uint32 // of the words that say most of a concept, or are its name
	said   map[concept.ID]float64
	named  map[concept.ID]bool     // by a name that stands there whole
	passed func(token string) bool // a word that is read in another language alone
}

func newAsks() *asks {
	return &asks{bits: map[string]uint32{}, topics: map[concept.ID]uint32{}, said: map[concept.ID]float64{}, named: map[concept.ID]bool{}, passed: func(string) bool { return false }}
}

// mostAsks is how many words of a need are told apart by what they ask for.
const mostAsks = 30

// bit is a token's own: that of a token with the same base form, or the next.
func (a *asks) bit(token, base string) (bit uint32) {
	token = strings.ToLower(token)
	if bit = a.bits[token]; bit == 0 {
		if bit = a.bits[base]; bit == 0 && a.n < mostAsks {
			bit = 1 << a.n
			a.n++
		}
		a.bits[token] = bit
	}
	return bit
}

// say reads a text.
func (r *Reader) say(body string, in language.Language, asks *asks) said {
	s := said{words: map[string]float64{}, pairs: map[string]float64{}, topics: map[concept.ID]float64{}, known: map[concept.ID]bool{}, whole: map[string]bool{}, named: map[concept.ID]float64{}}
	s.asks = asks
	r.read(&s, body, in)
	return s
}

// passes tells of a word of a need that it asks for nothing by itself here.
func (a *asks) passes(token string) bool {
	return a != nil && (language.Joins(strings.ToLower(token)) || a.passed(token))
}

// read adds what a text says when it is read in a language.
func (r *Reader) read(s *said, body string, in language.Language) {
	var about []subject.Topic
	before, n, at := "", 0, 0
	var ends []int    // in the body, of the words that ask for something
	var bits []uint32 // theirs
	for token, k := range r.words.Words(body, in) {
		if n++; n > mostWords {
			break
		}
		at += strings.Index(body[at:], token) + len(token)
		if !r.bare && s.asks.passes(token) {
			before = ""
			continue
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
		var bit uint32
		if s.asks != nil && len(k[text.Lemma]) > 0 {
			bit = s.asks.bit(token, k[text.Lemma][0])
			ends, bits = append(ends, at), append(bits, bit)
		}
		for c, keys := range k {
			by := often * text.Column(c).Weight()
			if s.asks != nil && text.Column(c) == text.Lemma && len(keys) > 1 {
				by /= float64(len(keys)) // it is meant in one of its readings
			}
			for _, key := range keys {
				s.words[key] += by
				s.size += by
				if s.asks != nil {
					s.asks.bits[key] |= bit
				}
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
			from := len(about)
			about = r.topics.About(about, k, in)
			if s.asks != nil {
				for _, t := range about[from:] {
					if t.Share > s.asks.said[t.ID] {
						s.asks.said[t.ID], s.asks.topics[t.ID] = t.Share, bit
					}
				}
			}
		}
	}
	if r.bare {
		return
	}
	topics, known := map[concept.ID]float64{}, map[concept.ID]bool{}
	for _, t := range about {
		topics[t.ID] += t.Share
		known[t.ID] = known[t.ID] || !t.Guess
	}
	for _, t := range most(topics, mostConcepts) {
		s.topics[t.ID] += t.Share
		s.known[t.ID] = s.known[t.ID] || known[t.ID]
	}
	speaks := r.words.Speaks(body, in)
	for _, m := range speaks {
		by := 1.0
		if s.asks != nil {
			same := 0.0
			for _, o := range speaks {
				if o.At == m.At && o.End == m.End && o.Part == m.Part {
					same++
				}
			}
			by = 1 / same // it is meant in one of its readings
		}
		if m.Part {
			by *= partly
		}
		s.named[m.ID] = max(s.named[m.ID], by)
		if s.asks != nil {
			s.asks.named[m.ID] = s.asks.named[m.ID] || !m.Part
			for i, end := range ends {
				if m.At < end && end <= m.End {
					s.asks.topics[m.ID] |= bits[i]
				}
			}
		}
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

// guessed is what it says to be about a concept by nothing but how a word begins.
const guessed = .5

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
		if _, named := s.named[all[i].ID]; !named && !s.known[all[i].ID] {
			all[i].Share *= guessed
		}
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
	s := r.say(body, in, nil)
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
