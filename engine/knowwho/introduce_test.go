package knowwho_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/graph"
	"kokko/engine/knowwho"
)

const onDay = 20_500

// tied is a network of ties that all weigh as told today.
func tied(t interface{ Fatal(...any) }, nodes int, arcs ...graph.Arc) *graph.View {
	for i := range arcs {
		if arcs[i].Day == 0 {
			arcs[i].Day = onDay
		}
	}
	g, err := graph.Build(nodes, slices.Values(arcs), graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g.At(onDay)
}

func TestIntroduceThroughThoseWhoMayBeShown(t *testing.T) {
	t.Parallel()
	const you, maija, ville, old, expert = 0, 1, 2, 3, 4
	v := tied(t, 5,
		graph.Arc{From: you, To: maija, Weight: 2}, graph.Arc{From: maija, To: expert, Weight: 2},
		graph.Arc{From: you, To: ville, Weight: 1}, graph.Arc{From: ville, To: expert, Weight: 1},
		graph.Arc{From: you, To: old, Weight: 4, Day: onDay - 6*graph.HalfLife}, graph.Arc{From: old, To: expert, Weight: 4, Day: onDay - 6*graph.HalfLife},
		graph.Arc{From: expert, To: you, Weight: 5}, // the expert would ask you: that is no way to ask the expert
	)
	brokers := func(all []knowwho.Introduction) (found []uint32) {
		for _, i := range all {
			strength := 1.
			for _, p := range i.Ties {
				strength *= p
			}
			if len(i.Between()) != 1 || math.Abs(strength-i.Strength) > 1e-4 || len(i.Ties) != 2 {
				t.Errorf("%+v", i)
			}
			found = append(found, i.Between()...)
		}
		return found
	}
	if got := brokers(knowwho.Introduce(v, you, expert, knowwho.Asking{})); !slices.Equal(got, []uint32{maija, ville, old}) {
		t.Errorf("through %v", got)
	}
	hidden := knowwho.Asking{Shown: func(n uint32) bool { return n != maija }}
	if got := brokers(knowwho.Introduce(v, you, expert, hidden)); !slices.Equal(got, []uint32{ville, old}) {
		t.Errorf("without her through %v", got)
	}
	secret := knowwho.Asking{Known: func(from, _ uint32) bool { return from != ville }, Most: 1}
	if got := brokers(knowwho.Introduce(v, you, expert, secret)); !slices.Equal(got, []uint32{maija}) {
		t.Errorf("one through %v", got)
	}
	if got := knowwho.Introduce(v, maija, you, knowwho.Asking{Shown: func(n uint32) bool { return n != expert }}); got != nil {
		t.Errorf("against the ties: %v", got)
	}

	c := knowwho.CircleOf(v, you, hidden)
	best := knowwho.Introduce(v, you, expert, hidden)[0]
	if i, ok := c.Introduction(expert); !ok || !slices.Equal(i.People, best.People) || c.Chance(expert) != i.Strength {
		t.Errorf("the circle says %+v, want %+v", i, best)
	}
	if _, ok := c.Introduction(9); ok || c.Chance(9) != 0 {
		t.Error("somebody who is not there is reached")
	}
	if near, far := knowwho.Worth(v, c, ville, 1, true), knowwho.Worth(v, c, ville, 1, false); near*2 != far || far <= 0 {
		t.Errorf("of the same group %v, of another %v", near, far)
	}
}

// Somebody who opts out is in no chain, whatever the network.
func TestNoChainGoesThroughOneWhoMayNotBeShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var arcs []graph.Arc
		for range rapid.IntRange(0, 40).Draw(t, "ties") {
			arcs = append(arcs, graph.Arc{From: rapid.Uint32Range(0, 11).Draw(t, "from"), To: rapid.Uint32Range(0, 11).Draw(t, "to"), Weight: rapid.Float64Range(.1, 2).Draw(t, "weight")})
		}
		v := tied(t, 12, arcs...)
		a := knowwho.Asking{Shown: func(n uint32) bool { return n%2 == 0 }}
		c := knowwho.CircleOf(v, 1, a)
		for to := range uint32(12) {
			all := knowwho.Introduce(v, 1, to, a)
			for _, i := range all {
				if slices.ContainsFunc(i.Between(), func(n uint32) bool { return n%2 == 1 }) {
					t.Fatalf("%v", i.People)
				}
			}
			i, ok := c.Introduction(to)
			if to != 1 && (ok != (len(all) > 0) || ok && math.Abs(i.Cost-all[0].Cost) > 1e-5) {
				t.Fatalf("the circle says %v %v, alone %v", i, ok, all)
			}
		}
	})
}

// usualCost is what a member costs beside the way, as Lineup's zero value has it.
func usualCost(h knowwho.Holder) float64 { return 3*(1-h.Fit) + 2*h.Load }

func TestTeamsAreTheBestOfAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const n = 9
		var arcs []graph.Arc
		for range rapid.IntRange(0, 25).Draw(t, "ties") {
			arcs = append(arcs, graph.Arc{From: rapid.Uint32Range(0, n-1).Draw(t, "from"), To: rapid.Uint32Range(0, n-1).Draw(t, "to"), Weight: rapid.Float64Range(.1, 2).Draw(t, "weight")})
		}
		v := tied(t, n, arcs...)
		var roles []knowwho.Role
		for range rapid.IntRange(1, 3).Draw(t, "roles") {
			var r knowwho.Role
			for node := range uint32(n) {
				if len(r.Holders) < 4 && rapid.IntRange(0, 2).Draw(t, "could") == 0 {
					r.Holders = append(r.Holders, knowwho.Holder{Node: node, Fit: rapid.Float64Range(0, 1).Draw(t, "fit"), Load: rapid.SampledFrom([]float64{0, .3, .9, 1}).Draw(t, "load"), Group: int(node % 3)})
				}
			}
			roles = append(roles, r)
		}
		var lineup knowwho.Lineup
		if rapid.Bool().Draw(t, "led") {
			lineup.Leaders = []uint32{0, 4}
		}
		// Everything by hand: distances by Floyd and Warshall, every team of every leader.
		away := make([][]float64, n)
		for i := range away {
			away[i] = slices.Repeat([]float64{math.Inf(1)}, n)
			away[i][i] = 0
			for tie := range v.Ties(uint32(i), graph.Both) {
				away[i][tie.Node] = graph.Hop - math.Log(tie.Strength)
			}
		}
		for k := range n {
			for i := range n {
				for j := range n {
					away[i][j] = min(away[i][j], away[i][k]+away[k][j])
				}
			}
		}
		best := map[string]float64{}
		for leader := range n {
			if lineup.Leaders != nil && !slices.Contains(lineup.Leaders, uint32(leader)) {
				continue
			}
			var fill func(people []uint32, cost float64, groups []int)
			fill = func(people []uint32, cost float64, groups []int) {
				if len(people) == len(roles) {
					slices.Sort(groups)
					cost -= .5 * float64(max(0, len(slices.Compact(groups))-1))
					slices.Sort(people)
					var key []byte
					for _, p := range people {
						key = append(key, byte(p))
					}
					if was, ok := best[string(key)]; !ok || cost < was {
						best[string(key)] = cost
					}
					return
				}
				for _, h := range roles[len(people)].Holders {
					if h.Load < 1 && !slices.Contains(people, h.Node) {
						fill(append(slices.Clone(people), h.Node), cost+min(12, away[leader][h.Node])+usualCost(h), append(slices.Clone(groups), h.Group))
					}
				}
				fill(append(slices.Clone(people), knowwho.Unfilled), cost+30, slices.Clone(groups))
			}
			fill(nil, 0, nil)
		}
		var want []float64
		for _, cost := range best {
			want = append(want, cost)
		}
		slices.Sort(want)
		got := knowwho.Teams(v, roles, lineup)
		if lineup.Leaders == nil && len(got) == 0 {
			for _, r := range roles {
				if slices.ContainsFunc(r.Holders, func(h knowwho.Holder) bool { return h.Load < 1 }) {
					t.Fatal("no team although there is somebody")
				}
			}
			return
		}
		if len(got) != min(3, len(want)) {
			t.Fatalf("%d teams, want %d of %v", len(got), min(3, len(want)), want)
		}
		for i, team := range got {
			if math.Abs(team.Cost-want[i]) > 1e-4 {
				t.Fatalf("team %d is %+v, want a cost of %v", i, team, want[i])
			}
			for r, p := range team.People {
				if p != knowwho.Unfilled && !slices.ContainsFunc(roles[r].Holders, func(h knowwho.Holder) bool { return h.Node == p && h.Load < 1 }) {
					t.Fatalf("%d takes role %d, of %v", p, r, roles[r])
				}
			}
		}
	})
}

func TestATeamOfNobody(t *testing.T) {
	t.Parallel()
	v := tied(t, 3, graph.Arc{From: 0, To: 1, Weight: 1})
	if got := knowwho.Teams(v, nil, knowwho.Lineup{}); got != nil {
		t.Errorf("no roles: %v", got)
	}
	got := knowwho.Teams(v, []knowwho.Role{{}, {Holders: []knowwho.Holder{{Node: 1, Fit: 1}}}}, knowwho.Lineup{Leaders: []uint32{0}})
	if len(got) == 0 || got[0].People[0] != knowwho.Unfilled || got[0].People[1] != 1 || got[0].Leader != 0 {
		t.Errorf("a role nobody can take: %v", got)
	}
	// With time for nothing more somebody is asked for nothing more.
	if got := knowwho.Teams(v, []knowwho.Role{{Holders: []knowwho.Holder{{Node: 1, Fit: 1, Load: 1}}}}, knowwho.Lineup{Leaders: []uint32{0}}); len(got) != 1 || got[0].People[0] != knowwho.Unfilled {
		t.Errorf("one who is full: %v", got)
	}
	may := knowwho.Lineup{May: func(n uint32) bool { return n == 0 }}
	if got := knowwho.Teams(v, []knowwho.Role{{Holders: []knowwho.Holder{{Node: 1, Fit: 1}}}}, may); len(got) == 0 || got[0].Leader != 0 {
		t.Errorf("only 0 may lead: %v", got)
	}
}
