package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"
	"slices"

	"kokko/engine/spread"
)

// changes measures how soon a pool of drawn sets has followed what changed.
func changes(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("changes", flag.ContinueOnError)
	which := f.String("set", "fin5m", "c1m, pl1m, s1m or fin5m")
	size := f.Int("sets", 500_000, "how many sets the pool has")
	count := f.Int("arcs", 1000, "how many arcs change")
	seed := f.Uint64("seed", 1, "of what is drawn")
	if err := f.Parse(args); err != nil {
		return err
	}
	for _, s := range sets() {
		if s.name != *which {
			continue
		}
		g, err := s.make()
		if err != nil {
			return err
		}
		debug.FreeOSMemory()
		begun := begin()
		p, err := g.NewPool(ctx, spread.Drawing{Sets: *size, Seed: *seed})
		if err != nil {
			return err
		}
		took := begun.since()
		fmt.Fprintf(out, "%s: a pool of %d sets is drawn in %.2f CPU-s (%.2f s), %d MB at most\n", s.name, p.Len(), took.cpu, took.wall, took.peak)
		r := rand.New(rand.NewPCG(*seed, 6))
		for round := range 6 {
			// arcs that come, then arcs that were there and go
			name := "more"
			list := make([]spread.Arc, 0, *count)
			for len(list) < *count {
				a := spread.Arc{From: uint32(r.IntN(g.Nodes())), To: uint32(r.IntN(g.Nodes())), P: .1}
				if round >= 3 {
					name = "less"
					in := slices.Collect(g.In(a.To))
					if len(in) == 0 {
						continue
					}
					a = spread.Arc{From: in[r.IntN(len(in))].From, To: a.To}
				}
				list = append(list, a)
			}
			begun = begin()
			if err := p.Set(list...); err != nil {
				return err
			}
			took = begun.since()
			fmt.Fprintf(out, "%d arcs %s: %.0f ms of CPU, %.0f ms\n", len(list), name, took.cpu*1000, took.wall*1000)
		}
		begun = begin()
		if err := p.Forget(uint32(r.IntN(g.Nodes()))); err != nil {
			return err
		}
		took = begun.since()
		fmt.Fprintf(out, "somebody is forgotten: %.0f ms of CPU, %.0f ms\n", took.cpu*1000, took.wall*1000)
		return nil
	}
	return fmt.Errorf("no network is called %q", *which)
}
