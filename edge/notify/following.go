package notify

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/challenge"
	"kokko/journey/comment"
	"kokko/journey/follow"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
	"kokko/region/search"
	"kokko/region/trust"
)

// Followers hear by circulars: one row and one job whoever many they are. The job goes
// through them a batch at a time by their key and writes each letter when its turn
// comes, from what is so then: what was withdrawn meanwhile is told to nobody.

// Following is how the purposes of circulars to followers begin; the pace follows.
const Following = "follow."

const (
	// atOnce is how many recipients are taken at a time: one connection's worth.
	atOnce = 100
	// inOneJob is how many batches one run of the job takes before it queues itself
	// again, so that others have their turn and a stop waits for little.
	inOneJob = 10
	// windowMost bounds how many beats of one type a digest is made of.
	windowMost = 500
	// digestMost bounds how many sparks one digest names.
	digestMost = 25
	// settled is how old a beat must be for a digest: one written just before its time
	// may not be committed yet.
	settled = 2 * time.Minute
)

// spreadArgs names the circular. Round is 0 while everybody has their first turn, then
// counts the turns of those whose mail servers asked to come again; After is how far
// that turn has come.
type spreadArgs struct {
	Region   string   `json:"region"`
	Circular ident.ID `json:"circular"`
	Round    int      `json:"round,omitempty"`
	After    ident.ID `json:"after,omitempty"`
}

var spread = jobs.Kind[spreadArgs]{Name: "follow.spread"}

// digestArgs names the time a digest stands for and, but for the job that fans out,
// the region.
type digestArgs struct {
	Region string      `json:"region,omitempty"`
	Pace   follow.Pace `json:"pace"`
	Due    time.Time   `json:"due"`
}

var (
	allDigests = jobs.Kind[digestArgs]{Name: "follow.digests"}
	digest     = jobs.Kind[digestArgs]{Name: "follow.digest"}
)

// bindFollowing has the runner tell followers: of each beat at once, and in digests
// every morning at half past seven and on Thursdays at eight.
func (p *Postman) bindFollowing(r *jobs.Runner) {
	jobs.Handle(r, spread, p.spread)
	jobs.Handle(r, allDigests, p.digests)
	jobs.Handle(r, digest, p.digest)
	jobs.Handle(r, search.Appeared, p.appeared)
	jobs.Repeat(r, "follow.daily", jobs.Daily(7, 30), allDigests, func(due time.Time) digestArgs { return digestArgs{Pace: follow.Daily, Due: due} })
	jobs.Repeat(r, "follow.weekly", jobs.Weekly(time.Thursday, 8, 0), allDigests, func(due time.Time) digestArgs { return digestArgs{Pace: follow.Weekly, Due: due} })
}

// circularData is what a circular is written from: a beat, or the beats of a stretch.
type circularData struct {
	Beat  ident.ID   `json:"beat,omitempty"`
	With  []ident.ID `json:"with,omitempty"` // joined to its spark when it was told
	After ident.ID   `json:"after,omitempty"`
	Until ident.ID   `json:"until,omitempty"`
	News  []int64    `json:"news,omitempty"` // rows of the index that are news to somebody
}

// open begins a circular inside the caller's transaction.
func (p *Postman) open(ctx context.Context, tx *store.Tx, region string, pace follow.Pace, about ident.ID, data circularData) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	id, err := p.Outbox.Open(ctx, tx, mail.Circular{Region: region, Purpose: Following + string(pace), Spark: about, Data: raw})
	if err != nil {
		return err
	}
	return spread.Enqueue(ctx, tx, spreadArgs{Region: region, Circular: id}, jobs.Bulk())
}

// toFollowers begins a circular for a beat that anybody follows at once.
func (p *Postman) toFollowers(ctx context.Context, tx *store.Tx, d desk, sp spark.Spark, beat story.Beat, with []ident.ID) error {
	if _, told := follow.Least(beat.Type); !told || beat.Visibility != story.Public || !sp.Listed {
		return nil
	}
	reaches, _, err := p.reaches(ctx, tx, sp, with, d.edition.Places)
	if err != nil {
		return err
	}
	any, err := follow.Any(ctx, tx, sp.Region, follow.Now, reaches)
	if err != nil || !any {
		return err
	}
	return p.open(ctx, tx, sp.Region, follow.Now, sp.ID, circularData{Beat: beat.ID, With: with})
}

// reaches is everything whose followers hear of a spark, the searches that it answers
// among it, with what those ask.
func (p *Postman) reaches(ctx context.Context, from store.Source, sp spark.Spark, joined []ident.ID, places []place.Place) ([]follow.Reach, map[string]follow.Search, error) {
	all := follow.Reaches(sp, joined, places)
	if p.Index == nil {
		return all, nil, nil
	}
	found, err := follow.Matching(ctx, from, p.Index, sp.Region, follow.ItemOf(p.Index, sp, places))
	return append(all, searching(found)...), found, err
}

// searching is searches as what is reached.
func searching(found map[string]follow.Search) (all []follow.Reach) {
	for id := range found {
		all = append(all, follow.Reach{Target: follow.Target{Kind: follow.Searching, ID: id}})
	}
	return all
}

// digests queues one digest job a region.
func (p *Postman) digests(ctx context.Context, job jobs.Job[digestArgs]) error {
	return programme.EachRegion(ctx, p.DB, job, func(ctx context.Context, tx *store.Tx, region string) error {
		return digest.Enqueue(ctx, tx, digestArgs{region, job.Args.Pace, job.Args.Due})
	})
}

// digest begins a circular of what happened since the last one of its pace; when
// nothing did, or nobody follows so, there is none.
func (p *Postman) digest(ctx context.Context, job jobs.Job[digestArgs]) error {
	region, pace := job.Args.Region, job.Args.Pace
	// What came in just as the last look at what is new ended has waited until now.
	if err := p.takeAllNews(ctx, region); err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		some, err := follow.Paced(ctx, tx, region, pace)
		if err != nil || !some {
			return err
		}
		until := job.Args.Due.Add(-settled)
		stretch := 24 * time.Hour
		if pace == follow.Weekly {
			stretch *= 7
		}
		data := circularData{After: ident.At(until.Add(-stretch)), Until: ident.At(until)}
		last, ok, err := mail.LastCircular(ctx, tx, region, Following+string(pace))
		if err != nil {
			return err
		}
		if ok {
			var before circularData
			if err := json.Unmarshal(last.Data, &before); err != nil {
				return err
			}
			if data.After = before.Until; data.After >= data.Until {
				return nil
			}
		}
		if data.News, err = p.newsOf(ctx, tx, region, data); err != nil {
			return err
		}
		if len(data.News) == 0 {
			beats, err := window(ctx, tx, region, data, 1)
			if err != nil || len(beats) == 0 {
				return err
			}
		}
		return p.open(ctx, tx, region, pace, 0, data)
	})
}

// spread carries a circular on: some batches, then it queues itself again, until
// everybody has had their turn and nobody waits for another.
func (p *Postman) spread(ctx context.Context, job jobs.Job[spreadArgs]) error {
	c, err := mail.OneCircular(ctx, p.DB, job.Args.Region, job.Args.Circular)
	if fault.Is(err, fault.NotFound) || err == nil && !c.Done.IsZero() {
		return nil
	}
	if err == nil {
		err = p.carry(ctx, job, c)
	}
	if err != nil && job.LastTry && !jobs.Lost(err) { // given up after days, and it says why
		return job.Finish(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
			return p.Outbox.Finish(ctx, tx, c, cmp.Or(mail.Words(err), "given up: see the program's log"))
		})
	}
	return err
}

// Again writes once more to a follower of whose letter nobody knows whether it arrived,
// as things are now; also runs in the same transaction.
func (p *Postman) Again(ctx context.Context, region string, circular, recipient ident.ID, also func(ctx context.Context, tx *store.Tx) error) error {
	return p.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := p.Outbox.DeliverAgain(ctx, tx, region, circular, recipient); err != nil {
			return err
		}
		if err := also(ctx, tx); err != nil {
			return err
		}
		return spread.Enqueue(ctx, tx, spreadArgs{Region: region, Circular: circular, Round: 1})
	})
}

func (p *Postman) carry(ctx context.Context, job jobs.Job[spreadArgs], c mail.Circular) error {
	args := job.Args
	var data circularData
	if err := json.Unmarshal(c.Data, &data); err != nil {
		return err
	}
	pace := follow.Pace(strings.TrimPrefix(c.Purpose, Following))
	finish := func() error {
		return job.Finish(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error { return p.Outbox.Finish(ctx, tx, c, "") })
	}
	after := c.After
	if args.Round > 0 {
		after = args.After
	}
	more := true
	for n := 0; n < inOneJob && more; n++ {
		w, err := p.writer(ctx, c, pace, data)
		if err != nil {
			return err
		}
		if len(w.happenings)+len(w.news) == 0 { // nothing of it may be told any more
			return finish()
		}
		var ids []ident.ID
		if ids, more, err = p.recipients(ctx, c, pace, w, args.Round, after); err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		if err := p.batch(ctx, c, w, ids); err != nil {
			return err
		}
		if after = ids[len(ids)-1]; args.Round == 0 {
			if err := p.DB.Tx(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error { return mail.Advance(ctx, tx, c, after) }); err != nil {
				return err
			}
		}
	}
	if more {
		return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
			return spread.Enqueue(ctx, tx, spreadArgs{args.Region, args.Circular, args.Round, after}, jobs.Bulk())
		})
	}
	waiting, err := mail.Deliveries(ctx, p.DB, c.Region, c.ID, mail.Waiting, 0, 1)
	if err != nil {
		return err
	}
	if pauses := rounds(); len(waiting) > 0 && args.Round < len(pauses) {
		return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
			return spread.Enqueue(ctx, tx, spreadArgs{Region: args.Region, Circular: args.Circular, Round: args.Round + 1}, jobs.At(p.Clock.Now().Add(pauses[args.Round])))
		})
	}
	return finish()
}

// rounds are the pauses before those whose mail servers asked to come again have
// another turn.
func rounds() []time.Duration {
	return []time.Duration{15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour, 24 * time.Hour}
}

// recipients are the next ones of a circular, by their key.
func (p *Postman) recipients(ctx context.Context, c mail.Circular, pace follow.Pace, w *writer, round int, after ident.ID) (ids []ident.ID, more bool, err error) {
	switch {
	case round > 0:
		list, err := mail.Deliveries(ctx, p.DB, c.Region, c.ID, mail.Waiting, after, atOnce)
		for _, d := range list {
			ids = append(ids, d.Recipient)
		}
		return ids, len(ids) == atOnce, err
	case pace == follow.Now:
		return follow.Followers(ctx, p.DB, c.Region, pace, w.reaches(), after, atOnce)
	}
	ids, err = follow.Next(ctx, p.DB, c.Region, after, atOnce)
	return ids, len(ids) == atOnce, err
}

// batch writes to some recipients, over one connection.
func (p *Postman) batch(ctx context.Context, c mail.Circular, w *writer, ids []ident.ID) error {
	had, err := p.Outbox.Handled(ctx, c.Region, c.ID, ids)
	if err != nil {
		return err
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id ident.ID) bool { return had[id] })
	people, err := address.ByIDs(ctx, p.DB, c.Region, ids...)
	if err != nil {
		return err
	}
	follows, err := w.followsOf(ctx, p.DB, ids)
	if err != nil {
		return err
	}
	var items []mail.Item
	for _, id := range ids {
		a, ok := people[id]
		if !ok || !a.Reachable() {
			continue
		}
		if item, ok := w.write(a, follows[id]); ok {
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		return nil
	}
	return p.Outbox.Distribute(ctx, c, items, func(ctx context.Context, tx *store.Tx, recipient ident.ID, o mail.Outcome) error {
		f, failed := mail.FailureOf(o.Err)
		switch {
		case o.Err == nil && people[recipient].Bounces > 0:
			return address.Arrived(ctx, tx, c.Region, recipient)
		case failed && f.Step == mail.StepRecipient && f.Verdict == mail.Permanent:
			return address.Bounced(ctx, tx, c.Region, recipient, f.Reply.String(), p.Clock.Now())
		}
		return nil
	})
}

// happening is a spark and what happened to it, as anybody may read it.
type happening struct {
	spark.Spark
	beats   []story.Beat
	reaches []follow.Reach
	found   map[string]follow.Search // the searches it answers
	// bringers hear of their own spark by letters of their own.
	bringers map[string]bool // by mailbox
}

// mailbox is how two ways of writing one address are equal; "" for what is none.
func mailbox(email string) string {
	at, err := mail.ParseEmail(strings.TrimSpace(email))
	if err != nil {
		return ""
	}
	return strings.ToLower(at)
}

// writer writes one circular's letters.
type writer struct {
	p          *Postman
	region     string
	pace       follow.Pace
	d          desk
	keys       trust.Keys
	happenings []happening
	news       []novelty
	officers   map[ident.ID]office.Officer
	questions  map[ident.ID]challenge.Challenge
	spoken     map[i18n.Language]*i18n.Printer
	said       map[ident.ID]comment.Comment // what a beat tells was said
}

// theirs tells that a beat tells of what this person said themselves.
func (w *writer) theirs(b story.Beat, a address.Address) bool {
	return b.Type == story.Commented && w.said[b.ID].Mine(comment.Author{Kind: comment.Person, ID: a.ID})
}

// window is what happened in a digest's stretch. A spark that was held when it came is
// new when it is let in.
func window(ctx context.Context, from store.Source, region string, data circularData, most int) ([]story.Beat, error) {
	beats, err := story.Between(ctx, from, region, story.Public, follow.Heard(), data.After, data.Until, most, func(b story.Beat) bool {
		return b.Facts.Source != string(spark.Imported) // of an import nobody is written to
	})
	if err != nil {
		return nil, err
	}
	var let []story.Beat
	for _, to := range []story.Visibility{story.Public, story.Parties} {
		some, err := story.Between(ctx, from, region, to, []story.Type{story.Approved}, data.After, data.Until, most, func(story.Beat) bool { return true })
		if err != nil {
			return nil, err
		}
		let = append(let, some...)
	}
	for _, a := range let {
		held, err := story.First(ctx, from, region, a.Spark, story.Held)
		if errors.Is(err, store.ErrNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		dropped, err := story.First(ctx, from, region, a.Spark, story.Dropped)
		if err != nil {
			return nil, err
		}
		first, err := story.First(ctx, from, region, a.Spark, story.Approved)
		if err != nil {
			return nil, err
		}
		if held.At.Equal(dropped.At) && first.ID == a.ID {
			beats = slices.DeleteFunc(beats, func(b story.Beat) bool { return b.ID == dropped.ID })
			dropped.At = a.At
			beats = append(beats, dropped)
		}
	}
	return beats, nil
}

// writer reads what a circular may tell now.
func (p *Postman) writer(ctx context.Context, c mail.Circular, pace follow.Pace, data circularData) (*writer, error) {
	w := &writer{p: p, region: c.Region, pace: pace, officers: map[ident.ID]office.Officer{}, spoken: map[i18n.Language]*i18n.Printer{}, said: map[ident.ID]comment.Comment{}}
	var beats []story.Beat
	if data.Beat != 0 {
		b, err := story.One(ctx, p.DB, c.Region, c.Spark, data.Beat)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return nil, err
		}
		if err == nil {
			beats = append(beats, b)
		}
	} else if data.Until != 0 {
		var err error
		if beats, err = window(ctx, p.DB, c.Region, data, windowMost); err != nil {
			return nil, err
		}
	}
	var ids, via []ident.ID
	for _, b := range beats {
		if !slices.Contains(ids, b.Spark) {
			ids = append(ids, b.Spark)
		}
		if b.Facts.Via != 0 {
			via = append(via, b.Facts.Via)
		}
	}
	sparks, err := spark.Tagged(ctx, p.DB, c.Region, ids...)
	if err != nil {
		return nil, err
	}
	through, err := spark.ByIDs(ctx, p.DB, c.Region, via...)
	if err != nil {
		return nil, err
	}
	joined, err := spark.Joined(ctx, p.DB, c.Region, ids...)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(ids)
	for _, list := range joined {
		for _, sp := range list {
			all = append(all, sp.ID)
		}
	}
	bringers := map[ident.ID][]spark.Bringer{}
	if len(all) > 0 {
		if bringers, err = spark.Bringers(ctx, p.DB, c.Region, all...); err != nil {
			return nil, err
		}
	}
	if w.d, err = p.desk(ctx, p.DB, c.Region); err != nil {
		return nil, err
	}
	if w.news, err = p.novelties(ctx, p.DB, c.Region, w.d, data.News); err != nil {
		return nil, err
	}
	var questions []ident.ID
	for _, id := range ids {
		sp, ok := sparks[id]
		if !ok || !sp.Listed {
			continue
		}
		h := happening{Spark: sp, bringers: map[string]bool{}}
		for _, b := range beats {
			other := through[b.Facts.Via]
			if b.Spark != id || b.Visibility != story.Public || wordless(b) || b.Facts.Via != 0 && !other.Readable() {
				continue
			}
			if b.Type == story.Commented {
				c, read, err := said(ctx, p.DB, b)
				if err != nil {
					return nil, err
				}
				if !read {
					continue
				}
				w.said[b.ID] = c
			}
			h.beats = append(h.beats, b)
		}
		if len(h.beats) == 0 {
			continue
		}
		own := []ident.ID{id}
		for _, j := range joined[id] {
			own = append(own, j.ID)
		}
		for _, j := range data.With { // taken apart since: they were one when it happened
			if !slices.Contains(own, j) {
				own = append(own, j)
			}
		}
		if h.reaches, h.found, err = p.reaches(ctx, p.DB, sp, own[1:], w.d.edition.Places); err != nil {
			return nil, err
		}
		for _, o := range own {
			for _, b := range bringers[o] {
				if b.Email != "" {
					h.bringers[mailbox(b.Email)] = true
				}
			}
		}
		if sp.Challenge != 0 {
			questions = append(questions, sp.Challenge)
		}
		w.happenings = append(w.happenings, h)
	}
	if len(w.happenings)+len(w.news) == 0 {
		return w, nil
	}
	officers, err := office.Officers(ctx, p.DB, c.Region)
	if err != nil {
		return nil, err
	}
	for _, o := range officers {
		o.Email = mailbox(o.Email)
		w.officers[o.ID] = o
	}
	if len(questions) > 0 {
		if w.questions, err = challenge.ByID(ctx, p.DB, c.Region, questions...); err != nil {
			return nil, err
		}
	}
	return w, p.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		w.keys, err = trust.KeysIn(ctx, tx, c.Region)
		return err
	})
}

// reaches is everything whose followers hear at once of what the circular is about.
func (w *writer) reaches() (all []follow.Reach) {
	for _, h := range w.happenings {
		all = append(all, h.reaches...)
	}
	for _, n := range w.news {
		for _, r := range n.reaches {
			if !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	return all
}

// followsOf is what these people follow of what the circular is about.
func (w *writer) followsOf(ctx context.Context, from store.Source, ids []ident.ID) (map[ident.ID][]follow.Follow, error) {
	if w.pace == follow.Now {
		return follow.Among(ctx, from, w.region, ids, w.reaches())
	}
	return follow.Of(ctx, from, w.region, ids...)
}

// heard is what one person hears of one spark, and why.
type heard struct {
	*happening
	beats []story.Beat
	by    follow.Follow
}

// hears picks what a person hears at this pace: of each spark what the narrowest of
// their follows lets through, but for their own acts and their own sparks.
func (w *writer) hears(a address.Address, follows []follow.Follow) (all []heard) {
	self := mailbox(a.Email)
	for i := range w.happenings {
		h := &w.happenings[i]
		by, ok := follow.Decides(follows, h.reaches)
		if !ok || h.bringers[self] {
			continue
		}
		var beats []story.Beat
		for _, b := range h.beats {
			if by.Hears(b, w.pace) && !w.theirs(b, a) && (b.Officer == 0 || w.officers[b.Officer].Email != self) {
				beats = append(beats, b)
			}
		}
		if len(beats) > 0 {
			all = append(all, heard{h, beats, by})
		}
	}
	return all
}

// say speaks a language, each made once a circular.
func (w *writer) say(l i18n.Language) *i18n.Printer {
	if w.spoken[l] == nil {
		w.spoken[l] = w.d.style.Speak(w.p.Texts.For(l))
	}
	return w.spoken[l]
}

// write writes one person's letter; ok is false when they hear nothing: no letter is
// ever empty.
func (w *writer) write(a address.Address, follows []follow.Follow) (item mail.Item, ok bool) {
	all, news := w.hears(a, follows), w.hearsNews(a, follows)
	if len(all)+len(news) == 0 {
		return item, false
	}
	lang := language(a.Language)
	say := w.say(lang)
	scope := string(w.pace)
	if w.pace == follow.Now {
		if len(all) > 0 {
			scope = all[0].by.Target.String()
		} else {
			scope = news[0].by.Target.String()
		}
	}
	stop := w.d.link(lang, "/lopeta/"+follow.StopToken(w.keys, a.ID, scope))
	pairs := []any{"region", w.d.edition.Region.Name.In(string(lang.Written())), "office", w.d.edition.Office.Name.In(string(lang.Written())), "mine", w.d.link(lang, "/minun/"+address.LinkBy(w.keys, a)), "stop", stop}
	var b strings.Builder
	var subject string
	switch {
	case len(all) == 0 && len(news) == 1:
		subject = say.T("mail.follow.subject", "title", news[0].title, "what", say.T("mail.follow.news.kind."+string(news[0].Kind)))
	case len(all) == 0:
		subject = say.N("mail.follow.news.subject", len(news), pairs...)
	case w.pace == follow.Now:
		subject = say.T("mail.follow.subject", "title", all[0].Title, "what", w.line(say, all[0].beats[0]))
	default:
		subject = say.N("mail.follow."+string(w.pace)+".subject", len(all), pairs...)
		fmt.Fprintf(&b, "%s\n\n", say.T("mail.follow."+string(w.pace)+".lead", pairs...))
	}
	most := 1500
	if w.pace != follow.Now {
		most = 400
	}
	for i, one := range all[max(0, len(all)-digestMost):] {
		if i > 0 {
			b.WriteString("\n")
		}
		w.tell(&b, say, one, most)
	}
	if more := len(all) - digestMost; more > 0 {
		fmt.Fprintf(&b, "\n%s\n%s\n", say.N("mail.follow.more", more), w.d.link(lang, "/kipinat"))
	}
	if len(all) > 0 && len(news) > 0 {
		fmt.Fprintf(&b, "\n%s\n\n", say.T("mail.follow.news.also"))
	}
	w.tellNews(&b, say, news, most)
	ends := "mail.follow.stop_one"
	if w.pace != follow.Now {
		ends = "mail.follow.stop_all"
	}
	fmt.Fprintf(&b, "\n%s\n\n%s", say.T(ends, pairs...), say.T("mail.follow.foot", pairs...))
	if w.d.example() {
		fmt.Fprintf(&b, "\n\n%s", say.T("mail.example", pairs...))
	}
	return mail.Item{Recipient: a.ID, Email: a.Email, Subject: clip(subject, mail.MaxSubject), Text: b.String(), Language: string(lang.Written()), Headers: map[string]string{
		"List-Id": "<seuranta." + w.region + "." + mail.Domain + ">", "List-Unsubscribe": "<" + stop + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}}, true
}

// tell writes what happened to one spark, in the words themselves, and why this
// person hears of it.
func (w *writer) tell(b *strings.Builder, say *i18n.Printer, h heard, most int) {
	fmt.Fprintf(b, "%s (%s)\n", h.Title, h.Code)
	for _, beat := range h.beats {
		fmt.Fprintf(b, "– %s, %s\n", say.DayMonth(beat.At), w.line(say, beat))
		words, would := beat.Parts()
		switch beat.Type {
		case story.Dropped, story.Part:
			words = h.Text
		case story.Commented:
			words = w.said[beat.ID].Words
		}
		if words = strings.TrimSpace(words); words != "" {
			fmt.Fprintf(b, "\n%s\n", clip(words, most))
		}
		if would = strings.TrimSpace(would); would != "" {
			fmt.Fprintf(b, "\n%s %s\n", say.T("mail.follow.would"), clip(would, most))
		}
	}
	at := "/kipina/" + h.Code
	if len(h.beats) == 1 && h.beats[0].Type == story.Commented {
		at += "/kommentti/" + h.beats[0].Facts.Comment.String()
	}
	fmt.Fprintf(b, "\n%s\n%s\n", w.d.link(say.Lang(), at), say.T("mail.follow.why", "why", w.why(say, h)))
}

// line says what happened.
func (w *writer) line(say *i18n.Printer, b story.Beat) string {
	name := b.Author
	if name == "" && b.Officer != 0 {
		name = w.officers[b.Officer].Name
	}
	if b.Type == story.Commented {
		switch c := w.said[b.ID]; c.Kind {
		case comment.Officer:
			name = w.officers[c.Author].Name
		case comment.Bringer: // whose name may be nobody's to see
			name = say.T("mail.follow.who.bringer")
		default:
			name = cmp.Or(c.Name, say.T("mail.follow.who.person"))
		}
	}
	if name == "" {
		name = w.d.edition.Office.Name.In(string(say.Lang()))
	}
	return say.T("mail.follow.beat."+string(b.Type), "name", name)
}

// why says which follow a person hears by.
func (w *writer) why(say *i18n.Printer, h heard) string {
	lang, name := string(say.Lang()), ""
	switch h.by.Target.Kind {
	case follow.Theme:
		if t, ok := w.d.edition.Theme(h.by.Target.ID); ok {
			name = t.Name.In(lang)
		}
	case follow.Place:
		if p, ok := w.d.edition.Place(h.by.Target.ID); ok {
			name = p.Name.In(lang)
		}
	case follow.Question:
		q := w.questions[h.Challenge]
		t, _ := q.In(lang)
		name = t.Title
	case follow.Searching:
		name = h.found[h.by.Target.ID].Words
	case follow.Everything:
		name = w.d.edition.Region.Name.In(lang)
	}
	return say.T("mail.follow.why."+string(h.by.Target.Kind), "name", name)
}

// clip shortens a text at a word, to so many characters.
func clip(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	cut := string(r[:most-1])
	if i := strings.LastIndexAny(cut, " \n"); i > most/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " \n,;:–-") + "…"
}
