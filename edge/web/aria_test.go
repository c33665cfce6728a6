package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// What an aria attribute says is in its value: written as one that is there or not, it is
// there without any, which says nothing.
func TestNoAriaAttributeIsEmpty(t *testing.T) {
	t.Parallel()
	empty := regexp.MustCompile(`aria-[a-z]+\?=|aria-[a-z]+=""`)
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range empty.FindAllString(string(text), -1) {
			t.Errorf("%s: %s", f, found)
		}
	}
}
