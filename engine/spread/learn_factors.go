package spread

import (
	"fmt"
	"math"
)

// Trial is one time an idea could go from one to another.
type Trial struct {
	From, To int32   // of 0 to the number of people
	Class    uint8   // of the tie
	Interest float64 // how well the idea matches what To says they care for, 0 to 1
	Took     bool
}

// Factors are what an idea's way is made of: the log odds that it goes over a tie are of
// the tie's class, of how far ideas of its sender go (authority), of how readily its
// receiver takes one up (receptivity), and of the receiver's interest in this one. It is
// the form of AIR (Barbieri, Bonchi and Manco, Topic-aware social influence propagation
// models, ICDM 2012) with interests that people declare themselves, so that an idea
// needs no ties of its own.
type Factors struct {
	base        float64
	class       [256]float64
	interest    float64
	authority   []float64
	receptivity []float64
}

// The deviations of the priors: how far from 0 a factor may well be.
const (
	personPrior   = .7
	classPrior    = 1.5
	interestPrior = 2
	sweeps        = 40
)

// LearnFactors learns of trials among so many people. Factors are the greatest posterior
// of a logistic regression with normal priors, found by Newton's step of one factor after
// another; whoever was seen little is as anybody.
func LearnFactors(people int, trials []Trial) (*Factors, error) {
	f := &Factors{authority: make([]float64, people), receptivity: make([]float64, people)}
	yes := 0.0
	for i, t := range trials {
		if t.From < 0 || int(t.From) >= people || t.To < 0 || int(t.To) >= people {
			return nil, fmt.Errorf("trial %d is of somebody beyond the %d people", i, people)
		}
		if !(t.Interest >= 0 && t.Interest <= 1) {
			return nil, fmt.Errorf("trial %d: an interest of %v is not between 0 and 1", i, t.Interest)
		}
		yes += truth(t.Took)
	}
	if len(trials) == 0 {
		f.base = math.Inf(-1)
		return f, nil
	}
	f.base = logit(jeffreys(int(yes), len(trials)))
	// trials of each sender, receiver and class, one after another
	by := func(groups int, of func(*Trial) int) [][]int32 {
		all := make([][]int32, groups)
		for i := range trials {
			g := of(&trials[i])
			all[g] = append(all[g], int32(i))
		}
		return all
	}
	senders := by(people, func(t *Trial) int { return int(t.From) })
	receivers := by(people, func(t *Trial) int { return int(t.To) })
	kinds := by(256, func(t *Trial) int { return int(t.Class) })
	everything := by(1, func(*Trial) int { return 0 })
	odds := make([]float64, len(trials))
	for i := range odds {
		odds[i] = f.base
	}
	// step moves one factor of trials by Newton's step, and tells how far
	step := func(value *float64, prior float64, of []int32, by func(*Trial) float64) float64 {
		slope, curve := -*value/square(prior), 1/square(prior)
		for _, i := range of {
			t := &trials[i]
			p, x := sigmoid(odds[i]), by(t)
			slope += (truth(t.Took) - p) * x
			curve += p * (1 - p) * x * x
		}
		move := max(-1, min(1, slope/curve))
		*value += move
		for _, i := range of {
			odds[i] += move * by(&trials[i])
		}
		return math.Abs(move)
	}
	one := func(*Trial) float64 { return 1 }
	for range sweeps {
		most := step(&f.base, 1e3, everything[0], one)
		most = max(most, step(&f.interest, interestPrior, everything[0], func(t *Trial) float64 { return t.Interest }))
		for k, of := range kinds {
			if len(of) > 0 {
				most = max(most, step(&f.class[k], classPrior, of, one))
			}
		}
		for who := range people {
			if len(senders[who]) > 0 {
				most = max(most, step(&f.authority[who], personPrior, senders[who], one))
			}
			if len(receivers[who]) > 0 {
				most = max(most, step(&f.receptivity[who], personPrior, receivers[who], one))
			}
		}
		if most < 1e-4 {
			break
		}
	}
	return f, nil
}

// Chance is the chance that an idea goes over a tie; its outcome is not read.
func (f *Factors) Chance(t Trial) float64 {
	odds := f.base + f.class[t.Class] + f.interest*t.Interest
	if t.From >= 0 && int(t.From) < len(f.authority) {
		odds += f.authority[t.From]
	}
	if t.To >= 0 && int(t.To) < len(f.receptivity) {
		odds += f.receptivity[t.To]
	}
	return sigmoid(odds)
}
