package language_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kokko/engine/language"
)

// sentences are those of the pages' own texts, which no model was trained on: at
// least four words, without what is filled in.
func sentences(t testing.TB, code string) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../../edge/*/texts/*." + code + ".yaml")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	value := regexp.MustCompile(`^[a-z][\w.]*: (?:\{one: )?"([^"]*)"`)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(b), "\n") {
			if m := value.FindStringSubmatch(line); m != nil && !strings.Contains(m[1], "{{") && len(strings.Fields(m[1])) >= 4 {
				all = append(all, m[1])
			}
		}
	}
	return all
}

func TestTellsLanguagesApart(t *testing.T) {
	t.Parallel()
	m := language.Own()
	for _, l := range language.All() {
		all := sentences(t, string(l))
		var whole, three int
		var missed []string
		for _, s := range all {
			if m.Of(s) == l {
				whole++
			} else {
				missed = append(missed, s)
			}
			if m.Of(strings.Join(strings.Fields(s)[:3], " ")) == l {
				three++
			}
		}
		n := float64(len(all))
		t.Logf("%s: %d sentences, whole %.1f %%, first three words %.1f %%", l, len(all), 100*float64(whole)/n, 100*float64(three)/n)
		if len(all) < 300 || float64(whole) < .985*n || float64(three) < .94*n {
			t.Errorf("%s: of %d sentences %d whole, %d by their first three words; missed %q", l, len(all), whole, three, missed)
		}
	}
}

func TestWhatIsNoneOfThem(t *testing.T) {
	t.Parallel()
	m := language.Own()
	for _, text := range []string{"", "  ", "123 456", "!?", "ok", "Привет, как дела сегодня", "你好 世界 你好", "zxqv wqxz kjqx vvzq xzqk", strings.Repeat("\xff\xfe", 50)} {
		if got := m.Of(text); got != language.Unknown {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func TestAModelOfOtherBytesIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := language.Load(make([]byte, language.Size-1)); err == nil {
		t.Error("taken")
	}
}

func FuzzOf(f *testing.F) {
	for _, s := range []string{"Lähiruoan jakelu kylille", "närproducerad mat", "a\x00b", "é"} {
		f.Add(s)
	}
	m := language.Own()
	f.Fuzz(func(t *testing.T, s string) {
		a := m.Of(s)
		if b := m.Of(s); a != b {
			t.Errorf("%q is %q and %q", s, a, b)
		}
		for r := range language.Runs(s) {
			if r < 0 || r*3 >= language.Size {
				t.Errorf("run %d", r)
			}
		}
	})
}

func BenchmarkOf(b *testing.B) {
	m, text := language.Own(), strings.Repeat("Kylän vanha puupaja yhteiseksi verstaaksi. ", 10)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		m.Of(text)
	}
}
