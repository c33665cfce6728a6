package pdftest

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

var (
	digits    = regexp.MustCompile(`^-?\d+`)
	reference = regexp.MustCompile(`(\d+) 0 R`)
	kind      = regexp.MustCompile(`/S/(\w+)`)
	ownPage   = regexp.MustCompile(`/Pg (\d+) 0 R/K`)
	kid       = regexp.MustCompile(`<</Type/MCR/Pg (\d+) 0 R/MCID (\d+)>>|(\d+) 0 R|(\d+)`)
)

// File is a PDF file taken apart.
type File struct {
	t       testing.TB
	Raw     []byte
	dicts   map[int]string // of each object, what stands before its stream
	data    map[int][]byte // of each object with a stream, unpacked
	Pages   []int          // the objects of the pages, in order
	catalog string
	trailer string
}

// Open takes a file apart by its table of objects; a broken one fails the test.
func Open(t testing.TB, raw []byte) *File {
	t.Helper()
	f := &File{t: t, Raw: raw, dicts: map[int]string{}, data: map[int][]byte{}}
	if !bytes.HasPrefix(raw, []byte("%PDF-1.4\n")) || !bytes.HasSuffix(raw, []byte("%%EOF\n")) {
		t.Fatalf("no whole PDF file: %.20q … %.20q", raw, raw[max(0, len(raw)-20):])
	}
	start := number(t, string(raw[bytes.LastIndex(raw, []byte("startxref"))+len("startxref\n"):]))
	table := string(raw[start:])
	lines := strings.Split(table, "\n")
	if lines[0] != "xref" {
		t.Fatalf("no table of objects at %d", start)
	}
	count := number(t, strings.TrimPrefix(lines[1], "0 "))
	for n := 1; n < count; n++ {
		line := lines[2+n]
		if len(line) != 19 || !strings.HasSuffix(line, " 00000 n ") {
			t.Fatalf("line %d of the table is %q", n, line)
		}
		f.readObject(n, raw[number(t, line):])
	}
	f.trailer = table[strings.Index(table, "trailer"):]
	f.catalog = f.dicts[f.ref(f.trailer, "Root")]
	f.walk(f.ref(f.catalog, "Pages"))
	return f
}

func number(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(digits.FindString(s))
	if err != nil {
		t.Fatalf("no number: %.40q", s)
	}
	return n
}

func (f *File) readObject(n int, at []byte) {
	head := fmt.Sprintf("%d 0 obj\n", n)
	if !bytes.HasPrefix(at, []byte(head)) {
		f.t.Fatalf("object %d is not where the table says: %.40q", n, at)
	}
	at = at[len(head):]
	end := bytes.Index(at, []byte("\nendobj"))
	stream := bytes.Index(at, []byte("\nstream\n"))
	if stream < 0 || stream > end {
		f.dicts[n] = string(at[:end])
		return
	}
	f.dicts[n] = string(at[:stream])
	size := number(f.t, f.dicts[n][strings.LastIndex(f.dicts[n], "/Length ")+len("/Length "):])
	data := at[stream+len("\nstream\n"):]
	if !bytes.HasPrefix(data[size:], []byte("\nendstream\nendobj")) {
		f.t.Fatalf("the stream of object %d is not as long as it says", n)
	}
	data = data[:size]
	if strings.Contains(f.dicts[n], "/FlateDecode") {
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err == nil {
			data, err = io.ReadAll(z)
		}
		if err != nil {
			f.t.Fatalf("the stream of object %d: %v", n, err)
		}
	}
	f.data[n] = data
}

// ref is the object that an entry of a dictionary names.
func (f *File) ref(dict, name string) int {
	f.t.Helper()
	_, after, ok := strings.Cut(dict, "/"+name+" ")
	if digits, _, whole := strings.Cut(after, " 0 R"); ok && whole {
		return number(f.t, digits)
	}
	f.t.Fatalf("no /%s in %.200q", name, dict)
	return 0
}

func refs(list string) (all []int) {
	for _, m := range reference.FindAllStringSubmatch(list, -1) {
		n, _ := strconv.Atoi(m[1])
		all = append(all, n)
	}
	return all
}

// array is what stands in the brackets after a name.
func array(dict, name string) string {
	at := strings.Index(dict, "/"+name+"[")
	if at < 0 {
		return ""
	}
	depth := 0
	for i := at; i < len(dict); i++ {
		switch dict[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return dict[at+len(name)+2 : i]
			}
		}
	}
	return ""
}

func (f *File) walk(node int) {
	for _, kid := range refs(array(f.dicts[node], "Kids")) {
		if strings.Contains(f.dicts[kid], "/Type/Pages") {
			f.walk(kid)
		} else {
			f.Pages = append(f.Pages, kid)
		}
	}
}

// TextString reads the string after a name: <FEFF…>.
func (f *File) textString(dict, name string) string {
	_, after, ok := strings.Cut(dict, "/"+name+"<FEFF")
	if digits, _, whole := strings.Cut(after, ">"); ok && whole {
		return decoded(digits)
	}
	return ""
}

func decoded(digits string) string {
	raw, _ := hex.DecodeString(digits)
	var units []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	return string(utf16.Decode(units))
}

// Title is the document's own title, Language its language.
func (f *File) Title() string    { return f.textString(f.dicts[f.ref(f.trailer, "Info")], "Title") }
func (f *File) Language() string { return f.textString(f.catalog, "Lang") }

// glyphs gives, for each font of the pages, what its glyphs stand for.
func (f *File) glyphs() map[string]map[string]string {
	all := map[string]map[string]string{}
	resources := f.dicts[f.ref(f.dicts[f.Pages[0]], "Resources")]
	for _, m := range regexp.MustCompile(`/(F\d) (\d+) 0 R`).FindAllStringSubmatch(resources, -1) {
		font := f.dicts[number(f.t, m[2])]
		all[m[1]] = map[string]string{}
		for _, c := range regexp.MustCompile(`(?m)^<([0-9A-F]{4})> ?<([0-9A-F]+)>$`).FindAllStringSubmatch(string(f.data[f.ref(font, "ToUnicode")]), -1) {
			all[m[1]][c[1]] = decoded(c[2])
		}
	}
	return all
}

var operators = regexp.MustCompile(`/(\w+)<<([^\n]*)>>BDC|(EMC)|/(F\d) [\d.]+ Tf|<([0-9A-F]*)>Tj|(Tm)|/(Foot) Do`)

// Text is what is copied from the pages, a line for each line; foot with what is
// at the foot of the pages.
func (f *File) Text(foot bool) string {
	glyphs, foots := f.glyphs(), map[string]int{}
	if m := regexp.MustCompile(`/(Foot) (\d+) 0 R`).FindStringSubmatch(f.dicts[f.ref(f.dicts[f.Pages[0]], "Resources")]); m != nil {
		foots[m[1]] = number(f.t, m[2])
	}
	var b strings.Builder
	var read func(content string, artifact bool)
	read = func(content string, artifact bool) {
		font, depth, actual := "", 0, false
		if artifact {
			depth = 1
		}
		for _, m := range operators.FindAllStringSubmatch(content, -1) {
			switch {
			case m[1] != "":
				depth++
				artifact = m[1] == "Artifact"
				if said := f.textString(m[2], "ActualText"); said != "" {
					b.WriteString(said)
					actual = true
				}
			case m[3] != "":
				depth--
				artifact, actual = false, false
			case m[4] != "":
				font = m[4]
			case m[6] != "":
				if !artifact || foot {
					b.WriteString("\n")
				}
			case m[7] != "" && foot:
				read(string(f.data[foots[m[7]]]), true)
			case m[5] != "":
				if depth != 1 {
					f.t.Errorf("text in %d marks", depth)
				}
				if actual || artifact && !foot {
					continue
				}
				for i := 0; i+4 <= len(m[5]); i += 4 {
					sign, ok := glyphs[font][m[5][i:i+4]]
					if !ok {
						f.t.Errorf("glyph %s of %s stands for nothing", m[5][i:i+4], font)
					}
					b.WriteString(sign)
				}
			}
		}
	}
	for _, page := range f.Pages {
		read(string(f.data[f.ref(f.dicts[page], "Contents")]), false)
	}
	return b.String()
}

// Heading is one line of the outline, its level counted from 1.
type Heading struct {
	Level int
	Title string
	Page  int // counted from 1
}

// Outline reads the outline, and checks that its chain holds.
func (f *File) Outline() (all []Heading) {
	if !strings.Contains(f.catalog, "/Outlines") {
		return nil
	}
	pageOf := map[int]int{}
	for i, p := range f.Pages {
		pageOf[p] = i + 1
	}
	var read func(parent, level int)
	read = func(parent, level int) {
		before, last := 0, f.ref(f.dicts[parent], "Last")
		for item := f.ref(f.dicts[parent], "First"); ; item = f.ref(f.dicts[item], "Next") {
			dict := f.dicts[item]
			if f.ref(dict, "Parent") != parent {
				f.t.Errorf("outline item %d has another parent", item)
			}
			if before != 0 && f.ref(dict, "Prev") != before {
				f.t.Errorf("outline item %d follows another", item)
			}
			all = append(all, Heading{level, f.textString(dict, "Title"), pageOf[refs(array(dict, "Dest"))[0]]})
			if strings.Contains(dict, "/First") {
				read(item, level+1)
			}
			if before = item; item == last {
				return
			}
		}
	}
	read(f.ref(f.catalog, "Outlines"), 1)
	return all
}

// Part is one element of the structure.
type Part struct {
	Kind, Lang, Actual string
	Kids               []*Part
	marks              int
}

// String is a part as "Sect(H2 P)".
func (p *Part) String() string {
	name := p.Kind
	if p.Lang != "" {
		name += ":" + p.Lang
	}
	if len(p.Kids) == 0 {
		return name
	}
	var kids []string
	for _, k := range p.Kids {
		kids = append(kids, k.String())
	}
	return name + "(" + strings.Join(kids, " ") + ")"
}

// Structure reads the tree of parts and checks that it and the pages agree: every
// mark has one part, every part its parent, and nothing is drawn outside both.
func (f *File) Structure() *Part {
	f.t.Helper()
	root := f.ref(f.catalog, "StructTreeRoot")
	// Which part each page says a mark is of.
	owners := map[[2]int]int{}
	arrays := map[int]int{}
	for _, leaf := range refs(array(f.dicts[f.ref(f.dicts[root], "ParentTree")], "Kids")) {
		for _, m := range regexp.MustCompile(`(\d+) (\d+) 0 R`).FindAllStringSubmatch(array(f.dicts[leaf], "Nums"), -1) {
			arrays[number(f.t, m[1])] = number(f.t, m[2])
		}
	}
	marks := 0
	for _, page := range f.Pages {
		key := number(f.t, f.dicts[page][strings.Index(f.dicts[page], "/StructParents ")+len("/StructParents "):])
		list := refs(f.dicts[arrays[key]])
		for id, owner := range list {
			owners[[2]int{page, id}] = owner
		}
		content := string(f.data[f.ref(f.dicts[page], "Contents")])
		if n := strings.Count(content, "/MCID "); n != len(list) {
			f.t.Errorf("page %d has %d marks and tells of %d", page, n, len(list))
		}
		marks += len(list)
	}
	var read func(n, parent int) *Part
	read = func(n, parent int) *Part {
		dict := f.dicts[n]
		if f.ref(dict, "P") != parent {
			f.t.Errorf("part %d has another parent", n)
		}
		p := &Part{Lang: f.textString(dict, "Lang"), Actual: f.textString(dict, "ActualText")}
		p.Kind = kind.FindStringSubmatch(dict)[1]
		page := 0
		if m := ownPage.FindStringSubmatch(dict); m != nil {
			page = number(f.t, m[1])
		}
		kids := array(dict, "K")
		if len(strings.Fields(kids)) > 3*8191 {
			f.t.Errorf("part %d has too many children", n)
		}
		for _, m := range kid.FindAllStringSubmatch(kids, -1) {
			on, id := page, ""
			switch {
			case m[3] != "":
				p.Kids = append(p.Kids, read(number(f.t, m[3]), n))
				continue
			case m[1] != "":
				on, id = number(f.t, m[1]), m[2]
			default:
				id = m[4]
			}
			if owners[[2]int{on, number(f.t, id)}] != n {
				f.t.Errorf("mark %s of page %d is of %d, not of %d", id, on, owners[[2]int{on, number(f.t, id)}], n)
			}
			p.marks++
			marks--
		}
		return p
	}
	top := read(refs(f.dicts[root][strings.Index(f.dicts[root], "/K "):])[0], root)
	if marks != 0 {
		f.t.Errorf("%d marks are of no part", marks)
	}
	return top
}

// Promises checks what PDF/A-1a and PDF/UA-1 ask of any file and a program can see.
func (f *File) Promises() {
	f.t.Helper()
	says := func(where, text string, wants ...string) {
		f.t.Helper()
		for _, w := range wants {
			if !strings.Contains(text, w) {
				f.t.Errorf("%s lacks %s", where, w)
			}
		}
	}
	says("the catalogue", f.catalog, "/MarkInfo<</Marked true>>", "/DisplayDocTitle true", "/OutputIntents[", "/GTS_PDFA1", "/Metadata ", "/StructTreeRoot ", "/Lang<FEFF")
	says("the trailer", f.trailer, "/ID[<", "/Info ")
	meta := f.ref(f.catalog, "Metadata")
	if strings.Contains(f.dicts[meta], "/Filter") {
		f.t.Error("the metadata is packed")
	}
	says("the metadata", string(f.data[meta]), "<pdfaid:part>1</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>", "<pdfuaid:part>1</pdfuaid:part>", "<dc:title>", "<xmp:CreateDate>", "pdfaSchema:namespaceURI")
	if f.Title() == "" || f.Language() == "" {
		f.t.Error("no title or no language")
	}
	for n, dict := range f.dicts {
		for _, never := range []string{"/Encrypt", "/JavaScript", "/JS", "/LZWDecode", "/SMask", "/Launch", "/EmbeddedFiles", "/AA"} {
			if strings.Contains(dict, never+" ") || strings.Contains(dict, never+"/") || strings.Contains(dict, never+"<") {
				f.t.Errorf("object %d holds %s", n, never)
			}
		}
		if strings.Contains(dict, "/Type/FontDescriptor") {
			says("the font", dict, "/FontFile2 ", "/CIDSet ", "+Liberation")
		}
		for name := range strings.SplitSeq("Kids Nums K W", " ") {
			if list := array(dict, name); len(refs(list)) > 8191 {
				f.t.Errorf("object %d: an array of %d", n, len(refs(list)))
			}
		}
	}
	// Headings begin at the first level and none is left out.
	level := 0
	var look func(p *Part)
	look = func(p *Part) {
		if len(p.Kind) == 2 && p.Kind[0] == 'H' {
			next := int(p.Kind[1] - '0')
			if next > level+1 {
				f.t.Errorf("a heading of level %d after one of level %d", next, level)
			}
			level = next
		}
		if p.Kind == "TR" && (len(p.Kids) != 2 || p.Kids[0].Kind != "TH" || p.Kids[1].Kind != "TD") {
			f.t.Errorf("a row is %s", p)
		}
		if len(p.Kids) == 0 && p.marks == 0 {
			f.t.Errorf("a part is empty: %s", p)
		}
		for _, k := range p.Kids {
			look(k)
		}
	}
	look(f.Structure())
}

// Fonts gives the font files inside.
func (f *File) Fonts() (all [][]byte) {
	for n, dict := range f.dicts {
		if strings.Contains(dict, "/Length1 ") {
			all = append(all, f.data[n])
		}
	}
	return all
}
