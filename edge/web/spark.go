package web

import (
	"strings"
	"unicode/utf8"

	"kokko/journey/spark"
)

// placeOf is where a spark is: the programme's name for the place, or the words
// its bringer used; "" when none was given.
func (v *Visit) placeOf(s spark.Spark) string {
	if p, ok := v.Edition.Place(s.Place); ok {
		return v.In(p.Name)
	}
	return s.PlaceName
}

// kindOf is what a spark is called by its kind.
func (v *Visit) kindOf(k spark.Kind) string {
	if k == "" {
		return v.T("kind.open")
	}
	return v.T("kind." + string(k))
}

// excerpt is the beginning of a spark's text as it follows its title.
func excerpt(s spark.Spark) string {
	const most = 200
	text := spark.CleanLine(s.Text)
	if rest, ok := strings.CutPrefix(text, s.Title); ok {
		text = strings.TrimLeft(rest, ".!?… ")
	}
	return firstWords(text, most)
}

// firstWords cuts a text at a word when it is longer than most characters.
func firstWords(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	cut := string([]rune(text)[:most])
	if i := strings.LastIndexByte(cut, ' '); i > most/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:–-") + "…"
}
