package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"

	"kokko/ground/store"
)

// Plan is how the engine would run a query: on PostgreSQL by the general plan, which a
// statement gets that was prepared once for all arguments. What PostgreSQL would rather
// do with the few rows of a test, scan and sort them all, is made dear to it: where it
// does so all the same there is no key to go by.
func Plan(t testing.TB, db *store.DB, query string, args ...any) string {
	t.Helper()
	var plan strings.Builder
	if err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		plan.Reset()
		explain, args := "EXPLAIN QUERY PLAN "+query, args
		if db.Engine == store.Postgres {
			sum := fnv.New64a()
			_, _ = sum.Write([]byte(query))
			name := fmt.Sprintf("plan_%x", sum.Sum64())
			for _, set := range []string{`SET LOCAL plan_cache_mode = force_generic_plan`, `SET LOCAL enable_seqscan = off`, `SET LOCAL enable_bitmapscan = off`, `SET LOCAL enable_sort = off`, `PREPARE ` + name + ` AS ` + query} {
				if _, err := tx.Exec(ctx, set); err != nil {
					return err
				}
			}
			literals := make([]string, len(args))
			for i, a := range args {
				literals[i] = literal(a)
			}
			explain, args = "EXPLAIN EXECUTE "+name+"("+strings.Join(literals, ", ")+")", nil
		}
		rows, err := tx.Query(ctx, explain, args...)
		return store.Each(rows, err, func(rows *sql.Rows) error {
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			line := make([]any, len(columns))
			for i := range line {
				line[i] = new(any)
			}
			text := new(string)
			line[len(line)-1] = text
			err = rows.Scan(line...)
			plan.WriteString(*text + "\n")
			return err
		})
	}); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return plan.String()
}

// ByKey fails the test when a query walks a table from end to end or sorts what it
// reads; it should go by an index of one of these names, whichever the engine picks.
func ByKey(t testing.TB, db *store.DB, query string, indexes []string, args ...any) {
	t.Helper()
	plan := strings.ReplaceAll(Plan(t, db, query, args...), "SCAN json_each", "a list of ours")
	found := false
	for _, name := range indexes {
		found = found || strings.Contains(plan, name)
	}
	for _, bad := range []string{"SCAN ", "TEMP B-TREE", "Seq Scan", "Sort"} {
		if strings.Contains(plan, bad) {
			found = false
		}
	}
	if !found {
		t.Errorf("%s\nis not read by %s:\n%s", query, strings.Join(indexes, " or "), plan)
	}
}

// Analyse has PostgreSQL know how much there is; SQLite goes by its indexes anyway.
func Analyse(t testing.TB, db *store.DB, tables ...string) {
	t.Helper()
	if db.Engine != store.Postgres {
		return
	}
	if err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, name := range tables {
			if _, err := tx.Exec(ctx, `ANALYZE `+name); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func literal(a any) string {
	switch a := a.(type) {
	case string:
		return "'" + a + "'"
	case store.Strings:
		return "ARRAY['" + strings.Join(a, "','") + "']"
	case store.Ints:
		return "ARRAY" + strings.ReplaceAll(fmt.Sprint([]int64(a)), " ", ",") + "::bigint[]"
	}
	return fmt.Sprint(a)
}
