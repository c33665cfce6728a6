package spark_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/programme"
)

// ask opens a question from a day ahead of today for some days; 0 days leaves it a
// draft.
func (d *desk) ask(from, days int) challenge.Challenge {
	d.Helper()
	ctx, all := context.Background(), challenge.New(d.db, d.clock, d.ids)
	draft := challenge.Draft{Texts: map[string]challenge.Text{"fi": {Title: "Lähiruoka", Question: "Miten?"}}, Opens: d.today().Add(from), Closes: d.today().Add(from + days)}
	c, err := all.Make(ctx, region, d.promise.Promise.(programme.Edition), draft)
	if err == nil && days > 0 {
		c, err = all.Publish(ctx, challenge.Act{Region: region, Challenge: c.ID})
	}
	if err != nil {
		d.Fatal(err)
	}
	return c
}

func TestADropAnswersOnlyAnOpenQuestion(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		open, later, draft := d.ask(0, 5), d.ask(2, 5), d.ask(0, 0)
		put := func(region string, id ident.ID) (spark.Receipt, error) {
			m := maija()
			m.Challenge = id
			return d.sparks.Drop(ctx, region, d.promise, m, spark.By{})
		}
		for name, c := range map[string]struct {
			id  ident.ID
			key string
		}{"later": {later.ID, "challenge.not_open"}, "a draft": {draft.ID, "challenge.none"}, "none": {99, "challenge.none"}} {
			if _, err := put(region, c.id); key(err) != c.key || fault.List(err)[0].Field != "challenge" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM sparks`); n != 0 {
			t.Errorf("%d sparks were taken all the same", n)
		}
		r, err := put(region, open.ID)
		if err != nil || d.byID(r.Spark.ID).Challenge != open.ID {
			t.Fatalf("%v %+v", err, r.Spark)
		}
		// The bringer's edit leaves it where it is.
		m := maija()
		m.Text = "Muutettu."
		if s, err := d.sparks.Edit(ctx, region, r.Link, d.promise, m); err != nil || s.Challenge != open.ID {
			t.Errorf("%v %+v", err, s)
		}
		d.clock.Advance(5 * 24 * time.Hour)
		if _, err := put(region, open.ID); err != nil {
			t.Errorf("on its last day: %v", err)
		}
		d.clock.Advance(24 * time.Hour)
		if _, err := put(region, open.ID); key(err) != "challenge.not_open" {
			t.Errorf("the day after: %v", err)
		}
	})
}

// The same form sent again is the same spark, also when the question it answered
// closed between.
func TestAFormSentAgainAfterItsQuestionClosed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		m := maija()
		m.Challenge = d.ask(0, 1).ID
		once := ident.Secret()
		first, err := d.sparks.Drop(ctx, region, d.promise, m, spark.By{Once: once})
		if err != nil {
			t.Fatal(err)
		}
		d.clock.Advance(48 * time.Hour)
		for _, question := range []ident.ID{m.Challenge, 0} {
			m.Challenge = question
			if again, err := d.sparks.Drop(ctx, region, d.promise, m, spark.By{Once: once}); err != nil || !again.Again || again.Spark.ID != first.Spark.ID {
				t.Errorf("%v %+v", err, again)
			}
		}
	})
}

// Who drops in plain Finnish writes Finnish, and reads plain Finnish from then on.
func TestADropInPlainFinnish(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		m := maija()
		m.Language = "selko"
		r := d.drop(m)
		reads := func() string {
			_, b, err := spark.Linked(ctx, d.db, region, r.Link)
			if err != nil {
				t.Fatal(err)
			}
			return b.Language
		}
		if r.Spark.Language != "fi" || d.byID(r.Spark.ID).Language != "fi" || reads() != "selko" {
			t.Errorf("written in %s, read in %s", r.Spark.Language, reads())
		}
		m.Text, m.Language = "Muutettu.", "selko"
		if s := firstSpark(d.sparks.Edit(ctx, region, r.Link, d.promise, m)); s.Language != "fi" {
			t.Errorf("edited it is in %s", s.Language)
		}
		firstSpark(d.sparks.Keep(ctx, region, r.Link, spark.Bringer{Name: "Maija"}))
		if reads() != "selko" {
			t.Errorf("a changed card reads %s", reads())
		}
	})
}

func TestTheOfficeRelatesASparkToAQuestion(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		open, other, later, draft := d.ask(0, 1), d.ask(0, 5), d.ask(4, 5), d.ask(0, 0)
		r := d.drop(maija())
		a := d.act(r.Spark.ID)
		beats := len(d.story(a.Spark))
		if s := firstSpark(d.sparks.Relate(ctx, a, 0)); s.Challenge != 0 || len(d.story(a.Spark)) != beats {
			t.Error("freeing what is free tells a beat")
		}
		for name, id := range map[string]ident.ID{"later": later.ID, "a draft": draft.ID, "none": 99} {
			if _, err := d.sparks.Relate(ctx, a, id); key(err) != "challenge.none" {
				t.Errorf("%s: %v", name, err)
			}
		}
		firstSpark(d.sparks.Relate(ctx, a, open.ID))
		if b := d.last(a.Spark); b.Type != story.Questioned || b.Visibility != story.Public || b.Facts.To != open.ID.String() || b.Facts.From != "" || b.Officer != a.Officer.ID {
			t.Errorf("%+v", b)
		}
		firstSpark(d.sparks.Relate(ctx, a, other.ID))
		if b := d.last(a.Spark); b.Facts.From != open.ID.String() || b.Facts.To != other.ID.String() {
			t.Errorf("%+v", b)
		}
		d.clock.Advance(72 * time.Hour)
		firstSpark(d.sparks.Relate(ctx, a, open.ID)) // it has closed, and the answer came on paper
		if s := firstSpark(d.sparks.Relate(ctx, a, 0)); s.Challenge != 0 || d.byID(a.Spark).Challenge != 0 {
			t.Errorf("%+v", s)
		}
		if b := d.last(a.Spark); b.Facts.From != open.ID.String() || b.Facts.To != "" {
			t.Errorf("%+v", b)
		}
		hidden := maija()
		hidden.Visibility = spark.Office
		h := d.drop(hidden)
		firstSpark(d.sparks.Relate(ctx, d.act(h.Spark.ID), other.ID))
		if b := d.last(h.Spark.ID); b.Visibility != story.Parties {
			t.Errorf("of a hidden spark it is told to %s", b.Visibility)
		}
	})
}

func TestAnswersOfAQuestion(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		one, two := d.ask(0, 5), d.ask(0, 5)
		want := map[ident.ID][]ident.ID{}
		all := map[ident.ID][]ident.ID{}
		for i := range 30 {
			draft := spark.Draft{Text: fmt.Sprintf("Vastaus %d.", i), Kind: spark.Kinds()[i%3], Language: "fi", Challenge: []ident.ID{0, one.ID, two.ID}[i%3]}
			if i%4 == 0 {
				draft.Visibility = spark.Office
			}
			if i%5 == 0 {
				draft.Themes = []string{"glocal"}
			}
			d.clock.Advance(time.Second)
			s := d.drop(draft).Spark
			all[s.Challenge] = append([]ident.ID{s.ID}, all[s.Challenge]...)
			if s.Listed {
				want[s.Challenge] = append([]ident.ID{s.ID}, want[s.Challenge]...)
			}
		}
		for _, c := range []challenge.Challenge{one, two} {
			for _, order := range []spark.Order{spark.Newest, spark.Liveliest, spark.Hand} {
				var got []ident.ID
				for f := (spark.Filter{Order: order, Challenge: c.ID, Limit: 3}); ; {
					list, next, err := spark.List(ctx, d.db, region, f)
					if err != nil {
						t.Fatal(err)
					}
					for _, s := range list {
						got = append(got, s.ID)
					}
					if f.After = next; next == "" {
						break
					}
				}
				if !slices.Equal(got, want[c.ID]) {
					t.Errorf("by %s: %v, want %v", order, got, want[c.ID])
				}
			}
			var got []ident.ID
			for before := ident.ID(0); ; {
				list, err := spark.Answers(ctx, d.db, region, c.ID, before, 4)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range list {
					got = append(got, s.ID)
				}
				if len(list) < 4 {
					break
				}
				before = list[3].ID
			}
			if !slices.Equal(got, all[c.ID]) {
				t.Errorf("the office: %v, want %v", got, all[c.ID])
			}
		}
		n, err := spark.CountAnswers(ctx, d.db, region, one.ID, two.ID, 99)
		if err != nil || n[one.ID] != len(want[one.ID]) || n[two.ID] != len(want[two.ID]) || n[99] != 0 {
			t.Errorf("%v %v", err, n)
		}
		// With a theme besides.
		list, _, err := spark.List(ctx, d.db, region, spark.Filter{Challenge: one.ID, Tag: spark.Tag{Kind: "theme", ID: "glocal"}})
		if err != nil || len(list) == 0 || slices.ContainsFunc(list, func(s spark.Spark) bool { return s.Challenge != one.ID || len(s.Tags) == 0 }) {
			t.Errorf("%v %+v", err, list)
		}
		if list, _, err := spark.List(ctx, d.db, "iitti", spark.Filter{Challenge: one.ID}); err != nil || len(list) != 0 {
			t.Errorf("another region: %v %d", err, len(list))
		}
	})
}

// What answers a question and is joined to another spark takes its question along,
// and has it back when they are taken apart.
func TestAJoinedSparkStillAnswersItsQuestion(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		one, two := d.ask(0, 5), d.ask(0, 5)
		put := func(question ident.ID, seen spark.Visibility) spark.Spark {
			m := maija()
			m.Challenge, m.Visibility = question, seen
			return d.drop(m).Spark
		}
		join := func(into spark.Spark, others ...spark.Spark) spark.Spark {
			t.Helper()
			var j spark.Joining
			for _, o := range others {
				j.Sparks = append(j.Sparks, spark.Seen{ID: o.ID})
			}
			return firstSpark(d.sparks.Merge(ctx, d.act(into.ID), j))
		}
		root, answer := put(0, spark.Public), put(one.ID, spark.Public)
		if s := join(root, put(0, spark.Public), answer); s.Challenge != one.ID || d.byID(answer.ID).Challenge != one.ID {
			t.Errorf("%+v", s)
		}
		if n, err := spark.CountAnswers(ctx, d.db, region, one.ID); err != nil || n[one.ID] != 1 {
			t.Errorf("%v %v", err, n)
		}
		if i := slices.IndexFunc(d.story(root.ID), func(b story.Beat) bool {
			return b.Type == story.Questioned && b.Facts.To == one.ID.String() && b.Visibility == story.Public
		}); i < 0 {
			t.Error("the story does not tell of it")
		}
		if s := join(put(two.ID, spark.Public), put(one.ID, spark.Public)); s.Challenge != two.ID {
			t.Errorf("one that answered already answers %d", s.Challenge)
		}
		if s := join(put(0, spark.Public), put(one.ID, spark.Office)); s.Challenge != 0 {
			t.Error("what only the office may read tells what it answers")
		}
	})
}
