package store

// Waiting is how many transactions stand in line for SQLite's writer.
func Waiting(db *DB) int {
	db.turns.mu.Lock()
	defer db.turns.mu.Unlock()
	return len(db.turns.line)
}
