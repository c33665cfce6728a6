package introduction_test

import (
	"context"
	"testing"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/introduction"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
)

// ways are those from a person to somebody.
func (d *desk) ways(t testing.TB, from, to ident.ID, home ...ident.ID) introduction.Ways {
	t.Helper()
	ctx := context.Background()
	now, err := network.NewMemory(d.db, d.clock).Now(ctx, region)
	must(t, err)
	f, err := d.Finder(ctx, d.db, region, now, from, home...)
	must(t, err)
	w, err := f.To(ctx, to)
	must(t, err)
	return w
}

func (d *desk) through(who address.Address, to, broker ident.ID) (x introduction.Introduction, err error) {
	err = d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		x, err = d.Ask(ctx, tx, who, d.officer, introduction.Draft{Wanted: "Toinen", Actor: to, Broker: broker, Name: "Kysyjä", Message: "Hei. Moi.", Language: "fi"})
		return err
	})
	return x, err
}

// Somebody who knows them both passes a request on, while they let themselves be asked;
// once they do not, the office does, and they stand on no way.
func TestWhoeverKnowsThemPassesItOnWhileTheyMayBeAsked(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.actors.Tell(network.Heard)
		who := d.person(t, "kysyja@posti.example")
		var asker, verstas, melojat ident.ID
		must(t, d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			a, err := d.actors.Person(ctx, tx, who, "Kysyjä")
			if err != nil {
				return err
			}
			asker = a.ID
			none := func(string) bool { return false }
			if _, verstas, err = d.actors.Resolve(ctx, tx, region, "Kylän Verstas ry", none); err != nil {
				return err
			}
			_, melojat, err = d.actors.Resolve(ctx, tx, region, "Kymen Melojat ry", none)
			return err
		}))
		_, other := d.findable(t, "toinen@posti.example", "Toinen", actor.Profile{})
		mail, broker := d.findable(t, "yhdistaja@posti.example", "Yhdistäjä", actor.Profile{Pace: 2})
		_, contact := d.findable(t, "verstas@posti.example", "Verstaan Väkeä", actor.Profile{})
		must(t, d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, id := range []ident.ID{other, broker} {
				if err := d.actors.Choose(ctx, tx, region, id, actor.Drawn, true); err != nil {
					return err
				}
			}
			if _, err := d.actors.Belong(ctx, tx, region, actor.Membership{Person: contact, Named: "Kylän Verstas ry"}, func(string) bool { return false }); err != nil {
				return err
			}
			for i, pair := range [][2]ident.ID{{asker, broker}, {broker, other}, {asker, verstas}, {verstas, melojat}} {
				if err := network.Tied(ctx, tx, region, network.Tie{From: pair[0], To: pair[1], Why: network.Introduction, Source: ident.ID(i + 1), At: d.clock.Now()}); err != nil {
					return err
				}
			}
			return nil
		}))
		w := d.ways(t, asker, other)
		if b := w.Brokers(); len(b) != 1 || b[0].Broker.ID != broker || b[0].For.ID != 0 || w.Office {
			t.Fatalf("%+v", w)
		}
		// An organisation's person is asked for it; from the office a way is told as the office's.
		if b := d.ways(t, asker, melojat).Brokers(); len(b) != 1 || b[0].Broker.ID != contact || b[0].For.ID != verstas {
			t.Errorf("%+v", b)
		}
		if w := d.ways(t, 0, melojat, 12345, verstas); !w.Office || len(w.All) != 1 || len(w.Brokers()) != 0 {
			t.Errorf("%+v", w)
		}
		if w := d.ways(t, 0, melojat); len(w.All) != 0 {
			t.Errorf("a way from nowhere: %+v", w)
		}
		x, err := d.through(who, other, broker)
		must(t, err)
		if x.Broker.Officer != 0 || x.Broker.Address != mail.ID || x.Broker.Email != mail.Email || x.State != introduction.WithBroker {
			t.Fatalf("%+v", x.Broker)
		}
		if at, err := introduction.AtOffice(ctx, d.db, region, 0, 9); err != nil || len(at) != 0 {
			t.Errorf("the office sees %d, %v", len(at), err)
		}
		if mine, err := introduction.Of(ctx, d.db, region, mail.ID, 9); err != nil || len(mine) != 1 || mine[0].RoleOf(mail.ID) != introduction.Broker {
			t.Errorf("%+v, %v", mine, err)
		}
		// Two a month suit them: after two requests they are on no way, and the office passes on.
		_, err = d.through(who, other, broker)
		must(t, err)
		if w := d.ways(t, asker, other); len(w.All) != 0 {
			t.Errorf("somebody who is full stands on %+v", w)
		}
		x3, err := d.through(who, other, broker)
		must(t, err)
		if x3.Broker.Officer != d.officer.ID {
			t.Errorf("%+v", x3.Broker)
		}
		if at, err := introduction.AtOffice(ctx, d.db, region, 0, 9); err != nil || len(at) != 1 || at[0].ID != x3.ID {
			t.Errorf("%+v, %v", at, err)
		}
		// Both at the end have said yes.
		_, err = d.PassOn(ctx, region, x.ID, introduction.Pass{Remark: "Reipas."})
		must(t, err)
		x, err = d.Say(ctx, region, x.ID, introduction.Other, introduction.Yes, false, "")
		must(t, err)
		if x.State != introduction.Met {
			t.Errorf("%s", x.State)
		}
		// Never again is kept, also after a month.
		d.clock.Advance(introduction.Month * 2)
		if w := d.ways(t, asker, melojat); len(w.Brokers()) != 1 {
			t.Fatalf("%+v", w)
		}
		y, err := d.through(d.person(t, "eri@posti.example"), melojat, contact)
		must(t, err)
		_, err = d.Say(ctx, region, y.ID, introduction.Broker, introduction.Never, false, "")
		must(t, err)
		if w := d.ways(t, asker, melojat); len(w.All) != 1 || len(w.Brokers()) != 0 {
			t.Errorf("somebody who never wants to be asked is asked: %+v", w)
		}
		if z, err := d.through(d.person(t, "vield@posti.example"), melojat, contact); err != nil || z.Broker.Officer != d.officer.ID {
			t.Errorf("%+v, %v", z.Broker, err)
		}
		if s := d.one(t, y.ID).Shown(introduction.Asker, d.clock.Now()); s != introduction.WithOther {
			t.Errorf("a no shows as %s", s)
		}
	})
}
