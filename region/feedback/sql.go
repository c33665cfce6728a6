package feedback

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns = `region_id, feedback_id, code, page, words, email, language, came_at, due_day, state, reply, note, done_at, officer_id`

	insertFeedback = `INSERT INTO feedback (region_id, feedback_id, link_hash, code, page, words, email, language, came_at, due_day, state, reply, note, done_at, officer_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', '', '', 0, 0) ON CONFLICT DO NOTHING`
	finishFeedback = `UPDATE feedback SET state = $3, reply = $4, note = $5, done_at = $6, officer_id = $7 WHERE region_id = $1 AND feedback_id = $2 AND state = 'open'`
	deleteFeedback = `DELETE FROM feedback WHERE region_id = $1 AND feedback_id = $2`

	selectOne    = `SELECT ` + columns + ` FROM feedback WHERE region_id = $1 AND feedback_id = $2`
	selectLinked = `SELECT ` + columns + ` FROM feedback WHERE region_id = $1 AND link_hash = $2`
	selectOpen   = `SELECT ` + columns + ` FROM feedback WHERE region_id = $1 AND state = 'open' AND due_day < $2 ORDER BY due_day, feedback_id LIMIT $3`
	selectDone   = `SELECT ` + columns + ` FROM feedback WHERE region_id = $1 AND state <> 'open' AND feedback_id < $2 ORDER BY feedback_id DESC LIMIT $3`
	countOpen    = `SELECT COUNT(*) FROM feedback WHERE region_id = $1 AND state = 'open' AND due_day < $2`

	doneBefore  = ` FROM feedback WHERE region_id = $1 AND state <> 'open' AND done_at < $2`
	countDone   = `SELECT COUNT(*)` + doneBefore
	selectOlder = `SELECT feedback_id` + doneBefore + ` ORDER BY feedback_id LIMIT $3`
)

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (f Feedback, err error) {
	var came, done int64
	err = row.Scan(&f.Region, &f.ID, &f.Code, &f.Page, &f.Words, &f.Email, &f.Language, &came, &f.Due, &f.State, &f.Reply, &f.Note, &done, &f.Officer)
	f.Came, f.Done = clock.FromMicros(came), clock.FromMicros(done)
	return f, err
}

// One reads one piece of feedback; a NotFound fault when the region has none.
func One(ctx context.Context, from store.Source, region string, id ident.ID) (Feedback, error) {
	f, err := scan(from.QueryRow(ctx, selectOne, region, int64(id)))
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "feedback.none")
	}
	return f, err
}

// Linked reads the feedback that a giver's secret opens; a Gone fault when it opens
// none, or none any more.
func Linked(ctx context.Context, from store.Source, region, secret string) (Feedback, error) {
	f, err := scan(from.QueryRow(ctx, selectLinked, region, ident.Hash(secret)))
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.Gone, "feedback.gone")
	}
	return f, err
}

func many(ctx context.Context, from store.Source, query string, args ...any) (all []Feedback, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		f, err := scan(rows)
		all = append(all, f)
		return err
	})
	return all, err
}

// forever is a day that nothing is due after.
const forever = workday.Day(math.MaxInt32)

// Queue lists what waits for an answer, what is due first at the top, at most so
// many.
func Queue(ctx context.Context, from store.Source, region string, most int) ([]Feedback, error) {
	return many(ctx, from, selectOpen, region, int64(forever), most)
}

// DueBefore lists what is open and due before a day, the oldest first.
func DueBefore(ctx context.Context, from store.Source, region string, day workday.Day, most int) ([]Feedback, error) {
	return many(ctx, from, selectOpen, region, int64(day), most)
}

// Done lists what was answered or handled, the newest first, before an id (0 for
// the newest of all).
func Done(ctx context.Context, from store.Source, region string, before ident.ID, most int) ([]Feedback, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	return many(ctx, from, selectDone, region, int64(before), most)
}

// Waiting is how much feedback is open, and how much of it late.
type Waiting struct{ Open, Late int }

// Count counts what waits in a region.
func Count(ctx context.Context, from store.Source, region string, today workday.Day) (w Waiting, err error) {
	if w.Open, err = DueCount(ctx, from, region, forever); err == nil {
		w.Late, err = DueCount(ctx, from, region, today)
	}
	return w, err
}

// DueCount counts what is open and due before a day.
func DueCount(ctx context.Context, from store.Source, region string, day workday.Day) (n int, err error) {
	err = from.QueryRow(ctx, countOpen, region, int64(day)).Scan(&n)
	return n, err
}

// Older counts what was answered or handled before a moment.
func Older(ctx context.Context, from store.Source, region string, before time.Time) (n int, err error) {
	err = from.QueryRow(ctx, countDone, region, clock.Micros(before)).Scan(&n)
	return n, err
}

// Forget removes what was answered or handled before a moment, at most so many,
// with the letters about it, inside the caller's transaction, and gives how many
// went. What is open stays until it is answered. Only retention calls it.
func Forget(ctx context.Context, tx *store.Tx, region string, before time.Time, most int) (int, error) {
	ids, err := store.Values[ident.ID](tx.Query(ctx, selectOlder, region, clock.Micros(before), most))
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := erase(ctx, tx, region, id); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
