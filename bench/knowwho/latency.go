package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"kokko/bench/gauge"
	"kokko/engine/graph"
	"kokko/engine/knowwho"
	"kokko/ground/clock"
)

// latency tells how long introductions and teams take in a network that is invented:
// four of five ties within a village of 2,000, the fifth anywhere, and both rather to
// those whom many know already, so that the greatest hub has some hundredth of all ties
// between villages.
func latency(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flag.NewFlagSet("latency", flag.ContinueOnError)
	people := f.Int("people", 40_000, "how many people there are")
	ties := f.Int("ties", 150_000, "how many ties, each in both directions")
	queries := f.Int("queries", 500, "how many times each is asked")
	seed := f.Uint64("seed", 1, "of what is drawn")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *people < 2 || *ties < 1 || *queries < 1 {
		return errors.New("say how many people (2 at least), ties and queries")
	}
	dir, err := os.MkdirTemp("", "kokko-knowwho-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "network")
	t := clock.System{}
	began := t.Now()
	day, err := invent(path, *people, *ties, *seed)
	if err != nil {
		return err
	}
	built := t.Now()
	g, err := graph.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	v := g.At(day)
	greatest := 0
	for u := range uint32(g.Nodes()) {
		greatest = max(greatest, v.Degree(u, graph.Both))
	}
	fmt.Fprintf(out, "%d people, %d ties, %.0f MB of them; the greatest hub has %d\n", g.Nodes(), g.Ties(), float64(g.Bytes())/1e6, greatest)
	fmt.Fprintf(out, "invented, built and saved in %s, opened from the file in %s\n\n", built.Sub(began).Round(100*time.Millisecond), t.Now().Sub(built).Round(time.Millisecond))

	random := rand.New(rand.NewPCG(*seed, 9))
	anybody := func() uint32 { return uint32(random.IntN(*people)) }
	// sought is anybody half of the time, else somebody two to four ties away.
	sought := func(from uint32) uint32 {
		if random.IntN(2) == 0 {
			return anybody()
		}
		to := from
		for range 2 + random.IntN(3) {
			if all := slices.Collect(v.Ties(to, graph.Out)); len(all) > 0 {
				to = all[random.IntN(len(all))].Node
			}
		}
		return to
	}
	var chains, found int
	fmt.Fprintln(out, "| asked | processor p50 | p95 | p99 | clock p50 | p95 | p99 |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|")
	runtime.LockOSThread() // whose time on the processor is told
	for _, k := range []struct {
		name  string
		times int
		ask   func()
	}{
		{"introduction: the best chain", *queries, func() {
			from := anybody()
			knowwho.Introduce(v, from, sought(from), knowwho.Asking{Most: 1})
		}},
		{"introduction: the best chain and two others", *queries, func() {
			from := anybody()
			all := knowwho.Introduce(v, from, sought(from), knowwho.Asking{})
			chains++
			found += min(1, len(all))
		}},
		{"the 20,000 around one, with a chain to 50 of them", max(20, *queries/5), func() {
			c := knowwho.CircleOf(v, anybody(), knowwho.Asking{})
			for range 50 {
				c.Introduction(anybody())
			}
		}},
		{"personalised PageRank to 10⁻⁶", max(20, *queries/5), func() { v.Near([]graph.Near{{Node: anybody(), Score: 1}}, graph.Push{Most: 50}) }},
		{"team: 5 roles of 50 holders each, three teams", max(20, *queries/5), func() { knowwho.Teams(v, roles(random, *people), knowwho.Lineup{}) }},
		{"team around one leader", max(20, *queries/5), func() {
			knowwho.Teams(v, roles(random, *people), knowwho.Lineup{Leaders: []uint32{anybody()}})
		}},
	} {
		for range 3 { // the file's pages are read in
			k.ask()
		}
		var took, busy []time.Duration
		for range k.times {
			if err := ctx.Err(); err != nil {
				return err
			}
			began, before := t.Now(), gauge.Worked(gauge.Thread)
			k.ask()
			took, busy = append(took, t.Now().Sub(began)), append(busy, gauge.Worked(gauge.Thread)-before)
		}
		fmt.Fprintf(out, "| %s |", k.name)
		for _, all := range [][]time.Duration{busy, took} {
			slices.Sort(all)
			for _, share := range []int{50, 95, 99} {
				fmt.Fprintf(out, " %s |", all[min(len(all)-1, len(all)*share/100)].Round(100*time.Microsecond))
			}
		}
		fmt.Fprintln(out)
	}
	before := gauge.Worked(gauge.Thread)
	_, sizes := v.Communities(graph.Grouping{Seed: *seed})
	together := slices.IndexFunc(sizes, func(n int) bool { return n == 1 })
	if together < 0 {
		together = len(sizes)
	}
	fmt.Fprintf(out, "\ncommunities: %d of more than one, the largest of %d, in %s of processor\n", together, sizes[0], (gauge.Worked(gauge.Thread) - before).Round(time.Millisecond))
	if *people <= 200_000 {
		before = gauge.Worked(gauge.Thread)
		_, drawn := v.Between(graph.Sampling{Seed: *seed})
		fmt.Fprintf(out, "who stands between, to 0.01: %d ways drawn in %s of processor\n", drawn, (gauge.Worked(gauge.Thread) - before).Round(time.Millisecond))
	}
	change := t.Now()
	delta := g.Delta()
	const changes = 1000
	for range changes {
		if delta, err = delta.With(graph.Meet(graph.Arc{From: anybody(), To: anybody(), Weight: 1, Back: 1, Day: day})); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "a change is there after %s (the mean of %d, one after another); a chain is found for %d of %d\n",
		(t.Now().Sub(change) / changes).Round(time.Microsecond), changes, found, chains)
	now, peak := gauge.Resident()
	fmt.Fprintf(out, "resident memory %d MB, %d MB at most, building among it\n", now, peak)
	return nil
}

// roles are what a ring needs: each could be done by fifty, half of them around one
// village.
func roles(random *rand.Rand, people int) (all []knowwho.Role) {
	home := random.IntN(people)
	for range 5 {
		var r knowwho.Role
		for i := range 50 {
			node := random.IntN(people)
			if i%2 == 0 {
				node = min(home/village*village+random.IntN(village), people-1)
			}
			r.Holders = append(r.Holders, knowwho.Holder{Node: uint32(node), Fit: random.Float64(), Load: random.Float64() * .9, Group: random.IntN(10)})
		}
		all = append(all, r)
	}
	return all
}

const village = 2000

// invent writes a network's file, and gives back the room it took to build.
func invent(path string, people, ties int, seed uint64) (day int, err error) {
	const last, first = 20_500, 20_500 - 15*365
	arcs := func(yield func(graph.Arc) bool) {
		random := rand.New(rand.NewPCG(seed, 8))
		// skewed draws of n rather the first: of a thousand draws some hit the very first.
		skewed := func(n int) int {
			u := random.Float64()
			return min(int(float64(n)*u*u*u*u), n-1)
		}
		for range ties {
			from := random.IntN(people)
			to := 0
			if random.IntN(5) > 0 {
				begin := from / village * village
				size := min(village, people-begin)
				to = begin + random.IntN(size)
				if random.IntN(4) == 0 {
					to = begin + skewed(size)
				}
			} else {
				// Hubs are anywhere, not next to each other.
				to = int(uint64(skewed(people)) * 2654435761 % uint64(people))
			}
			a := graph.Arc{From: uint32(from), To: uint32(to), Weight: .2 + random.ExpFloat64(), Day: first + random.IntN(last-first)}
			a.Back = a.Weight * math.Exp2(random.Float64()-.5)
			if !yield(a) {
				return
			}
		}
	}
	g, err := graph.Build(people, arcs, graph.Options{})
	if err != nil {
		return 0, err
	}
	if err := g.Save(path); err != nil {
		return 0, err
	}
	debug.FreeOSMemory()
	return last, nil
}
