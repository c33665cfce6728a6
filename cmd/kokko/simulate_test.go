package main_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kokko/ground/clock"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/network"
)

// A region's two years are lived through, the same by the same seed, told of, and taken
// away whole.
func TestSimulation(t *testing.T) {
	t.Parallel()
	kept := regexp.MustCompile(`day [0-9]+: [0-9,]+ estimates kept`)
	reliability := regexp.MustCompile(`day 30: [0-9,]+ forecasts`)
	var before string
	for again := range 2 {
		data := filepath.Join(t.TempDir(), "data")
		do := func(args ...string) string {
			t.Helper()
			code, out := run(t, append(args, "--data", data, "--language", "en")...)
			if code != 0 {
				t.Fatalf("%v: %d %s", args, code, out)
			}
			return out
		}
		do("programme", "publish", "../../programmes/kouvola.yaml")
		do("admin", "hire", "a@kouvola.example", "--name", "A B")
		out := do("demo", "--simulate", "--people", "80")
		if !reliability.MatchString(out) {
			t.Errorf("no word of how forecasts held:\n%s", out)
		}
		db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(data, "kokko.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		count := func(table string) (n int) {
			t.Helper()
			if err := db.QueryRow(t.Context(), "SELECT COUNT(*) FROM "+table+" WHERE region_id = $1", "kouvola").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if count("addresses") != 80 || count("sparks") != 200 || count("ring_people") < 200 || count("commitments") < 50 {
			t.Errorf("%d addresses, %d sparks, %d in rings, %d commitments", count("addresses"), count("sparks"), count("ring_people"), count("commitments"))
		}
		// The region has forecasts of its own past, made by what was known then, and what
		// became of them.
		some := func(where string) (n int) {
			t.Helper()
			if err := db.QueryRow(t.Context(), "SELECT COUNT(*) FROM "+where).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		burning, ended, scored, later := some(`sparks WHERE state = 'burning'`), some(`forecast_ends WHERE ended_at > 0 AND caught_at > 0`), some(`forecasts WHERE outcome IN ('caught', 'not_in_time')`), some(`forecasts WHERE made_at >= due_at OR scored_at > 0 AND scored_at < due_at`)
		if burning < 10 || burning != ended || some(`beats WHERE type = 'caught'`) != burning || scored < 200 || later != 0 || some(`forecasts WHERE chance >= 0`) == 0 {
			t.Errorf("%d burn, %d caught fire, %d forecasts scored, %d after their time", burning, ended, scored, later)
		}
		if !strings.Contains(out, "estimates kept") && some(`forecasts WHERE evidence = 'learnt' AND scored_at > 0`) > 0 {
			t.Errorf("no word of the forecasts that were kept:\n%s", out)
		}
		// Stories go along ties, told of and derived, and how far they would is kept, held
		// against who came, and drawn from links.
		for _, tie := range []string{`'stated' AND why = 'introduction'`, `'derived' AND why = 'table'`, `'derived' AND why = 'ring'`, `'derived' AND why = 'project'`} {
			if some(`ties WHERE kind = `+tie) == 0 {
				t.Errorf("no ties %s", tie)
			}
		}
		if reach, links, turns := some(`forecast_reach`), some(`shares`), some(`shares WHERE depth > 1`); reach < 100 || links == 0 || turns == 0 || some(`forecast_ties WHERE took > 0`) == 0 || !strings.Contains(out, "reach in all: ") {
			t.Errorf("%d reaches, %d links, %d after another:\n%s", reach, links, turns, out)
		}
		for name, memory := range map[string]*network.Memory{"counted": network.NewCounted(db, clock.System{}), "seen": network.NewMemory(db, clock.System{})} {
			of, err := memory.Now(t.Context(), "kouvola")
			if err != nil {
				t.Fatal(err)
			}
			people := 0
			for _, n := range of.Nodes {
				if !n.Person {
					continue
				}
				p, err := actor.PersonByID(t.Context(), db, "kouvola", n.ID)
				if err != nil {
					t.Fatal(err)
				}
				if people++; name == "counted" && !p.Chose(actor.Counted) || name == "seen" && (n.Findable != p.Chose(actor.Findable) || n.Drawn != p.Chose(actor.Drawn)) {
					t.Errorf("%s is in the network of the %s", p.Name, name)
				}
			}
			if people == 0 || people == 80 {
				t.Errorf("%d people are %s", people, name)
			}
		}
		if found := some(`knowhow_items`); found == 0 || found == 80 {
			t.Errorf("%d of 80 tell what they know", found)
		}
		// What was kept on the way goes by whole days, and so by the hour at which it began.
		table := out[strings.Index(out, "day 0"):]
		if at := kept.FindStringIndex(table); at != nil {
			table = table[:at[0]]
		}
		if before != "" && before != table {
			t.Errorf("the same seed gave\n%s\nand\n%s", before, table)
		}
		if before = table; again == 0 {
			continue
		}
		do("demo", "--clear")
		for _, what := range []string{"addresses", "sparks", "ring_people", "commitments", "actors", "forecasts", "forecast_ends", "forecast_reach", "ties", "shares", "share_steps", "knowhow_items", "ring_yeses", "projects"} {
			if n := count(what); n != 0 {
				t.Errorf("%d %s are left", n, what)
			}
		}
	}
}
