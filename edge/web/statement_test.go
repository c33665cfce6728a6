package web_test

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kokko/edge/web"
	"kokko/ground/i18n"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// undescribed compares the tables of a store with what the privacy page tells.
func undescribed(tables []string, told []web.Holding) (wrong []string) {
	seen := map[string]bool{}
	for _, h := range told {
		if seen[h.Table] {
			wrong = append(wrong, h.Table+" is told of twice")
		}
		seen[h.Table] = true
		if !slices.Contains(tables, h.Table) {
			wrong = append(wrong, h.Table+" is told of and does not exist")
		}
		if h.Personal != slices.Contains([]string{"bringer", "officer", "both", "reader", "visitor"}, h.Of) {
			wrong = append(wrong, h.Table+" does not say whose data it holds")
		}
	}
	for _, name := range tables {
		if !seen[name] {
			wrong = append(wrong, name+" is in the store and the privacy page does not tell of it")
		}
	}
	return wrong
}

func TestThePrivacyPageTellsOfEveryTable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		all, err := db.Dialect.Tables(context.Background(), db)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, x := range all {
			names = append(names, x.Name)
		}
		for _, wrong := range undescribed(names, web.Holdings()) {
			t.Error(wrong)
		}
		// The check itself finds what it is for.
		if got := undescribed(append(names, "new_table"), web.Holdings()); len(got) != 1 {
			t.Errorf("a new table gives %q", got)
		}
		if got := undescribed(names, append(web.Holdings(), web.Holding{Table: "gone"})); len(got) != 1 {
			t.Errorf("a table that is gone gives %q", got)
		}
		// Columns that by their names hold people: their tables must be told of as personal.
		people := regexp.MustCompile(`^(name|email|phone|author|words|recipient|officer_id|bringer_id|substitute_id|owner_id|entered_by|who|published_by)$`)
		for _, x := range all {
			for _, c := range x.Columns {
				i := slices.IndexFunc(web.Holdings(), func(h web.Holding) bool { return h.Table == x.Name })
				named := x.Name == "settings" || x.Name == "answer_templates" || x.Name == "job_periods" || x.Name == "wordings" || x.Name == "vocabularies" // the name of a thing
				if people.MatchString(c.Name) && !named && i >= 0 && !web.Holdings()[i].Personal {
					t.Errorf("%s.%s looks like personal data", x.Name, c.Name)
				}
			}
		}
	})
}

func TestThePrivacyPageShowsEveryHolding(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		bundle := texts(t)
		inEachLanguage(func(lang, prefix string) {
			p := s.visitor().get(prefix + "/tietosuoja")
			text := squeezed(p.Find("main").Text())
			say := bundle.For(languageOf(t, lang))
			for _, h := range web.Holdings() {
				if what := say.T("privacy." + h.Table + ".what"); !strings.Contains(text, squeezed(what)) {
					t.Errorf("%s: nothing of %s", lang, h.Table)
				}
			}
			for _, number := range []string{"24 ", "14", "30"} { // the numbers the program goes by
				if !strings.Contains(text, number) {
					t.Errorf("%s: no %s", lang, number)
				}
			}
			if !strings.Contains(text, "kokko_kouvola") {
				t.Errorf("%s: the cookie has no name", lang)
			}
			if len(p.header.Values("Set-Cookie")) != 0 {
				t.Errorf("%s: reading about cookies sets one", lang)
			}
		})
		s.set(map[string]string{"privacy.controller": "Kouvolan kaupunki\nTorikatu 10", "privacy.contact": "tietosuoja@kouvola.example"})
		if text := s.visitor().get("/tietosuoja").Find("main").Text(); !strings.Contains(text, "Kouvolan kaupunki") || !strings.Contains(text, "tietosuoja@kouvola.example") {
			t.Error("the controller that was set is not named")
		}
	})
}

func (s *site) set(values map[string]string) {
	s.t.Helper()
	if err := s.parts.Office.Set(context.Background(), "kouvola", values); err != nil {
		s.t.Fatal(err)
	}
}

func TestTheAccessibilityStatementClaimsOnlyWhatWasAssessed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		main := func() string { return squeezed(s.visitor().get("/saavutettavuus").Find("main").Text()) }
		has := func(when, text string, want ...string) {
			t.Helper()
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("%s: no %q", when, w)
				}
			}
		}
		text := main()
		has("at first", text, "ei ole vielä itse arvioinut", "Vastaamme 14 päivän kuluessa", "000 000 0000", "Traficom")
		if strings.Contains(text, "täyttää verkkosisällön") {
			t.Error("it claims to conform before anybody has judged")
		}
		// A verdict without its day is none.
		s.set(map[string]string{"accessibility.status": "full"})
		if strings.Contains(main(), "täyttää verkkosisällön") {
			t.Error("it claims to conform without a day")
		}
		s.set(map[string]string{
			"accessibility.status": "part", "accessibility.assessed": "2026-10-01", "accessibility.method": "expert",
			"accessibility.gaps.fi": "Kartta <b>toimii</b> huonosti\n\nToinen puute", "accessibility.mail": "este@kouvola.example", "accessibility.phone": "+358 20 615 0000",
		})
		p := s.visitor().get("/saavutettavuus")
		has("assessed", squeezed(p.Find("main").Text()), "osittain", "1.10.2026", "Ulkopuolinen asiantuntija", "Kartta <b>toimii</b> huonosti", "Toinen puute", "este@kouvola.example")
		if p.Find("main a[href='tel:+358206150000']").Length() != 1 || p.Find("main a[href='mailto:este@kouvola.example']").Length() != 1 {
			t.Error("no way to reach anybody")
		}
		if p.Find(".note.warn").Length() != 0 {
			t.Error("two months is not old")
		}
		s.set(map[string]string{"accessibility.assessed": "2025-11-01", "accessibility.supervisor": "javascript:alert(1)"})
		p = s.visitor().get("/saavutettavuus")
		if p.Find(".note.warn").Length() != 1 {
			t.Error("an assessment of over a year ago is not called old")
		}
		if strings.Contains(p.body, `href="javascript:`) {
			t.Error("a setting became a script")
		}
		s.set(map[string]string{"accessibility.status": "<script>", "accessibility.assessed": "eilen", "accessibility.method": "muu"})
		has("broken settings", main(), "ei ole vielä itse arvioinut")
	})
}

func TestWhereTheSourceCodeIs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		if text := squeezed(s.visitor().get("/lahdekoodi").Find("main").Text()); !strings.Contains(text, "Pyydä koodi") || !strings.Contains(text, "AGPL-3.0-or-later") {
			t.Errorf("nobody learns how to get the code: %s", text)
		}
		s.set(map[string]string{"source.url": "https://koodi.example/kokko"})
		if s.visitor().get("/lahdekoodi").Find("main a[href='https://koodi.example/kokko']").Length() != 1 {
			t.Error("the address that was set is not linked")
		}
		for _, bad := range []string{"javascript:alert(1)", "http://koodi.example", "https://a b"} {
			s.set(map[string]string{"source.url": bad})
			if p := s.visitor().get("/lahdekoodi"); strings.Contains(p.body, bad) || p.status != http.StatusOK {
				t.Errorf("%q got through", bad)
			}
		}
	})
}

func TestFilesForMachines(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		p := s.visitor().get("/robots.txt")
		for _, want := range []string{"User-agent: *", "Disallow: /oma/", "Disallow: /*/oma/", "Disallow: /toimisto"} {
			if !strings.Contains(p.body, want) {
				t.Errorf("robots.txt has no %q", want)
			}
		}
		if strings.Contains(p.body, "Disallow: /\n") || p.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("robots.txt shuts everything out, or is no text: %s", p.body)
		}
		for contact, status := range map[string]int{
			"mailto:turva@kouvola.example": 200, "https://kouvola.example/turva": 200, "turva@kouvola.example": 404, "javascript:alert(1)": 404,
			"mailto:a@b.example\nExpires: 2099-01-01T00:00:00Z": 404,
		} {
			s.set(map[string]string{"security.contact": contact})
			p := s.visitor().get("/.well-known/security.txt")
			if p.status != status {
				t.Errorf("%q gives %d", contact, p.status)
			}
			if status == 200 && (!strings.Contains(p.body, "Contact: "+contact+"\n") || !strings.Contains(p.body, "Expires: 2027-05-23T00:00:00Z\n")) {
				t.Errorf("security.txt says %q", p.body)
			}
		}
		if s.parts.Assets.Built() {
			if p := s.visitor().get("/favicon.ico"); p.status != 200 || !strings.HasSuffix(p.path, ".svg") {
				t.Errorf("the icon: %d at %s", p.status, p.path)
			}
		}
		for _, path := range []string{"/robots.txt", "/brand.css", "/ohjelma"} {
			req, err := http.NewRequest(http.MethodHead, s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if p := s.visitor().do(req); p.status != 200 || p.body != "" {
				t.Errorf("HEAD %s: %d with %d bytes", path, p.status, len(p.body))
			}
		}
	})
}

func languageOf(t *testing.T, code string) i18n.Language {
	t.Helper()
	l, ok := i18n.ParseLanguage(code)
	if !ok {
		t.Fatal(code)
	}
	return l
}
