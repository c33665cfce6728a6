package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// Kind is what a thing is.
type Kind string

// Thing is something that can be found.
type Thing struct {
	Region      string
	ID          ident.ID
	Kind        Kind
	Listed      bool // everybody may find it; else the office alone
	Title, Text string
	Language    language.Language
}

// Index writes and finds. Safe for concurrent use.
type Index struct{ words *text.Analyser }

// New gives an index that makes its keys with an analyser.
func New(words *text.Analyser) *Index { return &Index{words} }

const index = "search_keys"

// Put has a thing found by its words as they are now, in the transaction that writes
// it. It is idempotent.
func (x *Index) Put(ctx context.Context, tx *store.Tx, t Thing) error {
	keys := x.words.Of(t.Title, t.Text, t.Language)
	before, was, err := read(ctx, tx, t.Region, t.ID)
	if err != nil {
		return err
	}
	if was {
		if err := tx.TakeKeys(ctx, index, int64(t.ID)); err != nil {
			return err
		}
	}
	columns := [3]string{keys.String(text.Lemma), keys.String(text.Part), keys.String(text.Root)}
	if _, err := tx.Exec(ctx, insertKeys, t.Region, int64(t.ID), string(t.Kind), t.Listed, columns[0], columns[1], columns[2]); err != nil {
		return err
	}
	if err := tx.PutKeys(ctx, index, int64(t.ID), columns); err != nil {
		return err
	}
	texts := 1
	if was {
		texts = 0
	}
	return count(ctx, tx, t.Region, before, keys, texts)
}

// Remove has a thing found no more. It is idempotent.
func (x *Index) Remove(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	before, was, err := read(ctx, tx, region, id)
	if err != nil || !was {
		return err
	}
	if err := tx.TakeKeys(ctx, index, int64(id)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, deleteKeys, region, int64(id)); err != nil {
		return err
	}
	return count(ctx, tx, region, before, text.Keys{}, -1)
}

func read(ctx context.Context, tx *store.Tx, region string, id ident.ID) (k text.Keys, was bool, err error) {
	var columns [3]string
	var listed bool
	err = tx.QueryRow(ctx, selectKeys, region, int64(id)).Scan(&listed, &columns[0], &columns[1], &columns[2])
	if errors.Is(err, store.ErrNone) {
		return k, false, nil
	}
	return text.Read(columns), err == nil, err
}

// count keeps the frequencies: of the keys that came and went, always in one order,
// so that two transactions do not wait for each other.
func count(ctx context.Context, tx *store.Tx, region string, before, now text.Keys, texts int) error {
	change := map[string]int{}
	for key := range set(now) {
		change[key]++
	}
	for key := range set(before) {
		change[key]--
	}
	for _, key := range slices.Sorted(maps.Keys(change)) {
		if change[key] == 0 {
			continue
		}
		if _, err := tx.Exec(ctx, countWord, region, key, change[key]); err != nil {
			return err
		}
	}
	halves := int(2*now.Size()) - int(2*before.Size())
	if texts == 0 && halves == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, countText, region, texts, halves)
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

// Query is what is looked for.
type Query struct {
	Region string
	Text   string
	All    bool // what is not listed too: the office asks
	Most   int  // how many hits at most
}

// Hit is one thing that was found, with how well it answers.
type Hit struct {
	ID    ident.ID
	Kind  Kind
	Score float64
}

// Bounds of a search: of each key at most so many things are read, of all keys
// together so many, and so many are ranked. A key that more things have than are
// read says little; it counts in the ranking, but nothing is found by it alone
// unless there is nothing rarer.
const (
	ofAKey = 20_000
	ofAll  = 60_000
	ranks  = 1_000
)

// Find gives what answers a question, the best first.
func (x *Index) Find(ctx context.Context, from store.Source, q Query) ([]Hit, error) {
	asked := x.words.Asked(q.Text)
	all, err := collection(ctx, from, q.Region, asked)
	if err != nil || all.Texts == 0 {
		return nil, err
	}
	question := text.Ask(asked, all)
	ids, err := candidates(ctx, from, q, question, all)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var hits []Hit
	rows, err := from.Query(ctx, selectFound, q.Region, store.Ints(ids))
	err = store.Each(rows, err, func(r *sql.Rows) error {
		var h Hit
		var columns [3]string
		if err := r.Scan(&h.ID, &h.Kind, &columns[0], &columns[1], &columns[2]); err != nil {
			return err
		}
		h.Score = question.Score(text.Read(columns))
		hits = append(hits, h)
		return nil
	})
	slices.SortFunc(hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.ID, a.ID)) })
	return hits[:min(max(q.Most, 0), len(hits))], err
}

// collection is what is stored of all the region's things and the keys asked for.
func collection(ctx context.Context, from store.Source, region string, asked text.Keys) (c text.Collection, err error) {
	var halves int
	err = from.QueryRow(ctx, selectTotals, region).Scan(&c.Texts, &halves)
	if errors.Is(err, store.ErrNone) || err == nil && c.Texts == 0 {
		return text.Collection{}, nil
	}
	if err != nil {
		return c, err
	}
	c.Size = float64(halves) / 2 / float64(c.Texts)
	holding := map[string]int{}
	rows, err := from.Query(ctx, selectWords, region, store.Strings(slices.Sorted(maps.Keys(set(asked)))))
	err = store.Each(rows, err, func(r *sql.Rows) error {
		var key string
		var n int
		err := r.Scan(&key, &n)
		holding[key] = n
		return err
	})
	c.Holding = func(key string) int { return holding[key] }
	return c, err
}

// candidates are the things worth ranking: those with the rarest of the keys, by how
// much the keys they have say.
func candidates(ctx context.Context, from store.Source, q Query, question *text.Question, all text.Collection) ([]int64, error) {
	terms := question.Terms()
	slices.SortFunc(terms, func(a, b text.Term) int {
		return cmp.Or(cmp.Compare(all.Holding(a.Key), all.Holding(b.Key)), cmp.Compare(a.Key, b.Key))
	})
	gain := map[int64]float64{}
	left := ofAll
	for _, t := range terms {
		n := all.Holding(t.Key)
		if n == 0 {
			continue
		}
		if len(gain) > 0 && (n > ofAKey || n > left) {
			break
		}
		rows, err := from.Query(ctx, selectHaving, q.Region, store.Key(t.Key), !q.All, ofAKey)
		if err := store.Each(rows, err, func(r *sql.Rows) error {
			var id int64
			err := r.Scan(&id)
			gain[id] += t.Gain
			return err
		}); err != nil {
			return nil, err
		}
		left -= n
	}
	ids := slices.SortedFunc(maps.Keys(gain), func(a, b int64) int { return cmp.Or(cmp.Compare(gain[b], gain[a]), cmp.Compare(b, a)) })
	return ids[:min(ranks, len(ids))], nil
}
