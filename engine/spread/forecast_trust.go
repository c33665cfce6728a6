package spread

import "math"

// The voices of an outlook.
const (
	own        = iota // the source's own earlier ideas, and all
	late              // the latest of all
	grown             // those that had come as far by then; of all when cold
	alike             // the forest's
	ownFirst          // the source's own, and the forest's as if one of its own
	ownAlike          // as if three
	alikeFirst        // as if twelve
	everyone          // all, as large as they were told of
	alikeWhole        // the forest's, as large as they were told of
	voices     = iota
)

// form is a quadratic form of the voices' weights: the sum of a mixture's scores.
type form [voices][voices]float64

// standings are the classes of what a course's forecast rests on that trust is learned of
// apart.
const standings = 4

// standing is the class of a course: by how many earlier ideas of its source there are,
// or by how many have taken it up.
func (s *stage) standing(c *Course) int {
	n, steps := s.known.read(c.Source()).begun, [standings - 1]int{1, 4, 16}
	if s.after >= 0 {
		n, steps = c.Seen(s.after), [standings - 1]int{2, manySeen, 20}
	}
	k := 0
	for k < len(steps) && n >= steps[k] {
		k++
	}
	return k
}

// Bounds on how far trust goes.
const (
	leaning = 100 // as how many of a class the others count
	wary    = .5  // how much is put on each voice's own part: the less, the more were tried
)

// trusted are the voices' weights of each class, leaning on those of all, and on all voices
// alike where few were tried.
func trusted(cross *[standings]form, of *[standings]float64) (trust [standings][voices]float64) {
	var sum form
	n := 0.0
	for k := range cross {
		n += of[k]
		for v := range sum {
			for u := range sum {
				sum[v][u] += cross[k][v][u]
			}
		}
	}
	for k := range cross {
		form, mean := cross[k], 0.0
		for v := range form {
			for u := range form {
				form[v][u] += leaning * sum[v][u] / n
			}
			mean += form[v][v] / voices
		}
		for v := range form {
			form[v][v] += wary * mean / math.Sqrt(of[k]+leaning)
		}
		trust[k] = leastOnSimplex(form)
	}
	return trust
}

// leastOnSimplex are the weights, none below 0 and 1 in all, of the least quadratic form,
// by multiplicative steps (Kivinen and Warmuth 1997).
func leastOnSimplex(form form) [voices]float64 {
	var w [voices]float64
	scale := 0.0
	for v := range w {
		w[v] = 1.0 / voices
		scale = max(scale, form[v][v])
	}
	if scale <= 0 {
		return w
	}
	for range 2000 {
		total := 0.0
		var next [voices]float64
		for v := range w {
			slope := 0.0
			for u := range w {
				slope += form[v][u] * w[u]
			}
			next[v] = w[v] * math.Exp(-slope/scale)
			total += next[v]
		}
		for v := range w {
			w[v] = next[v] / total
		}
	}
	return w
}
