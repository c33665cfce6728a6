package spread

import (
	"cmp"
	"errors"
	"math"
	"slices"
)

// Dist is a forecast of a number as a distribution: points with weights. It is not
// changed after it was made.
type Dist struct {
	at    []float64 // ascending, each once
	below []float64 // how much of the whole is at or below each point; the last is 1
}

// NewDist is the distribution of points with weights, or of points of equal weight when
// weights are nil. Points that are no numbers, and weights that are not above 0, are left
// out; nothing at all is a distribution without points.
func NewDist(points, weights []float64) Dist {
	order := make([]int, 0, len(points))
	for i, p := range points {
		if !math.IsNaN(p) && !math.IsInf(p, 0) && (weights == nil || weights[i] > 0 && !math.IsInf(weights[i], 0)) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(points[a], points[b]) })
	var d Dist
	sum := 0.0
	for _, i := range order {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		sum += w
		if n := len(d.at); n > 0 && d.at[n-1] == points[i] {
			d.below[n-1] = sum
			continue
		}
		d.at = append(d.at, points[i])
		d.below = append(d.below, sum)
	}
	for i := range d.below {
		d.below[i] /= sum
	}
	if n := len(d.below); n > 0 {
		d.below[n-1] = 1
	}
	return d
}

// Mix is the distribution that is each of the parts with its weight.
func Mix(parts []Dist, weights []float64) Dist {
	var at, w []float64
	for k, d := range parts {
		before := 0.0
		for i, x := range d.at {
			at = append(at, x)
			w = append(w, weights[k]*(d.below[i]-before))
			before = d.below[i]
		}
	}
	return NewDist(at, w)
}

// Len is how many points there are.
func (d Dist) Len() int { return len(d.at) }

// Moved is the distribution of what f makes of each point.
func (d Dist) Moved(f func(float64) float64) Dist {
	at := make([]float64, len(d.at))
	w := make([]float64, len(d.at))
	before := 0.0
	for i, x := range d.at {
		at[i], w[i] = f(x), d.below[i]-before
		before = d.below[i]
	}
	return NewDist(at, w)
}

// rounding is how much of a whole may be lost by adding its parts.
const rounding = 1e-9

// Quantile is the least point at or below which p of the whole is, NaN without points.
func (d Dist) Quantile(p float64) float64 {
	if len(d.at) == 0 {
		return math.NaN()
	}
	i, _ := slices.BinarySearch(d.below, p-rounding)
	return d.at[min(i, len(d.at)-1)]
}

// Mean is the mean of the points.
func (d Dist) Mean() float64 {
	m, before := 0.0, 0.0
	for i, x := range d.at {
		m += x * (d.below[i] - before)
		before = d.below[i]
	}
	return m
}

// Below is how much of the whole is below y, and how much at or below it.
func (d Dist) Below(y float64) (strictly, orAt float64) {
	i, there := slices.BinarySearch(d.at, y)
	if i > 0 {
		strictly = d.below[i-1]
	}
	if there {
		return strictly, d.below[i]
	}
	return strictly, strictly
}

// Nearest is the point nearest to y when it is within tiny of it, else y.
func (d Dist) Nearest(y, tiny float64) float64 {
	i, _ := slices.BinarySearch(d.at, y-tiny)
	if i < len(d.at) && d.at[i] <= y+tiny {
		return d.at[i]
	}
	return y
}

// Shortest is the shortest range that holds at least the share of the whole, the lowest
// of equals. Where much of the whole stands at one end, as when most ideas stay as they
// are, it is what people mean by "between": a range from the tenth to the ninetieth part
// would hold 90 of 100 there.
func (d Dist) Shortest(share float64) (low, high float64) {
	if len(d.at) == 0 {
		return math.NaN(), math.NaN()
	}
	best := math.Inf(1)
	j := 0
	for i := range d.at {
		before := 0.0
		if i > 0 {
			before = d.below[i-1]
		}
		for j < len(d.at) && d.below[j]-before < share-rounding {
			j++
		}
		if j == len(d.at) {
			break
		}
		if wide := d.at[j] - d.at[i]; wide < best-rounding {
			best, low, high = wide, d.at[i], d.at[j]
		}
	}
	if math.IsInf(best, 1) { // a share above the whole
		return d.at[0], d.at[len(d.at)-1]
	}
	return low, high
}

// CRPS is the continuous ranked probability score of the forecast when y came true: 0 is
// best, in the unit of y, and |y - x| for a forecast of x alone. It is the integral of
// (F(x) - 1{y ≤ x})², exact for points (Gneiting and Raftery, Strictly proper scoring
// rules, prediction, and estimation, JASA 2007, equations 20 and 21).
func (d Dist) CRPS(y float64) float64 {
	if len(d.at) == 0 {
		return math.NaN()
	}
	score := math.Max(0, d.at[0]-y) + math.Max(0, y-d.at[len(d.at)-1])
	for i := range len(d.at) - 1 {
		a, b, f := d.at[i], d.at[i+1], d.below[i]
		switch {
		case y <= a:
			score += (b - a) * (1 - f) * (1 - f)
		case y >= b:
			score += (b - a) * f * f
		default:
			score += (y-a)*f*f + (b-y)*(1-f)*(1-f)
		}
	}
	return score
}

// CRPSNormal is the score of a normal distribution, in closed form (Gneiting and others,
// Monthly Weather Review 2005, equation 5).
func CRPSNormal(mean, sd, y float64) float64 {
	if sd <= 0 {
		return math.Abs(y - mean)
	}
	z := (y - mean) / sd
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	return sd * (z*math.Erf(z/math.Sqrt2) + 2*density - 1/math.Sqrt(math.Pi))
}

// IntervalScore is the score of a range that is to hold the share of what comes true: how
// wide it is, and 2/(1-share) times how far outside y fell. 0 is best.
func IntervalScore(low, high, share, y float64) float64 {
	return high - low + 2/(1-share)*(math.Max(0, low-y)+math.Max(0, y-high))
}

// Told is a probability that was told, and what came true.
type Told struct {
	P        float64
	Happened bool
}

// Brier is the mean of (probability - what came true)², 0 the best and .25 for one who
// always says a half. NaN when nothing was told.
func Brier(told []Told) float64 {
	sum := 0.0
	for _, t := range told {
		sum += square(t.P - truth(t.Happened))
	}
	return sum / float64(len(told))
}

// Skill is how much better than the base rate of the same outcomes the probabilities
// were, by Brier's score: 1 knew everything, 0 is as good, below 0 is worse. NaN when
// all outcomes were alike.
func Skill(told []Told) float64 {
	rate := 0.0
	for _, t := range told {
		rate += truth(t.Happened) / float64(len(told))
	}
	if rate == 0 || rate == 1 {
		return math.NaN()
	}
	return 1 - Brier(told)/(rate*(1-rate))
}

// Bin is one row of a reliability table: of how many was it told, what on average, and
// of what share it came true. Low and High are a 95 % range of the share (Wilson's).
type Bin struct {
	Count     int
	Told      float64
	Happened  float64
	Low, High float64
}

// errBins is what a table of no rows is refused with.
var errBins = errors.New("a reliability table needs at least one row")

// Reliability is the table of what was told against what came true, in as many rows of
// equally many as are asked for; rows are by count, so that none is nearly empty, and
// probabilities that are equal share a row. Fewer rows come of few or equal ones.
func Reliability(told []Told, rows int) ([]Bin, error) {
	if rows < 1 {
		return nil, errBins
	}
	order := slices.Clone(told)
	slices.SortStableFunc(order, func(a, b Told) int { return cmp.Compare(a.P, b.P) })
	var bins []Bin
	for from := 0; from < len(order); {
		// what is left is shared by the rows that are left
		to := from + max(1, (len(order)-from+rows-len(bins)-1)/max(1, rows-len(bins)))
		to = min(to, len(order))
		for to < len(order) && order[to].P == order[to-1].P {
			to++
		}
		b := Bin{Count: to - from}
		for _, t := range order[from:to] {
			b.Told += t.P / float64(b.Count)
			b.Happened += truth(t.Happened) / float64(b.Count)
		}
		b.Low, b.High = Wilson(b.Happened, b.Count)
		bins = append(bins, b)
		from = to
	}
	return bins, nil
}

// ReliabilityError is how far what was told is from what came true over a table, on
// average: .03 tells of a rain of 30 % that it came 27 to 33 times of a hundred.
func ReliabilityError(bins []Bin) float64 {
	sum, n := 0.0, 0
	for _, b := range bins {
		sum += float64(b.Count) * math.Abs(b.Told-b.Happened)
		n += b.Count
	}
	return sum / float64(n)
}

// Wilson is the 95 % range of a share seen of n (Wilson, JASA 1927); all of 0 to 1 when
// nothing was seen.
func Wilson(share float64, n int) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	const z = 1.959964
	m := float64(n)
	mid := (share + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(share*(1-share)/m+z*z/(4*m*m))
	return math.Max(0, mid-half), math.Min(1, mid+half)
}

func square(x float64) float64 { return x * x }

// truth is 1 of what came true.
func truth(happened bool) float64 {
	if happened {
		return 1
	}
	return 0
}
