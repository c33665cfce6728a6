package web_test

import (
	"net/http"
	"testing"

	"kokko/edge/web/browsertest"
	"kokko/ground/i18n"
)

// The drop is walked in plain Finnish in a browser, with JavaScript and without:
// drop, receipt, own page, a reply; each page read by axe on a phone of 320 px and
// at a desk.
func TestBrowserPlainFinnish(t *testing.T) {
	t.Parallel()
	s := newStage(t, i18n.Plain)
	for _, scripts := range []bool{true, false} {
		t.Run(handed(scripts), func(t *testing.T) {
			words, email := said(i18n.Finnish), handed(scripts)[:2]+"-selko@posti.example"
			p := s.phone(t, scripts)
			look := func() {
				t.Helper()
				for _, width := range []int{320, 1280} {
					p.Seen(browsertest.Viewport(width, 740), browsertest.ReducedMotion())
					if over := p.Overflow(); over > 0 {
						t.Errorf("%s is %d px wider than a window of %d: %v", p.URL(), over, width, wide(p))
					}
					browsertest.Axe(t, p)
				}
				p.Seen(browsertest.Viewport(360, 740), browsertest.ReducedMotion())
				if got := p.Attribute("html", "lang"); got != "fi" {
					t.Errorf("%s speaks %q", p.URL(), got)
				}
				if got := p.Text(".tongues b"); got != "selkosuomi" {
					t.Errorf("%s is read in %q", p.URL(), got)
				}
			}
			p.Open(s.url + "/")
			follows(t, p, ".tongues a[href='/selko/']", http.StatusOK)
			shows(t, p, "h1", "Syttyykö minun ideani?")
			look()
			p.Paste("#text", words.title+" "+words.text)
			follows(t, p, toForm, http.StatusOK)
			look()
			p.Click(reachOpens)
			p.Fill("#email", "ei osoite")
			follows(t, p, send, refused)
			shows(t, p, ".errors", "Yksi kohta pitää korjata", "Tarkista sähköpostiosoite")
			look()
			p.Fill("#email", email)
			follows(t, p, send, http.StatusOK)
			shows(t, p, "main", "Kiitos! Kipinäsi tuli perille", "Saat vastauksen viimeistään maanantaina 7. joulukuuta.", "Kipinä ei ole hakemus.")
			look()
			code := p.Text(".receipt .code")
			letter := s.letter(t, email, code, "Saat vastauksen viimeistään maanantaina 7. joulukuuta.", "/selko/oma/")
			p.Open(s.linkIn(t, letter, "/oma/"))
			shows(t, p, "main", words.title, "Jokainen, jolla on linkki, voi muuttaa kipinääsi.")
			look()
			p.Fill("#words", words.reply)
			follows(t, p, reply, http.StatusOK)
			shows(t, p, "main [role=status]", "Toimisto sai viestisi.")
			look()
			p.Open(s.page("/kipina/" + code))
			look()
			s.decent(t, p, false)
		})
	}
}
