package forecast_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/forecast"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

func (d *desk) spark(id ident.ID) spark.Spark {
	d.t.Helper()
	sp, err := spark.ByID(context.Background(), d.db, region, id)
	d.must(err)
	return sp
}

// state is a spark's, and how often its story tells that it caught fire and that it did not.
func (d *desk) state(id ident.ID) (state spark.State, caught, cooled int) {
	d.t.Helper()
	beats, _, err := story.Of(context.Background(), d.db, region, id, story.Public, 0)
	d.must(err)
	for _, b := range beats {
		switch b.Type {
		case story.Caught:
			caught++
		case story.Cooled:
			cooled++
		}
	}
	return d.spark(id).State, caught, cooled
}

func (d *desk) is(id ident.ID, state spark.State, caught, cooled int) {
	d.t.Helper()
	if s, a, b := d.state(id); s != state || a != caught || b != cooled {
		d.t.Errorf("%s, told %d and %d times, want %s, %d and %d", s, a, b, state, caught, cooled)
	}
}

func (d *desk) act(id ident.ID) spark.Act {
	d.t.Helper()
	all, err := office.Officers(context.Background(), d.db, region)
	d.must(err)
	return spark.Act{Region: region, Spark: id, Officer: all[0]}
}

func (d *desk) forecasts(id ident.ID) []forecast.Forecast {
	d.t.Helper()
	all, err := forecast.Latest(context.Background(), d.db, region, id, 100)
	d.must(err)
	return all
}

func (d *desk) base() forecast.Base {
	d.t.Helper()
	b, err := forecast.BaseOf(context.Background(), d.db, region, d.rule, d.clock.Now())
	d.must(err)
	return b
}

func TestWhatCaughtFireBurnsAndIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id := d.drop("tuoja@posti.example").Spark.ID
		d.drain()
		d.is(id, spark.Sparking, 0, 0)
		version := d.spark(id).Version
		d.fire(id)
		d.drain()
		d.is(id, spark.Burning, 1, 0)
		if v := d.spark(id).Version; v != version {
			t.Errorf("version %d, was %d: a form that the office had open is refused", v, version)
		}
		for range 3 { // however often it is looked at, and whoever goes
			d.must(d.Ask(ctx, region, id))
			d.score()
		}
		who := d.person("neljas@posti.example")
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return d.rings.Leave(ctx, tx, who, id)
		})
		d.drain()
		d.is(id, spark.Burning, 1, 0)
		// What is closed and blown on again burns again.
		_, err := d.sparks.Close(ctx, d.act(id), spark.Close{State: spark.Resting, Reason: "Tauko.", Would: "Kevät."})
		d.must(err)
		d.is(id, spark.Resting, 1, 0)
		_, err = d.sparks.Reopen(ctx, d.act(id), "Kevät tuli.")
		d.must(err)
		d.is(id, spark.Burning, 1, 0)
		d.clock.Advance(181 * day)
		d.score()
		d.is(id, spark.Burning, 1, 0)
	})
}

// What catches fire without anybody's forecast being asked for is found by the daily
// look; what is over by then does not burn afterwards.
func TestTheDailyLookFindsWhatBurns(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		good, late := d.drop("a@posti.example").Spark.ID, d.drop("b@posti.example").Spark.ID
		d.fire(good)
		d.clock.Advance(181 * day)
		d.fire(late)
		d.score()
		d.is(good, spark.Burning, 1, 0)
		d.is(late, spark.Glowing, 0, 0)
		if b := d.base(); b != (forecast.Base{Finished: 2, Caught: 1}) {
			t.Errorf("%+v", b)
		}
	})
}

func TestSparksThatAreJoinedBurnTogetherAndApart(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		root, other := d.drop("a@posti.example").Spark.ID, d.drop("b@posti.example").Spark.ID
		who := d.join(root, "eka@posti.example", "Tuon laudat")
		for _, name := range []string{"toka", "kolmas"} {
			d.join(other, name+"@posti.example", "")
		}
		d.keeps(root, who)
		d.drain()
		if f, _ := d.latest(root); f.Inputs.People != 2 || f.Inputs.Kept != 1 {
			t.Fatalf("%+v", f.Inputs)
		}
		d.is(root, spark.Glowing, 0, 0)
		before := len(d.forecasts(other))
		// Together they are five, of whom one has done something.
		_, err := d.sparks.Merge(ctx, d.act(root), spark.Joining{Sparks: []spark.Seen{{ID: other}}})
		d.must(err)
		d.drain()
		if f, _ := d.latest(root); f.Why != forecast.Joined || f.Inputs.People != 5 || f.Evidence != forecast.Happened {
			t.Fatalf("%+v", f)
		}
		d.is(root, spark.Burning, 1, 0)
		if n := len(d.forecasts(other)); n != before {
			t.Errorf("%d forecasts of what was joined, had %d", n, before)
		}
		// It was another matter after all: neither has caught fire by itself.
		_, err = d.sparks.Unmerge(ctx, d.act(other))
		d.must(err)
		d.drain()
		d.is(root, spark.Glowing, 1, 1)
		d.is(other, spark.Glowing, 0, 0)
		if f, _ := d.latest(root); f.Inputs.People != 2 || f.Evidence == forecast.Happened {
			t.Errorf("%+v", f)
		}
		if f, _ := d.latest(other); f.Inputs.People != 3 {
			t.Errorf("%+v", f)
		}
		// Joined again and over: the one that carried the matter is settled, of the other
		// nothing is scored.
		_, err = d.sparks.Merge(ctx, d.act(root), spark.Joining{Sparks: []spark.Seen{{ID: other}}})
		d.must(err)
		d.clock.Advance(time.Hour)
		d.drain()
		d.is(root, spark.Burning, 2, 1)
		d.clock.Advance(181 * day)
		d.score()
		for id, want := range map[ident.ID]forecast.Outcome{root: forecast.Caught, other: forecast.Void} {
			for _, f := range d.forecasts(id) {
				if f.Outcome != want {
					t.Errorf("%s: %s, want %s", f.Spark, f.Outcome, want)
				}
			}
		}
		if b := d.base(); b != (forecast.Base{Finished: 1, Caught: 1}) {
			t.Errorf("%+v", b)
		}
		// What carried the fire goes on burning when the one that carried it is taken away.
		_, err = d.sparks.Unmerge(ctx, d.act(other))
		d.must(err)
		d.drain()
		d.is(root, spark.Burning, 2, 1) // its time is over: what was settled stands
		d.is(other, spark.Glowing, 0, 0)
	})
}

func TestABurningMemberLendsItsFireWhileItIsJoined(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		root := d.drop("a@posti.example")
		d.drain()
		d.clock.Advance(181 * day)
		d.score() // its time is over
		other := d.drop("b@posti.example").Spark.ID
		d.fire(other)
		d.drain()
		d.is(other, spark.Burning, 1, 0)
		_, err := d.sparks.Merge(ctx, d.act(root.Spark.ID), spark.Joining{Sparks: []spark.Seen{{ID: other}}})
		d.must(err)
		d.drain()
		d.is(root.Spark.ID, spark.Burning, 0, 0)
		_, err = d.sparks.Unmerge(ctx, d.act(other))
		d.must(err)
		d.drain()
		d.is(root.Spark.ID, spark.Sparking, 0, 0)
		d.is(other, spark.Burning, 1, 0)
		// And what is left alone keeps it.
		_, err = d.sparks.Merge(ctx, d.act(root.Spark.ID), spark.Joining{Sparks: []spark.Seen{{ID: other}}})
		d.must(err)
		_, err = d.sparks.Withdraw(ctx, region, root.Link, false)
		d.must(err)
		d.drain()
		d.is(other, spark.Burning, 1, 0)
	})
}

func TestThePartsOfASparkHaveTheirOwnTime(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		whole := d.drop("tuoja@posti.example").Spark
		d.drain()
		d.clock.Advance(100 * day)
		parts, err := d.sparks.Split(ctx, d.act(whole.ID), []spark.Part{{Text: "Laituri kuntoon."}, {Text: "Sauna kuntoon."}})
		d.must(err)
		made := d.clock.Now()
		d.drain()
		if n := len(d.forecasts(whole.ID)); n != 1 {
			t.Errorf("%d forecasts of what was split", n)
		}
		for _, p := range parts {
			f, n := d.latest(p.ID)
			if n != 1 || f.Why != forecast.Drop || f.Inputs.Age != 0 || f.Due.Sub(made.Add(180*day)).Abs() > time.Second || f.Inputs.People != 1 {
				t.Errorf("%d: %+v", n, f)
			}
		}
		// The whole is scored by nobody when its time is up; the parts still have theirs.
		d.clock.Advance(81 * day)
		d.fire(parts[0].ID)
		d.score()
		d.drain()
		if f, _ := d.latest(whole.ID); f.Outcome != forecast.Void {
			t.Errorf("%s", f.Outcome)
		}
		if b := d.base(); b.Finished != 0 {
			t.Errorf("%+v", b)
		}
		d.is(parts[0].ID, spark.Burning, 1, 0)
		d.is(whole.ID, spark.Split, 0, 0)
		d.clock.Advance(100 * day)
		d.score()
		if b := d.base(); b != (forecast.Base{Finished: 2, Caught: 1}) {
			t.Errorf("%+v", b)
		}
	})
}

// A split that is taken back is as if it had not been.
func TestASplitTakenBackGoesOnBeingForecast(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		whole := d.drop("tuoja@posti.example").Spark.ID
		d.fire(whole)
		d.drain()
		d.is(whole, spark.Burning, 1, 0)
		var act ident.ID
		a := d.act(whole)
		a.Did = &act
		parts, err := d.sparks.Split(ctx, a, []spark.Part{{Text: "Laituri kuntoon."}, {Text: "Sauna kuntoon."}})
		d.must(err)
		d.drain()
		d.is(parts[0].ID, spark.Burning, 1, 0) // it has the ring
		d.is(parts[1].ID, spark.Sparking, 0, 0)
		if _, err := d.sparks.Undo(ctx, d.act(whole), act); err != nil {
			t.Fatal(err)
		}
		d.drain()
		d.is(whole, spark.Burning, 1, 0)
		d.clock.Advance(181 * day)
		d.score()
		if b := d.base(); b != (forecast.Base{Finished: 1, Caught: 1}) {
			t.Errorf("%+v", b)
		}
		all := d.forecasts(whole)
		for _, p := range parts {
			all = append(all, d.forecasts(p.ID)...)
		}
		if slices.ContainsFunc(all, func(f forecast.Forecast) bool { return (f.Outcome == forecast.Caught) != (f.Spark == whole) }) {
			t.Errorf("%+v", all)
		}
	})
}

// What has become of a spark stands, also when a forecast that was begun before is stored
// after: the job looked at the ring and the clock while the spark's time still ran.
func TestAForecastBegunBeforeDoesNotTakeBackWhatCame(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id := d.drop("tuoja@posti.example").Spark.ID
		d.drain()
		d.clock.Advance(100 * day)
		settled := false
		d.db.Overhear(func(query string, _ []any) {
			if !settled && strings.Contains(query, "share_steps") { // the ring and what came of it are read by now
				settled = true
				d.clock.Advance(100 * day)
				d.score()
			}
		})
		d.must(d.AskAll(ctx, region, forecast.Time, id))
		d.db.Overhear(nil)
		if b := d.base(); !settled || b.Finished != 1 {
			t.Errorf("settled %v: %+v have had their time", settled, b)
		}
	})
}

// The ring goes on with a part: that one is forecast with those who are round it, and
// burns where the whole did; the split taken back, the whole is forecast with all who
// came meanwhile.
func TestAPartIsForecastWithTheRingItHas(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		whole := d.drop("tuoja@posti.example").Spark.ID
		who := d.join(whole, "eka@posti.example", "Tuon laudat")
		d.keeps(whole, who)
		d.join(whole, "toka@posti.example", "")
		d.drain()
		d.clock.Advance(20 * day)
		var act ident.ID
		a := d.act(whole)
		a.Did = &act
		parts, err := d.sparks.Split(ctx, a, []spark.Part{{Text: "Laituri kuntoon."}, {Text: "Sauna kuntoon.", Ring: true}})
		d.must(err)
		d.drain()
		if f, n := d.latest(parts[0].ID); n != 1 || f.Inputs.People != 1 || f.Inputs.Kept != 0 {
			t.Errorf("without a ring: %d: %+v", n, f.Inputs)
		}
		if f, n := d.latest(parts[1].ID); n != 1 || f.Inputs.People != 3 || f.Inputs.Kept != 1 || f.Inputs.Age != 0 {
			t.Errorf("with it: %d: %+v", n, f.Inputs)
		}
		for _, name := range []string{"kolmas", "neljas"} {
			d.join(parts[1].ID, name+"@posti.example", "")
		}
		d.drain()
		d.is(parts[1].ID, spark.Burning, 1, 0)
		d.is(whole, spark.Split, 0, 0)
		if _, err := d.sparks.Undo(ctx, d.act(whole), act); err != nil {
			t.Fatal(err)
		}
		d.drain()
		d.is(whole, spark.Burning, 1, 0)
		if f, _ := d.latest(whole); f.Inputs.People != 5 || f.Evidence != forecast.Happened {
			t.Errorf("%+v", f)
		}
		// And split once more it burns on, from the part's first day; one fire counts once.
		d.clock.Advance(day)
		parts, err = d.sparks.Split(ctx, a, []spark.Part{{Text: "Laituri kuntoon."}, {Text: "Sauna kuntoon."}})
		d.must(err)
		d.drain()
		d.is(parts[0].ID, spark.Burning, 1, 0)
		d.is(parts[1].ID, spark.Sparking, 0, 0)
		d.clock.Advance(182 * day)
		d.score()
		if b := d.base(); b != (forecast.Base{Finished: 2, Caught: 1}) {
			t.Errorf("%+v", b)
		}
		d.is(parts[0].ID, spark.Burning, 1, 0)
	})
}
