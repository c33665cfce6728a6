package alike_test

import (
	"context"
	"io/fs"
	"sync"
	"testing"
	"time"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/programmes"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/search"
)

const region = "kouvola"

// desk is a region with one officer and an index without a dictionary.
type desk struct {
	testing.TB
	db      *store.DB
	clock   *clock.Fake
	ids     *ident.Maker
	index   *search.Index
	sparks  *spark.Service
	promise spark.Programme
	officer office.Officer
}

// kouvola is the shipped programme, read once.
var kouvola = sync.OnceValues(func() (*programme.Programme, error) {
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		return nil, err
	}
	return programme.Parse(programmes.Kouvola, source)
})

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	ctx := context.Background()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	ids := ident.NewMaker(c)
	x := search.New(text.NewAnalyser(finnish.New(nil, nil), language.Own()), "test", ids)
	d := &desk{TB: t, db: db, clock: c, ids: ids, index: x, sparks: spark.New(db, c, ids).Indexed(x)}
	p, err := kouvola()
	if err != nil {
		t.Fatal(err)
	}
	d.promise = spark.Programme{Promise: programme.Edition{Programme: p}, Version: ids.New()}
	if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if d.officer, err = office.New(db, c, ids).Hire(ctx, office.Officer{Region: region, Role: office.Planner, Name: "Kaisa Esimerkki", Email: "kaisa@kouvola.example", Language: "fi"}); err != nil {
		t.Fatal(err)
	}
	return d
}

// each runs a behaviour on a whole desk on both engines.
func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newDesk(t, db)) })
}

func (d *desk) drop(text string, v spark.Visibility) spark.Receipt {
	d.Helper()
	d.clock.Advance(time.Second)
	r, err := d.sparks.Drop(context.Background(), region, d.promise, spark.Draft{Text: text, Visibility: v, Language: "fi"}, spark.By{})
	if err != nil {
		d.Fatal(err)
	}
	return r
}

func (d *desk) act(id ident.ID) spark.Act {
	return spark.Act{Region: region, Spark: id, Officer: d.officer}
}

func (d *desk) must(_ spark.Spark, err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}
