package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/ring"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/audit"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/trust"
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
		for lang, words := range map[string]string{"": "Kipinän tuoja katsoi", "/sv": "Den som lämnade gnistan såg", "/en": "The spark’s bringer looked"} {
			if p := manager.get(lang + logAt + "?laji=data"); p.status != http.StatusOK || p.Find(`main li:contains("`+words+`")`).Length() != 2 {
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

// Whoever takes back on their own page that they are counted is in that moment in no
// suggestion, reason, picture of how a spark went, nor anything that was worked out with
// them; and when it is worked out anew they are not in it.
func TestWhoIsCountedNoMoreLeavesNoTrace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		names := []string{"Aino Tunnistettava", "Eero Erottuva", "Helmi Huomattu", "Onni Osattu", "Tyyne Tuttu", "Urho Uljas", "Veera Valpas", "Lempi Lähtevä"}
		ids := s.helpful(names...)
		mail := func(i int) string { return fmt.Sprintf("osaaja%d@posti.example", i) }
		d := s.visitor().drop("text", "Kylätalolle suurkeittiö. Kuka on pyörittänyt suurkeittiötä?", "email", "tuoja@posti.example", "visibility", "public")
		sp := s.sparkNow(d.code)
		proven := func(i int) (a address.Address) {
			t.Helper()
			a, err := address.ByEmail(ctx, s.db, "kouvola", mail(i))
			s.must(sp, err)
			return a
		}
		// Three of them come along, one after another, and tell it onward.
		for i := range 3 {
			s.clock.Advance(30 * time.Hour)
			s.must(sp, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := s.parts.Rings.Join(ctx, tx, proven(i), sp.ID, ring.Draft{Role: ring.Knower, Language: "fi", Seen: spark.Unnamed}, trust.Sender{})
				return err
			}))
		}
		for i := range 6 {
			_, _, err := s.parts.Shares.Make(ctx, share.Making{Region: "kouvola", Spark: sp.ID, By: share.Holder("kouvola", proven(i).ID), Consented: true})
			s.must(sp, err)
		}
		again := func() {
			t.Helper()
			s.clock.Advance(2 * time.Minute)
			s.drain()
			s.must(sp, s.parts.Forecasts.LearnTies(ctx, "kouvola"))
			s.must(sp, s.parts.Forecasts.Ask(ctx, "kouvola", sp.ID))
		}
		again()
		rows := func(table string) (n int) {
			t.Helper()
			s.must(sp, s.db.QueryRow(ctx, `SELECT COUNT(*) FROM `+table+` WHERE region_id = $1`, "kouvola").Scan(&n))
			return n
		}
		own := s.visitor()
		var everyone []string
		for _, id := range ids {
			everyone = append(everyone, "kuka="+id.String())
		}
		sight := func(lang string) string {
			t.Helper()
			p := own.get(lang + d.own + "/ennuste?" + strings.Join(everyone, "&"))
			if p.status != http.StatusOK {
				t.Fatalf("%q: %d", lang, p.status)
			}
			return p.Find("main").Text()
		}
		var suggested int
		text := sight("")
		for i, name := range names {
			if shown := strings.Contains(text, name); !shown {
				t.Fatalf("%s is nowhere: %s", name, text)
			}
			if p := own.get(d.own + "/ennuste"); i > 5 && strings.Contains(p.Find("[aria-labelledby=mukaan] li h3").Text(), name) {
				suggested = i
			}
		}
		if suggested == 0 || rows("forecast_reach") == 0 || rows("forecast_ties") == 0 {
			t.Fatalf("nothing to be gone: %d reaches, %d classes of ties", rows("forecast_reach"), rows("forecast_ties"))
		}
		for _, gone := range []int{0, suggested} { // one in the ring and in the picture, one suggested
			p := s.remembered(mail(gone)).get("/minun")
			at, ok := p.Find("a[href*='/osaaminen']").Attr("href")
			if !ok {
				t.Fatalf("%d %s: %s", p.status, p.path, p.Find("main").Text())
			}
			if p := s.visitor().post(at+"/valinta", url.Values{"choice": {string(actor.Counted)}}); p.status != http.StatusOK {
				t.Fatalf("%d: %s", p.status, p.Find("main").Text())
			}
			// Before anything has been made anew.
			if rows("forecast_reach")+rows("forecast_ties") != 0 {
				t.Errorf("%d reaches, %d classes of ties are left", rows("forecast_reach"), rows("forecast_ties"))
			}
			for _, lang := range []string{"", "/sv", "/en"} {
				if text := sight(lang); strings.Contains(text, names[gone]) {
					t.Errorf("%q: %s is told of: %s", lang, names[gone], text)
				}
				if p := s.visitor().get(lang + "/kipina/" + d.code + "/ennuste"); strings.Contains(p.body, names[gone]) {
					t.Errorf("%q: everybody reads of %s", lang, names[gone])
				}
			}
			again()
			if rows("forecast_reach") == 0 {
				t.Error("nothing was worked out anew")
			}
			if text := sight(""); strings.Contains(text, names[gone]) {
				t.Errorf("%s is back: %s", names[gone], text)
			}
			// Nothing that is kept of forecasts, nor any work that waits, is of anybody.
			for _, found := range s.traces(append([]string{mail(gone), ids[gone].String(), strconv.FormatInt(int64(ids[gone]), 10)}, names...)...) {
				if strings.HasPrefix(found, "forecast") || strings.HasPrefix(found, "jobs.") {
					t.Error(found)
				}
			}
		}
	})
}
