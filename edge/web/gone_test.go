package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"kokko/ground/i18n"
	"kokko/region/actor"
	"kokko/region/network"
)

// Who takes their choices back is gone in that moment from what is found, from the map,
// from who is suggested and why, from the ways through them, and from what a forecast
// rests on: whichever choice it was that let them be there.
func TestWhoTakesTheirChoicesBackIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		const cookMail, bakerMail, chairMail = "keittaja@posti.example", "leipoja@posti.example", "puheenjohtaja@kyla.example"
		const cookName, bakerName = "Aino Tunnistettava", "Bertta Leipoja"
		cook := knows(t, s.db, s.parts, s.person(cookMail).Address, cookName, "Suurkeittiön pyörittäminen kylätalolla", i18n.Finnish)
		baker := knows(t, s.db, s.parts, s.person(bakerMail).Address, bakerName, "Leivinuunin lämmitys ja ruisleipä", i18n.Finnish)
		chair, _ := s.known(chairMail, "Kirsti Kylä")
		s.ties(network.Tie{From: chair, To: cook, Why: network.Introduction}, network.Tie{From: cook, To: baker, Why: network.Ring})
		d := s.visitor().drop("text", "Kylätalolle suurkeittiö. Kuka on pyörittänyt suurkeittiötä?", "email", chairMail)
		oven := s.visitor().drop("text", "Leivinuunin lämmitys kylätalolla. Kuka osaa ruisleivän?", "email", "tuoja@posti.example")
		s.drain()
		me, stranger := s.remembered(chairMail), s.visitor()
		body := func(r *reader, path string) string {
			t.Helper()
			p := r.get(path)
			if p.status != http.StatusOK {
				t.Errorf("%s: %d", path, p.status)
			}
			return p.body
		}
		type sight struct {
			what string
			r    *reader
			path string
			by   actor.Choice // what lets her be there
		}
		seen := []sight{
			{"what is found", stranger, "/haku?sanat=suurkeitti%C3%B6", actor.Findable},
			{"the suggestions of a question", stranger, "/haku/ehdotukset.html?sanat=suurkeitti%C3%B6", actor.Findable},
			{"the list of people", stranger, "/toimijat?mita=ihmiset", actor.Findable},
			{"who could help", stranger, "/kipina/" + d.code + "/osaajat", actor.Findable},
			{"a way through her", me, "/kipina/" + oven.code + "/osaajat", actor.Findable},
			{"the map", stranger, "/verkosto", actor.Drawn},
			{"the map's file", stranger, "/verkosto.json", actor.Drawn},
		}
		look := func(allowed func(actor.Choice) bool) {
			t.Helper()
			for _, x := range seen {
				if got := strings.Contains(body(x.r, x.path), cookName); got != allowed(x.by) {
					t.Errorf("%s: there is %v, want %v", x.what, got, allowed(x.by))
				}
			}
		}
		every := func(actor.Choice) bool { return true }
		look(every)
		if p := stranger.get("/toimija/" + cook.String()); p.status != http.StatusOK {
			t.Errorf("her page: %d", p.status)
		}
		for _, back := range []actor.Choice{actor.Findable, actor.Drawn, actor.Counted} {
			s.chooses(cookMail, back, false)
			for _, x := range seen {
				if x.by == back && strings.Contains(body(x.r, x.path), cookName) {
					t.Errorf("%s names her after %q was taken back", x.what, back)
				}
			}
			s.chooses(cookMail, back, true)
			look(every)
		}
		for _, c := range actor.Choices() {
			s.chooses(cookMail, c, false)
		}
		look(func(actor.Choice) bool { return false })
		if p := stranger.get("/toimija/" + cook.String()); p.status == http.StatusOK {
			t.Error("her page is there")
		}
		if text := body(me, "/kipina/"+oven.code+"/osaajat"); !strings.Contains(text, bakerName) {
			t.Error("another went with her")
		}
		s.drain() // and nothing that is made anew brings her back
		if err := s.parts.Measures.Count(ctx, "kouvola"); err != nil {
			t.Fatal(err)
		}
		look(func(actor.Choice) bool { return false })
	})
}
