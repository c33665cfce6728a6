// Package graph holds who is tied to whom, and how strongly, for millions of people in
// one process: directed weighted ties in flat arrays, what changed since laid over
// them, a file that is mapped into memory, and the few questions that are asked of a
// network: who is near, the best way from one to another, who else is close, what
// belongs together, who stands between.
//
// It is a library of its own: no clock, no SQL, and but for the keeping of its file
// (engine/graphfile) the standard library only; and the same seed gives the same answer.
// Nodes are numbers from nought; whose they are is the caller's (Names helps). A Graph, a
// Delta and a View never change once made, so any number of goroutines read them; a change
// makes a new Delta, which the caller swaps in with one atomic pointer.
//
// Units. A tie has a weight w ≥ 0, the amount of evidence for it (a joint project 1, a
// meeting ½ …), as it was on a day; days are counted from 1970-01-01. Weights of the
// same tie add up, and halve in each half-life (four years unless told otherwise). Its
// strength on a day is p = 1−e^(−w), between 0 and 1: the chance that a request passes
// along it. Since every weight halves at the same pace, one number tells a tie's whole
// past: log₂ w carried back to day 0, held in 16 bits to 1/256 of a doubling. No day of
// last contact is kept and nothing has to be recomputed overnight.
//
// Size. Each tie stands with both its ends, 8 bytes each time: the other end and the
// two directions' strengths. 50 M mutual ties of 5.6 M people are 823 MB.
//
// Finnish: verkosto muistissa. Called by region/network, engine/knowwho and
// bench/knowwho.
package graph
