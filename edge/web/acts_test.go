package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/region/office"
)

// After each act of the office the next page offers to take it back, once; what
// was done since is not wiped out.
func TestWhatWasJustDoneCanBeTakenBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		planner, public := s.officer(office.Planner), s.visitor()
		code, own := s.twin("Aino Aalto", pajaA)
		at := "/toimisto/kipina/" + code
		for _, act := range []struct {
			verb  string
			form  url.Values
			heard bool
			story string // what everybody reads afterwards
		}{
			{"luokittele", url.Values{"tags": {"theme:" + s.edition.Themes[0].ID}, "place": {"Anjala"}}, false, "kumosi luokittelun"},
			{"vastuu", url.Values{"owner": {s.officers[office.Manager].ID.String()}}, true, "taas Kaisa Esimerkki"},
			{"maarapaiva", url.Values{"day": {"2026-12-11"}, "reason": {"Kokous siirtyi."}}, true, "kumosi vastauspäivän"},
			{"muistutus", url.Values{"next": {"2026-12-01"}}, false, ""},
			{"sulje", url.Values{"state": {"resting"}, "reason": {"Ei vielä."}, "would": {"Tila."}}, true, "taas auki"},
		} {
			s.clock.Advance(time.Minute)
			before := s.find(code)
			p := planner.post(at+"/"+act.verb, act.form)
			form := p.Find("form[action$='/kumoa']")
			if p.status != 200 || form.Length() != 1 || form.Find("button").Length() != 1 || (form.Find(".hint").Length() == 1) != act.heard {
				t.Fatalf("%s: %d, %d ways back: %s", act.verb, p.status, form.Length(), p.Find(".errors").Text())
			}
			if again := planner.get(at); again.Find("form[action$='/kumoa']").Length() != 0 {
				t.Errorf("%s: offered for ever", act.verb)
			}
			back := form.AttrOr("action", "")
			s.clock.Advance(time.Minute)
			p = planner.post(back, nil)
			if p.status != 200 || p.path != at || !strings.Contains(p.Find("[role=status]").Text(), "Kumottu") || strings.Contains(p.Find("[role=status]").Text(), "viestin") != act.heard {
				t.Errorf("%s taken back: %d %s: %s", act.verb, p.status, p.path, p.Find("[role=status]").Text())
			}
			after := s.find(code)
			if after.Owner != before.Owner || after.Due != before.Due || after.Place != before.Place || after.State != before.State || after.Waiting != before.Waiting || after.NextContact != before.NextContact || len(after.Tags) != len(before.Tags) {
				t.Errorf("%s taken back: %+v, was %+v", act.verb, after, before)
			}
			if act.story != "" {
				for _, page := range []string{"/kipina/" + code, own, at} {
					r := public
					if strings.HasPrefix(page, "/toimisto") {
						r = planner
					}
					if story := r.get(page).Find(".story").Text(); !strings.Contains(story, act.story) {
						t.Errorf("%s: %s does not tell: %s", act.verb, page, story)
					}
				}
			}
			page := strings.TrimSuffix(back, "/kumoa")
			if p := planner.get(page); p.status != 200 || p.Find(".note").Length() == 0 || p.Find("form[action$='/kumoa']").Length() != 0 {
				t.Errorf("%s: its page: %d", act.verb, p.status)
			}
			if p := planner.post(back, nil); p.status != http.StatusConflict {
				t.Errorf("%s twice: %d", act.verb, p.status)
			}
		}
		s.drain()
		// Something came between: it is named, and nothing is wiped out.
		p := planner.post(at+"/vastuu", url.Values{"owner": {s.officers[office.Manager].ID.String()}})
		back := p.Find("form[action$='/kumoa']").AttrOr("action", "")
		planner.post(at+"/vastuu", url.Values{"owner": {s.officers[office.Coordinator].ID.String()}})
		for l, prefix := range inLanguages() {
			p = planner.post(prefix+back, nil)
			if word := s.parts.Texts.For(l).T("act.field.owner"); p.status != http.StatusConflict || !strings.Contains(p.Find(".errors").Text(), word) {
				t.Errorf("%s: %d %s", l, p.status, p.Find(".errors").Text())
			}
		}
		if s.find(code).Owner != s.officers[office.Coordinator].ID {
			t.Error("another's act was wiped out")
		}
		if p := planner.get("/toimisto/teko/7"); p.status != http.StatusNotFound {
			t.Errorf("no act: %d", p.status)
		}
		viewer := s.officer(office.Viewer)
		if p := viewer.get(strings.TrimSuffix(back, "/kumoa")); p.status != 200 || p.Find("form[action$='/kumoa']").Length() != 0 {
			t.Errorf("a viewer is offered to act: %d", p.status)
		}
	})
}

func TestAMergingIsTakenBackFromTheNextPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, _ := s.twin("Aino Aalto", pajaA)
		b, _ := s.twin("Bertta Berg", pajaB)
		planner := s.officer(office.Planner)
		form := planner.joins(a, b).Find("form[action$='/kumoa']")
		if form.Length() != 1 || form.Find(".hint").Length() != 1 {
			t.Fatal("no way back")
		}
		if p := planner.post(form.AttrOr("action", ""), nil); p.status != 200 || p.path != "/toimisto/kipina/"+a {
			t.Errorf("%d at %s", p.status, p.path)
		}
		if sp := s.find(b); sp.MergedInto != 0 || !sp.Listed {
			t.Errorf("%+v", sp)
		}
		planner.joins(a, b)
		p := planner.post("/toimisto/kipina/"+b+"/erilleen", nil)
		if p = planner.post(p.Find("form[action$='/kumoa']").AttrOr("action", ""), nil); p.status != 200 || s.find(b).MergedInto != s.find(a).ID {
			t.Errorf("%d, %+v", p.status, s.find(b))
		}
	})
}
