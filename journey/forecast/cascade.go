package forecast

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kokko/ground/ident"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/region/network"
)

// Cascade is how a matter has really been told onward so far (measure M21), by links
// whose makers agreed to that being counted. Where a maker is from is known only while
// they let themselves be counted, and told only of many together. By name is in it who
// also lets themselves be drawn, at their turn and with no number, and only while the
// others beside them stay many.
type Cascade struct {
	Told    share.Spread
	Turns   []Turn   // by how many have told it before, the first first
	Sectors []Cell   // of all makers
	Places  Crossing // from a teller to the next
	Across  Crossing // the same, of sectors
}

// Turn is the links made by those who stand equally far from the beginning.
type Turn struct {
	Cells []Cell
	Named []string // who lets themselves be drawn, each at the first of their turns
}

// Cell is makers of one place or sector, or of all that are not told apart: Of is "".
type Cell struct {
	Of   string
	N    int
	From []Cell // after whose links theirs came, of the turn before
}

// Crossing is how often a link was made somewhere else than the one it came after, where
// both are known.
type Crossing struct{ Pairs, Crossed int }

// Known tells that there were enough on each side, or none, to say how many crossed.
func (c Crossing) Known() bool {
	side := func(n int) bool { return n == 0 || n >= share.Few }
	return c.Pairs >= share.Few && side(c.Crossed) && side(c.Pairs-c.Crossed)
}

// Pooled makes cells of counts, none of fewer than a number may be told of: the smaller
// ones stand together with what is not known, which are never so few either that a
// total would tell them. nil when all are too few.
func Pooled(counts map[string]int) (all []Cell) {
	rest := Cell{}
	for of, n := range counts {
		if of == "" || n < share.Few {
			rest.N += n
			continue
		}
		all = append(all, Cell{Of: of, N: n})
	}
	slices.SortFunc(all, func(a, b Cell) int { return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Of, b.Of)) })
	for 0 < rest.N && rest.N < share.Few && len(all) > 0 {
		rest.N += all[len(all)-1].N
		all = all[:len(all)-1]
	}
	if rest.N >= share.Few {
		all = append(all, rest)
	}
	return all
}

// Named tells which makers may stand by name: of those who let themselves be drawn so many
// that in each cell that is told of there are none left beside them, or not fewer than a
// number may be told of. cells are the makers of each, one for each link.
func Named(cells [][]string, drawn map[string]bool) map[string]bool {
	named := maps.Clone(drawn)
	cells = slices.Clone(cells)
	// The narrowest first: whoever stands back there counts in the wider ones.
	slices.SortStableFunc(cells, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	for again := true; again; {
		again = false
		for _, makers := range cells {
			others := 0
			for _, by := range makers {
				if !named[by] {
					others++
				}
			}
			if others == 0 || others >= share.Few {
				continue
			}
			for _, by := range slices.Backward(makers) { // the newest stand back
				if named[by] {
					delete(named, by)
					again = true
					break
				}
			}
			if again {
				break
			}
		}
	}
	return named
}

// Maker is where the maker of a link is from, "" for not known, and their name where they
// let themselves be drawn.
type Maker struct{ Place, Sector, Name string }

// cascadeOf makes the cascade of links; from tells where the maker of one is from.
func cascadeOf(told share.Spread, links []share.Telling, from func(share.Telling) Maker) Cascade {
	c := Cascade{Told: told}
	at := map[ident.ID]int{}
	makers := make([]Maker, len(links))
	sectors := map[string]int{}
	var places []map[string]int
	for i, l := range links {
		at[l.ID], makers[i] = i, from(l)
		for len(places) < l.Depth {
			places = append(places, map[string]int{})
		}
		places[l.Depth-1][makers[i].Place]++
		sectors[makers[i].Sector]++
	}
	c.Sectors = Pooled(sectors)
	for _, counts := range places {
		c.Turns = append(c.Turns, Turn{Cells: Pooled(counts)})
	}
	// in is the cell of a turn that a place is told in.
	in := func(depth int, place string) string {
		if slices.ContainsFunc(c.Turns[depth-1].Cells, func(x Cell) bool { return x.Of == place }) {
			return place
		}
		return ""
	}
	type cell struct {
		depth int
		of    string
	}
	came := map[cell]map[string]int{} // by the cell of the turn before
	for i, l := range links {
		p, ok := at[l.Parent]
		if !ok {
			continue
		}
		c.Places.Count(makers[p].Place, makers[i].Place)
		c.Across.Count(makers[p].Sector, makers[i].Sector)
		if links[p].Depth != l.Depth-1 {
			continue // its chain was cut by one that was ended
		}
		to := cell{l.Depth, in(l.Depth, makers[i].Place)}
		if came[to] == nil {
			came[to] = map[string]int{}
		}
		came[to][in(l.Depth-1, makers[p].Place)]++
	}
	for t := range c.Turns {
		for i := range c.Turns[t].Cells {
			x := &c.Turns[t].Cells[i]
			x.From = Pooled(came[cell{t + 1, x.Of}])
		}
	}
	c.name(links, makers, in)
	return c
}

// name has those stand by name at their turn who may; in is the cell of a turn that a
// place is told in.
func (c *Cascade) name(links []share.Telling, makers []Maker, in func(depth int, place string) string) {
	drawn := map[string]bool{}
	for i, l := range links {
		if makers[i].Name != "" {
			drawn[l.By] = true
		}
	}
	if len(drawn) == 0 {
		return
	}
	// Every number that is told is of one of these.
	cells, at := map[string][]string{}, map[ident.ID]int{}
	for i, l := range links {
		at[l.ID] = i
		turn, place, sector := strconv.Itoa(l.Depth), in(l.Depth, makers[i].Place), makers[i].Sector
		if !slices.ContainsFunc(c.Sectors, func(x Cell) bool { return x.Of == sector }) {
			sector = ""
		}
		for _, of := range []string{"all", "turn " + turn, "place " + turn + " " + place, "sector " + sector} {
			cells[of] = append(cells[of], l.By)
		}
		if p, ok := at[l.Parent]; ok {
			of := "from " + turn + " " + place + " " + in(links[p].Depth, makers[p].Place)
			cells[of] = append(cells[of], l.By)
		}
	}
	var many [][]string
	for _, of := range slices.Sorted(maps.Keys(cells)) {
		if len(cells[of]) >= share.Few { // of fewer no number is told
			many = append(many, cells[of])
		}
	}
	named := Named(many, drawn)
	for i, l := range links {
		if named[l.By] {
			c.Turns[l.Depth-1].Named = append(c.Turns[l.Depth-1].Named, makers[i].Name)
			delete(named, l.By)
		}
	}
}

// Count counts a link and the one it came after, by where their makers are from.
func (c *Crossing) Count(from, to string) {
	if from == "" || to == "" {
		return
	}
	if c.Pairs++; from != to {
		c.Crossed++
	}
}

// Cascade is how the matter of a spark has been told onward so far.
func (s *Service) Cascade(ctx context.Context, sp spark.Spark) (c Cascade, err error) {
	joined, err := spark.Joined(ctx, s.db, sp.Region, sp.ID)
	if err != nil {
		return c, err
	}
	ids := append([]ident.ID{sp.ID}, spark.IDs(joined[sp.ID])...)
	told, err := share.SpreadOf(ctx, s.db, sp.Region, ids...)
	if err != nil || told.Links < share.Few {
		return Cascade{Told: told}, err
	}
	links, err := share.Tellings(ctx, s.db, sp.Region, ids...)
	if err != nil {
		return c, err
	}
	known, err := s.makers(ctx, sp.Region, links)
	if err != nil {
		return c, err
	}
	return cascadeOf(told, links, func(l share.Telling) Maker { return known[l.By] }), nil
}

// makers tells where those who made links are from, of whom that may be counted now.
func (s *Service) makers(ctx context.Context, region string, links []share.Telling) (map[string]Maker, error) {
	if s.net == nil || !slices.ContainsFunc(links, func(l share.Telling) bool { return l.By != "" }) {
		return nil, nil
	}
	now, err := s.net.Now(ctx, region)
	if err != nil {
		return nil, err
	}
	return Makers(now, region, links), nil
}

// Makers tells where those who made links are from, by share.Holder, of a network of
// those who let themselves be counted (network.NewCounted): a person by what they told,
// and their sector else by the first organisation they are of.
func Makers(now *network.Snapshot, region string, links []share.Telling) map[string]Maker {
	known := map[string]Maker{}
	of := map[uint32]uint32{} // the first organisation of a person
	for person, organisation := range now.Members() {
		if _, ok := of[person]; !ok {
			of[person] = organisation
		}
	}
	holders := map[string]bool{}
	for _, l := range links {
		holders[l.By] = true
	}
	for i, n := range now.Nodes {
		if !n.Person || n.Address() == 0 {
			continue
		}
		by := share.Holder(region, n.Address())
		if !holders[by] {
			continue
		}
		m := Maker{n.Place, n.Sector, ""}
		if n.Drawn {
			m.Name = n.Title
		}
		if o, ok := of[uint32(i)]; ok {
			m.Sector = cmp.Or(m.Sector, now.Nodes[o].Sector)
		}
		known[by] = m
	}
	return known
}
