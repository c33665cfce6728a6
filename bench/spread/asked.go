package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"

	"kokko/engine/spread"
)

// asked measures what somebody waits for: a forecast of one idea's reach by day, whom to
// involve next, and what a set of three would change, in an invented region.
func asked(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("asked", flag.ContinueOnError)
	nodes := f.Int("n", 100_000, "how many actors")
	times := f.Int("times", 50, "how many times each is asked")
	seed := f.Uint64("seed", 1, "of what is drawn")
	if err := f.Parse(args); err != nil {
		return err
	}
	o := nation{nodes: *nodes, arcs: 12 * *nodes, groups: min(309, *nodes), inside: .7, exponent: 2.5, cap: 60, seed: *seed}
	list := o.draw()
	r := rand.New(rand.NewPCG(*seed, 3))
	chances := make([]float64, len(list))
	for i := range chances {
		chances[i] = .02 + .12*r.Float64()*r.Float64()
	}
	g, err := spread.Build(*nodes, func(yield func(spread.Arc) bool) {
		i := 0
		for a := range arcsOf(list) {
			a.P, a.Delay = chances[i], uint8(i%3)
			i++
			if !yield(a) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	groups := make([]uint32, *nodes)
	bounds := o.bounds()
	for k := range o.groups {
		for u := bounds[k]; u < bounds[k+1]; u++ {
			groups[u] = uint32(k)
		}
	}
	some := func() (all []uint32) {
		for range 3 {
			all = append(all, uint32(r.IntN(*nodes)))
		}
		return all
	}
	run := spread.Run{Runs: 1024, Error: .05, Seed: *seed, Horizon: 180, Delays: []spread.Delay{{Least: 0, Mean: 3}, {Least: 1, Mean: 10}, {Least: 2, Mean: 30}},
		Days: []int{7, 30, 90, 180}, Groups: groups, Vary: spread.Vary{All: .3, Each: .3}}
	fmt.Fprintf(out, "%d actors, %d arcs, %d processors\n\n| asked | CPU p50 ms | p95 | clock p50 | p95 | reached |\n|---|---|---|---|---|---|\n", *nodes, g.Arcs(), runtime.GOMAXPROCS(0))
	for _, q := range []struct {
		name string
		ask  func() (float64, error)
	}{
		{"reach by day and place, up to 1,024 runs", func() (float64, error) {
			r := run
			r.Seeds = some()
			reach, err := g.Simulate(ctx, r)
			return reach.Mean, err
		}},
		{"three more, with and without, 256 runs", func() (float64, error) {
			r := run
			r.Seeds, r.Runs = some(), 256
			d, err := g.Compare(ctx, r, some())
			return d.Mean, err
		}},
		{"five to involve next, two a place, ε = .3", func() (float64, error) {
			c, err := g.Choose(ctx, spread.Ask{Most: 5, Apart: .3, Doubt: .01, Seed: *seed, Supporters: some(), Groups: groups, Cap: 2, Why: true})
			return c.Spread, err
		}},
	} {
		var cpu, wall []float64
		reached := 0.
		for i := range *times + 3 {
			begun := begin()
			n, err := q.ask()
			if err != nil {
				return err
			}
			if took := begun.since(); i >= 3 { // the first make the room for the others
				cpu, wall = append(cpu, took.cpu*1000), append(wall, took.wall*1000)
				reached += n / float64(*times)
			}
		}
		slices.Sort(cpu)
		slices.Sort(wall)
		at := func(all []float64, share int) float64 { return all[min(len(all)-1, len(all)*share/100)] }
		fmt.Fprintf(out, "| %s | %.1f | %.1f | %.1f | %.1f | %.0f |\n", q.name, at(cpu, 50), at(cpu, 95), at(wall, 50), at(wall, 95), reached)
	}
	return nil
}
