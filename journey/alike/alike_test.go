package alike_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/ground/ident"
	"kokko/journey/alike"
	"kokko/journey/spark"
)

var matters = []string{
	"Lähiruoan yhteinen jakelu kylille. Tuottajat voisivat käyttää samaa kylmäautoa ja viedä ruokaa kyläkauppoihin.",
	"Luistelurata torille talveksi, ja lapsille luistinten lainaus kirjastosta.",
	"Kylätalon keittiö kaikkien käyttöön. Se on tyhjillään arkisin, kun leivontakurssit ovat iltaisin.",
	"Uimarannan laituri kuntoon talkoilla ennen kesää, laudat saadaan sahalta.",
	"Digitaalisten pelien kehittäjille yhteinen työtila vanhaan asemarakennukseen.",
	"Senioreille digiopastusta kirjastoautossa joka toinen viikko.",
}

func (d *desk) find(q alike.Question) (codes []string, all []alike.Match) {
	d.Helper()
	q.Region, q.Most = region, 3
	all, err := alike.Find(context.Background(), d.db, d.index, q)
	if err != nil {
		d.Fatal(err)
	}
	for _, m := range all {
		codes = append(codes, m.Code)
	}
	return codes, all
}

// A copy that somebody edits a little is told of first, counted or not; another matter
// is not told of at all.
func TestALittleEditedCopyIsToldOfFirst(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var codes []string
		for _, m := range matters {
			codes = append(codes, d.drop(m, spark.Public).Spark.Code)
		}
		counted := false
		rapid.Check(t, func(r *rapid.T) {
			if !counted && rapid.Bool().Draw(r, "count") {
				counted = true
				if err := d.index.Count(context.Background(), d.db, region); err != nil {
					r.Fatal(err)
				}
			}
			i := rapid.IntRange(0, len(matters)-1).Draw(r, "matter")
			words := strings.Fields(matters[i])
			for range rapid.IntRange(0, 2).Draw(r, "lost") {
				at := rapid.IntRange(0, len(words)-1).Draw(r, "word")
				words = slices.Delete(words, at, at+1)
			}
			got, all := d.find(alike.Question{Text: strings.Join(words, " ")})
			if len(got) == 0 || got[0] != codes[i] || len(all[0].Words) == 0 {
				r.Fatalf("%q is like %v, want %s first", strings.Join(words, " "), got, codes[i])
			}
			if len(got) > 1 {
				r.Errorf("another matter is told of too: %v", got)
			}
		})
	})
}

func TestEverybodyIsToldOfWhatEverybodyMaySee(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		open, hidden, gone := d.drop(matters[0], spark.Unnamed).Spark, d.drop(matters[0], spark.Office).Spark, d.drop(matters[0], spark.Public)
		if _, err := d.sparks.Withdraw(context.Background(), region, gone.Link, true); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			q    alike.Question
			want []string
		}{
			"everybody":        {alike.Question{Text: matters[0]}, []string{open.Code}},
			"the office":       {alike.Question{Text: matters[0], Office: true}, []string{hidden.Code, open.Code}},
			"known already":    {alike.Question{Text: matters[0], Office: true, Not: []ident.ID{open.ID}}, []string{hidden.Code}},
			"hardly begun":     {alike.Question{Text: "Lähiruoan ja"}, nil},
			"nothing":          {alike.Question{}, nil},
			"an invalid text":  {alike.Question{Text: "\xff\xfe\x00"}, nil},
			"by its title too": {alike.Question{Title: "Lähiruoan yhteinen jakelu kylille", Text: "Kylmäautolla kyläkauppoihin, tuottajat yhdessä."}, []string{open.Code}},
		} {
			got, all := d.find(c.q)
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: told of %v, want %v", name, got, c.want)
			}
			for _, m := range all {
				for i, w := range m.Words {
					if slices.ContainsFunc(m.Words[i+1:], func(o string) bool { return strings.Contains(o, w) || strings.Contains(w, o) }) {
						t.Errorf("%s: %v says one word twice", name, m.Words)
					}
				}
			}
		}
	})
}
