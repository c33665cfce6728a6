package follow_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/follow"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
	"kokko/region/place"
)

// ---- the table of volumes ----

func TestEveryTypeOfBeatHasItsVolume(t *testing.T) {
	t.Parallel()
	rows := map[story.Type]int{}
	for _, r := range follow.Table() {
		rows[r.Type]++
		if r.Least != "" && !slices.Contains(follow.Volumes()[1:], r.Least) {
			t.Errorf("%s is let through by %q", r.Type, r.Least)
		}
	}
	for _, kind := range story.Types() {
		if rows[kind] != 1 {
			t.Errorf("%s has %d rows: say who hears of it", kind, rows[kind])
		}
		delete(rows, kind)
	}
	if len(rows) > 0 {
		t.Errorf("no such types: %v", slices.Collect(maps.Keys(rows)))
	}
}

// A louder volume lets through all that a quieter one does, mute nothing, and loud
// everything that anybody hears; what is the office's own no volume lets through.
func TestVolumesGrow(t *testing.T) {
	t.Parallel()
	private := []story.Type{story.Noted, story.Withdrawn, story.Held, story.Approved, story.Trusted, story.Blocked, story.Lifted, story.Reported, story.Looked, story.LeftOut, story.Erased, story.Forgotten}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(story.Types()).Draw(t, "type")
		a := rapid.IntRange(0, len(follow.Volumes())-1).Draw(t, "a")
		b := rapid.IntRange(a, len(follow.Volumes())-1).Draw(t, "b")
		quieter, louder := follow.Volumes()[a], follow.Volumes()[b]
		if quieter.Lets(kind) && !louder.Lets(kind) {
			t.Errorf("%s lets %s through and %s does not", quieter, kind, louder)
		}
		if follow.Mute.Lets(kind) {
			t.Errorf("mute lets %s through", kind)
		}
		_, heard := follow.Least(kind)
		if follow.Loud.Lets(kind) != heard || slices.Contains(follow.Heard(), kind) != heard || slices.Contains(private, kind) && heard {
			t.Errorf("%s: loud %v, heard %v", kind, follow.Loud.Lets(kind), heard)
		}
		if follow.Volume("").Lets(kind) || follow.Volume("deafening").Lets(kind) {
			t.Errorf("no volume lets %s through", kind)
		}
	})
	for kind, least := range map[story.Type]follow.Volume{story.Answered: follow.Quiet, story.Closed: follow.Quiet, story.Dropped: follow.Normal, story.Edited: follow.Loud} {
		if got, _ := follow.Least(kind); got != least {
			t.Errorf("%s is heard from %q on", kind, got)
		}
	}
}

// ---- which follow decides ----

func TestTargetsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"all", "spark:7", "question:12", "theme:glocal", "place:elimaki"} {
		if x, ok := follow.ParseTarget(s); !ok || x.String() != s {
			t.Errorf("%q: %v %v", s, x, ok)
		}
	}
	for _, s := range []string{"", "all:x", "spark:", "spark:x", "spark:-1", "spark:07", "theme", "theme:", "theme:a b", "theme:a\r\nX", "kissa:1", "place:ä", "theme:a:b"} {
		if x, ok := follow.ParseTarget(s); ok {
			t.Errorf("%q is read as %v", s, x)
		}
	}
}

func places() []place.Place {
	return []place.Place{
		{ID: "kunta", Kind: place.Municipality, Municipality: "kunta", At: place.Point{Lat: 60.9, Lon: 26.7}},
		{ID: "kyla", Kind: place.Village, Municipality: "kunta", At: place.Point{Lat: 61.0, Lon: 26.7}}, // 11 km north
		{ID: "kaukana", Kind: place.Village, Municipality: "muu", At: place.Point{Lat: 61.2, Lon: 26.7}},
		{ID: "tuntematon", Kind: place.Village, Municipality: "muu"},
	}
}

func TestWhoIsReached(t *testing.T) {
	t.Parallel()
	sp := spark.Spark{ID: 7, Place: "kyla", Challenge: 9, Tags: []spark.Tag{{Kind: "theme", ID: "glocal"}, {Kind: "value", ID: "x"}}}
	reaches := follow.Reaches(sp, []ident.ID{8}, places())
	for _, c := range []struct {
		target string
		km     int
		want   bool
	}{{"spark:7", 0, true}, {"spark:8", 0, true}, {"spark:9", 0, false}, {"question:9", 0, true}, {"theme:glocal", 0, true}, {"theme:x", 0, false}, {"all", 0, true},
		{"place:kyla", 0, true}, {"place:kunta", 0, true}, {"place:kaukana", 0, false}, {"place:kaukana", 10, false}, {"place:kaukana", 25, true}, {"place:tuntematon", 50, false}} {
		x, _ := follow.ParseTarget(c.target)
		if _, ok := follow.Decides([]follow.Follow{{Target: x, Km: c.km, Pace: follow.Now, Volume: follow.Loud}}, reaches); ok != c.want {
			t.Errorf("%s at %d km: %v", c.target, c.km, ok)
		}
	}
}

// Of any follows exactly one decides, whatever their order: so a beat is told at one
// pace, once; and who muted the spark itself hears nothing of it.
func TestOneFollowDecides(t *testing.T) {
	t.Parallel()
	sp := spark.Spark{ID: 7, Place: "kyla", Challenge: 9, Tags: []spark.Tag{{Kind: "theme", ID: "a"}, {Kind: "theme", ID: "b"}}}
	reaches := follow.Reaches(sp, []ident.ID{8}, places())
	b := story.Beat{Type: story.Answered, At: time.Unix(1000, 0)}
	rapid.Check(t, func(t *rapid.T) {
		var all []follow.Follow
		for _, s := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"all", "spark:7", "spark:8", "spark:99", "question:9", "theme:a", "theme:b", "theme:c", "place:kyla", "place:kaukana"}), rapid.ID[string]).Draw(t, "targets") {
			x, _ := follow.ParseTarget(s)
			all = append(all, follow.Follow{Target: x, Km: rapid.SampledFrom(follow.Radii()).Draw(t, "km"), Pace: rapid.SampledFrom(follow.Paces()).Draw(t, "pace"), Volume: rapid.SampledFrom(follow.Volumes()).Draw(t, "volume")})
		}
		best, ok := follow.Decides(all, reaches)
		again, ok2 := follow.Decides(rapid.Permutation(all).Draw(t, "shuffled"), reaches)
		if ok != ok2 || best != again {
			t.Fatalf("the order matters: %+v %+v", best, again)
		}
		times := 0
		for _, pace := range follow.Paces() {
			if ok && best.Hears(b, pace) {
				times++
			}
		}
		if times > 1 || ok && best.Volume != follow.Mute && times != 1 {
			t.Errorf("told %d times by %+v", times, best)
		}
		for _, f := range all {
			if f.Target == follow.OfSpark(7) && f.Volume == follow.Mute && !slices.ContainsFunc(all, func(o follow.Follow) bool { return o.Target == follow.OfSpark(8) }) && times > 0 {
				t.Errorf("a muted spark is heard by %+v", best)
			}
		}
	})
}

// ---- the store ----

const region = "kouvola"

type desk struct {
	testing.TB
	db    *store.DB
	clock *clock.Fake
	asks  *address.Service
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		d := &desk{t, db, c, address.New(db, c, ident.NewMaker(c))}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, region)
			return err
		})
		behaviour(t, d)
	})
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) {
	d.Helper()
	d.must(d.db.Tx(context.Background(), do))
}

func (d *desk) person(n int) ident.ID {
	d.Helper()
	var l address.Letter
	_, err := d.asks.Ask(context.Background(), address.Asking{Region: region, Email: fmt.Sprintf("p%d@posti.example", n), Language: "fi"}, func(_ context.Context, _ *store.Tx, sent address.Letter) error {
		l = sent
		return nil
	})
	d.must(err)
	c, err := d.asks.Confirm(context.Background(), region, l.Secret, "", nil)
	d.must(err)
	return c.Address.ID
}

func (d *desk) put(f follow.Follow) error {
	return d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return follow.Put(ctx, tx, region, f, d.clock.Now())
	})
}

func TestFollowingIsStoredChangedAndStopped(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, who := context.Background(), d.person(1)
		theme := follow.Target{Kind: follow.Theme, ID: "glocal"}
		d.must(d.put(follow.Follow{Address: who, Target: theme, Km: 25, Pace: follow.Daily, Volume: follow.Quiet}))
		began := d.clock.Now()
		d.clock.Advance(time.Hour)
		// Louder keeps the time it began, another pace begins anew.
		d.must(d.put(follow.Follow{Address: who, Target: theme, Pace: follow.Daily, Volume: follow.Loud}))
		all, err := follow.Of(ctx, d.db, region, who)
		if err != nil || len(all[who]) != 1 || all[who][0] != (follow.Follow{Address: who, Target: theme, Pace: follow.Daily, Volume: follow.Loud, Since: began}) {
			t.Errorf("%v %+v", err, all)
		}
		d.must(d.put(follow.Follow{Address: who, Target: theme, Pace: follow.Weekly, Volume: follow.Loud}))
		if all, _ = follow.Of(ctx, d.db, region, who); !all[who][0].Since.Equal(d.clock.Now()) {
			t.Errorf("%+v", all)
		}
		for field, f := range map[string]follow.Follow{
			"pace":   {Address: who, Target: theme, Pace: "hourly", Volume: follow.Quiet},
			"volume": {Address: who, Target: theme, Pace: follow.Now, Volume: "huge"},
			"km":     {Address: who, Target: follow.Target{Kind: follow.Place, ID: "x"}, Km: 7, Pace: follow.Now, Volume: follow.Quiet},
		} {
			if err := d.put(f); !fault.Is(err, fault.Invalid) || fault.List(err)[0].Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		for i := range follow.Most - 1 {
			d.must(d.put(follow.Follow{Address: who, Target: follow.OfSpark(ident.ID(i + 1)), Pace: follow.Now, Volume: follow.Quiet}))
		}
		if err := d.put(follow.Follow{Address: who, Target: follow.OfSpark(9999), Pace: follow.Now, Volume: follow.Quiet}); !fault.Is(err, fault.Conflict) {
			t.Errorf("one too many: %v", err)
		}
		d.must(d.put(follow.Follow{Address: who, Target: theme, Pace: follow.Now, Volume: follow.Quiet})) // changing is no more
		d.tx(func(ctx context.Context, tx *store.Tx) error { return follow.Stop(ctx, tx, region, who, theme) })
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return follow.StopPace(ctx, tx, region, who, follow.Weekly)
		})
		if all, _ = follow.Of(ctx, d.db, region, who); len(all[who]) != follow.Most-1 {
			t.Errorf("%d", len(all[who]))
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return follow.Erase(ctx, tx, region, who) })
		if all, _ = follow.Of(ctx, d.db, region, who); len(all[who]) != 0 {
			t.Errorf("%+v", all)
		}
	})
}

// Whoever is reached is met once, in the order of their key, however the batches fall.
func TestFollowersComeInBatchesEachOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		sp := spark.Spark{ID: 7, Place: "kyla", Tags: []spark.Tag{{Kind: "theme", ID: "a"}}}
		reaches := follow.Reaches(sp, nil, places())
		var want []ident.ID
		for i := range 40 {
			who, reached := d.person(i), false
			for j, s := range []string{"spark:7", "theme:a", "all", "place:kaukana", "spark:99"} {
				if (i>>j)&1 == 0 {
					continue
				}
				x, _ := follow.ParseTarget(s)
				km := 0
				if x.Kind == follow.Place && i%3 == 0 {
					km = 25
				}
				pace := follow.Now
				if s == "theme:a" && i%4 == 2 {
					pace = follow.Daily
				}
				d.must(d.put(follow.Follow{Address: who, Target: x, Km: km, Pace: pace, Volume: follow.Loud}))
				reached = reached || pace == follow.Now && s != "spark:99" && (x.Kind != follow.Place || km > 0)
			}
			if reached {
				want = append(want, who)
			}
		}
		slices.Sort(want)
		for _, most := range []int{1, 2, 3, 7, 100} {
			var got []ident.ID
			after := ident.ID(0)
			for more := true; more; {
				ids, m, err := follow.Followers(ctx, d.db, region, follow.Now, reaches, after, most)
				if err != nil {
					t.Fatal(err)
				}
				got, more = append(got, ids...), m
				if len(ids) > most {
					t.Errorf("%d at a time", len(ids))
				}
				if len(ids) == 0 {
					break
				}
				after = ids[len(ids)-1]
			}
			if !slices.Equal(got, want) {
				t.Errorf("by %d: %d met, want %d\n%v\n%v", most, len(got), len(want), got, want)
			}
		}
		if any, err := follow.Any(ctx, d.db, region, follow.Weekly, reaches); err != nil || any {
			t.Errorf("%v %v", any, err)
		}
		if any, err := follow.Any(ctx, d.db, region, follow.Daily, reaches); err != nil || !any {
			t.Errorf("%v %v", any, err)
		}
		next, err := follow.Next(ctx, d.db, region, 0, 5)
		if err != nil || len(next) != 5 || !slices.IsSorted(next) {
			t.Errorf("%v %v", next, err)
		}
	})
}
