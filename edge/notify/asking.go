package notify

import (
	"context"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/office"
	"kokko/region/trust"
)

// askingTold writes the one letter that asks somebody whether another may say that they
// would ask them. What was taken back meanwhile is asked no more.
func (p *Postman) askingTold(ctx context.Context, job jobs.Job[asking.ToldArgs]) error {
	args := job.Args
	d, err := p.desk(ctx, p.DB, args.Region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := asking.One(ctx, tx, args.Region, args.Naming)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil || n.State != asking.Waiting || n.Email == "" {
			return err
		}
		who, err := actor.PersonByID(ctx, tx, args.Region, n.Person)
		if err != nil {
			if fault.Is(err, fault.NotFound) {
				err = nil
			}
			return err
		}
		if a, err := address.ByEmail(ctx, tx, args.Region, n.Email); err == nil {
			if !a.Reachable() {
				return nil
			}
			n.Language = a.Language
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		secret, err := asking.Link(ctx, tx, args.Region, n.ID)
		if err != nil {
			return err
		}
		lang := language(n.Language)
		say, written := d.style.Speak(p.Texts.For(lang)), string(lang.Written())
		pairs := []any{"asker", who.Title, "named", n.Named, "topic", n.Topic, "link", d.link(lang, "/kysyisin/"+secret), "office", d.edition.Office.Name.In(written), "region", d.edition.Region.Name.In(written)}
		parts := []string{say.T("mail.asking.would.text", pairs...)}
		if d.example() {
			parts = append(parts, say.T("mail.example", pairs...))
		}
		return p.Outbox.Post(ctx, tx, mail.Letter{Region: args.Region, Purpose: asking.Letters + "would", Spark: n.ID, To: n.Email,
			Subject: say.T("mail.asking.would.subject", pairs...), Text: strings.Join(parts, "\n\n"), Language: written, Automatic: true})
	})
}

// askingInvited writes some of the letters that ask people to answer in a wave, and asks
// for the next ones.
func (p *Postman) askingInvited(ctx context.Context, job jobs.Job[asking.InvitedArgs]) error {
	args := job.Args
	d, err := p.desk(ctx, p.DB, args.Region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		w, err := asking.OneWave(ctx, tx, args.Region, args.Wave)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil || !w.Open(office.Today(p.Clock)) {
			return err
		}
		keys, err := trust.KeysIn(ctx, tx, args.Region)
		if err != nil {
			return err
		}
		some, more, err := asking.ToMail(ctx, tx, args.Region, w.ID, p.Clock.Now())
		if err != nil {
			return err
		}
		for _, i := range some {
			a, err := address.ByID(ctx, tx, args.Region, i.Address)
			if fault.Is(err, fault.NotFound) || err == nil && !a.Reachable() {
				continue
			}
			if err != nil {
				return err
			}
			lang := language(a.Language)
			say, written := d.style.Speak(p.Texts.For(lang)), string(lang.Written())
			t, _ := w.In(written)
			pairs := []any{"topic", t.Topic, "question", t.Question, "day", say.Date(w.Ends.Start(i18n.Helsinki())), "link", d.link(lang, "/kysyisin/kysely/"+asking.InviteSecret(keys, w.ID, a.ID)),
				"office", d.edition.Office.Name.In(written), "region", d.edition.Region.Name.In(written)}
			parts := []string{say.T("mail.asking.wave.text", pairs...), say.T("mail.asking.wave.foot", pairs...)}
			if t.Question != "" {
				parts = []string{parts[0], t.Question, parts[1]}
			}
			if d.example() {
				parts = append(parts, say.T("mail.example", pairs...))
			}
			if err := p.Outbox.Post(ctx, tx, mail.Letter{Region: args.Region, Purpose: asking.Letters + "wave", Spark: a.ID, To: a.Email,
				Subject: say.T("mail.asking.wave.subject", pairs...), Text: strings.Join(parts, "\n\n"), Language: written, Automatic: true}); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
		return asking.Invited.Enqueue(ctx, tx, args)
	})
}
