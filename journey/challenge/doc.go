// Package challenge is a question the office puts to everyone, with its criteria
// and its days: made, published, closed with what came of it. Sparks answer it.
//
// Finnish: avoin kysymys. Called by edge/web (the office's and everybody's
// pages), journey/spark (a drop answers only a question that is open) and
// cmd/kokko (the example's first questions).
package challenge
