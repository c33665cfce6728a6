package network_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/network"
)

func TestGapsAreWhatChanceWouldHaveFilled(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		b.tx(func(ctx context.Context, tx *store.Tx) error {
			for i := range 40 {
				if _, err := tx.Exec(ctx, `INSERT INTO actors (region_id, actor_id, title) VALUES ('kouvola', $1, $2)`, i+1, fmt.Sprint("Toimija ", i)); err != nil {
					return err
				}
			}
			return nil
		})
		// Two halves, each a ring, and one tie between them.
		var all []network.Tie
		for i := range 20 {
			for _, half := range []int{0, 20} {
				all = append(all, network.Tie{From: ident.ID(half + i + 1), To: ident.ID(half + (i+1)%20 + 1), Why: network.Project, Source: ident.ID(100 + i), At: b.clock.Now()})
			}
		}
		all = append(all, network.Tie{From: 1, To: 21, Why: network.Grant, Source: 7, At: b.clock.Now()})
		b.derive(all...)
		s, err := network.NewMemory(b.db, b.clock).Now(ctx, here)
		if err != nil {
			t.Fatal(err)
		}
		half := func(n network.Node) string {
			if n.ID > 20 {
				return "b"
			}
			return "a"
		}
		p := s.Picture(network.Filter{})
		if len(p.Nodes) != 40 || len(p.Pairs) != 41 {
			t.Fatalf("%d nodes, %d pairs", len(p.Nodes), len(p.Pairs))
		}
		m := p.Matrix(half)
		if m.At("a", "b").Pairs != 1 || m.At("b", "a").Pairs != 1 || m.At("a", "a").Pairs != 20 {
			t.Errorf("%+v", m)
		}
		if gaps := p.Gaps(m, half, 9); len(gaps) != 1 || gaps[0].Pairs != 1 || math.Abs(gaps[0].Expected-20.5) > 1e-9 {
			t.Errorf("%+v", gaps)
		}
		if x := p.Mixing(half); x.Across != 1 || x.Pairs != 41 || math.Abs(x.Expected-20.5) > 1e-9 || x.Ratio() > 0.05 {
			t.Errorf("%+v", x)
		}
		// All ways between the halves go over one and twenty-one.
		central, four := s.Central(2)
		if len(central) != 2 || central[0].ID+central[1].ID != 22 || four <= 0 || four > 1 {
			t.Errorf("%+v %v", central, four)
		}
		if only := s.Picture(network.Filter{Whys: []network.Why{network.Grant}}); len(only.Pairs) != 1 || len(only.Nodes) != 2 {
			t.Errorf("%d pairs", len(only.Pairs))
		}
		if past := s.Picture(network.Filter{Until: 1990}); len(past.Pairs) != 0 {
			t.Errorf("%d pairs before there were any", len(past.Pairs))
		}
	})
}
