package likeness

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// Key makes a word what it is compared by; "" for a word that says nothing.
type Key func(word string) string

// Word is a word in a text: text[From:To], and what it is compared by.
type Word struct {
	From, To int
	Key      string
}

// Words finds the words of a text that have a key, in their order.
func Words(text string, key Key) (all []Word) {
	from := -1
	end := func(to int) {
		if from >= 0 {
			if k := key(text[from:to]); k != "" {
				all = append(all, Word{from, to, k})
			}
		}
		from = -1
	}
	for i, r := range text {
		switch inWord := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r); {
		case inWord && from < 0:
			from = i
		case !inWord:
			end(i)
		}
	}
	end(len(text))
	return all
}

// Plain compares words of four letters and more by how they begin: six small
// letters, so that most bent forms of a longer word are the same word.
func Plain(word string) string {
	const least, begins = 4, 6
	r := []rune(strings.ToLower(word))
	if len(r) < least {
		return ""
	}
	return string(r[:min(begins, len(r))])
}

// keys is a text's keys, each once, in the order they first come, with the word
// as it was written there.
func keys(text string, key Key) (order []string, written map[string]string) {
	written = map[string]string{}
	for _, w := range Words(text, key) {
		if _, ok := written[w.Key]; !ok {
			order, written[w.Key] = append(order, w.Key), text[w.From:w.To]
		}
	}
	return order, written
}

// Shared gives the keys that at least two of the texts hold.
func Shared(texts []string, key Key) map[string]bool {
	held := map[string]int{}
	for _, text := range texts {
		order, _ := keys(text, key)
		for _, k := range order {
			held[k]++
		}
	}
	shared := map[string]bool{}
	for k, n := range held {
		if n > 1 {
			shared[k] = true
		}
	}
	return shared
}

// Piece is a part of a text; Same marks a word that is shared.
type Piece struct {
	Text string
	Same bool
}

// Mark cuts a text into pieces at its shared words; put together they are the
// text again.
func Mark(text string, shared map[string]bool, key Key) (all []Piece) {
	at := 0
	for _, w := range Words(text, key) {
		if !shared[w.Key] {
			continue
		}
		if w.From > at {
			all = append(all, Piece{text[at:w.From], false})
		}
		all = append(all, Piece{text[w.From:w.To], true})
		at = w.To
	}
	if at < len(text) {
		all = append(all, Piece{text[at:], false})
	}
	return all
}

// Match is how like one of the others is.
type Match struct {
	Index int
	Score float64  // between 0 and 1
	Words []string // the shared words as the first text has them, the weightiest first
}

// Bounds of Rank: at least so many words shared, and so alike.
const (
	fewest = 2
	alike  = .11
)

// Keys is a text's keys, each once, in the order they first come.
func Keys(text string, key Key) []string {
	order, _ := keys(text, key)
	return order
}

// Shelf is texts that others are compared with again and again, by their Keys. It
// stays as it was made, and may be used by many at once.
type Shelf struct {
	texts [][]string
	in    map[string][]int // which texts hold a key
}

// NewShelf makes a shelf of the keys of texts, which are the shelf's own from then on.
func NewShelf(texts [][]string) *Shelf {
	s := &Shelf{texts: texts, in: map[string][]int{}}
	for i, t := range texts {
		for _, k := range t {
			s.in[k] = append(s.in[k], i)
		}
	}
	return s
}

// Rank finds which texts of the shelf are like one, the likest first and at most
// most. A word weighs the more the fewer of the texts hold it. own is the place of the
// text itself on the shelf, -1 when it does not stand there. O(words of those that
// share some).
func (s *Shelf) Rank(text string, key Key, own, most int) (all []Match) {
	mine, written := keys(text, key)
	texts := len(s.texts) + 1
	if own >= 0 {
		texts--
	}
	weight := func(k string) float64 {
		n := len(s.in[k])
		if _, ok := written[k]; ok && own < 0 {
			n++
		}
		return math.Log(float64(texts+1) / float64(n))
	}
	size := func(keys []string) (sum float64) {
		for _, k := range keys {
			sum += weight(k)
		}
		return sum
	}
	length := size(mine)
	shares := make([]int, len(s.texts))
	for _, k := range mine {
		for _, i := range s.in[k] {
			shares[i]++
		}
	}
	for i, t := range s.texts {
		if i == own || shares[i] == 0 || shares[i] < min(fewest, len(mine), len(t)) {
			continue
		}
		shared := make([]string, 0, shares[i])
		for _, k := range t {
			if _, ok := written[k]; ok {
				shared = append(shared, k)
			}
		}
		score := size(shared) / math.Sqrt(length*size(t))
		if score < alike {
			continue
		}
		slices.SortStableFunc(shared, func(a, b string) int { return cmp.Compare(weight(b), weight(a)) })
		m := Match{Index: i, Score: min(score, 1)}
		for _, k := range shared {
			m.Words = append(m.Words, written[k])
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
	return all[:min(most, len(all))]
}

// Rank is Shelf.Rank among texts that are compared this once.
func Rank(text string, others []string, key Key, most int) []Match {
	texts := make([][]string, len(others))
	for i, o := range others {
		texts[i] = Keys(o, key)
	}
	return NewShelf(texts).Rank(text, key, -1, most)
}
