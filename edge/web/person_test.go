package web_test

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/knowhow"
)

// known begins somebody who hangs on a confirmed address, and gives the path of
// their own page.
func (s *site) known(email, name string, yes ...actor.Choice) (id ident.ID, own string) {
	s.t.Helper()
	who := s.person(email)
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		p, err := s.parts.Actors.Person(ctx, tx, who.Address, name)
		id = p.ID
		for _, c := range yes {
			if err == nil {
				err = s.parts.Actors.Choose(ctx, tx, "kouvola", id, c, true)
			}
		}
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return id, "/minun/" + who.Link
}

// A person takes along everything that is kept of them, and nothing is left when they
// erase it.
func TestAPersonTakesEverythingAlongAndLeavesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		id, own := s.known("maija@posti.example", "Maija Tunnistettava", actor.Findable, actor.Drawn)
		if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := s.parts.Actors.Describe(ctx, tx, "kouvola", id, actor.Profile{Name: "Maija Tunnistettava", Place: "anjala", Sector: "04", Languages: []string{"fi", "sv"}, Pace: 2, Away: true, AwayUntil: 20800}); err != nil {
				return err
			}
			if _, err := s.parts.Know.Write(ctx, tx, "kouvola", knowhow.Item{Actor: id, Kind: knowhow.Own, Text: "Tunnistettavan osaamista", Language: "fi"}); err != nil {
				return err
			}
			_, err := s.parts.Actors.Belong(ctx, tx, "kouvola", actor.Membership{Person: id, Named: "Tunnistettavan säätiö", Role: "Tunnistettava rooli", Since: 20000}, func(string) bool { return false })
			return err
		}); err != nil {
			t.Fatal(err)
		}
		r := s.visitor()
		var file struct{ Person map[string]any }
		if err := json.Unmarshal([]byte(r.get(own+"/tiedot").body), &file); err != nil {
			t.Fatal(err)
		}
		s.whole("people", file.Person, "region_id", "address_id", "findable", "drawn", "counted", "federated")
		now := file.Person["chosen_now"].(map[string]any)
		if now["findable"] != true || now["drawn"] != true || now["counted"] != false || now["federated"] != false {
			t.Errorf("%v", now)
		}
		for table, list := range map[string]string{"people_choices": "choices", "actor_members": "organisations", "knowhow_items": "know_how"} {
			rows := file.Person[list].([]any)
			if len(rows) == 0 {
				t.Fatalf("%s: nothing", list)
			}
			s.whole(table, rows[0].(map[string]any), "region_id", "actor_id")
		}
		if p := r.post(own+"/poisto", url.Values{"confirm": {"1"}}); p.path != "/minun/poistettu" {
			t.Fatalf("at %s", p.path)
		}
		s.drain()
		if found := s.traces("tunnistettava", "maija@posti"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
	})
}

// whole tells when a row of the file lacks a column of its table, but those named.
func (s *site) whole(table string, row map[string]any, but ...string) {
	s.t.Helper()
	tables, err := s.db.Tables(context.Background(), s.db)
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(tables, func(t store.Table) bool { return t.Name == table })
	for _, c := range tables[i].Columns {
		if _, ok := row[c.Name]; !ok && !slices.Contains(but, c.Name) {
			s.t.Errorf("%s.%s is not in the file: %s", table, c.Name, strings.Join(but, " "))
		}
	}
}

// chooses has somebody choose, past the pages.
func (s *site) chooses(email string, c actor.Choice, yes bool) {
	s.t.Helper()
	ctx := context.Background()
	who, _, err := actor.OfEmail(ctx, s.db, "kouvola", email)
	if err == nil {
		err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return s.parts.Actors.Choose(ctx, tx, "kouvola", who.ID, c, yes)
		})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}
