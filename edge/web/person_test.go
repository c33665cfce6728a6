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

// Whoever said yes to earlier words is asked anew on their own page, what is new is said,
// and either answer ends it.
func TestAnEarlierYesIsAskedAnewOnOnesOwnPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		id, own := s.known("maija@posti.example", "Maija Maistuva", actor.Findable, actor.Drawn, actor.Counted)
		r := s.visitor()
		if p := r.get(own); strings.Contains(p.body, "Kysymme uudelleen") {
			t.Error("asked anew without need")
		}
		s.sql(`DELETE FROM people_words`)
		if n, err := s.parts.Actors.AskAnew(ctx, "kouvola"); n != 2 || err != nil {
			t.Fatalf("%d asked anew: %v", n, err)
		}
		if p := r.get(own); p.Find("[aria-labelledby=osaaminen] .note a").AttrOr("href", "") != own+"/osaaminen#valinnat" {
			t.Error("the own page does not lead there")
		}
		for lang, words := range map[string]string{"": "kattaa nyt enemmän", "/sv": "omfattar nu mer", "/en": "covers more now"} {
			p := r.get(lang + own + "/osaaminen")
			for _, c := range []string{"drawn", "counted"} {
				if at := p.Find("[aria-labelledby=valinta-" + c + "]"); !strings.Contains(at.Text(), words) || at.Find("button").Length() != 2 {
					t.Errorf("%q: %s", lang, at.Text())
				}
			}
			if at := p.Find("[aria-labelledby=valinta-findable]"); strings.Contains(at.Text(), words) || at.Find("button").Length() != 1 {
				t.Errorf("%q: %s", lang, at.Text())
			}
			if p := r.get(lang + own + "/mita-tiedetaan"); strings.Count(p.Find("[aria-labelledby=suostumukset]").Text(), words) != 2 {
				t.Errorf("%q: %s", lang, p.Find("[aria-labelledby=suostumukset]").Text())
			}
		}
		var file struct {
			Person struct {
				Now   map[string]bool `json:"chosen_now"`
				Words []struct {
					Choice string
					Anew   bool `json:"asked_anew"`
				}
			}
		}
		if err := json.Unmarshal([]byte(r.get(own+"/tiedot").body), &file); err != nil || file.Person.Now["counted"] || len(file.Person.Words) != 2 || !file.Person.Words[1].Anew {
			t.Errorf("%v: %+v", err, file)
		}
		r.post(own+"/osaaminen/valinta", url.Values{"choice": {"drawn"}})
		r.post(own+"/osaaminen/valinta", url.Values{"choice": {"counted"}, "yes": {"1"}})
		p := r.get(own + "/osaaminen")
		if at := p.Find("#valinnat").Parent().Text(); strings.Contains(at, "kattaa nyt enemmän") || !strings.Contains(at, "Peruit luvan") || !strings.Contains(at, "Annoit luvan") {
			t.Error(at)
		}
		now, err := actor.PersonByID(ctx, s.db, "kouvola", id)
		if err != nil || now.Chose(actor.Drawn) || !now.Chose(actor.Counted) {
			t.Errorf("%v: drawn %v, counted %v", err, now.Chose(actor.Drawn), now.Chose(actor.Counted))
		}
	})
}
