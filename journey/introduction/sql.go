package introduction

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns = `i.region_id, i.introduction_id, i.spark_id, i.wanted, i.message, i.remark, i.state, i.why, i.began_at, i.turned_at, i.until_at, i.met_at, i.reminded_at, i.asked_at, i.told_at, i.heard_at`
	insert  = `INSERT INTO introductions (region_id, introduction_id, spark_id, wanted, message, remark, state, why, began_at, turned_at, until_at, met_at, reminded_at, asked_at, told_at, heard_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	update  = `UPDATE introductions SET spark_id = $3, wanted = $4, message = $5, remark = $6, state = $7, why = $8, began_at = $9, turned_at = $10, until_at = $11, met_at = $12, reminded_at = $13, asked_at = $14, told_at = $15, heard_at = $16 WHERE region_id = $1 AND introduction_id = $2`
	lock    = `UPDATE introductions SET told_at = told_at WHERE region_id = $1 AND introduction_id = $2`

	selectOne   = `SELECT ` + columns + ` FROM introductions i WHERE i.region_id = $1 AND i.introduction_id = $2`
	selectThese = `SELECT ` + columns + ` FROM introductions i WHERE i.region_id = $1 AND i.introduction_id {in $2} ORDER BY i.introduction_id DESC`
	selectState = `SELECT ` + columns + ` FROM introductions i WHERE i.region_id = $1 AND i.state = $2 AND i.introduction_id < $3 ORDER BY i.introduction_id DESC LIMIT $4`
	selectDesk  = `SELECT ` + columns + ` FROM introductions i WHERE i.region_id = $1 AND i.state = 'broker' AND i.introduction_id < $2 AND EXISTS (SELECT 1 FROM introduction_sides s WHERE s.region_id = i.region_id AND s.introduction_id = i.introduction_id AND s.side = 'broker' AND s.officer_id > 0) ORDER BY i.introduction_id DESC LIMIT $3`
	selectDue   = `SELECT i.introduction_id FROM introductions i WHERE i.region_id = $1 AND i.state {in $2} AND (i.turned_at <= $3 AND i.reminded_at < i.turned_at OR i.until_at <= $4) ORDER BY i.introduction_id LIMIT $5`
	selectLate  = `SELECT i.introduction_id FROM introductions i WHERE i.region_id = $1 AND i.state = 'broker' AND i.turned_at <= $2 AND i.until_at > $3 AND EXISTS (SELECT 1 FROM introduction_sides s WHERE s.region_id = i.region_id AND s.introduction_id = i.introduction_id AND s.side >= 'hand.' AND s.side < 'hand/') ORDER BY i.introduction_id LIMIT $4`
	selectTell  = `SELECT i.introduction_id FROM introductions i WHERE i.region_id = $1 AND i.state = 'ended' AND i.told_at = 0 AND i.until_at <= $2 ORDER BY i.introduction_id LIMIT $3`
	selectHow   = `SELECT i.introduction_id FROM introductions i WHERE i.region_id = $1 AND i.state = 'met' AND i.asked_at = 0 AND i.met_at <= $2 ORDER BY i.introduction_id LIMIT $3`
	selectOld   = `SELECT i.introduction_id FROM introductions i WHERE i.region_id = $1 AND i.state {in $2} AND i.turned_at <= $3 AND i.until_at > 0 ORDER BY i.introduction_id LIMIT $4`

	sideColumns = `s.introduction_id, s.side, s.address_id, s.officer_id, s.actor_id, s.email, s.name, s.language, s.answer, s.tells, s.met, s.useful, s.came, s.answered_at, s.link_hash`
	insertSide  = `INSERT INTO introduction_sides (region_id, introduction_id, side, address_id, officer_id, actor_id, email, name, language, answer, tells, met, useful, came, answered_at, link_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	updateSide  = `UPDATE introduction_sides SET address_id = $4, officer_id = $5, actor_id = $6, email = $7, name = $8, language = $9, answer = $10, tells = $11, met = $12, useful = $13, came = $14, answered_at = $15, link_hash = $16 WHERE region_id = $1 AND introduction_id = $2 AND side = $3`
	dropHands   = `DELETE FROM introduction_sides WHERE region_id = $1 AND introduction_id = $2 AND side >= 'hand.' AND side < 'next/'`
	losePlanned = `UPDATE introduction_sides SET actor_id = 0 WHERE region_id = $1 AND actor_id = $2 AND side >= 'next.' AND side < 'next/'`
	selectSides = `SELECT ` + sideColumns + ` FROM introduction_sides s WHERE s.region_id = $1 AND s.introduction_id {in $2} ORDER BY s.introduction_id, s.side`
	selectLink  = `SELECT s.introduction_id, s.side FROM introduction_sides s WHERE s.region_id = $1 AND s.link_hash = $2`
	selectMine  = `SELECT s.introduction_id FROM introduction_sides s WHERE s.region_id = $1 AND s.address_id = $2 AND s.introduction_id < $3 ORDER BY s.introduction_id DESC LIMIT $4`
	countMine   = `SELECT COUNT(*) FROM introduction_sides s JOIN introductions i ON i.region_id = s.region_id AND i.introduction_id = s.introduction_id WHERE s.region_id = $1 AND s.address_id = $2 AND s.side = $4 AND i.state <> 'met' AND i.why <> 'withdrawn' AND i.until_at > $3`
	countAsked  = `SELECT COUNT(*) FROM introduction_sides s JOIN introductions i ON i.region_id = s.region_id AND i.introduction_id = s.introduction_id WHERE s.region_id = $1 AND s.actor_id = $2 AND (s.side = 'other' AND i.heard_at > 0 OR s.side = 'broker' OR s.side >= 'hand.' AND s.side < 'hand/') AND s.introduction_id > $3 AND i.introduction_id <> $4`
	selectAsked = `SELECT s.actor_id, COUNT(*) FROM introduction_sides s JOIN introductions i ON i.region_id = s.region_id AND i.introduction_id = s.introduction_id WHERE s.region_id = $1 AND (s.side = 'other' AND i.heard_at > 0 OR s.side = 'broker' OR s.side >= 'hand.' AND s.side < 'hand/') AND s.introduction_id > $2 AND s.actor_id > 0 GROUP BY s.actor_id`

	putStop   = `INSERT INTO introduction_stops (region_id, hash, since_at) VALUES ($1, $2, $3) ON CONFLICT (region_id, hash) DO NOTHING`
	countStop = `SELECT COUNT(*) FROM introduction_stops WHERE region_id = $1 AND hash = $2`
	dropStop  = `DELETE FROM introduction_stops WHERE region_id = $1 AND hash = $2`
)

// underWay is the states that wait for somebody.
func underWay() store.Strings {
	return store.Strings{string(WithBroker), string(WithAsker), string(WithOther)}
}

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (x Introduction, err error) {
	var began, turned, until, met, reminded, asked, told, heard int64
	err = row.Scan(&x.Region, &x.ID, &x.Spark, &x.Wanted, &x.Message, &x.Remark, &x.State, &x.why, &began, &turned, &until, &met, &reminded, &asked, &told, &heard)
	x.Began, x.Turned, x.Until, x.MetAt = clock.FromMicros(began), clock.FromMicros(turned), clock.FromMicros(until), clock.FromMicros(met)
	x.reminded, x.asked, x.told, x.heard = clock.FromMicros(reminded), clock.FromMicros(asked), clock.FromMicros(told), clock.FromMicros(heard)
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "introduction.none")
	}
	return x, err
}

func save(ctx context.Context, tx *store.Tx, query string, x Introduction) error {
	_, err := tx.Exec(ctx, query, x.Region, int64(x.ID), int64(x.Spark), x.Wanted, x.Message, x.Remark, string(x.State), string(x.why), clock.Micros(x.Began), clock.Micros(x.Turned), clock.Micros(x.Until), clock.Micros(x.MetAt),
		clock.Micros(x.reminded), clock.Micros(x.asked), clock.Micros(x.told), clock.Micros(x.heard))
	return err
}

func saveSide(ctx context.Context, tx *store.Tx, query string, region string, id ident.ID, s Side) error {
	_, err := tx.Exec(ctx, query, region, int64(id), string(s.Role), int64(s.Address), int64(s.Officer), int64(s.Actor), s.Email, s.Name, s.Language, string(s.Answer), s.Tells, string(s.Met), string(s.Useful), s.Came, clock.Micros(s.Answered), s.hash)
	return err
}

// saveHands writes the hands of a chain anew, and who would be asked next.
func saveHands(ctx context.Context, tx *store.Tx, x Introduction) error {
	if _, err := tx.Exec(ctx, dropHands, x.Region, int64(x.ID)); err != nil {
		return err
	}
	for _, s := range x.Hands {
		if err := saveSide(ctx, tx, insertSide, x.Region, x.ID, s); err != nil {
			return err
		}
	}
	for i, p := range x.plan {
		s := Side{Role: Role(fmt.Sprintf("%s%d.%d", nextSide, p.way, i)), Actor: p.actor}
		if err := saveSide(ctx, tx, insertSide, x.Region, x.ID, s); err != nil {
			return err
		}
	}
	return nil
}

// sided reads the sides of introductions into them.
func sided(ctx context.Context, from store.Source, region string, all []Introduction) error {
	if len(all) == 0 {
		return nil
	}
	ids, at := make([]ident.ID, len(all)), map[ident.ID]*Introduction{}
	for i := range all {
		ids[i], at[all[i].ID] = all[i].ID, &all[i]
	}
	rows, err := from.Query(ctx, selectSides, region, store.IDs(ids))
	return store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var s Side
		var answered int64
		if err := rows.Scan(&id, &s.Role, &s.Address, &s.Officer, &s.Actor, &s.Email, &s.Name, &s.Language, &s.Answer, &s.Tells, &s.Met, &s.Useful, &s.Came, &answered, &s.hash); err != nil {
			return err
		}
		s.Answered = clock.FromMicros(answered)
		switch x := at[id]; {
		case strings.HasPrefix(string(s.Role), nextSide):
			p := planned{actor: s.Actor}
			_, err := fmt.Sscanf(string(s.Role), nextSide+"%d.", &p.way)
			x.plan = append(x.plan, p)
			return err
		case s.Role.hand():
			x.Hands = append(x.Hands, s)
		default:
			*x.side(s.Role) = s
		}
		return nil
	})
}

func list(ctx context.Context, from store.Source, region, query string, args ...any) (all []Introduction, err error) {
	rows, err := from.Query(ctx, query, args...)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		x, err := scan(rows)
		all = append(all, x)
		return err
	}); err != nil {
		return nil, err
	}
	return all, sided(ctx, from, region, all)
}

// One reads an introduction; a NotFound fault when there is none.
func One(ctx context.Context, from store.Source, region string, id ident.ID) (Introduction, error) {
	all, err := list(ctx, from, region, selectOne, region, int64(id))
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "introduction.none")
	}
	if err != nil {
		return Introduction{}, err
	}
	return all[0], nil
}

// Linked finds an introduction and whose side it is by the link of a letter; a Gone
// fault when it opens nothing.
func Linked(ctx context.Context, from store.Source, region, secret string) (x Introduction, r Role, err error) {
	var id ident.ID
	err = from.QueryRow(ctx, selectLink, region, ident.Hash(secret)).Scan(&id, &r)
	if errors.Is(err, store.ErrNone) {
		return x, r, fault.New(fault.Gone, "introduction.link")
	}
	if err == nil {
		x, err = One(ctx, from, region, id)
	}
	return x, r, err
}

// In lists introductions that stand so, the newest first, from before one on (0 for the
// first).
func In(ctx context.Context, from store.Source, region string, s State, before ident.ID, most int) ([]Introduction, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return list(ctx, from, region, selectState, region, string(s), int64(before), most)
}

// AtOffice lists introductions that wait for an officer to pass them on, the newest
// first, from before one on. What waits for somebody else is not the office's to know.
func AtOffice(ctx context.Context, from store.Source, region string, before ident.ID, most int) ([]Introduction, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return list(ctx, from, region, selectDesk, region, int64(before), most)
}

// Of lists the introductions in which an address has a part, the newest first.
func Of(ctx context.Context, from store.Source, region string, address ident.ID, most int) ([]Introduction, error) {
	if address == 0 {
		return nil, nil
	}
	ids, err := store.Values[ident.ID](from.Query(ctx, selectMine, region, int64(address), int64(math.MaxInt64), most))
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return list(ctx, from, region, selectThese, region, store.IDs(ids))
}

// RoleOf tells which side an address is; "" for none.
func (x Introduction) RoleOf(address ident.ID) Role {
	for _, s := range append([]Side{x.Asker, x.Other, x.Broker}, x.Hands...) {
		if address != 0 && s.Address == address {
			return s.Role
		}
	}
	return ""
}
