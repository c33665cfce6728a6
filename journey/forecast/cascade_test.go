package forecast_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/ground/store"
	"kokko/journey/forecast"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
)

// However makers are spread over places: no number is of fewer than five, and what is
// left out cannot be found by taking what is told from the whole.
func TestNoCellIsOfAFew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		counts, total := map[string]int{}, 0
		for i := range rapid.IntRange(0, 6).Draw(t, "places") {
			n := rapid.IntRange(0, 9).Draw(t, "n")
			counts[[]string{"", "iitti", "koria", "utti", "savero", "jaala"}[i%6]] += n
			total += n
		}
		sum := 0
		for i, c := range forecast.Pooled(counts) {
			if c.N < share.Few || c.Of != "" && c.N != counts[c.Of] {
				t.Fatalf("%+v of %v", c, counts)
			}
			if c.Of == "" && i == 0 && len(forecast.Pooled(counts)) > 1 {
				t.Fatalf("what is not told apart comes first: %v", counts)
			}
			sum += c.N
		}
		if sum != total && (sum != 0 || total >= share.Few) {
			t.Fatalf("%d told of %d in %v", sum, total, counts)
		}
	})
}

// tells has somebody make a link after another one.
func (d *desk) tells(of spark.Spark, by address.Address, via string) share.Share {
	d.t.Helper()
	holder := ""
	if by.ID != 0 {
		holder = share.Holder(region, by.ID)
	}
	made, _, err := d.shares.Make(context.Background(), share.Making{Region: region, Spark: of.ID, Via: via, By: holder, Consented: true})
	d.must(err)
	return made
}

func TestTheCascadeTellsWhereASparkWentByConsentOnly(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.Through(network.NewCounted(d.db, d.clock))
		d.actors.Tell(network.Heard)
		ctx := context.Background()
		sp := d.drop("tuoja@posti.example").Spark
		at := func(name, place string, counted bool) address.Address {
			who := d.person(name + "@posti.example")
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				p, err := d.actors.Person(ctx, tx, who, name)
				if err != nil {
					return err
				}
				_, err = d.actors.Describe(ctx, tx, region, p.ID, actor.Profile{Name: name, Place: place, Languages: []string{"fi"}})
				if err != nil || !counted {
					return err
				}
				return d.actors.Choose(ctx, tx, region, p.ID, actor.Counted, true)
			})
			return who
		}
		var first, second []address.Address
		for i := range 6 {
			first = append(first, at(fmt.Sprintf("iitti%d", i), "iitti", true))
			second = append(second, at(fmt.Sprintf("koria%d", i), "koria", true))
		}
		var links []share.Share
		for _, who := range first {
			links = append(links, d.tells(sp, who, ""))
		}
		d.tells(sp, address.Address{}, "")           // by nobody known
		d.tells(sp, at("jaala", "jaala", false), "") // who may not be counted
		for i, who := range second {
			made := d.tells(sp, who, links[i%2].Token)
			for range 2 {
				d.must(d.shares.Count(ctx, region, made.Token, share.Opened))
			}
		}
		told := func() forecast.Cascade {
			t.Helper()
			c, err := d.Cascade(ctx, sp)
			d.must(err)
			return c
		}
		got := told()
		want := []forecast.Turn{
			{Cells: []forecast.Cell{{Of: "", N: 8}}}, // six of Iitti would tell that two were not
			{Cells: []forecast.Cell{{Of: "koria", N: 6, From: []forecast.Cell{{Of: "", N: 6}}}}},
		}
		if diff := cmp.Diff(want, got.Turns); diff != "" {
			t.Error(diff)
		}
		if got.Told.Links != 14 || got.Told.Deepest != 2 || got.Told.Secondary != 6 || got.Told.Opens[1] != 12 || got.Places != (forecast.Crossing{Pairs: 6, Crossed: 6}) || !got.Places.Known() {
			t.Errorf("%+v", got)
		}
		for range 4 { // enough of whom nothing is known
			d.tells(sp, address.Address{}, "")
		}
		if got := told(); len(got.Turns[0].Cells) != 2 || got.Turns[0].Cells[0].Of != "iitti" || got.Turns[0].Cells[0].N != 6 {
			t.Errorf("%+v", got.Turns)
		}
		// Two take it back: what is left is too few to be told of, at once.
		for _, who := range second[:2] {
			people, err := actor.PeopleOfAddresses(ctx, d.db, region, who.ID)
			d.must(err)
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return d.actors.Choose(ctx, tx, region, people[who.ID].ID, actor.Counted, false)
			})
		}
		got = told()
		if diff := cmp.Diff([]forecast.Cell{{N: 6, From: got.Turns[1].Cells[0].From}}, got.Turns[1].Cells); diff != "" || got.Places.Known() {
			t.Errorf("%s %+v", diff, got.Places)
		}
	})
}

// Whoever is drawn and however cells overlap: beside those who stand by name there is
// nobody left in a cell, or many; and nobody is named who did not say yes.
func TestWhoIsNamedLeavesNobodyAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		makers := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "f", "g"}), 1, 24).Draw(t, "makers")
		drawn := map[string]bool{}
		for _, by := range rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g"})).Draw(t, "drawn") {
			drawn[by] = true
		}
		cells := [][]string{makers}
		for range rapid.IntRange(0, 3).Draw(t, "cells") {
			var some []string
			for _, by := range makers {
				if rapid.Bool().Draw(t, "in") {
					some = append(some, by)
				}
			}
			if len(some) >= share.Few {
				cells = append(cells, some)
			}
		}
		if len(makers) < share.Few {
			cells = cells[1:]
		}
		named := forecast.Named(cells, drawn)
		for by := range named {
			if !drawn[by] {
				t.Fatalf("%q is named and not drawn", by)
			}
		}
		for _, c := range cells {
			others := 0
			for _, by := range c {
				if !named[by] {
					others++
				}
			}
			if others > 0 && others < share.Few {
				t.Fatalf("%d are left of %v beside %v", others, c, named)
			}
		}
		if len(cells) == 0 && len(named) != len(drawn) {
			t.Fatalf("no number is told, and only %v of %v are named", named, drawn)
		}
	})
}

// With the drawn choice, and that of being counted, a name stands at its turn; it is gone
// at once with either.
func TestWhoIsDrawnStandsByNameAtTheirTurn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.Through(network.NewCounted(d.db, d.clock))
		d.actors.Tell(network.Heard)
		ctx := context.Background()
		sp := d.drop("tuoja@posti.example").Spark
		choose := func(who address.Address, c actor.Choice, yes bool) {
			people, err := actor.PeopleOfAddresses(ctx, d.db, region, who.ID)
			d.must(err)
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return d.actors.Choose(ctx, tx, region, people[who.ID].ID, c, yes)
			})
		}
		teller := func(name string, all ...actor.Choice) address.Address {
			who := d.person(strings.ToLower(name) + "@posti.example")
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := d.actors.Person(ctx, tx, who, name)
				return err
			})
			for _, c := range all {
				choose(who, c, true)
			}
			return who
		}
		told := func(want ...[]string) {
			t.Helper()
			c, err := d.Cascade(ctx, sp)
			d.must(err)
			var got [][]string
			for _, x := range c.Turns {
				got = append(got, x.Named)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		aino := teller("Aino", actor.Drawn, actor.Counted)
		first := d.tells(sp, aino, "")
		d.tells(sp, teller("Eero", actor.Drawn), "") // who may not be counted
		d.tells(sp, teller("Helmi", actor.Counted), "")
		for range 3 {
			d.tells(sp, address.Address{}, "")
		}
		onni := teller("Onni", actor.Drawn, actor.Counted)
		d.tells(sp, onni, first.Token)
		d.tells(sp, aino, first.Token) // once more: at the first of her turns
		told([]string{"Aino"}, []string{"Onni"})
		choose(onni, actor.Drawn, false)
		told([]string{"Aino"}, nil)
		choose(onni, actor.Drawn, true)
		told([]string{"Aino"}, []string{"Onni"})
		choose(onni, actor.Counted, false)
		told([]string{"Aino"}, nil)
		choose(aino, actor.Drawn, false)
		told(nil, nil)
	})
}
