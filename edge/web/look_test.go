package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/edge/web"
	"kokko/region/office"
	"kokko/region/programme"
)

const lookAt = settings + "/ilme"

func TestTheLookIsMeasuredAndChanged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		boss := s.officer(office.Manager)
		for l, at := range inLanguages() {
			p := boss.get(at + lookAt)
			whole(t, "the look", p, l)
			if n := p.Find("table .due[data-due=done]").Length(); n != 8 || p.Find("table .due[data-due=late]").Length() != 0 {
				t.Errorf("%s: %d of 8 colours pass", l, n)
			}
		}
		if p := s.officer(office.Planner).get(lookAt); p.status != http.StatusOK || p.Find("main form").Length() != 0 {
			t.Errorf("a planner has forms: %d", p.status)
		}
		sheet := func() string {
			return s.visitor().get(s.visitor().get("/").Find("link[href*='brand.css']").AttrOr("href", "")).body
		}
		before := s.visitor().get("/").Find("link[href*='brand.css']").AttrOr("href", "")
		p := boss.post(lookAt, url.Values{"light_fill": {"5A1D73"}, "light_link": {"#5a1d73"}})
		if p.status != http.StatusOK || p.Find("#light_fill").AttrOr("value", "") != "#5a1d73" {
			t.Fatalf("%d %s", p.status, squeezed(p.Find(".errors").Text()))
		}
		if css := sheet(); !strings.Contains(css, "--brand-fill: #5a1d73") || !strings.Contains(css, "--brand-text: #5a1d73") || strings.Contains(css, "--brand-fill: #1d5a73") {
			t.Errorf("the style says %s", css)
		}
		after := s.visitor().get("/").Find("link[href*='brand.css']").AttrOr("href", "")
		if before == after {
			t.Error("the address of the style did not change: browsers would keep the old one")
		}
		if s.visitor().get(before).header.Get("Cache-Control") != "no-store" || !strings.Contains(s.visitor().get(after).header.Get("Cache-Control"), "immutable") {
			t.Error("the wrong style may be kept")
		}
		if p = boss.post(lookAt, url.Values{}); p.status != http.StatusOK || !strings.Contains(sheet(), "--brand-fill: #1d5a73") {
			t.Errorf("the programme's colours did not come back: %d", p.status)
		}
		if got := s.visitor().get("/").Find("link[href*='brand.css']").AttrOr("href", ""); got != before {
			t.Errorf("%s", got)
		}
	})
}

func TestAColourThatCannotBeReadIsRefusedWithItsRatio(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		boss := s.officer(office.Manager)
		near := regexp.MustCompile(`#[0-9a-f]{6}`)
		for field, bad := range map[string]string{"light_link": "#88aacc", "light_fill": "#eeddcc", "dark_link": "#223344", "dark_fill": "#1a1512", "light_tint": "#888888", "light_on_fill": "#446677"} {
			p := boss.post(lookAt, url.Values{field: {bad}})
			text := squeezed(p.Find("#" + field + "-error").Text())
			if p.status != http.StatusUnprocessableEntity || !strings.Contains(text, "kontrasti on") || p.Find("#"+field).AttrOr("value", "") != bad {
				t.Errorf("%s %s: %d %s", field, bad, p.status, squeezed(p.Find(".errors").Text()))
				continue
			}
			all := near.FindAllString(text, -1)
			if len(all) != 2 {
				t.Errorf("%s: nothing suggested: %s", field, text)
				continue
			}
			// What is suggested is taken.
			if p := boss.post(lookAt, url.Values{field: {all[1]}}); p.status != http.StatusOK {
				t.Errorf("%s: the suggested %s is refused: %s", field, all[1], squeezed(p.Find(".errors").Text()))
			}
			boss.post(lookAt, url.Values{})
		}
		for _, bad := range []string{"red", "#12", "#12345g", "rgb(1,2,3)", "#1234567", "; }"} {
			if p := boss.post(lookAt, url.Values{"light_fill": {bad}}); p.status != http.StatusUnprocessableEntity || p.Find("#light_fill").AttrOr("aria-invalid", "") != "true" {
				t.Errorf("%q: %d", bad, p.status)
			}
		}
		// A fill on which the programme's own text cannot be read is refused there.
		if p := boss.post(lookAt, url.Values{"light_fill": {"#7f8f4f"}}); p.status != http.StatusUnprocessableEntity || p.Find("#light_fill").AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%d %s", p.status, squeezed(p.Find(".errors").Text()))
		}
	})
}

// Whatever passes the page is never left out of the style, and what is suggested
// passes.
func TestWhatIsTakenIsShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		colour := fmt.Sprintf("#%06x", rapid.IntRange(0, 0xffffff).Draw(t, "colour"))
		white := func(least float64) func(string) bool {
			return func(c string) bool { return programme.Contrast(c, "#ffffff") >= least }
		}
		near, ok := programme.Nearest(colour, white(4.5))
		if !ok || programme.Contrast(near, "#ffffff") < 4.5 {
			t.Fatalf("%s: %s, %v", colour, near, ok)
		}
		if white(4.5)(colour) && near != colour {
			t.Fatalf("%s passes and %s is suggested", colour, near)
		}
		if _, ok := programme.Nearest(colour, func(string) bool { return false }); ok {
			t.Fatal("nothing passes, and something is suggested")
		}
		if _, ok := programme.Nearest("not a colour", white(1)); ok {
			t.Fatal("of no colour another is suggested")
		}
	})
	// The page and the style agree about what can be read.
	for _, colour := range []string{"#1d5a73", "#88aacc", "#5a1d73", "#000000", "#ffffff", "#b23a10", "#777777", "#6b6b6b"} {
		css := web.Brand(programme.Brand{Light: map[string]string{"fill": colour, "on_fill": "#ffffff"}, Dark: map[string]string{}})
		shown := strings.Contains(css, "--brand-fill: "+colour)
		reads := programme.Contrast(colour, "#faf6ee") >= 3 && programme.Contrast(colour, "#fffdf9") >= 3 && programme.Contrast(colour, "#ffffff") >= 4.5
		if shown != reads {
			t.Errorf("%s: shown %v, reads %v", colour, shown, reads)
		}
	}
}

func TestSlogansAreTheMunicipalitiesInEachLanguage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		boss := s.officer(office.Manager)
		slogans := func(at string) string { return squeezed(s.visitor().get(at).Find(".slogans").Text()) }
		first := slogans("/sv/")
		p := boss.get(lookAt)
		form := url.Values{}
		for _, name := range []string{"slogan.kouvola_fi", "slogan.kouvola_sv", "slogan.kouvola_en", "slogan.iitti_fi", "slogan.iitti_sv", "slogan.iitti_en"} {
			form.Set(name, p.Find("[id='"+name+"']").AttrOr("value", ""))
		}
		if form.Get("slogan.iitti_fi") != "Ihastu Iittiin" {
			t.Fatalf("%v", form)
		}
		form.Set("slogan.iitti_sv", "Kär i Itis")
		if p := boss.post(lookAt+"/iskulauseet", form); p.status != http.StatusOK {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		if got := slogans("/sv/"); !strings.Contains(got, "Kär i Itis") || got == first {
			t.Errorf("%q", got)
		}
		if got := slogans("/"); !strings.Contains(got, "Ihastu Iittiin") {
			t.Errorf("%q", got)
		}
		form.Set("slogan.iitti_sv", strings.Repeat("x", 61))
		if p := boss.post(lookAt+"/iskulauseet", form); p.status != http.StatusUnprocessableEntity || p.Find("[id='slogan.iitti_sv']").AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%d", p.status)
		}
		form.Set("slogan.iitti_sv", "")
		if p := boss.post(lookAt+"/iskulauseet", form); p.status != http.StatusOK || slogans("/sv/") != first {
			t.Errorf("%d %q", p.status, slogans("/sv/"))
		}
	})
}
