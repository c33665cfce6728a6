package store_test

import (
	"context"
	"database/sql"
	"testing"

	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// A statement that is being read is not given to another reader on the same
// connection, and one that was kept works after the schema has changed.
func TestKeptStatements(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		const add, count = `INSERT INTO job_periods (name, spec, next_at, last_at) VALUES ($1, $2, $3, 0)`, `SELECT COUNT(*) FROM job_periods WHERE next_at >= $1`
		const list = `SELECT name, next_at FROM job_periods WHERE next_at >= $1 ORDER BY next_at`
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for i := range 300 { // more statements than are kept, one of them again and again
				if _, err := tx.Exec(ctx, add, string(rune('a'+i/26))+string(rune('a'+i%26)), "", i); err != nil {
					return err
				}
				var n int
				if err := tx.QueryRow(ctx, count+` AND next_at >= `+string('0'+rune(i%10))+` AND last_at < `+string('1'+rune(i/10%9))+string('0'+rune(i/90)), 0).Scan(&n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		read := func(from store.Source, at int64) (names []string, err error) {
			rows, err := from.Query(ctx, list, at)
			err = store.Each(rows, err, func(rows *sql.Rows) error {
				var name string
				var next int64
				err := rows.Scan(&name, &next)
				names = append(names, name)
				return err
			})
			return names, err
		}
		// The same query on one connection inside its own reading, a snapshot's.
		err = db.Snapshot(ctx, func(_ context.Context, src store.Source) error {
			if db.Engine != store.SQLite {
				return nil // PostgreSQL reads one result at a time on a connection
			}
			outer, err := src.Query(ctx, list, int64(290))
			seen := 0
			return store.Each(outer, err, func(rows *sql.Rows) error {
				var name string
				var next int64
				if err := rows.Scan(&name, &next); err != nil {
					return err
				}
				if next != int64(290+seen) {
					t.Errorf("row %d is %d", seen, next)
				}
				seen++
				inner, err := read(src, 297)
				if len(inner) != 3 {
					t.Errorf("the inner reading gave %d rows", len(inner))
				}
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(db, 295); err != nil || len(got) != 5 {
			t.Fatalf("%d rows, %v", len(got), err)
		}
		change := func(statement string) {
			t.Helper()
			err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, statement)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		change(`CREATE INDEX job_periods_next ON job_periods (next_at)`)
		if got, err := read(db, 295); err != nil || len(got) != 5 {
			t.Fatalf("after a change of the schema: %d rows, %v", len(got), err)
		}
		change(`DROP INDEX job_periods_next`)
		change(`DELETE FROM job_periods`)
		if got, err := read(db, 0); err != nil || len(got) != 0 {
			t.Fatalf("after all went: %d rows, %v", len(got), err)
		}
	})
}
