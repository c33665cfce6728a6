package introduction_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/introduction"
	"kokko/region/actor"
	"kokko/region/address"
)

// hands are people who chose to be found and could pass something on.
func (d *desk) hands(t testing.TB, names ...string) (addresses []address.Address, ids []ident.ID) {
	t.Helper()
	for _, n := range names {
		a, id := d.findable(t, strings.ToLower(n)+"@posti.example", n, actor.Profile{})
		addresses, ids = append(addresses, a), append(ids, id)
	}
	return addresses, ids
}

func (d *desk) along(t testing.TB, who address.Address, to ident.ID, ways ...[]ident.ID) (x introduction.Introduction) {
	t.Helper()
	must(t, d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		x, err = d.Ask(ctx, tx, who, d.officer, introduction.Draft{Wanted: "Toinen", Actor: to, Ways: ways, Name: "Kysyjä", Message: "Hei. Moi.", Language: "fi"})
		return err
	}))
	return d.one(t, x.ID)
}

// stands are who was asked, each with what they said.
func stands(x introduction.Introduction) (all []string) {
	for _, h := range x.Hands {
		all = append(all, h.Name+":"+string(h.Answer))
	}
	return all
}

// A request goes from hand to hand, each asked when the one before has passed it on; only
// the last comes to whom it is for, and details are given when both ends have said yes.
func TestARequestGoesFromHandToHand(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		at, ids := d.hands(t, "Eka", "Toka", "Kolmas")
		_, other := d.findable(t, "toinen@posti.example", "Toinen", actor.Profile{})
		who := d.person(t, "kysyja@posti.example")
		x := d.along(t, who, other, ids)
		first := x.Waits()
		if got := stands(x); !slices.Equal(got, []string{"Eka:"}) || !first.Passes() || x.State != introduction.WithBroker || x.Broker.Email != "" {
			t.Fatalf("%v, %s, %+v", got, first, x.Broker)
		}
		if !x.Until.Equal(d.clock.Now().Add(introduction.Open + 2*introduction.PerHand)) {
			t.Errorf("until %v", x.Until)
		}
		if mine, err := introduction.Of(ctx, d.db, region, at[1].ID, 9); err != nil || len(mine) != 0 {
			t.Errorf("%d, %v: somebody knows of it before it has come to them", len(mine), err)
		}
		if id, more := x.Next(first); id != ids[1] || !more {
			t.Errorf("%v %v", id, more)
		}
		for i := range 3 {
			r := d.one(t, x.ID).Waits()
			if _, err := d.Hand(ctx, region, x.ID, introduction.Other, introduction.Pass{}); !fault.Is(err, fault.Conflict) {
				t.Errorf("passed on by whom it is for: %v", err)
			}
			var err error
			x, err = d.Hand(ctx, region, x.ID, r, introduction.Pass{Remark: fmt.Sprint("Sana ", i)})
			must(t, err)
			if _, err := d.Hand(ctx, region, x.ID, r, introduction.Pass{}); !fault.Is(err, fault.Conflict) {
				t.Errorf("passed on twice: %v", err)
			}
			if n := d.letters(t, introduction.PassOn); n != min(i+2, 3) {
				t.Errorf("%d letters to hands", n)
			}
			if s := d.one(t, x.ID).Shown(introduction.Asker, d.clock.Now()); s != introduction.WithOther {
				t.Errorf("the asker sees %s", s)
			}
		}
		x = d.one(t, x.ID)
		if got := stands(x); !slices.Equal(got, []string{"Eka:yes", "Toka:yes", "Kolmas:yes"}) || x.State != introduction.WithOther || x.Passer().Name != "Kolmas" || x.Remark != "Sana 2" || !x.Reached() {
			t.Fatalf("%v, %s, %+v", got, x.State, x.Passer())
		}
		if before, ok := x.Before(x.Hands[2].Role); !ok || before.Name != "Toka" {
			t.Errorf("%+v", before)
		}
		if loads, err := d.Loads(ctx, d.db, region); err != nil || len(loads) != 0 { // nobody has told a pace
			t.Errorf("%v, %v", loads, err)
		}
		x, err := d.Say(ctx, region, x.ID, introduction.Other, introduction.Yes, false, "")
		must(t, err)
		if to, ok := x.Contacts(introduction.Asker); !ok || to.Email != "toinen@posti.example" || d.letters(t, introduction.Meet) != 2 {
			t.Errorf("%v %+v", ok, to)
		}
		for _, h := range x.Hands {
			if _, ok := x.Contacts(h.Role); ok {
				t.Errorf("%s gets somebody's details", h.Name)
			}
		}
	})
}

// When somebody does not pass it on, or lets their time run out, the next best way is
// tried, where who asks wished so; whoever may not be asked any more is on none; who was
// never asked is not known there; and all the time who asks sees the same.
func TestANoTriesTheNextWayAndNobodyLearnsOfIt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		at, ids := d.hands(t, "Eka", "Toka", "Kolmas", "Neljas", "Viides")
		_, other := d.findable(t, "toinen@posti.example", "Toinen", actor.Profile{})
		who := d.person(t, "kysyja@posti.example")
		x := d.along(t, who, other, ids[:2], ids[2:3], ids[3:4], ids[4:])
		until := x.Until
		same := func() {
			t.Helper()
			x = d.one(t, x.ID)
			if s := x.Shown(introduction.Asker, d.clock.Now()); s != introduction.WithOther || !x.Until.Equal(until) || d.letters(t, introduction.Naught) != 0 {
				t.Errorf("the asker sees %s until %v", s, x.Until)
			}
		}
		_, err := d.Hand(ctx, region, x.ID, x.Waits(), introduction.Pass{Remark: "Terveisin Eka"})
		must(t, err)
		same()
		// Somebody on the next way does not want to be found any more: the one after it is taken.
		must(t, d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return d.actors.Choose(ctx, tx, region, ids[2], actor.Findable, false)
		}))
		_, err = d.Say(ctx, region, x.ID, x.Waits(), introduction.Never, false, "")
		must(t, err)
		same()
		if got := stands(x); !slices.Equal(got, []string{"Eka:yes", "Toka:never", "Neljas:"}) || x.Remark != "" {
			t.Fatalf("%v %q", got, x.Remark)
		}
		if _, ok := x.Before(x.Waits()); ok {
			t.Error("a hand of another way is told who was asked before")
		}
		// Their own pages tell those who were asked no more than that it waits for them no longer.
		if mine, err := introduction.Of(ctx, d.db, region, at[1].ID, 9); err != nil || len(mine) != 1 || mine[0].Waits() == mine[0].RoleOf(at[1].ID) {
			t.Errorf("%v, %v", mine, err)
		}
		// Nobody answers: reminded once, then it is over, in silence; a fourth way was never kept.
		d.clock.Advance(introduction.Nudge + time.Hour)
		must(t, d.Walk(ctx, region))
		if n := d.letters(t, introduction.Nudged); n != 1 {
			t.Errorf("%d reminders", n)
		}
		d.clock.Advance(introduction.HandTime)
		must(t, d.Walk(ctx, region))
		must(t, d.Walk(ctx, region))
		same()
		if got := stands(x); !slices.Equal(got, []string{"Eka:yes", "Toka:never", "Neljas:late"}) || x.State != introduction.Ended {
			t.Fatalf("%v %s", got, x.State)
		}
		d.clock.Advance(until.Sub(d.clock.Now()))
		must(t, d.Walk(ctx, region))
		if s := d.one(t, x.ID).Shown(introduction.Asker, d.clock.Now()); s != introduction.Ended || d.letters(t, introduction.Naught) != 1 {
			t.Errorf("%s in the end", s)
		}
		// After its time nobody of it is known.
		d.clock.Advance(introduction.Kept + time.Hour)
		must(t, d.Walk(ctx, region))
		var left int
		must(t, d.db.QueryRow(ctx, `SELECT COUNT(*) FROM introduction_sides WHERE email > '' OR name > '' OR actor_id > 0`).Scan(&left))
		if left != 0 {
			t.Errorf("%d are still known", left)
		}
	})
}

// Whoever leaves, asked or not, is gone from every chain, and it goes on another way.
func TestWhoLeavesIsGoneFromEveryChain(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		at, ids := d.hands(t, "Eka", "Toka", "Kolmas")
		_, other := d.findable(t, "toinen@posti.example", "Toinen", actor.Profile{})
		x := d.along(t, d.person(t, "kysyja@posti.example"), other, ids[:2], ids[2:])
		leave := func(i int) {
			t.Helper()
			must(t, d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				if err := d.EraseOf(ctx, tx, at[i]); err != nil {
					return err
				}
				return d.actors.Erase(ctx, tx, region, at[i].ID)
			}))
			var left int
			must(t, d.db.QueryRow(ctx, `SELECT COUNT(*) FROM introduction_sides WHERE actor_id = $1 OR address_id = $2 OR email = $3`, int64(ids[i]), int64(at[i].ID), at[i].Email).Scan(&left))
			if left != 0 {
				t.Errorf("%d rows are left of %s", left, at[i].Email)
			}
		}
		leave(1) // who was to be asked: the first way cannot be gone to its end
		x, err := d.Hand(ctx, region, x.ID, x.Waits(), introduction.Pass{})
		must(t, err)
		if got := stands(x); !slices.Equal(got, []string{"Eka:yes", "Kolmas:"}) {
			t.Fatalf("%v", got)
		}
		leave(2)
		if x = d.one(t, x.ID); x.State != introduction.Ended {
			t.Errorf("%s", x.State)
		}
	})
}

// Whatever the hands say, in any order: nobody is asked before the one before has passed
// it on, whom it is for is asked only by a whole way, and who asks sees nothing of it.
func TestNoHandIsGivenAway(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t))
	ctx := context.Background()
	_, ids := d.hands(t, "Eka", "Toka", "Kolmas", "Neljas")
	_, other := d.findable(t, "toinen@posti.example", "Toinen", actor.Profile{})
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		who := d.person(t, fmt.Sprintf("kysyja%d@posti.example", n))
		var ways [][]ident.ID
		for at := 0; at < len(ids); {
			to := min(len(ids), at+rapid.IntRange(1, 3).Draw(rt, "hands"))
			ways, at = append(ways, ids[at:to]), to
		}
		if !rapid.Bool().Draw(rt, "again") {
			ways = ways[:1]
		}
		x := d.along(t, who, other, ways...)
		until := x.Until
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			was := d.one(t, x.ID)
			r := was.Waits()
			var err error
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0, 1:
				_, err = d.Hand(ctx, region, x.ID, r, introduction.Pass{})
			case 2:
				_, err = d.Say(ctx, region, x.ID, r, rapid.SampledFrom([]introduction.Answer{introduction.NotMe, introduction.Yes}).Draw(rt, "says"), false, "")
			case 3:
				d.clock.Advance(time.Duration(rapid.IntRange(1, 120).Draw(rt, "hours")) * time.Hour)
				err = d.Walk(ctx, region)
			}
			if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
				rt.Fatal(err)
			}
			now := d.one(t, x.ID)
			waiting := 0
			for _, h := range now.Hands {
				if h.Answer == introduction.None {
					waiting++
				}
			}
			whole := len(now.Hands) > 0 && waiting == 0 && now.Hands[len(now.Hands)-1].Answer == introduction.Yes
			if waiting > 1 || now.Reached() && !whole || now.State == introduction.WithBroker && waiting != 1 {
				rt.Fatalf("%s: %v", now.State, stands(now))
			}
			if !now.Until.Equal(until) {
				rt.Fatalf("the time moved to %v", now.Until)
			}
			if s := now.Shown(introduction.Asker, d.clock.Now()); s == introduction.Ended && d.clock.Now().Before(until) {
				rt.Fatal("the asker sees an end before the time is up")
			}
			if was.State == introduction.Ended && now.State != introduction.Ended {
				rt.Fatalf("what had ended is %s", now.State)
			}
		}
	})
}
