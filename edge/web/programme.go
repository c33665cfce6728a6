package web

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
)

func programmeRoutes() []route {
	return []route{
		{pattern: "GET /ohjelma", ready: true, do: (*Visit).programme},
		{pattern: "GET /ohjelma/teema/{id}", ready: true, query: []string{"sivu"}, do: (*Visit).theme},
		{pattern: "GET /ohjelma/versiot", ready: true, do: (*Visit).versions},
		{pattern: "GET /ohjelma/versiot/{id}", do: (*Visit).versionText},
		{pattern: "GET /paikat", ready: true, query: []string{"nimi"}, do: (*Visit).places},
		{pattern: "GET /paikat/{id}", ready: true, query: []string{"sivu"}, do: (*Visit).place},
		{pattern: "GET /brand.css", do: (*Visit).brand},
		{pattern: "GET /favicon.ico", do: (*Visit).icon},
	}
}

// handling is how sparks are taken care of, reckoned by the office's own calendar.
type handling struct {
	Today    workday.Day
	Due      workday.Day      // a spark dropped today is answered by
	Batches  []workday.Day    // the next joint looks
	Closures []office.Closure // the office's closed weeks, those under way and to come
}

func (v *Visit) handling() (h handling, err error) {
	ctx := v.R.Context()
	closures, err := office.Closures(ctx, v.DB, v.Region.ID)
	if err != nil {
		return h, err
	}
	var cal workday.Calendar
	h.Today = v.today()
	for _, c := range closures {
		cal.Closed = append(cal.Closed, c.Span)
		if c.Span.To >= h.Today {
			h.Closures = append(h.Closures, c)
		}
	}
	h.Due = cal.AddWorkdays(h.Today, v.Edition.ReplyWorkdays())
	for day := h.Today.Add(-1); len(h.Batches) < 3; {
		day = v.Edition.Call.Batches.Next(day, cal)
		h.Batches = append(h.Batches, day)
	}
	return h, nil
}

func (v *Visit) programme() error {
	h, err := v.handling()
	if err != nil {
		return err
	}
	return v.Render(200, programmePage(v, h))
}

func (v *Visit) theme() error {
	t, ok := v.Edition.Theme(v.R.PathValue("id"))
	if !ok {
		return fault.New(fault.NotFound, "page.none")
	}
	list, next, err := spark.List(v.R.Context(), v.DB, v.Region.ID, spark.Filter{Tag: spark.Tag{Kind: "theme", ID: t.ID}, Limit: 10})
	if err != nil {
		return err
	}
	v.tells(v.themeSource(t))
	return v.Render(200, themePage(v, t, because(list, func(s spark.Spark) string { return v.whyInTheme(t, s) }), next != ""))
}

// whyInTheme says what put a spark into a theme: the nearest thing it is tagged with.
func (v *Visit) whyInTheme(t programme.Theme, s spark.Spark) string {
	for _, g := range t.Packages {
		if slices.Contains(s.Tags, spark.Tag{Kind: "package", ID: g.ID}) {
			return v.T("theme.why.package", "package", v.In(g.Name))
		}
	}
	return v.T("theme.why.theme", "theme", v.In(t.Name))
}

// manyVersions bounds the list of versions; an office that publishes monthly
// passes it in sixteen years.
const manyVersions = 200

func (v *Visit) versions() error {
	all, err := programme.Versions(v.R.Context(), v.DB, v.Region.ID, manyVersions)
	if err != nil {
		return err
	}
	return v.Render(200, versionsPage(v, all))
}

// versionText is a version as it was published, for anyone to read and compare.
func (v *Visit) versionText() error {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return fault.New(fault.NotFound, "page.none")
	}
	source, err := v.Programmes.Source(v.R.Context(), v.Region.ID, id)
	switch {
	case errors.Is(err, store.ErrNone):
		return fault.New(fault.NotFound, "page.none")
	case err != nil:
		return err
	}
	return v.plain("text/plain; charset=utf-8", source)
}

// because pairs each spark of a list with why it is there.
func because(list []spark.Spark, why func(spark.Spark) string) []item {
	out := make([]item, len(list))
	for i, s := range list {
		out[i] = item{s, why(s)}
	}
	return out
}

// on is the first moment of a day here, for the printer.
func on(d workday.Day) time.Time { return d.Start(i18n.Helsinki()) }

// day is a date in the reader's language.
func (v *Visit) day(d workday.Day) string { return v.Say.Date(on(d)) }

// span tells a stretch of days in words; "" when neither end is known.
func (v *Visit) span(s place.Span) string {
	switch {
	case s.From != place.Ever && s.Until != place.Still:
		return v.T("span.both", "from", v.day(s.From), "until", v.day(s.Until))
	case s.From != place.Ever:
		return v.T("span.from", "from", v.day(s.From))
	case s.Until != place.Still:
		return v.T("span.until", "until", v.day(s.Until))
	}
	return ""
}

// moment is a time as exactly as it is known.
func (v *Visit) moment(m programme.Moment) string {
	switch {
	case !m.Known():
		return ""
	case m.Month == 0:
		return strconv.Itoa(m.Year)
	case m.Day == 0:
		return v.T("span.month", "month", v.Say.Month(m.Month), "year", strconv.Itoa(m.Year))
	}
	return v.day(workday.On(m.Year, m.Month, m.Day))
}

func (v *Visit) years(p programme.Period) string {
	first, _, _ := p.Start.Date()
	last, _, _ := p.PlannedEnd.Date()
	return i18n.Numbers(first, last)
}

// actorName is what an organisation is called; the id where the file names none.
func (v *Visit) actorName(id string) string {
	if a, ok := v.Edition.Actor(id); ok {
		return v.In(a.Name)
	}
	return id
}

// inOrder sorts milestones by the last day each can mean.
func inOrder(all []programme.Milestone) []programme.Milestone {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b programme.Milestone) int { return cmp.Compare(a.When.Last(), b.When.Last()) })
	return all
}

// ofKind gives the priorities of one kind.
func ofKind(all []programme.Priority, kind programme.PriorityKind) (out []programme.Priority) {
	for _, p := range all {
		if p.Kind == kind {
			out = append(out, p)
		}
	}
	return out
}

// joined counts the networks the region is in.
func joined(all []programme.Network) (n int) {
	for _, w := range all {
		if w.Member {
			n++
		}
	}
	return n
}

// named lists what things are called in the reader's language.
func named[T any](v *Visit, list []T, name func(T) place.Text) (out []string) {
	for _, x := range list {
		out = append(out, v.In(name(x)))
	}
	return out
}
