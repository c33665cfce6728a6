package search_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/search"
)

// What a question reads is read by keys, however much there is to find.
func TestFindingReadsByKeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for i := range 3000 {
				for _, c := range []struct {
					statement string
					args      []any
				}{
					{`INSERT INTO search_things (region_id, row_id, kind, thing_id, about_id, listed, place, state, themes, at, digest, halves, counted, outline) VALUES ($1, $2, $3, $2, $2, TRUE, $4, '', '', 1, 1, 2, 0, $5)`,
						[]any{"kouvola", i, []string{"spark", "project"}[i%2], fmt.Sprintf("paikka%d", i%90), []byte("x")}},
					{`INSERT INTO search_texts (region_id, row_id, lemmas, parts, roots) VALUES ($1, $2, 'sana', '', '')`, []any{"kouvola", i}},
					{`INSERT INTO search_words (region_id, word, texts, listed) VALUES ($1, $2, 1, 1)`, []any{"kouvola", fmt.Sprintf("sana%d", i)}},
					{`INSERT INTO search_pending (region_id, row_id) VALUES ($1, $2)`, []any{"kouvola", i}},
					{`INSERT INTO search_news (region_id, row_id, news) VALUES ($1, $2, $3)`, []any{"kouvola", i, i / 2}},
				} {
					if _, err := tx.Exec(ctx, c.statement, c.args...); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		storetest.Analyse(t, db, "search_things", "search_texts", "search_words", "search_pending", "search_news")
		q := search.Queries()
		things := []string{"search_things_pkey", "search_things_1"}
		for _, c := range []struct {
			name    string
			indexes []string
			args    []any
		}{
			{"words", []string{"search_words_pkey", "search_words_1"}, []any{"kouvola", store.Strings{"sana1", "sana2"}}},
			{"listed", []string{"search_words_pkey", "search_words_1"}, []any{"kouvola", store.Strings{"sana1", "sana2"}}},
			{"begun", []string{"search_words_pkey", "search_words_1"}, []any{"kouvola", "sana12", "sana12z", 20}},
			{"found", things, []any{"kouvola", store.Ints{1, 2}}},
			{"lemmas", []string{"search_texts_pkey", "search_texts_1"}, []any{"kouvola", store.Ints{1, 2}}},
			{"placed", []string{"search_things_placed"}, []any{"kouvola", "paikka7", 20}},
			{"pending", []string{"search_pending_pkey", "search_pending_1"}, []any{"kouvola", 20}},
			{"range", []string{"search_things_region_id_kind_thing_id_key", "search_things_2"}, []any{"kouvola", "spark", int64(10), int64(30)}},
			{"fresh", []string{"search_news_by_moment"}, []any{"kouvola", 20}},
			{"news", []string{"search_news_by_moment"}, []any{"kouvola", int64(100), int64(110), 20}},
		} {
			storetest.ByKey(t, db, q[c.name], c.indexes, c.args...)
		}
		// The newest of what a key is in are never looked for by going through all that there is.
		for name, args := range map[string][]any{"having": {"kouvola", "sana", 20}, "since": {"kouvola", "sana", 20, int64(2900)}} {
			if plan := storetest.Plan(t, db, q[name], args...); !strings.Contains(plan, "search_keys") && !strings.Contains(plan, "VIRTUAL TABLE") || strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "pkey") {
				t.Errorf("%s:\n%s", name, plan)
			}
		}
	})
}
