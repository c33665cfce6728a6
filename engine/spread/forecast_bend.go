package spread

import (
	"math"
	"slices"
)

// bend maps what share a forecast said would be at or below a point to what share was: a
// line through knots (Kuleshov and others, Accurate uncertainties for deep learning using
// calibrated regression, ICML 2018), shrunk towards none.
type bend struct {
	knots []float64 // at k/(len-1); the first 0, the last 1
}

func straight() bend { return bend{} }

// unbent is as how many forecasts that were right the shrinking counts.
const unbent = 1000

// bent learns the bend from forecasts and what came.
func bent(forecasts []Dist, came []float64) bend {
	const steps = 10
	if len(came) == 0 {
		return straight()
	}
	knots := make([]float64, steps+1)
	for i, d := range forecasts {
		// where it came is anywhere in the point's own part
		low, high := d.Below(d.Nearest(came[i], rounding))
		for k := range knots {
			p := float64(k) / steps
			switch {
			case p >= high:
				knots[k]++
			case p > low:
				knots[k] += (p - low) / (high - low)
			}
		}
	}
	n := float64(len(came))
	for k := range knots {
		p := float64(k) / steps
		knots[k] = (knots[k] + unbent*p) / (n + unbent)
	}
	knots[0], knots[steps] = 0, 1
	return bend{knots}
}

// of is a forecast bent.
func (b bend) of(d Dist) Dist {
	if b.knots == nil {
		return d
	}
	below := make([]float64, len(d.below))
	last := float64(len(b.knots) - 1)
	for i, p := range d.below {
		k := min(int(p*last), len(b.knots)-2)
		part := p*last - float64(k)
		below[i] = math.Min(1, b.knots[k]+part*(b.knots[k+1]-b.knots[k]))
	}
	if len(below) > 0 {
		below[len(below)-1] = 1
	}
	return Dist{slices.Clone(d.at), below}
}
