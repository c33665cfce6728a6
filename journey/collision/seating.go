package collision

import (
	"slices"

	"kokko/engine/language"
	"kokko/engine/market"
	"kokko/engine/text"
)

// Words is what tells the words people say apart and which are the same. Implemented by
// region/search.
type Words interface {
	Asked(question string) text.Keys
	Said(title, body string, in language.Language) text.Keys
}

// Matching tells of two guests, by their places, how well what the first looks for is
// met by what the second brings: 0 for not at all, 1 for the very words.
type Matching func(looks, brings int) float64

// least is below what two say too little of the same.
const least = .2

// Match compares what guests look for with what they bring. How rare a word is among
// them is how much it says: "yhdessä" is said by many, "meijeri" by one.
func Match(guests []Guest, words Words) Matching {
	n := len(guests)
	brings := make([]text.Keys, n)
	holding, size := map[string]int{}, 0.
	count := func(k text.Keys) {
		seen := map[string]bool{}
		for _, keys := range k {
			for _, key := range keys {
				if !seen[key] {
					seen[key] = true
					holding[key]++
				}
			}
		}
	}
	for i, g := range guests {
		if g.Brings != "" {
			brings[i] = words.Said("", g.Brings, language.Unknown)
			size += brings[i].Size()
			count(brings[i])
		}
		if g.Looks != "" { // "joku, jolla on" is said by most who look for something
			count(words.Said("", g.Looks, language.Unknown))
		}
	}
	all := text.Collection{Texts: max(2*n, 8), Size: max(1, size/float64(max(n, 1))), Holding: func(key string) int { return holding[key] }}
	table := make([]float64, n*n)
	for i, g := range guests {
		if g.Looks == "" {
			continue
		}
		asked := text.AskWords(words.Asked(g.Looks), all)
		self := asked.Score(words.Said("", g.Looks, language.Unknown))
		if self <= 0 {
			continue
		}
		for j := range guests {
			if i == j || guests[j].Brings == "" || Together(g, guests[j]) {
				continue
			}
			if score := asked.Score(brings[j]) / self; score >= least {
				table[i*n+j] = min(1, score)
			}
		}
	}
	return func(looks, brings int) float64 { return table[looks*n+brings] }
}

// What pairs are worth to each other (market.Wish): one who looks for what the other
// brings, and two who see each other anyway.
const (
	worthMatch    = 3
	worthTogether = -4
)

// enough is how many exchanges a small event is worth, a tenth of a second's.
const enough = 400_000

// Tables is for how many tables people are, at most so many at each.
func Tables(people, size int) int { return max(1, (people+size-1)/size) }

// Seat gives everybody a table in every round by a seed; sectors are of each guest, by
// any number, below 0 for not known. The same guests and seed sit the same.
func Seat(guests []Guest, s Setting, seed int64, sectors []int, m Matching) ([][]int, error) {
	n := len(guests)
	if n == 0 {
		return nil, nil
	}
	if n == 1 {
		return [][]int{slices.Repeat([]int{1}, s.Rounds)}, nil
	}
	e := market.Event{People: n, Tables: Tables(n, s.Size), Rounds: s.Rounds, Sectors: sectors, Places: numbers(guests, func(g Guest) string { return g.Place }), Seed: uint64(seed),
		Effort: min(20_000, max(2_000, enough/(n*s.Rounds)))}
	for i := range guests {
		for j := range i {
			if Together(guests[i], guests[j]) {
				e.Wishes = append(e.Wishes, market.Wish{A: i, B: j, Worth: worthTogether})
			} else if worth := m(i, j) + m(j, i); worth > 0 {
				e.Wishes = append(e.Wishes, market.Wish{A: i, B: j, Worth: worthMatch * worth})
			}
		}
	}
	seating, err := e.Seat()
	if err != nil {
		return nil, err
	}
	at := make([][]int, n)
	for i := range at {
		at[i] = make([]int, s.Rounds)
	}
	for r, tables := range seating.Rounds {
		for t, people := range tables {
			for _, p := range people {
				at[p][r] = t + 1
			}
		}
	}
	return at, nil
}

// numbers are the same for guests of whom the same is told, below 0 for nothing.
func numbers(guests []Guest, of func(Guest) string) []int {
	known, all := map[string]int{}, make([]int, len(guests))
	for i, g := range guests {
		what := of(g)
		if what == "" {
			all[i] = -1
			continue
		}
		if _, ok := known[what]; !ok {
			known[what] = len(known)
		}
		all[i] = known[what]
	}
	return all
}

// Fit gives a table in each round to those who have none, and leaves the others where
// they are: where the fewest sit whom they have met already, and the fewest at all. It
// opens no new table.
func Fit(guests []Guest, rounds, tables int) []Guest {
	all := slices.Clone(guests)
	for i := range all {
		if len(all[i].Tables) > 0 {
			continue
		}
		all[i].Tables = make([]int, rounds)
		for r := range rounds {
			best, least := 1, 0.
			for t := 1; t <= max(1, tables); t++ {
				sitting := Sitting(all, r, t)
				cost := float64(len(sitting))
				for _, o := range sitting {
					if all[i].Meets(o) {
						cost += 3
					}
					if Together(all[i], o) {
						cost += 2
					}
				}
				if t == 1 || cost < least {
					best, least = t, cost
				}
			}
			all[i].Tables[r] = best
		}
	}
	return all
}

// Opener is something to begin a talk with: in a round, at one's table, somebody looks
// for what one brings, or brings what one looks for. It names nobody: finding out who is
// the talk.
type Opener struct {
	Round int    // from 1; 0 when nobody at one's tables does
	Words string // theirs; one's own when nobody does, "" for nothing told
}

// Openers are two for a guest: of what they look for, and of what they bring.
func Openers(guests []Guest, of int, m Matching) (finds, helps Opener) {
	me := guests[of]
	finds.Words, helps.Words = me.Looks, me.Brings
	best := func(score func(o int) float64, words func(Guest) string, into *Opener) {
		most := 0.
		for o, g := range guests {
			s := 0.
			if o != of {
				s = score(o)
			}
			if s <= most {
				continue
			}
			for r := range me.Tables {
				if me.At(r) != 0 && me.At(r) == g.At(r) {
					most, *into = s, Opener{r + 1, words(g)}
					break
				}
			}
		}
	}
	best(func(o int) float64 { return m(of, o) }, func(g Guest) string { return g.Brings }, &finds)
	best(func(o int) float64 { return m(o, of) }, func(g Guest) string { return g.Looks }, &helps)
	return finds, helps
}
