package i18n

import (
	"fmt"
	"strconv"
	"sync"
	"time"
	_ "time/tzdata" // a container without zone files still knows Helsinki
)

// helsinki is read once and never changed.
var helsinki = sync.OnceValue(func() *time.Location {
	loc, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		panic("i18n: Europe/Helsinki is compiled in, yet unreadable: " + err.Error())
	}
	return loc
})

// Helsinki is the zone every date and time is shown in.
func Helsinki() *time.Location { return helsinki() }

// Date is the day with its year: "14.3.2026", in English "14 March 2026", in plain
// Finnish "14. maaliskuuta 2026".
func (p *Printer) Date(t time.Time) string {
	y, m, d := t.In(p.zone).Date()
	switch p.lang {
	case English:
		return strconv.Itoa(d) + " " + p.months[m-1] + " " + strconv.Itoa(y)
	case Plain:
		return p.DayMonth(t) + " " + strconv.Itoa(y)
	}
	return strconv.Itoa(d) + "." + strconv.Itoa(int(m)) + "." + strconv.Itoa(y)
}

// DayMonth is the day without its year: "14.3.", "14.3", "14 March", in plain
// Finnish "14. maaliskuuta". The Finnish point is part of the ordinal: a sentence
// must not end with a second one.
func (p *Printer) DayMonth(t time.Time) string {
	_, m, d := t.In(p.zone).Date()
	switch p.lang {
	case English:
		return strconv.Itoa(d) + " " + p.months[m-1]
	case Swedish:
		return strconv.Itoa(d) + "." + strconv.Itoa(int(m))
	case Plain: // every Finnish month ends in -kuu: its partitive is -kuuta
		return strconv.Itoa(d) + ". " + p.months[m-1] + "ta"
	}
	return strconv.Itoa(d) + "." + strconv.Itoa(int(m)) + "."
}

// Weekday is the day's name as in running text: "torstai", "torsdag", "Thursday".
func (p *Printer) Weekday(t time.Time) string { return p.weekdays[t.In(p.zone).Weekday()] }

// WeekdayDate is "torstai 12.3.2026", "torsdag 12.3.2026", "Thursday 12 March 2026".
func (p *Printer) WeekdayDate(t time.Time) string { return p.Weekday(t) + " " + p.Date(t) }

// OnWeekday is when something happens: "torstaina 12.3.", "torsdag 12.3",
// "Thursday 12 March". A preposition, where the language has one, belongs to the
// sentence around it.
func (p *Printer) OnWeekday(t time.Time) string {
	return p.onDays[t.In(p.zone).Weekday()] + " " + p.DayMonth(t)
}

// DateTime is "14.3.2026 klo 9.05", "14.3.2026 kl. 9.05", "14 March 2026 at 9:05",
// with a 24-hour clock.
func (p *Printer) DateTime(t time.Time) string {
	return p.Date(t) + " " + p.T("calendar.at") + " " + p.Time(t)
}

// Time is the time of day: "9.05", in English "9:05".
func (p *Printer) Time(t time.Time) string {
	h, m, _ := t.In(p.zone).Clock()
	if p.lang == English {
		return fmt.Sprintf("%d:%02d", h, m)
	}
	return fmt.Sprintf("%d.%02d", h, m)
}

// Month is the month's name in the nominative: "maaliskuu", "mars", "March".
func (p *Printer) Month(m time.Month) string {
	if m < time.January || m > time.December {
		return ""
	}
	return p.months[m-1]
}

// Ago tells how far t is from now in calendar days of Helsinki: "tänään",
// "eilen", "3 päivää sitten", "5 viikkoa sitten", and of the future "huomenna",
// "3 päivän päästä". Days run to two weeks, weeks to nine, months to two years.
func (p *Printer) Ago(t, now time.Time) string {
	days := civilDays(now.In(p.zone)) - civilDays(t.In(p.zone))
	when, early, late := "ago.", t, now
	if days < 0 {
		days, when, early, late = -days, "ahead.", now, t
	}
	months := civilMonths(early.In(p.zone), late.In(p.zone))
	switch {
	case days == 0:
		return p.T("ago.today")
	case days < 14:
		return p.N(when+"days", days)
	case days < 63: // two months are at most 62 days, so the months begin at two
		return p.N(when+"weeks", days/7)
	case months < 24:
		return p.N(when+"months", months)
	}
	return p.N(when+"years", months/12)
}

// civilDays counts the days of the calendar, free of daylight saving.
func civilDays(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// civilMonths counts whole months from early to late.
func civilMonths(early, late time.Time) int {
	y1, m1, d1 := early.Date()
	y2, m2, d2 := late.Date()
	n := (y2-y1)*12 + int(m2-m1)
	if d2 < d1 {
		n--
	}
	return n
}
