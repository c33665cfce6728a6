package i18n

import (
	"bytes"
	"sort"
	"strings"

	"golang.org/x/text/collate"
)

// Compare orders two names as the language's alphabet does (Unicode CLDR): in
// Finnish and Swedish å, ä and ö are letters of their own after z, in English
// they stand beside a and o. V and w are two letters, v first, in all three.
// Names the alphabet holds equal are ordered by their bytes, so that 0 means the
// same name. For whole lists Sort is faster.
func (p *Printer) Compare(a, b string) int {
	c := p.collators.Get().(*collate.Collator)
	defer p.collators.Put(c)
	if order := c.CompareString(a, b); order != 0 {
		return order
	}
	return strings.Compare(a, b)
}

// Sort orders n things by key as Compare does; equals keep their order. Each key
// is read once. swap exchanges the things i and j. O(n log² n) swaps, O(n log n)
// comparisons of bytes.
func (p *Printer) Sort(n int, key func(i int) string, swap func(i, j int)) {
	c := p.collators.Get().(*collate.Collator)
	defer p.collators.Put(c)
	s := sorting{keys: make([][]byte, n), swap: swap}
	var room collate.Buffer
	for i := range n {
		name := key(i)
		made := c.KeyFromString(&room, name)
		// The name itself after the key settles what the alphabet holds equal.
		s.keys[i] = append(append(append(make([]byte, 0, len(made)+1+len(name)), made...), 0), name...)
		room.Reset()
	}
	sort.Stable(s)
}

type sorting struct {
	keys [][]byte
	swap func(i, j int)
}

func (s sorting) Len() int           { return len(s.keys) }
func (s sorting) Less(i, j int) bool { return bytes.Compare(s.keys[i], s.keys[j]) < 0 }
func (s sorting) Swap(i, j int) {
	s.keys[i], s.keys[j] = s.keys[j], s.keys[i]
	s.swap(i, j)
}
