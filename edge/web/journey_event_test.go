package web_test

import (
	"net/http"
	"strings"
	"testing"

	"kokko/edge/web/browsertest"
	"kokko/region/office"
)

// TestBrowserPeopleMeet: the office makes an event and publishes it, somebody finds it
// on the front page and signs up with nothing but an address, the next one waits until
// the first calls it off, and what is told there is written down on the spot.
func TestBrowserPeopleMeet(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		title := "Kyläilta " + handed(scripts)
		desk := s.desk(t, scripts)
		s.signIn(t, desk, s.planner)
		desk.Click(".nav details:has(a[href$='/toimisto/tapahtumat']) > summary")
		follows(t, desk, ".nav a[href$='/toimisto/tapahtumat']", http.StatusOK)
		follows(t, desk, "main a[href$='/uusi']", http.StatusOK)
		browsertest.Axe(t, desk)
		desk.Paste("[name='title.fi']", title)
		follows(t, desk, "form[action$='/tapahtumat'] > .actions > .button", http.StatusUnprocessableEntity)
		shows(t, desk, ".errors", s.T("fault.event.venue.missing"), s.T("fault.event.time.missing"))
		browsertest.Axe(t, desk)
		desk.Paste("#venue", "Seurantalo")
		desk.Choose("#day", (office.Today(s.clock) + 9).String())
		desk.Choose("#from", "17:30")
		desk.Choose("#until", "20:00")
		desk.Paste("#capacity", "1")
		follows(t, desk, "form[action$='/tapahtumat'] > .actions > .button", http.StatusOK)
		shows(t, desk, "main [role=status]", s.T("workevent.made"))
		follows(t, desk, "form[action$='/julkaise'] .button", http.StatusOK)
		shows(t, desk, "main [role=status]", s.T("workevent.published"))
		browsertest.Axe(t, desk)
		id := desk.URL()[strings.LastIndex(desk.URL(), "/")+1:]

		phone, other := s.phone(t, scripts), s.phone(t, scripts)
		signsUp := func(p *browsertest.Page, email string) {
			t.Helper()
			p.Open(s.page("/"))
			shows(t, p, "[aria-labelledby=events]", title, "Seurantalo")
			follows(t, p, "[aria-labelledby=events] a[href$='/"+id+"']", http.StatusOK)
			browsertest.Axe(t, p)
			follows(t, p, "a[href$='/ilmoittaudu']", http.StatusOK)
			p.Paste("#email", email)
			follows(t, p, "form[action$='/ilmoittaudu'] .button", http.StatusUnprocessableEntity)
			shows(t, p, ".errors", s.T("fault.event.name.missing"))
			browsertest.Axe(t, p)
			p.Paste("#name", words.name)
			follows(t, p, "form[action$='/ilmoittaudu'] .button", http.StatusOK)
			p.Open(s.letter(t, email).Links()[0])
			shows(t, p, "main", title)
			follows(t, p, "form[action*='/vahvista/'] .button", http.StatusOK)
			shows(t, p, "main", s.T("mine.done.tapahtuma"), title)
			browsertest.Axe(t, p)
		}
		once := strings.ReplaceAll(handed(scripts), " ", "")
		first, second := "eka."+once+"@posti.example", "toka."+once+"@posti.example"
		signsUp(phone, first)
		shows(t, phone, "[aria-labelledby=tapahtumat]", s.say.N("event.mine.in", 1))
		signsUp(other, second)
		shows(t, other, "[aria-labelledby=tapahtumat]", s.say.N("event.mine.waiting", 1))
		desk.Open(desk.URL())
		shows(t, desk, "[aria-labelledby=tulijat]", first, second, words.name)
		browsertest.Axe(t, desk)

		before := len(s.post.Messages())
		follows(t, phone, "form[action$='/tapahtuma'] button", http.StatusOK)
		shows(t, phone, "main", s.T("mine.done.tapahtuma-pois"))
		s.letterAfter(t, before, second, title, "Seurantalo")
		other.Open(s.page("/minun"))
		shows(t, other, "[aria-labelledby=tapahtumat]", s.say.N("event.mine.in", 1))

		follows(t, desk, "a[href$='/kirjaa']", http.StatusOK)
		browsertest.Axe(t, desk)
		desk.Paste("#text", words.title+" "+words.text)
		desk.Paste("#name", words.name)
		desk.Choose("#visibility", "public")
		follows(t, desk, "form[action$='/kirjaa'] .button", http.StatusOK)
		shows(t, desk, "main [role=status]", s.T("workevent.jotted"))
		if left := desk.Value("#text"); left != "" {
			t.Errorf("%q is left in the form", left)
		}
		code := desk.Text("[role=status] .code")
		phone.Open(s.page("/kipina/" + code))
		shows(t, phone, "main", s.T("spark.beat.entered.at", "name", words.name, "event", title))
		browsertest.Axe(t, phone)
		s.decent(t, desk, true)
		for _, p := range []*browsertest.Page{phone, other} {
			p.Open(s.page("/minun"))
			follows(t, p, "form[action$='/unohda'] .button", http.StatusOK)
			s.decent(t, p, false)
		}
	})
}
