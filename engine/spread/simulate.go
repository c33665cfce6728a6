package spread

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
)

// Run is what is to be simulated.
type Run struct {
	Seeds []uint32 // who has the word on day 0
	// Ago is how many days each of the seeds has had it by then: what would have gone from
	// them before has gone, or has come to nothing. Nil for none; only with a horizon.
	Ago   []int
	Drawn []Drawn // who else has, without it being known who
	Runs  int     // how many times it is sent out, at most
	Seed  uint64
	// Error has it stop before Runs, as soon as the mean is known so closely: half of its 95 %
	// interval, by the mean. It is looked at after every 128 runs; 0 for all runs.
	Error float64

	Horizon int     // the last day that counts; 0 for no end, and then no day is looked at
	Delays  []Delay // of the classes of arcs; a class without takes no time
	Days    []int   // on which the reach is told, within the horizon

	Groups []uint32 // of each node, numbered from 0; nil for none
	// Wholes are what groups are parts of, each the number of a whole for every group: of
	// them it is told how many are reached besides those who begin, run by run.
	Wholes [][]uint32
	// Factors multiply what may reach each node, in 1/256 (256 is one): an idea's theme
	// against somebody's interests. Nil for one.
	Factors []uint16
	Vary    Vary
	Silent  []uint32 // who hears and does not pass on
}

// Drawn is somebody who has the word on day 0 and of whom it is only known among whom
// they are: in each run so many of them are drawn anew. What a run draws for one Drawn
// does not depend on the others.
type Drawn struct {
	From  []uint32
	Count int
	Ago   int // as of seeds
}

// Delay is how long arcs of a class take, in days: at least so long, and on average so
// long (what is above the least is exponential).
type Delay struct{ Least, Mean float64 }

// within is the share of those that take so long or less; of the zero Delay none does.
func (d Delay) within(days float64) float64 {
	switch {
	case d.Mean <= 0 || days < d.Least:
		return 0
	case d.Mean <= d.Least:
		return 1
	}
	return -math.Expm1(-(days - d.Least) / (d.Mean - d.Least))
}

// Vary is how unsure the probabilities are: what multiplies all of them in one run, and
// those of each who listens, are lognormal with mean one, and these are the deviations
// of their logarithms.
type Vary struct{ All, Each float64 }

// Reach is how far the word went.
type Reach struct {
	Runs            int
	Mean, Deviation float64
	// Error is half of the mean's 95 % interval.
	Error  float64
	ByRun  []uint32 // reached in each run, those who begin among them
	Days   []Day
	Groups []Warmth  // of each group
	Wholes [][]Whole // of each list of wholes
}

// Day is how many were reached by a day.
type Day struct {
	Day               int
	Mean              float64
	Low, Middle, High float64 // of ten runs, one is below, five, nine
}

// Warmth is how a group is reached.
type Warmth struct {
	Mean float64 // how many of it
	Any  float64 // in what share of runs anybody of it
}

// Whole is how a whole of groups is reached, besides those who begin.
type Whole struct {
	Mean  float64
	ByRun []uint32
}

// Quantile is what so large a share of runs does not exceed.
func (w Whole) Quantile(share float64) float64 { return quantile(slices.Clone(w.ByRun), share) }

// Quantile is what so large a share of runs does not exceed.
func (r *Reach) Quantile(share float64) float64 { return quantile(slices.Clone(r.ByRun), share) }

// quantile sorts what it is given; between two it is on the line.
func quantile(all []uint32, share float64) float64 {
	slices.Sort(all)
	return sorted(all, share)
}

func sorted[T uint32 | int64](all []T, share float64) float64 {
	if len(all) == 0 {
		return 0
	}
	at := min(max(share, 0), 1) * float64(len(all)-1)
	i := int(at)
	j := min(i+1, len(all)-1)
	return float64(all[i]) + (at-float64(i))*(float64(all[j])-float64(all[i]))
}

const (
	sideRun    = 3
	sideDrawn  = 4
	maxHorizon = 1<<15 - 2
	maxDrawn   = 1 << 16
	block      = 16  // runs one goroutine takes at a time
	round      = 128 // runs between two looks at the error
)

func (r *Run) check(n int) error {
	switch {
	case r.Runs < 1:
		return wrong("%d runs", r.Runs)
	case r.Horizon < 0 || r.Horizon > maxHorizon:
		return wrong("a horizon of %d days (%d at most)", r.Horizon, maxHorizon)
	case len(r.Delays) > 256:
		return wrong("%d classes of delays", len(r.Delays))
	case r.Ago != nil && (len(r.Ago) != len(r.Seeds) || r.Horizon == 0):
		return wrong("%d seeds, and of %d how long they have had the word (with a horizon of %d days)", len(r.Seeds), len(r.Ago), r.Horizon)
	case r.Groups != nil && len(r.Groups) != n:
		return wrong("groups of %d nodes, of %d", len(r.Groups), n)
	case r.Factors != nil && len(r.Factors) != n:
		return wrong("factors of %d nodes, of %d", len(r.Factors), n)
	case !(r.Vary.All >= 0 && r.Vary.Each >= 0 && r.Vary.All < 10 && r.Vary.Each < 10):
		return wrong("deviations of %v and %v", r.Vary.All, r.Vary.Each)
	case !(r.Error >= 0):
		return wrong("an error of %v", r.Error)
	}
	for i, d := range r.Drawn {
		if d.Ago < 0 || d.Ago > 0 && r.Horizon == 0 {
			return wrong("drawn who have had the word for %d days (list %d, with a horizon of %d days)", d.Ago, i, r.Horizon)
		}
		if d.Count < 0 || d.Count > 0 && len(d.From) == 0 || d.Count > maxDrawn {
			return wrong("%d drawn from %d nodes (list %d)", d.Count, len(d.From), i)
		}
		if err := within(n, d.From); err != nil {
			return err
		}
	}
	for i, ago := range r.Ago {
		if ago < 0 {
			return wrong("seed %d has had the word for %d days", i, ago)
		}
	}
	for _, d := range r.Days {
		if d < 0 || d > r.Horizon {
			return wrong("day %d, beyond a horizon of %d", d, r.Horizon)
		}
	}
	for i, d := range r.Delays {
		if !(d.Least >= 0 && d.Mean >= d.Least) || math.IsInf(d.Mean, 0) {
			return wrong("a delay of class %d of %v days at least and %v on average", i, d.Least, d.Mean)
		}
	}
	if err := within(n, r.Seeds, r.Silent); err != nil {
		return err
	}
	groups := 0
	for i, k := range r.Groups {
		if int64(k) > int64(n)+1<<16 {
			return wrong("node %d is of group %d: number the groups from 0", i, k)
		}
		groups = max(groups, int(k)+1)
	}
	for i, parts := range r.Wholes {
		if r.Groups == nil || len(parts) < groups {
			return wrong("wholes of %d groups, of %d (list %d)", len(parts), groups, i)
		}
		for g, k := range parts {
			if int(k) > len(parts)+1<<16 {
				return wrong("group %d is of whole %d: number the wholes from 0", g, k)
			}
		}
	}
	return nil
}

// plan is a run made ready.
type plan struct {
	*Run
	out    *forward
	n      int
	delays [][256]uint16
	each   *[256]uint32 // factors in 1/65536, nil for one
	silent bitset
	groups int
	counts []counted // of each list of wholes
}

// counted is how often each whole of a list is reached: of the first in all runs, then
// of the next.
type counted struct {
	of     []uint32 // the whole of each group
	wholes int
	byRun  []uint32
}

func (g *Graph) plan(r *Run) *plan {
	p := &plan{Run: r, out: g.out(), n: len(g.nodes), silent: bitsOf(len(g.nodes), r.Silent)}
	if r.Horizon > 0 {
		p.delays = make([][256]uint16, 256)
		for c, d := range r.Delays {
			for b := range 256 {
				days := d.Least - (d.Mean-d.Least)*math.Log1p(-(float64(b)+.5)/256)
				p.delays[c][b] = uint16(min(days, maxHorizon+1))
			}
		}
	}
	if r.Vary.Each > 0 {
		p.each = &[256]uint32{}
		for b := range p.each {
			p.each[b] = uint32(math.Round(65536 * lognormal(r.Vary.Each, (float64(b)+.5)/256)))
		}
	}
	for _, k := range r.Groups {
		p.groups = max(p.groups, int(k)+1)
	}
	for _, of := range r.Wholes {
		c := counted{of: of}
		for _, k := range of {
			c.wholes = max(c.wholes, int(k)+1)
		}
		c.byRun = make([]uint32, c.wholes*r.Runs)
		p.counts = append(p.counts, c)
	}
	return p
}

// lognormal is the value of mean one that so large a share does not exceed.
func lognormal(deviation, share float64) float64 {
	return min(math.Exp(deviation*math.Sqrt2*math.Erfinv(2*share-1)-deviation*deviation/2), 64)
}

// runner is what one goroutine needs for runs; nothing is made anew from one to the next.
type runner struct {
	turn  uint32
	stamp []uint32 // the turn in which a node was reached
	queue []uint32
	begun []uint32 // who begins, those drawn among them
	had   []int    // for how many days each of them has had the word
	first int      // how many of the queue begin: they stand first in it
	ago   []int    // for how many days each of those has

	day   []uint16 // on which it was reached, so far; done at the top bit
	heads []int32  // of each day's list
	next  []int32

	warm  []uint64 // of each group, reached in all runs
	any   []uint64 // runs in which anybody was
	fresh []uint32 // the turn in which a group was reached
}

const done = 1 << 15

func (g *Graph) runner(p *plan) *runner {
	w, _ := g.scratch.Get().(*runner)
	if w == nil {
		w = &runner{stamp: make([]uint32, p.n)}
	}
	if p.Horizon > 0 {
		if w.day == nil {
			w.day = make([]uint16, p.n)
		}
		if len(w.heads) < p.Horizon+1 {
			w.heads = make([]int32, p.Horizon+1)
		}
	}
	if cap(w.warm) < p.groups {
		w.warm, w.any, w.fresh = make([]uint64, p.groups), make([]uint64, p.groups), make([]uint32, p.groups)
	}
	w.warm, w.any, w.fresh = w.warm[:p.groups], w.any[:p.groups], w.fresh[:p.groups]
	clear(w.warm)
	clear(w.any)
	return w
}

// begin makes room for a run.
func (w *runner) begin() {
	if w.turn++; w.turn == 0 {
		clear(w.stamp)
		clear(w.fresh[:cap(w.fresh)])
		w.turn = 1
	}
	w.queue, w.next = w.queue[:0], w.next[:0]
}

// Simulate sends the word out many times. The coin of an arc is thrown before it is
// asked whether its end has the word: most coins end the matter. It is a hash of the
// seed, the run, and both ends, so that what is reached from more seeds or over more
// arcs is never less, run by run, and any number of processors tells the same.
func (g *Graph) Simulate(ctx context.Context, r Run) (Reach, error) {
	if err := r.check(len(g.nodes)); err != nil {
		return Reach{}, err
	}
	p := g.plan(&r)
	byRun := make([]uint32, r.Runs)
	curve := make([]uint32, r.Runs*len(r.Days))
	var warm, any []uint64
	if p.groups > 0 {
		warm, any = make([]uint64, p.groups), make([]uint64, p.groups)
	}
	runs := 0
	for runs < r.Runs {
		to := r.Runs
		if r.Error > 0 {
			to = min(runs+round, r.Runs)
		}
		if err := g.send(ctx, p, runs, to, byRun, curve, warm, any); err != nil {
			return Reach{}, err
		}
		runs = to
		if r.Error > 0 {
			mean, deviation := moments(byRun[:runs])
			if runs > 1 && 1.96*deviation/math.Sqrt(float64(runs)) <= r.Error*mean {
				break
			}
		}
	}
	reach := Reach{Runs: runs, ByRun: byRun[:runs:runs]}
	reach.Mean, reach.Deviation = moments(reach.ByRun)
	reach.Error = 1.96 * reach.Deviation / math.Sqrt(float64(runs))
	column := make([]uint32, runs)
	for i, d := range r.Days {
		for k := range column {
			column[k] = curve[k*len(r.Days)+i]
		}
		day := Day{Day: d}
		day.Mean, _ = moments(column)
		slices.Sort(column)
		day.Low, day.Middle, day.High = sorted(column, .1), sorted(column, .5), sorted(column, .9)
		reach.Days = append(reach.Days, day)
	}
	for k := range warm {
		reach.Groups = append(reach.Groups, Warmth{float64(warm[k]) / float64(runs), float64(any[k]) / float64(runs)})
	}
	for _, c := range p.counts {
		wholes := make([]Whole, c.wholes)
		for k := range wholes {
			byRun := c.byRun[k*r.Runs : k*r.Runs+runs : k*r.Runs+runs]
			wholes[k].ByRun = byRun
			wholes[k].Mean, _ = moments(byRun)
		}
		reach.Wholes = append(reach.Wholes, wholes)
	}
	return reach, nil
}

func moments(all []uint32) (mean, deviation float64) {
	for _, n := range all {
		mean += float64(n)
	}
	mean /= float64(max(1, len(all)))
	for _, n := range all {
		deviation += (float64(n) - mean) * (float64(n) - mean)
	}
	return mean, math.Sqrt(deviation / float64(max(1, len(all)-1)))
}

// send does some runs on all processors.
func (g *Graph) send(ctx context.Context, p *plan, from, to int, byRun, curve []uint32, warm, any []uint64) error {
	var next atomic.Int64
	next.Store(int64(from))
	workers := min(runtime.GOMAXPROCS(0), (to-from+block-1)/block)
	used := make([]*runner, workers)
	together(workers, func(i int) {
		w := g.runner(p)
		used[i] = w
		for ctx.Err() == nil {
			at := int(next.Add(block) - block)
			if at >= to {
				return
			}
			for run := at; run < min(at+block, to); run++ {
				byRun[run] = w.send(p, run, curve)
			}
		}
	})
	for _, w := range used {
		for k := range warm {
			warm[k] += w.warm[k]
			any[k] += w.any[k]
		}
		g.scratch.Put(w)
	}
	return ctx.Err()
}

// send does one run and tells how many were reached.
func (w *runner) send(p *plan, run int, curve []uint32) uint32 {
	w.begin()
	k := key(p.Seed, sideRun, uint64(run))
	w.draw(p, run)
	factor := uint64(1 << 16)
	if p.Vary.All > 0 {
		factor = uint64(math.Round(65536 * lognormal(p.Vary.All, (float64(mix(k+stepSide)>>40)+.5)/(1<<24))))
	}
	plain := factor == 1<<16 && p.each == nil && p.Factors == nil && p.silent == nil
	if p.Horizon > 0 {
		w.byDay(p, k, factor, curve[run*len(p.Days):(run+1)*len(p.Days)])
	} else {
		for _, u := range w.begun {
			if w.stamp[u] != w.turn {
				w.stamp[u] = w.turn
				w.queue = append(w.queue, u)
			}
		}
		w.first = len(w.queue)
		if plain {
			w.flood(p, k)
		} else {
			w.floodBy(p, k, factor)
		}
	}
	if p.groups > 0 {
		for _, u := range w.queue {
			group := p.Groups[u]
			w.warm[group]++
			if w.fresh[group] != w.turn {
				w.fresh[group] = w.turn
				w.any[group]++
			}
		}
	}
	for i := range p.counts {
		c := &p.counts[i]
		for _, u := range w.queue[w.first:] {
			c.byRun[int(c.of[p.Groups[u]])*p.Runs+run]++
		}
	}
	return uint32(len(w.queue))
}

// draw tells who begins a run.
func (w *runner) draw(p *plan, run int) {
	w.begun, w.had = append(w.begun[:0], p.Seeds...), append(w.had[:0], p.Ago...)
	for len(w.had) < len(w.begun) {
		w.had = append(w.had, 0)
	}
	for i, d := range p.Drawn {
		k := key(p.Seed+uint64(i)*stepRoot, sideDrawn, uint64(run))
		for at := range d.Count {
			w.begun = append(w.begun, d.From[below(mix(k+uint64(at)*stepDraw), uint32(len(d.From)))])
			w.had = append(w.had, d.Ago)
		}
	}
}

// flood goes on from who is reached, days apart.
func (w *runner) flood(p *plan, k uint64) {
	first, arcs, stamp, turn, queue := p.out.first, p.out.arcs, w.stamp, w.turn, w.queue
	for head := 0; head < len(queue); head++ {
		u := queue[head]
		base := k + uint64(u)*stepNode
		for _, a := range arcs[first[u]:first[u+1]] {
			if v := uint32(a >> 32); mix(base+uint64(v)*stepDraw)>>32 < threshold(uint16(a>>16)) && stamp[v] != turn {
				stamp[v] = turn
				queue = append(queue, v)
			}
		}
	}
	w.queue = queue
}

// carries tells whether an arc carries, for its coin and what multiplies it.
func (p *plan) carries(k, coin, factor, a uint64) bool {
	limit := threshold(uint16(a>>16)) * factor >> 16
	v := uint32(a >> 32)
	if p.Factors != nil {
		limit = limit * uint64(p.Factors[v]) >> 8
	}
	if p.each != nil {
		limit = min(limit, 1<<40) * uint64(p.each[mix(k+stepRoot+uint64(v)*stepSet)>>56]) >> 16
	}
	return coin>>32 < limit
}

// floodBy is flood where probabilities differ from the graph's.
func (w *runner) floodBy(p *plan, k, factor uint64) {
	for head := 0; head < len(w.queue); head++ {
		u := w.queue[head]
		if p.silent.has(u) && !slices.Contains(w.begun, u) {
			continue
		}
		base := k + uint64(u)*stepNode
		for _, a := range p.out.arcs[p.out.first[u]:p.out.first[u+1]] {
			if v := uint32(a >> 32); p.carries(k, mix(base+uint64(v)*stepDraw), factor, a) && w.stamp[v] != w.turn {
				w.stamp[v] = w.turn
				w.queue = append(w.queue, v)
			}
		}
	}
}

// byDay goes day by day: whoever is reached has it from the earliest way to them. It
// leaves in the queue those reached by the horizon.
func (w *runner) byDay(p *plan, k, factor uint64, curve []uint32) {
	heads := w.heads[:p.Horizon+1]
	for i := range heads {
		heads[i] = -1
	}
	// The lists' entries are nodes in the queue, which are brought together at the end.
	w.ago = w.ago[:0]
	for i, u := range w.begun {
		if w.put(u, 0, heads); len(w.queue) > len(w.ago) {
			w.ago = append(w.ago, w.had[i])
		}
	}
	w.first = len(w.queue)
	count := uint32(0)
	for day := range heads {
		for at := heads[day]; at >= 0; at = heads[day] {
			heads[day] = w.next[at]
			u := w.queue[at]
			if w.day[u] != uint16(day) {
				w.queue[at] = math.MaxUint32 // reached earlier by another way
				continue
			}
			w.day[u] |= done
			count++
			if p.silent.has(u) && !slices.Contains(w.begun, u) {
				continue
			}
			ago := 0
			if int(at) < w.first {
				ago = w.ago[at]
			}
			base := k + uint64(u)*stepNode
			for _, a := range p.out.arcs[p.out.first[u]:p.out.first[u+1]] {
				v := uint32(a >> 32)
				coin := mix(base + uint64(v)*stepDraw)
				if !p.carries(k, coin, factor, a) {
					continue
				}
				// What of the coin was not asked for tells how long it takes.
				takes := int(p.delays[a&0xFF][coin&0xFF])
				if then := day + takes - ago; then <= p.Horizon && (ago == 0 || takes > ago) {
					w.put(v, uint16(then), heads)
				}
			}
		}
		for i, d := range p.Days {
			if d == day {
				curve[i] = count
			}
		}
	}
	kept := w.queue[:0]
	for _, u := range w.queue {
		if u != math.MaxUint32 {
			kept = append(kept, u)
		}
	}
	w.queue = kept
}

// put notes that a node is reached on a day, when it was not before.
func (w *runner) put(v uint32, day uint16, heads []int32) {
	if w.stamp[v] == w.turn && w.day[v]&^done <= day {
		return
	}
	w.stamp[v], w.day[v] = w.turn, day
	w.next = append(w.next, heads[day])
	heads[day] = int32(len(w.queue))
	w.queue = append(w.queue, v)
}

// Difference is what somebody more brings.
type Difference struct {
	Mean, Error       float64 // and half of its 95 % interval
	Low, Middle, High float64 // of ten runs, one is below, five, nine
	Base, With        Reach
}

// Compare tells how much further the word goes with some more to begin with.
func (g *Graph) Compare(ctx context.Context, r Run, with []uint32) (Difference, error) {
	more := r
	more.Seeds = slices.Concat(r.Seeds, with)
	return g.Beside(ctx, r, more)
}

// Beside tells how much further the word goes in one run than in another, which begins
// with fewer of the same. Both are simulated with the same coins, so that little is left
// to luck.
func (g *Graph) Beside(ctx context.Context, r, more Run) (Difference, error) {
	if r.Seed != more.Seed || r.Runs != more.Runs {
		return Difference{}, wrong("%d runs of seed %d beside %d of %d", r.Runs, r.Seed, more.Runs, more.Seed)
	}
	r.Error = 0
	base, err := g.Simulate(ctx, r)
	if err != nil {
		return Difference{}, err
	}
	more.Error = 0
	with, err := g.Simulate(ctx, more)
	if err != nil {
		return Difference{}, err
	}
	return Beyond(base, with)
}

// Beyond is Beside where both were simulated already: by as many runs of the same seed.
func Beyond(base, with Reach) (Difference, error) {
	if len(base.ByRun) != len(with.ByRun) || len(base.ByRun) == 0 {
		return Difference{}, wrong("%d runs beside %d", len(with.ByRun), len(base.ByRun))
	}
	gained := make([]uint32, len(base.ByRun))
	for i := range gained {
		gained[i] = max(with.ByRun[i], base.ByRun[i]) - base.ByRun[i]
	}
	d := Difference{Base: base, With: with}
	mean, deviation := moments(gained)
	d.Mean, d.Error = mean, 1.96*deviation/math.Sqrt(float64(len(gained)))
	slices.Sort(gained)
	d.Low, d.Middle, d.High = sorted(gained, .1), sorted(gained, .5), sorted(gained, .9)
	return d, nil
}
