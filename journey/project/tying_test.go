package project_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/project"
	"kokko/region/actor"
	"kokko/region/network"
)

func TestTiesAreWhatTheListSaysAndNoMore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		c := clock.NewFake(time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC))
		ids := ident.NewMaker(c)
		actors := actor.New(db, c, ids)
		projects, ties := project.New(db, c, actors), network.New(db, c, ids)
		nowhere := func(string) bool { return false }
		tx := func(do func(ctx context.Context, tx *store.Tx) error) {
			t.Helper()
			if err := db.Tx(ctx, do); err != nil {
				t.Fatal(err)
			}
		}
		tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
			return err
		})
		at := func(year int) workday.Day { return workday.On(year, 1, 15) }
		list := []project.Record{
			{Code: "A1", Title: "Mobile Port", Implementer: "Lappeenrannan teknillinen yliopisto", Authority: "Tekes", Fund: "EAKR", Start: at(2009), End: at(2012)},
			{Code: "A2", Title: "MOBILE-PORT", Implementer: "Kymenlaakson ammattikorkeakoulu Oy", Authority: "Tekes", Fund: "EAKR", Start: at(2010), End: at(2011)},
			{Code: "A3", Title: "Mobile port", Implementer: "Kotkan kaupunki", Fund: "EAKR", Start: at(2013), End: at(2014)}, // after the others: a later one of that name
			{Code: "A4", Title: "Tekninen tuki 2010", Implementer: "Hämeen liitto", Authority: "Hämeen liitto", Start: at(2009), End: at(2012)},
			{Code: "A5", Title: "Tekninen tuki 2010", Implementer: "Kymenlaakson liitto", Start: at(2009), End: at(2012)},
			{Code: "A6", Title: "LUOTI", Implementer: "Kouvola Innovation Oy", Start: at(2009), End: at(2012)},
			{Code: "A7", Title: "Luoti", Implementer: "Iitin kunta", Start: at(2009), End: at(2012)}, // a word is nobody's alone
			{Code: "A8", Title: "Lähiruoan jakelu", Authority: "Tekes", Start: at(2009), End: at(2012)},
		}
		for i := range list {
			list[i].Source = "EURA"
		}
		take := func(list []project.Record, number ident.ID) {
			tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := projects.Import(ctx, tx, "kouvola", number, nowhere, list)
				return err
			})
		}
		// who is tied to whom, by name
		tied := func() (all []string) {
			t.Helper()
			if _, _, err := projects.Tie(ctx, ties, "kouvola", nowhere); err != nil {
				t.Fatal(err)
			}
			if added, gone, err := projects.Tie(ctx, ties, "kouvola", nowhere); err != nil || added+gone != 0 {
				t.Fatalf("again: %d came, %d went, %v", added, gone, err)
			}
			for _, why := range network.Whys() {
				if err := network.Walk(ctx, db, "kouvola", why, func(tie network.Tie) error {
					var names []string
					for _, id := range []ident.ID{tie.From, tie.To} {
						a, err := actor.ByID(ctx, db, "kouvola", id)
						if err != nil {
							return err
						}
						names = append(names, a.Title)
					}
					slices.Sort(names)
					all = append(all, string(why)+": "+strings.Join(names, " – ")+" "+tie.At.Format("2006"))
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			}
			slices.Sort(all)
			return all
		}
		take(list, 1)
		want := []string{
			"grant: Kymenlaakson ammattikorkeakoulu Oy – Tekes 2011",
			"grant: Lappeenrannan teknillinen yliopisto – Tekes 2012",
			"project: Kymenlaakson ammattikorkeakoulu Oy – Lappeenrannan teknillinen yliopisto 2011",
		}
		if diff := cmp.Diff(want, tied()); diff != "" {
			t.Error(diff)
		}
		// A name that the office joins takes its ties along; what is taken back takes them away.
		_, err := projects.TakeBack(ctx, "kouvola", 1)
		if err != nil {
			t.Fatal(err)
		}
		if left := tied(); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		take(list[:1], 2)
		if diff := cmp.Diff(want[1:2], tied()); diff != "" {
			t.Error(diff)
		}
		if n, err := projects.Clear(ctx, "kouvola", "EURA"); err != nil || n != 1 {
			t.Errorf("%d %v", n, err)
		}
		if n, err := actor.Count(ctx, db, "kouvola"); err != nil || n != 0 {
			t.Errorf("%d organisations are left of nothing, %v", n, err)
		}
	})
}
