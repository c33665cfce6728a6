package graph

import (
	"cmp"
	"math"
	"slices"
)

// Way tells what a way from one to another may be.
type Way struct {
	// Middles is how many people may stand between at most, 0 to 3; the zero Way allows
	// nobody.
	Middles int
	// Step is what each step costs beside −ln of its tie's strength: chains die of
	// every hand they pass through. At least 0; see Hop.
	Step float64
	// Hub is how many of its strongest ties are looked at of one who has more, 0 for all.
	Hub int
	// Through tells who may stand between; nil for everybody.
	Through func(node uint32) bool
	// Along tells which ties may be used; nil for all.
	Along func(from, to uint32) bool
}

// Hop is a step's cost where nothing better is known: as if three in ten gave up at
// each (Goel, Muhamad & Watts 2009 tell how chains of letters die).
const Hop = 0.35667494393873245 // −ln 0.7

// Usual is the way of a warm introduction: three between at most.
func Usual() Way { return Way{Middles: 3, Step: Hop, Hub: 1000} }

// Path is a way that was found.
type Path struct {
	Nodes []uint32 // from the one who asks to the one who is sought
	Cost  float64  // Σ −ln p + Step, over the ties
	// Strength is the product of the ties' strengths: the chance that a request passes
	// all of them.
	Strength float64
}

// Best is the cheapest way from one to another, exact: no way with as few middles is
// cheaper, hubs beyond Way.Hub apart. Of equally cheap ways it is one with the fewest
// middles, then the one whose numbers are least.
//
// A way of four ties is two from either end, so two rings from each end are all that is
// looked at, and of those only what can still beat the best so far: a search from both
// ends (Pohl 1971) with the number of ties as a second bound, which plain Dijkstra does
// not keep. O(d²) for d ties a node.
func (v *View) Best(from, to uint32, way Way) (Path, bool) {
	s := v.search(way)
	defer s.done()
	return s.best(from, to, false)
}

// Ways are up to k ways from one to another, the best first, no two with anybody
// between in common: each is the best that is left when those between in the earlier
// ones, and the direct tie once it is told, are out of it.
func (v *View) Ways(from, to uint32, k int, way Way) (all []Path) {
	s := v.search(way)
	defer s.done()
	direct := false
	for len(all) < k {
		p, ok := s.best(from, to, direct)
		if !ok {
			break
		}
		all = append(all, p)
		direct = direct || len(p.Nodes) == 2
		s.used = append(s.used, p.Nodes[1:len(p.Nodes)-1]...)
	}
	return all
}

// search is the room of a search for ways.
type search struct {
	v     *View
	way   Way
	used  []uint32
	first ring // one tie from the start
	next  ring // two ties from the start
	last  ring // one tie from the end
	room  []arc
}

// ring are the nodes that are so many ties from an end, with what it costs.
type ring struct {
	*table
	cost []float64
	via  []uint32 // the node before, in the second ring
}

func (v *View) search(way Way) *search {
	way.Middles = min(max(way.Middles, 0), 3)
	way.Step = max(way.Step, 0)
	return &search{v: v, way: way, first: ring{table: v.table()}, next: ring{table: v.table()}, last: ring{table: v.table()}}
}

func (s *search) done() {
	for _, r := range []ring{s.first, s.next, s.last} {
		s.v.back(r.table)
	}
}

// put notes a cost if it is the least so far, of equal ones the one through the lesser.
func (r *ring) put(node uint32, cost float64, via uint32) {
	i, fresh := r.add(node)
	if fresh {
		r.cost, r.via = append(r.cost, cost), append(r.via, via)
	} else if cost < r.cost[i] || cost == r.cost[i] && via < r.via[i] {
		r.cost[i], r.via[i] = cost, via
	}
}

// least is the least cost of a ring, infinite for an empty one.
func (r *ring) least() float64 {
	if len(r.cost) == 0 {
		return math.Inf(1)
	}
	return slices.Min(r.cost)
}

// order are a ring's numbers, the cheapest first.
func (r *ring) order() []uint32 {
	all := make([]uint32, len(r.cost))
	for i := range all {
		all[i] = uint32(i)
	}
	slices.SortFunc(all, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(r.cost[a], r.cost[b]), cmp.Compare(r.nodes[a], r.nodes[b]))
	})
	return all
}

// each tie of a node that may be used, with its cost.
func (s *search) each(node uint32, dir Dir, do func(other uint32, cost float64)) {
	var list []arc
	list, s.room = s.v.bounded(node, dir, s.way.Hub, s.room)
	for _, a := range list {
		i := s.v.left(a.code(dir))
		if i < 0 {
			continue
		}
		from, to := node, a.to()
		if dir == In {
			from, to = to, from
		}
		if s.way.Along == nil || s.way.Along(from, to) {
			do(a.to(), float64(s.v.tab.cost[i])+s.way.Step)
		}
	}
}

// between tells whether somebody may stand between.
func (s *search) between(node uint32) bool {
	return !slices.Contains(s.used, node) && (s.way.Through == nil || s.way.Through(node))
}

func (s *search) best(from, to uint32, notDirect bool) (Path, bool) {
	if int64(from) >= int64(s.v.nodes) || int64(to) >= int64(s.v.nodes) || from == to {
		return Path{}, false
	}
	for _, r := range []*ring{&s.first, &s.next, &s.last} {
		r.reset()
		r.cost, r.via = r.cost[:0], r.via[:0]
	}
	best, nodes := math.Inf(1), []uint32(nil)
	better := func(cost float64, way ...uint32) {
		// Of equally long ways the lesser; a longer one must be cheaper.
		if cost < best || cost == best && len(way) == len(nodes) && slices.Compare(way, nodes) < 0 {
			best, nodes = cost, slices.Clone(way)
		}
	}
	s.each(from, Out, func(node uint32, cost float64) {
		switch {
		case node == to:
			if !notDirect {
				better(cost, from, to)
			}
		case s.way.Middles > 0 && s.between(node):
			s.first.put(node, cost, from)
		}
	})
	if s.way.Middles > 0 {
		s.each(to, In, func(node uint32, cost float64) {
			if node != from && s.between(node) {
				s.last.put(node, cost, to)
			}
		})
	}
	for i, node := range s.first.nodes {
		if j, ok := s.last.find(node); ok {
			better(s.first.cost[i]+s.last.cost[j], from, node, to)
		}
	}
	if s.way.Middles > 1 && len(s.last.nodes) > 0 {
		rest := s.last.least()
		for _, i := range s.first.order() {
			u, so := s.first.nodes[i], s.first.cost[i]
			if so+s.way.Step+rest > best {
				break
			}
			s.each(u, Out, func(node uint32, cost float64) {
				if cost += so; cost+rest <= best && node != from && node != to && s.between(node) {
					s.next.put(node, cost, u)
				}
			})
		}
		for i, node := range s.next.nodes {
			if j, ok := s.last.find(node); ok {
				better(s.next.cost[i]+s.last.cost[j], from, s.next.via[i], node, to)
			}
		}
	}
	if s.way.Middles > 2 {
		rest := s.next.least()
		for _, i := range s.last.order() {
			w, so := s.last.nodes[i], s.last.cost[i]
			if so+s.way.Step+rest > best {
				break
			}
			s.each(w, In, func(node uint32, cost float64) {
				if j, ok := s.next.find(node); ok {
					better(s.next.cost[j]+cost+so, from, s.next.via[j], node, w, to)
				}
			})
		}
	}
	if nodes == nil {
		return Path{}, false
	}
	return Path{nodes, best, math.Exp(float64(len(nodes)-1)*s.way.Step - best)}, true
}
