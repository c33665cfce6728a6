package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// world is an invented region with hidden truth in it: how likely each idea goes from one
// to another is known here and told to nobody, so that what is forecast of its sparks
// can be held against what was so.
type world struct {
	people []soul
	places int
	themes int
	orgs   int
	seat   []int   // the place of each organisation
	joint  [][]int // the organisations of each undertaking
}

// soul is somebody of it.
type soul struct {
	place, org int // org is -1 for none
	cares      []int
	receptive  float64 // hidden
	trusted    float64 // hidden: how far what they bring goes
	ties       []int32
	counted    bool // lets themselves be counted in forecasts
	findable   bool // found, drawn and told to other regions, each chosen by itself
	drawn      bool
	federated  bool
	open       bool // lets their ties to others of a ring be noted
	conscient  float64
}

// horizon is for how many days an idea goes on, and fullRing how many come along at most.
const (
	horizon  = 180
	fullRing = 40
)

// organisationsOf is how many organisations so many people have.
func organisationsOf(people int) int { return max(4, people/12) }

// newWorld invents a region of so many people in places of unlike size, with
// organisations of unlike size and ties inside both.
func newWorld(people, places, themes int, r *rand.Rand) *world {
	w := &world{people: make([]soul, people), places: places, themes: themes, orgs: organisationsOf(people)}
	zipf := func(n int) int { return min(n-1, int(float64(n)*math.Pow(r.Float64(), 2.5))) }
	inPlace, inOrg := make([][]int32, places), make([][]int32, w.orgs)
	for i := range w.people {
		p := soul{place: zipf(places), org: -1, receptive: .7 * r.NormFloat64(), trusted: .9 * r.NormFloat64(), counted: r.Float64() < .7, conscient: r.Float64()}
		p.findable, p.drawn, p.federated, p.open = r.Float64() < .5, r.Float64() < .4, r.Float64() < .15, r.Float64() < .4
		if r.Float64() < .6 {
			p.org = zipf(w.orgs)
			inOrg[p.org] = append(inOrg[p.org], int32(i))
		}
		for range 1 + r.IntN(2) {
			p.cares = append(p.cares, r.IntN(themes))
		}
		inPlace[p.place] = append(inPlace[p.place], int32(i))
		w.people[i] = p
	}
	for range w.orgs {
		w.seat = append(w.seat, zipf(places))
	}
	partners := make([][]int, w.orgs)
	for range max(demoUndertakings, w.orgs/3) {
		var with []int
		for len(with) < 2+r.IntN(2) {
			if o := zipf(w.orgs); !slices.Contains(with, o) {
				with = append(with, o)
			}
		}
		for _, o := range with {
			partners[o] = append(partners[o], with...)
		}
		w.joint = append(w.joint, with)
	}
	tie := func(a, b int32) {
		if a != b && !slices.Contains(w.people[a].ties, b) {
			w.people[a].ties = append(w.people[a].ties, b)
			w.people[b].ties = append(w.people[b].ties, a)
		}
	}
	for i := range w.people {
		for range 6 {
			near := []int32{int32(r.IntN(people))}
			switch x := r.Float64(); {
			case x < .45 && w.people[i].org >= 0:
				near = inOrg[w.people[i].org]
			case x < .8:
				near = inPlace[w.people[i].place]
			case x < .9 && w.people[i].org >= 0 && len(partners[w.people[i].org]) > 0: // of an undertaking together
				if them := inOrg[partners[w.people[i].org][r.IntN(len(partners[w.people[i].org]))]]; len(them) > 0 {
					near = them
				}
			}
			tie(int32(i), near[r.IntN(len(near))])
		}
	}
	return w
}

// idea is one spark of the world.
type idea struct {
	by     int32
	place  int
	theme  int
	appeal float64 // hidden
}

// idea invents one.
func (w *world) idea(r *rand.Rand) idea {
	by := int32(r.IntN(len(w.people)))
	p := w.people[by]
	return idea{by: by, place: p.place, theme: p.cares[r.IntN(len(p.cares))], appeal: .8 * r.NormFloat64()}
}

// joining is somebody who comes along, days after the drop.
type joining struct {
	who  int32
	from int32 // who told them
	day  float64
	take float64 // the day on which they took a step upon themselves; 0 for none
	done float64 // the day on which it was done, or let go when kept is not so
	kept bool
}

// goes has an idea go from one to another for its time: who came along, by time.
func (w *world) goes(x idea, r *rand.Rand) (all []joining) {
	type told struct {
		who  int32
		day  float64
		hops int
	}
	reached := map[int32]bool{x.by: true}
	for list := []told{{x.by, 0, 0}}; len(list) > 0; {
		from := list[0]
		list = list[1:]
		for _, to := range w.people[from.who].ties {
			if reached[to] || len(all) == fullRing {
				continue
			}
			p := w.people[to]
			// what is heard at second hand is taken up more seldom
			odds := -2.8 + w.people[x.by].trusted + x.appeal + p.receptive - 1.1*float64(from.hops)
			if slices.Contains(p.cares, x.theme) {
				odds += 1.6
			}
			if p.place == x.place {
				odds += .5
			}
			day := from.day + 14*r.ExpFloat64()
			if r.Float64() >= 1/(1+math.Exp(-odds)) || day >= horizon {
				continue
			}
			reached[to] = true
			list = append(list, told{to, day, from.hops + 1})
			j := joining{who: to, from: from.who, day: day}
			if r.Float64() < .15+.3*p.conscient {
				j.take = day + 1 + 5*r.Float64()
				j.done, j.kept = j.take+10+20*r.Float64(), r.Float64() < .3+.6*p.conscient
			}
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b joining) int { return cmp.Compare(a.day, b.day) })
	return all
}

// catches tells whether an idea that went so caught fire: people, the bringer among them,
// of groups, and a step kept, all within its time.
func (w *world) catches(x idea, all []joining, people, groups, kept int) bool {
	group := func(who int32, alone int) int {
		if p := w.people[who]; p.counted && p.org >= 0 {
			return p.org
		}
		return alone // a household by themselves
	}
	seen, steps := map[int]bool{group(x.by, -1): true}, 0
	for i, j := range all {
		seen[group(j.who, -2-i)] = true
		if j.take > 0 && j.kept && j.done < horizon {
			steps++
		}
	}
	return len(all)+1 >= people && len(seen) >= groups && steps >= kept
}

// truth is how likely an idea was to catch fire when it was dropped, of so many times
// that it might have gone.
func (w *world) truth(x idea, people, groups, kept, times int, r *rand.Rand) float64 {
	n := 0
	for range times {
		if w.catches(x, w.goes(x, r), people, groups, kept) {
			n++
		}
	}
	return float64(n) / float64(times)
}
