package spark

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/story"
)

// Erasing what a bringer wrote and what was said of it, also where their matter
// was carried on with others': there what the others said, and what was said to
// all, stays unless it names or quotes the one who goes.

// span is a time in a story, by its beats; until is 0 while it lasts.
type span struct {
	spark ident.ID // which spark carried the matter on
	of    ident.ID // whose matter it was
	since ident.ID
	until ident.ID
}

func (s span) holds(beat ident.ID) bool { return s.since <= beat && (s.until == 0 || beat <= s.until) }

const (
	selectSpans   = `SELECT into_id, spark_id, since_beat, until_beat FROM mergings WHERE region_id = $1 AND spark_id = $2 ORDER BY since_beat`
	selectCarried = `SELECT into_id, spark_id, since_beat, until_beat FROM mergings WHERE region_id = $1 AND into_id {in $2} ORDER BY into_id, since_beat, spark_id`
	eraseMeasure  = `UPDATE measures SET what = '', who = '' WHERE region_id = $1 AND spark_id = $2 AND measure_id = $3`
)

func spansOf(ctx context.Context, from store.Source, query string, args ...any) (all []span, err error) {
	rows, err := from.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var s span
		err := rows.Scan(&s.spark, &s.of, &s.since, &s.until)
		all = append(all, s)
		return err
	})
	return all, err
}

// forget erases what was written of a spark, for whoever by stands for; named
// tells what names or quotes its bringer. It gives how many beats of its own story
// lost their words.
func (w *work) forget(ctx context.Context, own *entry, by story.Actor, named func(string) bool) (lost int, err error) {
	own.Title, own.Text, own.PlaceName, own.Doers = "", "", "", 0
	if err := eraseFiles(ctx, w.tx, &own.Spark); err != nil {
		return 0, err
	}
	if err := eraseTalk(ctx, w.tx, &own.Spark); err != nil {
		return 0, err
	}
	if err := erasePaired(ctx, w.tx, w.region, own.ID); err != nil {
		return 0, err
	}
	if _, err := w.tx.Exec(ctx, eraseMeasures, w.region, int64(own.ID)); err != nil {
		return 0, err
	}
	if _, err := w.tx.Exec(ctx, eraseOrigin, w.region, int64(own.ID)); err != nil {
		return 0, err
	}
	if _, err := w.tx.Exec(ctx, eraseImport, w.region, int64(own.ID)); err != nil {
		return 0, err
	}
	if _, err := w.tx.Exec(ctx, forgetChanges, w.region, int64(own.ID), noFieldsLeft); err != nil {
		return 0, err
	}
	carried, err := spansOf(ctx, w.tx, selectCarried, w.region, store.Ints{int64(own.ID)})
	if err != nil {
		return 0, err
	}
	shared := func(beat ident.ID) bool {
		for _, s := range carried {
			if s.holds(beat) {
				return true
			}
		}
		return false
	}
	if lost, err = w.eraseSaid(ctx, own, by, func(b story.Beat) bool {
		switch {
		case b.Facts.Via != 0 && b.Facts.Via != own.ID: // another bringer's
			return false
		case b.Actor == story.Bringer || b.Type == story.LeftOut || !shared(b.ID):
			return true
		}
		return saysOf(b, named)
	}); err != nil {
		return 0, err
	}
	spans, err := spansOf(ctx, w.tx, selectSpans, w.region, int64(own.ID))
	if err != nil {
		return 0, err
	}
	roots, touched := store.Ints{int64(own.ID)}, map[ident.ID]bool{}
	for _, s := range spans {
		if touched[s.spark] {
			continue
		}
		touched[s.spark] = true
		roots = append(roots, int64(s.spark))
		if err := w.forgetIn(ctx, own.ID, s.spark, by, spans, named); err != nil {
			return 0, err
		}
	}
	// The letters to the others are theirs; those that name or quote go.
	met, err := spansOf(ctx, w.tx, selectCarried, w.region, roots)
	if err != nil {
		return 0, err
	}
	for _, s := range met {
		touched[s.of] = true
		touched[s.spark] = true
	}
	delete(touched, own.ID)
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		if err := mail.EraseSaying(ctx, w.tx, w.region, id, named); err != nil {
			return 0, err
		}
	}
	return lost, nil
}

// forgetIn erases what a bringer said, and what was said of them, in the story of
// a spark that carried their matter on.
func (w *work) forgetIn(ctx context.Context, own, root ident.ID, by story.Actor, spans []span, named func(string) bool) error {
	at, err := w.take(ctx, root)
	if err != nil {
		return err
	}
	in := func(beat ident.ID) bool {
		for _, s := range spans {
			if s.spark == root && s.holds(beat) {
				return true
			}
		}
		return false
	}
	if _, err := w.eraseSaid(ctx, at, by, func(b story.Beat) bool {
		return b.Facts.Via == own || b.Actor != story.Bringer && in(b.ID) && saysOf(b, named)
	}); err != nil {
		return err
	}
	measures, err := Measures(ctx, w.tx, w.region, root)
	if err != nil {
		return err
	}
	for _, m := range measures {
		if !in(m.Beat) || !named(m.What) && !named(m.Who) {
			continue
		}
		if m.Who != "" {
			at.Doers--
		}
		if _, err := w.tx.Exec(ctx, eraseMeasure, w.region, int64(root), int64(m.ID)); err != nil {
			return err
		}
	}
	return nil
}

// eraseSaid erases words in one spark's story, and tells so there.
func (w *work) eraseSaid(ctx context.Context, at *entry, by story.Actor, lose func(story.Beat) bool) (int, error) {
	told := story.Beat{Region: w.region, Spark: at.ID, ID: w.ids.New(), Actor: by, At: w.now, Visibility: story.InOffice}
	var gone []ident.ID
	n, err := story.EraseSaid(ctx, w.tx, told, func(b story.Beat) bool {
		is := lose(b)
		if is {
			gone = append(gone, b.ID)
		}
		return is
	})
	if err != nil || n == 0 {
		return n, err
	}
	if err := w.unsaid(ctx, w.tx, w.region, gone); err != nil {
		return n, err
	}
	at.Beats++
	return n, Told.Enqueue(ctx, w.tx, ToldArgs{Region: w.region, Spark: at.ID, Beat: told.ID})
}

func saysOf(b story.Beat, named func(string) bool) bool {
	first, second := b.Parts()
	return named(first) || named(second)
}

// names tells whether a text names or quotes a bringer: a part of their name (as
// Finnish bends it), their address or number, a place that only they know by that
// name, or words running as they stand in their text or title.
func names(b Bringer, s Spark) func(text string) bool {
	var parts, whole []string
	for _, part := range letters(b.Name) {
		if utf8.RuneCountInString(part) >= 3 {
			parts = append(parts, part)
		}
	}
	if b.Email != "" {
		whole = append(whole, folded(b.Email))
	}
	if s.Place == "" && utf8.RuneCountInString(s.PlaceName) >= 3 {
		whole = append(whole, folded(s.PlaceName))
	}
	number, quotes := lastDigits(b.Phone), map[string]bool{}
	for _, text := range []string{s.Title, s.Text} {
		all := signs(text)
		most := min(run, len(all))
		for i := 0; most >= least && i+most <= len(all); i++ {
			quotes[strings.Join(all[i:i+most], " ")] = true
		}
	}
	return func(text string) bool {
		said := folded(text)
		for _, w := range whole {
			if strings.Contains(said, w) {
				return true
			}
		}
		if number != "" && strings.Contains(digits(text), number) {
			return true
		}
		for _, word := range letters(text) {
			for _, part := range parts {
				if strings.HasPrefix(word, part) {
					return true
				}
			}
		}
		all := signs(text)
		for i := range all {
			for n := least; n <= run && i+n <= len(all); n++ {
				if quotes[strings.Join(all[i:i+n], " ")] {
					return true
				}
			}
		}
		return false
	}
}

// How many words running are a quotation: of a text shorter than a run the whole,
// when it is more than a word or two.
const (
	run   = 5
	least = 3
)

// Names tells whether words name a person: a part of the name of three letters or
// more, bent in any way.
func (b Bringer) Names(words string) bool { return names(Bringer{Name: b.Name}, Spark{})(words) }

// signs is the words and numbers of a text.
func signs(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func folded(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

func letters(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) })
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
