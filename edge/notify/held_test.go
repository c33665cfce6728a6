package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/ground/mail"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/trust"
)

// sorted: letters of several jobs come in the order the jobs are done.
func sorted(got []string) []string { slices.Sort(got); return got }

// letter is the one letter of a purpose.
func letter(t testing.TB, all []mail.Posted, purpose string) mail.Posted {
	t.Helper()
	i := slices.IndexFunc(all, func(l mail.Posted) bool { return l.Purpose == purpose })
	if i < 0 {
		t.Fatalf("no letter %s", purpose)
	}
	return all[i]
}

func advert(n int) spark.Draft {
	return spark.Draft{Text: fmt.Sprintf("HALPAA-MAINOSTA %d: https://kauppa.example/%d", n, n), Name: "Kalle", Email: "kalle@kauppa.example", Contact: spark.NotMe, Language: "sv", Visibility: spark.Public}
}

func TestOfAHeldSparkTwoLettersGo(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(advert(1))
		all, got := d.letters()
		if !slices.Equal(sorted(got), []string{"bringer.held kalle@kauppa.example", "office.held planner@kouvola.example"}) {
			t.Fatalf("%q", got)
		}
		for _, l := range all {
			if strings.Contains(l.Subject+l.Text, "MAINOSTA") || !strings.Contains(l.Subject, r.Spark.Code) || !l.Automatic {
				t.Errorf("%s: %s\n%s", l.Purpose, l.Subject, l.Text)
			}
		}
		if l := letter(t, all, "bringer.held"); l.Language != "sv" || !strings.Contains(l.Text, "Kaisa Esimerkki") || !strings.Contains(l.Text, "/oma/") || !strings.Contains(l.Text, "7.12") {
			t.Errorf("the receipt does not say who, when and where:\n%s", l.Text)
		}
		// What passes meanwhile is no letter to the office.
		if _, err := d.sparks.Reply(ctx, region, r.Link, "Hallå?", false, d.promise); err != nil {
			t.Fatal(err)
		}
		if _, got := d.letters(); len(got) != 0 {
			t.Errorf("%q", got)
		}
		// Let in by another officer than the one who answers: now the drop is news to
		// that one. Its bringer has had the receipt, and wants no more.
		if _, err := d.sparks.Approve(ctx, d.act(r.Spark.ID, office.Manager), false); err != nil {
			t.Fatal(err)
		}
		_, got = d.letters()
		if !slices.Equal(sorted(got), []string{"office.dropped planner@kouvola.example"}) {
			t.Errorf("%q", got)
		}
	})
}

func TestWhoLetsItInIsNotToldOfIt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		x := advert(1)
		x.Contact = spark.Mail
		r := d.drop(x)
		d.letters()
		if _, err := d.sparks.Approve(ctx, d.act(r.Spark.ID, office.Planner), false); err != nil {
			t.Fatal(err)
		}
		again, got := d.letters()
		if !slices.Equal(sorted(got), []string{"bringer.approved kalle@kauppa.example"}) {
			t.Errorf("%q", got)
		}
		if l := letter(t, again, "bringer.approved"); !strings.Contains(l.Text, "7.12") || l.Automatic {
			t.Errorf("the promise is not repeated by a person:\n%s", l.Text)
		}
		// Taken back once the answer was given, and let in again: nothing more is promised.
		if _, err := d.sparks.Answer(ctx, d.act(r.Spark.ID, office.Planner), "Tack.", false, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := d.sparks.LookInto(ctx, d.act(r.Spark.ID, office.Planner), 0, spark.OutcomeHold, "Vi ser på länken."); err != nil {
			t.Fatal(err)
		}
		if _, err := d.sparks.Approve(ctx, d.act(r.Spark.ID, office.Planner), false); err != nil {
			t.Fatal(err)
		}
		last, got := d.letters()
		if !slices.Equal(sorted(got), []string{"bringer.answered kalle@kauppa.example", "bringer.approved kalle@kauppa.example", "bringer.held kalle@kauppa.example"}) {
			t.Errorf("%q", got)
		}
		if l := letter(t, last, "bringer.held"); !strings.Contains(l.Text, "Vi ser på länken.") {
			t.Errorf("no reason:\n%s", l.Text)
		}
		if l := letter(t, last, "bringer.approved"); strings.Contains(l.Text, "7.12") || !strings.Contains(l.Subject, "syns igen") {
			t.Errorf("%s\n%s", l.Subject, l.Text)
		}
	})
}

func TestDeclinesAreOneLetterHoweverManyGo(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		var first spark.Receipt
		for i := range 4 {
			x := advert(i)
			x.Contact = spark.Mail
			if r := d.drop(x); i == 0 {
				first = r
			}
		}
		d.letters()
		if _, err := d.sparks.DeclineAndBlock(ctx, d.act(first.Spark.ID, office.Planner), "Reklam hör inte hit.", spark.Block{Author: true}); err != nil {
			t.Fatal(err)
		}
		again, got := d.letters()
		if !slices.Equal(sorted(got), []string{"bringer.closed kalle@kauppa.example"}) {
			t.Fatalf("%q", got)
		}
		if l := again[len(again)-1]; strings.Contains(l.Subject+l.Text, "MAINOSTA") || !strings.Contains(l.Text, "Reklam hör inte hit.") {
			t.Errorf("%s\n%s", l.Subject, l.Text)
		}
	})
}

func TestReadersHearWhatCameOfItAndAreForgotten(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for outcome, want := range map[spark.Outcome]string{spark.OutcomeKeep: "stays", spark.OutcomeHold: "out of sight", spark.OutcomeClose: "closed it"} {
			r := d.drop(draft())
			if err := d.sparks.Report(ctx, region, r.Spark.ID, spark.Report{Wrong: spark.Private, Words: "SALAINEN-ILMOITUS", Email: "reader@posti.example", Language: "en"}, trust.Sender{}); err != nil {
				t.Fatal(err)
			}
			before, _ := d.letters()
			if got := letter(t, before, "office.reported"); strings.Contains(got.Text, "SALAINEN") || strings.Contains(got.Text, "reader@") {
				t.Errorf("the office is told %s: %s", got.Purpose, got.Text)
			}
			if _, err := d.sparks.LookInto(ctx, d.act(r.Spark.ID, office.Planner), 1<<62, outcome, "Syy."); err != nil {
				t.Fatal(err)
			}
			all, got := d.letters()
			i := slices.IndexFunc(all, func(l mail.Posted) bool { return l.Purpose == "reader."+string(outcome) })
			if i < 0 || all[i].To != "reader@posti.example" || all[i].Spark != r.Spark.ID || !strings.Contains(all[i].Text, want) || strings.Contains(all[i].Text, "SALAINEN") || strings.Contains(all[i].Text, "/oma/") {
				t.Errorf("%s: %+v", outcome, got)
			}
			if n := d.count(`SELECT COUNT(*) FROM reports WHERE email <> ''`); n != 0 {
				t.Errorf("%s: %d addresses are kept", outcome, n)
			}
		}
		d.clock.Advance(time.Hour)
		if _, got := d.letters(); len(got) != 0 {
			t.Errorf("%q", got)
		}
	})
}

func TestANewAddressGetsALetterWithItsWayOut(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(draft())
		d.letters()
		if _, err := d.sparks.Keep(ctx, region, r.Link, spark.Bringer{Name: "Maija", Email: "toinen@posti.example"}); err != nil {
			t.Fatal(err)
		}
		all, got := d.letters()
		if !slices.Equal(sorted(got), []string{"bringer.addressed toinen@posti.example"}) {
			t.Fatalf("%q", got)
		}
		if l := all[len(all)-1]; !strings.Contains(l.Text, "/oma/") || strings.Contains(l.Text, "Puupaja") || l.Spark != r.Spark.ID {
			t.Errorf("%s", l.Text)
		}
		// Withdrawn before its turn, nobody is written to.
		if _, err := d.sparks.Keep(ctx, region, r.Link, spark.Bringer{Email: "kolmas@posti.example"}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.sparks.Withdraw(ctx, region, r.Link, false); err != nil {
			t.Fatal(err)
		}
		last, _ := d.letters()
		if slices.ContainsFunc(last, func(l mail.Posted) bool { return l.To == "kolmas@posti.example" }) {
			t.Error("a letter about what is gone")
		}
	})
}
