package graph

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Sampling tells how exactly it is estimated who stands between.
type Sampling struct {
	Seed  uint64
	Error float64 // no node's estimate is further off than this …; 0 for 0.01
	Doubt float64 // … but with this probability; 0 for 0.1
	Most  int     // of ways drawn, whatever Error asks for; 0 for no bound
}

// Between estimates of each node on what share of the shortest ways between two others
// it stands (betweenness, Freeman 1977, as a share of all ordered pairs of nodes), whatever
// the ties' strengths and directions. Ways are drawn between two who are drawn (Riondato &
// Kornaropoulos 2016): (½/Error²)·(⌊log₂(diameter−2)⌋+1+ln 1/Doubt) of them, each by a
// breadth-first search from both ends that goes on where less is ahead (Borassi & Natale
// 2016), so that little of the network is gone through. It gives how many were drawn, too.
func (v *View) Between(s Sampling) (share []float64, drawn int) {
	if s.Error <= 0 {
		s.Error = .01
	}
	if s.Doubt <= 0 || s.Doubt >= 1 {
		s.Doubt = .1
	}
	share = make([]float64, v.nodes)
	if v.nodes < 3 {
		return share, 0
	}
	random := rand.New(rand.NewPCG(s.Seed, 2))
	a, b := newWalk(v), newWalk(v)
	long := math.Floor(math.Log2(float64(max(1, a.diameter()-2)))) + 1
	drawn = int(math.Ceil(.5 / (s.Error * s.Error) * (long + math.Log(1/s.Doubt))))
	if s.Most > 0 {
		drawn = min(drawn, s.Most)
	}
	each := 1 / float64(drawn)
	var meeting []uint32
	for range drawn {
		from := uint32(random.IntN(v.nodes))
		to := uint32(random.IntN(v.nodes - 1))
		if to >= from {
			to++
		}
		a.start(from)
		b.start(to)
		meeting = meeting[:0]
		for len(meeting) == 0 {
			w, other := a, b
			if b.ahead < a.ahead {
				w, other = b, a
			}
			if w.ahead == 0 {
				break // they are in different parts
			}
			for _, u := range w.widen() {
				if other.reached(u) {
					meeting = append(meeting, u)
				}
			}
		}
		if len(meeting) == 0 {
			continue
		}
		// One of the shortest ways, each as likely as any other: where the searches met,
		// then back to either end.
		all := 0.
		for _, u := range meeting {
			all += a.ways[u] * b.ways[u]
		}
		middle, pick := meeting[0], random.Float64()*all
		for _, u := range meeting {
			middle = u
			if pick -= a.ways[u] * b.ways[u]; pick < 0 {
				break
			}
		}
		if middle != from && middle != to {
			share[middle] += each
		}
		for _, w := range []*walk{a, b} {
			for at := middle; w.steps[at] > 1; {
				at = w.before(at, random)
				share[at] += each
			}
		}
	}
	return share, drawn
}

// BetweenAll is what Between estimates, exact: a breadth-first search from every node
// (Brandes 2001), so nodes × ties.
func (v *View) BetweenAll() []float64 {
	share := make([]float64, v.nodes)
	if v.nodes < 3 {
		return share
	}
	w := newWalk(v)
	lean := make([]float64, v.nodes)
	each := 1 / (float64(v.nodes) * float64(v.nodes-1))
	for from := range uint32(v.nodes) {
		w.everywhere(from)
		for _, u := range slices.Backward(w.queue) {
			for _, a := range v.list(u) {
				if b := a.to(); w.reached(b) && w.steps[b] == w.steps[u]+1 && v.left(a.code(Both)) >= 0 {
					lean[u] += w.ways[u] / w.ways[b] * (1 + lean[b])
				}
			}
			if u != from {
				share[u] += each * lean[u]
			}
		}
		for _, u := range w.queue {
			lean[u] = 0
		}
	}
	return share
}

// walk is a breadth-first search that counts the shortest ways.
type walk struct {
	v     *View
	steps []int32
	ways  []float64
	round []uint32 // when a node was last reached
	now   uint32
	queue []uint32
	ring  int // where in the queue the last ring begins
	ahead int // how many ties the last ring has
}

func newWalk(v *View) *walk {
	return &walk{v: v, steps: make([]int32, v.nodes), ways: make([]float64, v.nodes), round: make([]uint32, v.nodes)}
}

func (w *walk) reached(node uint32) bool { return w.round[node] == w.now }

func (w *walk) start(node uint32) {
	w.now++
	w.round[node], w.steps[node], w.ways[node] = w.now, 0, 1
	w.queue, w.ring, w.ahead = append(w.queue[:0], node), 0, len(w.v.list(node))
}

// widen goes one step further, and gives those who are reached by it.
func (w *walk) widen() []uint32 {
	end := len(w.queue)
	w.ahead = 0
	for i := w.ring; i < end; i++ {
		u := w.queue[i]
		for _, a := range w.v.list(u) {
			if w.v.left(a.code(Both)) < 0 {
				continue
			}
			b := a.to()
			if !w.reached(b) {
				w.round[b], w.steps[b], w.ways[b] = w.now, w.steps[u]+1, 0
				w.queue = append(w.queue, b)
				w.ahead += len(w.v.list(b))
			}
			if w.steps[b] == w.steps[u]+1 {
				w.ways[b] += w.ways[u]
			}
		}
	}
	w.ring = end
	return w.queue[end:]
}

// everywhere goes as far as ties lead.
func (w *walk) everywhere(start uint32) {
	w.start(start)
	for len(w.widen()) > 0 {
	}
}

// before draws who comes before a node on one of the shortest ways to it.
func (w *walk) before(node uint32, random *rand.Rand) (before uint32) {
	pick := random.Float64() * w.ways[node]
	for _, a := range w.v.list(node) {
		if u := a.to(); w.reached(u) && w.steps[u] == w.steps[node]-1 && w.v.left(a.code(Both)) >= 0 {
			before = u
			if pick -= w.ways[u]; pick < 0 {
				break
			}
		}
	}
	return before
}

// diameter is how many nodes are on the longest of the shortest ways at most, in the
// part of the network where most ties are: two times the longest from any node of it.
func (w *walk) diameter() int {
	start, most := uint32(0), -1
	for u := range uint32(w.v.nodes) {
		if n := len(w.v.list(u)); n > most {
			start, most = u, n
		}
	}
	w.everywhere(start)
	far := int(w.steps[w.queue[len(w.queue)-1]])
	return 2*far + 1
}

// Constraint is how much a node's ties lead back to each other (Burt 1992): near 0 for
// one who knows people who do not know each other, near 1 and above for one whose own
// all know each other. Ties count with both directions. 0 for one without ties. It goes
// once through the ties of those tied to the node.
func (v *View) Constraint(node uint32) (sum float64) {
	own := v.shares(node)
	through := make([]float64, len(own.nodes))
	copy(through, own.part)
	for i, q := range own.nodes {
		theirs := v.shares(q)
		own.each(theirs, func(j, k int) { through[j] += own.part[i] * theirs.part[k] })
	}
	for _, t := range through {
		sum += t * t
	}
	return sum
}

// Effective is how many of a node's ties lead to different people (effective size, Burt
// 1992): their number less how redundant each is. It goes once through the ties of those
// tied to the node.
func (v *View) Effective(node uint32) float64 {
	own := v.shares(node)
	size := float64(len(own.nodes))
	for _, j := range own.nodes {
		theirs := v.shares(j)
		strongest := slices.Max(theirs.part)
		own.each(theirs, func(q, k int) { size -= own.part[q] * theirs.part[k] / strongest })
	}
	return size
}

// shares are a node's ties by what part of all of them each is, in both directions.
type shares struct {
	nodes []uint32
	part  []float64
}

func (v *View) shares(node uint32) (s shares) {
	var all float64
	for _, a := range v.list(node) {
		if w := v.mutual(a); w > 0 {
			s.nodes, s.part = append(s.nodes, a.to()), append(s.part, w)
			all += w
		}
	}
	for i := range s.part {
		s.part[i] /= all
	}
	return s
}

// each calls do with the places of those who are in both.
func (s shares) each(t shares, do func(i, k int)) {
	for i, k := 0, 0; i < len(s.nodes) && k < len(t.nodes); {
		switch {
		case s.nodes[i] < t.nodes[k]:
			i++
		case s.nodes[i] > t.nodes[k]:
			k++
		default:
			do(i, k)
			i, k = i+1, k+1
		}
	}
}
