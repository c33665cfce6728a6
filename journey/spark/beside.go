package spark

import (
	"context"

	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/journey/story"
)

// What packages that keep something beside a spark act through, its lock and its
// story, and how that goes when the spark goes.

// ByOffice runs a verb of an officer on a locked spark that has not been
// withdrawn, also one that another carries on: what is kept beside it is its own.
// The beats it gives are told as the office's.
func (s *Service) ByOffice(ctx context.Context, a Act, do func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)) (Spark, error) {
	return s.change(ctx, a.Region, a.Spark, a.Version, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		if sp.State == Withdrawn {
			return nil, fault.New(fault.Gone, "spark.withdrawn")
		}
		beats, err := do(ctx, tx, sp)
		for i := range beats {
			beats[i].Actor, beats[i].Officer = story.Office, a.Officer.ID
		}
		return beats, err
	})
}

// ByBringer runs a verb of whoever holds a private link on its locked spark; the
// beats it gives are told as the bringer's.
func (s *Service) ByBringer(ctx context.Context, region, secret string, do func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)) (Spark, error) {
	return s.byLink(ctx, region, secret, func(ctx context.Context, tx *store.Tx, h hand) ([]story.Beat, error) {
		beats, err := do(ctx, tx, &h.own.Spark)
		for i := range beats {
			beats[i].Actor = story.Bringer
		}
		return beats, err
	})
}

// SeenBy is the widest that a beat everybody may hear of is seen: by everybody
// when the spark is.
func (s *Spark) SeenBy() story.Visibility { return seenBy(s, true) }

// The rows are journey/attachment's, which stands on this package; they go with
// their spark here, so that no wiring can leave them behind.
const (
	eraseAttachments  = `DELETE FROM attachments WHERE region_id = $1 AND spark_id = $2`
	unnameAttachments = `UPDATE attachments SET name = '' WHERE region_id = $1 AND spark_id = $2`
)

// eraseFiles takes the pictures and files of a spark away.
func eraseFiles(ctx context.Context, tx *store.Tx, sp *Spark) error {
	_, err := tx.Exec(ctx, eraseAttachments, sp.Region, int64(sp.ID))
	return err
}

// unnameFiles takes away what the files were called at their sender, which may tell
// who that was.
func unnameFiles(ctx context.Context, tx *store.Tx, sp *Spark) error {
	_, err := tx.Exec(ctx, unnameAttachments, sp.Region, int64(sp.ID))
	return err
}
