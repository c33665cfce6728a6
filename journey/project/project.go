package project

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/knowhow"
	"kokko/region/search"
)

// Bounds of what a list may say, in characters.
const (
	MaxTitle = 300
	MaxWord  = 200
	MaxText  = 5000
)

// Record is one row of a list of projects.
type Record struct {
	Source      string
	Code        string
	Title       string
	Summary     string
	Fund        string // EAKR, ESR
	Programme   string // the part of the programme
	Axis        string
	Authority   string
	State       string // as the list says it
	Period      string
	Implementer string
	Start, End  workday.Day // 0 when not said
	Granted     int64       // cents: the EU's and the state's
	Paid        int64
	Planned     int64 // cents: all public money
	Actual      int64
}

// Project is a project with who carries it.
type Project struct {
	Record
	ID    ident.ID
	Actor actor.Actor
}

// Check cleans a record and finds the first mistake in it.
func (r *Record) Check() error {
	for _, f := range []struct {
		field string
		value *string
		limit int
		must  bool
	}{{"code", &r.Code, spark.MaxKey, true}, {"source", &r.Source, spark.MaxKey, true}, {"title", &r.Title, MaxTitle, true}, {"fund", &r.Fund, MaxWord, false}, {"programme", &r.Programme, MaxWord, false}, {"axis", &r.Axis, MaxWord, false},
		{"authority", &r.Authority, MaxWord, false}, {"state", &r.State, MaxWord, false}, {"period", &r.Period, MaxWord, false}, {"implementer", &r.Implementer, actor.MaxSpelling, false}} {
		*f.value = spark.CleanLine(*f.value)
		if n := utf8.RuneCountInString(*f.value); n > f.limit {
			return fault.New(fault.Invalid, "too_long").On(f.field).With("max", f.limit).With("now", n)
		}
		if f.must && *f.value == "" {
			return fault.New(fault.Invalid, "intake.missing").On(f.field)
		}
	}
	r.Summary = spark.Clean(r.Summary)
	if n := utf8.RuneCountInString(r.Summary); n > MaxText {
		return fault.New(fault.Invalid, "too_long").On("summary").With("max", MaxText).With("now", n)
	}
	return nil
}

const (
	columns = `p.project_id, p.source, p.code, p.title, p.summary, p.fund, p.programme, p.axis, p.authority, p.state, p.period, p.start_day, p.end_day, p.granted_cents, p.paid_cents, p.planned_cents, p.actual_cents,
COALESCE(s.spelling, ''), COALESCE(a.actor_id, 0), COALESCE(a.title, '')`
	fromAll = ` FROM projects p LEFT JOIN actor_spellings s ON s.region_id = p.region_id AND s.spelling_id = p.spelling_id
LEFT JOIN actors a ON a.region_id = s.region_id AND a.actor_id = s.actor_id`
	selectList   = `SELECT ` + columns + fromAll + ` WHERE p.region_id = $1 AND p.project_id < $2 ORDER BY p.project_id DESC LIMIT $3`
	selectListOf = `SELECT ` + columns + fromAll + ` WHERE p.region_id = $1 AND p.spelling_id {in $4} AND p.project_id < $2 ORDER BY p.project_id DESC LIMIT $3`
	selectOne    = `SELECT ` + columns + fromAll + ` WHERE p.region_id = $1 AND p.project_id = $2`
	selectThose  = `SELECT ` + columns + fromAll + ` WHERE p.region_id = $1 AND p.project_id {in $2}`
	selectCame   = `SELECT code, project_id, digest, seen_in FROM projects WHERE region_id = $1 AND source = $2 AND code {in $3}`
	insertOne    = `INSERT INTO projects (region_id, project_id, source, code, title, summary, fund, programme, axis, authority, state, period, start_day, end_day, spelling_id, granted_cents, paid_cents, planned_cents, actual_cents, digest, import_id, seen_in)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $21)`
	updateOne = `UPDATE projects SET title = $3, summary = $4, fund = $5, programme = $6, axis = $7, authority = $8, state = $9, period = $10, start_day = $11, end_day = $12, spelling_id = $13, granted_cents = $14, paid_cents = $15,
planned_cents = $16, actual_cents = $17, digest = $18 WHERE region_id = $1 AND project_id = $2`
	seeAll       = `UPDATE projects SET seen_in = $4 WHERE region_id = $1 AND source = $2 AND code {in $3} AND seen_in <> $4`
	deleteUnused = `DELETE FROM actor_spellings WHERE region_id = $1 AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.region_id = actor_spellings.region_id AND p.spelling_id = actor_spellings.spelling_id)
AND NOT EXISTS (SELECT 1 FROM actor_members m WHERE m.region_id = actor_spellings.region_id AND m.organisation_id = actor_spellings.actor_id)
AND NOT EXISTS (SELECT 1 FROM organisations o WHERE o.region_id = actor_spellings.region_id AND (o.actor_id = actor_spellings.actor_id OR o.part_of = actor_spellings.actor_id))
AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.region_id = actor_spellings.region_id AND p.authority = actor_spellings.spelling)
AND NOT EXISTS (SELECT 1 FROM network_members m WHERE m.region_id = actor_spellings.region_id AND m.actor_id = actor_spellings.actor_id)
AND NOT EXISTS (SELECT 1 FROM networks n WHERE n.region_id = actor_spellings.region_id AND n.coordinator_id = actor_spellings.actor_id)`
	deleteNameless = `DELETE FROM actors WHERE region_id = $1 AND NOT EXISTS (SELECT 1 FROM actor_spellings s WHERE s.region_id = actors.region_id AND s.actor_id = actors.actor_id)`
	selectNameless = `SELECT actor_id FROM actors WHERE region_id = $1 AND NOT EXISTS (SELECT 1 FROM actor_spellings s WHERE s.region_id = actors.region_id AND s.actor_id = actors.actor_id)`
	selectOf       = `SELECT project_id FROM projects WHERE region_id = $1 AND source = $2`
	selectTaken    = `SELECT project_id FROM projects WHERE region_id = $1 AND import_id = $2`
	countID        = `SELECT COUNT(*) FROM projects WHERE region_id = $1 AND project_id = $2`
	countTaken     = `SELECT COUNT(*) FROM projects WHERE region_id = $1 AND import_id = $2`
	deleteOf       = `DELETE FROM projects WHERE region_id = $1 AND source = $2`
	deleteTaken    = `DELETE FROM projects WHERE region_id = $1 AND import_id = $2`
)

// Service is the verbs of projects.
type Service struct {
	db     *store.DB
	clock  clock.Clock
	actors *actor.Service
	index  *search.Index    // nil for none
	know   *knowhow.Service // nil for none
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, actors *actor.Service) *Service {
	return &Service{db: db, clock: c, actors: actors}
}

// Import takes in checked records of one source inside the caller's transaction,
// under the number of an import; a code that came before is the same project.
// place tells the names of places.
func (s *Service) Import(ctx context.Context, tx *store.Tx, region string, number ident.ID, place func(string) bool, list []Record) (t spark.Taken, err error) {
	if len(list) == 0 {
		return t, nil
	}
	type came struct {
		id     ident.ID
		digest string
		seen   ident.ID
	}
	codes := make(store.Strings, len(list))
	for i, r := range list {
		codes[i] = r.Code
	}
	before := map[string]came{}
	rows, err := tx.Query(ctx, selectCame, region, list[0].Source, codes)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var code string
		var c came
		err := rows.Scan(&code, &c.id, &c.digest, &c.seen)
		before[code] = c
		return err
	}); err != nil {
		return t, err
	}
	var whose []ident.ID
	for i, r := range list {
		raw, err := json.Marshal(r)
		if err != nil {
			return t, err
		}
		sum := sha256.Sum256(raw)
		digest := hex.EncodeToString(sum[:16])
		c, known := before[r.Code]
		switch {
		case known && c.seen == number:
			t.Twice = append(t.Twice, i)
			continue
		case known && c.digest == digest:
			t.Same++
			before[r.Code] = came{c.id, digest, number}
			continue
		}
		var spelling, of ident.ID
		if r.Implementer != "" {
			if spelling, of, err = s.actors.Resolve(ctx, tx, region, r.Implementer, place); err != nil {
				return t, err
			}
			if !slices.Contains(whose, of) {
				whose = append(whose, of)
			}
		}
		if known {
			_, err = tx.Exec(ctx, updateOne, region, int64(c.id), r.Title, r.Summary, r.Fund, r.Programme, r.Axis, r.Authority, r.State, r.Period, int64(r.Start), int64(r.End), int64(spelling), r.Granted, r.Paid, r.Planned, r.Actual, digest)
			t.Changed++
		} else {
			if c.id, err = s.free(ctx, tx, region, r.Start); err != nil {
				return t, err
			}
			_, err = tx.Exec(ctx, insertOne, region, int64(c.id), r.Source, r.Code, r.Title, r.Summary, r.Fund, r.Programme, r.Axis, r.Authority, r.State, r.Period, int64(r.Start), int64(r.End), int64(spelling), r.Granted, r.Paid, r.Planned, r.Actual, digest, int64(number))
			t.Added++
		}
		if err != nil {
			return t, err
		}
		if err := s.find(ctx, tx, region, c.id, r); err != nil {
			return t, err
		}
		before[r.Code] = came{c.id, digest, number}
	}
	if err := s.tell(ctx, tx, region, whose...); err != nil {
		return t, err
	}
	_, err = tx.Exec(ctx, seeAll, region, list[0].Source, codes, int64(number))
	return t, err
}

// free finds a key that stands where the project began.
func (s *Service) free(ctx context.Context, tx *store.Tx, region string, start workday.Day) (id ident.ID, err error) {
	at := s.clock.Now()
	if start != 0 {
		at = start.Start(i18n.Helsinki()).Add(12 * time.Hour)
	}
	for range 64 {
		id = ident.Past(at)
		var n int
		if err := tx.QueryRow(ctx, countID, region, int64(id)).Scan(&n); err != nil || n == 0 {
			return id, err
		}
	}
	return id, nil
}

// TakeBack removes the projects of an import.
func (s *Service) TakeBack(ctx context.Context, region string, number ident.ID) (removed int, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.tellOf(ctx, tx, region, selectWhoseTaken, int64(number)); err != nil {
			return err
		}
		if err := s.lost(ctx, tx, region, search.Project, selectTaken, region, int64(number)); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, deleteTaken, region, int64(number))
		if removed = int(n); err != nil {
			return err
		}
		return Told(ctx, tx, region)
	})
	return removed, err
}

// Clear removes the projects of a source, and organisations that nothing names any
// more.
func (s *Service) Clear(ctx context.Context, region, source string) (removed int, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.tellOf(ctx, tx, region, selectWhoseOf, source); err != nil {
			return err
		}
		if err := s.lost(ctx, tx, region, search.Project, selectOf, region, source); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, deleteOf, region, source)
		if removed = int(n); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteUnused, region); err != nil {
			return err
		}
		if err := s.lost(ctx, tx, region, search.Organisation, selectNameless, region); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteNameless, region); err != nil {
			return err
		}
		return Told(ctx, tx, region)
	})
	return removed, err
}

func scan(row interface{ Scan(...any) error }) (p Project, err error) {
	err = row.Scan(&p.ID, &p.Source, &p.Code, &p.Title, &p.Summary, &p.Fund, &p.Programme, &p.Axis, &p.Authority, &p.State, &p.Period, &p.Start, &p.End, &p.Granted, &p.Paid, &p.Planned, &p.Actual,
		&p.Implementer, &p.Actor.ID, &p.Actor.Title)
	return p, err
}

// ByID reads a project; a NotFound fault when there is none.
func ByID(ctx context.Context, from store.Source, region string, id ident.ID) (Project, error) {
	p, err := scan(from.QueryRow(ctx, selectOne, region, int64(id)))
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "project.none")
	}
	return p, err
}

// ByIDs reads projects by their ids.
func ByIDs(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]Project, error) {
	found := make(map[ident.ID]Project, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	all, err := scanAll(from.Query(ctx, selectThose, region, store.IDs(ids)))
	for _, p := range all {
		found[p.ID] = p
	}
	return found, err
}

// List reads projects, those that began latest first, from before one on (0 for the
// first page); of one organisation when of is not 0.
func List(ctx context.Context, from store.Source, region string, of, before ident.ID, limit int) (all []Project, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	query, args := selectList, []any{region, int64(before), limit}
	if of != 0 {
		spellings, err := actor.Of(ctx, from, region, of)
		if err != nil || len(spellings) == 0 {
			return nil, err
		}
		ids := make(store.Ints, len(spellings))
		for i, s := range spellings {
			ids[i] = int64(s.ID)
		}
		query, args = selectListOf, append(args, ids)
	}
	return scanAll(from.Query(ctx, query, args...))
}

func scanAll(rows *sql.Rows, err error) (all []Project, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		p, err := scan(rows)
		all = append(all, p)
		return err
	})
	return all, err
}
