package search_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/search"
)

// However unevenly things came, the newest that have a key are the newest.
func TestTheNewestOfACommonKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		random := rand.New(rand.NewPCG(7, 7))
		having := map[string][]int64{}
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			at := int64(1 << 40)
			for i := range 800 {
				at += 1 + random.Int64N(1<<20)
				if i%200 == 0 { // and a year later
					at += 1 << 45
				}
				words := "kaikki"
				if i%2 == 0 {
					words += " puolet"
				}
				if i < 300 && i%3 == 0 || i == 700 {
					words += " ennen"
				}
				region := "kouvola"
				if i%5 == 4 {
					region = "iitti"
				}
				keys := [3]string{words, "", ""}
				if _, err := tx.Exec(ctx, `INSERT INTO search_texts (region_id, row_id, lemmas, parts, roots) VALUES ($1, $2, $3, '', '')`, region, at, words); err != nil {
					return err
				}
				if err := tx.PutKeys(ctx, region, "search_keys", at, keys); err != nil {
					return err
				}
				for _, w := range strings.Fields(words) {
					if region == "kouvola" {
						having[w] = append(having[w], at)
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for word, all := range having {
			slices.Reverse(all)
			for _, most := range []int{1, 20, 90, 2000} {
				for _, in := range []float64{1, 4, 640} { // what is counted may lag behind
					got, err := search.NewestHaving(t.Context(), db, "kouvola", word, in, most)
					if err != nil {
						t.Fatal(err)
					}
					if want := all[:min(most, len(all))]; !slices.Equal(got, want) {
						t.Errorf("%s, %d, one in %v: %d rows, want %d", word, most, in, len(got), len(want))
					}
				}
			}
		}
		if got, err := search.NewestHaving(t.Context(), db, "iitti", "puuttuu", 1, 10); err != nil || len(got) != 0 {
			t.Errorf("what nothing has: %v %v", got, err)
		}
	})
}
