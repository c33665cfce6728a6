package measure

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/audit"
)

// That somebody was found is the engine's word; whether they could help, the office
// says of a few sparks each month.

// Sampled is how many sparks of a month are judged, at most.
const Sampled = 30

// Verdict is what the office says of who was found for a spark.
type Verdict string

const (
	Unjudged Verdict = ""
	Right    Verdict = "right"  // somebody among them could help
	Wrong    Verdict = "wrong"  // nobody could
	Unsure   Verdict = "unsure" // it cannot be told
)

// Verdicts is every answer there is.
func Verdicts() []Verdict { return []Verdict{Right, Wrong, Unsure} }

// Drawn is one spark of a month's sample.
type Drawn struct {
	Month   workday.Day // its first day
	Spark   ident.ID
	Verdict Verdict
	Judged  time.Time // zero until it is
}

const (
	insertDrawn   = `INSERT INTO measure_samples (region_id, month_day, spark_id, verdict, judged_at) VALUES ($1, $2, $3, '', 0) ON CONFLICT (region_id, month_day, spark_id) DO NOTHING`
	judgeDrawn    = `UPDATE measure_samples SET verdict = $4, judged_at = $5 WHERE region_id = $1 AND month_day = $2 AND spark_id = $3`
	selectDrawn   = `SELECT month_day, spark_id, verdict, judged_at FROM measure_samples WHERE region_id = $1 AND month_day >= $2 AND month_day < $3 ORDER BY month_day, spark_id`
	deleteSamples = `DELETE FROM measure_samples WHERE region_id = $1`
)

// Sample reads what was drawn in the months of a period.
func Sample(ctx context.Context, from store.Source, region string, p Period) (all []Drawn, err error) {
	rows, err := from.Query(ctx, selectDrawn, region, int64(p.From), int64(p.Until()))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var d Drawn
		var judged int64
		err := rows.Scan(&d.Month, &d.Spark, &d.Verdict, &judged)
		d.Judged = clock.FromMicros(judged)
		all = append(all, d)
		return err
	})
	return all, err
}

// draw draws a month's sample when the month is over, once: of the sparks for which
// somebody is found, by the lot that M5 is drawn by.
func (s *Service) draw(ctx context.Context, m *material, month Period) error {
	if month.Grain != Month || month.Ends().After(m.now) {
		return nil
	}
	before, err := Sample(ctx, s.db, m.region, month)
	if err != nil || len(before) > 0 {
		return err
	}
	var ids []ident.ID
	for _, id := range m.lot(month) {
		f, ok, err := s.found(ctx, m, id)
		if err != nil {
			return err
		}
		if ok && f.someone {
			ids = append(ids, id)
		}
		if len(ids) == Sampled {
			break
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, id := range ids {
			if _, err := tx.Exec(ctx, insertDrawn, m.region, int64(month.From), int64(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Judge keeps what the office says of a drawn spark; it may say otherwise later, which is
// counted while the period is not settled.
func (s *Service) Judge(ctx context.Context, region string, month Period, of spark.Spark, v Verdict) error {
	if !slices.Contains(Verdicts(), v) {
		return fault.New(fault.Invalid, "measure.verdict.missing").On("verdict")
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := s.clock.Now()
		n, err := tx.Exec(ctx, judgeDrawn, region, int64(month.From), int64(of.ID), string(v), clock.Micros(now))
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "measure.sample.none")
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: now, What: audit.SampleJudged, About: audit.About{Thing: audit.Spark, Key: of.Code}})
	})
}

// judged is of how many sparks that were judged somebody who was found could help.
func (s *Service) judged(ctx context.Context, m *material, p Period) (Figure, error) {
	all, err := Sample(ctx, s.db, m.region, p)
	right, told := 0, 0
	for _, d := range all {
		switch d.Verdict {
		case Right:
			right, told = right+1, told+1
		case Wrong:
			told++
		}
	}
	return portion(right, told), err
}
