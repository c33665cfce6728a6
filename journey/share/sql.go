package share

import (
	"context"
	"database/sql"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns     = `s.region_id, s.share_id, s.token, s.spark_id, s.parent_id, s.depth, s.by_hash, s.made_at`
	insertShare = `INSERT INTO shares (region_id, share_id, token, secret_hash, spark_id, parent_id, depth, by_hash, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

	selectByToken  = `SELECT ` + columns + ` FROM shares s WHERE s.region_id = $1 AND s.token = $2`
	selectBySecret = `SELECT ` + columns + ` FROM shares s WHERE s.region_id = $1 AND s.secret_hash = $2`
	selectOf       = `SELECT ` + columns + ` FROM shares s WHERE s.region_id = $1 AND s.by_hash = $2 ORDER BY s.share_id`
	selectOver     = `SELECT ` + columns + ` FROM shares s WHERE s.region_id = $1 AND (s.made_at <= $2 OR EXISTS (SELECT 1 FROM sparks p WHERE p.region_id = s.region_id AND p.spark_id = s.spark_id AND p.state = 'withdrawn')) ORDER BY s.share_id LIMIT $3`

	countStep   = `INSERT INTO share_steps (region_id, share_id, day, step, n) VALUES ($1, $2, $3, $4, 1) ON CONFLICT (region_id, share_id, day, step) DO UPDATE SET n = share_steps.n + 1`
	selectSteps = `SELECT step, SUM(n) FROM share_steps WHERE region_id = $1 AND share_id = $2 GROUP BY step`

	deleteSteps = `DELETE FROM share_steps WHERE region_id = $1 AND share_id = $2`
	orphan      = `UPDATE shares SET parent_id = 0 WHERE region_id = $1 AND parent_id = $2`
	deleteShare = `DELETE FROM shares WHERE region_id = $1 AND share_id = $2`
)

type scanner interface{ Scan(dest ...any) error }

// scan reads a link, and what more a query reads beside it.
func scan(row scanner, more ...any) (s Share, err error) {
	var made int64
	err = row.Scan(append([]any{&s.Region, &s.ID, &s.Token, &s.Spark, &s.Parent, &s.Depth, &s.By, &made}, more...)...)
	s.Made = clock.FromMicros(made)
	return s, err
}

func many(ctx context.Context, from store.Source, query string, args ...any) (all []Share, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		s, err := scan(rows)
		all = append(all, s)
		return err
	})
	return all, err
}

// Of lists one person's links, the oldest first; by is their Holder.
func Of(ctx context.Context, from store.Source, region, by string) ([]Share, error) {
	if by == "" {
		return nil, nil
	}
	return many(ctx, from, selectOf, region, by)
}

// Counts adds up what was counted of a link on all days.
func Counts(ctx context.Context, from store.Source, region string, id ident.ID) (map[Step]int, error) {
	all := map[Step]int{}
	rows, err := from.Query(ctx, selectSteps, region, int64(id))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var step Step
		var n int
		err := rows.Scan(&step, &n)
		all[step] = n
		return err
	})
	return all, err
}
