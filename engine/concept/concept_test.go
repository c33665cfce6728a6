package concept_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/finnish/finnishtest"
	"kokko/engine/language"
	"kokko/engine/swedish"
)

// lexicon is one with the dictionary of this machine.
func lexicon(t testing.TB) *finnish.Lexicon {
	return finnish.New(finnishtest.Dictionary(t), nil)
}

func own(t testing.TB, words *finnish.Lexicon) *concept.Thesaurus {
	t.Helper()
	all, err := concept.Own(words)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// packed is a file of concepts with these lines.
func packed(t testing.TB, lines ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOneConceptInThreeLanguages(t *testing.T) {
	t.Parallel()
	all := own(t, lexicon(t))
	for text, in := range map[string]language.Language{"Lähiruoan": language.Finnish, "lähiruokaa": language.Unknown, "Närproducerade maten": language.Swedish, "närproducerad mat": language.Unknown, "Local foods": language.English, "local food": language.Unknown} {
		found := all.In(nil, text, in)
		if len(found) != 1 || found[0] != (concept.Match{ID: 11416, At: 0, End: len(text)}) {
			t.Errorf("%s: %+v", text, found)
		}
		if ids := all.Concepts(strings.Fields(text), in); !slices.Equal(ids, []concept.ID{11416}) {
			t.Errorf("%s: %v", text, ids)
		}
	}
	for in, want := range map[language.Language]string{language.Finnish: "lähiruoka", language.Swedish: "närproducerad mat", language.English: "local food"} {
		if got := all.Label(11416, in); got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
	if wider, ok := all.Broader(11416); !ok || all.Label(wider, language.English) != "food" {
		t.Errorf("broader is %d, %q", wider, all.Label(wider, language.English))
	}
	if got := concept.URI(11416); got != "http://www.yso.fi/onto/yso/p11416" {
		t.Error(got)
	}
}

func TestPhrases(t *testing.T) {
	t.Parallel()
	all := own(t, lexicon(t))
	f, err := os.Open("testdata/phrases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		row := strings.Split(s.Text(), "\t")
		if len(row) != 3 {
			continue
		}
		n++
		var got []string
		for _, m := range all.In(nil, row[1], language.Language(row[0])) {
			got = append(got, all.Label(m.ID, language.Finnish))
		}
		if !slices.Contains(got, row[2]) {
			t.Errorf("%s: %s is %q, not %s", row[0], row[1], got, row[2])
		}
	}
	if n < 50 {
		t.Errorf("%d phrases", n)
	}
}

func TestSwedishCompounds(t *testing.T) {
	t.Parallel()
	all := own(t, finnish.New(nil, nil))
	list, err := swedish.Read(strings.NewReader("skog\nkonsert\nby\nmarknad\nrenovering\n"))
	if err != nil {
		t.Fatal(err)
	}
	const text = "En skogskonsert"
	if found := all.In(nil, text, language.Swedish); len(found) > 0 {
		t.Fatalf("%+v", found)
	}
	all.Swedish(list)
	var got []string
	for _, m := range all.In(nil, text, language.Swedish) {
		if !m.Part || text[m.At:m.End] != "skogskonsert" {
			t.Errorf("%+v", m)
		}
		got = append(got, all.Label(m.ID, language.Finnish))
	}
	if !slices.Contains(got, "metsät") || !slices.Contains(got, "konsertit") {
		t.Errorf("%q", got)
	}
}

// Words that link others are no butter, juniper or hares, and what a stemmer alone
// takes for one word is not.
func TestWhatIsNoConcept(t *testing.T) {
	t.Parallel()
	all := own(t, lexicon(t))
	for text, in := range map[string]language.Language{
		"voi olla kuin noin": language.Finnish, "se on 5": language.Finnish, "en har för får vad": language.Swedish, "this one is to be": language.English, "we publish": language.English, "": language.Unknown, "2013 1000": language.Unknown,
	} {
		if found := all.In(nil, text, in); len(found) > 0 {
			t.Errorf("%s: %+v, %s", text, found, all.Label(found[0].ID, language.Finnish))
		}
	}
	if all.Label(4_000_000_000, language.Finnish) != "" {
		t.Error("a label of nothing")
	}
	if _, ok := all.Broader(4_000_000_000); ok {
		t.Error("a broader concept of nothing")
	}
}

func TestWithoutADictionary(t *testing.T) {
	t.Parallel()
	all := own(t, finnish.New(nil, nil))
	for text, in := range map[string]language.Language{"lähiruoka": language.Finnish, "närproducerade maten": language.Swedish, "local foods": language.English} {
		if ids := all.Concepts(strings.Fields(text), in); !slices.Equal(ids, []concept.ID{11416}) {
			t.Errorf("%s: %v", text, ids)
		}
	}
}

// Every label finds its own concept, and the file is what bench/concepts makes of it.
func TestEveryLabelIsFound(t *testing.T) {
	t.Parallel()
	words := lexicon(t)
	var labels [3]map[concept.ID]string
	for i, l := range language.All() {
		f, err := os.Open(finnishtest.Shared(t, "taxonomy/yso-ysoplaces-"+string(l)+".tsv.gz"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		if labels[i], err = concept.Labels(z); err != nil {
			t.Fatal(err)
		}
	}
	all := own(t, words)
	if all.Len() != len(concept.Entries(labels)) || all.Len() < 32_000 || !strings.Contains(all.Source(), "CC BY 4.0") {
		t.Fatalf("%d concepts of %s", all.Len(), all.Source())
	}
	for i, l := range language.All() {
		missed, n := []string{}, 0
		var found []concept.Match
		for id, label := range labels[i] {
			n++
			if all.Label(id, l) != label {
				t.Fatalf("%d is %q, not %q", id, all.Label(id, l), label)
			}
			bare, _, _ := strings.Cut(label, " (")
			found = all.In(found[:0], bare, l)
			if !slices.ContainsFunc(found, func(m concept.Match) bool { return m.ID == id }) && bare == label {
				missed = append(missed, label)
			}
		}
		t.Logf("%s: %d labels, %d not found by themselves: %q", l, n, len(missed), missed[:min(60, len(missed))])
		if len(missed)*100 > n*2 {
			t.Errorf("%s: %d of %d labels do not find their concept: %q", l, len(missed), n, missed[:min(100, len(missed))])
		}
	}
}

func TestTheShippedFileIsSmall(t *testing.T) {
	t.Parallel()
	info, err := os.Stat("concepts.gz")
	if err != nil || info.Size() > 2<<20 {
		t.Fatal(info, err)
	}
	words := finnish.New(nil, nil)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	all := own(t, words)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if got := int64(after.HeapAlloc) - int64(before.HeapAlloc); got > 32<<20 { // other tests run beside
		t.Errorf("%d bytes in memory", got)
	}
	runtime.KeepAlive(all)
}

func TestBadFilesAreRefused(t *testing.T) {
	t.Parallel()
	words, head := finnish.New(nil, nil), "kokko-concepts 1 of a test"
	good := packed(t, head, "7\t0\tkylät\tbyar\tvillages\t\tby\tvillag")
	if _, err := concept.Read(bytes.NewReader(good), words); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"empty":          nil,
		"not packed":     []byte(head),
		"cut":            good[:len(good)-9],
		"another":        packed(t, "<html>"),
		"few fields":     packed(t, head, "7\t0\tkylät"),
		"no number":      packed(t, head, "x\t0\ta\tb\tc\t\t\t"),
		"zero":           packed(t, head, "0\t0\ta\tb\tc\t\t\t"),
		"broader":        packed(t, head, "7\t-\ta\tb\tc\t\t\t"),
		"out of order":   packed(t, head, "7\t0\ta\tb\tc\t\t\t", "7\t0\ta\tb\tc\t\t\t"),
		"no text":        packed(t, head, "7\t0\t\xff\tb\tc\t\t\t"),
		"an endless one": packed(t, head, "7\t0\t"+strings.Repeat("a", 1<<20)),
	} {
		if _, err := concept.Read(bytes.NewReader(b), words); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for _, list := range []string{"kylät", "<http://example.org/p7>\tkylät", "<http://www.yso.fi/onto/yso/p7>\t ", "<http://www.yso.fi/onto/yso/p0>\tkylät", "<http://www.yso.fi/onto/yso/p7>\t\xff"} {
		if _, err := concept.Labels(strings.NewReader(list)); err == nil {
			t.Errorf("%q: taken", list)
		}
	}
}

func TestMakeAndRead(t *testing.T) {
	t.Parallel()
	words := lexicon(t)
	entries := []concept.Entry{
		{ID: 3, Labels: [3]string{"lähiruoka", "närproducerad mat", "local food"}},
		{ID: 1, Labels: [3]string{"ruoka", "mat", "food"}},
		{ID: 2, Labels: [3]string{"Kausala (Iitti)", "Kausala (Itis)", ""}},
		{ID: 9, Labels: [3]string{"Iitti", "Itis", ""}},
		{ID: 4, Broader: 9, Labels: [3]string{"kylät", "byar", "villages"}},
	}
	b, err := concept.Make("a test", entries, words)
	if err != nil {
		t.Fatal(err)
	}
	all, err := concept.Read(bytes.NewReader(b), words)
	if err != nil || all.Len() != 5 || all.Source() != "a test" {
		t.Fatal(all, err)
	}
	for id, want := range map[concept.ID]concept.ID{3: 1, 2: 9, 4: 9, 1: 0, 9: 0} {
		if got, ok := all.Broader(id); got != want || ok != (want > 0) {
			t.Errorf("%d: broader %d", id, got)
		}
	}
	if _, err := concept.Make("a test", entries, finnish.New(nil, nil)); err == nil {
		t.Error("made without a dictionary")
	}
	if _, err := concept.Make("", entries, words); err == nil {
		t.Error("made without a source")
	}
}

// What is found stands in the text, in order, and in one language at a time does not
// overlap but for what is ambiguous.
func TestMatchesStandInTheText(t *testing.T) {
	t.Parallel()
	all := own(t, finnish.New(nil, nil))
	words := []string{"lähiruoka", "närproducerad", "mat", "local", "food", "weak", "signals", "kylät", "Kouvola", "-", "2013", "ä", "renewable", "energy", "sources", ","}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 12).Draw(t, "words"), rapid.SampledFrom([]string{" ", "  ", "-", "\n"}).Draw(t, "between"))
		in := rapid.SampledFrom(append(language.All(), language.Unknown)).Draw(t, "language")
		at, end := -1, 0
		for _, m := range all.In(nil, text, in) {
			if m.At < at || m.End <= m.At || m.End > len(text) || m.At < end && (m.At != at || m.End != end) {
				t.Fatalf("%q: %+v after %d–%d", text, m, at, end)
			}
			at, end = m.At, m.End
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(packed(f, "kokko-concepts 1 x", "7\t0\tkylät\tbyar\tvillages\tkylä\tby\tvillag"), "kylä")
	f.Add(packed(f, "kokko-concepts 1 x", "7\t9\t (a)\t)\ta (b\t+|+ |\t|\t + "), "a b")
	words := finnish.New(nil, nil)
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		if len(b) > 1<<16 || len(text) > 1<<10 {
			return
		}
		all, err := concept.Read(bytes.NewReader(b), words)
		if err != nil {
			return
		}
		for _, m := range all.In(nil, text, language.Unknown) {
			if m.At < 0 || m.End > len(text) || m.At >= m.End {
				t.Errorf("%+v of %q", m, text)
			}
		}
	})
}

func BenchmarkIn(b *testing.B) {
	text := strings.Repeat("Kylän vanha puupaja yhteiseksi verstaaksi, jossa lähiruokaa myydään ja nuoret oppivat heikoista signaaleista. ", 20)
	n := 0
	for range finnish.Tokens(text) {
		n++
	}
	all := own(b, lexicon(b))
	var found []concept.Match
	b.ReportAllocs()
	for b.Loop() {
		found = all.In(found[:0], text, language.Finnish)
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "tokens/s")
}
