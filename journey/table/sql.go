package table

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns     = `region_id, table_id, slug, language, texts, convener, meetings, renewed, reason, made_at, closed_at, result, version`
	insertTable = `INSERT INTO partner_tables (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	updateTable = `UPDATE partner_tables SET texts = $3, convener = $4, meetings = $5, renewed = $6, reason = $7, closed_at = $8, result = $9 WHERE region_id = $1 AND table_id = $2`
	nextVersion = `UPDATE partner_tables SET version = version + 1 WHERE region_id = $1 AND table_id = $2`
	lockTable   = `UPDATE partner_tables SET version = version WHERE region_id = $1 AND table_id = $2`
	selectOne   = `SELECT ` + columns + ` FROM partner_tables WHERE region_id = $1 AND table_id = $2`
	selectSlug  = `SELECT ` + columns + ` FROM partner_tables WHERE region_id = $1 AND slug = $2`
	selectMany  = `SELECT ` + columns + ` FROM partner_tables WHERE region_id = $1 AND table_id {in $2}`
	selectAfter = `SELECT ` + columns + ` FROM partner_tables WHERE region_id = $1 AND table_id > $2 ORDER BY table_id LIMIT $3`
	selectUpTo  = `SELECT table_id FROM partner_tables WHERE region_id = $1 AND table_id <= $2 ORDER BY table_id`
	selectAll   = `SELECT ` + columns + ` FROM partner_tables WHERE region_id = $1 ORDER BY table_id DESC LIMIT $2`

	personColumns = `table_id, person_id, address_id, name, organisation, shown, tied, since_at`
	putPerson     = `INSERT INTO table_people (region_id, ` + personColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (region_id, table_id, person_id) DO UPDATE SET name = excluded.name, organisation = excluded.organisation, shown = excluded.shown, tied = excluded.tied`
	deletePerson = `DELETE FROM table_people WHERE region_id = $1 AND table_id = $2 AND person_id = $3`
	// A table holds at most MaxPeople, so that they are read whole.
	selectPeople = `SELECT ` + personColumns + ` FROM table_people WHERE region_id = $1 AND table_id = $2 ORDER BY person_id`
	selectTheirs = `SELECT ` + personColumns + ` FROM table_people WHERE region_id = $1 AND address_id = $2 ORDER BY table_id, person_id`

	meetingColumns = `table_id, meeting, begins_at, ends_at, venue, notes, noted_at, reminded_at`
	putMeeting     = `INSERT INTO table_meetings (region_id, ` + meetingColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (region_id, table_id, meeting) DO UPDATE SET begins_at = excluded.begins_at, ends_at = excluded.ends_at, venue = excluded.venue, notes = excluded.notes, noted_at = excluded.noted_at, reminded_at = excluded.reminded_at`
	selectMeetings = `SELECT ` + meetingColumns + ` FROM table_meetings WHERE region_id = $1 AND table_id = $2 ORDER BY meeting`
	selectNotes    = `SELECT table_id, notes FROM table_meetings WHERE region_id = $1 AND table_id {in $2} AND noted_at > 0 ORDER BY table_id, meeting`
	selectSoon     = `SELECT ` + meetingColumns + ` FROM table_meetings WHERE region_id = $1 AND begins_at > $2 AND begins_at < $3 AND reminded_at < begins_at ORDER BY begins_at, table_id`

	insertPresent = `INSERT INTO table_present (region_id, table_id, meeting, person_id) VALUES ($1, $2, $3, $4) ON CONFLICT (region_id, table_id, meeting, person_id) DO NOTHING`
	deletePresent = `DELETE FROM table_present WHERE region_id = $1 AND table_id = $2 AND person_id = $3`
	selectPresent = `SELECT meeting, person_id FROM table_present WHERE region_id = $1 AND table_id = $2 ORDER BY meeting, person_id`

	stepColumns = `table_id, step_id, person_id, what, by_day, state, made_at, ended_at, reminded_day`
	putStep     = `INSERT INTO table_steps (region_id, ` + stepColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (region_id, table_id, step_id) DO UPDATE SET person_id = excluded.person_id, what = excluded.what, by_day = excluded.by_day, state = excluded.state, ended_at = excluded.ended_at, reminded_day = excluded.reminded_day`
	selectSteps = `SELECT ` + stepColumns + ` FROM table_steps WHERE region_id = $1 AND table_id = $2 ORDER BY by_day, step_id LIMIT $3`
	selectDue   = `SELECT ` + stepColumns + ` FROM table_steps WHERE region_id = $1 AND state = 'open' AND by_day <= $2 AND reminded_day < by_day ORDER BY by_day, step_id LIMIT $3`

	insertSpark  = `INSERT INTO table_sparks (region_id, table_id, spark_id) VALUES ($1, $2, $3) ON CONFLICT (region_id, table_id, spark_id) DO NOTHING`
	deleteSparks = `DELETE FROM table_sparks WHERE region_id = $1 AND table_id = $2`
	selectSparks = `SELECT spark_id FROM table_sparks WHERE region_id = $1 AND table_id = $2 ORDER BY spark_id`
)

// demoTables is every table of a demonstration's, by the table's number.
func demoTables() []string {
	return []string{
		`DELETE FROM table_steps WHERE region_id = $1 AND table_id <= $2`, `DELETE FROM table_present WHERE region_id = $1 AND table_id <= $2`, `DELETE FROM table_meetings WHERE region_id = $1 AND table_id <= $2`,
		`DELETE FROM table_sparks WHERE region_id = $1 AND table_id <= $2`, `DELETE FROM table_people WHERE region_id = $1 AND table_id <= $2`, `DELETE FROM partner_tables WHERE region_id = $1 AND table_id <= $2`,
	}
}

func scan(row interface{ Scan(...any) error }) (t Table, err error) {
	var texts string
	var made, closed int64
	err = row.Scan(&t.Region, &t.ID, &t.Slug, &t.Language, &texts, &t.Convener, &t.Meetings, &t.Renewed, &t.Reason, &made, &closed, &t.Result, &t.Version)
	if errors.Is(err, store.ErrNone) {
		return t, fault.New(fault.NotFound, "table.none")
	}
	if err != nil {
		return t, err
	}
	t.Made, t.Closed = clock.FromMicros(made), clock.FromMicros(closed)
	if err := json.Unmarshal([]byte(texts), &t.Texts); err != nil {
		return t, fmt.Errorf("table %s/%s: %w", t.Region, t.ID, err)
	}
	return t, nil
}

// One reads a table; a NotFound fault when there is none.
func One(ctx context.Context, from store.Source, region string, id ident.ID) (Table, error) {
	return scan(from.QueryRow(ctx, selectOne, region, int64(id)))
}

// BySlug reads the table of an address.
func BySlug(ctx context.Context, from store.Source, region, slug string) (Table, error) {
	return scan(from.QueryRow(ctx, selectSlug, region, slug))
}

// All lists a region's tables, the newest first.
func All(ctx context.Context, from store.Source, region string) ([]Table, error) {
	return many(from.Query(ctx, selectAll, region, MaxTables))
}

// ByIDs reads tables; who is gone is missing.
func ByIDs(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]Table, error) {
	found := make(map[ident.ID]Table, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	all, err := many(from.Query(ctx, selectMany, region, store.IDs(ids)))
	for _, t := range all {
		found[t.ID] = t
	}
	return found, err
}

// Notes reads what was noted at the meetings of tables, from the first meeting on.
func Notes(ctx context.Context, from store.Source, region string, tables ...ident.ID) (map[ident.ID][]string, error) {
	all := make(map[ident.ID][]string, len(tables))
	if len(tables) == 0 {
		return all, nil
	}
	rows, err := from.Query(ctx, selectNotes, region, store.IDs(tables))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var notes string
		err := rows.Scan(&id, &notes)
		all[id] = append(all[id], notes)
		return err
	})
	return all, err
}

func many(rows *sql.Rows, err error) (all []Table, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		t, err := scan(rows)
		all = append(all, t)
		return err
	})
	return all, err
}

func people(region string, rows *sql.Rows, err error) (all []Person, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		p := Person{Region: region}
		var since int64
		err := rows.Scan(&p.Table, &p.ID, &p.Address, &p.Name, &p.Organisation, &p.Shown, &p.Tied, &since)
		p.Since = clock.FromMicros(since)
		all = append(all, p)
		return err
	})
	return all, err
}

// People lists who is at a table, in the order they came.
func People(ctx context.Context, from store.Source, region string, table ident.ID) ([]Person, error) {
	rows, err := from.Query(ctx, selectPeople, region, int64(table))
	return people(region, rows, err)
}

// Of lists at which tables somebody is.
func Of(ctx context.Context, from store.Source, region string, address ident.ID) ([]Person, error) {
	if address == 0 {
		return nil, nil
	}
	rows, err := from.Query(ctx, selectTheirs, region, int64(address))
	return people(region, rows, err)
}

// Here finds somebody at a table; ok is false when they are not.
func Here(ctx context.Context, from store.Source, region string, table, address ident.ID) (p Person, ok bool, err error) {
	all, err := Of(ctx, from, region, address)
	for _, p := range all {
		if p.Table == table {
			return p, true, err
		}
	}
	return p, false, err
}

func meetings(rows *sql.Rows, err error) (all []Meeting, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var m Meeting
		var begins, ends, noted, reminded int64
		err := rows.Scan(&m.Table, &m.Number, &begins, &ends, &m.Venue, &m.Notes, &noted, &reminded)
		m.Begins, m.Ends, m.Noted, m.reminded = clock.FromMicros(begins), clock.FromMicros(ends), clock.FromMicros(noted), clock.FromMicros(reminded)
		all = append(all, m)
		return err
	})
	return all, err
}

// Meetings lists a table's meetings by their number.
func Meetings(ctx context.Context, from store.Source, region string, table ident.ID) ([]Meeting, error) {
	return meetings(from.Query(ctx, selectMeetings, region, int64(table)))
}

func saveMeeting(ctx context.Context, tx *store.Tx, region string, m Meeting) error {
	_, err := tx.Exec(ctx, putMeeting, region, int64(m.Table), m.Number, clock.Micros(m.Begins), clock.Micros(m.Ends), m.Venue, m.Notes, clock.Micros(m.Noted), clock.Micros(m.reminded))
	return err
}

// Present reads who was at which meeting.
func Present(ctx context.Context, from store.Source, region string, table ident.ID) (Presence, error) {
	all := Presence{}
	rows, err := from.Query(ctx, selectPresent, region, int64(table))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var n int
		var id ident.ID
		err := rows.Scan(&n, &id)
		all[n] = append(all[n], id)
		return err
	})
	return all, err
}

func steps(rows *sql.Rows, err error) (all []Step, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var s Step
		var made, ended int64
		err := rows.Scan(&s.Table, &s.ID, &s.Person, &s.What, &s.Day, &s.State, &made, &ended, &s.reminded)
		s.Made, s.Ended = clock.FromMicros(made), clock.FromMicros(ended)
		all = append(all, s)
		return err
	})
	return all, err
}

// Steps lists what was agreed at a table, the soonest first.
func Steps(ctx context.Context, from store.Source, region string, table ident.ID) ([]Step, error) {
	return steps(from.Query(ctx, selectSteps, region, int64(table), MaxSteps))
}

func saveStep(ctx context.Context, tx *store.Tx, region string, s Step) error {
	_, err := tx.Exec(ctx, putStep, region, int64(s.Table), int64(s.ID), int64(s.Person), s.What, int64(s.Day), string(s.State), clock.Micros(s.Made), clock.Micros(s.Ended), int64(s.reminded))
	return err
}

// Sparks lists what a table is about.
func Sparks(ctx context.Context, from store.Source, region string, table ident.ID) ([]ident.ID, error) {
	return store.Values[ident.ID](from.Query(ctx, selectSparks, region, int64(table)))
}
