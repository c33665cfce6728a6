package subject

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"math"
	"strings"

	"kokko/engine/concept"
	"kokko/engine/language"
	"kokko/engine/text"
)

// own is made by bench/subjects of titles of Finna (metadata, stated CC0) by the concept
// they are catalogued under, and of labels of YSO (National Library of Finland, CC BY 4.0).
//
//go:embed subjects.bin
var own []byte

// Topic is a concept, and how much something is about it.
type Topic struct {
	ID    concept.ID
	Share float64
	Guess bool // only by how a word begins that is not known
}

// heading begins a model's bytes; after it, in the same line, stands whose it is. Then
// come, all little-endian:
//
//	concepts, words, entries  uint32 each
//	most                      float32, the greatest share
//	ids                       uint32 for each concept, in order
//	buckets                   for each and one more, the first word and the first entry: uint32 each
//	checks                    uint32 for each word, in order inside a bucket
//	counts                    uint8 for each word: how many entries it has
//	entries                   uint16 which concept, uint8 the root of its share
const heading = "kokko-subjects 1 "

// A word is known by the digest of its language and key: the highest bits say the
// bucket, the next 32 tell words in it apart.
const (
	bucketBits = 16
	buckets    = 1 << bucketBits
	fine       = 255
	mostTopics = 16 // of a word
	entrySize  = 3
)

// Model tells what words are about. It is read only and safe for concurrent use.
type Model struct {
	source                              string
	concepts, words, entries            int
	most                                float64
	ids, starts, checks, counts, shares []byte
}

// Own is the model that comes with the program.
func Own() (*Model, error) { return Read(own) }

// Read takes a model from its bytes, which must not be changed afterwards.
func Read(b []byte) (*Model, error) {
	bad := errors.New("not a model of subjects")
	end := min(len(b), 1<<10)
	line, _, ok := strings.Cut(string(b[:end]), "\n")
	source, is := strings.CutPrefix(line, heading)
	if !ok || !is || len(b) < len(line)+17 {
		return nil, bad
	}
	m := &Model{source: source}
	rest := b[len(line)+1:]
	for i, n := range []*int{&m.concepts, &m.words, &m.entries} {
		*n = int(binary.LittleEndian.Uint32(rest[4*i:]))
	}
	m.most = float64(math.Float32frombits(binary.LittleEndian.Uint32(rest[12:])))
	rest = rest[16:]
	if !(m.most > 0) || math.IsInf(m.most, 0) || m.concepts > 1<<16 || len(rest) != 4*m.concepts+8*(buckets+1)+5*m.words+entrySize*m.entries {
		return nil, bad
	}
	for _, part := range []struct {
		to   *[]byte
		size int
	}{{&m.ids, 4 * m.concepts}, {&m.starts, 8 * (buckets + 1)}, {&m.checks, 4 * m.words}, {&m.counts, m.words}, {&m.shares, entrySize * m.entries}} {
		*part.to, rest = rest[:part.size], rest[part.size:]
	}
	if word, entry := m.start(buckets); word != m.words || entry != m.entries {
		return nil, bad
	}
	return m, nil
}

// Source tells what the model is made of, and on what terms.
func (m *Model) Source() string { return m.source }

// Words is how many words it knows.
func (m *Model) Words() int { return m.words }

// start is the first word and the first entry of a bucket.
func (m *Model) start(bucket int) (word, entry int) {
	return int(binary.LittleEndian.Uint32(m.starts[8*bucket:])), int(binary.LittleEndian.Uint32(m.starts[8*bucket+4:]))
}

// digest is Fowler, Noll & Vo's FNV-1a with the last step of Appleby's MurmurHash3.
func digest(in language.Language, key string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(in) {
		h = (h ^ uint64(in[i])) * 1099511628211
	}
	h = (h ^ ' ') * 1099511628211
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// of adds what a key is about, times a weight; ok tells that it is known.
func (m *Model) of(to []Topic, in language.Language, key string, weight float64) (_ []Topic, ok bool) {
	h := digest(in, key)
	bucket, check := int(h>>(64-bucketBits)), uint32(h>>(32-bucketBits))
	word, entry := m.start(bucket)
	end, _ := m.start(bucket + 1)
	for ; word < min(end, m.words); word++ {
		n := int(m.counts[word])
		if binary.LittleEndian.Uint32(m.checks[4*word:]) != check {
			entry += n
			continue
		}
		for i := entry; i < min(entry+n, m.entries); i++ {
			e := m.shares[entrySize*i:]
			which, root := int(binary.LittleEndian.Uint16(e)), float64(e[2])/fine
			if which < m.concepts {
				to = append(to, Topic{ID: concept.ID(binary.LittleEndian.Uint32(m.ids[4*which:])), Share: weight * root * root * m.most})
			}
		}
		return to, true
	}
	return to, false
}

// begun is what the beginning of a word says beside the word.
const begun = .5

// About adds to a list how much a word says of the concepts it may be about. A word that
// is not known is taken by its parts, and else by how it begins. A concept may come
// several times.
func (m *Model) About(to []Topic, word *text.Keys, in language.Language) []Topic {
	known := false
	for _, key := range word[text.Lemma] {
		var ok bool
		to, ok = m.of(to, in, key, 1/float64(len(word[text.Lemma])))
		known = known || ok
	}
	if known {
		return to
	}
	for _, key := range word[text.Part] {
		var ok bool
		to, ok = m.of(to, in, key, 1)
		known = known || ok
	}
	if known {
		return to
	}
	for _, key := range word[text.Root] {
		if strings.HasPrefix(key, "_") {
			from := len(to)
			to, _ = m.of(to, in, key, begun)
			for i := range to[from:] {
				to[from+i].Guess = true
			}
			break
		}
	}
	return to
}
