package spark

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/address"
)

// People who have acted on a spark without bringing it: they said something that is
// read, offered something beside their warmth, or are in its ring. The rows are
// journey/comment's and journey/ring's. One person is counted once, however many of the
// sparks joined together they acted on.

const (
	selectSpeakers = `SELECT DISTINCT c.author_id FROM comments c WHERE c.region_id = $1 AND c.spark_id {in $2} AND c.author_kind = 'address' AND c.state = 'shown'`
	selectOfferers = `SELECT DISTINCT w.address_id FROM warmths w WHERE w.region_id = $1 AND w.spark_id {in $2} AND w.offer > ''`
	selectRinging  = `SELECT DISTINCT p.address_id FROM ring_people p WHERE p.region_id = $1 AND p.spark_id {in $2} AND p.state = 'in' AND p.address_id > 0`
	// Of some people, by the keys they are found by.
	selectSpokenHere  = `SELECT DISTINCT c.author_id FROM comments c WHERE c.region_id = $1 AND c.author_kind = 'address' AND c.author_id {in $2} AND c.spark_id = $3 AND c.state = 'shown'`
	selectOfferedHere = `SELECT w.address_id FROM warmths w WHERE w.region_id = $1 AND w.spark_id = $3 AND w.address_id {in $2} AND w.offer > ''`
	selectRingHere    = `SELECT p.address_id FROM ring_people p WHERE p.region_id = $1 AND p.spark_id = $3 AND p.address_id {in $2} AND p.state = 'in'`

	// When each first spoke, and when each was warm.
	selectSpoke  = `SELECT c.spark_id, c.author_id, MIN(c.written_at) FROM comments c WHERE c.region_id = $1 AND c.spark_id {in $2} AND c.author_kind = 'address' AND c.state = 'shown' GROUP BY c.spark_id, c.author_id ORDER BY c.spark_id, c.author_id`
	selectWarmed = `SELECT w.spark_id, w.address_id, w.since_at FROM warmths w WHERE w.region_id = $1 AND w.spark_id {in $2} ORDER BY w.spark_id, w.address_id`

	// What of a matter everybody may read, beside the spark that carries it.
	selectReadWith = `SELECT merged_into, spark_id FROM sparks WHERE region_id = $1 AND merged_into {in $2} AND visibility <> 'office' AND secret = FALSE AND held = '' AND state <> 'withdrawn' AND state <> 'rejoined' ORDER BY merged_into, spark_id`
)

// beside counts the people whom the others of a cluster bring and who are not counted
// with its root already: those who brought them, and those who have acted on them.
func (w *work) beside(ctx context.Context, c *cluster, brought map[ident.ID][]Bringer) (n int, err error) {
	var members, ids []ident.ID
	for _, m := range c.members {
		members = append(members, m.ID)
	}
	ids = append([]ident.ID{c.root.ID}, members...)
	others := Persons(brought, ids...)[len(Persons(brought, c.root.ID)):]
	acting, err := addressesIn(ctx, w.tx, []string{selectSpeakers, selectOfferers, selectRinging}, w.region, store.IDs(members))
	if err != nil {
		return 0, err
	}
	people, err := address.ByIDs(ctx, w.tx, w.region, acting...)
	if err != nil {
		return 0, err
	}
	emails := map[string]bool{}
	for _, all := range brought {
		for _, b := range all {
			emails[b.Email] = true
		}
	}
	acting = slices.DeleteFunc(acting, func(id ident.ID) bool { return people[id].Email == "" || emails[people[id].Email] })
	bringing := map[ident.ID]bool{} // by their addresses, those who have confirmed one
	for _, b := range others {
		if b.Email == "" {
			continue
		}
		a, err := address.ByEmail(ctx, w.tx, w.region, b.Email)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		bringing[a.ID] = true
	}
	some := slices.Clone(acting)
	for id := range bringing {
		some = append(some, id)
	}
	counted, err := addressesIn(ctx, w.tx, []string{selectSpokenHere, selectOfferedHere, selectRingHere}, w.region, store.IDs(some), int64(c.root.ID))
	return len(others) + len(acting) - len(counted), err
}

// Acting runs what may make a person one of those who act on a spark, or no longer one
// of them, on the locked spark. Whoever brought it is counted already.
func Acting(ctx context.Context, tx *store.Tx, sp *Spark, who address.Address, do func() error) error {
	if who.ID == 0 {
		return do()
	}
	brought, err := BroughtBy(ctx, tx, sp, who.Email)
	if err != nil {
		return err
	}
	if brought {
		return do()
	}
	was, err := acts(ctx, tx, sp, who.ID)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	is, err := acts(ctx, tx, sp, who.ID)
	switch {
	case is && !was:
		sp.People++
	case was && !is:
		sp.People = max(1, sp.People-1)
	}
	return err
}

// Moving runs what takes acts of people from one locked spark to another of the same
// bringers; each is counted with either as they act on it afterwards.
func Moving(ctx context.Context, tx *store.Tx, from, to *Spark, who []ident.ID, do func() error) error {
	people, err := address.ByIDs(ctx, tx, from.Region, who...)
	if err != nil {
		return err
	}
	bringers, err := Bringers(ctx, tx, from.Region, from.ID, to.ID)
	if err != nil {
		return err
	}
	who = slices.DeleteFunc(slices.Clone(who), func(id ident.ID) bool {
		mine := func(b Bringer) bool { return b.Email != "" && b.Email == people[id].Email }
		return slices.ContainsFunc(bringers[from.ID], mine) || slices.ContainsFunc(bringers[to.ID], mine)
	})
	count := func(sp *Spark) (int, error) {
		some, err := addressesIn(ctx, tx, []string{selectSpokenHere, selectOfferedHere, selectRingHere}, sp.Region, store.IDs(who), int64(sp.ID))
		return len(some), err
	}
	both := []*Spark{from, to}
	var before [2]int
	for i, sp := range both {
		if before[i], err = count(sp); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	for i, sp := range both {
		after, err := count(sp)
		if err != nil {
			return err
		}
		sp.People = max(1, sp.People+after-before[i])
	}
	return nil
}

// BroughtBy tells that the owner of an address brought a spark.
func BroughtBy(ctx context.Context, from store.Source, sp *Spark, email string) (bool, error) {
	bringers, err := Bringers(ctx, from, sp.Region, sp.ID)
	return email != "" && slices.ContainsFunc(bringers[sp.ID], func(b Bringer) bool { return b.Email == email }), err
}

// acts tells whether a person has acted on a spark. A tap of warmth alone is no act.
func acts(ctx context.Context, tx *store.Tx, sp *Spark, who ident.ID) (bool, error) {
	found, err := addressesIn(ctx, tx, []string{selectSpokenHere, selectOfferedHere, selectRingHere}, sp.Region, store.Ints{int64(who)}, int64(sp.ID))
	return len(found) > 0, err
}

// Acted is that somebody with a confirmed address did something with a spark, and when
// first.
type Acted struct {
	Spark, Address ident.ID
	At             time.Time
}

// Spoke lists who said what everybody may read beneath these sparks.
func Spoke(ctx context.Context, from store.Source, region string, sparks ...ident.ID) ([]Acted, error) {
	return acted(ctx, from, selectSpoke, region, sparks)
}

// Warmed lists who has said "me too" of these sparks.
func Warmed(ctx context.Context, from store.Source, region string, sparks ...ident.ID) ([]Acted, error) {
	return acted(ctx, from, selectWarmed, region, sparks)
}

func acted(ctx context.Context, from store.Source, query, region string, sparks []ident.ID) (all []Acted, err error) {
	if len(sparks) == 0 {
		return nil, nil
	}
	rows, err := from.Query(ctx, query, region, store.IDs(sparks))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var a Acted
		var at int64
		err := rows.Scan(&a.Spark, &a.Address, &at)
		a.At = clock.FromMicros(at)
		all = append(all, a)
		return err
	})
	return all, err
}

// addressesIn runs queries for addresses and gives each once, in order.
func addressesIn(ctx context.Context, from store.Source, queries []string, args ...any) (all []ident.ID, err error) {
	for _, q := range queries {
		some, err := store.Values[ident.ID](from.Query(ctx, q, args...))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// ReadWith gives what everybody may read beside each of these sparks: those joined to
// it that are not hidden.
func ReadWith(ctx context.Context, from store.Source, region string, roots ...ident.ID) (map[ident.ID][]ident.ID, error) {
	all := map[ident.ID][]ident.ID{}
	if len(roots) == 0 {
		return all, nil
	}
	rows, err := from.Query(ctx, selectReadWith, region, store.IDs(roots))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var into, id ident.ID
		err := rows.Scan(&into, &id)
		all[into] = append(all[into], id)
		return err
	})
	return all, err
}
