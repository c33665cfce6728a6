package spread

import (
	"math"
	"math/bits"
)

// A code c of 16 bits is the probability ((c+1)/65536)²: never nought, exactly one at
// the top, and fine where probabilities are small. As a threshold for 32 random bits it
// is one multiplication.

// codeOf is the nearest code of a probability above nought.
func codeOf(p float64) uint16 {
	return uint16(min(max(math.Round(65536*math.Sqrt(p)), 1), 65536) - 1)
}

// threshold is how many of 2³² a code's probability is.
func threshold(code uint16) uint64 {
	c := uint64(code) + 1
	return c * c
}

// chance is a code's probability.
func chance(code uint16) float64 { return float64(threshold(code)) / (1 << 32) }

// Steps from one key to another: odd numbers whose bits look like nothing (digits of
// the golden ratio, √2, √3 and √5).
const (
	stepDraw = 0x9E3779B97F4A7C15
	stepNode = 0x6A09E667F3BCC909
	stepSet  = 0xBB67AE8584CAA73B
	stepRoot = 0x3C6EF372FE94F82B
	stepSide = 0xA54FF53A5F1D36F1
)

// mix makes 64 random bits of a counter: the two halves of a product, folded.
func mix(x uint64) uint64 {
	high, low := bits.Mul64(x, x^0xE7037ED1A0B428DB)
	return high ^ low
}

// key is where the draws of one set or run begin; side keeps collections apart.
func key(seed, side, number uint64) uint64 {
	return mix(mix(mix(seed^stepSide)+side*stepSide) + number*stepSet)
}

// below is a number below n out of 64 random bits.
func below(x uint64, n uint32) uint32 {
	high, _ := bits.Mul64(x, uint64(n))
	return uint32(high)
}

// skips draws how many arcs are passed over until one carries: −ln(u)/−ln(1−p), rounded
// down, is geometric. The logarithm is a table of 256 with straight lines between, right
// to 2·10⁻⁶.
type skips struct {
	lines [256]struct{ log, slope float64 }
	// bounds are of classes of codes, eight to a doubling of the code.
	bounds [classes]bound
}

// bound is the upper edge of a class of codes.
type bound struct {
	threshold uint64
	inverse   float64 // 1/−ln(1−p)
}

const classes = 17 * 8

// class is a code's class.
func class(code uint16) int {
	c := uint32(code) + 1
	e := bits.Len32(c) - 1
	return e<<3 | int(c<<3>>e)&7
}

func newSkips() *skips {
	s := &skips{}
	for i := range s.lines {
		low, high := math.Log1p(float64(i)/256), math.Log1p(float64(i+1)/256)
		// The chord lies below the curve; half of how far, and the error is to both sides.
		middle := math.Log1p((float64(i) + .5) / 256)
		s.lines[i].log = low + (middle-(low+high)/2)/2
		s.lines[i].slope = (high - low) / (1 << 44)
	}
	for i := range s.bounds {
		e, m := i>>3, i&7
		// The greatest code of the class: the next class's least, less one.
		whole := uint64(65536)
		if e < 16 {
			whole = max(uint64(math.Ceil(float64(m+9)/8*math.Exp2(float64(e))))-1, 1)
		}
		s.bounds[i] = bound{whole * whole, inverse(float64(whole*whole) / (1 << 32))}
	}
	return s
}

// inverse is 1/−ln(1−p), nought when p is one.
func inverse(p float64) float64 {
	if p >= 1 {
		return 0
	}
	return -1 / math.Log1p(-p)
}

// exponential draws with mean one.
func (s *skips) exponential(x uint64) float64 {
	zeros := bits.LeadingZeros64(x | 1)
	x = x << (zeros & 63) << 1
	line := &s.lines[x>>56]
	return float64(zeros+1)*math.Ln2 - line.log - float64(int64(x<<8>>20))*line.slope
}
