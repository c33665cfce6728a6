package alike

import (
	"context"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"kokko/engine/concept"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/search"
)

// Question is a text that sparks about the same thing are looked for.
type Question struct {
	Region, Title, Text string
	Language            language.Language // Unknown is told by the text
	Not                 []ident.ID        // itself, and what is known to be another matter
	Office              bool              // what is not for everybody too
	Nearness            func(place string) float64
	Most                int
}

// Match is a spark about the same thing.
type Match struct {
	spark.Spark
	Words []string // that say so, in their base forms, those that say most first
	// Concepts are what both speak of, in two languages, instead.
	Concepts []concept.ID
	Like     float64 // how like it is (text.Like), nearness apart
}

// Rules of what is told to people. A list that is often wrong is not read; and who
// has hardly begun to write is left in peace.
const (
	least  = 2    // words of substance somebody has written
	sure   = 1.05 // how like it must be (Match.Like)
	maybe  = .7   // for the office, which looks for what is the same
	shared = 2    // words of substance that both have, or concepts
	// A text in another language says the same by fewer concepts than it has words.
	foreign = .6
	copied  = .5   // one that has so much in common needs no such count
	asked   = 2000 // characters of a text that are looked at: a matter is told in its beginning
	shown   = 4    // words that are told
	spare   = 4    // how many more are looked at than are told, because some may fall away
	letter  = 4    // letters of a word of substance
)

// Find gives what is about the same thing, the likest first. Everybody is told only of
// what everybody may see at this moment; the office of all that can be joined.
func Find(ctx context.Context, from store.Source, x *search.Index, q Question) (all []Match, err error) {
	q.Title, q.Text = begun(q.Title), begun(q.Text)
	if x == nil || len(substance(q.Title+" "+q.Text, least)) < least {
		return nil, nil
	}
	hits, err := x.Similar(ctx, from, search.Draft{Region: q.Region, Title: q.Title, Text: q.Text, Language: q.Language, All: q.Office, Kinds: []search.Kind{search.Spark}, Not: q.Not, Nearness: q.Nearness, Most: spare + q.Most})
	if err != nil || len(hits) == 0 {
		return nil, err
	}
	ids := make([]ident.ID, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	// The index says what is like; the sparks themselves say who may see them.
	sparks, err := spark.ByIDs(ctx, from, q.Region, ids...)
	if err != nil {
		return nil, err
	}
	said := sync.OnceValue(func() text.Keys { return x.Asked(q.Title + " " + q.Text) })
	for _, h := range hits {
		sp, ok := sparks[h.ID]
		if !ok || len(all) == q.Most || !q.Office && !sp.Listed || q.Office && !Joinable(sp) {
			continue
		}
		if m, ok := judge(x, h, sp, q, said); ok {
			all = append(all, m)
		}
	}
	return all, nil
}

// Why tells by what two sparks may be the same, without looking for others: the second
// as a Match of the first.
func Why(ctx context.Context, from store.Source, x *search.Index, a, b spark.Spark) (Match, error) {
	draft := func(sp spark.Spark) search.Draft {
		return search.Draft{Region: sp.Region, Title: sp.OwnTitle(), Text: begun(sp.Text), Language: language.Language(sp.Language)}
	}
	h, err := x.Compare(ctx, from, draft(a), draft(b))
	if err != nil {
		return Match{}, err
	}
	m, _ := judge(x, h, b, Question{Office: true}, func() text.Keys { return x.Asked(a.OwnTitle() + " " + begun(a.Text)) })
	return m, nil
}

// Joinable tells that a spark can be joined with another (spark.Merge).
func Joinable(sp spark.Spark) bool {
	return !slices.Contains(unjoinable(), sp.State) && sp.Held == "" && sp.MergedInto == 0
}

func unjoinable() []spark.State { return []spark.State{spark.Withdrawn, spark.Split, spark.Rejoined} }

// judge tells whether a hit is worth telling of, and the words to tell.
func judge(x *search.Index, h search.Hit, sp spark.Spark, q Question, said func() text.Keys) (m Match, ok bool) {
	m.Spark = sp
	m.Like, m.Words = h.Score, told(h.Matched, sp)
	if q.Nearness != nil {
		m.Like -= q.Nearness(h.Place)
	}
	enough := sure
	if q.Office {
		enough = maybe
	}
	if len(h.Concepts) > 0 && len(m.Words) < shared {
		// Names and numbers that both have tell nobody more.
		m.Words, m.Concepts = nil, h.Concepts
		return m, m.Like >= enough || len(m.Concepts) >= shared && m.Like >= foreign*enough
	}
	if len(m.Words) < shared { // what says most may say nothing to a reader
		m.marked(x, said())
	}
	return m, m.Like >= enough && len(m.Words) > 0 && (len(m.Words) >= shared || h.Alike >= copied)
}

// marked adds words as they are written in the spark, those that say what was asked.
func (m *Match) marked(x *search.Index, said text.Keys) {
	body := m.Title + "\n" + begun(m.Text)
	for _, r := range x.Marks(body, language.Language(m.Language), said) {
		w := strings.ToLower(body[r.From:r.To])
		if Tells(w) && len(m.Words) < shown && !slices.ContainsFunc(m.Words, func(o string) bool { return strings.Contains(o, w) || strings.Contains(w, o) }) {
			m.Words = append(m.Words, w)
		}
	}
}

// told is the words of substance, without those that another one holds: who reads
// "lähiruoka" needs no "ruoka". What is only the stem of a word is told as it is
// written in the spark.
func told(matched []string, sp spark.Spark) (words []string) {
	var all []string
	for _, w := range substance(strings.Join(matched, " "), len(matched)) {
		if sp.Language != string(language.Finnish) {
			w = written(w, sp.Title+" "+sp.Text)
		}
		if !language.Empty(w) && !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	for _, w := range all {
		if !slices.ContainsFunc(all, func(o string) bool { return o != w && strings.Contains(o, w) }) {
			words = append(words, w)
		}
	}
	return words[:min(len(words), shown)]
}

// written is the first word of a text that begins with a stem; the stem itself when
// there is none.
func written(stem, text string) string {
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), apart) {
		if strings.HasPrefix(w, stem) {
			return w
		}
	}
	return stem
}

// apart tells what stands between words.
func apart(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' }

// Tells tells that a word may say what a text is about.
func Tells(word string) bool {
	return utf8.RuneCountInString(word) >= letter && !language.Empty(strings.ToLower(word))
}

// substance finds the words of a text that may say what it is about, at most so many.
func substance(text string, most int) (words []string) {
	for w := range strings.FieldsFuncSeq(text, apart) {
		if len(words) < most && utf8.RuneCountInString(w) >= letter {
			words = append(words, w)
		}
	}
	return words
}

// begun is the beginning of a text, cut between characters.
func begun(s string) string {
	n := 0
	for i := range s {
		if n++; n > asked {
			return s[:i]
		}
	}
	return s
}
