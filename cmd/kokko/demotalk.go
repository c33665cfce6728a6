package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/region/address"
)

// demoSaid is one thing that is said beneath a spark of a demonstration: Say, or a
// question with what its bringer answers to it, "" for nothing.
type demoSaid struct {
	Say      string `yaml:"say"`
	Ask      string `yaml:"ask"`
	Answer   string `yaml:"answer"`
	Language string `yaml:"language"`
}

// demoVisitors is how many invented readers speak and say "me too"; demoTalks bounds
// beneath how many of the newest sparks, so that a demonstration of many takes no longer.
const (
	demoVisitors = 48
	demoTalks    = 300
	talkAfter    = 30 * time.Minute // nobody has read what was told just now
)

// visitorEmail is an address that no letter reaches (RFC 2606).
func visitorEmail(n int) string { return fmt.Sprintf("lukija-%d@kokko-demo.example", n+1) }

// visitor is an invented reader. Some have chosen to be called nothing.
type visitor struct {
	address.Address
	name     string
	language string
}

// visitors begins the invented readers: every fourth speaks Swedish, a few English.
func (c *cast) visitors(ctx context.Context, tx *store.Tx, region string, r *rand.Rand, addresses *address.Service) (all []visitor, err error) {
	for n := range demoVisitors {
		v := visitor{language: "fi"}
		first := c.First
		switch {
		case n%4 == 1:
			v.language, first = "sv", c.Guests["sv"]
		case n%12 == 3:
			v.language, first = "en", c.Guests["en"]
		}
		if v.name = pick(r, first) + " " + pick(r, c.Last) + " (" + c.Invented[v.language] + ")"; n%5 == 4 {
			v.name = ""
		}
		if v.Address, err = addresses.Proven(ctx, tx, region, visitorEmail(n), v.language); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// deed is one thing that an invented reader or a bringer does, when its time has come.
type deed struct {
	at time.Time
	do func(ctx context.Context, tx *store.Tx) error
}

// talks has invented readers speak beneath the newest of the invented sparks, ask and
// be answered, and say "me too": through the verbs that a visitor uses, each at its own
// time and in order of time.
func (c *demoCommand) talks(ctx context.Context, h *house, db *store.DB, region string, all cast, speaking func(clock.Clock) *comment.Service) error {
	r := rand.New(rand.NewPCG(c.Seed, 0x7075686574))
	now := h.clock.Now()
	var list []spark.Spark
	for after := ""; len(list) < demoTalks; {
		some, next, err := spark.List(ctx, db, region, spark.Filter{Order: spark.Newest, Limit: 100, After: after})
		if err != nil {
			return err
		}
		for _, sp := range some {
			if sp.Source == spark.Demo && sp.Listed && now.Sub(sp.Dropped) >= 2*talkAfter && len(list) < demoTalks {
				list = append(list, sp)
			}
		}
		if after = next; after == "" {
			break
		}
	}
	// The list stands as the store has it, where sparks of one moment change places.
	slices.SortFunc(list, func(a, b spark.Spark) int { return cmp.Or(a.Dropped.Compare(b.Dropped), cmp.Compare(a.Title, b.Title)) })
	var who []visitor
	if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		who, err = all.visitors(ctx, tx, region, r, address.New(db, h.clock, h.ids))
		return err
	}); err != nil {
		return err
	}
	at := clock.NewFake(now)
	talk := speaking(at)
	var deeds []deed
	for _, sp := range list {
		said, err := all.talk(ctx, db, r, now, sp, who, talk)
		if err != nil {
			return err
		}
		deeds = append(deeds, said...)
		deeds = append(deeds, warms(r, now, sp, who, talk)...)
	}
	slices.SortStableFunc(deeds, func(a, b deed) int { return a.at.Compare(b.at) })
	for some := range slices.Chunk(deeds, demoBatch) {
		if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, d := range some {
				at.Set(d.at)
				if err := d.do(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// between is a moment of the day, some share of the way from what was told to the end.
func between(sp spark.Spark, now time.Time, share float64) time.Time {
	end := now
	if !sp.Closed.IsZero() {
		end = sp.Closed
	}
	end = end.Add(-time.Minute)
	// People speak while a thing is new: within its first three weeks.
	begin := sp.Dropped.Add(talkAfter)
	span := min(end.Sub(begin), 21*24*time.Hour)
	at := begin.Add(time.Duration(share * float64(span)))
	if up := awake(at, end); !up.Before(begin) { // else what was told late is spoken of late
		at = up
	}
	return at
}

// latest is the later of two moments: who answers does so after they were asked, though
// both were moved to the day.
func latest(a, b time.Time) time.Time {
	if b.Before(a) {
		return a
	}
	return b
}

func hours(sp spark.Spark, now time.Time) int { return int(now.Sub(sp.Dropped) / time.Hour) }

// talk is what is said beneath one spark; beneath every third nothing.
func (c *cast) talk(ctx context.Context, db *store.DB, r *rand.Rand, now time.Time, sp spark.Spark, who []visitor, talk *comment.Service) (deeds []deed, err error) {
	if r.IntN(3) == 0 {
		return nil, nil
	}
	var lines []demoSaid
	for _, s := range c.Scenes {
		if before, after, ok := strings.Cut(s.Title, "{place}"); ok && strings.HasPrefix(sp.Title, before) && strings.HasSuffix(sp.Title, after) {
			lines = s.Said
		}
	}
	lines = append(slices.Clone(lines), pick(r, c.Said), pick(r, c.Said))
	order := r.Perm(len(lines))[:min(1+r.IntN(len(lines)), 1+hours(sp, now)/3)] // few have read what is new
	bringers, err := spark.Bringers(ctx, db, sp.Region, sp.ID)
	if err != nil {
		return nil, err
	}
	spoken := map[string]bool{}
	for i, n := range order {
		l := lines[n]
		words := cmp.Or(l.Say, l.Ask)
		if spoken[words] { // one drawn twice
			continue
		}
		spoken[words] = true
		language := cmp.Or(l.Language, "fi")
		v := pick(r, slices.DeleteFunc(slices.Clone(who), func(v visitor) bool { return v.language != language || spoken[v.Email] }))
		spoken[v.Email] = true
		reader := comment.Author{Kind: comment.Person, ID: v.ID, Email: v.Email}
		share := (float64(i) + r.Float64()*.6) / float64(len(order))
		var asked ident.ID
		spoke := between(sp, now, share*share)
		deeds = append(deeds, deed{spoke, func(ctx context.Context, tx *store.Tx) (err error) {
			asked, err = talk.Demonstrate(ctx, tx, sp.Region, sp.ID, reader, comment.Draft{Words: words, Name: v.name, Language: language, Question: l.Ask != ""})
			return err
		}})
		answered := r.IntN(4) > 0
		thanks := answered && r.IntN(3) == 0
		if l.Answer == "" || !answered || len(bringers[sp.ID]) == 0 {
			continue
		}
		b := bringers[sp.ID][0]
		later := share + (1-share)*.15
		replied := latest(spoke, between(sp, now, later*later))
		deeds = append(deeds, deed{replied, func(ctx context.Context, tx *store.Tx) error {
			_, err := talk.Demonstrate(ctx, tx, sp.Region, sp.ID, comment.Author{Kind: comment.Bringer, ID: b.ID}, comment.Draft{Words: l.Answer, Name: b.Name, Language: language, Settles: asked})
			return err
		}})
		if thanks {
			words := pick(r, c.Thanks[language])
			later := share + (1-share)*.3
			deeds = append(deeds, deed{latest(replied, between(sp, now, later*later)), func(ctx context.Context, tx *store.Tx) error {
				_, err := talk.Demonstrate(ctx, tx, sp.Region, sp.ID, reader, comment.Draft{Words: words, Name: v.name, Language: language})
				return err
			}})
		}
	}
	return deeds, nil
}

// warms is who says "me too" of one spark: few of most, many of some, and two in five
// tell what more they offer.
func warms(r *rand.Rand, now time.Time, sp spark.Spark, who []visitor, talk *comment.Service) (deeds []deed) {
	many := r.Float64()
	for _, n := range r.Perm(len(who))[:min(int(many*many*many*many*float64(len(who))), 2*hours(sp, now))] {
		v := who[n]
		share := r.Float64()
		offer, shared := comment.NoOffer, r.IntN(2) == 0
		if r.IntN(5) < 2 {
			offer = pick(r, comment.Offers())
		}
		deeds = append(deeds, deed{between(sp, now, share*share), func(ctx context.Context, tx *store.Tx) error {
			if err := talk.Warm(ctx, tx, v.Address, sp.ID); err != nil || offer == comment.NoOffer {
				return err
			}
			return talk.Offer(ctx, tx, v.Address, sp.ID, offer, v.name, shared)
		}})
	}
	return deeds
}

// clearVisitors takes the invented readers away; what they said went with its sparks.
func clearVisitors(ctx context.Context, h *house, db *store.DB, region string) error {
	addresses := address.New(db, h.clock, h.ids)
	for n := range demoVisitors {
		a, err := address.ByEmail(ctx, db, region, visitorEmail(n))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err == nil {
			err = addresses.Erase(ctx, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
