package project

import (
	"context"
	"strings"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/knowhow"
)

// What an organisation carried out is evidence of what it knows. Projects are public.

// Knowing has a store of know-how hear whose projects have changed, from the same
// transaction on; without one nobody does.
func (s *Service) Knowing(k *knowhow.Service) *Service {
	s.know = k
	return s
}

func (s *Service) tell(ctx context.Context, tx *store.Tx, region string, actors ...ident.ID) error {
	if s.know == nil {
		return nil
	}
	for _, a := range actors {
		if err := s.know.Touch(ctx, tx, region, a); err != nil {
			return err
		}
	}
	return nil
}

// tellOf tells of the organisations of projects that are about to be deleted.
func (s *Service) tellOf(ctx context.Context, tx *store.Tx, region, query string, of any) error {
	whose, err := store.Values[ident.ID](tx.Query(ctx, query, region, of))
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, region, whose...)
}

// Projects whose organisations are told before they are deleted.
const (
	selectWhoseOf    = `SELECT DISTINCT s.actor_id FROM projects p JOIN actor_spellings s ON s.region_id = p.region_id AND s.spelling_id = p.spelling_id WHERE p.region_id = $1 AND p.source = $2`
	selectWhoseTaken = `SELECT DISTINCT s.actor_id FROM projects p JOIN actor_spellings s ON s.region_id = p.region_id AND s.spelling_id = p.spelling_id WHERE p.region_id = $1 AND p.import_id = $2`
)

// mostCarried bounds how many projects of an organisation speak for it: those that
// began last.
const mostCarried = 200

// Knowing gives the projects that an organisation carries or carried.
func Knowing(ctx context.Context, from store.Source, region string, of knowhow.Holder) (all []knowhow.Item, err error) {
	if of.Person {
		return nil, nil
	}
	list, err := List(ctx, from, region, of.ID, 0, mostCarried)
	for _, p := range list {
		i := knowhow.Item{ID: p.ID, Actor: of.ID, Kind: knowhow.Project, Text: strings.TrimSpace(p.Title + "\n" + p.Summary), Source: "project", SourceID: p.ID}
		if p.Start != workday.Day(0) {
			i.At = p.Start.Start(i18n.Helsinki())
		}
		all = append(all, i)
	}
	return all, err
}
