package asking_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/network"
)

const here = "kouvola"

// desk is a store with one region, and the verbs.
type desk struct {
	testing.TB
	db        *store.DB
	clock     *clock.Fake
	ids       *ident.Maker
	actors    *actor.Service
	addresses *address.Service
	ties      *network.Service
	asking    *asking.Service
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC))
		ids := ident.NewMaker(c)
		d := &desk{TB: t, db: db, clock: c, ids: ids, actors: actor.New(db, c, ids), addresses: address.New(db, c, ids), ties: network.New(db, c, ids)}
		d.asking = asking.New(db, c, ids, d.actors, d.addresses)
		d.actors.Tell(network.Heard)
		d.ties.Tell(asking.Follow)
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
			return err
		})
		behaviour(t, d)
	})
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) {
	d.Helper()
	if err := d.db.Tx(context.Background(), do); err != nil {
		d.Fatal(err)
	}
}

// owner is a confirmed address.
func (d *desk) owner(email string) (a address.Address) {
	d.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = d.addresses.Proven(ctx, tx, here, email, "fi")
		return err
	})
	return a
}

func (d *desk) organisation(name string) (id ident.ID) {
	d.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		_, id, err = d.actors.Resolve(ctx, tx, here, name, func(string) bool { return false })
		return err
	})
	return id
}

// says has the owner of an address say whom they would ask about food.
func (d *desk) says(a address.Address, who ...asking.Named) error {
	return d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return d.asking.Say(ctx, tx, a, asking.Draft{Name: "Maija", Topic: "Lähiruoka", Language: "fi", Who: who})
	})
}

func (d *desk) own(a address.Address) []asking.Naming {
	d.Helper()
	all, err := asking.Own(context.Background(), d.db, here, a.ID)
	if err != nil {
		d.Fatal(err)
	}
	return all
}

func (d *desk) of(id ident.ID) []network.Tie {
	d.Helper()
	all, err := network.Of(context.Background(), d.db, here, id)
	if err != nil {
		d.Fatal(err)
	}
	return all
}

// secret is the link of the letter to whom is named.
func (d *desk) secret(n asking.Naming) (secret string) {
	d.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		secret, err = asking.Link(ctx, tx, here, n.ID)
		return err
	})
	return secret
}

func (d *desk) count(query string) (n int) {
	d.Helper()
	if err := d.db.QueryRow(context.Background(), query).Scan(&n); err != nil {
		d.Fatal(err)
	}
	return n
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.List(err)[0].Key
}

func TestAnOrganisationIsATieAtOnceAndAPersonWhenTheyAgree(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		maija, coop := d.owner("maija@posti.example"), d.organisation("Kylän Osuuskauppa")
		if err := d.says(maija, asking.Named{Name: "Osuuskauppa", Organisation: coop, Often: asking.Much, Well: asking.Some}, asking.Named{Name: "Kalle Keittäjä", Email: "Kalle@Posti.Example"}, asking.Named{Name: "Naapurin Liisa"}); err != nil {
			t.Fatal(err)
		}
		me, _, err := actor.OfAddress(ctx, d.db, here, maija.ID)
		if err != nil {
			t.Fatal(err)
		}
		ties := d.of(me.ID)
		if len(ties) != 1 || ties[0].From != me.ID || ties[0].To != coop || ties[0].Why != network.Asked || ties[0].Kind != network.Stated || math.Abs(ties[0].Weight-asking.Weight(asking.Much, asking.Some)) > 0.001 {
			t.Fatalf("%+v", ties)
		}
		if n := d.count(`SELECT COUNT(*) FROM people`); n != 1 {
			t.Errorf("%d persons: somebody named is nobody here", n)
		}
		states := map[asking.State]int{}
		var kalle asking.Naming
		for _, n := range d.own(maija) {
			states[n.State]++
			if n.State == asking.Waiting {
				kalle = n
			}
		}
		if states[asking.Public] != 1 || states[asking.Waiting] != 1 || states[asking.Note] != 1 || kalle.Email != "kalle@posti.example" {
			t.Fatalf("%v %+v", states, kalle)
		}
		if n := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'asking.told'`); n != 1 {
			t.Errorf("%d letters", n)
		}
		link := d.secret(kalle)
		if err := d.asking.Answer(ctx, here, link, asking.Yes, " "); code(err) != "event.name.missing" {
			t.Error(err)
		}
		if err := d.asking.Answer(ctx, here, link, "perhaps", ""); code(err) != "asking.answer.missing" {
			t.Error(err)
		}
		if err := d.asking.Answer(ctx, here, link, asking.Yes, "Kalle Kokki"); err != nil {
			t.Fatal(err)
		}
		if err := d.asking.Answer(ctx, here, link, asking.No, ""); code(err) != "asking.answered" {
			t.Error(err)
		}
		who, ok, err := actor.OfEmail(ctx, d.db, here, "kalle@posti.example")
		if err != nil || !ok || who.Title != "Kalle Kokki" {
			t.Fatalf("%+v %v %v", who, ok, err)
		}
		if ties := d.of(who.ID); len(ties) != 1 || ties[0].From != me.ID || ties[0].To != who.ID {
			t.Errorf("%+v", ties)
		}
		if all, err := asking.Of(ctx, d.db, here, who.ID); err != nil || len(all) != 1 || all[0].Email != "" {
			t.Errorf("%+v %v", all, err)
		}
		// A renewed tie is as strong as a new one; one taken back is none.
		d.clock.Advance(4 * 365 * 24 * time.Hour)
		if s := d.of(who.ID)[0].Strength(d.clock.Now()); s > 0.6*d.of(who.ID)[0].Weight {
			t.Errorf("it does not fade: %v", s)
		}
		onOwn := func(do func(ctx context.Context, tx *store.Tx) error) {
			t.Helper()
			d.tx(do)
		}
		onOwn(func(ctx context.Context, tx *store.Tx) error { return d.asking.Renew(ctx, tx, maija, kalle.ID) })
		if tie := d.of(who.ID)[0]; tie.Strength(d.clock.Now()) != tie.Weight {
			t.Errorf("not renewed: %+v", tie)
		}
		stranger := d.owner("joku@posti.example")
		if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return d.asking.TakeBack(ctx, tx, stranger, kalle.ID) }); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else's: %v", err)
		}
		onOwn(func(ctx context.Context, tx *store.Tx) error {
			return d.asking.Decline(ctx, tx, here, who.ID, kalle.ID)
		})
		if len(d.of(who.ID)) != 0 {
			t.Error("the tie is left after the yes was taken back")
		}
		for _, n := range d.own(maija) {
			onOwn(func(ctx context.Context, tx *store.Tx) error { return d.asking.TakeBack(ctx, tx, maija, n.ID) })
		}
		if len(d.of(coop)) != 0 || d.count(`SELECT COUNT(*) FROM asked_names`) != 0 {
			t.Error("something is left")
		}
	})
}

// A no, silence and a mailbox that is spared look the same to who asked, at any moment.
func TestANoIsNotToldApart(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		other := d.owner("toinen@posti.example")
		if err := d.says(other, asking.Named{Name: "Sinnikäs", Email: "sinnikas@posti.example"}); err != nil {
			t.Fatal(err)
		}
		if err := d.asking.Answer(ctx, here, d.secret(d.own(other)[0]), asking.Never, ""); err != nil {
			t.Fatal(err)
		}
		d.clock.Advance(200 * 24 * time.Hour)
		maija := d.owner("maija@posti.example")
		if err := d.says(maija, asking.Named{Name: "Kielto", Email: "kielto@posti.example"}, asking.Named{Name: "Hiljaa", Email: "hiljaa@posti.example"}, asking.Named{Name: "Sinnikäs", Email: "sinnikas+uusi@posti.example"}); err != nil {
			t.Fatal(err)
		}
		for _, n := range d.own(maija) {
			if n.Named == "Kielto" {
				if err := d.asking.Answer(ctx, here, d.secret(n), asking.No, ""); err != nil {
					t.Fatal(err)
				}
			}
			if n.Named == "Sinnikäs" && n.Email != "" {
				t.Error("asked again though never wanted")
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'asking.told'`); n != 3 {
			t.Errorf("%d letters, one of them to who has said never", n)
		}
		same := func(want asking.State) {
			t.Helper()
			for _, n := range d.own(maija) {
				if n.Shown(d.clock.Now()) != want {
					t.Errorf("%s is %s, not %s", n.Named, n.Shown(d.clock.Now()), want)
				}
			}
		}
		same(asking.Waiting)
		if at, err := asking.Asked(ctx, d.db, here, maija.ID); err != nil || len(at) != 3 {
			t.Errorf("the letters tell who was spared: %v %v", at, err)
		}
		d.clock.Advance(asking.Open - time.Minute)
		if err := d.asking.Walk(ctx, here); err != nil {
			t.Fatal(err)
		}
		same(asking.Waiting)
		d.clock.Advance(2 * time.Minute)
		if err := d.asking.Walk(ctx, here); err != nil {
			t.Fatal(err)
		}
		same(asking.Ended)
		if n := d.count(`SELECT COUNT(*) FROM asked_names WHERE email <> ''`); n != 0 {
			t.Errorf("%d addresses are kept for nothing", n)
		}
		// Nor is the same mailbox written to by another for a good while.
		liisa := d.owner("liisa@posti.example")
		if err := d.says(liisa, asking.Named{Name: "Hiljaa", Email: "hiljaa@posti.example"}); err != nil {
			t.Fatal(err)
		}
		if n := d.own(liisa)[0]; n.State != asking.Waiting || n.Email != "" {
			t.Errorf("%+v", n)
		}
		// A name that nobody has said anew for years is forgotten, a tie is not.
		coop := d.organisation("Kylän Osuuskauppa")
		if err := d.says(maija, asking.Named{Name: "x", Organisation: coop}); err != nil {
			t.Fatal(err)
		}
		d.clock.Advance(asking.Kept)
		if err := d.asking.Walk(ctx, here); err != nil {
			t.Fatal(err)
		}
		if all := d.own(maija); len(all) != 1 || all[0].Actor != coop {
			t.Errorf("%+v", all)
		}
		if n := d.count(`SELECT COUNT(*) FROM asked_letters`); n != 0 {
			t.Errorf("%d mailboxes remembered", n)
		}
	})
}

func TestLettersAreBoundedAndNobodyNamesThemselves(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		maija := d.owner("maija@posti.example")
		if err := d.says(maija, asking.Named{Name: "Minä", Email: "maija@posti.example"}); code(err) != "asking.self" {
			t.Error(err)
		}
		for i := range asking.LettersDay {
			if err := d.says(maija, asking.Named{Name: fmt.Sprint("Tuttu ", i), Email: fmt.Sprintf("tuttu%d@posti.example", i)}); err != nil {
				t.Fatal(err)
			}
		}
		all := d.own(maija)
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.asking.TakeBack(ctx, tx, maija, all[0].ID) })
		if err := d.says(maija, asking.Named{Name: "Yksi yli", Email: "yli@posti.example"}); code(err) != "asking.letters" {
			t.Error(err)
		}
		// Said again, about the same, it is the same: asked once.
		if err := d.says(maija, asking.Named{Name: "tuttu 1", Well: asking.Much}); err != nil {
			t.Fatal(err)
		}
		if again := d.own(maija); len(again) != asking.LettersDay-1 {
			t.Errorf("%d", len(again))
		}
		d.clock.Advance(25 * time.Hour)
		if err := d.says(maija, asking.Named{Name: "Yksi yli", Email: "yli@posti.example"}); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatSomebodyNamedWantsErasedGoesWithThem(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		maija := d.owner("maija@posti.example")
		coop, heir := d.organisation("Kylän Osuuskauppa"), d.organisation("Maakunnan Kauppa")
		if err := d.says(maija, asking.Named{Name: "Kalle", Email: "kalle@posti.example"}, asking.Named{Name: "Liisa", Email: "liisa@posti.example"}, asking.Named{Name: "Osuuskauppa", Organisation: coop}); err != nil {
			t.Fatal(err)
		}
		for _, n := range d.own(maija) {
			if n.Named == "Kalle" {
				if err := d.asking.Answer(ctx, here, d.secret(n), asking.Yes, "Kalle"); err != nil {
					t.Fatal(err)
				}
			}
		}
		erase := func(a address.Address) {
			t.Helper()
			if err := d.addresses.Erase(ctx, a, d.asking.EraseOf, func(ctx context.Context, tx *store.Tx, a address.Address) error {
				return d.actors.Erase(ctx, tx, here, a.ID)
			}); err != nil {
				t.Fatal(err)
			}
		}
		erase(d.owner("kalle@posti.example"))
		erase(d.owner("liisa@posti.example"))
		if all := d.own(maija); len(all) != 1 || all[0].Actor != coop {
			t.Errorf("%+v", all)
		}
		// The organisation turns out to be another.
		if err := d.ties.Follow(ctx, here, coop, heir); err != nil {
			t.Fatal(err)
		}
		n := d.own(maija)[0]
		if n.Actor != heir || len(d.of(heir)) != 1 || len(d.of(coop)) != 0 {
			t.Errorf("%+v", n)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.asking.TakeBack(ctx, tx, maija, n.ID) })
		if len(d.of(heir)) != 0 {
			t.Error("the tie that followed is left")
		}
		if err := d.says(maija, asking.Named{Name: "x", Organisation: heir}, asking.Named{Name: "Pekka", Email: "pekka@posti.example"}); err != nil {
			t.Fatal(err)
		}
		erase(maija)
		if n := d.count(`SELECT (SELECT COUNT(*) FROM asked_names) + (SELECT COUNT(*) FROM ties) + (SELECT COUNT(*) FROM asked_letters WHERE address_id <> 0)`); n != 0 {
			t.Errorf("%d rows left", n)
		}
	})
}

func TestADraftNamesSomebodyAboutSomething(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]asking.Draft{
		"asking.topic.missing topic":        {Name: "Maija", Who: []asking.Named{{Name: "Kalle"}}},
		"asking.topic.link topic":           {Name: "Maija", Topic: "halpaa: https://x.example", Who: []asking.Named{{Name: "Kalle"}}},
		"asking.topic.link name":            {Name: "www.halpaa.example", Topic: "ruoka", Who: []asking.Named{{Name: "Kalle"}}},
		"event.name.missing name":           {Topic: "ruoka", Who: []asking.Named{{Name: "Kalle"}}},
		"asking.who.missing who-1":          {Name: "Maija", Topic: "ruoka", Who: make([]asking.Named, 5)},
		"asking.who.missing who-2":          {Name: "Maija", Topic: "ruoka", Who: []asking.Named{{Name: "Kalle"}, {Email: "x@posti.example"}}},
		"email.wrong email-1":               {Name: "Maija", Topic: "ruoka", Who: []asking.Named{{Name: "Kalle", Email: "kalle"}}},
		"asking.email.organisation email-1": {Name: "Maija", Topic: "ruoka", Who: []asking.Named{{Name: "Kauppa", Organisation: 7, Email: "k@posti.example"}}},
		"too_long topic":                    {Name: "Maija", Topic: strings.Repeat("ä", asking.MaxTopic+1), Who: []asking.Named{{Name: "Kalle"}}},
		"too_long who-1":                    {Name: "Maija", Topic: "ruoka", Who: []asking.Named{{Name: strings.Repeat("ä", asking.MaxNamed+1)}}},
		"asking.who.many ":                  {Name: "Maija", Topic: "ruoka", Who: []asking.Named{{Name: "1"}, {Name: "2"}, {Name: "3"}, {Name: "4"}, {Name: "5"}, {Name: "6"}}},
	} {
		err := d.Check()
		if err == nil {
			t.Errorf("nothing wrong, not %s", want)
			continue
		}
		if e := fault.List(err)[0]; e.Key+" "+e.Field != want {
			t.Errorf("%s %s, not %s", e.Key, e.Field, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := asking.Scale(rapid.IntRange(1, 3).Draw(t, "a")), asking.Scale(rapid.IntRange(1, 3).Draw(t, "b")), asking.Scale(rapid.IntRange(1, 3).Draw(t, "c"))
		w := asking.Weight(a, b)
		if w <= 0 || w > 1 || asking.Weight(b, a) != w || c > a && asking.Weight(c, b) <= w {
			t.Fatalf("%v of %d and %d", w, a, b)
		}
		d := asking.Draft{Name: rapid.String().Draw(t, "name"), Topic: rapid.String().Draw(t, "topic"), Who: []asking.Named{{Name: rapid.String().Draw(t, "who")}, {Name: rapid.String().Draw(t, "other")}}}
		if d.Check() == nil { // what is right stays right and as it is
			first := fmt.Sprintf("%+v", d)
			if err := d.Check(); err != nil || fmt.Sprintf("%+v", d) != first {
				t.Fatalf("%v: %s then %+v", err, first, d)
			}
		}
	})
}
