package invented

import (
	"context"
	"errors"
	"io/fs"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/programmes"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/schema"
)

// Region is the one that is filled: the Kouvola example.
const Region = "kouvola"

// LongStory is how many beats the spark with the longest story has.
const LongStory = 500

// Plan is what to invent.
type Plan struct {
	Sparks int
	Seed   uint64
	Years  int    // of history up to now
	Text   string // to learn words from; the programme's own when empty
	Told   func(done int)
}

// ErrThere is returned by Fill for a store that holds sparks already.
var ErrThere = errors.New("there are sparks already: an invented region is made in an empty store")

// Office is the example region as it stands before anything is dropped there.
type Office struct {
	Edition   programme.Edition
	Staff     []office.Officer
	Questions []ident.ID // the open ones
}

// Begin brings a store to the newest schema and gives it the example region with an
// office of two and its open questions, unless they are there.
func Begin(ctx context.Context, db *store.DB, c clock.Clock) (o Office, err error) {
	if err := db.Migrate(ctx, schema.Files, 0); err != nil {
		return o, err
	}
	ids := ident.NewMaker(c)
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		return o, err
	}
	if o.Edition, err = programme.NewService(db, c, ids, programmes.Files()).Publish(ctx, programmes.Kouvola, source, "bench", "", nil); err != nil {
		return o, err
	}
	if o.Staff, err = office.Officers(ctx, db, Region); err != nil {
		return o, err
	}
	today := office.Today(c)
	if len(o.Staff) == 0 {
		for _, role := range []office.Role{office.Manager, office.Planner} {
			one, err := office.New(db, c, ids).Hire(ctx, office.Officer{Region: Region, Role: role, Title: string(role), Language: "fi", Phone: "000 000 0000",
				Name: "Keksitty " + string(role), Email: string(role) + "@kouvola.example"})
			if err != nil {
				return o, err
			}
			o.Staff = append(o.Staff, one)
		}
		questions := challenge.New(db, c, ids)
		for _, q := range o.Edition.Challenges {
			if q.Title.Empty() {
				continue
			}
			d := challenge.Suggested(o.Edition.Programme, q)
			d.Opens, d.Closes = today, today.Add(180)
			made, err := questions.Make(ctx, Region, o.Edition, d)
			if err == nil {
				_, err = questions.Publish(ctx, challenge.Act{Region: Region, Challenge: made.ID})
			}
			if err != nil {
				return o, err
			}
		}
	}
	open, err := challenge.OpenOn(ctx, db, Region, today, 20)
	for _, q := range open {
		o.Questions = append(o.Questions, q.ID)
	}
	return o, err
}

// Fill begins a store and writes the plan's sparks into it. It gives ErrThere, and
// writes nothing, where there are some already.
func Fill(ctx context.Context, db *store.DB, c clock.Clock, p Plan) error {
	o, err := Begin(ctx, db, c)
	if err != nil {
		return err
	}
	var there int
	if err := db.QueryRow(ctx, `SELECT COUNT(*) FROM sparks s WHERE s.region_id = $1`, Region).Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return ErrThere
	}
	var tables []string
	for _, h := range newBatch().heaps() {
		tables = append(tables, h.table)
	}
	plain, err := indexes(tables...)
	if err != nil {
		return err
	}
	for _, i := range plain {
		if err := run(ctx, db, `DROP INDEX `+i.name); err != nil {
			return err
		}
	}
	if err := write(ctx, db, newMaker(o, c.Now(), p), p); err != nil {
		return err
	}
	for _, i := range plain {
		if err := run(ctx, db, i.sql); err != nil {
			return err
		}
	}
	if err := spark.New(db, c, ident.NewMaker(c)).CountPlaces(ctx, Region); err != nil {
		return err
	}
	if db.Engine == store.Postgres { // which gathers them by itself in time; SQLite has none in use either
		return run(ctx, db, `ANALYZE`)
	}
	return nil
}

func run(ctx context.Context, db *store.DB, statement string) error {
	return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, statement)
		return err
	})
}

// atOnce is how many sparks go into one transaction.
const atOnce = 4000

// write makes batches on one goroutine and stores them on another.
func write(ctx context.Context, db *store.DB, m *maker, p Plan) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	made := make(chan *batch, 1)
	go func() {
		defer close(made)
		for i := 0; i < p.Sparks; {
			b := newBatch()
			for ; i < p.Sparks && b.sparks.count() < atOnce; i++ {
				m.spark(b, i)
			}
			b.done = i
			select {
			case made <- b:
			case <-ctx.Done():
				return
			}
		}
	}()
	for b := range made {
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, h := range b.heaps() {
				if err := h.write(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if p.Told != nil {
			p.Told(b.done)
		}
	}
	return ctx.Err()
}

// Longest is the code of the spark with the longest story among those everybody
// reads.
func Longest(ctx context.Context, from store.Source) (code string, err error) {
	err = from.QueryRow(ctx, `SELECT s.code FROM sparks s WHERE s.region_id = $1 AND s.listed = TRUE AND s.beats >= $2 ORDER BY s.spark_id LIMIT 1`, Region, LongStory/2).Scan(&code)
	return code, err
}

// Codes is the public numbers of some listed sparks, all over the years.
func Codes(ctx context.Context, from store.Source, most int) (all []string, err error) {
	var first, last int64
	if err := from.QueryRow(ctx, `SELECT MIN(s.spark_id), MAX(s.spark_id) FROM sparks s WHERE s.region_id = $1`, Region).Scan(&first, &last); err != nil {
		return nil, err
	}
	step := max((last-first)/int64(most), 1)
	for at := first; at <= last && len(all) < most; at += step {
		codes, err := store.Values[string](from.Query(ctx, `SELECT s.code FROM sparks s WHERE s.region_id = $1 AND s.listed = TRUE AND s.spark_id >= $2 ORDER BY s.spark_id LIMIT 1`, Region, at))
		if err != nil {
			return nil, err
		}
		all = append(all, codes...)
	}
	return all, nil
}
