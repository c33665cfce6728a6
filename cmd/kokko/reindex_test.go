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
	shown := []string{"ties", "actors", "organisations", "projects", "people", "waves", "wave_invites", "asked_names", "measure_figures", "measure_samples", "partner_tables", "comments", "warmths", "talks", "addresses"}
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

// A demonstration is lively: beneath a good part of its sparks people speak, ask and are
// answered, each after what came before, under names that say they are invented; who says
// "me too" is spread unevenly; and nobody is written to.
func TestADemonstrationIsLively(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	for _, seed := range []string{"7", "7", "8"} {
		data := filepath.Join(t.TempDir(), "data")
		if code, out := run(t, "demo", "--data", data, "--language", "en", "--seed", seed); code != 0 {
			t.Fatalf("%d %s", code, out)
		}
		db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(data, "kokko.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		n := func(query string) (n int) {
			t.Helper()
			if err := db.QueryRow(t.Context(), query).Scan(&n); err != nil {
				t.Fatal(query, err)
			}
			return n
		}
		all := n(`SELECT COUNT(*) FROM sparks`)
		for _, x := range []struct {
			what        string
			query       string
			least, most int
		}{
			{"sparks spoken of", `SELECT COUNT(DISTINCT spark_id) FROM comments`, all / 3, all - 1},
			{"sparks with warmth", `SELECT COUNT(DISTINCT spark_id) FROM warmths`, all / 4, all - 1},
			{"the warmest spark", `SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM warmths GROUP BY spark_id) w`, 10, 48},
			{"second taps", `SELECT COUNT(*) FROM warmths WHERE offer <> ''`, 10, 1000},
			{"questions that are answered", `SELECT COUNT(*) FROM comments q JOIN comments a ON a.comment_id = q.answer_id WHERE q.question AND a.comment_id > q.comment_id AND a.written_at >= q.written_at`, 5, 500},
			{"questions that stand open", `SELECT COUNT(*) FROM comments WHERE unanswered`, 5, 500},
			{"words in Swedish", `SELECT COUNT(*) FROM comments WHERE language = 'sv'`, 3, 500},
			{"people who are not named", `SELECT COUNT(*) FROM comments WHERE name = ''`, 1, 500},
			{"names that do not say they are invented", `SELECT COUNT(*) FROM comments WHERE name <> '' AND name NOT LIKE '%(esimerkki)' AND name NOT LIKE '%(exempel)' AND name NOT LIKE '%(example)'`, 0, 0},
			{"words that wait for a look", `SELECT COUNT(*) FROM comments WHERE state <> 'shown'`, 0, 0},
			{"words before their spark", `SELECT COUNT(*) FROM comments c JOIN sparks s ON s.spark_id = c.spark_id WHERE c.written_at < s.dropped_at`, 0, 0},
			{"words after their spark was closed", `SELECT COUNT(*) FROM comments c JOIN sparks s ON s.spark_id = c.spark_id WHERE s.closed_at > 0 AND c.written_at > s.closed_at`, 0, 0},
			{"letters about it", `SELECT COUNT(*) FROM jobs WHERE kind = 'story.told'`, 0, 0},
			{"where it came from", `SELECT COUNT(*) FROM arrivals WHERE kind = 'comment'`, 0, 0},
			{"counts of a talk that are wrong", `SELECT COUNT(*) FROM talks t WHERE t.shown <> (SELECT COUNT(*) FROM comments c WHERE c.spark_id = t.spark_id) OR t.warm <> (SELECT COUNT(*) FROM warmths w WHERE w.spark_id = t.spark_id)`, 0, 0},
		} {
			if got := n(x.query); got < x.least || got > x.most {
				t.Errorf("seed %s: %d %s, wanted %d to %d", seed, got, x.what, x.least, x.most)
			}
		}
		words, err := store.Values[string](db.Query(t.Context(), `SELECT words FROM comments ORDER BY comment_id`))
		if err != nil {
			t.Fatal(err)
		}
		is := strings.Join(words, "\n")
		if was, ok := said[seed]; ok && was != is {
			t.Errorf("the same seed gave another talk:\n%s\n\n%s", was, is)
		}
		said[seed] = is
	}
	if said["7"] == said["8"] {
		t.Error("another seed gave the same talk")
	}
}
