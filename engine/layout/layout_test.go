package layout_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/layout"
)

func TestEverybodyHasAPlaceAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "nodes")
		groups := rapid.SliceOfN(rapid.Uint32Range(0, 5), 0, n).Draw(t, "groups")
		ties := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) layout.Tie {
			return layout.Tie{A: rapid.IntRange(-1, 60).Draw(t, "a"), B: rapid.IntRange(-1, 60).Draw(t, "b"), Weight: rapid.Float64Range(0, 1).Draw(t, "w")}
		}), 0, 100).Draw(t, "ties")
		once, again := layout.Lay(n, groups, ties), layout.Lay(n, groups, ties)
		if len(once) != n || !slices.Equal(once, again) {
			t.Fatalf("%d places for %d, or others the second time", len(once), n)
		}
		for i, p := range once {
			if !(math.Abs(p.X) <= 1 && math.Abs(p.Y) <= 1) {
				t.Fatalf("%d stands at %v", i, p)
			}
		}
		for i, p := range once {
			if slices.Contains(once[i+1:], p) {
				t.Fatalf("two stand at %v", p)
			}
		}
	})
}

func TestThoseWhoAreTiedStandNearer(t *testing.T) {
	t.Parallel()
	// Two groups of twenty, each tied within, and one tie between them.
	var ties []layout.Tie
	groups := make([]uint32, 40)
	for i := range 40 {
		groups[i] = uint32(i / 20)
		for j := range i {
			if i/20 == j/20 && (i+j)%3 == 0 {
				ties = append(ties, layout.Tie{A: i, B: j, Weight: 0.8})
			}
		}
	}
	ties = append(ties, layout.Tie{A: 0, B: 20, Weight: 0.5})
	at := layout.Lay(40, groups, ties)
	mean := func(same bool) float64 {
		sum, n := 0.0, 0
		for i := range at {
			for j := range i {
				if (i/20 == j/20) == same {
					sum += math.Hypot(at[i].X-at[j].X, at[i].Y-at[j].Y)
					n++
				}
			}
		}
		return sum / float64(n)
	}
	if within, across := mean(true), mean(false); within >= across {
		t.Errorf("within a group %.2f apart, across %.2f", within, across)
	}
}
