package trust

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	standingColumns = `standing_id, kind, standing, since_at, until_at, officer_id, spark_id`
	// A standing with an end that has passed is none, swept or not.
	selectStanding = `SELECT standing FROM standings WHERE region_id = $1 AND kind = $2 AND hash = $3 AND (until_at = 0 OR until_at > $4)`
	selectByHash   = `SELECT ` + standingColumns + ` FROM standings WHERE region_id = $1 AND kind = $2 AND hash = $3 AND (until_at = 0 OR until_at > $4)`
	selectByID     = `SELECT ` + standingColumns + ` FROM standings WHERE region_id = $1 AND standing_id = $2`
	selectAll      = `SELECT ` + standingColumns + ` FROM standings WHERE region_id = $1 AND standing_id < $2 AND (until_at = 0 OR until_at > $3) ORDER BY standing_id DESC LIMIT $4`
	upsertStanding = `INSERT INTO standings (region_id, standing_id, kind, hash, standing, since_at, until_at, officer_id, spark_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (region_id, kind, hash) DO UPDATE SET standing_id = excluded.standing_id, standing = excluded.standing, since_at = excluded.since_at,
until_at = excluded.until_at, officer_id = excluded.officer_id, spark_id = excluded.spark_id`
	deleteStanding = `DELETE FROM standings WHERE region_id = $1 AND standing_id = $2`
	sweepStandings = `DELETE FROM standings WHERE region_id = $1 AND until_at > 0 AND until_at <= $2`

	insertArrival = `INSERT INTO arrivals (region_id, kind, item_id, author_hash, network_hash, text_hash, arrived_at, waits) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	selectArrival = `SELECT author_hash, network_hash FROM arrivals WHERE region_id = $1 AND kind = $2 AND item_id = $3`
	settleArrival = `UPDATE arrivals SET waits = FALSE WHERE region_id = $1 AND kind = $2 AND item_id = $3`
	deleteArrival = `DELETE FROM arrivals WHERE region_id = $1 AND kind = $2 AND item_id = $3`
	sweepArrivals = `DELETE FROM arrivals WHERE region_id = $1 AND (arrived_at <= $2 AND waits = FALSE OR arrived_at <= $3)`

	countAuthor  = `SELECT COUNT(*) FROM arrivals WHERE region_id = $1 AND author_hash = $2 AND arrived_at > $3`
	countNetwork = `SELECT COUNT(*) FROM arrivals WHERE region_id = $1 AND network_hash = $2 AND arrived_at > $3`
	countText    = `SELECT COUNT(*) FROM arrivals WHERE region_id = $1 AND text_hash = $2 AND arrived_at > $3`

	selectWaitingAuthor  = `SELECT item_id FROM arrivals WHERE region_id = $1 AND kind = $2 AND waits = TRUE AND author_hash = $3 ORDER BY item_id`
	selectWaitingNetwork = `SELECT item_id FROM arrivals WHERE region_id = $1 AND kind = $2 AND waits = TRUE AND network_hash = $3 ORDER BY item_id`
)

type scanner interface{ Scan(dest ...any) error }

func scanEntry(row scanner) (e Entry, err error) {
	var since, until int64
	err = row.Scan(&e.ID, &e.Of, &e.Standing, &since, &until, &e.Officer, &e.Spark)
	e.Since, e.Until = clock.FromMicros(since), clock.FromMicros(until)
	return e, err
}

// standing reads what the office has said of a hash; Unknown for "".
func standing(ctx context.Context, from store.Source, region string, of Of, hash string, now time.Time) (s Standing, err error) {
	if hash == "" {
		return Unknown, nil
	}
	err = from.QueryRow(ctx, selectStanding, region, string(of), hash, clock.Micros(now)).Scan(&s)
	if errors.Is(err, store.ErrNone) {
		return Unknown, nil
	}
	return s, err
}

// List reads the standings that hold now, the newest first, after the one with ID
// after (0 for the first page).
func List(ctx context.Context, from store.Source, region string, now time.Time, after ident.ID, limit int) (all []Entry, err error) {
	if after == 0 {
		after = 1<<63 - 1
	}
	rows, err := from.Query(ctx, selectAll, region, int64(after), clock.Micros(now), limit)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		all = append(all, e)
		return err
	})
	return all, err
}

// ByID finds a standing; a NotFound fault when there is none.
func ByID(ctx context.Context, from store.Source, region string, id ident.ID) (Entry, error) {
	e, err := scanEntry(from.QueryRow(ctx, selectByID, region, int64(id)))
	if errors.Is(err, store.ErrNone) {
		return e, fault.New(fault.NotFound, "trust.standing.none")
	}
	return e, err
}

func count(ctx context.Context, from store.Source, query, region, hash string, since time.Time) (n int, err error) {
	if hash == "" {
		return 0, nil
	}
	err = from.QueryRow(ctx, query, region, hash, clock.Micros(since)).Scan(&n)
	return n, err
}

func waiting(ctx context.Context, from store.Source, query, region, kind, hash string) ([]ident.ID, error) {
	if hash == "" {
		return nil, nil
	}
	return store.Values[ident.ID](from.Query(ctx, query, region, kind, hash))
}
