package market_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/market"
)

// judge counts what a staffing covers and how much the busiest has, the plainest way.
func judge(tasks, people [][]int, people_ [][]int, before []int) (coverage float64, load int) {
	loads := slices.Clone(before)
	if loads == nil {
		loads = make([]int, len(people))
	}
	for i, who := range people_ {
		covered := map[int]bool{}
		need := map[int]bool{}
		for _, s := range tasks[i] {
			need[s] = true
		}
		for _, p := range who {
			loads[p]++
			for _, s := range people[p] {
				if need[s] {
					covered[s] = true
				}
			}
		}
		if len(need) > 0 {
			coverage += float64(len(covered)) / float64(len(need))
		}
	}
	if len(loads) > 0 {
		load = slices.Max(loads)
	}
	return coverage, load
}

func skills(t *rapid.T, name string, most, of int) [][]int {
	return rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, of), 0, 4), 0, most).Draw(t, name)
}

func TestStaffTellsWhatItDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tasks, people := skills(t, "tasks", 12, 6), skills(t, "people", 8, 6)
		terms := market.Terms{Balance: rapid.SampledFrom([]float64{0, .1, .5, 1, 3}).Draw(t, "balance")}
		if rapid.Bool().Draw(t, "limited") {
			terms.Before = rapid.SliceOfN(rapid.IntRange(0, 3), len(people), len(people)).Draw(t, "before")
			terms.Room = rapid.SliceOfN(rapid.IntRange(-1, 4), len(people), len(people)).Draw(t, "room")
		}
		s, err := market.Staff(tasks, people, terms)
		if err != nil {
			t.Fatal(err)
		}
		coverage, load := judge(tasks, people, s.People, terms.Before)
		if math.Abs(coverage-s.Coverage) > 1e-9 || load > s.Load || math.Abs(s.Score-(terms.Balance*s.Coverage-float64(s.Load))) > 1e-9 {
			t.Fatalf("it covers %v at load %d, and says %v at %d, score %v", coverage, load, s.Coverage, s.Load, s.Score)
		}
		given := make([]int, len(people))
		for _, who := range s.People {
			slices.Sort(who)
			if len(slices.Compact(slices.Clone(who))) < len(who) {
				t.Fatalf("somebody twice in %v", who)
			}
			for _, p := range who {
				given[p]++
			}
		}
		for p, n := range given {
			if terms.Room != nil && terms.Room[p] >= 0 && n > 0 && terms.Before[p]+n > terms.Room[p] {
				t.Fatalf("%d has %d and gets %d, with room for %d", p, terms.Before[p], n, terms.Room[p])
			}
		}
	})
}

// The score is within the proven bound of the best of all staffings.
func TestStaffIsNearTheBest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tasks, people := skills(t, "tasks", 4, 4), skills(t, "people", 3, 4)
		balance := rapid.SampledFrom([]float64{.5, 1, 2}).Draw(t, "balance")
		s, err := market.Staff(tasks, people, market.Terms{Balance: balance})
		if err != nil {
			t.Fatal(err)
		}
		best, bestCoverage, bestLoad := 0., 0., 0
		pairs := len(tasks) * len(people)
		for bits := range 1 << pairs {
			all := make([][]int, len(tasks))
			for k := range pairs {
				if bits>>k&1 == 1 {
					all[k/len(people)] = append(all[k/len(people)], k%len(people))
				}
			}
			coverage, load := judge(tasks, people, all, nil)
			if f := balance*coverage - float64(load); f > best {
				best, bestCoverage, bestLoad = f, coverage, load
			}
		}
		if least := (1-1/math.E)*balance*bestCoverage - float64(bestLoad); s.Score < least-1e-9 || s.Score > best+1e-9 {
			t.Fatalf("scores %v, the best %v, the bound %v", s.Score, best, least)
		}
	})
}

func TestStaffRefuses(t *testing.T) {
	t.Parallel()
	if _, err := market.Staff(nil, [][]int{{1}}, market.Terms{Before: []int{}}); err == nil {
		t.Error("nobody's load for one person")
	}
	if _, err := market.Staff(nil, [][]int{{1}}, market.Terms{Room: []int{1, 2}}); err == nil {
		t.Error("two people's room for one")
	}
}

// An idle person of the same skills gets the work, not the one who has some.
func TestStaffSparesTheBusy(t *testing.T) {
	t.Parallel()
	s, err := market.Staff([][]int{{1}, {1}}, [][]int{{1}, {1}}, market.Terms{Balance: 5, Before: []int{3, 0}})
	if err != nil || !slices.EqualFunc(s.People, [][]int{{1}, {1}}, slices.Equal[[]int]) || s.Load != 3 {
		t.Errorf("%+v %v", s, err)
	}
}

// sides draws a market as the paper makes them: liking is half chance, half how popular
// the other is.
func sides(seed uint64, l, r int) market.Market {
	random := rand.New(rand.NewPCG(seed, 5))
	side := func(n, w int) (all [][]float64) {
		for range n {
			row := make([]float64, w)
			for j := range row {
				row[j] = .5*random.Float64() + .5*(1-float64(j)/float64(w))
			}
			all = append(all, row)
		}
		return all
	}
	return market.Market{Left: side(l, r), Right: side(r, l), LeftLooks: market.Looks(r), RightLooks: market.Looks(l)}
}

// lotteries tells whether each one's lists come to what they look at.
func lotteries(t *testing.T, lists [][]market.Lot, see [][]float64, looks []float64, room []int) {
	t.Helper()
	for i, lots := range lists {
		var share float64
		sum := make([]float64, len(looks))
		for _, lot := range lots {
			share += lot.Share
			if sorted := slices.Sorted(slices.Values(lot.Order)); len(slices.Compact(sorted)) != len(lot.Order) || room != nil && len(lot.Order) > room[i] {
				t.Errorf("%d's list %v", i, lot.Order)
			}
			for k, j := range lot.Order {
				sum[j] += lot.Share * looks[k]
			}
		}
		if math.Abs(share-1) > 1e-9 {
			t.Errorf("%d's lists are drawn %v times in one", i, share)
		}
		for j := range sum {
			if math.Abs(sum[j]-see[i][j]) > 1e-9 {
				t.Errorf("%d looks at %d with %v, by the lists %v", i, j, see[i][j], sum[j])
			}
		}
	}
}

func TestNashLeavesNoEnvy(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		m := sides(seed, 14, 9)
		fair, err := m.Match(market.Nash, 0)
		if err != nil {
			t.Fatal(err)
		}
		lotteries(t, fair.LeftLists, fair.Left, m.LeftLooks, nil)
		lotteries(t, fair.RightLists, fair.Right, m.RightLooks, nil)
		var matches float64
		worth := math.Inf(1)
		for i := range fair.Left {
			var own float64
			for j := range fair.Right {
				own += m.Left[i][j] * m.Right[j][i] * fair.Left[i][j] * fair.Right[j][i]
			}
			matches += own
			worth = min(worth, own)
		}
		if math.Abs(matches-fair.Matches) > 1e-9 {
			t.Errorf("%v meet, it says %v", matches, fair.Matches)
		}
		if worth < .1 {
			t.Errorf("seed %d: somebody meets %v", seed, worth)
		}
		if fair.LeftEnvy+fair.RightEnvy > 0 {
			t.Errorf("seed %d: %d and %d envy", seed, fair.LeftEnvy, fair.RightEnvy)
		}
		most, err := m.Match(market.Total, 0)
		if err != nil {
			t.Fatal(err)
		}
		lotteries(t, most.LeftLists, most.Left, m.LeftLooks, nil)
		if most.Matches <= fair.Matches {
			t.Errorf("seed %d: %v meet where the total counts, %v where it is fair", seed, most.Matches, fair.Matches)
		}
		if again, _ := m.Match(market.Total, 0); again.Matches != most.Matches {
			t.Error("the same seed makes another deal")
		}
	}
}

// The greatest number of meetings of a market so small that all lists can be tried.
func TestTotalIsNearTheMostThereCanBe(t *testing.T) {
	t.Parallel()
	orders := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	short := 0
	for seed := range uint64(10) {
		m := sides(seed, 3, 3)
		best := 0.
		for code := range 216 {
			a := [][]int{orders[code%6], orders[code/6%6], orders[code/36]}
			// For given lists of the left each of the right has one best list of its own.
			var sum float64
			for j := range 3 {
				most := 0.
				for _, b := range orders {
					var own float64
					for i := range 3 {
						own += m.Left[i][j] * m.Right[j][i] * m.LeftLooks[slices.Index(a[i], j)] * m.RightLooks[slices.Index(b, i)]
					}
					most = max(most, own)
				}
				sum += most
			}
			best = max(best, sum)
		}
		d, err := m.Match(market.Total, seed)
		if err != nil || d.Matches > best+1e-9 || d.Matches < .97*best {
			t.Errorf("seed %d: %v meet, %v could; %v", seed, d.Matches, best, err)
		}
		if d.Matches < best-1e-9 {
			short++
		}
	}
	if short > 5 {
		t.Errorf("%d of 10 are short of the most", short)
	}
}

// A list is no longer than one has room for, and who has none meets nobody.
func TestRoomIsKept(t *testing.T) {
	t.Parallel()
	m := sides(1, 6, 5)
	m.LeftRoom, m.RightRoom = []int{0, 1, 1, 2, 5, 9}, []int{1, 1, 1, 1, 0}
	for _, w := range []market.Welfare{market.Nash, market.Total} {
		d, err := m.Match(w, 1)
		if err != nil {
			t.Fatal(err)
		}
		lotteries(t, d.LeftLists, d.Left, m.LeftLooks, m.LeftRoom)
		lotteries(t, d.RightLists, d.Right, m.RightLooks, m.RightRoom)
		if slices.Max(d.Left[0]) > 0 || slices.Max(d.Right[4]) > 0 || d.Matches == 0 {
			t.Errorf("%v %v %v", d.Left[0], d.Right[4], d.Matches)
		}
	}
}

// By hand: two and two, who look at their first alone.
func TestShownIsCountedAsItIs(t *testing.T) {
	t.Parallel()
	m := market.Market{
		Left: [][]float64{{1, .5}, {.5, .5}}, Right: [][]float64{{1, .5}, {.5, .5}},
		LeftLooks: []float64{1, 0}, RightLooks: []float64{1, 0},
	}
	d, err := m.Shown([][]int{{0, 1}, {1, 0}}, [][]int{{0, 1}, {1, 0}})
	if err != nil || d.Matches != 1.25 || d.LeftEnvy != 0 || d.RightEnvy != 0 {
		t.Errorf("%+v %v", d, err)
	}
	// All look at the same one, who looks back at one of them.
	d, err = m.Shown([][]int{{0, 1}, {0, 1}}, [][]int{{0, 1}, {0, 1}})
	if err != nil || d.Matches != 1 || d.LeftEnvy != 1 || d.RightEnvy != 1 {
		t.Errorf("%+v %v", d, err)
	}
	for _, wrong := range [][][]int{{{0, 1}}, {{0, 0}, {0, 1}}, {{0, 2}, {0, 1}}, {{0}, {0, 1}}} {
		if _, err := m.Shown(wrong, [][]int{{0, 1}, {0, 1}}); err == nil {
			t.Errorf("%v is taken", wrong)
		}
	}
}

func TestMatchRefuses(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(m *market.Market){
		"two sides":      func(m *market.Market) { m.Left = nil },
		"likes 1 of":     func(m *market.Market) { m.Left[1] = m.Left[1][:1] },
		"likes 0 by 2":   func(m *market.Market) { m.Right[0][0] = 2 },
		"not 0 to 1":     func(m *market.Market) { m.Left[0][0] = math.NaN() },
		"2 places of 3":  func(m *market.Market) { m.LeftLooks = m.LeftLooks[:2] },
		"one before":     func(m *market.Market) { m.RightLooks = []float64{.5, 1} },
		"have room":      func(m *market.Market) { m.LeftRoom = []int{1} },
		"a market of 2 ": func(m *market.Market) { m.Right = make([][]float64, 1_000_000) },
	} {
		m := sides(1, 2, 3)
		change(&m)
		if _, err := m.Match(market.Nash, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
	m := sides(1, 2, 3)
	if _, err := m.Match(9, 0); err == nil {
		t.Error("a welfare nobody knows")
	}
}

// seated tells whether everybody sits once in every round, tables even, and counts anew.
func seated(t interface {
	Helper()
	Fatalf(string, ...any)
}, e market.Event, s market.Seating) {
	t.Helper()
	met := map[[2]int]int{}
	if len(s.Rounds) != e.Rounds {
		t.Fatalf("%d rounds", len(s.Rounds))
	}
	for _, tables := range s.Rounds {
		seen := map[int]bool{}
		if len(tables) != e.Tables {
			t.Fatalf("%d tables", len(tables))
		}
		for _, table := range tables {
			if n := len(table); n < e.People/e.Tables || n > (e.People+e.Tables-1)/e.Tables {
				t.Fatalf("%d at a table of %d people at %d", n, e.People, e.Tables)
			}
			for i, a := range table {
				seen[a] = true
				for _, b := range table[:i] {
					met[[2]int{b, a}]++
				}
			}
		}
		if len(seen) != e.People {
			t.Fatalf("%d of %d sit", len(seen), e.People)
		}
	}
	again, sectors, wishes := 0, 0, 0
	for pair, n := range met {
		again += n - 1
		if e.Sectors != nil && e.Sectors[pair[0]] == e.Sectors[pair[1]] && e.Sectors[pair[0]] >= 0 {
			sectors += n
		}
	}
	for _, w := range e.Wishes {
		if w.Worth > 0 && met[[2]int{min(w.A, w.B), max(w.A, w.B)}] > 0 {
			wishes++
		}
	}
	if again != s.Again || sectors != s.Sectors || wishes != s.Wishes {
		t.Fatalf("again %d, sectors %d, wishes %d; it says %+v", again, sectors, wishes, s)
	}
}

func TestSeatsEverybody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "people")
		e := market.Event{
			People: n, Tables: rapid.IntRange(1, n).Draw(t, "tables"), Rounds: rapid.IntRange(1, 4).Draw(t, "rounds"),
			Sectors: rapid.SliceOfN(rapid.IntRange(-1, 4), n, n).Draw(t, "sectors"), Seed: rapid.Uint64().Draw(t, "seed"), Effort: 20,
		}
		for range rapid.IntRange(0, 5).Draw(t, "wishes") {
			if a, b := rapid.IntRange(0, n-1).Draw(t, "a"), rapid.IntRange(0, n-1).Draw(t, "b"); a != b {
				e.Wishes = append(e.Wishes, market.Wish{A: a, B: b, Worth: rapid.Float64Range(-5, 5).Draw(t, "worth")})
			}
		}
		s, err := e.Seat()
		if err != nil {
			t.Fatal(err)
		}
		seated(t, e, s)
	})
}

func TestAnEventOfAHundred(t *testing.T) {
	t.Parallel()
	const n = 96
	e := market.Event{People: n, Tables: 16, Rounds: 4, Sectors: make([]int, n), Places: make([]int, n), Seed: 5, Effort: 400}
	for p := range n {
		e.Sectors[p], e.Places[p] = p%6, p/6%4
	}
	for p := range 40 {
		e.Wishes = append(e.Wishes, market.Wish{A: p, B: (p + 49) % n, Worth: 3})
	}
	e.Wishes = append(e.Wishes, market.Wish{A: 90, B: 91, Worth: -5})
	s, err := e.Seat()
	if err != nil {
		t.Fatal(err)
	}
	seated(t, e, s)
	if s.Again > 0 {
		t.Errorf("%d meet again", s.Again)
	}
	if s.Wishes < 38 {
		t.Errorf("%d of 40 wishes come true", s.Wishes)
	}
	if s.Sectors > s.Meetings/20 {
		t.Errorf("%d of %d meetings are within a sector", s.Sectors, s.Meetings)
	}
	for _, tables := range s.Rounds {
		for _, table := range tables {
			if slices.Contains(table, 90) && slices.Contains(table, 91) {
				t.Error("two who should not meet do")
			}
		}
	}
	if again, _ := e.Seat(); !slices.EqualFunc(again.Rounds[0], s.Rounds[0], slices.Equal[[]int]) {
		t.Error("the same seed seats otherwise")
	}
}

func TestSeatRefuses(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]market.Event{
		"1 people":  {People: 1, Tables: 1, Rounds: 1},
		"9 tables":  {People: 8, Tables: 9, Rounds: 1},
		"0 rounds":  {People: 8, Tables: 2},
		"2 sectors": {People: 8, Tables: 2, Rounds: 1, Sectors: []int{1, 2}},
		"3 and 3":   {People: 8, Tables: 2, Rounds: 1, Wishes: []market.Wish{{A: 3, B: 3, Worth: 1}}},
		"worth 99":  {People: 8, Tables: 2, Rounds: 1, Wishes: []market.Wish{{A: 3, B: 4, Worth: 99}}},
		"worth NaN": {People: 8, Tables: 2, Rounds: 1, Wishes: []market.Wish{{A: 3, B: 4, Worth: math.NaN()}}},
	} {
		if _, err := e.Seat(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
