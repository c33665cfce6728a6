package kokko_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "kokko"

// floors from the top; a package imports only lower ones.
var floors = []string{"bench", "cmd", "edge", "journey", "region", "engine", "ground"}

// dataRooms hold files and no rules: the schema and the programmes. They import
// nothing of ours. Tests may read them, and the packages named here.
var dataRooms = map[string][]string{
	"schema":     {"cmd", "bench/invented", "bench/search", "bench/similar"},
	"programmes": {"cmd", "region/programme", "bench/invented"},
}

// sameFloor is the written list of imports inside a floor: from → to.
var sameFloor = map[string][]string{
	"bench/fill":        {"bench/invented"},
	"bench/pages":       {"bench/invented"},
	"bench/cascade":     {"bench/gauge"},
	"bench/finnish":     {"bench/gauge"},
	"bench/knowwho":     {"bench/gauge"},
	"bench/search":      {"bench/gauge"},
	"bench/spread":      {"bench/gauge"},
	"edge/web":          {"edge/web/assets", "edge/dossier", "edge/feed", "edge/limit", "edge/postcard"},
	"journey/spark":     {"journey/challenge", "journey/story"},
	"journey/alike":     {"journey/spark"},
	"journey/comment":   {"journey/spark", "journey/story"},
	"journey/ring":      {"journey/spark", "journey/story"},
	"journey/event":     {"journey/spark"},
	"journey/collision": {"journey/event", "journey/spark"},
	"journey/forecast":  {"journey/ring", "journey/share", "journey/spark", "journey/story"},
	"journey/table":     {"journey/spark", "journey/story"},
	"journey/follow":    {"journey/spark", "journey/story"},
	"journey/retention": {"journey/spark"},
	"engine/text":       {"engine/concept", "engine/finnish", "engine/language", "engine/passage", "engine/spelling", "engine/swedish"},
	"engine/knowwho":    {"engine/concept", "engine/graph", "engine/language", "engine/subject", "engine/text"},
	"engine/subject":    {"engine/concept", "engine/language", "engine/text"},
	"region/address":    {"region/office", "region/trust"},
	"region/actor":      {"region/address", "region/audit", "region/search"},
	"region/asking":     {"region/actor", "region/address", "region/network", "region/office", "region/trust", "region/audit"},
	"region/asset":      {"region/actor", "region/audit", "region/search"},
	"region/knowhow":    {"region/actor", "region/search"},
	"region/network":    {"region/actor", "region/address", "region/audit"},
	"engine/finnish":    {"engine/language"},
	"engine/graph":      {"engine/graphfile"},
	"engine/spread":     {"engine/graphfile"},
	"engine/concept":    {"engine/finnish", "engine/language", "engine/swedish"},
	"engine/spelling":   {"engine/finnish"},

	"engine/finnish/finnishtest": {"engine/finnish"},

	"region/feedback":  {"region/audit", "region/office"},
	"region/session":   {"region/office", "region/audit"},
	"region/programme": {"region/place", "region/audit"},
	"region/office":    {"region/audit"},
	"region/trust":     {"region/office"},
	"region/style":     {"region/audit", "region/place", "region/programme"},

	"ground/archive": {"ground/store"},
	"ground/jobs":    {"ground/store"},
	"ground/mail":    {"ground/store", "ground/jobs", "ground/i18n"},

	"ground/mail/arriving": {"ground/mail"},

	"journey/introduction": {"journey/spark", "journey/story"},

	"journey/measure":    {"journey/forecast", "journey/introduction", "journey/ring", "journey/share", "journey/spark", "journey/story"},
	"journey/attachment": {"journey/spark", "journey/story"},
	"journey/project":    {"journey/spark"},
	"journey/intake":     {"journey/project", "journey/spark"},
}

// groundStep is what everything on the ground floor stands on.
var groundStep = []string{"ground/fault", "ground/clock", "ground/ident"}

// engineMay is what the pure algorithms import beside the standard library.
var engineMay = []string{"golang.org/x/text/", "github.com/blevesearch/snowballstem"}

// bannedNames say nothing of what a package is.
var bannedNames = []string{"utils", "util", "models", "model", "helpers", "helper", "common", "dto", "misc", "shared", "base", "lib", "types"}

// pkg is what `go list` tells of a package.
type pkg struct {
	ImportPath   string
	Dir          string
	Name         string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Module       *struct{ Path, Dir string }
}

// room is the package's path inside the house: "ground/store", "" for the root.
func (p pkg) room() string { return room(p.ImportPath) }

func room(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func ours(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

// kit tells whether a package is a test kit, as storetest is.
func kit(importPath string) bool {
	return ours(importPath) && strings.HasSuffix(path.Base(importPath), "test")
}

// floor is the package's place in floors; -1 for the root and the data rooms.
func floor(importPath string) int {
	top, _, _ := strings.Cut(room(importPath), "/")
	return slices.Index(floors, top)
}

// goList asks the go command; patterns as it takes them.
func goList(t *testing.T, arguments ...string) []pkg {
	t.Helper()
	arguments = append([]string{"list", "-e", "-json=ImportPath,Dir,Name,Standard,Imports,TestImports,XTestImports,GoFiles,TestGoFiles,XTestGoFiles,Module"}, arguments...)
	cmd := exec.Command("go", arguments...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaint.String())
	}
	var packages []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		packages = append(packages, p)
	}
}

// floorRule finds imports that do not go down, and packages in no known room.
func floorRule(packages []pkg) []string {
	var found []string
	for _, p := range packages {
		here := floor(p.ImportPath)
		_, data := dataRooms[p.room()]
		if here < 0 && p.room() != "" && !data {
			found = append(found, fmt.Sprintf("%s is on no floor: the house has %s and the data rooms", p.ImportPath, strings.Join(floors, ", ")))
			continue
		}
		for _, to := range p.Imports {
			if ours(to) {
				if complaint := mayImport(p, to); complaint != "" {
					found = append(found, fmt.Sprintf("%s imports %s: %s", p.ImportPath, to, complaint))
				}
			} else if here == slices.Index(floors, "engine") && !kit(p.ImportPath) && strings.Contains(strings.Split(to, "/")[0], ".") &&
				!slices.ContainsFunc(engineMay, func(prefix string) bool { return strings.HasPrefix(to+"/", prefix) }) {
				found = append(found, fmt.Sprintf("%s imports %s: an engine is pure", p.ImportPath, to))
			}
		}
		// Tests may look sideways and into the data rooms, but not up.
		for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
			if ours(to) && here >= 0 && floor(to) >= 0 && floor(to) < here {
				found = append(found, fmt.Sprintf("the tests of %s import %s: that is a floor up", p.ImportPath, to))
			}
		}
	}
	return found
}

// mayImport says why p may not import another of our packages, or nothing.
func mayImport(p pkg, to string) string {
	from, here, there := p.room(), floor(p.ImportPath), floor(to)
	switch {
	case kit(to) && !kit(p.ImportPath):
		return "a test kit is for tests"
	case here < 0:
		return "the root and the data rooms import nothing of ours"
	case there < 0:
		readers := dataRooms[room(to)]
		if kit(p.ImportPath) || slices.ContainsFunc(readers, func(reader string) bool { return from == reader || strings.HasPrefix(from, reader+"/") }) {
			return ""
		}
		return "only " + strings.Join(readers, ", ") + " and tests read this data room"
	case there < here:
		return "that is a floor up"
	case there > here, kit(p.ImportPath):
		return ""
	case floors[here] == "ground" && slices.Contains(groundStep, room(to)):
		return ""
	case slices.Contains(sameFloor[from], room(to)):
		return ""
	}
	return "the same floor, and not on the written list (sameFloor in house_test.go)"
}

// docRule finds packages that do not tell what they are.
func docRule(packages []pkg) []string {
	const least = 80 // letters: a sentence or two
	var found []string
	for _, p := range packages {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, "doc.go"), nil, parser.ParseComments|parser.PackageClauseOnly)
		switch {
		case errors.Is(err, os.ErrNotExist):
			found = append(found, p.ImportPath+" has no doc.go")
			continue
		case err != nil:
			found = append(found, fmt.Sprintf("%s: %v", p.ImportPath, err))
			continue
		case file.Doc == nil:
			found = append(found, p.ImportPath+": doc.go has no package comment")
			continue
		}
		text := file.Doc.Text()
		opening := "Package " + p.Name + " "
		if p.Name == "main" {
			opening = "Command " + path.Base(p.ImportPath) + " "
		}
		if !strings.HasPrefix(text, opening) {
			found = append(found, fmt.Sprintf("%s: the package comment does not begin with %q", p.ImportPath, opening))
		}
		if len(text) < least {
			found = append(found, fmt.Sprintf("%s: the package comment is too short to tell what the package is", p.ImportPath))
		}
		_, finnish, has := strings.Cut(text, "\nFinnish:")
		if !has || len(strings.TrimSpace(finnish)) < 3 {
			found = append(found, p.ImportPath+`: the package comment has no "Finnish:" line with the word`)
		}
	}
	return found
}

// nameRule finds packages named for nothing, or not for their folder.
func nameRule(packages []pkg) []string {
	var found []string
	for _, p := range packages {
		if slices.Contains(bannedNames, path.Base(p.ImportPath)) || slices.Contains(bannedNames, p.Name) {
			found = append(found, p.ImportPath+": name the package for its noun, not for being a drawer")
		}
		if p.Name != "main" && p.Name != path.Base(p.ImportPath) {
			found = append(found, fmt.Sprintf("%s: the package is called %s", p.ImportPath, p.Name))
		}
	}
	return found
}

func TestImportsGoDown(t *testing.T) {
	t.Parallel()
	report(t, floorRule(goList(t, "./...")))
}

func TestPackagesTellWhatTheyAre(t *testing.T) {
	t.Parallel()
	packages := goList(t, "./...")
	report(t, docRule(packages))
	report(t, nameRule(packages))
}

// A bad house, as go list would tell of it, with what the rule must find.
func TestFloorRuleFinds(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("testdata/house/floors.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Package pkg
		Found   string // part of the complaint; empty when all is well
	}
	if err := json.Unmarshal(content, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 10 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		found := floorRule([]pkg{c.Package})
		switch {
		case c.Found == "" && len(found) > 0:
			t.Errorf("%s: %v", c.Package.ImportPath, found)
		case c.Found != "" && (len(found) != 1 || !strings.Contains(found[0], c.Found)):
			t.Errorf("%s: found %q, want one with %q", c.Package.ImportPath, found, c.Found)
		}
	}
}

func TestDocRuleFinds(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"good":      "",
		"nodoc":     "no doc.go",
		"nocomment": "no package comment",
		"nofinnish": `no "Finnish:" line`,
		"short":     "too short",
		"othername": "does not begin with",
	} {
		found := docRule([]pkg{{ImportPath: "kokko/ground/" + name, Name: name, Dir: filepath.Join("testdata", "house", "docs", name)}})
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || !strings.Contains(found[0], want)) {
			t.Errorf("%s: found %q, want one with %q", name, found, want)
		}
	}
}

func TestNameRuleFinds(t *testing.T) {
	t.Parallel()
	for _, bad := range []pkg{
		{ImportPath: "kokko/ground/utils", Name: "utils"},
		{ImportPath: "kokko/ground/store", Name: "db"},
		{ImportPath: "kokko/region/common", Name: "common"},
	} {
		if len(nameRule([]pkg{bad})) == 0 {
			t.Errorf("%s (%s) passes", bad.ImportPath, bad.Name)
		}
	}
	if found := nameRule([]pkg{{ImportPath: "kokko/ground/store", Name: "store"}, {ImportPath: "kokko/cmd/kokko", Name: "main"}}); len(found) > 0 {
		t.Errorf("good names: %v", found)
	}
}

func report(t *testing.T, found []string) {
	t.Helper()
	for _, complaint := range found {
		t.Error(complaint)
	}
}
