package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
	"kokko/region/office"
	"kokko/region/programme"
)

// What is said beneath a spark is told with its words, so that nobody has to open a page
// to read them. They can be changed and taken away: journey/comment takes them out of the
// letters then.

// quotedMost bounds how many comments the letter of a day carries.
const quotedMost = 20

// spoken reads the comment a beat tells of, and by which address it was said; ok is
// false when there is nothing to tell: it was taken away, or taken down, meanwhile.
func (p *Postman) spoken(ctx context.Context, tx *store.Tx, beat story.Beat) (c comment.Comment, email string, ok bool, err error) {
	c, err = comment.Hold(ctx, tx, beat.Region, beat.Spark, beat.Facts.Comment)
	if fault.Is(err, fault.NotFound) || err == nil && c.State != comment.Shown {
		return comment.Comment{}, "", false, nil
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

// talked is a comment as its bringers hear of it: by which letter, and by which address
// it was said. gone tells that there is nothing to hear: they said it themselves, or it
// is there no more.
type talked struct {
	comment.Comment
	key, by        string
	question, gone bool
}

// talkOf reads what a beat tells of the talk; the zero value for any other beat.
func (p *Postman) talkOf(ctx context.Context, tx *store.Tx, sp spark.Spark, beat story.Beat) (t talked, err error) {
	if beat.Type != story.Commented {
		return t, nil
	}
	if t.gone = true; beat.Actor == story.Bringer || !sp.Listed {
		return t, nil
	}
	c, by, ok, err := p.spoken(ctx, tx, beat)
	if err != nil || !ok {
		return t, err
	}
	t = talked{Comment: c, key: "commented", by: by, question: c.Unanswered}
	if t.question {
		t.key = "commented_question"
	}
	return t, nil
}

// bringerHears tells whether a bringer hears of a comment at once. They chose it for
// their own spark, whatever carries its matter on now.
func (p *Postman) bringerHears(ctx context.Context, tx *store.Tx, own spark.Spark, beat story.Beat, question bool) (bool, error) {
	talks, err := comment.Talks(ctx, tx, own.Region, own.ID)
	if err != nil {
		return false, err
	}
	return comment.AtOnce(ctx, tx, own.Region, comment.Hearer{Kind: comment.Bringer, ID: own.ID}, cmp.Or(talks[own.ID].Hears, comment.Usual), comment.Wait{Spark: beat.Spark, Beat: beat.ID}, question, office.Today(p.Clock))
}

// officeHears tells whether an officer hears at once of a beat that may wait for the
// letter of the day: of a comment by their own choice, of pictures only in that letter.
func (p *Postman) officeHears(ctx context.Context, tx *store.Tx, to office.Officer, beat story.Beat, c comment.Comment) (bool, error) {
	if beat.Type != story.Commented && beat.Type != story.Attached {
		return true, nil
	}
	pace, err := comment.PaceOf(ctx, tx, to.Region, to.ID)
	if err != nil {
		return false, err
	}
	h, w := comment.Hearer{Kind: comment.Officer, ID: to.ID}, comment.Wait{Spark: beat.Spark, Beat: beat.ID}
	if beat.Type == story.Attached {
		if pace == comment.Never {
			return false, nil
		}
		return false, comment.Gather(ctx, tx, to.Region, h, w)
	}
	return comment.AtOnce(ctx, tx, to.Region, h, pace, w, c.Unanswered, office.Today(p.Clock))
}

// gatheredArgs names the morning and, but for the job that fans out, the region.
type gatheredArgs struct {
	Region string    `json:"region,omitempty"`
	Due    time.Time `json:"due"`
}

var (
	allGathered = jobs.Kind[gatheredArgs]{Name: "talk.mornings"}
	gathered    = jobs.Kind[gatheredArgs]{Name: "talk.morning"}
)

// bindTalk has the runner write every morning at seven what waited for the letters of
// the day.
func (p *Postman) bindTalk(r *jobs.Runner) {
	jobs.Handle(r, allGathered, p.mornings)
	jobs.Handle(r, gathered, p.morning)
	jobs.Repeat(r, "talk.daily", jobs.Daily(7, 0), allGathered, func(due time.Time) gatheredArgs { return gatheredArgs{Due: due} })
}

// mornings queues one morning's job a region.
func (p *Postman) mornings(ctx context.Context, job jobs.Job[gatheredArgs]) error {
	return programme.EachRegion(ctx, p.DB, job, func(ctx context.Context, tx *store.Tx, region string) error {
		return gathered.Enqueue(ctx, tx, gatheredArgs{region, job.Args.Due})
	})
}

// morning writes one letter to each who has something waiting. Each letter is queued in
// the transaction that takes what waited for it: once, whenever the program stops.
func (p *Postman) morning(ctx context.Context, job jobs.Job[gatheredArgs]) error {
	d, err := p.desk(ctx, p.DB, job.Args.Region)
	if err != nil {
		return err
	}
	for kind, write := range map[comment.Kind]func(context.Context, *store.Tx, desk, ident.ID, []comment.Wait) error{comment.Bringer: p.bringersMorning, comment.Officer: p.officersMorning} {
		const most = 100
		for after, full := ident.ID(0), true; full; {
			ids, err := comment.Waiters(ctx, p.DB, job.Args.Region, kind, after, most)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := p.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
					waited, err := comment.Waited(ctx, tx, job.Args.Region, comment.Hearer{Kind: kind, ID: id})
					if err != nil {
						return err
					}
					return write(ctx, tx, d, id, waited)
				}); err != nil {
					return err
				}
				after = id
			}
			full = len(ids) == most
		}
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		return comment.ForgetTold(ctx, tx, job.Args.Region, office.Today(p.Clock))
	})
}

// fresh is what of a spark is new to somebody in the letter of a day.
type fresh struct {
	spark.Spark
	said  []comment.Comment // that are still there
	files int               // pictures and files that were added
	by    []string          // whose each comment is
}

// freshOf reads what waited as it is now: what was taken away meanwhile is not told.
func (p *Postman) freshOf(ctx context.Context, tx *store.Tx, region string, waited []comment.Wait) (all []fresh, err error) {
	var ids []ident.ID
	for _, w := range waited {
		if !slices.Contains(ids, w.Spark) {
			ids = append(ids, w.Spark)
		}
	}
	sparks, err := spark.ByIDs(ctx, tx, region, ids...)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		sp, ok := sparks[id]
		if !ok || sp.State == spark.Withdrawn || sp.Held != "" {
			continue
		}
		f := fresh{Spark: sp}
		for _, w := range waited {
			if w.Spark != id {
				continue
			}
			beat, err := story.One(ctx, tx, region, id, w.Beat)
			if errors.Is(err, store.ErrNone) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if beat.Type == story.Attached {
				f.files += beat.Facts.Files
				continue
			}
			c, by, ok, err := p.spoken(ctx, tx, beat)
			if err != nil {
				return nil, err
			}
			if ok {
				f.said = append(f.said, c)
				f.by = append(f.by, by)
			}
		}
		if len(f.said)+f.files > 0 {
			all = append(all, f)
		}
	}
	return all, nil
}

// bringersMorning writes to those who brought a spark what was said of it after the
// first comment of the day.
func (p *Postman) bringersMorning(ctx context.Context, tx *store.Tx, d desk, id ident.ID, waited []comment.Wait) error {
	region := d.edition.Region.ID
	own, err := spark.ByID(ctx, tx, region, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	talks, err := comment.Talks(ctx, tx, region, id)
	if err != nil || own.State == spark.Withdrawn || talks[id].Hears == comment.Never {
		return err
	}
	all, err := p.freshOf(ctx, tx, region, waited)
	if err != nil {
		return err
	}
	bringers, err := spark.Bringers(ctx, tx, region, id)
	if err != nil {
		return err
	}
	for _, b := range bringers[id] {
		n, carried := 0, quotations{room: quotedMost}
		for _, f := range all {
			for i, by := range f.by {
				if !themselves(by, b.Email) {
					n++
					carried.add(f.said[i])
				}
			}
		}
		if n == 0 || b.Email == "" || b.Contact == spark.NotMe {
			continue
		}
		say := d.style.Speak(p.Texts.For(language(b.Language)))
		secret, err := spark.NewLink(ctx, tx, region, id, b.ID, clock.Micros(p.Clock.Now()))
		if err != nil {
			return err
		}
		pairs := []any{"code", own.Code, "title", own.Title, "link", d.link(language(b.Language), "/oma/"+secret), "office", d.edition.Office.Name.In(b.Language), "region", d.edition.Region.Name.In(b.Language)}
		body := say.N("mail.bringer.talk.text", n, pairs...) + "\n\n" + carried.text() + "\n\n"
		if carried.left > 0 {
			body += say.N("mail.talk.left", carried.left) + "\n\n"
		}
		body += say.T("mail.bringer.foot", pairs...)
		if d.example() {
			body += "\n\n" + say.T("mail.example", pairs...)
		}
		if err := p.Outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: spark.LetterToBringer + "talk", Spark: id, To: b.Email,
			Subject: say.T("mail.bringer.talk.subject", pairs...), Text: body, Language: string(language(b.Language).Written()), Automatic: true, Quotes: carried.of}); err != nil {
			return err
		}
	}
	return nil
}

// officersMorning writes to an officer what is new in the sparks they answer for.
func (p *Postman) officersMorning(ctx context.Context, tx *store.Tx, d desk, id ident.ID, waited []comment.Wait) error {
	region := d.edition.Region.ID
	o, err := office.ByID(ctx, tx, region, id)
	if fault.Is(err, fault.NotFound) || err == nil && !o.Active {
		return nil
	}
	if err != nil {
		return err
	}
	pace, err := comment.PaceOf(ctx, tx, region, id)
	if err != nil || pace == comment.Never {
		return err
	}
	all, err := p.freshOf(ctx, tx, region, waited)
	if err != nil || len(all) == 0 {
		return err
	}
	say := p.Texts.For(language(o.Language))
	var b strings.Builder
	carried := quotations{}
	for _, f := range all[:min(len(all), digestMost)] {
		title := f.Title
		if f.Secret {
			title = say.T("mail.monday.secret")
		}
		var what []string
		if len(f.said) > 0 {
			what = append(what, say.N("mail.office.talk.said", len(f.said)))
		}
		if f.files > 0 {
			what = append(what, say.N("mail.office.talk.files", f.files))
		}
		fmt.Fprintf(&b, "– %s (%s): %s\n  %s\n", title, f.Code, strings.Join(what, ", "), d.link(language(o.Language), "/toimisto/kipina/"+f.Code))
		if f.Listed { // mail is no place for a trade secret
			here := quotations{room: quotedMost - len(carried.of)}
			for _, c := range f.said {
				here.add(c)
			}
			if carried.of = append(carried.of, here.of...); len(here.of) > 0 {
				fmt.Fprintf(&b, "\n%s\n\n", here.text())
			}
			if here.left > 0 {
				fmt.Fprintf(&b, "%s\n\n", say.N("mail.talk.left", here.left))
			}
		}
	}
	if more := len(all) - digestMost; more > 0 {
		fmt.Fprintf(&b, "– %s\n", say.N("mail.monday.more", more))
	}
	if waiting, err := comment.CountWaiting(ctx, tx, region); err != nil {
		return err
	} else if waiting > 0 && o.Role.May(office.Read, office.Moderation) {
		fmt.Fprintf(&b, "\n%s\n%s\n", say.N("mail.office.talk.waiting", waiting), d.link(language(o.Language), "/toimisto/jono"))
	}
	return p.Outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: spark.DayLetter, To: o.Email, Subject: say.T("mail.office.talk.subject"),
		Text: say.T("mail.office.talk.text", "list", strings.TrimSpace(b.String())), Language: o.Language, Automatic: true, Quotes: carried.of})
}

// quotations is the comments that a letter carries.
type quotations struct {
	room  int // how many fit
	of    []ident.ID
	words []string
	left  int // how many did not fit
}

func (q *quotations) add(c comment.Comment) {
	if len(q.of) >= q.room {
		q.left++
		return
	}
	q.of, q.words = append(q.of, c.ID), append(q.words, c.Quote())
}

func (q *quotations) text() string { return strings.Join(q.words, "\n\n") }

// said is the comment a beat tells of, and whether it is still to be read.
func said(ctx context.Context, from store.Source, b story.Beat) (c comment.Comment, read bool, err error) {
	c, err = comment.One(ctx, from, b.Region, b.Spark, b.Facts.Comment)
	if fault.Is(err, fault.NotFound) {
		return c, false, nil
	}
	return c, err == nil && c.State == comment.Shown, err
}

// themselves tells that a letter would go to who said it.
func themselves(by, email string) bool { return by != "" && mail.SameMailbox(by, email) }
