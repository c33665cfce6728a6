package alike_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/alike"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/trust"
)

func (d *desk) pairs() (all [][2]string) {
	d.Helper()
	list, err := alike.Pairs(context.Background(), d.db, region, 100)
	if err != nil {
		d.Fatal(err)
	}
	if n, err := alike.Count(context.Background(), d.db, region, 100); err != nil || n != len(list) {
		d.Errorf("%d pairs are %d when counted: %v", len(list), n, err)
	}
	for _, p := range list {
		all = append(all, [2]string{p.Newer.Code, p.Older.Code})
	}
	return all
}

func (d *desk) count(q string) (n int) {
	d.Helper()
	if err := d.db.QueryRow(context.Background(), q).Scan(&n); err != nil {
		d.Fatal(err)
	}
	return n
}

// What is found is kept once however often the walk is made, and is told only while the
// two can be joined and nobody has said otherwise.
func TestTheWalkKeepsLikelyPairsOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		s := alike.New(d.db, d.clock, d.index)
		walk := func() {
			t.Helper()
			d.clock.Advance(time.Minute)
			if err := s.Walk(ctx, region); err != nil {
				t.Fatal(err)
			}
		}
		walk()
		if _, _, known, err := alike.Walked(ctx, d.db, region); err != nil || !known {
			t.Errorf("walked: %v, %v", known, err)
		}
		var of []spark.Receipt
		for _, m := range matters {
			of = append(of, d.drop(m, spark.Public))
		}
		walk()
		if got := d.pairs(); len(got) != 0 {
			t.Fatalf("different matters are likely the same: %v", got)
		}
		food, rink := d.drop(matters[0]+" Mukaan koulut.", spark.Office), d.drop(matters[1]+" Mukaan koulut.", spark.Public)
		want := [][2]string{{rink.Spark.Code, of[1].Spark.Code}, {food.Spark.Code, of[0].Spark.Code}}
		for range 3 {
			walk()
			if got := d.pairs(); !slices.Equal(got, want) {
				t.Fatalf("likely: %v, want %v", got, want)
			}
		}
		after, at, _, err := alike.Walked(ctx, d.db, region)
		if err != nil || after != rink.Spark.ID || !at.Equal(d.clock.Now()) {
			t.Errorf("walked to %v at %v, %v", after, at, err)
		}
		if n := d.count(`SELECT COUNT(*) FROM spark_pairs`); n != 4 {
			t.Errorf("%d rows for two pairs", n)
		}

		if err := s.Differ(ctx, region, of[0].Spark.ID, food.Spark.ID, d.officer.ID); err != nil {
			t.Fatal(err)
		}
		if got := d.pairs(); !slices.Equal(got, want[:1]) {
			t.Errorf("said to be another matter: %v", got)
		}
		d.must(d.sparks.Merge(ctx, d.act(of[1].Spark.ID), spark.Joining{Sparks: []spark.Seen{{ID: rink.Spark.ID}}}))
		if got := d.pairs(); len(got) != 0 {
			t.Errorf("joined already: %v", got)
		}
		walk()
		if n := d.count(`SELECT COUNT(*) FROM spark_pairs WHERE verdict = 'likely'`); n != 0 {
			t.Errorf("%d rows stay of what was settled", n)
		}
		if _, err := d.sparks.Withdraw(ctx, region, food.Link, true); err != nil {
			t.Fatal(err)
		}
		if n := d.count(`SELECT COUNT(*) FROM spark_pairs`); n != 0 {
			t.Errorf("%d rows stay of what was erased", n)
		}
	})
}

// What the walk found of a spark is told without asking the index, by whatever has become
// of the two since; before the walk nothing is known.
func TestWhatTheWalkFoundIsKept(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		s := alike.New(d.db, d.clock, d.index)
		first := d.drop(matters[0], spark.Public)
		second, rink := d.drop(matters[0]+" Mukaan koulut.", spark.Office), d.drop(matters[1], spark.Public)
		kept := func(sp spark.Spark, want ...string) {
			t.Helper()
			d.db.Overhear(func(query string, _ []any) {
				if strings.Contains(query, "MATCH") || strings.Contains(query, "tsquery") {
					t.Errorf("the index was asked: %s", query)
				}
			})
			defer d.db.Overhear(nil)
			all, ok, err := alike.Kept(ctx, d.db, d.index, sp, 5)
			var codes []string
			for _, m := range all {
				codes = append(codes, m.Code)
				if !slices.Contains(m.Words, "lähiruoan") {
					t.Errorf("%s is told of for %v", m.Code, m.Words)
				}
			}
			if !ok || err != nil || !slices.Equal(codes, want) {
				t.Errorf("kept of %s: %v (%v, %v), want %v", sp.Code, codes, ok, err, want)
			}
		}
		if _, ok, err := alike.Kept(ctx, d.db, d.index, first.Spark, 5); ok || err != nil {
			t.Errorf("known before the walk: %v, %v", ok, err)
		}
		if err := s.Walk(ctx, region); err != nil {
			t.Fatal(err)
		}
		kept(first.Spark, second.Spark.Code)
		kept(second.Spark, first.Spark.Code)
		kept(rink.Spark)
		if err := s.Differ(ctx, region, second.Spark.ID, first.Spark.ID, d.officer.ID); err != nil {
			t.Fatal(err)
		}
		kept(first.Spark)
		if err := s.Relent(ctx, region, first.Spark.ID, second.Spark.ID); err != nil {
			t.Fatal(err)
		}
		kept(first.Spark, second.Spark.Code)
		kept(second.Spark, first.Spark.Code)
		if _, ok, err := alike.Kept(ctx, d.db, d.index, d.drop(matters[2], spark.Public).Spark, 5); ok || err != nil {
			t.Errorf("known before the next walk: %v, %v", ok, err)
		}
		if _, err := d.sparks.Withdraw(ctx, region, second.Link, true); err != nil {
			t.Fatal(err)
		}
		kept(first.Spark)
	})
}

// One that waited for a look when it was walked past is told of when it is let in.
func TestWhatWaitedForALookIsLikelyWhenLetIn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		if err := office.New(d.db, d.clock, d.ids).Set(ctx, region, trust.Rules{Hold: trust.HoldSuspicious, Words: []string{"kasino"}}.Settings()); err != nil {
			t.Fatal(err)
		}
		s := alike.New(d.db, d.clock, d.index)
		told := d.drop(matters[0], spark.Public).Spark
		held := d.drop(matters[0]+" Tämä ei ole kasino.", spark.Public).Spark
		if held.Held == "" {
			t.Fatal("nothing is held")
		}
		if err := s.Walk(ctx, region); err != nil {
			t.Fatal(err)
		}
		if got := d.pairs(); len(got) != 0 {
			t.Errorf("told while it waits: %v", got)
		}
		d.must(d.sparks.Approve(ctx, d.act(held.ID), false))
		if err := s.Walk(ctx, region); err != nil {
			t.Fatal(err)
		}
		if got := d.pairs(); !slices.Equal(got, [][2]string{{held.Code, told.Code}}) {
			t.Errorf("let in, it is likely: %v", got)
		}
	})
}

// What an officer said holds both ways, survives every walk, and can be taken back.
func TestWhatIsNotTheSameIsRememberedBothWays(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		s := alike.New(d.db, d.clock, d.index)
		var all []spark.Spark
		for range 4 {
			all = append(all, d.drop(matters[0], spark.Public).Spark)
		}
		likely := func(sp spark.Spark) (ids []ident.ID) {
			list, err := alike.Likely(ctx, d.db, d.index, sp, nil, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range list {
				ids = append(ids, m.ID)
			}
			return ids
		}
		said := map[[2]ident.ID]bool{}
		rapid.Check(t, func(r *rapid.T) {
			a, b := rapid.IntRange(0, 3).Draw(r, "a"), rapid.IntRange(0, 3).Draw(r, "b")
			x, y := all[a].ID, all[b].ID
			var err error
			switch rapid.IntRange(0, 2).Draw(r, "what") {
			case 0:
				if err = s.Differ(ctx, region, x, y, d.officer.ID); x == y {
					if !fault.Is(err, fault.Invalid) {
						r.Fatalf("a spark differs from itself: %v", err)
					}
					return
				}
				said[[2]ident.ID{min(x, y), max(x, y)}] = true
			case 1:
				err = s.Relent(ctx, region, x, y)
				delete(said, [2]ident.ID{min(x, y), max(x, y)})
			default:
				err = s.Walk(ctx, region)
			}
			if err != nil {
				r.Fatal(err)
			}
			for _, one := range all {
				ids := likely(one)
				for _, two := range all {
					apart := said[[2]ident.ID{min(one.ID, two.ID), max(one.ID, two.ID)}]
					if one.ID != two.ID && slices.Contains(ids, two.ID) == apart {
						r.Fatalf("%s and %s: likely %v, said to be another matter %v", one.Code, two.Code, !apart, apart)
					}
				}
			}
		})
		if err := s.Differ(ctx, region, all[0].ID, all[1].ID, d.officer.ID); err != nil {
			t.Fatal(err)
		}
		others, err := alike.Others(ctx, d.db, region, all[1].ID)
		if err != nil || !slices.ContainsFunc(others, func(o alike.Other) bool { return o.Spark == all[0].ID && o.Officer == d.officer.ID }) {
			t.Errorf("who said it is not known: %v, %v", others, err)
		}
	})
}
