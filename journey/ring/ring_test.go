package ring_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
	"kokko/region/office"
	"kokko/region/trust"
)

const region = "kouvola"

type desk struct {
	*ring.Service
	db      *store.DB
	clock   *clock.Fake
	sparks  *spark.Service
	places  *address.Service
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
	d := &desk{db: db, clock: c, sparks: spark.New(db, c, ids), places: address.New(db, c, ids), officer: o}
	d.Service = ring.New(db, c, ids, d.sparks)
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) drop(t testing.TB, text string) spark.Spark {
	t.Helper()
	r, err := d.sparks.Drop(context.Background(), region, spark.Programme{Promise: promise{}, Version: 1}, spark.Draft{Text: text, Email: "tuoja@posti.example", Language: "fi"}, spark.By{})
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

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) error {
	return d.db.Tx(context.Background(), do)
}

func (d *desk) join(who address.Address, sp ident.ID, draft ring.Draft) (m ring.Member, err error) {
	draft.Language = "fi"
	err = d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		m, err = d.Join(ctx, tx, who, sp, draft, trust.Sender{})
		return err
	})
	return m, err
}

func (d *desk) turn(who address.Address, sp, c ident.ID, to ring.Turn) error {
	return d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Turn(ctx, tx, who, sp, c, to) })
}

func (d *desk) spark(t testing.TB, id ident.ID) spark.Spark {
	t.Helper()
	sp, err := spark.ByID(context.Background(), d.db, region, id)
	must(t, err)
	return sp
}

func (d *desk) people(t testing.TB, s ring.State, sparks ...ident.ID) []ring.Member {
	t.Helper()
	all, err := ring.People(context.Background(), d.db, region, sparks, s)
	must(t, err)
	return all
}

func (d *desk) taken(t testing.TB, sparks ...ident.ID) []ring.Commitment {
	t.Helper()
	all, err := ring.Commitments(context.Background(), d.db, region, sparks...)
	must(t, err)
	return all
}

// beats are the types told since the drop, of those a reader may see.
func (d *desk) beats(t testing.TB, sp ident.ID, reader story.Visibility) (all []story.Type) {
	t.Helper()
	list, _, err := story.Of(context.Background(), d.db, region, sp, reader, 0)
	must(t, err)
	for _, b := range list {
		if b.Type != story.Dropped {
			all = append(all, b.Type)
		}
	}
	return all
}

// letters are what has been asked to be told, each once.
func (d *desk) letters(t testing.TB) (n int) {
	t.Helper()
	must(t, d.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM jobs WHERE kind = 'ring.told'`).Scan(&n))
	return n
}

const named = spark.Public

func (d *desk) day(n int) workday.Day { return office.Today(d.clock) + workday.Day(n) }

func TestJoiningARingMakesASparkGlowAndADoerOfWhoTakesAStep(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.drop(t, "Laituri kuntoon.").ID
		other, third := d.person(t, "toinen@posti.example"), d.person(t, "kolmas@posti.example")
		_, err := d.join(other, id, ring.Draft{Role: ring.Knower, Name: "Toini", Seen: named})
		must(t, err)
		if sp := d.spark(t, id); sp.People != 2 || sp.State != spark.Glowing || sp.Doers != 0 {
			t.Errorf("%d people, %s, %d doers", sp.People, sp.State, sp.Doers)
		}
		undone, err := ring.WithoutDoer(context.Background(), d.db, region, 0, 10)
		if must(t, err); !slices.Equal(undone, []ident.ID{id}) {
			t.Errorf("without a doer: %v", undone)
		}
		_, err = d.join(third, id, ring.Draft{Role: ring.Doer, Seen: spark.Office, Take: ring.Take{What: "Soitan kylätalolle", Day: d.day(3)}})
		must(t, err)
		if sp := d.spark(t, id); sp.People != 3 || sp.Doers != 1 || slices.Contains(sp.Missing(), "doer") {
			t.Errorf("%d people, %d doers, missing %v", sp.People, sp.Doers, sp.Missing())
		}
		if undone, err = ring.WithoutDoer(context.Background(), d.db, region, 0, 10); err != nil || len(undone) != 0 {
			t.Errorf("still without a doer: %v %v", undone, err)
		}
		// Who only the bringer and the office may know of is not told to everybody.
		if got := d.beats(t, id, story.Public); !slices.Equal(got, []story.Type{story.Joined}) {
			t.Errorf("everybody reads %v", got)
		}
		if got := d.beats(t, id, story.Parties); !slices.Equal(got, []story.Type{story.Joined, story.Joined, story.Committed}) {
			t.Errorf("the bringer reads %v", got)
		}
		// Changing one's mind is no second person.
		_, err = d.join(other, id, ring.Draft{Role: ring.Host, Seen: spark.Unnamed})
		must(t, err)
		if all := d.people(t, ring.In, id); len(all) != 2 || all[0].Role != ring.Host || all[0].Name != "" || d.spark(t, id).People != 3 {
			t.Errorf("%+v", all)
		}
		// And leaving is at once, with what was not done free for others.
		must(t, d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Leave(ctx, tx, third, id) }))
		if sp := d.spark(t, id); sp.People != 2 || sp.Doers != 0 {
			t.Errorf("after leaving: %d people, %d doers", sp.People, sp.Doers)
		}
		for _, c := range d.taken(t, id) {
			if c.State != ring.LetGo || c.What != "" {
				t.Errorf("left behind: %+v", c)
			}
		}
	})
}

func TestWhoMayJoin(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		sp := d.drop(t, "Laituri kuntoon.")
		bringer, other := d.person(t, "tuoja@posti.example"), d.person(t, "toinen@posti.example")
		if _, err := d.join(bringer, sp.ID, ring.Draft{Role: ring.Doer}); !fault.Is(err, fault.Conflict) {
			t.Errorf("the bringer joined their own ring: %v", err)
		}
		for _, wrong := range []ring.Draft{{}, {Role: "boss"}, {Role: ring.Doer, Seen: named}, {Role: ring.Doer, Seen: "all"}, {Role: ring.Doer, Take: ring.Take{What: "Ei päivää"}}, {Role: ring.Doer, Take: ring.Take{What: "Eilen", Day: d.day(-1)}}, {Role: ring.Doer, Take: ring.Take{Day: d.day(1)}}} {
			if _, err := d.join(other, sp.ID, wrong); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		hidden, err := d.sparks.Drop(ctx, region, spark.Programme{Promise: promise{}, Version: 1}, spark.Draft{Text: "Salaa.", Visibility: spark.Office, Language: "fi"}, spark.By{})
		must(t, err)
		if _, err := d.join(other, hidden.Spark.ID, ring.Draft{Role: ring.Doer}); !fault.Is(err, fault.NotFound) {
			t.Errorf("joined what nobody sees: %v", err)
		}
	})
}

func TestTheBringerAnswersKindlyWhereTheyWant(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id := d.drop(t, "Laituri kuntoon.").ID
		by := ring.By{Actor: story.Bringer}
		must(t, d.Look(ctx, by, region, id, true, []ring.Opening{{Role: ring.Doer, Wanted: "Joku, jolla on vene"}}))
		if open, err := ring.Openings(ctx, d.db, region, id); err != nil || len(open) != 1 || open[0].Wanted != "Joku, jolla on vene" {
			t.Errorf("%+v %v", open, err)
		}
		first, second := d.person(t, "eka@posti.example"), d.person(t, "toka@posti.example")
		take := ring.Take{What: "Tuon veneen", Day: d.day(5)}
		one, err := d.join(first, id, ring.Draft{Role: ring.Doer, Name: "Eka", Seen: named, Take: take})
		must(t, err)
		two, err := d.join(second, id, ring.Draft{Role: ring.Doer, Name: "Toka", Seen: named, Take: take})
		must(t, err)
		if sp := d.spark(t, id); one.State != ring.Asked || sp.People != 1 || sp.Doers != 0 || len(d.people(t, ring.In, id)) != 0 {
			t.Errorf("%s, %d people, %d doers", one.State, sp.People, sp.Doers)
		}
		if got := d.beats(t, id, story.Public); !slices.Equal(got, []story.Type{story.Sought}) {
			t.Errorf("everybody reads %v", got)
		}
		if _, err := d.Decide(ctx, by, region, id, one.ID, true); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Decide(ctx, by, region, id, two.ID, false); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Decide(ctx, by, region, id, two.ID, true); !fault.Is(err, fault.Conflict) {
			t.Errorf("answered twice: %v", err)
		}
		if sp := d.spark(t, id); sp.People != 2 || sp.Doers != 1 || d.letters(t) != 2 {
			t.Errorf("%d people, %d doers, %d letters", sp.People, sp.Doers, d.letters(t))
		}
		// Who was declined is kept without a word of theirs, is not asked about again, and forgotten in time.
		if gone := d.people(t, ring.Declined, id); len(gone) != 1 || gone[0].Name+gone[0].Brings != "" {
			t.Errorf("%+v", gone)
		}
		if _, err := d.join(second, id, ring.Draft{Role: ring.Doer}); !fault.Is(err, fault.Conflict) {
			t.Errorf("asked again at once: %v", err)
		}
		for _, b := range d.beats(t, id, story.Public) {
			if b == story.Offered || b == story.Parted {
				t.Errorf("everybody reads of who was declined: %s", b)
			}
		}
		d.clock.Advance(ring.DeclinedKept + time.Hour)
		must(t, d.Sweep(ctx, region))
		if _, err := d.join(second, id, ring.Draft{Role: ring.Doer}); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatIsTakenUponIsRemindedOfOnceBeforeAndOnceAfter(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id := d.drop(t, "Laituri kuntoon.").ID
		who := d.person(t, "toinen@posti.example")
		_, err := d.join(who, id, ring.Draft{Role: ring.Doer, Take: ring.Take{What: "Soitan", Day: d.day(3)}})
		must(t, err)
		must(t, d.CommitBringer(ctx, region, id, ring.Take{What: "Kysyn", Day: d.day(5)}))
		after := func(days int, want int) {
			t.Helper()
			d.clock.Advance(time.Duration(days) * 24 * time.Hour)
			for range 2 {
				must(t, d.Remind(ctx, region))
			}
			if got := d.letters(t); got != want {
				t.Errorf("%d letters, want %d", got, want)
			}
		}
		after(1, 0)
		after(1, 1) // tomorrow is the first
		after(1, 1)
		after(1, 3) // how did the first go; tomorrow is the second
		first := d.taken(t, id)[0]
		must(t, d.turn(who, id, first.ID, ring.Turn{To: ring.Open, Day: d.day(4)}))
		if c := d.taken(t, id); c[1].ID != first.ID || c[1].Moves != 1 {
			t.Errorf("%+v", c)
		}
		after(2, 4) // how did the second go
		after(1, 5) // the moved one is tomorrow
		must(t, d.turn(who, id, first.ID, ring.Turn{To: ring.Kept}))
		after(10, 5)
		if err := d.turn(who, id, first.ID, ring.Turn{To: ring.LetGo}); !fault.Is(err, fault.Conflict) {
			t.Errorf("ended twice: %v", err)
		}
		other := d.person(t, "kolmas@posti.example")
		second := d.taken(t, id)[0]
		if err := d.turn(other, id, second.ID, ring.Turn{To: ring.Kept}); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else ended it: %v", err)
		}
		must(t, d.TurnBringer(ctx, region, id, second.ID, ring.Turn{To: ring.LetGo}))
		if sp := d.spark(t, id); sp.Doers != 1 {
			t.Errorf("%d doers", sp.Doers)
		}
		if got, want := d.beats(t, id, story.Public), []story.Type{story.Joined, story.Committed, story.Committed, story.Moved, story.Kept, story.LetGo}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

func TestRingsOfJoinedSparksCountEachPersonOnceAndComeApartAsTheyWere(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		root := d.drop(t, "Laituri kuntoon.").ID
		r, err := d.sparks.Drop(ctx, region, spark.Programme{Promise: promise{}, Version: 1}, spark.Draft{Text: "Uusi laituri!", Email: "toinentuoja@posti.example", Language: "fi"}, spark.By{})
		must(t, err)
		member := r.Spark.ID
		both, one := d.person(t, "molemmat@posti.example"), d.person(t, "yksi@posti.example")
		for _, id := range []ident.ID{root, member} {
			_, err := d.join(both, id, ring.Draft{Role: ring.Doer, Name: "Molemmat", Seen: named})
			must(t, err)
		}
		_, err = d.join(one, member, ring.Draft{Role: ring.Host})
		must(t, err)
		before := []int{d.spark(t, root).People, d.spark(t, member).People}
		act := func() spark.Act { return spark.Act{Region: region, Spark: root, Officer: d.officer} }
		_, err = d.sparks.Merge(ctx, act(), spark.Joining{Sparks: []spark.Seen{{ID: member}}})
		must(t, err)
		if n := d.spark(t, root).People; n != 4 { // two bringers, and two more
			t.Errorf("%d people together", n)
		}
		// Who leaves the joined one's ring is counted off together too.
		must(t, d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Leave(ctx, tx, one, member) }))
		if n := d.spark(t, root).People; n != 3 {
			t.Errorf("%d people when one has left", n)
		}
		apart := act()
		apart.Spark = member
		_, err = d.sparks.Unmerge(ctx, apart)
		must(t, err)
		if got := []int{d.spark(t, root).People, d.spark(t, member).People}; got[0] != before[0] || got[1] != before[1]-1 {
			t.Errorf("apart again: %v, before %v", got, before)
		}
	})
}

func TestErasingLeavesNothingOfAPersonInAnyRing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id := d.drop(t, "Laituri kuntoon.").ID
		who := d.person(t, "toinen@posti.example")
		m, err := d.join(who, id, ring.Draft{Role: ring.Doer, Name: "Toini Näkyvä", Seen: named, Brings: "Minulla on vene", Take: ring.Take{What: "Tuon veneen", Day: d.day(3)}})
		must(t, err)
		must(t, d.turn(who, id, d.taken(t, id)[0].ID, ring.Turn{To: ring.Kept}))
		_, err = d.join(who, id, ring.Draft{Role: ring.Doer, Name: "Toini Näkyvä", Seen: named, Take: ring.Take{What: "Tuon airot", Day: d.day(4)}})
		must(t, err)
		must(t, d.places.Erase(ctx, who, d.EraseOf))
		var left int
		must(t, d.db.QueryRow(ctx, `SELECT COUNT(*) FROM ring_people`).Scan(&left))
		for _, c := range d.taken(t, id) {
			if c.What != "" || c.Member == m.ID {
				t.Errorf("left: %+v", c)
			}
		}
		if sp := d.spark(t, id); left != 0 || sp.People != 1 || sp.Doers != 1 { // what was done stays done
			t.Errorf("%d rows, %d people, %d doers", left, sp.People, sp.Doers)
		}
	})
}

// Whatever people do, the spark's counts are what the ring holds.
func TestCountsFollowTheRing(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	d := newDesk(t, db)
	ctx := context.Background()
	people := []address.Address{d.person(t, "a@posti.example"), d.person(t, "b@posti.example"), d.person(t, "c@posti.example")}
	rapid.Check(t, func(rt *rapid.T) {
		id := d.drop(t, "Laituri kuntoon."+rapid.StringMatching(`[a-z]{8}`).Draw(rt, "text")).ID
		for range rapid.IntRange(1, 14).Draw(rt, "steps") {
			who := rapid.SampledFrom(people).Draw(rt, "who")
			open := slices.DeleteFunc(d.taken(t, id), func(c ring.Commitment) bool { return c.State != ring.Open })
			var err error
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0, 1:
				_, err = d.join(who, id, ring.Draft{Role: rapid.SampledFrom(ring.Roles()).Draw(rt, "role"), Seen: rapid.SampledFrom([]spark.Visibility{spark.Unnamed, spark.Office}).Draw(rt, "seen")})
			case 2:
				err = d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Leave(ctx, tx, who, id) })
			case 3:
				_, err = d.join(who, id, ring.Draft{Role: ring.Doer, Take: ring.Take{What: rapid.SampledFrom([]string{"Teen", "Katso https://kauppa.example"}).Draw(rt, "take"), Day: d.day(rapid.IntRange(0, 9).Draw(rt, "day"))}})
			case 4:
				if len(open) > 0 {
					err = d.turn(who, id, rapid.SampledFrom(open).Draw(rt, "taken").ID, ring.Turn{To: rapid.SampledFrom([]ring.Fate{ring.Kept, ring.LetGo}).Draw(rt, "to")})
				}
			case 5:
				if asked := d.people(t, ring.Asked, id); len(asked) > 0 {
					_, err = d.Decide(ctx, ring.By{Actor: story.Office, Officer: d.officer.ID}, region, id, asked[0].ID, rapid.Bool().Draw(rt, "yes"))
				} else {
					err = d.Look(ctx, ring.By{Actor: story.Bringer}, region, id, rapid.Bool().Draw(rt, "asks"), nil)
				}
			}
			if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
				rt.Fatal(err)
			}
			in, doing := d.people(t, ring.In, id), 0
			for _, c := range d.taken(t, id) {
				let := slices.ContainsFunc(in, func(m ring.Member) bool { return m.ID == c.Member })
				if c.State == ring.Kept || c.State == ring.Open && let {
					doing++
				}
			}
			if sp := d.spark(t, id); sp.People != 1+len(in) || sp.Doers != doing {
				rt.Fatalf("%d people of %d, %d doers of %d", sp.People, 1+len(in), sp.Doers, doing)
			}
		}
	})
}
