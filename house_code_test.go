package kokko_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What a package may keep at its top level although it is a variable, by name,
// each with its reason.
var globalsAllowed = map[string]string{
	"kokko/cmd/kokko.version": "set by the linker",
}

// pureMakers make values that nobody can change: they may stand at the top level.
var pureMakers = map[string][]string{
	"errors": {"New"},
	"fmt":    {"Errorf"},
	"regexp": {"MustCompile"},
	"sync":   {"OnceValue", "OnceValues"}, // of something that does not change
}

// pureLiterals are structs that only name something, of types made for it: Go has
// no constant structs.
var pureLiterals = map[string][]string{
	"kokko/ground/jobs": {"Kind"}, // a kind of job and its arguments' type
}

// Who may read the time of day; test kits and tests may too.
var clockReaders = []string{"ground/clock", "cmd"}

// Who may open connections to others; test kits and tests may too. What measures
// pages speaks to this machine only and is no part of the program.
var outgoing = []string{"ground/mail", "bench/pages"}

// timeOfDay and connections are the names the two rules look for.
var (
	timeOfDay   = map[string][]string{"time": {"Now", "Since", "Until", "Sleep"}}
	connections = map[string][]string{
		"net/http":   {"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "Client", "Transport"},
		"net":        {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer"},
		"crypto/tls": {"Dial", "DialWithDialer", "Dialer"},
		"net/smtp":   {"Dial", "SendMail"},
	}
)

const maxParams = 6 // of a constructor: more is a design error

// finding is one broken rule at one place.
type finding struct {
	at   token.Position
	rule string
	text string
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s (%s)", f.at.Filename, f.at.Line, f.text, f.rule)
}

// source is one parsed file of a package.
type source struct {
	importPath string
	files      *token.FileSet
	file       *ast.File
	test       bool
	path       string
}

// read parses a file as part of a package.
func read(t *testing.T, importPath, path string) source {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return source{importPath: importPath, files: files, file: file, test: strings.HasSuffix(path, "_test.go"), path: path}
}

func (s source) found(node ast.Node, rule, format string, arguments ...any) finding {
	return finding{at: s.files.Position(node.Pos()), rule: rule, text: fmt.Sprintf(format, arguments...)}
}

var version = regexp.MustCompile(`^v[0-9]+$`)

// imports maps the names a file uses to what they stand for.
func (s source) imports() map[string]string {
	names := map[string]string{}
	for _, spec := range s.file.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(to)
		if version.MatchString(name) {
			name = path.Base(path.Dir(to))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = to
	}
	return names
}

// uses calls visit for each name of another package that the file mentions.
func (s source) uses(visit func(node ast.Node, importPath, name string)) {
	names := s.imports()
	ast.Inspect(s.file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if owner, ok := selector.X.(*ast.Ident); ok && owner.Obj == nil {
			if to, ok := names[owner.Name]; ok {
				visit(node, to, selector.Sel.Name)
			}
		}
		return true
	})
}

func within(importPath string, rooms []string) bool {
	here := room(importPath)
	return slices.ContainsFunc(rooms, func(r string) bool { return here == r || strings.HasPrefix(here, r+"/") })
}

// mentionRule finds names that only some packages may use.
func mentionRule(s source, rule string, banned map[string][]string, allowed []string, why string) []finding {
	if s.test || kit(s.importPath) || within(s.importPath, allowed) {
		return nil
	}
	var found []finding
	for _, spec := range s.file.Imports {
		if to, _ := strconv.Unquote(spec.Path.Value); spec.Name != nil && spec.Name.Name == "." && banned[to] != nil {
			found = append(found, s.found(spec, rule, "a dot import of %s hides what is used of it", to))
		}
	}
	s.uses(func(node ast.Node, importPath, name string) {
		if slices.Contains(banned[importPath], name) {
			found = append(found, s.found(node, rule, "%s.%s: %s", path.Base(importPath), name, why))
		}
	})
	return found
}

func clockRule(s source) []finding {
	return mentionRule(s, "clock", timeOfDay, clockReaders, "time comes from ground/clock")
}

func outgoingRule(s source) []finding {
	return mentionRule(s, "outgoing", connections, outgoing, "connections to others are opened in "+strings.Join(outgoing, ", ")+" only")
}

// initRule finds init functions: what runs must be seen in cmd.
func initRule(s source) []finding {
	var found []finding
	for _, decl := range s.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			found = append(found, s.found(f, "init", "init runs behind everybody's back"))
		}
	}
	return found
}

// globalRule finds variables of a package that somebody could change.
func globalRule(s source) []finding {
	if s.test || kit(s.importPath) {
		return nil
	}
	names := s.imports()
	var found []finding
	s.variables(func(group *ast.GenDecl, spec *ast.ValueSpec) {
		if embedded(group.Doc) || embedded(spec.Doc) {
			return
		}
		for i, name := range spec.Names {
			var value ast.Expr
			if i < len(spec.Values) {
				value = spec.Values[i]
			}
			if name.Name == "_" || constantLike(name.Name, value, names) || globalsAllowed[s.importPath+"."+name.Name] != "" {
				continue
			}
			found = append(found, s.found(name, "global", "%s is a variable of the package: pass it, return it from a function, or make it a constant", name.Name))
		}
	})
	return found
}

// variables calls visit for each line of the package's own variables, and what it stands in.
func (s source) variables(visit func(group *ast.GenDecl, spec *ast.ValueSpec)) {
	for _, decl := range s.file.Decls {
		if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.VAR {
			for _, each := range group.Specs {
				visit(group, each.(*ast.ValueSpec))
			}
		}
	}
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// constantLike tells whether a variable is as good as a constant: an error, what a
// pure maker made, or a pure literal.
func constantLike(name string, value ast.Expr, names map[string]string) bool {
	if literal, ok := value.(*ast.CompositeLit); ok {
		kind := literal.Type
		if generic, ok := kind.(*ast.IndexExpr); ok {
			kind = generic.X
		}
		return named(kind, names, pureLiterals)
	}
	call, ok := value.(*ast.CallExpr)
	if !ok {
		// ErrNone = sql.ErrNoRows: another name of somebody's error.
		_, other := value.(*ast.SelectorExpr)
		return other && (strings.HasPrefix(name, "Err") || strings.HasPrefix(name, "err"))
	}
	return named(call.Fun, names, pureMakers)
}

// named tells whether an expression is one of the listed names of other packages.
func named(expression ast.Expr, names map[string]string, listed map[string][]string) bool {
	selector, ok := expression.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	owner, ok := selector.X.(*ast.Ident)
	return ok && slices.Contains(listed[names[owner.Name]], selector.Sel.Name)
}

// constructorRule finds constructors that take too much.
func constructorRule(s source) []finding {
	if s.test {
		return nil
	}
	var found []finding
	for _, decl := range s.file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !constructs(f.Name.Name) {
			continue
		}
		if n := f.Type.Params.NumFields(); n > maxParams {
			found = append(found, s.found(f, "constructor", "%s takes %d parameters, more than %d", f.Name.Name, n, maxParams))
		}
	}
	return found
}

func constructs(name string) bool {
	for _, prefix := range []string{"New", "new", "Open", "open", "Load", "load"} {
		rest, ok := strings.CutPrefix(name, prefix)
		if ok && (rest == "" || strings.ToLower(rest[:1]) != rest[:1]) {
			return true
		}
	}
	return false
}

// outsideRule finds tests that live inside the package they test. A file called
// export_test.go may open a window for them.
func outsideRule(s source) []finding {
	if !s.test || strings.HasSuffix(s.file.Name.Name, "_test") || filepath.Base(s.path) == "export_test.go" {
		return nil
	}
	return []finding{s.found(s.file.Name, "outside", "tests stand outside the package: package %s_test", s.file.Name.Name)}
}

// browserRule finds browser tests that `make e2e` would not run.
func browserRule(s source) []finding {
	drives := slices.ContainsFunc(s.file.Imports, func(spec *ast.ImportSpec) bool {
		return spec.Path.Value == `"kokko/edge/web/browsertest"`
	})
	if !s.test || !drives {
		return nil
	}
	var found []finding
	for _, decl := range s.file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") && !strings.HasPrefix(f.Name.Name, "TestBrowser") && f.Name.Name != "TestMain" {
			found = append(found, s.found(f, "browser", "%s drives a browser: call it TestBrowser…", f.Name.Name))
		}
	}
	return found
}

// generatorRule finds generators of rapid that tests share: drawing from one writes to it,
// and tests run side by side.
func generatorRule(s source) []finding {
	if !s.test {
		return nil
	}
	names := s.imports()
	var found []finding
	s.variables(func(_ *ast.GenDecl, spec *ast.ValueSpec) {
		made := false
		ast.Inspect(spec, func(node ast.Node) bool {
			if _, body := node.(*ast.FuncLit); body {
				return false
			}
			if selector, ok := node.(*ast.SelectorExpr); ok {
				owner, ok := selector.X.(*ast.Ident)
				made = made || ok && names[owner.Name] == "pgregory.net/rapid"
			}
			return !made
		})
		if made {
			found = append(found, s.found(spec, "generator", "tests share a generator, which drawing changes: return it from a function"))
		}
	})
	return found
}

// codeRules are the rules that read one file.
var codeRules = []func(source) []finding{
	clockRule, outgoingRule, initRule, globalRule, constructorRule, outsideRule, browserRule, generatorRule,
}

func TestCodeKeepsTheRules(t *testing.T) {
	t.Parallel()
	files := 0
	for _, p := range goList(t, "./...") {
		for _, name := range slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles) {
			s := read(t, p.ImportPath, filepath.Join(p.Dir, name))
			files++
			for _, rule := range codeRules {
				for _, f := range rule(s) {
					if wd, err := os.Getwd(); err == nil {
						f.at.Filename = strings.TrimPrefix(f.at.Filename, wd+"/")
					}
					t.Error(f)
				}
			}
		}
	}
	if files < 20 {
		t.Errorf("only %d files were read", files)
	}
}

// The files of testdata/house/code break the rules where a comment says so:
// `// want clock` at the end of the line, and `// as PATH` at the top.
func TestCodeRulesFind(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/house/code/*.go*")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var as string
		want := map[string]int{}
		for number, line := range strings.Split(string(content), "\n") {
			if rest, ok := strings.CutPrefix(line, "// as "); ok {
				as = rest
			}
			if _, rules, ok := strings.Cut(line, "// want "); ok {
				for _, rule := range strings.Fields(rules) {
					want[fmt.Sprintf("%d %s", number+1, rule)]++
					shown[rule] = true
				}
			}
		}
		if as == "" {
			t.Fatalf("%s does not say what package it is part of", path)
		}
		got := map[string]int{}
		s := read(t, as, path)
		for _, rule := range codeRules {
			for _, f := range rule(s) {
				got[fmt.Sprintf("%d %s", f.at.Line, f.rule)]++
			}
		}
		for key, n := range want {
			if got[key] != n {
				t.Errorf("%s: line %s: found %d times, want %d", path, key, got[key], n)
			}
		}
		for key, n := range got {
			if want[key] == 0 {
				t.Errorf("%s: line %s: found %d times, want none", path, key, n)
			}
		}
	}
	for _, rule := range []string{"clock", "outgoing", "init", "global", "constructor", "outside", "browser", "generator"} {
		if !shown[rule] {
			t.Errorf("nothing shows that the rule %s finds anything", rule)
		}
	}
}
