package event_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/event"
)

const region = "kouvola"

// desk is a region with an office of nobody.
type desk struct {
	testing.TB
	db     *store.DB
	clock  *clock.Fake
	ids    *ident.Maker
	events *event.Service
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		ids := ident.NewMaker(c)
		d := &desk{t, db, c, ids, event.New(db, c, ids)}
		d.exec(`INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
		behaviour(t, d)
	})
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

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// where is a region of one place and two languages.
type where struct{}

func (where) Tongues() []i18n.Language { return []i18n.Language{i18n.Finnish, i18n.Swedish} }

func (where) PlaceNamed(name string) (string, bool) {
	return "sippola", strings.EqualFold(name, "Sippola")
}

func (d *desk) draft() event.Draft {
	begins := d.clock.Now().Add(48 * time.Hour)
	return event.Draft{Texts: map[string]event.Text{"fi": {Title: "Kylätalkoot", About: "Kahvia ja laituri."}}, Venue: "Sippolan koulu", Place: "Sippola", Begins: begins, Ends: begins.Add(3 * time.Hour), SignUp: true, Capacity: 3}
}

// published is an event everybody sees.
func (d *desk) published(capacity int) event.Event {
	d.Helper()
	draft := d.draft()
	draft.Capacity = capacity
	e, err := d.events.Make(context.Background(), region, where{}, draft)
	d.must(err)
	e, err = d.events.Publish(context.Background(), event.Act{Region: region, Event: e.ID})
	d.must(err)
	return e
}

// person is a confirmed address.
func (d *desk) person() ident.ID {
	d.Helper()
	id := d.ids.New()
	d.exec(`INSERT INTO addresses (region_id, address_id, email, language, page_hash, links, confirmed_at, bounces, bounce_reply, stopped_at) VALUES ('kouvola', $1, $2, 'fi', $2, 1, 1, 0, '', 0)`, int64(id), id.String())
	return id
}

func (d *desk) signUp(e event.Event, who ident.ID, people int) (event.Seat, error) {
	var seat event.Seat
	err := d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		seat, err = event.SignUp(ctx, tx, region, event.Seat{Event: e.ID, Address: who, Name: "Maija", People: people}, d.clock.Now())
		return err
	})
	return seat, err
}

func (d *desk) leave(e event.Event, who ident.ID) error {
	return d.tx(func(ctx context.Context, tx *store.Tx) error {
		return event.Leave(ctx, tx, region, e.ID, who, d.clock.Now())
	})
}

// told drains the letters that are asked for, as "news address".
func (d *desk) told() (all []string) {
	d.Helper()
	r := jobs.New(d.db, d.clock, d.ids, slog.New(slog.DiscardHandler), jobs.Options{Workers: 1})
	jobs.Handle(r, event.Told, func(_ context.Context, job jobs.Job[event.ToldArgs]) error {
		all = append(all, fmt.Sprintf("%s %s", job.Args.News, job.Args.Address))
		return nil
	})
	d.must(r.Drain(context.Background()))
	return all
}

func (d *desk) seats(e event.Event, s event.Standing) (who []ident.ID, people int) {
	d.Helper()
	all, err := event.Seats(context.Background(), d.db, region, e.ID, s, 0, event.MaxSeats)
	d.must(err)
	for _, seat := range all {
		who, people = append(who, seat.Address), people+seat.People
	}
	return who, people
}

func (d *desk) now(e event.Event) event.Event {
	d.Helper()
	got, err := event.One(context.Background(), d.db, region, e.ID)
	d.must(err)
	return got
}

func TestADraftIsCheckedAsAWhole(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for name, c := range map[string]struct {
			change func(*event.Draft)
			want   string
		}{
			"no title":         {func(x *event.Draft) { x.Texts = nil }, "title.fi"},
			"about alone":      {func(x *event.Draft) { x.Texts["sv"] = event.Text{About: "Kaffe."} }, "title.sv"},
			"long title":       {func(x *event.Draft) { x.Texts["fi"] = event.Text{Title: strings.Repeat("ä", event.MaxTitle+1)} }, "title.fi"},
			"no venue":         {func(x *event.Draft) { x.Venue = " \u200b" }, "venue"},
			"unknown place":    {func(x *event.Draft) { x.Place = "Atlantis" }, "place"},
			"no time":          {func(x *event.Draft) { x.Begins = time.Time{} }, "day"},
			"ends before":      {func(x *event.Draft) { x.Ends = x.Begins }, "until"},
			"a whole year":     {func(x *event.Draft) { x.Ends = x.Begins.AddDate(1, 0, 0) }, "until"},
			"too many":         {func(x *event.Draft) { x.Capacity = event.MaxCapacity + 1 }, "capacity"},
			"fewer than none":  {func(x *event.Draft) { x.Capacity = -1 }, "capacity"},
			"nothing is wrong": {func(*event.Draft) {}, ""},
		} {
			draft := d.draft()
			c.change(&draft)
			_, err := d.events.Make(context.Background(), region, where{}, draft)
			got := ""
			if err != nil {
				got = fault.List(err)[0].Field
			}
			if got != c.want || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAnEventIsMadePublishedMovedAndCalledOff(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		e, err := d.events.Make(ctx, region, where{}, d.draft())
		d.must(err)
		who := d.person()
		if got := d.now(e); got.State(d.clock.Now()) != event.Drafted || got.Place != "sippola" || got.Texts["fi"].Title != "Kylätalkoot" || !got.Begins.Equal(e.Begins) || !got.SignUp {
			t.Errorf("%+v", got)
		}
		if _, err := d.signUp(e, who, 1); !fault.Is(err, fault.NotFound) {
			t.Errorf("signed up for a draft: %v", err)
		}
		act := event.Act{Region: region, Event: e.ID, Version: 1}
		if e, err = d.events.Publish(ctx, act); err != nil || e.State(d.clock.Now()) != event.Coming {
			t.Fatal(err)
		}
		if _, err := d.events.Publish(ctx, event.Act{Region: region, Event: e.ID}); !fault.Is(err, fault.Conflict) {
			t.Errorf("published twice: %v", err)
		}
		if _, err := d.signUp(e, who, 2); err != nil {
			t.Fatal(err)
		}
		draft := d.draft()
		draft.Texts["fi"] = event.Text{Title: "Kylätalkoot", About: "Kahvia, pullaa ja laituri."}
		if _, err := d.events.Change(ctx, act, where{}, draft); !fault.Is(err, fault.Conflict) {
			t.Errorf("another version: %v", err)
		}
		act.Version = e.Version
		if e, err = d.events.Change(ctx, act, where{}, draft); err != nil || len(d.told()) != 0 {
			t.Errorf("words alone are told: %v", err)
		}
		draft.Begins, act.Version = draft.Begins.Add(time.Hour), e.Version // who signs up meanwhile does not stand in the way
		if e, err = d.events.Change(ctx, act, where{}, draft); err != nil || strings.Join(d.told(), ",") != "moved "+who.String() {
			t.Errorf("a move is not told: %v", err)
		}
		draft.Begins = d.clock.Now().Add(-time.Hour)
		if _, err := d.events.Change(ctx, event.Act{Region: region, Event: e.ID}, where{}, draft); !fault.Is(err, fault.Invalid) {
			t.Errorf("into the past: %v", err)
		}
		if e, err = d.events.Cancel(ctx, event.Act{Region: region, Event: e.ID}); err != nil || e.State(d.clock.Now()) != event.Cancelled || strings.Join(d.told(), ",") != "cancelled "+who.String() {
			t.Errorf("called off: %v", err)
		}
		if _, err := d.signUp(e, d.person(), 1); !fault.Is(err, fault.Conflict) {
			t.Errorf("signed up for what is called off: %v", err)
		}
		// A draft goes without a trace.
		other, err := d.events.Make(ctx, region, where{}, d.draft())
		d.must(err)
		if _, err := d.events.Cancel(ctx, event.Act{Region: region, Event: other.ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := event.One(ctx, d.db, region, other.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a draft is left: %v", err)
		}
		if _, err := d.events.Cancel(ctx, event.Act{Region: "iitti", Event: e.ID}); !fault.Is(err, fault.NotFound) {
			t.Errorf("another region's: %v", err)
		}
	})
}

func TestPlacesAreGivenInTurn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		e := d.published(3)
		first, second, third, fourth := d.person(), d.person(), d.person(), d.person()
		for i, c := range []struct {
			who    ident.ID
			people int
			want   event.Standing
		}{{first, 2, event.Seated}, {second, 2, event.Waiting}, {third, 1, event.Seated}, {fourth, 1, event.Waiting}, {second, 2, event.Waiting}} {
			if seat, err := d.signUp(e, c.who, c.people); err != nil || seat.State != c.want {
				t.Errorf("%d: %q, %v", i, seat.State, err)
			}
		}
		if _, err := d.signUp(e, third, 2); !fault.Is(err, fault.Conflict) {
			t.Errorf("more than there are places for: %v", err)
		}
		if _, err := d.signUp(e, third, 11); !fault.Is(err, fault.Invalid) {
			t.Errorf("a busload: %v", err)
		}
		if len(d.told()) != 0 {
			t.Error("told of before anything happened")
		}
		// One place is free: the second are two, the fourth gets it.
		d.must(d.leave(e, third))
		if got := d.told(); strings.Join(got, ",") != "in "+fourth.String() || d.now(e).Taken != 3 {
			t.Errorf("%v", got)
		}
		if err := d.leave(e, third); !fault.Is(err, fault.NotFound) {
			t.Errorf("left twice: %v", err)
		}
		// More places: the second get theirs.
		draft := d.draft()
		draft.Begins, draft.Ends, draft.Capacity = e.Begins, e.Ends, 5
		_, err := d.events.Change(context.Background(), event.Act{Region: region, Event: e.ID}, where{}, draft)
		d.must(err)
		if got := d.told(); strings.Join(got, ",") != "in "+second.String() || d.now(e).Taken != 5 {
			t.Errorf("%v", got)
		}
		// It has begun: nobody comes, nobody is moved, leaving is still one's own.
		waits := d.person()
		if seat, err := d.signUp(e, waits, 1); err != nil || seat.State != event.Waiting {
			t.Errorf("%+v %v", seat, err)
		}
		d.clock.Advance(49 * time.Hour)
		if _, err := d.signUp(e, third, 1); !fault.Is(err, fault.Conflict) {
			t.Errorf("after it began: %v", err)
		}
		d.must(d.leave(e, second))
		if _, people := d.seats(e, event.Waiting); people != 1 || len(d.told()) != 0 {
			t.Error("a place was given after it began")
		}
		// A while later nobody knows who was there, but how many.
		taken := d.now(e).Taken
		d.clock.Advance(event.SeatsKept + 4*time.Hour)
		d.must(d.events.Sweep(context.Background(), region))
		if signed, _, err := event.Counts(context.Background(), d.db, region, e.ID); err != nil || signed != 0 || d.now(e).Taken != taken {
			t.Errorf("%d seats are kept, %v", signed, err)
		}
	})
}

// Whatever is done in whatever order: no more people than places, the count is
// right, and nobody waits who would fit.
func TestNobodyWaitsForAPlaceThatIsFree(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for seed := range uint64(3) {
			r := rand.New(rand.NewPCG(seed, 7))
			capacity := 4 + r.IntN(5)
			e := d.published(capacity)
			var people []ident.ID
			for range 8 {
				people = append(people, d.person())
			}
			for step := range 40 {
				who := people[r.IntN(len(people))]
				switch r.IntN(5) {
				case 0:
					if err := d.leave(e, who); err != nil && !fault.Is(err, fault.NotFound) {
						t.Fatal(err)
					}
				case 1:
					d.must(d.tx(func(ctx context.Context, tx *store.Tx) error { return event.Erase(ctx, tx, region, who, d.clock.Now()) }))
				case 2:
					capacity += r.IntN(2)
					draft := d.draft()
					draft.Begins, draft.Ends, draft.Capacity = e.Begins, e.Ends, capacity
					_, err := d.events.Change(context.Background(), event.Act{Region: region, Event: e.ID}, where{}, draft)
					d.must(err)
				default:
					if _, err := d.signUp(e, who, 1+r.IntN(3)); err != nil && !fault.Is(err, fault.Conflict) {
						t.Fatal(err)
					}
				}
				_, seated := d.seats(e, event.Seated)
				waiting, err := event.Seats(context.Background(), d.db, region, e.ID, event.Waiting, 0, 100)
				d.must(err)
				if now := d.now(e); seated > capacity || now.Taken != seated {
					t.Fatalf("seed %d, step %d: %d seated, %d counted, %d places", seed, step, seated, now.Taken, capacity)
				}
				for _, w := range waiting {
					if seated+w.People <= capacity {
						t.Fatalf("seed %d, step %d: %d wait while %d of %d places are taken", seed, step, w.People, seated, capacity)
					}
				}
			}
		}
	})
}

func TestWhoeverHasAPlaceIsRemindedOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		e, off := d.published(1), d.published(1) // on Wednesday at ten o'clock
		seated, waits := d.person(), d.person()
		for _, s := range []struct {
			of  event.Event
			who ident.ID
		}{{e, seated}, {e, waits}, {off, seated}} {
			_, err := d.signUp(s.of, s.who, 1)
			d.must(err)
		}
		_, err := d.events.Cancel(ctx, event.Act{Region: region, Event: off.ID})
		d.must(err)
		d.told()
		morning := func(want string) {
			t.Helper()
			for range 2 { // a job may run again
				d.must(d.events.Remind(ctx, region))
			}
			if got := strings.Join(d.told(), ","); got != want {
				t.Errorf("%s: %q, want %q", d.clock.Now(), got, want)
			}
		}
		morning("") // Monday
		d.clock.Advance(24 * time.Hour)
		morning("soon " + seated.String())
		// Moved to Friday: reminded again when that is near.
		draft := d.draft()
		draft.Begins = e.Begins.Add(48 * time.Hour)
		draft.Ends, draft.Capacity = draft.Begins.Add(time.Hour), 1
		_, err = d.events.Change(ctx, event.Act{Region: region, Event: e.ID}, where{}, draft)
		d.must(err)
		d.told()
		morning("")
		d.clock.Advance(48 * time.Hour)
		morning("soon " + seated.String())
		d.clock.Advance(event.SeatsKept + 72*time.Hour)
		d.must(d.events.Sweep(ctx, region))
		var left int
		d.must(d.db.QueryRow(ctx, `SELECT COUNT(*) FROM event_reminders`).Scan(&left))
		if left != 0 {
			t.Errorf("%d reminders are kept", left)
		}
		morning("")
	})
}

func TestEventsAreListedByTheirTime(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		var want []ident.ID
		for i := range 5 {
			draft := d.draft()
			draft.Begins = draft.Begins.AddDate(0, 0, 5-i)
			draft.Ends = draft.Begins.Add(time.Hour)
			e, err := d.events.Make(ctx, region, where{}, draft)
			d.must(err)
			if i == 4 {
				break // a draft
			}
			_, err = d.events.Publish(ctx, event.Act{Region: region, Event: e.ID})
			d.must(err)
			want = append([]ident.ID{e.ID}, want...)
		}
		next, err := event.Next(ctx, d.db, region, d.clock.Now(), 10)
		if err != nil || len(next) != 4 || next[0].ID != want[0] || next[3].ID != want[3] {
			t.Errorf("%d next, %v", len(next), err)
		}
		all, err := event.All(ctx, d.db, region, 0, 10)
		if err != nil || len(all) != 5 {
			t.Errorf("%d in all, %v", len(all), err)
		}
		// One goes on; one is called off, which the next of a place are not.
		begun := d.now(next[0])
		d.clock.Set(begun.Ends.Add(-time.Minute))
		_, err = d.events.Cancel(ctx, event.Act{Region: region, Event: want[1]})
		d.must(err)
		for name, c := range map[string]struct {
			places []string
			want   []ident.ID
		}{"everywhere": {nil, []ident.ID{want[0], want[2], want[3]}}, "here": {[]string{"elimaki", "sippola"}, []ident.ID{want[0], want[2], want[3]}}, "nowhere": {[]string{}, nil}, "elsewhere": {[]string{"elimaki"}, nil}} {
			ahead, err := event.Ahead(ctx, d.db, region, c.places, d.clock.Now(), 10)
			var got []ident.ID
			for _, e := range ahead {
				got = append(got, e.ID)
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v, %v", name, got, c.want, err)
			}
		}
		if next, err = event.Next(ctx, d.db, region, d.clock.Now(), 10); err != nil || len(next) != 4 {
			t.Errorf("%d next while one goes on, %v", len(next), err)
		}
		if past, err := event.Past(ctx, d.db, region, d.clock.Now(), event.Event{}, 3); err != nil || len(past) != 0 {
			t.Errorf("%d past while none has ended, %v", len(past), err)
		}
		d.clock.Set(begun.Ends)
		if past, err := event.Past(ctx, d.db, region, d.clock.Now(), event.Event{}, 3); err != nil || len(past) != 1 || past[0].ID != want[0] {
			t.Errorf("%d past, %v", len(past), err)
		}
		d.clock.Advance(30 * 24 * time.Hour)
		past, err := event.Past(ctx, d.db, region, d.clock.Now(), event.Event{}, 3)
		if err != nil || len(past) != 3 || past[0].ID != want[3] {
			t.Errorf("%d past, %v", len(past), err)
		}
		rest, err := event.Past(ctx, d.db, region, d.clock.Now(), past[2], 3)
		if err != nil || len(rest) != 1 || rest[0].ID != want[0] {
			t.Errorf("%d more, %v", len(rest), err)
		}
	})
}
