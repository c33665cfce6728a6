package spark

import (
	"cmp"
	"context"

	"kokko/ground/fault"
	"kokko/ground/ident"
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

// stillVersion gives back the version the lock took: what is done beside a spark is
// no reason to refuse a form the office has open.
const stillVersion = `UPDATE sparks SET version = version - 1 WHERE region_id = $1 AND spark_id = $2`

// Beside runs what is done beside a spark on it, locked, inside the caller's
// transaction, whoever does it; the beats it gives say by whom. Where another carries
// its matter on, that one's people are counted anew.
func (s *Service) Beside(ctx context.Context, tx *store.Tx, region string, id ident.ID, do func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)) (Spark, error) {
	seen, err := ByID(ctx, tx, region, id)
	if err != nil {
		return Spark{}, err
	}
	w := s.work(tx, region)
	root, err := w.take(ctx, cmp.Or(seen.MergedInto, id))
	if err != nil {
		return Spark{}, err
	}
	c, err := w.cluster(ctx, root)
	if err != nil {
		return Spark{}, err
	}
	own := root
	if seen.MergedInto != 0 {
		own = c.member(id)
	}
	if own == nil || root.MergedInto != 0 { // joined elsewhere between the look and the lock
		return Spark{}, fault.New(fault.Busy, "store.busy").Because(errMoved)
	}
	beats, err := do(ctx, tx, &own.Spark)
	if err != nil {
		return Spark{}, err
	}
	own.beats = append(own.beats, beats...)
	c.follow(root.before, w.now)
	if err := w.settle(ctx, c); err != nil {
		return Spark{}, err
	}
	if err := w.finish(ctx); err != nil {
		return Spark{}, err
	}
	for _, e := range w.taken {
		e.Version--
		if _, err := tx.Exec(ctx, stillVersion, region, int64(e.ID)); err != nil {
			return Spark{}, err
		}
	}
	return own.Spark, nil
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

// What is said beneath a spark may quote it: when the spark is erased nobody can read
// the talk any more, and its words go. The rows are journey/comment's.
const (
	eraseComments       = `UPDATE comments SET words = '', name = '', reason = '' WHERE region_id = $1 AND spark_id = $2`
	eraseCommentReports = `UPDATE comment_reports SET words = '' WHERE region_id = $1 AND spark_id = $2`
	eraseWarmths        = `UPDATE warmths SET offer = '', name = '', shared = FALSE WHERE region_id = $1 AND spark_id = $2`
)

// What its ring's people wrote may quote it too. The rows are journey/ring's.
const (
	eraseRing        = `UPDATE ring_people SET name = '', brings = '' WHERE region_id = $1 AND spark_id = $2`
	eraseOpenings    = `DELETE FROM ring_openings WHERE region_id = $1 AND spark_id = $2`
	eraseCommitments = `UPDATE commitments SET what = '' WHERE region_id = $1 AND spark_id = $2`
	// What was forecast of it, and whether everybody might see it, is journey/forecast's.
	eraseForecasts  = `DELETE FROM forecasts WHERE region_id = $1 AND spark_id = $2`
	eraseReach      = `DELETE FROM forecast_reach WHERE region_id = $1 AND spark_id = $2`
	eraseReachSaid  = `DELETE FROM forecast_reach_said WHERE region_id = $1 AND spark_id = $2`
	eraseForecastBy = `DELETE FROM forecast_choices WHERE region_id = $1 AND spark_id = $2`
)

// eraseTalk takes the words of what was said beneath a spark and in its ring away.
func eraseTalk(ctx context.Context, tx *store.Tx, sp *Spark) error {
	for _, q := range []string{eraseComments, eraseCommentReports, eraseWarmths, eraseRing, eraseOpenings, eraseCommitments, eraseForecasts, eraseReach, eraseReachSaid, eraseForecastBy} {
		if _, err := tx.Exec(ctx, q, sp.Region, int64(sp.ID)); err != nil {
			return err
		}
	}
	return nil
}

// Which other spark may be the same matter is journey/alike's, each way round.
const (
	erasePairsTo = `DELETE FROM spark_pairs WHERE region_id = $1 AND other_id = $2 AND spark_id IN (SELECT p.other_id FROM spark_pairs p WHERE p.region_id = $1 AND p.spark_id = $2)`
	erasePairs   = `DELETE FROM spark_pairs WHERE region_id = $1 AND spark_id = $2`
)

// erasePaired forgets which others a spark was compared with.
func erasePaired(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	for _, q := range []string{erasePairsTo, erasePairs} {
		if _, err := tx.Exec(ctx, q, region, int64(id)); err != nil {
			return err
		}
	}
	return nil
}

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
