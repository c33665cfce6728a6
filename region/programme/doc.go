// Package programme is a region's development programme as data: themes,
// priorities, values, networks, actors, places, the open call and its texts,
// read from one YAML file and checked so that every mistake is told at once
// with its line and column.
//
// Finnish: ohjelma. Called by every page that shows or tags by the programme,
// by journey/spark for its rules, and by `kokko programme check`. A *Programme
// is a document: nothing changes it after Parse, so it may be shared by any
// number of goroutines, and its slices must not be written to.
package programme
