package notify

import (
	"context"
	"slices"
	"strings"

	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
)

// hearer is one person a beat is told to, with the spark that is theirs: the one
// the beat is about, or one that was joined to it.
type hearer struct {
	spark.Bringer
	own spark.Spark
}

// hearers finds who hears of a beat: everybody who brought the matter, each once
// however many sparks they brought it in. with is the sparks that were joined to
// sp when it was told.
func (p *Postman) hearers(ctx context.Context, tx *store.Tx, sp spark.Spark, beat story.Beat, with []ident.ID) (all []hearer, err error) {
	ids := append([]ident.ID{sp.ID}, with...)
	switch beat.Type {
	case story.Merged: // told where they were joined; their own stories say so too
		ids = beat.Facts.Sparks
	case story.Unmerged:
		if ids = beat.Facts.Sparks; beat.Actor == story.Bringer {
			return nil, nil // who left knows it
		}
	case story.LeftOut, story.Held, story.Approved: // of one letter, or one spark alone, for its writer
		ids = ids[:1]
	case story.Corrected:
		if ids, err = p.heard(ctx, tx, sp, beat.Corrects, ids); err != nil {
			return nil, err
		}
	}
	sparks, err := spark.ByIDs(ctx, tx, sp.Region, ids...)
	if err != nil {
		return nil, err
	}
	bringers, err := spark.Bringers(ctx, tx, sp.Region, ids...)
	if err != nil {
		return nil, err
	}
	var written []string
	for _, id := range ids {
		own, ok := sparks[id]
		if !ok || own.State == spark.Withdrawn {
			continue
		}
		for _, b := range bringers[id] {
			if b.Email == "" || b.Contact == spark.NotMe && beat.Type != story.Dropped && !receipt(sp, beat) || slices.Contains(written, b.Email) {
				continue
			}
			written = append(written, b.Email)
			all = append(all, hearer{b, own})
		}
	}
	return all, nil
}

// heard keeps those who could read the beat that is corrected: nobody is told of a
// mistake in what was never said to them.
func (p *Postman) heard(ctx context.Context, tx *store.Tx, sp spark.Spark, corrected ident.ID, ids []ident.ID) (all []ident.ID, err error) {
	sparks, err := spark.ByIDs(ctx, tx, sp.Region, ids...)
	if err != nil {
		return nil, err
	}
	beat, err := story.One(ctx, tx, sp.Region, sp.ID, corrected)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		own, ok := sparks[id]
		if !ok {
			continue
		}
		r, err := spark.Read(ctx, tx, own, story.Parties)
		if err != nil {
			return nil, err
		}
		if id == sp.ID || r.Reads(beat) {
			all = append(all, id)
		}
	}
	return all, nil
}

// partsOf is what a spark was split into, for the letter that tells of it.
func (p *Postman) partsOf(ctx context.Context, tx *store.Tx, sp spark.Spark, beat story.Beat) ([]spark.Spark, error) {
	if beat.Type != story.Split {
		return nil, nil
	}
	all, err := spark.Parts(ctx, tx, sp.Region, sp.ID)
	return slices.DeleteFunc(all, func(part spark.Spark) bool {
		return !slices.Contains(beat.Facts.Sparks, part.ID) || part.State == spark.Withdrawn
	}), err
}

// partLines names parts, a line each, and which of them has the ring.
func partLines(say *i18n.Printer, beat story.Beat, parts []spark.Spark) string {
	var lines []string
	for _, part := range parts {
		line := part.Code + ": " + part.Title
		if part.ID == beat.Facts.Into {
			line += " (" + say.T("mail.bringer.split.ring") + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// wordless tells a beat whose letter would have nothing to say, because the words
// were erased before it was written.
func wordless(beat story.Beat) bool {
	switch beat.Type {
	case story.Answered, story.Asked, story.DueMoved, story.Closed, story.Reopened, story.Talked, story.Corrected, story.Replied:
		return !beat.HasWords
	case story.Held:
		return beat.Actor == story.Office && !beat.HasWords
	}
	return false
}
