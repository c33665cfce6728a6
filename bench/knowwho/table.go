package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"kokko/engine/knowwho"
	"kokko/ground/clock"
)

func table(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("table", flag.ContinueOnError)
	data := f.String("data", "../shared/data/knowwho", "where the public sets are")
	only := f.String("set", "", "of these sets alone: dblp, dba, android, trilingual")
	dev := f.Bool("dev", false, "on the queries that may be tuned on, where a set has them")
	voikko := f.String("dictionary", "", "Voikko's dictionary, mor.vfst; where Debian puts it when not given")
	if err := f.Parse(args); err != nil {
		return err
	}
	read, err := full(*voikko)
	if err != nil {
		return err
	}
	for _, one := range []struct {
		name string
		load func() (set, error)
	}{
		{"dblp", func() (set, error) { return dblp(*data) }},
		{"dba", func() (set, error) { return stackexchange(*data, "dba") }},
		{"android", func() (set, error) { return stackexchange(*data, "android") }},
		{"trilingual", func() (set, error) { return trilingual(*data) }},
	} {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), one.name) {
			continue
		}
		s, err := one.load()
		if err != nil {
			return err
		}
		if *dev && len(s.dev) > 0 {
			s.queries = s.dev
		}
		if err := s.ladder(ctx, read, out); err != nil {
			return err
		}
	}
	return nil
}

// rung is one system of the ladder, with how it ranks a query.
type rung struct {
	name string
	rank func(q query) []int
}

// ladder prints what each system finds, and what the last has over the one before.
func (s *set) ladder(ctx context.Context, read reading, out io.Writer) error {
	evidence := s.evidence(read.reader)
	bare, whole, set := knowwho.NewIndex(s.evidence(read.bare)...), knowwho.NewIndex(evidence...), s.settings(evidence)
	plain := knowwho.Defaults()
	plain.HalfLife, plain.All = 0, 0
	plain.Brief, plain.Long = knowwho.Weighing{Power: 2}, knowwho.Weighing{Power: 2}
	ask := func(x *knowwho.Index, r *knowwho.Reader, set knowwho.Settings) func(query) []int {
		return func(q query) (ranking []int) {
			for _, f := range x.Find(r, s.need(q, deep), set) {
				ranking = append(ranking, int(f.Person))
			}
			return ranking
		}
	}
	fmt.Fprintf(out, "\n### %s\n\n%d people, %d pieces of evidence, %d queries\n\n| queries | system | MAP | MRR | nDCG@10 | P@5 | P@10 | Hit@5 | Hit@10 | a query |\n|---|---|---|---|---|---|---|---|---|---|\n", s.name, len(s.people), len(s.items), len(s.queries))
	kinds := map[string][][]measures{}
	for _, system := range []rung{
		{"prior", s.prior},
		{"surface BM25", ask(bare, read.bare, plain)},
		{"lemma BM25", ask(whole, read.reader, plain)},
		{"full", ask(whole, read.reader, set)},
	} {
		one, took := map[string][]measures{}, map[string]time.Duration{}
		for _, q := range s.queries {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			began := clock.System{}.Now()
			ranking := system.rank(q)
			took[q.kind] += clock.System{}.Now().Sub(began)
			one[q.kind] = append(one[q.kind], measure(ranking, q.rel))
		}
		for _, kind := range slices.Sorted(maps.Keys(one)) {
			all := one[kind]
			fmt.Fprintf(out, "| %s | %s |", kind, system.name)
			for _, m := range measured() {
				fmt.Fprintf(out, " %.4f |", mean(all, m.of))
			}
			fmt.Fprintf(out, " %s |\n", (took[kind] / time.Duration(len(all))).Round(10*time.Microsecond))
			kinds[kind] = append(kinds[kind], all)
		}
	}
	fmt.Fprintf(out, "\n| queries | full over | MAP | Hit@5 |\n|---|---|---|---|\n")
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		all := kinds[kind]
		for i, name := range []string{"prior", "surface BM25", "lemma BM25"} {
			fmt.Fprintf(out, "| %s | %s |", kind, name)
			for _, of := range []func(measures) float64{func(m measures) float64 { return m.ap }, func(m measures) float64 { return m.hit5 }} {
				low, high := gained(all[len(all)-1], all[i], of)
				fmt.Fprintf(out, " %+.4f (%+.4f to %+.4f) |", mean(all[len(all)-1], of)-mean(all[i], of), low, high)
			}
			fmt.Fprintln(out)
		}
	}
	if s.last > s.first {
		s.loaded(whole, read.reader, set, out)
	}
	if s.name == "trilingual" {
		s.translated(ask(whole, read.reader, set), out)
	}
	return nil
}

// measured are the table's columns.
func measured() []struct {
	name string
	of   func(measures) float64
} {
	return []struct {
		name string
		of   func(measures) float64
	}{
		{"MAP", func(m measures) float64 { return m.ap }},
		{"MRR", func(m measures) float64 { return m.rr }},
		{"nDCG@10", func(m measures) float64 { return m.ndcg }},
		{"P@5", func(m measures) float64 { return m.p5 }},
		{"P@10", func(m measures) float64 { return m.p10 }},
		{"Hit@5", func(m measures) float64 { return m.hit5 }},
		{"Hit@10", func(m measures) float64 { return m.hit10 }},
	}
}

// prior ranks by how much everybody has done before, lately more, whatever is asked.
func (s *set) prior(q query) []int {
	done, half := map[int]float64{}, (s.last-s.first)/halvings
	for _, it := range s.items {
		w := it.weight / math.Sqrt(float64(len(it.people)))
		if !math.IsNaN(q.at) && !math.IsNaN(it.at) {
			if it.at > q.at {
				continue
			}
			w *= math.Exp2((it.at - q.at) / half)
		}
		for _, p := range it.people {
			if s.pool == nil || s.pool(p) {
				done[p] += w
			}
		}
	}
	people := slices.Collect(maps.Keys(done))
	slices.SortFunc(people, func(a, b int) int {
		if c := cmp.Compare(done[b], done[a]); c != 0 {
			return c
		}
		return a - b
	})
	return people[:min(deep, len(people))]
}

// shown is how many people a need is shown.
const shown = 5

// loaded prints what it costs and gives to spare who is shown often: load is the share of
// the needs so far, the latest more, that somebody was shown for.
func (s *set) loaded(x *knowwho.Index, r *knowwho.Reader, set knowwho.Settings, out io.Writer) {
	fmt.Fprintf(out, "\n| load | Hit@5 | MAP | the most shown person's share of needs | ten people's share of what is shown | different people |\n|---|---|---|---|---|---|\n")
	queries := slices.SortedStableFunc(slices.Values(s.queries), func(a, b query) int { return cmp.Compare(a.at, b.at) })
	for _, steep := range []float64{0, 1, 1.5, 2, 3} {
		set.Load = steep
		times, lately, sum := map[int]int{}, map[int]float64{}, 0.0
		var all []measures
		for _, q := range queries {
			n := s.need(q, deep)
			n.Load = func(p knowwho.Person) float64 { return lately[int(p)] / max(sum, 1) }
			var ranking []int
			for _, f := range x.Find(r, n, set) {
				ranking = append(ranking, int(f.Person))
			}
			all = append(all, measure(ranking, q.rel))
			const kept = .98 // of what was, with each need
			for p := range lately {
				lately[p] *= kept
			}
			sum = sum*kept + 1
			for _, p := range ranking[:min(shown, len(ranking))] {
				times[p]++
				lately[p]++
			}
		}
		counts, total := slices.SortedFunc(maps.Values(times), func(a, b int) int { return b - a }), 0
		for _, n := range counts {
			total += n
		}
		ten := 0
		for _, n := range counts[:min(10, len(counts))] {
			ten += n
		}
		fmt.Fprintf(out, "| %g | %.4f | %.4f | %.2f | %.2f | %d |\n", steep, mean(all, func(m measures) float64 { return m.hit5 }), mean(all, func(m measures) float64 { return m.ap }),
			float64(counts[0])/float64(len(queries)), float64(ten)/float64(total), len(counts))
	}
}

// translated prints how much of a Finnish need's first ten a Swedish one that says the
// same has too.
func (s *set) translated(rank func(query) []int, out io.Writer) {
	first := map[string]map[int][]int{}
	n := map[string]int{}
	for _, q := range s.queries {
		if first[q.kind] == nil {
			first[q.kind] = map[int][]int{}
		}
		ranking := rank(q)
		first[q.kind][n[q.kind]] = ranking[:min(10, len(ranking))]
		n[q.kind]++
	}
	for _, to := range []string{"label-sv", "label-en"} {
		same, all := 0, 0
		for i, was := range first["label-fi"] {
			for _, p := range was {
				if slices.Contains(first[to][i], p) {
					same++
				}
			}
			all += len(was)
		}
		fmt.Fprintf(out, "\nOf the first ten for label-fi, %.0f %% are among those for %s.\n", 100*float64(same)/float64(max(1, all)), to)
	}
}
