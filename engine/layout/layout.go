package layout

import (
	"cmp"
	"math"
	"slices"
)

// Point is where a node stands, both between −1 and 1.
type Point struct{ X, Y float64 }

// Tie ties two nodes, by number; the weight is above 0 and at most 1.
type Tie struct {
	A, B   int
	Weight float64
}

// golden is the angle after which a spiral never comes round to the same place.
const golden = 2.399963229728653

// rounds is for how long ties pull.
const rounds = 40

// Lay gives each node its place. groups tells of each node which group it is in,
// numbered from nought; nodes is their number. Ties to themselves, or out of the
// network, are left out.
func Lay(nodes int, groups []uint32, ties []Tie) []Point {
	at := make([]Point, nodes)
	if nodes == 0 {
		return at
	}
	ties = slices.DeleteFunc(slices.Clone(ties), func(t Tie) bool {
		return t.A < 0 || t.B < 0 || t.A >= nodes || t.B >= nodes || t.A == t.B || !(t.Weight > 0)
	})
	degree := make([]int, nodes)
	for _, t := range ties {
		degree[t.A]++
		degree[t.B]++
	}
	of := func(i int) uint32 {
		if i < len(groups) {
			return groups[i]
		}
		return 0
	}
	members := map[uint32][]int{}
	for i := range nodes {
		members[of(i)] = append(members[of(i)], i)
	}
	order := make([]uint32, 0, len(members))
	for g := range members {
		order = append(order, g)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(len(members[b]), len(members[a])), cmp.Compare(a, b))
	})
	// The disc a group needs has the area of its nodes; groups are laid so that the
	// spiral's area grows with what is on it.
	used := 0.0
	for _, g := range order {
		list := members[g]
		slices.SortFunc(list, func(a, b int) int { return cmp.Or(cmp.Compare(degree[b], degree[a]), cmp.Compare(a, b)) })
		size := float64(len(list))
		far := math.Sqrt(used + size/2)
		if used == 0 {
			far = 0
		}
		angle := golden * float64(g)
		used += size * 1.3
		for i, n := range list {
			r := math.Sqrt(float64(i))
			at[n] = Point{far*math.Cos(angle) + r*math.Cos(golden*float64(i)), far*math.Sin(angle) + r*math.Sin(golden*float64(i))}
		}
	}
	for round := range rounds {
		pull(at, ties, degree, 1-float64(round)/rounds)
	}
	return fit(at)
}

// pull is one round: ties draw their ends together, whoever is too near is pushed
// away, and nobody goes further than heat allows.
func pull(at []Point, ties []Tie, degree []int, heat float64) {
	const near = 1.6 // nodes nearer than this push each other
	move := make([]Point, len(at))
	for _, t := range ties {
		dx, dy := at[t.B].X-at[t.A].X, at[t.B].Y-at[t.A].Y
		d := math.Hypot(dx, dy)
		if d < near {
			continue
		}
		// Whoever has many ties is not torn by them: each end's share is by its own.
		k := 0.4 * t.Weight * (d - near) / d
		a, b := k/math.Sqrt(float64(degree[t.A])), k/math.Sqrt(float64(degree[t.B]))
		move[t.A].X += a * dx
		move[t.A].Y += a * dy
		move[t.B].X -= b * dx
		move[t.B].Y -= b * dy
	}
	cells := map[[2]int][]int{}
	cell := func(p Point) [2]int { return [2]int{int(math.Floor(p.X / near)), int(math.Floor(p.Y / near))} }
	for i, p := range at {
		cells[cell(p)] = append(cells[cell(p)], i)
	}
	const crowd = 24 // of a cell so many push: the rest stand behind them
	for i, p := range at {
		c := cell(p)
		for x := c[0] - 1; x <= c[0]+1; x++ {
			for y := c[1] - 1; y <= c[1]+1; y++ {
				list := cells[[2]int{x, y}]
				for _, j := range list[:min(len(list), crowd)] {
					if i == j {
						continue
					}
					dx, dy := p.X-at[j].X, p.Y-at[j].Y
					d := math.Hypot(dx, dy)
					if d >= near {
						continue
					}
					if d < 1e-6 { // on one spot: each goes its own way
						dx, dy, d = math.Cos(golden*float64(i)), math.Sin(golden*float64(i)), 1
					}
					f := 0.5 * (near - d) / d
					move[i].X += f * dx
					move[i].Y += f * dy
				}
			}
		}
	}
	most := 0.2 + 3*heat
	for i := range at {
		if d := math.Hypot(move[i].X, move[i].Y); d > most {
			move[i].X, move[i].Y = move[i].X*most/d, move[i].Y*most/d
		}
		at[i].X += move[i].X
		at[i].Y += move[i].Y
	}
}

// fit brings everybody between −1 and 1, the middle in the middle.
func fit(at []Point) []Point {
	low, high := at[0], at[0]
	for _, p := range at {
		low = Point{min(low.X, p.X), min(low.Y, p.Y)}
		high = Point{max(high.X, p.X), max(high.Y, p.Y)}
	}
	span := max(high.X-low.X, high.Y-low.Y, 1e-9) / 2
	for i, p := range at {
		at[i] = Point{min(1, max(-1, (p.X-(low.X+high.X)/2)/span)), min(1, max(-1, (p.Y-(low.Y+high.Y)/2)/span))}
	}
	return at
}
