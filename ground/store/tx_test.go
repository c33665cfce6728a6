package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const table = `CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`

func TestKeysBecomeFaults(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, `CREATE TABLE parent (a BIGINT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b))`,
			`CREATE TABLE child (id BIGINT NOT NULL PRIMARY KEY, a BIGINT NOT NULL, b TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (name), FOREIGN KEY (a, b) REFERENCES parent (a, b))`,
			`INSERT INTO parent (a, b) VALUES (1, 'x')`, `INSERT INTO child (id, a, b, name) VALUES (1, 1, 'x', 'one')`)
		for _, c := range []struct {
			name, query string
			code        fault.Code
			key         string
		}{
			{"primary key", `INSERT INTO child (id, a, b, name) VALUES (1, 1, 'x', 'two')`, fault.Conflict, "store.exists"},
			{"unique key", `INSERT INTO child (id, a, b, name) VALUES (2, 1, 'x', 'one')`, fault.Conflict, "store.exists"},
			{"composite key", `INSERT INTO parent (a, b) VALUES (1, 'x')`, fault.Conflict, "store.exists"},
			{"no parent", `INSERT INTO child (id, a, b, name) VALUES (2, 9, 'x', 'two')`, fault.Invalid, "store.dangling"},
			{"children left", `DELETE FROM parent WHERE a = 1`, fault.Invalid, "store.dangling"},
		} {
			err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, c.query)
				return err
			})
			wantFault(t, err, c.code, c.key)
			if got := store.Exists(err); got != (c.key == "store.exists") {
				t.Errorf("%s: Exists says %v", c.name, got)
			}
		}
	})
}

func TestNoRow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table)
		var n int
		if err := db.QueryRow(t.Context(), `SELECT n FROM t WHERE id = $1`, 1).Scan(&n); !errors.Is(err, store.ErrNone) {
			t.Errorf("the DB gave %v", err)
		}
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return tx.QueryRow(ctx, `SELECT n FROM t WHERE id = $1`, 1).Scan(&n)
		})
		if !errors.Is(err, store.ErrNone) {
			t.Errorf("the Tx gave %v", err)
		}
	})
}

func TestExecCountsRows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table, `INSERT INTO t (id, n) VALUES (1, 0), (2, 0), (3, 7)`)
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			// The same value again still counts as a touched row on both.
			for query, want := range map[string]int64{`UPDATE t SET n = 0 WHERE n = 0`: 2, `UPDATE t SET n = 1 WHERE id = 99`: 0} {
				if n, err := tx.Exec(ctx, query); err != nil || n != want {
					t.Errorf("%s touched %d (%v)", query, n, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// injected errors stand for what the engines say; the real ones come below.
func TestAfterRunsOnceDespiteRetries(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"40001", "40P01"} {
		each(t, func(t *testing.T, db *store.DB) {
			execAll(t, db, table)
			tries, after := 0, 0
			err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				tries++
				tx.After(func() {
					after++
					if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 1 {
						t.Errorf("After ran with %d committed rows", n)
					}
				})
				if _, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, $1)`, tries); err != nil {
					return err
				}
				if tries < 4 {
					return fmt.Errorf("deep in a service: %w", &pgconn.PgError{Code: state})
				}
				return nil
			})
			if err != nil || tries != 4 || after != 1 {
				t.Errorf("%d tries, After ran %d times (%v)", tries, after, err)
			}
			if n := count(t, db, `SELECT n FROM t WHERE id = 1`); n != 4 {
				t.Errorf("kept the row of try %d", n)
			}
		})
	}
}

func TestAfterNeverRunsWhenNothingWasCommitted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table)
		mine := errors.New("changed my mind")
		tries := 0
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			tries++
			tx.After(func() { t.Error("After ran after a rollback") })
			if _, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, 1)`); err != nil {
				return err
			}
			return mine
		})
		if !errors.Is(err, mine) || tries != 1 {
			t.Errorf("%v after %d tries", err, tries)
		}
		if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 0 {
			t.Errorf("%d rows stayed", n)
		}
	})
}

func TestTheDBInsideATxIsAnErrorNotADeadlock(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table)
		slip := func(name string, err error) {
			if err == nil || !strings.Contains(err.Error(), "inside a Tx") {
				t.Errorf("%s inside a Tx: %v", name, err)
			}
		}
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := db.Query(ctx, `SELECT n FROM t`)
			slip("Query", err)
			slip("QueryRow", db.QueryRow(ctx, `SELECT n FROM t`).Scan(new(int)))
			slip("Tx", db.Tx(ctx, func(context.Context, *store.Tx) error { return nil }))
			slip("Snapshot", db.Snapshot(ctx, func(context.Context, store.Source) error { return nil }))
			_, err = tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, 1)`)
			return err
		})
		if err != nil || count(t, db, `SELECT COUNT(*) FROM t`) != 1 {
			t.Errorf("the Tx itself suffered: %v", err)
		}
	})
}

func TestPanicRollsBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table)
		func() {
			defer func() {
				if p := recover(); p != "oops" {
					t.Errorf("the panic became %v", p)
				}
			}()
			_ = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, 1)`); err != nil {
					return err
				}
				panic("oops")
			})
		}()
		// The writer is free again, and nothing stayed.
		execAll(t, db, `INSERT INTO t (id, n) VALUES (2, 2)`)
		if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

// A goroutine that ends inside do (t.FailNow does) must not keep the writer.
func TestGoexitRollsBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table)
		var gone sync.WaitGroup
		gone.Go(func() {
			_ = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, _ = tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, 1)`)
				exitGoroutine()
				return nil
			})
		})
		gone.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (2, 2)`)
			return err
		})
		if err != nil {
			t.Fatalf("the writer was never given back: %v", err)
		}
		if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestSwallowedErrorDoesNotCommitHalf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table, `INSERT INTO t (id, n) VALUES (1, 1)`)
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (2, 2)`); err != nil {
				return err
			}
			_, _ = tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, 1)`) // broken key, not looked at
			tx.After(func() { t.Error("After ran in a transaction that met an error") })
			return nil
		})
		if err == nil {
			t.Error("a transaction with a swallowed error told that it was kept")
		}
		if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

// two runs f twice at once and gives both errors.
func two(f func(who int) error) (error, error) {
	var first error
	done := make(chan struct{})
	go func() { defer close(done); first = f(0) }()
	second := f(1)
	<-done
	return first, second
}

// meet holds the first try of each of two callers until both are there.
type meet struct{ there [2]chan struct{} }

func newMeet() *meet { return &meet{[2]chan struct{}{make(chan struct{}), make(chan struct{})}} }

func (m *meet) wait(ctx context.Context, who int) error {
	close(m.there[who])
	select {
	case <-m.there[1-who]:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestRealDeadlockIsRunAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		if db.Engine == store.SQLite {
			t.Skip("SQLite has one writer: two transactions cannot hold one lock each")
		}
		execAll(t, db, table, `INSERT INTO t (id, n) VALUES (0, 0), (1, 0)`)
		m := newMeet()
		var tries atomic.Int32
		err1, err2 := two(func(who int) error {
			met := false
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				tries.Add(1)
				if _, err := tx.Exec(ctx, `UPDATE t SET n = n + 1 WHERE id = $1`, who); err != nil {
					return err
				}
				if !met {
					met = true
					if err := m.wait(ctx, who); err != nil {
						return err
					}
				}
				_, err := tx.Exec(ctx, `UPDATE t SET n = n + 1 WHERE id = $1`, 1-who)
				return err
			})
		})
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if n := count(t, db, `SELECT SUM(n) FROM t`); n != 4 || tries.Load() < 3 {
			t.Errorf("%d changes in %d tries, want 4 in at least 3", n, tries.Load())
		}
	})
}

func TestRealSerialisationFailureIsRunAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		if db.Engine == store.SQLite {
			t.Skip("SQLite runs writers one after another")
		}
		execAll(t, db, table, `INSERT INTO t (id, n) VALUES (0, 1), (1, 1)`)
		m := newMeet()
		var tries atomic.Int32
		// Each sets its own row to the sum of both: run one after another the rows
		// are 2 and 3 in some order, on one snapshot they would be 2 and 2.
		err1, err2 := two(func(who int) error {
			met := false
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				tries.Add(1)
				if _, err := tx.Exec(ctx, `SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`); err != nil {
					return err
				}
				var sum int64
				if err := tx.QueryRow(ctx, `SELECT CAST(SUM(n) AS BIGINT) FROM t`).Scan(&sum); err != nil {
					return err
				}
				if !met {
					met = true
					if err := m.wait(ctx, who); err != nil {
						return err
					}
				}
				_, err := tx.Exec(ctx, `UPDATE t SET n = $1 WHERE id = $2`, sum, who)
				return err
			})
		})
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if n := count(t, db, `SELECT SUM(n) FROM t`); n != 5 || tries.Load() < 3 {
			t.Errorf("sum %d after %d tries, want 5 after at least 3", n, tries.Load())
		}
	})
}

// foreignWriter holds SQLite's write lock from a connection of its own.
func foreignWriter(t *testing.T, url string) (release func()) {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+store.SQLitePath(url)+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	tx, err := raw.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() { _ = tx.Rollback() })
}

func TestRealBusyIsRunAgainUntilTheOtherIsDone(t *testing.T) {
	t.Parallel()
	url := sqliteURL(t)
	db := open(t, url, store.Options{BusyTimeout: time.Millisecond, Attempts: 1000})
	execAll(t, db, table)
	release := foreignWriter(t, url)
	defer release()
	done := make(chan error, 1)
	go func() {
		done <- db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, 1)`)
			return err
		})
	}()
	select {
	case err := <-done:
		t.Fatalf("wrote through a foreign lock: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestGivesUpBusy(t *testing.T) {
	t.Parallel()
	t.Run("foreign writer", func(t *testing.T) {
		t.Parallel()
		url := sqliteURL(t)
		db := open(t, url, store.Options{BusyTimeout: time.Millisecond, Attempts: 3})
		execAll(t, db, table)
		defer foreignWriter(t, url)()
		err := db.Tx(t.Context(), func(context.Context, *store.Tx) error { return errors.New("began in spite of the lock") })
		wantFault(t, err, fault.Busy, "store.busy")
	})
	t.Run("injected", func(t *testing.T) {
		t.Parallel()
		engines(t, func(t *testing.T, url string) {
			db := open(t, url, store.Options{Attempts: 3})
			tries := 0
			err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				tries++
				return &pgconn.PgError{Code: "40001"}
			})
			wantFault(t, err, fault.Busy, "store.busy")
			if _, ok := errors.AsType[*pgconn.PgError](err); !ok || tries != 3 {
				t.Errorf("%d tries, %v lost its cause", tries, err)
			}
		})
	})
}

// A connection that was gone before anything was sent is another's turn, not an error.
func TestAGoneConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table)
		tries := 0
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, 1)`); err != nil {
				return err
			}
			if tries++; tries < 3 {
				return fmt.Errorf("a statement: %w", driver.ErrBadConn)
			}
			return nil
		}); err != nil || tries != 3 {
			t.Errorf("%d tries, %v", tries, err)
		}
		if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestCancelledContextEndsATx(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table)
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			tx.After(func() { t.Error("After ran after a cancel") })
			if _, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, 1)`); err != nil {
				return err
			}
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 0 {
			t.Errorf("%d rows stayed", n)
		}
		// Also when database/sql has rolled back before the commit, or before do is done.
		for _, commits := range []bool{true, false} {
			ctx, cancel := context.WithCancel(t.Context())
			err := db.Tx(ctx, func(_ context.Context, tx *store.Tx) error {
				cancel()
				for {
					var n int64
					if err := tx.QueryRow(t.Context(), `SELECT COUNT(*) FROM t`).Scan(&n); err != nil {
						if commits {
							return nil
						}
						return err
					}
				}
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("after a rollback by itself (commits: %t): %v", commits, err)
			}
		}
		// And when a reader between two rows is told that they are closed, before the
		// transaction is known to have ended.
		ctx, cancel = context.WithCancel(t.Context())
		err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			rows, err := tx.Query(ctx, `SELECT 1 UNION ALL SELECT 2`)
			if err != nil {
				return err
			}
			defer rows.Close()
			rows.Next()
			cancel()
			rows.Close()
			var n int64
			return rows.Scan(&n)
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after rows closed by the cancel: %v", err)
		}
		// Between two tries the wait ends too.
		ctx, cancel = context.WithCancel(t.Context())
		err = db.Tx(ctx, func(context.Context, *store.Tx) error {
			cancel()
			return &pgconn.PgError{Code: "40001"}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled retry gave %v", err)
		}
		execAll(t, db, `INSERT INTO t (id, n) VALUES (2, 2)`)
	})
	t.Run("while waiting for a foreign writer", func(t *testing.T) {
		t.Parallel()
		url := sqliteURL(t)
		db := open(t, url, store.Options{BusyTimeout: time.Minute})
		defer foreignWriter(t, url)()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := db.Tx(ctx, func(context.Context, *store.Tx) error { return errors.New("began in spite of the lock") })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestNoLostUpdate(t *testing.T) {
	t.Parallel()
	const writers, rounds = 32, 5
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table, `INSERT INTO t (id, n) VALUES (1, 0), (2, 0)`)
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				for range rounds {
					err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
						_, err := tx.Exec(ctx, `UPDATE t SET n = n + 1 WHERE id = 1`)
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					// Read, think, write only what was read: the way of version columns.
					for written := false; !written; {
						err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
							var n int64
							if err := tx.QueryRow(ctx, `SELECT n FROM t WHERE id = 2`).Scan(&n); err != nil {
								return err
							}
							touched, err := tx.Exec(ctx, `UPDATE t SET n = $1 WHERE id = 2 AND n = $2`, n+1, n)
							written = touched == 1
							return err
						})
						if err != nil {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		all.Wait()
		for _, id := range []int{1, 2} {
			if n := count(t, db, `SELECT n FROM t WHERE id = $1`, id); n != writers*rounds {
				t.Errorf("row %d counts %d of %d", id, n, writers*rounds)
			}
		}
	})
}

func TestReadersDoNotWaitForAWriter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table, `INSERT INTO t (id, n) VALUES (1, 1)`)
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE t SET n = 2`); err != nil {
				return err
			}
			// Another page's context, which carries no Tx.
			outside, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var n int64
			if err := db.QueryRow(outside, `SELECT n FROM t WHERE id = 1`).Scan(&n); err != nil || n != 1 {
				t.Errorf("a reader beside the writer saw %d (%v)", n, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, `SELECT n FROM t WHERE id = 1`); n != 2 {
			t.Errorf("after the commit a reader saw %d", n)
		}
	})
}

func TestSQLitePragmasReachEveryConnection(t *testing.T) {
	t.Parallel()
	const conns = 4
	db := open(t, sqliteURL(t), store.Options{ReadConns: conns, BusyTimeout: 1234 * time.Millisecond})
	pragmas := map[string]int64{"foreign_keys": 1, "query_only": 1, "busy_timeout": 1234, "synchronous": 2, "temp_store": 2}
	for name, want := range pragmas {
		var held []*sql.Rows
		for range conns { // unread rows keep their connections, so each is another one
			rows, err := db.Query(t.Context(), "PRAGMA "+name)
			if err != nil || !rows.Next() {
				t.Fatal(name, err)
			}
			var got int64
			if err := rows.Scan(&got); err != nil || got != want {
				t.Errorf("reader: %s = %d, want %d (%v)", name, got, want, err)
			}
			held = append(held, rows)
		}
		for _, rows := range held {
			rows.Close()
		}
		if name == "query_only" {
			want = 0
		}
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			var got int64
			if err := tx.QueryRow(ctx, "PRAGMA "+name).Scan(&got); err != nil || got != want {
				t.Errorf("writer: %s = %d, want %d (%v)", name, got, want, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var mode string
	if err := db.QueryRow(t.Context(), "PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal_mode %s (%v)", mode, err)
	}
}

// A write through the reader pool is our slip, and no word about a full disk.
func TestSQLiteReadersCannotWrite(t *testing.T) {
	t.Parallel()
	db := open(t, sqliteURL(t), store.Options{})
	execAll(t, db, table)
	rows, err := db.Query(t.Context(), `INSERT INTO t (id, n) VALUES (1, 1) RETURNING id`)
	if err == nil {
		rows.Next()
		err = rows.Err()
		rows.Close()
	}
	if !fault.Is(err, fault.Internal) {
		t.Errorf("Query gave %v", err)
	}
	if err := db.QueryRow(t.Context(), `INSERT INTO t (id, n) VALUES (2, 2) RETURNING id`).Scan(new(int)); !fault.Is(err, fault.Internal) {
		t.Errorf("QueryRow gave %v", err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

func TestSnapshotSeesOneMoment(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table, `INSERT INTO t (id, n) VALUES (1, 1)`)
		err := db.Snapshot(t.Context(), func(ctx context.Context, src store.Source) error {
			read := func() (n int64) {
				if err := src.QueryRow(ctx, `SELECT {greatest COUNT(*), 0} FROM t`).Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			before := read()
			execAll(t, db, `INSERT INTO t (id, n) VALUES (2, 2)`)
			if after := read(); before != 1 || after != 1 {
				t.Errorf("saw %d rows, then %d", before, after)
			}
			if _, err := db.Query(ctx, `SELECT n FROM t`); err == nil {
				t.Error("the DB answered from another moment inside a Snapshot")
			}
			if rows, err := src.Query(ctx, `DELETE FROM t WHERE id = 1 RETURNING id`); err == nil {
				rows.Next()
				if rows.Err() == nil {
					t.Error("a Snapshot wrote")
				}
				rows.Close()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 2 {
			t.Errorf("%d rows at last", n)
		}
	})
}

// A column of values and a list of ids go in and out alike on both engines.
func TestValuesOfAListOfIDs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, table, `INSERT INTO t (id, n) VALUES (1, 10), (2, 20), (3, 30)`)
		read := func(ids ...ident.ID) ([]int64, error) {
			return store.Values[int64](db.Query(t.Context(), `SELECT n FROM t WHERE id {in $1} ORDER BY id`, store.IDs(ids)))
		}
		if got, err := read(3, 1, 9); err != nil || !slices.Equal(got, []int64{10, 30}) {
			t.Errorf("%v, %v", got, err)
		}
		if got, err := read(); err != nil || len(got) != 0 {
			t.Errorf("of none: %v, %v", got, err)
		}
		if _, err := store.Values[int64](db.Query(t.Context(), `SELECT id, n FROM t`)); err == nil {
			t.Error("two columns were read as one")
		}
	})
}
