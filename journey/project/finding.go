package project

import (
	"context"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/search"
)

// Indexed has the projects that come in found through an index, from the same
// transaction on; without one none is.
func (s *Service) Indexed(x *search.Index) *Service {
	s.index = x
	return s
}

func thing(region string, p Project) search.Thing {
	t := search.Thing{Region: region, Kind: search.Project, ID: p.ID, Listed: true, Title: p.Title, Text: p.Summary}
	if p.Start != workday.Day(0) {
		t.At = p.Start.Start(i18n.Helsinki())
	}
	return t
}

// find has a project found as its record tells it.
func (s *Service) find(ctx context.Context, tx *store.Tx, region string, id ident.ID, r Record) error {
	if s.index == nil {
		return nil
	}
	return s.index.Put(ctx, tx, thing(region, Project{Record: r, ID: id}))
}

// lost has projects found no more that are about to be deleted; so are organisations
// that nothing names then.
func (s *Service) lost(ctx context.Context, tx *store.Tx, region string, kind search.Kind, query string, args ...any) error {
	if s.index == nil {
		return nil
	}
	ids, err := store.Values[ident.ID](tx.Query(ctx, query, args...))
	if err != nil {
		return err
	}
	return s.index.Remove(ctx, tx, region, kind, ids...)
}

const selectFindable = `SELECT ` + columns + fromAll + ` WHERE p.region_id = $1 AND p.project_id > $2 ORDER BY p.project_id LIMIT $3`

// Shelf is the projects, for an index that is made anew.
func Shelf() search.Shelf {
	return search.Shelf{Name: "projects", Kinds: []search.Kind{search.Project}, Read: func(ctx context.Context, from store.Source, region string, after ident.ID, most int) (things []search.Thing, last ident.ID, err error) {
		all, err := scanAll(from.Query(ctx, selectFindable, region, int64(after), most))
		last = after
		for _, p := range all {
			things, last = append(things, thing(region, p)), p.ID
		}
		return things, last, err
	}}
}
