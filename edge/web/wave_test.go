package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kokko/edge/web"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/follow"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/office"
	"kokko/region/trust"
)

// waving is a wave that is under way and has invited somebody, past the pages; and the
// secret of their page.
func waving(t testing.TB, db *store.DB, parts web.Parts, who address.Address) (w asking.Wave, secret string) {
	t.Helper()
	ctx := context.Background()
	today := office.Today(parts.Clock)
	w, err := parts.Asking.OpenWave(ctx, "kouvola", "fi", asking.Wave{Texts: map[string]asking.Text{"fi": {Topic: "lähiruoka", Question: "Vastaathan."}}, Theme: "x", Begins: today, Ends: today + 14})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := parts.Asking.Invite(ctx, "kouvola", w.ID, []ident.ID{who.ID}); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	keys, err := trust.KeysOf(ctx, db, "kouvola")
	if err != nil {
		t.Fatal(err)
	}
	return w, asking.InviteSecret(keys, w.ID, who.ID)
}

func TestASurveyTellsOfTheNetworkAndOfNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const at = "/toimisto/kyselyt"
		net := s.founds("Ruokaverkosto")
		coop := admitted(t, s.db, s.parts, net, "Kylän Osuuskauppa ry")
		for i := range 6 {
			email := fmt.Sprintf("jasen%d@posti.example", i)
			s.joins(t, s.person(email).Address.ID, "/verkosto/ruokaverkosto", fmt.Sprintf("Jäsen Salainen%d", i))
		}
		planner := s.officer(office.Planner)
		today := office.Today(s.clock)
		form := url.Values{"topic.fi": {""}, "begins": {today.String()}, "ends": {(today + 14).String()}, "question.fi": {"Kirjoitin jo saatteen"}}
		p := planner.post(at, form)
		if p.status != http.StatusUnprocessableEntity || p.Find(`[id="topic.fi-error"]`).Length() != 1 || p.Find("#whom-error").Length() != 1 {
			t.Fatalf("%d: %s", p.status, squeezed(p.Find(".errors").Text()))
		}
		p.says(t, "Valitse verkosto tai teema")
		if !strings.Contains(p.body, "Kirjoitin jo saatteen") {
			t.Error("what was typed is lost")
		}
		form.Set("topic.fi", "lähiruoka")
		form.Set("topic.sv", "närmat")
		form.Set("whom", "network:"+net.ID.String())
		p = planner.post(at, form)
		wave := p.path
		p.says(t, "Kutsuja ei ole vielä lähetetty", "6 ihmiselle ei ole vielä lähetetty kutsua", "Ruokaverkosto")
		planner.post(wave+"/kutsu", nil).says(t, "6 kutsua lähtee", "Kutsu on lähetetty kaikille")
		planner.post(wave+"/kutsu", nil).says(t, "Uusia kutsuja ei lähtenyt")
		s.drain()
		answer := func(i int, form url.Values) page {
			t.Helper()
			letters := s.lettersTo(fmt.Sprintf("jasen%d@posti.example", i))
			if letters[0].Purpose != "asking.wave" {
				t.Fatalf("%+v", letters[0])
			}
			link := linkIn(t, letters[0], "/kysyisin/kysely/")
			s.visitor().get(link).says(t, "Keneltä kysyisit, kun asia on: lähiruoka", "Kirjoitin jo saatteen")
			return s.visitor().post(link, form)
		}
		shop := url.Values{"do": {"answer"}, "name": {"Jäsen"}, "who-1": {"Kylän Osuuskauppa"}, "kind-1": {"organisation"}, "often-1": {"3"}}
		if p = answer(0, url.Values{"do": {"answer"}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d", p.status)
		}
		p.whole(t, "refused")
		for i := range 4 {
			p = answer(i, shop)
			p.says(t, "Vastauksesi on tallessa")
			if p.Find("#who-1").AttrOr("value", "") != "Kylän Osuuskauppa ry" || p.Find("#often-1 option[selected]").AttrOr("value", "") != "3" {
				t.Error("what was answered is not there to be changed")
			}
		}
		planner.get(wave).says(t, "Vastanneita<5", "VastausosuusEi kerrota", "kun vähintään 5 on vastannut")
		answer(4, shop)
		answer(5, url.Values{"do": {"nobody"}}).says(t, "Vastauksesi on tallessa")
		p = planner.get(wave)
		p.says(t, "Vastanneita6", "Vastausosuus100,0", "Organisaatiot, jotka moni nimesi", "Kylän Osuuskauppa ry 5 vastaajaa")
		p.whole(t, "the result")
		if strings.Contains(p.body, "Salainen") {
			t.Error("a person is named on the result")
		}
		planner.post(wave+"/paata", nil).says(t, "Kysely on päättynyt")
		if p = answer(1, shop); p.status != http.StatusConflict {
			t.Errorf("answered after its end: %d", p.status)
		}
		// Those who follow a theme are asked too; who wants no surveys gets none.
		theme := s.edition.Themes[0].ID
		follower := s.person("seuraaja@posti.example")
		if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			return follow.Put(ctx, tx, "kouvola", follow.Follow{Address: follower.Address.ID, Target: follow.Target{Kind: follow.Theme, ID: theme}, Pace: follow.Weekly, Volume: follow.Normal}, s.clock.Now())
		}); err != nil {
			t.Fatal(err)
		}
		form.Set("whom", "theme:"+theme)
		p = planner.post(at, form)
		p.says(t, "Yhdelle ihmiselle ei ole vielä lähetetty kutsua")
		planner.post(p.path+"/kutsu", nil).says(t, "Yksi kutsu lähtee")
		s.drain()
		link := linkIn(t, s.lettersTo("seuraaja@posti.example")[0], "/kysyisin/kysely/")
		s.visitor().post(link, url.Values{"do": {"never"}}).says(t, "Emme lähetä sinulle kyselyjä enää")
		p = planner.post(at, form)
		planner.post(p.path+"/kutsu", nil).says(t, "Uusia kutsuja ei lähtenyt")
		planner.get(at).says(t, "lähiruoka", "Päättynyt", "Käynnissä")

		var file struct {
			Asking struct {
				Surveys []map[string]any `json:"surveys"`
			}
		}
		mine := "/minun/" + follower.Link
		if err := json.Unmarshal([]byte(s.visitor().get(mine+"/tiedot").body), &file); err != nil || len(file.Asking.Surveys) != 1 {
			t.Fatalf("%v %+v", err, file)
		}
		s.whole("wave_invites", file.Asking.Surveys[0], "region_id", "address_id", "link_hash")
		if p := s.visitor().post(mine+"/poisto", url.Values{"confirm": {"1"}}); p.path != "/minun/poistettu" {
			t.Fatalf("at %s", p.path)
		}
		s.drain()
		if found := s.traces("seuraaja@posti"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if p := s.visitor().get("/toimija/" + coop.String()); p.status != http.StatusOK {
			t.Errorf("%d", p.status)
		}
	})
}
