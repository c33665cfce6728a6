package audit

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	entryColumns = `region_id, entry_id, at, officer_id, what, about_kind, about, data`
	insertEntry  = `INSERT INTO audit_entries (` + entryColumns + `, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (region_id, entry_id) DO NOTHING`
	selectSame   = `SELECT entry_id FROM audit_entries WHERE region_id = $1 AND officer_id = $2 AND entry_id >= $3 AND what = $4 AND about_kind = $5 AND about = $6 LIMIT 1`
	selectOldest = `SELECT entry_id FROM audit_entries WHERE region_id = $1 AND entry_id < $2 ORDER BY entry_id LIMIT $3`
	countOlder   = `SELECT COUNT(*) FROM audit_entries WHERE region_id = $1 AND entry_id < $2`
	deleteEntry  = `DELETE FROM audit_entries WHERE region_id = $1 AND entry_id {in $2}`
)

// maxFacts bounds what one line may hold beside its columns, in bytes of JSON.
const maxFacts = 2 << 10

// Write adds a line inside the transaction of the act it tells of. The entry's ID
// and At must be set.
func Write(ctx context.Context, tx *store.Tx, e Entry) error {
	wrong := func(why string) error {
		return fault.New(fault.Internal, "internal").Because(fmt.Errorf("audit: %s of %s: %s", e.What, e.Region, why))
	}
	if !slices.Contains(Whats(), e.What) {
		return wrong("no such act")
	}
	if e.ID == 0 || e.At.IsZero() {
		return wrong("no id or no time")
	}
	if e.Officer == 0 {
		e.Officer = Who(ctx)
	}
	data, err := json.Marshal(e.Facts)
	if err != nil {
		return err
	}
	if len(data) > maxFacts {
		return wrong("too many facts for one line")
	}
	// Two writers in one millisecond may have the same id; the later one takes the next.
	for n := int64(0); n == 0; e.ID++ {
		if n, err = tx.Exec(ctx, insertEntry, e.Region, int64(e.ID), clock.Micros(e.At), int64(e.Officer), string(e.What), string(e.About.Thing), e.About.Key, string(data), e.What.Kind()); err != nil {
			return err
		}
	}
	return nil
}

// Seen tells whether this officer's same act about the same thing has been written
// since an id: what is looked at ten times a day is one line a day.
func Seen(ctx context.Context, from store.Source, e Entry, since ident.ID) (bool, error) {
	if e.Officer == 0 {
		e.Officer = Who(ctx)
	}
	var id int64
	err := from.QueryRow(ctx, selectSame, e.Region, int64(e.Officer), int64(since), string(e.What), string(e.About.Thing), e.About.Key).Scan(&id)
	if errors.Is(err, store.ErrNone) {
		return false, nil
	}
	return err == nil, err
}

// Filter picks lines of the log; its zero value is all of them.
type Filter struct {
	Officer ident.ID    // whose acts; Nobody for what no officer did
	Kind    string      // one of Kinds
	Day     workday.Day // of one day in Finland
	Before  ident.ID    // the cursor a former List gave
	Limit   int         // 1–200, 50 when 0
}

// Nobody is the Filter's officer for what Kokko did by itself or its operator did
// at the console.
const Nobody ident.ID = -1

// List reads one page of the log, the newest first, and the cursor of the next
// page, 0 at the end. Pages are cut by key.
func List(ctx context.Context, from store.Source, region string, f Filter) (list []Entry, next ident.ID, err error) {
	if f.Limit < 1 || f.Limit > 200 {
		f.Limit = 50
	}
	where, args := []string{`e.region_id = $1`}, []any{region}
	arg := func(condition string, value any) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(condition, "$?", "$"+strconv.Itoa(len(args))))
	}
	switch {
	case f.Officer == Nobody:
		arg(`e.officer_id = $?`, int64(0))
	case f.Officer != 0:
		arg(`e.officer_id = $?`, int64(f.Officer))
	}
	if f.Kind != "" {
		arg(`e.kind = $?`, f.Kind)
	}
	if f.Day != 0 {
		arg(`e.entry_id >= $?`, int64(ident.At(f.Day.Start(i18n.Helsinki()))))
		arg(`e.entry_id < $?`, int64(ident.At((f.Day + 1).Start(i18n.Helsinki()))))
	}
	if f.Before > 0 {
		arg(`e.entry_id < $?`, int64(f.Before))
	}
	args = append(args, f.Limit+1)
	query := `SELECT ` + entryColumns + ` FROM audit_entries e WHERE ` + strings.Join(where, ` AND `) + ` ORDER BY e.entry_id DESC LIMIT $` + strconv.Itoa(len(args))
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		e, err := scan(rows)
		list = append(list, e)
		return err
	})
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, err
}

// Older counts the lines written before an id.
func Older(ctx context.Context, from store.Source, region string, before ident.ID) (n int, err error) {
	err = from.QueryRow(ctx, countOlder, region, int64(before)).Scan(&n)
	return n, err
}

// Forget removes the oldest lines written before an id, at most so many, inside
// the caller's transaction, and gives how many went. Only retention calls it.
func Forget(ctx context.Context, tx *store.Tx, region string, before ident.ID, most int) (int, error) {
	ids, err := store.Values[int64](tx.Query(ctx, selectOldest, region, int64(before), most))
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	n, err := tx.Exec(ctx, deleteEntry, region, store.Ints(ids))
	return int(n), err
}

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (e Entry, err error) {
	var at int64
	var data string
	if err = row.Scan(&e.Region, &e.ID, &at, &e.Officer, &e.What, &e.About.Thing, &e.About.Key, &data); err != nil {
		return e, err
	}
	e.At = clock.FromMicros(at)
	if err = json.Unmarshal([]byte(data), &e.Facts); err != nil {
		err = fmt.Errorf("audit %s of %s: %w", e.ID, e.Region, err)
	}
	return e, err
}
