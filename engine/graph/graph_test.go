package graph_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/graph"
)

// build makes a graph of arcs.
func build(t interface{ Fatal(...any) }, nodes int, arcs []graph.Arc) *graph.Graph {
	g, err := graph.Build(nodes, slices.Values(arcs), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// network draws a small one: its size and arcs, of which the same may come twice.
func network(t *rapid.T, most int) (nodes int, arcs []graph.Arc) {
	nodes = rapid.IntRange(1, most).Draw(t, "nodes")
	arc := rapid.Custom(func(t *rapid.T) graph.Arc {
		return graph.Arc{
			From: rapid.Uint32Range(0, uint32(nodes-1)).Draw(t, "from"), To: rapid.Uint32Range(0, uint32(nodes-1)).Draw(t, "to"),
			Weight: rapid.Float64Range(.02, 3).Draw(t, "weight"), Back: rapid.SampledFrom([]float64{0, 0, .5, 1}).Draw(t, "back"),
			Day: rapid.IntRange(10_000, 20_000).Draw(t, "day"),
		}
	})
	return nodes, rapid.SliceOfN(arc, 0, 4*nodes).Draw(t, "arcs")
}

// weights are what all arcs together weigh on a day, kept the plainest way.
type weights map[[2]uint32]float64

func (w weights) add(day int, arcs ...graph.Arc) {
	for _, a := range arcs {
		if a.From != a.To {
			now := math.Exp2(float64(a.Day-day) / graph.HalfLife)
			w[[2]uint32{a.From, a.To}] += a.Weight * now
			w[[2]uint32{a.To, a.From}] += a.Back * now
		}
	}
}

const today = 20_500

// same tells whether a view has the strengths that the weights give, as near as they
// are kept: each sum of two may be 1/512 of a doubling off, and the day too.
func same(t *rapid.T, v *graph.View, w weights, sums int) {
	for from := range uint32(v.Nodes()) {
		for to := range uint32(v.Nodes()) {
			got, want := v.Strength(from, to), graph.Strength(w[[2]uint32{from, to}])
			if math.Abs(got-want) > want*.0014*float64(sums+2) {
				t.Fatalf("%d to %d is %v strong, want %v", from, to, got, want)
			}
		}
	}
}

func TestWhatIsBuiltIsWhatWasTold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 12)
		w := weights{}
		w.add(today, arcs...)
		v := build(t, nodes, arcs).At(today)
		same(t, v, w, len(arcs))
		for u := range uint32(nodes) {
			out, in, both := 0, 0, 0
			for o := range uint32(nodes) {
				there, back := w[[2]uint32{u, o}] > 0, w[[2]uint32{o, u}] > 0
				if there {
					out++
				}
				if back {
					in++
				}
				if there || back {
					both++
				}
			}
			if v.Degree(u, graph.Out) != out || v.Degree(u, graph.In) != in || v.Degree(u, graph.Both) != both {
				t.Fatalf("%d has %d %d %d ties, want %d %d %d", u, v.Degree(u, graph.Out), v.Degree(u, graph.In), v.Degree(u, graph.Both), out, in, both)
			}
		}
	})
}

func TestTiesFade(t *testing.T) {
	t.Parallel()
	g := build(t, 2, []graph.Arc{{From: 0, To: 1, Weight: 1, Day: 20_000}})
	for _, c := range []struct {
		day  int
		want float64
	}{{20_000, graph.Strength(1)}, {20_000 + graph.HalfLife, graph.Strength(.5)}, {20_000 + 3*graph.HalfLife, graph.Strength(.125)}, {20_000 + 20*graph.HalfLife, 0}} {
		if got := g.At(c.day).Strength(0, 1); math.Abs(got-c.want) > .003*c.want {
			t.Errorf("on day %d %v, want %v", c.day, got, c.want)
		}
	}
	if graph.Weight(graph.Strength(.7)) < .699 || graph.Weight(graph.Strength(.7)) > .701 || math.IsInf(graph.Weight(1), 0) {
		t.Error("strength and weight do not undo each other")
	}
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	once := 0
	for name, c := range map[string]struct {
		nodes int
		arcs  func(func(graph.Arc) bool)
		o     graph.Options
		want  string
	}{
		"nowhere":    {2, slices.Values([]graph.Arc{{From: 0, To: 2, Weight: 1}}), graph.Options{}, "from 0 to 2"},
		"less":       {2, slices.Values([]graph.Arc{{From: 0, To: 1, Weight: -1}}), graph.Options{}, "weighs -1"},
		"not number": {2, slices.Values([]graph.Arc{{From: 0, To: 1, Weight: math.NaN()}}), graph.Options{}, "weighs NaN"},
		"endless":    {2, slices.Values([]graph.Arc{{From: 0, To: 1, Back: math.Inf(1)}}), graph.Options{}, "+Inf back"},
		"half-life":  {2, slices.Values([]graph.Arc(nil)), graph.Options{HalfLife: 10}, "half-life"},
		"names":      {2, slices.Values([]graph.Arc(nil)), graph.Options{Names: &graph.Names{}}, "0 names for 2"},
		"changing": {3, func(yield func(graph.Arc) bool) {
			once++
			for i := range min(once, 2) {
				if !yield(graph.Arc{From: 0, To: uint32(i + 1), Weight: 1}) {
					return
				}
			}
		}, graph.Options{}, "second time"},
	} {
		if _, err := graph.Build(c.nodes, c.arcs, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A graph that is changed step by step is the graph built of it all, before and after
// compaction, and an earlier delta stays what it was.
func TestChangesAreWhatBuildingWouldGive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 10)
		w := weights{}
		w.add(today, arcs...)
		d := build(t, nodes, arcs).Delta()
		sums := len(arcs)
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			before := d.At(today)
			var was []float64
			for u := range uint32(before.Nodes()) {
				was = append(was, before.Total(u, graph.Both))
			}
			var change graph.Change
			from, to := rapid.Uint32Range(0, 11).Draw(t, "from"), rapid.Uint32Range(0, 11).Draw(t, "to")
			a := graph.Arc{From: from, To: to, Weight: rapid.Float64Range(.1, 2).Draw(t, "weight"), Day: 19_000}
			there, back := [2]uint32{from, to}, [2]uint32{to, from}
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				change = graph.Meet(a)
				w.add(today, a)
				sums++
			case 1:
				a.Back = rapid.SampledFrom([]float64{0, 1}).Draw(t, "back")
				change = graph.Set(a)
				delete(w, there)
				if a.Back > 0 {
					delete(w, back)
				}
				w.add(today, a)
			case 2:
				change = graph.Cut(from, to)
				delete(w, there)
			case 3:
				change = graph.Leave(from)
				for o := range uint32(12) {
					delete(w, [2]uint32{from, o})
					delete(w, [2]uint32{o, from})
				}
			case 4:
				change = graph.Grow(from)
			}
			next, err := d.With(change)
			if err != nil {
				t.Fatal(err)
			}
			for u, total := range was {
				if before.Total(uint32(u), graph.Both) != total {
					t.Fatalf("the earlier view of %d changed", u)
				}
			}
			d = next
			same(t, d.At(today), w, sums)
		}
		g, err := d.Compact(nil)
		if err != nil {
			t.Fatal(err)
		}
		if g.Nodes() != d.Nodes() {
			t.Fatalf("%d nodes, want %d", g.Nodes(), d.Nodes())
		}
		same(t, g.At(today), w, sums)
	})
}

func TestManyReadWhileOneChanges(t *testing.T) {
	t.Parallel()
	g := build(t, 50, ring(50))
	d := g.Delta()
	var all sync.WaitGroup
	for i := range 20 {
		next, err := d.With(graph.Meet(graph.Arc{From: uint32(i), To: uint32(i+25) % 50, Weight: 1, Day: today}))
		if err != nil {
			t.Fatal(err)
		}
		d = next
		v := d.At(today)
		all.Go(func() {
			for to := range uint32(50) {
				v.Best(0, to, graph.Usual())
				v.Within(to, 3, graph.Both, 0)
			}
			v.Near([]graph.Near{{Node: 0, Score: 1}}, graph.Push{})
		})
	}
	all.Wait()
}

// ring ties each to the next, both ways.
func ring(n int) (arcs []graph.Arc) {
	for i := range n {
		arcs = append(arcs, graph.Arc{From: uint32(i), To: uint32((i + 1) % n), Weight: 1, Back: 1, Day: today})
	}
	return arcs
}

// chain is a way from one to another as plain search finds it.
type chain struct {
	nodes []uint32
	cost  float64
}

// chains are all simple ways with at most so many middles.
func chains(v *graph.View, from, to uint32, way graph.Way) (all []chain) {
	var go_ func(c chain)
	go_ = func(c chain) {
		at := c.nodes[len(c.nodes)-1]
		if at == to {
			all = append(all, c)
			return
		}
		if len(c.nodes) == way.Middles+2 || at != from && way.Through != nil && !way.Through(at) {
			return
		}
		for tie := range v.Ties(at, graph.Out) {
			if !slices.Contains(c.nodes, tie.Node) && (way.Along == nil || way.Along(at, tie.Node)) {
				go_(chain{append(slices.Clone(c.nodes), tie.Node), c.cost - math.Log(tie.Strength) + way.Step})
			}
		}
	}
	go_(chain{[]uint32{from}, 0})
	slices.SortFunc(all, func(a, b chain) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), len(a.nodes)-len(b.nodes))
	})
	return all
}

func anyWay(t *rapid.T) graph.Way {
	way := graph.Way{Middles: rapid.IntRange(0, 3).Draw(t, "middles"), Step: rapid.SampledFrom([]float64{0, graph.Hop, 2}).Draw(t, "step")}
	if rapid.Bool().Draw(t, "through") {
		way.Through = func(node uint32) bool { return node%3 != 0 }
	}
	if rapid.Bool().Draw(t, "along") {
		way.Along = func(from, to uint32) bool { return (from+to)%5 != 0 }
	}
	return way
}

func TestBestIsTheBestOfAllWays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 9)
		v := build(t, nodes, arcs).At(today)
		way := anyWay(t)
		ball := v.Ball(0, nodes, graph.Out, way)
		for to := range uint32(nodes) {
			if to == 0 {
				continue
			}
			all := chains(v, 0, to, way)
			got, ok := v.Best(0, to, way)
			cost, reached := ball.Cost(to)
			if ok != (len(all) > 0) || reached != ok {
				t.Fatalf("to %d: %v %v (ball %v), want one of %v", to, got, ok, reached, all)
			}
			if !ok {
				continue
			}
			if math.Abs(got.Cost-all[0].cost) > 1e-5 || math.Abs(cost-all[0].cost) > 1e-5 {
				t.Fatalf("to %d: %v costs %v, the ball %v, want %v of %v", to, got.Nodes, got.Cost, cost, all[0].cost, all[0].nodes)
			}
			path, _ := ball.Path(to)
			for _, p := range []graph.Path{got, path} {
				strength := 1.
				for i := range len(p.Nodes) - 1 {
					strength *= v.Strength(p.Nodes[i], p.Nodes[i+1])
				}
				if p.Nodes[0] != 0 || p.Nodes[len(p.Nodes)-1] != to || math.Abs(p.Strength-strength) > 1e-4*strength {
					t.Fatalf("%v is %v strong, want %v", p.Nodes, p.Strength, strength)
				}
			}
		}
	})
}

func TestWaysHaveNobodyInCommon(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 9)
		v := build(t, nodes, arcs).At(today)
		way := anyWay(t)
		for to := uint32(1); to < uint32(nodes); to++ {
			var used []uint32
			direct := false
			for i, got := range v.Ways(0, to, 3, way) {
				left := slices.DeleteFunc(chains(v, 0, to, way), func(c chain) bool {
					return direct && len(c.nodes) == 2 || slices.ContainsFunc(c.nodes[1:len(c.nodes)-1], func(n uint32) bool { return slices.Contains(used, n) })
				})
				if len(left) == 0 || math.Abs(left[0].cost-got.Cost) > 1e-5 {
					t.Fatalf("way %d to %d is %v for %v, want %v", i, to, got.Nodes, got.Cost, left)
				}
				used = append(used, got.Nodes[1:len(got.Nodes)-1]...)
				direct = direct || len(got.Nodes) == 2
			}
			if n := len(v.Ways(0, to, 3, way)); n == 0 && len(chains(v, 0, to, way)) > 0 {
				t.Fatalf("no way to %d", to)
			}
		}
	})
}

// In the ball along In ties the ways lead to the middle.
func TestBallTheOtherWay(t *testing.T) {
	t.Parallel()
	v := build(t, 4, []graph.Arc{{From: 0, To: 1, Weight: 1, Day: today}, {From: 1, To: 2, Weight: 1, Day: today}, {From: 2, To: 3, Weight: 1, Day: today}}).At(today)
	b := v.Ball(3, 10, graph.In, graph.Usual())
	if p, ok := b.Path(0); !ok || !slices.Equal(p.Nodes, []uint32{0, 1, 2, 3}) {
		t.Errorf("%v %v", p, ok)
	}
	if b := v.Ball(3, 2, graph.In, graph.Usual()); b.Len() != 2 || !slices.Equal(b.Nodes(), []uint32{3, 2}) {
		t.Errorf("a ball of two: %v", b.Nodes())
	}
	if _, ok := v.Ball(0, 10, graph.In, graph.Usual()).Path(3); ok {
		t.Error("a way against the ties")
	}
}

// One who has more ties than are looked at is gone through by the strongest.
func TestHubsAreGoneThroughByTheirStrongest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "ties")
		hub := rapid.IntRange(1, 20).Draw(t, "hub")
		arcs := []graph.Arc{{From: 0, To: 1, Weight: 5, Day: today}}
		var all []float64
		for i := range n {
			a := graph.Arc{From: 1, To: uint32(2 + i), Weight: rapid.SampledFrom([]float64{.01, .02, .3, .31, 1, 2, 4}).Draw(t, "weight"), Day: today}
			arcs, all = append(arcs, a), append(all, a.Weight)
		}
		v := build(t, n+2, arcs).At(today)
		ball := v.Ball(0, 1000, graph.Out, graph.Way{Middles: 1, Hub: hub})
		if got := ball.Len() - 2; got != min(n, hub) {
			t.Fatalf("%d are reached through the hub, want %d", got, min(n, hub))
		}
		slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
		for i := range n {
			if _, ok := ball.Cost(uint32(2 + i)); ok && arcs[1+i].Weight < all[min(n, hub)-1] || !ok && arcs[1+i].Weight > all[min(n, hub)-1] {
				t.Fatalf("of %v through %d: %v is in: %v", all, hub, arcs[1+i].Weight, ok)
			}
		}
	})
}

// The nearest starts of every node against going from each start by itself.
func TestNearestStarts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 10)
		v := build(t, nodes, arcs).At(today)
		var starts []graph.Start
		for range rapid.IntRange(0, 5).Draw(t, "starts") {
			starts = append(starts, graph.Start{Node: rapid.Uint32Range(0, uint32(nodes-1)).Draw(t, "node"), Cost: rapid.Float64Range(0, 2).Draw(t, "cost")})
		}
		each := rapid.IntRange(1, 3).Draw(t, "each")
		dir := rapid.SampledFrom([]graph.Dir{graph.Out, graph.In, graph.Both}).Draw(t, "dir")
		cost := make([][]float64, nodes)
		for u := range cost {
			cost[u] = slices.Repeat([]float64{math.Inf(1)}, nodes)
			cost[u][u] = 0
			for tie := range v.Ties(uint32(u), dir) {
				cost[u][tie.Node] = .3 - math.Log(tie.Strength)
			}
		}
		for k := range nodes {
			for i := range nodes {
				for j := range nodes {
					cost[i][j] = min(cost[i][j], cost[i][k]+cost[k][j])
				}
			}
		}
		r := v.Nearest(starts, graph.Spread{Each: each, Step: .3, Dir: dir})
		for u := range nodes {
			var want []float64
			for _, s := range starts {
				if c := s.Cost + cost[s.Node][u]; !math.IsInf(c, 1) {
					want = append(want, c)
				}
			}
			slices.Sort(want)
			got := r.Of(uint32(u))
			if len(got) != min(each, len(want)) {
				t.Fatalf("%d starts near %d, want %d", len(got), u, min(each, len(want)))
			}
			for i, g := range got {
				if math.Abs(g.Cost-want[i]) > 1e-5 || math.Abs(g.Cost-starts[g.Start].Cost-cost[starts[g.Start].Node][u]) > 1e-5 {
					t.Fatalf("near %d: %v, want %v", u, got, want)
				}
			}
		}
		if few := v.Nearest(starts, graph.Spread{Each: each, Most: 2, Dir: dir}); len(few.Nodes()) > 3 {
			t.Fatalf("%v where two were to be settled", few.Nodes())
		}
	})
}

func TestWithin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 12)
		v := build(t, nodes, arcs).At(today)
		dir := rapid.SampledFrom([]graph.Dir{graph.Out, graph.In, graph.Both}).Draw(t, "dir")
		far := distances(v, dir)
		steps := rapid.IntRange(0, 5).Draw(t, "steps")
		var want []graph.Found
		for s := 1; s <= steps; s++ {
			for u := range nodes {
				if far[0][u] == s {
					want = append(want, graph.Found{Node: uint32(u), Steps: s})
				}
			}
		}
		if got := v.Within(0, steps, dir, 0); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
		if got := v.Within(0, steps, dir, 2); !slices.Equal(got, want[:min(2, len(want))]) {
			t.Fatalf("two: %v of %v", got, want)
		}
	})
}

// distances are by Floyd and Warshall, the plainest O(n³).
func distances(v *graph.View, dir graph.Dir) [][]int {
	n := v.Nodes()
	d := make([][]int, n)
	for i := range d {
		d[i] = slices.Repeat([]int{1000}, n)
		d[i][i] = 0
		for tie := range v.Ties(uint32(i), dir) {
			d[i][tie.Node] = 1
		}
	}
	for k := range n {
		for i := range n {
			for j := range n {
				d[i][j] = min(d[i][j], d[i][k]+d[k][j])
			}
		}
	}
	return d
}

func TestComponents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 14)
		arcs = arcs[:len(arcs)/3]
		v := build(t, nodes, arcs).At(today)
		of, sizes := v.Components()
		far := distances(v, graph.Both)
		count := make([]int, len(sizes))
		for i := range nodes {
			count[of[i]]++
			for j := range nodes {
				if (of[i] == of[j]) != (far[i][j] < 1000) {
					t.Fatalf("%d and %d: %v", i, j, of)
				}
			}
		}
		if !slices.Equal(count, sizes) || !slices.IsSortedFunc(sizes, func(a, b int) int { return b - a }) {
			t.Fatalf("%v, counted %v", sizes, count)
		}
	})
}

// Personalised PageRank against going round until nothing changes.
func TestNearIsWhereTheWalkIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 10)
		v := build(t, nodes, arcs).At(today)
		dir := rapid.SampledFrom([]graph.Dir{graph.Out, graph.Both}).Draw(t, "dir")
		start := make([]float64, nodes)
		start[0] += .75
		start[nodes-1] += .25
		at := slices.Clone(start)
		const restart = .2
		for range 400 {
			next := make([]float64, nodes)
			for u, share := range at {
				var all float64
				weight := make([]float64, nodes)
				for o := range nodes {
					weight[o] = v.Strength(uint32(u), uint32(o))
					if dir == graph.Both {
						weight[o] += v.Strength(uint32(o), uint32(u))
					}
					all += weight[o]
				}
				for o := range nodes {
					if all == 0 {
						next[o] += (1 - restart) * share * start[o]
					} else {
						next[o] += (1 - restart) * share * weight[o] / all
					}
				}
			}
			for o := range nodes {
				next[o] += restart * start[o]
			}
			at = next
		}
		got := v.Near([]graph.Near{{Node: 0, Score: 3}, {Node: uint32(nodes - 1), Score: 1}}, graph.Push{Restart: restart, Least: 1e-9, Dir: dir})
		some := rapid.SampledFrom([]int{1, 2, 5, 400}).Draw(t, "most")
		if few := v.Near([]graph.Near{{Node: 0, Score: 3}, {Node: uint32(nodes - 1), Score: 1}}, graph.Push{Restart: restart, Least: 1e-9, Dir: dir, Most: some}); !slices.Equal(few, got[:min(some, len(got))]) {
			t.Fatalf("the nearest %d are %v of %v", some, few, got)
		}
		have := make([]float64, nodes)
		for _, n := range got {
			have[n.Node] = n.Score
		}
		for u := range nodes {
			if have[u] > at[u]+1e-9 || have[u] < at[u]-1e-6 {
				t.Fatalf("%d has %v, want %v", u, have[u], at[u])
			}
		}
	})
}

func TestBetweenAgainstCounting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 10)
		v := build(t, nodes, arcs).At(today)
		far := distances(v, graph.Both)
		// How many shortest ways there are, by their lengths.
		ways := make([][]float64, nodes)
		for i := range ways {
			ways[i] = make([]float64, nodes)
			ways[i][i] = 1
			for d := 1; d < nodes; d++ {
				for j := range nodes {
					if far[i][j] == d {
						for tie := range v.Ties(uint32(j), graph.Both) {
							if far[i][tie.Node] == d-1 {
								ways[i][j] += ways[i][tie.Node]
							}
						}
					}
				}
			}
		}
		got := v.BetweenAll()
		for m := range nodes {
			want := 0.
			for i := range nodes {
				for j := range nodes {
					if i != j && i != m && j != m && far[i][j] < 1000 && far[i][m]+far[m][j] == far[i][j] {
						want += ways[i][m] * ways[m][j] / ways[i][j]
					}
				}
			}
			if nodes >= 3 && math.Abs(got[m]-want/float64(nodes*(nodes-1))) > 1e-9 {
				t.Fatalf("%d: %v, want %v", m, got[m], want/float64(nodes*(nodes-1)))
			}
		}
	})
}

func TestBetweenBySamplesIsNearIt(t *testing.T) {
	t.Parallel()
	v := build(t, 200, planted(4, 50, 5, 60)).At(today)
	exact := v.BetweenAll()
	got, drawn := v.Between(graph.Sampling{Seed: 7, Error: .02, Doubt: .01})
	if drawn < 5000 {
		t.Errorf("only %d ways were drawn", drawn)
	}
	for u := range exact {
		if math.Abs(exact[u]-got[u]) > .02 {
			t.Errorf("%d: %v, exact %v", u, got[u], exact[u])
		}
	}
	again, _ := v.Between(graph.Sampling{Seed: 7, Error: .02, Doubt: .01})
	if !slices.Equal(got, again) {
		t.Error("the same seed gives another answer")
	}
	if few, n := v.Between(graph.Sampling{Most: 10}); n != 10 || slices.Max(few) > 1 {
		t.Errorf("%d drawn", n)
	}
}

// planted are groups that are tied much within and little between.
func planted(groups, size, within, between int) (arcs []graph.Arc) {
	random := rand.New(rand.NewPCG(1, 2))
	n := groups * size
	for u := range n {
		for range within {
			arcs = append(arcs, graph.Arc{From: uint32(u), To: uint32(u/size*size + random.IntN(size)), Weight: 1, Day: today})
		}
	}
	for range between {
		arcs = append(arcs, graph.Arc{From: uint32(random.IntN(n)), To: uint32(random.IntN(n)), Weight: 1, Day: today})
	}
	return arcs
}

func TestCommunitiesFindWhatWasPlanted(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]graph.Grouping{"leiden": {Seed: 1}, "labels": {Seed: 1, Large: 1}} {
		v := build(t, 300, planted(6, 50, 5, 60)).At(today)
		of, sizes := v.Communities(o)
		again, _ := v.Communities(o)
		if !slices.Equal(of, again) {
			t.Errorf("%s: the same seed gives other groups", name)
		}
		right := 0
		for i := range 300 {
			for j := range 300 {
				if (of[i] == of[j]) == (i/50 == j/50) {
					right++
				}
			}
		}
		if share := float64(right) / 90_000; share < .97 {
			t.Errorf("%s: %v of the pairs are right; sizes %v", name, share, sizes)
		}
	}
}

// Zachary's karate club, whose best modularity is known: 0.4198 in four groups (Brandes
// and others 2008).
const karate = `1 2 1 3 1 4 1 5 1 6 1 7 1 8 1 9 1 11 1 12 1 13 1 14 1 18 1 20 1 22 1 32 2 3 2 4 2 8 2 14 2 18 2 20 2 22 2 31
3 4 3 8 3 9 3 10 3 14 3 28 3 29 3 33 4 8 4 13 4 14 5 7 5 11 6 7 6 11 6 17 7 17 9 31 9 33 9 34 10 34 14 34 15 33 15 34 16 33
16 34 19 33 19 34 20 34 21 33 21 34 23 33 23 34 24 26 24 28 24 30 24 33 24 34 25 26 25 28 25 32 26 32 27 30 27 34 28 34 29 32
29 34 30 33 30 34 31 33 31 34 32 33 32 34 33 34`

func club(t *testing.T) *graph.View {
	var arcs []graph.Arc
	numbers := strings.Fields(karate)
	for i := 0; i < len(numbers); i += 2 {
		var ends [2]uint32
		for j := range 2 {
			for _, digit := range numbers[i+j] {
				ends[j] = 10*ends[j] + uint32(digit-'0')
			}
		}
		arcs = append(arcs, graph.Arc{From: ends[0] - 1, To: ends[1] - 1, Weight: 1, Back: 1, Day: today})
	}
	return build(t, 34, arcs).At(today)
}

func TestCommunitiesOfTheKarateClub(t *testing.T) {
	t.Parallel()
	v := club(t)
	best := 0.
	for seed := range uint64(10) {
		of, sizes := v.Communities(graph.Grouping{Seed: seed})
		q := v.Modularity(of, 1)
		best = max(best, q)
		if q < .40 || len(sizes) > 5 {
			t.Errorf("seed %d: modularity %v in %d groups", seed, q, len(sizes))
		}
	}
	if best < .4197 || best > .4199 {
		t.Errorf("the best modularity is %v, want 0.4198", best)
	}
}

// Every group holds together by its own ties, and nobody alone gains by leaving.
func TestCommunitiesHoldTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 16)
		v := build(t, nodes, arcs).At(today)
		of, sizes := v.Communities(graph.Grouping{Seed: rapid.Uint64().Draw(t, "seed"), Large: rapid.SampledFrom([]int{0, 1}).Draw(t, "large")})
		within, _ := graph.Build(nodes, func(yield func(graph.Arc) bool) {
			for _, a := range arcs {
				if of[a.From] == of[a.To] && !yield(a) {
					return
				}
			}
		}, graph.Options{})
		parts, partSizes := within.At(today).Components()
		if len(partSizes) != len(sizes) {
			t.Fatalf("groups %v (%v) fall into %v", of, sizes, parts)
		}
		all := 0
		for _, s := range sizes {
			all += s
		}
		if all != nodes || len(of) != nodes {
			t.Fatalf("%v of %d", sizes, nodes)
		}
	})
}

func TestConstraint(t *testing.T) {
	t.Parallel()
	arc := func(from, to uint32) graph.Arc {
		return graph.Arc{From: from, To: to, Weight: 1, Back: 1, Day: today}
	}
	// A star's middle knows people who do not know each other; in a triangle all do.
	star := build(t, 5, []graph.Arc{arc(0, 1), arc(0, 2), arc(0, 3), arc(0, 4)}).At(today)
	if c := star.Constraint(0); math.Abs(c-.25) > 1e-6 {
		t.Errorf("the middle of a star: %v, want ¼", c)
	}
	if e := star.Effective(0); math.Abs(e-4) > 1e-6 {
		t.Errorf("the middle of a star reaches %v, want 4", e)
	}
	triangle := build(t, 3, []graph.Arc{arc(0, 1), arc(1, 2), arc(2, 0)}).At(today)
	if c := triangle.Constraint(0); math.Abs(c-1.125) > 1e-6 {
		t.Errorf("a triangle: %v, want 1⅛", c)
	}
	if e := triangle.Effective(0); math.Abs(e-1) > 1e-6 {
		t.Errorf("in a triangle one reaches %v, want 1", e)
	}
	if alone := build(t, 1, nil).At(today); alone.Constraint(0) != 0 || alone.Effective(0) != 0 {
		t.Error("one who is alone is constrained")
	}
}
