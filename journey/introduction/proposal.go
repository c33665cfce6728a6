package introduction

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"kokko/engine/market"
	"kokko/engine/workday"
	"kokko/ground/ident"
)

// Five is how many introductions are proposed each Monday.
const Five = 5

// Choice is what the office says of a proposal.
type Choice string

const (
	Undecided Choice = ""
	Taken     Choice = "taken"
	Rejected  Choice = "rejected"
)

// Reason is why the office rejects a proposal.
type Reason string

const (
	OffTopic Reason = "topic" // what they have in common is not what it is about
	Known    Reason = "known" // they know each other, or need nobody for it
	Far      Reason = "far"   // too far away from each other
	NotNow   Reason = "now"   // not now; nothing is learned from it
)

// Reasons is every such reason, in the order a page tells them.
func Reasons() []Reason { return []Reason{OffTopic, Known, Far, NotNow} }

// Proposal is an introduction that may be worth making.
type Proposal struct {
	Region       string
	ID           ident.ID
	Week         workday.Day // its Monday
	Spark        ident.ID    // whose bringer would meet somebody; 0 for what a person looks for
	Asker        ident.ID    // the person, 0 for a bringer who is no person here
	Other        ident.ID    // the person or organisation they would meet
	Kinds        []string    // by what it was chosen
	State        Choice
	Reason       Reason
	Officer      ident.ID
	Decided      time.Time
	Introduction ident.ID // that was begun
}

// What a proposal is chosen by, as its kinds begin: whose need it is, what speaks for
// the other, and what it bridges.
const (
	forKind  = "for."
	byKind   = "by."
	overKind = "over."
)

// Weight is what the office's answers have taught of one kind.
type Weight struct {
	Kind              string
	Weight            float64
	Refused, Accepted int
	Changed           time.Time
}

// Bounds of what is learned, and by how much an answer changes it. A kind is never left
// out for good, and none outweighs the rest.
const (
	LeastWeight = .5
	MostWeight  = 1.25
	RefusedBy   = .85
	AcceptedBy  = 1.05
)

// learn is a weight after one more answer.
func (w Weight) learn(c Choice) Weight {
	if w.Weight == 0 {
		w.Weight = 1
	}
	if c == Taken {
		w.Weight, w.Accepted = w.Weight*AcceptedBy, w.Accepted+1
	} else {
		w.Weight, w.Refused = w.Weight*RefusedBy, w.Refused+1
	}
	w.Weight = math.Round(min(max(w.Weight, LeastWeight), MostWeight)*1000) / 1000
	return w
}

// teaches are the kinds that an answer to a proposal is about.
func (p Proposal) teaches(c Choice, r Reason) (kinds []string) {
	for _, k := range p.Kinds {
		if c == Taken || r == OffTopic && strings.HasPrefix(k, byKind) || r == Known && strings.HasPrefix(k, overKind) || r == Far && k == overKind+"place" {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// candidate is a proposal before it is chosen.
type candidate struct {
	Proposal
	fit   float64 // how well the other suits, 0–1
	where string  // the places it is between
}

// Shares by which a candidate counts for more or for less.
const (
	bridged = .5 // more, for each of sector and place that it goes over
	again   = .7 // of what it counted, for each chosen one that is like it
)

// worth is how much a candidate counts by itself.
func (c candidate) worth(weights map[string]float64) float64 {
	w := c.fit
	for _, k := range c.Kinds {
		if k == overKind+"place" || k == overKind+"sector" {
			w *= 1 + bridged
		}
		if by, ok := weights[k]; ok {
			w *= by
		}
	}
	return w
}

// whose is who has a need: a person, or the bringer of a spark who is none here.
type whose struct{ person, spark ident.ID }

func (c candidate) whose() whose {
	if c.Asker != 0 {
		return whose{person: c.Asker}
	}
	return whose{spark: c.Spark}
}

// Bounds of the market of a Monday: those who need somebody, and those they could meet.
const (
	marketNeeds  = 60
	marketOthers = 80
)

// unasked is how much somebody would like to meet who needs them, where nothing tells it;
// the rest comes of what that one knows of what they look for themselves.
const unasked = .5

// pick chooses the five: of what would come of it if everybody met one this week, shared
// out so that nobody is left out for the sake of others and whom many need goes to who
// has nobody else, the likeliest first. Nobody stands in it twice, and each that is like
// one chosen already, by its places or by what speaks for it, counts for less. What is
// left of the five is filled up by worth alone.
func pick(all []candidate, weights map[string]float64) (chosen []Proposal) {
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.Spark, a.Spark), cmp.Compare(a.Asker, b.Asker), cmp.Compare(a.Other, b.Other))
	})
	worths := make([]float64, len(all))
	for i, c := range all {
		worths[i] = c.worth(weights)
	}
	var taken []candidate
	for _, counts := range [][]float64{share(all, worths), worths} {
		for len(taken) < Five {
			best, most := -1, 0.0
			for i, c := range all {
				if w := counts[i] * c.beside(taken); w > most {
					best, most = i, w
				}
			}
			if best < 0 {
				break
			}
			taken = append(taken, all[best])
		}
	}
	for _, c := range taken {
		chosen = append(chosen, c.Proposal)
	}
	return chosen
}

// beside is how much of its worth a candidate has beside those that are taken: nothing
// where somebody would stand in it twice.
func (c candidate) beside(taken []candidate) float64 {
	w := 1.0
	for _, t := range taken {
		switch {
		case t.Other == c.Other || t.Asker != 0 && (t.Asker == c.Asker || t.Asker == c.Other) || t.Spark != 0 && t.Spark == c.Spark || c.Asker != 0 && t.Other == c.Asker:
			return 0
		case t.where == c.where:
			w *= again
		}
		if slices.ContainsFunc(c.Kinds, func(k string) bool { return strings.HasPrefix(k, byKind) && slices.Contains(t.Kinds, k) }) {
			w *= again
		}
	}
	return w
}

// share shares out who meets whom: two sides who would like to meet, each with room for
// one (engine/market, Nash welfare). It gives of each candidate how likely the two meet;
// the same for the same candidates.
func share(all []candidate, worths []float64) []float64 {
	met := make([]float64, len(all))
	best := make([]int, len(all)) // of each need its best first, then its second …
	left, right := map[whose]int{}, map[ident.ID]int{}
	back := map[[2]ident.ID]float64{} // what who asks knows of what the other looks for
	for i, c := range all {
		if best[i] = i; c.Asker != 0 {
			key := [2]ident.ID{c.Asker, c.Other}
			back[key] = max(back[key], c.fit)
		}
	}
	slices.SortStableFunc(best, func(a, b int) int { return cmp.Compare(worths[b], worths[a]) })
	rank, nth := make([]int, len(all)), map[whose]int{}
	for _, i := range best {
		rank[i] = nth[all[i].whose()]
		nth[all[i].whose()]++
	}
	slices.SortStableFunc(best, func(a, b int) int { return cmp.Compare(rank[a], rank[b]) })
	most := 0.0
	for _, i := range best {
		c := all[i]
		_, asks := left[c.whose()]
		_, sought := right[c.Other]
		if !asks && len(left) == marketNeeds || !sought && len(right) == marketOthers {
			continue
		}
		if !asks {
			left[c.whose()] = len(left)
		}
		if !sought {
			right[c.Other] = len(right)
		}
		most = max(most, worths[i])
	}
	if most == 0 {
		return met
	}
	m := market.Market{LeftLooks: market.Looks(len(right)), RightLooks: market.Looks(len(left)), LeftRoom: ones(len(left)), RightRoom: ones(len(right)), Left: table(len(left), len(right)), Right: table(len(right), len(left))}
	at := make([][2]int, len(all))
	for i, c := range all {
		l, asks := left[c.whose()]
		r, sought := right[c.Other]
		if at[i] = [2]int{-1, -1}; !asks || !sought || worths[i] < m.Left[l][r]*most {
			continue // another wish of theirs is a better reason to meet
		}
		at[i] = [2]int{l, r}
		m.Left[l][r] = min(1, worths[i]/most)
		m.Right[r][l] = unasked + (1-unasked)*back[[2]ident.ID{c.Other, c.Asker}]
	}
	deal, err := m.Match(market.Nash, 0)
	if err != nil { // it cannot be: the sides are bounded, and there are two
		return met
	}
	for i, x := range at {
		if l, r := x[0], x[1]; l >= 0 && worths[i] >= m.Left[l][r]*most {
			met[i] = m.Left[l][r] * m.Right[r][l] * deal.Left[l][r] * deal.Right[r][l]
		}
	}
	return met
}

func ones(n int) []int { return slices.Repeat([]int{1}, n) }

func table(rows, columns int) [][]float64 {
	all := make([][]float64, rows)
	for i := range all {
		all[i] = make([]float64, columns)
	}
	return all
}
