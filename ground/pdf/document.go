package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"
	"unicode/utf16"
)

// About is what a document says of itself.
type About struct {
	Title    string
	Author   string
	Subject  string
	Language string // BCP 47: what the document is in where a part says nothing else
	Program  string // what made it
	Made     time.Time
}

// Document is a PDF file being written. Its first error is final: nothing is
// written after it, Err tells it and Close gives it. Not for concurrent use.
type Document struct {
	to     io.Writer
	at     int64
	sum    hash.Hash // over all that was written: the file's own number
	err    error
	about  About
	starts []int64 // of the objects, by number; 0 for those not yet written

	plain, strong *font
	fonts, foot   int // objects that pages name before they are written
	packer        *zlib.Writer
	packed        bytes.Buffer

	page  *page
	pages leaves
	marks []int // for each page, the object that leads from its marks to the tree of parts

	tree     int // the object of the tree of parts
	root     *part
	open     []*part // the parts begun, the document itself first
	headings []heading
	lost     bool
}

// page is the page being written.
type page struct {
	number int // its object
	drawn  bytes.Buffer
	owners []int   // for each mark, the part it belongs to
	y      float64 // where the next line's top is
}

// part is one element of the document's structure.
type part struct {
	number int
	kind   string
	parent *part
	lang   string
	scope  string // of a heading cell: Row
	actual string // what its content stands for
	kids   []string
	page   int   // the object of the page its own marks are on, 0 for none yet
	more   *part // where the children go that it has no room for
}

// heading is one line of the outline.
type heading struct {
	level int
	title string
	page  int
	y     float64
	item  int // its object
}

// mostKids bounds an array: PDF/A-1 takes 8191.
const mostKids = 4000

// New begins a document.
func New(w io.Writer, about About) *Document {
	d := &Document{to: w, sum: sha256.New(), about: about, plain: newFont(regular()), strong: newFont(bold()), starts: []int64{0}}
	d.packer, _ = zlib.NewWriterLevel(nil, zlib.BestCompression) // a level that exists does not fail
	// PDF 1.4, as PDF/A-1 asks; four signs above 127 say that the file is no text.
	d.write("%PDF-1.4\n%\xE2\xE3\xCF\xD3\n")
	d.fonts, d.foot = d.number(), d.number()
	d.tree = d.number()
	d.root = &part{number: d.number(), kind: "Document", lang: about.Language}
	d.open = []*part{d.root}
	return d
}

// Err is what went wrong, nil while all is well.
func (d *Document) Err() error { return d.err }

// Lost tells that something could not be drawn and became □.
func (d *Document) Lost() bool { return d.lost }

func (d *Document) write(s string) {
	if d.err != nil {
		return
	}
	d.sum.Write([]byte(s)) // a hash does not fail
	n, err := io.WriteString(d.to, s)
	d.at += int64(n)
	d.err = err
}

// number keeps a number for an object to come.
func (d *Document) number() int {
	d.starts = append(d.starts, 0)
	return len(d.starts) - 1
}

// object writes an object.
func (d *Document) object(number int, content string) {
	d.starts[number] = d.at
	d.write(fmt.Sprintf("%d 0 obj\n%s\nendobj\n", number, content))
}

// stream writes an object with data, packed.
func (d *Document) stream(number int, entries string, data []byte) {
	d.packed.Reset()
	d.packer.Reset(&d.packed)
	_, _ = d.packer.Write(data) // a bytes.Buffer does not fail
	_ = d.packer.Close()
	d.raw(number, entries+"/Filter/FlateDecode", d.packed.String())
}

func (d *Document) raw(number int, entries, data string) {
	d.object(number, fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", entries, len(data), data))
}

// The tree of parts.

// begin opens a part inside the one that is open.
func (d *Document) begin(kind, lang string) *part {
	p := &part{number: d.number(), kind: kind, parent: d.room(d.open[len(d.open)-1])}
	if lang != "" && lang != d.about.Language {
		p.lang = lang
	}
	d.open = append(d.open, p)
	return p
}

// room is where a part's next child goes.
func (d *Document) room(p *part) *part {
	if len(p.kids) < mostKids && p.more == nil {
		return p
	}
	if p.more != nil && len(p.more.kids) >= mostKids {
		d.finish(p.more)
		p.more = nil
	}
	if p.more == nil {
		p.more = &part{number: d.number(), kind: "NonStruct", parent: p}
	}
	return p.more
}

// end closes the part that is open.
func (d *Document) end() {
	p := d.open[len(d.open)-1]
	d.open = d.open[:len(d.open)-1]
	if p.more != nil {
		d.finish(p.more)
	}
	d.finish(p)
}

// finish writes a part and tells its parent of it.
func (d *Document) finish(p *part) {
	var b strings.Builder
	parent := d.tree
	if p.parent != nil {
		parent = p.parent.number
		p.parent.kids = append(p.parent.kids, fmt.Sprintf("%d 0 R", p.number))
	}
	fmt.Fprintf(&b, "<</Type/StructElem/S/%s/P %d 0 R", p.kind, parent)
	if p.lang != "" {
		fmt.Fprintf(&b, "/Lang%s", textString(p.lang))
	}
	if p.scope != "" {
		fmt.Fprintf(&b, "/A<</O/Table/Scope/%s>>", p.scope)
	}
	if p.actual != "" {
		fmt.Fprintf(&b, "/ActualText%s", textString(p.actual))
	}
	if p.page != 0 {
		fmt.Fprintf(&b, "/Pg %d 0 R", p.page)
	}
	fmt.Fprintf(&b, "/K[%s]>>", strings.Join(p.kids, " "))
	d.object(p.number, b.String())
}

// mark begins content of a part on the page; EMC ends it. more stands beside the
// mark's number.
func (d *Document) mark(p *part, more string) {
	pg := d.page
	id := len(pg.owners)
	pg.owners = append(pg.owners, p.number)
	if p.page == 0 {
		p.page = pg.number
	}
	if p.page == pg.number {
		p.kids = append(p.kids, fmt.Sprint(id))
	} else {
		p.kids = append(p.kids, fmt.Sprintf("<</Type/MCR/Pg %d 0 R/MCID %d>>", pg.number, id))
	}
	fmt.Fprintf(&pg.drawn, "/%s<</MCID %d%s>>BDC\n", p.kind, id, more)
}

// decoration has draw write something that belongs to no part.
func (d *Document) decoration(kind string, draw func(b *bytes.Buffer)) {
	fmt.Fprintf(&d.page.drawn, "/Artifact<</Type/%s>>BDC\n", kind)
	draw(&d.page.drawn)
	d.page.drawn.WriteString("EMC\n")
}

// Pages.

// leaves is the tree of pages: leaves of a bounded number of them, so that no array
// grows with the document.
type leaves struct {
	root  int
	leaf  int      // the object of the leaf being filled
	kids  []string // its pages
	full  []string // the leaves before it
	count int
}

const pagesOfLeaf = 64

// turn ends the page and begins the next.
func (d *Document) turn() {
	d.endPage()
	if d.pages.root == 0 {
		d.pages.root = d.number()
	}
	if d.pages.leaf == 0 {
		d.pages.leaf = d.number()
	}
	d.page = &page{number: d.number(), y: pageHeight - marginTop}
	d.pages.count++
	d.footer()
}

func (d *Document) endPage() {
	pg := d.page
	if pg == nil {
		return
	}
	d.page = nil
	content, owners := d.number(), d.number()
	d.stream(content, "", pg.drawn.Bytes())
	var b strings.Builder
	for _, n := range pg.owners {
		fmt.Fprintf(&b, "%d 0 R ", n)
	}
	d.object(owners, "["+b.String()+"]")
	d.marks = append(d.marks, owners)
	d.object(pg.number, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources %d 0 R/Contents %d 0 R/StructParents %d>>",
		d.pages.leaf, number(pageWidth), number(pageHeight), d.fonts, content, len(d.marks)-1))
	d.pages.kids = append(d.pages.kids, fmt.Sprintf("%d 0 R", pg.number))
	if len(d.pages.kids) == pagesOfLeaf {
		d.endLeaf()
	}
}

func (d *Document) endLeaf() {
	if len(d.pages.kids) == 0 {
		return
	}
	d.object(d.pages.leaf, fmt.Sprintf("<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>", d.pages.root, len(d.pages.kids), strings.Join(d.pages.kids, " ")))
	d.pages.full = append(d.pages.full, fmt.Sprintf("%d 0 R", d.pages.leaf))
	d.pages.leaf, d.pages.kids = 0, nil
}

// Close writes what only the end knows: the foot of the pages, the tree of parts,
// the outline, the fonts, and where everything is. foot stands at the foot of
// every page.
func (d *Document) Close(foot string) error {
	if d.page == nil {
		d.turn()
	}
	for len(d.open) > 1 {
		d.end()
	}
	d.endPage()
	d.endLeaf()
	d.object(d.pages.root, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", d.pages.count, strings.Join(d.pages.full, " ")))
	d.end()
	d.writeTree()
	outline := d.writeOutline()
	drawn := d.drawFoot(foot)
	fonts := fmt.Sprintf("/Font<</F1 %d 0 R/F2 %d 0 R>>", d.plain.write(d), d.strong.write(d))
	d.stream(d.foot, fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[0 0 %s %s]/Resources<<%s>>", number(pageWidth), number(pageHeight), fonts), drawn)
	d.object(d.fonts, fmt.Sprintf("<<%s/XObject<</Foot %d 0 R>>>>", fonts, d.foot))
	metadata, colours, catalogue, info := d.number(), d.number(), d.number(), d.number()
	d.raw(metadata, "/Type/Metadata/Subtype/XML", d.about.xmp())
	d.stream(colours, "/N 3", sRGB())
	d.object(info, d.about.info())
	d.object(catalogue, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang%s/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R/Metadata %d 0 R/ViewerPreferences<</DisplayDocTitle true>>"+
		"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)/RegistryName(http://www.color.org)/DestOutputProfile %d 0 R>>]%s>>",
		d.pages.root, textString(d.about.Language), d.tree, metadata, colours, outline))
	id := hex.EncodeToString(d.sum.Sum(nil)[:16])
	start := d.at
	d.write(fmt.Sprintf("xref\n0 %d\n0000000000 65535 f \n", len(d.starts)))
	for n, at := range d.starts[1:] {
		if at == 0 && d.err == nil {
			d.err = fmt.Errorf("pdf: object %d was never written", n+1)
		}
		d.write(fmt.Sprintf("%010d 00000 n \n", at))
	}
	d.write(fmt.Sprintf("trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n", len(d.starts), catalogue, info, id, id, start))
	return d.err
}

// writeTree writes the root of the tree of parts, and the way back to it from
// each mark of each page.
func (d *Document) writeTree() {
	var leaves []string
	for first := 0; first < len(d.marks); first += 128 {
		last := min(first+128, len(d.marks))
		var nums strings.Builder
		for i := first; i < last; i++ {
			fmt.Fprintf(&nums, "%d %d 0 R ", i, d.marks[i])
		}
		leaf := d.number()
		d.object(leaf, fmt.Sprintf("<</Limits[%d %d]/Nums[%s]>>", first, last-1, nums.String()))
		leaves = append(leaves, fmt.Sprintf("%d 0 R", leaf))
	}
	back := d.number()
	d.object(back, fmt.Sprintf("<</Kids[%s]>>", strings.Join(leaves, " ")))
	d.object(d.tree, fmt.Sprintf("<</Type/StructTreeRoot/K %d 0 R/ParentTree %d 0 R/ParentTreeNextKey %d>>", d.root.number, back, len(d.marks)))
}

// writeOutline writes the headings as an outline and gives what the catalogue
// says of it.
func (d *Document) writeOutline() string {
	if len(d.headings) == 0 {
		return ""
	}
	top := d.number()
	all := d.headings
	for i := range all {
		all[i].item = d.number()
	}
	// For each heading: its parent, the neighbours of its level, its first and last child.
	type family struct{ parent, before, after, first, last, children int }
	of := make([]family, len(all))
	var crown family
	var above []int // the headings that are open, one of each level
	kin := func(i int) *family {
		if i < 0 {
			return &crown
		}
		return &of[i]
	}
	for i, h := range all {
		for len(above) > 0 && all[above[len(above)-1]].level >= h.level {
			above = above[:len(above)-1]
		}
		parent := -1
		if len(above) > 0 {
			parent = above[len(above)-1]
		}
		p := kin(parent)
		of[i].parent = top
		if parent >= 0 {
			of[i].parent = all[parent].item
		}
		if p.children > 0 {
			before := p.last
			of[i].before, of[before].after = all[before].item, h.item
		} else {
			p.first = i
		}
		p.last = i
		p.children++
		above = append(above, i)
	}
	for i, h := range all {
		f := of[i]
		var b strings.Builder
		fmt.Fprintf(&b, "<</Title%s/Parent %d 0 R/Dest[%d 0 R/XYZ 0 %s null]", textString(h.title), f.parent, h.page, number(h.y))
		if f.before != 0 {
			fmt.Fprintf(&b, "/Prev %d 0 R", f.before)
		}
		if f.after != 0 {
			fmt.Fprintf(&b, "/Next %d 0 R", f.after)
		}
		if f.children > 0 { // closed: a long story is opened by who wants it
			fmt.Fprintf(&b, "/First %d 0 R/Last %d 0 R/Count %d", all[f.first].item, all[f.last].item, -f.children)
		}
		d.object(h.item, b.String()+">>")
	}
	d.object(top, fmt.Sprintf("<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>", all[crown.first].item, all[crown.last].item, crown.children))
	return fmt.Sprintf("/Outlines %d 0 R/PageMode/UseOutlines", top)
}

// number writes a length as PDF does.
func number(f float64) string {
	s := strings.TrimRight(fmt.Sprintf("%.2f", f), "0")
	return strings.TrimSuffix(s, ".")
}

// textString is a text outside the pages.
func textString(s string) string { return "<FEFF" + utf16Hex(s) + ">" }

func utf16Hex(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	return b.String()
}
