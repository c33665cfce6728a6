package likeness

import (
	"strings"
	"unicode"

	"kokko/engine/passage"
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

// Shared gives the keys that at least two of the texts hold.
func Shared(texts []string, key Key) map[string]bool {
	held := map[string]int{}
	for _, text := range texts {
		own := map[string]bool{}
		for _, w := range Words(text, key) {
			if !own[w.Key] {
				own[w.Key] = true
				held[w.Key]++
			}
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

// Marks are where the shared words of a text stand.
func Marks(text string, shared map[string]bool, key Key) (all []passage.Range) {
	for _, w := range Words(text, key) {
		if shared[w.Key] {
			all = append(all, passage.Range{From: w.From, To: w.To})
		}
	}
	return all
}
