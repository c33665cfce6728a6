package spread

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
)

// List is a network as a list of arcs tells of it, a line each.
type List struct {
	Nodes int
	arcs  []listed
	// Given tells whether the lines have probabilities; where they have none, they are 1.
	Given bool
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

// longest is how long a line is at most.
const longest = 4096

// ReadList reads a list of arcs, packed with gzip or not: from, to and, on every line or
// on none, the probability, apart by spaces, tabs or commas. Nodes are numbers from
// nought. The first line may tell how many nodes and arcs there are: it does when its
// second number is how many lines follow, or when others have three numbers and it has
// two. A line that begins with # or % is a remark. An error names the line.
func ReadList(r io.Reader) (*List, error) {
	in := bufio.NewReaderSize(r, 1<<20)
	if start, _ := in.Peek(2); len(start) == 2 && start[0] == 0x1F && start[1] == 0x8B {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("it looks packed with gzip, and is not: %w", err)
		}
		in = bufio.NewReaderSize(unpacked, 1<<20)
	}
	l := &List{}
	head := struct {
		line, columns int
		a, b          uint64
	}{}
	columns, highest, where := 0, uint64(0), 0
	for line := 1; ; line++ {
		text, err := in.ReadSlice('\n')
		switch {
		case len(text) > longest || errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("line %d is longer than %d bytes", line, longest)
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		last := err != nil
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
		}
		cells, n := cut(text)
		if n == 0 || cells[0][0] == '#' || cells[0][0] == '%' {
			if last {
				break
			}
			continue
		}
		if n < 2 || n > 3 {
			return nil, fmt.Errorf("line %d: %d columns, where two ends and perhaps a probability should be", line, n)
		}
		var ends [2]uint64
		for i := range ends {
			k, ok := whole(cells[i])
			if !ok {
				return nil, fmt.Errorf("line %d: %q is no node (a number from 0)", line, brief(cells[i]))
			}
			ends[i] = k
		}
		if head.line == 0 && columns == 0 && n == 2 {
			head.line, head.columns, head.a, head.b = line, n, ends[0], ends[1]
			if last {
				break
			}
			continue
		}
		if columns == 0 {
			columns = n
		}
		if n != columns {
			return nil, fmt.Errorf("line %d: %d columns, where the lines before have %d", line, n, columns)
		}
		a := listed{p: 1}
		if n == 3 {
			p, err := strconv.ParseFloat(string(cells[2]), 64)
			if err != nil || !(p >= 0 && p <= 1) {
				return nil, fmt.Errorf("line %d: %q is no probability (a number from 0 to 1)", line, brief(cells[2]))
			}
			a.p = float32(p)
			if p > 0 && a.p == 0 {
				a.p = math.SmallestNonzeroFloat32
			}
		}
		for _, k := range ends {
			if k > maxNodes-1 {
				return nil, fmt.Errorf("line %d: node %d is more than a graph has (%d)", line, k, maxNodes)
			}
			if k > highest {
				highest, where = k, line
			}
		}
		if uint64(len(l.arcs)) >= maxArcs {
			return nil, fmt.Errorf("line %d: more than %d arcs", line, uint64(maxArcs))
		}
		a.from, a.to = uint32(ends[0]), uint32(ends[1])
		l.arcs = append(l.arcs, a)
		if last {
			break
		}
	}
	l.Given = columns == 3
	return l, l.headed(head.line, head.a, head.b, highest, where)
}

// headed takes the first line of two numbers for what it is.
func (l *List) headed(line int, a, b, highest uint64, where int) error {
	n := uint64(len(l.arcs))
	if n > 0 {
		l.Nodes = int(highest) + 1
	}
	switch {
	case line == 0:
	case l.Given || b == n && (a > highest || n == 0):
		switch {
		case n > 0 && a <= highest:
			return fmt.Errorf("line %d: node %d, where line %d tells of %d nodes", where, highest, line, a)
		case b != n:
			return fmt.Errorf("line %d tells of %d arcs, and %d follow", line, b, n)
		case a > maxNodes:
			return fmt.Errorf("line %d: %d nodes are more than a graph has (%d)", line, a, maxNodes)
		}
		l.Nodes = int(a)
		where = line
	default: // an arc as others
		for _, k := range []uint64{a, b} {
			if k > maxNodes-1 {
				return fmt.Errorf("line %d: node %d is more than a graph has (%d)", line, k, maxNodes)
			}
			if k > highest {
				highest, where = k, line
			}
		}
		l.arcs = append(l.arcs, listed{uint32(a), uint32(b), 1})
		l.Nodes = int(highest) + 1
	}
	if uint64(l.Nodes) > 1<<20+64*uint64(len(l.arcs)) {
		return fmt.Errorf("line %d: %d nodes of %d arcs; number the nodes from 0", where, l.Nodes, len(l.arcs))
	}
	return nil
}

// cut takes a line's columns apart: three at most are kept, all are counted.
func cut(line []byte) (cells [3][]byte, n int) {
	for i := 0; i < len(line); {
		if blank(line[i]) {
			i++
			continue
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

func blank(c byte) bool { return c <= ' ' || c == ',' }

// whole reads a number of digits alone.
func whole(b []byte) (uint64, bool) {
	n := uint64(0)
	for _, c := range b {
		if c < '0' || c > '9' || n > 1<<56 {
			return 0, false
		}
		n = 10*n + uint64(c-'0')
	}
	return n, true
}

// brief is as much of a cell as an error shows.
func brief(b []byte) string { return string(b[:min(len(b), 40)]) }
