package delimited

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// Bounds of one file, so that a hostile or broken one costs little.
const (
	MaxRow     = 256 << 10 // bytes of one row
	MaxColumns = 400
	maxBroken  = 500 // broken rows on end before a file is given up

	// What may be read in vain and again, looking for the end of quotes that have
	// none: so much, and so many times what was read of the file.
	vainBytes = 128 * MaxRow
	vainTimes = 16
)

// Row is one row with the line it begins at; the heading row is on line 1.
type Row struct {
	Line  int
	Cells []string
}

// Broken is a row that cannot be read; reading goes on at the line after the one
// it began at.
type Broken struct {
	Line int
	Why  string // quote, open, size, columns or letters
}

func (b *Broken) Error() string { return fmt.Sprintf("line %d: %s", b.Line, b.Why) }

// ErrGivenUp ends a file that has so many broken rows, on end or with quotes that
// never close, that it is none.
var ErrGivenUp = errors.New("delimited: too many broken rows")

// Reader reads the rows of one file after its heading row.
type Reader struct {
	Headings []string
	comma    rune
	in       *bufio.Reader
	again    []byte // read ahead in vain, and to be read again
	line     int    // of what is read next
	broken   int
	read     int64 // bytes of the file
	vain     int64 // bytes that were read again
}

// NewReader reads the heading row. Errors: io.EOF for a file without one, Broken
// when that row itself cannot be read.
func NewReader(r io.Reader, f Form) (*Reader, error) {
	d := &Reader{comma: f.Comma, in: bufio.NewReaderSize(transform.NewReader(r, decoder(f.Encoding)), 64<<10), line: 1}
	row, err := d.row()
	if err != nil {
		return nil, err
	}
	for i := range row.Cells {
		row.Cells[i] = strings.TrimSpace(row.Cells[i])
	}
	d.Headings = row.Cells
	return d, nil
}

// Next gives the next row that is not empty, with as many cells as there are
// headings. A *Broken error names a row that cannot be read, and the one after it
// comes next; io.EOF is the end, any other error is final.
func (d *Reader) Next() (Row, error) {
	row, err := d.row()
	if b, ok := errors.AsType[*Broken](err); ok {
		if d.broken++; d.broken > maxBroken || d.vain > vainBytes+vainTimes*d.read {
			return Row{}, ErrGivenUp
		}
		return Row{Line: b.Line}, b
	}
	if err != nil {
		return row, err
	}
	for len(row.Cells) > len(d.Headings) && row.Cells[len(row.Cells)-1] == "" {
		row.Cells = row.Cells[:len(row.Cells)-1] // a separator at the end of each line is usual
	}
	switch {
	case len(row.Cells) > len(d.Headings):
		d.broken++
		return Row{Line: row.Line}, &Broken{row.Line, "columns"}
	case slices.ContainsFunc(row.Cells, unreadable):
		d.broken++
		return Row{Line: row.Line}, &Broken{row.Line, "letters"}
	}
	d.broken = 0
	for len(row.Cells) < len(d.Headings) {
		row.Cells = append(row.Cells, "")
	}
	return row, nil
}

// unreadable tells a cell of letters that are none.
func unreadable(cell string) bool {
	return strings.ContainsRune(cell, utf8.RuneError) || strings.IndexByte(cell, 0) >= 0
}

// byte reads one byte, of what is to be read again first.
func (d *Reader) byte() (byte, error) {
	if len(d.again) > 0 {
		b := d.again[0]
		d.again = d.again[1:]
		return b, nil
	}
	b, err := d.in.ReadByte()
	if err == nil {
		d.read++
	}
	return b, err
}

func (d *Reader) peek() byte {
	if len(d.again) > 0 {
		return d.again[0]
	}
	if b, err := d.in.Peek(1); err == nil {
		return b[0]
	}
	return 0
}

// row reads one row that is not empty.
func (d *Reader) row() (Row, error) {
	for {
		row, err := d.one()
		if err != nil || len(row.Cells) > 1 || len(row.Cells) == 1 && strings.TrimSpace(row.Cells[0]) != "" {
			return row, err
		}
	}
}

// one reads one row. Separators are single bytes, so that the letters of UTF-8
// never look like one.
func (d *Reader) one() (Row, error) {
	row := Row{Line: d.line}
	var raw, cell []byte // all of the row as it was, and the cell at hand
	quoted, closed, begun := false, false, false
	end := func() {
		row.Cells = append(row.Cells, string(cell))
		cell, closed, begun = cell[:0], false, false
	}
	broken := func(why string) (Row, error) {
		d.resume(row.Line, raw)
		return Row{}, &Broken{row.Line, why}
	}
	for {
		b, err := d.byte()
		if err != nil {
			if err != io.EOF {
				return row, err
			}
			switch {
			case quoted:
				return broken("quote")
			case len(raw) == 0:
				return row, io.EOF
			}
			end()
			return row, nil
		}
		raw = append(raw, b)
		if len(raw) > MaxRow {
			why := "size"
			if quoted && bytes.ContainsAny(raw, "\r\n") {
				why = "open" // too long, or never closed
			}
			return broken(why)
		}
		if b == '\n' || b == '\r' && d.peek() != '\n' {
			d.line++
		}
		switch {
		case quoted && b == '"' && d.peek() == '"':
			next, err := d.byte()
			if err != nil {
				return row, err
			}
			raw, cell = append(raw, next), append(cell, '"')
		case quoted && b == '"':
			quoted, closed = false, true
		case quoted:
			cell = append(cell, b)
		case b == '\n' || b == '\r':
			if b == '\r' && d.peek() == '\n' {
				continue
			}
			end()
			return row, nil
		case rune(b) == d.comma:
			if end(); len(row.Cells) >= MaxColumns {
				return broken("columns")
			}
		case closed && (b == ' ' || b == '\t'):
		case closed:
			return broken("quote")
		case b == '"' && !begun:
			quoted, begun = true, true
		default:
			cell, begun = append(cell, b), true
		}
	}
}

// resume goes on at the line after the first one of a broken row.
func (d *Reader) resume(line int, raw []byte) {
	for i, b := range raw {
		if b == '\n' || b == '\r' && (i+1 < len(raw) && raw[i+1] != '\n' || i+1 == len(raw) && d.peek() != '\n') {
			d.again = append(append([]byte(nil), raw[i+1:]...), d.again...)
			d.vain += int64(len(raw) - i - 1)
			d.line = line + 1
			return
		}
	}
	// The row has no end in what was read: all of its line goes.
	for {
		b, err := d.byte()
		if err != nil {
			return
		}
		if b == '\n' || b == '\r' && d.peek() != '\n' {
			d.line = line + 1
			return
		}
	}
}
