package spark

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	sparkColumns = `s.region_id, s.spark_id, s.code, s.kind, s.title, s.text, s.language, s.place, s.place_name, s.state, s.visibility, s.secret, s.outside,
s.listed, s.open, s.needs_hand, s.source, s.entered_by, s.programme_id, s.owner_id, s.due_day, s.next_contact_day, s.dropped_at, s.answered_at,
s.asked_at, s.closed_at, s.latest_at, s.beats, s.people, s.doers, s.waiting, s.waiting_since_at, s.version,
s.held, s.challenge_id, s.merged_into, s.split_from`

	insertSpark = `INSERT INTO sparks (region_id, spark_id, code, kind, title, text, language, place, place_name, state, visibility, secret, outside,
listed, open, needs_hand, source, entered_by, programme_id, owner_id, due_day, next_contact_day, dropped_at, answered_at,
asked_at, closed_at, latest_at, beats, people, doers, waiting, waiting_since_at, version,
held, challenge_id, merged_into, split_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33,
$34, $35, $36, $37)`

	updateSpark = `UPDATE sparks SET kind = $3, title = $4, text = $5, place = $6, place_name = $7, state = $8, visibility = $9, secret = $10, outside = $11,
listed = $12, open = $13, needs_hand = $14, owner_id = $15, due_day = $16, next_contact_day = $17, answered_at = $18, asked_at = $19, closed_at = $20,
latest_at = $21, beats = $22, people = $23, doers = $24, waiting = $25, waiting_since_at = $26,
held = $27, challenge_id = $28, merged_into = $29, split_from = $30
WHERE region_id = $1 AND spark_id = $2`
	// Taking the next version first locks the row on PostgreSQL, so that a read
	// after it sees the spark as it stays until the commit.
	takeVersion = `UPDATE sparks SET version = version + 1 WHERE region_id = $1 AND spark_id = $2`

	selectSpark  = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.spark_id = $2`
	selectByCode = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.code = $2`

	// In the order of the key: any other has SQLite walk the whole region by an index
	// that is sorted so, whatever few sparks were asked for.
	selectTags = `SELECT spark_id, kind, tag FROM spark_tags WHERE region_id = $1 AND spark_id {in $2} ORDER BY spark_id, kind, tag`
	insertTag  = `INSERT INTO spark_tags (region_id, spark_id, kind, tag, listed) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (region_id, spark_id, kind, tag) DO NOTHING`
	deleteTag  = `DELETE FROM spark_tags WHERE region_id = $1 AND spark_id = $2 AND kind = $3 AND tag = $4`
	// By the whole key of a tag: by the beginning of it SQLite would rather walk the
	// whole region in the index sparks_by_tag.
	updateListed = `UPDATE spark_tags SET listed = $5 WHERE region_id = $1 AND spark_id = $2 AND kind = $3 AND tag = $4`

	selectOrigins = `SELECT spark_id, event FROM spark_origins WHERE region_id = $1 AND spark_id {in $2}`
	insertOrigin  = `INSERT INTO spark_origins (region_id, spark_id, event) VALUES ($1, $2, $3)`
	eraseOrigin   = `DELETE FROM spark_origins WHERE region_id = $1 AND spark_id = $2`

	bringerColumns = `bringer_id, name, email, phone, contact, language, owns_at`
	selectBringers = `SELECT spark_id, ` + bringerColumns + ` FROM bringers WHERE region_id = $1 AND spark_id {in $2} ORDER BY spark_id, bringer_id`
	insertBringer  = `INSERT INTO bringers (region_id, spark_id, ` + bringerColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	// The card of one person is one, in every part of what they brought that was not
	// taken away.
	updateBringer = `UPDATE bringers SET name = $3, email = $4, phone = $5, contact = $6, language = $7, owns_at = $8
WHERE region_id = $1 AND bringer_id = $2 AND EXISTS (SELECT 1 FROM sparks s WHERE s.region_id = bringers.region_id AND s.spark_id = bringers.spark_id AND s.state <> 'withdrawn' AND s.state <> 'rejoined')`
	forgetBringers = `UPDATE bringers SET name = '', email = '', phone = '', contact = '' WHERE region_id = $1 AND spark_id = $2`

	insertLink = `INSERT INTO bringer_links (region_id, link_hash, spark_id, bringer_id, drop_hash, created_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`
	selectLink = `SELECT spark_id, bringer_id, drop_hash FROM bringer_links WHERE region_id = $1 AND link_hash = $2 AND ended_at = 0`
	selectDrop = `SELECT spark_id, drop_hash, ended_at > 0 FROM bringer_links WHERE region_id = $1 AND link_hash = $2`
	endLinks   = `UPDATE bringer_links SET ended_at = $3, drop_hash = '' WHERE region_id = $1 AND spark_id = $2 AND ended_at = 0`

	selectLinks = `SELECT created_at, ended_at FROM bringer_links WHERE region_id = $1 AND spark_id = $2 AND bringer_id = $3 ORDER BY created_at, link_hash`

	measureColumns   = `SELECT spark_id, measure_id, beat_id, what, who, by_day, done_at FROM measures WHERE region_id = $1 AND `
	selectMeasures   = measureColumns + `spark_id = $2`
	selectMeasuresOf = measureColumns + `spark_id {in $2}`
	insertMeasure    = `INSERT INTO measures (region_id, spark_id, measure_id, beat_id, what, who, by_day, done_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`
	finishMeasure    = `UPDATE measures SET done_at = $4 WHERE region_id = $1 AND spark_id = $2 AND measure_id = $3 AND done_at = 0`
	eraseMeasures    = `UPDATE measures SET what = '', who = '' WHERE region_id = $1 AND spark_id = $2`
)

const (
	reportColumns = `spark_id, report_id, reason, words, email, language, doubt, told_at, handled_at, outcome, officer_id`
	insertReport  = `INSERT INTO reports (region_id, ` + reportColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '', 0)`
	selectTwice   = `SELECT COUNT(*) FROM reports WHERE region_id = $1 AND spark_id = $2 AND handled_at = 0 AND reason = $3 AND words = $4 AND email = $5`
	selectReports = `SELECT ` + reportColumns + ` FROM reports WHERE region_id = $1 AND spark_id = $2 AND handled_at = 0 ORDER BY report_id LIMIT $3`
	countReports  = `SELECT COUNT(*) FROM reports WHERE region_id = $1 AND spark_id = $2 AND handled_at = 0`
	countReported = `SELECT COUNT(DISTINCT spark_id) FROM reports WHERE region_id = $1 AND handled_at = 0`
	// The sparks readers have told of, the one that has waited longest first.
	selectReported = `SELECT spark_id, COUNT(*), MIN(report_id) AS first FROM reports WHERE region_id = $1 AND handled_at = 0 GROUP BY spark_id ORDER BY first LIMIT $2`

	handleReports   = `UPDATE reports SET handled_at = $4, outcome = $5, officer_id = $6 WHERE region_id = $1 AND spark_id = $2 AND handled_at = 0 AND report_id <= $3`
	selectToldAbout = `SELECT ` + reportColumns + ` FROM reports WHERE region_id = $1 AND spark_id = $2 AND handled_at = $3 AND email > '' ORDER BY report_id`
	forgetReporter  = `UPDATE reports SET email = '' WHERE region_id = $1 AND spark_id = $2 AND report_id = $3`
	eraseReports    = `DELETE FROM reports WHERE region_id = $1 AND spark_id = $2`
	sweepReports    = `DELETE FROM reports WHERE region_id = $1 AND handled_at > 0 AND handled_at <= $2`
)

type scanner interface{ Scan(dest ...any) error }

func scanSpark(row scanner) (s Spark, err error) {
	var dropped, answered, asked, closed, latest, waiting int64
	err = row.Scan(&s.Region, &s.ID, &s.Code, &s.Kind, &s.Title, &s.Text, &s.Language, &s.Place, &s.PlaceName, &s.State, &s.Visibility, &s.Secret, &s.Outside,
		&s.Listed, &s.Open, &s.NeedsHand, &s.Source, &s.EnteredBy, &s.Programme, &s.Owner, &s.Due, &s.NextContact, &dropped, &answered,
		&asked, &closed, &latest, &s.Beats, &s.People, &s.Doers, &s.Waiting, &waiting, &s.Version,
		&s.Held, &s.Challenge, &s.MergedInto, &s.SplitFrom)
	s.Dropped, s.Answered, s.Asked = clock.FromMicros(dropped), clock.FromMicros(answered), clock.FromMicros(asked)
	s.Closed, s.Latest, s.WaitingFrom = clock.FromMicros(closed), clock.FromMicros(latest), clock.FromMicros(waiting)
	return s, err
}

func insert(ctx context.Context, tx *store.Tx, s *Spark) error {
	_, err := tx.Exec(ctx, insertSpark, s.Region, int64(s.ID), s.Code, string(s.Kind), s.Title, s.Text, s.Language, s.Place, s.PlaceName, string(s.State), string(s.Visibility), s.Secret, s.Outside,
		s.Listed, s.Open, s.NeedsHand, string(s.Source), int64(s.EnteredBy), int64(s.Programme), int64(s.Owner), int64(s.Due), int64(s.NextContact), clock.Micros(s.Dropped), clock.Micros(s.Answered),
		clock.Micros(s.Asked), clock.Micros(s.Closed), clock.Micros(s.Latest), s.Beats, s.People, s.Doers, s.Waiting, clock.Micros(s.WaitingFrom), s.Version,
		s.Held, int64(s.Challenge), int64(s.MergedInto), int64(s.SplitFrom))
	if err != nil {
		return err
	}
	return place(ctx, tx, s.Region, s.ID, "", false, s.Place, s.Listed)
}

// update stores a spark as it is now, and what of it is kept beside it; before is how
// it was.
func update(ctx context.Context, tx *store.Tx, s, before *Spark) error {
	_, err := tx.Exec(ctx, updateSpark, s.Region, int64(s.ID), string(s.Kind), s.Title, s.Text, s.Place, s.PlaceName, string(s.State), string(s.Visibility), s.Secret, s.Outside,
		s.Listed, s.Open, s.NeedsHand, int64(s.Owner), int64(s.Due), int64(s.NextContact), clock.Micros(s.Answered), clock.Micros(s.Asked), clock.Micros(s.Closed),
		clock.Micros(s.Latest), s.Beats, s.People, s.Doers, s.Waiting, clock.Micros(s.WaitingFrom),
		s.Held, int64(s.Challenge), int64(s.MergedInto), int64(s.SplitFrom))
	if err != nil {
		return err
	}
	if s.Listed != before.Listed {
		for _, t := range s.Tags {
			if _, err := tx.Exec(ctx, updateListed, s.Region, int64(s.ID), t.Kind, t.ID, s.Listed); err != nil {
				return err
			}
		}
	}
	return place(ctx, tx, s.Region, s.ID, before.Place, before.Listed, s.Place, s.Listed)
}

// one reads a spark with its tags; a NotFound fault when there is none.
func one(ctx context.Context, from store.Source, row scanner) (Spark, error) {
	s, err := scanSpark(row)
	if errors.Is(err, store.ErrNone) {
		return s, fault.New(fault.NotFound, "spark.none")
	}
	if err != nil {
		return s, err
	}
	list := []Spark{s}
	err = tag(ctx, from, s.Region, list)
	return list[0], err
}

// tag fills in the tags of all sparks of one list with one query.
func tag(ctx context.Context, from store.Source, region string, list []Spark) error {
	ids := make([]ident.ID, len(list))
	for i, s := range list {
		ids[i] = s.ID
	}
	tags, err := TagsOf(ctx, from, region, ids...)
	for i, s := range list {
		list[i].Tags = append(s.Tags, tags[s.ID]...)
	}
	return err
}

// TagsOf is what sparks are tagged against.
func TagsOf(ctx context.Context, from store.Source, region string, sparks ...ident.ID) (map[ident.ID][]Tag, error) {
	if len(sparks) == 0 {
		return nil, nil
	}
	all := map[ident.ID][]Tag{}
	rows, err := from.Query(ctx, selectTags, region, store.IDs(sparks))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var t Tag
		err := rows.Scan(&id, &t.Kind, &t.ID)
		all[id] = append(all[id], t)
		return err
	})
	return all, err
}

// ByCode finds a spark by its public number; a NotFound fault when there is none.
func ByCode(ctx context.Context, from store.Source, region, code string) (Spark, error) {
	canonical, ok := ident.ParseCode(code)
	if !ok {
		return Spark{}, fault.New(fault.NotFound, "spark.code.wrong")
	}
	return one(ctx, from, from.QueryRow(ctx, selectByCode, region, canonical))
}

// ByID finds a spark by its id; a NotFound fault when there is none.
func ByID(ctx context.Context, from store.Source, region string, id ident.ID) (Spark, error) {
	return one(ctx, from, from.QueryRow(ctx, selectSpark, region, int64(id)))
}

// Bringers gives who brought each of these sparks.
func Bringers(ctx context.Context, from store.Source, region string, sparks ...ident.ID) (map[ident.ID][]Bringer, error) {
	all := map[ident.ID][]Bringer{}
	rows, err := from.Query(ctx, selectBringers, region, store.IDs(sparks))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var spark ident.ID
		var b Bringer
		var owns int64
		err := rows.Scan(&spark, &b.ID, &b.Name, &b.Email, &b.Phone, &b.Contact, &b.Language, &owns)
		b.Owns = clock.FromMicros(owns)
		all[spark] = append(all[spark], b)
		return err
	})
	return all, err
}

// Events gives the events these sparks were told at; those without one are not
// in it.
func Events(ctx context.Context, from store.Source, region string, sparks ...ident.ID) (map[ident.ID]string, error) {
	all := map[ident.ID]string{}
	rows, err := from.Query(ctx, selectOrigins, region, store.IDs(sparks))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var event string
		err := rows.Scan(&id, &event)
		all[id] = event
		return err
	})
	return all, err
}

// Link is when a private link was made and when it ended, zero while it works;
// the link itself is nobody's but its bringer's.
type Link struct{ Made, Ended time.Time }

// Links lists the private links a bringer has been given, the oldest first.
func Links(ctx context.Context, from store.Source, region string, spark, bringer ident.ID) (all []Link, err error) {
	rows, err := from.Query(ctx, selectLinks, region, int64(spark), int64(bringer))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var made, ended int64
		err := rows.Scan(&made, &ended)
		all = append(all, Link{clock.FromMicros(made), clock.FromMicros(ended)})
		return err
	})
	return all, err
}

// Measure is something agreed in a talk: who does what by when.
type Measure struct {
	ID   ident.ID
	Beat ident.ID
	What string
	Who  string
	By   workday.Day // 0 when no day was agreed
	Done bool
}

// Measures lists what has been agreed of a spark, the oldest first.
func Measures(ctx context.Context, from store.Source, region string, spark ident.ID) ([]Measure, error) {
	rows, err := from.Query(ctx, selectMeasures, region, int64(spark))
	all, err := measures(rows, err)
	return all[spark], err
}

// MeasuresOf lists what has been agreed of each of these sparks, the oldest first.
func MeasuresOf(ctx context.Context, from store.Source, region string, sparks ...ident.ID) (map[ident.ID][]Measure, error) {
	rows, err := from.Query(ctx, selectMeasuresOf, region, store.IDs(sparks))
	return measures(rows, err)
}

// measures sorts what was read here, so that each spark's are found by its key.
func measures(rows *sql.Rows, err error) (map[ident.ID][]Measure, error) {
	all := map[ident.ID][]Measure{}
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var of ident.ID
		var m Measure
		var done int64
		err := rows.Scan(&of, &m.ID, &m.Beat, &m.What, &m.Who, &m.By, &done)
		m.Done = done != 0
		all[of] = append(all[of], m)
		return err
	})
	for _, list := range all {
		slices.SortFunc(list, func(a, b Measure) int { return cmp.Compare(a.ID, b.ID) })
	}
	return all, err
}

// Order is how a public list is sorted.
type Order string

const (
	Newest    Order = "newest"
	Liveliest Order = "liveliest" // latest human beat first
	Hand      Order = "hand"      // something is missing; newest first
)

// Filter picks sparks of a public list; its zero value is the newest of all.
type Filter struct {
	Order     Order
	Kind      Kind
	Tag       Tag
	Places    []string // any of these places
	Challenge ident.ID // answers this open question
	After     string   // the cursor a former List gave
	Limit     int      // 1–100, 20 when 0
}

// List reads one page of listed sparks and the cursor of the next page, "" at
// the end. Pages are cut by key, so that page 1,000 costs what page 1 costs.
func List(ctx context.Context, from store.Source, region string, f Filter) (list []Spark, next string, err error) {
	if f.Limit < 1 || f.Limit > 100 {
		f.Limit = 20
	}
	table, where, args := `sparks s`, []string{`s.region_id = $1`, `s.listed = TRUE`}, []any{region}
	arg := func(condition string, value any) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(condition, "$?", "$"+strconv.Itoa(len(args))))
	}
	if f.Tag.ID != "" {
		table = `spark_tags t JOIN sparks s ON s.region_id = t.region_id AND s.spark_id = t.spark_id`
		where = append(where, `t.region_id = $1`, `t.listed = TRUE`)
		arg(`t.kind = $?`, f.Tag.Kind)
		arg(`t.tag = $?`, f.Tag.ID)
	}
	if f.Kind != "" {
		arg(`s.kind = $?`, string(f.Kind))
	}
	if len(f.Places) > 0 {
		arg(`s.place {in $?}`, store.Strings(f.Places))
	}
	if f.Challenge != 0 {
		arg(`s.challenge_id = $?`, int64(f.Challenge))
	}
	order := `s.spark_id DESC`
	switch f.Order {
	case Hand:
		where = append(where, `s.needs_hand = TRUE`)
	case Liveliest:
		order = `s.latest_at DESC, s.spark_id DESC`
	}
	if f.Tag.ID != "" && f.Order != Liveliest {
		order = `t.spark_id DESC` // in the order of sparks_by_tag
	}
	if at, id, ok := parseCursor(f.After); ok {
		if f.Order == Liveliest {
			arg(`s.latest_at <= $?`, at) // lets the index start at the right place
			arg(`(s.latest_at < $?`, at)
			args = append(args, id)
			where[len(where)-1] += ` OR s.spark_id < $` + strconv.Itoa(len(args)) + `)`
		} else if f.Tag.ID != "" {
			arg(`t.spark_id < $?`, id)
		} else {
			arg(`s.spark_id < $?`, id)
		}
	} else if f.After != "" {
		return nil, "", fault.New(fault.Invalid, "page.cursor.wrong").On("sivu")
	}
	args = append(args, f.Limit+1)
	query := `SELECT ` + sparkColumns + ` FROM ` + table + ` WHERE ` + strings.Join(where, ` AND `) + ` ORDER BY ` + order + ` LIMIT $` + strconv.Itoa(len(args))
	if list, err = many(ctx, from, query, args...); err != nil {
		return nil, "", err
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = cursor(list[f.Limit-1])
	}
	return list, next, tag(ctx, from, region, list)
}

func many(ctx context.Context, from store.Source, query string, args ...any) (list []Spark, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		s, err := scanSpark(rows)
		list = append(list, s)
		return err
	})
	return list, err
}

// cursor is the key of the last spark of a page, for an address.
func cursor(s Spark) string {
	return strconv.FormatInt(clock.Micros(s.Latest), 36) + "-" + strconv.FormatInt(int64(s.ID), 36)
}

func parseCursor(c string) (at, id int64, ok bool) {
	a, b, ok := strings.Cut(c, "-")
	if !ok {
		return 0, 0, false
	}
	at, err := strconv.ParseInt(a, 36, 64)
	if err != nil {
		return 0, 0, false
	}
	id, err = strconv.ParseInt(b, 36, 64)
	return at, id, err == nil
}

const (
	selectAnswered = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.listed = TRUE AND s.answered_at > $2 ORDER BY s.answered_at DESC, s.spark_id DESC LIMIT $3`

	// What is held lies in no pile. LENGTH, because an equality would have the engine
	// walk the index of the hold queue, where nearly everything is not held.
	selectWaiting = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.open = TRUE AND LENGTH(s.held) = 0 AND s.waiting = TRUE AND s.due_day >= $2 AND s.due_day <= $3 ORDER BY s.due_day, s.spark_id LIMIT $4`
	countWaiting  = `SELECT COUNT(*) FROM sparks s WHERE s.region_id = $1 AND s.open = TRUE AND LENGTH(s.held) = 0 AND s.waiting = TRUE AND s.due_day >= $2 AND s.due_day <= $3`
	// What came in by a file has waited elsewhere: it is not laid before the office.
	selectLone    = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.open = TRUE AND LENGTH(s.held) = 0 AND s.waiting = FALSE AND s.people < 2 AND s.source <> 'import' AND s.spark_id < $2 ORDER BY s.spark_id LIMIT $3`
	countLone     = `SELECT COUNT(*) FROM sparks s WHERE s.region_id = $1 AND s.open = TRUE AND LENGTH(s.held) = 0 AND s.waiting = FALSE AND s.people < 2 AND s.source <> 'import' AND s.spark_id < $2`
	selectCalls   = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.open = TRUE AND LENGTH(s.held) = 0 AND s.next_contact_day > 0 AND s.next_contact_day <= $2 ORDER BY s.next_contact_day, s.spark_id LIMIT $3`
	countCalls    = `SELECT COUNT(*) FROM sparks s WHERE s.region_id = $1 AND s.open = TRUE AND LENGTH(s.held) = 0 AND s.next_contact_day > 0 AND s.next_contact_day <= $2`
	countWork     = `SELECT COUNT(*) FROM sparks s WHERE s.region_id = $1 AND s.open = TRUE AND LENGTH(s.held) = 0 AND (s.waiting = TRUE OR (s.next_contact_day > 0 AND s.next_contact_day <= $2) OR (s.people < 2 AND s.source <> 'import' AND s.spark_id < $3))`
	selectAllWork = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.held = '' AND s.spark_id < $2 ORDER BY s.spark_id DESC LIMIT $3`

	selectEvery    = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.spark_id < $2 ORDER BY s.spark_id DESC LIMIT $3`
	selectHeld     = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.open = TRUE AND s.held > '' ORDER BY s.due_day, s.spark_id LIMIT $2`
	countHeld      = `SELECT COUNT(*) FROM sparks s WHERE s.region_id = $1 AND s.open = TRUE AND s.held > ''`
	selectDeclined = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.open = FALSE AND s.held > '' AND s.state <> 'withdrawn' AND s.spark_id < $2 ORDER BY s.spark_id DESC LIMIT $3`
	countHeldSince = `SELECT COUNT(*) FROM sparks s WHERE s.region_id = $1 AND s.open = TRUE AND s.held > '' AND s.spark_id < $2 AND s.spark_id >= $3`
	// Everything that waits for a look and came under any of the addresses of one spark.
	selectHeldBy = `SELECT s.spark_id FROM bringers b JOIN bringers o ON o.region_id = b.region_id AND o.email = b.email JOIN sparks s ON s.region_id = o.region_id AND s.spark_id = o.spark_id
WHERE b.region_id = $1 AND b.spark_id = $2 AND b.email > '' AND s.open = TRUE AND s.held > '' ORDER BY s.spark_id`
	selectStillHeld = `SELECT s.spark_id FROM sparks s WHERE s.region_id = $1 AND s.spark_id {in $2} AND s.open = TRUE AND s.held > '' ORDER BY s.spark_id`
	countAnsweredOf = `SELECT COUNT(*) FROM bringers b JOIN sparks s ON s.region_id = b.region_id AND s.spark_id = b.spark_id WHERE b.region_id = $1 AND b.email = $2 AND s.answered_at > 0 AND s.held = ''`
)

// AnsweredSince lists what was first answered after a time, the latest first.
func AnsweredSince(ctx context.Context, from store.Source, region string, since int64, limit int) ([]Spark, error) {
	list, err := many(ctx, from, selectAnswered, region, since, limit)
	if err != nil {
		return nil, err
	}
	return list, tag(ctx, from, region, list)
}

const selectAnsweredIn = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.listed = TRUE AND s.answered_at >= $2 AND s.answered_at <= $3 AND (s.answered_at < $3 OR s.spark_id < $4) ORDER BY s.answered_at DESC, s.spark_id DESC LIMIT $5`

// AnsweredIn lists what was first answered from a time on and before another, the
// latest first: one page after a cursor of an earlier one, and the cursor of the next.
func AnsweredIn(ctx context.Context, from store.Source, region string, since, before int64, after string, limit int) (list []Spark, next string, err error) {
	at, id := before, int64(0)
	if after != "" {
		var ok bool
		if at, id, ok = parseCursor(after); !ok || at > before {
			return nil, "", fault.New(fault.Invalid, "page.cursor.wrong").On("sivu")
		}
	}
	if list, err = many(ctx, from, selectAnsweredIn, region, since, at, id, limit+1); err != nil {
		return nil, "", err
	}
	if len(list) > limit {
		list = list[:limit]
		last := list[limit-1]
		last.Latest = last.Answered
		next = cursor(last)
	}
	return list, next, tag(ctx, from, region, list)
}

const (
	// The answers of a question walk the index sparks_by_challenge.
	selectAnswers = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.challenge_id = $2 AND s.spark_id < $3 ORDER BY s.spark_id DESC LIMIT $4`
	countAnswers  = `SELECT s.challenge_id, COUNT(*) FROM sparks s WHERE s.region_id = $1 AND s.challenge_id {in $2} AND s.listed = TRUE GROUP BY s.challenge_id`
)

// Answers lists what answers an open question as the office sees it, those not
// listed too, the newest first, from before a spark on (0 for the first page).
func Answers(ctx context.Context, from store.Source, region string, question, before ident.ID, limit int) ([]Spark, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	list, err := many(ctx, from, selectAnswers, region, int64(question), int64(before), limit)
	if err != nil {
		return nil, err
	}
	return list, tag(ctx, from, region, list)
}

// CountAnswers counts the listed sparks that answer each of these questions.
func CountAnswers(ctx context.Context, from store.Source, region string, questions ...ident.ID) (map[ident.ID]int, error) {
	all := map[ident.ID]int{}
	rows, err := from.Query(ctx, countAnswers, region, store.IDs(questions))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var n int
		err := rows.Scan(&id, &n)
		all[id] = n
		return err
	})
	return all, err
}
