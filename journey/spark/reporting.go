package spark

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
	"kokko/region/office"
	"kokko/region/trust"
)

// What readers tell the office of a spark. However many tell, a report hides
// nothing: a person looks and decides.

// Wrong is what a reader thinks is wrong.
type Wrong string

const (
	Advertising Wrong = "advertising"
	Insulting   Wrong = "insulting"
	Private     Wrong = "private" // somebody's private matters
	Unlawful    Wrong = "unlawful"
	Untrue      Wrong = "untrue"
	Else        Wrong = "else" // said in words
)

// Wrongs is everything a reader can choose from.
func Wrongs() []Wrong { return []Wrong{Advertising, Insulting, Private, Unlawful, Untrue, Else} }

// Outcome is what the office made of a report.
type Outcome string

const (
	OutcomeKeep  Outcome = "keep"  // the spark stays as it is
	OutcomeHold  Outcome = "hold"  // it is taken back to wait for a closer look
	OutcomeClose Outcome = "close" // it is closed, with its reason
	OutcomeHide  Outcome = "hide"  // it was waiting, and is not let in
	OutcomeGone  Outcome = "gone"  // its bringer has taken it away
)

// Outcomes is what the office can choose.
func Outcomes() []Outcome { return []Outcome{OutcomeKeep, OutcomeHold, OutcomeClose} }

// MaxReport is how much a reader may write, in characters.
const MaxReport = 2000

// mostReports bounds the reports of one spark that wait: beyond it nothing new is
// learnt from one more.
const mostReports = 200

// Report is what one reader told.
type Report struct {
	Spark    ident.ID
	ID       ident.ID
	Wrong    Wrong
	Words    string
	Email    string // to be told what came of it; "" when not wanted, and once told
	Language string
	Doubt    string // why a machine may have sent it, as region/trust keeps reasons
	Told     time.Time
	Handled  time.Time // zero while it waits
	Outcome  Outcome
	Officer  ident.ID
}

// check cleans a report and finds every mistake in it.
func (r *Report) check() error {
	var wrong fault.Many
	if !slices.Contains(Wrongs(), r.Wrong) {
		wrong = append(wrong, fault.New(fault.Invalid, "report.wrong.missing").On("wrong"))
	}
	if huge(r.Words, MaxReport) {
		return append(wrong, tooLong("words", r.Words, MaxReport))
	}
	r.Words, r.Email = Clean(r.Words), office.FoldEmail(CleanLine(r.Email))
	if n := utf8.RuneCountInString(r.Words); n > MaxReport {
		wrong = append(wrong, tooLong("words", r.Words, MaxReport))
	}
	if r.Wrong == Else && !visible(r.Words) {
		wrong = append(wrong, fault.New(fault.Invalid, "report.words.missing").On("words"))
	}
	if r.Email != "" && !office.EmailLooksRight(r.Email) {
		wrong = append(wrong, fault.New(fault.Invalid, "email.wrong").On("email"))
	}
	if _, ok := i18n.ParseSet(r.Language); !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("language"))
	}
	return wrong.OrNil()
}

// Report takes in what a reader tells of a public spark. It is never refused for
// who sends it: what looks like a machine's is marked so.
func (s *Service) Report(ctx context.Context, region string, id ident.ID, r Report, sender trust.Sender) error {
	if err := r.check(); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := s.clock.Now()
		r.Spark, r.ID = id, s.ids.New()
		_, err := s.changeIn(ctx, tx, region, id, 0, deed{}, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
			if !sp.HasPage() {
				return nil, fault.New(fault.NotFound, "spark.none")
			}
			var same, all int
			if err := tx.QueryRow(ctx, selectTwice, region, int64(id), string(r.Wrong), r.Words, r.Email).Scan(&same); err != nil {
				return nil, err
			}
			if err := tx.QueryRow(ctx, countReports, region, int64(id)).Scan(&all); err != nil {
				return nil, err
			}
			if same > 0 || all >= mostReports {
				return nil, nil
			}
			v, err := trust.Weigh(ctx, tx, region, now, trust.Piece{Kind: "report", ID: r.ID, Text: r.Words, Sender: sender, Count: sender != trust.Sender{}})
			if err != nil {
				return nil, err
			}
			r.Doubt = trust.Keep(v.Reasons...)
			if _, err := tx.Exec(ctx, insertReport, region, int64(id), int64(r.ID), string(r.Wrong), r.Words, r.Email, r.Language, r.Doubt, clock.Micros(now)); err != nil {
				return nil, err
			}
			return []story.Beat{{Type: story.Reported, Actor: story.Reader, Visibility: story.InOffice, Facts: story.Facts{Reasons: []string{string(r.Wrong)}, Reports: all + 1}}}, nil
		})
		return err
	})
}

// lastReport stands for every report there is.
const lastReport = ident.ID(math.MaxInt64)

// looked is who looked into which reports of a spark, and what came of it.
type looked struct {
	by      office.Officer
	upTo    ident.ID // the last report they saw
	outcome Outcome
}

// lookedInto marks the reports of a spark handled, and tells so when there were
// any: whoever gave an address hears what came of it.
func (s *Service) lookedInto(ctx context.Context, tx *store.Tx, sp *Spark, l looked) error {
	now := s.clock.Now()
	n, err := tx.Exec(ctx, handleReports, sp.Region, int64(sp.ID), int64(l.upTo), clock.Micros(now), string(l.outcome), int64(l.by.ID))
	if err != nil || n == 0 {
		return err
	}
	b := story.Beat{Region: sp.Region, Spark: sp.ID, Type: story.Looked, Actor: story.Office, Officer: l.by.ID, At: now, Visibility: story.InOffice,
		Facts: story.Facts{To: string(l.outcome), Reports: int(n)}}
	if l.by.ID == 0 {
		b.Actor = story.Kokko
	}
	sp.Beats++
	return s.tell(ctx, tx, b)
}

// LookInto ends the reports of a spark that an officer has seen: it stays, is
// taken back to wait for a closer look, or is closed. What its bringer reads of
// the last two is said in words.
func (s *Service) LookInto(ctx context.Context, a Act, upTo ident.ID, o Outcome, say string) (Spark, error) {
	if !slices.Contains(Outcomes(), o) {
		return Spark{}, fault.New(fault.Invalid, "report.outcome.missing").On("outcome")
	}
	say, err := words(say, "words", o != OutcomeKeep)
	if err != nil {
		return Spark{}, err
	}
	by := story.Beat{Actor: story.Office, Officer: a.Officer.ID}
	return s.clustered(ctx, a.Region, a.Spark, func(ctx context.Context, w *work, c *cluster, own *entry) error {
		sp, told := &own.Spark, by
		switch {
		case own.State == Withdrawn:
			return fault.New(fault.Gone, "spark.withdrawn")
		case a.Version != 0 && own.Version != a.Version+1:
			return fault.New(fault.Conflict, "spark.changed")
		case o == OutcomeClose && own != c.root: // what is done is done to the one that carries it
			return fault.New(fault.Conflict, "spark.merged")
		case o == OutcomeClose && !sp.Open:
			return fault.New(fault.Conflict, "spark.closed")
		}
		if err := s.lookedInto(ctx, w.tx, sp, looked{by: a.Officer, upTo: upTo, outcome: o}); err != nil {
			return err
		}
		if say != "" {
			told.Words, told.Author = say, a.Officer.Name
		}
		switch {
		case o == OutcomeHold && sp.Held == "":
			sp.Held = string(trust.BecauseReport)
			told.Type, told.Visibility, told.Facts = story.Held, story.Parties, story.Facts{Reasons: []string{sp.Held}}
			if err := w.standAlone(ctx, c, own, by); err != nil {
				return err
			}
		case o == OutcomeClose:
			told.Type, told.Visibility, told.Facts = story.Closed, seenBy(sp, true), story.Facts{From: string(sp.State), To: string(Out)}
			s.answered(sp)
			sp.State, sp.Closed = Out, w.now
		default:
			return nil
		}
		own.beats = append(own.beats, told)
		if own == c.root {
			c.follow(own.before, w.now)
		}
		return w.settle(ctx, c)
	})
}

func scanReport(row scanner) (r Report, err error) {
	var told, handled int64
	err = row.Scan(&r.Spark, &r.ID, &r.Wrong, &r.Words, &r.Email, &r.Language, &r.Doubt, &told, &handled, &r.Outcome, &r.Officer)
	r.Told, r.Handled = clock.FromMicros(told), clock.FromMicros(handled)
	return r, err
}

// Reports lists what readers have told of a spark and nobody has looked into, the
// oldest first.
func Reports(ctx context.Context, from store.Source, region string, spark ident.ID, limit int) (all []Report, err error) {
	rows, err := from.Query(ctx, selectReports, region, int64(spark), limit)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		r, err := scanReport(rows)
		all = append(all, r)
		return err
	})
	return all, err
}

// Reported is a spark readers have told of.
type Reported struct {
	Spark
	Count int // how many have told and wait
}

// ReportedSparks lists the sparks with reports that wait, the longest waiting
// first, and how many there are in all.
func ReportedSparks(ctx context.Context, from store.Source, region string, limit int) (all []Reported, count int, err error) {
	if err := from.QueryRow(ctx, countReported, region).Scan(&count); err != nil || count == 0 || limit == 0 {
		return nil, count, err
	}
	type heap struct {
		id ident.ID
		n  int
	}
	var heaps []heap
	rows, err := from.Query(ctx, selectReported, region, limit)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var h heap
		var first int64
		err := rows.Scan(&h.id, &h.n, &first)
		heaps = append(heaps, h)
		return err
	}); err != nil {
		return nil, 0, err
	}
	for _, h := range heaps {
		sp, err := ByID(ctx, from, region, h.id)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, Reported{sp, h.n})
	}
	return all, count, nil
}

// ToldAbout lists the reports that a Looked beat ended and whose readers want to
// hear of it.
func ToldAbout(ctx context.Context, from store.Source, b story.Beat) (all []Report, err error) {
	rows, err := from.Query(ctx, selectToldAbout, b.Region, int64(b.Spark), clock.Micros(b.At))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		r, err := scanReport(rows)
		all = append(all, r)
		return err
	})
	return all, err
}

// ForgetReporter removes a reader's address: what they wanted to hear is on its way.
func ForgetReporter(ctx context.Context, tx *store.Tx, region string, r Report) error {
	_, err := tx.Exec(ctx, forgetReporter, region, int64(r.Spark), int64(r.ID))
	return err
}
