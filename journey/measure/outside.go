package measure

import (
	"context"

	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/programme"
)

// Ties out of the region: who is where, as far as somebody has said.

// where is whether somebody is in the region.
type where int

const (
	nowhere where = iota // nobody has said
	inside
	outside
)

// settleHomes reads which organisations are at home elsewhere, and which of the
// programme's places are in the region today.
func (m *material) settleHomes(ctx context.Context, from store.Source, e programme.Edition) (err error) {
	members := map[string]bool{}
	for _, a := range e.MembersOn(m.today) {
		members[a.ID] = true
	}
	for _, p := range e.Places {
		m.ours[p.ID] = members[p.Municipality]
	}
	m.homes, err = actor.Homes(ctx, from, m.region)
	return err
}

// placed is where an actor is by the place that is given of it.
func (m *material) placed(n network.Node) where {
	switch ours, known := m.ours[n.Place]; {
	case known && ours:
		return inside
	case known || m.homes[n.ID] != "":
		return outside
	}
	return nowhere
}

// whereIs is where an actor is: by what is given of it, and a person of whom nothing is,
// by the organisations they are of where those agree.
func (m *material) whereIs(number uint32) where {
	n := m.net.Nodes[number]
	at := m.placed(n)
	if at != nowhere || !n.Person {
		return at
	}
	for _, of := range m.teamOf(n.ID) {
		i, ok := m.net.Number(of)
		if !ok {
			continue
		}
		switch there := m.placed(m.net.Nodes[i]); {
		case there == nowhere || there == at:
		case at == nowhere:
			at = there
		default:
			return nowhere
		}
	}
	return at
}

// outward is how many of the ties that stand at a period's end lead out of the region,
// and of how many of them both ends are known to be somewhere.
func (m *material) outward(p Period) []Figure {
	at := m.end(p)
	seen := map[pair]bool{}
	out, told := 0, 0
	for _, t := range m.ties {
		of, ok := m.pair(t)
		if !ok || seen[of] || !stood(t, at) {
			continue
		}
		seen[of] = true
		a, b := m.whereIs(of[0]), m.whereIs(of[1])
		if a == nowhere || b == nowhere {
			continue
		}
		if told++; a == outside || b == outside {
			out++
		}
	}
	f := portion(out, told)
	if told == 0 {
		f.State = Unknown
	}
	return []Figure{f, portion(told, len(seen))}
}
