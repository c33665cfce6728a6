package spark

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
	"kokko/region/office"
)

// Sparks that were told elsewhere come in by whole files. Nobody is promised
// anything and nobody is written to: there is no bringer that could be reached.

// Imported is the source of a spark that came in by a file.
const Imported Source = "import"

// Fate is what became of a matter where it was told before.
type Fate string

const (
	FateOpen     Fate = ""
	FateAccepted Fate = "accepted" // found fit
	FateSelected Fate = "selected" // taken up by others there
	FateRejected Fate = "rejected" // turned down there: it comes in as closed
)

// MaxKey bounds the name of a source and of a row in it, in characters.
const MaxKey = 200

// Record is one row of somebody else's list, as a spark.
type Record struct {
	Source string // what the list is called: "OmaStadi 2018"
	Key    string // what the row is called in it; the same key is the same spark
	Draft         // what was written: Text, Title, Kind, Place, Themes, Language
	At     time.Time
	Fate   Fate
	Talked int // comments it had there
}

// Check cleans the record and finds every mistake in it. Whatever tells of a
// person is dropped: nobody asked them.
func (r *Record) Check(p Promise) error {
	r.Draft = Draft{Kind: r.Kind, Title: r.Title, Text: r.Text, Place: r.Place, Themes: r.Themes, Language: r.Language}
	var wrong fault.Many
	if err := r.Draft.Check(p); err != nil {
		wrong = fault.List(err)
	}
	r.Source, r.Key = CleanLine(r.Source), CleanLine(r.Key)
	for field, value := range map[string]string{"source": r.Source, "id": r.Key} {
		switch {
		case value == "":
			wrong = append(wrong, fault.New(fault.Invalid, "intake.missing").On(field))
		case utf8.RuneCountInString(value) > MaxKey:
			wrong = append(wrong, tooLong(field, value, MaxKey))
		}
	}
	switch r.Fate {
	case FateOpen, FateAccepted, FateSelected, FateRejected:
	default:
		wrong = append(wrong, fault.New(fault.Invalid, "intake.state").On("state"))
	}
	return wrong.OrNil()
}

// digest is what tells whether a row has changed since it came in.
func (r *Record) digest() (string, error) {
	raw, err := json.Marshal(struct {
		Draft
		Fate   Fate
		Talked int
	}{r.Draft, r.Fate, r.Talked})
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16]), err
}

// Taken is what became of the records of one Import.
type Taken struct {
	Added   int
	Changed int // rows that have another text or state now
	Same    int
	Kept    int   // rows that changed, of sparks that people have taken further here
	Twice   []int // those whose key came earlier in the same import: left out
}

const (
	selectImport      = `SELECT source_key, spark_id, digest, fate, seen_in FROM spark_imports WHERE region_id = $1 AND source = $2 AND source_key {in $3}`
	insertImport      = `INSERT INTO spark_imports (region_id, source, source_key, spark_id, import_id, seen_in, digest, fate, comments) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)`
	seeImport         = `UPDATE spark_imports SET seen_in = $4 WHERE region_id = $1 AND source = $2 AND source_key {in $3} AND seen_in <> $4`
	updateImport      = `UPDATE spark_imports SET digest = $4, fate = $5, comments = $6 WHERE region_id = $1 AND source = $2 AND source_key = $3`
	eraseImport       = `UPDATE spark_imports SET digest = '' WHERE region_id = $1 AND spark_id = $2`
	selectCameFrom    = `SELECT source, source_key, fate, comments, import_id FROM spark_imports WHERE region_id = $1 AND spark_id = $2 ORDER BY source, source_key LIMIT 1`
	selectUntouched   = `SELECT i.spark_id FROM spark_imports i JOIN sparks s ON s.region_id = i.region_id AND s.spark_id = i.spark_id WHERE i.region_id = $1 AND i.import_id = $2 AND i.spark_id > $3 AND s.version = 1 ORDER BY i.spark_id LIMIT $4`
	takeUntouched     = `UPDATE sparks SET version = version + 1 WHERE region_id = $1 AND spark_id = $2 AND version = 1`
	countTakenIn      = `SELECT COUNT(*) FROM spark_imports WHERE region_id = $1 AND import_id = $2`
	countTwins        = `SELECT COUNT(*) FROM sparks WHERE region_id = $1 AND (code = $2 OR spark_id = $3)`
	selectWhere       = `SELECT place, listed FROM sparks WHERE region_id = $1 AND spark_id = $2`
	deleteSpark       = `DELETE FROM sparks WHERE region_id = $1 AND spark_id = $2`
	deleteSparkTags   = `DELETE FROM spark_tags WHERE region_id = $1 AND spark_id = $2`
	deleteBringers    = `DELETE FROM bringers WHERE region_id = $1 AND spark_id = $2`
	deleteSparkImport = `DELETE FROM spark_imports WHERE region_id = $1 AND spark_id = $2`
)

// came is one row that came in before.
type came struct {
	spark  ident.ID
	digest string
	fate   Fate
	seen   ident.ID // the import it was last in
}

// Import takes in checked records of one source inside the caller's transaction,
// under the number of an import. A record that came in before is the same spark:
// it is changed when its row was, unless its bringer or the office has taken it
// further here.
func (s *Service) Import(ctx context.Context, tx *store.Tx, region string, p Programme, number ident.ID, list []Record) (t Taken, err error) {
	if len(list) == 0 {
		return t, nil
	}
	now := s.clock.Now()
	owner, ok, err := office.Duty(ctx, tx, region, workday.DayOf(now, i18n.Helsinki()))
	if err != nil {
		return t, err
	}
	if !ok {
		return t, fault.New(fault.Busy, "office.nobody")
	}
	keys := make(store.Strings, len(list))
	for i, r := range list {
		if r.Source != list[0].Source {
			return t, fault.New(fault.Internal, "internal").Because(errors.New("an import has one source"))
		}
		keys[i] = r.Key
	}
	before := map[string]came{}
	rows, err := tx.Query(ctx, selectImport, region, list[0].Source, keys)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var key string
		var c came
		err := rows.Scan(&key, &c.spark, &c.digest, &c.fate, &c.seen)
		before[key] = c
		return err
	}); err != nil {
		return t, err
	}
	for i, r := range list {
		digest, err := r.digest()
		if err != nil {
			return t, err
		}
		c, known := before[r.Key]
		switch {
		case known && c.seen == number:
			t.Twice = append(t.Twice, i)
			continue
		case !known:
			sp, err := s.takeIn(ctx, tx, region, p, number, r, digest, owner.ID)
			if err != nil {
				return t, err
			}
			c.spark = sp.ID
			t.Added++
		case c.digest == digest || c.digest == "": // or it was erased, and stays so
			t.Same++
		default:
			done, err := s.takeAgain(ctx, tx, region, p, r, c)
			if err != nil {
				return t, err
			}
			if _, err := tx.Exec(ctx, updateImport, region, r.Source, r.Key, digest, string(r.Fate), r.Talked); err != nil {
				return t, err
			}
			if done {
				t.Changed++
			} else {
				t.Kept++
			}
		}
		before[r.Key] = came{c.spark, digest, r.Fate, number}
	}
	_, err = tx.Exec(ctx, seeImport, region, list[0].Source, keys, int64(number))
	return t, err
}

// takeIn makes the spark of a record, with its story so far.
func (s *Service) takeIn(ctx context.Context, tx *store.Tx, region string, p Programme, number ident.ID, r Record, digest string, owner ident.ID) (Spark, error) {
	sp := Spark{Region: region, Kind: r.Kind, Title: r.Title, Text: r.Text, Language: string(i18n.Language(r.Language).Written()), PlaceName: r.Place, State: Sparking, Visibility: Public,
		Source: Imported, Programme: p.Version, Owner: owner, Dropped: r.At, Latest: r.At, People: 1, Version: 1, Beats: 1}
	sp.Place, _ = p.PlaceNamed(r.Place)
	for _, theme := range r.Themes {
		sp.Tags = append(sp.Tags, Tag{"theme", theme})
	}
	sp.Tags = sorted(sp.Tags)
	sp.fare(r)
	if r.Fate != FateOpen {
		sp.Beats++
	}
	for range 64 { // many rows of one day share its keys: some meet
		sp.ID = ident.Past(r.At)
		sp.Code = ident.Code(region, sp.ID)
		var n int
		if err := tx.QueryRow(ctx, countTwins, region, sp.Code, int64(sp.ID)).Scan(&n); err != nil {
			return sp, err
		}
		if n == 0 {
			break
		}
	}
	sp.derive()
	if err := insert(ctx, tx, &sp); err != nil {
		return sp, err
	}
	if err := s.find(ctx, tx, &sp); err != nil {
		return sp, err
	}
	for _, t := range sp.Tags {
		if _, err := tx.Exec(ctx, insertTag, region, int64(sp.ID), t.Kind, t.ID, sp.Listed); err != nil {
			return sp, err
		}
	}
	if _, err := tx.Exec(ctx, insertBringer, region, int64(sp.ID), int64(s.ids.New()), "", "", "", string(NotMe), r.Language, int64(0)); err != nil {
		return sp, err
	}
	if _, err := tx.Exec(ctx, insertImport, region, r.Source, r.Key, int64(sp.ID), int64(number), digest, string(r.Fate), r.Talked); err != nil {
		return sp, err
	}
	first := story.Beat{Region: region, Spark: sp.ID, ID: sp.ID, Type: story.Dropped, Actor: story.Kokko, At: r.At, Visibility: story.Public,
		Facts: story.Facts{Kind: string(r.Kind), Source: string(Imported), From: r.Source}}
	if err := story.Append(ctx, tx, first); err != nil {
		return sp, err
	}
	if r.Fate == FateOpen {
		return sp, nil
	}
	return sp, story.Append(ctx, tx, s.fared(sp, r))
}

// fare sets what a record's fate makes of its spark: one that others took up
// there glows here, one that was turned down is out.
func (s *Spark) fare(r Record) {
	switch r.Fate {
	case FateSelected:
		s.People = 2
	case FateRejected:
		s.State, s.Closed = Out, r.At
	}
}

func (s *Service) fared(sp Spark, r Record) story.Beat {
	return story.Beat{Region: sp.Region, Spark: sp.ID, ID: s.ids.New(), Type: story.Fared, Actor: story.Kokko, At: s.clock.Now(), Visibility: story.Public, Facts: story.Facts{From: r.Source, To: string(r.Fate)}}
}

// takeAgain brings a spark up to its row; done is false when people have taken it
// further here, who are not overruled by a file.
func (s *Service) takeAgain(ctx context.Context, tx *store.Tx, region string, p Programme, r Record, c came) (done bool, err error) {
	all, err := Bringers(ctx, tx, region, c.spark)
	if err != nil {
		return false, err
	}
	w := s.work(tx, region)
	e, err := w.take(ctx, c.spark)
	if err != nil {
		return false, err
	}
	sp := &e.Spark
	owned := slices.ContainsFunc(all[c.spark], func(b Bringer) bool { return !b.Owns.IsZero() })
	if owned || sp.State == Withdrawn || sp.MergedInto != 0 || !sp.Answered.IsZero() || sp.Held != "" {
		return false, nil
	}
	sp.Kind, sp.Title, sp.Text, sp.PlaceName = r.Kind, r.Title, r.Text, r.Place
	if r.Place != e.before.PlaceName {
		sp.Place, _ = p.PlaceNamed(r.Place)
	}
	for _, theme := range r.Themes {
		if t := (Tag{"theme", theme}); !slices.Contains(sp.Tags, t) {
			sp.Tags = sorted(append(sp.Tags, t))
		}
	}
	now := s.clock.Now()
	told := func(b story.Beat) error {
		b.Region, b.Spark, b.ID, b.Actor, b.At, b.Visibility = region, sp.ID, s.ids.New(), story.Kokko, now, story.Public
		sp.Beats++
		return story.Append(ctx, tx, b) // of which nobody is written to
	}
	if sp.Kind != e.before.Kind || sp.Title != e.before.Title || sp.Text != e.before.Text || sp.PlaceName != e.before.PlaceName || len(sp.Tags) != len(e.before.Tags) {
		if err := told(story.Beat{Type: story.Edited, Facts: story.Facts{Source: string(Imported), From: r.Source}}); err != nil {
			return false, err
		}
	}
	if r.Fate != c.fate {
		if c.fate == FateRejected {
			sp.State, sp.Closed = Sparking, time.Time{}
		}
		if sp.fare(r); r.Fate == FateRejected {
			sp.Closed = now
		}
		if r.Fate != FateOpen {
			if err := told(story.Beat{Type: story.Fared, Facts: story.Facts{From: r.Source, To: string(r.Fate)}}); err != nil {
				return false, err
			}
		}
	}
	return true, w.finish(ctx)
}

// Origin is where an imported spark was told before.
type Origin struct {
	Source   string
	Key      string
	Fate     Fate
	Comments int
	Import   ident.ID
}

// CameFrom tells where a spark was imported from; ok is false for one that was
// dropped here.
func CameFrom(ctx context.Context, from store.Source, region string, spark ident.ID) (o Origin, ok bool, err error) {
	err = from.QueryRow(ctx, selectCameFrom, region, int64(spark)).Scan(&o.Source, &o.Key, &o.Fate, &o.Comments, &o.Import)
	if errors.Is(err, store.ErrNone) {
		return Origin{}, false, nil
	}
	return o, err == nil, err
}

// TakeBack removes the sparks of an import with which nothing has happened here
// since, some at a time, each in a transaction of its own; done tells that none is
// left after the spark last. What people have taken further stays.
func (s *Service) TakeBack(ctx context.Context, region string, number, after ident.ID, most int) (removed int, last ident.ID, done bool, err error) {
	ids, err := store.Values[ident.ID](s.db.Query(ctx, selectUntouched, region, int64(number), int64(after), most))
	if err != nil {
		return 0, after, false, err
	}
	last = after
	for _, id := range ids {
		gone := false
		err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			gone = false
			n, err := tx.Exec(ctx, takeUntouched, region, int64(id)) // nobody takes it further from here on
			if err != nil || n == 0 {
				return err
			}
			gone = true
			return s.remove(ctx, tx, region, id)
		})
		// Something still names it: a file, a reader's report. Then it stays.
		if e, ok := errors.AsType[*fault.Error](err); ok && e.Key == "store.dangling" {
			gone, err = false, nil
		}
		if err != nil {
			return removed, last, false, err
		}
		if last = id; gone {
			removed++
		}
	}
	return removed, last, len(ids) < most, nil
}

// remove deletes a spark that nothing else names, and its story.
func (s *Service) remove(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	if err := s.lost(ctx, tx, region, id); err != nil {
		return err
	}
	if err := story.Remove(ctx, tx, region, id); err != nil {
		return err
	}
	if err := erasePaired(ctx, tx, region, id); err != nil {
		return err
	}
	var at string
	var listed bool
	if err := tx.QueryRow(ctx, selectWhere, region, int64(id)).Scan(&at, &listed); err != nil {
		return err
	}
	if err := place(ctx, tx, region, id, at, listed, "", false); err != nil {
		return err
	}
	for _, statement := range []string{deleteSparkTags, deleteBringers, deleteSparkImport, deleteSpark} {
		if _, err := tx.Exec(ctx, statement, region, int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// TakenIn counts the sparks that are here of an import.
func TakenIn(ctx context.Context, from store.Source, region string, number ident.ID) (n int, err error) {
	err = from.QueryRow(ctx, countTakenIn, region, int64(number)).Scan(&n)
	return n, err
}
