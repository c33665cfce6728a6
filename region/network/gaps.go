package network

import (
	"cmp"
	"math"
	"slices"

	"kokko/engine/concept"
	"kokko/ground/ident"
)

// Common are two groups of organisations that have much in common and few ties: of those
// who are about the same, fewer are tied than of others across groups.
type Common struct {
	A, B     string
	Sharing  int     // pairs of an organisation of each who have a topic in common
	Ties     int     // of which so many are tied
	Expected float64 // and so many would be if these two were as other groups are
	Topics   []concept.ID
	Invite   [2][]Node // of each, those with most of the topics and no tie to the others of them
}

// Bounds of what two groups have in common.
const (
	commonTopics = 5
	commonInvite = 5
	// commonPairs is how many pairs are gone through: the topics of most organisations,
	// which say least, are left out first.
	commonPairs = 5_000_000
	// A topic of more than this share of the organisations, and of more than a handful, says nothing.
	commonShare = 10
	commonMany  = 20
	// byChance is how likely a pair of groups that is told has so few ties by chance alone.
	byChance = .01
)

// holder is an organisation with its group and its topics, by their numbers.
type holder struct {
	node   uint32
	group  int
	topics []int
}

// Common are the groups that have much in common and few ties, those that miss most
// first. A group's organisations alone count, which are public; topics tells what each is
// about.
func (p Picture) Common(group func(Node) string, topics map[ident.ID][]concept.ID, most int) (all []Common) {
	c := p.commons(group, topics)
	size := len(c.groups)
	sharing, tied := make([]int, size*size), make([]int, size*size)
	sum, ties := 0, 0
	met := make([]int, len(c.all)) // of each, by whom it was met last
	for i, h := range c.all {
		for _, t := range h.topics {
			for _, j := range c.holders[t] {
				if j <= i || met[j] == i+1 {
					continue
				}
				if met[j] = i + 1; c.all[j].group != h.group {
					sharing[c.cell(i, j)]++
					sum++
				}
			}
		}
	}
	for _, pair := range p.Pairs {
		i, j, ok := c.both(pair)
		if ok && c.all[i].group != c.all[j].group && meets(c.all[i].topics, c.all[j].topics) {
			tied[c.cell(i, j)]++
			ties++
		}
	}
	for a := range size {
		for b := a + 1; b < size; b++ {
			x := Common{A: c.groups[a], B: c.groups[b], Sharing: sharing[a*size+b], Ties: tied[a*size+b]}
			x.Expected = float64(x.Sharing) * float64(ties) / math.Max(1, float64(sum))
			if x.Expected >= Few && atMost(x.Ties, x.Expected) <= byChance {
				all = append(all, x)
			}
		}
	}
	slices.SortFunc(all, func(a, b Common) int {
		return cmp.Or(cmp.Compare(b.Expected-float64(b.Ties), a.Expected-float64(a.Ties)), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	all = all[:min(len(all), most)]
	for i := range all {
		c.tell(p, &all[i])
	}
	return all
}

// commons is what is counted over.
type commons struct {
	groups  []string // in order
	all     []holder
	at      map[uint32]int // of a node, its place among all
	topics  []concept.ID
	holders [][]int // of each topic, in order
}

func (p Picture) commons(group func(Node) string, topics map[ident.ID][]concept.ID) *commons {
	c := &commons{at: map[uint32]int{}}
	whose := map[concept.ID][]int{}
	for n, node := range p.Snapshot.Nodes {
		if g := group(node); !node.Person && g != "" && len(topics[node.ID]) > 0 {
			for _, t := range topics[node.ID] {
				whose[t] = append(whose[t], len(c.all))
			}
			c.at[uint32(n)] = len(c.all)
			c.all = append(c.all, holder{node: uint32(n)})
			c.groups = append(c.groups, g)
		}
	}
	of := slices.Clone(c.groups)
	slices.Sort(c.groups)
	c.groups = slices.Compact(c.groups)
	for i, g := range of {
		c.all[i].group, _ = slices.BinarySearch(c.groups, g)
	}
	for t, list := range whose {
		if n := len(list); n > 1 && n <= max(commonMany, len(c.all)/commonShare) {
			c.topics = append(c.topics, t)
		}
	}
	slices.SortFunc(c.topics, func(a, b concept.ID) int {
		return cmp.Or(cmp.Compare(len(whose[a]), len(whose[b])), cmp.Compare(a, b))
	})
	pairs := 0
	for i, t := range c.topics {
		list := whose[t]
		if pairs += len(list) * (len(list) - 1) / 2; pairs > commonPairs {
			c.topics = c.topics[:i]
			break
		}
		c.holders = append(c.holders, list)
		for _, h := range list {
			c.all[h].topics = append(c.all[h].topics, i)
		}
	}
	return c
}

// cell is where the groups of two are counted.
func (c *commons) cell(i, j int) int {
	a, b := c.all[i].group, c.all[j].group
	return min(a, b)*len(c.groups) + max(a, b)
}

func (c *commons) both(pair Pair) (i, j int, ok bool) {
	i, one := c.at[pair.A]
	j, other := c.at[pair.B]
	return i, j, one && other
}

// meets tells that two lists in order have something in common.
func meets(a, b []int) bool {
	for len(a) > 0 && len(b) > 0 {
		switch cmp.Compare(a[0], b[0]) {
		case 0:
			return true
		case -1:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	return false
}

// atMost is how likely there are no more than n where so many are expected (Poisson).
func atMost(n int, expected float64) float64 {
	if expected > 100 { // near enough to the normal
		return math.Erfc((expected-float64(n)-.5)/math.Sqrt(2*expected)) / 2
	}
	sum, term := 0.0, math.Exp(-expected)
	for k := 0; k <= n; k++ {
		sum, term = sum+term, term*expected/float64(k+1)
	}
	return sum
}

// tell finds what two groups have in common, what few others have first, and who of them
// could meet.
func (c *commons) tell(p Picture, x *Common) {
	a, _ := slices.BinarySearch(c.groups, x.A)
	b, _ := slices.BinarySearch(c.groups, x.B)
	type shared struct {
		topic int
		score float64
	}
	var common []shared
	for t, list := range c.holders {
		inA, inB := 0, 0
		for _, h := range list {
			switch c.all[h].group {
			case a:
				inA++
			case b:
				inB++
			}
		}
		if inA > 0 && inB > 0 {
			common = append(common, shared{t, math.Log1p(float64(inA*inB)) * math.Log(float64(len(c.all))/float64(len(list))+1)})
		}
	}
	slices.SortFunc(common, func(a, b shared) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.topic, b.topic)) })
	common = common[:min(len(common), commonTopics)]
	has := map[int]int{} // how many of them each has
	for _, s := range common {
		x.Topics = append(x.Topics, c.topics[s.topic])
		for _, h := range c.holders[s.topic] {
			has[h]++
		}
	}
	for side, g := range [][2]int{{a, b}, {b, a}} {
		var list []int
		knows := map[int]int{} // 1 of those who are tied to somebody of the other group
		for h := range has {
			if c.all[h].group != g[0] {
				continue
			}
			list = append(list, h)
			if slices.ContainsFunc(p.beside(c.all[h].node), func(i uint32) bool {
				o, ok := c.at[p.Pairs[i].other(c.all[h].node)]
				return ok && c.all[o].group == g[1]
			}) {
				knows[h] = 1
			}
		}
		slices.SortFunc(list, func(i, j int) int {
			return cmp.Or(cmp.Compare(knows[i], knows[j]), cmp.Compare(has[j], has[i]), cmp.Compare(i, j))
		})
		for _, h := range list[:min(len(list), commonInvite)] {
			x.Invite[side] = append(x.Invite[side], p.Snapshot.Nodes[c.all[h].node])
		}
	}
}
