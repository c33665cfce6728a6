package network

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
)

const (
	insertChange = `INSERT INTO tie_changes (region_id, version, actor_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	pruneChanges = `DELETE FROM tie_changes WHERE region_id = $1 AND version <= $2`
	// Instead of whom a change was about, that it was about everybody.
	unnameChanges = `INSERT INTO tie_changes (region_id, version, actor_id) SELECT region_id, version, 0 FROM tie_changes WHERE region_id = $1 AND actor_id = $2 ON CONFLICT DO NOTHING`
	deleteChanges = `DELETE FROM tie_changes WHERE region_id = $1 AND actor_id = $2`
	selectChanges = `SELECT version, actor_id FROM tie_changes WHERE region_id = $1 AND version > $2 AND version <= $3 ORDER BY version, actor_id LIMIT $4`
)

// Bounds of what is read piece by piece: of more, the whole network is read.
const (
	mostTouched  = 64   // actors of one change
	mostChanged  = 512  // rows of all changes since
	keptChanges  = 1000 // changes that are remembered
	pruneChanged = 100  // how often the older ones go
)

// Changed tells everybody who keeps the network of a region in memory that it is not
// so any more; in the transaction that changes it, or what of it may be shown. Named are
// all whose ties, or what else of them is in the network, are others now: only that is read
// again. With nobody named, everything is.
func Changed(ctx context.Context, tx *store.Tx, region string, touched ...ident.ID) error {
	var version int64
	if err := tx.QueryRow(ctx, bumpVersion, region).Scan(&version); err != nil {
		return err
	}
	slices.Sort(touched)
	if touched = slices.Compact(touched); len(touched) == 0 || len(touched) > mostTouched {
		touched = []ident.ID{0}
	}
	for _, id := range touched {
		if _, err := tx.Exec(ctx, insertChange, region, version, int64(id)); err != nil {
			return err
		}
	}
	if version%pruneChanged != 0 {
		return nil
	}
	_, err := tx.Exec(ctx, pruneChanges, region, version-keptChanges)
	return err
}

// unname takes an actor out of what is remembered of changes.
func unname(ctx context.Context, tx *store.Tx, region string, actor ident.ID) error {
	for _, statement := range []string{unnameChanges, deleteChanges} {
		if _, err := tx.Exec(ctx, statement, region, int64(actor)); err != nil {
			return err
		}
	}
	return nil
}

// changedSince are those whom all changes after one were about; ok is false when it is not
// known, or they are many.
func changedSince(ctx context.Context, from store.Source, region string, after, now int64) (all []ident.ID, ok bool, err error) {
	known := map[ident.ID]bool{}
	rows, err := from.Query(ctx, selectChanges, region, after, now, mostChanged+1)
	n, last := 0, after
	ok = now > after
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var version int64
		var id ident.ID
		err := rows.Scan(&version, &id)
		ok = ok && id != 0 && version-last <= 1 // each change has left a row
		known[id], last, n = true, version, n+1
		return err
	})
	return slices.Sorted(maps.Keys(known)), ok && last == now && n <= mostChanged, err
}

// renewed is the network as the store has it, made of an earlier one and what has changed
// since where that is known, or read as a whole.
func renewed(ctx context.Context, from store.Source, region string, was *Snapshot, today int, counted bool) (*Snapshot, error) {
	if was == nil || was.Day != today {
		return read(ctx, from, region, today, counted)
	}
	version, err := versionOf(ctx, from, region)
	if err != nil {
		return nil, err
	}
	touched, ok, err := changedSince(ctx, from, region, was.version, version)
	if err != nil {
		return nil, err
	}
	if !ok {
		return read(ctx, from, region, today, counted)
	}
	return was.since(ctx, from, region, version, touched)
}

// since is the network with what there is now of some actors; the rest is as it was.
// Besides reading what is theirs it takes time linear in the whole, in memory alone.
func (s *Snapshot) since(ctx context.Context, from store.Source, region string, version int64, touched []ident.ID) (*Snapshot, error) {
	now := &Snapshot{Day: s.Day, counted: s.counted, version: version, at: make(map[ident.ID]uint32, len(s.at))}
	is := make(map[ident.ID]bool, len(touched))
	for _, id := range touched {
		is[id] = true
	}
	// Who there is.
	some, err := organisations(from.Query(ctx, selectSomeNodes, region, store.IDs(touched)))
	if err != nil {
		return nil, err
	}
	people, err := actor.PeopleByIDs(ctx, from, region, touched...)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if now.takes(p) {
			some = append(some, personal(p))
		}
	}
	slices.SortFunc(some, byID)
	now.Nodes = merged(s.Nodes, func(n Node) bool { return !is[n.ID] }, some, byID)
	now.number()
	// What ties them.
	ties, err := OfMany(ctx, from, region, touched...)
	if err != nil {
		return nil, err
	}
	ties = slices.DeleteFunc(ties, func(t Tie) bool {
		_, ok := now.arc(t, now.Number)
		return !ok || !t.Until.IsZero()
	})
	slices.SortFunc(ties, inOrder)
	ties = slices.Compact(ties) // one between two of them comes twice
	now.Ties = merged(s.Ties, func(t Tie) bool { return !is[t.From] && !is[t.To] }, ties, inOrder)
	// Who is of what.
	for _, m := range s.members {
		p, o := s.Nodes[m.person].ID, s.Nodes[m.organisation].ID
		if !is[p] && !is[o] {
			now.members = append(now.members, membership{now.at[p], now.at[o]})
		}
	}
	theirs, err := actor.MembershipsOfAll(ctx, from, region, touched...)
	if err != nil {
		return nil, err
	}
	now.join(theirs)
	for _, n := range some {
		if n.Person {
			continue
		}
		in, err := actor.Members(ctx, from, region, n.ID)
		if err != nil {
			return nil, err
		}
		now.join(in)
	}
	now.joined()
	return now, now.build()
}

// inOrder is the order of ties in a network.
func inOrder(a, b Tie) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Why, b.Why), cmp.Compare(a.Source, b.Source))
}

// merged is what is kept of a list in order, and more in the same order.
func merged[T any](list []T, keep func(T) bool, more []T, order func(a, b T) int) []T {
	all := make([]T, 0, len(list)+len(more))
	for _, x := range list {
		if !keep(x) {
			continue
		}
		for len(more) > 0 && order(more[0], x) < 0 {
			all, more = append(all, more[0]), more[1:]
		}
		all = append(all, x)
	}
	return append(all, more...)
}
