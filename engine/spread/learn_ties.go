package spread

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
)

// Beta is what is known of a chance: as if it had come A-1 times and not come B-1 times.
type Beta struct{ A, B float64 }

// Mean is the chance to be told.
func (b Beta) Mean() float64 { return b.A / (b.A + b.B) }

// Deviation is how far from its mean the chance may well be.
func (b Beta) Deviation() float64 {
	n := b.A + b.B
	return math.Sqrt(b.A * b.B / (n * n * (n + 1)))
}

// Tie is a way an idea may go: from one who took it up to another, of a class of ties that
// are alike (a shared project, a membership, a meeting).
type Tie struct {
	From, To int32
	Class    uint8
	// Since is when it came to be, on the clock of the courses: what went round before
	// does not tell of it. 0 for before all of them.
	Since float64
}

// Ties are what was learned of ties.
type Ties struct {
	tie    []Tie // by From and To
	tried  []float64
	took   []float64
	cared  []Tally // of what its end cared for
	others []Tally // of what it did not
	waited Waited
	prior  [256]Beta // of classes
	delays []Dist    // of classes; the last of all
}

// Tally is how often it was tried, and how often it took.
type Tally struct{ Tried, Took float64 }

// Waited is how long it was, of those who took something up after somebody they are tied
// to: how many, and how long all of them together. Where several may have brought it,
// each stands for their share.
type Waited struct{ Took, Time float64 }

// Bounds of how much the class of a tie counts against what was seen of the tie itself.
const (
	weakPrior   = 2
	strongPrior = 200
	fewDelays   = 20
)

// LearnTies counts, over courses, how often an idea went from one to another: each time
// somebody took one up before the other, it was tried, and it took when the other did
// within the window. What several may have brought is shared by them (partial credit of
// the Bernoulli model: Goyal, Bonchi and Lakshmanan, Learning influence probabilities in
// social networks, WSDM 2010). A trial of which the window had not passed when the size
// was read counts, whether it took or not, for as much as the share of those that take
// which would have been seen by then, after such a delay; without one (the zero Delay) it
// does not count. To count only what took of them would have every tie seem to carry
// while all ideas are young. A class's prior is fitted to its ties by its
// moments, so that a tie of which little was seen is told as its class is. Where a course
// tells who cares for what it is of, the same is counted of those and of the others apart:
// the interest of AIR (Barbieri, Bonchi and Manco, ICDM 2012), without anything of a
// person's own.
func LearnTies(courses []Course, ties iter.Seq[Tie], window float64, delay Delay) (*Ties, error) {
	if !(window > 0) {
		return nil, fmt.Errorf("a window of %v: it is to be above 0", window)
	}
	t := &Ties{tie: slices.Collect(ties)}
	slices.SortFunc(t.tie, func(a, b Tie) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	for i := 1; i < len(t.tie); i++ {
		if a, b := t.tie[i-1], t.tie[i]; a.From == b.From && a.To == b.To {
			return nil, fmt.Errorf("the tie from %d to %d is there twice", a.From, a.To)
		}
	}
	t.tried, t.took = make([]float64, len(t.tie)), make([]float64, len(t.tie))
	t.cared, t.others = make([]Tally, len(t.tie)), make([]Tally, len(t.tie))
	whole := delay.within(window)
	when := map[int32]float64{}
	bringers := map[int32][]int{}
	var delays [256][]float64
	for i := range courses {
		c := &courses[i]
		clear(when)
		clear(bringers)
		for k, who := range c.Who {
			if _, there := when[who]; !there {
				when[who] = c.After[k]
			}
		}
		// of is the tally of a trial by what its end cared for when it began; nil where that is
		// not known.
		of := func(k int) *Tally {
			switch {
			case c.Cares == nil:
				return nil
			case c.Cares(t.tie[k].To, c.Begin+when[t.tie[k].From]):
				return &t.cared[k]
			}
			return &t.others[k]
		}
		tries := func(k int, seen float64) {
			t.tried[k] += seen
			if x := of(k); x != nil {
				x.Tried += seen
			}
		}
		for who, at := range when {
			seen := 1. // of those that take after them
			if c.Until != 0 && c.Begin+at+window > c.Until {
				seen = 0
				if whole > 0 {
					seen = delay.within(c.Until-c.Begin-at) / whole
				}
			}
			if seen == 0 {
				continue
			}
			for k := t.first(who); k < len(t.tie) && t.tie[k].From == who; k++ {
				to := t.tie[k].To
				then, took := when[to]
				switch {
				case t.tie[k].Since != 0 && t.tie[k].Since > c.Begin+at: // it came of the idea, or later
				case took && then <= at: // before or with them: not theirs to bring
				case took && then <= at+window:
					tries(k, seen)
					bringers[to] = append(bringers[to], k)
				default:
					tries(k, seen)
				}
			}
		}
		for _, to := range c.Who {
			by := bringers[to]
			delete(bringers, to)
			slices.Sort(by) // sums are of the same order each time
			for _, k := range by {
				share := 1 / float64(len(by))
				t.took[k] += share
				if x := of(k); x != nil {
					x.Took += share
				}
				from, class := when[t.tie[k].From], t.tie[k].Class
				delays[class] = append(delays[class], when[to]-from)
				// Of those who have their time still, only the quick are seen.
				if c.Until == 0 || c.Begin+from+window <= c.Until {
					t.waited.Took, t.waited.Time = t.waited.Took+share, t.waited.Time+share*(when[to]-from)
				}
			}
		}
	}
	t.priors()
	t.classDelays(delays)
	return t, nil
}

// first is the first tie from somebody.
func (t *Ties) first(who int32) int {
	k, _ := slices.BinarySearchFunc(t.tie, who, func(a Tie, w int32) int { return cmp.Compare(a.From, w) })
	return k
}

// priors fits each class's prior by moments: how much more ties differ than chance alone
// would have them tells how much their class says of one.
func (t *Ties) priors() {
	var all [256]struct{ tried, took float64 }
	whole := struct{ tried, took float64 }{}
	for k, tie := range t.tie {
		all[tie.Class].tried += t.tried[k]
		all[tie.Class].took += t.took[k]
		whole.tried += t.tried[k]
		whole.took += t.took[k]
	}
	rate := (whole.took + .5) / (whole.tried + 10) // an idea seldom goes a given way
	var spread, expected, extra [256]float64
	for k, tie := range t.tie {
		n := t.tried[k]
		if n == 0 {
			continue
		}
		a := all[tie.Class]
		m := (a.took + 10*rate) / (a.tried + 10)
		spread[tie.Class] += square(t.took[k] - n*m)
		expected[tie.Class] += n * m * (1 - m)
		extra[tie.Class] += n * (n - 1) * m * (1 - m)
	}
	for class := range t.prior {
		m := (all[class].took + 10*rate) / (all[class].tried + 10)
		strength := float64(strongPrior)
		// the variance of a beta-binomial count: n m (1-m) (1 + (n-1)/(strength+1))
		if over := spread[class] - expected[class]; over > 0 && extra[class] > 0 {
			strength = min(strongPrior, max(weakPrior, extra[class]/over-1))
		}
		t.prior[class] = Beta{m * strength, (1 - m) * strength}
	}
}

// classDelays are of each class its own and, as if they were few of its own, all.
func (t *Ties) classDelays(delays [256][]float64) {
	var all []float64
	for _, d := range delays {
		all = append(all, d...)
	}
	slices.Sort(all)
	whole := NewDist(all, nil)
	t.delays = make([]Dist, 257)
	t.delays[256] = whole
	for class, d := range delays {
		slices.Sort(d)
		t.delays[class] = Mix([]Dist{whole, NewDist(d, nil)}, []float64{fewDelays, float64(len(d))})
	}
}

// Chance is what is known of the chance that an idea goes from one to the other; of two
// without a tie it is an error.
func (t *Ties) Chance(from, to int32) (Beta, error) {
	k, there := slices.BinarySearchFunc(t.tie, Tie{From: from, To: to}, func(a, b Tie) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	if !there {
		return Beta{}, errors.New("there is no tie between them")
	}
	p := t.prior[t.tie[k].Class]
	return Beta{p.A + t.took[k], p.B + t.tried[k] - t.took[k]}, nil
}

// Seen is how often an idea could have gone over each tie, and how often it did, by From
// and To.
func (t *Ties) Seen() iter.Seq2[Tie, Seen] {
	return func(yield func(Tie, Seen) bool) {
		for k, tie := range t.tie {
			if !yield(tie, Seen{Tally{t.tried[k], t.took[k]}, t.cared[k], t.others[k]}) {
				return
			}
		}
	}
}

// Seen is what was counted of a tie; what several may have brought is shared. Cared is of
// what its end cared for, Others of what it did not, as far as that is known.
type Seen struct {
	Tally
	Cared, Others Tally
}

// Waited is how long those took who took something up, of trials whose window had passed
// when the size was read.
func (t *Ties) Waited() Waited { return t.waited }

// Class is what is known of a tie of a class of which nothing was seen.
func (t *Ties) Class(class uint8) Beta { return t.prior[class] }

// Delay is how long it took an idea to go over ties of a class, in the unit of the
// courses; without points when none ever went.
func (t *Ties) Delay(class uint8) Dist { return t.delays[class] }
