package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// DeadJob is a job that was given up, as the office sees it.
type DeadJob struct {
	ID      ident.ID
	Kind    string
	Args    json.RawMessage
	Tries   int
	Created time.Time
	Died    time.Time
	Error   string // of the last try, at most 2,000 bytes
}

// Page asks for up to Limit (50 when 0) dead jobs older than Before, 0 for the newest.
type Page struct {
	Before ident.ID
	Limit  int
}

// Dead lists dead jobs, the newest first. next is the Before of the following
// page, 0 after the last. Two index look-ups at any depth.
func (r *Runner) Dead(ctx context.Context, p Page) (jobs []DeadJob, next ident.ID, err error) {
	if p.Before <= 0 {
		p.Before = math.MaxInt64
	}
	if p.Limit <= 0 || p.Limit > 500 {
		p.Limit = 50
	}
	rows, err := r.db.Query(ctx, listDeadSQL, int64(p.Before), p.Limit+1)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var id, created, died int64
		var args string
		var j DeadJob
		err := rows.Scan(&id, &j.Kind, &args, &j.Tries, &created, &died, &j.Error)
		j.ID, j.Args, j.Created, j.Died = ident.ID(id), json.RawMessage(args), clock.FromMicros(created), clock.FromMicros(died)
		jobs = append(jobs, j)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	if len(jobs) > p.Limit {
		jobs = jobs[:p.Limit]
		next = jobs[p.Limit-1].ID
	}
	return jobs, next, nil
}

// Retry gives a dead job all its tries again, at once. Errors: fault.NotFound
// "jobs.gone" when it is not dead (any more), fault.Conflict "jobs.unique" when
// a living job has its unique key. also runs in the same transaction.
func (r *Runner) Retry(ctx context.Context, id ident.ID, also ...func(ctx context.Context, tx *store.Tx) error) error {
	err := r.dead(ctx, also, retryDeadSQL, int64(id), clock.Micros(r.clock.Now()))
	if store.Exists(err) {
		return fault.New(fault.Conflict, "jobs.unique").Because(err)
	}
	if err == nil {
		r.wake()
	}
	return err
}

// Drop forgets a dead job for good. Errors: fault.NotFound "jobs.gone". also runs
// in the same transaction.
func (r *Runner) Drop(ctx context.Context, id ident.ID, also ...func(ctx context.Context, tx *store.Tx) error) error {
	return r.dead(ctx, also, dropDeadSQL, int64(id))
}

func (r *Runner) dead(ctx context.Context, also []func(ctx context.Context, tx *store.Tx) error, query string, args ...any) error {
	return r.tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Exec(ctx, query, args...)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "jobs.gone")
		}
		for _, f := range also {
			if err == nil {
				err = f(ctx, tx)
			}
		}
		return err
	})
}

// Stats is the state of the queue, for the office's page and the metrics.
type Stats struct {
	Waiting int       // also those not yet due
	Running int       // in all processes
	Dead    int       // waiting for the office's word
	Oldest  time.Time // since when the longest-waiting due job could have been run; zero when none waits
}

// Stats counts the jobs: O(rows of the table), which holds only what is not done.
func (r *Runner) Stats(ctx context.Context) (Stats, error) {
	var s Stats
	rows, err := r.db.Query(ctx, countStatesSQL)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return err
		}
		switch state {
		case "waiting":
			s.Waiting = n
		case "running":
			s.Running = n
		case "dead":
			s.Dead = n
		}
		return nil
	})
	if err != nil {
		return Stats{}, err
	}
	now := r.clock.Now()
	for lane := lanePrompt; lane <= laneBulk; lane++ {
		var created, runAt int64
		err := r.db.QueryRow(ctx, oldestSQL, lane, clock.Micros(now)).Scan(&created, &runAt)
		if err == store.ErrNone {
			continue
		}
		if err != nil {
			return Stats{}, err
		}
		if since := clock.FromMicros(max(created, runAt)); s.Oldest.IsZero() || since.Before(s.Oldest) {
			s.Oldest = since
		}
	}
	return s, nil
}
