package asking

import (
	"context"
	"strings"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/trust"
)

// Letters is how the purposes of letters about this begin.
const Letters = "asking."

// Told asks for the letter to somebody named. What it says is read when it is written.
var Told = jobs.Kind[ToldArgs]{Name: "asking.told"}

// ToldArgs names what is asked.
type ToldArgs struct {
	Region string   `json:"region"`
	Naming ident.ID `json:"naming"`
}

// Service is the verbs. Each is one transaction, or a part of its caller's.
type Service struct {
	db        *store.DB
	clock     clock.Clock
	ids       *ident.Maker
	actors    *actor.Service
	addresses *address.Service
}

// New gives the verbs on a store. It hears of persons who go.
func New(db *store.DB, c clock.Clock, ids *ident.Maker, actors *actor.Service, addresses *address.Service) *Service {
	s := &Service{db: db, clock: c, ids: ids, actors: actors, addresses: addresses}
	actors.Tell(s.heard)
	return s
}

// heard takes away what a person who goes has said, and what was said of them.
func (s *Service) heard(ctx context.Context, tx *store.Tx, p actor.Person) error {
	if !p.Gone {
		return nil
	}
	for _, forget := range []string{deletePerson, deleteActor} {
		if _, err := tx.Exec(ctx, forget, p.Region, int64(p.ID)); err != nil {
			return err
		}
	}
	return nil
}

// Link is the secret of the page of whom a letter asks. It is made of the region's
// secret and never stored.
func Link(ctx context.Context, tx *store.Tx, region string, id ident.ID) (string, error) {
	keys, err := trust.KeysIn(ctx, tx, region)
	return linkBy(keys, id), err
}

func linkBy(keys trust.Keys, id ident.ID) string { return keys.Secret("asking", id.String()) }

// Say keeps whom somebody would ask, inside the transaction that confirms their
// address. Who was named before about the same is said anew.
func (s *Service) Say(ctx context.Context, tx *store.Tx, by address.Address, d Draft) error {
	if err := d.Check(); err != nil {
		return err
	}
	now := s.clock.Now()
	e, err := trust.OfAddress(ctx, tx, by.Region, by.Email, now)
	if err != nil {
		return err
	}
	if e.Standing == trust.Blocked {
		return fault.New(fault.Forbidden, "trust.refused")
	}
	me, err := s.actors.Person(ctx, tx, by, d.Name)
	if err != nil {
		return err
	}
	before, err := Own(ctx, tx, by.Region, by.ID)
	if err != nil {
		return err
	}
	for _, w := range d.Who {
		if w.Email == by.Email {
			return fault.New(fault.Conflict, "asking.self")
		}
		n := Naming{Region: by.Region, ID: s.ids.New(), Wave: d.Wave, Address: by.ID, Person: me.ID, Actor: w.Organisation, Organisation: w.Organisation != 0,
			Topic: d.Topic, Named: w.Name, State: Note, Language: d.Language, Made: now, Turned: now}
		if n.Organisation {
			n.State = Public
		}
		known := false
		for _, old := range before {
			if old.same(n) {
				n, known = old, true
				break
			}
		}
		n.At, n.Often, n.Well = now, w.Often, w.Well
		if w.Email != "" && n.State == Note {
			if err := s.ask(ctx, tx, &n, w.Email); err != nil {
				return err
			}
		}
		if known {
			err = save(ctx, tx, n)
		} else if len(before) >= MostOwn {
			return fault.New(fault.Conflict, "asking.full").With("max", MostOwn)
		} else {
			before = append(before, n)
			err = put(ctx, tx, n)
		}
		if err == nil && n.Stands() {
			err = network.Tied(ctx, tx, n.Region, n.tie())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// same tells that two namings say the same: of one about one thing, or in one wave.
func (n Naming) same(o Naming) bool {
	if n.Wave != o.Wave || n.Organisation != o.Organisation || n.Wave == 0 && !strings.EqualFold(n.Topic, o.Topic) {
		return false
	}
	if n.Organisation {
		return n.Actor == o.Actor
	}
	return strings.EqualFold(n.Named, o.Named)
}

// ask has a person asked by a letter, once. A mailbox whose owner never wants it, or
// that was asked a while ago, is spared, and who would ask does not hear of it.
func (s *Service) ask(ctx context.Context, tx *store.Tx, n *Naming, email string) error {
	now := s.clock.Now()
	var today int
	if err := tx.QueryRow(ctx, countLetters, n.Region, int64(n.Address), clock.Micros(now.Add(-24*time.Hour))).Scan(&today); err != nil {
		return err
	}
	if today >= LettersDay {
		return fault.New(fault.Conflict, "asking.letters").With("max", LettersDay)
	}
	keys, err := trust.KeysIn(ctx, tx, n.Region)
	if err != nil {
		return err
	}
	n.State, n.Turned, n.Until, n.hash = Waiting, now, now.Add(Open), ident.Hash(linkBy(keys, n.ID))
	hash := keys.Address(email)
	last, err := sent(ctx, tx, n.Region, hash)
	if err != nil {
		return err
	}
	stops, err := stopped(ctx, tx, n.Region, hash)
	if err != nil {
		return err
	}
	if stops || last > clock.Micros(now.Add(-Spaced)) { // it counts as any other: nothing tells it apart
		_, err = tx.Exec(ctx, putLetter, n.Region, n.hash, int64(n.Address), clock.Micros(now))
		return err
	}
	n.Email = email
	if _, err := tx.Exec(ctx, putLetter, n.Region, hash, int64(n.Address), clock.Micros(now)); err != nil {
		return err
	}
	return Told.Enqueue(ctx, tx, ToldArgs{n.Region, n.ID})
}

// on runs a verb on a naming that is locked, and stores what it became.
func on(ctx context.Context, tx *store.Tx, region string, id ident.ID, do func(n *Naming) error) (n Naming, err error) {
	if _, err := tx.Exec(ctx, lock, region, int64(id)); err != nil {
		return n, err
	}
	if n, err = One(ctx, tx, region, id); err != nil {
		return n, err
	}
	was := n
	if err := do(&n); err != nil {
		return n, err
	}
	if was.Stands() && (!n.Stands() || was.Actor != n.Actor) {
		if err := network.Untied(ctx, tx, region, was.tie()); err != nil {
			return n, err
		}
	}
	if err := save(ctx, tx, n); err != nil || !n.Stands() {
		return n, err
	}
	return n, network.Tied(ctx, tx, region, n.tie())
}

// own is on for what the owner of an address has said.
func own(ctx context.Context, tx *store.Tx, by address.Address, id ident.ID, do func(n *Naming) error) (Naming, error) {
	return on(ctx, tx, by.Region, id, func(n *Naming) error {
		if n.Address != by.ID {
			return fault.New(fault.NotFound, "asking.none")
		}
		return do(n)
	})
}

// Renew says again that one would ask somebody: the tie is as strong as when it was new.
func (s *Service) Renew(ctx context.Context, tx *store.Tx, by address.Address, id ident.ID) error {
	_, err := own(ctx, tx, by, id, func(n *Naming) error {
		n.At = s.clock.Now()
		return nil
	})
	return err
}

// TakeBack takes away what somebody said, with its tie and the letter about it.
func (s *Service) TakeBack(ctx context.Context, tx *store.Tx, by address.Address, id ident.ID) error {
	n, err := own(ctx, tx, by, id, func(*Naming) error { return nil })
	if err != nil {
		return err
	}
	return s.drop(ctx, tx, n)
}

func (s *Service) drop(ctx context.Context, tx *store.Tx, n Naming) error {
	if n.Stands() {
		if err := network.Untied(ctx, tx, n.Region, n.tie()); err != nil {
			return err
		}
	}
	if err := mail.Erase(ctx, tx, n.Region, n.ID, anyLetter); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, remove, n.Region, int64(n.ID))
	return err
}

// Answer takes what somebody named answers to the letter whose secret it is. A yes makes
// the tie: the letter has proved their address, and name is what they are called.
func (s *Service) Answer(ctx context.Context, region, secret string, a Answer, name string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		found, err := Linked(ctx, tx, region, secret)
		if err != nil {
			return err
		}
		_, err = on(ctx, tx, region, found.ID, func(n *Naming) error {
			now := s.clock.Now()
			if n.State != Waiting || !now.Before(n.Until) || n.Email == "" {
				return fault.New(fault.Conflict, "asking.answered")
			}
			email := n.Email
			switch n.Turned, n.Email = now, ""; a {
			case Yes:
				if name = network.OneLine(name); name == "" {
					return fault.New(fault.Invalid, "event.name.missing").On("name")
				}
				of, err := s.addresses.Proven(ctx, tx, region, email, n.Language)
				if err != nil {
					return err
				}
				p, err := s.actors.Person(ctx, tx, of, name)
				if err != nil {
					return err
				}
				if p.ID == n.Person {
					return fault.New(fault.Conflict, "asking.self")
				}
				n.State, n.Actor, n.Until = Agreed, p.ID, time.Time{}
				return nil
			case No, Never:
				n.State = Ended // until its time, it looks as if nothing had been said
			default:
				return fault.New(fault.Invalid, "asking.answer.missing").On("do")
			}
			if a == Never {
				return s.stop(ctx, tx, region, email)
			}
			return nil
		})
		if err != nil || a == Yes {
			return err
		}
		return mail.Erase(ctx, tx, region, found.ID, anyLetter) // it says where it went
	})
}

func anyLetter(string) bool { return true }

func (s *Service) stop(ctx context.Context, tx *store.Tx, region, email string) error {
	keys, err := trust.KeysIn(ctx, tx, region)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, putStop, region, keys.Address(email), clock.Micros(s.clock.Now()))
	return err
}

// Decline takes back the yes of somebody named: the tie goes, and the other sees that it
// got nowhere.
func (s *Service) Decline(ctx context.Context, tx *store.Tx, region string, person, id ident.ID) error {
	_, err := on(ctx, tx, region, id, func(n *Naming) error {
		if n.Actor != person || n.State != Agreed {
			return fault.New(fault.NotFound, "asking.none")
		}
		n.State, n.Actor, n.Turned = Ended, 0, s.clock.Now()
		return nil
	})
	return err
}

// walkMost is how many are looked at in one transaction.
const walkMost = 200

// Walk ends what nobody has answered in its time, with the address it was sent to, and
// forgets names that nobody has said anew for long, and which mailboxes were written to
// long ago.
func (s *Service) Walk(ctx context.Context, region string) error {
	now := s.clock.Now()
	for n := walkMost; n == walkMost; {
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			due, err := list(ctx, tx, region, selectDue, clock.Micros(now), walkMost)
			n = len(due)
			for _, x := range due {
				if err == nil {
					_, err = on(ctx, tx, region, x.ID, func(n *Naming) error {
						n.State, n.Email, n.Turned = Ended, "", now
						return nil
					})
				}
				if err == nil { // the letter names where it went
					err = mail.Erase(ctx, tx, region, x.ID, anyLetter)
				}
			}
			return err
		}); err != nil {
			return err
		}
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, deleteNotes, region, store.Strings{string(Note), string(Ended)}, clock.Micros(now.Add(-Kept))); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, deleteLetters, region, clock.Micros(now.Add(-Spaced)))
		return err
	})
}

// EraseOf takes away what the owner of an address has said, and what others have said of
// them and asked them.
func (s *Service) EraseOf(ctx context.Context, tx *store.Tx, of address.Address) error {
	all, err := Own(ctx, tx, of.Region, of.ID)
	if err != nil {
		return err
	}
	asked, err := list(ctx, tx, of.Region, selectEmail, of.Email)
	if err != nil {
		return err
	}
	all = append(all, asked...)
	if who, ok, err := actor.OfAddress(ctx, tx, of.Region, of.ID); err != nil {
		return err
	} else if ok {
		agreed, err := Of(ctx, tx, of.Region, who.ID)
		if err != nil {
			return err
		}
		all = append(all, agreed...)
	}
	for _, n := range all {
		if err := s.drop(ctx, tx, n); err != nil {
			return err
		}
	}
	keys, err := trust.KeysIn(ctx, tx, of.Region)
	if err != nil {
		return err
	}
	for _, x := range []struct {
		query string
		arg   any
	}{{deleteInvites, int64(of.ID)}, {eraseAsker, int64(of.ID)}, {dropLetter, keys.Address(of.Email)}, {dropStop, keys.Address(of.Email)}} {
		if _, err := tx.Exec(ctx, x.query, of.Region, x.arg); err != nil {
			return err
		}
	}
	return nil
}

// Asked is when letters went out for the owner of an address, as far as it is kept.
func Asked(ctx context.Context, from store.Source, region string, by ident.ID) (all []time.Time, err error) {
	moments, err := store.Values[int64](from.Query(ctx, selectLetters, region, int64(by)))
	for _, m := range moments {
		all = append(all, clock.FromMicros(m))
	}
	return all, err
}

// Follow has what was said of an organisation that is no more be said of the one whose
// its names are now, inside the caller's transaction.
func Follow(ctx context.Context, tx *store.Tx, region string, from, to ident.ID) error {
	_, err := tx.Exec(ctx, followActor, region, int64(from), int64(to))
	return err
}
