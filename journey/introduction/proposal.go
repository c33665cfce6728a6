package introduction

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

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

// pick chooses the five: the most worth first, of equals the newest spark's, nobody twice, and each that is like one
// chosen already, by its places or by what speaks for it, counts for less.
func pick(all []candidate, weights map[string]float64) (chosen []Proposal) {
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.Spark, a.Spark), cmp.Compare(a.Asker, b.Asker), cmp.Compare(a.Other, b.Other))
	})
	var taken []candidate
	for len(taken) < Five {
		best, most := -1, 0.0
		for i, c := range all {
			w := c.worth(weights)
			for _, t := range taken {
				switch {
				case t.Other == c.Other || t.Asker != 0 && (t.Asker == c.Asker || t.Asker == c.Other) || t.Spark != 0 && t.Spark == c.Spark || c.Asker != 0 && t.Other == c.Asker:
					w = 0
				case t.where == c.where:
					w *= again
				}
				if slices.ContainsFunc(c.Kinds, func(k string) bool { return strings.HasPrefix(k, byKind) && slices.Contains(t.Kinds, k) }) {
					w *= again
				}
			}
			if w > most {
				best, most = i, w
			}
		}
		if best < 0 {
			break
		}
		taken = append(taken, all[best])
		chosen = append(chosen, all[best].Proposal)
	}
	return chosen
}
