package ring

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns      = `p.region_id, p.spark_id, p.member_id, p.address_id, p.role, p.name, p.seen, p.brings, p.language, p.state, p.held, p.since_at, p.decided_at`
	insertMember = `INSERT INTO ring_people (region_id, spark_id, member_id, address_id, role, name, seen, brings, language, state, held, since_at, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	updateMember = `UPDATE ring_people SET address_id = $4, role = $5, name = $6, seen = $7, brings = $8, language = $9, state = $10, held = $11, since_at = $12, decided_at = $13 WHERE region_id = $1 AND spark_id = $2 AND member_id = $3`
	deleteMember = `DELETE FROM ring_people WHERE region_id = $1 AND spark_id = $2 AND member_id = $3`

	selectMember = `SELECT ` + columns + ` FROM ring_people p WHERE p.region_id = $1 AND p.spark_id = $2 AND p.member_id = $3`
	selectTheirs = `SELECT ` + columns + ` FROM ring_people p WHERE p.region_id = $1 AND p.address_id = $2 ORDER BY p.spark_id DESC LIMIT $3`
	selectHere   = `SELECT ` + columns + ` FROM ring_people p WHERE p.region_id = $1 AND p.spark_id {in $2} AND p.address_id = $3 ORDER BY p.spark_id, p.member_id`
	// A ring holds at most MaxPeople, so that it is read whole.
	selectPeople = `SELECT ` + columns + ` FROM ring_people p WHERE p.region_id = $1 AND p.spark_id {in $2} AND p.state = $3 ORDER BY p.spark_id, p.member_id`
	countPeople  = `SELECT COUNT(*) FROM ring_people p WHERE p.region_id = $1 AND p.spark_id = $2`
	selectPlayed = `SELECT DISTINCT p.address_id FROM ring_people p WHERE p.region_id = $1 AND p.role = $2 AND p.state = 'in' AND p.address_id > 0 ORDER BY p.address_id DESC LIMIT $3`
	sweepDecline = `DELETE FROM ring_people WHERE region_id = $1 AND state = 'declined' AND decided_at <= $2`
	countBefore  = `SELECT COUNT(*) FROM ring_people p WHERE p.region_id = $1 AND p.address_id = $2 AND p.state = 'in' AND p.decided_at > 0`
	selectUndone = `SELECT DISTINCT p.spark_id FROM ring_people p JOIN sparks s ON s.region_id = p.region_id AND s.spark_id = p.spark_id
WHERE p.region_id = $1 AND p.state = 'in' AND s.open = TRUE AND s.merged_into = 0 AND s.doers = 0 AND p.spark_id < $2 ORDER BY p.spark_id DESC LIMIT $3`
	selectWaiting = `SELECT DISTINCT p.spark_id FROM ring_people p WHERE p.region_id = $1 AND p.state = 'asked' ORDER BY p.spark_id DESC LIMIT $2`

	putOpening     = `INSERT INTO ring_openings (region_id, spark_id, role, wanted, since_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (region_id, spark_id, role) DO UPDATE SET wanted = excluded.wanted`
	deleteOpening  = `DELETE FROM ring_openings WHERE region_id = $1 AND spark_id = $2 AND role = $3`
	selectOpenings = `SELECT spark_id, role, wanted, since_at FROM ring_openings WHERE region_id = $1 AND spark_id {in $2} ORDER BY spark_id, role`

	putAsks    = `INSERT INTO ring_choices (region_id, spark_id, asks) VALUES ($1, $2, $3) ON CONFLICT (region_id, spark_id) DO UPDATE SET asks = excluded.asks`
	selectAsks = `SELECT asks FROM ring_choices WHERE region_id = $1 AND spark_id = $2`

	took         = `c.region_id, c.spark_id, c.commitment_id, c.member_id, c.what, c.by_day, c.state, c.moves, c.made_at, c.ended_at, c.reminded_day, c.asked_day`
	insertTaken  = `INSERT INTO commitments (region_id, spark_id, commitment_id, member_id, what, by_day, state, moves, made_at, ended_at, reminded_day, asked_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	updateTaken  = `UPDATE commitments SET member_id = $4, what = $5, by_day = $6, state = $7, moves = $8, made_at = $9, ended_at = $10, reminded_day = $11, asked_day = $12 WHERE region_id = $1 AND spark_id = $2 AND commitment_id = $3`
	markReminded = `UPDATE commitments SET reminded_day = $5, asked_day = $6 WHERE region_id = $1 AND spark_id = $2 AND commitment_id = $3 AND by_day = $4 AND state = 'open'`
	selectTaken  = `SELECT ` + took + ` FROM commitments c WHERE c.region_id = $1 AND c.spark_id = $2 AND c.commitment_id = $3`
	selectTakes  = `SELECT ` + took + ` FROM commitments c WHERE c.region_id = $1 AND c.spark_id {in $2} ORDER BY c.by_day, c.commitment_id LIMIT $3`
	selectTakeOf = `SELECT ` + took + ` FROM commitments c WHERE c.region_id = $1 AND c.spark_id = $2 AND c.member_id = $3 ORDER BY c.commitment_id`
	// What is due tomorrow or was due, and has not been told of for that day.
	selectDue = `SELECT ` + took + ` FROM commitments c WHERE c.region_id = $1 AND c.state = 'open' AND c.by_day <= $2 AND c.asked_day < c.by_day AND (c.by_day < $3 OR c.reminded_day < c.by_day) ORDER BY c.by_day, c.commitment_id LIMIT $4`
)

type scanner interface{ Scan(dest ...any) error }

func scanMember(row scanner) (m Member, err error) {
	var since, decided int64
	err = row.Scan(&m.Region, &m.Spark, &m.ID, &m.Address, &m.Role, &m.Name, &m.Seen, &m.Brings, &m.Language, &m.State, &m.Held, &since, &decided)
	m.Since, m.Decided = clock.FromMicros(since), clock.FromMicros(decided)
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "ring.none")
	}
	return m, err
}

func members(ctx context.Context, from store.Source, query string, args ...any) (all []Member, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		m, err := scanMember(rows)
		all = append(all, m)
		return err
	})
	return all, err
}

func saveMember(ctx context.Context, tx *store.Tx, query string, m Member) error {
	_, err := tx.Exec(ctx, query, m.Region, int64(m.Spark), int64(m.ID), int64(m.Address), string(m.Role), m.Name, string(m.Seen), m.Brings, m.Language, string(m.State), m.Held, clock.Micros(m.Since), clock.Micros(m.Decided))
	return err
}

func scanTaken(row scanner) (c Commitment, err error) {
	var made, ended int64
	err = row.Scan(&c.Region, &c.Spark, &c.ID, &c.Member, &c.What, &c.Day, &c.State, &c.Moves, &made, &ended, &c.reminded, &c.asked)
	c.Made, c.Ended = clock.FromMicros(made), clock.FromMicros(ended)
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "ring.commitment.none")
	}
	return c, err
}

func taken(ctx context.Context, from store.Source, query string, args ...any) (all []Commitment, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		c, err := scanTaken(rows)
		all = append(all, c)
		return err
	})
	return all, err
}

func saveTaken(ctx context.Context, tx *store.Tx, query string, c Commitment) error {
	_, err := tx.Exec(ctx, query, c.Region, int64(c.Spark), int64(c.ID), int64(c.Member), c.What, int64(c.Day), string(c.State), c.Moves, clock.Micros(c.Made), clock.Micros(c.Ended), int64(c.reminded), int64(c.asked))
	return err
}

// One reads a member; a NotFound fault when there is none.
func One(ctx context.Context, from store.Source, region string, sp, id ident.ID) (Member, error) {
	return scanMember(from.QueryRow(ctx, selectMember, region, int64(sp), int64(id)))
}

// Taken reads a commitment; a NotFound fault when there is none.
func Taken(ctx context.Context, from store.Source, region string, sp, id ident.ID) (Commitment, error) {
	return scanTaken(from.QueryRow(ctx, selectTaken, region, int64(sp), int64(id)))
}

// People lists who stands so in the rings of these sparks, in the order they came.
func People(ctx context.Context, from store.Source, region string, sparks []ident.ID, s State) ([]Member, error) {
	return members(ctx, from, selectPeople, region, store.IDs(sparks), string(s))
}

// Played lists who is in some ring in a role, each once, the newest address first.
func Played(ctx context.Context, from store.Source, region string, role Role, most int) ([]ident.ID, error) {
	return store.Values[ident.ID](from.Query(ctx, selectPlayed, region, string(role), most))
}

// Here finds a person in the rings of these sparks; ok is false when they are in none.
func Here(ctx context.Context, from store.Source, region string, address ident.ID, sparks ...ident.ID) (m Member, ok bool, err error) {
	if address == 0 {
		return m, false, nil
	}
	all, err := members(ctx, from, selectHere, region, store.IDs(sparks), int64(address))
	for _, x := range all {
		if !ok || x.State == In && m.State != In {
			m, ok = x, true
		}
	}
	return m, ok, err
}

// Of lists the rings a person is in or has asked to join, the newest spark first.
func Of(ctx context.Context, from store.Source, region string, address ident.ID, most int) ([]Member, error) {
	if address == 0 {
		return nil, nil
	}
	return members(ctx, from, selectTheirs, region, int64(address), most)
}

// Openings lists what the rings of these sparks look for, in the order of roles.
func Openings(ctx context.Context, from store.Source, region string, sparks ...ident.ID) ([]Opening, error) {
	var found []Opening
	rows, err := from.Query(ctx, selectOpenings, region, store.IDs(sparks))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var o Opening
		var since int64
		err := rows.Scan(&o.Spark, &o.Role, &o.Wanted, &since)
		o.Since = clock.FromMicros(since)
		found = append(found, o)
		return err
	})
	var all []Opening
	for _, r := range Roles() {
		for _, o := range found {
			if o.Role == r {
				all = append(all, o)
			}
		}
	}
	return all, err
}

// Asks tells that the bringer of a spark wants to say yes to each who comes.
func Asks(ctx context.Context, from store.Source, region string, sp ident.ID) (bool, error) {
	all, err := store.Values[bool](from.Query(ctx, selectAsks, region, int64(sp)))
	return len(all) > 0 && all[0], err
}

// Shown bounds how many commitments of one matter are read at once.
const Shown = 100

// Commitments lists what was taken upon by anybody in the rings of these sparks, the
// soonest day first.
func Commitments(ctx context.Context, from store.Source, region string, sparks ...ident.ID) ([]Commitment, error) {
	return taken(ctx, from, selectTakes, region, store.IDs(sparks), Shown)
}

// CommitmentsOf lists what one member has taken upon themselves, the oldest first.
func CommitmentsOf(ctx context.Context, from store.Source, m Member) ([]Commitment, error) {
	return taken(ctx, from, selectTakeOf, m.Region, int64(m.Spark), int64(m.ID))
}

// WithoutDoer lists open sparks that have a ring in which nobody has taken a next step,
// the newest first, from before one on (0 for the first).
func WithoutDoer(ctx context.Context, from store.Source, region string, before ident.ID, most int) ([]ident.ID, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return store.Values[ident.ID](from.Query(ctx, selectUndone, region, int64(before), most))
}

// Waiting lists sparks in whose rings somebody waits for a yes, the newest first.
func Waiting(ctx context.Context, from store.Source, region string, most int) ([]ident.ID, error) {
	return store.Values[ident.ID](from.Query(ctx, selectWaiting, region, most))
}
