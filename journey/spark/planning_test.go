package spark_test

import (
	"context"
	"strings"
	"testing"

	"kokko/ground/fault"
	"kokko/journey/spark"
)

func TestAPlanIsReadByItsLines(t *testing.T) {
	t.Parallel()
	for pasted, want := range map[string]string{
		"- Kylätalo auki\n• Laituri kuntoon.\n\n3. Valokuitu\n4) Talkoot\r\n":      "Kylätalo auki|Laituri kuntoon|Valokuitu|Talkoot",
		"Toimenpide\tKuka\n1\tLaavu rantaan\tKyläyhdistys\n2.\tPolku\t\"Kunta\"\n": "Laavu rantaan|Polku",
		"2027 juhlat": "2027 juhlat",
	} {
		items, err := spark.Items(pasted)
		var titles []string
		for _, it := range items {
			titles = append(titles, strings.TrimSuffix(it.Title, "."))
		}
		if err != nil || strings.Join(titles, "|") != want {
			t.Errorf("%q: %q %v", pasted, titles, err)
		}
	}
	for pasted, want := range map[string]string{" \n\t\n": "plan.empty", strings.Repeat("kohta\n", 51): "plan.many", strings.Repeat("a", 60_001): "too_long"} {
		if _, err := spark.Items(pasted); key(err) != want {
			t.Errorf("%.10q: %v", pasted, err)
		}
	}
}

func FuzzItems(f *testing.F) {
	for _, s := range []string{"- a\nb\tc", "1. x", "\u202e\n", "otsikko\ta\n\"b\"\t\"c\n\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pasted string) {
		items, err := spark.Items(pasted)
		if (err == nil) == (len(items) == 0) || len(items) > spark.MostItems {
			t.Fatalf("%d items, %v", len(items), err)
		}
		for _, it := range items {
			if strings.TrimSpace(it.Text) == "" || it.Title == "" {
				t.Fatalf("%q gives %+v", pasted, it)
			}
		}
	})
}

func TestAPlanIsASparkForEachItemUnderOneLink(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		draft := spark.Draft{Place: "Myllykoski", Name: "Maija Meikäläinen", Email: "maija@meikalaiset.example", Visibility: spark.Public, Language: "fi"}
		items := []spark.Item{{Part: spark.Part{Title: "Laavu", Text: "Laavu rantaan."}, Kind: spark.Vitality, Theme: "glocal"}, {Part: spark.Part{Text: "Etsitään hiihtoladun hoitajaa."}, Kind: spark.Need}}
		drop := func(by spark.By) (spark.Receipt, error) {
			return d.sparks.DropPlan(ctx, region, d.promise, draft, items, by)
		}
		once := "ABCDEFGHJKLMNPQRSTUVWXYZ23"
		r, err := drop(spark.By{Once: once})
		if err != nil {
			t.Fatal(err)
		}
		parts, err := spark.Parts(ctx, d.db, region, r.Spark.ID)
		if err != nil || len(parts) != 2 || parts[0].Title != "Laavu" || parts[0].Kind != spark.Vitality || len(parts[0].Tags) != 1 || parts[1].Kind != spark.Need || parts[1].Title == "" {
			t.Fatalf("%v %+v", err, parts)
		}
		bringer, err := spark.Bringers(ctx, d.db, region, r.Spark.ID, parts[0].ID, parts[1].ID)
		for _, p := range parts {
			if err != nil || !p.Listed || !p.Open || !p.Waiting || p.Due != r.Spark.Due || p.Place != "myllykoski" || bringer[p.ID][0].ID != bringer[r.Spark.ID][0].ID || len(d.story(p.ID)) != p.Beats {
				t.Errorf("%+v", p)
			}
		}
		if root := d.byID(r.Spark.ID); root.State != spark.Split || root.Open {
			t.Errorf("%+v", root)
		}
		if n := d.count(`SELECT COUNT(*) FROM jobs`); n != 1 {
			t.Errorf("%d letters for one plan", n)
		}
		if again, err := drop(spark.By{Once: once}); err != nil || !again.Again || d.count(`SELECT COUNT(*) FROM sparks`) != 3 {
			t.Errorf("sent twice: %v", err)
		}
		if _, err := d.sparks.Withdraw(ctx, region, r.Link, true); err != nil {
			t.Fatal(err)
		}
		if n := d.count(`SELECT COUNT(*) FROM sparks WHERE text <> '' OR state <> 'withdrawn'`) + d.count(`SELECT COUNT(*) FROM bringers WHERE email <> '' OR name <> ''`); n != 0 {
			t.Errorf("%d left after erasing", n)
		}
		items[1].Text = " "
		if _, err := drop(spark.By{}); fault.List(err)[0].Field != "text2" {
			t.Errorf("%v", err)
		}
		items = make([]spark.Item, 51)
		if _, err := drop(spark.By{}); key(err) != "plan.many" {
			t.Errorf("%v", err)
		}
	})
}
