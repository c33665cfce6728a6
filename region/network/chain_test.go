package network_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/network"
)

// crowd is people and organisations with what they choose.
type crowd struct {
	*bench
	actors *actor.Service
	memory *network.Memory
}

func (b *bench) crowd() *crowd {
	c := &crowd{b, actor.New(b.db, b.clock, b.ids), network.NewMemory(b.db, b.clock)}
	c.actors.Tell(network.Heard)
	return c
}

func (c *crowd) organisation(name string) (id ident.ID) {
	c.Helper()
	c.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		_, id, err = c.actors.Resolve(ctx, tx, here, name, func(string) bool { return false })
		if err == nil {
			err = network.Changed(ctx, tx, here)
		}
		return err
	})
	return id
}

func (c *crowd) choose(who ident.ID, yes bool, choices ...actor.Choice) {
	c.Helper()
	c.tx(func(ctx context.Context, tx *store.Tx) error {
		for _, x := range choices {
			if err := c.actors.Choose(ctx, tx, here, who, x, yes); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *crowd) belongs(who ident.ID, to string) {
	c.Helper()
	c.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := c.actors.Belong(ctx, tx, here, actor.Membership{Person: who, Named: to}, func(string) bool { return false })
		return err
	})
}

func (c *crowd) tied(from, to ident.ID, why network.Why) {
	c.Helper()
	c.tx(func(ctx context.Context, tx *store.Tx) error {
		return network.Tied(ctx, tx, here, network.Tie{From: from, To: to, Why: why, Source: 5, At: c.clock.Now()})
	})
}

func (c *crowd) chains(from, to ident.ID) []network.Chain {
	c.Helper()
	ctx := context.Background()
	s, err := c.memory.Now(ctx, here)
	if err != nil {
		c.Fatal(err)
	}
	k, ok, err := s.Seek(ctx, c.db, here, from)
	if err != nil || !ok {
		c.Fatalf("%v, %v", ok, err)
	}
	return k.Chains(to, nil)
}

// says tells the best chain: names, and how each link is known.
func says(all []network.Chain) string {
	if len(all) == 0 {
		return "nobody"
	}
	var b strings.Builder
	for i, l := range all[0].Links {
		if i == 0 {
			b.WriteString(l.From.Title)
		}
		var by []string
		if l.Member {
			by = append(by, "member")
		}
		for _, t := range l.Ties {
			by = append(by, string(t.Why))
		}
		fmt.Fprintf(&b, " -%s- %s", strings.Join(by, "+"), l.To.Title)
	}
	return b.String()
}

func TestAChainGoesByWhatMayBeToldAndThroughWhoMayBeAsked(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		c := b.crowd()
		verstas, melojat := c.organisation("Kylän Verstas ry"), c.organisation("Kymen Melojat ry")
		maija, _ := c.person(c.actors, 11, "Maija")
		eino, _ := c.person(c.actors, 12, "Eino")
		ville, _ := c.person(c.actors, 13, "Ville")
		expect := func(from, to ident.ID, want string) {
			t.Helper()
			if got := says(c.chains(from, to)); got != want {
				t.Errorf("%s, not %s", got, want)
			}
		}
		c.tied(maija, eino, network.Introduction)
		c.tied(verstas, melojat, network.Table)
		c.belongs(eino, "Kylän Verstas ry")
		expect(maija, melojat, "nobody")
		c.choose(eino, true, actor.Findable)
		// Maija is in nobody's sight, and sees her own ties.
		expect(maija, melojat, "Maija -introduction- Eino -member- Kylän Verstas ry -table- Kymen Melojat ry")
		if got := says(c.chains(melojat, maija)); got != "nobody" {
			t.Errorf("a way to who is not found: %s", got)
		}
		// What ties two others is told when both let it be drawn, and not before.
		c.tied(eino, ville, network.Ring)
		c.choose(ville, true, actor.Findable)
		expect(maija, ville, "nobody")
		c.choose(eino, true, actor.Drawn)
		expect(maija, ville, "nobody")
		c.choose(ville, true, actor.Drawn)
		expect(maija, ville, "Maija -introduction- Eino -ring- Ville")
		expect(verstas, ville, "Kylän Verstas ry -member- Eino -ring- Ville")
		// Who has no time stands on no way, and nobody is told why.
		c.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := c.actors.Describe(ctx, tx, here, eino, actor.Profile{Name: "Eino", Away: true})
			return err
		})
		expect(maija, ville, "nobody")
		c.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := c.actors.Describe(ctx, tx, here, eino, actor.Profile{Name: "Eino"})
			return err
		})
		c.choose(eino, false, actor.Findable)
		expect(maija, ville, "nobody") // although he is still on the map
		// Her own organisation, which nobody else knows of, leads her.
		c.belongs(maija, "Kylän Verstas ry")
		expect(maija, melojat, "Maija -member- Kylän Verstas ry -table- Kymen Melojat ry")
		// A tie that has ended ties nobody.
		c.tx(func(ctx context.Context, tx *store.Tx) error {
			return network.Ended(ctx, tx, here, network.Tie{From: verstas, To: melojat, Why: network.Table, Source: 5}, c.clock.Now())
		})
		expect(maija, melojat, "nobody")
	})
}

// In any network no chain names anybody who has not agreed to be found, or tells of two
// others' tie that they have not both let be drawn.
func TestNoChainTellsWhatItMayNot(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		c, r := b.crowd(), rand.New(rand.NewPCG(1, 2008))
		var all []ident.ID
		found, drawn := map[ident.ID]bool{}, map[ident.ID]bool{}
		for i := range 6 {
			id := c.organisation(fmt.Sprintf("Järjestö %c%c ry", 'A'+i, 'P'+i))
			all, found[id], drawn[id] = append(all, id), true, true
		}
		for i := range 14 {
			id, _ := c.person(c.actors, 20+i, fmt.Sprintf("Ihminen %d", i))
			all = append(all, id)
			if found[id] = r.IntN(4) > 0; found[id] {
				c.choose(id, true, actor.Findable)
			}
			if drawn[id] = r.IntN(2) > 0; drawn[id] {
				c.choose(id, true, actor.Drawn)
			}
		}
		for range 36 {
			if x, y := all[r.IntN(len(all))], all[r.IntN(len(all))]; x != y {
				c.tied(x, y, network.Ring)
			}
		}
		c.clock.Advance(time.Hour)
		told, long := 0, 0
		for _, from := range all {
			for _, to := range all {
				if from == to {
					continue
				}
				for _, chain := range c.chains(from, to) {
					told++
					for _, n := range chain.Between() {
						long++
						if !found[n.ID] {
							t.Fatalf("%s names %s, who is not to be found", says([]network.Chain{chain}), n.Title)
						}
					}
					for _, l := range chain.Links {
						if l.From.ID != from && l.To.ID != from && !(drawn[l.From.ID] && drawn[l.To.ID]) {
							t.Fatalf("%s tells of a tie that is not for all", says([]network.Chain{chain}))
						}
						if len(l.Ties) == 0 {
							t.Fatalf("%s says no reason", says([]network.Chain{chain}))
						}
					}
				}
			}
		}
		if told < 50 || long < 50 {
			t.Errorf("%d chains through %d: nothing to prove", told, long)
		}
	})
}
