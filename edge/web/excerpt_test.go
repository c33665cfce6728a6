package web_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/edge/web"
	"kokko/journey/spark"
)

// What stands under a title in a list is the beginning of the whole text, cleaned, however
// long the text is and whatever stands in it.
func TestAnExcerptIsTheBeginningOfTheWholeText(t *testing.T) {
	t.Parallel()
	whole := func(s spark.Spark) string {
		text := spark.CleanLine(s.Text)
		if rest, ok := strings.CutPrefix(text, s.Title); ok {
			text = strings.TrimLeft(rest, ".!?… ")
		}
		r := []rune(text)
		if len(r) <= 200 {
			return text
		}
		cut := string(r[:200])
		if i := strings.LastIndexByte(cut, ' '); i > 100 {
			cut = cut[:i]
		}
		return strings.TrimRight(cut, " ,;:–-") + "…"
	}
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"kylätalo", "öinen", " ", "  ", "\n", "\u00a0", "\t", ".", "–", "e\u0301", "\u200b", "👩‍🚒", "abcdefghij", strings.Repeat("\n", 300), strings.Repeat("pitkä", 120)})
		text := strings.Join(rapid.SliceOfN(piece, 0, 400).Draw(t, "text"), "")
		s := spark.Spark{Title: spark.FirstSentence(text), Text: text}
		if rapid.Bool().Draw(t, "own title") {
			s.Title = "Kylätalo auki"
		}
		if got, want := web.Excerpt(s), whole(s); got != want {
			t.Fatalf("%q\nis not\n%q", got, want)
		}
	})
}
