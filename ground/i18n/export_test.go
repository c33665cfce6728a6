package i18n

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/google/go-cmp/cmp"
)

// Agree holds the quick reader against the whole one: whether it takes a file, and what
// the two tell differently.
func Agree(file, src string) (taken bool, diff string) {
	all, ok := readQuickly(file, src)
	b := &Bundle{texts: map[Language]map[string]*text{Finnish: {}}}
	if !ok || !b.takes(Finnish, all) {
		return false, ""
	}
	tree, err := parser.ParseBytes([]byte(src), parser.ParseComments)
	if err != nil {
		return true, fmt.Sprintf("%q is taken, and is wrong: %v", src, err)
	}
	r := reader{into: map[string]*text{}, file: file}
	for _, doc := range tree.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.CommentGroupNode:
		case *ast.MappingNode:
			r.mapping("", body, 0)
		default:
			return true, fmt.Sprintf("%q is taken, and is no mapping", src)
		}
	}
	if err := r.mistakes.OrNil(); err != nil {
		return true, fmt.Sprintf("%q is taken, and is wrong: %v", src, err)
	}
	return true, cmp.Diff(r.into, b.texts[Finnish], cmp.AllowUnexported(text{}, forms{}))
}

// OurFile tells a catalogue by its name.
func OurFile(name string) bool {
	_, ours, _ := fileLanguage(name)
	return ours
}
