package forecast

import (
	"cmp"
	"context"
	"slices"

	"kokko/engine/graph"
	"kokko/engine/spread"
	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/ring"
	"kokko/journey/spark"
)

// Whom to involve next: among those who may be asked and know something of it, the few
// who together would carry it furthest beyond those who have it already. Only
// organisations and people who let themselves be counted are in the network it is
// worked out in, and only people who also chose to be found are suggested. Nothing of
// it is kept: whoever takes a choice back is gone from the next answer.

const (
	fewestSet  = 3 // no number is told of fewer, where a person is among them
	mostSet    = 7
	usualSet   = 5
	atOnePlace = 2 // of a set
	setsMost   = 8192
	reasons    = 3 // organisations by whose ties a set is explained
)

// Asking is what is asked of whom to involve.
type Asking struct {
	Now   *Forecast                 // as it is now, where the caller has it; nil to have it found
	Known []ident.ID                // who knows something of it, the most first: who is suggested is among them
	Load  func(id ident.ID) float64 // how much they have been asked this month, 1 for full
	Today workday.Day
	With  []ident.ID // what if these came along
	Place string     // or organisations of a place
	Role  ring.Role  // or somebody in such a role
}

// Roles are those whom it is asked of what if one were found.
func Roles() []ring.Role { return []ring.Role{ring.Doer, ring.Host, ring.Funder} }

// Candidate is somebody who could be involved.
type Candidate struct {
	ID     ident.ID
	Title  string
	Person bool
	Place  string
	Sector string
}

// Reason is by whose ties a set reaches further: an organisation, and how many others of
// which form it is tied to. People are not told of.
type Reason struct {
	Organisation Candidate
	Legal        string // the form of most of them, "" for not known
	Count        int
	Sector       string // that at least half of them are of; "" for none
}

// Whom is whom to involve next, as a set.
type Whom struct {
	Set     []Candidate
	Effect  Range    // how many people and organisations more the set would reach; of fewer than three nothing is told
	Reasons []Reason // by whose ties
	Through []Group  // the places it would be told at, of at least Fewest
	Size    int      // who is in the network
	Basis   Basis    // what its numbers rest on
	Themed  bool     // and on who cares for what the spark is of

	What   []Candidate // what if
	WhatIf Range
	Nobody bool      // at the place that was asked of: what is told is of the others alone, or of none
	Role   ring.Role // what if somebody came in this role
	RoleIf Range
	Anyone bool  // so few have been in it that the number is of anybody of the network
	Before Range // how likely it is to catch fire as it is, and with them; where that is learnt
	After  Range
	Refuse *fault.Error // why nothing is told of that
}

// asked is a question while it is answered.
type asked struct {
	Asking
	world *world
	ring  Ring
	run   spread.Run
	of    uint64              // what tells the run's factors from others
	may   func(n uint32) bool // who may be involved
}

// begins is a question about a spark: in the network as it is, by the same chances as
// the reach that is told beside its answer.
func (s *Service) begins(ctx context.Context, w *world, sp spark.Spark, a Asking) (q *asked, err error) {
	q = &asked{Asking: a, world: w, run: w.run(simDays)}
	if a.Now != nil {
		q.ring = a.Now.Ring
	} else if q.ring, err = RingOf(ctx, s.db, sp, s.clock.Now()); err != nil {
		return nil, err
	}
	themed, err := s.factors(ctx, w, sp.Region, interests(sp.Tags))
	if err != nil {
		return nil, err
	}
	q.run.Factors, q.of = themed.of, themed.sum
	// Whom it goes out from is not told of here, only how much further it goes: those who
	// are counted are who they are, however few.
	q.run.Seeds = w.numbers(q.ring.actors())
	return q, nil
}

// base is how far the word goes as it is.
func (q *asked) base(ctx context.Context) (spread.Reach, error) {
	return q.world.known(q.of, q.run.Seeds, nil, func() (spread.Reach, error) {
		run := q.run
		return q.world.send(ctx, &run)
	})
}

// beyond is how much further the word goes with more to begin with.
func (q *asked) beyond(ctx context.Context, more spread.Run) (spread.Difference, error) {
	base, err := q.base(ctx)
	if err != nil {
		return spread.Difference{}, err
	}
	more.Runs = base.Runs
	with := func() (spread.Reach, error) { return q.world.graph.Simulate(ctx, more) }
	var far spread.Reach
	if len(more.Drawn) > 0 {
		far, err = with()
	} else {
		far, err = q.world.known(q.of, q.run.Seeds, more.Seeds[len(q.run.Seeds):], with)
	}
	if err != nil {
		return spread.Difference{}, err
	}
	return spread.Beyond(base, far)
}

// Involve works out whom to involve in the matter of a spark.
func (s *Service) Involve(ctx context.Context, sp spark.Spark, a Asking) (out Whom, err error) {
	w, err := s.worldNow(ctx, sp.Region)
	if err != nil || w == nil {
		return out, err
	}
	out.Size, out.Basis = len(w.of.Nodes), w.chances.basis
	q, err := s.begins(ctx, w, sp, a)
	if err != nil {
		return out, err
	}
	out.Themed = q.run.Factors != nil
	load := func(id ident.ID) float64 {
		if a.Load == nil {
			return 0
		}
		return a.Load(id)
	}
	q.may = func(n uint32) bool {
		node := w.of.Nodes[n]
		return node.Findable && !node.Busy(a.Today) && load(node.ID) < 1 && !slices.Contains(q.run.Seeds, n)
	}
	barred := make([]bool, len(w.of.Nodes))
	for i := range barred {
		barred[i] = true
	}
	able := 0
	for _, id := range a.Known {
		if n, ok := w.of.Number(id); ok && q.may(n) && barred[n] {
			barred[n] = false
			able++
		}
	}
	if able >= fewestSet {
		ask := spread.Ask{Most: min(usualSet, able), Apart: .3, Doubt: .05, Seed: simSeed, Limit: setsMost, Supporters: q.run.Seeds, Groups: w.apart, Cap: atOnePlace, Budget: mostSet, Costs: make([]float64, len(barred)), Why: true}
		for i, no := range barred {
			if no {
				ask.Barred = append(ask.Barred, uint32(i))
			}
			ask.Costs[i] = 1 + load(w.of.Nodes[i].ID) // whoever is asked all the time is asked less
		}
		choice, err := w.graph.Choose(ctx, ask)
		if err != nil {
			return out, err
		}
		var set []uint32
		for _, c := range choice.Chosen {
			set = append(set, c.Node)
		}
		if len(set) >= fewestSet {
			out.Set, out.Reasons = w.candidates(set), w.reasons(choice.Chosen, q.run.Seeds)
			if out.Effect, out.Through, err = q.effect(ctx, set); err != nil {
				return out, err
			}
		}
	}
	if err := q.whatIf(ctx, &out); err != nil || a.Role == "" {
		return out, err
	}
	return out, s.whatRole(ctx, sp, q, &out)
}

// simDays is how far ahead it is looked when it is asked what if.
const simDays = 180

// whatIf works out what some others would bring.
func (q *asked) whatIf(ctx context.Context, out *Whom) error {
	w := q.world
	var set []uint32
	person := false
	for _, id := range q.With {
		if n, ok := w.of.Number(id); ok && q.may(n) && !slices.Contains(set, n) && len(set) < mostSet {
			set, person = append(set, n), person || w.of.Nodes[n].Person
		}
	}
	if q.Place != "" {
		var there []uint32
		for i, n := range w.of.Nodes {
			if n.Place == q.Place && !n.Person && !slices.Contains(set, uint32(i)) {
				there = append(there, uint32(i))
			}
		}
		view := w.of.View()
		slices.SortStableFunc(there, func(x, y uint32) int {
			return cmp.Compare(view.Degree(y, graph.Both), view.Degree(x, graph.Both))
		})
		set = append(set, there[:min(len(there), fewestSet)]...)
		out.Nobody = len(there) == 0
	}
	if len(set) == 0 {
		if len(q.With) > 0 || q.Place != "" {
			out.Refuse = fault.New(fault.Invalid, "forecast.what.nobody").On("kuka")
		}
		return nil
	}
	if person && len(set) < fewestSet {
		out.Refuse = fault.New(fault.Invalid, "forecast.what.few").On("kuka").With("n", fewestSet)
		return nil
	}
	out.What = w.candidates(set)
	var err error
	out.WhatIf, _, err = q.effect(ctx, set)
	return err
}

// whatRole works out what somebody in a role would bring: any of those who have been in
// it round some spark, drawn anew in each run, so that the number is of nobody.
func (s *Service) whatRole(ctx context.Context, sp spark.Spark, q *asked, out *Whom) error {
	w := q.world
	who, err := w.those(ctx, s.db, sp.Region, q.Role, q.run.Seeds)
	if err != nil {
		return err
	}
	if len(who) < Fewest {
		out.Anyone, who = true, nil
		for n := range w.of.Nodes {
			if u := uint32(n); !slices.Contains(q.run.Seeds, u) {
				who = append(who, u)
			}
		}
	}
	if len(who) < Fewest {
		out.Anyone, out.Refuse = false, fault.New(fault.Invalid, "forecast.what.nobody").On("osa")
		return nil
	}
	more := q.run
	more.Drawn = []spread.Drawn{{From: who, Count: 1}}
	d, err := q.beyond(ctx, more)
	if err != nil {
		return err
	}
	out.Role, out.RoleIf = q.Role, Range{d.Low, d.Middle, d.High, true}
	if q.Now == nil || q.Now.Evidence != Learnt {
		return nil
	}
	known, err := s.learn(ctx, s.db, sp.Region, q.Now.Definition, q.Now.Base, s.clock.Now())
	if err != nil {
		return err
	}
	after, ok, err := known.odds(q.Now.Inputs.with(q.Role))
	if ok {
		out.Before, out.After = q.Now.Chance, after
	}
	return err
}

// with is what is counted once somebody has come in a role.
func (x Inputs) with(role ring.Role) Inputs {
	x.People, x.Groups = x.People+1, x.Groups+1
	switch role {
	case ring.Doer:
		x.Taken++
	case ring.Host:
		x.Hosted = true
	}
	return x
}

func (w *world) candidates(set []uint32) (all []Candidate) {
	for _, n := range set {
		all = append(all, w.candidate(n))
	}
	return all
}

func (w *world) candidate(n uint32) Candidate {
	node := w.of.Nodes[n]
	return Candidate{node.ID, node.Title, node.Person, node.Place, node.Sector}
}

// effect is how many more a set would reach, and at which places.
func (q *asked) effect(ctx context.Context, set []uint32) (Range, []Group, error) {
	w, more := q.world, q.run
	more.Seeds = slices.Concat(more.Seeds, set)
	d, err := q.beyond(ctx, more)
	if err != nil {
		return Range{}, nil, err
	}
	through := warmth(w.places, w.place, d.With.Wholes[byPlace])
	return Range{d.Low, d.Middle, d.High, true}, through[:min(len(through), mostSet)], nil
}

// reasons are the organisations by which a chosen set reaches most: those chosen, and
// those the word commonly goes to first.
func (w *world) reasons(chosen []spread.Chosen, seeds []uint32) (all []Reason) {
	by := map[uint32]float64{}
	for _, c := range chosen {
		if !w.of.Nodes[c.Node].Person {
			by[c.Node] += c.Gain
		}
		for _, t := range c.Through {
			if !w.of.Nodes[t.Of].Person && t.Of != c.Node {
				by[t.Of] += c.Gain * t.Share
			}
		}
	}
	var most []uint32
	for n := range by {
		most = append(most, n)
	}
	slices.SortFunc(most, func(a, b uint32) int { return cmp.Or(cmp.Compare(by[b], by[a]), cmp.Compare(a, b)) })
	view := w.of.View()
	for _, n := range most {
		legals, beside := map[string]int{}, []uint32{}
		for t := range view.Ties(n, graph.Both) {
			if other := w.of.Nodes[t.Node]; !other.Person && !slices.Contains(seeds, t.Node) {
				legals[other.Legal]++
				beside = append(beside, t.Node)
			}
		}
		if len(beside) == 0 {
			continue
		}
		r := Reason{Organisation: w.candidate(n)}
		r.Legal, r.Count = commonest(legals)
		sectors := map[string]int{}
		for _, b := range beside {
			if other := w.of.Nodes[b]; other.Legal == r.Legal && other.Sector != "" {
				sectors[other.Sector]++
			}
		}
		if sector, count := commonest(sectors); 2*count >= r.Count {
			r.Sector = sector
		}
		if all = append(all, r); len(all) == reasons {
			break
		}
	}
	return all
}

// commonest is what there is most of; of as many, the first by name.
func commonest(counts map[string]int) (name string, n int) {
	for other, k := range counts {
		if k > n || k == n && other < name {
			name, n = other, k
		}
	}
	return name, n
}
