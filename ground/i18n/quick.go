package i18n

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A program that starts reads some three hundred catalogues, and a reader of all of YAML
// takes half of the start for it. Nearly all of them are lines of one shape: keys, texts
// on one line or in a block, and {one: …, other: …}. Those are read here. What has anything
// else in it, or any mistake, is left to the whole reader, which tells what is wrong and where:
// so this one never has to say no, and must only never take what the whole one reads otherwise.

// found is a text with its key, as a file has it.
type found struct {
	key string
	*text
}

// quick is one file being read.
type quick struct {
	rest string // lines that are not read yet
	line int    // the number of the one that was taken
	file string
	all  []found
}

// readQuickly gives the texts of a file in their order; ok is false when it is not all of
// the simple shape.
func readQuickly(file, src string) (all []found, ok bool) {
	if !utf8.ValidString(src) || strings.ContainsFunc(src, func(r rune) bool {
		return r < ' ' && r != '\n' || r == '\u007f' || r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\ufeff'
	}) {
		return nil, false
	}
	q := &quick{rest: src, file: file}
	if !q.mapping("", 0, 0) || strings.Trim(q.rest, "\n") != "" {
		return nil, false
	}
	return q.all, true
}

// next is the next line that is neither empty nor a comment, not taken yet; false at the
// end. A comment that might mark a text is for the whole reader.
func (q *quick) next() (line string, indent int, ok bool) {
	for q.rest != "" {
		line, after, _ := strings.Cut(q.rest, "\n")
		words := strings.TrimLeft(line, " ")
		if words != "" && words[0] != '#' {
			return line, len(line) - len(words), true
		}
		if words != "" && marks(words[1:]) {
			return line, 0, true // has no key
		}
		q.rest = after
		q.line++
	}
	return "", 0, false
}

func (q *quick) take() {
	_, q.rest, _ = strings.Cut(q.rest, "\n")
	q.line++
}

// marks tells a comment that begins with the word same.
func marks(comment string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(comment), " ")
	return strings.Trim(word, ":,;") == "same"
}

// mapping reads the lines of one indentation and those below them.
func (q *quick) mapping(prefix string, indent, depth int) bool {
	if depth > depthLimit {
		return false
	}
	first, names := true, map[string]bool{}
	for {
		line, at, ok := q.next()
		if !ok || at < indent {
			return !first || !ok && depth == 0
		}
		if at > indent {
			return false
		}
		first = false
		name, value, ok := strings.Cut(line[at:], ":")
		if bare, cut := strings.CutPrefix(name, `"`); cut { // a number stands in quotes
			name, cut = strings.CutSuffix(bare, `"`)
			ok = ok && cut && isKey(name)
		} else {
			ok = ok && simpleKey(name)
		}
		if !ok || names[name] {
			return false
		}
		names[name] = true
		key := name
		if prefix != "" {
			key = prefix + "." + name
		}
		q.take()
		if !q.value(key, value, indent, depth) {
			return false
		}
	}
}

// value reads what follows a key's colon.
func (q *quick) value(key, value string, indent, depth int) bool {
	line := q.line
	if value != "" && value[0] != ' ' {
		return false
	}
	if value = strings.TrimLeft(value, " "); strings.HasPrefix(value, "#") {
		if marks(value[1:]) {
			return false
		}
		value = "" // what is said of a group
	}
	switch {
	case value == "":
		_, at, ok := q.next()
		if !ok || at <= indent {
			return false // nothing is given
		}
		before := len(q.all)
		if !q.mapping(key, at, depth+1) {
			return false
		}
		return q.join(key, line, before)
	case value == "|":
		s, ok := q.block(indent)
		return ok && q.add(key, line, &text{forms: forms{other: s, hasOther: true}})
	case value[0] == '{':
		t, ok := counted(value)
		if !ok || q.deeper(indent) {
			return false
		}
		return q.add(key, line, t)
	}
	s, rest, ok := oneLine(value, false)
	if !ok || q.deeper(indent) {
		return false
	}
	same, ok := trail(rest)
	return ok && q.add(key, line, &text{forms: forms{other: s, hasOther: true}, same: same})
}

// deeper tells that the text goes on below.
func (q *quick) deeper(indent int) bool {
	_, at, ok := q.next()
	return ok && at > indent
}

// join makes one text of the forms that were read of a key, when they are that.
func (q *quick) join(key string, line, before int) bool {
	inner := q.all[before:]
	t := &text{plural: true}
	for _, f := range inner {
		form := strings.TrimPrefix(f.key, key+".")
		if first, _, deeper := strings.Cut(form, "."); deeper && (first == "one" || first == "other") || f.plural && first == form && (form == "one" || form == "other") {
			return false
		}
		if form != "one" && form != "other" {
			return true // a group of texts
		}
		t.forms.set(form, f.forms.other)
		t.same = t.same || f.same
	}
	q.all = q.all[:before]
	return q.add(key, line, t)
}

// add keeps a text whose placeholders are right.
func (q *quick) add(key string, line int, t *text) bool {
	for _, s := range []string{t.forms.one, t.forms.other} {
		if _, err := parsePlaceholders(s); err != nil {
			return false
		}
	}
	t.file, t.line = q.file, line
	t.forms.together()
	q.all = append(q.all, found{key, t})
	return true
}

// block reads the lines of a text as they stand.
func (q *quick) block(indent int) (string, bool) {
	var lines []string
	deep := 0
	for q.rest != "" {
		line, _, _ := strings.Cut(q.rest, "\n")
		words := strings.TrimLeft(line, " ")
		at := len(line) - len(words)
		if words == "" {
			if at > 0 || deep == 0 {
				return "", false
			}
			lines = append(lines, "")
			q.take()
			continue
		}
		if at <= indent {
			break
		}
		if deep == 0 {
			deep = at
		}
		if at < deep || strings.HasSuffix(line, " ") {
			return "", false
		}
		lines = append(lines, line[deep:])
		q.take()
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n"), deep > 0
}

// counted reads {one: …, other: …} with what follows it.
func counted(s string) (*text, bool) {
	t := &text{plural: true}
	for s = s[1:]; ; {
		s = strings.TrimLeft(s, " ")
		form, rest, ok := strings.Cut(s, ": ")
		if !ok || form != "one" && form != "other" {
			return nil, false
		}
		if _, twice := t.forms.of(form); twice {
			return nil, false
		}
		value, rest, ok := oneLine(strings.TrimLeft(rest, " "), true)
		if !ok {
			return nil, false
		}
		t.forms.set(form, value)
		s = strings.TrimLeft(rest, " ")
		switch {
		case strings.HasPrefix(s, ","):
			s = s[1:]
		case strings.HasPrefix(s, "}"):
			same, ok := trail(s[1:])
			t.same = same
			return t, ok
		default:
			return nil, false
		}
	}
}

// oneLine reads a text that ends on its line, and gives what follows it there. Inside
// braces a bare one ends before a comma.
func oneLine(s string, inside bool) (value, rest string, ok bool) {
	if s == "" {
		return "", "", false
	}
	switch s[0] {
	case '"':
		return quoted(s[1:])
	case '\'':
		for at := 1; ; at += 2 {
			end := strings.IndexByte(s[at:], '\'')
			if end < 0 {
				return "", "", false
			}
			if at += end; at+1 == len(s) || s[at+1] != '\'' {
				return strings.ReplaceAll(s[1:at], "''", "'"), s[at+1:], true
			}
		}
	}
	end := len(s)
	if i := strings.Index(s, " #"); i >= 0 {
		end = i
	}
	if inside {
		i := strings.IndexAny(s, ",}")
		if i < 0 || i > end {
			return "", "", false
		}
		end = i
	}
	value = strings.TrimRight(s[:end], " ")
	return value, s[end:], bare(value)
}

// quoted reads up to the quotation mark that ends a text. Of what a backslash may stand
// before it knows what our texts have.
func quoted(s string) (value, rest string, ok bool) {
	var out []byte // nil as long as nothing was written otherwise
	from := 0
	for at := 0; at < len(s); at++ {
		switch s[at] {
		case '"':
			if out == nil {
				return s[:at], s[at+1:], true
			}
			return string(append(out, s[from:at]...)), s[at+1:], true
		case '\\':
			out = append(out, s[from:at]...)
			if at++; at == len(s) {
				return "", "", false
			}
			switch s[at] {
			case '"', '\\':
				out = append(out, s[at])
			case 'n':
				out = append(out, '\n')
			default:
				return "", "", false
			}
			from = at + 1
		}
	}
	return "", "", false
}

// bare tells a text that needs no quotes and cannot be anything but a text.
func bare(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	if first < utf8.RuneSelf && (first|0x20 < 'a' || first|0x20 > 'z') {
		return false
	}
	if strings.ContainsAny(s, "\\{}[]\"`&*!|>%@?:#") {
		return false
	}
	return !slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s))
}

// trail reads what follows a text on its line: nothing, or a comment.
func trail(s string) (same, ok bool) {
	words := strings.TrimLeft(s, " ")
	if words == "" {
		return false, true
	}
	if words[0] != '#' || len(words) == len(s) {
		return false, false
	}
	return marks(words[1:]), true
}

// simpleKey tells a key that is a word of ours and no number.
func simpleKey(s string) bool {
	return s != "" && s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z' && bare(s) && isKey(s)
}
