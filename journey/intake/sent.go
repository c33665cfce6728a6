package intake

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/ground/clock"
	"kokko/ground/delimited"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/audit"
)

// A file that the office sends from its page is kept in the store until it has been
// taken in: it is looked at, tried, and then taken in, each behind the page, and
// whichever process has the time goes on with it.

// MaxSent bounds a file that is sent, in bytes; larger ones go by the console.
const MaxSent = 20 << 20

// SentKept is how long a file that was sent waits for somebody to have it taken in.
const SentKept = 14 * 24 * time.Hour

// partBytes is how much of a file one row of the store holds.
const partBytes = 256 << 10

// MaxFileName bounds the name of a file, in characters.
const MaxFileName = 200

// The states of a file that was sent, before and after it is taken in.
const (
	Looked  State = "looked"  // its headings are known, and not yet all that must be there
	Trying  State = "trying"  // it is being read without keeping anything
	Tried   State = "tried"   // what would come of it is known
	Unread  State = "unread"  // it could not be read to its end, and nothing of it was taken
	Undoing State = "undoing" // it is being taken back
)

// Working tells that something is being done with an import just now.
func (s State) Working() bool { return s == Trying || s == Running || s == Undoing }

// Waiting tells that a file waits for the office to say how it goes on.
func (s State) Waiting() bool { return s == Looked || s == Tried || s == Unread }

// Undoable tells that there is something to take back.
func (s State) Undoable() bool { return s == Done || s == Failed }

// workArgs is one import that has something to be done.
type workArgs struct {
	Region string   `json:"region"`
	Import ident.ID `json:"import"`
}

// work is whatever the state of an import calls for.
var work = jobs.Kind[workArgs]{Name: "intake.work"}

// workTries is how often a file is taken up again: it goes on where it was.
const workTries = 8

// Ground is what rows are measured against: the programme in force and its words.
type Ground func(ctx context.Context, region string) (spark.Programme, Words, error)

// Bind has the runner work on files that were sent.
func (s *Service) Bind(r *jobs.Runner, ground Ground) {
	jobs.Handle(r, work, func(ctx context.Context, job jobs.Job[workArgs]) error {
		return s.work(ctx, job.Args.Region, job.Args.Import, ground)
	})
}

func enqueue(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	return work.Enqueue(ctx, tx, workArgs{region, id}, jobs.Bulk(), jobs.MaxTries(workTries))
}

// Sent is a file as it came from the office's page.
type Sent struct {
	Region   string
	Kind     Kind
	Source   string // what the list is called; "" for the file's name
	Language string // of rows that do not say: fi, sv or en
	Name     string
	File     io.ReaderAt
	Bytes    int64
}

// check cleans what was said of a file and finds every mistake in it.
func (f *Sent) check() error {
	var wrong fault.Many
	if f.Kind != Sparks && f.Kind != Projects {
		wrong = append(wrong, fault.New(fault.Invalid, "intake.kind").On("kind"))
	}
	f.Name = spark.CleanLine(f.Name[strings.LastIndexAny(f.Name, `/\`)+1:])
	for utf8.RuneCountInString(f.Name) > MaxFileName {
		_, cut := utf8.DecodeLastRuneInString(f.Name)
		f.Name = f.Name[:len(f.Name)-cut]
	}
	if f.Source = spark.CleanLine(f.Source); f.Source == "" {
		f.Source = spark.CleanLine(strings.TrimSuffix(f.Name, path.Ext(f.Name)))
	}
	if n := utf8.RuneCountInString(f.Source); n > spark.MaxKey {
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").On("source").With("max", spark.MaxKey).With("now", n))
	} else if n == 0 {
		wrong = append(wrong, fault.New(fault.Invalid, "intake.missing").On("source"))
	}
	if _, ok := i18n.ParseLanguage(f.Language); !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("language"))
	}
	if f.Bytes > MaxSent {
		wrong = append(wrong, fault.New(fault.Invalid, "attachment.bytes").On("file").With("max", MaxSent>>20))
	}
	return wrong.OrNil()
}

// readable refuses what is no text, by its content: a workbook is what people send
// most, and it is told how to make a table of it.
func (f *Sent) readable(form delimited.Form) error {
	head := make([]byte, min(f.Bytes, 4<<10))
	if _, err := f.File.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	}
	for _, mark := range []string{"PK\x03\x04", "\xD0\xCF\x11\xE0"} { // Excel and LibreOffice, new and old
		if bytes.HasPrefix(head, []byte(mark)) {
			return fault.New(fault.Invalid, "intake.workbook").On("file")
		}
	}
	wide := form.Encoding == delimited.UTF16LE || form.Encoding == delimited.UTF16BE
	if bytes.HasPrefix(head, []byte("%PDF-")) || !wide && bytes.IndexByte(head, 0) >= 0 {
		return fault.New(fault.Invalid, "intake.empty").On("file")
	}
	return nil
}

// Send keeps a file and finds out what its columns are. When all that must be there
// is, it is tried at once.
func (s *Service) Send(ctx context.Context, f Sent) (Run, error) {
	if err := f.check(); err != nil {
		return Run{}, err
	}
	form, digest, headings, err := Look(func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(f.File, 0, f.Bytes)), nil
	})
	if err != nil {
		return Run{}, err
	}
	if err := f.readable(form); err != nil {
		return Run{}, err
	}
	columns, lacking, _ := Guess(f.Kind, headings, nil)
	run := Run{Region: f.Region, ID: s.ids.New(), How: Plan{Kind: f.Kind, Source: f.Source, Columns: columns, Form: form}, File: f.Name, Digest: digest, State: Trying, Bytes: form.Bytes, Begun: s.clock.Now()}
	if f.Kind == Sparks {
		run.How.Language = f.Language
	}
	if len(lacking) > 0 {
		run.State = Looked
	}
	return run, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := insertOne(ctx, tx, run); err != nil {
			return err
		}
		piece := make([]byte, partBytes)
		for at, n := int64(0), 0; at < f.Bytes; n++ {
			got, err := f.File.ReadAt(piece[:min(partBytes, f.Bytes-at)], at)
			if got == 0 && err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, insertPart, f.Region, int64(run.ID), n, piece[:got]); err != nil {
				return err
			}
			at += int64(got)
		}
		if run.State != Trying {
			return nil
		}
		return enqueue(ctx, tx, f.Region, run.ID)
	})
}

// Headings are those of a file that was sent.
func (s *Service) Headings(ctx context.Context, run Run) ([]string, error) {
	in, err := s.open(ctx, run)()
	if err != nil {
		return nil, err
	}
	r, err := delimited.NewReader(in, run.How.Form)
	if err != nil {
		return nil, fault.New(fault.NotFound, "intake.gone").Because(err)
	}
	return r.Headings, nil
}

// Choose tries a file again with other columns: the headings by their fields, ""
// for a field that no column is. Errors are Invalid, on the fields that lack.
func (s *Service) Choose(ctx context.Context, region string, id ident.ID, said Map) error {
	run, err := ByID(ctx, s.db, region, id)
	if err != nil {
		return err
	}
	if !run.State.Waiting() {
		return fault.New(fault.Conflict, "intake.moved_on")
	}
	headings, err := s.Headings(ctx, run)
	if err != nil {
		return err
	}
	var wrong fault.Many
	columns, lacking, unknown := Guess(run.How.Kind, headings, said)
	for _, field := range lacking {
		wrong = append(wrong, fault.New(fault.Invalid, "intake.lacks").On(field))
	}
	if len(unknown) > 0 {
		wrong = append(wrong, fault.New(fault.Invalid, "page.form"))
	}
	if err := wrong.OrNil(); err != nil {
		return err
	}
	next := run
	next.How.Columns, next.State, next.Count, next.Line, next.Byte, next.Ended = columns, Trying, Count{}, 0, 0, time.Time{}
	return s.move(ctx, run.State, next, func(ctx context.Context, tx *store.Tx) error {
		return enqueue(ctx, tx, region, id)
	})
}

// Begin has a file that was tried taken in.
func (s *Service) Begin(ctx context.Context, region string, id ident.ID) error {
	run, err := ByID(ctx, s.db, region, id)
	if err != nil {
		return err
	}
	if run.State != Tried {
		return fault.New(fault.Conflict, "intake.moved_on")
	}
	next := run
	next.State, next.Count, next.Line, next.Byte, next.Begun, next.Ended = Running, Count{}, 0, 0, s.clock.Now(), time.Time{}
	return s.move(ctx, Tried, next, func(ctx context.Context, tx *store.Tx) error {
		if err := s.note(ctx, tx, run, audit.Imported); err != nil {
			return err
		}
		return enqueue(ctx, tx, region, id)
	})
}

// Drop lets go of a file that waits, and of all that is known of it.
func (s *Service) Drop(ctx context.Context, region string, id ident.ID) error {
	run, err := ByID(ctx, s.db, region, id)
	if err != nil {
		return err
	}
	if !run.State.Waiting() {
		return fault.New(fault.Conflict, "intake.moved_on")
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		next := run
		next.State = Unread
		if err := change(ctx, tx, run.State, next); err != nil {
			return err
		}
		return s.forget(ctx, tx, run)
	})
}

// TakeBack has an import undone behind the page.
func (s *Service) TakeBack(ctx context.Context, region string, id ident.ID) error {
	run, err := ByID(ctx, s.db, region, id)
	if err != nil {
		return err
	}
	if !run.State.Undoable() {
		return fault.New(fault.Conflict, "intake.moved_on")
	}
	next := run
	next.State = Undoing
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := change(ctx, tx, run.State, next); err != nil {
			return err
		}
		if err := s.note(ctx, tx, run, audit.ImportUndone); err != nil {
			return err
		}
		return enqueue(ctx, tx, region, id)
	})
}

// move brings an import to its next state, when it is still in the one it was seen
// in; what was refused of it before is told no more.
func (s *Service) move(ctx context.Context, from State, next Run, then func(ctx context.Context, tx *store.Tx) error) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := change(ctx, tx, from, next); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteFaults, next.Region, int64(next.ID)); err != nil {
			return err
		}
		return then(ctx, tx)
	})
}

// change writes how an import stands, when it is still in the state it was seen in.
func change(ctx context.Context, tx *store.Tx, from State, r Run) error {
	how, err := json.Marshal(r.How)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, changeRun, r.Region, int64(r.ID), string(from), string(r.State), string(how), r.Line, r.Byte, r.Added, r.Changed, r.Same, r.Kept, r.Rejected, clock.Micros(r.Begun), clock.Micros(r.Ended))
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "intake.moved_on")
	}
	return err
}

// work does what the state of an import calls for; nothing, when it has been done.
func (s *Service) work(ctx context.Context, region string, id ident.ID, ground Ground) error {
	run, err := ByID(ctx, s.db, region, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || !run.State.Working() {
		return err
	}
	if run.State == Undoing {
		_, _, err := s.Undo(ctx, region, id)
		return err
	}
	p, words, err := ground(ctx, region)
	if err != nil {
		return err
	}
	o := Order{Region: region, Plan: run.How, File: run.File, Digest: run.Digest, Open: s.open(ctx, run), Programme: p, Words: words}
	if run.State == Trying {
		return s.try(ctx, run, o)
	}
	o.Run = id
	_, err = s.Take(ctx, o)
	if fault.Is(err, fault.Invalid) { // the file cannot be read on, and the import says so
		return nil
	}
	return err
}

// try reads a file without keeping anything of it, and keeps what would come of it.
func (s *Service) try(ctx context.Context, run Run, o Order) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var faults []Fault
	o.Trial = true
	o.Rejected = func(f Fault) {
		if len(faults) < MaxFaults {
			faults = append(faults, f)
		}
	}
	shown := run
	o.Progress = func(now Run) {
		if now.Byte-shown.Byte < shown.Bytes/50 { // the page is not looked at more often
			return
		}
		shown.Line, shown.Byte, shown.Count = now.Line, now.Byte, now.Count
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return change(ctx, tx, Trying, shown) }); err != nil {
			stop(err)
		}
	}
	came, err := s.Take(ctx, o)
	next := run
	next.State, next.Line, next.Byte, next.Count, next.Ended = Tried, came.Line, came.Byte, came.Count, s.clock.Now()
	switch {
	case fault.Is(err, fault.Invalid):
		next.State = Unread
	case err != nil && fault.Is(context.Cause(ctx), fault.Conflict): // somebody let go of it
		return nil
	case err != nil:
		return err
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := change(ctx, tx, Trying, next); err != nil {
			return err
		}
		for _, f := range faults {
			if _, err := tx.Exec(ctx, insertFault, run.Region, int64(run.ID), f.Line, f.Field, f.Reason, f.Most); err != nil {
				return err
			}
		}
		return nil
	})
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// Sweep lets go of files that nobody had taken in in time. One whose taking in never
// came to its end has ended.
func (s *Service) Sweep(ctx context.Context, region string) error {
	var old store.Ints
	rows, err := s.db.Query(ctx, selectOldSent, region, clock.Micros(s.clock.Now().Add(-SentKept)))
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		old = append(old, id)
		return err
	}); err != nil {
		return err
	}
	var all error
	for _, id := range old {
		all = errors.Join(all, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			run, err := ByID(ctx, tx, region, ident.ID(id))
			if err != nil {
				return err
			}
			if run.State != Running {
				return s.forget(ctx, tx, run)
			}
			next := run
			next.State, next.Ended = Failed, s.clock.Now()
			if err := change(ctx, tx, Running, next); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, deleteParts, region, id)
			return err
		}))
	}
	return all
}

// forget deletes an import of which nothing was taken.
func (s *Service) forget(ctx context.Context, tx *store.Tx, run Run) error {
	for _, statement := range []string{deleteParts, deleteFaults, deleteRun} {
		if _, err := tx.Exec(ctx, statement, run.Region, int64(run.ID)); err != nil {
			return err
		}
	}
	return nil
}

// open gives the bytes of a file that was sent, read piece by piece.
func (s *Service) open(ctx context.Context, run Run) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		return io.NopCloser(&parts{ctx: ctx, from: s.db, run: run}), nil
	}
}

// parts reads a file off the store.
type parts struct {
	ctx  context.Context
	from store.Source
	run  Run
	next int
	left []byte
	read int64
}

func (p *parts) Read(to []byte) (int, error) {
	if len(p.left) == 0 {
		if p.read >= p.run.Bytes {
			return 0, io.EOF
		}
		err := p.from.QueryRow(p.ctx, selectPart, p.run.Region, int64(p.run.ID), p.next).Scan(&p.left)
		if errors.Is(err, store.ErrNone) { // never an early end: that would be taken for the whole file
			err = fault.New(fault.NotFound, "intake.gone")
		}
		if err != nil {
			return 0, err
		}
		p.next++
	}
	n := copy(to, p.left)
	p.left, p.read = p.left[n:], p.read+int64(n)
	return n, nil
}
