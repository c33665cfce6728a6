package spark

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
)

// Pile is one heap of the office's work list.
type Pile string

const (
	Late    Pile = "late"    // the promised day has passed
	Soon    Pile = "soon"    // due today or within two working days
	Fresh   Pile = "new"     // waits, and there is still time
	Calls   Pile = "calls"   // the next contact is today or was before
	Written Pile = "written" // closed, and its bringer has written since
	Lone    Pile = "lone"    // answered, over a week old, and nobody has joined
	All     Pile = "all"     // everything, the newest first

	Held     Pile = "held"     // waits for a person's look before anybody sees it
	Declined Pile = "declined" // was held, looked at and not let in; the newest first
	Every    Pile = "every"    // all of it, whatever it waits for: for the office's own files
)

// Piles is the piles of a Monday in the order they are worked through. What is
// held lies in none of them, nor in All: it has a queue of its own.
func Piles() []Pile { return []Pile{Late, Soon, Fresh, Written, Calls, Lone} }

// loneAfter is how old a spark is before its loneliness is the office's worry.
const loneAfter = 7 * 24 * time.Hour

// Work reads one pile: at most limit sparks from the spark after (0 for the
// first page; only All, Declined and Every page further, since the others are worked
// off from the top), and how many the pile holds, at most CountMost+1 (-1 for those three, which nobody
// counts).
func Work(ctx context.Context, from store.Source, region string, pile Pile, cal workday.Calendar, today workday.Day, after ident.ID, limit int) (list []Spark, count int, err error) {
	soon := cal.AddWorkdays(today, 2)
	last := workday.Day(math.MaxInt32)
	switch pile {
	case Late:
		list, count, err = pileOf(ctx, from, selectWaiting, countWaiting, limit, region, int64(math.MinInt32), int64(today-1))
	case Soon:
		list, count, err = pileOf(ctx, from, selectWaiting, countWaiting, limit, region, int64(today), int64(soon))
	case Fresh:
		list, count, err = pileOf(ctx, from, selectWaiting, countWaiting, limit, region, int64(soon+1), int64(last))
	case Written:
		list, count, err = pileOf(ctx, from, selectWritten, countWritten, limit, region)
	case Calls:
		list, count, err = pileOf(ctx, from, selectCalls, countCalls, limit, region, int64(today))
	case Lone:
		list, count, err = pileOf(ctx, from, selectLone, countLone, limit, region, loneBefore(today))
	case Held:
		list, count, err = pileOf(ctx, from, selectHeld, countHeld, limit, region)
	case All, Declined, Every:
		query := map[Pile]string{All: selectAllWork, Declined: selectDeclined, Every: selectEvery}[pile]
		if after == 0 {
			after = math.MaxInt64
		}
		list, err = many(ctx, from, query, region, int64(after), limit)
		count = -1
	}
	if err != nil {
		return nil, 0, err
	}
	return list, count, tag(ctx, from, region, list)
}

// WorkIn counts a pile to its end, however many it holds.
func WorkIn(ctx context.Context, from store.Source, region string, pile Pile, cal workday.Calendar, today workday.Day) (n int, err error) {
	soon := cal.AddWorkdays(today, 2)
	switch pile {
	case Late:
		err = from.QueryRow(ctx, countWaiting, region, int64(math.MinInt32), int64(today-1)).Scan(&n)
	case Soon:
		err = from.QueryRow(ctx, countWaiting, region, int64(today), int64(soon)).Scan(&n)
	case Fresh:
		err = from.QueryRow(ctx, countWaiting, region, int64(soon+1), int64(math.MaxInt32)).Scan(&n)
	case Written:
		err = from.QueryRow(ctx, countWritten, region).Scan(&n)
	case Calls:
		err = from.QueryRow(ctx, countCalls, region, int64(today)).Scan(&n)
	case Lone:
		err = from.QueryRow(ctx, countLone, region, loneBefore(today)).Scan(&n)
	case Held:
		err = from.QueryRow(ctx, countHeld, region).Scan(&n)
	}
	return n, err
}

// Come reads sparks in the order they came, those after one, without their tags.
func Come(ctx context.Context, from store.Source, region string, after ident.ID, most int) ([]Spark, error) {
	return many(ctx, from, selectFindable, region, int64(after), most)
}

// WorkLeft counts the sparks in all the piles of a Monday, each once however many
// piles it lies in.
func WorkLeft(ctx context.Context, from store.Source, region string, today workday.Day) (n int, err error) {
	if err = from.QueryRow(ctx, countWork, region, int64(today), loneBefore(today)).Scan(&n); err != nil {
		return 0, err
	}
	var written int // those are closed, and lie in no other pile
	err = from.QueryRow(ctx, countWritten, region).Scan(&written)
	return n + written, err
}

const (
	selectWritten = `SELECT ` + sparkColumns + ` FROM closed_replies r JOIN sparks s ON s.region_id = r.region_id AND s.spark_id = r.spark_id WHERE r.region_id = $1 ORDER BY r.spark_id LIMIT $2`
	countWritten  = `SELECT COUNT(*) FROM closed_replies r WHERE r.region_id = $1`
	insertWritten = `INSERT INTO closed_replies (region_id, spark_id, since_at) VALUES ($1, $2, $3) ON CONFLICT (region_id, spark_id) DO NOTHING`
	deleteWritten = `DELETE FROM closed_replies WHERE region_id = $1 AND spark_id = $2`
)

// writtenSince keeps the pile of closed sparks whose bringers have written since: one
// comes in by a reply and goes when the office has done anything with it, or it is open
// or gone.
func (w *work) writtenSince(ctx context.Context, e *entry) error {
	if e.before.Open && e.Open {
		return nil
	}
	closed := e.State == Resting || e.State == Out
	wrote, acted := false, false
	for _, b := range e.beats {
		wrote = wrote || b.Type == story.Replied
		acted = acted || b.Actor == story.Office && b.Type != story.Closed
	}
	switch {
	case !e.before.Open && (!closed || e.MergedInto != 0 || e.Held != "" || acted):
		_, err := w.tx.Exec(ctx, deleteWritten, w.region, int64(e.ID))
		return err
	case wrote && closed && e.MergedInto == 0 && e.Held == "":
		_, err := w.tx.Exec(ctx, insertWritten, w.region, int64(e.ID), clock.Micros(w.now))
		return err
	}
	return nil
}

// loneBefore is the first key of sparks too young to be lone.
func loneBefore(today workday.Day) int64 {
	return int64(ident.At(today.Start(i18n.Helsinki()).Add(-loneAfter)))
}

// CountMost is up to how many a pile is counted for a page: counting half a million
// on every view of a page would be all it does. A pile of more says CountMost+1.
const CountMost = 1000

func pileOf(ctx context.Context, from store.Source, query, count string, limit int, args ...any) (list []Spark, n int, err error) {
	if err := from.QueryRow(ctx, upTo(count, len(args)+1), append(slices.Clone(args), CountMost+1)...).Scan(&n); err != nil {
		return nil, 0, err
	}
	if n == 0 {
		return nil, 0, nil
	}
	list, err = many(ctx, from, query, append(args, limit)...)
	return list, n, err
}

// upTo has a counting end at the number its argument of this place gives.
func upTo(count string, arg int) string {
	_, from, _ := strings.Cut(count, "COUNT(*) ")
	return `SELECT COUNT(*) FROM (SELECT 1 AS one ` + from + ` LIMIT $` + strconv.Itoa(arg) + `) AS pile`
}
