package actor_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kokko/ground/ident"
	"kokko/region/actor"
)

// asked counts the questions that something puts to the store.
func (d *desk) asked(do func()) int64 {
	d.Helper()
	var n atomic.Int64
	d.db.Overhear(func(string, []any) { n.Add(1) })
	defer d.db.Overhear(nil)
	do()
	return n.Load()
}

// Many names and many organisations are read as one by one, and with as many questions
// however many they are.
func TestManyAreReadAsOne(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		names := []string{"Kouvolan kaupunki", "Kymen Puu Oy", "Cursor Oy", "Etelä-Savon ELY-keskus", "Kylän Verstas ry"}
		_, ids := d.whose(names...)
		if err := d.actors.Note(ctx, "kouvola", ids[1], actor.Details{Legal: "company", Place: "kouvola"}); err != nil {
			t.Fatal(err)
		}
		given := append([]string{"KYMEN PUU", "Puu Kymen Oy", " Kouvolan  kaupunki ", "Kouvolan kaupunki, sivistystoimi", "Cursorr Oy", "Etelä-Savon elinkeino-, liikenne- ja ympäristökeskus", "Ei kukaan ry", "", "Kylän Verstas"}, names...)
		for i := range 30 {
			given = append(given, fmt.Sprintf("Toinen yhdistys %d ry", i))
		}
		var got map[string]ident.ID
		n := d.asked(func() {
			var err error
			if got, err = actor.WhoseAll(ctx, d.db, "kouvola", given, place); err != nil {
				t.Fatal(err)
			}
		})
		if n > 3 {
			t.Errorf("%d questions for %d names", n, len(given))
		}
		found := 0
		for _, name := range given {
			want, err := actor.Whose(ctx, d.db, "kouvola", name, place)
			if err != nil {
				t.Fatal(err)
			}
			if name != "" && got[name] != want {
				t.Errorf("%q is %s's, one by one %s's", name, got[name], want)
			}
			if want != 0 {
				found++
			}
		}
		if found < len(names)+3 {
			t.Errorf("only %d are found at all", found)
		}
		var list []actor.Actor
		for i, id := range ids {
			list = append(list, actor.Actor{ID: id, Title: names[i]})
		}
		var details map[ident.ID]actor.Details
		if n := d.asked(func() {
			var err error
			if details, err = actor.DetailsOfMany(ctx, d.db, "kouvola", list...); err != nil {
				t.Fatal(err)
			}
		}); n != 1 {
			t.Errorf("%d questions for %d organisations", n, len(list))
		}
		for _, a := range list {
			want, err := actor.DetailsOf(ctx, d.db, "kouvola", a)
			if diff := cmp.Diff(want, details[a.ID]); diff != "" || err != nil {
				t.Error(diff, err)
			}
		}
	})
}
