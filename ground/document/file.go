package document

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
)

const (
	maxUnpacked = 32 << 20 // bytes unpacked of one file, all streams together
	maxSections = 256      // of cross-references
	maxLooked   = 64 << 20 // signs walked over
	maxHops     = 16       // from reference to reference, and objects needed to read one
	maxNumbered = 8 << 20  // the highest number of an object
	maxPlaces   = 400_000  // objects in one file
)

// place is where an object stands: at an offset, or in an object stream of some
// number. The zero place is nowhere.
type place struct{ at, in int }

// file is a PDF being read.
type file struct {
	data    []byte
	budget  *budget
	places  map[int]place
	trailer dict
	read    map[int]object
	reading map[int]bool
	packs   map[int]map[int]object // object streams opened
}

func newFile(data []byte) *file {
	return &file{data: data, budget: &budget{values: maxValues, bytes: maxUnpacked, looked: maxLooked}, places: map[int]place{}, trailer: dict{},
		read: map[int]object{}, reading: map[int]bool{}, packs: map[int]map[int]object{}}
}

func (f *file) parser(at int) *parser { return &parser{data: f.data, at: at, left: f.budget} }

// know notes where an object stands; the newest word, which is read first, holds.
func (f *file) know(num int, p place) error {
	if _, known := f.places[num]; !known && num <= maxNumbered {
		f.places[num] = p
	}
	if len(f.places) > maxPlaces {
		return refused("document.complex", "too many objects")
	}
	return nil
}

// follow reads the cross-references from the end of the file back.
func (f *file) follow() error {
	tail := max(0, len(f.data)-2048)
	i := bytes.LastIndex(f.data[tail:], []byte("startxref"))
	if i < 0 {
		return fmt.Errorf("%w: no startxref", errBroken)
	}
	at, ok := f.parser(tail + i + len("startxref")).whole()
	if !ok {
		return fmt.Errorf("%w: startxref", errBroken)
	}
	waiting, seen := []int{at}, map[int]bool{}
	for len(waiting) > 0 {
		if at, waiting = waiting[0], nil; seen[at] {
			break
		}
		if seen[at] = true; len(seen) > maxSections {
			return refused("document.complex", "too many cross-references")
		}
		told, err := f.section(at)
		if err != nil {
			return err
		}
		for key, value := range told {
			if _, known := f.trailer[key]; !known {
				f.trailer[key] = value
			}
		}
		if n, ok := whole(told["Prev"]); ok {
			waiting = append(waiting, n)
		}
	}
	return f.usable()
}

// usable refuses a locked file, and one without a catalogue.
func (f *file) usable() error {
	if f.trailer["Encrypt"] != nil {
		return refused("document.locked", "encrypted")
	}
	if _, ok := f.trailer["Root"].(ref); !ok {
		return fmt.Errorf("%w: no root", errBroken)
	}
	return nil
}

// section reads one table or stream of cross-references.
func (f *file) section(at int) (dict, error) {
	if at >= len(f.data) {
		return nil, fmt.Errorf("%w: cross-references past the end", errBroken)
	}
	p := f.parser(at)
	if !p.word("xref") {
		_, o, err := f.numbered(at)
		if err != nil {
			return nil, err
		}
		s, ok := o.(stream)
		if !ok {
			return nil, fmt.Errorf("%w: no cross-references", errBroken)
		}
		return s.dict, f.packedTable(s)
	}
	var free []int
	for !p.word("trailer") {
		first, ok := p.whole()
		count, also := p.whole()
		if !ok || !also {
			return nil, p.wrong("cross-references")
		}
		for i := range count {
			offset, ok := p.whole()
			_, also := p.whole()
			if !ok || !also {
				return nil, p.wrong("a cross-reference")
			}
			switch {
			case p.word("n"):
				if err := f.know(first+i, place{at: offset}); err != nil {
					return nil, err
				}
			case p.word("f"):
				free = append(free, first+i)
			default:
				return nil, p.wrong("a cross-reference")
			}
		}
	}
	o, err := p.object()
	if err != nil {
		return nil, err
	}
	told, ok := o.(dict)
	if !ok {
		return nil, p.wrong("no trailer")
	}
	// A file for old readers and new ones calls its packed objects free here and
	// tells of them apart.
	if at, ok := whole(told["XRefStm"]); ok {
		_, o, err := f.numbered(at)
		if err != nil {
			return nil, err
		}
		if s, ok := o.(stream); ok {
			if err := f.packedTable(s); err != nil {
				return nil, err
			}
		}
	}
	for _, num := range free {
		if err := f.know(num, place{}); err != nil {
			return nil, err
		}
	}
	return told, nil
}

// packedTable reads a stream of cross-references.
func (f *file) packedTable(s stream) error {
	rows, err := f.unpack(s, false)
	if err != nil {
		return err
	}
	var width [3]int
	w, _ := f.resolve(s.dict["W"]).(list)
	if len(w) < 3 {
		return fmt.Errorf("%w: cross-references without widths", errBroken)
	}
	for i := range width {
		n, ok := whole(w[i])
		if !ok || n > 8 {
			return fmt.Errorf("%w: cross-references too wide", errBroken)
		}
		width[i] = n
	}
	size, _ := whole(f.resolve(s.dict["Size"]))
	index, ok := f.resolve(s.dict["Index"]).(list)
	if !ok {
		index = list{number("0"), number(strconv.Itoa(size))}
	}
	long := width[0] + width[1] + width[2]
	if long == 0 {
		return fmt.Errorf("%w: empty cross-references", errBroken)
	}
	for i := 0; i+1 < len(index); i += 2 {
		first, ok := whole(index[i])
		count, also := whole(index[i+1])
		if !ok || !also {
			return fmt.Errorf("%w: cross-references without order", errBroken)
		}
		for n := 0; n < count && len(rows) >= long; n++ {
			kind, second := 1, field(rows[width[0]:][:width[1]])
			if width[0] > 0 {
				kind = field(rows[:width[0]])
			}
			var p place
			switch kind {
			case 1:
				p.at = second
			case 2:
				p.in = second
			}
			if err := f.know(first+n, p); err != nil {
				return err
			}
			rows = rows[long:]
		}
	}
	return nil
}

func field(b []byte) (n int) {
	for _, c := range b {
		n = n<<8 | int(c)
	}
	return max(0, n)
}

// search finds the objects where no cross-references do: the last of each number
// holds, as it was written last.
func (f *file) search() error {
	var packs []int
	for _, m := range objectStart().FindAllSubmatchIndex(f.data, -1) {
		num, err := strconv.Atoi(string(f.data[m[2]:m[3]]))
		if err == nil && num <= maxNumbered {
			f.places[num] = place{at: m[2]}
		}
		if len(f.places) > maxPlaces {
			return refused("document.complex", "too many objects")
		}
	}
	nums := make([]int, 0, len(f.places))
	for num := range f.places {
		nums = append(nums, num)
	}
	slices.Sort(nums)
	for _, num := range nums {
		o, err := f.object(num)
		if _, broken := err.(*brokenObject); broken {
			delete(f.places, num)
			continue
		}
		if err != nil {
			return err
		}
		s, ok := o.(stream)
		if !ok {
			if d, ok := o.(dict); ok && f.trailer["Root"] == nil && d["Type"] == name("Catalog") {
				f.trailer["Root"] = ref{num, 0}
			}
			continue
		}
		switch s.dict["Type"] {
		case name("ObjStm"):
			packs = append(packs, num)
		case name("XRef"):
			f.hint(s.dict)
		}
	}
	for rest := f.data; ; {
		i := bytes.Index(rest, []byte("trailer"))
		if i < 0 {
			break
		}
		rest = rest[i+len("trailer"):]
		o, err := (&parser{data: rest, left: f.budget}).object()
		if d, ok := o.(dict); ok && err == nil {
			f.hint(d)
		}
	}
	for _, num := range packs {
		inside, err := f.pack(num)
		if err != nil {
			return err
		}
		for n, o := range inside {
			if _, known := f.places[n]; !known {
				f.places[n] = place{in: num}
				if d, ok := o.(dict); ok && f.trailer["Root"] == nil && d["Type"] == name("Catalog") {
					f.trailer["Root"] = ref{n, 0}
				}
			}
		}
	}
	return f.usable()
}

func objectStart() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[\s>])(\d{1,7})[ \t\r\n]{1,3}\d{1,5}[ \t\r\n]{1,3}obj`)
}

// hint takes from a trailer found on the way what matters here.
func (f *file) hint(told dict) {
	for _, key := range []name{"Root", "Encrypt"} {
		if told[key] != nil {
			f.trailer[key] = told[key]
		}
	}
}

// brokenObject is one object that cannot be read.
type brokenObject struct{ error }

// numbered reads "7 0 obj …" at an offset.
func (f *file) numbered(at int) (int, object, error) {
	if at >= len(f.data) {
		return 0, nil, fmt.Errorf("%w: an object past the end", errBroken)
	}
	p := f.parser(at)
	num, ok := p.whole()
	_, also := p.whole()
	if !ok || !also || !p.word("obj") {
		return 0, nil, p.wrong("no object")
	}
	o, err := p.object()
	if err != nil {
		return 0, nil, err
	}
	d, ok := o.(dict)
	if !ok || !p.word("stream") {
		return num, o, nil
	}
	if p.begins("\r") {
		p.at++
	}
	if p.begins("\n") {
		p.at++
	}
	rest := f.data[p.at:]
	if n, ok := whole(f.resolve(d["Length"])); ok && n <= len(rest) {
		end := &parser{data: rest, at: n, left: f.budget}
		if end.skip(); end.begins("endstream") {
			return num, stream{d, rest[:n]}, nil
		}
	}
	n := bytes.Index(rest, []byte("endstream")) // its length is wrong
	if f.budget.looked -= n; n < 0 {
		f.budget.looked -= len(rest)
		return 0, nil, p.wrong("a stream without its end")
	}
	return num, stream{d, bytes.TrimSuffix(bytes.TrimSuffix(rest[:n], []byte("\n")), []byte("\r"))}, nil
}

// object gives an object by its number; nil for one that is not there.
func (f *file) object(num int) (object, error) {
	if o, ok := f.read[num]; ok {
		return o, nil
	}
	p, known := f.places[num]
	if !known || p == (place{}) {
		return nil, nil
	}
	if f.reading[num] || len(f.reading) > maxHops { // it needs itself to be read, or too many
		return nil, &brokenObject{fmt.Errorf("%w: object %d is in itself", errBroken, num)}
	}
	f.reading[num] = true
	defer delete(f.reading, num)
	var o object
	if p.in != 0 {
		inside, err := f.pack(p.in)
		if err != nil {
			return nil, err
		}
		o = inside[num]
	} else {
		found, read, err := f.numbered(p.at)
		if errors.Is(err, errBroken) {
			return nil, &brokenObject{err}
		}
		if err != nil {
			return nil, err
		}
		if found != num {
			return nil, &brokenObject{fmt.Errorf("%w: object %d stands for %d", errBroken, found, num)}
		}
		o = read
	}
	f.read[num] = o
	return o, nil
}

// resolve follows a reference; what cannot be read is null here, and found broken
// when it is rewritten.
func (f *file) resolve(o object) object {
	for range maxHops {
		r, ok := o.(ref)
		if !ok {
			return o
		}
		next, err := f.object(r.num)
		if err != nil {
			return nil
		}
		o = next
	}
	return nil
}

// pack opens an object stream: its objects by their numbers.
func (f *file) pack(num int) (map[int]object, error) {
	if all, ok := f.packs[num]; ok {
		return all, nil
	}
	if p := f.places[num]; p.in != 0 {
		return nil, fmt.Errorf("%w: an object stream in another", errBroken)
	}
	o, err := f.object(num)
	if err != nil {
		return nil, err
	}
	s, ok := o.(stream)
	if !ok {
		return nil, fmt.Errorf("%w: no object stream", errBroken)
	}
	data, err := f.unpack(s, false)
	if err != nil {
		return nil, err
	}
	count, _ := whole(f.resolve(s.dict["N"]))
	first, _ := whole(f.resolve(s.dict["First"]))
	if first > len(data) || count > len(data) {
		return nil, fmt.Errorf("%w: an object stream", errBroken)
	}
	all := map[int]object{}
	head := &parser{data: data[:first], left: f.budget}
	for range count {
		n, ok := head.whole()
		offset, also := head.whole()
		if !ok || !also || offset > len(data)-first {
			return nil, fmt.Errorf("%w: an object stream's head", errBroken)
		}
		o, err := (&parser{data: data[first+offset:], left: f.budget}).object()
		if err != nil {
			return nil, err
		}
		if _, told := all[n]; !told {
			all[n] = o
		}
	}
	f.packs[num] = all
	return all, nil
}

// filters names how a stream is packed, the outermost first.
func (f *file) filters(s stream) (names []name, parms []dict) {
	all, ok := f.resolve(s.dict["Filter"]).(list)
	if one, is := f.resolve(s.dict["Filter"]).(name); is {
		all, ok = list{one}, true
	}
	if !ok {
		return nil, nil
	}
	told, ok := f.resolve(s.dict["DecodeParms"]).(list)
	if !ok {
		told = list{s.dict["DecodeParms"]}
	}
	for i, o := range all {
		n, _ := f.resolve(o).(name)
		var d dict
		if i < len(told) {
			d, _ = f.resolve(told[i]).(dict)
		}
		names, parms = append(names, n), append(parms, d)
	}
	return names, parms
}

// unpack gives a stream's bytes; with picture it leaves the last filter, which is
// the picture's own coding. What is not unpacked here is an error.
func (f *file) unpack(s stream, picture bool) ([]byte, error) {
	names, parms := f.filters(s)
	if picture {
		names = names[:len(names)-1]
	}
	if len(names) > 4 {
		return nil, refused("document.complex", "too many filters")
	}
	data := s.data
	for i, n := range names {
		var err error
		switch n {
		case "FlateDecode", "Fl":
			if data, err = f.inflate(data); err == nil {
				data, err = f.predicted(data, parms[i])
			}
		case "ASCIIHexDecode", "AHx":
			data, err = unhex(bytes.TrimRight(data, "> \t\r\n\f\x00"))
		case "ASCII85Decode", "A85":
			data, err = f.un85(data)
		default:
			err = fmt.Errorf("%w: packed as %q", errBroken, n)
		}
		if err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (f *file) inflate(data []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	var out bytes.Buffer
	n, err := out.ReadFrom(io.LimitReader(z, int64(f.budget.bytes)+1))
	if n > int64(f.budget.bytes) {
		return nil, refused("document.complex", "unpacks to too much")
	}
	f.budget.bytes -= int(n)
	if err != nil && n == 0 {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	return out.Bytes(), nil // what came before a wrong checksum is what readers show
}

func (f *file) un85(data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~"))
	if i := bytes.IndexByte(data, '~'); i >= 0 {
		data = data[:i]
	}
	if f.budget.bytes -= 4 * len(data); f.budget.bytes < 0 { // "z" stands for four
		return nil, refused("document.complex", "unpacks to too much")
	}
	out := make([]byte, 4*len(data)+8)
	n, _, err := ascii85.Decode(out, data, true)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	return out[:n], nil
}

// predicted undoes the row filters of PNG that cross-references are packed with.
func (f *file) predicted(data []byte, parms dict) ([]byte, error) {
	kind, _ := whole(f.resolve(parms["Predictor"]))
	if kind < 10 {
		if kind == 2 {
			return nil, fmt.Errorf("%w: predictor 2", errBroken)
		}
		return data, nil
	}
	or := func(key name, otherwise int) int {
		if n, ok := whole(f.resolve(parms[key])); ok && n > 0 && n < 1<<20 {
			return n
		}
		return otherwise
	}
	bits := or("Colors", 1) * or("BitsPerComponent", 8)
	step, row := (bits+7)/8, (bits*or("Columns", 1)+7)/8
	out, before := make([]byte, 0, len(data)), make([]byte, row)
	for len(data) > 1 {
		how, line := data[0], data[1:min(len(data), row+1)]
		data = data[len(line)+1:]
		for i := range line {
			var left, up, corner byte
			if i >= step {
				left, corner = line[i-step], before[i-step]
			}
			up = before[i]
			switch how {
			case 1:
				line[i] += left
			case 2:
				line[i] += up
			case 3:
				line[i] += byte((int(left) + int(up)) / 2)
			case 4:
				line[i] += paeth(left, up, corner)
			}
		}
		out = append(out, line...)
		copy(before, line)
	}
	return out, nil
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	away := func(x byte) int { return max(p-int(x), int(x)-p) }
	switch {
	case away(a) <= away(b) && away(a) <= away(c):
		return a
	case away(b) <= away(c):
		return b
	}
	return c
}

// whole reads a whole number that is not below nought.
func whole(o object) (int, bool) {
	n, ok := o.(number)
	if !ok {
		return 0, false
	}
	v, err := strconv.Atoi(string(n))
	return v, err == nil && v >= 0 && v <= 1<<31-1
}
