package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/spelling"
	"kokko/engine/swedish"
)

// Column is which of an index's columns a key stands in, and so how much it says.
type Column uint8

// The columns: the word itself, the parts of a compound, what it is derived from.
const (
	Lemma Column = iota
	Part
	Root
)

// Version is of what Keys holds: it rises when the same text gets other keys.
const Version = 3

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
	words    *finnish.Lexicon
	tell     language.Model
	concepts *concept.Thesaurus // nil when there is none
	swedish  *swedish.Lexicon   // nil when there is none
	speller  *spelling.Speller
	stems    *language.Stemmer
}

// NewAnalyser makes keys with a lexicon of Finnish.
func NewAnalyser(words *finnish.Lexicon, tell language.Model) *Analyser {
	return &Analyser{words: words, tell: tell, speller: spelling.New(words), stems: new(language.Stemmer)}
}

// lead is how many words at the beginning of a text without a title count as one: who
// writes says first what it is about.
const lead = 40

// Of gives the keys of a text in a language; of a text whose language is Unknown it
// is told. What stands in the title, or at the beginning of a text that has none,
// counts twice.
//
// Of a text that is very long the beginning counts.
func (a *Analyser) Of(title, body string, in language.Language) (k Keys) {
	title, body = begun(title, mostTitle), begun(body, mostBody)
	if in == language.Unknown {
		in = a.told(title + " " + body)
	}
	for _, token := range finnish.Tokens(title) {
		a.add(&k, token, in)
	}
	k.double()
	words, led := 0, len(body)
	for at, token := range finnish.Tokens(body) {
		a.add(&k, token, in)
		if words++; words == lead && title == "" {
			k.double()
			led = at + len(token)
		}
	}
	if words < lead && title == "" {
		k.double()
	}
	if title != "" {
		a.speak(&k, title, in, len(title))
		led = 0
	}
	a.speak(&k, body, in, led)
	k.bound()
	return k
}

// Bounds of what is read, in bytes: of a title, a body and a question, and of all
// different keys of a text together. PostgreSQL takes no row whose keys have more than a
// megabyte, and nobody means the hundred thousandth word of what they found.
const (
	mostTitle = 1 << 14
	mostBody  = 1 << 20
	mostAsked = 1 << 16
	mostKeyed = 400_000
)

// begun is how a text begins, without half a word at its end.
func begun(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if at := strings.LastIndexFunc(text[:most], unicode.IsSpace); at > 0 {
		return text[:at]
	}
	for !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// bound leaves out the keys that there is no room for, those that came last.
func (k *Keys) bound() {
	room := mostKeyed
	for _, column := range k {
		for _, key := range column {
			room -= len(key)
		}
	}
	if room >= 0 {
		return // even if no key came twice
	}
	room = mostKeyed
	kept := map[string]bool{}
	for c := range k { // the word itself before its parts, and what it comes from last
		k[c] = slices.DeleteFunc(k[c], func(key string) bool {
			keep, seen := kept[key]
			if !seen {
				if keep = len(key) <= room; keep {
					room -= len(key)
				}
				kept[key] = keep
			}
			return !keep
		})
	}
}

// told is the language of a text, Finnish when it is none of the three.
func (a *Analyser) told(text string) language.Language {
	if in := a.tell.Of(text); in != language.Unknown {
		return in
	}
	return language.Finnish
}

// double has every key again.
func (k *Keys) double() {
	for c := range k {
		k[c] = append(k[c], k[c]...)
	}
}

// Asked gives the keys of a question, each once in a column. A question is short, and
// its language often uncertain: unless it is surely Finnish, what the dictionary does
// not know is looked for as Swedish and as English too; and without a dictionary, or of
// one or two words, every word as Finnish. What it speaks of is looked for in the other languages.
func (a *Analyser) Asked(question string) (k Keys) {
	question = begun(question, mostAsked)
	return a.asked(question, a.spokenOf(question))
}

// AskedBeside is Asked, and beside it keys of words that go with what the question speaks
// of though it does not say them, with what each counts.
func (a *Analyser) AskedBeside(question string) (k Keys, beside map[string]float64) {
	question = begun(question, mostAsked)
	speaks := a.spokenOf(question)
	return a.asked(question, speaks), a.beside(speaks)
}

func (a *Analyser) asked(question string, speaks map[language.Language][]concept.Match) (k Keys) {
	told := a.tell.Of(question)
	aside, whole := asides(question), a.words.Whole()
	n := 0
	for range finnish.Tokens(question) {
		n++
	}
	few := n <= uncertain
	for at, token := range finnish.Tokens(question) {
		var of Keys
		known := whole && a.words.Word(token).Source < finnish.FromStem
		if known || !whole || told == language.Finnish || told == language.Unknown || few {
			a.add(&of, token, language.Finnish)
		}
		if told == language.Swedish || told == language.Unknown && !known {
			a.add(&of, token, language.Swedish)
		}
		if told == language.English || told == language.Unknown && !known {
			a.add(&of, token, language.English)
		}
		if aside(at) {
			of = Keys{Root: of[Lemma]}
		}
		for c, keys := range of {
			k[c] = append(k[c], keys...)
		}
	}
	k.ask(speaks)
	for c := range k {
		seen := map[string]bool{}
		k[c] = slices.DeleteFunc(k[c], func(key string) bool {
			again := seen[key]
			seen[key] = true
			return again
		})
	}
	return k
}

// uncertain is how few words may be of any language, whatever they look like.
const uncertain = 2

// asides tells whether a place of a question stands in brackets, after something that
// does not: what stands there only explains what is meant, and counts half.
func asides(question string) func(at int) bool {
	from := strings.IndexByte(question, '(')
	if from < 0 || strings.TrimSpace(question[:from]) == "" {
		return func(int) bool { return false }
	}
	return func(at int) bool {
		if at < from {
			return false
		}
		return strings.LastIndexByte(question[:at], '(') > strings.LastIndexByte(question[:at], ')')
	}
}

func (a *Analyser) add(k *Keys, token string, in language.Language) {
	if in != language.Finnish {
		word := strings.ToLower(token)
		k.put(Lemma, a.stems.Stem(word, in))
		if in == language.Swedish && a.swedish != nil {
			for _, part := range a.swedish.Parts(word) {
				k.put(Part, a.stems.Stem(part, in))
			}
		}
		return
	}
	w := a.words.Word(token)
	k.word(w, w.Lemmas)
}

// word adds a word of Finnish, by the base forms it may have where it stands.
func (k *Keys) word(w *finnish.Word, lemmas []string) {
	for _, lemma := range lemmas {
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
	key := Key(word)
	if key == "" {
		return
	}
	k[c] = append(k[c], key)
	if b := begins(key); c == Lemma && b != "" {
		k[Root] = append(k[Root], b)
	}
}

// begins is how a word of at least four letters begins, as a key of its own: what no
// dictionary derives, what is misspelt and what it does not know is found by it.
func begins(key string) string {
	const least, most = 4, 5
	n := 0
	for i := range key {
		if n++; n > most {
			return "_" + strings.TrimRight(key[:i], "_") // koti-ilta begins as koti
		}
	}
	if n < least {
		return ""
	}
	return "_" + key
}

// longest bounds a key, in bytes: a longer one is cut.
const longest = 60

// Key writes a word as a key: letters, digits and _ alone, composed (NFC).
func Key(word string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(word) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
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
