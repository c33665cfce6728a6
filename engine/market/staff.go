package market

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// Staffing is who does what.
type Staffing struct {
	People   [][]int // of each task, who does it
	Coverage float64 // Σ over the tasks of the share of its skills that is covered
	Load     int     // how many tasks the one with most has, those from before among them
	Score    float64 // Balance × Coverage − Load
}

// Terms are what a staffing is judged by.
type Terms struct {
	// Balance is how many tasks more on the busiest person's table a wholly covered task
	// is worth.
	Balance float64
	// Before is how many tasks each has already; nil for none.
	Before []int
	// Room is how many tasks each has time for in all, below 0 for as many as come; nil
	// for everybody as many as come.
	Room []int
}

// Staff gives tasks to people: each task has skills it needs, each person skills they
// have. It looks for the staffing with the greatest Score, by threshold greedy: with
// every bound on the load, always the person and task that cover the largest share of
// what is still uncovered, until nothing more can be; the best bound is kept. Its score
// is at least (1−1/e)·Balance·Coverage − Load of the best there is (Vombatkere & Terzi
// 2023, theorem 1).
//
// People with the same skills are one kind, tasks with the same needs too; what a kind
// of task needs next is looked up in lists of who has each skill, and only when its turn
// comes in a heap of what it could gain at most. Few bounds are tried: the score rises
// and then falls, but for single steps. O(Σ over needs of who has them) a bound and
// round.
func Staff(tasks, people [][]int, t Terms) (Staffing, error) {
	s, err := newStaffer(tasks, people, t)
	if err != nil {
		return Staffing{}, err
	}
	return s.best(), nil
}

// kind are people with the same skills.
type kind struct {
	skills []int32 // by their places
	people []int
}

// need are tasks that are alike: the same skills are uncovered, of as many.
type need struct {
	left  []int32 // the skills
	size  int
	tasks []int
	gain  float64 // at most, for one person more
}

type staffer struct {
	terms  Terms
	tasks  int
	people int
	kinds  []kind
	has    [][]int32 // of each skill, by its place, the kinds
	needs  []need
	count  []int32 // of each kind, what it covers of the need at hand
	met    []int32
}

func newStaffer(tasks, people [][]int, t Terms) (*staffer, error) {
	if t.Before != nil && len(t.Before) != len(people) || t.Room != nil && len(t.Room) != len(people) {
		return nil, fmt.Errorf("%d people, but %d are told of before and %d have room", len(people), len(t.Before), len(t.Room))
	}
	s := &staffer{terms: t, tasks: len(tasks), people: len(people)}
	place := map[int]int32{}
	alike := map[string]int{}
	var room []byte
	set := func(all []int) ([]int32, []byte) {
		places := make([]int32, 0, len(all))
		for _, skill := range all {
			at, known := place[skill]
			if !known {
				at = int32(len(place))
				place[skill] = at
				s.has = append(s.has, nil)
			}
			places = append(places, at)
		}
		slices.Sort(places)
		places = slices.Compact(places)
		room = room[:0]
		for _, at := range places {
			room = binary.LittleEndian.AppendUint32(room, uint32(at))
		}
		return places, room
	}
	for i, all := range people {
		skills, k := set(all)
		if len(skills) == 0 {
			continue
		}
		at, known := alike[string(k)]
		if !known {
			at = len(s.kinds)
			alike[string(k)] = at
			s.kinds = append(s.kinds, kind{skills: skills})
			for _, skill := range skills {
				s.has[skill] = append(s.has[skill], int32(at))
			}
		}
		s.kinds[at].people = append(s.kinds[at].people, i)
	}
	clear(alike)
	for i, all := range tasks {
		skills, k := set(all)
		if len(skills) == 0 {
			continue
		}
		at, known := alike[string(k)]
		if !known {
			at = len(s.needs)
			alike[string(k)] = at
			s.needs = append(s.needs, need{left: skills, size: len(skills)})
		}
		s.needs[at].tasks = append(s.needs[at].tasks, i)
	}
	// What each need gains from one person at most, whatever the bound.
	s.count = make([]int32, len(s.kinds))
	for i := range s.needs {
		s.cover(s.needs[i].left, nil)
		for _, k := range s.met {
			s.needs[i].gain = max(s.needs[i].gain, float64(s.count[k])/float64(s.needs[i].size))
		}
	}
	return s, nil
}

// cover counts of each kind with room how many of some skills it has: of those in met,
// in count.
func (s *staffer) cover(skills []int32, room []int) {
	for _, k := range s.met {
		s.count[k] = 0
	}
	s.met = s.met[:0]
	for _, skill := range skills {
		for _, k := range s.has[skill] {
			if room != nil && room[k] == 0 {
				continue
			}
			if s.count[k] == 0 {
				s.met = append(s.met, k)
			}
			s.count[k]++
		}
	}
}

// load is how many tasks somebody has before.
func (s *staffer) load(person int) int {
	if s.terms.Before == nil {
		return 0
	}
	return s.terms.Before[person]
}

// room is how many tasks somebody may have in all under a bound.
func (s *staffer) room(person, bound int) int {
	if s.terms.Room == nil || s.terms.Room[person] < 0 {
		return bound
	}
	return min(bound, s.terms.Room[person])
}

// best tries bounds.
func (s *staffer) best() Staffing {
	lowest := 0
	for p := range s.people {
		lowest = max(lowest, s.load(p))
	}
	none := Staffing{People: make([][]int, s.tasks), Load: lowest, Score: -float64(lowest)}
	if s.terms.Balance <= 0 {
		return none
	}
	// With as much as everybody can carry: no bound gives more coverage than all that
	// anybody has.
	most := 0.
	for _, n := range s.needs {
		covered := 0
		for _, skill := range n.left {
			covered += min(1, len(s.has[skill]))
		}
		most += float64(covered) / float64(n.size) * float64(len(n.tasks))
	}
	lowest = max(lowest, 1)
	top := int(min(s.terms.Balance*most, float64(s.tasks))) + lowest
	tried := map[int]*round{}
	var found *round
	keep := func(r *round) {
		if found == nil || r.score > found.score || r.score == found.score && r.load < found.load {
			found = r
		}
	}
	// try tells whether a bound is the best so far.
	try := func(bound int) bool {
		if bound < lowest || bound > top || tried[bound] != nil || found != nil && s.terms.Balance*most-float64(bound) <= found.score {
			return false
		}
		was := found
		tried[bound] = s.greedy(bound, narrow)
		keep(tried[bound])
		return found != was
	}
	// Doubling until it can only fall, then halving the steps around the best.
	for bound := lowest; bound <= top && (found == nil || s.terms.Balance*most-float64(bound) > found.score); bound *= 2 {
		try(bound)
	}
	for step := found.bound / 2; step > 0; step /= 2 {
		if at := found.bound; !try(at + step) {
			try(at - step)
		}
	}
	at := found.bound
	for bound := max(at-2, lowest); bound <= min(at+2, top); bound++ {
		try(bound)
		keep(s.greedy(bound, idle))
	}
	if found.score <= none.Score {
		return none
	}
	return s.named(found)
}

// order is which of the kinds that cover as much is taken.
type order uint8

const (
	narrow order = iota // the one that is of use for least else
	idle                // the one that has most room left for each
)

// round is a staffing under one bound, by kinds.
type round struct {
	bound    int
	load     int
	score    float64
	coverage float64
	gifts    []gift
}

// gift are tasks that a kind of people got.
type gift struct {
	kind  int
	tasks []int
}

// needs is a heap that gives the need that could gain most first.
type needs []need

func (h needs) before(i, j int) bool {
	if h[i].gain != h[j].gain {
		return h[i].gain > h[j].gain
	}
	return h[i].tasks[0] < h[j].tasks[0]
}

func (h needs) down(i int) {
	for {
		next := 2*i + 1
		if next >= len(h) {
			return
		}
		if next+1 < len(h) && h.before(next+1, next) {
			next++
		}
		if !h.before(next, i) {
			return
		}
		h[i], h[next] = h[next], h[i]
		i = next
	}
}

func (h *needs) push(n need) {
	*h = append(*h, n)
	for i := len(*h) - 1; i > 0 && h.before(i, (i-1)/2); i = (i - 1) / 2 {
		(*h)[i], (*h)[(i-1)/2] = (*h)[(i-1)/2], (*h)[i]
	}
}

func (h *needs) drop() {
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	h.down(0)
}

// greedy gives tasks out under a bound.
func (s *staffer) greedy(bound int, by order) *round {
	r := &round{bound: bound}
	room := make([]int, len(s.kinds))
	for i, k := range s.kinds {
		for _, p := range k.people {
			room[i] += max(0, s.room(p, bound)-s.load(p))
		}
	}
	h := slices.Clone(needs(s.needs))
	for i := len(h) / 2; i >= 0; i-- {
		h.down(i)
	}
	for len(h) > 0 {
		n := h[0]
		s.cover(n.left, room)
		best, most := -1, int32(0)
		for _, k := range s.met {
			if c := s.count[k]; c > most || c == most && s.rather(int(k), best, room, by) {
				best, most = int(k), c
			}
		}
		gain := float64(most) / float64(n.size)
		switch {
		case best < 0: // nobody has room who could help
			h.drop()
			continue
		case gain < n.gain: // others may gain more now
			h[0].gain = gain
			h.down(0)
			continue
		}
		given := min(room[best], len(n.tasks))
		room[best] -= given
		r.coverage += gain * float64(given)
		r.gifts = append(r.gifts, gift{best, n.tasks[:given]})
		if given < len(n.tasks) {
			h[0].tasks = n.tasks[given:]
			h.down(0)
		} else {
			h.drop()
		}
		if len(n.left) > int(most) {
			rest := make([]int32, 0, len(n.left)-int(most))
			for _, skill := range n.left {
				if _, has := slices.BinarySearch(s.kinds[best].skills, skill); !has {
					rest = append(rest, skill)
				}
			}
			h.push(need{rest, n.size, n.tasks[:given], min(gain, float64(len(rest))/float64(n.size))})
		}
	}
	r.load = s.busiest(r)
	r.score = s.terms.Balance*r.coverage - float64(r.load)
	return r
}

// rather tells which of two kinds that cover as much is taken.
func (s *staffer) rather(a, b int, room []int, by order) bool {
	free := func(k int) float64 { return float64(room[k]) / float64(len(s.kinds[k].people)) }
	skills := func(k int) int { return len(s.kinds[k].skills) }
	if by == narrow {
		return cmp.Or(cmp.Compare(skills(a), skills(b)), -cmp.Compare(free(a), free(b)), cmp.Compare(a, b)) < 0
	}
	return cmp.Or(-cmp.Compare(free(a), free(b)), cmp.Compare(skills(a), skills(b)), cmp.Compare(a, b)) < 0
}

// busiest is the load of the one who has most, when each kind shares evenly.
func (s *staffer) busiest(r *round) int {
	given := make([]int, len(s.kinds))
	for _, g := range r.gifts {
		given[g.kind] += len(g.tasks)
	}
	most := 0
	for p := range s.people {
		most = max(most, s.load(p))
	}
	for k, n := range given {
		if n == 0 {
			continue
		}
		if s.terms.Before == nil && s.terms.Room == nil {
			most = max(most, (n+len(s.kinds[k].people)-1)/len(s.kinds[k].people))
			continue
		}
		// The least level that holds them all.
		level := 0
		for ; level <= r.bound; level++ {
			holds := 0
			for _, p := range s.kinds[k].people {
				holds += max(0, s.room(p, level)-s.load(p))
			}
			if holds >= n {
				break
			}
		}
		most = max(most, level)
	}
	return most
}

// named names the people of each kind, always the one with least to do.
func (s *staffer) named(r *round) Staffing {
	all := Staffing{People: make([][]int, s.tasks), Coverage: r.coverage, Load: r.load, Score: r.score}
	load := make([]int, s.people)
	for p := range load {
		load[p] = s.load(p)
	}
	for _, g := range r.gifts {
		for _, task := range g.tasks {
			best := -1
			for _, p := range s.kinds[g.kind].people {
				if load[p] < s.room(p, r.bound) && (best < 0 || load[p] < load[best]) {
					best = p
				}
			}
			load[best]++
			all.People[task] = append(all.People[task], best)
		}
	}
	return all
}
