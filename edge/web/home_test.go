package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"kokko/engine/workday"
	"kokko/region/office"
)

// states are the lines of the settings' overview by where each leads.
func states(p page) map[string]string {
	all := map[string]string{}
	p.Find(".cards > li").Each(func(_ int, li *goquery.Selection) {
		path := li.Find("a").AttrOr("href", "")
		for _, prefix := range []string{"/sv", "/en"} {
			path = strings.TrimPrefix(path, prefix)
		}
		all[strings.TrimPrefix(path, settings)] = squeezed(li.Find(".due").Text())
	})
	return all
}

func TestTheOverviewSaysHowThingsStand(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		boss := s.officer(office.Manager)
		for lang, at := range inLanguages() {
			whole(t, "the overview", boss.get(at+settings), lang)
		}
		first := states(boss.get(settings))
		for path, want := range map[string]string{
			"/itse": "Kieli suomi, työlista tulee maanantaisin", "/vaki": "Töissä 4 ihmistä", "/kalenteri": "Tänään vastaa Kaisa Esimerkki.", "/mallit": "0 pohjaa.", "/tekstit": "Kaikki tekstit ovat oletuksia.",
			"/sahkoposti": "Esimerkki: kirjeet jäävät lähteviin", "/selosteet": "Saavutettavuutta ei ole vielä arvioitu", "/alue": "Esimerkki, ei kaupungin palvelu", "/ilme": "Ohjelman värit",
			"/sailytys": "Yötyötä ei ole vielä tehty.", "/loki": "Viimeisin rivi 23.11.2026", "/ohjelma": "Voimassa 23.11.2026", "/toimisto/tyot": "Mikään ei ole epäonnistunut", "/valvonta": "Epäilyttävät kipinät odottavat katsomista.", "/toimisto/palaute": "Mikään ei odota vastausta",
		} {
			if !strings.HasPrefix(first[path], want) {
				t.Errorf("%s says %q, want %q", path, first[path], want)
			}
		}
		// Then things change.
		today := office.Today(s.clock)
		must(t, s.parts.Programmes.Adopt(ctx, "kouvola", true))
		must(t, s.parts.Office.CloseFor(ctx, "kouvola", office.Closure{Span: workday.Span{From: today + 30, To: today + 40}, Reason: "Joulu"}))
		must(t, s.parts.Office.PutTemplate(ctx, "kouvola", office.Template{ID: "a", Language: "fi", For: "first", Name: "Kiitos", Body: "Hei"}))
		s.set(map[string]string{"accessibility.status": "part", "accessibility.assessed": "2026-10-01", "accessibility.method": "self", "brand.light.fill": "#123456"})
		boss.post(settings+"/tekstit/question", url.Values{"language": {"fi"}, "words": {"Syttyisikö?"}})
		s.deadJob()
		s.barrier("Painike ei toimi.", "")
		s.parts.Styles.LookAgain("kouvola")
		s.clock.Advance(10e9) // the regions are looked at again
		second := states(boss.get(settings))
		for path, want := range map[string]string{
			"/kalenteri": "Tänään vastaa Kaisa Esimerkki. Suljettu aika alkaa 23.12.2026", "/mallit": "Yksi pohja. 2 kieliversiota puuttuu.", "/tekstit": "Yksi oma teksti.", "/sahkoposti": "Ei omaa palvelinta",
			"/selosteet": "Saavutettavuus arvioitu 1.10.2026", "/alue": "Toimiston käytössä 23.11.2026", "/ilme": "Yksi oma väri", "/toimisto/tyot": "Yksi työ on epäonnistunut", "/toimisto/palaute": "Yksi odottaa vastausta",
		} {
			if !strings.HasPrefix(second[path], want) {
				t.Errorf("%s says %q, want %q", path, second[path], want)
			}
		}
		// A viewer is told of what they may open, and no more.
		for path := range states(s.officer(office.Viewer).get(settings)) {
			if path == "/sahkoposti" || path == "/loki" || path == "/sailytys" {
				t.Errorf("a viewer is shown %s", path)
			}
		}
	})
}
