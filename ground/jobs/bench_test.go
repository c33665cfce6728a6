package jobs_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

func eachEngine(b *testing.B, run func(b *testing.B, db *store.DB)) {
	b.Run("sqlite", func(b *testing.B) { run(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { run(b, storetest.Postgres(b)) })
}

const benchJobs = 20_000

func fill(b *testing.B, db *store.DB, n int) {
	b.Helper()
	for ; n > 0; n -= 1000 {
		inTx(b, db, func(ctx context.Context, tx *store.Tx) error {
			return count.EnqueueMany(ctx, tx, make([]number, min(n, 1000)))
		})
	}
}

func timed(do func()) time.Duration {
	began := clock.System{}.Now()
	do()
	return clock.System{}.Now().Sub(began)
}

// One iteration drains 20,000 jobs; "finish" ones have their effect and their
// own transaction each.
func BenchmarkDrain(b *testing.B) {
	for _, how := range []string{"noop", "finish"} {
		b.Run(how, func(b *testing.B) {
			eachEngine(b, func(b *testing.B, db *store.DB) {
				withEffects(b, db)
				ids := ident.NewMaker(clock.System{})
				all := benchJobs
				r := newRunner(db, clock.System{}, jobs.Options{})
				if how == "noop" {
					jobs.Handle(r, count, func(context.Context, jobs.Job[number]) error { return nil })
				} else {
					all /= 10
					jobs.Handle(r, count, func(ctx context.Context, j jobs.Job[number]) error {
						return j.Finish(ctx, func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx, ids, j.ID, 1) })
					})
				}
				var took time.Duration
				n := 0
				for b.Loop() {
					b.StopTimer()
					fill(b, db, all)
					b.StartTimer()
					took += timed(func() { drain(b, r) })
					n += all
				}
				b.ReportMetric(float64(n)/took.Seconds(), "jobs/s")
				b.ReportMetric(0, "ns/op")
			})
		})
	}
}

func BenchmarkEnqueue(b *testing.B) {
	eachEngine(b, func(b *testing.B, db *store.DB) {
		for b.Loop() {
			enqueue(b, db, count, number{})
		}
	})
}

// What a page waits for its write (a spark, its beat, its job: three rows, one
// synced commit) at some 100 writes a second: alone, and while 20,000 no-op jobs
// or 2,000 jobs with a transaction each drain.
func BenchmarkPageWrite(b *testing.B) {
	for _, beside := range []string{"alone", "noop", "finish"} {
		b.Run(beside, func(b *testing.B) {
			eachEngine(b, func(b *testing.B, db *store.DB) { pageWrites(b, db, beside) })
		})
	}
}

func pageWrites(b *testing.B, db *store.DB, beside string) {
	withEffects(b, db)
	inTx(b, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE drops (drop_id BIGINT NOT NULL PRIMARY KEY, text TEXT NOT NULL)`)
		return err
	})
	ids := ident.NewMaker(clock.System{})
	text := strings.Repeat("Kylätalon keittiö on tyhjillään. ", 30)
	foreign := jobs.Kind[number]{Name: "test.after-drop"} // handled by nobody here: only its write counts
	write := func() {
		inTx(b, db, func(ctx context.Context, tx *store.Tx) error {
			for range 2 {
				if _, err := tx.Exec(ctx, `INSERT INTO drops (drop_id, text) VALUES ($1, $2)`, int64(ids.New()), text); err != nil {
					return err
				}
			}
			return foreign.Enqueue(ctx, tx, number{}, jobs.At(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)))
		})
	}
	r := newRunner(db, clock.System{}, jobs.Options{})
	var done atomic.Int64
	jobs.Handle(r, count, func(ctx context.Context, j jobs.Job[number]) error {
		defer done.Add(1)
		if beside == "finish" {
			return j.Finish(ctx, func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx, ids, j.ID, 1) })
		}
		return nil
	})
	var waits []time.Duration
	var took time.Duration
	for b.Loop() {
		b.StopTimer()
		switch beside {
		case "noop":
			fill(b, db, benchJobs)
		case "finish":
			fill(b, db, benchJobs/10)
		}
		b.StartTimer()
		draining := make(chan struct{})
		var loops sync.WaitGroup
		loops.Go(func() {
			defer close(draining)
			if beside == "alone" {
				time.Sleep(time.Second)
				return
			}
			took += timed(func() { drain(b, r) })
		})
		// An open loop: writes come at their times, however long earlier ones wait.
		var mu sync.Mutex
		tick := time.NewTicker(10 * time.Millisecond)
		for going := true; going; {
			select {
			case <-draining:
				going = false
			case <-tick.C:
				loops.Go(func() {
					wait := timed(write)
					mu.Lock()
					waits = append(waits, wait)
					mu.Unlock()
				})
			}
		}
		tick.Stop()
		loops.Wait()
	}
	slices.Sort(waits)
	at := func(q float64) float64 {
		return float64(waits[min(int(q*float64(len(waits))), len(waits)-1)].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
	b.ReportMetric(float64(len(waits)), "writes")
	if took > 0 {
		b.ReportMetric(float64(done.Load())/took.Seconds(), "jobs/s")
	}
	b.ReportMetric(0, "ns/op")
	if len(waits) == 0 {
		b.Fatal(fmt.Errorf("no write was measured"))
	}
}
