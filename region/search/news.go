package search

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"kokko/engine/text"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
)

// What everybody can find for the first time is news. Of a spark and what is said of it
// its story tells; of the rest those who asked for it hear by this.

// isNews tells that nobody else tells of a new thing of this kind.
func (k Kind) isNews() bool { return k != Spark && k != Story }

// AppearedArgs names the region.
type AppearedArgs struct {
	Region string `json:"region"`
}

// Appeared is queued with what became news, one job for all that waits to be told.
var Appeared = jobs.Kind[AppearedArgs]{Name: "search.appeared"}

// announce has a thing told of. What was told once is not news again.
func announce(ctx context.Context, tx *store.Tx, t Thing) error {
	n, err := tx.Exec(ctx, insertNews, t.Region, string(t.Kind), int64(t.ID))
	if err != nil || n == 0 {
		return err
	}
	return Appeared.Enqueue(ctx, tx, AppearedArgs{t.Region}, jobs.Unique(t.Region), jobs.Bulk())
}

// News is a thing that everybody can find since a moment, as searches see it.
type News struct {
	Row    int64 // its number in the index
	Since  ident.ID
	Kind   Kind
	ID     ident.ID
	Place  string
	Themes []string
	Keys   map[string]bool // but for how its words begin, as Index.Keys
}

// newsKept is how long what was news is remembered: a weekly letter that was late is over.
const newsKept = 40 * 24 * time.Hour

// Fresh takes what is to be told, at most so many, and gives it: news as of now. It is
// given once. What is long past is forgotten.
func Fresh(ctx context.Context, tx *store.Tx, region string, now time.Time, most int) (all []News, more bool, err error) {
	if _, err := tx.Exec(ctx, deleteOld, region, int64(ident.At(now.Add(-newsKept)))); err != nil {
		return nil, false, err
	}
	ids, err := store.Values[int64](tx.Query(ctx, selectFresh, region, most))
	if err != nil || len(ids) == 0 {
		return nil, false, err
	}
	if _, err := tx.Exec(ctx, takeFresh, region, int64(ident.At(now)), store.Ints(ids)); err != nil {
		return nil, false, err
	}
	all, err = NewsAt(ctx, tx, region, ids...)
	return all, len(ids) == most, err
}

// NewsBetween is what became news after one moment and before another, at most so many.
func NewsBetween(ctx context.Context, from store.Source, region string, after, until ident.ID, most int) ([]News, error) {
	return news(from.Query(ctx, selectNews, region, int64(after), int64(until), most))
}

// NewsAt is the news of these rows, as far as everybody can still find it.
func NewsAt(ctx context.Context, from store.Source, region string, rows ...int64) ([]News, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	return news(from.Query(ctx, selectNewsAt, region, store.Ints(rows)))
}

func news(rows *sql.Rows, err error) (all []News, _ error) {
	err = store.Each(rows, err, func(r *sql.Rows) error {
		var n News
		var themes string
		var columns [3]string
		err := r.Scan(&n.Row, &n.Since, &n.Kind, &n.ID, &n.Place, &themes, &columns[0], &columns[1], &columns[2])
		n.Themes, n.Keys = strings.Fields(themes), spoken(set(text.Read(columns)))
		all = append(all, n)
		return err
	})
	return all, err
}

// spoken leaves out how words begin.
func spoken(keys map[string]bool) map[string]bool {
	for key := range keys {
		if strings.HasPrefix(key, "_") {
			delete(keys, key)
		}
	}
	return keys
}
