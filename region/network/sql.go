package network

import (
	"context"
	"database/sql"
	"math"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns   = `why, source_id, from_id, to_id, kind, weight, since_at, at, until_at`
	upsertTie = `INSERT INTO ties (region_id, ` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (region_id, why, source_id, from_id, to_id) DO UPDATE SET kind = excluded.kind, weight = excluded.weight, since_at = excluded.since_at, at = excluded.at, until_at = excluded.until_at`
	endTie    = `UPDATE ties SET until_at = $6 WHERE region_id = $1 AND why = $2 AND source_id = $3 AND from_id = $4 AND to_id = $5 AND until_at = 0`
	deleteTie = `DELETE FROM ties WHERE region_id = $1 AND why = $2 AND source_id = $3 AND from_id = $4 AND to_id = $5`
	// What a source has, carried over to another: of two of the same pair the one that stands.
	dropEnded = `DELETE FROM ties WHERE region_id = $1 AND why = $2 AND source_id = $4 AND until_at > 0
AND EXISTS (SELECT 1 FROM ties o WHERE o.region_id = ties.region_id AND o.why = ties.why AND o.source_id = $3 AND o.from_id = ties.from_id AND o.to_id = ties.to_id AND o.until_at = 0)`
	dropTwice = `DELETE FROM ties WHERE region_id = $1 AND why = $2 AND source_id = $3
AND EXISTS (SELECT 1 FROM ties o WHERE o.region_id = ties.region_id AND o.why = ties.why AND o.source_id = $4 AND o.from_id = ties.from_id AND o.to_id = ties.to_id)`
	carryTies = `UPDATE ties SET source_id = $4 WHERE region_id = $1 AND why = $2 AND source_id = $3`
	// Each way of a pair is read by its own index.
	selectFrom    = `SELECT ` + columns + ` FROM ties WHERE region_id = $1 AND from_id {in $2} ORDER BY from_id, to_id, why, source_id`
	selectTo      = `SELECT ` + columns + ` FROM ties WHERE region_id = $1 AND to_id {in $2} ORDER BY to_id, from_id, why, source_id`
	selectOf      = `SELECT ` + columns + ` FROM ties WHERE region_id = $1 AND why = $2 AND source_id >= $3 AND (source_id > $3 OR from_id > $4 OR from_id = $4 AND to_id > $5) ORDER BY source_id, from_id, to_id LIMIT $6`
	deleteActor   = `DELETE FROM ties WHERE region_id = $1 AND (from_id = $2 OR to_id = $2)`
	countTies     = `SELECT why, COUNT(*) FROM ties WHERE region_id = $1 AND until_at = 0 GROUP BY why`
	bumpVersion   = `INSERT INTO tie_versions (region_id, version) VALUES ($1, 1) ON CONFLICT (region_id) DO UPDATE SET version = tie_versions.version + 1 RETURNING version`
	holdVersion   = `INSERT INTO tie_versions (region_id, version) VALUES ($1, 0) ON CONFLICT (region_id) DO UPDATE SET version = tie_versions.version`
	selectVersion = `SELECT version FROM tie_versions WHERE region_id = $1`
)

const thousandth = 1000

func scanTie(rows *sql.Rows) (t Tie, err error) {
	var weight, since, at, until int64
	err = rows.Scan(&t.Why, &t.Source, &t.From, &t.To, &t.Kind, &weight, &since, &at, &until)
	t.Weight, t.Since, t.At, t.Until = float64(weight)/thousandth, clock.FromMicros(since), clock.FromMicros(at), clock.FromMicros(until)
	return t, err
}

func many(rows *sql.Rows, err error) (all []Tie, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		t, err := scanTie(rows)
		all = append(all, t)
		return err
	})
	return all, err
}

func put(ctx context.Context, tx *store.Tx, region string, t Tie) error {
	_, err := tx.Exec(ctx, upsertTie, region, string(t.Why), int64(t.Source), int64(t.From), int64(t.To), string(t.Kind), int64(math.Round(t.Weight*thousandth)), clock.Micros(t.Since), clock.Micros(t.At), clock.Micros(t.Until))
	return err
}

// Of is every tie of an actor, both ways, also those that have ended.
func Of(ctx context.Context, from store.Source, region string, actor ident.ID) ([]Tie, error) {
	return OfMany(ctx, from, region, actor)
}

// OfMany is Of several actors at once; a tie of two of them comes twice.
func OfMany(ctx context.Context, from store.Source, region string, actors ...ident.ID) ([]Tie, error) {
	if len(actors) == 0 {
		return nil, nil
	}
	out, err := many(from.Query(ctx, selectFrom, region, store.IDs(actors)))
	if err != nil {
		return nil, err
	}
	in, err := many(from.Query(ctx, selectTo, region, store.IDs(actors)))
	return append(out, in...), err
}

// Walk hands out every tie of a region that comes from one thing, some at a time.
func Walk(ctx context.Context, from store.Source, region string, why Why, do func(t Tie) error) error {
	const atOnce = 1000
	var last Tie
	for {
		some, err := many(from.Query(ctx, selectOf, region, string(why), int64(last.Source), int64(last.From), int64(last.To), atOnce))
		if err != nil {
			return err
		}
		for _, t := range some {
			if err := do(t); err != nil {
				return err
			}
		}
		if len(some) < atOnce {
			return nil
		}
		last = some[len(some)-1]
	}
}

// Counts is how many ties stand, by what they come from.
func Counts(ctx context.Context, from store.Source, region string) (map[Why]int, error) {
	all := map[Why]int{}
	rows, err := from.Query(ctx, countTies, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var w Why
		var n int
		err := rows.Scan(&w, &n)
		all[w] = n
		return err
	})
	return all, err
}
