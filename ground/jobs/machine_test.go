package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// What a handler does at one try, chosen when the job is enqueued.
const (
	stepFinish = iota // effect through Finish
	stepFinishThenFail
	stepFail
	stepFailInFinish // effect written, then rolled back
	stepPanic
	stepDiscard
	stepSleep // hangs past its lease while another Runner looks, then finishes
	steps
)

type script struct {
	N     int
	Steps []int // one a try, the last again
}

func (s script) step(try int) int { return s.Steps[min(try, len(s.Steps))-1] }

// ends tells what becomes of a script: done or dead, after how many tries. A
// sleeper's next try is the other Runner's, and its own Finish is refused.
func (s script) ends(max int) (done bool, tries int) {
	for try := 1; try <= max; try++ {
		switch s.step(try) {
		case stepFinish, stepFinishThenFail:
			return true, try
		case stepDiscard:
			return false, try
		case stepSleep:
			if try == max { // the lease runs out on the last try: dead
				return false, try
			}
		}
	}
	return false, max
}

// Whatever handlers do, a job ends exactly as its script says: one effect when
// done and none when dead, the right number of tries, nothing left over.
func TestEveryJobEndsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		withEffects(t, db)
		rapid.Check(t, func(rt *rapid.T) { checkScripts(t, rt, db) })
	})
}

func checkScripts(t *testing.T, rt *rapid.T, db *store.DB) {
	ctx := context.Background()
	inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM effects`)
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM jobs`)
		}
		return err
	})
	fake := clock.NewFake(monday)
	ids := ident.NewMaker(clock.System{})
	kind := jobs.Kind[script]{Name: "test.script"}
	var mu sync.Mutex
	tries := map[int]int{}
	var runners [2]*jobs.Runner
	handle := func(me int) func(context.Context, jobs.Job[script]) error {
		return func(ctx context.Context, j jobs.Job[script]) error {
			mu.Lock()
			tries[j.Args.N] = max(tries[j.Args.N], j.Try)
			mu.Unlock()
			oops := errors.New("oops")
			finish := func(with error) error {
				return j.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
					if err := effect(ctx, tx, ids, j.ID, me); err != nil {
						return err
					}
					return with
				})
			}
			switch j.Args.step(j.Try) {
			case stepFinish:
				return finish(nil)
			case stepFinishThenFail:
				if err := finish(nil); err != nil {
					return err
				}
				return oops
			case stepFail:
				return oops
			case stepFailInFinish:
				return finish(oops)
			case stepPanic:
				panic("oops")
			case stepDiscard:
				return jobs.Discard(oops)
			case stepSleep:
				fake.Advance(61 * time.Second)
				if err := runners[1-me].Drain(context.WithoutCancel(ctx)); err != nil {
					rt.Errorf("the other's drain: %v", err)
				}
				if err := finish(nil); !jobs.Lost(err) {
					rt.Errorf("job %d finished after its lease: %v", j.Args.N, err)
				}
			}
			return nil
		}
	}
	for me := range runners {
		// One at a time, or a sleeper's minute would cost others their leases.
		runners[me] = newRunner(db, fake, jobs.Options{Workers: 1})
		jobs.Handle(runners[me], kind, handle(me))
	}
	maxTries := rapid.IntRange(1, 4).Draw(rt, "max tries")
	scripts := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, steps-1), 1, 4), 1, 5).Draw(rt, "scripts")
	done, dead := 0, 0
	for n, s := range scripts {
		enqueue(t, db, kind, script{n, s}, jobs.MaxTries(maxTries))
		if ok, _ := (script{n, s}).ends(maxTries); ok {
			done++
		} else {
			dead++
		}
	}
	for range maxTries + 2 { // after each step of ten minutes every pause is over
		if err := runners[0].Drain(ctx); err != nil {
			rt.Fatal(err)
		}
		fake.Advance(10 * time.Minute)
	}
	s, err := runners[0].Stats(ctx)
	if err != nil {
		rt.Fatal(err)
	}
	if rows, distinct, _ := effects(t, db); rows != done || distinct != done || s.Dead != dead || s.Waiting+s.Running != 0 {
		rt.Errorf("%d effects of %d jobs and %+v, want %d done and %d dead", rows, distinct, s, done, dead)
	}
	for n, steps := range scripts {
		if _, want := (script{n, steps}).ends(maxTries); tries[n] != want {
			rt.Errorf("job %d with %v: %s", n, steps, fmt.Sprintf("%d tries, want %d", tries[n], want))
		}
	}
}
