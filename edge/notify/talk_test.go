package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
	"kokko/region/office"
	"kokko/region/trust"
)

// talk is the talk beneath the sparks of a desk.
type talk struct {
	*desk
	*comment.Service
	said int
}

func (d *desk) talk() *talk {
	return &talk{desk: d, Service: comment.New(d.db, d.clock, ident.NewMaker(d.clock), d.sparks)}
}

// say has a person say something a minute later than what was before.
func (t *talk) say(sp ident.ID, a address.Address, question bool) comment.Comment {
	t.Helper()
	t.clock.Advance(time.Minute)
	t.said++
	var c comment.Comment
	if err := t.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = t.Write(ctx, tx, region, sp, comment.Author{Kind: comment.Person, ID: a.ID, Email: a.Email}, comment.Draft{Words: fmt.Sprintf("Salainen sana %d.", t.said), Language: "fi", Question: question}, trust.Sender{})
		return err
	}); err != nil || c.State != comment.Shown {
		t.Fatal(err, c.State)
	}
	return c
}

func (t *talk) unsay(c comment.Comment) {
	t.Helper()
	if err := t.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return t.Withdraw(ctx, tx, region, c.Spark, c.ID, comment.Author{Kind: c.Kind, ID: c.Author})
	}); err != nil {
		t.Fatal(err)
	}
}

// hear gives the letters since the last call, and finds any that quotes what nobody says.
func (t *talk) hear(what string, want ...string) (texts string) {
	t.Helper()
	all, got := t.letters()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
	for _, l := range all {
		if texts += l.Subject + "\n" + l.Text + "\n"; strings.Contains(l.Purpose, "comment") != strings.Contains(l.Text, "> Salainen sana ") && !strings.HasSuffix(l.Purpose, ".talk") {
			t.Errorf("%s: %s has not the words it tells of: %s", what, l.Purpose, l.Text)
		}
	}
	return texts
}

const (
	atOnceBringer, atOnceOffice = "bringer.commented maija@meikalaiset.example", "office.commented planner@kouvola.example"
	dayBringer, dayOffice       = "bringer.talk maija@meikalaiset.example", "office.talk planner@kouvola.example"
)

// Many comments on one day are one letter: the first at once, questions at once, the
// others in the morning, without those that were taken away meanwhile, and once.
func TestManyCommentsOnOneDayAreOneLetter(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		k := d.talk()
		p, other := d.person("toinen@posti.example", "fi"), d.person("kolmas@posti.example", "fi")
		self := d.person("maija@meikalaiset.example", "fi")
		id := d.drop(draft()).Spark.ID
		d.letters()
		k.say(id, self, false)
		k.hear("the bringer's own, as anybody", atOnceOffice)
		k.say(id, p, false)
		k.hear("the first of the day", atOnceBringer)
		k.say(id, p, false)
		gone := k.say(id, other, false)
		k.say(id, self, false)
		k.hear("the others wait")
		k.say(id, other, true)
		if text := k.hear("a question does not", atOnceBringer, atOnceOffice); !strings.Contains(text, "Sinulle on kysymys") {
			t.Errorf("no question: %s", text)
		}
		k.unsay(gone)
		d.clock.Set(time.Date(2026, 11, 24, 4, 59, 0, 0, time.UTC))
		k.hear("before its hour")
		d.clock.Set(time.Date(2026, 11, 24, 5, 0, 1, 0, time.UTC))
		text := k.hear("in the morning", dayBringer, dayOffice)
		if !strings.Contains(text, "sanottu eilisen jälkeen yksi asia") || !strings.Contains(text, "3 puheenvuoroa") || strings.Count(text, "> Salainen sana 3.") != 2 || strings.Contains(text, "sana 4") || strings.Count(text, "> Salainen sana 5.") != 1 {
			t.Errorf("%s", text)
		}
		k.say(id, p, false)
		k.hear("the first of the next day", atOnceBringer, atOnceOffice)
		only := k.say(id, p, false)
		k.unsay(only)
		d.clock.Set(time.Date(2026, 11, 25, 5, 0, 1, 0, time.UTC))
		k.hear("no letter is empty")
		if n := d.count(`SELECT COUNT(*) FROM talk_waits`); n != 0 {
			t.Errorf("%d still wait", n)
		}
		d.clock.Set(time.Date(2026, 11, 27, 5, 0, 1, 0, time.UTC))
		k.hear("nothing said")
		if n := d.count(`SELECT COUNT(*) FROM talk_told`); n != 0 {
			t.Errorf("%d old rows are kept", n)
		}
	})
}

// Whatever takes a comment's words away takes them out of the letters that carried them,
// and leaves the others.
func TestWordsTakenAwayAreInNoLetterOfATalk(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, k := context.Background(), d.talk()
		p := d.person("toinen@posti.example", "fi")
		id := d.drop(draft()).Spark.ID
		done(t)(spark.Spark{}, k.HearAs(ctx, region, d.officers[office.Planner].ID, comment.Now))
		done(t)(spark.Spark{}, k.Hear(ctx, region, id, comment.Now))
		d.letters()
		// The words that letters in the outbox carry.
		carried := func() (n int) {
			t.Helper()
			done(t)(spark.Spark{}, d.runner.Drain(ctx))
			all, err := d.outbox.List(ctx, region, "", 0, 100)
			done(t)(spark.Spark{}, err)
			for _, l := range all {
				n += strings.Count(l.Text, "Salainen sana")
			}
			return n
		}
		tx := func(do func(ctx context.Context, tx *store.Tx) error) {
			t.Helper()
			done(t)(spark.Spark{}, d.db.Tx(ctx, do))
		}
		k.say(id, p, false)
		for what, take := range map[string]func(c comment.Comment){
			"withdrawn": k.unsay,
			"edited": func(c comment.Comment) {
				tx(func(ctx context.Context, tx *store.Tx) error {
					_, err := k.Edit(ctx, tx, region, id, c.ID, comment.Author{Kind: comment.Person, ID: p.ID, Email: p.Email}, comment.Draft{Words: "Toisin sanoen.", Language: "fi"})
					return err
				})
			},
			"declined": func(c comment.Comment) {
				_, err := k.Decide(ctx, comment.Deed{Region: region, Spark: id, Comment: c.ID, Officer: d.officers[office.Planner], Seen: c.Stamp(), Do: comment.Decline, Reason: "Ei kuulu tähän."})
				done(t)(spark.Spark{}, err)
			},
		} {
			c := k.say(id, p, false)
			if n := carried(); n != 4 {
				t.Fatalf("%s: %d letters carry words", what, n)
			}
			take(c)
			if n := carried(); n != 2 {
				t.Errorf("%s: %d letters carry words", what, n)
			}
		}
		tx(func(ctx context.Context, tx *store.Tx) error { return k.EraseOf(ctx, tx, p) })
		if n := carried(); n != 0 {
			t.Errorf("erased: %d letters carry words", n)
		}
	})
}

// The choice belongs to the person, each their own.
func TestHowSoonIsThePersonsChoice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, k := context.Background(), d.talk()
		p := d.person("toinen@posti.example", "fi")
		id := d.drop(draft()).Spark.ID
		d.letters()
		for _, step := range []struct {
			bringer, officer comment.Pace
			now, morning     []string
		}{
			{comment.Now, comment.Never, []string{atOnceBringer, atOnceBringer, atOnceBringer}, nil},
			{comment.Never, comment.Now, []string{atOnceOffice, atOnceOffice, atOnceOffice}, nil},
			{comment.Never, comment.Never, nil, nil},
			{comment.Daily, comment.Never, []string{atOnceBringer, atOnceBringer}, []string{dayBringer}},
		} {
			if err := k.Hear(ctx, region, id, step.bringer); err != nil {
				t.Fatal(err)
			}
			if err := k.HearAs(ctx, region, d.officers[office.Planner].ID, step.officer); err != nil {
				t.Fatal(err)
			}
			what := string(step.bringer + "/" + step.officer)
			p := d.person(string(step.bringer+step.officer)+"@posti.example", "fi")
			d.letters()
			var got []string
			for _, question := range []bool{false, false, true} {
				k.say(id, p, question)
				_, some := k.letters() // what is said at once may be told in any order
				got = append(got, some...)
			}
			if !slices.Equal(got, step.now) {
				t.Errorf("%s: %q, want %q", what, got, step.now)
			}
			next := d.clock.Now().AddDate(0, 0, 1)
			d.clock.Set(time.Date(next.Year(), next.Month(), next.Day(), 5, 0, 1, 0, time.UTC))
			k.hear(what+" in the morning", step.morning...)
			d.clock.Advance(time.Hour)
		}
		// Whoever wants no more letters gets none of what waits already either.
		k.say(id, p, false)
		k.hear("one more day", atOnceBringer)
		k.say(id, p, false)
		k.hear("waits")
		if err := k.Hear(ctx, region, id, comment.Never); err != nil {
			t.Fatal(err)
		}
		d.clock.Advance(24 * time.Hour)
		k.hear("after never")
		if err := k.HearAs(ctx, region, 1, "hourly"); err == nil {
			t.Error("a pace there is none of is taken")
		}
	})
}

// A picture that a bringer adds is in the officer's letter of the day; erased with its
// spark, the letters that wait or name it are gone too.
func TestPicturesAreInTheLetterOfTheDay(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, k := context.Background(), d.talk()
		r := d.drop(draft())
		d.letters()
		add := func(n int) {
			t.Helper()
			d.clock.Advance(time.Minute)
			if _, err := d.sparks.ByBringer(ctx, region, r.Link, func(context.Context, *store.Tx, *spark.Spark) ([]story.Beat, error) {
				return []story.Beat{{Type: story.Attached, Visibility: story.Public, Facts: story.Facts{Files: n}}}, nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		add(2)
		add(1)
		k.hear("at once")
		d.clock.Set(time.Date(2026, 11, 24, 5, 0, 1, 0, time.UTC))
		if text := k.hear("in the morning", dayOffice); !strings.Contains(text, "3 uutta kuvaa") || !strings.Contains(text, r.Spark.Code) {
			t.Errorf("%s", text)
		}
		add(1)
		k.hear("waits")
		done(t)(d.sparks.Withdraw(ctx, region, r.Link, true))
		d.letters()
		d.clock.Set(time.Date(2026, 11, 25, 5, 0, 1, 0, time.UTC))
		k.hear("of what was erased")
	})
}
