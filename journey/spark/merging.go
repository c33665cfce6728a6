package spark

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
)

// Joining sparks that say the same: one carries the matter on, the others keep
// everything of theirs (text, bringer, links, story, tags) and are answered with
// it. Nothing is moved, so that all can be taken apart again.

// MostMerged bounds a cluster: every one of its bringers is written to.
const MostMerged = 100

// Seen is a spark at the version somebody saw; 0 is whatever there is.
type Seen struct {
	ID      ident.ID
	Version int64
}

// Joining is what an officer joins to the spark that stays, and what of theirs it
// takes over: only of those that everybody may read.
type Joining struct {
	Sparks  []Seen
	TitleOf ident.ID // whose title it gets; 0 keeps its own
	KindOf  ident.ID // whose kind
	PlaceOf ident.ID // whose place
	Tags    []Tag    // of theirs, beside its own
}

// forAll tells that a bringer lets everybody read a spark, whatever else keeps it
// from them.
func (s *Spark) forAll() bool { return s.Visibility != Office && !s.Secret }

// Merge joins sparks to the one of a. What was joined to them comes along, so that
// no chain is ever longer than one step. The spark that stays must be open, and
// one that everybody may read cannot disappear behind one they may not.
func (s *Service) Merge(ctx context.Context, a Act, j Joining) (sp Spark, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		w := s.work(tx, a.Region)
		w.deed = a.as(DeedMerge).deed()
		if err := w.merge(ctx, a, j); err != nil {
			return err
		}
		if err := w.finish(ctx); err != nil {
			return err
		}
		sp = w.taken[slices.IndexFunc(w.taken, func(e *entry) bool { return e.ID == a.Spark })].Spark
		return nil
	})
	return sp, err
}

func (w *work) merge(ctx context.Context, a Act, j Joining) error {
	all := []Seen{{a.Spark, a.Version}}
	for _, seen := range j.Sparks {
		if !slices.ContainsFunc(all, func(s Seen) bool { return s.ID == seen.ID }) {
			all = append(all, seen)
		}
	}
	if len(all) < 2 {
		return fault.New(fault.Invalid, "merge.few").On("sparks")
	}
	slices.SortFunc(all, func(a, b Seen) int { return cmp.Compare(a.ID, b.ID) })
	for _, seen := range all {
		e, err := w.take(ctx, seen.ID)
		if err != nil {
			return err
		}
		if seen.Version != 0 && e.Version != seen.Version+1 {
			return fault.New(fault.Conflict, "spark.changed")
		}
	}
	var into *cluster
	var from []*cluster
	size := len(all) - 1
	for _, e := range slices.Clone(w.taken) {
		c, err := w.cluster(ctx, e)
		if err != nil {
			return err
		}
		size += len(c.members)
		if e.ID == a.Spark {
			into = c
		} else {
			from = append(from, c)
		}
	}
	if size > MostMerged {
		return fault.New(fault.Invalid, "merge.many").On("sparks").With("max", MostMerged)
	}
	t := into.root
	if err := mergeable(t); err != nil {
		return err
	}
	if !t.Open {
		return fault.New(fault.Conflict, "merge.closed").With("code", t.Code)
	}
	for _, c := range from {
		if err := mergeable(c.root); err != nil {
			return err
		}
		if !t.forAll() && (c.root.forAll() || slices.ContainsFunc(c.members, func(m *entry) bool { return m.forAll() })) {
			return fault.New(fault.Invalid, "merge.hidden").On("sparks").With("code", t.Code)
		}
	}
	told := story.Beat{ID: w.ids.New(), Type: story.Merged, Actor: story.Office, Officer: a.Officer.ID, Visibility: seenBy(&t.Spark, true), Facts: story.Facts{Into: t.ID}}
	if err := into.takeOver(j, from, a, w); err != nil {
		return err
	}
	for _, c := range from {
		for _, m := range append([]*entry{c.root}, c.members...) {
			told.Facts.Sparks = append(told.Facts.Sparks, m.ID)
			seen := story.Parties
			if m.forAll() && t.Listed {
				seen = story.Public
			}
			m.beats = append(m.beats, story.Beat{Type: story.Merged, Actor: story.Office, Officer: a.Officer.ID, Visibility: seen, Facts: story.Facts{Into: t.ID}})
		}
		if err := w.attach(ctx, into, c, told.ID); err != nil {
			return err
		}
	}
	t.beats = append([]story.Beat{told}, t.beats...)
	return w.settle(ctx, into)
}

// mergeable refuses what can neither carry others nor be carried.
func mergeable(e *entry) error {
	switch {
	case e.State == Withdrawn:
		return fault.New(fault.Gone, "spark.withdrawn")
	case e.MergedInto != 0:
		return fault.New(fault.Conflict, "merge.merged").With("code", e.Code)
	case e.Held != "":
		return fault.New(fault.Conflict, "merge.held").With("code", e.Code)
	case e.State == Split || e.State == Rejoined:
		return fault.New(fault.Conflict, "merge.split").With("code", e.Code)
	}
	return nil
}

// takeOver gives the spark that stays what it takes from the others, each with
// its beat.
func (c *cluster) takeOver(j Joining, from []*cluster, a Act, w *work) error {
	r := &c.root.Spark
	seen := seenBy(r, true)
	tell := func(kind story.Type, facts story.Facts) {
		c.root.beats = append(c.root.beats, story.Beat{Type: kind, Actor: story.Office, Officer: a.Officer.ID, Visibility: seen, Facts: facts})
	}
	// One that is hidden gives nothing: its words are for nobody else.
	find := func(id ident.ID, field string) (*Spark, error) {
		for _, f := range from {
			if f.root.ID == id && f.root.forAll() {
				return &f.root.Spark, nil
			}
		}
		return nil, fault.New(fault.Invalid, "merge.take").On(field)
	}
	if j.TitleOf != 0 && j.TitleOf != r.ID {
		o, err := find(j.TitleOf, "title")
		if err != nil {
			return err
		}
		if o.Title != r.Title {
			if c.titleOf == 0 {
				c.title = r.Title
			}
			c.titleOf, r.Title = o.ID, o.Title
			tell(story.Retitled, story.Facts{Sparks: []ident.ID{o.ID}})
		}
	}
	if j.KindOf != 0 && j.KindOf != r.ID {
		o, err := find(j.KindOf, "kind")
		if err != nil {
			return err
		}
		if o.Kind != r.Kind {
			tell(story.Retitled, story.Facts{Kind: string(o.Kind), From: string(r.Kind), To: string(o.Kind)})
			r.Kind = o.Kind
		}
	}
	if j.PlaceOf != 0 && j.PlaceOf != r.ID {
		o, err := find(j.PlaceOf, "place")
		if err != nil {
			return err
		}
		if o.Place != r.Place && o.Place != "" {
			tell(story.Placed, story.Facts{From: r.Place, To: o.Place})
			r.Place = o.Place
		}
	}
	tags := slices.Clone(r.Tags)
	for _, t := range j.Tags {
		if slices.Contains(r.Tags, t) {
			continue
		}
		if !slices.ContainsFunc(from, func(f *cluster) bool { return f.root.forAll() && slices.Contains(f.root.Tags, t) }) {
			return fault.New(fault.Invalid, "merge.take").On("tags")
		}
		tags = append(tags, t)
	}
	tags = sorted(tags)
	if added, _ := differ(r.Tags, tags); len(added) > 0 {
		tell(story.Tagged, story.Facts{Added: added})
		r.Tags = tags
	}
	// An open question that one of them answers stays answered.
	for _, f := range from {
		if o := &f.root.Spark; r.Challenge == 0 && o.Challenge != 0 && o.forAll() {
			tell(story.Questioned, story.Facts{To: some(o.Challenge)})
			r.Challenge = o.Challenge
		}
	}
	return nil
}

// attach hangs a whole cluster under another one's root.
func (w *work) attach(ctx context.Context, into, c *cluster, since ident.ID) error {
	for _, m := range c.members {
		if err := w.untie(ctx, m, since); err != nil {
			return err
		}
		if err := w.tie(ctx, into, m, tie{since, c.ties[m.ID].to}); err != nil {
			return err
		}
	}
	c.members = nil
	if err := w.settle(ctx, c); err != nil { // by itself from here on
		return err
	}
	return w.tie(ctx, into, c.root, tie{since, into.root.ID})
}

func (w *work) tie(ctx context.Context, c *cluster, m *entry, t tie) error {
	m.MergedInto = c.root.ID
	c.members = append(c.members, m)
	slices.SortFunc(c.members, func(a, b *entry) int { return cmp.Compare(a.ID, b.ID) })
	c.ties[m.ID] = t
	_, err := w.tx.Exec(ctx, insertTie, w.region, int64(m.ID), int64(t.since), int64(c.root.ID), int64(t.to))
	return err
}

func (w *work) untie(ctx context.Context, m *entry, until ident.ID) error {
	m.MergedInto = 0
	_, err := w.tx.Exec(ctx, endTie, w.region, int64(m.ID), int64(until))
	return err
}

// detach takes members out of a cluster; they stand alone until something is done
// with them.
func (w *work) detach(ctx context.Context, c *cluster, until ident.ID, out ...*entry) error {
	for _, m := range out {
		if err := w.untie(ctx, m, until); err != nil {
			return err
		}
		delete(c.ties, m.ID)
	}
	c.members = slices.DeleteFunc(c.members, func(m *entry) bool { return slices.Contains(out, m) })
	return nil
}

// errMoved tells that a spark was joined elsewhere between two looks.
var errMoved = errors.New("spark: joined elsewhere meanwhile")

// clustered runs do on the cluster a spark belongs to, its own when it stands
// alone, with the spark's own entry in it.
func (s *Service) clustered(ctx context.Context, region string, id ident.ID, do func(ctx context.Context, w *work, c *cluster, own *entry) error) (sp Spark, err error) {
	for range 4 { // whoever finds the spark moved looks again
		seen, err := ByID(ctx, s.db, region, id)
		if err != nil {
			return Spark{}, err
		}
		err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			w := s.work(tx, region)
			root, err := w.take(ctx, cmp.Or(seen.MergedInto, id))
			if err != nil {
				return err
			}
			c, err := w.cluster(ctx, root)
			if err != nil {
				return err
			}
			own := root
			if seen.MergedInto != 0 {
				own = c.member(id)
			}
			if own == nil || root.MergedInto != 0 {
				return errMoved
			}
			if err := do(ctx, w, c, own); err != nil {
				return err
			}
			if err := w.finish(ctx); err != nil {
				return err
			}
			sp = own.Spark
			return nil
		})
		if !errors.Is(err, errMoved) {
			return sp, err
		}
	}
	return Spark{}, fault.New(fault.Busy, "store.busy").Because(errMoved)
}

// Unmerge takes a spark out of where it was joined, with all that came along with
// it: it is again as it was, but for what its bringer has heard meanwhile.
func (s *Service) Unmerge(ctx context.Context, a Act) (Spark, error) {
	return s.clustered(ctx, a.Region, a.Spark, func(ctx context.Context, w *work, c *cluster, own *entry) error {
		if a.Version != 0 && own.Version != a.Version+1 {
			return fault.New(fault.Conflict, "spark.changed")
		}
		if own == c.root {
			return fault.New(fault.Conflict, "merge.alone")
		}
		w.deed = a.as(DeedUnmerge).deed()
		return w.unmerge(ctx, c, own, a.Officer.ID)
	})
}

func (w *work) unmerge(ctx context.Context, c *cluster, own *entry, officer ident.ID) error {
	r := c.root
	seen := story.Parties
	if own.forAll() && r.Listed {
		seen = story.Public
	}
	by := story.Beat{Type: story.Unmerged, Actor: story.Office, Officer: officer, Facts: story.Facts{Into: r.ID}}
	told := by
	told.ID, told.Visibility, told.Facts.Sparks = w.ids.New(), seenBy(&r.Spark, true), []ident.ID{own.ID}
	r.beats = append(r.beats, told)
	by.Visibility = seen
	own.beats = append(own.beats, by)
	branch, ties := c.branch(own.ID), c.ties
	mine := &cluster{root: own, ties: map[ident.ID]tie{}, own: promiseOf(&own.Spark)}
	own.carries = mine
	to := map[ident.ID]ident.ID{}
	for _, m := range branch {
		to[m.ID] = ties[m.ID].to
	}
	if err := w.detach(ctx, c, told.ID, branch...); err != nil {
		return err
	}
	if err := w.settle(ctx, c); err != nil {
		return err
	}
	along := story.Beat{ID: w.ids.New(), Type: story.Merged, Actor: story.Office, Officer: officer, Visibility: seen, Facts: story.Facts{Into: own.ID}}
	for _, m := range branch {
		if m == own {
			continue
		}
		if err := w.tie(ctx, mine, m, tie{along.ID, to[m.ID]}); err != nil {
			return err
		}
		along.Facts.Sparks = append(along.Facts.Sparks, m.ID)
		m.beats = append(m.beats, story.Beat{Type: story.Merged, Actor: story.Office, Officer: officer, Visibility: story.Parties, Facts: story.Facts{Into: own.ID}})
	}
	if len(along.Facts.Sparks) > 0 {
		own.beats = append(own.beats, along)
	}
	return w.settle(ctx, mine)
}

// leave takes one member out because its bringer goes away, or because it has to
// wait for a look: what came along with it hangs where it hung itself. by is who
// makes it leave.
func (w *work) leave(ctx context.Context, c *cluster, own *entry, by story.Beat) error {
	told := story.Beat{ID: w.ids.New(), Type: story.Unmerged, Actor: by.Actor, Officer: by.Officer, Visibility: story.InOffice, Facts: story.Facts{Into: c.root.ID, Sparks: []ident.ID{own.ID}}}
	if told.Actor == story.Bringer {
		told.Facts.Via = own.ID
	}
	c.root.beats = append(c.root.beats, told)
	for _, m := range c.members {
		if c.ties[m.ID].to == own.ID {
			if err := w.retie(ctx, c, m, c.ties[own.ID].to); err != nil {
				return err
			}
		}
	}
	own.Owner = c.root.Owner // who hears of it is who answered for it
	if err := w.detach(ctx, c, told.ID, own); err != nil {
		return err
	}
	return w.settle(ctx, c)
}

// standAlone takes a spark that has come to wait for a look out of its cluster:
// nobody else's matter waits with it, and it lies in the queue by itself.
func (w *work) standAlone(ctx context.Context, c *cluster, own *entry, by story.Beat) error {
	switch {
	case own != c.root:
		alone := story.Beat{Type: story.Unmerged, Actor: story.Kokko, Visibility: story.InOffice, Facts: story.Facts{Into: c.root.ID}}
		own.beats = append(own.beats, alone)
		return w.leave(ctx, c, own, by)
	case len(c.members) > 0:
		_, err := w.handOver(ctx, c, false)
		return err
	}
	return nil
}

const moveTie = `UPDATE mergings SET joined_to = $3 WHERE region_id = $1 AND spark_id = $2 AND until_beat = 0`

func (w *work) retie(ctx context.Context, c *cluster, m *entry, to ident.ID) error {
	t := c.ties[m.ID]
	t.to = to
	c.ties[m.ID] = t
	_, err := w.tx.Exec(ctx, moveTie, w.region, int64(m.ID), int64(to))
	return err
}

// handOver lets the oldest of the others carry the matter on, because the root
// goes away or hides: of those everybody may read when there are any. The heir
// takes over who answers, by when, and how far the matter has come. With stays
// the old root is joined to it as one of the others. It gives the heir's cluster.
func (w *work) handOver(ctx context.Context, c *cluster, stays bool) (*cluster, error) {
	old := c.root
	heir := c.members[0]
	if i := slices.IndexFunc(c.members, func(m *entry) bool { return m.forAll() }); i >= 0 {
		heir = c.members[i]
	}
	if i := slices.IndexFunc(c.members, func(m *entry) bool { return m.forAll() && m.Held == "" }); i >= 0 {
		heir = c.members[i]
	}
	parted := story.Beat{ID: w.ids.New(), Type: story.Unmerged, Actor: story.Kokko, Visibility: story.Parties, Facts: story.Facts{Into: old.ID, Sparks: []ident.ID{heir.ID}}}
	old.beats = append(old.beats, parted)
	seen := story.Parties
	if heir.forAll() {
		seen = story.Public
	}
	heir.beats = append(heir.beats, story.Beat{Type: story.Unmerged, Actor: story.Kokko, Visibility: story.Parties, Facts: story.Facts{Into: old.ID}})

	next := &cluster{root: heir, ties: map[ident.ID]tie{}, own: promiseOf(&heir.Spark)}
	heir.carries = next
	told := story.Beat{ID: w.ids.New(), Type: story.Merged, Actor: story.Kokko, Visibility: seen, Facts: story.Facts{Into: heir.ID}}
	ties, members := c.ties, slices.Clone(c.members)
	c.ties = map[ident.ID]tie{}
	for _, m := range members {
		if err := w.untie(ctx, m, parted.ID); err != nil {
			return nil, err
		}
	}
	c.members = nil
	carried := old.Spark
	if err := w.settle(ctx, c); err != nil {
		return nil, err
	}
	join := func(m *entry, to ident.ID) error {
		told.Facts.Sparks = append(told.Facts.Sparks, m.ID)
		m.beats = append(m.beats, story.Beat{Type: story.Merged, Actor: story.Kokko, Visibility: story.Parties, Facts: story.Facts{Into: heir.ID}})
		return w.tie(ctx, next, m, tie{told.ID, to})
	}
	for _, m := range members {
		if m == heir {
			continue
		}
		to := ties[m.ID].to
		if to == old.ID {
			to = heir.ID
		}
		if err := join(m, to); err != nil {
			return nil, err
		}
	}
	if stays {
		if err := join(old, heir.ID); err != nil {
			return nil, err
		}
	}
	if len(told.Facts.Sparks) > 0 {
		heir.beats = append(heir.beats, told)
	}
	heir.Owner, heir.NextContact, heir.Asked = carried.Owner, carried.NextContact, carried.Asked
	if carried.State != Sparking && carried.State != Glowing {
		if carried.State == Burning && !stays && heir.State != Burning { // the fire goes on, and the story with it
			heir.beats = append(heir.beats, story.Beat{Type: story.Caught, Actor: story.Kokko, Visibility: seen})
		}
		heir.State, heir.Closed = carried.State, carried.Closed
	} else if heir.State == Resting || heir.State == Out {
		heir.State, heir.Closed = Sparking, time.Time{}
	}
	return next, w.settle(ctx, next)
}
