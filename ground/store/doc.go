// Package store is one SQL text on two engines: SQLite, embedded and the
// default, and PostgreSQL from the day one machine is not enough.
//
// Finnish: varasto. Every package with an sql.go calls it; cmd/kokko opens it.
// The few places where the engines differ are named words in braces, listed in
// dialect.go; everything else is the same text, and a test reads all of it.
package store
