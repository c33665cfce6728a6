package web_test

import (
	"net/url"
	"strings"
	"testing"

	"kokko/ground/i18n"
	"kokko/region/actor"
	"kokko/region/office"
)

// The bringer and the office are told who could take the open roles together, each with
// why; who no longer wants to be found is gone from it, and nobody else reads it.
func TestWhoCouldTakeTheOpenRolesTogether(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const cook, host = "keittaja@posti.example", "isanta@posti.example"
		knows(t, s.db, s.parts, s.person(cook).Address, "Kalle Keittäjä", "Keittiömestari, pitopöytien keittäminen", i18n.Finnish)
		knows(t, s.db, s.parts, s.person(host).Address, "Iida Isäntä", "Kylätalon sali ja piha juhliin", i18n.Finnish)
		// Who has the spark's own words but nothing of what is looked for is no answer to it.
		knows(t, s.db, s.parts, s.person("tiedottaja@posti.example").Address, "Tiina Tiedottaja", "Kyläjuhlat elokuussa", i18n.Finnish)
		bringer := s.visitor()
		d := bringer.drop("text", "Kyläjuhlat elokuussa.", "email", "tuoja@posti.example")
		s.drain()
		p := bringer.post(d.own+"/rinki", url.Values{"open": {"knower", "host", "funder"}, "wanted-knower": {"Keittiömestari pitopöytään"}, "wanted-host": {"Sali tai piha juhliin"}, "wanted-funder": {"Xyzzy"}})
		both := func(text string) bool {
			return strings.Contains(text, "Nämä yhdessä kattaisivat") && strings.Contains(text, "Kalle Keittäjä") && strings.Contains(text, "Iida Isäntä")
		}
		text := squeezed(p.Find("main").Text())
		if strings.Contains(text, "Tiina") {
			t.Errorf("found by the spark's title, not by what is looked for: %s", text)
		}
		if !both(text) || !strings.Contains(text, "Keittiömestari, pitopöytien keittäminen") {
			t.Fatalf("%d: %s", p.status, text)
		}
		p.whole(t, "the bringer's ring")
		if p := s.officer(office.Manager).get("/toimisto/kipina/" + d.code + "/rinki"); !both(p.Find("main").Text()) {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		if p := s.visitor().get("/kipina/" + d.code + "/rinki"); strings.Contains(p.body, "Kalle Keittäjä") {
			t.Error("everybody reads who could take a role")
		}
		s.chooses(cook, actor.Findable, false)
		if text := bringer.get(d.own + "/rinki").Find("main").Text(); strings.Contains(text, "Kalle") || !strings.Contains(text, "Iida Isäntä") {
			t.Errorf("%s", text)
		}
	})
}
