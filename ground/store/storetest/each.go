package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"kokko/ground/store"
	"kokko/schema"
)

// Each runs one behaviour on both engines: a fresh, migrated store each, closed
// and removed afterwards. Use it for every test that touches a store.
func Each(t *testing.T, behaviour func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		behaviour(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		behaviour(t, Postgres(t))
	})
}

// Twice is Each with the store opened a second time, as another server has it open.
func Twice(t *testing.T, behaviour func(t *testing.T, db, other *store.DB)) {
	t.Helper()
	for name, url := range map[string]func(testing.TB) string{"sqlite": sqliteURL, "postgres": postgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := url(t)
			behaviour(t, open(t, at), open(t, at))
		})
	}
}

// SQLite gives a fresh migrated SQLite store in the test's own folder.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return open(t, sqliteURL(t))
}

func sqliteURL(t testing.TB) string {
	t.Helper()
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("migrate the template: %v", err)
	}
	path := filepath.Join(t.TempDir(), "kokko.db")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// Postgres gives a migrated PostgreSQL database without a row in it, of the same
// server as PostgresURL: a new one, or one that an earlier test of the process left
// as it was made. Making one costs as much as many a test.
func Postgres(t testing.TB) *store.DB {
	t.Helper()
	return open(t, postgresURL(t))
}

func postgresURL(t testing.TB) string {
	t.Helper()
	base := serverOf(t)
	d, err := emptied.take(base)
	if err != nil {
		t.Fatalf("a test database: %v", err)
	}
	t.Cleanup(func() {
		if err := emptied.give(base, d); err != nil {
			t.Errorf("giving the test database back: %v", err)
		}
	})
	return d.address
}

func open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), url, store.Options{ReadConns: 4})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// sqliteTemplate is a migrated, empty SQLite file, made once per test process.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "kokko-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	db, err := store.Open(context.Background(), "sqlite:"+path, store.Options{})
	if err != nil {
		return nil, err
	}
	if err := db.Migrate(context.Background(), schema.Files, 0); err != nil {
		db.Close()
		return nil, err
	}
	if err := db.Close(); err != nil { // the last close folds the WAL into the file
		return nil, err
	}
	return os.ReadFile(path)
})
