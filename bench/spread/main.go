package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"

	"kokko/engine/spread"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "spread:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, aside io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "generate":
			return generate(args[1:], out)
		case "table":
			return table(ctx, args[1:], out)
		case "asked":
			return asked(ctx, args[1:], out)
		case "changes":
			return changes(ctx, args[1:], out)
		}
	}
	f := flag.NewFlagSet("spread", flag.ContinueOnError)
	path := f.String("graph", "", "a list of arcs, or a snapshot")
	k := f.Int("k", 50, "how many are chosen")
	eps := f.Float64("eps", .1, "how far below 1−1/e the certificate may stay")
	delta := f.Float64("delta", 0, "the chance that the certificate does not hold (0: one by the nodes)")
	seed := f.Uint64("seed", 1, "of all that is drawn")
	model := f.String("model", "wc", "wc, given or sym")
	snapshot := f.String("snapshot", "", "a file to keep the graph in, for the next time")
	evaluate := f.String("evaluate", "", "a file of nodes, one a line: tell how far they reach, instead of choosing")
	runs := f.Int("runs", 20_000, "how many times the word is sent out")
	plainly := f.Bool("plain", false, "choose by plain OPIM-C")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *path == "" || f.NArg() > 0 {
		return errors.New("say which -graph, or generate or table")
	}
	begun := begin()
	g, err := read(*path, *model)
	if err != nil {
		return err
	}
	loaded := begun.since()
	fmt.Fprintf(aside, "# %d nodes, %d arcs, %d MB; read in %.2f CPU-s (%.2f s)\n", g.Nodes(), g.Arcs(), g.Bytes()>>20, loaded.cpu, loaded.wall)
	if *snapshot != "" {
		if err := g.Save(*snapshot); err != nil {
			return err
		}
	}
	debug.FreeOSMemory()
	begun = begin()
	if *evaluate != "" {
		seeds, err := nodesOf(*evaluate)
		if err != nil {
			return err
		}
		reach, err := g.Simulate(ctx, spread.Run{Seeds: seeds, Runs: *runs, Seed: *seed})
		if err != nil {
			return err
		}
		took := begun.since()
		_, err = fmt.Fprintf(out, "%.2f\n# mean of %d runs, ±%.2f; deviation %.1f; of ten, one below %.0f, five below %.0f, nine below %.0f\n# %.2f CPU-s, %.2f s, %d MB\n",
			reach.Mean, reach.Runs, reach.Error, reach.Deviation, reach.Quantile(.1), reach.Quantile(.5), reach.Quantile(.9), took.cpu, took.wall, took.peak)
		return err
	}
	r, err := choose(ctx, g, *plainly, *k, *eps, *delta, *seed)
	if err != nil {
		return err
	}
	took := begun.since()
	for _, u := range r.nodes {
		fmt.Fprintln(out, u)
	}
	_, err = fmt.Fprintf(aside, "# spread %.1f, certificate %.4f (%.4f was enough), %d sets to choose from and %d to check\n# %.2f CPU-s, %.2f s, %d MB\n",
		r.spread, r.certificate, r.want, r.sets, r.checked, took.cpu, took.wall, took.peak)
	return err
}

// result is what one way of choosing has found.
type result struct {
	nodes                     []uint32
	spread, certificate, want float64
	sets, checked             int
}

func choose(ctx context.Context, g *spread.Graph, plainly bool, k int, eps, delta float64, seed uint64) (result, error) {
	if delta == 0 {
		delta = 1 / float64(max(2, g.Nodes()))
	}
	if plainly {
		return plain(ctx, g, k, eps, delta, seed)
	}
	c, err := g.Choose(ctx, spread.Ask{Most: k, Apart: eps, Doubt: delta, Seed: seed})
	r := result{spread: c.Spread, certificate: c.Certificate, want: c.Want, sets: c.Sets, checked: c.Checked}
	for _, one := range c.Chosen {
		r.nodes = append(r.nodes, one.Node)
	}
	return r, err
}

// read reads a list of arcs or a snapshot.
func read(path, model string) (_ *spread.Graph, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := bufio.NewReader(f)
	if start, _ := in.Peek(8); string(start) == "KOKKOSPR" {
		return spread.Open(path)
	}
	l, err := spread.ReadList(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if model == "given" && !l.Given {
		return nil, fmt.Errorf("%s: its lines have no probabilities", path)
	}
	return modelled(l.Nodes, l.All(), model)
}

// modelled makes a graph by a model.
func modelled(nodes int, arcs iter.Seq[spread.Arc], model string) (*spread.Graph, error) {
	switch model {
	case "wc":
		return spread.WeightedCascade(nodes, arcs)
	case "given":
		return spread.Build(nodes, arcs)
	case "sym":
		degree := make([]uint32, nodes)
		for a := range arcs {
			degree[a.From]++
		}
		return spread.Build(nodes, func(yield func(spread.Arc) bool) {
			for a := range arcs {
				a.P = min(1, 2/float64(max(1, degree[a.From]+degree[a.To])))
				if !yield(a) {
					return
				}
			}
		})
	}
	return nil, fmt.Errorf("no model is called %q: wc, given or sym", model)
}

// nodesOf reads a node a line; what begins with # is a remark.
func nodesOf(path string) ([]uint32, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []uint32
	line := 0
	for text := range strings.Lines(string(content)) {
		line++
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == ',' }) {
			if word[0] == '#' {
				break
			}
			n, err := strconv.ParseUint(word, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("%s, line %d: %q is no node", path, line, word)
			}
			all = append(all, uint32(n))
		}
	}
	return all, nil
}
