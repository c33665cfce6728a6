package retention_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/retention"
	"kokko/journey/spark"
	"kokko/programmes"
	"kokko/region/office"
	"kokko/region/programme"
)

const region = "kouvola"

// TestMain draws fewer lives than rapid would: each goes through the store, on
// both engines. More with -rapid.checks.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "12"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// desk is a region whose first day is Monday 2 January 2023, with an office of two
// and the letters of its sparks written by nobody: the tests post their own.
type desk struct {
	testing.TB
	db      *store.DB
	clock   *clock.Fake
	ids     *ident.Maker
	office  *office.Service
	sparks  *spark.Service
	keeping *retention.Service
	outbox  *mail.Outbox
	promise spark.Programme
	officer office.Officer
	other   office.Officer
}

var kouvola = sync.OnceValues(func() (*programme.Programme, error) {
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		return nil, err
	}
	return programme.Parse(programmes.Kouvola, source)
})

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	c := clock.NewFake(time.Date(2023, 1, 2, 8, 0, 0, 0, time.UTC))
	ids := ident.NewMaker(c)
	d := &desk{TB: t, db: db, clock: c, ids: ids, office: office.New(db, c, ids), sparks: spark.New(db, c, ids)}
	d.keeping = retention.New(db, c, ids, d.sparks)
	d.outbox = mail.NewOutbox(db, c, ids, slog.New(slog.DiscardHandler), nil)
	p, err := kouvola()
	d.must(err)
	d.promise = spark.Programme{Promise: programme.Edition{Programme: p}, Version: ids.New()}
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
		return err
	})
	for i, name := range []string{"Kaisa Esimerkki", "Olli Esimerkki"} {
		o, err := d.office.Hire(context.Background(), office.Officer{Region: region, Role: office.Planner, Name: name, Email: fmt.Sprintf("o%d@kouvola.example", i), Language: "fi"})
		d.must(err)
		if i == 0 {
			d.officer = o
		} else {
			d.other = o
		}
	}
	return d
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newDesk(t, db)) })
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) {
	d.Helper()
	d.must(d.db.Tx(context.Background(), do))
}

// drop drops a spark by somebody named after n.
func (d *desk) drop(n int) spark.Receipt {
	d.Helper()
	r, err := d.sparks.Drop(context.Background(), region, d.promise, spark.Draft{Text: fmt.Sprintf("Kipinän teksti %d.", n), Name: fmt.Sprintf("Tuoja %d", n),
		Email: fmt.Sprintf("tuoja%d@posti.example", n), Phone: "040 123 4567", Contact: spark.Call, Place: "Mummolanmäki", Event: "Mummolanmäen talkoot", Language: "fi"}, spark.By{})
	d.must(err)
	return r
}

func (d *desk) act(id ident.ID) spark.Act {
	return spark.Act{Region: region, Spark: id, Officer: d.officer}
}

func (d *desk) close(id ident.ID) {
	d.Helper()
	_, err := d.sparks.Close(context.Background(), d.act(id), spark.Close{State: spark.Out, Reason: "Syy.", Would: "Mikä sytyttäisi."})
	d.must(err)
}

func (d *desk) letter(purpose string, about ident.ID, to string) {
	d.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		return d.outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: purpose, Spark: about, To: to, Subject: "Otsikko", Text: "Teksti", Language: "fi"})
	})
}

// delivered marks every letter as gone: those on their way are never forgotten.
func (d *desk) delivered() {
	d.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE mails SET state = 'sent' WHERE region_id = $1`, region)
		return err
	})
}

func (d *desk) runner() *jobs.Runner {
	r := jobs.New(d.db, d.clock, d.ids, slog.New(slog.DiscardHandler), jobs.Options{})
	d.keeping.Bind(r)
	jobs.Handle(r, spark.Told, func(context.Context, jobs.Job[spark.ToldArgs]) error { return nil })
	return r
}

// everything is every row of the store but what a night writes of itself, so that
// two states can be compared. The queue is left out: it is work, not what is kept.
func (d *desk) everything() map[string][]string {
	d.Helper()
	ctx := context.Background()
	all := map[string][]string{}
	tables, err := d.db.Tables(ctx, d.db)
	d.must(err)
	for _, table := range tables {
		if slices.Contains([]string{"retention_runs", "jobs", "job_leader", "job_periods", "servers"}, table.Name) {
			continue
		}
		var names []string
		for _, c := range table.Columns {
			names = append(names, c.Name)
		}
		rows, err := d.db.Query(ctx, `SELECT `+strings.Join(names, ", ")+` FROM `+table.Name)
		d.must(store.Each(rows, err, func(rows *sql.Rows) error {
			cells, at := make([]any, len(names)), make([]any, len(names))
			for i := range cells {
				at[i] = &cells[i]
			}
			if err := rows.Scan(at...); err != nil {
				return err
			}
			for i := range cells {
				if b, ok := cells[i].([]byte); ok {
					cells[i] = string(b)
				}
			}
			all[table.Name] = append(all[table.Name], fmt.Sprint(cells...))
			return nil
		}))
		slices.Sort(all[table.Name])
	}
	return all
}

// differ names the tables in which two states of the store are not the same.
func differ(a, b map[string][]string) (tables []string) {
	for name := range a {
		if !slices.Equal(a[name], b[name]) {
			tables = append(tables, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			tables = append(tables, name)
		}
	}
	slices.Sort(tables)
	return slices.Compact(tables)
}

func (d *desk) count(query string, args ...any) (n int) {
	d.Helper()
	d.must(d.db.QueryRow(context.Background(), query, args...).Scan(&n))
	return n
}
