package measure

import (
	"fmt"
	"time"

	"kokko/engine/workday"
	"kokko/ground/i18n"
)

// Grain is how long a period is.
type Grain string

const (
	Month   Grain = "month"
	Quarter Grain = "quarter"
	Year    Grain = "year"
)

// Grains is all three, the shortest first.
func Grains() []Grain { return []Grain{Month, Quarter, Year} }

// months is how many months a period is, 0 for no grain.
func (g Grain) months() int {
	switch g {
	case Month:
		return 1
	case Quarter:
		return 3
	case Year:
		return 12
	}
	return 0
}

// Period is a month, a quarter or a year of the calendar, in Finland.
type Period struct {
	Grain Grain
	From  workday.Day // its first day
}

// PeriodOf is the period a day is in.
func PeriodOf(g Grain, d workday.Day) Period {
	year, month, _ := d.Date()
	n := max(1, g.months())
	return Period{g, workday.On(year, time.Month((int(month)-1)/n*n+1), 1)}
}

// After is the period so many later; earlier when n is negative.
func (p Period) After(n int) Period {
	year, month, _ := p.From.Date()
	return Period{p.Grain, workday.On(year, month+time.Month(n*p.Grain.months()), 1)}
}

// Until is the first day after it.
func (p Period) Until() workday.Day { return p.After(1).From }

// Has tells whether a moment is in the period.
func (p Period) Has(t time.Time) bool { return !t.Before(p.Begins()) && t.Before(p.Ends()) }

// Begins is its first moment.
func (p Period) Begins() time.Time { return p.From.Start(i18n.Helsinki()) }

// Ends is the first moment after it.
func (p Period) Ends() time.Time { return p.Until().Start(i18n.Helsinki()) }

// String is how a period is written in addresses and files: 2026-11, 2026-Q4, 2026.
func (p Period) String() string {
	year, month, _ := p.From.Date()
	switch p.Grain {
	case Month:
		return fmt.Sprintf("%04d-%02d", year, int(month))
	case Quarter:
		return fmt.Sprintf("%04d-Q%d", year, (int(month)+2)/3)
	}
	return fmt.Sprintf("%04d", year)
}

// ParsePeriod reads what String writes.
func ParsePeriod(s string) (p Period, ok bool) {
	var year, n int
	switch len(s) {
	case 4:
		p.Grain, n = Year, 1
		_, err := fmt.Sscanf(s, "%4d", &year)
		ok = err == nil
	case 7:
		if p.Grain = Month; s[5] == 'Q' {
			p.Grain = Quarter
			_, err := fmt.Sscanf(s, "%4d-Q%1d", &year, &n)
			ok = err == nil && 1 <= n && n <= 4
			n = 3*n - 2
			break
		}
		_, err := fmt.Sscanf(s, "%4d-%2d", &year, &n)
		ok = err == nil && 1 <= n && n <= 12
	}
	if !ok || year < 1900 || year > 2200 {
		return Period{}, false
	}
	p.From = workday.On(year, time.Month(n), 1)
	return p, p.String() == s
}
