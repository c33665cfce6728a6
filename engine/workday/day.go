package workday

import (
	"errors"
	"fmt"
	"time"
)

// Day is a day of the civil calendar without a time zone: the number of days
// since 1970-01-01 (negative before it). The database keeps that integer; JSON
// and people see "2026-03-14". The zero Day is 1970-01-01, not "no day".
type Day int32

const secondsADay = 24 * 60 * 60

// On is the day of a date; as with time.Date, the 32nd of May is the 1st of June.
func On(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsADay)
}

// DayOf is the day it is in loc at the moment t.
func DayOf(t time.Time, loc *time.Location) Day { return On(t.In(loc).Date()) }

// Parse reads "2026-03-14" and nothing looser; years 0001–9999.
func Parse(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, fmt.Errorf("%q is no date; write it as 2026-03-14", s)
	}
	return On(t.Date()), nil
}

// utc is the day's midnight in UTC, for the calendar's arithmetic.
func (d Day) utc() time.Time { return time.Unix(int64(d)*secondsADay, 0).UTC() }

// Date is the year, the month and the day of the month.
func (d Day) Date() (int, time.Month, int) { return d.utc().Date() }

// Weekday is the day's weekday. O(1).
func (d Day) Weekday() time.Weekday { return time.Weekday(((int64(d)+4)%7 + 7) % 7) } // 1970-01-01 was a Thursday

// Add is the day n days later, or earlier when n is negative.
func (d Day) Add(n int) Day { return d + Day(n) }

// Start is the first moment of the day in loc: midnight, or the hour after where
// the clocks skip it.
func (d Day) Start(loc *time.Location) time.Time {
	y, m, day := d.Date()
	t := time.Date(y, m, day, 0, 0, 0, 0, loc)
	if DayOf(t, loc) < d { // midnight does not exist: time.Date chose the evening before
		t = time.Date(y, m, day, 1, 0, 0, 0, loc)
	}
	return t
}

// String is the ISO 8601 form, "2026-03-14".
func (d Day) String() string {
	y, m, day := d.Date()
	return fmt.Sprintf("%04d-%02d-%02d", y, int(m), day)
}

// MarshalText writes String; it fails outside the years Parse reads.
func (d Day) MarshalText() ([]byte, error) {
	if d < first || d > last {
		return nil, errors.New("the day is outside the years 0001–9999")
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what Parse reads.
func (d *Day) UnmarshalText(text []byte) error {
	day, err := Parse(string(text))
	if err != nil {
		return err
	}
	*d = day
	return nil
}

// The bounds of what can be written, 0001-01-01 and 9999-12-31; a search for a
// workday ends there.
const (
	first Day = -719162
	last  Day = 2932896
)
