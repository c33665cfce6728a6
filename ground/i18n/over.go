package i18n

import (
	"slices"
	"strings"
)

// Words a person has put over a catalogue's: they are written with {name} where the
// catalogue has {{.name}}, as people write them in answer templates.

// Source is a text as a person may write it: placeholders as {name}; of a text that
// counts the form for many. "" for an unknown key.
func (p *Printer) Source(key string) string {
	t, ok := p.texts[key]
	if !ok {
		return ""
	}
	segments, _ := parsePlaceholders(t.forms.other) // proven by the reader
	var b strings.Builder
	for _, s := range segments {
		if s.name != "" {
			b.WriteString("{" + s.name + "}")
			continue
		}
		b.WriteString(s.literal)
	}
	return b.String()
}

// Gaps names the placeholders {name} in words, each once, in their order. A brace
// round anything but a name is a brace.
func Gaps(words string) (names []string) {
	for _, s := range parseBraces(words) {
		if s.name != "" && !slices.Contains(names, s.name) {
			names = append(names, s.name)
		}
	}
	return names
}

// parseBraces cuts words at their {name} placeholders. O(len).
func parseBraces(src string) (out []segment) {
	for src != "" {
		open := strings.IndexByte(src, '{')
		if open < 0 {
			return append(out, segment{literal: src})
		}
		name, rest, ok := strings.Cut(src[open+1:], "}")
		if !ok || !isName(name) {
			out = append(out, segment{literal: src[:open+1]})
			src = src[open+1:]
			continue
		}
		if open > 0 {
			out = append(out, segment{literal: src[:open]})
		}
		out = append(out, segment{name: name})
		src = rest
	}
	return out
}

// Over is a printer that says some keys in other words, with {name} where a value
// goes; everything else it says as before. The words should have the same
// placeholders as the texts they stand for: Gaps tells.
func (p *Printer) Over(words map[string]string) *Printer {
	if len(words) == 0 {
		return p
	}
	out := *p
	out.over = make(map[string]parsedText, len(p.over)+len(words))
	for key, text := range p.over {
		out.over[key] = text
	}
	for key, text := range words {
		out.over[key] = parsedText(parseBraces(text))
	}
	return &out
}

// said is an own word for a key, filled.
func (p *Printer) said(own parsedText, key string, v *values) string {
	s, _ := own.Execute(v) // of *values it does not fail
	for _, name := range v.missing {
		p.bundle.miss(Missing{Language: p.lang, Key: key, Placeholder: name})
	}
	return s
}

// Fill puts values into words with {name} placeholders; what is not given stays as
// it is written.
func Fill(words string, pairs ...any) string {
	v := &values{pairs: pairs}
	var b strings.Builder
	for _, s := range parseBraces(words) {
		value, ok := any(nil), false
		if s.name != "" {
			value, ok = v.find(s.name)
		}
		switch {
		case s.name == "":
			b.WriteString(s.literal)
		case ok:
			b.Write(appendValue(nil, value))
		default:
			b.WriteString("{" + s.name + "}")
		}
	}
	return b.String()
}
