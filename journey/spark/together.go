package spark

import (
	"cmp"
	"context"
	"database/sql"
	"reflect"
	"slices"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
)

// work is one transaction over one spark or several: they are locked, altered and
// stored together with what happened to them.
type work struct {
	*Service
	tx     *store.Tx
	region string
	now    time.Time
	taken  []*entry // in the order they were locked
	deed   deed     // the act this is, if it is one
}

// entry is one spark of a work.
type entry struct {
	Spark
	before  Spark // as it was read
	beats   []story.Beat
	said    []story.Beat // the beats as they were told
	told    ident.ID     // the first beat told of it
	carries *cluster     // what is joined to it, once that was read
}

func (s *Service) work(tx *store.Tx, region string) *work {
	return &work{Service: s, tx: tx, region: region, now: s.clock.Now()}
}

// hold adds a locked spark as it was read, or gives the one that is held already.
func (w *work) hold(sp Spark) *entry {
	for _, e := range w.taken {
		if e.ID == sp.ID {
			return e
		}
	}
	e := &entry{Spark: sp, before: sp}
	e.before.Tags = slices.Clone(sp.Tags)
	w.taken = append(w.taken, e)
	return e
}

// take locks a spark and reads it. Whoever takes several takes the one that
// carries the others first, and otherwise the smallest id first.
func (w *work) take(ctx context.Context, id ident.ID) (*entry, error) {
	for _, e := range w.taken {
		if e.ID == id {
			return e, nil
		}
	}
	n, err := w.tx.Exec(ctx, takeVersion, w.region, int64(id))
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fault.New(fault.NotFound, "spark.none")
	}
	sp, err := ByID(ctx, w.tx, w.region, id)
	if err != nil {
		return nil, err
	}
	return w.hold(sp), nil
}

// finish derives what follows, tells what happened and stores every spark taken.
func (w *work) finish(ctx context.Context) error {
	for _, e := range w.taken {
		e.derive()
		for _, b := range e.beats {
			b.Region, b.Spark, b.At = w.region, e.ID, w.now
			if b.ID == 0 {
				b.ID = w.ids.New()
			}
			if e.told == 0 {
				e.told = b.ID
			}
			e.Beats++
			if b.Human() && b.Visibility == story.Public && w.now.After(e.Latest) {
				e.Latest = w.now
			}
			if err := w.tell(ctx, w.tx, b); err != nil {
				return err
			}
			e.said = append(e.said, b)
		}
		if err := w.writtenSince(ctx, e); err != nil {
			return err
		}
		e.beats = nil
	}
	if err := w.record(ctx); err != nil {
		return err
	}
	for _, e := range w.taken {
		if reflect.DeepEqual(e.Spark, e.before) {
			continue
		}
		if err := retag(ctx, w.tx, &e.Spark, e.before.Tags); err != nil {
			return err
		}
		if err := update(ctx, w.tx, &e.Spark, &e.before); err != nil {
			return err
		}
		if err := w.find(ctx, w.tx, &e.Spark, e.said...); err != nil {
			return err
		}
		e.said = nil
	}
	return nil
}

// promise is by when the office speaks to a bringer, and since when they wait;
// Since is zero when they do not.
type promise struct {
	Since time.Time
	Due   workday.Day
}

func promiseOf(s *Spark) promise { return promise{s.WaitingFrom, s.Due} }

func (s *Spark) expect(p promise) {
	s.Waiting, s.WaitingFrom, s.Due = !p.Since.IsZero(), p.Since, p.Due
}

// cluster is a spark with those joined to it. The root's own row says what is
// true of all of them together: it waits while anybody waits, and the day is the
// earliest promised. What it would be by itself is kept beside it; each of the
// others keeps its own row as it is by itself. So what was joined can be taken
// apart in any order and is as it was.
type cluster struct {
	root    *entry
	members []*entry // the oldest first
	ties    map[ident.ID]tie
	own     promise  // what the root's own bringer waits for
	joined  int      // people counted in because of the others
	title   string   // the root's own title while it bears another's
	titleOf ident.ID // whose title it bears, 0 for its own
	kept    bool     // has a row in the store
	was     promise  // own as it was read
}

// tie is how a member hangs in its cluster.
type tie struct {
	since ident.ID // the beat that joined it
	to    ident.ID // what it was itself joined to, which may have been joined further since
}

const (
	lockMembers   = `UPDATE sparks SET version = version + 1 WHERE region_id = $1 AND merged_into = $2`
	selectMembers = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.merged_into {in $2} ORDER BY s.merged_into, s.spark_id`

	selectJoined = `SELECT s.spark_id FROM sparks s WHERE s.region_id = $1 AND s.merged_into = $2 ORDER BY s.spark_id`

	selectCluster = `SELECT due_day, waiting_since_at, joined, title, title_of FROM clusters WHERE region_id = $1 AND spark_id = $2`
	putCluster    = `INSERT INTO clusters (region_id, spark_id, due_day, waiting_since_at, joined, title, title_of) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (region_id, spark_id) DO UPDATE SET due_day = excluded.due_day, waiting_since_at = excluded.waiting_since_at, joined = excluded.joined, title = excluded.title, title_of = excluded.title_of`
	deleteCluster = `DELETE FROM clusters WHERE region_id = $1 AND spark_id = $2`

	selectTies = `SELECT spark_id, since_beat, joined_to FROM mergings WHERE region_id = $1 AND spark_id {in $2} AND until_beat = 0`
	insertTie  = `INSERT INTO mergings (region_id, spark_id, since_beat, until_beat, into_id, joined_to) VALUES ($1, $2, $3, 0, $4, $5)`
	endTie     = `UPDATE mergings SET until_beat = $3 WHERE region_id = $1 AND spark_id = $2 AND until_beat = 0`
)

// cluster locks and reads what is joined to a spark already taken; nothing can be
// joined to it or taken from it without the lock on the spark itself.
func (w *work) cluster(ctx context.Context, root *entry) (*cluster, error) {
	if root.carries != nil {
		return root.carries, nil
	}
	c := &cluster{root: root, ties: map[ident.ID]tie{}, own: promiseOf(&root.Spark)}
	root.carries = c
	n, err := w.tx.Exec(ctx, lockMembers, w.region, int64(root.ID))
	if err != nil || n == 0 {
		return c, err
	}
	list, err := membersOf(ctx, w.tx, w.region, root.ID)
	if err != nil {
		return nil, err
	}
	ids := make(store.Ints, len(list))
	for i, sp := range list {
		c.members, ids[i] = append(c.members, w.hold(sp)), int64(sp.ID)
	}
	a, kept, err := ByItself(ctx, w.tx, w.region, root.ID)
	if err != nil {
		return nil, err
	}
	if c.kept = kept; kept {
		c.own, c.joined, c.title, c.titleOf = promise{a.Since, a.Due}, a.Joined, a.Title, a.TitleOf
		c.was = c.own
	}
	rows, err := w.tx.Query(ctx, selectTies, w.region, ids)
	return c, store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var t tie
		err := rows.Scan(&id, &t.since, &t.to)
		c.ties[id] = t
		return err
	})
}

// membersOf reads what is joined to these sparks, the oldest first.
func membersOf(ctx context.Context, from store.Source, region string, roots ...ident.ID) ([]Spark, error) {
	list, err := many(ctx, from, selectMembers, region, store.IDs(roots))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Spark) int { return cmp.Compare(a.ID, b.ID) })
	return list, tag(ctx, from, region, list)
}

// member finds a spark among those joined; nil when it is not there.
func (c *cluster) member(id ident.ID) *entry {
	for _, m := range c.members {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// branch is a member with all that came along when it was joined.
func (c *cluster) branch(id ident.ID) (all []*entry) {
	for _, m := range c.members {
		at := m.ID
		for range len(c.members) {
			if at == id {
				all = append(all, m)
				break
			}
			at = c.ties[at].to
		}
	}
	return all
}

// follow has the others keep step with what was done to the root: who waited has
// been answered, and a promise that was moved was moved for all.
func (c *cluster) follow(before Spark, now time.Time) {
	if len(c.members) == 0 {
		return
	}
	r := &c.root.Spark
	if before.Waiting && !r.Waiting {
		c.own.Since = time.Time{}
		for _, m := range c.members {
			if m.Waiting {
				m.expect(promise{Due: m.Due})
				if m.Answered.IsZero() {
					m.Answered = now
				}
			}
		}
	}
	if r.Due != before.Due {
		c.own.Due = r.Due
		for _, m := range c.members {
			if m.Waiting {
				m.Due = r.Due
			}
		}
	}
}

// waits marks that the bringer of one spark of a cluster waits for the office.
func (c *cluster) waits(own *entry, p promise) {
	if own != c.root {
		if !own.Waiting {
			own.expect(p)
		}
	} else if c.own.Since.IsZero() {
		c.own = p
	}
}

// settle makes the root's row what the cluster is together, after anything that
// may have changed that; it stores what the root would be by itself.
func (w *work) settle(ctx context.Context, c *cluster) error {
	r := &c.root.Spark
	if len(c.members) == 0 {
		if !c.kept {
			return nil
		}
		c.untitle()
		r.People -= c.joined
		r.expect(c.own)
		c.kept, c.joined = false, 0
		if _, err := w.tx.Exec(ctx, deleteCluster, w.region, int64(r.ID)); err != nil {
			return err
		}
		return w.burn(ctx, c)
	}
	if c.titleOf != 0 && c.member(c.titleOf) == nil {
		c.untitle()
	}
	joined, err := w.brings(ctx, c)
	if err != nil {
		return err
	}
	r.People += joined - c.joined
	c.joined, c.kept = joined, true
	all := promise{Due: c.own.Due}
	for _, p := range c.promises() {
		if all.Since.IsZero() {
			all = p
		}
		all.Due = min(all.Due, p.Due)
		if p.Since.Before(all.Since) {
			all.Since = p.Since
		}
	}
	r.expect(all)
	if _, err = w.tx.Exec(ctx, putCluster, w.region, int64(r.ID), int64(c.own.Due), clock.Micros(c.own.Since), c.joined, c.title, int64(c.titleOf)); err != nil {
		return err
	}
	return w.burn(ctx, c)
}

// promises is those that anybody of the cluster waits for.
func (c *cluster) promises() (all []promise) {
	if !c.own.Since.IsZero() {
		all = append(all, c.own)
	}
	for _, m := range c.members {
		if m.Waiting {
			all = append(all, promiseOf(&m.Spark))
		}
	}
	return all
}

// untitle gives the root its own title back.
func (c *cluster) untitle() {
	if c.titleOf != 0 {
		c.root.Title, c.title, c.titleOf = c.title, "", 0
	}
}

// brings counts the people the others bring: who brought the same matter twice, or
// acted on both, is one person, as far as an address or a number tells.
func (w *work) brings(ctx context.Context, c *cluster) (int, error) {
	ids := []ident.ID{c.root.ID}
	for _, m := range c.members {
		ids = append(ids, m.ID)
	}
	all, err := Bringers(ctx, w.tx, w.region, ids...)
	if err != nil {
		return 0, err
	}
	return w.beside(ctx, c, all)
}

// Persons gives one bringer for each person who brought these sparks, in their
// order: the same address or number is the same person.
func Persons(all map[ident.ID][]Bringer, sparks ...ident.ID) (persons []Bringer) {
	seen := map[string]bool{}
	for _, id := range sparks {
		for _, b := range all[id] {
			known := false
			for _, key := range b.keys() {
				known = known || seen[key]
				seen[key] = true
			}
			if !known {
				persons = append(persons, b)
			}
		}
	}
	return persons
}

// keys is what tells a person from another.
func (b Bringer) keys() (all []string) {
	all = append(all, b.ID.String()) // of the parts of one spark
	if b.Email != "" {
		all = append(all, b.Email)
	}
	if n := lastDigits(b.Phone); n != "" {
		all = append(all, n)
	}
	return all
}

// lastDigits is the end of a telephone number, which does not change with the
// country's number before it; "" for anything shorter than a number.
func lastDigits(s string) string {
	const enough = 7
	var d []rune
	for _, r := range s {
		if r >= '0' && r <= '9' {
			d = append(d, r)
		}
	}
	if len(d) < enough {
		return ""
	}
	return string(d[len(d)-enough:])
}
