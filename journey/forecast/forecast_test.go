package forecast_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/forecast"
	"kokko/journey/ring"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/office"
	"kokko/region/trust"
)

const region = "kouvola"

const day = 24 * time.Hour

type desk struct {
	*forecast.Service
	t      testing.TB
	db     *store.DB
	clock  *clock.Fake
	jobs   *jobs.Runner
	sparks *spark.Service
	shares *share.Service
	rings  *ring.Service
	actors *actor.Service
	places *address.Service
	rule   forecast.Definition
}

// promise is a programme without places.
type promise struct{}

func (promise) PlaceNamed(string) (string, bool) { return "", false }
func (promise) HasTag(_, _ string) bool          { return false }
func (promise) ReplyWorkdays() int               { return 5 }

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newDesk(t, db)) })
}

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	ids := ident.NewMaker(c)
	d := &desk{t: t, db: db, clock: c, sparks: spark.New(db, c, ids), shares: share.New(db, c, ids), actors: actor.New(db, c, ids), places: address.New(db, c, ids), rule: forecast.Definition{Version: 1, Days: 180, People: 5, Groups: 3, Kept: 1}}
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, region)
		return err
	})
	if _, err := office.New(db, c, ids).Hire(context.Background(), office.Officer{Region: region, Email: "olli@kouvola.example", Name: "Olli", Role: office.Manager, Language: "fi"}); err != nil {
		t.Fatal(err)
	}
	d.rings = ring.New(db, c, ids, d.sparks)
	d.jobs = jobs.New(db, c, ids, slog.New(slog.DiscardHandler), jobs.Options{})
	jobs.Handle(d.jobs, spark.Told, func(context.Context, jobs.Job[spark.ToldArgs]) error { return nil })
	d.Service = forecast.New(db, c, ids, func(context.Context, string) (forecast.Definition, error) { return d.rule, nil })
	d.Bind(d.jobs, d.sparks, d.shares)
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) {
	d.t.Helper()
	d.must(d.db.Tx(context.Background(), do))
}

// drain lets what has settled be worked off.
func (d *desk) drain() {
	d.t.Helper()
	d.clock.Advance(2 * time.Minute)
	d.must(d.jobs.Drain(context.Background()))
}

func (d *desk) score() {
	d.t.Helper()
	d.must(d.Score(context.Background(), region))
	d.must(d.jobs.Drain(context.Background()))
}

func (d *desk) drop(email string) spark.Receipt {
	d.t.Helper()
	r, err := d.sparks.Drop(context.Background(), region, spark.Programme{Promise: promise{}, Version: 1}, spark.Draft{Text: "Laituri kuntoon.", Email: email, Language: "fi"}, spark.By{})
	d.must(err)
	return r
}

func (d *desk) person(email string) address.Address {
	d.t.Helper()
	ctx := context.Background()
	if a, err := address.ByEmail(ctx, d.db, region, email); err == nil {
		return a
	}
	var l address.Letter
	_, err := d.places.Ask(ctx, address.Asking{Region: region, Email: email, Language: "fi", Then: address.Then{Kind: "page"}}, func(_ context.Context, _ *store.Tx, sent address.Letter) error { l = sent; return nil })
	d.must(err)
	c, err := d.places.Confirm(ctx, region, l.Secret, "", nil)
	d.must(err)
	return c.Address
}

func (d *desk) join(sp ident.ID, email string, what string) address.Address {
	d.t.Helper()
	who := d.person(email)
	draft := ring.Draft{Role: ring.Doer, Language: "fi"}
	if what != "" {
		draft.Take = ring.Take{What: what, Day: d.today() + 3}
	}
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := d.rings.Join(ctx, tx, who, sp, draft, trust.Sender{})
		return err
	})
	return who
}

func (d *desk) today() workday.Day { return office.Today(d.clock) }

// keeps has everything that somebody took upon themselves be done.
func (d *desk) keeps(sp ident.ID, who address.Address) {
	d.t.Helper()
	all, err := ring.Commitments(context.Background(), d.db, region, sp)
	d.must(err)
	for _, c := range all {
		if c.State == ring.Open {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return d.rings.Turn(ctx, tx, who, sp, c.ID, ring.Turn{To: ring.Kept})
			})
		}
	}
}

// fire makes a ring in which a spark catches fire.
func (d *desk) fire(sp ident.ID) {
	d.t.Helper()
	who := d.join(sp, "eka@posti.example", "Tuon laudat")
	for _, name := range []string{"toka", "kolmas", "neljas"} {
		d.join(sp, name+"@posti.example", "")
	}
	d.keeps(sp, who)
}

func (d *desk) latest(sp ident.ID) (f forecast.Forecast, n int) {
	d.t.Helper()
	all, err := forecast.Latest(context.Background(), d.db, region, sp, 100)
	d.must(err)
	if len(all) == 0 {
		d.t.Fatal("no forecast")
	}
	return all[0], len(all)
}

func TestAForecastIsMadeOfEachThingThatHappensAndKept(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		sp := d.drop("tuoja@posti.example").Spark
		d.drain()
		f, n := d.latest(sp.ID)
		if n != 1 || f.Why != forecast.Drop || f.Evidence != forecast.Nothing || f.Chance.Known || f.Reach.Known || f.Inputs.People != 1 || f.Definition != d.rule || !f.Due.Equal(sp.Dropped.Add(180*day)) {
			t.Fatalf("%d: %+v", n, f)
		}
		if want := []forecast.Lack{forecast.LacksPerson, forecast.LacksDoer, forecast.LacksOrganisation, forecast.LacksPlace}; !slices.Equal(f.Inputs.Lacks, want) {
			t.Errorf("lacks %v", f.Inputs.Lacks)
		}
		// What happens within a minute makes one forecast more.
		d.join(sp.ID, "eka@posti.example", "Tuon laudat")
		d.join(sp.ID, "toka@posti.example", "")
		d.drain()
		f, n = d.latest(sp.ID)
		if n != 2 || f.Why != forecast.Supporter || f.Inputs.People != 3 || f.Inputs.Taken != 1 || slices.Contains(f.Inputs.Lacks, forecast.LacksDoer) {
			t.Fatalf("%d: %+v", n, f)
		}
		// Nothing that counts has changed: nothing new is kept.
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return forecast.Run.Enqueue(ctx, tx, forecast.RunArgs{Region: region, Spark: sp.ID, Why: forecast.Asked})
		})
		d.drain()
		if _, n := d.latest(sp.ID); n != 2 {
			t.Errorf("%d forecasts", n)
		}
		if _, _, err := d.shares.Make(context.Background(), share.Making{Region: region, Spark: sp.ID, Consented: true}); err != nil {
			t.Fatal(err)
		}
		d.drain()
		if f, n = d.latest(sp.ID); n != 3 || f.Why != forecast.Share || f.Inputs.Shares != 1 {
			t.Errorf("%d: %+v", n, f)
		}
	})
}

func TestAForecastIsScoredByItsOwnDefinition(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		good, bad := d.drop("a@posti.example"), d.drop("b@posti.example")
		d.drain()
		d.fire(good.Spark.ID)
		d.drain()
		if f, _ := d.latest(good.Spark.ID); f.Evidence != forecast.Happened || f.Inputs.People != 5 || f.Inputs.Groups != 5 || f.Inputs.Kept != 1 {
			t.Fatalf("%+v", f)
		}
		// The programme asks for more by then: what was said before is judged by what it said.
		old := d.rule
		d.rule.People = 6
		d.clock.Advance(181 * day)
		d.score()
		ctx := context.Background()
		for sp, want := range map[ident.ID]forecast.Outcome{good.Spark.ID: forecast.Caught, bad.Spark.ID: forecast.NotYet} {
			all, err := forecast.Latest(ctx, d.db, region, sp, 10)
			d.must(err)
			for _, f := range all {
				if f.Outcome != want || f.Scored.IsZero() {
					t.Errorf("%s: %s at %s, want %s", sp, f.Outcome, f.Scored, want)
				}
			}
		}
		for rule, want := range map[forecast.Definition]forecast.Base{old: {Finished: 2, Caught: 1}, d.rule: {Finished: 2, Caught: 0}} {
			if got, err := forecast.BaseOf(ctx, d.db, region, rule, d.clock.Now()); err != nil || got != want {
				t.Errorf("%s: %+v, want %+v (%v)", rule, got, want, err)
			}
		}
		// One that was taken away is scored by nobody.
		gone := d.drop("c@posti.example")
		d.drain()
		if _, err := d.sparks.Withdraw(ctx, region, gone.Link, false); err != nil {
			t.Fatal(err)
		}
		d.clock.Advance(181 * day)
		d.score()
		if f, _ := d.latest(gone.Spark.ID); f.Outcome != forecast.Void {
			t.Errorf("%+v", f)
		}
		if got, err := forecast.BaseOf(ctx, d.db, region, d.rule, d.clock.Now()); err != nil || got.Finished != 2 {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestWhoMayNotBeCountedIsAHouseholdAndNoMore(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		sp := d.drop("tuoja@posti.example").Spark
		var people []ident.ID
		for _, name := range []string{"eka", "toka"} {
			who := d.join(sp.ID, name+"@posti.example", "")
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				a, err := d.actors.Person(ctx, tx, who, name)
				if err != nil {
					return err
				}
				people = append(people, a.ID)
				_, err = d.actors.Belong(ctx, tx, region, actor.Membership{Person: a.ID, Named: "Kyläyhdistys ry"}, func(string) bool { return false })
				return err
			})
		}
		count := func() (people, groups int, organised bool) {
			t.Helper()
			f, ok, err := d.Now(context.Background(), region, sp.ID)
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			return f.Inputs.People, f.Inputs.Groups, !slices.Contains(f.Inputs.Lacks, forecast.LacksOrganisation)
		}
		if p, g, o := count(); p != 3 || g != 3 || o {
			t.Errorf("before: %d people, %d groups, %v", p, g, o)
		}
		choose := func(yes bool) {
			for _, id := range people {
				d.tx(func(ctx context.Context, tx *store.Tx) error {
					return d.actors.Choose(ctx, tx, region, id, actor.Counted, yes)
				})
			}
		}
		choose(true)
		if p, g, o := count(); p != 3 || g != 2 || !o {
			t.Errorf("counted: %d people, %d groups, %v", p, g, o)
		}
		choose(false)
		if p, g, o := count(); p != 3 || g != 3 || o {
			t.Errorf("taken back: %d people, %d groups, %v", p, g, o)
		}
		// The office's own are not counted at all.
		d.join(sp.ID, "olli@kouvola.example", "")
		if p, _, _ := count(); p != 3 {
			t.Errorf("%d people with an officer", p)
		}
	})
}

func TestOnlyTheBringerHasItShown(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		sp, ctx := d.drop("tuoja@posti.example").Spark, context.Background()
		shown := func(want bool, n int) {
			t.Helper()
			all, err := forecast.Choices(ctx, d.db, region, sp.ID)
			d.must(err)
			if is, err := forecast.Shown(ctx, d.db, region, sp.ID); err != nil || is != want || len(all) != n {
				t.Errorf("%v, %d choices (%v)", is, len(all), err)
			}
		}
		shown(false, 0)
		for i, yes := range []bool{true, true, false} {
			d.clock.Advance(time.Hour)
			d.must(d.Show(ctx, region, sp.ID, 7, yes))
			shown(yes, []int{1, 1, 2}[i])
		}
	})
}

// Whatever happens in a ring: catching fire is what the definition says, earlier is
// earlier, and more of anything never puts a fire out.
func TestCatchingFireIsWhatTheDefinitionSays(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		d := forecast.Definition{Version: 1, Days: rapid.IntRange(1, 30).Draw(t, "days"), People: rapid.IntRange(1, 6).Draw(t, "people"), Groups: rapid.IntRange(1, 4).Draw(t, "groups"), Kept: rapid.IntRange(0, 2).Draw(t, "kept")}
		if back, err := forecast.ParseDefinition(d.String()); err != nil || back != d {
			t.Fatalf("%v %v", back, err)
		}
		moment := rapid.Custom(func(t *rapid.T) time.Time {
			return start.Add(time.Duration(rapid.IntRange(0, 40*24).Draw(t, "hour")) * time.Hour)
		})
		person := rapid.Custom(func(t *rapid.T) forecast.Person {
			return forecast.Person{Group: fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "group")), Since: moment.Draw(t, "since")}
		})
		r := forecast.Ring{People: rapid.SliceOfN(person, 0, 10).Draw(t, "ring"), Kept: rapid.SliceOfN(moment, 0, 3).Draw(t, "done")}
		now := moment.Draw(t, "now")
		at, ok := d.Caught(start, now, r)

		// Looked at hour by hour, without any cleverness.
		want, is := time.Time{}, false
		for h := 0; h <= 40*24 && !is; h++ {
			m := start.Add(time.Duration(h) * time.Hour)
			if m.After(now) || m.After(d.Due(start)) {
				break
			}
			people, groups, kept := 0, map[string]bool{}, 0
			for _, p := range r.People {
				if !p.Since.After(m) {
					people++
					groups[p.Group] = true
				}
			}
			for _, k := range r.Kept {
				if !k.After(m) {
					kept++
				}
			}
			if people >= d.People && len(groups) >= d.Groups && kept >= d.Kept {
				want, is = m, true
			}
		}
		if ok != is || !at.Equal(want) {
			t.Fatalf("%v %v, want %v %v", at, ok, want, is)
		}
		more := r
		more.People = append(slices.Clone(r.People), person.Draw(t, "more"))
		more.Kept = append(slices.Clone(r.Kept), moment.Draw(t, "another"))
		if later, still := d.Caught(start, now, more); ok && (!still || later.After(at)) {
			t.Fatalf("with more: %v %v, was %v", later, still, at)
		}
		slices.Reverse(r.People)
		if again, same := d.Caught(start, now, r); same != ok || !again.Equal(at) {
			t.Fatal("the order of people matters")
		}
	})
}

func TestWhatIsLackingIsTold(t *testing.T) {
	t.Parallel()
	p := func(group, sector string) forecast.Person {
		return forecast.Person{Group: group, Organisation: group != "", Sector: sector}
	}
	for name, c := range map[string]struct {
		ring   forecast.Ring
		placed bool
		want   []forecast.Lack
	}{
		"nobody":      {forecast.Ring{}, false, []forecast.Lack{"person", "doer", "organisation", "place"}},
		"one sector":  {forecast.Ring{People: []forecast.Person{p("a", "1"), p("b", "1")}, Taken: 1}, true, []forecast.Lack{"sector"}},
		"two sectors": {forecast.Ring{People: []forecast.Person{p("a", "1"), p("b", "2")}, Kept: []time.Time{{}}, Hosted: true}, false, nil},
		"households":  {forecast.Ring{People: []forecast.Person{p("", ""), p("", "")}, Taken: 1, Hosted: true}, false, []forecast.Lack{"organisation"}},
	} {
		if d := cmp.Diff(c.want, c.ring.Lacks(c.placed)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
