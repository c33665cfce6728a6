package share

import (
	"context"
	"errors"
	"slices"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/office"
)

// Service is the verbs on links. Each is one transaction.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
	hear  []func(ctx context.Context, tx *store.Tx, made Share) error
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service {
	return &Service{db: db, clock: c, ids: ids}
}

// Hear has f hear of every link that is made, inside its transaction. It is said once,
// while everything is wired.
func (s *Service) Hear(f func(ctx context.Context, tx *store.Tx, made Share) error) {
	s.hear = append(s.hear, f)
}

// Making is what a link is made of.
type Making struct {
	Region    string
	Spark     ident.ID
	Via       string // the link its maker came by, "" for none
	By        string // Holder of a confirmed address, "" for nobody
	Consented bool   // its maker agreed to what is counted
}

// Make makes a link, and the secret by which its maker sees its counts and ends it.
func (s *Service) Make(ctx context.Context, m Making) (made Share, secret string, err error) {
	if !m.Consented {
		return made, "", fault.New(fault.Invalid, "share.consent.missing").On("consent")
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		secret = ident.Secret()
		made = Share{Region: m.Region, ID: s.ids.New(), Token: ident.Secret()[:tokenLen], Spark: m.Spark, Depth: 1, By: m.By, Made: s.clock.Now()}
		if m.Via != "" {
			parent, err := s.ByToken(ctx, tx, m.Region, m.Via)
			switch {
			case err == nil && parent.Spark == m.Spark:
				made.Parent, made.Depth = parent.ID, min(parent.Depth+1, Deepest)
				if err := s.count(ctx, tx, parent, Shared); err != nil {
					return err
				}
			case err != nil && !fault.Is(err, fault.NotFound):
				return err
			}
		}
		if _, err := tx.Exec(ctx, insertShare, m.Region, int64(made.ID), made.Token, ident.Hash(secret), int64(m.Spark), int64(made.Parent), made.Depth, made.By, clock.Micros(made.Made)); err != nil {
			return err
		}
		for _, f := range s.hear {
			if err := f(ctx, tx, made); err != nil {
				return err
			}
		}
		return nil
	})
	return made, secret, err
}

// ByToken finds a link by its address; a NotFound fault when there is none, or none
// any more.
func (s *Service) ByToken(ctx context.Context, from store.Source, region, token string) (Share, error) {
	if len(token) != tokenLen {
		return Share{}, fault.New(fault.NotFound, "share.none")
	}
	found, err := scan(from.QueryRow(ctx, selectByToken, region, token))
	if errors.Is(err, store.ErrNone) || err == nil && !found.Ends().After(s.clock.Now()) {
		return Share{}, fault.New(fault.NotFound, "share.none")
	}
	return found, err
}

// Count counts one more of a step today, of a link that works; of any other nothing.
func (s *Service) Count(ctx context.Context, region, token string, step Step) error {
	if !slices.Contains(Steps(), step) {
		return fault.New(fault.Invalid, "share.step.wrong")
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		found, err := s.ByToken(ctx, tx, region, token)
		if err != nil {
			return err
		}
		return s.count(ctx, tx, found, step)
	})
}

func (s *Service) count(ctx context.Context, tx *store.Tx, of Share, step Step) error {
	_, err := tx.Exec(ctx, countStep, of.Region, int64(of.ID), int64(office.Today(s.clock)), string(step))
	return err
}

// Own finds a link by its maker's secret, with what has been counted; a Gone fault
// when the secret is none's, or none's any more.
func (s *Service) Own(ctx context.Context, region, secret string) (Share, map[Step]int, error) {
	found, err := scan(s.db.QueryRow(ctx, selectBySecret, region, ident.Hash(secret)))
	if errors.Is(err, store.ErrNone) || err == nil && !found.Ends().After(s.clock.Now()) {
		return Share{}, nil, fault.New(fault.Gone, "share.link.gone")
	}
	if err != nil {
		return Share{}, nil, err
	}
	counts, err := Counts(ctx, s.db, region, found.ID)
	return found, counts, err
}

// End takes a link away with all that was counted of it.
func (s *Service) End(ctx context.Context, region, secret string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		found, err := scan(tx.QueryRow(ctx, selectBySecret, region, ident.Hash(secret)))
		if errors.Is(err, store.ErrNone) {
			return fault.New(fault.Gone, "share.link.gone")
		}
		if err != nil {
			return err
		}
		return end(ctx, tx, region, found.ID)
	})
}

// EndAll takes away all links of one person, inside the caller's transaction.
func EndAll(ctx context.Context, tx *store.Tx, region, by string) error {
	all, err := Of(ctx, tx, region, by)
	for _, s := range all {
		if err := end(ctx, tx, region, s.ID); err != nil {
			return err
		}
	}
	return err
}

// end forgets the link and its counts; those made by way of it stay, as deep as they
// are.
func end(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	for _, forget := range []string{deleteSteps, orphan, deleteShare} {
		if _, err := tx.Exec(ctx, forget, region, int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// Sweep takes away links whose time is up, and those to sparks that were withdrawn.
func (s *Service) Sweep(ctx context.Context, region string) error {
	for {
		var n int
		err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			old, err := many(ctx, tx, selectOver, region, clock.Micros(s.clock.Now().Add(-Kept)), sweptAtOnce)
			n = len(old)
			for _, o := range old {
				if err := end(ctx, tx, region, o.ID); err != nil {
					return err
				}
			}
			return err
		})
		if err != nil || n < sweptAtOnce {
			return err
		}
	}
}

const sweptAtOnce = 200
