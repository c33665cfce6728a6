package programme

import (
	"context"
	"database/sql"
	"errors"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/jobs"
	"kokko/ground/store"
)

const (
	selectRegions = `SELECT region_id, slug, host, example, created_at, adopted_at FROM regions ORDER BY created_at, region_id`
	insertRegion  = `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $2, '', $3, $4, 0)
ON CONFLICT (region_id) DO NOTHING`
	lockRegions   = `UPDATE regions SET slug = slug`
	updateAddress = `UPDATE regions SET slug = $2, host = $3 WHERE region_id = $1`
	updateAdopted = `UPDATE regions SET adopted_at = $2, example = $3 WHERE region_id = $1`

	selectNewest   = `SELECT version_id, published_at, published_by, note, checksum FROM programme_versions WHERE region_id = $1 ORDER BY version_id DESC LIMIT 1`
	selectSource   = `SELECT source, map FROM programme_versions WHERE region_id = $1 AND version_id = $2`
	selectVersions = `SELECT version_id, published_at, published_by, note, checksum FROM programme_versions WHERE region_id = $1 ORDER BY version_id DESC LIMIT $2`
	insertVersion  = `INSERT INTO programme_versions (region_id, version_id, published_at, published_by, note, checksum, source, map) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

	selectLeft = `SELECT region_id, kind, address, left_at FROM region_addresses ORDER BY left_at DESC, region_id, kind, address`
	insertLeft = `INSERT INTO region_addresses (region_id, kind, address, left_at) VALUES ($1, $2, $3, $4)`
	deleteLeft = `DELETE FROM region_addresses WHERE region_id = $1 AND kind = $2 AND address = $3`
)

// EachRegion finishes a job by queueing something for each region: all or nothing.
func EachRegion[A any](ctx context.Context, db *store.DB, job jobs.Job[A], queue func(ctx context.Context, tx *store.Tx, region string) error) error {
	all, err := Regions(ctx, db)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, s := range all {
			if err := queue(ctx, tx, s.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// Regions lists the regions this installation serves, the oldest first.
func Regions(ctx context.Context, from store.Source) (all []Served, err error) {
	rows, err := from.Query(ctx, selectRegions)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var s Served
		var created, adopted int64
		err := rows.Scan(&s.ID, &s.Slug, &s.Host, &s.Example, &created, &adopted)
		s.Created, s.Adopted = clock.FromMicros(created), clock.FromMicros(adopted)
		all = append(all, s)
		return err
	})
	return all, err
}

// Where tells where every region is reached, and was; site is the address of
// those without a host name of their own.
func Where(ctx context.Context, from store.Source, site string) (a Addresses, err error) {
	a.Site = site
	if a.All, err = Regions(ctx, from); err != nil {
		return a, err
	}
	rows, err := from.Query(ctx, selectLeft)
	return a, store.Each(rows, err, func(rows *sql.Rows) error {
		var l Left
		var at int64
		err := rows.Scan(&l.Region, &l.Kind, &l.Name, &at)
		l.At = clock.FromMicros(at)
		a.Left = append(a.Left, l)
		return err
	})
}

type scanner interface{ Scan(dest ...any) error }

func scanVersion(row scanner) (v Version, err error) {
	var at int64
	err = row.Scan(&v.ID, &at, &v.By, &v.Note, &v.Checksum)
	v.At = clock.FromMicros(at)
	return v, err
}

// Versions lists what has been published in a region, the newest first, at most
// limit of them.
func Versions(ctx context.Context, from store.Source, region string, limit int) (all []Version, err error) {
	rows, err := from.Query(ctx, selectVersions, region, limit)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		v, err := scanVersion(rows)
		all = append(all, v)
		return err
	})
	return all, err
}

func newest(ctx context.Context, from store.Source, region string) (Version, error) {
	v, err := scanVersion(from.QueryRow(ctx, selectNewest, region))
	if errors.Is(err, store.ErrNone) {
		return v, fault.New(fault.NotFound, "region.none")
	}
	return v, err
}
