package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kokko/edge/web"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/office"
)

const networksAt = "/toimisto/verkostot"

// founded begins a network past the pages.
func founded(t testing.TB, ties *network.Service, name string) network.Named {
	t.Helper()
	n, err := ties.Found(context.Background(), "kouvola", "fi", network.Draft{Texts: map[string]network.Text{"fi": {Name: name, Purpose: "Jotta ruoka löytää syöjän."}}, Phase: network.Activation})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *site) founds(name string) network.Named { return founded(s.t, s.parts.Ties, name) }

// admitted puts an organisation into a network past the pages.
func admitted(t testing.TB, db *store.DB, parts web.Parts, n network.Named, name string) (id ident.ID) {
	t.Helper()
	if _, err := parts.Ties.Admit(context.Background(), network.Act{Region: "kouvola", Network: n.ID}, network.Member{Network: n.ID}, func(ctx context.Context, tx *store.Tx) (ident.ID, error) {
		_, of, err := parts.Actors.Resolve(ctx, tx, "kouvola", name, func(string) bool { return false })
		id = of
		return of, err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *site) admits(of, name string) ident.ID {
	s.t.Helper()
	n, err := network.BySlug(context.Background(), s.db, "kouvola", network.SlugOf(of))
	if err != nil {
		s.t.Fatal(err)
	}
	return admitted(s.t, s.db, s.parts, n, name)
}

func TestNetworksAreKeptByTheOfficeAndJoinedByPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		planner := s.officer(office.Planner)
		p := planner.post(networksAt, url.Values{"name.fi": {""}, "phase": {"activation"}, "page": {"verkosto"}, "purpose.fi": {"Kirjoitin jo paljon"}})
		if p.status != http.StatusUnprocessableEntity {
			t.Fatal(p.status)
		}
		p.says(t, "Anna verkostolle nimi", "Kirjoita kotisivun koko osoite", "Kirjoitin jo paljon")
		p = planner.post(networksAt, url.Values{"name.fi": {"Lähiruoan verkosto"}, "name.sv": {"Närmatsnätverket"}, "purpose.fi": {"Jotta ruoka löytää syöjän."}, "phase": {"collectivity"}, "page": {"https://ruoka.example/"}, "begins": {"2026-01-15"}})
		if p.status != http.StatusOK || !strings.HasPrefix(p.path, networksAt+"/") {
			t.Fatalf("%d at %s: %s", p.status, p.path, squeezed(p.Find("main").Text()))
		}
		at := p.path
		p.says(t, "Kirjatkaa yhteinen tavoite", "Kukaan ei ole koollekutsuja")
		p = planner.post(at+"/jasen", url.Values{"member": {"Kymen Melojat ry"}, "since": {"2026-02-01"}})
		p.says(t, "Kymen Melojat ry")
		planner.post(at+"/jasen", url.Values{"member": {"Kylän Verstas ry"}, "until": {"2026-06-30"}})
		member := p.Find(`form[action$="/pois"] input[name=actor]`).AttrOr("value", "")
		planner.post(at+"/koolla", url.Values{"actor": {member}}).says(t, "Kymen Melojat ry Koollekutsuja")
		held := s.holds("Ruokailta", 0)
		planner.post(at+"/kokous", url.Values{"event": {held.ID.String()}}).says(t, "Ruokailta")
		planner.post(at+"/kokous", url.Values{"event": {"17"}}).says(t, "Valitse tapahtuma")

		const page = "/verkosto/lahiruoan-verkosto"
		s.visitor().get("/verkostot").says(t, "Lähiruoan verkosto", "Yhteisö muotoutuu", "1 jäsen", "MAL (maankäyttö, asuminen, liikenne)")
		s.visitor().get("/sv/verkostot").says(t, "Närmatsnätverket")
		s.visitor().get(page).says(t, "Jotta ruoka löytää syöjän", "Ruokailta", "Kymen Melojat ry", "Ovat olleet mukana", "https://ruoka.example/")
		if c := s.visitor().get(page + "/kalenteri.ics"); !strings.Contains(c.body, "SUMMARY:Ruokailta\r\n") {
			t.Errorf("no calendar: %s", c.body)
		}

		// A person joins by their own word, is listed, and is gone when they leave.
		who := s.person("jasen@posti.example")
		own := s.visitor()
		form := url.Values{"name": {"Maija Melontasielu"}, "email": {"jasen@posti.example"}}
		own.post(page+"/liity", form).says(t, "Liity vain, jos se sopii sinulle")
		form.Set("listed", "1")
		own.post(page+"/liity", form).says(t, "Lähiruoan verkosto")
		if strings.Contains(s.visitor().get(page).body, "Melontasielu") {
			t.Error("listed before the address was confirmed")
		}
		s.joins(t, who.Address.ID, page, "Maija Melontasielu")
		s.visitor().get(page).says(t, "Maija Melontasielu")
		mine := "/minun/" + who.Link
		p = own.get(mine)
		p.says(t, "Verkostot, joissa olet")
		n, err := network.BySlug(context.Background(), s.db, "kouvola", "lahiruoan-verkosto")
		if err != nil {
			t.Fatal(err)
		}
		if data := own.get(mine + "/tiedot"); !strings.Contains(data.body, `"network_id": "`+n.ID.String()) {
			t.Errorf("not in the own data: %s", data.body)
		}
		own.post(mine+"/verkosto", url.Values{"network": {n.ID.String()}}).says(t, "Et ole enää verkoston jäsen")
		if strings.Contains(s.visitor().get(page).body, "Melontasielu") {
			t.Error("still listed")
		}

		// It closes, and another carries its work on.
		heir := s.founds("Ruoka ja matkailu")
		planner.post(at+"/paata", url.Values{"heir": {n.ID.String()}}).says(t, "Verkosto ei voi jatkaa omaa työtään")
		planner.post(at+"/paata", url.Values{"heir": {heir.ID.String()}}).says(t, "Verkosto päättyi", "Työtä jatkaa Ruoka ja matkailu")
		s.visitor().get(page).says(t, "Työtä jatkaa", "Ruoka ja matkailu")
		planner.post(at+"/jasen", url.Values{"member": {"Myöhästynyt ry"}}).says(t, "Verkosto on päättynyt")
		planner.post(at+"/avaa", nil).says(t, "Kirjatkaa yhteinen tavoite")
		for _, path := range []string{"/verkosto/ei-ole", "/verkosto/x/kalenteri.ics", "/verkosto/x/liity", "/verkostot?sivu=x"} {
			if p := s.visitor().get(path); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, p.status)
			}
		}
	})
}

// joins has the person of an address join a network, past the pages.
func (s *site) joins(t *testing.T, whose ident.ID, page, name string) {
	t.Helper()
	ctx := context.Background()
	if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := network.BySlug(ctx, tx, "kouvola", strings.TrimPrefix(page, "/verkosto/"))
		if err != nil {
			return err
		}
		a, err := address.ByID(ctx, tx, "kouvola", whose)
		if err != nil {
			return err
		}
		who, err := s.parts.Actors.Person(ctx, tx, a, name)
		if err != nil {
			return err
		}
		return s.parts.Ties.Join(ctx, tx, "kouvola", n.ID, who.ID, 0)
	}); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := actor.OfAddress(ctx, s.db, "kouvola", whose); err != nil || !ok {
		t.Fatalf("%v %v", ok, err)
	}
}
