package actor

import (
	"context"
	"errors"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// Demonstrate begins an invented organisation, inside the caller's transaction, with
// what there is to know of it. Its name must say that it is invented.
func (s *Service) Demonstrate(ctx context.Context, tx *store.Tx, region, named string, place func(string) bool, d Details) (ident.ID, error) {
	_, id, err := s.Resolve(ctx, tx, region, named, place)
	if err != nil {
		return 0, err
	}
	a, err := ByID(ctx, tx, region, id)
	if err != nil {
		return 0, err
	}
	if a.Title != named {
		return 0, fault.New(fault.Internal, "internal").Because(errors.New(named + " is taken for " + a.Title))
	}
	return id, keep(ctx, tx, region, id, d, time.Time{})
}

// ClearDemo takes away what there is to know of invented organisations; they go with
// whatever names them.
func (s *Service) ClearDemo(ctx context.Context, region string, named []string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, text := range named {
			var spelling, id ident.ID
			err := tx.QueryRow(ctx, selectSpelling, region, text).Scan(&spelling, &id)
			if errors.Is(err, store.ErrNone) {
				continue
			}
			if err == nil {
				err = forget(ctx, tx, region, id)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
