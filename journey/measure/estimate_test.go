package measure_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kokko/journey/measure"
)

// choose is n over k.
func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}

// The interval covers the truth as often as it promises, counted over every outcome
// there can be: on average near 95 per cent, and never far below.
func TestWilsonCoversWhatItPromises(t *testing.T) {
	t.Parallel()
	for _, n := range []int{5, 10, 30} {
		sum, least := 0.0, 1.0
		const steps = 200
		for i := 1; i < steps; i++ {
			p := float64(i) / steps
			covered := 0.0
			for k := range n + 1 {
				if low, high := measure.Wilson(k, n); low <= p && p <= high {
					covered += choose(n, k) * math.Pow(p, float64(k)) * math.Pow(1-p, float64(n-k))
				}
			}
			sum, least = sum+covered, min(least, covered)
		}
		if mean := sum / (steps - 1); mean < .94 || mean > .97 || least < .80 {
			t.Errorf("of %d it covers %.3f on average, %.3f at worst", n, mean, least)
		}
	}
	if low, high := measure.Wilson(3, 10); math.Abs(low-.10779) > 1e-4 || math.Abs(high-.60322) > 1e-4 { // Newcombe 1998
		t.Errorf("3 of 10 lies between %f and %f", low, high)
	}
}

func TestWilsonHoldsTheShare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5000).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		low, high := measure.Wilson(k, n)
		p := float64(k) / float64(n)
		if low < 0 || high > 1 || low > p || high < p {
			t.Fatalf("%d of %d: %f–%f", k, n, low, high)
		}
		if other, _ := measure.Wilson(n-k, n); math.Abs(1-high-other) > 1e-9 {
			t.Fatalf("%d of %d is no mirror of %d", k, n, n-k)
		}
	})
}

// matchings hands out every way of drawing the ends of ties into pairs.
func matchings(ends []measure.End, do func([][2]measure.End)) {
	var all [][2]measure.End
	var draw func(left []measure.End)
	draw = func(left []measure.End) {
		if len(left) == 0 {
			do(all)
			return
		}
		for i := 1; i < len(left); i++ {
			all = append(all, [2]measure.End{left[0], left[i]})
			rest := append(slices.Clone(left[1:i]), left[i+1:]...)
			draw(rest)
			all = all[:len(all)-1]
		}
	}
	draw(ends)
}

// What chance would give is what comes of drawing the ends in every way there is.
func TestChanceIsThatOfEveryDrawing(t *testing.T) {
	t.Parallel()
	for name, ties := range map[string][][2]measure.End{
		"one tie of two groups": {{{1, "a"}, {2, "b"}}},
		"one tie of one group":  {{{1, "a"}, {2, "a"}}},
		"a star":                {{{1, "a"}, {2, "b"}}, {{1, "a"}, {3, "b"}}, {{1, "a"}, {4, "a"}}},
		"two groups apart":      {{{1, "a"}, {2, "a"}}, {{2, "a"}, {3, "a"}}, {{4, "b"}, {5, "b"}}, {{5, "b"}, {6, "b"}}},
		"three groups":          {{{1, "a"}, {2, "b"}}, {{2, "b"}, {3, "c"}}, {{3, "c"}, {1, "a"}}, {{1, "a"}, {4, "a"}}, {{4, "a"}, {3, "c"}}},
	} {
		var ends []measure.End
		for _, t := range ties {
			ends = append(ends, t[0], t[1])
		}
		across, others := 0, 0
		matchings(ends, func(all [][2]measure.End) {
			for _, p := range all {
				if p[0].Who != p[1].Who {
					if others++; p[0].Group != p[1].Group {
						across++
					}
				}
			}
		})
		m := measure.Mix(ties)
		if want := float64(across) / float64(others); !m.Known || math.Abs(m.Chance-want) > 1e-12 {
			t.Errorf("%s: chance %f, every drawing gives %f", name, m.Chance, want)
		}
	}
}

func TestMixLeavesOutWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	m := measure.Mix([][2]measure.End{{{1, "a"}, {2, "b"}}, {{1, "a"}, {3, ""}}, {{2, "b"}, {2, "b"}}, {{3, ""}, {4, ""}}})
	if m.Ties != 1 || m.Across != 1 || m.Chance != 1 {
		t.Errorf("%+v", m)
	}
	if m := measure.Mix(nil); m.Known || m.Ties != 0 {
		t.Errorf("of nothing %+v", m)
	}
}

// Without anybody who still waits, it is the plain share of those who are through.
func TestThroughOfThoseWhoAreAllThrough(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.SliceOfN(rapid.IntRange(0, 30), 1, 60).Draw(t, "days")
		p := rapid.SampledFrom([]float64{.5, .9}).Draw(t, "p")
		var waits []measure.Wait
		for _, d := range days {
			waits = append(waits, measure.Wait{Days: d, Over: true})
		}
		slices.Sort(days)
		want := days[int(math.Ceil(p*float64(len(days))-1e-9))-1]
		w := measure.Through(waits, p)
		if w.Days != want {
			t.Fatalf("%v: %d, want %d", days, w.Days, want)
		}
		if w.Low > w.Days || w.High >= 0 && w.High < w.Days {
			t.Fatalf("%v: %+v", days, w)
		}
	})
}

// A worked example: 6-MP patients of Freireich 1963, median 23 weeks; half are not
// through within the first three quarters.
func TestThroughWithThoseWhoStillWait(t *testing.T) {
	t.Parallel()
	var waits []measure.Wait
	for _, d := range []int{6, 6, 6, 7, 10, 13, 16, 22, 23} {
		waits = append(waits, measure.Wait{Days: d, Over: true})
	}
	for _, d := range []int{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35} {
		waits = append(waits, measure.Wait{Days: d})
	}
	if w := measure.Through(waits, .5); w.Days != 23 || w.Low != 13 || w.High >= 0 {
		t.Errorf("the half is through in %+v", w)
	}
	if w := measure.Through(waits, .9); w.Days >= 0 {
		t.Errorf("nine tenths are through in %+v", w)
	}
}

// Whoever waits longer makes nobody be through sooner.
func TestWaitingLongerIsNoSooner(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		var waits []measure.Wait
		for range n {
			waits = append(waits, measure.Wait{Days: rapid.IntRange(0, 20).Draw(t, "days"), Over: rapid.Bool().Draw(t, "over")})
		}
		before := measure.Through(waits, .5).Days
		i := rapid.IntRange(0, n-1).Draw(t, "i")
		waits[i].Days += rapid.IntRange(0, 10).Draw(t, "more")
		waits[i].Over = false
		if after := measure.Through(waits, .5).Days; after >= 0 && (before < 0 || after < before) {
			t.Fatalf("%d became %d", before, after)
		}
	})
}

func TestDiversity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		counts []int
		want   float64
	}{{nil, 0}, {[]int{7}, 0}, {[]int{3, 3, 3, 3}, math.Log(4)}, {[]int{1, 0, 1}, math.Log(2)}} {
		if got := measure.Diversity(c.counts); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: %f, want %f", c.counts, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(1, 50), 1, 20).Draw(t, "counts")
		if h := measure.Diversity(counts); h < 0 || h > math.Log(float64(len(counts)))+1e-9 {
			t.Fatalf("%v: %f", counts, h)
		}
	})
}

func TestEI(t *testing.T) {
	t.Parallel()
	if measure.EI(1) != 1 || measure.EI(0) != -1 || measure.EI(.5) != 0 {
		t.Error("the E–I index is wrong")
	}
}

// Of Student's own quantiles, and of samples drawn from one spread: the interval holds
// the truth about as often as it promises.
func TestMeanTellsHowFarItReaches(t *testing.T) {
	t.Parallel()
	if mean, low, high, ok := measure.Mean([]int{1, 2, 3}); !ok || mean != 2 || low != 0 || math.Abs(high-(2+4.3027/math.Sqrt(3))) > 1e-3 {
		t.Errorf("%f %f–%f %v", mean, low, high, ok)
	}
	for degrees, want := range map[int]float64{3: 3.1824, 4: 2.7764, 8: 2.3060, 12: 2.1788, 51: 2.0076} {
		counts := make([]int, degrees+1) // of one 100 and the rest 200, far from nothing
		for i := range counts {
			counts[i] = 200
		}
		counts[0] = 100
		mean, _, high, ok := measure.Mean(counts)
		n := float64(degrees + 1)
		spread := 100 * math.Sqrt((1-1/n)/(n*(n-1)))
		if got := (high - mean) / spread; !ok || math.Abs(got-want) > 2e-3*want {
			t.Errorf("of %d degrees %f, want %f", degrees, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(0, 40), 0, 60).Draw(t, "counts")
		mean, low, high, ok := measure.Mean(counts)
		if ok != (len(counts) > 2) || ok && (low > mean || high < mean || low < 0) {
			t.Fatalf("%f %f–%f %v", mean, low, high, ok)
		}
	})
	if _, _, _, ok := measure.Mean(nil); ok {
		t.Error("nothing has an interval")
	}
}
