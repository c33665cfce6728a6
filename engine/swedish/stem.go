package swedish

import (
	"strings"
	"unicode/utf8"
)

// least is how many letters of a word are left at least.
const least = 3

// Stem is what the forms of a noun or an adjective in lower case begin with alike:
// endings are taken off until none is left. It takes more than a stemmer for search
// does (arbete, arbetet and arbeten are arb), and so puts words together that are
// not one; Bends tells them apart.
func Stem(word string) string {
	for {
		cut := strip(word)
		if cut == word {
			return word
		}
		word = cut
	}
}

func strip(word string) string {
	for _, e := range [...]string{"arna", "erna", "orna", "ade", "ar", "er", "or", "tt", "en", "et", "at", "ad", "an", "on", "na", "s", "n", "t", "a", "e", "o", "i", "r", "d"} {
		cut, ok := strings.CutSuffix(word, e)
		if !ok || !long(cut) {
			continue
		}
		last, _ := utf8.DecodeLastRuneInString(cut)
		switch e {
		case "n", "r", "d":
			if !vowel(last) && !strings.HasSuffix(cut, "er") && !strings.HasSuffix(cut, "el") && !strings.HasSuffix(cut, "or") {
				continue
			}
		}
		return cut
	}
	return word
}

func long(s string) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && strings.ContainsAny(s, "aeiouyåäö") || n == least-1 && (strings.HasSuffix(s, "y") || strings.HasSuffix(s, "ö") || strings.HasSuffix(s, "å")) // by, sjö
}

func vowel(r rune) bool { return strings.ContainsRune("aeiouyåäö", r) }

// Bends tells whether two endings may be those of two forms of one word, which have
// what stands before them alike: by|n and by|ar, but not bar|n and bar.
func Bends(before, a, b string) bool {
	if a == "n" && b == "t" || a == "t" && b == "n" {
		return false // of two genders
	}
	return ending(before, a) && ending(before, b)
}

func ending(before, s string) bool {
	if s != "s" {
		s = strings.TrimSuffix(s, "s")
	}
	switch s {
	case "", "s", "a", "an", "ar", "arna", "are", "at", "ad", "ade", "de", "e", "en", "er", "erna", "et", "el", "eln", "ena",
		"la", "lar", "larna", "le", "len", "let", "men", "met", "mar", "marna", "na", "ne", "nen", "net", "nar", "narna", "o", "on", "or", "orna",
		"ra", "ran", "rar", "rarna", "re", "ren", "ret", "rna", "tt", "tet", "ten", "ter", "terna":
		return true
	case "n", "r", "t", "d", "um":
		last, _ := utf8.DecodeLastRuneInString(before)
		return vowel(last) || s == "t" || strings.HasSuffix(before, "er") || strings.HasSuffix(before, "el") || strings.HasSuffix(before, "or")
	}
	return false
}
