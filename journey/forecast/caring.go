package forecast

import (
	"context"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/follow"
	"kokko/journey/spark"
	"kokko/region/network"
)

// Who cares for what: a word is taken up more readily by somebody who has had to do with
// its theme. It is known of those alone who let themselves be counted, from what they did
// or told themselves: sparks they brought, rings they are in, what they said beneath
// sparks, themes they follow, networks they are in. It is never kept: only sums over all
// are.

const (
	// assumedLift is how much more readily somebody takes up what they care for, until
	// anything is known of it; assumedShare is of how many chances that is so.
	assumedLift, assumedShare = 2, .25
	// mostLift bounds what is learnt of it, and of the others as one by it.
	mostLift = 8
	// caresFor is for how long it is remembered who cares for what.
	caresFor = time.Minute
)

// interests are what of the programme a spark is of, as it may be cared for: themes, and
// networks.
func interests(tags []spark.Tag) (all []string) {
	for _, t := range tags {
		if t.Kind == "theme" || t.Kind == "network" {
			all = append(all, t.String())
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// caring is who cares for what, and from which day on that was to be seen: the days are
// since 1970-01-01, the people by their number in a network.
type caring map[string]map[uint32]float64

func (c caring) notes(interest string, n uint32, day float64) {
	if c[interest] == nil {
		c[interest] = map[uint32]float64{}
	}
	if was, ok := c[interest][n]; !ok || day < was {
		c[interest][n] = day
	}
}

// by tells whether somebody had been seen to care for any of some interests before a day.
func (c caring) by(of []string, n uint32, day float64) bool {
	return slices.ContainsFunc(of, func(interest string) bool {
		since, ok := c[interest][n]
		return ok && since < day
	})
}

// daysOf is a moment in days since 1970-01-01.
func daysOf(t time.Time) float64 { return float64(clock.Micros(t)) / dayMicros }

// told adds what people told of themselves: themes they follow, and networks they are in.
func (c caring) told(ctx context.Context, from store.Source, region string, of *network.Snapshot, at map[ident.ID]uint32) error {
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(at)), readAtOnce) {
		follows, err := follow.Of(ctx, from, region, chunk...)
		if err != nil {
			return err
		}
		for a, all := range follows {
			for _, f := range all {
				if f.Target.Kind == follow.Theme {
					c.notes(f.Target.String(), at[a], daysOf(f.Since))
				}
			}
		}
	}
	groups, err := network.Grouped(ctx, from, region)
	if err != nil {
		return err
	}
	for _, g := range groups {
		n, ok := of.Number(g.Actor)
		if !ok {
			continue
		}
		if is, known := at[of.Nodes[n].Address()]; known && is == n {
			day := float64(g.Since)
			if g.Since == 0 {
				day = daysOf(g.Told)
			}
			c.notes("network:"+g.Programme, n, day)
		}
	}
	return nil
}

// factors are how much more or less readily than on average each of a network takes up a
// spark, as spread.Run has them, and a sum that tells them from others; nil and 0 where
// it is of nothing that is cared for.
type factors struct {
	of  []uint16
	sum uint64
}

// factors are those of a spark of such interests. Of an organisation it is not known.
func (s *Service) factors(ctx context.Context, w *world, region string, of []string) (factors, error) {
	if len(of) == 0 {
		return factors{}, nil
	}
	cares, err := s.caringNow(ctx, w, region)
	if err != nil {
		return factors{}, err
	}
	share := func(x float64) uint16 { return uint16(math.Round(min(255, x) * 256)) }
	all := make([]uint16, len(w.of.Nodes))
	for n, node := range w.of.Nodes {
		switch {
		case !node.Person:
			all[n] = 256
		case cares.by(of, uint32(n), math.Inf(1)):
			all[n] = share(w.chances.cared)
		default:
			all[n] = share(w.chances.others)
		}
	}
	sum := fnv.New64a()
	for _, x := range all {
		sum.Write([]byte{byte(x), byte(x >> 8)})
	}
	return factors{all, sum.Sum64()}, nil
}

// caringNow is who cares for what now, read again after a while.
func (s *Service) caringNow(ctx context.Context, w *world, region string) (caring, error) {
	w.caring.Lock()
	defer w.caring.Unlock()
	if now := s.clock.Now(); w.cares == nil || now.Sub(w.caredAt) >= caresFor {
		_, cares, err := s.past(ctx, s.db, region, w.of)
		if err != nil {
			return nil, err
		}
		w.cares, w.caredAt = cares, now
	}
	return w.cares, nil
}
