package finnish

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Near is a word form that the dictionary knows, not far from what was written.
type Near struct {
	Form  string
	Cost  int // of the slips between them; SlipCost for a plain one
	Parts int // of a compound; 1 for a simple word
}

// SlipCost is what one slip costs: a letter too many, too few or another. Slips that
// fingers and ears make often cost less: a letter doubled or not, two changed round,
// the key beside; dots left out least of all.
const SlipCost = 10

const (
	doubleCost = 5
	dotsCost   = 3
	roundCost  = 6
	besideCost = 7
	firstCost  = 4 // more, at the first letter, which is seldom wrong
	nearSteps  = 120_000
	mostNear   = 40
)

// Near finds the forms that the dictionary knows within a cost of a lower-case word,
// the nearest first: at most forty, and none for a word of less than four letters or
// with signs. The search is bounded.
func (d *Dictionary) Near(word string, cost int) []Near {
	if n := utf8.RuneCountInString(word); n < 4 || n > 40 {
		return nil
	}
	w := d.look(word)
	defer d.give(w)
	if len(w.in) != utf8.RuneCountInString(word)+1 {
		return nil
	}
	w.in = w.in[:len(w.in)-1] // the end is known by its place here
	n := &near{walker: w, most: cost, found: map[string]Near{}}
	clear(w.flags)
	w.out, w.steps = w.out[:0], 0
	for _, r := range "abcdefghijklmnopqrstuvwxyzåäöšž" {
		if c := d.letter(r); c != 0 {
			n.letters[d.next(c)>>6] |= 1 << (d.next(c) & 63)
		}
	}
	n.walk(0, 0, 0, 0, 0, true, 1)
	all := make([]Near, 0, len(n.found))
	for _, f := range n.found {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b Near) int {
		if a.Cost+a.Parts != b.Cost+b.Parts {
			return a.Cost + a.Parts - b.Cost - b.Parts
		}
		return strings.Compare(a.Form, b.Form)
	})
	return all[:min(len(all), mostNear)]
}

func (d *Dictionary) letter(r rune) uint16 {
	if r < 256 {
		return d.latin[r]
	}
	return d.chars[r]
}

// near is a walk that forgives slips up to a cost.
type near struct {
	*walker
	most    int
	form    []uint16
	letters letters // that may be put in
	found   map[string]Near
}

// walk goes on from a state. Must is a letter that has to come before the word is read
// on, of two that were changed round; fresh tells that no step was made since the last
// letter, so that a letter too many is left out once.
func (n *near) walk(state uint32, pos, cost, depth int, must uint16, fresh bool, parts int) {
	if n.steps++; n.steps > nearSteps || depth > maxDepth/4 || len(n.found) >= 4*mostNear {
		return
	}
	d := n.d
	if must == 0 && cost+dotsCost > n.most && !d.sets[d.ahead[state]].has(n.next[pos]) {
		return
	}
	if fresh && must == 0 && pos < len(n.in) { // in[pos] is too many
		c := SlipCost
		if pos > 0 && n.in[pos] == n.in[pos-1] {
			c = doubleCost
		}
		if pos == 0 {
			c += firstCost
		}
		if cost+c <= n.most {
			n.walk(state, pos+1, cost+c, depth+1, 0, true, parts)
		}
	}
	count, gap := d.fan(state)
	for k := range count {
		in, out, to, _ := d.transition(nth(state, k, gap))
		more := parts
		if in != final && out >= d.firstTag && d.tags[out] == tagCompound { // at an end nothing is put out
			more++
		}
		switch {
		case in == final:
			if pos == len(n.in) && must == 0 {
				n.keep(cost, parts)
			}
		case in == 0:
			n.walk(to, pos, cost, depth+1, must, false, more)
		case in < d.firstChar:
			set := len(n.set)
			if n.holds(d.flags[in]) {
				n.walk(to, pos, cost, depth+1, must, false, more)
			}
			n.undo(set)
		default:
			n.take(in, to, pos, cost, depth, must, more)
		}
	}
}

// take goes on with a letter as it was written, or in its place, or left out, or round.
func (n *near) take(in uint16, to uint32, pos, cost, depth int, must uint16, parts int) {
	n.form = append(n.form, in)
	defer func() { n.form = n.form[:len(n.form)-1] }()
	if must != 0 {
		if in == must {
			n.walk(to, pos, cost, depth+1, 0, true, parts)
		}
		return
	}
	if pos < len(n.in) && in == n.in[pos] {
		n.walk(to, pos+1, cost, depth+1, 0, true, parts)
	}
	if cost+dotsCost > n.most || in >= n.d.firstTag || !n.letters.has(n.d.next(in)) {
		return
	}
	first := 0
	if pos == 0 {
		first = firstCost
	}
	if pos < len(n.in) && in != n.in[pos] {
		if c := cost + first + n.d.instead(n.in[pos], in); c <= n.most {
			n.walk(to, pos+1, c, depth+1, 0, true, parts)
		}
		if pos+1 < len(n.in) && in == n.in[pos+1] && cost+first+roundCost <= n.most {
			n.walk(to, pos+2, cost+first+roundCost, depth+1, n.in[pos], false, parts)
		}
	}
	c := SlipCost
	if pos > 0 && in == n.in[pos-1] {
		c = doubleCost
	}
	if cost+first+c <= n.most {
		n.walk(to, pos, cost+first+c, depth+1, 0, false, parts)
	}
}

func (n *near) keep(cost, parts int) {
	var form strings.Builder
	for _, c := range n.form {
		form.WriteString(n.d.symbols[c])
	}
	s := form.String()
	if old, ok := n.found[s]; !ok || cost < old.Cost || cost == old.Cost && parts < old.Parts {
		n.found[s] = Near{s, cost, parts}
	}
}

// instead is what a letter costs that stands for another.
func (d *Dictionary) instead(written, meant uint16) int {
	a, _ := utf8.DecodeRuneInString(d.symbols[written])
	b, _ := utf8.DecodeRuneInString(d.symbols[meant])
	return Instead(a, b)
}

// Instead is what it costs to write one letter for another.
func Instead(written, meant rune) int {
	if dotted(written) == dotted(meant) {
		return dotsCost
	}
	// The rows of the keyboard in Finland, each half a key to the right of the one above.
	for _, row := range [...]string{"qwertyuiopå", "asdfghjklöä", "zxcvbnm"} {
		i, j := strings.IndexRune(row, written), strings.IndexRune(row, meant)
		if i >= 0 && j >= 0 && (utf8.RuneCountInString(row[min(i, j):max(i, j)]) == 1) {
			return besideCost
		}
	}
	return SlipCost
}

func dotted(r rune) rune {
	switch r {
	case 'ä', 'å':
		return 'a'
	case 'ö':
		return 'o'
	case 'š':
		return 's'
	case 'ž':
		return 'z'
	}
	return r
}

// Near finds what the dictionary knows near a word; none without a dictionary.
func (l *Lexicon) Near(word string, cost int) []Near {
	if l.dict == nil {
		return nil
	}
	return l.dict.Near(word, cost)
}
