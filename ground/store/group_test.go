package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"kokko/ground/fault"
	"kokko/ground/store"
)

// gathering is transactions in a group: the first holds the writer until the others
// stand in line.
type gathering struct {
	*testing.T
	db   *store.DB
	hold chan struct{}
	gone sync.WaitGroup
	errs []*error
}

// doing is what a transaction does.
type doing = func(ctx context.Context, tx *store.Tx) error

// gather begins with the first transaction.
func gather(t *testing.T, db *store.DB, first doing) *gathering {
	t.Helper()
	g := &gathering{T: t, db: db, hold: make(chan struct{})}
	begun := make(chan struct{})
	var once sync.Once
	g.run(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		once.Do(func() { close(begun); <-g.hold })
		return first(ctx, tx)
	})
	<-begun
	return g
}

// join has more transactions stand in line, in this order.
func (g *gathering) join(ctx context.Context, all ...doing) *gathering {
	for _, do := range all {
		n := store.Waiting(g.db)
		g.run(ctx, do)
		standing(g.db, n+1)
	}
	return g
}

// end lets the first go on, and gives what each was told; a panic is an error here.
func (g *gathering) end() (errs []error) {
	close(g.hold)
	g.gone.Wait()
	for _, err := range g.errs {
		errs = append(errs, *err)
	}
	return errs
}

func (g *gathering) run(ctx context.Context, do doing) {
	err := errors.New("its goroutine ended")
	g.errs = append(g.errs, &err)
	g.gone.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		err = g.db.Tx(ctx, do)
	})
}

// standing waits until so many stand in line.
func standing(db *store.DB, n int) {
	for store.Waiting(db) != n {
		runtime.Gosched()
	}
}

func insertOf(id int) doing {
	return func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES ($1, 0)`, id)
		return err
	}
}

func idsOf(t *testing.T, db *store.DB) []int64 {
	t.Helper()
	ids, err := store.Values[int64](db.Query(t.Context(), `SELECT id FROM t ORDER BY id`))
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// Those who wait share a commit: none is told before all are done, and who fails in
// whatever way takes nothing from the others.
func TestThoseWhoWaitShareACommit(t *testing.T) {
	t.Parallel()
	db := open(t, sqliteURL(t), store.Options{ReadConns: 4})
	execAll(t, db, table)
	mine := errors.New("changed my mind")
	var after sync.Map
	noting := func(id int, end func()) func(ctx context.Context, tx *store.Tx) error {
		return func(ctx context.Context, tx *store.Tx) error {
			tx.After(func() { after.Store(id, count(t, db, `SELECT COUNT(*) FROM t`)) })
			if n := count(t, db, `SELECT COUNT(*) FROM t`); n != 0 {
				t.Errorf("%d rows are there before the commit", n)
			}
			if err := insertOf(id)(ctx, tx); err != nil {
				return err
			}
			if end != nil {
				end()
			}
			return nil
		}
	}
	errs := gather(t, db, noting(1, nil)).join(t.Context(), noting(2, nil),
		func(ctx context.Context, tx *store.Tx) error { return errors.Join(noting(3, nil)(ctx, tx), mine) },
		noting(4, func() { panic("oops") }), noting(5, exitGoroutine),
		func(ctx context.Context, tx *store.Tx) error { // a broken key, not looked at
			_ = noting(1, nil)(ctx, tx)
			if err := insertOf(6)(ctx, tx); err == nil {
				t.Error("a statement was run after one that failed")
			}
			return nil
		}, noting(7, nil)).end()
	for i, err := range errs {
		if good := slices.Contains([]int{0, 1, 6}, i); good != (err == nil) {
			t.Errorf("transaction %d was told %v", i+1, err)
		}
	}
	if !errors.Is(errs[2], mine) {
		t.Errorf("an error became %v", errs[2])
	}
	if got := idsOf(t, db); !slices.Equal(got, []int64{1, 2, 7}) {
		t.Errorf("the rows are %v", got)
	}
	for id := range 8 {
		rows, ran := after.Load(id)
		if want := slices.Contains([]int{1, 2, 7}, id); ran != want || ran && rows != int64(3) {
			t.Errorf("After of %d ran: %v, with %v rows", id, ran, rows)
		}
	}
}

// Who is cancelled in line leaves it; who is cancelled at work hears of it at the next
// statement or at the end, and the others do not.
func TestACancelIsOnesOwn(t *testing.T) {
	t.Parallel()
	db := open(t, sqliteURL(t), store.Options{ReadConns: 4})
	execAll(t, db, table)
	g := gather(t, db, insertOf(1))
	first, cancel := context.WithCancel(t.Context())
	g.join(first, func(context.Context, *store.Tx) error {
		t.Error("began after a cancel")
		return nil
	})
	second, cut := context.WithCancel(t.Context())
	g.join(second, func(ctx context.Context, tx *store.Tx) error {
		if err := insertOf(3)(ctx, tx); err != nil {
			return err
		}
		cut()
		return insertOf(33)(t.Context(), tx) // by whatever context
	})
	third, end := context.WithCancel(t.Context())
	g.join(t.Context(), insertOf(4)).join(third, func(ctx context.Context, tx *store.Tx) error {
		err := insertOf(5)(ctx, tx)
		end() // and says nothing
		return err
	}).join(t.Context(), insertOf(6))
	cancel()
	standing(db, 4)
	for i, err := range g.end() {
		if bad := slices.Contains([]int{1, 2, 4}, i); bad != errors.Is(err, context.Canceled) || !bad && err != nil {
			t.Errorf("transaction %d was told %v", i+1, err)
		}
	}
	if got := idsOf(t, db); !slices.Equal(got, []int64{1, 4, 6}) {
		t.Errorf("the rows are %v", got)
	}
}

// An engine that takes back the whole transaction for one has the others run again, by
// themselves.
func TestWhoseWorkIsLostWithAnothersRunsAgain(t *testing.T) {
	t.Parallel()
	db := open(t, sqliteURL(t), store.Options{ReadConns: 4})
	execAll(t, db, table, `INSERT INTO t (id, n) VALUES (9, 0)`)
	tries, after := 0, 0
	errs := gather(t, db, func(ctx context.Context, tx *store.Tx) error {
		tries++
		tx.After(func() { after++ })
		return insertOf(1)(ctx, tx)
	}).join(t.Context(), insertOf(2), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT OR ROLLBACK INTO t (id, n) VALUES (9, 0)`)
		return err
	}, insertOf(4)).end()
	wantFault(t, errs[2], fault.Conflict, "store.exists")
	if err := errors.Join(errs[0], errs[1], errs[3]); err != nil {
		t.Error(err)
	}
	if got := idsOf(t, db); !slices.Equal(got, []int64{1, 2, 4, 9}) || tries != 2 || after != 1 {
		t.Errorf("the rows are %v after %d tries, After ran %d times", got, tries, after)
	}
}

// When the commit itself fails, all are told, and nothing of anybody's is there.
func TestACommitThatFailsIsToldToAll(t *testing.T) {
	t.Parallel()
	db := open(t, sqliteURL(t), store.Options{ReadConns: 4})
	execAll(t, db, table, `CREATE TABLE child (id BIGINT NOT NULL PRIMARY KEY REFERENCES t (id))`)
	never := func(id int) func(ctx context.Context, tx *store.Tx) error {
		return func(ctx context.Context, tx *store.Tx) error {
			tx.After(func() { t.Error("After ran without a commit") })
			return insertOf(id)(ctx, tx)
		}
	}
	errs := gather(t, db, never(1)).join(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `PRAGMA defer_foreign_keys = ON`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO child (id) VALUES (77)`)
		return err
	}, never(3)).end()
	for _, err := range errs {
		wantFault(t, err, fault.Invalid, "store.dangling")
	}
	if got := idsOf(t, db); len(got) != 0 {
		t.Errorf("the rows are %v", got)
	}
	execAll(t, db, `INSERT INTO t (id, n) VALUES (1, 1)`) // the writer is well
}

// What asks to be apart neither joins a group nor is joined.
func TestApart(t *testing.T) {
	t.Parallel()
	db := open(t, sqliteURL(t), store.Options{ReadConns: 4})
	execAll(t, db, table)
	rows := func(want int64, id int) func(ctx context.Context, tx *store.Tx) error {
		return func(ctx context.Context, tx *store.Tx) error {
			if n := count(t, db, `SELECT COUNT(*) FROM t`); n != want {
				t.Errorf("%d rows are committed, want %d", n, want)
			}
			return insertOf(id)(ctx, tx)
		}
	}
	errs := gather(t, db, insertOf(1)).join(t.Context(), rows(0, 2)).join(store.Apart(t.Context()), rows(2, 3)).join(t.Context(), rows(3, 4)).end()
	if err := errors.Join(errs...); err != nil || count(t, db, `SELECT COUNT(*) FROM t`) != 4 {
		t.Error(err, idsOf(t, db))
	}
}

// The keys of those who share a commit go into an index together: whoever asks it before
// finds them, and who fails after asking takes away their own alone.
func TestKeysOfAGroup(t *testing.T) {
	t.Parallel()
	db := open(t, sqliteURL(t), store.Options{ReadConns: 4})
	keyed(t, db)
	put := func(ctx context.Context, tx *store.Tx, id int64) error {
		return tx.PutKeys(ctx, "a", "text_keys", id, [3]string{"kylä", "", ""})
	}
	found := func(ctx context.Context, tx *store.Tx, want ...int64) {
		ids, err := store.Values[int64](tx.Query(ctx, `SELECT k.row_id FROM {having $2 in $1 text_keys of texts lemmas, parts, roots} k ORDER BY k.row_id`, "a", store.Having{Region: "a", All: []string{"kylä"}}))
		if err != nil || !slices.Equal(ids, want) {
			t.Errorf("found %v (%v), want %v", ids, err, want)
		}
	}
	mine := errors.New("changed my mind")
	errs := gather(t, db, func(ctx context.Context, tx *store.Tx) error { return put(ctx, tx, 10) }).join(t.Context(),
		func(ctx context.Context, tx *store.Tx) error {
			err := put(ctx, tx, 8)
			found(ctx, tx, 8, 10)
			return errors.Join(err, mine)
		},
		func(ctx context.Context, tx *store.Tx) error {
			found(ctx, tx, 10)
			err := put(ctx, tx, 9)
			found(ctx, tx, 9, 10)
			return errors.Join(err, put(ctx, tx, 11))
		},
		func(ctx context.Context, tx *store.Tx) error {
			return tx.TakeKeys(ctx, "a", "text_keys", 9, [3]string{"kylä", "", ""})
		}).end()
	if !errors.Is(errs[1], mine) || errors.Join(errs[0], errs[2], errs[3]) != nil {
		t.Error(errs)
	}
	if got := having(t, db, store.Having{Region: "a", All: []string{"kylä"}}); !slices.Equal(got, []int64{11, 10}) {
		t.Errorf("after the commit: %v", got)
	}
}

// Whatever becomes of each of many: what somebody was told is kept is there, and
// nothing else is.
func TestWhatIsToldIsTrue(t *testing.T) {
	t.Parallel()
	db := open(t, sqliteURL(t), store.Options{ReadConns: 4})
	execAll(t, db, table)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var mu sync.Mutex
	var kept []int64
	var all sync.WaitGroup
	for who := range 16 {
		draw := rand.New(rand.NewPCG(seed, uint64(who)))
		all.Go(func() {
			for i := range 12 {
				id, fate := who*100+i, draw.IntN(6)
				ctx, cancel := context.WithCancel(t.Context())
				if fate == 0 {
					ctx = store.Apart(ctx)
				}
				err := func() (err error) {
					defer func() {
						if p := recover(); p != nil {
							err = fmt.Errorf("panic: %v", p)
						}
					}()
					return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
						err := insertOf(id)(ctx, tx)
						switch fate {
						case 1:
							return errors.New("no")
						case 2:
							panic("oops")
						case 3:
							cancel()
						}
						return err
					})
				}()
				cancel()
				if good := fate < 1 || fate > 3; good != (err == nil) {
					t.Errorf("fate %d was told %v", fate, err)
				}
				if err == nil {
					var n int
					if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM t WHERE id = $1`, id).Scan(&n); err != nil || n != 1 {
						t.Errorf("%d was told to be kept and is not there: %v", id, err)
					}
					mu.Lock()
					kept = append(kept, int64(id))
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	slices.Sort(kept)
	if got := idsOf(t, db); !slices.Equal(got, kept) {
		t.Errorf("there are %v, told of were %v", got, kept)
	}
}
