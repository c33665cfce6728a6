package actor

import (
	"context"
	"strings"

	"kokko/engine/language"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/search"
)

// Indexed has organisations found through an index by every way their names are
// written, from the same transaction on; without one none is.
func (s *Service) Indexed(x *search.Index) *Service {
	s.index = x
	return s
}

// find has organisations found as they are now.
func (s *Service) find(ctx context.Context, tx *store.Tx, region string, actors ...ident.ID) error {
	if s.index == nil {
		return nil
	}
	for _, id := range actors {
		t, err := thing(ctx, tx, region, id)
		if fault.Is(err, fault.NotFound) {
			err = s.index.Remove(ctx, tx, region, search.Organisation, id)
		} else if err == nil {
			err = s.index.Put(ctx, tx, t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func thing(ctx context.Context, from store.Source, region string, id ident.ID) (t search.Thing, err error) {
	a, err := ByID(ctx, from, region, id)
	if err != nil {
		return t, err
	}
	all, err := Of(ctx, from, region, id)
	var others []string
	for _, p := range all {
		if p.Text != a.Title {
			others = append(others, p.Text)
		}
	}
	return search.Thing{Region: region, Kind: search.Organisation, ID: id, Listed: true, Title: a.Title, Text: strings.Join(others, "\n"), Language: language.Finnish}, err
}

const selectFindable = `SELECT actor_id FROM actors WHERE region_id = $1 AND actor_id > $2 ORDER BY actor_id LIMIT $3`

// Shelf is the organisations, for an index that is made anew.
func Shelf() search.Shelf {
	return search.Shelf{Name: "organisations", Kinds: []search.Kind{search.Organisation}, Read: func(ctx context.Context, from store.Source, region string, after ident.ID, most int) (things []search.Thing, last ident.ID, err error) {
		ids, err := store.Values[ident.ID](from.Query(ctx, selectFindable, region, int64(after), most))
		last = after
		for _, id := range ids {
			t, err := thing(ctx, from, region, id)
			if err != nil {
				return nil, after, err
			}
			things, last = append(things, t), id
		}
		return things, last, err
	}}
}
