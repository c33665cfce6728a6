package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kokko/journey/spark"
	"kokko/region/office"
)

func TestASparkIsSplitAtItsParagraphs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		code, own := s.twin("Aino Aalto", "Silta joen yli. Lankut on jo.\n\nKirjasto auki iltaisin.\n\nSillalle myös valot.", func(d *spark.Draft) { d.Title = "Monta salattua asiaa" })
		planner, public := s.officer(office.Planner), s.visitor()
		at := "/toimisto/kipina/" + code
		if p := planner.get(at); p.Find("a[href$='/jaa']").Length() != 1 {
			t.Error("no way to split")
		}
		for l, prefix := range inLanguages() {
			whole(t, prefix, planner.get(prefix+at+"/jaa"), l)
		}
		p := planner.get(at + "/jaa")
		if n := p.Find("select").Length(); n != 3 || p.Find("#text1").Text() != "Silta joen yli. Lankut on jo." || p.Find("#text3").Text() != "Sillalle myös valot." || p.Find("#title2").AttrOr("value", "") != "Kirjasto auki iltaisin" {
			t.Errorf("%d pieces, first %q", n, p.Find("#text1").Text())
		}
		p = planner.get(at + "/jaa?k1=1&k2=2&k3=1")
		if p.Find("#text1").Text() != "Silta joen yli. Lankut on jo.\n\nSillalle myös valot." || p.Find("#text3").Text() != "" || p.Find("#k3 option[selected]").AttrOr("value", "") != "1" {
			t.Errorf("chosen: %q", p.Find("#text1").Text())
		}
		// A refused form keeps what was typed.
		p = planner.post(at+"/jaa", url.Values{"title1": {"Silta"}, "text1": {"Silta ja valot."}, "title2": {"Otsikko vain"}})
		if p.status != http.StatusUnprocessableEntity || p.Find("#text1").Text() != "Silta ja valot." || p.Find("#title2").AttrOr("value", "") != "Otsikko vain" || p.Find(".errors a[href='#text2']").Length() != 1 {
			t.Errorf("%d %s", p.status, p.Find(".errors").Text())
		}
		p = planner.post(at+"/jaa", url.Values{"title1": {"Silta valoineen"}, "text1": {"Silta ja valot."}, "text2": {"Kirjasto auki iltaisin."}})
		if p.status != 200 || p.path != at || p.Find("section[aria-labelledby=jaettu] a").Length() != 2 || p.Find("form[action$='/kumoa']").Length() != 1 || p.Find("form[action$='/avaa']").Length() != 0 {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		undo := p.Find("form[action$='/kumoa']").AttrOr("action", "")
		all := p.Find("section[aria-labelledby=jaettu] .code")
		first, second := all.First().Text(), all.Last().Text()

		// Everybody: the number leads on, without the words it was cut from.
		p = public.get("/kipina/" + code)
		if p.status != 200 || p.Find("main a[href='/kipina/"+first+"']").Length() != 1 || strings.Contains(p.body, "salattua") || strings.Contains(p.body, "Lankut") {
			t.Errorf("%d %s", p.status, p.Find("main").Text())
		}
		if p := public.get("/kipinat"); strings.Contains(p.body, code) || !strings.Contains(p.body, first) || !strings.Contains(p.body, second) {
			t.Error("the list shows the whole beside its parts")
		}
		if p := public.get("/kipina/" + first); p.status != 200 || !strings.Contains(p.Find("header .meta").Text(), "Aino Aalto") || !strings.Contains(p.Find(".story").Text(), "osa aiempaa") {
			t.Errorf("a part: %d %s", p.status, p.Find("header").Text())
		}
		// The bringer: one link for all.
		p = public.get(own)
		if p.status != 200 || !strings.Contains(p.body, "Lankut on jo") || p.Find("section[aria-labelledby=osat] a[href='"+own+"."+first+"']").Length() != 1 || p.Find("a[href$='/muokkaus']").Length() != 0 {
			t.Errorf("own: %d %s", p.status, p.Find("section[aria-labelledby=osat]").Text())
		}
		part := own + "." + second
		for _, page := range []string{"", "/kiitos", "/muokkaus", "/yhteys", "/poisto"} {
			if p := public.get(part + page); p.status != 200 || !strings.Contains(p.body, second) {
				t.Errorf("%s: %d", page, p.status)
			}
		}
		if p := public.get(part); p.Find("section[aria-labelledby=osat] a[href='"+own+"."+code+"']").Length() != 1 {
			t.Error("a part does not lead to the whole")
		}
		if file, _ := public.ownFile(part); file["spark"].(map[string]any)["code"] != second || file["spark"].(map[string]any)["split_from"] == "" {
			t.Errorf("the file of a part: %v", file["spark"])
		}
		if p := public.post(part+"/vastaus", url.Values{"words": {"Kirjastosta vielä."}}); p.status != 200 || p.path != part || !strings.Contains(p.Find(".story").Text(), "Kirjastosta vielä") {
			t.Errorf("%d at %s", p.status, p.path)
		}
		if p := planner.post(undo, nil); p.status != http.StatusConflict || !strings.Contains(p.Find(".errors").Text(), "osat") {
			t.Errorf("taken back over a bringer's word: %d %s", p.status, p.Find(".errors").Text())
		}
		s.drain()
		if p := public.get(part + "/poisto"); !strings.Contains(p.body, "alkuperäinen teksti") {
			t.Error("the page does not say what goes")
		}
		if p := public.post(part+"/poisto", url.Values{"erase": {"1"}}); p.status != 200 {
			t.Fatal(p.status)
		}
		s.drain()
		if found := s.traces("Kirjasto", "salattua", "Lankut"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if p := public.get("/kipina/" + code); p.status != 200 || strings.Contains(p.body, second) {
			t.Errorf("the whole's page: %d", p.status)
		}
		for path, status := range map[string]int{part: http.StatusGone, own: 200, own + "." + first: 200, "/kipina/" + second: 404} {
			if p := public.get(path); p.status != status {
				t.Errorf("%s: %d", path, p.status)
			}
		}
		if p := public.get(own + "/poisto"); !strings.Contains(p.body, "kaikki osat") {
			t.Error("the page does not say that all goes")
		}
		if p := public.post(own+"/poisto", url.Values{"erase": {"1"}}); p.status != 200 {
			t.Fatal(p.status)
		}
		s.drain()
		if found := s.traces("Silta valoineen", "Aalto", "aino@"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if p := public.get("/kipina/" + code); p.status != 404 {
			t.Errorf("%d", p.status)
		}
	})
}

func TestASplitIsTakenBackFromTheNextPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		code, own := s.twin("Aino Aalto", "Silta. Ja kirjasto.")
		planner, public := s.officer(office.Planner), s.visitor()
		at := "/toimisto/kipina/" + code
		p := planner.post(at+"/jaa", url.Values{"text1": {"Silta."}, "text2": {"Kirjasto."}})
		first := p.Find("section[aria-labelledby=jaettu] .code").First().Text()
		if p = planner.post(p.Find("form[action$='/kumoa']").AttrOr("action", ""), nil); p.status != 200 || p.path != at || p.Find("form[action$='/vastaa']").Length() != 1 {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		if p := public.get("/kipina/" + first); p.status != 200 || p.path != "/kipina/"+code {
			t.Errorf("a part's number: %d at %s", p.status, p.path)
		}
		if p := public.get(own + "." + first); p.status != http.StatusGone {
			t.Errorf("%d", p.status)
		}
		if p := public.get(own); p.status != 200 || p.Find("section[aria-labelledby=osat]").Length() != 0 || !strings.Contains(p.Find(".story").Text(), "taas yksi") {
			t.Errorf("%d", p.status)
		}
		if p := planner.get("/toimisto/kipina/" + first); p.status != 200 || p.Find("form[action$='/vastaa']").Length() != 0 || p.Find("section[aria-labelledby=jaettu] a").Length() != 1 {
			t.Errorf("%d", p.status)
		}
	})
}
