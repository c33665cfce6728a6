package forecast

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/follow"
	"kokko/journey/spark"
	"kokko/region/address"
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

// factor is one as spread.Run has it.
func factor(x float64) uint16 { return uint16(math.Round(min(255, x) * 256)) }

// uncared are the factors of a network where nobody cares. Of an organisation it is not
// known.
func uncared(s *network.Snapshot, c chances) []uint16 {
	all := make([]uint16, len(s.Nodes))
	for n, node := range s.Nodes {
		if all[n] = factor(c.others); !node.Person {
			all[n] = factor(1)
		}
	}
	return all
}

// factors are those of a spark of such interests.
func (s *Service) factors(ctx context.Context, w *world, region string, interests []string) (factors, error) {
	if len(interests) == 0 {
		return factors{}, nil
	}
	var who []uint32
	for _, interest := range interests {
		some, err := s.carers(ctx, w, region, interest)
		if err != nil {
			return factors{}, err
		}
		who = append(who, some...)
	}
	slices.Sort(who)
	who = slices.Compact(who)
	f, sum := factors{of: slices.Clone(w.uncared)}, fnv.New64a()
	var bytes [4]byte
	for _, n := range who { // the rest is the network's
		f.of[n] = factor(w.chances.cared)
		binary.LittleEndian.PutUint32(bytes[:], n)
		sum.Write(bytes[:])
	}
	f.sum = sum.Sum64()
	return f, nil
}

// carers are who of a network cares for something.
type carers struct {
	who  []uint32
	read time.Time
}

// carers are who cares for something now, read again after a while: of that interest
// alone, so that it takes no longer for a region of many.
func (s *Service) carers(ctx context.Context, w *world, region, interest string) ([]uint32, error) {
	r := of(&w.caring, w.carers, interest)
	r.mu.Lock() // who asks for the same meanwhile waits for it
	defer r.mu.Unlock()
	now := s.clock.Now()
	if !r.is.read.IsZero() && now.Sub(r.is.read) < caresFor {
		return r.is.who, nil
	}
	who, err := w.care(ctx, s.db, region, interest)
	if err == nil {
		r.is = carers{who, now}
	}
	return who, err
}

// care reads who cares for something: those whom past tells of it, found from what was
// done and not from all who could have.
func (w *world) care(ctx context.Context, from store.Source, region, interest string) (who []uint32, err error) {
	at, err := w.knows(ctx, from, region)
	if err != nil {
		return nil, err
	}
	by := func(ctx context.Context, emails []string) (map[string]uint32, error) {
		found, err := written(ctx, from, region, emails)
		known := map[string]uint32{}
		for _, a := range found {
			if n, ok := at(a.ID); ok {
				known[strings.ToLower(a.Email)] = n
			}
		}
		return known, err
	}
	kind, tag, _ := strings.Cut(interest, ":")
	ids, err := store.Values[ident.ID](from.Query(ctx, selectToldOf, region, kind, tag, coursesMost))
	if err != nil {
		return nil, err
	}
	for chunk := range slices.Chunk(ids, readAtOnce) {
		did, err := acts(ctx, from, region, chunk, at, by)
		if err != nil {
			return nil, err
		}
		for _, x := range did {
			who = append(who, x.who)
		}
	}
	switch kind {
	case string(follow.Theme):
		all, err := follow.Whose(ctx, from, region, follow.Target{Kind: follow.Theme, ID: tag})
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			if n, ok := at(a); ok {
				who = append(who, n)
			}
		}
	case "network":
		groups, err := network.Grouped(ctx, from, region)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			if n, ok := w.of.Number(g.Actor); ok && g.Programme == tag {
				if is, known := at(w.of.Nodes[n].Address()); known && is == n {
					who = append(who, n)
				}
			}
		}
	}
	slices.Sort(who)
	return slices.Compact(who), nil
}

// knows tells people of a network who are not of the office by their address.
func (w *world) knows(ctx context.Context, from store.Source, region string) (at func(ident.ID) (uint32, bool), err error) {
	staff, err := staffOf(ctx, from, region)
	if err != nil {
		return nil, err
	}
	ours, err := written(ctx, from, region, slices.Collect(maps.Keys(staff)))
	if err != nil {
		return nil, err
	}
	return func(a ident.ID) (uint32, bool) {
		n, ok := w.address[a]
		return n, ok && !slices.ContainsFunc(ours, func(o address.Address) bool { return o.ID == a })
	}, nil
}

// written are addresses by how they are written, as it stands or in small letters.
func written(ctx context.Context, from store.Source, region string, emails []string) (all []address.Address, err error) {
	var both []string
	for _, e := range emails {
		both = append(both, e, strings.ToLower(e))
	}
	slices.Sort(both)
	for chunk := range slices.Chunk(slices.Compact(both), readAtOnce) {
		some, err := address.ByEmails(ctx, from, region, chunk...)
		if err != nil {
			return nil, err
		}
		all = slices.AppendSeq(all, maps.Values(some))
	}
	return all, nil
}
