package ring_test

import (
	"context"
	"testing"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
)

// ties counts the ties of a ring that stand between people, and those that have ended.
func (d *desk) ties(t testing.TB, sp ident.ID) (stand, ended int) {
	t.Helper()
	must(t, network.Walk(context.Background(), d.db, region, network.Ring, func(x network.Tie) error {
		switch {
		case x.Source != sp:
		case x.Until.IsZero():
			stand++
		default:
			ended++
		}
		return nil
	}))
	return stand, ended
}

// Those of a ring who both said yes to it are tied by being in it, and by nothing less:
// not before they are in, not when one of them has not said so, and no longer than that.
func TestARingTiesThoseWhoBothSaidYes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.Tying(actor.New(d.db, d.clock, ident.NewMaker(d.clock)))
		sp := d.drop(t, "Laituri kuntoon.")
		expect := func(stand, ended int) {
			t.Helper()
			if s, e := d.ties(t, sp.ID); s != stand || e != ended {
				t.Errorf("%d ties and %d ended, not %d and %d", s, e, stand, ended)
			}
		}
		draft := func(tied bool) ring.Draft {
			return ring.Draft{Role: ring.Knower, Seen: spark.Unnamed, Tied: tied}
		}
		joins := func(who address.Address, tied bool) ring.Member {
			t.Helper()
			as := draft(tied)
			if who.Email == "b@posti.example" {
				as.Name = "Birgit"
			}
			m, err := d.join(who, sp.ID, as)
			must(t, err)
			return m
		}
		a, b, c := d.person(t, "a@posti.example"), d.person(t, "b@posti.example"), d.person(t, "c@posti.example")
		joins(a, true)
		joins(b, false)
		expect(0, 0)
		joins(c, true)
		expect(1, 0)
		joins(b, true)
		expect(3, 0)
		// Who was in the ring without a name is not named by their tie.
		if who, ok, err := actor.OfAddress(ctx, d.db, region, b.ID); err != nil || !ok || who.Title != "" {
			t.Errorf("%+v, %v", who, err)
		}
		joins(b, false)
		expect(1, 2)
		must(t, d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Leave(ctx, tx, a, sp.ID) }))
		expect(0, 3)
		joins(a, true)
		expect(1, 2) // the same tie again
		// Who waits for a yes is tied to nobody until it comes.
		by := ring.By{Actor: story.Bringer}
		must(t, d.Look(ctx, by, region, sp.ID, true, nil))
		e := joins(d.person(t, "e@posti.example"), true)
		expect(1, 2)
		_, err := d.Decide(ctx, by, region, sp.ID, e.ID, true)
		must(t, err)
		expect(3, 2)
		if yes, err := ring.Tied(ctx, d.db, e); err != nil || !yes {
			t.Errorf("%v, %v", yes, err)
		}
	})
}
