package spark_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

// bring drops a spark of somebody's own.
func (d *desk) bring(who string, bend ...func(*spark.Draft)) spark.Receipt {
	d.Helper()
	x := maija()
	x.Text, x.Name, x.Email, x.Phone = "Kipinä, jonka toi "+who+" tänne asti.", who, who+"@posti.example", ""
	for _, b := range bend {
		b(&x)
	}
	return d.drop(x)
}

func hidden(x *spark.Draft) { x.Visibility = spark.Office }

func (d *desk) merge(into ident.ID, others ...ident.ID) spark.Spark {
	d.Helper()
	return firstSpark(d.sparks.Merge(context.Background(), d.act(into), joining(others...)))
}

func joining(others ...ident.ID) (j spark.Joining) {
	for _, id := range others {
		j.Sparks = append(j.Sparks, spark.Seen{ID: id})
	}
	return j
}

// stands is a spark without what any telling changes.
func stands(s spark.Spark) spark.Spark {
	s.Beats, s.Version, s.Latest = 0, 0, time.Time{}
	return s
}

func TestMergeSharesThePromiseAndComesApart(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.bring("Aino")
		firstSpark(d.sparks.Answer(ctx, d.act(a.Spark.ID), "Kiitos.", true, ""))
		d.clock.Advance(26 * time.Hour)
		b := d.bring("Bertta")
		d.clock.Advance(26 * time.Hour)
		c := d.bring("Cecilia")
		before := map[ident.ID]spark.Spark{}
		for _, r := range []spark.Receipt{a, b, c} {
			before[r.Spark.ID] = d.byID(r.Spark.ID)
		}
		got := d.merge(a.Spark.ID, c.Spark.ID, b.Spark.ID)
		if !got.Waiting || got.Due != b.Spark.Due || !got.WaitingFrom.Equal(b.Spark.Dropped) || got.People != 3 || got.State != spark.Glowing || !got.Listed {
			t.Errorf("together: %+v", got)
		}
		for _, r := range []spark.Receipt{b, c} {
			s := d.byID(r.Spark.ID)
			if s.Listed || s.Open || s.MergedInto != a.Spark.ID || !s.Waiting || s.Due != r.Spark.Due {
				t.Errorf("joined: %+v", s)
			}
			last := d.last(r.Spark.ID)
			if last.Type != story.Merged || last.Facts.Into != a.Spark.ID || last.Visibility != story.Public || last.Officer != d.officers[office.Planner].ID {
				t.Errorf("%+v", last)
			}
			is(t, "an answer past the one that carries it", second(d.sparks.Answer(ctx, d.act(r.Spark.ID), "Ohi.", true, "")), fault.Conflict)
		}
		if last := d.last(a.Spark.ID); last.Type != story.Merged || !slices.Equal(last.Facts.Sparks, []ident.ID{b.Spark.ID, c.Spark.ID}) {
			t.Errorf("%+v", last)
		}
		for _, id := range []ident.ID{b.Spark.ID, c.Spark.ID} {
			firstSpark(d.sparks.Unmerge(ctx, d.act(id)))
		}
		for id, want := range before {
			if diff := gocmp.Diff(stands(want), stands(d.byID(id))); diff != "" {
				t.Errorf("after merging and taking apart (-before +after):\n%s", diff)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM clusters`) + d.count(`SELECT COUNT(*) FROM mergings WHERE until_beat = 0`); n != 0 {
			t.Errorf("%d rows of clusters are left", n)
		}
	})
}

func second(_ spark.Spark, err error) error { return err }

func TestOneAnswerAnswersAll(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b := d.bring("Aino"), d.bring("Bertta")
		d.merge(a.Spark.ID, b.Spark.ID)
		d.clock.Advance(time.Hour)
		firstSpark(d.sparks.MoveDue(ctx, d.act(a.Spark.ID), d.today()+14, "Flunssa."))
		if s := d.byID(b.Spark.ID); s.Due != d.today()+14 {
			t.Errorf("a promise moved for one: %+v", s)
		}
		s := firstSpark(d.sparks.Answer(ctx, d.act(a.Spark.ID), "Kiitos molemmille.", true, ""))
		if s.Waiting || d.byID(b.Spark.ID).Waiting || !d.byID(b.Spark.ID).Answered.Equal(d.clock.Now()) {
			t.Errorf("%+v, %+v", s, d.byID(b.Spark.ID))
		}
		// The other one's word is told where the matter is, and who wrote waits.
		d.clock.Advance(time.Hour)
		firstSpark(d.sparks.Reply(ctx, region, b.Link, "Minullakin on sanottavaa.", true, d.promise))
		told := d.last(a.Spark.ID)
		if told.Type != story.Replied || told.Facts.Via != b.Spark.ID || told.Visibility != story.Public || told.Words == "" || d.last(b.Spark.ID).Type != story.Merged {
			t.Errorf("%+v", told)
		}
		if s := d.byID(a.Spark.ID); !s.Waiting || !s.WaitingFrom.Equal(d.clock.Now()) {
			t.Errorf("%+v", s)
		}
		own := firstSpark(d.sparks.Unmerge(ctx, d.act(b.Spark.ID)))
		if !own.Waiting || d.byID(a.Spark.ID).Waiting || own.Answered.IsZero() {
			t.Errorf("who wrote waits: %+v and %+v", own, d.byID(a.Spark.ID))
		}
	})
}

func TestWhatCannotBeMerged(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b, office, gone, held := d.bring("Aino"), d.bring("Bertta"), d.bring("Oona", hidden), d.bring("Gunnar"), d.bring("Helka")
		firstSpark(d.sparks.Withdraw(ctx, region, gone.Link, false))
		d.exec(`UPDATE sparks SET held = 'new' WHERE spark_id = $1`, int64(held.Spark.ID))
		shut := d.bring("Saara")
		d.shut(d.act(shut.Spark.ID))
		joined := d.bring("Jaana")
		d.merge(b.Spark.ID, joined.Spark.ID)
		stale := joining(b.Spark.ID)
		stale.Sparks[0].Version = 99
		for name, c := range map[string]struct {
			into ident.ID
			j    spark.Joining
			key  string
		}{
			"nothing":                {a.Spark.ID, spark.Joining{}, "merge.few"},
			"itself":                 {a.Spark.ID, joining(a.Spark.ID), "merge.few"},
			"one withdrawn":          {a.Spark.ID, joining(gone.Spark.ID), "spark.withdrawn"},
			"into one withdrawn":     {gone.Spark.ID, joining(a.Spark.ID), "spark.withdrawn"},
			"one held":               {a.Spark.ID, joining(held.Spark.ID), "merge.held"},
			"into one held":          {held.Spark.ID, joining(a.Spark.ID), "merge.held"},
			"one joined already":     {a.Spark.ID, joining(joined.Spark.ID), "merge.merged"},
			"into one joined":        {joined.Spark.ID, joining(a.Spark.ID), "merge.merged"},
			"a circle":               {joined.Spark.ID, joining(b.Spark.ID), "merge.merged"},
			"into one closed":        {shut.Spark.ID, joining(a.Spark.ID), "merge.closed"},
			"a public into a hidden": {office.Spark.ID, joining(a.Spark.ID), "merge.hidden"},
			"another version":        {a.Spark.ID, stale, "spark.changed"},
			"one that is not":        {a.Spark.ID, joining(77), "spark.none"},
			"a hidden one's title":   {a.Spark.ID, spark.Joining{Sparks: joining(office.Spark.ID).Sparks, TitleOf: office.Spark.ID}, "merge.take"},
			"a hidden one's tag":     {b.Spark.ID, spark.Joining{Sparks: joining(office.Spark.ID).Sparks, Tags: []spark.Tag{{Kind: "theme", ID: "strategic"}}}, "merge.take"},
			"a stranger's place":     {a.Spark.ID, spark.Joining{Sparks: joining(b.Spark.ID).Sparks, PlaceOf: shut.Spark.ID}, "merge.take"},
		} {
			before := d.count(`SELECT COUNT(*) FROM beats`)
			if _, err := d.sparks.Merge(ctx, d.act(c.into), c.j); key(err) != c.key {
				t.Errorf("%s: %v", name, err)
			}
			if d.count(`SELECT COUNT(*) FROM beats`) != before {
				t.Errorf("%s: a refused merging left a trace", name)
			}
		}
		if _, err := d.sparks.Unmerge(ctx, d.act(a.Spark.ID)); key(err) != "merge.alone" {
			t.Errorf("taking apart what stands alone: %v", err)
		}
		// A hidden one may be joined to a public one, and a closed one too.
		d.merge(a.Spark.ID, office.Spark.ID, shut.Spark.ID)
		if b := d.last(office.Spark.ID); b.Visibility != story.Parties {
			t.Errorf("everybody hears of a hidden one: %+v", b)
		}
	})
}

func TestMergeTakesTitleKindPlaceAndTags(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.bring("Aino", func(x *spark.Draft) { x.Place, x.Themes = "", nil })
		b := d.bring("Bertta", func(x *spark.Draft) {
			x.Title, x.Kind, x.Themes = "Bertan oma otsikko", spark.Need, []string{"strategic"}
		})
		j := joining(b.Spark.ID)
		j.TitleOf, j.KindOf, j.PlaceOf, j.Tags = b.Spark.ID, b.Spark.ID, b.Spark.ID, []spark.Tag{{Kind: "theme", ID: "strategic"}}
		s := firstSpark(d.sparks.Merge(ctx, d.act(a.Spark.ID), j))
		if s.Title != "Bertan oma otsikko" || s.Kind != spark.Need || s.Place != b.Spark.Place || len(s.Tags) != 1 || s.Text != a.Spark.Text {
			t.Errorf("%+v", s)
		}
		var types []story.Type
		for _, beat := range d.story(a.Spark.ID)[1:] {
			types = append(types, beat.Type)
		}
		if !slices.Equal(types, []story.Type{story.Merged, story.Retitled, story.Retitled, story.Placed, story.Tagged}) {
			t.Errorf("%v", types)
		}
		// The words are Bertta's: when they go, the title is Aino's again.
		firstSpark(d.sparks.Withdraw(ctx, region, b.Link, true))
		if s := d.byID(a.Spark.ID); s.Title != a.Spark.Title {
			t.Errorf("title %q", s.Title)
		}
		if found := d.traces("Bertan oma", "Bertta"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
	})
}

func TestABorrowedTitleGoesWhenItsBringerHidesOrLeaves(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for name, do := range map[string]func(r spark.Receipt) error{
			"hides": func(r spark.Receipt) error {
				x := maija()
				x.Title, x.Visibility = "Bertan otsikko", spark.Office
				return second(d.sparks.Edit(ctx, region, r.Link, d.promise, x))
			},
			"leaves":     func(r spark.Receipt) error { return second(d.sparks.Unmerge(ctx, d.act(r.Spark.ID))) },
			"goes":       func(r spark.Receipt) error { return second(d.sparks.Withdraw(ctx, region, r.Link, false)) },
			"stays away": nil,
		} {
			a, b := d.bring("Aino"), d.bring("Bertta", func(x *spark.Draft) { x.Title = "Bertan otsikko" })
			j := joining(b.Spark.ID)
			j.TitleOf = b.Spark.ID
			firstSpark(d.sparks.Merge(ctx, d.act(a.Spark.ID), j))
			want := "Bertan otsikko"
			if do != nil {
				want = a.Spark.Title
				if err := do(b); err != nil {
					t.Fatal(err)
				}
			}
			if s := d.byID(a.Spark.ID); s.Title != want {
				t.Errorf("%s: the title is %q", name, s.Title)
			}
		}
	})
}

// A chain is flat, and comes apart as it was put together.
func TestWhatHoldsOthersBringsThemAlong(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b, c, e := d.bring("Aino"), d.bring("Bertta"), d.bring("Cecilia"), d.bring("Eeva")
		d.merge(b.Spark.ID, c.Spark.ID)
		d.merge(b.Spark.ID, e.Spark.ID)
		mid := map[ident.ID]spark.Spark{}
		for _, r := range []spark.Receipt{a, b, c, e} {
			mid[r.Spark.ID] = stands(d.byID(r.Spark.ID))
		}
		got := d.merge(a.Spark.ID, b.Spark.ID)
		for _, r := range []spark.Receipt{b, c, e} {
			if s := d.byID(r.Spark.ID); s.MergedInto != a.Spark.ID {
				t.Errorf("%s hangs in %s", s.ID, s.MergedInto)
			}
		}
		if got.People != 4 || d.byID(b.Spark.ID).People != 1 {
			t.Errorf("people %d and %d", got.People, d.byID(b.Spark.ID).People)
		}
		firstSpark(d.sparks.Unmerge(ctx, d.act(b.Spark.ID)))
		for id, want := range mid {
			if diff := gocmp.Diff(want, stands(d.byID(id))); diff != "" {
				t.Errorf("(-before +after):\n%s", diff)
			}
		}
	})
}

func TestTheOldestCarriesOnWhenTheRootGoesAway(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for _, erase := range []bool{false, true} {
			secret := d.bring("Salla", hidden)
			a, b, c := d.bring("Aino"), d.bring("Bertta"), d.bring("Cecilia")
			d.merge(a.Spark.ID, b.Spark.ID, c.Spark.ID, secret.Spark.ID)
			firstSpark(d.sparks.Assign(ctx, d.act(a.Spark.ID), d.officers[office.Manager].ID))
			d.clock.Advance(time.Hour)
			firstSpark(d.sparks.Answer(ctx, d.act(a.Spark.ID), "Hei kaikki.", true, ""))
			firstSpark(d.sparks.Answer(ctx, d.act(a.Spark.ID), "Hei Ainolle ja muille.", true, ""))
			firstSpark(d.sparks.Reply(ctx, region, c.Link, "Cecilian sana.", false, d.promise))
			firstSpark(d.sparks.Withdraw(ctx, region, a.Link, erase))
			heir := d.byID(b.Spark.ID)
			if heir.MergedInto != 0 || !heir.Listed || !heir.Open || heir.People != 3 || heir.Owner != d.officers[office.Manager].ID || !heir.Waiting {
				t.Errorf("the heir: %+v", heir)
			}
			for _, r := range []spark.Receipt{c, secret} {
				if s := d.byID(r.Spark.ID); s.MergedInto != heir.ID {
					t.Errorf("the others: %+v", s)
				}
				if _, own, err := spark.Linked(ctx, d.db, region, r.Link); err != nil || own.Email == "" {
					t.Errorf("a bringer was lost: %v %+v", err, own)
				}
			}
			if s := d.byID(a.Spark.ID); s.State != spark.Withdrawn || s.Listed || (s.Text == "") != erase {
				t.Errorf("who went: %+v", s)
			}
			var said []string
			for _, beat := range d.story(a.Spark.ID) {
				if beat.Words != "" {
					said = append(said, beat.Words)
				}
			}
			want := []string{"Hei kaikki.", "Hei Ainolle ja muille.", "Cecilian sana."}
			if erase {
				want = []string{"Hei kaikki.", "Cecilian sana."}
			}
			if !slices.Equal(said, want) {
				t.Errorf("erase %v: left of what was said to all: %q", erase, said)
			}
			// The others still read what was said to them.
			read := d.reads(c.Spark.ID)
			if !slices.Contains(read, "Hei kaikki.") || !slices.Contains(read, "Cecilian sana.") {
				t.Errorf("Cecilia reads %q", read)
			}
		}
	})
}

// reads is the words on a bringer's own page.
func (d *desk) reads(id ident.ID) (all []string) {
	d.Helper()
	ctx := context.Background()
	r, err := spark.Read(ctx, d.db, d.byID(id), story.Parties)
	if err != nil {
		d.Fatal(err)
	}
	for after, more := ident.ID(0), true; more; more = after != 0 {
		var beats []story.Beat
		if beats, after, err = r.Page(ctx, d.db, after); err != nil {
			d.Fatal(err)
		}
		for _, b := range beats {
			if b.Words != "" {
				all = append(all, b.Words)
			}
		}
	}
	return all
}

func TestHidingTheRootHandsOn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b := d.bring("Aino"), d.bring("Bertta")
		d.merge(a.Spark.ID, b.Spark.ID)
		x := maija()
		x.Visibility = spark.Office
		firstSpark(d.sparks.Edit(ctx, region, a.Link, d.promise, x))
		if s := d.byID(b.Spark.ID); !s.Listed || s.MergedInto != 0 || s.People != 2 {
			t.Errorf("%+v", s)
		}
		if s := d.byID(a.Spark.ID); s.Listed || s.MergedInto != b.Spark.ID || s.People != 1 {
			t.Errorf("%+v", s)
		}
		// And the other way: one of the hidden comes out.
		c, e := d.bring("Cecilia", hidden), d.bring("Eeva", hidden)
		d.merge(c.Spark.ID, e.Spark.ID)
		x.Visibility = spark.Public
		firstSpark(d.sparks.Edit(ctx, region, e.Link, d.promise, x))
		if s := d.byID(e.Spark.ID); !s.Listed || d.byID(c.Spark.ID).MergedInto != e.Spark.ID {
			t.Errorf("%+v", s)
		}
	})
}

// Who reads what of a matter that several brought.
func TestWhatEachBringerReads(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b, c := d.bring("Aino"), d.bring("Bertta"), d.bring("Cecilia", hidden)
		root := d.act(a.Spark.ID)
		say := func(public bool, words string) { firstSpark(d.sparks.Answer(ctx, root, words, public, "")) }
		reply := func(r spark.Receipt, public bool, words string) {
			firstSpark(d.sparks.Reply(ctx, region, r.Link, words, public, d.promise))
		}
		say(false, "vain Ainolle ennen")
		say(true, "kaikille ennen")
		reply(a, false, "Aino toimistolle ennen")
		firstSpark(d.sparks.Answer(ctx, d.act(b.Spark.ID), "vain Bertalle ennen", false, ""))
		d.merge(a.Spark.ID, b.Spark.ID, c.Spark.ID)
		say(false, "tuojille yhdessä")
		say(true, "kaikille yhdessä")
		reply(a, false, "Aino toimistolle")
		reply(a, true, "Aino kaikille")
		reply(b, false, "Bertta toimistolle")
		reply(b, true, "Bertta kaikille")
		reply(c, true, "Cecilia toimistolle") // hers is hidden: so is her word
		firstSpark(d.sparks.Unmerge(ctx, d.act(b.Spark.ID)))
		say(false, "tuojille ilman Berttaa")
		say(true, "kaikille ilman Berttaa")
		expect := func(who string, id ident.ID, want ...string) {
			t.Helper()
			if diff := gocmp.Diff(want, d.reads(id)); diff != "" {
				t.Errorf("%s reads (-want +got):\n%s", who, diff)
			}
		}
		expect("Aino", a.Spark.ID, "vain Ainolle ennen", "kaikille ennen", "Aino toimistolle ennen", "tuojille yhdessä", "kaikille yhdessä", "Aino toimistolle", "Aino kaikille", "Bertta kaikille", "tuojille ilman Berttaa", "kaikille ilman Berttaa")
		expect("Bertta", b.Spark.ID, "vain Bertalle ennen", "tuojille yhdessä", "kaikille yhdessä", "Bertta toimistolle", "Bertta kaikille")
		expect("Cecilia", c.Spark.ID, "kaikille ennen", "tuojille yhdessä", "kaikille yhdessä", "Aino kaikille", "Bertta kaikille", "Cecilia toimistolle", "tuojille ilman Berttaa", "kaikille ilman Berttaa")
		everybody := func() (all []string) {
			r, err := spark.Read(ctx, d.db, d.byID(a.Spark.ID), story.Public)
			if err != nil {
				t.Fatal(err)
			}
			beats, _, err := r.Page(ctx, d.db, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, b := range beats {
				if b.Words != "" {
					all = append(all, b.Words)
				}
			}
			return all
		}
		if got, want := everybody(), []string{"kaikille ennen", "kaikille yhdessä", "Aino kaikille", "Bertta kaikille", "kaikille ilman Berttaa"}; !slices.Equal(got, want) {
			t.Errorf("everybody reads %q", got)
		}
		// A choice made later is honoured also where the words stand.
		x := maija()
		x.Visibility = spark.Office
		firstSpark(d.sparks.Edit(ctx, region, b.Link, d.promise, x))
		if slices.Contains(everybody(), "Bertta kaikille") || slices.Contains(d.reads(a.Spark.ID), "Bertta kaikille") {
			t.Error("a hidden bringer's words are still read by others")
		}
	})
}

// Who goes leaves nothing of theirs where the matter was carried on, and takes
// nothing of the others'.
func TestErasingOneOfMany(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.bring("Aino")
		b := d.bring("Bertta", func(x *spark.Draft) {
			x.Text, x.Phone, x.Place = "Sininen silta rakennetaan joen yli keväällä talkoilla.", "040 765 4321", "Mummolanmäki"
		})
		d.merge(a.Spark.ID, b.Spark.ID)
		root := d.act(a.Spark.ID)
		for _, words := range []string{"Hei Bertalle ja kaikille.", "Soitan 0407654321.", "Sinä kirjoitit: silta rakennetaan joen yli keväällä.", "Käyn Mummolanmäellä: mummolanmäki on tuttu.", "Kiitos kaikille."} {
			firstSpark(d.sparks.Answer(ctx, root, strings.ReplaceAll(words, "Bertalle", "Berttalle"), true, ""))
		}
		firstSpark(d.sparks.Talk(ctx, root, spark.Talk{Way: "call", Words: "Puhuttiin.", Shown: true, Measures: []spark.Measure{{What: "Lankut", Who: "Bertta"}, {What: "Naulat", Who: "Aino"}}}))
		firstSpark(d.sparks.Reply(ctx, region, b.Link, "Ratkaisevasti mukana.", true, d.promise))
		firstSpark(d.sparks.Reply(ctx, region, a.Link, "Minäkin.", true, d.promise))
		if _, err := d.sparks.Withdraw(ctx, region, b.Link, true); err != nil {
			t.Fatal(err)
		}
		if found := d.traces("Bertta", "7654321", "765 4321", "silta", "Mummolanm", "Ratkaisevasti", "Lankut"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		s := d.byID(a.Spark.ID)
		if s.People != 1 || s.Doers != 1 || !s.Listed || s.Beats != len(d.story(a.Spark.ID)) {
			t.Errorf("%+v", s)
		}
		if got := d.reads(a.Spark.ID); !slices.Equal(got, []string{"Kiitos kaikille.", "Puhuttiin.", "Minäkin."}) {
			t.Errorf("Aino reads %q", got)
		}
	})
}

func TestOnePersonTwiceIsOnePerson(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, again := d.bring("Aino"), d.bring("Aino")
		s := d.merge(a.Spark.ID, again.Spark.ID)
		if s.People != 1 || s.State != spark.Sparking {
			t.Errorf("%+v", s)
		}
		if _, err := d.sparks.Keep(ctx, region, again.Link, spark.Bringer{Name: "Aatu", Email: "aatu@posti.example"}); err != nil {
			t.Fatal(err)
		}
		if s := d.byID(a.Spark.ID); s.People != 2 || s.State != spark.Glowing {
			t.Errorf("%+v", s)
		}
		if s := d.byID(firstSpark(d.sparks.Unmerge(ctx, d.act(again.Spark.ID))).ID); s.People != 1 || d.byID(a.Spark.ID).People != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// Whatever is joined, taken apart, withdrawn, hidden and answered in whatever
// order: nobody is lost, nothing goes round, and what is together says what is
// true of all.
func TestAnyMergingKeepsItsPromises(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		rapid.Check(t, func(rt *rapid.T) {
			var all []spark.Receipt
			for i := range rapid.IntRange(3, 5).Draw(rt, "sparks") {
				who := rapid.SampledFrom([]string{"Aino", "Bertta", fmt.Sprint("Tuoja", i)}).Draw(rt, "who")
				all = append(all, d.bring(who, func(x *spark.Draft) {
					x.Visibility = rapid.SampledFrom([]spark.Visibility{spark.Public, spark.Public, spark.Unnamed, spark.Office}).Draw(rt, "visibility")
				}))
				d.clock.Advance(time.Duration(rapid.IntRange(1, 60).Draw(rt, "hours")) * time.Hour)
			}
			pick := func(name string) spark.Receipt { return rapid.SampledFrom(all).Draw(rt, name) }
			some := func() (j spark.Joining) {
				for range rapid.IntRange(1, 3).Draw(rt, "others") {
					j.Sparks = append(j.Sparks, spark.Seen{ID: pick("other").Spark.ID})
				}
				if rapid.Bool().Draw(rt, "title") {
					j.TitleOf = j.Sparks[0].ID
				}
				return j
			}
			verbs := map[string]func() error{
				"merge":   func() error { return second(d.sparks.Merge(ctx, d.act(pick("into").Spark.ID), some())) },
				"merge 2": func() error { return second(d.sparks.Merge(ctx, d.act(pick("into").Spark.ID), some())) },
				"unmerge": func() error { return second(d.sparks.Unmerge(ctx, d.act(pick("out").Spark.ID))) },
				"answer": func() error {
					return second(d.sparks.Answer(ctx, d.act(pick("answered").Spark.ID), "v", rapid.Bool().Draw(rt, "public"), ""))
				},
				"due": func() error {
					return second(d.sparks.MoveDue(ctx, d.act(pick("due").Spark.ID), d.today()+1, "s"))
				},
				"close": func() error {
					return second(d.sparks.Close(ctx, d.act(pick("closed").Spark.ID), spark.Close{State: spark.Resting, Reason: "s", Would: "w"}))
				},
				"reopen": func() error { return second(d.sparks.Reopen(ctx, d.act(pick("opened").Spark.ID), "s")) },
				"reply":  func() error { return second(d.sparks.Reply(ctx, region, pick("replies").Link, "r", true, d.promise)) },
				"keep": func() error {
					return second(d.sparks.Keep(ctx, region, pick("kept").Link, spark.Bringer{Name: "K", Email: rapid.SampledFrom([]string{"", "aino@posti.example", "k@posti.example"}).Draw(rt, "email")}))
				},
				"edit": func() error {
					x := maija()
					x.Visibility = rapid.SampledFrom([]spark.Visibility{spark.Public, spark.Office}).Draw(rt, "seen")
					return second(d.sparks.Edit(ctx, region, pick("edited").Link, d.promise, x))
				},
				"split": func() error {
					r := pick("split")
					parts, err := d.sparks.Split(ctx, d.act(r.Spark.ID), twoParts())
					for _, p := range parts {
						base, _, _ := strings.Cut(r.Link, ".")
						all = append(all, spark.Receipt{Spark: p, Link: of(base, p)})
					}
					return err
				},
				"withdraw": func() error {
					if rapid.IntRange(0, 1).Draw(rt, "really") > 0 {
						return nil
					}
					return second(d.sparks.Withdraw(ctx, region, pick("gone").Link, rapid.Bool().Draw(rt, "erase")))
				},
				"merge and back": func() error {
					before, borrowed := map[ident.ID]spark.Spark{}, map[ident.ID]string{}
					for _, r := range all {
						before[r.Spark.ID] = stands(d.byID(r.Spark.ID))
						var own string
						if err := d.db.QueryRow(ctx, `SELECT title FROM clusters WHERE spark_id = $1 AND title_of <> 0`, int64(r.Spark.ID)).Scan(&own); err == nil {
							borrowed[r.Spark.ID] = own
						}
					}
					j := some()
					into := pick("into").Spark.ID
					if _, err := d.sparks.Merge(ctx, d.act(into), spark.Joining{Sparks: j.Sparks, TitleOf: j.TitleOf}); err != nil {
						return err
					}
					d.together(rt, all)
					for _, s := range rapid.Permutation(j.Sparks).Draw(rt, "order") {
						if _, err := d.sparks.Unmerge(ctx, d.act(s.ID)); err != nil && key(err) != "merge.alone" {
							rt.Fatalf("taking apart: %v", err)
						}
					}
					for id, want := range before {
						if own, lent := borrowed[id]; lent && (slices.ContainsFunc(j.Sparks, func(s spark.Seen) bool { return s.ID == id }) ||
							id == into && j.TitleOf != 0 && j.TitleOf != into && before[j.TitleOf].Title != want.Title) {
							want.Title = own // what was borrowed was given back when it was itself joined, or borrowed elsewhere
						}
						if diff := gocmp.Diff(want, stands(d.byID(id))); diff != "" {
							rt.Fatalf("merged and taken apart (-before +after):\n%s", diff)
						}
					}
					return nil
				},
			}
			names := make([]string, 0, len(verbs))
			for name := range verbs {
				names = append(names, name)
			}
			slices.Sort(names)
			for range rapid.IntRange(2, 12).Draw(rt, "verbs") {
				d.clock.Advance(time.Duration(rapid.IntRange(1, 48).Draw(rt, "hours")) * time.Hour)
				name := rapid.SampledFrom(names).Draw(rt, "verb")
				before := d.count(`SELECT COUNT(*) FROM beats`)
				if err := verbs[name](); err != nil {
					switch fault.CodeOf(err) {
					case fault.Conflict, fault.Gone, fault.Invalid:
					default:
						rt.Fatalf("%s: %v", name, err)
					}
					if name != "merge and back" && d.count(`SELECT COUNT(*) FROM beats`) != before {
						rt.Fatalf("%s was refused with %v and left a trace", name, err)
					}
				}
				d.together(rt, all)
			}
		})
	})
}

// together checks what must be true of all these sparks at any time.
func (d *desk) together(rt *rapid.T, all []spark.Receipt) {
	ctx := context.Background()
	at := map[ident.ID]spark.Spark{}
	var ids []ident.ID
	for _, r := range all {
		at[r.Spark.ID] = d.byID(r.Spark.ID)
		ids = append(ids, r.Spark.ID)
	}
	bringers, err := spark.Bringers(ctx, d.db, region, ids...)
	if err != nil {
		rt.Fatal(err)
	}
	members := map[ident.ID][]spark.Spark{}
	for _, r := range all {
		s := at[r.Spark.ID]
		d.tied(rt, s)
		if s.MergedInto == 0 {
			continue
		}
		root, ok := at[s.MergedInto]
		if !ok || root.ID == s.ID || root.MergedInto != 0 || root.State == spark.Withdrawn || s.State == spark.Withdrawn || s.Listed || s.Open {
			rt.Fatalf("%+v hangs in %+v", s, root)
		}
		if s.Visibility != spark.Office && root.Visibility == spark.Office {
			rt.Fatalf("a public matter is hidden behind %+v", root)
		}
		members[root.ID] = append(members[root.ID], s)
	}
	for _, r := range all {
		s := at[r.Spark.ID]
		if s.State == spark.Withdrawn {
			if own, _, err := spark.Linked(ctx, d.db, region, r.Link); err == nil && (own.State != spark.Withdrawn || !strings.Contains(r.Link, ".")) {
				rt.Fatalf("the link of a withdrawn spark works")
			}
			continue
		}
		if whole, ok := at[s.SplitFrom]; ok && (whole.State != spark.Split) {
			rt.Fatalf("%+v is a part of %+v", s, whole)
		}
		if own, b, err := spark.Linked(ctx, d.db, region, r.Link); err != nil || own.ID != s.ID || len(bringers[s.ID]) != 1 || b.ID != bringers[s.ID][0].ID || s.Text == "" && s.State != spark.Split {
			rt.Fatalf("a bringer was lost: %v %+v", err, own)
		}
		if s.MergedInto != 0 {
			continue
		}
		set := append([]ident.ID{}, s.ID)
		for _, m := range members[s.ID] {
			set = append(set, m.ID)
			if m.Waiting && s.Open && (!s.Waiting || s.Due > m.Due || s.WaitingFrom.After(m.WaitingFrom)) {
				rt.Fatalf("%+v waits, the root does not: %+v", m, s)
			}
		}
		if n := len(spark.Persons(bringers, set...)); s.People != n-len(spark.Persons(bringers, s.ID))+1 {
			rt.Fatalf("%d people, %d brought it: %+v", s.People, n, s)
		}
		if s.Listed != (s.Visibility != spark.Office && s.State != spark.Split) || s.Open && (s.State == spark.Glowing) != (s.People > 1) || s.Waiting == s.WaitingFrom.IsZero() {
			rt.Fatalf("derived: %+v", s)
		}
		if own := d.count(`SELECT COUNT(*) FROM clusters WHERE spark_id = $1`, int64(s.ID)); (own == 1) != (len(members[s.ID]) > 0) {
			rt.Fatalf("%d rows of a cluster of %d", own, len(members[s.ID]))
		}
		// What is told of it now is told to everybody who is in it.
		args := d.lastJob(s.ID)
		slices.Sort(set)
		if args != nil && !slices.Equal(args, set) {
			before := d.last(s.ID)
			if before.Type == story.Answered {
				rt.Fatalf("an answer is told to %v, brought by %v", args, set)
			}
		}
	}
	for _, r := range all {
		if s := at[r.Spark.ID]; s.Beats != len(d.story(s.ID)) {
			rt.Fatalf("%d beats counted of %s", s.Beats, s.ID)
		}
	}
}

// tied checks that a spark hangs where its ties say.
func (d *desk) tied(rt *rapid.T, s spark.Spark) {
	type row struct{ into, to ident.ID }
	ties := map[ident.ID]row{}
	rows, err := d.db.Query(context.Background(), `SELECT spark_id, into_id, joined_to FROM mergings WHERE region_id = 'kouvola' AND until_beat = 0`)
	if err := store.Each(rows, err, scanner(func(scan func(...any) error) error {
		var id ident.ID
		var r row
		err := scan(&id, &r.into, &r.to)
		if _, twice := ties[id]; twice {
			rt.Fatalf("%s is tied twice", id)
		}
		ties[id] = r
		return err
	})); err != nil {
		rt.Fatal(err)
	}
	tie, is := ties[s.ID]
	if is != (s.MergedInto != 0) || tie.into != s.MergedInto {
		rt.Fatalf("%s hangs in %s, its tie says %+v", s.ID, s.MergedInto, tie)
	}
	at, steps := s.ID, 0
	for at != cmp.Or(s.MergedInto, s.ID) {
		next, ok := ties[at]
		if steps++; !ok || steps > len(ties) {
			rt.Fatalf("the ties of %s go round or end at %s", s.ID, at)
		}
		at = next.to
	}
}

func nothing(context.Context, *store.Tx) error { return nil }

// What is joined is kept as long as what carries it: it is closed when that is,
// and not because it was closed before.
func TestWhatIsJoinedLapsesWithWhatCarriesIt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b, c := d.bring("Aino"), d.bring("Bertta"), d.bring("Cecilia")
		d.shut(d.act(c.Spark.ID))
		d.clock.Advance(time.Hour)
		d.merge(a.Spark.ID, b.Spark.ID, c.Spark.ID)
		lapsed := func() (ids []ident.ID) {
			all, err := spark.LapsedBefore(ctx, d.db, region, spark.LapseClosed, d.clock.Now(), 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range all {
				ids = append(ids, l.ID)
			}
			if n, err := spark.CountLapsed(ctx, d.db, region, spark.LapseClosed, d.clock.Now()); err != nil || n != len(ids) {
				t.Errorf("%d counted of %d: %v", n, len(ids), err)
			}
			return ids
		}
		if got := lapsed(); len(got) != 0 {
			t.Errorf("lapsed while what carries it is open: %v", got)
		}
		d.shut(d.act(a.Spark.ID))
		d.clock.Advance(time.Hour)
		if got := lapsed(); !slices.Equal(got, []ident.ID{a.Spark.ID, b.Spark.ID, c.Spark.ID}) {
			t.Errorf("lapsed: %v", got)
		}
		for _, r := range []spark.Receipt{a, b, c} {
			gone, err := d.sparks.Expire(ctx, region, r.Spark.ID, spark.LapseClosed, d.clock.Now(), nothing)
			if err != nil || !gone {
				t.Errorf("%v %v", gone, err)
			}
			if _, card, err := spark.Linked(ctx, d.db, region, r.Link); err != nil || card.Name+card.Email != "" {
				t.Errorf("%v %+v", err, card)
			}
		}
		if got := lapsed(); len(got) != 0 {
			t.Errorf("twice: %v", got)
		}
	})
}

func TestWhatLapsesOfOneIsNotTheOthers(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b := d.bring("Aino"), d.bring("Bertta")
		firstSpark(d.sparks.Answer(ctx, d.act(a.Spark.ID), "Vain Ainolle.", false, ""))
		d.merge(a.Spark.ID, b.Spark.ID)
		firstSpark(d.sparks.Answer(ctx, d.act(a.Spark.ID), "Kaikille.", true, ""))
		firstSpark(d.sparks.Reply(ctx, region, a.Link, "Ainon sana.", true, d.promise))
		firstSpark(d.sparks.Reply(ctx, region, b.Link, "Bertan sana.", true, d.promise))
		firstSpark(d.sparks.Withdraw(ctx, region, a.Link, false))
		d.clock.Advance(time.Hour)
		gone, err := d.sparks.Expire(ctx, region, a.Spark.ID, spark.LapseWithdrawn, d.clock.Now(), nothing)
		if err != nil || !gone {
			t.Fatalf("%v %v", gone, err)
		}
		if found := d.traces("jonka toi Aino", "Ainon sana", "Vain Ainolle"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if got := d.reads(b.Spark.ID); !slices.Equal(got, []string{"Kaikille.", "Bertan sana."}) {
			t.Errorf("Bertta reads %q", got)
		}
	})
}
