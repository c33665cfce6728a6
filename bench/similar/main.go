package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "similar:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	f := flag.NewFlagSet("similar", flag.ContinueOnError)
	ideas := f.String("ideas", "", "the proposals, a CSV file")
	voikko := f.String("dictionary", "", "Voikko's dictionary, mor.vfst; where Debian puts it when not given")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *ideas == "" {
		return errors.New("say -ideas")
	}
	return compare(out, *ideas, *voikko)
}

// idea is one proposal.
type idea struct {
	id, title, text string
	plans           []string
	spot            text.Spot
}

// read takes the proposals of a file.
func read(path string) ([]idea, error) {
	rows, err := table(path, "id", "title", "text", "plans")
	if err != nil {
		return nil, err
	}
	areas := map[string]string{}
	beside, err := table(strings.TrimSuffix(path, ".csv")+"_area.csv", "id")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, r := range beside {
		areas[r["id"]] = cmp.Or(r["scope"], r["area"])
	}
	var all []idea
	seen := map[string]int{}
	for n, r := range rows {
		if before := seen[r["id"]]; before > 0 {
			return nil, fmt.Errorf("%s: proposals %d and %d have the same id, %q", path, before, n+1, r["id"])
		}
		seen[r["id"]] = n + 1
		i := idea{id: r["id"], title: r["title"], text: r["text"], spot: text.Spot{Area: cmp.Or(r["area"], r["scope"], areas[r["id"]]), Place: r["district"]}}
		i.spot.Lat, _ = strconv.ParseFloat(r["lat"], 64)
		i.spot.Lon, _ = strconv.ParseFloat(r["lon"], 64)
		i.plans = strings.FieldsFunc(r["plans"], func(r rune) bool { return strings.ContainsRune(";,| ", r) })
		all = append(all, i)
	}
	return all, nil
}

// table reads a CSV file by the names in its first line, which are at least these.
func table(path string, names ...string) (all []map[string]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: there is nothing in it", path)
	}
	head := rows[0]
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	for _, name := range names {
		if !slices.Contains(head, name) {
			return nil, fmt.Errorf("%s: there is no column %s; its first line is %s", path, name, strings.Join(head, ","))
		}
	}
	for _, row := range rows[1:] {
		r := map[string]string{}
		for i, name := range head {
			r[name] = row[i]
		}
		all = append(all, r)
	}
	return all, nil
}

// way is one way to compare: scores of all ideas for one of them, asked with its
// title alone or with all of it.
type way struct {
	name string
	ask  func(i int, whole bool) []float64
}

func compare(out io.Writer, path, voikko string) error {
	all, err := read(path)
	if err != nil {
		return err
	}
	dict, err := finnish.OpenOr(voikko)
	if err != nil {
		return err
	}
	byPlan := map[string][]int{}
	for i, d := range all {
		for _, p := range d.plans {
			byPlan[p] = append(byPlan[p], i)
		}
	}
	similar := make([]map[int]bool, len(all))
	asked := 0
	for i, d := range all {
		similar[i] = map[int]bool{}
		for _, p := range d.plans {
			for _, j := range byPlan[p] {
				if j != i {
					similar[i][j] = true
				}
			}
		}
		if len(similar[i]) > 0 {
			asked++
		}
	}
	if asked == 0 {
		return fmt.Errorf("%s: no two of its %d proposals were merged into the same plan, so that nothing can be measured", path, len(all))
	}
	words := finnish.New(dict, nil)
	concepts, err := concept.Own(words)
	if err != nil {
		return err
	}
	a := text.NewAnalyser(words, language.Own()).With(text.More{Concepts: concepts})
	fmt.Fprintf(out, "%d proposals, %d with a similar one; dictionary: %v\n\n", len(all), asked, dict != nil)
	fmt.Fprintln(out, "| MAP, nDCG@10, R@10, S@3 | title only | title + text |\n|---|---|---|")
	near := nearness(all)
	stored, err := put(all, a)
	if err != nil {
		return err
	}
	defer stored.close()
	kokko := byKeys(all, func(title, body string) text.Keys { return a.Of(title, body, language.Unknown) })
	for _, w := range []way{
		{"surface BM25", byKeys(all, plain(strings.ToLower)).bm25},
		{"trigram", trigram(all)},
		{"Snowball BM25", byKeys(all, plain(snowball())).bm25},
		{"Kokko without place", func(i int, whole bool) []float64 { return kokko.like(i, whole, nil) }},
		{"Kokko", func(i int, whole bool) []float64 { return kokko.like(i, whole, near) }},
		{"Kokko through the index, without place", func(i int, whole bool) []float64 { return stored.like(i, whole, nil) }},
		{"Kokko through the index", func(i int, whole bool) []float64 { return stored.like(i, whole, near) }},
	} {
		var cells [2]string
		for n, whole := range []bool{false, true} {
			var sum measures
			for i := range all {
				if len(similar[i]) > 0 {
					sum.add(w.ask(i, whole), i, similar[i])
				}
			}
			cells[n] = sum.String()
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", w.name, cells[0], cells[1])
	}
	return copies(out, all, func(i int, whole bool) []float64 { return kokko.like(i, whole, near) })
}

// measures are summed over queries.
type measures struct{ precision, gain, recall, success, n float64 }

// add takes in one answer; scores are of all ideas, 0 for what was not found.
func (m *measures) add(scores []float64, self int, similar map[int]bool) {
	var precision, gain, ideal float64
	hits := 0
	for rank, i := range ranked(scores, self) {
		if !similar[i] {
			continue
		}
		hits++
		precision += float64(hits) / float64(rank+1)
		if rank < 10 {
			gain += 1 / math.Log2(float64(rank+2))
			m.recall += 1 / float64(len(similar))
		}
		if rank < 3 && hits == 1 {
			m.success++
		}
	}
	for rank := range min(10, len(similar)) {
		ideal += 1 / math.Log2(float64(rank+2))
	}
	m.precision += precision / float64(len(similar))
	m.gain += gain / ideal
	m.n++
}

func (m measures) String() string {
	of := func(x float64) string { return strings.TrimPrefix(fmt.Sprintf("%.3f", x/max(m.n, 1)), "0") }
	return strings.Join([]string{of(m.precision), of(m.gain), of(m.recall), of(m.success)}, " ")
}

func ranked(scores []float64, self int) (all []int) {
	for i, s := range scores {
		if s > 0 && i != self {
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	return all
}

// keyed is ideas by their keys.
type keyed struct {
	all    []idea
	keys   func(title, body string) text.Keys
	whole  []text.Keys
	titles []text.Keys
	of     text.Collection
}

func byKeys(all []idea, keys func(title, body string) text.Keys) *keyed {
	k := &keyed{all: all, keys: keys}
	holding := map[string]int{}
	for _, d := range all {
		of := keys(d.title, d.text)
		k.whole, k.titles = append(k.whole, of), append(k.titles, keys(d.title, ""))
		seen := map[string]bool{}
		for _, column := range of {
			for _, key := range column {
				if !seen[key] {
					seen[key] = true
					holding[key]++
				}
			}
		}
		k.of.Size += of.Size() / float64(len(all))
	}
	k.of.Texts, k.of.Holding = len(all), func(key string) int { return holding[key] }
	return k
}

func (k *keyed) asked(i int, whole bool) text.Keys {
	if whole {
		return k.whole[i]
	}
	return k.titles[i]
}

// bm25 is plain BM25, without runs of letters.
func (k *keyed) bm25(i int, whole bool) []float64 {
	q := text.AskWords(k.asked(i, whole), k.of)
	scores := make([]float64, len(k.all))
	for j, keys := range k.whole {
		scores[j] = q.Score(keys)
	}
	return scores
}

// like is Kokko's own; near may be nil.
func (k *keyed) like(i int, whole bool, near func(i, j int) float64) []float64 {
	asked := k.asked(i, whole)
	q := text.Ask(asked, k.of)
	self := q.Score(asked)
	scores := make([]float64, len(k.all))
	for j, keys := range k.whole {
		overlap := text.Overlap(asked, keys)
		if !whole {
			overlap = text.Overlap(asked, k.titles[j])
		}
		var nearness float64
		if near != nil {
			nearness = near(i, j)
		}
		scores[j] = text.Like(q.Score(keys), self, overlap, nearness)
	}
	return scores
}

// plain takes words as they are, or as of makes them.
func plain(of func(string) string) func(title, body string) text.Keys {
	return func(title, body string) (k text.Keys) {
		for _, token := range finnish.Tokens(title + "\n" + body) {
			k[text.Lemma] = append(k[text.Lemma], of(token))
		}
		return k
	}
}

func snowball() func(word string) string {
	var stems language.Stemmer
	return func(word string) string { return stems.Stem(strings.ToLower(word), language.Finnish) }
}

// trigram is the share of trigrams in common, as PostgreSQL's pg_trgm counts them.
func trigram(all []idea) func(i int, whole bool) []float64 {
	of := func(s string) map[string]bool {
		set := map[string]bool{}
		for _, token := range finnish.Tokens(s) {
			r := []rune("  " + strings.ToLower(token) + " ")
			for i := range len(r) - 2 {
				set[string(r[i:i+3])] = true
			}
		}
		return set
	}
	var titles, whole []map[string]bool
	for _, d := range all {
		titles, whole = append(titles, of(d.title)), append(whole, of(d.title+"\n"+d.text))
	}
	return func(i int, all bool) []float64 {
		sets := titles
		if all {
			sets = whole
		}
		scores := make([]float64, len(sets))
		for j, set := range sets {
			both := 0
			for t := range sets[i] {
				if set[t] {
					both++
				}
			}
			scores[j] = float64(both) / float64(max(1, len(set)+len(sets[i])-both))
		}
		return scores
	}
}

// nearness of all pairs of ideas.
func nearness(all []idea) func(i, j int) float64 {
	areas, places := map[string]int{}, map[string]int{}
	for _, d := range all {
		areas[d.spot.Area]++
		places[d.spot.Place]++
	}
	from, away := -1, []float64{} // how far all are from the one that was asked of last
	return func(i, j int) float64 {
		if from != i {
			from, away = i, away[:0]
			for _, d := range all {
				away = append(away, d.spot.Km(all[i].spot))
			}
			slices.Sort(away)
		}
		n := text.Neighbourhood{
			Texts:  len(all),
			InArea: func(a string) int { return areas[a] },
			In:     func(p string) int { return places[p] },
			Within: func(_ text.Spot, km float64) int {
				n, _ := slices.BinarySearch(away, math.Nextafter(km, math.Inf(1)))
				return n
			},
		}
		return n.Nearness(all[i].spot, all[j].spot)
	}
}

// copies tells how many proposals are found among the first three when somebody else
// brings them again elsewhere: word for word, and lightly edited.
func copies(out io.Writer, all []idea, ask func(i int, whole bool) []float64) error {
	var pairs, found, foundByTitle int
	first := map[string]int{}
	for i, d := range all {
		body := strings.Join(strings.Fields(strings.ToLower(d.text)), " ")
		if j, ok := first[body]; ok && len(body) > 40 {
			pairs++
			if place := slices.Index(ranked(ask(i, true), i), j); place >= 0 && place < 3 {
				found++
			}
			if place := slices.Index(ranked(ask(i, false), i), j); place >= 0 && place < 3 {
				foundByTitle++
			}
		} else {
			first[body] = i
		}
	}
	_, err := fmt.Fprintf(out, "\nproposals with the very text of an earlier one: %d; that one is among the first three for %d, by the title alone for %d\n", pairs, found, foundByTitle)
	return err
}
