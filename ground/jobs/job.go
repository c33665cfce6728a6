package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// Job is one leased job in the hands of its handler.
type Job[A any] struct {
	ID      ident.ID
	Args    A
	Try     int  // 1 the first time
	LastTry bool // when this fails the job is dead
	run     *run
}

// run is one lease of one job in this process; owned by the goroutine that
// performs it, but for settled and cancel.
type run struct {
	r        *Runner
	id       ident.ID
	kind     string
	args     string
	try, max int
	runAt    int64
	lease    int64       // the token: no other lease of this job ever has it
	settled  atomic.Bool // Finish has committed
	cancel   context.CancelCauseFunc
}

// Finish runs do and marks the job done in one transaction, so that do's effects
// happen exactly once however often the job is run. It refuses with
// fault.Conflict "jobs.lost" when the lease was lost to another runner (see
// Lost), and then do is not run. Like every store.Tx, do must be re-runnable.
func (j Job[A]) Finish(ctx context.Context, do func(ctx context.Context, tx *store.Tx) error) error {
	err := j.run.r.tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Exec(ctx, finishSQL, int64(j.run.id), j.run.lease)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "jobs.lost").With("job", j.ID.String())
		}
		return do(ctx, tx)
	})
	if err == nil {
		j.run.settled.Store(true)
	}
	return err
}

// Lost tells that a job's lease was lost: somebody else does it now.
func Lost(err error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Key == "jobs.lost"
}

// Discard marks err as hopeless: the job is dead at once, without further tries.
func Discard(err error) error { return discarded{err} }

type discarded struct{ error }

func (d discarded) Unwrap() error { return d.error }

// handler is a Handle bound to its type.
type handler func(ctx context.Context, run *run) error

// Handle binds the one handler of a kind. Returning nil marks the job done if
// Finish has not; an error brings another try after a pause, Discard none; a
// panic is an error. ctx ends when the lease is lost, at Options.Timeout, and
// when Stop has waited long enough. Call it before Start; binding a kind twice
// is a wiring mistake and panics.
func Handle[A any](r *Runner, k Kind[A], do func(ctx context.Context, job Job[A]) error) {
	r.bind(k.Name, func(ctx context.Context, run *run) error {
		job := Job[A]{ID: run.id, Try: run.try, LastTry: run.try >= run.max, run: run}
		if err := json.Unmarshal([]byte(run.args), &job.Args); err != nil {
			return Discard(fmt.Errorf("arguments cannot be read: %w", err))
		}
		return do(ctx, job)
	})
}
