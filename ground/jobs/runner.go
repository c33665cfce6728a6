package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// DeadKept is how long dead jobs can be looked at, unless Options say otherwise.
const DeadKept = 90 * 24 * time.Hour

// Options shape a Runner; the zero value is for production.
type Options struct {
	Workers  int           // jobs in hand at a time; 40
	Batch    int           // jobs leased by one statement; 20
	Lease    time.Duration // how long a silent process keeps a job; a minute. Clocks of the processes must agree well within it
	Leader   time.Duration // how long a silent leader stays one; 20 s
	Poll     time.Duration // how often an idle Runner looks; a second
	Timeout  time.Duration // how long a handler's context lives; 15 minutes
	KeepDead time.Duration // how long dead jobs can be looked at; 90 days
}

func (o Options) filled() Options {
	or := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	if o.Workers <= 0 {
		o.Workers = 40
	}
	if o.Batch <= 0 {
		o.Batch = 20
	}
	or(&o.Lease, time.Minute)
	or(&o.Leader, 20*time.Second)
	or(&o.Poll, time.Second)
	or(&o.Timeout, 15*time.Minute)
	or(&o.KeepDead, DeadKept)
	return o
}

// Runner leases and runs the jobs of one process. One per process; several
// processes, or several Runners in a test, share the work of one store.
type Runner struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
	log   *slog.Logger
	o     Options
	self  int64         // names this Runner as leader
	nudge chan struct{} // holds one: something was enqueued here
	gate  chan struct{} // the job side's places in the queue for the store: pages come between

	mu       sync.Mutex // owns what follows
	handlers map[string]handler
	kinds    store.Strings
	periods  map[string]*period
	inHand   map[*run]struct{}
	term     int64 // of this Runner's leadership, 0 when it does not lead

	tending sync.Mutex // owns the next times of the periods

	started bool
	quit    context.CancelFunc      // stops leasing
	cut     context.CancelCauseFunc // ends the handlers' contexts
	ended   chan struct{}           // closed when all loops have ended
}

// New gives a Runner that does nothing before Start (or Drain).
func New(db *store.DB, c clock.Clock, ids *ident.Maker, log *slog.Logger, o Options) *Runner {
	r := &Runner{
		db: db, clock: c, ids: ids, log: log, o: o.filled(), self: token(),
		nudge: make(chan struct{}, 1), handlers: map[string]handler{}, periods: map[string]*period{}, inHand: map[*run]struct{}{},
	}
	places := 1 // at SQLite's one writer
	if db.Engine == store.Postgres {
		places = max(1, runtime.GOMAXPROCS(0)/2) // each keeps a core of the server busy: pages have the other half
	}
	r.gate = make(chan struct{}, places)
	r.Every("jobs.forget", Daily(3, 10), r.forgetDead)
	return r
}

func (r *Runner) bind(kind string, h handler) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, twice := r.handlers[kind]; twice || kind == "" {
		panic(fmt.Sprintf("jobs: kind %q is bound twice or has no name", kind))
	}
	r.handlers[kind] = h
	r.kinds = slices.Sorted(maps.Keys(r.handlers))
}

type nearKey struct{}

// WokenBy gives a context in which enqueueing wakes r at the commit instead of
// at its next look. Meant for http.Server.BaseContext; handlers have it already.
// Nothing depends on it but the second saved.
func (r *Runner) WokenBy(ctx context.Context) context.Context {
	return context.WithValue(ctx, nearKey{}, r)
}

func nearby(ctx context.Context) *Runner {
	r, _ := ctx.Value(nearKey{}).(*Runner)
	return r
}

func (r *Runner) wake() {
	select {
	case r.nudge <- struct{}{}:
	default:
	}
}

type inGate struct{}

// tx is store.Tx for the job side, a few at a time.
func (r *Runner) tx(ctx context.Context, do func(context.Context, *store.Tx) error) error {
	// A Finish inside a Finish goes on to the store, which refuses it.
	if ctx.Value(inGate{}) == nil {
		ctx = context.WithValue(ctx, inGate{}, true)
		select {
		case r.gate <- struct{}{}:
			defer func() { <-r.gate }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return r.db.Tx(ctx, do)
}

// errLost is the cause of a handler's ended context when another runner has its job.
var errLost = errors.New("jobs: the lease was lost")

// errStopping is the cause of a handler's ended context when Stop was out of patience.
var errStopping = errors.New("jobs: the runner stops")

// Start begins to lease and run in the background, until Stop or the end of ctx
// (which ends leasing; Stop is still to be called to wait for the jobs in hand).
func (r *Runner) Start(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started {
		panic("jobs: started twice")
	}
	r.started = true
	ctx, r.quit = context.WithCancel(ctx)
	var hands context.Context
	hands, r.cut = context.WithCancelCause(r.WokenBy(context.WithoutCancel(ctx)))
	r.ended = make(chan struct{})
	var loops sync.WaitGroup
	loops.Go(func() { _ = r.work(ctx, hands, false) })
	loops.Go(func() { r.keep(ctx, hands) })
	go func() {
		loops.Wait()
		close(r.ended)
	}()
}

// Stop leases nothing more, waits for the jobs in hand until ctx ends, then ends
// their contexts and gives their leases back, so that another process may take
// them at once. The error tells how many did not end by themselves.
func (r *Runner) Stop(ctx context.Context) error {
	r.mu.Lock()
	started := r.started
	r.mu.Unlock()
	if !started {
		return nil
	}
	r.quit()
	defer r.cut(errStopping)
	select {
	case <-r.ended:
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	left := len(r.inHand)
	r.mu.Unlock()
	r.cut(errStopping)
	patience := time.NewTimer(2 * time.Second)
	defer patience.Stop()
	select {
	case <-r.ended:
	case <-patience.C:
		r.giveBackAll(context.WithoutCancel(ctx))
	}
	return fmt.Errorf("jobs: %d jobs were cut off and given back: %w", left, context.Cause(ctx))
}

// letGo forgets runs whose end could not be written, all of them for nil.
func (r *Runner) letGo(outcomes []outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if outcomes == nil {
		clear(r.inHand)
	}
	for _, o := range outcomes {
		delete(r.inHand, o.run)
	}
}

// giveBackAll lets go of jobs whose handlers do not hear their context.
func (r *Runner) giveBackAll(ctx context.Context) {
	r.mu.Lock()
	runs := slices.Collect(maps.Keys(r.inHand))
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	outcomes := make([]outcome, 0, len(runs))
	for _, run := range runs {
		outcomes = append(outcomes, outcome{run: run, err: errStopping, back: true})
	}
	if err := r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return r.settle(ctx, tx, outcomes) }); err != nil {
		r.log.Error("jobs: leases could not be given back, they run out by themselves", "jobs", len(runs), "error", err)
	}
}

// Drain runs jobs in the caller's goroutine's time until none is due and none in
// hand, periodic ones included. For tests and one-off commands; a failed job is
// due again only after its pause.
func (r *Runner) Drain(ctx context.Context) error {
	ctx = r.WokenBy(ctx)
	if err := r.tend(ctx, true); err != nil {
		return err
	}
	return r.work(ctx, ctx, true)
}

// outcome is what became of one run.
type outcome struct {
	run  *run
	err  error
	back bool // cut off by Stop: given back, the try does not count
}

// work is the one loop that leases and settles. hands is what handlers run in.
// It ends when ctx has ended (or, draining, nothing is due) and no job is in
// hand. Only draining gives errors; otherwise they are logged and tried again.
func (r *Runner) work(ctx, hands context.Context, drain bool) error {
	writing := context.WithoutCancel(ctx)
	done := make(chan outcome, r.o.Workers)
	var finished []outcome
	var marks [3]mark
	busy, hungry, failures := 0, true, 0
	for turn := 0; ; turn++ {
		stopping := ctx.Err() != nil
		want := 0
		if hungry && !stopping {
			want = min(r.o.Batch, r.o.Workers-busy)
		}
		if want > 0 || len(finished) > 0 {
			leased, err := r.settleAndLease(writing, finished, want, turn, &marks)
			if err != nil {
				if drain {
					for ; busy > 0; busy-- {
						finished = append(finished, <-done)
					}
					r.letGo(finished) // the leases run out by themselves
					return err
				}
				failures++
				r.log.Error("jobs: the store did not answer", "error", err, "in_hand", busy, "unsettled", len(finished))
				if stopping && failures > 3 {
					r.letGo(nil)
					return err
				}
				r.pause(ctx, failures)
				continue
			}
			failures, finished = 0, finished[:0]
			hungry = len(leased) == want && want > 0
			busy += len(leased)
			for _, run := range leased {
				go r.perform(hands, run, done)
			}
		}
		if busy == 0 && (stopping || (drain && !hungry)) {
			return ctx.Err()
		}
		finished, busy, hungry = r.await(ctx, done, finished, busy, hungry)
	}
}

// await waits for something to do: outcomes, a nudge, the next look, the end. It
// gathers outcomes for two milliseconds at most, so that quick jobs are settled
// by the batch.
func (r *Runner) await(ctx context.Context, done <-chan outcome, finished []outcome, busy int, hungry bool) ([]outcome, int, bool) {
	take := func(o outcome) {
		finished, busy, hungry = append(finished, o), busy-1, true
	}
	quit := ctx.Done()
	if ctx.Err() != nil {
		quit = nil // heard already; now the jobs in hand end
		if busy == 0 {
			return finished, busy, hungry
		}
	}
	for more := true; more; {
		select {
		case o := <-done:
			take(o)
		default:
			more = false
		}
	}
	if len(finished) == 0 && (!hungry || busy >= r.o.Workers || quit == nil) {
		look := time.NewTimer(r.o.Poll)
		defer look.Stop()
		select {
		case o := <-done:
			take(o)
		case <-r.nudge:
			hungry = true
		case <-look.C:
			hungry = r.due(ctx)
		case <-quit:
		}
	}
	if busy == 0 || (len(finished) == 0 && busy < r.o.Workers) {
		return finished, busy, hungry
	}
	gather := time.NewTimer(2 * time.Millisecond)
	defer gather.Stop()
	for busy > 0 && len(finished) < r.o.Batch {
		select {
		case o := <-done:
			take(o)
		case <-gather.C:
			return finished, busy, hungry
		}
	}
	return finished, busy, hungry
}

// due tells whether any waiting job is due; an error counts as yes, for then the
// lease tells it better.
func (r *Runner) due(ctx context.Context) bool {
	var at *int64
	if err := r.db.QueryRow(ctx, nextDueSQL).Scan(&at); err != nil {
		return ctx.Err() == nil
	}
	return at != nil && *at <= clock.Micros(r.clock.Now())
}

// pause waits up to half a minute, longer with each failure.
func (r *Runner) pause(ctx context.Context, failures int) {
	t := time.NewTimer(min(100*time.Millisecond<<min(failures, 10), 30*time.Second))
	defer t.Stop()
	if ctx.Err() != nil {
		<-t.C
		return
	}
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// laneOrder lets prompt and timed jobs take turns at being first, and bulk be
// first every eighth time, so that no flood starves another lane.
func laneOrder(turn int) [3]int {
	switch {
	case turn%8 == 7:
		return [3]int{laneBulk, laneTimed, lanePrompt}
	case turn%2 == 1:
		return [3]int{laneTimed, lanePrompt, laneBulk}
	}
	return [3]int{lanePrompt, laneTimed, laneBulk}
}

// mark is how far a lane was leased. Starting behind it spares PostgreSQL from
// walking over the index entries of all jobs done since its last clean-up, which
// made a long queue quadratic. Only a hint: a job committed late may lie before
// it, so it is forgotten now and then and whenever the lane seems empty.
type mark struct{ runAt, id int64 }

// marksLast is the turns after which marks are forgotten, a tenth of a second or so.
const marksLast = 64

// settleAndLease is one transaction, and with that one sync of the disk, for a
// batch that is done and the next one.
func (r *Runner) settleAndLease(ctx context.Context, finished []outcome, want, turn int, marks *[3]mark) (leased []*run, err error) {
	if turn%marksLast == 0 {
		*marks = [3]mark{}
	}
	r.mu.Lock()
	kinds := r.kinds
	r.mu.Unlock()
	lease := token()
	var reached [3]mark
	err = r.tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		leased, reached = leased[:0], *marks
		if err := r.settle(ctx, tx, finished); err != nil {
			return err
		}
		now := r.clock.Now()
		for _, lane := range laneOrder(turn) {
			for again := true; again && len(leased) < want; {
				from := &reached[lane]
				again = *from != mark{}
				before := len(leased)
				rows, err := tx.Query(ctx, leaseSQL(want-before), lease, clock.Micros(now.Add(r.o.Lease)), lane, clock.Micros(now), kinds, from.runAt, from.id)
				err = store.Each(rows, err, func(rows *sql.Rows) error {
					run := &run{r: r, lease: lease}
					var id int64
					err := rows.Scan(&id, &run.kind, &run.args, &run.try, &run.max, &run.runAt)
					run.id = ident.ID(id)
					leased = append(leased, run)
					return err
				})
				if err != nil {
					return err
				}
				for _, run := range leased[before:] {
					if run.runAt > from.runAt || run.runAt == from.runAt && int64(run.id) > from.id {
						*from = mark{run.runAt, int64(run.id)}
					}
				}
				if len(leased) < want {
					*from = mark{}
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(finished) > 0 {
		r.letGo(finished)
	}
	*marks = reached
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, run := range leased {
		r.inHand[run] = struct{}{}
	}
	return leased, nil
}

// settle writes what became of runs; a lost lease is logged and left alone.
func (r *Runner) settle(ctx context.Context, tx *store.Tx, outcomes []outcome) error {
	done := map[int64]store.Ints{} // lease → jobs
	now := r.clock.Now()
	for _, o := range outcomes {
		run := o.run
		var n int64
		var err error
		switch {
		case run.settled.Load():
			if o.err != nil {
				tx.After(func() {
					r.log.Warn("jobs: failed after it was finished", "kind", run.kind, "job", run.id, "error", o.err)
				})
			}
			continue
		case o.back:
			n, err = tx.Exec(ctx, giveBackSQL, int64(run.id), run.lease)
		case o.err == nil:
			done[run.lease] = append(done[run.lease], int64(run.id))
			continue
		default:
			_, hopeless := errors.AsType[discarded](o.err)
			text := short(o.err.Error())
			if hopeless || run.try >= run.max {
				n, err = tx.Exec(ctx, deadSQL, int64(run.id), run.lease, clock.Micros(now), text)
			} else {
				n, err = tx.Exec(ctx, againSQL, int64(run.id), run.lease, clock.Micros(now.Add(jitter(Pause(run.try)))), text)
			}
		}
		if err != nil {
			return err
		}
		if n == 0 {
			r.lost(tx, run)
		}
	}
	for lease, ids := range done {
		kept := make(map[int64]bool, len(ids))
		rows, err := tx.Query(ctx, doneSQL, lease, ids)
		err = store.Each(rows, err, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			kept[id] = true
			return err
		})
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			if o.err == nil && o.run.lease == lease && !o.run.settled.Load() && !kept[int64(o.run.id)] {
				r.lost(tx, o.run)
			}
		}
	}
	return nil
}

func (r *Runner) lost(tx *store.Tx, run *run) {
	tx.After(func() {
		r.log.Warn("jobs: the lease was lost, another runner does it again", "kind", run.kind, "job", run.id, "try", run.try)
	})
}

// perform runs one job to its outcome, whatever its handler does.
func (r *Runner) perform(hands context.Context, run *run, done chan<- outcome) {
	ctx, cancel := context.WithCancelCause(hands)
	ctx, stop := context.WithTimeout(ctx, r.o.Timeout)
	defer stop()
	defer cancel(nil)
	r.mu.Lock()
	run.cancel = cancel
	handle := r.handlers[run.kind]
	r.mu.Unlock()
	err := errors.New("the handler ended its goroutine")
	defer func() { // also after runtime.Goexit
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		back := err != nil && errors.Is(context.Cause(ctx), errStopping)
		lost := errors.Is(context.Cause(ctx), errLost) || Lost(err) // settle tells it
		if err != nil && !back && !lost && !run.settled.Load() {
			_, hopeless := errors.AsType[discarded](err)
			level, word := slog.LevelWarn, "jobs: failed, to be tried again"
			if hopeless || run.try >= run.max {
				level, word = slog.LevelError, "jobs: dead, see the list of dead jobs"
			}
			r.log.Log(context.WithoutCancel(ctx), level, word, "kind", run.kind, "job", run.id, "try", run.try, "of", run.max, "error", err)
		}
		done <- outcome{run: run, err: err, back: back}
	}()
	err = handle(ctx, run)
}

// Pause is how long a job rests after its nth failed try: ten seconds, doubled
// each time, six hours at most. A fifth more or less is added by chance, lest
// jobs that failed together come back together.
func Pause(try int) time.Duration {
	const longest = 6 * time.Hour
	if try > 12 {
		return longest
	}
	return min(10*time.Second<<max(try-1, 0), longest)
}

// token is 63 random bits, never 0: a lease or a Runner's name as leader. Not an
// ident.ID, for those of two processes may meet when their clocks stand.
func token() int64 { return 1 + rand.Int64N(1<<63-1) }

func jitter(d time.Duration) time.Duration {
	return d - d/5 + time.Duration(rand.Int64N(int64(2*d/5)+1))
}

// short makes an error's text fit to keep: no NUL (PostgreSQL refuses it), valid
// UTF-8, at most 2,000 bytes.
func short(s string) string {
	s = strings.ReplaceAll(s, "\x00", "␀")
	if len(s) > 2000 {
		s = s[:2000]
	}
	return strings.ToValidUTF8(s, "")
}
