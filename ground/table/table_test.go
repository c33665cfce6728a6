package table_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"kokko/ground/table"
)

// hostile are texts that files of tables have come to grief on.
func hostile() []string {
	return []string{
		"", "kipinä", "=1+1", "+358 40 123 4567", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1", `"=1+1`, `" =1`, "'=1", "＝1", "－1", "＠a",
		"a;=cmd|' /C calc'!A0", "a,@x", "a\t=b", "a|+b", "rivi\n- toinen\n=kolmas", "a;\"=1\"", "a;;;=1", "…;'=1", "\x00\x01\x1b=1", "\x00=1", "a\uFFFEb\uFFFF", "\xff\xfe=1",
		"_x0041_", "_x005F_x0041_", "_x000D_=1", "_xZZZZ_", "_x0041_x0042_", "😀 =1", "<b>&amp;</b>]]>", "  välit  ", strings.Repeat("ä", 40_000), strings.Repeat("😀", 20_000), `\.`, "a\r\nb\rc",
	}
}

func columns() []table.Column {
	return []table.Column{{Name: "Sanat", About: "Mitä sanottiin", Kind: table.Words}, {Name: "=Luku", About: "-", Kind: table.Count}, {Name: "Päivä", Kind: table.Day}, {Name: "Hetki", Kind: table.Moment}, {Name: "Lisää", Kind: table.Words}}
}

func book() table.Book {
	return table.Book{Title: "Kipinät", Author: "Kouvola", Created: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), Sheet: "Kipinät", Columns: "Sarakkeet", Heads: [3]string{"Sarake", "Mitä", "Muoto"},
		Forms: [4]string{"teksti", "luku", "päivä", "aika"}, About: "Tiedot", Notes: func(rows int) [][2]string { return [][2]string{{"Rivejä", strings.Repeat("x", rows)}} }}
}

// separated writes one column of texts and reads it back.
func separated(t interface {
	Helper()
	Fatal(args ...any)
}, how table.CSV, texts ...string) (raw string, back [][]string) {
	t.Helper()
	var b bytes.Buffer
	w, err := table.NewCSV(&b, columns(), how)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range texts {
		if err := w.Row(table.Text(s), table.Number(7), table.Cell{}, table.Cell{}, table.Text(s)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff")))
	if how.Semicolon {
		r.Comma = ';'
	}
	if back, err = r.ReadAll(); err != nil {
		t.Fatal(err)
	}
	return b.String(), back
}

// runs finds a piece of text that a spreadsheet would take for a formula.
var runs = regexp.MustCompile(`^[\s\p{Z}\p{Cf}"` + "\uFFFD" + `]*[=+\-@＝＋－＠]`)

// neutral is what must hold of any file of values, whatever separator its reader
// is set for.
func neutral(raw string) (bad []string) {
	for _, piece := range regexp.MustCompile(`[,;\t|\n\r]`).Split(raw, -1) {
		if runs.MatchString(piece) {
			bad = append(bad, piece)
		}
	}
	for _, comma := range []rune{',', ';', '\t', '|'} {
		r := csv.NewReader(strings.NewReader(raw))
		r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
		rows, _ := r.ReadAll()
		for _, row := range rows {
			for _, cell := range row {
				if runs.MatchString(cell) {
					bad = append(bad, cell)
				}
			}
		}
	}
	return bad
}

func TestCSVHoldsWhatWasWrittenAndNoFormula(t *testing.T) {
	t.Parallel()
	for _, how := range []table.CSV{{}, {Semicolon: true}, {Bare: true}} {
		raw, back := separated(t, how, hostile()...)
		if strings.HasPrefix(raw, "\ufeff") == how.Bare || !utf8.ValidString(raw) {
			t.Errorf("%+v: begins %q", how, raw[:10])
		}
		if len(back) != len(hostile())+1 {
			t.Fatalf("%+v: %d rows", how, len(back))
		}
		if got := back[0][1]; got != "'=Luku" {
			t.Errorf("%+v: heading %q", how, got)
		}
		for i, s := range hostile() {
			want := []string{table.Neutered(s), "7", "", "", table.Neutered(s)}
			if diff := cmp.Diff(want, back[i+1]); diff != "" {
				t.Errorf("%+v: %.40q: %.300s", how, s, diff)
			}
		}
		for _, piece := range neutral(raw) {
			t.Errorf("%+v: %.60q would be run", how, piece)
		}
	}
	// The check itself finds what it is for.
	if len(neutral("a;\"=1+1\"\r\n")) == 0 || len(neutral("a,b\r\n \"@x\"")) == 0 || len(neutral("a;'=1")) > 0 {
		t.Error("the check finds nothing, or too much")
	}
}

func TestNeutralLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"kipinä": "kipinä", "a=b": "a=b", "3-4": "3-4", "x, y": "x, y", "lapset, +65": "lapset, +65", "'=1": "'=1", "+358 40": "'+358 40", "a\r\nb": "a\nb"} {
		if got := table.Neutral(s); got != want {
			t.Errorf("%q became %q", s, got)
		}
	}
	if got := table.Neutered("lapset, +65\n- yksi; kaksi"); got != "lapset,' +65\n'- yksi; kaksi" {
		t.Errorf("%q", got)
	}
}

// anything is strings of every kind: words, signs a file stumbles on, raw bytes.
func anything() *rapid.Generator[string] {
	signs := rapid.SampledFrom([]string{"=", "+", "-", "@", "\t", "\r", "\n", "\"", "'", ";", ",", "|", " ", "\u00a0", "\ufeff", "\u200b", "\x00", "\x1b", "\xff", "_x0041_", "_x", "_", "😀", "ä", "a", "<", "&", "\\."})
	return rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOfN(signs, 0, 12), func(all []string) string { return strings.Join(all, "") }), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

func TestCSVOfAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		how := table.CSV{Semicolon: rapid.Bool().Draw(t, "semicolon"), Bare: rapid.Bool().Draw(t, "bare")}
		texts := rapid.SliceOfN(anything(), 1, 5).Draw(t, "texts")
		raw, back := separated(t, how, texts...)
		for i, s := range texts {
			if back[i+1][0] != table.Neutered(s) || back[i+1][4] != table.Neutered(s) {
				t.Fatalf("%q came back as %q", s, back[i+1])
			}
			if again := table.Neutered(table.Neutered(s)); again != table.Neutered(s) {
				t.Fatalf("%q is not neutral at once: %q", s, again)
			}
		}
		if bad := neutral(raw); len(bad) > 0 {
			t.Fatalf("would be run: %q", bad)
		}
	})
}

func FuzzNeutered(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw, back := separated(t, table.CSV{}, s)
		if back[1][0] != table.Neutered(s) {
			t.Fatalf("%q came back as %q", s, back[1][0])
		}
		if bad := neutral(raw); len(bad) > 0 {
			t.Fatalf("would be run: %q", bad)
		}
		if got := sheetOf(t, book(), s)[1][0]; got != clipped(table.Neutral(s)) {
			t.Fatalf("%q came back from the workbook as %q", s, got)
		}
	})
}

// workbook writes texts and gives the file as excelize reads it.
func workbook(t interface {
	Helper()
	Fatal(args ...any)
}, b table.Book, texts ...string) *excelize.File {
	t.Helper()
	var raw bytes.Buffer
	w, err := table.NewXLSX(&raw, columns(), b)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range texts {
		if err := w.Row(table.Text(s), table.Number(7), table.OnDay(time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC)), table.At(time.Date(2026, 11, 23, 10, 15, 30, 0, time.FixedZone("", 7200))), table.Text(s)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&raw)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func sheetOf(t interface {
	Helper()
	Fatal(args ...any)
}, b table.Book, texts ...string) [][]string {
	t.Helper()
	f := workbook(t, b, texts...)
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		for len(rows[i]) < 5 {
			rows[i] = append(rows[i], "")
		}
	}
	return rows
}

// clipped is a text as long as a cell may be.
func clipped(s string) string {
	units, out := 0, []rune{}
	for _, r := range s {
		n := 1
		if r > 0xFFFF {
			n = 2
		}
		if units+n > 32_767 {
			return string(out[:len(out)-1]) + "…"
		}
		units, out = units+n, append(out, r)
	}
	return s
}

func TestXLSXHoldsWhatWasWritten(t *testing.T) {
	t.Parallel()
	f := workbook(t, book(), hostile()...)
	if got := f.GetSheetList(); !slices.Equal(got, []string{"Kipinät", "Sarakkeet", "Tiedot"}) {
		t.Fatalf("sheets %q", got)
	}
	rows, err := f.GetRows("Kipinät")
	if err != nil || len(rows) != len(hostile())+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, s := range hostile() {
		at := func(column string) string { name, _ := excelize.JoinCellName(column, i+2); return name }
		got, err := f.GetCellValue("Kipinät", at("A"))
		if want := clipped(table.Neutral(s)); err != nil || got != want {
			t.Errorf("%.40q came back as %.60q (%v)", s, got, err)
		}
		if formula, err := f.GetCellFormula("Kipinät", at("A")); err != nil || formula != "" {
			t.Errorf("%.40q is a formula %q, %v", s, formula, err)
		}
		if kind, _ := f.GetCellType("Kipinät", at("A")); s != "" && kind != excelize.CellTypeInlineString {
			t.Errorf("%.40q is of type %v", s, kind)
		}
	}
	for cell, want := range map[string]string{"B2": "7", "C2": "46081", "D2": "46349.42743056"} {
		if got, _ := f.GetCellValue("Kipinät", cell, excelize.Options{RawCellValue: true}); got != want {
			t.Errorf("%s is %q, want %q", cell, got, want)
		}
	}
	day, _ := excelize.ExcelDateToTime(46081, false)
	if day.Format("2006-01-02") != "2026-02-28" {
		t.Errorf("the day is %v", day)
	}
	panes, err := f.GetPanes("Kipinät")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the heading is not frozen: %+v %v", panes, err)
	}
	defined, _ := f.GetRows("Sarakkeet")
	if len(defined) != 6 || defined[1][1] != "Mitä sanottiin" || defined[3][2] != "päivä" || defined[2][0] != "'=Luku" {
		t.Errorf("definitions: %q", defined)
	}
	about, _ := f.GetRows("Tiedot")
	if len(about) != 2 || len(about[1][1]) != len(hostile()) {
		t.Errorf("about: %q", about)
	}
	if p, err := f.GetDocProps(); err != nil || p.Title != "Kipinät" || p.Creator != "Kouvola" {
		t.Errorf("properties: %+v %v", p, err)
	}
}

func TestXLSXOfAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(anything(), 1, 4).Draw(t, "texts")
		for i, row := range sheetOf(t, book(), texts...)[1:] {
			if want := table.Neutral(texts[i]); row[0] != want || row[4] != want {
				t.Fatalf("%q came back as %q", texts[i], row)
			}
			if runs.MatchString(row[0]) {
				t.Fatalf("%q would be run", row[0])
			}
		}
	})
}

func TestXLSXGoesOnInAnotherSheet(t *testing.T) {
	t.Parallel()
	b := book()
	b.Most = 4
	f := workbook(t, b, "a", "b", "c", "d", "e", "f", "g")
	if got := f.GetSheetList(); !slices.Equal(got, []string{"Kipinät", "Kipinät 2", "Kipinät 3", "Sarakkeet", "Tiedot"}) {
		t.Fatalf("%q", got)
	}
	var all string
	for _, name := range f.GetSheetList()[:3] {
		rows, _ := f.GetRows(name)
		if rows[0][0] != "Sanat" {
			t.Errorf("%s has no heading", name)
		}
		for _, row := range rows[1:] {
			all += row[0]
		}
	}
	if all != "abcdefg" {
		t.Errorf("rows %q", all)
	}
	// Names that spreadsheets refuse, and names alike.
	b = book()
	b.Sheet, b.Columns, b.About = "'a/b[c]*?:\\ and much more than thirty-one signs'", "kipinät", "Kipinät"
	names := workbook(t, b, "a").GetSheetList()
	for _, name := range names {
		if utf8.RuneCountInString(name) > 31 || strings.ContainsAny(name, `[]:*?/\`) || strings.HasPrefix(name, "'") {
			t.Errorf("sheet %q", name)
		}
	}
	if len(names) != 3 || strings.EqualFold(names[1], names[2]) {
		t.Errorf("%q", names)
	}
}

// The same rows at the same time give the same bytes.
func TestFilesAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	write := func() []byte {
		var raw bytes.Buffer
		w, err := table.NewXLSX(&raw, columns(), book())
		if err == nil {
			err = errors.Join(w.Row(table.Text("a"), table.Number(1), table.Cell{}, table.Cell{}, table.Text("b")), w.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		return raw.Bytes()
	}
	if !bytes.Equal(write(), write()) {
		t.Error("two files of one table differ")
	}
}

// narrow takes so many bytes and then fails.
type narrow struct{ left int }

var errFull = errors.New("full")

func (n *narrow) Write(p []byte) (int, error) {
	if n.left -= len(p); n.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// A file that could not be finished says so, wherever it broke.
func TestABrokenFileIsToldOf(t *testing.T) {
	t.Parallel()
	for room := 0; room < 5_000; room += 250 {
		for name, begin := range map[string]func(io.Writer) (table.Writer, error){
			"xlsx": func(w io.Writer) (table.Writer, error) { return table.NewXLSX(w, columns(), book()) },
			"csv":  func(w io.Writer) (table.Writer, error) { return table.NewCSV(w, columns(), table.CSV{}) },
		} {
			to := &narrow{left: room}
			w, err := begin(to)
			for i := 0; err == nil && i < 500; i++ {
				// Words that do not pack, so that the room runs out.
				err = w.Row(table.Text(strings.Repeat(string(rune('a'+i%26)), i%9)+time.Duration(i*i*i*7919).String()), table.Number(i), table.Cell{}, table.Cell{}, table.Cell{})
			}
			if err == nil {
				err = w.Close()
			}
			if !errors.Is(err, errFull) {
				t.Errorf("%s in %d bytes: %v", name, room, err)
			}
		}
	}
	w, err := table.NewCSV(io.Discard, columns(), table.CSV{})
	if err != nil || w.Row(table.Text("a")) == nil {
		t.Error("a row of too few cells was taken")
	}
}

func TestPlainIsFitForXML(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for _, r := range table.Plain(anything().Draw(t, "text")) {
			if r != '\n' && r != '\t' && unicode.IsControl(r) && r < 0x20 || r == 0xFFFE || r == 0xFFFF {
				t.Fatalf("%U stayed", r)
			}
		}
	})
}
