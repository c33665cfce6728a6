package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/table"
	"kokko/journey/intake"
	"kokko/journey/project"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/programme"
)

type importCommand struct {
	Sparks importSparks `cmd:"" help:"Take in what was told elsewhere: one row is one spark. Also while serving; nobody is written to."`

	Concepts importConcepts `cmd:"" help:"Take a newer edition of the concepts of YSO into use, in three languages; without files, the one that comes with the program."`

	Network importNetwork `cmd:"" help:"Take in a network of organisations from a file; people are left out, for only they themselves can say that they are in it."`

	Projects importProjects `cmd:"" help:"Take in a public list of funded projects; the ways an organisation's name is written become one, and the office sees and undoes how."`
}

// importFile is what every import is told.
type importFile struct {
	File   string            `arg:"" help:"The file (CSV): any usual encoding and separator, headings on its first row." type:"existingfile" placeholder:"FILE"`
	Region string            `help:"Region id; needed when the installation serves several." placeholder:"ID"`
	Map    map[string]string `help:"Which column is which, where the headings do not tell: field=Column, several parted by commas; field= for none." mapsep:"," placeholder:"FIELD=COLUMN"`
	Source string            `help:"What the list is called; shown with everything it brings. The file's name when not given." placeholder:"NAME"`
	DryRun bool              `help:"Change nothing; tell what would be done." name:"dry-run"`
	Report string            `help:"Write a list (CSV) of the rows that were not taken, and why." type:"path" placeholder:"FILE"`
}

type importProjects struct {
	importFile
}

// Run takes a list of projects in.
func (c *importProjects) Run(ctx context.Context, h *house) error {
	return c.take(ctx, h, intake.Projects, "")
}

type importSparks struct {
	importFile
	Text string `help:"Language of rows that do not say theirs: fi, sv or en; the programme's first when not given." name:"text-language" placeholder:"LANG"`
}

// Run takes a file of sparks in.
func (c *importSparks) Run(ctx context.Context, h *house) error {
	return c.take(ctx, h, intake.Sparks, c.Text)
}

// shown is a heading as a terminal may have it: a file can hold signs that would move
// the cursor or change colours.
func shown(heading string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '\uFFFD'
		}
		return r
	}, heading)
}

func (c *importFile) take(ctx context.Context, h *house, kind intake.Kind, language string) error {
	db, s, err := h.region(ctx, c.Region)
	if err != nil {
		return err
	}
	defer db.Close()
	e, err := programme.NewService(db, h.clock, h.ids, nil).Current(ctx, s.ID)
	if err != nil {
		return err
	}
	open := func() (io.ReadCloser, error) { return os.Open(c.File) }
	form, digest, headings, err := intake.Look(open)
	if err != nil {
		return err
	}
	columns, lacking, unknown := intake.Guess(kind, headings, c.Map)
	printed := make([]string, len(headings))
	for i, heading := range headings {
		printed[i] = shown(heading)
	}
	if none := slices.DeleteFunc(slices.Sorted(maps.Keys(c.Map)), func(name string) bool { return intake.IsField(kind, name) }); len(none) > 0 {
		var fields []string
		for _, f := range intake.Fields(kind) {
			fields = append(fields, f.Name)
		}
		return fault.New(fault.Invalid, "intake.fields_unknown").With("names", strings.Join(none, ", ")).With("fields", strings.Join(fields, ", "))
	}
	if len(unknown) > 0 {
		return fault.New(fault.Invalid, "intake.columns_unknown").With("names", strings.Join(unknown, ", ")).With("headings", strings.Join(printed, ", "))
	}
	if len(lacking) > 0 {
		return fault.New(fault.Invalid, "intake.columns_lacking").With("names", strings.Join(lacking, ", ")).With("headings", strings.Join(printed, ", "))
	}
	if language == "" {
		language = e.Original()
	}
	if _, ok := i18n.ParseLanguage(language); !ok {
		return fault.New(fault.Invalid, "language.wrong")
	}
	name := filepath.Base(c.File)
	source := c.Source
	if source == "" {
		source = strings.TrimSuffix(name, filepath.Ext(name))
	}
	say := h.say
	comma := map[rune]string{',': say.T("cli.import.comma"), ';': say.T("cli.import.semicolon"), '\t': say.T("cli.import.tab")}[form.Comma]
	fmt.Fprintln(h.out, say.T("cli.import.form", "file", name, "encoding", string(form.Encoding), "comma", comma))
	for _, field := range slices.Sorted(maps.Keys(columns)) {
		fmt.Fprintf(h.out, "  %s = %s\n", field, shown(columns[field]))
	}
	report, err := c.report(h)
	if err != nil {
		return err
	}
	defer report.close()
	bar := newBar(h)
	x, err := h.index(ctx, db)
	if err != nil {
		return err
	}
	actors := actor.New(db, h.clock, h.ids).Indexed(x)
	actors.TellNoted(network.Noted)
	know := knowing(db, h, x, actors)
	projects := project.New(db, h.clock, actors).Indexed(x).Knowing(know)
	service := intake.New(db, h.clock, h.ids, spark.New(db, h.clock, h.ids).Indexed(x).Knowing(know), projects)
	run, err := service.Take(ctx, intake.Order{
		Region: s.ID, Plan: intake.Plan{Kind: kind, Source: source, Language: language, Columns: columns, Form: form}, File: name, Digest: digest, Open: open,
		Programme: spark.Programme{Promise: e, Version: e.Version.ID}, Words: e, Trial: c.DryRun, Rejected: report.row, Progress: bar.show,
	})
	bar.end()
	if wrote := report.close(); err == nil {
		err = wrote
	}
	c.sum(h, run, report)
	if err == nil && kind == intake.Projects && !c.DryRun {
		err = h.tie(ctx, db, s.ID, projects)
	}
	return err
}

// sum tells what was done.
func (c *importFile) sum(h *house, run intake.Run, report *rejections) {
	say := h.say
	if run.Again {
		fmt.Fprintln(h.out, say.T("cli.import.again"))
	}
	for _, f := range report.first {
		fmt.Fprintln(h.out, "  "+line(h, f))
	}
	if more := report.n - len(report.first); more > 0 {
		fmt.Fprintln(h.out, "  "+say.N("cli.import.more", more))
	}
	key := "cli.import.done"
	if c.DryRun {
		key = "cli.import.tried"
	}
	fmt.Fprintln(h.out, say.T(key, "added", say.Number(int64(run.Added)), "changed", say.Number(int64(run.Changed)), "same", say.Number(int64(run.Same)), "kept", say.Number(int64(run.Kept)), "rejected", say.Number(int64(run.Rejected))))
	if c.Report != "" {
		fmt.Fprintln(h.out, say.T("cli.import.report", "file", c.Report))
	}
}

// line is one row that was not taken, in words.
func line(h *house, f intake.Fault) string {
	why := h.say.T("intake.why."+f.Reason, "most", f.Most)
	if f.Field == "" {
		return h.say.T("cli.import.line", "line", f.Line, "why", why)
	}
	return h.say.T("cli.import.line_column", "line", f.Line, "column", f.Field, "why", why)
}

// rejections keeps the rows that were not taken: the first for the summary, all of
// them in the report.
type rejections struct {
	h     *house
	file  *os.File
	to    table.Writer
	err   error
	n     int
	first []intake.Fault
}

// firstLines is how many rejected rows the summary itself names.
const firstLines = 20

func (c *importFile) report(h *house) (*rejections, error) {
	r := &rejections{h: h}
	if c.Report == "" {
		return r, nil
	}
	var err error
	if r.file, err = os.OpenFile(c.Report, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600); err != nil {
		return nil, err
	}
	columns := []table.Column{{Name: h.say.T("cli.import.head.line"), Kind: table.Count}, {Name: h.say.T("cli.import.head.column")}, {Name: h.say.T("cli.import.head.why")}}
	if r.to, err = table.NewCSV(r.file, columns, table.CSV{Bare: true}); err != nil {
		r.file.Close()
		return nil, err
	}
	return r, nil
}

func (r *rejections) row(f intake.Fault) {
	if r.n++; len(r.first) < firstLines {
		r.first = append(r.first, f)
	}
	if r.to != nil && r.err == nil {
		r.err = r.to.Row(table.Number(f.Line), table.Text(f.Field), table.Text(r.h.say.T("intake.why."+f.Reason, "most", f.Most)))
	}
}

func (r *rejections) close() error {
	if r.to != nil {
		if err := r.to.Close(); r.err == nil {
			r.err = err
		}
		if err := r.file.Close(); r.err == nil {
			r.err = err
		}
		r.to = nil
	}
	return r.err
}

// bar shows how far an import has come: drawn over itself on a terminal, a line
// for every tenth elsewhere.
type bar struct {
	h        *house
	terminal bool
	tenth    int64
	drawn    bool
}

func newBar(h *house) *bar {
	b := &bar{h: h}
	if f, ok := h.errs.(*os.File); ok {
		if info, err := f.Stat(); err == nil {
			b.terminal = info.Mode()&os.ModeCharDevice != 0
		}
	}
	return b
}

func (b *bar) show(r intake.Run) {
	const width = 30
	done := int64(100)
	if r.Bytes > 0 {
		done = r.Byte * 100 / r.Bytes
	}
	said := b.h.say.T("cli.import.progress", "percent", done, "rows", b.h.say.Number(int64(r.Rows())), "line", b.h.say.Number(int64(r.Line)))
	if b.terminal {
		full := int(done) * width / 100
		fmt.Fprintf(b.h.errs, "\r[%s%s] %s\x1b[K", strings.Repeat("#", full), strings.Repeat(".", width-full), said)
		b.drawn = true
		return
	}
	if tenth := done / 10; tenth > b.tenth || done == 100 && b.tenth < 10 {
		b.tenth = tenth
		fmt.Fprintln(b.h.errs, said)
	}
}

func (b *bar) end() {
	if b.drawn {
		fmt.Fprintln(b.h.errs)
	}
}
