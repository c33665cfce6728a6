package web

import (
	"net/http"
	"strconv"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/journey/table"
	"kokko/region/address"
	"kokko/region/audit"
	"kokko/region/office"
)

// Partnership tables in the office: begun, called together, noted, renewed, ended.

const workTablesAt = "/toimisto/poydat"

func workTableRoutes() []route {
	on := func(method, path string, verb office.Verb, do func(*Visit) error) route {
		return route{pattern: method + " " + workTablesAt + path, access: staff, verb: verb, object: office.Events, do: do}
	}
	return []route{
		on("GET", "", office.Read, (*Visit).workTables),
		on("POST", "", office.Write, (*Visit).makeTable),
		on("GET", "/uusi", office.Write, (*Visit).newTable),
		on("GET", "/{id}", office.Read, (*Visit).workTable),
		on("POST", "/{id}", office.Write, (*Visit).changeTable),
		on("POST", "/{id}/kokous", office.Write, (*Visit).meetTable),
		on("POST", "/{id}/kirjaa", office.Write, (*Visit).noteTable),
		on("POST", "/{id}/lisaa", office.Write, (*Visit).admitToTable),
		on("POST", "/{id}/pois", office.Write, (*Visit).partFromTable),
		on("POST", "/{id}/askel", office.Write, (*Visit).turnTableStep),
		on("POST", "/{id}/jatka", office.Write, (*Visit).renewTable),
		on("POST", "/{id}/paata", office.Write, (*Visit).closeTable),
	}
}

func (v *Visit) workTables() error {
	l, err := v.tableList()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, workTablesPage(v, l, v.May(right{Object: office.Events, Verb: office.Write})))
}

// tableSheet is one table with its forms.
type tableSheet struct {
	tableView
	Title  string
	Lang   string
	Emails map[ident.ID]string // by person, for who may see them
	Reach  bool
	Writes bool
	Full   bool
	Form   *Form // what it is about
	Meet   *Form
	Note   *Form
	Admit  *Form
	End    *Form // its renewal and its end
	Wrong  *Form
}

func (p *tableSheet) made() bool { return p.ID != 0 }

// notable are the meetings that can be noted now.
func (p *tableSheet) notable(v *Visit) (all []table.Meeting) {
	for _, m := range p.Held {
		if m.Noted.IsZero() && !v.Clock.Now().Before(m.Begins) {
			all = append(all, m)
		}
	}
	return all
}

// plannable are those that can still be moved; the next new one comes last, as 0.
func (p *tableSheet) plannable() (all []int) {
	for _, m := range p.Held {
		if m.Noted.IsZero() {
			all = append(all, m.Number)
		}
	}
	if len(p.Held) < p.Meetings {
		all = append([]int{0}, all...)
	}
	return all
}

func (v *Visit) workTableAt() (table.Table, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return table.Table{}, fault.New(fault.NotFound, "table.none")
	}
	return table.One(v.R.Context(), v.DB, v.Region.ID, id)
}

func (v *Visit) tableSheet(t table.Table) (*tableSheet, error) {
	ctx := v.R.Context()
	p := &tableSheet{Writes: v.May(right{Object: office.Events, Verb: office.Write}), Reach: v.May(right{Object: office.Contacts, Verb: office.Read}), Emails: map[ident.ID]string{}, Meet: v.Blank(), Note: v.Blank(), Admit: v.Blank(), End: v.Blank("more", "2"), Wrong: v.Blank()}
	p.Table = t
	p.Title, p.Lang = v.tableTitle(t)
	p.Form = v.Blank("meetings", "3")
	if !p.made() {
		return p, nil
	}
	var err error
	if p.tableView, err = v.tableView(t); err != nil {
		return nil, err
	}
	p.Full = table.Full(t, p.Held)
	p.Form = v.Blank("convener", t.Convener, "version", strconv.FormatInt(t.Version, 10))
	for lang, x := range t.Texts {
		p.Form.Values.Set("title."+lang, x.Title)
		p.Form.Values.Set("about."+lang, x.About)
	}
	p.Form.Values.Set("sparks", strings.Join(p.Codes, " "))
	if !p.Reach || len(p.People) == 0 {
		return p, nil
	}
	var of []ident.ID
	for _, x := range p.People {
		of = append(of, x.Address)
	}
	who, err := address.ByIDs(ctx, v.DB, t.Region, of...)
	if err != nil {
		return nil, err
	}
	for _, x := range p.People {
		p.Emails[x.ID] = who[x.Address].Email
	}
	return p, v.Office.Looked(ctx, t.Region, audit.ListRead, audit.About{Thing: audit.Lists, Key: "event"})
}

func (v *Visit) newTable() error {
	p, err := v.tableSheet(table.Table{Language: v.Edition.Original()})
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, workTablePage(v, p))
}

func (v *Visit) workTable() error {
	t, err := v.workTableAt()
	if err != nil {
		return err
	}
	p, err := v.tableSheet(t)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, workTablePage(v, p))
}

// tableDraft reads a table off its form.
func (v *Visit) tableDraft(f *Form) (d table.Draft, err error) {
	d = table.Draft{Texts: map[string]table.Text{}, Convener: f.Get("convener")}
	for _, l := range v.Edition.Tongues() {
		d.Texts[string(l)] = table.Text{Title: f.Get("title." + string(l)), About: f.Get("about." + string(l))}
	}
	d.Meetings, _ = strconv.Atoi(strings.TrimSpace(f.Get("meetings"))) // 0 is told of
	for _, word := range strings.FieldsFunc(f.Get("sparks"), func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\r' }) {
		code, ok := ident.ParseCode(word)
		var sp spark.Spark
		if ok {
			sp, err = spark.ByCode(v.R.Context(), v.DB, v.Region.ID, code)
		}
		if !ok || fault.Is(err, fault.NotFound) {
			return d, fault.New(fault.Invalid, "table.spark.none").On("sparks").With("code", firstRunes(word, 20))
		}
		if err != nil {
			return d, err
		}
		d.Sparks = append(d.Sparks, sp.ID)
	}
	return d, nil
}

func (v *Visit) tableAct(t table.Table) table.Act {
	a := table.Act{Region: v.Region.ID, Table: t.ID, Officer: v.Officer.ID}
	if n, err := strconv.ParseInt(v.Form().Get("version"), 10, 64); err == nil {
		a.Version = n
	}
	return a
}

func (v *Visit) makeTable() error {
	f := v.Form()
	d, err := v.tableDraft(f)
	var t table.Table
	if err == nil {
		t, err = v.Tables.Make(v.R.Context(), v.tableAct(t), v.Edition.Original(), d)
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		p, err := v.tableSheet(table.Table{Language: v.Edition.Original()})
		if err != nil {
			return err
		}
		p.Form, p.Wrong = f, f
		return v.Render(statusOfAll(f.Wrong), workTablePage(v, p))
	}
	v.Tell(v.T("worktable.did.made"))
	return v.Go(workTablePath(t))
}

// onTable runs one verb on a table and goes back to its page; what is refused is shown
// there in its form, with everything typed.
func (v *Visit) onTable(said string, form func(p *tableSheet) **Form, do func(a table.Act, f *Form) error) error {
	t, err := v.workTableAt()
	if err != nil {
		return err
	}
	f := v.Form()
	if err := do(v.tableAct(t), f); err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		p, err := v.tableSheet(t)
		if err != nil {
			return err
		}
		*form(p), p.Wrong = f, f
		return v.Render(statusOfAll(f.Wrong), workTablePage(v, p))
	}
	v.Tell(v.T("worktable.did." + said))
	return v.Go(workTablePath(t))
}

func (v *Visit) changeTable() error {
	return v.onTable("changed", func(p *tableSheet) **Form { return &p.Form }, func(a table.Act, f *Form) error {
		d, err := v.tableDraft(f)
		if err == nil {
			_, err = v.Tables.Change(v.R.Context(), a, d)
		}
		return err
	})
}

func (v *Visit) meetTable() error {
	return v.onTable("meeting", func(p *tableSheet) **Form { return &p.Meet }, func(a table.Act, f *Form) error {
		var wrong fault.Many
		w := table.When{Venue: f.Get("venue")}
		var err error
		if w.Begins, err = f.moment("day", "from"); err != nil {
			wrong = append(wrong, fault.List(err)...)
		}
		if w.Ends, err = f.moment("day", "until"); err != nil && len(wrong) == 0 {
			wrong = append(wrong, fault.List(err)...)
		}
		if err := wrong.OrNil(); err != nil {
			return err
		}
		number, _ := strconv.Atoi(f.Get("number"))
		_, err = v.Tables.Meet(v.R.Context(), a, number, w)
		return err
	})
}

// someSteps is how many steps are noted at once.
const someSteps = 4

func (v *Visit) noteTable() error {
	return v.onTable("noted", func(p *tableSheet) **Form { return &p.Note }, func(a table.Act, f *Form) error {
		m := table.Minutes{Words: f.Get("notes"), Present: f.ids("present")}
		var wrong fault.Many
		for n := range someSteps {
			i := strconv.Itoa(n + 1)
			step := table.Agreed{What: f.Get("what" + i)}
			step.Person, _ = ident.Parse(f.Get("who" + i))
			var err error
			if step.Day, err = f.day("day" + i); err != nil {
				wrong = append(wrong, fault.List(err)...)
			}
			m.Steps = append(m.Steps, step)
		}
		if err := wrong.OrNil(); err != nil {
			return err
		}
		number, _ := strconv.Atoi(f.Get("number"))
		_, err := v.Tables.Note(v.R.Context(), a, number, m)
		return err
	})
}

func (v *Visit) admitToTable() error {
	return v.onTable("person", func(p *tableSheet) **Form { return &p.Admit }, func(a table.Act, f *Form) error {
		e := entryOf(f)
		e.Tied = false // that is theirs to allow
		_, err := v.Tables.Admit(v.R.Context(), a, e)
		return err
	})
}

func (v *Visit) partFromTable() error {
	return v.onTable("person", func(p *tableSheet) **Form { return &p.Admit }, func(a table.Act, f *Form) error {
		id, _ := ident.Parse(f.Get("person"))
		_, err := v.Tables.Part(v.R.Context(), a, id)
		return err
	})
}

func (v *Visit) turnTableStep() error {
	return v.onTable("step", func(p *tableSheet) **Form { return &p.Note }, func(a table.Act, f *Form) error {
		id, _ := ident.Parse(f.Get("step"))
		to, err := f.tableTurn()
		if err == nil {
			_, err = v.Tables.Turn(v.R.Context(), a, id, to)
		}
		return err
	})
}

func (v *Visit) renewTable() error {
	return v.onTable("renewed", func(p *tableSheet) **Form { return &p.End }, func(a table.Act, f *Form) error {
		more, _ := strconv.Atoi(strings.TrimSpace(f.Get("more")))
		_, err := v.Tables.Renew(v.R.Context(), a, more, f.Get("reason"))
		return err
	})
}

func (v *Visit) closeTable() error {
	return v.onTable("closed", func(p *tableSheet) **Form { return &p.End }, func(a table.Act, f *Form) error {
		_, err := v.Tables.Close(v.R.Context(), a, f.Get("result"))
		return err
	})
}

// meetingName is how a meeting stands in a list to choose from.
func (v *Visit) meetingName(number int) string {
	if number == 0 {
		return v.T("worktable.meeting.new")
	}
	return v.T("worktable.meeting", "n", strconv.Itoa(number))
}

// tableTongues are the languages a table is written in: its own first.
func (v *Visit) tableTongues(t table.Table) (all []i18n.Language) {
	for _, l := range v.Edition.Tongues() {
		if string(l) == t.Language {
			all = append([]i18n.Language{l}, all...)
		} else {
			all = append(all, l)
		}
	}
	return all
}
