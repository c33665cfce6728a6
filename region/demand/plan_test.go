package demand_test

import (
	"context"
	"fmt"
	"testing"

	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/demand"
)

// The list of what was looked for is read by its key, the newest month first, however
// many words there are.
func TestWordsAreReadByKey(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.must(d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			for i := range 3000 {
				for _, of := range []string{region, "muu"} {
					if _, err := tx.Exec(ctx, `INSERT INTO demand_words (region_id, month, word, marks) VALUES ($1, $2, $3, 1)`, of, i%24, fmt.Sprintf("sana%d", i)); err != nil {
						return err
					}
				}
			}
			return nil
		}))
		storetest.Analyse(t, d.db, "demand_words")
		q, key := demand.Queries(), []string{"demand_words_pkey", "demand_words_1"}
		storetest.ByKey(t, d.db, q["words"], key, region, int64(23))
		storetest.ByKey(t, d.db, q["month"], key, region, int64(23))
	})
}
