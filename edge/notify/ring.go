package notify

import (
	"context"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
	"kokko/region/office"
)

// ringTold writes one letter to somebody in a ring: that they are in or not, or about
// what they took upon themselves. Whoever has left meanwhile, or has done it, is written
// to no more.
func (p *Postman) ringTold(ctx context.Context, job jobs.Job[ring.ToldArgs]) error {
	args := job.Args
	d, err := p.desk(ctx, p.DB, args.Region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		at, err := ring.At(ctx, tx, args.Region, args.Spark) // it may have gone on elsewhere since
		if err != nil {
			return err
		}
		if at != args.Spark && (args.News == ring.Split || args.News == ring.Whole) {
			return nil // another letter tells of that
		}
		sp, err := spark.ByID(ctx, tx, args.Region, at)
		if err != nil || sp.State == spark.Withdrawn {
			return err
		}
		var c ring.Commitment
		if args.Commitment != 0 {
			c, err = ring.Taken(ctx, tx, args.Region, sp.ID, args.Commitment)
			if fault.Is(err, fault.NotFound) || err == nil && !args.Still(c, p.Clock.Now(), office.Today(p.Clock)) || !sp.Open && sp.MergedInto == 0 {
				return nil
			}
			if err != nil {
				return err
			}
		}
		if args.Member == 0 {
			return p.ringBringer(ctx, tx, d, sp, args, c)
		}
		m, err := ring.One(ctx, tx, args.Region, sp.ID, args.Member)
		if fault.Is(err, fault.NotFound) || err == nil && m.Address == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		a, err := address.ByID(ctx, tx, args.Region, m.Address)
		if err != nil || !a.Reachable() {
			return err
		}
		own, err := address.Link(ctx, tx, a)
		if err != nil {
			return err
		}
		lang := language(a.Language)
		l := p.ringLetter(d, sp, args, c, lang, "/minun/"+own)
		l.Spark, l.To = a.ID, a.Email // what is kept of the letter goes with the address
		return p.Outbox.Post(ctx, tx, l)
	})
}

// ringBringer writes to a spark's bringer of their own step.
func (p *Postman) ringBringer(ctx context.Context, tx *store.Tx, d desk, sp spark.Spark, args ring.ToldArgs, c ring.Commitment) error {
	all, err := spark.Bringers(ctx, tx, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	for _, b := range all[sp.ID] {
		if b.Email == "" || b.Contact == spark.NotMe {
			continue
		}
		secret, err := spark.NewLink(ctx, tx, sp.Region, sp.ID, b.ID, clock.Micros(p.Clock.Now()))
		if err != nil {
			return err
		}
		l := p.ringLetter(d, sp, args, c, language(b.Language), "/oma/"+secret+"/rinki")
		l.Purpose, l.Spark, l.To = spark.LetterToBringer+"ring_"+string(args.News), sp.ID, b.Email
		if err := p.Outbox.Post(ctx, tx, l); err != nil {
			return err
		}
	}
	return nil
}

func (p *Postman) ringLetter(d desk, sp spark.Spark, args ring.ToldArgs, c ring.Commitment, lang i18n.Language, own string) mail.Letter {
	say, written := d.style.Speak(p.Texts.For(lang)), string(lang.Written())
	pairs := []any{"title", sp.Title, "what", c.What, "day", onDay(say, c.Day), "link", d.link(lang, "/kipina/"+sp.Code+"/rinki"), "own", d.link(lang, own),
		"office", d.edition.Office.Name.In(written), "region", d.edition.Region.Name.In(written)}
	key := "mail.ring." + string(args.News)
	text := say.T(key+".text", pairs...)
	if d.example() {
		text += "\n\n" + say.T("mail.example", pairs...)
	}
	return mail.Letter{Region: sp.Region, Purpose: ring.Letters + string(args.News), Subject: say.T(key+".subject", pairs...), Text: text, Language: written, Automatic: true}
}

func onDay(say *i18n.Printer, d workday.Day) string {
	if d == 0 {
		return ""
	}
	return say.WeekdayDate(d.Start(i18n.Helsinki()))
}

// ringBeat tells a beat of a ring that a bringer hears of, and by which letter; "" for
// any other beat, and for what they did themselves.
func ringBeat(b story.Beat) string {
	switch b.Type {
	case story.Offered, story.Joined, story.Committed, story.Kept, story.LetGo:
		if b.Actor != story.Bringer {
			return "ring_" + string(b.Type)
		}
	}
	return ""
}
