package alike

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/search"
)

// Pairs of sparks that may be the same matter: what the office has said of them, and
// what is found by itself for it to look at.

// Service keeps pairs.
type Service struct {
	db    *store.DB
	clock clock.Clock
	index *search.Index
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, x *search.Index) *Service { return &Service{db, c, x} }

// A pair is likely as it was found, or maybe when only the office should hear of it on the
// two's own pages; or other because an officer said that they are not the same.
const (
	// What was found never takes away what somebody said.
	putLikely = `INSERT INTO spark_pairs (region_id, spark_id, other_id, verdict, officer_id, at) VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (region_id, spark_id, other_id) DO NOTHING`
	putOther  = `INSERT INTO spark_pairs (region_id, spark_id, other_id, verdict, officer_id, at) VALUES ($1, $2, $3, 'other', $4, $5)
ON CONFLICT (region_id, spark_id, other_id) DO UPDATE SET verdict = excluded.verdict, officer_id = excluded.officer_id, at = excluded.at`
	// What somebody said meanwhile stays.
	deleteLikely = `DELETE FROM spark_pairs WHERE region_id = $1 AND spark_id = $2 AND other_id = $3 AND verdict = 'likely'`
	// Somebody had them before their eyes once: they may be the same, after all.
	relentPair   = `UPDATE spark_pairs SET verdict = 'maybe', officer_id = 0 WHERE region_id = $1 AND spark_id = $2 AND other_id = $3 AND verdict = 'other'`
	selectKept   = `SELECT other_id FROM spark_pairs WHERE region_id = $1 AND spark_id = $2 AND verdict <> 'other' ORDER BY verdict, other_id DESC LIMIT $3`
	selectOthers = `SELECT other_id, officer_id, at FROM spark_pairs WHERE region_id = $1 AND spark_id = $2 AND verdict = 'other' ORDER BY other_id DESC`
	// Each pair once, as the newer of the two has it.
	selectLikely = `SELECT spark_id, other_id FROM spark_pairs WHERE region_id = $1 AND verdict = 'likely' AND spark_id > other_id ORDER BY spark_id DESC, other_id DESC LIMIT $2`
	// The same, as Joinable and joinable tell it. The pairs come first: SQLite keeps the
	// order of a CROSS JOIN, and would else go through all sparks for each of all.
	countLikely = `SELECT COUNT(*) FROM (SELECT p.spark_id FROM spark_pairs p CROSS JOIN sparks a CROSS JOIN sparks b
WHERE p.region_id = $1 AND p.verdict = 'likely' AND p.spark_id > p.other_id
  AND a.region_id = p.region_id AND a.spark_id = p.spark_id AND b.region_id = p.region_id AND b.spark_id = p.other_id AND (a.open = TRUE OR b.open = TRUE)
  AND a.held = '' AND b.held = '' AND a.merged_into = 0 AND b.merged_into = 0 AND NOT (a.state {in $2}) AND NOT (b.state {in $2}) LIMIT $3) found`

	selectWalk = `SELECT after_id, walked_at FROM spark_pair_walks WHERE region_id = $1`
	putWalk    = `INSERT INTO spark_pair_walks (region_id, after_id, walked_at) VALUES ($1, $2, $3)
ON CONFLICT (region_id) DO UPDATE SET after_id = excluded.after_id, walked_at = excluded.walked_at`
	takeWalk = `UPDATE spark_pair_walks SET walked_at = $3 WHERE region_id = $1 AND after_id = $2`
)

// Other is what an officer said is another matter.
type Other struct {
	Spark   ident.ID
	Officer ident.ID
	At      time.Time
}

// Others gives what was said to be another matter than a spark, the newest spark first.
func Others(ctx context.Context, from store.Source, region string, id ident.ID) (all []Other, err error) {
	rows, err := from.Query(ctx, selectOthers, region, int64(id))
	err = store.Each(rows, err, func(r *sql.Rows) error {
		var o Other
		var at int64
		err := r.Scan(&o.Spark, &o.Officer, &at)
		o.At = clock.FromMicros(at)
		all = append(all, o)
		return err
	})
	return all, err
}

// Differ has an officer say that two sparks are not the same, whichever way round: they
// are not told of as likely any more. Saying it again changes nothing but who said it.
func (s *Service) Differ(ctx context.Context, region string, a, b, officer ident.ID) error {
	if a == b {
		return fault.New(fault.Invalid, "alike.itself")
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, p := range both(a, b) {
			if _, err := tx.Exec(ctx, putOther, region, int64(p[0]), int64(p[1]), int64(officer), clock.Micros(s.clock.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}

// Relent takes back what was said of two sparks.
func (s *Service) Relent(ctx context.Context, region string, a, b ident.ID) error {
	return s.drop(ctx, relentPair, region, a, b)
}

func (s *Service) drop(ctx context.Context, how, region string, a, b ident.ID) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, p := range both(a, b) {
			if _, err := tx.Exec(ctx, how, region, int64(p[0]), int64(p[1])); err != nil {
				return err
			}
		}
		return nil
	})
}

// both is a pair each way round, always in one order, so that two transactions do not
// wait for each other in a circle.
func both(a, b ident.ID) [][2]ident.ID {
	return [][2]ident.ID{{min(a, b), max(a, b)}, {max(a, b), min(a, b)}}
}

// Likely gives the sparks that may be the same matter as one, the likest first, less
// what an officer said is another.
func Likely(ctx context.Context, from store.Source, x *search.Index, sp spark.Spark, nearness func(string) float64, most int) ([]Match, error) {
	others, err := Others(ctx, from, sp.Region, sp.ID)
	if err != nil {
		return nil, err
	}
	not := []ident.ID{sp.ID}
	for _, o := range others {
		not = append(not, o.Spark)
	}
	return Find(ctx, from, x, Question{Region: sp.Region, Title: sp.OwnTitle(), Text: sp.Text, Language: language.Language(sp.Language), Not: not, Office: true, Nearness: nearness, Most: most})
}

// Kept is what Likely gave when the walk came past a spark, without asking the index, the
// likely ones first; ok is false when it has not come there yet. Who changed the text since
// asks Likely.
func Kept(ctx context.Context, from store.Source, x *search.Index, sp spark.Spark, most int) (all []Match, ok bool, err error) {
	after, _, known, err := Walked(ctx, from, sp.Region)
	if err != nil || !known || sp.ID > after {
		return nil, false, err
	}
	ids, err := store.Values[ident.ID](from.Query(ctx, selectKept, sp.Region, int64(sp.ID), spare*most))
	if err != nil || len(ids) == 0 {
		return nil, err == nil, err
	}
	sparks, err := spark.ByIDs(ctx, from, sp.Region, ids...)
	if err != nil {
		return nil, false, err
	}
	said := sync.OnceValue(func() text.Keys { return x.Asked(begun(sp.OwnTitle()) + " " + begun(sp.Text)) })
	for _, id := range ids {
		other, there := sparks[id]
		if !there || !Joinable(other) || len(all) == most {
			continue
		}
		m := Match{Spark: other}
		if m.marked(x, said()); len(m.Words) > 0 {
			all = append(all, m)
		}
	}
	return all, true, nil
}

// Pair is two sparks that may be the same matter.
type Pair struct{ Newer, Older spark.Spark }

// Pairs gives at most so many likely pairs that can still be joined, the newest first.
func Pairs(ctx context.Context, from store.Source, region string, most int) (all []Pair, err error) {
	ids, err := likelyIDs(ctx, from, region, spare*most)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	sparks, err := sparksOf(ctx, from, region, ids)
	for _, p := range ids {
		if pair, ok := joinable(sparks, p); ok && len(all) < most {
			all = append(all, pair)
		}
	}
	return all, err
}

// Count tells how many pairs Pairs would give, and reads none of them.
func Count(ctx context.Context, from store.Source, region string, most int) (n int, err error) {
	err = from.QueryRow(ctx, countLikely, region, store.Texts(unjoinable()), most).Scan(&n)
	return n, err
}

func likelyIDs(ctx context.Context, from store.Source, region string, most int) (all [][2]ident.ID, err error) {
	rows, err := from.Query(ctx, selectLikely, region, most)
	err = store.Each(rows, err, func(r *sql.Rows) error {
		var p [2]ident.ID
		err := r.Scan(&p[0], &p[1])
		all = append(all, p)
		return err
	})
	return all, err
}

func sparksOf(ctx context.Context, from store.Source, region string, pairs [][2]ident.ID) (map[ident.ID]spark.Spark, error) {
	var ids []ident.ID
	for _, p := range pairs {
		ids = append(ids, p[0], p[1])
	}
	slices.Sort(ids)
	return spark.ByIDs(ctx, from, region, slices.Compact(ids)...)
}

// joinable tells that a pair can be joined as it is now: an open one carries the other.
func joinable(sparks map[ident.ID]spark.Spark, p [2]ident.ID) (Pair, bool) {
	newer, a := sparks[p[0]]
	older, b := sparks[p[1]]
	return Pair{newer, older}, a && b && Joinable(newer) && Joinable(older) && (newer.Open || older.Open)
}

// Bounds of the walk: sparks looked at in one transaction, likely ones told of each, and
// how many pairs are kept before the oldest are looked at for what has been settled.
const (
	walkAtOnce = 20
	walkMost   = 5
	keptMost   = 500
	restFor    = 3 // times as long as was worked: what piled up leaves the machine to people
	restMost   = 10 * time.Second
)

// Walk looks at every spark of a region that has come since the last walk, and keeps
// what may be the same matter as another. Cut short, it goes on where it was; done
// again, it changes nothing. Between many it rests.
func (s *Service) Walk(ctx context.Context, region string) error {
	for {
		began := s.clock.Now()
		n, err := s.walk(ctx, region)
		if err != nil {
			return err
		}
		if n < walkAtOnce {
			return s.tidy(ctx, region)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(restMost, restFor*s.clock.Now().Sub(began))):
		}
	}
}

func (s *Service) walk(ctx context.Context, region string) (n int, err error) {
	after, _, known, err := Walked(ctx, s.db, region)
	if err != nil {
		return 0, err
	}
	list, err := spark.Come(ctx, s.db, region, after, walkAtOnce)
	if err != nil {
		return 0, err
	}
	verdicts := map[[2]ident.ID]string{}
	last := after
	for _, sp := range list {
		last = sp.ID
		if !sp.Open { // one that waits for a look is looked at too: it may be let in
			continue
		}
		matches, err := Likely(ctx, s.db, s.index, sp, nil, walkMost)
		if err != nil {
			return 0, err
		}
		for _, m := range matches {
			for _, p := range both(sp.ID, m.ID) {
				if m.Like >= sure {
					verdicts[p] = "likely"
				} else if verdicts[p] == "" {
					verdicts[p] = "maybe"
				}
			}
		}
	}
	found := slices.SortedFunc(maps.Keys(verdicts), func(a, b [2]ident.ID) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	now := clock.Micros(s.clock.Now())
	return len(list), s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if known { // another walk may have come further meanwhile
			taken, err := tx.Exec(ctx, takeWalk, region, int64(after), now)
			if err != nil || taken == 0 {
				return err
			}
		}
		for _, p := range found {
			if _, err := tx.Exec(ctx, putLikely, region, int64(p[0]), int64(p[1]), verdicts[p], now); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, putWalk, region, int64(last), now)
		return err
	})
}

// tidy takes away likely pairs that can no longer be joined. One that waits for a look
// may yet be.
func (s *Service) tidy(ctx context.Context, region string) error {
	ids, err := likelyIDs(ctx, s.db, region, keptMost)
	if err != nil || len(ids) == 0 {
		return err
	}
	sparks, err := sparksOf(ctx, s.db, region, ids)
	if err != nil {
		return err
	}
	for id, sp := range sparks {
		sp.Held = ""
		sparks[id] = sp
	}
	for _, p := range ids {
		if _, ok := joinable(sparks, p); ok {
			continue
		}
		if err := s.drop(ctx, deleteLikely, region, p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}

// Walked tells up to which spark a region has been looked at, and when; known is false
// before the first walk.
func Walked(ctx context.Context, from store.Source, region string) (after ident.ID, at time.Time, known bool, err error) {
	var micros int64
	err = from.QueryRow(ctx, selectWalk, region).Scan(&after, &micros)
	if errors.Is(err, store.ErrNone) {
		return 0, at, false, nil
	}
	return after, clock.FromMicros(micros), err == nil, err
}
