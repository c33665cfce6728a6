package main

import (
	"context"
	"fmt"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/knowhow"
	"kokko/region/programme"
)

// invented is somebody of a demonstration: nobody real, and their name says so.
type invented struct {
	Name    string         `yaml:"name"`
	Sector  string         `yaml:"sector"`
	Own     string         `yaml:"own"`
	Offered string         `yaml:"offered"`
	Wanted  string         `yaml:"wanted"`
	Of      string         `yaml:"of"`
	Yes     []actor.Choice `yaml:"yes"` // what they allow; some allow nothing
	Away    bool           `yaml:"away"`
}

// inventedEmail is an address that no letter reaches (RFC 2606).
func inventedEmail(n int) string { return fmt.Sprintf("keksitty-%d@kokko-demo.example", n+1) }

// demoPeople begins the invented people, who tell what they know and choose.
func demoPeople(ctx context.Context, h *house, db *store.DB, e programme.Edition, list []invented, actors *actor.Service, know *knowhow.Service) error {
	addresses, region := address.New(db, h.clock, h.ids), e.Region.ID
	for n, who := range list {
		if _, err := address.ByEmail(ctx, db, region, inventedEmail(n)); err == nil {
			continue
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
		var secret string
		if _, err := addresses.Ask(ctx, address.Asking{Region: region, Email: inventedEmail(n), Language: "fi", Then: address.Then{Kind: "page"}}, func(_ context.Context, _ *store.Tx, l address.Letter) error {
			secret = l.Secret
			return nil
		}); err != nil {
			return err
		}
		if _, err := addresses.Confirm(ctx, region, secret, "", func(ctx context.Context, tx *store.Tx, a address.Address, _ address.Then) error {
			p, err := actors.Person(ctx, tx, a, who.Name)
			if err != nil {
				return err
			}
			as := actor.Profile{Name: who.Name, Sector: who.Sector, Languages: []string{"fi"}, Away: who.Away}
			if len(e.Places) > 0 {
				as.Place = e.Places[n*7%len(e.Places)].ID
			}
			if who.Away {
				as.AwayUntil = workday.DayOf(h.clock.Now(), i18n.Helsinki()).Add(30)
			}
			if _, err := actors.Describe(ctx, tx, region, p.ID, as); err != nil {
				return err
			}
			for kind, text := range map[knowhow.Kind]string{knowhow.Own: who.Own, knowhow.Offered: who.Offered, knowhow.Wanted: who.Wanted} {
				if text == "" {
					continue
				}
				if _, err := know.Write(ctx, tx, region, knowhow.Item{Actor: p.ID, Kind: kind, Text: text, Language: "fi", Together: kind != knowhow.Own}); err != nil {
					return err
				}
			}
			if who.Of != "" {
				if _, err := actors.Belong(ctx, tx, region, actor.Membership{Person: p.ID, Named: who.Of}, func(string) bool { return false }); err != nil {
					return err
				}
			}
			for _, c := range who.Yes {
				if err := actors.Choose(ctx, tx, region, p.ID, c, true); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// clearPeople takes the invented people away with their addresses.
func clearPeople(ctx context.Context, h *house, db *store.DB, region string, list []invented, actors *actor.Service) error {
	addresses := address.New(db, h.clock, h.ids)
	for n := range list {
		a, err := address.ByEmail(ctx, db, region, inventedEmail(n))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err == nil {
			err = addresses.Erase(ctx, a, func(ctx context.Context, tx *store.Tx, a address.Address) error {
				return actors.Erase(ctx, tx, region, a.ID)
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
