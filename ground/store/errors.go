package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"kokko/ground/fault"
)

// translate puts the few engine errors that callers act on into one language:
// Conflict for a broken unique key, Invalid for a broken foreign key, Busy for a
// full or read-only disk and for a PostgreSQL that is away. Everything else passes
// unchanged.
func translate(err error) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return fault.New(fault.Conflict, "store.exists").Because(err)
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return fault.New(fault.Invalid, "store.dangling").Because(err)
		}
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
			return fault.New(fault.Busy, "store.disk").Because(err)
		}
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "23505":
			return fault.New(fault.Conflict, "store.exists").Because(err)
		case "23503":
			return fault.New(fault.Invalid, "store.dangling").Because(err)
		case "53100", "25006": // disk full; read-only transaction (a standby)
			return fault.New(fault.Busy, "store.disk").Because(err)
		}
	}
	if away(err) {
		return fault.New(fault.Busy, "store.away").Because(err)
	}
	return err
}

// away tells that PostgreSQL went, or was not there: a commit that ends so may or may
// not have come through.
func away(err error) bool {
	if _, known := errors.AsType[*fault.Error](err); known || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		// Shutting down, crashed, starting; too many connections; a broken connection.
		return strings.HasPrefix(e.Code, "57P0") || e.Code == "53300" || strings.HasPrefix(e.Code, "08")
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// unwritable tells that a write failed for a disk that an operator has to mend.
func unwritable(err error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Key == "store.disk"
}

// translateRead is translate for what only reads. SQLite calls a write through a
// query_only connection READONLY: that is our slip, not a disk's.
func translateRead(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code() == sqlite3.SQLITE_READONLY {
		return fault.New(fault.Internal, "internal").Because(fmt.Errorf("store: a write through a reader: %w", err))
	}
	return translate(err)
}

// fromEngine tells that the engine itself refused a statement.
func fromEngine(err error) bool {
	if _, ok := errors.AsType[*sqlite.Error](err); ok {
		return true
	}
	_, ok := errors.AsType[*pgconn.PgError](err)
	return ok
}

// Exists tells that a write met a row with the same unique key.
func Exists(err error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Key == "store.exists"
}

// retryable tells that the same transaction may well succeed when run again.
func retryable(err error) bool {
	if errors.Is(err, errRuined) {
		return true
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		code := e.Code() & 0xff
		return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "40001" || e.Code == "40P01"
	}
	// A connection that was gone before anything was sent: the driver's word for "try another".
	return errors.Is(err, driver.ErrBadConn)
}
