package web_test

import (
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"kokko/edge/web/browsertest"
	"kokko/ground/i18n"
	"kokko/journey/spark"
	"kokko/programmes"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/trust"
)

// shore is one of the regions of a stage, as its people reach it.
type shore struct {
	*stage
	id      string
	root    string // of its addresses, in the stage's language
	chief   office.Officer
	edition programme.Edition
}

// shores puts the archipelago beside Kouvola, taken into use, at a host of its own
// or under the same by its path.
func (s *stage) shores(t testing.TB, host string) (home, there *shore) {
	t.Helper()
	ctx := t.Context()
	source, err := fs.ReadFile(programmes.Files(), programmes.Example)
	must(t, err)
	e, err := s.parts.Programmes.Publish(ctx, programmes.Example, source, "", "", nil)
	must(t, err)
	must(t, s.parts.Programmes.Adopt(ctx, e.Region.ID, true))
	chief, err := office.ByEmail(ctx, s.db, e.Region.ID, "chief@saga.example")
	if err != nil {
		chief, err = s.parts.Office.Hire(ctx, office.Officer{Region: e.Region.ID, Email: "chief@saga.example", Name: "Maj Exempel", Title: "ombud", Phone: "020 615 9999", Role: office.Manager, Language: string(s.lang)})
		must(t, err)
	}
	must(t, s.parts.Office.Set(ctx, e.Region.ID, trust.Rules{Hold: trust.HoldNone}.Settings())) // a test fills a form in quicker than anybody
	where, err := s.parts.Programmes.Move(ctx, e.Region.ID, "sagoskargarden", host, s.url)
	must(t, err)
	s.clock.jump(10 * time.Second) // the regions are looked at again every five
	return &shore{s, "kouvola", where.To(s.edition.Programme, s.lang, ""), s.manager, s.edition}, &shore{s, e.Region.ID, where.To(e.Programme, s.lang, ""), chief, e}
}

// drop has a resident drop a spark on the region's own front page.
func (r *shore) drop(t testing.TB, p *browsertest.Page, text, email string) (code string) {
	t.Helper()
	if got := p.Open(r.root + "/"); got != http.StatusOK {
		t.Fatalf("%s/ gave %d", r.root, got)
	}
	r.axe(t, p)
	p.Paste("#text", text)
	follows(t, p, toForm, http.StatusOK)
	p.Click("input[name=visibility][value=public]")
	p.Click(reachOpens)
	p.Fill("#email", email)
	follows(t, p, send, http.StatusOK)
	shows(t, p, "main", email)
	if link := p.Text("#own-link"); !strings.HasPrefix(link, r.root+"/oma/") {
		t.Errorf("the private link is %q, not under %s", link, r.root)
	}
	return p.Text(".receipt .code")
}

// axe looks at the pages of the archipelago; Kouvola's are looked at elsewhere.
func (r *shore) axe(t testing.TB, p *browsertest.Page) {
	if r.id != "kouvola" {
		browsertest.Axe(t, p)
	}
}

// signIn lets the region's chief in, in a browser that may be signed in elsewhere.
func (r *shore) signIn(t testing.TB, p *browsertest.Page) {
	t.Helper()
	r.clock.jump(11 * time.Minute) // six links an hour
	secret, err := r.parts.Sessions.Print(t.Context(), r.chief)
	must(t, err)
	p.Open(r.root + "/kirjaudu/" + secret)
	p.Follow("main form button")
	if got := p.URL(); got != r.root+"/toimisto" {
		t.Fatalf("signed in to %s", got)
	}
}

// TestBrowserTwoRegionsSideBySide: a resident in each drops a spark, the two
// offices answer theirs, in one browser that is signed in to both, and neither
// sees or opens anything of the other's; then the one moves, and what was sent
// before still leads to it.
func TestBrowserTwoRegionsSideBySide(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		host := ""
		if !scripts {
			host = "saga.localhost"
		}
		home, there := s.shores(t, host)
		words := map[*shore]string{home: said(s.lang).title + fmt.Sprintf(" Kymi %v.", scripts), there: said(i18n.Swedish).text + fmt.Sprintf(" Saga %v.", scripts)}
		mail := map[*shore]string{home: fmt.Sprintf("koti-%v@posti.example", scripts), there: fmt.Sprintf("saari-%v@posti.example", scripts)}
		both := []*shore{home, there}
		resident, code := map[*shore]*browsertest.Page{}, map[*shore]string{}
		for _, r := range both {
			resident[r] = s.phone(t, scripts)
			code[r] = r.drop(t, resident[r], words[r], mail[r])
		}
		for i, r := range both {
			other := both[1-i]
			receipt := s.letter(t, mail[r], code[r])
			if !strings.Contains(receipt.Text, r.root+"/oma/") || strings.Contains(receipt.Text, other.root+"/oma/") {
				t.Errorf("the receipt leads elsewhere than to %s:\n%s", r.root, receipt.Text)
			}
			stranger := s.phone(t, scripts)
			stranger.Open(r.root + "/kipinat")
			r.axe(t, stranger)
			if !stranger.Has("a[href*='"+code[r]+"']") || stranger.Has("a[href*='"+code[other]+"']") {
				t.Errorf("%s does not list its own spark, or one of %s", r.id, other.id)
			}
			if got := stranger.Open(r.root + "/kipina/" + code[other]); got != http.StatusNotFound {
				t.Errorf("%s shows a spark of %s: %d", r.id, other.id, got)
			}
			if len(stranger.Cookies()) > 0 || len(stranger.Foreign(origin(r.root))) > 0 {
				t.Errorf("%v, %v", stranger.Cookies(), stranger.Foreign(origin(r.root)))
			}
		}

		desk := s.desk(t, scripts)
		home.signIn(t, desk)
		desk.Open(there.root + "/toimisto")
		if got := desk.URL(); !strings.HasPrefix(got, there.root+"/kirjaudu") {
			t.Fatalf("signed in to the one, the other's office is open: %s", got)
		}
		there.signIn(t, desk)
		answered := map[*shore]string{}
		for i, r := range both {
			other := both[1-i]
			desk.Open(r.root + "/toimisto")
			r.axe(t, desk)
			if !desk.Has("a[href*='"+code[r]+"']") || desk.Has("a[href*='"+code[other]+"']") {
				t.Errorf("the office of %s does not see its own spark, or one of %s", r.id, other.id)
			}
			if got := desk.Open(r.root + "/toimisto/kipina/" + code[other]); got != http.StatusNotFound {
				t.Errorf("the office of %s opens a spark of %s: %d", r.id, other.id, got)
			}
			desk.Open(r.root + "/toimisto/kipina/" + code[r])
			desk.Paste("#vastaa-words", "Vi hörs om "+r.id+".")
			follows(t, desk, answer, http.StatusOK)
			letter := s.letter(t, mail[r], code[r], "Vi hörs om "+r.id)
			for _, link := range letter.Links() {
				if strings.Contains(link, "/oma/") {
					answered[r] = link
				}
			}
			resident[r].Open(answered[r])
			shows(t, resident[r], ".story", "Vi hörs om "+r.id)
		}
		paths := map[string]string{}
		for _, r := range both {
			desk.Open(r.root + "/toimisto")
			for _, c := range desk.Cookies() {
				paths[c.Name] = c.Path
			}
		}
		want := map[string]string{"kokko_kouvola": "/kouvola/", "kokko_" + there.id: "/sagoskargarden/"}
		if host != "" {
			want = map[string]string{"kokko_kouvola": "/", "kokko_" + there.id: "/"}
		}
		if !maps.Equal(paths, want) {
			t.Errorf("cookies %v, want %v", paths, want)
		}

		// The archipelago moves, by its own page; its chief stays signed in there, and
		// a link from before leads to where it is now.
		desk.Open(there.root + "/toimisto/asetukset/alue")
		desk.Fill("#slug", "ohjelma")
		follows(t, desk, "form[action$='/alue/osoite'] .button", refused)
		browsertest.Axe(t, desk)
		desk.Fill("#slug", "saga")
		follows(t, desk, "form[action$='/alue/osoite'] .button", http.StatusOK)
		shows(t, desk, "main [role=status]", s.T("settings.address.moved"))
		resident[there].Open(answered[there])
		shows(t, resident[there], ".story", "Vi hörs om "+there.id)
		if host == "" && !strings.Contains(resident[there].URL(), "/saga/") {
			t.Errorf("the old link led to %s", resident[there].URL())
		}
		found, err := spark.ByCode(t.Context(), s.db, there.id, code[there])
		must(t, err)
		if found.Region != there.id {
			t.Errorf("the spark is of %s", found.Region)
		}
		for _, p := range []*browsertest.Page{resident[home], resident[there], desk} {
			for _, line := range p.Console() {
				if !strings.Contains(line, "the server responded with a status of 4") {
					t.Errorf("the browser said: %s", line)
				}
			}
		}
	})
}

// origin is the scheme and host of an address.
func origin(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}
