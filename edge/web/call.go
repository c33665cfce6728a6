package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/event"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

func callRoutes() []route {
	return []route{
		{pattern: "GET /{$}", plain: true, knows: true, ready: true, do: (*Visit).front},
		{pattern: "GET /vastattu", knows: true, ready: true, query: []string{"viikko", "sivu"}, do: (*Visit).answeredWeek},
		{pattern: "GET /kipina", plain: true, knows: true, ready: true, query: []string{"laji", "paikka", "teema", "kysymys"}, do: (*Visit).dropForm},
		{pattern: "POST /kipina", plain: true, files: true, limit: 20, do: (*Visit).drop},
	}
}

// answered is a spark on the front page with the first words of its answer.
type answered struct {
	spark.Spark
	Words string // "" when the answer was for the bringer only
	By    office.Officer
	Took  int // working days from the drop to the answer
}

// frontView is what the front page shows besides the programme.
type frontView struct {
	Alight   []item
	Answered []answered
	Asked    []asked // open questions
	Events   []event.Event
}

// On the front page: enough to see that something is going on, few enough to read.
const (
	alightMost   = 5
	answeredMost = 3
	answeredFor  = 7 * 24 * time.Hour
)

func (v *Visit) front() error {
	view, err := readOnce(v, "front", v.frontView)
	if err != nil {
		return err
	}
	v.tells(v.allSource())
	return v.Render(http.StatusOK, frontPage(v, view))
}

func (v *Visit) frontView() (view frontView, err error) {
	ctx, now := v.R.Context(), minute(v.Clock.Now())
	// Closing a spark is a lively moment too; only open ones are alight.
	lively, _, err := spark.List(ctx, v.DB, v.Region.ID, spark.Filter{Order: spark.Liveliest, Limit: 4 * alightMost})
	if err != nil {
		return view, err
	}
	for _, sp := range lively {
		if sp.Open && len(view.Alight) < alightMost {
			view.Alight = append(view.Alight, item{sp, v.T("spark.why.lively", "ago", v.Say.Ago(sp.Latest, now))})
		}
	}
	list, err := spark.AnsweredSince(ctx, v.DB, v.Region.ID, clock.Micros(now.Add(-answeredFor)), answeredMost)
	if err != nil {
		return view, err
	}
	if view.Answered, err = v.answers(ctx, list); err != nil {
		return view, err
	}
	open, err := v.openQuestions(ctx, questionsFront)
	if err != nil {
		return view, err
	}
	if view.Asked, err = v.counted(ctx, open); err != nil {
		return view, err
	}
	view.Events, err = v.ahead(nil)
	return view, err
}

// answers reads the first answer of each of these sparks.
func (v *Visit) answers(ctx context.Context, list []spark.Spark) (all []answered, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	d, err := v.desk(ctx)
	if err != nil {
		return nil, err
	}
	for _, sp := range list {
		a, err := v.answer(ctx, d, sp)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// answer reads the first answer of a spark as far as everybody may.
func (v *Visit) answer(ctx context.Context, d desk, sp spark.Spark) (answered, error) {
	a := answered{Spark: sp, Took: d.cal.WorkdaysBetween(dayOf(sp.Dropped), dayOf(sp.Answered))}
	// Ids rise with time: the answer is among the first beats from its moment on.
	beats, _, err := story.Of(ctx, v.DB, sp.Region, sp.ID, story.Public, ident.At(sp.Answered)-1)
	if err != nil {
		return a, err
	}
	for _, b := range beats {
		switch b.Type {
		case story.Answered, story.Asked, story.Closed:
			if !b.HasWords || b.At.After(sp.Answered.Add(time.Minute)) {
				continue
			}
			words, _ := b.Parts()
			if c, ok := correctionOf(beats, b.ID); ok {
				words = c.Words
			}
			a.Words, a.By = firstWords(spark.CleanLine(words), 220), d.officers[b.Officer]
			a.By.Name = cmp.Or(b.Author, a.By.Name)
			return a, nil
		}
	}
	return a, nil
}

// correctionOf is the latest correction of a beat among some beats.
func correctionOf(beats []story.Beat, id ident.ID) (c story.Beat, ok bool) {
	for i := range beats { // a beat is large, and each of many asks
		if beats[i].Corrects == id && beats[i].HasWords {
			c, ok = beats[i], true
		}
	}
	return c, ok
}

// desk is the office as a public page needs it: who is there, who is away, and
// which days it works.
type desk struct {
	all      []office.Officer
	officers map[ident.ID]office.Officer
	absences []office.Absence
	cal      workday.Calendar
}

func (v *Visit) desk(ctx context.Context) (desk, error) {
	return readOnce(v, "desk", func() (desk, error) { return v.readDesk(ctx) })
}

func (v *Visit) readDesk(ctx context.Context) (d desk, err error) {
	if d.all, err = office.Officers(ctx, v.DB, v.Region.ID); err != nil {
		return d, err
	}
	d.officers = make(map[ident.ID]office.Officer, len(d.all))
	for _, o := range d.all {
		d.officers[o.ID] = o
	}
	if d.absences, err = office.Absences(ctx, v.DB, v.Region.ID); err != nil {
		return d, err
	}
	d.cal, err = office.Workdays(ctx, v.DB, v.Region.ID)
	return d, err
}

// answers is who speaks for a spark on a day: its owner, or who stands in while
// the owner is away or gone. ok is false when nobody in the office may answer.
func (d desk) answers(owner ident.ID, on workday.Day) (o office.Officer, ok bool) {
	line := make([]office.Officer, 0, len(d.all))
	if first, known := d.officers[owner]; known && first.Active && first.Role.May(office.Write, office.Sparks) {
		// Duty begins with the first planner: for this one spark that is its owner.
		first.Role = office.Planner
		line = append(line, first)
	}
	for _, other := range d.all {
		if len(line) == 0 || other.ID != line[0].ID {
			line = append(line, other)
		}
	}
	o, ok = office.OnDuty(line, d.absences, on)
	return d.officers[o.ID], ok
}

// dayOf is the day it was in Finland.
func dayOf(t time.Time) workday.Day { return workday.DayOf(t, i18n.Helsinki()) }

// onDay is a day as a sentence names it: "torstaina 14.3."; with its year instead
// of its weekday when it is more than half a year away.
func (v *Visit) onDay(d workday.Day) string {
	const half = 183
	at := d.Start(i18n.Helsinki())
	if today := v.today(); d < today-half || d > today+half {
		return v.Say.Date(at)
	}
	return v.Say.OnWeekday(at)
}

func (v *Visit) dropForm() error {
	f := v.Blank()
	// What a card or a page of the site may choose beforehand. Never the text: a
	// link must not put words into anybody's mouth.
	if k, ok := v.Edition.Kind(v.Query("laji")); ok {
		f.Values.Set("kind", k.ID)
	}
	if p := spark.CleanLine(v.Query("paikka")); p != "" {
		if known, ok := v.Edition.Place(p); ok {
			p = v.In(known.Name)
		}
		f.Values.Set("place", firstRunes(p, spark.MaxName))
	}
	for _, t := range v.R.URL.Query()["teema"] {
		if _, ok := v.Edition.Theme(t); ok && !f.Has("themes", t) {
			f.Values.Add("themes", t)
		}
	}
	f.Values.Set("challenge", v.Query("kysymys"))
	if e := firstRunes(spark.CleanLine(v.Query("tapahtuma")), spark.MaxName); e != "" {
		f.Values.Set("event", e) // shown, and can be taken away
	}
	return v.showDrop(http.StatusOK, f, v.once())
}

// showDrop shows the form of a drop with the open questions it may answer.
func (v *Visit) showDrop(status int, f *Form, once string) error {
	a, err := v.answering(f)
	if err != nil {
		// The store may be what is wrong; what was typed is shown all the same.
		v.Log.Error("open questions not read", "error", err.Error())
	}
	return v.Render(status, dropPage(v, f, once, a, v.nearOf(f)))
}

// callMailbox is the address whose letters become sparks, "" for none. A page that
// could not ask does without.
func (v *Visit) callMailbox() string {
	own, err := v.settings()
	if err != nil {
		v.Log.Error("the call's mailbox could not be read", "error", err)
	}
	return own[office.MailIn]
}

func firstRunes(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// cleaned is a form whose values can stand in a page: valid text, no control or
// direction signs, otherwise as typed.
func (v *Visit) cleaned() *Form {
	f := v.Form()
	values := url.Values{}
	for name, all := range f.Values {
		for _, value := range all {
			values.Add(name, spark.Clean(value))
		}
	}
	f.Values = values
	return f
}

// draftOf reads a spark's fields off a form, the public one or the office's.
func draftOf(f *Form, set i18n.Language) spark.Draft {
	themes := slices.Clone(f.Values["themes"])
	slices.Sort(themes)
	question, _ := ident.Parse(f.Get("challenge"))
	return spark.Draft{
		Kind: spark.Kind(f.Get("kind")), Title: f.Get("title"), Text: f.Get("text"), Place: f.Get("place"),
		Themes: slices.Compact(themes), Name: f.Get("name"), Email: f.Get("email"), Phone: f.Get("phone"),
		Contact: spark.Contact(f.Get("contact")), Visibility: spark.Visibility(f.Get("visibility")),
		Secret: f.Get("secret") != "", Language: string(set), Event: f.Get("event"),
		Challenge: question,
	}
}

func (v *Visit) drop() error {
	f := v.cleaned()
	once := f.Get("once")
	if len(once) != len(ident.Secret()) {
		once = ident.Secret()
	}
	switch {
	case f.Get("sama") != "":
		return v.same(f, once)
	case f.Get("erota") != "": // the files must be chosen again, and that is said
		f.Wrong = v.again()
		return v.showDrop(http.StatusOK, f, once)
	case f.Get("step") == "more":
		return v.showDrop(http.StatusOK, f, once)
	}
	d := draftOf(f, v.Set())
	if d.Visibility == "" {
		// Who did not choose has not said that their name may be shown.
		d.Visibility = spark.Unnamed
	}
	source := spark.Web
	if d.Event != "" {
		source = spark.Event
	}
	made, wrong := v.making(f)
	if len(wrong) > 0 { // all that is wrong is told at once
		return v.notDropped(f, once, append(fault.List(d.Check(v.Edition)), wrong...))
	}
	drop := func() (spark.Receipt, error) {
		return v.Sparks.Drop(v.R.Context(), v.Region.ID, spark.Programme{Promise: v.Edition, Version: v.Edition.Version.ID}, d, spark.By{Source: source, Once: once, Sender: v.sender(f), Also: v.Files.Along(made, 0)})
	}
	r, err := drop()
	about := url.Values{"eri": otherCodes(f.Values)}
	if onField(err, "challenge") {
		// The question closed while somebody was writing: the spark is as welcome
		// without it, and the receipt says so.
		about.Set("kysymys", d.Challenge.String())
		d.Challenge = 0
		r, err = drop()
	}
	if err == nil && r.Again && len(made) > 0 { // the same words again, perhaps with another picture
		_, err = v.Files.Add(v.R.Context(), v.Region.ID, r.Link, made)
	}
	if err != nil {
		return v.notDropped(f, once, err)
	}
	receipt := "/oma/" + r.Link + "/kiitos"
	if q := about.Encode(); q != "" {
		receipt += "?" + q
	}
	return v.Go(receipt)
}

// onField tells that a mistake in a field, and nothing else, is what is wrong.
func onField(err error, field string) bool {
	all := fault.List(err)
	return len(all) == 1 && all[0].Field == field
}

// notDropped shows the form again with everything typed in it, whatever went
// wrong: their mistakes, our full disk, or a fault of ours.
func (v *Visit) notDropped(f *Form, once string, err error) error {
	if f.Refuse(err) != nil {
		f.Wrong = append(f.Wrong, fault.List(err)...)
		if statusOf(fault.CodeOf(err)) >= http.StatusInternalServerError {
			v.Log.Error("drop failed", "code", string(fault.CodeOf(err)), "error", err.Error())
		}
	}
	f.Wrong = append(onFile(f.Wrong, ""), v.again()...)
	return v.showDrop(statusOfAll(f.Wrong), f, once)
}

// described ties a field to its hint and its mistake for those who do not see
// the page.
func described(f *Form, field string, hint bool) templ.Attributes {
	var ids []string
	if hint {
		ids = append(ids, field+"-hint")
	}
	all := templ.Attributes{}
	if f.Error(field) != "" {
		ids, all["aria-invalid"] = append(ids, field+"-error"), "true"
	}
	if len(ids) > 0 {
		all["aria-describedby"] = strings.Join(ids, " ")
	}
	return all
}

// groupDescribed is described for a group of choices, which itself is never
// invalid: its choices are.
func groupDescribed(f *Form, field string) templ.Attributes {
	all := described(f, field, false)
	delete(all, "aria-invalid")
	return all
}

// anyOf tells that one of the fields holds something or is wrong, so that its
// folded part of the form stands open.
func anyOf(f *Form, fields ...string) bool {
	return slices.ContainsFunc(fields, func(field string) bool { return f.Get(field) != "" || f.Error(field) != "" })
}

// stepIcon is the picture of a step of "how it works".
func stepIcon(id string) string {
	switch id {
	case "community":
		return "ring"
	case "network", "story":
		return id
	case "know-how":
		return "people"
	case "experiment":
		return "fire"
	}
	return "spark"
}
