package programme

import (
	"fmt"
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

// Nearest is the colour nearest to another that passes, found on the way from it to
// black and to white, so that its hue stays; false when neither end passes.
func Nearest(colour string, passes func(string) bool) (string, bool) {
	from, ok := rgb(colour)
	if !ok {
		return "", false
	}
	for step := range 256 {
		for _, end := range []int{0, 255} { // the darker of two that are as near
			var to [3]int
			for i, c := range from {
				to[i] = c + (end-c)*step/255
			}
			if hex := fmt.Sprintf("#%02x%02x%02x", to[0], to[1], to[2]); passes(hex) {
				return hex, true
			}
		}
	}
	return "", false
}

func rgb(hex string) (c [3]int, ok bool) {
	if len(hex) != 7 || hex[0] != '#' {
		return c, false
	}
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	return [3]int{int(n >> 16 & 0xff), int(n >> 8 & 0xff), int(n & 0xff)}, err == nil
}
