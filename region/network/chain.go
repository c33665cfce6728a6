package network

import (
	"cmp"
	"context"
	"slices"

	"kokko/engine/graph"
	"kokko/engine/knowwho"
	"kokko/engine/workday"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
)

// membership is that a person is of an organisation, both by number.
type membership struct{ person, organisation uint32 }

// memberWeight is how much it tells that somebody is of an organisation: as much as two
// things done together.
const memberWeight = 2

// readMembers reads who is of what organisation, of people who chose to be found: it
// stands on the pages of both.
func (s *Snapshot) readMembers(ctx context.Context, from store.Source, region string) error {
	var people []ident.ID
	for i, n := range s.Nodes {
		if s.tells(uint32(i)) {
			people = append(people, n.ID)
		}
	}
	for some := range slices.Chunk(people, readAtOnce) {
		all, err := actor.MembershipsOfAll(ctx, from, region, some...)
		if err != nil {
			return err
		}
		s.join(all)
	}
	s.joined()
	return nil
}

// join takes those memberships that stand.
func (s *Snapshot) join(all []actor.Membership) {
	for _, m := range all {
		p, there := s.Number(m.Person)
		o, ok := s.Number(m.Organisation)
		if there && ok && s.tells(p) && !s.Nodes[o].Person && m.Lasts(workday.Day(s.Day)) {
			s.members = append(s.members, membership{p, o})
		}
	}
}

// joined puts memberships in order, each once.
func (s *Snapshot) joined() {
	slices.SortFunc(s.members, membership.compare)
	s.members = slices.Compact(s.members)
}

// tells tells whether what somebody is of is part of the network.
func (s *Snapshot) tells(n uint32) bool {
	return s.Nodes[n].Person && (s.Nodes[n].Findable || s.counted)
}

// inside tells whether one of two is of the other.
func (s *Snapshot) inside(a, b uint32) bool {
	for _, m := range []membership{{a, b}, {b, a}} {
		if _, ok := slices.BinarySearchFunc(s.members, m, membership.compare); ok {
			return true
		}
	}
	return false
}

func (m membership) compare(o membership) int {
	return cmp.Or(cmp.Compare(m.person, o.person), cmp.Compare(m.organisation, o.organisation))
}

// openTo is the network with who is of what in it; made when somebody first seeks a way.
func (s *Snapshot) openTo() (*graph.Delta, error) {
	s.opened.Do(func() {
		changes := make([]graph.Change, 0, len(s.members))
		for _, m := range s.members {
			changes = append(changes, m.arc(s.Day))
		}
		s.open, s.shut = s.Graph.Delta().With(changes...)
	})
	return s.open, s.shut
}

func (m membership) arc(day int) graph.Change {
	return graph.Meet(graph.Arc{From: m.person, To: m.organisation, Weight: memberWeight, Back: memberWeight, Day: day})
}

// MembersOf are the people of an organisation who chose to be found.
func (s *Snapshot) MembersOf(organisation ident.ID) (all []Node) {
	o, ok := s.Number(organisation)
	for _, m := range s.members {
		if ok && m.organisation == o {
			all = append(all, s.Nodes[m.person])
		}
	}
	return all
}

// Link is two of a chain who know each other, and by what.
type Link struct {
	From, To Node
	Member   bool  // one is of the other
	Ties     []Tie // by which they are tied
}

// Chain is how a request could come from somebody to somebody: one link after another.
type Chain struct{ Links []Link }

// Between are those who stand between, from who asks on.
func (c Chain) Between() (all []Node) {
	for _, l := range c.Links[1:] {
		all = append(all, l.From)
	}
	return all
}

// Seeker is somebody who looks for a way to others, with the network as they may see
// it. Not safe for concurrent use.
type Seeker struct {
	s     *Snapshot
	view  *graph.View
	self  uint32
	who   Node
	today workday.Day
	own   []Tie        // also those nobody else may see
	of    []membership // their own, of whoever is not found
}

// Seek is how a person, or an organisation, sees the network; ok is false for who is
// not there.
func (s *Snapshot) Seek(ctx context.Context, from store.Source, region string, who ident.ID) (k *Seeker, ok bool, err error) {
	k = &Seeker{s: s, today: workday.Day(s.Day)}
	var changes []graph.Change
	if n, there := s.Number(who); there {
		k.self, k.who = n, s.Nodes[n]
	} else {
		p, err := actor.PeopleByIDs(ctx, from, region, who)
		if err != nil || len(p) == 0 {
			return nil, false, err
		}
		k.self, k.who = uint32(len(s.Nodes)), Node{ID: who, Title: p[who].Title, Person: true}
		more, ties, err := s.own(ctx, from, region, who, k.self)
		if err != nil {
			return nil, false, err
		}
		changes, k.own = more, ties
	}
	if k.who.Person && !k.who.Findable {
		all, err := actor.MembershipsOf(ctx, from, region, who)
		if err != nil {
			return nil, false, err
		}
		for _, m := range all {
			if o, there := s.Number(m.Organisation); there && m.Lasts(k.today) {
				own := membership{k.self, o}
				k.of, changes = append(k.of, own), append(changes, own.arc(s.Day))
			}
		}
	}
	open, err := s.openTo()
	if err != nil {
		return nil, false, err
	}
	d, err := open.With(changes...)
	if err != nil {
		return nil, false, err
	}
	k.view = d.At(s.Day)
	return k, true, nil
}

func (k *Seeker) node(n uint32) Node {
	if n == k.self {
		return k.who
	}
	return k.s.Nodes[n]
}

// told tells whether who seeks may read that two are tied: their own ties, those of
// organisations, and others' only when everybody at their ends chose to be drawn, which
// is when they stand on the map for all to see.
func (k *Seeker) told(a, b uint32) bool {
	if a == k.self || b == k.self {
		return true
	}
	x, y := k.s.Nodes[a], k.s.Nodes[b]
	return (!x.Person || x.Drawn) && (!y.Person || y.Drawn)
}

func (k *Seeker) member(a, b uint32) bool {
	return k.s.inside(a, b) || slices.Contains(k.of, membership{a, b}) || slices.Contains(k.of, membership{b, a})
}

// Chains are the best way to somebody and two others that go through nobody of it. Who
// has no time now, or has not agreed to be found, stands on none, nor do those that
// without tells; no tie is used that who seeks may not read.
func (k *Seeker) Chains(to ident.ID, without func(Node) bool) (all []Chain) {
	target, ok := k.s.Number(to)
	if !ok || target == k.self || k.node(target).Person && !k.node(target).Findable {
		return nil
	}
	asking := knowwho.Asking{
		Shown: func(n uint32) bool {
			x := k.node(n)
			return (!x.Person || x.Findable) && !x.Busy(k.today) && (without == nil || !without(x))
		},
		Known: func(a, b uint32) bool { return k.told(a, b) || k.member(a, b) },
	}
	for _, i := range knowwho.Introduce(k.view, k.self, target, asking) {
		var c Chain
		for at := range len(i.People) - 1 {
			a, b := i.People[at], i.People[at+1]
			l := Link{From: k.node(a), To: k.node(b), Member: k.member(a, b)}
			if k.told(a, b) {
				l.Ties = k.ties(l.From.ID, l.To.ID)
			}
			c.Links = append(c.Links, l)
		}
		all = append(all, c)
	}
	return all
}

// ties are what ties two, the latest first.
func (k *Seeker) ties(a, b ident.ID) (all []Tie) {
	now := dayTime(k.s.Day)
	for _, list := range [][]Tie{k.s.between(a, b), k.s.between(b, a), k.own} {
		for _, t := range list {
			if (t.From == a && t.To == b || t.Mutual() && t.From == b && t.To == a) && t.Until.IsZero() {
				all = append(all, t)
			}
		}
	}
	slices.SortStableFunc(all, func(x, y Tie) int { return cmp.Compare(y.Strength(now), x.Strength(now)) })
	return all
}

// between are the ties of the snapshot from one to another, found by their order.
func (s *Snapshot) between(from, to ident.ID) []Tie {
	at, _ := slices.BinarySearchFunc(s.Ties, Tie{From: from, To: to}, func(a, b Tie) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	end := at
	for end < len(s.Ties) && s.Ties[end].From == from && s.Ties[end].To == to {
		end++
	}
	return s.Ties[at:end]
}
