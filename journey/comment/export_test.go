package comment

// Queries are those that a page or a letter asks for, by name, for the tests of how the
// engines run them.
func Queries() map[string]string {
	return map[string]string{"oldest": selectOldest, "newest": selectNewest, "open": selectOpen, "waits": selectWaits, "theirs": selectTheirs, "here": selectHere, "one": selectOne, "counts": selectTalks,
		"warmth": selectWarmth, "their warmth": selectTheirW, "waiters": selectWaiters, "waited": selectWaited, "pace": selectPace}
}
