// Package graphfile keeps a network in a file that is mapped into memory and looked at
// where it lies: what the files of engine/graph and of engine/spread have in common. What
// stands in them, and where, is each one's own.
//
// Finnish: verkon tiedosto. Called by engine/graph and engine/spread.
package graphfile
