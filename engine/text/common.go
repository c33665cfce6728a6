package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"kokko/engine/finnish"
	"kokko/engine/language"
)

// Common gives the base form of a word that the dictionary knows as a noun, an adjective
// or a verb; ok is false for names, numbers, addresses, what is misspelt, and everything
// where there is no dictionary.
func (a *Analyser) Common(token string) (base string, ok bool) {
	w := a.words.Word(token)
	if !lettered(token) || !a.words.Whole() || w.Source != finnish.FromDictionary {
		return "", false
	}
	switch w.Class {
	case finnish.Noun, finnish.Adjective, finnish.NounAdjective, finnish.Verb:
		return w.Lemmas[0], true
	}
	return "", false
}

func lettered(token string) bool {
	return !strings.ContainsFunc(token, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' })
}

// CommonAs is Common in another language than Finnish, for a token where it stands in a
// question: a word is common that a concept is called by, and its base form is what the
// concept is called. What only links others has none, and is no name either.
func (a *Analyser) CommonAs(question string, in language.Language) func(at int, token string) (base string, ok bool) {
	speaks := a.Speaks(question, in)
	return func(at int, token string) (string, bool) {
		// A word that is a name in Finnish may be somebody's here.
		if w := a.words.Word(token); !lettered(token) || w.Class.Proper() && w.Source <= finnish.FromNames {
			return "", false
		}
		if language.Little(token, in) {
			return "", true
		}
		for _, m := range speaks {
			if m.Part || at < m.At || m.End <= at {
				continue
			}
			label, _, _ := strings.Cut(a.Label(m.ID, in), " (")
			first, _ := utf8.DecodeRuneInString(label)
			return label, unicode.IsLower(first)
		}
		return "", false
	}
}

// Placed tells that a word is a form of the name of a place.
func (a *Analyser) Placed(token string) bool { return a.words.Word(token).Class == finnish.Place }

// Whole tells that there is a dictionary.
func (a *Analyser) Whole() bool { return a.words.Whole() }
