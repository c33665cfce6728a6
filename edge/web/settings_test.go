package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"kokko/ground/mail/smtptest"
	"kokko/region/office"
	"kokko/region/programme"
)

const settings = "/toimisto/asetukset"

func TestSettingsInThreeLanguagesForEachRole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		if err := s.parts.Office.PutTemplate(context.Background(), "kouvola", office.Template{ID: "first", Language: "fi", For: "first", Name: "Kiitos", Body: "Hei"}); err != nil {
			t.Fatal(err)
		}
		all := []string{"", "/itse", "/kalenteri", "/mallit", "/mallit/first", "/mallit/first?kieli=sv", "/vaki", "/sahkoposti", "/ohjelma", "/alue", "/mallit/uusi", "/vaki/" + s.officers[office.Planner].ID.String(), "/ohjelma?muokkaa=1"}
		for role, sees := range map[office.Role]int{office.Viewer: 6, office.Planner: 11, office.Manager: len(all)} {
			r := s.officer(role)
			for l, at := range inLanguages() {
				for i, path := range all {
					if i < sees && !(role == office.Planner && strings.HasPrefix(path, "/vaki/")) {
						whole(t, string(role)+" "+at+settings+path, r.get(at+settings+path), l)
					}
				}
				// The overview offers only what opens.
				home := r.get(at + settings)
				home.Find(".cards a").Each(func(_ int, a *goquery.Selection) {
					if p := r.get(a.AttrOr("href", "")); p.status != http.StatusOK {
						t.Errorf("%s is offered %s: %d", role, a.AttrOr("href", ""), p.status)
					}
				})
			}
		}
	})
}

func TestPeopleComeChangeAndGo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.officer(office.Manager)
		card := url.Values{"name": {"Uusi Ihminen"}, "title": {"suunnittelija"}, "email": {"Uusi@Kouvola.example"}, "role": {"planner"}, "language": {"sv"}, "monday": {"1"}}
		if p := r.post(settings+"/vaki", card); p.status != http.StatusOK || !strings.Contains(p.Find("table").Text(), "uusi@kouvola.example") {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		p := r.post(settings+"/vaki", card)
		if p.status != http.StatusConflict && p.status != http.StatusUnprocessableEntity || p.Find("#email").AttrOr("aria-invalid", "") != "true" || p.Find("#name").AttrOr("value", "") != "Uusi Ihminen" {
			t.Errorf("the same address twice: %d", p.status)
		}
		new, err := office.ByEmail(context.Background(), s.db, "kouvola", "uusi@kouvola.example")
		if err != nil {
			t.Fatal(err)
		}
		// Signed in, then let go: out at the next page.
		secret, err := s.parts.Sessions.Print(context.Background(), new)
		if err != nil {
			t.Fatal(err)
		}
		n := s.visitor()
		n.post("/kirjaudu/"+secret, nil)
		if p := n.get("/toimisto"); p.path != "/toimisto" {
			t.Fatalf("at %s", p.path)
		}
		card.Set("role", "viewer")
		if p := r.post(settings+"/vaki/"+new.ID.String(), card); p.status != http.StatusOK { // without "active"
			t.Fatalf("%d", p.status)
		}
		if p := n.get("/toimisto"); p.path != "/kirjaudu" {
			t.Errorf("somebody let go is still at %s", p.path)
		}
		// The last manager stays.
		me := s.officers[office.Manager]
		p = r.post(settings+"/vaki/"+me.ID.String(), url.Values{"name": {me.Name}, "email": {me.Email}, "role": {"planner"}, "language": {"fi"}, "active": {"1"}})
		if p.Find(".errors").Length() != 1 || r.get(settings+"/vaki").status != http.StatusOK {
			t.Errorf("the last manager gave up the role: %d", p.status)
		}
		for _, id := range []string{"0", "abc", "999"} {
			if p := r.get(settings + "/vaki/" + id); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", id, p.status)
			}
		}
	})
}

func TestCalendarClosesAndNamesHolidays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.officer(office.Planner)
		p := r.get(settings + "/kalenteri")
		if holidays := p.Find("section[aria-labelledby='pyhat']").Text(); !strings.Contains(holidays, "itsenäisyyspäivä") || !strings.Contains(holidays, "6.12.2026") {
			t.Errorf("%s", holidays)
		}
		p = r.post(settings+"/kalenteri/suljettu", url.Values{"from": {"2026-12-21"}, "until": {"2027-01-03"}, "reason": {"Joululoma"}})
		if p.status != http.StatusOK || !strings.Contains(p.Find("table").Text(), "21.12.2026") {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		p = r.post(settings+"/kalenteri/suljettu", url.Values{"from": {"2026-12-21"}, "until": {"2026-12-01"}, "reason": {"Väärin päin"}})
		if p.status != http.StatusUnprocessableEntity || p.Find("#suljettu-until").AttrOr("aria-invalid", "") != "true" || p.Find("#suljettu-reason").AttrOr("value", "") != "Väärin päin" {
			t.Errorf("%d %s", p.status, p.Find(".errors").Text())
		}
		if p = r.post(p.Find("form[action$='/poista']").AttrOr("action", ""), nil); p.Find("form[action$='/poista']").Length() != 0 {
			t.Error("the closed time is still there")
		}
		away := url.Values{"officer": {s.officers[office.Planner].ID.String()}, "substitute": {s.officers[office.Manager].ID.String()}, "from": {"2026-11-23"}, "until": {"2026-11-27"}}
		if p = r.post(settings+"/kalenteri/sijaisuus", away); p.status != http.StatusOK {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		if on, ok, err := office.Duty(context.Background(), s.db, "kouvola", office.Today(s.clock)); err != nil || !ok || on.ID != s.officers[office.Manager].ID {
			t.Errorf("on duty: %s %v", on.Name, err)
		}
		away.Set("substitute", away.Get("officer"))
		if p = r.post(settings+"/kalenteri/sijaisuus", away); p.status != http.StatusUnprocessableEntity || p.Find("#sijaisuus-substitute").AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%d", p.status)
		}
	})
}

func TestTemplatesAreTheOfficesOwn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.officer(office.Planner)
		p := r.post(settings+"/mallit/uusi", url.Values{"language": {"fi"}, "for": {"more"}, "name": {"Kysy lisää"}, "body": {"Hei {name}\r\n\r\nKerro lisää."}})
		at := p.Find("table a").First().AttrOr("href", "")
		if p.status != http.StatusOK || at == "" {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		p = r.get(at)
		if strings.TrimPrefix(p.Find("#body").Text(), "\n") != "Hei {name}\n\nKerro lisää." || p.Find("#for option[selected]").AttrOr("value", "") != "more" {
			t.Errorf("%q", p.Find("#body").Text())
		}
		path, _, _ := strings.Cut(at, "?")
		if p = r.post(path, url.Values{"language": {"fi"}, "for": {"more"}, "name": {""}, "body": {"<b>"}}); p.status != http.StatusUnprocessableEntity || strings.TrimPrefix(p.Find("#body").Text(), "\n") != "<b>" {
			t.Errorf("%d", p.status)
		}
		if p = r.post(path+"/poista", url.Values{"language": {"fi"}}); p.Find("table").Length() != 0 {
			t.Error("the template is still there")
		}
		if p = r.post(path, url.Values{"language": {"fi"}, "for": {"more"}, "name": {"x"}, "body": {"y"}}); p.status != http.StatusNotFound {
			t.Errorf("a template that is gone came back: %d", p.status)
		}
	})
}

func TestMailSettingsHideThePasswordAndShowTheServersWords(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		server := smtptest.New(t, smtptest.SignedIn("kokko", "sala:sana/1", "PLAIN"))
		r := s.officer(office.Manager)
		at := settings + "/sahkoposti"
		line := func(password string) string {
			u := url.URL{Scheme: "smtp", User: url.UserPassword("kokko", password), Host: server.Addr(), RawQuery: url.Values{"ca": {server.CAFile()}}.Encode()}
			return u.String()
		}
		form := url.Values{"url": {line("sala:sana/1")}, "from": {"Kouvolan Kokko <kokko@kouvola.example>"}}
		p := r.post(at, form)
		if p.status != http.StatusOK {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		secrets := []string{"sala:sana", "sala%3Asana", url.QueryEscape("sala:sana/1"), url.UserPassword("", "sala:sana/1").String()[1:]}
		hides := func(p page) {
			t.Helper()
			for _, secret := range secrets {
				if strings.Contains(p.body, secret) {
					t.Errorf("%s shows the password as %q", p.path, secret)
				}
			}
		}
		hides(p)
		shown := r.get(at).Find("#url").AttrOr("value", "")
		if !strings.Contains(shown, "kokko:*****@") {
			t.Fatalf("shown as %q", shown)
		}
		kept := func() string {
			own, err := office.AllSettings(context.Background(), s.db, "kouvola")
			if err != nil {
				t.Fatal(err)
			}
			return own[office.MailURL]
		}
		before := kept()
		// Sent back as shown, the password stays; to another host it does not go.
		form.Set("url", shown)
		if p = r.post(at, form); p.status != http.StatusOK || kept() != before {
			t.Errorf("%d, kept %q", p.status, kept())
		}
		form.Set("url", strings.Replace(shown, server.Addr(), "paha.example:587", 1))
		if p = r.post(at, form); p.status != http.StatusUnprocessableEntity || kept() != before {
			t.Errorf("the password went to another host: %d", p.status)
		}
		hides(p)
		form.Set("url", "gopher://"+secrets[0])
		if p = r.post(at, form); p.status != http.StatusUnprocessableEntity || kept() != before {
			t.Errorf("%d", p.status)
		}

		p = r.post(at+"/koe", url.Values{"to": {"kaisa@kouvola.example"}})
		hides(p)
		if talk := p.Find("pre").Text(); p.status != http.StatusOK || p.Find(".note.good pre").Length() != 1 || !strings.Contains(talk, "← 220 mail.example") || len(server.Messages()) != 1 {
			t.Errorf("%d %q", p.status, talk)
		}
		form.Set("url", line("väärä"))
		r.post(at, form)
		p = r.post(at+"/koe", url.Values{"to": {"kaisa@kouvola.example"}})
		if talk := p.Find(".note.bad pre").Text(); !strings.Contains(talk, "← 535") {
			t.Errorf("the refusal is not shown: %q", talk)
		}
		// A key of the region's own, with the record to publish; changing it is asked twice.
		p = r.post(at+"/dkim", nil)
		record := p.Find("#dkim-arvo").Text()
		if p.Find("#dkim-nimi").Text() != "kokko._domainkey.kouvola.example" || !strings.HasPrefix(record, "v=DKIM1") || strings.Contains(p.body, "PRIVATE KEY") {
			t.Errorf("%q %q", p.Find("#dkim-nimi").Text(), record)
		}
		if p = r.post(at+"/dkim", nil); p.status != http.StatusUnprocessableEntity || p.Find("#dkim-arvo").Text() != record {
			t.Errorf("the key changed unasked: %d", p.status)
		}
		if p = r.post(at+"/dkim", url.Values{"confirm": {"1"}}); p.Find("#dkim-arvo").Text() == record {
			t.Error("the key did not change")
		}
		if p = r.post(at, url.Values{"url": {""}}); p.status != http.StatusOK || kept() != "" {
			t.Errorf("%d", p.status)
		}
	})
}

func TestPublishingAProgrammeChangesNothingOnAMistake(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.officer(office.Manager)
		at := settings + "/ohjelma"
		p := r.get(at + "?muokkaa=1")
		source, base := strings.TrimPrefix(p.Find("#source").Text(), "\n"), p.Find("input[name=base]").AttrOr("value", "")
		versions := func() int {
			all, err := programme.Versions(context.Background(), s.db, "kouvola", 100)
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		send := func(text, base string) page {
			return r.post(at, url.Values{"source": {strings.ReplaceAll(text, "\n", "\r\n")}, "base": {base}, "note": {"Nimi selkeämmäksi"}})
		}
		if p = send(source, base); p.status != http.StatusOK || versions() != 1 {
			t.Fatalf("the same text: %d, %d versions: %s", p.status, versions(), p.Find(".errors").Text())
		}
		for name, bad := range map[string]string{
			"a tab":          "\t" + source,
			"an unknown key": strings.Replace(source, "languages:", "kieliä:", 1),
			"hostile":        "a: &a [*a]\n",
			"empty":          " ",
			"another region": strings.Replace(source, "id: kouvola\n", "id: muualla\n", 2),
		} {
			p = send(bad, base)
			if p.status != http.StatusUnprocessableEntity && p.status != http.StatusRequestEntityTooLarge || versions() != 1 || p.Find(".errors li").Length() == 0 {
				t.Errorf("%s: %d, %d versions", name, p.status, versions())
			}
			if got := strings.ReplaceAll(p.Find("#source").Text(), "\r\n", "\n"); name == "an unknown key" && (!strings.Contains(got, "kieliä:") || !strings.Contains(p.Find(".errors").Text(), "Rivi ")) {
				t.Errorf("%s: the text or the line is lost: %s", name, p.Find(".errors").Text())
			}
		}
		changed := source + "# uusi rivi\n"
		if p = send(changed, base); p.status != http.StatusOK || versions() != 2 || !strings.Contains(p.Find("table").Text(), "Nimi selkeämmäksi") {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		// Somebody who began from the older version is told and keeps the text.
		if p = send(source+"# toinen rivi\n", base); p.status != http.StatusConflict || versions() != 2 || !strings.Contains(p.Find("#source").Text(), "toinen rivi") {
			t.Errorf("%d, %d versions", p.status, versions())
		}
	})
}

func TestAdoptingIsAskedAndShownAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.officer(office.Manager)
		at := settings + "/alue"
		if p := r.post(at, url.Values{"do": {"adopt"}}); p.status != http.StatusUnprocessableEntity || r.get("/toimisto").Find(".strip").Length() != 1 {
			t.Errorf("adopted unasked: %d", p.status)
		}
		if p := r.post(at, url.Values{"do": {"adopt"}, "confirm": {"1"}}); p.status != http.StatusOK || p.Find(".strip").Length() != 0 {
			t.Errorf("still an example: %d", p.status)
		}
		if p := r.post(at, url.Values{"do": {"back"}, "confirm": {"1"}}); p.Find(".strip").Length() != 1 {
			t.Error("not an example again")
		}
	})
}

func TestOnesOwnLanguage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.officer(office.Viewer)
		p := r.post(settings+"/itse", url.Values{"language": {"sv"}})
		if p.status != http.StatusOK || p.path != "/sv"+settings+"/itse" || p.Find("html").AttrOr("lang", "") != "sv" {
			t.Errorf("%d at %s", p.status, p.path)
		}
		o, err := office.ByID(context.Background(), s.db, "kouvola", s.officers[office.Viewer].ID)
		if err != nil || o.Language != "sv" || o.MondayMail || o.Role != office.Viewer {
			t.Errorf("%+v %v", o, err)
		}
		if p = r.post(settings+"/itse", url.Values{"language": {"xx"}, "role": {"manager"}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d", p.status)
		}
	})
}
