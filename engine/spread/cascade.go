package spread

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Course is how one idea went: who took it up and how long after its beginning, by time,
// the one it came from first. Times are of any unit, one for all courses.
type Course struct {
	Begin float64
	Until float64 // when its size was read; 0 when that is as good as never
	Size  int     // how many it reached by then
	Who   []int32
	After []float64
	// Cares tells whether somebody cared for what it is of by a time on the clock of the
	// courses; nil where it is not known what it is of.
	Cares func(who int32, by float64) bool
}

// Source is whom it came from.
func (c *Course) Source() int32 { return c.Who[0] }

// Lasted is how long it went on.
func (c *Course) Lasted() float64 { return c.After[len(c.After)-1] }

// Seen is how many had taken it up by a time after its beginning; the source always has.
func (c *Course) Seen(after float64) int {
	n, _ := slices.BinarySearchFunc(c.After, after, func(a, t float64) int {
		if a <= t {
			return -1
		}
		return 1
	})
	return max(1, n)
}

// Ledger gives names their numbers, over several files.
type Ledger struct {
	numbers map[string]int32
}

// Number is a name's number, a new one when it was not known.
func (l *Ledger) Number(name string) int32 {
	if n, ok := l.numbers[name]; ok {
		return n
	}
	if l.numbers == nil {
		l.numbers = map[string]int32{}
	}
	n := int32(len(l.numbers))
	l.numbers[strings.Clone(name)] = n
	return n
}

// Len is how many names have a number.
func (l *Ledger) Len() int { return len(l.numbers) }

// Bounds on a file, so that a hostile one fills no memory.
const (
	maxCourseLine = 64 << 20
	maxTaken      = 100_000_000 // 12 bytes each
)

// ReadCourses reads courses, one a line: an id, when it began, its size, and then
// user:delay of each who took it up, apart by tabs, spaces, commas or semicolons. A line
// that begins with # or % is a remark, and the first may name the columns. A user may be a
// path from the source (a/b/c): its last is who took it up; then the user it came from may
// stand after the id. The size may be more than those listed; where it is less it is taken
// for theirs. Courses are given by the time they began. An error names the line.
func ReadCourses(r io.Reader, names *Ledger) ([]Course, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	var all []Course
	taken, headed := 0, false
	for number := 1; ; number++ {
		line, err := wholeLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		ended := err != nil
		if number == 1 {
			line = strings.TrimPrefix(line, "\uFEFF")
		}
		line = strings.Trim(line, apart+"\r\n")
		if line != "" && line[0] != '#' && line[0] != '%' {
			c, err := courseOf(line, names)
			if err != nil {
				if len(all) == 0 && !headed && heading(line) {
					headed = true
					continue
				}
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			if taken += len(c.Who); taken > maxTaken {
				return nil, fmt.Errorf("line %d: more than %d takings-up in one file", number, maxTaken)
			}
			all = append(all, c)
		}
		if ended {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b Course) int { return cmp.Compare(a.Begin, b.Begin) })
	return all, nil
}

// wholeLine is the next line of a file, however long up to the bound.
func wholeLine(in *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxCourseLine {
			return "", fmt.Errorf("longer than %d bytes", maxCourseLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return string(line), err
		}
	}
}

// apart is what stands between a line's cells.
const apart = " \t,;"

// heading tells whether a line names columns: neither its second nor its third begins as a
// number does.
func heading(line string) bool {
	words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(apart, r) })
	return len(words) > 2 && letter([]byte(words[1])) && letter([]byte(words[2]))
}

// courseOf is the course a line tells of.
func courseOf(line string, names *Ledger) (Course, error) {
	next := func() string {
		i := strings.IndexAny(line, apart)
		if i < 0 {
			i = len(line)
		}
		word := line[:i]
		line = strings.TrimLeft(line[i:], apart)
		return word
	}
	next() // the id
	cells := []string{next(), next()}
	if i := strings.IndexAny(line, apart); i > 0 && !strings.Contains(line[:i], ":") {
		cells = []string{cells[1], next()} // after the user it came from
	}
	if cells[1] == "" {
		return Course{}, errors.New("an id, a beginning, a size and who took it up are needed")
	}
	var c Course
	var err error
	if c.Begin, err = finite(cells[0]); err != nil {
		return Course{}, fmt.Errorf("its beginning: %w", err)
	}
	size, ok := whole([]byte(cells[1]))
	if !ok || size < 1 || size > math.MaxInt32 {
		return Course{}, fmt.Errorf("its size: %q is no number from 1", clipped(cells[1]))
	}
	listed := strings.Count(line, ":")
	c.Who, c.After = make([]int32, 0, listed), make([]float64, 0, listed)
	ordered := true
	for line != "" {
		word := next()
		at := strings.LastIndexByte(word, ':')
		if at < 1 {
			return Course{}, fmt.Errorf("%q is no user:delay", clipped(word))
		}
		after, err := finite(word[at+1:])
		if err != nil {
			return Course{}, fmt.Errorf("the delay of %q: %w", clipped(word), err)
		}
		if after < 0 {
			return Course{}, fmt.Errorf("the delay of %q is before the beginning", clipped(word))
		}
		user := word[:at]
		if i := strings.LastIndexByte(user, '/'); i >= 0 {
			user = user[i+1:]
		}
		ordered = ordered && (len(c.After) == 0 || c.After[len(c.After)-1] <= after)
		c.Who = append(c.Who, names.Number(user))
		c.After = append(c.After, after)
	}
	if len(c.Who) == 0 {
		return Course{}, errors.New("nobody took it up, not even whom it came from")
	}
	c.Size = max(int(size), len(c.Who))
	if !ordered {
		order := make([]int, len(c.Who))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.After[a], c.After[b]) })
		who, after := make([]int32, len(order)), make([]float64, len(order))
		for i, o := range order {
			who[i], after[i] = c.Who[o], c.After[o]
		}
		c.Who, c.After = who, after
	}
	return c, nil
}

// finite is the number a cell holds.
func finite(cell string) (float64, error) {
	x, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("%q is no number", clipped(cell))
	}
	return x, nil
}

// clipped is the beginning of a cell, short enough to be told of.
func clipped(cell string) string {
	if len(cell) > 40 {
		return cell[:40] + "…"
	}
	return cell
}

// ReadUntil has the size of each course of all lists be as the record's end had it: the last
// that is known of any.
func ReadUntil(lists ...[]Course) {
	end := math.Inf(-1)
	for _, list := range lists {
		for i := range list {
			end = max(end, list[i].Begin+list[i].Lasted())
		}
	}
	for _, list := range lists {
		for i := range list {
			list[i].Until = end
		}
	}
}

// Horizon is by which time an idea of the courses was typically over: the median of how
// long they went on. Shares of what was seen are told of it.
func Horizon(past []Course) float64 {
	if len(past) == 0 {
		return 0
	}
	lasted := make([]float64, len(past))
	for i := range past {
		lasted[i] = past[i].Lasted()
	}
	slices.Sort(lasted)
	return (lasted[(len(lasted)-1)/2] + lasted[len(lasted)/2]) / 2
}

// left is how long after it began its size was read.
func (c *Course) left() float64 {
	if c.Until == 0 {
		return math.Inf(1)
	}
	return c.Until - c.Begin
}

// sizeAt is how many it had reached by a time after its beginning, as of those listed.
func (c *Course) sizeAt(after float64) int {
	seen := c.Seen(after)
	if seen >= len(c.Who) {
		return c.Size
	}
	if c.Size == len(c.Who) {
		return seen
	}
	return max(1, int(math.Round(float64(c.Size)*float64(seen)/float64(len(c.Who)))))
}

// leastTold is the least size that is told of: fewer than one of fifty are smaller.
func leastTold(past []Course) int {
	sizes := make([]int, len(past))
	for i := range past {
		sizes[i] = past[i].Size
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/50]
}

// endedAt is the past as a record that ended at a time would have it.
func endedAt(past []Course, end float64, least int) []Course {
	was := make([]Course, 0, len(past))
	for _, c := range past {
		if c.Begin >= end {
			continue
		}
		if c.Begin+c.Lasted() > end {
			c.Size = c.sizeAt(end - c.Begin)
			n := c.Seen(end - c.Begin)
			c.Who, c.After = c.Who[:n:n], c.After[:n:n]
			if c.Size < least {
				continue
			}
		}
		c.Until = end
		was = append(was, c)
	}
	return was
}

// parted is a past of which some is forecast from what was before it.
type parted struct{ was, now []Course }

// asItIs are a fifth of the past and all before it, as the record has them.
func asItIs(past []Course, fifth int) parted {
	from, to := len(past)*fifth/5, len(past)*(fifth+1)/5
	return parted{past[:from], past[from:to]}
}

// asItWas are a fifth of the past and all before it, as the record would have had them
// had it ended as long after the fifth began as it did after the whole; cut tells whether
// that is another than asItIs.
func asItWas(past []Course, fifth int, among bool) (p parted, cut bool) {
	p = asItIs(past, fifth)
	last := past[len(past)-1]
	if among || last.Until == 0 || len(p.was) == 0 {
		return p, false
	}
	end := p.was[len(p.was)-1].Begin + last.Until - last.Begin
	if end >= last.Until {
		return p, false
	}
	least := leastTold(past)
	return parted{endedAt(p.was, end, least), endedAt(p.now, end, least)}, true
}
