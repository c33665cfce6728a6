package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/introduction"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/office"
)

// begun is an introduction that waits for its broker.
type begun struct {
	id   ident.ID
	link string // of the broker's letter
}

// introduces has somebody ask to meet somebody, past the pages.
func (s *site) introduces(email string, sp spark.Spark) (b begun) {
	s.t.Helper()
	who := s.person(email).Address
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		x, err := s.parts.Introductions.Ask(ctx, tx, who, s.officers[office.Planner], introduction.Draft{Spark: sp.ID, Wanted: "Joku keittiöstä", Name: "Tuttu Vieras", Message: "Haluan oppia.", Language: "fi"})
		if err != nil {
			return err
		}
		b.id = x.ID
		b.link, err = introduction.Link(ctx, tx, "kouvola", x.ID, introduction.Broker)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return b
}

// introduced is the pages behind the letters of two introductions: one that waits for
// its broker and for the other, and one where both have said yes.
func (s *stage) introduced(t testing.TB, sp spark.Spark, who address.Address) (paths []string) {
	t.Helper()
	ctx := context.Background()
	var ids []ident.ID
	ask := func() ident.ID {
		var id ident.ID
		must(t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			x, err := s.parts.Introductions.Ask(ctx, tx, who, s.manager, introduction.Draft{Spark: sp.ID, Wanted: "Joku, joka on pyörittänyt kylätalon keittiötä", Name: "Seija", Message: "Meillä on talo ja väkeä. Miten pääsee alkuun?", Tells: true, Language: "fi"})
			id = x.ID
			return err
		}))
		ids = append(ids, id)
		return id
	}
	ask()
	for i := range 2 {
		id := ask()
		_, err := s.parts.Introductions.PassOn(ctx, "kouvola", id, introduction.Pass{Email: "tuttu@posti.example", Name: "Tuttu", Remark: "Seija on reipas."})
		must(t, err)
		if i == 1 {
			_, err := s.parts.Introductions.Say(ctx, "kouvola", id, introduction.Other, introduction.Yes, true, "")
			must(t, err)
			must(t, s.parts.Introductions.Report(ctx, "kouvola", id, introduction.Asker, introduction.Did, introduction.Unsaid, ""))
		}
	}
	for i, r := range []introduction.Role{introduction.Broker, introduction.Other, introduction.Asker} {
		must(t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			secret, err := introduction.Link(ctx, tx, "kouvola", ids[i], r)
			paths = append(paths, "/tutustuminen/"+secret)
			return err
		}))
	}
	return paths
}

func (s *stage) waitingIntroduction(t testing.TB) string {
	t.Helper()
	all, err := introduction.In(context.Background(), s.db, "kouvola", introduction.WithBroker, 0, 1)
	must(t, err)
	return all[0].ID.String()
}

// A village chair asks for somebody who knows, the office passes it on from its letter,
// the other says yes, both get the same letter with both addresses, and a fortnight
// later one press each tells how it went. Until both have said yes nobody sees where
// anybody is reached.
func TestTwoPeopleMeetOverThreeLetters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const chair, cook = "puheenjohtaja@kyla.example", "keittaja@posti.example"
		planner := "planner@kouvola.example"
		d := s.visitor().drop("text", "Kylätalon keittiö kaikkien käyttöön. Kuka on tehnyt tätä?", "email", "tuoja@posti.example")
		s.must(s.parts.Sparks.Assign(context.Background(), s.act(d.code), s.officers[office.Planner].ID))
		s.drain()
		r, at := s.visitor(), "/kipina/"+d.code
		p := r.get(at)
		if p.Find("a[href$='/osaajat']").Length() != 1 {
			t.Fatal("the spark's page does not lead to who could help")
		}
		p = r.get(at + "/osaajat")
		p.whole(t, "helpers")
		if !strings.Contains(p.Find("main").Text(), "Kaisa Esimerkki") || p.Find("a[href$='/tutustu']").Length() != 1 {
			t.Errorf("an empty answer: %s", p.Find("main").Text())
		}
		form := url.Values{"wanted": {"Joku, joka on pyörittänyt kylätalon keittiötä"}, "message": {"Meillä on talo. Miten alkuun?"}, "tells": {"1"}, "email": {chair}}
		if p = r.post(at+"/tutustu", form); p.status != http.StatusUnprocessableEntity || p.Find("#name-error").Length() != 1 || !strings.Contains(p.Find("#message").Text(), "Meillä on talo") {
			t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
		}
		p.whole(t, "refused")
		form.Set("name", "Kirsti Kylä")
		r.post(at+"/tutustu", form)
		if p = r.confirms(chair); !strings.HasPrefix(p.path, "/minun/") || !strings.Contains(p.Find("[role=status]").Text(), "Pyyntösi on matkalla") || !strings.Contains(p.Find("#tutustumiset").Parent().Text(), "matkalla") {
			t.Fatalf("%d at %s: %s", p.status, p.path, p.Find("main").Text())
		}
		s.drain()
		letter := s.lettersTo(planner)[0]
		if !strings.Contains(letter.Subject, "Välitätkö: Kirsti Kylä") || strings.Contains(letter.Text, chair) {
			t.Fatalf("%q %q", letter.Subject, letter.Text)
		}
		// A scanner that follows the link passes nothing on.
		broker, link := s.visitor(), linkIn(t, letter, "/tutustuminen/")
		broker.get(link)
		if p = broker.get(link); p.Find("button[value=pass]").Length() != 1 || strings.Contains(p.body, chair) {
			t.Fatalf("%d: %s", p.status, p.Find("main").Text())
		}
		p.whole(t, "the broker's page")
		if p = broker.post(link, url.Values{"do": {"pass"}, "email": {"ei osoite"}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d", p.status)
		}
		broker.post(link, url.Values{"do": {"pass"}, "email": {cook}, "name": {"Kalle Keittäjä"}, "remark": {"Kirsti on reipas."}})
		s.drain()
		letter = s.lettersTo(cook)[0]
		if !strings.Contains(letter.Text, "Kirsti on reipas.") || strings.Contains(letter.Text, chair) {
			t.Errorf("%q", letter.Text)
		}
		if n := len(s.lettersTo(chair)); n != 1 {
			t.Errorf("the asker has %d letters before anybody has said yes", n)
		}
		other, link := s.visitor(), linkIn(t, letter, "/tutustuminen/")
		if p = other.get(link); strings.Contains(p.body, chair) || p.Find("button[value=yes]").Length() != 1 {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		p = other.post(link, url.Values{"do": {"yes"}, "tells": {"1"}, "name": {"Kalle Keittäjä"}})
		if !strings.Contains(p.body, chair) {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		p.whole(t, "met")
		s.drain()
		for _, to := range []string{chair, cook} {
			if l := s.lettersTo(to)[0]; !strings.Contains(l.Text, chair) || !strings.Contains(l.Text, cook) || !strings.Contains(l.Subject, "Kirsti Kylä ja Kalle Keittäjä") {
				t.Errorf("%s has %q", to, l.Text)
			}
		}
		if lines := storyLines(s.visitor().get(at)); !strings.Contains(strings.Join(lines, "|"), "Kaksi ihmistä tutustui") {
			t.Errorf("%q", lines)
		}
		s.clock.Advance(introduction.AskAfter + time.Hour)
		if err := s.parts.Introductions.Walk(context.Background(), "kouvola"); err != nil {
			t.Fatal(err)
		}
		s.drain()
		letter = s.lettersTo(chair)[0]
		if !strings.Contains(letter.Subject, "Miten kävi: Kalle Keittäjä") {
			t.Fatalf("%q", letter.Subject)
		}
		me, link := s.visitor(), linkIn(t, letter, "/tutustuminen/")
		me.post(link, url.Values{"do": {"report"}, "met": {"yes"}})
		me.post(link, url.Values{"do": {"report"}, "useful": {"yes"}})
		if p = me.post(link, url.Values{"do": {"report"}, "came": {"Yhteinen pikkujouluruoka."}}); !strings.Contains(p.Find("#came").Text(), "Yhteinen pikkujouluruoka.") {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		// What one erases goes from the other's page and from every letter.
		mine := s.visitor()
		a, err := address.ByEmail(context.Background(), s.db, "kouvola", chair)
		if err != nil {
			t.Fatal(err)
		}
		var secret string
		if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
			secret, err = address.Link(ctx, tx, a)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if data := mine.get("/minun/" + secret + "/tiedot"); !strings.Contains(data.body, "Yhteinen pikkujouluruoka.") {
			t.Error("their file does not tell what came of it")
		}
		mine.post("/minun/"+secret+"/poisto", url.Values{"confirm": {"1"}})
		if found := s.traces(chair, "kirsti", "meillä on talo", "pikkujouluruoka"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if p = other.get(linkIn(t, begunLetter(s, cook), "/tutustuminen/")); strings.Contains(p.body, chair) {
			t.Error("the other still sees who is gone")
		}
	})
}

// begunLetter stands for a letter that is gone: its link is made anew.
func begunLetter(s *site, email string) (p mail.Posted) {
	s.t.Helper()
	all, err := introduction.In(context.Background(), s.db, "kouvola", introduction.Met, 0, 1)
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%d, %v", len(all), err)
	}
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		secret, err := introduction.Link(ctx, tx, "kouvola", all[0].ID, introduction.Other)
		p.To, p.Text = email, "https://kokko.kouvola.example/tutustuminen/"+secret
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// A no is told to nobody: the asker sees the same page, and gets the same letter on the
// same day, whether the broker said no, the other did, or nobody answered.
func TestARefusalLooksLikeSilence(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		d := s.drop(spark.Draft{Text: "Kylätalon keittiö käyttöön.", Language: "fi"})
		asks := []string{"yksi@posti.example", "kaksi@posti.example", "kolme@posti.example"}
		var all []begun
		for _, email := range asks {
			all = append(all, s.introduces(email, d.Spark))
		}
		s.visitor().post("/tutustuminen/"+all[0].link, url.Values{"do": {"no"}})
		if _, err := s.parts.Introductions.PassOn(ctx, "kouvola", all[1].id, introduction.Pass{Email: "tuttu@posti.example"}); err != nil {
			t.Fatal(err)
		}
		s.drain()
		never := linkIn(t, s.lettersTo("tuttu@posti.example")[0], "/tutustuminen/")
		if p := s.visitor().get(never); p.Find("[name=tells][checked]").Length() != 0 || !strings.Contains(p.Find("dt").Text(), "Kenet hän haluaisi tavata") {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		p := s.visitor().post(never, url.Values{"do": {"never"}})
		if text := p.Find("main").Text(); !strings.Contains(p.Find("[role=status]").Text(), "Et saa enää") || !strings.Contains(text, "Olet vastannut") || strings.Contains(text, "matkalla") {
			t.Errorf("%d: %s", p.status, text)
		}
		pages := func() (seen []string) {
			for i := range all {
				var secret string
				if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
					secret, err = introduction.Link(ctx, tx, "kouvola", all[i].id, introduction.Asker)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				seen = append(seen, squeezed(s.visitor().get("/tutustuminen/"+secret).Find("main").Text()))
			}
			return seen
		}
		if seen := pages(); seen[0] != seen[1] || seen[1] != seen[2] || !strings.Contains(seen[0], "matkalla") {
			t.Errorf("%q", seen)
		}
		s.clock.Advance(introduction.Open + time.Hour)
		if err := s.parts.Introductions.Walk(ctx, "kouvola"); err != nil {
			t.Fatal(err)
		}
		s.drain()
		if seen := pages(); seen[0] != seen[1] || seen[1] != seen[2] || !strings.Contains(seen[0], "ei edennyt") {
			t.Errorf("%q", seen)
		}
		var subjects []string
		for _, email := range asks {
			subjects = append(subjects, s.lettersTo(email)[0].Subject)
		}
		if subjects[0] != subjects[1] || subjects[1] != subjects[2] || !strings.Contains(subjects[0], "ei edennyt") {
			t.Errorf("%q", subjects)
		}
		// Never again means it: the next one asked for goes nowhere, and looks like any other.
		before := len(s.lettersTo("tuttu@posti.example"))
		again := s.introduces("nelja@posti.example", d.Spark)
		if _, err := s.parts.Introductions.PassOn(ctx, "kouvola", again.id, introduction.Pass{Email: "tuttu@posti.example"}); err != nil {
			t.Fatal(err)
		}
		s.drain()
		if n := len(s.lettersTo("tuttu@posti.example")); n != before {
			t.Errorf("%d letters more to somebody who never wants any", n-before)
		}
	})
}
