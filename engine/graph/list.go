package graph

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// List is a network as a list of ties tells of it.
type List struct {
	Names *Names
	Arcs  []Arc
	// Mutual has each line tell of the tie in both directions.
	Mutual bool
}

// All are the list's arcs as Build takes them.
func (l *List) All() iter.Seq[Arc] {
	return func(yield func(Arc) bool) {
		for _, a := range l.Arcs {
			if l.Mutual {
				a.Back = a.Weight
			}
			if !yield(a) {
				return
			}
		}
	}
}

// Build makes a graph of the list.
func (l *List) Build(halfLife int) (*Graph, error) {
	return Build(l.Names.Len(), l.All(), Options{HalfLife: halfLife, Names: l.Names})
}

// Bounds on a list, so that a hostile one fills no memory by a single line.
const maxLine = 1 << 20

// column is what a column of a list tells.
type column uint8

const (
	unknown column = iota
	from
	to
	weight   // evidence, from 0
	strength // 0–1
	when
	ignored
)

// columnOf knows a column by its heading, ignored when nobody knows it.
func columnOf(heading string) column {
	switch strings.ToLower(strings.TrimSpace(heading)) {
	case "from", "source", "a", "u", "src", "tail", "mistä", "från", "person1", "node1":
		return from
	case "to", "target", "b", "v", "dst", "head", "mihin", "till", "person2", "node2":
		return to
	case "weight", "w", "count", "n", "value", "paino", "vikt", "contacts":
		return weight
	case "strength", "p", "probability", "vahvuus", "styrka":
		return strength
	case "day", "date", "year", "time", "t", "last", "last_contact", "lastcontact", "päivä", "vuosi", "dag", "år", "timestamp", "at":
		return when
	}
	return ignored
}

// ReadList reads a list of ties: a line each, the two ends first, then how much the tie
// weighs and when it was so, in either order or not at all. Columns are apart by tabs,
// semicolons or commas; the latter two are CSV with its quotes. A first line of headings
// (from, to, weight or strength, day, date or year) may give another order. A time is a
// date (2031-05-02), a year (its middle), days since 1970 or, from 10⁸ on, seconds. A
// line that begins with # is a remark. Without a weight a tie weighs 1; without a time
// it is of day 0, which is well when all are. An error names the line.
func ReadList(r io.Reader) (*List, error) {
	rows, err := newRows(r)
	if err != nil {
		return nil, err
	}
	l := &List{Names: &Names{}}
	var columns []column
	var extra []more // of a list without headings
	for first := true; ; first = false {
		row, line, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if first && len(row) >= 2 {
			if headings := headingsOf(row); headings != nil {
				columns = headings
				continue
			}
		}
		a := Arc{Weight: 1}
		var ends [2]string
		var rest more
		wide := len(row)
		if columns == nil {
			if len(row) < 2 {
				return nil, fmt.Errorf("line %d: only one column where two people should be", line)
			}
			ends = [2]string{row[0], row[1]}
			for i := range min(2, len(row)-2) {
				if rest.cells[i], err = cellOf(row[2+i]); err != nil {
					return nil, fmt.Errorf("line %d, column %d: %w", line, 3+i, err)
				}
			}
		}
		for i, c := range columns {
			if i >= wide {
				if c == from || c == to {
					return nil, fmt.Errorf("line %d: %d columns, where the headings promise more", line, wide)
				}
				continue
			}
			value := strings.TrimSpace(row[i])
			switch c {
			case from:
				ends[0] = value
			case to:
				ends[1] = value
			case weight, strength:
				if value == "" {
					continue
				}
				n, err := number(value)
				if err != nil || n < 0 || c == strength && n > 1 {
					return nil, fmt.Errorf("line %d: %q is no %s", line, brief(value), map[column]string{weight: "weight (a number from 0)", strength: "strength (a number from 0 to 1)"}[c])
				}
				if a.Weight = n; c == strength {
					a.Weight = Weight(n)
				}
			case when:
				if value == "" {
					continue
				}
				at, err := cellOf(value)
				if err != nil {
					return nil, fmt.Errorf("line %d: %w", line, err)
				}
				if a.Day, err = at.day(); err != nil {
					return nil, fmt.Errorf("line %d: %w", line, err)
				}
			}
		}
		for i, name := range ends {
			name = strings.TrimSpace(name)
			switch {
			case name == "":
				return nil, fmt.Errorf("line %d: the name of an end is missing", line)
			case len(name) > maxName:
				return nil, fmt.Errorf("line %d: a name of %d bytes; %d are the most", line, len(name), maxName)
			case !utf8.ValidString(name):
				return nil, fmt.Errorf("line %d: a name that is not UTF-8", line)
			}
			if n := l.Names.Add(name); i == 0 {
				a.From = n
			} else {
				a.To = n
			}
		}
		l.Arcs = append(l.Arcs, a)
		if columns == nil && (extra != nil || rest != more{}) {
			for len(extra) < len(l.Arcs)-1 {
				extra = append(extra, more{})
			}
			rest.line = line
			extra = append(extra, rest)
		}
	}
	return l, l.sort(extra)
}

// more is what a line without headings has beside the two ends.
type more struct {
	cells [2]cell
	line  int
}

// sort tells which of two columns without headings is the time, and takes both.
func (l *List) sort(extra []more) error {
	if extra == nil {
		return nil
	}
	time := -1
	for i := range 2 {
		some, all := false, true
		for _, e := range extra {
			if e.cells[i].kind != absent {
				some = true
				all = all && (e.cells[i].kind == date || e.cells[i].year())
			}
		}
		if some && all {
			time = i
			break
		}
	}
	for n, e := range extra {
		for i, c := range e.cells {
			switch {
			case c.kind == absent:
			case i == time:
				day, err := c.day()
				if err != nil {
					return fmt.Errorf("line %d: %w", e.line, err)
				}
				l.Arcs[n].Day = day
			case c.kind == date:
				return fmt.Errorf("line %d: a date among the weights", e.line)
			case c.n < 0:
				return fmt.Errorf("line %d: a tie that weighs %v, less than nothing", e.line, c.n)
			default:
				l.Arcs[n].Weight = c.n
			}
		}
	}
	return nil
}

// headingsOf are the columns of a line of headings, nil when it is none.
func headingsOf(row []string) []column {
	all := make([]column, len(row))
	seen := map[column]bool{}
	for i, cell := range row {
		all[i] = columnOf(cell)
		if all[i] != ignored && seen[all[i]] {
			all[i] = ignored
		}
		seen[all[i]] = true
	}
	// "a" and "b" may well be people, unless other headings stand beside them.
	ends := 0
	for i, c := range all {
		if (c == from || c == to) && len(strings.TrimSpace(row[i])) > 1 {
			ends++
		}
	}
	if !seen[from] || !seen[to] || ends < 2 && !seen[weight] && !seen[strength] && !seen[when] {
		return nil
	}
	return all
}

// cell is a number or a date.
type cell struct {
	kind cellKind
	n    float64
}

type cellKind uint8

const (
	absent cellKind = iota
	numeral
	date // n is the day
)

func cellOf(s string) (cell, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return cell{}, nil
	}
	if len(s) >= 10 && s[4] == '-' && s[7] == '-' {
		t, err := time.Parse(time.DateOnly, s[:10])
		if err != nil {
			return cell{}, fmt.Errorf("%q is no date", brief(s))
		}
		return cell{date, math.Floor(float64(t.Unix()) / 86400)}, nil
	}
	n, err := number(s)
	if err != nil {
		return cell{}, fmt.Errorf("%q is neither a number nor a date", brief(s))
	}
	return cell{numeral, n}, nil
}

func (c cell) year() bool {
	return c.kind == numeral && c.n == math.Trunc(c.n) && c.n >= 1800 && c.n <= 2200
}

// day is when a cell says it was.
func (c cell) day() (int, error) {
	switch {
	case c.kind == date:
		return int(c.n), nil
	case c.year():
		return int(time.Date(int(c.n), time.July, 1, 0, 0, 0, 0, time.UTC).Unix() / 86400), nil
	case math.Abs(c.n) < 100_000:
		return int(math.Floor(c.n)), nil
	case c.n >= 1e8 && c.n < 1e10:
		return int(c.n / 86400), nil
	}
	return 0, fmt.Errorf("%v is no time", c.n)
}

func number(s string) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, errors.New("not a number")
	}
	return n, nil
}

// brief is as much of a cell as an error shows.
func brief(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}

// rows are the lines of a list, taken apart.
type rows struct {
	next func() (row []string, line int, err error)
}

func newRows(r io.Reader) (*rows, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if start, _ := in.Peek(3); bytes.Equal(start, []byte("\xEF\xBB\xBF")) {
		if _, err := in.Discard(3); err != nil {
			return nil, err
		}
	}
	ahead, err := in.Peek(1 << 15)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	// What is apart by what is seen in the first line that is no remark.
	head := ahead
	for bytes.HasPrefix(head, []byte("#")) {
		_, head, _ = bytes.Cut(head, []byte("\n"))
	}
	head, _, _ = bytes.Cut(head, []byte("\n"))
	for _, comma := range []byte("\t;,") {
		if bytes.IndexByte(head, comma) >= 0 {
			if comma == '\t' {
				break
			}
			return quoted(in, rune(comma)), nil
		}
	}
	line := 0
	split := func(s string) []string { return strings.Split(s, "\t") }
	if bytes.IndexByte(head, '\t') < 0 {
		split = strings.Fields
	}
	return &rows{func() ([]string, int, error) {
		for {
			text, err := in.ReadSlice('\n')
			full := slices.Clone(text)
			for errors.Is(err, bufio.ErrBufferFull) && len(full) <= maxLine {
				text, err = in.ReadSlice('\n')
				full = append(full, text...)
			}
			line++
			switch {
			case len(full) > maxLine:
				return nil, line, fmt.Errorf("line %d is longer than %d bytes", line, maxLine)
			case err != nil && (!errors.Is(err, io.EOF) || len(full) == 0):
				return nil, line, err
			}
			s := strings.TrimRight(string(full), "\r\n")
			if strings.TrimSpace(s) != "" && s[0] != '#' {
				return split(s), line, nil
			}
			if err != nil {
				return nil, line, err
			}
		}
	}}, nil
}

// quoted reads CSV.
func quoted(in io.Reader, comma rune) *rows {
	reader := csv.NewReader(in)
	reader.Comma, reader.Comment, reader.FieldsPerRecord, reader.ReuseRecord = comma, '#', -1, true
	return &rows{func() ([]string, int, error) {
		row, err := reader.Read()
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			return nil, parse.Line, fmt.Errorf("line %d: %w", parse.Line, parse.Err)
		}
		if err != nil {
			return nil, 0, err
		}
		line, _ := reader.FieldPos(0)
		return row, line, nil
	}}
}
