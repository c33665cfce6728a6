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
	"kokko/region/trust"
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
	// What is joined to another is closed when that is, and not before; what was
	// split is over when its last part is.
	closedKeeping = ` FROM sparks c JOIN sparks s ON s.region_id = c.region_id AND (s.spark_id = c.spark_id OR s.merged_into = c.spark_id)
WHERE c.region_id = $1 AND (c.state IN ('out', 'resting') OR c.state = 'split' AND NOT EXISTS (SELECT 1 FROM sparks p JOIN bringers pb ON pb.region_id = p.region_id AND pb.spark_id = p.spark_id
WHERE p.region_id = c.region_id AND p.split_from = c.spark_id AND (pb.name <> '' OR pb.email <> '' OR pb.phone <> ''))) AND c.closed_at > 0 AND c.closed_at < $2 AND c.merged_into = 0
AND EXISTS (SELECT 1 FROM bringers b WHERE b.region_id = s.region_id AND b.spark_id = s.spark_id AND (b.name <> '' OR b.email <> '' OR b.phone <> ''))`
	withdrawnKeeping = ` FROM sparks s JOIN beats b ON b.region_id = s.region_id AND b.spark_id = s.spark_id AND b.type = 'withdrawn'
WHERE s.region_id = $1 AND s.state = 'withdrawn' AND s.text <> '' AND b.at < $2`
	// One that was let in long ago may have come to wait again lately. Both values of
	// open are said, so that the index of what is held leads to the few it is about.
	heldKeeping = ` FROM sparks s WHERE s.region_id = $1 AND (s.open = TRUE OR s.open = FALSE) AND s.held > '' AND s.state <> 'withdrawn' AND s.text <> '' AND s.dropped_at < $2 AND s.closed_at < $2
AND NOT EXISTS (SELECT 1 FROM beats b WHERE b.region_id = s.region_id AND b.spark_id = s.spark_id AND b.type = 'held' AND b.at >= $2)`
	heldSince = `CASE WHEN s.closed_at > 0 THEN s.closed_at ELSE COALESCE((SELECT MAX(b.at) FROM beats b WHERE b.region_id = s.region_id AND b.spark_id = s.spark_id AND b.type = 'held'), s.dropped_at) END`

	selectLapsedClosed    = `SELECT s.spark_id, s.code, c.closed_at` + closedKeeping + ` AND s.spark_id > $3 ORDER BY s.spark_id LIMIT $4`
	countLapsedClosed     = `SELECT COUNT(*)` + closedKeeping
	selectLapsedWithdrawn = `SELECT s.spark_id, s.code, b.at` + withdrawnKeeping + ` AND s.spark_id > $3 ORDER BY s.spark_id LIMIT $4`
	countLapsedWithdrawn  = `SELECT COUNT(*)` + withdrawnKeeping
	selectLapsedHeld      = `SELECT s.spark_id, s.code, ` + heldSince + heldKeeping + ` AND s.spark_id > $3 ORDER BY s.spark_id LIMIT $4`
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
	_, err = s.clustered(ctx, region, id, func(ctx context.Context, w *work, c *cluster, own *entry) error {
		still, err := LapsedBefore(ctx, w.tx, region, l, before, id-1, 1)
		if err != nil {
			return err
		}
		if len(still) == 0 || still[0].ID != id {
			return errStands
		}
		if l == LapseClosed {
			err = w.forgetContacts(ctx, own)
		} else {
			err = w.forgetAll(ctx, own)
		}
		if err != nil {
			return err
		}
		if err := w.settle(ctx, c); err != nil {
			return err
		}
		return also(ctx, w.tx)
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
	if err := unnameFiles(ctx, tx, sp); err != nil {
		return err
	}
	return mail.EraseSender(ctx, tx, sp.Region, sp.ID)
}

// forgetContacts erases who brought a spark, and the letters written to them. The
// private link goes on working: its holder may give an address anew.
func (w *work) forgetContacts(ctx context.Context, own *entry) error {
	if err := forgetPeople(ctx, w.tx, &own.Spark); err != nil {
		return err
	}
	if err := mail.Erase(ctx, w.tx, w.region, own.ID, func(purpose string) bool { return strings.HasPrefix(purpose, LetterToBringer) }); err != nil {
		return err
	}
	own.beats = append(own.beats, story.Beat{Type: story.Forgotten, Actor: story.Kokko, Visibility: story.Parties})
	return nil
}

// forgetAll erases everything written about a spark, as its bringer's own erasing
// does. One that still waited for a look is out.
func (w *work) forgetAll(ctx context.Context, own *entry) error {
	if own.State != Withdrawn && own.State != Out {
		own.State, own.Closed = Out, w.now
	}
	cards, err := Bringers(ctx, w.tx, w.region, own.ID)
	if err != nil {
		return err
	}
	named := names(Bringer{}, own.Spark)
	if all := cards[own.ID]; len(all) > 0 {
		named = names(all[0], own.Spark)
	}
	if err := forgetPeople(ctx, w.tx, &own.Spark); err != nil {
		return err
	}
	if err := mail.Erase(ctx, w.tx, w.region, own.ID, func(string) bool { return true }); err != nil {
		return err
	}
	// The Monday letters name sparks by their titles, and belong to none.
	if err := mail.Erase(ctx, w.tx, w.region, 0, func(purpose string) bool { return purpose == MondayLetter || purpose == DayLetter }); err != nil {
		return err
	}
	if _, err := w.tx.Exec(ctx, endLinks, w.region, int64(own.ID), clock.Micros(w.now)); err != nil {
		return err
	}
	if err := trust.Forget(ctx, w.tx, w.region, arrival, own.ID); err != nil {
		return err
	}
	if _, err := w.tx.Exec(ctx, eraseReports, w.region, int64(own.ID)); err != nil {
		return err
	}
	n, err := w.forget(ctx, own, story.Kokko, named)
	if err == nil && n == 0 { // nobody had said anything: the text alone went
		own.beats = append(own.beats, story.Beat{Type: story.Erased, Actor: story.Kokko, Visibility: story.InOffice})
	}
	return err
}
