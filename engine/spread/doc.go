// Package spread tells how far a word would go in a network, and whom to begin with.
//
// The model is the independent cascade (Kempe, Kleinberg, Tardos 2003): whoever is
// reached has one chance with each arc, and the arc from u to v carries the word with its
// own probability. A Graph holds the arcs; Simulate sends a word out many times and
// tells who was reached, by day and by group; Choose finds the few to begin with whose
// reach is provably near the best; a Pool keeps drawn sets while the network changes.
//
//	g, err := spread.Build(nodes, arcs)
//	reach, err := g.Simulate(ctx, spread.Run{Seeds: []uint32{7}, Runs: 1000, Seed: 1})
//	choice, err := g.Choose(ctx, spread.Ask{Most: 5, Apart: .1, Seed: 1})
//
// It is a library of its own: no clock, no SQL, and but for the keeping of its file
// (engine/graphfile) the standard library only. Every coin is a hash of the seed, the run
// and the arc (or the set and the node), so that the same seed gives the same bits on any
// number of processors, and two runs that differ in one thing differ by that thing alone.
// A Graph never changes once made; any number of goroutines ask it.
//
// Units. Nodes are numbers from nought; a probability is kept as the square of a 16-bit
// number, to 1/400 of itself at .01 per cent and much finer above; days are whole days since
// the word went out. Reach is in nodes, those who begin among them.
//
// Also here: what is learned from what happened, and forecasts with their scores (files
// learn, forecast, score and cascade). Probabilities of one by the number of arcs that
// come in (WeightedCascade) compare programs and are never a forecast: measured, their
// intervals of 80 % held 40 %.
//
// Finnish: leviäminen. Called by journey/forecast, bench/spread and bench/cascade.
package spread
