package knowwho

import (
	"math"

	"kokko/engine/graph"
)

// Introduction is a chain of people who know each other, from the one who asks to the
// one who is sought.
type Introduction struct {
	People []uint32
	// Ties are the strengths of the ties between them on the day, each the chance that
	// a request passes; Strength is their product. They rank, and are shown to nobody.
	Ties     []float64
	Strength float64
	Cost     float64
}

// Between are those who would pass the request on; nobody when the two know each other.
func (i Introduction) Between() []uint32 { return i.People[1 : len(i.People)-1] }

// Asking bounds an introduction.
type Asking struct {
	// Shown tells who may be named as standing between: who has agreed to be, may be
	// asked now and is known to who asks. Nil for everybody, which is right only for
	// organisations.
	Shown func(node uint32) bool
	// Known tells which ties may be used: no third person's without their consent. Nil
	// for all.
	Known func(from, to uint32) bool
	// Most is how many chains are told, 0 for three: the best and two others.
	Most int
}

// way is what an asking allows in the graph.
func (a Asking) way() graph.Way {
	way := graph.Usual()
	way.Through, way.Along = a.Shown, a.Known
	return way
}

// Introduce tells how one could be introduced to another: the chain along which a
// request is most likely to arrive, and others that go through other people altogether.
// Ties are directed, from who asks to who is asked, and have faded with time; at most
// three stand between, and each hand costs beside its tie (measured on who introduced
// whom to co-authors: faded products find the introducer in 75 of 100 cases, the best
// known of both in 64, chance in 53). It is exact but for people with more than a
// thousand ties, whose strongest are looked at.
func Introduce(v *graph.View, from, to uint32, a Asking) []Introduction {
	if a.Most <= 0 {
		a.Most = 3
	}
	var all []Introduction
	for _, p := range v.Ways(from, to, a.Most, a.way()) {
		all = append(all, introduction(v, p))
	}
	return all
}

func introduction(v *graph.View, p graph.Path) Introduction {
	i := Introduction{People: p.Nodes, Strength: p.Strength, Cost: p.Cost}
	for k := range len(p.Nodes) - 1 {
		i.Ties = append(i.Ties, v.Strength(p.Nodes[k], p.Nodes[k+1]))
	}
	return i
}

// reached is how many people around the one who asks are looked at for many who are sought.
const reached = 20_000

// Circle is whom somebody could be introduced to: one search that answers for all
// candidates of a need.
type Circle struct {
	v    *graph.View
	ball *graph.Ball
}

// CircleOf reaches out from somebody to the 20,000 who are closest.
func CircleOf(v *graph.View, from uint32, a Asking) *Circle {
	return &Circle{v, v.Ball(from, reached, graph.Out, a.way())}
}

// Chance is how likely a request would reach somebody, 0 for one who is out of reach.
func (c *Circle) Chance(to uint32) float64 {
	p, ok := c.ball.Path(to)
	if !ok {
		return 0
	}
	return p.Strength
}

// Introduction is the best chain to somebody.
func (c *Circle) Introduction(to uint32) (Introduction, bool) {
	p, ok := c.ball.Path(to)
	if !ok {
		return Introduction{}, false
	}
	return introduction(c.v, p), true
}

// Worth is how much an introduction is worth making: how well the other suits, times the
// chance that it succeeds, times how new the acquaintance would be. New is 1 for two
// who share nobody, and sinks to 0 with the share of acquaintances they have in common
// (Sanz-Cruzado & Castells, RecSys 2018); two of the same group, of whom that is known, count half.
func Worth(v *graph.View, c *Circle, to uint32, fit float64, sameGroup bool) float64 {
	worth := fit * c.Chance(to) * (1 - common(v, c.ball.Nodes()[0], to))
	if sameGroup {
		worth /= 2
	}
	return worth
}

// common is the share of two people's acquaintances they have in common (Jaccard).
func common(v *graph.View, a, b uint32) float64 {
	of := map[uint32]bool{}
	for t := range v.Ties(a, graph.Both) {
		of[t.Node] = true
	}
	shared, others := 0, 0
	for t := range v.Ties(b, graph.Both) {
		if of[t.Node] {
			shared++
		} else {
			others++
		}
	}
	return float64(shared) / math.Max(1, float64(len(of)+others))
}
