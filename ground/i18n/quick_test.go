package i18n_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kokko/ground/i18n"
)

// agree holds the quick reader against the whole one.
func agree(t *testing.T, file, src string) (taken bool) {
	t.Helper()
	taken, diff := i18n.Agree(file, src)
	if diff != "" {
		t.Fatalf("%s: %s", file, diff)
	}
	return taken
}

// The house's own catalogues are read as the whole reader reads them, and nearly all are
// of the simple shape: or a start would be slow again, and nobody told.
func TestQuickReadsOurCatalogues(t *testing.T) {
	t.Parallel()
	files, slow := 0, 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			return filepath.SkipDir
		}
		if d.IsDir() || !i18n.OurFile(path) {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		if !agree(t, path, string(src)) {
			slow++
			t.Logf("%s is read slowly", path)
		}
		return nil
	})
	if err != nil || files < 100 || slow > files/20 {
		t.Errorf("%d of %d catalogues are read slowly: %v", slow, files, err)
	}
}

func TestQuickAndWholeReadersAgree(t *testing.T) {
	t.Parallel()
	for src, taken := range map[string]bool{
		"":                             true,
		"# a\n\na: b # same: c\n":      true,
		"a: \"b 'c' # d\" # e\n":       true,
		"a: 'b ''c'''\n":               true,
		"a:\n  b:\n    c: d\n  e: f\n": true,
		"a: {one: b c, other: \"{{.n}}, d\"} # same\n": true,
		"a:\n  one: b\n  other: c # same\n":            true,
		"a: |\n  b: c\n\n  # d\n  e\nf: g\n":           true,
		"a: \"b \\\"c\\\" \\n\"\n":                     true,
		"a:\n  one:\n    b: c\n":                       false,
		"a:\n  one:\n    one: c\n":                     false,
		"a: b\n  c\n":                                  false,
		"a: b\na: c\n":                                 false,
		"\"1\": b\n\"c\": d\n":                         true,
		"\"1: b\n":                                     false,
		"a: # b\n  c: d's\n":                           true,
		"a: # same\n  c: d\n":                          false,
		"a: 1\n":                                       false,
		"a: null\n":                                    false,
		"a:\n":                                         false,
		"a: >\n  b\n":                                  false,
		"a: '{{.b'\n":                                  false,
		"# same\na: b\n":                               false,
		"a: \"b\n  c\"\n":                              false,
		"a: [b]\n":                                     false,
		"a: {b: c}\n":                                  false,
		"1: b\n":                                       false,
		"\ta: b\n":                                     false,
		" a: b\nc: d\n":                                false,
	} {
		if got := agree(t, "a.fi.yaml", src); got != taken {
			t.Errorf("%q: taken %v", src, got)
		}
	}
}

// FuzzQuick: whatever the quick reader takes, the whole one reads alike.
func FuzzQuick(f *testing.F) {
	for _, s := range []string{"a: b\n", "a:\n  b: \"c\" # same\n  d: {one: e, other: 'f'}\n", "a: |\n  b\n\n   c\n\n# d\ne: f", "a:\n  one: b\n  other: c\n", "x.y: z: a", "a: b # c\n   # same\nd: e\n", "a: |\n\n  b\n", "a: \"\\\"\"\n", "a:   b  \n  \nc: d", "\"0\": a\n\"1\": \"b\"\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) { agree(t, "a.fi.yaml", src) })
}
