package spark_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/journey/story"
)

func twoParts() []spark.Part {
	return []spark.Part{{Title: "Silta", Text: "Silta joen yli."}, {Text: "Ja myös kirjasto auki. Iltaisin."}}
}

func (d *desk) split(id ident.ID) (parts []spark.Spark, act ident.ID) {
	d.Helper()
	a := d.act(id)
	a.Did = &act
	parts, err := d.sparks.Split(context.Background(), a, twoParts())
	if err != nil {
		d.Fatal(err)
	}
	return parts, act
}

// of is the link to another spark of the same bringer.
func of(link string, part spark.Spark) string { return link + "." + part.Code }

func TestSplitMakesSparksOfTheSameBringer(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.bring("Aino", func(x *spark.Draft) { x.Kind, x.Visibility = spark.Need, spark.Unnamed })
		d.clock.Advance(time.Hour)
		parts, act := d.split(r.Spark.ID)
		whole := d.byID(r.Spark.ID)
		if whole.State != spark.Split || whole.Listed || whole.Open || whole.Waiting || whole.Text != r.Spark.Text || act == 0 || !whole.Readable() {
			t.Errorf("%+v", whole)
		}
		if b := d.last(r.Spark.ID); b.Type != story.Split || !slices.Equal(b.Facts.Sparks, []ident.ID{parts[0].ID, parts[1].ID}) || b.Visibility != story.Public {
			t.Errorf("%+v", b)
		}
		for i, p := range parts {
			s := d.byID(p.ID)
			if !sameSpark(s, p) || s.SplitFrom != r.Spark.ID || !s.Listed || !s.Open || !s.Waiting || s.Due != r.Spark.Due || !s.WaitingFrom.Equal(r.Spark.WaitingFrom) || s.Kind != spark.Need || s.Visibility != spark.Unnamed ||
				s.Place != r.Spark.Place || !slices.Equal(s.Tags, r.Spark.Tags) || s.Owner != r.Spark.Owner || s.People != 1 || s.Title != []string{"Silta", "Ja myös kirjasto auki"}[i] || !s.Dropped.Equal(r.Spark.Dropped) {
				t.Errorf("part %d: %+v", i, s)
			}
			if all := d.story(p.ID); len(all) != 1 || all[0].Type != story.Part || s.Beats != 1 {
				t.Errorf("part %d: %+v", i, all)
			}
			if n := d.count(`SELECT COUNT(*) FROM spark_tags WHERE spark_id = $1 AND listed = TRUE`, int64(p.ID)); n != len(r.Spark.Tags) {
				t.Errorf("part %d has %d tags listed", i, n)
			}
			// The one link opens them all.
			if got, b, err := spark.Linked(ctx, d.db, region, of(r.Link, p)); err != nil || got.ID != p.ID || b.Email != "aino@posti.example" {
				t.Errorf("part %d: %v %+v", i, err, b)
			}
		}
		all, err := spark.Parts(ctx, d.db, region, r.Spark.ID)
		if err != nil || len(all) != 2 || all[0].ID != parts[0].ID {
			t.Errorf("%v %+v", err, all)
		}
		other := d.bring("Bertta")
		for name, link := range map[string]string{"another's spark": of(r.Link, other.Spark), "no code": r.Link + ".xx", "no spark": r.Link + ".2222-2222", "no link": "x." + parts[0].Code} {
			if _, _, err := spark.Linked(ctx, d.db, region, link); !fault.Is(err, fault.Gone) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Each goes its own way, and each is its bringer's.
		firstSpark(d.sparks.Answer(ctx, d.act(parts[0].ID), "Silta on jo tulossa.", true, ""))
		firstSpark(d.sparks.Reply(ctx, region, of(r.Link, parts[1]), "Kirjastosta vielä.", true, d.promise))
		if b := d.last(parts[1].ID); b.Type != story.Replied || d.byID(parts[1].ID).Waiting != true || d.byID(parts[0].ID).Waiting {
			t.Errorf("%+v", b)
		}
		// One card, wherever it is changed.
		if _, err := d.sparks.Keep(ctx, region, of(r.Link, parts[1]), spark.Bringer{Name: "Aino Uusi", Email: "uusi@posti.example"}); err != nil {
			t.Fatal(err)
		}
		for _, link := range []string{r.Link, of(r.Link, parts[0]), of(r.Link, parts[1])} {
			if _, b, err := spark.Linked(ctx, d.db, region, link); err != nil || b.Email != "uusi@posti.example" {
				t.Errorf("%v %+v", err, b)
			}
		}
		is(t, "reopening what was split", second(d.sparks.Reopen(ctx, d.act(r.Spark.ID), "x")), fault.Conflict)
		is(t, "editing what was split", second(d.sparks.Edit(ctx, region, r.Link, d.promise, maija())), fault.Conflict)
		if _, err := d.sparks.Merge(ctx, d.act(other.Spark.ID), joining(r.Spark.ID)); key(err) != "merge.split" {
			t.Errorf("merging what was split: %v", err)
		}
		// The parts of one person's spark are one person's when they meet again.
		if s := d.merge(parts[0].ID, parts[1].ID); s.People != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestWhatCannotBeSplit(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b, shut, gone := d.bring("Aino"), d.bring("Bertta"), d.bring("Saara"), d.bring("Gunnar")
		joined := d.bring("Jaana")
		d.merge(b.Spark.ID, joined.Spark.ID)
		d.shut(d.act(shut.Spark.ID))
		firstSpark(d.sparks.Withdraw(ctx, region, gone.Link, false))
		six := slices.Repeat([]spark.Part{{Text: "Osa."}}, 6)
		for name, c := range map[string]struct {
			id    ident.ID
			parts []spark.Part
			key   string
			field string
		}{
			"one part":       {a.Spark.ID, []spark.Part{{Text: "Yksi."}, {}}, "split.few", "text2"},
			"six parts":      {a.Spark.ID, six, "split.many", "text1"},
			"no text":        {a.Spark.ID, []spark.Part{{Text: "Yksi."}, {Title: "Vain otsikko"}}, "words.missing", "text2"},
			"a long title":   {a.Spark.ID, []spark.Part{{Text: "Yksi.", Title: strings.Repeat("ä", 121)}, {Text: "Toinen."}}, "too_long", "title1"},
			"a long text":    {a.Spark.ID, []spark.Part{{Text: "Yksi."}, {Text: strings.Repeat("ä", 5001)}}, "too_long", "text2"},
			"megabytes":      {a.Spark.ID, []spark.Part{{Text: "Yksi."}, {Text: strings.Repeat("ä", 1<<20)}}, "too_long", "text2"},
			"one closed":     {shut.Spark.ID, twoParts(), "spark.closed", ""},
			"one withdrawn":  {gone.Spark.ID, twoParts(), "spark.withdrawn", ""},
			"one joined":     {joined.Spark.ID, twoParts(), "spark.merged", ""},
			"one of many":    {b.Spark.ID, twoParts(), "split.carries", ""},
			"one that isn't": {77, twoParts(), "spark.none", ""},
		} {
			_, err := d.sparks.Split(ctx, d.act(c.id), c.parts)
			if key(err) != c.key || fault.List(err)[0].Field != c.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		stale := d.act(a.Spark.ID)
		stale.Version = 9
		if _, err := d.sparks.Split(ctx, stale, twoParts()); key(err) != "spark.changed" {
			t.Errorf("%v", err)
		}
		if n := d.count(`SELECT COUNT(*) FROM sparks WHERE split_from <> 0`); n != 0 {
			t.Errorf("%d parts of refused splits", n)
		}
	})
}

func TestASplitIsTakenBackWhileNobodyWasAnswered(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.bring("Aino")
		before := stands(d.byID(r.Spark.ID))
		parts, act := d.split(r.Spark.ID)
		// What the office does by itself about a part does not bind it.
		firstSpark(d.sparks.Note(ctx, d.act(parts[0].ID), "n"))
		firstSpark(d.sparks.Tag(ctx, d.act(parts[0].ID), d.promise, spark.Tags{Place: "Elimäki"}))
		if _, err := d.sparks.Undo(ctx, d.act(0), act); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(before, stands(d.byID(r.Spark.ID))); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
		if b := d.last(r.Spark.ID); b.Type != story.Undone || b.Facts.What != "split" || b.Visibility != story.Public {
			t.Errorf("%+v", b)
		}
		for _, p := range parts {
			s := d.byID(p.ID)
			if s.State != spark.Rejoined || s.Listed || s.Open || s.Readable() {
				t.Errorf("%+v", s)
			}
			for name, err := range map[string]error{
				"an answer": second(d.sparks.Answer(ctx, d.act(p.ID), "v", true, "")), "a reopening": second(d.sparks.Reopen(ctx, d.act(p.ID), "v")),
				"a merging": second(d.sparks.Merge(ctx, d.act(r.Spark.ID), joining(p.ID))),
			} {
				is(t, name+" of a part taken back", err, fault.Conflict)
			}
			is(t, "a reply about a part taken back", second(d.sparks.Reply(ctx, region, of(r.Link, p), "r", true, d.promise)), fault.Gone)
		}
		if found := d.traces("aino@posti"); len(found) != 1 {
			t.Errorf("the card is kept at %q", found)
		}
		for name, loud := range map[string]func(p spark.Spark, link string) error{
			"answered": func(p spark.Spark, _ string) error { return second(d.sparks.Answer(ctx, d.act(p.ID), "v", false, "")) },
			"replied": func(_ spark.Spark, link string) error {
				return second(d.sparks.Reply(ctx, region, link, "r", false, d.promise))
			},
			"edited": func(_ spark.Spark, link string) error {
				return second(d.sparks.Edit(ctx, region, link, d.promise, maija()))
			},
			"gone": func(_ spark.Spark, link string) error { return second(d.sparks.Withdraw(ctx, region, link, false)) },
			"merged": func(p spark.Spark, _ string) error {
				return second(d.sparks.Merge(ctx, d.act(d.bring("Bertta").Spark.ID), joining(p.ID)))
			},
		} {
			r := d.bring("Aino")
			parts, act := d.split(r.Spark.ID)
			if err := loud(parts[1], of(r.Link, parts[1])); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := d.sparks.Undo(ctx, d.act(0), act); key(err) != "act.changed" {
				t.Errorf("%s: %v", name, err)
			}
			if s := d.byID(parts[0].ID); s.State != spark.Sparking || d.byID(r.Spark.ID).State != spark.Split {
				t.Errorf("%s: %+v", name, s)
			}
		}
	})
}

// Taking the whole away takes its parts; taking a part away, with its words, takes
// the words also from where they were split from.
func TestWithdrawingWhatWasSplit(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		long := func(x *spark.Draft) {
			x.Text, x.Title = "Silta joen yli.\n\nJa myös kirjasto auki. Iltaisin.", "Monta asiaa"
		}
		r := d.bring("Aino", long)
		firstSpark(d.sparks.Answer(ctx, d.act(r.Spark.ID), "Kiitos sillasta ja kirjastosta, jaan nämä.", false, ""))
		parts, _ := d.split(r.Spark.ID)
		again, err := d.sparks.Split(ctx, d.act(parts[1].ID), []spark.Part{{Text: "Kirjasto auki."}, {Text: "Iltaisin."}})
		if err != nil {
			t.Fatal(err)
		}
		joined := d.bring("Bertta")
		d.merge(joined.Spark.ID, again[1].ID)
		firstSpark(d.sparks.Withdraw(ctx, region, of(r.Link, again[0]), true))
		if s := d.byID(parts[0].ID); s.State != spark.Sparking || s.Text == "" {
			t.Errorf("another part went along: %+v", s)
		}
		if s := d.byID(again[1].ID); s.Text != "Iltaisin." || s.MergedInto != joined.Spark.ID {
			t.Errorf("another part went along: %+v", s)
		}
		if found := d.traces("irjasto", "Monta asiaa", "jaan nämä"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if _, b, err := spark.Linked(ctx, d.db, region, of(r.Link, parts[0])); err != nil || b.Name != "Aino" {
			t.Errorf("%v %+v", err, b)
		}
		// An address that is given now is not given to what was taken away.
		if _, err := d.sparks.Keep(ctx, region, r.Link, spark.Bringer{Name: "Aino", Email: "toinen@posti.example"}); err != nil {
			t.Fatal(err)
		}
		if n := d.count(`SELECT COUNT(*) FROM bringers WHERE spark_id = $1 AND email <> ''`, int64(again[0].ID)); n != 0 {
			t.Error("a card came back")
		}
		firstSpark(d.sparks.Withdraw(ctx, region, r.Link, true))
		if found := d.traces("Aino", "Silta", "Iltaisin", "toinen@posti"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		for _, id := range []ident.ID{r.Spark.ID, parts[0].ID, parts[1].ID, again[0].ID, again[1].ID} {
			if s := d.byID(id); s.State != spark.Withdrawn {
				t.Errorf("%+v", s)
			}
		}
		if s := d.byID(joined.Spark.ID); !s.Listed || s.People != 1 {
			t.Errorf("%+v", s)
		}
		if n := d.count(`SELECT COUNT(*) FROM bringer_links WHERE ended_at = 0 AND spark_id <> $1`, int64(joined.Spark.ID)); n != 0 {
			t.Errorf("%d links live", n)
		}
	})
}

// What was taken back into one spark goes with it, words and all.
func TestErasingWhatWasTakenBack(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.bring("Aino")
		_, act := d.split(r.Spark.ID)
		if _, err := d.sparks.Undo(ctx, d.act(0), act); err != nil {
			t.Fatal(err)
		}
		firstSpark(d.sparks.Withdraw(ctx, region, r.Link, true))
		if found := d.traces("Silta", "irjasto", "Aino"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
	})
}

// The card of what was split is kept while any part needs it.
func TestWhatWasSplitLapsesWithItsLastPart(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.bring("Aino")
		parts, _ := d.split(r.Spark.ID)
		lapse := func() (n int) {
			d.clock.Advance(time.Hour)
			for range 3 {
				all, err := spark.LapsedBefore(ctx, d.db, region, spark.LapseClosed, d.clock.Now(), 0, 10)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range all {
					if gone, err := d.sparks.Expire(ctx, region, l.ID, spark.LapseClosed, d.clock.Now(), nothing); err != nil {
						t.Fatal(err)
					} else if gone {
						n++
					}
				}
			}
			return n
		}
		if n := lapse(); n != 0 {
			t.Errorf("%d lapsed while the parts are open", n)
		}
		d.shut(d.act(parts[0].ID))
		if n := lapse(); n != 1 {
			t.Errorf("%d lapsed with one part", n)
		}
		d.shut(d.act(parts[1].ID))
		if n := lapse(); n != 2 || len(d.traces("aino@posti")) != 0 {
			t.Errorf("%d lapsed with the last part: %q", n, d.traces("aino@posti"))
		}
	})
}
