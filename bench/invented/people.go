package invented

import (
	"context"
	"database/sql"
	"math"
	"strconv"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/forecast"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/knowhow"
	"kokko/region/network"
)

// Crowd is who to invent round the sparks of a filled store: people who let themselves be
// found and counted, and organisations, with what ties them.
type Crowd struct {
	Actors int // people and organisations together
	Ties   int // of each, on average
	Past   int // sparks whose time is up that are forecast as they went, to be learnt from
	Seed   uint64
}

// Of a hundred.
const (
	organisations = 8
	members       = 60 // of people are of an organisation
	knowing       = 50 // of people tell what they know
	nearby        = 70 // of ties stay in the place
	ringed        = 70 // of sparks have a ring
	steps         = 40 // of rings keep a step
)

// crowd is a Crowd while it is written.
type crowd struct {
	*maker
	Crowd
	addresses, people, choices, agreed, members, actors, organisations, items, ties, rings, taken *heap

	who    []ident.ID  // organisations first
	soul   []ident.ID  // the address of each, 0 of an organisation
	place  []int       // of each
	there  [][]uint32  // who is at a place
	joined []ident.ID  // the sparks with a ring, the oldest first
	moment []time.Time // when each was dropped
}

func newCrowd(o Office, now time.Time, cr Crowd) *crowd {
	c := &crowd{maker: newMaker(o, now, Plan{Sparks: cr.Actors, Seed: cr.Seed, Years: 3}), Crowd: cr}
	c.addresses = newHeap("addresses", `region_id, address_id, email, language, page_hash, links, confirmed_at, bounces, bounce_reply, stopped_at`)
	c.people = newHeap("people", `region_id, actor_id, address_id, name, place_id, sector, languages, pace, busy, busy_day, findable, drawn, counted, federated, made_at`)
	c.choices = newHeap("people_choices", `region_id, actor_id, choice, chosen_at, yes`)
	c.agreed = newHeap("people_words", `region_id, actor_id, choice, edition`)
	c.members = newHeap("actor_members", `region_id, actor_id, member_id, organisation_id, named, role, told_by, since_day, until_day, told_at`)
	c.actors = newHeap("actors", `region_id, actor_id, title`)
	c.organisations = newHeap("organisations", `region_id, actor_id, legal, business_id, sector, place_id, part_of, noted_at`)
	c.items = newHeap("knowhow_items", `region_id, actor_id, item_id, kind, state, together, text, language, source, source_id, happened_at, written_at`)
	c.ties = newHeap("ties", `region_id, why, source_id, from_id, to_id, kind, weight, since_at, at, until_at`)
	c.rings = newHeap("ring_people", `region_id, spark_id, member_id, address_id, role, name, seen, brings, language, state, held, since_at, decided_at`)
	c.taken = newHeap("commitments", `region_id, spark_id, commitment_id, member_id, what, by_day, state, moves, made_at, ended_at, reminded_day, asked_day`)
	c.there = make([][]uint32, len(o.Edition.Places))
	return c
}

func (c *crowd) heaps() []*heap {
	return []*heap{c.addresses, c.people, c.choices, c.agreed, c.members, c.actors, c.organisations, c.items, c.ties, c.rings, c.taken}
}

// Settle writes a crowd round the sparks of a filled store, and has what ended in its past
// be forecast as it went. It gives ErrThere where there are people already.
func Settle(ctx context.Context, db *store.DB, now clock.Clock, o Office, cr Crowd) error {
	var there int
	if err := db.QueryRow(ctx, `SELECT COUNT(*) FROM people WHERE region_id = $1`, Region).Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return ErrThere
	}
	c := newCrowd(o, now.Now(), cr)
	c.settle()
	c.tie()
	if err := c.ring(ctx, db); err != nil {
		return err
	}
	var tables []string
	for _, h := range c.heaps() {
		tables = append(tables, h.table)
	}
	plain, err := indexes(tables...)
	if err != nil {
		return err
	}
	for _, i := range plain {
		if err := run(ctx, db, `DROP INDEX `+i.name); err != nil {
			return err
		}
	}
	if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, h := range c.heaps() {
			if err := h.write(ctx, tx); err != nil {
				return err
			}
		}
		return network.Changed(ctx, tx, Region)
	}); err != nil {
		return err
	}
	for _, i := range plain {
		if err := run(ctx, db, i.sql); err != nil {
			return err
		}
	}
	if db.Engine == store.Postgres {
		if err := run(ctx, db, `ANALYZE`); err != nil {
			return err
		}
	}
	return c.foretell(ctx, db, now)
}

// settle has everybody come and choose.
func (c *crowd) settle() {
	r, places, sectors := c.r, c.Edition.Places, actor.Sectors()
	zipf := func(n int) int { return min(n-1, int(float64(n)*math.Pow(r.Float64(), 2.5))) }
	came := func() time.Time { return c.from.Add(time.Duration(r.Float64() * float64(c.now.Sub(c.from)))) }
	n := c.Actors * organisations / 100
	for i := range c.Actors {
		at, where, sector := came(), zipf(len(places)), sectors[r.IntN(len(sectors))].Code
		id := ident.At(c.from) | ident.ID(i+1)
		c.who, c.place, c.there[where] = append(c.who, id), append(c.place, where), append(c.there[where], uint32(i))
		if i < n {
			legal := actor.Legals()[r.IntN(3)]
			c.soul = append(c.soul, 0)
			c.actors.add(Region, int64(id), "Keksitty toimija "+strconv.Itoa(i+1))
			c.organisations.add(Region, int64(id), legal, "", sector, places[where].ID, int64(0), clock.Micros(at))
			continue
		}
		soul := id | 1<<20
		c.soul = append(c.soul, soul)
		mail := "asukas" + strconv.Itoa(i) + "@keksitty.example"
		c.addresses.add(Region, int64(soul), mail, "fi", ident.Hash(mail), 0, clock.Micros(at), 0, "", int64(0))
		findable := r.IntN(100) < knowing
		c.people.add(Region, int64(id), int64(soul), "Keksitty Asukas "+strconv.Itoa(i+1), places[where].ID, sector, "fi", 0, false, int64(0), findable, findable, true, false, clock.Micros(at))
		c.choices.add(Region, int64(id), string(actor.Counted), clock.Micros(at), true)
		c.agreed.add(Region, int64(id), string(actor.Counted), actor.Counted.Words())
		if findable {
			c.choices.add(Region, int64(id), string(actor.Findable), clock.Micros(at), true)
			c.choices.add(Region, int64(id), string(actor.Drawn), clock.Micros(at), true)
			c.agreed.add(Region, int64(id), string(actor.Drawn), actor.Drawn.Words())
			c.items.add(Region, int64(id), int64(c.id(at)), string(knowhow.Own), string(knowhow.Holds), false, c.words.Text(r, 12), "fi", "", int64(0), clock.Micros(at), clock.Micros(at))
		}
		if r.IntN(100) < members && n > 0 {
			c.members.add(Region, int64(id), int64(c.id(at)), int64(c.who[zipf(n)]), "", "", actor.Self, int64(0), int64(0), clock.Micros(at))
		}
	}
}

// tie ties everybody to as many others, most of them of their place; some to very many.
func (c *crowd) tie() {
	r := c.r
	whys := []network.Why{network.Introduction, network.Ring, network.Table, network.Survey}
	popular := func(some int) int { return int(float64(some) * math.Pow(r.Float64(), 1.3)) }
	for i := range c.Actors {
		for range c.Ties / 2 {
			near, other := c.there[c.place[i]], popular(c.Actors)
			if r.IntN(100) < nearby {
				other = int(near[popular(len(near))])
			}
			if other == i {
				continue
			}
			why, at := whys[r.IntN(len(whys))], c.now.Add(-c.days(400))
			if c.soul[i] == 0 && c.soul[other] == 0 {
				why = network.Project
			}
			from, to := min(c.who[i], c.who[other]), max(c.who[i], c.who[other])
			c.ties.add(Region, string(why), int64(c.id(c.now)), int64(from), int64(to), string(network.Derived), 700, clock.Micros(at), clock.Micros(at), int64(0))
		}
	}
}

// ring puts some of the crowd round the sparks everybody reads.
func (c *crowd) ring(ctx context.Context, db *store.DB) error {
	rows, err := db.Query(ctx, `SELECT s.spark_id, s.dropped_at FROM sparks s WHERE s.region_id = $1 AND s.listed = TRUE ORDER BY s.spark_id`, Region)
	return store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var dropped int64
		if err := rows.Scan(&id, &dropped); err != nil {
			return err
		}
		at := clock.FromMicros(dropped)
		c.joined, c.moment = append(c.joined, id), append(c.moment, at)
		if c.r.IntN(100) >= ringed {
			return nil
		}
		c.last = id + 1<<18
		first := ident.ID(0)
		for range 1 + c.r.IntN(9) {
			i := c.Actors*organisations/100 + c.r.IntN(c.Actors-c.Actors*organisations/100)
			came := at.Add(c.days(20))
			if came.After(c.now) {
				continue
			}
			member := c.id(at)
			if first == 0 {
				first = member
			}
			c.rings.add(Region, int64(id), int64(member), int64(c.soul[i]), string(ring.Roles()[c.r.IntN(len(ring.Roles()))]), "Keksitty Asukas "+strconv.Itoa(i+1), string(spark.Unnamed), "", "fi", string(ring.In), "", clock.Micros(came), clock.Micros(came))
		}
		if done := at.Add(c.days(60)); first != 0 && c.r.IntN(100) < steps && done.Before(c.now) {
			c.taken.add(Region, int64(id), int64(c.id(at)), int64(first), c.words.Title(c.r), int64(workday.DayOf(done, i18n.Helsinki())), string(ring.Kept), 0, clock.Micros(at), clock.Micros(done), int64(0), int64(0))
		}
		return nil
	})
}

// foretell has the newest of the sparks whose time is up be forecast at each age, by what
// was known then, and everything be settled and learnt from.
func (c *crowd) foretell(ctx context.Context, db *store.DB, now clock.Clock) error {
	d := forecast.Defined(c.Edition.Programme)
	rules := func(context.Context, string) (forecast.Definition, error) { return d, nil }
	then := clock.NewFake(c.from)
	told := forecast.New(db, then, ident.NewMaker(then), rules)
	var past []int
	for i := range c.joined {
		if d.Due(c.moment[i]).Before(c.now) {
			past = append(past, i)
		}
	}
	for _, i := range past[max(0, len(past)-c.Past):] {
		for _, age := range []int{0, 7, 30} {
			then.Set(c.moment[i].Add(time.Duration(age)*24*time.Hour + time.Minute))
			if err := told.AskAll(ctx, Region, forecast.Time, c.joined[i]); err != nil {
				return err
			}
		}
	}
	return forecast.New(db, now, ident.NewMaker(now), rules).Score(ctx, Region)
}

// Owners makes a private link for the bringers of some sparks whose time runs and which
// everybody reads, and gives their public numbers with them.
func Owners(ctx context.Context, db *store.DB, now clock.Clock, most int) (codes, links []string, err error) {
	err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		codes, links = nil, nil
		list, _, err := spark.List(ctx, tx, Region, spark.Filter{Order: spark.Newest, Limit: most})
		if err != nil {
			return err
		}
		var ids []ident.ID
		for _, sp := range list {
			ids = append(ids, sp.ID)
		}
		bringers, err := spark.Bringers(ctx, tx, Region, ids...)
		if err != nil {
			return err
		}
		for _, sp := range list {
			if len(bringers[sp.ID]) == 0 || !sp.Open {
				continue
			}
			link, err := spark.NewLink(ctx, tx, Region, sp.ID, bringers[sp.ID][0].ID, clock.Micros(now.Now()))
			if err != nil {
				return err
			}
			codes, links = append(codes, sp.Code), append(links, link)
		}
		return nil
	})
	return codes, links, err
}
