package knowwho

import (
	"cmp"
	"math"
	"slices"
	"time"

	"kokko/engine/concept"
	"kokko/engine/language"
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
	topics Topics
}

// Topics tells what words are about, in concepts: engine/subject.
type Topics interface {
	// About adds to a list how much a word in a language says of each concept it may be
	// about, from 0 to 1.
	About(to []Topic, word string, in language.Language) []Topic
}

// Topic is a concept, and how much something is about it.
type Topic struct {
	ID    concept.ID
	Share float64
}

// NewReader reads with an analyser of words; topics may be nil.
func NewReader(words *text.Analyser, topics Topics) *Reader { return &Reader{words, topics} }

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

// said is what a text says, before it is made into Terms or a question.
type said struct {
	words  map[string]float64 // key → how often, by the weight of its column
	pairs  map[string]float64
	topics map[concept.ID]float64
	size   float64
	whole  map[string]bool     // the words that stand there whole
	named  map[concept.ID]bool // the concepts that it has the name of
}

// say reads a text.
func (r *Reader) say(body string, in language.Language) said {
	s := said{words: map[string]float64{}, pairs: map[string]float64{}, topics: map[concept.ID]float64{}, whole: map[string]bool{}, named: map[concept.ID]bool{}}
	r.read(&s, body, in)
	return s
}

// read adds what a text says when it is read in a language.
func (r *Reader) read(s *said, body string, in language.Language) {
	var about []Topic
	before, n := "", 0
	for _, k := range r.words.Words(body, in) {
		if n++; n > mostWords {
			break
		}
		for c, keys := range k {
			for _, key := range keys {
				s.words[key] += text.Column(c).Weight()
				s.size += text.Column(c).Weight()
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
			s.pairs[before+" "+word]++
		}
		before = word
		if r.topics != nil {
			about = r.topics.About(about, word, in)
		}
	}
	for _, t := range about {
		s.topics[t.ID] += t.Share
	}
	for _, m := range r.words.Speaks(body, in) {
		s.topics[m.ID] += named
		s.named[m.ID] = s.named[m.ID] || !m.Part
	}
}

// told is the language of a text, Finnish when it cannot be told.
func (r *Reader) told(body string) language.Language {
	if in := r.words.Tell(body); in != language.Unknown {
		return in
	}
	return language.Finnish
}

// named is how much a text is about a concept that it has the name of.
const named = 1

// most are the concepts a text is about most, so that their squares sum to 1.
func (s said) most(n int) []Topic {
	all := make([]Topic, 0, len(s.topics))
	for id, share := range s.topics {
		all = append(all, Topic{id, share})
	}
	slices.SortFunc(all, func(a, b Topic) int {
		if c := cmp.Compare(b.Share, a.Share); c != 0 {
			return c
		}
		return cmp.Compare(a.ID, b.ID)
	})
	all = all[:min(n, len(all))]
	sum := 0.0
	for _, t := range all {
		sum += t.Share * t.Share
	}
	for i := range all {
		all[i].Share /= math.Sqrt(sum)
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
	for _, topic := range s.most(mostConcepts) {
		if n := uint8(math.Round(topic.Share * fine)); n > 0 {
			t.features = append(t.features, feature{ofConcept | uint64(topic.ID), n})
		}
	}
	slices.SortFunc(t.features, func(a, b feature) int { return cmp.Compare(a.key, b.key) })
	t.features = slices.CompactFunc(t.features, func(a, b feature) bool { return a.key == b.key })
	return t
}
