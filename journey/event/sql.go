package event

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns = `region_id, event_id, language, texts, place_id, venue, begins_at, ends_at, sign_up, capacity, taken, made_at, published_at, changed_at, cancelled_at, version`

	insertEvent = `INSERT INTO events (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	updateEvent = `UPDATE events SET texts = $3, place_id = $4, venue = $5, begins_at = $6, ends_at = $7, sign_up = $8, capacity = $9, taken = $10, published_at = $11, changed_at = $12, cancelled_at = $13
WHERE region_id = $1 AND event_id = $2`
	// Taking the next version first locks the row on PostgreSQL, so that a read after
	// it sees the event as it stays until the commit. Whoever signs up locks it and
	// leaves its version: that is what the office has seen.
	takeVersion = `UPDATE events SET version = version + 1 WHERE region_id = $1 AND event_id = $2`
	lockEvent   = `UPDATE events SET version = version WHERE region_id = $1 AND event_id = $2`
	setTaken    = `UPDATE events SET taken = $3 WHERE region_id = $1 AND event_id = $2`
	deleteEvent = `DELETE FROM events WHERE region_id = $1 AND event_id = $2`

	selectOne = `SELECT ` + columns + ` FROM events WHERE region_id = $1 AND event_id = $2`
	// No event is longer than MaxDays, so that what has not ended is found by when it begins.
	selectNext   = `SELECT ` + columns + ` FROM events WHERE region_id = $1 AND begins_at > $2 AND ends_at > $3 AND published_at > 0 ORDER BY begins_at, event_id LIMIT $4`
	selectAhead  = `SELECT ` + columns + ` FROM events WHERE region_id = $1 AND begins_at > $2 AND ends_at > $3 AND published_at > 0 AND cancelled_at = 0 ORDER BY begins_at, event_id LIMIT $4`
	selectAround = `SELECT ` + columns + ` FROM events WHERE region_id = $1 AND begins_at > $2 AND ends_at > $3 AND published_at > 0 AND cancelled_at = 0 AND place_id {in $4} ORDER BY begins_at, event_id LIMIT $5`
	selectPast   = `SELECT ` + columns + ` FROM events WHERE region_id = $1 AND begins_at <= $2 AND ends_at <= $2 AND (begins_at < $3 OR begins_at = $3 AND event_id < $4) AND published_at > 0 ORDER BY begins_at DESC, event_id DESC LIMIT $5`
	selectAll    = `SELECT ` + columns + ` FROM events WHERE region_id = $1 AND event_id < $2 ORDER BY event_id DESC LIMIT $3`

	selectSoon      = `SELECT ` + columns + ` FROM events WHERE region_id = $1 AND begins_at > $2 AND begins_at < $3 AND published_at > 0 AND cancelled_at = 0 AND sign_up = TRUE ORDER BY begins_at, event_id`
	insertReminder  = `INSERT INTO event_reminders (region_id, event_id, begins_at) VALUES ($1, $2, $3) ON CONFLICT (region_id, event_id, begins_at) DO NOTHING`
	deleteReminders = `DELETE FROM event_reminders WHERE region_id = $1 AND begins_at < $2`

	deleteDemo          = `DELETE FROM events WHERE region_id = $1 AND event_id <= $2`
	deleteDemoSeats     = `DELETE FROM event_seats WHERE region_id = $1 AND event_id <= $2`
	deleteDemoReminders = `DELETE FROM event_reminders WHERE region_id = $1 AND event_id <= $2`

	seatColumns  = `event_id, address_id, name, people, state, turn, since_at`
	insertSeat   = `INSERT INTO event_seats (region_id, ` + seatColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	updateSeat   = `UPDATE event_seats SET name = $4, people = $5, state = $6, turn = $7, since_at = $8 WHERE region_id = $1 AND event_id = $2 AND address_id = $3`
	deleteSeat   = `DELETE FROM event_seats WHERE region_id = $1 AND event_id = $2 AND address_id = $3`
	deleteOld    = `DELETE FROM event_seats WHERE region_id = $1 AND event_id IN (SELECT event_id FROM events WHERE region_id = $1 AND ends_at < $2)`
	selectSeats  = `SELECT ` + seatColumns + ` FROM event_seats WHERE region_id = $1 AND event_id = $2 AND state = $3 AND turn > $4 ORDER BY turn LIMIT $5`
	selectSeat   = `SELECT ` + seatColumns + ` FROM event_seats WHERE region_id = $1 AND event_id = $2 AND address_id = $3`
	selectSeatOf = `SELECT ` + seatColumns + ` FROM event_seats WHERE region_id = $1 AND address_id = $2 ORDER BY event_id`
	countSeats   = `SELECT COUNT(*), COALESCE(SUM(CASE WHEN state = 'waiting' THEN people ELSE 0 END), 0), COALESCE(MAX(turn), 0) FROM event_seats WHERE region_id = $1 AND event_id = $2`
)

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (e Event, err error) {
	var texts string
	var begins, ends, made, out, changed, cancelled int64
	if err := row.Scan(&e.Region, &e.ID, &e.Language, &texts, &e.Place, &e.Venue, &begins, &ends, &e.SignUp, &e.Capacity, &e.Taken, &made, &out, &changed, &cancelled, &e.Version); err != nil {
		return e, err
	}
	e.Begins, e.Ends, e.Made, e.Out, e.Changed, e.Cancelled = clock.FromMicros(begins), clock.FromMicros(ends), clock.FromMicros(made), clock.FromMicros(out), clock.FromMicros(changed), clock.FromMicros(cancelled)
	if err := json.Unmarshal([]byte(texts), &e.Texts); err != nil {
		return e, fmt.Errorf("event %s/%s: %w", e.Region, e.ID, err)
	}
	return e, nil
}

func insert(ctx context.Context, tx *store.Tx, e Event) error {
	texts, err := json.Marshal(e.Texts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertEvent, e.Region, int64(e.ID), e.Language, string(texts), e.Place, e.Venue, clock.Micros(e.Begins), clock.Micros(e.Ends), e.SignUp, e.Capacity, e.Taken,
		clock.Micros(e.Made), clock.Micros(e.Out), clock.Micros(e.Changed), clock.Micros(e.Cancelled), e.Version)
	return err
}

func update(ctx context.Context, tx *store.Tx, e Event) error {
	texts, err := json.Marshal(e.Texts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, updateEvent, e.Region, int64(e.ID), string(texts), e.Place, e.Venue, clock.Micros(e.Begins), clock.Micros(e.Ends), e.SignUp, e.Capacity, e.Taken,
		clock.Micros(e.Out), clock.Micros(e.Changed), clock.Micros(e.Cancelled))
	return err
}

func many(ctx context.Context, from store.Source, query string, args ...any) (all []Event, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		e, err := scan(rows)
		all = append(all, e)
		return err
	})
	return all, err
}

// One reads one event; a NotFound fault when there is none.
func One(ctx context.Context, from store.Source, region string, id ident.ID) (Event, error) {
	all, err := many(ctx, from, selectOne, region, int64(id))
	if err == nil && len(all) == 0 {
		return Event{}, fault.New(fault.NotFound, "event.none")
	}
	if err != nil {
		return Event{}, err
	}
	return all[0], nil
}

// Next lists what is published and has not ended at a moment, called off or not, the
// soonest first.
func Next(ctx context.Context, from store.Source, region string, at time.Time, limit int) ([]Event, error) {
	return many(ctx, from, selectNext, region, longest(at), clock.Micros(at), limit)
}

// Ahead is what of that is held, at these places; nil for everywhere.
func Ahead(ctx context.Context, from store.Source, region string, places []string, at time.Time, limit int) ([]Event, error) {
	if places == nil {
		return many(ctx, from, selectAhead, region, longest(at), clock.Micros(at), limit)
	}
	return many(ctx, from, selectAround, region, longest(at), clock.Micros(at), store.Strings(places), limit)
}

// longest is when the longest event that goes on at a moment may have begun.
func longest(at time.Time) int64 { return clock.Micros(at.Add(-MaxDays*24*time.Hour)) - 1 }

// Past lists what is published and had ended by a moment, the latest first, from
// before another on (the zero Event for the first page).
func Past(ctx context.Context, from store.Source, region string, by time.Time, before Event, limit int) ([]Event, error) {
	end := int64(math.MaxInt64)
	if before.ID != 0 {
		end = clock.Micros(before.Begins)
	}
	return many(ctx, from, selectPast, region, clock.Micros(by), end, int64(before.ID), limit)
}

// All lists every event, the latest made first, from before one on (0 for the first
// page).
func All(ctx context.Context, from store.Source, region string, before ident.ID, limit int) ([]Event, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return many(ctx, from, selectAll, region, int64(before), limit)
}

func seats(ctx context.Context, from store.Source, query string, args ...any) (all []Seat, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var s Seat
		var since int64
		err := rows.Scan(&s.Event, &s.Address, &s.Name, &s.People, &s.State, &s.Turn, &since)
		s.Since = clock.FromMicros(since)
		all = append(all, s)
		return err
	})
	return all, err
}

// Seats lists who has signed up for an event and stands so, in the order they came,
// from after a turn on (0 for the first).
func Seats(ctx context.Context, from store.Source, region string, event ident.ID, s Standing, after int64, limit int) ([]Seat, error) {
	return seats(ctx, from, selectSeats, region, int64(event), string(s), after, limit)
}

// SeatOf is somebody's seat at an event; a NotFound fault when they have none.
func SeatOf(ctx context.Context, from store.Source, region string, event, address ident.ID) (Seat, error) {
	all, err := seats(ctx, from, selectSeat, region, int64(event), int64(address))
	if err == nil && len(all) == 0 {
		return Seat{}, fault.New(fault.NotFound, "event.seat.none")
	}
	if err != nil {
		return Seat{}, err
	}
	return all[0], nil
}

// Of is everything somebody has signed up for.
func Of(ctx context.Context, from store.Source, region string, address ident.ID) ([]Seat, error) {
	return seats(ctx, from, selectSeatOf, region, int64(address))
}

// Counts tells how many sign-ups an event has, and how many people wait.
func Counts(ctx context.Context, from store.Source, region string, event ident.ID) (signed, waiting int, err error) {
	var last int64
	err = from.QueryRow(ctx, countSeats, region, int64(event)).Scan(&signed, &waiting, &last)
	return signed, waiting, err
}
