package concept

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/swedish"
)

// ID is a concept's number in YSO: 11416 of http://www.yso.fi/onto/yso/p11416.
type ID uint32

// Match is where a text speaks of a concept.
type Match struct {
	ID      ID
	At, End int  // in bytes of the text, or in words when there is no text
	Part    bool // it is a part of a compound: lähiruoka of lähiruokatapahtuma
}

// Thesaurus knows concepts and finds them in texts. It is read only and safe for
// concurrent use.
type Thesaurus struct {
	words   *finnish.Lexicon
	swedish *swedish.Lexicon // nil when there is none
	source  string           // whose the concepts are, and on what terms
	ids     []ID             // in order; what follows is in the same
	broader []ID
	labels  [3]labels // in the order of language.All
	table   table
	company func() *[3]companions // nil when it cannot be read
	scratch sync.Pool
	stems   language.Stemmer
}

// Swedish has compounds of Swedish that are no concept taken apart, as those of Finnish
// are. It is called before the thesaurus is shared.
func (t *Thesaurus) Swedish(l *swedish.Lexicon) { t.swedish = l }

// labels are texts in one piece of memory.
type labels struct {
	text string
	ends []uint32
}

func (l *labels) of(i int) string {
	from := uint32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.text[from:l.ends[i]]
}

// Len is how many concepts there are.
func (t *Thesaurus) Len() int { return len(t.ids) }

// Source tells whose the concepts are and on what terms they may be used.
func (t *Thesaurus) Source() string { return t.source }

// URI is the address of a concept.
func URI(id ID) string { return "http://www.yso.fi/onto/yso/p" + decimal(id) }

// Label is what a concept is called in a language, or in another where it has no name
// in that; empty when there is no such concept.
func (t *Thesaurus) Label(id ID, in language.Language) string {
	i, ok := slices.BinarySearch(t.ids, id)
	if !ok {
		return ""
	}
	if l := slices.Index(language.All(), in); l >= 0 {
		if s := t.labels[l].of(i); s != "" {
			return s
		}
	}
	for l := range t.labels {
		if s := t.labels[l].of(i); s != "" {
			return s
		}
	}
	return ""
}

// Broader is the concept one step wider: ruoka of lähiruoka, Iitti of Kausala (Iitti).
// It is read from the labels, where two languages agree; most concepts have none.
func (t *Thesaurus) Broader(id ID) (ID, bool) {
	i, ok := slices.BinarySearch(t.ids, id)
	if !ok || t.broader[i] == 0 {
		return 0, false
	}
	return t.broader[i], true
}

// Concepts gives the concepts that words speak of, each once, in their order. What no
// language is known of is read in all three.
func (t *Thesaurus) Concepts(tokens []string, in language.Language) (all []ID) {
	s := t.take()
	defer t.scratch.Put(s)
	for i, token := range tokens {
		s.tokens = append(s.tokens, spot{token: token, at: i, end: i + 1})
	}
	s.read(in)
	for _, m := range s.matches {
		if !slices.Contains(all, m.ID) {
			all = append(all, m.ID)
		}
	}
	return all
}

// In adds the concepts a text speaks of to a list, in the order of the text, with
// where each stands. Of overlapping ones the longest is taken; what is ambiguous is
// all kept. What no language is known of is read in all three.
func (t *Thesaurus) In(to []Match, text string, in language.Language) []Match {
	s := t.take()
	defer t.scratch.Put(s)
	for at, token := range finnish.Tokens(text) {
		s.tokens = append(s.tokens, spot{token: token, at: at, end: at + len(token)})
	}
	s.read(in)
	return append(to, s.matches...)
}

// spot is a token as it is read: where it stands, and the words it may be of.
type spot struct {
	token   string
	at, end int
	word    *finnish.Word // in Finnish
	stem    string        // in the others
	capital bool
}

// reading is one text being read: reused, so that it costs nothing to start.
type reading struct {
	t       *Thesaurus
	tokens  []spot
	matches []Match
	alone   bool // one word at a time
	small   bool // no capital in all of the text: names may be written small

	// of the match that is being looked for
	tongue  int
	longest int
	rank    uint32
	found   []uint32
}

func (t *Thesaurus) take() *reading {
	s, _ := t.scratch.Get().(*reading)
	if s == nil {
		s = &reading{t: t}
	}
	clear(s.tokens)
	s.tokens, s.matches = s.tokens[:0], s.matches[:0]
	return s
}

func (s *reading) read(in language.Language) {
	s.small = true
	for i := range s.tokens {
		r, _ := utf8.DecodeRuneInString(s.tokens[i].token)
		s.tokens[i].capital = unicode.IsUpper(r)
		s.small = s.small && !s.tokens[i].capital
	}
	for tongue, l := range language.All() {
		if in == l || in == language.Unknown {
			s.readAs(tongue)
		}
	}
	if in == language.Unknown {
		s.settle()
	}
}

// settle leaves of what was read in several languages the longest that overlap, each
// once.
func (s *reading) settle() {
	slices.SortStableFunc(s.matches, func(a, b Match) int {
		if a.At != b.At {
			return a.At - b.At
		}
		return b.End - a.End
	})
	kept, end := s.matches[:0], 0
	from := 0 // of those with the same beginning and end in kept
	for _, m := range s.matches {
		switch {
		case m.At >= end:
			from, end = len(kept), m.End
		case m.At != kept[from].At || m.End != kept[from].End, slices.ContainsFunc(kept[from:], func(k Match) bool { return k.ID == m.ID }):
			continue
		}
		kept = append(kept, m)
	}
	s.matches = kept
}

func (s *reading) readAs(tongue int) {
	s.tongue = tongue
	for i := range s.tokens {
		w := &s.tokens[i]
		if tongue == 0 {
			w.word = s.t.words.Word(w.token)
		} else {
			w.stem = s.t.stem(w.token, tongue)
		}
	}
	for i := 0; i < len(s.tokens); {
		s.longest, s.found = 0, s.found[:0]
		s.follow(start(tongue), i, i, false)
		if s.longest > 0 {
			for _, f := range s.found {
				s.matches = append(s.matches, Match{ID: s.t.ids[f], At: s.tokens[i].at, End: s.tokens[i+s.longest-1].end})
			}
			i += s.longest
			continue
		}
		switch {
		case tongue == 0:
			s.parts(i)
		case tongue == 1 && s.t.swedish != nil:
			s.halves(i)
		}
		i++
	}
}

// follow reads on from a token with every word it may be of, as long as labels go on
// that way. A form of what is rather a verb or a link is not the first word of one,
// unless it is its base form. Capital tells that what began so may be a name.
func (s *reading) follow(h uint64, first, i int, capital bool) {
	if i >= len(s.tokens) || i-first >= mostWords {
		return
	}
	w := &s.tokens[i]
	if first == i {
		capital = w.capital || s.small || s.tongue == 0 && w.word.Class.Proper()
	}
	if s.tongue > 0 {
		s.try(put(h, w.stem), first, i, capital)
		return
	}
	for k, lemma := range w.word.Lemmas {
		if k == mostLemmas {
			break
		}
		if key := put(h, lemma); k == 0 || first != i || content(w.word.Class) || strings.EqualFold(lemma, w.token) || s.goesOn(key) { // tuli is rather of tulla than fire
			s.try(key, first, i, capital)
		}
	}
}

// goesOn tells that a label of several words begins so.
func (s *reading) goesOn(h uint64) bool {
	for _, e := range s.t.table.at(h) {
		if e.value&more != 0 {
			return true
		}
	}
	return false
}

// mostWords and mostLemmas bound the search.
const (
	mostWords  = 12
	mostLemmas = 4
)

// content tells of a class that labels are made of.
func content(c finnish.Class) bool {
	switch c {
	case finnish.Verb, finnish.Adverb, finnish.Pronoun, finnish.Conjunction, finnish.Particle:
		return false
	}
	return true
}

// try takes what is labelled so, when it is longer than what was found before or as
// long and as sure, and reads on when labels go on.
func (s *reading) try(h uint64, first, i int, capital bool) {
	goes := false
	for _, e := range s.t.table.at(h) {
		if e.value&more != 0 {
			goes = true
			continue
		}
		n := i - first + 1
		if e.value&name != 0 && !capital || n == 1 && language.Links(s.tokens[i].token, language.All()[s.tongue]) {
			continue
		}
		rank := e.value & explained
		index := e.value & indexBits
		if s.tongue > 0 {
			same, forms := s.compare(s.t.labels[s.tongue].of(int(index)), first, n)
			if !forms {
				continue // publishers is no form of publish
			}
			if !same {
				rank |= inflected
			}
		}
		if n > s.longest || n == s.longest && rank < s.rank {
			s.longest, s.rank, s.found = n, rank, s.found[:0]
		} else if n < s.longest || rank > s.rank {
			continue
		}
		if !slices.Contains(s.found, index) {
			s.found = append(s.found, index)
		}
	}
	if goes && !s.alone {
		s.follow(put(h, " "), first, i+1, capital)
	}
}

// inflected ranks a label below one that is written as the text is.
const inflected = explained << 1

// compare tells whether a label's words are those of the text to the letter, and
// whether they are at least forms of the same words: a stemmer alone takes a publisher
// for what is published.
func (s *reading) compare(label string, first, n int) (same, forms bool) {
	k := 0
	same = true
	for _, word := range finnish.Tokens(label) {
		if k == n {
			break // what is explained in brackets
		}
		token := s.tokens[first+k].token
		k++
		at := common(word, token)
		if at == len(word) && at == len(token) {
			continue
		}
		same = false
		if !bends(word[:at], strings.ToLower(word[at:]), strings.ToLower(token[at:]), s.tongue) {
			return false, false
		}
	}
	return same, k == n
}

// common is how many bytes two words begin with alike, whatever their case.
func common(a, b string) int {
	for i := 0; ; {
		r, n := utf8.DecodeRuneInString(a[i:])
		q, m := utf8.DecodeRuneInString(b[min(i, len(b)):])
		if n == 0 || n != m || r != q && unicode.ToLower(r) != unicode.ToLower(q) {
			return i
		}
		i += n
	}
}

// parts finds the concepts of a compound that is none itself: the longest runs of its
// parts that are.
func (s *reading) parts(i int) {
	w := s.tokens[i].word
	for from := 0; from < len(w.Parts) && len(w.Parts) <= mostWords; {
		next := from + 1
		for to := len(w.Parts); to > from; to-- {
			s.longest, s.found = 0, s.found[:0]
			h := start(partsOf)
			if to-from == 1 {
				h = put(start(0), w.Parts[from])
			} else {
				for _, p := range w.Parts[from:to] {
					h = put(put(h, p), "+")
				}
			}
			for _, e := range s.t.table.at(h) {
				if e.value&(more|name) == 0 && (len(s.found) == 0 || e.value&explained <= s.rank) {
					if len(s.found) > 0 && e.value&explained < s.rank {
						s.found = s.found[:0]
					}
					s.rank = e.value & explained
					s.found = append(s.found, e.value&indexBits)
				}
			}
			if len(s.found) > 0 {
				for _, f := range s.found {
					s.matches = append(s.matches, Match{ID: s.t.ids[f], At: s.tokens[i].at, End: s.tokens[i].end, Part: to-from < len(w.Parts)})
				}
				next = to
				break
			}
		}
		from = next
	}
}

// halves finds the concepts of the two parts of a Swedish compound.
func (s *reading) halves(i int) {
	whole := s.tokens[i]
	for _, part := range s.t.swedish.Parts(strings.ToLower(whole.token)) {
		s.tokens[i].token, s.tokens[i].stem, s.tokens[i].capital = part, s.t.stem(part, s.tongue), false
		s.longest, s.found = 0, s.found[:0]
		s.alone = true
		s.follow(start(s.tongue), i, i, false)
		s.alone = false
		for _, f := range s.found {
			s.matches = append(s.matches, Match{ID: s.t.ids[f], At: whole.at, End: whole.end, Part: true})
		}
	}
	s.tokens[i] = whole
}

// stem is a Swedish or an English word in lower case without its endings.
func (t *Thesaurus) stem(token string, tongue int) string {
	word := strings.ToLower(token)
	if tongue == 1 && !strings.ContainsFunc(word, unicode.IsDigit) {
		return swedish.Stem(word)
	}
	return t.stems.Stem(word, language.English)
}
