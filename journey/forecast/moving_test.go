package forecast_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"kokko/journey/forecast"
)

// Once Enough are over, what is said is moved by what came of them: where the simulation
// knows only some of the ties, what is told then comes true as often as it says.
func TestWhatIsSaidIsMovedByWhatCame(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	// Three times as many come as go along known ties.
	draw := func(mean float64) int {
		n := -1
		for p, end := 1., math.Exp(-mean); p > end; n++ { // Poisson (Knuth)
			p *= random.Float64()
		}
		return n
	}
	one := func() forecast.Over {
		mean := .5 + random.Float64()*2
		x := forecast.Over{Age: 7, Day: 30, Model: forecast.ReachModel, Came: draw(3 * mean)}
		var all []int
		for range 400 {
			all = append(all, draw(mean))
		}
		slices.Sort(all)
		for i := range forecast.Parts {
			x.Said = append(x.Said, all[(2*i+1)*len(all)/(2*forecast.Parts)])
		}
		return x
	}
	var past []forecast.Over
	for range forecast.Enough - 1 {
		past = append(past, one())
	}
	if m := forecast.LearnMoves(past); m.Moved(7, 30, .9, 3) != 3 || m.Learnt(7) != 0 {
		t.Errorf("moved by %d: %v", len(past), m)
	}
	for range 200 {
		past = append(past, one())
	}
	old := one()
	old.Model, old.Came = "before", 10_000
	m := forecast.LearnMoves(append(past, old, old, old))
	if m.Learnt(9) != len(past) || m.Learnt(0) != 0 {
		t.Fatalf("%+v", m)
	}
	within := func(moved func(share float64, n int) int) (inside float64) {
		const n = 1000
		for range n {
			x := one()
			low, high := moved(.1, x.Said[2]), moved(.9, x.Said[17])
			if low <= x.Came && x.Came <= high {
				inside++
			}
		}
		return inside / n
	}
	before := within(func(_ float64, n int) int { return n })
	after := within(func(share float64, n int) int { return m.Moved(7, 30, share, n) })
	if before > .7 || after < .77 || after > .93 {
		t.Errorf("%.2f within the range that is to hold .80, %.2f before", after, before)
	}
	// On the way to the day it goes straight; nothing is ever fewer than nobody.
	if now, mid, end := m.Moved(7, 7, .9, 2), m.Moved(7, 18, .9, 2), m.Moved(7, 180, .9, 2); now != 2 || mid < now || end < mid || end != m.Moved(7, 30, .9, 2) {
		t.Errorf("%d, %d, %d", now, mid, end)
	}
	for i := range past {
		past[i].Said, past[i].Came = slices.Repeat([]int{50}, forecast.Parts), 0
	}
	if n := forecast.LearnMoves(past).Moved(7, 30, .5, 3); n != 0 {
		t.Error(n)
	}
}
