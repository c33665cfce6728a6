package web_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/audit"
	"kokko/region/network"
	"kokko/region/office"
)

// helpful is people of as many places who know of village kitchens and let themselves be
// found and counted, each tied to the others.
func (s *site) helpful(names ...string) (ids []ident.ID) {
	s.t.Helper()
	for i, name := range names {
		id := knows(s.t, s.db, s.parts, s.person(fmt.Sprintf("osaaja%d@posti.example", i)).Address, name, "Suurkeittiön pyörittäminen kylätalolla", i18n.Finnish)
		if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := s.parts.Actors.Describe(ctx, tx, "kouvola", id, actor.Profile{Name: name, Place: s.edition.Places[i].ID, Sector: "19", Languages: []string{"fi"}})
			return err
		}); err != nil {
			s.t.Fatal(err)
		}
		for _, other := range ids {
			s.ties(network.Tie{From: other, To: id, Why: network.Introduction})
		}
		ids = append(ids, id)
	}
	return ids
}

// Who is suggested is for the bringer and the office, and each day that one of them looks
// is a line in the region's log: of which spark, and of nobody who is suggested.
func TestEachLookAtWhomToInvolveIsInTheLog(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		names := []string{"Aino Tunnistettava", "Eero Erottuva", "Helmi Huomattu", "Onni Osattu"}
		d := s.visitor().drop("text", "Kylätalolle suurkeittiö. Kuka on pyörittänyt suurkeittiötä?", "email", "tuoja@posti.example")
		own, planner, manager := s.visitor(), s.officer(office.Planner), s.officer(office.Manager)
		looks := func() (all []audit.Entry) {
			for _, e := range slices.Backward(s.log()) {
				if e.What == audit.InvolveOwn || e.What == audit.InvolveRead {
					all = append(all, e)
				}
			}
			return all
		}
		see := func(r *reader, at string, want bool) {
			t.Helper()
			if p := r.get(at + "/ennuste"); p.status != http.StatusOK || strings.Contains(p.Find("[aria-labelledby=mukaan]").Text(), names[0]) != want {
				t.Fatalf("%s: %d, %s", at, p.status, p.Find("main").Text())
			}
		}
		work := "/toimisto/kipina/" + d.code
		see(own, d.own, false)
		see(planner, work, false)
		if n := len(looks()); n != 0 {
			t.Errorf("%d looks at nobody", n)
		}
		s.helpful(names...)
		for range 3 {
			see(own, d.own, true)
			see(planner, work, true)
			s.visitor().get("/kipina/" + d.code + "/ennuste")
		}
		see(manager, work, true)
		s.clock.Advance(24 * time.Hour)
		see(own, "/sv"+d.own, true)
		all := looks()
		want := []struct {
			what audit.What
			who  ident.ID
		}{{audit.InvolveOwn, 0}, {audit.InvolveRead, s.officers[office.Planner].ID}, {audit.InvolveRead, s.officers[office.Manager].ID}, {audit.InvolveOwn, 0}}
		if len(all) != len(want) {
			t.Fatalf("%d looks: %+v", len(all), all)
		}
		for i, w := range want {
			if e := all[i]; e.What != w.what || e.Officer != w.who || e.About != (audit.About{Thing: audit.Spark, Key: d.code}) {
				t.Errorf("look %d: %+v", i, e)
			}
		}
		for lang, words := range map[string]string{"": "Kipinän tuoja katsoi", "/sv": "Den som kom med gnistan såg", "/en": "The spark’s bringer looked"} {
			if p := manager.get(lang + logAt + "?laji=data"); p.status != http.StatusOK || p.Find(`main li:contains("` + words + `")`).Length() != 2 {
				t.Errorf("%q: %d, %s", lang, p.status, p.Find("main").Text())
			}
		}
		for _, found := range s.traces(names...) {
			if strings.HasPrefix(found, "audit_entries.") {
				t.Errorf("in the log: %s", found)
			}
		}
	})
}
