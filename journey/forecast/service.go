package forecast

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/journey/ring"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/programme"
)

// Run asks for the forecast of a spark to be made anew.
var Run = jobs.Kind[RunArgs]{Name: "forecast.run"}

// RunArgs names the spark and what has happened to it.
type RunArgs struct {
	Region string   `json:"region"`
	Spark  ident.ID `json:"spark"`
	Why    Why      `json:"why"`
	// Anew has it found anew whether it caught fire: some of those counted before were of
	// another matter.
	Anew bool `json:"anew,omitempty"`
}

// settling is for how long what happens to a spark is gathered into one forecast.
const settling = time.Minute

// Service is the verbs of forecasts. Safe for concurrent use once it is wired.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
	rules func(ctx context.Context, region string) (Definition, error)
	net   *network.Memory // of who is counted; nil: nobody is suggested
	fires *spark.Service  // that have sparks burn; nil: none does
	every int64           // days between learning from what has ended

	mu     sync.Mutex // owns the maps
	taught map[string]*remembered[*taught]
	worlds map[string]*remembered[*world]
}

// New gives the verbs on a store; rules tells a region's definition of catching fire.
func New(db *store.DB, c clock.Clock, ids *ident.Maker, rules func(ctx context.Context, region string) (Definition, error)) *Service {
	return &Service{db: db, clock: c, ids: ids, rules: rules, every: 1, taught: map[string]*remembered[*taught]{}, worlds: map[string]*remembered[*world]{}}
}

// Through has whom to involve be worked out in a network of those who are counted
// (network.NewCounted).
func (s *Service) Through(counted *network.Memory) *Service {
	s.net = counted
	return s
}

// Lighting has sparks burn that caught fire by the definition in force.
func (s *Service) Lighting(sparks *spark.Service) *Service {
	s.fires = sparks
	return s
}

// Learning has a region be learnt from so many days apart, not each day and whenever
// more has ended: for two years that are lived through in a minute.
func (s *Service) Learning(days int) *Service {
	s.every = int64(days)
	return s
}

// Bind has forecasts made after each beat that may change one, and after each link
// made to tell a spark onward, and has sparks burn that caught fire.
func (s *Service) Bind(r *jobs.Runner, sparks *spark.Service, shares *share.Service) {
	s.Lighting(sparks)
	sparks.Hear(s.heard)
	shares.Hear(func(ctx context.Context, tx *store.Tx, made share.Share) error {
		return s.ask(ctx, tx, RunArgs{Region: made.Region, Spark: made.Spark, Why: Share})
	})
	jobs.Handle(r, Run, s.run)
	jobs.Handle(r, Again, s.again)
}

// whyOf tells what a beat changes of a forecast; "" for nothing.
func whyOf(b story.Beat) Why {
	switch b.Type {
	case story.Dropped, story.Approved, story.Part:
		return Drop
	case story.Joined, story.Parted:
		return Supporter
	case story.Committed, story.Kept, story.LetGo:
		return Step
	case story.Answered, story.Talked, story.Tabled:
		return Answer
	case story.Introduced:
		return Introduction
	case story.Merged, story.Unmerged, story.Split:
		return Joined
	case story.Undone:
		if b.Facts.What == string(spark.DeedSplit) {
			return Joined
		}
	}
	return ""
}

func (s *Service) heard(ctx context.Context, tx *store.Tx, b story.Beat) error {
	why := whyOf(b)
	if why == "" {
		return nil
	}
	// Who goes away has been there. What the office takes out was not of this matter.
	apart := b.Type == story.Unmerged && b.Actor == story.Office && len(b.Facts.Sparks) > 0
	return s.ask(ctx, tx, RunArgs{b.Region, b.Spark, why, apart})
}

// ask has one forecast made of all that happens to a spark within a little while: a
// job waits for its while to end, so that none is running yet when another is asked.
func (s *Service) ask(ctx context.Context, tx *store.Tx, a RunArgs) error {
	until := s.clock.Now().Truncate(settling).Add(settling)
	once := a.Region + "/" + a.Spark.String() + "/" + until.Format("0102T1504")
	if a.Anew {
		once += "/anew"
	}
	return Run.Enqueue(ctx, tx, a, jobs.Unique(once), jobs.At(until))
}

func (s *Service) run(ctx context.Context, job jobs.Job[RunArgs]) error {
	m, ok, err := s.weighed(ctx, job.Args.Region, job.Args.Spark, job.Args.Anew)
	if fault.Is(err, fault.NotFound) {
		return nil // it is gone
	}
	if err != nil || !ok {
		return err
	}
	m.Why = job.Args.Why
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error { return s.put(ctx, tx, m) })
}

// made is a forecast as it was made now, with what has become of its spark, and how far its
// story would go where that was simulated.
type made struct {
	Forecast
	end end
	far simulated
}

// forecastable tells of which sparks forecasts are made: what came in here, everybody
// may see and stands by itself.
func forecastable(sp spark.Spark) bool {
	return sp.Listed && sp.Source != spark.Imported && sp.MergedInto == 0
}

// begun is from when the time of a spark runs: its drop; of a part of another from when
// it became a spark of its own, for until then nobody could come along with it.
func begun(sp spark.Spark) time.Time {
	if sp.SplitFrom != 0 {
		return sp.ID.Time()
	}
	return sp.Dropped
}

// weigh makes the forecast of the matter of a spark as it is now, and what has become
// of it; ok is false where none is made. With anew what became of it is found anew.
func (s *Service) weigh(ctx context.Context, region string, id ident.ID, anew bool) (f Forecast, e end, ok bool, err error) {
	sp, err := spark.ByID(ctx, s.db, region, id)
	if err == nil && sp.MergedInto != 0 {
		sp, err = spark.ByID(ctx, s.db, region, sp.MergedInto)
	}
	if err != nil || !forecastable(sp) {
		return f, e, false, err
	}
	d, err := s.rules(ctx, region)
	if err != nil {
		return f, e, false, err
	}
	now := s.clock.Now()
	r, err := RingOf(ctx, s.db, sp, now)
	if err != nil {
		return f, e, false, err
	}
	base, err := BaseOf(ctx, s.db, region, d, now)
	if err != nil {
		return f, e, false, err
	}
	if e, _, err = endOf(ctx, s.db, region, sp.ID, d); err != nil {
		return f, e, false, err
	}
	if anew {
		e = e.again(d, sp, now, r)
	}
	e = e.follow(d, sp, now, r)
	x := InputsOf(sp, r, now)
	told, err := share.SpreadOf(ctx, s.db, region, r.sparks...)
	if err != nil {
		return f, e, false, err
	}
	x.Shares, x.Reached = told.Links, told.Opened
	known, err := s.learn(ctx, s.db, region, d, base, now)
	if err != nil {
		return f, e, false, err
	}
	if f, err = weigh(d, x, base, !e.caught.IsZero(), known); err != nil {
		return f, e, false, err
	}
	f.Region, f.Spark, f.Made, f.Due = region, sp.ID, now, e.due
	f.Ring, f.place, f.cares = r, sp.Place, interests(sp.Tags)
	if !e.ended.IsZero() && e.caught.IsZero() {
		return f, e, false, nil // its time was up: nothing is forecast any more
	}
	return f, e, true, nil
}

// follow is what has become of a spark by a moment: once it has caught fire, or its
// time was up, that stands.
func (e end) follow(d Definition, sp spark.Spark, now time.Time, r Ring) end {
	if e.due = d.Due(begun(sp)); !e.ended.IsZero() {
		return e
	}
	if at, ok := d.Caught(begun(sp), now, r); ok && e.caught.IsZero() {
		e.caught, e.lent = at, sp.SplitFrom != 0 && !at.After(begun(sp))
	}
	if !now.Before(e.due) || !e.caught.IsZero() {
		e.ended = now
	}
	return e
}

// again takes back that a spark caught fire while its time still runs, if those who are
// round it now do not make it so.
func (e end) again(d Definition, sp spark.Spark, now time.Time, r Ring) end {
	if e.caught.IsZero() || !now.Before(d.Due(begun(sp))) {
		return e
	}
	if _, ok := d.Caught(begun(sp), now, r); ok {
		return e
	}
	return end{due: e.due, cooled: true}
}

// keep stores what has become of a spark by the definition in force, and has it burn.
func (s *Service) keep(ctx context.Context, tx *store.Tx, region string, id ident.ID, d Definition, e end) error {
	if err := saveEnd(ctx, tx, region, id, d, e); err != nil || s.fires == nil {
		return err
	}
	switch {
	case !e.caught.IsZero():
		return s.fires.Catch(ctx, tx, region, id)
	case e.cooled:
		return s.fires.Cool(ctx, tx, region, id)
	}
	return nil
}

// put keeps a forecast, unless nothing of what it is made from has changed, and what was
// made beside it.
func (s *Service) put(ctx context.Context, tx *store.Tx, m made) error {
	was, err := Latest(ctx, tx, m.Region, m.Spark, 1)
	if err != nil {
		return err
	}
	if err := s.keep(ctx, tx, m.Region, m.Spark, m.Definition, m.end); err != nil {
		return err
	}
	if len(was) == 0 || was[0].Digest != m.Digest {
		m.ID = s.ids.New()
		if err := save(ctx, tx, m.Forecast); err != nil {
			return err
		}
	}
	return s.keepReach(ctx, tx, m.Forecast, m.far)
}

// Now is the forecast of a spark as it is at this moment, and whether one is made of
// it at all. What is kept is not touched.
func (s *Service) Now(ctx context.Context, region string, sp ident.ID) (f Forecast, ok bool, err error) {
	f, _, ok, err = s.weigh(ctx, region, sp, false)
	return f, ok, err
}

// Ask makes the forecast of a spark anew at once, and keeps it if it has changed.
func (s *Service) Ask(ctx context.Context, region string, sp ident.ID) error {
	m, ok, err := s.weighed(ctx, region, sp, false)
	if err != nil || !ok {
		return err
	}
	m.Why = Asked
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return s.put(ctx, tx, m) })
}

// AskAll is Ask of several sparks, each of which has changed in a way.
func (s *Service) AskAll(ctx context.Context, region string, why Why, sparks ...ident.ID) error {
	var all []made
	for _, id := range sparks {
		m, ok, err := s.weighed(ctx, region, id, false)
		if err != nil {
			return err
		}
		if ok {
			m.Why = why
			all = append(all, m)
		}
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, m := range all {
			if err := s.put(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// Rules tells a region's definition of catching fire by its programme in force.
func Rules(p *programme.Service) func(ctx context.Context, region string) (Definition, error) {
	return func(ctx context.Context, region string) (Definition, error) {
		e, err := p.Current(ctx, region)
		if err != nil {
			return Definition{}, err
		}
		return Defined(e.Programme), nil
	}
}

// Show keeps that a bringer lets everybody see the forecast of their spark, or does
// not any more; the same as before is nothing new.
func (s *Service) Show(ctx context.Context, region string, sp, bringer ident.ID, shown bool) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		is, err := Shown(ctx, tx, region, sp)
		if err != nil || is == shown {
			return err
		}
		_, err = tx.Exec(ctx, insertChoice, region, int64(sp), int64(bringer), clock.Micros(s.clock.Now()), shown)
		return err
	})
}

// RingOf counts who is round the matter of a spark: those who brought it and those in
// its rings, without the office's own. What somebody is of is asked only of those who
// let themselves be counted; anybody else is a household by themselves.
func RingOf(ctx context.Context, from store.Source, sp spark.Spark, now time.Time) (r Ring, err error) {
	region := sp.Region
	joined, err := spark.Joined(ctx, from, region, sp.ID)
	if err != nil {
		return r, err
	}
	ids, dropped := []ident.ID{sp.ID}, map[ident.ID]time.Time{sp.ID: sp.Dropped}
	for _, j := range joined[sp.ID] {
		ids, dropped[j.ID] = append(ids, j.ID), j.Dropped
	}
	r.sparks = ids
	staff, err := staffOf(ctx, from, region)
	if err != nil {
		return r, err
	}
	bringers, err := spark.Bringers(ctx, from, region, ids...)
	if err != nil {
		return r, err
	}
	brought := map[string]bool{}
	for _, id := range ids {
		for _, b := range bringers[id] {
			brought[b.Email] = true
		}
	}
	delete(brought, "")
	var all []counting
	for _, b := range spark.Persons(bringers, ids...) {
		if staff.has(b.Email) {
			continue
		}
		since := sp.Dropped
		for _, id := range ids {
			if slices.ContainsFunc(bringers[id], func(x spark.Bringer) bool { return x.ID == b.ID }) {
				since = dropped[id]
				break
			}
		}
		all = append(all, counting{Person: Person{Group: "b" + b.ID.String(), Since: since}, email: b.Email})
	}
	members, err := ring.People(ctx, from, region, ids, ring.In)
	if err != nil {
		return r, err
	}
	var addresses []ident.ID
	for _, m := range members {
		if m.Address != 0 {
			addresses = append(addresses, m.Address)
		}
	}
	known, err := address.ByIDs(ctx, from, region, addresses...)
	if err != nil {
		return r, err
	}
	seen := map[ident.ID]bool{}
	for _, m := range members {
		r.Hosted = r.Hosted || m.Role == ring.Host
		email := known[m.Address].Email
		if m.Address != 0 && seen[m.Address] || staff.has(email) || brought[email] {
			continue
		}
		seen[m.Address] = true
		all = append(all, counting{Person: Person{Group: "m" + m.ID.String(), Since: m.Came()}, address: m.Address})
	}
	if err := grouped(ctx, from, region, now, all); err != nil {
		return r, err
	}
	for _, c := range all {
		r.People, r.counted = append(r.People, c.Person), append(r.counted, c.actors)
	}
	taken, err := ring.Commitments(ctx, from, region, ids...)
	for _, c := range taken {
		switch c.State {
		case ring.Kept:
			r.Kept = append(r.Kept, c.Ended)
		case ring.Open:
			r.Taken++
		}
	}
	return r, err
}

// staff is the office's own, by their addresses in small letters.
type staff map[string]bool

func (s staff) has(email string) bool { return s[strings.ToLower(email)] }

func staffOf(ctx context.Context, from store.Source, region string) (staff, error) {
	officers, err := office.Officers(ctx, from, region)
	all := staff{}
	for _, o := range officers {
		all[strings.ToLower(o.Email)] = true
	}
	delete(all, "")
	return all, err
}

// counting is somebody while it is found out what they are of.
type counting struct {
	Person
	email   string
	address ident.ID
	actors  []ident.ID // themselves and what they are of, where that may be counted
}

// grouped puts people into the organisations they are of now, of whom that may be used.
func grouped(ctx context.Context, from store.Source, region string, now time.Time, all []counting) error {
	var ids []ident.ID
	for i, c := range all {
		if c.address == 0 && c.email != "" {
			a, err := address.ByEmail(ctx, from, region, c.email)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			all[i].address = a.ID
		}
		if all[i].address != 0 {
			ids = append(ids, all[i].address)
		}
	}
	people, err := actor.PeopleOfAddresses(ctx, from, region, ids...)
	if err != nil {
		return err
	}
	today := workday.DayOf(now, i18n.Helsinki())
	sectors := map[ident.ID]string{}
	for i := range all {
		p, ok := people[all[i].address]
		if !ok || !p.Chose(actor.Counted) {
			continue
		}
		all[i].Sector, all[i].actors = p.Sector, []ident.ID{p.ID}
		of, err := actor.MembershipsOf(ctx, from, region, p.ID)
		if err != nil {
			return err
		}
		for _, m := range of {
			if m.Until != 0 && m.Until < today || m.Since > today {
				continue
			}
			if all[i].Organisation = true; m.Organisation != 0 {
				all[i].actors = append(all[i].actors, m.Organisation)
			}
			if all[i].Group = "o" + m.Organisation.String(); m.Organisation == 0 {
				all[i].Group = "n" + strings.ToLower(m.Named)
				break
			}
			if _, known := sectors[m.Organisation]; !known {
				if _, sectors[m.Organisation], err = actor.Standing(ctx, from, region, m.Organisation); err != nil {
					return err
				}
			}
			all[i].Sector = cmp.Or(all[i].Sector, sectors[m.Organisation])
			break
		}
	}
	return nil
}

// atOnce is how many are looked at in one transaction.
const atOnce = 100

// Score settles what has had its time, each by its own definition, and has forecasts
// made anew of what comes of an age.
func (s *Service) Score(ctx context.Context, region string) error {
	d, err := s.rules(ctx, region)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	older, err := store.Values[string](s.db.Query(ctx, selectDefinitions, region, clock.Micros(now)))
	if err != nil {
		return err
	}
	definitions := []Definition{d}
	for _, text := range older {
		o, err := ParseDefinition(text)
		if err != nil {
			return err
		}
		if o != d {
			definitions = append(definitions, o)
		}
	}
	// Those of before there were forecasts, and those of a definition that has changed.
	if err := s.settleAll(ctx, region, d, d, selectNew, func(after ident.ID) []any { return []any{region, int64(after), d.String(), atOnce} }); err != nil {
		return err
	}
	for _, o := range definitions {
		if err := s.settleAll(ctx, region, o, d, selectOpen, func(after ident.ID) []any {
			return []any{region, o.String(), clock.Micros(now), int64(after), atOnce}
		}); err != nil {
			return err
		}
	}
	if err := s.light(ctx, region, d); err != nil {
		return err
	}
	if err := s.scoreAll(ctx, region, d, now); err != nil {
		return err
	}
	return errors.Join(s.renew(ctx, region), s.age(ctx, region, d, now))
}

// inTurn does something with the sparks a query finds, some at a time.
func (s *Service) inTurn(ctx context.Context, query string, args func(after ident.ID) []any, do func(ids []ident.ID) error) error {
	for last := ident.ID(0); ; {
		ids, err := store.Values[ident.ID](s.db.Query(ctx, query, args(last)...))
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := do(ids); err != nil {
			return err
		}
		last = ids[len(ids)-1]
	}
}

// settleAll settles the sparks a query finds.
func (s *Service) settleAll(ctx context.Context, region string, d, now Definition, query string, args func(after ident.ID) []any) error {
	return s.inTurn(ctx, query, args, func(ids []ident.ID) error {
		return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, id := range ids {
				if _, err := s.settle(ctx, tx, region, id, d, d == now); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// light has those burn that caught fire by the definition in force before sparks did.
func (s *Service) light(ctx context.Context, region string, d Definition) error {
	if s.fires == nil {
		return nil
	}
	return s.inTurn(ctx, selectUnlit, func(after ident.ID) []any { return []any{region, d.String(), int64(after), atOnce} }, func(ids []ident.ID) error {
		for _, id := range ids {
			if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return s.fires.Catch(ctx, tx, region, id) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// askLater has the forecasts of some sparks made anew, behind what somebody waits for.
func (s *Service) askLater(ctx context.Context, region string, why Why, ids []ident.ID) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, id := range ids {
			if err := Run.Enqueue(ctx, tx, RunArgs{Region: region, Spark: id, Why: why}, jobs.Bulk()); err != nil {
				return err
			}
		}
		return nil
	})
}

// settle keeps what has become of a spark by a definition, the one in force or an older
// one; of what stands for itself no more nothing is kept.
func (s *Service) settle(ctx context.Context, tx *store.Tx, region string, id ident.ID, d Definition, inForce bool) (Outcome, error) {
	e, _, err := endOf(ctx, tx, region, id, d)
	if err != nil {
		return Open, err
	}
	sp, err := spark.ByID(ctx, tx, region, id)
	if err != nil {
		return Open, err
	}
	// A part that was taken back is of what it was split from again, its fire too.
	if e.ended.IsZero() || sp.State == spark.Rejoined {
		if !forecastable(sp) {
			_, err := tx.Exec(ctx, dropEnd, region, int64(id), d.String())
			return Void, err
		}
		r, err := RingOf(ctx, tx, sp, s.clock.Now())
		if err != nil {
			return Open, err
		}
		e = e.follow(d, sp, s.clock.Now(), r)
		save := saveEnd
		if inForce {
			save = s.keep
		}
		if err := save(ctx, tx, region, id, d, e); err != nil {
			return Open, err
		}
	}
	switch {
	case !e.caught.IsZero():
		return Caught, nil
	case e.ended.IsZero():
		return Open, nil
	}
	return NotYet, nil
}

// scoreAll compares forecasts whose time is up with what became of them.
func (s *Service) scoreAll(ctx context.Context, region string, inForce Definition, now time.Time) error {
	for n := atOnce; n == atOnce; {
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			due, err := many(tx.Query(ctx, selectDue, region, clock.Micros(now), atOnce))
			n = len(due)
			for _, f := range due {
				if err != nil {
					return err
				}
				o, wrong := s.settle(ctx, tx, region, f.Spark, f.Definition, f.Definition == inForce)
				if wrong != nil {
					return wrong
				}
				_, err = tx.Exec(ctx, setOutcome, region, int64(f.Spark), int64(f.ID), string(o), clock.Micros(now))
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// age has forecasts made anew of the sparks that have come of an age since yesterday.
func (s *Service) age(ctx context.Context, region string, d Definition, now time.Time) error {
	const day = 24 * time.Hour
	var failed error
	for _, a := range aged()[1:] {
		until := d.Due(now.Add(-time.Duration(a) * day))
		ids, err := store.Values[ident.ID](s.db.Query(ctx, selectAged, region, d.String(), clock.Micros(until.Add(-day)), clock.Micros(until)))
		failed = errors.Join(failed, err)
		for some := range slices.Chunk(ids, atOnce) {
			failed = errors.Join(failed, s.askLater(ctx, region, Time, some))
		}
	}
	return failed
}
