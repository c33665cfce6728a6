package asking_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/trust"
)

// opens begins a wave for a network's members.
func (d *desk) opens(of ident.ID) asking.Wave {
	d.Helper()
	w, err := d.asking.OpenWave(context.Background(), here, "fi", asking.Wave{Texts: map[string]asking.Text{"fi": {Topic: "lähiruoka"}}, Network: of, Begins: office.Today(d.clock), Ends: office.Today(d.clock) + 14})
	if err != nil {
		d.Fatal(err)
	}
	return w
}

// link is somebody's link in a wave.
func (d *desk) link(w asking.Wave, a address.Address) string {
	d.Helper()
	keys, err := trust.KeysOf(context.Background(), d.db, here)
	if err != nil {
		d.Fatal(err)
	}
	return asking.InviteSecret(keys, w.ID, a.ID)
}

func TestAWaveIsAnsweredByLinksAndCounted(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		w := d.opens(7)
		coop, mill := d.organisation("Kylän Osuuskauppa"), d.organisation("Myllykosken Mylly")
		var all []address.Address
		var ids []ident.ID
		for i := range 8 {
			a := d.owner(fmt.Sprintf("vastaaja%d@posti.example", i))
			all, ids = append(all, a), append(ids, a.ID)
		}
		// One has said that they have no time, another that they want no such letters.
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			p, err := d.actors.Person(ctx, tx, all[7], "Kiireinen")
			if err != nil {
				return err
			}
			_, err = d.actors.Describe(ctx, tx, here, p.ID, actor.Profile{Name: "Kiireinen", Away: true})
			return err
		})
		if n, err := d.asking.Invite(ctx, here, w.ID, ids); err != nil || n != 7 {
			t.Fatalf("%d %v", n, err)
		}
		if n, err := d.asking.Invite(ctx, here, w.ID, ids); err != nil || n != 0 {
			t.Errorf("invited twice: %d %v", n, err)
		}
		if err := d.asking.NoMoreWaves(ctx, here, d.link(w, all[6])); err != nil {
			t.Fatal(err)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			some, more, err := asking.ToMail(ctx, tx, here, w.ID, d.clock.Now())
			if err == nil && (len(some) != 7 || more) {
				err = fmt.Errorf("%d letters, %v", len(some), more)
			}
			return err
		})
		answer := func(a address.Address, who ...asking.Named) {
			t.Helper()
			if err := d.asking.AnswerWave(ctx, here, d.link(w, a), asking.Draft{Name: "Vastaaja", Language: "fi", Who: who}, len(who) == 0); err != nil {
				t.Fatal(err)
			}
		}
		shop, flour := asking.Named{Name: "Osuuskauppa", Organisation: coop}, asking.Named{Name: "Mylly", Organisation: mill}
		for _, a := range all[:4] {
			answer(a, shop)
		}
		count := func(w asking.Wave) (asking.Result, []asking.Said) {
			t.Helper()
			said, invited, err := asking.Answers(ctx, d.db, w)
			if err != nil {
				t.Fatal(err)
			}
			return asking.Count(invited, said, func(id ident.ID) bool { return id == coop || id == mill }), said
		}
		if r, _ := count(w); !r.Answered.Few || r.Rate.Told || r.Each.Told || r.Density.Told || len(r.Often) != 0 {
			t.Errorf("four answers are told of: %+v", r)
		}
		answer(all[4], shop, asking.Named{Name: "Naapuri"})
		answer(all[5]) // nobody
		r, _ := count(w)
		if r.Answered.N != 6 || math.Abs(r.Rate.Of-6.0/7) > 1e-9 || math.Abs(r.Each.Of-1) > 1e-9 || r.Ties.N != 5 || len(r.Often) != 1 || r.Often[0] != (asking.Often{Organisation: coop, Times: 5}) {
			t.Errorf("%+v", r)
		}
		if math.Abs(r.Density.Of-5.0/(6*6)) > 1e-9 || r.Mutual.Told {
			t.Errorf("%+v", r)
		}
		// Answered again it takes the place of the first.
		answer(all[0], flour)
		if _, again := count(w); len(again) != 6 {
			t.Errorf("%+v", again)
		}
		if n, err := network.Counts(ctx, d.db, here); err != nil || n[network.Survey] != 5 || n[network.Asked] != 0 {
			t.Errorf("%v %v", n, err)
		}
		ends := d.asking.CloseWave(ctx, here, w.ID)
		if ends != nil {
			t.Fatal(ends)
		}
		if err := d.asking.AnswerWave(ctx, here, d.link(w, all[1]), asking.Draft{Name: "x", Who: []asking.Named{shop}}, false); code(err) != "wave.over" {
			t.Error(err)
		}
		if err := d.asking.AnswerWave(ctx, here, ident.Secret(), asking.Draft{}, true); !fault.Is(err, fault.Gone) {
			t.Error(err)
		}
		// The next wave: those who answered in both are compared.
		d.clock.Advance(300 * 24 * time.Hour)
		last := w
		w = d.opens(7)
		if n, err := d.asking.Invite(ctx, here, w.ID, ids); err != nil || n != 6 {
			t.Errorf("%d invited, one of whom wants no more: %v", n, err)
		}
		if b, ok, err := asking.Before(ctx, d.db, w); err != nil || !ok || b.ID != last.ID {
			t.Errorf("%+v %v %v", b, ok, err)
		}
		for _, a := range all[:6] {
			answer(a, flour)
		}
		_, second := count(w)
		_, first := count(last)
		if c := asking.Compare(first, second); !c.Told || c.Both.N != 6 || c.New.N != 5 || !c.Kept.Few || !c.Gone.Few {
			t.Errorf("%+v", c)
		}
		erased := all[0]
		if err := d.addresses.Erase(ctx, erased, d.asking.EraseOf, func(ctx context.Context, tx *store.Tx, a address.Address) error {
			return d.actors.Erase(ctx, tx, here, a.ID)
		}); err != nil {
			t.Fatal(err)
		}
		if n := d.count(fmt.Sprintf(`SELECT (SELECT COUNT(*) FROM wave_invites WHERE address_id = %d) + (SELECT COUNT(*) FROM asked_names WHERE address_id = %d)`, int64(erased.ID), int64(erased.ID))); n != 0 {
			t.Errorf("%d rows left", n)
		}
	})
}

func TestAWaveAsksSomebodyForSomeTime(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		today := office.Today(d.clock)
		texts := map[string]asking.Text{"fi": {Topic: "ruoka"}}
		for want, w := range map[string]asking.Wave{
			"asking.topic.missing topic.fi": {Texts: map[string]asking.Text{"sv": {Topic: "mat"}}, Network: 7, Begins: today, Ends: today},
			"wave.whom whom":                {Texts: texts, Begins: today, Ends: today},
			"day.missing begins":            {Texts: texts, Network: 7, Ends: today},
			"day.missing ends":              {Texts: texts, Theme: "food", Begins: today},
			"wave.ends.before ends":         {Texts: texts, Theme: "food", Begins: today, Ends: today - 1},
			"wave.long ends":                {Texts: texts, Theme: "food", Begins: today, Ends: today + 200},
		} {
			_, err := d.asking.OpenWave(context.Background(), here, "fi", w)
			if err == nil {
				t.Errorf("nothing wrong, not %s", want)
				continue
			}
			if e := fault.List(err)[0]; e.Key+" "+e.Field != want {
				t.Errorf("%s %s, not %s", e.Key, e.Field, want)
			}
		}
	})
}

// No number of a result is of fewer than five people, whatever was answered.
func TestNoNumberIsOfAFew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "answers")
		var all []asking.Said
		for i := range n {
			s := asking.Said{Who: ident.ID(100 + i), By: ident.ID(i + 1)}
			s.To = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ident.ID { return ident.ID(rapid.IntRange(1, 20).Draw(t, "to")) }), 0, 5).Draw(t, "whom")
			s.Named = len(s.To)
			all = append(all, s)
		}
		public := func(id ident.ID) bool { return id > 12 }
		r := asking.Count(rapid.IntRange(n, 20).Draw(t, "invited"), all, public)
		if n > 0 && n < asking.Few && (r.Answered.N != 0 || r.Rate.Told || r.Each.Told || r.Ties.N != 0 || r.Density.Told || r.Mutual.Told || r.Often != nil) {
			t.Fatalf("%d answers: %+v", n, r)
		}
		for _, told := range []asking.Number{r.Answered, r.Ties} {
			if told.N > 0 && told.N < asking.Few || told.Few && told.N != 0 {
				t.Fatalf("%+v", r)
			}
		}
		for _, s := range []asking.Share{r.Rate, r.Density, r.Mutual} {
			if s.Of < 0 || s.Of > 1+1e-9 || !s.Told && s.Of != 0 {
				t.Fatalf("%+v", r)
			}
		}
		for _, o := range r.Often {
			if !public(o.Organisation) || o.Times < asking.Few {
				t.Fatalf("%+v", o)
			}
		}
		c := asking.Compare(all, all)
		if c.Told != (n >= asking.Few) || c.New != (asking.Number{}) || c.Gone != (asking.Number{}) {
			t.Fatalf("the same compared with itself: %+v", c)
		}
	})
}
