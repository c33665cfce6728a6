package network_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/region/network"
)

func TestTiesWeakenToTheirHalfInFourYears(t *testing.T) {
	t.Parallel()
	last := time.Date(2012, 6, 1, 0, 0, 0, 0, time.UTC)
	years := func(n float64) time.Time { return last.Add(time.Duration(n * 365.25 * 24 * float64(time.Hour))) }
	for _, row := range []struct {
		tie  network.Tie
		at   time.Time
		want float64
	}{
		{network.Tie{Weight: 1, At: last}, last, 1},
		{network.Tie{Weight: 1, At: last}, years(4), 0.5},
		{network.Tie{Weight: 0.8, At: last}, years(8), 0.2},
		{network.Tie{Weight: 1, At: last}, years(-2), 1}, // it goes on still
		{network.Tie{Weight: 1, At: last, Until: years(1)}, years(0.5), math.Exp2(-0.125)},
		{network.Tie{Weight: 1, At: last, Until: years(1)}, years(1), 0},
	} {
		if got := row.tie.Strength(row.at); math.Abs(got-row.want) > 1e-9 {
			t.Errorf("%+v at %v: %v, not %v", row.tie, row.at, got, row.want)
		}
	}
}

func TestManyTiesTellMoreAndNeverMakeCertain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 20).Draw(t, "weights")
		all := network.Together(weights...)
		if all < 0 || all >= 1 {
			t.Fatalf("%v of %v", all, weights)
		}
		if one := network.Together(weights[0]); one > all+1e-12 {
			t.Fatalf("one is %v, all are %v", one, all)
		}
		sum := 0.0
		for _, w := range weights {
			sum += w
		}
		if want := 1 - math.Exp(-sum); math.Abs(want-all) > 1e-9 {
			t.Fatalf("%v, not %v", all, want)
		}
	})
}
