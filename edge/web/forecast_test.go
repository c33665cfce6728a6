package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kokko/region/office"
)

func TestWhatIsLackingIsEverybodysAndTheForecastItsBringers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.lived(s.visitor())
		at := "/kipina/" + d.code
		r, own := s.visitor(), s.visitor()
		own.post(d.own+"/ennuste", url.Values{"do": {"hide"}}) // it was shown while it lived
		if p := r.get(at); p.Find("a[href$='/ennuste']").Length() != 1 {
			t.Error("the spark's page does not lead to its forecast")
		}
		p := r.get(at + "/ennuste")
		if p.status != http.StatusOK || !strings.Contains(p.body, "Arvio ei kerro idean arvosta") || p.Find("#puuttuu").Length() != 1 || p.Find("#tahan-asti").Length() != 1 {
			t.Fatalf("%d: %s", p.status, p.Find("main").Text())
		}
		if strings.Contains(p.body, "Vertailukohtaa ei vielä ole") || p.Find("#aiemmin, form[action$='/ennuste']").Length() != 0 {
			t.Errorf("everybody sees the forecast: %s", p.Find("main").Text())
		}
		p = own.get(d.own + "/ennuste")
		if p.status != http.StatusOK || !strings.Contains(p.body, "Vertailukohtaa ei vielä ole") || !strings.Contains(p.Find("h1").Text(), "minun") {
			t.Fatalf("%d: %s", p.status, p.Find("main").Text())
		}
		// Its bringer shows it, and takes that back.
		for _, step := range []struct {
			do    string
			shown bool
		}{{"show", true}, {"show", true}, {"hide", false}} {
			if p := own.post(d.own+"/ennuste", url.Values{"do": {step.do}}); p.status != http.StatusOK || p.Find("[role=status]").Length() != 1 {
				t.Fatalf("%s: %d", step.do, p.status)
			}
			p := r.get(at + "/ennuste")
			if shown := strings.Contains(p.body, "Vertailukohtaa ei vielä ole"); shown != step.shown || p.Find("#aiemmin").Length() != 0 {
				t.Errorf("%s: %s", step.do, p.Find("main").Text())
			}
		}
		if p := own.post(d.own+"/ennuste", url.Values{"do": {"burn"}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d", p.status)
		}
		// The office sees it, and may ask.
		o := s.officer(office.Planner)
		if p := o.post("/toimisto/kipina/"+d.code+"/ennuste", url.Values{"do": {"ask"}}); p.status != http.StatusOK || p.Find("main tbody tr").Length() == 0 {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		if p := s.officer(office.Viewer).get("/toimisto/kipina/" + d.code + "/ennuste"); p.status != http.StatusOK || p.Find("form[action$='/ennuste']").Length() != 0 {
			t.Errorf("a viewer gets %d, or may ask", p.status)
		}
		for _, path := range []string{"/ennusteet", "/sv/ennusteet", "/en/ennusteet", "/sv" + at + "/ennuste", "/en" + at + "/ennuste"} {
			if p := r.get(path); p.status != http.StatusOK || p.Find("h1").Length() != 1 {
				t.Errorf("%s: %d", path, p.status)
			}
		}
	})
}
