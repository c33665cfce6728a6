package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kokko/bench/invented"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/network"
)

// fire measures what a spark's bringer waits for, its forecast and whom to involve next, in
// a region of many, while other people read so many pages a second.
func fire(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("fire", flag.ContinueOnError)
	var s settings
	f.StringVar(&s.data, "data", ".cache/bench", "folder for the stores, kept for the next time")
	f.StringVar(&s.kokko, "kokko", "", "the program; built when not given")
	actors := f.Int("actors", 100_000, "people and organisations of the region")
	ties := f.Int("ties", 11, "of each, on average")
	sparks := f.Int("sparks", 3000, "in the store")
	rate := f.Int("rate", 20, "ordinary pages a second meanwhile")
	times := f.Int("times", 100, "how many times each is asked")
	seed := f.Uint64("seed", 1, "the same seed gives the same region")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *rate < 1 || *rate > 500 || *times < 1 || *times > 1000 {
		return errors.New("up to 500 pages a second and a thousand times are enough")
	}
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return err
	}
	if err := s.build(ctx); err != nil {
		return err
	}
	st, err := crowded(ctx, s, *sparks, invented.Crowd{Actors: *actors, Ties: *ties, Past: 400, Seed: *seed})
	if err != nil {
		return err
	}
	defer st.db.Close()
	p, err := start(ctx, filepath.Join(s.data, "fire.log"), "/", s.kokko, append([]string{"serve", "--listen", "ADDR", "--watch", "OTHER", "--proxy", "127.0.0.0/8", "--site", "http://ADDR"}, st.args...)...)
	if err != nil {
		return err
	}
	defer p.stop()
	st.server = p
	settled, err := st.settled(ctx)
	if err != nil {
		return err
	}
	idle := status(p.Process.Pid, "VmRSS")
	pages, err := st.ordinary(ctx)
	if err != nil {
		return err
	}
	asks, err := st.waited(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d people and organisations, %d ties of each, %d sparks%s; background work done after %s, resident %d MB\n\n", clock.System{}.Now().Format("2 January 2006"), *actors, *ties, *sparks, st.about, settled.Round(time.Second), idle)
	fmt.Printf("| asked, while %d pages a second are served | p50 ms | p95 ms | p99 ms | CPU ms, alone | p50 ms, alone | bytes |\n|---|---|---|---|---|---|---|\n", *rate)
	var read steady
	for _, q := range asks {
		if err := st.ask(ctx, q, pages, *rate, *times, &read); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	slices.Sort(read.times)
	all := load{times: read.times}
	fmt.Printf("\nThe pages meanwhile: %d, of which %d failed and %d came late by more than a second; p50 %s, p95 %s, p99 %s ms. Resident %d MB after all this, %d MB at most.\n",
		len(read.times), read.failed, read.late, ms(all.at(.5)), ms(all.at(.95)), ms(all.at(.99)), status(p.Process.Pid, "VmRSS"), status(p.Process.Pid, "VmHWM"))
	return nil
}

// crowded opens a store of so many sparks with a crowd round them, and fills it when it
// is new.
func crowded(ctx context.Context, s settings, sparks int, cr invented.Crowd) (*stage, error) {
	c, folder := clock.System{}, filepath.Join(s.data, fmt.Sprintf("fire-%d-%d", cr.Actors, sparks))
	st := &stage{args: []string{"--data", folder}}
	var err error
	if st.db, err = store.Open(ctx, "sqlite:"+filepath.Join(folder, "kokko.db"), store.Options{}); err != nil {
		return nil, err
	}
	began := c.Now()
	if err := invented.Fill(ctx, st.db, c, invented.Plan{Sparks: sparks, Seed: cr.Seed, Years: 3}); err != nil && !errors.Is(err, invented.ErrThere) {
		return nil, err
	}
	if st.office, err = invented.Begin(ctx, st.db, c); err != nil {
		return nil, err
	}
	switch err := invented.Settle(ctx, st.db, c, st.office, cr); {
	case err == nil:
		st.filled, st.about = true, fmt.Sprintf(" (filled in %s)", c.Now().Sub(began).Round(time.Second))
	case !errors.Is(err, invented.ErrThere):
		return nil, err
	}
	return st, st.db.QueryRow(ctx, `SELECT MIN(a.actor_id) FROM actors a WHERE a.region_id = $1`, invented.Region).Scan(&st.first)
}

// settled waits until no work waits that a started program does by itself: what is asked
// then is not slowed down by it.
func (s *stage) settled(ctx context.Context) (time.Duration, error) {
	now := clock.System{}.Now
	began := now()
	pause := time.NewTicker(500 * time.Millisecond)
	defer pause.Stop()
	for quiet := 0; quiet < 6; {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		var n int
		if err := s.db.QueryRow(ctx, `SELECT COUNT(*) FROM jobs WHERE kind >= 'forecast.' AND kind < 'forecast/' AND state <> 'dead'`).Scan(&n); err != nil {
			return 0, err
		}
		before := s.cpu()
		if quiet++; n > 0 || before-s.spent > 100*time.Millisecond {
			quiet = 0
		}
		s.spent = before
		if now().Sub(began) > 20*time.Minute {
			return 0, errors.New("the program's own work has no end")
		}
	}
	return now().Sub(began), nil
}

// from is another network each time, so that no limit is met.
func from(n int64) string { return fmt.Sprintf("X-Forwarded-For: 10.%d.%d.7", n>>8&255, n&255) }

// ordinary are the pages others read: half of them kept ready, half made anew.
func (s *stage) ordinary(ctx context.Context) (func() []byte, error) {
	codes, err := invented.Codes(ctx, s.db, 200)
	if err != nil {
		return nil, err
	}
	paths := []string{"/", "/kipinat", "/paikat", "/kysymykset", "/paikat/" + s.office.Edition.Places[0].ID, "/kipinat?paikka=" + url.QueryEscape(s.office.Edition.Places[0].Name.In("fi"))}
	var i atomic.Int64
	return func() []byte {
		n := i.Add(1)
		path := "/kipina/" + codes[int(n)%len(codes)]
		if n%2 == 0 {
			path = paths[int(n/2)%len(paths)]
		}
		more := []string{from(n)}
		if n%4 < 2 {
			more = append(more, stranger)
		}
		return get(s.server.addr, path, more...)
	}, nil
}

// question is one thing a bringer waits for.
type question struct {
	name   string
	want   int
	next   func() []byte
	before func(ctx context.Context) error // what happens each time before it is asked
}

// waited is what is measured: each asked of another spark every time.
func (s *stage) waited(ctx context.Context) ([]question, error) {
	codes, links, err := invented.Owners(ctx, s.db, clock.System{}, 60)
	if err != nil {
		return nil, err
	}
	if len(codes) == 0 {
		return nil, errors.New("no spark has a bringer")
	}
	addr := s.server.addr
	var i atomic.Int64
	each := func(one func(code, link, from string) []byte) func() []byte {
		return func() []byte {
			n := i.Add(1)
			return one(codes[int(n)%len(codes)], links[int(n)%len(codes)], from(n))
		}
	}
	// Everybody may see the forecasts, as their bringers choose.
	for n, link := range links {
		if a, err := once(addr, post(addr, "/oma/"+link+"/ennuste", "do=show", from(int64(n)))); err != nil || a.status != 303 {
			return nil, errors.Join(err, fmt.Errorf("showing a forecast gave %d", a.status))
		}
	}
	own := func(query string) func() []byte {
		return each(func(_, link, from string) []byte { return get(addr, "/oma/"+link+"/ennuste"+query, from) })
	}
	var three []string
	for n := range 3 { // organisations come first
		three = append(three, "kuka="+(s.first+ident.ID(n)).String())
	}
	ask := each(func(_, link, from string) []byte { return post(addr, "/oma/"+link+"/ennuste", "do=ask", from) })
	return []question{
		{name: "forecast, as everybody sees it, made anew", want: 200, next: each(func(code, _, from string) []byte { return get(addr, "/kipina/"+code+"/ennuste", from, stranger) })},
		{name: "forecast, worked out anew with its reach and stored", want: 303, next: ask},
		{name: "forecast and whom to involve next", want: 200, next: own("")},
		{name: "the same, and what if three came along", want: 200, next: own("?" + strings.Join(three, "&"))},
		{name: "the same, and what if of a place", want: 200, next: own("?paikka=" + s.office.Edition.Places[0].ID)},
		{name: "the same, and what if of a doer", want: 200, next: own("?osa=doer")},
		{name: "whom to involve next, a tie having come since", want: 200, next: own(""), before: func(ctx context.Context) error {
			return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return network.Changed(ctx, tx, invented.Region) })
		}},
	}, nil
}

// steady is pages asked for at a steady rate, whether those before are answered or not.
type steady struct {
	mu     sync.Mutex // owns the rest
	times  []time.Duration
	failed int
	late   int // asked more than a second after their time, as everything waited
}

// run asks for pages at a rate until told to stop.
func (s *steady) run(ctx context.Context, addr string, next func() []byte, rate int) {
	now, due := clock.System{}.Now, make(chan time.Time, 10*rate)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			var c *conn
			for at := range due {
				var a reply
				var err error
				late := now().Sub(at) > time.Second
				if c == nil {
					c, err = dial(addr)
				}
				if err == nil {
					a, err = c.do(next(), false)
				}
				took := now().Sub(at)
				s.mu.Lock()
				s.times = append(s.times, took)
				if late {
					s.late++
				}
				if err != nil || a.status != 200 {
					s.failed++
				}
				s.mu.Unlock()
				if err != nil && c != nil {
					c.Close()
					c = nil
				}
			}
			if c != nil {
				c.Close()
			}
		})
	}
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for {
		select {
		case at := <-tick.C:
			select {
			case due <- at:
			default: // ten seconds behind
				s.mu.Lock()
				s.late++
				s.mu.Unlock()
			}
			continue
		case <-ctx.Done():
		}
		close(due)
		all.Wait()
		return
	}
}

// ask asks one question alone, for its processor time, and then while pages are read.
func (s *stage) ask(ctx context.Context, q question, pages func() []byte, rate, times int, read *steady) error {
	c, err := dial(s.server.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if q.before != nil {
		times = min(times, 20)
	}
	now := clock.System{}.Now
	do := func(times int) (l load, cpu time.Duration, err error) {
		for range times {
			if q.before != nil {
				if err := q.before(ctx); err != nil {
					return l, cpu, err
				}
			}
			before, at := s.cpu(), now()
			a, err := c.do(q.next(), false)
			if err != nil || a.status != q.want {
				return l, cpu, errors.Join(err, fmt.Errorf("it gave %d", a.status))
			}
			l.times, l.bytes = append(l.times, now().Sub(at)), max(l.bytes, a.bytes)
			cpu += s.cpu() - before
		}
		slices.Sort(l.times)
		return l, cpu, ctx.Err()
	}
	if _, _, err := do(2); err != nil { // to make the room
		return err
	}
	n := max(1, times/3)
	alone, cpu, err := do(n)
	if err != nil {
		return err
	}
	reading, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() { read.run(reading, s.server.addr, pages, rate) })
	busy, _, err := do(times)
	stop()
	done.Wait()
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %s | %s | %s | %.1f | %s | %d |\n", q.name, ms(busy.at(.5)), ms(busy.at(.95)), ms(busy.at(.99)), float64(cpu.Microseconds())/1000/float64(n), ms(alone.at(.5)), busy.bytes)
	return nil
}
