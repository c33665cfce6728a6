package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/passage"
	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// Sort is the order of hits.
type Sort string

// The orders.
const (
	Relevance Sort = ""
	Newest    Sort = "newest"
	Near      Sort = "near" // by Query.Km, the nearest first; what has no place comes last
)

// Filter narrows what is found; the zero value does not.
type Filter struct {
	Kinds  []Kind
	Theme  string
	State  string
	Since  time.Time
	Places []string // any of these: who asks tells which are within so many kilometres
}

func (f Filter) none() bool {
	return len(f.Kinds) == 0 && f.Theme == "" && f.State == "" && f.Since.IsZero() && len(f.Places) == 0
}

func (f Filter) lets(t found) bool {
	return (len(f.Kinds) == 0 || slices.Contains(f.Kinds, t.Kind)) &&
		(f.Theme == "" || strings.Contains(t.themes, " "+f.Theme+" ")) &&
		(f.State == "" || f.State == t.State) &&
		(f.Since.IsZero() || !t.At.Before(f.Since)) &&
		(len(f.Places) == 0 || slices.Contains(f.Places, t.Place))
}

// Query is what is looked for.
type Query struct {
	Region string
	Text   string
	All    bool // what is not for everybody too: the office asks
	Filter Filter
	Sort   Sort
	Km     func(place string) (km float64, ok bool) // how far a place is, for Near
	After  string                                   // the cursor of an earlier page, "" for the first
	Most   int                                      // how many hits a page has
}

// Hit is one thing that was found.
type Hit struct {
	ID      ident.ID
	Kind    Kind
	About   ident.ID // the spark a beat tells of; itself for the others
	Place   string
	State   string
	At      time.Time
	Score   float64
	Alike   float64  // how much of their words the two have in common: 1 for a copy
	Matched []string // which words met, in their base forms, those that say most first
	// Concepts are what it speaks of in another language than the question.
	Concepts []concept.ID
}

// Begun tells that nothing of the question met but how a word begins.
func (h Hit) Begun() bool {
	return len(h.Concepts) == 0 && len(h.Matched) == 1 && strings.HasSuffix(h.Matched[0], onward)
}

// onward ends a word of which only the beginning met.
const onward = "…"

// Page is one page of hits.
type Page struct {
	Hits []Hit
	Next string // the cursor of the next page, "" on the last
	All  int    // how many were found, as far as was looked
	Own  int    // how many of them by the question's own words, or by what they mean
}

// Bounds of one question, so that it costs the same however much can be found: of all
// keys together so many rows are read (of the rarest at once), so many are ranked, and in so many of the best
// the letters are looked at. Of kinds that have few things, all of them are ranked, whatever
// else has the keys. A key that more things have than are read says little; it
// counts in the ranking, but of those that have nothing rarer only the newest are found.
const (
	readRows     = 2_500
	ranked       = 250
	filtered     = 2_000
	lettered     = 100
	likeLetter   = 24
	mostKeys     = 32
	together     = 150
	mostWords    = 6
	mostBeside   = 12
	mostConcepts = 3
	placed       = 200
	fewOfAKind   = 400
	newestRows   = 4_000
	widest       = 5 // times of looking four times as far back for what ought to be nearer
)

// found is a thing as it is ranked.
type found struct {
	Hit
	row     int64
	listed  bool
	themes  string
	halves  int
	outline text.Outline
}

// Search gives what answers a question, one page of it.
func (x *Index) Search(ctx context.Context, from store.Source, q Query) (p Page, err error) {
	asked, beside := x.words.AskedBeside(q.Text)
	most := ranked
	if !q.Filter.none() || q.Sort != Relevance {
		most = filtered
	}
	s, err := x.seek(ctx, from, q.Region, asked, beside, within{most: most, kinds: q.Filter.Kinds})
	if err != nil || s == nil {
		return p, err
	}
	hits := slices.DeleteFunc(s.found, func(t found) bool { return !t.listed && !q.All || !q.Filter.lets(t) })
	for i := range hits {
		f := s.question.Rank(hits[i].outline, hits[i].halves)
		if hits[i].Score = f.Score; f.Own && f.Score > 0 {
			p.Own++
		}
	}
	hits = slices.DeleteFunc(hits, func(t found) bool { return t.Score <= 0 })
	order := func(key func(found) float64) {
		slices.SortFunc(hits, func(a, b found) int { return cmp.Or(cmp.Compare(key(b), key(a)), cmp.Compare(b.row, a.row)) })
	}
	score := func(t found) float64 { return t.Score }
	key := score
	order(score)
	switch q.Sort {
	case Newest:
		key = func(t found) float64 { return float64(clock.Micros(t.At)) }
		order(key)
	case Near:
		key = func(t found) float64 {
			if q.Km != nil {
				if km, ok := q.Km(t.Place); ok {
					return -math.Round(km)
				}
			}
			return math.Inf(-1)
		}
		slices.SortStableFunc(hits, func(a, b found) int { return cmp.Compare(key(b), key(a)) })
	default:
		best := hits[:min(lettered, len(hits))]
		if err := x.letters(ctx, from, q.Region, s.question, best); err != nil {
			return p, err
		}
		slices.SortFunc(best, func(a, b found) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.row, a.row)) })
	}
	p.All = len(hits)
	if q.After != "" {
		row, ok := parseCursor(q.After)
		if !ok {
			return Page{}, fault.New(fault.Invalid, "page.cursor.wrong").On("sivu")
		}
		i := slices.IndexFunc(hits, func(t found) bool { return t.row == row })
		hits = hits[i+1:]
	}
	if q.Most = max(q.Most, 1); len(hits) > q.Most {
		hits = hits[:q.Most]
		p.Next = cursor(hits[q.Most-1].row)
	}
	for _, t := range hits {
		p.Hits = append(p.Hits, t.hit(s.question))
	}
	return p, nil
}

// cursor names the last hit of a page.
func cursor(row int64) string { return strconv.FormatInt(row, 36) }

func parseCursor(s string) (row int64, ok bool) {
	row, err := strconv.ParseInt(s, 36, 64)
	return row, err == nil && row > 0 && cursor(row) == s
}

// hit tells also which words met.
func (t found) hit(q *text.Question) Hit {
	shared := q.Shared(t.outline)
	var derived []string
	for _, key := range shared {
		if id, ok := text.Concept(key); ok {
			if !slices.Contains(t.Concepts, id) && len(t.Concepts) < mostConcepts {
				t.Concepts = append(t.Concepts, id)
			}
			continue
		}
		word := text.Say(key)
		if word == "" || slices.Contains(t.Matched, word) || len(t.Matched) == mostWords {
			continue
		}
		if q.Derived(key) {
			derived = append(derived, word)
		} else {
			t.Matched = append(t.Matched, word)
		}
	}
	for _, word := range derived { // "jaella" says nothing more where "jakelu" is told
		told := slices.ContainsFunc(t.Matched, func(by string) bool { return begun(by) == begun(word) })
		if !told && len(t.Matched) < mostWords {
			t.Matched = append(t.Matched, word)
		}
	}
	for _, key := range shared { // only how words begin has met
		if _, ok := text.Concept(key); !ok && len(t.Matched) == 0 && len(t.Concepts) == 0 {
			t.Matched = []string{strings.TrimPrefix(key, "_") + onward}
		}
	}
	return t.Hit
}

// begun is what a word and what it comes from begin with alike: jakelu, jaella.
func begun(word string) string {
	r := []rune(word)
	return string(r[:min(2, len(r))])
}

// letters adds what words share of their letters.
func (x *Index) letters(ctx context.Context, from store.Source, region string, q *text.Question, all []found) error {
	at := make(map[int64]int, len(all))
	ids := make(store.Ints, len(all))
	for i, t := range all {
		at[t.row], ids[i] = i, t.row
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := from.Query(ctx, selectLemmas, region, ids)
	return store.Each(rows, err, func(r *sql.Rows) error {
		var id int64
		var lemmas string
		err := r.Scan(&id, &lemmas)
		t := &all[at[id]]
		t.Score += q.Letters(strings.Fields(lemmas), t.halves)
		return err
	})
}

// Draft is a text that others about the same thing are looked for.
type Draft struct {
	Region      string
	Title, Text string
	Language    language.Language
	All         bool // what is not for everybody too: the office asks
	Kinds       []Kind
	Not         []ident.ID                 // itself, and what is known already
	Places      []string                   // where it is from: of what is there all is compared
	Nearness    func(place string) float64 // how much it says to be from there (text.Neighbourhood); may be nil
	Most        int
}

// Similar gives what is about the same thing, the likest first. Nearness never puts a
// copy behind what is only from the same place.
func (x *Index) Similar(ctx context.Context, from store.Source, d Draft) (hits []Hit, err error) {
	whole := x.words.Of(d.Title, d.Text, known3(d.Language))
	spoken, own := whole.Elsewhere(), whole.Words()
	s, err := x.seek(ctx, from, d.Region, own, besideOf(spoken), within{most: ranked, places: d.Places, speaking: whole.Speaking()})
	if err != nil || s == nil {
		return nil, err
	}
	all := slices.DeleteFunc(s.found, func(t found) bool {
		return !t.listed && !d.All || len(d.Kinds) > 0 && !slices.Contains(d.Kinds, t.Kind) || slices.Contains(d.Not, t.ID) || slices.Contains(d.Not, t.About)
	})
	self := s.question.Rank(whole.Outline(), whole.Halves()).Score
	for i := range all {
		f := s.question.Rank(all[i].outline, all[i].halves)
		all[i].Score, all[i].Alike = f.Score, f.Alike
	}
	nearness := func(t found) float64 {
		if d.Nearness == nil {
			return 0
		}
		return d.Nearness(t.Place)
	}
	elsewhere := elsewhere(s, spoken, own.Halves())
	like := func(t found) float64 {
		return max(text.Like(t.Score, self, t.Alike, nearness(t)), text.Like(elsewhere[t.row].score, elsewhere[t.row].self, 0, nearness(t)))
	}
	order := func(all []found) {
		slices.SortFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(like(b), like(a)), cmp.Compare(b.row, a.row)) })
	}
	order(all)
	best := all[:min(likeLetter, len(all))]
	if err := x.letters(ctx, from, d.Region, s.question, best); err != nil {
		return nil, err
	}
	order(best)
	for _, t := range all[:min(max(d.Most, 0), len(all))] {
		h := t.hit(s.question)
		h.Score = like(t)
		hits = append(hits, h)
	}
	return hits, nil
}

// Compare tells what another text has in common with a draft: which words met and of
// what both speak, as Similar tells of what it found.
func (x *Index) Compare(ctx context.Context, from store.Source, d, with Draft) (Hit, error) {
	own, other := x.words.Of(d.Title, d.Text, known3(d.Language)), x.words.Of(with.Title, with.Text, known3(with.Language))
	beside := besideOf(own.Elsewhere())
	wanted := own.Words()
	wanted[text.Root] = slices.AppendSeq(wanted[text.Root], maps.Keys(beside))
	all, err := collection(ctx, from, d.Region, wanted)
	if err != nil {
		return Hit{}, err
	}
	q := text.AskWords(own.Words(), all)
	q.Beside(beside)
	t := found{outline: other.Outline()}
	t.Alike = q.Rank(t.outline, other.Halves()).Alike
	return t.hit(q), nil
}

// besideOf is what a draft speaks of, asked for in other languages beside its words.
func besideOf(spoken map[language.Language]text.Keys) map[string]float64 {
	beside := map[string]float64{}
	for _, k := range spoken { // each has keys of its own
		maps.Copy(beside, k.Speaking())
	}
	return beside
}

// sought is what a question found before it is ranked.
type sought struct {
	question *text.Question
	all      text.Collection
	found    []found
}

// spokenOf is how much of what a draft speaks of a text in another language does, and
// how much the draft itself would.
type spokenOf struct{ score, self float64 }

// elsewhere compares what was found by what it speaks of, in the language in which it
// does so most. Texts in two languages have no words in common, and what they have must
// not be measured by the words they have not.
func elsewhere(s *sought, spoken map[language.Language]text.Keys, halves int) map[int64]spokenOf {
	all := map[int64]spokenOf{}
	for _, in := range language.All() {
		k, ok := spoken[in]
		if !ok {
			continue
		}
		q := text.AskWords(k, s.all)
		self := q.Rank(k.Outline(), halves).Score
		for _, t := range s.found {
			if score := q.Rank(t.outline, t.halves).Score; score > all[t.row].score {
				all[t.row] = spokenOf{score, self}
			}
		}
	}
	return all
}

// within says where a question looks: at most so many are worth ranking, what is at some
// places besides, and only things of some kinds when there are any. What it speaks of in
// its own language counts in the ranking; its words find what there is.
type within struct {
	most     int
	places   []string
	kinds    []Kind
	speaking map[string]float64
}

// seek finds what is worth ranking; nil when nothing can be found at all. Some keys go
// beside those that are asked for.
func (x *Index) seek(ctx context.Context, from store.Source, region string, asked text.Keys, beside map[string]float64, w within) (*sought, error) {
	ids, few, err := ofFew(ctx, from, region, w.kinds)
	if err != nil || few && len(ids) == 0 {
		return nil, err
	}
	wanted := asked
	wanted[text.Root] = slices.AppendSeq(slices.AppendSeq(slices.Clone(asked[text.Root]), maps.Keys(beside)), maps.Keys(w.speaking))
	all, err := collection(ctx, from, region, wanted)
	if err != nil {
		return nil, err
	}
	s := &sought{question: text.Ask(asked, all), all: all}
	s.question.Beside(beside)
	if !few {
		if ids, err = candidates(ctx, from, region, s.question, all, w.most); err != nil {
			return nil, err
		}
	}
	s.question.Unsaid(w.speaking)
	for _, place := range w.places {
		near, err := store.Values[int64](from.Query(ctx, selectPlaced, region, place, placed))
		if err != nil {
			return nil, err
		}
		ids = append(ids, near...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	rows, err := from.Query(ctx, selectFound, region, store.Ints(slices.Compact(ids)))
	return s, store.Each(rows, err, func(r *sql.Rows) error {
		var t found
		var at int64
		err := r.Scan(&t.row, &t.Kind, &t.ID, &t.About, &t.listed, &t.Place, &t.State, &t.themes, &at, &t.halves, (*[]byte)(&t.outline))
		t.At = clock.FromMicros(at)
		s.found = append(s.found, t)
		return err
	})
}

// ofFew gives all things of some kinds when they are few.
func ofFew(ctx context.Context, from store.Source, region string, kinds []Kind) (ids []int64, few bool, err error) {
	for _, kind := range kinds {
		some, err := store.Values[int64](from.Query(ctx, selectKind, region, string(kind), fewOfAKind+1))
		if ids = append(ids, some...); err != nil || len(ids) > fewOfAKind {
			return nil, false, err
		}
	}
	return ids, len(kinds) > 0, nil
}

// collection is what is counted of all the region's things and of the keys asked for.
func collection(ctx context.Context, from store.Source, region string, asked text.Keys) (c text.Collection, err error) {
	var halves int
	err = from.QueryRow(ctx, selectTotals, region).Scan(&c.Texts, &halves)
	if err != nil && !errors.Is(err, store.ErrNone) {
		return c, err
	}
	c.Size = float64(halves) / 2 / float64(max(c.Texts, 1))
	holding := map[string]int{}
	c.Holding = func(key string) int { return holding[key] }
	words := slices.Sorted(maps.Keys(set(asked)))
	if len(words) == 0 {
		return c, nil
	}
	rows, err := from.Query(ctx, selectWords, region, store.Strings(words))
	err = store.Each(rows, err, func(r *sql.Rows) error {
		var key string
		var n int
		err := r.Scan(&key, &n)
		holding[key] = n
		return err
	})
	return c, err
}

// candidates are the things worth ranking: those with the rarest of the keys, by how
// much the keys they have say.
func candidates(ctx context.Context, from store.Source, region string, q *text.Question, all text.Collection, most int) ([]int64, error) {
	terms := slices.DeleteFunc(q.Terms(), func(t text.Term) bool { return !t.Own })
	if len(terms) == 0 {
		return nil, nil
	}
	slices.SortFunc(terms, func(a, b text.Term) int {
		return cmp.Or(cmp.Compare(all.Holding(a.Key), all.Holding(b.Key)), cmp.Compare(a.Key, b.Key))
	})
	gain := map[int64]float64{}
	read := func(h store.Having, worth float64, n int) error {
		h.Region = region
		ids, err := store.Values[int64](from.Query(ctx, selectHaving, region, h, n))
		for _, id := range ids {
			gain[id] += worth
		}
		return err
	}
	// What is not yet counted may be anywhere.
	var uncounted store.Having
	worth := 0.0
	for len(terms) > 0 && all.Holding(terms[0].Key) == 0 {
		uncounted.Any, worth = append(uncounted.Any, terms[0].Key), max(worth, terms[0].Gain)
		terms = terms[1:]
	}
	if len(uncounted.Any) > 0 {
		if err := read(uncounted, worth, most); err != nil {
			return nil, err
		}
	}
	left := readRows
	// What few have is asked for at once: all of it is ranked anyway.
	var rare store.Having
	var worthRare float64
	for held := 0; len(terms) > 0 && held+all.Holding(terms[0].Key) <= together; terms = terms[1:] {
		held += all.Holding(terms[0].Key)
		rare.Any, worthRare = append(rare.Any, terms[0].Key), max(worthRare, terms[0].Gain)
	}
	if len(rare.Any) > 0 {
		if err := read(rare, worthRare, together); err != nil {
			return nil, err
		}
	}
	for n := 0; len(terms) > 0 && n < mostKeys; n++ {
		holding := all.Holding(terms[0].Key)
		if holding > left {
			break
		}
		if err := read(store.Having{All: []string{terms[0].Key}}, terms[0].Gain, left); err != nil {
			return nil, err
		}
		left -= holding
		terms = terms[1:]
	}
	// What only goes beside the question is found as far as there is room.
	var beside store.Having
	worth = 0
	for _, t := range q.Terms() {
		if !t.Own && t.Gain > 0 && all.Holding(t.Key) > 0 && all.Holding(t.Key) <= left && len(beside.Any) < mostBeside {
			beside.Any, worth = append(beside.Any, t.Key), max(worth, t.Gain)
		}
	}
	if len(beside.Any) > 0 {
		if err := read(beside, worth, left); err != nil {
			return nil, err
		}
	}
	// Of what is common those that have two at once, and then the newest.
	if len(terms) > 0 && len(gain) < most {
		oneIn := func(key string) float64 { return float64(all.Texts) / float64(all.Holding(key)) }
		look := func(keys []string, in, worth float64, wider int) error {
			ids, err := newest(ctx, from, store.Having{Region: region, All: keys}, in, most, wider)
			for _, id := range ids {
				gain[id] += worth
			}
			return err
		}
		first := terms[0]
		for _, t := range terms[1:] {
			if begin(t.Key) != begin(first.Key) {
				// As often as if the two had nothing to do with each other: it is seldom less.
				if err := look([]string{first.Key, t.Key}, oneIn(first.Key)*oneIn(t.Key), first.Gain+t.Gain, widest); err != nil {
					return nil, err
				}
				break
			}
		}
		if len(gain) < most {
			if err := look([]string{first.Key}, oneIn(first.Key), first.Gain/2, math.MaxInt); err != nil {
				return nil, err
			}
		}
	}
	ids := slices.SortedFunc(maps.Keys(gain), func(a, b int64) int { return cmp.Or(cmp.Compare(gain[b], gain[a]), cmp.Compare(b, a)) })
	return ids[:min(most, len(ids))], nil
}

// newest gives the newest of those that have a common key, of which one in so many rows
// is. It looks among as many of the newest rows as ought to be enough, and then among ever
// more, so many times at most: what all of those that have it would cost grows with the
// region.
func newest(ctx context.Context, from store.Source, h store.Having, in float64, most, wider int) ([]int64, error) {
	rows := max(float64(most)*in*1.3, float64(most))
	var n int
	var first, last sql.NullInt64
	if err := from.QueryRow(ctx, selectNewest, h.Region, min(int(rows), newestRows)).Scan(&n, &first, &last); err != nil || n == 0 {
		return nil, err
	}
	// Rows are numbered by when they were put; beyond those looked at they are taken to be as close as these.
	span := float64(last.Int64-first.Int64+1) * max(1, rows/float64(n))
	for ; ; wider-- {
		since := int64(max(0, float64(last.Int64)-span))
		ids, err := store.Values[int64](from.Query(ctx, selectSince, h.Region, h, most, since))
		if err != nil || len(ids) >= most || since == 0 || wider == 0 {
			return ids, err
		}
		span *= 4
	}
}

// begin tells keys of one word from those of another.
func begin(key string) string {
	r := []rune(strings.TrimPrefix(key, "_"))
	return string(r[:min(4, len(r))])
}

// Suggestion is one way a word may go on.
type Suggestion struct {
	Word   string // in its base form
	Things int    // how many have it that everybody may see
}

// begunRows bounds how many words that begin alike are looked at.
const begunRows = 400

// Suggest gives how the last word of a question that is being typed may go on, what
// most have first. Only words of what everybody may see are given.
func (x *Index) Suggest(ctx context.Context, from store.Source, region, begun string, most int) (all []Suggestion, err error) {
	var last string
	for _, token := range finnish.Tokens(begun) {
		last = text.Key(strings.ToLower(token))
	}
	if len([]rune(last)) < 2 || !strings.HasSuffix(strings.ToLower(strings.TrimSpace(begun)), strings.ReplaceAll(last, "_", "-")) || strings.HasSuffix(begun, " ") {
		return nil, nil
	}
	rows, err := from.Query(ctx, selectBegun, region, last, last+"\uffff", begunRows)
	if err := store.Each(rows, err, func(r *sql.Rows) error {
		var s Suggestion
		err := r.Scan(&s.Word, &s.Things)
		if strings.HasPrefix(s.Word, last) {
			s.Word = text.Say(s.Word)
			all = append(all, s)
		}
		return err
	}); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Things, a.Things), strings.Compare(a.Word, b.Word))
	})
	return all[:min(max(most, 0), len(all))], nil
}

// Asked is what a question is looked for by, for Marks of many texts.
func (x *Index) Asked(question string) text.Keys { return x.words.Asked(question) }

// Said is what a text says, and of what it speaks as texts in other languages do: for
// Marks of what another text has in common with it. How words only begin is no part of it.
func (x *Index) Said(title, body string, in language.Language) (k text.Keys) {
	of := x.words.Of(title, body, known3(in))
	for _, elsewhere := range of.Elsewhere() {
		k[text.Root] = append(k[text.Root], elsewhere[text.Root]...)
	}
	for c, keys := range of.Words() {
		for _, key := range keys {
			if text.Say(key) != "" {
				k[c] = append(k[c], key)
			}
		}
	}
	return k
}

// Marks finds the words of a text that a question means (Asked), however they are bent.
func (x *Index) Marks(body string, in language.Language, asked text.Keys) []passage.Range {
	return x.words.Marks(body, known3(in), asked)
}

// Shelf is where things of some kinds stand: it reads a region's things in the order of
// what they are about, those after one, and tells the last it is through with. An empty
// page is the end.
type Shelf struct {
	Name  string
	Kinds []Kind // the first is what the others are about
	Read  func(ctx context.Context, from store.Source, region string, after ident.ID, most int) (things []Thing, last ident.ID, err error)
}

// Progress is how far a renewal has come.
type Progress struct {
	Region, Shelf string
	Things        int  // of this shelf
	Whole         bool // the shelf is through
}

// renewAtOnce is how many things about one another are put in one transaction.
const renewAtOnce = 20

// countBehind is how many things are put before their words are counted: while many are
// not, each word seems rare, and whoever asks meanwhile looks through all that have it.
const countBehind = 1000

// Renew makes a region's index anew from what stands on the shelves, also while
// everything goes on: in small transactions, from where an earlier run was cut short.
// With again it begins from the beginning; otherwise a region that is whole stays as it
// is.
func (x *Index) Renew(ctx context.Context, db *store.DB, region string, shelves []Shelf, again bool, tell func(Progress)) error {
	walks, err := walksOf(ctx, db, region)
	if err != nil {
		return err
	}
	for _, shelf := range shelves {
		w := walks[shelf.Name]
		if w.analyser != x.name || again && w.whole {
			w = walk{analyser: x.name}
		}
		for counted := w.things; !w.whole; {
			if err := x.renew(ctx, db, region, shelf, &w); err != nil {
				return fmt.Errorf("%s of %s: %w", shelf.Name, region, err)
			}
			if w.things-counted >= countBehind {
				if err := x.Count(ctx, db, region); err != nil {
					return err
				}
				counted = w.things
			}
			if tell != nil {
				tell(Progress{region, shelf.Name, w.things, w.whole})
			}
		}
	}
	return x.Count(ctx, db, region)
}

// walk is how far a shelf has been made anew.
type walk struct {
	analyser string
	after    ident.ID
	things   int
	whole    bool
}

func walksOf(ctx context.Context, from store.Source, region string) (map[string]walk, error) {
	all := map[string]walk{}
	rows, err := from.Query(ctx, selectWalks, region)
	err = store.Each(rows, err, func(r *sql.Rows) error {
		var shelf string
		var w walk
		err := r.Scan(&shelf, &w.analyser, &w.after, &w.things, &w.whole)
		all[shelf] = w
		return err
	})
	return all, err
}

// renew puts the next things of a shelf, and removes what no longer stands there.
func (x *Index) renew(ctx context.Context, db *store.DB, region string, shelf Shelf, w *walk) error {
	var now walk
	err := db.Tx(store.Apart(ctx), func(ctx context.Context, tx *store.Tx) error {
		now = *w
		things, last, err := shelf.Read(ctx, tx, region, now.after, renewAtOnce)
		if err != nil {
			return err
		}
		if now.whole = last <= now.after; now.whole {
			last = math.MaxInt64
		}
		have := map[ident.ID]bool{}
		for _, t := range things {
			if t.Kind == shelf.Kinds[0] {
				have[t.ID] = true
			}
			if _, err := x.put(ctx, tx, t); err != nil { // what stands there already is no news
				return err
			}
		}
		known, err := store.Values[ident.ID](tx.Query(ctx, selectRange, region, string(shelf.Kinds[0]), int64(now.after), int64(last)))
		if err != nil {
			return err
		}
		for _, id := range known {
			if !have[id] {
				if err := x.RemoveAbout(ctx, tx, region, id); err != nil {
					return err
				}
			}
		}
		now.things += len(things)
		if !now.whole {
			now.after = last
		}
		_, err = tx.Exec(ctx, putWalk, region, shelf.Name, now.analyser, int64(now.after), now.things, now.whole)
		return err
	})
	if err == nil {
		*w = now
	}
	return err
}
