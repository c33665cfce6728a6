package retention

import (
	"strconv"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
)

// Rule is one thing that is kept for so many months and no longer.
type Rule string

const (
	Contacts  Rule = "contacts"  // how a bringer is reached, after the spark was closed
	Withdrawn Rule = "withdrawn" // the words of a spark its bringer took away
	Held      Rule = "held"      // a spark that was never let in, or was declined
	Letters   Rule = "letters"   // letters in the outbox
	Feedback  Rule = "feedback"  // what people told of barriers, after it was answered
	Absences  Rule = "absences"  // who was away and who stood in
	Log       Rule = "log"       // the office's log
)

// Rules is every rule, in the order they are carried out: letters before the
// sparks they are about, so that nothing is counted twice.
func Rules() []Rule { return []Rule{Letters, Contacts, Withdrawn, Held, Feedback, Absences, Log} }

// Setting is the name of the office's setting for a rule.
func (r Rule) Setting() string { return "retention." + string(r) }

// Default is how many months, where the office has not said otherwise.
func (r Rule) Default() int {
	switch r {
	case Contacts, Log:
		return 24
	case Withdrawn, Held:
		return 3
	case Letters:
		return 6
	}
	return 12
}

// Range is the fewest and the most months the office can choose: enough to notice
// a mistake, and not for ever.
func (r Rule) Range() (least, most int) {
	switch r {
	case Log:
		return 12, 60 // it must tell of the year that is looked into
	case Withdrawn, Held:
		return 1, 24
	case Letters, Feedback:
		return 1, 36
	}
	return 1, 120
}

// Months reads what somebody typed; an Invalid fault names the field and the range.
func (r Rule) Months(typed string) (int, error) {
	least, most := r.Range()
	n, err := strconv.Atoi(typed)
	if err != nil || n < least || n > most {
		return 0, fault.New(fault.Invalid, "retention.range").On(string(r)).With("least", least).With("most", most)
	}
	return n, nil
}

// Periods is how many months each rule keeps.
type Periods map[Rule]int

// Of reads a region's settings. What is not set, or cannot be read, is the default.
func Of(settings map[string]string) Periods {
	p := Periods{}
	for _, r := range Rules() {
		n, err := r.Months(settings[r.Setting()])
		if err != nil {
			n = r.Default()
		}
		p[r] = n
	}
	return p
}

// Limit is the first day that is still kept in the night to a day: what is from
// before it goes. Months are counted by the calendar; the last of a month counts
// back to the last of a shorter one, never beyond it.
func (p Periods) Limit(r Rule, night workday.Day) workday.Day { return back(night, p[r]) }

func back(from workday.Day, months int) workday.Day {
	y, m, d := from.Date()
	month := m - time.Month(months)
	last := workday.On(y, month+1, 0)
	_, _, end := last.Date()
	if d > end {
		return last
	}
	return workday.On(y, month, d)
}

// Goes is the day in whose night something of a day goes.
func (p Periods) Goes(r Rule, of workday.Day) workday.Day {
	y, m, d := of.Date()
	day := workday.On(y, m+time.Month(p[r]), d) // of a shorter month: some days later
	for p.Limit(r, day-1) > of {
		day--
	}
	for p.Limit(r, day) <= of {
		day++
	}
	return day
}

// before is a limit as a moment.
func before(limit workday.Day) time.Time { return limit.Start(i18n.Helsinki()) }
