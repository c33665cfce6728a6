package spelling_test

import (
	"encoding/csv"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"kokko/engine/finnish"
	"kokko/engine/finnish/finnishtest"
	"kokko/engine/spelling"
)

// lexicon is one with the dictionary of this machine.
func lexicon(t testing.TB) *finnish.Lexicon {
	return finnish.New(finnishtest.Dictionary(t), finnish.NewGazetteer("Kausala", "Koria", "Verla"))
}

func shared(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(finnishtest.Shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHint(t *testing.T) {
	t.Parallel()
	s := spelling.New(lexicon(t), "närproducerad", "village", "development", "Itis")
	used := map[string]int{"hyväksytty": 5, "yhteistyö": 40, "matkailu": 12, "bokashi": 9, "hanke": 50}
	freq := func(w string) int { return used[w] }
	for written, want := range map[string]string{
		"ennakkointia": "ennakointia", "Ennakkointia": "", "yrittäjyyys": "yrittäjyys", "kyläkaupppa": "kyläkauppa", "kehitäminen": "kehittäminen", "maaseutumatkialu": "maaseutumatkailu", "avvoin": "avoin",
		"yhteistö": "yhteistyö", "matkalu": "matkailu", "hyväksytyyn": "hyväksyttyyn", "bokashii": "bokashi", "hankkkeen": "hankkeen", "Hankkkeen": "hankkeen",
		"närproducerd": "närproducerad", "vilage": "village", "devlopment": "development",
		// What is right, or may be.
		"ennakointia": "", "Kausalassa": "", "bokashi": "", "village": "", "törmäytetään": "", "xyzzy": "", "kyl": "", "": "", "1000": "", "lähi-ruoka": "", "\xff\xfe\xfd\xfc\xfb": "",
	} {
		if got, ok := s.Hint(written, freq); got != want || ok != (want != "") {
			t.Errorf("%q: %q, want %q", written, got, want)
		}
	}
	if got, _ := s.Hint("avvoin", nil); got != "avoin" {
		t.Errorf("without texts: %q", got)
	}
}

func TestWithoutADictionary(t *testing.T) {
	t.Parallel()
	s := spelling.New(finnish.New(nil, nil), "village")
	if got, _ := s.Hint("vilage", nil); got != "village" {
		t.Errorf("%q", got)
	}
	if got, _ := s.Hint("kehitäminen", func(w string) int { return map[string]int{"kehittäminen": 3}[w] }); got != "kehittäminen" {
		t.Errorf("%q", got)
	}
}

func TestNoHintForWhatIsRight(t *testing.T) {
	t.Parallel()
	s, n := spelling.New(lexicon(t)), 0
	for _, name := range []string{"finnish_gold.tsv", "finnish_overstemming.tsv"} {
		for line := range strings.Lines(string(shared(t, name))) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			for _, w := range strings.Fields(line) {
				n++
				if got, ok := s.Hint(w, nil); ok && utf8.RuneCountInString(w) > 3 {
					t.Errorf("%s: %s", w, got)
				}
			}
		}
	}
	if n < 300 {
		t.Errorf("%d words", n)
	}
}

// slip makes a typical slip of a word: a letter doubled or not, left out or too many,
// two changed round, the key beside, dots left out.
func slip(r *rand.Rand, word string) string {
	letters := []rune(word)
	i := 1 + r.IntN(len(letters)-1)
	switch kind := r.IntN(20); {
	case kind < 4: // not doubled
		for k := range letters[1:] {
			if at := (i+k)%(len(letters)-1) + 1; letters[at] == letters[at-1] {
				return string(slices.Delete(letters, at, at+1))
			}
		}
		return string(slices.Insert(letters, i, letters[i]))
	case kind < 7:
		return string(slices.Insert(letters, i, letters[i]))
	case kind < 11:
		return string(slices.Delete(letters, i, i+1))
	case kind < 14:
		letters[i], letters[i-1] = letters[i-1], letters[i]
	case kind < 17:
		for _, row := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm"} {
			if at := strings.IndexRune(row, letters[i]); at >= 0 {
				letters[i] = rune(row[max(0, min(len(row)-1, at+1-2*r.IntN(2)))])
				break
			}
		}
	case kind < 19:
		return strings.NewReplacer("ä", "a", "ö", "o").Replace(word)
	default:
		letters[i] = []rune("aeioutslknr")[r.IntN(11)]
	}
	return string(letters)
}

// Half of the real texts say which words the region uses; the words of the other half
// are spoilt, and found again.
func TestSlipsAreFound(t *testing.T) {
	t.Parallel()
	words := lexicon(t)
	rows := csv.NewReader(strings.NewReader(string(shared(t, "ideas/omastadi_round1.csv"))))
	rows.FieldsPerRecord, rows.LazyQuotes = -1, true
	all, err := rows.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	used, asked := map[string]int{}, map[string]bool{}
	for i, row := range all {
		for _, token := range finnish.Tokens(row[1] + "\n" + row[2]) {
			token = strings.ToLower(token)
			if w := words.Word(token); i%2 == 0 {
				used[token]++
				for _, lemma := range w.Lemmas {
					used[lemma]++
				}
			} else if n := utf8.RuneCountInString(token); n >= 5 && n <= 24 && w.Source == finnish.FromDictionary && !strings.ContainsAny(token, "-:'’") {
				asked[token] = true
			}
		}
	}
	var list []string
	for w := range asked {
		list = append(list, w)
	}
	slices.Sort(list)
	r := rand.New(rand.NewPCG(7, 26))
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	s, freq := spelling.New(words), func(w string) int { return used[w] }
	var n, right, alike, other, none int
	var shown []string
	for _, w := range list {
		spoilt := slip(r, w)
		if n == 1500 {
			break
		}
		if spoilt == w || words.Word(spoilt).Source == finnish.FromDictionary {
			continue
		}
		n++
		got, ok := s.Hint(spoilt, freq)
		switch {
		case got == w:
			right++
		case ok && slices.Equal(words.Word(got).Lemmas, words.Word(w).Lemmas):
			alike++
		case ok:
			other++
			if len(shown) < 40 {
				shown = append(shown, w+" "+spoilt+" "+got)
			}
		default:
			none++
		}
	}
	t.Logf("%d slips: %.1f %% are the word, %.1f %% another form of it, %.1f %% another word, %.1f %% without a hint; others: %s",
		n, part(right, n), part(alike, n), part(other, n), part(none, n), strings.Join(shown, "; "))
	if n < 1000 || part(right+alike, n) < 80 || part(other, n) > 12 {
		t.Errorf("of %d slips %d are found, %d as another form, %d are taken for another word, %d for none", n, right, alike, other, none)
	}
}

func part(a, of int) float64 { return 100 * float64(a) / float64(max(1, of)) }

func FuzzHint(f *testing.F) {
	for _, w := range []string{"ennakkointia", "", "ååååå", "\xff", strings.Repeat("yö", 30), "aaaaaaaaaaaaaaaaaaaaaaaa"} {
		f.Add(w)
	}
	s := spelling.New(lexicon(f), "village")
	f.Fuzz(func(t *testing.T, w string) {
		got, ok := s.Hint(w, nil)
		if ok && (got == strings.ToLower(w) || got == "") {
			t.Errorf("%q: %q", w, got)
		}
	})
}

func BenchmarkHint(b *testing.B) {
	s := spelling.New(lexicon(b))
	b.ReportAllocs()
	for b.Loop() {
		s.Hint("maaseutumatkialu", nil)
	}
}
