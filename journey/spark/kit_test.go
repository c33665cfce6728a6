package spark_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/programmes"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/search"
)

const region = "kouvola"

// TestMain draws fewer lives than rapid would: each goes through the store, on
// both engines. More with -rapid.checks.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "25"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// desk is a region with the Kouvola programme and an office of four, on a clock
// that stands on Monday 23 November 2026 at ten.
type desk struct {
	testing.TB
	db       *store.DB
	clock    *clock.Fake
	ids      *ident.Maker
	sparks   *spark.Service
	office   *office.Service
	promise  spark.Programme
	officers map[office.Role]office.Officer
}

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	ids := ident.NewMaker(c)
	d := &desk{TB: t, db: db, clock: c, ids: ids, sparks: spark.New(db, c, ids).Indexed(finder(ids)), office: office.New(db, c, ids), officers: map[office.Role]office.Officer{}}
	p, err := kouvola()
	if err != nil {
		t.Fatal(err)
	}
	d.promise = spark.Programme{Promise: programme.Edition{Programme: p}, Version: ids.New()}
	d.exec(`INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
	for _, o := range []office.Officer{
		{Role: office.Manager, Name: "Olli Esimerkki"}, {Role: office.Planner, Name: "Kaisa Esimerkki"},
		{Role: office.Coordinator, Name: "Sari Esimerkki"}, {Role: office.Viewer, Name: "Timo Esimerkki"},
	} {
		d.officers[o.Role] = d.hire(o)
	}
	t.Cleanup(d.placesAdd)
	return d
}

// placesAdd holds every test to this at its end: what has been written of each place
// is what is there.
func (d *desk) placesAdd() {
	d.Helper()
	read := func(query string) map[string]int {
		all := map[string]int{}
		rows, err := d.db.Query(context.Background(), query, region)
		if err := store.Each(rows, err, func(rows *sql.Rows) error {
			var place string
			var n int
			err := rows.Scan(&place, &n)
			all[place] = n
			return err
		}); err != nil {
			d.Error(err)
		}
		return all
	}
	written := read(`SELECT place, SUM(sparks) FROM place_counts WHERE region_id = $1 GROUP BY place HAVING SUM(sparks) <> 0`)
	if there := read(`SELECT place, COUNT(*) FROM sparks WHERE region_id = $1 AND listed = TRUE GROUP BY place`); !maps.Equal(written, there) {
		d.Errorf("at places are %v, written of them is %v", there, written)
	}
}

// kouvola is the shipped programme, read once.
var kouvola = sync.OnceValues(func() (*programme.Programme, error) {
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		return nil, err
	}
	return programme.Parse(programmes.Kouvola, source)
})

func (d *desk) hire(o office.Officer) office.Officer {
	d.Helper()
	o.Region, o.Email, o.Language = region, string(o.Role)+"."+o.Name[:4]+"@kouvola.example", "fi"
	o, err := d.office.Hire(context.Background(), o)
	if err != nil {
		d.Fatal(err)
	}
	return o
}

// each runs a behaviour on a whole desk on both engines.
func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newDesk(t, db)) })
}

// maija is a whole draft with every personal field filled.
func maija() spark.Draft {
	return spark.Draft{Kind: spark.Idea, Text: "Yhteinen puupaja Myllykoskelle. Tarvitaan tila ja koneita.", Place: "Myllykoski", Themes: []string{"glocal"},
		Name: "Maija Meikäläinen", Email: "maija@meikalaiset.example", Phone: "040 765 4321", Contact: spark.Mail, Visibility: spark.Public, Language: "fi"}
}

func (d *desk) drop(draft spark.Draft) spark.Receipt {
	d.Helper()
	r, err := d.sparks.Drop(context.Background(), region, d.promise, draft, spark.By{})
	if err != nil {
		d.Fatal(err)
	}
	return r
}

func (d *desk) act(id ident.ID) spark.Act {
	return spark.Act{Region: region, Spark: id, Officer: d.officers[office.Planner]}
}

func (d *desk) byID(id ident.ID) spark.Spark {
	d.Helper()
	s, err := spark.ByID(context.Background(), d.db, region, id)
	if err != nil {
		d.Fatal(err)
	}
	return s
}

// story is the whole story, as the office reads it.
func (d *desk) story(id ident.ID) (all []story.Beat) {
	d.Helper()
	for after := ident.ID(0); ; {
		page, more, err := story.Of(context.Background(), d.db, region, id, story.InOffice, after)
		if err != nil {
			d.Fatal(err)
		}
		all = append(all, page...)
		if !more {
			return all
		}
		after = all[len(all)-1].ID
	}
}

func (d *desk) last(id ident.ID) story.Beat {
	d.Helper()
	all := d.story(id)
	return all[len(all)-1]
}

func (d *desk) count(query string, args ...any) (n int) {
	d.Helper()
	if err := d.db.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		d.Fatalf("%s: %v", query, err)
	}
	return n
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

func (d *desk) today() workday.Day { return workday.DayOf(d.clock.Now(), i18n.Helsinki()) }

func day(s string) workday.Day {
	d, err := workday.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// key is the sentence a failure is told with; "" for none.
func key(err error) string {
	if all := fault.List(err); len(all) > 0 {
		return all[0].Key
	}
	return ""
}

func is(t testing.TB, what string, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("%s gave %v, want %s", what, err, code)
	}
}

// scanner lets a test read rows without naming their type.
func scanner(do func(scan func(...any) error) error) func(*sql.Rows) error {
	return func(rows *sql.Rows) error { return do(rows.Scan) }
}

// lastJob is whom the latest beat of a spark is told to, in the order of their
// ids; nil when its job was done.
func (d *desk) lastJob(id ident.ID) (to []ident.ID) {
	d.Helper()
	beat := d.last(id)
	rows, err := d.db.Query(context.Background(), `SELECT args FROM jobs WHERE kind = 'story.told'`)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var text string
		var args spark.ToldArgs
		if err := rows.Scan(&text); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &args); err != nil {
			return err
		}
		if args.Beat == beat.ID {
			to = append([]ident.ID{args.Spark}, args.With...)
			slices.Sort(to)
		}
		return nil
	}); err != nil {
		d.Fatal(err)
	}
	return to
}

// finder is an index without a dictionary: words are stemmed.
func finder(ids *ident.Maker) *search.Index {
	return search.New(text.NewAnalyser(finnish.New(nil, nil), language.Own()), "test", ids)
}
