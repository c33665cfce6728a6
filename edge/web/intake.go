package web

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/intake"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/programme"
)

// A file of what was told or done elsewhere: sent, tried, its columns chosen, taken
// in behind the page, and taken back.

const intakeAt = settingsAt + "/tuonti"

func intakeRoutes() []route {
	on := func(method, path string, verb office.Verb, do func(*Visit) error) route {
		return route{pattern: method + " " + intakeAt + path, access: staff, verb: verb, object: office.Imports, do: do}
	}
	send := on("POST", "", office.Write, (*Visit).sendFile)
	send.files, send.most = true, intake.MaxSent
	return []route{
		on("GET", "", office.Read, (*Visit).imports),
		send,
		on("GET", "/{id}", office.Read, (*Visit).importOf),
		on("POST", "/{id}/kokeile", office.Write, (*Visit).tryFile),
		on("POST", "/{id}/tuo", office.Write, (*Visit).takeFile),
		on("POST", "/{id}/hylkaa", office.Write, (*Visit).dropFile),
		on("POST", "/{id}/peru", office.Write, (*Visit).undoFile),
	}
}

// IntakeGround measures rows against the programme in force.
func IntakeGround(p *programme.Service) intake.Ground {
	return func(ctx context.Context, region string) (spark.Programme, intake.Words, error) {
		e, err := p.Current(ctx, region)
		return spark.Programme{Promise: e, Version: e.Version.ID}, e, err
	}
}

// faultsPerPage is how many refused rows a page lists.
const faultsPerPage = 100

// importList is the office's imports, and the form to begin another.
type importList struct {
	List   []intake.Run
	Later  bool
	Next   ident.ID
	Writes bool
	Form   *Form
}

func (v *Visit) imports() error {
	return v.importsWith(http.StatusOK, v.Blank("kind", string(intake.Sparks), "language", string(v.Lang)))
}

func (v *Visit) importsWith(status int, f *Form) error {
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	l := importList{Later: before != 0, Writes: v.May(right{Object: office.Imports, Verb: office.Write}), Form: f}
	if l.List, err = intake.Runs(v.R.Context(), v.DB, v.Region.ID, before, perPage+1); err != nil {
		return err
	}
	l.List, l.Next = page(l.List, func(r intake.Run) ident.ID { return r.ID })
	return v.Render(status, importsPage(v, l))
}

func (v *Visit) sendFile() error {
	f := v.cleaned()
	run, err := v.sendOne(f)
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.importsWith(statusOfAll(f.Wrong), f)
	}
	return v.Go(intakeAt + "/" + run.ID.String())
}

// sendOne keeps the one file of the form.
func (v *Visit) sendOne(f *Form) (intake.Run, error) {
	u, err := v.oneFile(intake.MaxSent)
	if err != nil {
		return intake.Run{}, err
	}
	return v.Intake.Send(v.R.Context(), intake.Sent{Region: v.Region.ID, Kind: intake.Kind(f.Get("kind")), Source: f.Get("source"), Language: f.Get("language"), Name: u.Name, File: u.file, Bytes: u.size})
}

// importSheet is one import as its page shows it.
type importSheet struct {
	intake.Run
	Faults   []intake.Fault
	Next     int      // the line the next page of refused rows begins after, 0 for none
	Later    bool     // this is not the first
	Headings []string // of a file that waits, for choosing its columns
	Left     int      // sparks that were not taken back, with an import that was
	Writes   bool
	Form     *Form
}

func (v *Visit) importAt() (intake.Run, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return intake.Run{}, fault.New(fault.NotFound, "intake.none")
	}
	return intake.ByID(v.R.Context(), v.DB, v.Region.ID, id)
}

func (v *Visit) importOf() error {
	run, err := v.importAt()
	if err != nil {
		return err
	}
	f := v.Blank()
	for field, heading := range run.How.Columns {
		f.Values.Set("column-"+field, heading)
	}
	return v.importWith(http.StatusOK, run, f)
}

func (v *Visit) importWith(status int, run intake.Run, f *Form) (err error) {
	ctx := v.R.Context()
	s := importSheet{Run: run, Writes: v.May(right{Object: office.Imports, Verb: office.Write}), Form: f}
	after := 0
	if given := v.Query("rivi"); given != "" {
		if after, err = strconv.Atoi(given); err != nil || after < 0 {
			return fault.New(fault.NotFound, "page.cursor.wrong")
		}
	}
	s.Later = after > 0
	if s.Faults, err = intake.Faults(ctx, v.DB, run.Region, run.ID, after, faultsPerPage+1); err != nil {
		return err
	}
	if len(s.Faults) > faultsPerPage {
		s.Faults = s.Faults[:faultsPerPage]
		s.Next = s.Faults[faultsPerPage-1].Line
	}
	if run.State.Waiting() {
		if s.Headings, err = v.Intake.Headings(ctx, run); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if run.State == intake.Undone && run.How.Kind == intake.Sparks {
		if s.Left, err = spark.TakenIn(ctx, v.DB, run.Region, run.ID); err != nil {
			return err
		}
	}
	return v.Render(status, importPage(v, s))
}

func (v *Visit) tryFile() error {
	run, err := v.importAt()
	if err != nil {
		return err
	}
	f := v.Form()
	said := intake.Map{}
	for _, field := range intake.Fields(run.How.Kind) {
		said[field.Name] = f.Get("column-" + field.Name)
	}
	err = v.Intake.Choose(v.R.Context(), run.Region, run.ID, said)
	if fault.Is(err, fault.Invalid) {
		if err := f.Refuse(err); err != nil {
			return err
		}
		f.under("column")
		return v.importWith(http.StatusUnprocessableEntity, run, f)
	}
	return v.intakeDone(run.ID, err, "")
}

func (v *Visit) takeFile() error {
	run, err := v.importAt()
	if err != nil {
		return err
	}
	return v.intakeDone(run.ID, v.Intake.Begin(v.R.Context(), run.Region, run.ID), "intake.begun")
}

func (v *Visit) dropFile() error {
	run, err := v.importAt()
	if err != nil {
		return err
	}
	if err := v.Intake.Drop(v.R.Context(), run.Region, run.ID); err != nil {
		return v.intakeDone(run.ID, err, "")
	}
	v.Tell(v.T("intake.dropped"))
	return v.Go(intakeAt)
}

func (v *Visit) undoFile() error {
	run, err := v.importAt()
	if err != nil {
		return err
	}
	return v.intakeDone(run.ID, v.Intake.TakeBack(v.R.Context(), run.Region, run.ID), "intake.undo_begun")
}

// intakeDone goes back to an import. One that has moved on in the meantime is shown
// as it stands, and why nothing was done to it.
func (v *Visit) intakeDone(id ident.ID, err error, said string) error {
	switch {
	case fault.Is(err, fault.Conflict):
		v.Tell(v.Say.Fault(fault.List(err)[0]))
	case err != nil:
		return err
	case said != "":
		v.Tell(v.T(said))
	}
	return v.Go(intakeAt + "/" + id.String())
}

// percent is how far an import has come.
func percent(r intake.Run) int {
	if r.Bytes <= 0 {
		return 0
	}
	return int(min(100, r.Byte*100/r.Bytes))
}

// importDue draws how an import stands.
func importDue(s intake.State) string {
	switch s {
	case intake.Failed, intake.Unread:
		return "late"
	case intake.Looked, intake.Tried, intake.Trying, intake.Running, intake.Undoing:
		return "soon"
	case intake.Done:
		return "done"
	}
	return "ok"
}

// headingMost bounds a heading that can be chosen, in bytes: a longer one is none.
const headingMost = 300

// headingsOf are what a column can be chosen from: each once, none of nothing.
func headingsOf(all []string) (out []string) {
	for _, h := range all {
		if strings.TrimSpace(h) != "" && len(h) <= headingMost && !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// intakeFields are the fields of a kind, those that must be there first.
func intakeFields(k intake.Kind) []intake.Field {
	all := intake.Fields(k)
	slices.SortStableFunc(all, func(a, b intake.Field) int {
		switch {
		case a.Must == b.Must:
			return 0
		case a.Must:
			return -1
		}
		return 1
	})
	return all
}

// intakeField is what people call a field; what no column can be has its own name.
func (v *Visit) intakeField(k intake.Kind, name string) string {
	if intake.IsField(k, name) {
		return v.T("intake.field." + name)
	}
	return name
}

// faultsAt is the address of an import from a refused row on.
func faultsAt(id ident.ID, after int) string {
	at := path.Join(intakeAt, id.String())
	if after == 0 {
		return at
	}
	return at + "?rivi=" + strconv.Itoa(after)
}
