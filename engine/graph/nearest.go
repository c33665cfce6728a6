package graph

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
	at    *table
	each  int
	count []uint8  // of each node met, how many starts are settled
	met   []uint8  // … and how many have been met at all, each at most
	flat  []Source // each of them for each node, the nearest first, settled ones before others
	nodes []uint32 // those with a start that is settled
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
	s.Each, s.Step = min(max(s.Each, 1), 255), max(s.Step, 0)
	r := &Reach{at: newTable(), each: s.Each}
	if s.Most > 0 { // a frontier is some times as large as what it goes round
		r.flat = make([]Source, 0, 8*s.Most*s.Each)
	}
	heap := make(heap, 0, 2*s.Most)
	for i, start := range starts {
		if cost := max(start.Cost, 0); int64(start.Node) < int64(v.nodes) && r.meet(start.Node, i, cost) {
			heap.push(label{node: start.Node, from: uint32(i), cost: cost})
		}
	}
	var room []arc
	for settled := 0; len(heap) > 0 && (s.Most <= 0 || settled < s.Most); {
		l := heap.pop()
		if !r.settle(l) {
			continue
		}
		settled++
		var list []arc
		list, room = v.bounded(l.node, s.Dir, s.Hub, room)
		for _, a := range list {
			i := v.left(a.code(s.Dir))
			if i < 0 {
				continue
			}
			if cost := l.cost + float64(v.tab.cost[i]) + s.Step; r.meet(a.to(), int(l.from), cost) {
				heap.push(label{a.to(), l.from, cost, 0})
			}
		}
	}
	return r
}

// meet notes that a start could reach a node at a cost, and tells whether that may be
// one of those that are told: not when as many others can at no more.
func (r *Reach) meet(node uint32, start int, cost float64) bool {
	n, fresh := r.at.add(node)
	if fresh {
		r.count, r.met = append(r.count, 0), append(r.met, 0)
		r.flat = append(r.flat, make([]Source, r.each)...)
	}
	list := r.flat[int(n)*r.each:][:r.each]
	place := int(r.met[n]) // of what makes room
	for i, s := range list[:r.met[n]] {
		if s.Start == start {
			if i < int(r.count[n]) || cost >= s.Cost {
				return false
			}
			place = i
			break
		}
	}
	if place == r.each {
		if cost >= list[r.each-1].Cost {
			return false
		}
		place--
	} else if place == int(r.met[n]) {
		r.met[n]++
	}
	for ; place > int(r.count[n]) && list[place-1].Cost > cost; place-- {
		list[place] = list[place-1]
	}
	list[place] = Source{start, cost}
	return true
}

// settle tells whether a label is still the best of its start at its node, and takes it.
func (r *Reach) settle(l label) bool {
	n, _ := r.at.find(l.node)
	list := r.flat[int(n)*r.each:][:r.met[n]]
	at := int(r.count[n])
	for i := at; i < len(list) && list[i].Cost <= l.cost; i++ {
		if list[i].Start == int(l.from) && list[i].Cost == l.cost {
			list[i], list[at] = list[at], list[i] // of the same cost
			if r.count[n]++; r.count[n] == 1 {
				r.nodes = append(r.nodes, l.node)
			}
			return true
		}
	}
	return false
}

// Nodes are those who were reached.
func (r *Reach) Nodes() []uint32 { return r.nodes }

// Of are the starts that are nearest to a node, the nearest first.
func (r *Reach) Of(node uint32) []Source {
	if n, ok := r.at.find(node); ok {
		return r.flat[int(n)*r.each:][:r.count[n]]
	}
	return nil
}
