package spread

import (
	"errors"
	"math"
)

// Logit is a logistic regression with a normal prior on each weight: of facts, what are
// the odds. Facts are brought to mean 0 and deviation 1 first, so that one prior suits
// all; the first weight is of nothing but being asked.
type Logit struct {
	mean, scale []float64
	weight      []float64
	factor      [][]float64 // Cholesky's, of the posterior's precision
}

var errLogit = errors.New("facts and outcomes of equal number, at least one, and facts of equal length are needed")

// LearnLogit learns from facts and what came of them. The prior of each weight is normal
// about 0 with the deviation prior; 1 tells that a fact a deviation above its mean may
// well triple the odds. The posterior's greatest point is found by Newton's steps, and
// its width by Laplace's approximation (Bishop 2006, 4.5).
func LearnLogit(facts [][]float64, happened []bool, prior float64) (*Logit, error) {
	n := len(facts)
	if n == 0 || n != len(happened) || !(prior > 0) {
		return nil, errLogit
	}
	d := len(facts[0])
	l := &Logit{mean: make([]float64, d), scale: make([]float64, d), weight: make([]float64, d+1)}
	for _, f := range facts {
		if len(f) != d {
			return nil, errLogit
		}
		for k, x := range f {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, errors.New("a fact is no number")
			}
			l.mean[k] += x / float64(n)
		}
	}
	for _, f := range facts {
		for k, x := range f {
			l.scale[k] += square(x-l.mean[k]) / float64(n)
		}
	}
	for k, v := range l.scale {
		if l.scale[k] = math.Sqrt(v); l.scale[k] < 1e-9*(1+math.Abs(l.mean[k])) {
			l.scale[k] = math.Inf(1) // the same of all: it tells nothing
		}
	}
	rows, yes := make([][]float64, n), 0.0
	for i, f := range facts {
		rows[i] = l.row(f)
		yes += truth(happened[i])
	}
	centre := make([]float64, d+1)
	centre[0] = logit(jeffreys(int(yes), n))
	deviation := make([]float64, d+1)
	for k := range deviation {
		deviation[k] = prior
	}
	deviation[0] = 10 * prior
	return l, l.fit(rows, happened, centre, deviation)
}

// row is the facts as the weights take them.
func (l *Logit) row(facts []float64) []float64 {
	r := make([]float64, len(facts)+1)
	r[0] = 1
	for k, x := range facts {
		r[k+1] = (x - l.mean[k]) / l.scale[k]
	}
	return r
}

// fit finds the weights of the greatest posterior of a prior about a centre.
func (l *Logit) fit(rows [][]float64, happened []bool, centre, deviation []float64) error {
	d := len(centre)
	copy(l.weight, centre)
	penalty := func(w []float64) float64 {
		sum := 0.0
		for k := range w {
			sum += square((w[k]-centre[k])/deviation[k]) / 2
		}
		for i, r := range rows {
			z := dot(w, r)
			if !happened[i] {
				z = -z
			}
			sum += softplus(-z)
		}
		return sum
	}
	now := penalty(l.weight)
	for range 100 {
		slope := make([]float64, d)
		l.factor = make([][]float64, d)
		for k := range l.factor {
			l.factor[k] = make([]float64, d)
			l.factor[k][k] = 1 / square(deviation[k])
			slope[k] = (l.weight[k] - centre[k]) / square(deviation[k])
		}
		for i, r := range rows {
			p := sigmoid(dot(l.weight, r))
			for k := range d {
				slope[k] += (p - truth(happened[i])) * r[k]
				for j := range k + 1 {
					l.factor[k][j] += p * (1 - p) * r[k] * r[j]
				}
			}
		}
		if !cholesky(l.factor) {
			return errors.New("the weights of the facts cannot be told apart")
		}
		step := solveLower(l.factor, slope)
		solveUpper(l.factor, step)
		// halve until it is better
		size, next := 1.0, make([]float64, d)
		for ; size > 1e-6; size /= 2 {
			for k := range d {
				next[k] = l.weight[k] - size*step[k]
			}
			if penalty(next) <= now {
				break
			}
		}
		was := now
		if now = penalty(next); !(now < was) {
			break
		}
		copy(l.weight, next)
		if was-now < 1e-10*(1+math.Abs(now)) {
			break
		}
	}
	return nil
}

// Odds are the log odds told of facts, and their standard deviation by what the weights
// are not known of.
func (l *Logit) Odds(facts []float64) (log, deviation float64) {
	r := l.row(facts)
	half := solveLower(l.factor, r)
	return dot(l.weight, r), math.Sqrt(dot(half, half))
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for k := range a {
		sum += a[k] * b[k]
	}
	return sum
}

// cholesky makes a positive definite matrix, of which the lower part is read, its lower
// factor in place.
func cholesky(m [][]float64) bool {
	for k := range m {
		for j := range k + 1 {
			sum := m[k][j]
			for i := range j {
				sum -= m[k][i] * m[j][i]
			}
			if k == j {
				if !(sum > 0) {
					return false
				}
				m[k][k] = math.Sqrt(sum)
			} else {
				m[k][j] = sum / m[j][j]
			}
		}
	}
	return true
}

// solveLower solves with the lower factor.
func solveLower(m [][]float64, b []float64) []float64 {
	x := make([]float64, len(b))
	for k := range b {
		sum := b[k]
		for j := range k {
			sum -= m[k][j] * x[j]
		}
		x[k] = sum / m[k][k]
	}
	return x
}

// solveUpper solves with the factor turned, in place.
func solveUpper(m [][]float64, x []float64) {
	for k := len(x) - 1; k >= 0; k-- {
		for j := k + 1; j < len(x); j++ {
			x[k] -= m[j][k] * x[j]
		}
		x[k] /= m[k][k]
	}
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// softplus is log(1 + exp(z)).
func softplus(z float64) float64 {
	if z > 30 {
		return z
	}
	return math.Log1p(math.Exp(z))
}
