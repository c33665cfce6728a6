package finnish

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Said is a word where it stands in a text.
type Said struct {
	Token  string
	At     int      // in bytes of the text
	Lemmas []string // the base forms it may have there, never none
}

// Read gives the words of a text, each with the base forms that it may have where it
// stands. There is no syntax in it but this. What begins small is no name while it may be
// something else. What may be a noun or a verb is the noun in a clause that has a verb
// already (autossa on tilaa), and in one that has none too, but for a word after who does
// it (kahvila tilaa leipää) or after a no (emme tilaa). A first person that begins a
// clause without a verb stays both: tilaan ruokaa, alan osaaja.
func (l *Lexicon) Read(text string) (all []Said) {
	var words []*Word // of the clause
	end := 0
	settle := func() {
		clause := all[len(all)-len(words):]
		verbed := false
		for i, w := range words {
			verbed = verbed || w.finite(clause[i].Token)
		}
		for i, w := range words {
			as := asNoun
			switch form := strings.ToLower(clause[i].Token); {
			case i > 0 && denies(clause[i-1].Token):
				as = asVerb
			case verbed:
			case strings.HasSuffix(form, "n") && (i == 0 || i == 1 && begins(words[0], clause[0].Token)):
				as = asBoth
			case i > 0 && words[i-1].does(clause[i-1].Token) && !strings.HasSuffix(form, "n"):
				as = asVerb
			}
			clause[i].Lemmas = w.meant(clause[i].Token, as)
		}
		words = words[:0]
	}
	for at, token := range Tokens(text) {
		w := l.Word(token)
		if strings.ContainsAny(text[end:at], ".,;:!?\n()–…") || begins(w, token) {
			settle()
		}
		end = at + len(token)
		all, words = append(all, Said{token, at, nil}), append(words, w)
	}
	settle()
	return all
}

// As what a word is read that may be a noun or a verb.
const (
	asBoth = iota
	asNoun
	asVerb
)

// does tells of a word that can be who does something: a noun or a name as it stands.
func (w *Word) does(token string) bool {
	return len(w.Lemmas) == 1 && (w.Class == Noun || w.Class.Proper()) && strings.ToLower(token) == w.Lemmas[0]
}

// begins tells of a word with which another clause begins.
func begins(w *Word, token string) bool {
	switch w.Lemmas[0] {
	case "joka", "mikä":
		return true
	}
	return slices.Contains([]string{"ja", "sekä", "tai", "mutta", "että", "jotta", "kun", "jos", "koska", "vaikka", "kuin", "eli"}, strings.ToLower(token))
}

// denies tells of a word of no, beside which a verb stands without an ending of its own.
func denies(token string) bool {
	return slices.Contains([]string{"en", "et", "ei", "emme", "ette", "eivät", "älä", "älkää"}, strings.ToLower(token))
}

// finite tells of a word that can be nothing but a verb of which a clause has one.
func (w *Word) finite(token string) bool {
	if w.Class != Verb || len(w.Lemmas) > 1 || w.Source != FromDictionary {
		return false
	}
	form := strings.ToLower(token)
	if form == w.Lemmas[0] || strings.Contains(form, "mis") || strings.HasSuffix(form, "minen") {
		return false // the infinitive, and what is made of it
	}
	for _, end := range []string{"maan", "mään", "massa", "mässä", "masta", "mästä", "malla", "mällä", "matta", "mättä", "essa", "essä"} {
		if strings.HasSuffix(form, end) {
			return false
		}
	}
	return true
}

// meant are the base forms that a word may have where it stands.
func (w *Word) meant(token string, as int) []string {
	if len(w.may) < 2 {
		return w.Lemmas
	}
	lemmas := w.Lemmas
	narrow := func(to func(may classes) bool) {
		var some []string
		for _, lemma := range lemmas {
			if i := slices.Index(w.Lemmas, lemma); i >= len(w.may) || to(w.may[i]) {
				some = append(some, lemma)
			}
		}
		if len(some) > 0 {
			lemmas = some
		}
	}
	if first, _ := utf8.DecodeRuneInString(token); unicode.IsLower(first) {
		narrow(func(may classes) bool { return may&^proper != 0 })
	}
	switch {
	case slices.Contains(w.Lemmas, "voida"): // who can do something speaks of no butter
	case as == asNoun:
		narrow(func(may classes) bool { return may&(nouns|others) != 0 })
	case as == asVerb:
		narrow(func(may classes) bool { return may&^nouns != 0 })
	}
	return lemmas
}

// classes are several of them.
type classes uint16

const (
	nouns  classes = 1<<Noun | 1<<Adjective | 1<<NounAdjective
	others classes = 1<<Adverb | 1<<Numeral | 1<<Pronoun | 1<<Conjunction | 1<<Particle | 1<<Abbreviation
	proper classes = 1<<Place | 1<<FirstName | 1<<Surname | 1<<Name
)
