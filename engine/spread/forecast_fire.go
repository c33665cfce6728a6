package spread

import (
	"fmt"
	"math"
)

// Ended is an idea of which it is known whether it caught fire: what was known of it when
// it was asked about, and the outcome. What the facts are is the caller's to say; of all
// ideas they are the same, in the same order.
type Ended struct {
	Facts []float64
	Fired bool
}

// Odds are what is told of an idea that may catch fire.
type Odds struct {
	P         float64
	Low, High float64 // 80 of 100, of what is not known of P itself
	Base      float64 // of all ideas
	Rests     int     // ideas it rests on
	// Model tells that the facts moved P; else it is the base rate, because the ideas are
	// too few or the facts were no better on the later of the past.
	Model bool
}

// FewestEnded is from how many ended ideas on more than their base rate is told.
const FewestEnded = 30

// Fire tells the odds that an idea catches fire.
type Fire struct {
	logit *Logit
	beta  []float64 // the recalibration
	trust float64   // of what the facts say; the rest is of the base rate
	yes   int
	n     int
}

// LearnFire learns from ended ideas, by the time they began. What the facts say is trusted
// as far as it was better than the base rate on the later of the ideas, told from the
// earlier: not at all when it was not.
func LearnFire(past []Ended) (*Fire, error) {
	f := &Fire{n: len(past)}
	width := -1
	for i, e := range past {
		if width < 0 {
			width = len(e.Facts)
		}
		if len(e.Facts) != width {
			return nil, fmt.Errorf("idea %d has %d facts where the first has %d", i, len(e.Facts), width)
		}
		for k, x := range e.Facts {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("fact %d of idea %d is no number", k, i)
			}
		}
		if e.Fired {
			f.yes++
		}
	}
	if f.n < FewestEnded || width == 0 || f.yes == 0 || f.yes == f.n {
		return f, nil
	}
	// the later part is told from the earlier, in steps
	var logs []float64
	var came []bool
	var bases []float64
	from := max(FewestEnded/2, f.n/3)
	const steps = 6
	for s := range steps {
		begin, end := from+(f.n-from)*s/steps, from+(f.n-from)*(s+1)/steps
		l, err := learnEnded(past[:begin])
		if err != nil {
			return nil, err
		}
		yes := 0
		for _, e := range past[:begin] {
			yes += int(truth(e.Fired))
		}
		for _, e := range past[begin:end] {
			log, _ := l.Odds(e.Facts)
			logs = append(logs, log)
			came = append(came, e.Fired)
			bases = append(bases, jeffreys(yes, begin))
		}
	}
	f.beta = recalibration(logs, came)
	// each told by a recalibration of the others, so that it is not praised for itself
	const parts = 5
	told := make([]float64, len(logs))
	for part := range parts {
		var l []float64
		var c []bool
		for i := range logs {
			if i%parts != part {
				l, c = append(l, logs[i]), append(c, came[i])
			}
		}
		b := recalibration(l, c)
		for i := part; i < len(logs); i += parts {
			told[i] = recalibrated(b, logs[i])
		}
	}
	// the weight of the facts that was best is a quotient; as far as chance may have made
	// it, it is shrunk (James and Stein 1961, twice as much as they would)
	var better, chance, moved float64
	for i := range told {
		d := told[i] - bases[i]
		better += d * (truth(came[i]) - bases[i])
		chance += d * d * bases[i] * (1 - bases[i])
		moved += d * d
	}
	if better > 0 && moved > 0 {
		f.trust = min(1, better/moved) * max(0, 1-2*chance/square(better))
	}
	if f.trust < .05 {
		f.trust = 0
		return f, nil
	}
	var err error
	f.logit, err = learnEnded(past)
	return f, err
}

func learnEnded(past []Ended) (*Logit, error) {
	facts, happened := make([][]float64, len(past)), make([]bool, len(past))
	for i, e := range past {
		facts[i], happened[i] = e.Facts, e.Fired
	}
	return LearnLogit(facts, happened, .7)
}

// Odds tells of an idea by its facts.
func (f *Fire) Odds(facts []float64) (Odds, error) {
	base := jeffreys(f.yes, f.n)
	o := Odds{P: base, Base: base, Rests: f.n}
	baseOff := Beta{float64(f.yes) + .5, float64(f.n-f.yes) + .5}.Deviation()
	log, off := logit(base), baseOff/(base*(1-base))
	if f.logit != nil {
		if len(facts) != len(f.logit.mean) {
			return o, fmt.Errorf("%d facts where %d were learned from", len(facts), len(f.logit.mean))
		}
		for k, x := range facts {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return o, fmt.Errorf("fact %d is no number", k)
			}
		}
		said, deviation := f.logit.Odds(facts)
		o.P = f.trust*recalibrated(f.beta, said) + (1-f.trust)*base
		o.Model = true
		log = logit(o.P)
		off = math.Sqrt(square(f.trust*deviation) + square(off))
	}
	const z = 1.281552 // of 80 of 100
	o.Low, o.High = sigmoid(log-z*off), sigmoid(log+z*off)
	return o, nil
}

// jeffreys is a share of n by Jeffreys' prior, which is never 0 or 1.
func jeffreys(yes, n int) float64 { return (float64(yes) + .5) / (float64(n) + 1) }

// recalibration is the beta calibration (Kull, Silva Filho and Flach, AISTATS 2017) of
// log odds: a log p - b log(1-p) + c, shrunk towards a = b = 1, c = 0, which changes
// nothing.
func recalibration(logs []float64, came []bool) []float64 {
	none := []float64{0, 1, 1}
	if len(logs) == 0 {
		return none
	}
	rows := make([][]float64, len(logs))
	for i, l := range logs {
		rows[i] = betaRow(l)
	}
	fit := Logit{weight: make([]float64, 3)}
	if err := fit.fit(rows, came, none, []float64{.3, .3, .3}); err != nil {
		return none
	}
	// a probability never falls as what was said rises
	fit.weight[1], fit.weight[2] = max(0, fit.weight[1]), max(0, fit.weight[2])
	return fit.weight
}

// betaRow is 1, log p and -log(1-p) of log odds.
func betaRow(log float64) []float64 { return []float64{1, -softplus(-log), softplus(log)} }

func recalibrated(beta []float64, log float64) float64 {
	return min(1-1e-6, max(1e-6, sigmoid(dot(beta, betaRow(log)))))
}
