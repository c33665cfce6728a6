package network

import (
	"cmp"
	"slices"

	"kokko/ground/ident"
)

// Near is somebody near one in the network.
type Near struct {
	Node
	Whys    []Why      // by what they are tied, of one step
	Through []ident.ID // whom they are tied through, of two; the strongest first

	strength float64
}

// Ego is the network as it is around one: who is one step away, and who two. Of each the
// strongest come first.
type Ego struct {
	Self     Node
	One, Two []Near
}

// throughMost is how many of those between are told of.
const throughMost = 3

// Around is the network around somebody, as far as it may be drawn for everybody; ok is
// false for who is not in it.
func (p Picture) Around(id ident.ID, one, two int) (e Ego, ok bool) {
	self, known := p.Number(id)
	if !known || !p.Snapshot.Nodes[self].Drawn {
		return e, false
	}
	e.Self = p.Snapshot.Nodes[self]
	strongest := func(a, b Near) int {
		return cmp.Or(cmp.Compare(b.strength, a.strength), cmp.Compare(a.ID, b.ID))
	}
	first := map[uint32]bool{self: true}
	for _, i := range p.beside(self) {
		pair := p.Pairs[i]
		n := pair.other(self)
		first[n] = true
		e.One = append(e.One, Near{Node: p.Snapshot.Nodes[n], Whys: pair.Whys, strength: pair.Strength})
	}
	slices.SortFunc(e.One, strongest)
	e.One = e.One[:min(len(e.One), one)]
	second := map[uint32]*Near{}
	for _, near := range e.One { // the strongest first, so that those between are in order
		n, _ := p.Number(near.ID)
		for _, i := range p.beside(n) {
			pair := p.Pairs[i]
			far := pair.other(n)
			if first[far] {
				continue
			}
			x := second[far]
			if x == nil {
				x = &Near{Node: p.Snapshot.Nodes[far]}
				second[far] = x
			}
			if len(x.Through) < throughMost {
				x.Through = append(x.Through, near.ID)
			}
			x.strength = max(x.strength, near.strength*pair.Strength)
		}
	}
	for _, x := range second {
		e.Two = append(e.Two, *x)
	}
	slices.SortFunc(e.Two, strongest)
	e.Two = e.Two[:min(len(e.Two), two)]
	return e, true
}

// Years are the first and the last year of a tie that everybody may see; 0 when none is
// known.
func (s *Snapshot) Years() (first, last int) {
	for _, t := range s.Ties {
		if !s.Nodes[s.at[t.From]].Drawn || !s.Nodes[s.at[t.To]].Drawn {
			continue
		}
		since, at := yearsOf(t)
		if since != 0 && (first == 0 || since < first) {
			first = since
		}
		last = max(last, at)
	}
	return first, last
}
