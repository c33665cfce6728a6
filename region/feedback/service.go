package feedback

import (
	"context"
	"unicode/utf8"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/region/audit"
	"kokko/region/office"
)

// Letters is how the purposes of letters to a giver begin.
const Letters = "feedback."

// Told asks for the letters that a step of some feedback calls for. Its answer is
// read when the letter is written: what was erased by then is written to nobody.
var Told = jobs.Kind[ToldArgs]{Name: "feedback.told"}

// ToldArgs names the feedback and what happened to it: Open when it came, Answered
// when it was answered.
type ToldArgs struct {
	Region   string   `json:"region"`
	Feedback ident.ID `json:"feedback"`
	Now      State    `json:"now"`
}

// Service is the verbs on feedback. Each is one transaction.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service {
	return &Service{db: db, clock: c, ids: ids}
}

// Receipt is what a giver gets: their feedback, and the secret that opens and
// erases it.
type Receipt struct {
	Feedback
	Secret string
}

// Give takes feedback in. once is a secret that the form was shown with and becomes
// the giver's own: the same form sent twice is taken in once. also runs in the same
// transaction.
func (s *Service) Give(ctx context.Context, region string, g Given, once string, also ...func(ctx context.Context, tx *store.Tx, f Feedback) error) (r Receipt, err error) {
	if err := g.check(); err != nil {
		return r, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := s.clock.Now()
		r = Receipt{Feedback{Region: region, ID: s.ids.New(), Page: g.Page, Words: g.Words, Email: g.Email, Language: g.Language, Came: now, Due: due(office.Today(s.clock)), State: Open}, once}
		r.Code = "P-" + ident.Code(region, r.ID)
		before, err := Linked(ctx, tx, region, once)
		switch {
		case err == nil && before.Words == g.Words && before.Page == g.Page && before.Email == g.Email:
			r.Feedback = before
			return nil
		case err == nil: // went back and wrote something else
			r.Secret = ident.Secret()
		case !fault.Is(err, fault.Gone):
			return err
		}
		n, err := tx.Exec(ctx, insertFeedback, region, int64(r.ID), ident.Hash(r.Secret), r.Code, r.Page, r.Words, r.Email, r.Language, clock.Micros(now), int64(r.Due))
		if err != nil {
			return err
		}
		if n == 0 { // the same form, sent at the same moment
			r.Feedback, err = Linked(ctx, tx, region, once)
			return err
		}
		for _, do := range also {
			if err := do(ctx, tx, r.Feedback); err != nil {
				return err
			}
		}
		return Told.Enqueue(ctx, tx, ToldArgs{region, r.ID, Open})
	})
	return r, err
}

// Answer answers by mail. A Conflict when there is no address, or when somebody
// was there before.
func (s *Service) Answer(ctx context.Context, region string, id, officer ident.ID, words string) (Feedback, error) {
	words = office.Lines(words)
	if err := told("words", "feedback.reply.missing", words, MaxReply); err != nil {
		return Feedback{}, err
	}
	return s.finish(ctx, region, id, officer, Answered, words, "")
}

// Handle marks feedback as taken care of without a letter, with a note of how.
func (s *Service) Handle(ctx context.Context, region string, id, officer ident.ID, note string) (Feedback, error) {
	note = office.Lines(note)
	if err := told("note", "feedback.note.missing", note, MaxNote); err != nil {
		return Feedback{}, err
	}
	return s.finish(ctx, region, id, officer, Handled, "", note)
}

func told(field, missing, words string, most int) error {
	switch n := utf8.RuneCountInString(words); {
	case n == 0:
		return fault.New(fault.Invalid, missing).On(field)
	case n > most:
		return fault.New(fault.Invalid, "too_long").On(field).With("max", most).With("now", n)
	}
	return nil
}

func (s *Service) finish(ctx context.Context, region string, id, officer ident.ID, to State, reply, note string) (f Feedback, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := s.clock.Now()
		if f, err = One(ctx, tx, region, id); err != nil {
			return err
		}
		if to == Answered && f.Email == "" {
			return fault.New(fault.Conflict, "feedback.no_email")
		}
		n, err := tx.Exec(ctx, finishFeedback, region, int64(id), string(to), reply, note, clock.Micros(now), int64(officer))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "feedback.done")
		}
		if err != nil {
			return err
		}
		f.State, f.Reply, f.Note, f.Done, f.Officer = to, reply, note, now, officer
		what := audit.FeedbackHandled
		if to == Answered {
			what = audit.FeedbackAnswered
			if err := Told.Enqueue(ctx, tx, ToldArgs{region, id, Answered}); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, what, f)
	})
	return f, err
}

func (s *Service) note(ctx context.Context, tx *store.Tx, what audit.What, f Feedback) error {
	return audit.Write(ctx, tx, audit.Entry{Region: f.Region, ID: s.ids.New(), At: s.clock.Now(), What: what, About: audit.About{Thing: audit.Feedback, Key: f.Code}})
}

// Erase takes feedback away with every letter about it: the office does it for who
// asks, by its number.
func (s *Service) Erase(ctx context.Context, region string, id ident.ID) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		f, err := One(ctx, tx, region, id)
		if err != nil {
			return err
		}
		if err := erase(ctx, tx, region, id); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.FeedbackErased, f)
	})
}

// Withdraw is Erase by the giver, whose secret opens it.
func (s *Service) Withdraw(ctx context.Context, region, secret string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		f, err := Linked(ctx, tx, region, secret)
		if err != nil {
			return err
		}
		return erase(ctx, tx, region, f.ID)
	})
}

// erase removes a row and the letters about it, those on their way too.
func erase(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	if err := mail.Erase(ctx, tx, region, id, func(string) bool { return true }); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, deleteFeedback, region, int64(id))
	return err
}
