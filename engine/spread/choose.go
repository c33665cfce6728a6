package spread

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
)

// Ask is whom to begin with.
type Ask struct {
	Most  int     // how many are chosen at most
	Apart float64 // how far below the best factor the certificate may stay: OPIM-C's ε; 0 for .1
	Doubt float64 // the chance that the certificate does not hold: δ; 0 for one by the nodes
	Seed  uint64
	Limit int // how many sets are drawn to choose from at most; 0 for what theory asks for

	Targets    []uint32 // whom the word is to reach, each once; nil for everybody
	Supporters []uint32 // who has it already: only what is reached beyond them counts
	Barred     []uint32 // who may not be chosen, but hears and passes on
	Silent     []uint32 // who hears and does not pass on; they may be chosen, and then tell

	Costs  []float64 // of each node, above 0; nil for none
	Budget float64   // what all chosen may cost together
	Groups []uint32  // of each node (a place, an organisation); nil for none
	Cap    int       // how many of one group are chosen at most; 0 for any number

	Why bool // whether Through and Into are told of the chosen

	// Progress hears now and then of how far it is; nil for nobody. It is called from one
	// goroutine at a time.
	Progress func(Progress)
}

// Progress is how far choosing is.
type Progress struct {
	Sets        int     // drawn to choose from
	Certificate float64 // of what is chosen so far; 0 before the first check
	Want        float64 // the certificate that is enough
}

// Chosen is one to begin with.
type Chosen struct {
	Node uint32
	// Gain is how many more are reached with this one, beyond those chosen before and the
	// supporters; the middle is so between Low and High in 95 of 100 cases.
	Gain, Low, High float64
	// Through are the commonest first steps from this one to those gained, Into the groups of
	// those gained, each with its share of them; the commonest first, seven at most. A share
	// rests on few when Seen is small, which is by how many it was counted.
	Through, Into []Share
	Seen          int
}

// Share is how much of something goes by a node or a group.
type Share struct {
	Of    uint32
	Share float64
}

// Choice is who is chosen, in order, and how good that is.
type Choice struct {
	Chosen []Chosen
	Spread float64 // how many they reach together, beyond the supporters
	// Spread is above Lower, and nobody's choice reaches more than Upper, but for the doubt
	// asked for.
	Lower, Upper float64
	// Certificate is Lower by Upper: at least this share of the best possible.
	Certificate float64
	Want        float64 // what was enough
	Sets        int     // drawn to choose from
	Checked     int     // drawn to check with
	Nodes       int     // in the sets to choose from, all together
}

// factor is what share of the best greedy choice reaches for certain: 1−1/e (Nemhauser,
// Wolsey, Fisher 1978); one half with caps (Fisher, Nemhauser, Wolsey 1978); half of the
// first with costs (the best single one or the greedy by gain and cost: Khuller, Moss,
// Naor 1999); nothing is known for certain with both, where a quarter is asked for.
func (a Ask) factor() float64 {
	const usual = 1 - 1/math.E
	switch {
	case a.Costs != nil && a.Cap > 0:
		return .25
	case a.Costs != nil:
		return usual / 2
	case a.Cap > 0:
		return .5
	}
	return usual
}

// ErrAsk is what is wrong with what is asked.
var ErrAsk = errors.New("this cannot be asked")

func wrong(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrAsk, fmt.Sprintf(format, args...))
}

func (a *Ask) check(n int) error {
	if a.Apart == 0 {
		a.Apart = .1
	}
	if a.Doubt == 0 {
		a.Doubt = 1 / float64(max(n, 2))
	}
	switch {
	case a.Most < 1:
		return wrong("choose %d", a.Most)
	case !(a.Apart > 0 && a.Apart < 1):
		return wrong("a certificate %v below the factor", a.Apart)
	case !(a.Doubt > 0 && a.Doubt < 1):
		return wrong("a doubt of %v", a.Doubt)
	case a.Costs != nil && len(a.Costs) != n:
		return wrong("%d costs of %d nodes", len(a.Costs), n)
	case a.Costs != nil && !(a.Budget > 0):
		return wrong("costs, and a budget of %v", a.Budget)
	case a.Cap < 0, a.Cap > 0 && a.Groups == nil:
		return wrong("a cap of %d on each group", a.Cap)
	case a.Groups != nil && len(a.Groups) != n:
		return wrong("groups of %d nodes, of %d", len(a.Groups), n)
	}
	for i, c := range a.Costs {
		if !(c > 0) || math.IsInf(c, 0) {
			return wrong("node %d costs %v", i, c)
		}
	}
	return within(n, a.Targets, a.Supporters, a.Barred, a.Silent)
}

// within tells of a node in lists that is beyond those there are.
func within(n int, lists ...[]uint32) error {
	for _, list := range lists {
		for _, u := range list {
			if int64(u) >= int64(n) {
				return wrong("node %d of %d", u, n)
			}
		}
	}
	return nil
}

// Which collection a set is of.
const (
	sideChoose = 1
	sideCheck  = 2
)

// sizes are how many sets are drawn before each check: a fixed row, each √2 of the one
// before, so that a check may be left out and the doubts of all still add up.
func sizes(step int) int { return (int(1024*math.Exp2(float64(step)/2)) + most - 1) / most * most }

// Choose finds who reaches the most, by OPIM-C (Tang, Tang, Xiao, Yuan, SIGMOD 2018):
// from one collection of reverse sets the greedy choice and, out of the same greedy
// run, what no choice can exceed; from another, what the choice reaches for certain.
// It stops as soon as the one by the other is the factor less Apart. What differs from
// the paper: the bounds are Chernoff's own (relative entropy), which are a little
// tighter than their closed forms; the second collection is drawn only when the first
// promises success, and is looked at as it is drawn and not kept.
func (g *Graph) Choose(ctx context.Context, a Ask) (Choice, error) {
	if err := a.check(len(g.nodes)); err != nil {
		return Choice{}, err
	}
	return g.choose(ctx, a, workers(g, a.rooting(len(g.nodes)), sideChoose))
}

func (a Ask) rooting(n int) rooting {
	return rooting{seed: a.Seed, targets: a.Targets, supporters: bitsOf(n, a.Supporters), silent: bitsOf(n, a.Silent)}
}

func (g *Graph) choose(ctx context.Context, a Ask, drawing []*sampler) (Choice, error) {
	n := len(g.nodes)
	roots := n
	if a.Targets != nil {
		roots = len(a.Targets)
	}
	want := a.factor() - a.Apart
	if want <= 0 {
		want = min(.05, a.factor()/2)
	}
	if roots == 0 || n == 0 {
		return Choice{Want: want, Certificate: 1}, ctx.Err()
	}
	limit := (a.Limit + most - 1) / most * most
	if limit == 0 {
		limit = enough(n, roots, a)
	}
	// The first sets tell how large they are, and so how many are walked side by side.
	first := drawing[0]
	first.draw(0, most)
	size := 64
	for size < most && size*len(first.node)/most < batchNodes {
		size *= 2
	}
	c := &sets{size: size, counts: make([]uint32, n)}
	checking := make([]*sampler, len(drawing))
	for i := range checking {
		checking[i] = newSampler(g, first.ask, sideCheck)
	}
	greedy := newGreedy(n, a)
	tell := a.Progress
	sure := 0 // the step from which the certificate was enough
	last := 0.
	for step := 2; ; {
		until := min(sizes(step), limit)
		var during func(int)
		if tell != nil {
			during = func(sets int) { tell(Progress{min(sets, until), last, want}) }
		}
		if err := c.extend(ctx, drawing, until, during); err != nil {
			return Choice{}, err
		}
		theta := float64(c.len())
		final := c.len() >= limit
		p := greedy.pick(c)
		eta := math.Log(2 * float64(step+1) * float64(step+2) / a.Doubt)
		upper := above(min(p.upper, theta), theta, eta)
		// What the check will tell, if the second collection is as the first: of so many sets
		// to choose from, and as many to check with as are drawn at most.
		share := float64(p.covered) / theta
		promise := func(step int) float64 {
			sets := float64(sizes(step))
			eta := math.Log(2 * float64(step+1) * float64(step+2) / a.Doubt)
			checks := rungOf(sets, rungs-1)
			return under(share*checks, checks, eta+math.Log(rungs)) / above(p.upper/theta*sets, sets, eta)
		}
		next := step + 1
		if promise(step) >= want || final {
			k, err := g.verify(ctx, checking, p, verifying{theta, eta + math.Log(rungs), upper, want, roots, size, final})
			if err != nil {
				return Choice{}, err
			}
			last = k.Certificate
			if tell != nil {
				tell(Progress{c.len(), last, want})
			}
			// What the choice seems to reach by the sets it was chosen from is too much by what
			// luck has had a hand in it; when that is much, more sets choose better.
			luck := share*float64(roots)/max(k.Spread, 1e-9) - 1
			if k.Certificate >= want && sure == 0 {
				sure = step
			}
			if k.Certificate >= want && (luck <= lucky(a.Apart) || step >= sure+2 && c.len() >= ample) || final {
				k.Sets, k.Nodes = c.len(), c.nodes
				if a.Why {
					err = g.explain(ctx, checking[0], a, &k, size)
				}
				return k, err
			}
			share = min(share, k.Spread/float64(roots))
			if k.Certificate >= want {
				for next < max(sure+2, step+1) && luck/math.Exp2(float64(next-step)/2) > lucky(a.Apart) {
					next++
				}
			}
		}
		// How many more, if the shares remain: the bounds close in with the root.
		for next < step+6 && sizes(next) < limit && promise(next) < want {
			next++
		}
		step = next
	}
}

// lucky is how much of what a choice seems to reach may be luck: with a fortieth at .1,
// what is chosen reached within one of a hundred as far as what plain OPIM-C chooses from
// more sets (measured: docs/spread.md).
func lucky(apart float64) float64 { return min(max(25*apart*apart*apart, .02), .6) }

// ample is how many sets are drawn for less luck whatever it takes; beyond, no more than twice
// as many as the certificate took.
const ample = 1 << 16

// enough is after how many sets OPIM-C's theory asks for no certificate any more.
func enough(n, roots int, a Ask) int {
	k := min(a.Most, n)
	const usual = 1 - 1/math.E
	l := math.Log(6 / a.Doubt)
	ways, _ := math.Lgamma(float64(n + 1))
	some, _ := math.Lgamma(float64(k + 1))
	others, _ := math.Lgamma(float64(n - k + 1))
	root := usual*math.Sqrt(l) + math.Sqrt(usual*(ways-some-others+l))
	theta := 2 * float64(roots) * root * root / (a.Apart * a.Apart * float64(k))
	return (int(min(max(theta, 4096), 1<<31)) + most - 1) / most * most
}

// batchNodes is about how many nodes are in the sets that are walked side by side: as
// many as fit, with the table of who is reached, into a processor's own memory.
const batchNodes = 1 << 12

// The second collection may be checked at some sizes, from a quarter of the first's to
// four times.
const rungs = 9

func rungOf(theta float64, rung int) float64 {
	return math.Ceil(theta / 4 * math.Exp2(float64(rung)/2))
}

// verifying is what a check goes by.
type verifying struct {
	theta, eta, upper, want float64
	roots, size             int
	last                    bool // nothing else is drawn to choose from
}

// verify draws the second collection and tells how good a choice is: first little of it,
// and then as much as it takes, or nothing when that promises no success.
func (g *Graph) verify(ctx context.Context, workers []*sampler, p picked, v verifying) (Choice, error) {
	first := make(map[uint32]int32, len(p.nodes))
	marked := make(bitset, (len(g.nodes)+63)/64)
	for i, u := range p.nodes {
		first[u] = int32(i)
		marked.set(u)
	}
	gains := make([]int, len(p.nodes))
	covered, drawn := 0, 0
	var k Choice
	for rung := 0; rung < rungs; {
		to := int(rungOf(v.theta, rung))
		counts, err := attribute(ctx, workers, first, marked, span{drawn, to, v.size}, len(p.nodes))
		if err != nil {
			return Choice{}, err
		}
		drawn, covered = to, 0
		for i, n := range counts {
			gains[i] += n
			covered += gains[i]
		}
		lower := under(float64(covered), float64(drawn), v.eta)
		k = Choice{Spread: float64(covered) / float64(drawn) * float64(v.roots), Lower: lower * float64(v.roots), Upper: v.upper * float64(v.roots),
			Certificate: 1, Want: v.want, Checked: drawn}
		if v.upper > 0 {
			k.Certificate = min(1, lower/v.upper)
		}
		if k.Certificate >= v.want {
			break
		}
		for rung++; rung < rungs; rung++ {
			more := rungOf(v.theta, rung)
			if under(float64(covered)/float64(drawn)*more, more, v.eta)/v.upper >= v.want || v.last && rung >= rungs/2 {
				break
			}
		}
	}
	for i, u := range p.nodes {
		scale := float64(v.roots)
		share := float64(gains[i]) / float64(k.Checked)
		low, high := Wilson(share, k.Checked)
		k.Chosen = append(k.Chosen, Chosen{Node: u, Gain: share * scale, Low: low * scale, High: high * scale})
	}
	return k, nil
}

// span is some numbers of sets, and how many are walked side by side.
type span struct{ from, to, size int }

// attribute counts the sets of some numbers by the first chosen one they hold.
func attribute(ctx context.Context, workers []*sampler, first map[uint32]int32, marked bitset, of span, chosen int) ([]int, error) {
	var next atomic.Int64
	next.Store(int64(of.from))
	all := make([][]int, len(workers))
	together(len(workers), func(w int) {
		s, gains := workers[w], make([]int, chosen)
		all[w] = gains
		best := make([]int32, of.size)
		for ctx.Err() == nil {
			at := next.Add(int64(of.size)) - int64(of.size)
			if at >= int64(of.to) {
				return
			}
			count := min(of.size, of.to-int(at))
			s.draw(uint64(at), count)
			for i := range best {
				best[i] = math.MaxInt32
			}
			for i, u := range s.node {
				if marked.has(u) {
					best[s.set[i]] = min(best[s.set[i]], first[u])
				}
			}
			for i, b := range best[:count] {
				if b != math.MaxInt32 && (s.hit == nil || !s.hit[i]) {
					gains[b]++
				}
			}
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sum := make([]int, chosen)
	for _, gains := range all {
		for i, n := range gains {
			sum[i] += n
		}
	}
	return sum, nil
}

// entropy is how far a share x of draws is from a chance q: Kullback's and Leibler's.
func entropy(x, q float64) float64 {
	d := 0.
	if x > 0 {
		d += x * math.Log(x/q)
	}
	if x < 1 {
		d += (1 - x) * (math.Log1p(-x) - math.Log1p(-q))
	}
	return d
}

// under and above are the bounds on a chance that so many hits of so many draws leave,
// but for e^(−eta) (Chernoff 1952: P(share ≥ x) ≤ e^(−draws·entropy)).
func under(hits, draws, eta float64) float64 {
	x := hits / draws
	if x <= 0 {
		return 0
	}
	low, high := 0., x
	for range 60 {
		if q := (low + high) / 2; draws*entropy(x, q) > eta {
			low = q
		} else {
			high = q
		}
	}
	return low
}

func above(hits, draws, eta float64) float64 {
	x := min(hits/draws, 1)
	low, high := x, 1.
	for range 60 {
		if q := (low + high) / 2; draws*entropy(x, q) > eta {
			high = q
		} else {
			low = q
		}
	}
	return high
}

// picked is a greedy choice.
type picked struct {
	nodes   []uint32
	covered int     // sets
	upper   float64 // no choice covers more sets
}

// greedy chooses out of sets. Only a front of those in the most sets is indexed: what the
// others are in is bounded by the best of them, and the front grows when that is not
// enough.
type greedy struct {
	n      int
	ask    Ask
	barred bitset
	slot   []uint32 // of those in the front
	front  bitset
	list   []uint32 // the front
	least  float64  // nobody outside the front has more, by cost
	widest uint32   // nor is in more sets
}

func newGreedy(n int, a Ask) *greedy {
	g := &greedy{n: n, ask: a, barred: bitsOf(n, slices.Concat(a.Barred, a.Supporters)), slot: make([]uint32, n), front: make(bitset, (n+63)/64)}
	return g
}

func (g *greedy) cost(u uint32) float64 {
	if g.ask.Costs == nil {
		return 1
	}
	return g.ask.Costs[u]
}

func (g *greedy) open(u uint32) bool {
	return !g.barred.has(u) && (g.ask.Costs == nil || g.ask.Costs[u] <= g.ask.Budget)
}

// pick chooses greedily out of sets.
func (g *greedy) pick(c *sets) picked {
	for size := max(1024, 4*g.ask.Most); ; size *= 8 {
		g.lead(c, size)
		p, ok := g.run(c)
		if ok {
			return p
		}
	}
}

// lead makes the front of at least so many.
func (g *greedy) lead(c *sets, size int) {
	for _, u := range g.list {
		g.front.clear(u)
	}
	g.list = g.list[:0]
	// Classes of gain by cost, sixteen to a doubling.
	of := func(v float64) int { return int(math.Float32bits(float32(v)) >> 19) }
	hist := make([]int, 1<<13)
	for u, n := range c.counts {
		if n > 0 && g.open(uint32(u)) {
			hist[of(float64(n)/g.cost(uint32(u)))]++
		}
	}
	cut, some := len(hist)-1, 0
	for ; cut > 0; cut-- {
		if some += hist[cut]; some >= size {
			break
		}
	}
	g.least, g.widest = 0, 0
	for u, n := range c.counts {
		if n == 0 || !g.open(uint32(u)) {
			continue
		}
		if v := float64(n) / g.cost(uint32(u)); of(v) >= cut {
			g.slot[u] = uint32(len(g.list))
			g.list = append(g.list, uint32(u))
			g.front.set(uint32(u))
		} else {
			g.least, g.widest = max(g.least, v), max(g.widest, n)
		}
	}
}

// run chooses out of the front; false when somebody outside might be better.
func (g *greedy) run(c *sets) (picked, bool) {
	gains := make([]int32, len(g.list))
	starts := make([]uint64, len(g.list)+1)
	var at uint64
	for i, u := range g.list {
		gains[i] = int32(c.counts[u])
		starts[i] = at
		at += uint64(c.counts[u])
	}
	starts[len(g.list)] = at
	// The index of who is in which sets: a counting sort, on all processors.
	index := make([]uint32, at)
	ends := make([]atomic.Uint64, len(g.list))
	for i := range ends {
		ends[i].Store(starts[i])
	}
	spans := 16
	var next atomic.Int64
	together(processors(), func(int) {
		for {
			i := int(next.Add(1) - 1)
			if i >= spans {
				return
			}
			for b := len(c.batches) * i / spans; b < len(c.batches)*(i+1)/spans; b++ {
				from := uint32(0)
				for set, to := range c.batches[b].ends {
					for _, u := range c.batches[b].nodes[from:to] {
						if g.front.has(u) {
							index[ends[g.slot[u]].Add(1)-1] = uint32(b*c.size + set)
						}
					}
					from = to
				}
			}
		}
	})
	covered := make(bitset, (c.len()+63)/64)
	var p picked
	best := math.Inf(1)
	spent := 0.
	taken := map[uint32]int{}
	done := make([]bool, len(g.list))
	may := func(i int) bool {
		if done[i] {
			return false
		}
		u := g.list[i]
		return (g.ask.Cap == 0 || taken[g.ask.Groups[u]] < g.ask.Cap) && (g.ask.Costs == nil || spent+g.ask.Costs[u] <= g.ask.Budget)
	}
	bounds := newTops(g)
	for {
		best = min(best, float64(p.covered)+bounds.most(gains))
		if len(p.nodes) == g.ask.Most {
			break
		}
		found, value := -1, 0.
		for i, n := range gains {
			if n > 0 {
				if v := float64(n) / g.cost(g.list[i]); v > value && may(i) {
					found, value = i, v
				}
			}
		}
		if g.least > value {
			return p, false
		}
		if found < 0 {
			break
		}
		u := g.list[found]
		done[found] = true
		p.nodes = append(p.nodes, u)
		spent += g.cost(u)
		if g.ask.Groups != nil {
			taken[g.ask.Groups[u]]++
		}
		for _, set := range index[starts[found]:starts[found+1]] {
			if covered.has(set) {
				continue
			}
			covered.set(set)
			p.covered++
			for _, w := range c.set(set) {
				if g.front.has(w) {
					gains[g.slot[w]]--
				}
			}
		}
	}
	p.upper = min(best, float64(c.len()-c.hits))
	if g.ask.Costs == nil {
		return p, true
	}
	// With costs, the best single one may be better than all that were chosen.
	single, most := -1, p.covered
	for i, u := range g.list {
		if int(c.counts[u]) > most {
			single, most = i, int(c.counts[u])
		}
	}
	if int(g.widest) > most {
		return p, false
	}
	if single >= 0 {
		p.nodes, p.covered = []uint32{g.list[single]}, most
	}
	return p, true
}

// tops bound what any choice could gain beyond what is covered: gains only shrink, so
// the best gains that may stand together are enough.
type tops struct {
	g      *greedy
	sorted []ranked
	heap   []int32
}

// ranked is what one of the front would gain, and by cost.
type ranked struct {
	gain, value float64
	node        uint32
}

func newTops(g *greedy) *tops { return &tops{g: g} }

func (t *tops) most(gains []int32) float64 {
	a := &t.g.ask
	if a.Costs == nil && a.Cap == 0 {
		return t.plain(gains)
	}
	t.sorted = t.sorted[:0]
	for i, n := range gains {
		if n > 0 {
			u := t.g.list[i]
			t.sorted = append(t.sorted, ranked{float64(n), float64(n) / t.g.cost(u), u})
		}
	}
	slices.SortFunc(t.sorted, func(a, b ranked) int {
		switch {
		case a.value > b.value:
			return -1
		case a.value < b.value:
			return 1
		}
		return int(int64(a.node) - int64(b.node))
	})
	// Without costs, so many of the best as caps allow; with costs, as much as the budget
	// buys of the best by cost, the last in part. Caps then bound nothing: what one of a
	// group leaves out may be worth more than the best by cost.
	sum, left, taken := 0., a.Most, map[uint32]int{}
	money := a.Budget
	for _, r := range t.sorted {
		if r.value < t.g.least {
			break
		}
		if a.Cap > 0 && a.Costs == nil {
			if taken[a.Groups[r.node]] == a.Cap {
				continue
			}
			taken[a.Groups[r.node]]++
		}
		if a.Costs == nil {
			if left == 0 {
				return sum
			}
			left--
			sum += r.gain
			continue
		}
		cost := a.Costs[r.node]
		if cost >= money {
			return sum + r.value*money
		}
		money -= cost
		sum += r.gain
	}
	if a.Costs == nil {
		return sum + float64(left)*t.g.least
	}
	return sum + money*t.g.least
}

// plain is the sum of the greatest gains, as many as are chosen.
func (t *tops) plain(gains []int32) float64 {
	k := t.g.ask.Most
	h := t.heap[:0]
	least := int32(math.Ceil(t.g.least))
	for _, n := range gains {
		if n < least || n == 0 || len(h) == k && n <= h[0] {
			continue
		}
		if len(h) < k {
			h = append(h, n)
			for i := len(h) - 1; i > 0 && h[(i-1)/2] > h[i]; i = (i - 1) / 2 {
				h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
			}
			continue
		}
		h[0] = n
		for i := 0; ; {
			j := 2*i + 1
			if j >= len(h) {
				break
			}
			if j+1 < len(h) && h[j+1] < h[j] {
				j++
			}
			if h[i] <= h[j] {
				break
			}
			h[i], h[j] = h[j], h[i]
			i = j
		}
	}
	t.heap = h
	sum := float64(k-len(h)) * t.g.least
	for _, n := range h {
		sum += float64(n)
	}
	return sum
}
