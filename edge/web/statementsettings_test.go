package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/region/office"
)

const statementsAt = "/toimisto/asetukset/selosteet"

// kept is what the region's settings say.
func (s *site) kept() map[string]string {
	s.t.Helper()
	set, err := office.AllSettings(context.Background(), s.db, "kouvola")
	if err != nil {
		s.t.Fatal(err)
	}
	return set
}

func TestTheStatementsAreWrittenByTheManager(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		boss := s.officer(office.Manager)
		if boss.get("/toimisto/asetukset").Find("main a[href='"+statementsAt+"']").Length() != 1 {
			t.Error("the settings do not lead here")
		}
		form := url.Values{
			"status": {"part"}, "assessed": {"2026-11-02"}, "method": {"self"},
			"gaps_fi": {"  Kartta on hidas.\r\n\r\nKorjaamme\u202E keväällä. "}, "gaps_sv": {"Kartan är långsam."}, "gaps_en": {""},
			"mail": {" Este@Kouvola.example "}, "phone": {"020 615  0000"}, "supervisor": {"https://valvonta.example/kantelu"},
			"controller": {"Kouvolan kaupunki\r\nTorikatu 10"}, "guard": {"tietosuoja@kouvola.example"},
			"source": {"https://koodi.example/kokko"}, "security": {"Turva@kouvola.example"}, "licence": {"CC-BY-4.0"},
		}
		p := boss.post(statementsAt, form)
		if p.status != http.StatusOK || p.path != statementsAt || p.Find("main .note.good").Length() != 1 || p.Find(".note.warn").Length() != 0 {
			t.Fatalf("%d at %s: %s", p.status, p.path, p.Find("main").Text())
		}
		want := map[string]string{
			"accessibility.status": "part", "accessibility.assessed": "2026-11-02", "accessibility.method": "self",
			"accessibility.gaps.fi": "Kartta on hidas.\n\nKorjaamme keväällä.", "accessibility.gaps.sv": "Kartan är långsam.", "accessibility.gaps.en": "",
			"accessibility.mail": "este@kouvola.example", "accessibility.phone": "020 615 0000", "accessibility.supervisor": "https://valvonta.example/kantelu",
			"privacy.controller": "Kouvolan kaupunki\nTorikatu 10", "privacy.contact": "tietosuoja@kouvola.example",
			"source.url": "https://koodi.example/kokko", "security.contact": "mailto:turva@kouvola.example", "opendata.licence": "CC-BY-4.0",
		}
		kept := s.kept()
		for name, value := range want {
			if kept[name] != value {
				t.Errorf("%s is %q, want %q", name, kept[name], value)
			}
		}
		// What was written stands on the pages people read.
		for path, words := range map[string][]string{
			"/saavutettavuus": {"osittain", "2.11.2026", "Kartta on hidas.", "este@kouvola.example", "020 615 0000", "valvonta.example"},
			"/tietosuoja":     {"Kouvolan kaupunki", "tietosuoja@kouvola.example"}, "/lahdekoodi": {"https://koodi.example/kokko"},
			"/.well-known/security.txt": {"Contact: mailto:turva@kouvola.example"}, "/avoin-data": {"CC BY 4.0"},
		} {
			page := s.visitor().get(path)
			for _, w := range words {
				if !strings.Contains(squeezed(page.Text()), w) {
					t.Errorf("%s lacks %q", path, w)
				}
			}
		}
		if en := s.visitor().get("/en/saavutettavuus"); en.Find("main [lang=fi]").Length() != 1 {
			t.Error("Finnish words on the English page are not marked")
		}
		inEachLanguage(func(lang, prefix string) {
			page := boss.get(prefix + statementsAt)
			page.whole(t, "statements "+lang)
			for field, values := range form {
				if page.Find(`[name="`+field+`"]`).Length() == 0 {
					t.Errorf("%s: no field %s for %q", lang, field, values)
				}
			}
			if got := page.Find("#gaps_fi").Text(); got != want["accessibility.gaps.fi"] {
				t.Errorf("%s: the text reads %q", lang, got)
			}
		})
		// Emptying everything is a choice too: nothing is claimed any more.
		if p := boss.post(statementsAt, url.Values{}); p.status != http.StatusOK {
			t.Fatalf("emptying gave %d", p.status)
		}
		for name := range want {
			if got := s.kept()[name]; got != "" {
				t.Errorf("%s is still %q", name, got)
			}
		}
		if p := s.visitor().get("/.well-known/security.txt"); p.status != http.StatusNotFound {
			t.Errorf("security.txt without a contact gives %d", p.status)
		}
	})
}

func TestAPlannerReadsTheStatementsAndAManagerIsWarned(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.set(map[string]string{"accessibility.status": "not", "accessibility.assessed": "2025-11-23", "accessibility.method": "expert", "accessibility.gaps.fi": "Paljon.", "privacy.controller": "Kouvola"})
		planner, boss := s.officer(office.Planner), s.officer(office.Manager)
		inEachLanguage(func(lang, prefix string) {
			p := planner.get(prefix + statementsAt)
			p.whole(t, "read only "+lang)
			if p.Find("main form").Length() != 0 || !strings.Contains(p.Find("main").Text(), "Paljon.") {
				t.Errorf("%s: a planner can change the statements, or not read them", lang)
			}
		})
		if p := planner.post(statementsAt, url.Values{"controller": {"Minä"}}); p.status != http.StatusForbidden || s.kept()["privacy.controller"] != "Kouvola" {
			t.Errorf("a planner's change gives %d", p.status)
		}
		for _, role := range []office.Role{office.Coordinator, office.Viewer} {
			if p := s.officer(role).get(statementsAt); p.status != http.StatusForbidden {
				t.Errorf("%s reads it: %d", role, p.status)
			}
		}
		if boss.get(statementsAt).Find(".note.warn").Length() != 0 {
			t.Error("a year to the day is called old")
		}
		s.clock.Advance(24 * time.Hour)
		if boss.get(statementsAt).Find(".note.warn").Length() != 1 || s.visitor().get("/saavutettavuus").Find(".note.warn").Length() != 1 {
			t.Error("over a year is not called old")
		}
	})
}

func TestAWrongStatementIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		boss := s.officer(office.Manager)
		good := map[string]string{"status": "full", "assessed": "2026-11-01", "method": "self"}
		for _, c := range []struct{ field, value string }{
			{"status", "best"}, {"status", ""}, {"assessed", "eilen"}, {"assessed", "2026-11-24"}, {"assessed", ""}, {"method", "machine"}, {"method", ""},
			{"gaps_fi", strings.Repeat("ä", 5001)}, {"gaps_sv", strings.Repeat("ä", 5001)}, {"gaps_en", strings.Repeat("ä", 5001)},
			{"mail", "ei osoite"}, {"mail", "a@b.example\r\nBcc: c@d.example"}, {"mail", strings.Repeat("a", 300) + "@b.example"},
			{"phone", "soita"}, {"phone", "123"}, {"phone", strings.Repeat("1", 41)},
			{"supervisor", "javascript:alert(1)"}, {"supervisor", "http://valvonta.example"}, {"supervisor", "https://"}, {"supervisor", "https://nimi:sala@valvonta.example/"}, {"supervisor", "https://" + strings.Repeat("a", 300) + ".example"},
			{"controller", strings.Repeat("ö", 1001)}, {"guard", strings.Repeat("ö", 1001)},
			{"source", "koodi.example"}, {"source", "https://a b.example"}, {"source", `https://a.example/"><script>`},
			{"security", "javascript:alert(1)"}, {"security", "mailto:"}, {"security", "tel:soita"}, {"security", "https:///polku"}, {"security", "ftp://turva.example"},
			{"licence", "WTFPL"},
		} {
			form := url.Values{}
			for field, value := range good {
				form.Set(field, value)
			}
			form.Set("controller", "<b>Pidä tämä</b>")
			form.Set(c.field, c.value)
			p := boss.post("/sv"+statementsAt, form)
			if strings.Contains(p.body, `href="javascript:`) {
				t.Errorf("%q became a script", c.value)
			} else if !strings.Contains(c.value, "javascript:") {
				p.whole(t, "refused")
			}
			name := c.field + " " + c.value[:min(len(c.value), 40)]
			if p.status != http.StatusUnprocessableEntity || p.Find(".errors a[href='#"+c.field+"']").Length() != 1 || p.Find("#"+c.field+"-error").Length() != 1 {
				t.Errorf("%s gave %d: %s", name, p.status, p.Find(".errors").Text())
			}
			if c.field != "controller" && p.Find("#controller").Text() != "<b>Pidä tämä</b>" || c.field != "assessed" && p.Find("#assessed").AttrOr("value", "") != "2026-11-01" {
				t.Errorf("%s: what was typed is lost", name)
			}
			if box := p.Find("#" + c.field); box.Is("input,textarea") {
				typed := box.AttrOr("value", box.Text())
				if box.AttrOr("aria-invalid", "") != "true" || strings.Join(strings.Fields(typed), " ") != strings.Join(strings.Fields(c.value), " ") {
					t.Errorf("%s: the field holds %q", name, typed[:min(len(typed), 60)])
				}
			}
			if len(s.kept()) != 0 {
				t.Fatalf("%s: something was kept: %v", name, s.kept())
			}
		}
		// What is missing must be told in Finnish when there is something to tell.
		for _, form := range []url.Values{
			{"status": {"part"}, "assessed": {"2026-11-01"}, "method": {"self"}}, {"status": {"not"}, "assessed": {"2026-11-01"}, "method": {"self"}, "gaps_fi": {"\u200B \n"}}, {"gaps_en": {"The map."}},
		} {
			if p := boss.post(statementsAt, form); p.status != http.StatusUnprocessableEntity || p.Find("#gaps_fi-error").Length() != 1 {
				t.Errorf("%v gave %d", form, p.status)
			}
		}
		// Every mistake at once, each at its field.
		p := boss.post("/en"+statementsAt, url.Values{"assessed": {"x"}, "mail": {"x"}, "source": {"x"}, "security": {"x"}})
		if p.Find(".errors li").Length() != 4 || p.Find(".field.wrong").Length() != 4 {
			t.Errorf("four mistakes give %q", p.Find(".errors").Text())
		}
	})
}

func TestWhomToTellIsWrittenAsAnAddress(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		boss := s.officer(office.Manager)
		for typed, kept := range map[string]string{
			"turva@kouvola.example": "mailto:turva@kouvola.example", "mailto:Turva@kouvola.example": "mailto:turva@kouvola.example", "MAILTO:turva@kouvola.example": "mailto:turva@kouvola.example",
			"+358 20 615 0000": "tel:+358206150000", "tel:+358 20 615 0000": "tel:+358206150000", "https://kouvola.example/turva": "https://kouvola.example/turva",
		} {
			if p := boss.post(statementsAt, url.Values{"security": {typed}}); p.status != http.StatusOK || s.kept()["security.contact"] != kept {
				t.Errorf("%q gives %d and %q", typed, p.status, s.kept()["security.contact"])
			}
			if p := s.visitor().get("/.well-known/security.txt"); !strings.Contains(p.body, "Contact: "+kept+"\n") {
				t.Errorf("%q: %s", typed, p.body)
			}
		}
	})
}

func TestARegionOfAnotherFirstLanguageLeansOnItsOwn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		e := s.beside(example(t)) // Swedish first
		ctx, base := context.Background(), "/"+e.Region.ID
		o, err := office.ByEmail(ctx, s.db, e.Region.ID, "manager@"+e.Region.ID+".invalid")
		if err != nil {
			t.Fatal(err)
		}
		secret, err := s.parts.Sessions.Print(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		boss := s.visitor()
		boss.post(base+"/kirjaudu/"+secret, nil)
		p := boss.get(base + statementsAt)
		p.whole(t, "Swedish first")
		if first := p.Find("textarea").First(); first.AttrOr("name", "") != "gaps_sv" {
			t.Errorf("the first language's field is not first: %s", first.AttrOr("name", ""))
		}
		form := url.Values{"status": {"not"}, "assessed": {"2026-11-01"}, "method": {"self"}, "gaps_fi": {"Kartta."}}
		if p := boss.post(base+statementsAt, form); p.status != http.StatusUnprocessableEntity || p.Find("#gaps_sv-error").Length() != 1 {
			t.Errorf("nothing in the first language gives %d", p.status)
		}
		form.Set("gaps_sv", "Kartan.")
		if p := boss.post(base+statementsAt, form); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if en := s.visitor().get(base + "/en/saavutettavuus"); !strings.Contains(en.Find("main [lang=sv]").Text(), "Kartan.") {
			t.Error("the English page does not lean on the Swedish words")
		}
	})
}
