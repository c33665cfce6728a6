package spark_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

// verb is one of the office's, as a test calls it.
type verb struct {
	name     string
	do       func(d *desk, a spark.Act) (spark.Spark, error)
	closed   bool // refused on a closed spark
	open     bool // refused on an open one
	answers  bool // the bringer no longer waits after it
	beat     story.Type
	audience story.Visibility
}

func officeVerbs() []verb {
	ctx := context.Background()
	return []verb{
		{name: "answer", do: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.Answer(ctx, a, "Kiitos!", true, "first")
		}, answers: true, beat: story.Answered, audience: story.Public},
		{name: "answer aside", do: func(d *desk, a spark.Act) (spark.Spark, error) { return d.sparks.Answer(ctx, a, "Kiitos!", false, "") }, answers: true, beat: story.Answered, audience: story.Parties},
		{name: "ask", do: func(d *desk, a spark.Act) (spark.Spark, error) { return d.sparks.Ask(ctx, a, "Missä?", false) }, closed: true, answers: true, beat: story.Asked, audience: story.Parties},
		{name: "note", do: func(d *desk, a spark.Act) (spark.Spark, error) { return d.sparks.Note(ctx, a, "Muistettava.") }, beat: story.Noted, audience: story.InOffice},
		{name: "talk", do: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.Talk(ctx, a, spark.Talk{Way: "call", Words: "Puhuttiin.", Shown: true, Next: d.today() + 7, Measures: []spark.Measure{{What: "Kysyy tilaa", Who: "Kaisa"}}})
		}, answers: true, beat: story.Talked, audience: story.Parties},
		{name: "talk aside", do: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.Talk(ctx, a, spark.Talk{Way: "meet", Words: "Puhuttiin."})
		}, answers: true, beat: story.Talked, audience: story.InOffice},
		{name: "tag", do: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.Tag(ctx, a, d.promise, spark.Tags{Tags: []spark.Tag{{Kind: "theme", ID: "strategic"}}, Outside: true, Place: "Myllykoski"})
		}, beat: story.Tagged, audience: story.Public},
		{name: "assign", do: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.Assign(ctx, a, d.officers[office.Manager].ID)
		}, beat: story.Assigned, audience: story.Public},
		{name: "move the day", do: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.MoveDue(ctx, a, day("2026-12-15"), "Flunssa.")
		}, closed: true, beat: story.DueMoved, audience: story.Public},
		{name: "close", do: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.Close(ctx, a, spark.Close{State: spark.Resting, Reason: "Ei tekijää.", Would: "Tekijä."})
		}, closed: true, answers: true, beat: story.Closed, audience: story.Public},
		{name: "reopen", do: func(d *desk, a spark.Act) (spark.Spark, error) { return d.sparks.Reopen(ctx, a, "Tekijä löytyi.") }, open: true, beat: story.Reopened, audience: story.Public},
	}
}

func TestOfficeVerbs(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for _, v := range officeVerbs() {
			r := d.drop(maija())
			a := d.act(r.Spark.ID)
			if v.open {
				d.shut(a)
			}
			d.clock.Advance(time.Minute)
			before := d.byID(a.Spark)

			stale := a
			stale.Version = before.Version + 7
			_, err := v.do(d, stale)
			is(t, v.name+" on another version", err, fault.Conflict)
			missing := a
			missing.Spark++
			_, err = v.do(d, missing)
			is(t, v.name+" on no spark", err, fault.NotFound)
			elsewhere := a
			elsewhere.Region = "iitti"
			_, err = v.do(d, elsewhere)
			is(t, v.name+" in another region", err, fault.NotFound)
			if n := len(d.story(a.Spark)); n != before.Beats || d.byID(a.Spark).Version != before.Version {
				t.Errorf("%s: a refused verb left a trace", v.name)
			}

			a.Version = before.Version
			given, err := v.do(d, a)
			if err != nil {
				t.Fatalf("%s: %v", v.name, err)
			}
			after := d.byID(a.Spark)
			if !sameSpark(given, after) {
				t.Errorf("%s gave %+v, the store holds %+v", v.name, given, after)
			}
			if after.Version != before.Version+1 {
				t.Errorf("%s: version %d after %d", v.name, after.Version, before.Version)
			}
			b := d.last(a.Spark)
			if b.Type != v.beat || b.Visibility != v.audience || b.Actor != story.Office || b.Officer != a.Officer.ID || b.HasWords && b.Author != a.Officer.Name || !b.At.Equal(d.clock.Now()) {
				t.Errorf("%s told %+v", v.name, b)
			}
			if v.answers && (after.Waiting || !after.Answered.Equal(d.clock.Now())) {
				t.Errorf("%s: the bringer still waits: %+v", v.name, after)
			}
			if !v.answers && (after.Waiting != before.Waiting || !after.Answered.Equal(before.Answered)) {
				t.Errorf("%s counts as an answer", v.name)
			}
			_, err = v.do(d, a)
			is(t, v.name+" twice on one version", err, fault.Conflict)

			shut := d.drop(maija())
			closed := d.act(shut.Spark.ID)
			d.shut(closed)
			_, err = v.do(d, closed)
			if v.closed {
				is(t, v.name+" on a closed spark", err, fault.Conflict)
			} else if err != nil {
				t.Errorf("%s on a closed spark: %v", v.name, err)
			}
			if v.open {
				_, err = v.do(d, d.act(d.drop(maija()).Spark.ID))
				is(t, v.name+" on an open spark", err, fault.Conflict)
			}

			gone := d.drop(maija())
			if _, err := d.sparks.Withdraw(ctx, region, gone.Link, false); err != nil {
				t.Fatal(err)
			}
			_, err = v.do(d, d.act(gone.Spark.ID))
			is(t, v.name+" on a withdrawn spark", err, fault.Gone)

			hidden := maija()
			hidden.Secret = true
			secret := d.act(d.drop(hidden).Spark.ID)
			if v.open {
				d.shut(secret)
			}
			if _, err := v.do(d, secret); err != nil {
				t.Fatalf("%s on a secret: %v", v.name, err)
			}
			if b := d.last(secret.Spark); b.Visibility == story.Public {
				t.Errorf("%s on a secret is told to everybody", v.name)
			}
		}
	})
}

// shut closes a spark.
func (d *desk) shut(a spark.Act) {
	d.Helper()
	if _, err := d.sparks.Close(context.Background(), a, spark.Close{State: spark.Out, Reason: "Ei käy.", Would: "Raha."}); err != nil {
		d.Fatal(err)
	}
}

func sameSpark(a, b spark.Spark) bool {
	tags := slices.Equal(a.Tags, b.Tags)
	a.Tags, b.Tags = nil, nil
	for _, p := range []*spark.Spark{&a, &b} {
		for _, t := range []*time.Time{&p.Dropped, &p.Answered, &p.Asked, &p.Closed, &p.Latest, &p.WaitingFrom} {
			*t = t.UTC()
		}
	}
	return tags && reflect.DeepEqual(a, b)
}

func TestVerbsRefuseNonsense(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(maija())
		a := d.act(r.Spark.ID)
		long := strings.Repeat("ä", spark.MaxWords+1)
		measures := func(n int, m spark.Measure) (all []spark.Measure) {
			for range n {
				all = append(all, m)
			}
			return all
		}
		talk := func(t spark.Talk) func() error {
			return func() error { _, err := d.sparks.Talk(ctx, a, t); return err }
		}
		for name, c := range map[string]struct {
			do  func() error
			key string
		}{
			"no answer":         {func() error { _, err := d.sparks.Answer(ctx, a, " \u202E\u200B ", true, ""); return err }, "words.missing"},
			"long answer":       {func() error { _, err := d.sparks.Answer(ctx, a, long, true, ""); return err }, "too_long"},
			"no question":       {func() error { _, err := d.sparks.Ask(ctx, a, "", true); return err }, "words.missing"},
			"no note":           {func() error { _, err := d.sparks.Note(ctx, a, "\n"); return err }, "words.missing"},
			"no reply":          {func() error { _, err := d.sparks.Reply(ctx, region, r.Link, "", true, d.promise); return err }, "words.missing"},
			"long reply":        {func() error { _, err := d.sparks.Reply(ctx, region, r.Link, long, true, d.promise); return err }, "too_long"},
			"odd talk":          {talk(spark.Talk{Way: "fax", Words: "x"}), "talk.way.wrong"},
			"empty talk":        {talk(spark.Talk{Way: "call"}), "words.missing"},
			"who without what":  {talk(spark.Talk{Way: "call", Words: "x", Measures: []spark.Measure{{Who: "Maija"}}}), "measure.what.missing"},
			"long measure":      {talk(spark.Talk{Way: "call", Words: "x", Measures: []spark.Measure{{What: strings.Repeat("x", 301)}}}), "too_long"},
			"long doer":         {talk(spark.Talk{Way: "call", Words: "x", Measures: []spark.Measure{{What: "x", Who: strings.Repeat("x", 121)}}}), "too_long"},
			"many measures":     {talk(spark.Talk{Way: "call", Words: "x", Measures: measures(11, spark.Measure{What: "x"})}), "measure.too_many"},
			"contact yesterday": {talk(spark.Talk{Way: "call", Words: "x", Next: d.today() - 1}), "due.range"},
			"remind yesterday":  {func() error { _, err := d.sparks.Remind(ctx, a, d.today()-1); return err }, "due.range"},
			"remind in 9999":    {func() error { _, err := d.sparks.Remind(ctx, a, day("9999-01-01")); return err }, "due.range"},
			"unknown tag": {func() error {
				_, err := d.sparks.Tag(ctx, a, d.promise, spark.Tags{Tags: []spark.Tag{{Kind: "theme", ID: "mars"}}})
				return err
			}, "spark.tag.unknown"},
			"unknown place":  {func() error { _, err := d.sparks.Tag(ctx, a, d.promise, spark.Tags{Place: "Mummola"}); return err }, "place.unknown"},
			"no such owner":  {func() error { _, err := d.sparks.Assign(ctx, a, 12345); return err }, "officer.none"},
			"a viewer":       {func() error { _, err := d.sparks.Assign(ctx, a, d.officers[office.Viewer].ID); return err }, "owner.wrong"},
			"due yesterday":  {func() error { _, err := d.sparks.MoveDue(ctx, a, d.today()-1, "x"); return err }, "due.range"},
			"due in a year":  {func() error { _, err := d.sparks.MoveDue(ctx, a, d.today()+367, "x"); return err }, "due.range"},
			"due on Sunday":  {func() error { _, err := d.sparks.MoveDue(ctx, a, day("2026-12-13"), "x"); return err }, "due.not_workday"},
			"due, no reason": {func() error { _, err := d.sparks.MoveDue(ctx, a, day("2026-12-14"), ""); return err }, "words.missing"},
			"close to what": {func() error {
				_, err := d.sparks.Close(ctx, a, spark.Close{State: spark.Burning, Reason: "x", Would: "x"})
				return err
			}, "close.state.wrong"},
			"close silently":  {func() error { _, err := d.sparks.Close(ctx, a, spark.Close{State: spark.Out}); return err }, "words.missing"},
			"correct nothing": {func() error { _, err := d.sparks.Correct(ctx, a, 5, "x"); return err }, "beat.none"},
			"correct a drop":  {func() error { _, err := d.sparks.Correct(ctx, a, d.story(a.Spark)[0].ID, "x"); return err }, "beat.not_office"},
			"keep a bad card": {func() error { _, err := d.sparks.Keep(ctx, region, r.Link, spark.Bringer{Email: "x"}); return err }, "email.wrong"},
			"edit to nothing": {func() error { _, err := d.sparks.Edit(ctx, region, r.Link, d.promise, spark.Draft{}); return err }, "spark.text.missing"},
		} {
			err := c.do()
			if key(err) != c.key {
				t.Errorf("%s gave %v, want %s", name, err, c.key)
			}
			if n := len(d.story(a.Spark)); n != 1 {
				t.Fatalf("%s left a beat", name)
			}
		}
	})
}

func TestATalkAndItsMeasures(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.act(d.drop(maija()).Spark.ID)
		s, err := d.sparks.Talk(ctx, a, spark.Talk{Way: "call", Words: "Sovittiin.", Next: d.today() + 14, Measures: []spark.Measure{
			{What: "Kysyy tilaa", Who: "Kaisa", By: d.today() + 7}, {What: " Hakee koneita "}, {}}})
		if err != nil {
			t.Fatal(err)
		}
		if s.Doers != 1 || s.State != spark.Glowing || s.NextContact != d.today()+14 {
			t.Errorf("%+v", s)
		}
		all, err := spark.Measures(ctx, d.db, region, a.Spark)
		if err != nil || len(all) != 2 || all[0].What != "Kysyy tilaa" || all[0].By != d.today()+7 || all[1].What != "Hakee koneita" || all[0].Beat != d.last(a.Spark).ID {
			t.Errorf("%v %+v", err, all)
		}
		for range 2 {
			if _, err := d.sparks.Done(ctx, a, all[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		if again, _ := spark.Measures(ctx, d.db, region, a.Spark); !again[0].Done || again[1].Done {
			t.Errorf("%+v", again)
		}
		if s, err := d.sparks.Remind(ctx, a, 0); err != nil || s.NextContact != 0 {
			t.Errorf("%v %+v", err, s)
		}
		// Closing drops the reminder; reopening lets the spark glow at once.
		d.shut(a)
		s, err = d.sparks.Reopen(ctx, a, "Jatketaan.")
		if err != nil || s.State != spark.Glowing || d.last(a.Spark).Facts.To != string(spark.Glowing) || !s.Closed.IsZero() {
			t.Errorf("%v %+v", err, s)
		}
	})
}

func TestReplyAsksForAnAnswer(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(maija())
		a := d.act(r.Spark.ID)
		if s := firstSpark(d.sparks.Ask(ctx, a, "Missä?", true)); s.Waiting || s.Asked.IsZero() {
			t.Errorf("%+v", s)
		}
		d.clock.Advance(24 * time.Hour)
		s, err := d.sparks.Reply(ctx, region, r.Link, "Myllykoskella.", true, d.promise)
		if err != nil || !s.Waiting || !s.Asked.IsZero() || s.Due != day("2026-12-08") || !s.WaitingFrom.Equal(d.clock.Now()) || !s.Latest.Equal(d.clock.Now()) {
			t.Errorf("%v %+v", err, s)
		}
		if b := d.last(a.Spark); b.Visibility != story.Public || b.Author != "" || b.Words != "Myllykoskella." {
			t.Errorf("%+v", b)
		}
		// A second word does not move the promise.
		d.clock.Advance(72 * time.Hour)
		if again, err := d.sparks.Reply(ctx, region, r.Link, "Ja kesällä.", false, d.promise); err != nil || again.Due != s.Due || !again.WaitingFrom.Equal(s.WaitingFrom) || !again.Latest.Equal(s.Latest) {
			t.Errorf("%v %+v", err, again)
		}
		if b := d.last(a.Spark); b.Visibility != story.Parties {
			t.Errorf("%+v", b)
		}
		// On a closed spark nobody has promised to answer.
		d.shut(a)
		if s, err := d.sparks.Reply(ctx, region, r.Link, "Harmi.", true, d.promise); err != nil || s.Waiting || s.Open {
			t.Errorf("%v %+v", err, s)
		}
	})
}

func firstSpark(s spark.Spark, err error) spark.Spark {
	if err != nil {
		panic(err)
	}
	return s
}

func TestEdit(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(maija())
		a := d.act(r.Spark.ID)
		priority := spark.Tag{Kind: "priority", ID: "logistics"}
		if _, err := d.sparks.Tag(ctx, a, d.promise, spark.Tags{Tags: []spark.Tag{priority, {Kind: "theme", ID: "glocal"}}, Outside: true, Place: "Inkeroinen"}); err != nil {
			t.Fatal(err)
		}
		placed := d.byID(a.Spark).Place
		if placed == r.Spark.Place || placed == "" {
			t.Fatalf("placed at %q, was %q", placed, r.Spark.Place)
		}
		beats := len(d.story(a.Spark))
		latest := d.byID(a.Spark).Latest
		d.clock.Advance(time.Hour)

		// Sent as it stands, nothing is told and the spark does not rise in lists.
		if s, err := d.sparks.Edit(ctx, region, r.Link, d.promise, maija()); err != nil || len(d.story(a.Spark)) != beats || !s.Latest.Equal(latest) || s.Place != placed {
			t.Errorf("%v %+v", err, s)
		}
		edited := maija()
		edited.Text, edited.Themes, edited.Kind = "Yhteinen kirjapaja.", []string{"strategic", "strategic"}, spark.Vitality
		edited.Name, edited.Email, edited.Language = "Joku Muu", "muu@x.example", "en" // not part of an edit
		s, err := d.sparks.Edit(ctx, region, r.Link, d.promise, edited)
		if err != nil {
			t.Fatal(err)
		}
		if s.Title != "Yhteinen kirjapaja" || s.Kind != spark.Vitality || s.Language != "fi" || !s.Outside || !s.Latest.Equal(d.clock.Now()) {
			t.Errorf("%+v", s)
		}
		if s.Place != placed {
			t.Errorf("an edit of the text moved the spark from %q to %q", placed, s.Place)
		}
		if want := []spark.Tag{priority, {Kind: "theme", ID: "strategic"}}; !slices.Equal(s.Tags, want) || !slices.Equal(d.byID(a.Spark).Tags, want) {
			t.Errorf("tags %v", s.Tags)
		}
		b := d.last(a.Spark)
		if b.Type != story.Edited || !slices.Equal(b.Facts.Added, []string{"theme:strategic"}) || !slices.Equal(b.Facts.Removed, []string{"theme:glocal"}) {
			t.Errorf("%+v", b)
		}
		if _, card, _ := spark.Linked(ctx, d.db, region, r.Link); card.Name != "Maija Meikäläinen" || card.Email != "maija@meikalaiset.example" {
			t.Errorf("an edit changed the card: %+v", card)
		}
		// Another place is the bringer's; one nobody knows is no place.
		edited.Place = "Elimäki"
		if s := firstSpark(d.sparks.Edit(ctx, region, r.Link, d.promise, edited)); s.Place == placed || s.Place == "" {
			t.Errorf("place %q", s.Place)
		}
		edited.Place = "Mummola"
		if s := firstSpark(d.sparks.Edit(ctx, region, r.Link, d.promise, edited)); s.Place != "" || s.PlaceName != "Mummola" {
			t.Errorf("place %q %q", s.Place, s.PlaceName)
		}
		// From public to the office only and back.
		edited.Visibility = spark.Office
		if s := firstSpark(d.sparks.Edit(ctx, region, r.Link, d.promise, edited)); s.Listed || s.NeedsHand {
			t.Errorf("%+v", s)
		}
		if n := d.count(`SELECT COUNT(*) FROM spark_tags WHERE listed = TRUE`); n != 0 {
			t.Error("its tags still list it")
		}
		edited.Visibility = spark.Unnamed
		if s := firstSpark(d.sparks.Edit(ctx, region, r.Link, d.promise, edited)); !s.Listed {
			t.Errorf("%+v", s)
		}
		if n := d.count(`SELECT COUNT(*) FROM spark_tags WHERE listed = FALSE`); n != 0 {
			t.Error("its tags do not list it again")
		}
	})
}

// The office places a spark whose bringer named no place; an edit keeps that.
func TestAnEditKeepsTheOfficesPlace(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		draft := maija()
		draft.Place = ""
		r := d.drop(draft)
		s := firstSpark(d.sparks.Tag(context.Background(), d.act(r.Spark.ID), d.promise, spark.Tags{Place: "Myllykoski"}))
		draft.Text = "Toinen teksti."
		if got := firstSpark(d.sparks.Edit(context.Background(), region, r.Link, d.promise, draft)); got.Place != s.Place || s.Place == "" {
			t.Errorf("%q became %q", s.Place, got.Place)
		}
		// The office's form may send the place's id.
		if again := firstSpark(d.sparks.Tag(context.Background(), d.act(r.Spark.ID), d.promise, spark.Tags{Place: s.Place})); again.Place != s.Place {
			t.Errorf("by id: %q", again.Place)
		}
	})
}

func TestTaggingTellsOnlyWhatChanged(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a := d.act(d.drop(maija()).Spark.ID)
		put := func(tags spark.Tags) spark.Spark {
			t.Helper()
			return firstSpark(d.sparks.Tag(context.Background(), a, d.promise, tags))
		}
		glocal := spark.Tag{Kind: "theme", ID: "glocal"}
		put(spark.Tags{Tags: []spark.Tag{glocal, glocal}, Place: "Myllykoski"})
		if n := len(d.story(a.Spark)); n != 1 {
			t.Fatalf("%d beats, and nothing changed", n)
		}
		s := put(spark.Tags{Outside: true})
		all := d.story(a.Spark)
		if len(all) != 3 || !slices.Equal(all[1].Facts.Added, []string{"outside:opening"}) || !slices.Equal(all[1].Facts.Removed, []string{"theme:glocal"}) || all[2].Type != story.Placed || all[2].Facts.To != "" || s.Place != "" || len(s.Tags) != 0 {
			t.Errorf("%+v", all)
		}
	})
}

func TestKeepAndLinks(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(maija())
		card := spark.Bringer{Name: "Maija M.", Phone: "040 1111111", Contact: spark.Call, Language: "sv"}
		if _, err := d.sparks.Keep(ctx, region, r.Link, card); err != nil {
			t.Fatal(err)
		}
		_, b, err := spark.Linked(ctx, d.db, region, r.Link)
		if err != nil || b.Name != "Maija M." || b.Email != "" || b.Contact != spark.Call || b.Language != "fi" {
			t.Errorf("%v %+v", err, b)
		}
		if n := len(d.story(r.Spark.ID)); n != 1 {
			t.Error("a change of the card is told in the story")
		}
		printed := firstString(d.sparks.PrintLink(ctx, region, r.Spark.ID, d.officers[office.Planner].ID))
		if s, b, err := spark.Linked(ctx, d.db, region, printed); err != nil || s.ID != r.Spark.ID || b.Name != "Maija M." {
			t.Errorf("%v %+v", err, b)
		}
		if _, err := d.sparks.PrintLink(ctx, region, 77, 1); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		if _, err := d.sparks.Withdraw(ctx, region, printed, false); err != nil {
			t.Fatal(err)
		}
		for name, link := range map[string]string{"the first link": r.Link, "the printed link": printed} {
			_, _, err := spark.Linked(ctx, d.db, region, link)
			is(t, name, err, fault.Gone)
			for verb, do := range map[string]func() (spark.Spark, error){
				"edit":     func() (spark.Spark, error) { return d.sparks.Edit(ctx, region, link, d.promise, maija()) },
				"reply":    func() (spark.Spark, error) { return d.sparks.Reply(ctx, region, link, "hei", false, d.promise) },
				"keep":     func() (spark.Spark, error) { return d.sparks.Keep(ctx, region, link, card) },
				"withdraw": func() (spark.Spark, error) { return d.sparks.Withdraw(ctx, region, link, true) },
			} {
				_, err := do()
				is(t, verb+" by "+name, err, fault.Gone)
			}
		}
		_, err = d.sparks.PrintLink(ctx, region, r.Spark.ID, 1)
		is(t, "a link to a withdrawn spark", err, fault.Gone)
		// A link that was made beside the withdrawal opens nothing either.
		var late string
		if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			late, err = spark.NewLink(ctx, tx, region, r.Spark.ID, b.ID, 1)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		_, err = d.sparks.Reply(ctx, region, late, "hei", false, d.promise)
		is(t, "a reply to a withdrawn spark", err, fault.Gone)
	})
}

func firstString(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

func TestAssignAndMoveToTheSameChangeNothing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		r := d.drop(maija())
		a := d.act(r.Spark.ID)
		if _, err := d.sparks.Assign(context.Background(), a, r.Spark.Owner); err != nil {
			t.Error(err)
		}
		if _, err := d.sparks.MoveDue(context.Background(), a, r.Spark.Due, "x"); err != nil {
			t.Error(err)
		}
		if n := len(d.story(a.Spark)); n != 1 {
			t.Errorf("%d beats", n)
		}
		if err := d.office.CloseFor(context.Background(), region, office.Closure{Span: workday.Span{From: day("2026-12-14"), To: day("2026-12-18")}, Reason: "Muutto"}); err != nil {
			t.Fatal(err)
		}
		_, err := d.sparks.MoveDue(context.Background(), a, day("2026-12-15"), "x")
		if key(err) != "due.not_workday" {
			t.Errorf("into a closed week: %v", err)
		}
	})
}

func TestCorrections(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(maija())
		a := d.act(r.Spark.ID)
		firstSpark(d.sparks.Answer(ctx, a, "Torilla.", false, ""))
		answer := d.last(a.Spark)
		firstSpark(d.sparks.Correct(ctx, a, answer.ID, "Asemalla."))
		c := d.last(a.Spark)
		if c.Type != story.Corrected || c.Corrects != answer.ID || c.Words != "Asemalla." || c.Visibility != story.Parties {
			t.Errorf("%+v", c)
		}
		if old, err := story.One(ctx, d.db, region, a.Spark, answer.ID); err != nil || old.Words != "Torilla." {
			t.Errorf("the corrected beat changed: %v %+v", err, old)
		}
		firstSpark(d.sparks.Reply(ctx, region, r.Link, "Hyvä.", true, d.promise))
		_, err := d.sparks.Correct(ctx, a, d.last(a.Spark).ID, "Huono.")
		is(t, "correcting the bringer", err, fault.Forbidden)
		// A beat of another spark is not to be had.
		_, err = d.sparks.Correct(ctx, d.act(d.drop(maija()).Spark.ID), answer.ID, "x")
		is(t, "a beat of another spark", err, fault.NotFound)
	})
}
