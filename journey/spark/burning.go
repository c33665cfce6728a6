package spark

import (
	"context"
	"slices"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
)

// A spark burns once what its programme calls catching fire has come true (measure M0).
// journey/forecast finds out when; the story keeps it, so that what was closed
// meanwhile burns when it is blown on again, and what was joined burns with the rest.

// Catch has a spark burn, inside the caller's transaction, and tells of it once. What is
// closed is told to have caught fire and stays closed.
func (s *Service) Catch(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	return s.burn(ctx, tx, region, id, true)
}

// Cool takes that back of a spark which caught fire only together with others that were
// no matter of its own after all.
func (s *Service) Cool(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	return s.burn(ctx, tx, region, id, false)
}

func (s *Service) burn(ctx context.Context, tx *store.Tx, region string, id ident.ID, yes bool) error {
	is, err := burns(ctx, tx, region, id)
	if err != nil || is == yes {
		return err // told before, and nothing to lock
	}
	_, err = s.Beside(ctx, tx, region, id, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		if is, err = burns(ctx, tx, region, id); err != nil || is == yes || sp.State == Withdrawn {
			return nil, err
		}
		b := story.Beat{Type: story.Cooled, Actor: story.Kokko, Visibility: sp.SeenBy()}
		if yes {
			b.Type = story.Caught
		}
		sp.light(yes)
		return []story.Beat{b}, nil
	})
	return err
}

// light gives an open spark on the beginning of its path the state it burns in, or the
// one it would have without that.
func (s *Spark) light(burns bool) {
	switch {
	case !s.Open || s.State != Sparking && s.State != Glowing && s.State != Burning:
	case burns:
		s.State = Burning
	default:
		s.State = Sparking
		s.derive() // it may glow
	}
}

// burns tells whether a spark has caught fire by itself, as its story has it.
func burns(ctx context.Context, from store.Source, region string, id ident.ID) (bool, error) {
	last, ok, err := story.Newest(ctx, from, region, id, story.Caught, story.Cooled)
	return ok && last.Type == story.Caught, err
}

// burn has the spark that carries a cluster burn while anything of it does.
func (w *work) burn(ctx context.Context, c *cluster) error {
	is := slices.ContainsFunc(c.members, func(m *entry) bool { return m.State == Burning })
	if !is {
		var err error
		if is, err = burns(ctx, w.tx, w.region, c.root.ID); err != nil {
			return err
		}
		for _, b := range c.root.beats { // of which the story is not told yet
			if b.Type == story.Caught || b.Type == story.Cooled {
				is = b.Type == story.Caught
			}
		}
	}
	c.root.light(is)
	return nil
}
