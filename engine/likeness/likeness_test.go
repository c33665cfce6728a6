package likeness_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/likeness"
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
			for _, p := range likeness.Mark(whole, shared, likeness.Plain) {
				out.WriteString(p.Text)
				if p.Text == "" || p.Same && (!holds(a, p.Text) || !holds(b, p.Text)) {
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

func TestRankFindsTheSameMatterAndSaysWhy(t *testing.T) {
	t.Parallel()
	others := []string{
		"Verlan polku talvikäyttöön. Polku pitäisi aurata.",
		"Myllykosken puupaja takaisin! Entiseen kouluun mahtuisi puupaja ja koneet.",
		"Kirjasto auki iltaisin, koska myös iltaisin luetaan.",
		"Laituri kuntoon talkoilla. Laiturin koneet ovat vaarallisia.",
		"",
	}
	got := likeness.Rank("Yhteinen puupaja entiseen kouluun. Tarvitaan tila ja koneet.", others, likeness.Plain, 3)
	if len(got) != 1 || got[0].Index != 1 || !slices.Equal(got[0].Words, []string{"puupaja", "entiseen", "kouluun", "koneet"}) {
		t.Errorf("%+v", got)
	}
	if got := likeness.Rank("", others, likeness.Plain, 3); len(got) != 0 {
		t.Errorf("an empty text is like %+v", got)
	}
	if got := likeness.Rank("Puupaja", []string{"puupaja", "muu"}, likeness.Plain, 3); len(got) != 1 || got[0].Score < .99 {
		t.Errorf("one word, the same: %+v", got)
	}
}

// Whatever the texts: at most so many, the likest first, each with words both
// hold, and nothing is more like a text than itself.
func TestRankKeepsItsPromises(t *testing.T) {
	t.Parallel()
	words := []string{"puupaja", "koulu", "silta", "ranta", "talkoot", "verstas", "kone", "kylä"}
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 8).Draw(rt, name), " ")
		}
		text := draw("text")
		var others []string
		for range rapid.IntRange(0, 8).Draw(rt, "others") {
			others = append(others, draw("other"))
		}
		others = append(others, text)
		most := rapid.IntRange(0, 5).Draw(rt, "most")
		got := likeness.Rank(text, others, likeness.Plain, most)
		if len(got) > most {
			rt.Fatalf("%d of at most %d", len(got), most)
		}
		for i, m := range got {
			if m.Score > 1 || m.Score <= 0 || i > 0 && m.Score > got[i-1].Score || len(m.Words) == 0 {
				rt.Fatalf("%+v", got)
			}
			for _, w := range m.Words {
				if !holds(text, w) || !holds(others[m.Index], w) {
					rt.Fatalf("%q is not in both", w)
				}
			}
		}
	})
}
