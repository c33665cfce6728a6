package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"kokko/engine/spread"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/follow"
	"kokko/journey/forecast"
	"kokko/journey/project"
	"kokko/journey/ring"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/programme"
	"kokko/region/trust"
)

// simulation is a region's two years in small: invented people come and choose, drop
// sparks, join rings and keep what they took upon themselves, each through the service a
// person's press of a button would use, at its own time.
type simulation struct {
	h        *house
	db       *store.DB
	e        programme.Edition
	all      cast
	chance   *rand.Rand
	world    *world
	actors   *actor.Service
	sparks   *spark.Service
	projects *project.Service
	rings    func(clock.Clock) *ring.Service
	burning  func(clock.Clock) *spark.Service
	knowing  func(clock.Clock) *knowhow.Service
	told     *forecast.Service // at the simulated day's end
	who      []address.Address
	actor    []ident.ID // of each
	ideas    []idea
	went     [][]joining
	stored   []ident.ID
	dropped  []time.Time
	held     int // who waits for a look, as the office's rules have it
}

// Bounds and shares of a simulation.
const (
	simulatedDays   = 730
	peoplePerSpark  = 10
	leastSimulated  = 200
	simulatedPeople = 10_000
	simulatedBatch  = 100
	timesOfTruth    = 400

	learnt, scored = 14, 7 // days between the office's learning from what ended, and its scoring
)

// simulatedEmail is an address that no letter reaches (RFC 2606).
func simulatedEmail(n int) string { return fmt.Sprintf("asukas-%d@kokko-demo.example", n+1) }

// run fills the region.
func (s *simulation) run(ctx context.Context, people int) error {
	s.world = newWorld(people, max(1, len(s.e.Places)), max(1, len(s.e.Themes)), s.chance)
	now := s.h.clock.Now()
	began := now.AddDate(0, 0, -simulatedDays)
	if err := s.organise(ctx, began); err != nil {
		return err
	}
	if err := s.settle(ctx, began); err != nil {
		return err
	}
	for range max(leastSimulated, people/peoplePerSpark) {
		s.ideas = append(s.ideas, s.world.idea(s.chance))
		at := began.Add(time.Duration(s.chance.Float64() * float64(now.Sub(began)-time.Hour)))
		s.dropped = append(s.dropped, awake(at, now.Add(-time.Minute)).Truncate(time.Second))
	}
	slices.SortFunc(s.dropped, time.Time.Compare)
	if err := s.drop(ctx); err != nil {
		return err
	}
	return s.live(ctx, now)
}

// settle has everybody come, tell of themselves and choose.
func (s *simulation) settle(ctx context.Context, began time.Time) error {
	at := clock.NewFake(began.Add(-24 * time.Hour))
	ids := ident.NewMaker(at)
	addresses, actors := address.New(s.db, at, ids), actor.New(s.db, at, ids)
	s.who, s.actor = make([]address.Address, len(s.world.people)), make([]ident.ID, len(s.world.people))
	know := s.knowing(at)
	for done := 0; done < len(s.who); done += simulatedBatch {
		end := min(done+simulatedBatch, len(s.who))
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for i := done; i < end; i++ {
				soul := s.world.people[i]
				a, err := addresses.Proven(ctx, tx, s.e.Region.ID, simulatedEmail(i), "fi")
				if err != nil {
					return err
				}
				s.who[i] = a
				name := s.name(i)
				p, err := actors.Person(ctx, tx, a, name)
				if err != nil {
					return err
				}
				s.actor[i] = p.ID
				as := actor.Profile{Name: name, Sector: s.does(soul).Sector, Languages: []string{"fi"}}
				if len(s.e.Places) > 0 {
					as.Place = s.e.Places[soul.place].ID
				}
				if _, err := actors.Describe(ctx, tx, s.e.Region.ID, p.ID, as); err != nil {
					return err
				}
				if soul.org >= 0 {
					if _, err := actors.Belong(ctx, tx, s.e.Region.ID, actor.Membership{Person: p.ID, Named: s.all.simulated(soul.org)}, actor.Places(s.e)); err != nil {
						return err
					}
				}
				for _, x := range []struct {
					choice actor.Choice
					yes    bool
				}{{actor.Findable, soul.findable}, {actor.Drawn, soul.drawn}, {actor.Counted, soul.counted}, {actor.Federated, soul.federated}} {
					if !x.yes {
						continue
					}
					if err := actors.Choose(ctx, tx, s.e.Region.ID, p.ID, x.choice, true); err != nil {
						return err
					}
				}
				if !soul.findable { // others tell nobody what they know
					continue
				}
				if _, err := know.Write(ctx, tx, s.e.Region.ID, knowhow.Item{Actor: p.ID, Kind: knowhow.Own, Text: s.knows(soul), Language: "fi"}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		s.progress(end, len(s.who))
	}
	return s.acquaint(ctx, at, ids)
}

// simulatedYears is how long ago at most an undertaking of the simulated organisations began.
const simulatedYears = 3

// simulated is what an organisation of a simulation is called: of no two alike, and saying
// that it is invented. The number stands before its form, for what comes after that does not
// tell a company from another.
func (c *cast) simulated(n int) string {
	name := c.Organisations[n%len(c.Organisations)].Name
	for _, before := range []string{" Oy (", " ry (", " osk (", " ("} {
		if at := strings.Index(name, before); at >= 0 {
			return fmt.Sprintf("%s %d%s", name[:at], n+1, name[at:])
		}
	}
	return fmt.Sprintf("%s %d", name, n+1)
}

// does is one of the invented people, whose work and words somebody has.
// They care for the same where those of a theme do, and not all of those do the same.
func (s *simulation) does(who soul) invented {
	return s.all.People[(who.cares[0]+who.place*max(1, len(s.e.Themes)))%len(s.all.People)]
}

// knows is what somebody tells that they know.
func (s *simulation) knows(who soul) string {
	words := s.does(who).Own
	for _, theme := range who.cares {
		if theme < len(s.e.Themes) {
			words += " " + s.e.Themes[theme].Name.In("fi") + "."
		}
	}
	return words
}

// organise begins the organisations, and what they carry out together: of that it follows
// who of them is tied to whom, as of any list of projects.
func (s *simulation) organise(ctx context.Context, began time.Time) error {
	r, w := s.chance, s.world
	region, at := s.e.Region.ID, clock.NewFake(began.Add(-24*time.Hour))
	ids := ident.NewMaker(at)
	places := func(n int) string {
		if len(s.e.Places) == 0 {
			return ""
		}
		return s.e.Places[n].ID
	}
	var list []project.Record
	today := workday.DayOf(s.h.clock.Now(), i18n.Helsinki())
	for n, with := range w.joint {
		start := today - workday.Day(r.IntN(simulatedYears*365))
		x := project.Record{Source: demoSource, Start: start, End: start + workday.Day(150+r.IntN(700)), State: "running"}
		if x.End < today {
			x.State = "ended"
		}
		in := ""
		if len(s.e.Places) > 0 {
			in = s.e.Places[w.seat[with[0]]].Name.In(s.e.Original())
		}
		x.Title = strings.ReplaceAll(s.all.Undertakings[n%len(s.all.Undertakings)], "{place}", fmt.Sprintf("%s %d", in, n+1))
		for i, of := range with {
			x.Code, x.Implementer = fmt.Sprintf("simuloitu-%05d-%d", n+1, i+1), s.all.simulated(of)
			if err := x.Check(); err != nil {
				return err
			}
			list = append(list, x)
		}
	}
	const number = ident.ID(3) // no import of a file has it
	actors := actor.New(s.db, at, ids)
	if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for n := range w.orgs {
			of := s.all.Organisations[n%len(s.all.Organisations)]
			if _, err := actors.Demonstrate(ctx, tx, region, s.all.simulated(n), actor.Places(s.e), actor.Details{Legal: of.Legal, Sector: of.Sector, Place: places(w.seat[n])}); err != nil {
				return err
			}
		}
		_, err := s.projects.Import(ctx, tx, region, number, actor.Places(s.e), list)
		return err
	}); err != nil {
		return err
	}
	return s.h.tie(ctx, s.db, region, s.projects)
}

// Shares of what the region gets to know: ties between two people, and themes that
// somebody who cares for them follows.
const (
	knownTies, followedThemes = .6, .5
)

// acquaint has the ties be known that people tell of or that come of sitting at one table,
// whatever the two have chosen, for that says who sees and counts them; and themes be
// followed.
func (s *simulation) acquaint(ctx context.Context, at clock.Clock, ids *ident.Maker) error {
	r := s.chance
	for done := 0; done < len(s.who); done += simulatedBatch {
		end := min(done+simulatedBatch, len(s.who))
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for i := done; i < end; i++ {
				soul := s.world.people[i]
				for _, theme := range soul.cares {
					if r.Float64() >= followedThemes || len(s.e.Themes) == 0 {
						continue
					}
					f := follow.Follow{Address: s.who[i].ID, Target: follow.Target{Kind: follow.Theme, ID: s.e.Themes[theme].ID}, Pace: follow.Weekly, Volume: follow.Volumes()[0]}
					if err := follow.Put(ctx, tx, s.e.Region.ID, f, at.Now()); err != nil {
						return err
					}
				}
				for _, to := range soul.ties {
					other := s.world.people[to]
					if int(to) < i || r.Float64() >= knownTies {
						continue
					}
					tie := network.Tie{From: s.actor[i], To: s.actor[to], Kind: network.Stated, Why: network.Introduction, Source: ids.New(), At: at.Now()}
					if soul.org >= 0 && other.org == soul.org {
						tie.Kind, tie.Why = network.Derived, network.Table
					}
					if err := network.Tied(ctx, tx, s.e.Region.ID, tie); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// name is somebody's, of no two alike, and says that it is invented.
func (s *simulation) name(i int) string {
	first, last := s.all.First, s.all.Last
	name := first[i%len(first)] + " " + last[i/len(first)%len(last)]
	if turn := i / (len(first) * len(last)); turn > 0 {
		name += fmt.Sprintf(" %d.", turn+1)
	}
	return name + " (keksitty)"
}

func (s *simulation) progress(n, of int) {
	if n%1000 < simulatedBatch || n == of {
		fmt.Fprintln(s.h.errs, s.h.say.T("cli.demo.progress", "n", s.h.say.Number(int64(n)), "all", s.h.say.Number(int64(of))))
	}
}

// drop has every spark dropped and answered.
func (s *simulation) drop(ctx context.Context) error {
	promise := spark.Programme{Promise: s.e, Version: s.e.Version.ID}
	told := map[string]bool{}
	for done := 0; done < len(s.ideas); done += simulatedBatch {
		end := min(done+simulatedBatch, len(s.ideas))
		scenes := make([]spark.Scene, end-done)
		for k := range scenes {
			x, at := s.ideas[done+k], s.dropped[done+k]
			sc := s.all.scene(s.chance, s.e, s.h.clock.Now(), told)
			sc.At, sc.Name, sc.Email = at, s.name(int(x.by)), simulatedEmail(int(x.by))
			sc.Answered, sc.Talked, sc.Closed, sc.Joined, sc.Measure = 0, 0, 0, false, ""
			if len(s.e.Places) > 0 {
				sc.Place = s.e.Places[x.place].ID
			}
			if len(s.e.Themes) > 0 {
				sc.Themes = []string{s.e.Themes[x.theme].ID}
			}
			if answered := atWork(at.Add(time.Duration(4+s.chance.IntN(60)) * time.Hour)); answered.Before(s.h.clock.Now()) {
				sc.Answered, sc.Answer = answered.Sub(at), pick(s.chance, s.all.Answers)
			}
			scenes[k] = sc
		}
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return s.sparks.Demonstrate(ctx, tx, s.e.Region.ID, promise, done == 0, scenes)
		}); err != nil {
			return err
		}
	}
	// their ids, by when they were dropped
	stored := map[int64][]ident.ID{}
	for after := ""; ; {
		list, next, err := spark.List(ctx, s.db, s.e.Region.ID, spark.Filter{Order: spark.Newest, Limit: 100, After: after})
		if err != nil {
			return err
		}
		for _, sp := range list {
			stored[sp.Dropped.Unix()] = append(stored[sp.Dropped.Unix()], sp.ID)
		}
		if after = next; after == "" {
			break
		}
	}
	for _, at := range s.dropped {
		same := stored[at.Unix()]
		if len(same) == 0 {
			return fault.New(fault.Internal, "internal").Because(fmt.Errorf("a spark of %s is not listed", at))
		}
		s.stored = append(s.stored, same[0])
		stored[at.Unix()] = same[1:]
	}
	return nil
}

// live has everything happen that people do, one after another.
func (s *simulation) live(ctx context.Context, now time.Time) error {
	type deed struct {
		at    time.Time
		spark int
		who   int
		turn  ring.Fate // "" for joining
	}
	last := now.Add(-time.Minute)
	var deeds []deed
	day := func(spark int, d float64) time.Time {
		return s.dropped[spark].Add(time.Duration(d * 24 * float64(time.Hour)))
	}
	for k, x := range s.ideas {
		went := s.world.goes(x, s.chance)
		s.went = append(s.went, went)
		for i, j := range went {
			deeds = append(deeds, deed{day(k, j.day), k, i, ""})
			if j.take > 0 {
				fate := ring.LetGo
				if j.kept {
					fate = ring.Kept
				}
				deeds = append(deeds, deed{day(k, j.done), k, i, fate})
			}
		}
	}
	deeds = slices.DeleteFunc(deeds, func(d deed) bool { return d.at.After(last) })
	slices.SortStableFunc(deeds, func(a, b deed) int { return a.at.Compare(b.at) })
	roles := ring.Roles()
	do := func(ctx context.Context, tx *store.Tx, d deed) (held int, err error) {
		j, sp := s.went[d.spark][d.who], s.stored[d.spark]
		who, at := s.who[j.who], clock.NewFake(d.at)
		if d.turn != "" {
			return 0, s.turn(ctx, tx, at, who, sp, d.turn)
		}
		draft := ring.Draft{Role: roles[(int(j.who)+d.spark)%len(roles)], Name: s.name(int(j.who)), Seen: spark.Unnamed, Language: "fi", Tied: s.world.people[j.who].open}
		if j.take > 0 {
			draft.Take = ring.Take{What: s.all.Measures[(int(j.who)+d.spark)%len(s.all.Measures)], Day: workday.DayOf(day(d.spark, j.done), i18n.Helsinki()) + 2}
		}
		m, err := s.rings(at).Join(ctx, tx, who, sp, draft, trust.Sender{})
		if fault.Is(err, fault.Conflict) { // their own, or refused by a rule of the region
			return 0, nil
		}
		if err == nil && m.State != ring.In {
			held = 1
		}
		return held, err
	}
	at := clock.NewFake(s.dropped[0])
	s.told = forecast.New(s.db, at, ident.NewMaker(at), func(context.Context, string) (forecast.Definition, error) {
		return forecast.Defined(s.e.Programme), nil
	}).Lighting(s.burning(at)).Learning(learnt).Through(network.NewCounted(s.db, at))
	done, dropped := 0, 0
	links := map[link]share.Share{}
	for n := 0; at.Now().Before(last); n++ {
		end := at.Now().Add(24 * time.Hour)
		if end.After(last) {
			end = last
		}
		first, held := done, 0
		for done < len(deeds) && !deeds[done].at.After(end) {
			done++
		}
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			held = 0
			for _, d := range deeds[first:done] {
				h, err := do(ctx, tx, d)
				if err != nil {
					return err
				}
				held += h
			}
			return nil
		}); err != nil {
			return err
		}
		s.held += held
		for _, d := range deeds[first:done] {
			if d.turn == "" && now.Sub(d.at) < share.Kept {
				if err := s.tells(ctx, d.at, d.spark, s.went[d.spark][d.who], links); err != nil {
					return err
				}
			}
		}
		// What the day brought is forecast at its end, as it is told in a minute's time; and
		// what has come of an age.
		changed, known := map[forecast.Why][]ident.ID{}, map[ident.ID]bool{}
		came := func(why forecast.Why, k int) {
			if id := s.stored[k]; !known[id] {
				known[id], changed[why] = true, append(changed[why], id)
			}
		}
		for ; dropped < len(s.dropped) && !s.dropped[dropped].After(end); dropped++ {
			came(forecast.Drop, dropped)
		}
		for _, d := range deeds[first:done] {
			if d.turn == "" {
				came(forecast.Supporter, d.spark)
			}
		}
		for _, d := range deeds[first:done] {
			came(forecast.Step, d.spark)
		}
		for k := range s.dropped[:dropped] {
			for _, age := range []int{7, 30} {
				if come := s.dropped[k].AddDate(0, 0, age); come.After(at.Now()) && !come.After(end) {
					came(forecast.Time, k)
				}
			}
		}
		at.Set(end)
		for _, why := range []forecast.Why{forecast.Drop, forecast.Supporter, forecast.Step, forecast.Time} {
			if err := s.told.AskAll(ctx, s.e.Region.ID, why, changed[why]...); err != nil {
				return err
			}
		}
		if n%scored == 0 || !end.Before(last) {
			if err := s.told.Score(ctx, s.e.Region.ID); err != nil {
				return err
			}
		}
		if done/1000 > first/1000 {
			s.progress(done/1000*1000, len(deeds))
		}
	}
	return nil
}

// link is by whom a spark is told onward.
type link struct {
	spark int
	who   int32
}

// linked is how many of those who tell of a spark do it by a link, of ten.
const linked = 5

// tells has somebody come by the link of whoever told them of a spark, which is made when
// the first does: after the one its maker came by, if there was any.
func (s *simulation) tells(ctx context.Context, at time.Time, sp int, j joining, links map[link]share.Share) error {
	if (int(j.from)+sp)%10 >= linked {
		return nil
	}
	fake := clock.NewFake(at)
	shares := share.New(s.db, fake, ident.NewMaker(fake))
	key := link{sp, j.from}
	made, ok := links[key]
	if !ok {
		m := share.Making{Region: s.e.Region.ID, Spark: s.stored[sp], By: share.Holder(s.e.Region.ID, s.who[j.from].ID), Consented: true}
		for _, was := range s.went[sp] {
			if was.who == j.from {
				m.Via = links[link{sp, was.from}].Token
			}
		}
		var err error
		if made, _, err = shares.Make(ctx, m); err != nil {
			return err
		}
		links[key] = made
	}
	return shares.Count(ctx, s.e.Region.ID, made.Token, share.Opened)
}

// turn ends what somebody took upon themselves, if they are in the ring.
func (s *simulation) turn(ctx context.Context, tx *store.Tx, at clock.Clock, who address.Address, sp ident.ID, to ring.Fate) error {
	m, ok, err := ring.Here(ctx, tx, who.Region, who.ID, sp)
	if err != nil || !ok || m.State != ring.In {
		return err
	}
	all, err := ring.CommitmentsOf(ctx, tx, m)
	for _, c := range all {
		if err == nil && c.State == ring.Open {
			err = s.rings(at).Turn(ctx, tx, who, sp, c.ID, ring.Turn{To: to})
		}
	}
	return err
}

// asked is one spark as it was at an age, and what became of it.
type asked struct {
	facts []float64
	fired bool
	at    time.Time // when asked
	known time.Time // when the outcome was
	truth float64
}

// report holds forecasts against what came true, and against the hidden truth: told of
// each spark of the second year from those that were over when it was asked.
func (s *simulation) report(ctx context.Context) error {
	def := forecast.Defined(s.e.Programme)
	now := s.h.clock.Now()
	type shares struct{ yes, n int }
	ages := []int{0, 7, 30}
	lists := make([][]asked, len(ages))
	for k, id := range s.stored {
		due := def.Due(s.dropped[k])
		if due.After(now) {
			continue
		}
		sp, err := spark.ByID(ctx, s.db, s.e.Region.ID, id)
		if err != nil {
			return err
		}
		r, err := forecast.RingOf(ctx, s.db, sp, now)
		if err != nil {
			return err
		}
		_, fired := def.Caught(s.dropped[k], now, r)
		truth := s.world.truth(s.ideas[k], def.People, def.Groups, def.Kept, timesOfTruth, s.chance)
		for a, age := range ages {
			at := s.dropped[k].AddDate(0, 0, age)
			// what the region knew of the like of it
			theme, place := shares{}, shares{}
			for i, was := range lists[0] {
				if was.known.After(at) {
					break
				}
				if s.ideas[i].theme == s.ideas[k].theme {
					theme.n++
					theme.yes += one(was.fired)
				}
				if s.ideas[i].place == s.ideas[k].place {
					place.n++
					place.yes += one(was.fired)
				}
			}
			people, groups, kept := 0, map[string]bool{}, 0
			for _, p := range r.People {
				if !p.Since.After(at) {
					people++
					groups[p.Group] = true
				}
			}
			for _, t := range r.Kept {
				if !t.After(at) {
					kept++
				}
			}
			lists[a] = append(lists[a], asked{
				facts: []float64{
					spread.Shrunk(float64(theme.yes), theme.n, .3, 10), spread.Shrunk(float64(place.yes), place.n, .3, 10),
					math.Log1p(float64(people)), math.Log1p(float64(len(groups))), math.Log1p(float64(kept)), float64(min(2, kept)),
				},
				fired: fired, at: at, known: due, truth: truth,
			})
		}
	}
	fmt.Fprintln(s.h.out, s.h.say.T("cli.demo.simulated", "people", s.h.say.Number(int64(len(s.who))), "sparks", s.h.say.Number(int64(len(s.stored))), "held", s.h.say.Number(int64(s.held))))
	for a, age := range ages {
		row, err := rowOf(lists[a])
		if err != nil {
			return err
		}
		if row.n == 0 {
			continue
		}
		if age == 0 {
			fmt.Fprintln(s.h.out, s.h.say.T("cli.demo.hidden", "error", fmt.Sprintf("%.3f", row.hidden)))
		}
		fmt.Fprintln(s.h.out, s.h.say.T("cli.demo.reliability", "day", age, "n", row.n, "fired", row.fired,
			"base", fmt.Sprintf("%.3f", row.base), "brier", fmt.Sprintf("%.3f", row.brier), "error", fmt.Sprintf("%.3f", row.off), "luck", fmt.Sprintf("%.3f", row.luck)))
	}
	return s.shown(ctx)
}

// shown tells how the forecasts that Kokko itself made and kept have held, as its page
// of forecasts shows it.
func (s *simulation) shown(ctx context.Context) error {
	h, err := s.told.Held(ctx, s.e.Region.ID)
	if err != nil {
		return err
	}
	for _, x := range h.Scores {
		if x.N > 0 {
			fmt.Fprintln(s.h.out, s.h.say.T("cli.demo.kept", "day", x.Day, "n", x.N, "brier", fmt.Sprintf("%.3f", x.Brier), "base", fmt.Sprintf("%.3f", x.Base)))
		}
	}
	far, err := s.told.ReachHeld(ctx, s.e.Region.ID)
	n, inside := 0, 0
	for _, x := range far.Scores {
		if x.N > 0 {
			n, inside = n+x.N, inside+x.Inside
			fmt.Fprintln(s.h.out, s.h.say.T("cli.demo.reach", "age", x.Age, "day", x.Day, "n", x.N, "inside", 100*x.Inside/x.N, "error", fmt.Sprintf("%.3f", x.Error), "base", fmt.Sprintf("%.3f", x.Base)))
		}
	}
	if n > 0 {
		fmt.Fprintln(s.h.out, s.h.say.T("cli.demo.coverage", "n", s.h.say.Number(int64(n)), "inside", fmt.Sprintf("%.2f", float64(inside)/float64(n))))
	}
	return err
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// reliability is how forecasts at one age held.
type reliability struct {
	n, fired         int
	base, brier, off float64
	luck             float64 // how far off chance alone has forecasts that are right
	hidden           float64 // how far off they were from what was so when the sparks were dropped
}

// rowOf tells each of the asked from those whose outcome was known before, and holds what
// was told against what came true.
func rowOf(all []asked) (row reliability, err error) {
	var told, base []spread.Told
	var truths []float64
	var fire *spread.Fire
	learned := 0
	for _, x := range all {
		var past []spread.Ended
		for _, was := range all {
			if was.known.Before(x.at) {
				past = append(past, spread.Ended{Facts: was.facts, Fired: was.fired})
			}
		}
		if len(past) < spread.FewestEnded {
			continue
		}
		// anew when a tenth more is known
		if fire == nil || len(past) > learned*11/10 {
			if fire, err = spread.LearnFire(past); err != nil {
				return row, err
			}
			learned = len(past)
		}
		o, err := fire.Odds(x.facts)
		if err != nil {
			return row, err
		}
		told = append(told, spread.Told{P: o.P, Happened: x.fired})
		base = append(base, spread.Told{P: o.Base, Happened: x.fired})
		truths = append(truths, x.truth)
		row.fired += one(x.fired)
	}
	if row.n = len(told); row.n == 0 {
		return row, nil
	}
	bins, err := spread.Reliability(told, min(5, max(1, row.n/50)))
	row.brier, row.base, row.off = spread.Brier(told), spread.Brier(base), spread.ReliabilityError(bins)
	order := make([]int, row.n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(told[a].P, told[b].P) })
	for _, b := range bins {
		sum := 0.
		for _, i := range order[:b.Count] {
			sum += told[i].P - truths[i]
		}
		order = order[b.Count:]
		row.hidden += math.Abs(sum) / float64(row.n)
		row.luck += math.Sqrt(2/math.Pi*b.Told*(1-b.Told)/float64(b.Count)) * float64(b.Count) / float64(row.n)
	}
	return row, err
}

// clearSimulated takes the people of a simulation away with their addresses, and what there
// is to know of its organisations.
func clearSimulated(ctx context.Context, h *house, db *store.DB, region string, all cast, actors *actor.Service) error {
	addresses := address.New(db, h.clock, h.ids)
	for n := 0; ; n++ {
		a, err := address.ByEmail(ctx, db, region, simulatedEmail(n))
		if fault.Is(err, fault.NotFound) {
			var names []string
			for o := range organisationsOf(n) {
				names = append(names, all.simulated(o))
			}
			return actors.ClearDemo(ctx, region, names)
		}
		if err == nil {
			err = addresses.Erase(ctx, a, func(ctx context.Context, tx *store.Tx, a address.Address) error {
				if err := follow.Erase(ctx, tx, region, a.ID); err != nil {
					return err
				}
				if err := share.EndAll(ctx, tx, region, share.Holder(region, a.ID)); err != nil {
					return err
				}
				p, ok, err := actor.OfAddress(ctx, tx, region, a.ID)
				if err == nil && ok {
					err = network.Erase(ctx, tx, region, p.ID)
				}
				if err != nil {
					return err
				}
				return actors.Erase(ctx, tx, region, a.ID)
			})
		}
		if err != nil {
			return err
		}
	}
}
