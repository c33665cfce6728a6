package comment

import (
	"context"
	"slices"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
	"kokko/region/trust"
)

// Me too: one a person and spark, to be taken back at any time. It is counted and
// shown, and nothing is ever put in order by it.

// Warm says "me too" of a spark for a person, inside the caller's transaction; once
// more changes nothing.
func (s *Service) Warm(ctx context.Context, tx *store.Tx, who address.Address, sp ident.ID) error {
	return s.warmth(ctx, tx, who, sp, func(t *turn) error {
		if !t.sp.Listed {
			return fault.New(fault.NotFound, "spark.none")
		}
		e, err := trust.OfAddress(ctx, tx, who.Region, who.Email, s.clock.Now())
		if err != nil {
			return err
		}
		if e.Standing == trust.Blocked {
			return fault.New(fault.Forbidden, "trust.refused")
		}
		n, err := tx.Exec(ctx, insertWarmth, who.Region, int64(sp), int64(who.ID), clock.Micros(s.clock.Now()))
		if err != nil {
			return err
		}
		return t.add(ctx, 0, 0, int(n))
	})
}

// Offer says what a person who has said "me too" offers beside it, and whether the
// bringer and the office may know who it is.
func (s *Service) Offer(ctx context.Context, tx *store.Tx, who address.Address, sp ident.ID, o Offer, name string, shared bool) error {
	if o != NoOffer && !slices.Contains(Offers(), o) {
		return fault.New(fault.Invalid, "warmth.offer.wrong").On("offer")
	}
	name, err := spark.Name(name, "name")
	if err != nil {
		return err
	}
	if shared = shared && o != NoOffer; !shared {
		name = ""
	}
	return s.warmth(ctx, tx, who, sp, func(t *turn) error {
		return t.counting(ctx, func() error {
			n, err := tx.Exec(ctx, setOffer, who.Region, int64(sp), int64(who.ID), string(o), name, shared)
			if err == nil && n == 0 {
				err = fault.New(fault.NotFound, "warmth.none")
			}
			return err
		})
	})
}

// Cool takes a "me too" back.
func (s *Service) Cool(ctx context.Context, tx *store.Tx, who address.Address, sp ident.ID) error {
	return s.warmth(ctx, tx, who, sp, func(t *turn) error {
		var gone int64
		if err := t.counting(ctx, func() (err error) {
			gone, err = tx.Exec(ctx, deleteWarmth, who.Region, int64(sp), int64(who.ID))
			return err
		}); err != nil {
			return err
		}
		return t.add(ctx, 0, 0, -int(gone))
	})
}

func (s *Service) warmth(ctx context.Context, tx *store.Tx, who address.Address, sp ident.ID, do func(t *turn) error) error {
	_, err := s.sparks.Beside(ctx, tx, who.Region, sp, func(ctx context.Context, tx *store.Tx, locked *spark.Spark) ([]story.Beat, error) {
		return nil, do(&turn{Service: s, tx: tx, sp: locked, author: Author{Kind: Person, ID: who.ID, Email: who.Email}})
	})
	return err
}
