package text

import (
	"math"
)

// Spot is where a text belongs. Any of it may be missing.
type Spot struct {
	Area     string // the wider place
	Place    string // the narrower
	Lat, Lon float64
}

// known tells of a point; nobody brings sparks at 0°, 0°.
func (s Spot) known() bool { return s.Lat != 0 || s.Lon != 0 }

// Km is the distance of two spots, good for a region's width.
func (s Spot) Km(t Spot) float64 {
	const degree = 111.2
	return degree * math.Hypot(s.Lat-t.Lat, (s.Lon-t.Lon)*math.Cos(s.Lat*math.Pi/180))
}

// Neighbourhood tells how many of all texts are as near as another: being of one
// small place says more than being of the one where most are from.
type Neighbourhood struct {
	Texts  int
	InArea func(area string) int
	In     func(place string) int
	Within func(from Spot, km float64) int
}

// What being of one place weighs beside being about one thing; and how a score of
// words is set in proportion to the most that it could be.
const (
	byArea  = 2.4
	byPlace = .4
	byKm    = .4
	share   = .75
)

// Nearness is how much it says that two spots are as near as they are, from 0.
func (n Neighbourhood) Nearness(a, b Spot) (sum float64) {
	surprise := func(of int) float64 {
		return math.Log(float64(n.Texts)/float64(max(of, 1))) / math.Log(float64(max(n.Texts, 2)))
	}
	if a.Area != "" && a.Area == b.Area {
		sum += byArea * surprise(n.InArea(a.Area))
	}
	if a.Place != "" && a.Place == b.Place {
		sum += byPlace * surprise(n.In(a.Place))
	}
	if a.known() && b.known() {
		sum += byKm * surprise(n.Within(a, a.Km(b)))
	}
	return max(sum, 0)
}

// Near copies stand above everything that is only of the same place.
const (
	copied = .6
	lifted = 6.0
)

// Like puts together how alike two texts are: score is that of the other for the
// question made of the first, self that of the first for itself, and overlap how
// much the words of the two overlap (Overlap).
func Like(score, self, overlap, nearness float64) float64 {
	if score <= 0 || self <= 0 {
		return nearness
	}
	like := score/math.Pow(self, share) + nearness
	if overlap >= copied {
		like += lifted * overlap
	}
	return like
}

// Overlap is the share of words that two texts have in common, by their base forms:
// 1 for a copy, 0 for nothing (Jaccard's coefficient).
func Overlap(a, b Keys) float64 {
	in := map[string]int{}
	for _, k := range a[Lemma] {
		in[k] |= 1
	}
	for _, k := range b[Lemma] {
		in[k] |= 2
	}
	both := 0
	for _, n := range in {
		if n == 3 {
			both++
		}
	}
	if len(in) == 0 {
		return 0
	}
	return float64(both) / float64(len(in))
}
