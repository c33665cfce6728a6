package programme

import (
	"cmp"
	"fmt"
	"net/mail"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/region/place"
)

// binder carries a YAML tree into Go values by their yaml tags and notes every
// mistake with its place. It remembers where each field was written, by the
// field's address, so that later checks can point at it too.
//
// The words of a rule tag:
//
//	need           must be there, and a list must not be empty
//	id, slug       lower-case letters, digits and hyphens, from a letter
//	name           one line, ≤ 160 characters; a Text may be one word for all languages
//	line           one line, ≤ 300 characters, said in every language
//	text, text=N   several lines, ≤ 2000 or N characters, said in every language;
//	               beside Finnish any Text may also be said in plain Finnish (selko)
//	min=N, max=N   bounds of a number, or of a string's length
//	one=a|b        one of these words
//	digits=N       exactly so many digits
//	mail, file     an e-mail address; a file's name in the same folder
//	open=ever|still  what a missing day means
type binder struct {
	langs []string
	loose bool // the list of languages is itself wrong: do not blame every text for it
	at    map[any]pos
	bad   fault.Many
	over  int // mistakes not told because there are too many
}

type rule struct {
	need               bool
	shape              string // id, slug, name, line, text, mail, file
	text, min, max, ns int    // ns: exact number of digits
	hasMin, hasMax     bool
	one                []string
	open               string
}

// parseRule reads a tag. The tags are ours: a wrong one is a bug, shown by any test.
func parseRule(tag string) rule {
	r := rule{}
	for word := range strings.SplitSeq(tag, ",") {
		name, val, _ := strings.Cut(word, "=")
		n, err := strconv.Atoi(val)
		switch name {
		case "":
		case "need":
			r.need = true
		case "id", "slug", "name", "line", "text", "mail", "file":
			r.shape = name
			if val != "" {
				r.text = n
			}
		case "min":
			r.min, r.hasMin = n, true
		case "max":
			r.max, r.hasMax = n, true
		case "digits":
			r.ns = n
		case "one":
			r.one, err = strings.Split(val, "|"), nil
		case "open":
			r.open, err = val, nil
		default:
			panic("programme: unknown rule word " + name)
		}
		if val != "" && err != nil {
			panic("programme: rule " + word)
		}
	}
	return r
}

// say notes a mistake; past the limit it only counts.
func (b *binder) say(p pos, key string, args ...any) {
	if len(b.bad) >= mistakes {
		b.over++
		return
	}
	e := mistake(fault.Invalid, key, p)
	for i := 0; i+1 < len(args); i += 2 {
		e.With(args[i].(string), args[i+1])
	}
	b.bad = append(b.bad, e)
}

// err gives the mistakes in the file's order.
func (b *binder) err() error {
	where := func(e *fault.Error) (p pos) {
		fmt.Sscanf(e.Field, "%d:%d", &p.line, &p.col)
		return p
	}
	slices.SortStableFunc(b.bad, func(x, y *fault.Error) int {
		p, q := where(x), where(y)
		return cmp.Or(cmp.Compare(p.line, q.line), cmp.Compare(p.col, q.col))
	})
	if b.over > 0 {
		last := b.bad[len(b.bad)-1]
		b.bad = append(b.bad, fault.New(fault.Invalid, "programme.more").On(last.Field).With("count", b.over))
	}
	return b.bad.OrNil()
}

// of is where a field was written: b.of(&t.ID). The start of the file where it was not.
func (b *binder) of(field any) pos {
	if p, ok := b.at[field]; ok {
		return p
	}
	return pos{1, 1}
}

func posOf(n ast.Node) pos {
	if n == nil {
		return pos{1, 1}
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return at(n.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return at(n.Key.GetToken())
	}
	return at(n.GetToken())
}

// pairs gives a mapping's entries; false when the node is none.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// scalar gives a plain value as it is written; false for lists, mappings,
// nothing, and true or false, which must stand in quotes to be a word.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func null(n ast.Node) bool {
	if n == nil {
		return true
	}
	_, ok := n.(*ast.NullNode)
	return ok
}

// languages reads the list of languages first, because every text needs it.
// Its own mistakes are told by checkLanguages.
func (b *binder) languages(root ast.Node) {
	list, _ := pairs(root)
	for _, kv := range list {
		if kv.Key.GetToken().Value != "languages" {
			continue
		}
		seq, ok := kv.Value.(*ast.SequenceNode)
		if !ok {
			continue
		}
		for _, n := range seq.Values {
			s, ok := scalar(n)
			if !ok || !isLanguage(s) || slices.Contains(b.langs, s) || len(b.langs) == mostLanguages {
				b.loose = true
				continue
			}
			b.langs = append(b.langs, s)
		}
	}
	if len(b.langs) == 0 {
		b.langs, b.loose = []string{"fi"}, true
	}
}

const mostLanguages = 8

// isLanguage tells whether s is written like a language code: fi, sv, en, smn.
func isLanguage(s string) bool {
	return (len(s) == 2 || len(s) == 3) && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

func (b *binder) file(root ast.Node, p *Programme) {
	b.bind(root, reflect.ValueOf(p).Elem(), rule{}, posOf(root))
}

// bind puts node into v; key is where the node's key stands.
func (b *binder) bind(n ast.Node, v reflect.Value, r rule, key pos) {
	where := key
	if !null(n) {
		where = posOf(n)
	}
	b.at[v.Addr().Interface()] = where
	if null(n) {
		if v.Kind() != reflect.Slice || r.need { // an empty list may be written as nothing
			b.say(key, "programme.value.empty")
		}
		return
	}
	switch dst := v.Addr().Interface().(type) {
	case *Text:
		*dst = b.text(n, r)
		return
	case *workday.Day:
		s, ok := scalar(n)
		d, err := workday.Parse(s)
		if !ok || err != nil {
			b.say(where, "programme.day", "value", clip(s))
			return
		}
		*dst = d
		return
	case *Moment:
		s, _ := scalar(n) // "" is no moment either
		var ok bool
		if *dst, ok = parseMoment(s); !ok {
			b.say(where, "programme.moment", "value", clip(s))
		}
		return
	case *place.Point:
		*dst = b.point(n)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		b.structure(n, v)
	case reflect.Slice:
		seq, ok := n.(*ast.SequenceNode)
		if !ok {
			b.say(where, "programme.want.list")
			return
		}
		if r.need && len(seq.Values) == 0 {
			b.say(where, "programme.value.empty")
		}
		v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
		each := r
		each.need = true
		for i, item := range seq.Values {
			b.bind(item, v.Index(i), each, where)
		}
	case reflect.Map:
		b.words(n, v)
	case reflect.String:
		s, ok := scalar(n)
		if !ok {
			b.say(where, "programme.want.text")
			return
		}
		v.SetString(b.word(s, r, where))
	case reflect.Int:
		s, _ := scalar(n)
		i, err := strconv.Atoi(s)
		if _, ok := n.(*ast.IntegerNode); !ok || err != nil {
			b.say(where, "programme.want.number", "value", clip(s))
			return
		}
		if r.hasMin && i < r.min || r.hasMax && i > r.max || i < 0 {
			b.say(where, "programme.number.range", "min", r.min, "max", r.max)
			return
		}
		v.SetInt(int64(i))
	case reflect.Bool:
		yes, ok := n.(*ast.BoolNode)
		if !ok {
			b.say(where, "programme.want.bool")
			return
		}
		v.SetBool(yes.Value)
	default:
		panic("programme: no reader for " + v.Type().String())
	}
}

// slot is one field of a struct that a key fills.
type slot struct {
	key  string
	v    reflect.Value
	rule rule
}

// slots lists a struct's fields, those of inlined structs among them.
func slots(v reflect.Value) []slot {
	var out []slot
	t := v.Type()
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("yaml")
		switch {
		case !ok || tag == "-":
		case tag == ",inline":
			out = append(out, slots(v.Field(i))...)
		default:
			out = append(out, slot{tag, v.Field(i), parseRule(t.Field(i).Tag.Get("rule"))})
		}
	}
	return out
}

func (b *binder) structure(n ast.Node, v reflect.Value) {
	list, ok := pairs(n)
	if !ok {
		b.say(posOf(n), "programme.want.mapping")
		return
	}
	fields := slots(v)
	seen := map[string]pos{}
	for _, kv := range list {
		name, where := kv.Key.GetToken().Value, at(kv.Key.GetToken())
		if first, twice := seen[name]; twice {
			b.say(where, "programme.key.twice", "key", clip(name), "line", first.line)
			continue
		}
		seen[name] = where
		i := slices.IndexFunc(fields, func(f slot) bool { return f.key == name })
		if i < 0 {
			b.say(where, "programme.key.unknown", "key", clip(name))
			continue
		}
		b.bind(kv.Value, fields[i].v, fields[i].rule, where)
	}
	for _, f := range fields {
		if _, ok := seen[f.key]; ok {
			continue
		}
		if f.rule.need {
			b.say(posOf(n), "programme.key.missing", "key", f.key)
		}
		switch f.rule.open {
		case "ever":
			f.v.SetInt(int64(place.Ever))
		case "still":
			f.v.SetInt(int64(place.Still))
		}
	}
}

// text reads {fi: …, sv: …, en: …}, or one name for all of them.
func (b *binder) text(n ast.Node, r rule) Text {
	where := posOf(n)
	if s, ok := scalar(n); ok {
		if r.shape != "name" {
			b.say(where, "programme.text.languages", "languages", strings.Join(b.langs, ", "))
			return Text{}
		}
		return place.Same(b.word(s, r, where), b.langs...)
	}
	list, ok := pairs(n)
	if !ok {
		b.say(where, "programme.text.languages", "languages", strings.Join(b.langs, ", "))
		return Text{}
	}
	said := map[string]string{}
	for _, kv := range list {
		lang, key := kv.Key.GetToken().Value, at(kv.Key.GetToken())
		if !slices.Contains(b.langs, lang) && !b.plain(lang) {
			if !b.loose {
				b.say(key, "programme.text.language.unknown", "language", clip(lang))
			}
			continue
		}
		if _, twice := said[lang]; twice {
			b.say(key, "programme.key.twice", "key", lang, "line", where.line)
			continue
		}
		s, ok := scalar(kv.Value)
		if !ok {
			b.say(key, "programme.want.text")
			said[lang] = ""
			continue
		}
		said[lang] = b.word(s, r, posOf(kv.Value))
	}
	var pairs []string
	for _, l := range b.langs {
		if _, ok := said[l]; !ok && !b.loose {
			b.say(where, "programme.text.language.missing", "language", l)
		}
		pairs = append(pairs, l, said[l])
	}
	if words := said[string(i18n.Plain)]; words != "" {
		pairs = append(pairs, string(i18n.Plain), words)
	}
	return place.NewText(pairs...)
}

// plain tells a text in plain Finnish: it may be said beside Finnish, and need not.
func (b *binder) plain(lang string) bool {
	return lang == string(i18n.Plain) && slices.Contains(b.langs, string(i18n.Finnish))
}

// point reads [latitude, longitude].
func (b *binder) point(n ast.Node) place.Point {
	seq, ok := n.(*ast.SequenceNode)
	if !ok || len(seq.Values) != 2 {
		b.say(posOf(n), "programme.point")
		return place.Point{}
	}
	var deg [2]float64
	for i, item := range seq.Values {
		s, ok := scalar(item)
		f, err := strconv.ParseFloat(s, 64)
		if _, word := item.(*ast.StringNode); !ok || word || err != nil {
			b.say(posOf(item), "programme.want.number", "value", clip(s))
			return place.Point{}
		}
		deg[i] = f
	}
	p := place.Point{Lat: deg[0], Lon: deg[1]}
	if !p.Valid() || !p.Known() {
		b.say(posOf(n), "programme.point")
		return place.Point{}
	}
	return p
}

// words reads a mapping of free keys to short strings.
func (b *binder) words(n ast.Node, v reflect.Value) {
	list, ok := pairs(n)
	if !ok {
		b.say(posOf(n), "programme.want.mapping")
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(list)))
	for _, kv := range list {
		name, where := kv.Key.GetToken().Value, at(kv.Key.GetToken())
		s, ok := scalar(kv.Value)
		if !ok {
			b.say(where, "programme.want.text")
			continue
		}
		if v.MapIndex(reflect.ValueOf(name)).IsValid() {
			b.say(where, "programme.key.twice", "key", clip(name), "line", where.line)
			continue
		}
		b.at[mapKey{v.Addr().Interface(), name}] = posOf(kv.Value)
		v.SetMapIndex(reflect.ValueOf(name), reflect.ValueOf(b.word(s, rule{}, posOf(kv.Value))))
	}
}

// mapKey is where one entry of a mapping was written.
type mapKey struct {
	field any
	key   string
}

// isID tells whether s can stand in an address and a stored row: a-z first, then
// a-z, 0-9 and single hyphens, at most 60.
func isID(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= 60 && !strings.HasSuffix(s, "-") && !strings.Contains(s, "--")
}

// word checks one string by its rule and gives it trimmed.
func (b *binder) word(s string, r rule, where pos) string {
	s = strings.TrimSpace(s)
	if s == "" {
		if r.need || r.shape != "" {
			b.say(where, "programme.value.empty")
		}
		return s
	}
	long, lines := 200, false
	switch r.shape {
	case "id", "slug":
		if !isID(s) {
			b.say(where, "programme.id.wrong", "value", clip(s))
		}
		long = 60
	case "name":
		long = 160
	case "line":
		long = 300
	case "text":
		long, lines = 2000, true
	case "mail":
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s || a.Name != "" || !strings.Contains(s[strings.LastIndex(s, "@")+1:], ".") {
			b.say(where, "programme.mail", "value", clip(s))
		}
	case "file":
		if ok, _ := regexp.MatchString(`^[a-z0-9][a-z0-9._-]{0,60}$`, s); !ok || strings.Contains(s, "..") {
			b.say(where, "programme.file_name", "value", clip(s))
		}
	}
	if r.text > 0 {
		long = r.text
	}
	if r.hasMax {
		long = r.max
	}
	if utf8.RuneCountInString(s) > long {
		b.say(where, "programme.long", "limit", long)
	}
	// An escape such as "\u202e" is visible in the file and hidden in the value.
	for _, c := range s {
		if c == '\n' && lines {
			continue
		}
		if hidden(c) || c == utf8.RuneError {
			b.say(where, "programme.hidden", "code", fmt.Sprintf("U+%04X", c))
			break
		}
	}
	if r.one != nil && !slices.Contains(r.one, s) {
		b.say(where, "programme.one", "value", clip(s), "words", strings.Join(r.one, ", "))
	}
	if r.ns > 0 && (len(s) != r.ns || strings.Trim(s, "0123456789") != "") {
		b.say(where, "programme.digits", "count", r.ns)
	}
	return s
}

// clip keeps a quoted value short in a message.
func clip(s string) string {
	if utf8.RuneCountInString(s) <= 40 {
		return s
	}
	return string([]rune(s)[:40]) + "…"
}
