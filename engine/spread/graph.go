package spread

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
)

// Arc is a way a word may go.
type Arc struct {
	From, To uint32
	P        float64 // the probability that it carries, above 0 and at most 1
	Delay    uint8   // the class of how long it takes; Run.Delays tells the days
}

// Graph is a network that does not change. The zero Graph has nobody in it.
//
// Reverse sampling reads who may reach somebody, so each node's arcs are those that come
// in, the likeliest first. Where all are equally likely, as in a weighted cascade, no
// arc has a probability of its own. The arcs that go out are made when first asked for.
type Graph struct {
	nodes  []node
	from   []uint32 // each node's, the likeliest first, then by number
	codes  []uint16 // of the same arcs; nil when no node is mixed
	delays []uint8  // of the same arcs; nil when all are of class 0
	mapped []byte   // what the arrays lie in, when that is a mapped file

	mirror  sync.Once
	forward forward

	scratch sync.Pool // *runner
}

// node is 16 bytes: one place in memory tells all that most draws need.
type node struct {
	first, count uint32
	inverse      float32 // of the bound of its likeliest arc: how far draws skip
	code         uint16  // of its likeliest arc
	mixed        uint16  // 1 when its arcs are not all equally likely
}

// maxNodes and maxArcs are what fits into the numbers the graph is written with.
const (
	maxNodes = 1<<31 - 1
	maxArcs  = 1<<32 - 2
)

var errTwice = errors.New("the arcs were not the same the second time")

// Build makes a graph of so many nodes. It goes through the arcs twice, which must be
// the same both times. Arcs between the same two are chances that stand alone: together
// they carry with 1−(1−p)(1−q), with the delay of the likelier. An arc from somebody to themselves, and one
// that never carries, are left out. Linear in the arcs, but for the sorting of each
// node's.
func Build(nodes int, arcs iter.Seq[Arc]) (*Graph, error) {
	if nodes < 0 || nodes > maxNodes {
		return nil, fmt.Errorf("%d nodes are more than a graph has (%d)", nodes, maxNodes)
	}
	ends := make([]uint32, nodes+1)
	var total uint64
	for a := range arcs {
		if err := a.check(nodes); err != nil {
			return nil, err
		}
		if a.none() {
			continue
		}
		if total++; total > maxArcs {
			return nil, fmt.Errorf("more than %d arcs", uint64(maxArcs))
		}
		ends[a.To]++
	}
	var at uint32
	for i, n := range ends {
		ends[i] = at
		at += n
	}
	all := make([]uint64, total)
	placed := uint64(0)
	for a := range arcs {
		if a.none() {
			continue
		}
		if placed++; placed > total || a.check(nodes) != nil || ends[a.To] >= uint32(total) {
			return nil, errTwice
		}
		all[ends[a.To]] = uint64(a.From)<<32 | uint64(codeOf(a.P))<<8 | uint64(a.Delay)
		ends[a.To]++
	}
	if placed != total {
		return nil, errTwice
	}
	return assemble(ends, all), nil
}

// WeightedCascade makes a graph in which each arc carries with one by the number of arcs
// that come into its end, whatever their P: the usual way to compare programs. It is
// never a forecast.
func WeightedCascade(nodes int, arcs iter.Seq[Arc]) (*Graph, error) {
	if nodes < 0 || nodes > maxNodes {
		return nil, fmt.Errorf("%d nodes are more than a graph has (%d)", nodes, maxNodes)
	}
	count := make([]uint32, nodes)
	for a := range arcs {
		if a.P = 1; a.check(nodes) != nil {
			return nil, a.check(nodes)
		}
		if !a.none() {
			count[a.To]++
		}
	}
	return Build(nodes, func(yield func(Arc) bool) {
		for a := range arcs {
			if int64(a.To) < int64(nodes) {
				a.P = 1 / float64(max(1, count[a.To]))
			}
			if !yield(a) {
				return
			}
		}
	})
}

// none tells whether an arc leads nowhere.
func (a Arc) none() bool { return a.From == a.To || a.P == 0 }

func (a Arc) check(nodes int) error {
	switch {
	case int64(a.From) >= int64(nodes) || int64(a.To) >= int64(nodes):
		return fmt.Errorf("an arc from %d to %d, of %d nodes", a.From, a.To, nodes)
	case !(a.P >= 0 && a.P <= 1):
		return fmt.Errorf("the arc from %d to %d has probability %v", a.From, a.To, a.P)
	}
	return nil
}

// assemble makes a graph of arcs that lie by their ends: where each node's end, and of
// each arc whence, code and delay.
func assemble(ends []uint32, all []uint64) *Graph {
	n := max(0, len(ends)-1)
	g := &Graph{nodes: make([]node, n), from: make([]uint32, len(all))}
	skips := newSkips()
	var begin, to uint32
	for v := range n {
		list := tidy(all[begin:ends[v]])
		begin = ends[v]
		r := node{first: to, count: uint32(len(list))}
		if len(list) > 0 {
			r.code = arcCode(list[0])
			r.inverse = float32(inverse(chance(r.code)))
			if arcCode(list[len(list)-1]) != r.code {
				r.mixed, r.inverse = 1, float32(skips.bounds[class(r.code)].inverse)
			}
		}
		g.nodes[v] = r
		for i, a := range list {
			at := to + uint32(i)
			g.from[at] = uint32(a >> 32)
			if r.mixed == 1 && g.codes == nil {
				g.codes = make([]uint16, len(all))
				for _, before := range g.nodes[:v] {
					fill(g.codes, before)
				}
			}
			if g.codes != nil {
				g.codes[at] = arcCode(a)
			}
			if d := uint8(a); d != 0 && g.delays == nil {
				g.delays = make([]uint8, len(all))
			}
			if g.delays != nil {
				g.delays[at] = uint8(a)
			}
		}
		to += uint32(len(list))
	}
	g.from = trim(g.from, to)
	if g.codes != nil {
		g.codes = trim(g.codes, to)
	}
	if g.delays != nil {
		g.delays = trim(g.delays, to)
	}
	return g
}

func arcCode(a uint64) uint16 { return uint16(a >> 8) }

func fill(codes []uint16, r node) {
	for i := r.first; i < r.first+r.count; i++ {
		codes[i] = r.code
	}
}

// trim gives back room that merged arcs have left, when it is much.
func trim[T any](all []T, n uint32) []T {
	if uint64(n) < uint64(len(all))/8*7 {
		return slices.Clone(all[:n])
	}
	return all[:n:n]
}

// tidy brings a node's arcs in order, in place: each whence once, the likeliest first.
func tidy(list []uint64) []uint64 {
	slices.Sort(list)
	kept := list[:0]
	even := true
	for i := 0; i < len(list); {
		a := list[i]
		miss := 1 - chance(arcCode(a))
		i++
		for ; i < len(list) && list[i]>>32 == a>>32; i++ { // the likelier comes last
			miss *= 1 - chance(arcCode(list[i]))
			a = a>>32<<32 | uint64(codeOf(1-miss))<<8 | list[i]&0xFF
		}
		even = even && (len(kept) == 0 || arcCode(kept[0]) == arcCode(a))
		kept = append(kept, a)
	}
	if !even {
		slices.SortStableFunc(kept, func(a, b uint64) int { return int(arcCode(b)) - int(arcCode(a)) })
	}
	return kept
}

// Nodes is how many nodes there are, those without an arc among them.
func (g *Graph) Nodes() int { return len(g.nodes) }

// Arcs is how many arcs there are.
func (g *Graph) Arcs() int { return len(g.from) }

// Bytes is how much room the arrays take, the arcs that go out apart.
func (g *Graph) Bytes() int {
	return 16*len(g.nodes) + 4*len(g.from) + 2*len(g.codes) + len(g.delays)
}

// In are the arcs that come into a node, the likeliest first, with their probabilities
// as the graph keeps them.
func (g *Graph) In(v uint32) iter.Seq[Arc] {
	return func(yield func(Arc) bool) {
		if int64(v) >= int64(len(g.nodes)) {
			return
		}
		r := g.nodes[v]
		for i := r.first; i < r.first+r.count; i++ {
			if !yield(Arc{From: g.from[i], To: v, P: chance(g.code(r, i)), Delay: g.delay(i)}) {
				return
			}
		}
	}
}

// All are all arcs, by the node they come into.
func (g *Graph) All() iter.Seq[Arc] {
	return func(yield func(Arc) bool) {
		for v := range uint32(len(g.nodes)) {
			for a := range g.In(v) {
				if !yield(a) {
					return
				}
			}
		}
	}
}

func (g *Graph) code(r node, i uint32) uint16 {
	if r.mixed == 0 {
		return r.code
	}
	return g.codes[i]
}

func (g *Graph) delay(i uint32) uint8 {
	if g.delays == nil {
		return 0
	}
	return g.delays[i]
}

// forward are the arcs by whence they go: where each node's begin, and of each arc
// whereto, code and delay in 8 bytes.
type forward struct {
	first []uint32
	arcs  []uint64
}

// out is the graph seen from whence arcs go, made once.
func (g *Graph) out() *forward {
	g.mirror.Do(func() {
		n := len(g.nodes)
		first := make([]uint32, n+1)
		for _, u := range g.from {
			first[u]++
		}
		var at uint32
		for i, c := range first {
			first[i] = at
			at += c
		}
		arcs := make([]uint64, len(g.from))
		for v, r := range g.nodes {
			for i := r.first; i < r.first+r.count; i++ {
				u := g.from[i]
				arcs[first[u]] = uint64(v)<<32 | uint64(g.code(r, i))<<16 | uint64(g.delay(i))
				first[u]++
			}
		}
		copy(first[1:], first)
		first[0] = 0
		g.forward = forward{first, arcs}
	})
	return &g.forward
}

// Without is the graph without some nodes: their numbers remain, and no arc leads to or
// from them. It is what withdrawn consent asks for.
func (g *Graph) Without(gone ...uint32) (*Graph, error) {
	away := bitsOf(len(g.nodes), gone)
	return Build(len(g.nodes), func(yield func(Arc) bool) {
		for a := range g.All() {
			if !away.has(a.From) && !away.has(a.To) && !yield(a) {
				return
			}
		}
	})
}

// bitset is a set of nodes; nil is nobody.
type bitset []uint64

func bitsOf(n int, list []uint32) bitset {
	if len(list) == 0 {
		return nil
	}
	b := make(bitset, (n+63)/64)
	for _, u := range list {
		if int64(u) < int64(n) {
			b.set(u)
		}
	}
	return b
}

func (b bitset) set(u uint32)      { b[u>>6] |= 1 << (u & 63) }
func (b bitset) clear(u uint32)    { b[u>>6] &^= 1 << (u & 63) }
func (b bitset) has(u uint32) bool { return b != nil && b[u>>6]>>(u&63)&1 == 1 }
