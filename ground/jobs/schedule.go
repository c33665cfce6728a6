package jobs

import (
	"fmt"
	"time"
	_ "time/tzdata" // a container without zone files still knows Helsinki
)

// Schedule tells when a periodic job comes next.
type Schedule struct {
	every    time.Duration // interval, or 0 for a time of day
	weekly   bool
	day      time.Weekday
	hour     int
	minute   int
	location *time.Location
}

// Interval comes at every full d since 1970 in UTC (an hour: at every o'clock),
// so that a restart does not shift it. Shorter than a second is a second.
func Interval(d time.Duration) Schedule { return Schedule{every: max(d, time.Second)} }

// Daily comes every day at hour:minute in Helsinki.
func Daily(hour, minute int) Schedule {
	return Schedule{hour: hour, minute: minute, location: helsinki()}
}

// Weekly comes on this day of every week at hour:minute in Helsinki.
func Weekly(day time.Weekday, hour, minute int) Schedule {
	return Schedule{weekly: true, day: day, hour: hour, minute: minute, location: helsinki()}
}

// helsinki is in the binary through time/tzdata, so loading cannot fail.
func helsinki() *time.Location {
	l, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		panic(err)
	}
	return l
}

// Next is the first moment after t. A time of day that the clocks skip in spring
// comes an hour later by the clock; one they show twice in autumn comes once.
func (s Schedule) Next(t time.Time) time.Time {
	if s.every > 0 {
		return t.UTC().Truncate(s.every).Add(s.every)
	}
	local := t.In(s.location)
	for days := 0; ; days++ {
		// Counted in calendar days, not in 24 hours: two days a year differ.
		next := time.Date(local.Year(), local.Month(), local.Day()+days, s.hour, s.minute, 0, 0, s.location)
		if next.After(t) && (!s.weekly || next.Weekday() == s.day) {
			return next.UTC()
		}
	}
}

// String is the schedule as it is kept beside its next time: a changed one
// counts its next time anew.
func (s Schedule) String() string {
	switch {
	case s.every > 0:
		return "every " + s.every.String()
	case s.weekly:
		return fmt.Sprintf("%s %02d:%02d", s.day, s.hour, s.minute)
	}
	return fmt.Sprintf("daily %02d:%02d", s.hour, s.minute)
}
