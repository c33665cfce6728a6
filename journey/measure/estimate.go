package measure

import (
	"math"
	"slices"
)

// What can be said of numbers that chance has had its part in. Nothing here knows what
// was counted.

// z bounds the middle 95 per cent of the normal distribution.
const z = 1.959963984540054

// Wilson is between what a share lies that was seen k times of n (Wilson 1927, 95 per
// cent); the whole of 0 to 1 when nothing was seen.
func Wilson(k, n int) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	low, high = max(0, middle-half), min(1, middle+half)
	if k == 0 {
		low = 0
	}
	if k == n {
		high = 1
	}
	return low, high
}

// End is one end of a tie: who it is, and which group they are in.
type End struct {
	Who   int64
	Group string
}

// Mixed is how ties cross groups.
type Mixed struct {
	Across, Ties int
	// Chance is what share would cross if everybody had as many ties as they have, and
	// with whom were left to chance.
	Chance float64
	Known  bool // Chance can be told
}

// Mix counts ties that cross groups; those with an end of no known group are left out.
//
// The ends of all ties are drawn into pairs by lot (the configuration model), and pairs
// of somebody with themselves left out: of two ends of different actors the share that
// are of different groups is ((2m)² − Σ group²) / ((2m)² − Σ actor²), for m ties.
func Mix(ties [][2]End) (m Mixed) {
	groups, actors := map[string]int{}, map[int64]int{}
	for _, t := range ties {
		if t[0].Group == "" || t[1].Group == "" || t[0].Who == t[1].Who {
			continue
		}
		m.Ties++
		if t[0].Group != t[1].Group {
			m.Across++
		}
		for _, e := range t {
			groups[e.Group]++
			actors[e.Who]++
		}
	}
	all := 4 * float64(m.Ties) * float64(m.Ties)
	apart, others := all, all
	for _, n := range groups {
		apart -= float64(n) * float64(n)
	}
	for _, n := range actors {
		others -= float64(n) * float64(n)
	}
	if others > 0 {
		m.Chance, m.Known = apart/others, true
	}
	return m
}

// EI is the E–I index (Krackhardt & Stern 1988) of a share that crosses groups: 1 when
// all ties do, −1 when none does.
func EI(share float64) float64 { return 2*share - 1 }

// Wait is how long somebody waited: until it was over, or until now without.
type Wait struct {
	Days int
	Over bool
}

// Waiting is when a share of those who wait are through, with the band that chance
// leaves. A bound that has not been reached yet is negative.
type Waiting struct {
	Days, Low, High int
}

// Through tells by when a share p of those who wait are through, those who still wait
// counted for as long as they have (Kaplan & Meier 1958); the band is where the curve's
// own 95 per cent band, on the scale of log −log (Brookmeyer & Crowley 1982), has it.
func Through(waits []Wait, p float64) Waiting {
	w := Waiting{-1, -1, -1}
	all := slices.Clone(waits)
	slices.SortFunc(all, func(a, b Wait) int { return a.Days - b.Days })
	left, sum := 1.0, 0.0 // who is left, and Greenwood's sum
	upper := 1.0
	const hair = 1e-12 // of rounding
	for i := 0; i < len(all); {
		day, risk, over := all[i].Days, len(all)-i, 0
		for ; i < len(all) && all[i].Days == day; i++ {
			if all[i].Over {
				over++
			}
		}
		if over == 0 {
			continue
		}
		left *= 1 - float64(over)/float64(risk)
		lower := 0.0
		if over < risk {
			sum += float64(over) / (float64(risk) * float64(risk-over))
			spread := z * math.Sqrt(sum) / math.Abs(math.Log(left))
			lower, upper = math.Pow(left, math.Exp(spread)), math.Pow(left, math.Exp(-spread))
		}
		for _, b := range []struct {
			at    *int
			curve float64
		}{{&w.Low, lower}, {&w.Days, left}, {&w.High, upper}} {
			if *b.at < 0 && b.curve <= 1-p+hair {
				*b.at = day
			}
		}
	}
	return w
}

// Mean is the mean of counts, and between what it lies in the long run as far as they
// tell (Student 1908, 95 per cent); of fewer than three no interval is known.
func Mean(counts []int) (mean, low, high float64, known bool) {
	n := float64(len(counts))
	if n == 0 {
		return 0, 0, 0, false
	}
	sum, squares := 0.0, 0.0
	for _, c := range counts {
		sum += float64(c)
	}
	mean = sum / n
	if len(counts) < 3 {
		return mean, 0, 0, false
	}
	for _, c := range counts {
		squares += (float64(c) - mean) * (float64(c) - mean)
	}
	half := student(len(counts)-1) * math.Sqrt(squares/(n-1)/n)
	return mean, max(0, mean-half), mean + half, true
}

// student bounds the middle 95 per cent of Student's distribution with so many degrees of
// freedom (Hill 1970).
func student(degrees int) float64 {
	if degrees == 2 {
		return 4.302652729911275 // by its closed form; the series is for more
	}
	v := float64(degrees)
	z2 := z * z
	return z + z*((z2+1)/(4*v)+(((5*z2+16)*z2)+3)/(96*v*v)+((((3*z2+19)*z2)+17)*z2-15)/(384*v*v*v)+(((((79*z2+776)*z2)+1482)*z2-1920)*z2-945)/(92160*v*v*v*v))
}

// Diversity is how evenly things are spread (Shannon 1948): 0 when all are in one, ln n
// when n have as many each.
func Diversity(counts []int) (h float64) {
	all := 0
	for _, n := range counts {
		all += n
	}
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(all)
			h -= p * math.Log(p)
		}
	}
	return h
}
