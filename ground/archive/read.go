package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/store"
)

// Verify reads a whole archive and tells what it holds. Faults: archive.foreign
// for what is no archive, archive.newer for a later format, archive.truncated,
// archive.damaged, archive.unreadable when r itself fails.
func Verify(ctx context.Context, r io.Reader) (Report, error) {
	h, s, err := walk(ctx, r, visitor{})
	if err != nil {
		return Report{}, err
	}
	return report(h, s), nil
}

// Read loads an archive into db, which must be empty: not migrated, or migrated
// and never written to. The archive is read twice: once to find it whole before
// anything is touched, once to load it in one transaction. The store is then
// brought to the newest step of schema.
//
// When it fails, nothing was changed: also the tables it made are gone again. The
// one exception is a step that fails after the load (store.migration): the data
// is there, and the next start tries the step again. A process that is killed
// leaves empty tables at most, which a next Read takes.
//
// Refused besides Verify's faults: store.served while a server was seen within
// store.PresenceLasts or holds SQLite's lock, store.not_empty, archive.newer when
// the archive has schema steps this program does not know, archive.store_ahead
// when the empty store has steps the archive was not written under.
func Read(ctx context.Context, db *store.DB, c clock.Clock, schema fs.FS, r io.ReadSeeker) (Report, error) {
	release, err := db.Alone()
	if err != nil {
		return Report{}, err
	}
	defer release()
	h, sealed, err := walk(ctx, r, visitor{})
	if err != nil {
		return Report{}, err
	}
	if err := fits(h, schema); err != nil {
		return Report{}, err
	}
	fresh, err := vacant(ctx, db, c, h)
	if err != nil {
		return Report{}, err
	}
	err = db.MigrateSteps(ctx, schema, h.Steps)
	if err == nil {
		err = load(ctx, db, c, r, sealed)
	}
	if err != nil {
		// Tables a server has come to meanwhile are no longer ours to take away.
		if e, ok := errors.AsType[*fault.Error](err); fresh && !(ok && e.Key == "store.served") {
			err = errors.Join(err, db.Unmigrate(context.WithoutCancel(ctx), idle()...))
		}
		return Report{}, err
	}
	return report(h, sealed), db.Migrate(ctx, schema, 0)
}

// idle is the ground's own tables a store may have rows in and still be empty:
// those of processes that came and went.
func idle() []string { return []string{"servers", "job_leader"} }

func fits(h head, schema fs.FS) error {
	known, err := store.Steps(schema)
	if err != nil {
		return err
	}
	for _, step := range h.Steps {
		if !slices.Contains(known, step) {
			return fault.New(fault.Conflict, "archive.newer").With("kokko", h.Kokko).Because(fmt.Errorf("schema step %d is not known here", step))
		}
	}
	return nil
}

// vacant tells that db can take the archive, and whether it had no table at all.
func vacant(ctx context.Context, db *store.DB, c clock.Clock, h head) (fresh bool, err error) {
	applied, err := db.Applied(ctx, db)
	if err != nil {
		return false, err
	}
	tables, err := db.Tables(ctx, db)
	if err != nil {
		return false, err
	}
	if len(applied) == 0 && len(tables) > 0 {
		return false, fault.New(fault.Conflict, "store.not_empty").With("table", tables[0].Name)
	}
	if slices.ContainsFunc(tables, func(t store.Table) bool { return t.Name == "servers" }) {
		if err := unserved(ctx, db, c); err != nil { // before any word of what is there
			return false, err
		}
	}
	for _, t := range tables {
		if slices.Contains(idle(), t.Name) {
			continue
		}
		if err := store.Empty(ctx, db, t.Name); err != nil {
			return false, err
		}
	}
	for _, step := range applied {
		if !slices.Contains(h.Steps, step) {
			return false, fault.New(fault.Conflict, "archive.store_ahead").Because(fmt.Errorf("the store has step %d", step))
		}
	}
	return len(tables) == 0, nil
}

func unserved(ctx context.Context, src store.Source, c clock.Clock) error {
	servers, err := store.Served(ctx, c, src)
	if err != nil {
		return err
	}
	if len(servers) > 0 {
		return fault.New(fault.Conflict, "store.served").Because(fmt.Errorf("seen: %s", strings.Join(servers, ", ")))
	}
	return nil
}

// load puts every row into db in one transaction, and nothing when the file is
// no longer what it was when it was verified.
func load(ctx context.Context, db *store.DB, c clock.Clock, r io.ReadSeeker, want seal) error {
	return db.Tx(store.Apart(ctx), func(ctx context.Context, tx *store.Tx) error {
		into := &loader{tx: tx}
		_, got, err := walk(ctx, r, visitor{head: into.head, row: into.row, end: into.flush})
		if err != nil {
			return err
		}
		if got.Sum != want.Sum {
			return damaged("", "the file changed while it was read")
		}
		// A server that came meanwhile may have written what we do not know of.
		if !into.serves {
			return nil
		}
		return unserved(ctx, tx, c)
	})
}

// rowsAtOnce, argsMost and partSize bound one INSERT; SQLite takes 32,766 arguments.
const (
	rowsAtOnce = 100
	argsMost   = 30000
)

type loader struct {
	tx     *store.Tx
	serves bool
	table  headTable
	args   []any
	rows   int
	size   int // bytes of text and bytes in args
}

// head finds that every table of the archive is there with the same columns, and
// that no table is there whose rows the archive neither has nor names as staying.
func (l *loader) head(ctx context.Context, h head) error {
	live, err := l.tx.Tables(ctx, l.tx)
	if err != nil {
		return err
	}
	there := map[string]headTable{}
	for _, t := range live {
		there[t.Name] = headOf(t)
		l.serves = l.serves || t.Name == "servers"
	}
	for _, t := range h.Tables {
		mine, ok := there[t.Name]
		if !ok || !sameColumns(mine.Columns, t.Columns) {
			return unlike(t.Name)
		}
		delete(there, t.Name)
	}
	for name := range there {
		if _, stays := h.Stays[name]; !stays {
			return unlike(name)
		}
	}
	return nil
}

func unlike(table string) error {
	return fault.New(fault.Invalid, "archive.unlike").On(table).Because(errors.New("the table is not as the archive's steps make it"))
}

func sameColumns(a, b []headColumn) bool {
	byName := func(x, y headColumn) int { return strings.Compare(x.Name, y.Name) }
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, byName)
	slices.SortFunc(b, byName)
	return slices.Equal(a, b)
}

func (l *loader) row(ctx context.Context, t headTable, values []any) error {
	if l.table.Name != t.Name {
		if err := l.flush(ctx); err != nil {
			return err
		}
		l.table = t
	}
	l.args = append(l.args, values...)
	for _, v := range values {
		switch v := v.(type) {
		case string:
			l.size += len(v)
		case []byte:
			l.size += len(v)
		}
	}
	if l.rows++; l.rows == rowsAtOnce || len(l.args)+len(t.Columns) > argsMost || l.size > partSize {
		return l.flush(ctx)
	}
	return nil
}

func (l *loader) flush(ctx context.Context) error {
	if l.rows == 0 {
		return nil
	}
	var q strings.Builder
	names := make([]string, len(l.table.Columns))
	for i, c := range l.table.Columns {
		names[i] = c.Name
	}
	fmt.Fprintf(&q, `INSERT INTO "%s" (%s) VALUES`, l.table.Name, quoted(names, `"`, `", "`))
	for at := range l.args {
		switch {
		case at == 0:
			q.WriteString(" (")
		case at%len(names) == 0:
			q.WriteString("), (")
		default:
			q.WriteString(", ")
		}
		fmt.Fprintf(&q, "$%d", at+1)
	}
	q.WriteString(")")
	_, err := l.tx.Exec(ctx, q.String(), l.args...)
	clear(l.args) // lets the texts go
	l.args, l.rows, l.size = l.args[:0], 0, 0
	if err != nil {
		return fmt.Errorf("load %s: %w", l.table.Name, err)
	}
	return nil
}

// visitor is what a walk calls; nil parts are left out.
type visitor struct {
	head func(context.Context, head) error
	row  func(ctx context.Context, t headTable, values []any) error
	end  func(context.Context) error
}

// walk reads an archive from its first byte to its last, and gives head and seal
// when all of it is whole. Memory is bounded by one part.
func walk(ctx context.Context, r io.Reader, v visitor) (head, seal, error) {
	if s, ok := r.(io.Seeker); ok {
		if _, err := s.Seek(0, io.SeekStart); err != nil {
			return head{}, seal{}, fault.New(fault.Busy, "archive.unreadable").Because(err)
		}
	}
	source := &source{r: r}
	w := &walker{visitor: v, sums: newSums()}
	err := w.walk(ctx, bufio.NewReaderSize(source, 64<<10))
	switch _, known := errors.AsType[*fault.Error](err); {
	case err == nil:
		return w.h, w.s, nil
	case ctx.Err() != nil:
		return head{}, seal{}, ctx.Err()
	case source.err != nil:
		return head{}, seal{}, fault.New(fault.Busy, "archive.unreadable").Because(source.err)
	case errors.Is(err, errFile) && w.packed && errors.Is(err, io.ErrUnexpectedEOF):
		return head{}, seal{}, fault.New(fault.Invalid, "archive.truncated").Because(err)
	case errors.Is(err, errFile) && w.h.Format == "":
		return head{}, seal{}, fault.New(fault.Invalid, "archive.foreign").Because(err)
	case errors.Is(err, errFile) && !known:
		return head{}, seal{}, damaged("", "%w", err)
	}
	return head{}, seal{}, err
}

// errFile marks what is wrong with the file, against what is wrong with a store.
var errFile = errors.New("archive")

func wrong(err error) error {
	if errors.Is(err, io.EOF) { // the end where there should have been more
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: %w", errFile, err)
}

// source keeps the reader's own failure apart from the file's.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

type walker struct {
	visitor
	sums   *sums
	packed bool // gzip's head was there
	h      head
	s      seal

	table int         // which of h.Tables comes now
	part  int         // the last part of it
	done  []sealTable // what was counted
}

func (w *walker) walk(ctx context.Context, r *bufio.Reader) error {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return wrong(err)
	}
	w.packed = true
	zip.Multistream(false) // what follows the archive is not looked for, but refused
	files := tar.NewReader(zip)
	for sealed := false; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		entry, err := files.Next()
		if errors.Is(err, io.EOF) && sealed {
			break
		}
		if err != nil {
			return wrong(err)
		}
		if sealed {
			return wrong(errors.New("something after the seal"))
		}
		most := int64(partMost)
		if w.h.Format == "" || entry.Name == sealName {
			most = headMost
		}
		if entry.Typeflag != tar.TypeReg || entry.Size > most {
			return wrong(fmt.Errorf("entry %q of %d bytes", entry.Name, entry.Size))
		}
		// Grows with what is there, not with what the entry claims.
		body, err := io.ReadAll(io.LimitReader(files, most+1))
		if err != nil {
			return wrong(err)
		}
		switch {
		case w.h.Format == "":
			err = w.readHead(ctx, entry.Name, body)
		case entry.Name == sealName:
			sealed = true
			err = w.readSeal(body)
		default:
			err = w.readPart(ctx, entry.Name, body)
		}
		if err != nil {
			return err
		}
	}
	// The rest of the stream holds gzip's own checksum; a little padding of tar's.
	if n, err := io.Copy(io.Discard, io.LimitReader(zip, 1<<20)); err != nil || n == 1<<20 {
		return wrong(errors.Join(err, errors.New("no end")))
	}
	if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
		return wrong(errors.Join(err, errors.New("something after the archive")))
	}
	if w.end != nil {
		return w.end(ctx)
	}
	return nil
}

func (w *walker) readHead(ctx context.Context, name string, body []byte) error {
	var h head
	if name != headName {
		return wrong(fmt.Errorf("it begins with %q", name))
	}
	if err := json.Unmarshal(body, &h); err != nil {
		return wrong(err)
	}
	if h.Format != formatName || h.Version < 1 {
		return wrong(fmt.Errorf("format %q, version %d", h.Format, h.Version))
	}
	if h.Version > formatVersion {
		return fault.New(fault.Conflict, "archive.newer").With("kokko", h.Kokko)
	}
	seen := map[string]bool{}
	for _, t := range h.Tables {
		if !plain(t.Name) || seen[t.Name] || len(t.Columns) == 0 {
			return wrong(fmt.Errorf("table %q", t.Name))
		}
		seen[t.Name] = true
		columns := map[string]bool{}
		for _, c := range t.Columns {
			if _, err := cell(c.Type); err != nil || !plain(c.Name) || columns[c.Name] {
				return wrong(fmt.Errorf("column %q of %q", c.Name, t.Name))
			}
			columns[c.Name] = true
		}
	}
	w.h = h
	w.sums.entry(name, body)
	if w.head != nil {
		return w.head(ctx, h)
	}
	return nil
}

// plain is a name a table or column of ours can have; it goes into SQL.
func plain(name string) bool {
	for _, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return name != "" && len(name) < 64
}

func (w *walker) readPart(ctx context.Context, name string, body []byte) error {
	for w.table < len(w.h.Tables) && name != partName(w.h.Tables[w.table].Name, w.part+1) {
		w.close()
	}
	if w.table == len(w.h.Tables) {
		return damaged(name, "%w: a part out of its place", errFile)
	}
	w.part++
	w.sums.entry(name, body)
	if len(body) == 0 || body[len(body)-1] != '\n' {
		return damaged(name, "%w: a line without its end", errFile)
	}
	t := w.h.Tables[w.table]
	for line := range bytes.Lines(body) {
		w.sums.table.Write(line)
		w.sums.rows++
		values, err := row(line, t.Columns)
		if err != nil {
			return damaged(fmt.Sprintf("%s, row %d", t.Name, w.sums.rows), "%w: %w", errFile, err)
		}
		if w.row != nil {
			if err := w.row(ctx, t, values); err != nil {
				return err
			}
		}
	}
	return nil
}

// close ends the table that came now.
func (w *walker) close() {
	w.done = append(w.done, w.sums.close(w.h.Tables[w.table].Name))
	w.table++
	w.part = 0
}

func (w *walker) readSeal(body []byte) error {
	for w.table < len(w.h.Tables) {
		w.close()
	}
	if err := json.Unmarshal(body, &w.s); err != nil {
		return wrong(err)
	}
	if w.s.Sum != w.sums.sum() || !slices.Equal(w.s.Tables, w.done) {
		return damaged(sealName, "%w: the content is not what was sealed", errFile)
	}
	return nil
}
