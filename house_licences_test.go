package kokko_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/licensecheck"
)

// licences that may be combined with AGPL-3.0-or-later in one binary.
var licences = []string{
	"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "ISC", "MIT", "MPL-2.0", "OFL-1.1", "Unlicense", "Zlib",
}

// readByHand are licence files that no scanner knows, read by a person: module and
// file → what they say. A file with nothing that binds us says "".
var readByHand = map[string]string{
	"modernc.org/libc LICENSE-3RD-PARTY.md":   "MIT AND BSD-2-Clause AND BSD-3-Clause", // Go, musl, go-netdb, nixpkgs
	"modernc.org/memory LICENSE-LOGO":         "",                                      // where the project's picture came from; not linked
	"modernc.org/sqlite LICENSE-3RD-PARTY.md": "MIT AND BSD-3-Clause",                  // its chapter 1, what is linked
	"modernc.org/sqlite LICENSE-SQLITE":       "",                                      // public domain
}

// leastCovered is how much of a licence file must be known text, in per cent:
// the rest is copyright lines.
const leastCovered = 75

// used is one dependency: where it comes from and on what terms.
type used struct{ name, licence string }

// licenceOf reads the licence files in a module's folder: SPDX names joined with
// AND, or an error that says what is wrong with them.
func licenceOf(name, folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	names := map[string]bool{}
	for _, entry := range entries {
		plain := strings.ToUpper(entry.Name())
		if entry.IsDir() || !strings.HasPrefix(plain, "LICENSE") && !strings.HasPrefix(plain, "LICENCE") && !strings.HasPrefix(plain, "COPYING") {
			continue
		}
		if said, ok := readByHand[name+" "+entry.Name()]; ok {
			for each := range strings.SplitSeq(said, " AND ") {
				if each != "" {
					names[each] = true
				}
			}
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return "", err
		}
		coverage := licensecheck.Scan(text)
		if coverage.Percent < leastCovered {
			return "", fmt.Errorf("only %.0f %% of %s is a known licence: read it, and write it into readByHand", coverage.Percent, entry.Name())
		}
		for _, match := range coverage.Match {
			names[match.ID] = true
		}
	}
	if len(names) == 0 {
		return "", errors.New("no licence file")
	}
	found := slices.Sorted(maps.Keys(names))
	for _, each := range found {
		if !slices.Contains(licences, each) {
			return "", fmt.Errorf("licence %s is not on our list", each)
		}
	}
	return strings.Join(found, " AND "), nil
}

// linked gives the modules that go into the binary.
func linked(t *testing.T) []used {
	t.Helper()
	folders := map[string]string{}
	for _, p := range goList(t, "-deps", "./cmd/...") {
		if !p.Standard && p.Module != nil && p.Module.Path != module {
			folders[p.Module.Path] = p.Module.Dir
		}
	}
	var list []used
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		licence, err := licenceOf(name, folders[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		list = append(list, used{name, licence})
	}
	return list
}

// bundled gives the npm packages that package.json names, as the lock file tells.
func bundled(lock []byte) ([]used, error) {
	var file struct {
		Packages map[string]struct {
			License         string
			Dependencies    map[string]string
			DevDependencies map[string]string
		}
	}
	if err := json.Unmarshal(lock, &file); err != nil {
		return nil, err
	}
	direct := map[string]string{}
	maps.Copy(direct, file.Packages[""].Dependencies)
	maps.Copy(direct, file.Packages[""].DevDependencies)
	var list []used
	for _, name := range slices.Sorted(maps.Keys(direct)) {
		licence := file.Packages["node_modules/"+name].License
		if !slices.Contains(licences, licence) {
			return nil, fmt.Errorf("%s: licence %q is not on our list", name, licence)
		}
		list = append(list, used{name, licence})
	}
	return list, nil
}

// dependencyList writes docs/dependencies.md.
func dependencyList(modules, packages []used) []byte {
	var text bytes.Buffer
	table := func(head string, rows []used) {
		fmt.Fprintf(&text, "| %s | licence |\n|---|---|\n", head)
		for _, row := range rows {
			fmt.Fprintf(&text, "| `%s` | %s |\n", row.name, row.licence)
		}
	}
	text.WriteString("# What Kokko is made of\n\n<!-- Made by `make generate`; a test compares it with what is really linked. -->\n\n" +
		"Kokko itself is AGPL-3.0-or-later. Versions are in `go.mod` and `edge/web/assets/package-lock.json`.\n\n" +
		"## Linked into the binary\n\n")
	table("Go module", modules)
	text.WriteString("\n## The pages' style, script and font are made with, or tested with\n\n")
	table("npm package", packages)
	return text.Bytes()
}

// TestDependencyList keeps docs/dependencies.md true; KOKKO_WRITE=1 writes it anew.
func TestDependencyList(t *testing.T) {
	t.Parallel()
	const path = "docs/dependencies.md"
	lock, err := os.ReadFile("edge/web/assets/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	packages, err := bundled(lock)
	if err != nil {
		t.Error(err)
	}
	modules := linked(t)
	if len(modules) == 0 {
		t.Error("nothing is linked into the binary")
	}
	if t.Failed() {
		return
	}
	want := dependencyList(modules, packages)
	if os.Getenv("KOKKO_WRITE") == "1" {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what is linked now: run make generate", path)
	}
}

func TestLicenceRuleFinds(t *testing.T) {
	t.Parallel()
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	const isc = `Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY
AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR
OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
PERFORMANCE OF THIS SOFTWARE.
`
	for name, c := range map[string]struct {
		files   map[string]string
		licence string
		wrong   string
	}{
		"known":       {files: map[string]string{"LICENSE.txt": "Copyright (c) 2026 Somebody\n\n" + isc}, licence: "ISC"},
		"none":        {files: map[string]string{"README": isc}, wrong: "no licence file"},
		"own words":   {files: map[string]string{"COPYING": "You may use this if you send me a postcard from Kouvola."}, wrong: "is a known licence"},
		"not ours":    {files: map[string]string{"LICENSE": string(own)}, wrong: "AGPL-3.0 is not on our list"},
		"one of two":  {files: map[string]string{"LICENSE": isc, "LICENSE-data": string(own)}, wrong: "not on our list"},
		"other house": {files: map[string]string{"licence": isc}, licence: "ISC"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			for file, text := range c.files {
				if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			licence, err := licenceOf("example.invalid/"+name, folder)
			if c.wrong == "" && (err != nil || licence != c.licence) {
				t.Errorf("licence = %q, %v; want %q", licence, err, c.licence)
			}
			if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("error = %v, want one with %q", err, c.wrong)
			}
		})
	}
	if _, err := bundled([]byte(`{"packages": {"": {"devDependencies": {"x": "1"}}, "node_modules/x": {"license": "SSPL-1.0"}}}`)); err == nil {
		t.Error("an npm package under SSPL passes")
	}
	if list, err := bundled([]byte(`{"packages": {"": {"dependencies": {"x": "1"}}, "node_modules/x": {"license": "MIT"}}}`)); err != nil || !slices.Equal(list, []used{{"x", "MIT"}}) {
		t.Errorf("list = %v, %v", list, err)
	}
}
