package browsertest_test

import (
	"bytes"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kokko/edge/web/browsertest"
)

const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; script-src 'self'"

// town is a small site with good and bad pages.
func town(t *testing.T) *httptest.Server {
	t.Helper()
	page := func(title, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", policy)
			_, _ = w.Write([]byte(`<!doctype html><html lang="fi"><head><meta charset="utf-8"><title>` + title +
				`</title><meta name="viewport" content="width=device-width, initial-scale=1">` +
				`<link rel="stylesheet" href="/style.css"><link rel="icon" href="/icon.png"></head><body><main>` + body + `</main></body></html>`))
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", page("Etusivu", `<h1>Kylä</h1><p id="scheme">vaalea</p><p id="noscript"><noscript>ilman skriptiä</noscript></p>
		<form method="post" action="/kipina"><label for="text">Kerro</label><textarea id="text" name="text"></textarea>
		<button type="submit">Lähetä</button></form><p><a href="/wide">Leveä</a></p><script src="/page.js"></script>`))
	mux.HandleFunc("POST /kipina", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "istunto", Value: "1", Path: "/", HttpOnly: true})
		w.WriteHeader(http.StatusCreated)
		page("Kiitos", `<h1>Kiitos</h1><p id="got">`+r.PostFormValue("text")+`</p>`)(w, r)
	})
	mux.Handle("GET /wide", page("Leveä", `<h1>Leveä</h1><p class="wide">taulukko</p>`))
	mux.Handle("GET /bad", page("Huono", `<h1>Huono</h1><img src="/icon.png"><input name="x"><p class="faint">tuskin näkyvä teksti</p>`))
	mux.Handle("GET /foreign", page("Vieras", `<h1>Vieras</h1><p>kutsuu muualle</p><script src="/call.js"></script>`))
	mux.HandleFunc("GET /language", func(w http.ResponseWriter, r *http.Request) {
		page("Kieli", `<h1>`+r.Header.Get("Accept-Language")+`</h1>`)(w, r)
	})
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = w.Write([]byte(`body { background: #fff; color: #111 } .wide { width: 600px } .faint { color: #eee }
			button { padding: 12px } @media (prefers-color-scheme: dark) { body { background: #111; color: #fff } a { color: #9cf } }`))
	})
	mux.HandleFunc("GET /page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(`document.getElementById('scheme').textContent = 'skripti toimii';`))
	})
	mux.HandleFunc("GET /call.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(`fetch('http://third.invalid/track').catch(() => 0); missingFunction();`))
	})
	mux.HandleFunc("GET /icon.png", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestBrowserDropsAForm(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"scripts": true, "no scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := town(t)
			page := browsertest.New(t).Page(browsertest.JavaScript(scripts))
			if got := page.Open(server.URL + "/"); got != http.StatusOK {
				t.Errorf("status = %d", got)
			}
			if got, want := page.Text("#scheme") == "skripti toimii", scripts; got != want {
				t.Errorf("the page's script ran: %v, want %v", got, want)
			}
			if got, want := page.Text("#noscript") == "ilman skriptiä", !scripts; got != want {
				t.Errorf("noscript shows: %v, want %v", got, want)
			}
			browsertest.Axe(t, page)
			page.Fill("#text", "Kylätalolle ääntä & valoa")
			if got := page.Value("#text"); got != "Kylätalolle ääntä & valoa" {
				t.Errorf("value = %q", got)
			}
			if got := page.Follow("button"); got != http.StatusCreated {
				t.Errorf("status after the form = %d", got)
			}
			if got := page.Text("#got"); got != "Kylätalolle ääntä & valoa" {
				t.Errorf("the server got %q", got)
			}
			cookies := page.Cookies()
			if len(cookies) != 1 || cookies[0].Name != "istunto" || !cookies[0].HTTPOnly {
				t.Errorf("cookies = %+v", cookies)
			}
			if foreign := page.Foreign(server.URL); len(foreign) > 0 {
				t.Errorf("requests to others: %v", foreign)
			}
			if !slices.Contains(page.Requests(), server.URL+"/style.css") {
				t.Errorf("the record lacks the style: %v", page.Requests())
			}
		})
	}
}

func TestBrowserPastesWhatIsTooLongToType(t *testing.T) {
	t.Parallel()
	server := town(t)
	page := browsertest.New(t).Page()
	page.Open(server.URL + "/")
	page.Fill("#text", "vanha")
	long := strings.Repeat("Kylä ", 2_000)
	page.Paste("#text", long)
	if got := page.Value("#text"); got != long {
		t.Errorf("the field holds %d bytes of %d", len(got), len(long))
	}
	page.Fill("#text", "")
	if got := page.Value("#text"); got != "" {
		t.Errorf("the field holds %q", got)
	}
}

func TestBrowserWindowsShareNothing(t *testing.T) {
	t.Parallel()
	server := town(t)
	resident, officer := browsertest.New(t).Page(), browsertest.New(t).Page()
	resident.Open(server.URL + "/")
	resident.Fill("#text", "kipinä")
	resident.Follow("button")
	officer.Open(server.URL + "/")
	if got := officer.Cookies(); len(got) > 0 {
		t.Errorf("the officer has the resident's cookies: %+v", got)
	}
}

func TestBrowserKeyboardAlone(t *testing.T) {
	t.Parallel()
	server := town(t)
	page := browsertest.New(t).Page()
	page.Open(server.URL + "/")
	if got := page.Focused().Tag; got != "body" {
		t.Errorf("focus at first on %s", got)
	}
	page.Tab(1)
	if got := page.Focused(); got.ID != "text" || got.Name != "text" {
		t.Errorf("focus = %+v", got)
	}
	page.Press("h", "e", "i")
	page.Tab(2)
	if got := page.Focused(); got.Tag != "a" || got.Text != "Leveä" {
		t.Errorf("focus = %+v", got)
	}
	page.Tab(-1)
	if got := page.FollowKeys(browsertest.Enter); got != http.StatusCreated {
		t.Errorf("status = %d", got)
	}
	if got := page.Text("#got"); got != "hei" {
		t.Errorf("the server got %q", got)
	}
}

func TestBrowserAxeFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	server := town(t)
	for name, scripts := range map[string]bool{"scripts": true, "no scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := browsertest.New(t).Page(browsertest.JavaScript(scripts))
			page.Open(server.URL + "/bad")
			var rules []string
			for _, violation := range page.Violations() {
				rules = append(rules, violation.Rule)
				if len(violation.Nodes) == 0 || !strings.Contains(violation.String(), violation.Nodes[0].Target) {
					t.Errorf("not told where: %s", violation)
				}
			}
			slices.Sort(rules)
			if want := []string{"color-contrast", "image-alt", "label"}; !slices.Equal(rules, want) {
				t.Errorf("rules = %v, want %v", rules, want)
			}
		})
	}
}

func TestBrowserSeesForeignRequestsAndErrors(t *testing.T) {
	t.Parallel()
	server := town(t)
	page := browsertest.New(t).Page()
	page.Open(server.URL + "/foreign")
	// The policy stops the fetch before it leaves, which the browser reports.
	said := strings.Join(page.Console(), "\n")
	if !strings.Contains(said, "third.invalid") || !strings.Contains(said, "missingFunction") {
		t.Errorf("the browser said only:\n%s", said)
	}
	page.Open("data:text/html,<img src='http://third.invalid/pixel.png'>")
	if got := page.Foreign(server.URL); !slices.Equal(got, []string{"http://third.invalid/pixel.png"}) {
		t.Errorf("foreign = %v", got)
	}
}

func TestBrowserViewports(t *testing.T) {
	t.Parallel()
	server := town(t)
	browser := browsertest.New(t)
	narrow := browser.Page(browsertest.Viewport(320, 640), browsertest.Dark(), browsertest.Language("sv"))
	narrow.Open(server.URL + "/wide")
	if narrow.Overflow() <= 0 {
		t.Error("a 600 px paragraph fits 320 px")
	}
	background := browsertest.Evaluate[string](narrow, "getComputedStyle(document.body).backgroundColor")
	if background != "rgb(17, 17, 17)" {
		t.Errorf("background in the dark = %s", background)
	}
	narrow.Open(server.URL + "/language")
	if got := narrow.Text("h1"); got != "sv" {
		t.Errorf("asked for language %q", got)
	}
	wide := browser.Page()
	wide.Open(server.URL + "/wide")
	if got := wide.Overflow(); got != 0 {
		t.Errorf("overflow = %d px of 1280", got)
	}
	path := filepath.Join(t.TempDir(), "new", "page.png")
	wide.Screenshot(path)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if got := picture.Bounds().Dx(); got != 1280 {
		t.Errorf("the picture is %d px wide", got)
	}
}
