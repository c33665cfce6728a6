package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/edge/web"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/network"
)

// namedBy has somebody asked, past the pages, whether another may say that they would
// ask them: the secret of the letter's page.
func namedBy(t testing.TB, db *store.DB, parts web.Parts, by address.Address, email string) (secret string) {
	t.Helper()
	ctx := context.Background()
	if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := parts.Asking.Say(ctx, tx, by, asking.Draft{Name: "Maija Kysyvä", Topic: "Lähiruoka", Language: "fi", Who: []asking.Named{{Name: "Tuntija", Email: email}}}); err != nil {
			return err
		}
		all, err := asking.Own(ctx, tx, "kouvola", by.ID)
		if err != nil {
			return err
		}
		secret, err = asking.Link(ctx, tx, "kouvola", all[0].ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return secret
}

func (w walk) named(email string) string {
	return namedBy(w.t, w.db, w.parts, w.person(strings.ToLower(ident.Secret())+"@posti.example").Address, email)
}

func TestWhomSomebodyWouldAskIsTheirOwnUntilTheOtherAgrees(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		const asker, cook = "maija@posti.example", "kalle@posti.example"
		coop := admitted(t, s.db, s.parts, s.founds("Ruokaverkosto"), "Kylän Osuuskauppa ry")
		r := s.visitor()
		form := url.Values{"topic": {""}, "name": {"Maija Tunnistettava"}, "email": {asker}, "who-1": {"Osuuskaupan kioski"}, "kind-1": {"organisation"}, "who-2": {"Kalle Keittäjä"}, "kind-2": {"person"}, "email-2": {"ei osoite"}, "often-2": {"3"}}
		p := r.post("/kysyisin", form)
		if p.status != http.StatusUnprocessableEntity || p.Find("#topic-error").Length() != 1 || p.Find("#who-1-error").Length() != 1 || p.Find("#email-2-error").Length() != 1 {
			t.Fatalf("%d: %s", p.status, squeezed(p.Find(".errors").Text()))
		}
		p.whole(t, "refused")
		if p.Find("#who-2").AttrOr("value", "") != "Kalle Keittäjä" || p.Find("#often-2 option[selected]").AttrOr("value", "") != "3" || p.Find("#kind-1 option[selected]").Length() != 1 {
			t.Error("what was typed is lost")
		}
		if p = r.get("/kysyisin?toimija=" + coop.String()); p.Find("#who-1").AttrOr("value", "") != "Kylän Osuuskauppa ry" || p.Find("#kind-1 option[selected]").AttrOr("value", "") != "organisation" {
			t.Error("the organisation's page does not lead to itself")
		}
		p.whole(t, "the form")
		form.Set("topic", "Lähiruoan jakelu")
		form.Set("who-1", "Kylän Osuuskauppa")
		form.Set("email-2", cook)
		form.Set("who-3", "Naapurin Liisa")
		r.post("/kysyisin", form)
		if n := s.count(`SELECT COUNT(*) FROM asked_names`); n != 0 {
			t.Errorf("%d before the address was confirmed", n)
		}
		p = r.confirms(asker)
		p.says(t, "Se, keneltä kysyisit, on tallessa", "Kylän Osuuskauppa ry", "Häneltä on kysytty lupa", "Vain sinun muistiinpanosi")
		p.whole(t, "the own page")
		mine := p.path
		s.drain()
		letters := s.lettersTo(cook)
		if len(letters) != 1 || !strings.Contains(letters[0].Subject, "Maija Tunnistettava kysyisi sinulta: Lähiruoan jakelu") || strings.Contains(letters[0].Text, asker) {
			t.Fatalf("%+v", letters)
		}
		// Her tie to the organisation is on the map only while she is drawn herself.
		shown := func() bool { return strings.Contains(s.visitor().get("/verkosto").body, "Tunnistettava") }
		if shown() {
			t.Error("drawn without having chosen it")
		}
		choose := func(email string, yes bool) {
			t.Helper()
			if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				who, _, err := actor.OfEmail(ctx, tx, "kouvola", email)
				if err != nil {
					return err
				}
				return s.parts.Actors.Choose(ctx, tx, "kouvola", who.ID, actor.Drawn, yes)
			}); err != nil {
				t.Fatal(err)
			}
		}
		choose(asker, true)
		if !shown() {
			t.Error("not drawn though she chose it")
		}
		choose(asker, false)
		if shown() || strings.Contains(s.visitor().get("/toimija/"+coop.String()).body, "Tunnistettava") {
			t.Error("still told of")
		}

		// A scanner follows the link and nothing happens.
		other, link := s.visitor(), linkIn(t, letters[0], "/kysyisin/")
		for range 2 {
			p = other.get(link)
			p.says(t, "Maija Tunnistettava kysyisi sinulta", "Lähiruoan jakelu")
		}
		p.whole(t, "the letter's page")
		if p = other.post(link, url.Values{"do": {"yes"}, "name": {""}}); p.status != http.StatusUnprocessableEntity || p.Find("#name-error").Length() != 1 {
			t.Errorf("%d", p.status)
		}
		if _, ok, err := actor.OfEmail(ctx, s.db, "kouvola", cook); ok || err != nil {
			t.Errorf("somebody before they agreed: %v", err)
		}
		other.post(link, url.Values{"do": {"yes"}, "name": {"Kalle Keittäjä"}}).says(t, "Yhteys on tallessa")
		r.get(mine).says(t, "Hän suostui")
		if p = other.post(link, url.Values{"do": {"no"}}); p.status != http.StatusConflict {
			t.Errorf("answered twice: %d", p.status)
		}
		his := s.person(cook)
		p = s.visitor().get("/minun/" + his.Link)
		p.says(t, "He kysyisivät sinulta", "Maija Tunnistettava")
		id := p.Find("form:has(button[value=decline]) input[name=naming]").AttrOr("value", "")

		var file struct {
			Asking struct {
				Would []map[string]any `json:"would_ask"`
				Sent  []string         `json:"letters_sent_at"`
			}
		}
		if err := json.Unmarshal([]byte(r.get(mine+"/tiedot").body), &file); err != nil || len(file.Asking.Would) != 3 || len(file.Asking.Sent) != 1 {
			t.Fatalf("%v %+v", err, file)
		}
		s.whole("asked_names", file.Asking.Would[0], "region_id", "address_id", "email", "link_hash")
		if body := s.visitor().get("/minun/" + his.Link + "/tiedot").body; !strings.Contains(body, `"name": "Maija Tunnistettava"`) {
			t.Error("who would ask him is not in his own file")
		}
		s.visitor().post("/minun/"+his.Link+"/kysyisin", url.Values{"do": {"decline"}, "naming": {id}}).says(t, "Suostumuksesi on peruttu")
		r.get(mine).says(t, "Ei edennyt")
		if all, err := network.Counts(ctx, s.db, "kouvola"); err != nil || all[network.Asked] != 1 {
			t.Errorf("%v %v", all, err)
		}
		p = r.get(mine)
		for _, do := range []string{"still", "off"} {
			at := p.Find("form:has(button[value=still]) input[name=naming]").AttrOr("value", "")
			if p = r.post(mine+"/kysyisin", url.Values{"do": {do}, "naming": {at}}); p.status != http.StatusOK {
				t.Errorf("%s: %d", do, p.status)
			}
		}
		if p = r.post(mine+"/kysyisin", url.Values{"do": {"off"}, "naming": {"17"}}); p.status != http.StatusNotFound {
			t.Errorf("%d", p.status)
		}

		// "Never" holds for whoever asks, and a link that opens nothing says so.
		again := namedBy(t, s.db, s.parts, his.Address, "kolmas@posti.example")
		s.visitor().post("/kysyisin/"+again, url.Values{"do": {"never"}}).says(t, "Emme kysy tätä sinulta enää")
		s.drain()
		if n := len(s.lettersTo("kolmas@posti.example")); n != 0 {
			t.Errorf("%d letters are kept of somebody who wants none", n)
		}
		s.clock.Advance(asking.Spaced + time.Hour)
		namedBy(t, s.db, s.parts, s.person("neljas@posti.example").Address, "kolmas@posti.example")
		s.drain()
		if n := len(s.lettersTo("kolmas@posti.example")); n != 0 {
			t.Errorf("%d letters to somebody who said never", n)
		}
		if p := r.post(mine+"/poisto", url.Values{"confirm": {"1"}}); p.path != "/minun/poistettu" {
			t.Fatalf("at %s", p.path)
		}
		s.drain()
		if found := s.traces("tunnistettava", "maija@posti", "naapurin liisa"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
	})
}
