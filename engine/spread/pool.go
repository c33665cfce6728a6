package spread

import (
	"context"
	"fmt"
	"iter"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"sync/atomic"
)

// Pool keeps reverse sets while the network changes. A set is a function of its number,
// its root and the arcs that come into those it holds: when an arc comes, goes or
// changes, the sets that hold its end are drawn again, and no others. What is then in
// the pool is, set by set, what a pool of the changed network would have been given.
//
// A pool is one goroutine's at a time.
type Pool struct {
	g      *Graph
	how    Drawing
	nodes  int // with those who came
	gone   bitset
	slots  []uint32 // of whom a root may be; nobody where somebody left
	some   int      // slots with somebody
	laid   *overlay // what changed since the graph was made; its arcs are nil before
	drawn  sets
	starts []uint64 // of each node's sets in index, by the graph's nodes
	index  []uint32

	moved bitset              // sets drawn again
	fresh map[uint32][]uint32 // what they hold now
	later map[uint32][]uint32 // the sets drawn again that may hold a node
	draws []*sampler
}

// Drawing is how a pool is drawn.
type Drawing struct {
	Sets    int
	Seed    uint64
	Targets []uint32 // whom the word is to reach, each once; nil for everybody, and for who comes
	Absent  []uint32 // whom it need not reach, of everybody
	Silent  []uint32 // who hears and does not pass on
	// Room is for how many roots there is room; 0 for an eighth more than there are.
	Room int
}

const nobody = math.MaxUint32

// NewPool draws a pool.
func (g *Graph) NewPool(ctx context.Context, how Drawing) (*Pool, error) {
	n := len(g.nodes)
	for _, list := range [][]uint32{how.Targets, how.Absent, how.Silent} {
		for _, u := range list {
			if int64(u) >= int64(n) {
				return nil, wrong("node %d of %d", u, n)
			}
		}
	}
	if how.Sets < 1 || int64(how.Sets) >= math.MaxInt32 {
		return nil, wrong("a pool of %d sets", how.Sets)
	}
	p := &Pool{g: g, how: how, nodes: n, gone: make(bitset, (n+63)/64), fresh: map[uint32][]uint32{}, later: map[uint32][]uint32{}}
	absent := bitsOf(n, how.Absent)
	p.slots = slices.Clone(how.Targets)
	if how.Targets == nil {
		for u := range uint32(n) {
			p.slots = append(p.slots, u)
		}
	}
	for i, u := range p.slots {
		if absent.has(u) {
			p.slots[i] = nobody
		} else {
			p.some++
		}
	}
	room := max(how.Room, len(p.slots))
	if how.Room == 0 {
		room += room/8 + 8
	}
	room = 1 << bits.Len(uint(max(room, 2)-1))
	for len(p.slots) < room {
		p.slots = append(p.slots, nobody)
	}
	p.laid = &overlay{changed: make(bitset, (n+63)/64), in: map[uint32][]uint64{}, roots: p.root}
	ask := rooting{seed: how.Seed, silent: bitsOf(n, how.Silent)}
	for range min(runtime.GOMAXPROCS(0), 8) {
		s := newSampler(g, ask, sideChoose)
		s.laid = p.laid
		p.draws = append(p.draws, s)
	}
	p.drawn = sets{size: 256, counts: make([]uint32, n)}
	if err := p.drawn.extend(ctx, p.draws, how.Sets, nil); err != nil {
		return nil, err
	}
	p.moved = make(bitset, (p.drawn.len()+63)/64)
	p.list()
	return p, nil
}

// root is whom a set asks for: the first of its slots that has somebody.
func (p *Pool) root(key uint64) (uint32, bool) {
	if p.some == 0 {
		return 0, false
	}
	for k := key + stepRoot; ; k += stepRoot {
		if u := p.slots[below(mix(k), uint32(len(p.slots)))]; u != nobody {
			return u, true
		}
	}
}

// list writes the index of who is in which sets: a counting sort.
func (p *Pool) list() {
	p.starts = make([]uint64, len(p.drawn.counts)+1)
	var at uint64
	for u, n := range p.drawn.counts {
		p.starts[u] = at
		at += uint64(n)
	}
	p.starts[len(p.drawn.counts)] = at
	p.index = make([]uint32, at)
	ends := slices.Clone(p.starts)
	for i := range uint32(p.drawn.len()) {
		for _, u := range p.drawn.set(i) {
			p.index[ends[u]] = i
			ends[u]++
		}
	}
}

// Len is how many sets there are: those asked for, filled up to a batch.
func (p *Pool) Len() int { return p.drawn.len() }

// set is the nodes of one, its root first.
func (p *Pool) set(i uint32) []uint32 {
	if p.moved.has(i) {
		return p.fresh[i]
	}
	return p.drawn.set(i)
}

// Sets are all sets, each root first. They may not be changed, nor kept.
func (p *Pool) Sets() iter.Seq2[int, []uint32] {
	return func(yield func(int, []uint32) bool) {
		for i := range p.Len() {
			if !yield(i, p.set(uint32(i))) {
				return
			}
		}
	}
}

// Roots is how many the word is to reach.
func (p *Pool) Roots() int { return p.some }

// Spread is how many of those it is to reach the word reaches from some nodes together,
// with an interval of 95 %.
func (p *Pool) Spread(nodes ...uint32) (mean, low, high float64) {
	marked := p.holding(nodes)
	hits := 0
	for i := range uint32(p.Len()) {
		if marked.has(i) {
			hits++
		}
	}
	low, high = wilson(hits, p.Len())
	scale := float64(p.some)
	return float64(hits) / float64(p.Len()) * scale, low * scale, high * scale
}

// holding are the sets that hold any of some nodes.
func (p *Pool) holding(nodes []uint32) bitset {
	marked := make(bitset, len(p.moved))
	for _, u := range nodes {
		if int64(u) >= int64(p.nodes) || p.gone.has(u) {
			continue
		}
		if int64(u)+1 < int64(len(p.starts)) {
			for _, i := range p.index[p.starts[u]:p.starts[u+1]] {
				if !p.moved.has(i) {
					marked.set(i)
				}
			}
		}
		for _, i := range p.later[u] {
			if slices.Contains(p.fresh[i], u) {
				marked.set(i)
			}
		}
	}
	return marked
}

// Come makes room for so many who were not there, and tells the number of the first. The
// word is to reach them, too, unless it was told whom it is to reach.
func (p *Pool) Come(count int) (first uint32, err error) {
	if count < 0 || p.nodes+count > maxNodes {
		return 0, wrong("%d who come", count)
	}
	first = uint32(p.nodes)
	if p.how.Targets == nil {
		if p.nodes+count > len(p.slots) {
			return 0, fmt.Errorf("%w: there is room for %d, and there are %d: draw a new pool", ErrAsk, len(p.slots), p.nodes+count)
		}
		for i := range count {
			p.slots[p.nodes+i] = first + uint32(i)
		}
		p.some += count
	}
	p.nodes += count
	words := (p.nodes + 63) / 64
	p.gone = append(p.gone, make(bitset, words-len(p.gone))...)
	p.laid.changed = append(p.laid.changed, make(bitset, words-len(p.laid.changed))...)
	if silent := p.draws[0].ask.silent; silent != nil {
		silent = append(silent, make(bitset, words-len(silent))...)
		for _, s := range p.draws {
			s.ask.silent = silent
		}
	}
	p.drawn.counts = append(p.drawn.counts, make([]uint32, count)...)
	if p.how.Targets != nil {
		return first, nil
	}
	// Some sets now ask for who came.
	var again []uint32
	for i := range uint32(p.Len()) {
		root, _ := p.root(key(p.how.Seed, sideChoose, uint64(i)))
		if set := p.set(i); len(set) == 0 || set[0] != root {
			again = append(again, i)
		}
	}
	p.again(again)
	return first, nil
}

// in are the arcs that come into a node now.
func (p *Pool) in(v uint32) []uint64 {
	if p.laid.changed.has(v) {
		return p.laid.in[v]
	}
	var list []uint64
	for a := range p.g.In(v) {
		list = append(list, uint64(a.From)<<32|uint64(codeOf(a.P))<<8|uint64(a.Delay))
	}
	return list
}

// Set adds arcs, changes their probabilities, or takes them away when it is 0.
func (p *Pool) Set(arcs ...Arc) error {
	byEnd := map[uint32][]Arc{}
	for _, a := range arcs {
		if err := a.check(p.nodes); err != nil {
			return fmt.Errorf("%w: %w", ErrAsk, err)
		}
		if p.gone.has(a.From) || p.gone.has(a.To) {
			return wrong("an arc from %d to %d, and one of them is gone", a.From, a.To)
		}
		if a.From != a.To {
			byEnd[a.To] = append(byEnd[a.To], a)
		}
	}
	var ends []uint32
	for v, new := range byEnd {
		list := p.in(v)
		list = slices.DeleteFunc(slices.Clone(list), func(old uint64) bool {
			return slices.ContainsFunc(new, func(a Arc) bool { return a.From == uint32(old>>32) })
		})
		for i, a := range new {
			if a.P > 0 && !slices.ContainsFunc(new[i+1:], func(b Arc) bool { return b.From == a.From }) { // the last told counts
				list = append(list, uint64(a.From)<<32|uint64(codeOf(a.P))<<8|uint64(a.Delay))
			}
		}
		p.lay(v, list)
		ends = append(ends, v)
	}
	p.again(p.numbers(p.holding(ends)))
	return nil
}

func (p *Pool) lay(v uint32, list []uint64) {
	p.laid.changed.set(v)
	if list = tidy(list); len(list) == 0 {
		delete(p.laid.in, v)
		return
	}
	p.laid.in[v] = list
}

// Forget takes somebody away: no set holds them, no arc leads to or from them, and the
// word need not reach them. The graph the pool was drawn of is let go by Compact.
func (p *Pool) Forget(nodes ...uint32) error {
	away := make(bitset, len(p.gone))
	for _, u := range nodes {
		if int64(u) >= int64(p.nodes) {
			return wrong("node %d of %d", u, p.nodes)
		}
		away.set(u)
	}
	ends := slices.Clone(nodes)
	for v := range uint32(p.nodes) {
		var list []uint64
		switch changed := p.laid.changed.has(v); {
		case changed && !slices.ContainsFunc(p.laid.in[v], func(a uint64) bool { return away.has(uint32(a >> 32)) }):
			continue
		case !changed && !p.g.comes(v, away):
			continue
		}
		for _, a := range p.in(v) {
			if !away.has(uint32(a >> 32)) {
				list = append(list, a)
			}
		}
		p.lay(v, list)
		ends = append(ends, v)
	}
	again := p.numbers(p.holding(ends))
	for i, u := range p.slots {
		if u != nobody && away.has(u) {
			p.slots[i] = nobody
			p.some--
		}
	}
	for _, u := range nodes {
		p.lay(u, nil)
		p.gone.set(u)
	}
	p.again(again)
	for _, u := range nodes {
		if int64(u)+1 < int64(len(p.starts)) {
			clear(p.index[p.starts[u]:p.starts[u+1]])
		}
		delete(p.later, u)
	}
	return nil
}

// comes tells whether an arc comes into a node from any of some.
func (g *Graph) comes(v uint32, from bitset) bool {
	r := g.record(v)
	for _, u := range g.from[r.first : r.first+r.count] {
		if from.has(u) {
			return true
		}
	}
	return false
}

func (p *Pool) numbers(marked bitset) (all []uint32) {
	for w, word := range marked {
		for ; word != 0; word &= word - 1 {
			all = append(all, uint32(w<<6|bits.TrailingZeros64(word)))
		}
	}
	return all
}

// again draws some sets again.
func (p *Pool) again(numbers []uint32) {
	const size = 128
	pieces := make([]batch, (len(numbers)+size-1)/size)
	var next atomic.Int64
	together(min(len(p.draws), len(pieces)), func(w int) {
		s := p.draws[w]
		for {
			i := int(next.Add(1) - 1)
			if i >= len(pieces) {
				return
			}
			s.again(numbers[i*size : min((i+1)*size, len(numbers))])
			pieces[i] = s.gather(make([]uint32, len(s.node)))
		}
	})
	for i, n := range numbers {
		old := p.set(n)
		for _, u := range old {
			p.drawn.counts[u]--
		}
		if !p.moved.has(n) {
			for j := range old {
				old[j] = nobody // no trace of who may have left
			}
		}
		b := &pieces[i/size]
		from := uint32(0)
		if i%size > 0 {
			from = b.ends[i%size-1]
		}
		set := b.nodes[from:b.ends[i%size]]
		p.moved.set(n)
		p.fresh[n] = set
		for _, u := range set {
			p.drawn.counts[u]++
			p.later[u] = append(p.later[u], n)
		}
	}
}

// Count is how many sets hold a node.
func (p *Pool) Count(u uint32) int {
	if int64(u) >= int64(len(p.drawn.counts)) {
		return 0
	}
	return int(p.drawn.counts[u])
}

// Compact makes a graph of what there is now, and has the pool stand on it: what is gone
// is then nowhere any more. The sets remain as they are.
func (p *Pool) Compact() (*Graph, error) {
	g, err := Build(p.nodes, func(yield func(Arc) bool) {
		for v := range uint32(p.nodes) {
			for _, a := range p.in(v) {
				if !yield(Arc{From: uint32(a >> 32), To: v, P: chance(arcCode(a)), Delay: uint8(a)}) {
					return
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	whole := sets{size: p.drawn.size, counts: p.drawn.counts, batches: make([]batch, len(p.drawn.batches))}
	for i := range whole.batches {
		b := &whole.batches[i]
		for k := range whole.size {
			b.nodes = append(b.nodes, p.set(uint32(i*whole.size+k))...)
			b.ends = append(b.ends, uint32(len(b.nodes)))
		}
	}
	p.g, p.drawn = g, whole
	p.laid = &overlay{changed: make(bitset, len(p.gone)), in: map[uint32][]uint64{}, roots: p.root}
	for _, s := range p.draws {
		s.g, s.laid = g, p.laid
	}
	clear(p.moved)
	p.fresh, p.later = map[uint32][]uint32{}, map[uint32][]uint32{}
	p.list()
	return g, nil
}
