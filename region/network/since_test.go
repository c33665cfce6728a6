package network_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kokko/engine/graph"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/network"
)

// picture is all there is to know of a network.
type picture struct {
	Nodes    []network.Node
	Ties     []network.Tie
	Members  [][2]uint32
	Strength map[[2]uint32]float64
}

func pictured(s *network.Snapshot) (p picture) {
	p.Nodes, p.Ties, p.Strength = s.Nodes, s.Ties, map[[2]uint32]float64{}
	for person, organisation := range s.Members() {
		p.Members = append(p.Members, [2]uint32{person, organisation})
	}
	v := s.View()
	for u := range s.Nodes {
		for t := range v.Ties(uint32(u), graph.Out) {
			p.Strength[[2]uint32{uint32(u), t.Node}] = t.Strength
		}
	}
	return p
}

// Whatever happens, in whatever order: who has followed the network on the way has the same
// as who reads the whole of it.
func TestWhoFollowsANetworkHasWhatWhoReadsItHas(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		const seed = 7
		r := rand.New(rand.NewPCG(seed, 0))
		actors := actor.New(b.db, b.clock, b.ids)
		actors.Tell(network.Heard)
		actors.TellNoted(network.Noted)
		nowhere := func(string) bool { return false }
		kept := []*network.Memory{network.NewMemory(b.db, b.clock), network.NewCounted(b.db, b.clock)}
		type soul struct {
			id, address ident.ID
		}
		var people []soul
		var orgs []string
		var spellings []ident.ID
		number := 100
		all := func() (ids []ident.ID) {
			found, err := actor.List(ctx, b.db, here, 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range found {
				ids = append(ids, a.ID)
			}
			for _, p := range people {
				ids = append(ids, p.id)
			}
			return ids
		}
		some := func(ids []ident.ID) ident.ID { return ids[r.IntN(len(ids))] }
		comes := func() {
			if r.IntN(2) == 0 {
				number++
				id, _ := b.person(actors, number, fmt.Sprint("Ihminen ", number))
				people = append(people, soul{id, ident.ID(number)})
				return
			}
			orgs = append(orgs, fmt.Sprintf("Kylän Verstas %d ry", len(orgs)))
			b.tx(func(ctx context.Context, tx *store.Tx) error {
				spelling, _, err := actors.Resolve(ctx, tx, here, orgs[len(orgs)-1], nowhere)
				spellings = append(spellings[:len(orgs)-1], spelling)
				return err
			})
		}
		for range 6 {
			comes()
		}
		for len(people) < 3 {
			comes()
		}
		for len(orgs) < 3 {
			comes()
		}
		tie := func() network.Tie {
			ids := all()
			return network.Tie{From: some(ids), To: some(ids), Why: []network.Why{network.Ring, network.Table, network.Asked}[r.IntN(3)], Source: ident.ID(1 + r.IntN(3)), At: b.clock.Now().AddDate(0, -r.IntN(60), 0)}
		}
		for step := range 250 {
			what := r.IntN(15)
			switch what {
			case 0:
				comes()
			case 1, 2:
				who, choice := people[r.IntN(len(people))], actor.Choices()[r.IntN(3)]
				b.tx(func(ctx context.Context, tx *store.Tx) error {
					return actors.Choose(ctx, tx, here, who.id, choice, r.IntN(3) > 0)
				})
			case 3:
				who := people[r.IntN(len(people))]
				b.tx(func(ctx context.Context, tx *store.Tx) error {
					_, err := actors.Belong(ctx, tx, here, actor.Membership{Person: who.id, Named: orgs[r.IntN(len(orgs))]}, nowhere)
					if fault.Is(err, fault.Invalid) { // of as many as one may be of
						err = nil
					}
					return err
				})
			case 4:
				if len(people) > 4 {
					n := r.IntN(len(people))
					b.tx(func(ctx context.Context, tx *store.Tx) error {
						return actors.Erase(ctx, tx, here, people[n].address)
					})
					people[n] = people[len(people)-1]
					people = people[:len(people)-1]
				}
			case 5:
				x := tie()
				b.tx(func(ctx context.Context, tx *store.Tx) error { return network.Untied(ctx, tx, here, x) })
			case 6:
				x := tie()
				b.tx(func(ctx context.Context, tx *store.Tx) error { return network.Ended(ctx, tx, here, x, b.clock.Now()) })
			case 7:
				who := people[r.IntN(len(people))]
				b.tx(func(ctx context.Context, tx *store.Tx) error {
					_, err := actors.Describe(ctx, tx, here, who.id, actor.Profile{Name: fmt.Sprint("Nimi ", step), Languages: []string{"fi"}})
					return err
				})
			case 8: // two names are taken for one's, and what was the other's is theirs
				found, err := actor.List(ctx, b.db, here, 0, 100)
				if err != nil {
					t.Fatal(err)
				}
				from, to := found[r.IntN(len(found))].ID, found[r.IntN(len(found))].ID
				names, err := actor.Of(ctx, b.db, here, from)
				if err != nil {
					t.Fatal(err)
				}
				if from == to || len(found) < 4 {
					continue
				}
				if err := actors.Join(ctx, here, names[0].ID, to); err != nil {
					t.Fatal(err)
				}
				if len(names) == 1 {
					if err := b.ties.Follow(ctx, here, from, to); err != nil {
						t.Fatal(err)
					}
				}
			case 9:
				if err := actors.Part(ctx, here, spellings[r.IntN(len(spellings))]); err != nil && !fault.Is(err, fault.Conflict) {
					t.Fatal(err)
				}
			default:
				x := tie()
				if x.From == x.To {
					continue
				}
				b.tx(func(ctx context.Context, tx *store.Tx) error { return network.Tied(ctx, tx, here, x) })
			}
			if step == 120 {
				b.clock.Advance(30 * time.Hour)
			}
			if r.IntN(3) > 0 {
				continue // so that several changes come at once
			}
			for i, whole := range []*network.Memory{network.NewMemory(b.db, b.clock), network.NewCounted(b.db, b.clock)} {
				is, err := kept[i].Now(ctx, here)
				if err != nil {
					t.Fatal(err)
				}
				want, err := whole.Now(ctx, here)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(pictured(want), pictured(is), cmpopts.EquateEmpty(), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
					t.Fatalf("step %d (%d): %s", step, what, diff)
				}
			}
		}
	})
}

// Only what has changed is read: what is written past all verbs of somebody else is not seen.
func TestOnlyWhatHasChangedIsReadAgain(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		actors := actor.New(b.db, b.clock, b.ids)
		actors.TellNoted(network.Noted)
		var ids []ident.ID
		b.tx(func(ctx context.Context, tx *store.Tx) error {
			ids = nil
			for _, name := range []string{"Iitin kunta", "Kymen Melojat ry", "Kylän Verstas ry"} {
				_, id, err := actors.Resolve(ctx, tx, here, name, func(string) bool { return false })
				if err != nil {
					return err
				}
				ids = append(ids, id)
			}
			return nil
		})
		m := network.NewMemory(b.db, b.clock)
		names := func() (all []string) {
			s, err := m.Now(ctx, here)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range s.Nodes {
				all = append(all, n.Title)
			}
			slices.Sort(all)
			return all
		}
		names()
		b.tx(func(ctx context.Context, tx *store.Tx) error {
			for _, id := range ids {
				if _, err := tx.Exec(ctx, `UPDATE actors SET title = title || ' (uusi)' WHERE region_id = $1 AND actor_id = $2`, here, int64(id)); err != nil {
					return err
				}
			}
			return network.Changed(ctx, tx, here, ids[0])
		})
		if got, want := names(), []string{"Iitin kunta (uusi)", "Kylän Verstas ry", "Kymen Melojat ry"}; !slices.Equal(got, want) {
			t.Errorf("%q, not %q", got, want)
		}
		// A change that nobody has told of, as by a program of before, has the whole be read.
		b.tx(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE tie_versions SET version = version + 1 WHERE region_id = $1`, here); err != nil {
				return err
			}
			return network.Changed(ctx, tx, here, ids[0])
		})
		if got, want := names(), []string{"Iitin kunta (uusi)", "Kylän Verstas ry (uusi)", "Kymen Melojat ry (uusi)"}; !slices.Equal(got, want) {
			t.Errorf("%q, not %q", got, want)
		}
	})
}
