package spark_test

import (
	"context"
	"testing"
	"time"

	"kokko/engine/workday"
	"kokko/journey/spark"
)

// What a bringer writes to a closed spark lies on the work list until the office has done
// something with it, once however much they write; withdrawn, it lies there no more.
func TestWritingToAClosedSparkReachesTheWorkList(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		in := func(what string, want int) {
			t.Helper()
			list, n, err := spark.Work(ctx, d.db, region, spark.Written, workday.Calendar{}, d.today(), 0, 10)
			m, err2 := spark.WorkIn(ctx, d.db, region, spark.Written, workday.Calendar{}, d.today())
			left, err3 := spark.WorkLeft(ctx, d.db, region, d.today())
			if err != nil || err2 != nil || err3 != nil || n != want || len(list) != want || m != want || left != want {
				t.Errorf("%s: %d in the pile, %d by number, %d left, want %d (%v %v %v)", what, len(list), n, left, want, err, err2, err3)
			}
		}
		r := d.drop(maija())
		id := r.Spark.ID
		reply := func() {
			t.Helper()
			d.clock.Advance(time.Hour)
			firstSpark(d.sparks.Reply(ctx, region, r.Link, "Vielä yksi asia.", false, d.promise))
		}
		shut := func() {
			t.Helper()
			firstSpark(d.sparks.Close(ctx, d.act(id), spark.Close{State: spark.Resting, Reason: "Ei nyt.", Would: "Tekijä."}))
		}
		shut()
		in("closed", 0)
		reply()
		reply()
		in("written", 1)
		firstSpark(d.sparks.Answer(ctx, d.act(id), "Kiitos tiedosta.", false, ""))
		in("answered", 0)
		reply()
		in("written again", 1)
		firstSpark(d.sparks.Note(ctx, d.act(id), "Luettu."))
		in("noted", 0)
		reply()
		firstSpark(d.sparks.Reopen(ctx, d.act(id), "Palataan asiaan."))
		if list, _, err := spark.Work(ctx, d.db, region, spark.Written, workday.Calendar{}, d.today(), 0, 10); err != nil || len(list) != 0 {
			t.Errorf("open again: %v %d", err, len(list))
		}
		firstSpark(d.sparks.Answer(ctx, d.act(id), "Vastaus.", false, ""))
		shut()
		reply()
		firstSpark(d.sparks.Withdraw(ctx, region, r.Link, true))
		in("withdrawn", 0)
	})
}
