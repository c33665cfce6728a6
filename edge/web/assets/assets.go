package assets

import (
	"bytes"
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"kokko/ground/fault"
)

// Prefix is where the handler is mounted and what every address begins with.
const Prefix = "/assets/"

// dist holds what build.mjs wrote; on a clone where nothing is built yet, only
// a placeholder.
//
//go:embed all:dist
var dist embed.FS

// Assets knows the built files by name. Made once at start, never changed
// after that: safe for concurrent use.
type Assets struct {
	urls  map[string]string // "kokko.css" → "/assets/kokko.1a2b3c4d.css"
	files map[string]file   // "kokko.1a2b3c4d.css" → its bytes in each coding
}

// file is one built file. Identity is always there; the packed forms are nil
// where packing gained nothing.
type file struct {
	kind           string // media type
	tag            string // content hash, the heart of the ETag
	identity       []byte
	brotli, gzip   []byte
	alwaysIdentity bool // already packed inside (woff2): no Vary needed
}

// manifest is the shape of dist/manifest.json: plain name → name with hash.
type manifest map[string]string

// New reads the embedded files. With nothing built it still works: URL gives
// the plain address and the handler answers 404. An unreadable or incomplete
// build is a fault.Internal.
func New() (*Assets, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fault.New(fault.Internal, "assets.unreadable").Because(err)
	}
	return From(sub)
}

// From reads built files from any tree: the embedded one, or a folder while
// the look is being worked on.
func From(tree fs.FS) (*Assets, error) {
	a := &Assets{urls: map[string]string{}, files: map[string]file{}}
	raw, err := fs.ReadFile(tree, "manifest.json")
	if err != nil {
		return a, nil // nothing built: serve nothing
	}
	var names manifest
	if err := json.Unmarshal(raw, &names); err != nil {
		return nil, fault.New(fault.Internal, "assets.manifest").On("manifest.json").Because(err)
	}
	for name, built := range names {
		if !fs.ValidPath(built) || strings.Contains(built, "/") {
			return nil, fault.New(fault.Internal, "assets.manifest").On(name).With("file", built)
		}
		f, err := read(tree, built)
		if err != nil {
			return nil, fault.New(fault.Internal, "assets.missing").On(name).With("file", built).Because(err)
		}
		a.urls[name] = Prefix + built
		a.files[built] = f
	}
	return a, nil
}

func read(tree fs.FS, built string) (file, error) {
	body, err := fs.ReadFile(tree, built)
	if err != nil {
		return file{}, err
	}
	f := file{kind: kindOf(built), tag: hashOf(built), identity: body}
	// A packed twin that is absent is no mistake: build.mjs leaves out those
	// that would not be smaller.
	if b, err := fs.ReadFile(tree, built+".br"); err == nil {
		f.brotli = b
	}
	if b, err := fs.ReadFile(tree, built+".gz"); err == nil {
		f.gzip = b
	}
	f.alwaysIdentity = f.brotli == nil && f.gzip == nil
	return f, nil
}

// kindOf is a closed table and not the machine's MIME database, so that the
// same binary says the same everywhere.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".json":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	}
	return "application/octet-stream"
}

// hashOf takes the middle part of name.hash.ext.
func hashOf(built string) string {
	parts := strings.Split(built, ".")
	if len(parts) < 3 {
		return built
	}
	return parts[len(parts)-2]
}

// URL gives the address of a file by its plain name: "kokko.css" →
// "/assets/kokko.1a2b3c4d.css". A name that is not built gives the plain
// address, which answers 404. O(1).
func (a *Assets) URL(name string) string {
	if u, ok := a.urls[name]; ok {
		return u
	}
	return Prefix + name
}

// Built says whether there is anything to serve.
func (a *Assets) Built() bool { return len(a.files) > 0 }

// Names lists the plain names in order.
func (a *Assets) Names() []string {
	names := make([]string, 0, len(a.urls))
	for n := range a.urls {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// ServeHTTP serves one built file for GET and HEAD, in the smallest coding the
// reader accepts. Names carry a hash, so an answer may be kept for ever.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	f, ok := a.files[strings.TrimPrefix(r.URL.Path, Prefix)]
	if !ok || !strings.HasPrefix(r.URL.Path, Prefix) {
		// A missing file must not be remembered: the next release may have it.
		h.Set("Cache-Control", "no-store")
		http.Error(w, "not found", http.StatusNotFound)
		return
	}

	body, coding := f.identity, ""
	if !f.alwaysIdentity {
		h.Add("Vary", "Accept-Encoding")
		switch Coding(r.Header.Values("Accept-Encoding"), f.brotli != nil, f.gzip != nil) {
		case "br":
			body, coding = f.brotli, "br"
		case "gzip":
			body, coding = f.gzip, "gzip"
		}
	}
	tag := `"` + f.tag + `"`
	if coding != "" {
		tag = `"` + f.tag + "-" + coding + `"`
	}
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", tag)
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.kind)
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// A reader who went away is nobody's failure.
	_, _ = bytes.NewReader(body).WriteTo(w)
}

// matches says whether an If-None-Match header holds the tag, by the weak
// comparison RFC 9110 §13.1.2 asks for.
func matches(header []string, tag string) bool {
	for _, line := range header {
		for part := range strings.SplitSeq(line, ",") {
			part = strings.TrimSpace(part)
			if part == "*" || strings.TrimPrefix(part, "W/") == tag {
				return true
			}
		}
	}
	return false
}
