package graph

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"
)

// Dir is the direction in which ties are followed.
type Dir uint8

const (
	Out  Dir = iota // from whom the tie is
	In              // to whom
	Both            // the stronger of the two
)

func (d Dir) String() string {
	switch d {
	case Out:
		return "out"
	case In:
		return "in"
	case Both:
		return "both"
	}
	return fmt.Sprintf("Dir(%d)", uint8(d))
}

// View is a graph, and what changed since, on a day: what every question is asked of.
type View struct {
	g     *Graph
	d     *Delta // may be nil
	nodes int
	shift int // what a code is more than its weight's logarithm on this day
	tab   *decays
}

// A weight that has sunk below 2⁻¹⁴ is forgotten; one above 2⁶ is as good as certain.
const (
	faintest  = -14 * fine
	strongest = 6 * fine
)

// decays hold strength and cost by what is left of the weight, 1/256 doublings from
// faintest on.
type decays struct {
	strength [strongest - faintest + 1]float32
	cost     [strongest - faintest + 1]float32 // −ln p
}

// tables are the same for every graph and day: 41 kB, made once.
var tables = sync.OnceValue(func() *decays {
	t := new(decays)
	for i := range t.strength {
		p := Strength(math.Exp2(float64(i+faintest) / fine))
		t.strength[i], t.cost[i] = float32(p), float32(-math.Log(p))
	}
	return t
})

func newView(g *Graph, d *Delta, day int) *View {
	v := &View{g: g, d: d, nodes: g.Nodes(), tab: tables()}
	if d != nil {
		v.nodes = d.nodes
	}
	v.shift = bias + int(math.Round(fine*float64(day)/float64(g.HalfLife()))) + faintest
	return v
}

// Nodes is how many nodes there are.
func (v *View) Nodes() int { return v.nodes }

func (v *View) list(node uint32) []arc {
	if v.d != nil {
		if list, ok := v.d.lists[node]; ok {
			return list
		}
	}
	return v.g.list(node)
}

// left is the place in the tables of a code, -1 when nothing is left of it.
func (v *View) left(c uint16) int {
	if c == 0 {
		return -1
	}
	i := int(c) - v.shift
	if i < 0 {
		return -1
	}
	return min(i, strongest-faintest)
}

// code is the code of the direction that is followed.
func (a arc) code(dir Dir) uint16 {
	switch dir {
	case Out:
		return a.out()
	case In:
		return a.in()
	}
	return max(a.out(), a.in())
}

// Tie is a tie as one of its ends sees it.
type Tie struct {
	Node     uint32
	Strength float64
}

// Ties are a node's ties in a direction, by number of the other end.
func (v *View) Ties(node uint32, dir Dir) iter.Seq[Tie] {
	return func(yield func(Tie) bool) {
		for _, a := range v.list(node) {
			if i := v.left(a.code(dir)); i >= 0 && !yield(Tie{a.to(), float64(v.tab.strength[i])}) {
				return
			}
		}
	}
}

// Strength is how strong the tie from one to another is, 0 when there is none.
func (v *View) Strength(from, to uint32) float64 {
	list := v.list(from)
	i, ok := slices.BinarySearchFunc(list, to, func(a arc, to uint32) int {
		return int(int64(a.to()) - int64(to))
	})
	if !ok {
		return 0
	}
	if i := v.left(list[i].out()); i >= 0 {
		return float64(v.tab.strength[i])
	}
	return 0
}

// Degree is how many ties a node has in a direction.
func (v *View) Degree(node uint32, dir Dir) (n int) {
	for _, a := range v.list(node) {
		if v.left(a.code(dir)) >= 0 {
			n++
		}
	}
	return n
}

// Total is the strength of all a node's ties in a direction together; for Both, that of
// both directions.
func (v *View) Total(node uint32, dir Dir) (s float64) {
	for _, a := range v.list(node) {
		if dir != In {
			if i := v.left(a.out()); i >= 0 {
				s += float64(v.tab.strength[i])
			}
		}
		if dir != Out {
			if i := v.left(a.in()); i >= 0 {
				s += float64(v.tab.strength[i])
			}
		}
	}
	return s
}

// mutual is the strength of a tie in both directions together: its weight where
// directions do not matter.
func (v *View) mutual(a arc) (s float64) {
	if i := v.left(a.out()); i >= 0 {
		s = float64(v.tab.strength[i])
	}
	if i := v.left(a.in()); i >= 0 {
		s += float64(v.tab.strength[i])
	}
	return s
}

// bounded is a node's list, of a hub only so many of its strongest ties in a direction:
// the way through somebody whom thousands know is seldom the best, and looking at all
// of them is slow. Room is what the short list is written into.
func (v *View) bounded(node uint32, dir Dir, most int, room []arc) (list, used []arc) {
	list = v.list(node)
	if most <= 0 || len(list) <= most {
		return list, room
	}
	// The weakest code that is in is found by counting the codes' upper bytes and,
	// where the line falls, the lower ones.
	var high, low [256]int
	for _, a := range list {
		high[a.code(dir)>>8]++
	}
	n, h := 0, 255
	for ; h > 0 && n+high[h] <= most; h-- {
		n += high[h]
	}
	for _, a := range list {
		if c := a.code(dir); int(c>>8) == h {
			low[c&0xFF]++
		}
	}
	l := 255
	for ; l > 0 && n+low[l] <= most; l-- {
		n += low[l]
	}
	least, atLine := uint16(h<<8|l), most-n
	room = room[:0]
	for _, a := range list {
		switch c := a.code(dir); {
		case c > least:
			room = append(room, a)
		case c == least && atLine > 0:
			room = append(room, a)
			atLine--
		}
	}
	return room, room
}
