package knowwho_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"time"

	"kokko/engine/finnish/finnishtest"
	"kokko/engine/knowwho"
	"kokko/engine/language"
)

// What the brochure needs is known by who has carried out a project that says it in so many
// words, of 6,100 real ones: among the first three stands somebody for whom such a project
// speaks. What nearly every project is called by names nobody before them.
func TestTheBrochuresNeedsAreAnsweredByTheirOwnWords(t *testing.T) {
	t.Parallel()
	f, err := os.Open(finnishtest.Shared(t, "projects/fi_dev_projects_2007_2013.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	read := learned(t)
	people := map[string]knowwho.Person{}
	var all []knowwho.Evidence
	for i, r := range rows[1:] {
		who, ok := people[r[9]]
		if !ok {
			who = knowwho.Person(len(people))
			people[r[9]] = who
		}
		at, err := time.Parse(time.DateOnly, r[7])
		if err != nil {
			at = time.Time{}
		}
		all = append(all, knowwho.Evidence{ID: int64(i + 1), Holders: []knowwho.Person{who}, At: at, Terms: read.Terms(r[2], language.Unknown)})
	}
	x := knowwho.NewIndex(all...)
	for _, c := range []struct {
		need, word string
		first      int // so many at least of the first three
	}{
		{"Lähiruoan jakelu", "lähiruo", 2},
		{"Maaseudun innovaatioympäristöt", "innovaatioympäristö", 1},
		{"Metallialan ohjelma", "metalliala", 3},
		{"Metalliteollisuuden ohjelma", "metalliteollisuu", 1},
		{"Green care -kylät", "green care", 2},
		{"Green care -kylät\nGreen care -kylät", "green care", 2}, // no English for being said twice
		{"Living lab -kokeilut", "living lab", 2},
		{"Kaivosalan koulutus", "kaivos", 1},
		{"Lähiruoan jakelu\nTilojen lähiruoka pitäisi saada kylän kouluun ja ravintoloihin. Etsin niitä, jotka ovat järjestäneet kuljetuksen yhdessä.", "lähiruo", 1},
	} {
		n, named := 0, []string(nil)
		for _, who := range x.Find(read, knowwho.Need{Text: c.need, At: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), Most: 3, Least: knowwho.Faint}, knowwho.Defaults()) {
			for _, r := range who.Reasons {
				title := rows[r.Evidence][2]
				named = append(named, title)
				if strings.Contains(strings.ToLower(title), c.word) {
					n++
					break
				}
			}
		}
		if n < c.first {
			t.Errorf("%s: %d of the first three have a project with %q, by %q", c.need, n, c.word, named)
		}
	}
}
