package table_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/journey/table"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/search"
)

const region = "kouvola"

// desk is a region with an office that keeps tables.
type desk struct {
	testing.TB
	*table.Service
	db      *store.DB
	clock   *clock.Fake
	sparks  *spark.Service
	people  *address.Service
	index   *search.Index
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
	actors := actor.New(db, c, ids)
	actors.Tell(network.Heard)
	d := &desk{TB: t, db: db, clock: c, sparks: spark.New(db, c, ids), people: address.New(db, c, ids), index: search.New(text.NewAnalyser(finnish.New(nil, nil), language.Own()), "test", ids)}
	d.must(d.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, region)
		return err
	}))
	var err error
	d.officer, err = office.New(db, c, ids).Hire(context.Background(), office.Officer{Region: region, Email: "olli@kouvola.example", Name: "Olli", Role: office.Manager, Language: "fi"})
	d.must(err)
	d.Service = table.New(db, c, ids, d.sparks, actors).Indexed(d.index)
	return d
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// refuses wants a mistake of a field, by its key.
func (d *desk) refuses(err error, field, key string) {
	d.Helper()
	for _, f := range fault.List(err) {
		if f.Field == field && f.Key == key {
			return
		}
	}
	d.Errorf("got %v, want %s on %q", err, key, field)
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) error {
	return d.db.Tx(context.Background(), do)
}

func (d *desk) today() workday.Day { return office.Today(d.clock) }

func draft(meetings int, sparks ...ident.ID) table.Draft {
	return table.Draft{Texts: map[string]table.Text{"fi": {Title: "Lähiruoan jakelu", About: "Miten ruoka kulkee kylältä toiselle?"}}, Convener: "Kyläyhdistysten neuvosto", Meetings: meetings, Sparks: sparks}
}

// begins makes a table and gives the act on it.
func (d *desk) begins(x table.Draft) table.Act {
	d.Helper()
	a := table.Act{Region: region, Officer: d.officer.ID}
	t, err := d.Make(context.Background(), a, "fi", x)
	d.must(err)
	a.Table = t.ID
	return a
}

func (d *desk) read(a table.Act) table.Table {
	d.Helper()
	t, err := table.One(context.Background(), d.db, region, a.Table)
	d.must(err)
	return t
}

// meets plans the next meeting in an hour and lets it begin.
func (d *desk) meets(a table.Act) {
	d.Helper()
	at := d.clock.Now().Add(time.Hour)
	_, err := d.Meet(context.Background(), a, 0, table.When{Begins: at, Ends: at.Add(time.Hour), Venue: "Sippolan koulu"})
	d.must(err)
	d.clock.Advance(2 * time.Hour)
}

func (d *desk) person(email string) address.Address {
	d.Helper()
	ctx := context.Background()
	var l address.Letter
	_, err := d.people.Ask(ctx, address.Asking{Region: region, Email: email, Language: "fi", Then: address.Then{Kind: "page"}}, func(_ context.Context, _ *store.Tx, sent address.Letter) error { l = sent; return nil })
	d.must(err)
	c, err := d.people.Confirm(ctx, region, l.Secret, "", nil)
	d.must(err)
	return c.Address
}

func (d *desk) joins(a table.Act, who address.Address, e table.Entry) error {
	return d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Join(ctx, tx, who, a.Table, e) })
}

// sits puts somebody of a confirmed address at a table.
func (d *desk) sits(a table.Act, name string, tied bool) (address.Address, ident.ID) {
	d.Helper()
	who := d.person(name + "@kyla.example")
	d.must(d.joins(a, who, table.Entry{Name: name, Tied: tied}))
	p, ok, err := table.Here(context.Background(), d.db, region, a.Table, who.ID)
	d.must(err)
	if !ok {
		d.Fatalf("%s is not there", name)
	}
	return who, p.ID
}

func (d *desk) done(who address.Address, a table.Act, step ident.ID, to table.Turn) error {
	return d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Done(ctx, tx, who, a.Table, step, to) })
}

func (d *desk) steps(a table.Act) []table.Step {
	d.Helper()
	all, err := table.Steps(context.Background(), d.db, region, a.Table)
	d.must(err)
	return all
}

func (d *desk) ties() int {
	d.Helper()
	n, err := network.Counts(context.Background(), d.db, region)
	d.must(err)
	return n[network.Table]
}

func (d *desk) count(query string, args ...any) (n int) {
	d.Helper()
	d.must(d.db.QueryRow(context.Background(), query, args...).Scan(&n))
	return n
}

func (d *desk) drops(words string, v spark.Visibility) spark.Spark {
	d.Helper()
	r, err := d.sparks.Drop(context.Background(), region, spark.Programme{Promise: promise{}, Version: 1}, spark.Draft{Text: words, Email: "tuoja@posti.example", Language: "fi", Visibility: v}, spark.By{})
	d.must(err)
	return r.Spark
}

func TestDraftsAreRefusedWithEveryMistake(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for name, c := range map[string]struct {
			change     func(*table.Draft)
			field, key string
		}{
			"no title":              {func(x *table.Draft) { x.Texts = nil }, "title.fi", "table.title.missing"},
			"a title of spaces":     {func(x *table.Draft) { x.Texts["fi"] = table.Text{Title: " \n"} }, "title.fi", "table.title.missing"},
			"words without a title": {func(x *table.Draft) { x.Texts["sv"] = table.Text{About: "Om maten"} }, "title.sv", "table.title.missing"},
			"an odd language":       {func(x *table.Draft) { x.Texts["xx"] = table.Text{Title: "?"} }, "title.xx", "language.wrong"},
			"a long title":          {func(x *table.Draft) { x.Texts["fi"] = table.Text{Title: strings.Repeat("ä", table.MaxTitle+1)} }, "title.fi", "too_long"},
			"nobody calls it":       {func(x *table.Draft) { x.Convener = " " }, "convener", "table.convener.missing"},
			"no meetings":           {func(x *table.Draft) { x.Meetings = 0 }, "meetings", "table.meetings.wrong"},
			"a meeting a day":       {func(x *table.Draft) { x.Meetings = 2*table.MaxMeetings + 1 }, "meetings", "table.meetings.wrong"},
			"too many sparks": {func(x *table.Draft) {
				for i := range table.MaxSparks + 1 {
					x.Sparks = append(x.Sparks, ident.ID(i+1))
				}
			}, "sparks", "table.sparks.many"},
		} {
			x := draft(2)
			c.change(&x)
			if _, err := d.Make(context.Background(), table.Act{Region: region}, "fi", x); err == nil {
				t.Errorf("%s is taken", name)
			} else {
				d.refuses(err, c.field, c.key)
			}
		}
		if all, err := table.All(context.Background(), d.db, region); err != nil || len(all) != 0 {
			t.Errorf("%v: %d tables of refused drafts", err, len(all))
		}
		one, two := d.read(d.begins(draft(2))), d.read(d.begins(draft(2)))
		if one.Slug != "lahiruoan-jakelu" || two.Slug != "lahiruoan-jakelu-2" {
			t.Errorf("%q and %q", one.Slug, two.Slug)
		}
	})
}

func TestAsManyMeetingsAsWereNamed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.begins(draft(2))
		at := d.clock.Now().Add(24 * time.Hour)
		when := table.When{Begins: at, Ends: at.Add(time.Hour), Venue: "Koulu"}
		for name, c := range map[string]struct {
			w          table.When
			field, key string
		}{
			"no time":   {table.When{Venue: "Koulu"}, "day", "event.time.missing"},
			"backwards": {table.When{Begins: at, Ends: at, Venue: "Koulu"}, "until", "event.time.order"},
			"nowhere":   {table.When{Begins: at, Ends: at.Add(time.Hour)}, "venue", "event.venue.missing"},
		} {
			if _, err := d.Meet(ctx, a, 0, c.w); err == nil {
				t.Errorf("%s is taken", name)
			} else {
				d.refuses(err, c.field, c.key)
			}
		}
		for range 2 {
			_, err := d.Meet(ctx, a, 0, when)
			d.must(err)
		}
		_, err := d.Meet(ctx, a, 0, when)
		d.refuses(err, "", "table.meetings.full")
		_, err = d.Meet(ctx, a, 3, when)
		d.refuses(err, "", "table.meeting.none")
		when.Venue = "Kylätalo"
		_, err = d.Meet(ctx, a, 2, when)
		d.must(err)
		all, err := table.Meetings(ctx, d.db, region, a.Table)
		d.must(err)
		if len(all) != 2 || all[0].Venue != "Koulu" || all[1].Venue != "Kylätalo" {
			t.Errorf("%+v", all)
		}

		// What was named is not changed by writing it anew, only with a reason.
		x := draft(9)
		x.Convener = "Toinen neuvosto"
		changed, err := d.Change(ctx, a, x)
		d.must(err)
		if changed.Meetings != 2 || d.read(a).Convener != "Toinen neuvosto" {
			t.Errorf("%+v", changed)
		}
		_, err = d.Renew(ctx, a, 1, " ")
		d.refuses(err, "reason", "table.reason.missing")
		_, err = d.Renew(ctx, a, 0, "Talvi")
		d.refuses(err, "more", "table.meetings.wrong")
		_, err = d.Renew(ctx, a, 1, "Talvireitti on kokeilematta.")
		d.must(err)
		if r := d.read(a); r.Meetings != 3 || r.Renewed != 1 || r.Reason != "Talvireitti on kokeilematta." {
			t.Errorf("%+v", r)
		}
		_, err = d.Meet(ctx, a, 0, when)
		d.must(err)
		_, err = d.Renew(ctx, a, table.MaxMeetings, "Vielä")
		d.must(err)
		_, err = d.Renew(ctx, a, table.MaxMeetings, "Ja vielä")
		d.refuses(err, "more", "table.meetings.many")
	})
}

func TestAMeetingIsNotedOnceWithAllThatFollows(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		public, hidden := d.drops("Lähiruokaa kylältä toiselle.", spark.Public), d.drops("Salainen reitti.", spark.Office)
		a := d.begins(draft(2, public.ID, hidden.ID))
		_, maija := d.sits(a, "maija", true)
		pekka, pekkaID := d.sits(a, "pekka", true)
		_, shy := d.sits(a, "ujo", false)
		_, away := d.sits(a, "poissa", true)
		_, err := d.Admit(ctx, a, table.Entry{Name: "Soittaja"})
		d.must(err)
		m := table.Minutes{Words: "Sovittiin reitti.", Present: []ident.ID{maija, pekkaID, shy, 77}, Steps: []table.Agreed{{Person: pekkaID, What: "Kysyy kauppiaalta", Day: d.today() + 3}, {}}}
		_, err = d.Note(ctx, a, 1, m)
		d.refuses(err, "", "table.meeting.none")
		at := d.clock.Now().Add(time.Hour)
		_, err = d.Meet(ctx, a, 0, table.When{Begins: at, Ends: at.Add(time.Hour), Venue: "Koulu"})
		d.must(err)
		_, err = d.Note(ctx, a, 1, m)
		d.refuses(err, "", "table.early")
		d.clock.Advance(2 * time.Hour)

		// A refused note leaves nothing behind.
		for name, c := range map[string]struct {
			m          table.Minutes
			field, key string
		}{
			"nothing said":    {table.Minutes{Present: m.Present}, "notes", "table.notes.missing"},
			"too much said":   {table.Minutes{Words: strings.Repeat("ä", table.MaxNotes+1)}, "notes", "too_long"},
			"nobody does it":  {table.Minutes{Words: "x", Steps: []table.Agreed{{What: "Soittaa", Day: d.today()}}}, "who1", "table.person.missing"},
			"a stranger does": {table.Minutes{Words: "x", Steps: []table.Agreed{{Person: 77, What: "Soittaa", Day: d.today()}}}, "who1", "table.person.missing"},
			"does nothing":    {table.Minutes{Words: "x", Steps: []table.Agreed{{}, {Person: pekkaID, Day: d.today()}}}, "what2", "table.step.missing"},
			"some day":        {table.Minutes{Words: "x", Steps: []table.Agreed{{Person: pekkaID, What: "Soittaa"}}}, "day1", "day.missing"},
			"yesterday":       {table.Minutes{Words: "x", Steps: []table.Agreed{{Person: pekkaID, What: "Soittaa", Day: d.today() - 1}}}, "day1", "ring.day.past"},
			"years ahead":     {table.Minutes{Words: "x", Steps: []table.Agreed{{Person: pekkaID, What: "Soittaa", Day: d.today() + table.Ahead + 1}}}, "day1", "ring.day.far"},
		} {
			if _, err := d.Note(ctx, a, 1, c.m); err == nil {
				t.Errorf("%s is noted", name)
			} else {
				d.refuses(err, c.field, c.key)
			}
		}
		if d.ties() != 0 || len(d.steps(a)) != 0 || d.count(`SELECT COUNT(*) FROM table_present`) != 0 {
			t.Error("a refused note leaves something")
		}

		_, err = d.Note(ctx, a, 1, m)
		d.must(err)
		_, err = d.Note(ctx, a, 1, m)
		d.refuses(err, "", "table.noted")
		present, err := table.Present(ctx, d.db, region, a.Table)
		d.must(err)
		if got := slices.Sorted(slices.Values(present[1])); !slices.Equal(got, slices.Sorted(slices.Values([]ident.ID{maija, pekkaID, shy}))) {
			t.Errorf("present: %v", got)
		}
		if slices.Contains(present[1], away) {
			t.Error("who was away was there")
		}
		// Of four, two were there and both allow it.
		if d.ties() != 1 {
			t.Errorf("%d ties", d.ties())
		}
		if s := d.steps(a); len(s) != 1 || s[0].Person != pekkaID || s[0].What != "Kysyy kauppiaalta" || s[0].Day != d.today()+3 || s[0].State != table.Due {
			t.Errorf("%+v", s)
		}
		for sp, want := range map[ident.ID]int{public.ID: 1, hidden.ID: 0} {
			n := 0
			beats, _, err := story.Of(ctx, d.db, region, sp, story.Public, 0)
			d.must(err)
			for _, b := range beats {
				if b.Type == story.Tabled {
					n++
				}
			}
			if n != want {
				t.Errorf("%d public beats, want %d", n, want)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM beats WHERE type = $1`, string(story.Tabled)); n != 2 {
			t.Errorf("%d beats of two sparks", n)
		}
		_, err = d.Meet(ctx, a, 1, table.When{Begins: at, Ends: at.Add(time.Hour), Venue: "Koulu"})
		d.refuses(err, "", "table.noted")

		// A yes taken back unties, given again ties, and who goes is tied to nobody.
		for i, want := range []int{0, 1} {
			d.must(d.joins(a, pekka, table.Entry{Name: "pekka", Tied: i == 1}))
			if d.ties() != want {
				t.Errorf("%d ties, want %d", d.ties(), want)
			}
		}
		d.must(d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Leave(ctx, tx, pekka, a.Table) }))
		if s := d.steps(a); d.ties() != 0 || s[0].Person != 0 || s[0].State != table.LetGo || s[0].What == "" {
			t.Errorf("%d ties, %+v", d.ties(), s)
		}
	})
}

func TestStepsAreTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.begins(draft(2))
		maija, maijaID := d.sits(a, "maija", false)
		pekka, _ := d.sits(a, "pekka", false)
		stranger := d.person("vieras@kyla.example")
		d.meets(a)
		var agreed []table.Agreed
		for _, what := range []string{"Soittaa", "Kirjoittaa", "Mittaa"} {
			agreed = append(agreed, table.Agreed{Person: maijaID, What: what, Day: d.today() + 1})
		}
		_, err := d.Note(ctx, a, 1, table.Minutes{Words: "Sovittiin.", Present: []ident.ID{maijaID}, Steps: agreed})
		d.must(err)
		reminded := func() int {
			d.must(d.Remind(ctx, region))
			return d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'table.told'`)
		}
		if n := reminded(); n != 3 || reminded() != 3 {
			t.Errorf("%d reminders of three steps", n)
		}
		s := d.steps(a)
		d.refuses(d.done(pekka, a, s[0].ID, table.Turn{To: table.Kept}), "", "table.step.none")
		d.refuses(d.done(stranger, a, s[0].ID, table.Turn{To: table.Kept}), "", "table.none")
		d.refuses(d.done(maija, a, s[0].ID, table.Turn{To: "gone"}), "to", "ring.turn.missing")
		d.refuses(d.done(maija, a, s[0].ID, table.Turn{To: table.Due}), "day", "day.missing")
		d.refuses(d.done(maija, a, s[0].ID, table.Turn{To: table.Due, Day: d.today() - 1}), "day", "ring.day.past")
		d.refuses(d.done(maija, a, s[0].ID, table.Turn{To: table.Due, Day: d.today() + table.Ahead + 1}), "day", "ring.day.far")

		d.must(d.done(maija, a, s[0].ID, table.Turn{To: table.Kept}))
		d.refuses(d.done(maija, a, s[0].ID, table.Turn{To: table.Due, Day: d.today() + 9}), "", "ring.commitment.ended")
		// Moved by herself and by the office, and reminded of anew for the new day alone.
		d.must(d.done(maija, a, s[1].ID, table.Turn{To: table.Due, Day: d.today() + 5}))
		_, err = d.Turn(ctx, a, s[2].ID, table.Turn{To: table.Due, Day: d.today() + 1})
		d.must(err)
		if n := reminded(); n != 3 {
			t.Errorf("%d reminders, though nothing else is due", n)
		}
		d.clock.Advance(4 * 24 * time.Hour)
		if n := reminded(); n != 4 || reminded() != 4 {
			t.Errorf("%d reminders after a moved day came near", n)
		}
		for _, x := range d.steps(a) {
			if want := map[string]table.Fate{"Soittaa": table.Kept, "Kirjoittaa": table.Due, "Mittaa": table.Due}[x.What]; x.State != want {
				t.Errorf("%s is %s", x.What, x.State)
			}
		}

		// Whose words are erased leaves none.
		d.must(d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Erase(ctx, tx, maija) }))
		for _, x := range d.steps(a) {
			if x.What != "" || x.Person != 0 {
				t.Errorf("left: %+v", x)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM table_people`); n != 1 {
			t.Errorf("%d at the table", n)
		}
	})
}

func TestWhoMaySitAndUntilWhen(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.begins(draft(1))
		maija, maijaID := d.sits(a, "maija", false)
		d.refuses(d.joins(a, maija, table.Entry{}), "name", "event.name.missing")
		_, err := d.Admit(ctx, a, table.Entry{Name: strings.Repeat("ä", spark.MaxName+1)})
		d.refuses(err, "name", "too_long")
		for range table.MaxPeople - 1 {
			_, err := d.Admit(ctx, a, table.Entry{Name: "Soittaja"})
			d.must(err)
		}
		_, err = d.Admit(ctx, a, table.Entry{Name: "Yksi liikaa"})
		d.refuses(err, "", "table.full")
		d.refuses(d.joins(a, d.person("liika@kyla.example"), table.Entry{Name: "Liika"}), "", "table.full")
		d.must(d.joins(a, maija, table.Entry{Name: "Maija"})) // who is there may change how
		_, err = d.Part(ctx, a, 77)
		d.refuses(err, "", "table.person.none")

		// Two officers with the same page open: the later is told.
		seen := a
		seen.Version = d.read(a).Version
		_, err = d.Change(ctx, seen, draft(1))
		d.must(err)
		_, err = d.Change(ctx, seen, draft(1))
		d.refuses(err, "", "table.changed")

		_, err = d.Close(ctx, a, "")
		d.refuses(err, "result", "table.result.missing")
		_, err = d.Close(ctx, a, "Reitti kulkee torstaisin.")
		d.must(err)
		if r := d.read(a); r.Open() || r.Result != "Reitti kulkee torstaisin." {
			t.Errorf("%+v", r)
		}
		for name, err := range map[string]error{
			"closed":   second(d.Close(ctx, a, "Taas.")),
			"renewed":  second(d.Renew(ctx, a, 1, "Vielä")),
			"admitted": second(d.Admit(ctx, a, table.Entry{Name: "Myöhäinen"})),
			"parted":   second(d.Part(ctx, a, maijaID)),
			"changed":  second(d.Change(ctx, a, draft(1))),
			"joined":   d.joins(a, d.person("myoha@kyla.example"), table.Entry{Name: "Myöhä"}),
		} {
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s after its end: %v", name, err)
			}
		}
		// Who sat there may still go.
		d.must(d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Leave(ctx, tx, maija, a.Table) }))
		if n := d.count(`SELECT COUNT(*) FROM table_people`); n != table.MaxPeople-1 {
			t.Errorf("%d at the table", n)
		}
	})
}

func second(_ table.Table, err error) error { return err }

func TestTablesAreFoundByWhatEverybodyReads(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		x := draft(2)
		x.Texts["sv"] = table.Text{Title: "Distribution av närmat", About: "Hur maten rör sig."}
		a := d.begins(x)
		other := d.begins(table.Draft{Texts: map[string]table.Text{"fi": {Title: "Uimaranta"}}, Convener: "Kaupunki", Meetings: 1})
		who, id := d.sits(a, "kaarlonen", false)
		finds := func(words string) (ids []ident.ID) {
			d.Helper()
			p, err := d.index.Search(ctx, d.db, search.Query{Region: region, Text: words, Most: 5, Filter: search.Filter{Kinds: []search.Kind{search.Table}}})
			d.must(err)
			for _, h := range p.Hits {
				ids = append(ids, h.ID)
			}
			return ids
		}
		wants := func(words string, want ...ident.ID) {
			d.Helper()
			if got := finds(words); !slices.Equal(got, want) {
				d.Errorf("%q finds %v, want %v", words, got, want)
			}
		}
		all := func() {
			d.Helper()
			for _, words := range []string{"jakelu", "närmat", "neuvosto", "kauppias", "torstaisin"} {
				wants(words, a.Table)
			}
			wants("uimaranta", other.Table)
			for _, words := range []string{"kaarlonen", "polkupyörä"} { // who sits there, and what they do
				wants(words)
			}
		}
		wants("kauppias")
		d.meets(a)
		_, err := d.Note(ctx, a, 1, table.Minutes{Words: "Kysyttiin: kauppias tulee.", Present: []ident.ID{id}, Steps: []table.Agreed{{Person: id, What: "Hakee polkupyörä", Day: d.today() + 1}}})
		d.must(err)
		wants("torstaisin")
		_, err = d.Close(ctx, a, "Kulkee torstaisin.")
		d.must(err)
		all()
		d.must(d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Erase(ctx, tx, who) }))
		all()

		// Made anew from the tables themselves, with one at a time, it finds the same.
		for _, id := range []ident.ID{a.Table, other.Table} {
			d.must(d.tx(func(ctx context.Context, tx *store.Tx) error {
				return d.index.Remove(ctx, tx, region, search.Table, id)
			}))
		}
		wants("jakelu")
		d.must(d.index.Renew(ctx, d.db, region, []search.Shelf{table.Shelf()}, true, nil))
		all()
	})
}

func TestWhoIsAcquainted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var people []table.Person
		for i := range rapid.IntRange(1, 6).Draw(t, "people") {
			people = append(people, table.Person{ID: ident.ID(i + 1), Address: ident.ID(rapid.IntRange(0, 4).Draw(t, "address")), Tied: rapid.Bool().Draw(t, "tied")})
		}
		present := table.Presence{}
		for n := range rapid.IntRange(0, 3).Draw(t, "meetings") {
			for _, p := range people {
				if rapid.Bool().Draw(t, "there") {
					present[n+1] = append(present[n+1], p.ID)
				}
			}
		}
		knows := func(p, o table.Person) bool {
			return slices.ContainsFunc(table.Acquainted(p, people, present), func(x table.Person) bool { return x.ID == o.ID })
		}
		for _, p := range people {
			for _, o := range people {
				both := p.Tied && o.Tied && p.Address != 0 && o.Address != 0 && p.Address != o.Address && present.Together(p.ID, o.ID)
				if knows(p, o) != both || knows(o, p) != knows(p, o) {
					t.Fatalf("%+v knows %+v: %v", p, o, knows(p, o))
				}
			}
		}
	})
}
