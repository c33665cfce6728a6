package spark

import (
	"context"
	"slices"
	"strings"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/story"
)

// The bringer's verbs. Each acts through a private link, without an account.

// byLink runs a bringer's verb on the spark a link belongs to.
func (s *Service) byLink(ctx context.Context, region, secret string, do func(ctx context.Context, tx *store.Tx, sp *Spark, b *Bringer) ([]story.Beat, error)) (Spark, error) {
	id, _, _, err := linked(ctx, s.db, region, secret)
	if err != nil {
		return Spark{}, err
	}
	return s.change(ctx, region, id, 0, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		_, b, err := Linked(ctx, tx, region, secret) // again: it may have ended since
		if err != nil {
			return nil, err
		}
		if sp.State == Withdrawn {
			return nil, fault.New(fault.Gone, "spark.withdrawn")
		}
		return do(ctx, tx, sp, &b)
	})
}

// Edit changes what the bringer wrote: text, title, place, themes, visibility.
// What the office added stays: its other tags, and its place while the bringer
// writes the same one. A beat says that it was edited, and which themes came and
// went; an edit that changes nothing tells nothing.
func (s *Service) Edit(ctx context.Context, region, secret string, p Promise, d Draft) (Spark, error) {
	return s.byLink(ctx, region, secret, func(ctx context.Context, tx *store.Tx, sp *Spark, b *Bringer) ([]story.Beat, error) {
		d.Name, d.Email, d.Phone, d.Contact, d.Language = b.Name, b.Email, b.Phone, b.Contact, sp.Language
		if err := d.Check(p); err != nil {
			return nil, err
		}
		before := *sp
		if d.Place != sp.PlaceName {
			sp.Place, _ = p.PlaceNamed(d.Place)
		}
		sp.Kind, sp.Title, sp.Text, sp.PlaceName = d.Kind, d.Title, d.Text, d.Place
		sp.Visibility, sp.Secret = d.Visibility, d.Secret
		tags := sp.Tags[:0:0]
		for _, t := range sp.Tags {
			if t.Kind != "theme" {
				tags = append(tags, t)
			}
		}
		for _, t := range d.Themes {
			tags = append(tags, Tag{"theme", t})
		}
		sp.Tags = sorted(tags)
		facts := story.Facts{}
		facts.Added, facts.Removed = differ(before.Tags, sp.Tags)
		if sp.Kind == before.Kind && sp.Title == before.Title && sp.Text == before.Text && sp.PlaceName == before.PlaceName && sp.Place == before.Place &&
			sp.Visibility == before.Visibility && sp.Secret == before.Secret && len(facts.Added)+len(facts.Removed) == 0 {
			return nil, nil
		}
		return []story.Beat{{Type: story.Edited, Actor: story.Bringer, Visibility: story.Public, Facts: facts}}, nil
	})
}

// Reply is the bringer's word to the office. public is the bringer's choice; on
// a spark the public may not read it is for the parties anyway. It reopens the
// office's clock: the bringer waits again.
func (s *Service) Reply(ctx context.Context, region, secret, text string, public bool, p Promise) (Spark, error) {
	text, err := words(text, "words", true)
	if err != nil {
		return Spark{}, err
	}
	return s.byLink(ctx, region, secret, func(ctx context.Context, tx *store.Tx, sp *Spark, b *Bringer) ([]story.Beat, error) {
		return s.replied(ctx, tx, sp, text, public, p)
	})
}

func (s *Service) replied(ctx context.Context, tx *store.Tx, sp *Spark, text string, public bool, p Promise) ([]story.Beat, error) {
	if err := s.wait(ctx, tx, sp, p); err != nil {
		return nil, err
	}
	sp.Asked = time.Time{}
	return []story.Beat{{Type: story.Replied, Actor: story.Bringer, Visibility: seenBy(sp, public), Words: text}}, nil
}

// Mailed is a bringer's answer to a letter of ours that came back by mail.
type Mailed struct {
	Spark ident.ID
	Email string // it came from here, and our letter had gone here
	Text  string
	Lost  Lost
	// Also does more in the same transaction, nil for nothing.
	Also func(ctx context.Context, tx *store.Tx, sp Spark) error
}

// ReplyByMail is Reply without the link: for the parties only, since a letter
// makes no choice. A NotFound fault when nobody with the address brings the spark
// any more.
func (s *Service) ReplyByMail(ctx context.Context, region string, m Mailed, p Promise) (Spark, error) {
	text, err := words(m.Text, "words", true)
	if err != nil {
		return Spark{}, err
	}
	return s.change(ctx, region, m.Spark, 0, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		all, err := Bringers(ctx, tx, region, m.Spark)
		if err != nil {
			return nil, err
		}
		if sp.State == Withdrawn || !slices.ContainsFunc(all[m.Spark], func(b Bringer) bool { return mail.SameMailbox(b.Email, m.Email) }) {
			return nil, fault.New(fault.NotFound, "spark.none")
		}
		if m.Also != nil {
			if err := m.Also(ctx, tx, *sp); err != nil {
				return nil, err
			}
		}
		beats, err := s.replied(ctx, tx, sp, text, false, p)
		if lost, some := m.Lost.beat(); some {
			beats = append(beats, lost)
		}
		return beats, err
	})
}

// Keep stores how the bringer is reached, and makes a spark that the office
// entered on their behalf their own.
func (s *Service) Keep(ctx context.Context, region, secret string, card Bringer) (Spark, error) {
	return s.byLink(ctx, region, secret, func(ctx context.Context, tx *store.Tx, sp *Spark, b *Bringer) ([]story.Beat, error) {
		check := Draft{Text: "x", Name: card.Name, Email: card.Email, Phone: card.Phone, Contact: card.Contact, Language: b.Language}
		if err := check.Check(noPromise{}); err != nil {
			return nil, err
		}
		var beats []story.Beat
		owns := b.Owns
		if owns.IsZero() {
			owns = s.clock.Now()
			beats = append(beats, story.Beat{Type: story.Owned, Actor: story.Bringer, Visibility: story.Parties})
		}
		_, err := tx.Exec(ctx, updateBringer, region, int64(sp.ID), int64(b.ID), check.Name, check.Email, check.Phone, string(check.Contact), b.Language, clock.Micros(owns))
		return beats, err
	})
}

// Withdraw takes the spark away from every view but the office's, ends its links,
// removes the name and the contact details, and the letters to the bringer from
// the outbox, sent or not. With erase everything written about it goes too: its
// text, what anybody said in its story (an answer may quote or name the bringer),
// what was agreed, every letter, and the office's Monday letters, which list
// titles; what happened and when stays in the story.
func (s *Service) Withdraw(ctx context.Context, region, secret string, erase bool) (Spark, error) {
	return s.byLink(ctx, region, secret, func(ctx context.Context, tx *store.Tx, sp *Spark, b *Bringer) ([]story.Beat, error) {
		sp.State = Withdrawn
		now := clock.Micros(s.clock.Now())
		if _, err := tx.Exec(ctx, forgetBringers, region, int64(sp.ID)); err != nil {
			return nil, err
		}
		if err := mail.Erase(ctx, tx, region, sp.ID, func(purpose string) bool { return erase || strings.HasPrefix(purpose, LetterToBringer) }); err != nil {
			return nil, err
		}
		if erase { // the Monday letters name sparks by their titles, and belong to none
			if err := mail.Erase(ctx, tx, region, 0, func(purpose string) bool { return purpose == MondayLetter }); err != nil {
				return nil, err
			}
		}
		if err := mail.EraseSender(ctx, tx, region, sp.ID); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, endLinks, region, int64(sp.ID), now); err != nil {
			return nil, err
		}
		if erase {
			sp.Title, sp.Text, sp.PlaceName, sp.Doers = "", "", "", 0
			if _, err := tx.Exec(ctx, eraseMeasures, region, int64(sp.ID)); err != nil {
				return nil, err
			}
			told := story.Beat{Region: region, Spark: sp.ID, ID: s.ids.New(), Actor: story.Bringer, At: s.clock.Now(), Visibility: story.InOffice}
			if n, err := story.EraseWords(ctx, tx, told, story.Bringer, story.Office, story.Kokko); err != nil {
				return nil, err
			} else if n > 0 {
				sp.Beats++
				if err := Told.Enqueue(ctx, tx, ToldArgs{Region: region, Spark: sp.ID, Beat: told.ID}); err != nil {
					return nil, err
				}
			}
		}
		return []story.Beat{{Type: story.Withdrawn, Actor: story.Bringer, Visibility: story.Parties}}, nil
	})
}

// LetterToBringer begins the purpose of every letter to a spark's bringer.
const LetterToBringer = "bringer."

// MondayLetter is the purpose of the office's weekly letter, which lists sparks.
const MondayLetter = "office.monday"

// noPromise checks a contact card, which names nothing of a programme.
type noPromise struct{}

func (noPromise) PlaceNamed(string) (string, bool) { return "", false }
func (noPromise) HasTag(string, string) bool       { return false }
func (noPromise) ReplyWorkdays() int               { return 0 }
