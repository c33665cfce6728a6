package asset

import (
	"context"
	"database/sql"
	"math"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns = `region_id, asset_id, address_id, kind, title, about, language, place_id, venue, owned, named, owner_id, terms, calendar, contact, state, note, told_at, since_at, held_at, asked_at, changed_at, version`

	insertAsset = `INSERT INTO assets (` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`
	updateAsset = `UPDATE assets SET kind = $3, title = $4, about = $5, language = $6, place_id = $7, venue = $8, owned = $9, named = $10, owner_id = $11, terms = $12, calendar = $13, contact = $14,
state = $15, note = $16, since_at = $17, held_at = $18, asked_at = $19, changed_at = $20 WHERE region_id = $1 AND asset_id = $2`
	// Taking the next version first locks the row on PostgreSQL, so that a read after
	// it sees the asset as it stays until the commit.
	takeVersion = `UPDATE assets SET version = version + 1 WHERE region_id = $1 AND asset_id = $2`
	setOwner    = `UPDATE assets SET owner_id = $3 WHERE region_id = $1 AND asset_id = $2`
	deleteAsset = `DELETE FROM assets WHERE region_id = $1 AND asset_id = $2`

	selectOne     = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND asset_id = $2`
	selectMany    = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND asset_id {in $2}`
	selectListed  = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND state = 'listed' AND asset_id < $2 ORDER BY asset_id DESC LIMIT $3`
	selectOfKind  = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND state = 'listed' AND kind = $2 AND asset_id < $3 ORDER BY asset_id DESC LIMIT $4`
	selectAround  = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND place_id {in $2} AND state = 'listed' AND asset_id < $3 ORDER BY asset_id DESC LIMIT $4`
	selectKindNow = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND place_id {in $2} AND state = 'listed' AND kind = $3 AND asset_id < $4 ORDER BY asset_id DESC LIMIT $5`
	selectOwned   = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND owner_id = $2 AND state = 'listed' ORDER BY asset_id DESC LIMIT $3`
	selectTold    = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND address_id = $2 ORDER BY asset_id`
	selectState   = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND state = $2 AND asset_id < $3 ORDER BY asset_id DESC LIMIT $4`
	selectAll     = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND asset_id < $2 ORDER BY asset_id DESC LIMIT $3`
	selectAfter   = `SELECT ` + columns + ` FROM assets WHERE region_id = $1 AND asset_id > $2 ORDER BY asset_id LIMIT $3`
	countTold     = `SELECT COUNT(*) FROM assets WHERE region_id = $1 AND address_id = $2`
	countStates   = `SELECT state, COUNT(*) FROM assets WHERE region_id = $1 GROUP BY state ORDER BY state`

	selectDue    = `SELECT asset_id FROM assets WHERE region_id = $1 AND state = 'listed' AND address_id <> 0 AND asked_at = 0 AND held_at <= $2 ORDER BY asset_id LIMIT $3`
	selectSilent = `SELECT asset_id FROM assets WHERE region_id = $1 AND state = 'listed' AND address_id <> 0 AND asked_at > 0 AND asked_at <= $2 ORDER BY asset_id LIMIT $3`
	selectStale  = `SELECT asset_id FROM assets WHERE region_id = $1 AND state <> 'listed' AND since_at <= $2 ORDER BY asset_id LIMIT $3`
	selectDemo   = `SELECT asset_id FROM assets WHERE region_id = $1 AND asset_id <= $2 ORDER BY asset_id`
)

func many(ctx context.Context, from store.Source, query string, args ...any) (all []Asset, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var a Asset
		var told, since, held, asked, changed int64
		err := rows.Scan(&a.Region, &a.ID, &a.Teller, &a.Kind, &a.Title, &a.About, &a.Language, &a.Place, &a.Venue, &a.Owned, &a.Named, &a.Owner, &a.Terms, &a.Calendar, &a.Contact,
			&a.State, &a.Note, &told, &since, &held, &asked, &changed, &a.Version)
		a.Told, a.Since, a.Held, a.Asked, a.Changed = clock.FromMicros(told), clock.FromMicros(since), clock.FromMicros(held), clock.FromMicros(asked), clock.FromMicros(changed)
		all = append(all, a)
		return err
	})
	return all, err
}

func insert(ctx context.Context, tx *store.Tx, a Asset) error {
	_, err := tx.Exec(ctx, insertAsset, a.Region, int64(a.ID), int64(a.Teller), string(a.Kind), a.Title, a.About, a.Language, a.Place, a.Venue, string(a.Owned), a.Named, int64(a.Owner), a.Terms, a.Calendar, a.Contact,
		string(a.State), a.Note, clock.Micros(a.Told), clock.Micros(a.Since), clock.Micros(a.Held), clock.Micros(a.Asked), clock.Micros(a.Changed), a.Version)
	return err
}

func update(ctx context.Context, tx *store.Tx, a Asset) error {
	_, err := tx.Exec(ctx, updateAsset, a.Region, int64(a.ID), string(a.Kind), a.Title, a.About, a.Language, a.Place, a.Venue, string(a.Owned), a.Named, int64(a.Owner), a.Terms, a.Calendar, a.Contact,
		string(a.State), a.Note, clock.Micros(a.Since), clock.Micros(a.Held), clock.Micros(a.Asked), clock.Micros(a.Changed))
	return err
}

// One reads one asset; a NotFound fault when there is none.
func One(ctx context.Context, from store.Source, region string, id ident.ID) (Asset, error) {
	all, err := many(ctx, from, selectOne, region, int64(id))
	if err == nil && len(all) == 0 {
		return Asset{}, fault.New(fault.NotFound, "asset.none")
	}
	if err != nil {
		return Asset{}, err
	}
	return all[0], nil
}

// ByIDs reads assets in whatever state; who is gone is missing.
func ByIDs(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]Asset, error) {
	found := make(map[ident.ID]Asset, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	all, err := many(ctx, from, selectMany, region, store.IDs(ids))
	for _, a := range all {
		found[a.ID] = a
	}
	return found, err
}

func first(before ident.ID) int64 {
	if before == 0 {
		return math.MaxInt64
	}
	return int64(before)
}

// Find lists what everybody sees, the latest told first, from before one on (0 for the
// first page): of one kind, or "" for all, and at these places, or nil for everywhere.
func Find(ctx context.Context, from store.Source, region string, kind Kind, places []string, before ident.ID, limit int) ([]Asset, error) {
	switch {
	case places == nil && kind == "":
		return many(ctx, from, selectListed, region, first(before), limit)
	case places == nil:
		return many(ctx, from, selectOfKind, region, string(kind), first(before), limit)
	case kind == "":
		return many(ctx, from, selectAround, region, store.Strings(places), first(before), limit)
	}
	return many(ctx, from, selectKindNow, region, store.Strings(places), string(kind), first(before), limit)
}

// OwnedBy lists what everybody sees of an organisation's.
func OwnedBy(ctx context.Context, from store.Source, region string, organisation ident.ID, limit int) ([]Asset, error) {
	if organisation == 0 {
		return nil, nil
	}
	return many(ctx, from, selectOwned, region, int64(organisation), limit)
}

// ToldBy lists what somebody has told of, in whatever state, the oldest first.
func ToldBy(ctx context.Context, from store.Source, region string, address ident.ID) ([]Asset, error) {
	return many(ctx, from, selectTold, region, int64(address))
}

// All lists the assets of a state, "" for every, the latest told first, from before one
// on (0 for the first page): for the office.
func All(ctx context.Context, from store.Source, region string, s State, before ident.ID, limit int) ([]Asset, error) {
	if s == "" {
		return many(ctx, from, selectAll, region, first(before), limit)
	}
	return many(ctx, from, selectState, region, string(s), first(before), limit)
}

// Counts tells how many assets are in each state.
func Counts(ctx context.Context, from store.Source, region string) (map[State]int, error) {
	all := map[State]int{}
	rows, err := from.Query(ctx, countStates, region)
	return all, store.Each(rows, err, func(rows *sql.Rows) error {
		var s State
		var n int
		err := rows.Scan(&s, &n)
		all[s] = n
		return err
	})
}
