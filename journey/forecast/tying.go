package forecast

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"kokko/engine/spread"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
)

// How likely a tie is to carry a word begins as an assumption and is learnt: each time
// somebody came into a ring, those they were tied to then could have come too, and some
// did. Only people who let themselves be counted are looked at, and only sums over all
// of them are kept. What is told onward without anybody joining is not seen, so that what
// is learnt is of those who come along.

const (
	carries = .08 // the chance that a fresh, strong tie carries a word on, until anything is known
	member  = .8  // how strong a tie it is to be of an organisation
	// unsure is how far the chances may be from the assumed ones, all together and each
	// listener's: the range that is told is mostly made of it, until more is known.
	unsure = .6
	// classWorth is of how many times a word could have gone it takes for a class of ties to
	// weigh as much as all of them.
	classWorth = 50
	// Knows is from how many times a word could have gone on what is learnt is told as such.
	Knows = 100
	// coursesMost bounds how many sparks, the newest, are learnt from.
	coursesMost = 5000
)

// Seen is what a region has seen of one class of ties.
type Seen struct {
	Tried   float64 // times a word could have gone along one
	Weighed float64 // the same, each by the tie's strength
	Took    float64 // times it did; shared by those it may have come from
}

// Basis is what the chances of ties rest on.
type Basis struct {
	Tried int `json:"tried"` // times somebody could have come along after somebody they know
	Took  int `json:"took"`  // times they did
}

// Learnt tells that it is more than an assumption.
func (b Basis) Learnt() bool { return b.Tried >= Knows }

// chances is how likely a tie is to carry, for its class and by its strength.
type chances struct {
	of     []float64
	middle float64 // of all classes
	unsure float64 // how far all of them may be off, as spread.Vary.All
	basis  Basis
}

func (c chances) same(o chances) bool {
	return slices.Equal(c.of, o.of) && c.unsure == o.unsure && c.basis == o.basis
}

// chancesOf gives the chances that follow from what was seen: the assumption is worth as
// many times as a Beta prior has that is as unsure as it is said to be, and each class
// is shrunk towards all.
func chancesOf(seen map[uint8]Seen) chances {
	spreadOf := math.Exp(unsure*unsure) - 1 // of a lognormal: its variance by its squared mean
	worth := (1-carries)/(carries*spreadOf) - 1
	know := spread.Beta{A: carries * worth, B: (1 - carries) * worth}
	var all Seen
	for _, s := range seen {
		all.Tried, all.Weighed, all.Took = all.Tried+s.Tried, all.Weighed+s.Weighed, all.Took+s.Took
	}
	know.A, know.B = know.A+all.Took, know.B+max(0, all.Weighed-all.Took)
	c := chances{middle: know.Mean(), basis: Basis{int(math.Round(all.Tried)), int(math.Round(all.Took))}}
	off := know.Deviation() / know.Mean()
	c.unsure = math.Sqrt(math.Log1p(off * off))
	for class := range classes() {
		s := seen[uint8(class)]
		c.of = append(c.of, min(1, (classWorth*c.middle+s.Took)/(classWorth+max(s.Weighed, s.Took))))
	}
	return c
}

const (
	selectTies = `SELECT class, tried, weighed, took FROM forecast_ties WHERE region_id = $1 ORDER BY class`
	insertTies = `INSERT INTO forecast_ties (region_id, class, tried, weighed, took, learnt_at) VALUES ($1, $2, $3, $4, $5, $6)`
	deleteTies = `DELETE FROM forecast_ties WHERE region_id = $1`
	// The sparks whose rings tell of ties, the newest first.
	selectTold = `SELECT s.spark_id, s.merged_into, s.dropped_at FROM sparks s WHERE s.region_id = $1 AND s.spark_id < $2 AND ` + isTold + ` ORDER BY s.spark_id DESC LIMIT $3`
)

func classNames() (all []string) {
	for _, w := range network.Whys() {
		all = append(all, string(w))
	}
	return append(all, "member")
}

// seenOf reads what a region has seen of ties, by class.
func seenOf(ctx context.Context, from store.Source, region string) (map[uint8]Seen, error) {
	all, names := map[uint8]Seen{}, classNames()
	rows, err := from.Query(ctx, selectTies, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var class string
		var tried, weighed, took int64
		if err := rows.Scan(&class, &tried, &weighed, &took); err != nil {
			return err
		}
		if i := slices.Index(names, class); i >= 0 {
			all[uint8(i)] = Seen{float64(tried) / thousandth, float64(weighed) / thousandth, float64(took) / thousandth}
		}
		return nil
	})
	return all, err
}

// LearnTies counts anew what a region has seen of ties.
func (s *Service) LearnTies(ctx context.Context, region string) error {
	if s.net == nil {
		return nil
	}
	d, err := s.rules(ctx, region)
	if err != nil {
		return err
	}
	for range 3 {
		kept, err := s.learnTies(ctx, region, float64(d.Days))
		if err != nil || kept {
			return err
		}
	}
	return fault.New(fault.Conflict, "internal").Because(errors.New("forecast: the network changed each time while its ties were counted"))
}

// learnTies counts once; kept is false when the network was another before it was done.
func (s *Service) learnTies(ctx context.Context, region string, window float64) (kept bool, err error) {
	snapshot, err := s.net.Now(ctx, region)
	if err != nil {
		return false, err
	}
	seen, err := s.tell(ctx, s.db, region, snapshot, window)
	if err != nil {
		return false, err
	}
	thousandths := func(x float64) int64 { return int64(math.Round(x * thousandth)) }
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if kept, err = snapshot.Holds(ctx, tx, region); err != nil || !kept {
			return err
		}
		if _, err := tx.Exec(ctx, deleteTies, region); err != nil {
			return err
		}
		for i, class := range classNames() {
			if x := seen[uint8(i)]; x.Tried > 0 {
				if _, err := tx.Exec(ctx, insertTies, region, class, thousandths(x.Tried), thousandths(x.Weighed), thousandths(x.Took), clock.Micros(s.clock.Now())); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return kept, err
}

// tell counts what the rings of a region tell of the ties of a network.
func (s *Service) tell(ctx context.Context, from store.Source, region string, of *network.Snapshot, window float64) (map[uint8]Seen, error) {
	courses, err := s.courses(ctx, from, region, of)
	if err != nil {
		return nil, err
	}
	// Of an organisation nobody of which is counted it could not be seen that it came along.
	could := make([]bool, len(of.Nodes))
	for i, n := range of.Nodes {
		could[i] = n.Person
	}
	for _, o := range of.Members() {
		could[o] = true
	}
	strength := map[[2]int32]float64{}
	var ties []spread.Tie
	for _, l := range lines(of) {
		key := [2]int32{int32(l.from), int32(l.to)}
		if _, twice := strength[key]; could[l.to] && !twice {
			strength[key] = l.strength
			ties = append(ties, spread.Tie{From: key[0], To: key[1], Class: l.class, Since: l.since})
		}
	}
	learnt, err := spread.LearnTies(courses, slices.Values(ties), window)
	if err != nil {
		return nil, err
	}
	all := map[uint8]Seen{}
	for tie, n := range learnt.Seen() {
		x := all[tie.Class]
		x.Tried, x.Took, x.Weighed = x.Tried+n.Tried, x.Took+n.Took, x.Weighed+n.Tried*strength[[2]int32{tie.From, tie.To}]
		all[tie.Class] = x
	}
	return all, nil
}

// readAtOnce is of how many people or sparks is asked at once.
const readAtOnce = 200

// counted are the people of a network who are not of the office, by their address and by
// how it is written, in small letters.
func counted(ctx context.Context, from store.Source, region string, of *network.Snapshot) (at map[ident.ID]uint32, by map[string]uint32, err error) {
	staff, err := staffOf(ctx, from, region)
	if err != nil {
		return nil, nil, err
	}
	at, by = map[ident.ID]uint32{}, map[string]uint32{}
	var addresses []ident.ID
	for i, n := range of.Nodes {
		if a := n.Address(); a != 0 {
			at[a] = uint32(i)
			addresses = append(addresses, a)
		}
	}
	for chunk := range slices.Chunk(addresses, readAtOnce) {
		letters, err := address.ByIDs(ctx, from, region, chunk...)
		if err != nil {
			return nil, nil, err
		}
		for id, a := range letters {
			switch email := strings.ToLower(a.Email); {
			case staff.has(email):
				delete(at, id)
			case email != "":
				by[email] = at[id]
			}
		}
	}
	return at, by, nil
}

// courses are who came into the ring of each spark and when, of those in a network; with
// somebody come those they are of. The time is in days since 1970-01-01.
func (s *Service) courses(ctx context.Context, from store.Source, region string, of *network.Snapshot) (all []spread.Course, err error) {
	at, by, err := counted(ctx, from, region, of)
	if err != nil {
		return nil, err
	}
	organised := map[uint32][]uint32{}
	for p, o := range of.Members() {
		organised[p] = append(organised[p], o)
	}
	days := func(t time.Time) float64 { return float64(clock.Micros(t)) / dayMicros }
	joined := map[ident.ID]map[uint32]float64{} // by the spark that carries the matter
	begun := map[ident.ID]float64{}
	comes := func(root ident.ID, n uint32, when float64) {
		if joined[root] == nil {
			joined[root] = map[uint32]float64{}
		}
		for _, n := range append([]uint32{n}, organised[n]...) {
			if was, ok := joined[root][n]; !ok || when < was {
				joined[root][n] = when
			}
		}
	}
	for last, read := ident.ID(math.MaxInt64), 0; read < coursesMost; {
		roots, dropped := map[ident.ID]ident.ID{}, map[ident.ID]float64{}
		var ids []ident.ID
		rows, err := from.Query(ctx, selectTold, region, int64(last), readAtOnce)
		if err := store.Each(rows, err, func(rows *sql.Rows) error {
			var id, into ident.ID
			var at int64
			err := rows.Scan(&id, &into, &at)
			ids, last = append(ids, id), id
			root := cmp.Or(into, id)
			roots[id], dropped[id] = root, float64(at)/dayMicros
			if begun[root] == 0 || dropped[id] < begun[root] {
				begun[root] = dropped[id]
			}
			return err
		}); err != nil {
			return nil, err
		}
		read += len(ids)
		if len(ids) == 0 {
			break
		}
		bringers, err := spark.Bringers(ctx, from, region, ids...)
		if err != nil {
			return nil, err
		}
		for id, all := range bringers {
			for _, b := range all {
				if n, ok := by[strings.ToLower(b.Email)]; ok && b.Email != "" {
					comes(roots[id], n, dropped[id])
				}
			}
		}
		members, err := ring.People(ctx, from, region, ids, ring.In)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if n, ok := at[m.Address]; ok {
				comes(roots[m.Spark], n, days(m.Came()))
			}
		}
		if len(ids) < readAtOnce {
			break
		}
	}
	now := days(s.clock.Now())
	for root, who := range joined {
		c := spread.Course{Begin: begun[root], Until: now, Size: len(who)}
		for _, n := range slices.SortedFunc(maps.Keys(who), func(a, b uint32) int { return cmp.Or(cmp.Compare(who[a], who[b]), cmp.Compare(a, b)) }) {
			c.Who, c.After = append(c.Who, int32(n)), append(c.After, max(0, who[n]-begun[root]))
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b spread.Course) int {
		return cmp.Or(cmp.Compare(a.Begin, b.Begin), slices.Compare(a.Who, b.Who))
	})
	return all, nil
}

// Again has what is worked out of a region's network worked out anew.
var Again = jobs.Kind[AgainArgs]{Name: "forecast.again"}

// AgainArgs names the region.
type AgainArgs struct {
	Region string `json:"region"`
}

// Heard is for actor.Service.Tell: when somebody takes back that they are counted, or is
// gone, whatever was worked out while they were goes in the same moment, and is worked
// out anew without them.
func (s *Service) Heard(ctx context.Context, tx *store.Tx, p actor.Person) error {
	if !p.TookBack(actor.Counted) {
		return nil
	}
	// First of all the network is said to be another: whoever keeps what they have worked out
	// of it asks whether it is the same.
	if err := network.Changed(ctx, tx, p.Region); err != nil {
		return err
	}
	for _, forget := range []string{deleteTies, deleteReaches} {
		if _, err := tx.Exec(ctx, forget, p.Region); err != nil {
			return err
		}
	}
	until := s.clock.Now().Truncate(settling).Add(settling)
	return Again.Enqueue(ctx, tx, AgainArgs{p.Region}, jobs.Unique(p.Region+"/"+until.Format("0102T1504")), jobs.At(until))
}

func (s *Service) again(ctx context.Context, job jobs.Job[AgainArgs]) error {
	return s.renew(ctx, job.Args.Region)
}

// selectStale is the sparks whose time runs and whose reach is not of such a network, or of another model.
const selectStale = `SELECT e.spark_id FROM forecast_ends e WHERE e.region_id = $1 AND e.definition = $2 AND e.due_at > $3 AND e.spark_id > $4
AND NOT EXISTS (SELECT 1 FROM forecast_reach r WHERE r.region_id = e.region_id AND r.spark_id = e.spark_id AND r.network = $5 AND r.model = $6) ORDER BY e.spark_id LIMIT $7`

// renew learns anew what ties tell, and has the reach of sparks simulated again where the
// network has changed enough since, or there is none.
func (s *Service) renew(ctx context.Context, region string) error {
	if err := s.LearnTies(ctx, region); err != nil {
		return err
	}
	w, err := s.worldNow(ctx, region)
	if err != nil || w == nil {
		return err
	}
	d, err := s.rules(ctx, region)
	if err != nil {
		return err
	}
	return s.inTurn(ctx, selectStale, func(after ident.ID) []any {
		return []any{region, d.String(), clock.Micros(s.clock.Now()), int64(after), w.sign(), reachModel, atOnce}
	}, func(ids []ident.ID) error { return s.askLater(ctx, region, Network, ids) })
}
