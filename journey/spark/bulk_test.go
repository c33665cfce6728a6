package spark_test

import (
	"context"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

func TestManyAreMovedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b, c := d.bring("Aino"), d.bring("Bertta"), d.bring("Cecilia")
		gone, joined, shut := d.bring("Gunnar"), d.bring("Jaana"), d.bring("Saara")
		firstSpark(d.sparks.Withdraw(ctx, region, gone.Link, false))
		d.merge(c.Spark.ID, joined.Spark.ID)
		d.shut(d.act(shut.Spark.ID))
		strategic, glocal := spark.Tag{Kind: "theme", ID: "strategic"}, spark.Tag{Kind: "theme", ID: "glocal"}
		before := map[ident.ID]spark.Spark{}
		all := []spark.Receipt{a, b, c, gone, joined, shut}
		for _, r := range all {
			before[r.Spark.ID] = stands(d.byID(r.Spark.ID))
		}
		d.clock.Advance(time.Hour)
		bulk := spark.Bulk{Owner: d.officers[office.Manager].ID, Place: "Elimäki", Add: []spark.Tag{strategic}, Remove: []spark.Tag{glocal}}
		for _, r := range append(all, a) {
			bulk.Sparks = append(bulk.Sparks, r.Spark.ID)
		}
		bulk.Sparks = append(bulk.Sparks, 77)
		act, err := d.sparks.InBulk(ctx, d.act(0), d.promise, bulk)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []spark.Receipt{a, b, c, shut} {
			s := d.byID(r.Spark.ID)
			if s.Owner != bulk.Owner || s.Place == "" || s.Place == r.Spark.Place || !slices.Equal(s.Tags, []spark.Tag{strategic}) {
				t.Errorf("%+v", s)
			}
		}
		var types []story.Type
		for _, beat := range d.story(a.Spark.ID)[1:] {
			types = append(types, beat.Type)
			if beat.Officer != d.officers[office.Planner].ID || beat.Actor != story.Office {
				t.Errorf("%+v", beat)
			}
		}
		if !slices.Equal(types, []story.Type{story.Tagged, story.Placed, story.Assigned}) {
			t.Errorf("%v", types)
		}
		moved, err := spark.MovedBy(ctx, d.db, region, act)
		if err != nil || len(moved.Same) != 0 {
			t.Errorf("%v %+v", err, moved)
		}
		why := map[ident.ID]string{}
		for _, m := range moved.Missed {
			why[m.Spark] = m.Why
		}
		if diff := gocmp.Diff(map[ident.ID]string{gone.Spark.ID: "spark.withdrawn", joined.Spark.ID: "spark.merged", 77: "spark.none"}, why); diff != "" {
			t.Errorf("missed (-want +got):\n%s", diff)
		}
		done, err := spark.ActByID(ctx, d.db, region, act)
		if err != nil || done.Deed != spark.DeedBulk || len(done.Changes) != 4 || done.Officer != d.officers[office.Planner].ID {
			t.Errorf("%v %+v", err, done)
		}
		// The same again changes nothing, and is told so.
		again, err := d.sparks.InBulk(ctx, d.act(0), d.promise, spark.Bulk{Sparks: []ident.ID{a.Spark.ID, b.Spark.ID}, Owner: bulk.Owner, Add: []spark.Tag{strategic}})
		if err != nil {
			t.Fatal(err)
		}
		if moved, err := spark.MovedBy(ctx, d.db, region, again); err != nil || len(moved.Same) != 2 {
			t.Errorf("%v %+v", err, moved)
		}
		// Taken back: what was changed since stays, the rest is as it was.
		firstSpark(d.sparks.Assign(ctx, d.act(b.Spark.ID), d.officers[office.Coordinator].ID))
		firstSpark(d.sparks.Withdraw(ctx, region, c.Link, true))
		u, err := d.sparks.Undo(ctx, d.act(0), act)
		if err != nil || !slices.Equal(u.Back, []ident.ID{a.Spark.ID, shut.Spark.ID}) || !slices.Contains(u.Left[b.Spark.ID], "owner") || len(u.Left) != 2 {
			t.Errorf("%v %+v", err, u)
		}
		for _, r := range []spark.Receipt{a, shut} {
			if diff := gocmp.Diff(before[r.Spark.ID], stands(d.byID(r.Spark.ID))); diff != "" {
				t.Errorf("taken back (-before +after):\n%s", diff)
			}
		}
		if s := d.byID(b.Spark.ID); s.Owner != d.officers[office.Coordinator].ID || !slices.Equal(s.Tags, []spark.Tag{strategic}) {
			t.Errorf("another's act was wiped out: %+v", s)
		}
		// The one that is left can be taken back when it is as the act left it.
		if _, err := d.sparks.Undo(ctx, d.act(0), act); key(err) != "act.changed" {
			t.Errorf("%v", err)
		}
		firstSpark(d.sparks.Assign(ctx, d.act(b.Spark.ID), bulk.Owner))
		if u, err := d.sparks.Undo(ctx, d.act(0), act); err != nil || !slices.Equal(u.Back, []ident.ID{b.Spark.ID}) {
			t.Errorf("%v %+v", err, u)
		}
	})
}

func TestWhatCannotBeDoneToMany(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.bring("Aino")
		one := []ident.ID{a.Spark.ID}
		tooMany := make([]ident.ID, spark.MostInBulk+1)
		for i := range tooMany {
			tooMany[i] = ident.ID(i + 1)
		}
		for name, c := range map[string]struct {
			bulk       spark.Bulk
			key, field string
		}{
			"none":         {spark.Bulk{Place: "Elimäki"}, "bulk.none", "k"},
			"too many":     {spark.Bulk{Sparks: tooMany, Place: "Elimäki"}, "bulk.many", "k"},
			"nothing":      {spark.Bulk{Sparks: one}, "bulk.nothing", "owner"},
			"no place":     {spark.Bulk{Sparks: one, Place: "Mummola"}, "place.unknown", "place"},
			"no theme":     {spark.Bulk{Sparks: one, Add: []spark.Tag{{Kind: "theme", ID: "x"}}}, "spark.tag.unknown", "add"},
			"no theme out": {spark.Bulk{Sparks: one, Remove: []spark.Tag{{Kind: "theme", ID: "x"}}}, "spark.tag.unknown", "remove"},
			"a viewer":     {spark.Bulk{Sparks: one, Owner: d.officers[office.Viewer].ID}, "owner.wrong", "owner"},
			"nobody":       {spark.Bulk{Sparks: one, Owner: 77}, "owner.wrong", "owner"},
		} {
			_, err := d.sparks.InBulk(ctx, d.act(0), d.promise, c.bulk)
			if key(err) != c.key || fault.List(err)[0].Field != c.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM acts`); n != 0 || len(d.story(a.Spark.ID)) != 1 {
			t.Errorf("%d acts of refused bulks", n)
		}
	})
}
