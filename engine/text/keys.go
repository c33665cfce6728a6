package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/swedish"

	"kokko/engine/finnish"
	"kokko/engine/language"
)

// Column is which of an index's columns a key stands in, and so how much it says.
type Column uint8

// The columns: the word itself, the parts of a compound, what it is derived from.
const (
	Lemma Column = iota
	Part
	Root
)

// Columns is how many there are.
const Columns = 3

// Weight is what a key of a column counts beside the word itself, in a text and in a
// question alike.
func (c Column) Weight() float64 {
	if c == Lemma {
		return 1
	}
	return .5
}

// Keys are what a text is found by: in each column its keys as often as they occur,
// in the order of the text. A key has no spaces; a hyphen in it is written _, so that
// an index's own tokenizer leaves it whole.
type Keys [Columns][]string

// Analyser makes keys. Safe for concurrent use.
type Analyser struct {
	words *finnish.Lexicon
	tell  language.Model
}

// NewAnalyser makes keys with a lexicon of Finnish.
func NewAnalyser(words *finnish.Lexicon, tell language.Model) *Analyser {
	return &Analyser{words, tell}
}

// Of gives the keys of a text in a language; of a text whose language is Unknown it
// is told. A word that is Finnish by the dictionary is that in a text of any
// language whose words are not known: names of places among them.
func (a *Analyser) Of(text string, in language.Language) (k Keys) {
	if in == language.Unknown {
		in = a.tell.Of(text)
	}
	for _, token := range finnish.Tokens(text) {
		a.add(&k, token, in)
	}
	return k
}

// Asked gives the keys of a question, each once in a column. A question is short, and
// its language often uncertain: what the dictionary does not know is then looked for
// in all the languages.
func (a *Analyser) Asked(text string) (k Keys) {
	in := a.tell.Of(text)
	for _, token := range finnish.Tokens(text) {
		a.add(&k, token, in)
	}
	seen := map[string]bool{}
	for c := range k {
		k[c] = slices.DeleteFunc(k[c], func(key string) bool {
			again := seen[key]
			seen[key] = true
			return again
		})
	}
	return k
}

func (a *Analyser) add(k *Keys, token string, in language.Language) {
	switch in {
	case language.Swedish, language.English:
		k.put(Lemma, stemmed(strings.ToLower(token), in))
		return
	case language.Finnish, language.Unknown:
	}
	w := a.words.Word(token)
	for _, lemma := range w.Lemmas {
		k.put(Lemma, lemma)
	}
	for _, part := range w.Parts {
		k.put(Part, part)
	}
	for _, root := range w.Roots {
		k.put(Root, root)
	}
}

func (k *Keys) put(c Column, word string) {
	if key := Key(word); key != "" {
		k[c] = append(k[c], key)
	}
}

// longest bounds a key, in bytes: a longer one is cut.
const longest = 60

// Key writes a word as a key: letters, digits and _ alone.
func Key(word string) string {
	var b strings.Builder
	for _, r := range word {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r):
			if b.Len()+utf8.RuneLen(r) > longest {
				return b.String()
			}
			b.WriteRune(r)
		case r == '-' || r == '\u2011' || r == ':' || r == '_':
			if b.Len() > 0 && b.Len() < longest {
				b.WriteByte('_')
			}
		}
	}
	return strings.TrimRight(b.String(), "_")
}

// stemmed is a Swedish or an English word without its endings. Digits are left alone.
func stemmed(word string, in language.Language) string {
	if strings.ContainsFunc(word, unicode.IsDigit) {
		return word
	}
	env := snowballstem.NewEnv(word)
	if in == language.Swedish {
		swedish.Stem(env)
	} else {
		english.Stem(env)
	}
	return env.Current()
}
