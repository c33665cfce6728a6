package spark

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/story"
)

// What has been kept long enough goes by itself. How long is journey/retention's
// affair; what goes and what stays is told here. What happened always stays.

// Lapse is what is over for a spark, so that something of it need not be kept.
type Lapse string

const (
	LapseClosed    Lapse = "contacts"  // closed: how its bringer was reached
	LapseWithdrawn Lapse = "withdrawn" // taken away without erasing: the words that were left
	LapseHeld      Lapse = "held"      // never let in, or declined: everything
)

// Lapsed is a spark whose time is up.
type Lapsed struct {
	ID    ident.ID
	Code  string
	Since time.Time // when it was closed, withdrawn or held
}

const (
	closedKeeping = ` FROM sparks s WHERE s.region_id = $1 AND s.state IN ('out', 'resting') AND s.closed_at > 0 AND s.closed_at < $2
AND EXISTS (SELECT 1 FROM bringers b WHERE b.region_id = s.region_id AND b.spark_id = s.spark_id AND (b.name <> '' OR b.email <> '' OR b.phone <> ''))`
	withdrawnKeeping = ` FROM sparks s JOIN beats b ON b.region_id = s.region_id AND b.spark_id = s.spark_id AND b.type = 'withdrawn'
WHERE s.region_id = $1 AND s.state = 'withdrawn' AND s.text <> '' AND b.at < $2`
	heldKeeping = ` FROM sparks s WHERE s.region_id = $1 AND s.held > '' AND s.state <> 'withdrawn' AND s.text <> '' AND s.dropped_at < $2 AND s.closed_at < $2`

	selectLapsedClosed    = `SELECT s.spark_id, s.code, s.closed_at` + closedKeeping + ` AND s.spark_id > $3 ORDER BY s.spark_id LIMIT $4`
	countLapsedClosed     = `SELECT COUNT(*)` + closedKeeping
	selectLapsedWithdrawn = `SELECT s.spark_id, s.code, b.at` + withdrawnKeeping + ` AND s.spark_id > $3 ORDER BY s.spark_id LIMIT $4`
	countLapsedWithdrawn  = `SELECT COUNT(*)` + withdrawnKeeping
	selectLapsedHeld      = `SELECT s.spark_id, s.code, CASE WHEN s.closed_at > 0 THEN s.closed_at ELSE s.dropped_at END` + heldKeeping + ` AND s.spark_id > $3 ORDER BY s.spark_id LIMIT $4`
	countLapsedHeld       = `SELECT COUNT(*)` + heldKeeping
)

// LapsedBefore lists sparks for which something was over before a time and of
// which it is still kept, by their ids after one; at most limit of them.
func LapsedBefore(ctx context.Context, from store.Source, region string, l Lapse, before time.Time, after ident.ID, limit int) (all []Lapsed, err error) {
	query := map[Lapse]string{LapseClosed: selectLapsedClosed, LapseWithdrawn: selectLapsedWithdrawn, LapseHeld: selectLapsedHeld}[l]
	rows, err := from.Query(ctx, query, region, clock.Micros(before), int64(after), limit)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var x Lapsed
		var since int64
		err := rows.Scan(&x.ID, &x.Code, &since)
		x.Since = clock.FromMicros(since)
		all = append(all, x)
		return err
	})
	return all, err
}

// CountLapsed counts what LapsedBefore lists.
func CountLapsed(ctx context.Context, from store.Source, region string, l Lapse, before time.Time) (n int, err error) {
	query := map[Lapse]string{LapseClosed: countLapsedClosed, LapseWithdrawn: countLapsedWithdrawn, LapseHeld: countLapsedHeld}[l]
	err = from.QueryRow(ctx, query, region, clock.Micros(before)).Scan(&n)
	return n, err
}

// errStands tells that a lapse is no longer one: somebody has acted meanwhile.
var errStands = errors.New("spark: nothing has lapsed")

// Expire erases what a lapse frees of one spark, and tells so in its story; also
// runs in the same transaction. gone is false when there was nothing to erase:
// doing it twice changes nothing. The time is asked again under the spark's lock,
// since it may have been reopened meanwhile.
func (s *Service) Expire(ctx context.Context, region string, id ident.ID, l Lapse, before time.Time, also func(ctx context.Context, tx *store.Tx) error) (gone bool, err error) {
	_, err = s.change(ctx, region, id, 0, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		still, err := LapsedBefore(ctx, tx, region, l, before, id-1, 1)
		if err != nil {
			return nil, err
		}
		if len(still) == 0 || still[0].ID != id {
			return nil, errStands
		}
		var beats []story.Beat
		if l == LapseClosed {
			beats, err = s.forgetContacts(ctx, tx, sp)
		} else {
			beats, err = s.forgetAll(ctx, tx, sp)
		}
		if err != nil {
			return nil, err
		}
		return beats, also(ctx, tx)
	})
	if errors.Is(err, errStands) {
		return false, nil
	}
	return err == nil, err
}

// forgetPeople erases who brought a spark and who wrote the letters it came by.
func forgetPeople(ctx context.Context, tx *store.Tx, sp *Spark) error {
	if _, err := tx.Exec(ctx, forgetBringers, sp.Region, int64(sp.ID)); err != nil {
		return err
	}
	return mail.EraseSender(ctx, tx, sp.Region, sp.ID)
}

// forgetContacts erases who brought a spark, and the letters written to them. The
// private link goes on working: its holder may give an address anew.
func (s *Service) forgetContacts(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
	if err := forgetPeople(ctx, tx, sp); err != nil {
		return nil, err
	}
	if err := mail.Erase(ctx, tx, sp.Region, sp.ID, func(purpose string) bool { return strings.HasPrefix(purpose, LetterToBringer) }); err != nil {
		return nil, err
	}
	return []story.Beat{{Type: story.Forgotten, Actor: story.Kokko, Visibility: story.Parties}}, nil
}

// forgetAll erases everything written about a spark, as its bringer's own erasing
// does. One that still waited for a look is out.
func (s *Service) forgetAll(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
	now := s.clock.Now()
	if sp.State != Withdrawn && sp.State != Out {
		sp.State, sp.Closed = Out, now
	}
	if err := forgetPeople(ctx, tx, sp); err != nil {
		return nil, err
	}
	if err := mail.Erase(ctx, tx, sp.Region, sp.ID, func(string) bool { return true }); err != nil {
		return nil, err
	}
	// The Monday letters name sparks by their titles, and belong to none.
	if err := mail.Erase(ctx, tx, sp.Region, 0, func(purpose string) bool { return purpose == MondayLetter }); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, endLinks, sp.Region, int64(sp.ID), clock.Micros(now)); err != nil {
		return nil, err
	}
	sp.Title, sp.Text, sp.PlaceName, sp.Doers = "", "", "", 0
	if _, err := tx.Exec(ctx, eraseMeasures, sp.Region, int64(sp.ID)); err != nil {
		return nil, err
	}
	told := story.Beat{Region: sp.Region, Spark: sp.ID, ID: s.ids.New(), Actor: story.Kokko, At: now, Visibility: story.InOffice}
	n, err := story.EraseWords(ctx, tx, told, story.Bringer, story.Office, story.Kokko)
	if err != nil {
		return nil, err
	}
	if n == 0 { // nobody had said anything: the text alone went
		return []story.Beat{{Type: story.Erased, Actor: story.Kokko, Visibility: story.InOffice}}, nil
	}
	sp.Beats++
	return nil, Told.Enqueue(ctx, tx, ToldArgs{Region: sp.Region, Spark: sp.ID, Beat: told.ID})
}
