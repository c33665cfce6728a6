package measure

import (
	"slices"
	"time"
)

// People who come back: what somebody did for a spark, whoever's it is, and what they
// dropped. The office's own people do not count.

// Between how long after what somebody did they are back when they do something.
const (
	week      = 7 * 24 * time.Hour
	backFrom  = week
	backUntil = 4 * week
)

// seenAgain is how many of those who did something in a period did something again a
// week to four weeks later, and how many do something in a week, on average.
func (m *material) seenAgain(p Period) []Figure {
	begins := p.Begins()
	whole := int(m.end(p).Sub(begins) / week) // weeks that are over
	active, back, taking := 0, 0, 0
	for _, all := range m.did {
		last := -1
		for _, at := range all {
			if n := int(at.Sub(begins) / week); !at.Before(begins) && n < whole && n != last {
				last = n
				taking++
			}
		}
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
	if whole > 0 && taking >= Few*whole {
		weekly.State, weekly.Value = Known, float64(taking)/float64(whole)
	}
	return []Figure{portion(back, active), weekly}
}
