package forecast_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/forecast"
	"kokko/journey/ring"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/trust"
)

// lives has somebody of the crowd tell where they live.
func (d *desk) lives(person ident.ID, place, sector string) {
	d.t.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		p, err := actor.PersonByID(ctx, tx, region, person)
		if err != nil {
			return err
		}
		p.Place, p.Sector = place, sector
		_, err = d.actors.Describe(ctx, tx, region, person, p.Profile)
		return err
	})
}

func (d *desk) reach(sp ident.ID) (r forecast.Reach, ok bool) {
	d.t.Helper()
	r, ok, err := forecast.ReachOf(context.Background(), d.db, region, sp)
	d.must(err)
	return r, ok
}

func (d *desk) enter(sp ident.ID, email string, as ring.Role) {
	d.t.Helper()
	who := d.person(email)
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := d.rings.Join(ctx, tx, who, sp, ring.Draft{Role: as, Language: "fi"}, trust.Sender{})
		return err
	})
}

func TestHowFarItReachesIsSimulatedFromTheRing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.tied()
		all := d.crowd(60)
		for i, id := range all {
			switch {
			case i%3 == 0 && i > 2:
				d.lives(id, "kausala", "04")
			case i%3 == 1 && i > 2:
				d.lives(id, "voikkaa", "01")
			case i >= 56: // too few to be told of
				d.lives(id, "jaala", "12")
			}
		}
		sp := d.drop("tuoja@posti.example").Spark
		for _, i := range []int{0, 1, 3} {
			d.join(sp.ID, fmt.Sprintf("vaki%d@posti.example", i), "")
		}
		d.drain()
		r, ok := d.reach(sp.ID)
		f, _ := d.latest(sp.ID)
		if !ok || r.Known != 3 || r.Others != 1 || r.Size != 60 || r.Runs < 100 || r.Basis.Learnt() || r.Made != f.Made || r.Model == "" || r.Digest == "" || len(r.Days) != 6 {
			t.Fatalf("%v %+v", ok, r)
		}
		if x := r.Range(); !x.Known || x.Low > x.Mid || x.Mid > x.High || x.High < 1 || x.High > 57 {
			t.Errorf("%+v", x)
		}
		for i, day := range r.Days {
			if day.Low > day.Mid || day.Mid > day.High || i > 0 && (day.Day <= r.Days[i-1].Day || day.High < r.Days[i-1].High) {
				t.Errorf("%+v", r.Days)
			}
		}
		for _, g := range slices.Concat(r.Places, r.Sectors) {
			if g.Size < forecast.Fewest || g.Low < 0 || g.Low > g.Mid || g.Mid > g.High || g.High < 1 || g.High > g.Size || g.Range().High != float64(g.High) || g.ID == "jaala" || g.ID == "12" {
				t.Errorf("%+v", g)
			}
		}
		if len(r.Places) == 0 || len(r.Sectors) == 0 {
			t.Errorf("warm nowhere: %+v", r)
		}
		if !slices.ContainsFunc(r.Places, func(g forecast.Group) bool { return g.Low < g.High }) {
			t.Errorf("no place has a range: %+v", r.Places)
		}
		// The same again is the same.
		d.must(d.Ask(context.Background(), region, sp.ID))
		again, _ := d.reach(sp.ID)
		again.Made = r.Made
		if a, b := fmt.Sprint(r), fmt.Sprint(again); a != b {
			t.Errorf("%s\n%s", a, b)
		}
	})
}

// Nobody more hears of it where there are no ties, and where those at their ends have had
// the time: which of the two it is, is told apart.
func TestThoseWhoWouldHaveHeardHaveHadTheTime(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.tied()
		d.crowd(60)
		sp := d.drop("tuoja@posti.example").Spark
		for i := range 3 { // the hubs
			d.join(sp.ID, fmt.Sprintf("vaki%d@posti.example", i), "")
		}
		d.drain()
		if r, ok := d.reach(sp.ID); !ok || r.Known != 3 || r.Range().High < 1 || r.Spent {
			t.Fatalf("at first: %v %+v", ok, r)
		}
		d.clock.Advance(175 * day)
		d.must(d.Ask(context.Background(), region, sp.ID))
		if r, ok := d.reach(sp.ID); !ok || r.Known != 3 || r.Range().High >= 1 || !r.Spent {
			t.Errorf("late in its time: %v %+v", ok, r)
		}
	})
	t.Run("hardly any ties", func(t *testing.T) {
		each(t, func(t *testing.T, d *desk) {
			d.tied()
			var last ident.ID
			for i := range 6 {
				who := d.person(fmt.Sprintf("yksin%d@posti.example", i))
				var p actor.Actor
				d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
					p, err = d.actors.Person(ctx, tx, who, fmt.Sprintf("Yksin %d", i))
					return err
				})
				d.chooses(p.ID, true, actor.Findable, actor.Counted)
				if last != 0 {
					d.tx(func(ctx context.Context, tx *store.Tx) error {
						return network.Tied(ctx, tx, region, network.Tie{From: last, To: p.ID, Kind: network.Stated, Why: network.Introduction, Source: p.ID, Weight: .001, At: d.clock.Now()})
					})
				}
				last = p.ID
			}
			sp := d.drop("tuoja@posti.example").Spark
			for i := range 3 {
				d.join(sp.ID, fmt.Sprintf("yksin%d@posti.example", i), "")
			}
			d.drain()
			d.must(d.Ask(context.Background(), region, sp.ID))
			if r, ok := d.reach(sp.ID); !ok || r.Known != 3 || r.Range().High >= 1 || r.Spent {
				t.Errorf("%v %+v", ok, r)
			}
		})
	})
}

// Of fewer than three who are counted nothing follows from who they are: the one with
// all the ties is told the same as one with none.
func TestNobodyIsAStartingPointByThemselves(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.tied()
		d.crowd(40)
		var told []string
		for _, who := range []string{"vaki0@posti.example", "vaki39@posti.example"} { // a hub and a leaf
			sp := d.drop("t" + who).Spark
			d.join(sp.ID, who, "")
			d.drain()
			r, ok := d.reach(sp.ID)
			if !ok || r.Known != 0 || r.Others != 2 {
				t.Fatalf("%v %+v", ok, r)
			}
			raw, err := json.Marshal(r)
			d.must(err)
			told = append(told, string(raw)+r.Digest)
		}
		if told[0] != told[1] {
			t.Errorf("%s\n%s", told[0], told[1])
		}
	})
}

func TestWhereNobodyIsCountedNothingIsSimulated(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.tied()
		sp := d.drop("tuoja@posti.example").Spark
		d.drain()
		if r, ok := d.reach(sp.ID); ok {
			t.Errorf("%+v", r)
		}
		d.latest(sp.ID) // the forecast is made all the same
	})
}

// What somebody who is counted takes back leaves no trace: neither in what is kept, in
// any column of any table of forecasts, nor in what is told.
func TestWhoTakesItBackLeavesNoTrace(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.tied()
		all := d.crowd(30)
		sp := d.drop("tuoja@posti.example").Spark
		for _, i := range []int{0, 1, 2, 3} {
			d.clockwise()
			d.join(sp.ID, fmt.Sprintf("vaki%d@posti.example", i), "")
		}
		d.drain()
		d.must(d.LearnTies(ctx, region))
		rows := func(table string) (n int) {
			d.must(d.db.QueryRow(ctx, `SELECT COUNT(*) FROM `+table+` WHERE region_id = $1`, region).Scan(&n))
			return n
		}
		before, ok := d.reach(sp.ID)
		if !ok || before.Known != 4 || rows("forecast_ties") == 0 {
			t.Fatalf("%v %+v", ok, before)
		}
		gone := all[3]
		d.chooses(gone, false, actor.Counted)
		// At once, before any job has run.
		if _, ok := d.reach(sp.ID); ok || rows("forecast_ties") != 0 || rows("forecast_reach") != 0 {
			t.Errorf("%d reaches, %d classes of ties are left", rows("forecast_reach"), rows("forecast_ties"))
		}
		d.drain()
		after, ok := d.reach(sp.ID)
		if !ok || after.Known != 3 || after.Size != before.Size-1 || after.Others != before.Others+1 {
			t.Errorf("%+v, was %+v", after, before)
		}
		w, err := d.Involve(ctx, sp, forecast.Asking{Known: all, Today: d.today(), With: all[2:5]})
		d.must(err)
		for _, c := range slices.Concat(w.Set, w.What) {
			if c.ID == gone {
				t.Error("they are suggested")
			}
		}
		if w.Size != before.Size-1 {
			t.Errorf("%d in the network", w.Size)
		}
		// Nor is anybody else in what is kept.
		var ids []string
		for _, id := range all {
			ids = append(ids, id.String(), fmt.Sprint(int64(id)))
		}
		for _, text := range d.everything("forecast") {
			for i, id := range ids {
				if strings.Contains(text, id) || strings.Contains(strings.ToLower(text), fmt.Sprintf("vaki%d@", i/2)) || strings.Contains(text, fmt.Sprintf("Väki %d\"", i/2)) {
					t.Errorf("somebody is in %.200s", text)
				}
			}
		}
		// Whoever is erased is gone the same way; what others change meanwhile costs nothing.
		d.lives(all[5], "kausala", "")
		if _, ok := d.reach(sp.ID); !ok {
			t.Error("a change of a place has taken the reach away")
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return d.actors.Erase(ctx, tx, region, d.person("vaki2@posti.example").ID)
		})
		if _, ok := d.reach(sp.ID); ok {
			t.Error("what was simulated with somebody erased is kept")
		}
	})
}

// clockwise lets a little time go by.
func (d *desk) clockwise() { d.clock.Advance(day) }

// everything is each value of each column of tables whose names begin so, with the
// jobs that wait.
func (d *desk) everything(prefix string) (all []string) {
	d.t.Helper()
	ctx := context.Background()
	tables, err := d.db.Tables(ctx, d.db)
	d.must(err)
	looked := 0
	for _, table := range tables {
		if !strings.HasPrefix(table.Name, prefix) && table.Name != "jobs" {
			continue
		}
		for _, column := range table.Columns {
			if column.Name == "spark_id" || column.Name == "bringer_id" || column.Name == "forecast_id" || strings.HasSuffix(column.Name, "_at") {
				continue
			}
			looked++
			rows, err := d.db.Query(ctx, `SELECT `+column.Name+` FROM `+table.Name)
			d.must(store.Each(rows, err, func(rows *sql.Rows) error {
				var text any
				err := rows.Scan(&text)
				if raw, ok := text.([]byte); ok {
					text = string(raw)
				}
				all = append(all, fmt.Sprintf("%s.%s: %v", table.Name, column.Name, text))
				return err
			}))
		}
	}
	if looked < 20 {
		d.t.Fatalf("only %d columns", looked)
	}
	return all
}

// An organisation that nobody is tied to yet is in the network as soon as it is known.
func TestANewOrganisationIsInTheNetworkAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		memory := network.NewCounted(d.db, d.clock)
		d.tied()
		size := func() int {
			t.Helper()
			s, err := memory.Now(ctx, region)
			d.must(err)
			return len(s.Nodes)
		}
		before := size()
		var id ident.ID
		d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
			_, id, err = d.actors.Resolve(ctx, tx, region, "Kausalan kyläyhdistys ry", func(string) bool { return false })
			return err
		})
		if n := size(); n != before+1 {
			t.Fatalf("%d nodes, were %d", n, before)
		}
		d.must(d.actors.Note(ctx, region, id, actor.Details{Place: "kausala"}))
		s, err := memory.Now(ctx, region)
		d.must(err)
		if n, ok := s.Number(id); !ok || s.Nodes[n].Place != "kausala" {
			t.Errorf("%v", ok)
		}
	})
}
