package store

import (
	"context"
	"database/sql"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kokko/ground/clock"
)

// Moment stands for one state of the store: of two that are equal, nothing was
// committed between them. It says nothing of which came first.
type Moment struct{ own, others uint64 }

// lookEvery is how seldom others' commits are looked for.
const lookEvery = 100 * time.Millisecond

// watch is what a DB knows of when it was changed.
type watch struct {
	own    atomic.Uint64 // commits of this process, each counted before its Tx returns
	others atomic.Uint64 // rises when the engine's own count has changed
	looked atomic.Int64  // when it was last read, in nanoseconds
	mu     sync.Mutex    // owns the rest
	pool   *sql.DB       // of one connection: on SQLite the count is each connection's own
	count  string
	unread []string // tables
	known  sync.Map // statement → whether it is ignored
}

func newWatch(pool *sql.DB) *watch {
	pool.SetMaxOpenConns(1)
	return &watch{pool: pool}
}

// touches finds the table a statement changes.
var touches = regexp.MustCompile(`^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)`)

// ignores tells a statement that makes no other Moment: one that reads, or changes a
// table nobody reads Moments for. What it cannot tell is not ignored.
func (w *watch) ignores(query string) bool {
	if strings.HasPrefix(query, "SELECT ") {
		return true
	}
	if is, ok := w.known.Load(query); ok {
		return is.(bool)
	}
	m := touches.FindStringSubmatch(query)
	is := m != nil && slices.Contains(w.unread, m[1])
	w.known.Store(query, is)
	return is
}

// Moment tells which state of the store one sees who reads it now. A commit through
// this DB changes it before its Tx returns. What other processes commit (another
// server, the command line, a letter taken in) changes it within a tenth of a second.
// Options.Unread names what is left out of this; a change there is at most seen as one
// of others.
//
// Cheap: three atomic reads, and ten times a second one question to the engine.
func (db *DB) Moment(ctx context.Context) (Moment, error) {
	w := db.watch
	now, looked := clock.System{}.Now().UnixNano(), w.looked.Load()
	if now-looked >= int64(lookEvery) || now < looked {
		if err := db.lookAround(ctx); err != nil {
			return Moment{}, err
		}
	}
	return Moment{own: w.own.Load(), others: w.others.Load()}, nil
}

// lookAround reads the engine's count of commits: SQLite's of those by other
// connections, PostgreSQL's of transactions that have begun and ended. Neither moves
// while everybody only reads.
func (db *DB) lookAround(ctx context.Context) error {
	w := db.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	now := clock.System{}.Now().UnixNano()
	if looked := w.looked.Load(); now-looked < int64(lookEvery) && now >= looked {
		return nil // somebody else has while we waited
	}
	query, err := db.Say(`SELECT {changes}`)
	if err != nil {
		return err
	}
	var count string
	// Whoever asked may have gone; those who wait with them have not.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := w.pool.QueryRowContext(ctx, query).Scan(&count); err != nil {
		return translateRead(err)
	}
	if count != w.count {
		w.count = count
		w.others.Add(1)
	}
	w.looked.Store(now)
	return nil
}
