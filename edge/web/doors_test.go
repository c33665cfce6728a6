package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/edge/web"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/follow"
	"kokko/journey/share"
	"kokko/journey/spark"
)

// doors are addresses that anybody reaches with whatever they like in them: a feed, a
// shared link, a link to stop by or to confirm with. % is where that goes.
func doors(code string) []string {
	return []string{
		"/syotteet/%", "/syotteet/%.atom", "/syotteet/%.json", "/syotteet/teema/%", "/syotteet/%/kaikki.atom", "/syotteet/paikka/%.json", "/syotteet/kysymys/%.atom", "/syotteet/kipina/%.json", "/syotteet/kaikki.atom?sivu=%&ennen=%",
		"/k/%", "/jako/%", "/jako/%/poisto", "/kipina/%/tarina", "/kipina/%/kuva.png", "/kipina/%/qr.svg", "/kipina/%/juliste", "/kipina/%/kerro", "/kipina/" + code + "/qr.svg?linkki=%", "/kipina/" + code + "/juliste?linkki=%",
		"/kipina/" + code + "/kerro?kautta=%", "/kipina/" + code + "/kuva.png?v=%", "/lopeta/%", "/minun/%", "/minun/%/tiedot", "/minun/%/lopeta", "/minun/%/poisto", "/vahvista/%", "/seuraa?kohde=%", "/oma/%", "/kortti/qr.svg?paikka=%&laji=%&teema=%&tapahtuma=%&kieli=%",
		"/vastattu?viikko=%&sivu=%",
	}
}

// mark stands in every hostile word that could be taken for a page's own.
const mark = `<script>alert("x")</script>`

func hostileWords() []string {
	return []string{
		mark, `"><svg onload=x>` + mark, "\x00", "\xff\xfe\x80", "\u202e\u2066käännetty", "..", "../../etc/passwd", "/", "//evil.example", "\\", ";", "?", "#", "%", "%00", "' OR 1=1 --", "1; DROP TABLE sparks",
		"x\r\nSet-Cookie: a=b\r\n\r\n" + mark, "{{.}}", "${jndi:ldap://x}", "9223372036854775808", "-1", "0", "1e9", "NaN", "2026-W99", "0000-W00", "9999-W53", "-999999999-W01", "kaikki", "kaikki.", ".atom", ".json", ".", "AAAA-AAAA",
		strings.Repeat("A", 26), strings.Repeat("ä", 3000), strings.Repeat("%", 900), strings.Repeat("../", 900), "a.b.c", "1.daily.", strings.Repeat(".", 400), "😀", "e\u0301", "\u2028",
	}
}

// answersAs holds an answer to what every answer is held to, whatever was asked.
func answersAs(method, path string, res *http.Response, body []byte) error {
	switch {
	case res.StatusCode >= 500:
		return fmt.Errorf("%s %.200s: %d", method, path, res.StatusCode)
	case method == http.MethodHead && len(body) > 0:
		return fmt.Errorf("HEAD %.200s: %d bytes", path, len(body))
	case bytes.Contains(body, []byte(mark)):
		return fmt.Errorf("%s %.200s: what was sent is in the page as it was", method, path)
	case res.Header.Get("Set-Cookie") == "a=b" || strings.ContainsAny(res.Header.Get("Location"), "\r\n"):
		return fmt.Errorf("%s %.200s: a header of the sender's own", method, path)
	case res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Content-Security-Policy") == "":
		return fmt.Errorf("%s %.200s: %d without the headers of every page", method, path, res.StatusCode)
	}
	if to := res.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\")) {
		return fmt.Errorf("%s %.200s: leads out to %.100q", method, path, to)
	}
	return nil
}

// knock asks once, from an address of its own, so that no limit is in the way.
type knock struct {
	server http.Handler
	n      int
}

func (k *knock) ask(method, path string, body io.Reader, headers ...string) (*http.Response, []byte) {
	k.n++
	req := httptest.NewRequest(method, "http://kokko.example/", body)
	at, query, _ := strings.Cut(path, "?")
	req.URL = &url.URL{Path: at, RawQuery: query}
	if raw, err := url.PathUnescape(at); err == nil {
		req.URL.Path, req.URL.RawPath = raw, at
	}
	req.RequestURI = path
	req.RemoteAddr = "127.0.0.1:999"
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", k.n>>8&255, k.n&255))
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	k.server.ServeHTTP(w, req)
	res := w.Result()
	return res, w.Body.Bytes()
}

// TestHostileWordsOpenNoDoor: whatever stands in an address, by whatever method and
// with whatever is said to be wanted, there is a page that says so, nothing is
// changed, and nothing of it comes back as it was.
func TestHostileWordsOpenNoDoor(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	sp := s.drop(spark.Draft{Text: "Laituri kuntoon.", Language: "fi", Visibility: spark.Public}).Spark
	link, person := s.shares(sp, ""), s.person("seuraaja@posti.example")
	stop := s.stopToken(person.Address.ID, "daily")
	k := &knock{server: web.New(s.parts)}
	before := s.rowsOf("kouvola")
	methods := []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodTrace, "KIPINA", "get"}
	form := func(method string) (io.Reader, []string) {
		if method != http.MethodPost {
			return nil, nil
		}
		return strings.NewReader("askel=interested&askel=" + url.QueryEscape(mark)), []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}
	}
	for _, d := range doors(sp.Code) {
		for i, word := range hostileWords() {
			path := strings.ReplaceAll(d, "%", url.PathEscape(word))
			if at, query, ok := strings.Cut(d, "?"); ok {
				path = at + "?" + strings.ReplaceAll(query, "%", url.QueryEscape(word))
			}
			// Every word by the usual ways, the odd ones in turn.
			for _, method := range append(methods[:3:3], methods[3+i%(len(methods)-3)]) {
				body, headers := form(method)
				res, out := k.ask(method, path, body, headers...)
				if err := answersAs(method, path, res, out); err != nil {
					t.Error(err)
				}
				if method != http.MethodGet && method != http.MethodHead && method != http.MethodPost && res.StatusCode < 400 {
					t.Errorf("%s %.200s: %d", method, path, res.StatusCode)
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d, word := rapid.SampledFrom(doors(sp.Code)).Draw(t, "door"), rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.Map(rapid.SliceOfN(rapid.SampledFrom(append(hostileWords()[:38:38], link.Token, stop, sp.Code)), 1, 4), func(all []string) string { return strings.Join(all, "") })).Draw(t, "word")
		path := strings.ReplaceAll(d, "%", url.QueryEscape(word))
		if word == link.Token || word == stop || word == sp.Code { // what is right opens
			return
		}
		method := rapid.SampledFrom(methods[:3]).Draw(t, "method")
		body, headers := form(method)
		res, out := k.ask(method, path, body, headers...)
		if err := answersAs(method, path, res, out); err != nil {
			t.Fatal(err)
		}
	})
	if diff := cmp.Diff(before, s.rowsOf("kouvola")); diff != "" {
		t.Errorf("something was changed:\n%s", diff)
	}
	// And what is right opens still.
	for path, want := range map[string]int{"/k/" + link.Token: 200, "/lopeta/" + url.PathEscape(stop): 200, "/syotteet/kaikki.atom": 200, "/kipina/" + sp.Code + "/tarina": 200} {
		if res, _ := k.ask(http.MethodGet, path, nil); res.StatusCode != want {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// TestFeedsAndLinksAreReadByWhateverAsks: programs that read feeds ask in many ways,
// and some that look at links before a person does must not use them up.
func TestFeedsAndLinksAreReadByWhateverAsks(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	sp := s.drop(spark.Draft{Text: "Laituri kuntoon.", Language: "fi", Visibility: spark.Public}).Spark
	link, person := s.shares(sp, ""), s.person("seuraaja@posti.example")
	must(t, s.db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return follow.Put(ctx, tx, "kouvola", follow.Follow{Address: person.Address.ID, Target: follow.Target{Kind: follow.Everything}, Pace: follow.Daily, Volume: follow.Loud}, s.clock.Now())
	}))
	stop := url.PathEscape(s.stopToken(person.Address.ID, "daily"))
	k := &knock{server: web.New(s.parts)}
	before := s.rowsOf("kouvola")
	paths := []string{"/syotteet/kaikki.atom", "/syotteet/kaikki.json", "/syotteet/kipina/" + sp.Code + ".atom", "/k/" + link.Token, "/lopeta/" + stop, "/kipina/" + sp.Code + "/tarina", "/kipina/" + sp.Code + "/kuva.png", "/kipina/" + sp.Code + "/qr.svg", "/vastattu"}
	for _, path := range paths {
		whole, body := k.ask(http.MethodGet, path, nil)
		if whole.StatusCode != http.StatusOK || len(body) == 0 {
			t.Errorf("%s: %d with %d bytes", path, whole.StatusCode, len(body))
		}
		head, none := k.ask(http.MethodHead, path, nil)
		if head.StatusCode != http.StatusOK || len(none) > 0 || head.Header.Get("Content-Type") != whole.Header.Get("Content-Type") || head.Header.Get("ETag") != whole.Header.Get("ETag") {
			t.Errorf("HEAD %s: %d with %d bytes, %v", path, head.StatusCode, len(none), head.Header)
		}
		for _, accept := range []string{"application/json", "text/turtle;q=1", "*/*;q=0", "", "\x01,,,;", strings.Repeat("text/html,", 5000)} {
			if res, got := k.ask(http.MethodGet, path, nil, "Accept", accept, "Accept-Language", strings.Repeat("xx,", 2000), "Accept-Encoding", "br;q=1, gzip;q=0", "If-Modified-Since", "eilen", "Range", "bytes=5-1,-,9-"); res.StatusCode != http.StatusOK || !bytes.Equal(got, body) {
				t.Errorf("%s with Accept %.20q: %d with %d bytes of %d", path, accept, res.StatusCode, len(got), len(body))
			}
		}
		if res, _ := k.ask(http.MethodGet, path, nil, "If-None-Match", strings.Repeat(`"x", `, 20_000)+`W/"`); res.StatusCode != http.StatusOK {
			t.Errorf("%s with a long list of tags: %d", path, res.StatusCode)
		}
		// A giant question costs a page, and no page is kept for each of them.
		for _, query := range []string{strings.Repeat("a", 500_000), strings.Repeat("a=1&", 100_000), strings.Repeat("sivu=%ff&", 5_000), "%zz", ";;;", strings.Repeat("[]", 50_000)} {
			res, got := k.ask(http.MethodGet, path+"?"+query, nil)
			if long := len(query) > 16<<10; res.StatusCode >= 500 || long != (res.StatusCode == http.StatusRequestURITooLong) || len(got) > len(body)+64<<10 {
				t.Errorf("%s and %.10q…: %d with %d bytes", path, query, res.StatusCode, len(got))
			}
		}
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
			res, _ := k.ask(method, path, strings.NewReader("x"))
			if res.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(res.Header.Get("Allow"), "GET") {
				t.Errorf("%s %s: %d, Allow %q", method, path, res.StatusCode, res.Header.Get("Allow"))
			}
		}
	}
	if diff := cmp.Diff(before, s.rowsOf("kouvola")); diff != "" {
		t.Errorf("looking changed something:\n%s", diff)
	}
	for _, path := range paths {
		// A form of another site's making, a giant one, and one that is none.
		for _, c := range [][]string{
			{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site"},
			{"Content-Type", "text/plain", "Origin", "https://evil.example"},
		} {
			if res, _ := k.ask(http.MethodPost, path, strings.NewReader("List-Unsubscribe=One-Click"), c...); !strings.HasPrefix(path, "/lopeta/") && res.StatusCode < 400 {
				t.Errorf("POST %s from elsewhere: %d", path, res.StatusCode)
			}
		}
		for _, body := range []string{strings.Repeat("a=b&", 400_000), strings.Repeat("x", 2<<20), "%%%", "--x\r\n"} {
			for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "application/json", ";"} {
				if res, _ := k.ask(http.MethodPost, path, strings.NewReader(body), "Content-Type", kind, "Sec-Fetch-Site", "same-origin"); res.StatusCode >= 500 {
					t.Errorf("POST %s of %d bytes as %s: %d", path, len(body), kind, res.StatusCode)
				}
			}
		}
	}
	after := s.rowsOf("kouvola")
	// One click of a letter's own button does stop, whatever else comes with it.
	if after["follows"] != nil {
		t.Errorf("one click does not stop: %v", after["follows"])
	}
	for _, all := range []map[string][]string{before, after} {
		delete(all, "follows")
		delete(all, "share_steps") // a form with the button of its page is one that reads on
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("forms changed something:\n%s", diff)
	}
	if n, err := share.Counts(t.Context(), s.db, "kouvola", link.ID); err != nil || n[share.Step("interested")] != 0 {
		t.Errorf("steps nobody took: %v %v", n, err)
	}
}
