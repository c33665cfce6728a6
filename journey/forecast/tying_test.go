package forecast_test

import (
	"context"
	"fmt"
	"testing"

	"kokko/ground/store"
	"kokko/journey/forecast"
	"kokko/journey/ring"
	"kokko/region/actor"
	"kokko/region/network"
)

// What a region has seen of ties moves the chance away from the assumption: where those
// somebody knows come along the word goes further, where they do not it goes less far.
func TestTheChanceOfATieIsLearntFromWhoCameAlong(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.tied()
		d.crowd(30) // 0, 1 and 2 are tied to nine each
		reach := func() forecast.Reach {
			t.Helper()
			sp := d.drop("t" + d.clock.Now().Format("0102150405") + "@posti.example").Spark
			for hub := range 3 {
				d.join(sp.ID, fmt.Sprintf("vaki%d@posti.example", hub), "")
			}
			d.drain()
			r, ok := d.reach(sp.ID)
			if !ok || r.Known != 3 {
				t.Fatalf("%v %+v", ok, r)
			}
			return r
		}
		assumed := reach()
		if assumed.Basis != (forecast.Basis{}) {
			t.Errorf("%+v", assumed.Basis)
		}
		// Hubs come alone, over and over.
		for i := range 12 {
			sp := d.drop(fmt.Sprintf("a%d@posti.example", i)).Spark
			for hub := range 3 {
				d.join(sp.ID, fmt.Sprintf("vaki%d@posti.example", hub), "")
			}
			d.clock.Advance(day)
		}
		d.clock.Advance(200 * day)
		d.must(d.LearnTies(ctx, region))
		alone := reach()
		if !alone.Basis.Learnt() || alone.Basis.Tried != 13*27 || alone.Basis.Took != 0 || alone.Range().High >= assumed.Range().High {
			t.Errorf("alone: %+v of %+v, was %+v", alone.Range(), alone.Basis, assumed.Range())
		}
		// Then with everybody they know, the day after.
		for i := range 12 {
			sp := d.drop(fmt.Sprintf("b%d@posti.example", i)).Spark
			for hub := range 3 {
				d.join(sp.ID, fmt.Sprintf("vaki%d@posti.example", hub), "")
			}
			d.clock.Advance(day)
			for who := 3; who < 30; who++ {
				d.join(sp.ID, fmt.Sprintf("vaki%d@posti.example", who), "")
			}
		}
		d.clock.Advance(200 * day)
		d.must(d.LearnTies(ctx, region))
		together := reach()
		if together.Basis.Tried != 26*27 || together.Basis.Took != 12*27 || together.Range().Mid <= assumed.Range().Mid {
			t.Errorf("together: %+v of %+v, was %+v", together.Range(), together.Basis, assumed.Range())
		}
	})
}

// A tie that came of a ring does not tell how that ring came to be, and whoever is not
// counted tells nothing.
func TestOnlyWhatWasSeenOfTiesIsLearnt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.tied()
		all := d.crowd(8)
		basis := func() forecast.Basis {
			t.Helper()
			d.must(d.LearnTies(ctx, region))
			w, err := d.Involve(ctx, d.drop("t"+d.clock.Now().Format("0102150405")+"@posti.example").Spark, forecast.Asking{Today: d.today()})
			d.must(err)
			d.clock.Advance(day)
			return w.Basis
		}
		sp := d.drop("tuoja@posti.example").Spark
		d.join(sp.ID, "vaki3@posti.example", "")
		d.clock.Advance(day)
		d.join(sp.ID, "vaki4@posti.example", "")
		// The hubs of both could have come, and have time for it still.
		if b := basis(); b != (forecast.Basis{}) {
			t.Errorf("while it is waited: %+v", b)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return network.Tied(ctx, tx, region, network.Tie{From: all[3], To: all[4], Kind: network.Stated, Why: network.Ring, Source: sp.ID, Since: d.clock.Now(), At: d.clock.Now()})
		})
		if b := basis(); b != (forecast.Basis{}) {
			t.Errorf("of a tie that came of it: %+v", b)
		}
		d.join(sp.ID, "vaki0@posti.example", "") // the hub of vaki3 comes after them
		if b := basis(); b != (forecast.Basis{Tried: 1, Took: 1}) {
			t.Errorf("a friend came: %+v", b)
		}
		d.chooses(all[0], false, actor.Counted)
		if b := basis(); b != (forecast.Basis{}) {
			t.Errorf("who is not counted tells: %+v", b)
		}
	})
}

func TestWhatIfSomebodyCameInARole(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.tied()
		all := d.crowd(40)
		sp := d.drop("tuoja@posti.example").Spark
		ask := func(as ring.Role) forecast.Whom {
			t.Helper()
			w, err := d.Involve(ctx, sp, forecast.Asking{Known: all[:12], Today: d.today(), Role: as})
			d.must(err)
			return w
		}
		// Nobody has been one yet: it is told of anybody.
		if w := ask(ring.Funder); w.Role != ring.Funder || !w.Anyone || !w.RoleIf.Known || w.RoleIf.Low < 0 || w.RoleIf.High < 1 || w.Refuse != nil || w.Before.Known {
			t.Errorf("%+v", w)
		}
		other := d.drop("toinen@posti.example").Spark
		for _, i := range []int{0, 1, 2, 3, 4} {
			d.enter(other.ID, fmt.Sprintf("vaki%d@posti.example", i), ring.Host)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return network.Changed(ctx, tx, region) })
		hosts, anyone := ask(ring.Host), ask(ring.Funder)
		if hosts.Anyone || !hosts.RoleIf.Known || !anyone.Anyone {
			t.Errorf("%+v", hosts)
		}
		if hosts.RoleIf.High <= anyone.RoleIf.High { // three of five hosts know nine or more
			t.Errorf("a host %+v, anybody %+v", hosts.RoleIf, anyone.RoleIf)
		}
	})
}

// A set is explained by the organisations it reaches by, and by how many others those
// are tied to; no person is named.
func TestASetIsExplainedByOrganisations(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.tied()
		all := d.crowd(9)
		organisation := func(name, sector string) actor.Actor {
			t.Helper()
			var a actor.Actor
			d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
				_, a.ID, err = d.actors.Resolve(ctx, tx, region, name, func(string) bool { return false })
				return err
			})
			d.must(d.actors.Note(ctx, region, a.ID, actor.Details{Sector: sector}))
			return a
		}
		center := organisation("Iitin kyläyhdistys ry", "10")
		tie := func(a, b actor.Actor) {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return network.Tied(ctx, tx, region, network.Tie{From: a.ID, To: b.ID, Why: network.Table, Source: b.ID, At: d.clock.Now()})
			})
		}
		for _, name := range []string{"Perinneruoka ry", "Kylätalon kannatus ry", "Marttojen piiri ry", "Satokausi ry"} {
			tie(center, organisation(name, "04"))
		}
		tie(center, organisation("Leipomo Oy", "04"))
		tie(center, actor.Actor{ID: all[5]}) // a person is of no account here
		w, err := d.Involve(ctx, d.drop("tuoja@posti.example").Spark, forecast.Asking{Known: append(all[:2:2], center.ID), Today: d.today()})
		d.must(err)
		if len(w.Set) != 3 || len(w.Reasons) == 0 {
			t.Fatalf("%+v", w)
		}
		if r := w.Reasons[0]; r.Organisation.ID != center.ID || r.Legal != "association" || r.Count != 4 || r.Sector != "04" {
			t.Errorf("%+v", r)
		}
		for _, r := range w.Reasons {
			if r.Organisation.Person {
				t.Errorf("%+v", r)
			}
		}
	})
}
