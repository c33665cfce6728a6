package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// text is one piece of SQL found in the repository.
type text struct {
	where string // file:line
	name  string // of the constant, when it has one
	sql   string
	whole bool // a whole statement, against a piece put together at run time
}

// looksWhole and looksPiece tell SQL from prose: the house writes SQL words in capitals.
var (
	looksWhole = regexp.MustCompile(`^(?s)\s*(--[^\n]*\n\s*)*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+|CREATE\s|ALTER\s|DROP\s|LISTEN\s|NOTIFY\s|PRAGMA\s)`)
	looksPiece = regexp.MustCompile(`\b(FROM|JOIN|WHERE|AND|OR|ORDER BY|GROUP BY|LIMIT|OFFSET|VALUES|ON CONFLICT|RETURNING|UNION ALL|COLLATE|FOR UPDATE)\s+[a-z("$]|\(\$\d|= \$\d`)
	lowerSQL   = regexp.MustCompile(`^(?s)\s*(select\s.+\sfrom\s+\w+|insert\s+into\s+\w+\s*\(|update\s+\w+\s+set\s+\w+\s*=|delete\s+from\s+\w+\s+where\s)`)
)

// hole stands in a text for what is put in at run time.
const hole = "⟨…⟩"

// goSQL is the SQL in the Go files of one package folder; constants are followed
// by name, so that a statement in pieces is read whole.
func goSQL(dir string, sources map[string]string) (out []text, err error) {
	files := token.NewFileSet()
	var parsed []*ast.File
	named := map[string]ast.Expr{}
	for name, src := range sources {
		f, err := parser.ParseFile(files, filepath.Join(dir, name), src, 0)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				for _, s := range g.Specs {
					if v, ok := s.(*ast.ValueSpec); ok {
						for i, value := range v.Values {
							if i < len(v.Names) {
								named[v.Names[i].Name] = value
							}
						}
					}
				}
			}
		}
	}
	var fold func(e ast.Expr, depth int) (s string, constant, any bool)
	fold = func(e ast.Expr, depth int) (string, bool, bool) {
		if depth > 20 {
			return hole, false, false
		}
		switch e := e.(type) {
		case *ast.BasicLit:
			if e.Kind == token.STRING {
				s, err := strconv.Unquote(e.Value)
				return s, err == nil, true
			}
		case *ast.ParenExpr:
			return fold(e.X, depth+1)
		case *ast.BinaryExpr:
			if e.Op == token.ADD {
				a, c1, any1 := fold(e.X, depth+1)
				b, c2, any2 := fold(e.Y, depth+1)
				return a + b, c1 && c2, any1 || any2
			}
		case *ast.Ident:
			if v, ok := named[e.Name]; ok {
				return fold(v, depth+1)
			}
		}
		return hole, false, false
	}
	for _, f := range parsed {
		name := ""
		var visit func(n ast.Node) bool
		visit = func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec, *ast.Field: // import paths, struct tags
				return false
			case *ast.ValueSpec:
				name = n.Names[0].Name
				for _, v := range n.Values {
					ast.Inspect(v, visit)
				}
				name = ""
				return false
			case *ast.BinaryExpr, *ast.BasicLit:
				e := n.(ast.Expr)
				s, constant, any := fold(e, 0)
				if !any {
					return true
				}
				at := files.Position(e.Pos())
				t := text{where: at.Filename + ":" + strconv.Itoa(at.Line), name: name, sql: s}
				switch {
				case looksWhole.MatchString(s):
					t.whole = constant
					out = append(out, t)
				case looksPiece.MatchString(s) && !strings.Contains(s, "://"), lowerSQL.MatchString(s):
					out = append(out, t)
				}
				return false
			}
			return true
		}
		ast.Inspect(f, visit)
	}
	return out, nil
}

// repositorySQL is the SQL of every Go file that is no test's.
func repositorySQL(t *testing.T, root string) (out []text) {
	t.Helper()
	packages := map[string]map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "testdata" || base == "storetest" || base == "smtptest" || base == "browsertest") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") || strings.HasSuffix(base, "_templ.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		if packages[dir] == nil {
			packages[dir] = map[string]string{}
		}
		packages[dir][base] = string(b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, sources := range packages {
		found, err := goSQL(dir, sources)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	return out
}

// lexeme is one piece of SQL: words in lower case, quoted names bare, texts empty.
type lexeme struct {
	kind rune // 'w' word, 'q' quoted name, 's' text, 'n' number, 'p' placeholder, 'd' dialect word, 'o' sign, 'h' hole
	s    string
}

var lexer = regexp.MustCompile(`(?s)^(?:(\s+|--[^\n]*|/\*.*?\*/)|(` + hole + `)|('(?:[^']|'')*')|"((?:[^"]|"")*)"|(\{[^{}]*\})|(\$\d+)|([A-Za-z_][A-Za-z_0-9]*)|(\d[\d.]*)|(->>|->|#>>|#>|@>|<@|::|\|\||<=|>=|<>|!=|.))`)

func lex(sql string) (out []lexeme) {
	for sql != "" {
		m := lexer.FindStringSubmatch(sql)
		sql = sql[len(m[0]):]
		for i, kind := range "  hsqdpwno" {
			if i >= 2 && m[i] != "" {
				s := m[i]
				if kind == 'w' {
					s = strings.ToLower(s)
				}
				out = append(out, lexeme{kind, s})
			}
		}
	}
	return out
}
