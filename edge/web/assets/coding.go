package assets

import (
	"strconv"
	"strings"
)

// Coding picks the content coding for an Accept-Encoding header among those
// that exist: "br", "gzip" or "" (as it is). The highest weight wins; of equal
// weights brotli before gzip before identity, because that is the order of
// size. Weights outside 0…1 or not numbers count as a refusal of that member.
// O(length of the header); see RFC 9110 §12.5.3.
func Coding(header []string, brotli, gzip bool) string {
	weights := map[string]float64{}
	for _, line := range header {
		for member := range strings.SplitSeq(line, ",") {
			name, weight, ok := parseMember(member)
			if ok {
				weights[name] = weight
			}
		}
	}
	weigh := func(name string) float64 {
		if w, ok := weights[name]; ok {
			return w
		}
		if w, ok := weights["*"]; ok {
			return w
		}
		return 0
	}
	best, bestWeight := "", 0.0
	if w, ok := weights["identity"]; ok {
		bestWeight = w
	}
	if gzip {
		w := max(weigh("gzip"), weights["x-gzip"])
		if w > 0 && w >= bestWeight {
			best, bestWeight = "gzip", w
		}
	}
	if brotli {
		if w := weigh("br"); w > 0 && w >= bestWeight {
			best = "br"
		}
	}
	return best
}

// parseMember reads one member: a coding and its weight, 1 when not said.
func parseMember(member string) (name string, weight float64, ok bool) {
	name, rest, _ := strings.Cut(member, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return "", 0, false
	}
	weight = 1
	for param := range strings.SplitSeq(rest, ";") {
		key, value, found := strings.Cut(param, "=")
		if !found || !strings.EqualFold(strings.TrimSpace(key), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) { // the negation also catches NaN
			q = 0
		}
		weight = q
	}
	return name, weight, true
}
