package spread_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"kokko/engine/spread"
)

// An idea's ways are counted: tried each time it could have gone, shared when several
// could have brought it, and not counted when nobody waited to see.
func TestTiesAreCounted(t *testing.T) {
	ties := []spread.Tie{{From: 0, To: 1}, {From: 0, To: 2}, {From: 1, To: 2, Class: 1}}
	courses := []spread.Course{
		{Begin: 0, Until: 100, Size: 3, Who: []int32{0, 1, 2}, After: []float64{0, 1, 3}}, // 2 of both 0 and 1
		{Begin: 10, Until: 100, Size: 1, Who: []int32{0}, After: []float64{0}},            // to neither
		{Begin: 20, Until: 100, Size: 2, Who: []int32{0, 1}, After: []float64{0, 9}},      // too late to be of 0; 1 to 2 not
		{Begin: 99, Until: 100, Size: 1, Who: []int32{0}, After: []float64{0}},            // not waited for
		{Begin: 30, Until: 100, Size: 2, Who: []int32{2, 0}, After: []float64{0, 2}},      // 2 had it before
	}
	l, err := spread.LearnTies(courses, slices.Values(ties), 5, spread.Delay{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to    int32
		class       uint8
		tried, took float64
	}{{0, 1, 0, 4, 1}, {0, 2, 0, 3, .5}, {1, 2, 1, 2, .5}} {
		b, err := l.Chance(c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		prior := l.Class(c.class)
		near(t, "took", b.A-prior.A, c.took, 1e-9)
		near(t, "tried", b.A+b.B-prior.A-prior.B, c.tried, 1e-9)
	}
	if _, err := l.Chance(2, 0); err == nil {
		t.Error("a chance where there is no tie")
	}
	near(t, "delays of the class", l.Delay(1).Mean(), (20*2+2)/21., 1e-9)
	if _, err := spread.LearnTies(nil, slices.Values(append(ties, ties[0])), 5, spread.Delay{}); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a tie twice: %v", err)
	}
	if _, err := spread.LearnTies(nil, slices.Values(ties), 0, spread.Delay{}); err == nil {
		t.Error("a window of nothing")
	}
}

// What is told of ties is nearer to what is so than their own counts are, and than their
// class alone.
func TestTiesAreShrunk(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	const receivers = 400
	var ties []spread.Tie
	truth := make([]float64, receivers+1)
	for v := int32(1); v <= receivers; v++ {
		class := uint8(v % 2)
		truth[v] = .05 + .1*random.Float64()
		if class == 1 {
			truth[v] = .3 + .4*random.Float64()
		}
		ties = append(ties, spread.Tie{From: 0, To: v, Class: class})
	}
	var courses []spread.Course
	took := make([]float64, receivers+1)
	const tried = 12
	for range tried {
		c := spread.Course{Who: []int32{0}, After: []float64{0}}
		for v := int32(1); v <= receivers; v++ {
			if random.Float64() < truth[v] {
				c.Who, c.After = append(c.Who, v), append(c.After, 1)
				took[v]++
			}
		}
		c.Size = len(c.Who)
		courses = append(courses, c)
	}
	l, err := spread.LearnTies(courses, slices.Values(ties), 5, spread.Delay{})
	if err != nil {
		t.Fatal(err)
	}
	var ours, counts, class float64
	within := 0
	for v := int32(1); v <= receivers; v++ {
		b, err := l.Chance(0, v)
		if err != nil {
			t.Fatal(err)
		}
		ours += math.Pow(b.Mean()-truth[v], 2)
		counts += math.Pow(took[v]/tried-truth[v], 2)
		class += math.Pow(l.Class(uint8(v%2)).Mean()-truth[v], 2)
		if math.Abs(b.Mean()-truth[v]) < 2*b.Deviation() {
			within++
		}
	}
	if ours > .7*counts || ours > class {
		t.Errorf("off by %.3f squared; counts alone %.3f, classes alone %.3f", ours, counts, class)
	}
	if within < receivers*85/100 {
		t.Errorf("%d of %d within two deviations", within, receivers)
	}
}

// Who goes far, who takes up and what they care for are told apart.
func TestFactorsAreToldApart(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	const people = 120
	authority, receptivity := make([]float64, people), make([]float64, people)
	for i := range people {
		authority[i], receptivity[i] = .7*random.NormFloat64(), .7*random.NormFloat64()
	}
	draw := func() (spread.Trial, float64) {
		tr := spread.Trial{From: int32(random.IntN(people)), To: int32(random.IntN(people)), Class: uint8(random.IntN(2)), Interest: random.Float64()}
		z := -2.5 + authority[tr.From] + receptivity[tr.To] + 2*tr.Interest + float64(tr.Class)
		p := 1 / (1 + math.Exp(-z))
		tr.Took = random.Float64() < p
		return tr, p
	}
	var trials []spread.Trial
	for range 12_000 {
		tr, _ := draw()
		trials = append(trials, tr)
	}
	f, err := spread.LearnFactors(people, trials)
	if err != nil {
		t.Fatal(err)
	}
	off, rate := 0.0, 0.0
	var told []spread.Told
	for range 4000 {
		tr, p := draw()
		q := f.Chance(tr)
		off += math.Abs(q-p) / 4000
		rate += p / 4000
		told = append(told, spread.Told{P: q, Happened: tr.Took})
	}
	bins, err := spread.Reliability(told, 10)
	if err != nil {
		t.Fatal(err)
	}
	if off > .06 || spread.ReliabilityError(bins) > .03 {
		t.Errorf("off by %.3f of a mean of %.3f; reliability error %.3f", off, rate, spread.ReliabilityError(bins))
	}
	// a stranger is as anybody
	if q := f.Chance(spread.Trial{From: -1, To: people + 5, Interest: .5}); !(q > .05 && q < .6) {
		t.Errorf("a stranger's chance is %v", q)
	}
	for _, wrong := range []spread.Trial{{From: people}, {To: -1}, {Interest: 2}, {Interest: math.NaN()}} {
		if _, err := spread.LearnFactors(people, []spread.Trial{wrong}); err == nil {
			t.Errorf("%+v was learned from", wrong)
		}
	}
	nothing, err := spread.LearnFactors(1, nil)
	if err != nil || nothing.Chance(spread.Trial{}) != 0 {
		t.Error("of no trials something was learned")
	}
}

// What a tie came of does not tell of the tie: it was not there to go over.
func TestATieDoesNotTellOfWhatCameBeforeIt(t *testing.T) {
	course := []spread.Course{{Begin: 10, Until: 100, Size: 2, Who: []int32{0, 1}, After: []float64{0, 3}}}
	for since, want := range map[float64]spread.Tally{0: {Tried: 1, Took: 1}, 10: {Tried: 1, Took: 1}, 12: {}, 13: {}} {
		l, err := spread.LearnTies(course, slices.Values([]spread.Tie{{From: 0, To: 1, Since: since}}), 5, spread.Delay{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for tie, seen := range l.Seen() {
			if n++; seen != (spread.Seen{Tally: want}) || tie.To != 1 {
				t.Errorf("since %v: %+v, want %+v", since, seen, want)
			}
		}
		if n != 1 {
			t.Errorf("%d ties", n)
		}
	}
}

// What somebody cares for is told apart from what they do not, by what they cared for
// when it could have come to them; how long it took is of those who had all their time.
func TestWhoCaresIsCountedApart(t *testing.T) {
	ties := []spread.Tie{{From: 0, To: 1}, {From: 0, To: 2}, {From: 3, To: 2}}
	cares := func(who int32, by float64) bool { return who == 1 || who == 2 && by >= 50 }
	courses := []spread.Course{
		{Begin: 10, Until: 100, Size: 2, Who: []int32{0, 1}, After: []float64{0, 4}, Cares: cares},       // 1 cares and came, 2 does not yet
		{Begin: 50, Until: 100, Size: 3, Who: []int32{0, 3, 2}, After: []float64{0, 1, 3}, Cares: cares}, // 2 cares by now: of both; 1 did not come
		{Begin: 60, Until: 100, Size: 2, Who: []int32{0, 1}, After: []float64{0, 2}},                     // of nothing that is known
		{Begin: 97, Until: 100, Size: 2, Who: []int32{0, 1}, After: []float64{0, 2}, Cares: cares},       // came, and has time still
	}
	l, err := spread.LearnTies(courses, slices.Values(ties), 5, spread.Delay{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[[2]int32]spread.Seen{
		{0, 1}: {Tally: spread.Tally{Tried: 3, Took: 2}, Cared: spread.Tally{Tried: 2, Took: 1}},
		{0, 2}: {Tally: spread.Tally{Tried: 3, Took: .5}, Cared: spread.Tally{Tried: 1, Took: .5}, Others: spread.Tally{Tried: 1}},
		{3, 2}: {Tally: spread.Tally{Tried: 1, Took: .5}, Cared: spread.Tally{Tried: 1, Took: .5}},
	}
	for tie, seen := range l.Seen() {
		if seen != want[[2]int32{tie.From, tie.To}] {
			t.Errorf("%d to %d: %+v, want %+v", tie.From, tie.To, seen, want[[2]int32{tie.From, tie.To}])
		}
	}
	// 4 days, 3 and 2 of half a share each, 2 days; not the one who has time still.
	if w := l.Waited(); w != (spread.Waited{Took: 3, Time: 4 + (3+2)/2. + 2}) {
		t.Errorf("%+v", w)
	}
}

// While ideas are young, what they tell of ties is as it will be told once all of them have
// had their time: what has not come yet is not taken for what never comes, and not left out
// either, which would have each tie carry whatever went over it at all.
func TestTiesAreToldAlikeOfYoungIdeasAndOld(t *testing.T) {
	const p, mean, window, n = .05, 16., 180, 400
	random := rand.New(rand.NewPCG(7, 7))
	var ties []spread.Tie
	for to := int32(1); to <= 20; to++ {
		ties = append(ties, spread.Tie{From: 0, To: to})
	}
	for _, end := range []float64{20, 60, 120, 400} {
		var courses []spread.Course
		for range n {
			c := spread.Course{Begin: random.Float64() * end, Until: end, Who: []int32{0}, After: []float64{0}}
			var after []float64
			for _, tie := range ties {
				if d := 1 + random.ExpFloat64()*(mean-1); random.Float64() < p && c.Begin+d <= c.Until {
					c.Who, after = append(c.Who, tie.To), append(after, d)
				}
			}
			c.After = append(c.After, after...)
			c.Size = len(c.Who)
			courses = append(courses, c)
		}
		l, err := spread.LearnTies(courses, slices.Values(ties), window, spread.Delay{Least: 1, Mean: mean})
		if err != nil {
			t.Fatal(err)
		}
		tried, took := 0., 0.
		for _, seen := range l.Seen() {
			tried, took = tried+seen.Tried, took+seen.Took
		}
		// of some 20 · 400 trials, of which as many are seen as have had their time
		if got, far := took/tried, 5*math.Sqrt(p*(1-p)/tried); math.Abs(got-p) > far {
			t.Errorf("after %v days a tie seems to carry %.3f, not %.3f ± %.3f", end, got, p, far)
		}
	}
}
