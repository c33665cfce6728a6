package text_test

import (
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
)

// words is an analyser with Voikko's dictionary; without one a test that needs it is
// skipped.
func words(t testing.TB) *text.Analyser {
	t.Helper()
	a, err := whole()
	if a == nil {
		t.Skip("there is no dictionary of Finnish here", err)
	}
	return a
}

var whole = sync.OnceValues(func() (*text.Analyser, error) {
	for _, path := range append([]string{os.Getenv("KOKKO_VOIKKO")}, finnish.Places()...) {
		if dict, err := finnish.Open(path); err == nil {
			return text.NewAnalyser(finnish.New(dict, finnish.NewGazetteer("Koria")), language.Own()), nil
		}
	}
	return nil, nil
})

// stems is an analyser without a dictionary.
func stems() *text.Analyser { return text.NewAnalyser(finnish.New(nil, nil), language.Own()) }

func TestKeysOfForms(t *testing.T) {
	t.Parallel()
	a := words(t)
	for _, c := range []struct {
		in      language.Language
		a, b    string
		meeting bool
	}{
		{language.Finnish, "lähiruoan", "lähiruokaa", true},
		{language.Finnish, "ruuanjakelua", "jakelut", true},
		{language.Finnish, "Korialla", "Koria", true},
		{language.Finnish, "yrittäjyys", "yrittäjien", true},
		{language.Finnish, "tukea", "tukkeja", false},
		{language.Finnish, "hakuun", "hakkuun", false},
		{language.Swedish, "bilarna", "bilar", true},
		{language.English, "workshops", "workshop", true},
		{language.Finnish, "1000", "100", false},
	} {
		if got := meet(a.Of(c.a, "", c.in), a.Of(c.b, "", c.in)); got != c.meeting {
			t.Errorf("%q and %q meet: %v", c.a, c.b, got)
		}
	}
}

// Without a dictionary a word is read as Finnish too, whatever language a single word looks
// like: it finds itself in a Finnish text, with a capital letter or without.
func TestWithoutADictionaryAWordFindsItself(t *testing.T) {
	t.Parallel()
	a := stems()
	for _, w := range []string{"verstas", "Verstas", "VERSTAS", "kerhotila", "sauna", "kahvila", "Koria", "tori", "mansikka"} {
		finds(t, a, w, "Verstas, kerhotila, sauna, kahvila, Koria, tori, mansikka")
	}
	rapid.Check(t, func(r *rapid.T) {
		w := word().Draw(r, "word")
		finds(r, a, w, strings.ToUpper(w))
	})
}

// One or two words look like any language: what no dictionary knows is asked for as it
// would stand in a Finnish text, too.
func TestAWordNobodyKnowsFindsItselfInFinnish(t *testing.T) {
	t.Parallel()
	a := words(t)
	for asked, written := range map[string]string{"bokashi": "Bokashia kerrostaloon", "workshop": "Workshopin ohjelma", "hackathon": "Hackathonit kylille", "Kymijoki rafting": "Raftingia Kymijoella"} {
		finds(t, a, asked, written)
	}
}

// finds fails a test when a question asks for no word as it stands in a Finnish text.
func finds(t interface{ Errorf(string, ...any) }, a *text.Analyser, asked, written string) {
	of := a.Of(written, "", language.Finnish)
	for _, key := range a.Asked(asked)[text.Lemma] {
		if slices.Contains(of[text.Lemma], key) {
			return
		}
	}
	t.Errorf("%q asks for %q, %q has %q", asked, a.Asked(asked), written, of)
}

// meet tells whether two texts share a key that is more than how a word begins.
func meet(a, b text.Keys) bool {
	in := map[string]bool{}
	for _, keys := range a {
		for _, k := range keys {
			in[k] = !strings.HasPrefix(k, "_")
		}
	}
	for _, keys := range b {
		for _, k := range keys {
			if in[k] {
				return true
			}
		}
	}
	return false
}

// The title, or the beginning of a text without one, counts twice.
func TestWhatStandsFirstCountsTwice(t *testing.T) {
	t.Parallel()
	a := stems()
	for _, c := range []struct {
		title, body string
		want        int
	}{{"talo", "", 2}, {"", "talo", 2}, {"auto", "talo", 1}, {"", strings.Repeat("auto ", 50) + "talo", 1}} {
		n := 0
		for _, k := range a.Of(c.title, c.body, language.Finnish)[text.Lemma] {
			if k == "talo" {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%q, %q: %d times", c.title, c.body, n)
		}
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	a := words(t)
	for _, c := range []struct{ asked, body, want string }{
		{"lähiruoka", "Ostetaan lähiruoan kylältä, lähiruokaa kaikille.", "lähiruoan lähiruokaa"},
		{"ruoka", "Jaetaan lähiruokaa, ei muuta.", "lähiruokaa"},
		{"kylätalo", "Talolla on väkeä.", "Talolla"},
		{"Koria", "Puupaja Korialle!", "Korialle"},
		{"xyzzy", "Ei mitään.", ""},
		{"", "Ei mitään.", ""},
	} {
		var got []string
		for _, r := range a.Marks(c.body, language.Finnish, a.Asked(c.asked)) {
			got = append(got, c.body[r.From:r.To])
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q marks %q in %q, want %q", c.asked, s, c.body, c.want)
		}
	}
}

// word makes words; each test has a generator of its own, for drawing changes it.
func word() *rapid.Generator[string] { return rapid.StringMatching(`[a-zåäö]{1,12}`) }

// An outline ranks as the keys themselves do, but for shared letters.
func TestOutlinesRankAsKeys(t *testing.T) {
	t.Parallel()
	a := stems()
	rapid.Check(t, func(r *rapid.T) {
		vocabulary := rapid.SliceOfN(word(), 1, 12).Draw(r, "vocabulary")
		some := func(what string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(vocabulary), 0, 20).Draw(r, what), " ")
		}
		k, asked := a.Of(some("title"), some("body"), language.Finnish), a.Of("", some("question"), language.Finnish)
		all := text.Collection{Texts: 50, Size: 12, Holding: func(key string) int { return len(key) }}
		q := text.AskWords(asked, all)
		want, got := q.Score(k), q.Rank(k.Outline(), k.Halves())
		if math.Abs(want-got.Score) > 1e-9*(1+want) {
			r.Fatalf("%g by keys, %g by outline", want, got.Score)
		}
		if k.Halves() != int(2*k.Size()) {
			r.Fatalf("%d halves of %g", k.Halves(), k.Size())
		}
		if got.Alike < 0 || got.Alike > 1 {
			r.Fatalf("alike by %g", got.Alike)
		}
		if own := text.AskWords(k, all).Rank(k.Outline(), k.Halves()); k.Halves() > 0 && own.Alike != 1 {
			r.Fatalf("a text is alike to itself by %g", own.Alike)
		}
		for _, key := range q.Shared(k.Outline()) {
			if !slices.ContainsFunc(k[:], func(keys []string) bool { return slices.Contains(keys, key) }) {
				r.Fatalf("%q is no key of the text", key)
			}
		}
	})
}

// What stands in brackets explains what is meant: it counts, but less, unless it is all
// that is asked.
func TestBracketsOnlyExplain(t *testing.T) {
	t.Parallel()
	a := stems()
	all := text.Collection{Texts: 1000, Size: 4, Holding: func(string) int { return 10 }}
	score := func(asked, body string) float64 {
		return text.AskWords(a.Asked(asked), all).Score(a.Of(body, "", language.Finnish))
	}
	if arvo, muu := score("arvo (muisti)", "arvo"), score("arvo (muisti)", "muisti"); muu <= 0 || muu >= arvo/2 {
		t.Errorf("what is in brackets counts %g beside %g", muu, arvo)
	}
	for _, same := range [][2]string{{"(muisti)", "muisti"}, {"muisti)", "muisti"}, {"arvo (kuva) muisti", "arvo muisti"}} {
		if one, two := score(same[0], "muisti"), score(same[1], "muisti"); one != two {
			t.Errorf("%q gives %g, %q %g", same[0], one, same[1], two)
		}
	}
}

// What goes beside a question ranks, never like the question's own words, and makes
// nothing a copy.
func TestWhatGoesBesideAQuestion(t *testing.T) {
	t.Parallel()
	a := stems()
	all := text.Collection{Texts: 1000, Size: 4, Holding: func(string) int { return 10 }}
	k := a.Of("uimala", "", language.Finnish)
	q := text.AskWords(k, all)
	before := q.Rank(k.Outline(), k.Halves())
	other := a.Of("ranta", "", language.Finnish)
	if f := q.Rank(other.Outline(), other.Halves()); f.Score != 0 {
		t.Fatalf("found by nothing: %g", f.Score)
	}
	q.Beside(map[string]float64{other[text.Lemma][0]: .3})
	f := q.Rank(other.Outline(), other.Halves())
	if f.Score <= 0 || f.Score >= before.Score || f.Alike != 0 {
		t.Errorf("%+v, and by its own words %+v", f, before)
	}
	if got := q.Rank(k.Outline(), k.Halves()); got != before {
		t.Errorf("its own words give %+v, were %+v", got, before)
	}
	if got := q.Shared(other.Outline()); !slices.Equal(got, other[text.Lemma][:1]) {
		t.Errorf("shared %q", got)
	}
}

// Of two texts equally long the one that says the rarer of two words ranks higher, and
// a word more never hurts.
func TestRareWordsCount(t *testing.T) {
	t.Parallel()
	a := stems()
	all := text.Collection{Texts: 1000, Size: 4, Holding: func(key string) int {
		if strings.Contains(key, "kyl") {
			return 400
		}
		return 3
	}}
	q := text.Ask(a.Asked("kylä verstas"), all)
	common, rare, both := a.Of("kylä talo", "", language.Finnish), a.Of("verstas talo", "", language.Finnish), a.Of("kylä verstas", "", language.Finnish)
	if !(q.Score(rare) > q.Score(common) && q.Score(both) > q.Score(rare)) {
		t.Errorf("common %g, rare %g, both %g", q.Score(common), q.Score(rare), q.Score(both))
	}
}

// Foreign bytes make keys an index takes, and no outline breaks the ranking.
func FuzzKeys(f *testing.F) {
	for _, s := range []string{"", "Lähiruoan jakelu", "KOKO:lla 2026", "a\x00b", "\xff\xfe", `" OR "x`, "linja-auto -- --", "ẞ ﬁ \u0301", strings.Repeat("ö", 400)} {
		f.Add(s, []byte(s))
	}
	a := stems()
	f.Fuzz(func(t *testing.T, s string, outline []byte) {
		for _, k := range []text.Keys{a.Of(s, s, language.Unknown), a.Asked(s)} {
			for _, keys := range k {
				for _, key := range keys {
					if key == "" || key != "_"+text.Key(strings.TrimPrefix(key, "_")) && key != text.Key(key) || !utf8.ValidString(key) {
						t.Fatalf("%q gives the key %q", s, key)
					}
				}
			}
			columns := [text.Columns]string{k.String(text.Lemma), k.String(text.Part), k.String(text.Root)}
			for c, keys := range text.Read(columns) {
				if !slices.Equal(keys, k[c]) && len(keys)+len(k[c]) > 0 {
					t.Fatalf("%q came back as %q", k[c], keys)
				}
			}
			q := text.Ask(k, text.Collection{Texts: 9, Size: 3, Holding: func(string) int { return 1 }})
			if f := q.Rank(outline, 4); math.IsNaN(f.Score) || f.Score < 0 {
				t.Fatalf("the outline %x gives %g", outline, f.Score)
			}
			q.Shared(outline)
		}
		for _, r := range a.Marks(s, language.Unknown, a.Asked(s)) {
			if r.From < 0 || r.To > len(s) || r.From >= r.To {
				t.Fatalf("%q has no %v", s, r)
			}
		}
	})
}
