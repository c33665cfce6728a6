package follow

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"kokko/engine/language"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/place"
	"kokko/region/search"
)

// A search can be followed: what is new and has all its words, of its theme and from
// near its place, is told, whatever kind of thing it is. Each search is kept by the keys of
// its rarest word, and a new thing looks itself up among them once, however many searches
// there are.

// Search is a question that stands.
type Search struct {
	Words string `json:"words"`
	Theme string `json:"theme,omitempty"` // the programme's id, "" for any
	Place string `json:"place,omitempty"` // the same
	Km    int    `json:"km,omitempty"`    // how far from the place
}

// maxWords bounds the words of a search, in characters.
const maxWords = 200

// tidy writes a search so that two who ask the same ask one.
func (s Search) tidy() Search {
	s.Words = strings.Join(strings.Fields(strings.ToLower(s.Words)), " ")
	if s.Place == "" {
		s.Km = 0
	}
	return s
}

// id names a search by what it asks.
func (s Search) id() string {
	sum := ident.Hash(strings.Join([]string{strconv.Quote(s.Words), s.Theme, s.Place, strconv.Itoa(s.Km)}, "\n"))
	return sum[:32]
}

// Item is something new, as searches see it.
type Item struct {
	Keys   map[string]bool
	Themes []string
	Near   map[string]float64 // how far it is from the places it is near
}

// ItemOf is a spark as searches see it.
func ItemOf(x *search.Index, sp spark.Spark, places []place.Place) Item {
	it := Item{Keys: x.Keys(sp.Title, sp.Text, language.Language(sp.Language)), Near: near(sp.Place, places)}
	for _, t := range sp.Tags {
		if t.Kind == string(Theme) {
			it.Themes = append(it.Themes, t.ID)
		}
	}
	return it
}

// ItemOfNews is another new thing as searches see it.
func ItemOfNews(n search.News, places []place.Place) Item {
	return Item{Keys: n.Keys, Themes: n.Themes, Near: near(n.Place, places)}
}

// near is how far a place is from those it is near.
func near(id string, places []place.Place) map[string]float64 {
	all := map[string]float64{}
	if i := slices.IndexFunc(places, func(p place.Place) bool { return p.ID == id }); id != "" && i >= 0 {
		for _, r := range around(places[i], places) {
			all[r.Target.ID] = r.Km
		}
	}
	return all
}

// Meets tells whether something is what a search asks for: it has every word, the
// theme, and is near enough.
func (s Search) Meets(x *search.Index, it Item) bool {
	if s.Theme != "" && !slices.Contains(it.Themes, s.Theme) {
		return false
	}
	if km, ok := it.Near[s.Place]; s.Place != "" && (!ok || km > float64(s.Km)) {
		return false
	}
	words := x.Words(s.Words)
	for _, keys := range words {
		if !slices.ContainsFunc(keys, func(key string) bool { return it.Keys[key] }) {
			return false
		}
	}
	return len(words) > 0
}

const (
	upsertSearch = `INSERT INTO follow_searches (region_id, search_id, words, theme, place, km, keyed_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (region_id, search_id) DO UPDATE SET keyed_by = excluded.keyed_by`
	insertSearchKey = `INSERT INTO follow_search_keys (region_id, word, search_id) VALUES ($1, $2, $3) ON CONFLICT (region_id, word, search_id) DO NOTHING`
	selectSearch    = `SELECT words, theme, place, km FROM follow_searches WHERE region_id = $1 AND search_id = $2`
	selectMatching  = `SELECT s.search_id, s.words, s.theme, s.place, s.km FROM follow_searches s WHERE s.region_id = $1 AND s.search_id IN
(SELECT k.search_id FROM follow_search_keys k WHERE k.region_id = $1 AND k.word {in $2}) ORDER BY s.search_id`
	selectKeyedBefore = `SELECT search_id FROM follow_searches WHERE region_id = $1 AND keyed_by < $2 LIMIT $3`
	selectKeyedAfter  = `SELECT search_id FROM follow_searches WHERE region_id = $1 AND keyed_by > $2 LIMIT $3`
	deleteSearchKeys  = `DELETE FROM follow_search_keys WHERE region_id = $1 AND search_id = $2`
	// Of a search that nobody follows nothing stays.
	deleteUnfollowed     = `DELETE FROM follow_searches WHERE region_id = $1 AND search_id = $2 AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.region_id = $1 AND f.target = $3)`
	deleteUnfollowedKeys = `DELETE FROM follow_search_keys WHERE region_id = $1 AND search_id = $2 AND NOT EXISTS (SELECT 1 FROM follow_searches s WHERE s.region_id = $1 AND s.search_id = $2)`
	selectSearchesOf     = `SELECT target FROM follows WHERE region_id = $1 AND address_id = $2 AND target >= 'search:' AND target < 'search;'`
)

// Save keeps a search inside the caller's transaction, and gives what follows it. The
// same search is kept once.
func Save(ctx context.Context, tx *store.Tx, x *search.Index, region string, s Search) (Target, error) {
	s = s.tidy()
	if len([]rune(s.Words)) > maxWords || len(x.Words(s.Words)) == 0 {
		return Target{}, fault.New(fault.Invalid, "follow.search.words").On("sanat")
	}
	t := Target{Searching, s.id()}
	if _, err := tx.Exec(ctx, upsertSearch, region, t.ID, s.Words, s.Theme, s.Place, s.Km, x.Name()); err != nil {
		return t, err
	}
	return t, key(ctx, tx, x, region, t.ID, s)
}

// key keeps a search by the keys of its rarest word.
func key(ctx context.Context, tx *store.Tx, x *search.Index, region, id string, s Search) error {
	if _, err := tx.Exec(ctx, deleteSearchKeys, region, id); err != nil {
		return err
	}
	words := x.Words(s.Words)
	holding, err := x.Holding(ctx, tx, region, slices.Concat(words...))
	if err != nil {
		return err
	}
	var rarest []string
	least, longest := math.MaxInt, 0
	for _, keys := range words {
		n, long := 0, 0
		for _, k := range keys {
			n, long = n+holding(k), max(long, len(k))
		}
		if n < least || n == least && long > longest {
			rarest, least, longest = keys, n, long
		}
	}
	for _, k := range rarest {
		if _, err := tx.Exec(ctx, insertSearchKey, region, k, id); err != nil {
			return err
		}
	}
	return nil
}

// SearchOf reads a search that somebody follows.
func SearchOf(ctx context.Context, from store.Source, region, id string) (s Search, err error) {
	err = from.QueryRow(ctx, selectSearch, region, id).Scan(&s.Words, &s.Theme, &s.Place, &s.Km)
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "follow.none")
	}
	return s, err
}

// Matching gives the searches that something new answers, each by its id, with one
// look-up.
func Matching(ctx context.Context, from store.Source, x *search.Index, region string, it Item) (map[string]Search, error) {
	keys := make(store.Strings, 0, len(it.Keys))
	for k := range it.Keys {
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, nil
	}
	slices.Sort(keys)
	all := map[string]Search{}
	rows, err := from.Query(ctx, selectMatching, region, keys)
	err = store.Each(rows, err, func(r *sql.Rows) error {
		var id string
		var s Search
		err := r.Scan(&id, &s.Words, &s.Theme, &s.Place, &s.Km)
		if err == nil && s.Meets(x, it) {
			all[id] = s
		}
		return err
	})
	return all, err
}

// rekeyAtOnce is how many searches one transaction keeps anew.
const rekeyAtOnce = 200

// Rekey keeps the searches of a region by today's keys, those that were kept by others.
func Rekey(ctx context.Context, db *store.DB, x *search.Index, region string) error {
	for n := rekeyAtOnce; n == rekeyAtOnce; {
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			ids, err := store.Values[string](tx.Query(ctx, selectKeyedBefore, region, x.Name(), rekeyAtOnce))
			if err == nil && len(ids) == 0 {
				ids, err = store.Values[string](tx.Query(ctx, selectKeyedAfter, region, x.Name(), rekeyAtOnce))
			}
			n = len(ids)
			for _, id := range ids {
				s, err := SearchOf(ctx, tx, region, id)
				if err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, upsertSearch, region, id, s.Words, s.Theme, s.Place, s.Km, x.Name()); err != nil {
					return err
				}
				if err := key(ctx, tx, x, region, id, s); err != nil {
					return err
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forget takes away searches that nobody follows any more.
func forget(ctx context.Context, tx *store.Tx, region string, targets ...string) error {
	for _, target := range targets {
		t, ok := ParseTarget(target)
		if !ok || t.Kind != Searching {
			continue
		}
		if _, err := tx.Exec(ctx, deleteUnfollowed, region, t.ID, target); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteUnfollowedKeys, region, t.ID); err != nil {
			return err
		}
	}
	return nil
}
