package follow_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/follow"
	"kokko/journey/spark"
	"kokko/region/search"
)

func finder(c clock.Clock, name string) *search.Index {
	return search.New(text.NewAnalyser(finnish.New(nil, nil), language.Own()), name, ident.NewMaker(c))
}

func (d *desk) save(x *search.Index, s follow.Search) (t follow.Target) {
	d.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		t, err = follow.Save(ctx, tx, x, region, s)
		return err
	})
	return t
}

func (d *desk) matching(x *search.Index, sp spark.Spark) []string {
	d.Helper()
	found, err := follow.Matching(context.Background(), d.db, x, region, follow.ItemOf(x, sp, places()))
	d.must(err)
	return slices.Sorted(maps.Keys(found))
}

func (d *desk) rows(table string) (n int) {
	d.Helper()
	d.must(d.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM `+table+` WHERE region_id = $1`, region).Scan(&n))
	return n
}

func TestASearchIsMetByAllItsWordsThemeAndPlace(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		x := finder(d.clock, "a")
		sp := spark.Spark{ID: 7, Title: "Laituri kuntoon", Text: "Laituri kuntoon. Rannalle tulisi saunat.", Language: "fi", Place: "kyla", Tags: []spark.Tag{{Kind: "theme", ID: "ranta"}}}
		for _, c := range []struct {
			s    follow.Search
			want bool
		}{
			{follow.Search{Words: "laituri"}, true},
			{follow.Search{Words: "  LAITURI   sauna "}, true},
			{follow.Search{Words: "laituri ja saunat"}, true},
			{follow.Search{Words: "laituri ruoka"}, false},
			{follow.Search{Words: "laituri", Theme: "ranta"}, true},
			{follow.Search{Words: "laituri", Theme: "metsa"}, false},
			{follow.Search{Words: "laituri", Place: "kyla"}, true},
			{follow.Search{Words: "laituri", Place: "kunta", Km: 5}, true}, // the village is in it
			{follow.Search{Words: "laituri", Place: "kaukana", Km: 5}, false},
			{follow.Search{Words: "laituri", Place: "kaukana", Km: 40}, true},
			{follow.Search{Words: "laituri", Place: "tuntematon", Km: 40}, false},
		} {
			target := d.save(x, c.s)
			if again := d.save(x, follow.Search{Words: strings.ToUpper(c.s.Words), Theme: c.s.Theme, Place: c.s.Place, Km: c.s.Km}); again != target {
				t.Errorf("%+v is kept twice", c.s)
			}
			if got := slices.Contains(d.matching(x, sp), target.ID); got != c.want {
				t.Errorf("%+v: %v", c.s, got)
			}
			if read, ok := follow.ParseTarget(target.String()); !ok || read != target {
				t.Errorf("%v is read as %v", target, read)
			}
		}
		for _, words := range []string{"", "  ", "!?", strings.Repeat("a", 300)} {
			err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				_, err := follow.Save(ctx, tx, x, region, follow.Search{Words: words})
				return err
			})
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", words, err)
			}
		}
	})
}

// Whatever is searched for and whatever comes: what one look-up finds is what looking
// at every search finds.
func TestOneLookUpFindsWhatALoopFinds(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		x := finder(d.clock, "a")
		words := []string{"laituri", "laiturit", "sauna", "ruoka", "metsä", "kylän", "kylät", "talkoot", "ja", "skola", "school", "2026"}
		some := func(t *rapid.T, name string, most int) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, most).Draw(t, name), " ")
		}
		all := map[string]follow.Search{}
		rapid.Check(t, func(rt *rapid.T) {
			for range rapid.IntRange(0, 3).Draw(rt, "new") {
				s := follow.Search{Words: some(rt, "asked", 3), Theme: rapid.SampledFrom([]string{"", "", "a", "b"}).Draw(rt, "theme"), Place: rapid.SampledFrom([]string{"", "", "kyla", "kaukana"}).Draw(rt, "place"), Km: rapid.SampledFrom([]int{5, 15, 40}).Draw(rt, "km")}
				all[d.save(x, s).ID] = s
			}
			sp := spark.Spark{ID: 7, Title: some(rt, "title", 3), Text: some(rt, "text", 5), Language: rapid.SampledFrom([]string{"fi", "sv", ""}).Draw(rt, "language"), Place: rapid.SampledFrom([]string{"", "kyla", "kunta"}).Draw(rt, "at")}
			for _, id := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b"}), rapid.ID[string]).Draw(rt, "themes") {
				sp.Tags = append(sp.Tags, spark.Tag{Kind: "theme", ID: id})
			}
			var want []string
			for id, s := range all {
				if s.Meets(x, follow.ItemOf(x, sp, places())) {
					want = append(want, id)
				}
			}
			slices.Sort(want)
			if got := d.matching(x, sp); !slices.Equal(got, want) {
				rt.Fatalf("one look-up finds %v, a loop %v of %v", got, want, sp.Title+" "+sp.Text)
			}
		})
		if len(all) < 10 {
			t.Fatalf("only %d searches", len(all))
		}
		// Keys of another analyser are made anew, and nothing is lost.
		sp := spark.Spark{ID: 7, Title: "sauna ruoka metsä talkoot laituri kylät", Language: "fi"}
		before := d.matching(x, sp)
		y := finder(d.clock, "0") // sorts before
		d.must(follow.Rekey(context.Background(), d.db, y, region))
		if got := d.matching(y, sp); !slices.Equal(got, before) || len(got) == 0 {
			t.Errorf("%d of %d after new keys", len(got), len(before))
		}
		var old int
		d.must(d.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM follow_searches WHERE region_id = $1 AND keyed_by <> '0'`, region).Scan(&old))
		if old != 0 {
			t.Errorf("%d keep old keys", old)
		}
	})
}

// Of a search that nobody follows any more nothing is left, and one that another still
// follows stays.
func TestASearchGoesWithItsLastFollower(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		x, one, two := finder(d.clock, "a"), d.person(1), d.person(2)
		both := func(words string, who ...ident.ID) {
			target := d.save(x, follow.Search{Words: words})
			for _, w := range who {
				d.must(d.put(follow.Follow{Address: w, Target: target, Pace: follow.Weekly, Volume: follow.Normal}))
			}
		}
		left := func(what string, want int) {
			t.Helper()
			if got := d.rows("follow_searches"); got != want || (d.rows("follow_search_keys") == 0) != (want == 0) {
				t.Errorf("%s: %d searches and %d keys are left, want %d", what, got, d.rows("follow_search_keys"), want)
			}
		}
		both("laituri", one, two)
		both("sauna", one)
		both("metsä", two)
		stop := func(who ident.ID, words string) {
			target := d.save(x, follow.Search{Words: words})
			d.tx(func(ctx context.Context, tx *store.Tx) error { return follow.Stop(ctx, tx, region, who, target) })
		}
		left("at first", 3)
		stop(one, "laituri")
		left("another follows it", 3)
		stop(one, "sauna")
		left("the last one stopped", 2)
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return follow.StopPace(ctx, tx, region, two, follow.Daily)
		})
		left("another pace", 2)
		both("ruoka", one)
		d.tx(func(ctx context.Context, tx *store.Tx) error { return follow.Erase(ctx, tx, region, two) })
		left("one person is gone", 1)
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return follow.StopPace(ctx, tx, region, one, follow.Weekly)
		})
		left("both are", 0)
	})
}

// One new spark among a hundred thousand searches.
func BenchmarkMatchingAmong100000(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) { matchingAmong(b, open(b)) })
	}
}

func matchingAmong(b *testing.B, db *store.DB) {
	c := clock.NewFake(clock.FromMicros(1_795_000_000_000_000))
	x, ctx := finder(c, "a"), context.Background()
	const many, atOnce = 100_000, 5_000
	for at := 0; at < many; at += atOnce {
		if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if at == 0 {
				if _, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, region); err != nil {
					return err
				}
			}
			for i := range atOnce {
				if _, err := follow.Save(ctx, tx, x, region, follow.Search{Words: fmt.Sprintf("sana%d kylä%d", at+i, (at+i)%500)}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	sp := spark.Spark{ID: 7, Title: "sana777 kylä277", Text: strings.Repeat("Tästä on puhuttu pitkään kylällä. ", 40) + "sana4242 kylä242", Language: "fi"}
	b.ResetTimer()
	for range b.N {
		found, err := follow.Matching(ctx, db, x, region, follow.ItemOf(x, sp, places()))
		if err != nil || len(found) != 2 {
			b.Fatalf("%v %v", err, found)
		}
	}
}
