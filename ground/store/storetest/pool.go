package storetest

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"kokko/ground/store"
	"kokko/schema"
)

// database is a migrated database and what its catalogue held just then.
type database struct {
	address string
	made    string
}

// pool keeps databases that tests are done with for the next ones. Nobody tells a
// test process that it ends: what it leaves, at most as many as its tests used at
// once, the next process on the server drops.
type pool struct {
	sync.Mutex
	free []database
}

var emptied pool

func (p *pool) take(base string) (database, error) {
	p.Lock()
	if n := len(p.free); n > 0 {
		d := p.free[n-1]
		p.free = p.free[:n-1]
		p.Unlock()
		return d, nil
	}
	p.Unlock()
	return migrated(base)
}

// give takes a database back. One that a test has altered, filled with much, or
// that cannot be emptied is dropped.
func (p *pool) give(base string, d database) error {
	if empty(d) != nil {
		return drop(base, d.address)
	}
	p.Lock()
	defer p.Unlock()
	p.free = append(p.free, d)
	return nil
}

func migrated(base string) (d database, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if d.address, err = create(base); err != nil {
		return d, err
	}
	db, err := store.Open(ctx, d.address, store.Options{})
	if err != nil {
		return d, err
	}
	if err := errors.Join(db.Migrate(ctx, schema.Files, 0), db.Close()); err != nil {
		return d, err
	}
	conn, err := pgx.Connect(ctx, d.address)
	if err != nil {
		return d, err
	}
	defer conn.Close(ctx)
	d.made, err = catalogue(ctx, conn)
	return d, err
}

// much is the size of a table, in bytes, that is no longer emptied row by row.
const much = 1 << 20

var (
	errAltered = errors.New("the test altered the database")
	errFull    = errors.New("the test filled the database")
)

// empty removes every row that a test has written.
func empty(d database) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, d.address)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	// What a test of a killed process left open writes no more; most have just been
	// closed and are on their way.
	if _, err := conn.Exec(ctx, `DO $$ BEGIN
WHILE EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend') LOOP
PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
PERFORM pg_sleep(0.002);
PERFORM pg_stat_clear_snapshot();
END LOOP; END $$`); err != nil {
		return err
	}
	if now, err := catalogue(ctx, conn); err != nil || now != d.made {
		return errors.Join(err, errAltered)
	}
	rows, err := conn.Query(ctx, `SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'goose%' AND pg_relation_size(oid) > 0`)
	if err != nil {
		return err
	}
	var clear strings.Builder
	clear.WriteString("BEGIN; SET LOCAL session_replication_role = replica;")
	var name string
	var size int64
	if _, err := pgx.ForEachRow(rows, []any{&name, &size}, func() error {
		if size > much {
			return errFull
		}
		clear.WriteString(` DELETE FROM "` + name + `";`)
		return nil
	}); err != nil {
		return err
	}
	clear.WriteString(" COMMIT")
	_, err = conn.Exec(ctx, clear.String())
	return err
}

// catalogue is a digest of what there is: tables, columns, indexes, constraints,
// triggers, functions, and the steps taken.
func catalogue(ctx context.Context, conn *pgx.Conn) (digest string, err error) {
	err = conn.QueryRow(ctx, `SELECT md5(string_agg(line, E'\n' ORDER BY line)) FROM (
SELECT c.relname || ' ' || c.relkind::text || ' ' || coalesce((SELECT string_agg(a.attname || ':' || a.atttypid, ',' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0), '') AS line FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
UNION ALL SELECT 'constraint ' || conname || ' ' || convalidated::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'setting ' || s.setconfig::text FROM pg_db_role_setting s JOIN pg_database b ON b.oid = s.setdatabase WHERE b.datname = current_database()
) AS all_there_is`).Scan(&digest)
	return digest, err
}
