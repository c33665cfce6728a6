package i18n

import (
	"regexp"
	"strconv"
	"strings"
)

// RangeDash stands between the ends of a range: no line ends at it. The joiners round it
// have no width and no sound, and searches pass over them.
const RangeDash = "\u2060–\u2060"

// rangeInText finds the dash of a range in a text of ours, before its values are filled in.
var rangeInText = regexp.MustCompile(`(\}\}|[0-9])–(\{\{|[0-9])`)

// together keeps the ranges in a text together.
func (f *forms) together() {
	for _, s := range []*string{&f.one, &f.other} {
		if strings.Contains(*s, "–") { // few do, and all are read at every start
			*s = rangeInText.ReplaceAllString(*s, "$1"+RangeDash+"$2")
		}
	}
}

// Range writes two ends that belong together: "3–7".
func Range(from, to string) string { return from + RangeDash + to }

// Numbers is Range of two whole numbers.
func Numbers(from, to int) string { return Range(strconv.Itoa(from), strconv.Itoa(to)) }
