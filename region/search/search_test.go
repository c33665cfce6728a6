package search_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/search"
)

func index(t testing.TB) *search.Index {
	t.Helper()
	dict, err := finnish.Open(finnish.Places()[0])
	if err != nil {
		t.Skip(err)
	}
	return search.New(text.NewAnalyser(finnish.New(dict, finnish.NewGazetteer("Koria", "Kausala")), language.Own()), "test", ident.NewMaker(clock.System{}))
}

// shelf is a store with an index, and the things put into it.
type shelf struct {
	t  *testing.T
	db *store.DB
	x  *search.Index
}

func (s shelf) put(region string, id int, title, body string, listed bool) {
	s.t.Helper()
	if err := s.db.Tx(s.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return s.x.Put(ctx, tx, search.Thing{Region: region, ID: ident.ID(id), Kind: "spark", Listed: listed, Title: title, Text: body})
	}); err != nil {
		s.t.Fatal(err)
	}
}

func (s shelf) remove(region string, id int) {
	s.t.Helper()
	if err := s.db.Tx(s.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return s.x.Remove(ctx, tx, region, search.Spark, ident.ID(id))
	}); err != nil {
		s.t.Fatal(err)
	}
}

func (s shelf) find(region, question string, all bool) (ids []int) {
	s.t.Helper()
	if err := s.x.Count(s.t.Context(), s.db, region); err != nil {
		s.t.Fatal(err)
	}
	page, err := s.x.Search(s.t.Context(), s.db, search.Query{Region: region, Text: question, All: all, Most: 10})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range page.Hits {
		ids = append(ids, int(h.ID))
	}
	return ids
}

func TestFindsWhatIsMeant(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := shelf{t, db, index(t)}
		s.put("kouvola", 1, "Lähiruoan jakelu", "Ruuanjakelua kylille kerran viikossa yhteisellä autolla.", true)
		s.put("kouvola", 2, "Puupaja Koriaan", "Kylän vanha puupaja yhteiseksi verstaaksi.", true)
		s.put("kouvola", 3, "Närproducerad mat", "Vi delar ut mat i byarna med en gemensam bil.", true)
		s.put("kouvola", 4, "A shared workshop", "Tools for everybody in the old school.", true)
		s.put("kouvola", 5, "Yrittäjyys ja nuoret", "Nuorten yrittäjien tapaamiset 2026.", true)
		s.put("kouvola", 6, "Salainen ruokapiiri", "Ruoka kylille.", false)
		s.put("muu", 7, "Ruoan jakelu", "Ruokaa kylille.", true)
		for _, c := range []struct {
			asked string
			first int
			most  int
		}{
			{"ruuanjakelu kylille", 1, 2}, {"ruokajakelut", 1, 1}, {"Korialla", 2, 1}, {"verstaat", 2, 1}, {"mat", 3, 1}, {"bilar", 3, 1}, {"workshops", 4, 1}, {"yrittäminen", 5, 1}, {"2026", 5, 1}, {"nuoria", 5, 1},
		} {
			got := s.find("kouvola", c.asked, false)
			if len(got) == 0 || got[0] != c.first || slices.Contains(got, 6) || slices.Contains(got, 7) {
				t.Errorf("%q: %v, want %d first", c.asked, got, c.first)
			}
		}
		if got := s.find("kouvola", "salaiset", true); len(got) != 1 || got[0] != 6 {
			t.Errorf("the office finds %v", got)
		}
		for _, none := range []string{"", "  ", "xyzzy", `"`, "' OR 1 = 1 --", "AND", "NEAR(", "*", ":", "!&|()", "q\x00w", strings.Repeat("ö", 5000)} {
			if got := s.find("kouvola", none, false); len(got) != 0 {
				t.Errorf("%q finds %v", none, got)
			}
		}
		s.put("kouvola", 1, "Jotain aivan muuta", "Laulu kaikuu.", true)
		if got := s.find("kouvola", "ruuanjakelu", false); slices.Contains(got, 1) {
			t.Errorf("the old words still find it: %v", got)
		}
		if got := s.find("kouvola", "laulut", false); len(got) != 1 || got[0] != 1 {
			t.Errorf("the new words find %v", got)
		}
		s.remove("kouvola", 1)
		s.remove("kouvola", 1)
		if got := s.find("kouvola", "laulut", false); len(got) != 0 {
			t.Errorf("it was removed and is found: %v", got)
		}
		for id := 2; id <= 6; id++ {
			s.remove("kouvola", id)
		}
		var n int
		if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM search_words WHERE region_id = $1 AND texts <> 0`, "kouvola").Scan(&n); err != nil || n != 0 {
			t.Errorf("%d words are still counted, %v", n, err)
		}
		if err := db.QueryRow(t.Context(), `SELECT texts + halves FROM search_totals WHERE region_id = $1`, "kouvola").Scan(&n); err != nil || n != 0 {
			t.Errorf("totals are %d, %v", n, err)
		}
	})
}

// speaking is an index that knows what texts speak of in three languages.
func speaking(t testing.TB) *search.Index {
	t.Helper()
	dict, err := finnish.Open(finnish.Places()[0])
	if err != nil {
		t.Skip(err)
	}
	words := finnish.New(dict, finnish.NewGazetteer("Koria", "Kausala"))
	concepts, err := concept.Own(words)
	if err != nil {
		t.Fatal(err)
	}
	return search.New(text.NewAnalyser(words, language.Own()).With(text.More{Concepts: concepts, Names: []string{"Koria"}}), "test", ident.NewMaker(clock.System{}))
}

// What is asked in one language finds what speaks of the same in the others, behind what
// has the words themselves, and tells of what.
func TestFindsInThreeLanguages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := speaking(t)
		for id, c := range map[int]struct {
			in          language.Language
			title, body string
		}{
			1: {language.Finnish, "Lähiruoan jakelu kylille", "Tilojen tuotteet samalla autolla."},
			2: {language.Swedish, "Närproducerad mat till byarna", "Gårdarnas varor hem till alla."},
			3: {language.English, "Local food for everyone", "What the farms grow, brought to the door."},
			4: {language.Finnish, "Koirapuisto Korialle", "Aidattu alue koirille."},
			5: {language.Swedish, "En park för hundar", "Ett inhägnat område."},
			6: {language.English, "Cycling to school", "A safe way for children on bicycles."},
			7: {language.Finnish, "Puupaja", "Yhteinen verstas."},
		} {
			if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return x.Put(ctx, tx, search.Thing{Region: "kouvola", ID: ident.ID(id), Kind: search.Spark, Listed: true, Language: c.in, Title: c.title, Text: c.body})
			}); err != nil {
				t.Fatal(err)
			}
		}
		for _, counted := range []bool{false, true} {
			if counted {
				if err := x.Count(t.Context(), db, "kouvola"); err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range []struct {
				asked string
				first int
				also  []int    // found by what they speak of
				label []string // of that, in the three languages
			}{
				{"lähiruokaa", 1, []int{2, 3}, []string{"lähiruoka", "närproducerad mat", "local food"}},
				{"närproducerad mat", 2, []int{1, 3}, []string{"lähiruoka", "närproducerad mat", "local food"}},
				{"local foods", 3, []int{1, 2}, []string{"lähiruoka", "närproducerad mat", "local food"}},
				{"hundar", 5, []int{4}, []string{"koira", "hund", "dog"}},
				{"dogs", 0, []int{4}, []string{"koira", "hund", "dog"}},
				{"polkupyörät", 0, []int{6}, []string{"polkupyörät", "cyklar", "bicycles"}},
				{"verstas", 7, nil, nil},
			} {
				page, err := x.Search(t.Context(), db, search.Query{Region: "kouvola", Text: c.asked, Most: 10})
				if err != nil {
					t.Fatal(err)
				}
				by := map[int]search.Hit{}
				for _, h := range page.Hits {
					by[int(h.ID)] = h
				}
				if c.first != 0 && (len(page.Hits) == 0 || int(page.Hits[0].ID) != c.first || len(page.Hits[0].Matched) == 0 || len(page.Hits[0].Concepts) != 0) {
					t.Errorf("%q, counted %t: %+v, want %d first and by its words", c.asked, counted, page.Hits, c.first)
				}
				for _, id := range c.also {
					h := by[id]
					if len(h.Concepts) == 0 {
						t.Errorf("%q, counted %t: %d is not found by what it speaks of: %+v", c.asked, counted, id, page.Hits)
						continue
					}
					for i, in := range language.All() {
						if !slices.ContainsFunc(h.Concepts, func(id concept.ID) bool { return x.Label(id, in) == c.label[i] }) {
							t.Errorf("%q: %d speaks of %v, not of %q", c.asked, id, h.Concepts, c.label[i])
						}
					}
					if len(x.Spoken(c.asked, h.Concepts)) == 0 {
						t.Errorf("%q does not speak of %v", c.asked, h.Concepts)
					}
				}
				if c.also == nil && len(by) != 1 {
					t.Errorf("%q finds %+v", c.asked, page.Hits)
				}
			}
		}
		// What is about the same thing in another language is like it, by what both speak of,
		// and what only shares a language is not.
		draft := search.Draft{Region: "kouvola", Title: "Lähiruokaa kotiin", Text: "Tuottajat veisivät ruokaa kylille.", Language: language.Finnish, Most: 5}
		hits, err := x.Similar(t.Context(), db, draft)
		if err != nil {
			t.Fatal(err)
		}
		by := map[ident.ID]search.Hit{}
		for _, h := range hits {
			by[h.ID] = h
		}
		for _, id := range []ident.ID{2, 3} {
			if h := by[id]; !slices.ContainsFunc(h.Concepts, func(id concept.ID) bool { return x.Label(id, language.Finnish) == "lähiruoka" }) || len(h.Matched) > 0 || h.Score <= by[4].Score || h.Score > by[1].Score {
				t.Errorf("%d is like the draft by %+v; all: %+v", id, h, hits)
			}
		}
		// Two are compared as one is found by the other.
		h, err := x.Compare(t.Context(), db, draft, search.Draft{Region: "kouvola", Title: "Närproducerad mat till byarna", Text: "Gårdarnas varor hem till alla.", Language: language.Swedish})
		if err != nil || !slices.Equal(h.Concepts, by[2].Concepts) || len(h.Matched) > 0 {
			t.Errorf("compared: %+v, %v; found: %+v", h, err, by[2])
		}
		// The sentence that speaks of it is known.
		body := "Kylille jaetaan lähiruokaa."
		if m := x.Marks(body, language.Finnish, x.Asked("local food")); len(m) != 1 || body[m[0].From:m[0].To] != "lähiruokaa" {
			t.Errorf("local food marks %v", m)
		}
		// What is alike is so by its words.
		hits, err = x.Similar(t.Context(), db, search.Draft{Region: "kouvola", Title: "Lähiruoan jakelu kylille", Text: "Tilojen tuotteet samalla autolla.", Language: language.Finnish, Most: 5})
		if err != nil || len(hits) == 0 || hits[0].ID != 1 || hits[0].Alike < .999 {
			t.Errorf("a copy is like %+v, %v", hits, err)
		}
	})
}

// What is not called by its name is found by the words that go with it, behind what is,
// and those words tell why.
func TestFindsByWhatGoesWithAMatter(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := speaking(t)
		s := shelf{t, db, x}
		s.put("kouvola", 1, "Sääasema koululle", "Oppilaat mittaavat sään joka aamu.", true)
		s.put("kouvola", 2, "Puupaja", "Yhteinen verstas.", true)
		s.put("kouvola", 3, "Meteorologia tutuksi", "Kerho nuorille.", true)
		for _, counted := range []bool{false, true} {
			if counted {
				if err := x.Count(t.Context(), db, "kouvola"); err != nil {
					t.Fatal(err)
				}
			}
			page, err := x.Search(t.Context(), db, search.Query{Region: "kouvola", Text: "meteorologia", Most: 10})
			if err != nil {
				t.Fatal(err)
			}
			want := []ident.ID{3, 1}
			if !counted {
				want = want[:1]
			}
			var ids []ident.ID
			for _, h := range page.Hits {
				ids = append(ids, h.ID)
			}
			if page.Own != 1 {
				t.Errorf("%d by the word itself", page.Own)
			}
			if !slices.Equal(ids, want) || counted && !slices.Contains(page.Hits[1].Matched, "sää") {
				t.Errorf("counted %t: %+v", counted, page.Hits)
			}
		}
	})
}

// A word that nothing has is understood as one that everybody may see, and what is right
// as it is stays.
func TestMeant(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := speaking(t)
		s := shelf{t, db, x}
		s.put("kouvola", 1, "Laituri kuntoon", "Ennakointia ja uimaranta.", true)
		s.put("kouvola", 2, "Salaisuus", "Tynkkysten purje.", false)
		s.put("muu", 3, "Kvanttitietokone", "", true)
		for i := range 3 {
			s.put("kouvola", 10+i, "Hoodeelooma", "", true) // no word of any dictionary, in use here
			s.put("kouvola", 20+i, "Vöödeelööma", "", false)
		}
		if err := x.Count(t.Context(), db, "kouvola"); err != nil {
			t.Fatal(err)
		}
		for word, want := range map[string]string{
			"laiutri": "laituri", "uimarannta": "uimaranta", "ennakkointia": "ennakointia", "hoodelooma": "hoodeelooma",
			"vöödelööma": "", // the office's alone
			"laituri":    "", "hembygdsgård": "", "library": "", "xyzzyx": "", "123": "", "": "", "q\x00w": "",
		} {
			if got, err := x.Meant(t.Context(), db, "kouvola", word); err != nil || got != want {
				t.Errorf("%q: %q, %v, want %q", word, got, err, want)
			}
		}
	})
}

// Both engines give the same hits in the same order: only how they find who has a key
// differs.
func TestTheEnginesAgree(t *testing.T) {
	t.Parallel()
	x := index(t)
	words := strings.Fields("kylä kaupunki ruoka puupaja bussi linja-auto nuoret yrittäjyys metsäpolku uimahalli kirjasto kesäteatteri lähiruoka yhteistyö hanke")
	var all [2][]string
	for n, db := range []*store.DB{storetest.SQLite(t), storetest.Postgres(t)} {
		s := shelf{t, db, x}
		for i := range 60 {
			s.put("kouvola", i+1, words[i%len(words)]+" "+words[i*7%len(words)], words[i*3%len(words)]+" "+words[i*i%len(words)], true)
		}
		for _, w := range words {
			all[n] = append(all[n], fmt.Sprint(s.find("kouvola", w+" "+words[len(w)%len(words)], false)))
		}
	}
	if !slices.Equal(all[0], all[1]) {
		t.Errorf("SQLite:\n%v\nPostgreSQL:\n%v", all[0], all[1])
	}
}

// Filters, orders and pages.
func TestSearchNarrowsSortsAndPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := index(t)
		day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		put := func(id int, kind search.Kind, place, state string, themes ...string) {
			t.Helper()
			if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return x.Put(ctx, tx, search.Thing{Region: "kouvola", ID: ident.ID(id), Kind: kind, Listed: true, Language: language.Finnish, Title: strings.Repeat("verstas ", id%5+1), Place: place, State: state, Themes: themes, At: day.AddDate(0, 0, id)})
			}); err != nil {
				t.Fatal(err)
			}
		}
		put(1, search.Spark, "koria", "sparking", "elinvoima")
		put(2, search.Spark, "iitti", "burning", "elinvoima", "ruoka")
		put(3, search.Project, "", "", "ruoka")
		put(4, search.Spark, "koria", "burning")
		put(5, search.Organisation, "", "")
		find := func(q search.Query) (ids []int) {
			t.Helper()
			q.Region, q.Text, q.Most = "kouvola", "verstaat", max(q.Most, 1)
			for {
				p, err := x.Search(t.Context(), db, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range p.Hits {
					ids = append(ids, int(h.ID))
					if !slices.Contains(h.Matched, "verstas") {
						t.Errorf("%d matched by %q", h.ID, h.Matched)
					}
				}
				if p.Next == "" {
					return ids
				}
				q.After = p.Next
			}
		}
		for _, counted := range []bool{false, true} {
			if counted {
				if err := x.Count(t.Context(), db, "kouvola"); err != nil {
					t.Fatal(err)
				}
			}
			for what, c := range map[string]struct {
				filter search.Filter
				want   []int
			}{
				"all": {search.Filter{}, []int{1, 2, 3, 4, 5}}, "a kind": {search.Filter{Kinds: []search.Kind{search.Spark}}, []int{1, 2, 4}}, "a theme": {search.Filter{Theme: "ruoka"}, []int{2, 3}},
				"half a theme": {search.Filter{Theme: "elin"}, nil}, "a state": {search.Filter{State: "burning"}, []int{2, 4}}, "places": {search.Filter{Places: []string{"koria", "utti"}}, []int{1, 4}},
				"since": {search.Filter{Since: day.AddDate(0, 0, 4)}, []int{4, 5}}, "several": {search.Filter{Kinds: []search.Kind{search.Spark}, State: "burning", Theme: "ruoka"}, []int{2}},
			} {
				for _, most := range []int{1, 2, 10} {
					got := find(search.Query{Filter: c.filter, Most: most})
					slices.Sort(got)
					if !slices.Equal(got, c.want) {
						t.Errorf("%s, %d a page: %v, want %v", what, most, got, c.want)
					}
				}
			}
			if got := find(search.Query{Sort: search.Newest}); !slices.Equal(got, []int{5, 4, 3, 2, 1}) {
				t.Errorf("newest first: %v", got)
			}
			near := find(search.Query{Sort: search.Near, Filter: search.Filter{Kinds: []search.Kind{search.Spark}}, Km: func(place string) (float64, bool) { return map[string]float64{"koria": 20, "iitti": 3}[place], true }})
			if len(near) != 3 || near[0] != 2 {
				t.Errorf("nearest first: %v", near)
			}
		}
		for _, wrong := range []string{"0", "-1", "x y", "zzzzzzzzzzzzzzzz", "'"} {
			if _, err := x.Search(t.Context(), db, search.Query{Region: "kouvola", Text: "verstas", After: wrong}); !fault.Is(err, fault.Invalid) {
				t.Errorf("the cursor %q: %v", wrong, err)
			}
		}
	})
}

// What is asked only of a kind that has few things is found among those, however many
// others have the words: their keys are not read, and when there is nothing of the kind,
// neither is anything else.
func TestFewOfAKindAreLookedThrough(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := index(t)
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for id := range 500 {
				kind, title := search.Spark, "verstas kylälle"
				if id < 3 {
					kind, title = search.Asset, "verstas"
				}
				if id == 3 {
					kind, title = search.Asset, "kanootti"
				}
				if err := x.Put(ctx, tx, search.Thing{Region: "kouvola", ID: ident.ID(id + 1), Kind: kind, Listed: true, Language: language.Finnish, Title: title}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := x.Count(t.Context(), db, "kouvola"); err != nil {
			t.Fatal(err)
		}
		for kind, want := range map[search.Kind]struct {
			found int
			reads []string
		}{
			search.Asset:   {3, []string{"search_words", "outline"}},
			search.Project: {0, nil},
			search.Spark:   {496, []string{"search_words", "outline", "k.row_id DESC"}},
		} {
			var mu sync.Mutex
			var read []string
			db.Overhear(func(query string, _ []any) {
				mu.Lock()
				defer mu.Unlock()
				for _, word := range []string{"search_words", "outline", "k.row_id DESC"} {
					if strings.Contains(query, word) && !slices.Contains(read, word) {
						read = append(read, word)
					}
				}
			})
			p, err := x.Search(t.Context(), db, search.Query{Region: "kouvola", Text: "verstaat", Most: 5, Filter: search.Filter{Kinds: []search.Kind{kind}}})
			db.Overhear(nil)
			if err != nil || p.All != want.found {
				t.Errorf("%s: %d, %v", kind, p.All, err)
			}
			slices.Sort(read)
			slices.Sort(want.reads)
			if !slices.Equal(read, want.reads) {
				t.Errorf("%s reads %q, want %q", kind, read, want.reads)
			}
		}
	})
}

// Of two that share a word as rare the one is likelier that shares with it what it speaks
// of. The word is the reason; that it is a matter with a name is not told beside it.
func TestAMatterCountsBesideItsWord(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := speaking(t)
		s := shelf{t, db, x}
		s.put("kouvola", 1, "Puisto", "Tammikuussa.", true)
		s.put("kouvola", 2, "Hieno", "Tammikuussa.", true) // the newer goes first of two alike
		for i := range 9 {
			s.put("kouvola", 10+i, "Laulu", "Kaikuu.", true)
		}
		if err := x.Count(t.Context(), db, "kouvola"); err != nil {
			t.Fatal(err)
		}
		hits, err := x.Similar(t.Context(), db, search.Draft{Region: "kouvola", Title: "Hieno puisto", Language: language.Finnish, Most: 5})
		if err != nil || len(hits) != 2 || hits[0].ID != 1 || !slices.Equal(hits[0].Matched, []string{"puisto"}) || len(hits[0].Concepts) > 0 {
			t.Errorf("%+v, %v", hits, err)
		}
		hits, err = x.Similar(t.Context(), db, search.Draft{Region: "kouvola", Title: "Puisto", Text: "Tammikuussa.", Language: language.Finnish, Most: 5})
		if err != nil || len(hits) == 0 || hits[0].ID != 1 || hits[0].Alike != 1 {
			t.Errorf("a copy: %+v, %v", hits, err)
		}
	})
}

// A copy, word for word or lightly edited, is among the first three, however many are
// from the same place and about nearly the same.
func TestACopyIsFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := speaking(t)
		s := shelf{t, db, x}
		words := strings.Fields("kylä talo ruoka pyörä polku puisto penkki valo silta ranta laituri koulu kirjasto sauna uimahalli kenttä lava teatteri tori katu puu kukka lintu vene bussi asema parkki aita koira lapsi nuori vanhus kurssi kerho juhla")
		var n int
		rapid.Check(t, func(r *rapid.T) {
			say := func(n int, what string) []string { return rapid.SliceOfN(rapid.SampledFrom(words), n, n).Draw(r, what) }
			title, body := say(3, "title"), say(20, "body")
			region := fmt.Sprint("r", n)
			n++
			for i := range 12 {
				// Near: of the same title, or of half the words.
				other := slices.Concat(body[:10], say(10, "other"))
				if i%2 == 0 {
					other = say(20, "other")
				}
				s.put(region, 1000*n+i+1, strings.Join(title, " "), strings.Join(other, " "), true)
			}
			s.put(region, 1000*n, strings.Join(title, " "), strings.Join(body, " "), true)
			if rapid.Bool().Draw(r, "counted") {
				if err := x.Count(t.Context(), db, region); err != nil {
					r.Fatal(err)
				}
			}
			edited := slices.Clone(body)
			for range rapid.IntRange(0, 3).Draw(r, "edits") {
				edited[rapid.IntRange(0, 19).Draw(r, "which")] = rapid.SampledFrom(words).Draw(r, "instead")
			}
			hits, err := x.Similar(t.Context(), db, search.Draft{Region: region, Title: strings.Join(title, " "), Text: strings.Join(edited, " "), Most: 3, Nearness: func(string) float64 { return 2 }})
			if err != nil {
				r.Fatal(err)
			}
			if !slices.ContainsFunc(hits, func(h search.Hit) bool { return h.ID == ident.ID(1000*n) }) {
				r.Fatalf("not among %v", hits)
			}
		})
	})
}

func TestSimilarLeavesOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := index(t)
		s := shelf{t, db, x}
		s.put("kouvola", 1, "Puupaja Koriaan", "Yhteinen verstas.", true)
		s.put("kouvola", 2, "Puupaja Utille", "Yhteinen verstas.", false)
		s.put("kouvola", 3, "Uimahalli", "Vesi lämpimäksi.", true)
		ids := func(d search.Draft) (ids []int) {
			t.Helper()
			d.Region, d.Title, d.Most = "kouvola", "Puupajoja kylille", 5
			hits, err := x.Similar(t.Context(), db, d)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hits {
				ids = append(ids, int(h.ID))
				if len(h.Matched) == 0 {
					t.Errorf("%d is alike for no reason", h.ID)
				}
			}
			slices.Sort(ids)
			return ids
		}
		if got := ids(search.Draft{}); !slices.Equal(got, []int{1}) {
			t.Errorf("everybody sees %v", got)
		}
		if got := ids(search.Draft{All: true}); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("the office sees %v", got)
		}
		if got := ids(search.Draft{Not: []ident.ID{1}}); len(got) != 0 {
			t.Errorf("itself is alike: %v", got)
		}
		if got := ids(search.Draft{Kinds: []search.Kind{search.Project}}); len(got) != 0 {
			t.Errorf("a spark is a project: %v", got)
		}
	})
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := index(t)
		s := shelf{t, db, x}
		s.put("kouvola", 1, "Verstas ja verkosto", "", true)
		s.put("kouvola", 2, "Verkostot", "", true)
		s.put("kouvola", 3, "Verottaja", "", false)
		suggest := func(begun string) (got []string) {
			t.Helper()
			all, err := x.Suggest(t.Context(), db, "kouvola", begun, 5)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range all {
				got = append(got, s.Word)
			}
			return got
		}
		if err := x.Count(t.Context(), db, "kouvola"); err != nil {
			t.Fatal(err)
		}
		for begun, want := range map[string][]string{"ver": {"verkosto", "verstas"}, "iso VER": {"verkosto", "verstas"}, "verk": {"verkosto"}, "v": nil, "": nil, "ver ": nil, "vero": nil, "'": nil} {
			if got := suggest(begun); !slices.Equal(got, want) {
				t.Errorf("%q goes on as %q, want %q", begun, got, want)
			}
		}
		s.put("kouvola", 3, "Verottaja", "", true)
		if err := x.Count(t.Context(), db, "kouvola"); err != nil {
			t.Fatal(err)
		}
		if got := suggest("vero"); !slices.Equal(got, []string{"verottaa", "verottaja"}) {
			t.Errorf("after it was listed: %q", got)
		}
	})
}

// Made anew the index finds the same; cut short it goes on; what is gone is taken out.
// What is made anew is counted while it is: else each word of a million texts would seem
// rare to whoever asks meanwhile.
func TestWhatIsMadeAnewIsCountedOnTheWay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := index(t)
		const n = 1100
		on := search.Shelf{Name: "sparks", Kinds: []search.Kind{search.Spark}, Read: func(_ context.Context, _ store.Source, region string, after ident.ID, most int) (things []search.Thing, last ident.ID, err error) {
			for last = after; last < n && len(things) < most; {
				last++
				things = append(things, search.Thing{Region: region, ID: last, Kind: search.Spark, Listed: true, Language: language.Finnish, Title: "verstas"})
			}
			return things, last, nil
		}}
		most := 0
		if err := x.Renew(t.Context(), db, "kouvola", []search.Shelf{on}, false, func(search.Progress) {
			var waiting int
			if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM search_pending WHERE region_id = $1`, "kouvola").Scan(&waiting); err != nil {
				t.Error(err)
			}
			most = max(most, waiting)
		}); err != nil || most == 0 || most >= 1000 {
			t.Errorf("%d waited to be counted, %v", most, err)
		}
	})
}

func TestRenew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := index(t)
		s := shelf{t, db, x}
		const n = 130
		there := map[int]bool{}
		for i := range n {
			there[i+1] = true
		}
		reads, cut := 0, 0
		on := search.Shelf{Name: "sparks", Kinds: []search.Kind{search.Spark}, Read: func(_ context.Context, _ store.Source, region string, after ident.ID, most int) (things []search.Thing, last ident.ID, err error) {
			if reads++; cut > 0 && reads > cut {
				return nil, 0, errors.New("cut short")
			}
			last = after
			for i := int(after) + 1; i <= n && len(things) < most; i++ {
				last = ident.ID(i)
				if there[i] {
					things = append(things, search.Thing{Region: region, ID: last, Kind: search.Spark, Listed: true, Language: language.Finnish, Title: fmt.Sprint("verstas ", i)})
				}
			}
			return things, last, nil
		}}
		s.put("kouvola", 500, "verstas", "", true) // of which nobody knows any more
		s.put("kouvola", 3, "vanha", "", true)
		cut = 2
		if err := x.Renew(t.Context(), db, "kouvola", []search.Shelf{on}, false, nil); err == nil {
			t.Fatal("it was not cut short")
		}
		cut, reads = 0, 0
		var last search.Progress
		if err := x.Renew(t.Context(), db, "kouvola", []search.Shelf{on}, false, func(p search.Progress) { last = p }); err != nil {
			t.Fatal(err)
		}
		if !last.Whole || last.Things != n || reads != 6 {
			t.Errorf("%+v after %d reads", last, reads)
		}
		count := func() (things, words int) {
			t.Helper()
			if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM search_things WHERE region_id = $1`, "kouvola").Scan(&things); err != nil {
				t.Fatal(err)
			}
			if err := db.QueryRow(t.Context(), `SELECT texts FROM search_words WHERE region_id = $1 AND word = $2`, "kouvola", "verstas").Scan(&words); err != nil {
				t.Fatal(err)
			}
			return things, words
		}
		if things, words := count(); things != n || words != n {
			t.Errorf("%d things, %d with the word", things, words)
		}
		reads = 0
		if err := x.Renew(t.Context(), db, "kouvola", []search.Shelf{on}, false, nil); err != nil || reads != 0 {
			t.Errorf("what is whole was read %d times, %v", reads, err)
		}
		delete(there, 7)
		delete(there, n)
		if err := x.Renew(t.Context(), db, "kouvola", []search.Shelf{on}, true, nil); err != nil {
			t.Fatal(err)
		}
		if things, words := count(); things != n-2 || words != n-2 {
			t.Errorf("%d things, %d with the word, of %d", things, words, n-2)
		}
	})
}

// What everybody can find for the first time is news, once, and only while they can.
func TestNews(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := search.New(text.NewAnalyser(finnish.New(nil, nil), language.Own()), "test", ident.NewMaker(clock.System{}))
		tx := func(do func(ctx context.Context, tx *store.Tx) error) {
			t.Helper()
			if err := db.Tx(t.Context(), do); err != nil {
				t.Fatal(err)
			}
		}
		put := func(kind search.Kind, id int, title string, listed bool) {
			t.Helper()
			tx(func(ctx context.Context, tx *store.Tx) error {
				return x.Put(ctx, tx, search.Thing{Region: "kouvola", ID: ident.ID(id), Kind: kind, Listed: listed, Title: title, Place: "kyla", Themes: []string{"a", "b"}})
			})
		}
		now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
		fresh := func() (all []search.News) {
			t.Helper()
			now = now.Add(time.Hour)
			tx(func(ctx context.Context, tx *store.Tx) (err error) {
				all, _, err = search.Fresh(ctx, tx, "kouvola", now, 10)
				return err
			})
			return all
		}
		ids := func(all []search.News) (ids []int) {
			for _, n := range all {
				ids = append(ids, int(n.ID))
			}
			return ids
		}
		put(search.Spark, 1, "verstas", true)
		put(search.Story, 2, "verstas", true)
		put(search.Project, 3, "Verstaan hanke", true)
		put(search.Asset, 4, "sali", false)
		put(search.Project, 3, "Verstaan hanke", true)
		var waiting int
		if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM jobs WHERE kind = 'search.appeared'`).Scan(&waiting); err != nil || waiting != 1 {
			t.Errorf("%d jobs wait, %v", waiting, err)
		}
		got := fresh()
		if !slices.Equal(ids(got), []int{3}) || got[0].Kind != search.Project || got[0].Place != "kyla" || !slices.Equal(got[0].Themes, []string{"a", "b"}) || got[0].Since != ident.At(now) {
			t.Fatalf("%+v", got)
		}
		if want := x.Keys("Verstaan hanke", "", language.Unknown); !maps.Equal(got[0].Keys, want) {
			t.Errorf("keys %v, want %v", got[0].Keys, want)
		}
		put(search.Project, 3, "Verstaan toinen hanke", true)
		put(search.Project, 3, "Verstaan hanke", false)
		put(search.Project, 3, "Verstaan hanke", true)
		put(search.Asset, 4, "sali", true)
		if got := ids(fresh()); !slices.Equal(got, []int{4}) {
			t.Errorf("then %v is news", got)
		}
		if got := fresh(); len(got) != 0 {
			t.Errorf("%v twice", got)
		}
		between := func(after, until time.Time) []int {
			t.Helper()
			all, err := search.NewsBetween(t.Context(), db, "kouvola", ident.At(after), ident.At(until), 10)
			if err != nil {
				t.Fatal(err)
			}
			return ids(all)
		}
		if got := between(now.Add(-3*time.Hour), now); !slices.Equal(got, []int{3, 4}) {
			t.Errorf("news so far: %v", got)
		}
		if got := between(now.Add(-2*time.Hour), now); !slices.Equal(got, []int{4}) {
			t.Errorf("news since: %v", got)
		}
		put(search.Asset, 4, "sali", false)
		if got := between(now.Add(-3*time.Hour), now); !slices.Equal(got, []int{3}) {
			t.Errorf("what is hidden is news: %v", got)
		}
		tx(func(ctx context.Context, tx *store.Tx) error { return x.Remove(ctx, tx, "kouvola", search.Project, 3) })
		now = now.Add(50 * 24 * time.Hour)
		fresh()
		var left int
		if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM search_news`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d rows are left of what is gone or long past, %v", left, err)
		}
		// What stands on a shelf was there before.
		on := search.Shelf{Name: "projects", Kinds: []search.Kind{search.Project}, Read: func(_ context.Context, _ store.Source, region string, after ident.ID, most int) ([]search.Thing, ident.ID, error) {
			if after > 0 {
				return nil, after, nil
			}
			return []search.Thing{{Region: region, ID: 9, Kind: search.Project, Listed: true, Title: "ranta"}}, 9, nil
		}}
		if err := x.Renew(t.Context(), db, "kouvola", []search.Shelf{on}, true, nil); err != nil {
			t.Fatal(err)
		}
		if got := fresh(); len(got) != 0 {
			t.Errorf("an old thing is news: %v", got)
		}
	})
}

// Foreign bytes as questions find something or nothing, and fail nothing.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"", "verstaat", `"`, "AND OR NOT", "NEAR(a b)", "lemmas:x", "*", "a\x00b", "\xff", "'; DROP TABLE", "!&|()<->"} {
		f.Add(s)
	}
	db := storetest.SQLite(f)
	x := search.New(text.NewAnalyser(finnish.New(nil, nil), language.Own()), "test", ident.NewMaker(clock.System{}))
	if err := db.Tx(f.Context(), func(ctx context.Context, tx *store.Tx) error {
		return x.Put(ctx, tx, search.Thing{Region: "kouvola", ID: 1, Kind: search.Spark, Listed: true, Title: "verstas"})
	}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := x.Search(t.Context(), db, search.Query{Region: "kouvola", Text: s, Most: 5}); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if _, err := x.Similar(t.Context(), db, search.Draft{Region: "kouvola", Title: s, Text: s, Most: 5}); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if _, err := x.Suggest(t.Context(), db, "kouvola", s, 5); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
	})
}

// What may be counted as looked for in vain is common words, and nothing of a question
// that may hold a name.
func TestCommonWordsOfThreeLanguages(t *testing.T) {
	t.Parallel()
	x := speaking(t)
	for _, c := range []struct {
		in       language.Language
		question string
		want     map[string]string // nil when nothing of it may be counted
	}{
		{language.Finnish, "uimahallit Korialla", map[string]string{"uimahallit": "uimahalli"}},
		{language.Finnish, "uimahalli Virtanen", nil},
		{language.Swedish, "Simhallar i Kouvola", map[string]string{"Simhallar": "simhallar"}},
		{language.Swedish, "simhall", map[string]string{"simhall": "simhallar"}},
		{language.Swedish, "var finns simhallar", map[string]string{"simhallar": "simhallar"}},
		{language.Swedish, "simhall Lindqvist", nil},
		{language.Swedish, "simhall anna", nil},
		{language.Swedish, "simhall 0401234567", nil},
		{language.Swedish, "simhaal", nil},
		{language.English, "swimming pools", map[string]string{"swimming": "swimming pools", "pools": "swimming pools"}},
		{language.English, "the skating rinks with lighting", map[string]string{"skating": "skating rinks", "rinks": "skating rinks", "lighting": "lighting"}},
		{language.English, "local food of Smith", nil},
		{language.English, "", map[string]string{}},
	} {
		if got := x.Common(c.question, c.in); !maps.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%q: %v, want %v", c.question, got, c.want)
		}
	}
}

// A text of very many different words is found by how it begins, on both engines:
// PostgreSQL takes no more than a megabyte of keys in a row.
func TestVeryManyWords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := shelf{t, db, index(t)}
		var b strings.Builder
		b.WriteString("lighthouse ")
		for n := uint32(1); b.Len() < 3<<19; n++ {
			for bits := n * 2654435761; bits > 0; bits /= 20 { // all different, in how they begin too
				b.WriteByte("bcdfghjklmnpqrstvwxz"[bits%20])
			}
			b.WriteByte(' ')
		}
		b.WriteString("windmill")
		put := func(title, body string) {
			t.Helper()
			if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return s.x.Put(ctx, tx, search.Thing{Region: "a", ID: 1, Kind: "spark", Listed: true, Title: title, Text: body, Language: language.English})
			}); err != nil {
				t.Fatal(err)
			}
		}
		put("", b.String())
		if got := s.find("a", "lighthouse", false); !slices.Equal(got, []int{1}) {
			t.Errorf("by its first word: %v", got)
		}
		if got := s.find("a", "windmill", false); len(got) > 0 {
			t.Errorf("by its last word, a megabyte and a half on: %v", got)
		}
		// Nothing of it stays when it says something else.
		put("Windmill", "short")
		if got := s.find("a", "lighthouse", false); len(got) > 0 {
			t.Errorf("by words it has no more: %v", got)
		}
		if got := s.find("a", "windmill", false); !slices.Equal(got, []int{1}) {
			t.Errorf("by its new words: %v", got)
		}
	})
}

// A reason names a word, and not beside it what that word comes from; what a word comes
// from is a reason when nothing else of it is shared.
func TestAReasonSaysAMatterOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := shelf{t, db, index(t)}
		s.put("a", 1, "Lähiruoan jakelu", "Yhteinen jakelupiste kylälle.", true)
		s.put("a", 2, "Lehtiä jaellaan talkoilla", "Kuka ehtii mukaan?", true)
		for _, c := range []struct {
			id           int
			told, untold string
		}{{1, "jakelu", "jaella"}, {2, "jaella", "jakelu"}} {
			hits, err := s.x.Similar(t.Context(), db, search.Draft{Region: "a", Title: "Ruuan jakelu kylille", Most: 5})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(hits, func(h search.Hit) bool { return h.ID == ident.ID(c.id) })
			if i < 0 || !slices.Contains(hits[i].Matched, c.told) || slices.Contains(hits[i].Matched, c.untold) {
				t.Errorf("%d: %+v", c.id, hits)
			}
		}
	})
}
