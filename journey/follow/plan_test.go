package follow_test

import (
	"context"
	"fmt"
	"testing"

	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/follow"
)

// Who hears of what is read by keys, a batch at a time, however many follow. Whether
// anybody at all wants a digest is asked once a morning, and is no more than the walk
// through all of them that follows it.
func TestFollowersAreReadByKeys(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			for i := range 3000 {
				if _, err := tx.Exec(ctx, `INSERT INTO addresses (region_id, address_id, email, language, page_hash, links, confirmed_at, bounces, bounce_reply, stopped_at) VALUES ($1, $2, $3, 'fi', $3, 0, 1, 0, '', 0)`, region, i+1, fmt.Sprintf("p%d@posti.example", i)); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `INSERT INTO follows (region_id, address_id, target, km, pace, volume, since_at) VALUES ($1, $2, $3, 0, $4, 'loud', 1)`, region, i+1, fmt.Sprintf("theme:t%d", i%7), []string{"now", "daily"}[i%2]); err != nil {
					return err
				}
			}
			return nil
		})
		storetest.Analyse(t, d.db, "follows")
		q, own := follow.Queries(), []string{"follows_pkey", "follows_1"}
		for _, c := range []struct {
			name    string
			indexes []string
			args    []any
		}{
			{"of", own, []any{region, store.Ints{1, 2}}},
			{"among", append([]string{"follows_by_target"}, own...), []any{region, store.Ints{1, 2}, store.Strings{"theme:t1", "all"}}},
			{"any", []string{"follows_by_target"}, []any{region, store.Strings{"theme:t1", "all"}, "now"}},
			{"target", []string{"follows_by_target"}, []any{region, "theme:t1", "now", int64(0), 100}},
			{"whose", []string{"follows_by_target"}, []any{region, "theme:t1"}},
			{"next", own, []any{region, int64(0), 100}},
		} {
			storetest.ByKey(t, d.db, q[c.name], c.indexes, c.args...)
		}
	})
}
