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
	// delayWorth is of how many times the assumed delay is worth, and delayKnows from how many
	// on what is learnt of delays is told as such.
	delayWorth, delayKnows = 20, 20
	// coursesMost bounds how many sparks, the newest, are learnt from.
	coursesMost = 5000
)

// Seen is what a region has seen of one class of ties, or of one kind of people at their
// ends.
type Seen struct {
	Tried   float64 // times a word could have gone along one
	Weighed float64 // the same, each by the tie's strength
	Took    float64 // times it did; shared by those it may have come from
}

func (s Seen) plus(o Seen) Seen {
	return Seen{s.Tried + o.Tried, s.Weighed + o.Weighed, s.Took + o.Took}
}

// lessons are what a region has seen of ties: sums over all.
type lessons struct {
	classes       map[uint8]Seen
	cared, others Seen // of those who cared for what a spark is of, and of those who did not
	waited        spread.Waited
}

// Basis is what the chances of ties rest on.
type Basis struct {
	Tried int `json:"tried"` // times somebody could have come along after somebody they know
	Took  int `json:"took"`  // times they did
	// How many times as readily somebody takes up what they care for; 0 until that is learnt.
	Lift float64 `json:"lift,omitempty"`
	// How many days it takes from one to the next, and of how many times it was learnt; 0
	// until that is.
	Days   int `json:"days,omitempty"`
	Waited int `json:"waited,omitempty"`
}

// Learnt tells that it is more than an assumption.
func (b Basis) Learnt() bool { return b.Tried >= Knows }

// chances is how likely a tie is to carry, for its class and by its strength.
type chances struct {
	of     []float64
	middle float64 // of all classes
	unsure float64 // how far all of them may be off, as spread.Vary.All
	// What multiplies them for somebody who cares for what a spark is of, and for others.
	cared, others float64
	delay         spread.Delay
	basis         Basis
}

func (c chances) same(o chances) bool {
	return slices.Equal(c.of, o.of) && c.unsure == o.unsure && c.cared == o.cared && c.others == o.others && c.delay == o.delay && c.basis == o.basis
}

// chancesOf gives the chances that follow from what was seen: the assumption is worth as
// many times as a Beta prior has that is as unsure as it is said to be, and each class
// is shrunk towards all.
func chancesOf(l lessons) chances {
	spreadOf := math.Exp(unsure*unsure) - 1 // of a lognormal: its variance by its squared mean
	worth := (1-carries)/(carries*spreadOf) - 1
	know := spread.Beta{A: carries * worth, B: (1 - carries) * worth}
	var all Seen
	for _, s := range l.classes {
		all = all.plus(s)
	}
	know.A, know.B = know.A+all.Took, know.B+max(0, all.Weighed-all.Took)
	c := chances{middle: know.Mean(), basis: Basis{Tried: int(math.Round(max(all.Tried, all.Took))), Took: int(math.Round(all.Took))}}
	off := know.Deviation() / know.Mean()
	c.unsure = math.Sqrt(math.Log1p(off * off))
	for class := range classes() {
		s := l.classes[uint8(class)]
		c.of = append(c.of, min(1, shrunk(s, c.middle)))
	}
	c.lift(l.cared, l.others)
	c.wait(l.waited)
	return c
}

// shrunk is the rate that was seen, leaning on another.
func shrunk(s Seen, towards float64) float64 {
	return (classWorth*towards + s.Took) / (classWorth + max(s.Weighed, s.Took))
}

// lift sets how much more readily those who care take something up, and the others less:
// on average over what was seen it is one.
func (c *chances) lift(cared, others Seen) {
	rest := c.middle / (1 + assumedShare*(assumedLift-1))
	a, b := shrunk(cared, assumedLift*rest), shrunk(others, rest)
	lift := min(mostLift, max(1./mostLift, a/b))
	share := (classWorth*assumedShare + cared.Weighed) / (classWorth + cared.Weighed + others.Weighed)
	c.others = 1 / (1 + share*(lift-1))
	c.cared = lift * c.others
	if cared.Tried >= Knows && others.Tried >= Knows {
		c.basis.Lift = math.Round(10*lift) / 10
	}
}

// wait sets how long it takes from one to the next.
func (c *chances) wait(w spread.Waited) {
	mean := (delayWorth*carryMean + w.Time) / (delayWorth + w.Took)
	c.delay = spread.Delay{Least: min(carryLeast, mean), Mean: mean}
	if w.Took >= delayKnows {
		c.basis.Days, c.basis.Waited = max(1, int(math.Round(mean))), int(math.Round(w.Took))
	}
}

const (
	selectTies = `SELECT class, tried, weighed, took FROM forecast_ties WHERE region_id = $1 ORDER BY class`
	insertTies = `INSERT INTO forecast_ties (region_id, class, tried, weighed, took, learnt_at) VALUES ($1, $2, $3, $4, $5, $6)`
	deleteTies = `DELETE FROM forecast_ties WHERE region_id = $1`

	selectThemes = `SELECT cared, tried, weighed, took FROM forecast_themes WHERE region_id = $1 ORDER BY cared`
	insertThemes = `INSERT INTO forecast_themes (region_id, cared, tried, weighed, took, learnt_at) VALUES ($1, $2, $3, $4, $5, $6)`
	deleteThemes = `DELETE FROM forecast_themes WHERE region_id = $1`
	selectDelay  = `SELECT took, days FROM forecast_delays WHERE region_id = $1`
	insertDelay  = `INSERT INTO forecast_delays (region_id, took, days, learnt_at) VALUES ($1, $2, $3, $4)`
	deleteDelay  = `DELETE FROM forecast_delays WHERE region_id = $1`
	// The sparks whose rings tell of ties, the newest first.
	selectTold = `SELECT s.spark_id, s.merged_into, s.dropped_at FROM sparks s WHERE s.region_id = $1 AND s.spark_id < $2 AND ` + isTold + ` ORDER BY s.spark_id DESC LIMIT $3`
	// Those of one interest.
	selectToldOf = `SELECT s.spark_id FROM spark_tags t JOIN sparks s ON s.region_id = t.region_id AND s.spark_id = t.spark_id
WHERE t.region_id = $1 AND t.kind = $2 AND t.tag = $3 AND ` + isTold + ` ORDER BY s.spark_id DESC LIMIT $4`
)

func classNames() (all []string) {
	for _, w := range network.Whys() {
		all = append(all, string(w))
	}
	return append(all, "member")
}

// seen is of thousandths, as they are stored.
func seen(tried, weighed, took int64) Seen {
	return Seen{float64(tried) / thousandth, float64(weighed) / thousandth, float64(took) / thousandth}
}

func thousandths(x float64) int64 { return int64(math.Round(x * thousandth)) }

// lessonsOf reads what a region has seen of ties.
func lessonsOf(ctx context.Context, from store.Source, region string) (l lessons, err error) {
	l.classes = map[uint8]Seen{}
	names := classNames()
	rows, err := from.Query(ctx, selectTies, region)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var class string
		var tried, weighed, took int64
		err := rows.Scan(&class, &tried, &weighed, &took)
		if i := slices.Index(names, class); i >= 0 {
			l.classes[uint8(i)] = seen(tried, weighed, took)
		}
		return err
	}); err != nil {
		return l, err
	}
	rows, err = from.Query(ctx, selectThemes, region)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var cared bool
		var tried, weighed, took int64
		err := rows.Scan(&cared, &tried, &weighed, &took)
		if cared {
			l.cared = seen(tried, weighed, took)
		} else {
			l.others = seen(tried, weighed, took)
		}
		return err
	}); err != nil {
		return l, err
	}
	var took, days int64
	err = from.QueryRow(ctx, selectDelay, region).Scan(&took, &days)
	if errors.Is(err, store.ErrNone) {
		err = nil
	}
	l.waited = spread.Waited{Took: float64(took) / thousandth, Time: float64(days) / thousandth}
	return l, err
}

// keep stores what a region has seen of ties, instead of what there was.
func (l lessons) keep(ctx context.Context, tx *store.Tx, region string, now time.Time) error {
	if err := unlearn(ctx, tx, region); err != nil {
		return err
	}
	at := clock.Micros(now)
	for i, class := range classNames() {
		if x := l.classes[uint8(i)]; x.Tried > 0 {
			if _, err := tx.Exec(ctx, insertTies, region, class, thousandths(x.Tried), thousandths(x.Weighed), thousandths(x.Took), at); err != nil {
				return err
			}
		}
	}
	for cared, x := range map[bool]Seen{true: l.cared, false: l.others} {
		if x.Tried > 0 {
			if _, err := tx.Exec(ctx, insertThemes, region, cared, thousandths(x.Tried), thousandths(x.Weighed), thousandths(x.Took), at); err != nil {
				return err
			}
		}
	}
	if l.waited.Took == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, insertDelay, region, thousandths(l.waited.Took), thousandths(l.waited.Time), at)
	return err
}

// unlearn forgets what a region has seen of ties.
func unlearn(ctx context.Context, tx *store.Tx, region string) error {
	for _, forget := range []string{deleteTies, deleteThemes, deleteDelay} {
		if _, err := tx.Exec(ctx, forget, region); err != nil {
			return err
		}
	}
	return nil
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
	known, err := s.tell(ctx, s.db, region, snapshot, window)
	if err != nil {
		return false, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if kept, err = snapshot.Holds(ctx, tx, region); err != nil || !kept {
			return err
		}
		return known.keep(ctx, tx, region, s.clock.Now())
	})
	return kept, err
}

// tell counts what the rings of a region tell of the ties of a network.
func (s *Service) tell(ctx context.Context, from store.Source, region string, of *network.Snapshot, window float64) (l lessons, err error) {
	courses, _, err := s.past(ctx, from, region, of)
	if err != nil {
		return l, err
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
	before, err := lessonsOf(ctx, from, region)
	if err != nil {
		return l, err
	}
	learnt, err := spread.LearnTies(courses, slices.Values(ties), window, chancesOf(before).delay)
	if err != nil {
		return l, err
	}
	l.classes, l.waited = map[uint8]Seen{}, learnt.Waited()
	for tie, n := range learnt.Seen() {
		x := strength[[2]int32{tie.From, tie.To}]
		weighed := func(t spread.Tally) Seen { return Seen{Tried: t.Tried, Weighed: t.Tried * x, Took: t.Took} }
		l.classes[tie.Class] = l.classes[tie.Class].plus(weighed(n.Tally))
		if of.Nodes[tie.To].Person { // what an organisation cares for is not known
			l.cared, l.others = l.cared.plus(weighed(n.Cared)), l.others.plus(weighed(n.Others))
		}
	}
	return l, nil
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

// act is what somebody of a network did with a spark: brought it, came into its ring, or
// said something beneath it.
type act struct {
	spark         ident.ID
	who           uint32
	day           float64 // since 1970-01-01; 0 of what was brought
	brought, said bool
}

// acts are those of people who are known by their address, and by how it is written, in
// small letters.
func acts(ctx context.Context, from store.Source, region string, ids []ident.ID, at func(ident.ID) (uint32, bool), by func(context.Context, []string) (map[string]uint32, error)) (all []act, err error) {
	bringers, err := spark.Bringers(ctx, from, region, ids...)
	if err != nil {
		return nil, err
	}
	var emails []string
	for _, some := range bringers {
		for _, b := range some {
			if b.Email != "" {
				emails = append(emails, b.Email)
			}
		}
	}
	known, err := by(ctx, emails)
	if err != nil {
		return nil, err
	}
	for id, some := range bringers {
		for _, b := range some {
			if n, ok := known[strings.ToLower(b.Email)]; ok && b.Email != "" {
				all = append(all, act{spark: id, who: n, brought: true})
			}
		}
	}
	members, err := ring.People(ctx, from, region, ids, ring.In)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if n, ok := at(m.Address); ok {
			all = append(all, act{spark: m.Spark, who: n, day: daysOf(m.Came())})
		}
	}
	spoke, err := spark.Spoke(ctx, from, region, ids...)
	if err != nil {
		return nil, err
	}
	for _, a := range spoke {
		if n, ok := at(a.Address); ok {
			all = append(all, act{spark: a.Spark, who: n, day: daysOf(a.At), said: true})
		}
	}
	return all, nil
}

// past is who came into the ring of each spark and when, of those in a network, and who
// of them cares for what; with somebody come those they are of. The time is in days since
// 1970-01-01.
func (s *Service) past(ctx context.Context, from store.Source, region string, of *network.Snapshot) (all []spread.Course, cares caring, err error) {
	at, by, err := counted(ctx, from, region, of)
	if err != nil {
		return nil, nil, err
	}
	organised := map[uint32][]uint32{}
	for p, o := range of.Members() {
		organised[p] = append(organised[p], o)
	}
	known := func(a ident.ID) (uint32, bool) { n, ok := at[a]; return n, ok }
	cares = caring{}
	interest := map[ident.ID][]string{}         // of each spark
	joined := map[ident.ID]map[uint32]float64{} // by the spark that carries the matter
	begun := map[ident.ID]float64{}
	comes := func(root, sp ident.ID, n uint32, when float64) {
		for _, i := range interest[sp] {
			cares.notes(i, n, when)
		}
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
			return nil, nil, err
		}
		read += len(ids)
		if len(ids) == 0 {
			break
		}
		tags, err := spark.TagsOf(ctx, from, region, ids...)
		if err != nil {
			return nil, nil, err
		}
		for id, all := range tags {
			interest[id] = interests(all)
		}
		did, err := acts(ctx, from, region, ids, known, func(context.Context, []string) (map[string]uint32, error) { return by, nil })
		if err != nil {
			return nil, nil, err
		}
		for _, x := range did {
			switch {
			case x.said:
				for _, i := range interest[x.spark] {
					cares.notes(i, x.who, x.day)
				}
			case x.brought:
				comes(roots[x.spark], x.spark, x.who, dropped[x.spark])
			default:
				comes(roots[x.spark], x.spark, x.who, x.day)
			}
		}
		if len(ids) < readAtOnce {
			break
		}
	}
	if err := cares.told(ctx, from, region, of, at); err != nil {
		return nil, nil, err
	}
	now := daysOf(s.clock.Now())
	for root, who := range joined {
		c := spread.Course{Begin: begun[root], Until: now, Size: len(who)}
		if is := interest[root]; len(is) > 0 {
			c.Cares = func(who int32, day float64) bool { return cares.by(is, uint32(who), day) }
		}
		for _, n := range slices.SortedFunc(maps.Keys(who), func(a, b uint32) int { return cmp.Or(cmp.Compare(who[a], who[b]), cmp.Compare(a, b)) }) {
			c.Who, c.After = append(c.Who, int32(n)), append(c.After, max(0, who[n]-begun[root]))
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b spread.Course) int {
		return cmp.Or(cmp.Compare(a.Begin, b.Begin), slices.Compare(a.Who, b.Who))
	})
	return all, cares, nil
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
	if err := network.Changed(ctx, tx, p.Region, p.ID); err != nil {
		return err
	}
	if err := Forget(ctx, tx, p.Region, s.clock.Now()); err != nil {
		return err
	}
	until := s.clock.Now().Truncate(settling).Add(settling)
	return Again.Enqueue(ctx, tx, AgainArgs{p.Region}, jobs.Unique(p.Region+"/"+until.Format("0102T1504")), jobs.At(until))
}

// Forget takes away what was worked out of a region's network.
func Forget(ctx context.Context, tx *store.Tx, region string, now time.Time) error {
	if err := unlearn(ctx, tx, region); err != nil {
		return err
	}
	if err := forgetReached(ctx, tx, region, now); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, deleteReaches, region)
	return err
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
	if err := errors.Join(s.LearnTies(ctx, region), s.ScoreReach(ctx, region)); err != nil {
		return err
	}
	w, err := s.worldNow(ctx, region)
	if err != nil || w == nil || s.every > 1 { // what is lived through in a minute is asked for day by day
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
