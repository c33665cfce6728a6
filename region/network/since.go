package network

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"math"
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
	renumbered := now.people(s, is, some)
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
	now.tie(s, renumbered, ties)
	// Who is of what.
	for _, m := range s.members {
		if p, o := renumbered[m.person], renumbered[m.organisation]; p != gone && o != gone {
			now.members = append(now.members, membership{p, o})
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

// gone is the new number of who is not there any more, or is read anew.
const gone = math.MaxUint32

// people has everybody of an earlier network but some, and those anew; told is the new
// number of each who is kept.
func (s *Snapshot) people(was *Snapshot, but map[ident.ID]bool, more []Node) (told []uint32) {
	told = make([]uint32, len(was.Nodes))
	s.Nodes = make([]Node, 0, len(was.Nodes)+len(more))
	put := func(n Node) {
		s.at[n.ID] = uint32(len(s.Nodes))
		s.Nodes = append(s.Nodes, n)
	}
	for i, n := range was.Nodes {
		if but[n.ID] {
			told[i] = gone
			continue
		}
		for len(more) > 0 && byID(more[0], n) < 0 {
			put(more[0])
			more = more[1:]
		}
		told[i] = uint32(len(s.Nodes))
		put(n)
	}
	for _, n := range more {
		put(n)
	}
	return told
}

// tie has the ties of an earlier network but those of who is gone, and more, in order.
func (s *Snapshot) tie(was *Snapshot, told []uint32, more []Tie) {
	room := len(was.Ties) + len(more)
	s.Ties, s.ends = make([]Tie, 0, room), make([][2]uint32, 0, room)
	put := func(t Tie, from, to uint32) {
		s.Ties, s.ends = append(s.Ties, t), append(s.ends, [2]uint32{from, to})
	}
	for i, e := range was.ends {
		from, to := told[e[0]], told[e[1]]
		if from == gone || to == gone {
			continue
		}
		for len(more) > 0 && inOrder(more[0], was.Ties[i]) < 0 {
			put(more[0], s.at[more[0].From], s.at[more[0].To])
			more = more[1:]
		}
		put(was.Ties[i], from, to)
	}
	for _, t := range more {
		put(t, s.at[t.From], s.at[t.To])
	}
}
