package forecast

import (
	"context"
	"database/sql"
	"time"

	"kokko/engine/spread"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// Said is what a forecast said of a spark that has had its time since, and what became
// of it.
type Said struct {
	Chance float64
	Base   float64 // the base rate known when it was said
	Learnt bool    // by a model; else the base rate was all that was said
	Caught bool
}

// Score is how right the forecasts were that stood at one age of their sparks (measure
// M22).
type Score struct {
	Day   int // the age
	N     int // sparks that had an estimate of their own
	Brier float64
	Base  float64 // what the base rate alone would have had
	Bins  []Bin
}

// Bin is the forecasts of one band: what was said on average, and what became of them.
type Bin struct {
	Low, High float64
	N, Caught int
	Mean      float64
}

// Better tells that the estimates did better than the base rate alone.
func (s Score) Better() bool { return s.N > 0 && s.Brier < s.Base }

// Scored works out how right forecasts were: the mean of squared errors (Brier 1950)
// beside that of the base rate as it was known then, and a table by bands of fifths.
func Scored(day int, all []Said) Score {
	const bands = 5
	s := Score{Day: day}
	for b := range bands {
		s.Bins = append(s.Bins, Bin{Low: float64(b) / bands, High: float64(b+1) / bands})
	}
	var ours, base []spread.Told
	for _, x := range all {
		if !x.Learnt {
			continue
		}
		ours, base = append(ours, spread.Told{P: x.Chance, Happened: x.Caught}), append(base, spread.Told{P: x.Base, Happened: x.Caught})
		b := &s.Bins[min(bands-1, int(x.Chance*bands))]
		if x.Caught {
			b.Caught++
		}
		b.N++
		b.Mean += x.Chance
		s.N++
	}
	for i := range s.Bins {
		if b := &s.Bins[i]; b.N > 0 {
			b.Mean /= float64(b.N)
		}
	}
	if s.N > 0 {
		s.Brier, s.Base = spread.Brier(ours), spread.Brier(base)
	}
	return s
}

// endedMost bounds how many finished sparks, the newest, are learnt from and scored.
const endedMost = 2000

// finished is a spark that has had its time, with what was said of it.
type finished struct {
	spark  ident.ID
	caught bool
	said   []Forecast // the oldest first
}

// at is the forecast that stood on the day a spark was so many days old: the last one of
// that day, since the day itself has one made; the look that does so comes once a day,
// and what it asks for takes its time.
func (f finished) at(days int) (Forecast, bool) {
	var found Forecast
	ok := false
	for _, x := range f.said {
		dropped := x.Due.Add(-time.Duration(x.Definition.Days) * 24 * time.Hour)
		if !x.Made.After(dropped.Add(time.Duration(days+1) * 24 * time.Hour).Add(time.Hour)) {
			found, ok = x, true
		}
	}
	return found, ok
}

// ended reads the sparks that have had their time by a definition, the newest first.
func ended(ctx context.Context, from store.Source, region string, d Definition, now time.Time) (all []finished, err error) {
	rows, err := from.Query(ctx, selectEnded, region, d.String(), clock.Micros(now), endedMost)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var f finished
		var caught int64
		err := rows.Scan(&f.spark, &caught)
		f.caught = caught > 0
		all = append(all, f)
		return err
	}); err != nil {
		return nil, err
	}
	at := map[ident.ID]int{}
	var ids []ident.ID
	for i, f := range all {
		at[f.spark], ids = i, append(ids, f.spark)
	}
	const some = 200
	for len(ids) > 0 {
		n := min(some, len(ids))
		said, err := many(from.Query(ctx, selectAll, region, store.IDs(ids[:n])))
		if err != nil {
			return nil, err
		}
		for _, f := range said {
			if f.Definition == d {
				x := &all[at[f.Spark]]
				x.said = append(x.said, f)
			}
		}
		ids = ids[n:]
	}
	return all, nil
}

// Held is how forecasts have held in a region.
type Held struct {
	Definition Definition
	Base       Base
	Scores     []Score // by age
	Better     bool    // the estimates do better than the base rate: they are shown
}

// Held scores the forecasts of a region by the definition in force.
func (s *Service) Held(ctx context.Context, region string) (h Held, err error) {
	if h.Definition, err = s.rules(ctx, region); err != nil {
		return h, err
	}
	now := s.clock.Now()
	if h.Base, err = BaseOf(ctx, s.db, region, h.Definition, now); err != nil {
		return h, err
	}
	known, err := s.learn(ctx, s.db, region, h.Definition, h.Base, now)
	if err != nil {
		return h, err
	}
	if known != nil { // every spark that has had its time was read for it
		h.Scores, h.Better = known.scores, known.better
		return h, nil
	}
	all, err := ended(ctx, s.db, region, h.Definition, now)
	if err != nil {
		return h, err
	}
	h.Scores, h.Better = scoresOf(all)
	return h, nil
}

// scoresOf scores what was said at each age. Until enough has been scored nothing
// speaks against the estimates: whether they are made at all is decided by what they
// would have said of the sparks they were learnt from.
func scoresOf(all []finished) (scores []Score, better bool) {
	var brier, base float64
	n := 0
	for _, a := range aged() {
		var said []Said
		for _, f := range all {
			if x, ok := f.at(a); ok && x.Chance.Known {
				said = append(said, Said{x.Chance.Mid, x.Base.Rate(), x.Evidence == Learnt, f.caught})
			}
		}
		s := Scored(a, said)
		scores = append(scores, s)
		n, brier, base = n+s.N, brier+s.Brier*float64(s.N), base+s.Base*float64(s.N)
	}
	return scores, n < Enough || brier < base
}
