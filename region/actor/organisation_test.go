package actor_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/region/actor"
)

// Of all ids of eight digits with the same first seven at most one is right, and it
// is read however it is written.
func TestTheCheckDigitOfABusinessID(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"0112038-9": "0112038-9", "01120389": "0112038-9", " 0112038 – 9": "0112038-9", "112038-9": "0112038-9", "1572860-0": "1572860-0", "0161075-9": "0161075-9",
		"0112038-8": "", "0112038": "", "": "", "FI01120389": "", "0112038-99": "", "x112038-9": "",
	} {
		if got, ok := actor.BusinessID(in); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v", in, got, ok)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.IntRange(0, 9_999_999).Draw(t, "first")
		var right []string
		for last := range 10 {
			if id, ok := actor.BusinessID(fmt.Sprintf("%07d%d", first, last)); ok {
				right = append(right, id)
			}
		}
		if len(right) > 1 {
			t.Fatalf("%q", right)
		}
		if len(right) == 0 {
			return
		}
		// A wrong digit anywhere is found, and so are two next to each other in the wrong order.
		digits := []byte(right[0][:7] + right[0][8:])
		at := rapid.IntRange(0, 7).Draw(t, "at")
		other := append([]byte{}, digits...)
		other[at] = '0' + byte(rapid.IntRange(0, 9).Draw(t, "digit"))
		if _, ok := actor.BusinessID(string(other)); ok != (other[at] == digits[at]) {
			t.Fatalf("%s after %s", other, digits)
		}
		if at < 6 && digits[at] != digits[at+1] {
			swapped := append([]byte{}, digits...)
			swapped[at], swapped[at+1] = swapped[at+1], swapped[at]
			if _, ok := actor.BusinessID(string(swapped)); ok {
				t.Fatalf("%s after %s", swapped, digits)
			}
		}
	})
}

func TestSectorsAreWholeInThreeLanguages(t *testing.T) {
	t.Parallel()
	all := actor.Sectors()
	if len(all) != 38 {
		t.Errorf("%d sectors", len(all))
	}
	seen := map[string]string{}
	for _, s := range all {
		for _, language := range []string{"fi", "sv", "en"} {
			name := s.In(language)
			if seen[language+name] != "" || name == "" {
				t.Errorf("%s in %s is %q, as is %s", s.Code, language, name, seen[language+name])
			}
			seen[language+name] = s.Code
		}
		if got, ok := actor.SectorOf(s.Code); !ok || got.In("fi") != s.In("fi") || s.In("de") != s.In("fi") {
			t.Errorf("%s: %v", s.Code, ok)
		}
	}
	if _, ok := actor.SectorOf("99"); ok {
		t.Error("99 is a sector")
	}
}

func TestTheFormIsReadOffAName(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Kymen Puu Oy": "company", "Kylän Verstas ry": "association", "Kouvolan kaupunki": "municipality", "Kotkan-Haminan seudun koulutuskuntayhtymä": "joint",
		"Kouvolan seurakuntayhtymä": "parish", "Kymenlaakson ammattikorkeakoulu": "school", "Kaakkois-Suomen ELY-keskus": "state", "Osuuskunta Metsä": "cooperative", "Lapsuuden säätiö": "foundation", "Kylän väki": "",
	} {
		if got := actor.LegalOf(title); got != want {
			t.Errorf("%s is %q, want %q", title, got, want)
		}
	}
}

func TestWhatTheOfficeNotesOfAnOrganisation(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		spellings, orgs := d.whose("Kymen Puu Oy", "Kouvolan kaupunki", "Kouvolan kaupungin sivistystoimi")
		wood, town, unit := orgs[0], orgs[1], orgs[2]
		heard := 0
		d.actors.TellNoted(func(context.Context, *store.Tx, string, actor.Actor) error { heard++; return nil })
		want := actor.Details{Legal: "company", Business: "0112038-9", Sector: "35", Place: "inkeroinen"}
		given := want
		given.Business = "01120389"
		if err := d.actors.Note(ctx, "kouvola", wood, given); err != nil {
			t.Fatal(err)
		}
		if got, err := actor.DetailsOf(ctx, d.db, "kouvola", actor.Actor{ID: wood, Title: "Kymen Puu Oy"}); err != nil || got != want || heard != 1 {
			t.Errorf("%+v %v, heard %d", got, err, heard)
		}
		if got, err := actor.DetailsOf(ctx, d.db, "kouvola", actor.Actor{ID: town, Title: "Kouvolan kaupunki"}); err != nil || got.Legal != "municipality" {
			t.Errorf("%+v %v", got, err)
		}
		if err := d.actors.Note(ctx, "kouvola", unit, actor.Details{PartOf: town}); err != nil {
			t.Fatal(err)
		}
		for field, x := range map[string]actor.Details{"legal": {Legal: "mob"}, "business": {Business: "0112038-8"}, "sector": {Sector: "99"}, "part": {PartOf: unit}} {
			if err := d.actors.Note(ctx, "kouvola", town, x); !fault.Is(err, fault.Invalid) || fault.List(err)[0].Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		if err := d.actors.Note(ctx, "iitti", town, actor.Details{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("another region's: %v", err)
		}
		// Joined to another: its units and what is known go along.
		if err := d.actors.Join(ctx, "kouvola", spellings[1], wood); err != nil {
			t.Fatal(err)
		}
		if units, err := actor.Units(ctx, d.db, "kouvola", wood); err != nil || len(units) != 1 || units[0].ID != unit {
			t.Errorf("%+v %v", units, err)
		}
		if err := d.actors.Join(ctx, "kouvola", spellings[0], unit); err != nil { // half of it: it stays
			t.Fatal(err)
		}
		if place, sector, err := actor.Standing(ctx, d.db, "kouvola", wood); err != nil || place != "inkeroinen" || sector != "35" {
			t.Errorf("%s %s %v", place, sector, err)
		}
	})
}
