package text

import (
	"unicode"

	"kokko/engine/finnish"
)

// Common gives the base form of a word that the dictionary knows as a noun, an adjective
// or a verb; ok is false for names, numbers, addresses, what is misspelt, and everything
// where there is no dictionary.
func (a *Analyser) Common(token string) (base string, ok bool) {
	for _, r := range token {
		if !unicode.IsLetter(r) && r != '-' {
			return "", false
		}
	}
	w := a.words.Word(token)
	if !a.words.Whole() || w.Source != finnish.FromDictionary {
		return "", false
	}
	switch w.Class {
	case finnish.Noun, finnish.Adjective, finnish.NounAdjective, finnish.Verb:
		return w.Lemmas[0], true
	}
	return "", false
}

// Placed tells that a word is a form of the name of a place.
func (a *Analyser) Placed(token string) bool { return a.words.Word(token).Class == finnish.Place }

// Whole tells that there is a dictionary.
func (a *Analyser) Whole() bool { return a.words.Whole() }
