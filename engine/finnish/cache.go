package finnish

import (
	"strings"
	"sync/atomic"
)

// The cache holds what was understood of up to sets × ways words, some 6 MB. A word
// stands in one of two sets, so that it fills evenly (Azar and others 1994, Balanced
// allocations). Nobody waits for anybody: a place is read and changed whole, and when
// two understand the same word at once either may stay.
const (
	sets = 4096
	ways = 10
)

type cache [sets]set

type set struct {
	tags  [ways]atomic.Uint32 // of the words, so that others are not looked at
	words [ways]atomic.Pointer[kept]
	hand  atomic.Uint32 // the place that is looked at next for room
}

// kept is a word in the cache.
type kept struct {
	word Word
	form string
	used atomic.Bool // since the hand came by: a second chance
}

// both are the sets where a word may stand.
func (c *cache) both(h uint32) [2]*set { return [...]*set{&c[h%sets], &c[h>>20%sets]} }

func (c *cache) get(h uint32, form []byte) *Word {
	for _, s := range c.both(h) {
		for i := range s.tags {
			if s.tags[i].Load() != h {
				continue
			}
			if k := s.words[i].Load(); k != nil && k.form == string(form) {
				if !k.used.Load() {
					k.used.Store(true)
				}
				return &k.word
			}
		}
	}
	return nil
}

// put keeps a word where none is, or in the place of one that was not asked for since
// the hand came by. What is met once goes before what is met often.
func (c *cache) put(h uint32, form string, w *Word) *Word {
	k := pack(form, w)
	s, at := c.room(h)
	s.words[at].Store(k)
	s.tags[at].Store(h)
	return &k.word
}

// room is a place for one more word.
func (c *cache) room(h uint32) (*set, uint32) {
	both := c.both(h)
	for _, s := range both {
		for i := range s.words {
			if s.words[i].Load() == nil {
				return s, uint32(i)
			}
		}
	}
	s, at := both[h>>16&1], uint32(0)
	for range 2 * ways {
		at = s.hand.Add(1) % ways
		if !s.words[at].Load().used.Swap(false) {
			break
		}
	}
	return s, at
}

// pack writes a word into as little memory as it needs.
func pack(form string, w *Word) *kept {
	k := &kept{word: *w, form: form}
	lists := [...]*[]string{&k.word.Lemmas, &k.word.Parts, &k.word.Roots}
	var text strings.Builder
	n, size := 0, 0
	for _, l := range lists {
		n += len(*l)
		for _, s := range *l {
			if !strings.Contains(form, s) {
				size += len(s)
			}
		}
	}
	text.Grow(size)
	for _, l := range lists {
		for _, s := range *l {
			if !strings.Contains(form, s) {
				text.WriteString(s)
			}
		}
	}
	all, rest := make([]string, 0, n), text.String()
	for _, l := range lists {
		from := len(all)
		for _, s := range *l {
			if i := strings.Index(form, s); i >= 0 {
				all = append(all, form[i:i+len(s)])
				continue
			}
			all = append(all, rest[:len(s)])
			rest = rest[len(s):]
		}
		if *l = all[from:len(all):len(all)]; from == len(all) {
			*l = nil
		}
	}
	return k
}
