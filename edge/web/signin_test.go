package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kokko/ground/i18n"
	"kokko/ground/mail"
	"kokko/region/office"
)

var signinLink = regexp.MustCompile(`/(?:sv/|en/)?kirjaudu/[0-9A-Za-z-]+(?:\?\S+)?`)

// letter is the newest letter of the outbox.
func (s *site) letterOf() mail.Posted {
	s.t.Helper()
	all, err := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 1)
	if err != nil || len(all) == 0 {
		s.t.Fatalf("no letter: %v", err)
	}
	return all[0]
}

func TestSignInByMail(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		// An office page leads to sign-in and back.
		p := r.get("/toimisto/kipinat")
		if p.path != "/kirjaudu" || p.Find("h1").Length() != 1 {
			t.Fatalf("landed on %s", p.path)
		}
		next, _ := p.Find("input[name=jatka]").Attr("value")
		p = r.post("/kirjaudu", url.Values{"email": {" Planner@Kouvola.example "}, "jatka": {next}})
		if p.status != http.StatusOK {
			t.Fatalf("%d", p.status)
		}
		unknown := s.visitor().post("/kirjaudu", url.Values{"email": {"kuka@muualla.example"}})
		same := func(p page) string {
			return strings.NewReplacer("planner@kouvola.example", "X", "kuka@muualla.example", "X").Replace(p.Find("main").Text())
		}
		if unknown.status != p.status || same(unknown) != same(p) {
			t.Error("the answer tells whether an address is known")
		}
		if all, _ := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 10); len(all) != 1 {
			t.Fatalf("%d letters", len(all))
		}
		link := signinLink.FindString(s.letterOf().Text)
		// Opening the link, as a mail scanner does, uses nothing up.
		for range 3 {
			if p = s.visitor().get(link); p.status != http.StatusOK || !strings.Contains(p.Find("h1").Text(), "Kaisa Esimerkki") {
				t.Fatalf("%d %s", p.status, p.Find("h1").Text())
			}
		}
		next, _ = p.Find("input[name=jatka]").Attr("value")
		action, _ := p.Find("main form").Attr("action")
		p = r.post(action, url.Values{"jatka": {next}})
		if p.status != http.StatusOK || p.path != "/toimisto/kipinat" {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		// Once.
		if p := s.visitor().post(action, nil); p.status != http.StatusGone || p.Find("main a.button").Length() != 1 {
			t.Errorf("a used link gave %d", p.status)
		}
		// And out.
		if p := r.post("/ulos", nil); p.path != "/" {
			t.Errorf("landed on %s", p.path)
		}
		if p := r.get("/toimisto"); p.path != "/kirjaudu" {
			t.Errorf("still in: %s", p.path)
		}
	})
}

func TestSignInRenewsTheSession(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		planted := &http.Cookie{Name: "kokko_kouvola", Value: "planted", Path: "/"}
		r.http.Jar.SetCookies(nil, []*http.Cookie{planted})
		secret, err := s.parts.Sessions.Print(context.Background(), s.officers[office.Planner])
		if err != nil {
			t.Fatal(err)
		}
		r.post("/kirjaudu/"+secret, nil)
		for _, c := range r.http.Jar.Cookies(nil) {
			if c.Name == planted.Name && c.Value == planted.Value {
				t.Error("the planted token was taken into use")
			}
		}
		thief := s.visitor()
		thief.http.Jar.SetCookies(nil, []*http.Cookie{planted})
		if p := thief.get("/toimisto"); p.path != "/kirjaudu" {
			t.Errorf("the planted token opens %s", p.path)
		}
	})
}

func TestSignInLeadsOnlyToThisSitesOffice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for _, bad := range []string{"https://paha.example/", "//paha.example/toimisto", `/\paha.example`, "/toimisto/../oma/x", "/ulos", "javascript:alert(1)", "/toimisto\r\nX: y", "/toimistovieras", "/toimisto//paha.example", "http:/toimisto"} {
			p := s.visitor().get("/kirjaudu/ei-ole?" + url.Values{"jatka": {bad}}.Encode())
			if p.status != http.StatusGone {
				t.Errorf("%q: %d", bad, p.status)
			}
			secret, err := s.parts.Sessions.Print(context.Background(), s.officers[office.Manager])
			if err != nil {
				s.clock.Advance(2 * time.Hour) // six links an hour
				if secret, err = s.parts.Sessions.Print(context.Background(), s.officers[office.Manager]); err != nil {
					t.Fatal(err)
				}
			}
			if p := s.visitor().post("/kirjaudu/"+secret, url.Values{"jatka": {bad}}); p.path != "/toimisto" {
				t.Errorf("%q led to %s", bad, p.path)
			}
			s.clock.Advance(2 * time.Minute)
		}
	})
}

func TestSignInSpeaksThreeLanguagesAndKeepsWhatIsTyped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for _, l := range i18n.Languages() {
			at := "/" + string(l)
			if l == i18n.Finnish {
				at = ""
			}
			for _, path := range []string{"/kirjaudu", "/kirjaudu/AAAA"} {
				if p := s.visitor().get(at + path); p.Find("h1").Length() != 1 || p.Find("html").AttrOr("lang", "") != string(l) {
					t.Errorf("%s%s: %s", at, path, p.Find("h1").Text())
				}
			}
			p := s.visitor().post(at+"/kirjaudu", url.Values{"email": {"ei<b>osoite"}})
			if p.status != http.StatusUnprocessableEntity || p.Find("#email").AttrOr("value", "") != "ei<b>osoite" || p.Find("#email").AttrOr("aria-invalid", "") != "true" {
				t.Errorf("%s: %d, %q", l, p.status, p.Find("#email").AttrOr("value", ""))
			}
		}
	})
}

func TestAskingForManyLinksIsSlowedAndTellsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		form := url.Values{"email": {"viewer@kouvola.example"}}
		for i := range 8 { // over the address's six an hour, under the sender's six a minute
			if p := s.visitor().post("/kirjaudu", form); p.status != http.StatusOK {
				t.Fatalf("try %d: %d", i, p.status)
			}
			s.clock.Advance(time.Minute)
		}
		if all, _ := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 20); len(all) != 6 {
			t.Errorf("%d letters", len(all))
		}
		s.clock.Advance(time.Hour)
		last := 0
		for range 7 {
			last = s.visitor().post("/kirjaudu", form).status
		}
		if last != http.StatusTooManyRequests {
			t.Errorf("the seventh in a minute gave %d", last)
		}
	})
}
