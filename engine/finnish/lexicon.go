package finnish

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kokko/engine/language"
)

// Source is how a word was understood.
type Source uint8

// From the surest to the least sure.
const (
	FromDictionary Source = iota
	FromNames             // the gazetteer
	FromPieces            // the pieces around its hyphens, or the known end of a compound
	FromStem              // the stemmer; nothing is known of it
	AsItStands            // a number, or what has no letters
)

// Word is what is known of a token. It is shared: never change it.
type Word struct {
	Lemmas []string // base forms in lower case, best first; never none
	Parts  []string // of compounds, each in its base form
	Roots  []string // what it, or a part of it, is derived from
	Class  Class
	Source Source

	may []classes // of each base form that the dictionary gives, where it gives several
}

// Lexicon understands tokens: by the dictionary, by names, by pieces, and when all
// else fails by a stemmer. It remembers what it has understood, in a bounded space.
// Safe for concurrent use.
type Lexicon struct {
	dict  *Dictionary
	names *Gazetteer
	cache *cache
	stems language.Stemmer
}

// New gives a lexicon. Both may be nil: without a dictionary only names and stems
// are known.
func New(dict *Dictionary, names *Gazetteer) *Lexicon {
	return &Lexicon{dict: dict, names: names, cache: new(cache)}
}

// Whole tells that there is a dictionary.
func (l *Lexicon) Whole() bool { return l.dict != nil }

// Word understands one token. Nothing is allocated for one that was understood
// lately. A token of more than maxWord letters stands for itself.
func (l *Lexicon) Word(token string) *Word {
	var room [128]byte
	key := lower(room[:0], token)
	h := uint32(2166136261)
	for _, b := range key {
		h = (h ^ uint32(b)) * 16777619
	}
	if w := l.cache.get(h, key); w != nil {
		return w
	}
	form := string(key)
	return l.cache.put(h, form, l.understand(form))
}

func lower(to []byte, s string) []byte {
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf {
			if 'A' <= b && b <= 'Z' {
				b += 'a' - 'A'
			}
			to = append(to, b)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		to = utf8.AppendRune(to, unicode.ToLower(r))
		i += n
	}
	return to
}

func (l *Lexicon) understand(word string) *Word {
	if utf8.RuneCountInString(word) > maxWord || !strings.ContainsFunc(word, unicode.IsLetter) {
		return &Word{Lemmas: []string{word}, Source: AsItStands}
	}
	w := l.known(word)
	named, derived := l.names.find(word)
	for _, n := range named {
		w.name(n, word, derived)
	}
	if len(w.Lemmas) > 0 {
		return &w
	}
	if before, _, ok := strings.Cut(word, ":"); ok && before != "" { // KOKO:lla
		w.Lemmas, w.Class, w.Source = []string{before}, Abbreviation, FromPieces
		return &w
	}
	if strings.Contains(strings.Trim(word, "-"), "-") {
		return l.pieces(word)
	}
	if w, ok := l.rightPart(word); ok {
		return w
	}
	if strings.ContainsFunc(word, unicode.IsDigit) {
		return &Word{Lemmas: []string{word}, Source: AsItStands}
	}
	return &Word{Lemmas: []string{l.stems.Stem(word, language.Finnish)}, Source: FromStem}
}

// known is what the dictionary says.
func (l *Lexicon) known(word string) (w Word) {
	if l.dict == nil {
		return w
	}
	for i, a := range l.dict.Analyse(word) {
		if i == 0 {
			w.Class = a.Class
		}
		w.Lemmas = appendNew(w.Lemmas, a.Lemma)
		for len(w.may) < len(w.Lemmas) {
			w.may = append(w.may, 0)
		}
		w.may[slices.Index(w.Lemmas, a.Lemma)] |= 1 << a.Class
		for _, p := range a.Parts {
			w.Parts = appendNew(w.Parts, p)
		}
		for _, r := range a.Roots {
			w.Roots = appendNew(w.Roots, r)
		}
	}
	if len(w.Lemmas) < 2 {
		w.may = nil
	}
	return w
}

// name adds that the word may be a form of a name.
func (w *Word) name(name, form string, derived bool) {
	lemma := name
	if derived {
		i := max(strings.LastIndex(form, "lai"), strings.LastIndex(form, "läi"))
		lemma = form[:i] + string([]rune(form[i:])[:3]) + "nen"
		w.Roots = appendNew(w.Roots, name)
	}
	if len(w.Lemmas) == 0 {
		w.Class, w.Source = Place, FromNames
		if derived {
			w.Class = NounAdjective
		}
	}
	w.Lemmas = appendNew(w.Lemmas, lemma)
}

// pieces understands what stands around hyphens: the last piece bends, the others
// are as they are.
func (l *Lexicon) pieces(word string) *Word {
	w := &Word{Source: FromPieces}
	all := strings.FieldsFunc(word, func(r rune) bool { return r == '-' })
	for i, piece := range all {
		p := l.understand(piece)
		for _, lemma := range p.Lemmas {
			w.Parts = appendNew(w.Parts, lemma)
		}
		for _, part := range p.Parts {
			w.Parts = appendNew(w.Parts, part)
		}
		for _, root := range p.Roots {
			w.Roots = appendNew(w.Roots, root)
		}
		if i == len(all)-1 {
			w.Class = p.Class
			for _, lemma := range p.Lemmas {
				w.Lemmas = append(w.Lemmas, strings.Join(append(slices.Clone(all[:i]), lemma), "-"))
			}
		}
	}
	return w
}

// The least letters of the unknown start and of the known end of a compound.
const leastStart, leastEnd = 3, 5

// rightPart takes the longest end of a word that the dictionary knows as a noun or
// an adjective: in Finnish the end of a compound says what it is, and bends.
func (l *Lexicon) rightPart(word string) (*Word, bool) {
	if l.dict == nil {
		return nil, false
	}
	i, letters := 0, utf8.RuneCountInString(word)
	for at := range word {
		start := word[:at]
		if i++; i <= leastStart || i-1+leastEnd > letters || !strings.ContainsFunc(start, vowel) {
			continue
		}
		for _, a := range l.dict.Analyse(word[at:]) {
			if (a.Class == Noun || a.Class == NounAdjective || a.Class == Adjective) && !strings.HasPrefix(a.Lemma, "-") {
				w := &Word{Lemmas: []string{start + a.Lemma}, Parts: []string{start}, Roots: a.Roots, Class: a.Class, Source: FromPieces}
				if len(a.Parts) == 0 {
					w.Parts = append(w.Parts, a.Lemma)
				}
				w.Parts = append(w.Parts, a.Parts...)
				return w, true
			}
		}
	}
	return nil, false
}
