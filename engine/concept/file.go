package concept

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"kokko/engine/finnish"
)

// own is made by bench/concepts of YSO and YSO places (National Library of Finland,
// CC BY 4.0).
//
//go:embed concepts.gz
var own []byte

// heading begins a file of concepts; after it, in the same line, stands whose they
// are. Each further line is one concept, parted by tabs: its number, that of the
// broader one or 0, its labels in Finnish, Swedish and English, and in the same order
// the keys it is found by where they are not the label's own words in lower case:
// words by a space, several keys by |, parts of a compound by +.
const heading = "kokko-concepts 1 "

// Bounds on a file.
const (
	mostBytes    = 64 << 20 // unpacked
	mostLine     = 16 << 10
	mostConcepts = 500_000
)

// What the file in the program comes to: room that need not grow, and leave itself behind, at
// a start.
const (
	usualKeys = 180_000
	usualText = 550 << 10 // bytes of labels in one language
)

// Own is the thesaurus that comes with the program, read with a lexicon of Finnish.
func Own(words *finnish.Lexicon) (*Thesaurus, error) { return Read(bytes.NewReader(own), words) }

// Read reads a file that Make has written. Without a dictionary in the lexicon Finnish
// labels are known by their stems. It takes some 50 ms and 6 MB.
func Read(r io.Reader, words *finnish.Lexicon) (*Thesaurus, error) {
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("not a file of concepts: %w", err)
	}
	lines := bufio.NewScanner(io.LimitReader(unpacked, mostBytes))
	lines.Buffer(nil, mostLine)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), heading) {
		return nil, errors.Join(errors.New("not a file of concepts: the first line is another"), lines.Err())
	}
	b := builder{t: &Thesaurus{words: words, source: lines.Text()[len(heading):], company: sync.OnceValue(ownCompany)}}
	b.keys = make([]keyed, 0, usualKeys)
	for l := range b.texts {
		b.texts[l].Grow(usualText)
	}
	for n := 2; lines.Scan(); n++ {
		if err := b.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if n, err := unpacked.Read(make([]byte, 1)); n > 0 || err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("more than %d bytes of concepts, or a cut file", mostBytes)
	}
	return b.done(), nil
}

// builder makes a thesaurus line by line.
type builder struct {
	t     *Thesaurus
	texts [3]strings.Builder
	keys  []keyed
}

func (b *builder) line(line string) error {
	var f [8]string
	rest, more := line, false
	for i := range f {
		f[i], rest, more = strings.Cut(rest, "\t")
		if more != (i < len(f)-1) {
			return errors.New("eight fields of text are wanted")
		}
	}
	if !utf8.ValidString(line) {
		return errors.New("eight fields of text are wanted")
	}
	id, err := strconv.ParseUint(f[0], 10, 32)
	if err != nil || id == 0 {
		return fmt.Errorf("%q is no concept's number", f[0])
	}
	broader, err := strconv.ParseUint(f[1], 10, 32)
	if err != nil {
		return fmt.Errorf("%q is no concept's number", f[1])
	}
	if n := len(b.t.ids); n > 0 && ID(id) <= b.t.ids[n-1] || n >= mostConcepts {
		return fmt.Errorf("concept %d is out of order, or there are more than %d", id, mostConcepts)
	}
	b.add(Entry{ID: ID(id), Broader: ID(broader), Labels: [3]string(f[2:5])}, [3]string(f[5:8]))
	return nil
}

// add takes one more concept with its keys as a file has them.
func (b *builder) add(e Entry, keys [3]string) {
	index := uint32(len(b.t.ids))
	b.t.ids, b.t.broader = append(b.t.ids, e.ID), append(b.t.broader, e.Broader)
	for tongue, label := range e.Labels {
		b.texts[tongue].WriteString(label)
		b.t.labels[tongue].ends = append(b.t.labels[tongue].ends, uint32(b.texts[tongue].Len()))
		bare, is := strings.CutSuffix(label, ")")
		value := index
		if i := strings.LastIndex(bare, " ("); is && i > 0 {
			label, value = bare[:i], value|explained
		}
		if label == "" {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(label); unicode.IsUpper(r) {
			value |= name
		}
		all := keys[tongue]
		if all == "" {
			all = plainKey(label)
		}
		if tongue == 0 && !b.t.words.Whole() {
			all = b.t.key(label, 0)
		}
		for key := range strings.SplitSeq(all, "|") {
			b.key(key, tongue, value)
		}
	}
}

// key adds what a label is found by, and for labels of several words how they begin.
func (b *builder) key(key string, tongue int, value uint32) {
	if strings.Contains(key, "+") {
		h := start(partsOf)
		for part := range strings.SplitSeq(key, "+") {
			h = put(put(h, part), "+")
		}
		b.keys = append(b.keys, keyed{h, value})
		return
	}
	h, first := start(tongue), true
	for word := range strings.SplitSeq(key, " ") {
		if !first {
			b.keys = append(b.keys, keyed{h, more})
			h = put(h, " ")
		}
		h, first = put(h, word), false
	}
	if strings.ContainsFunc(key, unicode.IsLetter) {
		b.keys = append(b.keys, keyed{h, value})
	}
}

func (b *builder) done() *Thesaurus {
	for l := range b.texts {
		b.t.labels[l].text = b.texts[l].String()
	}
	b.t.table = newTable(b.keys)
	return b.t
}

// plainKey is a label's words in lower case.
func plainKey(label string) string {
	var all []string
	for _, token := range finnish.Tokens(label) {
		all = append(all, strings.ToLower(token))
	}
	return strings.Join(all, " ")
}
