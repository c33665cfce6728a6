package store_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/schema"
)

func steps(texts ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i, text := range texts {
		files[fmt.Sprintf("%04d_step.sql", i+1)] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return files
}

func names(t *testing.T, db *store.DB) (out []string) {
	t.Helper()
	tables, err := db.Tables(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		out = append(out, table.Name)
	}
	return out
}

func TestMigrateAndPending(t *testing.T) {
	t.Parallel()
	files := steps(`CREATE TABLE b (id BIGINT NOT NULL PRIMARY KEY, j {json} NOT NULL);`, `CREATE TABLE c (id BIGINT NOT NULL PRIMARY KEY);`, `CREATE TABLE a (id BIGINT NOT NULL PRIMARY KEY REFERENCES c (id));`)
	each(t, func(t *testing.T, db *store.DB) {
		pending, at, err := db.Pending(t.Context(), files)
		if err != nil || at != 0 || !slices.Equal(pending, []int64{1, 2, 3}) {
			t.Errorf("an empty store stands at %d with %v to come (%v)", at, pending, err)
		}
		if err := db.Migrate(t.Context(), files, 2); err != nil {
			t.Fatal(err)
		}
		pending, at, err = db.Pending(t.Context(), files)
		if err != nil || at != 2 || !slices.Equal(pending, []int64{3}) {
			t.Errorf("stands at %d with %v to come (%v)", at, pending, err)
		}
		for range 2 { // a second time does nothing
			if err := db.Migrate(t.Context(), files, 0); err != nil {
				t.Fatal(err)
			}
		}
		if got := names(t, db); !slices.Equal(got, []string{"b", "c", "a"}) {
			t.Errorf("tables %v, want parents first", got)
		}
		applied, err := db.Applied(t.Context(), db)
		if err != nil || !slices.Equal(applied, []int64{1, 2, 3}) {
			t.Errorf("applied %v (%v)", applied, err)
		}
	})
}

func TestFailedMigrationLeavesTheEarlierVersion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		first := `CREATE TABLE a (id BIGINT NOT NULL PRIMARY KEY);`
		bad := steps(first, "CREATE TABLE b (id BIGINT NOT NULL PRIMARY KEY);\nINSERT INTO missing (id) VALUES (1);", `CREATE TABLE c (id BIGINT NOT NULL PRIMARY KEY);`)
		wantFault(t, db.Migrate(t.Context(), bad, 0), fault.Internal, "store.migration")
		if _, at, err := db.Pending(t.Context(), bad); err != nil || at != 1 {
			t.Errorf("stands at %d (%v)", at, err)
		}
		if got := names(t, db); !slices.Equal(got, []string{"a"}) {
			t.Errorf("half a step stayed: %v", got)
		}
		mended := steps(first, `CREATE TABLE b (id BIGINT NOT NULL PRIMARY KEY);`)
		if err := db.Migrate(t.Context(), mended, 0); err != nil {
			t.Fatal(err)
		}
		if got := names(t, db); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("tables %v", got)
		}
		if err := db.Migrate(t.Context(), steps(first, `CREATE TABLE b (x {jsn});`, `CREATE TABLE c (x {jsn} NOT NULL);`), 0); err == nil {
			t.Error("a misspelt word in a migration was let through")
		}
	})
}

func TestNewerStoreIsRefused(t *testing.T) {
	t.Parallel()
	a, b, c := `CREATE TABLE a (id BIGINT NOT NULL PRIMARY KEY);`, `CREATE TABLE b (id BIGINT NOT NULL PRIMARY KEY);`, `CREATE TABLE c (id BIGINT NOT NULL PRIMARY KEY);`
	newer := steps(a, b, c)
	older := steps(a, b)
	// Numbers run in several series: a newer step need not have the largest.
	between := steps(a, b, c)
	delete(between, "0002_step.sql")
	for name, program := range map[string]fs.FS{"older": older, "without a step between": between} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, db *store.DB) {
				if err := db.Migrate(t.Context(), newer, 0); err != nil {
					t.Fatal(err)
				}
				_, _, err := db.Pending(t.Context(), program)
				wantFault(t, err, fault.Conflict, "store.newer")
				wantFault(t, db.Migrate(t.Context(), program, 0), fault.Conflict, "store.newer")
			})
		})
	}
}

// The call's steps are numbered below the ground's, so a later step may have a
// smaller number than one applied long ago.
func TestLaterStepWithASmallerNumber(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		files := fstest.MapFS{"0120_ground.sql": {Data: []byte("-- +goose Up\nCREATE TABLE ground (id BIGINT NOT NULL PRIMARY KEY);")}}
		if err := db.Migrate(t.Context(), files, 0); err != nil {
			t.Fatal(err)
		}
		files["0031_call.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE call (id BIGINT NOT NULL PRIMARY KEY);")}
		if pending, _, err := db.Pending(t.Context(), files); err != nil || !slices.Equal(pending, []int64{31}) {
			t.Errorf("%v to come (%v)", pending, err)
		}
		if err := db.Migrate(t.Context(), files, 0); err != nil {
			t.Fatal(err)
		}
		if got := names(t, db); !slices.Equal(got, []string{"call", "ground"}) {
			t.Errorf("tables %v", got)
		}
	})
}

// TestMigrateChild is a process of TestManyMigrateTogether, and of nobody else.
func TestMigrateChild(t *testing.T) {
	url := os.Getenv("KOKKO_TEST_MIGRATE")
	if url == "" {
		t.Skip("runs only as a child of TestManyMigrateTogether")
	}
	db := open(t, url, store.Options{})
	if err := db.Migrate(t.Context(), schema.Files, 0); err != nil {
		t.Fatal(err)
	}
	if pending, _, err := db.Pending(t.Context(), schema.Files); err != nil || len(pending) > 0 {
		t.Fatalf("%v to come after Migrate (%v)", pending, err)
	}
}

func TestManyMigrateTogether(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMigrateChild$", "-test.count=1")
				child.Env = append(os.Environ(), "KOKKO_TEST_MIGRATE="+url)
				if out, err := child.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
			all.Go(func() {
				db, err := store.Open(t.Context(), url, store.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				defer db.Close()
				if _, _, err := db.Pending(t.Context(), schema.Files); err != nil {
					t.Error(err)
				}
				if err := db.Migrate(t.Context(), schema.Files, 0); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		db := open(t, url, store.Options{})
		files, err := fs.Glob(schema.Files, "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		applied, err := db.Applied(t.Context(), db)
		if err != nil || len(applied) != len(files) {
			t.Errorf("%d of %d steps applied (%v)", len(applied), len(files), err)
		}
	})
}

// A folder with signs that mean something in a URL holds one file, not two.
func TestSQLitePathsWithOddSigns(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with space", "per%20cent", "what?", "hash#tag", "semi;colon&and=plus+", "äöå", `quote'"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), name)
			url := "sqlite:" + filepath.Join(dir, name+".db")
			db := open(t, url, store.Options{})
			if err := db.Migrate(t.Context(), steps(`CREATE TABLE a (id BIGINT NOT NULL PRIMARY KEY);`), 0); err != nil {
				t.Fatal(err)
			}
			execAll(t, db, `INSERT INTO a (id) VALUES (1)`)
			if n := count(t, db, `SELECT COUNT(*) FROM a`); n != 1 {
				t.Errorf("%d rows", n)
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if !strings.HasPrefix(e.Name(), name+".db") {
					t.Errorf("a stray file %q", e.Name())
				}
			}
			if _, err := os.Stat(store.SQLitePath(url)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNoPasswordIsEverPrinted(t *testing.T) {
	t.Parallel()
	const secret = "hush5ecret"
	for _, url := range []string{
		"postgres://kokko:" + secret + "@127.0.0.1:1/kokko?connect_timeout=2",
		"postgres://kokko:" + secret + "@127.0.0.1:notaport/kokko",
		"postgres://kokko:" + secret + "%zz@127.0.0.1/kokko",
		"postgres://kokko:" + secret + "@[::1/kokko",
		"postgres://kokko:" + secret + "@127.0.0.1:1/kokko?sslmode=never",
		"postgres://127.0.0.1:1/kokko?password=" + secret + "&connect_timeout=2",
		"postgres://127.0.0.1:1/kokko?sslmode=never&password=" + secret,
		"postgres:// kokko:" + secret + "@127.0.0.1/kokko",
		"postgres://kokko:" + secret + "\x01@127.0.0.1/kokko",
		"postgresql://kokko:" + secret + "@127.0.0.1:1/kokko?pool_max_conns=x",
		"mysql://kokko:" + secret + "@127.0.0.1/kokko",
		"kokko:" + secret + "@127.0.0.1/kokko",
		"host=127.0.0.1 password=" + secret,
		"",
		"sqlite:",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		db, err := store.Open(ctx, url, store.Options{})
		cancel()
		if err == nil {
			db.Close()
			t.Errorf("%q opened", url)
			continue
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret) {
			t.Errorf("the password was printed: %v", err)
		}
		if fault.CodeOf(err) == fault.Internal {
			t.Errorf("%q gave no fault a person can act on: %v", url, err)
		}
	}
}

func TestNameHidesThePassword(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, url string) {
		db := open(t, url, store.Options{})
		name := db.Name()
		if !strings.HasPrefix(name, string(db.Engine)+" ") && name != "postgres" {
			t.Errorf("a store named %q", name)
		}
		if strings.Contains(name, "@") || strings.Contains(name, "password") {
			t.Errorf("the name tells who: %q", name)
		}
	})
}

func TestFullDiskIsSaidSo(t *testing.T) {
	t.Parallel()
	db := open(t, sqliteURL(t), store.Options{})
	execAll(t, db, `CREATE TABLE big (id BIGINT NOT NULL PRIMARY KEY, s TEXT NOT NULL)`, `INSERT INTO big (id, s) VALUES (1, 'kept')`)
	// A bound on the file's pages is a full disk to SQLite (SQLITE_FULL).
	err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, `PRAGMA max_page_count = 20`).Scan(new(int))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO big (id, s) VALUES (2, $1)`, strings.Repeat("x", 1<<20))
		return err
	})
	wantFault(t, err, fault.Busy, "store.disk")
	if n := count(t, db, `SELECT COUNT(*) FROM big`); n != 1 {
		t.Errorf("%d rows", n)
	}
	execAll(t, db, `INSERT INTO big (id, s) VALUES (3, 'room for this')`)
}

func TestReadOnlyServerIsSaidSo(t *testing.T) {
	t.Parallel()
	db := open(t, storetest.PostgresURL(t), store.Options{})
	execAll(t, db, table)
	err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `SET TRANSACTION READ ONLY`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, 1)`)
		return err
	})
	wantFault(t, err, fault.Busy, "store.disk")
}

// TestReadOnlyChild is the process of TestReadOnlyFolderIsSaidSo.
func TestReadOnlyChild(t *testing.T) {
	url := os.Getenv("KOKKO_TEST_READONLY")
	if url == "" {
		t.Skip("runs only as a child of TestReadOnlyFolderIsSaidSo")
	}
	db, err := store.Open(t.Context(), url, store.Options{BusyTimeout: time.Millisecond})
	if err == nil {
		defer db.Close()
		err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO t (id, n) VALUES (1, 1)`)
			return err
		})
	}
	if !fault.Is(err, fault.Busy) {
		t.Fatalf("a read-only folder gave %v", err)
	}
}

func TestReadOnlyFolderIsSaidSo(t *testing.T) {
	t.Parallel()
	// Not t.TempDir: its parents are closed to the other user below.
	dir, err := os.MkdirTemp("/tmp", "kokko-readonly-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(dir, 0o700)
		os.RemoveAll(dir)
	})
	url := "sqlite:" + filepath.Join(dir, "kokko.db")
	db, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	execAll(t, db, table)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(store.SQLitePath(url), 0o444); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	// Nothing is read-only to root, so root lends the test to nobody.
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReadOnlyChild$", "-test.count=1")
	if os.Getuid() == 0 {
		place, err := os.MkdirTemp("/tmp", "kokko-child-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(place) })
		if err := os.Chmod(place, 0o755); err != nil {
			t.Fatal(err)
		}
		lent := filepath.Join(place, "child")
		if err := os.WriteFile(lent, binary, 0o755); err != nil {
			t.Fatal(err)
		}
		child.Path, child.Args[0], child.Dir = lent, lent, "/"
		child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	child.Env = append(os.Environ(), "KOKKO_TEST_READONLY="+url, "HOME=/")
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	engines(t, func(t *testing.T, url string) {
		db, other := open(t, url, store.Options{}), open(t, url, store.Options{})
		if err := db.Migrate(t.Context(), schema.Files, 0); err != nil {
			t.Fatal(err)
		}
		c := clock.NewFake(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC))
		served := func(want int) {
			t.Helper()
			got, err := store.Served(t.Context(), c, other)
			if err != nil || len(got) != want {
				t.Errorf("served by %v, want %d (%v)", got, want, err)
			}
		}
		served(0)
		leave, err := db.Announce(t.Context(), c, quiet)
		if err != nil {
			t.Fatal(err)
		}
		leaveToo, err := other.Announce(t.Context(), c, quiet) // many may serve
		if err != nil {
			t.Fatal(err)
		}
		served(2)
		if release, err := other.Alone(); db.Engine == store.SQLite {
			wantFault(t, err, fault.Conflict, "store.served")
		} else if err != nil {
			t.Error(err)
		} else {
			release()
		}
		leaveToo()
		served(1)
		c.Advance(store.PresenceLasts + time.Second) // as if it had died
		served(0)
		leave()
		c.Set(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC))
		served(0)
		release, err := db.Alone()
		if err != nil {
			t.Fatal(err)
		}
		if db.Engine == store.SQLite {
			_, err = other.Announce(t.Context(), c, quiet)
			wantFault(t, err, fault.Conflict, "store.restoring")
		}
		release()
		leave, err = other.Announce(t.Context(), c, quiet)
		if err != nil {
			t.Fatal(err)
		}
		leave()
	})
}
