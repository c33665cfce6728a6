package search

import (
	"context"
	"database/sql"
	"errors"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// Kind is what a thing is.
type Kind string

// The kinds. Who brings a new one adds it here.
const (
	Spark        Kind = "spark"
	Story        Kind = "story" // what was said of a spark, one beat each
	Project      Kind = "project"
	Organisation Kind = "organisation"
	Person       Kind = "person" // only while they want to be found
	Asset        Kind = "asset"
	Table        Kind = "table" // a partnership table, as everybody reads it
)

// Thing is something that can be found.
type Thing struct {
	Region      string
	Kind        Kind
	ID          ident.ID
	About       ident.ID // the spark a beat tells of; itself for the others
	Listed      bool     // everybody may find it; else the office alone
	Title, Text string
	Language    language.Language
	Place       string   // of the programme, by its id
	State       string   // of a spark
	Themes      []string // of the programme, by their ids
	At          time.Time
}

// Index writes and finds. Safe for concurrent use.
type Index struct {
	words *text.Analyser
	ids   *ident.Maker
	name  string
}

// New gives an index that makes its keys with an analyser. name is told of the
// analyser: when it is another one, what is kept is made anew (Renew).
func New(words *text.Analyser, name string, ids *ident.Maker) *Index {
	return &Index{words, ids, name}
}

// row is what is kept of a thing beside its keys.
type row struct {
	id              int64
	about           ident.ID
	listed          bool
	place, state    string
	themes          string
	at, digest      int64
	halves, counted int
}

// themesOf writes themes so that each stands between spaces.
func themesOf(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return " " + strings.Join(ids, " ") + " "
}

// digest tells whether a thing says the same and its keys would be the same.
func (x *Index) digest(t Thing) int64 {
	h := fnv.New64a()
	for _, s := range []string{x.name, string(t.Language), t.Title, t.Text} {
		h.Write([]byte(s))
		h.Write([]byte{0xff})
	}
	return int64(h.Sum64())
}

// Put has a thing found by its words as they are now, in the transaction that writes
// it; one without words is found no more. It is idempotent, and cheap when only what
// stands around the words has changed.
func (x *Index) Put(ctx context.Context, tx *store.Tx, t Thing) error {
	isNew, err := x.put(ctx, tx, t)
	if err == nil && isNew && t.Kind.isNews() {
		err = announce(ctx, tx, t)
	}
	return err
}

// put is Put, and tells whether everybody can find it now who could not before.
func (x *Index) put(ctx context.Context, tx *store.Tx, t Thing) (isNew bool, err error) {
	if strings.TrimSpace(t.Title+t.Text) == "" {
		return false, x.Remove(ctx, tx, t.Region, t.Kind, t.ID)
	}
	if t.About == 0 {
		t.About = t.ID
	}
	now := row{about: t.About, listed: t.Listed, place: t.Place, state: t.State, themes: themesOf(t.Themes), at: clock.Micros(t.At), digest: x.digest(t)}
	was, known, err := take(ctx, tx, t.Region, t.Kind, t.ID)
	if err != nil {
		return false, err
	}
	isNew = now.listed && !(known && was.listed)
	if known && was.digest == now.digest {
		now.id, now.halves, now.counted = was.id, was.halves, was.counted
		if now == was {
			return false, nil
		}
		if err := uncount(ctx, tx, t.Region, was, now.listed); err != nil {
			return false, err
		}
		_, err := tx.Exec(ctx, updateFacets, t.Region, now.id, int64(now.about), now.listed, now.place, now.state, now.themes, now.at)
		return isNew, err
	}
	keys := x.words.Of(t.Title, t.Text, known3(t.Language))
	now.halves = keys.Halves()
	columns := [3]string{keys.String(text.Lemma), keys.String(text.Part), keys.String(text.Root)}
	if known {
		now.id = was.id
		var had [3]string
		if had, err = keysOf(ctx, tx, t.Region, was.id); err != nil {
			return false, err
		}
		if had == columns && was.halves == now.halves {
			if err := uncount(ctx, tx, t.Region, was, now.listed); err != nil {
				return false, err
			}
			_, err := tx.Exec(ctx, updateDigest, t.Region, now.id, int64(now.about), now.listed, now.place, now.state, now.themes, now.at, now.digest, []byte(keys.Outline()))
			return isNew, err
		}
		if err := x.take(ctx, tx, t.Region, was, had); err != nil {
			return false, err
		}
		_, err = tx.Exec(ctx, updateThing, t.Region, now.id, int64(now.about), now.listed, now.place, now.state, now.themes, now.at, now.digest, now.halves, []byte(keys.Outline()))
	} else {
		now.id = int64(x.ids.New())
		_, err = tx.Exec(ctx, insertThing, t.Region, now.id, string(t.Kind), int64(t.ID), int64(now.about), now.listed, now.place, now.state, now.themes, now.at, now.digest, now.halves, []byte(keys.Outline()))
	}
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, insertTexts, t.Region, now.id, columns[0], columns[1], columns[2]); err != nil {
		return false, err
	}
	if err := tx.PutKeys(ctx, t.Region, index, now.id, columns); err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, insertPending, t.Region, now.id)
	return isNew, err
}

// known3 is one of the three languages, or unknown.
func known3(l language.Language) language.Language {
	if slices.Contains(language.All(), l) {
		return l
	}
	return language.Unknown
}

// take locks a thing and reads what is kept of it.
func take(ctx context.Context, tx *store.Tx, region string, kind Kind, id ident.ID) (r row, known bool, err error) {
	n, err := tx.Exec(ctx, takeThing, region, string(kind), int64(id))
	if err != nil || n == 0 {
		return r, false, err
	}
	err = tx.QueryRow(ctx, selectThing, region, string(kind), int64(id)).Scan(&r.id, &r.about, &r.listed, &r.place, &r.state, &r.themes, &r.at, &r.digest, &r.halves, &r.counted)
	if errors.Is(err, store.ErrNone) {
		return r, false, nil
	}
	return r, err == nil, err
}

// keysOf reads the keys of a row.
func keysOf(ctx context.Context, tx *store.Tx, region string, id int64) (columns [3]string, err error) {
	err = tx.QueryRow(ctx, selectTexts, region, id).Scan(&columns[0], &columns[1], &columns[2])
	return columns, err
}

// take takes the keys of a row out of the index and out of what is counted.
func (x *Index) take(ctx context.Context, tx *store.Tx, region string, r row, columns [3]string) error {
	if err := tx.TakeKeys(ctx, region, index, r.id, columns); err != nil {
		return err
	}
	return recount(ctx, tx, region, r, columns)
}

// uncount has a row counted anew when it is not for the same any more, everybody or the
// office.
func uncount(ctx context.Context, tx *store.Tx, region string, r row, listed bool) error {
	if r.listed == listed || r.counted == 0 {
		return nil
	}
	columns, err := keysOf(ctx, tx, region, r.id)
	if err != nil {
		return err
	}
	if err := recount(ctx, tx, region, r, columns); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, uncountThing, region, r.id); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertPending, region, r.id)
	return err
}

// recount takes a row out of what is counted.
func recount(ctx context.Context, tx *store.Tx, region string, r row, columns [3]string) error {
	if r.counted == 0 {
		return nil
	}
	t := tally{}
	t.add(r.counted, r.halves, text.Read(columns), -1)
	return t.write(ctx, tx, region)
}

// Remove has a thing found no more, and leaves nothing of its words. It is idempotent.
func (x *Index) Remove(ctx context.Context, tx *store.Tx, region string, kind Kind, ids ...ident.ID) error {
	for _, id := range ids {
		was, known, err := take(ctx, tx, region, kind, id)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		columns, err := keysOf(ctx, tx, region, was.id)
		if err != nil {
			return err
		}
		if err := x.take(ctx, tx, region, was, columns); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deletePending, region, store.Ints{was.id}); err != nil {
			return err
		}
		for _, statement := range []string{deleteNews, deleteTexts, deleteThing} {
			if _, err := tx.Exec(ctx, statement, region, was.id); err != nil {
				return err
			}
		}
	}
	return nil
}

// RemoveAbout removes a spark and all that is told of it.
func (x *Index) RemoveAbout(ctx context.Context, tx *store.Tx, region string, about ident.ID) error {
	type thing struct {
		kind Kind
		id   ident.ID
	}
	var all []thing
	rows, err := tx.Query(ctx, selectAbout, region, int64(about))
	if err := store.Each(rows, err, func(r *sql.Rows) error {
		var t thing
		err := r.Scan(&t.kind, &t.id)
		all = append(all, t)
		return err
	}); err != nil {
		return err
	}
	for _, t := range all {
		if err := x.Remove(ctx, tx, region, t.kind, t.id); err != nil {
			return err
		}
	}
	return nil
}

// Follow has what is told of a spark keep step with it: for everybody or the office
// alone, where it is from and how it stands.
func (x *Index) Follow(ctx context.Context, tx *store.Tx, t Thing) error {
	ids, err := store.Values[ident.ID](tx.Query(ctx, selectOthers, t.Region, int64(t.ID), string(t.Kind), t.Listed, t.Place, t.State))
	if err != nil {
		return err
	}
	for _, id := range ids {
		was, known, err := take(ctx, tx, t.Region, Story, id)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		if err := uncount(ctx, tx, t.Region, was, t.Listed); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, updateFacets, t.Region, was.id, int64(was.about), t.Listed, t.Place, t.State, was.themes, was.at); err != nil {
			return err
		}
	}
	return nil
}

// tally is what is to be added to the counts.
type tally struct {
	words         map[string][2]int // of how many things, and of how many that everybody may find
	texts, halves int
}

func (t *tally) add(counted, halves int, k text.Keys, sign int) {
	if t.words == nil {
		t.words = map[string][2]int{}
	}
	for key := range set(k) {
		n := t.words[key]
		n[0] += sign
		if counted == 2 {
			n[1] += sign
		}
		t.words[key] = n
	}
	t.texts += sign
	t.halves += sign * halves
}

// atOnce is how many words one statement counts.
const atOnce = 50

// write adds a tally, always in one order, so that two transactions do not wait for
// each other in a circle, and takes away what nothing has any more.
func (t *tally) write(ctx context.Context, tx *store.Tx, region string) error {
	if t.texts == 0 && len(t.words) == 0 {
		return nil
	}
	var gone store.Strings
	for words := range slices.Chunk(slices.Sorted(maps.Keys(t.words)), atOnce) {
		args := []any{region}
		for _, w := range words {
			n := t.words[w]
			args = append(args, w, n[0], n[1])
			if n[0] < 0 {
				gone = append(gone, w)
			}
		}
		if _, err := tx.Exec(ctx, countWords(len(words)), args...); err != nil {
			return err
		}
	}
	if len(gone) > 0 {
		if _, err := tx.Exec(ctx, deleteUnused, region, gone); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, countTotals, region, t.texts, t.halves)
	return err
}

func set(k text.Keys) map[string]bool {
	all := map[string]bool{}
	for _, column := range k {
		for _, key := range column {
			all[key] = true
		}
	}
	return all
}

// countAtOnce is how many things one transaction counts.
const countAtOnce = 200

// Count counts the words of what was written lately in a region, some things a
// transaction. What is not yet counted is found all the same, as if its words were
// rare.
func (x *Index) Count(ctx context.Context, db *store.DB, region string) (err error) {
	for n := countAtOnce; n == countAtOnce && err == nil; {
		n, err = x.count(ctx, db, region)
	}
	return err
}

func (x *Index) count(ctx context.Context, db *store.DB, region string) (n int, err error) {
	err = db.Tx(store.Apart(ctx), func(ctx context.Context, tx *store.Tx) error {
		ids, err := store.Values[int64](tx.Query(ctx, selectPending, region, countAtOnce))
		if n = len(ids); err != nil || n == 0 {
			return err
		}
		var taken int64
		for _, take := range []string{takeUncounted, takeUncountedAs} {
			k, err := tx.Exec(ctx, take, region, store.Ints(ids))
			if err != nil {
				return err
			}
			taken += k
		}
		var t tally
		if taken > 0 {
			rows, err := tx.Query(ctx, selectTaken, region, store.Ints(ids))
			if err := store.Each(rows, err, func(r *sql.Rows) error {
				var counted, halves int
				var columns [3]string
				err := r.Scan(&counted, &halves, &columns[0], &columns[1], &columns[2])
				t.add(counted, halves, text.Read(columns), 1)
				return err
			}); err != nil {
				return err
			}
		}
		if err := t.write(ctx, tx, region); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, deletePending, region, store.Ints(ids))
		return err
	})
	return n, err
}
