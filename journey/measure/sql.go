package measure

import (
	"context"
	"database/sql"
	"math"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/ring"
)

const (
	// The rows are journey/spark's, journey/comment's and journey/ring's. Nothing of who
	// they are leaves this package.
	selectSparks = `SELECT spark_id, dropped_at, answered_at, due_day, place, language, source, state, held, merged_into FROM sparks
WHERE region_id = $1 AND spark_id > $2 ORDER BY spark_id LIMIT $3`
	selectSpoken = `SELECT spark_id, author_id, written_at, '' FROM comments WHERE region_id = $1 AND spark_id {in $2} AND author_kind = 'address' AND state = 'shown'`
	selectWarmed = `SELECT spark_id, address_id, since_at, '' FROM warmths WHERE region_id = $1 AND spark_id {in $2} AND offer > ''`
	selectRinged = `SELECT spark_id, address_id, since_at, role FROM ring_people WHERE region_id = $1 AND spark_id {in $2} AND state = 'in' AND address_id > 0`
	// Who brought a spark does not count as somebody else.
	selectOwners = `SELECT b.spark_id, a.address_id, b.owns_at, 'bringer' FROM bringers b JOIN addresses a ON a.region_id = b.region_id AND a.email = b.email WHERE b.region_id = $1 AND b.spark_id {in $2} AND b.email > ''`

	figureColumns = `grain, from_day, measure, part, state, num, den, value, low, high, ranged, expected, chanced, counted_at`
	putFigure     = `INSERT INTO measure_figures (region_id, ` + figureColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (region_id, grain, from_day, measure, part) DO UPDATE SET state = $6, num = $7, den = $8, value = $9, low = $10, high = $11, ranged = $12, expected = $13, chanced = $14, counted_at = $15`
	selectFigures = `SELECT ` + figureColumns + ` FROM measure_figures WHERE region_id = $1 AND grain = $2 AND from_day >= $3 AND from_day <= $4 ORDER BY from_day, measure, part`
	deletePeriod  = `DELETE FROM measure_figures WHERE region_id = $1 AND grain = $2 AND from_day = $3`
	deleteFigures = `DELETE FROM measure_figures WHERE region_id = $1`
	selectCounted = `SELECT grain, from_day, MIN(counted_at) FROM measure_figures WHERE region_id = $1 GROUP BY grain, from_day`
)

// brought is what the measures read of a spark.
type brought struct {
	id                ident.ID
	dropped, answered time.Time
	due               workday.Day
	place, language   string
	source, state     string
	held              string
	into              ident.ID
}

const atOnce = 500 // rows, or sparks asked about, at a time

// sparksSince reads the sparks that came in after a moment, the oldest first.
func sparksSince(ctx context.Context, from store.Source, region string, since time.Time) (all []brought, err error) {
	for after := ident.At(since) - 1; ; {
		n := 0
		rows, err := from.Query(ctx, selectSparks, region, int64(after), atOnce)
		if err := store.Each(rows, err, func(rows *sql.Rows) error {
			var b brought
			var dropped, answered int64
			err := rows.Scan(&b.id, &dropped, &answered, &b.due, &b.place, &b.language, &b.source, &b.state, &b.held, &b.into)
			b.dropped, b.answered = clock.FromMicros(dropped), clock.FromMicros(answered)
			all, after, n = append(all, b), b.id, n+1
			return err
		}); err != nil {
			return nil, err
		}
		if n < atOnce {
			return all, nil
		}
	}
}

// deed is that somebody did something for a spark.
type deed struct {
	spark, who ident.ID
	at         time.Time
	role       ring.Role // in which they came; "" when it was no coming
}

func deeds(ctx context.Context, from store.Source, query, region string, sparks []ident.ID) (all []deed, err error) {
	for ; len(sparks) > 0; sparks = sparks[min(len(sparks), atOnce):] {
		rows, err := from.Query(ctx, query, region, store.IDs(sparks[:min(len(sparks), atOnce)]))
		if err := store.Each(rows, err, func(rows *sql.Rows) error {
			var d deed
			var at int64
			err := rows.Scan(&d.spark, &d.who, &at, &d.role)
			d.at = clock.FromMicros(at)
			all = append(all, d)
			return err
		}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// millionths is how finely a value is kept.
const millionths = 1e6

func kept(f float64) int64 { return int64(math.Round(f * millionths)) }

func put(ctx context.Context, tx *store.Tx, region string, f Figure) error {
	_, err := tx.Exec(ctx, putFigure, region, string(f.Period.Grain), int64(f.Period.From), string(f.Measure), f.Part, string(f.State), f.Num, f.Den,
		kept(f.Value), kept(f.Low), kept(f.High), f.Ranged, kept(f.Expected), f.Chanced, clock.Micros(f.Counted))
	return err
}

// Forget takes every figure of a region away, and what was drawn; they are counted anew the next morning
// from what is there then: what they were counted from is gone.
func Forget(ctx context.Context, db *store.DB, region string) error {
	return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range []string{deleteFigures, deleteSamples} {
			if _, err := tx.Exec(ctx, statement, region); err != nil {
				return err
			}
		}
		return nil
	})
}

// Figures reads the figures of a run of periods of one grain, from the first to the
// last, the oldest first.
func Figures(ctx context.Context, from store.Source, region string, first, last Period) (all []Figure, err error) {
	rows, err := from.Query(ctx, selectFigures, region, string(first.Grain), int64(first.From), int64(last.From))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var f Figure
		var value, low, high, expected, counted int64
		err := rows.Scan(&f.Period.Grain, &f.Period.From, &f.Measure, &f.Part, &f.State, &f.Num, &f.Den, &value, &low, &high, &f.Ranged, &expected, &f.Chanced, &counted)
		f.Value, f.Low, f.High, f.Expected, f.Counted = float64(value)/millionths, float64(low)/millionths, float64(high)/millionths, float64(expected)/millionths, clock.FromMicros(counted)
		all = append(all, f)
		return err
	})
	return all, err
}

// counted tells when each period was counted last.
func counted(ctx context.Context, from store.Source, region string) (map[Period]time.Time, error) {
	all := map[Period]time.Time{}
	rows, err := from.Query(ctx, selectCounted, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var p Period
		var at int64
		err := rows.Scan(&p.Grain, &p.From, &at)
		all[p] = clock.FromMicros(at)
		return err
	})
	return all, err
}
