package document

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// rewriter walks a file from its catalogue and numbers what it meets anew.
type rewriter struct {
	*file
	given   map[int]int // the new number of an old one
	waiting []int       // old numbers, in the order of the new ones
	done    []object    // by new number, less one
}

// rewrite gives the file anew: what can be reached from its catalogue, cleaned.
func (f *file) rewrite() ([]byte, error) {
	w := &rewriter{file: f, given: map[int]int{}}
	root := f.trailer["Root"].(ref)
	catalogue, ok := f.resolve(root).(dict)
	if !ok {
		return nil, fmt.Errorf("%w: no catalogue", errBroken)
	}
	if !f.hasPage(catalogue) {
		return nil, fmt.Errorf("%w: no page", errBroken)
	}
	w.renumber(root)
	for i := 0; i < len(w.waiting); i++ {
		o, err := f.object(w.waiting[i])
		if err != nil {
			return nil, err
		}
		if o, err = w.clean(o); err != nil {
			return nil, err
		}
		w.done = append(w.done, o)
	}
	if _, ok := w.done[0].(dict); !ok {
		return nil, fmt.Errorf("%w: no catalogue", errBroken)
	}
	return w.write()
}

// hasPage looks for one page in the tree of pages.
func (f *file) hasPage(catalogue dict) bool {
	top, _ := catalogue["Pages"].(ref)
	waiting, seen := []int{top.num}, map[int]bool{}
	for len(waiting) > 0 {
		num := waiting[len(waiting)-1]
		if waiting = waiting[:len(waiting)-1]; seen[num] {
			continue
		}
		seen[num] = true
		d, ok := f.resolve(ref{num, 0}).(dict)
		if !ok {
			continue
		}
		kids, inner := f.resolve(d["Kids"]).(list)
		if !inner {
			if num != top.num {
				return true
			}
			continue
		}
		for _, k := range kids {
			if r, ok := k.(ref); ok {
				waiting = append(waiting, r.num)
			}
		}
	}
	return false
}

func (w *rewriter) renumber(r ref) ref {
	n, ok := w.given[r.num]
	if !ok {
		w.waiting = append(w.waiting, r.num)
		n = len(w.waiting)
		w.given[r.num] = n
	}
	return ref{n, 0}
}

// clean gives an object without what acts or tells of its maker.
func (w *rewriter) clean(o object) (object, error) {
	switch o := o.(type) {
	case ref:
		return w.renumber(o), nil
	case list:
		out := make(list, len(o))
		for i, x := range o {
			c, err := w.clean(x)
			if err != nil {
				return nil, err
			}
			out[i] = c
		}
		return out, nil
	case dict:
		return w.dictionary(o)
	case stream:
		return w.stream(o)
	}
	return o, nil
}

func (w *rewriter) dictionary(d dict) (object, error) {
	if keep, err := w.inspect(d); err != nil || !keep {
		return nil, err
	}
	return w.entries(d)
}

func (w *rewriter) entries(d dict) (dict, error) {
	out, comment := dict{}, w.isComment(d)
	for _, key := range slices.Sorted(maps.Keys(d)) { // in one order, so that numbers are given in one order
		if d[key] == nil || tells(key) || comment && tellsAuthor(key) {
			continue
		}
		c, err := w.clean(d[key])
		if err != nil {
			return nil, err
		}
		if c != nil {
			out[key] = c
		}
	}
	return out, nil
}

// tells is what a program writes of itself, its user and its other files.
func tells(key name) bool {
	switch key {
	case "Metadata", "PieceInfo", "LastModified", "CreatorInfo", // who made it with what
		"DSS", "Perms", "Legal", "SigFlags", // signatures: they would not hold for the new file
		"AF",          // files that belong to it; what is embedded is refused
		"IDS", "URLS": // where a page was taken from
		return true
	}
	return strings.HasPrefix(string(key), "PTEX.") // TeX: paths on its user's disk
}

// tellsAuthor is what a comment says of who wrote it and when.
func tellsAuthor(key name) bool {
	return key == "T" || key == "M" || key == "CreationDate" || key == "NM"
}

func (w *rewriter) isComment(d dict) bool {
	subtype, ok := w.resolve(d["Subtype"]).(name)
	return ok && d["Rect"] != nil && subtype != "Widget"
}

// inspect refuses what acts and tells whether to keep the rest.
func (w *rewriter) inspect(d dict) (keep bool, err error) {
	for _, key := range []name{"JS", "JavaScript", "XFA", "RichMediaContent", "RichMediaSettings", "PS"} {
		if w.resolve(d[key]) != nil {
			return false, refused("document.active", string(key))
		}
	}
	for _, key := range []name{"EmbeddedFiles", "EF", "Collection"} {
		if w.resolve(d[key]) != nil {
			return false, refused("document.embedded", string(key))
		}
	}
	is := func(key name) name { n, _ := w.resolve(d[key]).(name); return n }
	switch is("Type") {
	case "EmbeddedFile", "Collection":
		return false, refused("document.embedded", "a file")
	case "Sig", "DocTimeStamp", "Metadata", "XRef", "ObjStm":
		return false, nil
	}
	switch is("Subtype") {
	case "FileAttachment":
		return false, refused("document.embedded", "FileAttachment")
	case "RichMedia", "Movie", "Sound", "Screen", "3D", "PS":
		return false, refused("document.active", string(is("Subtype")))
	}
	if w.resolve(d["ByteRange"]) != nil {
		return false, nil // a signature
	}
	switch s := is("S"); s {
	case "JavaScript", "Launch", "GoToE", "GoToR", "SubmitForm", "ImportData", "Rendition", "RichMediaExecute", "GoTo3DView":
		return false, refused("document.active", string(s))
	case "Sound", "Movie":
		if w.resolve(d["P"]) == nil { // else a part of the structure, named so
			return false, refused("document.active", string(s))
		}
	case "URI":
		if d["URI"] != nil {
			return w.address(w.resolve(d["URI"]))
		}
	case "Named":
		n := is("N")
		return n == "NextPage" || n == "PrevPage" || n == "FirstPage" || n == "LastPage", nil
	}
	return true, nil
}

// address keeps links to the web, to a mailbox and to a telephone. One that leads
// to somebody's disk leads nowhere; a program is refused.
func (w *rewriter) address(o object) (bool, error) {
	said, ok := o.(words)
	if !ok {
		return false, nil
	}
	scheme, _, is := strings.Cut(strings.TrimSpace(string(said)), ":")
	if !is || strings.ContainsAny(scheme, "/?#. ") {
		return true, nil
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto", "tel":
		return true, nil
	case "file":
		return false, nil
	}
	return false, refused("document.active", "a link to "+strconv.QuoteToASCII(scheme))
}

func (w *rewriter) stream(s stream) (object, error) {
	if keep, err := w.inspect(s.dict); err != nil || !keep {
		return nil, err
	}
	if w.resolve(s.dict["F"]) != nil {
		return nil, refused("document.active", "a stream in another file")
	}
	data, d := s.data, with(s.dict, "Length", nil)
	names, parms := w.filters(s)
	if slices.Contains(names, "Crypt") {
		return nil, refused("document.locked", "Crypt")
	}
	switch last := len(names) - 1; {
	case last < 0:
		if packed := pack(data); len(packed) < len(data) {
			d["Filter"], data = name("FlateDecode"), packed
			delete(d, "DecodeParms")
		}
	case names[last] == "DCTDecode" || names[last] == "DCT":
		jpeg, err := w.unpack(s, true)
		if err != nil {
			return nil, err
		}
		d["Filter"] = name("DCTDecode")
		delete(d, "DecodeParms")
		if parms[last] != nil {
			d["DecodeParms"] = parms[last]
		}
		data = withoutCamera(jpeg)
	case names[last] == "JPXDecode" && last == 0:
		data = withoutBoxes(data)
	}
	delete(d, "DL") // how long it is unpacked: a guess
	out, err := w.entries(d)
	if err != nil {
		return nil, err
	}
	out["Length"] = number(strconv.Itoa(len(data)))
	return stream{out, data}, nil
}

func with(d dict, key name, o object) dict {
	d = maps.Clone(d)
	d[key] = o
	return d
}

func pack(data []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(data) // a bytes.Buffer does not fail
	_ = z.Close()
	return out.Bytes()
}

// withoutCamera takes the application segments and comments out of a JPEG, but for
// those a decoder needs: JFIF, Adobe's colours and the colour profile. What cannot
// be read as segments stays as it is.
func withoutCamera(jpeg []byte) []byte {
	if len(jpeg) < 4 || jpeg[0] != 0xff || jpeg[1] != 0xd8 {
		return jpeg
	}
	out := append(make([]byte, 0, len(jpeg)), 0xff, 0xd8)
	for rest := jpeg[2:]; ; {
		if len(rest) < 4 || rest[0] != 0xff {
			return append(out, rest...)
		}
		marker := rest[1]
		if marker == 0xff { // filling
			rest = rest[1:]
			continue
		}
		if marker == 0xda || marker == 0xd9 || marker == 0x01 || marker >= 0xd0 && marker <= 0xd7 { // the picture itself
			return append(out, rest...)
		}
		n := 2 + int(rest[2])<<8 + int(rest[3])
		if n < 4 || n > len(rest) {
			return append(out, rest...)
		}
		app := marker >= 0xe0 && marker <= 0xef || marker == 0xfe
		needed := marker == 0xe0 && bytes.HasPrefix(rest[4:n], []byte("JFIF\x00")) || marker == 0xee && bytes.HasPrefix(rest[4:n], []byte("Adobe")) ||
			marker == 0xe2 && bytes.HasPrefix(rest[4:n], []byte("ICC_PROFILE\x00"))
		if !app || needed {
			out = append(out, rest[:n]...)
		}
		rest = rest[n:]
	}
}

// withoutBoxes takes the boxes of camera data and descriptions out of a JPEG 2000
// file, which may also be a bare code stream.
func withoutBoxes(jp2 []byte) []byte {
	if !bytes.HasPrefix(jp2, []byte("\x00\x00\x00\x0cjP  \r\n\x87\n")) {
		return jp2
	}
	var out []byte
	for rest := jp2; len(rest) >= 8; {
		n := int(rest[0])<<24 | int(rest[1])<<16 | int(rest[2])<<8 | int(rest[3])
		if n < 8 || n > len(rest) { // to the end, or longer than can be said so: the picture
			return append(out, rest...)
		}
		if kind := string(rest[4:8]); kind != "uuid" && kind != "xml " && kind != "uinf" {
			out = append(out, rest[:n]...)
		}
		rest = rest[n:]
	}
	return out
}

// Packed objects stand so many together.
const together = 200

// write puts the objects down: streams by themselves, everything else packed.
func (w *rewriter) write() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	type row struct{ kind, second, third int }
	rows := make([]row, len(w.done)+1)
	next := len(w.done) + 1
	put := func(num int, s stream) error {
		fmt.Fprintf(&out, "%d 0 obj\n", num)
		putObject(&out, s.dict)
		out.WriteString("\nstream\n")
		out.Write(s.data)
		out.WriteString("\nendstream\nendobj\n")
		if out.Len() > MaxKept {
			return tooBig()
		}
		return nil
	}
	var head, body bytes.Buffer
	packed := 0
	flush := func() error {
		if packed == 0 {
			return nil
		}
		rows = append(rows, row{1, out.Len(), 0})
		data := pack(append(head.Bytes(), body.Bytes()...))
		err := put(next, stream{dict{"Type": name("ObjStm"), "N": number(strconv.Itoa(packed)), "First": number(strconv.Itoa(head.Len())),
			"Filter": name("FlateDecode"), "Length": number(strconv.Itoa(len(data)))}, data})
		next, packed = next+1, 0
		head.Reset()
		body.Reset()
		return err
	}
	for i, o := range w.done {
		num := i + 1
		if s, ok := o.(stream); ok {
			rows[num] = row{1, out.Len(), 0}
			if err := put(num, s); err != nil {
				return nil, err
			}
			continue
		}
		rows[num] = row{2, next, packed}
		fmt.Fprintf(&head, "%d %d ", num, body.Len())
		putObject(&body, o)
		body.WriteByte('\n')
		if packed++; packed == together {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	start := out.Len()
	rows = append(rows, row{1, start, 0})
	var table bytes.Buffer
	for _, r := range rows {
		table.Write([]byte{byte(r.kind), byte(r.second >> 24), byte(r.second >> 16), byte(r.second >> 8), byte(r.second), byte(r.third >> 8), byte(r.third)})
	}
	sum := sha256.Sum256(out.Bytes())
	id := words(sum[:16])
	data := pack(table.Bytes())
	err := put(next, stream{dict{"Type": name("XRef"), "Size": number(strconv.Itoa(len(rows))), "Root": ref{1, 0}, "ID": list{id, id},
		"W": list{number("1"), number("4"), number("2")}, "Filter": name("FlateDecode"), "Length": number(strconv.Itoa(len(data)))}, data})
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&out, "startxref\n%d\n%%%%EOF\n", start)
	return out.Bytes(), nil
}

// putObject writes one object.
func putObject(out *bytes.Buffer, o object) {
	switch o := o.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		out.WriteString(strconv.FormatBool(o))
	case number:
		out.WriteString(string(o))
	case name:
		putName(out, o)
	case words:
		putWords(out, o)
	case ref:
		fmt.Fprintf(out, "%d %d R", o.num, o.gen)
	case list:
		out.WriteByte('[')
		for i, x := range o {
			if i > 0 {
				out.WriteByte(' ')
			}
			putObject(out, x)
		}
		out.WriteByte(']')
	case dict:
		out.WriteString("<<")
		for _, key := range slices.Sorted(maps.Keys(o)) {
			putName(out, key)
			out.WriteByte(' ')
			putObject(out, o[key])
		}
		out.WriteString(">>")
	}
}

func putName(out *bytes.Buffer, n name) {
	out.WriteByte('/')
	for _, c := range []byte(n) {
		if c <= ' ' || c > '~' || c == '#' || isMark(c) {
			fmt.Fprintf(out, "#%02X", c)
			continue
		}
		out.WriteByte(c)
	}
}

func putWords(out *bytes.Buffer, s words) {
	plain := 0
	for _, c := range s {
		if c >= ' ' && c <= '~' {
			plain++
		}
	}
	if plain < len(s)*3/4 {
		fmt.Fprintf(out, "<%X>", []byte(s))
		return
	}
	out.WriteByte('(')
	for _, c := range s {
		switch {
		case c == '(' || c == ')' || c == '\\':
			out.Write([]byte{'\\', c})
		case c == '\r':
			out.WriteString(`\r`) // read as a line feed when it stands bare
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte(')')
}
