package comment

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns = `c.region_id, c.spark_id, c.comment_id, c.author_kind, c.author_id, c.name, c.language, c.words, c.state, c.placed, c.waits, c.held, c.question, c.unanswered, c.answer_id, c.beat_id, c.reports,
c.written_at, c.edited_at, c.decided_at, c.officer_id, c.reason`
	insertComment = `INSERT INTO comments (region_id, spark_id, comment_id, author_kind, author_id, name, language, words, state, placed, waits, held, question, unanswered, answer_id, beat_id, reports,
written_at, edited_at, decided_at, officer_id, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`
	updateComment = `UPDATE comments SET author_kind = $4, author_id = $5, name = $6, language = $7, words = $8, state = $9, placed = $10, waits = $11, held = $12, question = $13, unanswered = $14, answer_id = $15,
beat_id = $16, reports = $17, written_at = $18, edited_at = $19, decided_at = $20, officer_id = $21, reason = $22 WHERE region_id = $1 AND spark_id = $2 AND comment_id = $3`

	selectOne    = `SELECT ` + columns + ` FROM comments c WHERE c.region_id = $1 AND c.spark_id = $2 AND c.comment_id = $3`
	selectMany   = `SELECT ` + columns + ` FROM comments c WHERE c.region_id = $1 AND c.spark_id {in $2} AND c.comment_id {in $3}`
	holdOne      = `UPDATE comments SET placed = placed WHERE region_id = $1 AND spark_id = $2 AND comment_id = $3`
	selectOldest = `SELECT ` + columns + ` FROM comments c WHERE c.region_id = $1 AND c.spark_id = $2 AND c.placed = TRUE AND c.comment_id >= $3 ORDER BY c.comment_id LIMIT $4`
	selectNewest = `SELECT ` + columns + ` FROM comments c WHERE c.region_id = $1 AND c.spark_id = $2 AND c.placed = TRUE AND c.comment_id <= $3 ORDER BY c.comment_id DESC LIMIT $4`
	selectOpen   = `SELECT ` + columns + ` FROM comments c WHERE c.region_id = $1 AND c.spark_id = $2 AND c.unanswered = TRUE ORDER BY c.comment_id LIMIT $3`
	selectWaits  = `SELECT ` + columns + ` FROM comments c WHERE c.region_id = $1 AND c.waits = TRUE AND c.comment_id > $2 ORDER BY c.comment_id LIMIT $3`
	countWaits   = `SELECT COUNT(*) FROM comments c WHERE c.region_id = $1 AND c.waits = TRUE`
	selectTheirs = `SELECT ` + columns + ` FROM comments c WHERE c.region_id = $1 AND c.author_kind = $2 AND c.author_id = $3 AND c.comment_id < $4 ORDER BY c.comment_id DESC LIMIT $5`
	// Of one spark: what waits there, whatever it is.
	selectHere = `SELECT ` + columns + ` FROM comments c WHERE c.region_id = $1 AND c.spark_id = $2 AND c.comment_id < $3 ORDER BY c.comment_id DESC LIMIT $4`

	countApproved = `SELECT COUNT(*) FROM comments c WHERE c.region_id = $1 AND c.author_kind = $2 AND c.author_id = $3 AND c.state = 'shown' AND c.decided_at > 0`
	selectTwice   = `SELECT ` + columns + ` FROM comments c WHERE c.region_id = $1 AND c.author_kind = $2 AND c.author_id = $3 AND c.comment_id > $4 AND c.spark_id = $5 AND c.words = $6 AND (c.state = 'shown' OR c.state = 'held') ORDER BY c.comment_id DESC LIMIT 1`

	countTalk = `INSERT INTO talks (region_id, spark_id, shown, questions, warm, hears) VALUES ($1, $2, $3, $4, $5, '')
ON CONFLICT (region_id, spark_id) DO UPDATE SET shown = talks.shown + excluded.shown, questions = talks.questions + excluded.questions, warm = talks.warm + excluded.warm`
	setHears = `INSERT INTO talks (region_id, spark_id, shown, questions, warm, hears) VALUES ($1, $2, 0, 0, 0, $3)
ON CONFLICT (region_id, spark_id) DO UPDATE SET hears = excluded.hears`
	selectTalks = `SELECT spark_id, shown, questions, warm, hears FROM talks WHERE region_id = $1 AND spark_id {in $2}`

	insertReport  = `INSERT INTO comment_reports (region_id, spark_id, comment_id, report_id, reason, words, language, doubt, told_at, handled_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`
	countSame     = `SELECT COUNT(*) FROM comment_reports WHERE region_id = $1 AND spark_id = $2 AND comment_id = $3 AND handled_at = 0 AND reason = $4 AND words = $5`
	selectReports = `SELECT report_id, reason, words, language, doubt, told_at FROM comment_reports WHERE region_id = $1 AND spark_id = $2 AND comment_id = $3 AND handled_at = 0 ORDER BY report_id LIMIT $4`
	handleReports = `UPDATE comment_reports SET handled_at = $4 WHERE region_id = $1 AND spark_id = $2 AND comment_id = $3 AND handled_at = 0`
	deleteReports = `DELETE FROM comment_reports WHERE region_id = $1 AND spark_id = $2 AND comment_id = $3`
	sweepReports  = `DELETE FROM comment_reports WHERE region_id = $1 AND handled_at > 0 AND handled_at <= $2`
	sweepDeclined = `UPDATE comments SET words = '', name = '', reason = '' WHERE region_id = $1 AND state = 'declined' AND decided_at <= $2 AND words > ''`

	warmthColumns = `w.spark_id, w.address_id, w.offer, w.name, w.shared, w.since_at`
	insertWarmth  = `INSERT INTO warmths (region_id, spark_id, address_id, offer, name, shared, since_at) VALUES ($1, $2, $3, '', '', FALSE, $4) ON CONFLICT (region_id, spark_id, address_id) DO NOTHING`
	setOffer      = `UPDATE warmths SET offer = $4, name = $5, shared = $6 WHERE region_id = $1 AND spark_id = $2 AND address_id = $3`
	deleteWarmth  = `DELETE FROM warmths WHERE region_id = $1 AND spark_id = $2 AND address_id = $3`
	selectWarmth  = `SELECT ` + warmthColumns + ` FROM warmths w WHERE w.region_id = $1 AND w.address_id = $2 AND w.spark_id {in $3}`
	selectTheirW  = `SELECT ` + warmthColumns + ` FROM warmths w WHERE w.region_id = $1 AND w.address_id = $2 ORDER BY w.spark_id DESC LIMIT $3`
	selectOffered = `SELECT ` + warmthColumns + ` FROM warmths w WHERE w.region_id = $1 AND w.spark_id {in $2} AND w.shared = TRUE AND w.offer > '' ORDER BY w.since_at, w.address_id LIMIT $3`
	countOffered  = `SELECT w.offer, COUNT(DISTINCT w.address_id) FROM warmths w WHERE w.region_id = $1 AND w.spark_id {in $2} AND w.offer > '' GROUP BY w.offer`
	countTogether = `SELECT COUNT(DISTINCT w.address_id) FROM warmths w WHERE w.region_id = $1 AND w.spark_id {in $2}`
)

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (c Comment, err error) {
	var written, edited, decided int64
	err = row.Scan(&c.Region, &c.Spark, &c.ID, &c.Kind, &c.Author, &c.Name, &c.Language, &c.Words, &c.State, &c.Placed, &c.Waits, &c.Held, &c.Question, &c.Unanswered, &c.Answer, &c.Beat, &c.Reports,
		&written, &edited, &decided, &c.Officer, &c.Reason)
	c.Written, c.Edited, c.Decided = clock.FromMicros(written), clock.FromMicros(edited), clock.FromMicros(decided)
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "comment.none")
	}
	return c, err
}

// save writes a comment, by the insert or the update.
func save(ctx context.Context, tx *store.Tx, query string, c Comment) error {
	_, err := tx.Exec(ctx, query, c.Region, int64(c.Spark), int64(c.ID), string(c.Kind), int64(c.Author), c.Name, c.Language, c.Words, string(c.State), c.Placed, c.Waits, c.Held, c.Question, c.Unanswered,
		int64(c.Answer), int64(c.Beat), c.Reports, clock.Micros(c.Written), clock.Micros(c.Edited), clock.Micros(c.Decided), int64(c.Officer), c.Reason)
	return err
}

func list(ctx context.Context, from store.Source, query string, args ...any) (all []Comment, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		c, err := scan(rows)
		all = append(all, c)
		return err
	})
	return all, err
}

// One reads a comment; a NotFound fault when there is none.
func One(ctx context.Context, from store.Source, region string, sp, id ident.ID) (Comment, error) {
	return scan(from.QueryRow(ctx, selectOne, region, int64(sp), int64(id)))
}

// ByIDs reads comments of some sparks; one that there is none of is missing.
func ByIDs(ctx context.Context, from store.Source, region string, sparks, ids []ident.ID) (map[ident.ID]Comment, error) {
	all := make(map[ident.ID]Comment, len(ids))
	if len(ids) == 0 {
		return all, nil
	}
	found, err := list(ctx, from, selectMany, region, store.IDs(sparks), store.IDs(ids))
	for _, c := range found {
		all[c.ID] = c
	}
	return all, err
}

// Hold is One for who carries its words elsewhere: until their transaction ends it stays
// as it is read.
func Hold(ctx context.Context, tx *store.Tx, region string, sp, id ident.ID) (Comment, error) {
	if _, err := tx.Exec(ctx, holdOne, region, int64(sp), int64(id)); err != nil {
		return Comment{}, err
	}
	return One(ctx, tx, region, sp, id)
}

// OneOf is One for a comment of one of several sparks.
func OneOf(ctx context.Context, from store.Source, region string, id ident.ID, sparks ...ident.ID) (c Comment, err error) {
	err = fault.New(fault.NotFound, "comment.none")
	for _, sp := range sparks {
		if c, err = One(ctx, from, region, sp, id); err == nil || !fault.Is(err, fault.NotFound) {
			return c, err
		}
	}
	return Comment{}, err
}

// Of reads a page of the talk of a spark, or of those joined together, as everybody
// may, from a comment on (0 for the beginning); next is where it goes on, 0 at its end.
// O(Page) a spark, each by its own key.
func Of(ctx context.Context, from store.Source, region string, sparks []ident.ID, order Order, at ident.ID) (all []Comment, next ident.ID, err error) {
	query := selectOldest
	if order == Newest {
		query = selectNewest
		if at == 0 {
			at = math.MaxInt64
		}
	}
	for _, sp := range sparks {
		some, err := list(ctx, from, query, region, int64(sp), int64(at), Page+1)
		if err != nil {
			return nil, 0, err
		}
		all = append(all, some...)
	}
	if slices.SortFunc(all, func(a, b Comment) int { return cmp.Compare(a.ID, b.ID) }); order == Newest {
		slices.Reverse(all)
	}
	if len(all) > Page {
		next, all = all[Page].ID, all[:Page]
	}
	return all, next, nil
}

// Open lists the questions to the bringers of these sparks that stand open, the oldest
// first.
func Open(ctx context.Context, from store.Source, region string, sparks []ident.ID, most int) (all []Comment, err error) {
	for _, sp := range sparks {
		some, err := list(ctx, from, selectOpen, region, int64(sp), most)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b Comment) int { return cmp.Compare(a.ID, b.ID) })
	return all[:min(len(all), most)], nil
}

// Waiting lists what waits for the office's look, the longest waiting first, after one
// of them (0 for the first).
func Waiting(ctx context.Context, from store.Source, region string, after ident.ID, most int) ([]Comment, error) {
	return list(ctx, from, selectWaits, region, int64(after), most)
}

// CountWaiting counts what waits for the office's look.
func CountWaiting(ctx context.Context, from store.Source, region string) (n int, err error) {
	err = from.QueryRow(ctx, countWaits, region).Scan(&n)
	return n, err
}

// Here lists everything said beneath these sparks, as the office sees it, the newest
// first, from before a comment on (0 for the first page).
func Here(ctx context.Context, from store.Source, region string, sparks []ident.ID, before ident.ID, most int) (all []Comment, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	for _, sp := range sparks {
		some, err := list(ctx, from, selectHere, region, int64(sp), int64(before), most)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b Comment) int { return cmp.Compare(b.ID, a.ID) })
	return all[:min(len(all), most)], nil
}

// By lists what one author has said, the newest first, from before a comment on (0 for
// the first page).
func By(ctx context.Context, from store.Source, region string, a Author, before ident.ID, most int) ([]Comment, error) {
	if a.ID == 0 {
		return nil, nil
	}
	if before == 0 {
		before = math.MaxInt64
	}
	return list(ctx, from, selectTheirs, region, string(a.Kind), int64(a.ID), int64(before), most)
}

// Talks reads how much is said beneath these sparks; one without a talk is missing.
func Talks(ctx context.Context, from store.Source, region string, sparks ...ident.ID) (map[ident.ID]Talk, error) {
	all := map[ident.ID]Talk{}
	if len(sparks) == 0 {
		return all, nil
	}
	rows, err := from.Query(ctx, selectTalks, region, store.IDs(sparks))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var t Talk
		err := rows.Scan(&id, &t.Shown, &t.Questions, &t.Warm, &t.Hears)
		all[id] = t
		return err
	})
	return all, err
}

// Together reads how much is said beneath sparks that were joined, each person's
// warmth once; Hears is the first one's own. with is those there is a talk of.
func Together(ctx context.Context, from store.Source, region string, sparks ...ident.ID) (t Talk, with []ident.ID, err error) {
	all, err := Talks(ctx, from, region, sparks...)
	if err != nil || len(all) == 0 {
		return t, sparks[:min(1, len(sparks))], err
	}
	t.Hears = all[sparks[0]].Hears
	var warm []ident.ID
	for i, sp := range sparks {
		one, ok := all[sp]
		if ok || i == 0 {
			with = append(with, sp)
		}
		t.Shown, t.Questions, t.Warm = t.Shown+one.Shown, t.Questions+one.Questions, t.Warm+one.Warm
		if one.Warm > 0 {
			warm = append(warm, sp)
		}
	}
	if len(warm) > 1 {
		t.Warm, err = count(ctx, from, countTogether, region, store.IDs(warm))
	}
	return t, with, err
}

// Reports lists what readers have told of a comment and nobody has decided on.
func Reports(ctx context.Context, from store.Source, c Comment, most int) (all []Report, err error) {
	rows, err := from.Query(ctx, selectReports, c.Region, int64(c.Spark), int64(c.ID), most)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var r Report
		var told int64
		err := rows.Scan(&r.ID, &r.Wrong, &r.Words, &r.Language, &r.Doubt, &told)
		r.Told = clock.FromMicros(told)
		all = append(all, r)
		return err
	})
	return all, err
}

func warmths(ctx context.Context, from store.Source, query string, args ...any) (all []Warmth, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var w Warmth
		var since int64
		err := rows.Scan(&w.Spark, &w.Address, &w.Offer, &w.Name, &w.Shared, &since)
		w.Since = clock.FromMicros(since)
		all = append(all, w)
		return err
	})
	return all, err
}

// Warmed tells of which of these sparks a person has said "me too".
func Warmed(ctx context.Context, from store.Source, region string, address ident.ID, sparks ...ident.ID) (map[ident.ID]Warmth, error) {
	all := map[ident.ID]Warmth{}
	if address == 0 || len(sparks) == 0 {
		return all, nil
	}
	rows, err := warmths(ctx, from, selectWarmth, region, int64(address), store.IDs(sparks))
	for _, w := range rows {
		all[w.Spark] = w
	}
	return all, err
}

// WarmthsOf lists what a person has said "me too" of, the newest spark first.
func WarmthsOf(ctx context.Context, from store.Source, region string, address ident.ID, most int) ([]Warmth, error) {
	return warmths(ctx, from, selectTheirW, region, int64(address), most)
}

// Offered reads what people offer these sparks: how many of each, and of the sparks that
// are the reader's to know of those who let the bringer and the office know.
func Offered(ctx context.Context, from store.Source, region string, sparks, known []ident.ID, most int) (counts map[Offer]int, told []Warmth, err error) {
	counts = map[Offer]int{}
	rows, err := from.Query(ctx, countOffered, region, store.IDs(sparks))
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var o Offer
		var n int
		err := rows.Scan(&o, &n)
		counts[o] = n
		return err
	}); err != nil || len(counts) == 0 {
		return counts, nil, err
	}
	told, err = warmths(ctx, from, selectOffered, region, store.IDs(known), most)
	return counts, told, err
}

// count runs a query for a number.
func count(ctx context.Context, from store.Source, query string, args ...any) (n int, err error) {
	err = from.QueryRow(ctx, query, args...).Scan(&n)
	return n, err
}

func before(now time.Time) int64 { return clock.Micros(now.Add(-DeclinedKept)) }
