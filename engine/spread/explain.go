package spread

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Reasons rest on so many of the sets of each chosen one, and no more sets are drawn again
// for them than so many.
const (
	seenEach = 400
	seenMost = 1 << 16
)

// explain tells of the chosen through whom they reach and whom: the sets that were
// checked are drawn again from their numbers, with by whom each was reached.
func (g *Graph) explain(ctx context.Context, s *sampler, a Ask, k *Choice, size int) error {
	s.trace = true
	first := map[uint32]int{}
	for i, one := range k.Chosen {
		first[one.Node] = i
	}
	through, into := make([]map[uint32]int, len(k.Chosen)), make([]map[uint32]int, len(k.Chosen))
	for i := range k.Chosen {
		through[i], into[i] = map[uint32]int{}, map[uint32]int{}
	}
	best, where := make([]int, size), make([]int, size)
	wanting := len(k.Chosen)
	for at := 0; at < min(k.Checked, seenMost) && wanting > 0; at += size {
		if err := ctx.Err(); err != nil {
			return err
		}
		count := min(size, k.Checked-at)
		s.draw(uint64(at), count)
		for i := range best {
			best[i] = math.MaxInt
		}
		for at, u := range s.node {
			if i, is := first[u]; is && i < best[s.set[at]] {
				best[s.set[at]], where[s.set[at]] = i, at
			}
		}
		for set, i := range best[:count] {
			if i == math.MaxInt || s.hit != nil && s.hit[set] || k.Chosen[i].Seen == seenEach {
				continue
			}
			if k.Chosen[i].Seen++; k.Chosen[i].Seen == seenEach {
				wanting--
			}
			if step := s.by[where[set]]; step != nobody {
				through[i][s.node[step]]++
			}
			if a.Groups != nil {
				into[i][a.Groups[s.node[set]]]++
			}
		}
	}
	for i := range k.Chosen {
		one := &k.Chosen[i]
		one.Through, one.Into = commonest(through[i], one.Seen), commonest(into[i], one.Seen)
	}
	return nil
}

func commonest(counts map[uint32]int, of int) (all []Share) {
	for u, n := range counts {
		all = append(all, Share{u, float64(n) / float64(of)})
	}
	slices.SortFunc(all, func(a, b Share) int {
		if c := cmp.Compare(b.Share, a.Share); c != 0 {
			return c
		}
		return cmp.Compare(a.Of, b.Of)
	})
	return all[:min(len(all), 7)]
}
