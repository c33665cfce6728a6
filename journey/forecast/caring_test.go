package forecast_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/follow"
	"kokko/journey/forecast"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/trust"
)

// themed is a programme of any themes and networks.
type themed struct{ promise }

func (themed) HasTag(kind, _ string) bool { return kind == "theme" || kind == "network" }

// dropAbout drops a spark of a theme.
func (d *desk) dropAbout(email, theme string) spark.Spark {
	d.t.Helper()
	r, err := d.sparks.Drop(context.Background(), region, spark.Programme{Promise: themed{}, Version: 1}, spark.Draft{Text: "Laituri kuntoon.", Email: email, Language: "fi", Themes: []string{theme}}, spark.By{})
	d.must(err)
	return r.Spark
}

// follows has somebody of the crowd follow a theme.
func (d *desk) follows(email, theme string) {
	d.t.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		return follow.Put(ctx, tx, region, follow.Follow{Address: d.person(email).ID, Target: follow.Target{Kind: follow.Theme, ID: theme}, Pace: follow.Weekly, Volume: follow.Volumes()[0]}, d.clock.Now())
	})
}

// tallies are what is kept of those who cared, and of the others.
func (d *desk) tallies() map[bool][2]float64 {
	d.t.Helper()
	all := map[bool][2]float64{}
	rows, err := d.db.Query(context.Background(), `SELECT cared, tried, took FROM forecast_themes WHERE region_id = $1`, region)
	d.must(store.Each(rows, err, func(rows *sql.Rows) error {
		var cared bool
		var tried, took int64
		err := rows.Scan(&cared, &tried, &took)
		all[cared] = [2]float64{float64(tried) / 1000, float64(took) / 1000}
		return err
	}))
	return all
}

// carers are who cares for something, by their number: read of it alone, they are those
// of whom all that was done tells it.
func (d *desk) carers(interest string) []uint32 {
	d.t.Helper()
	alone, past, err := d.Carers(context.Background(), region, interest)
	d.must(err)
	if !slices.Equal(alone, past) {
		d.t.Errorf("for %s care %v, of all that was done %v do", interest, alone, past)
	}
	return alone
}

// Whatever somebody did or told themselves before a spark of its theme could have come to
// them tells that they care for it; what they do later, and what those did who are not
// counted, does not.
func TestWhatTellsThatSomebodyCares(t *testing.T) {
	const friend = "vaki3@posti.example" // tied to vaki0
	nothing := func(*desk, ident.ID) {}
	for name, c := range map[string]struct {
		before, after func(d *desk, who ident.ID)
		cares, gone   bool
		hub           float64 // times the other one could have come after them
	}{
		"nothing":     {nothing, nothing, false, false, 0},
		"a follow":    {func(d *desk, _ ident.ID) { d.follows(friend, "vesi") }, nothing, true, false, 0},
		"another's":   {func(d *desk, _ ident.ID) { d.follows(friend, "tuli") }, nothing, false, false, 0},
		"a later one": {nothing, func(d *desk, _ ident.ID) { d.follows(friend, "vesi") }, false, false, 0},
		"their spark": {func(d *desk, _ ident.ID) { d.dropAbout(friend, "vesi") }, nothing, true, false, 1},
		"a ring":      {func(d *desk, _ ident.ID) { d.join(d.dropAbout("x@posti.example", "vesi").ID, friend, "") }, nothing, true, false, 1},
		"what they said": {func(d *desk, _ ident.ID) {
			sp, who := d.dropAbout("x@posti.example", "vesi"), d.person(friend)
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := comment.New(d.db, d.clock, ident.NewMaker(d.clock), d.sparks).Write(ctx, tx, region, sp.ID, comment.Author{Kind: comment.Person, ID: who.ID, Email: who.Email}, comment.Draft{Words: "Hyvä.", Language: "fi"}, trust.Sender{})
				return err
			})
		}, nothing, true, false, 0},
		"of the office": {func(d *desk, _ ident.ID) {
			d.dropAbout("olli@kouvola.example", "vesi")
			d.join(d.dropAbout("x@posti.example", "vesi").ID, "olli@kouvola.example", "")
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				a, err := d.actors.Person(ctx, tx, d.person("olli@kouvola.example"), "Olli")
				if err != nil {
					return err
				}
				return d.actors.Choose(ctx, tx, region, a.ID, actor.Counted, true)
			})
		}, nothing, false, false, 0},
		"not counted": {func(d *desk, who ident.ID) { d.follows(friend, "vesi"); d.chooses(who, false, actor.Counted) }, nothing, false, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, d *desk) {
				d.tied()
				all := d.crowd(4)
				c.before(d, all[3])
				d.clock.Advance(day)
				sp := d.dropAbout("tuoja@posti.example", "vesi")
				d.join(sp.ID, "vaki0@posti.example", "")
				d.clock.Advance(day)
				c.after(d, all[3])
				d.join(sp.ID, friend, "")
				if all := d.carers("theme:vesi"); slices.Contains(all, 3) == c.gone || len(all) < 1 {
					t.Errorf("%v care for it", all)
				}
				d.clock.Advance(200 * day)
				d.must(d.LearnTies(context.Background(), region))
				got := d.tallies()
				if c.gone {
					if len(got) != 0 {
						t.Errorf("of somebody who is not counted %v is known", got)
					}
					return
				}
				if got[c.cares] != [2]float64{1, 1} || got[!c.cares] != [2]float64{c.hub, 0} {
					t.Errorf("%v, want one who came, that they cared %v", got, c.cares)
				}
			})
		})
	}
}

// Somebody is in a network that a spark is tagged with: they care, from when they came.
func TestWhoIsInANetworkCaresForIt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.tied()
		all := d.crowd(4)
		ties := network.New(d.db, d.clock, ident.NewMaker(d.clock))
		n, err := ties.Found(ctx, region, "fi", network.Draft{Texts: map[string]network.Text{"fi": {Name: "Ruokaverkosto", Purpose: "Ruoka"}}, Programme: "ruoka", Phase: network.Activation})
		d.must(err)
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return ties.Join(ctx, tx, region, n.ID, all[3], d.today())
		})
		d.clock.Advance(2 * day)
		sp := d.drop("tuoja@posti.example").Spark
		_, err = d.sparks.Tag(ctx, d.act(sp.ID), themed{}, spark.Tags{Tags: []spark.Tag{{Kind: "network", ID: "ruoka"}}})
		d.must(err)
		d.join(sp.ID, "vaki0@posti.example", "")
		d.clock.Advance(200 * day)
		if got := d.carers("network:ruoka"); !slices.Equal(got, []uint32{0, 3}) {
			t.Errorf("%v care for it", got)
		}
		d.must(d.LearnTies(ctx, region))
		if got := d.tallies(); got[true] != [2]float64{1, 0} || got[false] != [2]float64{} {
			t.Errorf("%v", got)
		}
	})
}

// How much more readily people take up what they care for, and how soon, begins as an
// assumption and is learnt; it moves where a spark of a theme is told to go and by when, is
// said, and goes with the first who takes back that they are counted.
func TestWhatPeopleCareForAndHowSoonTheyComeIsLearnt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.tied()
		all := d.crowd(43) // three hubs, forty who hang on them
		name := func(i int) string { return fmt.Sprintf("vaki%d@posti.example", i) }
		for i := 3; i < 43; i++ {
			place := "voikkaa"
			if i >= 23 {
				place = "kausala"
				d.follows(name(i), "vesi")
			}
			d.lives(all[i], place, "")
		}
		d.clock.Advance(day)
		reach := func(theme string) forecast.Reach {
			t.Helper()
			sp := d.dropAbout("t"+d.clock.Now().Format("0102150405")+"@posti.example", theme)
			for hub := range 3 {
				d.join(sp.ID, name(hub), "")
			}
			d.drain()
			r, ok := d.reach(sp.ID)
			if !ok || !r.Themed {
				t.Fatalf("%v %+v", ok, r)
			}
			return r
		}
		at := func(r forecast.Reach, place string) int {
			for _, g := range r.Places {
				if g.ID == place {
					return g.Mid
				}
			}
			return 0
		}
		assumed := reach("vesi")
		if assumed.Basis.Lift != 0 || assumed.Basis.Days != 0 || at(assumed, "kausala") < at(assumed, "voikkaa") {
			t.Errorf("assumed: %+v", assumed)
		}
		// Half of those who care come, three days later, and hardly any of the others.
		for i := range 12 {
			sp := d.dropAbout(fmt.Sprintf("a%d@posti.example", i), "vesi")
			for hub := range 3 {
				d.join(sp.ID, name(hub), "")
			}
			d.clock.Advance(3 * day)
			for who := 23; who < 43; who++ {
				if (who+i)%2 == 0 {
					d.join(sp.ID, name(who), "")
				}
			}
		}
		d.clock.Advance(200 * day)
		d.must(d.LearnTies(ctx, region))
		got := d.tallies()
		if got[true][0] != 13*20 || got[true][1] != 12*10 || got[false] != [2]float64{13 * 20, 0} {
			t.Errorf("seen: %v", got)
		}
		learnt := reach("vesi")
		if b := learnt.Basis; b.Lift < 3 || b.Lift > 8 || b.Waited != 120 || b.Days < 3 || b.Days > 5 {
			t.Errorf("learnt: %+v", b)
		}
		if a, b := at(learnt, "kausala"), at(learnt, "voikkaa"); a < 2*b || a <= at(assumed, "kausala") {
			t.Errorf("%d of those who care, %d of the others; assumed %d", a, b, at(assumed, "kausala"))
		}
		soon := func(r forecast.Reach) float64 {
			return float64(r.Days[0].Mid) / float64(max(1, r.Days[len(r.Days)-1].Mid))
		}
		if soon(learnt) <= soon(assumed) {
			t.Errorf("by the first month %.2f of all, assumed %.2f", soon(learnt), soon(assumed))
		}
		// Of a theme nobody cares for it is told less than of this one.
		if other := reach("tuli"); other.Range().Mid >= learnt.Range().Mid || other.Basis.Lift != learnt.Basis.Lift {
			t.Errorf("another theme: %+v, %+v", other.Range(), learnt.Range())
		}
		d.chooses(all[30], false, actor.Counted)
		for _, table := range []string{"forecast_ties", "forecast_themes", "forecast_delays", "forecast_reach"} {
			n := 0
			d.must(d.db.QueryRow(ctx, `SELECT COUNT(*) FROM `+table+` WHERE region_id = $1`, region).Scan(&n))
			if n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		d.clock.Advance(2 * time.Minute)
		d.must(d.jobs.Drain(ctx))
		if now := d.tallies(); now[true][0] >= got[true][0]+20 || now[true][0] == 0 {
			t.Errorf("counted anew: %v, was %v", now, got)
		}
	})
}
