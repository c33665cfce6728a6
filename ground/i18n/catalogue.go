package i18n

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"kokko/ground/fault"
)

//go:embed texts/*.yaml
var ownTexts embed.FS

// Bundle is every text of the house in three languages, and some in plain Finnish
// too. It does not change after Load and is safe for concurrent use.
type Bundle struct {
	texts    map[Language]map[string]*text // of Plain only what is its own
	printers map[Language]*Printer
	report   atomic.Pointer[func(Missing)]
	lent     atomic.Pointer[func(key string)]
}

// text is one key in one language.
type text struct {
	forms  forms
	plural bool
	same   bool // marked "# same"
	plain  bool // no plural and no placeholder: forms.other is the answer
	file   string
	line   int
}

// forms is a text in the CLDR forms that our languages have: of one, and of other
// numbers or without a number. There are thousands, so they are no map.
type forms struct {
	one, other       string
	hasOne, hasOther bool
}

// of is the text in one form.
func (f forms) of(form string) (s string, ok bool) {
	if form == "one" {
		return f.one, f.hasOne
	}
	return f.other, f.hasOther
}

// set writes a form that isPlural knows.
func (f *forms) set(form, s string) {
	if form == "one" {
		f.one, f.hasOne = s, true
		return
	}
	f.other, f.hasOther = s, true
}

// Missing is a text that was asked for and could not be given in full.
type Missing struct {
	Language    Language
	Key         string
	Placeholder string // the unfilled name; empty when the key itself is unknown
}

func (m Missing) String() string {
	if m.Placeholder != "" {
		return fmt.Sprintf("%s: %s: nothing given for {{.%s}}", m.Language, m.Key, m.Placeholder)
	}
	return fmt.Sprintf("%s: no text %q", m.Language, m.Key)
}

// Load reads every *.fi.yaml, *.sv.yaml, *.en.yaml and *.selko.yaml in the trees,
// and the package's own texts. The error is a fault.Many of all mistakes, each On
// "file:line:column": broken YAML, a key written twice in a language (also across
// files), a value that is no text, a broken placeholder. What is merely incomplete
// is Check's to tell.
func Load(fsyss ...fs.FS) (*Bundle, error) {
	b := &Bundle{texts: map[Language]map[string]*text{}, printers: map[Language]*Printer{}}
	for _, l := range Sets() {
		b.texts[l] = map[string]*text{}
	}
	var wrong fault.Many
	for _, fsys := range append([]fs.FS{ownTexts}, fsyss...) {
		err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			l, ours, err := fileLanguage(name)
			if err != nil {
				wrong = append(wrong, mistake(name, 0, 0, err))
			}
			if !ours {
				return nil
			}
			src, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			wrong = append(wrong, b.read(l, name, src)...)
			return nil
		})
		if err != nil {
			wrong = append(wrong, mistake(".", 0, 0, err))
		}
	}
	if err := wrong.OrNil(); err != nil {
		return nil, err
	}
	goBundle := goi18n.NewBundle(language.Finnish)
	for _, l := range Languages() {
		if err := b.give(goBundle, l, b.texts[l]); err != nil {
			return nil, mistake(string(l), 0, 0, err)
		}
	}
	for _, l := range Languages() {
		b.printers[l] = newPrinter(b, goBundle, l, b.texts[l])
	}
	// Plain Finnish counts as Finnish, so it stands under the same tag, and needs a
	// house of its own there.
	plain := maps.Clone(b.texts[Finnish])
	maps.Copy(plain, b.texts[Plain])
	plainBundle := goi18n.NewBundle(language.Finnish)
	if err := b.give(plainBundle, Plain, plain); err != nil {
		return nil, mistake(string(Plain), 0, 0, err)
	}
	b.printers[Plain] = newPrinter(b, plainBundle, Plain, plain)
	return b, nil
}

// Twin is the same texts with hearers of its own, so that whoever wants to hear what
// is missing need not read them all again. O(languages).
func (b *Bundle) Twin() *Bundle {
	twin := &Bundle{texts: b.texts, printers: make(map[Language]*Printer, len(b.printers))}
	for l, p := range b.printers {
		own := *p
		own.bundle = twin
		twin.printers[l] = &own
	}
	return twin
}

// OnLent sets who hears of each text that plain Finnish took from Finnish; nil
// means nobody. Tests set it to see that a page is plain altogether. It may be
// called from many goroutines at once.
func (b *Bundle) OnLent(hear func(key string)) {
	if hear == nil {
		b.lent.Store(nil)
		return
	}
	b.lent.Store(&hear)
}

// Own lists the keys a set says itself, sorted.
func (b *Bundle) Own(l Language) []string { return slices.Sorted(maps.Keys(b.texts[l])) }

// OnMissing sets who hears of missing texts; nil means the log again. Tests set
// it to fail. It may be called from many goroutines at once.
func (b *Bundle) OnMissing(hear func(Missing)) {
	if hear == nil {
		b.report.Store(nil)
		return
	}
	b.report.Store(&hear)
}

func (b *Bundle) miss(m Missing) {
	if hear := b.report.Load(); hear != nil {
		(*hear)(m)
		return
	}
	slog.Error("a text is missing", "language", string(m.Language), "key", m.Key, "placeholder", m.Placeholder)
}

// For gives the printer of a language; an unknown language gets Finnish. O(1).
func (b *Bundle) For(l Language) *Printer {
	if p, ok := b.printers[l]; ok {
		return p
	}
	return b.printers[Finnish]
}

// Keys lists the keys known in any language, sorted; for tests that compare
// texts with their callers.
func (b *Bundle) Keys() []string {
	seen := map[string]bool{}
	for _, texts := range b.texts {
		for key := range texts {
			seen[key] = true
		}
	}
	keys := make([]string, 0, len(seen))
	for key := range seen {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// give hands the texts of a language that count to go-i18n, which keeps the parsed forms
// and chooses among them. Those with nothing to choose it need not know.
func (b *Bundle) give(to *goi18n.Bundle, l Language, texts map[string]*text) error {
	messages := make([]*goi18n.Message, 0, len(texts))
	for key, t := range texts {
		if t.plural {
			messages = append(messages, &goi18n.Message{ID: key, One: t.forms.one, Other: t.forms.other})
		}
	}
	return to.AddMessages(l.tag(), messages...)
}

// fileLanguage reads the language from a file's name; ours is false for files
// that are no catalogue.
func fileLanguage(name string) (l Language, ours bool, err error) {
	parts := strings.Split(path.Base(name), ".")
	if len(parts) < 3 {
		return "", false, nil
	}
	l, known := ParseSet(parts[len(parts)-2])
	switch parts[len(parts)-1] {
	case "yaml":
		return l, known, nil
	case "yml":
		if known {
			return "", false, errors.New("name the file .yaml, so that it is read")
		}
	}
	return "", false, nil
}

// read puts one file's texts into the bundle and gives its mistakes.
func (b *Bundle) read(l Language, file string, src []byte) fault.Many {
	if all, ok := readQuickly(file, string(src)); ok && b.takes(l, all) {
		return nil
	}
	tree, err := parser.ParseBytes(src, parser.ParseComments)
	if err != nil {
		return fault.Many{mistake(file, 0, 0, err)}
	}
	r := reader{into: b.texts[l], file: file}
	for _, doc := range tree.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.CommentGroupNode: // an empty file says nothing
		case *ast.MappingNode:
			r.mapping("", body, 0)
		default:
			r.wrong(body, errors.New("a catalogue is a mapping of keys to texts"))
		}
	}
	return r.mistakes
}

// takes puts texts into the bundle, or none when a key is there already.
func (b *Bundle) takes(l Language, all []found) bool {
	into := b.texts[l]
	for i, f := range all {
		if _, twice := into[f.key]; twice {
			for _, f := range all[:i] {
				delete(into, f.key)
			}
			return false
		}
		f.plain = !f.plural && len(f.placeholders()) == 0
		into[f.key] = f.text
	}
	return true
}

// depthLimit bounds the nesting of keys.
const depthLimit = 16

type reader struct {
	into     map[string]*text
	file     string
	mistakes fault.Many
}

func (r *reader) wrong(at ast.Node, err error) {
	line, column := 0, 0
	if tk := at.GetToken(); tk != nil && tk.Position != nil {
		line, column = tk.Position.Line, tk.Position.Column
	}
	r.mistakes = append(r.mistakes, mistake(r.file, line, column, err))
}

func (r *reader) mapping(prefix string, m *ast.MappingNode, depth int) {
	if depth > depthLimit {
		r.wrong(m, errors.New("keys nested too deep"))
		return
	}
	for _, pair := range m.Values {
		name, ok := keyOf(pair.Key)
		if !ok {
			r.wrong(pair.Key, fmt.Errorf("%q is no key; use letters a–z, digits, underscore, dash and full stop", pair.Key.String()))
			continue
		}
		key := name
		if prefix != "" {
			key = prefix + "." + name
		}
		inner, nested := pair.Value.(*ast.MappingNode)
		switch {
		case nested && isPlural(inner):
			r.plural(key, pair, inner)
		case nested:
			r.mapping(key, inner, depth+1)
		default:
			if s, ok := r.scalar(pair); ok {
				r.add(pair, key, &text{forms: forms{other: s, hasOther: true}, same: markedSame(pair)})
			}
		}
	}
}

func (r *reader) plural(key string, at *ast.MappingValueNode, m *ast.MappingNode) {
	t := &text{plural: true, same: markedSame(at)}
	for _, pair := range m.Values {
		form, _ := keyOf(pair.Key)
		if s, ok := r.scalar(pair); ok {
			t.forms.set(form, s)
			t.same = t.same || markedSame(pair)
		}
	}
	r.add(at, key, t)
}

func (r *reader) add(at *ast.MappingValueNode, key string, t *text) {
	t.file, t.line = r.file, at.Key.GetToken().Position.Line
	if first, twice := r.into[key]; twice {
		r.wrong(at.Key, fmt.Errorf("%q is written already in %s:%d", key, first.file, first.line))
		return
	}
	t.forms.together()
	t.plain = !t.plural && len(t.placeholders()) == 0
	r.into[key] = t
}

// scalar is the text of a leaf, with its placeholders proven.
func (r *reader) scalar(pair *ast.MappingValueNode) (string, bool) {
	var s string
	switch v := pair.Value.(type) {
	case *ast.StringNode:
		s = v.Value
	case *ast.LiteralNode:
		s = strings.TrimRight(v.Value.Value, "\n")
	case *ast.NullNode: // Check tells of empty texts
	default:
		r.wrong(pair.Key, fmt.Errorf("%q is not given a text; put quotes round it", pair.Key.String()))
		return "", false
	}
	if _, err := parsePlaceholders(s); err != nil {
		r.wrong(pair.Key, err)
		return "", false
	}
	return s, true
}

func keyOf(node ast.MapKeyNode) (string, bool) {
	var key string
	switch k := node.(type) {
	case *ast.StringNode:
		key = k.Value
	case *ast.IntegerNode:
		key = k.Token.Value
	default:
		return "", false
	}
	return key, isKey(key)
}

// isKey tells a key, or several with full stops between them.
func isKey(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
			return false
		}
	}
	return true
}

// isPlural tells a plural text from a group of keys: nothing but the forms our
// three languages have.
func isPlural(m *ast.MappingNode) bool {
	for _, pair := range m.Values {
		if key, _ := keyOf(pair.Key); key != "one" && key != "other" {
			return false
		}
	}
	return len(m.Values) > 0
}

// markedSame finds the comment "# same" on the line of a key or its value.
func markedSame(pair *ast.MappingValueNode) bool {
	for _, node := range []ast.Node{pair, pair.Key, pair.Value} {
		group := node.GetComment()
		if group == nil {
			continue
		}
		for _, c := range group.Comments {
			if word, _, _ := strings.Cut(strings.TrimSpace(c.Token.Value), " "); strings.Trim(word, ":,;") == "same" {
				return true
			}
		}
	}
	return false
}

func mistake(file string, line, column int, err error) *fault.Error {
	at := file
	if line > 0 {
		at = fmt.Sprintf("%s:%d:%d", file, line, column)
	}
	return fault.New(fault.Invalid, "texts.unreadable").On(at).With("where", at).Because(err)
}
