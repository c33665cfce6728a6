package knowwho

import (
	"cmp"
	"slices"

	"kokko/engine/graph"
)

// Role is what a ring still needs, and who could do it.
type Role struct {
	Holders []Holder
}

// Holder is one who could take a role.
type Holder struct {
	Node  uint32
	Fit   float64 // how well, 0–1
	Load  float64 // how much of their time is taken, 0–1; who has none left is no holder
	Group int     // of what sector, place or community; below 0 for not known
}

// Lineup tells what makes a good team; the zero value is good.
type Lineup struct {
	// Leaders are those around whom the team gathers: the ring's owner, say. None for
	// anybody the holders are near to.
	Leaders []uint32
	// May tells who may be a leader when none is named; nil for everybody.
	May func(node uint32) bool
	// What the parts of a team's cost weigh beside closeness, which is −ln of a chance:
	// 0 for the usual, below 0 for nothing.
	Fit    float64 // for a holder who does not suit at all; usual 3
	Load   float64 // for a holder whose time is all but taken; usual 2
	Bridge float64 // taken off for each group beyond the first; usual ½
	Most   int     // how many teams are told; 0 for three
}

// Team is who does what, around whom.
type Team struct {
	Leader uint32
	// People are the holders by role, no one twice; Unfilled where a role stays open.
	People []uint32
	// Away is what it costs the leader to reach each, far for who is out of reach.
	Away []float64
	Cost float64
}

// same tells whether two teams have the same people, if in other roles.
func (t Team) same(o Team) bool {
	return slices.Equal(slices.Sorted(slices.Values(t.People)), slices.Sorted(slices.Values(o.People)))
}

// Unfilled stands where a role stays open.
const Unfilled = ^uint32(0)

// The search's bounds: how many of a role's holders are looked at, how many are told of
// each place in the network, how far a search goes, and what one out of reach, and an
// open role, cost.
const (
	holders  = 50
	nearest  = 4
	settled  = 4_000
	leaders  = 50
	far      = 12.
	open     = 30.
	tries    = 20_000
	usualHub = 200
)

// Teams are the best ways to fill the roles, the best first: each role by one of its
// holders, nobody twice, close to one leader, suiting, not overloaded, and from more than
// one group.
//
// Closeness is the leader distance of Kargar & An (CIKM 2011), Σ of what it costs the
// leader to reach each member, which unlike other measures of a team is found exactly
// and soon: one search per role goes out from all its holders at once and tells every
// place in the network which of them are nearest. The fifty best leaders by that are
// then filled in with fit, load and bridging, by branch and bound. Others than the best
// are found by Lawler's partition (1972): the k best different teams, not k of one and
// the same. A role nobody can take stays open.
func Teams(v *graph.View, roles []Role, l Lineup) []Team {
	usual := func(n *float64, is float64) {
		if *n == 0 {
			*n = is
		}
		*n = max(*n, 0)
	}
	usual(&l.Fit, 3)
	usual(&l.Load, 2)
	usual(&l.Bridge, .5)
	if l.Most <= 0 {
		l.Most = 3
	}
	if len(roles) == 0 {
		return nil
	}
	t := newGathering(v, roles, l)
	if len(t.leaders) == 0 {
		return nil
	}
	// A part of all teams: those that begin as told, and whose next member is none of
	// some. Its best team is known.
	type part struct {
		same   int // how many roles are as in the best
		unlike [][]uint32
		best   Team
	}
	none := make([][]uint32, len(roles))
	best, ok := t.best(nil, none)
	if !ok {
		return nil
	}
	parts := []part{{0, none, best}}
	var all []Team
	for tried := 0; len(parts) > 0 && len(all) < l.Most && tried < 10*l.Most; tried++ {
		at := 0
		for i, p := range parts {
			if p.best.Cost < parts[at].best.Cost {
				at = i
			}
		}
		p := parts[at]
		parts = slices.Delete(parts, at, at+1)
		if !slices.ContainsFunc(all, p.best.same) {
			all = append(all, p.best)
		}
		for r := p.same; r < len(roles); r++ {
			unlike := slices.Clone(p.unlike)
			if r > p.same {
				for k := p.same; k < r; k++ {
					unlike[k] = nil // they are as told now
				}
			}
			unlike[r] = append(slices.Clone(unlike[r]), p.best.People[r])
			if next, ok := t.best(p.best.People[:r], unlike); ok {
				parts = append(parts, part{r, unlike, next})
			}
		}
	}
	return all
}

// gathering is a search for teams.
type gathering struct {
	l       Lineup
	roles   []Role
	reach   []*graph.Reach
	leaders []uint32
	choices [][][]choice // of each leader and role, those who could, the cheapest first
}

// choice is a holder as a leader has them.
type choice struct {
	node  uint32
	group int
	away  float64
	cost  float64 // away, fit and load
}

// cost is what a holder costs before anybody reaches them.
func (l Lineup) cost(h Holder) float64 {
	return l.Fit*(1-min(max(h.Fit, 0), 1)) + l.Load*min(max(h.Load, 0), 1)
}

func newGathering(v *graph.View, roles []Role, l Lineup) *gathering {
	t := &gathering{l: l}
	for _, role := range roles {
		could := slices.DeleteFunc(slices.Clone(role.Holders), func(h Holder) bool { return h.Load >= 1 || int64(h.Node) >= int64(v.Nodes()) })
		slices.SortStableFunc(could, func(a, b Holder) int {
			return cmp.Or(cmp.Compare(l.cost(a), l.cost(b)), cmp.Compare(a.Node, b.Node))
		})
		seen := map[uint32]bool{}
		could = slices.DeleteFunc(could, func(h Holder) bool {
			twice := seen[h.Node]
			seen[h.Node] = true
			return twice
		})
		if len(could) > holders {
			could = could[:holders]
		}
		starts := make([]graph.Start, len(could))
		for i, h := range could {
			starts[i] = graph.Start{Node: h.Node, Cost: l.cost(h)}
		}
		t.roles = append(t.roles, Role{could})
		// The leader reaches the holder: from the holder's end that is against the ties,
		// but closeness is both's, and the stronger direction counts.
		t.reach = append(t.reach, v.Nearest(starts, graph.Spread{Each: nearest, Most: settled, Step: graph.Hop, Hub: usualHub, Dir: graph.Both}))
	}
	t.lead()
	for _, leader := range t.leaders {
		t.choices = append(t.choices, t.around(leader))
	}
	return t
}

// lead finds the leaders.
func (t *gathering) lead() {
	type leader struct {
		node uint32
		cost float64
	}
	var all []leader
	seen := map[uint32]bool{}
	add := func(node uint32) {
		if seen[node] {
			return
		}
		seen[node] = true
		l := leader{node: node}
		for r := range t.roles {
			if near := t.reach[r].Of(node); len(near) > 0 {
				l.cost += near[0].Cost
			} else if len(t.roles[r].Holders) > 0 {
				l.cost += far
			}
		}
		all = append(all, l)
	}
	for _, node := range t.l.Leaders {
		add(node)
	}
	if len(t.l.Leaders) == 0 {
		for _, r := range t.reach {
			for _, node := range r.Nodes() {
				if t.l.May == nil || t.l.May(node) {
					add(node)
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b leader) int {
		if c := cmp.Compare(a.cost, b.cost); c != 0 {
			return c
		}
		return cmp.Compare(a.node, b.node)
	})
	for _, l := range all[:min(len(all), leaders)] {
		t.leaders = append(t.leaders, l.node)
	}
}

// around are the choices a leader has for each role: the nearest holders, and those who
// suit best although they are out of reach.
func (t *gathering) around(leader uint32) [][]choice {
	all := make([][]choice, len(t.roles))
	for r, role := range t.roles {
		near := map[int]bool{}
		for _, s := range t.reach[r].Of(leader) {
			h := role.Holders[s.Start]
			near[s.Start] = true
			all[r] = append(all[r], choice{h.Node, h.Group, s.Cost - t.l.cost(h), s.Cost})
		}
		// One who is out of reach is taken when nobody else is left: more of them than
		// could be taken elsewhere.
		for i, h := range role.Holders {
			if len(near)+len(all[r]) >= 2*nearest+len(t.roles) {
				break
			}
			if !near[i] {
				all[r] = append(all[r], choice{h.Node, h.Group, far, far + t.l.cost(h)})
			}
		}
		slices.SortStableFunc(all[r], func(a, b choice) int { return cmp.Compare(a.cost, b.cost) })
	}
	return all
}

// best is the best team that begins with some people and has none of some in a role.
func (t *gathering) best(begin []uint32, unlike [][]uint32) (best Team, ok bool) {
	for i, leader := range t.leaders {
		f := filling{t: t, choices: t.choices[i], begin: begin, unlike: unlike, bound: best.Cost, any: ok, left: tries}
		f.people = make([]choice, 0, len(t.roles))
		f.rest = make([]float64, len(t.roles)+1)
		for r := len(t.roles) - 1; r >= 0; r-- {
			f.rest[r] = f.rest[r+1] + open
			for _, c := range f.choices[r] {
				if f.may(r, c.node) {
					f.rest[r] = f.rest[r+1] + min(c.cost, open)
					break
				}
			}
		}
		f.fill(0, 0)
		if f.found == nil {
			continue
		}
		best, ok = Team{Leader: leader, Cost: f.bound}, true
		for _, c := range f.found {
			best.People, best.Away = append(best.People, c.node), append(best.Away, c.away)
		}
	}
	return best, ok
}

// filling is the search for one leader's best team: role by role, as long as what is
// missing could still make it better than the best so far.
type filling struct {
	t       *gathering
	choices [][]choice
	begin   []uint32
	unlike  [][]uint32
	rest    []float64 // the least that the roles from one on cost
	people  []choice
	found   []choice
	bound   float64
	any     bool // bound is a team's
	left    int  // steps, so that no ring makes the search endless
}

// may tells whether somebody may stand in a role.
func (f *filling) may(r int, node uint32) bool {
	if r < len(f.begin) {
		return f.begin[r] == node
	}
	return !slices.Contains(f.unlike[r], node)
}

// bridged is what the groups of the people so far take off.
func (f *filling) bridged() float64 {
	var groups []int
	for _, c := range f.people {
		if c.node != Unfilled && c.group >= 0 && !slices.Contains(groups, c.group) {
			groups = append(groups, c.group)
		}
	}
	return f.t.l.Bridge * float64(max(0, len(groups)-1))
}

func (f *filling) fill(r int, cost float64) {
	if f.left--; f.left < 0 {
		return
	}
	if r == len(f.choices) {
		if cost -= f.bridged(); !f.any || cost < f.bound-1e-12 {
			f.bound, f.any, f.found = cost, true, slices.Clone(f.people)
		}
		return
	}
	most := f.bridged() + f.t.l.Bridge*float64(len(f.choices)-r)
	for _, c := range append(slices.Clip(f.choices[r]), choice{node: Unfilled, group: -1, away: far, cost: open}) {
		if f.any && cost+c.cost+f.rest[r+1]-most >= f.bound-1e-12 {
			break // those that follow cost more
		}
		if !f.may(r, c.node) || c.node != Unfilled && slices.ContainsFunc(f.people, func(p choice) bool { return p.node == c.node }) {
			continue
		}
		f.people = append(f.people, c)
		f.fill(r+1, cost+c.cost)
		f.people = f.people[:len(f.people)-1]
	}
}
