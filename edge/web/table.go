package web

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	ics "github.com/arran4/golang-ical"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/table"
	"kokko/region/address"
	"kokko/region/search"
)

// Partnership tables for everybody: the list, each one's page and calendar, sitting
// down at one with a confirmed address, and what one has promised to do next.

func tableRoutes() []route {
	return []route{
		{pattern: "GET /poydat", knows: true, do: (*Visit).tables},
		{pattern: "GET /poyta/{slug}", knows: true, do: (*Visit).table},
		{pattern: "GET /poyta/{slug}/kalenteri.ics", limit: 120, do: (*Visit).tableCalendar},
		{pattern: "GET /poyta/{slug}/mukaan", do: (*Visit).sitForm},
		{pattern: "POST /poyta/{slug}/mukaan", limit: 20, do: (*Visit).sitDown},
		{pattern: "POST /minun/{salaisuus}/poyta", limit: 60, do: (*Visit).mineGetUp},
		{pattern: "POST /minun/{salaisuus}/askel", limit: 60, do: (*Visit).mineStep},
	}
}

func tablePath(t table.Table) string { return "/poyta/" + t.Slug }

// tableTitle is what a table is called, and in which language that is.
func (v *Visit) tableTitle(t table.Table) (title, in string) {
	x, in := t.In(string(v.Lang))
	return x.Title, in
}

// tableList is the tables that go on and those that have ended.
type tableList struct {
	Open, Closed []table.Table
}

func (v *Visit) tableList() (l tableList, err error) {
	all, err := table.All(v.R.Context(), v.DB, v.Region.ID)
	for _, t := range all {
		if t.Open() {
			l.Open = append(l.Open, t)
		} else {
			l.Closed = append(l.Closed, t)
		}
	}
	return l, err
}

func (v *Visit) tables() error {
	l, err := v.tableList()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, tablesPage(v, l))
}

// tableView is one table as everybody reads it.
type tableView struct {
	table.Table
	Held    []table.Meeting
	People  []table.Person
	Steps   []table.Step
	Present table.Presence
	Sparks  []spark.Spark // of those everybody may read
	Codes   []string      // of them all, for the office
}

// coming is the next meeting; ok is false when none is planned.
func (t tableView) coming(now time.Time) (m table.Meeting, ok bool) {
	for _, m := range t.Held {
		if m.Ends.After(now) && m.Noted.IsZero() {
			return m, true
		}
	}
	return m, false
}

// shown are the names everybody may see.
func (t tableView) shown() (all []table.Person) {
	for _, p := range t.People {
		if p.Shown {
			all = append(all, p)
		}
	}
	return all
}

// who is somebody at the table as everybody may know them.
func (v *Visit) tableWho(t tableView, person ident.ID, inside bool) string {
	i := slices.IndexFunc(t.People, func(p table.Person) bool { return p.ID == person })
	switch {
	case i < 0:
		return v.T("table.nobody")
	case inside || t.People[i].Shown:
		return t.People[i].Name
	}
	return cmp.Or(t.People[i].Organisation, v.T("table.somebody"))
}

func (v *Visit) tableView(t table.Table) (view tableView, err error) {
	ctx := v.R.Context()
	view.Table = t
	if view.Held, err = table.Meetings(ctx, v.DB, t.Region, t.ID); err != nil {
		return view, err
	}
	if view.People, err = table.People(ctx, v.DB, t.Region, t.ID); err != nil {
		return view, err
	}
	if view.Steps, err = table.Steps(ctx, v.DB, t.Region, t.ID); err != nil {
		return view, err
	}
	if view.Present, err = table.Present(ctx, v.DB, t.Region, t.ID); err != nil {
		return view, err
	}
	ids, err := table.Sparks(ctx, v.DB, t.Region, t.ID)
	if err != nil {
		return view, err
	}
	sparks, err := spark.ByIDs(ctx, v.DB, t.Region, ids...)
	for _, id := range ids {
		sp, ok := sparks[id]
		if !ok {
			continue
		}
		view.Codes = append(view.Codes, sp.Code)
		if sp.Listed {
			view.Sparks = append(view.Sparks, sp)
		}
	}
	return view, err
}

func (v *Visit) tableAt() (table.Table, error) {
	return table.BySlug(v.R.Context(), v.DB, v.Region.ID, v.R.PathValue("slug"))
}

func (v *Visit) table() error {
	t, err := v.tableAt()
	if err != nil {
		return err
	}
	view, err := v.tableView(t)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, tablePage(v, view))
}

// meetingTime is when a meeting is held.
func (v *Visit) meetingTime(m table.Meeting) string { return v.heldAt(m.Begins, m.Ends) }

// tableCalendar is a table's meetings, for a calendar to follow.
func (v *Visit) tableCalendar() error {
	t, err := v.tableAt()
	if err != nil {
		return err
	}
	all, err := table.Meetings(v.R.Context(), v.DB, t.Region, t.ID)
	if err != nil {
		return err
	}
	c := newCalendar()
	c.SetMethod(ics.MethodPublish)
	title, _ := v.tableTitle(t)
	c.SetXWRCalName(title)
	for _, m := range all {
		line := c.AddEvent(v.calendarID(t.ID.String(), strconv.Itoa(m.Number)))
		line.SetDtStampTime(t.Made)
		line.SetSequence(int(t.Version))
		line.SetStartAt(m.Begins)
		line.SetEndAt(m.Ends)
		line.SetSummary(title)
		line.SetLocation(m.Venue)
		line.SetURL(v.full(v.Lang, tablePath(t)))
		line.SetStatus(ics.ObjectStatusConfirmed)
	}
	return v.sendCalendar(c, t.Slug)
}

// tableCards are tables as they are found.
func (v *Visit) tableCards(f finding, hits []search.Hit) (map[ident.ID]card, error) {
	ctx := v.R.Context()
	all, err := table.ByIDs(ctx, v.DB, v.Region.ID, hitIDs(hits)...)
	if err != nil {
		return nil, err
	}
	notes, err := table.Notes(ctx, v.DB, v.Region.ID, hitIDs(hits)...)
	cards := map[ident.ID]card{}
	for id, t := range all {
		x, in := t.In(string(v.Lang))
		c := card{Path: tablePath(t), Title: x.Title, Language: in, Text: spark.CleanLine(strings.Join(append([]string{x.About, t.Result}, notes[id]...), " ")), About: v.T("find.kind.poydat.one")}
		if f.office() {
			c.Path = workTablePath(t)
			if !t.Open() {
				c.Notes = append(c.Notes, v.T("find.note.closed"))
			}
		}
		cards[id] = c
	}
	return cards, err
}

// sitView is the form that sits down at a table.
type sitView struct {
	table.Table
	Email  string
	Before bool
}

func (v *Visit) sitView() (s sitView, was table.Person, err error) {
	if s.Table, err = v.tableAt(); err != nil {
		return s, was, err
	}
	a, known, err := v.someone()
	if err != nil || !known {
		return s, was, err
	}
	s.Email = a.Email
	was, s.Before, err = table.Here(v.R.Context(), v.DB, v.Region.ID, s.ID, a.ID)
	return s, was, err
}

func (v *Visit) sitForm() error {
	s, was, err := v.sitView()
	if err != nil {
		return err
	}
	if !s.Open() && !s.Before {
		return v.Go(tablePath(s.Table))
	}
	f := v.Blank()
	if s.Before {
		f = v.Blank("name", was.Name, "organisation", was.Organisation)
		for field, is := range map[string]bool{"shown": was.Shown, "tied": was.Tied} {
			if is {
				f.Values.Set(field, "1")
			}
		}
	}
	return v.Render(http.StatusOK, sitPage(v, f, s))
}

// sits is what somebody wants who sits down at a table.
type sits struct {
	Table ident.ID    `json:"table"`
	Entry table.Entry `json:"entry"`
}

func entryOf(f *Form) table.Entry {
	return table.Entry{Name: f.Get("name"), Organisation: f.Get("organisation"), Shown: f.Get("shown") != "", Tied: f.Get("tied") != ""}
}

func (v *Visit) sitDown() error {
	f := v.cleaned()
	s, _, err := v.sitView()
	if err != nil {
		return err
	}
	e := entryOf(f)
	wrong := e.Check()
	if wrong == nil && !s.Open() && !s.Before {
		wrong = fault.New(fault.Conflict, "table.closed")
	}
	if refused, err := v.submits(f, wrong, "table", sits{s.ID, e}); err != nil || !refused {
		return err
	}
	return v.Render(statusOfAll(f.Wrong), sitPage(v, f, s))
}

// sitWords says what somebody sits down at, for the letter that asks to confirm.
func (v *Visit) sitWords(data json.RawMessage) (string, error) {
	var x sits
	if err := json.Unmarshal(data, &x); err != nil {
		return "", err
	}
	t, err := table.One(v.R.Context(), v.DB, v.Region.ID, x.Table)
	if fault.Is(err, fault.NotFound) {
		return v.T("table.want.gone"), nil
	}
	title, _ := v.tableTitle(t)
	return v.T("table.want", "title", title), err
}

func (v *Visit) putSit(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	var x sits
	if err := json.Unmarshal(data, &x); err != nil {
		return err
	}
	return v.Tables.Join(ctx, tx, a, x.Table, x.Entry)
}

// tableRow is one table on a person's own page.
type tableRow struct {
	table.Person
	Of    table.Table
	Steps []table.Step
}

func (v *Visit) tableRows(a address.Address) (rows []tableRow, err error) {
	ctx := v.R.Context()
	all, err := table.Of(ctx, v.DB, v.Region.ID, a.ID)
	for _, p := range all {
		if err != nil {
			break
		}
		row := tableRow{Person: p}
		if row.Of, err = table.One(ctx, v.DB, v.Region.ID, p.Table); err != nil {
			break
		}
		var steps []table.Step
		steps, err = table.Steps(ctx, v.DB, v.Region.ID, p.Table)
		for _, s := range steps {
			if s.Person == p.ID {
				row.Steps = append(row.Steps, s)
			}
		}
		rows = append(rows, row)
	}
	return rows, err
}

// tablePart is the tables a person is at.
func tablePart() minePart {
	return minePart{
		name: "tables",
		panel: func(v *Visit, a address.Address, secret string) (templ.Component, error) {
			rows, err := v.tableRows(a)
			if err != nil || len(rows) == 0 {
				return nil, err
			}
			return tablesPart(v, rows, secret), nil
		},
		data: (*Visit).tableData,
		erase: func(v *Visit, ctx context.Context, tx *store.Tx, a address.Address) error {
			return v.Tables.Erase(ctx, tx, a)
		},
	}
}

// tableData is everything that is kept of a person's tables, for their own file.
func (v *Visit) tableData(a address.Address) (any, error) {
	type step struct {
		ID    string     `json:"step_id"`
		What  string     `json:"what"`
		Day   string     `json:"by_day"`
		State string     `json:"state"`
		Made  *time.Time `json:"made_at"`
		Ended *time.Time `json:"ended_at"`
	}
	type own struct {
		Table        string     `json:"table_id"`
		ID           string     `json:"person_id"`
		Name         string     `json:"name"`
		Organisation string     `json:"organisation"`
		Shown        bool       `json:"shown"`
		Tied         bool       `json:"tied"`
		Since        *time.Time `json:"since_at"`
		Present      []int      `json:"meetings"`
		Steps        []step     `json:"steps"`
	}
	rows, err := v.tableRows(a)
	out := []own{}
	for _, r := range rows {
		o := own{r.Of.ID.String(), r.ID.String(), r.Name, r.Organisation, r.Shown, r.Tied, moment(r.Since), []int{}, []step{}}
		present, err := table.Present(v.R.Context(), v.DB, v.Region.ID, r.Of.ID)
		if err != nil {
			return nil, err
		}
		for n, there := range present {
			if slices.Contains(there, r.ID) {
				o.Present = append(o.Present, n)
			}
		}
		slices.Sort(o.Present)
		for _, s := range r.Steps {
			o.Steps = append(o.Steps, step{s.ID.String(), s.What, s.Day.String(), string(s.State), moment(s.Made), moment(s.Ended)})
		}
		out = append(out, o)
	}
	return out, err
}

// mineGetUp takes a person off a table.
func (v *Visit) mineGetUp() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	id, _ := ident.Parse(v.Form().Get("table"))
	if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error { return v.Tables.Leave(ctx, tx, a, id) }); err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=poyta-pois")
}

// tableTurn reads what becomes of a step.
func (f *Form) tableTurn() (t table.Turn, err error) {
	t.To = table.Fate(f.Get("to"))
	if t.To == table.Due {
		t.Day, err = f.mustDay("day")
	}
	return t, err
}

// mineStep tells what became of a step of a person's own.
func (v *Visit) mineStep() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	f := v.Form()
	id, _ := ident.Parse(f.Get("table"))
	step, _ := ident.Parse(f.Get("step"))
	to, err := f.tableTurn()
	if err == nil {
		err = v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error { return v.Tables.Done(ctx, tx, a, id, step, to) })
	}
	if err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=askel")
}
