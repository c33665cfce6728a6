package spark

import (
	"context"

	"kokko/ground/store"
	"kokko/journey/story"
)

// What packages that keep something beside a spark act through: its lock, its
// story and its end.

// ByOffice runs a verb of an officer on a locked spark that has not been
// withdrawn; the beats it gives are told as the office's.
func (s *Service) ByOffice(ctx context.Context, a Act, do func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)) (Spark, error) {
	return s.act(ctx, a, do)
}

// ByBringer runs a verb of whoever holds a private link on its locked spark; the
// beats it gives are told as the bringer's.
func (s *Service) ByBringer(ctx context.Context, region, secret string, do func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)) (Spark, error) {
	return s.byLink(ctx, region, secret, func(ctx context.Context, tx *store.Tx, sp *Spark, _ *Bringer) ([]story.Beat, error) {
		beats, err := do(ctx, tx, sp)
		for i := range beats {
			beats[i].Actor = story.Bringer
		}
		return beats, err
	})
}

// SeenBy is the widest that a beat everybody may hear of is seen: by everybody
// when the spark is.
func (s *Spark) SeenBy() story.Visibility { return seenBy(s, true) }

// OnWithdraw has leave run in the transaction of every withdrawal, so that what is
// kept beside a spark goes with it: with erase all of it, without what tells who
// brought it. Called while the house is put together, before any verb.
func (s *Service) OnWithdraw(leave func(ctx context.Context, tx *store.Tx, sp Spark, erase bool) error) {
	s.leaving = append(s.leaving, leave)
}
