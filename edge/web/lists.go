package web

import (
	"context"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/table"
	"kokko/journey/spark"
	"kokko/region/audit"
	"kokko/region/office"
	"kokko/region/programme"
)

// Lists of sparks as files for other programs: for everybody what is listed, with
// nothing of who brought it, and for the office everything it may read. They are
// read and sent a page of the list at a time.

func listRoutes() []route {
	staffOnly := func(pattern string, do func(*Visit) error) route {
		return route{pattern: pattern, access: staff, verb: office.Read, object: office.Sparks, do: do}
	}
	return []route{
		{pattern: "GET /avoin-data", knows: true, ready: true, do: (*Visit).openData},
		{pattern: "GET /kipinat.csv", limit: openFilesAMinute, do: func(v *Visit) error { return v.file(v.openTable, v.asCSV) }},
		{pattern: "GET /kipinat.xlsx", limit: openFilesAMinute, do: func(v *Visit) error { return v.file(v.openTable, v.asXLSX) }},
		staffOnly("GET /toimisto/kipinat.csv", func(v *Visit) error { return v.file(v.officeTable, v.asCSV) }),
		staffOnly("GET /toimisto/kipinat.xlsx", func(v *Visit) error { return v.file(v.officeTable, v.asXLSX) }),
	}
}

// openFilesAMinute is how many whole lists one network prefix gets.
const openFilesAMinute = 6

// rowsAtOnce bounds how many sparks are held in memory.
const rowsAtOnce = 100

// listFile is a list as a file: its columns, and the rows as they are read.
type listFile struct {
	title   string
	columns []table.Column
	notes   [][2]string // what the file tells of itself besides its rows
	rows    func(ctx context.Context, row func(...table.Cell) error) error
}

// column is one column of a list of T. Its texts are "list.<key>" and
// "list.<key>.about".
type column[T any] struct {
	key   string
	kind  table.Kind
	width int
	cell  func(of T) table.Cell
}

func columnsOf[T any](v *Visit, all []column[T]) (out []table.Column) {
	for _, c := range all {
		out = append(out, table.Column{Name: v.T("list." + c.key), About: v.T("list." + c.key + ".about"), Kind: c.kind, Width: c.width})
	}
	return out
}

func cellsOf[T any](all []column[T], of T, into []table.Cell) []table.Cell {
	into = into[:0]
	for _, c := range all {
		into = append(into, c.cell(of))
	}
	return into
}

// file makes a table and sends it.
func (v *Visit) file(of func(ctx context.Context) (listFile, error), as func(t listFile) error) error {
	t, err := of(v.R.Context())
	if err != nil {
		return err
	}
	return as(t)
}

// listName is a file's name: which list of which region, and of which day.
func (v *Visit) listName(extension string) string {
	return "kipinat-" + v.Region.ID + "-" + v.today().String() + extension
}

func (v *Visit) asCSV(t listFile) error {
	how := table.CSV{Semicolon: v.Query("erotin") == "puolipiste", Bare: v.Query("bom") == "ei"}
	return v.download("text/csv; charset=utf-8", v.listName(".csv"), func(w io.Writer) error {
		out, err := table.NewCSV(w, t.columns, how)
		return v.rowsOf(t, out, err)
	})
}

func (v *Visit) asXLSX(t listFile) error {
	book := table.Book{
		Title: t.title, Author: v.In(v.Edition.Region.Name), Created: v.Clock.Now(), Sheet: v.T("spark.list.title"),
		Columns: v.T("list.columns"), Heads: [3]string{v.T("list.column"), v.T("list.meaning"), v.T("list.form")},
		Forms: [4]string{table.Words: v.T("list.form.words"), table.Count: v.T("list.form.count"), table.Day: v.T("list.form.day"), table.Moment: v.T("list.form.moment")},
		About: v.T("list.metadata"),
		Notes: func(rows int) [][2]string {
			return append(slices.Clone(t.notes), [2]string{v.T("list.note.rows"), v.Say.Number(int64(rows))})
		},
	}
	return v.download("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", v.listName(".xlsx"), func(w io.Writer) error {
		out, err := table.NewXLSX(w, t.columns, book)
		return v.rowsOf(t, out, err)
	})
}

func (v *Visit) rowsOf(t listFile, out table.Writer, err error) error {
	if err != nil {
		return err
	}
	if err := t.rows(v.R.Context(), out.Row); err != nil {
		return err
	}
	return out.Close()
}

// Cells in the reader's words.

func (v *Visit) yes(is bool) table.Cell {
	if is {
		return table.Text(v.T("list.yes"))
	}
	return table.Text(v.T("list.no"))
}

func dayCell(d workday.Day) table.Cell {
	if d == 0 {
		return table.Cell{}
	}
	return table.OnDay(d.Start(i18n.Helsinki()))
}

// tagCell is a spark's tags of some kinds, each as the programme names it.
func (v *Visit) tagCell(s spark.Spark, kinds ...programme.TagKind) table.Cell {
	var names []string
	for _, kind := range kinds {
		for _, n := range v.tagged(s, kind) {
			names = append(names, v.In(n.Name))
		}
	}
	return table.Text(strings.Join(names, "; "))
}

func languageCell(code string) table.Cell {
	l, ok := i18n.ParseSet(code)
	if !ok {
		return table.Cell{}
	}
	return table.Text(l.Name())
}

func (v *Visit) municipalityCell(s spark.Spark) table.Cell {
	name, ok := v.Edition.MunicipalityOn(s.Place, v.today())
	if !ok {
		return table.Cell{}
	}
	return table.Text(v.In(name))
}

func (v *Visit) listed(path string) string {
	return v.full(v.Set(), path)
}

// openColumns is what everybody may take along of a listed spark: no text beyond
// its title, nothing of who brought it.
func (v *Visit) openColumns() []column[spark.Spark] {
	zone := i18n.Helsinki()
	return []column[spark.Spark]{
		{"code", table.Words, 12, func(s spark.Spark) table.Cell { return table.Text(s.Code) }},
		{"title", table.Words, 50, func(s spark.Spark) table.Cell { return table.Text(s.Title) }},
		{"kind", table.Words, 20, func(s spark.Spark) table.Cell { return table.Text(v.kindOf(s.Kind)) }},
		{"state", table.Words, 0, func(s spark.Spark) table.Cell { return table.Text(v.T("state." + string(s.State))) }},
		{"place", table.Words, 20, func(s spark.Spark) table.Cell { return table.Text(v.openPlace(s)) }},
		{"municipality", table.Words, 16, v.municipalityCell},
		{"themes", table.Words, 30, func(s spark.Spark) table.Cell { return v.tagCell(s, programme.TagTheme) }},
		{"outside", table.Words, 0, func(s spark.Spark) table.Cell { return v.yes(s.Outside) }},
		{"language", table.Words, 0, func(s spark.Spark) table.Cell { return languageCell(s.Language) }},
		{"dropped", table.Day, 14, func(s spark.Spark) table.Cell { return table.OnDay(s.Dropped.In(zone)) }},
		{"answered", table.Day, 14, func(s spark.Spark) table.Cell { return table.OnDay(s.Answered.In(zone)) }},
		{"latest", table.Day, 14, func(s spark.Spark) table.Cell { return table.OnDay(s.Latest.In(zone)) }},
		{"closed", table.Day, 14, func(s spark.Spark) table.Cell { return table.OnDay(s.Closed.In(zone)) }},
		{"missing", table.Words, 20, func(s spark.Spark) table.Cell { return table.Text(v.openMissing(s)) }},
		{"address", table.Words, 50, func(s spark.Spark) table.Cell { return table.Text(v.listed("/kipina/" + s.Code)) }},
	}
}

// openPlace is a place the programme knows; what a bringer wrote instead may be
// their own address.
func (v *Visit) openPlace(s spark.Spark) string {
	if p, ok := v.Edition.Place(s.Place); ok {
		return v.In(p.Name)
	}
	return ""
}

func (v *Visit) openMissing(s spark.Spark) string {
	if !s.Open {
		return ""
	}
	return strings.Join(v.missing(s), "; ")
}

// openTable is the public list as it was asked for, the newest first: an order
// that does not move while the file is read.
func (v *Visit) openTable(context.Context) (listFile, error) {
	l, filter, _ := v.asked()
	filter.After, filter.Limit = "", rowsAtOnce
	if filter.Order == spark.Liveliest {
		filter.Order = spark.Newest
	}
	set, err := v.settings()
	if err != nil {
		return listFile{}, err
	}
	columns := v.openColumns()
	t := listFile{title: v.T("list.open.title", "region", v.In(v.Edition.Region.Name)), columns: columnsOf(v, columns)}
	t.notes = append(v.madeNotes(t.title), [2]string{v.T("list.note.licence"), v.licence(set[setLicence])}, [2]string{v.T("list.note.source"), v.listed("/avoin-data")},
		[2]string{v.T("list.note.filter"), v.filterWords(l)}, [2]string{v.T("list.note.again"), v.T("list.note.again.text")})
	t.rows = func(ctx context.Context, row func(...table.Cell) error) error {
		cells := make([]table.Cell, 0, len(columns))
		for {
			list, next, err := spark.List(ctx, v.DB, v.Region.ID, filter)
			if err != nil {
				return err
			}
			for _, s := range list {
				if !s.Listed || s.Held != "" || s.Secret || s.Visibility == spark.Office || s.MergedInto != 0 {
					continue // what no page shows is in no file, whatever the list says
				}
				if err := row(cellsOf(columns, s, cells)...); err != nil {
					return err
				}
			}
			if next == "" {
				return nil
			}
			filter.After = next
		}
	}
	return t, nil
}

// madeNotes tells what the file is, when it was made and by which Kokko.
func (v *Visit) madeNotes(title string) [][2]string {
	return [][2]string{{v.T("list.note.what"), title}, {v.T("list.note.made"), v.Say.DateTime(v.Clock.Now())}, {v.T("list.note.program"), strings.TrimSpace("Kokko " + v.Version)}, {v.T("list.note.guard"), v.T("list.note.guard.text")}}
}

// filterWords says in words what a list was narrowed to.
func (v *Visit) filterWords(l listView) string {
	var parts []string
	if l.Order == spark.Hand {
		parts = append(parts, v.T("spark.order.hand.about"))
	}
	if l.Kind != "" {
		parts = append(parts, v.kindOf(l.Kind))
	}
	if t, ok := v.Edition.Theme(l.Theme); ok {
		parts = append(parts, v.In(t.Name))
	}
	if l.Around.ID != "" {
		parts = append(parts, v.T("spark.list.around", "place", v.In(l.Around.Name), "km", l.Km))
	}
	if len(parts) == 0 {
		return v.T("list.note.filter.none")
	}
	return strings.Join(parts, "; ")
}

// officeRow is a spark of the office's list with what goes with it.
type officeRow struct {
	spark.Spark
	bringer spark.Bringer // empty for readers without the right
	into    string        // code of the spark that carries this one's matter on
	from    string        // code of the spark it was a part of
}

func (v *Visit) officeColumns(d workDesk) []column[officeRow] {
	zone := i18n.Helsinki()
	all := []column[officeRow]{
		{"code", table.Words, 12, func(r officeRow) table.Cell { return table.Text(r.Code) }},
		{"title", table.Words, 50, func(r officeRow) table.Cell { return table.Text(r.Title) }},
		{"text", table.Words, 60, func(r officeRow) table.Cell { return table.Text(r.Text) }},
		{"kind", table.Words, 20, func(r officeRow) table.Cell { return table.Text(capital(v.workKind(r.Kind))) }},
		{"state", table.Words, 0, func(r officeRow) table.Cell { return table.Text(v.T("work.spark_state." + string(r.State))) }},
		{"place", table.Words, 20, func(r officeRow) table.Cell { return table.Text(v.workPlace(r.Spark)) }},
		{"municipality", table.Words, 16, func(r officeRow) table.Cell { return v.municipalityCell(r.Spark) }},
		{"themes", table.Words, 30, func(r officeRow) table.Cell { return v.tagCell(r.Spark, programme.TagTheme) }},
		{"packages", table.Words, 30, func(r officeRow) table.Cell { return v.tagCell(r.Spark, programme.TagPackage) }},
		{"priorities", table.Words, 30, func(r officeRow) table.Cell { return v.tagCell(r.Spark, programme.TagPriority) }},
		{"values", table.Words, 20, func(r officeRow) table.Cell { return v.tagCell(r.Spark, programme.TagValue) }},
		{"networks", table.Words, 20, func(r officeRow) table.Cell { return v.tagCell(r.Spark, programme.TagNetwork) }},
		{"outside", table.Words, 0, func(r officeRow) table.Cell { return v.yes(r.Outside) }},
		{"language", table.Words, 0, func(r officeRow) table.Cell { return languageCell(r.Language) }},
		{"reads", table.Words, 30, func(r officeRow) table.Cell { return table.Text(v.T("workspark.reads." + string(r.Visibility))) }},
		{"listed", table.Words, 0, func(r officeRow) table.Cell { return v.yes(r.Listed) }},
		{"secret", table.Words, 0, func(r officeRow) table.Cell { return v.yes(r.Secret) }},
		{"held", table.Words, 0, func(r officeRow) table.Cell { return v.yes(r.Held != "") }},
		{"source", table.Words, 16, func(r officeRow) table.Cell { return table.Text(v.T("work.source." + string(r.Source))) }},
		{"entered_by", table.Words, 20, func(r officeRow) table.Cell { return table.Text(d.officers[r.EnteredBy].Name) }},
		{"owner", table.Words, 20, func(r officeRow) table.Cell { return table.Text(d.officers[r.Owner].Name) }},
		{"dropped", table.Moment, 18, func(r officeRow) table.Cell { return table.At(r.Dropped.In(zone)) }},
		{"due", table.Day, 14, func(r officeRow) table.Cell { return dayCell(r.Due) }},
		{"waiting", table.Words, 0, func(r officeRow) table.Cell { return v.yes(r.Open && r.Waiting) }},
		{"answered", table.Moment, 18, func(r officeRow) table.Cell { return table.At(r.Answered.In(zone)) }},
		{"asked", table.Moment, 18, func(r officeRow) table.Cell { return table.At(r.Asked.In(zone)) }},
		{"next", table.Day, 14, func(r officeRow) table.Cell { return dayCell(r.NextContact) }},
		{"latest", table.Moment, 18, func(r officeRow) table.Cell { return table.At(r.Latest.In(zone)) }},
		{"closed", table.Moment, 18, func(r officeRow) table.Cell { return table.At(r.Closed.In(zone)) }},
		{"merged_into", table.Words, 0, func(r officeRow) table.Cell { return table.Text(r.into) }},
		{"split_from", table.Words, 0, func(r officeRow) table.Cell { return table.Text(r.from) }},
	}
	if v.May(right{Object: office.Contacts, Verb: office.Read}) {
		all = append(all,
			column[officeRow]{"name", table.Words, 24, func(r officeRow) table.Cell { return table.Text(r.bringer.Name) }},
			column[officeRow]{"phone", table.Words, 18, func(r officeRow) table.Cell { return table.Text(r.bringer.Phone) }},
			column[officeRow]{"email", table.Words, 30, func(r officeRow) table.Cell { return table.Text(r.bringer.Email) }},
			column[officeRow]{"wish", table.Words, 18, func(r officeRow) table.Cell {
				if r.bringer.Contact == "" {
					return table.Cell{}
				}
				return table.Text(v.T("work.wish." + string(r.bringer.Contact)))
			}},
			column[officeRow]{"reads_in", table.Words, 0, func(r officeRow) table.Cell { return languageCell(r.bringer.Language) }})
	}
	return all
}

// officeTable is the office's list of all sparks, the newest first.
func (v *Visit) officeTable(ctx context.Context) (listFile, error) {
	d, err := v.workDesk(ctx)
	if err != nil {
		return listFile{}, err
	}
	after, err := v.idCursor()
	if err != nil {
		return listFile{}, err
	}
	reach := v.May(right{Object: office.Contacts, Verb: office.Read})
	if reach && v.R.Method != http.MethodHead {
		if err := v.Office.Exported(ctx, v.Region.ID, audit.About{Thing: audit.Lists, Key: "sparks"}); err != nil {
			return listFile{}, err
		}
	}
	columns := v.officeColumns(d)
	t := listFile{title: v.T("list.office.title", "region", v.In(v.Edition.Region.Name)), columns: columnsOf(v, columns)}
	t.notes = append(v.madeNotes(t.title), [2]string{v.T("list.note.by"), v.Officer.Name})
	if reach {
		t.notes = append(t.notes, [2]string{v.T("list.note.personal"), v.T("list.note.personal.text")})
	}
	t.rows = func(ctx context.Context, row func(...table.Cell) error) error {
		cells := make([]table.Cell, 0, len(columns))
		for {
			list, _, err := spark.Work(ctx, v.DB, v.Region.ID, spark.Every, d.cal, d.today, after, rowsAtOnce)
			if err != nil || len(list) == 0 {
				return err
			}
			rows, err := v.officeRows(ctx, list, reach)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := row(cellsOf(columns, r, cells)...); err != nil {
					return err
				}
			}
			if len(list) < rowsAtOnce {
				return nil
			}
			after = list[len(list)-1].ID
		}
	}
	return t, nil
}

// officeRows reads what goes with a page of sparks, their bringers with one query.
func (v *Visit) officeRows(ctx context.Context, list []spark.Spark, reach bool) ([]officeRow, error) {
	var bringers map[ident.ID][]spark.Bringer
	if reach {
		ids := spark.IDs(list)
		var err error
		if bringers, err = spark.Bringers(ctx, v.DB, v.Region.ID, ids...); err != nil {
			return nil, err
		}
	}
	named := map[ident.ID]bool{}
	for _, s := range list {
		named[s.MergedInto], named[s.SplitFrom] = true, true
	}
	delete(named, 0)
	others, err := spark.ByIDs(ctx, v.DB, v.Region.ID, slices.Sorted(maps.Keys(named))...)
	if err != nil {
		return nil, err
	}
	rows := make([]officeRow, len(list))
	for i, s := range list {
		rows[i] = officeRow{Spark: s, into: others[s.MergedInto].Code, from: others[s.SplitFrom].Code}
		if b := bringers[s.ID]; len(b) > 0 {
			rows[i].bringer = b[0]
		}
	}
	return rows, nil
}
