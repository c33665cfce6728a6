package finnish_test

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kokko/engine/finnish"
	"kokko/engine/finnish/finnishtest"
)

// tiny writes a dictionary of a few words as the format has it.
func tiny(symbols []string, cells ...[4]uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0x00013A6E)
	b = binary.LittleEndian.AppendUint32(b, 0x000351FA)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(symbols)))
	for _, s := range symbols {
		b = append(append(b, s...), 0)
	}
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	for _, c := range cells { // in, out, to, more
		b = binary.LittleEndian.AppendUint16(b, uint16(c[0]))
		b = binary.LittleEndian.AppendUint16(b, uint16(c[1]))
		b = binary.LittleEndian.AppendUint32(b, c[2]|c[3]<<24)
	}
	return b
}

const end = 0xFFFF

// kylä and kyle, of which the second is forbidden by a condition, and a ring that
// takes nothing and never ends.
func village() []byte {
	return tiny([]string{"", "@P.A.ON@", "@D.A@", "a", "e", "k", "l", "y", "ä", "[Ln]", "[Xp]", "[X]"},
		[4]uint32{0, 9, 1, 0},   // 0: [Ln]
		[4]uint32{1, 0, 2, 0},   // 1: set A
		[4]uint32{5, 5, 3, 0},   // 2: k
		[4]uint32{7, 7, 4, 0},   // 3: y
		[4]uint32{6, 6, 5, 0},   // 4: l
		[4]uint32{0, 0, 5, 2},   // 5: round and round
		[4]uint32{2, 0, 8, 0},   //    only without A, then e
		[4]uint32{8, 8, 9, 0},   //    ä
		[4]uint32{4, 4, 9, 0},   // 8
		[4]uint32{end, 0, 0, 0}, // 9
	)
}

func TestConditionsAndRings(t *testing.T) {
	t.Parallel()
	d, err := finnish.Read(village())
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]bool{"kylä": true, "KYLÄ": true, "kyle": false, "kyl": false, "": false, "kyläö": false} {
		if got := d.Analyse(word); (len(got) > 0) != want || want && (got[0].Lemma != "kylä" || got[0].Class != finnish.Noun) {
			t.Errorf("%q: %+v", word, got)
		}
	}
}

func TestBadDictionariesAreRefused(t *testing.T) {
	t.Parallel()
	good := village()
	for name, b := range map[string][]byte{
		"empty":                 nil,
		"short":                 good[:10],
		"another file":          []byte(strings.Repeat("<html>", 40)),
		"weights":               append(append([]byte{}, good[:8]...), append([]byte{1}, good[9:]...)...),
		"cut in the symbols":    good[:30],
		"cut in the cells":      good[:len(good)-20],
		"cut in a cell":         good[:len(good)-3],
		"no transitions":        tiny([]string{"", "a"}),
		"leads out of the file": tiny([]string{"", "a"}, [4]uint32{1, 1, 77, 0}),
		"a symbol too many":     tiny([]string{"", "a"}, [4]uint32{9, 1, 0, 0}),
		"more than there are":   tiny([]string{"", "a"}, [4]uint32{1, 1, 0, 200}),
		"cut where it is long":  tiny([]string{"", "a"}, [4]uint32{1, 1, 0, 255}),
		"more than are counted": tiny([]string{"", "a"}, [4]uint32{1, 1, 0, 255}, [4]uint32{end, end, 0, 0}),
		"not in order":          tiny([]string{"", "a", "b"}, [4]uint32{2, 2, 0, 1}, [4]uint32{1, 1, 0, 0}),
		"an unknown condition":  tiny([]string{"", "@Z.A@", "a"}, [4]uint32{2, 2, 0, 0}),
		"the first not empty":   tiny([]string{"x", "a"}, [4]uint32{1, 1, 0, 0}),
	} {
		if _, err := finnish.Read(b); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	path := t.TempDir() + "/mor.vfst"
	if err := os.WriteFile(path, good[:40], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := finnish.Open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the error names no file: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(village(), "kylä")
	f.Add(tiny([]string{"", "a"}, [4]uint32{1, 1, 0, 1}, [4]uint32{end, 0, 0, 0}), "aaaa")
	f.Add(tiny([]string{"", "@C.B@", "a"}, [4]uint32{1, 0, 0, 1}, [4]uint32{2, 2, 0, 0}), "a")
	f.Fuzz(func(t *testing.T, b []byte, word string) {
		if len(b) > 1<<16 || len(word) > 64 {
			return
		}
		d, err := finnish.Read(b)
		if err != nil {
			return
		}
		d.Analyse(word)
		d.Near(word, finnish.SlipCost)
	})
}

func FuzzWord(f *testing.F) {
	for _, s := range []string{"kylä", "KOKO:lla", "Tähtitaajamat-hankkeessa", "-", ":", "a-", "--", "1000", "\xff", "ﬁ", "İ", strings.Repeat("a", 500), strings.Repeat("yö-", 90)} {
		f.Add(s)
	}
	l := lexicon(f)
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 {
			return
		}
		w := l.Word(s)
		if len(w.Lemmas) == 0 {
			t.Errorf("%q has no base form", s)
		}
		for _, lemma := range w.Lemmas {
			if utf8.ValidString(s) && !utf8.ValidString(lemma) {
				t.Errorf("%q: %q", s, lemma)
			}
		}
	})
}

// Tokens are what stands in the text where it is said to, in order, and hold every
// letter and digit of it.
func TestTokens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("aäB1-:'’. ,\n"))).Draw(t, "text")
		at, letters := 0, 0
		for i, token := range finnish.Tokens(text) {
			if i < at || text[i:i+len(token)] != token || strings.ContainsAny(token, " .,\n") || strings.Contains(token, "--") || strings.HasPrefix(token, "-") || strings.HasSuffix(token, ":") {
				t.Fatalf("%q: %d %q", text, i, token)
			}
			at = i + len(token)
			letters += count(token)
		}
		if want := count(text); letters != want {
			t.Fatalf("%q: %d of %d letters", text, letters, want)
		}
	})
}

func count(s string) (n int) {
	for _, r := range s {
		if strings.ContainsRune("aäB1", r) {
			n++
		}
	}
	return n
}

func TestLexiconIsSharedSafely(t *testing.T) {
	t.Parallel()
	l := lexicon(t)
	words := tokens("Kunnankylien kouvolalaisten yrittäjyys lähiruoan Kausalassa juoksemme ennakointia maaseutukaupungin järjestötoiminta linja-auton")
	want := map[string]string{}
	for _, w := range words {
		want[w] = strings.Join(l.Word(w).Lemmas, " ")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				for _, w := range words {
					if got := strings.Join(l.Word(w).Lemmas, " "); got != want[w] {
						t.Errorf("%s: %s, want %s", w, got, want[w])
					}
				}
			}
		})
	}
	all.Wait()
}

// A word understood lately costs no memory.
func TestNothingIsAllocatedForWhatIsKnown(t *testing.T) {
	l := lexicon(t)
	l.Word("Lähiruoan")
	if n := testing.AllocsPerRun(100, func() { l.Word("Lähiruoan") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The real dictionary with a part cut off or a few bytes changed is refused, or reads
// every word within its bounds.
func TestABentDictionaryEndsInAnErrorOrAnAnswer(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(finnishtest.Path(t))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 9))
	refused := 0
	for i := range 16 {
		b := append([]byte{}, whole...)
		if i%2 == 0 {
			b = b[:r.IntN(len(b))]
		}
		for range r.IntN(40) {
			b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
		}
		d, err := finnish.Read(b)
		if err != nil {
			refused++
			continue
		}
		for _, w := range []string{"lähiruoanjakelupisteissäkin", "kylä", strings.Repeat("yö", 100), "aaaaaaaaaaaaaaaaaaaaaaaa"} {
			d.Analyse(w)
			d.Near(w, finnish.SlipCost)
		}
	}
	if refused == 0 {
		t.Error("none was refused")
	}
}
