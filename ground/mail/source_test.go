package mail_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	kokkomail "kokko/ground/mail"
)

// keysInSource lists the catalogue keys the package names, the built ones
// ("mail.refused." + step) filled in.
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
			if pair, ok := n.(*ast.KeyValueExpr); ok {
				if name, ok := pair.Key.(*ast.Ident); ok && name.Name == "Name" {
					return false // a job's name, not a text
				}
			}
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			value, err := strconv.Unquote(literal.Value)
			if err != nil || !strings.HasPrefix(value, "mail.") {
				return true
			}
			switch {
			case value == "mail.refused.":
				for _, step := range []kokkomail.Step{kokkomail.StepGreeting, kokkomail.StepHello, kokkomail.StepTLS, kokkomail.StepSignIn,
					kokkomail.StepSender, kokkomail.StepRecipient, kokkomail.StepData, kokkomail.StepAccept} {
					keys["fault.mail.refused."+string(step)] = true
				}
			case value == "mail.settings.":
				for _, field := range []string{"url", "port", "tls", "from", "timeout", "host", "password", "hello"} {
					keys["fault.mail.settings."+field] = true
				}
			case strings.HasPrefix(value, "mail.probe."):
				keys[value] = true
			default:
				keys["fault."+value] = true
			}
			return true
		})
	}
	return keys
}
