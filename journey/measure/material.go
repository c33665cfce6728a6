package measure

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/forecast"
	"kokko/journey/introduction"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
)

// material is what is counted from, read once for all periods.
type material struct {
	region string
	now    time.Time
	today  workday.Day
	cal    workday.Calendar
	staff  map[string]bool   // the office's people, by their addresses
	places map[string]string // of the programme's places, what kind they are
	lived  []place.Place     // villages, built-up areas and centres: where sparks could be from
	ours   map[string]bool   // whether a place of the programme is in the region today
	homes  map[ident.ID]string
	wide   []wide // the national networks

	sparks  []brought
	at      map[ident.ID]brought
	matters []matter
	met     []introduction.Introduction // that began since, however they went
	links   map[ident.ID]bool           // those of them that made a connection
	told    []share.Telling             // links made to tell of sparks
	makers  map[string]forecast.Maker   // by share.Holder, of those who let themselves be counted
	fire    forecast.Definition         // in force
	acting  map[ident.ID][]deed         // of a matter, what others than the office and its bringers did
	did     map[ident.ID][]act          // what everybody but the office did, dropping a spark too, the oldest first

	net    *network.Snapshot
	ties   []network.Tie
	firsts []firstTie         // by pair
	is     map[int64][]Figure // what was counted of the network of a moment
	team   map[ident.ID][]ident.ID
	seen   map[ident.ID]found // whom sparks find
}

// matter is a spark with those joined to it: one thing, however many brought it.
type matter struct {
	root    ident.ID
	of      []ident.ID
	dropped time.Time // the first of them
}

// counts tells which sparks are counted: not those brought in by a file, nor those that
// wait for a look or were taken back.
func (b brought) counts() bool {
	return b.source != string(spark.Imported) && b.held == "" && b.state != string(spark.Withdrawn)
}

// longest is how far before a period what is counted for it may be: reach is of a year.
const longest = 366 * 24 * time.Hour

func (s *Service) read(ctx context.Context, region string, wanted []Period) (*material, error) {
	m := &material{region: region, now: s.clock.Now(), today: office.Today(s.clock), staff: map[string]bool{}, places: map[string]string{}, ours: map[string]bool{}, at: map[ident.ID]brought{},
		acting: map[ident.ID][]deed{}, did: map[ident.ID][]act{}, is: map[int64][]Figure{}, links: map[ident.ID]bool{}, team: map[ident.ID][]ident.ID{}, seen: map[ident.ID]found{}}
	first := wanted[0].Begins()
	for _, p := range wanted {
		if b := p.Begins(); b.Before(first) {
			first = b
		}
	}
	edition, err := s.programmes.Current(ctx, region)
	if err != nil {
		return nil, err
	}
	m.settle(edition)
	if err := m.settleHomes(ctx, s.db, edition); err != nil {
		return nil, err
	}
	m.fire = forecast.Defined(edition.Programme)
	if m.cal, err = office.Workdays(ctx, s.db, region); err != nil {
		return nil, err
	}
	officers, err := office.Officers(ctx, s.db, region)
	if err != nil {
		return nil, err
	}
	for _, o := range officers {
		m.staff[o.Email] = true
	}
	if m.sparks, err = sparksSince(ctx, s.db, region, first.Add(-longest)); err != nil {
		return nil, err
	}
	m.gather()
	if err := m.readMeetings(ctx, s.db, first.Add(-longest)); err != nil {
		return nil, err
	}
	for _, x := range m.met {
		if m.links[x.ID], err = m.connects(ctx, s.db, x); err != nil {
			return nil, err
		}
	}
	if err := s.readTold(ctx, m, ident.At(first.Add(-longest))); err != nil {
		return nil, err
	}
	if err := m.readDeeds(ctx, s.db); err != nil {
		return nil, err
	}
	if m.net, err = s.network.Now(ctx, region); err != nil {
		return nil, err
	}
	if err := m.readTeams(ctx, s.db); err != nil {
		return nil, err
	}
	if m.wide, err = readWide(ctx, s.db, region); err != nil {
		return nil, err
	}
	for _, why := range network.Whys() {
		if err := network.Walk(ctx, s.db, region, why, func(t network.Tie) error {
			m.ties = append(m.ties, t)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	m.gatherFirsts()
	return m, nil
}

// settle reads the programme's places.
func (m *material) settle(e programme.Edition) {
	for _, p := range e.Places {
		switch p.Kind {
		case place.Village:
			m.places[p.ID] = "village"
		case place.BuiltUp:
			m.places[p.ID] = "builtup"
		case place.Centre, place.Campus:
			m.places[p.ID] = "centre"
		default:
			continue
		}
		if p.Kind != place.Campus {
			m.lived = append(m.lived, p)
		}
	}
}

// kindOfPlace is what kind of place somebody is at, "" when not known.
func (m *material) kindOfPlace(n network.Node) string { return m.places[n.Place] }

// gather puts what was joined together into one matter.
func (m *material) gather() {
	where := map[ident.ID]int{}
	for _, b := range m.sparks {
		m.at[b.id] = b
		if b.into == 0 && b.counts() {
			where[b.id] = len(m.matters)
			m.matters = append(m.matters, matter{b.id, []ident.ID{b.id}, b.dropped})
		}
	}
	for _, b := range m.sparks {
		if i, ok := where[b.into]; ok && b.into != 0 && b.counts() {
			m.matters[i].of = append(m.matters[i].of, b.id)
			if b.dropped.Before(m.matters[i].dropped) {
				m.matters[i].dropped = b.dropped
			}
		}
	}
}

const introductionsAtOnce = 200

func (m *material) readMeetings(ctx context.Context, from store.Source, since time.Time) error {
	oldest := ident.At(since)
	for _, state := range []introduction.State{introduction.WithBroker, introduction.WithAsker, introduction.WithOther, introduction.Met, introduction.Ended} {
		for before := ident.ID(0); ; {
			some, err := introduction.In(ctx, from, m.region, state, before, introductionsAtOnce)
			if err != nil {
				return err
			}
			for _, x := range some {
				if before = x.ID; x.ID >= oldest {
					m.met = append(m.met, x)
				}
			}
			if len(some) < introductionsAtOnce || before < oldest {
				break
			}
		}
	}
	slices.SortFunc(m.met, func(a, b introduction.Introduction) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

// connects tells an introduction that made a connection: both said yes, both are not of
// the office, and they are not of one organisation. Who they were is forgotten after a
// time; the period is settled by then.
func (m *material) connects(ctx context.Context, from store.Source, x introduction.Introduction) (bool, error) {
	if x.State != introduction.Met || m.staff[x.Asker.Email] && m.staff[x.Other.Email] {
		return false, nil
	}
	if x.Asker.Actor != 0 && x.Asker.Actor == x.Other.Actor {
		return false, nil
	}
	of, err := m.organisations(ctx, from, x.Asker.Actor)
	if err != nil {
		return false, err
	}
	to, err := m.organisations(ctx, from, x.Other.Actor)
	for _, o := range of {
		if slices.Contains(to, o) {
			return false, err
		}
	}
	return true, err
}

// readDeeds reads what was done for each matter by others than the office and those who
// brought it, and when each person did something for any.
func (m *material) readDeeds(ctx context.Context, from store.Source) error {
	var ids []ident.ID
	rootOf := map[ident.ID]ident.ID{}
	for _, x := range m.matters {
		for _, id := range x.of {
			ids = append(ids, id)
			rootOf[id] = x.root
		}
	}
	owners, err := deeds(ctx, from, selectOwners, m.region, ids)
	if err != nil {
		return err
	}
	own := map[[2]ident.ID]bool{}
	for i, d := range owners {
		own[[2]ident.ID{rootOf[d.spark], d.who}] = true
		owners[i].at = m.at[d.spark].dropped
	}
	staff, err := m.officersAddresses(ctx, from)
	if err != nil {
		return err
	}
	all := owners
	for _, query := range []string{selectSpoken, selectWarmed, selectRinged} {
		some, err := deeds(ctx, from, query, m.region, ids)
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	came := map[[2]ident.ID]act{} // to a matter first, in a role
	for _, d := range all {
		of := [2]ident.ID{rootOf[d.spark], d.who}
		if was, ok := came[of]; d.role != "" && d.role != Bringer && (!ok || d.at.Before(was.at)) {
			came[of] = act{d.at, d.role}
		}
	}
	for _, d := range all {
		if staff[d.who] {
			continue
		}
		as := d.role
		if of := [2]ident.ID{rootOf[d.spark], d.who}; own[of] {
			as = Bringer
		} else if first, ok := came[of]; as == "" && ok && !d.at.Before(first.at) {
			as = first.role
		}
		m.did[d.who] = append(m.did[d.who], act{d.at, cmp.Or(as, Aside)})
		if root := rootOf[d.spark]; !own[[2]ident.ID{root, d.who}] {
			m.acting[root] = append(m.acting[root], d)
		}
	}
	for _, when := range m.did {
		slices.SortFunc(when, func(a, b act) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.role, b.role)) })
	}
	return nil
}

// aged are the matters of a period that are at least so old by now.
func (m *material) aged(p Period, age time.Duration) (all []matter) {
	for _, x := range m.matters {
		if p.Has(x.dropped) && !x.dropped.Add(age).After(m.now) {
			all = append(all, x)
		}
	}
	return all
}

// answered is when the one who brought a spark was answered; what was joined to another
// is answered with it.
func (m *material) answered(b brought) time.Time {
	at := b.answered
	if root, ok := m.at[b.into]; ok && b.into != 0 && root.answered.After(b.dropped) && (at.IsZero() || root.answered.Before(at)) {
		at = root.answered
	}
	return at
}

func dayOf(t time.Time) workday.Day { return workday.DayOf(t, i18n.Helsinki()) }

// waits is how many workdays each of a period's sparks waited for its first answer.
func (m *material) waits(p Period, of func(brought) bool) (all []Wait) {
	for _, b := range m.sparks {
		if !b.counts() || !p.Has(b.dropped) || of != nil && !of(b) {
			continue
		}
		until, over := m.today, false
		if at := m.answered(b); !at.IsZero() {
			until, over = dayOf(at), true
		}
		all = append(all, Wait{max(0, m.cal.WorkdaysBetween(dayOf(b.dropped), until)), over})
	}
	return all
}

// replied is in how many workdays half of those who brought sparks were answered, and
// nine tenths.
func (m *material) replied(p Period) []Figure {
	waits := m.waits(p, nil)
	over := 0
	for _, w := range waits {
		if w.Over {
			over++
		}
	}
	var all []Figure
	for _, share := range []float64{.5, .9} {
		f := Figure{Num: over, Den: len(waits)}
		if len(waits) >= Few {
			w := Through(waits, share)
			f.State, f.Value, f.Low, f.High, f.Ranged = Known, float64(w.Days), float64(max(0, w.Low)), float64(w.High), true
			if w.Days < 0 {
				f.State, f.Value, f.Ranged = Pending, 0, false
			}
		}
		all = append(all, f)
	}
	return all
}

// promised is how many of those whose answer was due had it by the promised day.
func (m *material) promised(p Period) Figure {
	due, held := 0, 0
	for _, b := range m.sparks {
		if !b.counts() || !p.Has(b.dropped) || b.due == 0 {
			continue
		}
		at := m.answered(b)
		if at.IsZero() && b.due >= m.today {
			continue // there is time yet
		}
		due++
		if !at.IsZero() && dayOf(at) <= b.due {
			held++
		}
	}
	return portion(held, due)
}

const (
	soon    = 7 * 24 * time.Hour
	aMonth  = 30 * 24 * time.Hour
	toAgree = introduction.Open
)

// connected is how many matters led to a connection within seven days.
func (m *material) connected(p Period) Figure {
	all, n := m.aged(p, soon), 0
	for _, x := range all {
		if slices.ContainsFunc(m.met, func(i introduction.Introduction) bool {
			return i.Spark != 0 && slices.Contains(x.of, i.Spark) && m.links[i.ID] && !i.MetAt.After(x.dropped.Add(soon))
		}) {
			n++
		}
	}
	return portion(n, len(all))
}

// lone is how many matters nobody else had done anything for in thirty days.
func (m *material) lone(p Period) Figure {
	all, n := m.aged(p, aMonth), 0
	for _, x := range all {
		if !slices.ContainsFunc(m.acting[x.root], func(d deed) bool { return !d.at.After(x.dropped.Add(aMonth)) }) {
			n++
		}
	}
	return portion(n, len(all))
}

// matched is how many introductions both said yes to, and how many of those who met both
// found it useful.
func (m *material) matched(p Period) []Figure {
	begun, agreed, told, useful := 0, 0, 0, 0
	for _, x := range m.met {
		if p.Has(x.Began) && !x.Began.Add(toAgree).After(m.now) {
			if begun++; x.State == introduction.Met {
				agreed++
			}
		}
		if x.State == introduction.Met && p.Has(x.MetAt) && x.Asker.Useful != introduction.Unsaid && x.Other.Useful != introduction.Unsaid {
			if told++; x.Asker.Useful == introduction.Did && x.Other.Useful == introduction.Did {
				useful++
			}
		}
	}
	return []Figure{portion(agreed, begun), portion(useful, told)}
}

// end is when a period ends, and now while it is under way.
func (m *material) end(p Period) time.Time {
	if at := p.Ends(); !at.After(m.now) {
		return at
	}
	return m.now
}

// spread is at how many of the region's places there has been a spark within a year up
// to the period's end, how differently the languages wait for an answer, and how evenly
// sparks come from the places.
func (m *material) spread(p Period) []Figure {
	until := m.end(p)
	year := map[string]int{}
	n := 0
	for _, b := range m.sparks {
		if m.places[b.place] != "" && b.counts() && !b.dropped.After(until) && b.dropped.After(until.Add(-longest)) {
			year[b.place]++
			n++
		}
	}
	day := dayOf(until)
	there, has := 0, 0
	for _, l := range m.lived {
		if l.Span.On(day) {
			if there++; year[l.ID] > 0 {
				has++
			}
		}
	}
	reach, even := Figure{Num: has, Den: there}, Figure{Den: n}
	if there > 0 && n >= Few {
		reach.State, reach.Value = Known, float64(has)/float64(there)
	}
	if n >= Few {
		var counts []int
		for _, id := range slices.Sorted(maps.Keys(year)) {
			counts = append(counts, year[id])
		}
		even.State, even.Value = Known, Diversity(counts)
	}
	return []Figure{reach, m.languages(p), even}
}

// languages is by how many workdays the languages differ in when nine tenths of their
// sparks are answered.
func (m *material) languages(p Period) Figure {
	var tongues []string
	for _, b := range m.sparks {
		if !slices.Contains(tongues, b.language) {
			tongues = append(tongues, b.language)
		}
	}
	f := Figure{}
	least, most, told := math.MaxInt, 0, 0
	for _, l := range tongues {
		waits := m.waits(p, func(b brought) bool { return b.language == l })
		if len(waits) < Few {
			continue
		}
		w := Through(waits, .9)
		if f.Den += len(waits); w.Days < 0 {
			f.State = Pending
			continue
		}
		told++
		least, most = min(least, w.Days), max(most, w.Days)
	}
	if f.State == "" && told > 1 {
		f.State, f.Value = Known, float64(most-least)
	}
	return f
}

// withReason is how many were closed with a reason for everybody and with what would
// make it catch.
func (m *material) withReason(ctx context.Context, from store.Source, p Period) ([]Figure, error) {
	closed, told := 0, 0
	for _, v := range []story.Visibility{story.Public, story.Parties, story.InOffice} {
		if _, err := story.Between(ctx, from, m.region, v, []story.Type{story.Closed}, ident.At(p.Begins())-1, ident.At(p.Ends())-1, 1, func(b story.Beat) bool {
			if closed++; v == story.Public && b.HasWords && b.Would != "" {
				told++
			}
			return false
		}); err != nil {
			return nil, err
		}
	}
	return []Figure{portion(told, closed)}, nil
}
