package forecast_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/forecast"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/network"
)

// tied has forecasts go through the network of who is counted.
func (d *desk) tied() {
	d.Through(network.NewCounted(d.db, d.clock))
	d.actors.Tell(network.Heard)
	d.actors.Tell(d.Heard)
	d.actors.TellNoted(network.Noted)
}

// chooses has somebody choose, past their page.
func (d *desk) chooses(person ident.ID, yes bool, all ...actor.Choice) {
	d.t.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		for _, c := range all {
			if err := d.actors.Choose(ctx, tx, region, person, c, yes); err != nil {
				return err
			}
		}
		return nil
	})
}

// crowd makes people who are tied to those around them and may be found and counted,
// each tied to the first hub of three.
func (d *desk) crowd(n int) (all []ident.ID) {
	d.t.Helper()
	for i := range n {
		who := d.person(fmt.Sprintf("vaki%d@posti.example", i))
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			a, err := d.actors.Person(ctx, tx, who, fmt.Sprintf("Väki %d", i))
			all = append(all, a.ID)
			return err
		})
		d.chooses(all[i], true, actor.Findable, actor.Counted)
	}
	for i := 3; i < n; i++ {
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return network.Tied(ctx, tx, region, network.Tie{From: all[i%3], To: all[i], Kind: network.Stated, Why: network.Introduction, Source: all[i], At: d.clock.Now()})
		})
	}
	return all
}

func TestWhomToInvolveIsASetOfThoseWhoAllowIt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.tied()
		sp := d.drop("tuoja@posti.example").Spark
		all := d.crowd(24)
		ctx := context.Background()
		ask := func(a forecast.Asking) forecast.Whom {
			t.Helper()
			a.Today = d.today()
			w, err := d.Involve(ctx, sp, a)
			d.must(err)
			return w
		}
		in := func(w forecast.Whom) (ids []ident.ID) {
			for _, c := range w.Set {
				ids = append(ids, c.ID)
			}
			return ids
		}
		w := ask(forecast.Asking{Known: all[:12]})
		if n := len(w.Set); n < 3 || n > 7 || !w.Effect.Known || w.Effect.High < float64(n) || w.Effect.Low > w.Effect.High || w.Size != 24 {
			t.Fatalf("%+v", w)
		}
		for _, hub := range all[:3] { // who reach most are chosen first
			if !slices.Contains(in(w), hub) {
				t.Errorf("%s, who has most ties, is not in %v", hub, in(w))
			}
		}
		if again := ask(forecast.Asking{Known: all[:12]}); !slices.Equal(in(again), in(w)) || again.Effect != w.Effect {
			t.Error("the same question has another answer")
		}
		// Who is full is not suggested.
		if w := ask(forecast.Asking{Known: all[:12], Load: func(id ident.ID) float64 {
			if id == all[0] {
				return 1
			}
			return 0
		}}); slices.Contains(in(w), all[0]) {
			t.Error("somebody who is full is suggested")
		}
		// No number is told of one person or two.
		if w := ask(forecast.Asking{Known: all[:12], With: all[:2]}); w.Refuse == nil || w.WhatIf.Known || fault.CodeOf(w.Refuse) != fault.Invalid {
			t.Errorf("%+v", w)
		}
		if w := ask(forecast.Asking{Known: all[:12], With: all[:3]}); w.Refuse != nil || !w.WhatIf.Known || len(w.What) != 3 {
			t.Errorf("%+v", w)
		}
		// Of a place where nobody is it is told that the number is of the others alone, or that there is none.
		if w := ask(forecast.Asking{Known: all[:12], With: all[:3], Place: "elimaki"}); !w.Nobody || !w.WhatIf.Known || len(w.What) != 3 {
			t.Errorf("%+v", w)
		}
		if w := ask(forecast.Asking{Known: all[:12], Place: "elimaki"}); !w.Nobody || w.Refuse == nil || w.WhatIf.Known {
			t.Errorf("%+v", w)
		}
		if w := ask(forecast.Asking{Known: all[:2]}); len(w.Set) != 0 || w.Effect.Known {
			t.Errorf("a set of two: %+v", w)
		}
		// Whoever takes either choice back is in no answer from then on, nor is anything
		// reached by way of them when they are not counted.
		d.chooses(all[0], false, actor.Findable)
		if w := ask(forecast.Asking{Known: all[:12], With: all[:3]}); slices.Contains(in(w), all[0]) || w.WhatIf.Known || w.Size != 24 {
			t.Errorf("not findable: %v", in(w))
		}
		d.chooses(all[1], false, actor.Counted)
		w = ask(forecast.Asking{Known: all[:12]})
		if slices.Contains(in(w), all[1]) || w.Size != 23 {
			t.Errorf("not counted: %v of %d", in(w), w.Size)
		}
		// Somebody who is in the ring already is not asked again.
		d.join(sp.ID, "vaki2@posti.example", "")
		if w := ask(forecast.Asking{Known: all[:12]}); slices.Contains(in(w), all[2]) {
			t.Errorf("of the ring: %v", in(w))
		}
	})
}

// Forty sparks have had their time: those with company in their first month caught fire.
func TestWithEnoughBehindItAForecastIsLearnt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.rule.People, d.rule.Groups, d.rule.Kept = 3, 2, 0
		for i := range 44 {
			sp := d.drop(fmt.Sprintf("t%d@posti.example", i)).Spark
			if i%2 == 0 {
				d.join(sp.ID, fmt.Sprintf("e%d@posti.example", i), "")
				if i%20 != 0 {
					d.drain()
					d.clock.Advance(40 * day)
					d.join(sp.ID, fmt.Sprintf("f%d@posti.example", i), "")
				}
			}
			d.drain()
		}
		d.clock.Advance(200 * day)
		d.score()
		lone, company := d.drop("yksin@posti.example").Spark, d.drop("seura@posti.example").Spark
		d.join(company.ID, "kaveri@posti.example", "")
		d.drain()
		a, _ := d.latest(lone.ID)
		b, _ := d.latest(company.ID)
		if a.Evidence != forecast.Learnt || b.Evidence != forecast.Learnt || a.Base.Finished != 44 {
			t.Fatalf("%s %s, %+v", a.Evidence, b.Evidence, a.Base)
		}
		if a.Chance.Mid >= a.Base.Rate() || b.Chance.Mid <= b.Base.Rate() || a.Chance.Low > a.Chance.Mid || b.Chance.High < b.Chance.Mid {
			t.Errorf("alone %+v, in company %+v, of all %v", a.Chance, b.Chance, a.Base.Rate())
		}
		if !b.Reach.Known || b.Reach.Low < 2 || b.Reach.High < b.Reach.Low || len(b.Spread.Days) != 6 || b.Spread.Runs == 0 {
			t.Errorf("%+v, %+v", b.Reach, b.Spread)
		}
		for i, x := range b.Spread.Days {
			if x.Low > x.Mid || x.Mid > x.High || i > 0 && x.High < b.Spread.Days[i-1].High {
				t.Errorf("%+v", b.Spread.Days)
			}
		}
		if h, err := d.Held(ctx, region); err != nil || h.Base.Finished != 44 || !h.Better {
			t.Errorf("%+v %v", h, err)
		}
	})
}

// What is learnt of an age, and scored at it, is what the look of that very day made: it
// comes a little after the hour of the drop.
func TestTheLookOfADayIsWhatStoodOnIt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.rule.People, d.rule.Groups, d.rule.Kept = 3, 2, 0
		bring := func(n int, of string) (all []ident.ID) {
			for i := range n {
				all = append(all, d.drop(fmt.Sprintf("%s%d@posti.example", of, i)).Spark.ID)
				if i%2 == 0 {
					d.join(all[i], fmt.Sprintf("e%s%d@posti.example", of, i), "")
				}
				d.drain()
			}
			return all
		}
		first := bring(40, "ensin")
		d.clock.Advance(40 * day)
		for i, sp := range first {
			if i%2 == 0 && i%20 != 0 {
				d.join(sp, fmt.Sprintf("f%d@posti.example", i), "")
			}
		}
		d.drain()
		d.clock.Advance(120 * day)
		bring(6, "sitten") // while nothing has had its time: none of them has an estimate
		d.clock.Advance(30*day + 6*time.Hour)
		d.score() // the first have had theirs
		d.drain() // and of the others one is made today
		d.clock.Advance(180 * day)
		d.score()
		h, err := d.Held(ctx, region)
		d.must(err)
		if n := h.Scores[2].N; n != 6 || h.Scores[0].N != 0 {
			t.Errorf("%d of 6 were scored as they stood at thirty days, %d on the day", n, h.Scores[0].N)
		}
	})
}

// What others would bring is told beside how far it goes as it is, and both are of who
// cares for its theme: what was worked out for another theme is not told again.
func TestWhatOthersBringIsOfTheSameModelAsTheReach(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.tied()
		all := d.crowd(43) // three hubs, forty who hang on them
		name := func(i int) string { return fmt.Sprintf("vaki%d@posti.example", i) }
		for i := 23; i < 43; i++ {
			d.follows(name(i), "vesi")
		}
		d.clock.Advance(day)
		begin := func(theme string) spark.Spark {
			sp := d.dropAbout(name(3), theme)
			for i := 4; i < 7; i++ {
				d.join(sp.ID, name(i), "")
			}
			return sp
		}
		water, other := begin("vesi"), begin("tuli")
		d.drain()
		ask := func(sp spark.Spark) forecast.Whom {
			t.Helper()
			w, err := d.Involve(ctx, sp, forecast.Asking{Today: d.today(), With: all[:3], Role: ring.Doer})
			d.must(err)
			if !w.Themed {
				t.Errorf("%+v", w)
			}
			return w
		}
		// They are asked of in turn, and again: both begin with the same people.
		of := map[ident.ID]forecast.Whom{}
		for _, sp := range []spark.Spark{water, other, water, other} {
			w := ask(sp)
			if was, ok := of[sp.ID]; ok && (w.WhatIf != was.WhatIf || w.RoleIf != was.RoleIf) {
				t.Errorf("%+v %+v, and again %+v %+v", was.WhatIf, was.RoleIf, w.WhatIf, w.RoleIf)
			}
			of[sp.ID] = w
			r, ok := d.reach(sp.ID)
			base, err := d.Begun(ctx, sp)
			d.must(err)
			whole := func(share float64) float64 { return math.Round(base.Quantile(share)) - 4 }
			got := forecast.Range{Low: whole(.1), Mid: whole(.5), High: whole(.9), Known: true}
			if !ok || !r.Themed || r.Known != 4 || r.Others != 0 || got != r.Range() {
				t.Errorf("%v is told to reach %+v more (of %d and %d others, themed: %v), and is asked of as %+v", sp.Tags, r.Range(), r.Known, r.Others, r.Themed, got)
			}
		}
		if w, o := of[water.ID], of[other.ID]; w.WhatIf.Mid <= o.WhatIf.Mid || w.WhatIf.High <= o.WhatIf.High {
			t.Errorf("of what twenty care for three bring %+v, of what nobody does %+v", w.WhatIf, o.WhatIf)
		}
	})
}
