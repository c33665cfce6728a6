package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
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
	one := func() said {
		mean := .5 + random.Float64()*2
		x := said{age: 7, day: 30, model: reachModel, came: draw(3 * mean)}
		var all []int
		for range 400 {
			all = append(all, draw(mean))
		}
		slices.Sort(all)
		for i := range parts {
			x.raw = append(x.raw, all[int(middle(i)*400)])
		}
		return x
	}
	var past []said
	for range Enough - 1 {
		past = append(past, one())
	}
	if m := movesOf(past); len(m) != 0 || m.moved(7, 30, .9, 3) != 3 || m.learnt(7) != 0 {
		t.Errorf("moved by %d: %v", len(past), m)
	}
	for range 200 {
		past = append(past, one())
	}
	old := one()
	old.model, old.came = "before", 10_000
	m := movesOf(append(past, old, old, old))
	if len(m) != 1 || m.learnt(9) != len(past) || m.learnt(0) != 0 {
		t.Fatalf("%+v", m)
	}
	within := func(moved func(share float64, n int) int) (inside float64) {
		const n = 1000
		for range n {
			x := one()
			low, high := moved(.1, x.raw[2]), moved(.9, x.raw[17])
			if low <= x.came && x.came <= high {
				inside++
			}
		}
		return inside / n
	}
	before := within(func(_ float64, n int) int { return n })
	after := within(func(share float64, n int) int { return m.moved(7, 30, share, n) })
	if before > .7 || after < .77 || after > .93 {
		t.Errorf("%.2f within the range that is to hold .80, %.2f before", after, before)
	}
	// On the way to the day it goes straight; nothing is ever fewer than nobody.
	if now, mid, end := m.moved(7, 7, .9, 2), m.moved(7, 18, .9, 2), m.moved(7, 180, .9, 2); now != 2 || mid < now || end < mid || end != m.moved(7, 30, .9, 2) {
		t.Errorf("%d, %d, %d", now, mid, end)
	}
	if n := (moves{{age: 0, day: 7, n: 30, by: slices.Repeat([]float64{-5}, parts)}}).moved(0, 7, .5, 3); n != 0 {
		t.Error(n)
	}
}
