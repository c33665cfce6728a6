package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/region/office"
)

// tongues are the address prefixes of the three languages.
var tongues = []string{"", "/sv", "/en"}

// dropped is a spark as its bringer holds it.
type dropped struct {
	code string
	own  string // "/oma/…", as the site gave it
}

// drop sends the form a browser would send and follows it to the receipt.
func (r *reader) drop(pairs ...string) dropped {
	r.s.t.Helper()
	form := url.Values{"once": {ident.Secret()}, "text": {"Kylätalon keittiö kaikkien käyttöön. Se on tyhjillään arkisin."}, "visibility": {"public"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	p := r.post("/kipina", form)
	if p.status != http.StatusOK || !strings.HasSuffix(p.path, "/kiitos") {
		r.s.t.Fatalf("drop gave %d at %s: %s", p.status, p.path, p.Find("main").Text())
	}
	return dropped{p.Find(".receipt .code").Text(), strings.TrimSuffix(p.path, "/kiitos")}
}

// find gives a dropped spark from the store.
func (s *site) find(code string) spark.Spark {
	s.t.Helper()
	sp, err := spark.ByCode(context.Background(), s.db, "kouvola", code)
	if err != nil {
		s.t.Fatal(err)
	}
	return sp
}

// act is the planner's hand on a spark.
func (s *site) act(code string) spark.Act {
	return spark.Act{Region: "kouvola", Spark: s.find(code).ID, Officer: s.officers[office.Planner]}
}

// must fails the test on a verb that did not work.
func (s *site) must(_ spark.Spark, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// whole checks what every page must hold: one heading of the first level, no
// level skipped, one main, every field labelled, every id once, no style or
// script in the page.
func (p page) whole(t *testing.T, name string) {
	t.Helper()
	if n := p.Find("h1").Length(); n != 1 {
		t.Errorf("%s has %d h1", name, n)
	}
	if p.Find("main").Length() != 1 || p.Find("html").AttrOr("lang", "") == "" {
		t.Errorf("%s has no single main or no language", name)
	}
	at := 0
	// The list of mistakes comes before the heading: it is where reading starts.
	p.Find("main").Find("h1,h2,h3,h4").Not(".errors *").Each(func(_ int, h *selection) {
		level := int(h.Nodes[0].Data[1] - '0')
		if level > at+1 {
			t.Errorf("%s: %s %q comes after h%d", name, h.Nodes[0].Data, h.Text(), at)
		}
		at = level
	})
	p.Find("input,select,textarea").Each(func(_ int, f *selection) {
		if f.AttrOr("type", "") == "hidden" {
			return
		}
		if id := f.AttrOr("id", ""); f.Closest("label").Length() == 0 && (id == "" || p.Find(`label[for="`+id+`"]`).Length() != 1) {
			t.Errorf("%s: field %q has no label", name, f.AttrOr("name", ""))
		}
	})
	ids := map[string]bool{}
	p.Find("[id]").Each(func(_ int, e *selection) {
		if id := e.AttrOr("id", ""); ids[id] {
			t.Errorf("%s: id %q twice", name, id)
		} else {
			ids[id] = true
		}
	})
	p.Find("[aria-describedby],[aria-labelledby]").Each(func(_ int, e *selection) {
		for _, id := range strings.Fields(e.AttrOr("aria-describedby", "") + " " + e.AttrOr("aria-labelledby", "")) {
			if !ids[id] {
				t.Errorf("%s: nothing has the id %q", name, id)
			}
		}
	})
	if p.Find("[style],style,script:not([src])").Length() > 0 || strings.Contains(p.body, "javascript:") {
		t.Errorf("%s holds a style or a script of its own", name)
	}
	if strings.Contains(p.body, "⟦") {
		t.Errorf("%s lacks a text", name)
	}
}

func TestTheFrontPageAsksAndShowsWhatIsAlight(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		for _, lang := range tongues {
			p := r.get(lang + "/")
			p.whole(t, "empty front "+lang)
			if p.status != http.StatusOK || p.Find("form[action$='/kipina'] textarea[name=text]").Length() != 1 || p.Find(".doors a").Length() != 3 {
				t.Errorf("front %q: %d, no question or doors", lang, p.status)
			}
			if p.Find(".poem[lang=fi], html[lang=fi] .poem").Length() == 0 {
				t.Errorf("front %q does not quote the poem", lang)
			}
		}
		alight := r.drop("text", "Hehkuva ajatus torille.")
		resting := r.drop("text", "Lepäävä ajatus asemalle.")
		said := r.drop("text", "Vastattu ajatus kirjastolle.")
		private := r.drop("text", "Hiljaa vastattu ajatus kentälle.")
		s.must(s.parts.Sparks.Close(context.Background(), s.act(resting.code), spark.Close{State: spark.Resting, Reason: "Ei vielä.", Would: "Toinen kylä."}))
		s.must(s.parts.Sparks.Answer(context.Background(), s.act(said.code), "Kirjastolla on vapaa huone.", true, ""))
		s.must(s.parts.Sparks.Answer(context.Background(), s.act(private.code), "Tämä on vain sinulle.", false, ""))
		for _, lang := range tongues {
			p := r.get(lang + "/")
			p.whole(t, "front "+lang)
			lit := p.Find(".sparks").Text()
			if !strings.Contains(lit, "Hehkuva ajatus torille") || strings.Contains(lit, "Lepäävä") {
				t.Errorf("front %q shows as alight: %s", lang, lit)
			}
			if p.Find(".sparks > li").Length() != p.Find(".sparks .why").Length() {
				t.Errorf("front %q does not say why each spark is there", lang)
			}
			panels := p.Find("section[aria-labelledby=answered]").Text()
			if !strings.Contains(panels, "Kirjastolla on vapaa huone.") || !strings.Contains(panels, "Kaisa Esimerkki") {
				t.Errorf("front %q: the answer or who gave it is missing: %s", lang, panels)
			}
			if !strings.Contains(panels, "Hiljaa vastattu") || strings.Contains(p.body, "vain sinulle.") {
				t.Errorf("front %q tells a private answer or hides that there was one", lang)
			}
		}
		if !strings.Contains(r.get("/kipina/"+alight.code).body, "Hehkuva") {
			t.Error("the spark's own page is missing")
		}
	})
}

func TestTheFirstStepStoresNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for _, lang := range tongues {
			p := s.visitor().post(lang+"/kipina", url.Values{"text": {"  Vielä kesken\noleva ajatus "}, "step": {"more"}})
			p.whole(t, "full form "+lang)
			if p.status != http.StatusOK || p.Find("textarea[name=text]").Text() != "Vielä kesken\noleva ajatus" || p.Find(".errors").Length() != 0 {
				t.Errorf("%q: %d, text %q", lang, p.status, p.Find("textarea[name=text]").Text())
			}
			if len(p.Find("input[name=once]").AttrOr("value", "")) != len(ident.Secret()) {
				t.Error("the form cannot tell a second sending from a second spark")
			}
			// Only what costs no privacy is chosen beforehand.
			p.Find("input[checked]").Each(func(_ int, c *selection) {
				if v := c.AttrOr("name", "") + "=" + c.AttrOr("value", ""); v != "visibility=unnamed" && v != "kind=" {
					t.Errorf("%s is chosen beforehand", v)
				}
			})
		}
		if list, _, err := spark.List(context.Background(), s.db, "kouvola", spark.Filter{}); err != nil || len(list) != 0 {
			t.Errorf("%d sparks stored, %v", len(list), err)
		}
	})
}

func TestTheFormIsPrefilledButNeverWithWords(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		p := s.visitor().get("/kipina?laji=need&paikka=inkeroinen&teema=" + s.edition.Themes[0].ID + "&text=Osta+halvalla&name=Matti&visibility=public")
		p.whole(t, "prefilled form")
		if p.Find("input[name=kind][value=need][checked]").Length() != 1 || p.Find("input[name=place]").AttrOr("value", "") != "Inkeroinen" ||
			p.Find("input[name=themes][checked]").Length() != 1 {
			t.Error("kind, place or theme was not filled in")
		}
		if html, _ := p.Find("main").Html(); strings.Contains(html, "Osta") || strings.Contains(html, "Matti") || p.Find("input[name=visibility][value=public][checked]").Length() != 0 {
			t.Error("a link can put words or choices into somebody's mouth")
		}
		p = s.visitor().get("/kipina?laji=hack&paikka=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&teema=x")
		p.whole(t, "hostile prefill")
		if strings.Contains(p.body, "<script>alert") {
			t.Error("the query reaches the page as HTML")
		}
	})
}

func TestARefusedFormKeepsEverything(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		form := url.Values{
			"once": {ident.Secret()}, "text": {" \t\n"}, "title": {"Otsikko & <b>"}, "place": {"Anjala"}, "themes": {s.edition.Themes[1].ID, "ei-ole"}, "kind": {"jokin"},
			"name": {"Maija \"Esimerkki\""}, "email": {"maija.esimerkki"}, "phone": {"soita"}, "contact": {"call"}, "visibility": {"kaverit"}, "secret": {"1"},
		}
		for _, lang := range tongues {
			p := s.visitor().post(lang+"/kipina", form)
			p.whole(t, "refused form "+lang)
			if p.status != http.StatusUnprocessableEntity {
				t.Errorf("%q gave %d", lang, p.status)
			}
			for _, field := range []string{"title", "place", "name", "email", "phone", "once"} {
				if got := p.Find("input[name="+field+"]").AttrOr("value", ""); got != form.Get(field) {
					t.Errorf("%q: %s came back as %q", lang, field, got)
				}
			}
			if p.Find("input[name=themes][checked]").Length() != 1 || p.Find("option[selected]").AttrOr("value", "") != "call" || p.Find("input[name=secret][checked]").Length() != 1 {
				t.Errorf("%q: choices were lost", lang)
			}
			p.Find(".errors a").Each(func(_ int, a *selection) {
				if target := a.AttrOr("href", ""); p.Find("input,select,textarea").Filter(target).Length() != 1 {
					t.Errorf("%q: the mistake %q leads nowhere (%s)", lang, a.Text(), target)
				}
			})
			for _, field := range []string{"text", "email", "phone"} {
				f := p.Find("[name=" + field + "]")
				if f.AttrOr("aria-invalid", "") != "true" || !strings.Contains(f.AttrOr("aria-describedby", ""), field+"-error") {
					t.Errorf("%q: %s does not tell that it is wrong", lang, field)
				}
			}
			// What is wrong must not be folded away.
			p.Find(".wrong").Each(func(_ int, w *selection) {
				if d := w.Closest("details"); d.Length() == 1 {
					if _, open := d.Attr("open"); !open {
						t.Errorf("%q: a mistake is folded away", lang)
					}
				}
			})
		}
	})
}

func TestTheSameFormTwiceIsOneSpark(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		once := ident.Secret()
		a, b := r.drop("once", once), r.drop("once", once)
		if a != b {
			t.Errorf("two receipts: %+v and %+v", a, b)
		}
		c := r.drop("once", once, "text", "Toinen ajatus samasta lomakkeesta.")
		if c.code == a.code || c.own == a.own {
			t.Error("another text is another spark with its own link")
		}
		if list, _, err := spark.List(context.Background(), s.db, "kouvola", spark.Filter{}); err != nil || len(list) != 2 {
			t.Errorf("%d sparks, %v", len(list), err)
		}
	})
}

// selection is goquery's, named short for the checks.
type selection = goquery.Selection

func TestWhoDoesNotChooseStaysUnnamed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.visitor().drop("name", "Ville Nimetön", "visibility", "")
		if sp := s.find(d.code); sp.Visibility != spark.Unnamed {
			t.Errorf("visibility %q", sp.Visibility)
		}
		if strings.Contains(s.visitor().get("/kipina/"+d.code).body, "Ville") {
			t.Error("the name is shown though nobody said it may be")
		}
	})
}

func TestHostileDrops(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		t.Run("ten megabytes", func(t *testing.T) {
			p := r.post("/kipina", url.Values{"text": {strings.Repeat("a", 10<<20)}})
			if p.status != http.StatusRequestEntityTooLarge || p.Find("h1").Length() != 1 {
				t.Errorf("%d", p.status)
			}
		})
		t.Run("one megabyte", func(t *testing.T) {
			text := strings.Repeat("sana ", 200_000)
			p := r.post("/kipina", url.Values{"text": {text}, "name": {"Maija"}})
			if p.status != http.StatusUnprocessableEntity || p.Find("textarea[name=text]").Text() != strings.TrimSpace(text) || p.Find("input[name=name]").AttrOr("value", "") != "Maija" {
				t.Errorf("%d, %d characters kept", p.status, len(p.Find("textarea[name=text]").Text()))
			}
		})
		const html = `<script>alert(1)</script><img src=x onerror=alert(2)>"' onmouseover="alert(3)`
		t.Run("HTML in every field", func(t *testing.T) {
			d := r.drop("text", html+"\n\n<h1>otsikko</h1>", "title", html, "place", html[:60], "name", html)
			for _, lang := range tongues {
				for _, path := range []string{"/", "/kipinat", "/kipina/" + d.code, "/kipinat?paikka=" + url.QueryEscape(html)} {
					harmless(t, r.get(lang+path), path)
				}
			}
			for _, rest := range []string{"", "/kiitos", "/muokkaus", "/yhteys", "/poisto"} {
				harmless(t, r.get(d.own+rest), rest)
			}
		})
		t.Run("signs that hide or turn text", func(t *testing.T) {
			d := r.drop("text", "Rehti\x00 \x1b[31mteksti\u202Etxet\u2066 \x07loppu\r\ntoinen rivi\xff\xfe.", "name", "Maija\r\nBcc: kaikki@example.fi", "title", "")
			sp := s.find(d.code)
			if sp.Text != "Rehti [31mtekstitxet loppu\ntoinen rivi\uFFFD." {
				t.Errorf("stored %q", sp.Text)
			}
			p := r.get("/kipina/" + d.code)
			if strings.ContainsAny(p.body, "\x00\x1b\x07\u202E\u2066") || !strings.Contains(p.Find("main").Text(), "toinen rivi") {
				t.Error("control or direction signs reach the page")
			}
			refused := r.post("/kipina", url.Values{"text": {""}, "title": {"a\x00b\u202Ec\xff"}})
			if strings.ContainsAny(refused.body, "\x00\u202E") || strings.Contains(refused.body, "\xff") {
				t.Error("control signs come back in the form")
			}
		})
	})
}

// harmless checks that nothing a person wrote became a part of the page.
func harmless(t *testing.T, p page, name string) {
	t.Helper()
	p.whole(t, name)
	if p.Find("script:not([src]),img,[onerror],[onmouseover]").Length() > 0 {
		t.Errorf("%s runs what a person wrote", name)
	}
}

func TestTheDropIsSlowedDown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		form := url.Values{"text": {""}}
		for i := range 20 {
			if p := r.post("/kipina", form); p.status != http.StatusUnprocessableEntity {
				t.Fatalf("number %d gave %d", i, p.status)
			}
		}
		p := r.post("/kipina", form)
		if p.status != http.StatusTooManyRequests || p.header.Get("Retry-After") == "" {
			t.Errorf("number 21 gave %d", p.status)
		}
	})
}

func TestADropFromAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		d := r.drop()
		for _, path := range []string{"/kipina", d.own + "/vastaus", d.own + "/muokkaus", d.own + "/yhteys", d.own + "/poisto"} {
			req, err := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(url.Values{"text": {"Muualta tuotu"}, "words": {"Muualta tuotu"}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Sec-Fetch-Site", "cross-site")
			req.Header.Set("Origin", "https://paha.example")
			if p := r.do(req); p.status != http.StatusForbidden {
				t.Errorf("%s gave %d", path, p.status)
			}
		}
		if sp := s.find(d.code); sp.Beats != 1 || sp.State == spark.Withdrawn {
			t.Errorf("the spark was changed from another site: %+v", sp)
		}
	})
}
