package i18n

import (
	"math"
	"strconv"
	"strings"
)

// The signs of CLDR. Grouping in Finnish and Swedish is a no-break space, and
// their minus is the mathematical one.
const (
	noBreak = "\u00a0"
	minus   = "\u2212"
)

// Number writes a whole number in groups of three: "46 735", "46,735".
func (p *Printer) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	if n < 0 {
		return p.minus() + p.group(digits[1:])
	}
	return p.group(digits)
}

// Decimal writes f rounded to a number of decimals (0–20): "1 234,5", "1,234.5".
// What is no finite number is a dash.
func (p *Printer) Decimal(f float64, digits int) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "–"
	}
	s := strconv.FormatFloat(math.Abs(f), 'f', min(max(digits, 0), 20), 64)
	whole, part, _ := strings.Cut(s, ".")
	out := p.group(whole)
	if part != "" {
		out += p.point() + part
	}
	if f < 0 && strings.Trim(s, "0.") != "" { // nothing is not minus nothing
		return p.minus() + out
	}
	return out
}

// Money writes euros given in cents: "46 735 €", "46 735,50 €", "€46,735". Whole
// euros show no cents.
func (p *Printer) Money(cents int64) string {
	digits := strconv.FormatInt(cents, 10)
	sign := ""
	if cents < 0 {
		sign, digits = p.minus(), digits[1:]
	}
	for len(digits) < 3 {
		digits = "0" + digits
	}
	whole, part := digits[:len(digits)-2], digits[len(digits)-2:]
	out := p.group(whole)
	if part != "00" {
		out += p.point() + part
	}
	if p.lang == English {
		return sign + "€" + out
	}
	return sign + out + noBreak + "€"
}

// group puts the separator between groups of three in a row of digits.
func (p *Printer) group(digits string) string {
	if len(digits) <= 3 {
		return digits
	}
	separator := noBreak
	if p.lang == English {
		separator = ","
	}
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

func (p *Printer) point() string {
	if p.lang == English {
		return "."
	}
	return ","
}

func (p *Printer) minus() string {
	if p.lang == English {
		return "-"
	}
	return minus
}
