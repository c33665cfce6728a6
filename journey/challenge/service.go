package challenge

import (
	"context"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/audit"
	"kokko/region/office"
)

// Service is the office's verbs on its questions. Each is one transaction; what
// each role may do is region/office's table, kept by the edge.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service {
	return &Service{db: db, clock: c, ids: ids}
}

// Make stores a new draft, in the call's original language and those it was also
// written in.
func (s *Service) Make(ctx context.Context, region string, call Call, d Draft) (Challenge, error) {
	original := string(call.Tongues()[0])
	if err := d.check(call, original).OrNil(); err != nil {
		return Challenge{}, err
	}
	c := Challenge{Region: region, ID: s.ids.New(), Language: original, Texts: d.Texts, Opens: d.Opens, Closes: d.Closes, Themes: d.Themes, Made: s.clock.Now(), Version: 1}
	err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := put(ctx, tx, &c, nil); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.QuestionMade, region, c.ID)
	})
	return c, err
}

// note writes what was done into the office's log, in the transaction of the act.
func (s *Service) note(ctx context.Context, tx *store.Tx, what audit.What, region string, id ident.ID) error {
	return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), What: what, About: audit.About{Thing: audit.Question, Key: id.String()}})
}

// Act is the common part of a verb on a question that exists.
type Act struct {
	Region    string
	Challenge ident.ID
	Version   int64 // the version the officer saw; 0 acts on whatever is there
}

// change is one verb: it locks the question, lets do alter it, and stores it.
func (s *Service) change(ctx context.Context, a Act, what audit.What, do func(c *Challenge, today workday.Day, now time.Time) error) (c Challenge, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if c, err = s.take(ctx, tx, a); err != nil {
			return err
		}
		before := maps.Clone(c.Texts)
		if err := do(&c, office.Today(s.clock), s.clock.Now()); err != nil {
			return err
		}
		if err := put(ctx, tx, &c, before); err != nil {
			return err
		}
		return s.note(ctx, tx, what, a.Region, a.Challenge)
	})
	return c, err
}

// take locks a question and reads it; a Conflict when it is another version than
// the officer saw.
func (s *Service) take(ctx context.Context, tx *store.Tx, a Act) (Challenge, error) {
	if _, err := tx.Exec(ctx, takeVersion, a.Region, int64(a.Challenge)); err != nil {
		return Challenge{}, err
	}
	c, err := One(ctx, tx, a.Region, a.Challenge)
	if err == nil && a.Version != 0 && c.Version != a.Version+1 {
		err = fault.New(fault.Conflict, "challenge.changed")
	}
	return c, err
}

// Change stores a question as it is now written. What everybody has read may still
// be mended, and its last day moved, but not into the past; its first day stays
// once it has come. A closed question does not change.
func (s *Service) Change(ctx context.Context, a Act, call Call, d Draft) (Challenge, error) {
	return s.change(ctx, a, audit.QuestionChanged, func(c *Challenge, today workday.Day, now time.Time) error {
		state := c.State(today)
		if state == Closed {
			return fault.New(fault.Conflict, "challenge.closed")
		}
		wrong := d.check(call, c.Language)
		if state != Drafted {
			wrong = append(wrong, timely(d.Opens, d.Closes, c.Closes, today)...)
			if state != Coming && d.Opens != c.Opens {
				wrong = append(wrong, fault.New(fault.Invalid, "challenge.opened").On("opens"))
			}
		}
		if err := wrong.OrNil(); err != nil {
			return err
		}
		c.Texts, c.Opens, c.Closes, c.Themes = d.Texts, d.Opens, d.Closes, d.Themes
		if state != Drafted {
			c.Changed = now
		}
		return nil
	})
}

// timely tells what is wrong with the days of a question everybody sees; was is
// the last day it had, which may have passed.
func timely(opens, closes, was, today workday.Day) (wrong fault.Many) {
	if opens == 0 {
		wrong = append(wrong, fault.New(fault.Invalid, "day.missing").On("opens"))
	}
	switch {
	case closes == 0:
		wrong = append(wrong, fault.New(fault.Invalid, "day.missing").On("closes"))
	case closes < today && closes != was:
		wrong = append(wrong, fault.New(fault.Invalid, "challenge.closes.past").On("closes"))
	}
	return wrong
}

// Publish shows a draft to everybody. A first day that has passed becomes today:
// nobody could answer before.
func (s *Service) Publish(ctx context.Context, a Act) (Challenge, error) {
	return s.change(ctx, a, audit.QuestionPublished, func(c *Challenge, today workday.Day, now time.Time) error {
		if c.Seen() {
			return fault.New(fault.Conflict, "challenge.published")
		}
		if err := timely(c.Opens, c.Closes, 0, today).OrNil(); err != nil {
			return err
		}
		c.Opens, c.Out = max(c.Opens, today), now
		return nil
	})
}

// Close is the end of a question.
type Close struct {
	Outcome map[string]string // what came of it, by language; the original must be said
	Taken   []ident.ID        // the sparks taken on
}

// Close tells what came of a question, and ends it when its last day has not come
// yet. Closing a closed one sets right what was told.
func (s *Service) Close(ctx context.Context, a Act, end Close) (Challenge, error) {
	return s.change(ctx, a, audit.QuestionClosed, func(c *Challenge, today workday.Day, now time.Time) error {
		switch c.State(today) {
		case Drafted, Coming:
			return fault.New(fault.Conflict, "challenge.not_opened")
		}
		var wrong fault.Many
		said := maps.Clone(c.Texts)
		for lang, t := range said {
			t.Outcome = office.Lines(end.Outcome[lang])
			if n := utf8.RuneCountInString(t.Outcome); n > MaxOutcome {
				wrong = append(wrong, fault.New(fault.Invalid, "too_long").On("outcome."+lang).With("max", MaxOutcome).With("now", n))
			}
			said[lang] = t
		}
		if said[c.Language].Outcome == "" {
			wrong = append(wrong, fault.New(fault.Invalid, "challenge.outcome.missing").On("outcome."+c.Language))
		}
		taken := slices.Clone(end.Taken)
		slices.Sort(taken)
		if taken = slices.Compact(taken); len(taken) > MaxTaken {
			wrong = append(wrong, fault.New(fault.Invalid, "challenge.taken.many").On("taken").With("max", MaxTaken))
		}
		if err := wrong.OrNil(); err != nil {
			return err
		}
		c.Texts, c.Taken, c.Closes = said, taken, min(c.Closes, today)
		if c.Ended.IsZero() {
			c.Ended = now
		} else {
			c.Changed = now
		}
		return nil
	})
}

// Withdraw takes away a draft, and a question whose first day has not come: no
// spark can have answered either.
func (s *Service) Withdraw(ctx context.Context, a Act) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := s.take(ctx, tx, a)
		if err != nil {
			return err
		}
		switch c.State(office.Today(s.clock)) {
		case Drafted, Coming:
		default:
			return fault.New(fault.Conflict, "challenge.opened")
		}
		if _, err := tx.Exec(ctx, deleteTexts, a.Region, int64(a.Challenge)); err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, deleteChallenge, a.Region, int64(a.Challenge)); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.QuestionWithdrawn, a.Region, a.Challenge)
	})
}

// Answerable tells whether a spark dropped on a day may answer a question: it
// must be open in this region. The fault says which of the two is wrong.
func Answerable(ctx context.Context, from store.Source, region string, id ident.ID, on workday.Day) error {
	c, err := One(ctx, from, region, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return fault.New(fault.Invalid, "challenge.none").On("challenge").Because(err)
	case err != nil:
		return err
	case c.State(on) == Drafted: // as if there were none: it is not for everybody to know of
		return fault.New(fault.Invalid, "challenge.none").On("challenge")
	case c.State(on) != Open:
		return fault.New(fault.Invalid, "challenge.not_open").On("challenge")
	}
	return nil
}
