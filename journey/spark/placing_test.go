package spark_test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"

	"kokko/journey/spark"
)

// What there was before anybody wrote down the numbers of places is counted once,
// while people drop on, and as often as one likes; what is written wrong is set right.
func TestPlacesAreCountedWhilePeopleDrop(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		at := func(place string, n int) {
			for i := range n {
				s := maija()
				s.Place, s.Text = place, fmt.Sprintf("%s %d: %s", place, i, s.Text)
				d.drop(s)
			}
		}
		is := func(when string, want map[string]int) {
			t.Helper()
			got, err := spark.CountByPlace(ctx, d.db, region)
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("%s: %v, want %v (%v)", when, got, want, err)
			}
		}
		if got, err := spark.PlacesCounted(ctx, d.db, region); err != nil || got {
			t.Errorf("counted before anybody has (%v)", err)
		}
		at("Elimäki", 3)
		d.exec(`DELETE FROM place_counts WHERE region_id = $1`, region) // an earlier version wrote none
		at("Valkeala", 1)
		at("", 1)
		is("one by one", map[string]int{"elimaki-taajama": 3, "valkeala-taajama": 1, "": 1})

		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { at("Elimäki", 4) })
			all.Go(func() {
				if err := d.sparks.CountPlaces(ctx, region); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		is("counted while some dropped", map[string]int{"elimaki-taajama": 15, "valkeala-taajama": 1, "": 1})
		if got, err := spark.PlacesCounted(ctx, d.db, region); err != nil || !got {
			t.Errorf("not counted after that (%v)", err)
		}

		d.exec(`UPDATE place_counts SET sparks = sparks + 7 WHERE region_id = $1 AND place = $2 AND part = $3`, region, "valkeala-taajama", -1)
		is("written wrong", map[string]int{"elimaki-taajama": 15, "valkeala-taajama": 8, "": 1})
		if err := d.sparks.Sweep(ctx, region); err != nil {
			t.Error(err)
		}
		is("set right", map[string]int{"elimaki-taajama": 15, "valkeala-taajama": 1, "": 1})

		one := d.drop(maija())
		is("one more", map[string]int{"elimaki-taajama": 15, "valkeala-taajama": 1, "": 1, one.Spark.Place: 1})
		if _, err := d.sparks.Withdraw(ctx, region, one.Link, true); err != nil {
			t.Error(err)
		}
		is("and away at once", map[string]int{"elimaki-taajama": 15, "valkeala-taajama": 1, "": 1})
	})
}
