package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"kokko/bench/gauge"
	"kokko/engine/spread"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cascade:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	f := flag.NewFlagSet("cascade", flag.ContinueOnError)
	train := f.String("train", "", "courses to learn from")
	test := f.String("test", "", "courses to forecast; without it the last of those to learn from")
	last := f.Float64("last", .2, "the part of the train file that is forecast without a test file")
	seed := f.Uint64("seed", 1, "of what is drawn")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *train == "" || f.NArg() > 0 {
		return errors.New("say which courses: -train FILE -test FILE")
	}
	var names spread.Ledger
	past, err := read(*train, &names)
	if err != nil {
		return err
	}
	var next []spread.Course
	if *test != "" {
		if next, err = read(*test, &names); err != nil {
			return err
		}
	} else {
		if !(*last > 0 && *last < 1) {
			return fmt.Errorf("-last %v: the part that is forecast is between 0 and 1", *last)
		}
		cut := int(float64(len(past)) * (1 - *last))
		past, next = past[:cut], past[cut:]
	}
	if len(past) == 0 || len(next) == 0 {
		return fmt.Errorf("%d courses to learn from and %d to forecast: some of both are needed", len(past), len(next))
	}
	spread.ReadUntil(past, next)
	among := amid(past, next)
	horizon := spread.Horizon(past)
	fmt.Fprintf(out, "%d courses to learn from, %d to forecast; horizon %g\n\n", len(past), len(next), horizon)
	fmt.Fprintln(out, "| looked at | told by | CRPS | in 80 | in 80, ties shared | range, × | against |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|")
	began := gauge.Worked(gauge.Process)
	for _, look := range looks(horizon) {
		if err := table(out, past, next, look, spread.Look{After: look.after, Among: among, Seed: *seed}); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\nprocessor %s\n", (gauge.Worked(gauge.Process) - began).Round(10*time.Millisecond))
	return nil
}

// amid tells whether most of next began before the last of the past.
func amid(past, next []spread.Course) bool {
	before := 0
	for i := range next {
		if next[i].Begin < past[len(past)-1].Begin {
			before++
		}
	}
	return 2*before > len(next)
}

// look is when courses are looked at.
type look struct {
	name  string
	after float64
}

func looks(horizon float64) []look {
	return []look{
		{"cold", spread.Cold},
		{"5 %", .05 * horizon},
		{"20 %", .2 * horizon},
	}
}

// table prints what each who tells was worth at one look.
func table(out io.Writer, past, next []spread.Course, at look, how spread.Look) error {
	rows := []row{{"global", global(past), false}, {"source history", source(past), at.after < 0}}
	if at.after >= 0 {
		rows = append(rows,
			row{"kNN growth", grown(past, at.after), true},
			row{"log-linear (Szabo, Huberman)", loglinear(past, at.after), false})
	}
	bar, barName := 0.0, ""
	for _, r := range rows {
		s := scored(next, func(c *spread.Course) (spread.Dist, float64, float64) {
			d := r.tell(c)
			return d, d.Quantile(.1), d.Quantile(.9)
		})
		if r.bar {
			bar, barName = s.crps, r.name
		}
		fmt.Fprintf(out, "| %s | %s | %s | |\n", at.name, r.name, s)
	}
	ours, err := spread.LearnOutlook(past, how)
	if err != nil {
		return err
	}
	var byClass [spread.UnderWay + 1]struct{ in, all int }
	s := scored(next, func(c *spread.Course) (spread.Dist, float64, float64) {
		f := ours.Forecast(c)
		k := &byClass[f.Evidence]
		k.all++
		if y := logSize(c); f.Low-tiny <= y && y <= f.High+tiny {
			k.in++
		}
		return f.Size, f.Low, f.High
	})
	fmt.Fprintf(out, "| %s | **Kokko** | %s | %+.1f %% of %s |\n", at.name, s, 100*(s.crps/bar-1), barName)
	for class, k := range byClass {
		if k.all > 0 {
			fmt.Fprintf(out, "| %s | Kokko, %s (%d) | | %.3f | | | |\n", at.name, evidenceName(spread.Evidence(class)), k.all, float64(k.in)/float64(k.all))
		}
	}
	return nil
}

func evidenceName(e spread.Evidence) string {
	switch e {
	case spread.Unknown:
		return "source unknown"
	case spread.Source:
		return "source known"
	case spread.Early:
		return "few yet"
	default:
		return "under way"
	}
}

// row is one who tells; the others are held against the bar.
type row struct {
	name string
	tell teller
	bar  bool
}

// tiny is what adding logarithms may lose.
const tiny = 1e-9

// score is what telling was worth.
type score struct {
	crps, in, shared, wide float64
}

func (s score) String() string {
	return fmt.Sprintf("%.3f | %.3f | %.3f | %.2f", s.crps, s.in, s.shared, math.Exp(s.wide))
}

// scored are the means over courses of what is told of each: a distribution and a range.
func scored(next []spread.Course, tell func(*spread.Course) (d spread.Dist, low, high float64)) score {
	var s score
	for i := range next {
		y := logSize(&next[i])
		d, low, high := tell(&next[i])
		s.crps += d.CRPS(y)
		s.wide += high - low
		if low-tiny <= y && y <= high+tiny {
			s.in++
		}
		s.shared += shared(d, y)
	}
	n := float64(len(next))
	return score{s.crps / n, s.in / n, s.shared / n, s.wide / n}
}

// shared is how much of the part of the distribution that came true is in its middle 80
// of 100: it is .8 on average for a distribution that is right, however few its points.
func shared(d spread.Dist, y float64) float64 {
	// y was added up another way than the point it may be
	at := d.Nearest(y, tiny)
	low, high := d.Below(at)
	if high > low {
		return max(0, min(high, .9)-max(low, .1)) / (high - low)
	}
	if low >= .1 && low <= .9 {
		return 1
	}
	return 0
}

// read reads a file of courses, packed with gzip or not.
func read(path string, names *spread.Ledger) (all []spread.Course, err error) {
	err = gauge.Unpacked(path, func(in io.Reader) (err error) {
		all, err = spread.ReadCourses(in, names)
		return err
	})
	return all, err
}
