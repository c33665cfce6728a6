package concept

import "kokko/engine/swedish"

// bends tells whether two endings are those of two forms of a noun or an adjective, in
// Swedish or in English, which have what stands before them alike: villag|e and
// villag|es, cit|y and cit|ies.
func bends(before, a, b string, tongue int) bool {
	if tongue == 1 {
		return swedish.Bends(before, a, b)
	}
	return ending(a) && ending(b)
}

func ending(s string) bool {
	switch s {
	case "", "s", "es", "'s", "\u2019s", "y", "ies", "f", "fe", "ves", "e", "en":
		return true
	}
	return false
}
