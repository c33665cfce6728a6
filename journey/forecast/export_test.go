package forecast

import (
	"context"

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
