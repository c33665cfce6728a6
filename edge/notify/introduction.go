package notify

import (
	"cmp"
	"context"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/introduction"
	"kokko/region/address"
)

// introductionTold writes one letter of an introduction. What has come otherwise
// meanwhile is told no more. Contact details stand in one letter only, which goes to
// both when both have said yes.
func (p *Postman) introductionTold(ctx context.Context, job jobs.Job[introduction.ToldArgs]) error {
	args := job.Args
	d, err := p.desk(ctx, p.DB, args.Region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		x, err := introduction.One(ctx, tx, args.Region, args.Introduction)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		to := x.Of(args.To)
		if to.Email == "" || !toldStill(x, args) {
			return nil
		}
		if to.Address != 0 {
			a, err := address.ByID(ctx, tx, args.Region, to.Address)
			if err != nil && !fault.Is(err, fault.NotFound) || err == nil && !a.Reachable() {
				return err
			}
			if err == nil {
				to.Language = a.Language
			}
		}
		secret, err := introduction.Link(ctx, tx, args.Region, x.ID, args.To)
		if err != nil {
			return err
		}
		lang := language(to.Language)
		say, written := d.style.Speak(p.Texts.For(lang)), string(lang.Written())
		other, _ := x.Contacts(args.To)
		pairs := []any{"wanted", x.Wanted, "asker", x.Asker.Name, "message", x.Message, "remark", x.Remark, "broker", cmp.Or(x.Passer().Name, d.edition.Office.Name.In(written)), "link", d.link(lang, "/tutustuminen/"+secret),
			"a", x.Asker.Name, "a_email", x.Asker.Email, "b", cmp.Or(x.Other.Name, x.Other.Email), "b_email", x.Other.Email, "name", cmp.Or(other.Name, other.Email),
			"office", d.edition.Office.Name.In(written), "region", d.edition.Region.Name.In(written)}
		key := "mail.introduction." + string(args.News)
		switch args.News {
		case introduction.Would, introduction.Nudged, introduction.PassOn:
			key += "." + string(args.To.Kind())
		}
		if args.News == introduction.Would && args.To == introduction.Other && x.Message == "" {
			key = "mail.introduction.would.proposed"
		}
		parts := []string{say.T(key+".text", pairs...)}
		if args.News == introduction.PassOn {
			if before, ok := x.Before(args.To); ok && before.Name != "" {
				parts = append(parts, say.T("mail.introduction.from", "name", before.Name))
				if x.Remark != "" {
					parts = append(parts, say.T("mail.introduction.remark", pairs...))
				}
			}
			next, more, err := introduction.NextName(ctx, tx, x, args.To)
			if err != nil {
				return err
			}
			if next != "" {
				parts = append(parts, say.T("mail.introduction.next", "name", next))
			}
			if more {
				parts = append(parts, say.T("mail.introduction.why_hand", pairs...))
			} else if x.Broker.Officer == 0 {
				parts = append(parts, say.T("mail.introduction.why_you", pairs...))
			}
		}
		if x.Remark != "" && args.News == introduction.Would {
			parts = append(parts, say.T("mail.introduction.remark", pairs...))
		}
		parts = append(parts, say.T("mail.introduction.foot", pairs...))
		if d.example() {
			parts = append(parts, say.T("mail.example", pairs...))
		}
		l := mail.Letter{Region: args.Region, Purpose: introduction.Letters + string(args.News), Spark: x.ID, To: to.Email,
			Subject: say.T(key+".subject", pairs...), Text: strings.Join(parts, "\n\n"), Language: written, Automatic: true}
		return p.Outbox.Post(ctx, tx, l)
	})
}

// toldStill tells that a letter is still to be written.
func toldStill(x introduction.Introduction, args introduction.ToldArgs) bool {
	switch args.News {
	case introduction.Meet, introduction.HowWas:
		return x.State == introduction.Met
	case introduction.Naught:
		return x.State == introduction.Ended
	}
	return x.Waits() == args.To
}
