package spark

import (
	"cmp"
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
	"kokko/region/trust"
)

// The bringer's verbs. Each acts through a private link, without an account.

// hand is a bringer at work through their link: their own spark, and the cluster
// it belongs to.
type hand struct {
	*work
	*cluster
	own *entry
	by  Bringer
}

// byLink runs a bringer's verb on the spark a link belongs to.
func (s *Service) byLink(ctx context.Context, region, secret string, do func(ctx context.Context, tx *store.Tx, h hand) ([]story.Beat, error)) (Spark, error) {
	id, _, _, err := linked(ctx, s.db, region, secret)
	if err != nil {
		return Spark{}, err
	}
	return s.clustered(ctx, region, id, func(ctx context.Context, w *work, c *cluster, own *entry) error {
		_, b, err := Linked(ctx, w.tx, region, secret) // again: it may have ended since
		if err != nil {
			return err
		}
		if own.State == Withdrawn {
			return fault.New(fault.Gone, "spark.withdrawn")
		}
		if own.State == Rejoined {
			return fault.New(fault.Gone, "split.rejoined")
		}
		beats, err := do(ctx, w.tx, hand{w, c, own, b})
		own.beats = append(own.beats, beats...)
		return err
	})
}

// Edit changes what the bringer wrote: text, title, place, themes, visibility.
// What the office added stays: its other tags, and its place while the bringer
// writes the same one. A beat says that it was edited, and which themes came and
// went; an edit that changes nothing tells nothing.
func (s *Service) Edit(ctx context.Context, region, secret string, p Promise, d Draft) (Spark, error) {
	return s.byLink(ctx, region, secret, func(ctx context.Context, tx *store.Tx, h hand) ([]story.Beat, error) {
		sp, b := &h.own.Spark, h.by
		if sp.State == Split {
			return nil, fault.New(fault.Conflict, "split.whole")
		}
		d.Name, d.Email, d.Phone, d.Contact, d.Language = b.Name, b.Email, b.Phone, b.Contact, sp.Language
		if err := d.Check(p); err != nil {
			return nil, err
		}
		before := *sp
		beats, err := s.weighAgain(ctx, tx, sp, b.Email, d.shown(), Draft{Text: sp.Text, Title: sp.Title, Name: b.Name, Place: sp.PlaceName}.shown())
		if err != nil {
			return nil, err
		}
		if d.Place != sp.PlaceName {
			sp.Place, _ = p.PlaceNamed(d.Place)
		}
		if d.Text != sp.Text {
			sp.Language = writtenIn(d.Text, sp.Language)
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
		if sp.Held != "" && before.Held == "" {
			if err := h.standAlone(ctx, h.cluster, h.own, story.Beat{Actor: story.Bringer}); err != nil {
				return nil, err
			}
		}
		return append([]story.Beat{{Type: story.Edited, Actor: story.Bringer, Visibility: story.Public, Facts: facts}}, beats...), h.reshown(ctx, before)
	})
}

// reshown has a cluster keep step with an edit: nobody's matter disappears because
// one of its bringers hides theirs, and no title outlives its bringer's wish.
func (h hand) reshown(ctx context.Context, before Spark) error {
	if h.own == h.root && h.own.Title != before.Title {
		h.title, h.titleOf = "", 0 // the bringer's own again
	}
	if h.own.ID == h.titleOf && !h.own.forAll() {
		h.untitle()
	}
	if !h.root.forAll() && slices.ContainsFunc(h.members, func(m *entry) bool { return m.forAll() }) {
		_, err := h.handOver(ctx, h.cluster, true)
		return err
	}
	return h.settle(ctx, h.cluster)
}

// Reply is the bringer's word to the office. public is the bringer's choice; on
// a spark the public may not read it is for the parties anyway, and so is what
// would have to wait for a look by the region's rules. It reopens the office's
// clock: the bringer waits again.
func (s *Service) Reply(ctx context.Context, region, secret, text string, public bool, p Promise) (Spark, error) {
	text, err := words(text, "words", true)
	if err != nil {
		return Spark{}, err
	}
	return s.byLink(ctx, region, secret, func(ctx context.Context, tx *store.Tx, h hand) ([]story.Beat, error) {
		if public && h.own.EnteredBy == 0 {
			v, err := s.verdict(ctx, tx, &h.own.Spark, h.by.Email, text, "")
			if err != nil {
				return nil, err
			}
			public = v.Ruling == trust.LetIn
		}
		return h.replied(ctx, text, public, p)
	})
}

// replied tells a bringer's word where their matter is carried on.
func (h hand) replied(ctx context.Context, text string, public bool, p Promise) ([]story.Beat, error) {
	h.own.Asked, h.root.Asked = time.Time{}, time.Time{}
	said := story.Beat{Type: story.Replied, Actor: story.Bringer, Visibility: seenBy(&h.own.Spark, public), Words: text}
	if len(h.members) == 0 {
		return []story.Beat{said}, h.wait(ctx, h.tx, &h.own.Spark, p)
	}
	if h.root.Open {
		due, err := h.replyDay(ctx, h.tx, h.region, p)
		if err != nil {
			return nil, err
		}
		h.waits(h.own, promise{h.now, due})
	}
	if err := h.settle(ctx, h.cluster); err != nil {
		return nil, err
	}
	if h.own == h.root {
		return []story.Beat{said}, nil
	}
	said.Facts.Via, said.Visibility = h.own.ID, story.Parties
	if public && h.own.forAll() && h.root.Listed {
		said.Visibility = story.Public
	}
	h.root.beats = append(h.root.beats, said)
	return nil, nil
}

// Mailed is a bringer's answer to a letter of ours that came back by mail.
type Mailed struct {
	Spark ident.ID
	Email string // it came from here, and our letter had gone here
	Text  string
	Lost  Lost
	// Also does more in the same transaction, nil for nothing; the beats it gives are
	// told as the bringer's.
	Also func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)
}

// ReplyByMail is Reply without the link: for the parties only, since a letter
// makes no choice. A NotFound fault when nobody with the address brings the spark
// any more.
func (s *Service) ReplyByMail(ctx context.Context, region string, m Mailed, p Promise) (Spark, error) {
	text, err := words(m.Text, "words", true)
	if err != nil {
		return Spark{}, err
	}
	return s.clustered(ctx, region, m.Spark, func(ctx context.Context, w *work, c *cluster, own *entry) error {
		all, err := Bringers(ctx, w.tx, region, m.Spark)
		if err != nil {
			return err
		}
		if own.State == Withdrawn || !slices.ContainsFunc(all[m.Spark], func(b Bringer) bool { return mail.SameMailbox(b.Email, m.Email) }) {
			return fault.New(fault.NotFound, "spark.none")
		}
		beats, err := hand{work: w, cluster: c, own: own}.replied(ctx, text, false, p)
		if err != nil {
			return err
		}
		if m.Also != nil {
			more, err := m.Also(ctx, w.tx, &own.Spark)
			if err != nil {
				return err
			}
			for _, b := range more {
				b.Actor = story.Bringer
				beats = append(beats, b)
			}
		}
		if lost, some := m.Lost.beat(); some {
			beats = append(beats, lost)
		}
		own.beats = append(own.beats, beats...)
		return err
	})
}

// Keep stores how the bringer is reached, and makes a spark that the office
// entered on their behalf their own. A new address is written to: anybody can type
// somebody else's.
func (s *Service) Keep(ctx context.Context, region, secret string, card Bringer) (Spark, error) {
	return s.byLink(ctx, region, secret, func(ctx context.Context, tx *store.Tx, h hand) ([]story.Beat, error) {
		sp, b := &h.own.Spark, h.by
		check := Draft{Text: "x", Name: card.Name, Email: card.Email, Phone: card.Phone, Contact: card.Contact, Language: b.Language}
		if err := check.Check(noPromise{}); err != nil {
			return nil, err
		}
		beats, err := s.weighAgain(ctx, tx, sp, check.Email, check.Name, b.Name)
		if err != nil {
			return nil, err
		}
		if check.Email != "" && check.Email != b.Email {
			if err := Addressed.Enqueue(ctx, tx, AddressedArgs{Region: region, Spark: sp.ID, Bringer: b.ID}); err != nil {
				return nil, err
			}
		}
		owns := b.Owns
		if owns.IsZero() {
			owns = s.clock.Now()
			beats = append(beats, story.Beat{Type: story.Owned, Actor: story.Bringer, Visibility: story.Parties})
		}
		if sp.Held != "" && h.own.before.Held == "" {
			if err := h.standAlone(ctx, h.cluster, h.own, story.Beat{Actor: story.Bringer}); err != nil {
				return nil, err
			}
		}
		_, err = tx.Exec(ctx, updateBringer, region, int64(b.ID), check.Name, check.Email, check.Phone, string(check.Contact), b.Language, clock.Micros(owns))
		if err != nil {
			return nil, err
		}
		return beats, h.recount(ctx, b.ID) // another address may be another person
	})
}

// Withdraw takes the spark away from every view but the office's, ends its links,
// removes the name and the contact details, and the letters to the bringer from
// the outbox, sent or not. With erase everything written about it goes too: its
// text, its pictures and files, what anybody said in its story (an answer may quote or name the bringer),
// what was agreed, every letter, and the office's Monday letters, which list
// titles; what happened and when stays in the story.
//
// A matter that others brought too goes on without this bringer: when theirs was
// the one that carried it, the oldest of the others carries it on. With erase
// their own words are erased wherever they stand, and of what the office said to
// all together whatever names or quotes them.
func (s *Service) Withdraw(ctx context.Context, region, secret string, erase bool) (Spark, error) {
	return s.byLink(ctx, region, secret, func(ctx context.Context, tx *store.Tx, h hand) ([]story.Beat, error) {
		if err := h.withdraw(ctx, h.cluster, h.own, erase); err != nil {
			return nil, err
		}
		return nil, h.withdrawParts(ctx, h.own, erase)
	})
}

// withdraw takes one spark away.
func (w *work) withdraw(ctx context.Context, c *cluster, own *entry, erase bool) error {
	sp := &own.Spark
	cards, err := Bringers(ctx, w.tx, w.region, own.ID)
	if err != nil {
		return err
	}
	named := names(Bringer{}, own.Spark)
	if all := cards[own.ID]; len(all) > 0 { // before anything is forgotten
		named = names(all[0], own.Spark)
	}
	told := story.Beat{Type: story.Withdrawn, Actor: story.Bringer, Visibility: story.Parties}
	if sp.Held != "" {
		told.Facts.Reasons = strings.Split(sp.Held, ",") // it waited: nobody needs a letter
	}
	switch {
	case own != c.root:
		if err := w.leave(ctx, c, own, story.Beat{Actor: story.Bringer}); err != nil {
			return err
		}
	case len(c.members) > 0:
		if _, err := w.handOver(ctx, c, false); err != nil {
			return err
		}
	}
	sp.State, sp.Held = Withdrawn, ""
	if err := trust.Forget(ctx, w.tx, w.region, arrival, sp.ID); err != nil {
		return err
	}
	if erase {
		if _, err := w.tx.Exec(ctx, eraseReports, w.region, int64(sp.ID)); err != nil {
			return err
		}
	}
	if err := w.lookedInto(ctx, w.tx, sp, looked{upTo: lastReport, outcome: OutcomeGone}); err != nil {
		return err
	}
	if _, err := w.tx.Exec(ctx, forgetBringers, w.region, int64(sp.ID)); err != nil {
		return err
	}
	if err := unnameFiles(ctx, w.tx, sp); err != nil {
		return err
	}
	if err := mail.Erase(ctx, w.tx, w.region, sp.ID, func(purpose string) bool { return erase || strings.HasPrefix(purpose, LetterToBringer) }); err != nil {
		return err
	}
	if erase { // these name sparks by their titles, and belong to none
		if err := mail.Erase(ctx, w.tx, w.region, 0, func(purpose string) bool { return purpose == MondayLetter || purpose == DayLetter }); err != nil {
			return err
		}
	}
	if err := mail.EraseSender(ctx, w.tx, w.region, sp.ID); err != nil {
		return err
	}
	if _, err := w.tx.Exec(ctx, endLinks, w.region, int64(sp.ID), clock.Micros(w.now)); err != nil {
		return err
	}
	if erase {
		if _, err := w.forget(ctx, own, story.Bringer, named); err != nil {
			return err
		}
		if err := w.forgetWhole(ctx, own, named); err != nil {
			return err
		}
	}
	own.beats = append(own.beats, told)
	return nil
}

// withdrawParts takes away also what a spark was split into, and that in turn.
func (w *work) withdrawParts(ctx context.Context, of *entry, erase bool) error {
	ids, err := w.parts(ctx, of.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, part, err := w.clusterOf(ctx, id)
		if err != nil {
			return err
		}
		if part.State == Withdrawn {
			continue
		}
		if err := w.withdraw(ctx, c, part, erase); err != nil {
			return err
		}
		if err := w.withdrawParts(ctx, part, erase); err != nil {
			return err
		}
	}
	return nil
}

// clusterOf is the cluster a spark belongs to now, and the spark in it.
func (w *work) clusterOf(ctx context.Context, id ident.ID) (*cluster, *entry, error) {
	own, err := w.take(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	root, err := w.take(ctx, cmp.Or(own.MergedInto, id))
	if err != nil {
		return nil, nil, err
	}
	c, err := w.cluster(ctx, root)
	return c, own, err
}

// forgetWhole erases also the text that a part was split from, and what was said
// and written of it then: the words of the part stand there too.
func (w *work) forgetWhole(ctx context.Context, part *entry, named func(string) bool) error {
	if part.SplitFrom == 0 {
		return nil
	}
	whole, err := w.take(ctx, part.SplitFrom)
	if err != nil {
		return err
	}
	if whole.State != Split {
		return nil
	}
	if err := mail.Erase(ctx, w.tx, w.region, whole.ID, func(string) bool { return true }); err != nil {
		return err
	}
	if _, err := w.forget(ctx, whole, story.Bringer, named); err != nil {
		return err
	}
	return w.forgetWhole(ctx, whole, named)
}

// recount counts anew the people of every matter that one bringer has a part in.
func (h hand) recount(ctx context.Context, bringer ident.ID) error {
	if err := h.settle(ctx, h.cluster); err != nil {
		return err
	}
	family, err := familyOf(ctx, h.tx, h.region, bringer)
	if err != nil {
		return err
	}
	for _, id := range family {
		if id == h.own.ID {
			continue
		}
		c, _, err := h.clusterOf(ctx, id)
		if err != nil {
			return err
		}
		if err := h.settle(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// LetterToBringer begins the purpose of every letter to a spark's bringer.
const LetterToBringer = "bringer."

// MondayLetter is the purpose of the office's weekly letter, which lists sparks.
const MondayLetter = "office.monday"

// DayLetter is the purpose of the office's morning letter of what is new in sparks.
const DayLetter = "office.talk"

// noPromise checks a contact card, which names nothing of a programme.
type noPromise struct{}

func (noPromise) PlaceNamed(string) (string, bool) { return "", false }
func (noPromise) HasTag(string, string) bool       { return false }
func (noPromise) ReplyWorkdays() int               { return 0 }
