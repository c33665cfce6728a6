package network

import (
	"bytes"
	"context"
	"database/sql"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/audit"
)

// FileState is how a file that was sent stands.
type FileState string

const (
	FileWaits    FileState = "waiting" // looked at, and not taken in
	FileTaken    FileState = "taken"
	FileReplaced FileState = "replaced" // another took its place under the same name
	FileBack     FileState = "back"     // taken back
)

// Bounds of a file that a page takes; the command takes larger ones.
const (
	MaxSent      = 2 << 20            // bytes
	MaxSentNodes = 4000               // organisations and persons
	MaxTitle     = 120                // characters of what it is called
	FileWaitsFor = 7 * 24 * time.Hour // until it goes by itself
)

// Filing is a file of a network that was sent.
type Filing struct {
	Region string
	ID     ident.ID
	Name   string // what it is called: taken in again under its name, it takes its own place
	File   string // the file's name
	Format Format
	State  FileState
	Taken  Taken
	Made   time.Time
	At     time.Time // when it was taken in; zero before

	content []byte
}

// Look is what is in a file: the network, and the rows that cannot be read.
func (f Filing) Look() (File, []*fault.Error, error) {
	return LookFile(bytes.NewReader(f.content), f.Format)
}

const (
	filingColumns  = `file_id, name, file, format, content, state, ties, organisations, persons, same, made_at, taken_at`
	insertFiling   = `INSERT INTO network_files (region_id, ` + filingColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, $8, 0)`
	takeFiling     = `UPDATE network_files SET content = $3, state = 'taken', ties = $4, organisations = $5, persons = $6, same = $7, taken_at = $8 WHERE region_id = $1 AND file_id = $2 AND state = 'waiting'`
	replaceFilings = `UPDATE network_files SET state = 'replaced' WHERE region_id = $1 AND name = $2 AND state = 'taken'`
	backFiling     = `UPDATE network_files SET state = 'back' WHERE region_id = $1 AND file_id = $2 AND state = 'taken'`
	dropFiling     = `DELETE FROM network_files WHERE region_id = $1 AND file_id = $2 AND state = 'waiting'`
	sweepFilings   = `DELETE FROM network_files WHERE region_id = $1 AND state = 'waiting' AND made_at <= $2`
	selectFiling   = `SELECT ` + filingColumns + ` FROM network_files WHERE region_id = $1 AND file_id = $2`
	selectFilings  = `SELECT ` + filingColumns + ` FROM network_files WHERE region_id = $1 AND file_id < $2 ORDER BY file_id DESC LIMIT $3`
)

func filings(region string, rows *sql.Rows, err error) (all []Filing, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		f := Filing{Region: region}
		var made, taken int64
		err := rows.Scan(&f.ID, &f.Name, &f.File, &f.Format, &f.content, &f.State, &f.Taken.Ties, &f.Taken.Organisations, &f.Taken.Persons, &f.Taken.Same, &made, &taken)
		f.Made, f.At = clock.FromMicros(made), clock.FromMicros(taken)
		all = append(all, f)
		return err
	})
	return all, err
}

// FilingOf reads one; a NotFound fault when there is none.
func FilingOf(ctx context.Context, from store.Source, region string, id ident.ID) (Filing, error) {
	rows, err := from.Query(ctx, selectFiling, region, int64(id))
	all, err := filings(region, rows, err)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "network.file.none")
	}
	if err != nil {
		return Filing{}, err
	}
	return all[0], nil
}

// Filings lists them, the latest first, from before one on (0 for the first page).
func Filings(ctx context.Context, from store.Source, region string, before ident.ID, limit int) ([]Filing, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	rows, err := from.Query(ctx, selectFilings, region, int64(before), limit)
	return filings(region, rows, err)
}

// Keep keeps a file that was sent, to be looked at: nothing of it is in the network yet.
func (s *Service) Keep(ctx context.Context, region, name, file string, content []byte) (Filing, error) {
	f := Filing{Region: region, ID: s.ids.New(), Name: OneLine(name), File: OneLine(file), State: FileWaits, Made: s.clock.Now(), content: content}
	if f.Name == "" {
		if f.Name = f.File; strings.LastIndexByte(f.Name, '.') > 0 {
			f.Name = f.Name[:strings.LastIndexByte(f.Name, '.')]
		}
	}
	var wrong fault.Many
	if n := utf8.RuneCountInString(f.Name); n > MaxTitle {
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").On("name").With("max", MaxTitle).With("now", n))
	} else if n == 0 {
		wrong = append(wrong, fault.New(fault.Invalid, "network.file.name").On("name"))
	}
	if n := utf8.RuneCountInString(f.File); n > MaxTitle {
		f.File = string([]rune(f.File)[:MaxTitle])
	}
	if f.Format = FormatOf(content[:min(len(content), 4096)]); f.Format == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "network.file.format").On("file"))
	} else if all, _, err := f.Look(); err != nil {
		wrong = append(wrong, fault.List(err)...)
	} else if len(all.Nodes) > MaxSentNodes {
		wrong = append(wrong, fault.New(fault.Invalid, "network.file.sent_many").On("file").With("max", MaxSentNodes))
	}
	if err := wrong.OrNil(); err != nil {
		return f, err
	}
	return f, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, insertFiling, region, int64(f.ID), f.Name, f.File, string(f.Format), f.content, string(f.State), clock.Micros(f.Made))
		return err
	})
}

// TakeKept takes a kept file in, and the file itself goes. organisation finds or begins one.
func (s *Service) TakeKept(ctx context.Context, region string, id ident.ID, organisation func(ctx context.Context, tx *store.Tx, name string) (ident.ID, error)) (Filing, error) {
	f, err := FilingOf(ctx, s.db, region, id)
	if err == nil && f.State != FileWaits {
		err = fault.New(fault.Conflict, "network.file.moved")
	}
	if err != nil {
		return f, err
	}
	all, _, err := f.Look()
	if err != nil {
		return f, err
	}
	if f.Taken, err = s.Take(ctx, region, f.Name, f.File, all, organisation); err != nil {
		return f, err
	}
	return f, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, replaceFilings, region, f.Name); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, takeFiling, region, int64(id), []byte{}, f.Taken.Ties, f.Taken.Organisations, f.Taken.Persons, f.Taken.Same, clock.Micros(s.clock.Now()))
		return err
	})
}

// BackKept takes everything back that a file brought in.
func (s *Service) BackKept(ctx context.Context, region string, id ident.ID) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Exec(ctx, backFiling, region, int64(id))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "network.file.moved")
		}
		if err != nil {
			return err
		}
		f, err := FilingOf(ctx, tx, region, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteFiled, region, string(Filed), int64(sourceOf(f.Name))); err != nil {
			return err
		}
		if err := audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), What: audit.ImportUndone, Facts: audit.Facts{From: f.Name, To: f.File}}); err != nil {
			return err
		}
		return Changed(ctx, tx, region)
	})
}

// DropKept lets a file go that waits.
func (s *Service) DropKept(ctx context.Context, region string, id ident.ID) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Exec(ctx, dropFiling, region, int64(id))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "network.file.moved")
		}
		return err
	})
}

// SweepFiles lets files go that nobody has taken in for long.
func (s *Service) SweepFiles(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, sweepFilings, region, clock.Micros(s.clock.Now().Add(-FileWaitsFor)))
		return err
	})
}
