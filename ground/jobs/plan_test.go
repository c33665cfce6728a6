package jobs_test

import (
	"context"
	"database/sql"
	"regexp"
	"strings"
	"testing"

	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// The looks an idle Runner takes, and its lease, go by index on both engines
// however many jobs lie in wait for later.
func TestLooksGoByIndex(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return count.EnqueueMany(ctx, tx, make([]number, 20_000), jobs.At(monday))
		})
		if db.Engine == store.Postgres {
			inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `ANALYZE jobs`)
				return err
			})
		}
		for name, c := range map[string]struct {
			query, index string
			args         []any
			literals     string // the same, for EXECUTE
		}{
			"next due": {jobs.NextDueSQL, "jobs_waiting", nil, ""},
			"lease":    {jobs.LeaseSQL(20), "jobs_waiting", []any{1, 2, 0, 4, store.Strings{count.Name}, 0, 7}, "(1, 2, 0, 4, '{test.count}', 0, 7)"},
			"expired":  {jobs.ExpiredSQL, "jobs_running", []any{1}, "(1)"},
			"dead":     {jobs.ListDeadSQL, "jobs_dead", []any{1, 50}, "(1, 50)"},
			"done":     {jobs.DoneSQL, "jobs_pkey|sqlite_autoindex_jobs_1", []any{1, store.Ints{1, 2}}, "(1, '{1,2}')"},
			"unique":   {jobs.UniqueSQL, "jobs_unique", []any{"k", "u"}, "('k', 'u')"},
		} {
			var plan strings.Builder
			inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
				query, args := "EXPLAIN QUERY PLAN "+c.query, c.args
				if db.Engine == store.Postgres {
					// The general plan, which a statement gets that was prepared once
					// for all arguments.
					name := "plan_" + strings.ReplaceAll(name, " ", "_")
					for _, set := range []string{`SET LOCAL plan_cache_mode = force_generic_plan`, "PREPARE " + name + " AS " + c.query} {
						if _, err := tx.Exec(ctx, set); err != nil {
							return err
						}
					}
					query, args = "EXPLAIN EXECUTE "+name+c.literals, nil
				}
				rows, err := tx.Query(ctx, query, args...)
				return store.Each(rows, err, func(rows *sql.Rows) error {
					columns, err := rows.Columns()
					if err != nil {
						return err
					}
					line := make([]any, len(columns))
					text := new(string)
					for i := range line {
						line[i] = new(any)
					}
					line[len(line)-1] = text
					err = rows.Scan(line...)
					plan.WriteString(*text + "\n")
					return err
				})
			})
			if !regexp.MustCompile(c.index).MatchString(plan.String()) || strings.Contains(plan.String(), "SCAN jobs\n") || strings.Contains(plan.String(), "Seq Scan on jobs") {
				t.Errorf("%s:\n%s", name, plan.String())
			}
		}
	})
}
