package knowhow

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
	columns      = `item_id, actor_id, kind, state, together, text, language, source, source_id, happened_at, written_at`
	insertItem   = `INSERT INTO knowhow_items (region_id, ` + columns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	updateItem   = `UPDATE knowhow_items SET state = $4, together = $5, text = $6, language = $7, happened_at = $8, written_at = $9 WHERE region_id = $1 AND actor_id = $2 AND item_id = $3`
	selectItem   = `SELECT ` + columns + ` FROM knowhow_items WHERE region_id = $1 AND actor_id = $2 AND item_id = $3`
	selectOf     = `SELECT ` + columns + ` FROM knowhow_items WHERE region_id = $1 AND actor_id = $2 ORDER BY item_id`
	selectOfMany = `SELECT ` + columns + ` FROM knowhow_items WHERE region_id = $1 AND actor_id {in $2} ORDER BY actor_id, item_id`
	selectFrom   = `SELECT ` + columns + ` FROM knowhow_items WHERE region_id = $1 AND source = $2 AND source_id = $3 ORDER BY actor_id, item_id`
	deleteItem   = `DELETE FROM knowhow_items WHERE region_id = $1 AND actor_id = $2 AND item_id = $3`
	deleteOf     = `DELETE FROM knowhow_items WHERE region_id = $1 AND actor_id = $2`
	insertChange = `INSERT INTO knowhow_changes (region_id, change_id, actor_id) VALUES ($1, $2, $3)`
	// Who reads what has changed looks back a while: a transaction that began early may
	// commit late.
	selectChanges = `SELECT change_id, actor_id FROM knowhow_changes WHERE region_id = $1 AND change_id >= $2 ORDER BY change_id`
	deleteChanges = `DELETE FROM knowhow_changes WHERE region_id = $1 AND change_id < $2`
)

func scan(row interface{ Scan(...any) error }) (i Item, err error) {
	var at, written int64
	err = row.Scan(&i.ID, &i.Actor, &i.Kind, &i.State, &i.Together, &i.Text, &i.Language, &i.Source, &i.SourceID, &at, &written)
	i.At, i.Written = clock.FromMicros(at), clock.FromMicros(written)
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "knowhow.none")
	}
	return i, err
}

func many(rows *sql.Rows, err error) (all []Item, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		i, err := scan(rows)
		all = append(all, i)
		return err
	})
	return all, err
}

// WrittenOf lists what is stored of a person, the oldest first: also what they look
// for and the topics they dropped. It is for them; others read Service.Of.
func WrittenOf(ctx context.Context, from store.Source, region string, person ident.ID) ([]Item, error) {
	return many(from.Query(ctx, selectOf, region, int64(person)))
}

// WrittenOfMany is WrittenOf of several people at once.
func WrittenOfMany(ctx context.Context, from store.Source, region string, people ...ident.ID) (map[ident.ID][]Item, error) {
	if len(people) == 0 {
		return nil, nil
	}
	list, err := many(from.Query(ctx, selectOfMany, region, store.IDs(people)))
	all := make(map[ident.ID][]Item, len(people))
	for _, i := range list {
		all[i.Actor] = append(all[i.Actor], i)
	}
	return all, err
}
