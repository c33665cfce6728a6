package measure

import (
	"cmp"
	"context"
	"slices"

	"kokko/engine/knowwho"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/region/knowhow"
)

// Whether there is always somebody: whom the same finding that people meet on a spark's
// page would have named on the day it was dropped.

// found is whom a spark finds.
type found struct{ someone, person bool }

const (
	mostAsked = 150 // sparks of a period that are asked about: beyond, a lot is drawn
	named     = 7   // as many as the spark's page names
)

// byLot orders sparks by lot: the same lot each time, whatever else there is.
func byLot(ids []ident.ID) {
	mix := func(id ident.ID) uint64 { // splitmix64
		x := uint64(id) + 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		return x ^ x>>31
	}
	slices.SortFunc(ids, func(a, b ident.ID) int { return cmp.Compare(mix(a), mix(b)) })
}

func (s *Service) someone(ctx context.Context, m *material, p Period) ([]Figure, error) {
	var ids []ident.ID
	for _, x := range m.matters {
		if p.Has(x.dropped) {
			ids = append(ids, x.root)
		}
	}
	byLot(ids)
	ids = ids[:min(len(ids), mostAsked)]
	asked, someone, person := 0, 0, 0
	for _, id := range ids {
		f, ok := m.seen[id]
		if !ok {
			sp, err := spark.ByID(ctx, s.db, m.region, id)
			if fault.Is(err, fault.NotFound) {
				continue // gone since
			}
			if err != nil {
				return nil, err
			}
			all, err := s.finds(ctx, sp)
			if err != nil {
				return nil, err
			}
			for _, k := range all {
				f.someone, f.person = true, f.person || k.Actor.Person
			}
			m.seen[id] = f
		}
		asked++
		if f.someone {
			someone++
		}
		if f.person {
			person++
		}
	}
	return []Figure{portion(someone, asked), portion(person, asked)}, nil
}

// finds is who is named for a spark as of its drop: those who know what is needed, not
// what is akin to it.
func (s *Service) finds(ctx context.Context, sp spark.Spark) (all []knowhow.Knower, err error) {
	some, err := s.know.Find(ctx, sp.Region, knowhow.Need{Text: sp.Sought(), Most: named, At: sp.Dropped})
	for _, k := range some {
		if k.Step == knowwho.Competence {
			all = append(all, k)
		}
	}
	return all, err
}
