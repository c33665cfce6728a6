package story

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	insertBeat = `INSERT INTO beats (region_id, spark_id, beat_id, type, actor, officer_id, at, visibility, corrects, data)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	insertWords = `INSERT INTO beat_words (region_id, spark_id, beat_id, author, words) VALUES ($1, $2, $3, $4, $5)`

	beatColumns = `b.region_id, b.spark_id, b.beat_id, b.type, b.actor, b.officer_id, b.at, b.visibility, b.corrects, b.data, w.author, w.words`
	fromBeats   = ` FROM beats b LEFT JOIN beat_words w ON w.region_id = b.region_id AND w.spark_id = b.spark_id AND w.beat_id = b.beat_id`

	selectStory = `SELECT ` + beatColumns + fromBeats + `
WHERE b.region_id = $1 AND b.spark_id = $2 AND b.beat_id > $3 AND b.visibility {in $4}
ORDER BY b.beat_id LIMIT $5`
	selectLatest = `SELECT ` + beatColumns + fromBeats + `
WHERE b.region_id = $1 AND b.spark_id = $2 AND b.beat_id < $3 AND b.visibility {in $4}
ORDER BY b.beat_id DESC LIMIT $5`
	// What happened lately of one type in the whole region walks the index beats_latest.
	selectLately = `SELECT ` + beatColumns + fromBeats + `
WHERE b.region_id = $1 AND b.type = $2 AND b.beat_id > $3 ORDER BY b.beat_id DESC LIMIT $4`
	// The last words of each of many stories: of each its own beats are read, by its key.
	selectLastSaid = `SELECT ` + beatColumns + ` FROM beats b JOIN beat_words w ON w.region_id = b.region_id AND w.spark_id = b.spark_id AND w.beat_id = b.beat_id
JOIN (SELECT l.spark_id, MAX(l.beat_id) AS beat_id FROM beats l JOIN beat_words s ON s.region_id = l.region_id AND s.spark_id = l.spark_id AND s.beat_id = l.beat_id
  WHERE l.region_id = $1 AND l.spark_id {in $2} AND l.visibility {in $3} AND l.type {in $4} AND s.words <> '' GROUP BY l.spark_id) last
  ON b.spark_id = last.spark_id AND b.beat_id = last.beat_id
WHERE b.region_id = $1`
	// selectThese reads some beats of some stories, for a page of what was found.
	selectThese = `SELECT ` + beatColumns + fromBeats + `
WHERE b.region_id = $1 AND b.spark_id {in $2} AND b.beat_id {in $3}`
	selectBeat = `SELECT ` + beatColumns + fromBeats + `
WHERE b.region_id = $1 AND b.spark_id = $2 AND b.beat_id = $3`

	selectFirst = `SELECT ` + beatColumns + fromBeats + `
WHERE b.region_id = $1 AND b.spark_id = $2 AND b.type = $3 ORDER BY b.beat_id LIMIT 1`

	// By the story's own key: a type of which a region has few would have PostgreSQL go through
	// all of that type instead.
	selectNewest = `SELECT ` + beatColumns + fromBeats + `
WHERE b.region_id = $1 AND b.spark_id = $2 AND b.type || '' {in $3} ORDER BY b.beat_id DESC LIMIT 1`

	selectBetween = `SELECT ` + beatColumns + fromBeats + `
WHERE b.region_id = $1 AND b.type = $2 AND b.beat_id > $3 AND b.beat_id <= $4 AND b.visibility = $5
ORDER BY b.beat_id LIMIT $6`

	selectSaid = `SELECT ` + beatColumns + ` FROM beats b JOIN beat_words w ON w.region_id = b.region_id AND w.spark_id = b.spark_id AND w.beat_id = b.beat_id
WHERE b.region_id = $1 AND b.spark_id = $2 ORDER BY b.beat_id`
	deleteWords = `DELETE FROM beat_words WHERE region_id = $1 AND spark_id = $2 AND beat_id {in $3}`

	deleteAllWords = `DELETE FROM beat_words WHERE region_id = $1 AND spark_id = $2`
	deleteBeats    = `DELETE FROM beats WHERE region_id = $1 AND spark_id = $2`
)

// Append adds a beat to its story inside the caller's transaction. The beat's
// ID and At must be set; a beat with neither author nor words stores no words.
func Append(ctx context.Context, tx *store.Tx, b Beat) error {
	data, err := json.Marshal(b.Facts)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertBeat, b.Region, int64(b.Spark), int64(b.ID), string(b.Type), string(b.Actor), int64(b.Officer),
		clock.Micros(b.At), string(b.Visibility), int64(b.Corrects), string(data)); err != nil {
		return fmt.Errorf("append %s to %s/%s: %w", b.Type, b.Region, b.Spark, err)
	}
	words := b.Words
	if b.Would != "" {
		words += separator + b.Would
	}
	if b.Author == "" && words == "" {
		return nil
	}
	_, err = tx.Exec(ctx, insertWords, b.Region, int64(b.Spark), int64(b.ID), b.Author, words)
	return err
}

// Page is the most beats one Of call gives.
const Page = 100

// Of reads the beats of a spark a reader may see, oldest first, after the beat
// with ID after; at most Page of them. O(Page) by the story's own key.
func Of(ctx context.Context, from store.Source, region string, spark ident.ID, reader Visibility, after ident.ID) (beats []Beat, more bool, err error) {
	return OfAll(ctx, from, region, []ident.ID{spark}, reader, after)
}

// OfAll is Of for the stories of several sparks as one, in the order things
// happened. O(Page) a spark, each by its own key: a sort of them all would grow with
// what is said beneath them.
func OfAll(ctx context.Context, from store.Source, region string, sparks []ident.ID, reader Visibility, after ident.ID) (beats []Beat, more bool, err error) {
	for _, spark := range sparks {
		rows, err := from.Query(ctx, selectStory, region, int64(spark), int64(after), reader.all(), Page+1)
		some, err := scanAll(rows, err)
		if err != nil {
			return nil, false, err
		}
		beats = append(beats, some...)
	}
	if len(sparks) > 1 {
		slices.SortFunc(beats, func(a, b Beat) int { return cmp.Compare(a.ID, b.ID) })
	}
	if len(beats) > Page {
		return beats[:Page], true, nil
	}
	return beats, false, nil
}

// Latest reads the newest beats of a spark that a reader may see, from before a beat
// on (0 for the story's end): at most n, the newest first.
func Latest(ctx context.Context, from store.Source, region string, spark ident.ID, reader Visibility, before ident.ID, n int) (beats []Beat, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	rows, err := from.Query(ctx, selectLatest, region, int64(spark), int64(before), reader.all(), n)
	return scanAll(rows, err)
}

// Lately reads the newest beats of one type in a whole region, told after a beat,
// whoever may read them: at most n, the newest first.
func Lately(ctx context.Context, from store.Source, region string, kind Type, after ident.ID, n int) ([]Beat, error) {
	rows, err := from.Query(ctx, selectLately, region, string(kind), int64(after), n)
	return scanAll(rows, err)
}

// LastSaid reads of each of these sparks the newest beat of some types that has words
// and that a reader may see; a spark of which nothing was said is left out. One
// question, O(beats of these sparks).
func LastSaid(ctx context.Context, from store.Source, region string, sparks []ident.ID, reader Visibility, types ...Type) (map[ident.ID]Beat, error) {
	rows, err := from.Query(ctx, selectLastSaid, region, store.IDs(sparks), reader.all(), store.Texts(types))
	beats, err := scanAll(rows, err)
	said := make(map[ident.ID]Beat, len(beats))
	for _, b := range beats {
		said[b.Spark] = b
	}
	return said, err
}

func scanAll(rows *sql.Rows, err error) (beats []Beat, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		b, err := scan(rows)
		beats = append(beats, b)
		return err
	})
	return beats, err
}

// all is every visibility a reader sees.
func (reader Visibility) all() (seen store.Strings) {
	for _, v := range []Visibility{Public, Parties, InOffice} {
		if reader.Sees(v) {
			seen = append(seen, string(v))
		}
	}
	return seen
}

// One reads a single beat; store.ErrNone when there is no such.
func One(ctx context.Context, from store.Source, region string, spark, beat ident.ID) (Beat, error) {
	return scan(from.QueryRow(ctx, selectBeat, region, int64(spark), int64(beat)))
}

// These reads some beats of these stories at once; what there is none of is missing.
func These(ctx context.Context, from store.Source, region string, sparks, beats []ident.ID) (map[ident.ID]Beat, error) {
	all := make(map[ident.ID]Beat, len(beats))
	if len(beats) == 0 {
		return all, nil
	}
	rows, err := from.Query(ctx, selectThese, region, store.IDs(sparks), store.IDs(beats))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		b, err := scan(rows)
		all[b.ID] = b
		return err
	})
	return all, err
}

// First reads the first beat of a type in a story; store.ErrNone when there is none.
func First(ctx context.Context, from store.Source, region string, spark ident.ID, kind Type) (Beat, error) {
	return scan(from.QueryRow(ctx, selectFirst, region, int64(spark), string(kind)))
}

// Newest reads the last beat of some types in a story; ok is false when there is none.
func Newest(ctx context.Context, from store.Source, region string, spark ident.ID, types ...Type) (b Beat, ok bool, err error) {
	b, err = scan(from.QueryRow(ctx, selectNewest, region, int64(spark), store.Texts(types)))
	if errors.Is(err, store.ErrNone) {
		return b, false, nil
	}
	return b, err == nil, err
}

// Between reads the beats of a region's stories after one beat and up to another, the
// oldest first, that are visible to just these readers, of these types, and that keep
// picks; at most so many of each type.
func Between(ctx context.Context, from store.Source, region string, to Visibility, types []Type, after, until ident.ID, most int, keep func(Beat) bool) (beats []Beat, err error) {
	for _, t := range types {
		kept, at := 0, after
		for n := Page; n == Page && kept < most; {
			n = 0
			rows, err := from.Query(ctx, selectBetween, region, string(t), int64(at), int64(until), string(to), Page)
			if err := store.Each(rows, err, func(rows *sql.Rows) error {
				b, err := scan(rows)
				n, at = n+1, b.ID
				if err == nil && kept < most && keep(b) {
					kept++
					beats = append(beats, b)
				}
				return err
			}); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(beats, func(a, b Beat) int { return cmp.Compare(a.ID, b.ID) })
	return beats, nil
}

// EraseWords removes what these actors said in a story and the names it was said
// under, and tells so in one more beat, which is told; what happened stays. It
// gives the number of beats that lost their words; with none nothing is told.
// Whoever calls it enqueues what the readers of the story hear, as for any beat.
func EraseWords(ctx context.Context, tx *store.Tx, told Beat, actors ...Actor) (int, error) {
	return EraseSaid(ctx, tx, told, func(b Beat) bool { return slices.Contains(actors, b.Actor) })
}

// EraseSaid is EraseWords for the beats that lose picks among those with words.
func EraseSaid(ctx context.Context, tx *store.Tx, told Beat, lose func(Beat) bool) (int, error) {
	var ids store.Ints
	rows, err := tx.Query(ctx, selectSaid, told.Region, int64(told.Spark))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		b, err := scan(rows)
		if err == nil && lose(b) {
			ids = append(ids, int64(b.ID))
		}
		return err
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if _, err := tx.Exec(ctx, deleteWords, told.Region, int64(told.Spark), ids); err != nil {
		return 0, err
	}
	told.Type = Erased
	for _, id := range ids {
		told.Facts.Erased = append(told.Facts.Erased, ident.ID(id))
	}
	return len(ids), Append(ctx, tx, told)
}

// Remove takes a story away with its spark, inside the transaction that deletes the
// spark itself: only for what nobody has lived, an import taken back or a
// demonstration cleared. What a person did here is never removed.
func Remove(ctx context.Context, tx *store.Tx, region string, spark ident.ID) error {
	if _, err := tx.Exec(ctx, deleteAllWords, region, int64(spark)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, deleteBeats, region, int64(spark))
	return err
}

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (Beat, error) {
	var b Beat
	var at int64
	var data string
	var author, words sql.NullString
	if err := row.Scan(&b.Region, &b.Spark, &b.ID, &b.Type, &b.Actor, &b.Officer, &at, &b.Visibility, &b.Corrects, &data, &author, &words); err != nil {
		return Beat{}, err
	}
	b.At = clock.FromMicros(at)
	b.Author, b.HasWords = author.String, words.Valid
	b.Words, b.Would, _ = strings.Cut(words.String, separator)
	if err := json.Unmarshal([]byte(data), &b.Facts); err != nil {
		return Beat{}, fmt.Errorf("beat %s of %s/%s: %w", b.ID, b.Region, b.Spark, err)
	}
	return b, nil
}
