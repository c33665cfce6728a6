package concept

import (
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"kokko/engine/language"
)

// A concept is spoken of also without its name: where meteorology is the matter, the
// weather is spoken of. Which words keep it company is learned of the titles of works
// that librarians have given the concept.

// company is made by bench/concepts of titles of Finna (CC0) and their concepts of YSO
// (CC BY 4.0).
//
//go:embed company.gz
var company []byte

// Word is a word that keeps a concept company.
type Word struct {
	Text   string
	Weight float64 // how much it is so, from 0 to some 4
}

const (
	companyHead   = "kokko-company 1\n"
	mostCompany   = 16 << 20 // bytes, unpacked
	grains        = 15       // of a weight; a step is weightStep
	weightStep    = .25
	together      = 2   // titles of a concept that have a word at the least
	fewTitles     = 6   // as if so many more titles of a concept had no word of it
	leastSurprise = 2.  // nats by which a word is likelier there than anywhere
	leastWeight   = .4  // what is less is left out
	mostFollow    = 8   // of a concept
	leastTitles   = 3   // that have a word, of all
	longestWord   = 120 // bytes
)

// companions are the words of each concept, in one language.
type companions struct {
	words []string
	ids   []ID     // in order
	ends  []uint32 // of each concept's among all
	all   []uint32 // the place of a word << 4 | its grains
}

// Company gives the words that keep a concept company in a language, those that do it
// most first.
func (t *Thesaurus) Company(id ID, in language.Language) (all []Word) {
	tongue := slices.Index(language.All(), in)
	if tongue < 0 || t.company == nil {
		return nil
	}
	read := t.company()
	if read == nil {
		return nil
	}
	c := &read[tongue]
	i, ok := slices.BinarySearch(c.ids, id)
	if !ok {
		return nil
	}
	from := uint32(0)
	if i > 0 {
		from = c.ends[i-1]
	}
	for _, w := range c.all[from:c.ends[i]] {
		all = append(all, Word{c.words[w>>4], float64(w&grains+1) * weightStep})
	}
	return all
}

// ownCompany is the one in the program. It is read when it is first asked for.
func ownCompany() *[3]companions {
	all, err := readCompany(company)
	if err != nil {
		return nil // a test reads it
	}
	return all
}

// CheckCompany tells what is wrong with a file of MakeCompany.
func CheckCompany(packed []byte) error {
	_, err := readCompany(packed)
	return err
}

func readCompany(packed []byte) (*[3]companions, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("not a file of company: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(z, mostCompany+1))
	if err != nil {
		return nil, err
	}
	rest, ok := strings.CutPrefix(string(b), companyHead)
	if !ok || len(b) > mostCompany {
		return nil, errors.New("not a file of company, or too long a one")
	}
	r := strings.NewReader(rest)
	var all [3]companions
	for i := range all {
		if err := all[i].read(r, rest); err != nil {
			return nil, err
		}
	}
	if r.Len() > 0 {
		return nil, errors.New("more follows than three languages")
	}
	return &all, nil
}

func (c *companions) read(r *strings.Reader, from string) error {
	wrong := errors.New("the file of company is cut or broken")
	number := func(most uint64) (uint64, error) {
		n, err := binary.ReadUvarint(r)
		if err != nil || n > most {
			return 0, wrong
		}
		return n, nil
	}
	count, err := number(uint64(r.Len()))
	if err != nil {
		return err
	}
	for range count {
		n, err := number(uint64(min(r.Len(), longestWord)))
		if err != nil || int(n) > r.Len() {
			return wrong
		}
		at := len(from) - r.Len()
		word := from[at : at+int(n)]
		if n == 0 || !utf8.ValidString(word) {
			return wrong
		}
		c.words = append(c.words, word)
		if _, err := r.Seek(int64(n), io.SeekCurrent); err != nil {
			return wrong
		}
	}
	count, err = number(uint64(r.Len()))
	if err != nil {
		return err
	}
	id := uint64(0)
	for range count {
		step, err := number(math.MaxUint32 - id)
		if err != nil || step == 0 {
			return wrong
		}
		id += step
		n, err := number(mostFollow)
		if err != nil {
			return err
		}
		for range n {
			w, err := number(math.MaxUint32)
			if err != nil || w>>4 >= uint64(len(c.words)) {
				return wrong
			}
			c.all = append(c.all, uint32(w))
		}
		c.ids, c.ends = append(c.ids, ID(id)), append(c.ends, uint32(len(c.all)))
	}
	return nil
}

// Titled is a title with its words, each once, and the concepts it was given.
type Titled struct {
	Words    []string
	Concepts []ID
}

// MakeCompany learns the company of concepts of titles in each language, in the order of
// language.All. The same titles make the same bytes.
func MakeCompany(titles [3][]Titled) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(companyHead)
	for _, of := range titles {
		writeCompany(&out, learn(of))
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(out.Bytes()); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// learn gives the words of each concept: those its titles have more often than titles
// have them anyway, by how often that is and how much it surprises.
func learn(titles []Titled) map[ID][]Word {
	have := map[string]int{}
	of := map[ID]int{}
	in := map[ID]map[string]int{}
	for _, t := range titles {
		for _, w := range t.Words {
			have[w]++
		}
		for _, id := range t.Concepts {
			of[id]++
			if in[id] == nil {
				in[id] = map[string]int{}
			}
			for _, w := range t.Words {
				in[id][w]++
			}
		}
	}
	all := map[ID][]Word{}
	for id, words := range in {
		var best []Word
		for w, n := range words {
			if n < together || have[w] < leastTitles || len(w) > longestWord {
				continue
			}
			p := float64(n) / float64(of[id]+fewTitles)
			surprise := math.Log(p * float64(len(titles)) / float64(have[w]))
			if surprise >= leastSurprise && p*surprise >= leastWeight {
				best = append(best, Word{w, p * surprise})
			}
		}
		slices.SortFunc(best, func(a, b Word) int {
			return cmp.Or(cmp.Compare(b.Weight, a.Weight), strings.Compare(a.Text, b.Text))
		})
		if len(best) > 0 {
			all[id] = best[:min(mostFollow, len(best))]
		}
	}
	return all
}

func writeCompany(out *bytes.Buffer, of map[ID][]Word) {
	times := map[string]int{}
	for _, words := range of {
		for _, w := range words {
			times[w.Text]++
		}
	}
	words := slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		return cmp.Or(cmp.Compare(times[b], times[a]), strings.Compare(a, b))
	})
	place := map[string]uint64{}
	number := func(n uint64) { out.Write(binary.AppendUvarint(nil, n)) }
	number(uint64(len(words)))
	for i, w := range words {
		place[w] = uint64(i)
		number(uint64(len(w)))
		out.WriteString(w)
	}
	number(uint64(len(of)))
	last := ID(0)
	for _, id := range slices.Sorted(maps.Keys(of)) {
		number(uint64(id - last))
		last = id
		number(uint64(len(of[id])))
		for _, w := range of[id] {
			grain := min(max(math.Round(w.Weight/weightStep)-1, 0), grains)
			number(place[w.Text]<<4 | uint64(grain))
		}
	}
}
