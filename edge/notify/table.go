package notify

import (
	"context"
	"slices"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/journey/table"
	"kokko/region/address"
	"kokko/region/office"
)

// tableTold reminds somebody at a partnership table of its meeting or of their step.
// Whoever has left, or done it, is written to no more.
func (p *Postman) tableTold(ctx context.Context, job jobs.Job[table.ToldArgs]) error {
	region := job.Args.Region
	d, err := p.desk(ctx, p.DB, region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		t, err := table.One(ctx, tx, region, job.Args.Table)
		if fault.Is(err, fault.NotFound) || err == nil && !t.Open() {
			return nil
		}
		if err != nil {
			return err
		}
		people, err := table.People(ctx, tx, region, t.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(people, func(x table.Person) bool { return x.ID == job.Args.Person && x.Address != 0 })
		if i < 0 {
			return nil
		}
		a, err := address.ByID(ctx, tx, region, people[i].Address)
		if err != nil || !a.Reachable() {
			return err
		}
		lang := language(a.Language)
		x, _ := t.In(a.Language)
		said, err := p.tableNews(ctx, tx, job.Args, d.style.Speak(p.Texts.For(lang)))
		if err != nil || said == nil {
			return err
		}
		return p.toPerson(ctx, tx, d, a, table.Letters+string(job.Args.News), "mail.table."+string(job.Args.News),
			append(said, "title", x.Title, "link", d.link(lang, "/poyta/"+t.Slug))...)
	})
}

// tableNews is what a reminder says; nil when there is nothing to remind of any more.
func (p *Postman) tableNews(ctx context.Context, tx *store.Tx, args table.ToldArgs, say *i18n.Printer) ([]any, error) {
	if args.News == table.Soon {
		all, err := table.Meetings(ctx, tx, args.Region, args.Table)
		if err != nil || args.Meeting < 1 || args.Meeting > len(all) || !p.Clock.Now().Before(all[args.Meeting-1].Begins) {
			return nil, err
		}
		m := all[args.Meeting-1]
		return []any{"time", heldAt(say, m.Begins, m.Ends), "venue", m.Venue}, nil
	}
	all, err := table.Steps(ctx, tx, args.Region, args.Table)
	i := slices.IndexFunc(all, func(s table.Step) bool { return s.ID == args.Step && s.Person == args.Person })
	if err != nil || i < 0 || !all[i].Still(office.Today(p.Clock)) {
		return nil, err
	}
	return []any{"what", all[i].What, "day", say.Date(all[i].Day.Start(i18n.Helsinki()))}, nil
}
