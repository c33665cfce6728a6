package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/region/address"
)

// lettersTo are the letters to an address, the newest first.
func (s *site) lettersTo(email string) (all []mail.Posted) {
	s.t.Helper()
	list, err := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 200)
	if err != nil {
		s.t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(p mail.Posted) bool { return p.To != email })
}

// linkIn is the first link of a kind in a letter, as a path of the test's server.
func linkIn(t testing.TB, p mail.Posted, to string) string {
	t.Helper()
	m := regexp.MustCompile(`https://[^/\s]+(\S*` + to + `\S+)`).FindStringSubmatch(p.Text)
	if m == nil {
		t.Fatalf("no link to %s in %q", to, p.Text)
	}
	return m[1]
}

func TestAnAddressIsConfirmedAndItsPageOpens(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const email = "maija@posti.example"
		r := s.visitor()
		if p := r.post("/minun", url.Values{"email": {"maija"}}); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.body, `value="maija"`) {
			t.Errorf("%d", p.status)
		}
		asked := r.post("/sv/minun", url.Values{"email": {"Maija@Posti.Example"}})
		if asked.status != http.StatusOK || !strings.HasPrefix(asked.path, "/sv/vahvista/") || !strings.Contains(asked.body, `name="code"`) {
			t.Fatalf("%d at %s", asked.status, asked.path)
		}
		letters := s.lettersTo(email)
		if len(letters) != 1 || letters[0].Language != "sv" || letters[0].Purpose != "address.confirm" {
			t.Fatalf("%+v", letters)
		}
		link := linkIn(t, letters[0], "/vahvista/")
		other := s.visitor()
		for range 2 { // a mail scanner looks, and nothing happens
			if p := other.get(link); p.status != http.StatusOK || strings.Contains(p.body, `name="code"`) || len(other.http.Jar.Cookies(mustURL(s.url))) > 0 {
				t.Errorf("%d", p.status)
			}
		}
		p := r.post(asked.path, url.Values{"code": {"12"}})
		if p.status != http.StatusUnprocessableEntity || len(r.http.Jar.Cookies(mustURL(s.url))) > 0 {
			t.Errorf("a wrong code: %d", p.status)
		}
		code := regexp.MustCompile(`\d{3}[ \x{a0}]\d{3}`).FindString(letters[0].Text)
		p = r.post(asked.path, url.Values{"code": {code}})
		if p.status != http.StatusOK || !strings.HasPrefix(p.path, "/sv/minun/") || !strings.Contains(p.body, email) {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		own := strings.TrimPrefix(p.path, "/sv")
		// Remembered: the page opens without the link, and nothing of the office does.
		if p := r.get("/minun"); p.path != own {
			t.Errorf("at %s", p.path)
		}
		if p := r.get("/toimisto"); !strings.HasSuffix(p.path, "/kirjaudu") {
			t.Errorf("the office opens: %s", p.path)
		}
		if p := other.post(link, nil); p.status != http.StatusGone {
			t.Errorf("the link after its code: %d", p.status)
		}
		var data struct {
			Format  string
			Address struct{ Email, Language string }
		}
		if err := json.Unmarshal([]byte(r.get(own+"/tiedot").body), &data); err != nil || data.Format != "kokko-address-data-1" || data.Address.Email != email || data.Address.Language != "sv" {
			t.Errorf("%v %+v", err, data)
		}
		if p := r.post(own+"/kieli", url.Values{"language": {"en"}}); p.status != http.StatusOK {
			t.Errorf("%d", p.status)
		}
		if p := r.post(own+"/kieli", url.Values{"language": {"xx"}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d", p.status)
		}
		if p := r.post(own+"/unohda", nil); p.status != http.StatusOK || r.get("/minun").path != "/minun" {
			t.Error("still remembered")
		}
		renewed := r.post(own+"/uusi-linkki", nil)
		if renewed.status != http.StatusOK || renewed.path == own || r.get(own).status != http.StatusGone {
			t.Errorf("%d at %s", renewed.status, renewed.path)
		}
		own = renewed.path
		if p := r.post(own+"/poisto", nil); p.path != own {
			t.Errorf("erased without being sure: %s", p.path)
		}
		if p := r.post(own+"/poisto", url.Values{"confirm": {"1"}}); p.path != "/minun/poistettu" {
			t.Errorf("at %s", p.path)
		}
		if found := s.traces(email); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
	})
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// The cookie is the strictly necessary one the privacy page tells of.
func TestTheCookieOfAConfirmedAddress(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		l := s.asking("maija@posti.example", address.Then{Kind: "page"})
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.PostForm(s.url+"/vahvista/"+l.Secret, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		all := res.Cookies()
		if len(all) != 1 || all[0].Name != "kokko_oma_kouvola" || !all[0].HttpOnly || all[0].SameSite != http.SameSiteLaxMode || all[0].MaxAge != int(address.Remembered/time.Second) || all[0].Path != "/" {
			t.Errorf("%+v", all)
		}
		if p := s.visitor().get("/tietosuoja"); !strings.Contains(p.body, "kokko_oma_kouvola") {
			t.Error("the privacy page does not tell of it")
		}
	})
}

// Flooding: the page tells who sends too much, keeps what was typed, and the mailbox
// gets its few letters.
func TestConfirmationsCannotFlood(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		slowed := 0
		for i := range 12 {
			r := s.visitor()
			r.from = "203.0.113." + string(rune('1'+i%3))
			p := r.post("/minun", url.Values{"email": {"uhri@posti.example"}})
			switch p.status {
			case http.StatusTooManyRequests:
				slowed++
				if !strings.Contains(p.body, "uhri@posti.example") {
					t.Error("what was typed is lost")
				}
			case http.StatusOK:
			default:
				t.Errorf("%d", p.status)
			}
		}
		if n := len(s.lettersTo("uhri@posti.example")); n != address.LettersADay || slowed == 0 {
			t.Errorf("%d letters, %d slowed", n, slowed)
		}
		for _, email := range []string{"a@b.example\r\nBcc: c@d.example", "a@b.example%0d%0aBcc: c@d.example"} {
			r := s.visitor()
			r.from = "198.51.100.7"
			if p := r.post("/minun", url.Values{"email": {email}}); p.status != http.StatusUnprocessableEntity {
				t.Errorf("%q: %d", email, p.status)
			}
		}
		// Nor are links guessed fast.
		r, last := s.visitor(), 0
		r.from = "198.51.101.7"
		for range 40 {
			last = r.get("/minun/" + ident.Secret()).status
		}
		if last != http.StatusTooManyRequests {
			t.Errorf("the fortieth guess: %d", last)
		}
	})
}
