// Command spread chooses whom to begin with in a network, and measures how fast and how
// well, beside plain OPIM-C:
//
//	go run ./bench/spread -graph FILE -k 50 -eps 0.1 -seed 1 [-model wc|given] [-snapshot out]
//	go run ./bench/spread -graph FILE -evaluate seeds.txt -runs 20000
//	go run ./bench/spread generate -n 1000000 -m 10000000 -groups 309 -in 0.7 -exp 2.5 -cap 60 -seed 1 -out FILE
//	go run ./bench/spread table [-set c1m,s1m,fin5m] [-plain c1m,s1m]
//	go run ./bench/spread asked [-n 100000]
//	go run ./bench/spread changes [-set fin5m] [-sets 500000]
//
// FILE is a list of arcs as spread.ReadList reads it (from, to and perhaps the
// probability, packed with gzip or not) or a snapshot that -snapshot wrote. The model is
// wc (one by the number of arcs that come in) unless told otherwise, given (the list's
// probabilities) or, on a list of arcs both ways, sym (two by the arcs of both ends); by
// wc and sym only the ends of an arc count, and what else a line has is not read. The
// chosen stand one a line, as the list calls them; what is measured is told beneath, on lines that begin with #.
//
// table measures choosing beside plain OPIM-C, asked what somebody waits for in a region,
// changes how soon a pool of drawn sets has followed a thousand changed arcs.
//
// A generated network has power-law weights of what goes out and comes in, up to -cap
// times the least, and groups of Zipf's sizes, inside which a share of arcs stays.
//
// Finnish: leviämisen mittaus. Called by hand and by make bench-spread.
package main
