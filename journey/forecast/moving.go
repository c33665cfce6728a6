package forecast

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"kokko/engine/spread"
	"kokko/ground/clock"
	"kokko/ground/store"
)

// The word goes along ties that are known, between people who let themselves be counted.
// Who comes by a tie nobody knows of, or by themselves, is not simulated; nor is what keeps
// people from coming. So what the simulation says is moved by what came of what it said
// before (conformalized quantile regression: Romano, Patterson and Candès, NeurIPS 2019):
// each share of it by as much as the same share of those that are over was off.

// move is by how much what is said at an age of who comes by a day is moved: in the
// logarithm of one more than come, in the middle of each twentieth.
type move struct {
	age, day int
	n        int // of how many that are over it was learnt
	by       []float64
}

// moves are those of a region, by age and day; none until Enough are over.
type moves []move

// middle is the share in the middle of a twentieth.
func middle(i int) float64 { return (float64(i) + .5) / parts }

// learnMoves learns from what was said by the model of today and is counted.
func learnMoves(all []said) (m moves) {
	off := map[[2]int][][]float64{}
	for _, x := range all {
		if x.model != reachModel || len(x.raw) != parts {
			continue
		}
		var by []float64
		for _, n := range x.raw {
			by = append(by, math.Log1p(float64(x.came))-math.Log1p(float64(n)))
		}
		off[[2]int{x.age, x.day}] = append(off[[2]int{x.age, x.day}], by)
	}
	for key, some := range off {
		if len(some) < Enough {
			continue
		}
		x := move{age: key[0], day: key[1], n: len(some)}
		for i := range parts {
			var at []float64
			for _, by := range some {
				at = append(at, by[i])
			}
			x.by = append(x.by, spread.NewDist(at, nil).Quantile(middle(i)))
		}
		m = append(m, x)
	}
	slices.SortFunc(m, func(a, b move) int { return cmp.Or(cmp.Compare(a.age, b.age), cmp.Compare(a.day, b.day)) })
	return m
}

// moved is so many as a share of what is said at an age of a day, moved. Between the day
// it is said and the days of which it was learnt it goes straight, and stays after them.
func (m moves) moved(age, day int, share float64, n int) int {
	was, by, of := age, 0., aged()[stage(age)]
	for _, x := range m {
		if x.age != of || x.day <= age {
			continue
		}
		here := x.at(share)
		if day <= x.day {
			by += (here - by) * float64(day-was) / float64(x.day-was)
			break
		}
		was, by = x.day, here
	}
	return int(math.Round(math.Expm1(max(0, math.Log1p(float64(n))+by))))
}

// ends are the ends and the middle of a range that is said at an age of a day, moved.
func (m moves) ends(age, day int, low, mid, high int) [3]int {
	r := [3]int{m.moved(age, day, .1, low), m.moved(age, day, .5, mid), m.moved(age, day, .9, high)}
	slices.Sort(r[:]) // each share is moved by itself
	return r
}

// at is by how much a share is moved, between the middles of the twentieths next to it.
func (x move) at(share float64) float64 {
	k := min(max(share*parts-.5, 0), parts-1)
	i := min(int(k), parts-2)
	return x.by[i] + (k-float64(i))*(x.by[i+1]-x.by[i])
}

// learnt is of how many that are over it was learnt how far what is said at an age is
// moved; 0 until it was.
func (m moves) learnt(age int) (n int) {
	for _, x := range m {
		if x.age == aged()[stage(age)] && x.day > age {
			n = max(n, x.n)
		}
	}
	return n
}

// movesOf reads how far what is said in a region is moved.
func (s *Service) movesOf(ctx context.Context, region string) (m moves, err error) {
	rows, err := s.db.Query(ctx, selectReachMoves, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var x move
		var body string
		if err := rows.Scan(&x.age, &x.day, &x.n, &body); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &x.by); err != nil || len(x.by) != parts {
			return fmt.Errorf("moves at %d for %d: %d parts: %w", x.age, x.day, len(x.by), err)
		}
		m = append(m, x)
		return nil
	})
	return m, err
}

// keep stores them instead of what there was.
func (m moves) keep(ctx context.Context, tx *store.Tx, region string, now time.Time) error {
	if _, err := tx.Exec(ctx, deleteReachMoves, region); err != nil {
		return err
	}
	for _, x := range m {
		body, err := json.Marshal(x.by)
		if err == nil {
			_, err = tx.Exec(ctx, insertReachMove, region, x.age, x.day, x.n, string(body), clock.Micros(now))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
