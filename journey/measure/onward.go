package measure

import (
	"context"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/forecast"
	"kokko/journey/share"
	"kokko/region/network"
)

// What is told onward, and what catches fire.

// readTold reads the links that were made since a moment, and those they may have come
// after, and where their makers are from who let themselves be counted: as the page of a
// spark's forecast knows it.
func (s *Service) readTold(ctx context.Context, m *material, first ident.ID) (err error) {
	if m.told, err = share.TellingsSince(ctx, s.db, m.region, first); err != nil || len(m.told) == 0 {
		return err
	}
	now, err := network.NewCounted(s.db, s.clock).Now(ctx, m.region)
	if err == nil {
		m.makers = forecast.Makers(now, m.region, m.told)
	}
	return err
}

// onward is how far what was told in a period went: how many links came of each, how long
// the chains were, and how many went to another place and to another sector.
func (m *material) onward(p Period) []Figure {
	at := map[ident.ID]share.Telling{}
	deepest := map[ident.ID]int{}
	var of struct{ n, k int }
	var places, sectors forecast.Crossing
	for _, l := range m.told {
		at[l.ID] = l
		if !p.Has(l.Made) {
			continue
		}
		of.n++
		deepest[l.Spark] = max(deepest[l.Spark], l.Depth)
		if l.Parent == 0 {
			continue
		}
		of.k++
		if was, ok := at[l.Parent]; ok {
			a, b := m.makers[was.By], m.makers[l.By]
			places.Count(a.Place, b.Place)
			sectors.Count(a.Sector, b.Sector)
		}
	}
	each, deep := Figure{Num: of.k, Den: of.n}, Figure{Den: len(deepest)}
	if of.n >= Few && (of.k == 0 || of.k >= Few) {
		each.State, each.Value = Known, float64(of.k)/float64(of.n)
	}
	if len(deepest) >= Few {
		sum := 0
		for _, d := range deepest {
			sum += d
		}
		deep.State, deep.Value = Known, float64(sum)/float64(len(deepest))
	}
	return []Figure{each, deep, portion(places.Crossed, places.Pairs), portion(sectors.Crossed, sectors.Pairs)}
}

// fired is how many caught fire of the sparks whose time was up in a period.
func (m *material) fired(ctx context.Context, from store.Source, p Period) ([]Figure, error) {
	b, err := forecast.BaseBetween(ctx, from, m.region, m.fire, p.Begins(), m.end(p))
	return []Figure{portion(b.Caught, b.Finished)}, err
}
