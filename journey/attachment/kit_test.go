package attachment_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/attachment"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/programmes"
	"kokko/region/office"
	"kokko/region/programme"
)

const region = "kouvola"

// desk is a region with the Kouvola programme and an officer who answers.
type desk struct {
	testing.TB
	db      *store.DB
	clock   *clock.Fake
	sparks  *spark.Service
	files   *attachment.Service
	promise spark.Programme
	officer office.Officer
}

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	ids := ident.NewMaker(c)
	d := &desk{TB: t, db: db, clock: c, sparks: spark.New(db, c, ids)}
	d.files = attachment.New(c, ids, d.sparks)
	p, err := kouvola()
	if err != nil {
		t.Fatal(err)
	}
	d.promise = spark.Programme{Promise: programme.Edition{Programme: p}, Version: ids.New()}
	d.exec(`INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
	d.officer, err = office.New(db, c, ids).Hire(context.Background(), office.Officer{Region: region, Role: office.Planner, Name: "Kaisa Esimerkki", Email: "kaisa@kouvola.example", Language: "fi"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// kouvola is the shipped programme, read once.
var kouvola = sync.OnceValues(func() (*programme.Programme, error) {
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		return nil, err
	}
	return programme.Parse(programmes.Kouvola, source)
})

// each runs a behaviour on a whole desk on both engines.
func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newDesk(t, db)) })
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

// drop drops a spark with what came along.
func (d *desk) drop(made ...attachment.Made) spark.Receipt {
	d.Helper()
	r, err := d.dropped("", made...)
	if err != nil {
		d.Fatal(err)
	}
	return r
}

func (d *desk) dropped(once string, made ...attachment.Made) (spark.Receipt, error) {
	draft := spark.Draft{Text: "Laituri kuntoon talkoilla.", Visibility: spark.Public, Language: "fi"}
	return d.sparks.Drop(context.Background(), region, d.promise, draft, spark.By{Once: once, Also: d.files.Along(made, 0)})
}

func (d *desk) make(data []byte, name, alt string) attachment.Made {
	d.Helper()
	m, err := d.files.Make(context.Background(), bytes.NewReader(data), name, alt)
	if err != nil {
		d.Fatalf("%s: %v", name, err)
	}
	return m
}

func (d *desk) of(id ident.ID) []attachment.Attachment {
	d.Helper()
	all, err := attachment.Of(context.Background(), d.db, region, id)
	if err != nil {
		d.Fatal(err)
	}
	return all
}

func (d *desk) content(a attachment.Attachment, small bool) []byte {
	d.Helper()
	b, err := attachment.Content(context.Background(), d.db, a, small)
	if err != nil {
		d.Fatal(err)
	}
	return b
}

func (d *desk) act(id ident.ID) spark.Act {
	return spark.Act{Region: region, Spark: id, Officer: d.officer}
}

// told is the story's types in order, with how many files.
func (d *desk) told(id ident.ID) (all []string) {
	d.Helper()
	beats, _, err := story.Of(context.Background(), d.db, region, id, story.InOffice, 0)
	if err != nil {
		d.Fatal(err)
	}
	for _, b := range beats {
		all = append(all, fmt.Sprintf("%s %s %s %d", b.Type, b.Actor, b.Visibility, b.Facts.Files))
	}
	return all
}

// key is the sentence a failure is told with; "" for none.
func key(err error) string {
	if all := fault.List(err); len(all) > 0 {
		return all[0].Key
	}
	return ""
}

func reader(s string) *strings.Reader { return strings.NewReader(s) }
