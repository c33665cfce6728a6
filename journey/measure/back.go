package measure

import (
	"maps"
	"slices"
	"time"

	"kokko/journey/ring"
)

// People who come back: what somebody did for a spark, whoever's it is, and what they
// dropped. The office's own people do not count.

// Between how long after what somebody did they are back when they do something.
const (
	week      = 7 * 24 * time.Hour
	backFrom  = week
	backUntil = 4 * week
)

// act is something somebody did, and what they were for the spark they did it for.
type act struct {
	at   time.Time
	role ring.Role
}

// seenAgain is how many of those who did something in a period did something again a
// week to four weeks later, and how many do something in a week, on average: all, and in
// each role.
func (m *material) seenAgain(p Period) []Figure {
	active, back := 0, 0
	for _, all := range m.did {
		i := slices.IndexFunc(all, func(a act) bool { return p.Has(a.at) })
		if i < 0 || all[i].at.Add(backUntil).After(m.now) {
			continue // it is too early to tell
		}
		active++
		if slices.ContainsFunc(all, func(a act) bool {
			return !a.at.Before(all[i].at.Add(backFrom)) && !a.at.After(all[i].at.Add(backUntil))
		}) {
			back++
		}
	}
	figures := []Figure{portion(back, active)}
	whole, everybody := m.weekly(p, "")
	figures = append(figures, whole)
	for _, r := range roles() {
		f, people := m.weekly(p, r)
		if rest := everybody - people; f.State == Known && few(rest) {
			f.State = Beside
		}
		figures = append(figures, f)
	}
	return figures
}

// weekly is how many people take part in one of a period's whole weeks, in a role or ("")
// at all; and how many different people those were in the period. Of fewer than Few of
// them nothing is told.
func (m *material) weekly(p Period, as ring.Role) (f Figure, people int) {
	begins := p.Begins()
	weeks := make([]int, int(m.end(p).Sub(begins)/week)) // that are over
	for _, id := range slices.Sorted(maps.Keys(m.did)) {
		last, there := -1, false
		for _, a := range m.did[id] {
			n := int(a.at.Sub(begins) / week)
			if a.at.Before(begins) || n >= len(weeks) || as != "" && a.role != as {
				continue
			}
			if there = true; n != last {
				last = n
				weeks[n]++
			}
		}
		if there {
			people++
		}
	}
	f = Figure{Den: len(weeks)}
	if len(weeks) > 0 && people >= Few {
		f.State = Known
		f.Value, f.Low, f.High, f.Ranged = Mean(weeks)
	}
	return f, people
}
