package notify

import (
	"context"
	"fmt"
	"strings"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/region/feedback"
	"kokko/region/office"
)

// feedbackTold writes the letters a step of some feedback asks for: to its giver,
// and when it came, to whoever is on duty. Feedback that was erased meanwhile is
// written of to nobody.
func (p *Postman) feedbackTold(ctx context.Context, job jobs.Job[feedback.ToldArgs]) error {
	region := job.Args.Region
	d, err := p.desk(ctx, p.DB, region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		f, err := feedback.One(ctx, tx, region, job.Args.Feedback)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if f.Email != "" {
			if err := p.toGiver(ctx, tx, d, f, job.Args.Now); err != nil {
				return err
			}
		}
		if job.Args.Now != feedback.Open || f.State != feedback.Open {
			return nil
		}
		o, ok, err := office.Duty(ctx, tx, region, office.Today(p.Clock))
		if err != nil || !ok {
			return err
		}
		say := p.Texts.For(language(o.Language))
		pairs := []any{"code", f.Code, "words", f.Words, "due", say.OnWeekday(f.Due.Start(i18n.Helsinki())), "link", d.link(language(o.Language), "/toimisto/palaute/"+f.ID.String())}
		return p.Outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: "office.feedback", Spark: f.ID, To: o.Email,
			Subject: say.T("mail.office.feedback.subject", pairs...), Text: say.T("mail.office.feedback.text", pairs...), Language: o.Language, Automatic: true})
	})
}

// toGiver writes to who gave an address: that it came, or the answer.
func (p *Postman) toGiver(ctx context.Context, tx *store.Tx, d desk, f feedback.Feedback, now feedback.State) error {
	say, who := p.Texts.For(language(f.Language)), office.Officer{}
	if now == feedback.Answered {
		var err error
		if who, err = office.ByID(ctx, tx, f.Region, f.Officer); err != nil {
			return err
		}
	}
	pairs := []any{"code", f.Code, "words", f.Words, "reply", f.Reply, "name", who.Name, "role", who.Title, "due", say.OnWeekday(f.Due.Start(i18n.Helsinki())),
		"link", d.link(language(f.Language), "/saavutettavuus"), "office", d.edition.Office.Name.In(f.Language), "region", d.edition.Region.Name.In(f.Language)}
	key := "mail.feedback." + string(now)
	text := say.T(key+".text", pairs...)
	if d.example() {
		text += "\n\n" + say.T("mail.example", pairs...)
	}
	return p.Outbox.Post(ctx, tx, mail.Letter{Region: f.Region, Purpose: feedback.Letters + string(now), Spark: f.ID, To: f.Email,
		Subject: say.T(key+".subject", pairs...), Text: text, Language: string(language(f.Language).Written()), Automatic: now == feedback.Open})
}

// feedbackWeek is the feedback that the law wants answered within a week of a
// Monday, what is late first.
type feedbackWeek struct {
	list  []feedback.Feedback
	count int
	today workday.Day
}

func weekOfFeedback(ctx context.Context, tx *store.Tx, region string, monday workday.Day) (w feedbackWeek, err error) {
	w.today = monday
	if w.count, err = feedback.DueCount(ctx, tx, region, monday+7); err == nil {
		w.list, err = feedback.DueBefore(ctx, tx, region, monday+7, listed)
	}
	return w, err
}

// write puts the week's feedback into a Monday letter: numbers and days, and of
// what was told nothing, since the letter stays when feedback is erased.
func (w feedbackWeek) write(b *strings.Builder, say *i18n.Printer, d desk) {
	if w.count == 0 {
		return
	}
	fmt.Fprintf(b, "%s\n", say.N("mail.monday.feedback", w.count))
	for _, f := range w.list {
		late := ""
		if f.Late(w.today) {
			late = say.T("mail.monday.feedback_late") + ", "
		}
		fmt.Fprintf(b, "– %s (%s%s)\n  %s\n", f.Code, late, say.DayMonth(f.Due.Start(i18n.Helsinki())), d.link(say.Lang(), "/toimisto/palaute/"+f.ID.String()))
	}
	if more := w.count - len(w.list); more > 0 {
		fmt.Fprintf(b, "– %s\n", say.N("mail.monday.more", more))
	}
	b.WriteString("\n")
}
