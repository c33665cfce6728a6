package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	_ "github.com/jackc/pgx/v5/stdlib" // the PostgreSQL driver
	"modernc.org/sqlite"               // the SQLite driver, no cgo

	"kokko/ground/fault"
)

// DB is an open store. Reads go to Read, a pool of many; every write goes
// through Tx. On SQLite the writer pool has one connection, on PostgreSQL both
// names are the same pool.
type DB struct {
	Dialect
	read     *sql.DB
	write    *sql.DB // owned by Tx and Migrate; nothing else may touch it
	turns    turns   // at SQLite's one writer
	watch    *watch
	url      string
	attempts int
	// Writes that failed for the disk: since the last beat of Announce, and before it.
	failed, told atomic.Pointer[error]
}

// Options bound the waiting of an open store; the zero value is for production.
type Options struct {
	BusyTimeout time.Duration // how long SQLite waits for a foreign writer; 10 s
	Attempts    int           // how often Tx tries before it gives up; 12
	ReadConns   int           // size of the reader pool; 2 per core but at least 4 on SQLite, 4 per core on PostgreSQL
	Unread      []string      // tables whose changes make no other Moment
}

// Open opens the store a URL names: "sqlite:///var/lib/kokko/kokko.db",
// "sqlite:kokko.db" or "postgres://user@host/db?…". It does not migrate.
func Open(ctx context.Context, rawURL string, o Options) (*DB, error) {
	if o.BusyTimeout == 0 {
		o.BusyTimeout = 10 * time.Second
	}
	if o.ReadConns == 0 {
		// SQLite reads in our own process: more readers than keep the cores busy while one
		// waits for the disk only have memory of their own.
		if o.ReadConns = 4 * runtime.GOMAXPROCS(0); strings.HasPrefix(rawURL, "sqlite:") {
			o.ReadConns = max(4, o.ReadConns/2)
		}
	}
	var db *DB
	var err error
	switch {
	case strings.HasPrefix(rawURL, "sqlite:"):
		db, err = openSQLite(rawURL, o)
	case strings.HasPrefix(rawURL, "postgres://"), strings.HasPrefix(rawURL, "postgresql://"):
		db, err = openPostgres(rawURL, o)
	default:
		return nil, fault.New(fault.Invalid, "store.url").Because(errors.New("a store's URL begins with sqlite: or postgres://"))
	}
	if err != nil {
		return nil, err
	}
	db.watch.unread = o.Unread
	if err := db.read.PingContext(ctx); err != nil {
		db.Close()
		return nil, fault.New(fault.Busy, "store.unreachable").Because(fmt.Errorf("open %s: %w", db.Name(), translate(err)))
	}
	return db, nil
}

func openSQLite(rawURL string, o Options) (*DB, error) {
	path := SQLitePath(rawURL)
	if path == "" {
		return nil, fault.New(fault.Invalid, "store.url").Because(errors.New("sqlite: needs a file"))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fault.New(fault.Busy, "store.file").Because(err)
	}
	file := sqliteDSN(path, o.BusyTimeout)
	write, err := openKeeping(file + "&_txlock=immediate&_pragma=" + writeCache)
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	// The file and its WAL exist before the first read-only connection looks.
	if err := write.Ping(); err != nil {
		write.Close()
		return nil, fault.New(fault.Busy, "store.file").Because(fmt.Errorf("open %s: %w", path, err))
	}
	read, err := openKeeping(file + "&_pragma=query_only(ON)&_pragma=" + readCache)
	if err != nil {
		write.Close()
		return nil, err
	}
	read.SetMaxOpenConns(o.ReadConns)
	read.SetMaxIdleConns(o.ReadConns)
	look, err := openKeeping(file + "&_pragma=query_only(ON)&_pragma=" + lookCache)
	if err != nil {
		write.Close()
		read.Close()
		return nil, err
	}
	return &DB{Dialect: newDialect(SQLite), read: read, write: write, watch: newWatch(look), url: rawURL, attempts: o.Attempts}, nil
}

// openKeeping opens a pool whose connections keep their statements.
func openKeeping(dsn string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(preparing{c}), nil
}

// How many KiB of pages each connection keeps. The system keeps the file's pages too, so
// a reader's need only be those that every question goes through.
const (
	writeCache = "cache_size(-4000)"
	readCache  = "cache_size(-2000)"
	lookCache  = "cache_size(-64)"
)

// sqliteDSN names a file and the pragmas every connection to it gets; more
// settings may follow. busy_timeout first, so that switching to WAL itself waits.
func sqliteDSN(path string, busy time.Duration) string {
	pragmas := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()),
		"journal_mode(WAL)", "foreign_keys(ON)", "synchronous(FULL)", "temp_store(MEMORY)",
	}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode()
}

func openPostgres(rawURL string, o Options) (*DB, error) {
	pool, err := sql.Open("pgx", rawURL)
	if err != nil {
		// pgx puts the URL, password and all, into its parse errors.
		return nil, fault.New(fault.Invalid, "store.url").Because(errors.New("the PostgreSQL URL cannot be read"))
	}
	pool.SetMaxOpenConns(o.ReadConns * 2)
	pool.SetMaxIdleConns(o.ReadConns)
	look, err := sql.Open("pgx", rawURL)
	if err != nil {
		pool.Close()
		return nil, fault.New(fault.Invalid, "store.url").Because(errors.New("the PostgreSQL URL cannot be read"))
	}
	return &DB{Dialect: newDialect(Postgres), read: pool, write: pool, watch: newWatch(look), url: rawURL, attempts: o.Attempts}, nil
}

// SQLitePath is the file a sqlite: URL names, "" for any other URL.
func SQLitePath(rawURL string) string {
	path, ok := strings.CutPrefix(rawURL, "sqlite:")
	if !ok {
		return ""
	}
	return strings.TrimPrefix(path, "//")
}

// Name is the store for a log line: engine and place, never a password.
func (db *DB) Name() string {
	if db.Engine == SQLite {
		return "sqlite " + SQLitePath(db.url)
	}
	u, err := url.Parse(db.url)
	if err != nil {
		return "postgres"
	}
	return "postgres " + u.Host + u.Path
}

// Close closes both pools.
func (db *DB) Close() error {
	err := errors.Join(db.read.Close(), db.watch.pool.Close())
	if db.write != db.read {
		err = errors.Join(err, db.write.Close())
	}
	return err
}

// Source is what a query function reads from: a DB (the reader pool) or the Tx
// it takes part in.
type Source interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) Row
}

// Row is one row to scan; ErrNone when there was none.
type Row struct {
	row    *sql.Row
	err    error
	failed func(error) error // puts an error into the store's words
}

// ErrNone is returned by Row.Scan when no row matched.
var ErrNone = sql.ErrNoRows

// Scan reads the row into dest.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	if err := r.row.Scan(dest...); err != nil {
		return r.failed(err)
	}
	return nil
}

// Query reads many rows from the reader pool.
func (db *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := outside(ctx); err != nil {
		return nil, err
	}
	query, args, err := db.prepare(query, args)
	if err != nil {
		return nil, err
	}
	rows, err := db.read.QueryContext(ctx, query, args...)
	return rows, translateRead(err)
}

// QueryRow reads one row from the reader pool.
func (db *DB) QueryRow(ctx context.Context, query string, args ...any) Row {
	if err := outside(ctx); err != nil {
		return Row{err: err}
	}
	query, args, err := db.prepare(query, args)
	if err != nil {
		return Row{err: err}
	}
	return Row{row: db.read.QueryRowContext(ctx, query, args...), failed: translateRead}
}

func (d Dialect) prepare(query string, args []any) (string, []any, error) {
	query, err := d.Say(query)
	if err != nil {
		return "", nil, err
	}
	own := false // args is the caller's until a list has to be replaced
	for i, a := range args {
		switch v := a.(type) {
		case string:
			err = keepable(v)
		case Strings:
			for _, s := range v {
				err = errors.Join(err, keepable(s))
			}
		}
		if err != nil {
			return "", nil, err
		}
		if l, ok := a.(lister); ok {
			if !own {
				args, own = slices.Clone(args), true
			}
			if args[i], err = l.list(d.Engine); err != nil {
				return "", nil, err
			}
		}
	}
	if f := d.heard.Load(); f != nil {
		(*f)(query, args)
	}
	return query, args, nil
}

// keepable refuses on both engines the text that PostgreSQL cannot keep: an
// archive of it could never move there.
func keepable(s string) error {
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return fault.New(fault.Invalid, "store.text").Because(errors.New("text with NUL or broken UTF-8"))
	}
	return nil
}

// Tx is one write transaction. Inside it only the Tx is used; the DB refuses a
// context that carries one, so a slip is an error and never a deadlock.
//
// A statement that fails ends the transaction on both engines, as PostgreSQL has
// it: do may look at the error, but nothing is committed after it.
type Tx struct {
	Dialect
	tx     *sql.Tx
	after  []func()
	failed error // the first statement that failed
	watch  *watch
	wrote  bool // a statement changed something that is another Moment

	// On SQLite, where transactions share a commit.
	group  *group
	shared bool         // others' work is in the group
	ended  func() error // why who began it wants it no more
	keys   []keyed      // for the indexes of keys
	put    bool         // the group's keys were put
}

// within gives the context of a statement. One that shares its commit is not cut off in
// the middle, since SQLite would take back the work of all, but before it begins.
func (tx *Tx) within(ctx context.Context) (context.Context, error) {
	if tx.failed != nil {
		return nil, tx.failed
	}
	if tx.ended == nil {
		return ctx, nil
	}
	if err := tx.ended(); err != nil {
		return nil, err
	}
	if !tx.shared {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

// fail keeps the first error of the engine itself.
func (tx *Tx) fail(err error) error {
	if tx.failed == nil && fromEngine(err) {
		tx.failed = translate(err)
	}
	return translate(err)
}

type inTx struct{}

func outside(ctx context.Context) error {
	if ctx.Value(inTx{}) != nil {
		return fault.New(fault.Internal, "internal").Because(errors.New("store: the DB was used inside a Tx; use the Tx"))
	}
	return nil
}

// Tx runs do in one transaction and commits. do is run again from the start
// when the engine says that trying again helps (SQLITE_BUSY, 40001 serialisation
// failure, 40P01 deadlock), so it must be re-runnable: no side effect but
// through its Tx, and anything else in After or a job. An error of do rolls
// back and is returned as it is. On SQLite those that wait for each other share one
// commit (Apart has one of its own).
func (db *DB) Tx(ctx context.Context, do func(ctx context.Context, tx *Tx) error) error {
	if err := outside(ctx); err != nil {
		return err
	}
	attempts := db.attempts
	if attempts == 0 {
		attempts = 12
	}
	inner := context.WithValue(ctx, inTx{}, true)
	run := db.once
	if db.Engine == SQLite {
		run = db.share
	}
	for try := 1; ; try++ {
		after, err := run(inner, do)
		if err == nil {
			for _, f := range after {
				f()
			}
			return nil
		}
		if unwritable(err) {
			db.failed.Store(&err)
		}
		if !retryable(err) {
			return err
		}
		if errors.Is(err, errRuined) {
			inner = Apart(inner)
		}
		if try >= attempts {
			return fault.New(fault.Busy, "store.busy").Because(fmt.Errorf("gave up after %d tries: %w", try, err))
		}
		// Full jitter, 1–2 ms doubling to at most half a second.
		wait := time.Duration(rand.Int64N(int64(min(time.Millisecond<<try, 500*time.Millisecond)))) + time.Millisecond
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

func (db *DB) once(ctx context.Context, do func(context.Context, *Tx) error) (after []func(), err error) {
	raw, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, translate(err)
	}
	tx := &Tx{Dialect: db.Dialect, tx: raw, watch: db.watch}
	// Also after a panic and when the goroutine ends inside do; a rollback after
	// the commit does nothing.
	defer func() { _ = raw.Rollback() }()
	// A cancelled context rolls back by itself, and what runs then hears of an ended
	// transaction or of closed rows, as it happens: the cancel is what the caller should hear.
	defer func() {
		if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}()
	if err := do(ctx, tx); err != nil {
		return nil, err
	}
	if tx.failed != nil {
		return nil, fmt.Errorf("a statement failed and was not looked at: %w", tx.failed)
	}
	err = raw.Commit()
	if tx.wrote { // a commit that failed may have been made all the same
		db.watch.own.Add(1)
	}
	if err != nil {
		return nil, translate(err)
	}
	return tx.after, nil
}

// After runs f once, after the transaction has committed; never when it has not.
func (tx *Tx) After(f func()) { tx.after = append(tx.after, f) }

// Exec runs a statement and gives the number of rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	query, args, err := tx.prepare(query, args)
	if err != nil {
		return 0, err
	}
	if ctx, err = tx.within(ctx); err != nil {
		return 0, err
	}
	res, err := tx.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := res.RowsAffected()
	tx.wrote = tx.wrote || (n != 0 || err != nil) && !tx.watch.ignores(query)
	return n, translate(err)
}

// Query reads many rows inside the transaction.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	tx.wrote = tx.wrote || !tx.watch.ignores(query)
	query, args, err := tx.prepare(query, args)
	if err != nil {
		return nil, err
	}
	if ctx, err = tx.asking(ctx, query); err != nil {
		return nil, err
	}
	rows, err := tx.tx.QueryContext(ctx, query, args...)
	return rows, tx.fail(err)
}

// QueryRow reads one row inside the transaction.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) Row {
	tx.wrote = tx.wrote || !tx.watch.ignores(query)
	query, args, err := tx.prepare(query, args)
	if err != nil {
		return Row{err: err}
	}
	if ctx, err = tx.asking(ctx, query); err != nil {
		return Row{err: err}
	}
	return Row{row: tx.tx.QueryRowContext(ctx, query, args...), failed: tx.fail}
}

// Each scans every row of a query with scan and closes the rows.
func Each(rows *sql.Rows, err error, scan func(*sql.Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return translate(rows.Err())
}

// Values reads the first and only column of every row of a query.
func Values[T any](rows *sql.Rows, err error) (all []T, _ error) {
	err = Each(rows, err, func(rows *sql.Rows) error {
		var one T
		err := rows.Scan(&one)
		all = append(all, one)
		return err
	})
	return all, err
}
