package invented

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kokko/ground/store"
	"kokko/schema"
)

// heap is rows for one table, written many at a time.
type heap struct {
	table   string
	columns string // as SQL names them
	width   int
	rows    []any
}

func newHeap(table, columns string) *heap {
	width := strings.Count(columns, ",") + 1
	return &heap{table: table, columns: columns, width: width}
}

func (h *heap) add(row ...any) {
	if len(row) != h.width {
		panic(fmt.Sprintf("%s: %d values for %d columns", h.table, len(row), h.width))
	}
	h.rows = append(h.rows, row...)
}

// insert is the statement for n rows.
func (h *heap) insert(n int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO ` + h.table + ` (` + h.columns + `) VALUES `)
	arg := 0
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range h.width {
			if j > 0 {
				b.WriteByte(',')
			}
			arg++
			b.WriteString("$" + strconv.Itoa(arg))
		}
		b.WriteByte(')')
	}
	return b.String()
}

func (h *heap) count() int { return len(h.rows) / h.width }

// atATime is how many rows one statement takes: many where each is a journey to the
// server, one where each is a call and the engine counts its arguments one by one.
func (h *heap) atATime(e store.Engine) int {
	if e == store.SQLite {
		return 1
	}
	return max(1, 2400/h.width)
}

// write puts the rows into the store. The rows of the last statement may be fewer:
// they go one by one, so that few different statements are made.
func (h *heap) write(ctx context.Context, tx *store.Tx) error {
	many := h.atATime(tx.Engine)
	full, one := h.insert(many), h.insert(1)
	for rows := h.rows; len(rows) > 0; {
		query, n := full, many*h.width
		if len(rows) < n {
			query, n = one, h.width
		}
		if _, err := tx.Exec(ctx, query, rows[:n]...); err != nil {
			return fmt.Errorf("%s: %w", h.table, err)
		}
		rows = rows[n:]
	}
	return nil
}

var (
	indexName = regexp.MustCompile(`(?m)^CREATE INDEX (\w+) ON (\w+) `)
	indexGone = regexp.MustCompile(`(?m)^DROP INDEX (\w+);`)
)

// index is a plain index of the schema: its name and how it is made.
type index struct{ name, sql string }

// indexes reads from the schema the plain indexes of some tables that no later step
// takes away: an index made after the rows are in is made many times faster.
func indexes(tables ...string) (all []index, err error) {
	names, err := fs.Glob(schema.Files, "*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := fs.ReadFile(schema.Files, name)
		if err != nil {
			return nil, err
		}
		if gone := indexGone.FindSubmatch(b); gone != nil {
			all = slices.DeleteFunc(all, func(i index) bool { return i.name == string(gone[1]) })
		}
		m := indexName.FindSubmatch(b)
		if m == nil {
			continue
		}
		for _, t := range tables {
			if t == string(m[2]) {
				all = append(all, index{string(m[1]), string(b[strings.Index(string(b), "CREATE INDEX"):])})
			}
		}
	}
	return all, nil
}
