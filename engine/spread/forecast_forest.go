package spread

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A forest tells which of the past are like what is asked of, and how much each of them
// counts: those that stand in the same leaves of trees that were grown to part large from
// small (Breiman, Random Forests, 2001; the distribution from the leaves by Meinshausen,
// Quantile Regression Forests, JMLR 2006).
type forest struct {
	trees []tree
}

type tree struct {
	nodes []fork
	leafs []int32 // the past in leaves, one after another
}

// fork parts by a fact: at or below the cut to the left. A leaf has no children and its
// part of leafs.
type fork struct {
	cut         float64
	fact        int32
	left, right int32
	from, to    int32
}

// growth is how a forest is grown: one set for everything.
type growth struct {
	trees int
	leaf  int     // a leaf holds at least so many
	facts float64 // the share of facts looked at in a node
	share float64 // of the past in a tree
}

func usualGrowth() growth { return growth{trees: 150, leaf: 12, facts: .4, share: .5} }

// mostInTree bounds of how many of the past a tree is grown.
const mostInTree = 20_000

// bins is in how many steps a fact is looked at.
const bins = 64

// grow grows a forest of rows of facts towards what came of each; weight says how much
// each counts.
func grow(rows [][]float64, goal, weight []float64, how growth, random *rand.Rand) *forest {
	n := len(rows)
	if n == 0 {
		return &forest{}
	}
	facts := len(rows[0])
	cuts := make([][]float64, facts)
	step := make([][]uint8, facts)
	column := make([]float64, n)
	for f := range facts {
		for i, r := range rows {
			column[i] = r[f]
		}
		cuts[f] = cutsOf(column)
		step[f] = make([]uint8, n)
		for i, r := range rows {
			s, _ := slices.BinarySearch(cuts[f], r[f])
			step[f][i] = uint8(s) // row ≤ cuts[s], above cuts[s-1]
		}
	}
	total := make([]float64, n+1)
	for i := range n {
		total[i+1] = total[i] + weight[i]
	}
	g := grower{cuts: cuts, step: step, goal: goal, how: how, random: random}
	forest := &forest{trees: make([]tree, how.trees)}
	size := min(mostInTree, max(min(n, 2*how.leaf), int(how.share*float64(n))))
	for t := range forest.trees {
		sample := make([]int32, size)
		for k := range sample {
			at, _ := slices.BinarySearch(total, random.Float64()*total[n])
			sample[k] = int32(min(max(at, 1), n) - 1)
		}
		g.tree = tree{}
		g.part(sample)
		forest.trees[t] = g.tree
	}
	return forest
}

// cutsOf are the steps of a fact: after each of its values when they are few, else after
// equally many.
func cutsOf(column []float64) []float64 {
	order := slices.Clone(column)
	slices.Sort(order)
	var cuts []float64
	for k := 1; k < bins; k++ {
		v := order[k*len(order)/bins]
		if len(cuts) == 0 || cuts[len(cuts)-1] < v {
			cuts = append(cuts, v)
		}
	}
	// nothing is above the greatest value
	if len(cuts) > 0 && cuts[len(cuts)-1] == order[len(order)-1] {
		cuts = cuts[:len(cuts)-1]
	}
	return cuts
}

type grower struct {
	cuts   [][]float64
	step   [][]uint8
	goal   []float64
	how    growth
	random *rand.Rand
	tree   tree
}

// part grows the node of a sample and all below it, and gives its number.
func (g *grower) part(sample []int32) int32 {
	me := int32(len(g.tree.nodes))
	g.tree.nodes = append(g.tree.nodes, fork{left: -1})
	fact, cut := g.best(sample)
	if fact < 0 {
		from := int32(len(g.tree.leafs))
		g.tree.leafs = append(g.tree.leafs, sample...)
		g.tree.nodes[me].from, g.tree.nodes[me].to = from, int32(len(g.tree.leafs))
		return me
	}
	k := 0
	for i, at := range sample {
		if int(g.step[fact][at]) <= cut {
			sample[k], sample[i] = sample[i], sample[k]
			k++
		}
	}
	left := g.part(sample[:k])
	right := g.part(sample[k:])
	n := &g.tree.nodes[me]
	n.fact, n.cut, n.left, n.right = int32(fact), g.cuts[fact][cut], left, right
	return me
}

// best is the fact and the step that part a sample best, by how much less those of a side
// differ from their mean than all do; -1 when none does.
func (g *grower) best(sample []int32) (fact, cut int) {
	fact = -1
	if len(sample) < 2*g.how.leaf {
		return fact, 0
	}
	sum := 0.0
	for _, i := range sample {
		sum += g.goal[i]
	}
	n := float64(len(sample))
	best := sum*sum/n + 1e-9
	tries := max(1, int(math.Ceil(g.how.facts*float64(len(g.cuts)))))
	for _, f := range g.random.Perm(len(g.cuts))[:tries] {
		if len(g.cuts[f]) == 0 {
			continue
		}
		var count [bins]int
		var sums [bins]float64
		for _, i := range sample {
			s := g.step[f][i]
			count[s]++
			sums[s] += g.goal[i]
		}
		left, leftSum := 0, 0.0
		for s := range g.cuts[f] {
			left += count[s]
			leftSum += sums[s]
			right := len(sample) - left
			if left < g.how.leaf || count[s] == 0 {
				continue
			}
			if right < g.how.leaf {
				break
			}
			if gain := leftSum*leftSum/float64(left) + square(sum-leftSum)/float64(right); gain > best {
				best, fact, cut = gain, f, s
			}
		}
	}
	return fact, cut
}

// like adds to each of the past how much it counts for one of these facts, 1 in all.
func (f *forest) like(facts, into []float64) {
	for _, t := range f.trees {
		at := int32(0)
		for t.nodes[at].left >= 0 {
			if facts[t.nodes[at].fact] <= t.nodes[at].cut {
				at = t.nodes[at].left
			} else {
				at = t.nodes[at].right
			}
		}
		leaf := t.leafs[t.nodes[at].from:t.nodes[at].to]
		each := 1 / float64(len(leaf)*len(f.trees))
		for _, i := range leaf {
			into[i] += each
		}
	}
}
