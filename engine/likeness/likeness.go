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

// Rank finds which of the others are like a text, the likest first and at most
// most. A word weighs the more the fewer of the texts hold it. O(words of all the
// texts).
func Rank(text string, others []string, key Key, most int) (all []Match) {
	mine, written := keys(text, key)
	in := make(map[string]int)
	theirs := make([][]string, len(others))
	for i, o := range others {
		theirs[i], _ = keys(o, key)
		for _, k := range theirs[i] {
			in[k]++
		}
	}
	for _, k := range mine {
		in[k]++
	}
	weight := func(k string) float64 { return math.Log(float64(len(others)+2) / float64(in[k])) }
	size := func(keys []string) (sum float64) {
		for _, k := range keys {
			sum += weight(k)
		}
		return sum
	}
	length := size(mine)
	for i, t := range theirs {
		var shared []string
		for _, k := range t {
			if _, ok := written[k]; ok {
				shared = append(shared, k)
			}
		}
		if len(shared) < min(fewest, len(mine), len(t)) || len(shared) == 0 {
			continue
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
