package web

import (
	"cmp"
	"context"
	"slices"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/audit"
	"kokko/region/office"
)

// The log of the office: what was done that no story tells, in sentences. It is
// read here and written by the acts themselves; no page changes or empties it.

const logAt = settingsAt + "/loki"

func logRoutes() []route {
	return []route{
		{pattern: "GET " + logAt, access: staff, verb: office.Read, object: office.Audit, do: (*Visit).logPages},
	}
}

// noting is the line an act leaves in the log, written in the act's transaction.
func (v *Visit) noting(what audit.What, about audit.About) func(ctx context.Context, tx *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error {
		return v.Office.Note(ctx, tx, v.Region.ID, what, about, audit.Facts{})
	}
}

// logFilter is what the reader looks for, as the address says it.
type logFilter struct {
	Who  string // an officer's id, "kokko" for nobody's
	Kind string
	Day  workday.Day
}

// nobody stands in the address for what no officer did.
const nobody = "kokko"

// path is the log with this filter.
func (f logFilter) path() string {
	path := logAt
	for _, q := range []struct{ name, value string }{{"kuka", f.Who}, {"laji", f.Kind}} {
		if q.value != "" {
			path = withQuery(path, q.name, q.value)
		}
	}
	if f.Day != 0 {
		path = withQuery(path, "paiva", f.Day.String())
	}
	return path
}

// logDay is one day of the log.
type logDay struct {
	Day   workday.Day
	Lines []logLine
}

// logLine is one act as a sentence.
type logLine struct {
	audit.Entry
	Words string
	Path  string // where what it is about is, "" when it has no page
	Link  string
}

// logView is one page of the log.
type logView struct {
	Filter      logFilter
	Form        *Form
	Officers    []office.Officer
	Days        []logDay
	After, Next ident.ID
}

func (v *Visit) logPages() error {
	ctx := v.R.Context()
	after, err := v.idCursor()
	if err != nil {
		return err
	}
	view := logView{After: after, Form: v.Blank("paiva", v.Query("paiva"))}
	if view.Officers, err = office.Officers(ctx, v.DB, v.Region.ID); err != nil {
		return err
	}
	f := audit.Filter{Before: after}
	if who := v.Query("kuka"); who == nobody {
		view.Filter.Who, f.Officer = nobody, audit.Nobody
	} else if id, ok := ident.Parse(who); ok {
		view.Filter.Who, f.Officer = id.String(), id
	}
	if kind := v.Query("laji"); slices.Contains(audit.Kinds(), kind) {
		view.Filter.Kind, f.Kind = kind, kind
	}
	status := 200
	if f.Day, err = view.Form.day("paiva"); err != nil {
		if err := view.Form.Refuse(err); err != nil {
			return err
		}
		status = 422
	}
	view.Filter.Day = f.Day
	list, next, err := audit.List(ctx, v.DB, v.Region.ID, f)
	if err != nil {
		return err
	}
	t, err := v.logTeller(ctx, view.Officers)
	if err != nil {
		return err
	}
	for _, e := range list {
		if n, day := len(view.Days), dayOf(e.At); n == 0 || view.Days[n-1].Day != day {
			view.Days = append(view.Days, logDay{Day: day})
		}
		last := &view.Days[len(view.Days)-1]
		last.Lines = append(last.Lines, t.line(e))
	}
	view.Next = next
	return v.Render(status, logPage(v, view))
}

// logTeller puts the log's lines into words; names are those of today.
type logTeller struct {
	v         *Visit
	officers  map[string]string // id → name
	templates map[string]string // id → name
}

func (v *Visit) logTeller(ctx context.Context, officers []office.Officer) (logTeller, error) {
	t := logTeller{v, map[string]string{}, map[string]string{}}
	for _, o := range officers {
		t.officers[o.ID.String()] = o.Name
	}
	all, err := office.AllTemplates(ctx, v.DB, v.Region.ID)
	for _, x := range all {
		if t.templates[x.ID] == "" || x.Language == string(v.Lang) {
			t.templates[x.ID] = x.Name
		}
	}
	return t, err
}

// who is who did it, in words.
func (t logTeller) who(e audit.Entry) string {
	switch {
	case e.Officer != 0:
		return cmp.Or(t.officers[e.Officer.String()], t.v.T("log.someone"))
	case e.What == audit.Erased:
		return t.v.T("spark.who.kokko")
	case e.What == audit.InvolveOwn:
		return t.v.T("log.bringer")
	}
	return t.v.T("log.operator")
}

// about is what it concerns, in words.
func (t logTeller) about(a audit.About) string {
	switch a.Thing {
	case audit.Officer:
		return cmp.Or(t.officers[a.Key], t.v.T("log.someone"))
	case audit.Template:
		return cmp.Or(t.templates[a.Key], t.v.T("log.gone_template"))
	case audit.Wording:
		if t.v.Say.Has("settings.texts." + a.Key) {
			return t.v.T("settings.texts." + a.Key)
		}
		return t.v.sloganName(a.Key)
	case audit.Lists:
		return t.v.T("log.list." + a.Key)
	}
	return a.Key
}

// line is one act as a sentence. The log outlives what it tells of: what is gone
// by now is told without its name.
func (t logTeller) line(e audit.Entry) logLine {
	v, f := t.v, e.Facts
	pairs := []any{"who", t.who(e), "about", t.about(e.About), "span", v.spanWords(workday.Span{From: f.FromDay, To: f.UntilDay})}
	role := func(r string) string {
		if slices.Contains(office.Roles(), office.Role(r)) {
			return v.T("settings.role." + r)
		}
		return r
	}
	switch e.What {
	case audit.Hired, audit.RoleChanged:
		pairs = append(pairs, "from", role(f.From), "to", role(f.To))
	case audit.Away, audit.Returned:
		pairs = append(pairs, "to", t.about(audit.About{Thing: audit.Officer, Key: f.To}))
	case audit.CardChanged, audit.OwnChanged:
		var fields []string
		for _, name := range f.Names {
			fields = append(fields, v.T("log.field."+name))
		}
		pairs = append(pairs, "fields", v.Say.List(fields))
	case audit.Moved, audit.Forgotten, audit.Imported, audit.ImportUndone, audit.NamesParted, audit.NamesJoined, audit.OrganisationNoted:
		pairs = append(pairs, "from", f.From, "to", f.To)
	case audit.TemplatePut, audit.TemplateDropped, audit.Words:
		pairs = append(pairs, "language", v.setName(i18n.Language(f.Language)))
	case audit.Settings:
		pairs = append(pairs, "fields", v.Say.List(f.Names))
	case audit.Erased:
		pairs = append(pairs, "what", v.erasedWords(e.About.Key, f.N))
	case audit.Statements, audit.Brand, audit.PeriodsSet:
		pairs = append(pairs, "places", v.N("log.places", f.N))
	}
	out := logLine{Entry: e, Words: v.T("log.did."+string(e.What), pairs...)}
	switch e.About.Thing {
	case audit.Spark:
		out.Path = "/toimisto/kipina/" + e.About.Key
	case audit.Officer:
		if v.May(right{Object: office.People, Verb: office.Write}) && t.officers[e.About.Key] != "" {
			out.Path = settingsAt + "/vaki/" + e.About.Key
		}
	case audit.Template:
		if t.templates[e.About.Key] != "" {
			out.Path = withQuery(settingsAt+"/mallit/"+e.About.Key, "kieli", f.Language)
		}
	case audit.Wording:
		if v.Say.Has("settings.texts." + e.About.Key) {
			out.Path = withQuery(textsAt+"/"+e.About.Key, "kieli", f.Language)
		}
	case audit.Version:
		out.Path = "/ohjelma/versiot/" + e.About.Key
	case audit.Question:
		if e.What != audit.QuestionWithdrawn {
			out.Path = questionsAt + "/" + e.About.Key
		}
	case audit.Event:
		out.Path = eventsAt + "/" + e.About.Key
		if e.What == audit.EventCancelled { // a draft is gone
			out.Path = ""
		}
	case audit.Table:
		out.Path = workTablesAt + "/" + e.About.Key
	case audit.Asset:
		out.Path = workAssetsAt + "/" + e.About.Key
	case audit.Network:
		out.Path = networksAt + "/" + e.About.Key
	case audit.Wave:
		out.Path = wavesAt + "/" + e.About.Key
	case audit.Introduction:
		out.Path = introductionsAt + "/" + e.About.Key
	case audit.Letter:
		out.Path = "/toimisto/lahtevat/" + e.About.Key
	}
	if out.Path != "" {
		out.Link = v.T("log.open." + string(e.About.Thing))
	}
	return out
}
