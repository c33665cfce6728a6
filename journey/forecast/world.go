package forecast

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"kokko/engine/graph"
	"kokko/engine/spread"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/ring"
	"kokko/region/network"
)

// remembered is something that was worked out of one region. Whoever works it out holds
// mu; others of the region wait for it, and no other region does.
type remembered[T any] struct {
	mu sync.Mutex
	is T
}

// of gives what is remembered of a region, begun when nothing is.
func of[T any](mu *sync.Mutex, all map[string]*remembered[T], region string) *remembered[T] {
	mu.Lock()
	defer mu.Unlock()
	r := all[region]
	if r == nil {
		r = new(remembered[T])
		all[region] = r
	}
	return r
}

// memberClass is the class of the tie between somebody and what they are of; the others
// are numbered as network.Whys is.
func memberClass() uint8 { return uint8(len(network.Whys())) }

// classes is how many classes of ties there are.
func classes() int { return len(network.Whys()) + 1 }

// world is a region's network as a word goes along it. It never changes.
type world struct {
	of      *network.Snapshot
	chances chances
	graph   *spread.Graph
	places  []string // the group of a number; the last is of no place
	sectors []string // the same
	place   []uint32 // of each node
	sector  []uint32 // of each node
	both    []uint32 // of each node: its cell
	cells   []cell   // those there are
	apart   []uint32 // its place, but whoever has no known place stands alone
	arcs    int
	address map[ident.ID]uint32 // of people, the confirmed one
	uncared []uint16            // the factors where nobody cares

	once sync.Mutex             // owns the next
	role map[ring.Role][]uint32 // who has been in such a role, each once

	caring sync.Mutex                     // owns the next
	carers map[string]*remembered[carers] // who cares for what

	asking sync.Mutex              // owns the next
	far    map[string]spread.Reach // how far it goes from some, as it was asked
}

// askedMost is how many answers a network keeps: who asks what if asks again at once.
const askedMost = 32

// known is how far the word goes from those who have it and more, by such factors, worked
// out when it was not asked just now. It is the network's own, and goes with it.
func (w *world) known(of uint64, seeds, more []uint32, work func() (spread.Reach, error)) (spread.Reach, error) {
	key := fmt.Sprint(of, seeds, more)
	w.asking.Lock()
	far, ok := w.far[key]
	w.asking.Unlock()
	if ok {
		return far, nil
	}
	far, err := work()
	if err != nil {
		return far, err
	}
	w.asking.Lock()
	defer w.asking.Unlock()
	if w.far == nil || len(w.far) >= askedMost {
		w.far = map[string]spread.Reach{}
	}
	w.far[key] = far
	return far, nil
}

// cell is a place and a sector, by their numbers, and people or organisations.
type cell struct {
	place, sector uint32
	people        uint32 // 1 of people
}

// What cells are parts of, as they are told.
const (
	byPlace = iota
	bySector
	byKind
)

// wholes gives what each cell is part of.
func (w *world) wholes() [][]uint32 {
	all := make([][]uint32, byKind+1)
	for _, c := range w.cells {
		for i, k := range []uint32{byPlace: c.place, bySector: c.sector, byKind: c.people} {
			all[i] = append(all[i], k)
		}
	}
	return all
}

// line is a tie as a word goes along it, one way.
type line struct {
	from, to uint32
	class    uint8
	strength float64
	since    float64 // the day it came to be, since 1970-01-01; 0 for not known
}

// lines are all ties of a network, each of them both ways: whoever is tied may tell.
func lines(s *network.Snapshot) (all []line) {
	whys, why, class := network.Whys(), network.Why(""), uint8(0)
	all = make([]line, 0, 2*s.Graph.Ties())
	view := s.View()
	for u := range uint32(len(s.Nodes)) {
		for t := range view.Ties(u, graph.Both) {
			// By the strongest of what ties them, since the first.
			var strongest *network.Tie
			var since time.Time
			for _, some := range [][]network.Tie{s.Tied(min(u, t.Node), max(u, t.Node)), s.Tied(max(u, t.Node), min(u, t.Node))} {
				for i := range some {
					k := &some[i]
					if strongest == nil || k.Since.Before(since) {
						since = k.Since
					}
					if strongest == nil || k.Weight > strongest.Weight {
						strongest = k
					}
				}
			}
			if strongest.Why != why {
				why = strongest.Why
				class = uint8(max(0, slices.Index(whys, why)))
			}
			all = append(all, line{u, t.Node, class, t.Strength, float64(since.UnixMicro()) / dayMicros})
		}
	}
	for p, o := range s.Members() {
		all = append(all, line{p, o, memberClass(), member, 0}, line{o, p, memberClass(), member, 0})
	}
	return all
}

const dayMicros = 24 * 60 * 60 * 1e6

func newWorld(s *network.Snapshot, c chances) (*world, error) {
	w := &world{of: s, chances: c, role: map[ring.Role][]uint32{}, address: map[ident.ID]uint32{}, uncared: uncared(s, c), carers: map[string]*remembered[carers]{}}
	n := len(s.Nodes)
	w.places, w.place = numbered(n, func(i int) string { return s.Nodes[i].Place })
	w.sectors, w.sector = numbered(n, func(i int) string { return s.Nodes[i].Sector })
	w.both, w.apart = make([]uint32, n), make([]uint32, n)
	at := map[cell]uint32{}
	for i, node := range s.Nodes {
		key := cell{place: w.place[i], sector: w.sector[i]}
		if node.Person {
			key.people = 1
		}
		k, ok := at[key]
		if !ok {
			k = uint32(len(w.cells))
			at[key], w.cells = k, append(w.cells, key)
		}
		w.both[i] = k
		if a := node.Address(); a != 0 {
			w.address[a] = uint32(i)
		}
		if w.apart[i] = w.place[i]; int(w.place[i]) == len(w.places) {
			w.apart[i] = uint32(len(w.places) + 1 + i)
		}
	}
	all := lines(s)
	w.arcs = len(all)
	var err error
	w.graph, err = spread.Build(n, func(yield func(spread.Arc) bool) {
		for _, l := range all {
			if !yield(spread.Arc{From: l.from, To: l.to, P: min(1, c.of[l.class]*l.strength)}) {
				return
			}
		}
	})
	return w, err
}

// numbered numbers what nodes are of, in order; whoever is of nothing has the number
// after the last.
func numbered(n int, of func(i int) string) (names []string, number []uint32) {
	for i := range n {
		if name := of(i); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	number = make([]uint32, n)
	for i := range n {
		at, ok := slices.BinarySearch(names, of(i))
		if !ok {
			at = len(names)
		}
		number[i] = uint32(at)
	}
	return names, number
}

// sign tells states of the network apart that differ enough for what is simulated in
// them to be worth doing again: by a tenth in size, in ties, or in what is known of them.
func (w *world) sign() string {
	tenths := func(x float64) int { return int(math.Round(math.Log(max(x, 1e-9)) / math.Log(1.1))) }
	c := w.chances
	return fmt.Sprintf("%d/%d/%d/%d/%d", tenths(float64(len(w.of.Nodes))), tenths(float64(w.arcs)), tenths(c.middle), tenths(c.cared/c.others), tenths(c.delay.Mean))
}

// worldNow is the network as it is now, worked out again only when it has changed; nil
// where nobody is forecast through any.
func (s *Service) worldNow(ctx context.Context, region string) (*world, error) {
	if s.net == nil {
		return nil, nil
	}
	snapshot, err := s.net.Now(ctx, region)
	if err != nil {
		return nil, err
	}
	known, err := lessonsOf(ctx, s.db, region)
	if err != nil {
		return nil, err
	}
	c := chancesOf(known)
	r := of(&s.mu, s.worlds, region)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.is != nil && r.is.of == snapshot && r.is.chances.same(c) {
		return r.is, nil
	}
	w, err := newWorld(snapshot, c)
	if err == nil {
		r.is = w
	}
	return w, err
}

// rolesMost bounds how many of those who have been in a role are looked at.
const rolesMost = 2000

// those are the counted people who have been in a role of some ring, without some.
func (w *world) those(ctx context.Context, from store.Source, region string, role ring.Role, without []uint32) (all []uint32, err error) {
	w.once.Lock()
	defer w.once.Unlock()
	known, ok := w.role[role]
	if !ok {
		addresses, err := ring.Played(ctx, from, region, role, rolesMost)
		if err != nil {
			return nil, err
		}
		played := make(map[ident.ID]bool, len(addresses))
		for _, a := range addresses {
			played[a] = true
		}
		for i, n := range w.of.Nodes {
			if played[n.Address()] { // none of which is 0
				known = append(known, uint32(i))
			}
		}
		w.role[role] = known
	}
	for _, n := range known {
		if !slices.Contains(without, n) {
			all = append(all, n)
		}
	}
	return all, nil
}

// numbers are those of some actors who are in the network, each once.
func (w *world) numbers(ids []ident.ID) (all []uint32) {
	for _, id := range ids {
		if n, ok := w.of.Number(id); ok && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}
