package collision

import (
	"context"
	"slices"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/journey/event"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/audit"
	"kokko/region/network"
)

// Letters is how the purposes of letters about a collision begin.
const Letters = "collision."

// Told asks for the letter that asks whether it may be known whom somebody met. It is
// read when it is written: whoever has left or answered is written to no more.
var Told = jobs.Kind[ToldArgs]{Name: "collision.told"}

// ToldArgs names the event and whom it asks.
type ToldArgs struct {
	Region  string   `json:"region"`
	Event   ident.ID `json:"event"`
	Address ident.ID `json:"address"`
}

// Service is the verbs on collisions. What each role may do is region/office's table,
// kept by the edge.
type Service struct {
	db     *store.DB
	clock  clock.Clock
	ids    *ident.Maker
	actors *actor.Service
	words  Words
}

// New gives the verbs on a store; words tell what people look for and bring apart.
func New(db *store.DB, c clock.Clock, ids *ident.Maker, actors *actor.Service, words Words) *Service {
	return &Service{db, c, ids, actors, words}
}

// Act is the common part of a verb on a collision.
type Act struct {
	Region  string
	Event   ident.ID
	Version int64 // the version the officer saw; 0 acts on whatever is there
}

func (s *Service) note(ctx context.Context, tx *store.Tx, what audit.What, a Act) error {
	return audit.Write(ctx, tx, audit.Entry{Region: a.Region, ID: s.ids.New(), At: s.clock.Now(), What: what, About: audit.About{Thing: audit.Event, Key: a.Event.String()}})
}

// change is one verb: it locks the collision, lets do alter it, and stores it.
func (s *Service) change(ctx context.Context, a Act, what audit.What, do func(ctx context.Context, tx *store.Tx, c *Collision) error) (c Collision, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, nextVersion, a.Region, int64(a.Event)); err != nil {
			return err
		}
		if c, err = Of(ctx, tx, a.Region, a.Event); err != nil {
			return err
		}
		if a.Version != 0 && c.Version != a.Version+1 {
			return fault.New(fault.Conflict, "collision.changed")
		}
		if err := do(ctx, tx, &c); err != nil {
			return err
		}
		if err := save(ctx, tx, updateOne, c); err != nil {
			return err
		}
		return s.note(ctx, tx, what, a)
	})
	return c, err
}

// open refuses what a locked seating does not take.
func (c *Collision) open() error {
	if c.Settled() {
		return fault.New(fault.Conflict, "collision.locked")
	}
	return nil
}

// Set has an event be a collision, or has people change tables otherwise. Who has
// signed up already sits at its tables too. For other rounds they are seated anew.
func (s *Service) Set(ctx context.Context, a Act, set Setting) (c Collision, err error) {
	if err := set.Check(); err != nil {
		return c, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := event.One(ctx, tx, a.Region, a.Event)
		if err != nil {
			return err
		}
		if !e.SignUp {
			return fault.New(fault.Conflict, "collision.sign_up")
		}
		c, err = Of(ctx, tx, a.Region, a.Event)
		if fault.Is(err, fault.NotFound) {
			c = Collision{Region: a.Region, Event: a.Event, Setting: set, Version: 1}
			if err := save(ctx, tx, insertOne, c); err != nil {
				return err
			}
			if err := s.gather(ctx, tx, c); err != nil {
				return err
			}
			return s.note(ctx, tx, audit.EventCollision, a)
		}
		return err
	})
	if err != nil || c.Version == 1 && c.Setting == set {
		return c, err
	}
	return s.change(ctx, a, audit.EventCollision, func(ctx context.Context, tx *store.Tx, c *Collision) error {
		if err := c.open(); err != nil {
			return err
		}
		if err := s.gather(ctx, tx, *c); err != nil {
			return err
		}
		if c.Setting == set {
			return nil
		}
		c.Setting, c.Drawn, c.Tables = set, time.Time{}, 0
		_, err := tx.Exec(ctx, unseatAll, a.Region, int64(a.Event))
		return err
	})
}

// gather puts everybody who has signed up at the tables: also those one of them comes
// with, of whom only that is known.
func (s *Service) gather(ctx context.Context, tx *store.Tx, c Collision) error {
	all, err := Guests(ctx, tx, c.Region, c.Event)
	if err != nil {
		return err
	}
	here := map[ident.ID]int{}
	for _, g := range all {
		here[g.Address]++
	}
	for _, standing := range []event.Standing{event.Seated, event.Waiting} {
		seats, err := event.Seats(ctx, tx, c.Region, c.Event, standing, 0, MaxGuests)
		if err != nil {
			return err
		}
		for _, seat := range seats {
			a, err := address.ByID(ctx, tx, c.Region, seat.Address)
			if err != nil {
				return err
			}
			for range seat.People - here[seat.Address] {
				g := Guest{Region: c.Region, Event: c.Event, ID: s.ids.New(), Address: seat.Address, Name: seat.Name, Language: a.Language, Since: s.clock.Now()}
				if err := put(ctx, tx, insertGuest, g); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Stop has an event be no collision any more; who has signed up stays so.
func (s *Service) Stop(ctx context.Context, a Act) error {
	_, err := s.change(ctx, a, audit.EventCollision, func(ctx context.Context, tx *store.Tx, c *Collision) error {
		if err := c.open(); err != nil {
			return err
		}
		return clearOne(ctx, tx, a.Region, a.Event)
	})
	return err
}

// Tell keeps what somebody who signs up tells of themselves, inside the transaction
// that signs them up; nothing of an event that is no collision.
func (s *Service) Tell(ctx context.Context, tx *store.Tx, a address.Address, e ident.ID, d Draft, w Where) error {
	c, err := Of(ctx, tx, a.Region, e)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	place, err := d.Check(w)
	if err != nil {
		return err
	}
	own, err := mine(ctx, tx, a.Region, e, a.ID)
	if err != nil {
		return err
	}
	g, statement := Guest{Region: a.Region, Event: e, ID: s.ids.New(), Address: a.ID, Language: a.Language, Since: s.clock.Now()}, insertGuest
	if len(own) > 0 {
		g, statement = own[0], updateGuest
		for _, other := range own[1:] { // each signs up for themselves
			if _, err := tx.Exec(ctx, deleteGuest, a.Region, int64(e), int64(other.ID)); err != nil {
				return err
			}
		}
	} else if err := room(ctx, tx, c); err != nil {
		return err
	}
	g.write(d, place)
	return put(ctx, tx, statement, g)
}

// room refuses more guests than one event seats.
func room(ctx context.Context, tx *store.Tx, c Collision) error {
	var n int
	err := tx.QueryRow(ctx, countGuests, c.Region, int64(c.Event)).Scan(&n)
	if err == nil && n >= MaxGuests {
		err = fault.New(fault.Conflict, "collision.full").With("max", MaxGuests)
	}
	return err
}

// Put has the office put down somebody who comes without an address, or write anew what
// it knows of a guest; guest is 0 for a new one.
func (s *Service) Put(ctx context.Context, a Act, guest ident.ID, d Draft, w Where) (Collision, error) {
	place, err := d.Check(w)
	if err != nil {
		return Collision{}, err
	}
	return s.change(ctx, a, audit.EventGuest, func(ctx context.Context, tx *store.Tx, c *Collision) error {
		if guest != 0 {
			g, err := one(ctx, tx, a.Region, a.Event, guest)
			if err != nil {
				return err
			}
			g.write(d, place)
			return put(ctx, tx, updateGuest, g)
		}
		if err := room(ctx, tx, *c); err != nil {
			return err
		}
		g := Guest{Region: a.Region, Event: a.Event, ID: s.ids.New(), Since: s.clock.Now()}
		g.write(d, place)
		return put(ctx, tx, insertGuest, g)
	})
}

// Drop takes away somebody the office put down. Who has signed up leaves by themselves.
func (s *Service) Drop(ctx context.Context, a Act, guest ident.ID) (Collision, error) {
	return s.change(ctx, a, audit.EventGuest, func(ctx context.Context, tx *store.Tx, _ *Collision) error {
		g, err := one(ctx, tx, a.Region, a.Event, guest)
		if err == nil && g.Address != 0 {
			err = fault.New(fault.Conflict, "collision.guest.own")
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, deleteGuest, a.Region, int64(a.Event), int64(guest))
		return err
	})
}

// Draw seats everybody anew by a seed. It is counted outside the transaction: whoever
// comes meanwhile has no table yet.
func (s *Service) Draw(ctx context.Context, a Act, seed int64) (Collision, error) {
	c, err := Of(ctx, s.db, a.Region, a.Event)
	if err != nil {
		return c, err
	}
	guests, err := Guests(ctx, s.db, a.Region, a.Event)
	if err != nil {
		return c, err
	}
	if len(guests) < 2 {
		return c, fault.New(fault.Conflict, "collision.few")
	}
	sectors, err := sectorsOf(ctx, s.db, a.Region, guests)
	if err != nil {
		return c, err
	}
	at, err := Seat(guests, c.Setting, seed, sectors, Match(guests, s.words))
	if err != nil {
		return c, err
	}
	if a.Version == 0 {
		a.Version = c.Version
	}
	return s.change(ctx, a, audit.EventSeated, func(ctx context.Context, tx *store.Tx, c *Collision) error {
		if err := c.open(); err != nil {
			return err
		}
		for i, g := range guests {
			g.Tables = at[i]
			if err := sit(ctx, tx, g); err != nil {
				return err
			}
		}
		c.Seed, c.Drawn, c.Tables = seed, s.clock.Now(), Tables(len(guests), c.Size)
		return nil
	})
}

// sectorsOf numbers the sectors of the organisations people come from, as public lists
// have them; below 0 where there is none.
func sectorsOf(ctx context.Context, from store.Source, region string, guests []Guest) ([]int, error) {
	known := map[string]string{}
	for _, g := range guests {
		if _, ok := known[g.Organisation]; ok || g.Organisation == "" {
			continue
		}
		known[g.Organisation] = ""
		id, err := actor.Whose(ctx, from, region, g.Organisation, func(string) bool { return false })
		if err == nil && id != 0 {
			_, known[g.Organisation], err = actor.Standing(ctx, from, region, id)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	return numbers(guests, func(g Guest) string { return known[g.Organisation] }), nil
}

// Fill gives a table to those who came after the others were seated.
func (s *Service) Fill(ctx context.Context, a Act) (Collision, error) {
	return s.change(ctx, a, audit.EventSeated, func(ctx context.Context, tx *store.Tx, c *Collision) error {
		if !c.Seated() {
			return fault.New(fault.Conflict, "collision.unseated")
		}
		guests, err := Guests(ctx, tx, a.Region, a.Event)
		if err != nil {
			return err
		}
		for i, g := range Fit(guests, c.Rounds, c.Tables) {
			if len(guests[i].Tables) == 0 {
				if err := sit(ctx, tx, g); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Step moves somebody by hand.
type Step struct {
	Guest ident.ID
	Round int // from 1
	Table int
	With  ident.ID // who takes their place, 0 for nobody
}

// Move has somebody sit at another table in a round, in the place of another or beside
// them.
func (s *Service) Move(ctx context.Context, a Act, m Step) (Collision, error) {
	return s.change(ctx, a, audit.EventSeated, func(ctx context.Context, tx *store.Tx, c *Collision) error {
		if err := c.open(); err != nil {
			return err
		}
		guests, err := Guests(ctx, tx, a.Region, a.Event)
		if err != nil {
			return err
		}
		find := func(id ident.ID) *Guest {
			i := slices.IndexFunc(guests, func(g Guest) bool { return g.ID == id && len(g.Tables) > 0 })
			if i < 0 {
				return nil
			}
			return &guests[i]
		}
		g := find(m.Guest)
		if g == nil {
			return fault.New(fault.Invalid, "collision.guest.missing").On("guest")
		}
		if m.Round < 1 || m.Round > len(g.Tables) {
			return fault.New(fault.Invalid, "collision.round.missing").On("round")
		}
		if m.With != 0 {
			o := find(m.With)
			if o == nil || o.ID == g.ID || m.Round > len(o.Tables) {
				return fault.New(fault.Invalid, "collision.guest.missing").On("with")
			}
			m.Table, o.Tables[m.Round-1] = o.Tables[m.Round-1], g.Tables[m.Round-1]
			if err := sit(ctx, tx, *o); err != nil {
				return err
			}
		}
		if m.Table < 1 || m.Table > c.Tables {
			return fault.New(fault.Invalid, "collision.table.missing").On("table").With("max", c.Tables)
		}
		g.Tables[m.Round-1] = m.Table
		return sit(ctx, tx, *g)
	})
}

// Lock settles the seating, so that everybody sees their own tables, or opens it again.
func (s *Service) Lock(ctx context.Context, a Act, yes bool) (Collision, error) {
	return s.change(ctx, a, audit.EventSeated, func(ctx context.Context, tx *store.Tx, c *Collision) error {
		if c.Locked = (time.Time{}); !yes {
			return nil
		}
		if !c.Seated() {
			return fault.New(fault.Conflict, "collision.unseated")
		}
		c.Locked = s.clock.Now()
		return nil
	})
}

// Attend notes who was there, once the event has begun, and asks each of them who has
// an address, once, whether it may be known whom they met.
func (s *Service) Attend(ctx context.Context, a Act, there []ident.ID) (Collision, error) {
	return s.change(ctx, a, audit.EventMet, func(ctx context.Context, tx *store.Tx, c *Collision) error {
		e, err := event.One(ctx, tx, a.Region, a.Event)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		if st := e.State(now); st != event.On && st != event.Over {
			return fault.New(fault.Conflict, "collision.early")
		}
		if !c.Seated() {
			return fault.New(fault.Conflict, "collision.unseated")
		}
		guests, err := Guests(ctx, tx, a.Region, a.Event)
		if err != nil {
			return err
		}
		asked := map[ident.ID]bool{}
		for _, g := range guests {
			was := g
			g.There = slices.Contains(there, g.ID)
			if !g.There && was.Met == Yes { // a slip is mended: they met nobody there
				if err := s.untie(ctx, tx, was, guests); err != nil {
					return err
				}
				g.Met, g.MetAt = "", time.Time{}
			}
			if g.There && g.Address != 0 && g.Asked.IsZero() && !asked[g.Address] {
				asked[g.Address], g.Asked = true, now
				if err := Told.Enqueue(ctx, tx, ToldArgs{a.Region, a.Event, g.Address}); err != nil {
					return err
				}
			}
			if err := put(ctx, tx, updateGuest, g); err != nil {
				return err
			}
		}
		c.Asked = now
		return nil
	})
}

// Reply keeps whether it may be known whom somebody met, inside the caller's
// transaction. A yes ties them to everybody of their tables who has said yes too; a no
// takes that back, whenever it is said.
func (s *Service) Reply(ctx context.Context, tx *store.Tx, a address.Address, e ident.ID, yes bool) error {
	if _, err := tx.Exec(ctx, lockOne, a.Region, int64(e)); err != nil {
		return err
	}
	guests, err := Guests(ctx, tx, a.Region, e)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(guests, func(g Guest) bool { return g.Address == a.ID && !g.Asked.IsZero() && g.There })
	if i < 0 {
		return fault.New(fault.NotFound, "collision.none")
	}
	g := &guests[i]
	if !yes {
		if err := s.untie(ctx, tx, *g, guests); err != nil {
			return err
		}
		g.Met, g.MetAt = No, s.clock.Now()
		return put(ctx, tx, updateGuest, *g)
	}
	g.Met, g.MetAt = Yes, s.clock.Now()
	if err := put(ctx, tx, updateGuest, *g); err != nil {
		return err
	}
	me, err := s.actors.Person(ctx, tx, a, g.Name)
	if err != nil {
		return err
	}
	held, err := event.One(ctx, tx, a.Region, e)
	if err != nil {
		return err
	}
	for _, o := range Acquainted(*g, guests) {
		other, err := s.actors.PersonAt(ctx, tx, a.Region, o.Address, o.Name)
		if err != nil {
			return err
		}
		if err := network.Tied(ctx, tx, a.Region, network.Tie{From: me.ID, To: other.ID, Why: network.Table, Source: e, At: held.Begins}); err != nil {
			return err
		}
	}
	return nil
}

// untie takes back that somebody met those of their tables.
func (s *Service) untie(ctx context.Context, tx *store.Tx, g Guest, guests []Guest) error {
	var others []ident.ID
	for _, o := range Acquainted(g, guests) {
		others = append(others, o.Address)
	}
	return network.Parted(ctx, tx, g.Region, network.Table, g.Event, g.Address, others...)
}

// Leave takes away what somebody told who signs off, inside the caller's transaction.
func (s *Service) Leave(ctx context.Context, tx *store.Tx, region string, e, a ident.ID) error {
	guests, err := Guests(ctx, tx, region, e)
	if err != nil {
		return err
	}
	for _, g := range guests {
		if g.Address == a {
			if err := s.untie(ctx, tx, g, guests); err != nil {
				return err
			}
		}
	}
	_, err = tx.Exec(ctx, deleteOwn, region, int64(e), int64(a))
	return err
}

// Erase takes away everything an address has told for collisions.
func (s *Service) Erase(ctx context.Context, tx *store.Tx, region string, a ident.ID) error {
	all, err := OfAddress(ctx, tx, region, a)
	for _, g := range all {
		if err == nil {
			err = s.Leave(ctx, tx, region, g.Event, a)
		}
	}
	return err
}

// Sweep forgets who sat where as soon as it is forgotten who had signed up. What two
// have said yes to stays, and is theirs to end.
func (s *Service) Sweep(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		old := clock.Micros(s.clock.Now().Add(-event.SeatsKept))
		for _, statement := range []string{sweepGuests, sweepOnes} {
			if _, err := tx.Exec(ctx, statement, region, old); err != nil {
				return err
			}
		}
		return nil
	})
}

// demoMost is the last number of an invented event.
const demoMost = 1000

// Demonstrate seats invented people at an invented event, inside the caller's
// transaction. They have no address and cannot be reached.
func (s *Service) Demonstrate(ctx context.Context, tx *store.Tx, region string, e ident.ID, set Setting, people []Draft, w Where) error {
	c := Collision{Region: region, Event: e, Setting: set, Seed: 1, Drawn: s.clock.Now(), Tables: Tables(len(people), set.Size), Version: 1}
	var guests []Guest
	for _, d := range people {
		place, err := d.Check(w)
		if err != nil {
			return err
		}
		g := Guest{Region: region, Event: e, ID: s.ids.New(), Since: s.clock.Now()}
		g.write(d, place)
		guests = append(guests, g)
	}
	at, err := Seat(guests, set, c.Seed, nil, Match(guests, s.words))
	if err != nil {
		return err
	}
	if err := save(ctx, tx, insertOne, c); err != nil {
		return err
	}
	for i, g := range guests {
		g.Tables = at[i]
		if err := put(ctx, tx, insertGuest, g); err != nil {
			return err
		}
	}
	return nil
}

// ClearDemo removes them.
func (s *Service) ClearDemo(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range []string{deleteDemoGuests, deleteDemo} {
			if _, err := tx.Exec(ctx, statement, region, demoMost); err != nil {
				return err
			}
		}
		return nil
	})
}
