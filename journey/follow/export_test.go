package follow

// Queries are those that telling followers asks for, by name, for the tests of how the
// engines run them.
func Queries() map[string]string {
	return map[string]string{"of": selectOf, "among": selectAmong, "any": selectAny, "paced": selectPaced, "next": selectNext, "target": selectTarget, "whose": selectWhose}
}
