package graph

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"
)

// Arc is a tie from one to another as evidence for it tells.
type Arc struct {
	From, To uint32
	Weight   float64 // at least 0; see Weight for what a strength weighs
	Back     float64 // what the tie from To to From weighs; 0 when nothing is told of it
	Day      int     // when it weighed that, days since 1970-01-01
}

// none tells whether an arc ties nobody to anybody.
func (a Arc) none() bool { return a.From == a.To || a.Weight == 0 && a.Back == 0 }

// Weight is what a tie of a strength weighs: −ln(1−p). A strength of 1, which no
// evidence gives, is taken as a little less.
func Weight(strength float64) float64 {
	return -math.Log1p(-min(max(strength, 0), .999999))
}

// Strength is how strong a tie of a weight is: 1−e^(−w).
func Strength(weight float64) float64 { return -math.Expm1(-max(weight, 0)) }

// HalfLife is the days in which a tie's weight halves unless told otherwise: four years.
const HalfLife = 1461

// Graph is a network that does not change. The zero Graph has nobody in it.
type Graph struct {
	offsets  []uint32 // of each node's arcs, and the end
	arcs     []arc    // each node's by the other end, each once
	names    *Names   // may be nil
	halfLife int
	mapped   []byte // what the arrays lie in, when that is a mapped file

	scratch sync.Pool // *table
}

// arc is a tie as one of its ends has it: the other end in the upper half, then the
// code of the strength from here to there, and that from there to here.
type arc uint64

func newArc(to uint32, out, in uint16) arc { return arc(to)<<32 | arc(out)<<16 | arc(in) }
func (a arc) to() uint32                   { return uint32(a >> 32) }
func (a arc) out() uint16                  { return uint16(a >> 16) }
func (a arc) in() uint16                   { return uint16(a) }

// A code is 256·log₂ of the weight carried back to day 0, and bias; 0 is no tie. It
// reaches from 2⁻⁶⁴ to 2¹⁹²: with a half-life of a year or more, all of three
// centuries.
const (
	fine        = 256
	bias        = 64 * fine
	minHalfLife = 365
)

// code is the code of a weight on a day.
func code(weight float64, day, halfLife int) uint16 {
	if weight <= 0 {
		return 0
	}
	c := bias + math.Round(fine*(math.Log2(weight)+float64(day)/float64(halfLife)))
	return uint16(min(max(c, 1), math.MaxUint16))
}

// Options tell how a graph is built; the zero value is good.
type Options struct {
	HalfLife int    // in days, 365 at least; 0 for HalfLife
	Names    *Names // of the nodes, kept with them; nil for none
}

// maxNodes and maxArcs are what fits into the numbers the graph is written with.
const (
	maxNodes = 1<<31 - 1
	maxArcs  = 1<<32 - 1
)

// Build makes a graph of so many nodes. It goes through the arcs twice, which must be
// the same both times, and needs no room beside the graph's own when a tie that is
// mutual comes as one arc. Arcs between the same
// two add up; one from somebody to themselves is left out. Linear in the arcs, but for
// the sorting of each node's.
func Build(nodes int, arcs iter.Seq[Arc], o Options) (*Graph, error) {
	if o.HalfLife == 0 {
		o.HalfLife = HalfLife
	}
	switch {
	case nodes < 0 || nodes > maxNodes:
		return nil, fmt.Errorf("%d nodes are more than a graph has (%d)", nodes, maxNodes)
	case o.HalfLife < minHalfLife:
		return nil, fmt.Errorf("a half-life of %d days is too short: %d at least", o.HalfLife, minHalfLife)
	case o.Names != nil && o.Names.Len() != nodes:
		return nil, fmt.Errorf("%d names for %d nodes", o.Names.Len(), nodes)
	}
	offsets := make([]uint32, nodes+1)
	var total uint64
	for a := range arcs {
		if err := a.check(nodes); err != nil {
			return nil, err
		}
		if a.none() {
			continue
		}
		if total += 2; total > maxArcs {
			return nil, fmt.Errorf("more than %d arcs", maxArcs/2)
		}
		offsets[a.From]++
		offsets[a.To]++
	}
	var at uint32
	for i, n := range offsets {
		offsets[i] = at
		at += n
	}
	all := make([]arc, total)
	placed := uint64(0)
	for a := range arcs {
		if a.none() {
			continue
		}
		if placed += 2; placed > total || a.check(nodes) != nil || offsets[a.From] >= uint32(total) || offsets[a.To] >= uint32(total) {
			return nil, errTwice
		}
		there, back := code(a.Weight, a.Day, o.HalfLife), code(a.Back, a.Day, o.HalfLife)
		all[offsets[a.From]] = newArc(a.To, there, back)
		offsets[a.From]++
		all[offsets[a.To]] = newArc(a.From, back, there)
		offsets[a.To]++
	}
	if placed != total {
		return nil, errTwice
	}
	// offsets[i] is now where i's arcs end: they are sorted, joined and moved up.
	var from, to uint32
	for i := range nodes {
		end := offsets[i]
		list := all[from:end]
		slices.Sort(list)
		offsets[i] = to
		to += uint32(copy(all[to:], join(list)))
		from = end
	}
	offsets[nodes] = to
	if uint64(to) < total/4*3 {
		all = slices.Clone(all[:to])
	}
	return &Graph{offsets: offsets, arcs: all[:to:to], names: o.Names, halfLife: o.HalfLife}, nil
}

var errTwice = errors.New("the arcs were not the same the second time")

func (a Arc) check(nodes int) error {
	switch {
	case int64(a.From) >= int64(nodes) || int64(a.To) >= int64(nodes):
		return fmt.Errorf("an arc from %d to %d, of %d nodes", a.From, a.To, nodes)
	case !(a.Weight >= 0 && a.Back >= 0) || math.IsInf(a.Weight+a.Back, 1):
		return fmt.Errorf("the arc from %d to %d weighs %v there and %v back", a.From, a.To, a.Weight, a.Back)
	}
	return nil
}

// join adds up the arcs of a sorted list that have the same other end, in place.
func join(list []arc) []arc {
	kept := list[:0]
	var out, in []uint16
	for i := 0; i < len(list); {
		end := i + 1
		for end < len(list) && list[end].to() == list[i].to() {
			end++
		}
		a := list[i]
		if end > i+1 {
			out, in = out[:0], in[:0]
			for _, b := range list[i:end] {
				out, in = append(out, b.out()), append(in, b.in())
			}
			a = newArc(a.to(), sumAll(out), sumAll(in))
		}
		kept = append(kept, a)
		i = end
	}
	return kept
}

// sumAll is the code of weights together, the same in whatever order they come, so that
// both ends of a tie have the same.
func sumAll(codes []uint16) uint16 {
	slices.Sort(codes)
	most := codes[len(codes)-1]
	if most == 0 {
		return 0
	}
	var all float64
	for _, c := range codes {
		if c > 0 {
			all += math.Exp2(float64(int(c)-int(most)) / fine)
		}
	}
	return uint16(min(float64(most)+math.Round(fine*math.Log2(all)), math.MaxUint16))
}

// Nodes is how many nodes there are, those without a tie among them.
func (g *Graph) Nodes() int { return max(0, len(g.offsets)-1) }

// Ties is how many pairs of nodes are tied, in one direction or both.
func (g *Graph) Ties() int { return len(g.arcs) / 2 }

// Names are the nodes' names, nil when they have none.
func (g *Graph) Names() *Names { return g.names }

// HalfLife is in how many days a weight halves.
func (g *Graph) HalfLife() int {
	if g.halfLife == 0 {
		return HalfLife
	}
	return g.halfLife
}

// Bytes is how much room the arrays take, names apart.
func (g *Graph) Bytes() int { return 4*len(g.offsets) + 8*len(g.arcs) }

// At is the graph as it stands on a day.
func (g *Graph) At(day int) *View { return newView(g, nil, day) }

// list are a node's arcs.
func (g *Graph) list(node uint32) []arc {
	if int64(node) >= int64(g.Nodes()) {
		return nil
	}
	return g.arcs[g.offsets[node]:g.offsets[node+1]]
}

// Names are the names of nodes and their numbers, given in the order of coming. Only
// one goroutine may add to them; once nobody adds, all may read.
type Names struct {
	list   []string
	number map[string]uint32
}

// Add gives the number of a name, a new one when it has none yet.
func (n *Names) Add(name string) uint32 {
	if i, ok := n.number[name]; ok {
		return i
	}
	if n.number == nil {
		n.number = map[string]uint32{}
	}
	i := uint32(len(n.list))
	n.list = append(n.list, name)
	n.number[name] = i
	return i
}

// Number is the number of a name.
func (n *Names) Number(name string) (uint32, bool) {
	i, ok := n.number[name]
	return i, ok
}

// Name is the name of a node, "" for a number nobody has.
func (n *Names) Name(node uint32) string {
	if int64(node) >= int64(len(n.list)) {
		return ""
	}
	return n.list[node]
}

// Len is how many names there are.
func (n *Names) Len() int { return len(n.list) }
