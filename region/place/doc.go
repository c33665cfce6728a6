// Package place is where things are: points and distances, municipalities that
// merge and change county on a date, and the outline a page draws as a map.
//
// Finnish: paikka (kylä, taajama, keskusta, kampus). Called by
// region/programme, which reads places from a file, and by the pages that draw
// a map or list what is near. Everything here is pure and safe for concurrent
// use; values are not changed after they are made.
package place
