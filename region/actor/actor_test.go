package actor_test

import (
	"context"
	"encoding/csv"
	"os"
	"slices"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/actor"
)

type desk struct {
	testing.TB
	db     *store.DB
	clock  *clock.Fake
	ids    *ident.Maker
	actors *actor.Service
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		ids := ident.NewMaker(c)
		d := &desk{t, db, c, ids, actor.New(db, c, ids)}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
			return err
		})
		behaviour(t, d)
	})
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) {
	d.Helper()
	if err := d.db.Tx(context.Background(), do); err != nil {
		d.Fatal(err)
	}
}

func place(word string) bool {
	return slices.Contains([]string{"kouvola", "kotka", "iitti"}, word)
}

// whose resolves names in order, each the number of its organisation.
func (d *desk) whose(names ...string) (spellings, actors []ident.ID) {
	d.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		spellings, actors = nil, nil
		for _, n := range names {
			s, a, err := d.actors.Resolve(ctx, tx, "kouvola", n, place)
			if err != nil {
				return err
			}
			spellings, actors = append(spellings, s), append(actors, a)
		}
		return nil
	})
	return spellings, actors
}

func TestNamesAreOneByWrittenRules(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for _, c := range []struct {
			a, b string
			rule actor.Rule // "" for two
		}{
			{"Cursor Oy", "CURSOR OY", actor.Form},
			{"Haminan Työväenyhdistys ry.", "Haminan työväenyhdistys r.y.", actor.Form},
			{"Kotkan - Haminan seudun koulutuskuntayhtymä", "Kotkan-Haminan seudun koulutuskuntayhtymä", actor.Form},
			{"Kymijoen ammattikorkeakoulu Oy", "Kymijoen AMK", actor.Form},
			{"Kaakkois-Suomen ELY-keskus", "Kaakkois-Suomen elinkeino-, liikenne- ja ympäristökeskus", actor.Form},
			{"Lovisa stad", "Lovisa kaupunki", actor.Form},
			{"Työväen Sivistysliitto, TSL ry", "Työväen sivistysliitto", actor.Form},
			{"Kouvolan seudun ammattiopisto (KSAO) / Kouvolan kaupunki", "Kouvolan kaupunki/Kouvolan Seudun Ammattiopisto", actor.Form},
			{"Testiyhtiö Oy, Kotkan-Haminan seudun kehittämisyhtiö", "Testiyhtiö oy", actor.Descriptor},
			{"Etelän ammattikorkeakoulu", "Etelän ammttikorkeakoulu", actor.Slip},
			{"Meriliikenteen ja -turvallisuuden tutkimusyhdistys", "Meriturvallisuuden ja -liikenteen tutkimusyhdistys ry", actor.Compound},
			{"Järven suojelun ja hoidon tutkimusyhdistys ry", "Järven suojelun ja hoidon tutkimusyhdistys Kuikka", actor.Nickname},
			// Two.
			{"Keski-Suomen elinkeino-, liikenne- ja ympäristökeskus", "Etelä-Suomen elinkeino-, liikenne- ja ympäristökeskus", ""},
			{"Ahon yliopisto Koulutus- ja kehittämiskeskus", "Ahon yliopisto Koulutus- ja kehittämiskeskus Kouvola", ""},
			{"Uusi kaupunki", "Uusi kaupunki Elinkeinotoimi", ""},
			{"Puu Oy", "Puu ry", ""},
			{"Kiinteistö Oy Porin Halli", "Kiinteistö Oy Kummatti", ""},
			{"Projekti 2020 seura ry", "Projekti 2021 seura ry", ""},
			{"Haapajärven kaupunki", "Haapaveden kaupunki", ""},
			{"Pohjois-Karjalan liitto", "Etelä-Karjalan liitto", ""},
		} {
			s, a := d.whose(c.a, c.b)
			if one := a[0] == a[1]; one != (c.rule != "") {
				t.Errorf("%q and %q are one: %v", c.a, c.b, one)
				continue
			}
			if c.rule == "" {
				continue
			}
			all, err := actor.Of(context.Background(), d.db, "kouvola", a[1])
			i := slices.IndexFunc(all, func(p actor.Spelling) bool { return p.ID == s[1] })
			if err != nil || i < 0 || all[i].Rule != c.rule || all[i].Like != c.a || all[i].Score < 100 || all[i].Score > 1000 || all[i].Actor.Title != c.a {
				t.Errorf("%q and %q: %v %+v", c.a, c.b, err, all)
			}
		}
	})
}

// The council's 43 spellings of who carries its projects are 32 organisations.
func TestTheSpellingsOfACouncilBecomeItsPartners(t *testing.T) {
	const path = "../../../shared/data/projects/kymenlaakso_dev_projects.csv"
	f, err := os.Open(path)
	if err != nil {
		t.Skip("the shared test data is not beside the project: " + path)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	authority, implementer := slices.Index(rows[0], "authority"), slices.Index(rows[0], "implementer")
	var names []string
	for _, r := range rows[1:] {
		if r[authority] == "Kymenlaakson liitto" && !slices.Contains(names, r[implementer]) {
			names = append(names, r[implementer])
		}
	}
	if len(names) != 43 {
		t.Fatalf("%d spellings", len(names))
	}
	each(t, func(t *testing.T, d *desk) {
		for range 2 { // and they stay so
			_, _ = d.whose(names...)
			if n, err := actor.Count(context.Background(), d.db, "kouvola"); err != nil || n != 32 {
				all, _ := actor.Decisions(context.Background(), d.db, "kouvola", 0, 100)
				for _, p := range all {
					t.Logf("%s = %s (%s %d)", p.Text, p.Actor.Title, p.Rule, p.Score)
				}
				t.Fatalf("%d organisations, %v", n, err)
			}
		}
	})
}

func TestTheOfficePartsAndJoins(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		s, a := d.whose("Cursor Oy", "CURSOR OY", "Kotkan kaupunki")
		if err := d.actors.Part(ctx, "kouvola", s[0]); err != nil {
			t.Fatal(err)
		}
		_, now := d.whose("Cursor Oy", "CURSOR OY", "cursor oy")
		if now[0] == now[1] || now[1] != a[1] || now[2] != now[1] { // the parted one takes nothing in by itself
			t.Errorf("%v, before %v", now, a)
		}
		if left, err := actor.ByID(ctx, d.db, "kouvola", a[1]); err != nil || left.Title != "CURSOR OY" {
			t.Errorf("%+v %v", left, err)
		}
		// The one that is an organisation by itself now has nothing to be parted from.
		alone := map[string]bool{}
		decided, err := actor.Decisions(ctx, d.db, "kouvola", 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range decided {
			alone[p.Text] = p.Alone
		}
		if !alone["Cursor Oy"] || alone["CURSOR OY"] || alone["cursor oy"] {
			t.Errorf("%v", alone)
		}
		if err := d.actors.Join(ctx, "kouvola", s[0], a[1]); err != nil {
			t.Fatal(err)
		}
		if _, again := d.whose("Cursor Oy"); again[0] != a[1] {
			t.Errorf("%v", again)
		}
		if n, err := actor.Count(ctx, d.db, "kouvola"); err != nil || n != 2 {
			t.Errorf("%d %v", n, err)
		}
		all, err := actor.Decisions(ctx, d.db, "kouvola", 0, 10)
		if err != nil || len(all) != 3 || all[2].Rule != actor.Joined {
			t.Errorf("%+v %v", all, err)
		}
		for what, err := range map[string]error{"alone": d.actors.Part(ctx, "kouvola", s[2]), "itself": d.actors.Join(ctx, "kouvola", s[0], a[0])} {
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := d.actors.Part(ctx, "iitti", s[0]); !fault.Is(err, fault.NotFound) {
			t.Errorf("another region's: %v", err)
		}
	})
}
