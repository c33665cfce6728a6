package spark

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
	"kokko/region/office"
)

// Many sparks moved between owners, places and themes at once: each in its own
// transaction with its own beats, all of them one act.

// MostInBulk bounds how many are moved at once.
const MostInBulk = 100

// Bulk is what is done to each of many sparks; empty parts change nothing.
type Bulk struct {
	Sparks []ident.ID
	Owner  ident.ID // who answers
	Place  string   // the programme's place id or a name of it
	Add    []Tag
	Remove []Tag
}

// Missed is a spark of a bulk that could not be changed, and why.
type Missed struct {
	Spark ident.ID       `json:"spark"`
	Why   string         `json:"why"` // the key of its sentence
	Args  map[string]any `json:"args,omitempty"`
}

// Moved is what became of a bulk besides its changes.
type Moved struct {
	Same   []ident.ID `json:"same,omitempty"`   // already so
	Missed []Missed   `json:"missed,omitempty"` // could not be changed
}

const (
	setActData    = `UPDATE acts SET data = $3 WHERE region_id = $1 AND act_id = $2`
	selectActData = `SELECT data FROM acts WHERE region_id = $1 AND act_id = $2`
)

// check finds what is wrong with a bulk before anything is done.
func (b *Bulk) check(p Promise) (place string, err error) {
	var wrong fault.Many
	slices.Sort(b.Sparks)
	b.Sparks = slices.Compact(b.Sparks)
	switch n := len(b.Sparks); {
	case n == 0:
		wrong = append(wrong, fault.New(fault.Invalid, "bulk.none").On("k"))
	case n > MostInBulk:
		wrong = append(wrong, fault.New(fault.Invalid, "bulk.many").On("k").With("max", MostInBulk).With("now", n))
	}
	b.Place = CleanLine(b.Place)
	if b.Place != "" {
		var ok bool
		if place, ok = p.PlaceNamed(b.Place); !ok {
			wrong = append(wrong, fault.New(fault.Invalid, "place.unknown").On("place").With("place", b.Place))
		}
	}
	for field, tags := range map[string][]Tag{"add": b.Add, "remove": b.Remove} {
		for _, t := range tags {
			if !p.HasTag(t.Kind, t.ID) {
				wrong = append(wrong, fault.New(fault.Invalid, "spark.tag.unknown").On(field).With("tag", t.String()))
			}
		}
	}
	if b.Owner == 0 && b.Place == "" && len(b.Add)+len(b.Remove) == 0 {
		wrong = append(wrong, fault.New(fault.Invalid, "bulk.nothing").On("owner"))
	}
	return place, wrong.OrNil()
}

// InBulk does the same to many sparks. What cannot be done to some of them is kept
// with the act, and does not keep the others from it.
func (s *Service) InBulk(ctx context.Context, a Act, p Promise, b Bulk) (act ident.ID, err error) {
	place, err := b.check(p)
	if err != nil {
		return 0, err
	}
	if b.Owner != 0 {
		o, err := office.ByID(ctx, s.db, a.Region, b.Owner)
		if err != nil || !o.Active || !o.Role.May(office.Write, office.Sparks) {
			return 0, fault.New(fault.Invalid, "owner.wrong").On("owner").Because(err)
		}
	}
	act = s.ids.New()
	if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, insertAct, a.Region, int64(act), int64(a.Officer.ID), clock.Micros(s.clock.Now()), string(DeedBulk), 0, noFieldsLeft)
		return err
	}); err != nil {
		return 0, err
	}
	var moved Moved
	for _, id := range b.Sparks {
		one := a
		one.Spark, one.Version, one.what, one.part = id, 0, DeedBulk, act
		told := false
		_, err := s.act(ctx, one, func(_ context.Context, _ *store.Tx, sp *Spark) ([]story.Beat, error) {
			beats := b.on(sp, place)
			told = len(beats) > 0
			return beats, nil
		})
		switch {
		case err != nil:
			if code := fault.CodeOf(err); code == fault.Internal || code == fault.Busy {
				return act, errors.Join(err, s.keepMoved(ctx, a.Region, act, moved))
			}
			e := fault.List(err)[0]
			moved.Missed = append(moved.Missed, Missed{id, e.Key, e.Args})
		case !told:
			moved.Same = append(moved.Same, id)
		}
	}
	return act, s.keepMoved(ctx, a.Region, act, moved)
}

// on does a bulk to one spark, and gives the beats that tell of it.
func (b *Bulk) on(sp *Spark, place string) (beats []story.Beat) {
	tags := slices.Concat(slices.DeleteFunc(slices.Clone(sp.Tags), func(t Tag) bool { return slices.Contains(b.Remove, t) }), b.Add)
	tags = sorted(tags)
	var facts story.Facts
	if facts.Added, facts.Removed = differ(sp.Tags, tags); len(facts.Added)+len(facts.Removed) > 0 {
		beats = append(beats, story.Beat{Type: story.Tagged, Visibility: seenBy(sp, true), Facts: facts})
		sp.Tags = tags
	}
	if b.Place != "" && place != sp.Place {
		beats = append(beats, story.Beat{Type: story.Placed, Visibility: seenBy(sp, true), Facts: story.Facts{From: sp.Place, To: place}})
		sp.Place = place
	}
	if b.Owner != 0 && b.Owner != sp.Owner {
		beats = append(beats, story.Beat{Type: story.Assigned, Visibility: seenBy(sp, true), Facts: story.Facts{From: sp.Owner.String(), To: b.Owner.String()}})
		sp.Owner = b.Owner
	}
	return beats
}

func (s *Service) keepMoved(ctx context.Context, region string, act ident.ID, m Moved) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, setActData, region, int64(act), string(data))
		return err
	})
}

// MovedBy reads what became of a bulk besides its changes.
func MovedBy(ctx context.Context, from store.Source, region string, act ident.ID) (m Moved, err error) {
	var data string
	if err := from.QueryRow(ctx, selectActData, region, int64(act)).Scan(&data); err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(data), &m)
}

// undoBulk takes a bulk back, spark by spark: those that were changed since stay as
// they are and are named.
func (s *Service) undoBulk(ctx context.Context, a Act, d Done) (Undoing, error) {
	u := Undoing{Done: d, Left: map[ident.ID]Since{}}
	for _, ch := range d.Changes {
		if !ch.Undone.IsZero() {
			continue
		}
		_, err := s.clustered(ctx, a.Region, ch.Spark, func(ctx context.Context, w *work, c *cluster, own *entry) error {
			if own.MergedInto != 0 {
				return moved(Since{"merged"})
			}
			return w.undo(ctx, a, d, c, own, []Change{ch})
		})
		var since Since
		switch {
		case err == nil:
			u.Back = append(u.Back, ch.Spark)
		case errors.As(err, &since):
			u.Left[ch.Spark] = since
		case fault.Is(err, fault.Gone):
			u.Left[ch.Spark] = Since{"gone"}
		default:
			return u, err
		}
	}
	if len(u.Back) == 0 {
		var all Since
		for _, since := range u.Left {
			all = append(all, since...)
		}
		return u, moved(all)
	}
	return u, nil
}
