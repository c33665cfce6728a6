package intake_test

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"kokko/journey/intake"
	"kokko/journey/project"
	"kokko/region/actor"
)

func TestProjectsComeInWithTheirMoneyAndWhoCarriesThem(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		list := "Koodi;Hankkeen nimi;Toteuttaja;Rahasto;Alku;Loppu;Myönnetty;Suunniteltu julkinen rahoitus;Tila\n" +
			"A1;Silta;Kymen Silta Oy;EAKR;1.2.2008;31.12.2010;1 234,50 €;-5;Päättynyt\n" +
			"A2;Toinen silta;KYMEN SILTA OY;EAKR;2009-03-01;;1234.5;;\n" +
			"A3;Rikki;X;EAKR;eilen;;;;\n" +
			"A4;Rikki;X;EAKR;;;paljon;;\n" +
			"A1;Sama;X;;;;;;\n" +
			";Nimetön;X;;;;;;\n"
		run, refused := d.take(d.order(intake.Projects, file(list), nil))
		if run.Added != 2 || refused != "4 start date, 5 granted number, 6 code twice, 7 code missing" {
			t.Errorf("%+v %q", run.Count, refused)
		}
		all, err := project.List(ctx, d.db, region, 0, 0, 10)
		if err != nil || len(all) != 2 || all[0].Code != "A2" || all[1].Granted != 123450 || all[1].Planned != -500 || all[1].Start.String() != "2008-02-01" || all[1].End.String() != "2010-12-31" {
			t.Fatalf("%v %+v", err, all)
		}
		if all[0].Actor != all[1].Actor || all[0].Implementer != "KYMEN SILTA OY" || all[0].Actor.Title != "Kymen Silta Oy" {
			t.Errorf("%+v %+v", all[0].Actor, all[1].Actor)
		}
		if of, err := project.List(ctx, d.db, region, all[0].Actor.ID, all[0].ID, 10); err != nil || len(of) != 1 || of[0].Code != "A1" {
			t.Errorf("%v %+v", err, of)
		}
		// Once; a changed row changes its project; and all of it can be taken back.
		if again, _ := d.take(d.order(intake.Projects, file(list), nil)); again.Same != 2 || again.Added+again.Changed != 0 {
			t.Errorf("%+v", again.Count)
		}
		if again, _ := d.take(d.order(intake.Projects, file(strings.Replace(list, "Päättynyt", "Keskeytynyt", 1)), nil)); again.Changed != 1 {
			t.Errorf("%+v", again.Count)
		}
		if p, err := project.ByID(ctx, d.db, region, all[1].ID); err != nil || p.State != "Keskeytynyt" {
			t.Errorf("%+v %v", p, err)
		}
		if removed, _, err := d.intake.Undo(ctx, region, run.ID); err != nil || removed != 2 {
			t.Errorf("%d %v", removed, err)
		}
	})
}

func TestTheProjectsOfACountryComeIn(t *testing.T) {
	const path = "../../../shared/data/projects/fi_dev_projects_2007_2013.csv"
	if _, err := os.Stat(path); err != nil {
		t.Skip("the shared test data is not beside the project: " + path)
	}
	each(t, func(t *testing.T, d *desk) {
		run, refused := d.take(d.order(intake.Projects, func() (io.ReadCloser, error) { return os.Open(path) }, nil))
		if run.Added != 6100 || run.Rejected != 0 {
			t.Errorf("%+v %s", run.Count, refused)
		}
		n, err := actor.Count(context.Background(), d.db, region)
		spellings := d.count(`SELECT COUNT(*) FROM actor_spellings`)
		if err != nil || spellings != 2347 || n >= spellings-200 || n < 1500 {
			t.Errorf("%d organisations of %d spellings, %v", n, spellings, err)
		}
		if path := os.Getenv("KOKKO_SHOW_NAMES"); path != "" {
			all, err := actor.Decisions(context.Background(), d.db, region, 0, 3000)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, p := range all {
				b.WriteString(string(p.Rule) + "\t" + p.Text + "\t" + p.Like + "\n")
			}
			if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("%d organisations of %d spellings", n, spellings)
	})
}
