package demand_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/demand"
)

const region = "kouvola"

func network(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i / 256), byte(i % 256), 0}), 24)
}

type desk struct {
	testing.TB
	*demand.Service
	db    *store.DB
	clock *clock.Fake
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		behaviour(t, &desk{t, demand.New(db, c), db, c})
	})
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) unmet() (all []string) {
	d.Helper()
	words, err := demand.Unmet(context.Background(), d.db, region, d.clock.Now(), 12, 100)
	d.must(err)
	for _, w := range words {
		all = append(all, w.Word)
	}
	return all
}

func (d *desk) count(table string) (n int) {
	d.Helper()
	d.must(d.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM `+table).Scan(&n))
	return n
}

// A word is heard of when enough different readers looked for it, and not before: one
// who looks a hundred times is one, also over many days and another process.
func TestOnlyWhatManyLookForIsHeardOf(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		other := demand.New(d.db, d.clock)
		for day := range 6 {
			for range 20 {
				d.Missed(region, "majakka", network(1))
				other.Missed(region, "majakka", network(1))
			}
			for i := range 12 {
				d.Missed(region, "uimahalli", network(day*100+i))
			}
			for i := range demand.K - 1 {
				other.Missed(region, "sirkus", network(i))
			}
			d.must(d.Keep(ctx))
			d.must(other.Keep(ctx))
			d.clock.Advance(24 * time.Hour)
		}
		if got := d.unmet(); !slices.Equal(got, []string{"uimahalli"}) {
			t.Errorf("heard of %v", got)
		}
		// Nothing that names a reader is stored.
		for _, table := range []string{"demand_words", "demand_salts"} {
			var all strings.Builder
			rows, err := d.db.Query(ctx, `SELECT * FROM `+table)
			d.must(err)
			names, err := rows.Columns()
			d.must(err)
			for rows.Next() {
				cells := make([]any, len(names))
				for i := range cells {
					cells[i] = new(any)
				}
				d.must(rows.Scan(cells...))
				for _, c := range cells {
					fmt.Fprintf(&all, "%v ", *c.(*any))
				}
			}
			d.must(rows.Err())
			rows.Close()
			if strings.Contains(all.String(), "10.0.") {
				t.Errorf("%s holds an address: %s", table, &all)
			}
		}
		// When the month is over, what few looked for goes, and the salt.
		d.clock.Set(time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC))
		d.must(d.Sweep(ctx, region))
		if got := d.unmet(); !slices.Equal(got, []string{"uimahalli"}) || d.count("demand_salts") != 0 || d.count("demand_words") != 1 {
			t.Errorf("%v; %d salts, %d words are left", got, d.count("demand_salts"), d.count("demand_words"))
		}
		// The readers of one month are not added to those of another.
		for i := range demand.K - 1 {
			d.Missed(region, "sirkus", network(50+i))
		}
		d.must(d.Keep(ctx))
		if got := d.unmet(); slices.Contains(got, "sirkus") {
			t.Errorf("heard of %v", got)
		}
		d.clock.Set(time.Date(2029, 1, 10, 8, 0, 0, 0, time.UTC))
		d.must(d.Sweep(ctx, region))
		if d.count("demand_words") != 0 {
			t.Error("what is old is not forgotten")
		}
		d.must(d.Keep(ctx)) // with nothing to keep
	})
}

// Never are more readers told of than there were.
func TestReadersAreNeverTooMany(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, n := context.Background(), 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			word, who := fmt.Sprintf("sana%d", n), map[int]bool{}
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, 40), 0, 60).Draw(rt, "readers") {
				d.Missed(region, word, network(i))
				who[i] = true
			}
			d.must(d.Keep(ctx))
			words, err := demand.Unmet(ctx, d.db, region, d.clock.Now(), 1, 100_000)
			d.must(err)
			for _, w := range words {
				if w.Word == word && (w.Readers > len(who) || w.Readers < demand.K) {
					rt.Errorf("%d readers of %d", w.Readers, len(who))
				}
			}
		})
	})
}

// Whoever looks for a great many words fills no memory, and many may look at once.
func TestManyMayLookAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var all sync.WaitGroup
		for n := range 4 {
			all.Go(func() {
				for i := range 3_000 {
					d.Missed(region, fmt.Sprintf("sana%d-%d", n, i), network(i))
				}
			})
		}
		all.Wait()
		d.must(d.Keep(context.Background()))
		if n := d.count("demand_words"); n != 5_000 {
			t.Errorf("%d words are kept", n)
		}
		d.Missed(region, "sana", netip.Prefix{})
		d.Missed(region, strings.Repeat("a", 100), network(1))
		d.must(d.Keep(context.Background()))
		if n := d.count("demand_words"); n != 5_000 {
			t.Errorf("%d words are kept", n)
		}
	})
}
