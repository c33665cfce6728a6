package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kokko/ground/clock"
)

// settings is what the flags say.
type settings struct {
	data     string
	sizes    []int
	postgres string
	kokko    string
	words    string
	round    time.Duration
	rounds   int
	writes   time.Duration
	only     string
	sqlite   bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) == 3 && os.Args[1] == "-bare" {
		fmt.Fprintln(os.Stderr, "pages:", bare(os.Args[2]))
		return
	}
	err := measured(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

func measured(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "fire" {
		return fire(ctx, args[1:])
	}
	s, err := flags(args)
	if err != nil {
		return err
	}
	return run(ctx, s)
}

func flags(args []string) (s settings, err error) {
	f := flag.NewFlagSet("pages", flag.ContinueOnError)
	f.StringVar(&s.data, "data", ".cache/bench", "folder for the stores, kept for the next time")
	sizes := f.String("sizes", "1000,10000", "sparks in each store")
	f.BoolVar(&s.sqlite, "sqlite", true, "measure on SQLite")
	f.StringVar(&s.postgres, "postgres", os.Getenv("KOKKO_TEST_PG"), "a PostgreSQL server where databases may be made; none leaves it out")
	f.StringVar(&s.kokko, "kokko", "", "the program; built when not given")
	f.StringVar(&s.words, "words", "", "a text to learn words from")
	f.DurationVar(&s.round, "round", time.Second, "how long one round of one page takes")
	f.IntVar(&s.rounds, "rounds", 3, "rounds of each page, of which the middle one counts")
	f.DurationVar(&s.writes, "writes", 4*time.Second, "how long sparks are dropped and answered")
	f.StringVar(&s.only, "only", "", "measure only what has this in its name")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	for part := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(strings.ReplaceAll(part, "_", ""))
		if err != nil {
			return s, err
		}
		s.sizes = append(s.sizes, n)
	}
	if s.round > time.Minute || s.writes > time.Minute || s.rounds > 20 {
		return s, fmt.Errorf("rounds of a minute, twenty of them, are enough")
	}
	return s, nil
}

// build builds the program, unless it is given.
func (s *settings) build(ctx context.Context) error {
	if s.kokko != "" {
		return nil
	}
	s.kokko = filepath.Join(s.data, "kokko")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=bench", "-o", s.kokko, "./cmd/kokko")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

func run(ctx context.Context, s settings) error {
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return err
	}
	if err := s.build(ctx); err != nil {
		return err
	}
	size, err := os.Stat(s.kokko)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	yard, err := start(ctx, filepath.Join(s.data, "bare.log"), "/1", self, "-bare", "ADDR")
	if err != nil {
		return err
	}
	defer yard.stop()
	fmt.Printf("%s, %d cores, %s, binary %.1f MB\n\n", clock.System{}.Now().Format("2 January 2006"), runtime.NumCPU(), runtime.Version(), float64(size.Size())/1e6)

	var engines []string
	if s.sqlite {
		engines = append(engines, "SQLite")
	}
	if s.postgres != "" {
		engines = append(engines, "PostgreSQL")
	}
	for _, engine := range engines {
		for _, n := range s.sizes {
			if err := measure(ctx, s, engine, n, yard); err != nil {
				return fmt.Errorf("%s, %d: %w", engine, n, err)
			}
		}
	}
	return nil
}

// measure measures everything on one store.
func measure(ctx context.Context, s settings, engine string, n int, yard *running) error {
	st, err := prepare(ctx, s, engine, n)
	if err != nil {
		return err
	}
	defer st.db.Close()
	args := append([]string{"serve", "--listen", "ADDR", "--watch", "OTHER", "--proxy", "127.0.0.0/8", "--site", "http://ADDR"}, st.args...)
	if st.filled { // with nothing in the index yet
		began := clock.System{}.Now()
		if out, err := exec.CommandContext(ctx, s.kokko, append([]string{"reindex"}, st.args...)...).CombinedOutput(); err != nil {
			return fmt.Errorf("reindex: %w\n%s", err, out)
		}
		st.about += fmt.Sprintf(", indexed in %s", clock.System{}.Now().Sub(began).Round(time.Second))
	}
	log := filepath.Join(s.data, "kokko.log")
	var colds []time.Duration
	for range 3 { // the last one stays
		p, err := start(ctx, log, "/", s.kokko, args...)
		if err != nil {
			return err
		}
		colds = append(colds, p.cold)
		st.server = p
		if len(colds) < 3 {
			p.stop()
		}
	}
	defer st.server.stop()
	slices.Sort(colds)
	idle := status(st.server.Process.Pid, "VmRSS")
	if err := st.signIn(ctx); err != nil {
		return err
	}
	targets, err := st.targets(ctx)
	if err != nil {
		return err
	}
	weight, err := firstView(st.server.addr)
	if err != nil {
		return err
	}
	fmt.Printf("### %s, %d sparks%s\n\n", engine, n, st.about)
	fmt.Println("| page | c=1: p50 / p99 ms | a second | c=32: p50 / p99 ms | a second | CPU ms a request | sent bytes | bare net/http, c=32 | part of it |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, t := range targets {
		if s.only != "" && !strings.Contains(t.name, s.only) {
			continue
		}
		if err := t.row(ctx, s, st, yard); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	fmt.Printf("\nCold start %d ms (median of 3), resident %d MB at start, %d MB after all this, %d MB at most; first view of the front page %.1f KB in %d requests.\n\n",
		colds[1].Milliseconds(), idle, status(st.server.Process.Pid, "VmRSS"), status(st.server.Process.Pid, "VmHWM"), float64(weight.bytes)/1000, weight.requests)
	return nil
}

// row measures one page and prints its line.
func (t target) row(ctx context.Context, s settings, st *stage, yard *running) error {
	one, err := press(ctx, st.server.addr, 4, 100*time.Millisecond, t.want, t.next) // warm
	if err != nil {
		return err
	}
	if t.write {
		s.round, s.rounds = s.writes, 1
	}
	var alone, many, bares []load
	var cpu, client, wall time.Duration
	answered := 0
	for range s.rounds {
		a, err := press(ctx, st.server.addr, 1, s.round, t.want, t.next)
		if err != nil {
			return err
		}
		before, own, at := st.cpu(), self(), clock.System{}.Now()
		m, err := press(ctx, st.server.addr, 32, s.round, t.want, t.next)
		if err != nil {
			return err
		}
		cpu, client, wall, answered = cpu+st.cpu()-before, client+self()-own, wall+clock.System{}.Now().Sub(at), answered+m.requests
		alone, many = append(alone, a), append(many, m)
		if !t.write {
			b, err := press(ctx, yard.addr, 32, s.round, 200, func() []byte { return get(yard.addr, "/"+strconv.Itoa(max(one.bytes, a.bytes))) })
			if err != nil {
				return err
			}
			bares = append(bares, b)
		}
	}
	a, m := middle(alone), middle(many)
	line := fmt.Sprintf("| %s | %s / %s | %.0f | %s / %s | %.0f | %.2f | %d |", t.name, ms(a.at(.5)), ms(a.at(.99)), a.perSecond(), ms(m.at(.5)), ms(m.at(.99)), m.perSecond(),
		float64(cpu.Microseconds())/1000/float64(max(answered, 1)), a.bytes)
	if len(bares) > 0 {
		b := middle(bares)
		line += fmt.Sprintf(" %.0f | %.0f %% |", b.perSecond(), 100*m.perSecond()/b.perSecond())
	} else {
		line += " | |"
	}
	fmt.Println(line)
	failed, wrong := 0, ""
	for _, l := range slices.Concat(alone, many) {
		if failed += l.failed; l.wrong != "" {
			wrong = l.wrong
		}
	}
	if failed > 0 {
		fmt.Fprintf(os.Stderr, "%s: %d not as wanted, for example %s\n", t.name, failed, wrong)
	}
	if t.write {
		fmt.Fprintf(os.Stderr, "%s: %d at once by 32, %d of all failed\n", t.name, m.requests, failed)
	}
	if s.only != "" {
		fmt.Fprintf(os.Stderr, "%s: the client used %.0f %% of the machine\n", t.name, 100*client.Seconds()/wall.Seconds()/float64(runtime.NumCPU()))
	}
	return nil
}

// middle is the round with the middle number of requests.
func middle(all []load) load {
	slices.SortFunc(all, func(a, b load) int { return int(a.perSecond() - b.perSecond()) })
	return all[len(all)/2]
}

func ms(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%.0f", float64(d.Microseconds())/1000)
}

// self is the processor time this program has used.
func self() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
