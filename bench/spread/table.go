package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"kokko/engine/spread"
)

// set is a network of the table.
type set struct {
	name   string
	nation nation
	model  string
}

func sets() []set {
	usual := nation{groups: 309, inside: .7, exponent: 2.5, cap: 60, seed: 1}
	of := func(nodes, arcs int, change func(*nation)) nation {
		o := usual
		o.nodes, o.arcs = nodes, arcs
		if change != nil {
			change(&o)
		}
		return o
	}
	return []set{
		{"c1m", of(1_000_000, 10_000_000, nil), "wc"},
		{"pl1m", of(1_000_000, 10_000_000, func(o *nation) { o.cap = 3000 }), "wc"},
		{"s1m", of(1_000_000, 10_000_000, func(o *nation) { o.symmetric = true }), "sym"},
		{"fin5m", of(5_600_000, 50_000_000, nil), "wc"},
	}
}

// table measures choosing on invented networks, beside plain OPIM-C in the same run.
func table(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("table", flag.ContinueOnError)
	which := f.String("set", "c1m,s1m,fin5m", "of c1m, pl1m, s1m and fin5m")
	apart := f.String("eps", "0.5,0.1", "how far below 1−1/e")
	k := f.Int("k", 50, "how many are chosen")
	seed := f.Uint64("seed", 1, "of what is drawn")
	runs := f.Int("runs", 2000, "how many times the word is sent out from each choice")
	beside := f.String("plain", "c1m,s1m,fin5m", "the sets on which plain OPIM-C is measured, too")
	if err := f.Parse(args); err != nil {
		return err
	}
	var all []float64
	for _, word := range strings.Split(*apart, ",") {
		var e float64
		if _, err := fmt.Sscan(word, &e); err != nil || !(e > 0 && e < 1) {
			return errors.New("-eps are numbers between 0 and 1")
		}
		all = append(all, e)
	}
	fmt.Fprintf(out, "k = %d, δ = 1/n, seed %d. Sets are those to choose from and those to check. The spread is by %d simulations.\n\n", *k, *seed, *runs)
	fmt.Fprintln(out, "| network | ε | program | CPU-s | clock s | MB at most | sets | certificate | spread |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|---|---|")
	for _, s := range sets() {
		if !slices.Contains(strings.Split(*which, ","), s.name) {
			continue
		}
		g, err := s.make()
		if err != nil {
			return err
		}
		debug.FreeOSMemory()
		var choices []result
		var rows []string
		for _, eps := range all {
			for _, plainly := range []bool{false, true} {
				if plainly && !slices.Contains(strings.Split(*beside, ","), s.name) {
					continue
				}
				begun := begin()
				r, err := choose(ctx, g, plainly, *k, eps, 0, *seed)
				if err != nil {
					return err
				}
				took := begun.since()
				name := "this"
				if plainly {
					name = "plain OPIM-C"
				}
				choices = append(choices, r)
				rows = append(rows, fmt.Sprintf("| %s | %g | %s | %.2f | %.2f | %d | %d + %d | %.3f |", s.name, eps, name, took.cpu, took.wall, took.peak, r.sets, r.checked, r.certificate))
				debug.FreeOSMemory()
			}
		}
		for i, r := range choices {
			reach, err := g.Simulate(ctx, spread.Run{Seeds: r.nodes, Runs: *runs, Seed: *seed + 1000})
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%s %.0f ± %.0f |\n", rows[i], reach.Mean, reach.Error)
		}
	}
	return nil
}

// make invents a set's network; what it was made of is given back.
func (s set) make() (*spread.Graph, error) {
	return modelled(s.nation.nodes, arcsOf(s.nation.draw()), s.model)
}
