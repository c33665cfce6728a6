package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/introduction"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/trust"
)

const mondayAt = "/toimisto/tutustumiset/maanantai"

// proposal is one that waits for the office, past the choosing.
func (s *site) proposal() ident.ID {
	s.t.Helper()
	id := s.ids().New()
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO proposals (region_id, proposal_id, week_day, spark_id, asker_id, other_id, kinds, state, reason, officer_id, decided_at, introduction_id) VALUES ('kouvola', $1, 1, 5, 6, 7, 'for.spark by.own over.none', '', '', 0, 0, 0)`, int64(id))
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// asksIn has somebody wait for a yes to a ring, past the pages.
func (s *site) asksIn(sp spark.Spark) ident.ID {
	s.t.Helper()
	ctx := context.Background()
	if err := s.parts.Rings.Look(ctx, ring.By{Actor: story.Bringer}, "kouvola", sp.ID, true, nil); err != nil {
		s.t.Fatal(err)
	}
	var id ident.ID
	who := s.person("pyrkii" + sp.ID.String() + "@posti.example").Address
	if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		m, err := s.parts.Rings.Join(ctx, tx, who, sp.ID, ring.Draft{Role: ring.Knower, Name: "Pyrkijä", Seen: spark.Public, Language: "fi"}, trust.Sender{})
		id = m.ID
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// Each Monday the office is proposed introductions of those who do not know each other
// yet, with why; one is sent in its words and asked of both, one is rejected, which is
// learned within bounds, told on the page and forgotten at a press.
func TestMondaysFiveAreSentRejectedAndLearnedFrom(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		const cook, chair, known = "keittaja@posti.example", "puheenjohtaja@kyla.example", "tuttu@posti.example"
		knows(t, s.db, s.parts, s.person(cook).Address, "Kalle Keittäjä", "Kylätalon keittiön pyörittäminen", i18n.Finnish)
		chairs, _ := s.known(chair, "Kirsti Kylä")
		friend := knows(t, s.db, s.parts, s.person(known).Address, "Teuvo Tuttu", "Kylätalon keittiö ja pidot", i18n.Finnish)
		s.sql(`DELETE FROM knowhow_items WHERE kind = 'wanted'`) // so that the two look for nobody themselves
		s.ties(network.Tie{From: chairs, To: friend, Why: network.Introduction})
		s.visitor().drop("text", "Kylätalon keittiö kaikkien käyttöön. Kuka on pyörittänyt keittiötä?", "email", chair, "name", "Kirsti Kylä")
		s.drain()
		boss := s.officer(office.Manager)
		if p := boss.get(mondayAt); p.Find("button[value=find]").Length() != 1 {
			t.Fatalf("%d: %s", p.status, p.Find("main").Text())
		}
		p := boss.post(mondayAt, url.Values{"do": {"find"}})
		text := squeezed(p.Find("main").Text())
		if !strings.Contains(text, "Kirsti Kylä → Kalle Keittäjä") || !strings.Contains(text, "keittiö") || strings.Contains(text, "Kirsti Kylä → Teuvo Tuttu") {
			t.Fatalf("%s", text)
		}
		p.whole(t, "monday")
		for _, lang := range tongues {
			boss.get(lang+mondayAt).whole(t, lang+mondayAt)
		}
		all, err := introduction.Proposals(ctx, s.db, "kouvola", s.clock.Now().Add(-introduction.Kept))
		if err != nil || len(all) == 0 {
			t.Fatalf("%d, %v", len(all), err)
		}
		of := func(name string) (id ident.ID) {
			t.Helper()
			for _, x := range all {
				if x, ok, err := s.parts.Introductions.Explain(ctx, x); err != nil {
					t.Fatal(err)
				} else if ok && x.Asker.Name+" → "+x.Actor.Title == name {
					return x.ID
				}
			}
			t.Fatalf("no %s", name)
			return 0
		}
		at := mondayAt + "/" + of("Kirsti Kylä → Kalle Keittäjä").String()
		if p := boss.post(at, url.Values{"do": {"reject"}}); p.status != http.StatusUnprocessableEntity || p.Find(".errors").Length() == 0 {
			t.Errorf("%d: rejected without a reason", p.status)
		}
		if p := boss.post(at, url.Values{"do": {"accept"}, "remark": {" "}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d: sent without words", p.status)
		}
		if p := boss.post(at, url.Values{"do": {"accept"}, "remark": {"Teillä on samaa asiaa."}}); p.status != http.StatusOK || !strings.Contains(p.Find("[role=status]").Text(), "Esittely lähti") {
			t.Fatalf("%d: %s", p.status, p.Find("main").Text())
		}
		s.drain()
		letter := s.lettersTo(chair)[0]
		if !strings.Contains(letter.Subject, "Kalle Keittäjä") || !strings.Contains(letter.Text, "Teillä on samaa asiaa.") || strings.Contains(letter.Text, cook) || len(s.lettersTo(cook)) != 1 {
			t.Fatalf("%q %q", letter.Subject, letter.Text)
		}
		s.visitor().post(linkIn(t, letter, "/tutustuminen/"), url.Values{"do": {"yes"}})
		s.drain()
		letter = s.lettersTo(cook)[0]
		if !strings.Contains(letter.Text, "ehdottaa, että tapaisit: Kirsti Kylä") || strings.Contains(letter.Text, "””") || strings.Contains(letter.Text, chair) {
			t.Fatalf("%q %q", letter.Subject, letter.Text)
		}
		if p := s.visitor().post(linkIn(t, letter, "/tutustuminen/"), url.Values{"do": {"yes"}}); !strings.Contains(p.body, chair) {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		// Another is rejected, until the kind weighs as little as it may.
		for range 9 {
			id := s.proposal()
			if err := s.parts.Introductions.Reject(ctx, "kouvola", id, s.officers[office.Manager], introduction.OffTopic); err != nil {
				t.Fatal(err)
			}
			if err := s.parts.Introductions.Reject(ctx, "kouvola", id, s.officers[office.Manager], introduction.OffTopic); err == nil {
				t.Error("rejected twice")
			}
		}
		p = boss.get(mondayAt)
		if text := squeezed(p.Find("table").Text()); !strings.Contains(text, "kertoo itse osaavansa50 %91") {
			t.Errorf("%s", text)
		}
		p = boss.post(mondayAt, url.Values{"do": {"unlearn"}})
		if p.Find("table").Length() != 0 || !strings.Contains(p.Find("main").Text(), "kaikki perusteet painavat yhtä paljon") {
			t.Errorf("%s", p.Find("main").Text())
		}
		// Nothing is proposed twice in a week, and nobody who no longer wants to be found.
		boss.post(mondayAt, url.Values{"do": {"find"}})
		again, err := introduction.Proposals(ctx, s.db, "kouvola", s.clock.Now().Add(-introduction.Kept))
		if err != nil || len(again) != len(all)+9 {
			t.Errorf("%d, %v", len(again), err)
		}
		s.clock.Advance(7 * 24 * time.Hour)
		s.chooses(cook, actor.Findable, false)
		if err := s.parts.Introductions.Propose(ctx, "kouvola"); err != nil {
			t.Fatal(err)
		}
		if text := boss.get(mondayAt).Find("main").Text(); strings.Contains(text, "Kalle") {
			t.Errorf("%s", text)
		}
	})
}

// Whoever says they know somebody brings them to the spark's bringer: neither learns who
// the other is before both have said yes.
func TestSomebodyKnownIsBroughtToTheBringer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const knower, cook, chair = "tuntija@posti.example", "keittaja@posti.example", "tuoja@posti.example"
		d := s.visitor().drop("text", "Kylätalon keittiö kaikkien käyttöön.", "name", "Salainen Tuoja", "visibility", "unnamed", "email", chair)
		s.drain()
		at := "/kipina/" + d.code
		r := s.remembered(knower)
		p := r.post(at+"/minakin", url.Values{"offer": {"know"}, "shared": {"1"}, "name": {"Tuula Tuntija"}})
		if p.Find("a[href$='/esittele']").Length() != 1 {
			t.Fatalf("%d at %s: %s", p.status, p.path, p.Find("main").Text())
		}
		p = r.get(at + "/esittele")
		p.whole(t, "the form")
		if p.Find("#name").AttrOr("value", "") != "Tuula Tuntija" {
			t.Error("the name they gave is asked for again")
		}
		fields := url.Values{"name": {"Tuula Tuntija"}, "wanted": {"Keittäjä, joka on pyörittänyt kylätaloa"}, "remark": {"Hän auttaa mielellään."}}
		if p = r.post(at+"/esittele", fields); p.status != http.StatusUnprocessableEntity || p.Find("#whom-error").Length() != 1 || p.Find("#wanted").AttrOr("value", "") == "" {
			t.Fatalf("%d: %s", p.status, p.Find(".errors").Text())
		}
		p.whole(t, "refused")
		fields.Set("whom", cook)
		if p = r.post(at+"/esittele", fields); !strings.HasPrefix(p.path, "/minun/") || strings.Contains(p.body, "Salainen") || !strings.Contains(p.Find("[role=status]").Text(), "Esittely on matkalla") {
			t.Fatalf("%d at %s: %s", p.status, p.path, p.Find("main").Text())
		}
		s.drain()
		letter := s.lettersTo(chair)[0]
		if strings.Contains(letter.Text, cook) || !strings.Contains(letter.Text, "Tuula Tuntija ehdottaa, että tapaisit: Keittäjä, joka on pyörittänyt kylätaloa") || !strings.Contains(letter.Text, "Hän auttaa mielellään.") {
			t.Fatalf("%q", letter.Text)
		}
		if n := len(s.lettersTo(cook)); n != 0 {
			t.Errorf("%d letters before the bringer has said yes", n)
		}
		bringer, link := s.visitor(), linkIn(t, letter, "/tutustuminen/")
		if p = bringer.get(link); strings.Contains(p.body, cook) {
			t.Error("the bringer reads who it is")
		}
		p.whole(t, "the bringer's page")
		bringer.post(link, url.Values{"do": {"yes"}, "name": {"Salainen Tuoja"}})
		s.drain()
		letter = s.lettersTo(cook)[0]
		if strings.Contains(letter.Text, chair) || !strings.Contains(letter.Text, "Salainen Tuoja") {
			t.Errorf("%q", letter.Text)
		}
		if p = s.visitor().post(linkIn(t, letter, "/tutustuminen/"), url.Values{"do": {"yes"}, "name": {"Kalle"}}); !strings.Contains(p.body, chair) {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		s.drain()
		if l := s.lettersTo(chair)[0]; !strings.Contains(l.Text, cook) {
			t.Errorf("%q", l.Text)
		}
	})
}
