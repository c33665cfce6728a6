package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/store"
)

// Write puts the whole store into w as one moment of it, while others write on.
// Memory is bounded by a part and the largest row. w is the caller's to close; a
// file cut short by an error here has no seal and is refused by every reader.
func Write(ctx context.Context, db *store.DB, w io.Writer, m Meta) error {
	zip := gzip.NewWriter(w)
	out := &writer{tar: tar.NewWriter(zip), sums: newSums(), meta: m}
	err := db.Snapshot(ctx, func(ctx context.Context, src store.Source) error { return out.store(ctx, db, src) })
	if err != nil {
		return err
	}
	if err := out.tar.Close(); err != nil {
		return unwritable(err)
	}
	if err := zip.Close(); err != nil {
		return unwritable(err)
	}
	return nil
}

// File writes an archive to path, reads it back, and only then gives it its
// name: path holds a whole archive or what it held before. An interrupted one
// leaves a file ending in .unfinished.
func File(ctx context.Context, db *store.DB, path string, m Meta) (Report, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.unfinished") // 0600: personal data
	if err != nil {
		return Report{}, unwritable(err)
	}
	done := false
	defer func() {
		if !done {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := Write(ctx, db, f, m); err != nil {
		return Report{}, err
	}
	if err := f.Sync(); err != nil {
		return Report{}, unwritable(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Report{}, unwritable(err)
	}
	r, err := Verify(ctx, f)
	if err != nil {
		return Report{}, err
	}
	if err := f.Close(); err != nil {
		return Report{}, unwritable(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return Report{}, unwritable(err)
	}
	done = true
	// The name too must survive a power cut.
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return Report{}, unwritable(err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return Report{}, unwritable(err)
	}
	return r, nil
}

func unwritable(err error) error {
	return fault.New(fault.Busy, "archive.unwritable").Because(err)
}

type writer struct {
	tar  *tar.Writer
	sums *sums
	meta Meta
}

func (w *writer) store(ctx context.Context, db *store.DB, src store.Source) error {
	steps, err := db.Applied(ctx, src)
	if err != nil {
		return err
	}
	tables, err := db.Tables(ctx, src)
	if err != nil {
		return err
	}
	h := head{Format: formatName, Version: formatVersion, Kokko: w.meta.Kokko, Engine: db.Engine, At: clock.Micros(w.meta.At), Steps: steps, Tables: []headTable{}, Stays: map[string]string{}}
	var order []string
	for _, t := range tables {
		if reason, stays := w.meta.Stays[t.Name]; stays {
			h.Stays[t.Name] = reason
			continue
		}
		h.Tables = append(h.Tables, headOf(t))
		order = append(order, quoted(t.Key, `"`, `", "`))
	}
	b, err := json.MarshalIndent(h, "", " ")
	if err != nil {
		return err
	}
	if err := w.entry(headName, b); err != nil {
		return err
	}
	s := seal{Tables: []sealTable{}}
	for i, t := range h.Tables {
		if err := w.table(ctx, src, t, order[i]); err != nil {
			return err
		}
		s.Tables = append(s.Tables, w.sums.close(t.Name))
	}
	s.Sum = w.sums.sum()
	if b, err = json.MarshalIndent(s, "", " "); err != nil {
		return err
	}
	return w.entry(sealName, b)
}

func headOf(t store.Table) headTable {
	out := headTable{Name: t.Name}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, headColumn{c.Name, c.Type, !c.NotNull})
	}
	return out
}

func (w *writer) table(ctx context.Context, src store.Source, t headTable, order string) error {
	cells, names := make([]any, len(t.Columns)), make([]string, len(t.Columns))
	for i, c := range t.Columns {
		var err error
		if cells[i], err = cell(c.Type); err != nil {
			return fault.New(fault.Internal, "archive.value").On(t.Name + "." + c.Name).Because(err)
		}
		names[i] = c.Name
	}
	query := "SELECT " + quoted(names, `"`, `", "`) + ` FROM "` + t.Name + `"`
	if order != "" { // parents of the same table come first by their rising ids
		query += " ORDER BY " + order
	}
	part, parts := &bytes.Buffer{}, 0
	flush := func() error {
		parts++
		err := w.entry(partName(t.Name, parts), part.Bytes())
		part.Reset()
		return err
	}
	rows, err := src.Query(ctx, query)
	err = store.Each(rows, err, func(r *sql.Rows) error {
		start := part.Len()
		err := r.Scan(cells...)
		part.WriteByte('[')
		for i := 0; i < len(cells) && err == nil; i++ {
			if i > 0 {
				part.WriteByte(',')
			}
			err = appendValue(part, t.Columns[i], cells[i])
		}
		if err != nil {
			return fault.New(fault.Internal, "archive.value").On(fmt.Sprintf("%s, row %d", t.Name, w.sums.rows+1)).Because(err)
		}
		part.WriteString("]\n")
		if part.Len() > partMost {
			return fault.New(fault.TooLarge, "archive.value").On(fmt.Sprintf("%s, row %d", t.Name, w.sums.rows+1))
		}
		w.sums.table.Write(part.Bytes()[start:])
		w.sums.rows++
		if part.Len() >= partSize {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if part.Len() > 0 {
		return flush()
	}
	return nil
}

func (w *writer) entry(name string, body []byte) error {
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(body)), ModTime: w.meta.At}); err != nil {
		return unwritable(err)
	}
	if _, err := w.tar.Write(body); err != nil {
		return unwritable(err)
	}
	w.sums.entry(name, body)
	return nil
}

// quoted joins names as quoted identifiers; none give "".
func quoted(names []string, quote, between string) string {
	if len(names) == 0 {
		return ""
	}
	return quote + strings.Join(names, between) + quote
}
