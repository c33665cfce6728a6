package spark_test

import (
	"context"
	"testing"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
)

func (d *desk) demonstrate(scenes ...spark.Scene) error {
	return d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return d.sparks.Demonstrate(ctx, tx, region, d.promise, true, scenes)
	})
}

func TestADemonstrationIsMarkedAndGoesWholly(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, then := context.Background(), d.clock.Now().Add(-60*24*time.Hour)
		told := spark.Draft{Text: "Kylätalo auki keskiviikkoisin.", Language: "fi", Name: "Aino Keksitty (esimerkki)", Place: "elimaki", Themes: []string{"glocal"}}
		scenes := []spark.Scene{
			{Draft: told, At: then},
			{Draft: told, At: then, Answered: time.Hour, Answer: "Kiitos!", Talked: 48 * time.Hour, Talk: "Tavattiin.", Measure: "Kysyn tilaa", Doer: "Eino (esimerkki)", Joined: true},
			{Draft: told, At: then, Closed: 72 * time.Hour, Close: spark.Close{State: spark.Resting, Reason: "Ei nyt.", Would: "Kun tila on."}},
		}
		if err := d.demonstrate(scenes...); err != nil {
			t.Fatal(err)
		}
		list, _, err := spark.List(ctx, d.db, region, spark.Filter{})
		if err != nil || len(list) != 3 {
			t.Fatalf("%v %d", err, len(list))
		}
		var waits, glows, rests int
		var open []ident.ID
		for _, sp := range list {
			if sp.Open {
				open = append(open, sp.ID)
			}
			if sp.Source != spark.Demo || len(d.story(sp.ID)) != sp.Beats {
				t.Errorf("%+v", sp)
			}
			switch {
			case sp.State == spark.Glowing && sp.Doers == 1 && !sp.Answered.IsZero() && d.last(sp.ID).Type == story.Talked:
				glows++
			case sp.State == spark.Resting && !sp.Open && d.last(sp.ID).Would == "Kun tila on.":
				rests++
			case sp.Waiting && sp.Late(d.today()):
				waits++
			}
		}
		if waits != 1 || glows != 1 || rests != 1 || d.count(`SELECT COUNT(*) FROM jobs`)+d.count(`SELECT COUNT(*) FROM mails`) != 0 {
			t.Errorf("%d wait, %d glow, %d rest", waits, glows, rests)
		}
		if len(open) != 2 {
			t.Fatalf("%d are open", len(open))
		}
		// What is done to one goes with it; what is real stays.
		if _, err := d.sparks.Answer(ctx, d.act(open[0]), "Vastaus.", true, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := d.sparks.Merge(ctx, d.act(open[0]), spark.Joining{Sparks: []spark.Seen{{ID: open[1]}}}); err != nil {
			t.Fatal(err)
		}
		// So does what people said there, and whom they would have met.
		for _, said := range []string{
			`INSERT INTO comments (region_id, spark_id, comment_id, author_kind, author_id, name, language, words, state, placed, waits, held, question, unanswered, answer_id, beat_id, reports, written_at, edited_at, decided_at, officer_id, reason) VALUES ($1, $2, 7, 'person', 1, '', 'fi', 'Hyvä.', 'shown', TRUE, FALSE, '', FALSE, FALSE, 0, 0, 1, 1, 0, 0, 0, '')`,
			`INSERT INTO comment_reports (region_id, spark_id, comment_id, report_id, reason, words, language, doubt, told_at, handled_at) VALUES ($1, $2, 7, 1, '', '', 'fi', '', 1, 0)`,
			`INSERT INTO warmths (region_id, spark_id, address_id, offer, name, shared, since_at) VALUES ($1, $2, 1, '', '', FALSE, 1)`,
			`INSERT INTO talks (region_id, spark_id, shown, questions, warm, hears) VALUES ($1, $2, 1, 0, 1, '') ON CONFLICT (region_id, spark_id) DO UPDATE SET shown = 1`,
			`INSERT INTO introductions (region_id, introduction_id, spark_id, wanted, message, remark, state, why, began_at, turned_at, until_at, met_at, reminded_at, asked_at, told_at, heard_at) VALUES ($1, 5, $2, '', '', '', 'broker', '', 1, 0, 0, 0, 0, 0, 0, 0)`,
			`INSERT INTO introduction_sides (region_id, introduction_id, side, address_id, officer_id, actor_id, email, name, language, answer, tells, met, useful, came, answered_at, link_hash) SELECT region_id, introduction_id, 'asker', 1, 0, 0, '', '', 'fi', '', FALSE, '', '', '', 0, '' FROM introductions WHERE region_id = $1 AND spark_id = $2`,
		} {
			if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, said, region, int64(open[1]))
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		real := d.drop(maija()).Spark
		if err := d.demonstrate(scenes[0]); !fault.Is(err, fault.Conflict) {
			t.Errorf("beside what is real: %v", err)
		}
		total := 0
		for left := true; left; {
			var n int
			if n, left, err = d.sparks.ClearDemo(ctx, region, 3); err != nil {
				t.Fatal(err)
			}
			total += n
		}
		if total != 3 || d.count(`SELECT COUNT(*) FROM sparks`) != 1 || d.count(`SELECT COUNT(*) FROM beats`) != 1 || d.byID(real.ID).Text == "" ||
			d.count(`SELECT COUNT(*) FROM comments`)+d.count(`SELECT COUNT(*) FROM warmths`)+d.count(`SELECT COUNT(*) FROM introductions`)+d.count(`SELECT COUNT(*) FROM introduction_sides`) != 0 {
			t.Errorf("%d cleared", total)
		}
	})
}
