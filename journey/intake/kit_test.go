package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/intake"
	"kokko/journey/project"
	"kokko/journey/spark"
	"kokko/programmes"
	"kokko/region/actor"
	"kokko/region/office"
	"kokko/region/programme"
)

const region = "kouvola"

// desk is a region with the Kouvola programme and somebody to answer.
type desk struct {
	testing.TB
	db      *store.DB
	clock   *clock.Fake
	intake  *intake.Service
	edition programme.Edition
}

var kouvola = sync.OnceValues(func() (*programme.Programme, error) {
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		return nil, err
	}
	return programme.Parse(programmes.Kouvola, source)
})

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		ids := ident.NewMaker(c)
		p, err := kouvola()
		if err != nil {
			t.Fatal(err)
		}
		d := &desk{t, db, c, intake.New(db, c, ids, spark.New(db, c, ids), project.New(db, c, actor.New(db, c, ids))), programme.Edition{Programme: p}}
		d.exec(`INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
		if _, err := office.New(db, c, ids).Hire(context.Background(), office.Officer{Region: region, Role: office.Manager, Name: "Olli Esimerkki", Email: "olli@kouvola.example", Language: "fi"}); err != nil {
			t.Fatal(err)
		}
		behaviour(t, d)
	})
}

func (d *desk) exec(statement string, args ...any) {
	d.Helper()
	if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, statement, args...)
		return err
	}); err != nil {
		d.Fatalf("%s: %v", statement, err)
	}
}

func (d *desk) count(query string, args ...any) (n int) {
	d.Helper()
	if err := d.db.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		d.Fatalf("%s: %v", query, err)
	}
	return n
}

// file is a file in memory that can be opened more than once.
func file(text string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(text))), nil }
}

// order is a file as the console would have it taken in.
func (d *desk) order(k intake.Kind, open func() (io.ReadCloser, error), said intake.Map) intake.Order {
	d.Helper()
	form, digest, headings, err := intake.Look(open)
	if err != nil {
		d.Fatal(err)
	}
	columns, lacking, unknown := intake.Guess(k, headings, said)
	if len(lacking)+len(unknown) > 0 {
		d.Fatalf("of %q lacking %q, unknown %q", headings, lacking, unknown)
	}
	return intake.Order{Region: region, Plan: intake.Plan{Kind: k, Source: "OmaStadi", Language: "fi", Columns: columns, Form: form}, File: "a.csv", Digest: digest, Open: open,
		Programme: spark.Programme{Promise: d.edition, Version: 1}, Words: d.edition}
}

// take takes a file in and gives the refused rows as "line field reason".
func (d *desk) take(o intake.Order) (intake.Run, string) {
	d.Helper()
	var refused []string
	o.Rejected = func(f intake.Fault) { refused = append(refused, fmt.Sprintf("%d %s %s", f.Line, f.Field, f.Reason)) }
	run, err := d.intake.Take(context.Background(), o)
	if err != nil {
		d.Fatal(err)
	}
	return run, strings.Join(refused, ", ")
}
