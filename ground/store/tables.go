package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Table is one table as the engine itself describes it.
type Table struct {
	Name    string
	Columns []Column   // as declared
	Key     []string   // primary key, in its order; nil when there is none
	Uniques [][]string // unique constraints and unique indexes but Key, sorted
	Indexes [][]string // other indexes, sorted
	Foreign []Foreign  // sorted by Columns
}

// Column is one column.
type Column struct {
	Name    string
	Type    Type
	NotNull bool
}

// Foreign is one foreign key: Columns point to Targets of Table.
type Foreign struct {
	Columns []string
	Table   string
	Targets []string
}

// Type is what a column holds, in a word both engines share.
type Type string

const (
	Text  Type = "text"
	Int   Type = "int" // 64 bits
	Bool  Type = "bool"
	JSON  Type = "json"
	Bytes Type = "bytes"
	Real  Type = "real" // 64 bits
)

// typeOf reads a declared type. A type no migration should use stays as it is
// written, so that the SQL rules and the archive can name it.
func typeOf(declared string) Type {
	switch strings.ToUpper(declared) {
	case "TEXT":
		return Text
	case "BIGINT", "INT8":
		return Int
	case "BOOLEAN", "BOOL":
		return Bool
	case "JSONB", "JSON_TEXT":
		return JSON
	case "BYTEA", "BLOB":
		return Bytes
	case "DOUBLE PRECISION", "FLOAT8":
		return Real
	}
	return Type(declared)
}

// Tables is every table of the live store but goose's own, each after the tables
// its foreign keys point to, names deciding where that leaves a choice. src is
// the DB, a Tx or a Snapshot of a store of this dialect. A circle of foreign keys
// is an error, since its rows could be loaded in no order.
func (d Dialect) Tables(ctx context.Context, src Source) ([]Table, error) {
	byName := map[string]*Table{}
	read := sqliteTables
	if d.Engine == Postgres {
		read = postgresTables
	}
	if err := read(ctx, src, byName); err != nil {
		return nil, err
	}
	for _, t := range byName {
		slices.SortFunc(t.Uniques, slices.Compare)
		slices.SortFunc(t.Indexes, slices.Compare)
		slices.SortFunc(t.Foreign, func(a, b Foreign) int { return slices.Compare(a.Columns, b.Columns) })
	}
	return parentsFirst(byName)
}

func parentsFirst(byName map[string]*Table) ([]Table, error) {
	var out []Table
	placed := map[string]bool{}
	for len(out) < len(byName) {
		var free []string
		for name, t := range byName {
			ready := !placed[name]
			for _, f := range t.Foreign {
				ready = ready && placed[f.Table]
			}
			if ready {
				free = append(free, name)
			}
		}
		if len(free) == 0 {
			return nil, errors.New("store: foreign keys in a circle")
		}
		slices.Sort(free)
		for _, name := range free {
			out = append(out, *byName[name])
			placed[name] = true
		}
	}
	return out, nil
}

// goose's tables have no place among ours.
func ours(table string) bool {
	return table != versionTable && table != versionTable+"_lock"
}

const sqliteColumns = `
SELECT m.name, c.name, c.type, c."notnull", c.pk
FROM sqlite_master m JOIN pragma_table_info(m.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND m.name NOT IN (SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow'))
ORDER BY m.name, c.cid`

const sqliteIndexes = `
SELECT m.name, l.name, l."unique", l.origin, c.name
FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) c
WHERE m.type = 'table' AND m.name NOT IN (SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow')) AND l.origin <> 'pk'
ORDER BY m.name, l.name, c.seqno`

const sqliteForeign = `
SELECT m.name, f.id, f."table", f."from", COALESCE(f."to", '')
FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
WHERE m.type = 'table' AND m.name NOT IN (SELECT name FROM pragma_table_list WHERE type IN ('virtual', 'shadow'))
ORDER BY m.name, f.id, f.seq`

const sqliteVirtual = `SELECT name FROM pragma_table_list WHERE type = 'virtual' AND schema = 'main' ORDER BY name`

// virtual names the tables that stand for an index of keys. They hold nothing of their
// own, and are none of Tables.
func (tx *Tx) virtual(ctx context.Context) ([]string, error) {
	if tx.Engine == Postgres {
		return nil, nil
	}
	return Values[string](tx.Query(ctx, sqliteVirtual))
}

func sqliteTables(ctx context.Context, src Source, byName map[string]*Table) error {
	key := map[string]map[int64]string{}
	rows, err := src.Query(ctx, sqliteColumns)
	err = Each(rows, err, func(r *sql.Rows) error {
		var table, declared string
		var c Column
		var pk int64
		if err := r.Scan(&table, &c.Name, &declared, &c.NotNull, &pk); err != nil || !ours(table) {
			return err
		}
		t := byName[table]
		if t == nil {
			t = &Table{Name: table}
			byName[table], key[table] = t, map[int64]string{}
		}
		c.Type = typeOf(declared)
		t.Columns = append(t.Columns, c)
		if pk > 0 {
			key[table][pk] = c.Name
		}
		return nil
	})
	if err != nil {
		return err
	}
	for name, t := range byName {
		for i := int64(1); i <= int64(len(key[name])); i++ {
			t.Key = append(t.Key, key[name][i])
		}
	}
	last := ""
	rows, err = src.Query(ctx, sqliteIndexes)
	err = Each(rows, err, func(r *sql.Rows) error {
		var table, index, origin, column string
		var unique bool
		if err := r.Scan(&table, &index, &unique, &origin, &column); err != nil || !ours(table) {
			return err
		}
		addIndex(byName[table], unique, last != table+"/"+index, column)
		last = table + "/" + index
		return nil
	})
	if err != nil {
		return err
	}
	last = ""
	rows, err = src.Query(ctx, sqliteForeign)
	return Each(rows, err, func(r *sql.Rows) error {
		var table, target, from, to string
		var id int64
		if err := r.Scan(&table, &id, &target, &from, &to); err != nil || !ours(table) {
			return err
		}
		at := fmt.Sprintf("%s/%d", table, id)
		addForeign(byName[table], target, last != at, from, to)
		last = at
		return nil
	})
}

const postgresColumns = `
SELECT t.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid
WHERE n.nspname = current_schema() AND t.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY t.relname, a.attnum`

const postgresIndexes = `
SELECT t.relname, i.relname, x.indisunique, x.indisprimary, a.attname
FROM pg_index x
JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_class i ON i.oid = x.indexrelid
CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY k (attnum, place)
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
WHERE n.nspname = current_schema()
ORDER BY t.relname, i.relname, k.place`

const postgresForeign = `
SELECT t.relname, c.conname, f.relname, a.attname, b.attname
FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_class f ON f.oid = c.confrelid
CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY k (mine, theirs, place)
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.mine
JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = k.theirs
WHERE n.nspname = current_schema() AND c.contype = 'f'
ORDER BY t.relname, c.conname, k.place`

func postgresTables(ctx context.Context, src Source, byName map[string]*Table) error {
	rows, err := src.Query(ctx, postgresColumns)
	err = Each(rows, err, func(r *sql.Rows) error {
		var table, declared string
		var c Column
		if err := r.Scan(&table, &c.Name, &declared, &c.NotNull); err != nil || !ours(table) {
			return err
		}
		if byName[table] == nil {
			byName[table] = &Table{Name: table}
		}
		c.Type = typeOf(declared)
		byName[table].Columns = append(byName[table].Columns, c)
		return nil
	})
	if err != nil {
		return err
	}
	last := ""
	rows, err = src.Query(ctx, postgresIndexes)
	err = Each(rows, err, func(r *sql.Rows) error {
		var table, index, column string
		var unique, primary bool
		if err := r.Scan(&table, &index, &unique, &primary, &column); err != nil || !ours(table) {
			return err
		}
		if t := byName[table]; primary {
			t.Key = append(t.Key, column)
		} else {
			addIndex(t, unique, last != table+"/"+index, column)
		}
		last = table + "/" + index
		return nil
	})
	if err != nil {
		return err
	}
	last = ""
	rows, err = src.Query(ctx, postgresForeign)
	return Each(rows, err, func(r *sql.Rows) error {
		var table, name, target, from, to string
		if err := r.Scan(&table, &name, &target, &from, &to); err != nil || !ours(table) {
			return err
		}
		addForeign(byName[table], target, last != table+"/"+name, from, to)
		last = table + "/" + name
		return nil
	})
}

// addIndex and addForeign put one more column to what they read last, or begin anew.
func addIndex(t *Table, unique, begins bool, column string) {
	list := &t.Indexes
	if unique {
		list = &t.Uniques
	}
	if begins {
		*list = append(*list, nil)
	}
	(*list)[len(*list)-1] = append((*list)[len(*list)-1], column)
}

func addForeign(t *Table, target string, begins bool, from, to string) {
	if begins {
		t.Foreign = append(t.Foreign, Foreign{Table: target})
	}
	f := &t.Foreign[len(t.Foreign)-1]
	f.Columns = append(f.Columns, from)
	f.Targets = append(f.Targets, to)
}
