package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kokko/region/office"
)

func TestManyAreChangedFromTheList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, _ := s.twin("Aino Aalto", pajaA)
		b, _ := s.twin("Bertta Berg", pajaB)
		gone, own := s.twin("Gunnar Gran", "Pois otettava.")
		planner := s.officer(office.Planner)
		for l, prefix := range inLanguages() {
			for _, list := range []string{"/toimisto", "/toimisto/kipinat"} {
				p := planner.get(prefix + list)
				whole(t, prefix+list, p, l)
				if p.Find("input[name=k][form=monta]").Length() < 3 || p.Find("form#monta select[name=owner]").Length() != 1 {
					t.Errorf("%s%s offers no boxes", prefix, list)
				}
			}
		}
		if p := s.officer(office.Viewer).get("/toimisto/kipinat"); p.Find("input[name=k], form#monta").Length() != 0 {
			t.Error("a viewer is offered to change many")
		}
		s.must(s.parts.Sparks.Withdraw(context.Background(), "kouvola", strings.TrimPrefix(own, "/oma/"), false))
		theme := s.edition.Themes[0]
		p := planner.post("/toimisto/monta", url.Values{"k": {a, b, gone, a, "roska"}, "owner": {s.officers[office.Manager].ID.String()}, "place": {"Elimäki"}, "add": {theme.ID}})
		if p.status != 200 || !strings.HasPrefix(p.path, "/toimisto/teko/") {
			t.Fatalf("%d at %s: %s", p.status, p.path, p.Find(".errors").Text())
		}
		text := p.Find("main").Text()
		for _, want := range []string{a, b, "Olli Esimerkki", "Elimäki", gone, "otettu pois"} {
			if !strings.Contains(text, want) {
				t.Errorf("the page of what was done lacks %q: %s", want, text)
			}
		}
		for _, code := range []string{a, b} {
			if sp := s.find(code); sp.Owner != s.officers[office.Manager].ID || sp.Place == "" || len(sp.Tags) != 1 {
				t.Errorf("%+v", sp)
			}
		}
		back := p.Find("form[action$='/kumoa']").AttrOr("action", "")
		if p.Find("form[action$='/kumoa'] .hint").Length() != 1 {
			t.Error("it is not said that letters went")
		}
		planner.post("/toimisto/kipina/"+b+"/vastuu", url.Values{"owner": {s.officers[office.Coordinator].ID.String()}})
		p = planner.post(back, nil)
		if p.status != 200 || !strings.HasPrefix(p.path, "/toimisto/teko/") || !strings.Contains(p.Find("[role=status]").Text(), "yhdestä") || !strings.Contains(p.Find("[role=status]").Text(), "ennalleen") {
			t.Errorf("%d at %s: %s", p.status, p.path, p.Find("[role=status]").Text())
		}
		if sp := s.find(a); sp.Owner == s.officers[office.Manager].ID || len(sp.Tags) != 0 {
			t.Errorf("%+v", sp)
		}
		if sp := s.find(b); sp.Owner != s.officers[office.Coordinator].ID {
			t.Errorf("%+v", sp)
		}
		p = planner.post("/toimisto/monta", url.Values{"k": {a}, "remove": {theme.ID}})
		if !strings.Contains(p.Find("main").Text(), "oli jo näin") {
			t.Errorf("what was so already: %s", p.Find("main").Text())
		}
	})
}

func TestARefusedChangeOfManyKeepsWhatWasChosen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, _ := s.twin("Aino Aalto", pajaA)
		b, _ := s.twin("Bertta Berg", pajaB)
		planner := s.officer(office.Planner)
		p := planner.post("/toimisto/monta", url.Values{"k": {a, b}, "owner": {s.officers[office.Manager].ID.String()}, "place": {"Timbuktu"}})
		if p.status != http.StatusUnprocessableEntity || p.Find("input[name=k][checked]").Length() != 2 || p.Find("#place").AttrOr("value", "") != "Timbuktu" || p.Find("#owner option[selected]").AttrOr("value", "") != s.officers[office.Manager].ID.String() ||
			p.Find(".errors a[href='#place']").Length() != 1 {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		if p := planner.post("/toimisto/monta", url.Values{"place": {"Elimäki"}}); p.status != http.StatusUnprocessableEntity || p.Find(".errors a[href='#k']").Length() != 1 {
			t.Errorf("nothing chosen: %d", p.status)
		}
		if p := planner.post("/toimisto/monta", url.Values{"k": {a}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("nothing to do: %d", p.status)
		}
		if s.find(a).Place != "" || s.find(b).Owner == s.officers[office.Manager].ID {
			t.Error("a refused change was made")
		}
	})
}
