package notify

import (
	"context"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/jobs"
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
		lang := language(a.Language)
		say := d.style.Speak(p.Texts.For(lang))
		t, _ := e.In(a.Language)
		return p.toPerson(ctx, tx, d, a, event.Letters+string(job.Args.News), "mail.event."+string(job.Args.News),
			"title", t.Title, "time", heldAt(say, e.Begins, e.Ends), "venue", e.Venue, "link", d.link(lang, "/tapahtuma/"+e.ID.String()))
	})
}

// heldAt is when an event or a meeting is held.
func heldAt(say *i18n.Printer, begins, ends time.Time) string {
	if workday.DayOf(begins, i18n.Helsinki()) == workday.DayOf(ends, i18n.Helsinki()) {
		return say.T("mail.event.hours", "day", say.WeekdayDate(begins), "from", say.Time(begins), "until", say.Time(ends))
	}
	return say.T("mail.event.days", "from", say.DateTime(begins), "until", say.DateTime(ends))
}
