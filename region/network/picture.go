package network

import (
	"cmp"
	"math"
	"slices"

	"kokko/engine/graph"
)

// Filter is what of the network is looked at; the zero Filter is all of it.
type Filter struct {
	Whys        []Why  // nil for everything
	Sector      string // one end at least is of it
	Place       string // the same
	From, Until int    // years in which a tie was true; 0 for open
}

// Pair is two who are tied, by all that ties them together.
type Pair struct {
	A, B        uint32
	Strength    float64
	Since, Last int // years; 0 when not known
	Whys        []Why
}

// other is whom one of the two is tied to.
func (p Pair) other(of uint32) uint32 {
	if p.A == of {
		return p.B
	}
	return p.A
}

// Picture is what of the network may be drawn for everybody: organisations, and
// persons who chose to be drawn.
type Picture struct {
	*Snapshot
	Pairs  []Pair
	Nodes  []uint32 // who is in a pair
	Degree map[uint32]int

	first, pairs []uint32 // the pairs of each node, one after another: those of n from first[n] on
}

// beside are the pairs of a node, by their place among all, in their order.
func (p Picture) beside(n uint32) []uint32 { return p.pairs[p.first[n]:p.first[n+1]] }

// sort puts the pairs under their nodes, once for everybody who looks around one.
func (p *Picture) sort() {
	p.first, p.pairs = make([]uint32, len(p.Snapshot.Nodes)+1), make([]uint32, 2*len(p.Pairs))
	for _, pair := range p.Pairs {
		p.first[pair.A+1]++
		p.first[pair.B+1]++
	}
	for n := range p.Snapshot.Nodes {
		p.first[n+1] += p.first[n]
	}
	next := slices.Clone(p.first)
	for i, pair := range p.Pairs {
		for _, n := range []uint32{pair.A, pair.B} {
			p.pairs[next[n]] = uint32(i)
			next[n]++
		}
	}
}

// shows tells that a tie is inside the filter.
func (f Filter) shows(s *Snapshot, t Tie, a, b Node) bool {
	if f.Whys != nil && !slices.Contains(f.Whys, t.Why) {
		return false
	}
	if f.Sector != "" && a.Sector != f.Sector && b.Sector != f.Sector || f.Place != "" && a.Place != f.Place && b.Place != f.Place {
		return false
	}
	since, last := yearsOf(t)
	return (f.From == 0 || last == 0 || last >= f.From) && (f.Until == 0 || since == 0 || since <= f.Until)
}

func yearsOf(t Tie) (since, last int) {
	if !t.Since.IsZero() {
		since = t.Since.Year()
	}
	if !t.At.IsZero() {
		last = t.At.Year()
	}
	return cmp.Or(since, last), cmp.Or(last, since)
}

// Picture draws what is inside a filter; the whole, which many pages look at, once. Who
// has it only reads it.
func (s *Snapshot) Picture(f Filter) Picture {
	if f.Whys != nil || f.Sector != "" || f.Place != "" || f.From != 0 || f.Until != 0 {
		return s.draw(f)
	}
	s.drawn.Do(func() { s.whole = s.draw(f) })
	return s.whole
}

func (s *Snapshot) draw(f Filter) Picture {
	p := Picture{Snapshot: s, Degree: map[uint32]int{}}
	found := map[[2]uint32]int{} // of two, their place among the pairs
	for _, t := range s.Ties {
		a, b := s.at[t.From], s.at[t.To]
		if !s.Nodes[a].Drawn || !s.Nodes[b].Drawn || !f.shows(s, t, s.Nodes[a], s.Nodes[b]) {
			continue
		}
		key := [2]uint32{min(a, b), max(a, b)}
		i, ok := found[key]
		since, last := yearsOf(t)
		if !ok {
			i = len(p.Pairs)
			found[key], p.Pairs = i, append(p.Pairs, Pair{A: key[0], B: key[1], Since: since, Last: last})
		}
		pair := &p.Pairs[i]
		pair.Strength += Faded(t.Weight, t.At, dayTime(s.Day))
		if since != 0 && since < pair.Since {
			pair.Since = since
		}
		pair.Last = max(pair.Last, last)
		if !slices.Contains(pair.Whys, t.Why) {
			pair.Whys = append(pair.Whys, t.Why)
		}
	}
	for i := range p.Pairs {
		pair := &p.Pairs[i]
		pair.Strength = Together(pair.Strength)
		p.Degree[pair.A]++
		p.Degree[pair.B]++
	}
	for n := range p.Degree {
		p.Nodes = append(p.Nodes, n)
	}
	slices.Sort(p.Nodes)
	p.sort()
	return p
}

// Few is below how many ties of persons a number is not told.
const Few = 5

// Cell is how many pairs tie two groups. Few tells that it is so few, and of persons,
// that it is not said how many.
type Cell struct {
	Pairs int
	Few   bool
}

// Matrix counts the pairs between groups of nodes, each pair once; group tells which a
// node is in.
type Matrix struct {
	Groups []string // in order
	Sizes  map[string]int
	cells  map[[2]string]Cell
}

// At is the cell of two groups, whichever is first.
func (m Matrix) At(a, b string) Cell { return m.cells[[2]string{min(a, b), max(a, b)}] }

// Matrix counts what is in the picture by groups.
func (p Picture) Matrix(group func(Node) string) Matrix {
	m := Matrix{Sizes: map[string]int{}, cells: map[[2]string]Cell{}}
	persons := map[[2]string]int{}
	for _, n := range p.Nodes {
		g := group(p.Snapshot.Nodes[n])
		if m.Sizes[g]++; m.Sizes[g] == 1 {
			m.Groups = append(m.Groups, g)
		}
	}
	slices.Sort(m.Groups)
	for _, pair := range p.Pairs {
		a, b := p.Snapshot.Nodes[pair.A], p.Snapshot.Nodes[pair.B]
		x, y := group(a), group(b)
		key := [2]string{min(x, y), max(x, y)}
		c := m.cells[key]
		c.Pairs++
		m.cells[key] = c
		if a.Person || b.Person {
			persons[key]++
		}
	}
	for key, n := range persons {
		if c := m.cells[key]; n > 0 && n < Few {
			c.Few, c.Pairs = true, 0
			m.cells[key] = c
		}
	}
	return m
}

// Expected is how many pairs two groups would have if everybody had as many ties as
// they have, and whom with were left to chance.
func (p Picture) Expected(m Matrix, group func(Node) string) func(a, b string) float64 {
	ends := map[string]float64{}
	for n, d := range p.Degree {
		ends[group(p.Snapshot.Nodes[n])] += float64(d)
	}
	all := 2 * float64(len(p.Pairs))
	return func(a, b string) float64 {
		switch {
		case all == 0:
			return 0
		case a == b:
			return ends[a] * ends[a] / (2 * all)
		}
		return ends[a] * ends[b] / all
	}
}

// Gap is two groups that have fewer ties than chance would give them.
type Gap struct {
	A, B     string
	Pairs    int
	Expected float64
}

// Gaps are the pairs of groups of a matrix that miss most ties, the widest first: those of
// which chance alone would give at least Few.
func (p Picture) Gaps(m Matrix, group func(Node) string, most int) (all []Gap) {
	expected := p.Expected(m, group)
	for i, a := range m.Groups {
		for _, b := range m.Groups[i+1:] {
			c := m.At(a, b)
			if want := expected(a, b); !c.Few && a != "" && b != "" && want >= Few && float64(c.Pairs) < want/2 {
				all = append(all, Gap{a, b, c.Pairs, want})
			}
		}
	}
	slices.SortFunc(all, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(b.Expected-float64(b.Pairs), a.Expected-float64(a.Pairs)), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	return all[:min(len(all), most)]
}

// Mixing tells how ties cross groups: how many pairs do, of how many whose both ends'
// groups are known, and how many would by chance.
type Mixing struct {
	Across, Pairs int
	Expected      float64
}

// Ratio is how much more, or less, than by chance; 0 when that cannot be told.
func (m Mixing) Ratio() float64 {
	if m.Expected == 0 {
		return 0
	}
	return float64(m.Across) / m.Expected
}

// Mixing counts the pairs of a picture that cross groups; "" is not known, and left out.
func (p Picture) Mixing(group func(Node) string) (m Mixing) {
	ends := map[string]float64{}
	for _, pair := range p.Pairs {
		a, b := group(p.Snapshot.Nodes[pair.A]), group(p.Snapshot.Nodes[pair.B])
		if a == "" || b == "" {
			continue
		}
		m.Pairs++
		ends[a]++
		ends[b]++
		if a != b {
			m.Across++
		}
	}
	same := 0.0
	for _, n := range ends {
		same += n * n
	}
	if m.Pairs > 0 {
		all := 2 * float64(m.Pairs)
		m.Expected = float64(m.Pairs) * (1 - same/(all*all))
	}
	return m
}

// Central is an organisation that stands between others, on a share of all shortest
// ways.
type Central struct {
	Node
	Share float64
}

// Central are the organisations that most ways go through, never persons; and what
// share of all that stand between the first four have (measure M11 of the programme).
func (s *Snapshot) Central(most int) (all []Central, four float64) {
	const drawn = 20_000 // ways: a share is then right to about one in a hundred
	share, _ := s.View().Between(graph.Sampling{Seed: laidSeed, Most: drawn})
	total := 0.0
	for i, x := range share {
		total += x
		if n := s.Nodes[i]; !n.Person && x > 0 {
			all = append(all, Central{n, x})
		}
	}
	slices.SortFunc(all, func(a, b Central) int { return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.ID, b.ID)) })
	for _, c := range all[:min(4, len(all))] {
		four += c.Share
	}
	if total > 0 {
		four /= total
	}
	return all[:min(len(all), most)], math.Min(1, four)
}
