package main_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kokko/ground/store"
)

// A region's two years are lived through, the same by the same seed, told of, and taken
// away whole.
func TestSimulation(t *testing.T) {
	t.Parallel()
	reliability := regexp.MustCompile(`day 30: [0-9,]+ forecasts`)
	var before string
	for again := range 2 {
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
		out := do("demo", "--simulate", "--people", "80")
		if !reliability.MatchString(out) {
			t.Errorf("no word of how forecasts held:\n%s", out)
		}
		db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(data, "kokko.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		count := func(table string) (n int) {
			t.Helper()
			if err := db.QueryRow(t.Context(), "SELECT COUNT(*) FROM "+table+" WHERE region_id = $1", "kouvola").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if count("addresses") != 80 || count("sparks") != 200 || count("ring_people") < 200 || count("commitments") < 50 {
			t.Errorf("%d addresses, %d sparks, %d in rings, %d commitments", count("addresses"), count("sparks"), count("ring_people"), count("commitments"))
		}
		table := out[strings.Index(out, "day 0"):]
		if before != "" && before != table {
			t.Errorf("the same seed gave\n%s\nand\n%s", before, table)
		}
		if before = table; again == 0 {
			continue
		}
		do("demo", "--clear")
		for _, what := range []string{"addresses", "sparks", "ring_people", "commitments", "actors"} {
			if n := count(what); n != 0 {
				t.Errorf("%d %s are left", n, what)
			}
		}
	}
}
