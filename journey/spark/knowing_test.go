package spark_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/knowhow"
)

// What one person brought is found by their address: SQLite, which knows nothing of how
// many there are, once went through all sparks for each person a need was asked of.
func TestWhatSomebodyBroughtIsFoundByTheirAddress(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for _, text := range []string{"Laituri kuntoon talkoilla.", "Kylätalon keittiö auki."} {
			d.drop(spark.Draft{Text: text, Kind: spark.Idea, Name: "Maija Meikäläinen", Email: "maija@meikalaiset.example", Visibility: spark.Public, Language: "fi"})
		}
		var query string
		var args []any
		d.db.Overhear(func(q string, a []any) {
			if query == "" {
				query, args = q, a
			}
		})
		all, err := spark.Knowing(ctx, d.db, region, knowhow.Holder{Actor: actor.Actor{Title: "Maija Meikäläinen"}, Email: "maija@meikalaiset.example"})
		d.db.Overhear(nil)
		if err != nil || len(all) != 2 || !strings.HasPrefix(all[0].Text, "Kylätalon") {
			t.Fatalf("%+v %v", all, err)
		}
		if d.db.Engine != store.SQLite {
			return
		}
		var first string
		rows, err := d.db.Query(ctx, "EXPLAIN QUERY PLAN "+query, args...)
		if err := store.Each(rows, err, func(r *sql.Rows) error {
			var id, parent, unused int
			var line string
			err := r.Scan(&id, &parent, &unused, &line)
			if first == "" {
				first = line
			}
			return err
		}); err != nil || !strings.Contains(first, "bringers_by_email") {
			t.Errorf("%q %v\n%s", first, err, query)
		}
	})
}
