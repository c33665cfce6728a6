package graph

import (
	"math"
	"slices"
)

// Ball are those who are closest to one, with the way to each: one search that answers
// for many who are sought.
type Ball struct {
	center uint32
	step   float64
	dir    Dir
	at     *table   // who was reached
	first  []uint32 // of each its cheapest label
	labels []label
}

// label is a way to a node that no other beats in both cost and length.
type label struct {
	node uint32
	from uint32 // the label before
	cost float64
	ties uint8
}

// Ball reaches out from a node along ties of a direction until so many nodes are
// reached, itself among them; Way bounds how. The cost of each is the same as Best
// would give for it: a node is gone on from again when it is reached at a higher cost
// but with fewer ties (Dijkstra 1959 with the labels of two criteria, Martins 1984).
// O(m log m) for the m ties of those reached.
func (v *View) Ball(center uint32, most int, dir Dir, way Way) *Ball {
	b := &Ball{center: center, step: max(way.Step, 0), dir: dir, at: newTable()}
	if int64(center) >= int64(v.nodes) || most <= 0 {
		return b
	}
	way.Step = b.step
	longest := uint8(min(max(way.Middles, 0), 3) + 1)
	least := []uint8{} // of each node met, the fewest ties it was gone on from with
	met := v.table()   // who stands in the heap, or did
	defer v.back(met)
	cheapest := []label{} // of each node met, the cheapest waiting label for its ties: what need not wait twice
	var heap heap
	heap.push(label{node: center})
	met.add(center)
	least, cheapest = append(least, 255), append(cheapest, label{node: center})
	var room []arc
	for len(heap) > 0 {
		l := heap.pop()
		m, _ := met.find(l.node)
		if least[m] <= l.ties {
			continue
		}
		least[m] = l.ties
		number := uint32(len(b.labels))
		if _, known := b.at.find(l.node); !known {
			if len(b.first) == most {
				break
			}
			b.at.add(l.node)
			b.first = append(b.first, number)
		}
		b.labels = append(b.labels, l)
		if l.ties == longest || l.node != center && way.Through != nil && !way.Through(l.node) {
			continue
		}
		var list []arc
		list, room = v.bounded(l.node, dir, way.Hub, room)
		for _, a := range list {
			i := v.left(a.code(dir))
			if i < 0 || a.to() == center {
				continue
			}
			if way.Along != nil {
				from, to := l.node, a.to()
				if dir == In {
					from, to = to, from
				}
				if !way.Along(from, to) {
					continue
				}
			}
			next := label{a.to(), number, l.cost + float64(v.tab.cost[i]) + way.Step, l.ties + 1}
			m, fresh := met.add(next.node)
			switch {
			case fresh:
				least, cheapest = append(least, 255), append(cheapest, next)
			case least[m] <= next.ties || cheapest[m].cost <= next.cost && cheapest[m].ties <= next.ties:
				continue
			case next.cost <= cheapest[m].cost:
				cheapest[m] = next
			}
			heap.push(next)
		}
	}
	return b
}

// Len is how many nodes were reached.
func (b *Ball) Len() int { return len(b.first) }

// Nodes are those who were reached, the closest first.
func (b *Ball) Nodes() []uint32 { return b.at.nodes }

// Cost is what it costs to reach a node.
func (b *Ball) Cost(node uint32) (float64, bool) {
	i, ok := b.at.find(node)
	if !ok {
		return math.Inf(1), false
	}
	return b.labels[b.first[i]].cost, true
}

// Path is the way to a node; for a ball along In ties, the way from it.
func (b *Ball) Path(node uint32) (Path, bool) {
	i, ok := b.at.find(node)
	if !ok {
		return Path{}, false
	}
	l := b.labels[b.first[i]]
	p := Path{Cost: l.cost, Strength: math.Exp(float64(l.ties)*b.step - l.cost)}
	for ; ; l = b.labels[l.from] {
		p.Nodes = append(p.Nodes, l.node)
		if l.ties == 0 {
			break
		}
	}
	if b.dir != In {
		slices.Reverse(p.Nodes)
	}
	return p, true
}

// heap gives the cheapest label first, of equal ones that of the lesser node: one with
// four branches, which is shallow.
type heap []label

func (l label) before(k label) bool {
	switch {
	case l.cost != k.cost:
		return l.cost < k.cost
	case l.ties != k.ties:
		return l.ties < k.ties
	case l.node != k.node:
		return l.node < k.node
	}
	return l.from < k.from
}

func (h *heap) push(l label) {
	*h = append(*h, l)
	s := *h
	i := len(s) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !l.before(s[up]) {
			break
		}
		s[i] = s[up]
		i = up
	}
	s[i] = l
}

func (h *heap) pop() label {
	s := *h
	top, last := s[0], len(s)-1
	l := s[last]
	s = s[:last]
	*h = s
	if last == 0 {
		return top
	}
	i := 0
	for {
		down := 4*i + 1
		if down >= last {
			break
		}
		for k := down + 1; k < min(down+4, last); k++ {
			if s[k].before(s[down]) {
				down = k
			}
		}
		if !s[down].before(l) {
			break
		}
		s[i] = s[down]
		i = down
	}
	s[i] = l
	return top
}
