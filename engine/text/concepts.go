package text

import (
	"slices"
	"strconv"
	"strings"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/passage"
	"kokko/engine/spelling"
	"kokko/engine/swedish"
)

// More is what an analyser may know beside words.
type More struct {
	Concepts *concept.Thesaurus // what texts speak of, whatever their language
	Names    []string           // that no dictionary has, and that are no slips
	Swedish  *swedish.Lexicon   // takes the compounds of Swedish apart
}

// With gives an analyser that knows more.
func (a *Analyser) With(m More) *Analyser {
	if m.Concepts != nil && m.Swedish != nil {
		m.Concepts.Swedish(m.Swedish)
	}
	b := *a
	b.concepts, b.swedish, b.speller = m.Concepts, m.Swedish, spelling.New(a.words, m.Names...)
	return &b
}

// A concept that a text speaks of is a key of it, with the language it is spoken of in:
// __fi11416. A question asks for its concepts in the other languages. In its own the
// words find what there is, and are not counted twice.
const spoken = "__" // no word's key, nor how one begins, is written so

func conceptKey(id concept.ID, in language.Language) string {
	return spoken + string(in) + strconv.FormatUint(uint64(id), 10)
}

// Concept is the concept that a key stands for.
func Concept(key string) (id concept.ID, ok bool) {
	rest, ok := strings.CutPrefix(key, spoken)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz"), 10, 32)
	return concept.ID(n), err == nil
}

func ofConcept(key string) bool { return strings.HasPrefix(key, spoken) }

// speak adds the concepts of a text, those before an offset twice.
func (a *Analyser) speak(k *Keys, body string, in language.Language, twice int) {
	if a.concepts == nil {
		return
	}
	for _, m := range a.concepts.In(nil, body, in) {
		key := conceptKey(m.ID, in)
		k[Root] = append(k[Root], key)
		if m.At < twice {
			k[Root] = append(k[Root], key)
		}
	}
}

// spokenOf is what a question speaks of, by the language it may be read in: that it is
// told to be in, or Finnish when the dictionary knows every word of it, or any.
func (a *Analyser) spokenOf(question string) map[language.Language][]concept.Match {
	if a.concepts == nil {
		return nil
	}
	told := []language.Language{a.tell.Of(question)}
	if told[0] == language.Unknown {
		told = language.All()
		if a.knows(question) {
			told = []language.Language{language.Finnish}
		}
	}
	all := map[language.Language][]concept.Match{}
	for _, in := range told {
		all[in] = a.concepts.In(nil, question, in)
	}
	return all
}

// knows tells that the dictionary has every word of a text.
func (a *Analyser) knows(body string) bool {
	if !a.words.Whole() {
		return false
	}
	for _, token := range finnish.Tokens(body) {
		if a.words.Word(token).Source >= finnish.FromStem {
			return false
		}
	}
	return true
}

// ask adds the concepts that a question speaks of as the other languages have them.
func (k *Keys) ask(speaks map[language.Language][]concept.Match) {
	for _, in := range language.All() {
		for _, m := range speaks[in] {
			for _, other := range language.All() {
				if other != in {
					k[Root] = append(k[Root], conceptKey(m.ID, other))
				}
			}
		}
	}
}

// besides is what a word that keeps a concept of the question company counts beside the
// question's own.
const besides = .3

// beside gives keys of words that go with what a question speaks of though it does not
// say them, and what each counts beside one that it says: weather, asked for meteorology
// (concept.Thesaurus.Company).
func (a *Analyser) beside(speaks map[language.Language][]concept.Match) map[string]float64 {
	all := map[string]float64{}
	for in, matches := range speaks {
		for _, m := range matches {
			for _, w := range a.concepts.Company(m.ID, in) {
				var k Keys
				if in == language.Finnish && a.words.Whole() {
					k[Lemma] = []string{Key(w.Text)}
				} else {
					a.add(&k, w.Text, in)
				}
				for _, key := range k[Lemma] {
					all[key] = max(all[key], besides*w.Weight)
				}
			}
		}
	}
	return all
}

// Elsewhere are the concepts of a text as the other languages have them, each by itself:
// what texts in another language are compared by.
func (k Keys) Elsewhere() map[language.Language]Keys {
	all := map[language.Language]Keys{}
	for _, key := range k[Root] {
		id, ok := Concept(key)
		if !ok {
			continue
		}
		for _, other := range language.All() {
			if is := conceptKey(id, other); is != key {
				of := all[other]
				of[Root] = append(of[Root], is)
				all[other] = of
			}
		}
	}
	return all
}

// Speaking are the concepts among the keys and what each counts: two texts that speak of
// one thing by other words of one language are the more alike for it.
func (k Keys) Speaking() map[string]float64 {
	all := map[string]float64{}
	for _, key := range k[Root] {
		if ofConcept(key) {
			all[key] += Root.Weight()
		}
	}
	return all
}

// Words are the keys without the concepts.
func (k Keys) Words() Keys {
	k[Root] = slices.DeleteFunc(slices.Clone(k[Root]), ofConcept)
	return k
}

// Spoken finds where a question speaks of some concepts.
func (a *Analyser) Spoken(question string, of []concept.ID) (all []passage.Range) {
	for _, matches := range a.spokenOf(question) {
		for _, m := range matches {
			if slices.Contains(of, m.ID) {
				all = append(all, passage.Range{From: m.At, To: m.End})
			}
		}
	}
	return all
}

// Label is what a concept is called in a language, "" for none that is known.
func (a *Analyser) Label(id concept.ID, in language.Language) string {
	if a.concepts == nil {
		return ""
	}
	return a.concepts.Label(id, in)
}

// Hint gives what was meant by a word that nothing knows (spelling.Speller.Hint). The
// name of a concept in any language is right as it is.
func (a *Analyser) Hint(word string, freq func(string) int) (string, bool) {
	if a.concepts != nil && len(a.concepts.Concepts([]string{word}, language.Unknown)) > 0 {
		return "", false
	}
	return a.speller.Hint(word, freq)
}
