package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/office"
	"kokko/region/trust"
)

// ringed puts a person into the ring of a spark, with a step taken upon themselves and
// something looked for.
func (s *stage) ringed(t testing.TB, sp spark.Spark, who address.Address) {
	t.Helper()
	ctx := context.Background()
	must(t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := s.parts.Rings.Join(ctx, tx, who, sp.ID, ring.Draft{Role: ring.Host, Name: "Seija", Seen: spark.Public, Brings: "Avaimet ja kahvit.", Language: "fi",
			Take: ring.Take{What: "Varaan kylätalon", Day: office.Today(s.clock) + 6}}, trust.Sender{})
		return err
	}))
	must(t, s.parts.Rings.Look(ctx, ring.By{Actor: "office", Officer: s.manager.ID}, "kouvola", sp.ID, true, []ring.Opening{{Role: ring.Funder, Wanted: "Maalit ja pensselit"}}))
}

// confirms opens the newest letter's link in a browser and presses its button.
func (r *reader) confirms(email string) page {
	r.s.t.Helper()
	return r.post(linkIn(r.s.t, r.s.lettersTo(email)[0], "/vahvista/"), nil)
}

// Joining by e-mail, seen on the spark's page as one chose; a step taken upon oneself is
// reminded of, moved and done from the person's own page; leaving is at once.
func TestARingIsJoinedByMailAndAStepIsReminded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const email = "seija@posti.example"
		d := s.visitor().drop("text", "Laituri kuntoon talkoilla.", "name", "Tuoja", "email", "tuoja@posti.example")
		s.drain()
		at := "/kipina/" + d.code
		r := s.visitor()
		wrong := r.post(at+"/rinki", url.Values{"role": {"doer"}, "seen": {"public"}, "what": {"Tuon laudat"}, "email": {email}})
		if wrong.status != http.StatusUnprocessableEntity || wrong.Find("#name-error").Length() != 1 || wrong.Find("#day-error").Length() != 1 || wrong.Find("#what").AttrOr("value", "") != "Tuon laudat" || wrong.Find("#email").AttrOr("value", "") != email {
			t.Errorf("%d: %s", wrong.status, wrong.Find(".errors").Text())
		}
		wrong.whole(t, "refused")
		p := r.post(at+"/rinki", r.fill(at+"/rinki", time.Minute, "role", "doer", "seen", "public", "name", "Seija Seppä", "brings", "Osaan sahata.", "what", "Tuon laudat", "day", "2026-11-26", "email", email))
		if !strings.HasPrefix(p.path, "/vahvista/") || !strings.Contains(p.Find("main").Text(), "tekijä") {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		if n := strings.Count(s.visitor().get(at).body, "Seija"); n != 0 {
			t.Error("seen before the address is confirmed")
		}
		p = r.confirms(email)
		if p.status != http.StatusOK || p.path != at+"/rinki" || !strings.Contains(p.Find("[role=status]").Text(), "Olet ringissä") {
			t.Fatalf("%d at %s: %s", p.status, p.path, p.Find("main").Text())
		}
		p.whole(t, "joined")
		page := squeezed(s.visitor().get(at).Find("#rinki").Text())
		for _, want := range []string{"Seija Seppä", "Osaan sahata.", "Tuon laudat", "torstaina 26.11. mennessä"} {
			if !strings.Contains(page, want) {
				t.Errorf("no %q in %s", want, page)
			}
		}
		if strings.Contains(page, email) {
			t.Error("the address is shown to everybody")
		}
		s.drain()
		if l := s.lettersTo("tuoja@posti.example")[1]; !strings.Contains(l.Subject+s.lettersTo("tuoja@posti.example")[0].Subject, "rinkiin tuli") {
			t.Errorf("the bringer has %q", l.Subject)
		}
		own := s.visitor().get(d.own + "/rinki")
		if own.whole(t, "the bringer's"); !strings.Contains(own.body, "mailto:"+email) {
			t.Error("the bringer does not see how to reach who is in the ring")
		}
		// Without a name it is so at once, everywhere.
		if p := r.post(at+"/rinki", r.fill(at+"/rinki", time.Minute, "role", "doer", "seen", "unnamed", "name", "Seija Seppä", "brings", "Osaan sahata.")); p.path != at+"/rinki" {
			t.Errorf("%d at %s", p.status, p.path)
		}
		if p := s.visitor().get(at); strings.Contains(p.body, "Seija") || !strings.Contains(p.Find("#rinki").Text(), "jonka nimi ei näy") {
			t.Error("the name is shown though it may not be")
		}
		// The day before, and the day after.
		remind := func() {
			t.Helper()
			if err := s.parts.Rings.Remind(context.Background(), "kouvola"); err != nil {
				t.Fatal(err)
			}
			s.drain()
		}
		before := len(s.lettersTo(email))
		s.clock.Advance(48 * time.Hour)
		remind()
		remind()
		if all := s.lettersTo(email); len(all) != before+1 || !strings.HasPrefix(all[0].Subject, "Huomenna: Tuon laudat") {
			t.Fatalf("%d letters, %q", len(all)-before, all[0].Subject)
		}
		s.clock.Advance(48 * time.Hour)
		remind()
		letter := s.lettersTo(email)[0]
		if !strings.HasPrefix(letter.Subject, "Miten kävi: Tuon laudat") {
			t.Errorf("%q", letter.Subject)
		}
		mine := s.visitor()
		mineAt := linkIn(t, letter, "/minun/")
		p = mine.get(mineAt)
		form := p.Find("form[action*='/hoidan/']").First()
		move := url.Values{"spark": {form.Find("[name=spark]").AttrOr("value", "")}, "to": {"open"}, "day": {"2026-12-01"}}
		if p := mine.post(form.AttrOr("action", ""), move); !strings.Contains(p.Find("[role=status]").Text(), "Uusi päivä") {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		move.Set("to", "kept")
		if p := mine.post(form.AttrOr("action", ""), move); !strings.Contains(p.Find("[role=status]").Text(), "Hienoa") || p.Find("form[action*='/hoidan/']").Length() != 0 {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		if lines := storyLines(s.visitor().get(at)); !strings.Contains(strings.Join(lines, "|"), "hoiti sen, minkä otti hoitaakseen") {
			t.Errorf("%q", lines)
		}
		if p := mine.post(strings.Split(mineAt, "?")[0]+"/rinki/pois", url.Values{"spark": move["spark"]}); p.status != http.StatusOK {
			t.Errorf("%d at %s", p.status, p.path)
		}
		if found := s.traces("seija seppä", "osaan sahata"); len(found) > 0 {
			t.Errorf("left behind: %q", found)
		}
	})
}

// Where the bringer wants to answer first, nothing is seen of who waits; a kind no is a
// letter and leaves no trace of them for others.
func TestABringerAnswersWhoWouldJoin(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		bringer := s.visitor()
		d := bringer.drop("text", "Laituri kuntoon talkoilla.", "email", "tuoja@posti.example")
		at := "/kipina/" + d.code
		if p := bringer.post(d.own+"/rinki", url.Values{"open": {"host", "doer"}, "wanted-host": {"Vene ja ranta"}, "asks": {"1"}}); p.status != http.StatusOK || p.Find("#wanted-host").AttrOr("value", "") != "Vene ja ranta" {
			t.Fatalf("%d: %s", p.status, p.Find(".errors").Text())
		}
		if p := s.visitor().get(at); !strings.Contains(squeezed(p.Find("#rinki").Text()), "Etsitään: Vene ja ranta") || p.Find("#rinki a[href$='osa=host']").Length() != 1 {
			t.Errorf("%s", p.Find("#rinki").Text())
		}
		joins := func(email, name string) {
			r := s.visitor()
			r.post(at+"/rinki", r.fill(at+"/rinki", time.Minute, "role", "host", "seen", "public", "name", name, "email", email))
			if p := r.confirms(email); !strings.Contains(p.Find("[role=status]").Text(), "kun sinulle on vastattu") {
				t.Errorf("%s", p.Find("main").Text())
			}
		}
		joins("eka@posti.example", "Eka Ensimmäinen")
		joins("toka@posti.example", "Toka Toinen")
		if p := s.visitor().get(at); strings.Contains(p.body, "Ensimmäinen") || strings.Contains(p.body, "Toka") {
			t.Error("who waits is seen")
		}
		if p := s.officer(office.Planner).get("/toimisto/ringit"); !strings.Contains(p.body, d.code) {
			t.Error("the office does not see that somebody waits")
		}
		p := bringer.get(d.own + "/rinki")
		forms := p.Find("section[aria-labelledby=kysyvat] form")
		if forms.Length() != 2 {
			t.Fatalf("%d wait", forms.Length())
		}
		bringer.post(forms.Eq(0).AttrOr("action", ""), url.Values{"do": {"in"}})
		bringer.post(forms.Eq(1).AttrOr("action", ""), url.Values{"do": {"out"}})
		s.drain()
		if l := s.lettersTo("eka@posti.example")[0]; !strings.Contains(l.Subject, "Tervetuloa rinkiin") {
			t.Errorf("%q", l.Subject)
		}
		if l := s.lettersTo("toka@posti.example")[0]; !strings.Contains(l.Subject, "Kiitos, että tarjouduit") {
			t.Errorf("%q", l.Subject)
		}
		if p := s.visitor().get(at); !strings.Contains(p.Find("#rinki").Text(), "Eka Ensimmäinen") || strings.Contains(p.body, "Toka") {
			t.Errorf("%s", p.Find("#rinki").Text())
		}
		if found := s.traces("toka toinen"); len(found) > 0 {
			t.Errorf("of who was not taken in is left: %q", found)
		}
		if p := s.officer(office.Planner).get("/toimisto/ringit"); !strings.Contains(p.body, d.code) {
			t.Error("a ring without a doer is not on the office's list")
		}
	})
}

// stepOf is what the bringer of a spark has taken upon themselves.
func (s *site) stepOf(sp spark.Spark) ident.ID {
	s.t.Helper()
	all, err := ring.Commitments(context.Background(), s.db, "kouvola", sp.ID)
	if err != nil || len(all) == 0 {
		s.t.Fatalf("%d steps: %v", len(all), err)
	}
	return all[0].ID
}

// inRing puts somebody into the ring of a spark, past the pages.
func (s *site) inRing(sp spark.Spark, name string) (id ident.ID) {
	s.t.Helper()
	who := s.person(strings.ToLower(ident.Secret()) + "@posti.example").Address
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		m, err := s.parts.Rings.Join(ctx, tx, who, sp.ID, ring.Draft{Role: ring.Knower, Name: name, Seen: spark.Public, Language: "fi"}, trust.Sender{})
		id = m.ID
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return id
}
