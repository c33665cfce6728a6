package swedish

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lexicon knows the words of Swedish well enough to take compounds apart. It is read
// only.
type Lexicon struct {
	words digests // as a dictionary has them
	stems digests // what Stem makes of them
}

// digests are those of words, in order: 150,000 take little more than a megabyte.
type digests []uint64

func (d digests) has(word string) bool {
	_, ok := slices.BinarySearch(d, digest(word))
	return ok
}

// digest is Fowler, Noll & Vo's FNV-1a.
func digest(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// Places are where a list of words is looked for: Debian's hunspell-sv puts it there,
// that of Finland first.
func Places() []string {
	return []string{"/usr/share/hunspell/sv_FI.dic", "/usr/share/hunspell/sv_SE.dic"}
}

// Open reads the list of words in a file. The error names the file.
func Open(path string) (*Lexicon, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// Bounds on a list of words.
const (
	mostWords = 1_000_000
	mostLine  = 4 << 10
)

// Read reads the list of words of a Hunspell dictionary in UTF-8, as sv_FI.dic of
// Debian's hunspell-sv: on each line a word, with how it bends after a slash.
func Read(r io.Reader) (*Lexicon, error) {
	l := &Lexicon{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, mostLine)
	for n := 1; lines.Scan(); n++ {
		word, _, _ := strings.Cut(lines.Text(), "/")
		word = strings.ToLower(strings.TrimSpace(word))
		if !utf8.ValidString(word) {
			return nil, fmt.Errorf("line %d: not text in UTF-8", n)
		}
		if utf8.RuneCountInString(word) < least || strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) {
			continue
		}
		if len(l.words) >= mostWords {
			return nil, errors.New("more words than a dictionary has")
		}
		l.words = append(l.words, digest(word))
		l.stems = append(l.stems, digest(Stem(word)))
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(l.words) == 0 {
		return nil, errors.New("no words")
	}
	for _, d := range [...]*digests{&l.words, &l.stems} {
		slices.Sort(*d)
		*d = slices.Clip(slices.Compact(*d))
	}
	return l, nil
}

// Len is how many words there are.
func (l *Lexicon) Len() int { return len(l.words) }

// leastPart is how many letters a part of a compound has at least.
const leastPart = 4

// Parts takes a compound in lower case apart, into the words as they stand in it: by
// and hus of byahuset, or none when it is no compound of two that are known. Of several
// ways the one whose shorter part is longest is taken.
func (l *Lexicon) Parts(word string) []string {
	best, most := -1, leastPart-1
	n, at := utf8.RuneCountInString(word), 0
	for i := range word {
		if at >= leastPart && n-at >= leastPart && min(at, n-at) > most && l.first(word[:i]) && l.last(word[i:]) {
			best, most = i, min(at, n-at)
		}
		at++
	}
	if best < 0 {
		return nil
	}
	return []string{word[:best], word[best:]}
}

// first tells of what may stand before another word: as it is, with an s, or without
// its last vowel.
func (l *Lexicon) first(s string) bool {
	for _, w := range [...]string{s, strings.TrimSuffix(s, "s"), s + "a", s + "e"} {
		if l.words.has(w) {
			return true
		}
	}
	return false
}

// last tells of what may stand at the end, bent.
func (l *Lexicon) last(s string) bool { return l.words.has(s) || l.stems.has(Stem(s)) }
