package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// measures are what is told of one query's ranking.
type measures struct{ ap, rr, ndcg, p5, p10, hit5, hit10 float64 }

// measure judges a ranking.
func measure(ranking []int, rel map[int]float64) (m measures) {
	found, dcg := 0.0, 0.0
	for i, p := range ranking {
		grade := rel[p]
		if grade <= 0 {
			continue
		}
		found++
		m.ap += found / float64(i+1)
		if m.rr == 0 {
			m.rr = 1 / float64(i+1)
		}
		if i < 5 {
			m.hit5 = 1
			m.p5 += 1. / 5
		}
		if i < 10 {
			m.hit10 = 1
			m.p10 += 1. / 10
			dcg += grade / math.Log2(float64(i+2))
		}
	}
	m.ap /= float64(max(1, len(rel)))
	grades := make([]float64, 0, len(rel))
	for _, g := range rel {
		grades = append(grades, g)
	}
	slices.SortFunc(grades, func(a, b float64) int { return cmp.Compare(b, a) })
	ideal := 0.0
	for i, g := range grades[:min(10, len(grades))] {
		ideal += g / math.Log2(float64(i+2))
	}
	if ideal > 0 {
		m.ndcg = dcg / ideal
	}
	return m
}

// mean is that of one measure over queries.
func mean(all []measures, of func(measures) float64) float64 {
	sum := 0.0
	for _, m := range all {
		sum += of(m)
	}
	return sum / float64(max(1, len(all)))
}

// resamples is how often queries are drawn anew for an interval.
const resamples = 2000

// gained is what one system has over another on the same queries, with the interval that
// holds 95 % of what drawing the queries anew gives (paired bootstrap, Efron & Tibshirani 1993).
func gained(a, b []measures, of func(measures) float64) (low, high float64) {
	r := rand.New(rand.NewPCG(1, 2))
	diffs := make([]float64, resamples)
	for i := range diffs {
		for range a {
			k := r.IntN(len(a))
			diffs[i] += of(a[k]) - of(b[k])
		}
		diffs[i] /= float64(len(a))
	}
	slices.Sort(diffs)
	return diffs[resamples*25/1000], diffs[resamples*975/1000]
}
