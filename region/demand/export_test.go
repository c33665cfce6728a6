package demand

// Queries are those that the office's list and the sweep ask for, by name, for the tests
// of how the engines run them.
func Queries() map[string]string {
	return map[string]string{"words": selectWords, "month": selectMonth, "salts": selectSalts}
}
