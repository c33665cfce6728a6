package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/store"
	"kokko/journey/project"
	"kokko/region/actor"
	"kokko/region/office"
)

// funded takes three projects in, of one organisation written in two ways and of
// another, and gives them.
func funded(t testing.TB, db *store.DB, c clock.Clock, actors *actor.Service) []project.Project {
	t.Helper()
	ctx := context.Background()
	list := []project.Record{
		{Source: "EURA", Code: "A1", Title: "Kymijoen melontareitti", Summary: "Laiturit ja opasteet.", Fund: "EAKR", Implementer: "Kymen Melojat ry", Start: workday.On(2008, 2, 1), End: workday.On(2010, 12, 31), Planned: 32_000_000, Granted: 123_456},
		{Source: "EURA", Code: "A2", Title: "Kymijoen melontareitti, jatko <b>", Fund: "EAKR", Implementer: "KYMEN MELOJAT RY.", Start: workday.On(2011, 2, 1)},
		{Source: "EURA", Code: "A3", Title: "Kylän verstas", Implementer: "Elimäen Kyläyhdistys ry", Start: workday.On(2009, 2, 1)},
	}
	if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := project.New(db, c, actors).Import(ctx, tx, "kouvola", 1, func(string) bool { return false }, list)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	all, err := project.List(ctx, db, "kouvola", 0, 0, 10)
	if err != nil || len(all) != 3 {
		t.Fatalf("%v %d", err, len(all))
	}
	return all
}

func TestProjectsAreListedByWhoCarriesThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		all := funded(t, s.db, s.clock, s.parts.Actors)
		says := func(path string, want ...string) page {
			t.Helper()
			p := s.visitor().get(path)
			text := squeezed(p.Find("main").Text())
			for _, w := range want {
				if p.status != http.StatusOK || !strings.Contains(text, w) {
					t.Errorf("%s (%d) does not say %q: %s", path, p.status, w, text)
				}
			}
			return p
		}
		if p := says("/hankkeet", "Kymijoen melontareitti, jatko <b>", "Kylän verstas"); p.Find("ol.sparks li").Length() != 3 {
			t.Error("not three projects")
		}
		if p := says("/hankkeet?toimija="+all[0].Actor.ID.String(), "Kymen Melojat ry", "KYMEN MELOJAT RY."); p.Find("ol.sparks li").Length() != 2 {
			t.Error("not two of one organisation")
		}
		says("/hanke/"+all[2].ID.String(), "320 000 €", "1 235 €", "1.2.2008", "EURA", "Kymen Melojat ry")
		says("/sv/hanke/"+all[0].ID.String(), "KYMEN MELOJAT RY.")
		says("/en/hankkeet", "Projects")
		for _, path := range []string{"/hanke/17", "/hanke/x", "/hankkeet?toimija=17", "/hankkeet?sivu=x"} {
			if p := s.visitor().get(path); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, p.status)
			}
		}
		planner := s.officer(office.Planner)
		p := planner.get("/toimisto/toimijat")
		if p.Find("ol.sparks li").Length() != 1 || !strings.Contains(p.Find("main").Text(), "KYMEN MELOJAT RY.") {
			t.Fatalf("%s", squeezed(p.Find("main").Text()))
		}
		part := p.Find(`form[action$="/erota"]`).AttrOr("action", "")
		if p = planner.post(part, nil); p.status != http.StatusOK || !strings.Contains(p.Find("main").Text(), "Nimi on nyt oma toimijansa") {
			t.Errorf("%d %s", p.status, squeezed(p.Find("main").Text()))
		}
		if p := says("/hankkeet?toimija=" + all[2].Actor.ID.String()); p.Find("ol.sparks li").Length() != 1 {
			t.Error("not parted")
		}
		// What stands by itself already is not offered to be parted once more; joining it is.
		if p = planner.get("/toimisto/toimijat"); p.Find(`form[action="`+part+`"]`).Length() != 0 || p.Find(`form[action="`+strings.TrimSuffix(part, "/erota")+`/yhdista"]`).Length() != 1 {
			t.Errorf("a parted name: %s", squeezed(p.Find("main").Text()))
		}
		join := strings.TrimSuffix(part, "/erota") + "/yhdista"
		if p = planner.post(join, url.Values{"to": {"https://kokko.example/hankkeet?toimija=" + all[2].Actor.ID.String()}}); p.status != http.StatusOK {
			t.Errorf("%d", p.status)
		}
		if p := says("/hankkeet?toimija=" + all[2].Actor.ID.String()); p.Find("ol.sparks li").Length() != 2 {
			t.Error("not joined")
		}
		if p = planner.post(join, url.Values{"to": {"ei mikään"}}); p.status != http.StatusNotFound {
			t.Errorf("%d", p.status)
		}
	})
}
