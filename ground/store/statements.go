package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// preparing makes SQLite's connections keep the statements they have prepared:
// database/sql itself has every statement parsed and planned anew, which costs more
// than most of ours cost to run. (pgx keeps PostgreSQL's by itself.)
type preparing struct{ driver.Connector }

// Connect opens a connection that keeps its statements.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := c.(plainConn)
	if !ok {
		return nil, errors.Join(errors.New("store: the SQLite driver's connections are not what they were"), c.Close())
	}
	return &keeping{plainConn: inner, kept: map[string]driver.Stmt{}}, nil
}

// plainConn is what the driver's connections can, all of which database/sql wants.
type plainConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// statementsKept bounds the statements of one connection: more than the pages have.
const statementsKept = 200

// keeping is one connection with its statements at rest; one that is in use is not
// among them. database/sql gives it to one goroutine at a time.
type keeping struct {
	plainConn
	kept map[string]driver.Stmt
}

// Unwrap gives the driver's own connection, which the driver asks for.
func (c *keeping) Unwrap() driver.Conn { return c.plainConn }

// take gives the statement of a query, which is the caller's until it is put back.
func (c *keeping) take(ctx context.Context, query string) (driver.Stmt, error) {
	if s, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return s, nil
	}
	return c.plainConn.PrepareContext(ctx, query)
}

func (c *keeping) put(query string, s driver.Stmt) error {
	if _, twin := c.kept[query]; twin {
		return s.Close()
	}
	if len(c.kept) >= statementsKept { // any of them goes
		for other, old := range c.kept {
			delete(c.kept, other)
			if err := old.Close(); err != nil {
				return errors.Join(err, s.Close())
			}
			break
		}
	}
	c.kept[query] = s
	return nil
}

// keeps tells the statements worth keeping: those that pages and jobs run again
// and again, and no pragma or change of the schema.
func keeps(query string) bool {
	query = strings.TrimLeft(query, " \n\t")
	for _, verb := range []string{"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "SAVEPOINT ", "RELEASE ", "ROLLBACK TO "} {
		if strings.HasPrefix(query, verb) {
			return true
		}
	}
	return false
}

// ExecContext runs a statement that gives no rows.
func (c *keeping) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !keeps(query) {
		return c.plainConn.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := s.(driver.StmtExecContext).ExecContext(ctx, args)
	if e := c.put(query, s); err == nil {
		err = e
	}
	return res, err
}

// QueryContext runs a statement that gives rows; it is at rest again when they are
// closed.
func (c *keeping) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !keeps(query) {
		return c.plainConn.QueryContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		_ = c.put(query, s) // the first error tells
		return nil, err
	}
	return &keptRows{rows, func() error { return c.put(query, s) }}, nil
}

// Close closes the connection and what it kept.
func (c *keeping) Close() (err error) {
	for _, s := range c.kept {
		err = errors.Join(err, s.Close())
	}
	c.kept = nil
	return errors.Join(err, c.plainConn.Close())
}

type keptRows struct {
	driver.Rows
	done func() error
}

// Close ends the reading and puts the statement back.
func (r *keptRows) Close() error {
	err := r.Rows.Close()
	if r.done != nil {
		if e := r.done(); err == nil {
			err = e
		}
		r.done = nil
	}
	return err
}
