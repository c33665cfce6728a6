package spark

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
)

// What the office does to the standing of a spark is kept as an act, with the
// small fields as they were and as they became, so that it can be taken back.
// Taking back is a new beat; what a bringer has heard stays heard.

// Deed is what kind of act.
type Deed string

const (
	DeedTag      Deed = "tag" // themes, outside mark, place
	DeedRelate   Deed = "relate"
	DeedAssign   Deed = "assign"
	DeedDue      Deed = "due"
	DeedRemind   Deed = "remind"
	DeedClose    Deed = "close"
	DeedReopen   Deed = "reopen"
	DeedMerge    Deed = "merge"
	DeedUnmerge  Deed = "unmerge"
	DeedSplit    Deed = "split"
	DeedBulk     Deed = "bulk"
	deedNone     Deed = ""
	noFieldsLeft      = "{}"
)

// Done is one act as it is kept.
type Done struct {
	ID      ident.ID
	Officer ident.ID
	At      time.Time
	Deed    Deed
	Spark   ident.ID // what it was done to, 0 when to many
	Undone  time.Time
	Changes []Change
}

// Change is what an act changed of one spark, each field in the form it is kept
// in: see stand.
type Change struct {
	Spark  ident.ID
	Beat   ident.ID // the first that told of it, 0 when none did
	Before map[string]string
	After  map[string]string
	Undone time.Time
}

// deed is an act about to be done.
type deed struct {
	what    Deed
	officer ident.ID
	did     *ident.ID // where its id is put
	on      ident.ID
	part    ident.ID // the act it is a part of, already kept; 0 for one by itself
}

const (
	insertAct    = `INSERT INTO acts (region_id, act_id, officer_id, at, what, spark_id, data, undone_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`
	insertChange = `INSERT INTO act_changes (region_id, spark_id, act_id, beat_id, before, after, undone_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`
	selectAct    = `SELECT act_id, officer_id, at, what, spark_id, undone_at FROM acts WHERE region_id = $1 AND act_id = $2`
	// An act locks its row, so that two cannot take it back at once.
	lockAct       = `UPDATE acts SET undone_at = undone_at WHERE region_id = $1 AND act_id = $2`
	selectChanges = `SELECT spark_id, beat_id, before, after, undone_at FROM act_changes WHERE region_id = $1 AND act_id = $2 ORDER BY spark_id`
	selectOwnActs = `SELECT a.act_id, a.officer_id, a.at, a.what, a.spark_id, a.undone_at, c.beat_id, c.before, c.after, c.undone_at
FROM act_changes c JOIN acts a ON a.region_id = c.region_id AND a.act_id = c.act_id WHERE c.region_id = $1 AND c.spark_id = $2 AND c.act_id > $3 ORDER BY c.act_id LIMIT $4`
	undoneAct     = `UPDATE acts SET undone_at = $3 WHERE region_id = $1 AND act_id = $2 AND undone_at = 0`
	undoneChange  = `UPDATE act_changes SET undone_at = $4 WHERE region_id = $1 AND act_id = $2 AND spark_id = $3 AND undone_at = 0`
	forgetChanges = `UPDATE act_changes SET before = $3, after = $3 WHERE region_id = $1 AND spark_id = $2`
)

// stand is a spark's small fields as text, those that acts change.
func (e *entry) stand(s *Spark) map[string]string {
	n := func(i int64) string { return strconv.FormatInt(i, 10) }
	tags := make([]string, len(s.Tags))
	for i, t := range s.Tags {
		tags[i] = t.String()
	}
	return map[string]string{
		"kind": string(s.Kind), "place": s.Place, "place_name": s.PlaceName, "tags": strings.Join(tags, " "), "outside": strconv.FormatBool(s.Outside),
		"owner": n(int64(s.Owner)), "due": n(int64(s.Due)), "next": n(int64(s.NextContact)), "state": string(s.State), "closed": n(clock.Micros(s.Closed)),
		"waiting": n(clock.Micros(s.WaitingFrom)), "answered": n(clock.Micros(s.Answered)), "asked": n(clock.Micros(s.Asked)),
		"challenge": n(int64(s.Challenge)), "merged": n(int64(s.MergedInto)),
	}
}

// put sets one field of a spark from its kept form.
func (s *Spark) put(field, kept string) error {
	i, err := strconv.ParseInt(kept, 10, 64)
	switch field {
	case "kind":
		s.Kind, err = Kind(kept), nil
	case "place":
		s.Place, err = kept, nil
	case "place_name":
		s.PlaceName, err = kept, nil
	case "tags":
		s.Tags, err = nil, nil
		for _, said := range strings.Fields(kept) {
			if t, ok := ParseTag(said); ok {
				s.Tags = append(s.Tags, t)
			}
		}
	case "outside":
		s.Outside, err = strconv.ParseBool(kept)
	case "state":
		s.State, err = State(kept), nil
	case "owner":
		s.Owner = ident.ID(i)
	case "due":
		s.Due = workday.Day(i)
	case "next":
		s.NextContact = workday.Day(i)
	case "closed":
		s.Closed = clock.FromMicros(i)
	case "waiting":
		s.WaitingFrom, s.Waiting = clock.FromMicros(i), i != 0
	case "answered":
		s.Answered = clock.FromMicros(i)
	case "asked":
		s.Asked = clock.FromMicros(i)
	case "challenge":
		s.Challenge = ident.ID(i)
	}
	return err
}

// differing leaves the fields that are not the same before and after.
func differing(before, after map[string]string) {
	for field, was := range before {
		if after[field] == was {
			delete(before, field)
			delete(after, field)
		}
	}
}

// keeps is the fields an act's taking back restores, nil for all. A merging comes
// apart by itself; what it shares is worked out anew.
func (d Deed) keeps(on bool) []string {
	switch {
	case (d == DeedMerge || d == DeedUnmerge) && on:
		return []string{"kind", "place", "tags", "challenge", "merged"}
	case d == DeedMerge, d == DeedUnmerge:
		return []string{"merged"}
	}
	return nil
}

// record keeps the act of this work, if it is one and changed anything.
func (w *work) record(ctx context.Context) error {
	if w.deed.what == deedNone {
		return nil
	}
	act, kept := w.deed.part, w.deed.part != 0
	if !kept {
		act = w.ids.New()
	}
	for _, e := range w.taken {
		before, after := e.stand(&e.before), e.stand(&e.Spark)
		if c := e.carries; c != nil && c.kept {
			before["own_waiting"], before["own_due"] = c.was.kept()
			after["own_waiting"], after["own_due"] = c.own.kept()
		}
		differing(before, after)
		if keeps := w.deed.what.keeps(e.ID == w.deed.on); keeps != nil {
			for field := range before {
				if !slices.Contains(keeps, field) {
					delete(before, field)
					delete(after, field)
				}
			}
		}
		if e.before.ID == 0 { // made by this very act
			continue
		}
		// The one that others were joined to is kept with the beat that joined them.
		if len(before) == 0 && (w.deed.what != DeedMerge || e.ID != w.deed.on) {
			continue
		}
		if !kept {
			if _, err := w.tx.Exec(ctx, insertAct, w.region, int64(act), int64(w.deed.officer), clock.Micros(w.now), string(w.deed.what), int64(w.deed.on), noFieldsLeft); err != nil {
				return err
			}
			kept = true
		}
		if err := w.keep(ctx, act, e, before, after); err != nil {
			return err
		}
	}
	if kept && w.deed.did != nil {
		*w.deed.did = act
	}
	return nil
}

func (w *work) keep(ctx context.Context, act ident.ID, e *entry, before, after map[string]string) error {
	was, err := json.Marshal(before)
	if err != nil {
		return err
	}
	is, err := json.Marshal(after)
	if err != nil {
		return err
	}
	_, err = w.tx.Exec(ctx, insertChange, w.region, int64(e.ID), int64(act), int64(e.told), string(was), string(is))
	return err
}

func (p promise) kept() (since, due string) {
	return strconv.FormatInt(clock.Micros(p.Since), 10), strconv.FormatInt(int64(p.Due), 10)
}

// ActByID reads an act with what it changed; a NotFound fault when there is none.
func ActByID(ctx context.Context, from store.Source, region string, id ident.ID) (Done, error) {
	d, err := scanDone(from.QueryRow(ctx, selectAct, region, int64(id)))
	if errors.Is(err, store.ErrNone) {
		return d, fault.New(fault.NotFound, "act.none")
	}
	if err != nil {
		return d, err
	}
	rows, err := from.Query(ctx, selectChanges, region, int64(id))
	return d, store.Each(rows, err, func(rows *sql.Rows) error {
		var c Change
		var before, after string
		var undone int64
		if err := rows.Scan(&c.Spark, &c.Beat, &before, &after, &undone); err != nil {
			return err
		}
		c.Undone = clock.FromMicros(undone)
		err := errors.Join(json.Unmarshal([]byte(before), &c.Before), json.Unmarshal([]byte(after), &c.After))
		d.Changes = append(d.Changes, c)
		return err
	})
}

func scanDone(row scanner) (d Done, err error) {
	var at, undone int64
	err = row.Scan(&d.ID, &d.Officer, &at, &d.Deed, &d.Spark, &undone)
	d.At, d.Undone = clock.FromMicros(at), clock.FromMicros(undone)
	return d, err
}

// ActsOn reads what the office did to a spark after an act (0 from the first), the
// oldest first, each with what it changed of this spark alone.
func ActsOn(ctx context.Context, from store.Source, region string, spark, after ident.ID, limit int) (all []Done, err error) {
	rows, err := from.Query(ctx, selectOwnActs, region, int64(spark), int64(after), limit)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var d Done
		c := Change{Spark: spark}
		var at, undone, changeUndone int64
		var was, is string
		if err := rows.Scan(&d.ID, &d.Officer, &at, &d.Deed, &d.Spark, &undone, &c.Beat, &was, &is, &changeUndone); err != nil {
			return err
		}
		d.At, d.Undone, c.Undone = clock.FromMicros(at), clock.FromMicros(undone), clock.FromMicros(changeUndone)
		err := errors.Join(json.Unmarshal([]byte(was), &c.Before), json.Unmarshal([]byte(is), &c.After))
		d.Changes = []Change{c}
		all = append(all, d)
		return err
	})
	return all, err
}

// Since names the fields of an act that are no longer as it left them, so that
// taking it back would undo somebody else's act too.
type Since []string

func (s Since) Error() string { return "changed since: " + strings.Join(s, ", ") }

// moved is the failure of taking back what has changed since.
func moved(fields Since) error {
	slices.Sort(fields)
	return fault.New(fault.Conflict, "act.changed").With("fields", []string(slices.Compact(fields))).Because(fields)
}

// Undoing is what became of taking an act back.
type Undoing struct {
	Done
	Back []ident.ID         // the sparks that are as they were
	Left map[ident.ID]Since // of many, those left as they are, with what has changed since
}

// Undo takes an act back: the fields it changed are as they were, told in a new
// beat. It is refused when they are no longer as the act left them; of an act on
// many sparks only those are left.
func (s *Service) Undo(ctx context.Context, a Act, act ident.ID) (Undoing, error) {
	d, err := ActByID(ctx, s.db, a.Region, act)
	if err != nil {
		return Undoing{}, err
	}
	open := slices.ContainsFunc(d.Changes, func(c Change) bool { return c.Undone.IsZero() })
	if !d.Undone.IsZero() && (d.Deed != DeedBulk || !open) {
		return Undoing{Done: d}, fault.New(fault.Conflict, "act.undone")
	}
	switch d.Deed {
	case DeedMerge:
		err = s.undoMerge(ctx, a, d)
	case DeedUnmerge:
		err = s.undoUnmerge(ctx, a, d)
	case DeedSplit:
		err = s.undoSplit(ctx, a, d)
	case DeedBulk:
		return s.undoBulk(ctx, a, d)
	default:
		_, err = s.clustered(ctx, a.Region, d.Spark, func(ctx context.Context, w *work, c *cluster, own *entry) error {
			if own.MergedInto != 0 {
				return moved(Since{"merged"})
			}
			return w.undo(ctx, a, d, c, own, d.Changes)
		})
	}
	return Undoing{Done: d, Back: []ident.ID{d.Spark}}, err
}

// undo restores what an act changed of these sparks, and tells so in the story of
// the one it was done to.
func (w *work) undo(ctx context.Context, a Act, d Done, c *cluster, own *entry, changes []Change) error {
	if err := w.takeBack(ctx, d, changes); err != nil {
		return err
	}
	if own.State == Withdrawn {
		return fault.New(fault.Gone, "spark.withdrawn")
	}
	var since Since
	for _, ch := range changes {
		e, err := w.take(ctx, ch.Spark)
		if err != nil {
			return err
		}
		if len(ch.Before) == 0 {
			return fault.New(fault.Gone, "act.erased")
		}
		since = append(since, e.restore(c, ch)...)
	}
	if len(since) > 0 {
		return moved(since)
	}
	own.derive()
	for _, ch := range changes {
		if ch.Spark != own.ID {
			continue
		}
		for _, facts := range undone(ch) {
			own.beats = append(own.beats, story.Beat{Type: story.Undone, Actor: story.Office, Officer: a.Officer.ID, Visibility: seenBy(&own.Spark, true), Corrects: ch.Beat, Facts: facts})
		}
	}
	return w.settle(ctx, c)
}

// takeBack marks these changes taken back, under the lock of their act.
func (w *work) takeBack(ctx context.Context, d Done, changes []Change) error {
	if _, err := w.tx.Exec(ctx, lockAct, w.region, int64(d.ID)); err != nil {
		return err
	}
	if _, err := w.tx.Exec(ctx, undoneAct, w.region, int64(d.ID), clock.Micros(w.now)); err != nil {
		return err
	}
	for _, ch := range changes {
		n, err := w.tx.Exec(ctx, undoneChange, w.region, int64(d.ID), int64(ch.Spark), clock.Micros(w.now))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "act.undone")
		}
	}
	return nil
}

// restore puts the fields of a change back as they were, or names those that are
// no longer as the change left them.
func (e *entry) restore(c *cluster, ch Change) (since Since) {
	now := e.stand(&e.Spark)
	if e == c.root && c.kept {
		now["own_waiting"], now["own_due"] = c.own.kept()
	}
	for field, left := range ch.After {
		if now[field] != left {
			since = append(since, strings.TrimPrefix(field, "own_"))
		}
	}
	if len(since) > 0 {
		return since
	}
	for field, was := range ch.Before {
		switch field {
		case "own_waiting":
			i, _ := strconv.ParseInt(was, 10, 64) // as kept by promise.kept
			c.own.Since = clock.FromMicros(i)
		case "own_due":
			i, _ := strconv.ParseInt(was, 10, 64)
			c.own.Due = workday.Day(i)
		default:
			if err := e.put(field, was); err != nil {
				return Since{field}
			}
		}
	}
	return nil
}

// undone is what is told of a change that was taken back: each thing as it is
// again. A reminder was told to nobody.
func undone(ch Change) (all []story.Facts) {
	has := func(field string) bool { _, ok := ch.Before[field]; return ok }
	if has("tags") || has("place") || has("outside") {
		f := story.Facts{What: string(DeedTag)}
		f.Added, f.Removed = differAs(ch.After["tags"], ch.Before["tags"])
		if has("place") {
			f.From, f.To = ch.After["place"], ch.Before["place"]
		}
		all = append(all, f)
	}
	if has("owner") {
		all = append(all, story.Facts{What: string(DeedAssign), From: ch.After["owner"], To: ch.Before["owner"]})
	}
	if has("challenge") {
		all = append(all, story.Facts{What: string(DeedRelate)})
	}
	if has("state") && (has("closed") || ch.Before["state"] != ch.After["state"]) && (closes(ch.After) || closes(ch.Before)) {
		what := DeedReopen
		if closes(ch.After) {
			what = DeedClose
		}
		return append(all, story.Facts{What: string(what), From: ch.After["state"], To: ch.Before["state"]})
	}
	if has("due") {
		i, _ := strconv.ParseInt(ch.Before["due"], 10, 64)
		all = append(all, story.Facts{What: string(DeedDue), Day: workday.Day(i)})
	}
	return all
}

func closes(fields map[string]string) bool {
	return fields["state"] == string(Resting) || fields["state"] == string(Out)
}

func differAs(before, now string) (added, removed []string) {
	a, b := strings.Fields(before), strings.Fields(now)
	for _, t := range b {
		if !slices.Contains(a, t) {
			added = append(added, t)
		}
	}
	for _, t := range a {
		if !slices.Contains(b, t) {
			removed = append(removed, t)
		}
	}
	return added, removed
}

// undoMerge takes apart what one merging joined, and gives back what the spark
// that stays took over.
func (s *Service) undoMerge(ctx context.Context, a Act, d Done) error {
	_, err := s.clustered(ctx, a.Region, d.Spark, func(ctx context.Context, w *work, c *cluster, own *entry) error {
		if err := w.takeBack(ctx, d, d.Changes); err != nil {
			return err
		}
		if own != c.root {
			return moved(Since{"merged"})
		}
		var out []*entry
		for _, ch := range d.Changes {
			if ch.Spark == own.ID {
				continue
			}
			m := c.member(ch.Spark)
			if m == nil || c.ties[ch.Spark].since != d.joined(own.ID) {
				return moved(Since{"merged"})
			}
			// What came along goes back with the one it came with.
			if c.ties[m.ID].to == own.ID {
				out = append(out, m)
			}
		}
		for _, ch := range d.Changes {
			if ch.Spark == own.ID && len(ch.Before) > 0 {
				if since := own.restore(c, ch); len(since) > 0 {
					return moved(since)
				}
			}
		}
		for _, m := range out {
			if err := w.unmerge(ctx, c, m, a.Officer.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// joined is the beat by which a merging joined others to a spark.
func (d Done) joined(root ident.ID) ident.ID {
	for _, ch := range d.Changes {
		if ch.Spark == root {
			return ch.Beat
		}
	}
	return 0
}

// undoUnmerge joins again what was taken apart.
func (s *Service) undoUnmerge(ctx context.Context, a Act, d Done) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		w := s.work(tx, a.Region)
		if err := w.takeBack(ctx, d, d.Changes); err != nil {
			return err
		}
		into := ident.ID(0)
		for _, ch := range d.Changes {
			if i, err := strconv.ParseInt(ch.Before["merged"], 10, 64); err == nil && ch.Spark == d.Spark {
				into = ident.ID(i)
			}
		}
		if into == 0 {
			return fault.New(fault.Gone, "act.erased")
		}
		if err := w.merge(ctx, Act{Region: a.Region, Spark: into, Officer: a.Officer}, Joining{Sparks: []Seen{{ID: d.Spark}}}); err != nil {
			return err
		}
		return w.finish(ctx)
	})
}
