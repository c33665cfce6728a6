package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/office"
)

// files keeps a network's file past the pages.
func (s *site) files(name string) network.Filing {
	s.t.Helper()
	f, err := s.parts.Ties.Keep(context.Background(), "kouvola", name, "kysely.csv", []byte("from,to\nKymen Melojat ry,Iitin kunta\n"))
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

// lets has the person of an address choose something, past the pages.
func (s *site) lets(email, name string, c actor.Choice, yes bool) (id ident.ID) {
	s.t.Helper()
	who := s.person(email)
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		a, err := s.parts.Actors.Person(ctx, tx, who.Address, name)
		if err != nil {
			return err
		}
		id = a.ID
		return s.parts.Actors.Choose(ctx, tx, "kouvola", a.ID, c, yes)
	}); err != nil {
		s.t.Fatal(err)
	}
	return id
}

func TestANetworkComesAsAFileIsLookedAtAndGoesAsOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const at = "/toimisto/verkosto/tiedostot"
		planner := s.officer(office.Planner)
		p := planner.send(at, map[string]string{"name": "Kysely 2026"}, sentFile{"file", "kuva.png", []byte("\x89PNG\x00\x00")})
		if p.status != http.StatusUnprocessableEntity || p.Find("#file-error").Length() != 1 || p.Find("#name").AttrOr("value", "") != "Kysely 2026" {
			t.Fatalf("%d: %s", p.status, squeezed(p.Find(".errors").Text()))
		}
		if p = planner.post(at, nil); p.status != http.StatusUnprocessableEntity {
			t.Errorf("nothing was taken: %d", p.status)
		}
		p = planner.send(at, map[string]string{"name": ""}, sentFile{"file", "kysely.csv", []byte("from,to,weight,since\nKymen Melojat ry,Iitin kunta,1,2009\nIitin kunta,Kylän Verstas ry,1,2014\nx,y,paljon,\n")})
		p.says(t, "kysely.csv", "Yhteyksiä2", "Rivejä, joita ei voi lukea1", "Rivi 4: vahvuus ei ole luku")
		p.whole(t, "the look at a file")
		if n, err := network.Counts(context.Background(), s.db, "kouvola"); err != nil || len(n) != 0 {
			t.Errorf("taken in before anybody agreed: %v %v", n, err)
		}
		file := p.path
		planner.post(file+"/tuo", nil).says(t, "2 yhteyttä tuotiin", "Tuotu")
		planner.post(file+"/tuo", nil).says(t, "Tiedosto on jo tuotu")

		// A person is in what goes out by their own choice, and by what it says.
		who := s.lets("maija@posti.example", "Maija Melontasielu", actor.Findable, true)
		if body := planner.get("/toimisto/verkosto/vienti/ihmiset.vcf").body; !strings.Contains(body, "FN:Maija Melontasielu\r\n") || strings.Contains(body, "maija@") {
			t.Errorf("%s", body)
		}
		card := s.visitor().get("/toimija/" + who.String() + "/kortti.vcf")
		if card.status != http.StatusOK || !strings.Contains(card.header.Get("Content-Type"), "text/vcard") || !strings.Contains(card.body, "KIND:individual") || strings.Contains(card.body, "maija@") {
			t.Errorf("%d: %s", card.status, card.body)
		}
		s.lets("maija@posti.example", "", actor.Findable, false)
		if p := s.visitor().get("/toimija/" + who.String() + "/kortti.vcf"); p.status != http.StatusNotFound {
			t.Errorf("still a card: %d", p.status)
		}
		if body := planner.get("/toimisto/verkosto/vienti/ihmiset.vcf").body; strings.Contains(body, "Maija") {
			t.Errorf("still told of: %s", body)
		}
		for _, as := range network.Formats() {
			out := planner.get("/toimisto/verkosto/vienti?muoto=" + string(as))
			if network.FormatOf([]byte(out.body)) != as || !strings.Contains(out.body, "Iitin kunta") {
				t.Errorf("%s: %s", as, out.body)
			}
		}

		// Around one, a step and two; by the year on the map.
		id := func(name string) ident.ID {
			t.Helper()
			id, err := actor.Whose(context.Background(), s.db, "kouvola", name, func(string) bool { return false })
			if err != nil || id == 0 {
				t.Fatalf("%s: %v", name, err)
			}
			return id
		}
		page := "/toimija/" + id("Kymen Melojat ry").String()
		p = s.visitor().get(page)
		p.says(t, "Verkosto ympärillä", "Iitin kunta Tuotu tiedosto", "Kylän Verstas ry välissä Iitin kunta")
		if p.Find("main svg circle").Length() != 3 || p.Find("main svg line").Length() != 2 {
			t.Error("the picture does not show what the list does")
		}
		p.whole(t, "an organisation's page")
		drawn := s.lets("liisa@posti.example", "Liisa Lautturi", actor.Drawn, true)
		s.ties(network.Tie{From: drawn, To: id("Kymen Melojat ry"), Why: network.Ring})
		if p = s.visitor().get(page); !strings.Contains(p.body, "Liisa Lautturi") || p.Find("a[href='/toimija/"+drawn.String()+"']").Length() != 0 {
			t.Error("who is drawn and not found is named without a page")
		}
		s.lets("liisa@posti.example", "", actor.Drawn, false)
		if strings.Contains(s.visitor().get(page).body, "Lautturi") {
			t.Error("still named")
		}
		p = s.visitor().get("/verkosto")
		p.says(t, "Vuodet", "Kaikki vuodet", "2009", "2014")
		p.whole(t, "the network")
		if now := s.visitor().get("/verkosto?alkaen=2009&asti=2009").Find("nav a[aria-current]"); !strings.Contains(now.Text(), "2009") {
			t.Errorf("the year looked at is not told: %q", now.Text())
		}

		// The office completes what is known of organisations.
		planner.get("/toimisto/organisaatiot?nimi=melojat").says(t, "Kymen Melojat ry", "Y-tunnus puuttuu", "Yhdistys")
		planner.post("/toimisto/toimija/"+id("Kymen Melojat ry").String(), url.Values{"business": {"2230006-3"}, "legal": {"association"}})
		if p = planner.get("/toimisto/organisaatiot?puuttuu=1"); strings.Contains(p.Find("main").Text(), "Kymen Melojat ry") || !strings.Contains(p.Find("main").Text(), "Iitin kunta") {
			t.Errorf("%s", squeezed(p.Find("main").Text()))
		}
		planner.get("/toimisto/organisaatiot").says(t, "Kymen Melojat ry", "2230006-3", "Iitin kunta")

		planner.post(file+"/peru", nil).says(t, "Tuonti on peruttu", "Peruttu")
		if n, err := network.Counts(context.Background(), s.db, "kouvola"); err != nil || n[network.Filed] != 0 {
			t.Errorf("%v %v", n, err)
		}
		p = planner.send(at, map[string]string{"name": "Kontaktit"}, sentFile{"file", "k.vcf", []byte("BEGIN:VCARD\nFN:Ihminen Itse\nORG:Uusi Yhdistys ry\nEND:VCARD\n")})
		p.says(t, "Organisaatioita1", "Niistä uusia, joita ei vielä tunneta1", "Ihmisiä, jotka jätetään pois1")
		planner.post(p.path+"/hylkaa", nil).says(t, "Tiedosto hylättiin")
		if found := s.traces("ihminen itse"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if p := planner.send(at, map[string]string{}, sentFile{"file", "iso.csv", []byte("from,to\n" + strings.Repeat("a,b\n", network.MaxSent/4+1))}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("too large: %d", p.status)
		}
	})
}
