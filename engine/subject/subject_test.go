package subject_test

import (
	"bytes"
	"slices"
	"testing"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/finnish/finnishtest"
	"kokko/engine/language"
	"kokko/engine/subject"
	"kokko/engine/text"
)

func stems() *text.Analyser { return text.NewAnalyser(finnish.New(nil, nil), language.Own()) }

// about is what the words of a text are about, together, the most first.
func about(m *subject.Model, words *text.Analyser, body string, in language.Language) (ids []concept.ID) {
	var all []subject.Topic
	for _, k := range words.Words(body, in) {
		all = m.About(all, k, in)
	}
	sum := map[concept.ID]float64{}
	for _, t := range all {
		sum[t.ID] += t.Share
	}
	for id := range sum {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b concept.ID) int {
		if sum[a] != sum[b] {
			return map[bool]int{true: -1, false: 1}[sum[a] > sum[b]]
		}
		return int(a) - int(b)
	})
	return ids
}

func TestOneSubjectInThreeLanguages(t *testing.T) {
	t.Parallel()
	m, err := subject.Own()
	if err != nil {
		t.Fatal(err)
	}
	words := text.NewAnalyser(finnish.New(finnishtest.Dictionary(t), nil), language.Own())
	for _, c := range []struct {
		id   concept.ID
		says map[language.Language]string
	}{
		{10879, map[language.Language]string{language.Finnish: "maaseutumatkailun yrittäjät", language.Swedish: "turism på landsbygden", language.English: "rural tourism"}},
		{17851, map[language.Language]string{language.Finnish: "mehiläistarhaus", language.Swedish: "biodling och bin", language.English: "beekeeping"}},
	} {
		var first []concept.ID
		for _, in := range language.All() {
			got := about(m, words, c.says[in], in)
			t.Log(in, got[:min(8, len(got))])
			if in == language.Finnish {
				first = got[:min(16, len(got))]
			} else if !slices.ContainsFunc(got[:min(8, len(got))], func(id concept.ID) bool { return slices.Contains(first, id) }) {
				t.Errorf("%s: nothing in common with Finnish", c.says[in])
			}
		}
	}
}

// small is a model of a few titles.
func small(t testing.TB) []byte {
	c := &subject.Counter{}
	for range 3 {
		c.Add(stems(), "Honey and bees", language.English, 13277, 1)
		c.Add(stems(), "Bees of the forest", language.English, 2096, 1)
		c.Add(stems(), "The forest", language.English, 2096, 2)
	}
	b, err := c.Model("invented")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatIsCounted(t *testing.T) {
	t.Parallel()
	b := small(t)
	m, err := subject.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, small(t)) {
		t.Error("the same titles give other bytes")
	}
	if m.Source() != "invented" || m.Words() == 0 {
		t.Error(m.Source(), m.Words())
	}
	for word, want := range map[string][]concept.ID{"honey": {13277}, "forests": {2096}, "bee": {2096, 13277}, "foresters": {2096}, "sauna": nil} {
		got := about(m, stems(), word, language.English)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", word, got, want)
		}
	}
	if got := about(m, stems(), "honey", language.Swedish); got != nil {
		t.Errorf("honey is no Swedish: %v", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(small(f))
	f.Add([]byte("kokko-subjects 1 x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := subject.Read(b)
		if err != nil {
			return
		}
		about(m, stems(), "bees honey forest sauna", language.English)
	})
}
