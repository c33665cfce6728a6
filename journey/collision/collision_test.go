package collision_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/collision"
	"kokko/journey/event"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/search"
)

const region = "kouvola"

// desk is a region with one event that is a collision.
type desk struct {
	testing.TB
	*collision.Service
	db    *store.DB
	clock *clock.Fake
	ids   *ident.Maker
	event event.Event
}

var words = sync.OnceValues(func() (*text.Analyser, error) {
	dict, err := finnish.OpenOr("")
	if err != nil {
		return nil, err
	}
	return text.NewAnalyser(finnish.New(dict, nil), language.Own()), nil
})

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newDesk(t, db)) })
}

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	w, err := words()
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	ids := ident.NewMaker(c)
	actors := actor.New(db, c, ids)
	actors.Tell(network.Heard)
	d := &desk{t, collision.New(db, c, ids, actors, search.New(w, "test", ids)), db, c, ids, event.Event{}}
	d.exec(`INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
	events := event.New(db, c, ids)
	begins := c.Now().Add(48 * time.Hour)
	e, err := events.Make(context.Background(), region, where{}, event.Draft{Texts: map[string]event.Text{"fi": {Title: "Törmäytys"}}, Venue: "Koulu", Begins: begins, Ends: begins.Add(3 * time.Hour), SignUp: true})
	d.must(err)
	d.event, err = events.Publish(context.Background(), event.Act{Region: region, Event: e.ID})
	d.must(err)
	return d
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) error {
	return d.db.Tx(context.Background(), do)
}

func (d *desk) exec(statement string, args ...any) {
	d.Helper()
	d.must(d.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, statement, args...)
		return err
	}))
}

type where struct{}

func (where) Tongues() []i18n.Language { return []i18n.Language{i18n.Finnish} }

func (where) PlaceNamed(name string) (string, bool) {
	return strings.ToLower(name), name == "Sippola" || name == "Anjala"
}

func (d *desk) act() collision.Act { return collision.Act{Region: region, Event: d.event.ID} }

// comes has somebody of a confirmed address sign up and tell of themselves.
func (d *desk) comes(draft collision.Draft) address.Address {
	d.Helper()
	a := address.Address{Region: region, ID: d.ids.New(), Language: "fi"}
	a.Email = a.ID.String() + "@posti.example"
	d.exec(`INSERT INTO addresses (region_id, address_id, email, language, page_hash, links, confirmed_at, bounces, bounce_reply, stopped_at) VALUES ('kouvola', $1, $2, 'fi', $2, 1, 1, 0, '', 0)`, int64(a.ID), a.Email)
	d.must(d.tx(func(ctx context.Context, tx *store.Tx) error {
		if _, err := event.SignUp(ctx, tx, region, event.Seat{Event: d.event.ID, Address: a.ID, Name: draft.Name, People: 1}, d.clock.Now()); err != nil {
			return err
		}
		return d.Tell(ctx, tx, a, d.event.ID, draft, where{})
	}))
	return a
}

func (d *desk) guests() []collision.Guest {
	d.Helper()
	all, err := collision.Guests(context.Background(), d.db, region, d.event.ID)
	d.must(err)
	return all
}

func (d *desk) reply(a address.Address, yes bool) error {
	return d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Reply(ctx, tx, a, d.event.ID, yes) })
}

func (d *desk) count(query string) (n int) {
	d.Helper()
	d.must(d.db.QueryRow(context.Background(), query).Scan(&n))
	return n
}

func TestEverybodyIsSeatedAndNobodyTwiceTogether(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		first := d.comes(collision.Draft{Name: "Ennen"}) // before it was one
		_ = first
		_, err := d.Set(ctx, d.act(), collision.Setting{Rounds: 3, Size: 4})
		d.must(err)
		for i := range 23 {
			d.comes(collision.Draft{Name: fmt.Sprint("Vieras ", i), Organisation: fmt.Sprint("Yhdistys ", i%6), Place: []string{"Sippola", "Anjala", ""}[i%3]})
		}
		_, err = d.Fill(ctx, d.act())
		if fault.CodeOf(err) != fault.Conflict {
			t.Errorf("filled before anything was drawn: %v", err)
		}
		c, err := d.Draw(ctx, d.act(), 7)
		d.must(err)
		if c.Tables != 6 || !c.Seated() || c.Settled() {
			t.Errorf("%+v", c)
		}
		all := d.guests()
		if s := collision.Judge(all); s.Seated != 24 || s.Unseated != 0 || s.Again != 0 || s.Most != 4 || s.Together > 3 {
			t.Errorf("%+v", s)
		}
		was := slices.Clone(all)
		_, err = d.Draw(ctx, d.act(), 8)
		d.must(err)
		moved := 0
		for i, g := range d.guests() {
			if !slices.Equal(g.Tables, was[i].Tables) {
				moved++
			}
		}
		if moved == 0 {
			t.Error("another seed seats nobody elsewhere")
		}
		_, err = d.Draw(ctx, d.act(), 7)
		d.must(err)
		for i, g := range d.guests() {
			if !slices.Equal(g.Tables, was[i].Tables) {
				t.Fatalf("the same seed seats %s otherwise", g.Name)
			}
		}
		// Somebody comes late: only they are given tables.
		d.comes(collision.Draft{Name: "Myöhäinen"})
		_, err = d.Put(ctx, d.act(), 0, collision.Draft{Name: "Puhelimella"}, where{})
		d.must(err)
		_, err = d.Fill(ctx, d.act())
		d.must(err)
		now := d.guests()
		if s := collision.Judge(now); s.Unseated != 0 || s.Seated != 26 || s.Most != 5 {
			t.Errorf("%+v", s)
		}
		for i := range was {
			if !slices.Equal(now[i].Tables, was[i].Tables) {
				t.Errorf("%s was moved", now[i].Name)
			}
		}
	})
}

func TestSeatsAreMovedByHandAndLocked(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		_, err := d.Set(ctx, d.act(), collision.Setting{Rounds: 2, Size: 3})
		d.must(err)
		for i := range 9 {
			d.comes(collision.Draft{Name: fmt.Sprint("Vieras ", i)})
		}
		_, err = d.Draw(ctx, d.act(), 1)
		d.must(err)
		all := d.guests()
		a := all[0]
		b := all[slices.IndexFunc(all, func(g collision.Guest) bool { return g.At(0) != a.At(0) })]
		_, err = d.Move(ctx, d.act(), collision.Step{Guest: a.ID, Round: 1, With: b.ID})
		d.must(err)
		now := d.guests()
		find := func(id ident.ID) collision.Guest {
			return now[slices.IndexFunc(now, func(g collision.Guest) bool { return g.ID == id })]
		}
		if find(a.ID).At(0) != b.At(0) || find(b.ID).At(0) != a.At(0) || find(a.ID).At(1) != a.At(1) {
			t.Errorf("%v and %v became %v and %v", a.Tables, b.Tables, find(a.ID).Tables, find(b.ID).Tables)
		}
		for name, wrong := range map[string]collision.Step{"table": {Guest: a.ID, Round: 1, Table: 9}, "round": {Guest: a.ID, Round: 3, Table: 1}, "guest": {Guest: 7, Round: 1, Table: 1}, "with": {Guest: a.ID, Round: 1, With: a.ID}} {
			if _, err := d.Move(ctx, d.act(), wrong); fault.CodeOf(err) != fault.Invalid || fault.List(err)[0].Field != name {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = d.Lock(ctx, d.act(), true)
		d.must(err)
		_, draw := d.Draw(ctx, d.act(), 2)
		_, move := d.Move(ctx, d.act(), collision.Step{Guest: a.ID, Round: 1, Table: 1})
		_, set := d.Set(ctx, d.act(), collision.Setting{Rounds: 4, Size: 3})
		for _, err := range []error{draw, move, set, d.Stop(ctx, d.act())} {
			if fault.CodeOf(err) != fault.Conflict {
				t.Errorf("a locked seating changes: %v", err)
			}
		}
		_, err = d.Lock(ctx, d.act(), false)
		d.must(err)
		c, err := d.Set(ctx, d.act(), collision.Setting{Rounds: 4, Size: 3})
		d.must(err)
		if c.Seated() || len(d.guests()[0].Tables) != 0 {
			t.Error("for other rounds they still sit as before")
		}
		stale := d.act()
		stale.Version = c.Version - 1
		if _, err := d.Set(ctx, stale, collision.Setting{Rounds: 2, Size: 3}); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("what another changed meanwhile is written over: %v", err)
		}
		d.must(d.Stop(ctx, d.act()))
		if d.count(`SELECT COUNT(*) FROM collision_guests`)+d.count(`SELECT COUNT(*) FROM collisions`) != 0 || d.count(`SELECT COUNT(*) FROM event_seats`) != 9 {
			t.Error("something is left, or a sign-up went")
		}
	})
}

func TestTwoAreTiedOnlyWhenBothSayYes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		_, err := d.Set(ctx, d.act(), collision.Setting{Rounds: 1, Size: 4})
		d.must(err)
		var people []address.Address
		for i := range 4 {
			people = append(people, d.comes(collision.Draft{Name: fmt.Sprint("Vieras ", i)}))
		}
		_, err = d.Put(ctx, d.act(), 0, collision.Draft{Name: "Osoitteeton"}, where{})
		d.must(err)
		_, err = d.Set(ctx, d.act(), collision.Setting{Rounds: 1, Size: 12})
		d.must(err)
		_, err = d.Draw(ctx, d.act(), 1)
		d.must(err)
		var there []ident.ID
		for _, g := range d.guests() {
			if g.Address != people[3].ID {
				there = append(there, g.ID)
			}
		}
		if _, err := d.Attend(ctx, d.act(), there); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("noted before it began: %v", err)
		}
		d.clock.Advance(52 * time.Hour)
		_, err = d.Attend(ctx, d.act(), there)
		d.must(err)
		_, err = d.Attend(ctx, d.act(), there)
		d.must(err)
		if n := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'collision.told'`); n != 3 {
			t.Errorf("%d are asked: each of the three with an address, once", n)
		}
		ties := func() int { return d.count(`SELECT COUNT(*) FROM ties WHERE why = 'table' AND kind = 'derived'`) }
		d.must(d.reply(people[0], true))
		if ties() != 0 {
			t.Error("one yes ties somebody")
		}
		d.must(d.reply(people[1], false))
		if ties() != 0 {
			t.Error("a no ties somebody")
		}
		d.must(d.reply(people[2], true))
		if ties() != 1 {
			t.Errorf("%d ties of two who said yes", ties())
		}
		d.must(d.reply(people[1], true))
		if ties() != 3 {
			t.Errorf("%d ties of three who said yes", ties())
		}
		if err := d.reply(people[3], true); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("whoever was not there is tied: %v", err)
		}
		d.must(d.reply(people[0], false))
		if ties() != 1 {
			t.Errorf("%d ties when one took their yes back", ties())
		}
		d.must(d.tx(func(ctx context.Context, tx *store.Tx) error {
			return d.Leave(ctx, tx, region, d.event.ID, people[1].ID)
		}))
		if ties() != 0 || len(d.guests()) != 4 {
			t.Errorf("%d ties and %d guests when one has left", ties(), len(d.guests()))
		}
		// Who sat where is forgotten with the sign-ups.
		d.clock.Advance(event.SeatsKept - 2*time.Hour)
		d.must(d.Sweep(ctx, region))
		if len(d.guests()) != 4 {
			t.Error("forgotten too early")
		}
		d.clock.Advance(3 * time.Hour)
		d.must(d.Sweep(ctx, region))
		if d.count(`SELECT COUNT(*) FROM collision_guests`)+d.count(`SELECT COUNT(*) FROM collisions`) != 0 {
			t.Error("who sat where is still known")
		}
	})
}

func TestWhoLooksMeetsWhoBringsAndHearsOfIt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		_, err := d.Set(ctx, d.act(), collision.Setting{Rounds: 2, Size: 4})
		d.must(err)
		brings := []string{"kylätalon keittiö ja kokemusta lähiruoasta", "avustushakemusten kirjoittaminen", "metallipaja ja hitsauslaitteet", "", "veneitä ja laituri", "lastenhoitoa", "", "tapahtumien järjestäminen"}
		looks := []string{"joku, joka osaa avustushakemuksia", "", "", "hitsauslaitteita talkoisiin", "", "keittiötä lähiruokailtaan", "", ""}
		for i := range 16 {
			draft := collision.Draft{Name: fmt.Sprint("Vieras ", i)}
			if i < len(brings) {
				draft.Brings, draft.Looks = brings[i], looks[i]
			}
			d.comes(draft)
		}
		_, err = d.Draw(ctx, d.act(), 3)
		d.must(err)
		all := d.guests()
		w, err := words()
		d.must(err)
		match := collision.Match(all, search.New(w, "test", d.ids))
		for looks, brings := range map[int]int{0: 1, 3: 2, 5: 0} {
			if match(looks, brings) <= 0 {
				t.Errorf("%q is not met by %q", all[looks].Looks, all[brings].Brings)
			}
			if match(looks, 7) > 0 {
				t.Errorf("%q is met by %q", all[looks].Looks, all[7].Brings)
			}
			if !all[looks].Meets(all[brings]) {
				t.Errorf("%s and %s sit nowhere together", all[looks].Name, all[brings].Name)
			}
			if finds, _ := collision.Openers(all, looks, match); finds.Words != all[brings].Brings || finds.Round == 0 || all[looks].At(finds.Round-1) != all[brings].At(finds.Round-1) {
				t.Errorf("%+v", finds)
			}
			if _, helps := collision.Openers(all, brings, match); helps.Words != all[looks].Looks {
				t.Errorf("%+v", helps)
			}
		}
		if finds, helps := collision.Openers(all, 10, match); finds != (collision.Opener{}) || helps != (collision.Opener{}) {
			t.Errorf("of who told nothing: %+v %+v", finds, helps)
		}
	})
}

// Any number of people, however they are seated: everybody has one table in each round,
// no table is too full, and late comers move nobody.
func TestAnySeatingHoldsEverybodyOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set := collision.Setting{Rounds: rapid.IntRange(1, 5).Draw(t, "rounds"), Size: rapid.IntRange(2, 8).Draw(t, "size")}
		n := rapid.IntRange(2, 40).Draw(t, "people")
		guests := make([]collision.Guest, n)
		for i := range guests {
			guests[i] = collision.Guest{ID: ident.ID(i + 1), Name: fmt.Sprint(i), Organisation: rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "from"), Place: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "place")}
		}
		none := func(int, int) float64 { return 0 }
		at, err := collision.Seat(guests, set, rapid.Int64Range(0, 1000).Draw(t, "seed"), nil, none)
		if err != nil {
			t.Fatal(err)
		}
		tables := collision.Tables(n, set.Size)
		for i := range guests {
			guests[i].Tables = at[i]
			if len(at[i]) != set.Rounds || slices.Min(at[i]) < 1 || slices.Max(at[i]) > tables {
				t.Fatalf("%v of %d tables in %d rounds", at[i], tables, set.Rounds)
			}
		}
		if s := collision.Judge(guests); s.Most > set.Size || s.Seated != n {
			t.Fatalf("%+v for %d of at most %d", s, n, set.Size)
		}
		late := append(slices.Clone(guests), collision.Guest{ID: 1000}, collision.Guest{ID: 1001})
		full := collision.Fit(late, set.Rounds, tables)
		for i, g := range full {
			if len(g.Tables) != set.Rounds || i < n && !slices.Equal(g.Tables, guests[i].Tables) {
				t.Fatalf("%d sits at %v", i, g.Tables)
			}
		}
	})
}
