package notify_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/region/feedback"
	"kokko/region/office"
)

func (d *desk) feedback() *feedback.Service {
	return feedback.New(d.db, d.clock, ident.NewMaker(d.clock))
}

func (d *desk) barrier(email, language string) feedback.Receipt {
	d.Helper()
	r, err := d.feedback().Give(context.Background(), region, feedback.Given{Words: "Kartta ei toimi näppäimillä. " + hostile, Email: email, Language: language}, ident.Secret())
	if err != nil {
		d.Fatal(err)
	}
	return r
}

func TestLettersAboutFeedback(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, all := context.Background(), func() map[string]mail.Posted {
			got := map[string]mail.Posted{}
			list, _ := d.letters()
			for _, l := range list {
				got[l.Purpose+" "+l.To] = l
			}
			return got
		}
		quiet, swedish := d.barrier("", "fi"), d.barrier("maja@posti.example", "sv")
		got := all()
		if len(got) != 2 { // the duty officer's two have one name here
			t.Fatalf("%v", got)
		}
		receipt, notice := got["feedback.open maja@posti.example"], got["office.feedback planner@kouvola.example"]
		if receipt.Language != "sv" || !receipt.Automatic || receipt.Spark != swedish.ID || !strings.Contains(receipt.Text, swedish.Code) || !strings.Contains(receipt.Text, "7.12.") || strings.Contains(receipt.Text, swedish.Secret) {
			t.Errorf("%+v", receipt)
		}
		if notice.Language != "fi" || !strings.Contains(notice.Text, "https://kokko.example/toimisto/palaute/") || !strings.Contains(notice.Text, "Kartta ei toimi") {
			t.Errorf("%+v", notice)
		}
		if _, err := d.feedback().Answer(ctx, region, swedish.ID, d.officers[office.Planner].ID, "Kartan är lagad."); err != nil {
			t.Fatal(err)
		}
		answer := all()["feedback.answered maja@posti.example"]
		if answer.Automatic || answer.Language != "sv" || !strings.Contains(answer.Text, "Kartan är lagad.") || !strings.Contains(answer.Text, "Kaisa Esimerkki") || !strings.Contains(answer.Text, "https://kokko.example/sv/saavutettavuus") {
			t.Errorf("%+v", answer)
		}
		if _, err := d.feedback().Handle(ctx, region, quiet.ID, d.officers[office.Planner].ID, "Korjattu."); err != nil {
			t.Fatal(err)
		}
		all()
		// Erased before its letters were written: there are none.
		gone := d.barrier("pois@posti.example", "fi")
		if err := d.feedback().Withdraw(ctx, region, gone.Secret); err != nil {
			t.Fatal(err)
		}
		if now := all(); len(now) != 0 {
			t.Errorf("%v", now)
		}
	})
}

// A Monday letter names the feedback that the week must answer, to those who may.
func TestMondayNamesFeedback(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		viewer, err := d.offices.Hire(ctx, office.Officer{Region: region, Role: office.Viewer, Name: "Timo Esimerkki", Email: "viewer@kouvola.example", Language: "fi", MondayMail: true})
		if err != nil {
			t.Fatal(err)
		}
		late := d.barrier("", "fi")
		d.clock.Advance(10 * 24 * time.Hour)
		later := d.barrier("", "fi")
		mondays := func(due time.Time) (all []mail.Posted) {
			t.Helper()
			d.clock.Set(due.Add(-time.Minute))
			d.letters() // earlier Mondays'
			d.clock.Advance(2 * time.Minute)
			list, _ := d.letters()
			for _, l := range list {
				if l.Purpose == "office.monday" {
					all = append(all, l)
				}
			}
			return all
		}
		// 7 December is the first one's last day; on the 14th it is late, and the second's
		// day, the 17th, is of that week.
		if all := mondays(time.Date(2026, 12, 7, 5, 30, 0, 0, time.UTC)); len(all) != 2 || strings.Contains(all[0].Text, later.Code) || !strings.Contains(all[0].Text, late.Code) || strings.Contains(all[0].Text, "FÖRSENAD") {
			t.Fatalf("%d: %+v", len(all), all)
		}
		all := mondays(time.Date(2026, 12, 14, 5, 30, 0, 0, time.UTC))
		if len(all) != 2 {
			t.Fatalf("%d letters", len(all))
		}
		for _, l := range all {
			if l.To == viewer.Email || !strings.Contains(l.Text, late.Code) || !strings.Contains(l.Text, later.Code) || strings.Contains(l.Text, "Kartta") || !strings.Contains(l.Text, "/toimisto/palaute/"+late.ID.String()) {
				t.Errorf("%s:\n%s", l.To, l.Text)
			}
			if l.Language == "fi" && (strings.Count(l.Text, "MYÖHÄSSÄ") != 1 || !strings.Contains(l.Subject, "2 saavutettavuuspalautetta")) {
				t.Errorf("%s\n%s", l.Subject, l.Text)
			}
		}
	})
}
