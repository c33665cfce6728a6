package forecast

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"kokko/engine/spread"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/ring"
	"kokko/journey/spark"
)

// How far a story was said to go is held against who came. When a spark is 0, 7 and 30
// days old it is kept how many counted people more it was said to reach by its seventh
// and thirtieth day and by the end of its time. Who has come is, by the first definition:
// people who let themselves be counted, are not of the office and did not bring it, and
// who after it was said and by that day did something round it for the first time: came
// into its ring and are in it, said something beneath it that everybody may read, or said
// "me too". They are counted, and counted anew when anybody is counted no more.

// cameOf is the definition by which it is told who came.
const cameOf = "came-1"

// parts is of how many equal parts what was said is kept.
const parts = 20

// reachDays are the days by which it is told how many come, of a spark whose time is so
// many days.
func reachDays(last int) []int { return []int{7, 30, last} }

// said is how many counted people more a spark was said to reach by a day.
type said struct {
	spark    ident.ID
	age, day int
	model    string
	made     time.Time
	told     Range
	parts    []int // in the middle of each twentieth
	raw      []int // the same as it was simulated, before it was moved by what came of others
	due      time.Time
	came     int
}

// says simulates how many people more are reached by the days ahead, where the spark is of
// an age at which it is kept.
func (w *world) says(ctx context.Context, f Forecast, run spread.Run, held moves) (all []said, err error) {
	age := f.Inputs.Age
	if aged()[stage(age)] != age {
		return nil, nil
	}
	run.Days = nil
	for _, day := range reachDays(f.Definition.Days) {
		if day <= age || day > f.Definition.Days {
			continue
		}
		run.Horizon = day - age // the same coins, and the same delays
		far, err := w.graph.Simulate(ctx, run)
		if err != nil {
			return nil, err
		}
		if len(far.Wholes[byKind]) < 2 {
			continue // there are no people
		}
		people := far.Wholes[byKind][1]
		whole := func(share float64) int { return int(math.Round(people.Quantile(share))) }
		x := said{spark: f.Spark, age: age, day: day, model: reachModel, made: f.Made, due: f.Due.AddDate(0, 0, day-f.Definition.Days), came: -1}
		r := held.ends(age, day, whole(.1), whole(.5), whole(.9))
		x.told = Range{float64(r[0]), float64(r[1]), float64(r[2]), true}
		for i := range parts {
			n := whole(middle(i))
			x.parts, x.raw = append(x.parts, held.moved(age, day, middle(i), n)), append(x.raw, n)
		}
		slices.Sort(x.parts)
		all = append(all, x)
	}
	return all, nil
}

const (
	putSaid = `INSERT INTO forecast_reach_said (region_id, spark_id, age, day, definition, model, made_at, low, mid, high, body, due_at, came, scored_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, -1, 0)
ON CONFLICT (region_id, spark_id, age, day) DO UPDATE SET definition = excluded.definition, model = excluded.model, made_at = excluded.made_at, low = excluded.low, mid = excluded.mid, high = excluded.high, body = excluded.body, due_at = excluded.due_at`
	saidColumns = `spark_id, age, day, model, made_at, low, mid, high, body, due_at, came`
	// What is due and not counted; and what is counted, the newest first.
	selectSaidDue = `SELECT ` + saidColumns + ` FROM forecast_reach_said WHERE region_id = $1 AND scored_at = 0 AND due_at <= $2 ORDER BY due_at, spark_id, age, day LIMIT $3`
	selectSaid    = `SELECT ` + saidColumns + ` FROM forecast_reach_said WHERE region_id = $1 AND scored_at > 0 AND definition = $2 ORDER BY due_at DESC, spark_id, age, day LIMIT $3`
	setCame       = `UPDATE forecast_reach_said SET came = $5, scored_at = $6 WHERE region_id = $1 AND spark_id = $2 AND age = $3 AND day = $4`
	dropSaid      = `DELETE FROM forecast_reach_said WHERE region_id = $1 AND spark_id = $2 AND age = $3 AND day = $4`
	deleteAhead   = `DELETE FROM forecast_reach_said WHERE region_id = $1 AND scored_at = 0 AND due_at > $2`
	uncount       = `UPDATE forecast_reach_said SET came = -1, scored_at = 0 WHERE region_id = $1 AND scored_at > 0`

	selectReachScores = `SELECT age, day, number, inside, error, base, usual_low, usual, usual_high FROM forecast_reach_scores WHERE region_id = $1 ORDER BY age, day`
	insertReachScore  = `INSERT INTO forecast_reach_scores (region_id, age, day, number, inside, error, base, usual_low, usual, usual_high, scored_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	deleteReachScores = `DELETE FROM forecast_reach_scores WHERE region_id = $1`

	selectReachMoves = `SELECT age, day, number, body FROM forecast_reach_moves WHERE region_id = $1 ORDER BY age, day`
	insertReachMove  = `INSERT INTO forecast_reach_moves (region_id, age, day, number, body, learnt_at) VALUES ($1, $2, $3, $4, $5, $6)`
	deleteReachMoves = `DELETE FROM forecast_reach_moves WHERE region_id = $1`

	// saidMost bounds how much of what was said, the newest, is scored.
	saidMost = 6 * endedMost
)

// keep stores what was said; what was said earlier that day is said anew.
func (x said) keep(ctx context.Context, tx *store.Tx, region string) error {
	body, err := json.Marshal(slices.Concat(x.parts, x.raw))
	if err != nil {
		return err
	}
	r := x.told.kept(1)
	_, err = tx.Exec(ctx, putSaid, region, int64(x.spark), x.age, x.day, cameOf, x.model, clock.Micros(x.made), r[0], r[1], r[2], string(body), clock.Micros(x.due))
	return err
}

func manySaid(rows *sql.Rows, err error) (all []said, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var x said
		var made, due int64
		var r [3]int64
		var body string
		if err := rows.Scan(&x.spark, &x.age, &x.day, &x.model, &made, &r[0], &r[1], &r[2], &body, &due, &x.came); err != nil {
			return err
		}
		x.made, x.due, x.told = clock.FromMicros(made), clock.FromMicros(due), rangeOf(r, 1)
		if err := json.Unmarshal([]byte(body), &x.parts); err != nil {
			return fmt.Errorf("reach said of %s at %d for %d: %w", x.spark, x.age, x.day, err)
		}
		if x.raw = x.parts; len(x.parts) == 2*parts {
			x.parts, x.raw = x.parts[:parts], x.parts[parts:]
		}
		all = append(all, x)
		return nil
	})
	return all, err
}

// forgetReached takes away, of what was said, what is not due, and who came of the rest.
func forgetReached(ctx context.Context, tx *store.Tx, region string, now time.Time) error {
	if _, err := tx.Exec(ctx, deleteAhead, region, clock.Micros(now)); err != nil {
		return err
	}
	for _, forget := range []string{uncount, deleteReachScores, deleteReachMoves} {
		if _, err := tx.Exec(ctx, forget, region); err != nil {
			return err
		}
	}
	return nil
}

// ScoreReach counts who came, of what is due, and scores what was said.
func (s *Service) ScoreReach(ctx context.Context, region string) error {
	if s.net == nil {
		return nil
	}
	for range 3 {
		kept, err := s.scoreReach(ctx, region)
		if err != nil || kept {
			return err
		}
	}
	return fault.New(fault.Conflict, "internal").Because(errors.New("forecast: the network changed each time while it was counted who came"))
}

// scoreReach scores once; kept is false when the network was another before it was done.
func (s *Service) scoreReach(ctx context.Context, region string) (kept bool, err error) {
	of, err := s.net.Now(ctx, region)
	if err != nil {
		return false, err
	}
	at, by, err := counted(ctx, s.db, region, of)
	if err != nil {
		return false, err
	}
	now := s.clock.Now()
	for n := atOnce; n == atOnce; {
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			var err error
			if kept, err = of.Holds(ctx, tx, region); err != nil || !kept {
				n = 0
				return err
			}
			due, err := manySaid(tx.Query(ctx, selectSaidDue, region, clock.Micros(now), atOnce))
			if err != nil {
				return err
			}
			n = len(due)
			return s.came(ctx, tx, region, due, at, by, now)
		}); err != nil || !kept {
			return kept, err
		}
	}
	all, err := manySaid(s.db.Query(ctx, selectSaid, region, cameOf, saidMost))
	if err != nil {
		return false, err
	}
	scores, held := reachScores(all), learnMoves(all)
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if kept, err = of.Holds(ctx, tx, region); err != nil || !kept {
			return err
		}
		if _, err := tx.Exec(ctx, deleteReachScores, region); err != nil {
			return err
		}
		for _, x := range scores {
			u := x.Usual.kept(1)
			if _, err := tx.Exec(ctx, insertReachScore, region, x.Age, x.Day, x.N, x.Inside, thousandths(x.Error), thousandths(x.Base), u[0], u[1], u[2], clock.Micros(now)); err != nil {
				return err
			}
		}
		return held.keep(ctx, tx, region, now)
	})
	return kept, err
}

// came counts who came, of some that was said, among people of a network by their address
// and by how it is written.
func (s *Service) came(ctx context.Context, tx *store.Tx, region string, due []said, at map[ident.ID]uint32, by map[string]uint32, now time.Time) error {
	matters := map[ident.ID][]ident.ID{} // what is told of, by the spark that carries it
	var roots, ids []ident.ID
	for _, x := range due {
		roots = append(roots, x.spark)
	}
	slices.Sort(roots)
	roots = slices.Compact(roots)
	found, err := spark.ByIDs(ctx, tx, region, roots...)
	if err != nil {
		return err
	}
	joined, err := spark.Joined(ctx, tx, region, roots...)
	if err != nil {
		return err
	}
	of := map[ident.ID]ident.ID{}
	for _, sp := range found {
		if !forecastable(sp) {
			continue
		}
		matters[sp.ID] = []ident.ID{sp.ID}
		for _, j := range joined[sp.ID] {
			matters[sp.ID] = append(matters[sp.ID], j.ID)
		}
		for _, id := range matters[sp.ID] {
			of[id], ids = sp.ID, append(ids, id)
		}
	}
	first, err := s.firsts(ctx, tx, region, ids, of, at, by)
	if err != nil {
		return err
	}
	for _, x := range due {
		if _, ok := matters[x.spark]; !ok { // it stands by itself no more: nothing to score
			if _, err := tx.Exec(ctx, dropSaid, region, int64(x.spark), x.age, x.day); err != nil {
				return err
			}
			continue
		}
		n := 0
		for _, when := range first[x.spark] {
			if when.After(x.made) && !when.After(x.due) {
				n++
			}
		}
		if _, err := tx.Exec(ctx, setCame, region, int64(x.spark), x.age, x.day, n, clock.Micros(now)); err != nil {
			return err
		}
	}
	return nil
}

// firsts are when each who did not bring a matter first did something round it.
func (s *Service) firsts(ctx context.Context, from store.Source, region string, ids []ident.ID, of map[ident.ID]ident.ID, at map[ident.ID]uint32, by map[string]uint32) (map[ident.ID]map[uint32]time.Time, error) {
	first := map[ident.ID]map[uint32]time.Time{}
	note := func(sp, who ident.ID, when time.Time) {
		n, ok := at[who]
		if !ok {
			return
		}
		root := of[sp]
		if first[root] == nil {
			first[root] = map[uint32]time.Time{}
		}
		if was, ok := first[root][n]; !ok || when.Before(was) {
			first[root][n] = when
		}
	}
	members, err := ring.People(ctx, from, region, ids, ring.In)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		note(m.Spark, m.Address, m.Came())
	}
	for _, acts := range []func(context.Context, store.Source, string, ...ident.ID) ([]spark.Acted, error){spark.Spoke, spark.Warmed} {
		all, err := acts(ctx, from, region, ids...)
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			note(a.Spark, a.Address, a.At)
		}
	}
	bringers, err := spark.Bringers(ctx, from, region, ids...)
	if err != nil {
		return nil, err
	}
	for id, all := range bringers {
		for _, b := range all {
			if n, ok := by[strings.ToLower(b.Email)]; ok && b.Email != "" {
				delete(first[of[id]], n)
			}
		}
	}
	return first, nil
}

// ReachScore is how right what was said of reach was, when sparks were so many days old,
// of how many would have come by a day.
type ReachScore struct {
	Age, Day int
	N        int     // sparks that were scored
	Inside   int     // of them those of which as many came as the range held, its ends among it
	Error    float64 // the mean CRPS of the logarithm of one more than came
	Base     float64 // what what was usual until then would have had
	Usual    Range   // how many usually come, by now
}

// ReachHeld is how what was said of reach has held in a region.
type ReachHeld struct{ Scores []ReachScore }

// Better tells that what was said at an age did better than what was usual, as far as is
// known: it is shown.
func (h ReachHeld) Better(age int) bool {
	n, ours, base := 0, 0., 0.
	for _, x := range h.Scores {
		if x.Age == aged()[stage(age)] {
			n, ours, base = n+x.N, ours+x.Error*float64(x.N), base+x.Base*float64(x.N)
		}
	}
	return n < Enough || ours < base
}

// Usual is how many usually come by the end of a spark's time from an age on.
func (h ReachHeld) Usual(age int) (r Range, day int) {
	for _, x := range h.Scores {
		if x.Age == aged()[stage(age)] && x.Day >= day {
			r, day = x.Usual, x.Day
		}
	}
	return r, day
}

// ReachHeld reads how what was said of reach has held.
func (s *Service) ReachHeld(ctx context.Context, region string) (h ReachHeld, err error) {
	rows, err := s.db.Query(ctx, selectReachScores, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var x ReachScore
		var wrong, usually int64
		var u [3]int64
		err := rows.Scan(&x.Age, &x.Day, &x.N, &x.Inside, &wrong, &usually, &u[0], &u[1], &u[2])
		x.Error, x.Base, x.Usual = float64(wrong)/thousandth, float64(usually)/thousandth, rangeOf(u, 1)
		h.Scores = append(h.Scores, x)
		return err
	})
	return h, err
}

// reachScores scores what was said, by age and day: the CRPS (Gneiting and Raftery 2007)
// of log(1 + came), beside that of how many had come to those that were due when it was
// said, from Enough of them on.
func reachScores(all []said) (scores []ReachScore) {
	type kind struct{ age, day int }
	by := map[kind][]said{}
	for _, x := range all {
		k := kind{x.age, x.day}
		by[k] = append(by[k], x)
	}
	for _, k := range slices.SortedFunc(maps.Keys(by), func(a, b kind) int { return cmp.Or(cmp.Compare(a.age, b.age), cmp.Compare(a.day, b.day)) }) {
		due := by[k]
		slices.SortFunc(due, func(a, b said) int { return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.spark, b.spark)) })
		made := slices.Clone(due)
		slices.SortFunc(made, func(a, b said) int { return cmp.Or(a.made.Compare(b.made), cmp.Compare(a.spark, b.spark)) })
		x := ReachScore{Age: k.age, Day: k.day}
		usual, known := usually{}, 0
		for _, m := range made {
			for known < len(due) && !due[known].due.After(m.made) {
				usual[due[known].came]++
				known++
			}
			if known < Enough {
				continue
			}
			x.N++
			if came := float64(m.came); m.told.Low <= came && came <= m.told.High {
				x.Inside++
			}
			size := math.Log1p(float64(m.came))
			x.Error += m.dist().CRPS(size)
			x.Base += usual.dist().CRPS(size)
		}
		for ; known < len(due); known++ {
			usual[due[known].came]++
		}
		if len(due) >= Enough {
			d := usual.dist()
			whole := func(share float64) float64 { return math.Round(math.Expm1(d.Quantile(share))) }
			x.Usual = Range{whole(.1), whole(.5), whole(.9), true}
		}
		if x.N > 0 {
			x.Error, x.Base = x.Error/float64(x.N), x.Base/float64(x.N)
		}
		scores = append(scores, x)
	}
	return scores
}

// dist is what was said, as a distribution of the logarithm of one more than come.
func (x said) dist() spread.Dist {
	var at []float64
	for _, n := range x.parts {
		at = append(at, math.Log1p(float64(n)))
	}
	return spread.NewDist(at, nil)
}

// usually is to how many sparks so many came.
type usually map[int]float64

func (u usually) dist() spread.Dist {
	var at, weights []float64
	for n, k := range u {
		at, weights = append(at, math.Log1p(float64(n))), append(weights, k)
	}
	return spread.NewDist(at, weights)
}
