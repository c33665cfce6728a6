package spread_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/spread"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.9f, want %.9f", what, got, want)
	}
}

// The score of points is E|X - y| - E|X - X'|/2, by counting all pairs.
func TestCRPSByAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfN(rapid.Float64Range(-9, 9), 1, 12).Draw(t, "points")
		weights := rapid.SliceOfN(rapid.Float64Range(.1, 5), len(points), len(points)).Draw(t, "weights")
		if rapid.Bool().Draw(t, "tied") {
			for i := range points {
				points[i] = math.Round(points[i])
			}
		}
		y := rapid.OneOf(rapid.Float64Range(-12, 12), rapid.SampledFrom(points)).Draw(t, "y")
		total, first, second := 0.0, 0.0, 0.0
		for i, x := range points {
			total += weights[i]
			first += weights[i] * math.Abs(x-y)
			for j, z := range points {
				second += weights[i] * weights[j] * math.Abs(x-z)
			}
		}
		want := first/total - second/(2*total*total)
		if got := spread.NewDist(points, weights).CRPS(y); math.Abs(got-want) > 1e-9 {
			t.Fatalf("%v, by pairs %v", got, want)
		}
	})
}

func TestCRPSOfKnownForecasts(t *testing.T) {
	near(t, "one point is its distance", spread.NewDist([]float64{2}, nil).CRPS(5), 3, 1e-12)
	near(t, "two points, one right", spread.NewDist([]float64{0, 1}, nil).CRPS(0), .25, 1e-12)
	// (√2 - 1)/√π: a standard normal of which the mean came
	near(t, "normal at its mean", spread.CRPSNormal(0, 1, 0), (math.Sqrt2-1)/math.Sqrt(math.Pi), 1e-12)
	near(t, "normal without width", spread.CRPSNormal(1, 0, 3), 2, 1e-12)
	// many points of a normal come near the closed form
	var points []float64
	for k := range 4000 {
		points = append(points, 1+2*math.Sqrt2*math.Erfinv(2*(float64(k)+.5)/4000-1))
	}
	for _, y := range []float64{-3, 0, 1, 2.5, 8} {
		near(t, "normal by points", spread.NewDist(points, nil).CRPS(y), spread.CRPSNormal(1, 2, y), 2e-3)
	}
}

// Nothing is told better than what is so: the mean score of a distribution under itself
// is least.
func TestCRPSIsProper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := []float64{0, 1, 2, 4}
		draw := func(name string) []float64 {
			return rapid.SliceOfN(rapid.Float64Range(.05, 1), 4, 4).Draw(t, name)
		}
		truth, lie := draw("truth"), draw("lie")
		score := func(told []float64) (sum float64) {
			d := spread.NewDist(points, told)
			for i, y := range points {
				sum += truth[i] * d.CRPS(y)
			}
			return sum
		}
		if score(lie) < score(truth)-1e-12 {
			t.Fatalf("%v is better told as %v", truth, lie)
		}
	})
}

func TestADistributionsParts(t *testing.T) {
	d := spread.NewDist([]float64{3, 1, 1, 2, math.NaN(), 9}, []float64{1, 1, 2, 1, 5, 0})
	if d.Len() != 3 {
		t.Fatalf("%d points, want 1, 2 and 3", d.Len())
	}
	near(t, "mean", d.Mean(), (3*1+2+3)/5., 1e-12)
	for _, c := range []struct{ p, want float64 }{{0, 1}, {.6, 1}, {.61, 2}, {.8, 2}, {.81, 3}, {1, 3}} {
		near(t, "quantile", d.Quantile(c.p), c.want, 0)
	}
	strictly, orAt := d.Below(2)
	near(t, "below 2", strictly, .6, 1e-12)
	near(t, "at or below 2", orAt, .8, 1e-12)
	if low, high := d.Shortest(.8); low != 1 || high != 2 {
		t.Errorf("the shortest range of .8 is %v–%v, want 1–2", low, high)
	}
	if !math.IsNaN(spread.NewDist(nil, nil).Quantile(.5)) {
		t.Error("a quantile of nothing")
	}
	m := spread.Mix([]spread.Dist{spread.NewDist([]float64{0}, nil), spread.NewDist([]float64{1, 2}, nil)}, []float64{1, 3})
	near(t, "mixed", m.Mean(), 3*1.5/4, 1e-12)
}

// The shortest range holds what it must, and no range of points that does is shorter.
func TestShortestByAllRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.SliceOfNDistinct(rapid.IntRange(0, 40), 1, 10, rapid.ID[int]).Draw(t, "points")
		at, weights := make([]float64, len(points)), make([]float64, len(points))
		total := 0.0
		for i, p := range points {
			at[i], weights[i] = float64(p), float64(rapid.IntRange(1, 9).Draw(t, "weight"))
			total += weights[i]
		}
		share := rapid.Float64Range(.05, .99).Draw(t, "share")
		holds := func(low, high float64) float64 {
			sum := 0.0
			for i, x := range at {
				if low <= x && x <= high {
					sum += weights[i] / total
				}
			}
			return sum
		}
		low, high := spread.NewDist(at, weights).Shortest(share)
		if holds(low, high) < share-1e-8 {
			t.Fatalf("%v–%v holds %v of %v", low, high, holds(low, high), share)
		}
		for _, a := range at {
			for _, b := range at {
				if a <= b && b-a < high-low && holds(a, b) >= share+1e-8 {
					t.Fatalf("%v–%v is shorter than %v–%v", a, b, low, high)
				}
			}
		}
	})
}

func TestScoresOfProbabilities(t *testing.T) {
	told := []spread.Told{{.9, true}, {.2, false}, {.6, false}, {.5, true}}
	near(t, "Brier", spread.Brier(told), (.01+.04+.36+.25)/4, 1e-12)
	near(t, "skill", spread.Skill(told), 1-.66/4/.25, 1e-12)
	near(t, "a range that held", spread.IntervalScore(1, 3, .8, 2), 2, 1e-12)
	near(t, "a range that did not", spread.IntervalScore(1, 3, .8, 4), 2+10, 1e-12)
	if !math.IsNaN(spread.Skill([]spread.Told{{.9, true}})) {
		t.Error("skill where all outcomes were alike")
	}
	low, high := spread.Wilson(.5, 100)
	near(t, "Wilson low", low, .40383, 1e-4)
	near(t, "Wilson high", high, .59617, 1e-4)
}

func TestReliabilityByCount(t *testing.T) {
	var told []spread.Told
	for i := range 100 {
		// said .1 and .3 by turns; .1 comes true always, .3 never
		told = append(told, spread.Told{P: .1 + .2*float64(i%2), Happened: i%2 == 0})
	}
	bins, err := spread.Reliability(told, 10)
	if err != nil || len(bins) != 2 {
		t.Fatalf("%d rows of two probabilities, %v", len(bins), err)
	}
	near(t, "error", spread.ReliabilityError(bins), (.9+.3)/2, 1e-9)
	if _, err := spread.Reliability(told, 0); err == nil {
		t.Error("a table of no rows was made")
	}
	rapid.Check(t, func(t *rapid.T) {
		told := rapid.SliceOf(rapid.Custom(func(t *rapid.T) spread.Told {
			return spread.Told{P: rapid.Float64Range(0, 1).Draw(t, "p"), Happened: rapid.Bool().Draw(t, "happened")}
		})).Draw(t, "told")
		rows := rapid.IntRange(1, 12).Draw(t, "rows")
		bins, err := spread.Reliability(told, rows)
		n, last := 0, -1.0
		for _, b := range bins {
			n += b.Count
			if b.Told <= last || b.Happened < b.Low-1e-9 || b.Happened > b.High+1e-9 {
				t.Fatalf("%+v after %v", b, last)
			}
			last = b.Told
		}
		if err != nil || n != len(told) || len(bins) > rows {
			t.Fatalf("%d of %d told in %d rows of %d, %v", n, len(told), len(bins), rows, err)
		}
	})
}
