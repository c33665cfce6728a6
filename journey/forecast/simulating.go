package forecast

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"kokko/engine/spread"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// How far a story would reach: the word is sent out from those round a spark, many times,
// along the ties of those who are counted, and it is told how many more come to hear of
// it, by when and where. Nobody is a starting point by themselves: of fewer than three
// who are counted, and of whoever is not, all that is used is that they are somebody of
// there, drawn anew each time.

const (
	// reachModel is spread.Simulate along ties of learnt or assumed chances.
	reachModel = "word-3"
	simRuns    = 512
	simSeed    = 2008 // any number: the same question has the same answer
	// How long a word takes along a tie, in days, until that is learnt: at least, and on
	// average.
	carryLeast, carryMean = 1, 14
	// warmest is how many places and sectors are told by themselves.
	warmest = 12
)

// Reach is how far a story would go, as it was simulated at one moment. It names nobody.
type Reach struct {
	Spark   ident.ID  `json:"-"`
	Made    time.Time `json:"-"`
	Model   string    `json:"-"`
	Digest  string    `json:"-"` // of what it was simulated from
	Network string    `json:"-"` // the state of the network, as far as it matters

	Runs    int     `json:"runs"`
	Age     int     `json:"age"`    // of the spark, in days
	Known   int     `json:"known"`  // of those round it, who the word goes out from as who they are
	Others  int     `json:"others"` // and as anybody of there
	Size    int     `json:"size"`   // who is in the network
	Basis   Basis   `json:"basis"`
	Themed  bool    `json:"themed,omitempty"` // by who cares for what the spark is of
	Moved   int     `json:"moved,omitempty"`  // of how many that are over it was learnt how far to move the numbers
	Days    []Day   `json:"days"`             // how many more have heard by then
	Spent   bool    `json:"spent,omitempty"`  // nobody more hears of it, for those who would have heard have had the time
	Places  []Group `json:"places,omitempty"`
	Sectors []Group `json:"sectors,omitempty"`
}

// Range is how many more hear of it by the end.
func (r Reach) Range() Range {
	if len(r.Days) == 0 {
		return Range{}
	}
	last := r.Days[len(r.Days)-1]
	return Range{float64(last.Low), float64(last.Mid), float64(last.High), true}
}

// Short tells that the network that is known is too thin for the number: more people
// have come round finished sparks like this one than the word would reach here.
func (r Reach) Short(f Forecast) bool {
	return f.Reach.Known && r.Range().Known && r.Range().High < f.Reach.Mid-float64(f.Inputs.People)
}

// starts are whom the word goes out from, each with for how many days they have had it.
func (w *world) starts(f Forecast) (r spread.Run, known int) {
	for _, p := range f.Ring.counted {
		if len(w.numbers(p)) > 0 {
			known++
		}
	}
	if known < fewestSet {
		known = 0
	}
	anybody := w.anybody(f.place)
	others := map[int]int{} // how many, by days
	for i, p := range f.Ring.People {
		ago := max(0, int(f.Made.Sub(p.Since)/(24*time.Hour)))
		all := w.numbers(f.Ring.counted[i])
		if known == 0 || len(all) == 0 {
			others[ago]++
			continue
		}
		for _, n := range all {
			switch at := slices.Index(r.Seeds, n); {
			case at < 0:
				r.Seeds, r.Ago = append(r.Seeds, n), append(r.Ago, ago)
			default:
				r.Ago[at] = max(r.Ago[at], ago)
			}
		}
	}
	if len(anybody) > 0 {
		for _, ago := range slices.Sorted(maps.Keys(others)) {
			r.Drawn = append(r.Drawn, spread.Drawn{From: anybody, Count: others[ago], Ago: ago})
		}
	}
	return r, known
}

// anybody is who somebody of a place may be: its people, else all people, else everybody;
// nobody where there are too few to be anybody.
func (w *world) anybody(place string) []uint32 {
	var there, people, all []uint32
	for i, n := range w.of.Nodes {
		all = append(all, uint32(i))
		if n.Person {
			people = append(people, uint32(i))
			if place != "" && n.Place == place {
				there = append(there, uint32(i))
			}
		}
	}
	for _, some := range [][]uint32{there, people, all} {
		if len(some) >= Fewest {
			return some
		}
	}
	return nil
}

// run is how a word is sent out in the network.
func (w *world) run(days int) spread.Run {
	return spread.Run{Runs: simRuns, Seed: simSeed, Vary: spread.Vary{All: w.chances.unsure, Each: unsure}, Groups: w.both, Wholes: w.wholes(),
		Horizon: max(1, days), Delays: []spread.Delay{w.chances.delay}}
}

const (
	// workMost bounds how many nodes the runs of a question come to: where the word goes
	// far, fewer runs tell as much.
	workMost   = 1 << 17
	fewestRuns = 128
)

// send sends a word out by as many runs as it may, which it notes.
func (w *world) send(ctx context.Context, run *spread.Run) (spread.Reach, error) {
	run.Runs = fewestRuns
	far, err := w.graph.Simulate(ctx, *run)
	for err == nil && run.Runs < simRuns && far.Mean*float64(2*run.Runs) <= workMost {
		run.Runs *= 2
	}
	if err != nil || run.Runs == fewestRuns {
		return far, err
	}
	return w.graph.Simulate(ctx, *run)
}

// reach simulates how far the story of a spark with such a ring goes in the time it has
// left; ok is false where there is nobody it could go out from, or no time. The factors
// are of those who care for what it is of; held is how what was said before was off.
func (w *world) reach(ctx context.Context, f Forecast, factors []uint16, held moves) (out Reach, says []said, ok bool, err error) {
	last := f.Definition.Days
	if f.Inputs.Age >= last {
		return out, nil, false, nil
	}
	starts, known := w.starts(f)
	if len(starts.Seeds)+len(starts.Drawn) == 0 {
		return out, nil, false, nil
	}
	run := w.run(last - f.Inputs.Age)
	run.Seeds, run.Ago, run.Drawn, run.Factors = starts.Seeds, starts.Ago, starts.Drawn, factors
	for _, d := range fanDays(f.Inputs.Age, last) {
		run.Days = append(run.Days, d-f.Inputs.Age)
	}
	far, err := w.send(ctx, &run)
	if err != nil {
		return out, nil, false, err
	}
	out = Reach{Spark: f.Spark, Made: f.Made, Model: reachModel, Network: w.sign(), Runs: far.Runs, Age: f.Inputs.Age, Known: known, Others: len(f.Ring.People) - known, Size: len(w.of.Nodes), Basis: w.chances.basis, Themed: factors != nil}
	begun := float64(len(starts.Seeds))
	for _, d := range starts.Drawn {
		begun += float64(d.Count)
	}
	more := func(x float64) int { return int(math.Round(max(0, x-begun))) }
	out.Moved = held.learnt(f.Inputs.Age)
	for _, d := range far.Days {
		day := d.Day + f.Inputs.Age
		r := held.ends(f.Inputs.Age, day, more(d.Low), more(d.Middle), more(d.High))
		out.Days = append(out.Days, Day{day, r[0], r[1], r[2]})
	}
	if last := out.Range(); last.Known && last.High < 1 {
		if out.Spent, err = w.spent(ctx, run, f.Definition.Days, begun); err != nil {
			return out, nil, false, err
		}
	}
	out.Places = warmth(w.places, w.place, far.Wholes[byPlace])
	out.Sectors = warmth(w.sectors, w.sector, far.Wholes[bySector])
	out.Digest = out.digest(f)
	says, err = w.says(ctx, f, run, held)
	return out, says, err == nil, err
}

// spent tells that a word which reaches nobody more would if it were told only now: not
// the ties are few, but those at their ends have had the time to hear.
func (w *world) spent(ctx context.Context, run spread.Run, days int, begun float64) (bool, error) {
	run.Ago, run.Drawn, run.Days = nil, slices.Clone(run.Drawn), nil
	for i := range run.Drawn {
		run.Drawn[i].Ago = 0
	}
	run.Horizon = max(1, days)
	run.Days = []int{run.Horizon}
	far, err := w.graph.Simulate(ctx, run)
	if err != nil || len(far.Days) == 0 {
		return false, err
	}
	return far.Days[len(far.Days)-1].High-begun >= .5, nil
}

// warmth tells of each place, or each sector, how many hear of it there, where it is the
// most on average first; of fewer than Fewest nothing is told. of is each node's.
func warmth(names []string, of []uint32, reached []spread.Whole) (all []Group) {
	size := make([]int, len(names)+1)
	for _, g := range of {
		size[g]++
	}
	var mean []float64
	whole := func(x float64) int { return int(math.Round(x)) }
	for g, name := range names {
		if size[g] < Fewest || g >= len(reached) {
			continue
		}
		x := Group{ID: name, Size: size[g], Low: whole(reached[g].Quantile(.1)), Mid: whole(reached[g].Quantile(.5)), High: whole(reached[g].Quantile(.9))}
		if x.High == 0 {
			continue // hardly anybody
		}
		at, _ := slices.BinarySearchFunc(mean, reached[g].Mean, func(a, b float64) int { return cmp.Or(cmp.Compare(b, a), -1) })
		mean, all = slices.Insert(mean, at, reached[g].Mean), slices.Insert(all, at, x)
	}
	return all[:min(len(all), warmest)]
}

// digest is of what it was simulated from, as far as it may be kept: of nobody.
func (r Reach) digest(f Forecast) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d %d %d %d %d %s %v %v", r.Model, r.Network, r.Runs, r.Age, r.Known, r.Others, r.Size, f.Definition, r.Basis, f.cares))
	return hex.EncodeToString(sum[:16])
}

const (
	putReach = `INSERT INTO forecast_reach (region_id, spark_id, made_at, model, digest, network, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (region_id, spark_id) DO UPDATE SET made_at = excluded.made_at, model = excluded.model, digest = excluded.digest, network = excluded.network, body = excluded.body`
	selectReach   = `SELECT spark_id, made_at, model, digest, network, body FROM forecast_reach WHERE region_id = $1 AND spark_id = $2`
	deleteReach   = `DELETE FROM forecast_reach WHERE region_id = $1 AND spark_id = $2`
	deleteReaches = `DELETE FROM forecast_reach WHERE region_id = $1`
)

// ReachOf is how far the story of a spark would go, as it was last simulated; ok is
// false where it was not, or is being simulated again.
func ReachOf(ctx context.Context, from store.Source, region string, sp ident.ID) (r Reach, ok bool, err error) {
	var made int64
	var body string
	err = from.QueryRow(ctx, selectReach, region, int64(sp)).Scan(&r.Spark, &made, &r.Model, &r.Digest, &r.Network, &body)
	if errors.Is(err, store.ErrNone) || err == nil && r.Model != reachModel {
		return Reach{}, false, nil // an older model's is made anew at night
	}
	if err == nil {
		r.Made = clock.FromMicros(made)
		err = json.Unmarshal([]byte(body), &r)
	}
	return r, err == nil, err
}

// simulated is a forecast's reach, to be kept beside it, and the network it is of.
type simulated struct {
	world *world
	reach Reach
	says  []said
	known bool
}

// weighed makes a forecast with its reach. The network is read before the ring is:
// whoever takes their yes back in between has made it another network, and what was
// worked out is not kept.
func (s *Service) weighed(ctx context.Context, region string, id ident.ID, anew bool) (m made, ok bool, err error) {
	if m.far.world, err = s.worldNow(ctx, region); err != nil {
		return m, false, err
	}
	if m.Forecast, m.end, ok, err = s.weigh(ctx, region, id, anew); err != nil || !ok || m.far.world == nil {
		return m, ok, err
	}
	themed, err := s.factors(ctx, m.far.world, region, m.cares)
	if err != nil {
		return m, ok, err
	}
	held, err := s.movesOf(ctx, region)
	if err != nil {
		return m, ok, err
	}
	m.far.reach, m.far.says, m.far.known, err = m.far.world.reach(ctx, m.Forecast, themed.of, held)
	return m, ok, err
}

// keepReach keeps the reach beside its forecast. Where the network has become another since
// it was read, nothing is kept, and it is asked for again.
func (s *Service) keepReach(ctx context.Context, tx *store.Tx, f Forecast, x simulated) error {
	if x.world == nil {
		return nil
	}
	holds, err := x.world.of.Holds(ctx, tx, f.Region)
	if err != nil {
		return err
	}
	if !holds {
		return s.ask(ctx, tx, RunArgs{Region: f.Region, Spark: f.Spark, Why: Network})
	}
	if !x.known {
		_, err := tx.Exec(ctx, deleteReach, f.Region, int64(f.Spark))
		return err
	}
	body, err := json.Marshal(x.reach)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, putReach, f.Region, int64(f.Spark), clock.Micros(x.reach.Made), x.reach.Model, x.reach.Digest, x.reach.Network, string(body))
	for _, x := range x.says {
		if err == nil {
			err = x.keep(ctx, tx, f.Region)
		}
	}
	return err
}
