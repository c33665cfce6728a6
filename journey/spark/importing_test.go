package spark_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/programme"
)

func told(key, text string, at time.Time) spark.Record {
	return spark.Record{Source: "OmaStadi", Key: key, At: at, Draft: spark.Draft{Text: text, Place: "Myllykoski", Language: "fi", Name: "Ei tänne", Email: "ei@tanne.example"}}
}

func (d *desk) imports(number ident.ID, list ...spark.Record) (t spark.Taken) {
	d.Helper()
	for i := range list {
		if err := list[i].Check(d.promise); err != nil {
			d.Fatal(err)
		}
	}
	if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		t, err = d.sparks.Import(ctx, tx, region, d.promise, number, list)
		return err
	}); err != nil {
		d.Fatal(err)
	}
	return t
}

func (d *desk) brought(key string) spark.Spark {
	d.Helper()
	var id ident.ID
	if err := d.db.QueryRow(context.Background(), `SELECT spark_id FROM spark_imports WHERE region_id = 'kouvola' AND source_key = $1`, key).Scan(&id); err != nil {
		d.Fatal(err)
	}
	return d.byID(id)
}

func TestAnImportedSparkPromisesNothingAndNamesNobody(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		then := time.Date(2018, 11, 12, 10, 0, 0, 0, time.UTC)
		rejected, selected := told("2", "Silta joen yli.", then.Add(time.Hour)), told("3", "Kioski torille.", then.Add(-24*time.Hour))
		rejected.Fate, selected.Fate, selected.Talked = spark.FateRejected, spark.FateSelected, 7
		if got := d.imports(1, told("1", "Penkkejä rantaan. Istuttaisiin.", then), rejected, selected); got.Added != 3 {
			t.Fatalf("%+v", got)
		}
		sp := d.brought("1")
		if sp.Waiting || sp.Due != 0 || !sp.Dropped.Equal(then) || !sp.Latest.Equal(then) || !sp.Listed || sp.Place != "myllykoski" || sp.Source != spark.Imported || sp.Title != "Penkkejä rantaan" && sp.Title != "Penkkejä rantaan." {
			t.Errorf("%+v", sp)
		}
		b, err := spark.Bringers(context.Background(), d.db, region, sp.ID)
		if err != nil || len(b[sp.ID]) != 1 || b[sp.ID][0].Name+b[sp.ID][0].Email+b[sp.ID][0].Phone != "" {
			t.Errorf("%v %+v", err, b)
		}
		if out := d.brought("2"); out.Open || out.State != spark.Out || out.Closed.IsZero() || len(d.story(out.ID)) != 2 || d.last(out.ID).Type != story.Fared {
			t.Errorf("%+v", out)
		}
		third := d.brought("3")
		if third.State != spark.Glowing || d.last(third.ID).Facts.To != "selected" {
			t.Errorf("%+v", third)
		}
		if o, ok, err := spark.CameFrom(context.Background(), d.db, region, third.ID); err != nil || !ok || o.Source != "OmaStadi" || o.Comments != 7 || o.Key != "3" {
			t.Errorf("%+v %v %v", o, ok, err)
		}
		if n := d.count(`SELECT COUNT(*) FROM jobs`); n != 0 {
			t.Errorf("%d jobs would write letters", n)
		}
		// Older than everything dropped here, and in the order things were told.
		here := d.drop(maija()).Spark
		if !(third.ID < sp.ID && sp.ID < here.ID) {
			t.Errorf("ids %d %d %d", third.ID, sp.ID, here.ID)
		}
		list, _, err := spark.List(context.Background(), d.db, region, spark.Filter{})
		if err != nil || len(list) != 4 || list[0].ID != here.ID {
			t.Errorf("%v %+v", err, list)
		}
		d.clock.Advance(100 * 24 * time.Hour)
		if lone, n, err := spark.Work(context.Background(), d.db, region, spark.Lone, workday.Calendar{}, d.today(), 0, 10); err != nil || n != 0 || len(lone) != 0 {
			t.Errorf("the office is given %d to look at, %v", n, err)
		}
		// It can be answered, joined and closed like any other.
		if _, err := d.sparks.Answer(context.Background(), d.act(sp.ID), "Hieno ajatus.", true, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestTheSameRowIsTheSameSpark(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		then := time.Date(2021, 5, 1, 9, 0, 0, 0, time.UTC)
		rows := []spark.Record{told("a", "Ensimmäinen.", then), told("b", "Toinen.", then), told("a", "Sama tunnus.", then)}
		if got := d.imports(1, rows...); got.Added != 2 || !slices.Equal(got.Twice, []int{2}) {
			t.Fatalf("%+v", got)
		}
		before := d.count(`SELECT COUNT(*) FROM beats`)
		if got := d.imports(2, rows[:2]...); got.Same != 2 || d.count(`SELECT COUNT(*) FROM beats`) != before || d.brought("a").Version != 1 {
			t.Errorf("%+v", got)
		}
		rows[0].Text, rows[1].Fate = "Ensimmäinen, tarkemmin.", spark.FateRejected
		if got := d.imports(3, rows[:2]...); got.Changed != 2 {
			t.Errorf("%+v", got)
		}
		if a, b := d.brought("a"), d.brought("b"); a.Text != "Ensimmäinen, tarkemmin." || d.last(a.ID).Type != story.Edited || b.State != spark.Out || d.last(b.ID).Type != story.Fared {
			t.Errorf("%+v %+v", a, b)
		}
		rows[1].Fate = spark.FateOpen
		if got := d.imports(4, rows[1]); got.Changed != 1 || !d.brought("b").Open {
			t.Errorf("%+v %+v", got, d.brought("b"))
		}
		// What the office has answered is the office's.
		if _, err := d.sparks.Answer(context.Background(), d.act(d.brought("a").ID), "Vastaus.", true, ""); err != nil {
			t.Fatal(err)
		}
		rows[0].Text = "Kolmas versio."
		if got := d.imports(5, rows[0]); got.Kept != 1 || d.brought("a").Text != "Ensimmäinen, tarkemmin." {
			t.Errorf("%+v", got)
		}
		if n := d.count(`SELECT COUNT(*) FROM sparks`); n != 2 {
			t.Errorf("%d sparks", n)
		}
	})
}

func TestAnErasedSparkIsNotBroughtAgain(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		r := told("x", "Poistettava puupaja.", time.Date(2022, 1, 2, 3, 4, 5, 0, time.UTC))
		d.imports(1, r)
		link, err := d.sparks.PrintLink(context.Background(), region, d.brought("x").ID, d.act(0).Officer.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.sparks.Withdraw(context.Background(), region, link, true); err != nil {
			t.Fatal(err)
		}
		if got := d.imports(2, r); got.Same != 1 || d.brought("x").Text != "" || d.count(`SELECT COUNT(*) FROM spark_imports WHERE digest <> ''`) != 0 {
			t.Errorf("%+v %+v", got, d.brought("x"))
		}
	})
}

func TestAnImportIsTakenBackWhileNothingHasHappened(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		then := time.Date(2019, 5, 1, 9, 0, 0, 0, time.UTC)
		var rows []spark.Record
		for i := range 25 {
			rows = append(rows, told(fmt.Sprint(i), fmt.Sprintf("Ehdotus %d.", i), then))
		}
		d.imports(7, rows...)
		d.imports(8, told("other", "Toisesta tiedostosta.", then))
		kept := d.brought("3")
		if _, err := d.sparks.Answer(context.Background(), d.act(kept.ID), "Tähän tartuttiin.", true, ""); err != nil {
			t.Fatal(err)
		}
		reported := d.brought("4")
		d.exec(`INSERT INTO reports (region_id, spark_id, report_id, reason, words, email, language, doubt, told_at, handled_at, outcome, officer_id) VALUES ('kouvola', $1, 1, 'other', '', '', 'fi', '', 1, 0, '', 0)`, int64(reported.ID))
		total := 0
		for after, done := ident.ID(0), false; !done; {
			n, last, end, err := d.sparks.TakeBack(context.Background(), region, 7, after, 4)
			if err != nil {
				t.Fatal(err)
			}
			total, after, done = total+n, last, end
		}
		left, err := spark.TakenIn(context.Background(), d.db, region, 7)
		if err != nil || total != 23 || left != 2 || d.count(`SELECT COUNT(*) FROM sparks`) != 3 {
			t.Errorf("%d removed, %d left, %v", total, left, err)
		}
		if d.count(`SELECT COUNT(*) FROM beats b WHERE NOT EXISTS (SELECT 1 FROM sparks s WHERE s.region_id = b.region_id AND s.spark_id = b.spark_id)`) != 0 || d.brought("3").ID != kept.ID {
			t.Error("stories without sparks")
		}
		// And can come again.
		if got := d.imports(9, rows...); got.Added != 23 {
			t.Errorf("%+v", got)
		}
	})
}

func TestARecordsMistakesAreFound(t *testing.T) {
	t.Parallel()
	p, err := kouvola()
	if err != nil {
		t.Fatal(err)
	}
	for want, r := range map[string]spark.Record{
		"id":     told(" ", "Teksti.", time.Now()),
		"text":   told("1", " \u202e ", time.Now()),
		"title":  {Source: "S", Key: "1", Draft: spark.Draft{Text: "x", Title: strings.Repeat("ä", 121), Language: "fi"}},
		"source": {Key: "1", Draft: spark.Draft{Text: "x", Language: "fi"}},
		"state":  {Source: "S", Key: "1", Fate: "lost", Draft: spark.Draft{Text: "x", Language: "fi"}},
	} {
		var found []string
		for _, e := range fault.List(r.Check(programme.Edition{Programme: p})) {
			found = append(found, e.Field)
		}
		if !slices.Equal(found, []string{want}) {
			t.Errorf("%s: found %v", want, found)
		}
	}
}
