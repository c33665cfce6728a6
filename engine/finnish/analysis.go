package finnish

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Class is the part of speech of a word, and of a name what it names.
type Class uint8

// The classes of words, in the order in which kokko words names them.
const (
	Unknown Class = iota
	Noun
	Adjective
	NounAdjective // both: vihreä, kouvolalainen
	Verb
	Adverb
	Numeral
	Pronoun
	Conjunction
	Particle // suhdesana, kieltosana, huudahdus, etuliite
	Abbreviation
	Place
	FirstName
	Surname
	Name // of anything else
)

func (c Class) String() string {
	words := [...]string{"unknown", "noun", "adjective", "noun-adjective", "verb", "adverb", "numeral", "pronoun", "conjunction", "particle", "abbreviation", "place", "first-name", "surname", "name"}
	if int(c) < len(words) {
		return words[c]
	}
	return words[0]
}

// Proper tells that it is a name.
func (c Class) Proper() bool { return c >= Place }

// Analysis is one way to understand a word form.
type Analysis struct {
	Lemma string   // base form in lower case: kunnankylä, kouvolalainen
	Parts []string // of a compound, each in its base form: kunta, kylä; none for a simple word
	Roots []string // what it, or its parts, are derived from: yrittää for yrittäjyys
	Class Class
	Loose bool // a hyphen stands where the orthography wants none: kunta-kylät
}

// tag is what an analysis needs of a symbol that is no letter.
type tag uint8

const (
	tagOther    tag = iota
	tagBase         // [Xp]: a base form follows, to [X]
	tagDerived      // [Xj]: the end of a derived word's base form follows, to [X]
	tagSkip         // [Xr]: something else follows, to [X]
	tagEnd          // [X]
	tagCompound     // [Bc]: between the parts of a compound
	tagMorpheme     // [Bm]: between the parts of a word the dictionary holds whole
	tagForeign      // [Isf]: a loan that takes a hyphen: rock-yhtye
	tagClass        // and the classes after it
)

func classTag(symbol string) (c Class, ok bool) {
	c, ok = map[string]Class{
		"[Ln]": Noun, "[Ll]": Adjective, "[Lnl]": NounAdjective, "[Lt]": Verb, "[Ls]": Adverb, "[Lu]": Numeral, "[Lur]": Numeral, "[Lr]": Pronoun,
		"[Lc]": Conjunction, "[Ld]": Particle, "[Lk]": Particle, "[Lh]": Particle, "[Lp]": Particle, "[La]": Abbreviation,
		"[Lep]": Place, "[Lee]": FirstName, "[Les]": Surname, "[Lem]": Name,
	}[symbol]
	return c, ok
}

func tagOf(symbol string) tag {
	switch symbol {
	case "[Xp]":
		return tagBase
	case "[Xj]":
		return tagDerived
	case "[Xr]":
		return tagSkip
	case "[X]":
		return tagEnd
	case "[Bc]":
		return tagCompound
	case "[Bm]":
		return tagMorpheme
	case "[Isf]":
		return tagForeign
	}
	if c, ok := classTag(symbol); ok {
		return tagClass + tag(c)
	}
	return tagOther
}

// Analyse gives every way to understand a word form, best first: fewer parts before
// more, as a dictionary's own word is more likely than a chance compound. None when
// the dictionary does not know it. Without a cache; see Lexicon.
func (d *Dictionary) Analyse(word string) []Analysis {
	w := d.look(strings.ToLower(word))
	defer d.give(w)
	var all []Analysis
	from := 0
	for _, end := range w.ends {
		a, ok := d.analysis(w.found[from:end])
		from = end
		if ok && !slices.ContainsFunc(all, func(b Analysis) bool {
			return a.Lemma == b.Lemma && a.Class == b.Class && slices.Equal(a.Parts, b.Parts) && slices.Equal(a.Roots, b.Roots)
		}) {
			all = append(all, a)
		}
	}
	slices.SortStableFunc(all, func(a, b Analysis) int { return len(a.Parts) - len(b.Parts) })
	return all
}

// part is one part of a word as it is read.
type part struct {
	surface string // as it stands in the word
	base    string // of the word it is, or is derived from
	lemma   string
	class   Class
	derived bool
	foreign bool
}

// analysis reads the symbols of one way through the dictionary: letters as they
// stand in the word, base forms and endings of base forms between tags. It is not ok
// when two parts meet in the same vowel without a hyphen: osa-aika, never osaaika.
func (d *Dictionary) analysis(symbols []uint16) (a Analysis, ok bool) {
	var room [8]part
	parts := room[:0]
	var p part
	var text, surface strings.Builder
	const (
		standing = iota
		base
		derived
		skipped
	)
	where := standing
	end := func() {
		p.surface = surface.String()
		if p.lemma == "" {
			p.lemma = p.surface
		}
		parts = append(parts, p)
		surface.Reset()
		p = part{}
	}
	for _, s := range symbols {
		if s < d.firstTag {
			if where == standing {
				surface.WriteString(d.symbols[s])
			} else {
				text.WriteString(d.symbols[s])
			}
			continue
		}
		switch t := d.tags[s]; t {
		case tagBase:
			where = base
		case tagDerived:
			where = derived
		case tagSkip:
			where = skipped
		case tagEnd:
			switch where {
			case base:
				p.base = text.String()
				p.lemma = surface.String() + p.base
			case derived:
				p.lemma, p.derived = surface.String()+text.String(), true
			}
			text.Reset()
			where = standing
		case tagCompound:
			end()
		case tagForeign:
			p.foreign = true
		default:
			if t >= tagClass {
				p.class = Class(t - tagClass)
				a.Class = p.class // the last one is the whole word's
			}
		}
	}
	end()
	for i, p := range parts {
		if i+1 < len(parts) {
			if last, _ := utf8.DecodeLastRuneInString(p.surface); vowel(last) && strings.HasPrefix(parts[i+1].surface, string(last)) {
				return a, false
			}
			a.Lemma += p.surface
			a.Loose = a.Loose || p.loose(parts[i+1])
		} else {
			a.Lemma += p.lemma
		}
		if p.derived && p.base != "" {
			a.Roots = appendNew(a.Roots, strings.ToLower(strings.ReplaceAll(p.base, "=", "")))
		}
		for piece := range strings.SplitSeq(strings.Trim(strings.ToLower(p.lemma), "-"), "=") {
			if piece != "" {
				a.Parts = append(a.Parts, piece)
			}
		}
	}
	a.Lemma = strings.ToLower(strings.ReplaceAll(a.Lemma, "=", ""))
	if len(a.Parts) < 2 {
		a.Parts = nil
	}
	return a, true
}

// loose tells of a part with a hyphen after it that the orthography does not want.
func (p part) loose(next part) bool {
	before, hyphen := strings.CutSuffix(p.surface, "-")
	last, _ := utf8.DecodeLastRuneInString(before)
	return hyphen && before != "" && !p.foreign && !next.foreign && !p.class.Proper() && !next.class.Proper() && p.class != Abbreviation && p.class != Numeral &&
		!(vowel(last) && strings.HasPrefix(next.surface, string(last)))
}

func appendNew(to []string, s string) []string {
	if s == "" || slices.Contains(to, s) {
		return to
	}
	return append(to, s)
}
