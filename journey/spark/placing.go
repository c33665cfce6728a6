package spark

import (
	"context"
	"database/sql"

	"kokko/ground/ident"
	"kokko/ground/store"
)

// How many listed sparks are at each place. Walking a million of them takes a tenth
// of a second, so every transaction that lists a spark, moves it or takes it off
// writes what that changed. What there was before anybody counted is added once, in
// a part of its own: as many as there are less what has been written, both seen in
// one moment. That number is the same in every moment, so it may be counted while
// people go on, by anybody and as often as one likes.

// placeParts is over how many rows the changes of one place are spread, so that on
// PostgreSQL those who drop at once seldom wait for each other.
const placeParts = 8

// counted is the part that holds what was counted.
const counted = -1

const (
	addAtPlace = `INSERT INTO place_counts (region_id, place, part, sparks) VALUES ($1, $2, $3, $4)
ON CONFLICT (region_id, place, part) DO UPDATE SET sparks = place_counts.sparks + excluded.sparks`
	setAtPlace = `INSERT INTO place_counts (region_id, place, part, sparks) VALUES ($1, $2, -1, $3)
ON CONFLICT (region_id, place, part) DO UPDATE SET sparks = excluded.sparks`
	selectAtPlaces = `SELECT place, part, sparks FROM place_counts WHERE region_id = $1 ORDER BY place, part`
	// walkPlaces walks the index sparks_by_place and nothing else.
	walkPlaces = `SELECT s.place, COUNT(*) FROM sparks s WHERE s.region_id = $1 AND s.listed = TRUE GROUP BY s.place`
)

// place writes what a change of a spark does to the numbers of places: nothing while
// it stays where it is and as listed as it was.
func place(ctx context.Context, tx *store.Tx, region string, id ident.ID, from string, was bool, to string, is bool) error {
	if was == is && (!is || from == to) {
		return nil
	}
	for _, step := range []struct {
		at   string
		does bool
		n    int
	}{{from, was, -1}, {to, is, 1}} {
		if !step.does {
			continue
		}
		if _, err := tx.Exec(ctx, addAtPlace, region, step.at, int64(id)%placeParts, step.n); err != nil {
			return err
		}
	}
	return nil
}

// atPlaces reads the written numbers, and what has been counted by itself; ok tells
// that something has.
func atPlaces(ctx context.Context, from store.Source, region string) (all, base map[string]int, ok bool, err error) {
	all, base = map[string]int{}, map[string]int{}
	rows, err := from.Query(ctx, selectAtPlaces, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var place string
		var part, n int
		err := rows.Scan(&place, &part, &n)
		if all[place] += n; part == counted {
			base[place], ok = n, true
		}
		return err
	})
	return all, base, ok, err
}

// CountByPlace counts the listed sparks at each place of the programme, by the
// place's id; under "" those whose place is open or not known. Where nobody has
// counted yet they are counted one by one.
func CountByPlace(ctx context.Context, from store.Source, region string) (map[string]int, error) {
	all, _, ok, err := atPlaces(ctx, from, region)
	if err != nil {
		return nil, err
	}
	if !ok {
		return oneByOne(ctx, from, region)
	}
	for place, n := range all {
		if n == 0 {
			delete(all, place)
		}
	}
	return all, nil
}

func oneByOne(ctx context.Context, from store.Source, region string) (map[string]int, error) {
	all := map[string]int{}
	rows, err := from.Query(ctx, walkPlaces, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var place string
		var n int
		err := rows.Scan(&place, &n)
		all[place] = n
		return err
	})
	return all, err
}

// CountPlaces counts what there is at each place of a region, once and for all: also
// while people go on, and again without harm. What it finds otherwise than it was
// written it sets right.
func (s *Service) CountPlaces(ctx context.Context, region string) error {
	base := map[string]int{}
	err := s.db.Snapshot(ctx, func(ctx context.Context, from store.Source) error {
		all, was, _, err := atPlaces(ctx, from, region)
		if err != nil {
			return err
		}
		there, err := oneByOne(ctx, from, region)
		base = map[string]int{"": there[""] - all[""] + was[""]} // a row also where there is nothing: it has been counted
		for place := range all {
			base[place] = there[place] - all[place] + was[place]
		}
		for place := range there {
			base[place] = there[place] - all[place] + was[place]
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.db.Tx(store.Apart(ctx), func(ctx context.Context, tx *store.Tx) error {
		for place, n := range base {
			if _, err := tx.Exec(ctx, setAtPlace, region, place, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// PlacesCounted tells that the places of a region have been counted.
func PlacesCounted(ctx context.Context, from store.Source, region string) (bool, error) {
	_, _, ok, err := atPlaces(ctx, from, region)
	return ok, err
}
