package text

import (
	"iter"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
)

// Tell is the language of a text, Unknown when it is none of the three or too short.
func (a *Analyser) Tell(body string) language.Language { return a.tell.Of(body) }

// Knows tells that a word is Finnish by the dictionary.
func (a *Analyser) Knows(token string) bool {
	return a.words.Whole() && a.words.Word(token).Source < finnish.FromStem
}

// Words are the words of a text, in its order, each with the keys of that word alone, and
// of Finnish with the base forms that it may have where it stands. The keys are overwritten
// by those of the next word.
func (a *Analyser) Words(body string, in language.Language) iter.Seq2[string, *Keys] {
	return func(yield func(string, *Keys) bool) {
		var k Keys
		empty := func() {
			for c := range k {
				k[c] = k[c][:0]
			}
		}
		if in == language.Finnish && a.words.Whole() {
			for _, said := range a.words.Read(body) {
				empty()
				k.word(a.words.Word(said.Token), said.Lemmas)
				if !yield(said.Token, &k) {
					return
				}
			}
			return
		}
		for _, token := range finnish.Tokens(body) {
			empty()
			a.add(&k, token, in)
			if !yield(token, &k) {
				return
			}
		}
	}
}

// Speaks gives the concepts that a text speaks of by their names; none where the
// analyser knows no concepts.
func (a *Analyser) Speaks(body string, in language.Language) []concept.Match {
	if a.concepts == nil {
		return nil
	}
	return a.concepts.In(nil, body, in)
}
