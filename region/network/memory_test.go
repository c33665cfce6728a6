package network_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/engine/graph"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
)

// person is somebody with a confirmed address, past the letters.
func (b *bench) person(actors *actor.Service, number int, name string) (id ident.ID, at address.Address) {
	b.Helper()
	b.tx(func(ctx context.Context, tx *store.Tx) error {
		at = address.Address{Region: here, ID: ident.ID(number), Email: fmt.Sprintf("n%d@posti.example", number), Language: "fi"}
		if _, err := tx.Exec(ctx, `INSERT INTO addresses (region_id, address_id, email, language, page_hash, confirmed_at, bounces, bounce_reply, stopped_at, links) VALUES ('kouvola', $1, $2, 'fi', $3, 1, 0, '', 0, 1)`, number, at.Email, at.Email); err != nil {
			return err
		}
		who, err := actors.Person(ctx, tx, at, name)
		id = who.ID
		return err
	})
	return id, at
}

func TestTheNetworkInMemoryIsWhatTheStoreHasAndPeopleAllow(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		actors := actor.New(b.db, b.clock, b.ids)
		actors.Tell(network.Heard)
		// Two processes, each with its own.
		here1, here2 := network.NewMemory(b.db, b.clock), network.NewMemory(b.db, b.clock)
		var orgs []ident.ID
		b.tx(func(ctx context.Context, tx *store.Tx) error {
			orgs = nil
			for _, name := range []string{"Kymen Melojat ry", "Kylän Verstas ry", "Iitin kunta"} {
				_, id, err := actors.Resolve(ctx, tx, here, name, func(string) bool { return false })
				if err != nil {
					return err
				}
				orgs = append(orgs, id)
			}
			return network.Changed(ctx, tx, here)
		})
		maija, _ := b.person(actors, 11, "Maija")
		eino, _ := b.person(actors, 12, "Eino")
		tie := func(from, to ident.ID, why network.Why) {
			b.tx(func(ctx context.Context, tx *store.Tx) error {
				return network.Tied(ctx, tx, here, network.Tie{From: from, To: to, Why: why, Source: 5, At: b.clock.Now()})
			})
		}
		tie(orgs[0], orgs[1], network.Table)
		tie(maija, eino, network.Ring)
		tie(maija, orgs[2], network.Asked)
		choose := func(who ident.ID, yes bool) {
			b.tx(func(ctx context.Context, tx *store.Tx) error {
				return actors.Choose(ctx, tx, here, who, actor.Findable, yes)
			})
		}
		says := func(names string, ties int) {
			t.Helper()
			for _, m := range []*network.Memory{here1, here2} {
				s, err := m.Now(ctx, here)
				if err != nil {
					t.Fatal(err)
				}
				var all []string
				for _, n := range s.Nodes {
					all = append(all, n.Title)
				}
				slices.Sort(all)
				if got := strings.Join(all, ", "); got != names || s.Graph.Ties() != ties {
					t.Errorf("%s with %d ties, not %s with %d", got, s.Graph.Ties(), names, ties)
				}
			}
		}
		orgNames := "Iitin kunta, Kylän Verstas ry, Kymen Melojat ry"
		says(orgNames, 1)
		choose(maija, true)
		says("Iitin kunta, Kylän Verstas ry, Kymen Melojat ry, Maija", 2)
		choose(eino, true)
		says("Eino, Iitin kunta, Kylän Verstas ry, Kymen Melojat ry, Maija", 3)
		s, err := here1.Now(ctx, here)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := here1.Now(ctx, here); err != nil || again != s {
			t.Errorf("read again for nothing: %v", err)
		}
		a, _ := s.Number(maija)
		o, _ := s.Number(orgs[2])
		if v := s.View(); v.Strength(a, o) == 0 || v.Strength(o, a) != 0 {
			t.Error("who would ask somebody is not asked by them")
		}
		choose(maija, false)
		says("Eino, Iitin kunta, Kylän Verstas ry, Kymen Melojat ry", 1)
		// She still sees her own.
		if s, err = here1.Now(ctx, here); err != nil {
			t.Fatal(err)
		}
		v, self, err := s.For(ctx, b.db, here, maija)
		if err != nil || v.Degree(self, graph.Out) != 2 {
			t.Errorf("%v", err)
		}
		if v, self, err = s.For(ctx, b.db, here, eino); err != nil || v.Degree(self, graph.Both) != 0 {
			t.Errorf("he sees somebody who is not to be seen: %v", err)
		}
		places, groups := s.Laid()
		if len(places) != len(s.Nodes) || len(groups) != len(s.Nodes) {
			t.Errorf("%d places, %d groups", len(places), len(groups))
		}
		b.clock.Advance(48 * time.Hour)
		if next, err := here1.Now(ctx, here); err != nil || next.Day != s.Day+2 {
			t.Errorf("the day did not pass: %v", err)
		}
		b.tx(func(ctx context.Context, tx *store.Tx) error { return actors.Erase(ctx, tx, here, 12) })
		says(orgNames, 1)
		if left := b.of(eino); len(left) != 0 {
			t.Errorf("left: %+v", left)
		}
	})
}

func TestANetworkOfManyPagesIsReadWhole(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		// More ties than one page, and one pair with many across a page's end.
		var all []network.Tie
		for i := range 1900 {
			all = append(all, network.Tie{From: 1, To: ident.ID(2 + i), Why: network.Grant, Source: 1, At: b.clock.Now()})
		}
		for i := range 400 {
			all = append(all, network.Tie{From: 1, To: 1902, Why: network.Project, Source: ident.ID(10 + i), At: b.clock.Now()})
		}
		b.tx(func(ctx context.Context, tx *store.Tx) error {
			for i := range 2002 {
				if _, err := tx.Exec(ctx, `INSERT INTO actors (region_id, actor_id, title) VALUES ('kouvola', $1, $2)`, i+1, fmt.Sprint("Toimija ", i)); err != nil {
					return err
				}
			}
			return nil
		})
		b.derive(all...)
		s, err := network.NewMemory(b.db, b.clock).Now(ctx, here)
		if err != nil || len(s.Nodes) != 2002 || len(s.Ties) != len(all) {
			t.Fatalf("%d nodes, %d ties of %d, %v", len(s.Nodes), len(s.Ties), len(all), err)
		}
	})
}
