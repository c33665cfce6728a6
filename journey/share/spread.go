package share

import (
	"context"
	"database/sql"

	"kokko/ground/ident"
	"kokko/ground/store"
)

// Spread is how far a spark has been told onward by the links people made (measure
// M21). It counts links and what was done after them, of nobody in particular.
type Spread struct {
	Links     int   // made
	Roots     int   // of them by somebody who came by none
	Deepest   int   // the longest chain of links
	Secondary int   // links made by way of another
	Opened    int   // who chose to read by one
	ByDepth   []int // links at each depth, from 1 on
	Opens     []int // who chose to read at each depth
}

// PerSharer is how many links were made by way of each, on average (R in M21).
func (s Spread) PerSharer() float64 {
	if s.Links == 0 {
		return 0
	}
	return float64(s.Secondary) / float64(s.Links)
}

const selectSpread = `SELECT s.depth, COUNT(DISTINCT s.share_id), COALESCE(SUM(t.n), 0) FROM shares s LEFT JOIN share_steps t ON t.region_id = s.region_id AND t.share_id = s.share_id AND t.step = 'opened'
WHERE s.region_id = $1 AND s.spark_id {in $2} GROUP BY s.depth ORDER BY s.depth`

// SpreadOf counts how far a matter has been told onward: a spark, and those joined to it.
func SpreadOf(ctx context.Context, from store.Source, region string, sparks ...ident.ID) (s Spread, err error) {
	rows, err := from.Query(ctx, selectSpread, region, store.IDs(sparks))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var depth, links, opened int
		if err := rows.Scan(&depth, &links, &opened); err != nil {
			return err
		}
		for len(s.ByDepth) < depth {
			s.ByDepth, s.Opens = append(s.ByDepth, 0), append(s.Opens, 0)
		}
		s.ByDepth[depth-1], s.Opens[depth-1] = links, opened
		s.Links, s.Opened, s.Deepest = s.Links+links, s.Opened+opened, depth
		if depth == 1 {
			s.Roots = links
		} else {
			s.Secondary += links
		}
		return nil
	})
	return s, err
}
