package jobs_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
)

// The Monday on which the tests' clocks start: 12.4.2010, 9:00 in Kouvola.
var monday = time.Date(2010, 4, 12, 6, 0, 0, 0, time.UTC)

type number struct{ N int }

var count = jobs.Kind[number]{Name: "test.count"}

func newRunner(db *store.DB, c clock.Clock, o jobs.Options) *jobs.Runner {
	if o.Poll == 0 {
		o.Poll = 5 * time.Millisecond
	}
	return jobs.New(db, c, ident.NewMaker(c), slog.New(slog.DiscardHandler), o)
}

func enqueue[A any](t testing.TB, db *store.DB, k jobs.Kind[A], args A, opts ...jobs.Option) {
	t.Helper()
	inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return k.Enqueue(ctx, tx, args, opts...) })
}

func inTx(t testing.TB, db *store.DB, do func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Tx(context.Background(), do); err != nil {
		t.Fatal(err)
	}
}

func drain(t testing.TB, r *jobs.Runner) {
	t.Helper()
	if err := r.Drain(context.Background()); err != nil {
		t.Fatalf("drain: %v", err)
	}
}

func stats(t testing.TB, r *jobs.Runner) jobs.Stats {
	t.Helper()
	s, err := r.Stats(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stop(t testing.TB, r *jobs.Runner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// eventually waits for background work; the bound only ends a hopeless test.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	limit := time.NewTimer(90 * time.Second)
	defer limit.Stop()
	for !is() {
		select {
		case <-limit.C:
			t.Fatalf("never came: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// seen gathers what handlers saw.
type seen[T any] struct {
	mu  sync.Mutex
	all []T
}

func (s *seen[T]) add(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, v)
}

func (s *seen[T]) list() []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]T(nil), s.all...)
}

// Effects are rows of a table of the tests' own; a second effect of a job is a second row.
const createEffects = `CREATE TABLE effects (effect_id BIGINT NOT NULL PRIMARY KEY, job_id BIGINT NOT NULL, worker BIGINT NOT NULL)`

func withEffects(t testing.TB, db *store.DB) {
	t.Helper()
	inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, createEffects)
		return err
	})
}

func effect(ctx context.Context, tx *store.Tx, ids *ident.Maker, job ident.ID, worker int) error {
	_, err := tx.Exec(ctx, `INSERT INTO effects (effect_id, job_id, worker) VALUES ($1, $2, $3)`, int64(ids.New()), int64(job), worker)
	return err
}

// effects gives rows, distinct jobs and distinct workers.
func effects(t testing.TB, db *store.DB) (rows, distinct, workers int) {
	t.Helper()
	err := db.QueryRow(context.Background(), `SELECT COUNT(*), COUNT(DISTINCT job_id), COUNT(DISTINCT worker) FROM effects`).Scan(&rows, &distinct, &workers)
	if err != nil {
		t.Fatal(err)
	}
	return rows, distinct, workers
}
