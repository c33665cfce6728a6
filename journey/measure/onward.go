package measure

import (
	"context"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/forecast"
	"kokko/journey/share"
	"kokko/region/actor"
)

// What is told onward, and what catches fire.

// spot is where the maker of a link is from.
type spot struct{ place, sector string }

// readTold reads the links that were made since a moment, and those they may have come
// after, and where their makers are from who let themselves be counted.
func (m *material) readTold(ctx context.Context, from store.Source, first ident.ID) (err error) {
	if m.told, err = share.TellingsSince(ctx, from, m.region, first); err != nil || len(m.told) == 0 {
		return err
	}
	m.makers = map[string]spot{}
	for last := ident.ID(0); ; {
		some, err := actor.People(ctx, from, m.region, last, atOnce)
		if err != nil {
			return err
		}
		for _, p := range some {
			if last = p.ID; p.Chose(actor.Counted) && p.Address != 0 {
				m.makers[share.Holder(m.region, p.Address)] = spot{p.Place, p.Sector}
			}
		}
		if len(some) < atOnce {
			return nil
		}
	}
}

// onward is how far what was told in a period went: how many links came of each, how long
// the chains were, and how many went to another place and to another sector.
func (m *material) onward(p Period) []Figure {
	at := map[ident.ID]share.Telling{}
	deepest := map[ident.ID]int{}
	var of, places, sectors struct{ n, k int }
	pair := func(c *struct{ n, k int }, a, b string) {
		if a != "" && b != "" {
			if c.n++; a != b {
				c.k++
			}
		}
	}
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
			pair(&places, a.place, b.place)
			pair(&sectors, a.sector, b.sector)
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
	return []Figure{each, deep, portion(places.k, places.n), portion(sectors.k, sectors.n)}
}

// fired is how many caught fire of the sparks whose time was up in a period.
func (m *material) fired(ctx context.Context, from store.Source, p Period) ([]Figure, error) {
	b, err := forecast.BaseBetween(ctx, from, m.region, m.fire, p.Begins(), m.end(p))
	return []Figure{portion(b.Caught, b.Finished)}, err
}
