package spread_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"kokko/engine/spread"
)

func draw(t failing, g *spread.Graph, how spread.Drawing) *spread.Pool {
	t.Helper()
	p, err := g.NewPool(context.Background(), how)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// same tells whether two pools have the same sets, number by number.
func same(p, q *spread.Pool) bool {
	if p.Len() != q.Len() || p.Roots() != q.Roots() {
		return false
	}
	of := map[int][]uint32{}
	for i, set := range q.Sets() {
		of[i] = slices.Sorted(slices.Values(set))
	}
	for i, set := range p.Sets() {
		if !slices.Equal(slices.Sorted(slices.Values(set)), of[i]) {
			return false
		}
	}
	return true
}

// A pool that follows the changes is distributed as the pool drawn of the changed network;
// compacted, it is that pool, set by set.
func TestAPoolThatFollowsIsThePoolDrawnAnew(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 4))
		const nodes = 60
		now := map[[2]uint32]spread.Arc{}
		for _, a := range small(r, nodes, 200) {
			a.P = min(a.P, .5)
			now[[2]uint32{a.From, a.To}] = a
		}
		arcs := func() (all []spread.Arc) {
			for _, a := range now {
				all = append(all, a)
			}
			return all
		}
		how := spread.Drawing{Sets: 3000, Seed: seed, Room: 100}
		p := draw(t, build(t, nodes, arcs()), how)
		n := uint32(nodes)
		for step := range 12 {
			switch r.IntN(5) {
			case 0: // somebody comes, with arcs
				first, err := p.Come(1)
				if err != nil || first != n {
					t.Fatal(first, err)
				}
				n++
				a := spread.Arc{From: first, To: uint32(r.IntN(nodes)), P: .3}
				b := spread.Arc{From: uint32(r.IntN(nodes)), To: first, P: .4}
				if slices.Contains(how.Absent, a.To) || slices.Contains(how.Absent, b.From) {
					continue
				}
				now[[2]uint32{a.From, a.To}], now[[2]uint32{b.From, b.To}] = a, b
				if err := p.Set(a, b); err != nil {
					t.Fatal(err)
				}
			case 1: // somebody goes
				u := uint32(r.IntN(nodes))
				how.Absent = append(how.Absent, u)
				for k := range now {
					if k[0] == u || k[1] == u {
						delete(now, k)
					}
				}
				if err := p.Forget(u); err != nil {
					t.Fatal(err)
				}
				for _, set := range p.Sets() {
					if slices.Contains(set, u) {
						t.Fatalf("%d is gone, and in a set", u)
					}
				}
				if mean, _, _ := p.Spread(u); p.Count(u) != 0 || mean != 0 {
					t.Fatalf("%d is gone, and reaches %v", u, mean)
				}
			default:
				var change []spread.Arc
				for range 1 + r.IntN(4) {
					a := spread.Arc{From: uint32(r.IntN(nodes)), To: uint32(r.IntN(nodes)), P: []float64{0, .2, .7}[r.IntN(3)]}
					if a.From == a.To || slices.Contains(how.Absent, a.From) || slices.Contains(how.Absent, a.To) {
						continue
					}
					change = append(change, a)
					if now[[2]uint32{a.From, a.To}] = a; a.P == 0 {
						delete(now, [2]uint32{a.From, a.To})
					}
				}
				if err := p.Set(change...); err != nil {
					t.Fatal(err)
				}
			}
			if step == 6 {
				g, err := p.Compact()
				if err != nil {
					t.Fatal(err)
				}
				if g.Arcs() != len(now) || g.Nodes() != int(n) {
					t.Fatalf("%d arcs of %d nodes instead of %d of %d", g.Arcs(), g.Nodes(), len(now), n)
				}
			}
		}
		// Before it is compacted, of another seed the sizes are as those of its own (Kolmogorov and Smirnov).
		other := how
		other.Seed += 1000
		if d := apart(p, draw(t, build(t, int(n), arcs()), other)); d > 1.95*math.Sqrt(2/float64(p.Len())) {
			t.Errorf("seed %d: the sizes are %v apart", seed, d)
		}
		if _, err := p.Compact(); err != nil {
			t.Fatal(err)
		}
		anew := draw(t, build(t, int(n), arcs()), how)
		if !same(p, anew) {
			t.Errorf("seed %d: the pool that followed is another", seed)
		}
		for u := range n {
			a, _, _ := p.Spread(u)
			b, _, _ := anew.Spread(u)
			if p.Count(u) != anew.Count(u) || a != b {
				t.Errorf("seed %d: %d reaches %v, and in a pool drawn anew %v", seed, u, a, b)
			}
		}
	}
}

// Arcs that come all at once, or one by one, make the same pool; and when they are taken away
// again, one by one or at once, it is the pool that was drawn. Some do not pass on.
func TestTheOrderOfChangesDoesNotMatter(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 5))
		const nodes = 400
		all := small(r, nodes, 700)
		g := build(t, nodes, all)
		how := spread.Drawing{Sets: 2000, Seed: seed}
		for u := range uint32(nodes) {
			if u%7 == 3 {
				how.Silent = append(how.Silent, u)
			}
		}
		drawn, p, q := draw(t, g, how), draw(t, g, how), draw(t, g, how)
		var come, away []spread.Arc
		for _, a := range small(r, nodes, 90) {
			if !slices.ContainsFunc(all, func(b spread.Arc) bool { return a.From == b.From && a.To == b.To }) {
				come, away = append(come, a), append(away, spread.Arc{From: a.From, To: a.To})
			}
		}
		each := func(p *spread.Pool, arcs []spread.Arc) {
			for _, a := range arcs {
				if err := p.Set(a); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := p.Set(come...); err != nil {
			t.Fatal(err)
		}
		each(q, come)
		if same(p, drawn) {
			t.Errorf("seed %d: %d arcs came, and nobody is reached by them", seed, len(come))
		}
		if !same(p, q) {
			t.Errorf("seed %d: one by one makes another pool", seed)
		}
		var someone uint32
		for u := range uint32(nodes) {
			if p.Count(u) != q.Count(u) {
				t.Fatalf("seed %d: %d is in %d sets, and one by one in %d", seed, u, p.Count(u), q.Count(u))
			}
			if p.Count(u) > p.Count(someone) {
				someone = u
			}
		}
		each(p, away)
		if err := q.Set(away...); err != nil {
			t.Fatal(err)
		}
		if !same(p, drawn) || !same(q, drawn) {
			t.Errorf("seed %d: what came is gone again, and the pool is another", seed)
		}
		if err := p.Set(come...); err != nil {
			t.Fatal(err)
		}
		if err := p.Forget(someone); err != nil {
			t.Fatal(err)
		}
		for _, set := range p.Sets() {
			if slices.Contains(set, someone) {
				t.Fatalf("seed %d: %d is gone, and in a set", seed, someone)
			}
		}
	}
}

// apart is the greatest distance of two distributions of sizes.
func apart(p, q *spread.Pool) float64 {
	counts := map[int][2]float64{}
	most := 0
	for side, pool := range []*spread.Pool{p, q} {
		for _, set := range pool.Sets() {
			c := counts[len(set)]
			c[side]++
			counts[len(set)] = c
			most = max(most, len(set))
		}
	}
	d, sum := 0., 0.
	for size := range most + 1 {
		sum += counts[size][0] - counts[size][1]
		d = max(d, math.Abs(sum)/float64(p.Len()))
	}
	return d
}

func TestWhatAPoolCannotDo(t *testing.T) {
	t.Parallel()
	g := build(t, 3, []spread.Arc{{From: 0, To: 1, P: .5}})
	for i, how := range []spread.Drawing{{}, {Sets: 1, Targets: []uint32{3}}, {Sets: 1, Silent: []uint32{3}}} {
		if _, err := g.NewPool(context.Background(), how); err == nil {
			t.Errorf("pool %d is drawn", i)
		}
	}
	p := draw(t, g, spread.Drawing{Sets: 10, Room: 4, Targets: []uint32{0, 1, 2}})
	if err := p.Set(spread.Arc{From: 0, To: 7, P: .5}); err == nil {
		t.Error("an arc to nobody")
	}
	if err := p.Forget(7); err == nil {
		t.Error("nobody is forgotten")
	}
	if err := p.Forget(1); err != nil {
		t.Error(err)
	}
	if err := p.Set(spread.Arc{From: 0, To: 1, P: .5}); err == nil {
		t.Error("an arc to somebody who is gone")
	}
	if err := p.Forget(0, 2); err != nil || p.Roots() != 0 {
		t.Error(err, p.Roots())
	}
	if mean, _, _ := p.Spread(0, 1, 2); mean != 0 {
		t.Errorf("nobody reaches %v", mean)
	}
	all := draw(t, g, spread.Drawing{Sets: 10, Room: 4})
	if _, err := all.Come(2); err == nil {
		t.Error("more come than there is room for")
	}
}
