package feedback_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/audit"
	"kokko/region/feedback"
	"kokko/region/office"
)

const region = "kouvola"

type desk struct {
	testing.TB
	*feedback.Service
	db     *store.DB
	clock  *clock.Fake
	ids    *ident.Maker
	outbox *mail.Outbox
}

// each is a region on Monday 23 November 2026, on both engines.
func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		ids := ident.NewMaker(c)
		d := &desk{t, feedback.New(db, c, ids), db, c, ids, mail.NewOutbox(db, c, ids, slog.New(slog.DiscardHandler), nil)}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			for _, r := range []string{region, "iitti"} {
				if _, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, r); err != nil {
					return err
				}
			}
			return nil
		})
		behaviour(t, d)
	})
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) {
	d.Helper()
	d.must(d.db.Tx(context.Background(), do))
}

func (d *desk) give(words, email string) feedback.Receipt {
	d.Helper()
	d.clock.Advance(time.Minute)
	r, err := d.Give(context.Background(), region, feedback.Given{Page: "/kipinat", Words: words, Email: email, Language: "fi"}, ident.Secret())
	d.must(err)
	return r
}

func (d *desk) count(query string) (n int) {
	d.Helper()
	d.must(d.db.QueryRow(context.Background(), query).Scan(&n))
	return n
}

func key(err error) string {
	if all := fault.List(err); len(all) > 0 {
		return all[0].Key
	}
	return ""
}

func TestFeedbackIsTakenInWithItsDay(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r, err := d.Give(ctx, region, feedback.Given{Page: " /kipinat\n ", Words: " Ruudunlukija ei löydä\r\nvalikkoa.\x00 ", Email: " Maija@Posti.Example ", Language: "fi"}, "salaisuus")
		d.must(err)
		if r.Page != "/kipinat" || r.Words != "Ruudunlukija ei löydä\nvalikkoa." || r.Email != "maija@posti.example" || r.State != feedback.Open || r.Due != office.Today(d.clock)+14 || !strings.HasPrefix(r.Code, "P-") {
			t.Errorf("%+v", r)
		}
		f, err := feedback.Linked(ctx, d.db, region, r.Secret)
		if err != nil || f != r.Feedback {
			t.Errorf("%v %+v", err, f)
		}
		if one, err := feedback.One(ctx, d.db, region, r.ID); err != nil || one != f {
			t.Errorf("%v %+v", err, one)
		}
		if n := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'feedback.told'`); n != 1 {
			t.Errorf("%d jobs", n)
		}
		// The secret itself is not kept, and in another region it opens nothing.
		if n := d.count(`SELECT COUNT(*) FROM feedback WHERE region_id = 'kouvola' AND (link_hash = 'salaisuus' OR words = 'salaisuus')`); n != 0 {
			t.Error("the secret is kept")
		}
		if _, err := feedback.Linked(ctx, d.db, "iitti", r.Secret); !fault.Is(err, fault.Gone) {
			t.Error(err)
		}
		if _, err := feedback.One(ctx, d.db, "iitti", r.ID); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		for name, c := range map[string]struct {
			given feedback.Given
			field string
			key   string
		}{
			"no words":       {feedback.Given{Words: " \n\u202E"}, "words", "feedback.words.missing"},
			"too many words": {feedback.Given{Words: strings.Repeat("ä", feedback.MaxWords+1)}, "words", "too_long"},
			"a long page":    {feedback.Given{Words: "x", Page: strings.Repeat("ä", feedback.MaxPage+1)}, "page", "too_long"},
			"no address":     {feedback.Given{Words: "x", Email: "maija"}, "email", "email.wrong"},
			"two addresses":  {feedback.Given{Words: "x", Email: "a@b.example, c@d.example"}, "email", "email.wrong"},
		} {
			_, err := d.Give(ctx, region, c.given, ident.Secret())
			if all := fault.List(err); len(all) != 1 || all[0].Field != c.field || all[0].Key != c.key {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.Give(ctx, region, feedback.Given{Words: strings.Repeat("ä", feedback.MaxWords)}, ident.Secret()); err != nil {
			t.Errorf("as long as it may be: %v", err)
		}
	})
}

// A form sent twice, also at the same moment, is one piece of feedback; one that
// was gone back to and written anew is two.
func TestAFormSentTwiceIsTakenInOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, once := context.Background(), ident.Secret()
		given := feedback.Given{Words: "Kartta ei toimi näppäimillä.", Email: "a@posti.example", Language: "fi"}
		var all sync.WaitGroup
		ids := make([]ident.ID, 4)
		for i := range ids {
			all.Go(func() {
				r, err := d.Give(ctx, region, given, once)
				if err != nil {
					t.Error(err)
				}
				ids[i] = r.ID
			})
		}
		all.Wait()
		if slices.Sort(ids); ids[0] == 0 || ids[0] != ids[3] || d.count(`SELECT COUNT(*) FROM feedback WHERE region_id = 'kouvola'`) != 1 || d.count(`SELECT COUNT(*) FROM jobs`) != 1 {
			t.Errorf("%v", ids)
		}
		given.Words = "Kartta ei toimi lainkaan."
		r, err := d.Give(ctx, region, given, once)
		if err != nil || r.ID == ids[0] || r.Secret == once {
			t.Errorf("%v %+v", err, r)
		}
		if first, err := feedback.Linked(ctx, d.db, region, once); err != nil || first.ID != ids[0] {
			t.Errorf("%v %+v", err, first)
		}
	})
}

func TestTheQueueKeepsTheLawsDays(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, officer := context.Background(), ident.ID(7)
		var all []feedback.Receipt
		for i, email := range []string{"a@posti.example", "", "c@posti.example"} {
			all = append(all, d.give(fmt.Sprintf("Este %d.", i), email))
			d.clock.Advance(48 * time.Hour)
		}
		today := func() workday.Day { return office.Today(d.clock) }
		look := func(open, late int, order ...ident.ID) {
			t.Helper()
			w, err := feedback.Count(ctx, d.db, region, today())
			queue, err2 := feedback.Queue(ctx, d.db, region, 10)
			var ids []ident.ID
			for _, f := range queue {
				ids = append(ids, f.ID)
			}
			if err != nil || err2 != nil || w.Open != open || w.Late != late || !slices.Equal(ids, order) {
				t.Errorf("%v %v %+v %v, want %d open, %d late, %v", err, err2, w, ids, open, late, order)
			}
		}
		look(3, 0, all[0].ID, all[1].ID, all[2].ID)
		d.clock.Advance(time.Duration(all[0].Due-today()) * 24 * time.Hour)
		look(3, 0, all[0].ID, all[1].ID, all[2].ID) // the last day is a day still
		d.clock.Advance(24 * time.Hour)
		look(3, 1, all[0].ID, all[1].ID, all[2].ID)
		if !all[0].Late(today()) || all[1].Late(today()) {
			t.Error("late by another reckoning")
		}
		if due, err := feedback.DueBefore(ctx, d.db, region, all[1].Due+1, 10); err != nil || len(due) != 2 {
			t.Errorf("%v %v", err, due)
		}
		// No address, no letter; no words, no answer; and each is answered once.
		for name, do := range map[string]func() (feedback.Feedback, error){
			"feedback.reply.missing": func() (feedback.Feedback, error) { return d.Answer(ctx, region, all[0].ID, officer, " \n") },
			"feedback.note.missing":  func() (feedback.Feedback, error) { return d.Handle(ctx, region, all[0].ID, officer, "") },
			"feedback.no_email":      func() (feedback.Feedback, error) { return d.Answer(ctx, region, all[1].ID, officer, "Kiitos.") },
			"feedback.none":          func() (feedback.Feedback, error) { return d.Handle(ctx, "iitti", all[1].ID, officer, "Meidän.") },
			"too_long": func() (feedback.Feedback, error) {
				return d.Handle(ctx, region, all[1].ID, officer, strings.Repeat("ä", feedback.MaxNote+1))
			},
		} {
			if _, err := do(); key(err) != name {
				t.Errorf("%s: %v", name, err)
			}
		}
		by := audit.By(ctx, officer)
		f, err := d.Answer(by, region, all[0].ID, officer, "Korjasimme valikon.")
		if err != nil || f.State != feedback.Answered || f.Reply != "Korjasimme valikon." || f.Officer != officer || f.Late(today()) {
			t.Errorf("%v %+v", err, f)
		}
		if _, err := d.Answer(by, region, all[0].ID, officer, "Toinen."); key(err) != "feedback.done" || !fault.Is(err, fault.Conflict) {
			t.Errorf("%v", err)
		}
		if f, err := d.Handle(by, region, all[1].ID, officer, "Soitettu."); err != nil || f.State != feedback.Handled || f.Note != "Soitettu." {
			t.Errorf("%v %+v", err, f)
		}
		look(1, 0, all[2].ID)
		done, err := feedback.Done(ctx, d.db, region, 0, 10)
		if err != nil || len(done) != 2 || done[0].ID != all[1].ID || done[1].Reply != "Korjasimme valikon." {
			t.Errorf("%v %+v", err, done)
		}
		if next, err := feedback.Done(ctx, d.db, region, done[0].ID, 10); err != nil || len(next) != 1 || next[0].ID != all[0].ID {
			t.Errorf("%v %+v", err, next)
		}
		lines, _, err := audit.List(ctx, d.db, region, audit.Filter{Kind: "feedback"})
		if err != nil || len(lines) != 2 || lines[0].What != audit.FeedbackHandled || lines[1].What != audit.FeedbackAnswered || lines[1].Officer != officer || lines[1].About.Key != all[0].Code {
			t.Errorf("%v %+v", err, lines)
		}
		if n := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'feedback.told'`); n != 4 {
			t.Errorf("%d jobs", n)
		}
	})
}

func TestFeedbackIsErasedWithItsLetters(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		mine, theirs, kept := d.give("Este yksi.", "a@posti.example"), d.give("Este kaksi.", "b@posti.example"), d.give("Este kolme.", "c@posti.example")
		for _, r := range []feedback.Receipt{mine, theirs, kept} {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return d.outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: "feedback.open", Spark: r.ID, To: r.Email, Subject: "Kiitos", Text: r.Words, Language: "fi"})
			})
		}
		d.must(d.Withdraw(ctx, region, mine.Secret))
		d.must(d.Erase(ctx, region, theirs.ID))
		if n := d.count(`SELECT COUNT(*) FROM feedback WHERE region_id = 'kouvola'`); n != 1 {
			t.Errorf("%d left", n)
		}
		if n := d.count(`SELECT COUNT(*) FROM mails WHERE region_id = 'kouvola' AND recipient <> 'c@posti.example'`); n != 0 {
			t.Errorf("%d letters left", n)
		}
		for name, err := range map[string]error{"again": d.Withdraw(ctx, region, mine.Secret), "elsewhere": d.Withdraw(ctx, "iitti", kept.Secret)} {
			if !fault.Is(err, fault.Gone) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, err := range map[string]error{"again": d.Erase(ctx, region, theirs.ID), "elsewhere": d.Erase(ctx, "iitti", kept.ID)} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// What the office did is in its log; what a giver did is nobody's to keep.
		lines, _, err := audit.List(ctx, d.db, region, audit.Filter{Kind: "feedback"})
		if err != nil || len(lines) != 1 || lines[0].What != audit.FeedbackErased || lines[0].About.Key != theirs.Code {
			t.Errorf("%v %+v", err, lines)
		}
	})
}

func TestWhatIsOpenIsNeverForgotten(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		open, old, fresh := d.give("Auki.", ""), d.give("Vanha.", "a@posti.example"), d.give("Tuore.", "")
		_, err := d.Handle(ctx, region, old.ID, 1, "Tehty.")
		d.must(err)
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return d.outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: "feedback.open", Spark: old.ID, To: old.Email, Subject: "Kiitos", Text: "x", Language: "fi"})
		})
		d.clock.Advance(24 * time.Hour)
		limit := d.clock.Now()
		_, err = d.Handle(ctx, region, fresh.ID, 1, "Tehty.")
		d.must(err)
		if n, err := feedback.Older(ctx, d.db, region, limit); err != nil || n != 1 {
			t.Errorf("%d %v", n, err)
		}
		for _, want := range []int{1, 0} {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				n, err := feedback.Forget(ctx, tx, region, limit, 10)
				if n != want {
					t.Errorf("%d went, want %d", n, want)
				}
				return err
			})
		}
		if n := d.count(`SELECT COUNT(*) FROM mails WHERE region_id = 'kouvola'`); n != 0 {
			t.Error("its letter is left")
		}
		for _, r := range []feedback.Receipt{open, fresh} {
			if _, err := feedback.One(ctx, d.db, region, r.ID); err != nil {
				t.Errorf("%s: %v", r.Words, err)
			}
		}
	})
}

func TestToldNamesItsRegion(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		r, got := d.give("Este.", "a@posti.example"), feedback.ToldArgs{}
		runner := jobs.New(d.db, d.clock, d.ids, slog.New(slog.DiscardHandler), jobs.Options{})
		jobs.Handle(runner, feedback.Told, func(ctx context.Context, job jobs.Job[feedback.ToldArgs]) error {
			got = job.Args
			return nil
		})
		d.must(runner.Drain(context.Background()))
		if got != (feedback.ToldArgs{Region: region, Feedback: r.ID, Now: feedback.Open}) {
			t.Errorf("%+v", got)
		}
	})
}
