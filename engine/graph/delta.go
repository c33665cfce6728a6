package graph

import (
	"fmt"
	"maps"
	"slices"
)

// Delta is what changed since a graph was built, read together with it: the lists of
// those whose ties changed. It does not change itself; With makes the next one, in time
// linear in how many nodes have changed since the graph was built and in their ties, so
// it is compacted into a new graph before there are many thousands of them.
type Delta struct {
	base  *Graph
	lists map[uint32][]arc
	nodes int
}

// Change is one thing that happened to a network.
type Change struct {
	kind changeKind
	arc  Arc
}

type changeKind uint8

const (
	meet changeKind = iota
	set
	cut
	leave
	grow
)

// Meet adds evidence to what there is of a tie, or makes it.
func Meet(a Arc) Change { return Change{meet, a} }

// Set makes a tie weigh what is told, whatever it weighed before; the tie back stays as
// it was unless something is told of it.
func Set(a Arc) Change { return Change{set, a} }

// Cut takes away the tie from one to another. That in the other direction stays.
func Cut(from, to uint32) Change { return Change{cut, Arc{From: from, To: to}} }

// Leave takes away all ties of a node, in both directions. Its number is kept.
func Leave(node uint32) Change { return Change{leave, Arc{From: node, To: node}} }

// Grow sees that a node of this number is there, and all below it. Meet and Set do so
// by themselves.
func Grow(node uint32) Change { return Change{grow, Arc{From: node, To: node}} }

// Delta is the empty one: nothing has changed yet.
func (g *Graph) Delta() *Delta { return &Delta{base: g, nodes: g.Nodes()} }

// With is the delta after more changes, in their order. The one it is asked of stays as
// it was.
func (d *Delta) With(changes ...Change) (*Delta, error) {
	next := &Delta{base: d.base, lists: maps.Clone(d.lists), nodes: d.nodes}
	if next.lists == nil {
		next.lists = map[uint32][]arc{}
	}
	own := map[uint32]bool{} // the lists that are next's own already
	for _, c := range changes {
		if err := c.arc.check(maxNodes); err != nil {
			return nil, err
		}
		a := c.arc
		switch c.kind {
		case meet, set:
			next.nodes = max(next.nodes, int(max(a.From, a.To))+1)
			if a.From == a.To {
				continue
			}
			put := func(from, to uint32, weight float64) {
				n := code(weight, a.Day, d.base.HalfLife())
				next.change(own, from, to, func(was uint16) uint16 {
					if c.kind == meet {
						return sumAll([]uint16{was, n})
					}
					return n
				})
			}
			put(a.From, a.To, a.Weight)
			if a.Back > 0 {
				put(a.To, a.From, a.Back)
			}
		case cut:
			next.change(own, a.From, a.To, func(uint16) uint16 { return 0 })
		case leave:
			for _, tie := range slices.Clone(next.list(a.From)) {
				none := func(uint16) uint16 { return 0 }
				next.change(own, a.From, tie.to(), none)
				next.change(own, tie.to(), a.From, none)
			}
		case grow:
			next.nodes = max(next.nodes, int(a.From)+1)
		default:
			return nil, fmt.Errorf("a change of kind %d", c.kind)
		}
	}
	return next, nil
}

// change changes the code from one to another, with both ends.
func (d *Delta) change(own map[uint32]bool, from, to uint32, how func(was uint16) uint16) {
	edit := func(at, other uint32, with func(arc) arc) {
		list := d.list(at)
		i, ok := slices.BinarySearchFunc(list, other, func(a arc, to uint32) int { return int(int64(a.to()) - int64(to)) })
		was := newArc(other, 0, 0)
		if ok {
			was = list[i]
		}
		is := with(was)
		if is == was {
			return
		}
		if !own[at] {
			list, own[at] = slices.Clone(list), true
		}
		switch none := is.out() == 0 && is.in() == 0; {
		case none && ok:
			list = slices.Delete(list, i, i+1)
		case ok:
			list[i] = is
		case !none:
			list = slices.Insert(list, i, is)
		}
		d.lists[at] = list
	}
	edit(from, to, func(a arc) arc { return newArc(a.to(), how(a.out()), a.in()) })
	edit(to, from, func(a arc) arc { return newArc(a.to(), a.out(), how(a.in())) })
}

func (d *Delta) list(node uint32) []arc {
	if list, ok := d.lists[node]; ok {
		return list
	}
	return d.base.list(node)
}

// Changed is how many nodes' ties differ from the graph's: when there are many, it is
// time to Compact.
func (d *Delta) Changed() int { return len(d.lists) }

// Nodes is how many nodes there are now.
func (d *Delta) Nodes() int { return d.nodes }

// At is the graph with its changes as it stands on a day.
func (d *Delta) At(day int) *View { return newView(d.base, d, day) }

// Compact is the graph with its changes as a graph of its own, with the same numbers.
// Names are given anew when nodes have come; the graph's own are kept otherwise.
func (d *Delta) Compact(names *Names) (*Graph, error) {
	if names == nil && d.nodes == d.base.Nodes() {
		names = d.base.names
	}
	if names != nil && names.Len() != d.nodes {
		return nil, fmt.Errorf("%d names for %d nodes", names.Len(), d.nodes)
	}
	var total uint64
	for node := range uint32(d.nodes) {
		total += uint64(len(d.list(node)))
	}
	if total > maxArcs {
		return nil, fmt.Errorf("more than %d arcs", uint64(maxArcs))
	}
	g := &Graph{offsets: make([]uint32, d.nodes+1), arcs: make([]arc, 0, total), names: names, halfLife: d.base.halfLife}
	for node := range uint32(d.nodes) {
		g.arcs = append(g.arcs, d.list(node)...)
		g.offsets[node+1] = uint32(len(g.arcs))
	}
	return g, nil
}
