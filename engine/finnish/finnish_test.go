package finnish_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"kokko/engine/finnish"
	"kokko/engine/finnish/finnishtest"
)

func dictionary(t testing.TB) *finnish.Dictionary { return finnishtest.Dictionary(t) }

func shared(t testing.TB, name string) string { return finnishtest.Shared(t, name) }

// rows are the tab-separated lines of a file, without its comments.
func rows(t testing.TB, path string) (all [][]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := s.Text(); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, strings.Split(line, "\t"))
		}
	}
	return all
}

func placeNames(t testing.TB) (names []string) {
	for _, r := range rows(t, "testdata/places.tsv") {
		names = append(names, r[0])
	}
	return names
}

func lexicon(t testing.TB) *finnish.Lexicon {
	return finnish.New(dictionary(t), finnish.NewGazetteer(placeNames(t)...))
}

func meet(a, b *finnish.Word) bool {
	return slices.ContainsFunc(a.Lemmas, func(l string) bool { return slices.Contains(b.Lemmas, l) })
}

// The words of the brochure's field, in the forms they have in it.
func TestFormsOfOneWordMeet(t *testing.T) {
	t.Parallel()
	l := lexicon(t)
	forms, missed := 0, []string{}
	for _, r := range rows(t, shared(t, "finnish_gold.tsv")) {
		for _, form := range strings.Fields(r[1]) {
			forms++
			if !meet(l.Word(r[0]), l.Word(form)) {
				missed = append(missed, form)
			}
		}
	}
	if forms < 200 || float64(len(missed)) > .005*float64(forms) {
		t.Errorf("%d of %d forms do not meet their base form: %v", len(missed), forms, missed)
	}
}

func TestWordsThatLookAlikeDoNotMeet(t *testing.T) {
	t.Parallel()
	l := lexicon(t)
	all := rows(t, shared(t, "finnish_overstemming.tsv"))
	for _, r := range all {
		if a, b := l.Word(r[0]), l.Word(r[1]); meet(a, b) {
			t.Errorf("%s and %s meet in %v, %v", r[0], r[1], a.Lemmas, b.Lemmas)
		}
	}
	if len(all) < 80 {
		t.Errorf("%d pairs", len(all))
	}
}

// Every place of the region in the twelve cases of the singular.
func TestPlacesInEveryCase(t *testing.T) {
	t.Parallel()
	l := lexicon(t)
	for _, r := range rows(t, "testdata/places.tsv") {
		weak := strings.TrimSuffix(r[1], "n")
		back := strings.ContainsAny(r[0], "aouAOU")
		if i := strings.LastIndexAny(r[0], "-"); i >= 0 {
			back = strings.ContainsAny(r[0][i:], "aouAOU")
		}
		if last := strings.LastIndexAny(r[0], "aouäöy"); last >= 0 {
			back = strings.ContainsAny(r[0][last:last+1], "aou")
		}
		cases := slices.Clone(r)
		for _, e := range []string{"ssa", "sta", "lla", "lta", "lle", "ksi", "tta"} {
			if !back {
				e = strings.ReplaceAll(e, "a", "ä")
			}
			cases = append(cases, weak+e)
		}
		for _, form := range cases {
			if w := l.Word(form); !slices.Contains(w.Lemmas, strings.ToLower(r[0])) {
				t.Errorf("%s: %+v", form, *w)
			}
		}
	}
}

func TestWhatIsNotInTheDictionary(t *testing.T) {
	t.Parallel()
	l := lexicon(t)
	for token, want := range map[string]finnish.Word{
		"KOKO:lla":                 {Lemmas: []string{"koko"}, Class: finnish.Abbreviation, Source: finnish.FromPieces},
		"2013":                     {Lemmas: []string{"2013"}, Source: finnish.AsItStands},
		"1000":                     {Lemmas: []string{"1000"}, Source: finnish.AsItStands},
		"Tähtitaajamat-hankkeessa": {Lemmas: []string{"tähtitaajamat-hanke"}, Parts: []string{"tähtitaajama", "tähti", "taajama", "hanke"}, Class: finnish.Noun, Source: finnish.FromPieces},
		"kausalalaisille":          {Lemmas: []string{"kausalalainen"}, Roots: []string{"kausala"}, Class: finnish.NounAdjective, Source: finnish.FromNames},
		"kouvostoliittolainen":     {Lemmas: []string{"kouvostoliittolainen"}},
		"bokashikompostin":         {Lemmas: []string{"bokashikomposti"}, Parts: []string{"bokashi", "komposti"}, Class: finnish.Noun, Source: finnish.FromPieces},
	} {
		got := *l.Word(token)
		if len(want.Parts) == 0 && want.Source == 0 { // only that it is one word of its own
			if len(got.Lemmas) == 0 {
				t.Errorf("%s: %+v", token, got)
			}
			continue
		}
		if !slices.Equal(got.Lemmas, want.Lemmas) || !slices.Equal(got.Parts, want.Parts) || !slices.Equal(got.Roots, want.Roots) || got.Class != want.Class || got.Source != want.Source {
			t.Errorf("%s: %+v, want %+v", token, got, want)
		}
	}
}
