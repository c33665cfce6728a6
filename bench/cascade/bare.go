package main

import (
	"math"
	"slices"

	"kokko/engine/spread"
)

// teller forecasts the log size of a course of which is known what had happened by a time
// after its beginning.
type teller func(c *spread.Course) spread.Dist

func logSize(c *spread.Course) float64 { return math.Log(float64(c.Size)) }

func logSeen(c *spread.Course, after float64) float64 { return math.Log(float64(c.Seen(after))) }

// global says the same of all: what sizes there were.
func global(past []spread.Course) teller {
	sizes := make([]float64, len(past))
	for i := range past {
		sizes[i] = logSize(&past[i])
	}
	d := spread.NewDist(sizes, nil)
	return func(*spread.Course) spread.Dist { return d }
}

// kappa is with how many ideas of the whole a source's own is shrunk.
const kappa = 3

// source says the sizes of the source's own earlier ideas, and of all as if they were kappa
// of its own.
func source(past []spread.Course) teller {
	own := map[int32][]float64{}
	all := make([]float64, len(past))
	for i := range past {
		all[i] = logSize(&past[i])
		own[past[i].Source()] = append(own[past[i].Source()], all[i])
	}
	whole := spread.NewDist(all, nil)
	return func(c *spread.Course) spread.Dist {
		mine := own[c.Source()]
		return spread.Mix([]spread.Dist{whole, spread.NewDist(mine, nil)}, []float64{kappa, float64(len(mine))})
	}
}

// near is how many of the past speak in kNN growth, and more when they are equally near.
const near = 100

// grown says how much those of the past grew that had come about as far by then.
func grown(past []spread.Course, after float64) teller {
	type one struct{ seen, grew float64 }
	all := make([]one, len(past))
	for i := range past {
		seen := logSeen(&past[i], after)
		all[i] = one{seen, logSize(&past[i]) - seen}
	}
	known := map[float64]spread.Dist{} // of how much was seen
	return func(c *spread.Course) spread.Dist {
		seen := logSeen(c, after)
		d, ok := known[seen]
		if !ok {
			far := make([]float64, len(all))
			for i, o := range all {
				far[i] = math.Abs(o.seen - seen)
			}
			ordered := slices.Clone(far)
			slices.Sort(ordered)
			bound := ordered[min(near, len(ordered))-1]
			var sizes []float64
			for i, o := range all {
				if far[i] <= bound {
					sizes = append(sizes, seen+o.grew)
				}
			}
			d = spread.NewDist(sizes, nil)
			known[seen] = d
		}
		return d
	}
}

// loglinear is the forecast of Szabo and Huberman (Predicting the popularity of online
// content, CACM 2010): log size is log seen and a constant, off by a normal error.
func loglinear(past []spread.Course, after float64) teller {
	mean, square := 0.0, 0.0
	for i := range past {
		g := logSize(&past[i]) - logSeen(&past[i], after)
		mean += g / float64(len(past))
		square += g * g / float64(len(past))
	}
	sd := math.Sqrt(max(0, square-mean*mean))
	const points = 200
	at := make([]float64, points)
	for k := range at {
		at[k] = mean + sd*math.Sqrt2*math.Erfinv(2*(float64(k)+.5)/points-1)
	}
	d := spread.NewDist(at, nil)
	return func(c *spread.Course) spread.Dist {
		seen := logSeen(c, after)
		return d.Moved(func(x float64) float64 { return x + seen })
	}
}
