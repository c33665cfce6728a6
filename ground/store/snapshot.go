package store

import (
	"context"
	"database/sql"
)

// Snapshot lets do read one unchanging state of the whole store while writers
// go on: a read transaction on SQLite's WAL, REPEATABLE READ READ ONLY on
// PostgreSQL. Every query of do goes to src; the DB refuses its context, since
// what the DB reads is another moment. It holds one reader connection, and on
// SQLite the WAL grows until it ends.
func (db *DB) Snapshot(ctx context.Context, do func(ctx context.Context, src Source) error) error {
	if err := outside(ctx); err != nil {
		return err
	}
	options := &sql.TxOptions{ReadOnly: true}
	if db.Engine == Postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	raw, err := db.read.BeginTx(ctx, options)
	if err != nil {
		return translate(err)
	}
	defer raw.Rollback() // nothing was written; also after a panic
	return do(context.WithValue(ctx, inTx{}, true), snapshot{db.Dialect, raw})
}

type snapshot struct {
	Dialect
	tx *sql.Tx
}

func (s snapshot) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query, args, err := s.prepare(query, args)
	if err != nil {
		return nil, err
	}
	rows, err := s.tx.QueryContext(ctx, query, args...)
	return rows, translateRead(err)
}

func (s snapshot) QueryRow(ctx context.Context, query string, args ...any) Row {
	query, args, err := s.prepare(query, args)
	if err != nil {
		return Row{err: err}
	}
	return Row{row: s.tx.QueryRowContext(ctx, query, args...), failed: translateRead}
}
