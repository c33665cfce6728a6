package mail

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// A circular is one letter to many, each in their own words: fifty thousand
// recipients are one row and one job, not as many letters and jobs. Each recipient
// is marked before anything of their letter leaves, so that a process that dies
// leaves at most one of them unsure a connection, who is shown and never written to
// again by itself (ADR 0006).

// CircularsKept is how long it is remembered how a circular went. The privacy page
// promises it.
const CircularsKept = 30 * 24 * time.Hour

// deliveryTries is how often one recipient is tried, when their mail server says to
// come again.
const deliveryTries = 6

// Circular is a letter to many and how far it has come.
type Circular struct {
	Region  string
	ID      ident.ID
	Purpose string
	Spark   ident.ID        // what it is about, 0 for nothing in particular
	Data    json.RawMessage // what its writer needs to write it
	Created time.Time
	After   ident.ID // recipients up to this one have had their turn
	Tally
	Note string    // why it ended before its time, "" when it did not
	Done time.Time // zero while it goes out
}

// Tally is what became of a circular's letters.
type Tally struct{ Sent, Failed, Unsure int }

// Item is a circular's letter to one recipient.
type Item struct {
	Recipient ident.ID
	Email     string
	Subject   string
	Text      string
	Language  string
	Headers   map[string]string
}

// Delivery is where one recipient of a circular stands.
type Delivery struct {
	Recipient ident.ID
	Stand     Stand
	Tries     int
	Reply     string // the mail server's own words
	At        time.Time
}

// Pace bounds how many letters of circulars leave a second; 0 for no bound.
func (o *Outbox) Pace(perSecond int) {
	o.pace = nil
	if perSecond > 0 {
		o.pace = rate.NewLimiter(rate.Limit(perSecond), perSecond)
	}
}

// Open begins a circular inside the caller's transaction and gives its ID.
func (o *Outbox) Open(ctx context.Context, tx *store.Tx, c Circular) (ident.ID, error) {
	c.ID = o.ids.New()
	_, err := tx.Exec(ctx, insertCircular, c.Region, int64(c.ID), c.Purpose, int64(c.Spark), string(c.Data), clock.Micros(o.clock.Now()))
	return c.ID, err
}

// OneCircular reads a circular; a NotFound fault when there is none.
func OneCircular(ctx context.Context, from store.Source, region string, id ident.ID) (Circular, error) {
	c, err := scanCircular(from.QueryRow(ctx, selectCircular, region, int64(id)))
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "mail.none")
	}
	if err == nil && c.Done.IsZero() {
		c.Tally, err = tally(ctx, from, region, id)
	}
	return c, err
}

// LastCircular reads the latest circular of a purpose; ok is false when none is kept.
func LastCircular(ctx context.Context, from store.Source, region, purpose string) (c Circular, ok bool, err error) {
	c, err = scanCircular(from.QueryRow(ctx, selectLastCircular, region, purpose))
	if errors.Is(err, store.ErrNone) {
		return c, false, nil
	}
	return c, err == nil, err
}

// Circulars lists a region's circulars, the newest first, before one (0 for the first
// page). Those that still go out are counted up to now.
func Circulars(ctx context.Context, from store.Source, region string, before ident.ID, limit int) (all []Circular, err error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	rows, err := from.Query(ctx, selectCirculars, region, int64(before), limit)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		c, err := scanCircular(rows)
		all = append(all, c)
		return err
	}); err != nil {
		return nil, err
	}
	for i, c := range all {
		if c.Done.IsZero() {
			if all[i].Tally, err = tally(ctx, from, region, c.ID); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func tally(ctx context.Context, from store.Source, region string, id ident.ID) (t Tally, err error) {
	rows, err := from.Query(ctx, countDeliveries, region, int64(id))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var stand Stand
		var n int
		err := rows.Scan(&stand, &n)
		switch stand {
		case Went, Local:
			t.Sent += n
		case Failed:
			t.Failed += n
		case Unsure:
			t.Unsure += n
		}
		return err
	})
	return t, err
}

// Deliveries lists the recipients of a circular who stand somewhere, by their id,
// after one (0 for the first).
func Deliveries(ctx context.Context, from store.Source, region string, circular ident.ID, stand Stand, after ident.ID, limit int) (all []Delivery, err error) {
	rows, err := from.Query(ctx, selectDeliveries, region, int64(circular), string(stand), int64(after), limit)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		d, err := scanDelivery(rows)
		all = append(all, d)
		return err
	})
	return all, err
}

// DeliveriesTo lists what circulars were sent to one recipient, for their own data.
func DeliveriesTo(ctx context.Context, from store.Source, region string, recipient ident.ID) (all []Delivery, err error) {
	rows, err := from.Query(ctx, selectDeliveriesTo, region, int64(recipient))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		d, err := scanDelivery(rows)
		all = append(all, d)
		return err
	})
	return all, err
}

// EraseRecipient forgets what was sent to somebody, inside the caller's transaction.
func EraseRecipient(ctx context.Context, tx *store.Tx, region string, recipient ident.ID) error {
	_, err := tx.Exec(ctx, eraseRecipient, region, int64(recipient))
	return err
}

// Handled tells which of these recipients of a circular have had their turn: whoever
// was found in the air when a process died is marked unsure and has had it too.
// Those who wait to be tried again have not.
func (o *Outbox) Handled(ctx context.Context, region string, circular ident.ID, recipients []ident.ID) (map[ident.ID]bool, error) {
	had := make(map[ident.ID]bool, len(recipients))
	if len(recipients) == 0 {
		return had, nil
	}
	err := o.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		clear(had)
		var air []ident.ID
		rows, err := tx.Query(ctx, selectHandled, region, store.IDs(recipients), int64(circular))
		if err := store.Each(rows, err, func(rows *sql.Rows) error {
			d, err := scanDelivery(rows)
			if d.Stand != Waiting {
				had[d.Recipient] = true
			}
			if d.Stand == Sending {
				air = append(air, d.Recipient)
			}
			return err
		}); err != nil {
			return err
		}
		for _, id := range air {
			if err := o.settle(ctx, tx, region, circular, id, Unsure, "", Sending); err != nil {
				return err
			}
		}
		return nil
	})
	return had, err
}

func (o *Outbox) settle(ctx context.Context, tx *store.Tx, region string, circular, recipient ident.ID, to Stand, reply string, from Stand) error {
	_, err := tx.Exec(ctx, settleDelivery, region, int64(recipient), int64(circular), string(to), reply, clock.Micros(o.clock.Now()), string(from))
	return err
}

// Outcomes of one recipient, for who sends.
type Settled func(ctx context.Context, tx *store.Tx, recipient ident.ID, o Outcome) error

// Distribute sends these letters of a circular over one connection, as far as it
// comes: who is marked already by another is left out. settled runs in the
// transaction that writes an outcome down. It gives an error when the mail server
// cannot be spoken to at all: those not reached have had no turn, and the caller
// comes again later.
func (o *Outbox) Distribute(ctx context.Context, c Circular, items []Item, settled Settled) error {
	way, err := o.way(ctx, c.Region)
	if err != nil {
		return err
	}
	messages := make([]Message, len(items))
	for i, it := range items {
		// An answer is not to the call: that would make a spark of it.
		messages[i] = Message{From: way.From, To: Address{Email: it.Email}, Subject: it.Subject, Text: it.Text, Language: it.Language, Headers: it.Headers,
			ID: fmt.Sprintf("%s-%s.%s@%s", c.ID, it.Recipient, c.Region, Domain), Date: c.Created, AutoSubmitted: true}
	}
	// What became of the letter before is written with the mark of the next one: one
	// commit a letter, and still at most one that a crash leaves unsure.
	type ending struct {
		i  int
		of Outcome
	}
	var ended []ending
	write := func(ctx context.Context, tx *store.Tx) error {
		for _, e := range ended {
			if err := o.ended(ctx, tx, c, items[e.i].Recipient, e.of, way.Here); err != nil {
				return err
			}
			if settled != nil {
				if err := settled(ctx, tx, items[e.i].Recipient, e.of); err != nil {
					return err
				}
			}
		}
		return nil
	}
	var halt error
	var writing error
	way.Sender.SendAll(ctx, messages, Hooks{
		BeforeData: func(ctx context.Context, i int) error {
			if o.pace != nil {
				if err := o.pace.Wait(ctx); err != nil {
					return err
				}
			}
			taken := false
			err := o.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				if err := write(ctx, tx); err != nil {
					return err
				}
				n, err := tx.Exec(ctx, markDelivery, c.Region, int64(items[i].Recipient), int64(c.ID), string(Sending), clock.Micros(o.clock.Now()), string(Waiting))
				taken = n == 0
				return err
			})
			if err != nil {
				return err
			}
			ended = ended[:0]
			if taken {
				return errTaken
			}
			return nil
		},
		Done: func(_ context.Context, i int, out Outcome) {
			f, ours := FailureOf(out.Err)
			switch {
			case errors.Is(out.Err, errTaken):
			case ours && f.Verdict == Setup:
				if halt == nil {
					halt = out.Err
				}
			case out.Err == nil, Uncertain(out.Err), ours && (f.Step == StepRecipient || f.Step == StepData || f.Step == StepAccept), VerdictOf(out.Err) == Permanent && !ours:
				ended = append(ended, ending{i, out})
			case ours && f.Verdict == Permanent:
				ended = append(ended, ending{i, out})
			default: // nothing of it has left, and nobody is to blame but the way there
				if halt == nil {
					halt = out.Err
				}
			}
		},
	})
	if len(ended) > 0 {
		writing = o.db.Tx(context.WithoutCancel(ctx), write)
	}
	if halt != nil {
		return errors.Join(writing, fmt.Errorf("circular %s of %s stands still (%s): %w", c.ID, c.Region, outline(halt), halted{halt}))
	}
	return writing
}

// halted hides the mail server's words from logs and job errors, and keeps them for
// the circular's note.
type halted struct{ error }

func (h halted) Error() string { return "the mail server could not be spoken to" }

// Words is the mail server's words in an error of Distribute, "" for none.
func Words(err error) string {
	if h, ok := errors.AsType[halted](err); ok {
		if f, ok := FailureOf(h.error); ok {
			return f.Error()
		}
		return h.error.Error()
	}
	return ""
}

// ended writes down what became of one letter. A recipient to be tried again waits,
// until there were enough tries.
func (o *Outbox) ended(ctx context.Context, tx *store.Tx, c Circular, recipient ident.ID, out Outcome, here bool) error {
	stand, reply := Went, out.Receipt.Reply.String()
	if here {
		stand = Local
	}
	if out.Err != nil {
		reply = out.Err.Error()
		if f, ok := FailureOf(out.Err); ok {
			reply = f.Error()
		}
		switch {
		case Uncertain(out.Err):
			stand = Unsure
		case VerdictOf(out.Err) == Permanent:
			stand = Failed
		default:
			stand = Waiting
		}
	}
	_, err := tx.Exec(ctx, endDelivery, c.Region, int64(recipient), int64(c.ID), string(stand), reply, clock.Micros(o.clock.Now()), string(Waiting), string(Failed), deliveryTries)
	return err
}

// Advance tells that everybody up to a recipient has had their turn.
func Advance(ctx context.Context, tx *store.Tx, c Circular, after ident.ID) error {
	_, err := tx.Exec(ctx, advanceCircular, c.Region, int64(c.ID), int64(after))
	return err
}

// Finish ends a circular; note is why it ends before its time, "" when it does not.
// Those who still wait are given up.
func (o *Outbox) Finish(ctx context.Context, tx *store.Tx, c Circular, note string) error {
	if _, err := tx.Exec(ctx, giveUpDeliveries, c.Region, int64(c.ID), string(Waiting), string(Failed)); err != nil {
		return err
	}
	t, err := tally(ctx, tx, c.Region, c.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, finishCircular, c.Region, int64(c.ID), t.Sent, t.Failed, t.Unsure, note, clock.Micros(o.clock.Now()))
	return err
}

// DeliverAgain has a recipient of a circular that has ended, of whose letter nobody knows
// whether it arrived, wait for another one, inside the caller's transaction, which also
// queues whoever carries the circular on. The letter keeps its Message-ID, so that one
// that did arrive arrives as the same one. A Conflict fault when there is nothing unsure.
func (o *Outbox) DeliverAgain(ctx context.Context, tx *store.Tx, region string, circular, recipient ident.ID) error {
	n, err := tx.Exec(ctx, resumeCircular, region, int64(circular))
	if err == nil && n > 0 {
		n, err = tx.Exec(ctx, againDelivery, region, int64(recipient), int64(circular), string(Unsure), string(Waiting), clock.Micros(o.clock.Now()))
	}
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "mail.not_again")
	}
	return err
}

// ForgetCirculars removes what is known of circulars that ended before a time.
func (o *Outbox) ForgetCirculars(ctx context.Context, region string, before time.Time) error {
	ids, err := store.Values[int64](o.db.Query(ctx, selectOldCirculars, region, clock.Micros(before)))
	if err != nil {
		return err
	}
	const atOnce = 1000
	for _, id := range ids {
		for n := atOnce; n == atOnce; {
			if err := o.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				some, err := store.Values[int64](tx.Query(ctx, selectRecipients, region, id, atOnce))
				if err != nil {
					return err
				}
				if n = len(some); n == 0 {
					return nil
				}
				_, err = tx.Exec(ctx, deleteDeliveries, region, store.Ints(some), id)
				return err
			}); err != nil {
				return err
			}
		}
		if err := o.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, deleteCircular, region, id)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func scanCircular(row scanner) (c Circular, err error) {
	var created, done int64
	var data string
	err = row.Scan(&c.Region, &c.ID, &c.Purpose, &c.Spark, &data, &created, &c.After, &c.Sent, &c.Failed, &c.Unsure, &c.Note, &done)
	c.Data, c.Created, c.Done = json.RawMessage(data), clock.FromMicros(created), clock.FromMicros(done)
	return c, err
}

func scanDelivery(row scanner) (d Delivery, err error) {
	var at int64
	err = row.Scan(&d.Recipient, &d.Stand, &d.Tries, &d.Reply, &at)
	d.At = clock.FromMicros(at)
	return d, err
}
