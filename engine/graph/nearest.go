package graph

import "slices"

// Start is where a search begins, and what it costs to begin there.
type Start struct {
	Node uint32
	Cost float64
}

// Source is a start that reaches a node, and at what cost.
type Source struct {
	Start int // its place among the starts
	Cost  float64
}

// Reach tells which of some starts are nearest to each node around them.
type Reach struct {
	at      *table
	sources [][]Source // of each node, the nearest first
}

// Spread bounds a Reach.
type Spread struct {
	Each int     // how many starts are told of each node; 0 for one
	Most int     // how many starts-and-nodes are settled in all, 0 for no bound
	Step float64 // what each tie costs beside −ln of its strength
	Hub  int     // as in Way
	Dir  Dir
}

// Nearest goes out from all the starts at once until so much is settled, and tells of
// each node the starts that are nearest to it: Dijkstra's search with several sources
// that lets a node be reached from Each of them. What is told is exact; what would cost
// more than everything that is told is left out. O(Each·m log m) for the m ties of those
// reached.
func (v *View) Nearest(starts []Start, s Spread) *Reach {
	s.Each, s.Step = max(s.Each, 1), max(s.Step, 0)
	r := &Reach{at: newTable()}
	var heap heap
	for i, start := range starts {
		if int64(start.Node) < int64(v.nodes) {
			heap.push(label{node: start.Node, from: uint32(i), cost: max(start.Cost, 0)})
		}
	}
	settled := 0
	var room []arc
	for len(heap) > 0 && (s.Most <= 0 || settled < s.Most) {
		l := heap.pop()
		n, fresh := r.at.add(l.node)
		if fresh {
			r.sources = append(r.sources, nil)
		}
		if r.full(n, l.from, s.Each) {
			continue
		}
		r.sources[n] = append(r.sources[n], Source{int(l.from), l.cost})
		settled++
		var list []arc
		list, room = v.bounded(l.node, s.Dir, s.Hub, room)
		for _, a := range list {
			i := v.left(a.code(s.Dir))
			if i < 0 {
				continue
			}
			if n, known := r.at.find(a.to()); known && r.full(n, l.from, s.Each) {
				continue
			}
			heap.push(label{a.to(), l.from, l.cost + float64(v.tab.cost[i]) + s.Step, 0})
		}
	}
	return r
}

// full tells whether a node need not be reached from a start (again).
func (r *Reach) full(n, start uint32, each int) bool {
	return len(r.sources[n]) >= each || slices.ContainsFunc(r.sources[n], func(s Source) bool { return s.Start == int(start) })
}

// Nodes are those who were reached.
func (r *Reach) Nodes() []uint32 { return r.at.nodes }

// Of are the starts that are nearest to a node, the nearest first.
func (r *Reach) Of(node uint32) []Source {
	if n, ok := r.at.find(node); ok {
		return r.sources[n]
	}
	return nil
}
