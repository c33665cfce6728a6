package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/swedish"
)

func main() {
	labels := flag.String("labels", "", "labels of YSO in Swedish")
	titles := flag.String("titles", "", "titles with their concepts")
	words := flag.String("words", "", "a Hunspell dictionary's words (.dic)")
	flag.Parse()
	if err := run(*labels, *titles, *words); err != nil {
		fmt.Fprintln(os.Stderr, "swedish:", err)
		os.Exit(1)
	}
}

// A concept is asked for when it has this many titles, and its number's digest says
// so: one in share.
const (
	fewest, most = 5, 100
	share        = 6
)

func run(labels, titles, words string) error {
	asked := map[string]string{}
	if err := lines(labels, func(a, b string) {
		a = strings.Trim(a[strings.LastIndex(a, "/")+1:], ">")
		b, _, _ = strings.Cut(b, " (")
		asked[a] = b
	}); err != nil {
		return err
	}
	of, about := map[string][]int{}, map[string]int{}
	var docs []string
	if err := lines(titles, func(a, b string) {
		h := fnv.New32a()
		_, _ = io.WriteString(h, a)
		if h.Sum32()%share != 0 || asked[a] == "" {
			return
		}
		i, ok := about[b]
		if !ok {
			i = len(docs)
			about[b] = i
			docs = append(docs, b)
		}
		of[a] = append(of[a], i)
	}); err != nil {
		return err
	}
	f, err := os.Open(words)
	if err != nil {
		return err
	}
	defer f.Close()
	lexicon, err := swedish.Read(f)
	if err != nil {
		return err
	}
	var queries []string
	for c, relevant := range of {
		if len(relevant) >= fewest && len(relevant) <= most {
			queries = append(queries, c)
		}
	}
	slices.Sort(queries)
	fmt.Printf("%d titles, %d labels, %d words in the dictionary\n\n| keys | MAP | nDCG@10 | R@100 | nothing found |\n|---|---|---|---|---|\n", len(docs), len(queries), lexicon.Len())
	plain := func(w string) string { return w }
	begins := func(w string) string { return string([]rune(w)[:min(5, len([]rune(w)))]) }
	var stems language.Stemmer
	stem := func(w string) string { return stems.Stem(w, language.Swedish) }
	for _, s := range []struct {
		name  string
		key   func(string) string
		parts bool
	}{
		{"as it stands", plain, false}, {"first 5 letters", begins, false}, {"Snowball", stem, false}, {"engine/swedish", swedish.Stem, false},
		{"Snowball, compounds apart ×0.5", stem, true}, {"engine/swedish, compounds apart ×0.5", swedish.Stem, true},
	} {
		x := index{keys: map[string][]posting{}}
		for _, d := range docs {
			x.add(keys(d, s.key, s.parts, lexicon))
		}
		var sumMAP, sumNDCG, sumR, lost float64
		for _, q := range queries {
			found := x.find(keys(asked[q], s.key, s.parts, lexicon))
			ap, ndcg, r := judge(found, of[q])
			sumMAP, sumNDCG, sumR = sumMAP+ap, sumNDCG+ndcg, sumR+r
			if r == 0 {
				lost++
			}
		}
		n := float64(len(queries))
		fmt.Printf("| %s | %.3f | %.3f | %.3f | %.1f %% |\n", s.name, sumMAP/n, sumNDCG/n, sumR/n, 100*lost/n)
	}
	return nil
}

func keys(text string, key func(string) string, parts bool, l *swedish.Lexicon) map[string]float64 {
	all := map[string]float64{}
	for _, token := range finnish.Tokens(text) {
		w := strings.ToLower(token)
		all[key(w)]++
		if parts {
			for _, p := range l.Parts(w) {
				all[key(p)] += .5
			}
		}
	}
	return all
}

type posting struct {
	doc  int
	hits float64
}

type index struct {
	keys    map[string][]posting
	lengths []float64
	total   float64
}

func (x *index) add(keys map[string]float64) {
	length := 0.0
	for k, n := range keys {
		x.keys[k] = append(x.keys[k], posting{len(x.lengths), n})
		length += n
	}
	x.lengths = append(x.lengths, length)
	x.total += length
}

// find ranks by BM25 (Robertson & Zaragoza 2009).
func (x *index) find(asked map[string]float64) (docs []int) {
	const k1, b = 1.2, .5
	scores, n := map[int]float64{}, float64(len(x.lengths))
	for k, weight := range asked {
		list := x.keys[k]
		idf := math.Log(1 + (n-float64(len(list))+.5)/(float64(len(list))+.5))
		for _, p := range list {
			scores[p.doc] += weight * idf * p.hits * (k1 + 1) / (p.hits + k1*(1-b+b*x.lengths[p.doc]*n/x.total))
		}
	}
	for d := range scores {
		docs = append(docs, d)
	}
	slices.SortFunc(docs, func(a, b int) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), a-b) })
	return docs
}

func judge(found, relevant []int) (ap, ndcg, recall float64) {
	is := map[int]bool{}
	for _, d := range relevant {
		is[d] = true
	}
	hits, dcg, ideal := 0.0, 0.0, 0.0
	for i, d := range found {
		if is[d] {
			hits++
			ap += hits / float64(i+1)
			if i < 10 {
				dcg += 1 / math.Log2(float64(i+2))
			}
			if i < 100 {
				recall++
			}
		}
	}
	for i := range min(10, len(is)) {
		ideal += 1 / math.Log2(float64(i+2))
	}
	n := float64(len(is))
	return ap / n, dcg / ideal, recall / min(n, 100)
}

// lines hands over the two fields of every line.
func lines(path string, take func(a, b string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	s := bufio.NewScanner(z)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		if a, b, ok := strings.Cut(s.Text(), "\t"); ok {
			take(a, b)
		}
	}
	return s.Err()
}
