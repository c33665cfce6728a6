package notify

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/attachment"
	"kokko/journey/collision"
	"kokko/journey/comment"
	"kokko/journey/event"
	"kokko/journey/introduction"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/journey/table"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/asset"
	"kokko/region/feedback"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/search"
	"kokko/region/style"
	"kokko/region/trust"
)

// Texts are the letters' sentences in every language.
//
//go:embed texts
var Texts embed.FS

// Postman writes the letters.
type Postman struct {
	DB         *store.DB
	Clock      clock.Clock
	Texts      *i18n.Bundle
	Programmes *programme.Service
	Styles     *style.Service // nil: every letter in Kokko's own words
	Outbox     *mail.Outbox
	Index      *search.Index // nil: nobody hears by a search
	Site       string        // the address people reach the site at
	// Settings tell how a region's letters leave, for the trial letter.
	Settings func(ctx context.Context, region string) (mail.Settings, error)
}

// mondayArgs names the Monday and the region.
type mondayArgs struct {
	Region string    `json:"region"`
	Due    time.Time `json:"due"`
}

var monday = jobs.Kind[mondayArgs]{Name: "office.monday"}

// allMondays fans out to the regions.
var allMondays = jobs.Kind[mondayArgs]{Name: "office.mondays"}

// Bind has the runner tell of every beat, and of the week's work each Monday at
// half past seven.
func (p *Postman) Bind(r *jobs.Runner) {
	jobs.Handle(r, spark.Told, p.told)
	jobs.Handle(r, spark.Addressed, p.addressed)
	jobs.Handle(r, feedback.Told, p.feedbackTold)
	jobs.Handle(r, event.Told, p.eventTold)
	jobs.Handle(r, collision.Told, p.collisionTold)
	jobs.Handle(r, table.Told, p.tableTold)
	jobs.Handle(r, asset.Told, p.assetTold)
	jobs.Handle(r, actor.Anew, p.personAnew)
	jobs.Handle(r, ring.Told, p.ringTold)
	jobs.Handle(r, introduction.Told, p.introductionTold)
	jobs.Handle(r, asking.Told, p.askingTold)
	jobs.Handle(r, asking.Invited, p.askingInvited)
	p.bindFollowing(r)
	p.bindTalk(r)
	jobs.Handle(r, monday, p.monday)
	jobs.Handle(r, allMondays, p.mondays)
	jobs.Repeat(r, "office.monday", jobs.Weekly(time.Monday, 7, 30), allMondays, func(due time.Time) mondayArgs { return mondayArgs{Due: due} })
}

// desk is what every letter of one region needs.
type desk struct {
	edition   programme.Edition
	style     style.Style
	addresses programme.Addresses
}

func (p *Postman) desk(ctx context.Context, from store.Source, region string) (d desk, err error) {
	if d.addresses, err = programme.Where(ctx, from, p.Site); err != nil {
		return d, err
	}
	if d.edition, err = p.Programmes.CurrentIn(ctx, from, region); err != nil {
		return d, err
	}
	d.edition, d.style, err = p.Styles.Dress(ctx, from, d.edition)
	return d, err
}

// example tells that the letter is of a region that only shows how things are.
func (d desk) example() bool {
	return slices.ContainsFunc(d.addresses.All, func(s programme.Served) bool { return s.ID == d.edition.Region.ID && s.Example })
}

// link is a full address in a reader's language.
func (d desk) link(l i18n.Language, path string) string {
	return d.addresses.To(d.edition.Programme, l, path)
}

func language(s string) i18n.Language {
	if l, ok := i18n.ParseSet(s); ok {
		return l
	}
	return i18n.Finnish
}

// toPerson posts a letter to whoever has confirmed an address, with the link of their own
// page. What is kept of the letter goes with the address.
func (p *Postman) toPerson(ctx context.Context, tx *store.Tx, d desk, a address.Address, purpose, key string, pairs ...any) error {
	own, err := address.Link(ctx, tx, a)
	if err != nil {
		return err
	}
	lang := language(a.Language)
	say := d.style.Speak(p.Texts.For(lang))
	pairs = append(pairs, "own", d.link(lang, "/minun/"+own), "office", d.edition.Office.Name.In(a.Language), "region", d.edition.Region.Name.In(a.Language))
	text := say.T(key+".text", pairs...)
	if d.example() {
		text += "\n\n" + say.T("mail.example", pairs...)
	}
	return p.Outbox.Post(ctx, tx, mail.Letter{Region: a.Region, Purpose: purpose, Spark: a.ID, To: a.Email,
		Subject: say.T(key+".subject", pairs...), Text: text, Language: string(lang.Written()), Automatic: true})
}

// told writes the letters one beat asks for.
func (p *Postman) told(ctx context.Context, job jobs.Job[spark.ToldArgs]) error {
	region := job.Args.Region
	d, err := p.desk(ctx, p.DB, region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		sp, err := spark.ByID(ctx, tx, region, job.Args.Spark)
		if fault.Is(err, fault.NotFound) {
			return nil // a demonstration that was cleared meanwhile
		}
		if err != nil {
			return err
		}
		beat, err := story.One(ctx, tx, region, sp.ID, job.Args.Beat)
		if err != nil {
			return err
		}
		if wordless(beat) {
			return nil
		}
		if job.Args.By == 0 { // else its bringer has had the receipt
			if err := p.toBringers(ctx, tx, d, sp, beat, job.Args.With); err != nil {
				return err
			}
		}
		if err := p.toReaders(ctx, tx, d, sp, beat); err != nil {
			return err
		}
		if err := p.toFollowers(ctx, tx, d, sp, beat, job.Args.With); err != nil {
			return err
		}
		return p.toOffice(ctx, tx, d, sp, beat, job.Args.By)
	})
}

// toBringers writes to those who brought the spark, or one that was joined to it,
// and gave an address. Who asked not to be reached gets the receipt and nothing
// more. A letter is kept with its reader's own spark, whose number and title they
// know.
func (p *Postman) toBringers(ctx context.Context, tx *store.Tx, d desk, sp spark.Spark, beat story.Beat, with []ident.ID) error {
	switch beat.Type {
	case story.Dropped, story.Answered, story.Asked, story.DueMoved, story.Closed, story.Reopened, story.Talked, story.Corrected, story.Assigned, story.LeftOut, story.Merged, story.Unmerged, story.Held, story.Approved, story.Undone, story.Split, story.Commented, story.Caught:
	default:
		if ringBeat(beat) == "" {
			return nil
		}
	}
	if beat.Visibility == story.InOffice || passedOn(sp, beat) || unasked(sp, beat) {
		return nil
	}
	talk, err := p.talkOf(ctx, tx, sp, beat)
	if err != nil || talk.gone {
		return err
	}
	lost, kept := beat, 0
	if beat.Type == story.LeftOut && beat.At.Equal(sp.Dropped) {
		return nil // the receipt tells of it
	}
	if (beat.Type == story.Dropped || receipt(sp, beat)) && sp.Source == spark.Letter {
		var err error
		if lost, err = leftOut(ctx, tx, sp, beat); err != nil {
			return err
		}
		files, err := attachment.Of(ctx, tx, sp.Region, sp.ID)
		if err != nil {
			return err
		}
		kept = len(files)
		if sp.Held != "" {
			lost.Words = "" // the files' names are the sender's too: see letterOf
		}
	}
	replies, err := p.takesReplies(ctx, tx, d)
	if err != nil {
		return err
	}
	all, err := p.hearers(ctx, tx, sp, beat, with)
	if err != nil {
		return err
	}
	parts, err := p.partsOf(ctx, tx, sp, beat)
	if err != nil {
		return err
	}
	for _, b := range all {
		if themselves(talk.by, b.Email) {
			continue
		}
		if talk.key != "" {
			if now, err := p.bringerHears(ctx, tx, b.own, beat, talk.question); err != nil {
				return err
			} else if !now {
				continue
			}
		}
		say := d.style.Speak(p.Texts.For(language(b.Language)))
		secret, err := spark.NewLink(ctx, tx, sp.Region, b.own.ID, b.ID, clock.Micros(p.Clock.Now()))
		if err != nil {
			return err
		}
		answers := sp
		if beat.Type == story.Unmerged {
			answers = b.own
		}
		who, err := p.officer(ctx, tx, sp.Region, beat, answers)
		if err != nil {
			return err
		}
		first, second := beat.Parts()
		pairs := []any{"code", b.own.Code, "title", b.own.Title, "into", sp.Code, "name", who.Name, "role", who.Title, "phone", who.Phone, "words", first, "would", second, "parts", partLines(say, beat, parts),
			"due", say.OnWeekday(promised(answers, beat).Start(i18n.Helsinki())), "link", d.link(language(b.Language), "/oma/"+secret),
			"office", d.edition.Office.Name.In(b.Language), "region", d.edition.Region.Name.In(b.Language)}
		key := "mail.bringer." + letterOf(sp, beat)
		if beat.Type == story.Undone {
			key += "." + beat.Facts.What
		}
		if talk.key != "" {
			key = "mail.bringer." + talk.key
		}
		parts := []string{say.T(key+".text", pairs...)}
		var quotes []ident.ID
		if talk.key != "" {
			parts, quotes = append(parts, talk.Quote(), say.T("mail.bringer."+talk.key+".answer")), []ident.ID{talk.ID}
		}
		if first := beat.Type == story.Dropped || receipt(sp, beat); first && sp.Source == spark.Letter {
			parts = append(parts, say.T("mail.bringer.mailed"))
		}
		if kept > 0 {
			parts = append(parts, say.N("mail.bringer.kept", kept))
		}
		if lost.Type == story.LeftOut {
			parts = append(parts, whatWasLost(say, lost)...)
		}
		switch {
		case beat.Type == story.Merged || beat.Type == story.Unmerged:
			if answers.Waiting {
				parts = append(parts, say.T("mail.bringer.due", pairs...))
			}
		case b.own.ID != sp.ID:
			parts = append(parts, say.T("mail.bringer.joined", pairs...))
		}
		if replies {
			parts = append(parts, say.T("mail.bringer.by_mail"))
		}
		body := strings.Join(append(parts, say.T("mail.bringer.foot", pairs...)), "\n\n")
		if d.example() {
			body += "\n\n" + say.T("mail.example", pairs...)
		}
		if err := p.Outbox.Post(ctx, tx, mail.Letter{Region: sp.Region, Purpose: spark.LetterToBringer + string(beat.Type), Spark: b.own.ID, To: b.Email,
			Subject: say.T(key+".subject", pairs...), Text: body, Language: string(language(b.Language).Written()), Automatic: beat.Actor != story.Office || beat.Type == story.Dropped, Quotes: quotes}); err != nil {
			return err
		}
	}
	return nil
}

// leftOut finds the beat that tells what could not be kept of the letter a spark
// came in, the zero Beat when all of it was.
func leftOut(ctx context.Context, tx *store.Tx, sp spark.Spark, dropped story.Beat) (story.Beat, error) {
	beats, _, err := story.Of(ctx, tx, sp.Region, sp.ID, story.Parties, dropped.ID)
	for _, b := range beats {
		if b.Type == story.LeftOut && b.At.Equal(dropped.At) {
			return b, err
		}
	}
	return story.Beat{}, err
}

// whatWasLost says what could not be kept of a letter, a paragraph each.
func whatWasLost(say *i18n.Printer, lost story.Beat) (parts []string) {
	if lost.Facts.Cut {
		parts = append(parts, say.T("mail.bringer.lost.cut", "max", say.Number(spark.MaxText)))
	}
	if lost.Facts.Left > 0 {
		files := say.N("mail.bringer.lost.files", lost.Facts.Left)
		if lost.Words != "" {
			files += "\n– " + strings.ReplaceAll(lost.Words, "\n", "\n– ")
		}
		parts = append(parts, files, say.T("mail.bringer.lost.tell"))
	}
	return parts
}

// takesReplies tells that a letter of the region can be answered by mail.
func (p *Postman) takesReplies(ctx context.Context, tx *store.Tx, d desk) (bool, error) {
	if d.example() {
		return false, nil
	}
	own, err := office.AllSettings(ctx, tx, d.edition.Region.ID)
	return own[office.MailIn] != "", err
}

// receipt tells the beat of a spark being held as it came: its letter is the receipt.
func receipt(sp spark.Spark, beat story.Beat) bool {
	return beat.Type == story.Held && beat.Actor == story.Kokko && beat.At.Equal(sp.Dropped)
}

// letterOf is which letter a beat is told with. A spark that is held is named by its
// number only: anybody can type somebody else's address, and what is written in a
// spark nobody has looked at must not be carried to them.
func letterOf(sp spark.Spark, beat story.Beat) string {
	switch {
	case receipt(sp, beat):
		return "held"
	case beat.Type == story.Held && beat.Actor == story.Kokko:
		return "held_edit"
	case beat.Type == story.Held:
		return "held_again"
	case beat.Type == story.Closed && sp.Held != "":
		return "declined"
	case beat.Type == story.Approved && !sp.Waiting:
		return "approved_again" // nothing more is promised
	}
	if of := ringBeat(beat); of != "" {
		return of
	}
	return string(beat.Type)
}

// unasked tells the letters that would be many to an address nobody has proved:
// receipts after the first few in an hour, and the declines of what was declined
// together with something else. The page says the same to whoever holds the link.
func unasked(sp spark.Spark, beat story.Beat) bool {
	return receipt(sp, beat) && slices.Contains(beat.Facts.Reasons, string(trust.BecauseOften)) || beat.Type == story.Closed && beat.Facts.With != 0
}

// passedOn tells a beat that another one like it has followed: its letter would
// name the wrong person or the wrong day, and might even arrive last.
func passedOn(sp spark.Spark, beat story.Beat) bool {
	switch beat.Type {
	case story.Assigned:
		return beat.Facts.To != sp.Owner.String()
	case story.DueMoved:
		return beat.Facts.Day != sp.Due
	case story.Split:
		return sp.State != spark.Split
	case story.Undone:
		switch spark.Deed(beat.Facts.What) {
		case spark.DeedAssign:
			return beat.Facts.To != sp.Owner.String()
		case spark.DeedDue:
			return beat.Facts.Day != sp.Due
		case spark.DeedClose:
			return !sp.Open
		case spark.DeedReopen:
			return sp.Open
		case spark.DeedSplit: // told of what is whole again, not of each part
			return sp.State == spark.Split || sp.State == spark.Rejoined
		}
		return true // nobody was told of the act
	}
	return false
}

// promised is the day a beat's letter speaks of: the one given then, else the
// one that stands.
func promised(sp spark.Spark, beat story.Beat) workday.Day {
	if beat.Type == story.Dropped {
		return beat.Facts.Day
	}
	return sp.Due
}

// officer is who a letter names: who did it, else who answers for the spark.
func (p *Postman) officer(ctx context.Context, tx *store.Tx, region string, beat story.Beat, sp spark.Spark) (office.Officer, error) {
	id := beat.Officer
	if id == 0 || beat.Type == story.Dropped || beat.Type == story.Assigned || beat.Type == story.Undone && beat.Facts.What == string(spark.DeedAssign) || beat.Type == story.Merged || beat.Type == story.Unmerged {
		id = sp.Owner
	}
	return office.ByID(ctx, tx, region, id)
}

// toOffice writes to the officer who answers for the spark, or who stands in for
// them today, when somebody else has acted on it. by is the officer who let a held
// spark in.
func (p *Postman) toOffice(ctx context.Context, tx *store.Tx, d desk, sp spark.Spark, beat story.Beat, by ident.ID) error {
	var said comment.Comment
	var quotes []ident.ID
	switch beat.Type {
	case story.Dropped, story.Replied, story.Withdrawn, story.Assigned, story.Held, story.Reported:
	case story.Commented:
		c, _, ok, err := p.spoken(ctx, tx, beat)
		if err != nil || !ok || !sp.Listed {
			return err
		}
		said, quotes = c, []ident.ID{c.ID}
	case story.Attached: // in the letter of the day
		if beat.Actor != story.Bringer || sp.Held != "" {
			return nil
		}
	case story.Undone: // who answers again
		if beat.Facts.What != string(spark.DeedAssign) {
			return nil
		}
	default:
		return nil
	}
	if passedOn(sp, beat) || sp.State == spark.Withdrawn && beat.Type != story.Withdrawn {
		return nil
	}
	if quiet, err := p.quiet(ctx, tx, sp, beat); err != nil || quiet {
		return err
	}
	owner, err := office.StandIn(ctx, tx, sp.Region, sp.Owner, office.Today(p.Clock))
	if err != nil || owner.ID == 0 || owner.ID == beat.Officer || owner.ID == by {
		return err
	}
	if now, err := p.officeHears(ctx, tx, owner, beat, said); err != nil || !now {
		return err
	}
	say := p.Texts.For(language(owner.Language))
	key, of := "mail.office."+string(beat.Type), sp
	if beat.Type == story.Undone {
		key = "mail.office." + string(story.Assigned)
	}
	if via := beat.Facts.Via; via != 0 { // kept with the spark of who wrote, and called as that
		if of, err = spark.ByID(ctx, tx, sp.Region, via); err != nil {
			return err
		}
	}
	pairs := []any{"code", sp.Code, "title", of.Title, "words", beat.Words, "quote", said.Quote(), "text", sp.Text,
		"due", say.OnWeekday(promised(sp, beat).Start(i18n.Helsinki())), "link", d.link(language(owner.Language), "/toimisto/kipina/"+sp.Code)}
	switch {
	case beat.Type == story.Withdrawn, beat.Type == story.Held, beat.Type == story.Reported: // these quote nothing
	case sp.Secret || of.Secret: // mail is no place for a trade secret
		key, quotes = "mail.office.secret", nil
	case beat.Type == story.Replied && !sp.Open: // nobody has promised to answer
		key = "mail.office.replied_closed"
	}
	return p.Outbox.Post(ctx, tx, mail.Letter{Region: sp.Region, Purpose: "office." + string(beat.Type), Spark: of.ID, To: owner.Email,
		Subject: say.T(key+".subject", pairs...), Text: say.T(key+".text", pairs...), Language: owner.Language, Automatic: true, Quotes: quotes})
}

// quiet tells what the office is not written to about. Of what is held it gets one
// notice: not another while one of the last day still waits, nor what its bringer
// writes meanwhile; of reports the first of a spark, and none that a machine may
// have sent. The rest stands in the hold queue, which the work list counts.
func (p *Postman) quiet(ctx context.Context, tx *store.Tx, sp spark.Spark, beat story.Beat) (bool, error) {
	switch beat.Type {
	case story.Held:
		if beat.Actor != story.Kokko || !sp.Waits() {
			return true, nil
		}
		n, err := spark.HeldLately(ctx, tx, sp.Region, sp.ID, beat.At.Add(-24*time.Hour))
		return n > 0, err
	case story.Reported:
		if beat.Facts.Reports > 1 {
			return true, nil
		}
		all, err := spark.Reports(ctx, tx, sp.Region, sp.ID, 1)
		return len(all) == 0 || all[0].Doubt != "", err
	case story.Dropped, story.Replied:
		return sp.Held != "", nil
	case story.Withdrawn:
		return len(beat.Facts.Reasons) > 0, nil
	}
	return false, nil
}

// toReaders writes to those who told the office of a spark and want to hear what
// came of it; then their addresses are forgotten.
func (p *Postman) toReaders(ctx context.Context, tx *store.Tx, d desk, sp spark.Spark, beat story.Beat) error {
	if beat.Type != story.Looked {
		return nil
	}
	all, err := spark.ToldAbout(ctx, tx, beat)
	if err != nil {
		return err
	}
	for _, r := range all {
		say := p.Texts.For(language(r.Language))
		pairs := []any{"code", sp.Code, "link", d.link(language(r.Language), "/kipina/"+sp.Code), "office", d.edition.Office.Name.In(r.Language), "region", d.edition.Region.Name.In(r.Language)}
		body := say.T("mail.reader."+string(r.Outcome), pairs...) + "\n\n" + say.T("mail.reader.foot", pairs...)
		if d.example() {
			body += "\n\n" + say.T("mail.example", pairs...)
		}
		if err := p.Outbox.Post(ctx, tx, mail.Letter{Region: sp.Region, Purpose: "reader." + string(r.Outcome), Spark: sp.ID, To: r.Email,
			Subject: say.T("mail.reader.subject", pairs...), Text: body, Language: string(language(r.Language).Written()), Automatic: true}); err != nil {
			return err
		}
		if err := spark.ForgetReporter(ctx, tx, sp.Region, r); err != nil {
			return err
		}
	}
	return nil
}

// addressed writes to an address a bringer has changed to, with a link of its own:
// who did not give it can take the spark away.
func (p *Postman) addressed(ctx context.Context, job jobs.Job[spark.AddressedArgs]) error {
	region := job.Args.Region
	d, err := p.desk(ctx, p.DB, region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		sp, err := spark.ByID(ctx, tx, region, job.Args.Spark)
		if err != nil {
			return err
		}
		all, err := spark.Bringers(ctx, tx, region, sp.ID)
		if err != nil || sp.State == spark.Withdrawn {
			return err
		}
		for _, b := range all[sp.ID] {
			if b.ID != job.Args.Bringer || b.Email == "" {
				continue
			}
			secret, err := spark.NewLink(ctx, tx, region, sp.ID, b.ID, clock.Micros(p.Clock.Now()))
			if err != nil {
				return err
			}
			say := p.Texts.For(language(b.Language))
			pairs := []any{"code", sp.Code, "link", d.link(language(b.Language), "/oma/"+secret), "office", d.edition.Office.Name.In(b.Language), "region", d.edition.Region.Name.In(b.Language)}
			body := say.T("mail.bringer.addressed.text", pairs...) + "\n\n" + say.T("mail.bringer.foot", pairs...)
			if d.example() {
				body += "\n\n" + say.T("mail.example", pairs...)
			}
			if err := p.Outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: spark.LetterToBringer + "addressed", Spark: sp.ID, To: b.Email,
				Subject: say.T("mail.bringer.addressed.subject", pairs...), Text: body, Language: string(language(b.Language).Written()), Automatic: true}); err != nil {
				return err
			}
		}
		return nil
	})
}

// mondays queues one Monday letter job a region.
func (p *Postman) mondays(ctx context.Context, job jobs.Job[mondayArgs]) error {
	return programme.EachRegion(ctx, p.DB, job, func(ctx context.Context, tx *store.Tx, region string) error {
		return monday.Enqueue(ctx, tx, mondayArgs{Region: region, Due: job.Args.Due})
	})
}

// listed bounds how many sparks of a pile a Monday letter names.
const listed = 10

// monday writes the week's work to each officer who wants it: what is late, due
// and lone, and who to call. With nothing to do no letter is sent.
func (p *Postman) monday(ctx context.Context, job jobs.Job[mondayArgs]) error {
	region := job.Args.Region
	d, err := p.desk(ctx, p.DB, region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		officers, err := office.Officers(ctx, tx, region)
		if err != nil {
			return err
		}
		cal, err := office.Workdays(ctx, tx, region)
		if err != nil {
			return err
		}
		today := workday.DayOf(job.Args.Due, i18n.Helsinki())
		type heap struct {
			pile  spark.Pile
			list  []spark.Spark
			count int
		}
		var heaps []heap
		total, err := spark.WorkLeft(ctx, tx, region, today)
		if err != nil {
			return err
		}
		barriers, err := weekOfFeedback(ctx, tx, region, today)
		if err != nil || total+barriers.count == 0 {
			return err
		}
		for _, pile := range spark.Piles() {
			list, n, err := spark.Work(ctx, tx, region, pile, cal, today, 0, listed)
			if err == nil && n > spark.CountMost { // a letter says how many there are
				n, err = spark.WorkIn(ctx, tx, region, pile, cal, today)
			}
			if err != nil {
				return err
			}
			heaps = append(heaps, heap{pile, list, n})
		}
		for _, o := range officers {
			if !o.Active || !o.MondayMail {
				continue
			}
			answers := barriers.count > 0 && o.Role.May(office.Read, office.Feedback)
			if total == 0 && !answers {
				continue
			}
			say := p.Texts.For(language(o.Language))
			var b strings.Builder
			if answers {
				barriers.write(&b, say, d)
			}
			for _, h := range heaps {
				if h.count == 0 {
					continue
				}
				fmt.Fprintf(&b, "%s\n", say.N("mail.monday."+string(h.pile), h.count))
				for _, sp := range h.list {
					title := sp.Title
					if sp.Secret {
						title = say.T("mail.monday.secret")
					}
					fmt.Fprintf(&b, "– %s (%s, %s)\n  %s\n", title, sp.Code, say.DayMonth(sp.Due.Start(i18n.Helsinki())), d.link(language(o.Language), "/toimisto/kipina/"+sp.Code))
				}
				if more := h.count - len(h.list); more > 0 {
					fmt.Fprintf(&b, "– %s\n", say.N("mail.monday.more", more))
				}
				b.WriteString("\n")
			}
			pairs := []any{"name", o.Name, "list", strings.TrimSpace(b.String()), "link", d.link(language(o.Language), "/toimisto"), "region", d.edition.Region.Name.In(o.Language)}
			subject := say.N("mail.monday.subject", total, pairs...)
			if total == 0 {
				subject = say.N("mail.monday.feedback_subject", barriers.count, pairs...)
			}
			if err := p.Outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: spark.MondayLetter, To: o.Email, Subject: subject,
				Text: say.T("mail.monday.text", pairs...), Language: o.Language, Automatic: true}); err != nil {
				return err
			}
		}
		return nil
	})
}

// SignIn queues the letter with a sign-in link; path is where the link leads.
func (p *Postman) SignIn(ctx context.Context, tx *store.Tx, to office.Officer, path string) error {
	d, err := p.desk(ctx, tx, to.Region)
	if err != nil {
		return err
	}
	say := p.Texts.For(language(to.Language))
	pairs := []any{"name", to.Name, "link", d.link(language(to.Language), path)}
	return p.Outbox.Post(ctx, tx, mail.Letter{Region: to.Region, Purpose: "office.signin", To: to.Email, Subject: say.T("mail.signin.subject", pairs...),
		Text: say.T("mail.signin.text", pairs...), Language: to.Language, Automatic: true})
}

// Leave tells that the region's letters leave by a mail server: its own, or the
// installation's.
func (p *Postman) Leave(ctx context.Context, region string) (bool, error) {
	settings, err := p.Settings(ctx, region)
	return !settings.IsZero(), err
}

// Trial talks to the region's mail server and sends a trial letter to an address,
// "" for none. The transcript holds the server's own words, also on failure.
func (p *Postman) Trial(ctx context.Context, region, to string) (mail.Transcript, error) {
	settings, err := p.Settings(ctx, region)
	if err != nil {
		return mail.Transcript{}, err
	}
	if settings.IsZero() {
		return mail.Transcript{}, fault.New(fault.Invalid, "mail.no_server")
	}
	var trial *mail.Message
	if to != "" {
		if !office.EmailLooksRight(to) {
			return mail.Transcript{}, fault.New(fault.Invalid, "email.wrong").On("to")
		}
		say := p.Texts.For(i18n.Finnish)
		trial = &mail.Message{From: settings.From, To: mail.Address{Email: to}, Subject: say.T("mail.trial.subject"), Text: say.T("mail.trial.text"),
			ID: fmt.Sprintf("trial.%d@kokko.invalid", p.Clock.Now().UnixMicro()), Date: p.Clock.Now(), AutoSubmitted: true}
	}
	return mail.Probe(ctx, settings, trial)
}
