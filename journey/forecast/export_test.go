package forecast

import (
	"context"
	"maps"
	"slices"

	"kokko/engine/spread"
	"kokko/journey/spark"
)

// Begun is how far the word of a spark goes, as it is asked of before what others would
// bring: in how many runs how many are reached.
func (s *Service) Begun(ctx context.Context, sp spark.Spark) (spread.Reach, error) {
	w, err := s.worldNow(ctx, sp.Region)
	if err != nil {
		return spread.Reach{}, err
	}
	q, err := s.begins(ctx, w, sp, Asking{})
	if err != nil {
		return spread.Reach{}, err
	}
	return q.base(ctx)
}

// Carers are who cares for something, as it is read of it alone, and as the past of the
// region tells of it.
func (s *Service) Carers(ctx context.Context, region, interest string) (alone, past []uint32, err error) {
	w, err := s.worldNow(ctx, region)
	if err != nil {
		return nil, nil, err
	}
	_, all, err := s.past(ctx, s.db, region, w.of)
	if err != nil {
		return nil, nil, err
	}
	alone, err = w.care(ctx, s.db, region, interest)
	return alone, slices.Sorted(maps.Keys(all[interest])), err
}

// ReachModel and Parts are how reach is simulated today and of how many parts it is kept.
const (
	ReachModel = reachModel
	Parts      = parts
)

// Over is what was simulated of a spark, in equal parts, and who came.
type Over struct {
	Age, Day, Came int
	Model          string
	Said           []int
}

// Moves are how far what is said is moved.
type Moves struct{ of moves }

// LearnMoves learns them.
func LearnMoves(all []Over) Moves {
	var past []said
	for _, x := range all {
		past = append(past, said{age: x.Age, day: x.Day, model: x.Model, came: x.Came, raw: x.Said})
	}
	return Moves{learnMoves(past)}
}

// Moved is so many, moved.
func (m Moves) Moved(age, day int, share float64, n int) int { return m.of.moved(age, day, share, n) }

// Learnt is of how many they were learnt.
func (m Moves) Learnt(age int) int { return m.of.learnt(age) }
