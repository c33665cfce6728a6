package market

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Market are two sides who would like to meet: askers and those who could help, say.
// Each one is shown a list of the other side; two meet when both look at each other and
// both like what they see.
type Market struct {
	Left  [][]float64 // how much each of the left would like each of the right, 0–1
	Right [][]float64 // how much each of the right would like each of the left, 0–1
	// LeftLooks tells how likely one of the left looks at each place of their list,
	// the first first, never rising; as many as there are on the right.
	LeftLooks  []float64
	RightLooks []float64
	// LeftRoom tells how many each of the left has time to meet: their list is no
	// longer. Nil for as many as there are.
	LeftRoom  []int
	RightRoom []int
}

// Looks is how likely each place of a list is looked at where nothing is known: 1, ½, ⅓ …
func Looks(n int) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = 1 / float64(i+1)
	}
	return all
}

// Welfare is what a deal is to be good in.
type Welfare uint8

const (
	// Nash makes the product of what everybody gets the greatest: nobody is left out
	// for the sake of others, and hardly anybody would rather stand where another does.
	Nash Welfare = iota
	// Total makes the number of meetings the greatest.
	Total
)

// Deal is who is shown to whom.
type Deal struct {
	// Left tells how likely each of the left looks at each of the right: what the
	// lotteries below come to.
	Left, Right [][]float64
	// LeftLists are each one's lists, one of which is drawn by its share.
	LeftLists, RightLists [][]Lot
	Matches               float64 // how many pairs meet, on average
	LeftEnvy, RightEnvy   int     // how many pairs there are of which the one would meet more in the place of the other
}

// Lot is a list of the other side, the first to be shown first, and how often it is drawn.
type Lot struct {
	Order []int
	Share float64
}

// Bounds on a market: what is asked for is answered within moments.
const (
	maxPairs  = 100_000
	envyScale = 1e-9 // envy of less is none
)

func (m *Market) check() error {
	l, r := len(m.Left), len(m.Right)
	if l == 0 || r == 0 {
		return errors.New("a market has two sides")
	}
	if l > maxPairs || r > maxPairs || l*r > maxPairs {
		return fmt.Errorf("a market of %d and %d is too large: %d pairs at most", l, r, maxPairs)
	}
	for _, side := range []struct {
		name         string
		likes        [][]float64
		other        int
		looks        []float64
		room, others []int
	}{{"left", m.Left, r, m.LeftLooks, m.LeftRoom, m.RightRoom}, {"right", m.Right, l, m.RightLooks, m.RightRoom, m.LeftRoom}} {
		for i, row := range side.likes {
			if len(row) != side.other {
				return fmt.Errorf("%s %d likes %d of the other side's %d", side.name, i, len(row), side.other)
			}
			for j, p := range row {
				if !(p >= 0 && p <= 1) {
					return fmt.Errorf("%s %d likes %d by %v, not 0 to 1", side.name, i, j, p)
				}
			}
		}
		if len(side.looks) != side.other {
			return fmt.Errorf("the %s looks at %d places of %d", side.name, len(side.looks), side.other)
		}
		for k, p := range side.looks {
			if !(p >= 0 && p <= 1) || k > 0 && p > side.looks[k-1] {
				return fmt.Errorf("the %s looks at place %d with %v: not 0 to 1, or more than at the one before", side.name, k, p)
			}
		}
		if side.room != nil && len(side.room) != len(side.likes) {
			return fmt.Errorf("%d of the %s have room, of %d", len(side.room), side.name, len(side.likes))
		}
	}
	return nil
}

// Match makes a deal, the same for the same seed.
//
// What one may be shown, over all lotteries, is a permutohedron: the best list for a
// gradient is simply everybody by it, the greatest first (the rearrangement inequality),
// so a step of Frank & Wolfe's method (1956) costs no linear program and no Sinkhorn
// scaling but a sort. The two sides take turns (Tomita & Yokoyama 2024): for Nash each
// side's lists go up the gradient of Σ log of what each of the other side gets, which
// for fixed lists of the others is concave and whose best is free of envy (Varian 1974).
// For Total the logarithm is let go by and by: what is fair is a good place to begin
// from. In the end each side takes its best lists in turn until nothing is gained. A
// turn costs O(n·w·log w) for n people who are shown w.
func (m *Market) Match(w Welfare, seed uint64) (Deal, error) {
	if err := m.check(); err != nil {
		return Deal{}, err
	}
	switch w {
	case Nash:
		return m.nash(), nil
	case Total:
		return m.total(seed), nil
	}
	return Deal{}, fmt.Errorf("a welfare of kind %d", w)
}

// The search's measures: how much of a lottery each turn renews, how many turns there
// are, how many of the last lists a lottery keeps (what is left of older ones is 0.9⁶⁴,
// a thousandth) and of a small market keeps at most, and what is put for one who gets
// nothing.
const (
	renewed  = .1
	turns    = 320
	kept     = 64
	mostKept = 512
	nothing  = 1e-6
)

// side is one side of the market as the search works on it: n people, each shown w.
type side struct {
	n, w  int
	looks [][]float64 // of each, by place; those with the same room share one
	see   []float64   // n×w: how likely each looks at each other
	lists [][]int32   // the last orders of each, those of one turn after another
	share []float64   // of each turn that is kept
	kept  int
	grade []float64 // room for a gradient
	order []int32
}

func newSide(n, w int, looks []float64, room []int) *side {
	s := &side{n: n, w: w, looks: make([][]float64, n), see: make([]float64, n*w), lists: make([][]int32, n), grade: make([]float64, w), order: make([]int32, w)}
	s.kept = min(max(kept*maxPairs/(n*w*10), kept), mostKept)
	shared := map[int][]float64{}
	for i := range n {
		r := w
		if room != nil {
			r = min(max(room[i], 0), w)
		}
		if shared[r] == nil {
			cut := slices.Clone(looks)
			clear(cut[r:])
			shared[r] = cut
		}
		s.looks[i] = shared[r]
		var all float64
		for _, p := range s.looks[i] {
			all += p
		}
		for j := range w {
			s.see[i*w+j] = all / float64(w)
		}
	}
	return s
}

// turn moves a share of each lottery to the list that is best by a gradient.
func (s *side) turn(share float64, gradient func(i int, into []float64)) {
	if len(s.share) == s.kept {
		s.share = s.share[:copy(s.share, s.share[1:])]
		for i := range s.lists {
			s.lists[i] = s.lists[i][:copy(s.lists[i], s.lists[i][s.w:])]
		}
	}
	for k := range s.share {
		s.share[k] *= 1 - share
	}
	s.share = append(s.share, share)
	for i := range s.n {
		gradient(i, s.grade)
		for k := range s.order {
			s.order[k] = int32(k)
		}
		slices.SortFunc(s.order, func(a, b int32) int {
			return cmp.Or(cmp.Compare(s.grade[b], s.grade[a]), cmp.Compare(a, b))
		})
		see := s.see[i*s.w : (i+1)*s.w]
		for k, j := range s.order {
			see[j] += share * (s.looks[i][k] - see[j])
		}
		s.lists[i] = append(s.lists[i], s.order...)
	}
}

// lots are each one's lottery, and what they come to.
func (s *side) lots() (see [][]float64, lists [][]Lot) {
	var all float64
	for _, share := range s.share {
		all += share
	}
	for i := range s.n {
		alike := map[string]int{}
		var lots []Lot
		room := make([]byte, 0, 4*s.w)
		for k := len(s.share) - 1; k >= 0; k-- {
			if s.share[k] == 0 {
				continue
			}
			order := s.lists[i][k*s.w : (k+1)*s.w]
			// Two lists that differ only where nobody looks are the same.
			seen := s.w
			for seen > 0 && s.looks[i][seen-1] == 0 {
				seen--
			}
			room = room[:0]
			for _, j := range order[:seen] {
				room = binary.LittleEndian.AppendUint32(room, uint32(j))
			}
			at, known := alike[string(room)]
			if !known {
				at = len(lots)
				alike[string(room)] = at
				lot := Lot{Order: make([]int, seen)}
				for place, j := range order[:seen] {
					lot.Order[place] = int(j)
				}
				lots = append(lots, lot)
			}
			lots[at].Share += s.share[k] / all
		}
		slices.SortStableFunc(lots, func(a, b Lot) int { return cmp.Compare(b.Share, a.Share) })
		row := make([]float64, s.w)
		for _, lot := range lots {
			for k, j := range lot.Order {
				row[j] += lot.Share * s.looks[i][k]
			}
		}
		see, lists = append(see, row), append(lists, lots)
	}
	return see, lists
}

// search is a market in the search's hands.
type search struct {
	like        []float64 // how much two like each other both ways, left × right
	left, right *side
}

func (m *Market) search() *search {
	l, r := len(m.Left), len(m.Right)
	s := &search{like: make([]float64, l*r), left: newSide(l, r, m.LeftLooks, m.LeftRoom), right: newSide(r, l, m.RightLooks, m.RightRoom)}
	for i := range l {
		for j := range r {
			s.like[i*r+j] = m.Left[i][j] * m.Right[j][i]
		}
	}
	return s
}

// meet is how likely two meet.
func (s *search) meet(i, j int) float64 {
	return s.like[i*s.left.w+j] * s.left.see[i*s.left.w+j] * s.right.see[j*s.right.w+i]
}

// both has each side take a turn, the right first. What one gets counts with its power
// fair−1: 0 is the logarithm's gradient, 1 counts meetings alone.
func (s *search) both(share, fair float64) {
	weight := func(n int, gets func(k int) float64) []float64 {
		all := make([]float64, n)
		for k := range all {
			all[k] = 1
			if fair != 1 {
				all[k] = math.Pow(max(gets(k), nothing), fair-1)
			}
		}
		return all
	}
	l, r := s.left, s.right
	left := weight(l.n, func(i int) (sum float64) {
		for j := range l.w {
			sum += s.meet(i, j)
		}
		return sum
	})
	r.turn(share, func(j int, into []float64) {
		for i := range into {
			into[i] = s.like[i*l.w+j] * l.see[i*l.w+j] * left[i]
		}
	})
	right := weight(r.n, func(j int) (sum float64) {
		for i := range l.n {
			sum += s.meet(i, j)
		}
		return sum
	})
	l.turn(share, func(i int, into []float64) {
		for j := range into {
			into[j] = s.like[i*l.w+j] * r.see[j*r.w+i] * right[j]
		}
	})
}

func (m *Market) nash() (best Deal) {
	envy := math.MaxInt
	keep := func(d Deal) bool {
		if n := d.LeftEnvy + d.RightEnvy; n < envy {
			best, envy = d, n
		}
		return envy == 0
	}
	// A lottery is always a little on its way: with smaller and smaller steps it comes to
	// rest, and stops where nobody envies; should it come to rest elsewhere, it goes
	// another way, more slowly.
	for _, begin := range []float64{renewed, renewed / 3} {
		s := m.search()
		for range int(turns * renewed / begin) {
			s.both(begin, 0)
		}
		for share := begin; share > .01; share *= .93 {
			if keep(s.deal()) {
				return best
			}
			for range 10 {
				s.both(share, 0)
			}
		}
	}
	return best
}

func (m *Market) total(seed uint64) Deal {
	const starts = 3
	random := rand.New(rand.NewPCG(seed, 0))
	var best Deal
	for start := range starts {
		s := m.search()
		if start > 0 { // a little off the middle
			for _, side := range []*side{s.left, s.right} {
				side.turn(renewed, func(_ int, into []float64) {
					for k := range into {
						into[k] = random.Float64()
					}
				})
			}
		}
		for step := range turns {
			s.both(renewed, min(1, float64(step)/(.9*turns)))
		}
		was := -1.
		for range 100 {
			s.both(1, 1)
			if now := s.matches(); now <= was+1e-12 {
				break
			} else {
				was = now
			}
		}
		if d := s.deal(); start == 0 || d.Matches > best.Matches {
			best = d
		}
	}
	return best
}

// Shown is what comes of lists that are simply given, one for each: the places of the
// other side, the first first.
func (m *Market) Shown(left, right [][]int) (Deal, error) {
	if err := m.check(); err != nil {
		return Deal{}, err
	}
	s := m.search()
	for _, side := range []struct {
		*side
		lists [][]int
	}{{s.left, left}, {s.right, right}} {
		if len(side.lists) != side.n {
			return Deal{}, fmt.Errorf("%d lists for %d", len(side.lists), side.n)
		}
		side.share = []float64{1}
		for i, list := range side.lists {
			seen := make([]bool, side.w)
			for _, j := range list {
				if j < 0 || j >= side.w || seen[j] {
					return Deal{}, fmt.Errorf("list %d has %d, who is not there or comes twice", i, j)
				}
				seen[j] = true
				side.side.lists[i] = append(side.side.lists[i], int32(j))
			}
			if len(list) != side.w {
				return Deal{}, fmt.Errorf("list %d has %d of %d", i, len(list), side.w)
			}
		}
	}
	return s.deal(), nil
}

func (s *search) matches() (sum float64) {
	for i := range s.left.n {
		for j := range s.left.w {
			sum += s.meet(i, j)
		}
	}
	return sum
}

// deal is where the search stands.
func (s *search) deal() (d Deal) {
	d.Left, d.LeftLists = s.left.lots()
	d.Right, d.RightLists = s.right.lots()
	l, r := s.left.n, s.right.n
	like := func(i, j int) float64 { return s.like[i*r+j] }
	for i := range l {
		for j := range r {
			d.Matches += like(i, j) * d.Left[i][j] * d.Right[j][i]
		}
	}
	// One envies another who would meet more if the other side were shown them where
	// the other is shown.
	d.LeftEnvy = envies(l, func(i, k int) (sum float64) {
		for j := range r {
			sum += like(i, j) * d.Left[i][j] * d.Right[j][k]
		}
		return sum
	})
	d.RightEnvy = envies(r, func(j, k int) (sum float64) {
		for i := range l {
			sum += like(i, j) * d.Right[j][i] * d.Left[i][k]
		}
		return sum
	})
	return d
}

func envies(n int, gets func(who, place int) float64) (count int) {
	for i := range n {
		own := gets(i, i)
		for k := range n {
			if k != i && gets(i, k) > own+envyScale {
				count++
			}
		}
	}
	return count
}
