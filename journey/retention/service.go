package retention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/audit"
	"kokko/region/feedback"
	"kokko/region/office"
	"kokko/region/programme"
)

// Service carries the rules out.
type Service struct {
	db     *store.DB
	clock  clock.Clock
	ids    *ident.Maker
	sparks *spark.Service
}

// New gives the night's work on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker, sparks *spark.Service) *Service {
	return &Service{db: db, clock: c, ids: ids, sparks: sparks}
}

// nightArgs names the night and, but for the job that fans out, the region.
type nightArgs struct {
	Region string      `json:"region,omitempty"`
	Night  workday.Day `json:"night,omitempty"`
}

var (
	allNights = jobs.Kind[nightArgs]{Name: "retention.nights"}
	night     = jobs.Kind[nightArgs]{Name: "retention.night"}
)

// Bind has the runner carry the rules out every night at twenty past three.
func (s *Service) Bind(r *jobs.Runner) {
	jobs.Handle(r, allNights, s.fanOut)
	jobs.Handle(r, night, s.work)
	jobs.Repeat(r, "retention", jobs.Daily(3, 20), allNights, func(time.Time) nightArgs { return nightArgs{} })
}

// fanOut queues the night's work of each region: of tonight, also when the hour it
// was due at went by while nothing ran.
func (s *Service) fanOut(ctx context.Context, job jobs.Job[nightArgs]) error {
	tonight := workday.DayOf(s.clock.Now(), i18n.Helsinki())
	return programme.EachRegion(ctx, s.db, job, func(ctx context.Context, tx *store.Tx, region string) error {
		// A night that has not finished goes on; another one beside it has nothing to do.
		return night.Enqueue(ctx, tx, nightArgs{Region: region, Night: tonight}, jobs.Bulk(), jobs.Unique(region))
	})
}

// work is one region's night. What it erases is counted where it is erased, so a
// night cut short and begun again tells the whole.
func (s *Service) work(ctx context.Context, job jobs.Job[nightArgs]) error {
	region := job.Args.Region
	if err := s.Night(ctx, region, job.Args.Night); err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error { return s.told(ctx, tx, region, job.Args.Night) })
}

// Night carries every rule out for the night to a day.
func (s *Service) Night(ctx context.Context, region string, night workday.Day) error {
	settings, err := office.AllSettings(ctx, s.db, region)
	if err != nil {
		return err
	}
	periods := Of(settings)
	for _, r := range Rules() { // one that fails does not keep the others from their work
		if e := s.carryOut(ctx, region, r, night, periods.Limit(r, night)); e != nil {
			err = errors.Join(err, fmt.Errorf("retention of %s in %s: %w", r, region, e))
		}
	}
	return err
}

// told marks the night finished and writes what went in the office's log, a line a
// rule; with nothing gone there is nothing to tell.
func (s *Service) told(ctx context.Context, tx *store.Tx, region string, night workday.Day) error {
	for _, r := range Rules() {
		if err := count(ctx, tx, region, r, night, 0); err != nil { // also for a rule that had nothing to do
			return err
		}
		if _, err := tx.Exec(ctx, finishRun, region, string(r), int64(night), clock.Micros(s.clock.Now())); err != nil {
			return err
		}
	}
	runs, err := Runs(ctx, tx, region)
	if err != nil {
		return err
	}
	for _, r := range Rules() {
		if runs[r].Erased == 0 {
			continue
		}
		if err := audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), What: audit.Erased,
			About: audit.About{Thing: audit.Rule, Key: string(r)}, Facts: audit.Facts{N: runs[r].Erased}}); err != nil {
			return err
		}
	}
	return nil
}

// batch is how many things are looked at, or erased, at a time: nobody waits long
// for the store.
const batch = 100

// lapse is what of a spark a rule is about; ok is false for rules about other things.
func (r Rule) lapse() (l spark.Lapse, ok bool) {
	switch r {
	case Contacts:
		return spark.LapseClosed, true
	case Withdrawn:
		return spark.LapseWithdrawn, true
	case Held:
		return spark.LapseHeld, true
	}
	return "", false
}

// carryOut erases what a rule has kept long enough: each spark in a transaction of
// its own, other things a batch at a time.
func (s *Service) carryOut(ctx context.Context, region string, r Rule, night, limit workday.Day) error {
	if l, ok := r.lapse(); ok {
		return s.sparksOf(ctx, region, r, l, night, limit)
	}
	for {
		n := 0
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			if n, err = forget(ctx, tx, region, r, limit); err != nil || n == 0 {
				return err
			}
			return count(ctx, tx, region, r, night, n)
		}); err != nil || n < batch {
			return err
		}
	}
}

func (s *Service) sparksOf(ctx context.Context, region string, r Rule, l spark.Lapse, night, limit workday.Day) error {
	for after := ident.ID(0); ; {
		all, err := spark.LapsedBefore(ctx, s.db, region, l, before(limit), after, batch)
		if err != nil {
			return err
		}
		for _, x := range all {
			after = x.ID
			if _, err := s.sparks.Expire(ctx, region, x.ID, l, before(limit), func(ctx context.Context, tx *store.Tx) error {
				return count(ctx, tx, region, r, night, 1)
			}); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		if len(all) < batch {
			return nil
		}
	}
}

func forget(ctx context.Context, tx *store.Tx, region string, r Rule, limit workday.Day) (int, error) {
	switch r {
	case Letters:
		return mail.Forget(ctx, tx, region, before(limit), batch)
	case Feedback:
		return feedback.Forget(ctx, tx, region, before(limit), batch)
	case Absences:
		return office.ForgetAbsences(ctx, tx, region, limit, batch)
	case Log:
		return audit.Forget(ctx, tx, region, ident.At(before(limit)), batch)
	}
	return 0, fmt.Errorf("retention: no rule %q", r)
}

// Numbers is what a rule means right now.
type Numbers struct {
	Kept    int // all that the rule is about
	Tonight int // of it, what has been kept long enough
}

// NumbersOf counts what a rule of so many months would mean in the night to a day.
// All that it is about is counted one by one; Older alone looks at little.
func NumbersOf(ctx context.Context, from store.Source, region string, r Rule, limit workday.Day) (n Numbers, err error) {
	const far = workday.Day(80_000) // the year 2189
	if n.Kept, err = Older(ctx, from, region, r, far); err == nil {
		n.Tonight, err = Older(ctx, from, region, r, limit)
	}
	return n, err
}

// Older counts what of a rule is from before a day.
func Older(ctx context.Context, from store.Source, region string, r Rule, day workday.Day) (int, error) {
	if l, ok := r.lapse(); ok {
		return spark.CountLapsed(ctx, from, region, l, before(day))
	}
	switch r {
	case Letters:
		return mail.Older(ctx, from, region, before(day))
	case Feedback:
		return feedback.Older(ctx, from, region, before(day))
	case Absences:
		return office.PastAbsences(ctx, from, region, day)
	case Log:
		return audit.Older(ctx, from, region, ident.At(before(day)))
	}
	return 0, fmt.Errorf("retention: no rule %q", r)
}

// Sparks lists the first sparks of which a rule would erase something; none for a
// rule that is about other things.
func Sparks(ctx context.Context, from store.Source, region string, r Rule, limit workday.Day, most int) ([]spark.Lapsed, error) {
	l, ok := r.lapse()
	if !ok {
		return nil, nil
	}
	return spark.LapsedBefore(ctx, from, region, l, before(limit), 0, most)
}
