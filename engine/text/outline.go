package text

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
)

// Outline is what ranking needs of a text's keys and nothing more: a sign of each key
// with how often it comes, so that a text can be ranked without its words being read.
type Outline []byte

// sign stands for a key in outlines. Two keys of a question and a text share one by
// chance in a few of a million pairs. The lowest signs are those of concepts.
func sign(key string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(key))
	s := h.Sum32()
	switch {
	case ofConcept(key):
		return s % lowest
	case s < lowest:
		return s + lowest
	}
	return s
}

const lowest = 1 << 24

// Outline makes the outline of keys. The weights of columns are halves, which it
// counts.
func (k Keys) Outline() Outline {
	halves := map[uint32]uint64{}
	for c, keys := range k {
		weight := uint64(2 * Column(c).Weight())
		for _, key := range keys {
			halves[sign(key)] += weight
		}
	}
	signs := make([]uint32, 0, len(halves))
	for s := range halves {
		signs = append(signs, s)
	}
	slices.Sort(signs)
	o := make(Outline, 0, 5*len(signs))
	for _, s := range signs {
		o = binary.LittleEndian.AppendUint32(o, s)
		o = binary.AppendUvarint(o, halves[s])
	}
	return o
}

// Halves is Size in halves: whole numbers add up without rounding. What a text speaks of
// is no part of its length.
func (k Keys) Halves() (n int) {
	for c, keys := range k {
		of := len(keys)
		for _, key := range keys {
			if ofConcept(key) {
				of--
			}
		}
		n += int(2*Column(c).Weight()) * of
	}
	return n
}

// each calls do with each sign and its count. What is no outline ends it.
func (o Outline) each(do func(sign uint32, halves uint64)) {
	for len(o) > 4 {
		s := binary.LittleEndian.Uint32(o)
		halves, n := binary.Uvarint(o[4:])
		if n <= 0 {
			return
		}
		do(s, halves)
		o = o[4+n:]
	}
}

// Found is how a text answers a question.
type Found struct {
	Score float64
	// Alike is the share of words' keys that the question and the text have in common: 1 for
	// a copy, 0 for nothing (Jaccard's coefficient).
	Alike float64
	Own   bool // it has a key of the question's own, not only what goes beside it
}

// Rank tells by its outline how well a text answers: BM25 as in Score, without what
// words share of their letters. halves is how long it is.
func (q *Question) Rank(o Outline, halves int) (f Found) {
	q.sign()
	discount := repeated * (1 - lengthy + lengthy*float64(halves)/2/max(q.all.Size, 1))
	both, own := 0, 0
	o.each(func(s uint32, n uint64) {
		word := s >= lowest
		if word {
			own++
		}
		if i, ok := q.signs[s]; ok {
			if word && i < q.own {
				both++
			}
			f.Own = f.Own || i < q.own
			tf := float64(n) / 2
			f.Score += q.gain[i] * tf * (repeated + 1) / (tf + discount)
		}
	})
	if all := own + q.words - both; all > 0 {
		f.Alike = float64(both) / float64(all)
	}
	return f
}

// Shared gives the keys of the question that a text has, by its outline, but for those
// unsaid, those its own before those beside it, and of each those that say most first.
func (q *Question) Shared(o Outline) (keys []string) {
	q.sign()
	var at []int
	o.each(func(s uint32, _ uint64) {
		if i, ok := q.signs[s]; ok && (q.told == 0 || i < q.told) {
			at = append(at, i)
		}
	})
	slices.SortFunc(at, func(a, b int) int {
		switch {
		case a < q.own != (b < q.own):
			return a - b
		case q.gain[a] > q.gain[b]:
			return -1
		case q.gain[a] < q.gain[b]:
			return 1
		}
		return a - b
	})
	for _, i := range at {
		keys = append(keys, q.keys[i])
	}
	return keys
}

// Letters is what words share of their letters with the question, beside Rank: what no
// dictionary knows and what is misspelt counts a little. halves is how long the text is.
func (q *Question) Letters(lemmas []string, halves int) (sum float64) {
	clear(q.met)
	for _, key := range lemmas {
		for _, i := range q.shared(key) {
			q.met[i]++
		}
	}
	discount := repeated * (1 - lengthy + lengthy*float64(halves)/2/max(q.all.Size, 1))
	for i, n := range q.met {
		sum += q.run[i] * n * (repeated + 1) / (n + discount)
	}
	return sum
}

func (q *Question) sign() {
	if q.signs == nil {
		q.signs = make(map[uint32]int, len(q.keys))
		for i, key := range q.keys {
			q.signs[sign(key)] = i
		}
	}
}
