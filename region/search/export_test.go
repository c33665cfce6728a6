package search

// Queries are those that finding asks for, by name, for the tests of how the engines run
// them.
func Queries() map[string]string {
	return map[string]string{"words": selectWords, "listed": selectListed, "begun": selectBegun, "found": selectFound, "lemmas": selectLemmas, "placed": selectPlaced,
		"pending": selectPending, "range": selectRange, "fresh": selectFresh, "news": selectNews}
}
