// Package finnish knows the words of Finnish: their base forms, the parts of
// compounds, what they are derived from, and their class. It reads the dictionary
// of Voikko itself, in Go alone; without one it falls back to a stemmer.
//
// Finnish: suomen kielen muoto-oppi. Called by cmd/kokko (kokko words) and by what
// searches and compares texts.
package finnish
