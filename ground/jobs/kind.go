package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// Kind names one sort of job and the type of its arguments. It is declared once
// by the package that enqueues, and never renamed while such jobs may be waiting:
//
//	var Dropped = jobs.Kind[DroppedArgs]{Name: "spark.dropped"}
//
// A is kept as JSON. New fields need a zero value that means "as before", since
// a job may have been enqueued by the version before this one.
type Kind[A any] struct{ Name string }

// MaxArgs bounds the JSON of one job's arguments, in bytes. Arguments are ids;
// the things themselves are in the store.
const MaxArgs = 64 << 10

// Lanes of the table; a Runner leases from them in turns, so none starves.
const (
	lanePrompt = 0 // as soon as possible, in order of arrival
	laneTimed  = 1 // At, and every further try
	laneBulk   = 2 // when nothing else waits
)

// DefaultMaxTries lets a job outlive a mail server's weekend: with the pauses of
// Pause the last try comes some two and a half days after the first.
const DefaultMaxTries = 20

// Option bends how a job is enqueued.
type Option func(*order)

// order is what the options of one enqueue come to.
type order struct {
	at       time.Time
	key      string
	maxTries int
	bulk     bool
}

// At runs the job not before t.
func At(t time.Time) Option { return func(o *order) { o.at = t } }

// Unique keeps at most one living job (waiting or running) of this kind and key;
// enqueueing another one does nothing. Mind the running one: it may have read
// the store before this transaction commits.
func Unique(key string) Option { return func(o *order) { o.key = key } }

// MaxTries gives the job up after n tries instead of DefaultMaxTries. A try that
// ended with its process counts.
func MaxTries(n int) Option { return func(o *order) { o.maxTries = n } }

// Bulk lets everything else go first: backfills, re-computations of everything.
func Bulk() Option { return func(o *order) { o.bulk = true } }

// Enqueue adds one job in the caller's transaction: rolled back, it never was.
// Errors: fault.TooLarge "jobs.args" over MaxArgs.
func (k Kind[A]) Enqueue(ctx context.Context, tx *store.Tx, args A, opts ...Option) error {
	return k.EnqueueMany(ctx, tx, []A{args}, opts...)
}

// EnqueueMany adds a job for each of args, some fifty to a statement. Unique is
// refused for more than one, for they would all have the same key.
func (k Kind[A]) EnqueueMany(ctx context.Context, tx *store.Tx, args []A, opts ...Option) error {
	o := order{maxTries: DefaultMaxTries}
	for _, opt := range opts {
		opt(&o)
	}
	if k.Name == "" || o.maxTries < 1 || (o.key != "" && len(args) > 1) {
		return fault.New(fault.Internal, "internal").Because(fmt.Errorf("jobs: %q cannot be enqueued with %+v", k.Name, o))
	}
	texts := make([]string, len(args))
	for i, a := range args {
		raw, err := json.Marshal(a)
		if err != nil {
			return fault.New(fault.Internal, "internal").Because(fmt.Errorf("jobs: arguments of %s: %w", k.Name, err))
		}
		if len(raw) > MaxArgs {
			return fault.New(fault.TooLarge, "jobs.args").With("kind", k.Name).With("bytes", len(raw))
		}
		texts[i] = string(raw)
	}
	if err := insert(ctx, tx, k.Name, texts, o); err != nil {
		return fmt.Errorf("enqueue %s: %w", k.Name, err)
	}
	if near := nearby(ctx); near != nil {
		tx.After(near.wake)
	}
	return nil
}

// insert writes the rows. An id that is taken (two processes in one millisecond
// and the same 20 random bits) gets another; a unique key that is taken does not.
func insert(ctx context.Context, tx *store.Tx, kind string, args []string, o order) error {
	var now clock.Clock = clock.System{} // only tells the row's age and place in the queue, never when it is due
	ids := ident.NewMaker(now)
	if near := nearby(ctx); near != nil {
		now, ids = near.clock, near.ids
	}
	lane := lanePrompt
	switch {
	case o.bulk:
		lane = laneBulk
	case !o.at.IsZero():
		lane = laneTimed
	}
	created := clock.Micros(now.Now())
	for len(args) > 0 {
		n := 1
		if len(args) >= insertRows {
			n = insertRows
		}
		byID := make(map[ident.ID]string, n)
		values := make([]any, 0, n*insertColumns)
		for _, a := range args[:n] {
			id := ids.New()
			byID[id] = a
			values = append(values, int64(id), kind, a, lane, clock.Micros(o.at), o.key, o.maxTries, created)
		}
		rows, err := tx.Query(ctx, insertSQL(n), values...)
		err = store.Each(rows, err, func(r *sql.Rows) error {
			var id int64
			err := r.Scan(&id)
			delete(byID, ident.ID(id))
			return err
		})
		if err != nil {
			return err
		}
		args = args[n:]
		if len(byID) == 0 {
			continue
		}
		if o.key != "" {
			var one int
			switch err := tx.QueryRow(ctx, uniqueSQL, kind, o.key).Scan(&one); err {
			case nil:
				return nil
			case store.ErrNone:
			default:
				return err
			}
		}
		args = append([]string(nil), args...)
		for _, a := range byID {
			args = append(args, a)
		}
	}
	return nil
}
