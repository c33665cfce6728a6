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
		// Reading is no change, also not to those who look at the engine's count. Whoever
		// writes elsewhere on the same PostgreSQL moves that count for all: there it is
		// looked at what the reader itself does, and at the count when nobody moved it.
		read := func() {
			t.Helper()
			err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				var n int
				if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM job_periods`).Scan(&n); err != nil || db.Engine == store.SQLite {
					return err
				}
				var none bool
				err := tx.QueryRow(ctx, `SELECT pg_current_xact_id_if_assigned() IS NULL`).Scan(&none)
				if !none {
					t.Error("reading takes a number of PostgreSQL's, which moves its count")
				}
				return err
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
		count := func() (n string) {
			t.Helper()
			if db.Engine == store.SQLite {
				return "" // each connection's own; nobody else has this file
			}
			if err := db.QueryRow(ctx, `SELECT {changes}`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		// Longer than the engine is not looked at: what was its own has been seen there.
		const looked = 110 * time.Millisecond
		quiet := false
		for range 10 {
			began := count()
			time.Sleep(looked)
			before := moment(db)
			for range 5 {
				read()
			}
			time.Sleep(looked)
			read()
			after := moment(db)
			if quiet = count() == began; quiet {
				if after != before {
					t.Error("reading is a change")
				}
				break
			}
		}
		if !quiet {
			t.Log("somebody else wrote on the server all the time")
		}
		for i := range 3 {
			before := moment(db)
			put(other, 100+i, nil)
			until := time.Now().Add(time.Minute)
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
