package measure

import (
	"context"
	"maps"
	"slices"
	"time"

	"kokko/engine/graph"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
)

// What is counted of who is tied to whom.

// officersAddresses are the confirmed addresses of the office's people.
func (m *material) officersAddresses(ctx context.Context, from store.Source) (map[ident.ID]bool, error) {
	all := map[ident.ID]bool{}
	for _, email := range slices.Sorted(maps.Keys(m.staff)) {
		a, err := address.ByEmail(ctx, from, m.region, email)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all[a.ID] = true
	}
	return all, nil
}

// organisations is of which organisations somebody is: an organisation of itself.
func (m *material) organisations(ctx context.Context, from store.Source, id ident.ID) ([]ident.ID, error) {
	if of, ok := m.team[id]; ok || id == 0 {
		return of, nil
	}
	all, err := actor.MembershipsOf(ctx, from, m.region, id)
	if err != nil {
		return nil, err
	}
	var of []ident.ID
	for _, x := range all {
		if x.Organisation != 0 && (x.Until == 0 || x.Until >= m.today) {
			of = append(of, x.Organisation)
		}
	}
	if len(of) == 0 {
		if _, err := actor.PersonByID(ctx, from, m.region, id); fault.Is(err, fault.NotFound) {
			of = []ident.ID{id}
		} else if err != nil {
			return nil, err
		}
	}
	m.team[id] = of
	return of, nil
}

// happened tells what ties two because something happened between them, beside what is
// only written down: a grant, somebody's word, a network that was brought in as a file.
func happened(w network.Why) bool {
	return w == network.Project || w == network.Table || w == network.Ring || w == network.Introduction
}

// stood tells a tie that was there at a moment.
func stood(t network.Tie, at time.Time) bool {
	return !t.Since.After(at) && (t.Until.IsZero() || t.Until.After(at))
}

// pair is two actors by their numbers in the network, the smaller first.
type pair [2]uint32

func (m *material) pair(t network.Tie) (p pair, ok bool) {
	a, ok1 := m.net.Number(t.From)
	b, ok2 := m.net.Number(t.To)
	return pair{min(a, b), max(a, b)}, ok1 && ok2 && a != b
}

// fresh are the pairs whose first tie came in a period by something that happened.
func (m *material) fresh(p Period) (all [][2]network.Node) {
	for _, of := range m.freshPairs(p) {
		all = append(all, [2]network.Node{m.net.Nodes[of[0]], m.net.Nodes[of[1]]})
	}
	return all
}

// freshPairs are those of firsts whose first tie came in a period.
func (m *material) freshPairs(p Period) (all []pair) {
	for _, f := range m.firsts {
		if p.Has(f.at) {
			all = append(all, f.of)
		}
	}
	return all
}

// firstTie is a pair, and when their first tie came.
type firstTie struct {
	of pair
	at time.Time
}

// gatherFirsts finds the pairs whose first tie came by something that happened.
func (m *material) gatherFirsts() {
	first, by := map[pair]time.Time{}, map[pair]bool{}
	for _, t := range m.ties {
		of, ok := m.pair(t)
		if !ok {
			continue
		}
		at, known := first[of]
		switch {
		case !known || t.Since.Before(at):
			first[of], by[of] = t.Since, happened(t.Why)
		case t.Since.Equal(at):
			by[of] = by[of] || happened(t.Why)
		}
	}
	for of, at := range first {
		if by[of] {
			m.firsts = append(m.firsts, firstTie{of, at})
		}
	}
	slices.SortFunc(m.firsts, func(a, b firstTie) int { return slices.Compare(a.of[:], b.of[:]) })
}

// mixed is how many of new ties cross groups, beside what chance would give.
func mixed(ties [][2]network.Node, group func(network.Node) string) Figure {
	var ends [][2]End
	for _, t := range ties {
		ends = append(ends, [2]End{{int64(t[0].ID), group(t[0])}, {int64(t[1].ID), group(t[1])}})
	}
	x := Mix(ends)
	f := portion(x.Across, x.Ties)
	if f.State == Known && x.Known {
		f.Expected, f.Chanced = x.Chance, true
	}
	return f
}

// bridging is how many of the new ties between organisations are of two that were not
// tied before the period, nor had anybody in common: three steps apart, or no way at all.
func (m *material) bridging(p Period) Figure {
	near := map[ident.ID]map[ident.ID]bool{}
	join := func(a, b ident.ID) {
		if near[a] == nil {
			near[a] = map[ident.ID]bool{}
		}
		near[a][b] = true
	}
	for _, t := range m.ties {
		if _, ok := m.pair(t); !ok || !t.Since.Before(p.Begins()) || !t.Until.IsZero() && !t.Until.After(p.Begins()) {
			continue
		}
		for _, a := range m.teamOf(t.From) {
			for _, b := range m.teamOf(t.To) {
				if a != b {
					join(a, b)
					join(b, a)
				}
			}
		}
	}
	far, all := 0, map[[2]ident.ID]bool{}
	for _, of := range m.freshPairs(p) {
		for _, a := range m.teamOf(m.net.Nodes[of[0]].ID) {
			for _, b := range m.teamOf(m.net.Nodes[of[1]].ID) {
				key := [2]ident.ID{min(a, b), max(a, b)}
				if a == b || all[key] {
					continue
				}
				all[key] = true
				tied := near[a][b]
				for c := range near[a] {
					tied = tied || near[b][c]
				}
				if !tied {
					far++
				}
			}
		}
	}
	return portion(far, len(all))
}

// teamOf is organisations, as it was read for the network's people.
func (m *material) teamOf(id ident.ID) []ident.ID { return m.team[id] }

// readTeams reads of which organisations the network's people are.
func (m *material) readTeams(ctx context.Context, from store.Source) error {
	for _, n := range m.net.Nodes {
		if !n.Person {
			m.team[n.ID] = []ident.ID{n.ID}
			continue
		}
		if _, err := m.organisations(ctx, from, n.ID); err != nil {
			return err
		}
	}
	return nil
}

// administers tells an organisation of public administration by its form.
func administers(n network.Node) bool {
	return n.Legal == "municipality" || n.Legal == "joint" || n.Legal == "state"
}

// Up to so many actors every shortest way is counted; in a larger network so many are
// drawn by lot, always the same ones.
const (
	mostWhole = 1500
	drawn     = 20_000
	lot       = 2010
)

// centred is what share of all standing between others the first four organisations
// have, and what share public administration has, at the period's end.
func (m *material) centred(p Period) ([]Figure, error) {
	at := m.end(p)
	key := dayOf(at)
	if all, ok := m.is[int64(key)]; ok {
		return slices.Clone(all), nil
	}
	day := int(key)
	seen := map[uint32]bool{}
	var arcs []graph.Arc
	for _, t := range m.ties {
		of, ok := m.pair(t)
		if !ok || !stood(t, at) {
			continue
		}
		seen[of[0]], seen[of[1]] = true, true
		arcs = append(arcs, graph.Arc{From: of[0], To: of[1], Weight: 1, Back: 1, Day: day})
	}
	nodes := slices.Sorted(maps.Keys(seen)) // of those who are tied at all, by new numbers
	number := map[uint32]uint32{}
	organisations := 0
	for i, n := range nodes {
		number[n] = uint32(i)
		if !m.net.Nodes[n].Person {
			organisations++
		}
	}
	for i := range arcs {
		arcs[i].From, arcs[i].To = number[arcs[i].From], number[arcs[i].To]
	}
	four, public := Figure{Den: organisations}, Figure{Den: organisations}
	if organisations >= 2*Few { // of fewer, four say nothing
		g, err := graph.Build(len(nodes), slices.Values(arcs), graph.Options{})
		if err != nil {
			return nil, err
		}
		var between []float64
		ways := 0
		if len(nodes) <= mostWhole {
			between = g.At(day).BetweenAll()
		} else {
			between, ways = g.At(day).Between(graph.Sampling{Seed: lot, Most: drawn})
		}
		var each []float64
		whole, first, office := 0.0, 0.0, 0.0
		for i, n := range nodes {
			whole += between[i]
			if node := m.net.Nodes[n]; !node.Person {
				each = append(each, between[i])
				if administers(node) {
					office += between[i]
					public.Num++
				}
			}
		}
		slices.Sort(each)
		for _, x := range each[max(0, len(each)-4):] {
			first += x
		}
		if whole > 0 {
			for f, x := range map[*Figure]float64{&four: first, &public: office} {
				f.State, f.Value = Known, min(1, x/whole)
				if ways > 0 { // how far the lot reaches
					f.Low, f.High = Wilson(int(f.Value*float64(ways)), ways)
					f.Ranged = true
				}
			}
		}
	}
	all := []Figure{four, public}
	m.is[int64(key)] = all
	return slices.Clone(all), nil
}
