package i18n

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// segment is a piece of a text: literal words, or a placeholder when name is set.
type segment struct{ literal, name string }

// parsePlaceholders cuts a text at its {{.name}} placeholders. Anything else in
// double braces is an error: texts hold words, never program. O(len).
func parsePlaceholders(src string) ([]segment, error) {
	var out []segment
	for src != "" {
		open := strings.Index(src, "{{")
		if shut := strings.Index(src, "}}"); shut >= 0 && (open < 0 || shut < open) {
			return nil, errors.New("}} without {{")
		}
		if open < 0 {
			return append(out, segment{literal: src}), nil
		}
		if open > 0 {
			out = append(out, segment{literal: src[:open]})
		}
		src = src[open+2:]
		inside, rest, ok := strings.Cut(src, "}}")
		if !ok {
			return nil, errors.New("{{ without }}")
		}
		name, dotted := strings.CutPrefix(strings.Trim(inside, " "), ".")
		if !dotted || !isName(name) {
			return nil, fmt.Errorf("{{%s}} is no placeholder; write {{.name}}", inside)
		}
		out = append(out, segment{name: name})
		src = rest
	}
	return out, nil
}

// isName tells whether s is letters a–z and A–Z, digits and _, not starting
// with a digit.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// values fill placeholders: name, value, name, value … or the Args of a fault.
// Unfilled names are gathered in missing.
type values struct {
	pairs   []any
	args    map[string]any
	count   string // {{.n}} of a plural text
	counted bool
	missing []string
}

func (v *values) find(name string) (any, bool) {
	for i := 0; i+1 < len(v.pairs); i += 2 {
		if n, ok := v.pairs[i].(string); ok && n == name {
			return v.pairs[i+1], true
		}
	}
	if value, ok := v.args[name]; ok {
		return value, true
	}
	if v.counted && name == "n" {
		return v.count, true
	}
	return nil, false
}

// placeholders parses texts for go-i18n with our small grammar instead of
// text/template: faster, and a translator cannot write a program.
type placeholders struct{}

// Cacheable lets go-i18n keep each parsed text.
func (placeholders) Cacheable() bool { return true }

// Parse ignores the delimiters, which our catalogues cannot change.
func (placeholders) Parse(src, _, _ string) (template.ParsedTemplate, error) {
	segments, err := parsePlaceholders(src)
	if err != nil {
		return nil, err
	}
	return parsedText(segments), nil
}

type parsedText []segment

// Execute fills the placeholders from *values. Values are put in as they are:
// braces inside them mean nothing.
func (p parsedText) Execute(data any) (string, error) {
	v, ok := data.(*values)
	if !ok {
		return "", fmt.Errorf("a text takes *values, not %T", data)
	}
	if len(p) == 1 && p[0].name == "" {
		return p[0].literal, nil
	}
	var room [160]byte // most texts fit, so that only the result is allocated
	out := room[:0]
	for _, s := range p {
		if s.name == "" {
			out = append(out, s.literal...)
			continue
		}
		out = v.put(out, s.name)
	}
	return string(out), nil
}

// fillIn fills the placeholders of a text that was proven by parsePlaceholders.
func fillIn(src string, v *values) string {
	var room [160]byte
	out := room[:0]
	for {
		literal, rest, ok := strings.Cut(src, "{{")
		out = append(out, literal...)
		if !ok {
			return string(out)
		}
		var inside string
		inside, src, _ = strings.Cut(rest, "}}")
		out = v.put(out, strings.TrimPrefix(strings.Trim(inside, " "), "."))
	}
}

// put adds what is given for a name; what is not it gathers in missing.
func (v *values) put(out []byte, name string) []byte {
	value, ok := v.find(name)
	if !ok {
		v.missing = append(v.missing, name)
		out = append(out, "⟦"...)
		out = append(out, name...)
		return append(out, "⟧"...)
	}
	return appendValue(out, value)
}

func appendValue(out []byte, value any) []byte {
	switch x := value.(type) {
	case string:
		return append(out, x...)
	case int:
		return strconv.AppendInt(out, int64(x), 10)
	case int64:
		return strconv.AppendInt(out, x, 10)
	case fmt.Stringer:
		return append(out, x.String()...)
	}
	return fmt.Append(out, value)
}
