package search

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/passage"
	"kokko/engine/text"
	"kokko/ground/store"
)

// What is asked for good is matched the other way round: a new thing looks for the
// questions it answers.

// Name tells by which analyser keys are made: another name, other keys.
func (x *Index) Name() string { return x.name }

// Analyser is what makes the keys: who finds otherwise reads words as this does.
func (x *Index) Analyser() *text.Analyser { return x.words }

// Words gives the keys of each word of a question by itself. A text has a word when it
// has any of its keys.
func (x *Index) Words(question string) (all [][]string) {
	var idle [][]string
	for _, token := range finnish.Tokens(question) {
		keys := x.words.Asked(token)[text.Lemma]
		switch {
		case len(keys) == 0:
		case !Says(token):
			idle = append(idle, keys)
		default:
			all = append(all, keys)
		}
	}
	if len(all) == 0 {
		return idle // nothing else was asked
	}
	return all
}

// Says tells that a word says something by itself: it is no single letter, and does not
// only join others.
func Says(token string) bool {
	return utf8.RuneCountInString(token) > 1 && !language.Joins(strings.ToLower(token))
}

// Keys gives every key that a text has, but for how its words begin.
func (x *Index) Keys(title, body string, in language.Language) map[string]bool {
	return spoken(set(x.words.Of(title, body, known3(in))))
}

// Holding counts how many of a region's things have each of some keys.
func (x *Index) Holding(ctx context.Context, from store.Source, region string, keys []string) (func(key string) int, error) {
	c, err := collection(ctx, from, region, text.Keys{keys})
	return c.Holding, err
}

// Things counts what can be found in a region.
func (x *Index) Things(ctx context.Context, from store.Source, region string) (int, error) {
	c, err := collection(ctx, from, region, text.Keys{})
	return c.Texts, err
}

// Common gives the words of a question in a language in their base forms, those that say
// something and that are known as common words: to the dictionary in Finnish, as the names
// of concepts in the others. A question that may hold anything of
// somebody's own has none: a name, a number, an address, a word that nobody knows. Places
// are let through, and are not among them.
func (x *Index) Common(question string, in language.Language) map[string]string {
	common := func(_ int, token string) (string, bool) { return x.words.Common(token) }
	if in != language.Finnish {
		common = x.words.CommonAs(question, in)
	}
	all, first := map[string]string{}, true
	for at, token := range finnish.Tokens(question) {
		begins, _ := utf8.DecodeRuneInString(token)
		base, ok := common(at, token)
		switch {
		case x.words.Placed(token), !Says(token):
		case !ok || unicode.IsUpper(begins) && !first: // phones write the first letter so by themselves
			return nil
		case base != "":
			all[token] = base
		}
		first = false
	}
	return all
}

// Meant gives what was most likely meant by a word that nothing has, as far as
// everybody may see what is there; "" when nobody can tell.
func (x *Index) Meant(ctx context.Context, from store.Source, region, word string) (string, error) {
	// Which words it is about tells the first run, how many have them the second: one
	// question for all.
	asked := map[string]string{}
	if _, ok := x.words.Hint(word, func(form string) int {
		asked[form] = text.Key(form)
		return 0
	}); !ok && len(asked) == 0 {
		return "", nil
	}
	listed := map[string]int{}
	rows, err := from.Query(ctx, selectListed, region, store.Strings(slices.Sorted(maps.Values(asked))))
	if err := store.Each(rows, err, func(r *sql.Rows) error {
		var key string
		var n int
		err := r.Scan(&key, &n)
		listed[key] = n
		return err
	}); err != nil {
		return "", err
	}
	meant, _ := x.words.Hint(word, func(form string) int { return listed[asked[form]] })
	return meant, nil
}

// Spoken finds where a question speaks of some concepts.
func (x *Index) Spoken(question string, of []concept.ID) []passage.Range {
	return x.words.Spoken(question, of)
}

// Label is what a concept is called in a language, "" for none that is known.
func (x *Index) Label(id concept.ID, in language.Language) string { return x.words.Label(id, in) }

// Whole tells that there is a dictionary, so that words are known.
func (x *Index) Whole() bool { return x.words.Whole() }
