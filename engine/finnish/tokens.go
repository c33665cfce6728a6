package finnish

import (
	"iter"
	"unicode"
	"unicode/utf8"
)

// Tokens are the words and numbers of a text, each with where it begins in bytes:
// letters and digits, and between two of them a single hyphen, colon or apostrophe
// (linja-auto, EU:n, raa'an). Nothing is allocated.
func Tokens(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		start, end := -1, 0 // the token so far; end is after its last letter or digit
		for i := 0; i < len(text); {
			r, n := utf8.DecodeRuneInString(text[i:])
			switch {
			case unicode.IsLetter(r) || unicode.IsDigit(r) || start >= 0 && unicode.Is(unicode.Mn, r):
				if start >= 0 && end < i && i-end > utf8.RuneLen(joins(text[end:])) {
					if !yield(start, text[start:end]) {
						return
					}
					start = -1
				}
				if start < 0 {
					start = i
				}
				end = i + n
			case start >= 0 && i == end && joins(text[i:]) != 0:
			case start >= 0:
				if !yield(start, text[start:end]) {
					return
				}
				start = -1
			}
			i += n
		}
		if start >= 0 {
			yield(start, text[start:end])
		}
	}
}

// joins is the sign that may stand inside a token, when the text begins with one; 0
// otherwise.
func joins(text string) rune {
	switch r, _ := utf8.DecodeRuneInString(text); r {
	case '-', ':', '\'', '’', '\u2011':
		return r
	}
	return 0
}
