package spark_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

func TestADropIsWhole(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(maija())
		if r.Again || len(r.Link) != 26 {
			t.Errorf("receipt %+v", r)
		}
		s := d.byID(r.Spark.ID)
		if code, ok := ident.ParseCode(s.Code); !ok || code != s.Code {
			t.Errorf("code %q", s.Code)
		}
		if s.Title != "Yhteinen puupaja Myllykoskelle" || s.State != spark.Sparking || !s.Listed || !s.Open || !s.NeedsHand || !s.Waiting ||
			s.Owner != d.officers[office.Planner].ID || s.Programme != d.promise.Version || s.Beats != 1 || s.People != 1 || s.Version != 1 || s.Source != spark.Web {
			t.Errorf("%+v", s)
		}
		if s.Due != day("2026-12-07") { // ten working days from a Monday; Independence Day is a Sunday this year
			t.Errorf("due %s", s.Due)
		}
		if s.Place == "" || s.PlaceName != "Myllykoski" || len(s.Tags) != 1 || s.Tags[0].String() != "theme:glocal" {
			t.Errorf("place %q, tags %v", s.Place, s.Tags)
		}
		again, b, err := spark.Linked(ctx, d.db, region, strings.ToLower(r.Link[:13])+"-"+r.Link[13:])
		if err != nil || again.ID != s.ID || b.Name != "Maija Meikäläinen" || b.Email != "maija@meikalaiset.example" || b.Phone != "040 765 4321" || b.Contact != spark.Mail || !b.Owns.Equal(d.clock.Now()) {
			t.Errorf("%v, %+v", err, b)
		}
		if byCode, err := spark.ByCode(ctx, d.db, region, strings.ToLower(s.Code)); err != nil || byCode.ID != s.ID {
			t.Errorf("by its code: %v", err)
		}
		beats := d.story(s.ID)
		if len(beats) != 1 || beats[0].Type != story.Dropped || beats[0].Actor != story.Bringer || beats[0].Visibility != story.Public || beats[0].Facts.Day != s.Due || beats[0].Facts.Source != "web" {
			t.Errorf("%+v", beats)
		}
		if beats[0].Author != "" || beats[0].HasWords {
			t.Error("the story keeps the bringer's name: it belongs to the bringer's own row alone")
		}
		if n := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'story.told'`); n != 1 {
			t.Errorf("%d jobs tell of it", n)
		}
		if n := d.count(`SELECT COUNT(*) FROM bringer_links WHERE link_hash = $1`, r.Link); n != 0 {
			t.Error("the link itself is stored")
		}
	})
}

func TestTheOfficeDropsForSomebody(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		r, err := d.sparks.Drop(context.Background(), region, d.promise, maija(), spark.By{Officer: d.officers[office.Coordinator].ID, Source: spark.Phone})
		if err != nil {
			t.Fatal(err)
		}
		_, b, err := spark.Linked(context.Background(), d.db, region, r.Link)
		if err != nil || !b.Owns.IsZero() || r.Spark.EnteredBy != d.officers[office.Coordinator].ID || r.Spark.Source != spark.Phone {
			t.Errorf("%v, %+v, %+v", err, b, r.Spark)
		}
		beat := d.last(r.Spark.ID)
		if beat.Actor != story.Office || beat.Officer != d.officers[office.Coordinator].ID || beat.HasWords {
			t.Errorf("%+v", beat)
		}
		// The office must not "correct" what a bringer brought.
		_, err = d.sparks.Correct(context.Background(), d.act(r.Spark.ID), beat.ID, "oikaisu")
		is(t, "correcting a drop", err, fault.Forbidden)
		card := b
		card.Email = "maija@uusi.example"
		if _, err := d.sparks.Keep(context.Background(), region, r.Link, card); err != nil {
			t.Fatal(err)
		}
		if beat := d.last(r.Spark.ID); beat.Type != story.Owned || beat.Visibility != story.Parties {
			t.Errorf("%+v", beat)
		}
	})
}

// A drop that breaks anywhere leaves nothing behind.
func TestADropBrokenInTheMiddleLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		tables := []string{"sparks", "spark_tags", "bringers", "bringer_links", "beats", "jobs"}
		for _, broken := range tables {
			d.exec(`ALTER TABLE ` + broken + ` RENAME TO away`)
			_, err := d.sparks.Drop(context.Background(), region, d.promise, maija(), spark.By{})
			d.exec(`ALTER TABLE away RENAME TO ` + broken)
			if err == nil {
				t.Errorf("without %s a drop went through", broken)
			}
			for _, table := range tables {
				if n := d.count(`SELECT COUNT(*) FROM ` + table); n != 0 {
					t.Errorf("without %s a drop left %d rows in %s", broken, n, table)
				}
			}
		}
		d.drop(maija()) // and all is well again
	})
}

func TestOneFormIsOneSpark(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		once := ident.Secret()
		send := func(draft spark.Draft) spark.Receipt {
			t.Helper()
			return firstOf(d.sparks.Drop(ctx, region, d.promise, draft, spark.By{Once: once}))
		}
		first := send(maija())
		if first.Link != once || first.Again {
			t.Errorf("%+v", first)
		}
		second := send(maija())
		if !second.Again || second.Link != once || second.Spark.ID != first.Spark.ID {
			t.Errorf("sent again: %+v", second)
		}
		// In another language it is the same form, whose bringer reads what they read before.
		swedish := maija()
		swedish.Language = "sv"
		if r := send(swedish); !r.Again || r.Link != once || r.Spark.ID != first.Spark.ID || r.Spark.Language != first.Spark.Language {
			t.Errorf("sent again in Swedish: %+v", r)
		}
		other := maija()
		other.Text = "Aivan toinen asia."
		third := send(other)
		if third.Again || third.Link == once || third.Spark.ID == first.Spark.ID {
			t.Errorf("another text: %+v", third)
		}
		// After a withdrawal the same form is a spark of its own, not an error.
		if _, err := d.sparks.Withdraw(ctx, region, once, false); err != nil {
			t.Fatal(err)
		}
		fourth := send(maija())
		if fourth.Again || fourth.Spark.ID == first.Spark.ID || fourth.Spark.State != spark.Sparking {
			t.Errorf("after a withdrawal: %+v", fourth)
		}
		if _, _, err := spark.Linked(ctx, d.db, region, fourth.Link); err != nil {
			t.Error(err)
		}
		// A field can hold anything; only a secret becomes a link.
		for _, odd := range []string{"../../toimisto/asetukset?x", strings.Repeat("a", 26), strings.Repeat("\x00", 26), "x", strings.Repeat("A", 27)} {
			if r := firstOf(d.sparks.Drop(ctx, region, d.promise, maija(), spark.By{Once: odd})); r.Link == odd {
				t.Errorf("%q became a link", odd)
			}
		}
	})
}

func firstOf(r spark.Receipt, err error) spark.Receipt {
	if err != nil {
		panic(err)
	}
	return r
}

// Two taps on the button arrive together: both get the same receipt.
func TestOneFormSentTwiceAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for round := range 5 {
			once := ident.Secret()
			var wg sync.WaitGroup
			got := make([]spark.Receipt, 6)
			errs := make([]error, len(got))
			for i := range got {
				wg.Go(func() {
					got[i], errs[i] = d.sparks.Drop(context.Background(), region, d.promise, maija(), spark.By{Once: once})
				})
			}
			wg.Wait()
			fresh := 0
			for i := range got {
				if errs[i] != nil {
					t.Fatalf("round %d: %v", round, errs[i])
				}
				if !got[i].Again {
					fresh++
				}
				if got[i].Spark.ID != got[0].Spark.ID || got[i].Link != once {
					t.Errorf("round %d: %+v", round, got[i])
				}
			}
			if n := d.count(`SELECT COUNT(*) FROM sparks`); fresh != 1 || n != round+1 {
				t.Errorf("round %d: %d fresh, %d sparks", round, fresh, n)
			}
		}
	})
}

func TestTheDueDay(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		if err := d.office.CloseFor(context.Background(), region, office.Closure{Span: workday.Span{From: day("2027-07-05"), To: day("2027-07-30")}, Reason: "Kesäloma"}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ at, due string }{ // ten working days
			{"2026-11-23T08:00:00Z", "2026-12-07"},
			{"2026-11-23T22:30:00Z", "2026-12-08"}, // already Tuesday in Kouvola
			{"2026-11-28T10:00:00Z", "2026-12-11"}, // a Saturday counts as the Friday before
			{"2026-12-18T10:00:00Z", "2027-01-07"}, // Christmas Eve and Day, New Year, Epiphany
			{"2027-07-02T10:00:00Z", "2027-08-13"}, // the closed weeks
			{"2027-07-15T10:00:00Z", "2027-08-13"}, // inside them
		} {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			d.clock.Set(at)
			if got := d.drop(maija()).Spark.Due; got != day(c.due) {
				t.Errorf("dropped %s, due %s, want %s", c.at, got, c.due)
			}
		}
	})
}

func TestWhoAnswers(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		owner := func() string {
			t.Helper()
			id := d.drop(maija()).Spark.Owner
			for _, o := range d.officers {
				if o.ID == id {
					return string(o.Role)
				}
			}
			return id.String()
		}
		if got := owner(); got != "planner" {
			t.Errorf("%s answers", got)
		}
		away := office.Absence{Officer: d.officers[office.Planner].ID, Substitute: d.officers[office.Coordinator].ID, Span: workday.Span{From: d.today(), To: d.today() + 6}}
		if err := d.office.Away(ctx, region, away); err != nil {
			t.Fatal(err)
		}
		if got := owner(); got != "coordinator" {
			t.Errorf("while the planner is away %s answers", got)
		}
		d.clock.Advance(7 * 24 * time.Hour)
		if got := owner(); got != "planner" {
			t.Errorf("when the planner is back %s answers", got)
		}
		d.exec(`UPDATE officers SET active = FALSE WHERE role = 'planner'`)
		if got := owner(); got != "manager" {
			t.Errorf("without a planner %s answers", got)
		}
		d.exec(`UPDATE officers SET active = FALSE WHERE role <> 'viewer'`)
		before := d.count(`SELECT COUNT(*) FROM sparks`)
		_, err := d.sparks.Drop(ctx, region, d.promise, maija(), spark.By{})
		is(t, "a drop with nobody there", err, fault.Busy)
		if after := d.count(`SELECT COUNT(*) FROM sparks`); after != before {
			t.Error("something was stored")
		}
	})
}

// A new spark whose number somebody else has takes another one.
func TestTwinsOfACode(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		first := d.drop(maija()).Spark
		now := d.clock.Now()
		d.clock.Advance(time.Hour)
		last := d.ids.New()
		d.clock.Set(now) // from here the ids count on from the last one
		d.exec(`UPDATE sparks SET code = $1`, ident.Code(region, last+1))
		s := d.drop(maija()).Spark
		if s.ID == last+1 || s.Code == ident.Code(region, last+1) {
			t.Errorf("%d %s: the twin was not avoided", s.ID, s.Code)
		}
		if s.Code != ident.Code(region, s.ID) || first.ID == s.ID {
			t.Errorf("%d has %s", s.ID, s.Code)
		}
	})
}

func TestADropIsWeighedAgainstTheProgramme(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		bad := maija()
		bad.Themes, bad.Text, bad.Email = []string{"mars"}, "", "x"
		_, err := d.sparks.Drop(context.Background(), region, d.promise, bad, spark.By{})
		if all := fault.List(err); len(all) != 3 {
			t.Errorf("%v", err)
		}
		if n := d.count(`SELECT COUNT(*) FROM sparks`); n != 0 {
			t.Error("stored all the same")
		}
		elsewhere := maija()
		elsewhere.Place = "Mummola"
		if s := d.drop(elsewhere).Spark; s.Place != "" || s.PlaceName != "Mummola" {
			t.Errorf("%q %q", s.Place, s.PlaceName)
		}
	})
}

func TestASparkInAnotherRegionIsNotFound(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(maija())
		_, err := spark.ByID(ctx, d.db, "iitti", r.Spark.ID)
		is(t, "by id", err, fault.NotFound)
		_, err = spark.ByCode(ctx, d.db, "iitti", r.Spark.Code)
		is(t, "by code", err, fault.NotFound)
		_, err = spark.ByCode(ctx, d.db, region, "2222-2223")
		is(t, "a mistyped code", err, fault.NotFound)
		_, _, err = spark.Linked(ctx, d.db, "iitti", r.Link)
		is(t, "by link", err, fault.Gone)
		_, err = d.sparks.Reply(ctx, "iitti", r.Link, "hei", true, d.promise)
		is(t, "reply", err, fault.Gone)
		if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := spark.NewLink(ctx, tx, "iitti", r.Spark.ID, r.Spark.ID, 1)
			return err
		}); err == nil {
			t.Error("a link of another region was made")
		}
	})
}

// People write in their own language on whatever page they come to, and letters
// still go in the page's.
func TestASparkIsInTheLanguageItIsWrittenIn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for text, want := range map[string]string{
			"A river trail with signs and places to rest, told in three languages.": "en",
			"En gemensam verkstad i byn där alla kan reparera saker tillsammans.":   "sv",
			"Kylän vanha puupaja kaikkien yhteiseksi verstaaksi.":                   "fi",
			"Koria Keltti Verla": "fi", // names alone: the page's
		} {
			r := d.bring("Aino", func(x *spark.Draft) { x.Text, x.Language = text, "selko" })
			if got := d.byID(r.Spark.ID).Language; got != want {
				t.Errorf("%q is in %q", text, got)
			}
			if all, err := spark.Bringers(context.Background(), d.db, region, r.Spark.ID); err != nil || all[r.Spark.ID][0].Language != "selko" {
				t.Errorf("letters go in %+v, %v", all, err)
			}
			x := maija()
			x.Text = "A workshop of our own for the whole village, open to everybody."
			if s := firstSpark(d.sparks.Edit(context.Background(), region, r.Link, d.promise, x)); s.Language != "en" {
				t.Errorf("edited it is in %q", s.Language)
			}
		}
	})
}
