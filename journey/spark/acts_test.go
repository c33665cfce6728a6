package spark_test

import (
	"context"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

// undoable is one of the office's acts that can be taken back.
type undoable struct {
	name  string
	do    func(d *desk, a spark.Act) (spark.Spark, error)
	shut  bool // of a closed spark
	spoil func(d *desk, a spark.Act) (spark.Spark, error)
	field string // what the spoiling changed
	tells string // what the taking back says, "" when nothing was told
}

func undoables() []undoable {
	ctx := context.Background()
	assign := func(role office.Role) func(d *desk, a spark.Act) (spark.Spark, error) {
		return func(d *desk, a spark.Act) (spark.Spark, error) {
			a.Did = nil
			return d.sparks.Assign(ctx, a, d.officers[role].ID)
		}
	}
	tag := func(t spark.Tags) func(d *desk, a spark.Act) (spark.Spark, error) {
		return func(d *desk, a spark.Act) (spark.Spark, error) { return d.sparks.Tag(ctx, a, d.promise, t) }
	}
	return []undoable{
		{name: "tag", do: tag(spark.Tags{Tags: []spark.Tag{{Kind: "theme", ID: "strategic"}}, Outside: true}), spoil: tag(spark.Tags{Place: "Elimäki"}), field: "tags", tells: "tag"},
		{name: "place", do: tag(spark.Tags{Tags: []spark.Tag{{Kind: "theme", ID: "glocal"}}, Place: "Elimäki"}), spoil: tag(spark.Tags{Tags: []spark.Tag{{Kind: "theme", ID: "glocal"}}}), field: "place", tells: "tag"},
		{name: "assign", do: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.Assign(ctx, a, d.officers[office.Manager].ID)
		}, spoil: assign(office.Coordinator), field: "owner", tells: "assign"},
		{name: "due", do: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.MoveDue(ctx, a, day("2026-12-15"), "Flunssa.")
		}, spoil: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.MoveDue(ctx, a, day("2026-12-17"), "Taas.")
		}, field: "due", tells: "due"},
		{name: "remind", do: func(d *desk, a spark.Act) (spark.Spark, error) { return d.sparks.Remind(ctx, a, d.today()+3) },
			spoil: func(d *desk, a spark.Act) (spark.Spark, error) { return d.sparks.Remind(ctx, a, d.today()+9) }, field: "next"},
		{name: "close", do: func(d *desk, a spark.Act) (spark.Spark, error) {
			return d.sparks.Close(ctx, a, spark.Close{State: spark.Resting, Reason: "Ei tekijää.", Would: "Tekijä."})
		}, spoil: func(d *desk, a spark.Act) (spark.Spark, error) { return d.sparks.Reopen(ctx, a, "x") }, field: "state", tells: "close"},
		{name: "reopen", shut: true, do: func(d *desk, a spark.Act) (spark.Spark, error) { return d.sparks.Reopen(ctx, a, "Tekijä löytyi.") },
			spoil: func(d *desk, a spark.Act) (spark.Spark, error) {
				return d.sparks.Close(ctx, a, spark.Close{State: spark.Resting, Reason: "x", Would: "y"})
			}, field: "state", tells: "reopen"},
	}
}

func TestEveryActCanBeTakenBackOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for _, u := range undoables() {
			// Alone, and with others joined to it.
			for _, joined := range []bool{false, true} {
				name := u.name
				r := d.bring("Aino", func(x *spark.Draft) { x.Place = "Mummola" })
				others := []spark.Receipt{}
				if joined {
					name += " of many"
					others = append(others, d.bring("Bertta"), d.bring("Cecilia"))
					d.merge(r.Spark.ID, others[0].Spark.ID, others[1].Spark.ID)
				}
				a := d.act(r.Spark.ID)
				if u.shut {
					d.shut(a)
				}
				d.clock.Advance(time.Hour)
				before := map[ident.ID]spark.Spark{r.Spark.ID: stands(d.byID(r.Spark.ID))}
				for _, o := range others {
					before[o.Spark.ID] = stands(d.byID(o.Spark.ID))
				}
				beats := len(d.story(r.Spark.ID))
				var act ident.ID
				a.Did = &act
				if _, err := u.do(d, a); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if act == 0 {
					t.Fatalf("%s is no act", name)
				}
				told := d.story(r.Spark.ID)[beats:]
				d.clock.Advance(time.Hour)
				undo := d.act(r.Spark.ID)
				undo.Officer = d.officers[office.Manager]
				if _, err := d.sparks.Undo(ctx, undo, act); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				for id, want := range before {
					if diff := gocmp.Diff(want, stands(d.byID(id))); diff != "" {
						t.Errorf("%s taken back (-before +after):\n%s", name, diff)
					}
				}
				all := d.story(r.Spark.ID)
				last := all[len(all)-1]
				if u.tells == "" {
					if len(told) != 0 || len(all) != beats {
						t.Errorf("%s: %+v", name, last)
					}
				} else if last.Type != story.Undone || last.Facts.What != u.tells || last.Corrects != told[0].ID || last.Officer != undo.Officer.ID || last.Visibility != told[0].Visibility || len(all) != beats+len(told)+1 {
					t.Errorf("%s: told %+v of %+v", name, last, told)
				}
				_, err := d.sparks.Undo(ctx, undo, act)
				if key(err) != "act.undone" {
					t.Errorf("%s twice: %v", name, err)
				}
				done, err := spark.ActByID(ctx, d.db, region, act)
				if err != nil || !done.Undone.Equal(d.clock.Now()) || done.Officer != a.Officer.ID || done.Spark != r.Spark.ID {
					t.Errorf("%s: %v %+v", name, err, done)
				}
			}
		}
	})
}

func TestAnActIsNotTakenBackOverSomebodyElses(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for _, u := range undoables() {
			r := d.bring("Aino")
			a := d.act(r.Spark.ID)
			if u.shut {
				d.shut(a)
			}
			var act ident.ID
			a.Did = &act
			firstSpark(u.do(d, a))
			a.Did = nil
			firstSpark(u.spoil(d, a))
			before, n := d.byID(r.Spark.ID), len(d.story(r.Spark.ID))
			_, err := d.sparks.Undo(ctx, a, act)
			fields, _ := fault.List(err)[0].Args["fields"].([]string)
			if key(err) != "act.changed" || !slices.Contains(fields, u.field) {
				t.Errorf("%s: %v %q", u.name, err, fields)
			}
			if !sameSpark(before, d.byID(r.Spark.ID)) || len(d.story(r.Spark.ID)) != n {
				t.Errorf("%s: a refused taking back left a trace", u.name)
			}
			if done, err := spark.ActByID(ctx, d.db, region, act); err != nil || !done.Undone.IsZero() {
				t.Errorf("%s: %v", u.name, err)
			}
		}
		if _, err := d.sparks.Undo(ctx, d.act(1), 77); key(err) != "act.none" {
			t.Errorf("no act: %v", err)
		}
	})
}

// What is no standing, and what changes nothing, is no act; and what was erased
// cannot be brought back.
func TestWhatIsNoAct(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.bring("Aino", func(x *spark.Draft) { x.Place = "Mummolanmäki" })
		act := ident.ID(0)
		a := d.act(r.Spark.ID)
		a.Did = &act
		firstSpark(d.sparks.Answer(ctx, a, "v", true, ""))
		firstSpark(d.sparks.Note(ctx, a, "n"))
		firstSpark(d.sparks.Assign(ctx, a, r.Spark.Owner))
		if act != 0 || d.count(`SELECT COUNT(*) FROM acts`) != 0 {
			t.Error("an answer is an act")
		}
		firstSpark(d.sparks.Tag(ctx, a, d.promise, spark.Tags{Place: "Elimäki"}))
		firstSpark(d.sparks.Tag(ctx, a, d.promise, spark.Tags{}))
		if act == 0 {
			t.Fatal("no act")
		}
		if found := d.traces("Mummolanmäki"); len(found) != 1 || d.byID(r.Spark.ID).PlaceName != "" {
			t.Errorf("what the act keeps: %q", found)
		}
		firstSpark(d.sparks.Withdraw(ctx, region, r.Link, true))
		if found := d.traces("Mummolanmäki"); len(found) != 0 {
			t.Errorf("left: %q", found)
		}
		if _, err := d.sparks.Undo(ctx, a, act); !fault.Is(err, fault.Gone) {
			t.Errorf("%v", err)
		}
	})
}

func TestAMergingIsTakenBackWhole(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.bring("Aino", func(x *spark.Draft) { x.Place, x.Themes = "", nil })
		b, c := d.bring("Bertta", func(x *spark.Draft) { x.Kind, x.Title, x.Themes = spark.Need, "Bertan otsikko", []string{"strategic"} }), d.bring("Cecilia")
		d.merge(b.Spark.ID, c.Spark.ID)
		all := []spark.Receipt{a, b, c}
		before := map[ident.ID]spark.Spark{}
		for _, r := range all {
			before[r.Spark.ID] = stands(d.byID(r.Spark.ID))
		}
		same := func(what string) {
			t.Helper()
			for id, want := range before {
				if diff := gocmp.Diff(want, stands(d.byID(id))); diff != "" {
					t.Errorf("%s (-before +after):\n%s", what, diff)
				}
			}
		}
		join := func() (act ident.ID) {
			root := d.act(a.Spark.ID)
			root.Did = &act
			j := joining(b.Spark.ID)
			j.TitleOf, j.KindOf, j.PlaceOf, j.Tags = b.Spark.ID, b.Spark.ID, b.Spark.ID, []spark.Tag{{Kind: "theme", ID: "strategic"}}
			firstSpark(d.sparks.Merge(ctx, root, j))
			return act
		}
		act := join()
		if _, err := d.sparks.Undo(ctx, d.act(a.Spark.ID), act); err != nil {
			t.Fatal(err)
		}
		same("the merging taken back")
		// Others joined since stay; what was taken over and changed since is kept.
		act = join()
		firstSpark(d.sparks.Tag(ctx, d.act(a.Spark.ID), d.promise, spark.Tags{Place: "Elimäki"}))
		if _, err := d.sparks.Undo(ctx, d.act(a.Spark.ID), act); key(err) != "act.changed" {
			t.Errorf("%v", err)
		}
		var apart ident.ID
		out := d.act(b.Spark.ID)
		out.Did = &apart
		firstSpark(d.sparks.Unmerge(ctx, out))
		if _, err := d.sparks.Undo(ctx, d.act(a.Spark.ID), act); key(err) != "act.changed" {
			t.Errorf("taken apart by hand already: %v", err)
		}
		if _, err := d.sparks.Undo(ctx, out, apart); err != nil {
			t.Fatal(err)
		}
		for _, r := range []spark.Receipt{b, c} {
			if s := d.byID(r.Spark.ID); s.MergedInto != a.Spark.ID {
				t.Errorf("taking apart taken back: %+v", s)
			}
		}
		// One that left by itself is no longer there to be taken out.
		firstSpark(d.sparks.Unmerge(ctx, d.act(b.Spark.ID)))
		act = join()
		firstSpark(d.sparks.Withdraw(ctx, region, c.Link, false))
		if _, err := d.sparks.Undo(ctx, d.act(a.Spark.ID), act); key(err) != "act.changed" {
			t.Errorf("%v", err)
		}
	})
}

// Acts and takings back in any order: one that succeeds restores what its act
// changed, and a refused one changes nothing.
func TestAnyTakingBackKeepsItsPromises(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		rapid.Check(t, func(rt *rapid.T) {
			all := []spark.Receipt{d.bring("Aino"), d.bring("Bertta"), d.bring("Cecilia")}
			pick := func(name string) ident.ID { return rapid.SampledFrom(all).Draw(rt, name).Spark.ID }
			type did struct {
				act    ident.ID
				before map[ident.ID]spark.Spark
			}
			snapshot := func() map[ident.ID]spark.Spark {
				m := map[ident.ID]spark.Spark{}
				for _, r := range all {
					m[r.Spark.ID] = stands(d.byID(r.Spark.ID))
				}
				return m
			}
			var done []did
			for range rapid.IntRange(2, 10).Draw(rt, "steps") {
				d.clock.Advance(time.Hour)
				before := snapshot()
				var act ident.ID
				a := d.act(pick("spark"))
				a.Did = &act
				var err error
				switch rapid.IntRange(0, 5).Draw(rt, "what") {
				case 0, 1:
					u := rapid.SampledFrom(undoables()).Draw(rt, "deed")
					_, err = u.do(d, a)
				case 2:
					_, err = d.sparks.Merge(ctx, a, joining(pick("other")))
				case 3:
					_, err = d.sparks.Unmerge(ctx, a)
				case 4:
					_, err = d.sparks.Reply(ctx, region, rapid.SampledFrom(all).Draw(rt, "replies").Link, "r", true, d.promise)
				default:
					if len(done) == 0 {
						continue
					}
					i := rapid.IntRange(0, len(done)-1).Draw(rt, "undone")
					_, err = d.sparks.Undo(ctx, d.act(0), done[i].act)
					if err == nil && i == len(done)-1 { // nothing came between: all is as it was
						if diff := gocmp.Diff(done[i].before, snapshot()); diff != "" {
							rt.Fatalf("taken back (-before +after):\n%s", diff)
						}
					}
					if err == nil {
						done = nil // what came before is no longer the last
					}
				}
				if err != nil {
					if diff := gocmp.Diff(before, snapshot()); diff != "" {
						rt.Fatalf("refused with %v and changed (-before +after):\n%s", err, diff)
					}
					if code := fault.CodeOf(err); code != fault.Conflict && code != fault.Invalid && code != fault.Gone {
						rt.Fatal(err)
					}
				} else if act != 0 {
					done = append(done, did{act, before})
				} else if !gocmp.Equal(before, snapshot()) {
					done = nil
				}
				d.together(rt, all)
			}
		})
	})
}
