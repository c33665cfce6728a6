package spread

import (
	"context"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Reverse sampling (Borgs, Brautbar, Chayes, Lucier 2014): a root is drawn, and all who
// would have reached it, had each coin been thrown. The share of such sets that somebody
// is in, times the nodes, is how many they reach on average.
//
// Arcs that do not carry are not looked at: from one that carries the draw skips to the
// next (Guo, Wang, Wei, Chen, SIGMOD 2020: SUBSIM), by a geometric number where all of a
// node's arcs are equally likely; else by the bound of the likeliest that are left, and
// what it lands on is taken with its own share of the bound.
//
// The draws at a node are a hash of the set and the node. So a set is a function of its
// number and the graph: the order in which it is walked does not matter, many are walked
// side by side so that the machine waits for many places of memory at once, and when
// somebody's arcs change only the sets that hold them change (see Pool).
type sampler struct {
	g     *Graph
	skips *skips
	ask   rooting
	side  uint64 // which collection

	laid *overlay // what changed since the graph was made; nil for nothing

	set     []uint32 // of the batch, whose turn it is
	node    []uint32
	keys    []uint64 // of each set of the batch
	hit     []bool   // sets that a supporter is in
	nodes   [ahead]node
	arcs    []uint32
	whose   []uint32
	touched uint16 // keeps what is asked for ahead from being left out

	trace bool     // whether it is noted by whom each is reached
	via   []uint32 // of the arcs: where in node their end stands
	by    []uint32 // of node, the same
	from  uint32   // by whom the next is reached

	holds func(set, node uint32) bool // whom a set of the batch holds already; nil for nobody

	seen  []uint64 // a hash table of what is reached: turn, set and node
	room  []uint64 // in which it lies
	turn  uint64
	left  int // how many more fit in well
	shift int
}

// ahead is how many nodes are looked up side by side.
const ahead = 256

// rooting is what is the same for all sets of a collection.
type rooting struct {
	seed       uint64
	targets    []uint32 // whom the word is to reach; nil for everybody
	supporters bitset   // who has it already: sets they are in are told as hit
	silent     bitset   // who hears and does not pass on
}

func newSampler(g *Graph, ask rooting, side uint64) *sampler {
	s := &sampler{g: g, skips: newSkips(), ask: ask, side: side}
	return s
}

// grow gives the table a size, and puts in what is reached by now. It lies in room that
// has been larger when sets were; what stands there from other turns is nothing.
func (s *sampler) grow(size int) {
	if s.turn++; s.turn == 1<<16 {
		clear(s.room)
		s.turn = 1
	}
	if len(s.room) < size {
		s.room = make([]uint64, size)
	}
	s.seen, s.left, s.shift = s.room[:size], size/2, 65-bits.Len(uint(size))
	for i, set := range s.set {
		s.put(s.turn<<48 | uint64(set)<<32 | uint64(s.node[i]))
	}
}

// put is whether an entry was not in yet.
func (s *sampler) put(entry uint64) bool {
	mask := uint64(len(s.seen) - 1)
	for at := entry << 16 * stepDraw >> (s.shift & 63); ; at = (at + 1) & mask {
		switch s.seen[at] {
		case entry:
			return false
		default:
			if s.seen[at]>>48 == s.turn {
				continue
			}
			s.seen[at] = entry
			s.left--
			return true
		}
	}
}

// most is how many sets a batch has at most.
const most = 1 << 10

// root is whom a set asks for; false when there is nobody.
func (s *sampler) root(key uint64) (uint32, bool) {
	if s.laid != nil {
		return s.laid.root(key)
	}
	if s.ask.targets != nil {
		return s.ask.targets[below(mix(key+stepRoot), uint32(len(s.ask.targets)))], true
	}
	return below(mix(key+stepRoot), uint32(len(s.g.nodes))), true
}

// draw draws sets of consecutive numbers, most at most, and leaves them in set and node in
// order of their hops, each set's root first.
func (s *sampler) draw(number uint64, count int) {
	s.begin()
	for i := range count {
		k := key(s.ask.seed, s.side, number+uint64(i))
		s.keys = append(s.keys, k)
		if root, ok := s.root(k); ok {
			s.reach(uint32(i), root)
		}
	}
	s.walk(len(s.node))
}

// again draws the sets of some numbers.
func (s *sampler) again(numbers []uint32) {
	s.begin()
	for i, n := range numbers {
		k := key(s.ask.seed, s.side, uint64(n))
		s.keys = append(s.keys, k)
		if root, ok := s.root(k); ok {
			s.reach(uint32(i), root)
		}
	}
	s.walk(len(s.node))
}

// further draws, of the sets of some numbers, only whom they reach besides those they hold:
// by those of who, of each set, that they reach now.
func (s *sampler) further(numbers []uint32, who [][]uint32, holds func(number, node uint32) bool) {
	s.begin()
	s.holds = func(set, node uint32) bool { return holds(numbers[set], node) }
	for i, n := range numbers {
		s.keys = append(s.keys, key(s.ask.seed, s.side, uint64(n)))
		for _, u := range who[i] {
			s.reach(uint32(i), u)
		}
	}
	s.walk(0)
	s.holds = nil
}

func (s *sampler) begin() {
	// As large as the last draw asked for: a small table stays in the near memory.
	size := max(1<<10, 1<<bits.Len(uint(2*len(s.node))))
	s.set, s.node, s.keys = s.set[:0], s.node[:0], s.keys[:0]
	s.by, s.from = s.by[:0], nobody
	if s.hit != nil {
		clear(s.hit)
	} else if s.ask.supporters != nil {
		s.hit = make([]bool, most)
	}
	s.grow(size)
}

// reach notes that a node is in a set.
func (s *sampler) reach(set, node uint32) {
	if !s.put(s.turn<<48 | uint64(set)<<32 | uint64(node)) {
		return
	}
	if s.holds != nil && s.holds(set, node) {
		return
	}
	if s.ask.supporters.has(node) {
		s.hit[set] = true
	}
	s.set, s.node = append(s.set, set), append(s.node, node)
	if s.trace {
		s.by = append(s.by, s.from)
	}
	if s.left == 0 {
		s.grow(2 * len(s.seen))
	}
}

// walk goes on from what is reached, of which so many are roots, until nothing more is.
func (s *sampler) walk(roots int) {
	special := s.ask.silent != nil || s.ask.supporters != nil
	for head := 0; head < len(s.node); {
		end := min(len(s.node), head+ahead)
		here := s.nodes[:end-head]
		for i, v := range s.node[head:end] {
			here[i] = s.g.record(v)
		}
		if codes := s.g.codes; codes != nil {
			// All are asked for before any is needed: the machine fetches them side by side.
			for i := range here {
				if here[i].mixed == 1 {
					s.touched ^= codes[here[i].first]
				}
			}
		}
		s.arcs, s.whose, s.via = s.arcs[:0], s.whose[:0], s.via[:0]
		for i := range here {
			set, v := s.set[head+i], s.node[head+i]
			if special && (s.hit != nil && s.hit[set] || head+i >= roots && s.ask.silent.has(v)) {
				continue
			}
			k := s.keys[set] + uint64(v)*stepNode
			before := len(s.arcs)
			if r := &here[i]; r.mixed == 0 {
				s.even(set, r, k)
			} else {
				s.mixed(set, r, k, s.g.codes[r.first:r.first+r.count])
			}
			if s.laid != nil && s.laid.changed.has(v) {
				s.changed(set, v, before, k)
			}
			for s.trace && len(s.via) < len(s.arcs) {
				s.via = append(s.via, uint32(head+i))
			}
		}
		arcs := s.arcs
		for i, a := range arcs {
			arcs[i] = s.g.from[a]
		}
		for i, u := range arcs {
			if s.trace {
				s.from = s.via[i]
			}
			s.reach(s.whose[i], u)
		}
		head = end
	}
}

// record is a node's, of none for those who came after the graph was made.
func (g *Graph) record(v uint32) node {
	if int64(v) >= int64(len(g.nodes)) {
		return node{}
	}
	return g.nodes[v]
}

// even draws which arcs carry at a node whose arcs are equally likely.
func (s *sampler) even(set uint32, r *node, k uint64) {
	count, scale := float64(r.count), float64(r.inverse)
	if scale == 0 { // each is certain, or there is none
		for i := range r.count {
			s.arcs, s.whose = append(s.arcs, r.first+i), append(s.whose, set)
		}
		return
	}
	for at := 0.0; ; {
		k += stepDraw
		at += s.skips.exponential(mix(k)) * scale
		if at >= count {
			return
		}
		i := uint32(at)
		s.arcs, s.whose = append(s.arcs, r.first+i), append(s.whose, set)
		at = float64(i + 1)
	}
}

// mixed draws which arcs carry at a node whose arcs are not equally likely.
func (s *sampler) mixed(set uint32, r *node, k uint64, codes []uint16) {
	count := float64(r.count)
	b := &s.skips.bounds[class(r.code)]
	for at := 0.0; ; {
		k += stepDraw
		at += s.skips.exponential(mix(k)) * b.inverse
		if at >= count {
			return
		}
		i := uint32(at)
		code := codes[i]
		k += stepDraw
		if mix(k)>>32*b.threshold>>32 < threshold(code) {
			s.arcs, s.whose = append(s.arcs, r.first+i), append(s.whose, set)
		}
		b = &s.skips.bounds[class(code)]
		at = float64(i + 1)
	}
}

// changed does at a node what changed since the graph was made: of the arcs drawn, from
// so many on, those that are gone are left out; those that came have coins of their own.
func (s *sampler) changed(set, v uint32, before int, k uint64) {
	c := s.laid.in[v]
	kept := before
	for _, a := range s.arcs[before:] {
		if !slices.Contains(c.gone, s.g.from[a]) {
			s.arcs[kept] = a
			kept++
		}
	}
	s.arcs, s.whose = s.arcs[:kept], s.whose[:kept]
	for _, a := range c.came {
		if carried(k, a) {
			s.reach(set, uint32(a>>32))
		}
	}
}

// carried tells whether an arc that came carries in the set whose key at its end this is.
func carried(k, arc uint64) bool {
	return mix(k+stepRoot+arc>>32*stepSet)>>32 < threshold(arcCode(arc))
}

// carries tells whether an arc of the graph carries in the set whose key at its end this is.
func (s *sampler) carries(v, from uint32, k uint64) bool {
	r := s.g.record(v)
	s.arcs, s.whose = s.arcs[:0], s.whose[:0]
	if r.mixed == 0 {
		s.even(0, &r, k)
	} else {
		s.mixed(0, &r, k, s.g.codes[r.first:r.first+r.count])
	}
	return slices.ContainsFunc(s.arcs, func(a uint32) bool { return s.g.from[a] == from })
}

// batch is some sets of consecutive numbers: their nodes one after another.
type batch struct {
	nodes []uint32
	ends  []uint32 // of each set in nodes
	hits  int      // sets that a supporter is in; they have no nodes
}

// gather brings the nodes of the last draw in order of their sets, in the room given.
func (s *sampler) gather(room []uint32) batch {
	b := batch{ends: make([]uint32, len(s.keys))}
	for _, set := range s.set {
		b.ends[set]++
	}
	var at uint32
	for i, n := range b.ends {
		if s.hit != nil && s.hit[i] {
			b.hits++
			n = 0
		}
		b.ends[i] = at
		at += n
	}
	b.nodes = room[:at]
	for i, set := range s.set {
		if s.hit != nil && s.hit[set] {
			continue
		}
		b.nodes[b.ends[set]] = s.node[i]
		b.ends[set]++
	}
	return b
}

// sets is a collection of reverse sets in the order of their numbers.
type sets struct {
	size    int // of each batch
	batches []batch
	counts  []uint32 // in how many sets each node is
	hits    int
	nodes   int // in all sets together
}

func (c *sets) len() int { return c.size * len(c.batches) }

// set is the nodes of one.
func (c *sets) set(i uint32) []uint32 {
	b := &c.batches[int(i)/c.size]
	at := int(i) % c.size
	from := uint32(0)
	if at > 0 {
		from = b.ends[at-1]
	}
	return b.nodes[from:b.ends[at]]
}

// slab is how many nodes of sets are taken from the system at a time.
const slab = 1 << 18

// extend draws more sets, until there are so many, on all processors.
func (c *sets) extend(ctx context.Context, workers []*sampler, until int, tell func(sets int)) error {
	from := len(c.batches)
	to := (until + c.size - 1) / c.size
	if to <= from {
		return ctx.Err()
	}
	c.batches = append(c.batches, make([]batch, to-from)...)
	var next, done atomic.Int64
	next.Store(int64(from))
	partial := make([][]uint32, len(workers))
	together(min(len(workers), to-from), func(w int) {
		s, counts := workers[w], c.counts
		if w > 0 {
			counts = make([]uint32, len(c.counts))
		}
		partial[w] = counts
		var room []uint32
		for ctx.Err() == nil {
			i := next.Add(1) - 1
			if i >= int64(to) {
				return
			}
			s.draw(uint64(i)*uint64(c.size), c.size)
			if len(room) < len(s.node) {
				room = make([]uint32, max(slab, len(s.node)))
			}
			b := s.gather(room)
			room = room[len(b.nodes):]
			b.nodes = b.nodes[:len(b.nodes):len(b.nodes)]
			for _, v := range b.nodes {
				counts[v]++
			}
			c.batches[i] = b
			if n := done.Add(1); tell != nil && w == 0 {
				tell((from + int(n)) * c.size)
			}
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, p := range partial[1:] {
		for v, n := range p {
			c.counts[v] += n
		}
	}
	c.hits, c.nodes = 0, 0
	for i := range c.batches {
		c.hits += c.batches[i].hits
		c.nodes += len(c.batches[i].nodes)
	}
	return nil
}

// workers are as many samplers as there are processors to use.
func workers(g *Graph, ask rooting, side uint64) []*sampler {
	all := make([]*sampler, processors())
	for i := range all {
		all[i] = newSampler(g, ask, side)
	}
	return all
}

// processors is on how many one thing is done: more than eight would only count in more
// memory.
func processors() int { return min(runtime.GOMAXPROCS(0), 8) }

// overlay is what changed since a graph was made.
type overlay struct {
	changed bitset
	in      map[uint32]change
	roots   func(key uint64) (uint32, bool)
}

func (o *overlay) root(key uint64) (uint32, bool) { return o.roots(key) }

// together does something on as many goroutines at once, and waits for all.
func together(n int, do func(worker int)) {
	var group sync.WaitGroup
	for w := range n {
		group.Go(func() { do(w) })
	}
	group.Wait()
}

// change is what changed of the arcs that come into a node: whence none comes any more of
// the graph's own, and those that came.
type change struct {
	gone []uint32
	came []uint64
}
