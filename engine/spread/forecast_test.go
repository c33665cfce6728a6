package spread_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"kokko/engine/spread"
)

// world makes courses of sources that each have their own usual size: a course takes its
// people evenly over ten days.
func world(n, sources int, noise float64, random *rand.Rand) []spread.Course {
	usual := make([]float64, sources)
	for i := range usual {
		usual[i] = 2 + random.NormFloat64()
	}
	all := make([]spread.Course, n)
	for i := range all {
		who := random.IntN(sources)
		size := max(1, int(math.Exp(usual[who]+noise*random.NormFloat64())))
		c := spread.Course{Begin: float64(i), Size: size, Who: []int32{int32(who)}, After: []float64{0}}
		for k := 1; k < min(size, 3000); k++ {
			c.Who = append(c.Who, int32(sources+random.IntN(500)))
			c.After = append(c.After, 10*random.Float64())
		}
		slices.Sort(c.After)
		all[i] = c
	}
	return all
}

// told are the mean score and how many of ranges held.
func told(t *testing.T, past, next []spread.Course, after float64) (crps, held float64) {
	t.Helper()
	o, err := spread.LearnOutlook(past, spread.Look{After: after, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range next {
		f := o.Forecast(&next[i])
		y := math.Log(float64(next[i].Size))
		crps += f.Size.CRPS(y) / float64(len(next))
		if f.Low-1e-9 <= y && y <= f.High+1e-9 {
			held += 1 / float64(len(next))
		}
	}
	return crps, held
}

func TestAForecastLearnsWhoseIdeasGoFar(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	all := world(1500, 60, .6, random)
	past, next := all[:1200], all[1200:]
	var sizes []float64
	for i := range past {
		sizes = append(sizes, math.Log(float64(past[i].Size)))
	}
	global := 0.0
	for i := range next {
		global += spread.NewDist(sizes, nil).CRPS(math.Log(float64(next[i].Size))) / float64(len(next))
	}
	cold, held := told(t, past, next, spread.Cold)
	if cold > .7*global {
		t.Errorf("cold %.3f, of all alike %.3f", cold, global)
	}
	if held < .72 || held > .88 {
		t.Errorf("ranges of 80 of 100 held %.3f", held)
	}
	early, held := told(t, past, next, 2)
	if early > .8*cold {
		t.Errorf("after a fifth of the time %.3f, cold %.3f", early, cold)
	}
	if held < .7 || held > .9 {
		t.Errorf("ranges after a fifth held %.3f", held)
	}
}

// Where nothing is to be learned, nothing is made of it.
func TestNoiseIsNotLearned(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	all := world(1000, 1, .8, random)
	for i := range all {
		all[i].Who[0] = int32(10_000 + random.IntN(300)) // names that mean nothing
	}
	past, next := all[:800], all[800:]
	var sizes []float64
	for i := range past {
		sizes = append(sizes, math.Log(float64(past[i].Size)))
	}
	global := 0.0
	for i := range next {
		global += spread.NewDist(sizes, nil).CRPS(math.Log(float64(next[i].Size))) / float64(len(next))
	}
	if cold, _ := told(t, past, next, spread.Cold); cold > 1.02*global {
		t.Errorf("cold %.4f, of all alike %.4f", cold, global)
	}
}

// What came after the look changes nothing of what is told, and the same is told again.
func TestAForecastReadsNothingOfWhatCameLater(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	all := world(300, 20, .4, random)
	past, next := all[:250], all[250:]
	for _, after := range []float64{spread.Cold, 0, 1} {
		o, err := spread.LearnOutlook(past, spread.Look{After: after, Seed: 9})
		if err != nil {
			t.Fatal(err)
		}
		again, err := spread.LearnOutlook(past, spread.Look{After: after, Seed: 9})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range next {
			cut := c
			n := c.Seen(after)
			cut.Who, cut.After, cut.Size = c.Who[:n:n], c.After[:n:n], n
			f, g := o.Forecast(&c), again.Forecast(&cut)
			if f.Low != g.Low || f.High != g.High || f.Size.Mean() != g.Size.Mean() || f.Evidence != g.Evidence {
				t.Fatalf("looked at %v: %+v, and with what came later %+v", after, g, f)
			}
		}
	}
}

// cutOff is a record that ended: what began late had little time, and of what had come to
// fewer than a few nothing is told.
func cutOff(all []spread.Course, end float64) []spread.Course {
	var kept []spread.Course
	for _, c := range all {
		if c.Begin >= end {
			continue
		}
		n := c.Seen(end - c.Begin)
		if n < 3 {
			continue
		}
		c.Who, c.After, c.Size, c.Until = c.Who[:n:n], c.After[:n:n], n, end
		kept = append(kept, c)
	}
	return kept
}

// Those that began shortly before the record ended come to what others had come to by then.
func TestWhatARecordsEndCutsOffIsForeseen(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 11))
	all := world(1600, 60, .4, random)
	for i := range all {
		all[i].Begin = float64(i) / 40
		all[i].Size = len(all[i].Who)
	}
	all = cutOff(all, 40)
	past, next := all[:len(all)*3/4], all[len(all)*3/4:]
	blind := func(of []spread.Course) []spread.Course {
		of = slices.Clone(of)
		for i := range of {
			of[i].Until = 0
		}
		return of
	}
	for _, after := range []float64{spread.Cold, 1} {
		knowing, held := told(t, past, next, after)
		not, _ := told(t, blind(past), blind(next), after)
		if knowing > .8*not {
			t.Errorf("looked at %v: %.3f knowing when sizes were read, %.3f not", after, knowing, not)
		}
		if held < .7 || held > .9 {
			t.Errorf("looked at %v: ranges of 80 of 100 held %.3f", after, held)
		}
	}
}

// Many may ask one outlook at once, and are told what one alone is.
func TestAnOutlookIsAskedByMany(t *testing.T) {
	random := rand.New(rand.NewPCG(12, 12))
	all := world(300, 20, .4, random)
	for i := range all {
		all[i].Size = len(all[i].Who)
	}
	all = cutOff(all, 299)
	past, next := all[:len(all)-60], all[len(all)-60:]
	var outlooks [2]*spread.Outlook
	for k := range outlooks {
		var err error
		if outlooks[k], err = spread.LearnOutlook(past, spread.Look{After: 1, Seed: 3}); err != nil {
			t.Fatal(err)
		}
	}
	many, alone := make([]spread.Forecast, len(next)), make([]spread.Forecast, len(next))
	var asked sync.WaitGroup
	for g := range 4 {
		asked.Go(func() {
			for i := g; i < len(next); i += 4 {
				many[i] = outlooks[0].Forecast(&next[i])
			}
		})
	}
	asked.Wait()
	for i := len(next) - 1; i >= 0; i-- {
		alone[i] = outlooks[1].Forecast(&next[i])
		if many[i].Low != alone[i].Low || many[i].High != alone[i].High || many[i].Size.Mean() != alone[i].Size.Mean() {
			t.Fatalf("%d: %+v by one of many, %+v alone", i, many[i], alone[i])
		}
	}
}

func TestFewCoursesAreEnough(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for _, n := range []int{2, 3, 10, 59, 60, 61, 100} {
		all := world(n, 1, .4, random)
		for _, after := range []float64{spread.Cold, 0, .5} {
			o, err := spread.LearnOutlook(all, spread.Look{After: after, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			stranger := spread.Course{Size: 1, Who: []int32{99_999}, After: []float64{0}}
			f := o.Forecast(&stranger)
			if f.Size.Len() == 0 || !(f.Low <= f.High) || f.Earlier != 0 {
				t.Errorf("of %d: %+v", n, f)
			}
		}
	}
	if _, err := spread.LearnOutlook(world(1, 1, .4, random), spread.Look{After: 0, Seed: 1}); err == nil {
		t.Error("learned from one course")
	}
	if _, err := spread.LearnOutlook(world(9, 1, .4, random), spread.Look{After: math.NaN(), Seed: 1}); err == nil {
		t.Error("a look at no time")
	}
}

// A record whose sizes do not go by the time there was for them is not taken wholly for one
// that was cut off, also of those that had far less time than any that was learned from.
func TestSizesNeedNotGoByTheTimeThereWas(t *testing.T) {
	random := rand.New(rand.NewPCG(21, 22))
	const n, told, all = 300, 600, 1200
	var past, next []spread.Course
	for i := range told {
		left := 1e6 * math.Exp(-5*float64(i)/all)
		c := spread.Course{Begin: -left, Size: 4 + random.IntN(16)}
		for k := range c.Size {
			c.Who = append(c.Who, int32(random.IntN(5000)))
			c.After = append(c.After, left*float64(k)/float64(c.Size))
		}
		if i < n {
			past = append(past, c)
		} else {
			next = append(next, c)
		}
	}
	spread.ReadUntil(past, next)
	o, err := spread.LearnOutlook(past, spread.Look{After: spread.Cold, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var sizes []float64
	for i := range past {
		sizes = append(sizes, math.Log(float64(past[i].Size)))
	}
	usual := spread.NewDist(sizes, nil)
	var ours, theirs float64
	for i := range next {
		y := math.Log(float64(next[i].Size))
		ours += o.Forecast(&next[i]).Size.CRPS(y)
		theirs += usual.CRPS(y)
	}
	if ours > 1.28*theirs {
		t.Errorf("off by %.4f, and all alike by %.4f", ours/float64(len(next)), theirs/float64(len(next)))
	}
}

// ideas have two facts, of which the first matters as much as told and the second never.
func ideas(n int, matters float64, random *rand.Rand) (all []spread.Ended, p []float64) {
	for range n {
		facts := []float64{random.NormFloat64(), 40 + 9*random.NormFloat64()}
		q := 1 / (1 + math.Exp(1-matters*facts[0]))
		all = append(all, spread.Ended{Facts: facts, Fired: random.Float64() < q})
		p = append(p, q)
	}
	return all, p
}

func TestOddsAreReliable(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	past, _ := ideas(3000, 1.5, random)
	fire, err := spread.LearnFire(past)
	if err != nil {
		t.Fatal(err)
	}
	next, p := ideas(3000, 1.5, random)
	var all []spread.Told
	off := 0.0
	for i, e := range next {
		o, err := fire.Odds(e.Facts)
		if err != nil {
			t.Fatal(err)
		}
		if !o.Model || !(o.Low < o.P && o.P < o.High) {
			t.Fatalf("%+v", o)
		}
		all = append(all, spread.Told{P: o.P, Happened: e.Fired})
		off += math.Abs(o.P-p[i]) / float64(len(next))
	}
	bins, err := spread.Reliability(all, 10)
	if err != nil {
		t.Fatal(err)
	}
	if off > .03 || spread.ReliabilityError(bins) > .04 || spread.Skill(all) < .2 {
		t.Errorf("off the truth by %.3f, reliability error %.3f, skill %.3f", off, spread.ReliabilityError(bins), spread.Skill(all))
	}
}

// Facts that tell nothing leave the base rate, or nearly: never a hair worse.
func TestOddsNeverFarBelowTheBaseRate(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	worst, models := 0.0, 0
	for _, n := range []int{30, 60, 120, 400} {
		for range 20 {
			past, _ := ideas(n, 0, random)
			fire, err := spread.LearnFire(past)
			if err != nil {
				t.Fatal(err)
			}
			next, p := ideas(500, 0, random)
			var loss float64
			for i, e := range next {
				o, err := fire.Odds(e.Facts)
				if err != nil {
					t.Fatal(err)
				}
				loss += ((o.P-p[i])*(o.P-p[i]) - (o.Base-p[i])*(o.Base-p[i])) / float64(len(next))
				if o.Model && i == 0 {
					models++
				}
			}
			worst = max(worst, loss)
		}
	}
	if worst > .02 || models > 30 {
		t.Errorf("worse than the base rate by %.4f of Brier's score at most; %d of 80 times moved by nothing", worst, models)
	}
}

func TestTooFewEndedIdeasTellTheirRateAlone(t *testing.T) {
	random := rand.New(rand.NewPCG(10, 10))
	past, _ := ideas(spread.FewestEnded-1, 5, random)
	for _, few := range [][]spread.Ended{nil, past[:3], past} {
		fire, err := spread.LearnFire(few)
		if err != nil {
			t.Fatal(err)
		}
		o, err := fire.Odds([]float64{9, 9})
		if err != nil || o.Model || o.P != o.Base || o.Rests != len(few) || !(0 < o.Low && o.Low < o.P && o.P < o.High && o.High < 1) {
			t.Errorf("of %d: %+v, %v", len(few), o, err)
		}
	}
	if _, err := spread.LearnFire([]spread.Ended{{Facts: []float64{1}}, {}}); err == nil {
		t.Error("facts of two lengths")
	}
	if _, err := spread.LearnFire([]spread.Ended{{Facts: []float64{math.NaN()}}}); err == nil {
		t.Error("a fact that is no number")
	}
}

// The weights are where the penalty is least: moved a little, it is greater.
func TestLogitFindsTheGreatestPosterior(t *testing.T) {
	facts := [][]float64{{1}, {2}, {3}, {4}, {5}, {6}}
	happened := []bool{false, false, true, false, true, true}
	l, err := spread.LearnLogit(facts, happened, 1e3)
	if err != nil {
		t.Fatal(err)
	}
	// without a prior the mean told is the mean that came, and so is it weighed by the fact
	var told, came, toldBy, cameBy float64
	for i, f := range facts {
		log, off := l.Odds(f)
		p := 1 / (1 + math.Exp(-log))
		told, toldBy = told+p, toldBy+p*f[0]
		if happened[i] {
			came, cameBy = came+1, cameBy+f[0]
		}
		if !(off > 0) {
			t.Errorf("known exactly: %v", off)
		}
	}
	near(t, "mean", told, came, 1e-4)
	near(t, "by the fact", toldBy, cameBy, 1e-3)
	strong, err := spread.LearnLogit(facts, happened, .01)
	if err != nil {
		t.Fatal(err)
	}
	low, _ := strong.Odds(facts[0])
	high, _ := strong.Odds(facts[5])
	if high-low > .01 {
		t.Errorf("a strong prior let a fact move the odds by %v", high-low)
	}
}
