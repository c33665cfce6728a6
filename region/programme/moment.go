package programme

import (
	"fmt"
	"time"

	"kokko/engine/workday"
)

// Moment is a time known to the year, the month or the day: a brochure says
// "2012" or "the end of 2011". Month and Day are 0 where not known; the zero
// Moment is "not said".
type Moment struct {
	Year  int
	Month time.Month
	Day   int
}

// parseMoment reads "2012", "2011-12" or "2011-12-31".
func parseMoment(s string) (Moment, bool) {
	full := s
	switch len(s) {
	case 4:
		full += "-01-01"
	case 7:
		full += "-01"
	case 10:
	default:
		return Moment{}, false
	}
	d, err := workday.Parse(full)
	if err != nil {
		return Moment{}, false
	}
	y, m, day := d.Date()
	out := Moment{Year: y}
	if len(s) > 4 {
		out.Month = m
	}
	if len(s) > 7 {
		out.Day = day
	}
	return out, true
}

// Known tells whether anything is said.
func (m Moment) Known() bool { return m != Moment{} }

// Last is the last day the moment can mean, for sorting and for due dates.
func (m Moment) Last() workday.Day {
	switch {
	case m.Month == 0:
		return workday.On(m.Year, time.December, 31)
	case m.Day == 0:
		return workday.On(m.Year, m.Month+1, 0)
	}
	return workday.On(m.Year, m.Month, m.Day)
}

// String writes it as the file does.
func (m Moment) String() string {
	switch {
	case !m.Known():
		return ""
	case m.Month == 0:
		return fmt.Sprintf("%04d", m.Year)
	case m.Day == 0:
		return fmt.Sprintf("%04d-%02d", m.Year, m.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", m.Year, m.Month, m.Day)
}
