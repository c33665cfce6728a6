package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"kokko/ground/fault"
)

// Pending is the numbers of schema's steps not yet applied, rising, and the
// largest applied one (0 for an empty store). It writes nothing. A store that has
// a step schema does not know is a fault (store.newer): an old binary must not
// write to it.
func (db *DB) Pending(ctx context.Context, schema fs.FS) (pending []int64, at int64, err error) {
	known, err := Steps(schema)
	if err != nil {
		return nil, 0, err
	}
	applied, err := db.Applied(ctx, db)
	if err != nil {
		return nil, 0, err
	}
	for _, step := range applied {
		at = max(at, step)
		if !slices.Contains(known, step) {
			return nil, at, fault.New(fault.Conflict, "store.newer").With("store", step).With("program", slices.Max(known))
		}
	}
	for _, step := range known {
		if !slices.Contains(applied, step) {
			pending = append(pending, step)
		}
	}
	return pending, at, nil
}

// Steps is the numbers of schema's files, rising.
func Steps(schema fs.FS) (steps []int64, err error) {
	names, err := fs.Glob(schema, "*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		step, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		steps = append(steps, step)
	}
	if len(steps) == 0 {
		return nil, errors.New("schema: no steps")
	}
	slices.Sort(steps)
	return steps, nil
}

// Applied is the numbers of the steps the store has, rising, as src of this
// store reads them; none for an empty store.
func (d Dialect) Applied(ctx context.Context, src Source) (steps []int64, err error) {
	exists := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1`
	if d.Engine == Postgres {
		exists = `SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1`
	}
	var n int
	if err := src.QueryRow(ctx, exists, versionTable).Scan(&n); err != nil || n == 0 {
		return nil, err
	}
	rows, err := src.Query(ctx, `SELECT version_id FROM `+versionTable+` WHERE version_id > 0 ORDER BY version_id`)
	err = Each(rows, err, func(r *sql.Rows) error {
		var step int64
		if err := r.Scan(&step); err != nil {
			return err
		}
		steps = append(steps, step)
		return nil
	})
	return steps, err
}

// Migrate brings the store to the newest step of schema, or up to the step upTo
// when that is not 0. The steps come in several series of numbers, so one that is
// new may have a smaller number than one applied long ago. Several processes may
// call it together: one migrates, the others wait (a lease table on PostgreSQL, a
// locked file beside SQLite's). A newer store is refused as in Pending.
func (db *DB) Migrate(ctx context.Context, schema fs.FS, upTo int64) error {
	return db.migrate(ctx, schema, nil, upTo)
}

// MigrateSteps is Migrate with exactly these steps of schema, for data that was
// written under them.
func (db *DB) MigrateSteps(ctx context.Context, schema fs.FS, steps []int64) error {
	known, err := Steps(schema)
	if err != nil {
		return err
	}
	leave := slices.DeleteFunc(known, func(step int64) bool { return slices.Contains(steps, step) })
	return db.migrate(ctx, schema, leave, 0)
}

func (db *DB) migrate(ctx context.Context, schema fs.FS, leave []int64, upTo int64) error {
	if db.Engine == SQLite {
		unlock, err := lockFile(ctx, SQLitePath(db.url)+".migrating")
		if err != nil {
			return err
		}
		defer unlock()
	}
	if _, _, err := db.Pending(ctx, schema); err != nil {
		return err
	}
	if upTo == 0 {
		upTo = math.MaxInt64
	}
	return db.provider(schema, leave, func(p *goose.Provider) error {
		if _, err := p.UpTo(ctx, upTo); err != nil {
			return fault.New(fault.Internal, "store.migration").Because(err)
		}
		return nil
	})
}

// Unmigrate drops every table, to undo a Migrate of an empty store. Nothing is
// dropped when a table outside but holds rows.
func (db *DB) Unmigrate(ctx context.Context, but ...string) error {
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		tables, err := tx.Tables(ctx, tx)
		if err != nil {
			return err
		}
		drop := []string{versionTable, versionTable + "_lock"}
		for _, t := range tables {
			if err := Empty(ctx, tx, t.Name); err != nil && !slices.Contains(but, t.Name) {
				return err
			}
			drop = append(drop, t.Name)
		}
		virtual, err := tx.virtual(ctx)
		if err != nil {
			return err
		}
		drop = append(drop, virtual...)
		for _, name := range slices.Backward(drop) {
			if _, err := tx.Exec(ctx, `DROP TABLE IF EXISTS "`+name+`"`); err != nil {
				return err
			}
		}
		return nil
	})
}

// Empty tells that a table has no row, by nil, or that it has (store.not_empty).
func Empty(ctx context.Context, src Source, table string) error {
	var one int
	switch err := src.QueryRow(ctx, `SELECT 1 FROM "`+table+`" LIMIT 1`).Scan(&one); {
	case errors.Is(err, ErrNone):
		return nil
	case err != nil:
		return err
	}
	return fault.New(fault.Conflict, "store.not_empty").With("table", table)
}

// provider runs do with goose on a connection of its own: goose takes several
// connections at a time, which the one-connection writer pool does not have.
func (db *DB) provider(schema fs.FS, leave []int64, do func(*goose.Provider) error) error {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true), goose.WithExcludeVersions(leave), goose.WithSlog(slog.New(slog.DiscardHandler)), goose.WithTableName(versionTable)}
	dialect, driver, dsn := goose.DialectSQLite3, "sqlite", sqliteDSN(SQLitePath(db.url), 10*time.Second)+"&_txlock=immediate"
	if db.Engine == Postgres {
		dialect, driver, dsn = goose.DialectPostgres, "pgx", db.url
		locker, err := lock.NewPostgresTableLocker(lock.WithTableName(versionTable+"_lock"), lock.WithTableLockTimeout(200*time.Millisecond, 1500), lock.WithTableLogger(slog.New(slog.DiscardHandler)))
		if err != nil {
			return err
		}
		options = append(options, goose.WithLocker(locker))
	}
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer raw.Close()
	p, err := goose.NewProvider(dialect, raw, said{schema, db.Dialect}, options...)
	if err != nil {
		return err
	}
	return do(p)
}

// versionTable is goose's own; the SQL rules exempt it and its lock by name.
const versionTable = "goose_db_version"

// lockFile waits for an exclusive lock on path; the system drops it with the
// process. The file stays: removing it would let two processes lock two files.
func lockFile(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Busy, "store.disk").Because(err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// said is the schema with the dialect's words put in as files are read.
type said struct {
	fs.FS
	say Dialect
}

func (s said) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	defer f.Close()
	raw, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	text, err := s.say.Say(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &saidFile{info: info, text: []byte(text)}, nil
}

type saidFile struct {
	info fs.FileInfo
	text []byte
	at   int
}

func (f *saidFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *saidFile) Close() error               { return nil }
func (f *saidFile) Read(p []byte) (int, error) {
	if f.at >= len(f.text) {
		return 0, io.EOF
	}
	n := copy(p, f.text[f.at:])
	f.at += n
	return n, nil
}
