package actor

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/region/audit"
	"kokko/region/search"
)

// MaxSpelling bounds a name, in characters.
const MaxSpelling = 300

// Actor is one organisation, or a person: what both have. A person's is shown to
// others only as they chose (Person.Chose).
type Actor struct {
	ID     ident.ID
	Title  string
	Person bool
}

// Spelling is one way a name was written.
type Spelling struct {
	ID      ident.ID
	Text    string
	Actor   Actor
	Rule    Rule
	Score   int    // how alike it is to what it was joined to, in thousandths
	Like    string // what it was found to be like, "" for the first
	Alone   bool   // no other name is the same organisation's: there is nothing to part it from
	Decided time.Time
}

const (
	insertActor    = `INSERT INTO actors (region_id, actor_id, title) VALUES ($1, $2, $3)`
	selectActor    = `SELECT actor_id, title FROM actors WHERE region_id = $1 AND actor_id = $2`
	selectAll      = `SELECT actor_id, title FROM actors WHERE region_id = $1 AND actor_id > $2 ORDER BY actor_id LIMIT $3`
	selectActors   = `SELECT actor_id, title FROM actors WHERE region_id = $1 AND actor_id {in $2}`
	insertSpelling = `INSERT INTO actor_spellings (region_id, spelling_id, spelling, form, block, actor_id, rule, score, like_id, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	selectSpelling = `SELECT spelling_id, actor_id FROM actor_spellings WHERE region_id = $1 AND spelling = $2`
	// What the office has parted is not taken for anything by itself again.
	selectForm  = `SELECT spelling_id, spelling, actor_id FROM actor_spellings WHERE region_id = $1 AND form = $2 AND rule <> 'parted' ORDER BY spelling_id LIMIT $3`
	selectBlock = `SELECT spelling_id, spelling, actor_id FROM actor_spellings WHERE region_id = $1 AND block = $2 AND rule <> 'parted' ORDER BY spelling_id LIMIT $3`
	// The same of many names at once.
	selectSpellings = `SELECT spelling_id, spelling, actor_id, spelling FROM actor_spellings WHERE region_id = $1 AND spelling {in $2}`
	selectForms     = `SELECT spelling_id, spelling, actor_id, form FROM actor_spellings WHERE region_id = $1 AND form {in $2} AND rule <> 'parted' ORDER BY form, spelling_id`
	selectBlocks    = `SELECT spelling_id, spelling, actor_id, block FROM actor_spellings WHERE region_id = $1 AND block {in $2} AND rule <> 'parted' ORDER BY block, spelling_id`
	columns         = `s.spelling_id, s.spelling, s.actor_id, a.title, s.rule, s.score, COALESCE(l.spelling, ''), s.decided_at, CASE WHEN EXISTS (SELECT 1 FROM actor_spellings o WHERE o.region_id = s.region_id AND o.actor_id = s.actor_id AND o.spelling_id <> s.spelling_id) THEN 0 ELSE 1 END`
	fromSpellings   = ` FROM actor_spellings s JOIN actors a ON a.region_id = s.region_id AND a.actor_id = s.actor_id LEFT JOIN actor_spellings l ON l.region_id = s.region_id AND l.spelling_id = s.like_id`
	selectMerged    = `SELECT ` + columns + fromSpellings + ` WHERE s.region_id = $1 AND s.rule <> 'first' AND s.spelling_id < $2 ORDER BY s.spelling_id DESC LIMIT $3`
	selectOf        = `SELECT ` + columns + fromSpellings + ` WHERE s.region_id = $1 AND s.actor_id = $2 ORDER BY s.spelling_id`
	selectOne       = `SELECT ` + columns + fromSpellings + ` WHERE s.region_id = $1 AND s.spelling_id = $2`
	moveSpelling    = `UPDATE actor_spellings SET actor_id = $3, rule = $4, score = $5, like_id = $6, decided_at = $7 WHERE region_id = $1 AND spelling_id = $2`
	renameActor     = `UPDATE actors SET title = $3 WHERE region_id = $1 AND actor_id = $2`
	deleteActor     = `DELETE FROM actors WHERE region_id = $1 AND actor_id = $2`
	countActors     = `SELECT COUNT(*) FROM actors WHERE region_id = $1`
)

// MovedArgs tells that the office has parted or joined names. From is an organisation
// that is no more, and To whose its names are now; both are 0 when none has gone.
type MovedArgs struct {
	Region string   `json:"region"`
	From   ident.ID `json:"from,omitempty"`
	To     ident.ID `json:"to,omitempty"`
}

// Moved is queued with such a decision: what is derived from whose names are whose is
// made anew.
var Moved = jobs.Kind[MovedArgs]{Name: "actor.moved"}

// mostLike bounds how many names a new one is compared with.
const mostLike = 300

// Service is the verbs of names.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
	index *search.Index // nil for none
	hear  []func(ctx context.Context, tx *store.Tx, p Person) error
	noted []func(ctx context.Context, tx *store.Tx, region string, a Actor) error
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service {
	return &Service{db: db, clock: c, ids: ids}
}

// Places tells which words are the names of a programme's places: such a word does not
// say whose a name is.
func Places(p interface {
	PlaceNamed(name string) (id string, ok bool)
}) func(word string) bool {
	return func(word string) bool { _, ok := p.PlaceNamed(word); return ok }
}

// Resolve finds whose a name is inside the caller's transaction, by the written
// rules, or begins a new organisation. place tells the names of places.
func (s *Service) Resolve(ctx context.Context, tx *store.Tx, region, text string, place func(string) bool) (spelling, actor ident.ID, err error) {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || utf8.RuneCountInString(text) > MaxSpelling {
		return 0, 0, fault.New(fault.Invalid, "too_long").On("implementer").With("max", MaxSpelling).With("now", utf8.RuneCountInString(text))
	}
	found, err := whose(ctx, tx, region, text, place)
	if err != nil {
		return 0, 0, err
	}
	if actor = found.actor; found.spelling != 0 {
		return found.spelling, actor, nil
	}
	if found.like == 0 {
		actor = s.ids.New()
		if _, err := tx.Exec(ctx, insertActor, region, int64(actor), text); err != nil {
			return 0, 0, err
		}
		if err := s.note(ctx, tx, region, Actor{ID: actor, Title: text}); err != nil {
			return 0, 0, err
		}
	}
	spelling = s.ids.New()
	if _, err = tx.Exec(ctx, insertSpelling, region, int64(spelling), text, found.form(), found.block(), int64(actor), string(found.rule), found.score, int64(found.like), clock.Micros(s.clock.Now())); err != nil {
		return spelling, actor, err
	}
	return spelling, actor, s.find(ctx, tx, region, actor)
}

// owner is what is known of whose a name is.
type owner struct {
	name
	spelling ident.ID // the very same, 0 for none
	actor    ident.ID // 0 for none
	rule     Rule
	score    int
	like     ident.ID // the spelling it was found to be like, 0 for none
}

// whose finds the organisation of a cleaned name by the written rules.
func whose(ctx context.Context, from store.Source, region, text string, place func(string) bool) (f owner, err error) {
	f = ownerOf(text)
	err = from.QueryRow(ctx, selectSpelling, region, text).Scan(&f.spelling, &f.actor)
	if !errors.Is(err, store.ErrNone) {
		return f, err
	}
	for _, look := range []struct{ query, key string }{{selectForm, f.form()}, {selectBlock, f.block()}} {
		rows, err := from.Query(ctx, look.query, region, look.key, mostLike)
		if err := store.Each(rows, err, func(rows *sql.Rows) error {
			var id, of ident.ID
			var other string
			if err := rows.Scan(&id, &other, &of); err != nil {
				return err
			}
			f.hear(known{id, of, parse(other)}, place)
			return nil
		}); err != nil {
			return f, err
		}
		if f.like != 0 {
			break
		}
	}
	return f, nil
}

func ownerOf(text string) owner { return owner{name: parse(text), rule: First} }

// known is a spelling whose organisation is known.
type known struct {
	spelling, actor ident.ID
	name
}

// hear takes a known spelling in, which is whose the name is when no other is more alike.
func (f *owner) hear(k known, place func(string) bool) {
	if r, sc, ok := same(f.name, k.name, place); ok && (f.like == 0 || sc > f.score) {
		f.rule, f.score, f.like, f.actor = r, sc, k.spelling, k.actor
	}
}

// manyNames is how many names are looked for in one question to the store.
const manyNames = 400

// WhoseAll is Whose of many names, by the names as they are given: three questions to the
// store for some hundreds of them, whoever they are. A name that is nobody's is missing.
func WhoseAll(ctx context.Context, from store.Source, region string, names []string, place func(string) bool) (map[string]ident.ID, error) {
	all := map[string]ident.ID{}
	for some := range slices.Chunk(names, manyNames) {
		left := map[string]*owner{} // by the cleaned name, whose is not known yet
		for _, given := range some {
			if text := strings.Join(strings.Fields(given), " "); text != "" && left[text] == nil {
				f := ownerOf(text)
				left[text] = &f
			}
		}
		found := map[string]ident.ID{}
		settle := func(text string, of ident.ID) {
			found[text] = of
			delete(left, text)
		}
		very, err := spellings(ctx, from, selectSpellings, region, left, func(text string, _ *owner) string { return text })
		if err != nil {
			return nil, err
		}
		for _, k := range very {
			settle(k.key, k.actor)
		}
		for _, look := range []struct {
			query string
			key   func(n name) string
		}{{selectForms, name.form}, {selectBlocks, name.block}} {
			list, err := spellings(ctx, from, look.query, region, left, func(_ string, f *owner) string { return look.key(f.name) })
			if err != nil {
				return nil, err
			}
			by := map[string][]known{}
			for _, k := range list {
				if len(by[k.key]) < mostLike {
					by[k.key] = append(by[k.key], k.known)
				}
			}
			for text, f := range left {
				for _, k := range by[look.key(f.name)] {
					f.hear(k, place)
				}
				if f.like != 0 {
					settle(text, f.actor)
				}
			}
		}
		for _, given := range some {
			if of := found[strings.Join(strings.Fields(given), " ")]; of != 0 {
				all[given] = of
			}
		}
	}
	return all, nil
}

// keyed is a known spelling with what it was found by.
type keyed struct {
	known
	key string
}

// spellings reads the known spellings of a key that some of the names have.
func spellings(ctx context.Context, from store.Source, query, region string, names map[string]*owner, key func(text string, f *owner) string) (all []keyed, err error) {
	keys := store.Strings{}
	for text, f := range names {
		keys = append(keys, key(text, f))
	}
	slices.Sort(keys)
	if keys = slices.Compact(keys); len(keys) == 0 {
		return nil, nil
	}
	rows, err := from.Query(ctx, query, region, keys)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var k keyed
		var text string
		err := rows.Scan(&k.spelling, &text, &k.actor, &k.key)
		k.name = parse(text)
		all = append(all, k)
		return err
	})
	return all, err
}

func scan(rows interface{ Scan(...any) error }) (p Spelling, err error) {
	var at, alone int64
	err = rows.Scan(&p.ID, &p.Text, &p.Actor.ID, &p.Actor.Title, &p.Rule, &p.Score, &p.Like, &at, &alone)
	p.Decided, p.Alone = clock.FromMicros(at), alone == 1
	return p, err
}

func list(ctx context.Context, from store.Source, query string, args ...any) (all []Spelling, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		p, err := scan(rows)
		all = append(all, p)
		return err
	})
	return all, err
}

// Decisions lists every decision but those that began an organisation, the newest
// first, from before one on (0 for the first page).
func Decisions(ctx context.Context, from store.Source, region string, before ident.ID, limit int) ([]Spelling, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return list(ctx, from, selectMerged, region, int64(before), limit)
}

// Of lists every way the name of an organisation is written.
func Of(ctx context.Context, from store.Source, region string, actor ident.ID) ([]Spelling, error) {
	return list(ctx, from, selectOf, region, int64(actor))
}

// ByID reads an organisation; a NotFound fault when there is none.
func ByID(ctx context.Context, from store.Source, region string, id ident.ID) (a Actor, err error) {
	err = from.QueryRow(ctx, selectActor, region, int64(id)).Scan(&a.ID, &a.Title)
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "actor.none")
	}
	return a, err
}

// List lists organisations by their numbers, from after one on.
func List(ctx context.Context, from store.Source, region string, after ident.ID, limit int) ([]Actor, error) {
	return actors(from.Query(ctx, selectAll, region, int64(after), limit))
}

func actors(rows *sql.Rows, err error) (all []Actor, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var a Actor
		err := rows.Scan(&a.ID, &a.Title)
		all = append(all, a)
		return err
	})
	return all, err
}

// Count counts the organisations of a region.
func Count(ctx context.Context, from store.Source, region string) (n int, err error) {
	err = from.QueryRow(ctx, countActors, region).Scan(&n)
	return n, err
}

// Part makes a spelling an organisation of its own again; nothing is joined to it
// or it to anything by itself from then on.
func (s *Service) Part(ctx context.Context, region string, spelling ident.ID) error {
	return s.move(ctx, region, spelling, audit.NamesParted, func(ctx context.Context, tx *store.Tx, p Spelling) (ident.ID, Rule, error) {
		rest, err := Of(ctx, tx, region, p.Actor.ID)
		if err != nil || len(rest) < 2 {
			return 0, "", errors.Join(err, fault.New(fault.Conflict, "actor.alone").On("spelling"))
		}
		// What is left keeps its number; when it was called by this name, by the oldest other.
		if p.Actor.Title == p.Text {
			for _, other := range rest {
				if other.ID != p.ID {
					if _, err := tx.Exec(ctx, renameActor, region, int64(p.Actor.ID), other.Text); err != nil {
						return 0, "", err
					}
					break
				}
			}
		}
		own := s.ids.New()
		_, err = tx.Exec(ctx, insertActor, region, int64(own), p.Text)
		return own, Parted, err
	})
}

// Join takes a spelling for another organisation's, by the office's word.
func (s *Service) Join(ctx context.Context, region string, spelling, to ident.ID) error {
	return s.move(ctx, region, spelling, audit.NamesJoined, func(ctx context.Context, tx *store.Tx, p Spelling) (ident.ID, Rule, error) {
		if to == p.Actor.ID {
			return 0, "", fault.New(fault.Conflict, "actor.one_already").On("to")
		}
		_, err := ByID(ctx, tx, region, to)
		return to, Joined, err
	})
}

func (s *Service) move(ctx context.Context, region string, spelling ident.ID, what audit.What, decide func(ctx context.Context, tx *store.Tx, p Spelling) (ident.ID, Rule, error)) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := scan(tx.QueryRow(ctx, selectOne, region, int64(spelling)))
		if errors.Is(err, store.ErrNone) {
			err = fault.New(fault.NotFound, "actor.none")
		}
		if err != nil {
			return err
		}
		to, rule, err := decide(ctx, tx, p)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		if _, err := tx.Exec(ctx, moveSpelling, region, int64(spelling), int64(to), string(rule), 1000, int64(0), clock.Micros(now)); err != nil {
			return err
		}
		left, err := Of(ctx, tx, region, p.Actor.ID)
		if err != nil {
			return err
		}
		if len(left) == 0 {
			if err := merged(ctx, tx, region, p.Actor.ID, to); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, deleteActor, region, int64(p.Actor.ID)); err != nil {
				return err
			}
		} else if p.Actor.Title == p.Text && rule == Joined {
			if _, err := tx.Exec(ctx, renameActor, region, int64(p.Actor.ID), left[0].Text); err != nil {
				return err
			}
		}
		if err := s.find(ctx, tx, region, p.Actor.ID, to); err != nil {
			return err
		}
		if err := s.note(ctx, tx, region, p.Actor, Actor{ID: to}); err != nil {
			return err
		}
		moved := MovedArgs{Region: region}
		if len(left) == 0 {
			moved.From, moved.To = p.Actor.ID, to
		}
		if err := Moved.Enqueue(ctx, tx, moved); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: now, What: what, Facts: audit.Facts{From: p.Text}})
	})
}
