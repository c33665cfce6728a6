package asking

import (
	"context"
	"encoding/json"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/address"
	"kokko/region/trust"
)

// demoWave is the number of an invented wave. No other has so low a one.
const demoWave ident.ID = 1

const (
	deleteDemoInvites = `DELETE FROM wave_invites WHERE region_id = $1 AND wave_id = $2`
	deleteDemoWave    = `DELETE FROM waves WHERE region_id = $1 AND wave_id = $2`
)

// Answered is what somebody invented answered in an invented wave; nobody is named by
// who left it unanswered.
type Answered struct {
	By   address.Address
	Name string
	Who  []Named
}

// Demonstrate stores a wave as it was answered on a day of its own, inside the caller's
// transaction. No letter goes out.
func (s *Service) Demonstrate(ctx context.Context, tx *store.Tx, region, original string, w Wave, all []Answered) error {
	w.Region, w.ID, w.Language, w.Made = region, demoWave, original, s.clock.Now()
	if err := w.check(original, w.Begins); err != nil {
		return err
	}
	texts, err := json.Marshal(w.Texts)
	if err != nil {
		return err
	}
	keys, err := trust.KeysIn(ctx, tx, region)
	if err != nil {
		return err
	}
	now := clock.Micros(w.Made)
	if _, err := tx.Exec(ctx, insertWave, region, int64(w.ID), w.Language, string(texts), int64(w.Network), w.Theme, int64(w.Begins), int64(w.Ends), int64(0), now); err != nil {
		return err
	}
	for _, x := range all {
		if _, err := tx.Exec(ctx, insertInvite, region, int64(w.ID), int64(x.By.ID), ident.Hash(InviteSecret(keys, w.ID, x.By.ID)), now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, mailInvite, region, int64(w.ID), int64(x.By.ID), now); err != nil {
			return err
		}
		if len(x.Who) == 0 {
			continue
		}
		if err := s.Say(ctx, tx, x.By, Draft{Name: x.Name, Topic: w.Texts[original].Topic, Language: original, Who: x.Who, Wave: w.ID}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, answerInvite, region, int64(w.ID), int64(x.By.ID), now); err != nil {
			return err
		}
	}
	return nil
}

// ClearDemo removes it, with the ties that were said in it.
func (s *Service) ClearDemo(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for {
			some, err := list(ctx, tx, region, selectOfWave, int64(demoWave), int64(0), walkMost)
			if err != nil {
				return err
			}
			for _, n := range some {
				if err := s.drop(ctx, tx, n); err != nil {
					return err
				}
			}
			if len(some) < walkMost {
				break
			}
		}
		for _, statement := range []string{deleteDemoInvites, deleteDemoWave} {
			if _, err := tx.Exec(ctx, statement, region, int64(demoWave)); err != nil {
				return err
			}
		}
		return nil
	})
}
