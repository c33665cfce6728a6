package comment

import (
	"context"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/trust"
)

// Demonstrate is Write for somebody invented, beneath an invented spark: it came from
// nowhere, so nothing is remembered of where, and many may say the same.
func (s *Service) Demonstrate(ctx context.Context, tx *store.Tx, region string, sp ident.ID, a Author, d Draft) (ident.ID, error) {
	c, err := s.Write(ctx, tx, region, sp, a, d, trust.Sender{})
	if err != nil {
		return 0, err
	}
	return c.ID, trust.Forget(ctx, tx, region, arrival, c.ID)
}
