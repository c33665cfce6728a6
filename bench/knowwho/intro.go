package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kokko/bench/gauge"
	"kokko/engine/graph"
	"kokko/engine/knowwho"
)

// pair is two who met.
type pair struct {
	from, to     uint32
	by           []uint32 // who introduced them
	day          int
	knows, after bool // when is known; both were among the ties
}

// intro tells how often the one who introduced two is found first among those whom both
// knew.
func intro(_ context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("intro", flag.ContinueOnError)
	tiesFile := f.String("ties", "", "the ties, one a line")
	pairsFile := f.String("pairs", "", "who met whom, and by whom, one a line")
	mutual := f.String("mutual", "", "yes or no: whether a line tells of a tie in both directions; yes when not given, unless most ties stand in the file in both")
	half := f.Float64("half-life", 4, "of a tie, in years")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *tiesFile == "" || *pairsFile == "" {
		return errors.New("say -ties and -pairs")
	}
	if *half < 1 {
		return errors.New("a half-life of a year or more")
	}
	var list *graph.List
	if err := gauge.Unpacked(*tiesFile, func(in io.Reader) (err error) {
		list, err = graph.ReadList(in)
		return err
	}); err != nil {
		return err
	}
	list.Mutual = *mutual == "yes" || *mutual == "" && !directed(list)
	var pairs []pair
	if err := gauge.Unpacked(*pairsFile, func(in io.Reader) (err error) {
		pairs, err = readPairs(in, list)
		return err
	}); err != nil {
		return err
	}
	byDay := map[int][]pair{}
	for _, p := range pairs {
		byDay[p.day] = append(byDay[p.day], p)
	}
	fmt.Fprintf(out, "%d ties of %d people; mutual: %v; %d pairs\n\n", len(list.Arcs), list.Names.Len(), list.Mutual, len(pairs))
	tell := newLadder()
	for _, day := range slices.Sorted(maps.Keys(byDay)) {
		if err := tell.ask(list, day, int(*half*365.25), byDay[day]); err != nil {
			return err
		}
	}
	tell.print(out)
	return nil
}

// directed tells whether most ties stand in a list in both directions: then each line
// tells of its own alone. A list of who wrote, sat or worked together has each tie once.
func directed(l *graph.List) bool {
	seen := map[[2]uint32]bool{}
	for _, a := range l.Arcs {
		if a.From != a.To {
			seen[[2]uint32{a.From, a.To}] = true
		}
	}
	both := 0
	for ends := range seen {
		if seen[[2]uint32{ends[1], ends[0]}] {
			both++
		}
	}
	return 2*both > len(seen)
}

// readPairs reads who met whom: the two, who introduced them (several apart by | , or ;)
// and when. A line with the same two again names another who did. Headings may tell of
// another order.
func readPairs(in io.Reader, l *graph.List) (all []pair, err error) {
	last := 0
	for _, a := range l.Arcs {
		last = max(last, a.Day)
	}
	columns := []string{"from", "to", "by", "when"}
	at := map[[2]uint32]int{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(strings.TrimPrefix(lines.Text(), "\uFEFF"), "\r\n")
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) == 1 {
			if cells = strings.Split(line, ","); len(cells) == 1 {
				cells = strings.Fields(line)
			}
		}
		if n == 1 {
			if headings := pairHeadings(cells); headings != nil {
				columns = headings
				continue
			}
		}
		p := pair{day: last}
		var ends [2]string
		for i, cell := range cells {
			cell = strings.TrimSpace(cell)
			if i >= len(columns) || cell == "" {
				continue
			}
			switch columns[i] {
			case "from":
				ends[0] = cell
			case "to":
				ends[1] = cell
			case "by":
				p.by = append(p.by, introducers(cell, l.Names)...)
			case "when":
				day, err := dayOf(cell)
				if err != nil {
					return nil, fmt.Errorf("line %d: %w", n, err)
				}
				p.day, p.knows = day, true
			}
		}
		if ends[0] == "" || ends[1] == "" {
			return nil, fmt.Errorf("line %d: two people should be there", n)
		}
		var known [2]bool
		p.from, known[0] = l.Names.Number(ends[0])
		p.to, known[1] = l.Names.Number(ends[1])
		p.after = known[0] && known[1]
		if !p.after {
			continue // one of them had no ties
		}
		if p.from == p.to {
			continue // nobody is introduced to themselves
		}
		if i, again := at[[2]uint32{p.from, p.to}]; again {
			all[i].by = append(all[i].by, p.by...)
			continue
		}
		at[[2]uint32{p.from, p.to}] = len(all)
		all = append(all, p)
	}
	return all, lines.Err()
}

// pairHeadings are the columns of a line of headings, nil when it is none.
func pairHeadings(cells []string) (columns []string) {
	seen := map[string]bool{}
	for i, cell := range cells {
		is := ""
		switch strings.ToLower(strings.TrimSpace(cell)) {
		case "from", "a", "source", "u", "asker", "ego":
			is = "from"
		case "to", "b", "target", "v", "sought", "alter":
			is = "to"
		case "by", "introducer", "introducers", "broker", "via", "middle", "through", "c", "w":
			is = "by"
		case "when", "year", "time", "day", "date", "t":
			is = "when"
		default:
			if i < 2 || len(strings.TrimSpace(cells[0])) == 1 {
				return nil // a may well be somebody
			}
		}
		columns, seen[is] = append(columns, is), true
	}
	if !seen["from"] || !seen["to"] {
		return nil
	}
	return columns
}

// introducers are those a cell names.
func introducers(cell string, names *graph.Names) (all []uint32) {
	if n, ok := names.Number(cell); ok {
		return []uint32{n}
	}
	for _, name := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune("|,; ", r) }) {
		if n, ok := names.Number(name); ok {
			all = append(all, n)
		}
	}
	return all
}

// dayOf is a date, a year's beginning, seconds or days since 1970.
func dayOf(cell string) (int, error) {
	if t, err := time.Parse(time.DateOnly, cell[:min(len(cell), 10)]); err == nil {
		return int(t.Unix() / 86400), nil
	}
	n, err := strconv.ParseFloat(cell, 64)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no time", cell)
	case n >= 1800 && n <= 2200:
		return int(time.Date(int(n), 1, 1, 0, 0, 0, 0, time.UTC).Unix() / 86400), nil
	case n >= 1e8 && n < 1e10:
		return int(n / 86400), nil
	case n > -1e5 && n < 1e5:
		return int(n), nil
	}
	return 0, fmt.Errorf("%q is no time", cell)
}

// ladder are the ways to choose an introducer, from the plainest, and how each does.
type ladder struct {
	names    []string
	hit, rr  []float64
	rankable int
	asked    int
	reached  int // a chain was found at all
	through  int // the best chain goes through one who introduced them
	among    int // one of the three does
	between  int // of those whose introducer is known and was tied to both, or on a chain
}

func newLadder() *ladder {
	names := []string{"at random", "who has most ties", "weaker of the two ties", "last contact", "product of the ties", "product, ties faded (Kokko)"}
	return &ladder{names: names, hit: make([]float64, len(names)), rr: make([]float64, len(names))}
}

// ask asks of pairs that met on the same day.
func (l *ladder) ask(list *graph.List, day, halfLife int, pairs []pair) error {
	before := graph.List{Names: list.Names, Mutual: list.Mutual}
	last := map[[2]uint32]int{}
	for _, a := range list.Arcs {
		// What happens on the day itself is the meeting.
		if !pairs[0].knows || a.Day < day {
			before.Arcs = append(before.Arcs, a)
			ends := [][2]uint32{{a.From, a.To}, {a.To, a.From}}
			if !list.Mutual {
				ends = ends[:1]
			}
			for _, e := range ends {
				if was, ok := last[e]; !ok || a.Day > was {
					last[e] = a.Day
				}
			}
		}
	}
	g, err := before.Build(halfLife)
	if err != nil {
		return err
	}
	lasting, err := before.Build(math.MaxInt32)
	if err != nil {
		return err
	}
	now, ever := g.At(day), lasting.At(day)
	for _, p := range pairs {
		l.asked++
		chains := knowwho.Introduce(now, p.from, p.to, knowwho.Asking{})
		chains = slices.DeleteFunc(chains, func(i knowwho.Introduction) bool { return len(i.Between()) == 0 })
		if len(chains) > 0 {
			l.reached++
		}
		if len(p.by) > 0 {
			l.between++
			did := func(i knowwho.Introduction) bool {
				return slices.ContainsFunc(i.Between(), func(n uint32) bool { return slices.Contains(p.by, n) })
			}
			if len(chains) > 0 && did(chains[0]) {
				l.through++
			}
			if slices.ContainsFunc(chains, did) {
				l.among++
			}
		}
		var could []uint32
		right := 0
		for tie := range ever.Ties(p.from, graph.Out) {
			if tie.Node != p.to && ever.Strength(tie.Node, p.to) > 0 {
				could = append(could, tie.Node)
				if slices.Contains(p.by, tie.Node) {
					right++
				}
			}
		}
		if right == 0 || right == len(could) {
			continue
		}
		l.rankable++
		for i, score := range []func(uint32) float64{
			func(uint32) float64 { return 0 },
			func(n uint32) float64 { return float64(ever.Degree(n, graph.Both)) },
			func(n uint32) float64 { return min(ever.Strength(p.from, n), ever.Strength(n, p.to)) },
			func(n uint32) float64 {
				return float64(last[[2]uint32{p.from, n}] + last[[2]uint32{n, p.to}])
			},
			func(n uint32) float64 { return ever.Strength(p.from, n) * ever.Strength(n, p.to) },
			func(n uint32) float64 { return now.Strength(p.from, n) * now.Strength(n, p.to) },
		} {
			hit, rr := placed(could, p.by, score)
			l.hit[i] += hit
			l.rr[i] += rr
		}
	}
	return nil
}

// placed is how likely a right one stands first, and the mean of one by the place of the
// first right one, where those with the same score stand in any order.
func placed(could, right []uint32, score func(uint32) float64) (hit, rr float64) {
	best := -1.
	for _, n := range could {
		if slices.Contains(right, n) {
			best = max(best, score(n))
		}
	}
	above, same, of := 0, 0, 0
	for _, n := range could {
		switch s := score(n); {
		case s > best:
			above++
		case s == best:
			same++
			if slices.Contains(right, n) {
				of++
			}
		}
	}
	if above == 0 {
		hit = float64(of) / float64(same)
	}
	// The first of `of` right ones among `same` is at place k with this chance.
	left := 1.
	for k := range same {
		here := left * float64(of) / float64(same-k)
		rr += here / float64(above+k+1)
		if left -= here; left <= 0 {
			break
		}
	}
	return hit, rr
}

func (l *ladder) print(out io.Writer) {
	if l.rankable > 0 {
		fmt.Fprintf(out, "%d pairs of whom the introducer is one of several whom both knew:\n\n", l.rankable)
		fmt.Fprintln(out, "| who is asked to introduce | Hit@1 | MRR |")
		fmt.Fprintln(out, "|---|---|---|")
		for i, name := range l.names {
			fmt.Fprintf(out, "| %s | %.3f | %.3f |\n", name, l.hit[i]/float64(l.rankable), l.rr[i]/float64(l.rankable))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "A chain of at most three between is found for %d of %d pairs.\n", l.reached, l.asked)
	if l.between > 0 {
		fmt.Fprintf(out, "Of %d whose introducer is known, the best chain goes through one for %d, one of the three for %d.\n", l.between, l.through, l.among)
	}
}
