package store_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"kokko/ground/store"
	"kokko/schema"
)

// A commit is another moment before its Tx returns; reading, and what was rolled
// back, is none. Others' commits are another moment soon.
func TestMoment(t *testing.T) {
	t.Parallel()
	errNo := errors.New("no")
	check := func(t *testing.T, db, other *store.DB) {
		ctx := context.Background()
		moment := func(db *store.DB) store.Moment {
			t.Helper()
			m, err := db.Moment(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		put := func(db *store.DB, at int, fails error) {
			t.Helper()
			err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.Exec(ctx, `INSERT INTO job_periods (name, spec, next_at, last_at) VALUES ('a', '', $1, 0) ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at`, at); err != nil {
					return err
				}
				return fails
			})
			if !errors.Is(err, fails) {
				t.Fatal(err)
			}
		}
		for i := range 20 {
			before := moment(db)
			put(db, i, nil)
			if moment(db) == before {
				t.Fatal("a commit of its own went unseen")
			}
		}
		time.Sleep(150 * time.Millisecond) // what was its own is seen as a change of the engine's count, once
		before := moment(db)
		for range 5 {
			err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				var n int
				return tx.QueryRow(ctx, `SELECT COUNT(*) FROM job_periods`).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			if db.Engine == store.SQLite { // PostgreSQL's count moves with what is rolled back too
				put(db, 7, errNo)
			}
			rows, err := db.Query(ctx, `SELECT name FROM job_periods`)
			if err := store.Each(rows, err, func(*sql.Rows) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if moment(db) != before {
			t.Error("reading is a change")
		}
		for i := range 3 {
			before := moment(db)
			put(other, 100+i, nil)
			until := time.Now().Add(5 * time.Second)
			for moment(db) == before {
				if time.Now().After(until) {
					t.Fatal("another's commit went unseen")
				}
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
	engines(t, func(t *testing.T, url string) {
		db := open(t, url, store.Options{})
		if err := db.Migrate(t.Context(), schema.Files, 0); err != nil {
			t.Fatal(err)
		}
		check(t, db, open(t, url, store.Options{}))
	})
}
