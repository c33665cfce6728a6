package i18n

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// GapKind tells what a Gap lacks.
type GapKind string

const (
	GapMissing     GapKind = "missing"     // the key is not in this language
	GapEmpty       GapKind = "empty"       // the text is empty
	GapPlural      GapKind = "plural"      // a plural form is missing, or only some languages count
	GapPlaceholder GapKind = "placeholder" // placeholders differ from Finnish
	GapSame        GapKind = "same"        // equals the Finnish text without "# same"
)

// Gap is one thing a catalogue lacks. File and Line point at the text, or at
// the one in another language when the text itself is missing.
type Gap struct {
	Kind     GapKind
	Language Language
	Key      string
	Detail   string
	File     string
	Line     int
}

func (g Gap) String() string {
	return fmt.Sprintf("%s:%d: %s %s: %s: %s", g.File, g.Line, g.Language, g.Key, g.Kind, g.Detail)
}

// Check tells everything that is not whole, ordered by key and then language: keys
// missing in a language, empty texts, plural forms missing, placeholder sets that
// differ, and Swedish or English texts left in Finnish. Plain Finnish may leave out
// any text, but what it says must be a text of Finnish, with the same placeholders
// and forms. Nothing found is nil.
func (b *Bundle) Check() []Gap {
	var gaps []Gap
	for _, key := range b.Keys() {
		standard, counts := b.standard(key), false
		for _, l := range Sets() {
			if t := b.texts[l][key]; t != nil && t.plural {
				counts = true
			}
		}
		for _, l := range Sets() {
			t := b.texts[l][key]
			if t == nil && l == Plain {
				continue
			}
			if t == nil {
				gaps = append(gaps, Gap{GapMissing, l, key, "no such key", standard.file, standard.line})
				continue
			}
			tell := func(kind GapKind, detail string) {
				gaps = append(gaps, Gap{kind, l, key, detail, t.file, t.line})
			}
			if counts && !t.plural {
				tell(GapPlural, "another language counts here; write one and other")
			}
			for _, form := range t.wanted() {
				switch s, ok := t.forms.of(form); {
				case !ok:
					tell(GapPlural, "form "+form+" is missing")
				case strings.TrimSpace(s) == "":
					tell(GapEmpty, "form "+form+" is empty")
				}
			}
			if t == standard {
				continue
			}
			if want, got := standard.placeholders(), t.placeholders(); !maps.Equal(want, got) {
				tell(GapPlaceholder, fmt.Sprintf("has %s, the %s text has %s", names(got), b.standardLanguage(key).Name(), names(want)))
			}
			if l.Written() != Finnish && !t.same && !standard.same && sameWords(t, b.texts[Finnish][key]) {
				tell(GapSame, "equals the Finnish text; translate it or mark it # same")
			}
		}
	}
	return gaps
}

// standardLanguage is the first language that has the key, Finnish when it does.
func (b *Bundle) standardLanguage(key string) Language {
	for _, l := range Sets() {
		if b.texts[l][key] != nil {
			return l
		}
	}
	return Finnish
}

func (b *Bundle) standard(key string) *text { return b.texts[b.standardLanguage(key)][key] }

// wanted lists the forms a text must have.
func (t *text) wanted() []string {
	if t.plural {
		return []string{"one", "other"}
	}
	return []string{"other"}
}

// placeholders is the set of names in all forms together: one form may leave
// {{.n}} out ("yesterday"), but not all when another language tells the number.
func (t *text) placeholders() map[string]bool {
	set := map[string]bool{}
	for _, s := range []string{t.forms.one, t.forms.other} {
		segments, _ := parsePlaceholders(s) // proven by the reader
		for _, piece := range segments {
			if piece.name != "" {
				set[piece.name] = true
			}
		}
	}
	return set
}

func names(set map[string]bool) string {
	if len(set) == 0 {
		return "no placeholders"
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}

// sameWords tells whether two texts are equal and hold at least one letter
// outside their placeholders.
func sameWords(a, b *text) bool {
	if b == nil || a.forms != b.forms {
		return false
	}
	for _, s := range []string{a.forms.one, a.forms.other} {
		segments, _ := parsePlaceholders(s)
		for _, piece := range segments {
			if strings.ContainsFunc(piece.literal, unicode.IsLetter) {
				return true
			}
		}
	}
	return false
}
