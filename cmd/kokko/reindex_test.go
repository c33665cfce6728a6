package main_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"kokko/ground/store"
)

// What was put into the index as it was written is there again after it was lost and
// made anew.
func TestReindex(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	do := func(args ...string) string {
		t.Helper()
		code, out := run(t, append(args, "--data", data, "--language", "en")...)
		if code != 0 {
			t.Fatalf("%v: %d %s", args, code, out)
		}
		return out
	}
	do("programme", "publish", "../../programmes/kouvola.yaml")
	do("admin", "hire", "a@kouvola.example", "--name", "A B")
	do("demo", "--people", "20")
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(data, "kokko.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	count := func() (n int) {
		t.Helper()
		if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM search_things WHERE region_id = $1`, "kouvola").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	if before < 20 {
		t.Fatalf("only %d things were put in as they were written", before)
	}
	if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM search_things WHERE region_id = $1`, "kouvola")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		out := do("reindex")
		if n := count(); n != before || !strings.Contains(out, "kouvola, sparks: ") || !strings.Contains(out, "is new") {
			t.Errorf("%d things of %d: %s", n, before, out)
		}
	}
	kept := func(table string) (n int) {
		t.Helper()
		if err := db.QueryRow(t.Context(), "SELECT COUNT(*) FROM "+table+" WHERE region_id = $1", "kouvola").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	shown := []string{"ties", "actors", "organisations", "projects", "people", "waves", "wave_invites", "asked_names", "measure_figures", "measure_samples", "partner_tables"}
	for _, table := range shown {
		if kept(table) == 0 {
			t.Errorf("the demonstration has no %s", table)
		}
	}
	if out := do("demo", "--clear"); count() != 0 {
		t.Errorf("%d things are left of what was taken away: %s", count(), out)
	}
	for _, table := range shown {
		if n := kept(table); n != 0 {
			t.Errorf("%d %s are left", n, table)
		}
	}
}

// A demonstration of many, whose newest sparks were all told within the hour, has rings too.
func TestADemonstrationOfManyHasRings(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	if code, out := run(t, "demo", "--data", data, "--language", "en", "--people", "1000"); code != 0 {
		t.Fatalf("%d %s", code, out)
	}
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(data, "kokko.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rings, soon int
	if err := db.QueryRow(t.Context(), `SELECT COUNT(DISTINCT spark_id) FROM ring_people WHERE region_id = $1`, "kouvola").Scan(&rings); err != nil || rings < 10 || rings > 30 {
		t.Errorf("%d rings: %v", rings, err)
	}
	if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM ring_people p JOIN sparks s ON s.region_id = p.region_id AND s.spark_id = p.spark_id WHERE p.region_id = $1 AND p.since_at < s.dropped_at`, "kouvola").Scan(&soon); err != nil || soon > 0 {
		t.Errorf("%d came before the spark: %v", soon, err)
	}
}
