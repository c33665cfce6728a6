package subject

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"

	"kokko/engine/concept"
	"kokko/engine/language"
	"kokko/engine/text"
)

// Counter counts in which titles words stand, and what those are about.
type Counter struct {
	titles float64
	had    []had // the words of titles, as often as they were met
}

// had is that a title about a concept has a word.
type had struct {
	word  uint64
	about concept.ID
	times uint32
}

// Add counts a title, so many times, under what it is about.
func (c *Counter) Add(words *text.Analyser, title string, in language.Language, about concept.ID, times int) {
	met := map[uint64]bool{}
	for _, k := range words.Words(title, in) {
		for _, keys := range [...][]string{k[text.Lemma], k[text.Part]} {
			for _, key := range keys {
				met[digest(in, key)] = true
			}
		}
		for _, key := range k[text.Root] {
			if strings.HasPrefix(key, "_") {
				met[digest(in, key)] = true
				break
			}
		}
	}
	c.titles += float64(times)
	for word := range met {
		c.had = append(c.had, had{word, about, uint32(times)})
	}
}

// least is in how many titles a word is at least.
const least = 3

// said is a word's topics, as they are written.
type said struct {
	word   uint64
	topics []Topic
}

// Model writes the model of what was counted: of each word the concepts it says most of,
// by which share of its titles are about each, times how rare it is. The same titles
// give the same bytes.
func (c *Counter) Model(source string) ([]byte, error) {
	if source == "" || strings.ContainsAny(source, "\n\r\t") || len(source) > 900 {
		return nil, errors.New("a line that tells whose the titles are is wanted")
	}
	slices.SortFunc(c.had, func(a, b had) int {
		if d := cmp.Compare(a.word, b.word); d != 0 {
			return d
		}
		return cmp.Compare(a.about, b.about)
	})
	var all []said
	concepts, most := map[concept.ID]int{}, 0.0
	for i := 0; i < len(c.had); {
		s, n := said{word: c.had[i].word}, 0.0
		for ; i < len(c.had) && c.had[i].word == s.word; i++ {
			if last := len(s.topics) - 1; last < 0 || s.topics[last].ID != c.had[i].about {
				s.topics = append(s.topics, Topic{ID: c.had[i].about})
			}
			s.topics[len(s.topics)-1].Share += float64(c.had[i].times)
			n += float64(c.had[i].times)
		}
		if n < least {
			continue
		}
		slices.SortFunc(s.topics, func(a, b Topic) int {
			if d := cmp.Compare(b.Share, a.Share); d != 0 {
				return d
			}
			return cmp.Compare(a.ID, b.ID)
		})
		s.topics = slices.Clone(s.topics[:min(len(s.topics), mostTopics)])
		for k := range s.topics {
			s.topics[k].Share *= math.Log(1+c.titles/n) / (n + 1)
			most = max(most, s.topics[k].Share)
		}
		all = append(all, s)
	}
	var ids []concept.ID
	entries := 0
	for i := range all {
		all[i].topics = slices.DeleteFunc(all[i].topics, func(t Topic) bool { return root(t.Share, most) == 0 })
		for _, t := range all[i].topics {
			if _, ok := concepts[t.ID]; !ok {
				concepts[t.ID] = 0
				ids = append(ids, t.ID)
			}
			entries++
		}
	}
	slices.Sort(ids)
	for i, id := range ids {
		concepts[id] = i
	}
	if len(ids) == 0 || len(ids) > 1<<16 {
		return nil, errors.New("a model has from one to 65,536 concepts")
	}
	return write(source, ids, concepts, all, entries, most), nil
}

// root is how a share is written.
func root(share, most float64) uint8 { return uint8(math.Round(fine * math.Sqrt(share/most))) }

func write(source string, ids []concept.ID, place map[concept.ID]int, all []said, entries int, most float64) []byte {
	le := binary.LittleEndian
	b := append([]byte(heading+source), '\n')
	for _, n := range []int{len(ids), len(all), entries} {
		b = le.AppendUint32(b, uint32(n))
	}
	b = le.AppendUint32(b, math.Float32bits(float32(most)))
	for _, id := range ids {
		b = le.AppendUint32(b, uint32(id))
	}
	word, entry := 0, 0
	for bucket := range uint64(buckets + 1) {
		for ; word < len(all) && all[word].word>>(64-bucketBits) < bucket; word++ {
			entry += len(all[word].topics)
		}
		b = le.AppendUint32(le.AppendUint32(b, uint32(word)), uint32(entry))
	}
	for _, s := range all {
		b = le.AppendUint32(b, uint32(s.word>>(32-bucketBits)))
	}
	for _, s := range all {
		b = append(b, uint8(len(s.topics)))
	}
	for _, s := range all {
		for _, t := range s.topics {
			b = append(le.AppendUint16(b, uint16(place[t.ID])), root(t.Share, most))
		}
	}
	return b
}
