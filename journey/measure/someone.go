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

// lot is the sparks of a period that are asked about.
func (m *material) lot(p Period) (ids []ident.ID) {
	for _, x := range m.matters {
		if p.Has(x.dropped) {
			ids = append(ids, x.root)
		}
	}
	byLot(ids)
	return ids[:min(len(ids), mostAsked)]
}

// found is whom a spark finds; ok is false when it is gone.
func (s *Service) found(ctx context.Context, m *material, id ident.ID) (f found, ok bool, err error) {
	if f, ok = m.seen[id]; ok {
		return f, true, nil
	}
	sp, err := spark.ByID(ctx, s.db, m.region, id)
	if fault.Is(err, fault.NotFound) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	all, err := s.Named(ctx, sp)
	for _, k := range all {
		f.someone, f.person = true, f.person || k.Actor.Person
	}
	m.seen[id] = f
	return f, true, err
}

func (s *Service) someone(ctx context.Context, m *material, p Period) ([]Figure, error) {
	asked, someone, person := 0, 0, 0
	for _, id := range m.lot(p) {
		f, ok, err := s.found(ctx, m, id)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		asked++
		if f.someone {
			someone++
		}
		if f.person {
			person++
		}
	}
	judged, err := s.judged(ctx, m, p)
	return []Figure{portion(someone, asked), portion(person, asked), judged}, err
}

// Named is who is named for a spark, of what was known when it was dropped and who lets
// themselves be found now: those who know what is needed, not what is akin to it.
func (s *Service) Named(ctx context.Context, sp spark.Spark) (all []knowhow.Knower, err error) {
	some, err := s.know.Find(ctx, sp.Region, knowhow.Need{Text: sp.Sought(), Most: named, At: sp.Dropped})
	for _, k := range some {
		if k.Step == knowwho.Competence {
			all = append(all, k)
		}
	}
	return all, err
}
