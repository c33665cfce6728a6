package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/trust"
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

// The office chooses which part has the ring; everybody who knew the old number finds it,
// and hears of it by letter. Undone, it is round the whole again.
func TestTheOfficeChoosesWhichPartHasTheRing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		code, own := s.twin("Aino Aalto", "Silta joen yli.\n\nKirjasto auki iltaisin.")
		planner, public := s.officer(office.Planner), s.visitor()
		at := "/toimisto/kipina/" + code
		if p := planner.get(at + "/jaa"); p.Find("#ring").Length() != 0 {
			t.Error("a ring of nobody is asked about")
		}
		sp, err := spark.ByCode(ctx, s.db, "kouvola", code)
		must(t, err)
		who := s.person("tekija@posti.example").Address
		must(t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := s.parts.Rings.Join(ctx, tx, who, sp.ID, ring.Draft{Role: ring.Doer, Seen: spark.Public, Name: "Eero Esimerkki", Language: "fi", Take: ring.Take{What: "Kysyn tilaa", Day: office.Today(s.clock) + 5}}, trust.Sender{})
			return err
		}))
		for l, prefix := range inLanguages() {
			whole(t, prefix, planner.get(prefix+at+"/jaa"), l)
		}
		if p := planner.get(at + "/jaa"); p.Find("#ring option[selected]").AttrOr("value", "") != "1" || !strings.Contains(p.Find("fieldset:has(#ring)").Text(), "1 ihminen") {
			t.Errorf("%s", p.Find("main").Text())
		}
		form := url.Values{"text1": {"Silta."}, "text2": {"Kirjasto."}, "ring": {"4"}}
		if p := planner.post(at+"/jaa", form); p.status != http.StatusUnprocessableEntity || p.Find(".errors a[href='#ring']").Length() != 1 || p.Find("#ring option[selected]").AttrOr("value", "") != "4" {
			t.Errorf("%d %s", p.status, p.Find(".errors").Text())
		}
		form.Set("ring", "2")
		p := planner.post(at+"/jaa", form)
		here := p.Find("section[aria-labelledby=jaettu] li:contains('rinki jatkaa täällä')")
		if p.status != http.StatusOK || here.Length() != 1 || !strings.Contains(here.Text(), "Kirjasto") {
			t.Fatalf("%d %s", p.status, p.Find("section[aria-labelledby=jaettu]").Text())
		}
		undo, part := p.Find("form[action$='/kumoa']").AttrOr("action", ""), here.Find(".code").Text()
		s.drain()
		letter := s.lettersTo(who.Email)
		if len(letter) == 0 || letter[0].Purpose != "ring.split" || !strings.Contains(letter[0].Text, "/kipina/"+part+"/rinki") || !strings.Contains(letter[0].Text, "Kirjasto") {
			t.Fatalf("%+v", letter)
		}
		toBringer := func(purpose string) mail.Posted {
			t.Helper()
			all := s.lettersTo("aino@posti.example")
			i := slices.IndexFunc(all, func(p mail.Posted) bool { return p.Purpose == purpose })
			if i < 0 {
				t.Fatalf("no letter %s", purpose)
			}
			return all[i]
		}
		if l := toBringer("bringer.split"); !strings.Contains(l.Text, part+": Kirjasto (rinki jatkaa tämän ympärillä)") {
			t.Errorf("%+v", l)
		}
		// Their own page, the ring's old address, the part's page and its story.
		if p := public.get(linkIn(t, letter[0], "/minun/")); !strings.Contains(p.body, "/kipina/"+part) || !strings.Contains(p.body, "Kysyn tilaa") {
			t.Errorf("own page: %s", p.Find("main").Text())
		}
		if p := public.get("/kipina/" + code + "/rinki"); p.status != http.StatusOK || p.path != "/kipina/"+part+"/rinki" || !strings.Contains(p.body, "Eero Esimerkki") {
			t.Errorf("%d at %s", p.status, p.path)
		}
		if p := public.get("/kipina/" + part); !strings.Contains(p.body, "Eero Esimerkki") || !strings.Contains(p.body, "Kysyn tilaa") {
			t.Errorf("the part: %s", p.Find("main").Text())
		}
		if p := public.get("/kipina/" + code); p.Find("li:contains('rinki jatkaa täällä') a[href='/kipina/"+part+"']").Length() != 1 {
			t.Errorf("the number that was: %s", p.Find("main").Text())
		}
		if p := public.get(own); p.Find("section[aria-labelledby=osat] li:contains('rinki jatkaa täällä')").Length() != 1 || !strings.Contains(p.Find(".story").Text(), "Rinki jatkaa kipinässä "+part) {
			t.Errorf("own: %s", p.Find("main").Text())
		}
		if p := planner.get("/toimisto/kipina/" + part + "/rinki"); p.status != http.StatusOK || !strings.Contains(p.body, who.Email) {
			t.Errorf("the office's ring: %d", p.status)
		}
		// Somebody joins while it is split, and its bringer has a letter of that: the split is
		// taken back all the same, and that letter's link opens the whole.
		second := s.person("toinen@posti.example").Address
		must(t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := s.parts.Rings.Join(ctx, tx, second, sp.ID, ring.Draft{Role: ring.Host, Seen: spark.Public, Name: "Helmi Huone", Language: "fi"}, trust.Sender{})
			return err
		}))
		s.drain()
		var joined mail.Posted // of the part, not the one from before
		for _, l := range s.lettersTo("aino@posti.example") {
			if l.Purpose == "bringer.joined" && strings.Contains(l.Subject, part) {
				joined = l
			}
		}
		if joined.ID == 0 {
			t.Fatal("its bringer does not hear who joined")
		}
		if p = planner.post(undo, nil); p.status != http.StatusOK {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		s.drain()
		for _, email := range []string{who.Email, "toinen@posti.example"} {
			if l := s.lettersTo(email); l[0].Purpose != "ring.whole" || !strings.Contains(l[0].Text, "/kipina/"+code+"/rinki") {
				t.Errorf("%+v", l[0])
			}
		}
		if p := public.get("/kipina/" + code); !strings.Contains(p.body, "Eero Esimerkki") || !strings.Contains(p.body, "Helmi Huone") {
			t.Errorf("the whole again: %s", p.Find("main").Text())
		}
		if p := public.get("/kipina/" + part + "/rinki"); p.path != "/kipina/"+code+"/rinki" {
			t.Errorf("%d at %s", p.status, p.path)
		}
		if p := public.get(linkIn(t, joined, "/oma/")); p.status != http.StatusOK || !strings.HasSuffix(p.path, "."+code) {
			t.Errorf("%d at %s", p.status, p.path)
		}
	})
}
