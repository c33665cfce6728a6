package spread

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/bits"
	"slices"
	"sync/atomic"
)

// Pool keeps reverse sets while the network changes. A set is a function of its number,
// its root and the coins of the arcs that come into those it holds. When an arc comes,
// goes or changes, only the sets that hold its end and in which it carried, or carries
// now, are others: few, and they are found in the index. Where it carries now they hold who
// they held, and only what comes besides is drawn; where it carried they are drawn again.
// What is then in the pool is
// distributed as what would be drawn of the changed network; once it is compacted, it is
// that, set by set.
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
	grown map[uint32][]uint32 // what others hold besides what was drawn
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
	if err := within(n, how.Targets, how.Absent, how.Silent); err != nil {
		return nil, err
	}
	if how.Sets < 1 || int64(how.Sets) >= math.MaxInt32 {
		return nil, wrong("a pool of %d sets", how.Sets)
	}
	p := &Pool{g: g, how: how, nodes: n, gone: make(bitset, (n+63)/64), fresh: map[uint32][]uint32{}, grown: map[uint32][]uint32{}}
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
	p.laid = &overlay{changed: make(bitset, (n+63)/64), in: map[uint32]change{}, roots: p.root}
	p.draws = workers(g, rooting{seed: how.Seed, silent: bitsOf(n, how.Silent)}, sideChoose)
	for _, s := range p.draws {
		s.laid = p.laid
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
	clear(p.drawn.counts)
	for i := range p.drawn.batches {
		for _, u := range p.drawn.batches[i].nodes {
			p.drawn.counts[u]++
		}
	}
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
	if besides := p.grown[i]; besides != nil {
		return slices.Concat(p.drawn.set(i), besides)
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
	share, scale := float64(hits)/float64(p.Len()), float64(p.some)
	low, high = Wilson(share, p.Len())
	return share * scale, low * scale, high * scale
}

// holding are the sets that hold any of some nodes.
func (p *Pool) holding(nodes []uint32) bitset {
	marked := make(bitset, len(p.moved))
	p.pairs(nodes, func(set, _ uint32) { marked.set(set) })
	return marked
}

// pairs goes through the sets that hold some nodes, with each they hold.
func (p *Pool) pairs(nodes []uint32, do func(set, node uint32)) {
	asked := make(bitset, len(p.gone))
	for _, u := range nodes {
		if int64(u) >= int64(p.nodes) || p.gone.has(u) || asked.has(u) {
			continue
		}
		asked.set(u)
		if int64(u)+1 < int64(len(p.starts)) {
			for _, i := range p.index[p.starts[u]:p.starts[u+1]] {
				if !p.moved.has(i) {
					do(i, u)
				}
			}
		}
	}
	for _, some := range []map[uint32][]uint32{p.fresh, p.grown} {
		for i, set := range some {
			for _, u := range set {
				if asked.has(u) {
					do(i, u)
				}
			}
		}
	}
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
	c := p.laid.in[v]
	list := slices.Clone(c.came)
	for a := range p.g.In(v) {
		if !slices.Contains(c.gone, a.From) {
			list = append(list, uint64(a.From)<<32|uint64(codeOf(a.P))<<8|uint64(a.Delay))
		}
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
		if a.From == a.To {
			continue
		}
		// The last told counts.
		list := slices.DeleteFunc(byEnd[a.To], func(b Arc) bool { return b.From == a.From })
		byEnd[a.To] = append(list, a)
	}
	ends := slices.Sorted(maps.Keys(byEnd))
	before := make(map[uint32]change, len(ends))
	for _, v := range ends {
		c := p.laid.in[v]
		before[v] = c
		c.came, c.gone = slices.Clone(c.came), slices.Clone(c.gone)
		for _, a := range byEnd[v] {
			c.came = slices.DeleteFunc(c.came, func(b uint64) bool { return uint32(b>>32) == a.From })
			if p.g.comes(v, a.From) && !slices.Contains(c.gone, a.From) {
				c.gone = append(c.gone, a.From)
			}
			if a.P > 0 {
				c.came = append(c.came, uint64(a.From)<<32|uint64(codeOf(a.P))<<8|uint64(a.Delay))
			}
		}
		p.lay(v, c)
	}
	// What a set lost may have been all that held the rest of it; what it gained is no more
	// than comes besides.
	lost, gained := make(bitset, len(p.moved)), map[uint32][]uint32{}
	s := p.draws[0]
	p.pairs(ends, func(set, v uint32) {
		if lost.has(set) {
			return
		}
		k := key(p.how.Seed, sideChoose, uint64(set))
		if s.ask.silent.has(v) {
			if root, _ := p.root(k); root != v {
				return
			}
		}
		k += uint64(v) * stepNode
		old, now := before[v], p.laid.in[v]
		for _, a := range byEnd[v] {
			from := func(b uint64) bool { return uint32(b>>32) == a.From }
			was := false
			if i := slices.IndexFunc(old.came, from); i >= 0 {
				was = carried(k, old.came[i])
			} else if !slices.Contains(old.gone, a.From) && p.g.comes(v, a.From) {
				was = s.carries(v, a.From, k)
			}
			is := false
			if i := slices.IndexFunc(now.came, from); i >= 0 {
				is = carried(k, now.came[i])
			}
			switch {
			case was && !is:
				lost.set(set)
				return
			case is && !was:
				gained[set] = append(gained[set], a.From)
			}
		}
	})
	for set := range gained {
		// What was drawn is known by the index; of what came since, a little is looked through.
		if p.moved.has(set) || len(p.grown[set]) > lookedThrough {
			lost.set(set)
		}
	}
	maps.DeleteFunc(gained, func(set uint32, _ []uint32) bool { return lost.has(set) })
	p.again(p.numbers(lost))
	p.grow(gained)
	return nil
}

// lookedThrough is how much besides what was drawn a set may hold and grow on.
const lookedThrough = 64

// grow draws what some sets hold besides, by those they now reach.
func (p *Pool) grow(gained map[uint32][]uint32) {
	numbers := slices.Sorted(maps.Keys(gained))
	who := make([][]uint32, len(numbers))
	for i, n := range numbers {
		who[i] = gained[n]
	}
	holds := func(set, u uint32) bool {
		if int64(u)+1 < int64(len(p.starts)) {
			if _, is := slices.BinarySearch(p.index[p.starts[u]:p.starts[u+1]], set); is {
				return true
			}
		}
		return slices.Contains(p.grown[set], u)
	}
	pieces := p.draw(len(numbers), func(s *sampler, from, to int) { s.further(numbers[from:to], who[from:to], holds) })
	for i, n := range numbers {
		if besides := pieceOf(pieces, i); len(besides) > 0 {
			p.grown[n] = slices.Concat(p.grown[n], besides)
		}
	}
}

func (p *Pool) lay(v uint32, c change) {
	p.laid.changed.set(v)
	p.laid.in[v] = c
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
	// Where an arc from them carried, they were in the set: no others change.
	again := p.numbers(p.holding(nodes))
	for v := range uint32(p.nodes) {
		c := p.laid.in[v]
		r := p.g.record(v)
		gone, came := c.gone, c.came
		for _, u := range p.g.from[r.first : r.first+r.count] {
			if away.has(u) && !slices.Contains(gone, u) {
				gone = append(slices.Clone(gone), u)
			}
		}
		if slices.ContainsFunc(came, func(a uint64) bool { return away.has(uint32(a >> 32)) }) {
			came = slices.DeleteFunc(slices.Clone(came), func(a uint64) bool { return away.has(uint32(a >> 32)) })
		}
		if len(gone) != len(c.gone) || len(came) != len(c.came) {
			p.lay(v, change{gone, came})
		}
	}
	for i, u := range p.slots {
		if u != nobody && away.has(u) {
			p.slots[i] = nobody
			p.some--
		}
	}
	for _, u := range nodes {
		var all []uint32
		for a := range p.g.In(u) {
			all = append(all, a.From)
		}
		p.lay(u, change{gone: all})
		p.gone.set(u)
	}
	p.again(again)
	for _, u := range nodes {
		if int64(u)+1 < int64(len(p.starts)) {
			clear(p.index[p.starts[u]:p.starts[u+1]])
		}
	}
	return nil
}

// comes tells whether an arc of the graph comes into a node from another.
func (g *Graph) comes(v, from uint32) bool {
	r := g.record(v)
	return slices.Contains(g.from[r.first:r.first+r.count], from)
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
	pieces := p.draw(len(numbers), func(s *sampler, from, to int) { s.again(numbers[from:to]) })
	for i, n := range numbers {
		if !p.moved.has(n) {
			old := p.drawn.set(n)
			for j := range old {
				old[j] = nobody // no trace of who may have left
			}
			delete(p.grown, n)
		}
		p.moved.set(n)
		p.fresh[n] = pieceOf(pieces, i)
	}
}

// piece is how many sets are drawn at a time when some are drawn again.
const piece = 128

// draw draws so many sets in pieces, on all processors.
func (p *Pool) draw(count int, do func(s *sampler, from, to int)) []batch {
	pieces := make([]batch, (count+piece-1)/piece)
	var next atomic.Int64
	together(min(len(p.draws), len(pieces)), func(w int) {
		s := p.draws[w]
		for {
			i := int(next.Add(1) - 1)
			if i >= len(pieces) {
				return
			}
			do(s, i*piece, min((i+1)*piece, count))
			pieces[i] = s.gather(make([]uint32, len(s.node)))
		}
	})
	return pieces
}

// pieceOf is what was drawn of one set.
func pieceOf(pieces []batch, i int) []uint32 {
	b := &pieces[i/piece]
	from := uint32(0)
	if i%piece > 0 {
		from = b.ends[i%piece-1]
	}
	return b.nodes[from:b.ends[i%piece]]
}

// Count is how many sets hold a node.
func (p *Pool) Count(u uint32) int {
	n := 0
	p.pairs([]uint32{u}, func(uint32, uint32) { n++ })
	return n
}

// Compact makes a graph of what there is now, and has the pool stand on it: what is gone
// is then nowhere any more. The sets that hold an end of what changed are drawn again, so
// that all are functions of the graph; the index is made anew.
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
	again := p.numbers(p.holding(slices.Collect(maps.Keys(p.laid.in))))
	p.g = g
	p.laid = &overlay{changed: make(bitset, len(p.gone)), in: map[uint32]change{}, roots: p.root}
	for _, s := range p.draws {
		s.g, s.laid = g, p.laid
	}
	p.again(again)
	p.drawn = p.whole()
	clear(p.moved)
	p.fresh, p.grown = map[uint32][]uint32{}, map[uint32][]uint32{}
	p.list()
	return g, nil
}

// whole is what all sets hold now, in order.
func (p *Pool) whole() sets {
	whole := sets{size: p.drawn.size, counts: p.drawn.counts, batches: make([]batch, len(p.drawn.batches))}
	for i := range whole.batches {
		b := &whole.batches[i]
		for k := range whole.size {
			b.nodes = append(b.nodes, p.set(uint32(i*whole.size+k))...)
			b.ends = append(b.ends, uint32(len(b.nodes)))
		}
	}
	return whole
}
