package share

import (
	"context"
	"database/sql"

	"kokko/ground/ident"
	"kokko/ground/store"
)

// Telling is one link as it stands in a cascade: after which it came, and how many chose to
// read by it. Whose it is only Holder can tell, of somebody who is known already.
type Telling struct {
	Share
	Opened int
}

const (
	tellings    = `SELECT ` + columns + `, COALESCE((SELECT SUM(t.n) FROM share_steps t WHERE t.region_id = s.region_id AND t.share_id = s.share_id AND t.step = 'opened'), 0) FROM shares s WHERE s.region_id = $1 AND `
	selectTold  = tellings + `s.spark_id {in $2} ORDER BY s.share_id LIMIT $3`
	selectSince = tellings + `s.share_id >= $2 ORDER BY s.share_id`
)

// mostTold bounds of how many links of one matter a cascade is made.
const mostTold = 5000

// Tellings reads how these sparks were told onward, the first link first.
func Tellings(ctx context.Context, from store.Source, region string, sparks ...ident.ID) ([]Telling, error) {
	return toldBy(from.Query(ctx, selectTold, region, store.IDs(sparks), mostTold))
}

// TellingsSince is Tellings of a whole region from an ID on.
func TellingsSince(ctx context.Context, from store.Source, region string, first ident.ID) ([]Telling, error) {
	return toldBy(from.Query(ctx, selectSince, region, int64(first)))
}

func toldBy(rows *sql.Rows, err error) (all []Telling, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) (err error) {
		var t Telling
		t.Share, err = scan(rows, &t.Opened)
		all = append(all, t)
		return err
	})
	return all, err
}
