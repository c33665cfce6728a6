package forecast

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"kokko/engine/spread"
	"kokko/ground/store"
)

// What finished sparks have taught: how likely one like this is to catch fire, and how
// many come round it. Both rest on what was counted of them at the same age, and are
// said only where that has proved better than the average.

const (
	fireModel = "fire-1" // spread.Fire by the facts below, one for each age
	alike     = 25       // finished sparks whose growth one is compared with
)

// taught is what a region's finished sparks have taught by a day. It never changes.
type taught struct {
	definition Definition
	base       Base
	day        int64
	ended      []finished
	fires      []*spread.Fire // by age, as in aged
	scores     []Score        // of what was said before, by age
	better     bool           // it did better than the base rate
}

// facts is what of the inputs tells how likely a spark is to catch fire.
func (x Inputs) facts() []float64 {
	yes := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	return []float64{math.Log1p(float64(x.People)), math.Log1p(float64(x.Groups)), math.Log1p(float64(x.Taken)), math.Log1p(float64(x.Kept)), math.Log1p(float64(x.Reached)), yes(x.Answered), yes(x.Placed || x.Hosted), yes(x.Sectors > 1)}
}

// stage is which of aged an age is in.
func stage(age int) (at int) {
	for i, a := range aged() {
		if age >= a {
			at = i
		}
	}
	return at
}

// learn gives what a region has been taught, nil while too few sparks have had their
// time. It is worked out once a day, or when more have.
func (s *Service) learn(ctx context.Context, from store.Source, region string, d Definition, base Base, now time.Time) (*taught, error) {
	if base.Finished < Enough {
		return nil, nil
	}
	day := now.Unix() / (24 * 60 * 60)
	r := of(&s.mu, s.taught, region)
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.is; t != nil && t.definition == d && (t.base == base || s.every > 1) && day < t.day+s.every {
		return t, nil
	}
	all, err := ended(ctx, from, region, d, now)
	if err != nil {
		return nil, err
	}
	t := &taught{definition: d, base: base, day: day, ended: all}
	t.scores, t.better = scoresOf(all)
	for _, a := range aged() {
		var past []spread.Ended
		for _, f := range slices.Backward(all) { // the oldest first
			if x, ok := f.at(a); ok && x.Evidence != Happened {
				past = append(past, spread.Ended{Facts: x.Inputs.facts(), Fired: f.caught})
			}
		}
		fire, err := spread.LearnFire(past)
		if err != nil {
			return nil, err
		}
		t.fires = append(t.fires, fire)
	}
	r.is = t
	return t, nil
}

// odds is how likely a spark of such inputs is to catch fire; ok is false where the
// average is all that can be said.
func (t *taught) odds(x Inputs) (r Range, ok bool, err error) {
	if t == nil || !t.better {
		return r, false, nil
	}
	o, err := t.fires[stage(x.Age)].Odds(x.facts())
	return Range{o.Low, o.P, o.High, true}, o.Model, err
}

// reach is how many come round a spark within its time, and by when: as many more as
// came to the finished sparks that were most like it at its age.
func (t *taught) reach(x Inputs) (Range, Spread) {
	if t == nil {
		return Range{}, Spread{}
	}
	type grown struct {
		far float64
		at  []int // how many more, by the days of the fan and in the end
	}
	days := fanDays(x.Age, t.definition.Days)
	var near []grown
	for _, f := range t.ended {
		was, ok := f.at(aged()[stage(x.Age)])
		if !ok {
			continue
		}
		g := grown{far: math.Abs(math.Log1p(float64(was.Inputs.People)) - math.Log1p(float64(x.People)))}
		for _, day := range days {
			then, _ := f.at(day)
			g.at = append(g.at, max(0, then.Inputs.People-was.Inputs.People))
		}
		near = append(near, g)
	}
	if len(near) < Enough/2 || len(days) == 0 {
		return Range{}, Spread{}
	}
	slices.SortStableFunc(near, func(a, b grown) int { return cmp.Compare(a.far, b.far) })
	near = near[:min(alike, len(near))]
	out := Spread{Runs: len(near)}
	for i, day := range days {
		var more []int
		for _, g := range near {
			more = append(more, g.at[i])
		}
		slices.Sort(more)
		at := func(share float64) int { return x.People + more[int(math.Round(share*float64(len(more)-1)))] }
		out.Days = append(out.Days, Day{day, at(.1), at(.5), at(.9)})
	}
	last := out.Days[len(out.Days)-1]
	return Range{float64(last.Low), float64(last.Mid), float64(last.High), true}, out
}

// fanDays are the days of which it is told how many will have come: every thirtieth
// ahead, and the last.
func fanDays(age, last int) (all []int) {
	for day := 30; day < last; day += 30 {
		if day > age {
			all = append(all, day)
		}
	}
	if age < last {
		all = append(all, last)
	}
	return all
}
