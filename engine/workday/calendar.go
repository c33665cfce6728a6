package workday

import "time"

// Span is a run of days, both ends included. A span whose To is before its From
// holds no day.
type Span struct{ From, To Day }

// Has tells whether the day is in the span.
func (s Span) Has(d Day) bool { return s.From <= d && d <= s.To }

// Calendar is an office's workdays: Monday to Friday without the public holidays
// and without the office's own closed spans. The zero Calendar has no closed
// spans. (Saturdays, which Finnish offices worked until the 1960s, never count.)
type Calendar struct{ Closed []Span }

// IsWorkday tells whether the office works on d. O(spans).
func (c Calendar) IsWorkday(d Day) bool {
	if w := d.Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	for _, s := range c.Closed {
		if s.Has(d) {
			return false
		}
	}
	_, holiday := Holiday(d)
	return !holiday
}

// AddWorkdays is the n-th workday after d, or before it when n is negative; d
// itself is not counted. With n = 0 it is d, or the next workday when d is none.
// What comes in on a Saturday and is due in one workday is due on Monday.
//
// The answer is a workday, except that the search ends at the years 0001 and
// 9999, so that a calendar closed for ever ends too. O(days passed × spans).
func (c Calendar) AddWorkdays(d Day, n int) Day {
	if n == 0 {
		if c.IsWorkday(d) {
			return d
		}
		n = 1
	}
	step, end := Day(1), last
	if n < 0 {
		step, end, n = -1, first, -n
	}
	for (end-d)*step > 0 {
		d += step
		if c.IsWorkday(d) {
			if n--; n == 0 {
				break
			}
		}
	}
	return d
}

// WorkdaysBetween counts the workdays after a up to b, b included; when b is
// before a, those from b up to the day before a, as a negative number. So it is
// the inverse of AddWorkdays: WorkdaysBetween(a, AddWorkdays(a, n)) is n (for
// n = 0 when a is a workday). O(days between × spans).
func (c Calendar) WorkdaysBetween(a, b Day) int {
	n := 0
	for d := a + 1; d <= b; d++ {
		if c.IsWorkday(d) {
			n++
		}
	}
	for d := b; d < a; d++ {
		if c.IsWorkday(d) {
			n--
		}
	}
	return n
}
