package table

import (
	"context"
	"maps"
	"slices"
	"strings"

	"kokko/engine/language"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/search"
)

// Indexed has tables found through an index, from the same transaction on; without one
// none is.
func (s *Service) Indexed(x *search.Index) *Service {
	s.index = x
	return s
}

// find has a table found as it is now.
func (s *Service) find(ctx context.Context, tx *store.Tx, t Table) error {
	if s.index == nil {
		return nil
	}
	notes, err := Notes(ctx, tx, t.Region, t.ID)
	if err != nil {
		return err
	}
	return s.index.Put(ctx, tx, thing(t, notes[t.ID]))
}

// lost has tables found no more that are about to be deleted: those up to a number.
func (s *Service) lost(ctx context.Context, tx *store.Tx, region string, last ident.ID) error {
	if s.index == nil {
		return nil
	}
	ids, err := store.Values[ident.ID](tx.Query(ctx, selectUpTo, region, int64(last)))
	if err != nil {
		return err
	}
	return s.index.Remove(ctx, tx, region, search.Table, ids...)
}

// thing is what a table is found by: what it is about in every language it is written
// in, who calls it together, what was noted and what came of it. Not by who sits there
// or what they took upon themselves: people are found by their own choice alone.
func thing(t Table, notes []string) search.Thing {
	own := t.Texts[t.Language]
	body := []string{own.About, t.Convener, t.Result}
	for _, lang := range slices.Sorted(maps.Keys(t.Texts)) {
		if lang != t.Language {
			body = append(body, t.Texts[lang].Title, t.Texts[lang].About)
		}
	}
	in := language.Language(t.Language)
	if len(t.Texts) > 1 {
		in = language.Unknown // each word speaks for itself
	}
	return search.Thing{Region: t.Region, Kind: search.Table, ID: t.ID, Listed: true, Title: own.Title, Text: strings.Join(append(body, notes...), "\n"), Language: in, At: t.Made}
}

// Shelf is the tables, for an index that is made anew.
func Shelf() search.Shelf {
	return search.Shelf{Name: "tables", Kinds: []search.Kind{search.Table}, Read: func(ctx context.Context, from store.Source, region string, after ident.ID, most int) (things []search.Thing, last ident.ID, err error) {
		all, err := many(from.Query(ctx, selectAfter, region, int64(after), most))
		last = after
		if err != nil || len(all) == 0 {
			return nil, last, err
		}
		var ids []ident.ID
		for _, t := range all {
			ids = append(ids, t.ID)
		}
		notes, err := Notes(ctx, from, region, ids...)
		for _, t := range all {
			things, last = append(things, thing(t, notes[t.ID])), t.ID
		}
		return things, last, err
	}}
}
