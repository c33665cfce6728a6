package knowwho

import (
	"cmp"
	"slices"
	"time"

	"kokko/engine/concept"
)

// What reasons carry of a score at least, and how many words and concepts each names.
const (
	carried   = .6
	mostNamed = 6
)

// explain tells why somebody was found. The shares of all their votes sum to the score.
func (s *snapshot) explain(c candidate, all []asked, weigh Weighing) Found {
	f := Found{Person: c.person, Step: Neighbour, Bridge: c.bridge, Lively: c.lively}
	votes := slices.Clone(c.votes)
	slices.SortStableFunc(votes, func(a, b vote) int { return cmp.Compare(b.share, a.share) })
	for _, v := range votes {
		f.Score += v.share
	}
	told := 0.0
	for _, v := range votes {
		if told >= carried*f.Score && len(f.Reasons) > 0 {
			f.Rest += v.share
			f.Others++
			continue
		}
		told += v.share
		if _, straight := s.answers(v.hit, all, weigh); straight >= Faint {
			f.Step = Competence
		}
		f.Reasons = append(f.Reasons, s.reason(v, all))
	}
	return f
}

// reason names what a piece of evidence and the need have in common.
func (s *snapshot) reason(v vote, all []asked) Reason {
	r := Reason{Evidence: v.record.id, Share: v.share}
	if v.record.at != never {
		r.At = time.Unix(v.record.at, 0).UTC()
	}
	type part struct {
		asked
		gives float64
	}
	var parts []part
	d := discount(v.record.size, s.mean())
	for _, a := range all {
		if n := s.count(v.hit, a.key); n > 0 {
			parts = append(parts, part{a, a.value(n, d)})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.gives, a.gives) })
	for _, p := range parts {
		switch {
		case p.key&kindBits == ofConcept:
			if len(r.Concepts) < mostNamed {
				r.Concepts = append(r.Concepts, concept.ID(p.key))
			}
		case len(r.Words) < mostNamed:
			r.Words = append(r.Words, p.word)
		}
	}
	return r
}

// count is how often an item has a feature.
func (s *snapshot) count(h hit, key uint64) uint8 {
	if h.segment == nil {
		return s.fresh[h.place].terms.count(key)
	}
	items, counts := h.segment.of(key)
	i, ok := slices.BinarySearch(items, uint32(h.place))
	if !ok {
		return 0
	}
	return counts[i]
}
