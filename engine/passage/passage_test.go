package passage_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kokko/engine/passage"
)

// marks finds every place of some words.
func marks(text string, words ...string) (all []passage.Range) {
	for _, w := range words {
		for at := 0; ; {
			i := strings.Index(text[at:], w)
			if i < 0 {
				break
			}
			all = append(all, passage.Range{From: at + i, To: at + i + len(w)})
			at += i + len(w)
		}
	}
	slices.SortFunc(all, func(a, b passage.Range) int { return a.From - b.From })
	return all
}

func said(pieces []passage.Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.Marked {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestThePlaceWithMostDifferentWordsIsShown(t *testing.T) {
	t.Parallel()
	text := "Kylällä on ruoka kallista, ja ruoka tulee kaukaa. " + strings.Repeat("Tästä on puhuttu pitkään. ", 12) + "Lähiruoan jakelu kylille alkaisi talkoilla. Sitten nähdään."
	for _, c := range []struct {
		words []string
		most  int
		want  string
	}{
		{nil, 30, "Kylällä on ruoka kallista, ja …"},
		{[]string{"ruoka"}, 40, "Kylällä on [ruoka] kallista, ja [ruoka] …"},
		{[]string{"ruoka", "Lähiruoan", "jakelu"}, 50, "[Lähiruoan] [jakelu] kylille alkaisi talkoilla. Sitten …"},
		{[]string{"Sitten"}, 50, "[Sitten] nähdään."},
		{[]string{"kylille"}, 24, "… jakelu [kylille] alkaisi …"},
	} {
		if got := said(passage.Of(text, marks(text, c.words...), c.most)); got != c.want {
			t.Errorf("%v in %d: %q, want %q", c.words, c.most, got, c.want)
		}
	}
	if got := said(passage.Whole("Ruoka ja ruoan jakelu", marks("Ruoka ja ruoan jakelu", "ruoan", "Ruoka"))); got != "[Ruoka] ja [ruoan] jakelu" {
		t.Error(got)
	}
	if got := passage.Of("", nil, 10); len(got) != 0 {
		t.Error(got)
	}
}

// Whatever the text and the marks: the excerpt is of the text, no longer than asked for,
// whole characters, and shows a mark when there is one that fits.
func TestAnExcerptIsOfItsText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("aäö. !?k€  lo"))).Draw(t, "text")
		most := rapid.IntRange(1, 60).Draw(t, "most")
		var given []passage.Range
		for range rapid.IntRange(0, 5).Draw(t, "marks") {
			given = append(given, passage.Range{From: rapid.IntRange(-1, len(text)+1).Draw(t, "from"), To: rapid.IntRange(-1, len(text)+1).Draw(t, "to")})
		}
		whole, lit := "", false
		for _, p := range passage.Whole(text, given) {
			whole, lit = whole+p.Text, lit || p.Marked
		}
		if whole != text {
			t.Fatalf("%q became %q", text, whole)
		}
		pieces := passage.Of(text, given, most)
		inner, shown, longest := "", false, 0
		for i, p := range pieces {
			if !utf8.ValidString(p.Text) {
				t.Fatalf("%q is cut in the middle of a character", p.Text)
			}
			if i == 0 && p.Text == "… " || i == len(pieces)-1 && p.Text == " …" {
				continue
			}
			inner, shown = inner+p.Text, shown || p.Marked
		}
		for _, p := range passage.Whole(text, given) {
			if p.Marked {
				longest = max(longest, utf8.RuneCountInString(p.Text))
			}
		}
		if !strings.Contains(text, inner) || utf8.RuneCountInString(inner) > most {
			t.Fatalf("%q is no excerpt of %q in %d", inner, text, most)
		}
		if lit && longest <= most/4 && !shown {
			t.Fatalf("no mark in %v of %q", pieces, text)
		}
	})
}
