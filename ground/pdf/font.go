package pdf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
)

// face is one TrueType font, read once and never changed.
type face struct {
	name    string
	tables  map[string][]byte
	glyphs  map[rune]uint16
	perEm   int
	ascent  int
	descent int
	capital int
	box     [4]int
	bold    bool
	wide    int // glyphs with a width of their own
	count   int // glyphs
	long    bool
}

var (
	regular = sync.OnceValue(func() *face { return mustFace("LiberationSans", liberationsansregular.TTF, false) })
	bold    = sync.OnceValue(func() *face { return mustFace("LiberationSans-Bold", liberationsansbold.TTF, true) })
)

// mustFace reads a font that is compiled in: a test reads it too.
func mustFace(name string, file []byte, bold bool) *face {
	f, err := parseFace(name, file)
	if err != nil {
		panic("pdf: " + name + " is compiled in, yet unreadable: " + err.Error())
	}
	f.bold = bold
	return f
}

var errFont = errors.New("not a TrueType font that can be embedded")

// parseFace reads what is needed of a TrueType file.
func parseFace(name string, file []byte) (f *face, err error) {
	defer func() {
		if recover() != nil { // an offset beyond the file
			err = errFont
		}
	}()
	f = &face{name: name, tables: map[string][]byte{}, glyphs: map[rune]uint16{}}
	u16 := func(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
	i16 := func(b []byte, at int) int { return int(int16(binary.BigEndian.Uint16(b[at:]))) }
	for i := range u16(file, 4) {
		entry := file[12+16*i:]
		at, size := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		f.tables[string(entry[:4])] = file[at : at+size]
	}
	head, hhea, os2 := f.tables["head"], f.tables["hhea"], f.tables["OS/2"]
	f.perEm, f.long = u16(head, 18), u16(head, 50) == 1
	f.ascent, f.descent, f.wide, f.count = i16(hhea, 4), i16(hhea, 6), u16(hhea, 34), u16(f.tables["maxp"], 4)
	for i := range f.box {
		f.box[i] = i16(head, 36+2*i)
	}
	if f.capital = f.ascent; u16(os2, 0) >= 2 {
		f.capital = i16(os2, 88)
	}
	if f.perEm == 0 || f.wide == 0 || len(f.tables["glyf"]) == 0 {
		return nil, errFont
	}
	return f, f.readCharacters(f.tables["cmap"])
}

// readCharacters reads the table of Unicode characters, of its formats the two in
// use.
func (f *face) readCharacters(cmap []byte) error {
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(cmap[at:])) }
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(cmap[at:])) }
	for i := range u16(2) {
		platform, encoding, at := u16(4+8*i), u16(6+8*i), u32(8+8*i)
		if platform != 3 || encoding != 1 && encoding != 10 {
			continue
		}
		switch u16(at) {
		case 4:
			n := u16(at + 6)
			ends, starts, deltas, offsets := at+14, at+16+n, at+16+2*n, at+16+3*n
			for s := 0; s < n; s += 2 {
				for r := u16(starts + s); r <= u16(ends+s) && r < 0xFFFF; r++ {
					glyph := r
					if o := u16(offsets + s); o != 0 {
						if glyph = u16(offsets + s + o + 2*(r-u16(starts+s))); glyph == 0 {
							continue
						}
					}
					f.glyphs[rune(r)] = uint16(glyph + u16(deltas+s))
				}
			}
		case 12:
			for g := range u32(at + 12) {
				first, last, glyph := u32(at+16+12*g), u32(at+20+12*g), u32(at+24+12*g)
				for r := first; r <= last; r++ {
					f.glyphs[rune(r)] = uint16(glyph + r - first)
				}
			}
		}
	}
	if len(f.glyphs) == 0 {
		return errFont
	}
	return nil
}

// width is a glyph's advance in thousandths of the size of the text.
func (f *face) width(glyph uint16) int {
	at := min(int(glyph), f.wide-1)
	return int(binary.BigEndian.Uint16(f.tables["hmtx"][4*at:])) * 1000 / f.perEm
}

// outline is the drawing of one glyph.
func (f *face) outline(glyph int) []byte {
	loca := f.tables["loca"]
	at := func(i int) int {
		if f.long {
			return int(binary.BigEndian.Uint32(loca[4*i:]))
		}
		return 2 * int(binary.BigEndian.Uint16(loca[2*i:]))
	}
	return f.tables["glyf"][at(glyph):at(glyph+1)]
}

// parts are the glyphs that a composed glyph is drawn of.
func parts(outline []byte) (all []uint16) {
	if len(outline) < 10 || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return nil
	}
	for at := 10; ; {
		flags := binary.BigEndian.Uint16(outline[at:])
		all = append(all, binary.BigEndian.Uint16(outline[at+2:]))
		at += 6
		if flags&1 != 0 { // the arguments are words
			at += 2
		}
		switch {
		case flags&8 != 0: // one scale
			at += 2
		case flags&0x40 != 0: // two
			at += 4
		case flags&0x80 != 0: // a matrix
			at += 8
		}
		if flags&0x20 == 0 { // no more
			return all
		}
	}
}

// subset is the font with the drawings of these glyphs and those they are made
// of; the glyphs keep their numbers. It gives the numbers it holds.
func (f *face) subset(used map[uint16]bool) (file []byte, held []uint16) {
	keep := map[uint16]bool{0: true}
	for todo := slices.Sorted(maps.Keys(used)); len(todo) > 0; {
		g := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if keep[g] && g != 0 {
			continue
		}
		keep[g] = true
		todo = append(todo, parts(f.outline(int(g)))...)
	}
	held = slices.Sorted(maps.Keys(keep))
	count := int(held[len(held)-1]) + 1
	wide := min(f.wide, count)

	var glyf, loca, hmtx bytes.Buffer
	put := func(b *bytes.Buffer, v uint32) { _ = binary.Write(b, binary.BigEndian, v) }
	for g := range count {
		put(&loca, uint32(glyf.Len()))
		if keep[uint16(g)] {
			glyf.Write(f.outline(g))
			for glyf.Len()%4 != 0 {
				glyf.WriteByte(0)
			}
		}
		switch {
		case g < wide && (keep[uint16(g)] || g == wide-1):
			hmtx.Write(f.tables["hmtx"][4*g : 4*g+4])
		case g < wide:
			hmtx.Write(make([]byte, 4))
		case keep[uint16(g)]:
			at := 4*f.wide + 2*(g-f.wide)
			hmtx.Write(f.tables["hmtx"][at : at+2])
		default:
			hmtx.Write(make([]byte, 2))
		}
	}
	put(&loca, uint32(glyf.Len()))
	patched := func(table string, at int, value uint16) []byte {
		b := slices.Clone(f.tables[table])
		binary.BigEndian.PutUint16(b[at:], value)
		return b
	}
	head := patched("head", 50, 1)
	binary.BigEndian.PutUint32(head[8:], 0)
	tables := map[string][]byte{
		"head": head, "hhea": patched("hhea", 34, uint16(wide)), "maxp": patched("maxp", 4, uint16(count)),
		"glyf": glyf.Bytes(), "loca": loca.Bytes(), "hmtx": hmtx.Bytes(),
	}
	for _, name := range []string{"cvt ", "fpgm", "prep"} {
		if t := f.tables[name]; len(t) > 0 {
			tables[name] = t
		}
	}
	return assemble(tables), held
}

// assemble puts tables together into a font file with its sums.
func assemble(tables map[string][]byte) []byte {
	names := slices.Sorted(maps.Keys(tables))
	n := len(names)
	search, selector := 16, 0
	for search*2 <= n*16 {
		search, selector = search*2, selector+1
	}
	var b bytes.Buffer
	for _, v := range []uint16{0, 1, 0, 0, 0, 0} {
		_ = binary.Write(&b, binary.BigEndian, v)
	}
	start := b.Bytes()
	binary.BigEndian.PutUint32(start, 0x00010000)
	for i, v := range []int{n, search, selector, n*16 - search} {
		binary.BigEndian.PutUint16(start[4+2*i:], uint16(v))
	}
	at, headAt := 12+16*n, 0
	for _, name := range names {
		t := tables[name]
		b.WriteString(name)
		for _, v := range []uint32{sum(t), uint32(at), uint32(len(t))} {
			_ = binary.Write(&b, binary.BigEndian, v)
		}
		if name == "head" {
			headAt = at
		}
		at += (len(t) + 3) &^ 3
	}
	for _, name := range names {
		b.Write(tables[name])
		for b.Len()%4 != 0 {
			b.WriteByte(0)
		}
	}
	file := b.Bytes()
	binary.BigEndian.PutUint32(file[headAt+8:], 0xB1B0AFBA-sum(file))
	return file
}

// sum is a table's check sum.
func sum(b []byte) (s uint32) {
	for len(b) >= 4 {
		s += binary.BigEndian.Uint32(b)
		b = b[4:]
	}
	last := make([]byte, 4)
	copy(last, b)
	return s + binary.BigEndian.Uint32(last)
}

// font is a face as one document uses it.
type font struct {
	*face
	used    map[uint16]bool
	unicode map[uint16]rune // what each used glyph stands for
}

func newFont(f *face) *font {
	return &font{f, map[uint16]bool{}, map[uint16]rune{}}
}

// write puts the font into the document and gives its object.
func (f *font) write(d *Document) int {
	file, held := f.subset(f.used)
	of := func(v int) int { return v * 1000 / f.perEm }
	// The name of a subset begins with six letters of its own.
	tag := []byte("AAAAAA")
	mark := sum(file)
	for i := range tag {
		tag[i] += byte(mark % 26)
		mark /= 26
	}
	name := string(tag) + "+" + f.name
	fontFile, present, toUnicode, descriptor, descendant, whole := d.number(), d.number(), d.number(), d.number(), d.number(), d.number()
	d.stream(fontFile, fmt.Sprintf("/Length1 %d", len(file)), file)
	set := make([]byte, int(held[len(held)-1])/8+1)
	for _, g := range held {
		set[g/8] |= 0x80 >> (g % 8)
	}
	d.stream(present, "", set)
	d.stream(toUnicode, "", f.unicodeMap())
	weight := 80
	if f.bold {
		weight = 140
	}
	d.object(descriptor, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %d 0 R/CIDSet %d 0 R>>",
		name, of(f.box[0]), of(f.box[1]), of(f.box[2]), of(f.box[3]), of(f.ascent), of(f.descent), of(f.capital), weight, fontFile, present))
	var widths bytes.Buffer
	for _, g := range held {
		fmt.Fprintf(&widths, "%d[%d]", g, f.width(g))
	}
	d.object(descendant, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/DW 1000/W[%s]/CIDToGIDMap/Identity>>",
		name, descriptor, widths.String()))
	d.object(whole, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, descendant, toUnicode))
	return whole
}

// unicodeMap tells readers which character each glyph is.
func (f *font) unicodeMap() []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>> def\n/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(f.unicode)), 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(chunk))
		for _, g := range chunk {
			fmt.Fprintf(&b, "<%04X><%s>\n", g, utf16Hex(string(f.unicode[g])))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}
