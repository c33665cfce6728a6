package retention

import (
	"context"
	"database/sql"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/store"
)

const (
	addErased = `INSERT INTO retention_runs (region_id, rule, night_day, erased, done_at) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (region_id, rule) DO UPDATE SET
erased = CASE WHEN retention_runs.night_day = excluded.night_day THEN retention_runs.erased + excluded.erased ELSE excluded.erased END,
done_at = CASE WHEN retention_runs.night_day = excluded.night_day THEN retention_runs.done_at ELSE 0 END,
night_day = excluded.night_day`
	finishRun  = `UPDATE retention_runs SET done_at = $4 WHERE region_id = $1 AND rule = $2 AND night_day = $3`
	selectRuns = `SELECT rule, night_day, erased, done_at FROM retention_runs WHERE region_id = $1`
)

// Run is what became of a rule the last time it was carried out.
type Run struct {
	Night  workday.Day
	Erased int
	Done   time.Time // zero while that night's work is not finished
}

// Runs tells how each rule was last carried out; a rule that never was is missing.
func Runs(ctx context.Context, from store.Source, region string) (map[Rule]Run, error) {
	all := map[Rule]Run{}
	rows, err := from.Query(ctx, selectRuns, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var rule Rule
		var run Run
		var done int64
		err := rows.Scan(&rule, &run.Night, &run.Erased, &done)
		run.Done = clock.FromMicros(done)
		all[rule] = run
		return err
	})
	return all, err
}

// Last is when the whole of a night's work was last finished; zero when it never was.
func Last(runs map[Rule]Run) (last time.Time) {
	for _, r := range Rules() {
		done := runs[r].Done
		if done.IsZero() {
			return time.Time{}
		}
		if last.IsZero() || done.Before(last) {
			last = done
		}
	}
	return last
}

// count adds to what a night has erased.
func count(ctx context.Context, tx *store.Tx, region string, r Rule, night workday.Day, n int) error {
	_, err := tx.Exec(ctx, addErased, region, string(r), int64(night), n)
	return err
}
