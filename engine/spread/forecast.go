package spread

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// Cold is the time of a look at an idea before it began: nothing but its source is known.
const Cold = -1.0

// Evidence is what a forecast rests on; how wide a range must be is learned of each apart.
type Evidence uint8

// The classes of evidence.
const (
	Unknown  Evidence = iota // nothing began with its source before
	Source                   // earlier ideas of its source
	Early                    // a few have taken it up
	UnderWay                 // more than a few
	evidences
)

// manySeen is from how many on an idea is under way.
const manySeen = 5

// Outlook forecasts how far ideas come, of one that is looked at a time after it began.
// It is a mixture of voices that say, of those of the past, which count for this one: those
// of its source, those that had come as far by then, and those a forest finds alike. How
// much each is trusted, and how wide a range must be to hold what it says it does, is
// learned from the later of the past as forecast from the earlier. Any number of goroutines
// ask one.
type Outlook struct {
	stage *stage
	trust [standings][voices]float64
	bend  bend
	share [evidences]float64 // the share of a Shortest range that held 80 of 100
}

// Forecast is what is told of one idea.
type Forecast struct {
	Size      Dist    // the natural logarithm of how many it will have reached
	Low, High float64 // of Size, a range that holds 80 of 100
	Evidence  Evidence
	Earlier   int // ideas of its source it rests on
}

// Held is the share of what comes true that a range is to hold.
const Held = .8

// Bounds on what is learned from.
const (
	fewest   = 2
	checkAt  = 60 // below, there is too little to learn trust from
	halfLife = 1.0
	blocks   = 16
	// mostTried is how many of the past at most are forecast to learn from, in each part.
	mostTried = 2500
	// trusting is as how many ranges that held what they said the shrinking counts.
	trusting = 500
	// unforeseen is how much less than they say ranges hold when nothing is seen yet: what
	// comes is not quite like what was.
	unforeseen = .02
	// shortPast is of how many all but the first fifth are forecast to learn from.
	shortPast = 600
	// alone is as how many of a class of evidence all others count.
	alone = 100
)

// Look is when and among what an idea is looked at.
type Look struct {
	After float64 // how long after it began, or Cold
	// Among tells that those forecast began among the past, not after it: then nothing
	// goes by what was later.
	Among bool
	Seed  uint64
}

// LearnOutlook learns from courses of the past, by the time they began, to forecast ones
// at a look. The same seed gives the same.
func LearnOutlook(past []Course, at Look) (*Outlook, error) {
	after, seed := at.After, at.Seed
	if len(past) < fewest {
		return nil, fmt.Errorf("a forecast is learned from at least %d courses, not %d", fewest, len(past))
	}
	if math.IsNaN(after) || math.IsInf(after, 0) {
		return nil, errors.New("the time of the look is no number")
	}
	if after < 0 {
		after = Cold
	}
	memory := halfLife
	if at.Among {
		memory = math.Inf(1)
		past = slices.Clone(past)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(past), func(i, j int) { past[i], past[j] = past[j], past[i] })
	}
	o := &Outlook{bend: straight()}
	for k := range o.trust {
		o.trust[k][own] = 1
	}
	for k := range o.share {
		o.share[k] = Held
	}
	if n := len(past); n >= checkAt {
		o.check(past, after, memory, at.Among, seed)
	}
	o.stage = learnStage(past, after, memory, seed)
	return o, nil
}

// Forecast tells of a course what was known when it was looked at; what came later is not
// read.
func (o *Outlook) Forecast(c *Course) Forecast {
	seen := c.logSeen(o.stage.after)
	d := o.bend.of(o.stage.mixed(c, &o.trust)).Moved(func(g float64) float64 { return g + seen })
	f := Forecast{Size: d, Earlier: o.stage.known.read(c.Source()).begun}
	f.Evidence = o.stage.evidence(c)
	f.Low, f.High = d.Shortest(o.share[f.Evidence])
	return f
}

// check learns how much each voice is trusted and how wide ranges must be: the past is
// forecast twice, its last fifth from what was before it, and the fifth before that; a short
// one oftener. Cold, each is forecast in two ways: by a record that was cut off as the real one
// was, and by what the real one tells of both now. Whether sizes go by the time there was for
// them differs from record to record, and the first alone would always say that they do.
func (o *Outlook) check(past []Course, after, memory float64, among bool, seed uint64) {
	type one struct {
		stage *stage
		c     *Course
		grew  float64
	}
	var tried []one
	var cross [standings]form
	var of [standings]float64
	first := 3
	if len(past) < shortPast {
		first = 1
	}
	for fifth := first; fifth < 5; fifth++ {
		was, cut := asItWas(past, fifth, among)
		records := []parted{was}
		if after < 0 && cut {
			records = append(records, asItIs(past, fifth))
		}
		for _, r := range records {
			if len(r.was) < fewest || len(r.now) == 0 {
				continue
			}
			s := learnStage(r.was, after, memory, seed+uint64(fifth))
			every := (len(r.now) + mostTried - 1) / mostTried
			for i := 0; i < len(r.now); i += every {
				c := &r.now[i]
				grew := c.logSize() - c.logSeen(after)
				tried = append(tried, one{s, c, grew})
				k := s.standing(c)
				of[k]++
				s.crossed(c, grew, &cross[k])
			}
		}
	}
	if len(tried) == 0 {
		return
	}
	o.trust = trusted(&cross, &of)
	// how wide is learned from forecasts bent by others than themselves
	const parts = 4
	var forecasts [parts + 1][]Dist // without a part; the last with all
	var grew [parts + 1][]float64
	mixed := make([]Dist, len(tried))
	for i, a := range tried {
		mixed[i] = a.stage.mixed(a.c, &o.trust)
		for p := range parts + 1 {
			if i%parts != p {
				forecasts[p], grew[p] = append(forecasts[p], mixed[i]), append(grew[p], a.grew)
			}
		}
	}
	o.bend = bent(forecasts[parts], grew[parts])
	for p := range parts {
		b := bent(forecasts[p], grew[p])
		for i := p; i < len(tried); i += parts {
			mixed[i] = b.of(mixed[i])
		}
	}
	o.widen(after < 0, mixed, func(i int) (grew float64, class Evidence) { return tried[i].grew, tried[i].stage.evidence(tried[i].c) })
}

// widen learns what share the Shortest range has to hold of what is told to hold 80 of 100
// that come: of each class of evidence, leaning on all, and on what the ranges say they hold.
// That is more than they were asked for where one point holds much, and asking for less of
// the others makes up for it.
func (o *Outlook) widen(cold bool, mixed []Dist, came func(i int) (grew float64, class Evidence)) {
	const steps = 64
	share := func(k int) float64 { return .35 + .01*float64(k) }
	var held, said [evidences + 1][steps]float64
	var n [evidences + 1]float64
	for i, d := range mixed {
		grew, class := came(i)
		n[class]++
		n[evidences]++
		for k := range steps {
			low, high := d.Shortest(share(k))
			if low-rounding <= grew && grew <= high+rounding {
				held[class][k]++
				held[evidences][k]++
			}
			before, _ := d.Below(low)
			_, to := d.Below(high)
			said[class][k] += to - before
			said[evidences][k] += to - before
		}
	}
	all := n[evidences]
	less := 0.0
	if cold {
		less = unforeseen
	}
	for class := range evidences {
		best := math.Inf(1)
		for k := range steps {
			of := func(sum *[evidences + 1][steps]float64) float64 {
				return (sum[class][k] + alone*sum[evidences][k]/all) / (n[class] + alone)
			}
			if off := math.Abs((all*of(&held)+trusting*(of(&said)-less))/(all+trusting) - Held); off < best {
				best, o.share[class] = off, share(k)
			}
		}
	}
}

// stage is what is learned of courses looked at one time after they began.
type stage struct {
	past    []Course
	after   float64
	known   *history
	forest  *forest
	weight  []float64
	mine    map[int32][]int
	seen    []int     // of each of the past, by how many
	order   []int     // the past by how many were seen
	group   []int     // of those of whom as many were seen, the first's place in order
	goal    []float64 // how much they grew
	longest float64   // how long any went on
	least   int       // of which no less is told
	seeing  sync.Mutex
	views   map[int]*view
}

func learnStage(past []Course, after, memory float64, seed uint64) *stage {
	n := len(past)
	s := &stage{past: past, after: after, known: newHistory(after), least: leastTold(past)}
	s.weight, s.goal, s.mine, s.views = make([]float64, n), make([]float64, n), map[int32][]int{}, map[int]*view{}
	s.seen, s.order = make([]int, n), make([]int, n)
	rows := make([][]float64, n)
	next := 0
	for b := range blocks {
		end := n * (b + 1) / blocks
		for i := next; i < end; i++ {
			rows[i] = s.known.facts(&past[i])
		}
		for ; next < end; next++ {
			s.known.add(&past[next])
		}
	}
	for i := range past {
		s.goal[i] = past[i].logSize() - past[i].logSeen(after)
		s.weight[i] = math.Exp2(-float64(n-i) / float64(n) / memory)
		s.mine[past[i].Source()] = append(s.mine[past[i].Source()], i)
		s.seen[i] = past[i].Seen(after)
		s.order[i] = i
		s.longest = max(s.longest, past[i].Lasted())
	}
	slices.SortStableFunc(s.order, func(a, b int) int { return cmp.Compare(s.seen[a], s.seen[b]) })
	for k, i := range s.order {
		if k == 0 || s.seen[s.order[k-1]] != s.seen[i] {
			s.group = append(s.group, k)
		}
	}
	s.forest = grow(rows, s.goal, s.weight, usualGrowth(), rand.New(rand.NewPCG(seed, uint64(n))))
	return s
}

// evidence is what a forecast of a course rests on.
func (s *stage) evidence(c *Course) Evidence {
	if s.after >= 0 {
		if c.Seen(s.after) >= manySeen {
			return UnderWay
		}
		return Early
	}
	if s.known.read(c.Source()).begun > 0 {
		return Source
	}
	return Unknown
}

// say has each voice say how much each point counts, 1 in all.
func (s *stage) say(c *Course) (at *view, said [voices][]float64) {
	at = s.viewed(c)
	said[late], said[everyone] = at.late, at.all
	for v := range said {
		if said[v] == nil {
			said[v] = make([]float64, len(at.points))
		}
	}
	// its source's
	history, n := make([]float64, len(at.points)), 0.0
	for _, i := range s.mine[c.Source()] {
		if k := at.at[i]; k >= 0 {
			w := s.weight[i] / s.weight[len(s.weight)-1]
			history[k] += w
			n += w
		}
	}
	// those alike
	counts := make([]float64, len(s.past))
	s.forest.like(s.known.facts(c), counts)
	for i, w := range counts {
		said[alikeWhole][at.whole[i]] += w
	}
	at.sum(counts, said[alike])
	for k, h := range history {
		said[own][k] = (at.spread[k]*kappa + h) / (kappa + n)
		for v, kappa := range [...]float64{1, 3, 12} {
			said[ownFirst+v][k] = (said[alike][k]*kappa + h) / (kappa + n)
		}
	}
	// those as far
	if low, high := s.asFar(c.Seen(s.after)); high-low == len(s.order) {
		copy(said[grown], at.spread)
	} else {
		clear(counts)
		for _, i := range s.order[low:high] {
			counts[i] = s.weight[i]
		}
		at.sum(counts, said[grown])
	}
	return at, said
}

// asMany is how many at least of those that had come as far speak.
const asMany = 100

// asFar are those of the past that had come about as far, as a part of order: whole
// groups of those of whom as many were seen, the nearest first.
func (s *stage) asFar(seen int) (low, high int) {
	at, _ := slices.BinarySearchFunc(s.group, seen, func(g, n int) int { return cmp.Compare(s.seen[s.order[g]], n) })
	below, above := at-1, at // the groups to be taken next
	end := func(g int) int {
		if g+1 < len(s.group) {
			return s.group[g+1]
		}
		return len(s.order)
	}
	far := func(g int) float64 {
		if g < 0 || g >= len(s.group) {
			return math.Inf(1)
		}
		return math.Abs(math.Log(float64(s.seen[s.order[s.group[g]]])) - math.Log(float64(seen)))
	}
	for high-low < asMany && (below >= 0 || above < len(s.group)) {
		switch b, a := far(below), far(above); {
		case high == low && a <= b:
			low, high = s.group[above], end(above)
			above++
		case high == low:
			low, high = s.group[below], end(below)
			below--
		case a <= b:
			high = end(above)
			above++
		default:
			low = s.group[below]
			below--
		}
	}
	return low, high
}

// mixed is the forecast of how much a course grows, by how much each voice is trusted.
func (s *stage) mixed(c *Course, trust *[standings][voices]float64) Dist {
	at, said := s.say(c)
	by := &trust[s.standing(c)]
	w := make([]float64, len(at.points))
	for v := range said {
		for k, x := range said[v] {
			w[k] += by[v] * x
		}
	}
	return NewDist(at.points, w)
}

// crossed adds to the products of how far each two voices were from what came: a mixture's
// score is the sum of them by its weights.
func (s *stage) crossed(c *Course, grew float64, into *form) {
	at, said := s.say(c)
	var below [voices]float64
	step := func(a, b float64, came float64) {
		if b <= a {
			return
		}
		for v := range below {
			for u := range below {
				into[v][u] += (b - a) * (below[v] - came) * (below[u] - came)
			}
		}
	}
	for k, x := range at.points {
		for v := range below {
			below[v] += said[v][k]
		}
		if k+1 < len(at.points) {
			y := at.points[k+1]
			step(x, min(y, max(x, grew)), 0)
			step(max(x, min(y, grew)), y, 1)
		}
	}
}
