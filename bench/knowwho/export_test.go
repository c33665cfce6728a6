package main

import "time"

// Run is the program for the tests beside it.
var Run = run

// ReadSet is what find reads: who there is and when their evidence is.
func ReadSet(items, queries string) (people []string, times []time.Time, err error) {
	s, err := readSet(items, queries)
	if err != nil {
		return nil, nil, err
	}
	s.span()
	for _, it := range s.items {
		times = append(times, s.when(it.at))
	}
	for _, q := range s.queries {
		times = append(times, s.when(q.at))
	}
	return s.people, times, nil
}
