package table

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Book is what an XLSX file has beside its rows. Its texts are in the reader's
// language.
type Book struct {
	Title   string // of the file's properties
	Author  string
	Created time.Time
	Sheet   string // name of the sheet with the rows

	Columns string    // name of the sheet that tells what each column is
	Heads   [3]string // its headings: column, what it holds, form
	Forms   [4]string // what each Kind is called there, in the order of Kind

	About string // name of the sheet that tells of the file itself, "" for none
	// Notes are its lines; asked for when all rows are written, and so may tell of
	// them.
	Notes func(rows int) [][2]string

	// Most is how many rows a sheet may have, its heading counted; 0 for what
	// spreadsheets take. More go on in another sheet.
	Most int
}

// Bounds of spreadsheets, in rows and in UTF-16 units.
const (
	mostRows  = 1_048_576
	mostSigns = 32_767
	mostName  = 31
)

// XLSX cells' styles, by their place in the style sheet's cellXfs.
const (
	styleText = iota + 1
	styleCount
	styleDay
	styleMoment
	styleHead
	styleProse
)

type xlsxWriter struct {
	zip     *zip.Writer
	part    *bufio.Writer // the sheet being written
	book    Book
	columns []Column
	names   []string // of the sheets begun, in order
	filled  []int    // rows in each sheet of rows, its heading counted
	rows    int
	failed  error
}

// NewXLSX begins an Office Open XML workbook: the rows under a frozen heading
// with a filter, a sheet that defines the columns, and one that tells of the file.
// Nothing is a formula; texts are typed as texts, and are neutral all the same, so
// that the file saved as CSV elsewhere is safe too.
func NewXLSX(w io.Writer, columns []Column, book Book) (Writer, error) {
	if book.Most < 2 {
		book.Most = mostRows
	}
	x := &xlsxWriter{zip: zip.NewWriter(w), book: book, columns: columns}
	x.plainPart("_rels/.rels", relations)
	x.plainPart("docProps/core.xml", x.properties())
	x.plainPart("xl/styles.xml", styles)
	x.beginRows()
	return x, x.failed
}

// begin opens a part of the package.
func (x *xlsxWriter) begin(name string) {
	if x.failed != nil {
		return
	}
	to, err := x.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: x.book.Created})
	x.failed, x.part = err, bufio.NewWriterSize(to, 16<<10)
	x.put(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n")
}

func (x *xlsxWriter) put(s string) {
	if x.failed == nil {
		_, x.failed = x.part.WriteString(s)
	}
}

func (x *xlsxWriter) end() {
	if x.failed == nil {
		x.failed = x.part.Flush()
	}
}

func (x *xlsxWriter) plainPart(name, content string) {
	x.begin(name)
	x.put(content)
	x.end()
}

// beginSheet opens the next sheet; widths are those of its columns.
func (x *xlsxWriter) beginSheet(name string, widths []int) {
	x.names = append(x.names, sheetName(name, x.names))
	x.begin("xl/worksheets/sheet" + strconv.Itoa(len(x.names)) + ".xml")
	x.put(`<worksheet xmlns="` + spreadsheet + `"><sheetViews><sheetView workbookViewId="0"`)
	if len(x.names) == 1 {
		x.put(` tabSelected="1"`)
	}
	x.put(`><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`)
	for i, width := range widths {
		x.put(fmt.Sprintf(`<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, width))
	}
	x.put(`</cols><sheetData>`)
}

func (x *xlsxWriter) beginRows() {
	name, widths := x.book.Sheet, make([]int, len(x.columns))
	if n := len(x.filled); n > 0 {
		name += " " + strconv.Itoa(n+1)
	}
	heads := make([]string, len(x.columns))
	for i, c := range x.columns {
		heads[i], widths[i] = c.Name, c.Width
		if widths[i] == 0 {
			widths[i] = max(10, utf8.RuneCountInString(c.Name)+4)
		}
	}
	x.beginSheet(name, widths)
	x.line(1, styleHead, heads...)
	x.filled = append(x.filled, 1)
}

func (x *xlsxWriter) endRows() {
	last := cellName(max(len(x.columns), 1)-1, x.filled[len(x.filled)-1])
	x.put(`</sheetData><autoFilter ref="A1:` + last + `"/></worksheet>`)
	x.end()
}

// line writes a row of texts.
func (x *xlsxWriter) line(row, style int, texts ...string) {
	x.put(`<row r="` + strconv.Itoa(row) + `">`)
	for i, text := range texts {
		x.text(cellName(i, row), style, text)
	}
	x.put(`</row>`)
}

func (x *xlsxWriter) text(at string, style int, s string) {
	x.put(`<c r="` + at + `" s="` + strconv.Itoa(style) + `" t="inlineStr"><is><t xml:space="preserve">`)
	x.put(escaped(cut(Neutral(s), mostSigns)))
	x.put(`</t></is></c>`)
}

// Row writes one row.
func (x *xlsxWriter) Row(cells ...Cell) error {
	if err := fits(cells, len(x.columns)); err != nil {
		return err
	}
	if x.filled[len(x.filled)-1] >= x.book.Most {
		x.endRows()
		x.beginRows()
	}
	x.rows++
	x.filled[len(x.filled)-1]++
	row := x.filled[len(x.filled)-1]
	x.put(`<row r="` + strconv.Itoa(row) + `">`)
	for i, c := range cells {
		at := cellName(i, row)
		number := func(style int, value string) {
			x.put(`<c r="` + at + `" s="` + strconv.Itoa(style) + `"><v>` + value + `</v></c>`)
		}
		switch {
		case !c.filled:
		case c.kind == Count:
			number(styleCount, strconv.FormatInt(c.number, 10))
		case c.kind == Day:
			number(styleDay, strconv.FormatFloat(serial(c.at, false), 'f', -1, 64))
		case c.kind == Moment:
			number(styleMoment, strconv.FormatFloat(serial(c.at, true), 'f', 8, 64))
		default:
			x.text(at, styleText, c.text)
		}
	}
	x.put(`</row>`)
	return x.failed
}

// Close writes what the rows had to come before.
func (x *xlsxWriter) Close() error {
	x.endRows()
	x.beginSheet(x.book.Columns, []int{30, 80, 16})
	x.line(1, styleHead, x.book.Heads[:]...)
	for i, c := range x.columns {
		x.line(i+2, styleProse, c.Name, c.About, x.book.Forms[c.Kind])
	}
	x.put(`</sheetData></worksheet>`)
	x.end()
	if x.book.About != "" {
		x.beginSheet(x.book.About, []int{30, 80})
		x.line(1, styleHead, x.book.Title, "")
		for i, note := range x.book.Notes(x.rows) {
			x.line(i+2, styleProse, note[0], note[1])
		}
		x.put(`</sheetData></worksheet>`)
		x.end()
	}
	x.plainPart("xl/workbook.xml", x.workbook())
	var rels, types strings.Builder
	for i := range x.names {
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, officeRelation, i+1)
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%s.worksheet+xml"/>`, i+1, officeType)
	}
	x.plainPart("xl/_rels/workbook.xml.rels", `<Relationships xmlns="`+packageRelation+`">`+rels.String()+
		fmt.Sprintf(`<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`, len(x.names)+1, officeRelation))
	x.plainPart("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">`+
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`+
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>`+
		`<Override PartName="/xl/workbook.xml" ContentType="`+officeType+`.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="`+officeType+`.styles+xml"/>`+types.String()+`</Types>`)
	if x.failed == nil {
		x.failed = x.zip.Close()
	}
	return x.failed
}

const (
	spreadsheet     = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	officeRelation  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageRelation = "http://schemas.openxmlformats.org/package/2006/relationships"
	officeType      = "application/vnd.openxmlformats-officedocument.spreadsheetml"

	relations = `<Relationships xmlns="` + packageRelation + `"><Relationship Id="rId1" Type="` + officeRelation + `/officeDocument" Target="xl/workbook.xml"/>` +
		`<Relationship Id="rId2" Type="` + packageRelation + `/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`

	// Days and times in the forms of the reader's own settings (14, 22), texts as
	// texts (49) also when somebody types over them.
	styles = `<styleSheet xmlns="` + spreadsheet + `"><fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font><font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>` +
		`<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFF9EAD9"/><bgColor indexed="64"/></patternFill></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="1" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="22" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1"/>` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
)

func (x *xlsxWriter) properties() string {
	made := x.book.Created.UTC().Format(time.RFC3339)
	return `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<dc:title>` + escaped(Plain(x.book.Title)) + `</dc:title><dc:creator>` + escaped(Plain(x.book.Author)) + `</dc:creator>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">` + made + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + made + `</dcterms:modified></cp:coreProperties>`
}

func (x *xlsxWriter) workbook() string {
	var b strings.Builder
	b.WriteString(`<workbook xmlns="` + spreadsheet + `" xmlns:r="` + officeRelation + `"><sheets>`)
	for i, name := range x.names {
		fmt.Fprintf(&b, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, escaped(name), i+1, i+1)
	}
	b.WriteString(`</sheets><definedNames>`)
	for i, rows := range x.filled {
		fmt.Fprintf(&b, `<definedName name="_xlnm._FilterDatabase" localSheetId="%d" hidden="1">'%s'!$A$1:$%s$%d</definedName>`,
			i, escaped(strings.ReplaceAll(x.names[i], "'", "''")), columnName(max(len(x.columns), 1)-1), rows)
	}
	b.WriteString(`</definedNames></workbook>`)
	return b.String()
}

// sheetName is a name that spreadsheets take, and that no sheet before it has.
func sheetName(name string, taken []string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) || r < ' ' {
			return ' '
		}
		return r
	}, Plain(name))
	name = strings.Trim(name, " '")
	for len(utf16.Encode([]rune(name))) > mostName-4 { // room for a number
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	if name == "" {
		name = "1"
	}
	free := func(s string) bool {
		for _, t := range taken {
			if strings.EqualFold(s, t) {
				return false
			}
		}
		return true
	}
	found := name
	for n := 2; !free(found); n++ {
		found = name + " " + strconv.Itoa(n)
	}
	return found
}

// cellName is "B7" of column 1 and row 7.
func cellName(column, row int) string { return columnName(column) + strconv.Itoa(row) }

func columnName(column int) (name string) {
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}

// serial is a time as spreadsheets count it: days since 30.12.1899 as the clock
// on the wall ran.
func serial(t time.Time, clock bool) float64 {
	y, m, d := t.Date()
	days := float64(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86400 + 25569)
	if !clock {
		return days
	}
	h, min, s := t.Clock()
	return days + float64(h*3600+min*60+s)/86400
}

// escaped is a text as XML holds it. "_x0041_" is a spreadsheet's own spelling of
// a sign: its first line is spelt so that the text is read as it was written.
func escaped(s string) string {
	var b bytes.Buffer
	put := func(part string) { _ = xml.EscapeText(&b, []byte(part)) } // a bytes.Buffer does not fail
	for {
		i := strings.Index(s, "_x")
		if i < 0 {
			put(s)
			return b.String()
		}
		put(s[:i])
		if s = s[i:]; spelt(s) {
			b.WriteString("_x005F")
		}
		put("_")
		s = s[1:]
	}
}

// spelt tells that a text begins with "_xHHHH_".
func spelt(s string) bool {
	return len(s) >= 7 && s[6] == '_' && strings.Trim(s[2:6], "0123456789abcdefABCDEF") == ""
}
