package network_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/network"
)

// crossed is a network of a hub with some around it, and many far away.
func (b *bench) crossed(far int) *network.Snapshot {
	b.Helper()
	b.tx(func(ctx context.Context, tx *store.Tx) error {
		for i := range far + 20 {
			if _, err := tx.Exec(ctx, `INSERT INTO actors (region_id, actor_id, title) VALUES ('kouvola', $1, $2) ON CONFLICT DO NOTHING`, i+1, fmt.Sprint("Toimija ", i)); err != nil {
				return err
			}
		}
		return nil
	})
	var all []network.Tie
	tie := func(from, to int) {
		all = append(all, network.Tie{From: ident.ID(from), To: ident.ID(to), Why: network.Project, Source: ident.ID(1000*from + to), At: b.clock.Now().AddDate(0, -to, 0)})
	}
	for i := range 8 {
		tie(1, 2+i)
		tie(2+i, 10+i)
		tie(2+i, 10+(i+1)%8)
	}
	for i := range far {
		tie(20+i, 20+(i+1)%far)
	}
	b.derive(all...)
	s, err := network.NewMemory(b.db, b.clock).Now(context.Background(), here)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// What is around one is told as it is, and costs as much in a large network as in a
// small one: the pairs of others are not gone through.
func TestWhatIsAroundOneCostsNothingOfTheRest(t *testing.T) {
	for _, db := range []*store.DB{storetest.SQLite(t), storetest.Postgres(t)} { // not beside others: what they take would be counted
		b := newBench(t, db)
		var costs []float64
		for _, far := range []int{10, 1500} {
			s := b.crossed(far)
			p := s.Picture(network.Filter{})
			e, ok := p.Around(1, 5, 50)
			if !ok || len(e.One) != 5 {
				t.Fatalf("%v, %d", ok, len(e.One))
			}
			if !slices.IsSortedFunc(e.One, func(a, b network.Near) int { return cmp.Compare(a.ID, b.ID) }) { // the latest first, which is how they are numbered
				t.Errorf("%v", e.One)
			}
			var two []ident.ID
			for _, n := range e.Two {
				two = append(two, n.ID)
				if len(n.Through) == 0 || n.ID < 10 || n.ID > 17 {
					t.Errorf("%+v", n)
				}
			}
			if slices.Sort(two); !slices.Equal(two, []ident.ID{10, 11, 12, 13, 14, 15}) {
				t.Errorf("%v", two)
			}
			costs = append(costs, testing.AllocsPerRun(20, func() { p.Around(1, 5, 50) }))
		}
		if costs[1] > costs[0]*1.2+5 {
			t.Errorf("%v allocations in a large network, %v in a small one", costs[1], costs[0])
		}
	}
}
