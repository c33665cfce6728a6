package forecast_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/forecast"
	"kokko/region/actor"
	"kokko/region/trust"
)

// came is how many counted people are known to have come, by the age at which it was said
// and the day; -1 while that is not known.
func (d *desk) came(sp ident.ID) map[[2]int]int {
	d.t.Helper()
	all := map[[2]int]int{}
	rows, err := d.db.Query(context.Background(), `SELECT age, day, came FROM forecast_reach_said WHERE region_id = $1 AND spark_id = $2`, region, int64(sp))
	d.must(store.Each(rows, err, func(rows *sql.Rows) error {
		var age, day, came int
		err := rows.Scan(&age, &day, &came)
		all[[2]int{age, day}] = came
		return err
	}))
	return all
}

// Who came is each counted person who did something for the first time after it was said
// and by the day: into the ring, in words, or with a "me too"; counted anew without whoever
// takes back that they are counted.
func TestWhoCameIsHeldAgainstWhatWasSaid(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.tied()
		all := d.crowd(12)
		talk := comment.New(d.db, d.clock, ident.NewMaker(d.clock), d.sparks)
		name := func(i int) string { return fmt.Sprintf("vaki%d@posti.example", i) }
		says := func(sp ident.ID, i int) {
			who := d.person(name(i))
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := talk.Write(ctx, tx, region, sp, comment.Author{Kind: comment.Person, ID: who.ID, Email: who.Email}, comment.Draft{Words: fmt.Sprintf("Hyvä ajatus, sanoo %d.", i), Language: "fi"}, trust.Sender{})
				return err
			})
		}
		warms := func(sp ident.ID, i int) {
			d.tx(func(ctx context.Context, tx *store.Tx) error { return talk.Warm(ctx, tx, d.person(name(i)), sp) })
		}
		d.chooses(all[11], false, actor.Counted)
		sp := d.drop(name(0)).Spark.ID // counted, and brought it
		d.join(sp, name(1), "")        // before it was said
		d.drain()
		want := func(ages ...[3]int) {
			t.Helper()
			got := d.came(sp)
			if len(got) != len(ages) {
				t.Fatalf("%v, want %v", got, ages)
			}
			for _, a := range ages {
				if n, ok := got[[2]int{a[0], a[1]}]; !ok || n != a[2] {
					t.Errorf("said on day %d for day %d: %d came (%v), want %d", a[0], a[1], n, ok, a[2])
				}
			}
		}
		want([3]int{0, 7, -1}, [3]int{0, 30, -1}, [3]int{0, 180, -1})
		d.clock.Advance(2 * day)
		d.join(sp, name(2), "") // one
		says(sp, 2)             // the same
		says(sp, 3)             // two
		warms(sp, 4)            // three
		warms(sp, 1)            // was there before
		says(sp, 0)             // their own
		warms(sp, 11)           // not counted
		d.join(sp, "olli@kouvola.example", "")
		d.drain()
		d.score()
		want([3]int{0, 7, -1}, [3]int{0, 30, -1}, [3]int{0, 180, -1})
		d.clock.Advance(5*day + time.Hour)
		d.score() // comes of an age, and what was said for it is due
		d.drain()
		want([3]int{0, 7, 3}, [3]int{0, 30, -1}, [3]int{0, 180, -1}, [3]int{7, 30, -1}, [3]int{7, 180, -1})
		d.clock.Advance(10 * day)
		warms(sp, 5) // four; after the seventh day
		d.clock.Advance(13 * day)
		d.score()
		d.drain()
		want([3]int{0, 7, 3}, [3]int{0, 30, 4}, [3]int{0, 180, -1}, [3]int{7, 30, 1}, [3]int{7, 180, -1}, [3]int{30, 180, -1})
		// What is not due goes with whoever takes it back, and at once nobody is counted.
		d.chooses(all[3], false, actor.Counted)
		want([3]int{0, 7, -1}, [3]int{0, 30, -1}, [3]int{7, 30, -1})
		d.drain()
		want([3]int{0, 7, 2}, [3]int{0, 30, 3}, [3]int{7, 30, 1}, [3]int{30, 180, -1}) // said anew, without them
	})
}

// What was said is scored beside what was usual when it was said, and hidden where it did
// no better.
func TestReachThatIsNoBetterThanWhatIsUsualIsHidden(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.tied()
		d.crowd(6)
		held := func() forecast.ReachHeld {
			t.Helper()
			h, err := d.ReachHeld(ctx, region)
			d.must(err)
			return h
		}
		if h := held(); !h.Better(0) || len(h.Scores) != 0 {
			t.Errorf("of nothing: %+v", h)
		}
		// Of eighty sparks as many were said to reach as are put here; nobody comes to any.
		say := func(told int) {
			for i := range 80 {
				sp := d.drop(fmt.Sprintf("t%d.%d@posti.example", told, i)).Spark
				made, parts := clock.Micros(sp.Dropped), fmt.Sprintf("[%d]", told)
				d.tx(func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Exec(ctx, `INSERT INTO forecast_reach_said (region_id, spark_id, age, day, definition, model, made_at, low, mid, high, body, due_at, came, scored_at) VALUES ($1, $2, 0, 7, 'came-1', 'x', $3, $4, $4, $4, $5, $6, -1, 0)`,
						region, int64(sp.ID), made, told, parts, clock.Micros(sp.Dropped.Add(7*day)))
					return err
				})
				d.clock.Advance(day)
			}
			d.clock.Advance(10 * day)
			d.must(d.ScoreReach(ctx, region))
		}
		say(5)
		h := held()
		// The first whose spark came when thirty were due is the 37th: each day one, due in seven.
		if len(h.Scores) != 1 {
			t.Fatalf("%+v", h)
		}
		x := h.Scores[0]
		if h.Better(3) || !h.Better(7) || x.Age != 0 || x.Day != 7 || x.N != 80-36 || x.Inside != 0 || x.Error < 1.79 || x.Error > 1.8 || x.Base != 0 || x.Usual != (forecast.Range{Known: true}) {
			t.Errorf("%+v", h)
		}
		if u, day := h.Usual(3); day != 7 || u != x.Usual {
			t.Errorf("usual: %+v by %d", u, day)
		}
	})
}
