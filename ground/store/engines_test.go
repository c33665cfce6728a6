package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"

	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// engines runs one behaviour on an empty, unmigrated store of each engine.
func engines(t *testing.T, behaviour func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		behaviour(t, sqliteURL(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		behaviour(t, storetest.PostgresURL(t))
	})
}

func sqliteURL(t *testing.T) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "kokko.db")
}

// each is engines with the store opened.
func each(t *testing.T, behaviour func(t *testing.T, db *store.DB)) {
	t.Helper()
	engines(t, func(t *testing.T, url string) { behaviour(t, open(t, url, store.Options{ReadConns: 4})) })
}

func open(t *testing.T, url string, o store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url, o)
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

// execAll runs statements in one transaction.
func execAll(t *testing.T, db *store.DB, statements ...string) {
	t.Helper()
	err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// count reads one number.
func count(t *testing.T, db *store.DB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := db.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func wantFault(t *testing.T, err error, code fault.Code, key string) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Code != code || e.Key != key {
		t.Errorf("got %v, want %s: %s", err, code, key)
	}
}

// exitGoroutine is what t.FailNow does, without failing the test.
func exitGoroutine() { runtime.Goexit() }
