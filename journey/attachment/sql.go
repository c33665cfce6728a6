package attachment

import (
	"context"
	"database/sql"
	"errors"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns = `region_id, spark_id, attachment_id, kind, name, alt, bytes, width, height, sha256, officer_id, added_at`

	insertOne  = `INSERT INTO attachments (` + columns + `, small, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	selectAll  = `SELECT ` + columns + ` FROM attachments WHERE region_id = $1 AND spark_id = $2 ORDER BY attachment_id`
	selectSome = `SELECT ` + columns + ` FROM attachments WHERE region_id = $1 AND spark_id {in $2} ORDER BY attachment_id`
	selectOne  = `SELECT ` + columns + ` FROM attachments WHERE region_id = $1 AND spark_id = $2 AND attachment_id = $3`

	selectContent = `SELECT content FROM attachments WHERE region_id = $1 AND spark_id = $2 AND attachment_id = $3`
	selectSmall   = `SELECT small FROM attachments WHERE region_id = $1 AND spark_id = $2 AND attachment_id = $3`

	updateAlt = `UPDATE attachments SET alt = $4 WHERE region_id = $1 AND spark_id = $2 AND attachment_id = $3`
	deleteOne = `DELETE FROM attachments WHERE region_id = $1 AND spark_id = $2 AND attachment_id = $3`
)

func insert(ctx context.Context, tx *store.Tx, a Attachment, small, content []byte) error {
	if small == nil {
		small = []byte{} // a file has no smaller one
	}
	_, err := tx.Exec(ctx, insertOne, a.Region, int64(a.Spark), int64(a.ID), string(a.Kind), a.Name, a.Alt, a.Bytes, a.Width, a.Height, a.SHA256, int64(a.Officer), clock.Micros(a.Added), small, content)
	return err
}

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (a Attachment, err error) {
	var added int64
	err = row.Scan(&a.Region, &a.Spark, &a.ID, &a.Kind, &a.Name, &a.Alt, &a.Bytes, &a.Width, &a.Height, &a.SHA256, &a.Officer, &added)
	a.Added = clock.FromMicros(added)
	return a, err
}

// Of lists a spark's attachments without their bytes, in the order they came; at
// most Most.
func Of(ctx context.Context, from store.Source, region string, spark ident.ID) (all []Attachment, err error) {
	rows, err := from.Query(ctx, selectAll, region, int64(spark))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		a, err := scan(rows)
		all = append(all, a)
		return err
	})
	return all, err
}

// OfMany lists the attachments of several sparks, by their sparks.
func OfMany(ctx context.Context, from store.Source, region string, sparks ...ident.ID) (map[ident.ID][]Attachment, error) {
	all := map[ident.ID][]Attachment{}
	rows, err := from.Query(ctx, selectSome, region, store.IDs(sparks))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		a, err := scan(rows)
		all[a.Spark] = append(all[a.Spark], a)
		return err
	})
	return all, err
}

// One finds an attachment of a spark; a NotFound fault when there is none.
func One(ctx context.Context, from store.Source, region string, spark, id ident.ID) (Attachment, error) {
	a, err := scan(from.QueryRow(ctx, selectOne, region, int64(spark), int64(id)))
	if errors.Is(err, store.ErrNone) {
		err = none()
	}
	return a, err
}

// Content gives the bytes of an attachment; with small those of a picture's
// smaller one. A NotFound fault when there is none.
func Content(ctx context.Context, from store.Source, a Attachment, small bool) (content []byte, err error) {
	query := selectContent
	if small && a.Kind == Picture {
		query = selectSmall
	}
	err = from.QueryRow(ctx, query, a.Region, int64(a.Spark), int64(a.ID)).Scan(&content)
	if errors.Is(err, store.ErrNone) {
		err = none()
	}
	return content, err
}
