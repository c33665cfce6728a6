package alike_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/finnish/finnishtest"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/ident"
	"kokko/journey/alike"
	"kokko/journey/spark"
	"kokko/region/search"
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

// A spark in Swedish meets one in Finnish about the same thing, and what both speak of
// is the reason.
func TestAMatterIsTheSameInAnotherLanguage(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		words := finnish.New(finnishtest.Dictionary(t), nil)
		concepts, err := concept.Own(words)
		if err != nil {
			t.Fatal(err)
		}
		d.index = search.New(text.NewAnalyser(words, language.Own()).With(text.More{Concepts: concepts}), "test", d.ids)
		d.sparks = spark.New(d.db, d.clock, d.ids).Indexed(d.index)
		for _, m := range matters[1:] {
			d.drop(m, spark.Public)
		}
		said := func(body, in string) spark.Spark {
			t.Helper()
			d.clock.Advance(time.Second)
			r, err := d.sparks.Drop(ctx, region, d.promise, spark.Draft{Text: body, Visibility: spark.Public, Language: in}, spark.By{})
			if err != nil {
				t.Fatal(err)
			}
			return r.Spark
		}
		food := said("Närproducerad mat till byarna. Producenterna kunde dela en bil och köra maten till byabutikerna.", "sv")
		said("En skridskobana på torget. Barnen kunde låna skridskor av biblioteket.", "sv")
		if err := d.index.Count(ctx, d.db, region); err != nil {
			t.Fatal(err)
		}
		_, all := d.find(alike.Question{Text: matters[0], Language: language.Finnish})
		if len(all) != 1 || all[0].ID != food.ID || len(all[0].Words) > 0 || !slices.ContainsFunc(all[0].Concepts, func(id concept.ID) bool { return d.index.Label(id, language.Swedish) == "närproducerad mat" }) {
			t.Fatalf("told of %+v", all)
		}
		own := d.drop(matters[0], spark.Public).Spark
		why, err := alike.Why(ctx, d.db, d.index, own, food)
		if err != nil || why.ID != food.ID || !slices.Equal(why.Concepts, all[0].Concepts) {
			t.Errorf("the same by %+v, %v; found by %v", why, err, all[0].Concepts)
		}
		copied, err := alike.Why(ctx, d.db, d.index, own, d.drop(matters[0]+" Mukaan koulut.", spark.Public).Spark)
		if err != nil || !slices.Contains(copied.Words, "lähiruoka") || len(copied.Concepts) > 0 {
			t.Errorf("a copy is the same by %+v, %v", copied, err)
		}
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
