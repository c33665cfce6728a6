package network

import (
	"cmp"
	"context"
	"slices"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
)

// Service is the verbs of ties and networks.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
	heirs []func(ctx context.Context, tx *store.Tx, region string, from, to ident.ID) error
}

// Tell has somebody hear, in the same transaction, that what was said of an organisation
// is now of another. It is called before the first request.
func (s *Service) Tell(f func(ctx context.Context, tx *store.Tx, region string, from, to ident.ID) error) {
	s.heirs = append(s.heirs, f)
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service {
	return &Service{db: db, clock: c, ids: ids}
}

// atOnce is how many ties are written in one transaction: nobody waits long for the
// store.
const atOnce = 200

// tied is what makes a tie the same one.
type tied struct {
	why              Why
	source, from, to ident.ID
}

func keyOf(t Tie) tied { return tied{t.Why, t.Source, t.From, t.To} }

// ordered puts the ends of a tie that goes both ways in one order.
func ordered(t Tie) Tie {
	if t.Mutual() && t.From > t.To {
		t.From, t.To = t.To, t.From
	}
	return t
}

// fixed is a tie as the store keeps it.
func fixed(t Tie) Tie {
	t = ordered(t)
	t.Since, t.At, t.Until = clock.FromMicros(clock.Micros(t.Since)), clock.FromMicros(clock.Micros(t.At)), clock.FromMicros(clock.Micros(t.Until))
	t.Weight = min(1, max(1.0/thousandth, t.Weight))
	return t
}

// Derive makes what ties organisations by public facts of some kinds what is given:
// what is new is added, what is no longer so goes, the rest stays as it is. Called
// again with the same it changes nothing. Ties without a weight get their kind's.
func (s *Service) Derive(ctx context.Context, region string, whys []Why, all []Tie) (added, gone int, err error) {
	want := map[tied]Tie{}
	for _, t := range all {
		if t.Weight == 0 {
			t.Weight = t.Why.weight()
		}
		if t.Kind = Derived; t.From == 0 || t.To == 0 || t.From == t.To || !slices.Contains(whys, t.Why) {
			continue
		}
		t = fixed(t)
		want[keyOf(t)] = t
	}
	var old []Tie
	for _, why := range whys {
		if err := Walk(ctx, s.db, region, why, func(t Tie) error {
			is, ok := want[keyOf(t)]
			switch {
			case !ok:
				old = append(old, t)
			case is.Weight == t.Weight && is.Since.Equal(t.Since) && is.At.Equal(t.At) && t.Until.IsZero():
				delete(want, keyOf(t))
			}
			return nil
		}); err != nil {
			return 0, 0, err
		}
	}
	fresh := make([]Tie, 0, len(want))
	for _, t := range want {
		fresh = append(fresh, t)
	}
	slices.SortFunc(fresh, func(a, b Tie) int {
		return cmp.Or(cmp.Compare(a.Why, b.Why), cmp.Compare(a.Source, b.Source), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	write := func(list []Tie, do func(ctx context.Context, tx *store.Tx, t Tie) error) error {
		for some := range slices.Chunk(list, atOnce) {
			if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				var ends []ident.ID
				for _, t := range some {
					if err := do(ctx, tx, t); err != nil {
						return err
					}
					ends = append(ends, t.From, t.To)
				}
				return Changed(ctx, tx, region, ends...)
			}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write(old, func(ctx context.Context, tx *store.Tx, t Tie) error {
		_, err := tx.Exec(ctx, deleteTie, region, string(t.Why), int64(t.Source), int64(t.From), int64(t.To))
		return err
	}); err != nil {
		return 0, 0, err
	}
	return len(fresh), len(old), write(fresh, func(ctx context.Context, tx *store.Tx, t Tie) error { return put(ctx, tx, region, t) })
}

// Tied notes inside the caller's transaction that two actors are tied by something
// that happened: they sat at one table, are in one ring, were introduced. Of persons
// it may be called only when both have said yes. Said again for the same source, the
// tie is renewed.
func Tied(ctx context.Context, tx *store.Tx, region string, t Tie) error {
	if t.From == 0 || t.To == 0 || t.From == t.To || t.Why == "" || t.Why.public() {
		return fault.New(fault.Internal, "internal")
	}
	if t.Weight == 0 {
		t.Weight = t.Why.weight()
	}
	if t.Kind == "" {
		t.Kind = Derived
	}
	if t.Since.IsZero() {
		t.Since = t.At
	}
	if err := put(ctx, tx, region, fixed(t)); err != nil {
		return err
	}
	return Changed(ctx, tx, region, t.From, t.To)
}

// Untied takes a tie away as if it had never been: whoever said it has taken it back.
func Untied(ctx context.Context, tx *store.Tx, region string, t Tie) error {
	t = ordered(t)
	if _, err := tx.Exec(ctx, deleteTie, region, string(t.Why), int64(t.Source), int64(t.From), int64(t.To)); err != nil {
		return err
	}
	return Changed(ctx, tx, region, t.From, t.To)
}

// Parted takes away, as Untied does, what ties the person of an address to those of others
// for a reason and a source.
func Parted(ctx context.Context, tx *store.Tx, region string, why Why, source, of ident.ID, others ...ident.ID) error {
	if len(others) == 0 {
		return nil
	}
	me, ok, err := actor.OfAddress(ctx, tx, region, of)
	if err != nil || !ok {
		return err
	}
	all, err := actor.PeopleOfAddresses(ctx, tx, region, others...)
	if err != nil {
		return err
	}
	for _, o := range others {
		p, ok := all[o]
		if !ok {
			continue
		}
		if err := Untied(ctx, tx, region, Tie{From: me.ID, To: p.ID, Why: why, Source: source}); err != nil {
			return err
		}
	}
	return nil
}

// Ended notes that a tie is no more from a moment on: somebody left the ring. What
// has been is kept for its age, and counts no longer.
func Ended(ctx context.Context, tx *store.Tx, region string, t Tie, at time.Time) error {
	t = ordered(t)
	if _, err := tx.Exec(ctx, endTie, region, string(t.Why), int64(t.Source), int64(t.From), int64(t.To), clock.Micros(at)); err != nil {
		return err
	}
	return Changed(ctx, tx, region, t.From, t.To)
}

// Carried has what came of one source come of another from now on: a ring goes on round
// another spark. Where the two are tied by both, what stands is kept, and once.
func Carried(ctx context.Context, tx *store.Tx, region string, why Why, from, to ident.ID) error {
	var changed int64
	for _, statement := range []string{dropEnded, dropTwice, carryTies} {
		n, err := tx.Exec(ctx, statement, region, string(why), int64(from), int64(to))
		if err != nil {
			return err
		}
		changed += n
	}
	if changed == 0 {
		return nil
	}
	return Changed(ctx, tx, region)
}

// Erase takes away every tie and membership of an actor, inside the caller's transaction: somebody
// who wants nothing of theirs kept.
func Erase(ctx context.Context, tx *store.Tx, region string, actor ident.ID) error {
	for _, statement := range []string{deleteActor, deleteBelongs} {
		if _, err := tx.Exec(ctx, statement, region, int64(actor)); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, uncoordinate, region, int64(actor), int64(0)); err != nil {
		return err
	}
	if err := unname(ctx, tx, region, actor); err != nil {
		return err
	}
	return Changed(ctx, tx, region)
}

// Follow has what was tied to an organisation that is no more be tied to the one whose
// its names are now. Ties that are derived from public lists are made anew by those
// who derive them. With nobody to follow it only tells that names have changed.
func (s *Service) Follow(ctx context.Context, region string, from, to ident.ID) error {
	if from == 0 || to == 0 {
		return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return Changed(ctx, tx, region) })
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, tell := range s.heirs {
			if err := tell(ctx, tx, region, from, to); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, uncoordinate, region, int64(from), int64(to)); err != nil {
			return err
		}
		in, err := members(tx.Query(ctx, selectBelongs, region, int64(from)))
		if err != nil {
			return err
		}
		for _, m := range in {
			if _, err := tx.Exec(ctx, deleteMember, region, int64(m.Network), int64(from)); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, upsertMember, region, int64(m.Network), int64(to), int64(m.Since), int64(m.Until), clock.Micros(m.Told)); err != nil {
				return err
			}
		}
		all, err := Of(ctx, tx, region, from)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteActor, region, int64(from)); err != nil {
			return err
		}
		for _, t := range all {
			if t.From == from {
				t.From = to
			}
			if t.To == from {
				t.To = to
			}
			if t.From == t.To || t.Why.public() {
				continue
			}
			if err := put(ctx, tx, region, fixed(t)); err != nil {
				return err
			}
		}
		return Changed(ctx, tx, region)
	})
}
