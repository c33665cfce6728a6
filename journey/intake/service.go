package intake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"slices"
	"time"

	"kokko/ground/clock"
	"kokko/ground/delimited"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/project"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/audit"
)

// MaxFaults is how many rows that were not taken are kept of one import; the
// report that is written while it runs names all of them.
const MaxFaults = 1000

// batch is the rows of one transaction.
const batch = 100

// State is how an import stands.
type State string

// The states of an import.
const (
	Running State = "running" // under way, or cut short
	Done    State = "done"
	Failed  State = "failed" // the file could not be read to its end
	Undone  State = "undone" // taken back
)

// Plan is how a file is read: everything that tells what its rows become.
type Plan struct {
	Kind     Kind           `json:"kind"`
	Source   string         `json:"source"`   // what the list is called; part of every row's identity
	Language string         `json:"language"` // of rows that do not say: fi, sv or en
	Columns  Map            `json:"columns"`
	Form     delimited.Form `json:"form"`
}

// Count is what became of the rows.
type Count struct{ Added, Changed, Same, Kept, Rejected int }

// Rows is all of them.
func (c Count) Rows() int { return c.Added + c.Changed + c.Same + c.Kept + c.Rejected }

// Run is one import.
type Run struct {
	Region string
	ID     ident.ID
	How    Plan
	File   string // its name, without the folder
	Digest string
	State  State
	Line   int   // every row up to this line is done with
	Byte   int64 // about how far that is in the file
	Bytes  int64
	Count
	Begun time.Time
	Ended time.Time
	Again bool // it went on where it was cut short
}

// Service takes files in.
type Service struct {
	db     *store.DB
	clock  clock.Clock
	ids    *ident.Maker
	sparks *spark.Service

	projects *project.Service
}

// New gives a Service on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker, sparks *spark.Service, projects *project.Service) *Service {
	return &Service{db: db, clock: c, ids: ids, sparks: sparks, projects: projects}
}

// Look reads all of a file once and tells its form, its digest and its headings.
// Errors: Invalid "intake.empty" for a file without headings.
func Look(open func() (io.ReadCloser, error)) (f delimited.Form, digest string, headings []string, err error) {
	in, err := open()
	if err != nil {
		return f, "", nil, err
	}
	defer in.Close()
	sum := sha256.New()
	var look delimited.Looker
	if _, err := io.Copy(io.MultiWriter(sum, &look), in); err != nil {
		return f, "", nil, err
	}
	f = look.Form()
	again, err := open()
	if err != nil {
		return f, "", nil, err
	}
	defer again.Close()
	r, err := delimited.NewReader(again, f)
	if _, broken := errors.AsType[*delimited.Broken](err); err == io.EOF || broken {
		return f, "", nil, fault.New(fault.Invalid, "intake.empty").On("file")
	}
	if err != nil {
		return f, "", nil, err
	}
	return f, hex.EncodeToString(sum.Sum(nil)), r.Headings, nil
}

// Order is one file to be taken in.
type Order struct {
	Region    string
	Plan      Plan
	File      string
	Digest    string
	Open      func() (io.ReadCloser, error)
	Programme spark.Programme
	Words     Words
	Trial     bool        // nothing is kept
	Run       ident.ID    // goes on with this import; 0 finds one of the same file that was cut short, or begins
	Rejected  func(Fault) // hears of every row that is not taken; may be nil
	Progress  func(Run)   // hears after every batch; may be nil
}

// Take takes a file in, to its end or to the end of ctx. What was done before it
// was cut short is done, and the same order goes on from there.
func (s *Service) Take(ctx context.Context, o Order) (Run, error) {
	run, err := s.begin(ctx, o)
	if err != nil {
		return run, err
	}
	in, err := o.Open()
	if err != nil {
		return run, err
	}
	defer in.Close()
	counted := &counter{Reader: in}
	r, err := delimited.NewReader(counted, o.Plan.Form)
	if err != nil {
		return run, fault.New(fault.Invalid, "intake.empty").On("file").Because(err)
	}
	t := taking{Service: s, order: o, run: run, in: counted, at: o.Plan.Columns.columns(r.Headings), from: run.Line}
	if o.Trial {
		t.seen = map[uint64]struct{}{}
	}
	for {
		row, err := r.Next()
		if err == io.EOF {
			return t.run, t.flush(ctx, Done)
		}
		var f *Fault
		if b, ok := errors.AsType[*delimited.Broken](err); ok {
			f = &Fault{Line: b.Line, Reason: b.Why}
			if b.Why == "open" || b.Why == "size" {
				f.Most = delimited.MaxRow >> 10
			}
		} else if err == delimited.ErrGivenUp {
			err = fault.New(fault.Invalid, "intake.broken").On("file").Because(err)
			return t.run, errors.Join(t.flush(ctx, Failed), err)
		} else if err != nil { // the file itself ended too early: the same order goes on from here
			return t.run, err
		}
		if err := t.row(ctx, row, f); err != nil {
			return t.run, err
		}
	}
}

// begin finds the import that was cut short, or stores a new one.
func (s *Service) begin(ctx context.Context, o Order) (run Run, err error) {
	run = Run{Region: o.Region, ID: s.ids.New(), How: o.Plan, File: o.File, Digest: o.Digest, State: Running, Bytes: o.Plan.Form.Bytes, Begun: s.clock.Now()}
	if o.Trial {
		return run, nil
	}
	if o.Run != 0 {
		run, err = ByID(ctx, s.db, o.Region, o.Run)
		if err == nil && run.State != Running {
			err = fault.New(fault.Conflict, "intake.ended")
		}
		return run, err
	}
	how, err := json.Marshal(o.Plan)
	if err != nil {
		return run, err
	}
	const latest = 50 // one that was cut short longer ago is begun anew, which changes nothing
	old, err := Runs(ctx, s.db, o.Region, 0, latest)
	if err != nil {
		return run, err
	}
	for _, r := range old {
		was, err := json.Marshal(r.How)
		if err != nil {
			return run, err
		}
		if r.State == Running && r.Digest == o.Digest && string(was) == string(how) {
			r.Again = true
			return r, nil
		}
	}
	return run, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := insertOne(ctx, tx, run); err != nil {
			return err
		}
		return s.note(ctx, tx, run, audit.Imported)
	})
}

// taking is one Take under way.
type taking struct {
	*Service
	order   Order
	run     Run
	in      *counter
	at      map[string]int
	from    int // rows up to this line were done before
	line    int // the latest row read
	records []record
	faults  []Fault
	seen    map[uint64]struct{} // trial: keys so far
	seed    maphash.Seed
}

// record is one row that may be taken.
type record struct {
	line    int
	key     string
	spark   spark.Record
	project project.Record
}

// row takes one row up, or why it cannot be read.
func (t *taking) row(ctx context.Context, row delimited.Row, f *Fault) error {
	t.line = row.Line
	rec := record{line: row.Line}
	if f == nil {
		c := cells{row.Line, t.at, row.Cells}
		if t.order.Plan.Kind == Projects {
			if rec.project, f = projectOf(c, t.order.Plan); f == nil {
				if err := rec.project.Check(); err != nil {
					f = faultOf(row.Line, err)
				}
			}
			rec.key = rec.project.Code
		} else {
			if rec.spark, f = sparkOf(c, t.order.Plan, t.run.Begun, t.order.Words); f == nil {
				if err := rec.spark.Check(t.order.Programme); err != nil {
					f = faultOf(row.Line, err)
				}
			}
			rec.key = rec.spark.Key
		}
	}
	if f != nil {
		if row.Line > t.from {
			t.faults = append(t.faults, *f)
		} else if t.order.Rejected != nil {
			t.order.Rejected(*f)
		}
	} else if row.Line > t.from {
		t.records = append(t.records, rec)
	}
	if len(t.records)+len(t.faults) >= batch {
		return t.flush(ctx, Running)
	}
	return nil
}

// errTrial undoes a transaction that was only tried.
var errTrial = errors.New("intake: a trial")

// flush takes in what was read since the last one, and how far that is, in one
// transaction.
func (t *taking) flush(ctx context.Context, state State) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var next Run
	var faults []Fault
	do := func(ctx context.Context, tx *store.Tx) error {
		next, faults = t.run, slices.Clone(t.faults)
		done, err := t.into(ctx, tx)
		if err != nil {
			return err
		}
		for _, i := range done.Twice {
			faults = append(faults, Fault{Line: t.records[i].line, Field: t.order.Plan.Kind.key(), Reason: "twice"})
		}
		slices.SortFunc(faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
		next.Added += done.Added
		next.Changed += done.Changed
		next.Same += done.Same
		next.Kept += done.Kept
		kept := t.run.Rejected
		for _, f := range faults {
			next.Rejected++
			if kept++; kept > MaxFaults || t.order.Trial {
				continue
			}
			if _, err := tx.Exec(ctx, insertFault, t.run.Region, int64(t.run.ID), f.Line, f.Field, f.Reason, f.Most); err != nil {
				return err
			}
		}
		next.Line, next.Byte, next.State = max(t.line, t.run.Line), min(t.in.n, t.run.Bytes), state
		if state != Running {
			next.Byte, next.Ended = t.run.Bytes, t.clock.Now()
		}
		if t.order.Trial {
			return errTrial
		}
		n, err := tx.Exec(ctx, advanceRun, t.run.Region, int64(t.run.ID), t.run.Line, next.Line, next.Byte, next.Added, next.Changed, next.Same, next.Kept, next.Rejected, string(next.State), clock.Micros(next.Ended))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "intake.elsewhere")
		}
		if err == nil && state != Running && t.order.Plan.Kind == Projects {
			err = project.Told(ctx, tx, t.run.Region)
		}
		if err == nil && state != Running { // a file that was sent has been used
			_, err = tx.Exec(ctx, deleteParts, t.run.Region, int64(t.run.ID))
		}
		return err
	}
	if t.order.Trial {
		t.tried()
	}
	var err error
	for range 4 { // two twins of a key meet at its unique key: whoever comes second looks again
		if err = t.db.Tx(ctx, do); !store.Exists(err) {
			break
		}
	}
	if err != nil && !errors.Is(err, errTrial) {
		return err
	}
	if t.order.Rejected != nil {
		for _, f := range faults {
			t.order.Rejected(f)
		}
	}
	t.run, t.records, t.faults = next, t.records[:0], t.faults[:0]
	if t.order.Progress != nil {
		t.order.Progress(t.run)
	}
	return nil
}

// into takes the rows of one transaction in.
func (t *taking) into(ctx context.Context, tx *store.Tx) (spark.Taken, error) {
	if t.order.Plan.Kind == Projects {
		list := make([]project.Record, len(t.records))
		for i, r := range t.records {
			list[i] = r.project
		}
		return t.projects.Import(ctx, tx, t.run.Region, t.run.ID, actor.Places(t.order.Programme), list)
	}
	list := make([]spark.Record, len(t.records))
	for i, r := range t.records {
		list[i] = r.spark
	}
	return t.sparks.Import(ctx, tx, t.run.Region, t.order.Programme, t.run.ID, list)
}

// mostTried bounds what a trial remembers of a file.
const mostTried = 1 << 20

// tried drops the rows whose keys came before in a trial, where the store does not
// remember them.
func (t *taking) tried() {
	if len(t.seen) == 0 {
		t.seed = maphash.MakeSeed()
	}
	left := t.records[:0]
	for _, r := range t.records {
		key := maphash.String(t.seed, r.key)
		if _, ok := t.seen[key]; ok {
			t.faults = append(t.faults, Fault{Line: r.line, Field: t.order.Plan.Kind.key(), Reason: "twice"})
			continue
		}
		if len(t.seen) < mostTried {
			t.seen[key] = struct{}{}
		}
		left = append(left, r)
	}
	t.records = left
}

// counter counts what is read.
type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// Undo takes back the sparks of an import with which nothing has happened since;
// removed and kept tell how many. It may be called again when it was cut short.
func (s *Service) Undo(ctx context.Context, region string, id ident.ID) (removed, kept int, err error) {
	run, err := ByID(ctx, s.db, region, id)
	if err != nil {
		return 0, 0, err
	}
	if !run.State.Undoable() && run.State != Undoing && run.State != Undone {
		return 0, 0, fault.New(fault.Conflict, "intake.running")
	}
	if run.How.Kind == Projects {
		removed, err = s.projects.TakeBack(ctx, region, id)
		if err != nil {
			return removed, 0, err
		}
	}
	for after, done := ident.ID(0), run.How.Kind == Projects; !done; {
		var n int
		if n, after, done, err = s.sparks.TakeBack(ctx, region, id, after, batch); err != nil {
			return removed, 0, err
		}
		removed += n
	}
	if kept, err = spark.TakenIn(ctx, s.db, region, id); err != nil {
		return removed, 0, err
	}
	return removed, kept, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Exec(ctx, setState, region, int64(id), string(run.State), string(Undone), clock.Micros(s.clock.Now()))
		if err != nil || n == 0 || run.State != Done && run.State != Failed {
			return err // who had it undone behind the page stands in the log
		}
		return s.note(ctx, tx, run, audit.ImportUndone)
	})
}

// note writes into the office's log what was done with a file.
func (s *Service) note(ctx context.Context, tx *store.Tx, run Run, what audit.What) error {
	return audit.Write(ctx, tx, audit.Entry{Region: run.Region, ID: s.ids.New(), At: s.clock.Now(), What: what, Facts: audit.Facts{From: run.How.Source, To: run.File}})
}
