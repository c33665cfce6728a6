package knowwho_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"testing"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/finnish/finnishtest"
	"kokko/engine/knowwho"
	"kokko/engine/language"
	"kokko/engine/subject"
	"kokko/engine/text"
)

// learned reads with the dictionary, the concepts and what words are about.
func learned(t *testing.T) *knowwho.Reader {
	t.Helper()
	words := finnish.New(finnishtest.Dictionary(t), nil)
	concepts, err := concept.Own(words)
	if err != nil {
		t.Fatal(err)
	}
	subjects, err := subject.Own()
	if err != nil {
		t.Fatal(err)
	}
	return knowwho.NewReader(text.NewAnalyser(words, language.Own()).With(text.More{Concepts: concepts}), subjects)
}

func TestASwedishNeedFindsFinnishEvidence(t *testing.T) {
	t.Parallel()
	read := learned(t)
	x := knowwho.NewIndex()
	for i, say := range []string{"Mehiläistarhaus ja hunajan myynti", "Lähiruoan jakelu kylille", "Hirsirakentaminen", "Kuoronjohtaja", "Metalliteollisuuden yritysverkosto"} {
		x.Put(knowwho.Evidence{ID: int64(i), Holders: []knowwho.Person{knowwho.Person(i)}, Terms: read.Terms(say, language.Finnish)})
	}
	for i, asks := range []string{"biodling", "närproducerad mat", "timmerhus", "körledare", "metallindustri"} {
		found := x.Find(read, knowwho.Need{Text: asks, Language: language.Swedish, Most: 3, Least: knowwho.Faint}, knowwho.Defaults())
		if len(found) == 0 || found[0].Person != knowwho.Person(i) || len(found[0].Reasons[0].Concepts) == 0 {
			t.Errorf("%s: %+v", asks, found)
		}
	}
}

// many are the first items of a file of the shared data.
func many[T any](t *testing.T, name string, most int) (all []T) {
	t.Helper()
	f, err := os.Open(finnishtest.Shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for in := json.NewDecoder(z); len(all) < most; {
		var one T
		if err := in.Decode(&one); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// What is asked in Swedish finds mostly whom the same finds in Finnish.
func TestATranslatedNeedFindsTheSame(t *testing.T) {
	t.Parallel()
	docs := many[struct {
		Person     knowwho.Person
		Lang, Text string
	}](t, "knowwho/trilingual/DEV_docs.jsonl.gz", 12_000)
	queries := many[struct{ Kind, Text string }](t, "knowwho/trilingual/DEV_queries.jsonl.gz", 300)
	read := learned(t)
	var all []knowwho.Evidence
	for i, d := range docs {
		all = append(all, knowwho.Evidence{ID: int64(i), Holders: []knowwho.Person{d.Person}, Terms: read.Terms(d.Text, language.Language(d.Lang))})
	}
	x := knowwho.NewIndex(all...)
	ten := func(asks string, in language.Language) (who []knowwho.Person) {
		for _, f := range x.Find(read, knowwho.Need{Text: asks, Language: in, Most: 10}, knowwho.Defaults()) {
			who = append(who, f.Person)
		}
		return who
	}
	same, found := 0, 0
	for i := 0; i+1 < len(queries); i++ {
		if queries[i].Kind != "label-fi" || queries[i+1].Kind != "label-sv" {
			continue
		}
		was, is := ten(queries[i].Text, language.Finnish), ten(queries[i+1].Text, language.Swedish)
		found += len(was)
		for _, p := range was {
			if slices.Contains(is, p) {
				same++
			}
		}
	}
	if t.Logf("%d of %d", same, found); found < 500 || float64(same) < .6*float64(found) {
		t.Errorf("%d of %d are found in Swedish too", same, found)
	}
}

func TestWhatIsOnlyAkinIsToldApart(t *testing.T) {
	t.Parallel()
	read := learned(t)
	x := knowwho.NewIndex()
	for i, say := range []string{"Mehiläistarhaus ja hunajan myynti", "Puutarhurin koulutus ja kasvimaat", "Tilintarkastus ja kirjanpito", "Ja myös muuta"} {
		x.Put(knowwho.Evidence{ID: int64(i), Holders: []knowwho.Person{knowwho.Person(i)}, Terms: read.Terms(say, language.Finnish)})
	}
	found := x.Find(read, knowwho.Need{Text: "mehiläistarhausta ja neuvoja", Language: language.Finnish, Most: 4, Least: knowwho.Faint}, knowwho.Defaults())
	if len(found) == 0 || found[0].Person != 0 || found[0].Step != knowwho.Competence {
		t.Fatalf("%+v", found)
	}
	for _, f := range found[1:] {
		if f.Step != knowwho.Neighbour || f.Person > 1 {
			t.Errorf("%+v", f)
		}
	}
}
