package forecast_test

import (
	"testing"

	"kokko/journey/forecast"
)

func TestForecastsAreScoredAgainstTheBaseRate(t *testing.T) {
	t.Parallel()
	var all []forecast.Said
	for i := range 40 {
		all = append(all, forecast.Said{Chance: []float64{.1, .9}[i%2], Base: .5, Learnt: true, Caught: i%2 == 1 || i < 4})
	}
	s := forecast.Scored(0, all)
	// 20 at .9 all caught, 18 at .1 not, 2 at .1 caught: by hand.
	want := (38*.01 + 2*.81) / 40
	if s.N != 40 || s.Brier < want-1e-12 || s.Brier > want+1e-12 || s.Base != .25 || !s.Better() {
		t.Errorf("%+v, want a Brier score of %v", s, want)
	}
	if b := s.Bins[0]; b.N != 20 || b.Caught != 2 || b.Mean < .0999 || b.Mean > .1001 {
		t.Errorf("%+v", b)
	}
	if s := forecast.Scored(0, []forecast.Said{{Chance: .5}}); s.N != 0 || s.Better() {
		t.Errorf("what was not learnt is scored: %+v", s)
	}
}
