package comment

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// Who hears of a talk, and how soon: many comments on one day are one letter. The
// first of a day is told at once, what is said later that day waits for the morning.

// Usual is how soon those hear who have chosen nothing.
const Usual = Daily

// Hearer is who hears of a talk by letters: a bringer, by their own spark, or an
// officer.
type Hearer struct {
	Kind Kind
	ID   ident.ID
}

// Wait is a beat that waits for somebody's letter of the day.
type Wait struct{ Spark, Beat ident.ID }

const (
	toldToday = `INSERT INTO talk_told (region_id, reader, reader_id, spark_id, day) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, reader, reader_id, spark_id) DO UPDATE SET day = excluded.day WHERE talk_told.day < excluded.day`
	sweepTold = `DELETE FROM talk_told WHERE region_id = $1 AND day < $2`

	insertWait    = `INSERT INTO talk_waits (region_id, reader, reader_id, spark_id, beat_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (region_id, reader, reader_id, spark_id, beat_id) DO NOTHING`
	selectWaiters = `SELECT DISTINCT reader_id FROM talk_waits WHERE region_id = $1 AND reader = $2 AND reader_id > $3 ORDER BY reader_id LIMIT $4`
	selectWaited  = `SELECT spark_id, beat_id FROM talk_waits WHERE region_id = $1 AND reader = $2 AND reader_id = $3 ORDER BY spark_id, beat_id`
	deleteWaited  = `DELETE FROM talk_waits WHERE region_id = $1 AND reader = $2 AND reader_id = $3`

	setPace    = `INSERT INTO talk_paces (region_id, officer_id, pace) VALUES ($1, $2, $3) ON CONFLICT (region_id, officer_id) DO UPDATE SET pace = excluded.pace`
	selectPace = `SELECT pace FROM talk_paces WHERE region_id = $1 AND officer_id = $2`
)

// AtOnce tells whether a hearer hears of a beat at once; one that is to be told with
// the others of its day waits from here on. A question is never kept waiting.
func AtOnce(ctx context.Context, tx *store.Tx, region string, h Hearer, p Pace, w Wait, question bool, today workday.Day) (bool, error) {
	switch p {
	case Never:
		return false, nil
	case Now:
		return true, nil
	}
	n, err := tx.Exec(ctx, toldToday, region, string(h.Kind), int64(h.ID), int64(w.Spark), int64(today))
	if err != nil || n > 0 || question {
		return err == nil, err
	}
	return false, Gather(ctx, tx, region, h, w)
}

// Gather has a beat wait for a hearer's letter of the day.
func Gather(ctx context.Context, tx *store.Tx, region string, h Hearer, w Wait) error {
	_, err := tx.Exec(ctx, insertWait, region, string(h.Kind), int64(h.ID), int64(w.Spark), int64(w.Beat))
	return err
}

// Waiters lists hearers of a kind for whom something waits, by their key, after one.
func Waiters(ctx context.Context, from store.Source, region string, k Kind, after ident.ID, most int) ([]ident.ID, error) {
	return store.Values[ident.ID](from.Query(ctx, selectWaiters, region, string(k), int64(after), most))
}

// Waited takes what waits for a hearer, for the letter that the same transaction
// writes, in the order of the sparks.
func Waited(ctx context.Context, tx *store.Tx, region string, h Hearer) (all []Wait, err error) {
	rows, err := tx.Query(ctx, selectWaited, region, string(h.Kind), int64(h.ID))
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var w Wait
		err := rows.Scan(&w.Spark, &w.Beat)
		all = append(all, w)
		return err
	}); err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, deleteWaited, region, string(h.Kind), int64(h.ID))
	return all, err
}

// ForgetTold removes what tells that somebody heard at once on a day before.
func ForgetTold(ctx context.Context, tx *store.Tx, region string, before workday.Day) error {
	_, err := tx.Exec(ctx, sweepTold, region, int64(before))
	return err
}

// PaceOf is how soon an officer hears of the talk beneath the sparks they answer for.
func PaceOf(ctx context.Context, from store.Source, region string, officer ident.ID) (Pace, error) {
	all, err := store.Values[Pace](from.Query(ctx, selectPace, region, int64(officer)))
	return cmp.Or(append(all, Usual)...), err
}

// HearAs sets how soon an officer hears of the talk beneath the sparks they answer for.
func (s *Service) HearAs(ctx context.Context, region string, officer ident.ID, p Pace) error {
	if !slices.Contains(Paces(), p) {
		return fault.New(fault.Invalid, "comment.pace.wrong").On("hears")
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, setPace, region, int64(officer), string(p))
		return err
	})
}
