package notify_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
)

// Whoever said yes to earlier words hears of it in one letter that names what does not
// hold, in their own language; who has answered by then hears nothing, and nobody twice.
func TestWhoIsAskedAnewHearsOfItOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		ids := ident.NewMaker(d.clock)
		actors, places := actor.New(d.db, d.clock, ids), address.New(d.db, d.clock, ids)
		tx := func(do func(ctx context.Context, tx *store.Tx) error) {
			t.Helper()
			if err := d.db.Tx(ctx, do); err != nil {
				t.Fatal(err)
			}
		}
		people := map[string]ident.ID{}
		for email, lang := range map[string]string{"aino@posti.example": "fi", "birgit@posti.example": "sv", "carl@posti.example": "en", "dora@posti.example": "fi"} {
			tx(func(ctx context.Context, tx *store.Tx) error {
				a, err := places.Proven(ctx, tx, region, email, lang)
				if err != nil {
					return err
				}
				p, err := actors.Person(ctx, tx, a, "Nimi "+email)
				if err != nil {
					return err
				}
				people[email] = p.ID
				for _, c := range []actor.Choice{actor.Findable, actor.Counted} {
					if err := actors.Choose(ctx, tx, region, p.ID, c, true); err != nil {
						return err
					}
				}
				if lang == "sv" {
					return actors.Choose(ctx, tx, region, p.ID, actor.Drawn, true)
				}
				return nil
			})
		}
		// As it was before there were editions of words; one has answered since.
		tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM people_words WHERE actor_id <> $1`, int64(people["carl@posti.example"]))
			return err
		})
		for range 2 {
			if _, err := actors.AskAnew(ctx, region); err != nil {
				t.Fatal(err)
			}
		}
		if _, short := d.letters(); len(short) != 0 {
			t.Errorf("before all choices were looked at: %q", short)
		}
		tx(func(ctx context.Context, tx *store.Tx) error {
			return actors.Choose(ctx, tx, region, people["dora@posti.example"], actor.Counted, true)
		})
		d.clock.Advance(time.Hour)
		all, short := d.letters()
		slices.Sort(short)
		if !slices.Equal(short, []string{"person.anew aino@posti.example", "person.anew birgit@posti.example"}) {
			t.Fatalf("%q", short)
		}
		for _, l := range all {
			want, not := []string{"– sinut saa laskea mukaan ennusteisiin", "https://kokko.example/minun/", "/osaaminen"}, "piirtää"
			if l.To == "birgit@posti.example" {
				want, not = []string{"– du får räknas med i prognoser", "– du får ritas på nätverkskartan", "https://kokko.example/sv/minun/"}, "hittas"
			}
			for _, w := range want {
				if !strings.Contains(l.Text, w) {
					t.Errorf("no %q in\n%s", w, l.Text)
				}
			}
			if strings.Contains(l.Text, not) {
				t.Errorf("%q in\n%s", not, l.Text)
			}
		}
		d.clock.Advance(time.Hour)
		if _, err := actors.AskAnew(ctx, region); err != nil {
			t.Fatal(err)
		}
		if _, short := d.letters(); len(short) != 0 {
			t.Errorf("again: %q", short)
		}
	})
}
