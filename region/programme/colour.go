package programme

import (
	"math"
	"strconv"
)

// readable is the contrast WCAG 2.2 demands of text at level AA (1.4.3).
const readable = 4.5

// luminance is the relative luminance of "#rrggbb" as WCAG 2.2 defines it; false
// when the colour is written otherwise.
func luminance(hex string) (float64, bool) {
	if len(hex) != 7 || hex[0] != '#' {
		return 0, false
	}
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		return 0, false
	}
	part := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0), true
}

// Contrast is the ratio of two colours "#rrggbb", 1 to 21; 0 when either is no
// colour.
func Contrast(a, b string) float64 {
	x, ok := luminance(a)
	y, ok2 := luminance(b)
	if !ok || !ok2 {
		return 0
	}
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
