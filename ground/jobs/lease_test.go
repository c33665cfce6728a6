package jobs_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// The effect and the end of the job are one transaction: a handler that fails
// after Finish, or is run again by another, leaves one effect.
func TestFinishBringsEffectsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		withEffects(t, db)
		fake := clock.NewFake(monday)
		ids := ident.NewMaker(fake)
		r := newRunner(db, fake, jobs.Options{})
		var calls atomic.Int64
		broken := errors.New("broken in the middle")
		jobs.Handle(r, count, func(ctx context.Context, j jobs.Job[number]) error {
			calls.Add(1)
			finish := func(after error) error {
				return j.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
					if err := effect(ctx, tx, ids, j.ID, 0); err != nil {
						return err
					}
					return after
				})
			}
			if j.Try == 1 { // the effect is rolled back with the end
				if err := finish(broken); !errors.Is(err, broken) {
					t.Errorf("finish: %v", err)
				}
				return broken
			}
			if err := finish(nil); err != nil {
				return err
			}
			if err := finish(nil); !jobs.Lost(err) || !fault.Is(err, fault.Conflict) {
				t.Errorf("finished twice: %v", err)
			}
			return errors.New("failed after it was finished")
		})
		enqueue(t, db, count, number{})
		for range 3 {
			drain(t, r)
			fake.Advance(time.Minute)
		}
		if rows, _, _ := effects(t, db); rows != 1 || calls.Load() != 2 {
			t.Errorf("%d effects in %d calls, want 1 in 2", rows, calls.Load())
		}
		if s := stats(t, r); s != (jobs.Stats{}) {
			t.Errorf("%+v", s)
		}
	})
}

// A Runner that hung past its lease comes back: another has done the job, so the
// late one's Finish is refused, its nil and its error change nothing.
func TestALostLeaseCannotFinish(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		withEffects(t, db)
		for name, end := range map[string]func(context.Context, jobs.Job[number], *ident.Maker) error{
			"finish": func(ctx context.Context, j jobs.Job[number], ids *ident.Maker) error {
				err := j.Finish(ctx, func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx, ids, j.ID, 1) })
				if !jobs.Lost(err) {
					t.Errorf("late finish: %v", err)
				}
				return err
			},
			"nil":     func(context.Context, jobs.Job[number], *ident.Maker) error { return nil },
			"error":   func(context.Context, jobs.Job[number], *ident.Maker) error { return errors.New("late") },
			"discard": func(context.Context, jobs.Job[number], *ident.Maker) error { return jobs.Discard(errors.New("late")) },
		} {
			for _, when := range []string{"done by the other", "in the other's hands"} {
				inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Exec(ctx, `DELETE FROM effects`)
					return err
				})
				fake := clock.NewFake(monday)
				ids := ident.NewMaker(fake)
				// One worker: the slow one cannot take its own job again.
				slow, quick := newRunner(db, fake, jobs.Options{Workers: 1}), newRunner(db, fake, jobs.Options{})
				var tries seen[int]
				leased, released := make(chan struct{}), make(chan struct{})
				jobs.Handle(quick, count, func(ctx context.Context, j jobs.Job[number]) error {
					tries.add(j.Try)
					close(leased)
					if when == "in the other's hands" {
						<-released
					}
					return j.Finish(ctx, func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx, ids, j.ID, 2) })
				})
				other := make(chan error, 1)
				jobs.Handle(slow, count, func(ctx context.Context, j jobs.Job[number]) error {
					tries.add(j.Try)
					fake.Advance(time.Minute + time.Second)
					go func() { other <- quick.Drain(context.Background()) }()
					<-leased
					if when == "done by the other" {
						if err := <-other; err != nil {
							t.Error(err)
						}
						other <- nil
					}
					return end(ctx, j, ids)
				})
				enqueue(t, db, count, number{})
				drain(t, slow)
				close(released)
				if err := <-other; err != nil {
					t.Error(err)
				}
				if got := tries.list(); len(got) != 2 || got[0] != 1 || got[1] != 2 {
					t.Errorf("%s, %s: tries %v", name, when, got)
				}
				var worker int
				if rows, _, _ := effects(t, db); rows != 1 {
					t.Errorf("%s, %s: %d effects", name, when, rows)
				} else if err := db.QueryRow(context.Background(), `SELECT worker FROM effects`).Scan(&worker); err != nil || worker != 2 {
					t.Errorf("%s, %s: the effect is worker %d's (%v)", name, when, worker, err)
				}
				if s := stats(t, slow); s != (jobs.Stats{}) {
					t.Errorf("%s, %s: %+v", name, when, s)
				}
			}
		}
	})
}

// A job whose process dies each time is dead at last: its tries count.
func TestALeaseThatRunsOutIsATry(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		enqueue(t, db, count, number{}, jobs.MaxTries(2))
		var tries seen[int]
		hang := make(chan struct{})
		defer close(hang)
		for range 3 {
			r := newRunner(db, fake, jobs.Options{})
			jobs.Handle(r, count, func(context.Context, jobs.Job[number]) error {
				tries.add(1)
				<-hang // this process hears nothing any more
				return nil
			})
			before := len(tries.list())
			go func() { _ = r.Drain(context.Background()) }()
			if before < 2 {
				eventually(t, "the next try", func() bool { return len(tries.list()) > before })
			} else {
				eventually(t, "its end", func() bool { return stats(t, r).Dead == 1 })
			}
			fake.Advance(time.Minute + time.Second)
		}
		if got := len(tries.list()); got != 2 {
			t.Errorf("%d tries", got)
		}
	})
}

// While a handler works, its lease is prolonged and nobody else takes the job.
func TestLongJobsKeepTheirLease(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		o := jobs.Options{Lease: 40 * time.Millisecond} // by the fake clock; prolonged four times in as much real time
		r, other := newRunner(db, fake, o), newRunner(db, fake, o)
		var ran atomic.Int64
		begun, end := make(chan struct{}, 9), make(chan struct{})
		handle := func(ctx context.Context, j jobs.Job[number]) error {
			ran.Add(1)
			begun <- struct{}{}
			<-end
			return j.Finish(ctx, func(context.Context, *store.Tx) error { return nil })
		}
		jobs.Handle(r, count, handle)
		jobs.Handle(other, count, handle)
		enqueue(t, db, count, number{})
		r.Start(context.Background())
		<-begun
		until := func() (us int64) {
			if err := db.QueryRow(context.Background(), `SELECT lease_until FROM jobs WHERE state = 'running'`).Scan(&us); err != nil {
				t.Fatal(err)
			}
			return us
		}
		for range 10 {
			now := fake.Advance(30 * time.Millisecond)
			eventually(t, "a longer lease", func() bool { return until() >= clock.Micros(now.Add(40*time.Millisecond)) })
			if err := other.Drain(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		close(end)
		stop(t, r)
		if ran.Load() != 1 {
			t.Errorf("ran %d times", ran.Load())
		}
	})
}

// A handler hears that its lease was lost: its context ends.
func TestALostLeaseEndsTheContext(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRunner(db, clock.NewFake(monday), jobs.Options{Lease: 40 * time.Millisecond})
		begun, heard := make(chan struct{}), make(chan error, 1)
		jobs.Handle(r, count, func(ctx context.Context, j jobs.Job[number]) error {
			close(begun)
			<-ctx.Done()
			heard <- context.Cause(ctx)
			return ctx.Err()
		})
		enqueue(t, db, count, number{})
		r.Start(context.Background())
		<-begun
		inTx(t, db, func(ctx context.Context, tx *store.Tx) error { // as another runner's lease would
			_, err := tx.Exec(ctx, `UPDATE jobs SET lease = 1, lease_until = $1`, clock.Micros(monday.Add(time.Hour)))
			return err
		})
		if err := <-heard; err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cause %v", err)
		}
		stop(t, r)
		if s := stats(t, r); s.Running != 1 || s.Waiting != 0 {
			t.Errorf("the other's lease was touched: %+v", s)
		}
	})
}

func TestTimeoutEndsTheContext(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRunner(db, clock.NewFake(monday), jobs.Options{Timeout: time.Millisecond})
		jobs.Handle(r, count, func(ctx context.Context, _ jobs.Job[number]) error {
			<-ctx.Done()
			return ctx.Err()
		})
		enqueue(t, db, count, number{}, jobs.MaxTries(1))
		drain(t, r)
		if s := stats(t, r); s.Dead != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestStopWaitsForTheJobsInHand(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRunner(db, clock.NewFake(monday), jobs.Options{Workers: 3})
		begun, end := make(chan struct{}, 99), make(chan struct{})
		var cut atomic.Int64
		jobs.Handle(r, count, func(ctx context.Context, _ jobs.Job[number]) error {
			begun <- struct{}{}
			<-end
			if ctx.Err() != nil {
				cut.Add(1)
			}
			return nil
		})
		inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return count.EnqueueMany(ctx, tx, make([]number, 10)) })
		ctx, cancel := context.WithCancel(context.Background())
		r.Start(ctx)
		for range 3 {
			<-begun
		}
		stopped := make(chan error)
		cancel() // the process is told to end; the jobs in hand are not cut
		go func() { stopped <- r.Stop(context.Background()) }()
		select {
		case err := <-stopped:
			t.Fatalf("did not wait: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
		close(end)
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if s := stats(t, r); s.Waiting != 7 || s.Running != 0 || cut.Load() != 0 {
			t.Errorf("%+v, %d cut; want 3 done and 7 waiting", s, cut.Load())
		}
	})
}

// Out of patience, Stop ends contexts and gives leases back at once, without
// counting the try: also of a handler that does not hear.
func TestStopGivesLeasesBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		r := newRunner(db, fake, jobs.Options{})
		begun, never := make(chan struct{}, 2), make(chan struct{})
		deafDone := make(chan error, 1)
		jobs.Handle(r, count, func(ctx context.Context, j jobs.Job[number]) error {
			begun <- struct{}{}
			if j.Args.N == 1 { // deaf
				<-never
				err := j.Finish(context.WithoutCancel(ctx), func(context.Context, *store.Tx) error { return nil })
				deafDone <- err
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		})
		enqueue(t, db, count, number{1})
		enqueue(t, db, count, number{2})
		r.Start(context.Background())
		<-begun
		<-begun
		hurry, cancel := context.WithCancel(context.Background())
		cancel()
		if err := r.Stop(hurry); !errors.Is(err, context.Canceled) {
			t.Errorf("stop: %v", err)
		}
		next := newRunner(db, fake, jobs.Options{})
		var tries seen[int]
		jobs.Handle(next, count, func(_ context.Context, j jobs.Job[number]) error { tries.add(j.Try); return nil })
		drain(t, next) // no time has passed
		if got := tries.list(); len(got) != 2 || got[0] != 1 || got[1] != 1 {
			t.Errorf("tries %v, want the first of both again", got)
		}
		close(never)
		if err := <-deafDone; !jobs.Lost(err) {
			t.Errorf("the deaf one finished: %v", err)
		}
	})
}

func TestTwoThousandJobsTwoRunnersNoneTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		withEffects(t, db)
		c := clock.System{}
		ids := ident.NewMaker(c)
		const all = 2000
		var runs atomic.Int64
		var runners []*jobs.Runner
		for worker := range 2 {
			r := newRunner(db, c, jobs.Options{})
			jobs.Handle(r, count, func(ctx context.Context, j jobs.Job[number]) error {
				runs.Add(1)
				if j.Args.N%2 == 0 { // half of them settled by the batch
					return j.Finish(ctx, func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx, ids, j.ID, worker) })
				}
				return nil
			})
			runners = append(runners, r)
		}
		inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
			args := make([]number, all)
			for i := range args {
				args[i].N = i
			}
			return count.EnqueueMany(ctx, tx, args)
		})
		for _, r := range runners {
			r.Start(context.Background())
		}
		eventually(t, "an empty queue", func() bool { s := stats(t, runners[0]); return s.Waiting+s.Running == 0 })
		for _, r := range runners {
			stop(t, r)
		}
		rows, distinct, _ := effects(t, db)
		if rows != all/2 || distinct != all/2 || runs.Load() != all {
			t.Errorf("%d effects of %d jobs in %d runs, want %d of %d in %d", rows, distinct, runs.Load(), all/2, all/2, all)
		}
	})
}
