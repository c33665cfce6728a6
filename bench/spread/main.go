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
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if *path == "" || f.NArg() > 0 {
		return errors.New("say which -graph, or generate, table, asked or changes")
	}
	begun := begin()
	g, list, err := read(*path, *model)
	if err != nil {
		return err
	}
	loaded := begun.since()
	for _, note := range list.Notes {
		fmt.Fprintf(aside, "# %s: %s\n", *path, note)
	}
	fmt.Fprintf(aside, "# %d nodes, %d arcs, %d MB; read in %.2f CPU-s (%.2f s)\n", g.Nodes(), g.Arcs(), g.Bytes()>>20, loaded.cpu, loaded.wall)
	if *snapshot != "" {
		if list.Numbers != nil {
			return fmt.Errorf("%s: a snapshot has nodes from 0 on, and this list's numbers leave too much out", *path)
		}
		if err := g.Save(*snapshot); err != nil {
			return err
		}
	}
	debug.FreeOSMemory()
	begun = begin()
	if *evaluate != "" {
		seeds, err := nodesOf(*evaluate, list)
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
		fmt.Fprintln(out, list.Number(u))
	}
	if len(r.nodes) < min(*k, g.Nodes()) {
		fmt.Fprintf(aside, "# %d are chosen: by the sets that were drawn nobody more reaches anybody these do not\n", len(r.nodes))
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

// read reads a list of arcs or a snapshot, and how its nodes are called.
func read(path, model string) (g *spread.Graph, l *spread.List, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := bufio.NewReader(f)
	if start, _ := in.Peek(8); string(start) == "KOKKOSPR" {
		if g, err = spread.Open(path); err != nil {
			return nil, nil, err
		}
		return g, &spread.List{Nodes: g.Nodes(), Notes: []string{"a snapshot: its probabilities are as it was made, whatever the model"}}, nil
	}
	as := spread.ReadTies // of the others' arcs only the ends count
	if model == "given" {
		as = spread.ReadList
	}
	if l, err = as(in); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if l.Nodes == 0 {
		return nil, nil, fmt.Errorf("%s: there are no arcs in it", path)
	}
	if model == "given" && l.Arcs() > 0 && !l.Given {
		return nil, nil, fmt.Errorf("%s: its lines have no probabilities", path)
	}
	g, err = modelled(l.Nodes, l.All(), model)
	return g, l, err
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

// nodesOf reads nodes as the list calls them, one a line or several; what begins with # or
// % is a remark.
func nodesOf(path string, list *spread.List) ([]uint32, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []uint32
	line := 0
	for text := range strings.Lines(strings.TrimPrefix(string(content), "\uFEFF")) {
		line++
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == ',' || r == ';' }) {
			if word[0] == '#' || word[0] == '%' {
				break
			}
			n, err := strconv.ParseUint(strings.TrimSuffix(word, ".0"), 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%s, line %d: %q is no node", path, line, word)
			}
			u, ok := list.Node(n)
			if !ok {
				return nil, fmt.Errorf("%s, line %d: there is no node %d among the %d of the graph", path, line, n, list.Nodes)
			}
			all = append(all, u)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: there are no nodes in it", path)
	}
	return all, nil
}
