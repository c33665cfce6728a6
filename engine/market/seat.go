package market

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Event is a gathering where people sit at tables for some rounds and change places
// between them.
type Event struct {
	People int // 2 to 500
	Tables int
	Rounds int
	// Sectors and Places tell of each where they come from, by any number; below 0 for
	// not known. A table is mixed when few at it have the same. Nil for nobody's known.
	Sectors, Places []int
	// Wishes are pairs who should meet, and how much that is worth: 1 is as much as
	// keeping two of the same sector apart; see Worth. A negative one is for pairs who
	// should not, such as those who see each other daily.
	Wishes []Wish
	Seed   uint64
	// Effort is how many exchanges of two are tried for each person and round; 0 for
	// 2000.
	Effort int
}

// Wish is a pair who would be worth bringing together.
type Wish struct {
	A, B  int
	Worth float64
}

// Seating is who sits where.
type Seating struct {
	Rounds   [][][]int // of each round, of each table, who sits there
	Again    int       // meetings of pairs who have met in an earlier round
	Sectors  int       // meetings of two of the same sector
	Places   int       // meetings of two from the same place
	Wishes   int       // wishes that come true, of those worth something
	Meetings int       // all meetings, a pair in a round each
}

// What an exchange is judged by: a wish of worth 1 comes first equal with sectors.
// Meeting again costs more than any wish is meant to be worth.
const (
	againCost  = 20.
	sectorCost = 1.
	placeCost  = .5
	maxWorth   = 10.
)

func (e Event) check() error {
	switch {
	case e.People < 2 || e.People > 500:
		return fmt.Errorf("%d people; an event is for 2 to 500", e.People)
	case e.Tables < 1 || e.Tables > e.People:
		return fmt.Errorf("%d tables for %d people", e.Tables, e.People)
	case e.Rounds < 1 || e.Rounds > 50:
		return fmt.Errorf("%d rounds; 1 to 50 can be", e.Rounds)
	case e.Sectors != nil && len(e.Sectors) != e.People || e.Places != nil && len(e.Places) != e.People:
		return fmt.Errorf("%d sectors and %d places for %d people", len(e.Sectors), len(e.Places), e.People)
	}
	for _, w := range e.Wishes {
		if w.A < 0 || w.B < 0 || w.A >= e.People || w.B >= e.People || w.A == w.B {
			return fmt.Errorf("a wish that %d and %d meet, of %d people", w.A, w.B, e.People)
		}
		if !(math.Abs(w.Worth) <= maxWorth) {
			return fmt.Errorf("the wish that %d and %d meet is worth %v; −%v to %v can be", w.A, w.B, w.Worth, maxWorth, maxWorth)
		}
	}
	return nil
}

// seats is a seating that is being improved.
type seats struct {
	e    Event
	at   [][]int32   // of each round and person, the table
	who  [][][]int32 // of each round and table, the people
	met  []int16     // people × people: in how many rounds they sit together
	pair []float64   // people × people: what their meeting costs the first time
	each []float64   // … and every time: those of a kind
}

// Seat seats everybody in every round, tables as even as can be. It begins with a
// seating round by round at random and exchanges two of a round where that is better,
// or not much worse: simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983), for the
// social golfers' problem and its like the simplest that works. An exchange costs
// O(people a table), 20–200 people of 3–6 rounds are a matter of a second; the same seed
// gives the same seating.
func (e Event) Seat() (Seating, error) {
	if err := e.check(); err != nil {
		return Seating{}, err
	}
	n := e.People
	s := &seats{e: e, met: make([]int16, n*n), pair: make([]float64, n*n), each: make([]float64, n*n)}
	for a := range n {
		for b := range n {
			if known := func(of []int) bool { return of != nil && of[a] >= 0 && of[a] == of[b] }; a != b {
				if known(e.Sectors) {
					s.each[a*n+b] += sectorCost
				}
				if known(e.Places) {
					s.each[a*n+b] += placeCost
				}
			}
		}
	}
	for _, w := range e.Wishes {
		s.pair[w.A*n+w.B] -= w.Worth
		s.pair[w.B*n+w.A] -= w.Worth
	}
	random := rand.New(rand.NewPCG(e.Seed, 3))
	order := make([]int, n)
	for range e.Rounds {
		for i := range order {
			order[i] = i
		}
		random.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		at, who := make([]int32, n), make([][]int32, e.Tables)
		for i, p := range order {
			t := int32(i % e.Tables)
			at[p] = t
			who[t] = append(who[t], int32(p))
		}
		s.at, s.who = append(s.at, at), append(s.who, who)
		for _, table := range who {
			for i, a := range table {
				for _, b := range table[:i] {
					s.sit(int(a), int(b), 1)
				}
			}
		}
	}
	s.anneal(random)
	return s.seating(), nil
}

// sit notes that two sit together once more, or once less.
func (s *seats) sit(a, b int, times int16) {
	s.met[a*s.e.People+b] += times
	s.met[b*s.e.People+a] += times
}

// cost is what it costs that two sit together so many times.
func (s *seats) cost(a, b int, times int16) float64 {
	if times == 0 {
		return 0
	}
	at := a*s.e.People + b
	return s.pair[at] + float64(times)*s.each[at] + againCost*float64(times-1)
}

// change is what more, or less, it costs that a person leaves a table's others, or joins
// them.
func (s *seats) change(p int, table []int32, without int, times int16) (sum float64) {
	for _, o := range table {
		if o := int(o); o != p && o != without {
			met := s.met[p*s.e.People+o]
			sum += s.cost(p, o, met+times) - s.cost(p, o, met)
		}
	}
	return sum
}

func (s *seats) anneal(random *rand.Rand) {
	if s.e.Tables == 1 {
		return
	}
	effort := s.e.Effort
	if effort <= 0 {
		effort = 2000
	}
	steps := effort * s.e.People * s.e.Rounds
	const hot, cold = 4., .02
	cooling := math.Pow(cold/hot, 1/float64(steps))
	for step, heat := 0, hot; step < steps; step, heat = step+1, heat*cooling {
		r := random.IntN(s.e.Rounds)
		a, b := random.IntN(s.e.People), random.IntN(s.e.People)
		at := s.at[r]
		if at[a] == at[b] {
			continue
		}
		ta, tb := s.who[r][at[a]], s.who[r][at[b]]
		worse := s.change(a, ta, -1, -1) + s.change(b, tb, -1, -1) + s.change(a, tb, b, 1) + s.change(b, ta, a, 1)
		if worse > 0 && random.Float64() >= math.Exp(-worse/heat) {
			continue
		}
		for _, o := range ta {
			if int(o) != a {
				s.sit(a, int(o), -1)
				s.sit(b, int(o), 1)
			}
		}
		for _, o := range tb {
			if int(o) != b {
				s.sit(b, int(o), -1)
				s.sit(a, int(o), 1)
			}
		}
		ta[slices.Index(ta, int32(a))], tb[slices.Index(tb, int32(b))] = int32(b), int32(a)
		at[a], at[b] = at[b], at[a]
	}
}

// seating is where everybody sits, and what came of it.
func (s *seats) seating() (all Seating) {
	n := s.e.People
	for _, who := range s.who {
		var tables [][]int
		for _, table := range who {
			var people []int
			for _, p := range table {
				people = append(people, int(p))
			}
			slices.Sort(people)
			tables = append(tables, people)
		}
		all.Rounds = append(all.Rounds, tables)
	}
	for a := range n {
		for b := range a {
			met := int(s.met[a*n+b])
			all.Meetings += met
			all.Again += max(0, met-1)
			if s.e.Sectors != nil && s.e.Sectors[a] >= 0 && s.e.Sectors[a] == s.e.Sectors[b] {
				all.Sectors += met
			}
			if s.e.Places != nil && s.e.Places[a] >= 0 && s.e.Places[a] == s.e.Places[b] {
				all.Places += met
			}
		}
	}
	for _, w := range s.e.Wishes {
		if w.Worth > 0 && s.met[w.A*n+w.B] > 0 {
			all.Wishes++
		}
	}
	return all
}
