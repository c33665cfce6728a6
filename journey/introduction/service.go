package introduction

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/audit"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/trust"
)

// Letters is how the purposes of letters about an introduction begin.
const Letters = "introduction."

// Told asks for one letter. What it says is read when it is written.
var Told = jobs.Kind[ToldArgs]{Name: "introduction.told"}

// ToldArgs names the introduction, which side is told, and what.
type ToldArgs struct {
	Region       string   `json:"region"`
	Introduction ident.ID `json:"introduction"`
	To           Role     `json:"to"`
	News         News     `json:"news"`
}

// Service is the verbs of introductions. Each is one transaction.
type Service struct {
	db     *store.DB
	clock  clock.Clock
	ids    *ident.Maker
	sparks *spark.Service
	actors *actor.Service

	know    *knowhow.Service // nil: nothing is proposed
	network *network.Memory
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker, sparks *spark.Service, actors *actor.Service) *Service {
	return &Service{db: db, clock: c, ids: ids, sparks: sparks, actors: actors}
}

// Link is the secret of one side's page. It is made of the region's secret and never
// stored: every letter can carry it.
func Link(ctx context.Context, tx *store.Tx, region string, id ident.ID, r Role) (string, error) {
	keys, err := trust.KeysIn(ctx, tx, region)
	return LinkBy(keys, id, r), err
}

// LinkBy is Link for who only reads.
func LinkBy(keys trust.Keys, id ident.ID, r Role) string {
	return keys.Secret("introduction", id.String()+"/"+string(r))
}

// Ask begins an introduction for a person, inside the transaction that confirms their
// address. It goes along the first of the draft's ways all of whose people may be asked;
// else its broker passes it on, where they may be asked, and else the officer on duty, or
// who answers for the spark.
func (s *Service) Ask(ctx context.Context, tx *store.Tx, who address.Address, broker office.Officer, d Draft) (x Introduction, err error) {
	if err := d.Check(); err != nil {
		return x, err
	}
	if err := s.mayAsk(ctx, tx, who, Asker); err != nil {
		return x, err
	}
	if broker.ID == 0 {
		return x, fault.New(fault.Conflict, "introduction.nobody")
	}
	now := s.clock.Now()
	me, err := s.actors.Person(ctx, tx, who, d.Name)
	if err != nil {
		return x, err
	}
	if me.ID == d.Actor {
		return x, fault.New(fault.Conflict, "introduction.self")
	}
	if d.Broker == me.ID || d.Broker == d.Actor {
		d.Broker = 0
	}
	passes, err := s.broker(ctx, tx, who.Region, d.Broker, broker)
	if err != nil {
		return x, err
	}
	x = Introduction{Region: who.Region, ID: s.ids.New(), Spark: d.Spark, Wanted: d.Wanted, Message: d.Message, Began: now, Turned: now, Until: now.Add(Open),
		Asker:  Side{Role: Asker, Address: who.ID, Actor: me.ID, Email: who.Email, Name: d.Name, Language: d.Language, Answer: Yes, Tells: d.Tells, Answered: now},
		Broker: passes,
		Other:  Side{Role: Other, Actor: d.Actor, Language: d.Language}}
	if err := s.reach(ctx, tx, &x); err != nil {
		return x, err
	}
	if x.plans(d.Ways); len(x.plan) > 0 {
		ok, err := s.start(ctx, tx, &x)
		if err != nil {
			return x, err
		}
		if ok {
			x.Broker = Side{Role: Broker, Language: d.Language}
			x.Until = x.Until.Add(time.Duration(min(len(d.Ways[0]), MostHands)-1) * PerHand)
		}
	}
	x.State = x.state()
	return x, s.begin(ctx, tx, &x)
}

// mayAsk refuses who has as many under way as one may, or whom the office has blocked.
func (s *Service) mayAsk(ctx context.Context, tx *store.Tx, who address.Address, as Role) error {
	now := s.clock.Now()
	var n int // also those that have ended, which they do not know
	if err := tx.QueryRow(ctx, countMine, who.Region, int64(who.ID), clock.Micros(now), string(as)).Scan(&n); err != nil {
		return err
	}
	if n >= MostOpen {
		return fault.New(fault.Conflict, "introduction.too_many").With("max", MostOpen)
	}
	e, err := trust.OfAddress(ctx, tx, who.Region, who.Email, now)
	if err == nil && e.Standing == trust.Blocked {
		err = fault.New(fault.Forbidden, "trust.refused")
	}
	return err
}

// reach finds where the other one is reached, when they are a person who is here.
func (s *Service) reach(ctx context.Context, tx *store.Tx, x *Introduction) error {
	if x.Other.Actor == 0 {
		return nil
	}
	p, err := actor.PersonByID(ctx, tx, x.Region, x.Other.Actor)
	if fault.Is(err, fault.NotFound) {
		return nil // an organisation: the broker knows whom to ask there
	}
	if err != nil {
		return err
	}
	if !p.Chose(actor.Findable) {
		return fault.New(fault.NotFound, "introduction.other")
	}
	a, err := address.ByID(ctx, tx, x.Region, p.Address)
	if err != nil {
		return err
	}
	x.Other.Address, x.Other.Email, x.Other.Name, x.Other.Language = a.ID, a.Email, p.Name, a.Language
	return nil
}

// begin stores an introduction with its sides, and has whoever it waits for told.
func (s *Service) begin(ctx context.Context, tx *store.Tx, x *Introduction) error {
	if err := save(ctx, tx, insert, *x); err != nil {
		return err
	}
	for _, r := range []Role{Asker, Broker, Other} {
		secret, err := Link(ctx, tx, x.Region, x.ID, r)
		if err != nil {
			return err
		}
		side := x.side(r)
		side.Role, side.hash = r, ident.Hash(secret)
		if err := saveSide(ctx, tx, insertSide, x.Region, x.ID, *side); err != nil {
			return err
		}
	}
	if err := saveHands(ctx, tx, *x); err != nil {
		return err
	}
	return s.tell(ctx, tx, *x)
}

// tell asks for the letter that a state asks for.
func (s *Service) tell(ctx context.Context, tx *store.Tx, x Introduction) error {
	to := func(r Role, n News) error {
		return Told.Enqueue(ctx, tx, ToldArgs{x.Region, x.ID, r, n})
	}
	switch x.State {
	case WithBroker:
		return to(x.Waits(), PassOn)
	case WithAsker:
		if stopped, err := Stopped(ctx, tx, x.Region, x.Asker.Email); err != nil || stopped {
			return err // as silently as for the other
		}
		return to(Asker, Would)
	case WithOther:
		if x.heard.IsZero() {
			return nil
		}
		return to(Other, Would)
	case Met:
		return errors.Join(to(Asker, Meet), to(Other, Meet))
	}
	return nil
}

// spared tells that the other one is not to be asked: they never want to be, have no
// time, or have been asked as often this month as suits them. They hear nothing, and
// nobody hears why: the time of the introduction runs out.
func (s *Service) spared(ctx context.Context, tx *store.Tx, x Introduction) (bool, error) {
	stopped, err := Stopped(ctx, tx, x.Region, x.Other.Email)
	if err != nil || stopped || x.Other.Actor == 0 {
		return stopped, err
	}
	p, err := actor.PersonByID(ctx, tx, x.Region, x.Other.Actor)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil || p.Busy(office.Today(s.clock)) || !p.Chose(actor.Findable) {
		return true, err
	}
	load, err := s.load(ctx, tx, p, x.ID)
	return load >= 1, err
}

// load is how much of the requests a month that suit a person they have had.
func (s *Service) load(ctx context.Context, from store.Source, p actor.Person, but ident.ID) (float64, error) {
	if p.Pace == 0 {
		return 0, nil
	}
	var n int
	err := from.QueryRow(ctx, countAsked, p.Region, int64(p.ID), int64(ident.At(s.clock.Now().Add(-Month))), int64(but)).Scan(&n)
	return float64(n) / float64(p.Pace), err
}

// Loads is how much of what suits them each person who was asked this month has been:
// who is full is not suggested, and no page says so.
func (s *Service) Loads(ctx context.Context, from store.Source, region string) (map[ident.ID]float64, error) {
	loads, ids := map[ident.ID]float64{}, []ident.ID{}
	rows, err := from.Query(ctx, selectAsked, region, int64(ident.At(s.clock.Now().Add(-Month))))
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var n int
		err := rows.Scan(&id, &n)
		loads[id], ids = float64(n), append(ids, id)
		return err
	}); err != nil {
		return nil, err
	}
	all, err := actor.PeopleByIDs(ctx, from, region, ids...)
	for id := range loads {
		p, ok := all[id]
		if !ok || p.Pace == 0 {
			delete(loads, id)
			continue
		}
		loads[id] /= float64(p.Pace)
	}
	return loads, err
}

// Stopped tells that the owner of an address never wants to be asked.
func Stopped(ctx context.Context, tx *store.Tx, region, email string) (bool, error) {
	keys, err := trust.KeysIn(ctx, tx, region)
	if err != nil || email == "" {
		return false, err
	}
	var n int
	err = tx.QueryRow(ctx, countStop, region, keys.Address(email)).Scan(&n)
	return n > 0, err
}

// on runs a verb on an introduction that is locked, inside the caller's transaction, and
// stores what it became.
func (s *Service) on(ctx context.Context, tx *store.Tx, region string, id ident.ID, do func(x *Introduction) error) (x Introduction, err error) {
	if _, err := tx.Exec(ctx, lock, region, int64(id)); err != nil {
		return x, err
	}
	if x, err = One(ctx, tx, region, id); err != nil {
		return x, err
	}
	was, waited, chained := x, x.Waits(), len(x.Hands)+len(x.plan) > 0
	if err := do(&x); err != nil {
		return x, err
	}
	x.State = x.state()
	moved := x.State != was.State || x.Waits() != waited
	if moved {
		x.Turned = s.clock.Now()
	}
	if x.State == WithOther && was.State != WithOther {
		spared, err := s.spared(ctx, tx, x)
		if err != nil {
			return x, err
		}
		if !spared {
			x.heard = x.Turned
		}
	}
	if x.State == Met && was.State != Met {
		x.MetAt = x.Turned
		err = s.meet(ctx, tx, &x)
	} else if x.State == Ended && was.State != Ended && x.why == "" {
		x.why = Declined
	}
	if err != nil {
		return x, err
	}
	if err := save(ctx, tx, update, x); err != nil {
		return x, err
	}
	for _, r := range []Role{Asker, Broker, Other} {
		if err := saveSide(ctx, tx, updateSide, region, id, *x.side(r)); err != nil {
			return x, err
		}
	}
	if chained {
		if err := saveHands(ctx, tx, x); err != nil {
			return x, err
		}
	}
	if !moved {
		return x, nil
	}
	return x, s.tell(ctx, tx, x)
}

// meet notes that two have said yes: they are tied, and the spark's story tells of it to
// as many as both allow. Who they are it does not tell.
func (s *Service) meet(ctx context.Context, tx *store.Tx, x *Introduction) error {
	if x.Other.Address == 0 {
		if a, err := address.ByEmail(ctx, tx, x.Region, x.Other.Email); err == nil {
			x.Other.Address = a.ID
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if x.Other.Actor == 0 && x.Other.Address != 0 {
		p, err := s.actors.PersonAt(ctx, tx, x.Region, x.Other.Address, x.Other.Name)
		if err != nil {
			return err
		}
		x.Other.Actor = p.ID
	}
	if x.Asker.Actor != 0 && x.Other.Actor != 0 && x.Asker.Actor != x.Other.Actor {
		if err := network.Tied(ctx, tx, x.Region, network.Tie{From: x.Asker.Actor, To: x.Other.Actor, Kind: network.Derived, Why: network.Introduction, Source: x.ID, At: s.clock.Now()}); err != nil {
			return err
		}
	}
	if x.Spark == 0 {
		return nil
	}
	_, err := s.sparks.Beside(ctx, tx, x.Region, x.Spark, func(_ context.Context, _ *store.Tx, sp *spark.Spark) ([]story.Beat, error) {
		b := story.Beat{Type: story.Introduced, Actor: story.Reader, Visibility: story.InOffice}
		if x.Asker.Tells && x.Other.Tells {
			b.Visibility = sp.SeenBy()
		}
		return []story.Beat{b}, nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// PassOn has the broker pass an introduction on.
func (s *Service) PassOn(ctx context.Context, region string, id ident.ID, p Pass) (x Introduction, err error) {
	return s.Hand(ctx, region, id, Broker, p)
}

// otherAt is where the other one is reached by who passes it on, where nobody knew.
func (x *Introduction) otherAt(ctx context.Context, tx *store.Tx, p Pass) error {
	if p.Email == x.Asker.Email {
		return fault.New(fault.Invalid, "introduction.self").On("email")
	}
	if p.Email != "" && x.Other.Address == 0 {
		x.Other.Email = p.Email
		if a, err := address.ByEmail(ctx, tx, x.Region, p.Email); err == nil {
			x.Other.Address, x.Other.Language = a.ID, a.Language
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if x.Other.Name == "" {
		x.Other.Name = p.Name
	}
	return nil
}

// Say takes a side's answer. Tells lets the story tell that two met; name is what the
// other one wants to be called.
func (s *Service) Say(ctx context.Context, region string, id ident.ID, r Role, a Answer, tells bool, name string) (x Introduction, err error) {
	name, err = spark.Name(name, "name")
	if err != nil {
		return x, err
	}
	return x, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		x, err = s.on(ctx, tx, region, id, func(x *Introduction) error {
			side := x.side(r)
			switch {
			case x.Waits() != r:
				return fault.New(fault.Conflict, "introduction.moved")
			case a != Yes && a != NotMe && a != Never, a == Yes && r.Passes():
				return fault.New(fault.Invalid, "introduction.answer.missing").On("do")
			case a == Never && side.Officer != 0:
				a = NotMe
			}
			if a == Yes && name != "" && (side.Address == 0 || side.Name == "") {
				side.Name = name
			}
			if a == Yes && r == Asker && side.Name == "" {
				return fault.New(fault.Invalid, "introduction.name.missing").On("name")
			}
			side.Answer, side.Answered, side.Tells = a, s.clock.Now(), tells && a == Yes
			if r.hand() {
				if err := s.fails(ctx, tx, x); err != nil {
					return err
				}
				side = x.side(r) // there may be another hand beside it now
			}
			if side.Officer != 0 && a == NotMe {
				if err := s.note(ctx, tx, region, audit.NotPassedOn, audit.About{Thing: audit.Introduction, Key: id.String()}, side.Officer); err != nil {
					return err
				}
			}
			if a == Never {
				return s.stop(ctx, tx, region, side.Email)
			}
			return nil
		})
		return err
	})
}

func (s *Service) stop(ctx context.Context, tx *store.Tx, region, email string) error {
	keys, err := trust.KeysIn(ctx, tx, region)
	if err != nil || email == "" {
		return err
	}
	_, err = tx.Exec(ctx, putStop, region, keys.Address(email), clock.Micros(s.clock.Now()))
	return err
}

// TakeOff has who asked take it back.
func (s *Service) TakeOff(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	_, err := s.on(ctx, tx, region, id, func(x *Introduction) error {
		if x.State == Met {
			return fault.New(fault.Conflict, "introduction.moved")
		}
		x.State, x.why = Ended, TakenOff
		if x.told.IsZero() {
			x.told = s.clock.Now() // nobody needs to be told
		}
		return nil
	})
	return err
}

// Report takes what a side says of how it went; said again, the latest holds.
func (s *Service) Report(ctx context.Context, region string, id ident.ID, r Role, met, useful Outcome, came string) error {
	words, err := spark.WordsIfAny(came, "came", MaxCame)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := s.on(ctx, tx, region, id, func(x *Introduction) error {
			if x.State != Met || r == Broker {
				return fault.New(fault.Conflict, "introduction.moved")
			}
			side := x.side(r)
			if met != Unsaid {
				side.Met = met
			}
			if useful != Unsaid {
				side.Useful = useful
			}
			if words != "" {
				side.Came = words
			}
			return nil
		})
		return err
	})
}

// dueMost is how many are looked at in one transaction.
const dueMost = 200

// Walk does what time asks for: whoever an introduction waits for is reminded once, what
// has had its time ends, who asked is told that it got nowhere, and both are asked how
// it went.
func (s *Service) Walk(ctx context.Context, region string) error {
	now := s.clock.Now()
	for _, step := range []struct {
		query string
		args  []any
		do    func(ctx context.Context, tx *store.Tx, x *Introduction) error
	}{
		{selectDue, []any{underWay(), clock.Micros(now.Add(-Nudge)), clock.Micros(now)}, s.due},
		{selectLate, []any{clock.Micros(now.Add(-HandTime)), clock.Micros(now)}, s.late},
		{selectTell, []any{clock.Micros(now)}, func(ctx context.Context, tx *store.Tx, x *Introduction) error {
			x.told = now
			return Told.Enqueue(ctx, tx, ToldArgs{x.Region, x.ID, Asker, Naught})
		}},
		{selectHow, []any{clock.Micros(now.Add(-AskAfter))}, func(ctx context.Context, tx *store.Tx, x *Introduction) error {
			x.asked = now
			return errors.Join(Told.Enqueue(ctx, tx, ToldArgs{x.Region, x.ID, Asker, HowWas}), Told.Enqueue(ctx, tx, ToldArgs{x.Region, x.ID, Other, HowWas}))
		}},
		{selectOld, []any{store.Strings{string(Met), string(Ended)}, clock.Micros(now.Add(-Kept))}, func(_ context.Context, _ *store.Tx, x *Introduction) error {
			x.forget()
			return nil
		}},
	} {
		for n := dueMost; n == dueMost; {
			if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				ids, err := store.Values[ident.ID](tx.Query(ctx, step.query, append(append([]any{region}, step.args...), dueMost)...))
				n = len(ids)
				for _, id := range ids {
					if err == nil {
						_, err = s.on(ctx, tx, region, id, func(x *Introduction) error { return step.do(ctx, tx, x) })
					}
				}
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) due(ctx context.Context, tx *store.Tx, x *Introduction) error {
	now := s.clock.Now()
	if !now.Before(x.Until) {
		x.State, x.why = Ended, Expired
		return nil
	}
	x.reminded = now
	if x.Waits() == Other && x.heard.IsZero() {
		return nil
	}
	if x.Waits() == Asker {
		if stopped, err := Stopped(ctx, tx, x.Region, x.Asker.Email); err != nil || stopped {
			return err
		}
	}
	return Told.Enqueue(ctx, tx, ToldArgs{x.Region, x.ID, x.Waits(), Nudged})
}

// forget takes away who they were and what they wrote; that it was, and how it went,
// stays.
func (x *Introduction) forget() {
	x.Message, x.Remark, x.Wanted, x.Until = "", "", "", time.Time{}
	for _, r := range []Role{Asker, Broker, Other} {
		x.side(r).forget()
	}
	for i := range x.Hands {
		x.Hands[i].forget()
	}
	x.plan = nil
}

func (s *Side) forget() {
	s.Address, s.Actor, s.Email, s.Name, s.Came, s.Tells = 0, 0, "", "", "", false
}

// EraseOf takes a person out of every introduction; one under way ends.
func (s *Service) EraseOf(ctx context.Context, tx *store.Tx, who address.Address) error {
	for {
		all, err := Of(ctx, tx, who.Region, who.ID, 100)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			break
		}
		for _, x := range all {
			r := x.RoleOf(who.ID)
			if err := mail.Erase(ctx, tx, who.Region, x.ID, func(string) bool { return true }); err != nil { // they name each other
				return err
			}
			if _, err := s.on(ctx, tx, who.Region, x.ID, func(x *Introduction) error {
				switch {
				case r.hand() && x.Waits() == r: // as if they had not answered
					if err := s.late(ctx, tx, x); err != nil {
						return err
					}
				case !r.hand() && x.State != Met:
					x.State = Ended
				}
				x.Remark = "" // it may name either
				if x.side(r).forget(); r == Asker {
					x.Message, x.Wanted = "", ""
				}
				return nil
			}); err != nil {
				return err
			}
		}
	}
	if me, ok, err := actor.OfAddress(ctx, tx, who.Region, who.ID); err != nil {
		return err
	} else if ok {
		if _, err := tx.Exec(ctx, losePlanned, who.Region, int64(me.ID)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, dropWhose, who.Region, int64(me.ID)); err != nil {
			return err
		}
	}
	keys, err := trust.KeysIn(ctx, tx, who.Region)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, dropStop, who.Region, keys.Address(who.Email))
	return err
}
