package graph_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"kokko/engine/graph"
)

// oracle asks NetworkX, the library the world compares with, the same of the same
// network.
const oracle = `
import json, sys, warnings
warnings.filterwarnings("ignore")
import networkx as nx
said = json.load(sys.stdin)
n = said["nodes"]
d = nx.DiGraph()
d.add_nodes_from(range(n))
d.add_weighted_edges_from(said["arcs"])
u = nx.Graph()
u.add_nodes_from(range(n))
for a, b, w in d.edges(data="weight"):
    u.add_edge(a, b, weight=w + (u[a][b]["weight"] if u.has_edge(a, b) else 0))
import math
for a, b in d.edges():
    d[a][b]["cost"] = -math.log(d[a][b]["weight"])
near = nx.pagerank(d, alpha=.85, personalization={0: 1}, weight="weight", tol=1e-12, max_iter=1000, dangling={0: 1})
cost = nx.single_source_dijkstra_path_length(d, 0, weight="cost")
between = nx.betweenness_centrality(u, normalized=False)
constraint = nx.constraint(u, weight="weight")
effective = nx.effective_size(u, weight="weight")
louvain = max(nx.community.modularity(u, nx.community.louvain_communities(u, seed=s)) for s in range(3))
print(json.dumps({
    "near": [near.get(i, 0) for i in range(n)],
    "cost": [cost.get(i, -1) for i in range(n)],
    "between": [2 * between[i] / (n * (n - 1)) for i in range(n)],
    "constraint": [0 if math.isnan(constraint[i]) else constraint[i] for i in range(n)],
    "effective": [0 if math.isnan(effective[i]) else effective[i] for i in range(n)],
    "parts": nx.number_connected_components(u),
    "louvain": louvain,
}))
`

func TestAgreesWithNetworkX(t *testing.T) {
	t.Parallel()
	python := ""
	for _, p := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(p, "-c", "import networkx, numpy, scipy").Run() == nil {
			python = p
			break
		}
	}
	if python == "" {
		t.Skip("there is no NetworkX to compare with: apt-get install python3-networkx python3-scipy")
	}
	random := rand.New(rand.NewPCG(3, 4))
	const n = 120
	var arcs []graph.Arc
	seen := map[[2]uint32]bool{}
	for range 500 {
		a := graph.Arc{From: uint32(random.IntN(n)), To: uint32(random.IntN(n / 4 * 3)), Weight: .1 + 2*random.Float64(), Day: today}
		if random.IntN(3) > 0 {
			a.To = a.From/20*20 + a.To%20
		}
		if a.From != a.To && !seen[[2]uint32{a.From, a.To}] {
			seen[[2]uint32{a.From, a.To}] = true
			arcs = append(arcs, a)
		}
	}
	v := build(t, n, arcs).At(today)
	said := map[string]any{"nodes": n}
	var list [][3]any
	for u := range uint32(n) {
		for tie := range v.Ties(u, graph.Out) {
			list = append(list, [3]any{u, tie.Node, tie.Strength})
		}
	}
	said["arcs"] = list
	in, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", oracle)
	cmd.Stdin = strings.NewReader(string(in))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err, complaint.String())
	}
	var want struct {
		Near, Cost, Between, Constraint, Effective []float64
		Parts                                      int
		Louvain                                    float64
	}
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	near := make([]float64, n)
	for _, k := range v.Near([]graph.Near{{Node: 0, Score: 1}}, graph.Push{Least: 1e-10}) {
		near[k.Node] = k.Score
	}
	between := v.BetweenAll()
	check := func(what string, node int, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-5*max(1, math.Abs(want)) {
			t.Errorf("%s of %d is %v, NetworkX says %v", what, node, got, want)
		}
	}
	for u := range n {
		check("near", u, near[u], want.Near[u])
		check("between", u, between[u], want.Between[u])
		check("constraint", u, v.Constraint(uint32(u)), want.Constraint[u])
		check("effective size", u, v.Effective(uint32(u)), want.Effective[u])
	}
	// Only ways of at most four ties are ours; NetworkX has no such bound, so ours is
	// never less, and the same wherever a ball without it is.
	same := 0
	for to := 1; to < n; to++ {
		p, ok := v.Best(0, uint32(to), graph.Way{Middles: 3})
		switch {
		case !ok:
		case p.Cost < want.Cost[to]-1e-5:
			t.Errorf("%v costs %v, less than NetworkX's %v", p.Nodes, p.Cost, want.Cost[to])
		case math.Abs(p.Cost-want.Cost[to]) < 1e-5:
			same++
		}
	}
	if same < 20 {
		t.Errorf("only %d of the cheapest ways are the same", same)
	}
	if _, sizes := v.Components(); len(sizes) != want.Parts {
		t.Errorf("%d parts, NetworkX says %d", len(sizes), want.Parts)
	}
	of, _ := v.Communities(graph.Grouping{Seed: 1})
	if q := v.Modularity(of, 1); q < want.Louvain-.01 {
		t.Errorf("modularity %v, NetworkX's Louvain reaches %v", q, want.Louvain)
	}
	if slices.Max(want.Between) == 0 {
		t.Error(fmt.Sprint("nobody stands between: ", want.Between))
	}
}
