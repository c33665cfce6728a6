package spread

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// List is a network as a list of arcs tells of it, a line each.
type List struct {
	Nodes int
	arcs  []listed
	// Given tells whether the lines have probabilities; where they have none, they are 1.
	Given bool
	// Numbers are what the list calls each node, ascending, where its numbers leave more
	// out than a graph has room for; nil where nodes are called by their own.
	Numbers []uint64
	// Notes tell how something was read that may be meant otherwise.
	Notes []string
}

// listed is an arc of a list: 12 bytes, because there may be a great many.
type listed struct {
	from, to uint32
	p        float32
}

// Arcs is how many there are.
func (l *List) Arcs() int { return len(l.arcs) }

// All are the arcs as Build takes them.
func (l *List) All() iter.Seq[Arc] {
	return func(yield func(Arc) bool) {
		for _, a := range l.arcs {
			if !yield(Arc{From: a.from, To: a.to, P: float64(a.p)}) {
				return
			}
		}
	}
}

// Node is the node the list calls by a number, if there is one.
func (l *List) Node(number uint64) (uint32, bool) {
	if l.Numbers == nil {
		return uint32(number), number < uint64(l.Nodes)
	}
	at, ok := slices.BinarySearch(l.Numbers, number)
	return uint32(at), ok
}

// Number is what the list calls a node.
func (l *List) Number(node uint32) uint64 {
	if l.Numbers == nil {
		return uint64(node)
	}
	return l.Numbers[node]
}

// longest is how long a line is at most.
const longest = 4096

// ReadList reads a list of arcs, packed with gzip or not: from, to and, on every line or
// on none, the probability, apart by spaces, tabs, commas or semicolons. Nodes are whole
// numbers; where they leave much out (Numbers), each is given a place of its own. The
// first line may tell how many nodes and arcs there are: it does when its second number is
// how many lines follow, or half of that, or when others have three numbers and it has two.
// It may also name the columns. What begins with #, % or // is a remark. A Matrix Market
// file of coordinates is read by its own first lines, and both ways where it is symmetric.
// An error names the line.
func ReadList(r io.Reader) (*List, error) { return readList(r, false) }

// ReadTies is ReadList of lists of which only the two ends count, whatever else stands in
// their further columns.
func ReadTies(r io.Reader) (*List, error) { return readList(r, true) }

func readList(r io.Reader, ties bool) (*List, error) {
	in := bufio.NewReaderSize(r, 1<<20)
	if start, _ := in.Peek(2); len(start) == 2 && start[0] == 0x1F && start[1] == 0x8B {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("it looks packed with gzip, and is not: %w", err)
		}
		in = bufio.NewReaderSize(unpacked, 1<<20)
	}
	l := listing{list: &List{}, ties: ties}
	for line := 1; ; line++ {
		text, err := in.ReadSlice('\n')
		switch {
		case len(text) > longest || errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("line %d is longer than %d bytes", line, longest)
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
			if wrong := l.banner(text); wrong != nil {
				return nil, fmt.Errorf("line 1: %w", wrong)
			}
		}
		if wrong := l.take(text, line); wrong != nil {
			return nil, fmt.Errorf("line %d: %w", line, wrong)
		}
		if err != nil {
			return l.list, l.end()
		}
	}
}

// listing is a list while it is read.
type listing struct {
	list *List
	ties bool
	head struct {
		line int
		a, b uint64
	}
	columns        int
	highest        uint64
	where          int // the line of the highest
	named          bool
	places         map[uint64]uint32 // of what nodes are called, once there is no room for their own numbers
	matrix, mirror bool
}

// banner reads the first line of a Matrix Market file.
func (l *listing) banner(text []byte) error {
	words := strings.Fields(strings.ToLower(string(text)))
	if len(words) == 0 || words[0] != "%%matrixmarket" {
		return nil
	}
	if len(words) != 5 || words[1] != "matrix" || words[2] != "coordinate" || words[3] == "complex" || words[4] != "general" && words[4] != "symmetric" {
		return errors.New("of Matrix Market's files, general and symmetric matrices of coordinates are read")
	}
	l.matrix, l.mirror = true, words[4] == "symmetric"
	return nil
}

// take reads a line.
func (l *listing) take(text []byte, line int) error {
	cells, n := cut(text)
	if n == 0 {
		return nil
	}
	if n == 1 || n > 3 && !l.ties {
		return fmt.Errorf("%d columns, where two ends and perhaps a probability should be", n)
	}
	first := l.columns == 0 && l.head.line == 0
	if first && !l.named && letter(cells[0]) && letter(cells[1]) {
		l.named = true // the columns are
		return nil
	}
	var ends [2]uint64
	for i := range ends {
		k, ok := whole(cells[i])
		if !ok {
			return fmt.Errorf("%q is no node (a number from 0)", brief(cells[i]))
		}
		ends[i] = k
	}
	switch {
	case first && l.matrix:
		entries, ok := uint64(0), false
		if n == 3 {
			entries, ok = whole(cells[2])
		}
		if !ok {
			return errors.New("a Matrix Market file tells here of its rows, columns and entries")
		}
		l.head.line, l.head.a, l.head.b = line, max(ends[0], ends[1])+1, entries
		return nil
	case first && n == 2:
		l.head.line, l.head.a, l.head.b = line, ends[0], ends[1]
		return nil
	case l.columns == 0:
		l.columns = n
	}
	if n != l.columns {
		return fmt.Errorf("%d columns, where the lines before have %d", n, l.columns)
	}
	p := float32(1)
	if n == 3 && !l.ties {
		chance, err := strconv.ParseFloat(string(cells[2]), 64)
		if err != nil || !(chance >= 0 && chance <= 1) {
			return fmt.Errorf("%q is no probability (a number from 0 to 1)", brief(cells[2]))
		}
		if p = float32(chance); chance > 0 && p == 0 {
			p = math.SmallestNonzeroFloat32
		}
	}
	if err := l.add(ends[0], ends[1], p, line); err != nil {
		return err
	}
	if l.mirror && ends[0] != ends[1] {
		return l.add(ends[1], ends[0], p, line)
	}
	return nil
}

// add adds an arc.
func (l *listing) add(from, to uint64, p float32, line int) error {
	if uint64(len(l.list.arcs)) >= maxArcs {
		return fmt.Errorf("more than %d arcs", uint64(maxArcs))
	}
	if k := max(from, to); l.places == nil && k > maxNodes-1 {
		l.renumber()
	}
	if k := max(from, to); k > l.highest || l.where == 0 {
		l.highest, l.where = k, line
	}
	a := listed{uint32(from), uint32(to), p}
	if l.places != nil {
		a.from, a.to = l.place(from), l.place(to)
		if len(l.places) > maxNodes {
			return fmt.Errorf("more nodes than a graph has (%d)", maxNodes)
		}
	}
	l.list.arcs = append(l.list.arcs, a)
	return nil
}

// renumber gives the nodes there are places, and those that come.
func (l *listing) renumber() {
	l.places = map[uint64]uint32{}
	for i := range l.list.arcs {
		a := &l.list.arcs[i]
		a.from, a.to = l.place(uint64(a.from)), l.place(uint64(a.to))
	}
}

func (l *listing) place(number uint64) uint32 {
	at, ok := l.places[number]
	if !ok {
		at = uint32(len(l.places))
		l.places[number] = at
	}
	return at
}

// end takes the first line of two numbers for what it is, and has nodes stand by their
// numbers.
func (l *listing) end() error {
	n, head := uint64(len(l.list.arcs)), l.head
	if l.mirror {
		for _, a := range l.list.arcs {
			if a.from < a.to {
				n-- // told once
			}
		}
	}
	l.list.Given = l.columns == 3 && !l.ties
	if l.ties && l.columns > 2 {
		l.list.Notes = append(l.list.Notes, fmt.Sprintf("of %d columns only the first two are used", l.columns))
	}
	most := l.highest // the highest node of the head's numbering
	if l.places != nil {
		most = uint64(len(l.places)) - 1
	}
	fits := head.b == n || n > 0 && !l.matrix && 2*head.b == n
	where, told := l.where, false
	switch {
	case head.line == 0:
	case l.matrix || l.columns > 2 || fits && (head.a > most || n == 0):
		switch {
		case n > 0 && head.a <= most && l.places != nil:
			return fmt.Errorf("line %d tells of %d nodes, and there are %d", head.line, head.a, len(l.places))
		case n > 0 && head.a <= most:
			return fmt.Errorf("line %d: node %d, where line %d tells of %d nodes", l.where, most, head.line, head.a)
		case !fits:
			return fmt.Errorf("line %d tells of %d arcs, and %d follow", head.line, head.b, n)
		case head.a > maxNodes:
			return fmt.Errorf("line %d: %d nodes are more than a graph has (%d)", head.line, head.a, maxNodes)
		}
		where, told = head.line, true
	default: // an arc as others
		if head.a > most && l.places == nil {
			l.list.Notes = append(l.list.Notes, fmt.Sprintf("line %d is read as an arc from %d to %d: as a count of nodes and arcs it does not fit the %d that follow", head.line, head.a, head.b, n))
		}
		if err := l.add(head.a, head.b, 1, head.line); err != nil {
			return fmt.Errorf("line %d: %w", head.line, err)
		}
		where = l.where
	}
	nodes := uint64(0)
	switch {
	case told && l.places == nil:
		nodes = head.a
	case len(l.list.arcs) > 0:
		nodes = l.highest + 1
	}
	if l.places == nil && nodes > 1<<20+64*uint64(len(l.list.arcs)) {
		if told {
			return fmt.Errorf("line %d: %d nodes of %d arcs", where, nodes, len(l.list.arcs))
		}
		l.renumber()
	}
	if l.places == nil {
		l.list.Nodes = int(nodes)
		return nil
	}
	return l.sorted()
}

// sorted has nodes that were given places stand by their numbers.
func (l *listing) sorted() error {
	l.list.Numbers = slices.Sorted(maps.Keys(l.places))
	l.list.Nodes = len(l.list.Numbers)
	to := make([]uint32, l.list.Nodes)
	for i, number := range l.list.Numbers {
		to[l.places[number]] = uint32(i)
	}
	for i := range l.list.arcs {
		a := &l.list.arcs[i]
		a.from, a.to = to[a.from], to[a.to]
	}
	l.list.Notes = append(l.list.Notes, fmt.Sprintf("the nodes' numbers go to %d, and %d of them have arcs: only those are nodes", l.highest, l.list.Nodes))
	return nil
}

// cut takes a line's columns apart, up to a remark: three at most are kept, all are counted.
func cut(line []byte) (cells [3][]byte, n int) {
	for i := 0; i < len(line); {
		if blank(line[i]) {
			i++
			continue
		}
		if c := line[i]; c == '#' || c == '%' || c == '/' && i+1 < len(line) && line[i+1] == '/' {
			break
		}
		from := i
		for i < len(line) && !blank(line[i]) {
			i++
		}
		if n < 3 {
			cells[n] = line[from:i]
		}
		n++
	}
	return cells, n
}

func blank(c byte) bool { return c <= ' ' || c == ',' || c == ';' }

// letter tells whether a cell begins as a word does.
func letter(b []byte) bool {
	c := b[0] | 0x20
	return c >= 'a' && c <= 'z' || c == '_' || b[0] >= 0x80 || b[0] == '"'
}

// whole reads a whole number, also one that is written as others write fractions (2.0, 1e3).
func whole(b []byte) (uint64, bool) {
	n := uint64(0)
	for i, c := range b {
		if n > 1<<56 {
			return 0, false
		}
		if c < '0' || c > '9' {
			if i == 0 || strings.IndexByte(".eE", c) < 0 {
				return 0, false
			}
			x, err := strconv.ParseFloat(string(b), 64)
			if err != nil || x != math.Trunc(x) || !(x >= 0 && x <= 1<<53) {
				return 0, false
			}
			return uint64(x), true
		}
		n = 10*n + uint64(c-'0')
	}
	return n, true
}

// brief is as much of a cell as an error shows.
func brief(b []byte) string { return string(b[:min(len(b), 40)]) }
