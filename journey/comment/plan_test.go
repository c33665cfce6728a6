package comment_test

import (
	"context"
	"fmt"
	"testing"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/comment"
	"kokko/journey/spark"
)

// many puts so many comments of many people beneath a spark, past the verbs.
func (d *desk) many(t testing.TB, sp ident.ID, n int) {
	t.Helper()
	ids := ident.NewMaker(d.clock)
	must(t, d.tx(func(ctx context.Context, tx *store.Tx) error {
		for i := range n {
			if _, err := tx.Exec(ctx, `INSERT INTO comments (region_id, spark_id, comment_id, author_kind, author_id, name, language, words, state, placed, waits, held, question, unanswered, answer_id, beat_id, reports, written_at, edited_at, decided_at, officer_id, reason)
VALUES ($1, $2, $3, 'address', $4, '', 'fi', $5, 'shown', TRUE, FALSE, '', FALSE, FALSE, 0, 1, 0, 1, 0, 0, 0, '')`, region, int64(sp), int64(ids.New()), 1_000+i%997, fmt.Sprintf("Puheenvuoro %d, jossa on pari lausetta. Tässä on toinen.", i)); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO warmths (region_id, spark_id, address_id, offer, name, shared, since_at) VALUES ($1, $2, $3, '', '', FALSE, 1)`, region, int64(sp), 1_000+i); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO talk_waits (region_id, reader, reader_id, spark_id, beat_id) VALUES ($1, 'office', $2, $3, $4)`, region, 1+i%97, int64(sp), i); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO talks (region_id, spark_id, shown, questions, warm, hears) VALUES ($1, $2, $3, 0, $3, '')`, region, int64(sp), n)
		return err
	}))
}

// Whatever is asked for on a page is read by a key: no table is walked from end to end
// and nothing is sorted, however long the talk.
func TestATalkIsReadByItsKeys(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		one, two := d.drop(t, spark.Public).Spark.ID, d.drop(t, spark.Public).Spark.ID
		d.many(t, one, 3000)
		d.many(t, two, 3000)
		storetest.Analyse(t, d.db, "comments", "warmths", "talks", "talk_waits", "talk_paces")
		q, sp := comment.Queries(), int64(one)
		for _, c := range []struct {
			name    string
			indexes []string
			args    []any
		}{
			{"oldest", []string{"comments_placed", "comments_pkey"}, []any{region, sp, int64(0), 21}},
			{"newest", []string{"comments_placed", "comments_pkey"}, []any{region, sp, int64(1<<63 - 1), 21}},
			{"open", []string{"comments_unanswered"}, []any{region, sp, 5}},
			{"waits", []string{"comments_waiting"}, []any{region, int64(0), 20}},
			{"theirs", []string{"comments_by_author"}, []any{region, "address", int64(1005), int64(1<<63 - 1), 20}},
			{"here", []string{"comments_pkey", "comments_1", "comments_placed"}, []any{region, sp, int64(1<<63 - 1), 21}},
			{"one", []string{"comments_pkey", "comments_1"}, []any{region, sp, int64(7)}},
			{"counts", []string{"talks_pkey", "talks_1"}, []any{region, store.Ints{sp, int64(two)}}},
			{"warmth", []string{"warmths_pkey", "warmths_1", "warmths_by_person"}, []any{region, int64(1005), store.Ints{sp, int64(two)}}},
			{"their warmth", []string{"warmths_by_person"}, []any{region, int64(1005), 20}},
			{"waiters", []string{"talk_waits_pkey", "talk_waits_1"}, []any{region, "office", int64(0), 100}},
			{"waited", []string{"talk_waits_pkey", "talk_waits_1"}, []any{region, "office", int64(5)}},
		} {
			storetest.ByKey(t, d.db, q[c.name], c.indexes, c.args...)
		}
	})
}

// BenchmarkTalk reads what one page of a talk needs: with ten thousand comments it is as
// much as with ten.
func BenchmarkTalk(b *testing.B) {
	d := newDesk(b, storetest.SQLite(b))
	ctx := context.Background()
	for _, n := range []int{10, 10_000} {
		id := d.drop(b, spark.Public).Spark.ID
		d.many(b, id, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				all, err := comment.Talks(ctx, d.db, region, id)
				must(b, err)
				list, next, err := comment.Of(ctx, d.db, region, []ident.ID{id}, comment.Newest, 0)
				must(b, err)
				open, err := comment.Open(ctx, d.db, region, []ident.ID{id}, comment.OpenShown)
				must(b, err)
				if all[id].Shown != n || len(list) != min(n, comment.Page) || (next != 0) != (n > comment.Page) || len(open) != 0 {
					b.Fatalf("%+v, %d read", all[id], len(list))
				}
			}
		})
	}
}
