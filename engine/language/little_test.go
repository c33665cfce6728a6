package language_test

import (
	"testing"

	"kokko/engine/language"
)

func TestLittleWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		word                string
		joins, empty        bool
		links, swedes, says bool // in Finnish, in Swedish, in English
	}{
		{"että", true, true, true, false, false},
		{"ja", true, false, false, false, false},
		{"voi", false, false, true, false, false},
		{"en", true, false, false, true, false}, // a juniper in Swedish
		{"alla", false, true, true, true, false},
		{"with", true, true, false, false, true},
		{"hyvä", false, true, false, false, false},
		{"lähiruoka", false, false, false, false, false},
		{"", false, false, false, false, false},
	} {
		if language.Joins(c.word) != c.joins || language.Empty(c.word) != c.empty {
			t.Errorf("%q: joins %v, empty %v", c.word, language.Joins(c.word), language.Empty(c.word))
		}
		for i, want := range []bool{c.links, c.swedes, c.says} {
			if in := language.All()[i]; language.Links(c.word, in) != want {
				t.Errorf("%q in %s: links %v", c.word, in, !want)
			}
		}
	}
	if !language.Links("Voi", language.Finnish) || language.Links("voi", language.Unknown) {
		t.Error("capitals, or an unknown language")
	}
}

func TestStem(t *testing.T) {
	var s language.Stemmer
	for _, c := range []struct {
		word string
		in   language.Language
		want string
	}{
		{"saunoissa", language.Finnish, "sauno"}, {"saunoissa", language.Unknown, "sauno"}, {"bilarna", language.Swedish, "bil"}, {"workshops", language.English, "workshop"}, {"2026", language.Finnish, "2026"}, {"a4-arkkien", language.Finnish, "a4-arkkien"}, {"", language.English, ""},
	} {
		if got := s.Stem(c.word, c.in); got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.word, c.in, got, c.want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { s.Stem("workshops", language.English) }); n > 1 {
		t.Errorf("%v allocations a word", n)
	}
}
