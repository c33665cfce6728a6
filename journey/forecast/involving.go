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
	"kokko/journey/spark"
	"kokko/region/network"
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
	atOnePlace = 2   // of a set
	carries    = .08 // the chance that a fresh, strong tie carries a word on: an assumption, see unsure
	member     = .8  // how strong a tie it is to be of an organisation
	// unsure is how far the chances may be from the assumed ones, all together and each
	// listener's: the range that is told is mostly made of it.
	unsure   = .6
	simRuns  = 512
	simSeed  = 2008 // any number: the same question has the same answer
	setsMost = 8192
	// How long a word takes along a tie, in days: at least, and on average.
	carryLeast, carryMean = 1, 14
)

// world is a region's network as a word goes along it. It never changes.
type world struct {
	of     *network.Snapshot
	graph  *spread.Graph
	places []string // the group of a number; the last is of no place
	group  []uint32 // of each node
	apart  []uint32 // the same, but whoever has no known place stands alone
	sizes  []int
}

func newWorld(s *network.Snapshot) (*world, error) {
	w := &world{of: s, group: make([]uint32, len(s.Nodes)), apart: make([]uint32, len(s.Nodes))}
	for _, n := range s.Nodes {
		if n.Place != "" && !slices.Contains(w.places, n.Place) {
			w.places = append(w.places, n.Place)
		}
	}
	slices.Sort(w.places)
	w.sizes = make([]int, len(w.places)+1)
	for i, n := range s.Nodes {
		at, ok := slices.BinarySearch(w.places, n.Place)
		if w.apart[i] = uint32(at); !ok {
			at, w.apart[i] = len(w.places), uint32(len(w.places)+1+i)
		}
		w.group[i] = uint32(at)
		w.sizes[at]++
	}
	view := s.View()
	var err error
	w.graph, err = spread.Build(len(s.Nodes), func(yield func(spread.Arc) bool) {
		for u := range s.Nodes {
			for t := range view.Ties(uint32(u), graph.Both) {
				if !yield(spread.Arc{From: uint32(u), To: t.Node, P: min(1, carries*t.Strength)}) {
					return
				}
			}
		}
		for p, o := range s.Members() {
			if !yield(spread.Arc{From: p, To: o, P: carries * member}) || !yield(spread.Arc{From: o, To: p, P: carries * member}) {
				return
			}
		}
	})
	return w, err
}

// worldNow is the network as it is now, worked out again only when it has changed.
func (s *Service) worldNow(ctx context.Context, region string) (*world, error) {
	if s.net == nil {
		return nil, nil
	}
	snapshot, err := s.net.Now(ctx, region)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.worlds[region]; w != nil && w.of == snapshot {
		return w, nil
	}
	w, err := newWorld(snapshot)
	if err == nil {
		s.worlds[region] = w
	}
	return w, err
}

// Asking is what is asked of whom to involve.
type Asking struct {
	Known []ident.ID                // who knows something of it, the most first: who is suggested is among them
	Load  func(id ident.ID) float64 // how much they have been asked this month, 1 for full
	Today workday.Day
	With  []ident.ID // what if these came along
	Place string     // or those of a place
}

// Candidate is somebody who could be involved.
type Candidate struct {
	ID     ident.ID
	Title  string
	Person bool
	Place  string
	Sector string
}

// Whom is whom to involve next, as a set.
type Whom struct {
	Set     []Candidate
	Effect  Range   // how many people and organisations more the set would reach; of fewer than three nothing is told
	Through []Group // the places it would be told at, of at least Fewest
	Size    int     // who is in the network

	What   []Candidate // what if
	WhatIf Range
	Refuse *fault.Error // why nothing is told of that
}

// Involve works out whom to involve in the matter of a spark.
func (s *Service) Involve(ctx context.Context, sp spark.Spark, a Asking) (out Whom, err error) {
	w, err := s.worldNow(ctx, sp.Region)
	if err != nil || w == nil {
		return out, err
	}
	out.Size = len(w.of.Nodes)
	r, err := RingOf(ctx, s.db, sp, s.clock.Now())
	if err != nil {
		return out, err
	}
	var seeds []uint32
	for _, id := range r.actors {
		if n, ok := w.of.Number(id); ok && !slices.Contains(seeds, n) {
			seeds = append(seeds, n)
		}
	}
	load := func(id ident.ID) float64 {
		if a.Load == nil {
			return 0
		}
		return a.Load(id)
	}
	may := func(n uint32) bool {
		node := w.of.Nodes[n]
		return node.Findable && !node.Busy(a.Today) && load(node.ID) < 1 && !slices.Contains(seeds, n)
	}
	barred := make([]bool, len(w.of.Nodes))
	for i := range barred {
		barred[i] = true
	}
	able := 0
	for _, id := range a.Known {
		if n, ok := w.of.Number(id); ok && may(n) && barred[n] {
			barred[n] = false
			able++
		}
	}
	run := spread.Run{Seeds: seeds, Runs: simRuns, Seed: simSeed, Vary: spread.Vary{All: unsure, Each: unsure}, Groups: w.group,
		Horizon: 180, Delays: []spread.Delay{{Least: carryLeast, Mean: carryMean}}}
	if able >= fewestSet {
		ask := spread.Ask{Most: min(usualSet, able), Apart: .3, Doubt: .05, Seed: simSeed, Limit: setsMost, Supporters: seeds, Groups: w.apart, Cap: atOnePlace, Budget: mostSet, Costs: make([]float64, len(barred))}
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
			out.Set = w.candidates(set)
			if out.Effect, out.Through, err = w.effect(ctx, run, set); err != nil {
				return out, err
			}
		}
	}
	return out, w.whatIf(ctx, run, a, may, &out)
}

// whatIf works out what some others would bring.
func (w *world) whatIf(ctx context.Context, run spread.Run, a Asking, may func(uint32) bool, out *Whom) error {
	var set []uint32
	person := false
	for _, id := range a.With {
		if n, ok := w.of.Number(id); ok && may(n) && !slices.Contains(set, n) && len(set) < mostSet {
			set, person = append(set, n), person || w.of.Nodes[n].Person
		}
	}
	if a.Place != "" {
		var there []uint32
		for i, n := range w.of.Nodes {
			if n.Place == a.Place && !n.Person && !slices.Contains(set, uint32(i)) {
				there = append(there, uint32(i))
			}
		}
		view := w.of.View()
		ties := func(n uint32) (all int) {
			for range view.Ties(n, graph.Both) {
				all++
			}
			return all
		}
		slices.SortStableFunc(there, func(x, y uint32) int { return cmp.Compare(ties(y), ties(x)) })
		set = append(set, there[:min(len(there), fewestSet)]...)
	}
	if len(set) == 0 {
		if len(a.With) > 0 || a.Place != "" {
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
	out.WhatIf, _, err = w.effect(ctx, run, set)
	return err
}

func (w *world) candidates(set []uint32) (all []Candidate) {
	for _, n := range set {
		node := w.of.Nodes[n]
		all = append(all, Candidate{node.ID, node.Title, node.Person, node.Place, node.Sector})
	}
	return all
}

// effect is how many more a set would reach, and at which places.
func (w *world) effect(ctx context.Context, run spread.Run, set []uint32) (Range, []Group, error) {
	d, err := w.graph.Compare(ctx, run, set)
	if err != nil {
		return Range{}, nil, err
	}
	var through []Group
	for g, id := range w.places {
		if mean := int(d.With.Groups[g].Mean + .5); w.sizes[g] >= Fewest && mean > 0 {
			through = append(through, Group{ID: id, Size: w.sizes[g], Mid: mean})
		}
	}
	slices.SortStableFunc(through, func(x, y Group) int { return cmp.Compare(y.Mid, x.Mid) })
	return Range{d.Low, d.Middle, d.High, true}, through[:min(len(through), mostSet)], nil
}
