package notify_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

func (d *desk) bring(who, lang string, bend ...func(*spark.Draft)) spark.Receipt {
	d.Helper()
	x := draft()
	x.Title, x.Name, x.Email, x.Language = "Kipinä "+who, who, who+"@posti.example", lang
	for _, b := range bend {
		b(&x)
	}
	return d.drop(x)
}

func (d *desk) merge(into spark.Receipt, others ...spark.Receipt) {
	d.Helper()
	j := spark.Joining{}
	for _, r := range others {
		j.Sparks = append(j.Sparks, spark.Seen{ID: r.Spark.ID})
	}
	if _, err := d.sparks.Merge(context.Background(), d.act(into.Spark.ID, office.Planner), j); err != nil {
		d.Fatal(err)
	}
}

// bringers' letters of a list, as "purpose to".
func bringers(short []string) []string {
	return slices.DeleteFunc(slices.Clone(short), func(s string) bool { return !strings.HasPrefix(s, spark.LetterToBringer) })
}

func TestEverybodyOfAMergedMatterHearsOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b, c := d.bring("aino", "fi"), d.bring("bertta", "sv"), d.bring("cecilia", "en")
		again := d.bring("aino", "fi")
		silent := d.bring("siiri", "fi", func(x *spark.Draft) { x.Contact = spark.NotMe })
		d.letters()
		d.merge(a, b, c, again, silent)
		all, short := d.letters()
		if want := []string{"bringer.merged bertta@posti.example", "bringer.merged cecilia@posti.example", "bringer.merged aino@posti.example"}; !slices.Equal(bringers(short), want) {
			t.Errorf("joined: %q", short)
		}
		for i, r := range []spark.Receipt{b, c, again} {
			l := all[i]
			if l.Spark != r.Spark.ID || !strings.Contains(l.Text, r.Spark.Code) && !strings.Contains(l.Subject, r.Spark.Code) || !strings.Contains(l.Text, a.Spark.Code) || !strings.Contains(l.Text, r.Spark.Title) ||
				!strings.Contains(l.Text, "Kaisa Esimerkki") || strings.Contains(l.Text, a.Spark.Title) && r.Spark.Title != a.Spark.Title {
				t.Errorf("%s", l.Text)
			}
		}
		act := d.act(a.Spark.ID, office.Planner)
		ok(t)(d.sparks.Answer(ctx, act, "Kiitos kaikille.", false, ""))
		all, short = d.letters()
		if want := []string{"bringer.answered aino@posti.example", "bringer.answered bertta@posti.example", "bringer.answered cecilia@posti.example"}; !slices.Equal(bringers(short), want) {
			t.Errorf("answered: %q", short)
		}
		for i, r := range []spark.Receipt{a, b, c} {
			link := regexp.MustCompile(`/oma/([2-9A-Z]{26})`).FindStringSubmatch(all[i].Text)
			if s, who, err := spark.Linked(ctx, d.db, region, link[1]); err != nil || s.ID != r.Spark.ID || who.Email != all[i].To {
				t.Errorf("the link leads to %+v of %+v: %v", s, who, err)
			}
			if own := r.Spark.Code != a.Spark.Code; own != strings.Contains(all[i].Text, a.Spark.Code) {
				t.Errorf("%s", all[i].Text)
			}
		}
		// A word of one of them is told to the office, with the matter's number.
		ok(t)(d.sparks.Reply(ctx, region, b.Link, "Bertan sana.", false, d.promise))
		all, short = d.letters()
		if !slices.Equal(short, []string{"office.replied planner@kouvola.example"}) || all[0].Spark != b.Spark.ID || !strings.Contains(all[0].Text, "Bertan sana.") || !strings.Contains(all[0].Text, "/toimisto/kipina/"+a.Spark.Code) {
			t.Errorf("%q %+v", short, all)
		}
		// What was said before they came is not corrected to them.
		first := d.story(a.Spark.ID, story.Answered)
		e := d.bring("eeva", "fi")
		d.merge(a, e)
		d.letters()
		ok(t)(d.sparks.Correct(ctx, act, first, "Siis kiitos."))
		if _, short = d.letters(); len(bringers(short)) != 3 || slices.Contains(short, "bringer.corrected eeva@posti.example") {
			t.Errorf("corrected: %q", short)
		}
		// Whoever was there when it was said hears, also when taken apart before the
		// letter was written.
		ok(t)(d.sparks.Answer(ctx, act, "Vielä yksi.", true, ""))
		ok(t)(d.sparks.Unmerge(ctx, d.act(c.Spark.ID, office.Planner)))
		ok(t)(d.sparks.Answer(ctx, act, "Ilman Ceciliaa.", true, ""))
		all, short = d.letters()
		got := map[string]int{}
		for i, l := range all {
			got[short[i]]++
			if l.To == "cecilia@posti.example" && strings.Contains(l.Text, "Ilman") {
				t.Errorf("%s", l.Text)
			}
		}
		if got["bringer.answered cecilia@posti.example"] != 1 || got["bringer.unmerged cecilia@posti.example"] != 1 || got["bringer.answered eeva@posti.example"] != 2 {
			t.Errorf("%v", got)
		}
		// The root goes, with its words: the others go on, and hear where.
		ok(t)(d.sparks.Answer(ctx, act, "Hei aino ja muut.", true, ""))
		ok(t)(d.sparks.Withdraw(ctx, region, a.Link, true))
		all, short = d.letters()
		short = bringers(short)
		slices.Sort(short)
		if want := []string{"bringer.merged aino@posti.example", "bringer.merged eeva@posti.example", "bringer.unmerged bertta@posti.example"}; !slices.Equal(short, want) {
			t.Errorf("handed on: %q", short)
		}
		for _, l := range all {
			if strings.Contains(l.Text, "Hei aino") || strings.Contains(l.Text, a.Spark.Title) && l.Spark != again.Spark.ID {
				t.Errorf("%s", l.Text)
			}
		}
	})
}

// story is the first beat of a type.
func (d *desk) story(id ident.ID, kind story.Type) ident.ID {
	d.Helper()
	beats, _, err := story.Of(context.Background(), d.db, region, id, story.InOffice, 0)
	if err != nil {
		d.Fatal(err)
	}
	for _, b := range beats {
		if b.Type == kind {
			return b.ID
		}
	}
	d.Fatalf("no %s", kind)
	return 0
}

// A secret that is joined is in no letter to the office, whoever's letter it is.
func TestASecretVoiceIsKeptOutOfMail(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a, b := d.bring("aino", "fi"), d.bring("bertta", "fi", func(x *spark.Draft) { x.Secret = true })
		d.letters()
		d.merge(a, b)
		ok(t)(d.sparks.Reply(context.Background(), region, b.Link, "SALAISUUS", true, d.promise))
		all, _ := d.letters()
		for _, l := range all {
			if strings.Contains(l.Subject+l.Text, "SALAISUUS") {
				t.Errorf("%s", l.Text)
			}
		}
	})
}

// Whatever is joined and taken apart: of every answer each living address of the
// matter hears exactly once, and nobody else.
func TestAnyMergingEveryoneHearsExactlyOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		rapid.Check(t, func(rt *rapid.T) {
			var all []spark.Receipt
			for range rapid.IntRange(2, 4).Draw(rt, "sparks") {
				all = append(all, d.bring(rapid.SampledFrom([]string{"aino", "bertta", "cecilia"}).Draw(rt, "who"), "fi"))
			}
			n := 0
			pick := func(name string) spark.Receipt { return rapid.SampledFrom(all).Draw(rt, name) }
			expected := map[string][]string{} // words → addresses
			for range rapid.IntRange(1, 8).Draw(rt, "verbs") {
				d.clock.Advance(time.Minute)
				var err error
				switch rapid.SampledFrom([]string{"merge", "unmerge", "answer", "answer", "withdraw"}).Draw(rt, "verb") {
				case "merge":
					_, err = d.sparks.Merge(ctx, d.act(pick("into").Spark.ID, office.Planner), spark.Joining{Sparks: []spark.Seen{{ID: pick("other").Spark.ID}}})
				case "unmerge":
					_, err = d.sparks.Unmerge(ctx, d.act(pick("out").Spark.ID, office.Planner))
				case "withdraw":
					// What is queued for who goes is taken back: deliver it first.
					d.heardBy(rt, expected)
					_, err = d.sparks.Withdraw(ctx, region, pick("gone").Link, rapid.Bool().Draw(rt, "erase"))
				case "answer":
					at := pick("answered").Spark.ID
					n++
					words := fmt.Sprintf("Sanat-%d-%d.", n, len(all))
					var to []string
					for _, r := range all {
						s, b, err := spark.Linked(ctx, d.db, region, r.Link)
						if err == nil && (s.ID == at || s.MergedInto == at) && !slices.Contains(to, b.Email) {
							to = append(to, b.Email)
						}
					}
					if _, err = d.sparks.Answer(ctx, d.act(at, office.Planner), words, true, ""); err == nil {
						expected[words] = to
					}
				}
				if code := fault.CodeOf(err); code != "" && code != fault.Conflict && code != fault.Gone && code != fault.Invalid {
					rt.Fatal(err)
				}
			}
			d.heardBy(rt, expected)
		})
	})
}

// heardBy carries what waits and checks who heard which words; it forgets them.
func (d *desk) heardBy(rt *rapid.T, expected map[string][]string) {
	all, _ := d.letters()
	for words, to := range expected {
		var got []string
		for _, l := range all {
			if strings.Contains(l.Text, words) && l.Purpose == spark.LetterToBringer+string(story.Answered) {
				got = append(got, l.To)
			}
		}
		slices.Sort(got)
		slices.Sort(to)
		if !slices.Equal(got, to) {
			rt.Fatalf("%q reached %q, should have reached %q", words, got, to)
		}
		delete(expected, words)
	}
}

// What was told and then taken back is told to be taken back, to the same people;
// what was told to nobody is not.
func TestTakingBackIsTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b := d.bring("aino", "fi"), d.bring("bertta", "sv")
		d.merge(a, b)
		for name, do := range map[string]func(act spark.Act) (spark.Spark, error){
			"assign": func(act spark.Act) (spark.Spark, error) {
				return d.sparks.Assign(ctx, act, d.officers[office.Manager].ID)
			},
			"due": func(act spark.Act) (spark.Spark, error) { return d.sparks.MoveDue(ctx, act, d.today()+2, "S") },
			"close": func(act spark.Act) (spark.Spark, error) {
				return d.sparks.Close(ctx, act, spark.Close{State: spark.Out, Reason: "S", Would: "W"})
			},
			"tag": func(act spark.Act) (spark.Spark, error) {
				return d.sparks.Tag(ctx, act, d.promise, spark.Tags{Outside: true})
			},
		} {
			var did ident.ID
			act := d.act(a.Spark.ID, office.Planner)
			act.Did = &did
			ok(t)(do(act))
			d.letters()
			d.clock.Advance(time.Minute)
			if _, err := d.sparks.Undo(ctx, d.act(0, office.Planner), did); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all, short := d.letters()
			want := []string{"bringer.undone aino@posti.example", "bringer.undone bertta@posti.example"}
			if name == "tag" {
				want = nil
			}
			if got := bringers(short); !slices.Equal(got, want) {
				t.Errorf("%s: %q", name, got)
			}
			for _, l := range all {
				if strings.HasPrefix(l.Purpose, spark.LetterToBringer) && !strings.Contains(l.Text, "Kaisa Esimerkki") {
					t.Errorf("%s: %s", name, l.Text)
				}
			}
		}
		// Reopened by mistake.
		ok(t)(d.sparks.Close(ctx, d.act(a.Spark.ID, office.Planner), spark.Close{State: spark.Out, Reason: "S", Would: "W"}))
		var did ident.ID
		act := d.act(a.Spark.ID, office.Planner)
		act.Did = &did
		ok(t)(d.sparks.Reopen(ctx, act, "S"))
		d.letters()
		if _, err := d.sparks.Undo(ctx, act, did); err != nil {
			t.Fatal(err)
		}
		if _, short := d.letters(); len(bringers(short)) != 2 {
			t.Errorf("%q", short)
		}
	})
}

// One letter tells of all the parts, and leads to them all.
func TestASplitIsOneLetter(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.bring("aino", "fi")
		d.letters()
		var did ident.ID
		act := d.act(r.Spark.ID, office.Planner)
		act.Did = &did
		parts, err := d.sparks.Split(ctx, act, []spark.Part{{Title: "Ensimmäinen osa", Text: "Silta."}, {Title: "Toinen osa", Text: "Kirjasto."}, {Text: "Laituri."}})
		if err != nil {
			t.Fatal(err)
		}
		all, short := d.letters()
		if !slices.Equal(short, []string{"bringer.split aino@posti.example"}) || all[0].Spark != r.Spark.ID {
			t.Fatalf("%q", short)
		}
		link := regexp.MustCompile(`/oma/([2-9A-Z]{26})`).FindStringSubmatch(all[0].Text)[1]
		for _, p := range parts {
			if !strings.Contains(all[0].Text, p.Code+": "+p.Title) {
				t.Errorf("%s", all[0].Text)
			}
			if s, _, err := spark.Linked(ctx, d.db, region, link+"."+p.Code); err != nil || s.ID != p.ID {
				t.Errorf("%v", err)
			}
		}
		if _, err := d.sparks.Undo(ctx, act, did); err != nil {
			t.Fatal(err)
		}
		if _, short := d.letters(); !slices.Equal(short, []string{"bringer.undone aino@posti.example"}) {
			t.Errorf("%q", short)
		}
		// A part is answered by itself, with a link of its own.
		parts, err = d.sparks.Split(ctx, act, []spark.Part{{Text: "Silta."}, {Text: "Kirjasto."}})
		if err != nil {
			t.Fatal(err)
		}
		d.letters()
		ok(t)(d.sparks.Answer(ctx, d.act(parts[1].ID, office.Planner), "Vastaus kirjastosta.", true, ""))
		all, short = d.letters()
		if !slices.Equal(short, []string{"bringer.answered aino@posti.example"}) || all[0].Spark != parts[1].ID || !strings.Contains(all[0].Text, "Kirjasto") {
			t.Errorf("%q %+v", short, all)
		}
	})
}
