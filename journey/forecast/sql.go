package forecast

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns = `f.region_id, f.spark_id, f.forecast_id, f.made_at, f.why, f.definition, f.model, f.digest, f.evidence, f.finished, f.caught, f.chance_low, f.chance, f.chance_high, f.reach_low, f.reach, f.reach_high, f.due_at, f.inputs, f.spread, f.outcome, f.scored_at`
	insert  = `INSERT INTO forecasts (region_id, spark_id, forecast_id, made_at, why, definition, model, digest, evidence, finished, caught, chance_low, chance, chance_high, reach_low, reach, reach_high, due_at, inputs, spread, outcome, scored_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`
	selectLatest = `SELECT ` + columns + ` FROM forecasts f WHERE f.region_id = $1 AND f.spark_id = $2 ORDER BY f.forecast_id DESC LIMIT $3`
	selectAll    = `SELECT ` + columns + ` FROM forecasts f WHERE f.region_id = $1 AND f.spark_id {in $2} ORDER BY f.spark_id, f.forecast_id`
	selectDue    = `SELECT ` + columns + ` FROM forecasts f WHERE f.region_id = $1 AND f.scored_at = 0 AND f.due_at <= $2 ORDER BY f.due_at, f.spark_id, f.forecast_id LIMIT $3`
	setOutcome   = `UPDATE forecasts SET outcome = $4, scored_at = $5 WHERE region_id = $1 AND spark_id = $2 AND forecast_id = $3`

	// What has ended stays so, whoever looked before and writes after; only what has cooled runs on.
	putEnd = `INSERT INTO forecast_ends (region_id, spark_id, definition, due_at, caught_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (region_id, spark_id, definition) DO UPDATE SET caught_at = excluded.caught_at, ended_at = excluded.ended_at WHERE forecast_ends.ended_at = 0 OR $7 = TRUE`
	dropEnd   = `DELETE FROM forecast_ends WHERE region_id = $1 AND spark_id = $2 AND definition = $3`
	selectEnd = `SELECT due_at, caught_at, ended_at FROM forecast_ends WHERE region_id = $1 AND spark_id = $2 AND definition = $3`
	// A due_at of 0 is of a part that burned from its first moment: the fire is that of what it was split from.
	countEnds = `SELECT COUNT(*), COUNT(CASE WHEN caught_at > 0 THEN 1 END) FROM forecast_ends WHERE region_id = $1 AND definition = $2 AND due_at > 0 AND due_at <= $3 AND ended_at > 0`
	// What had its time between two moments, as it was settled.
	countEndsIn = `SELECT COUNT(*), COUNT(CASE WHEN caught_at > 0 THEN 1 END) FROM forecast_ends WHERE region_id = $1 AND definition = $2 AND due_at >= $3 AND due_at < $4 AND ended_at > 0`
	// Sparks that have had their time, the newest first.
	selectEnded = `SELECT spark_id, caught_at FROM forecast_ends WHERE region_id = $1 AND definition = $2 AND due_at > 0 AND due_at <= $3 AND ended_at > 0 ORDER BY due_at DESC, spark_id DESC LIMIT $4`
	// Those whose time is up and is not settled; and those that come of an age today.
	selectOpen = `SELECT spark_id FROM forecast_ends WHERE region_id = $1 AND definition = $2 AND due_at <= $3 AND ended_at = 0 AND spark_id > $4 ORDER BY spark_id LIMIT $5`
	selectAged = `SELECT spark_id FROM forecast_ends WHERE region_id = $1 AND definition = $2 AND due_at > $3 AND due_at <= $4 AND ended_at = 0 ORDER BY due_at, spark_id`
	// What came in here and everybody may see, by itself or joined to another.
	isTold    = `s.source <> 'imported' AND s.visibility <> 'office' AND s.secret = FALSE AND s.held = '' AND s.state <> 'withdrawn' AND s.state <> 'split' AND s.state <> 'rejoined'`
	selectNew = `SELECT s.spark_id FROM sparks s WHERE s.region_id = $1 AND s.spark_id > $2 AND s.merged_into = 0 AND ` + isTold + `
AND NOT EXISTS (SELECT 1 FROM forecast_ends e WHERE e.region_id = s.region_id AND e.spark_id = s.spark_id AND e.definition = $3) ORDER BY s.spark_id LIMIT $4`
	// Those of which the story does not tell that they caught fire.
	selectUnlit = `SELECT e.spark_id FROM forecast_ends e JOIN sparks s ON s.region_id = e.region_id AND s.spark_id = e.spark_id
WHERE e.region_id = $1 AND e.definition = $2 AND e.caught_at > 0 AND e.spark_id > $3 AND s.open = TRUE AND s.state IN ('sparking', 'glowing') ORDER BY e.spark_id LIMIT $4`
	selectDefinitions = `SELECT DISTINCT definition FROM forecasts WHERE region_id = $1 AND scored_at = 0 AND due_at <= $2`

	insertChoice  = `INSERT INTO forecast_choices (region_id, spark_id, bringer_id, chosen_at, shown) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (region_id, spark_id, bringer_id, chosen_at) DO UPDATE SET shown = excluded.shown`
	selectChoices = `SELECT bringer_id, chosen_at, shown FROM forecast_choices WHERE region_id = $1 AND spark_id = $2 ORDER BY chosen_at, bringer_id`
)

type scanner interface{ Scan(dest ...any) error }

const thousandth = 1000

func scan(row scanner) (f Forecast, err error) {
	var made, due, scored int64
	var definition, inputs, spread string
	var chance, reach [3]int64
	err = row.Scan(&f.Region, &f.Spark, &f.ID, &made, &f.Why, &definition, &f.Model, &f.Digest, &f.Evidence, &f.Base.Finished, &f.Base.Caught, &chance[0], &chance[1], &chance[2], &reach[0], &reach[1], &reach[2], &due, &inputs, &spread, &f.Outcome, &scored)
	if err != nil {
		return f, err
	}
	f.Made, f.Due, f.Scored = clock.FromMicros(made), clock.FromMicros(due), clock.FromMicros(scored)
	f.Chance, f.Reach = rangeOf(chance, thousandth), rangeOf(reach, 1)
	if f.Definition, err = ParseDefinition(definition); err != nil {
		return f, err
	}
	if err = errors.Join(json.Unmarshal([]byte(inputs), &f.Inputs), json.Unmarshal([]byte(spread), &f.Spread)); err != nil {
		err = fmt.Errorf("forecast %s of %s/%s: %w", f.ID, f.Region, f.Spark, err)
	}
	return f, err
}

func rangeOf(kept [3]int64, unit float64) Range {
	if kept[1] < 0 {
		return Range{}
	}
	return Range{float64(kept[0]) / unit, float64(kept[1]) / unit, float64(kept[2]) / unit, true}
}

// kept is a range as it is stored.
func (r Range) kept(unit float64) [3]int64 {
	if !r.Known {
		return [3]int64{-1, -1, -1}
	}
	return [3]int64{int64(math.Round(r.Low * unit)), int64(math.Round(r.Mid * unit)), int64(math.Round(r.High * unit))}
}

func save(ctx context.Context, tx *store.Tx, f Forecast) error {
	inputs, err := json.Marshal(f.Inputs)
	if err != nil {
		return err
	}
	spread, err := json.Marshal(f.Spread)
	if err != nil {
		return err
	}
	c, r := f.Chance.kept(thousandth), f.Reach.kept(1)
	_, err = tx.Exec(ctx, insert, f.Region, int64(f.Spark), int64(f.ID), clock.Micros(f.Made), string(f.Why), f.Definition.String(), f.Model, f.Digest, string(f.Evidence), f.Base.Finished, f.Base.Caught,
		c[0], c[1], c[2], r[0], r[1], r[2], clock.Micros(f.Due), string(inputs), string(spread), string(f.Outcome), clock.Micros(f.Scored))
	return err
}

func many(rows *sql.Rows, err error) (all []Forecast, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		f, err := scan(rows)
		all = append(all, f)
		return err
	})
	return all, err
}

// Latest is the newest forecasts of a spark, the newest first.
func Latest(ctx context.Context, from store.Source, region string, sp ident.ID, most int) ([]Forecast, error) {
	return many(from.Query(ctx, selectLatest, region, int64(sp), most))
}

// end is whether and when a spark caught fire by a definition.
type end struct {
	due, caught, ended time.Time
	lent               bool // it burned when it became a spark of its own: stored as a due of 0
	cooled             bool // it was said to have caught fire, and that is taken back; not stored
}

func endOf(ctx context.Context, from store.Source, region string, sp ident.ID, d Definition) (e end, ok bool, err error) {
	var due, caught, ended int64
	err = from.QueryRow(ctx, selectEnd, region, int64(sp), d.String()).Scan(&due, &caught, &ended)
	if errors.Is(err, store.ErrNone) {
		return e, false, nil
	}
	return end{due: clock.FromMicros(due), caught: clock.FromMicros(caught), ended: clock.FromMicros(ended)}, err == nil, err
}

func saveEnd(ctx context.Context, tx *store.Tx, region string, sp ident.ID, d Definition, e end) error {
	due := clock.Micros(e.due)
	if e.lent {
		due = 0
	}
	_, err := tx.Exec(ctx, putEnd, region, int64(sp), d.String(), due, clock.Micros(e.caught), clock.Micros(e.ended), e.cooled)
	return err
}

// BaseOf counts the sparks of a region that have had their time by a definition.
func BaseOf(ctx context.Context, from store.Source, region string, d Definition, now time.Time) (b Base, err error) {
	err = from.QueryRow(ctx, countEnds, region, d.String(), clock.Micros(now)).Scan(&b.Finished, &b.Caught)
	return b, err
}

// BaseBetween counts those whose time was up from one moment on and before another.
func BaseBetween(ctx context.Context, from store.Source, region string, d Definition, since, before time.Time) (b Base, err error) {
	err = from.QueryRow(ctx, countEndsIn, region, d.String(), clock.Micros(since), clock.Micros(before)).Scan(&b.Finished, &b.Caught)
	return b, err
}

// Choice is that a bringer had everybody see the forecast, or not any more.
type Choice struct {
	Bringer ident.ID
	At      time.Time
	Shown   bool
}

// Choices lists what the bringers of a spark chose, the oldest first.
func Choices(ctx context.Context, from store.Source, region string, sp ident.ID) (all []Choice, err error) {
	rows, err := from.Query(ctx, selectChoices, region, int64(sp))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var c Choice
		var at int64
		err := rows.Scan(&c.Bringer, &at, &c.Shown)
		c.At = clock.FromMicros(at)
		all = append(all, c)
		return err
	})
	return all, err
}

// Shown tells that everybody may see the forecast of a spark: the latest choice holds.
func Shown(ctx context.Context, from store.Source, region string, sp ident.ID) (bool, error) {
	all, err := Choices(ctx, from, region, sp)
	return len(all) > 0 && all[len(all)-1].Shown, err
}
