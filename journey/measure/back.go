package measure

import (
	"slices"
	"time"

	"kokko/ground/ident"
)

// People who come back: what somebody did for a spark, whoever's it is, and what they
// dropped. The office's own people do not count.

// Between how many days after what somebody did they are back when they do something.
const (
	backFrom  = 7 * 24 * time.Hour
	backUntil = 28 * 24 * time.Hour
)

// seenAgain is how many of those who did something in a period did something again a
// week to four weeks later, and how many do something in a week, on average.
func (m *material) seenAgain(p Period) []Figure {
	by := map[ident.ID][]time.Time{}
	weeks := map[int]map[ident.ID]bool{}
	whole := int(m.end(p).Sub(p.Begins()) / (7 * 24 * time.Hour)) // weeks that are over
	for _, d := range m.did {
		by[d.who] = append(by[d.who], d.at)
		if n := int(d.at.Sub(p.Begins()) / (7 * 24 * time.Hour)); !d.at.Before(p.Begins()) && n < whole {
			if weeks[n] == nil {
				weeks[n] = map[ident.ID]bool{}
			}
			weeks[n][d.who] = true
		}
	}
	active, back := 0, 0
	for _, all := range by {
		slices.SortFunc(all, time.Time.Compare)
		i := slices.IndexFunc(all, p.Has)
		if i < 0 || all[i].Add(backUntil).After(m.now) {
			continue // it is too early to tell
		}
		active++
		if slices.ContainsFunc(all, func(t time.Time) bool { return !t.Before(all[i].Add(backFrom)) && !t.After(all[i].Add(backUntil)) }) {
			back++
		}
	}
	weekly := Figure{Den: whole}
	if whole > 0 {
		n := 0
		for _, w := range weeks {
			n += len(w)
		}
		if weekly.Value = float64(n) / float64(whole); weekly.Value >= Few {
			weekly.State = Known
		} else {
			weekly.Value = 0
		}
	}
	return []Figure{portion(back, active), weekly}
}
