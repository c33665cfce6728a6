package spread

import (
	"math"
	"slices"
)

// view is what the past would have come to had each been read as long after it began as
// the course that is forecast will be. A record ends for all at one moment: those that
// began late had less time, and are not held against what others came to later.
type view struct {
	points []float64 // what came, either way: how much they grew, ascending, each once
	at     []int32   // of each of the past, its point; -1 of what would not have been told of
	whole  []int32   // of each of the past, the point of all it came to
	spread []float64 // of all, by point
	late   []float64 // of the latest
	all    []float64 // of all, by all they came to
}

const (
	// viewSteps is in how many steps a time e times as long is told apart.
	viewSteps = 5.0
	// mostViewed bounds how many of the past, each time it is viewed, are kept.
	mostViewed = 50_000_000
	// latest is how many times as fast as usual the past is forgotten by who tells of late.
	latest = 8
)

// viewed is how the past looks from a course.
func (s *stage) viewed(c *Course) *view {
	left, step := c.left(), math.MaxInt
	if left < s.longest {
		step = int(math.Floor(viewSteps * math.Log(max(left/s.longest, 1e-6))))
		left = s.longest * math.Exp((float64(step)+.5)/viewSteps)
	}
	s.seeing.Lock()
	defer s.seeing.Unlock()
	v := s.views[step]
	if v == nil {
		if (len(s.views)+1)*len(s.past) > mostViewed {
			clear(s.views)
		}
		v = s.view(left)
		s.views[step] = v
	}
	return v
}

// view makes the view of what had come a time after each began.
func (s *stage) view(left float64) *view {
	n := len(s.past)
	grew, told, any := make([]float64, n), make([]bool, n), false
	for i := range s.past {
		p := &s.past[i]
		size := p.sizeAt(left)
		told[i] = size == p.Size || size >= s.least
		any = any || told[i]
		grew[i] = max(0, math.Log(float64(size))-p.logSeen(s.after))
	}
	v := &view{at: make([]int32, n), whole: make([]int32, n), points: slices.Clone(s.goal)}
	for i, g := range grew {
		told[i] = told[i] || !any
		if told[i] {
			v.points = append(v.points, g)
		}
	}
	slices.Sort(v.points)
	v.points = slices.Compact(v.points)
	v.spread, v.late, v.all = make([]float64, len(v.points)), make([]float64, len(v.points)), make([]float64, len(v.points))
	for i, g := range grew {
		k, _ := slices.BinarySearch(v.points, s.goal[i])
		v.whole[i] = int32(k)
		v.all[k] += s.weight[i]
		v.at[i] = -1
		if told[i] {
			k, _ = slices.BinarySearch(v.points, g)
			v.at[i] = int32(k)
			v.spread[k] += s.weight[i]
			v.late[k] += math.Pow(s.weight[i], latest)
		}
	}
	for _, part := range [][]float64{v.spread, v.late, v.all} {
		toOne(part)
	}
	return v
}

// toOne has numbers be shares of their sum, and tells whether there was any.
func toOne(parts []float64) bool {
	total := 0.0
	for _, w := range parts {
		total += w
	}
	if total <= 0 {
		return false
	}
	for k := range parts {
		parts[k] /= total
	}
	return true
}

// sum adds up how much each of the past counts by point, 1 in all; all of the past as
// usual when none does.
func (v *view) sum(counts, into []float64) {
	for i, w := range counts {
		if k := v.at[i]; k >= 0 {
			into[k] += w
		}
	}
	if !toOne(into) {
		copy(into, v.spread)
	}
}
