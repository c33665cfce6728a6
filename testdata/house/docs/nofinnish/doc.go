// Package nofinnish tells what it is in a sentence or two, but has no Finnish: word on a line.
package nofinnish
