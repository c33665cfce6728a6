package notify

import (
	"context"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/event"
	"kokko/region/address"
)

// eventTold writes one letter of what became of an event to somebody who has signed
// up. Whoever has left meanwhile, or whom no letters reach, is written to no more.
func (p *Postman) eventTold(ctx context.Context, job jobs.Job[event.ToldArgs]) error {
	region := job.Args.Region
	d, err := p.desk(ctx, p.DB, region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := event.One(ctx, tx, region, job.Args.Event)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		seat, err := event.SeatOf(ctx, tx, region, e.ID, job.Args.Address)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		a, err := address.ByID(ctx, tx, region, job.Args.Address)
		if err != nil {
			return err
		}
		called := !e.Cancelled.IsZero()
		late := job.Args.News == event.Soon && !p.Clock.Now().Before(e.Begins)
		if !a.Reachable() || late || job.Args.News != event.Moved && job.Args.News != event.Called && seat.State != event.Seated || called != (job.Args.News == event.Called) {
			return nil
		}
		own, err := address.Link(ctx, tx, a)
		if err != nil {
			return err
		}
		lang := language(a.Language)
		say := d.style.Speak(p.Texts.For(lang))
		t, _ := e.In(a.Language)
		pairs := []any{"title", t.Title, "time", eventTime(say, e), "venue", e.Venue, "link", d.link(lang, "/tapahtuma/"+e.ID.String()), "own", d.link(lang, "/minun/"+own),
			"office", d.edition.Office.Name.In(a.Language), "region", d.edition.Region.Name.In(a.Language)}
		key := "mail.event." + string(job.Args.News)
		text := say.T(key+".text", pairs...)
		if d.example() {
			text += "\n\n" + say.T("mail.example", pairs...)
		}
		// What is kept of the letter goes with the address.
		return p.Outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: event.Letters + string(job.Args.News), Spark: a.ID, To: a.Email,
			Subject: say.T(key+".subject", pairs...), Text: text, Language: string(lang.Written()), Automatic: true})
	})
}

// eventTime is when an event is held.
func eventTime(say *i18n.Printer, e event.Event) string {
	if workday.DayOf(e.Begins, i18n.Helsinki()) == workday.DayOf(e.Ends, i18n.Helsinki()) {
		return say.T("mail.event.hours", "day", say.WeekdayDate(e.Begins), "from", say.Time(e.Begins), "until", say.Time(e.Ends))
	}
	return say.T("mail.event.days", "from", say.DateTime(e.Begins), "until", say.DateTime(e.Ends))
}
