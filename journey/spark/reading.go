package spark

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
)

// Reading is what one reader may read of a matter: everybody of one spark, or a
// bringer of their own and of what carried it on while it was joined to another.
type Reading struct {
	Own    Spark // whose page it is
	Into   Spark // what carries the matter on; Own itself while it stands alone
	reader story.Visibility
	sparks []ident.ID // whose stories are read
	spans  []span
	known  map[ident.ID]Spark
}

const selectSome = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.spark_id {in $2} ORDER BY s.spark_id`

// ByIDs reads these sparks, those that there are, without their tags.
func ByIDs(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]Spark, error) {
	all := map[ident.ID]Spark{}
	if len(ids) == 0 {
		return all, nil
	}
	list, err := many(ctx, from, selectSome, region, store.IDs(ids))
	for _, sp := range list {
		all[sp.ID] = sp
	}
	return all, err
}

// Tagged is ByIDs with their tags.
func Tagged(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]Spark, error) {
	some, err := ByIDs(ctx, from, region, ids...)
	if err != nil || len(some) == 0 {
		return some, err
	}
	list := slices.Collect(maps.Values(some))
	err = tag(ctx, from, region, list)
	for _, sp := range list {
		some[sp.ID] = sp
	}
	return some, err
}

// Joined reads what is joined to these sparks, by the spark that carries it, the
// oldest first.
func Joined(ctx context.Context, from store.Source, region string, roots ...ident.ID) (map[ident.ID][]Spark, error) {
	all := map[ident.ID][]Spark{}
	if len(roots) == 0 {
		return all, nil
	}
	list, err := membersOf(ctx, from, region, roots...)
	for _, sp := range list {
		all[sp.MergedInto] = append(all[sp.MergedInto], sp)
	}
	return all, err
}

// Read begins a reading of a spark: with Public everybody's, with Parties its
// bringer's.
func Read(ctx context.Context, from store.Source, own Spark, reader story.Visibility) (*Reading, error) {
	r := &Reading{Own: own, Into: own, reader: reader, sparks: []ident.ID{own.ID}, known: map[ident.ID]Spark{own.ID: own}}
	if reader == story.Public {
		return r, nil
	}
	var err error
	if r.spans, err = spansOf(ctx, from, selectSpans, own.Region, int64(own.ID)); err != nil {
		return nil, err
	}
	for _, s := range r.spans {
		if !slices.Contains(r.sparks, s.spark) {
			r.sparks = append(r.sparks, s.spark)
		}
	}
	if err := r.know(ctx, from, r.sparks...); err != nil {
		return nil, err
	}
	if own.MergedInto != 0 {
		if r.Into, err = ByID(ctx, from, own.Region, own.MergedInto); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// know reads sparks not yet known.
func (r *Reading) know(ctx context.Context, from store.Source, ids ...ident.ID) error {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id ident.ID) bool { _, ok := r.known[id]; return ok || id == 0 })
	more, err := ByIDs(ctx, from, r.Own.Region, ids...)
	for id, sp := range more {
		r.known[id] = sp
	}
	return err
}

// Stories is the sparks whose stories are read here, the reader's own first.
func (r *Reading) Stories() []ident.ID { return r.sparks }

// Known is the sparks that have been met in this reading so far.
func (r *Reading) Known() map[ident.ID]Spark { return r.known }

// Joined tells that another spark carries the matter on.
func (r *Reading) Joined() bool { return r.Into.ID != r.Own.ID }

// Named gives a spark that a beat of this reading names, if this reader may know
// of it: their own, or one that everybody reads at its own address.
func (r *Reading) Named(id ident.ID) (Spark, bool) {
	sp, ok := r.known[id]
	return sp, ok && (id == r.Own.ID && r.reader != story.Public || sp.Readable())
}

// Readable tells that everybody may read a spark, by itself or where it was joined.
func (s *Spark) Readable() bool {
	return s.forAll() && s.State != Withdrawn && s.State != Rejoined && s.Held == ""
}

// HasPage tells that a spark has a page that everybody may open.
func (s *Spark) HasPage() bool { return s.Listed || s.MergedInto != 0 && s.Readable() }

// Page reads the beats this reader may see after a beat, oldest first, at most
// story.Page of them; next is where the story goes on, 0 at its end. A page may
// hold fewer than there are beats, since some are others'.
func (r *Reading) Page(ctx context.Context, from store.Source, after ident.ID) (beats []story.Beat, next ident.ID, err error) {
	all, more, err := story.OfAll(ctx, from, r.Own.Region, r.sparks, r.reader, after)
	if err != nil || len(all) == 0 {
		return nil, 0, err
	}
	if err := r.meet(ctx, from, all); err != nil {
		return nil, 0, err
	}
	if more {
		next = all[len(all)-1].ID
	}
	return slices.DeleteFunc(all, func(b story.Beat) bool { return !r.sees(b) }), next, nil
}

// Latest reads the newest beats of the reader's own spark that they may see, from
// before a beat on (0 for the end), the oldest of them first; older is where the
// story goes on backwards, 0 at its beginning.
func (r *Reading) Latest(ctx context.Context, from store.Source, before ident.ID, n int) (beats []story.Beat, older ident.ID, err error) {
	all, err := story.Latest(ctx, from, r.Own.Region, r.Own.ID, r.reader, before, n+1)
	if err != nil || len(all) == 0 {
		return nil, 0, err
	}
	if len(all) > n {
		all = all[:n]
		older = all[n-1].ID
	}
	slices.Reverse(all)
	if err := r.meet(ctx, from, all); err != nil {
		return nil, 0, err
	}
	return slices.DeleteFunc(all, func(b story.Beat) bool { return !r.sees(b) }), older, nil
}

// meet reads the sparks that beats name.
func (r *Reading) meet(ctx context.Context, from store.Source, beats []story.Beat) error {
	var named []ident.ID
	for _, b := range beats {
		named = append(append(named, b.Facts.Sparks...), b.Facts.Via, b.Facts.Into)
	}
	return r.know(ctx, from, named...)
}

// Reads tells whether this reader may read one beat of the stories read here.
func (r *Reading) Reads(b story.Beat) bool {
	return slices.Contains(r.sparks, b.Spark) && r.reader.Sees(b.Visibility) && r.sees(b)
}

// sees tells whether this reader may read a beat that their standing lets them.
func (r *Reading) sees(b story.Beat) bool {
	through := b.Facts.Via
	if r.reader != story.Public && through == r.Own.ID {
		return true
	}
	if through != 0 { // another bringer of the same matter: what they let everybody read
		by := r.known[through]
		return b.Visibility == story.Public && by.Readable() && r.known[b.Spark].Listed
	}
	if b.Spark == r.Own.ID {
		return true
	}
	if slices.Contains(b.Facts.Sparks, r.Own.ID) && (b.Type == story.Merged || b.Type == story.Unmerged) {
		return false // their own story says so
	}
	if b.Visibility == story.Public && b.Spark == r.Into.ID && r.Into.Listed {
		return true
	}
	// What the program says to a bringer is for them alone.
	said := b.Actor == story.Office || b.Type == story.Merged || b.Type == story.Unmerged
	return said && slices.ContainsFunc(r.spans, func(s span) bool { return s.spark == b.Spark && s.holds(b.ID) })
}

// Mine tells that a beat is the reader's own: of the bringer who reads.
func (r *Reading) Mine(b story.Beat) bool {
	return r.reader != story.Public && b.Actor == story.Bringer && (b.Facts.Via == r.Own.ID || b.Facts.Via == 0 && b.Spark == r.Own.ID)
}

// Brought is the spark whose bringer did a beat, 0 when no bringer did.
func Brought(b story.Beat) ident.ID {
	switch {
	case b.Actor != story.Bringer:
		return 0
	case b.Facts.Via != 0:
		return b.Facts.Via
	}
	return b.Spark
}

// Merging is a time during which another spark carried a spark's matter on.
type Merging struct {
	Into     ident.ID // what carried it
	JoinedTo ident.ID // what it was itself joined to, when that was joined further
	Since    ident.ID // the beat that joined it
	Until    ident.ID // the beat that took it apart, 0 while it lasts
}

const selectMergings = `SELECT into_id, joined_to, since_beat, until_beat FROM mergings WHERE region_id = $1 AND spark_id = $2 ORDER BY since_beat`

// Mergings lists the times a spark was joined to others, the oldest first.
func Mergings(ctx context.Context, from store.Source, region string, spark ident.ID) (all []Merging, err error) {
	rows, err := from.Query(ctx, selectMergings, region, int64(spark))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var m Merging
		err := rows.Scan(&m.Into, &m.JoinedTo, &m.Since, &m.Until)
		all = append(all, m)
		return err
	})
	return all, err
}

// Alone is what a spark that carries others would be by itself.
type Alone struct {
	Due     workday.Day
	Since   time.Time // since when its own bringer waits, zero when they do not
	Joined  int       // people counted in because of the others
	Title   string    // its own title while it bears another's
	TitleOf ident.ID  // whose title it bears, 0 for its own
}

// ByItself reads what a spark would be without those joined to it; ok is false
// when nothing is.
func ByItself(ctx context.Context, from store.Source, region string, spark ident.ID) (a Alone, ok bool, err error) {
	var since int64
	err = from.QueryRow(ctx, selectCluster, region, int64(spark)).Scan(&a.Due, &since, &a.Joined, &a.Title, &a.TitleOf)
	if errors.Is(err, store.ErrNone) {
		return a, false, nil
	}
	a.Since = clock.FromMicros(since)
	return a, err == nil, err
}

// WasReadable tells of a spark that is withdrawn that everybody could read it until
// then; taken is the beat that says so.
func (s *Spark) WasReadable(taken story.Beat) bool {
	return s.State == Withdrawn && taken.Type == story.Withdrawn && taken.Spark == s.ID && s.forAll() && len(taken.Facts.Reasons) == 0
}
