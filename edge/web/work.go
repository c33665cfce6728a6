package web

import (
	"cmp"
	"context"
	"strings"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/alike"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/audit"
	"kokko/region/feedback"
	"kokko/region/office"
)

// The office's work list: what a Monday begins with. Each row says why it is
// here, and leads to a page where everything about it can be done.

func workRoutes() []route {
	read := func(pattern string, do func(*Visit) error) route {
		return route{pattern: pattern, access: staff, verb: office.Read, object: office.Sparks, do: do}
	}
	return append([]route{
		read("GET /toimisto", (*Visit).workList),
		read("GET /toimisto/kipinat", (*Visit).allSparks),
		read("GET /toimisto/soitot", (*Visit).callList),
	}, sparkWorkRoutes()...)
}

const (
	pileShows = 10  // rows of each pile on the whole list
	pileAll   = 100 // rows of one pile by itself
	perPage   = 30
)

// workRow is one spark of a list with what the office should see at a glance.
type workRow struct {
	spark.Spark
	Pile    spark.Pile
	Due     string // words of the due column
	Urgency string // late, soon, ok, done: kokko.css draws it
	Owner   string
	Place   string
	Promise string // "luvattu 18.11.", "tullut tänään"
	Why     []string
	Wish    string        // how the bringer wants to be reached, "" for readers without the right
	Event   string        // where it was told, "" for nowhere in particular
	Bringer spark.Bringer // the first of them; nobody for readers without the right
}

// pile is one heap with its rows.
type pile struct {
	Name  spark.Pile
	Count int
	Rows  []workRow
}

// workDesk is what lists of sparks need to know besides the sparks.
type workDesk struct {
	cal      workday.Calendar
	today    workday.Day
	officers map[ident.ID]office.Officer
	feedback feedback.Waiting      // on the work list only
	assets   int                   // those that wait to be listed; there too
	intros   bool                  // an introduction waits to be passed on
	rings    bool                  // somebody waits in one, or there is one without a doer
	pairs    int                   // that may be the same, on the whole list
	over     []challenge.Challenge // open questions that wait to be summed up, on the whole list for who may
}

func (v *Visit) workDesk(ctx context.Context) (d workDesk, err error) {
	d.today, d.officers = v.today(), map[ident.ID]office.Officer{}
	if d.cal, err = office.Workdays(ctx, v.DB, v.Region.ID); err != nil {
		return d, err
	}
	all, err := office.Officers(ctx, v.DB, v.Region.ID)
	for _, o := range all {
		d.officers[o.ID] = o
	}
	return d, err
}

// rows dresses sparks for a list, with one query for all their bringers and one
// for the events they were told at.
func (v *Visit) rows(ctx context.Context, d workDesk, in spark.Pile, list []spark.Spark) ([]workRow, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := spark.IDs(list)
	events, err := spark.Events(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return nil, err
	}
	wishes := map[ident.ID][]spark.Bringer{}
	if v.May(right{Object: office.Contacts, Verb: office.Read}) {
		if wishes, err = spark.Bringers(ctx, v.DB, v.Region.ID, ids...); err != nil {
			return nil, err
		}
	}
	out := make([]workRow, len(list))
	for i, s := range list {
		r := workRow{Spark: s, Pile: in, Owner: d.officers[s.Owner].Name, Place: v.workPlace(s), Why: v.workWhy(s, in, d), Event: events[s.ID]}
		r.Due, r.Urgency = v.dueWords(s, in, d)
		r.Promise = v.promised(s)
		if b := wishes[s.ID]; len(b) > 0 {
			if r.Bringer = b[0]; r.Bringer.Contact == spark.Call || r.Bringer.Contact == spark.Meet {
				r.Wish = v.T("work.wish." + string(r.Bringer.Contact))
			}
		}
		out[i] = r
	}
	return out, nil
}

// workPlace is the place's name, or as its bringer wrote it.
func (v *Visit) workPlace(s spark.Spark) string {
	if p, ok := v.Edition.Place(s.Place); ok {
		return v.In(p.Name)
	}
	return s.PlaceName
}

func (v *Visit) workKind(k spark.Kind) string {
	if q, ok := v.Edition.Kind(string(k)); ok {
		return v.In(q.Name)
	}
	return v.T("work.kind.unknown")
}

// dueWords is how things stand with the promise, in words and as a colour.
func (v *Visit) dueWords(s spark.Spark, in spark.Pile, d workDesk) (words, urgency string) {
	until := func(day workday.Day) string {
		switch day - d.today {
		case 0:
			return v.T("work.today")
		case 1:
			return v.T("work.tomorrow")
		}
		return v.Day(day)
	}
	switch {
	case s.State == spark.Withdrawn:
		return v.T("work.state.withdrawn"), "done"
	case s.MergedInto != 0:
		return v.T("work.state.merged"), "done"
	case s.State == spark.Split || s.State == spark.Rejoined:
		return v.T("work.spark_state." + string(s.State)), "done"
	case in == spark.Written:
		return v.T("work.state.written"), "soon"
	case !s.Open:
		return v.T("work.state.closed"), "done"
	case in == spark.Calls && s.NextContact < d.today:
		return v.T("work.agreed", "date", v.Day(s.NextContact)), "late"
	case in == spark.Calls:
		return until(s.NextContact), "soon"
	case s.Late(d.today):
		// A promise broken over a weekend is late too, though no working day has passed.
		return v.N("work.late_by", max(1, d.cal.WorkdaysBetween(s.Due, d.today))), "late"
	case s.Waiting && s.Due <= d.cal.AddWorkdays(d.today, 2):
		return until(s.Due), "soon"
	case s.Waiting:
		return until(s.Due), "ok"
	case !s.Asked.IsZero():
		return v.T("work.state.asked"), "ok"
	}
	return v.T("work.state.answered"), "done"
}

func (v *Visit) promised(s spark.Spark) string {
	if s.Open && s.Waiting {
		return v.T("work.promised", "date", v.Day(s.Due))
	}
	return v.T("work.came", "ago", v.Say.Ago(s.Dropped, v.Clock.Now()))
}

// workWhy says in words why a spark is on the list, the weightiest first.
func (v *Visit) workWhy(s spark.Spark, in spark.Pile, d workDesk) (why []string) {
	now := v.Clock.Now()
	if in == spark.Held || in == spark.Declined {
		return v.heldWhy(s.Held)
	}
	if s.Waiting && s.Open {
		if s.WaitingFrom.After(s.Dropped) {
			why = append(why, v.T("work.why.replied", "ago", v.Say.Ago(s.WaitingFrom, now)))
		} else {
			why = append(why, v.T("work.why.unanswered", "ago", v.Say.Ago(s.Dropped, now)))
		}
	}
	if in == spark.Written {
		why = append(why, v.T("work.why.written"))
	}
	if in == spark.Calls {
		why = append(why, v.T("work.why.call", "date", v.Day(s.NextContact)))
	}
	if !s.Asked.IsZero() {
		why = append(why, v.T("work.why.asked", "ago", v.Say.Ago(s.Asked, now)))
	}
	if in == spark.Lone {
		why = append(why, v.T("work.why.lone", "ago", v.Say.Ago(s.Dropped, now)))
	}
	return why
}

// workView is what the work list says to everybody of a role.
type workView struct {
	desk  workDesk
	queue queue
	piles []pile
}

func (v *Visit) workList() error {
	only := spark.Pile(v.Query("pino"))
	view, err := readOnce(v, "work "+string(v.Officer.Role)+" "+string(only), func() (workView, error) { return v.workView(only) })
	if err != nil {
		return err
	}
	if only == "" { // what is found alike is no change to pages, so it is looked at each time
		if view.desk.pairs, err = alike.Count(v.R.Context(), v.DB, v.Region.ID, pairsMost); err != nil {
			return err
		}
	}
	return v.Render(200, workPage(v, view.desk, view.queue, view.piles, only, v.manage(view.desk)))
}

func (v *Visit) workView(only spark.Pile) (w workView, err error) {
	ctx := v.R.Context()
	d, err := v.workDesk(ctx)
	if err != nil {
		return w, err
	}
	if d.feedback, err = v.feedbackWaiting(); err != nil {
		return w, err
	}
	if d.assets, err = v.assetsWaiting(); err != nil {
		return w, err
	}
	for _, name := range spark.Piles() {
		limit := pileShows
		if only == name {
			limit = pileAll
		}
		list, n, err := spark.Work(ctx, v.DB, v.Region.ID, name, d.cal, d.today, 0, limit)
		if err != nil {
			return w, err
		}
		rows, err := v.rows(ctx, d, name, list)
		if err != nil {
			return w, err
		}
		w.piles = append(w.piles, pile{name, n, rows})
	}
	if d.rings, err = v.ringsWait(); err != nil {
		return w, err
	}
	if v.May(right{Object: office.Contacts, Verb: office.Read}) {
		if d.intros, err = v.introsWait(); err != nil {
			return w, err
		}
	}
	if only == "" && v.May(right{Object: office.Challenges, Verb: office.Write}) {
		if d.over, err = challenge.OverOn(ctx, v.DB, v.Region.ID, d.today, pileShows); err != nil {
			return w, err
		}
	}
	w.desk = d
	w.queue, err = v.queue(ctx, d)
	return w, err
}

func (v *Visit) allSparks() error {
	ctx := v.R.Context()
	d, err := v.workDesk(ctx)
	if err != nil {
		return err
	}
	after, err := v.idCursor()
	if err != nil {
		return err
	}
	list, _, err := spark.Work(ctx, v.DB, v.Region.ID, spark.All, d.cal, d.today, after, perPage+1)
	if err != nil {
		return err
	}
	list, next := page(list, func(s spark.Spark) ident.ID { return s.ID })
	rows, err := v.rows(ctx, d, spark.All, list)
	if err != nil {
		return err
	}
	return v.Render(200, allSparksPage(v, rows, after, next, v.manage(d)))
}

// idCursor is the key a list goes on from: ?sivu=, 0 for the first page.
func (v *Visit) idCursor() (ident.ID, error) {
	s := v.Query("sivu")
	if s == "" {
		return 0, nil
	}
	id, ok := ident.Parse(s)
	if !ok {
		return 0, fault.New(fault.Invalid, "page.cursor.wrong").On("sivu")
	}
	return id, nil
}

// page cuts a list that was read one further than perPage, and tells the last id of
// what is shown when there is more.
func page[T any](list []T, id func(T) ident.ID) ([]T, ident.ID) {
	if len(list) <= perPage {
		return list, 0
	}
	return list[:perPage], id(list[perPage-1])
}

// call is one call of the day.
type call struct {
	workRow
	Name, Phone, Email string
	Last               string // last words of a talk or of the bringer
	LastWho            string
	LastAt             string
	Measures           []spark.Measure // agreed and not done
}

const callsOfADay = 40

func (v *Visit) callList() error {
	ctx := v.R.Context()
	d, err := v.workDesk(ctx)
	if err != nil {
		return err
	}
	list, n, err := spark.Work(ctx, v.DB, v.Region.ID, spark.Calls, d.cal, d.today, 0, callsOfADay)
	if err != nil {
		return err
	}
	rows, err := v.rows(ctx, d, spark.Calls, list)
	if err != nil {
		return err
	}
	var said map[ident.ID]story.Beat
	var agreed map[ident.ID][]spark.Measure
	if len(list) > 0 && v.May(right{Object: office.Notes, Verb: office.Read}) {
		ids := spark.IDs(list)
		if said, err = story.LastSaid(ctx, v.DB, v.Region.ID, ids, story.InOffice, story.Talked, story.Replied, story.Noted, story.Answered); err != nil {
			return err
		}
		if agreed, err = spark.MeasuresOf(ctx, v.DB, v.Region.ID, ids...); err != nil {
			return err
		}
	}
	calls, reached := make([]call, len(rows)), false
	for i, r := range rows {
		reached = reached || r.Bringer.ID != 0
		c := call{workRow: r, Measures: agreed[r.ID], Name: r.Bringer.Name, Phone: r.Bringer.Phone, Email: r.Bringer.Email}
		if b, ok := said[r.ID]; ok {
			c.Last, c.LastWho, c.LastAt = b.Words, v.workWho(b), v.Say.Ago(b.At, v.Clock.Now())
		}
		calls[i] = c
	}
	if reached {
		if err := v.Office.Looked(ctx, v.Region.ID, audit.ListRead, audit.About{Thing: audit.Lists, Key: "calls"}); err != nil {
			return err
		}
	}
	return v.Render(200, callsPage(v, d, calls, n, v.May(right{Object: office.Contacts, Verb: office.Read})))
}

// longestStory bounds the beats an office page shows at once.
const longestStory = 1000

// wholeStory reads a story to its end, or to longestStory beats.
func (v *Visit) wholeStory(ctx context.Context, s spark.Spark, reader story.Visibility) (all []story.Beat, err error) {
	after := ident.ID(0)
	for len(all) < longestStory {
		beats, more, err := story.Of(ctx, v.DB, v.Region.ID, s.ID, reader, after)
		if err != nil {
			return nil, err
		}
		all = append(all, beats...)
		if !more {
			break
		}
		after = beats[len(beats)-1].ID
	}
	return all, nil
}

// workWho is who a beat is by: the name it was said under, or their part.
func (v *Visit) workWho(b story.Beat) string {
	return cmp.Or(b.Author, v.T("work.actor."+string(b.Actor)))
}

// shorten gives the beginning of a long text, cut at a word.
func shorten(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	cut := string(r[:most])
	if i := strings.LastIndexByte(cut, ' '); i > most/2 {
		cut = cut[:i]
	}
	return cut + "…"
}

// nextInPile finds where to go when one spark of a pile is done: the one after
// it, else the first of the next pile that has any, else the zero Spark. It must
// be asked before the verb, while the spark still lies in its pile.
func (v *Visit) nextInPile(ctx context.Context, in spark.Pile, at spark.Spark) (spark.Spark, spark.Pile, error) {
	piles := spark.Piles()
	if in == spark.Held {
		piles = []spark.Pile{spark.Held} // a queue of its own
	}
	start := -1
	for i, p := range piles {
		if p == in {
			start = i
		}
	}
	if start < 0 {
		return spark.Spark{}, "", nil
	}
	cal, err := office.Workdays(ctx, v.DB, v.Region.ID)
	if err != nil {
		return spark.Spark{}, "", err
	}
	for _, p := range piles[start:] {
		list, _, err := spark.Work(ctx, v.DB, v.Region.ID, p, cal, v.today(), 0, pileAll)
		if err != nil {
			return spark.Spark{}, "", err
		}
		from := 0
		for i, s := range list {
			if s.ID == at.ID {
				from = i + 1
			}
		}
		for _, s := range list[from:] {
			if s.ID != at.ID {
				return s, p, nil
			}
		}
	}
	return spark.Spark{}, "", nil
}

// languageOf is a language's name when a text is in another one than the page's.
func (v *Visit) languageOf(lang string) string {
	l, ok := i18n.ParseLanguage(lang)
	if !ok || l == v.Lang {
		return ""
	}
	return l.Name()
}

// upTo is how many a pile holds, in words when nobody has counted them all.
func (v *Visit) upTo(n int) string {
	if n > spark.CountMost {
		return v.T("work.pile.over", "n", v.Say.Number(spark.CountMost))
	}
	return v.Say.Number(int64(n))
}
