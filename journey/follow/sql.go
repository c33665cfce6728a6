package follow

import (
	"context"
	"database/sql"
	"slices"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns      = `address_id, target, km, pace, volume, since_at`
	upsertFollow = `INSERT INTO follows (region_id, address_id, target, km, pace, volume, since_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (region_id, address_id, target) DO UPDATE SET km = excluded.km, volume = excluded.volume, pace = excluded.pace,
since_at = CASE WHEN follows.pace = excluded.pace THEN follows.since_at ELSE excluded.since_at END`
	countFollows = `SELECT COUNT(*) FROM follows WHERE region_id = $1 AND address_id = $2 AND target <> $3`
	selectOf     = `SELECT ` + columns + ` FROM follows WHERE region_id = $1 AND address_id {in $2} ORDER BY address_id, target`
	selectAmong  = `SELECT ` + columns + ` FROM follows WHERE region_id = $1 AND address_id {in $2} AND target {in $3} ORDER BY address_id, target`
	// The two ways to go through followers a batch at a time: those of one target, and everybody.
	selectTarget = `SELECT address_id, km FROM follows WHERE region_id = $1 AND target = $2 AND pace = $3 AND address_id > $4 ORDER BY address_id LIMIT $5`
	selectWhose  = `SELECT address_id FROM follows WHERE region_id = $1 AND target = $2`
	selectNext   = `SELECT DISTINCT address_id FROM follows WHERE region_id = $1 AND address_id > $2 ORDER BY address_id LIMIT $3`
	selectAny    = `SELECT address_id FROM follows WHERE region_id = $1 AND target {in $2} AND pace = $3 LIMIT 1`
	selectPaced  = `SELECT address_id FROM follows WHERE region_id = $1 AND pace = $2 LIMIT 1`
	deleteFollow = `DELETE FROM follows WHERE region_id = $1 AND address_id = $2 AND target = $3`
	deletePace   = `DELETE FROM follows WHERE region_id = $1 AND address_id = $2 AND pace = $3`
	deleteAll    = `DELETE FROM follows WHERE region_id = $1 AND address_id = $2`
)

func scan(rows *sql.Rows) (f Follow, err error) {
	var target string
	var since int64
	err = rows.Scan(&f.Address, &target, &f.Km, &f.Pace, &f.Volume, &since)
	f.Target, _ = ParseTarget(target)
	f.Since = clock.FromMicros(since)
	return f, err
}

func many(ctx context.Context, from store.Source, query string, args ...any) (map[ident.ID][]Follow, error) {
	all := map[ident.ID][]Follow{}
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		f, err := scan(rows)
		all[f.Address] = append(all[f.Address], f)
		return err
	})
	return all, err
}

// Of is what these people follow.
func Of(ctx context.Context, from store.Source, region string, addresses ...ident.ID) (map[ident.ID][]Follow, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	return many(ctx, from, selectOf, region, store.IDs(addresses))
}

// Whose lists who follows something, at any pace.
func Whose(ctx context.Context, from store.Source, region string, t Target) ([]ident.ID, error) {
	return store.Values[ident.ID](from.Query(ctx, selectWhose, region, t.String()))
}

// Among is what these people follow of what reaches something.
func Among(ctx context.Context, from store.Source, region string, addresses []ident.ID, reaches []Reach) (map[ident.ID][]Follow, error) {
	if len(addresses) == 0 {
		return nil, nil
	}
	return many(ctx, from, selectAmong, region, store.IDs(addresses), targets(reaches))
}

func targets(reaches []Reach) (all store.Strings) {
	for _, r := range reaches {
		all = append(all, r.Target.String())
	}
	return all
}

// Any tells whether anybody at all follows, at a pace, what reaches something.
func Any(ctx context.Context, from store.Source, region string, pace Pace, reaches []Reach) (bool, error) {
	ids, err := store.Values[ident.ID](from.Query(ctx, selectAny, region, targets(reaches), string(pace)))
	return len(ids) > 0, err
}

// Paced tells whether anybody follows anything at a pace.
func Paced(ctx context.Context, from store.Source, region string, pace Pace) (bool, error) {
	ids, err := store.Values[ident.ID](from.Query(ctx, selectPaced, region, string(pace)))
	return len(ids) > 0, err
}

// Next lists people who follow anything, by their key, after one; at most so many.
func Next(ctx context.Context, from store.Source, region string, after ident.ID, most int) ([]ident.ID, error) {
	return store.Values[ident.ID](from.Query(ctx, selectNext, region, int64(after), most))
}

// Followers lists people who follow at a pace what reaches something, each once, by
// their key, after one; at most so many, each target read by its own key. more is
// false when there are no others.
func Followers(ctx context.Context, from store.Source, region string, pace Pace, reaches []Reach, after ident.ID, most int) (all []ident.ID, more bool, err error) {
	bound := ident.ID(1<<63 - 1) // up to here every target has been read
	for _, r := range reaches {
		n, last := 0, ident.ID(0)
		rows, err := from.Query(ctx, selectTarget, region, r.Target.String(), string(pace), int64(after), most)
		if err := store.Each(rows, err, func(rows *sql.Rows) error {
			var id ident.ID
			var km float64
			err := rows.Scan(&id, &km)
			n, last = n+1, id
			if km >= r.Km {
				all = append(all, id)
			}
			return err
		}); err != nil {
			return nil, false, err
		}
		if n == most {
			bound, more = min(bound, last), true
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if i, _ := slices.BinarySearch(all, bound); more {
		if i < len(all) && all[i] == bound {
			i++
		}
		all = all[:i]
		if len(all) == 0 { // all of that stretch follow less far
			return Followers(ctx, from, region, pace, reaches, bound, most)
		}
	}
	if len(all) > most {
		all, more = all[:most], true
	}
	return all, more, nil
}
