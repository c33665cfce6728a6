package place

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"kokko/ground/i18n"
)

// Text is words said in several languages, the original first. The zero Text
// says nothing. It cannot be changed, so it may be shared freely.
type Text struct{ said []saying }

type saying struct{ lang, words string }

// NewText takes pairs of language and words, the original first:
// NewText("fi", "kylä", "sv", "by"). A last language without words is left out.
func NewText(pairs ...string) Text {
	t := Text{said: make([]saying, 0, len(pairs)/2)}
	for i := 0; i+1 < len(pairs); i += 2 {
		t.said = append(t.said, saying{pairs[i], pairs[i+1]})
	}
	return t
}

// Same is a name that is the same in all the languages.
func Same(words string, langs ...string) Text {
	t := Text{said: make([]saying, len(langs))}
	for i, l := range langs {
		t.said[i] = saying{l, words}
	}
	return t
}

// In gives the words in lang, and in the original where lang is not said; plain
// Finnish is said in Finnish before that. O(languages).
func (t Text) In(lang string) string {
	for _, s := range t.said {
		if s.lang == lang && s.words != "" {
			return s.words
		}
	}
	if l := i18n.Language(lang); l.Written() != l {
		return t.In(string(l.Written()))
	}
	if len(t.said) == 0 {
		return ""
	}
	return t.said[0].words
}

// Has tells whether the text is said in lang itself, without falling back.
func (t Text) Has(lang string) bool {
	return slices.ContainsFunc(t.said, func(s saying) bool { return s.lang == lang && s.words != "" })
}

// Empty tells whether nothing is said in any language.
func (t Text) Empty() bool {
	return !slices.ContainsFunc(t.said, func(s saying) bool { return s.words != "" })
}

// With is the text with other words in one language; one that was not said comes
// last. Without words that language falls back on the original.
func (t Text) With(lang, words string) Text {
	out := Text{said: slices.Clone(t.said)}
	for i := range out.said {
		if out.said[i].lang == lang {
			out.said[i].words = words
			return out
		}
	}
	out.said = append(out.said, saying{lang, words})
	return out
}

// Languages lists the languages said, the original first.
func (t Text) Languages() []string {
	out := make([]string, len(t.said))
	for i, s := range t.said {
		out[i] = s.lang
	}
	return out
}

// Equal tells whether both say the same in the same languages and order.
func (t Text) Equal(u Text) bool { return slices.Equal(t.said, u.said) }

// MarshalJSON writes {"fi": …, "sv": …} in the text's own order.
func (t Text) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, s := range t.said {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, part := range []string{s.lang, s.words} {
			enc, err := json.Marshal(part)
			if err != nil {
				return nil, err
			}
			if j > 0 {
				b.WriteByte(':')
			}
			b.Write(enc)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// String shows the original, for logs.
func (t Text) String() string { return strings.TrimSpace(t.In("")) }
