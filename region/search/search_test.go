package search_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/clock"
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
