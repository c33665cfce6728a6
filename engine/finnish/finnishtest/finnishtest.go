package finnishtest

import (
	"os"
	"path/filepath"
	"testing"

	"kokko/engine/finnish"
)

// Path is where this machine has the dictionary; a test without it is skipped, or fails
// where everything is required.
func Path(t testing.TB) string {
	t.Helper()
	for _, path := range append([]string{os.Getenv("KOKKO_VOIKKO")}, finnish.Places()...) {
		if _, err := os.Stat(path); path != "" && err == nil {
			return path
		}
	}
	if os.Getenv("KOKKO_REQUIRE_PG") == "1" {
		t.Fatal("there is no dictionary: apt-get install voikko-fi")
	}
	t.Skip("there is no dictionary: apt-get install voikko-fi, or name one in KOKKO_VOIKKO")
	return ""
}

// Dictionary is the real one of this machine.
func Dictionary(t testing.TB) *finnish.Dictionary {
	t.Helper()
	d, err := finnish.Open(Path(t))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Shared is the path of a file of the shared data; a test without it is skipped. The
// folder stands beside the repository, or is named in KOKKO_SHARED.
func Shared(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("KOKKO_SHARED")
	for up := ".."; root == "" && len(up) < 40; up = filepath.Join(up, "..") {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			root = filepath.Join(up, "..", "shared")
		}
	}
	path := filepath.Join(root, "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip(err)
	}
	return path
}
