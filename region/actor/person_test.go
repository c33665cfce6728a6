package actor_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
)

// owner is a confirmed address.
func (d *desk) owner(email string) address.Address {
	d.Helper()
	ctx := context.Background()
	service := address.New(d.db, d.clock, d.ids)
	var secret string
	if _, err := service.Ask(ctx, address.Asking{Region: "kouvola", Email: email, Language: "fi", Then: address.Then{Kind: "page"}}, func(_ context.Context, _ *store.Tx, l address.Letter) error {
		secret = l.Secret
		return nil
	}); err != nil {
		d.Fatal(err)
	}
	c, err := service.Confirm(ctx, "kouvola", secret, "", func(context.Context, *store.Tx, address.Address, address.Then) error { return nil })
	if err != nil {
		d.Fatal(err)
	}
	return c.Address
}

// person begins somebody.
func (d *desk) person(email, name string) (id ident.ID) {
	d.Helper()
	a := d.owner(email)
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		p, err := d.actors.Person(ctx, tx, a, name)
		id = p.ID
		return err
	})
	return id
}

func (d *desk) read(id ident.ID) actor.Person {
	d.Helper()
	p, err := actor.PersonByID(context.Background(), d.db, "kouvola", id)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

func (d *desk) choose(id ident.ID, c actor.Choice, yes bool) (err error) {
	return d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return d.actors.Choose(ctx, tx, "kouvola", id, c, yes)
	})
}

func TestAPersonHangsOnAnAddress(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.owner("maija@posti.example")
		if _, ok, err := actor.OfAddress(ctx, d.db, "kouvola", a.ID); ok || err != nil {
			t.Errorf("somebody before anything was done: %v", err)
		}
		var heard []actor.Person
		d.actors.Tell(func(_ context.Context, _ *store.Tx, p actor.Person) error {
			heard = append(heard, p)
			return nil
		})
		var first actor.Actor
		for i, name := range []string{"", "  Maija \n Meikäläinen", "Toinen Nimi"} { // a name once given is not overwritten in passing
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				p, err := d.actors.Person(ctx, tx, a, name)
				if i == 0 {
					first = p
				}
				if p.ID != first.ID || !p.Person || p.ID == 0 || i > 0 && p.Title != "Maija Meikäläinen" {
					t.Errorf("%d: %+v", i, p)
				}
				return err
			})
		}
		if len(heard) != 2 || heard[1].Name != "Maija Meikäläinen" {
			t.Errorf("heard %+v", heard)
		}
		if p, ok, err := actor.OfAddress(ctx, d.db, "kouvola", a.ID); !ok || err != nil || p.ID != first.ID {
			t.Errorf("%+v %v %v", p, ok, err)
		}
		for _, c := range actor.Choices() {
			if d.read(first.ID).Chose(c) {
				t.Errorf("%s is on without being asked", c)
			}
		}
		// No organisation is a person, and none is read as one.
		_, orgs := d.whose("Kymen Puu Oy")
		all, err := actor.ByIDs(ctx, d.db, "kouvola", orgs[0], first.ID, 1)
		if want := map[ident.ID]actor.Actor{orgs[0]: {ID: orgs[0], Title: "Kymen Puu Oy"}, first.ID: {ID: first.ID, Title: "Maija Meikäläinen", Person: true}}; err != nil || !maps.Equal(all, want) {
			t.Errorf("%+v %v", all, err)
		}
		if n, err := actor.Count(ctx, d.db, "kouvola"); n != 1 || err != nil {
			t.Errorf("%d organisations, %v", n, err)
		}
		if _, err := actor.ByID(ctx, d.db, "kouvola", first.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a person is read as an organisation: %v", err)
		}
		if _, err := actor.PersonByID(ctx, d.db, "iitti", first.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another region's: %v", err)
		}
	})
}

func TestWhatAPersonTells(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.person("maija@posti.example", "Maija")
		write := func(p actor.Profile) error {
			return d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				_, err := d.actors.Describe(ctx, tx, "kouvola", id, p)
				return err
			})
		}
		if err := write(actor.Profile{Name: " Maija  M. ", Place: "kuusankoski", Sector: "04", Languages: []string{"sv", "fi", "sv"}, Pace: 3, Away: true, AwayUntil: 20800}); err != nil {
			t.Fatal(err)
		}
		p := d.read(id)
		if p.Name != "Maija M." || p.Title != p.Name || p.Place != "kuusankoski" || p.Sector != "04" || !slices.Equal(p.Languages, []string{"fi", "sv"}) || p.Pace != 3 {
			t.Errorf("%+v", p)
		}
		if !p.Busy(20800) || p.Busy(20801) {
			t.Error("away until a day is not until that day")
		}
		if err := write(actor.Profile{Name: "Maija", Away: true}); err != nil || !d.read(id).Busy(99999) {
			t.Errorf("away with no end: %v", err)
		}
		if err := write(actor.Profile{Name: "Maija", AwayUntil: 20800}); err != nil || d.read(id).Busy(20800) {
			t.Errorf("not away at all: %v", err)
		}
		for field, wrong := range map[string]actor.Profile{
			"name": {Name: string(make([]rune, actor.MaxName+1))}, "languages": {Languages: []string{"suomi!"}}, "pace": {Pace: actor.MaxPace + 1},
		} {
			if field == "name" {
				wrong.Name = ""
				for range actor.MaxName + 1 {
					wrong.Name += "ä"
				}
			}
			if err := write(wrong); !fault.Is(err, fault.Invalid) || fault.List(err)[0].Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

// Whatever somebody chooses in whatever order, the last word on each choice holds,
// each change is dated, and who keeps something in memory hears of every one.
func TestTheLastWordHolds(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id := d.person("maija@posti.example", "Maija")
		heard := map[actor.Choice]bool{}
		d.actors.Tell(func(_ context.Context, tx *store.Tx, p actor.Person) error {
			tx.After(func() {
				for _, c := range actor.Choices() {
					heard[c] = p.Chose(c)
				}
			})
			return nil
		})
		want, changes := map[actor.Choice]bool{}, 0
		rapid.Check(t, func(rt *rapid.T) {
			c, yes := rapid.SampledFrom(actor.Choices()).Draw(rt, "choice"), rapid.Bool().Draw(rt, "yes")
			d.clock.Advance(time.Second)
			if err := d.choose(id, c, yes); err != nil {
				rt.Fatal(err)
			}
			if want[c] != yes {
				changes++
			}
			want[c] = yes
			p := d.read(id)
			for _, c := range actor.Choices() {
				if p.Chose(c) != want[c] || heard[c] != want[c] && changes > 0 {
					rt.Fatalf("%s is %v, heard %v, want %v", c, p.Chose(c), heard[c], want[c])
				}
			}
		})
		all, err := actor.ChoicesOf(ctx, d.db, "kouvola", id)
		if err != nil || len(all) != changes {
			t.Fatalf("%d of %d changes are kept: %v", len(all), changes, err)
		}
		last := map[actor.Choice]bool{}
		for i, c := range all {
			last[c.Choice] = c.Yes
			if i > 0 && !c.At.After(all[i-1].At) {
				t.Errorf("%v after %v", c.At, all[i-1].At)
			}
		}
		for c := range last {
			if last[c] != want[c] {
				t.Errorf("%s: the story says %v", c, last[c])
			}
		}
		if err := d.choose(id, "famous", true); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

func TestNobodyIsFoundWithoutAName(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.person("maija@posti.example", "")
		if err := d.choose(id, actor.Findable, true); !fault.Is(err, fault.Invalid) || fault.List(err)[0].Field != "name" {
			t.Errorf("%v", err)
		}
		for _, c := range actor.Choices()[1:] {
			if err := d.choose(id, c, true); err != nil {
				t.Errorf("%s: %v", c, err)
			}
		}
		named := d.person("matti@posti.example", "Matti")
		if err := d.choose(named, actor.Findable, true); err != nil {
			t.Fatal(err)
		}
		if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := d.actors.Describe(ctx, tx, "kouvola", named, actor.Profile{})
			return err
		}); !fault.Is(err, fault.Invalid) {
			t.Errorf("the name of who is found was taken away: %v", err)
		}
	})
}

func TestWhomAPersonIsOf(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		spellings, orgs := d.whose("Kymen Puu Oy", "Kouvolan kaupunki")
		id := d.person("maija@posti.example", "Maija")
		belong := func(m actor.Membership) (out actor.Membership, err error) {
			m.Person = id
			err = d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				out, err = d.actors.Belong(ctx, tx, "kouvola", m, place)
				return err
			})
			return out, err
		}
		known, err := belong(actor.Membership{Named: "KYMEN PUU", Role: "Toimitusjohtaja", Since: 20000})
		if err != nil || known.Organisation != orgs[0] || known.By != actor.Self {
			t.Fatalf("%+v %v", known, err)
		}
		unknown, err := belong(actor.Membership{Named: "Kylän naiset"})
		if err != nil || unknown.Organisation != 0 {
			t.Fatalf("%+v %v", unknown, err)
		}
		if n, err := actor.Count(ctx, d.db, "kouvola"); n != 2 || err != nil { // what a person writes is no public fact
			t.Errorf("%d organisations, %v", n, err)
		}
		for field, m := range map[string]actor.Membership{"organisation": {}, "until": {Named: "Kymen Puu Oy", Since: 5, Until: 4}} {
			if _, err := belong(m); !fault.Is(err, fault.Invalid) || fault.List(err)[0].Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		known.Until = 20100
		if _, err := belong(known); err != nil {
			t.Fatal(err)
		}
		// The office joins the organisation to another: who is of it goes along.
		if err := d.actors.Join(ctx, "kouvola", spellings[0], orgs[1]); err != nil {
			t.Fatal(err)
		}
		of, err := actor.Members(ctx, d.db, "kouvola", orgs[1])
		if err != nil || len(of) != 1 || of[0].Person != id || of[0].Until != 20100 || of[0].Named != "KYMEN PUU" {
			t.Errorf("%+v %v", of, err)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return d.actors.Unbelong(ctx, tx, "kouvola", id, unknown.ID)
		})
		if all, err := actor.MembershipsOf(ctx, d.db, "kouvola", id); err != nil || len(all) != 1 {
			t.Errorf("%+v %v", all, err)
		}
		for range actor.MaxMembers - 1 {
			if _, err := belong(actor.Membership{Named: "Kylän naiset"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := belong(actor.Membership{Named: "Kylän naiset"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

func TestAPersonGoesWithTheirAddress(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id := d.person("maija@posti.example", "Maija")
		for _, c := range actor.Choices() {
			if err := d.choose(id, c, true); err != nil {
				t.Fatal(err)
			}
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := d.actors.Belong(ctx, tx, "kouvola", actor.Membership{Person: id, Named: "Kylän naiset"}, place)
			return err
		})
		a := d.read(id)
		var gone []actor.Person
		d.actors.Tell(func(ctx context.Context, tx *store.Tx, p actor.Person) error {
			gone = append(gone, p)
			_, err := actor.PersonByID(ctx, tx, "kouvola", p.ID) // still there for who takes away the rest
			return err
		})
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.actors.Erase(ctx, tx, "kouvola", a.Address) })
		if len(gone) != 1 || !gone[0].Gone || gone[0].Chose(actor.Findable) {
			t.Errorf("%+v", gone)
		}
		for _, table := range []string{"people", "people_choices", "people_words", "actor_members"} {
			var n int
			if err := d.db.QueryRow(ctx, `SELECT COUNT(*) FROM `+table+` WHERE region_id = $1`, "kouvola").Scan(&n); err != nil || n != 0 {
				t.Errorf("%s: %d rows left, %v", table, n, err)
			}
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.actors.Erase(ctx, tx, "kouvola", a.Address) }) // nobody there: nothing to do
	})
}

// A yes to earlier words of a choice does not hold until the person answers anew, is told
// as if it had been taken back, and stays in what they chose; who said yes to today's words
// is left alone.
func TestAYesToEarlierWordsIsAskedAnew(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		before, today := d.person("maija@posti.example", "Maija"), d.person("eero@posti.example", "Eero")
		for _, id := range []ident.ID{before, today} {
			for _, c := range actor.Choices() {
				if err := d.choose(id, c, true); err != nil {
					t.Fatal(err)
				}
			}
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { // as the first edition left it
			_, err := tx.Exec(ctx, `DELETE FROM people_words WHERE region_id = $1 AND actor_id = $2`, "kouvola", int64(before))
			return err
		})
		told := map[actor.Choice]int{}
		d.actors.Tell(func(_ context.Context, _ *store.Tx, p actor.Person) error {
			for _, c := range actor.Choices() {
				if p.TookBack(c) {
					told[c]++
				}
			}
			return nil
		})
		chose := func(id ident.ID) (all []actor.Choice) {
			for _, c := range actor.Choices() {
				if d.read(id).Chose(c) {
					all = append(all, c)
				}
			}
			return all
		}
		anew := func() (all []actor.Choice) {
			t.Helper()
			answers, err := actor.ChoicesOf(ctx, d.db, "kouvola", before)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range actor.Choices() {
				if actor.AskedAnew(d.read(before), answers, c) {
					all = append(all, c)
				}
			}
			return all
		}
		for turn, want := range []int{2, 0} { // once an edition
			if n, err := d.actors.AskAnew(ctx, "kouvola"); n != want || err != nil {
				t.Errorf("time %d: %d asked anew, want %d: %v", turn+1, n, want, err)
			}
		}
		if got := chose(before); !slices.Equal(got, []actor.Choice{actor.Findable, actor.Federated}) {
			t.Errorf("of a yes to earlier words there holds %v", got)
		}
		if got := chose(today); !slices.Equal(got, actor.Choices()) {
			t.Errorf("of a yes to today's words there holds %v", got)
		}
		if told[actor.Drawn] != 1 || told[actor.Counted] != 1 || len(told) != 2 {
			t.Errorf("told of %v", told)
		}
		if got := anew(); !slices.Equal(got, []actor.Choice{actor.Drawn, actor.Counted}) {
			t.Errorf("asked anew: %v", got)
		}
		d.clock.Advance(time.Hour)
		if err := errors.Join(d.choose(before, actor.Drawn, false), d.choose(before, actor.Counted, true), d.choose(before, actor.Drawn, false)); err != nil {
			t.Fatal(err)
		}
		if got := anew(); len(got) != 0 {
			t.Errorf("asked anew after the answer: %v", got)
		}
		answers, err := actor.ChoicesOf(ctx, d.db, "kouvola", before)
		if words, e := actor.WordsOf(ctx, d.db, "kouvola", before); err != nil || e != nil || len(answers) != 6 || d.read(before).Chose(actor.Drawn) || !d.read(before).Chose(actor.Counted) || words[actor.Counted] != actor.Counted.Words() {
			t.Errorf("%v %v: %+v, words %v", err, e, answers, words)
		}
	})
}
