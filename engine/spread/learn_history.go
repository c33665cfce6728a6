package spread

import "math"

// kappa is of how many ideas of one's own it takes for them to weigh as much as those of
// all.
const kappa = 3

// Shrunk is the mean of n numbers of a sum, shrunk towards a prior as if k more had been
// of it.
func Shrunk(sum float64, n int, prior, k float64) float64 {
	return (sum + k*prior) / (float64(n) + k)
}

// logSize is what is forecast of a course.
func (c *Course) logSize() float64 { return math.Log(float64(c.Size)) }

// logSeen is what was seen of it by then.
func (c *Course) logSeen(after float64) float64 { return math.Log(float64(c.Seen(after))) }

// record is what the past tells of somebody.
type record struct {
	begun                                      int // ideas that came from them
	begunSum, begunSquare, begunLate, grownSum float64
	joined                                     int // ideas of others that they took up
	joinedSum                                  float64
	beyondSum                                  float64 // how far those went on beyond them
	most, least                                float64 // the largest and the smallest of their own
	early                                      int     // those of them taken up before they were looked at
	earlySum                                   float64
	around                                     []int32 // who took up theirs, the latest
}

// Bounds of who is remembered round somebody.
const (
	aroundOne = 32
	aroundAll = 64
)

// history is what the past tells of everybody, of ideas that were looked at a time after
// they began.
type history struct {
	after      float64
	of         map[int32]*record
	n          int
	joins      int     // all takings-up of others' ideas
	beyond     float64 // how far those went on beyond them
	sum, grown float64 // log sizes, and how much they grew after they were looked at
}

func newHistory(after float64) *history {
	return &history{after: after, of: map[int32]*record{}}
}

// about is somebody's record, to be written.
func (h *history) about(who int32) *record {
	r := h.of[who]
	if r == nil {
		r = &record{}
		h.of[who] = r
	}
	return r
}

// read is somebody's record, an empty one of those nothing is known of.
func (h *history) read(who int32) record {
	if r := h.of[who]; r != nil {
		return *r
	}
	return record{}
}

// add learns what became of a course.
func (h *history) add(c *Course) {
	y, seen := c.logSize(), c.Seen(h.after)
	grew := y - math.Log(float64(seen))
	h.n++
	h.sum += y
	h.grown += grew
	s := h.about(c.Source())
	if s.begun == 0 {
		s.begunLate = y
	}
	s.most = max(s.most, y)
	if s.begun == 0 || y < s.least {
		s.least = y
	}
	s.begun++
	s.begunSum += y
	s.begunSquare += y * y
	s.begunLate += .4 * (y - s.begunLate)
	s.grownSum += grew
	s.around = append(s.around, c.Who[1:min(len(c.Who), 1+aroundOne)]...)
	if over := len(s.around) - aroundAll; over > 0 {
		s.around = append(s.around[:0], s.around[over:]...)
	}
	for k, who := range c.Who[1:] {
		r := h.about(who)
		r.joined++
		r.joinedSum += y
		beyond := y - math.Log(float64(k+2))
		r.beyondSum += beyond
		h.beyond += beyond
		h.joins++
		if k+1 < seen {
			r.early++
			r.earlySum += grew
		}
	}
}

// facts are what is known of a course when it is looked at: of whom it came from, of
// those round them, and, when it is under way, of its tempo until then and of those who
// have taken it up. Each is of the past that was added before.
func (h *history) facts(c *Course) []float64 {
	mean, grown := 0.0, 0.0
	if h.n > 0 {
		mean, grown = h.sum/float64(h.n), h.grown/float64(h.n)
	}
	s := h.read(c.Source())
	own, late, bare, differ := Shrunk(s.begunSum, s.begun, mean, kappa), mean, mean, 0.0
	largest, smallest := 0.0, 0.0 // of nothing, below all there is
	if n := float64(s.begun); n > 0 {
		largest, smallest = s.most, s.least
		late = Shrunk(s.begunLate*n, s.begun, mean, 1)
		bare = s.begunSum / n
		differ = math.Sqrt(max(0, s.begunSquare/n-bare*bare))
	}
	people, reach, size := 0.0, 0.0, 0.0
	theirs, further, beyond := 0.0, 0.0, 0.0
	if h.joins > 0 {
		beyond = h.beyond / float64(h.joins)
	}
	known := make(map[int32]bool, len(s.around))
	for _, who := range s.around {
		if !known[who] {
			known[who] = true
			r := h.read(who)
			people++
			reach += math.Log1p(float64(r.joined))
			size += Shrunk(r.joinedSum, r.joined, mean, kappa)
			theirs += Shrunk(r.begunSum, r.begun, mean, kappa)
			further += Shrunk(r.beyondSum, r.joined, beyond, kappa)
		}
	}
	if people > 0 {
		reach, size = reach/people, size/people
		theirs, further = theirs/people, further/people
	} else {
		size = mean
		theirs, further = mean, beyond
	}
	facts := append(make([]float64, 0, 64),
		math.Log1p(float64(s.begun)), own, late, bare, differ,
		math.Log1p(float64(s.joined)), Shrunk(s.joinedSum, s.joined, mean, kappa),
		math.Log1p(people), reach, size,
		math.Log1p(max(0, c.Until-c.Begin)),
		theirs, further, Shrunk(s.beyondSum, s.joined, beyond, kappa),
		largest, smallest,
	)
	if h.after < 0 {
		return facts
	}
	unit := h.after
	if unit == 0 {
		unit = 1
	}
	seen := c.Seen(h.after)
	when := c.After[:seen]
	by := func(share float64) float64 { return c.logSeen(h.after * share) }
	all, sum, last := by(1), 0.0, when[seen-1]/unit
	for _, t := range when {
		sum += t / unit
	}
	second, pause := 1.0, last
	if seen > 1 {
		second, pause = when[1]/unit, last-when[seen-2]/unit
	}
	var active, joined, most, early, begun float64
	if n := float64(seen - 1); n > 0 {
		for _, who := range c.Who[1:seen] {
			r := h.read(who)
			m := Shrunk(r.joinedSum, r.joined, mean, kappa)
			active += math.Log1p(float64(r.joined)) / n
			joined += m / n
			most = max(most, m)
			early += Shrunk(r.earlySum, r.early, grown, kappa) / n
			begun += Shrunk(r.begunSum, r.begun, mean, kappa) / n
		}
	} else {
		joined, most, early, begun = mean, mean, grown, mean
	}
	return append(facts,
		all, by(.5), by(.25), by(.1), all-by(.5),
		sum/float64(seen), last, second, pause,
		Shrunk(s.grownSum, s.begun, grown, kappa), own-all,
		active, joined, most, early, begun,
	)
}
