package graph

import (
	"math/rand/v2"
	"slices"
)

// Grouping tells how communities are looked for.
type Grouping struct {
	Seed       uint64
	Resolution float64 // above 1 gives smaller communities; 0 for 1
	// Large is above how many ties the labels are only handed on: quicker by far, and
	// coarser. 0 for two million.
	Large int
}

// Communities tells of each node which of the groups it is in, whose members are tied
// more to each other than chance would have it. Directions do not matter: a tie counts
// with both. Groups are numbered from nought, the largest first; each holds together by
// its own ties. Who has no ties is a group of their own.
//
// Leiden (Traag, Waltman & van Eck 2019) on modularity (Newman & Girvan 2004), greedy in
// the refinement; a few passes over the ties. Above Large ties, label propagation
// (Raghavan, Albert & Kumara 2007), ten passes at most.
func (v *View) Communities(o Grouping) (of []uint32, sizes []int) {
	if o.Resolution <= 0 {
		o.Resolution = 1
	}
	if o.Large <= 0 {
		o.Large = 2_000_000
	}
	ties := 0
	for u := range uint32(v.nodes) {
		ties += len(v.list(u))
	}
	if ties/2 > o.Large {
		of = v.labels(o.Seed)
	} else {
		of = leiden(v.flat(), o)
	}
	return v.whole(of)
}

// whole splits groups that do not hold together, and numbers them.
func (v *View) whole(of []uint32) ([]uint32, []int) {
	const none = ^uint32(0)
	group := make([]uint32, v.nodes)
	for i := range group {
		group[i] = none
	}
	var sizes []int
	var stack []uint32
	for start := range uint32(v.nodes) {
		if group[start] != none {
			continue
		}
		part, size := uint32(len(sizes)), 0
		group[start] = part
		for stack = append(stack[:0], start); len(stack) > 0; {
			u := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			size++
			for _, a := range v.list(u) {
				if w := a.to(); group[w] == none && of[w] == of[start] && v.left(a.code(Both)) >= 0 {
					group[w] = part
					stack = append(stack, w)
				}
			}
		}
		sizes = append(sizes, size)
	}
	return bySize(group, sizes)
}

// Modularity is how much more of the ties lies within the groups than chance would have
// it, from −½ to 1 (Newman & Girvan 2004), at a resolution.
func (v *View) Modularity(of []uint32, resolution float64) float64 {
	inside, all := 0., 0.
	total := map[uint32]float64{}
	for u := range uint32(v.nodes) {
		for _, a := range v.list(u) {
			w := v.mutual(a)
			all += w
			total[of[u]] += w
			if of[u] == of[a.to()] {
				inside += w
			}
		}
	}
	if all == 0 {
		return 0
	}
	q := inside / all
	groups := make([]uint32, 0, len(total))
	for g := range total {
		groups = append(groups, g)
	}
	slices.Sort(groups)
	for _, g := range groups {
		q -= resolution * (total[g] / all) * (total[g] / all)
	}
	return q
}

// labels hands labels on: each takes that which most of its ties' strength has.
func (v *View) labels(seed uint64) []uint32 {
	const passes = 10
	of := make([]uint32, v.nodes)
	order := make([]uint32, v.nodes)
	for i := range of {
		of[i], order[i] = uint32(i), uint32(i)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	weight := make([]float64, v.nodes)
	var met []uint32
	for range passes {
		moved := 0
		for _, u := range order {
			met = met[:0]
			for _, a := range v.list(u) {
				w := v.mutual(a)
				if w == 0 {
					continue
				}
				c := of[a.to()]
				if weight[c] == 0 {
					met = append(met, c)
				}
				weight[c] += w
			}
			best := of[u]
			for _, c := range met {
				if weight[c] > weight[best] || weight[c] == weight[best] && best != of[u] && c < best {
					best = c
				}
			}
			for _, c := range met {
				weight[c] = 0
			}
			if best != of[u] {
				of[u] = best
				moved++
			}
		}
		if moved*1000 < v.nodes || moved == 0 {
			break
		}
	}
	return of
}

// flat is an undirected network as the grouping works on it, also of groups.
type flat struct {
	offsets []int
	to      []uint32
	weight  []float64
	total   []float64 // of each node, its own ties to itself twice among them
	all     float64   // of all nodes
}

func (g *flat) nodes() int { return len(g.total) }

func (v *View) flat() *flat {
	g := &flat{offsets: make([]int, v.nodes+1), total: make([]float64, v.nodes)}
	for u := range uint32(v.nodes) {
		for _, a := range v.list(u) {
			if w := v.mutual(a); w > 0 {
				g.to, g.weight = append(g.to, a.to()), append(g.weight, w)
				g.total[u] += w
			}
		}
		g.offsets[u+1] = len(g.to)
		g.all += g.total[u]
	}
	return g
}

// leiden is which group each node is in.
func leiden(g *flat, o Grouping) []uint32 {
	random := rand.New(rand.NewPCG(o.Seed, 1))
	place := make([]uint32, g.nodes()) // where each node is in g
	of := make([]uint32, g.nodes())    // the groups of g's nodes
	for i := range place {
		place[i], of[i] = uint32(i), uint32(i)
	}
	for {
		moveNodes(g, of, o.Resolution, random)
		fine := refine(g, of, o.Resolution, random)
		count := renumber(fine)
		if count == g.nodes() {
			break
		}
		// Each refined group becomes one node, in the group its members were in.
		next := make([]uint32, count)
		for i, f := range fine {
			next[f] = of[i]
		}
		g = together(g, fine, count)
		for i := range place {
			place[i] = fine[place[i]]
		}
		renumber(next)
		of = next
	}
	all := make([]uint32, len(place))
	for i, at := range place {
		all[i] = of[at]
	}
	return all
}

// renumber numbers groups from nought in the order of their coming, and counts them.
func renumber(of []uint32) int {
	const none = ^uint32(0)
	if len(of) == 0 {
		return 0
	}
	number := make([]uint32, slices.Max(of)+1)
	for i := range number {
		number[i] = none
	}
	count := uint32(0)
	for i, c := range of {
		if number[c] == none {
			number[c] = count
			count++
		}
		of[i] = number[c]
	}
	return int(count)
}

// moveNodes moves single nodes to the group of a neighbour as long as that gains
// something, those first whose neighbours have moved.
func moveNodes(g *flat, of []uint32, resolution float64, random *rand.Rand) {
	n := g.nodes()
	total := make([]float64, n)
	size := make([]int, n)
	for i, c := range of {
		total[c] += g.total[i]
		size[c]++
	}
	var empty []uint32 // groups nobody is in
	for c, s := range size {
		if s == 0 {
			empty = append(empty, uint32(c))
		}
	}
	queue := make([]uint32, n)
	for i := range queue {
		queue[i] = uint32(i)
	}
	random.Shuffle(n, func(i, j int) { queue[i], queue[j] = queue[j], queue[i] })
	waits := make([]bool, n)
	for i := range waits {
		waits[i] = true
	}
	weight := make([]float64, n)
	var met []uint32
	for at := 0; at < len(queue); at++ {
		if at == n {
			queue = queue[:copy(queue, queue[at:])]
			at = 0
		}
		u := queue[at]
		waits[u] = false
		met = met[:0]
		for i := g.offsets[u]; i < g.offsets[u+1]; i++ {
			if g.to[i] == u {
				continue
			}
			c := of[g.to[i]]
			if weight[c] == 0 {
				met = append(met, c)
			}
			weight[c] += g.weight[i]
		}
		own := of[u]
		total[own] -= g.total[u]
		share := resolution * g.total[u] / g.all
		best, gain := own, weight[own]-share*total[own]
		least := 1e-12 * g.total[u]
		for _, c := range met {
			if d := weight[c] - share*total[c]; d > gain+least || d > gain-least && best != own && c < best {
				best, gain = c, d
			}
		}
		for _, c := range met {
			weight[c] = 0
		}
		if gain < -least && len(empty) > 0 {
			best = empty[len(empty)-1] // better by itself
		}
		total[best] += g.total[u]
		if best == own {
			continue
		}
		of[u] = best
		if size[best]++; size[best] == 1 {
			empty = empty[:len(empty)-1]
		}
		if size[own]--; size[own] == 0 {
			empty = append(empty, own)
		}
		for i := g.offsets[u]; i < g.offsets[u+1]; i++ {
			if w := g.to[i]; !waits[w] && of[w] != best {
				waits[w] = true
				queue = append(queue, w)
			}
		}
	}
}

// refine splits each group into parts that hold together well: every node begins by
// itself and joins at most one part of its group, which gains most.
func refine(g *flat, of []uint32, resolution float64, random *rand.Rand) []uint32 {
	n := g.nodes()
	part := make([]uint32, n)
	group := make([]float64, n) // the groups' totals
	total := make([]float64, n) // the parts'
	out := make([]float64, n)   // of a part, its ties to the rest of its group
	alone := make([]bool, n)
	order := make([]uint32, n)
	for i, c := range of {
		part[i], order[i], alone[i] = uint32(i), uint32(i), true
		group[c] += g.total[i]
		total[i] = g.total[i]
		for j := g.offsets[i]; j < g.offsets[i+1]; j++ {
			if w := g.to[j]; w != uint32(i) && of[w] == c {
				out[i] += g.weight[j]
			}
		}
	}
	random.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	well := func(p uint32, all float64) bool {
		return out[p] >= resolution*total[p]*(all-total[p])/g.all
	}
	weight := make([]float64, n)
	var met []uint32
	for _, u := range order {
		all := group[of[u]]
		if !alone[u] || !well(u, all) {
			continue
		}
		met = met[:0]
		for i := g.offsets[u]; i < g.offsets[u+1]; i++ {
			w := g.to[i]
			if w == u || of[w] != of[u] {
				continue
			}
			p := part[w]
			if weight[p] == 0 {
				met = append(met, p)
			}
			weight[p] += g.weight[i]
		}
		best, gain := u, 0.
		for _, p := range met {
			d := weight[p] - resolution*g.total[u]*total[p]/g.all
			if well(p, all) && (d > gain || d == gain && best != u && p < best) {
				best, gain = p, d
			}
		}
		if best != u {
			out[best] += out[u] - 2*weight[best]
			total[best] += total[u]
			part[u] = best
			// The part is named for one of its members, which stays.
			alone[best] = false
		}
		for _, p := range met {
			weight[p] = 0
		}
	}
	return part
}

// together makes a node of each group.
func together(g *flat, of []uint32, count int) *flat {
	next := &flat{offsets: make([]int, count+1), total: make([]float64, count), all: g.all}
	members := make([][]uint32, count)
	for i, c := range of {
		members[c] = append(members[c], uint32(i))
		next.total[c] += g.total[i]
	}
	weight := make([]float64, count)
	var met []uint32
	for c, list := range members {
		met = met[:0]
		for _, u := range list {
			for i := g.offsets[u]; i < g.offsets[u+1]; i++ {
				to := of[g.to[i]]
				if weight[to] == 0 {
					met = append(met, to)
				}
				weight[to] += g.weight[i]
			}
		}
		for _, to := range met {
			next.to, next.weight = append(next.to, to), append(next.weight, weight[to])
			weight[to] = 0
		}
		next.offsets[c+1] = len(next.to)
	}
	return next
}
