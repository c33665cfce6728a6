package invented_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kokko/bench/invented"
	"kokko/ground/clock"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/journey/story"
)

// What is invented holds together as what people bring does: the lists find it, its
// stories can be read, and the same plan gives the same sparks.
func TestFill(t *testing.T) {
	t.Parallel()
	const sparks = 400
	codes := map[store.Engine]string{}
	both := make(chan func(), 2)
	t.Cleanup(func() {
		close(both)
		for keep := range both {
			keep()
		}
		if len(codes) == 2 && codes[store.SQLite] != codes[store.Postgres] {
			t.Errorf("%v", codes)
		}
	})
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, c := context.Background(), clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		plan := invented.Plan{Sparks: sparks, Seed: 7, Years: 3}
		if err := invented.Fill(ctx, db, c, plan); err != nil {
			t.Fatal(err)
		}
		if err := invented.Fill(ctx, db, c, plan); !errors.Is(err, invented.ErrThere) {
			t.Errorf("filled twice: %v", err)
		}
		seen, hash := 0, ""
		for after := ""; ; {
			list, next, err := spark.List(ctx, db, invented.Region, spark.Filter{After: after, Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				hash += s.Code
				if s.Held != "" || s.Secret || s.Visibility == spark.Office || s.Text == "" {
					t.Errorf("%s is listed: %+v", s.Code, s)
				}
				beats, _, err := story.Of(ctx, db, s.Region, s.ID, story.InOffice, 0)
				if err != nil || len(beats) != min(s.Beats, story.Page) || beats[0].Type != story.Dropped {
					t.Errorf("%s has a story of %d beats and says %d, %v", s.Code, len(beats), s.Beats, err)
				}
			}
			seen += len(list)
			if after = next; next == "" {
				break
			}
		}
		if seen < sparks*3/4 || seen >= sparks {
			t.Errorf("%d of %d are listed", seen, sparks)
		}
		if _, err := invented.Longest(ctx, db); err != nil {
			t.Error(err)
		}
		var said, counted, warm, warmed, followed int
		if err := db.QueryRow(ctx, `SELECT (SELECT COUNT(*) FROM comments c WHERE c.region_id = $1), (SELECT SUM(t.shown) FROM talks t WHERE t.region_id = $1), (SELECT COUNT(*) FROM warmths w WHERE w.region_id = $1),
(SELECT SUM(t.warm) FROM talks t WHERE t.region_id = $1), (SELECT COUNT(*) FROM follows f WHERE f.region_id = $1)`, invented.Region).Scan(&said, &counted, &warm, &warmed, &followed); err != nil {
			t.Fatal(err)
		}
		if said != counted || warm != warmed || said < sparks || said > 3*sparks || warm < 3*sparks || warm > 20*sparks || followed == 0 || followed > said {
			t.Errorf("%d comments (%d counted), %d me too (%d counted), %d follow", said, counted, warm, warmed, followed)
		}
		some, err := invented.Codes(ctx, db, 50)
		if err != nil || len(some) < 40 {
			t.Errorf("%d codes, %v", len(some), err)
		}
		both <- func() { codes[db.Engine] = hash }
	})
}
