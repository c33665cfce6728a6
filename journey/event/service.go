package event

import (
	"context"
	"errors"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/region/audit"
)

// News is what somebody who has signed up must hear of.
type News string

const (
	GotIn  News = "in"        // they waited, and have a place now
	Moved  News = "moved"     // another time or place
	Called News = "cancelled" // it is not held
	Soon   News = "soon"      // it is tomorrow
)

// Letters is how the purposes of letters about an event begin.
const Letters = "event."

// Told asks for one letter. What it says is read when it is written: whoever is no
// longer signed up by then is written to no more.
var Told = jobs.Kind[ToldArgs]{Name: "event.told"}

// ToldArgs names the event, whom it is told, and what.
type ToldArgs struct {
	Region  string   `json:"region"`
	Event   ident.ID `json:"event"`
	Address ident.ID `json:"address"`
	News    News     `json:"news"`
}

// Service is the verbs on events. Each is one transaction; what each role may do is
// region/office's table, kept by the edge.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service { return &Service{db, c, ids} }

// Make stores a new draft.
func (s *Service) Make(ctx context.Context, region string, w Where, d Draft) (Event, error) {
	original := string(w.Tongues()[0])
	if err := d.check(w, original).OrNil(); err != nil {
		return Event{}, err
	}
	e := Event{Region: region, ID: s.ids.New(), Language: original, Texts: d.Texts, Place: d.Place, Venue: d.Venue, Begins: d.Begins, Ends: d.Ends, SignUp: d.SignUp, Capacity: d.Capacity, Made: s.clock.Now(), Version: 1}
	return e, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := insert(ctx, tx, e); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.EventMade, e)
	})
}

// demoMost is the last number of an invented event. No other event has so low a one.
const demoMost = 1000

// Demonstrate stores the invented events of a demonstration, seen by everybody since a
// moment, inside the caller's transaction.
func (s *Service) Demonstrate(ctx context.Context, tx *store.Tx, region string, w Where, since time.Time, drafts []Draft) error {
	original := string(w.Tongues()[0])
	for i, d := range drafts {
		if err := d.check(w, original).OrNil(); err != nil {
			return err
		}
		e := Event{Region: region, ID: ident.ID(1 + i), Language: original, Texts: d.Texts, Place: d.Place, Venue: d.Venue, Begins: d.Begins, Ends: d.Ends, SignUp: d.SignUp, Capacity: d.Capacity, Made: since, Out: since, Version: 1}
		if err := insert(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// ClearDemo removes them, with who has signed up for them.
func (s *Service) ClearDemo(ctx context.Context, region string) (removed int64, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range []string{deleteDemoSeats, deleteDemoReminders, deleteDemo} {
			if removed, err = tx.Exec(ctx, statement, region, demoMost); err != nil {
				return err
			}
		}
		return nil
	})
	return removed, err
}

// note writes what was done into the office's log, in the transaction of the act.
func (s *Service) note(ctx context.Context, tx *store.Tx, what audit.What, e Event) error {
	return audit.Write(ctx, tx, audit.Entry{Region: e.Region, ID: s.ids.New(), At: s.clock.Now(), What: what, About: audit.About{Thing: audit.Event, Key: e.ID.String()}})
}

// Act is the common part of a verb on an event that exists.
type Act struct {
	Region  string
	Event   ident.ID
	Version int64 // the version the officer saw; 0 acts on whatever is there
}

// change is one verb: it locks the event, lets do alter it, and stores it.
func (s *Service) change(ctx context.Context, a Act, what audit.What, do func(ctx context.Context, tx *store.Tx, e *Event) error) (e Event, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, takeVersion, a.Region, int64(a.Event)); err != nil {
			return err
		}
		if e, err = One(ctx, tx, a.Region, a.Event); err != nil {
			return err
		}
		if a.Version != 0 && e.Version != a.Version+1 {
			return fault.New(fault.Conflict, "event.changed")
		}
		if err := do(ctx, tx, &e); err != nil {
			return err
		}
		if err := update(ctx, tx, e); err != nil {
			return err
		}
		return s.note(ctx, tx, what, e)
	})
	return e, err
}

// Change stores an event as it is now written. Whoever has signed up hears of another
// time or place, and whoever waited gets a place when there are more.
func (s *Service) Change(ctx context.Context, a Act, w Where, d Draft) (Event, error) {
	return s.change(ctx, a, audit.EventChanged, func(ctx context.Context, tx *store.Tx, e *Event) error {
		now := s.clock.Now()
		switch e.State(now) {
		case Cancelled:
			return fault.New(fault.Conflict, "event.cancelled")
		case Over:
			return fault.New(fault.Conflict, "event.over")
		}
		if err := d.check(w, e.Language).OrNil(); err != nil {
			return err
		}
		moved := e.Seen() && (!e.Begins.Equal(d.Begins) || !e.Ends.Equal(d.Ends) || e.Venue != d.Venue)
		if e.Seen() && !e.Begins.Equal(d.Begins) && d.Begins.Before(now) {
			return fault.New(fault.Invalid, "event.time.past").On("day")
		}
		e.Texts, e.Place, e.Venue, e.Begins, e.Ends, e.SignUp, e.Capacity = d.Texts, d.Place, d.Venue, d.Begins, d.Ends, d.SignUp, d.Capacity
		if moved {
			e.Changed = now
			if err := tell(ctx, tx, *e, Moved, Seated, Waiting); err != nil {
				return err
			}
		}
		if !e.Open(now) {
			return nil
		}
		return seatWaiting(ctx, tx, e)
	})
}

// Publish lets everybody see the event.
func (s *Service) Publish(ctx context.Context, a Act) (Event, error) {
	return s.change(ctx, a, audit.EventPublished, func(_ context.Context, _ *store.Tx, e *Event) error {
		now := s.clock.Now()
		switch {
		case e.Seen():
			return fault.New(fault.Conflict, "event.published")
		case !now.Before(e.Begins):
			return fault.New(fault.Invalid, "event.time.past").On("day")
		}
		e.Out = now
		return nil
	})
}

// Cancel calls an event off and tells whoever has signed up; a draft is deleted.
func (s *Service) Cancel(ctx context.Context, a Act) (Event, error) {
	return s.change(ctx, a, audit.EventCancelled, func(ctx context.Context, tx *store.Tx, e *Event) error {
		now := s.clock.Now()
		switch e.State(now) {
		case Cancelled:
			return fault.New(fault.Conflict, "event.cancelled")
		case Over:
			return fault.New(fault.Conflict, "event.over")
		case Drafted:
			_, err := tx.Exec(ctx, deleteEvent, e.Region, int64(e.ID))
			return err
		}
		e.Cancelled = now
		return tell(ctx, tx, *e, Called, Seated, Waiting)
	})
}

// tell asks for a letter to everybody who has signed up and stands so.
func tell(ctx context.Context, tx *store.Tx, e Event, news News, standings ...Standing) error {
	for _, standing := range standings {
		all, err := Seats(ctx, tx, e.Region, e.ID, standing, 0, MaxSeats)
		if err != nil {
			return err
		}
		args := make([]ToldArgs, len(all))
		for i, seat := range all {
			args[i] = ToldArgs{e.Region, e.ID, seat.Address, news}
		}
		if err := Told.EnqueueMany(ctx, tx, args); err != nil {
			return err
		}
	}
	return nil
}

// seatWaiting gives places to those who wait, as far as there are any, and asks for a
// letter to each.
func seatWaiting(ctx context.Context, tx *store.Tx, e *Event) error {
	waiting, err := Seats(ctx, tx, e.Region, e.ID, Waiting, 0, MaxSeats)
	if err != nil || len(waiting) == 0 {
		return err
	}
	given, taken := Seating(e.Capacity, e.Taken, waiting)
	for _, seat := range given {
		if err := put(ctx, tx, e.Region, seat, updateSeat); err != nil {
			return err
		}
		if err := Told.Enqueue(ctx, tx, ToldArgs{e.Region, e.ID, seat.Address, GotIn}); err != nil {
			return err
		}
	}
	e.Taken = taken
	return nil
}

func put(ctx context.Context, tx *store.Tx, region string, s Seat, statement string) error {
	_, err := tx.Exec(ctx, statement, region, int64(s.Event), int64(s.Address), s.Name, s.People, string(s.State), s.Turn, clock.Micros(s.Since))
	return err
}

// lock takes an event for a change of its seats, inside the caller's transaction.
func lock(ctx context.Context, tx *store.Tx, region string, id ident.ID) (Event, error) {
	if _, err := tx.Exec(ctx, lockEvent, region, int64(id)); err != nil {
		return Event{}, err
	}
	return One(ctx, tx, region, id)
}

// SignUp signs an address up, inside the transaction that confirms it; who has signed
// up already changes how many they are. A Conflict when nobody signs up any more.
func SignUp(ctx context.Context, tx *store.Tx, region string, want Seat, now time.Time) (Seat, error) {
	if err := want.Check(); err != nil {
		return want, err
	}
	e, err := lock(ctx, tx, region, want.Event)
	if err == nil && !e.Seen() {
		err = fault.New(fault.NotFound, "event.none")
	}
	if err == nil && !e.Open(now) {
		err = fault.New(fault.Conflict, "event.sign_up.closed")
	}
	if err != nil {
		return want, err
	}
	var signed, waits int
	var last int64
	if err := tx.QueryRow(ctx, countSeats, region, int64(e.ID)).Scan(&signed, &waits, &last); err != nil {
		return want, err
	}
	statement := updateSeat
	was, err := SeatOf(ctx, tx, region, want.Event, want.Address)
	switch {
	case fault.Is(err, fault.NotFound):
		if signed >= MaxSeats {
			return want, fault.New(fault.Conflict, "event.sign_up.full")
		}
		statement, was = insertSeat, Seat{Turn: last + 1, Since: now, State: Waiting}
	case err != nil:
		return want, err
	case was.State == Seated:
		e.Taken -= was.People
		if want.People > was.People && e.Capacity > 0 && e.Taken+want.People > e.Capacity {
			return want, fault.New(fault.Conflict, "event.sign_up.no_more").On("people")
		}
	}
	want.Turn, want.Since, want.State = was.Turn, was.Since, was.State
	// Whoever comes now does not pass those who wait, but for places they were too many for.
	if want.State == Waiting && (e.Capacity == 0 || e.Taken+want.People <= e.Capacity) {
		want.State = Seated
	}
	if want.State == Seated {
		e.Taken += want.People
	}
	if err := put(ctx, tx, region, want, statement); err != nil {
		return want, err
	}
	if err := seatWaiting(ctx, tx, &e); err != nil {
		return want, err
	}
	_, err = tx.Exec(ctx, setTaken, region, int64(e.ID), e.Taken)
	return want, err
}

// Leave takes somebody's sign-up away, inside the caller's transaction; whoever waits
// gets the place while the event has not begun.
func Leave(ctx context.Context, tx *store.Tx, region string, event, address ident.ID, now time.Time) error {
	e, err := lock(ctx, tx, region, event)
	if err != nil {
		return err
	}
	was, err := SeatOf(ctx, tx, region, event, address)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, deleteSeat, region, int64(event), int64(address)); err != nil {
		return err
	}
	if was.State == Seated {
		e.Taken -= was.People
	}
	if e.Open(now) {
		if err := seatWaiting(ctx, tx, &e); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, setTaken, region, int64(event), e.Taken)
	return err
}

// Erase takes away everything an address has signed up for. How many came to what was
// held stays.
func Erase(ctx context.Context, tx *store.Tx, region string, address ident.ID, now time.Time) error {
	all, err := Of(ctx, tx, region, address)
	if err != nil {
		return err
	}
	for _, seat := range all {
		e, err := One(ctx, tx, region, seat.Event)
		if err != nil {
			return err
		}
		if s := e.State(now); s == Over || s == Cancelled {
			_, err = tx.Exec(ctx, deleteSeat, region, int64(seat.Event), int64(address))
		} else {
			err = Leave(ctx, tx, region, seat.Event, address, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Remind reminds everybody with a place of what begins before the end of tomorrow,
// once for each time it was to begin.
func (s *Service) Remind(ctx context.Context, region string) error {
	now := s.clock.Now()
	y, m, d := now.In(i18n.Helsinki()).Date()
	due, err := many(ctx, s.db, selectSoon, region, clock.Micros(now), clock.Micros(time.Date(y, m, d+2, 0, 0, 0, 0, i18n.Helsinki())))
	for _, e := range due {
		err = errors.Join(err, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			e, err := lock(ctx, tx, region, e.ID)
			if err != nil || !e.Open(now) {
				return err
			}
			if n, err := tx.Exec(ctx, insertReminder, region, int64(e.ID), clock.Micros(e.Begins)); err != nil || n == 0 {
				return err
			}
			return tell(ctx, tx, e, Soon, Seated)
		}))
	}
	return err
}

// Sweep forgets who had signed up, a while after each event.
func (s *Service) Sweep(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		old := clock.Micros(s.clock.Now().Add(-SeatsKept))
		if _, err := tx.Exec(ctx, deleteReminders, region, old); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, deleteOld, region, old)
		return err
	})
}
