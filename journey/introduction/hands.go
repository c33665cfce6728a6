package introduction

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
)

// A request that goes along a chain is passed from hand to hand: each is asked only when
// the one before has passed it on, and who declines, or lets their time run out, ends
// that way. Then the next best is tried, if who asks wished so when they asked. Nobody is
// told: the time of the whole was said at the beginning and does not change.

// Bounds of a chain.
const (
	MostHands = 3 // on one way
	MostWays  = 3
	// HandTime is how long one hand has: who has not answered by then is as one who declined.
	HandTime = 9 * 24 * time.Hour
	// PerHand is how much longer the whole lasts for each hand after the first.
	PerHand = 7 * 24 * time.Hour
)

// Late is what is noted of a hand whose time ran out.
const Late Answer = "late"

// How the sides of a chain begin: hands that were asked, and those that would be.
const (
	handSide = "hand."
	nextSide = "next."
)

// planned is somebody who would be asked, on one of the ways. Nothing is kept of them but
// who they are; where they are reached is looked up when it comes to them.
type planned struct {
	way   int
	actor ident.ID
}

func handRole(way, n int) Role { return Role(fmt.Sprintf("%s%d.%d", handSide, way, n)) }

// hand tells one hand of a chain.
func (r Role) hand() bool { return strings.HasPrefix(string(r), handSide) }

// Passes tells a side that passes a request on: a broker, or one hand of a chain.
func (r Role) Passes() bool { return r == Broker || r.hand() }

// Kind is what a side is called: every hand is a broker.
func (r Role) Kind() Role {
	if r.Passes() {
		return Broker
	}
	return r
}

// way is the number of the way a hand stands on.
func (r Role) way() (way int) {
	_, _ = fmt.Sscanf(string(r), handSide+"%d.", &way)
	return way
}

// refused tells that somebody does not pass it on.
func (a Answer) refused() bool { return a == NotMe || a == Never || a == Late }

// current are the hands of the way it is on now; nobody when the last way has ended.
func (x Introduction) current() []Side {
	if len(x.Hands) == 0 || x.Hands[len(x.Hands)-1].Answer.refused() {
		return nil
	}
	last := x.Hands[len(x.Hands)-1].Role.way()
	first := slices.IndexFunc(x.Hands, func(s Side) bool { return s.Role.way() == last })
	return x.Hands[first:]
}

// passed is how it stands with passing on: done when everybody on its way has done it,
// over when nobody will.
func (x Introduction) passed() (done, over bool) {
	if len(x.Hands) == 0 {
		return x.Broker.Answer == Yes, x.Broker.Answer.refused()
	}
	way := x.current()
	if len(way) == 0 {
		return false, true
	}
	_, more := x.next()
	return way[len(way)-1].Answer == Yes && !more, false
}

// next is who comes after the one it is with, on the same way; more is false for the last.
func (x Introduction) next() (p planned, more bool) {
	way := x.current()
	i := slices.IndexFunc(x.plan, func(p planned) bool { return len(way) > 0 && p.way == way[0].Role.way() })
	if i < 0 {
		return p, false
	}
	return x.plan[i], true
}

// Passer is who passed it on last, or is asked to.
func (x Introduction) Passer() Side {
	way := x.current()
	if len(way) == 0 {
		return x.Broker
	}
	for i, s := range slices.Backward(way) {
		if s.Answer == Yes || i == 0 {
			return s
		}
	}
	return x.Broker
}

// Before is who passed it to a hand; ok is false for the first.
func (x Introduction) Before(r Role) (s Side, ok bool) {
	way := x.current()
	i := slices.IndexFunc(way, func(s Side) bool { return s.Role == r })
	if i < 1 {
		return s, false
	}
	return way[i-1], true
}

// Next is whom a hand would pass it to; more is false for the last, who passes it to whom
// it is for.
func (x Introduction) Next(r Role) (person ident.ID, more bool) {
	if x.Waits() != r {
		return 0, false
	}
	p, more := x.next()
	return p.actor, more
}

// NextName is what whoever is next is called, while they let themselves be found.
func NextName(ctx context.Context, from store.Source, x Introduction, r Role) (name string, more bool, err error) {
	id, more := x.Next(r)
	if !more {
		return "", false, nil
	}
	all, err := actor.PeopleByIDs(ctx, from, x.Region, id)
	if p, ok := all[id]; ok && p.Chose(actor.Findable) {
		name = p.Title
	}
	return name, true, err
}

// plans keeps the ways of a draft that can be gone: each of people who are not who asks
// nor whom they look for, the same person on one way only.
func (x *Introduction) plans(ways [][]ident.ID) {
	seen := map[ident.ID]bool{0: true, x.Asker.Actor: true, x.Other.Actor: true}
	n := 0
	for _, way := range ways {
		if len(way) == 0 || len(way) > MostHands || n == MostWays || slices.ContainsFunc(way, func(id ident.ID) bool { return seen[id] }) {
			continue
		}
		n++
		for _, id := range way {
			if !seen[id] {
				x.plan = append(x.plan, planned{n, id})
			}
			seen[id] = true
		}
	}
}

// start asks the first of the next way all of whose people may be asked; ok is false when
// there is none. A way with somebody who may not be asked any more is none.
func (s *Service) start(ctx context.Context, tx *store.Tx, x *Introduction) (ok bool, err error) {
	for len(x.plan) > 0 {
		way := x.plan[0].way
		var people []ident.ID
		for _, p := range x.plan {
			if p.way == way {
				people = append(people, p.actor)
			}
		}
		may, err := s.mayBeAsked(ctx, tx, x.Region, people...)
		if err != nil {
			return false, err
		}
		if len(may) == len(people) {
			return true, s.hand(ctx, tx, x, may[people[0]])
		}
		x.drop(way)
	}
	return false, nil
}

// hand asks the first that is planned, who may be asked and is reached there.
func (s *Service) hand(ctx context.Context, tx *store.Tx, x *Introduction, a address.Address) error {
	p := x.plan[0]
	who, err := actor.PersonByID(ctx, tx, x.Region, p.actor)
	if err != nil {
		return err
	}
	x.plan = slices.Clone(x.plan[1:])
	r := handRole(p.way, len(x.Hands)+1)
	secret, err := Link(ctx, tx, x.Region, x.ID, r)
	x.Hands = append(x.Hands, Side{Role: r, Address: a.ID, Actor: p.actor, Email: a.Email, Name: who.Name, Language: a.Language, hash: ident.Hash(secret)})
	return err
}

// drop lets the rest of a way go.
func (x *Introduction) drop(way int) {
	x.plan = slices.DeleteFunc(slices.Clone(x.plan), func(p planned) bool { return p.way == way })
}

// fails ends the way it is on, and tries the next while there is time for it.
func (s *Service) fails(ctx context.Context, tx *store.Tx, x *Introduction) error {
	x.drop(x.Hands[len(x.Hands)-1].Role.way())
	x.Remark = "" // it may tell who wrote it
	if s.clock.Now().Add(HandTime / 3).Before(x.Until) {
		if ok, err := s.start(ctx, tx, x); ok || err != nil {
			return err
		}
	}
	x.plan = nil
	x.State, x.why = Ended, Declined
	return nil
}

// Hand has a broker, or one hand of a chain, pass an introduction on: to the next, or the
// last to whom it is for.
func (s *Service) Hand(ctx context.Context, region string, id ident.ID, r Role, p Pass) (x Introduction, err error) {
	return x, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		x, err = s.on(ctx, tx, region, id, func(x *Introduction) error {
			if x.Waits() != r || !r.Passes() {
				return fault.New(fault.Conflict, "introduction.moved")
			}
			next, more := x.next()
			if more {
				p.Email, p.Name = "", ""
			}
			if err := p.check(more || x.Other.Email != "", "email"); err != nil {
				return err
			}
			if err := x.otherAt(ctx, tx, p); err != nil {
				return err
			}
			side := x.side(r)
			x.Remark, side.Answer, side.Answered = p.Remark, Yes, s.clock.Now()
			if !more {
				return nil
			}
			may, err := s.mayBeAsked(ctx, tx, region, next.actor)
			if err != nil {
				return err
			}
			if a, ok := may[next.actor]; ok {
				return s.hand(ctx, tx, x, a)
			}
			return s.fails(ctx, tx, x) // they do not want to be asked any more
		})
		return err
	})
}

// late ends the way of a hand whose time has run out.
func (s *Service) late(ctx context.Context, tx *store.Tx, x *Introduction) error {
	r := x.Waits()
	if !r.hand() {
		return nil
	}
	side := x.side(r)
	side.Answer, side.Answered = Late, s.clock.Now()
	return s.fails(ctx, tx, x)
}

// Hands are the people of a way who pass a request on, from who asks on: those who stand
// on it, and of an organisation one of its people.
func (w Way) Hands() (all []ident.ID) {
	for _, h := range w.Through {
		all = append(all, h.Person.ID)
	}
	return all
}

// Through is one hand of a way.
type Through struct {
	Person network.Node
	For    network.Node // the organisation whose person they are asked as; zero for themselves
}
