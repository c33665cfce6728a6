package collision

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns     = `region_id, event_id, rounds, size, tables, seed, drawn_at, locked_at, asked_at, version`
	insertOne   = `INSERT INTO collisions (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	updateOne   = `UPDATE collisions SET rounds = $3, size = $4, tables = $5, seed = $6, drawn_at = $7, locked_at = $8, asked_at = $9, version = $10 WHERE region_id = $1 AND event_id = $2`
	nextVersion = `UPDATE collisions SET version = version + 1 WHERE region_id = $1 AND event_id = $2`
	lockOne     = `UPDATE collisions SET version = version WHERE region_id = $1 AND event_id = $2`
	selectOne   = `SELECT ` + columns + ` FROM collisions WHERE region_id = $1 AND event_id = $2`
	deleteOne   = `DELETE FROM collisions WHERE region_id = $1 AND event_id = $2`
	deleteAll   = `DELETE FROM collision_guests WHERE region_id = $1 AND event_id = $2`

	guestColumns = `g.region_id, g.event_id, g.guest_id, g.address_id, g.name, g.organisation, g.place_id, g.brings, g.looks, g.language, g.tables, g.present, g.asked_at, g.met, g.met_at, g.since_at`
	insertGuest  = `INSERT INTO collision_guests (region_id, event_id, guest_id, address_id, name, organisation, place_id, brings, looks, language, tables, present, asked_at, met, met_at, since_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	updateGuest  = `UPDATE collision_guests SET address_id = $4, name = $5, organisation = $6, place_id = $7, brings = $8, looks = $9, language = $10, tables = $11, present = $12, asked_at = $13, met = $14, met_at = $15, since_at = $16 WHERE region_id = $1 AND event_id = $2 AND guest_id = $3`
	seatGuest    = `UPDATE collision_guests SET tables = $4 WHERE region_id = $1 AND event_id = $2 AND guest_id = $3`
	unseatAll    = `UPDATE collision_guests SET tables = '[]' WHERE region_id = $1 AND event_id = $2`
	deleteGuest  = `DELETE FROM collision_guests WHERE region_id = $1 AND event_id = $2 AND guest_id = $3`
	deleteOwn    = `DELETE FROM collision_guests WHERE region_id = $1 AND event_id = $2 AND address_id = $3`
	// Whoever waits for a place at the event sits nowhere yet. An event seats at most
	// MaxGuests, so that they are read whole.
	selectGuests = `SELECT ` + guestColumns + ` FROM collision_guests g LEFT JOIN event_seats s ON s.region_id = g.region_id AND s.event_id = g.event_id AND s.address_id = g.address_id
WHERE g.region_id = $1 AND g.event_id = $2 AND (g.address_id = 0 OR s.state = 'in') ORDER BY g.guest_id`
	selectMine   = `SELECT ` + guestColumns + ` FROM collision_guests g WHERE g.region_id = $1 AND g.event_id = $2 AND g.address_id = $3 ORDER BY g.guest_id`
	selectTheirs = `SELECT ` + guestColumns + ` FROM collision_guests g WHERE g.region_id = $1 AND g.address_id = $2 ORDER BY g.event_id, g.guest_id`
	selectGuest  = `SELECT ` + guestColumns + ` FROM collision_guests g WHERE g.region_id = $1 AND g.event_id = $2 AND g.guest_id = $3`
	countGuests  = `SELECT COUNT(*) FROM collision_guests WHERE region_id = $1 AND event_id = $2`

	sweepGuests = `DELETE FROM collision_guests WHERE region_id = $1 AND event_id NOT IN (SELECT event_id FROM events WHERE region_id = $1 AND ends_at >= $2)`
	sweepOnes   = `DELETE FROM collisions WHERE region_id = $1 AND event_id NOT IN (SELECT event_id FROM events WHERE region_id = $1 AND ends_at >= $2)`

	deleteDemo       = `DELETE FROM collisions WHERE region_id = $1 AND event_id <= $2`
	deleteDemoGuests = `DELETE FROM collision_guests WHERE region_id = $1 AND event_id <= $2`
)

// Of reads an event's collision; a NotFound fault when it is none.
func Of(ctx context.Context, from store.Source, region string, e ident.ID) (c Collision, err error) {
	var drawn, locked, asked int64
	err = from.QueryRow(ctx, selectOne, region, int64(e)).Scan(&c.Region, &c.Event, &c.Rounds, &c.Size, &c.Tables, &c.Seed, &drawn, &locked, &asked, &c.Version)
	c.Drawn, c.Locked, c.Asked = clock.FromMicros(drawn), clock.FromMicros(locked), clock.FromMicros(asked)
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "collision.none")
	}
	return c, err
}

func save(ctx context.Context, tx *store.Tx, statement string, c Collision) error {
	_, err := tx.Exec(ctx, statement, c.Region, int64(c.Event), c.Rounds, c.Size, c.Tables, c.Seed, clock.Micros(c.Drawn), clock.Micros(c.Locked), clock.Micros(c.Asked), c.Version)
	return err
}

func clearOne(ctx context.Context, tx *store.Tx, region string, e ident.ID) error {
	for _, statement := range []string{deleteAll, deleteOne} {
		if _, err := tx.Exec(ctx, statement, region, int64(e)); err != nil {
			return err
		}
	}
	return nil
}

func guests(rows *sql.Rows, err error) (all []Guest, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var g Guest
		var tables string
		var asked, met, since int64
		if err := rows.Scan(&g.Region, &g.Event, &g.ID, &g.Address, &g.Name, &g.Organisation, &g.Place, &g.Brings, &g.Looks, &g.Language, &tables, &g.There, &asked, &g.Met, &met, &since); err != nil {
			return err
		}
		g.Asked, g.MetAt, g.Since = clock.FromMicros(asked), clock.FromMicros(met), clock.FromMicros(since)
		err := json.Unmarshal([]byte(tables), &g.Tables)
		all = append(all, g)
		return err
	})
	return all, err
}

func put(ctx context.Context, tx *store.Tx, statement string, g Guest) error {
	_, err := tx.Exec(ctx, statement, g.Region, int64(g.Event), int64(g.ID), int64(g.Address), g.Name, g.Organisation, g.Place, g.Brings, g.Looks, g.Language, g.tables(), g.There, clock.Micros(g.Asked), string(g.Met), clock.Micros(g.MetAt), clock.Micros(g.Since))
	return err
}

func sit(ctx context.Context, tx *store.Tx, g Guest) error {
	_, err := tx.Exec(ctx, seatGuest, g.Region, int64(g.Event), int64(g.ID), g.tables())
	return err
}

// tables is a guest's tables as they are kept.
func (g Guest) tables() string {
	if len(g.Tables) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(g.Tables) // numbers do not fail
	return string(b)
}

func one(ctx context.Context, from store.Source, region string, e, id ident.ID) (Guest, error) {
	all, err := guests(from.Query(ctx, selectGuest, region, int64(e), int64(id)))
	if err == nil && len(all) == 0 {
		return Guest{}, fault.New(fault.NotFound, "collision.guest.none")
	}
	if err != nil {
		return Guest{}, err
	}
	return all[0], nil
}

func mine(ctx context.Context, from store.Source, region string, e, address ident.ID) ([]Guest, error) {
	return guests(from.Query(ctx, selectMine, region, int64(e), int64(address)))
}

// Guests lists who sits at a collision's tables, in the order they came. Whoever waits
// for a place at the event is not among them.
func Guests(ctx context.Context, from store.Source, region string, e ident.ID) ([]Guest, error) {
	return guests(from.Query(ctx, selectGuests, region, int64(e)))
}

// OfAddress is everything somebody has told for collisions.
func OfAddress(ctx context.Context, from store.Source, region string, address ident.ID) ([]Guest, error) {
	if address == 0 {
		return nil, nil
	}
	return guests(from.Query(ctx, selectTheirs, region, int64(address)))
}

// Mine is what somebody has told for one; ok is false when they are no guest of it.
func Mine(ctx context.Context, from store.Source, region string, e, address ident.ID) (g Guest, ok bool, err error) {
	all, err := mine(ctx, from, region, e, address)
	if err != nil || len(all) == 0 || address == 0 {
		return g, false, err
	}
	return all[0], true, nil
}
