package notify

import (
	"context"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
)

// What is said beneath a spark is told without its words: they are read where they can
// be changed and taken away.

// spoken reads the comment a beat tells of, and by which address it was said; ok is
// false when there is nothing to tell: it was taken away, or taken down, meanwhile.
func (p *Postman) spoken(ctx context.Context, tx *store.Tx, beat story.Beat) (c comment.Comment, email string, ok bool, err error) {
	c, err = comment.One(ctx, tx, beat.Region, beat.Spark, beat.Facts.Comment)
	if fault.Is(err, fault.NotFound) || err == nil && c.State != comment.Shown {
		return c, "", false, nil
	}
	if err != nil || c.Kind != comment.Person {
		return c, "", err == nil, err
	}
	a, err := address.ByID(ctx, tx, beat.Region, c.Author)
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return c, a.Email, err == nil, err
}

// unheard tells a comment that the bringers do not hear of by a letter: they said it
// themselves, they asked not to, or it is gone; by is the address it was said by.
func (p *Postman) unheard(ctx context.Context, tx *store.Tx, sp spark.Spark, beat story.Beat) (key, by string, unheard bool, err error) {
	if beat.Type != story.Commented || beat.Actor == story.Bringer {
		return "", "", beat.Type == story.Commented, nil
	}
	c, by, ok, err := p.spoken(ctx, tx, beat)
	if err != nil || !ok || !sp.Listed {
		return "", by, true, err
	}
	talks, err := comment.Talks(ctx, tx, sp.Region, sp.ID)
	if err != nil {
		return "", by, true, err
	}
	key = "commented"
	if c.Unanswered {
		key = "commented_question"
	}
	hears := talks[sp.ID].Hears
	return key, by, hears == comment.Never || hears == comment.Daily && !c.Unanswered, nil
}

// saidBy finds which person said what a beat tells of, 0 for nobody in particular, and
// whether it is still to be read.
func saidBy(ctx context.Context, from store.Source, b story.Beat) (who ident.ID, read bool, err error) {
	c, err := comment.One(ctx, from, b.Region, b.Spark, b.Facts.Comment)
	if fault.Is(err, fault.NotFound) {
		return 0, false, nil
	}
	if err == nil && c.Kind == comment.Person {
		who = c.Author
	}
	return who, err == nil && c.State == comment.Shown, err
}

// themselves tells that a letter would go to who said it.
func themselves(by, email string) bool { return by != "" && mail.SameMailbox(by, email) }
