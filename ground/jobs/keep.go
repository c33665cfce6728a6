package jobs

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"kokko/ground/clock"
	"kokko/ground/store"
)

// period is one periodic job of this process.
type period struct {
	name    string
	when    Schedule
	next    time.Time // as the table has it, zero when not read in this term; owned by Runner.tending
	enqueue func(ctx context.Context, tx *store.Tx, due time.Time) error
}

// periodArgs tells a periodic run which time it stands for.
type periodArgs struct{ Due time.Time }

// Every runs do at each time of the schedule, in one process of all that share
// the store. It is a job like others: it is tried again when it fails, a run
// still going on when the next comes makes that one drop out, and times missed
// while no process ran come as one run at the next start. Call it before Start.
func (r *Runner) Every(name string, when Schedule, do func(ctx context.Context) error) {
	k := Kind[periodArgs]{Name: "period." + name}
	Handle(r, k, func(ctx context.Context, _ Job[periodArgs]) error { return do(ctx) })
	Repeat(r, name, when, k, func(due time.Time) periodArgs { return periodArgs{due} }, Unique(name))
}

// Repeat enqueues a job of kind k at each time of the schedule, exactly one for
// each, with what args makes of the time it stands for. For periodic work whose
// effects must come once: its handler has a Job to Finish.
func Repeat[A any](r *Runner, name string, when Schedule, k Kind[A], args func(due time.Time) A, opts ...Option) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, twice := r.periods[name]; twice || name == "" {
		panic("jobs: a periodic job is named twice or has no name: " + name)
	}
	r.periods[name] = &period{name: name, when: when, enqueue: func(ctx context.Context, tx *store.Tx, due time.Time) error {
		return k.Enqueue(ctx, tx, args(due), opts...)
	}}
}

// keep tends until ctx ends and the last job in hand is settled.
func (r *Runner) keep(ctx, hands context.Context) {
	tick := time.NewTicker(r.o.Poll)
	defer tick.Stop()
	beats := time.NewTicker(min(r.o.Lease/4, 10*time.Second))
	defer beats.Stop()
	all := true
	for {
		if ctx.Err() == nil {
			if err := r.tend(r.WokenBy(ctx), all); err != nil && ctx.Err() == nil {
				r.log.Error("jobs: the store did not answer", "error", err)
			}
		}
		all = false
		select {
		case <-tick.C:
		case <-beats.C:
			all = true
			r.extend(hands)
		case <-ctx.Done():
			r.resign(context.WithoutCancel(ctx))
			r.attend(hands, beats.C)
			return
		}
	}
}

// attend keeps the leases of the jobs in hand alive while Stop waits for them.
func (r *Runner) attend(hands context.Context, beats <-chan time.Time) {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		r.mu.Lock()
		left := len(r.inHand)
		r.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-look.C:
		case <-beats:
			r.extend(hands)
		case <-hands.Done():
			return
		}
	}
}

// tend does what is nobody's job: it leads the periodic jobs and, when all,
// looks after lost leases and the leadership.
func (r *Runner) tend(ctx context.Context, all bool) error {
	r.tending.Lock()
	defer r.tending.Unlock()
	if all {
		if err := r.recoverLost(ctx); err != nil {
			return err
		}
		if err := r.lead(ctx); err != nil {
			return err
		}
	}
	return r.startPeriods(ctx)
}

// recoverLost puts jobs of silent processes back into the queue.
func (r *Runner) recoverLost(ctx context.Context) error {
	now := clock.Micros(r.clock.Now())
	for {
		var one int
		switch err := r.db.QueryRow(ctx, expiredSQL, now).Scan(&one); err {
		case nil:
		case store.ErrNone:
			return nil
		default:
			return err
		}
		type lost struct {
			id          int64
			kind, state string
		}
		var found []lost
		err := r.tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			found = found[:0]
			rows, err := tx.Query(ctx, recoverSQL, now, "the process that ran it ended or hung")
			return store.Each(rows, err, func(rows *sql.Rows) error {
				var l lost
				err := rows.Scan(&l.id, &l.kind, &l.state)
				found = append(found, l)
				return err
			})
		})
		if err != nil {
			return err
		}
		for _, l := range found {
			r.log.Warn("jobs: a lease ran out", "kind", l.kind, "job", l.id, "now", l.state)
		}
		r.wake()
		if len(found) == 0 { // another process holds those rows just now
			return nil
		}
	}
}

// extend prolongs the leases in hand; who lost one has its context ended.
func (r *Runner) extend(ctx context.Context) {
	byLease := map[int64]map[int64]*run{}
	r.mu.Lock()
	for held := range r.inHand {
		if byLease[held.lease] == nil {
			byLease[held.lease] = map[int64]*run{}
		}
		byLease[held.lease][int64(held.id)] = held
	}
	r.mu.Unlock()
	if len(byLease) == 0 {
		return
	}
	var gone []*run
	err := r.tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		gone = gone[:0]
		until := clock.Micros(r.clock.Now().Add(r.o.Lease))
		for lease, runs := range byLease {
			ids := make(store.Ints, 0, len(runs))
			for id := range runs {
				ids = append(ids, id)
			}
			kept := map[int64]bool{}
			rows, err := tx.Query(ctx, extendSQL, lease, ids, until)
			err = store.Each(rows, err, func(rows *sql.Rows) error {
				var id int64
				err := rows.Scan(&id)
				kept[id] = true
				return err
			})
			if err != nil {
				return err
			}
			for id, run := range runs {
				if !kept[id] {
					gone = append(gone, run)
				}
			}
		}
		return nil
	})
	if err != nil {
		r.log.Error("jobs: leases could not be prolonged", "error", err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, run := range gone {
		// Settled meanwhile by itself, or lost; ending the context hurts neither.
		if _, mine := r.inHand[run]; mine && run.cancel != nil && !run.settled.Load() {
			run.cancel(errLost)
		}
	}
}

// lead takes the leadership when it is free and keeps it when it is held: the
// row is read every time, written three times a lease at most.
func (r *Runner) lead(ctx context.Context) error {
	now := r.clock.Now()
	var holder, term, until int64
	err := r.db.QueryRow(ctx, leaderSQL).Scan(&holder, &term, &until)
	if err != nil && err != store.ErrNone {
		return err
	}
	mine := err == nil && holder == r.self
	left := clock.FromMicros(until).Sub(now)
	switch {
	case mine && left > r.o.Leader*2/3:
		return nil
	case mine && until > 0: // even when it ran out: nobody has taken it
		n, err := r.stayLeader(ctx, term, clock.Micros(now.Add(r.o.Leader)))
		if err == nil && n == 0 {
			r.setTerm(0)
		}
		return err
	case err == nil && left >= 0:
		r.setTerm(0)
		return nil
	}
	var taken int64
	err = r.tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, leadSQL, r.self, clock.Micros(now.Add(r.o.Leader)), clock.Micros(now)).Scan(&taken)
	})
	switch err {
	case nil:
	case store.ErrNone: // somebody was quicker
		r.setTerm(0)
		return nil
	default:
		return err
	}
	r.log.Info("jobs: leads the periodic jobs", "term", taken)
	for _, p := range r.ownPeriods() {
		p.next = time.Time{}
	}
	r.setTerm(taken)
	return nil
}

func (r *Runner) stayLeader(ctx context.Context, term, until int64) (n int64, err error) {
	err = r.tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		n, err = tx.Exec(ctx, stayLeaderSQL, r.self, term, until)
		return err
	})
	return n, err
}

// resign frees the leadership for the next process at once.
func (r *Runner) resign(ctx context.Context) {
	term := r.leading()
	if term == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, err := r.stayLeader(ctx, term, 0); err != nil {
		r.log.Warn("jobs: the leadership runs out by itself", "error", err)
	}
	r.setTerm(0)
}

func (r *Runner) setTerm(t int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.term = t
}

func (r *Runner) leading() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.term
}

// Leads tells whether this Runner starts the periodic jobs, as far as it knows.
func (r *Runner) Leads() bool { return r.leading() != 0 }

func (r *Runner) ownPeriods() []*period {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*period, 0, len(r.periods))
	for _, p := range r.periods {
		out = append(out, p)
	}
	return out
}

// loadPeriods learns the next times; a new or changed schedule counts from now.
func (r *Runner) loadPeriods(ctx context.Context, periods []*period) error {
	now := r.clock.Now()
	next := make([]int64, len(periods))
	err := r.tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for i, p := range periods {
			fresh := clock.Micros(p.when.Next(now))
			if _, err := tx.Exec(ctx, addPeriodSQL, p.name, p.when.String(), fresh); err != nil {
				return err
			}
			var spec string
			if err := tx.QueryRow(ctx, periodSQL, p.name).Scan(&spec, &next[i]); err != nil {
				return err
			}
			if spec != p.when.String() {
				next[i] = fresh
				if _, err := tx.Exec(ctx, newSpecSQL, p.name, p.when.String(), fresh); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, p := range periods {
		p.next = clock.FromMicros(next[i])
	}
	return nil
}

// startPeriods enqueues what has come due. The row of the leader is written in
// the same transaction, which fences out a leader that was replaced unawares,
// and the row of the period is moved on from the time it stood at, so that no
// time is enqueued twice.
func (r *Runner) startPeriods(ctx context.Context) error {
	term := r.leading()
	if term == 0 {
		return nil
	}
	now, periods := r.clock.Now(), r.ownPeriods()
	if slices.ContainsFunc(periods, func(p *period) bool { return p.next.IsZero() }) {
		if err := r.loadPeriods(ctx, periods); err != nil {
			return err
		}
	}
	for _, p := range periods {
		if p.next.After(now) {
			continue
		}
		next := p.when.Next(now)
		fenced, moved := false, false
		err := r.tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			n, err := tx.Exec(ctx, stayLeaderSQL, r.self, term, clock.Micros(now.Add(r.o.Leader)))
			if fenced = n == 0; err != nil || fenced {
				return err
			}
			n, err = tx.Exec(ctx, periodCameSQL, p.name, clock.Micros(p.next), clock.Micros(next), clock.Micros(now))
			if moved = n == 0; err != nil || moved {
				return err
			}
			return p.enqueue(ctx, tx, p.next)
		})
		if err != nil {
			return err
		}
		if fenced {
			r.setTerm(0)
			return nil
		}
		if moved { // by a process with another schedule: read anew
			p.next = time.Time{}
			continue
		}
		p.next = next
		r.wake()
	}
	return nil
}

// forgetDead drops dead jobs that nobody has cared for: their arguments and
// errors may name people.
func (r *Runner) forgetDead(ctx context.Context) error {
	before := clock.Micros(r.clock.Now().Add(-r.o.KeepDead))
	for {
		var n int64
		err := r.tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			n, err = tx.Exec(ctx, forgetDeadSQL, before)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		r.log.Info("jobs: forgot old dead jobs", "jobs", n)
	}
}
