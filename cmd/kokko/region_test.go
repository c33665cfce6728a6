package main_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheGuideToANewRegion does what docs/new-region.md has a newcomer do, with
// the file that stands in it, in the order that it tells.
func TestTheGuideToANewRegion(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/new-region.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(format: 1\n.*?)```").FindSubmatch(doc)
	if block == nil {
		t.Fatal("no programme file in the guide")
	}
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "oma.yaml")
	if err := os.WriteFile(file, block[1], 0o600); err != nil {
		t.Fatal(err)
	}
	// said runs a command, and holds its words against those in the guide.
	said := func(want int, words string, args ...string) {
		t.Helper()
		code, out := run(t, args...)
		if code != want || !strings.Contains(out, words) {
			t.Errorf("kokko %s: %d, %s", strings.Join(args, " "), code, out)
		}
		if words != "" && !strings.Contains(string(doc), words) {
			t.Errorf("the guide does not say %q", words)
		}
	}
	said(0, "is in order: Oman seudun ohjelma, 1 themes, 1 places.", "programme", "check", file)
	said(0, "A new region oma has begun", "programme", "publish", file, "--data", data, "--note", "first version")
	said(0, "", "admin", "hire", "maija@oma.invalid", "--name", "Maija Meikäläinen", "--region", "oma", "--data", data)
	said(0, "", "admin", "link", "--region", "oma", "--data", data)
	// A link made of an address that was not given says so.
	for _, command := range []string{"link", "region"} {
		if code, out := run(t, "admin", command, "--region", "oma", "--data", data); code != 0 || !strings.Contains(out, "http://localhost:8080") || !strings.Contains(out, "--site") {
			t.Errorf("admin %s: %d, %s", command, code, out)
		}
		if code, out := run(t, "admin", command, "--region", "oma", "--data", data, "--site", "http://localhost:9999"); code != 0 || !strings.Contains(out, "http://localhost:9999") || strings.Contains(out, "--site") {
			t.Errorf("admin %s with a site: %d, %s", command, code, out)
		}
	}

	// Its longer examples, of a merger and of a village, fit into the file.
	whole := string(block[1])
	merged := regexp.MustCompile("(?s)  ```yaml\n(  municipalities:.*?)  ```").FindStringSubmatch(string(doc))
	village := regexp.MustCompile("(?s)  ```yaml\n  (places:.*?)  ```").FindStringSubmatch(string(doc))
	if merged == nil || village == nil {
		t.Fatal("no example of a merger or of a village in the guide")
	}
	at, until := strings.Index(whole, "  municipalities:"), strings.Index(whole, "\nprogramme:")
	longer := whole[:at] + merged[1] + whole[until:] + strings.ReplaceAll(village[1], "\n  ", "\n")
	if err := os.WriteFile(file, []byte(longer), 0o600); err != nil {
		t.Fatal(err)
	}
	said(0, "is in order: Oman seudun ohjelma, 1 themes, ", "programme", "check", file)

	// The commonest mistake is told in words that help.
	broken := strings.Replace(string(block[1]), `"Haku on auki koko ajan. Kerro, mitä mietit."`, "Haku on auki koko ajan. Kerro, mitä mietit.", 1)
	if err := os.WriteFile(file, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	said(1, "The language “mitä mietit.” is not in the programme's list of languages. If this is the rest of a text after a comma, put the whole text in quotes.", "programme", "check", file)

	// The first region alone, then two, while kokko serves; a taken slug is told.
	s := serve(t, "--data", data)
	if code, body := s.get(s.url + "/"); code != http.StatusOK || !strings.Contains(body, "Mitä seudullasi pitäisi kokeilla?") {
		t.Errorf("alone: %d", code)
	}
	said(0, "A new region sagoskargarden has begun", "programme", "publish", "../../programmes/example.yaml", "--data", data)
	if err := os.WriteFile(file, []byte(strings.Replace(string(block[1]), "  id: oma\n", "  id: toinen\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := run(t, "programme", "publish", file, "--data", data); code != 1 || !strings.Contains(out, "already belongs to the region oma") {
		t.Errorf("a taken slug: %d, %s", code, out)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("stopped with %d", code)
	}
	s = serve(t, "--data", data)
	for path, words := range map[string]string{"/oma-seutu/": "Mitä seudullasi pitäisi kokeilla?", "/sagoskargarden/": "Når min idé land?", "/sagoskargarden/fi/kipinat": "Satusaaristo", "/": "Mitä seudullasi pitäisi kokeilla?"} {
		if code, body := s.get(s.url + path); code != http.StatusOK || !strings.Contains(body, words) {
			t.Errorf("%s: %d", path, code)
		}
	}

	// A map of one's own is published with its file, and a forgotten one is told.
	own := filepath.Join(dir, "own.yaml")
	example, err := os.ReadFile("../../programmes/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, example, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"check", "publish"} {
		if code, out := run(t, "programme", verb, own, "--data", data); code != 1 || !strings.Contains(out, "own.yaml: The map example.map.json is not beside") {
			t.Errorf("%s without the map: %d, %s", verb, code, out)
		}
	}
}
