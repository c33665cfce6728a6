package main_test

import (
	"context"
	"path/filepath"
	"testing"

	"kokko/ground/store"
)

// A yes that was given to earlier words holds for no command, whichever of them is run
// first on a store of the version before: one that only reads, or one that loads an
// archive of it.
func TestAnOldYesHoldsForNoCommand(t *testing.T) {
	t.Parallel()
	here := t.TempDir()
	data, other, file := filepath.Join(here, "data"), filepath.Join(here, "other"), filepath.Join(here, "before.kokko")
	do := func(args ...string) {
		t.Helper()
		if code, out := run(t, args...); code != 0 {
			t.Fatalf("%v: %d: %s", args, code, out)
		}
	}
	count := func(at, where string) (n int) {
		t.Helper()
		db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(at, "kokko.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM `+where).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	// before makes a store as the version before left it.
	before := func(at string) {
		t.Helper()
		db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(at, "kokko.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for _, statement := range []string{`DELETE FROM people_words`, `DELETE FROM choice_words`, `DELETE FROM jobs`} {
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	do("demo", "--data", data, "--people", "5")
	allowed := count(data, `people WHERE counted = TRUE OR drawn = TRUE`)
	if allowed == 0 {
		t.Fatal("the demonstration has nobody who allows anything")
	}
	before(data)
	do("backup", file, "--data", data)
	do("restore", file, "--data", other)
	do("admin", "link", "--data", data)
	for name, at := range map[string]string{"read": data, "restored": other} {
		if n := count(at, `people WHERE counted = TRUE OR drawn = TRUE`); n != 0 {
			t.Errorf("%s: %d old answers of %d hold", name, n, allowed)
		}
		if n := count(at, `people WHERE findable = TRUE`); n == 0 {
			t.Errorf("%s: what nobody asks about went too", name)
		}
		if n := count(at, `jobs WHERE kind = 'actor.anew'`); n != allowed {
			t.Errorf("%s: %d of %d are to be written to", name, n, allowed)
		}
		if n := count(at, `forecast_reach`); n != 0 {
			t.Errorf("%s: what was worked out with them is there: %d", name, n)
		}
	}
}
