package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
)

const (
	presenceBeat = 10 * time.Second
	// PresenceLasts is how long a server that has not been seen still counts.
	PresenceLasts = 30 * time.Second
)

const (
	announceSQL = `
INSERT INTO servers (server_id, started_at, seen_at) VALUES ($1, $2, $3)
ON CONFLICT (server_id) DO UPDATE SET seen_at = excluded.seen_at`
	leaveSQL    = `DELETE FROM servers WHERE server_id = $1`
	endTrialSQL = `DELETE FROM servers WHERE server_id {in $1}`
	forgetSQL   = `DELETE FROM servers WHERE seen_at < $1`
	servedSQL   = `SELECT server_id FROM servers WHERE seen_at > $1 ORDER BY server_id`
)

// Announce says that this process serves the store, until leave is called: a row
// seen anew every ten seconds and, on SQLite, a shared lock on a file beside the
// data, which the system drops with the process. Call it after Migrate and before
// anything is written. It is refused (store.restoring) while a restore holds
// SQLite's lock. A beat that fails goes to log, once until one succeeds again.
func (db *DB) Announce(ctx context.Context, c clock.Clock, log *slog.Logger) (leave func(), err error) {
	unlock, err := db.presenceLock(syscall.LOCK_SH, "store.restoring")
	if err != nil {
		return nil, err
	}
	id, started := rand.Text(), clock.Micros(c.Now())
	see := func(ctx context.Context) error {
		return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
			_, err := tx.Exec(ctx, announceSQL, id, started, clock.Micros(c.Now()))
			return err
		})
	}
	err = db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		// Rows of processes that died long ago; a day says it is no pause.
		_, err := tx.Exec(ctx, forgetSQL, clock.Micros(c.Now().Add(-24*time.Hour)))
		return err
	})
	if err == nil {
		err = see(ctx)
	}
	if err != nil {
		unlock()
		return nil, err
	}
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(presenceBeat)
		defer tick.Stop()
		failing := false
		for {
			select {
			case <-beating.Done():
				return
			case <-tick.C:
			}
			err := see(beating)
			db.told.Store(db.failed.Swap(nil))
			if err != nil && !failing && beating.Err() == nil {
				log.Error("this server could not say that it serves the store", "store", db.Name(), "err", err)
			}
			failing = err != nil
		}
	}()
	return func() {
		stop()
		<-stopped
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), presenceBeat)
		defer cancel()
		err := db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
			_, err := tx.Exec(ctx, leaveSQL, id)
			return err
		})
		if err != nil {
			log.Error("this server could not say that it stopped serving the store", "store", db.Name(), "err", err)
		}
		unlock()
	}, nil
}

// Trouble is why writes fail just now, nil when none did since the last beat but one
// of Announce: for who watches the process.
func (db *DB) Trouble() error {
	for _, at := range []*error{db.failed.Load(), db.told.Load()} {
		if at != nil {
			return *at
		}
	}
	return nil
}

// trialRows is how much TryWrite writes: more than the room a full disk has left in
// the pages that are there.
const trialRows = 100

// TryWrite writes a little and takes it away again: what a full or read-only disk
// says. The servers table must exist.
func (db *DB) TryWrite(ctx context.Context) error {
	var ids Strings
	for range trialRows {
		ids = append(ids, "trial "+rand.Text()+strings.Repeat(".", 1000))
	}
	err := db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		for _, id := range ids {
			if _, err := tx.Exec(ctx, announceSQL, id, 0, 0); err != nil { // seen in 1970: nobody serves
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return db.Tx(ctx, func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, endTrialSQL, ids)
		return err
	})
}

// Served is the servers seen within PresenceLasts as src reads them. The servers
// table must exist.
func Served(ctx context.Context, c clock.Clock, src Source) ([]string, error) {
	var out []string
	rows, err := src.Query(ctx, servedSQL, clock.Micros(c.Now().Add(-PresenceLasts)))
	err = Each(rows, err, func(r *sql.Rows) error {
		var id string
		if err := r.Scan(&id); err != nil {
			return err
		}
		out = append(out, id)
		return nil
	})
	return out, err
}

// Alone keeps servers away until release is called, for a restore: refused
// (store.served) while SQLite's data is being served by anyone. On PostgreSQL
// there is no lock to take and the servers table alone tells.
func (db *DB) Alone() (release func(), err error) {
	return db.presenceLock(syscall.LOCK_EX, "store.served")
}

// presenceLock takes the lock beside SQLite's data file, or refuses at once.
func (db *DB) presenceLock(how int, refusal string) (unlock func(), err error) {
	if db.Engine != SQLite {
		return func() {}, nil
	}
	f, err := os.OpenFile(SQLitePath(db.url)+".serving", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Busy, "store.disk").Because(err)
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fault.New(fault.Conflict, refusal)
		}
		return nil, fault.New(fault.Busy, "store.disk").Because(err)
	}
	return func() { f.Close() }, nil
}
