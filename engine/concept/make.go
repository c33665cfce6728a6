package concept

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kokko/engine/finnish"
)

// Entry is one concept as it is given to Make.
type Entry struct {
	ID      ID
	Broader ID        // 0 when it is not known
	Labels  [3]string // in the order of language.All; at least one
}

// OpenLabels reads Labels from a file, packed with gzip when its name ends in .gz. The
// error names the file.
func OpenLabels(path string) (map[ID]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	all, err := Labels(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// Labels reads a list of labels in one language as YSO gives them: on each line the
// address in < and >, a tab and the label.
func Labels(r io.Reader) (map[ID]string, error) {
	all := map[ID]string{}
	lines := bufio.NewScanner(io.LimitReader(r, mostBytes))
	lines.Buffer(nil, mostLine)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		address, label, ok := strings.Cut(lines.Text(), "\t")
		number, is := strings.CutPrefix(strings.Trim(strings.TrimPrefix(address, "\ufeff"), "<>"), URI(0)[:len(URI(0))-1])
		id, err := strconv.ParseUint(number, 10, 32)
		label = strings.Join(strings.Fields(label), " ")
		if !ok || !is || err != nil || id == 0 || label == "" || !utf8.ValidString(label) {
			return nil, fmt.Errorf("line %d: the address of a concept of YSO, a tab and its label are wanted", n)
		}
		if _, twice := all[ID(id)]; !twice {
			all[ID(id)] = label
		}
		if len(all) > mostConcepts {
			return nil, fmt.Errorf("more than %d concepts", mostConcepts)
		}
	}
	return all, lines.Err()
}

// Entries joins the labels of three languages, in the order of language.All.
func Entries(labels [3]map[ID]string) (all []Entry) {
	ids := map[ID]bool{}
	for _, l := range labels {
		for id := range l {
			ids[id] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		all = append(all, Entry{ID: id, Labels: [3]string{labels[0][id], labels[1][id], labels[2][id]}})
	}
	return all
}

// Make writes a file of concepts: the same for the same entries and dictionary, which
// the lexicon must have. Where an entry has no broader concept it is read from the
// labels.
func Make(source string, entries []Entry, words *finnish.Lexicon) ([]byte, error) {
	if !words.Whole() {
		return nil, errors.New("concepts are made with a dictionary of Finnish")
	}
	if source == "" || strings.ContainsAny(source, "\n\r\t") {
		return nil, errors.New("a line that tells whose the concepts are is wanted")
	}
	entries = slices.SortedFunc(slices.Values(entries), func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	b := builder{t: &Thesaurus{words: words, source: source}}
	keys := make([][3]string, len(entries))
	for i, e := range entries {
		for tongue, label := range e.Labels {
			if strings.ContainsAny(label, "\n\r\t") {
				return nil, fmt.Errorf("concept %d: a label is one line", e.ID)
			}
			bare := withoutExplanation(label)
			if key := b.t.key(bare, tongue); key != plainKey(bare) {
				keys[i][tongue] = key
			}
		}
		b.add(e, keys[i])
	}
	t := b.done()
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(z, "%s%s\n", heading, source)
	for i, e := range entries {
		if e.Broader == 0 {
			e.Broader = t.widen(e)
		}
		fmt.Fprintf(z, "%d\t%d\t%s\t%s\n", e.ID, e.Broader, strings.Join(e.Labels[:], "\t"), strings.Join(keys[i][:], "\t"))
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

func withoutExplanation(label string) string {
	if bare, is := strings.CutSuffix(label, ")"); is {
		if i := strings.LastIndex(bare, " ("); i > 0 {
			return bare[:i]
		}
	}
	return label
}

// mostKeys bounds the ways one label is read.
const mostKeys = 4

// key is what a label is found by, as a file has it.
func (t *Thesaurus) key(label string, tongue int) string {
	ways, parts := []string{""}, ""
	for _, token := range finnish.Tokens(label) {
		var readings []string
		if tongue > 0 {
			readings = []string{t.stem(token, tongue)}
		} else {
			w := t.words.Word(token)
			readings = w.Lemmas
			if same := strings.ToLower(token); slices.Contains(readings, same) {
				readings = []string{same} // a label is a base form, most often
			} else if w.Source == finnish.FromStem {
				readings = []string{same, w.Lemmas[0]} // it may come to be known as a name
			}
			parts = ""
			if ways[0] == "" && len(w.Parts) > 1 && w.Source == finnish.FromDictionary {
				parts = strings.Join(w.Parts, "+")
			}
		}
		var on []string
		for _, before := range ways {
			for _, r := range readings {
				if len(on) < mostKeys {
					on = append(on, strings.TrimPrefix(before+" "+r, " "))
				}
			}
		}
		ways = on
	}
	if parts != "" {
		ways = append(ways, parts)
	}
	return strings.Join(ways, "|")
}

// widen reads the broader concept from the labels: of a name what explains it,
// Kausala (Iitti); of others the head of the label, lähi|ruoka, närproducerad mat,
// local food, when it is a label in at least two languages and of the same concept.
func (t *Thesaurus) widen(e Entry) ID {
	votes := map[ID]int{}
	for tongue, label := range e.Labels {
		if label == "" {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(label); unicode.IsUpper(r) {
			if bare := withoutExplanation(label); bare != label {
				for _, id := range t.named(strings.TrimSuffix(label[len(bare)+2:], ")"), tongue) {
					votes[id] += 2
				}
			}
			continue
		}
		for _, id := range t.head(withoutExplanation(label), tongue) {
			votes[id]++
		}
	}
	best := ID(0)
	for _, id := range slices.Sorted(maps.Keys(votes)) {
		if id != e.ID && votes[id] >= 2 && (best == 0 || votes[id] > votes[best]) {
			best = id
		}
	}
	return best
}

// named is the concepts a whole text is a label of.
func (t *Thesaurus) named(text string, tongue int) (all []ID) {
	for key := range strings.SplitSeq(t.key(text, tongue), "|") {
		h := start(tongue)
		if strings.Contains(key, "+") {
			continue
		}
		for _, e := range t.table.at(put(h, key)) {
			if e.value&more == 0 {
				all = append(all, t.ids[e.value&indexBits])
			}
		}
	}
	return all
}

// head is the concepts of the shortest cut of a label that is one and still says what
// the whole is: what is left without the words, or the part of the word, before it.
func (t *Thesaurus) head(label string, tongue int) []ID {
	words := strings.Fields(label)
	for i, w := range words {
		if i > 0 && slices.Contains([][]string{nil, {"av", "för", "i", "på", "med", "till", "från", "om", "och", "vid"}, {"of", "for", "in", "on", "with", "to", "from", "and", "by"}}[tongue], w) {
			return t.named(strings.Join(words[:i], " "), tongue)
		}
	}
	for i := 1; i < len(words); i++ {
		if found := t.named(strings.Join(words[i:], " "), tongue); len(found) > 0 {
			return found
		}
	}
	if len(words) != 1 || tongue == 2 {
		return nil
	}
	if tongue == 0 {
		parts := t.words.Word(label).Parts
		for i := 1; i < len(parts); i++ {
			h := start(partsOf)
			for _, p := range parts[i:] {
				h = put(put(h, p), "+")
			}
			if i == len(parts)-1 {
				h = put(start(0), parts[i])
			}
			if found := t.table.at(h); len(found) > 0 && found[0].value&(more|name) == 0 {
				var all []ID
				for _, e := range found {
					if e.value&more == 0 {
						all = append(all, t.ids[e.value&indexBits])
					}
				}
				return all
			}
		}
		return nil
	}
	const least = 3 // letters of each part
	runes := []rune(label)
	for i := least; i+least <= len(runes); i++ {
		if found := t.named(string(runes[i:]), tongue); len(found) > 0 {
			return found
		}
	}
	return nil
}
