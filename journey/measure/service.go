package measure

import (
	"context"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/programme"
)

// Service counts.
type Service struct {
	db         *store.DB
	clock      clock.Clock
	ids        *ident.Maker
	know       *knowhow.Service
	network    *network.Memory
	programmes *programme.Service
}

// New gives the verbs on a store; whom a spark would find is asked of know, who is tied
// to whom of the network.
func New(db *store.DB, c clock.Clock, know *knowhow.Service, n *network.Memory, p *programme.Service) *Service {
	return &Service{db: db, clock: c, ids: ident.NewMaker(c), know: know, network: n, programmes: p}
}

// countArgs is what is to be counted: a region's periods that are under way, or all that
// are not settled.
type countArgs struct {
	Region string `json:"region,omitempty"` // "" for each
	All    bool   `json:"all,omitempty"`
}

var (
	everywhere = jobs.Kind[countArgs]{Name: "measure.regions"}
	one        = jobs.Kind[countArgs]{Name: "measure.count"}
)

// Bind has the runner count every morning at twenty past four, and when it is asked to.
func (s *Service) Bind(r *jobs.Runner) {
	jobs.Handle(r, everywhere, func(ctx context.Context, job jobs.Job[countArgs]) error {
		return programme.EachRegion(ctx, s.db, job, func(ctx context.Context, tx *store.Tx, region string) error {
			return one.Enqueue(ctx, tx, countArgs{region, true}, jobs.Bulk(), jobs.Unique(region+" all"))
		})
	})
	jobs.Handle(r, one, func(ctx context.Context, job jobs.Job[countArgs]) error {
		if job.Args.All {
			return s.Count(ctx, job.Args.Region)
		}
		return s.CountNow(ctx, job.Args.Region)
	})
	jobs.Repeat(r, "measures", jobs.Daily(4, 20), everywhere, func(time.Time) countArgs { return countArgs{} })
}

// Ask has the periods under way counted soon; asked again before that, once.
func (s *Service) Ask(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return one.Enqueue(ctx, tx, countArgs{Region: region}, jobs.Unique(region))
	})
}

// settles is how long after its end a period is counted anew: what happened in it is
// known by then, and introductions are not forgotten yet.
const settles = 120 * 24 * time.Hour

// Back is how many periods of a grain are counted, with the one under way.
func Back(g Grain) int {
	switch g {
	case Month:
		return 13
	case Quarter:
		return 9
	}
	return 3
}

// Count counts every period that is not settled, as many back as Back tells. Run again
// it changes nothing but when it was counted.
func (s *Service) Count(ctx context.Context, region string) error {
	was, err := counted(ctx, s.db, region)
	if err != nil {
		return err
	}
	var wanted []Period
	for _, g := range Grains() {
		now := PeriodOf(g, office.Today(s.clock))
		for n := range Back(g) {
			p := now.After(-n)
			if at, ok := was[p]; !ok || at.Before(p.Ends().Add(settles)) {
				wanted = append(wanted, p)
			}
		}
	}
	return s.count(ctx, region, wanted)
}

// CountNow counts the month, the quarter and the year that are under way.
func (s *Service) CountNow(ctx context.Context, region string) error {
	var wanted []Period
	for _, g := range Grains() {
		wanted = append(wanted, PeriodOf(g, office.Today(s.clock)))
	}
	return s.count(ctx, region, wanted)
}

func (s *Service) count(ctx context.Context, region string, wanted []Period) error {
	if len(wanted) == 0 {
		return nil
	}
	m, err := s.read(ctx, region, wanted)
	if err != nil {
		return err
	}
	for _, p := range wanted {
		if err := s.draw(ctx, m, p); err != nil {
			return err
		}
	}
	for _, p := range wanted {
		var all []Figure
		for _, d := range Definitions() {
			some, err := s.figures(ctx, m, d, p)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			// Of a network that is none any more nothing is left.
			if _, err := tx.Exec(ctx, deletePeriod, region, string(p.Grain), int64(p.From)); err != nil {
				return err
			}
			for _, f := range all {
				f.Counted = m.now
				if err := put(ctx, tx, region, f); err != nil {
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

// figures counts one measure of a period: a figure for each of its parts.
func (s *Service) figures(ctx context.Context, m *material, d Definition, p Period) (all []Figure, err error) {
	switch d.Name {
	case Fired:
		all, err = m.fired(ctx, s.db, p)
	case Onward:
		all = m.onward(p)
	case Replied:
		all = m.replied(p)
	case Promised:
		all = []Figure{m.promised(p)}
	case Connected:
		all = []Figure{m.connected(p)}
	case Lone:
		all = []Figure{m.lone(p)}
	case Someone:
		all, err = s.someone(ctx, m, p)
	case Matched:
		all = m.matched(p)
	case Sectors:
		all = []Figure{mixed(m.fresh(p), func(n network.Node) string { return n.Sector })}
	case Places:
		all = []Figure{mixed(m.fresh(p), m.kindOfPlace)}
	case Outside:
		all = m.outward(p)
	case Bridging:
		all = []Figure{m.bridging(p)}
	case Centred:
		all, err = m.centred(p)
	case Spread:
		all = m.spread(p)
	case Returned:
		all = m.seenAgain(p)
	case WithReason:
		all, err = m.withReason(ctx, s.db, p)
	}
	if err != nil {
		return nil, err
	}
	for i := range all {
		if i < len(d.Parts) {
			all[i].Part = d.Parts[i].Name
		}
		if all[i].Measure, all[i].Period = d.Name, p; all[i].State == "" {
			all[i].State = TooFew
		}
	}
	return all, nil
}
