package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"kokko/ground/clock"
)

// SQLite has one writer. Transactions that wait for it share one commit, because what
// a commit costs (the disk's word that all is there) does not grow with what is in it:
// each runs by itself, one after another, in a savepoint of one engine's transaction, and
// who finds nobody waiting, or the group full, commits for all. Nobody is told
// that their work is kept before it is.

// Bounds of a group: who waits for its commit should not wait long.
const (
	groupMost = 64
	groupAge  = 20 * time.Millisecond
)

// errRuined tells that the work of a transaction was lost with that of another it
// shared its commit with. It did nothing wrong, and is run again by itself.
var errRuined = errors.New("store: the commit was shared with a transaction that took all back")

type apart struct{}

// Apart gives a context in which a Tx shares its commit with nobody: for work of many
// rows, which others who are done in a moment should not wait for.
func Apart(ctx context.Context) context.Context { return context.WithValue(ctx, apart{}, true) }

// turns is who writes and who waits to, the first come first.
type turns struct {
	mu   sync.Mutex // owns the rest
	busy bool
	line []*waiting
}

type waiting struct {
	turn  chan *group
	apart bool
}

// group is transactions with one commit. Its fields are of who has the turn, but for
// done, and for err once that is closed.
type group struct {
	tx    *sql.Tx
	end   context.CancelFunc // of what the engine's transaction runs in
	apart bool
	began time.Time
	kept  int // transactions whose work is in it
	wrote bool
	keys  []keyed // what the indexes of keys get with the commit
	done  chan struct{}
	err   error
}

// take waits for the turn and gives the group to take part in, nil for none.
func (w *turns) take(ctx context.Context, apart bool) (*group, error) {
	w.mu.Lock()
	if !w.busy {
		w.busy = true
		w.mu.Unlock()
		return nil, nil
	}
	me := &waiting{make(chan *group, 1), apart}
	w.line = append(w.line, me)
	w.mu.Unlock()
	select {
	case g := <-me.turn:
		return g, nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	for i, other := range w.line {
		if other == me {
			w.line = append(w.line[:i], w.line[i+1:]...)
			w.mu.Unlock()
			return nil, ctx.Err()
		}
	}
	w.mu.Unlock()
	return <-me.turn, nil // it came at the same moment; who gives it on sees to the group
}

// give gives the turn with an open group to the next in line, and tells whether
// somebody has it now: who waits apart, or comes when the group is full, is for after
// the commit.
func (w *turns) give(g *group) bool {
	if g.apart || g.kept >= groupMost || (clock.System{}).Now().Sub(g.began) >= groupAge {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.line) == 0 || w.line[0].apart {
		return false
	}
	w.line[0].turn <- g
	w.line = w.line[1:]
	return true
}

// free gives the turn on without a group.
func (w *turns) free() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy = len(w.line) > 0; w.busy {
		w.line[0].turn <- nil
		w.line = w.line[1:]
	}
}

// share runs do once in a group.
func (db *DB) share(ctx context.Context, do func(context.Context, *Tx) error) (after []func(), err error) {
	alone := ctx.Value(apart{}) != nil
	g, err := db.turns.take(ctx, alone)
	if err != nil {
		return nil, err
	}
	tx := &Tx{Dialect: db.Dialect, watch: db.watch, ended: ctx.Err, shared: g != nil}
	if err := db.takePart(ctx, g, tx, alone, do); err != nil {
		if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			// What runs after a cancel hears of it as it happens, for example of closed rows.
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return nil, err
	}
	<-tx.group.done
	return tx.after, tx.group.err
}

// takePart runs do in a group, a new one for nil, and gives the turn on, whatever do
// does: an error, a panic and the end of its goroutine take back its own work alone.
func (db *DB) takePart(ctx context.Context, g *group, tx *Tx, alone bool, do func(context.Context, *Tx) error) (err error) {
	kept := false
	defer func() { db.leave(tx, kept) }()
	if tx.group = g; g == nil {
		if tx.group, err = db.begin(ctx, alone); err != nil {
			return translate(err)
		}
	} else if err := g.run(`SAVEPOINT own`); err != nil {
		g.ruin(err)
		return translate(err)
	}
	tx.tx = tx.group.tx
	if err := do(ctx, tx); err != nil {
		return err
	}
	if tx.failed != nil {
		return fmt.Errorf("a statement failed and was not looked at: %w", tx.failed)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	kept = true
	return nil
}

// begin begins the engine's transaction of a new group. A cancel ends the waiting for a
// foreign writer, and nothing after that.
func (db *DB) begin(ctx context.Context, alone bool) (*group, error) {
	all, end := context.WithCancel(context.WithoutCancel(ctx))
	calm := context.AfterFunc(ctx, end)
	tx, err := db.write.BeginTx(all, nil)
	if !calm() {
		err = errors.Join(ctx.Err(), err)
	}
	if err != nil {
		end()
		return nil, err
	}
	return &group{tx: tx, end: end, apart: alone, began: clock.System{}.Now(), done: make(chan struct{})}, nil
}

func (g *group) run(statement string) error {
	_, err := g.tx.Exec(statement)
	return err
}

// over ends a group and tells all who wait for it.
func (g *group) over(err error) {
	g.err = err
	g.end()
	close(g.done)
}

// ruin takes back what is left of a group and has the others run again.
func (g *group) ruin(why error) {
	_ = g.tx.Rollback() // the engine has most likely taken all back by itself
	g.over(fmt.Errorf("%w: %w", errRuined, why))
}

// isOver tells that a group has ended.
func (g *group) isOver() bool {
	select {
	case <-g.done:
		return true
	default:
		return false
	}
}

// leave ends one transaction's part and gives the turn on; the last commits for all.
func (db *DB) leave(tx *Tx, kept bool) {
	g := tx.group
	switch {
	case g == nil || g.isOver(): // never begun
	case !kept && g.kept == 0:
		_ = g.tx.Rollback()
		g.over(errRuined) // nobody waits for it
	case !kept:
		if err := g.run(`ROLLBACK TO own`); err != nil {
			g.ruin(err)
		} else if err := g.run(`RELEASE own`); err != nil {
			g.ruin(err)
		}
	case tx.shared:
		if err := g.run(`RELEASE own`); err != nil {
			g.ruin(err)
		}
	}
	if g == nil || g.isOver() {
		db.turns.free()
		return
	}
	if kept {
		g.kept++
		g.wrote = g.wrote || tx.wrote
		if tx.put {
			g.keys = nil
		}
		g.keys = append(g.keys, tx.keys...)
	}
	if db.turns.give(g) {
		return
	}
	defer db.turns.free()
	if err := putKeys(g.tx, g.keys); err != nil {
		if g.kept > 1 {
			g.ruin(err)
			return
		}
		_ = g.tx.Rollback() // the first error tells
		g.over(translate(err))
		return
	}
	err := g.tx.Commit()
	if g.wrote { // a commit that failed may have been made all the same
		db.watch.own.Add(1)
	}
	g.over(translate(err))
}
