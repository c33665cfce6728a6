package notify

import (
	"context"
	"net/url"

	"kokko/ground/fault"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/journey/collision"
	"kokko/journey/event"
	"kokko/region/address"
)

// collisionTold writes the one letter that asks somebody who was at an event whether it
// may be known whom they met there. Whoever has left or answered meanwhile is not asked.
func (p *Postman) collisionTold(ctx context.Context, job jobs.Job[collision.ToldArgs]) error {
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
		g, ok, err := collision.Mine(ctx, tx, region, e.ID, job.Args.Address)
		if err != nil || !ok || !g.There || g.Met != "" {
			return err
		}
		a, err := address.ByID(ctx, tx, region, job.Args.Address)
		if err != nil || !a.Reachable() {
			return err
		}
		lang := language(a.Language)
		say := d.style.Speak(p.Texts.For(lang))
		t, _ := e.In(a.Language)
		return p.toPerson(ctx, tx, d, a, collision.Letters+"ask", "mail.collision.ask",
			"title", t.Title, "time", heldAt(say, e.Begins, e.Ends), "spark", d.link(lang, "/kipina?"+url.Values{"tapahtuma": {t.Title}}.Encode()))
	})
}
