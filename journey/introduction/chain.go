package introduction

import (
	"context"
	"slices"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/trust"
)

// Way is one way to somebody: the chain of who knows whom, and who on it could pass a
// request on.
type Way struct {
	network.Chain
	// Broker is the last to pass it on: the one nearest to whom is sought who may be
	// asked. Nobody (ID 0) where only the office can be.
	Broker network.Node
	// For is the organisation on the chain whose person the broker is; zero when they
	// stand on it themselves.
	For network.Node
	// Through are those a request would be passed along hand to hand, the broker last.
	Through []Through
}

// Ways are the ways to one, from whoever it was.
type Ways struct {
	All []Way
	// Office tells that nobody knew a way from who asks, so that these begin at the
	// office.
	Office bool
}

// Brokers are those of the ways who could pass a request on, each once.
func (w Ways) Brokers() (all []Way) {
	for _, x := range w.All {
		if x.Broker.ID != 0 && !slices.ContainsFunc(all, func(y Way) bool { return y.Broker.ID == x.Broker.ID }) {
			all = append(all, x)
		}
	}
	return all
}

// Finder finds ways for one who asks. Not safe for concurrent use.
type Finder struct {
	s      *Service
	from   store.Source
	region string
	now    *network.Snapshot
	asker  ident.ID
	seeks  []*network.Seeker // who asks, then the office
	mine   bool              // the first is who asks
	may    map[ident.ID]bool // of people: may they be asked
	loads  map[ident.ID]float64
}

// Finder looks for ways from who asks (0 for somebody unknown) and, where they know
// none, from the first of the office's own that stands in the network.
func (s *Service) Finder(ctx context.Context, from store.Source, region string, now *network.Snapshot, asker ident.ID, home ...ident.ID) (*Finder, error) {
	f := &Finder{s: s, from: from, region: region, now: now, asker: asker, may: map[ident.ID]bool{}}
	if asker != 0 {
		k, ok, err := now.Seek(ctx, from, region, asker)
		if err != nil {
			return nil, err
		}
		if ok {
			f.seeks, f.mine = append(f.seeks, k), true
		}
	}
	for _, id := range home {
		if _, there := now.Number(id); !there || id == asker {
			continue
		}
		k, ok, err := now.Seek(ctx, from, region, id)
		if err != nil {
			return nil, err
		}
		if ok {
			f.seeks = append(f.seeks, k)
			break
		}
	}
	return f, nil
}

// rounds bounds how often ways are looked for again because somebody on them may not
// be asked.
const rounds = 4

// To finds the best way to somebody and two others. Who has no time, has had as many
// requests as suit them, or never wants any, stands on none.
func (f *Finder) To(ctx context.Context, target ident.ID) (w Ways, err error) {
	for i, k := range f.seeks {
		all, err := f.by(ctx, k, target)
		if err != nil {
			return w, err
		}
		if len(all) > 0 {
			return Ways{All: all, Office: i > 0 || !f.mine}, nil
		}
	}
	return w, nil
}

func (f *Finder) by(ctx context.Context, k *network.Seeker, target ident.ID) (all []Way, err error) {
	for range rounds {
		chains := k.Chains(target, func(n network.Node) bool {
			may, known := f.may[n.ID]
			return n.Person && known && !may
		})
		var between, more []ident.ID
		for _, c := range chains {
			for _, n := range c.Between() {
				if n.Person {
					between = append(between, n.ID)
					continue
				}
				for _, m := range f.people(n) {
					more = append(more, m.ID)
				}
			}
		}
		if err := f.look(ctx, append(more, between...)); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(between, func(id ident.ID) bool { return !f.may[id] }) {
			continue
		}
		for _, c := range chains {
			all = append(all, f.way(c, target))
		}
		return all, nil
	}
	return nil, nil
}

// peopleMost is how many of an organisation's people are looked at.
const peopleMost = 20

func (f *Finder) people(of network.Node) []network.Node {
	all := f.now.MembersOf(of.ID)
	return all[:min(len(all), peopleMost)]
}

// way finds who on a chain could pass a request on, one after another from who asks on:
// each who stands on it, and of an organisation one of its people. The last is the
// broker, who is the nearest to whom is sought and knows them best.
func (f *Finder) way(c network.Chain, target ident.ID) Way {
	w := Way{Chain: c}
	stands := map[ident.ID]bool{target: true, f.asker: true}
	for _, n := range c.Between() {
		stands[n.ID] = stands[n.ID] || n.Person
	}
	for _, n := range c.Between() {
		if n.Person {
			w.Through = append(w.Through, Through{Person: n})
			continue
		}
		for _, m := range f.people(n) {
			if !stands[m.ID] && f.may[m.ID] {
				stands[m.ID] = true
				w.Through = append(w.Through, Through{m, n})
				break
			}
		}
	}
	if n := len(w.Through); n > 0 {
		w.Broker, w.For = w.Through[n-1].Person, w.Through[n-1].For
	}
	return w
}

// look learns of people whether they may be asked.
func (f *Finder) look(ctx context.Context, people []ident.ID) error {
	people = slices.DeleteFunc(people, func(id ident.ID) bool { _, known := f.may[id]; return known })
	if len(people) == 0 {
		return nil
	}
	if f.loads == nil {
		var err error
		if f.loads, err = f.s.Loads(ctx, f.from, f.region); err != nil {
			return err
		}
	}
	may, err := f.s.mayBeAskedOf(ctx, f.from, f.region, f.loads, people...)
	for _, id := range people {
		_, f.may[id] = may[id]
	}
	return err
}

const selectStops = `SELECT hash FROM introduction_stops WHERE region_id = $1 AND hash {in $2}`

// mayBeAsked are those of these people who may be asked something now, with where.
func (s *Service) mayBeAsked(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]address.Address, error) {
	loads, err := s.Loads(ctx, from, region)
	if err != nil {
		return nil, err
	}
	return s.mayBeAskedOf(ctx, from, region, loads, ids...)
}

// mayBeAskedOf is mayBeAsked for whoever has the region's loads: they are counted of all
// that was asked in a month, so once is enough.
func (s *Service) mayBeAskedOf(ctx context.Context, from store.Source, region string, loads map[ident.ID]float64, ids ...ident.ID) (map[ident.ID]address.Address, error) {
	may := map[ident.ID]address.Address{}
	people, err := actor.PeopleByIDs(ctx, from, region, ids...)
	if err != nil || len(people) == 0 {
		return may, err
	}
	var where []ident.ID
	for _, p := range people {
		where = append(where, p.Address)
	}
	addresses, err := address.ByIDs(ctx, from, region, where...)
	if err != nil {
		return may, err
	}
	keys, err := trust.KeysOf(ctx, from, region)
	if err != nil {
		return may, err
	}
	var hashes store.Strings
	for _, a := range addresses {
		hashes = append(hashes, keys.Address(a.Email))
	}
	stopped, err := store.Values[string](from.Query(ctx, selectStops, region, hashes))
	today := office.Today(s.clock)
	for id, p := range people {
		a, ok := addresses[p.Address]
		if ok && a.Reachable() && p.Chose(actor.Findable) && !p.Busy(today) && loads[id] < 1 && !slices.Contains(stopped, keys.Address(a.Email)) {
			may[id] = a
		}
	}
	return may, err
}

// broker is the side of a person who passes a request on; the office's where they may
// not be asked any more.
func (s *Service) broker(ctx context.Context, tx *store.Tx, region string, id ident.ID, officer office.Officer) (Side, error) {
	side := Side{Role: Broker, Officer: officer.ID, Email: officer.Email, Name: officer.Name, Language: officer.Language}
	if id == 0 {
		return side, nil
	}
	may, err := s.mayBeAsked(ctx, tx, region, id)
	if err != nil {
		return side, err
	}
	a, ok := may[id]
	if !ok {
		return side, nil
	}
	p, err := actor.PersonByID(ctx, tx, region, id)
	return Side{Role: Broker, Address: a.ID, Actor: id, Email: a.Email, Name: p.Name, Language: a.Language}, err
}
