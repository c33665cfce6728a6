package ring

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/audit"
	"kokko/region/knowhow"
	"kokko/region/office"
	"kokko/region/trust"
)

// arrival is how region/trust names what people write when they join.
const arrival = "ring"

// Letters is how the purposes of letters to somebody in a ring begin.
const Letters = "ring."

// Told asks for one letter to somebody in a ring. What it says is read when it is
// written: whoever has left by then is written to no more.
var Told = jobs.Kind[ToldArgs]{Name: "ring.told"}

// ToldArgs names the ring, whom it is told, what, and of which commitment.
type ToldArgs struct {
	Region     string      `json:"region"`
	Spark      ident.ID    `json:"spark"`
	Member     ident.ID    `json:"member,omitempty"` // 0 for the bringer
	News       News        `json:"news"`
	Commitment ident.ID    `json:"commitment,omitempty"`
	Day        workday.Day `json:"day,omitempty"` // the commitment's when it was asked for
}

// Service is the verbs of rings. Each runs on its spark, locked.
type Service struct {
	db     *store.DB
	clock  clock.Clock
	ids    *ident.Maker
	sparks *spark.Service
	know   *knowhow.Service // nil: nobody is found by what they do in rings
	actors *actor.Service   // nil: nobody is tied by being in a ring
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker, sparks *spark.Service) *Service {
	s := &Service{db: db, clock: c, ids: ids, sparks: sparks}
	sparks.Carrying(s.carry)
	return s
}

// By is who acts on a ring beside the people in it: its bringer, or an officer.
type By struct {
	Actor   story.Actor
	Officer ident.ID
}

// turn is one verb on one ring inside a transaction.
type turn struct {
	*Service
	tx    *store.Tx
	sp    *spark.Spark
	beats []story.Beat
}

// on runs a verb on the ring of a spark, inside the caller's transaction, wherever that
// ring is now.
func (s *Service) on(ctx context.Context, tx *store.Tx, region string, sp ident.ID, do func(t *turn) error) error {
	sp, err := At(ctx, tx, region, sp)
	if err != nil {
		return err
	}
	_, err = s.sparks.Beside(ctx, tx, region, sp, func(ctx context.Context, tx *store.Tx, locked *spark.Spark) ([]story.Beat, error) {
		t := &turn{Service: s, tx: tx, sp: locked}
		err := do(t)
		return t.beats, err
	})
	return err
}

func (t *turn) today() workday.Day { return office.Today(t.clock) }

// tell adds what happened to the story, seen by as many as may know that the member is
// in the ring at all. No beat names anybody: who is in a ring now is said by the ring.
func (t *turn) tell(m Member, b story.Beat) {
	if b.Visibility == "" {
		b.Visibility = t.sp.SeenBy()
		if m.Seen == spark.Office {
			b.Visibility = story.Parties
		}
	}
	if b.Actor == "" {
		b.Actor = story.Reader
	}
	t.beats = append(t.beats, b)
}

// Join puts a person into the ring of a spark, inside the transaction that confirms
// their address, or changes how they are in it. What they wrote is weighed as a spark
// is: it may have to wait for a look; so does everybody where the bringer wants to say
// yes first. What they take upon themselves counts once they are in.
func (s *Service) Join(ctx context.Context, tx *store.Tx, who address.Address, sp ident.ID, d Draft, sender trust.Sender) (m Member, err error) {
	if err := d.Check(office.Today(s.clock)); err != nil {
		return m, err
	}
	err = s.on(ctx, tx, who.Region, sp, func(t *turn) error {
		if !t.sp.Listed || !t.sp.Open {
			return fault.New(fault.NotFound, "ring.closed")
		}
		brought, err := spark.BroughtBy(ctx, tx, t.sp, who.Email)
		if err != nil {
			return err
		}
		if brought {
			return fault.New(fault.Conflict, "ring.bringer")
		}
		was, before, err := Here(ctx, tx, who.Region, who.ID, t.sp.ID)
		if err != nil {
			return err
		}
		if before && was.State == Declined {
			return fault.New(fault.Conflict, "ring.declined")
		}
		m = Member{Region: who.Region, Spark: t.sp.ID, ID: s.ids.New(), Address: who.ID, Since: s.clock.Now(), State: In}
		if before {
			m = was
		} else if err := t.room(ctx); err != nil {
			return err
		}
		m.Role, m.Name, m.Seen, m.Brings, m.Language = d.Role, d.Name, d.Seen, d.Brings, d.Language
		if !before {
			asks, err := Asks(ctx, tx, who.Region, t.sp.ID)
			if err != nil {
				return err
			}
			if asks {
				m.State = Asked
			}
		}
		if err := t.weigh(ctx, who, &m, was, d.Take.What, sender); err != nil {
			return err
		}
		if err := t.yes(ctx, m, d.Tied); err != nil {
			return err
		}
		return t.put(ctx, who, was, &m, d.Take)
	})
	return m, err
}

// room refuses who would make a ring too large to be read.
func (t *turn) room(ctx context.Context) error {
	var n int
	err := t.tx.QueryRow(ctx, countPeople, t.sp.Region, int64(t.sp.ID)).Scan(&n)
	if err == nil && n >= MaxPeople {
		err = fault.New(fault.Conflict, "ring.full")
	}
	return err
}

// weigh judges what a person wrote of themselves and what they would do; was is what
// stood there before.
func (t *turn) weigh(ctx context.Context, who address.Address, m *Member, was Member, what string, sender trust.Sender) error {
	sender.Address = who.Email
	before, now := strings.TrimSpace(was.Brings+"\n"+was.Name), strings.TrimSpace(m.Brings+"\n"+m.Name+"\n"+what)
	if was.ID != 0 && before == now {
		return nil
	}
	var known int
	if err := t.tx.QueryRow(ctx, countBefore, who.Region, int64(who.ID)).Scan(&known); err != nil {
		return err
	}
	v, err := trust.Weigh(ctx, t.tx, who.Region, t.clock.Now(), trust.Piece{Kind: arrival, ID: m.ID, Text: now, Before: before, Sender: sender, Known: known > 0, Count: was.ID == 0})
	if err == nil {
		err = v.Fault()
	}
	if m.Held = v.Held(); m.Held != "" {
		m.State = Asked
	}
	return err
}

// put stores a member as they have become, with what follows: the one place that says
// so.
func (t *turn) put(ctx context.Context, who address.Address, was Member, m *Member, take Take) error {
	query := updateMember
	if was.ID == 0 {
		query = insertMember
	}
	if err := spark.Acting(ctx, t.tx, t.sp, who, func() error { return saveMember(ctx, t.tx, query, *m) }); err != nil {
		return err
	}
	if err := t.touch(ctx, who); err != nil {
		return err
	}
	if err := t.tie(ctx, who, *m); err != nil {
		return err
	}
	switch {
	case m.State == In && was.State != In:
		t.tell(*m, story.Beat{Type: story.Joined, Facts: story.Facts{Role: string(m.Role)}})
	case m.State == Asked && was.State != Asked:
		if was.State == In { // what they changed waits for a look, and they with it
			all, err := CommitmentsOf(ctx, t.tx, was)
			if err != nil {
				return err
			}
			for _, c := range all {
				if c.State == Open {
					t.sp.Doers = max(0, t.sp.Doers-1)
				}
			}
		}
		t.tell(*m, story.Beat{Type: story.Offered, Visibility: story.Parties, Facts: story.Facts{Role: string(m.Role)}})
	}
	if take.empty() {
		return nil
	}
	return t.take(ctx, *m, take)
}

// Leave takes a person out of a ring at once. What they had taken upon themselves and
// not done is free for others; what they did stays done.
func (s *Service) Leave(ctx context.Context, tx *store.Tx, who address.Address, sp ident.ID) error {
	return s.on(ctx, tx, who.Region, sp, func(t *turn) error {
		m, ok, err := Here(ctx, tx, who.Region, who.ID, t.sp.ID)
		if err != nil || !ok {
			return err
		}
		return t.leave(ctx, who, m, false)
	})
}

// leave takes a member out; with erase also the words of what they did go.
func (t *turn) leave(ctx context.Context, who address.Address, m Member, erase bool) error {
	all, err := CommitmentsOf(ctx, t.tx, m)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.State == Open {
			t.end(m, c, LetGo)
			c.State, c.Ended = LetGo, t.clock.Now()
		}
		if c.Member = gone; erase || c.State == LetGo {
			c.What = ""
		}
		if err := saveTaken(ctx, t.tx, updateTaken, c); err != nil {
			return err
		}
	}
	if err := trust.Forget(ctx, t.tx, m.Region, arrival, m.ID); err != nil {
		return err
	}
	if err := errors.Join(t.yes(ctx, m, false), t.untie(ctx, who)); err != nil {
		return err
	}
	if err := spark.Acting(ctx, t.tx, t.sp, who, func() error {
		_, err := t.tx.Exec(ctx, deleteMember, m.Region, int64(m.Spark), int64(m.ID))
		return err
	}); err != nil {
		return err
	}
	if err := t.touch(ctx, who); err != nil {
		return err
	}
	if m.State == In {
		t.tell(m, story.Beat{Type: story.Parted, Visibility: story.Parties})
	}
	return nil
}

// gone is the member of what somebody did who is in the ring no more.
const gone ident.ID = 1

// EraseOf takes a person out of every ring, with everything they wrote there.
func (s *Service) EraseOf(ctx context.Context, tx *store.Tx, who address.Address) error {
	for {
		all, err := Of(ctx, tx, who.Region, who.ID, 100)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, m := range all {
			if err := s.on(ctx, tx, who.Region, m.Spark, func(t *turn) error { return t.leave(ctx, who, m, true) }); err != nil {
				return err
			}
		}
	}
}

// Decide says yes or a kind no to who has asked to join; either is told to them.
func (s *Service) Decide(ctx context.Context, by By, region string, sp, member ident.ID, yes bool) (m Member, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.on(ctx, tx, region, sp, func(t *turn) error {
			was, err := One(ctx, tx, region, t.sp.ID, member)
			if err != nil {
				return err
			}
			if was.State != Asked {
				return fault.New(fault.Conflict, "ring.decided")
			}
			if was.Held != "" && by.Actor == story.Bringer {
				return fault.New(fault.Forbidden, "ring.held") // the office looks first
			}
			who, err := address.ByID(ctx, tx, region, was.Address)
			if err != nil {
				return err
			}
			m = was
			m.State, m.Held, m.Decided = In, "", s.clock.Now()
			news := Welcome
			if !yes {
				m.State, m.Name, m.Brings, news = Declined, "", "", Sorry
				if err := t.release(ctx, m); err != nil {
					return err
				}
				if by.Officer != 0 {
					if err := audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: m.Decided, Officer: by.Officer, What: audit.RingDeclined, About: audit.About{Thing: audit.Spark, Key: t.sp.Code}}); err != nil {
						return err
					}
				}
			}
			if err := trust.Settle(ctx, tx, region, arrival, m.ID); err != nil {
				return err
			}
			if err := t.put(ctx, who, was, &m, Take{}); err != nil {
				return err
			}
			if yes {
				if err := t.begin(ctx, m); err != nil {
					return err
				}
			}
			return Told.Enqueue(ctx, tx, ToldArgs{Region: region, Spark: t.sp.ID, Member: m.ID, News: news})
		})
	})
	return m, err
}

// Look sets what a ring looks for and whether its bringer says yes to each who comes.
func (s *Service) Look(ctx context.Context, by By, region string, sp ident.ID, asks bool, all []Opening) error {
	if err := CheckOpenings(all); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.on(ctx, tx, region, sp, func(t *turn) error {
			was, err := Openings(ctx, tx, region, t.sp.ID)
			if err != nil {
				return err
			}
			var f story.Facts
			for _, r := range Roles() {
				of := func(o Opening) bool { return o.Role == r }
				had, has := slices.IndexFunc(was, of), slices.IndexFunc(all, of)
				switch {
				case has >= 0:
					if had < 0 {
						f.Added = append(f.Added, string(r))
					}
					if _, err := tx.Exec(ctx, putOpening, region, int64(t.sp.ID), string(r), all[has].Wanted, clock.Micros(s.clock.Now())); err != nil {
						return err
					}
				case had >= 0:
					f.Removed = append(f.Removed, string(r))
					if _, err := tx.Exec(ctx, deleteOpening, region, int64(t.sp.ID), string(r)); err != nil {
						return err
					}
				}
			}
			if len(f.Added)+len(f.Removed) > 0 {
				t.tell(Member{}, story.Beat{Type: story.Sought, Actor: by.Actor, Officer: by.Officer, Facts: f})
			}
			_, err = tx.Exec(ctx, putAsks, region, int64(t.sp.ID), asks)
			return err
		})
	})
}

// take stores a new commitment of a member; of the bringer with the zero Member.
func (t *turn) take(ctx context.Context, m Member, take Take) error {
	if err := take.Check(t.today()); err != nil {
		return err
	}
	mine, err := taken(ctx, t.tx, selectTakeOf, t.sp.Region, int64(t.sp.ID), int64(m.ID))
	if err != nil {
		return err
	}
	open := 0
	for _, c := range mine {
		if c.State != Open {
			continue
		}
		if open++; c.What == take.What && c.Day == take.Day {
			return nil // the same press of a button
		}
	}
	if open >= MaxOpen {
		return fault.New(fault.Conflict, "ring.commitment.too_many").On("what").With("max", MaxOpen)
	}
	c := Commitment{Region: t.sp.Region, Spark: t.sp.ID, ID: t.ids.New(), Member: m.ID, What: take.What, Day: take.Day, State: Open, Made: t.clock.Now()}
	if c.Day <= t.today()+1 {
		c.reminded = c.Day // they know
	}
	if err := saveTaken(ctx, t.tx, insertTaken, c); err != nil {
		return err
	}
	if m.ID != 0 && m.State != In {
		return nil
	}
	t.counts(m, c)
	return nil
}

// counts has a commitment count: the spark has a doer.
func (t *turn) counts(m Member, c Commitment) {
	t.sp.Doers++
	t.tell(m, story.Beat{Type: story.Committed, Actor: actorOf(m), Facts: story.Facts{Commitment: c.ID, Day: c.Day}})
}

// begin has what a member took upon themselves count, when they have been let in.
func (t *turn) begin(ctx context.Context, m Member) error {
	all, err := CommitmentsOf(ctx, t.tx, m)
	for _, c := range all {
		if c.State == Open {
			t.counts(m, c)
		}
	}
	return err
}

// release takes away what somebody would have done who is not let in; it never counted.
func (t *turn) release(ctx context.Context, m Member) error {
	all, err := CommitmentsOf(ctx, t.tx, m)
	for _, c := range all {
		if err == nil && c.State == Open {
			c.State, c.What, c.Ended, c.Member = LetGo, "", t.clock.Now(), gone
			err = saveTaken(ctx, t.tx, updateTaken, c)
		}
	}
	return err
}

func actorOf(m Member) story.Actor {
	if m.ID == 0 {
		return story.Bringer
	}
	return story.Reader
}

// CommitBringer takes a next step upon a spark's bringer.
func (s *Service) CommitBringer(ctx context.Context, region string, sp ident.ID, take Take) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.on(ctx, tx, region, sp, func(t *turn) error {
			if !t.sp.Open && t.sp.MergedInto == 0 {
				return fault.New(fault.Conflict, "ring.closed")
			}
			return t.take(ctx, Member{}, take)
		})
	})
}

// Turn is what becomes of a commitment: kept, let go, or moved to a day.
type Turn struct {
	To  Fate        // Kept or LetGo; Open to move it
	Day workday.Day // with Open
}

// Turn has a commitment of a person turn out, inside the caller's transaction.
func (s *Service) Turn(ctx context.Context, tx *store.Tx, who address.Address, sp, commitment ident.ID, to Turn) error {
	return s.on(ctx, tx, who.Region, sp, func(t *turn) error {
		m, ok, err := Here(ctx, tx, who.Region, who.ID, t.sp.ID)
		if err == nil && !ok {
			err = fault.New(fault.NotFound, "ring.none")
		}
		if err != nil {
			return err
		}
		return t.turnOut(ctx, m, commitment, to)
	})
}

// TurnBringer has a commitment of the bringer turn out.
func (s *Service) TurnBringer(ctx context.Context, region string, sp, commitment ident.ID, to Turn) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.on(ctx, tx, region, sp, func(t *turn) error { return t.turnOut(ctx, Member{}, commitment, to) })
	})
}

func (t *turn) turnOut(ctx context.Context, m Member, id ident.ID, to Turn) error {
	c, err := Taken(ctx, t.tx, t.sp.Region, t.sp.ID, id)
	if err == nil && (c.Member != m.ID || m.ID != 0 && m.State != In) {
		err = fault.New(fault.NotFound, "ring.commitment.none")
	}
	if err != nil {
		return err
	}
	if c.State != Open {
		return fault.New(fault.Conflict, "ring.commitment.ended")
	}
	switch to.To {
	case Kept, LetGo:
		t.end(m, c, to.To)
		c.State, c.Ended = to.To, t.clock.Now()
	case Open:
		if err := checkDay(to.Day, t.today()); err != nil {
			return err
		}
		if to.Day == c.Day {
			return nil
		}
		t.tell(m, story.Beat{Type: story.Moved, Actor: actorOf(m), Facts: story.Facts{Commitment: c.ID, FromDay: c.Day, Day: to.Day}})
		// For another day it is reminded of anew.
		if c.Day, c.Moves, c.reminded, c.asked = to.Day, c.Moves+1, 0, 0; c.Day <= t.today()+1 {
			c.reminded = c.Day
		}
	default:
		return fault.New(fault.Invalid, "ring.turn.missing").On("to")
	}
	return saveTaken(ctx, t.tx, updateTaken, c)
}

// end tells how a commitment ended; a step let go is nobody's any more.
func (t *turn) end(m Member, c Commitment, to Fate) {
	if m.ID != 0 && m.State != In {
		return // it never counted
	}
	b := story.Beat{Type: story.Kept, Actor: actorOf(m), Facts: story.Facts{Commitment: c.ID}}
	if to == LetGo {
		b.Type = story.LetGo
		t.sp.Doers = max(0, t.sp.Doers-1)
	}
	t.tell(m, b)
}

// remindMost is how many are reminded at a time.
const remindMost = 500

// Remind asks for a letter about what is due tomorrow, and about what was due yesterday
// or before: once for each day a commitment has had.
func (s *Service) Remind(ctx context.Context, region string) error {
	for {
		n := 0
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			today := office.Today(s.clock)
			due, err := taken(ctx, tx, selectDue, region, int64(today+1), int64(today), remindMost)
			if err != nil {
				return err
			}
			n = len(due)
			for _, c := range due {
				args := ToldArgs{Region: region, Spark: c.Spark, Member: c.Member, News: Tomorrow, Commitment: c.ID, Day: c.Day}
				if c.reminded = c.Day; c.Day < today {
					c.asked, args.News = c.Day, Due
				}
				// Not where it was moved or ended meanwhile.
				moved, err := tx.Exec(ctx, markReminded, region, int64(c.Spark), int64(c.ID), int64(c.Day), int64(c.reminded), int64(c.asked))
				if err == nil && moved > 0 {
					err = Told.Enqueue(ctx, tx, args)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}); err != nil || n < remindMost {
			return err
		}
	}
}

// Sweep forgets who was declined long ago.
func (s *Service) Sweep(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, sweepDecline, region, clock.Micros(s.clock.Now().Add(-DeclinedKept)))
		return err
	})
}

// Still tells that a letter about a commitment is still to be written: it is open, and
// due on the day it was asked for.
func (a ToldArgs) Still(c Commitment, now time.Time, today workday.Day) bool {
	return c.State == Open && c.Day == a.Day && (a.News != Tomorrow || c.Day >= today) && !now.Before(c.Made)
}
