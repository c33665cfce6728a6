package programme_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/programmes"
	"kokko/region/programme"
)

func TestAVersionInForceAndItsHistory(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		ids := ident.NewMaker(c)
		s := programme.NewService(db, c, ids, programmes.Files())
		other := programme.NewService(db, c, ids, programmes.Files()) // another process
		if _, err := s.Current(ctx, "kouvola"); !fault.Is(err, fault.NotFound) {
			t.Errorf("before anything is published: %v", err)
		}
		source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
		if err != nil {
			t.Fatal(err)
		}
		seeded := 0
		seed := func(_ context.Context, _ *store.Tx, e programme.Edition) error {
			if e.Version.ID == 0 || e.Region.ID != "kouvola" {
				t.Errorf("%+v", e.Version)
			}
			seeded++
			return nil
		}
		first, err := s.Publish(ctx, "kouvola.yaml", source, "Olli", "ensimmäinen", seed)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.Publish(ctx, "kouvola.yaml", source, "Olli", "sama", seed); err != nil || again.Version.ID != first.Version.ID || seeded != 1 {
			t.Errorf("the same text again: %v %+v, seeded %d times", err, again.Version, seeded)
		}
		if e, err := other.Current(ctx, "kouvola"); err != nil || e.Version.ID != first.Version.ID {
			t.Errorf("%v", err)
		}
		changed := []byte(strings.Replace(string(source), "most_workdays: 10", "most_workdays: 9", 1))
		c.Advance(time.Second)
		second, err := s.Publish(ctx, "kouvola.yaml", changed, "Olli", "nopeammin", seed)
		if err != nil || second.Version.ID == first.Version.ID || second.ReplyWorkdays() != 9 {
			t.Fatalf("%v %+v", err, second.Version)
		}
		if e, err := s.Current(ctx, "kouvola"); err != nil || e.ReplyWorkdays() != 9 {
			t.Errorf("the process that published reads the old one: %v", err)
		}
		c.Advance(2 * time.Second)
		if e, err := other.Current(ctx, "kouvola"); err != nil || e.ReplyWorkdays() != 9 {
			t.Errorf("another process reads the old one: %v", err)
		}
		all, err := programme.Versions(ctx, db, "kouvola", 10)
		if err != nil || len(all) != 2 || all[0].ID != second.Version.ID || all[1].Note != "ensimmäinen" || all[1].By != "Olli" {
			t.Errorf("%v %+v", err, all)
		}
		if old, err := s.At(ctx, "kouvola", all[1]); err != nil || old.ReplyWorkdays() != 10 {
			t.Errorf("the old one: %v", err)
		}
		if text, err := s.Source(ctx, "kouvola", first.Version.ID); err != nil || text != string(source) {
			t.Errorf("the old text: %v", err)
		}
		if _, err := s.Source(ctx, "kouvola", 5); !fault.Is(err, fault.NotFound) {
			t.Errorf("no such version: %v", err)
		}
		if _, err := s.At(ctx, "iitti", all[0]); !fault.Is(err, fault.NotFound) {
			t.Errorf("another region's version: %v", err)
		}
		// What cannot be read, or whose companions fail, changes nothing.
		if _, err := s.Publish(ctx, "kouvola.yaml", []byte("region: ["), "", "", nil); err == nil {
			t.Error("nonsense was published")
		}
		broken := errors.New("no templates")
		if _, err := s.Publish(ctx, "kouvola.yaml", source, "", "", func(context.Context, *store.Tx, programme.Edition) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
		if all, _ := programme.Versions(ctx, db, "kouvola", 10); len(all) != 2 {
			t.Errorf("%d versions", len(all))
		}
		// Going back to the first text is a version too: history is never rewritten.
		if third, err := s.Publish(ctx, "kouvola.yaml", source, "Olli", "takaisin", nil); err != nil || third.Version.ID == first.Version.ID {
			t.Errorf("%v %+v", err, third.Version)
		}

		served, err := programme.Regions(ctx, db)
		if err != nil || len(served) != 1 || !served[0].Example || !served[0].Adopted.IsZero() {
			t.Fatalf("%v %+v", err, served)
		}
		if err := s.Adopt(ctx, "kouvola", true); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Publish(ctx, "kouvola.yaml", changed, "", "", nil); err != nil {
			t.Fatal(err)
		}
		if served, _ := programme.Regions(ctx, db); served[0].Example || served[0].Adopted.IsZero() {
			t.Errorf("publishing took the region from its office: %+v", served)
		}
		if err := s.Adopt(ctx, "kouvola", false); err != nil {
			t.Fatal(err)
		}
		if served, _ := programme.Regions(ctx, db); !served[0].Example || !served[0].Adopted.IsZero() {
			t.Errorf("%+v", served)
		}
	})
}

func TestAPlaceIsFoundByItsIdToo(t *testing.T) {
	t.Parallel()
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		t.Fatal(err)
	}
	p, err := programme.Parse(programmes.Kouvola, source)
	if err != nil {
		t.Fatal(err)
	}
	e := programme.Edition{Programme: p}
	for _, place := range p.Places {
		if id, ok := e.PlaceNamed(place.ID); !ok || id != place.ID {
			t.Errorf("%s is found as %q", place.ID, id)
		}
	}
	for _, none := range []string{"", "Mummola", strings.Repeat("x", 1000)} {
		if id, ok := e.PlaceNamed(none); ok || id != "" {
			t.Errorf("%q is found as %q", none, id)
		}
	}
}
