package spark

import (
	"context"
	"slices"
	"strconv"
	"unicode/utf8"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
)

// One spark that says several things becomes several. Each part is a spark of its
// own with the same bringer, whose one link opens them all; what the bringer wrote
// stays with the spark it was split from.

// How many parts one spark is split into.
const (
	LeastParts = 2
	MostParts  = 5
)

// Part is what the office writes of one part.
type Part struct {
	Title string // made of the text when empty
	Text  string
	Ring  bool // the ring goes on with this one; with the first where none is chosen
}

// Carry takes the ring round one spark over to another, both locked: into a part, or,
// when a split is taken back, into the whole again. some is false where there was none.
type Carry func(ctx context.Context, tx *store.Tx, from, to *Spark) (some bool, err error)

// Carrying has rings go along when a spark is split. It is said once, while everything
// is wired: rings stand on this package.
func (s *Service) Carrying(f Carry) { s.carry = f }

// carries takes a ring over, where there are rings at all.
func (w *work) carries(ctx context.Context, from, to *entry) (some bool, err error) {
	if w.carry == nil {
		return false, nil
	}
	return w.carry(ctx, w.tx, &from.Spark, &to.Spark)
}

// checkParts cleans the parts and leaves out the empty ones; each mistake names
// its field, "text2" of the second.
func checkParts(parts []Part) ([]Part, error) {
	var wrong fault.Many
	var all []Part
	for i, p := range parts {
		n := strconv.Itoa(i + 1)
		if huge(p.Text, MaxText) || huge(p.Title, MaxTitle) {
			wrong = append(wrong, tooLong("text"+n, p.Text+p.Title, MaxText))
			continue
		}
		p.Title, p.Text = CleanLine(p.Title), Clean(p.Text)
		if !visible(p.Title) && !visible(p.Text) {
			if p.Ring {
				wrong = append(wrong, fault.New(fault.Invalid, "split.ring.empty").On("ring"))
			}
			continue
		}
		if !visible(p.Text) {
			wrong = append(wrong, fault.New(fault.Invalid, "words.missing").On("text"+n))
		}
		if utf8.RuneCountInString(p.Text) > MaxText {
			wrong = append(wrong, tooLong("text"+n, p.Text, MaxText))
		}
		if utf8.RuneCountInString(p.Title) > MaxTitle {
			wrong = append(wrong, tooLong("title"+n, p.Title, MaxTitle))
		}
		if !visible(p.Title) {
			p.Title = FirstSentence(p.Text)
		}
		all = append(all, p)
	}
	if len(wrong) == 0 && len(all) < LeastParts {
		wrong = append(wrong, fault.New(fault.Invalid, "split.few").On("text"+strconv.Itoa(min(len(all)+1, LeastParts))))
	}
	if len(all) > MostParts {
		wrong = append(wrong, fault.New(fault.Invalid, "split.many").On("text1").With("max", MostParts))
	}
	if len(all) > 0 && !slices.ContainsFunc(all, func(p Part) bool { return p.Ring }) {
		all[0].Ring = true
	}
	return all, wrong.OrNil()
}

// Split makes sparks of the parts of one. Each has its bringer, its place, its tags
// and its promise; one of them has its ring. The one they came from is closed as split
// and leads to them.
func (s *Service) Split(ctx context.Context, a Act, parts []Part) (made []Spark, err error) {
	if parts, err = checkParts(parts); err != nil {
		return nil, err
	}
	once := func(ctx context.Context, tx *store.Tx) error {
		made = nil
		w := s.work(tx, a.Region)
		w.deed = a.as(DeedSplit).deed()
		own, err := w.take(ctx, a.Spark)
		if err != nil {
			return err
		}
		if a.Version != 0 && own.Version != a.Version+1 {
			return fault.New(fault.Conflict, "spark.changed")
		}
		c, err := w.cluster(ctx, own)
		if err != nil {
			return err
		}
		switch {
		case own.State == Withdrawn:
			return fault.New(fault.Gone, "spark.withdrawn")
		case own.MergedInto != 0:
			return fault.New(fault.Conflict, "spark.merged")
		case own.Held != "":
			return fault.New(fault.Conflict, "merge.held").With("code", own.Code)
		case !own.Open:
			return fault.New(fault.Conflict, "spark.closed")
		case len(c.members) > 0:
			return fault.New(fault.Conflict, "split.carries")
		}
		told := story.Beat{ID: w.ids.New(), Type: story.Split, Actor: story.Office, Officer: a.Officer.ID, Visibility: seenBy(&own.Spark, true)}
		for _, p := range parts {
			part, err := w.part(ctx, own, p)
			if err != nil {
				return err
			}
			part.beats = append(part.beats, story.Beat{Type: story.Part, Actor: story.Office, Officer: a.Officer.ID, Visibility: told.Visibility, Facts: story.Facts{Sparks: []ident.ID{own.ID}}})
			told.Facts.Sparks = append(told.Facts.Sparks, part.ID)
			if p.Ring && told.Facts.Into == 0 {
				some, err := w.carries(ctx, own, part)
				if err != nil {
					return err
				}
				if some {
					told.Facts.Into = part.ID
				}
			}
		}
		own.State, own.Closed = Split, w.now
		own.beats = append(own.beats, told)
		if err := w.finish(ctx); err != nil {
			return err
		}
		for _, e := range w.taken[1:] {
			made = append(made, e.Spark)
		}
		return nil
	}
	for range 4 { // twins of a code look again, as at a drop
		if err = s.db.Tx(ctx, once); !store.Exists(err) {
			break
		}
	}
	return made, err
}

// part stores a new spark made of a part of another one, with the same bringer.
func (w *work) part(ctx context.Context, of *entry, p Part) (*entry, error) {
	sp := Spark{
		Region: of.Region, ID: w.ids.New(), Kind: of.Kind, Title: p.Title, Text: p.Text, Language: of.Language, Place: of.Place, PlaceName: of.PlaceName,
		State: Sparking, Visibility: of.Visibility, Secret: of.Secret, Outside: of.Outside, Source: of.Source, EnteredBy: of.EnteredBy, Programme: of.Programme,
		Owner: of.Owner, Due: of.Due, Dropped: of.Dropped, Answered: of.Answered, Latest: w.now, People: 1, Waiting: of.Waiting, WaitingFrom: of.WaitingFrom,
		Version: 1, Challenge: of.Challenge, SplitFrom: of.ID, Tags: of.Tags,
	}
	sp.Code = ident.Code(sp.Region, sp.ID)
	sp.derive()
	if err := insert(ctx, w.tx, &sp); err != nil {
		return nil, err
	}
	for _, t := range sp.Tags {
		if _, err := w.tx.Exec(ctx, insertTag, w.region, int64(sp.ID), t.Kind, t.ID, sp.Listed); err != nil {
			return nil, err
		}
	}
	all, err := Bringers(ctx, w.tx, w.region, of.ID)
	if err != nil {
		return nil, err
	}
	for _, b := range all[of.ID] {
		if _, err := w.tx.Exec(ctx, insertBringer, w.region, int64(sp.ID), int64(b.ID), b.Name, b.Email, b.Phone, string(b.Contact), b.Language, clock.Micros(b.Owns)); err != nil {
			return nil, err
		}
	}
	e := w.hold(sp)
	e.before.ID = 0 // nothing was before
	return e, nil
}

const (
	selectParts  = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.split_from = $2 ORDER BY s.spark_id`
	selectFamily = `SELECT b.spark_id FROM bringers b JOIN sparks s ON s.region_id = b.region_id AND s.spark_id = b.spark_id
WHERE b.region_id = $1 AND b.bringer_id = $2 AND s.state <> 'withdrawn' AND s.state <> 'rejoined' ORDER BY b.spark_id`
	selectAlso = `SELECT COUNT(*) FROM bringers WHERE region_id = $1 AND spark_id = $2 AND bringer_id = $3`
)

// Parts reads what a spark was split into, the first first.
func Parts(ctx context.Context, from store.Source, region string, of ident.ID) ([]Spark, error) {
	list, err := many(ctx, from, selectParts, region, int64(of))
	if err != nil {
		return nil, err
	}
	return list, tag(ctx, from, region, list)
}

// familyOf lists the sparks of one bringer that were not taken away: one, unless it
// was split.
func familyOf(ctx context.Context, from store.Source, region string, bringer ident.ID) ([]ident.ID, error) {
	return store.Values[ident.ID](from.Query(ctx, selectFamily, region, int64(bringer)))
}

// parts is what an entry was split into and has not been taken away, in this work.
func (w *work) parts(ctx context.Context, of ident.ID) (all []ident.ID, err error) {
	list, err := many(ctx, w.tx, selectParts, w.region, int64(of))
	for _, sp := range list {
		if sp.State != Withdrawn {
			all = append(all, sp.ID)
		}
	}
	return all, err
}

// quiet is the beats that a part may have and still be taken back into what it was
// split from: nothing that its bringer was told or did, but what happened in its ring,
// which goes back with it, and what came of that.
func quiet(kind story.Type) bool {
	switch kind {
	case story.Part, story.Tagged, story.Placed, story.Noted, story.Questioned, story.Undone, story.Retitled,
		story.Offered, story.Joined, story.Parted, story.Sought, story.Committed, story.Kept, story.Moved, story.LetGo, story.Caught, story.Cooled:
		return true
	}
	return false
}

// undoSplit takes the parts back into the spark they came from, while nobody has
// been told anything about them. They stay as rows that lead to it and nothing more.
func (s *Service) undoSplit(ctx context.Context, a Act, d Done) error {
	_, err := s.clustered(ctx, a.Region, d.Spark, func(ctx context.Context, w *work, c *cluster, own *entry) error {
		if err := w.takeBack(ctx, d, d.Changes); err != nil {
			return err
		}
		if own != c.root || own.State != Split {
			return moved(Since{"state"})
		}
		ids, err := w.parts(ctx, own.ID)
		if err != nil {
			return err
		}
		made, err := story.One(ctx, w.tx, w.region, own.ID, d.joined(own.ID))
		if err != nil || len(made.Facts.Sparks) != len(ids) {
			return moved(Since{"parts"}) // one of them was taken away
		}
		// The ring's own part first: what others have got meanwhile is laid beside it.
		if i := slices.Index(ids, made.Facts.Into); i > 0 {
			ids = slices.Insert(slices.Delete(ids, i, i+1), 0, made.Facts.Into)
		}
		back := story.Beat{Type: story.Undone, Actor: story.Office, Officer: a.Officer.ID, Visibility: story.Parties, Facts: story.Facts{What: string(DeedSplit), Sparks: []ident.ID{own.ID}}}
		for _, id := range ids {
			part, err := w.take(ctx, id)
			if err != nil {
				return err
			}
			pc, err := w.cluster(ctx, part)
			if err != nil {
				return err
			}
			loud, err := w.loud(ctx, part)
			if err != nil {
				return err
			}
			if loud || part.MergedInto != 0 || len(pc.members) > 0 {
				return moved(Since{"parts"})
			}
			if _, err := w.carries(ctx, part, own); err != nil {
				return err
			}
			part.State, part.Closed = Rejoined, w.now
			part.beats = append(part.beats, back)
			if _, err := w.tx.Exec(ctx, forgetBringers, w.region, int64(id)); err != nil {
				return err
			}
		}
		told := back
		told.Facts.Sparks = nil
		for _, ch := range d.Changes {
			if ch.Spark == own.ID {
				if len(ch.Before) == 0 {
					return fault.New(fault.Gone, "act.erased")
				}
				if since := own.restore(c, ch); len(since) > 0 {
					return moved(since)
				}
				told.Corrects = ch.Beat
			}
		}
		own.derive()
		told.Visibility = seenBy(&own.Spark, true)
		own.beats = append(own.beats, told)
		return nil
	})
	return err
}

// loud tells that something was said about a part, or done by its bringer.
func (w *work) loud(ctx context.Context, part *entry) (bool, error) {
	for after := ident.ID(0); ; {
		beats, more, err := story.Of(ctx, w.tx, w.region, part.ID, story.InOffice, after)
		if err != nil {
			return false, err
		}
		for _, b := range beats {
			if after = b.ID; !quiet(b.Type) {
				return true, nil
			}
		}
		if !more {
			return false, nil
		}
	}
}
