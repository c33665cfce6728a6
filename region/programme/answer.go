package programme

import (
	"slices"
	"strings"
)

// Words lists what may stand in braces in an answer template.
func Words() []string {
	return []string{"name", "title", "code", "officer", "phone", "date", "person", "link"}
}

// Fill gives the template in lang with {name}, {title} … replaced by values. A
// word without a value is left standing, so that the officer who edits the
// answer sees what is missing. Values are not searched for words again.
func (a Answer) Fill(lang string, values map[string]string) (title, body string) {
	put := func(s string) string {
		var b strings.Builder
		for part, word := range braces(s) {
			b.WriteString(part)
			if v, ok := values[word]; ok && word != "" {
				b.WriteString(v)
			} else if word != "" {
				b.WriteString("{" + word + "}")
			}
		}
		return b.String()
	}
	return put(a.Title.In(lang)), put(a.Body.In(lang))
}

// braces walks the plain parts of s, each with the word in braces after it, ""
// at the end.
func braces(s string) func(yield func(part, word string) bool) {
	return func(yield func(part, word string) bool) {
		for {
			i := strings.IndexByte(s, '{')
			j := -1
			if i >= 0 {
				j = strings.IndexByte(s[i:], '}')
			}
			if j < 2 { // no pair left, or "{}"
				yield(s, "")
				return
			}
			if !yield(s[:i], s[i+1:i+j]) {
				return
			}
			s = s[i+j+1:]
		}
	}
}

// wordsIn lists the words in braces, sorted and without repeats.
func wordsIn(s string) []string {
	var out []string
	for _, w := range braces(s) {
		if w != "" {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
