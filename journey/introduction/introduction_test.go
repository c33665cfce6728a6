package introduction_test

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/introduction"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/office"
)

const region = "kouvola"

type desk struct {
	*introduction.Service
	db      *store.DB
	clock   *clock.Fake
	sparks  *spark.Service
	places  *address.Service
	actors  *actor.Service
	officer office.Officer
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
	ctx := context.Background()
	must(t, db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, region)
		return err
	}))
	o, err := office.New(db, c, ids).Hire(ctx, office.Officer{Region: region, Email: "olli@kouvola.example", Name: "Olli", Role: office.Manager, Language: "fi"})
	must(t, err)
	d := &desk{db: db, clock: c, sparks: spark.New(db, c, ids), places: address.New(db, c, ids), actors: actor.New(db, c, ids), officer: o}
	d.Service = introduction.New(db, c, ids, d.sparks, d.actors)
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) drop(t testing.TB) spark.Spark {
	t.Helper()
	r, err := d.sparks.Drop(context.Background(), region, spark.Programme{Promise: promise{}, Version: 1}, spark.Draft{Text: "Laituri kuntoon.", Language: "fi"}, spark.By{})
	must(t, err)
	return r.Spark
}

func (d *desk) person(t testing.TB, email string) address.Address {
	t.Helper()
	ctx := context.Background()
	var l address.Letter
	_, err := d.places.Ask(ctx, address.Asking{Region: region, Email: email, Language: "fi", Then: address.Then{Kind: "page"}}, func(_ context.Context, _ *store.Tx, sent address.Letter) error { l = sent; return nil })
	must(t, err)
	c, err := d.places.Confirm(ctx, region, l.Secret, "", nil)
	must(t, err)
	return c.Address
}

// findable is a person who chose to be found.
func (d *desk) findable(t testing.TB, email, name string, p actor.Profile) (a address.Address, id ident.ID) {
	t.Helper()
	a = d.person(t, email)
	must(t, d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		who, err := d.actors.Person(ctx, tx, a, name)
		if err != nil {
			return err
		}
		id, p.Name = who.ID, name
		if _, err := d.actors.Describe(ctx, tx, region, id, p); err != nil {
			return err
		}
		return d.actors.Choose(ctx, tx, region, id, actor.Findable, true)
	}))
	return a, id
}

func (d *desk) ask(who address.Address, sp, to ident.ID) (x introduction.Introduction, err error) {
	err = d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		x, err = d.Ask(ctx, tx, who, d.officer, introduction.Draft{Spark: sp, Wanted: "Joku", Actor: to, Name: "Kysyjä", Message: "Hei. Moi.", Tells: true, Language: "fi"})
		return err
	})
	return x, err
}

func (d *desk) one(t testing.TB, id ident.ID) introduction.Introduction {
	t.Helper()
	x, err := introduction.One(context.Background(), d.db, region, id)
	must(t, err)
	return x
}

// letters counts what was asked to be told of an introduction, by what and to whom.
func (d *desk) letters(t testing.TB, news introduction.News) (n int) {
	t.Helper()
	must(t, d.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM jobs WHERE kind = 'introduction.told' AND args LIKE $1`, `%"news":"`+string(news)+`"%`).Scan(&n))
	return n
}

func TestPeopleWhoBothSayYesAreTiedAndTheStoryTellsAsFarAsBothAllow(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		sp := d.drop(t)
		other, person := d.findable(t, "toinen@posti.example", "Toinen", actor.Profile{})
		for i, tells := range []bool{true, false} {
			who := d.person(t, []string{"eka@posti.example", "kolmas@posti.example"}[i])
			x, err := d.ask(who, sp.ID, person)
			must(t, err)
			if x.State != introduction.WithBroker || d.letters(t, introduction.PassOn) != i+1 {
				t.Fatalf("%s, %d letters", x.State, d.letters(t, introduction.PassOn))
			}
			_, err = d.PassOn(ctx, region, x.ID, introduction.Pass{})
			must(t, err)
			x, err = d.Say(ctx, region, x.ID, introduction.Other, introduction.Yes, tells, "")
			must(t, err)
			if to, ok := x.Contacts(introduction.Asker); !ok || to.Email != other.Email || x.State != introduction.Met || d.letters(t, introduction.Meet) != 2*(i+1) {
				t.Fatalf("%s, %+v, %d letters", x.State, to, d.letters(t, introduction.Meet))
			}
			ties, err := network.Of(ctx, d.db, region, person)
			if err != nil || len(ties) != i+1 {
				t.Errorf("%d ties, %v", len(ties), err)
			}
			if i == 1 { // said twice is said once
				if _, err := d.Say(ctx, region, x.ID, introduction.Other, introduction.NotMe, false, ""); !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			}
		}
		public, _, err := story.Of(ctx, d.db, region, sp.ID, story.Public, 0)
		must(t, err)
		inside, _, err := story.Of(ctx, d.db, region, sp.ID, story.InOffice, 0)
		must(t, err)
		count := func(all []story.Beat) (n int) {
			for _, b := range all {
				if b.Type == story.Introduced {
					n++
				}
			}
			return n
		}
		if count(public) != 1 || count(inside) != 2 {
			t.Errorf("everybody reads %d, the office %d", count(public), count(inside))
		}
	})
}

// Who has no time, or has been asked as often as suits them, hears nothing; nobody can
// tell it from silence.
func TestLimitsAreHonouredSilently(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		sp := d.drop(t)
		_, busy := d.findable(t, "kiire@posti.example", "Kiireinen", actor.Profile{Away: true})
		_, once := d.findable(t, "kerran@posti.example", "Kerran", actor.Profile{Pace: 1})
		hidden := d.person(t, "piilo@posti.example")
		var hid actor.Actor
		must(t, d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			hid, err = d.actors.Person(ctx, tx, hidden, "Piilossa")
			return err
		}))
		if _, err := d.ask(d.person(t, "a@posti.example"), sp.ID, hid.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("asked for somebody who does not want to be found: %v", err)
		}
		would := 0
		for i, c := range []struct {
			to   ident.ID
			told bool
		}{{busy, false}, {once, true}, {once, false}} {
			x, err := d.ask(d.person(t, string(rune('b'+i))+"@posti.example"), sp.ID, c.to)
			must(t, err)
			_, err = d.PassOn(ctx, region, x.ID, introduction.Pass{})
			must(t, err)
			if c.told {
				would++
			}
			if n := d.letters(t, introduction.Would); n != would {
				t.Errorf("%d: %d letters, want %d", i, n, would)
			}
			if s := d.one(t, x.ID).Shown(introduction.Asker, d.clock.Now()); s != introduction.WithOther {
				t.Errorf("%d: the asker sees %s", i, s)
			}
		}
		if load, err := d.Loads(ctx, d.db, region); err != nil || load[once] < 1 {
			t.Errorf("%v %v", load, err)
		}
		d.clock.Advance(introduction.Nudge + time.Hour)
		must(t, d.Walk(ctx, region))
		must(t, d.Walk(ctx, region))
		if n := d.letters(t, introduction.Nudged); n != 1 { // only who was asked is reminded, once
			t.Errorf("%d reminders", n)
		}
		d.clock.Advance(introduction.Open)
		must(t, d.Walk(ctx, region))
		must(t, d.Walk(ctx, region))
		if n := d.letters(t, introduction.Naught); n != 3 {
			t.Errorf("%d are told that it got nowhere", n)
		}
		d.clock.Advance(introduction.Kept + time.Hour)
		must(t, d.Walk(ctx, region))
		var left int
		must(t, d.db.QueryRow(ctx, `SELECT COUNT(*) FROM introduction_sides WHERE email > '' OR name > ''`).Scan(&left))
		if left != 0 {
			t.Errorf("%d sides are still known by name", left)
		}
	})
}

// Whatever anybody says, in any order: contact details are given only when the broker
// and both have said yes; a no, or that nobody was asked, is not seen by the asker before
// the time is up; what has ended does not come back.
func TestNobodyIsGivenAwayWhateverAnybodySays(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t))
	ctx := context.Background()
	sp := d.drop(t)
	_, person := d.findable(t, "toinen@posti.example", "Toinen", actor.Profile{})
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		who := d.person(t, "kysyja"+ident.ID(n).String()+"@posti.example")
		to := rapid.SampledFrom([]ident.ID{person, 0}).Draw(rt, "to")
		x, err := d.ask(who, sp.ID, to)
		if err != nil {
			rt.Fatal(err)
		}
		meets, ended, off := d.letters(t, introduction.Meet), false, false
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			var err error
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0:
				_, err = d.PassOn(ctx, region, x.ID, introduction.Pass{Email: rapid.SampledFrom([]string{"", "keksitty" + ident.ID(n).String() + "@posti.example", who.Email}).Draw(rt, "email")})
			case 1, 2:
				_, err = d.Say(ctx, region, x.ID, rapid.SampledFrom([]introduction.Role{introduction.Asker, introduction.Broker, introduction.Other}).Draw(rt, "who"),
					rapid.SampledFrom([]introduction.Answer{introduction.Yes, introduction.Yes, introduction.NotMe}).Draw(rt, "says"), rapid.Bool().Draw(rt, "tells"), "")
			case 3:
				d.clock.Advance(time.Duration(rapid.IntRange(1, 200).Draw(rt, "hours")) * time.Hour)
				err = d.Walk(ctx, region)
			case 4:
				if rapid.IntRange(0, 3).Draw(rt, "off") == 0 {
					err = d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return d.TakeOff(ctx, tx, region, x.ID) })
					off = off || err == nil
				}
			}
			if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
				rt.Fatal(err)
			}
			now := d.one(t, x.ID)
			yes := now.Asker.Answer == introduction.Yes && now.Broker.Answer == introduction.Yes && now.Other.Answer == introduction.Yes
			_, toAsker := now.Contacts(introduction.Asker)
			_, toOther := now.Contacts(introduction.Other)
			_, toBroker := now.Contacts(introduction.Broker)
			if (now.State == introduction.Met) != yes || toAsker != yes || toOther != yes || toBroker {
				rt.Fatalf("%s with %q %q %q: %v %v %v", now.State, now.Asker.Answer, now.Broker.Answer, now.Other.Answer, toAsker, toOther, toBroker)
			}
			if told := d.letters(t, introduction.Meet) - meets; told != map[bool]int{true: 2, false: 0}[yes] {
				rt.Fatalf("%d letters with contact details, met %v", told, yes)
			}
			shown := now.Shown(introduction.Asker, d.clock.Now())
			if shown == introduction.Ended && d.clock.Now().Before(now.Until) && !off {
				rt.Fatal("the asker sees an end before the time is up")
			}
			if shown != introduction.Met && shown != introduction.Ended && shown != introduction.WithOther {
				rt.Fatalf("the asker sees %s", shown)
			}
			if ended && now.State != introduction.Ended {
				rt.Fatalf("what had ended is %s", now.State)
			}
			ended = now.State == introduction.Ended
		}
	})
}
