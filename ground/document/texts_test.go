package document_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kokko/ground/document"
	"kokko/ground/fault"
	"kokko/ground/i18n"
)

// Every sentence exists in three languages, every key the code names has one, and
// none stands for nothing.
func TestTexts(t *testing.T) {
	t.Parallel()
	bundle, err := i18n.Load(document.Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range bundle.Check() {
		t.Error(gap)
	}
	bundle.OnMissing(func(m i18n.Missing) { t.Error(m) })
	named := keysInSource(t)
	if len(named) < 10 {
		t.Fatalf("only %d keys found in the source", len(named))
	}
	for _, key := range bundle.Keys() {
		if rest, ours := strings.CutPrefix(key, "fault.document."); ours && !named["document."+rest] {
			t.Errorf("nothing says %s", key)
		}
	}
	for key := range named {
		said := map[string]bool{}
		for _, l := range i18n.Languages() {
			said[bundle.For(l).Fault(fault.New(fault.Invalid, key).With("max", 10))] = true
		}
		general := bundle.For(i18n.Finnish).Fault(fault.New(fault.Invalid, "document.no such key"))
		if len(said) != len(i18n.Languages()) || said[general] {
			t.Errorf("%s has no sentence of its own in every language: %v", key, said)
		}
	}
}

// keysInSource lists the fault keys the package names.
func keysInSource(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if value, err := strconv.Unquote(literal.Value); err == nil && strings.HasPrefix(value, "document.") {
					keys[value] = true
				}
			}
			return true
		})
	}
	return keys
}
