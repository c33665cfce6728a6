package spelling

import (
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kokko/engine/finnish"
)

// Speller knows which words there are. Safe for concurrent use.
type Speller struct {
	words *finnish.Lexicon
	known map[string]struct{}
}

// New gives a speller that knows the words of a lexicon and some more: Swedish and
// English ones, names.
func New(words *finnish.Lexicon, known ...string) *Speller {
	s := &Speller{words, make(map[string]struct{}, len(known))}
	for _, k := range known {
		if k = strings.ToLower(k); plain(k) {
			s.known[k] = struct{}{}
		}
	}
	return s
}

// What a hint must have.
const (
	leastLetters = 4
	inUse        = 3  // times the region's texts have a word that is then no slip
	twoSlips     = 16 // the cost up to which two slips are thought of, in words of
	longEnough   = 7  // so many letters
	unseenMost   = 12 // what a form that no text has may cost
)

// How a chance compound and a word in use stand against a slip (finnish.SlipCost).
const (
	partCost  = 3
	usedWorth = 2
	usedMost  = 12
)

// guess is a word that may have been meant.
type guess struct {
	form        string
	cost, score int
	used        int
}

// Hint gives what was most likely meant by a word that is not known, as a lower-case
// word. Freq tells how often the region's own texts have a form or a base form; it may
// be nil. What stands two slips away, or may be a name, is a hint only when the texts
// have it; a plain slip from a form they have not, only when no other is as near.
func (s *Speller) Hint(word string, freq func(string) int) (string, bool) {
	w := strings.ToLower(word)
	if utf8.RuneCountInString(w) < leastLetters || !plain(w) {
		return "", false
	}
	if freq == nil {
		freq = func(string) int { return 0 }
	}
	if s.knows(w) || freq(w) >= inUse {
		return "", false
	}
	all := s.near(nil, w, finnish.SlipCost, freq)
	for form, cost := range s.slips(w, freq) {
		all = append(all, guess{form, cost, cost - worth(1+freq(form)), 1 + freq(form)})
	}
	if len(all) == 0 && utf8.RuneCountInString(w) >= longEnough {
		all = s.near(nil, w, twoSlips, freq)
	}
	capital := w[0] != word[0]
	var best []guess
	for _, g := range all {
		if g.used == 0 && (capital || g.score > unseenMost) {
			continue
		}
		if len(best) > 0 && g.score < best[0].score {
			best = best[:0]
		}
		if len(best) == 0 || g.score == best[0].score {
			best = append(best, g)
		}
	}
	if len(best) == 0 || len(best) > 1 && best[0].used == 0 && best[0].cost >= finnish.SlipCost {
		return "", false
	}
	return slices.MinFunc(best, func(a, b guess) int { return strings.Compare(a.form, b.form) }).form, true
}

// near adds what the dictionary knows near a word.
func (s *Speller) near(to []guess, w string, cost int, freq func(string) int) []guess {
	for _, n := range s.words.Near(w, cost) {
		used := freq(n.Form)
		for _, lemma := range s.words.Word(n.Form).Lemmas {
			used = max(used, freq(lemma))
		}
		if n.Cost <= finnish.SlipCost || used > 0 {
			to = append(to, guess{n.Form, n.Cost, n.Cost + partCost*(n.Parts-1) - worth(used), used})
		}
	}
	return to
}

// worth is how much a word's use speaks for it.
func worth(used int) int { return min(usedMost, usedWorth*bits.Len(uint(used))) }

// knows tells that a word is right as it is.
func (s *Speller) knows(w string) bool {
	if _, ok := s.known[w]; ok {
		return true
	}
	return s.words.Word(w).Source < finnish.FromPieces
}

// What a letter doubled or not, and two changed round, cost, as in finnish.Near.
const (
	doubled = finnish.SlipCost / 2
	turned  = finnish.SlipCost * 6 / 10
)

// slips are the words within one slip that are known apart from the dictionary, with
// the slip's cost.
func (s *Speller) slips(w string, freq func(string) int) map[string]int {
	found := map[string]int{}
	try := func(form []rune, cost int) {
		word := string(form)
		if old, ok := found[word]; ok && old <= cost {
			return
		}
		if _, ok := s.known[word]; ok || freq(word) >= inUse {
			found[word] = cost
		}
	}
	letters := []rune(w)
	for i := range letters {
		cost := finnish.SlipCost
		if i > 0 && letters[i] == letters[i-1] {
			cost = doubled
		}
		try(slices.Delete(slices.Clone(letters), i, i+1), cost)
		if i > 0 && letters[i] != letters[i-1] {
			round := slices.Clone(letters)
			round[i], round[i-1] = round[i-1], round[i]
			try(round, turned)
		}
	}
	for i := range len(letters) + 1 {
		for _, r := range "abcdefghijklmnopqrstuvwxyzåäö" {
			if i < len(letters) && r != letters[i] {
				other := slices.Clone(letters)
				other[i] = r
				try(other, finnish.Instead(letters[i], r))
			}
			cost := finnish.SlipCost
			if i > 0 && r == letters[i-1] {
				cost = doubled
			}
			try(slices.Insert(slices.Clone(letters), i, r), cost)
		}
	}
	return found
}

// plain tells of letters alone, as those have that are looked at.
func plain(w string) bool {
	return !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })
}
