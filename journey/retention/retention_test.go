package retention_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/retention"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/audit"
	"kokko/region/office"
)

func TestPeriodsAreTheDefaultsUntilTheOfficeSaysOtherwise(t *testing.T) {
	t.Parallel()
	p := retention.Of(nil)
	for _, r := range retention.Rules() {
		least, most := r.Range()
		if p[r] != r.Default() || r.Default() < least || r.Default() > most || least < 1 || !strings.HasPrefix(r.Setting(), "retention.") {
			t.Errorf("%s: %d months, default %d of %d to %d", r, p[r], r.Default(), least, most)
		}
		for _, typed := range []string{"", "0", "-1", "abc", "1.5", "1e1", fmt.Sprint(most + 1), fmt.Sprint(least - 1), "99999999999999999999"} {
			if _, err := r.Months(typed); !fault.Is(err, fault.Invalid) || fault.List(err)[0].Field != string(r) {
				t.Errorf("%s takes %q: %v", r, typed, err)
			}
			if got := retention.Of(map[string]string{r.Setting(): typed})[r]; got != r.Default() {
				t.Errorf("%s with the setting %q: %d months", r, typed, got)
			}
		}
		if n, err := r.Months(fmt.Sprint(most)); err != nil || n != most {
			t.Errorf("%s: %v", r, err)
		}
	}
	if got := retention.Of(map[string]string{"retention.letters": "9"}); got[retention.Letters] != 9 || got[retention.Log] != 24 {
		t.Errorf("%v", got)
	}
}

func TestALimitCountsByTheCalendar(t *testing.T) {
	t.Parallel()
	day := func(y, m, d int) workday.Day { return workday.On(y, time.Month(m), d) }
	for _, c := range []struct {
		night  workday.Day
		months int
		want   workday.Day
	}{
		{day(2026, 11, 23), 6, day(2026, 5, 23)}, {day(2026, 3, 31), 1, day(2026, 2, 28)}, {day(2028, 3, 31), 1, day(2028, 2, 29)},
		{day(2026, 1, 15), 24, day(2024, 1, 15)}, {day(2024, 2, 29), 12, day(2023, 2, 28)}, {day(2026, 12, 31), 3, day(2026, 9, 30)},
	} {
		if got := (retention.Periods{retention.Letters: c.months}).Limit(retention.Letters, c.night); got != c.want {
			t.Errorf("%d months back from %s: %s, want %s", c.months, c.night, got, c.want)
		}
	}
}

// Whatever the day and the period: a thing goes on the day that was told, not on
// the day before, and never before its months are full.
func TestTheDayThatIsToldIsTheDayItGoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		of := workday.Day(rapid.IntRange(18000, 30000).Draw(t, "day"))
		months := rapid.IntRange(1, 120).Draw(t, "months")
		p := retention.Periods{retention.Contacts: months}
		goes := p.Goes(retention.Contacts, of)
		if p.Limit(retention.Contacts, goes) <= of {
			t.Fatalf("told %s, and kept in that night", goes)
		}
		if p.Limit(retention.Contacts, goes-1) > of {
			t.Fatalf("told %s, and gone before", goes)
		}
		if least := workday.Day(28 * months); goes < of+least {
			t.Fatalf("goes after %d days of %d months", goes-of, months)
		}
		if p.Limit(retention.Contacts, goes) > p.Limit(retention.Contacts, goes+1) {
			t.Fatal("a limit goes back")
		}
	})
}

func TestClosedSparksLoseTheirContactsAndKeepTheirStory(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(1)
		_, err := d.sparks.Answer(ctx, d.act(r.Spark.ID), "Vastaus.", true, "")
		d.must(err)
		d.close(r.Spark.ID)
		d.letter("bringer.closed", r.Spark.ID, "tuoja1@posti.example")
		d.letter("office.dropped", r.Spark.ID, "o0@kouvola.example")
		d.delivered()
		d.must(d.office.Set(ctx, region, map[string]string{"retention.letters": "36", "retention.contacts": "24"}))
		closed := workday.DayOf(d.clock.Now(), i18n.Helsinki())
		before := d.everything()
		goes := retention.Of(nil).Goes(retention.Contacts, closed)
		d.must(d.keeping.Night(ctx, region, goes-1))
		if changed := differ(before, d.everything()); len(changed) > 0 {
			t.Fatalf("the night before: %v", changed)
		}
		d.must(d.keeping.Night(ctx, region, goes))
		bringers, err := spark.Bringers(ctx, d.db, region, r.Spark.ID)
		d.must(err)
		if b := bringers[r.Spark.ID][0]; b.Name+b.Email+b.Phone+string(b.Contact) != "" {
			t.Errorf("%+v", b)
		}
		if n := d.count(`SELECT COUNT(*) FROM mails WHERE region_id = $1`, region); n != 1 {
			t.Errorf("%d letters left, want the office's one", n)
		}
		sp, err := spark.ByID(ctx, d.db, region, r.Spark.ID)
		d.must(err)
		beats, _, err := story.Of(ctx, d.db, region, r.Spark.ID, story.Parties, 0)
		d.must(err)
		last := beats[len(beats)-1]
		if sp.Text == "" || sp.Title == "" || sp.Beats != len(beats) || last.Type != story.Forgotten || last.Actor != story.Kokko || last.Visibility != story.Parties {
			t.Errorf("%d beats of %d, the last %+v", len(beats), sp.Beats, last)
		}
		if !slices.ContainsFunc(beats, func(b story.Beat) bool { return b.Type == story.Answered && b.Words == "Vastaus." }) {
			t.Error("what was answered is gone")
		}
		// The link still opens the page, and an address given anew is kept anew.
		if _, _, err := spark.Linked(ctx, d.db, region, r.Link); err != nil {
			t.Errorf("the private link is dead: %v", err)
		}
	})
}

func TestWithdrawnAndHeldSparksLoseEverything(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		left, waits, declined := d.drop(1), d.drop(2), d.drop(3)
		for _, r := range []spark.Receipt{left, waits, declined} {
			_, err := d.sparks.Talk(ctx, d.act(r.Spark.ID), spark.Talk{Way: "call", Words: "Sanottu.", Measures: []spark.Measure{{What: "Soita", Who: "Tuoja"}}})
			d.must(err)
			d.letter("office.dropped", r.Spark.ID, "o0@kouvola.example")
		}
		d.letter(spark.MondayLetter, 0, "o0@kouvola.example")
		d.delivered()
		_, err := d.sparks.Withdraw(ctx, region, left.Link, false)
		d.must(err)
		d.close(declined.Spark.ID)
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE sparks SET held = 'link' WHERE region_id = $1 AND spark_id {in $2}`, region, store.Ints{int64(waits.Spark.ID), int64(declined.Spark.ID)})
			return err
		})
		kept := d.drop(4)
		night := retention.Of(nil).Goes(retention.Withdrawn, workday.DayOf(d.clock.Now(), i18n.Helsinki()))
		before := d.everything()
		d.must(d.keeping.Night(ctx, region, night-1))
		if changed := differ(before, d.everything()); len(changed) > 0 {
			t.Fatalf("the night before: %v", changed)
		}
		d.must(d.keeping.Night(ctx, region, night))
		for name, r := range map[string]spark.Receipt{"withdrawn": left, "waiting": waits, "declined": declined} {
			sp, err := spark.ByID(ctx, d.db, region, r.Spark.ID)
			d.must(err)
			if sp.Title+sp.Text+sp.PlaceName != "" || sp.Doers != 0 || sp.Open || sp.Listed {
				t.Errorf("%s: %+v", name, sp)
			}
			beats, _, err := story.Of(ctx, d.db, region, r.Spark.ID, story.InOffice, 0)
			d.must(err)
			for _, b := range beats {
				if b.HasWords {
					t.Errorf("%s: %+v", name, b)
				}
			}
			if last := beats[len(beats)-1]; last.Type != story.Erased || last.Actor != story.Kokko || sp.Beats != len(beats) {
				t.Errorf("%s: %d beats counted of %d, the last %+v", name, sp.Beats, len(beats), last)
			}
			if n := d.count(`SELECT COUNT(*) FROM measures WHERE region_id = $1 AND spark_id = $2 AND (what <> '' OR who <> '')`, region, int64(r.Spark.ID)); n != 0 {
				t.Errorf("%s: %d measures keep their words", name, n)
			}
			if _, _, err := spark.Linked(ctx, d.db, region, r.Link); !fault.Is(err, fault.Gone) {
				t.Errorf("%s: the private link lives", name)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM mails WHERE region_id = $1`, region); n != 0 {
			t.Errorf("%d letters left", n)
		}
		if sp, err := spark.ByID(ctx, d.db, region, kept.Spark.ID); err != nil || sp.Text == "" {
			t.Errorf("another spark lost its words: %v", err)
		}
	})
}

// life is a region's years: sparks, letters, absences and the log, made on random
// days, and what a night must leave.
type life struct {
	d       *desk
	start   workday.Day
	sparks  []lived
	letters []workday.Day
	aways   []workday.Day // the last day of each absence
	log     []workday.Day
}

// lived is one spark and what became of it on which day; 0 for what did not.
type lived struct {
	spark.Receipt
	closed, withdrawn workday.Day
}

func today(d *desk) workday.Day { return workday.DayOf(d.clock.Now(), i18n.Helsinki()) }

// live draws three years.
func live(t *rapid.T, d *desk) life {
	ctx := context.Background()
	l := life{d: d, start: today(d)}
	for n := range rapid.IntRange(4, 14).Draw(t, "events") {
		d.clock.Advance(time.Duration(rapid.IntRange(1, 24*90).Draw(t, "hours")) * time.Hour)
		switch rapid.SampledFrom([]string{"closed", "withdrawn", "open", "letter", "away", "log"}).Draw(t, "what") {
		case "closed":
			x := lived{Receipt: d.drop(n), closed: today(d)}
			d.close(x.Spark.ID)
			l.sparks = append(l.sparks, x)
		case "withdrawn":
			x := lived{Receipt: d.drop(n), withdrawn: today(d)}
			_, err := d.sparks.Withdraw(ctx, region, x.Link, false)
			d.must(err)
			l.sparks = append(l.sparks, x)
		case "open":
			l.sparks = append(l.sparks, lived{Receipt: d.drop(n)})
		case "letter":
			d.letter("office.monday", 0, "o0@kouvola.example")
			l.letters = append(l.letters, today(d))
		case "away":
			d.must(d.office.Away(ctx, region, office.Absence{Officer: d.officer.ID, Substitute: d.other.ID, Span: workday.Span{From: today(d), To: today(d) + 3}}))
			l.aways = append(l.aways, today(d)+3)
		case "log":
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return audit.Write(ctx, tx, audit.Entry{Region: region, ID: d.ids.New(), At: d.clock.Now(), What: audit.MailTried})
			})
		}
	}
	d.delivered()
	entries, _, err := audit.List(ctx, d.db, region, audit.Filter{Limit: 200})
	d.must(err)
	for _, e := range entries {
		l.log = append(l.log, workday.DayOf(e.At, i18n.Helsinki()))
	}
	return l
}

// check compares the store with what a night must have left.
func (l life) check(t *rapid.T, p retention.Periods, night workday.Day) {
	ctx, d := context.Background(), l.d
	kept := func(r retention.Rule, days []workday.Day) (n int) {
		for _, day := range days {
			if day >= p.Limit(r, night) {
				n++
			}
		}
		return n
	}
	if got, want := d.count(`SELECT COUNT(*) FROM mails WHERE region_id = $1`, region), kept(retention.Letters, l.letters); got > want { // the erasing of a spark takes Monday letters early
		t.Fatalf("%d letters, want %d at most", got, want)
	}
	if got, want := d.count(`SELECT COUNT(*) FROM absences WHERE region_id = $1`, region), kept(retention.Absences, l.aways); got != want {
		t.Fatalf("%d absences, want %d", got, want)
	}
	if got, want := d.count(`SELECT COUNT(*) FROM audit_entries WHERE region_id = $1 AND kind <> 'retention'`, region), kept(retention.Log, l.log); got != want {
		t.Fatalf("%d lines of the log, want %d", got, want)
	}
	for _, x := range l.sparks {
		sp, err := spark.ByID(ctx, d.db, region, x.Spark.ID)
		d.must(err)
		bringers, err := spark.Bringers(ctx, d.db, region, x.Spark.ID)
		d.must(err)
		b := bringers[x.Spark.ID][0]
		words := x.withdrawn == 0 || x.withdrawn >= p.Limit(retention.Withdrawn, night)
		contacts := x.withdrawn == 0 && (x.closed == 0 || x.closed >= p.Limit(retention.Contacts, night))
		events, err := spark.Events(ctx, d.db, region, x.Spark.ID)
		d.must(err)
		if (sp.Text != "") != words || (events[x.Spark.ID] != "") != words || (b.Email != "") != contacts {
			t.Fatalf("%+v in the night to %s with %v: text %q, address %q", x, night, p, sp.Text, b.Email)
		}
	}
}

// In every night of every life only what is older than its limit goes, all of it
// goes, and the same night again changes nothing.
func TestANightTakesWhatIsOldAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		rapid.Check(t, func(r *rapid.T) {
			d.fresh()
			l := live(r, d)
			p := retention.Periods{}
			set := map[string]string{}
			for _, rule := range retention.Rules() {
				least, most := rule.Range()
				p[rule] = rapid.IntRange(least, min(most, 30)).Draw(r, string(rule))
				set[rule.Setting()] = fmt.Sprint(p[rule])
			}
			d.must(d.office.Set(context.Background(), region, set))
			for range 3 {
				d.clock.Advance(time.Duration(rapid.IntRange(0, 400).Draw(r, "days")) * 24 * time.Hour)
				night := today(d)
				d.must(d.keeping.Night(context.Background(), region, night))
				l.check(r, p, night)
				after := d.everything()
				d.must(d.keeping.Night(context.Background(), region, night))
				if changed := differ(after, d.everything()); len(changed) > 0 {
					r.Fatalf("the same night again changes %v", changed)
				}
			}
		})
	})
}

// fresh empties the region of what a life leaves, for the next life.
func (d *desk) fresh() {
	d.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		for _, q := range []string{`DELETE FROM act_changes WHERE region_id = $1`, `DELETE FROM acts WHERE region_id = $1`, `DELETE FROM mergings WHERE region_id = $1`, `DELETE FROM clusters WHERE region_id = $1`, `DELETE FROM measures WHERE region_id = $1`, `DELETE FROM beat_words WHERE region_id = $1`, `DELETE FROM beats WHERE region_id = $1`, `DELETE FROM bringer_links WHERE region_id = $1`,
			`DELETE FROM bringers WHERE region_id = $1`, `DELETE FROM spark_tags WHERE region_id = $1`, `DELETE FROM spark_origins WHERE region_id = $1`, `DELETE FROM sparks WHERE region_id = $1`, `DELETE FROM mails WHERE region_id = $1`,
			`DELETE FROM absences WHERE region_id = $1`, `DELETE FROM audit_entries WHERE region_id = $1`, `DELETE FROM retention_runs WHERE region_id = $1`, `DELETE FROM settings WHERE region_id = $1`} {
			if _, err := tx.Exec(ctx, q, region); err != nil {
				return err
			}
		}
		return nil
	})
}

// stopping is a clock that ends a context when it has been looked at so many times:
// a process that dies in the middle of a night.
type stopping struct {
	clock.Clock
	left int
	stop context.CancelFunc
}

func (s *stopping) Now() time.Time {
	if s.left--; s.left == 0 {
		s.stop()
	}
	return s.Clock.Now()
}

// A night cut short anywhere leaves each thing whole or gone, counts what went, and
// the next try does the rest.
func TestANightCutShortGoesOnWhereItStopped(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		const sparks = 7
		for cut := 1; cut < 40; cut += 3 {
			d.fresh()
			var all []spark.Receipt
			for n := range sparks {
				r := d.drop(n)
				d.close(r.Spark.ID)
				d.letter("bringer.closed", r.Spark.ID, fmt.Sprintf("tuoja%d@posti.example", n))
				all = append(all, r)
			}
			d.delivered()
			d.must(d.office.Set(ctx, region, map[string]string{"retention.letters": "36", "retention.contacts": "12"}))
			d.clock.Advance(400 * 24 * time.Hour)
			night := today(d)

			dying, stop := context.WithCancel(ctx)
			c := &stopping{d.clock, cut, stop}
			err := retention.New(d.db, c, ident.NewMaker(c), spark.New(d.db, c, ident.NewMaker(c))).Night(dying, region, night)
			stop()
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			gone := 0
			for n, r := range all {
				bringers, err := spark.Bringers(ctx, d.db, region, r.Spark.ID)
				d.must(err)
				b := bringers[r.Spark.ID][0]
				letters := d.count(`SELECT COUNT(*) FROM mails WHERE region_id = $1 AND spark_id = $2`, region, int64(r.Spark.ID))
				beats, _, err := story.Of(ctx, d.db, region, r.Spark.ID, story.InOffice, 0)
				d.must(err)
				told := beats[len(beats)-1].Type == story.Forgotten
				if erased := b.Email == ""; erased != (letters == 0) || erased != told {
					t.Fatalf("cut at %d: spark %d is half erased: %+v, %d letters, told %v", cut, n, b, letters, told)
				} else if erased {
					gone++
				}
			}
			if cut < 5 && gone == sparks {
				t.Fatalf("cut at %d, and everything was done", cut)
			}
			runs, err := retention.Runs(ctx, d.db, region)
			d.must(err)
			if runs[retention.Contacts].Erased != gone {
				t.Fatalf("cut at %d: %d counted of %d", cut, runs[retention.Contacts].Erased, gone)
			}
			d.must(d.keeping.Night(ctx, region, night))
			if runs, err = retention.Runs(ctx, d.db, region); err != nil || runs[retention.Contacts].Erased != sparks {
				t.Fatalf("cut at %d: in the end %d counted of %d: %v", cut, runs[retention.Contacts].Erased, sparks, err)
			}
			if n := d.count(`SELECT COUNT(*) FROM bringers WHERE region_id = $1 AND email <> ''`, region); n != 0 {
				t.Fatalf("cut at %d: %d addresses are left in the end", cut, n)
			}
		}
	})
}

func TestEveryNightByItselfAndToldOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		runner := d.runner()
		d.must(runner.Drain(ctx))
		if runs, err := retention.Runs(ctx, d.db, region); err != nil || !retention.Last(runs).IsZero() {
			t.Fatalf("it ran before any night: %v %v", runs, err)
		}
		for n := range 3 {
			d.close(d.drop(n).Spark.ID)
		}
		lines := func() (all []audit.Entry) {
			entries, _, err := audit.List(ctx, d.db, region, audit.Filter{Kind: audit.Erased.Kind()})
			d.must(err)
			return entries
		}
		d.clock.Advance(24 * time.Hour)
		d.must(runner.Drain(ctx))
		runs, err := retention.Runs(ctx, d.db, region)
		d.must(err)
		if last := retention.Last(runs); !last.Equal(d.clock.Now()) || len(lines()) != 0 {
			t.Errorf("a night with nothing to do: last %v, %d lines", last, len(lines()))
		}
		d.clock.Advance(2 * 366 * 24 * time.Hour)
		for range 3 { // the same night is told once, however often the runner looks
			d.must(runner.Drain(ctx))
		}
		all := lines()
		i := slices.IndexFunc(all, func(e audit.Entry) bool { return e.About.Key == string(retention.Contacts) })
		if i < 0 || all[i].Facts.N != 3 || all[i].Officer != 0 || all[i].What != audit.Erased {
			t.Errorf("%+v", all)
		}
		told := len(all)
		d.clock.Advance(24 * time.Hour)
		d.must(runner.Drain(ctx))
		if n := len(lines()); n != told {
			t.Errorf("%d lines, want %d: a night with nothing to do tells nothing", n, told)
		}
	})
}

func TestNumbersAreWhatTheNightThenDoes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		rapid.Check(t, func(r *rapid.T) {
			d.fresh()
			live(r, d)
			d.clock.Advance(time.Duration(rapid.IntRange(0, 700).Draw(r, "days")) * 24 * time.Hour)
			night, p := today(d), retention.Of(nil)
			want := map[retention.Rule]int{}
			for _, rule := range retention.Rules() {
				n, err := retention.NumbersOf(ctx, d.db, region, rule, p.Limit(rule, night))
				d.must(err)
				if n.Tonight > n.Kept {
					r.Fatalf("%s: %+v", rule, n)
				}
				want[rule] = n.Tonight
				list, err := retention.Sparks(ctx, d.db, region, rule, p.Limit(rule, night), 50)
				d.must(err)
				if of := rule == retention.Contacts || rule == retention.Withdrawn || rule == retention.Held; of && len(list) != n.Tonight || !of && len(list) != 0 {
					r.Fatalf("%s lists %d of %d", rule, len(list), n.Tonight)
				}
			}
			d.must(d.keeping.Night(ctx, region, night))
			runs, err := retention.Runs(ctx, d.db, region)
			d.must(err)
			for rule, n := range want {
				if runs[rule].Erased != n {
					r.Fatalf("%s: %d foretold, %d erased", rule, n, runs[rule].Erased)
				}
			}
		})
	})
}

func TestAReopenedSparkKeepsItsContacts(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(1)
		d.close(r.Spark.ID)
		_, err := d.sparks.Reopen(ctx, d.act(r.Spark.ID), "Uusi tieto.")
		d.must(err)
		d.clock.Advance(10 * 366 * 24 * time.Hour)
		gone, err := d.sparks.Expire(ctx, region, r.Spark.ID, spark.LapseClosed, d.clock.Now(), func(context.Context, *store.Tx) error {
			return errors.New("it was counted")
		})
		if gone || err != nil {
			t.Errorf("%v %v", gone, err)
		}
		d.must(d.keeping.Night(ctx, region, today(d)))
		if n := d.count(`SELECT COUNT(*) FROM bringers WHERE region_id = $1 AND email <> ''`, region); n != 1 {
			t.Error("an open spark lost its contacts")
		}
	})
}
