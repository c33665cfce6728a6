package ring_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/actor"
	"kokko/region/address"
)

func parts(ringAt int) []spark.Part {
	all := []spark.Part{{Text: "Laituri."}, {Text: "Sauna."}, {Text: "Valot polulle."}}
	if ringAt > 0 {
		all[ringAt-1].Ring = true
	}
	return all
}

// split splits a spark; the ring goes to a part by its number, 0 where nobody chose.
func (d *desk) split(t testing.TB, id ident.ID, ringAt int) (made []spark.Spark, act ident.ID) {
	t.Helper()
	made, err := d.sparks.Split(context.Background(), spark.Act{Region: region, Spark: id, Officer: d.officer, Did: &act}, parts(ringAt))
	must(t, err)
	return made, act
}

func (d *desk) undo(act ident.ID) error {
	_, err := d.sparks.Undo(context.Background(), spark.Act{Region: region, Officer: d.officer}, act)
	return err
}

// rows is everything that is kept of the ring of a spark, a line a row, without its number.
func (d *desk) rows(t testing.TB, id ident.ID) (all []string) {
	t.Helper()
	for table, columns := range map[string]string{"ring_people": "member_id, address_id, role, name, seen, brings, language, state, held, since_at, decided_at", "ring_openings": "role, wanted, since_at", "ring_choices": "asks", "ring_yeses": "member_id",
		"commitments": "commitment_id, member_id, what, by_day, state, moves, made_at, ended_at, reminded_day, asked_day"} {
		all = append(all, d.read(t, table, `SELECT `+columns+` FROM `+table+` WHERE spark_id = $1`, int64(id))...)
	}
	all = append(all, d.read(t, "ties", `SELECT from_id, to_id, weight, since_at, at, until_at FROM ties WHERE why = 'ring' AND source_id = $1`, int64(id))...)
	slices.Sort(all)
	return all
}

func (d *desk) read(t testing.TB, name, query string, args ...any) (all []string) {
	t.Helper()
	rows, err := d.db.Query(context.Background(), query, args...)
	must(t, store.Each(rows, err, func(rows *sql.Rows) error {
		names, err := rows.Columns()
		if err != nil {
			return err
		}
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		err = rows.Scan(into...)
		all = append(all, name+fmt.Sprint(row))
		return err
	}))
	return all
}

// letters is what those in rings are to be told, as "member news", of one spark.
func (d *desk) told(t testing.TB, id ident.ID, news ring.News) (n int) {
	t.Helper()
	for _, row := range d.read(t, "", `SELECT args FROM jobs WHERE kind = 'ring.told'`) {
		row = strings.ReplaceAll(row, " ", "")
		if strings.Contains(row, `"spark":`+id.String()) || strings.Contains(row, `"spark":"`+id.String()+`"`) {
			if strings.Contains(row, `"news":"`+string(news)+`"`) {
				n++
			}
		}
	}
	return n
}

// The ring of a spark that is split goes on round one of its parts as it is, and comes
// back with what it got meanwhile when the split is taken back.
func TestTheRingOfASplitSparkGoesOn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.Tying(actor.New(d.db, d.clock, ident.NewMaker(d.clock)))
		by := ring.By{Actor: story.Office, Officer: d.officer.ID}
		a, b, c, late := d.person(t, "a@posti.example"), d.person(t, "b@posti.example"), d.person(t, "c@posti.example"), d.person(t, "d@posti.example")
		for ringAt, at := range map[int]int{0: 0, 1: 0, 3: 2} {
			boards := fmt.Sprintf("Haen laudat %d", ringAt)
			whole := d.drop(t, fmt.Sprintf("Laituri, sauna ja valot polulle, %d.", ringAt))
			draft := ring.Draft{Role: ring.Doer, Seen: spark.Public, Name: "Aino", Brings: boards, Tied: true, Take: ring.Take{What: boards, Day: d.day(5)}}
			_, err := d.join(a, whole.ID, draft)
			must(t, err)
			_, err = d.join(b, whole.ID, ring.Draft{Role: ring.Host, Seen: spark.Office, Tied: true})
			must(t, err)
			must(t, d.CommitBringer(ctx, region, whole.ID, ring.Take{What: "Kysyn luvan", Day: d.day(7)}))
			must(t, d.Look(ctx, by, region, whole.ID, true, []ring.Opening{{Role: ring.Funder, Wanted: "Puolet"}}))
			waits, err := d.join(c, whole.ID, ring.Draft{Role: ring.Knower, Seen: spark.Unnamed, Take: ring.Take{What: fmt.Sprintf("Piirrän %d", ringAt), Day: d.day(9)}})
			must(t, err)
			if waits.State != ring.Asked {
				t.Fatalf("%+v", waits)
			}
			before, was := d.rows(t, whole.ID), d.spark(t, whole.ID)

			made, act := d.split(t, whole.ID, ringAt)
			part := made[at]
			if diff := gocmp.Diff(before, d.rows(t, part.ID)); diff != "" {
				t.Errorf("part %d of the ring (-whole +part):\n%s", at, diff)
			}
			for _, other := range append([]ident.ID{whole.ID}, made[(at+1)%3].ID, made[(at+2)%3].ID) {
				if left := d.rows(t, other); len(left) > 0 {
					t.Errorf("left behind: %q", left)
				}
			}
			if p, w := d.spark(t, part.ID), d.spark(t, whole.ID); p.People != was.People || p.Doers != was.Doers || p.State != spark.Glowing || w.People != 1 || w.Doers != 0 || w.State != spark.Split {
				t.Errorf("%+v\n%+v", p, w)
			}
			told, _, err := story.Newest(ctx, d.db, region, whole.ID, story.Split)
			if err != nil || told.Facts.Into != part.ID {
				t.Errorf("%+v, %v", told.Facts, err)
			}
			if n := d.told(t, part.ID, ring.Split); n != 3 {
				t.Errorf("%d are told", n)
			}

			// By its old number it is found where it is.
			if now, err := ring.At(ctx, d.db, region, whole.ID); now != part.ID || err != nil {
				t.Errorf("%s, %v", now, err)
			}
			if _, err := d.Decide(ctx, by, region, whole.ID, waits.ID, true); err != nil {
				t.Fatal(err)
			}
			must(t, d.Look(ctx, by, region, whole.ID, false, []ring.Opening{{Role: ring.Funder, Wanted: "Puolet"}}))
			if m, err := d.join(late, whole.ID, ring.Draft{Role: ring.Doer, Seen: spark.Unnamed, Tied: true}); err != nil || m.Spark != part.ID || m.State != ring.In {
				t.Fatalf("%+v, %v", m, err)
			}
			mine := slices.DeleteFunc(d.taken(t, part.ID), func(c ring.Commitment) bool { return c.What != boards })
			must(t, d.turn(a, whole.ID, mine[0].ID, ring.Turn{To: ring.Kept}))

			// Somebody of the ring is in another part's too.
			other := made[(at+1)%3]
			if _, err := d.join(b, other.ID, ring.Draft{Role: ring.Doer, Seen: spark.Unnamed, Take: ring.Take{What: fmt.Sprintf("Kiuas %d", ringAt), Day: d.day(4)}}); err != nil {
				t.Fatal(err)
			}
			must(t, d.undo(act))
			people := d.people(t, ring.In, whole.ID)
			if len(people) != 4 || len(d.people(t, ring.Asked, whole.ID)) != 0 {
				t.Fatalf("%+v", people)
			}
			for _, m := range people {
				if m.Address == b.ID && (m.Role != ring.Host || m.Seen != spark.Office) {
					t.Errorf("%+v", m)
				}
				if m.Address == a.ID && (m.Name != "Aino" || m.Brings != boards || m.Since != was.Dropped && m.Since.Before(was.Dropped)) {
					t.Errorf("%+v", m)
				}
			}
			fates := map[string]ring.Fate{}
			for _, c := range d.taken(t, whole.ID) {
				if fates[c.What] = c.State; strings.HasPrefix(c.What, "Kiuas") && !slices.ContainsFunc(people, func(m ring.Member) bool { return m.ID == c.Member && m.Address == b.ID }) {
					t.Errorf("nobody's step: %+v", c)
				}
			}
			if want := map[string]ring.Fate{boards: ring.Kept, "Kysyn luvan": ring.Open, fmt.Sprintf("Piirrän %d", ringAt): ring.Open, fmt.Sprintf("Kiuas %d", ringAt): ring.Open}; !maps.Equal(fates, want) {
				t.Errorf("%v", fates)
			}
			if w := d.spark(t, whole.ID); w.People != 5 || w.Doers != 4 || w.State != spark.Glowing {
				t.Errorf("%+v", w)
			}
			if stand, _ := d.ties(t, whole.ID); stand != 3 { // a, b and who came late
				t.Errorf("%d ties", stand)
			}
			for _, p := range made {
				if left := d.rows(t, p.ID); len(left) > 0 {
					t.Errorf("left in a part: %q", left)
				}
				if now, err := ring.At(ctx, d.db, region, p.ID); now != whole.ID || err != nil {
					t.Errorf("%s, %v", now, err)
				}
			}
			if n := d.told(t, whole.ID, ring.Whole); n != 4 {
				t.Errorf("%d are told", n)
			}
			must(t, d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Leave(ctx, tx, late, made[at].ID) }))
			if stand, ended := d.ties(t, whole.ID); stand != 1 || ended != 2 {
				t.Errorf("%d ties and %d ended", stand, ended)
			}
		}
	})
}

// A split that is taken back at once has left nothing.
func TestASplitTakenBackAtOnceLeavesTheRingAsItWas(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		whole := d.drop(t, "Laituri, sauna ja valot.")
		for i := range 4 {
			_, err := d.join(d.person(t, fmt.Sprintf("p%d@posti.example", i)), whole.ID, ring.Draft{Role: ring.Doer, Seen: spark.Unnamed, Tied: i%2 == 0, Take: ring.Take{What: "Teen", Day: d.day(i)}})
			must(t, err)
		}
		before, was := d.rows(t, whole.ID), d.spark(t, whole.ID)
		_, act := d.split(t, whole.ID, 2)
		must(t, d.undo(act))
		if diff := gocmp.Diff(before, d.rows(t, whole.ID)); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
		if w := d.spark(t, whole.ID); w.People != was.People || w.Doers != was.Doers || w.State != was.State {
			t.Errorf("%+v", w)
		}
	})
}

// A ring cannot go on with a part that there is not.
func TestTheRingWantsAPart(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		whole := d.drop(t, "Laituri ja sauna.")
		_, err := d.sparks.Split(context.Background(), spark.Act{Region: region, Spark: whole.ID, Officer: d.officer}, []spark.Part{{Text: "Laituri."}, {Text: "Sauna."}, {Ring: true}})
		if f := fault.List(err); len(f) != 1 || f[0].Key != "split.ring.empty" || f[0].Field != "ring" {
			t.Errorf("%v", err)
		}
	})
}

// Whatever happens in the rings of parts, what is taken back has each of them once, all
// that they do, and its people and doers counted right; so has each part before.
func TestNobodyIsLostOverASplit(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		var people []address.Address
		for i := range 5 {
			people = append(people, d.person(t, fmt.Sprintf("k%d@posti.example", i)))
		}
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			whole := d.drop(t, fmt.Sprintf("Laituri, sauna ja valot polulle. %d", n)).ID
			act := func(id ident.ID) {
				who := rapid.SampledFrom(people).Draw(rt, "who")
				var err error
				switch rapid.IntRange(0, 5).Draw(rt, "what") {
				case 0, 1, 2:
					draft := ring.Draft{Role: rapid.SampledFrom(ring.Roles()).Draw(rt, "role"), Seen: spark.Unnamed, Tied: rapid.Bool().Draw(rt, "tied")}
					if rapid.Bool().Draw(rt, "takes") {
						draft.Take = ring.Take{What: "Teen", Day: d.day(rapid.IntRange(0, 9).Draw(rt, "day"))}
					}
					_, err = d.join(who, id, draft)
				case 3:
					err = d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Leave(ctx, tx, who, id) })
				case 4:
					if all := d.taken(t, id); len(all) > 0 {
						err = d.turn(who, id, rapid.SampledFrom(all).Draw(rt, "taken").ID, ring.Turn{To: rapid.SampledFrom([]ring.Fate{ring.Kept, ring.LetGo}).Draw(rt, "to")})
					}
				case 5:
					if asked := d.people(t, ring.Asked, id); len(asked) > 0 {
						_, err = d.Decide(ctx, ring.By{Actor: story.Office, Officer: d.officer.ID}, region, id, asked[0].ID, rapid.Bool().Draw(rt, "yes"))
					} else {
						err = d.Look(ctx, ring.By{Actor: story.Office, Officer: d.officer.ID}, region, id, rapid.Bool().Draw(rt, "asks"), []ring.Opening{{Role: rapid.SampledFrom(ring.Roles()).Draw(rt, "wanted")}})
					}
				}
				if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
					rt.Fatal(err)
				}
			}
			right := func(id ident.ID) {
				in, doing := d.people(t, ring.In, id), 0
				for _, c := range d.taken(t, id) {
					if c.State == ring.Kept || c.State == ring.Open && slices.ContainsFunc(in, func(m ring.Member) bool { return m.ID == c.Member }) {
						doing++
					}
				}
				if sp := d.spark(t, id); sp.People != 1+len(in) || sp.Doers != doing {
					rt.Fatalf("%d people of %d, %d doers of %d", sp.People, 1+len(in), sp.Doers, doing)
				}
			}
			for range rapid.IntRange(0, 6).Draw(rt, "before") {
				act(whole)
			}
			made, did := d.split(t, whole, rapid.IntRange(0, 3).Draw(rt, "ring"))
			for range rapid.IntRange(0, 8).Draw(rt, "meanwhile") {
				act(rapid.SampledFrom(made).Draw(rt, "part").ID)
			}
			everybody, steps := map[ident.ID]bool{}, map[string]int{}
			for _, p := range made {
				right(p.ID)
				for _, m := range d.people(t, ring.In, p.ID) {
					everybody[m.Address] = true
				}
				for _, c := range d.taken(t, p.ID) {
					steps[c.ID.String()]++
				}
			}
			if err := d.undo(did); err != nil {
				rt.Fatal(err)
			}
			right(whole)
			in := d.people(t, ring.In, whole)
			after := map[ident.ID]bool{}
			for _, m := range in {
				after[m.Address] = true
			}
			if len(in) != len(everybody) || !maps.Equal(after, everybody) {
				rt.Fatalf("%v came back, %v were there", after, everybody)
			}
			for _, c := range d.taken(t, whole) {
				steps[c.ID.String()]--
			}
			for id, left := range steps {
				if left != 0 {
					rt.Fatalf("step %s: %d", id, left)
				}
			}
		})
	})
}
