package likeness_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/likeness"
	"kokko/engine/passage"
)

func TestWordsAndTheirKeys(t *testing.T) {
	t.Parallel()
	text := "Yhteinen PUUPAJA, joka on Åströmin talossa: A4-kone!"
	var keys []string
	for _, w := range likeness.Words(text, likeness.Plain) {
		keys = append(keys, w.Key)
		if likeness.Plain(text[w.From:w.To]) != w.Key {
			t.Errorf("%q stands at %q", w.Key, text[w.From:w.To])
		}
	}
	if want := []string{"yhtein", "puupaj", "joka", "åström", "taloss", "kone"}; !slices.Equal(keys, want) {
		t.Errorf("%q", keys)
	}
}

func TestMarkedPiecesAreTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.SliceOf(rapid.SampledFrom([]string{"puupaja", "Puupaja", "talo", "ä", " ", "\n", ",", "\xff", "kone4"}))
		a, b := strings.Join(text.Draw(rt, "a"), ""), strings.Join(text.Draw(rt, "b"), " ")
		shared := likeness.Shared([]string{a, b}, likeness.Plain)
		for _, whole := range []string{a, b} {
			var out strings.Builder
			for _, p := range passage.Whole(whole, likeness.Marks(whole, shared, likeness.Plain)) {
				out.WriteString(p.Text)
				if p.Text == "" || p.Marked && (!holds(a, p.Text) || !holds(b, p.Text)) {
					rt.Fatalf("%q is marked in %q", p.Text, whole)
				}
			}
			if out.String() != whole {
				rt.Fatalf("%q became %q", whole, out.String())
			}
		}
	})
}

func holds(text, word string) bool {
	return slices.ContainsFunc(likeness.Words(text, likeness.Plain), func(w likeness.Word) bool { return w.Key == likeness.Plain(word) })
}
