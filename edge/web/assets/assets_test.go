package assets_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"
	"pgregory.net/rapid"

	"kokko/edge/web/assets"
	"kokko/ground/fault"
)

const css = "a{color:red}"

func built() fstest.MapFS {
	return fstest.MapFS{
		"manifest.json":            {Data: []byte(`{"kokko.css":"kokko.0a1b2c3d.css","text.woff2":"text.99887766.woff2"}`)},
		"placeholder.txt":          {Data: []byte("keep")},
		"kokko.0a1b2c3d.css":       {Data: []byte(css)},
		"kokko.0a1b2c3d.css.br":    {Data: []byte("BR")},
		"kokko.0a1b2c3d.css.gz":    {Data: []byte("GZ")},
		"text.99887766.woff2":      {Data: []byte("wOF2")},
		"secret.of.the.folder.txt": {Data: []byte("not in the manifest")},
	}
}

func open(t *testing.T) *assets.Assets {
	t.Helper()
	a, err := assets.From(built())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ask(a http.Handler, method, url string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, url, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w.Result()
}

func TestURLCarriesTheHash(t *testing.T) {
	t.Parallel()
	a := open(t)
	if got, want := a.URL("kokko.css"), "/assets/kokko.0a1b2c3d.css"; got != want {
		t.Errorf("URL = %q, want %q", got, want)
	}
	if got, want := a.URL("absent.css"), "/assets/absent.css"; got != want {
		t.Errorf("URL of an absent file = %q, want %q", got, want)
	}
	if got := strings.Join(a.Names(), " "); got != "kokko.css text.woff2" {
		t.Errorf("Names = %q", got)
	}
}

func TestServesTheSmallestAcceptedForm(t *testing.T) {
	t.Parallel()
	a := open(t)
	for _, c := range []struct{ accept, coding, body, tag string }{
		{"", "", css, `"0a1b2c3d"`},
		{"gzip, deflate, br, zstd", "br", "BR", `"0a1b2c3d-br"`},
		{"gzip", "gzip", "GZ", `"0a1b2c3d-gzip"`},
		{"GZIP", "gzip", "GZ", `"0a1b2c3d-gzip"`},
		{"br;q=0.1, gzip;q=0.9", "gzip", "GZ", `"0a1b2c3d-gzip"`},
		{"br;q=0, gzip;q=0", "", css, `"0a1b2c3d"`},
		{"*", "br", "BR", `"0a1b2c3d-br"`},
		{"*;q=0", "", css, `"0a1b2c3d"`},
		{"br;q=0, *", "gzip", "GZ", `"0a1b2c3d-gzip"`},
		{"identity;q=1, br;q=0.5", "", css, `"0a1b2c3d"`},
		{"br;q=oops", "", css, `"0a1b2c3d"`},
		{"br;q=NaN, gzip;q=0.2", "gzip", "GZ", `"0a1b2c3d-gzip"`},
		{"zstd", "", css, `"0a1b2c3d"`},
	} {
		res := ask(a, http.MethodGet, a.URL("kokko.css"), "Accept-Encoding", c.accept)
		body, _ := io.ReadAll(res.Body)
		if string(body) != c.body || res.Header.Get("Content-Encoding") != c.coding || res.Header.Get("ETag") != c.tag {
			t.Errorf("Accept-Encoding %q: body %q coding %q tag %q; want %q %q %q", c.accept,
				body, res.Header.Get("Content-Encoding"), res.Header.Get("ETag"), c.body, c.coding, c.tag)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	a := open(t)
	css := ask(a, http.MethodGet, a.URL("kokko.css"), "Accept-Encoding", "br")
	font := ask(a, http.MethodGet, a.URL("text.woff2"), "Accept-Encoding", "br")
	for _, c := range []struct {
		res          *http.Response
		header, want string
	}{
		{css, "Cache-Control", "public, max-age=31536000, immutable"},
		{css, "X-Content-Type-Options", "nosniff"},
		{css, "Content-Type", "text/css; charset=utf-8"},
		{css, "Vary", "Accept-Encoding"},
		{css, "Content-Length", "2"},
		{font, "Content-Type", "font/woff2"},
		{font, "Content-Encoding", ""},
		{font, "Vary", ""},
		{font, "Content-Length", "4"},
	} {
		if got := c.res.Header.Get(c.header); got != c.want {
			t.Errorf("%s = %q, want %q", c.header, got, c.want)
		}
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	a := open(t)
	url := a.URL("kokko.css")
	for _, c := range []struct {
		match string
		want  int
	}{
		{`"0a1b2c3d-br"`, http.StatusNotModified},
		{`W/"0a1b2c3d-br"`, http.StatusNotModified},
		{`"other", "0a1b2c3d-br"`, http.StatusNotModified},
		{`*`, http.StatusNotModified},
		{`"0a1b2c3d"`, http.StatusOK}, // the tag of another coding
		{`"0a1b2c3d-b"`, http.StatusOK},
	} {
		res := ask(a, http.MethodGet, url, "Accept-Encoding", "br", "If-None-Match", c.match)
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != c.want {
			t.Errorf("If-None-Match %s: %d, want %d", c.match, res.StatusCode, c.want)
		}
		if res.StatusCode == http.StatusNotModified && (len(body) > 0 || res.Header.Get("ETag") == "") {
			t.Errorf("If-None-Match %s: 304 with body %q, ETag %q", c.match, body, res.Header.Get("ETag"))
		}
	}
}

func TestMethodsAndPaths(t *testing.T) {
	t.Parallel()
	a := open(t)
	if res := ask(a, http.MethodHead, a.URL("kokko.css")); res.StatusCode != 200 || res.Header.Get("Content-Length") != "12" {
		t.Errorf("HEAD: %d, length %q", res.StatusCode, res.Header.Get("Content-Length"))
	} else if body, _ := io.ReadAll(res.Body); len(body) != 0 {
		t.Errorf("HEAD answered with a body: %q", body)
	}
	if res := ask(a, http.MethodPost, a.URL("kokko.css")); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
	for _, path := range []string{
		"/assets/", "/assets/kokko.css", "/assets/manifest.json", "/assets/placeholder.txt",
		"/assets/secret.of.the.folder.txt", "/assets/kokko.0a1b2c3d.css.br", "/assets/../assets/kokko.0a1b2c3d.css",
		"/kokko.0a1b2c3d.css", "/assets/assets/kokko.0a1b2c3d.css", "/assets/%00",
	} {
		res := ask(a, http.MethodGet, path)
		if res.StatusCode != http.StatusNotFound || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET %s: %d, Cache-Control %q; want 404 that nobody keeps", path, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
}

func TestNothingBuiltServesNothing(t *testing.T) {
	t.Parallel()
	a, err := assets.From(fstest.MapFS{"placeholder.txt": {Data: []byte("keep")}})
	if err != nil {
		t.Fatal(err)
	}
	if a.Built() {
		t.Error("Built with an empty folder")
	}
	if res := ask(a, http.MethodGet, a.URL("kokko.css")); res.StatusCode != http.StatusNotFound {
		t.Errorf("got %d", res.StatusCode)
	}
}

func TestBrokenBuildIsAFault(t *testing.T) {
	t.Parallel()
	for name, tree := range map[string]fstest.MapFS{
		"not JSON":      {"manifest.json": {Data: []byte(`{`)}},
		"missing file":  {"manifest.json": {Data: []byte(`{"a.css":"a.1.css"}`)}},
		"climbing name": {"manifest.json": {Data: []byte(`{"a.css":"../a.1.css"}`)}},
		"folder name":   {"manifest.json": {Data: []byte(`{"a.css":"b/a.1.css"}`)}, "b/a.1.css": {}},
	} {
		if _, err := assets.From(tree); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v, want an internal fault", name, err)
		}
	}
}

// TestEmbedded checks what is really in the binary: every address the style
// names exists, and the packed forms unpack to the same bytes.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	a, err := assets.New()
	if err != nil {
		t.Fatal(err)
	}
	if !a.Built() {
		if os.Getenv("CI") == "true" {
			t.Fatal("nothing built in dist/: run make assets")
		}
		t.Skip("nothing built in dist/: run make assets")
	}
	for _, want := range []string{"kokko.css", "card.css", "kokko.js", "kokko.woff2", "ember.svg", "icon.svg"} {
		if a.URL(want) == assets.Prefix+want {
			t.Errorf("%s is not built", want)
		}
	}
	for _, name := range a.Names() {
		plain := readAll(t, ask(a, http.MethodGet, a.URL(name)))
		for _, coding := range []string{"br", "gzip"} {
			if got := readAll(t, ask(a, http.MethodGet, a.URL(name), "Accept-Encoding", coding)); got != plain {
				t.Errorf("%s by %s unpacks to other bytes", name, coding)
			}
		}
	}
	style := readAll(t, ask(a, http.MethodGet, a.URL("kokko.css")))
	named := regexp.MustCompile(`url\("?([^")]+)"?\)`).FindAllStringSubmatch(style, -1)
	if len(named) == 0 {
		t.Error("the style names no font")
	}
	for _, m := range named {
		if strings.HasPrefix(m[1], "data:") {
			continue
		}
		if strings.Contains(m[1], "//") {
			t.Errorf("the style asks a third party: %s", m[1])
		}
		if res := ask(a, http.MethodGet, assets.Prefix+strings.TrimPrefix(m[1], "./")); res.StatusCode != http.StatusOK {
			t.Errorf("the style names %s: %d", m[1], res.StatusCode)
		}
	}
}

func readAll(t *testing.T, res *http.Response) string {
	t.Helper()
	var r io.Reader = res.Body
	switch res.Header.Get("Content-Encoding") {
	case "br":
		r = brotli.NewReader(res.Body)
	case "gzip":
		z, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestGalleryHasNoInlineStyleOrScript keeps the prototypes honest to the
// content security policy the pages are served under.
func TestGalleryHasNoInlineStyleOrScript(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("gallery/*.html")
	if err != nil || len(pages) < 15 {
		t.Fatalf("gallery pages: %d, %v", len(pages), err)
	}
	banned := regexp.MustCompile(`(?i)\sstyle=|<style|\son[a-z]+=|<script(?:>|\s[^>]*>)[^<\s]|javascript:|https?://[^"']*\.(?:css|js|woff2|png|jpg)`)
	for _, p := range pages {
		src, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if m := banned.Find(src); m != nil {
			t.Errorf("%s: %q breaks the content security policy", p, m)
		}
	}
}

func TestCodingNeverPicksWhatWasRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.SampledFrom([]string{"0", "0.3", "0.7", "1"})
		br, gz := q.Draw(t, "br"), q.Draw(t, "gzip")
		header := []string{"br;q=" + br, "gzip ; q=" + gz}
		if rapid.Bool().Draw(t, "one line") {
			header = []string{strings.Join(header, ",")}
		}
		got := assets.Coding(header, true, true)
		want := "br"
		switch {
		case br == "0" && gz == "0":
			want = ""
		case gz > br: // these few compare as text as they do as numbers
			want = "gzip"
		}
		if got != want {
			t.Fatalf("%v → %q, want %q", header, got, want)
		}
		if c := assets.Coding(header, false, false); c != "" {
			t.Fatalf("picked %q where nothing is packed", c)
		}
	})
}

func FuzzCoding(f *testing.F) {
	for _, s := range []string{"", "gzip, br", "br;q=0.5;q=2", ";;;=,,", "*;q=1e-9", "br;q=\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		switch got := assets.Coding([]string{header}, true, false); got {
		case "", "br":
		default:
			t.Errorf("%q → %q, which does not exist", header, got)
		}
	})
}
