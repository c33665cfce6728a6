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
