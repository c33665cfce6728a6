package asking

import (
	"context"
	"database/sql"
	"errors"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns = `naming_id, wave_id, address_id, person_id, actor_id, organisation, topic, named, often, well, state, email, language, link_hash, made_at, at, turned_at, until_at`
	insert  = `INSERT INTO asked_names (region_id, ` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`
	update  = `UPDATE asked_names SET actor_id = $3, often = $4, well = $5, state = $6, email = $7, language = $8, link_hash = $9, at = $10, turned_at = $11, until_at = $12 WHERE region_id = $1 AND naming_id = $2`
	lock    = `UPDATE asked_names SET at = at WHERE region_id = $1 AND naming_id = $2`
	remove  = `DELETE FROM asked_names WHERE region_id = $1 AND naming_id = $2`

	selectOne    = `SELECT ` + columns + ` FROM asked_names WHERE region_id = $1 AND naming_id = $2`
	selectLink   = `SELECT ` + columns + ` FROM asked_names WHERE region_id = $1 AND link_hash = $2 ORDER BY naming_id LIMIT 1`
	selectOwn    = `SELECT ` + columns + ` FROM asked_names WHERE region_id = $1 AND address_id = $2 ORDER BY naming_id DESC LIMIT $3`
	selectActor  = `SELECT ` + columns + ` FROM asked_names WHERE region_id = $1 AND actor_id = $2 AND naming_id > $3 ORDER BY naming_id LIMIT $4`
	selectEmail  = `SELECT ` + columns + ` FROM asked_names WHERE region_id = $1 AND state = 'waiting' AND email = $2 ORDER BY naming_id`
	selectDue    = `SELECT ` + columns + ` FROM asked_names WHERE region_id = $1 AND state = 'waiting' AND until_at <= $2 ORDER BY naming_id LIMIT $3`
	followActor  = `UPDATE asked_names SET actor_id = $3 WHERE region_id = $1 AND actor_id = $2`
	deletePerson = `DELETE FROM asked_names WHERE region_id = $1 AND person_id = $2`
	deleteActor  = `DELETE FROM asked_names WHERE region_id = $1 AND actor_id = $2 AND organisation = FALSE`

	deleteNotes = `DELETE FROM asked_names WHERE region_id = $1 AND state {in $2} AND at <= $3`

	selectLetters = `SELECT sent_at FROM asked_letters WHERE region_id = $1 AND address_id = $2 ORDER BY sent_at`
	selectLetter  = `SELECT sent_at FROM asked_letters WHERE region_id = $1 AND hash = $2`
	putLetter     = `INSERT INTO asked_letters (region_id, hash, address_id, sent_at) VALUES ($1, $2, $3, $4) ON CONFLICT (region_id, hash) DO UPDATE SET address_id = excluded.address_id, sent_at = excluded.sent_at`
	countLetters  = `SELECT COUNT(*) FROM asked_letters WHERE region_id = $1 AND address_id = $2 AND sent_at > $3`
	deleteLetters = `DELETE FROM asked_letters WHERE region_id = $1 AND sent_at <= $2`
	eraseAsker    = `UPDATE asked_letters SET address_id = 0 WHERE region_id = $1 AND address_id = $2`
	dropLetter    = `DELETE FROM asked_letters WHERE region_id = $1 AND hash = $2`

	putStop   = `INSERT INTO asked_stops (region_id, hash, since_at) VALUES ($1, $2, $3) ON CONFLICT (region_id, hash) DO NOTHING`
	countStop = `SELECT COUNT(*) FROM asked_stops WHERE region_id = $1 AND hash = $2`
	dropStop  = `DELETE FROM asked_stops WHERE region_id = $1 AND hash = $2`
)

func scan(region string, rows *sql.Rows) (n Naming, err error) {
	var made, at, turned, until int64
	err = rows.Scan(&n.ID, &n.Wave, &n.Address, &n.Person, &n.Actor, &n.Organisation, &n.Topic, &n.Named, &n.Often, &n.Well, &n.State, &n.Email, &n.Language, &n.hash, &made, &at, &turned, &until)
	n.Region, n.Made, n.At, n.Turned, n.Until = region, clock.FromMicros(made), clock.FromMicros(at), clock.FromMicros(turned), clock.FromMicros(until)
	return n, err
}

func list(ctx context.Context, from store.Source, region, query string, args ...any) (all []Naming, err error) {
	rows, err := from.Query(ctx, query, append([]any{region}, args...)...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		n, err := scan(region, rows)
		all = append(all, n)
		return err
	})
	return all, err
}

func put(ctx context.Context, tx *store.Tx, n Naming) error {
	_, err := tx.Exec(ctx, insert, n.Region, int64(n.ID), int64(n.Wave), int64(n.Address), int64(n.Person), int64(n.Actor), n.Organisation, n.Topic, n.Named, int64(n.Often), int64(n.Well), string(n.State), n.Email, n.Language, n.hash,
		clock.Micros(n.Made), clock.Micros(n.At), clock.Micros(n.Turned), clock.Micros(n.Until))
	return err
}

func save(ctx context.Context, tx *store.Tx, n Naming) error {
	_, err := tx.Exec(ctx, update, n.Region, int64(n.ID), int64(n.Actor), int64(n.Often), int64(n.Well), string(n.State), n.Email, n.Language, n.hash, clock.Micros(n.At), clock.Micros(n.Turned), clock.Micros(n.Until))
	return err
}

// One reads one; a NotFound fault when there is none.
func One(ctx context.Context, from store.Source, region string, id ident.ID) (Naming, error) {
	all, err := list(ctx, from, region, selectOne, int64(id))
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "asking.none")
	}
	if err != nil {
		return Naming{}, err
	}
	return all[0], nil
}

// Linked finds what the link of a letter is about; a Gone fault when it opens nothing.
func Linked(ctx context.Context, from store.Source, region, secret string) (Naming, error) {
	all, err := list(ctx, from, region, selectLink, ident.Hash(secret))
	if err == nil && len(all) == 0 {
		err = fault.New(fault.Gone, "asking.link")
	}
	if err != nil {
		return Naming{}, err
	}
	return all[0], nil
}

// Own is whom the owner of an address would ask, the latest first.
func Own(ctx context.Context, from store.Source, region string, address ident.ID) ([]Naming, error) {
	return list(ctx, from, region, selectOwn, int64(address), MostOwn)
}

// Of is who would ask a person, and may say so.
func Of(ctx context.Context, from store.Source, region string, person ident.ID) (all []Naming, err error) {
	for last := ident.ID(0); ; last = all[len(all)-1].ID {
		some, err := list(ctx, from, region, selectActor, int64(person), int64(last), MostOwn)
		all = append(all, some...)
		if err != nil || len(some) < MostOwn {
			return all, err
		}
	}
}

// sent is when a mailbox was last written to; 0 for never.
func sent(ctx context.Context, from store.Source, region, hash string) (at int64, err error) {
	err = from.QueryRow(ctx, selectLetter, region, hash).Scan(&at)
	if errors.Is(err, store.ErrNone) {
		return 0, nil
	}
	return at, err
}

// stopped tells that a mailbox wants no such letters any more.
func stopped(ctx context.Context, from store.Source, region, hash string) (bool, error) {
	var n int
	err := from.QueryRow(ctx, countStop, region, hash).Scan(&n)
	return n > 0, err
}
