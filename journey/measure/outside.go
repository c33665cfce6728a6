package measure

import (
	"context"
	"time"

	"kokko/ground/ident"
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

// wide is a national network with whoever is or was in it.
type wide struct {
	network.Named
	members []network.Member
}

// membersAtOnce is how many members of a network are read at a time.
const membersAtOnce = 500

// readWide reads the national networks, also those that have ended.
func readWide(ctx context.Context, from store.Source, region string) (all []wide, err error) {
	some, err := network.National(ctx, from, region)
	if err != nil {
		return nil, err
	}
	for _, n := range some {
		w := wide{Named: n}
		for after := ident.ID(0); ; {
			members, err := network.MembersOf(ctx, from, region, n.ID, after, membersAtOnce)
			if err != nil {
				return nil, err
			}
			if w.members = append(w.members, members...); len(members) < membersAtOnce {
				break
			}
			after = members[len(members)-1].Actor
		}
		all = append(all, w)
	}
	return all, nil
}

// on are a network's members at a moment, by their numbers; ok is false when it had not
// begun by then, or had ended.
func (m *material) on(w wide, at time.Time) (in map[uint32]bool, ok bool) {
	day := dayOf(at)
	if w.Begins > day || w.Ends != 0 && w.Ends < day || !w.Alive() && !w.Closed.After(at) {
		return nil, false
	}
	in = map[uint32]bool{}
	for _, x := range w.members {
		since := x.Since
		if since == 0 {
			since = dayOf(x.Told)
		}
		if n, there := m.net.Number(x.Actor); there && since <= day && (x.Until == 0 || x.Until > day) {
			in[n] = true
		}
	}
	return in, true
}

// tally is what is known of some ties.
type tally struct{ out, told, all int }

func (t *tally) count(a, b where) {
	if t.all++; a == nowhere || b == nowhere {
		return
	}
	if t.told++; a == outside || b == outside {
		t.out++
	}
}

func (t tally) figure() Figure {
	f := portion(t.out, t.told)
	if t.told == 0 {
		f.State = Unknown
	}
	return f
}

// outward is how many of the ties that stand at a period's end lead out of the region,
// and of how many of them both ends are known to be somewhere; and how many of those
// that the members of each national network have, with whomever.
func (m *material) outward(p Period) []Figure {
	at := m.end(p)
	seen := map[pair]bool{}
	var whole tally
	var networks []ident.ID
	var in []map[uint32]bool
	for _, w := range m.wide {
		if members, ok := m.on(w, at); ok {
			networks, in = append(networks, w.ID), append(in, members)
		}
	}
	each := make([]tally, len(networks))
	for _, t := range m.ties {
		of, ok := m.pair(t)
		if !ok || seen[of] || !stood(t, at) {
			continue
		}
		seen[of] = true
		a, b := m.whereIs(of[0]), m.whereIs(of[1])
		whole.count(a, b)
		for i := range each {
			if in[i][of[0]] || in[i][of[1]] {
				each[i].count(a, b)
			}
		}
	}
	f := whole.figure()
	f.Measure, f.Part = Outside, ""
	all := []Figure{f, portion(whole.told, whole.all)}
	for i, t := range each {
		one := t.figure().beside(f)
		one.Part = ByNetwork + "/" + networks[i].String()
		all = append(all, one)
	}
	return all
}
