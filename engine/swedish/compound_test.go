package swedish_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/swedish"
)

func few(t testing.TB) *swedish.Lexicon {
	t.Helper()
	l, err := swedish.Read(strings.NewReader("7\nmat/A\nturism/ABC\nlandsbygd/X\nflicka\nskola/B\nkommun\nhus\nring\nvatten\n2013\n-s/!\n"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestCompounds(t *testing.T) {
	t.Parallel()
	l := few(t)
	if l.Len() != 9 {
		t.Errorf("%d words", l.Len())
	}
	for word, want := range map[string]string{
		"landsbygdsturismen": "landsbygds turismen", "kommunskolorna": "kommun skolorna", "flickskola": "flick skola", "vattenring": "vatten ring",
		"turism": "", "mathus": "", "okändord": "", "": "", "kommun": "", "kommunkommun": "kommun kommun",
	} {
		if got := strings.Join(l.Parts(word), " "); got != want {
			t.Errorf("%s: %s", word, got)
		}
	}
}

func TestPartsAreTheWord(t *testing.T) {
	t.Parallel()
	l, words := few(t), []string{"turism", "kommun", "skolor", "vatten", "s", "xyz", "flick", "ö"}
	rapid.Check(t, func(t *rapid.T) {
		w := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 4).Draw(t, "parts"), "")
		if p := l.Parts(w); len(p) > 0 && (strings.Join(p, "") != w || slices.Contains(p, "")) {
			t.Fatalf("%s: %q", w, p)
		}
	})
}

func TestListsThatAreNone(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]string{"empty": "", "numbers": "1\n2\n", "bytes": "fl\xe4ck\n", "no lines": strings.Repeat("a", 10_000)} {
		if _, err := swedish.Read(strings.NewReader(list)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	path := t.TempDir() + "/sv.dic"
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := swedish.Open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the error names no file: %v", err)
	}
}

// The real list, where this machine has it.
func TestRealCompounds(t *testing.T) {
	t.Parallel()
	i := slices.IndexFunc(swedish.Places(), func(p string) bool { _, err := os.Stat(p); return err == nil })
	if i < 0 {
		t.Skip("there is no Swedish list of words: apt-get install hunspell-sv")
	}
	l, err := swedish.Open(swedish.Places()[i])
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]string{"landsbygdsturismen": "landsbygds turismen", "invandrarföreningar": "invandrar föreningar", "energikällor": "energi källor"} {
		if got := strings.Join(l.Parts(word), " "); got != want {
			t.Errorf("%s: %s", word, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("2\nmat/A\nhus\n", "mathus")
	f.Fuzz(func(t *testing.T, list, word string) {
		l, err := swedish.Read(strings.NewReader(list))
		if err != nil {
			return
		}
		l.Parts(word)
		if swedish.Stem(word) != swedish.Stem(swedish.Stem(word)) {
			t.Errorf("%q", word)
		}
	})
}
