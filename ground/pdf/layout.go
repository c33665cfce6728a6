package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// A4, in points, and the edges left free.
const (
	pageWidth    = 595.28
	pageHeight   = 841.89
	marginLeft   = 62.0
	marginRight  = 58.0
	marginTop    = 60.0
	marginBottom = 70.0
	footY        = 40.0
	textWidth    = pageWidth - marginLeft - marginRight
	nameWidth    = 140.0 // of the names in a table of facts
)

// style is how a block of text is set.
type style struct {
	strong        bool
	size, leading float64
	before, after float64
	indent        float64
	colour        string
}

// Ink, quieter ink and ember, each at least 4.5:1 on white.
const (
	ink   = "0.165 0.125 0.102"
	soft  = "0.388 0.333 0.29"
	ember = "0.714 0.227 0.086"
)

func headingStyle(level int) style {
	switch level {
	case 1:
		return style{strong: true, size: 20, leading: 25, after: 6, colour: ink}
	case 2:
		return style{strong: true, size: 14, leading: 18, before: 18, after: 4, colour: ember}
	}
	return style{strong: true, size: 10.5, leading: 14.5, before: 9, after: 1, colour: ink}
}

func textStyle() style {
	return style{size: 10.5, leading: 14.5, after: 4, colour: ink}
}

func (s style) font(d *Document) *font {
	if s.strong {
		return d.strong
	}
	return d.plain
}

// set breaks a text into the lines of a style in a width.
func (d *Document) set(s style, text string, width float64) (lines [][]glyph) {
	f := s.font(d)
	for line := range strings.SplitSeq(Clean(text), "\n") {
		line = strings.TrimRight(line, " ")
		if line == "" {
			continue
		}
		glyphs := f.shape(line)
		for _, g := range glyphs {
			d.lost = d.lost || g.lost != ""
		}
		wrapped := wrap(glyphs, int((width)/s.size*1000))
		if n := len(wrapped) - 1; n >= 0 { // the next line is another: copied words stay apart
			wrapped[n] = append(slices.Clip(wrapped[n]), f.take(f.glyphs[' '], ' '))
		}
		lines = append(lines, wrapped...)
	}
	return lines
}

// need turns the page when so much does not fit on it any more.
func (d *Document) need(height float64) {
	if d.page == nil || d.page.y-height < marginBottom {
		d.turn()
	}
}

// top tells that nothing stands on the page yet.
func (d *Document) top() bool { return d.page == nil || d.page.y >= pageHeight-marginTop }

// gap leaves room before a block, but not at the top of a page.
func (d *Document) gap(height float64) {
	if !d.top() {
		d.page.y -= height
	}
}

// draw puts lines of a style at x, the first one's top at y, as content of a part;
// nil for what belongs to none.
func (d *Document) draw(b *bytes.Buffer, p *part, s style, x, y float64, lines [][]glyph) {
	name := "F1"
	if s.strong {
		name = "F2"
	}
	fmt.Fprintf(b, "BT\n%s rg\n/%s %s Tf\n", s.colour, name, number(s.size))
	var in *part // whose content is being drawn
	turn := func(to *part, more string) {
		if in != to && in != nil {
			b.WriteString("EMC\n")
			if in != p {
				d.finish(in)
			}
		}
		if in != to && to != nil {
			d.mark(to, more)
		}
		in = to
	}
	for _, line := range lines {
		fmt.Fprintf(b, "1 0 0 1 %s %s Tm\n", number(x), number(y-s.leading+(s.leading-s.size)/2+s.size*0.22))
		for run := range runs(line) {
			lost := ""
			for _, g := range run {
				lost += g.lost
			}
			if p != nil && lost != "" { // read aloud and copied as what it is
				span := &part{number: d.number(), kind: "Span", parent: d.room(p), actual: lost}
				turn(span, "/ActualText"+textString(lost))
			} else {
				turn(p, "")
			}
			b.WriteByte('<')
			for _, g := range run {
				fmt.Fprintf(b, "%04X", g.id)
			}
			b.WriteString(">Tj\n")
		}
		y -= s.leading
	}
	turn(nil, "")
	b.WriteString("ET\n")
}

// runs parts a line where what could be drawn ends and what could not begins.
func runs(line []glyph) func(yield func([]glyph) bool) {
	return func(yield func([]glyph) bool) {
		for len(line) > 0 {
			end := 1
			for end < len(line) && (line[end].lost == "") == (line[0].lost == "") {
				end++
			}
			if !yield(line[:end]) {
				return
			}
			line = line[end:]
		}
	}
}

// flow puts a part's lines on the page and on as many more as it takes.
func (d *Document) flow(p *part, s style, lines [][]glyph, bar bool) {
	for len(lines) > 0 {
		d.need(s.leading)
		fit := min(len(lines), max(1, int((d.page.y-marginBottom)/s.leading)))
		if left := len(lines) - fit; left == 1 && fit > 2 {
			fit-- // no line alone on a page
		}
		y := d.page.y
		d.draw(&d.page.drawn, p, s, marginLeft+s.indent, y, lines[:fit])
		d.page.y -= float64(fit) * s.leading
		if bar {
			d.decoration("Layout", func(b *bytes.Buffer) {
				fmt.Fprintf(b, "%s rg\n%s %s 1.5 %s re f\n", ember, number(marginLeft+2), number(d.page.y), number(y-d.page.y))
			})
		}
		if lines = lines[fit:]; len(lines) > 0 {
			d.turn()
		}
	}
}

// Section begins a part of the document that belongs together; its Heading comes
// first. End ends it.
func (d *Document) Section() { d.begin("Sect", "") }

// End ends the section begun last.
func (d *Document) End() {
	if len(d.open) > 1 {
		d.end()
	}
}

// Heading is a heading of level 1, 2 or 3, and a line of the outline. It never
// stands alone at the foot of a page.
func (d *Document) Heading(level int, lang, text string) {
	s := headingStyle(level)
	lines := d.set(s, text, textWidth)
	if len(lines) == 0 || d.err != nil {
		return
	}
	d.gap(s.before)
	d.need(float64(len(lines))*s.leading + 3*textStyle().leading)
	d.headings = append(d.headings, heading{level: level, title: outlined(text), page: d.page.number, y: d.page.y})
	p := d.begin(fmt.Sprintf("H%d", level), lang)
	d.flow(p, s, lines, false)
	d.end()
	d.page.y -= s.after
}

// outlined is a heading as the outline has it: one line, and not longer than one.
func outlined(text string) string {
	signs := []rune(strings.Join(strings.Fields(Clean(text)), " "))
	if len(signs) > 120 {
		signs = append(signs[:119], '…')
	}
	return string(signs)
}

// Text is what the document itself says, a paragraph for each line.
func (d *Document) Text(text string) { d.paragraphs(textStyle(), "", text, "", false) }

// Small is Text that matters less.
func (d *Document) Small(text string) {
	s := textStyle()
	s.size, s.leading, s.colour = 9, 12.5, soft
	d.paragraphs(s, "", text, "", false)
}

// Quote is what somebody wrote, in their own language.
func (d *Document) Quote(lang, text string) {
	s := textStyle()
	s.indent = 14
	d.paragraphs(s, lang, text, "BlockQuote", true)
}

func (d *Document) paragraphs(s style, lang, text, inside string, bar bool) {
	if strings.TrimSpace(Clean(text)) == "" || d.err != nil {
		return
	}
	if inside != "" {
		d.begin(inside, lang)
		lang = ""
	}
	for line := range strings.SplitSeq(Clean(text), "\n") {
		if strings.TrimSpace(line) == "" {
			if !d.top() && bar {
				d.page.y -= s.leading / 2
			}
			continue
		}
		p := d.begin("P", lang)
		d.flow(p, s, d.set(s, line, textWidth-s.indent), bar)
		d.end()
		if !bar {
			d.page.y -= s.after
		}
	}
	if inside != "" {
		d.end()
		d.page.y -= s.after
	}
}

// Fact is one row of a table of facts.
type Fact struct {
	Name  string
	Lang  string // of the value, "" for the document's own
	Value string
}

// Facts is a table of two columns, names and values. Facts without a value are
// left out.
func (d *Document) Facts(all []Fact) {
	begun := false
	name, value := textStyle(), textStyle()
	name.strong = true
	for _, f := range all {
		if strings.TrimSpace(Clean(f.Value)) == "" || d.err != nil {
			continue
		}
		if !begun {
			d.begin("Table", "")
			begun = true
		}
		names, values := d.set(name, f.Name, nameWidth-10), d.set(value, f.Value, textWidth-nameWidth)
		d.row(name, value, f.Lang, names, values)
	}
	if begun {
		d.end()
		d.page.y -= textStyle().after
	}
}

// row is one row, over as many pages as its lines take.
func (d *Document) row(name, value style, lang string, names, values [][]glyph) {
	d.begin("TR", "")
	head := d.begin("TH", "")
	head.scope = "Row"
	d.open = d.open[:len(d.open)-1]
	data := d.begin("TD", lang)
	d.open = d.open[:len(d.open)-1]
	d.need(min(3, float64(max(len(names), len(values)))) * value.leading)
	for len(names)+len(values) > 0 {
		d.need(value.leading)
		fit := max(1, int((d.page.y-marginBottom)/value.leading))
		y, used := d.page.y, 0
		for _, cell := range []struct {
			*part
			style
			x     float64
			lines *[][]glyph
		}{{head, name, marginLeft, &names}, {data, value, marginLeft + nameWidth, &values}} {
			n := min(fit, len(*cell.lines))
			if n == 0 {
				continue
			}
			d.draw(&d.page.drawn, cell.part, cell.style, cell.x, y, (*cell.lines)[:n])
			*cell.lines = (*cell.lines)[n:]
			used = max(used, n)
		}
		d.page.y -= float64(used) * value.leading
		if len(names)+len(values) > 0 {
			d.turn()
		}
	}
	d.page.y -= 2
	d.finish(head)
	d.finish(data)
	d.end()
}

// List is a list of points; each may be of several lines.
func (d *Document) List(lang string, items ...string) {
	s := textStyle()
	s.indent, s.after = 14, 2
	begun := false
	for _, item := range items {
		lines := d.set(s, item, textWidth-s.indent)
		if len(lines) == 0 || d.err != nil {
			continue
		}
		if !begun {
			d.begin("L", lang)
			begun = true
		}
		d.begin("LI", "")
		d.need(s.leading)
		label := d.begin("Lbl", "")
		d.draw(&d.page.drawn, label, s, marginLeft+2, d.page.y, d.set(s, "•", s.indent))
		d.end()
		d.begin("LBody", "")
		d.flow(d.begin("P", ""), s, lines, false)
		d.end()
		d.end()
		d.end()
		d.page.y -= s.after
	}
	if begun {
		d.end()
		d.page.y -= 2
	}
}

// Line is a thin rule across the page.
func (d *Document) Line() {
	if d.top() || d.err != nil {
		return
	}
	d.page.y -= 4
	y := d.page.y
	d.decoration("Layout", func(b *bytes.Buffer) {
		fmt.Fprintf(b, "0.8 0.75 0.7 rg\n%s %s %s 0.6 re f\n", number(marginLeft), number(y), number(textWidth))
	})
	d.page.y -= 6
}

// footX is where the number of all pages stands, right of the page's own.
const footX = pageWidth - marginRight - 22

func footStyle() style { return style{size: 8.5, leading: 11, colour: soft} }

// footer is the page's own number, and what all pages have, which is written last.
func (d *Document) footer() {
	d.decoration("Pagination", func(b *bytes.Buffer) {
		line := d.plain.shape(fmt.Sprintf("%d/", d.pages.count))
		s := footStyle()
		d.draw(b, nil, s, footX-float64(widthOf(line))*s.size/1000, footY+s.leading, [][]glyph{line})
		b.WriteString("q /Foot Do Q\n")
	})
}

// drawFoot draws what is the same at the foot of all pages.
func (d *Document) drawFoot(text string) []byte {
	var b bytes.Buffer
	s := footStyle()
	lines := wrap(d.plain.shape(strings.Join(strings.Fields(Clean(text)), " ")), int((footX-marginLeft-40)/s.size*1000))
	d.draw(&b, nil, s, footX, footY+s.leading, [][]glyph{d.plain.shape(fmt.Sprint(d.pages.count))})
	d.draw(&b, nil, s, marginLeft, footY+s.leading, lines[:min(len(lines), 2)])
	return b.Bytes()
}
