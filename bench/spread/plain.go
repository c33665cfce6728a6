package main

import (
	"context"
	"math"
	"math/rand/v2"

	"kokko/engine/spread"
)

// plain is OPIM-C as one writes it first after reading the paper (Tang, Tang, Xiao,
// Yuan, SIGMOD 2018): sets drawn one by one, a coin for each arc, both collections kept
// with an index, greedy by exact gains, the bounds in closed form, twice as many sets
// each time. It is what the other is measured against.
func plain(ctx context.Context, g *spread.Graph, k int, eps, delta float64, seed uint64) (result, error) {
	n := g.Nodes()
	p := plainly{n: n, first: make([]uint32, n+1), seen: make([]uint32, n), random: rand.New(rand.NewPCG(seed, 0x0b1))}
	for v := range uint32(n) {
		for a := range g.In(v) {
			p.from, p.p = append(p.from, a.From), append(p.p, float32(a.P))
		}
		p.first[v+1] = uint32(len(p.from))
	}
	const usual = 1 - 1/math.E
	ways := logWays(n, min(k, n))
	l := math.Log(6 / delta)
	root := usual*math.Sqrt(l) + math.Sqrt(usual*(ways+l))
	most := 2 * float64(n) * root * root / (eps * eps * float64(k))
	least := max(most*eps*eps*float64(k)/float64(n), 1)
	rounds := max(1, math.Ceil(math.Log2(most/least)))
	a := math.Log(3 * rounds / delta)
	one, two := collection{of: make([][]uint32, n)}, collection{of: make([][]uint32, n)}
	theta := int(least)
	for round := 1; ; round++ {
		for len(one.sets) < theta {
			if len(one.sets)%256 == 0 && ctx.Err() != nil {
				return result{}, ctx.Err()
			}
			one.add(p.draw())
			two.add(p.draw())
		}
		nodes, upper := one.greedy(k)
		covered := float64(two.cover(nodes))
		t := float64(theta)
		lower := (math.Pow(math.Sqrt(covered+2*a/9)-math.Sqrt(a/2), 2) - a/18) / t
		above := math.Pow(math.Sqrt(upper+a/2)+math.Sqrt(a/2), 2) / t
		if lower/above >= usual-eps || float64(round) >= rounds {
			return result{nodes: nodes, spread: covered / t * float64(n), certificate: lower / above, want: usual - eps, sets: theta, checked: theta}, nil
		}
		theta *= 2
	}
}

func logWays(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

type plainly struct {
	n      int
	first  []uint32
	from   []uint32
	p      []float32
	seen   []uint32
	turn   uint32
	random *rand.Rand
}

// draw draws one set.
func (p *plainly) draw() []uint32 {
	p.turn++
	root := uint32(p.random.IntN(p.n))
	p.seen[root] = p.turn
	set := []uint32{root}
	for head := 0; head < len(set); head++ {
		v := set[head]
		for i := p.first[v]; i < p.first[v+1]; i++ {
			if u := p.from[i]; p.seen[u] != p.turn && p.random.Float32() < p.p[i] {
				p.seen[u] = p.turn
				set = append(set, u)
			}
		}
	}
	return set
}

// collection is sets, and in which of them each node is.
type collection struct {
	sets [][]uint32
	of   [][]uint32
}

func (c *collection) add(set []uint32) {
	for _, u := range set {
		c.of[u] = append(c.of[u], uint32(len(c.sets)))
	}
	c.sets = append(c.sets, set)
}

// greedy chooses by exact gains; upper is what no choice exceeds (the paper's tighter
// bound: the least, over the steps, of what is covered and the greatest gains left).
func (c *collection) greedy(k int) (nodes []uint32, upper float64) {
	gains := make([]int, len(c.of))
	for u := range c.of {
		gains[u] = len(c.of[u])
	}
	covered := make([]bool, len(c.sets))
	so := 0
	upper = math.Inf(1)
	for {
		upper = min(upper, float64(so+greatest(gains, k)))
		if len(nodes) == k {
			return nodes, upper
		}
		best := 0
		for u, n := range gains {
			if n > gains[best] {
				best = u
			}
		}
		if gains[best] == 0 {
			return nodes, upper
		}
		nodes = append(nodes, uint32(best))
		for _, i := range c.of[best] {
			if covered[i] {
				continue
			}
			covered[i] = true
			so++
			for _, u := range c.sets[i] {
				gains[u]--
			}
		}
	}
}

// greatest is the sum of the k greatest, by counting how many have each value.
func greatest(gains []int, k int) int {
	most := 0
	for _, n := range gains {
		most = max(most, n)
	}
	counts := make([]int, most+1)
	for _, n := range gains {
		counts[n]++
	}
	sum := 0
	for v := most; v > 0 && k > 0; v-- {
		some := min(k, counts[v])
		sum += some * v
		k -= some
	}
	return sum
}

func (c *collection) cover(nodes []uint32) int {
	covered := map[uint32]bool{}
	for _, u := range nodes {
		for _, i := range c.of[u] {
			covered[i] = true
		}
	}
	return len(covered)
}
