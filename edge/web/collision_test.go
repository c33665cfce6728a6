package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/collision"
	"kokko/journey/event"
	"kokko/region/office"
	"kokko/region/programme"
)

// collided makes an event a collision of five who came without an address, past the
// pages, and seats them.
func collided(t testing.TB, c *collision.Service, w programme.Edition, e event.Event) {
	t.Helper()
	ctx, a := context.Background(), collision.Act{Region: "kouvola", Event: e.ID}
	if _, err := c.Set(ctx, a, collision.Setting{Rounds: 2, Size: 3}); err != nil {
		t.Fatal(err)
	}
	for i, d := range []collision.Draft{{Brings: "Kylätalon keittiö", Place: "Sippola"}, {Looks: "Keittiö lähiruokailtaan", Organisation: "Kylän Verstas ry"}, {Brings: strings.Repeat("pitkäsanajotaeivoikatkaista", 5)}, {}, {Language: "sv"}} {
		d.Name = fmt.Sprint("Vieras Esimerkki ", i)
		if _, err := c.Put(ctx, a, 0, d, w); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Draw(ctx, a, 1); err != nil {
		t.Fatal(err)
	}
}

// seatingPaths are the pages of an event that is none and of one that is.
func seatingPaths(none, one event.Event) map[string][]string {
	desk := tapahtumat + "/" + one.ID.String() + "/tormaytys"
	return map[string][]string{
		"GET /tapahtuma/{id}":                                {"/tapahtuma/" + one.ID.String()},
		"GET /tapahtuma/{id}/ilmoittaudu":                    {"/tapahtuma/" + one.ID.String() + "/ilmoittaudu"},
		"GET /toimisto/tapahtumat/{id}/tormaytys":            {tapahtumat + "/" + none.ID.String() + "/tormaytys", desk},
		"GET /toimisto/tapahtumat/{id}/tormaytys/kortit":     {desk + "/kortit", desk + "/kortit?malli=kyltit"},
		"GET /toimisto/tapahtumat/{id}/tormaytys/poydat.csv": {desk + "/poydat.csv"},
	}
}

func (s *site) collides(title string) event.Event {
	s.t.Helper()
	e := s.holds(title, 0)
	collided(s.t, s.parts.Collisions, s.edition, e)
	return e
}

func (s *site) guestsOf(e event.Event) []collision.Guest {
	s.t.Helper()
	all, err := collision.Guests(context.Background(), s.db, "kouvola", e.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// comes has somebody sign up for a collision by the pages.
func (s *site) comes(e event.Event, email string, pairs ...string) *reader {
	s.t.Helper()
	r := s.visitor()
	form := url.Values{"name": {"Maija Meikäläinen"}, "email": {email}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	if p := r.post("/tapahtuma/"+e.ID.String()+"/ilmoittaudu", form); p.status != http.StatusOK {
		s.t.Fatalf("%d: %s", p.status, p.Find(".errors").Text())
	}
	s.drain()
	if p := r.post(letterLink(s.t, s, email, "/vahvista/"), nil); p.status != http.StatusOK {
		s.t.Fatal(p.status)
	}
	return r
}

func TestPeopleChangeTablesAndHearWhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		desk := s.officer(office.Planner)
		e := s.holds("Kyläilta", 0)
		at := tapahtumat + "/" + e.ID.String() + "/tormaytys"
		if desk.get(tapahtumat+"/"+e.ID.String()).Find(`main a[href="`+at+`"]`).Length() != 1 {
			t.Error("the event does not lead to its tables")
		}
		if s.visitor().get("/tapahtuma/"+e.ID.String()+"/ilmoittaudu").Find("#brings").Length() != 0 {
			t.Error("it asks what one brings where nobody changes tables")
		}
		bad := desk.post(at, url.Values{"rounds": {"99"}, "size": {"x"}})
		if bad.status != http.StatusUnprocessableEntity || bad.Find("#rounds").AttrOr("value", "") != "99" || bad.Find(".errors li").Length() != 2 {
			t.Errorf("%d: %s", bad.status, bad.Find(".errors").Text())
		}
		desk.post(at, url.Values{"rounds": {"2"}, "size": {"3"}}).says(t, "Tallennettu", "Kukaan ei ole vielä ilmoittautunut")
		s.visitor().get("/tapahtuma/"+e.ID.String()).says(t, "Törmäytys", "kierroksia on 2")
		s.visitor().get("/selko/tapahtuma/"+e.ID.String()).says(t, "Vaihdat pöytää 2 kertaa")

		long := s.visitor().post("/tapahtuma/"+e.ID.String()+"/ilmoittaudu", url.Values{"name": {"Maija"}, "email": {"maija@kylla.example"}, "brings": {strings.Repeat("ä", 201)}, "place": {"Atlantis"}})
		if long.status != http.StatusUnprocessableEntity || long.Find(".errors li").Length() != 2 || long.Find("#place").AttrOr("value", "") != "Atlantis" {
			t.Errorf("%d: %s", long.status, long.Find(".errors").Text())
		}
		maija := s.comes(e, "maija@kylla.example", "brings", "kylätalon keittiö", "organisation", "Kylän Verstas ry", "place", "Sippola")
		pekka := s.comes(e, "pekka@kylla.example", "name", "Pekka Esimerkki", "looks", "keittiötä lähiruokailtaan")
		again := maija.get("/tapahtuma/" + e.ID.String() + "/ilmoittaudu")
		if again.Find("#brings").AttrOr("value", "") != "kylätalon keittiö" || again.Find("#place").AttrOr("value", "") != "Sippola" {
			t.Error("what was told is not there to change")
		}
		for i := range 4 {
			desk.post(at+"/vieras", url.Values{"name": {fmt.Sprint("Soittaja ", i)}}).says(t, fmt.Sprint("Soittaja ", i))
		}
		drawn := desk.post(at+"/arvo", nil)
		drawn.says(t, "Pöydät on arvottu", "6 vierasta. 2 pöytää, 2 kierrosta.", "kylätalon keittiö")
		if rows := drawn.Find("section[aria-labelledby=poydittain] tbody tr").Length(); rows != 2 {
			t.Errorf("%d tables", rows)
		}
		if s.officer(office.Viewer).get(at).status != http.StatusForbidden {
			t.Error("who may not see who comes sees where they sit")
		}
		if text := maija.get("/minun").Find("main").Text(); strings.Contains(text, "Kierros 1") {
			t.Error("tables are told before they are locked")
		}
		desk.post(at+"/lukitse", url.Values{"lock": {"1"}}).says(t, "Lukittu")
		maija.get("/minun").says(t, "Kierros 1", "Kierros 2", "Pöytä")
		if refused := desk.post(at+"/arvo", nil); refused.status != http.StatusConflict || !strings.Contains(refused.Find(".errors").Text(), "lukittu") {
			t.Errorf("%d", refused.status)
		}

		// The paper: a card each, a sign a table.
		cards := desk.get(at + "/kortit")
		if n := cards.Find(".seat").Length(); n != 6 || cards.Find(".leaf").Length() != 2 {
			t.Errorf("%d cards on %d sheets", n, cards.Find(".leaf").Length())
		}
		mine := cards.Find(".seat").FilterFunction(func(_ int, c *goquery.Selection) bool { return c.Find("h3").Text() == "Pekka Esimerkki" })
		if text := mine.Text(); !strings.Contains(text, "pöydässäsi joku tuo: ”kylätalon keittiö”") || strings.Contains(text, "Maija") {
			t.Errorf("%q", text)
		}
		if n := desk.get(at + "/kortit?malli=kyltit").Find(".leaf.sign").Length(); n != 2 {
			t.Errorf("%d signs", n)
		}
		file := desk.get(at + "/poydat.csv")
		if lines := strings.Count(file.body, "\r\n"); lines != 7 || !strings.Contains(file.body, "Pekka Esimerkki") {
			t.Errorf("%d lines: %s", lines, file.body)
		}

		// Afterwards: who was there is asked by letter, and answers on their own page.
		early := desk.post(at+"/paikalla", nil)
		if early.status != http.StatusConflict {
			t.Errorf("%d: noted before it began", early.status)
		}
		s.clock.Advance(49 * time.Hour)
		boxes := desk.get(at).Find("input[name=there][checked]")
		var there []string
		boxes.Each(func(_ int, b *goquery.Selection) { there = append(there, b.AttrOr("value", "")) })
		if len(there) != 6 {
			t.Fatalf("%d are ticked to begin with", len(there))
		}
		desk.post(at+"/paikalla", url.Values{"there": there}).says(t, "Paikalla olleilta kysytään")
		s.drain()
		own := letterLink(t, s, "maija@kylla.example", "/minun/")
		p := maija.get(own)
		p.says(t, "Saako näkyä, että tapasitte?")
		action := p.Find(`form[action$="/tormaytys"]`).AttrOr("action", "")
		maija.post(action, url.Values{"event": {e.ID.String()}, "met": {"yes"}}).says(t, "Vastasit: kyllä")
		ties := func() int { return s.count(`SELECT COUNT(*) FROM ties WHERE why = 'table'`) }
		if ties() != 0 {
			t.Error("one yes ties two")
		}
		action = pekka.get("/minun").Find(`form[action$="/tormaytys"]`).AttrOr("action", "")
		pekka.post(action, url.Values{"event": {e.ID.String()}, "met": {"yes"}})
		all := s.guestsOf(e)
		met := all[0].Meets(all[1])
		if want := map[bool]int{true: 1}[met]; ties() != want {
			t.Errorf("%d ties, they sat together: %v", ties(), met)
		}
		pekka.post(action, url.Values{"event": {e.ID.String()}, "met": {"no"}}).says(t, "Vastasit: ei")
		if ties() != 0 {
			t.Error("a yes taken back leaves a tie")
		}

		// Everything kept of a person is in their own file, and goes with them.
		var told struct {
			Collisions []map[string]any `json:"collisions"`
		}
		if err := json.Unmarshal([]byte(maija.get(own+"/tiedot").body), &told); err != nil || len(told.Collisions) != 1 {
			t.Fatalf("%v: %d", err, len(told.Collisions))
		}
		tables, err := s.db.Tables(context.Background(), s.db)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			for _, c := range table.Columns {
				if _, in := told.Collisions[0][c.Name]; table.Name == "collision_guests" && !in && !slices.Contains([]string{"region_id", "address_id"}, c.Name) {
					t.Errorf("%s.%s is not in a person's own file", table.Name, c.Name)
				}
			}
		}
		if !slices.ContainsFunc(s.traces("kylätalon keittiö"), func(f string) bool { return strings.HasPrefix(f, "collision_guests.brings") }) {
			t.Error("nothing to prove")
		}
		maija.post(own+"/poisto", url.Values{"confirm": {"1"}})
		s.clock.Advance(96 * time.Hour)
		s.drain()
		if found := s.traces("kylätalon keittiö", "maija", "Meikäläinen"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		// Who signs off is seated nowhere.
		pekka.post(strings.TrimSuffix(action, "tormaytys")+"tapahtuma", url.Values{"event": {e.ID.String()}})
		if left := s.guestsOf(e); len(left) != 4 {
			t.Errorf("%d guests are left", len(left))
		}
	})
}

// arrivesLate is somebody seated at a collision who came by the pages, for the log.
func (s *site) arrivesLate(e event.Event) ident.ID {
	s.t.Helper()
	who := s.person(strings.ToLower(ident.Secret()) + "@posti.example").Address
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		if _, err := event.SignUp(ctx, tx, "kouvola", event.Seat{Event: e.ID, Address: who.ID, Name: "Myöhäinen", People: 1}, s.clock.Now()); err != nil {
			return err
		}
		return s.parts.Collisions.Tell(ctx, tx, who, e.ID, collision.Draft{Name: "Myöhäinen"}, s.edition)
	}); err != nil {
		s.t.Fatal(err)
	}
	all := s.guestsOf(e)
	return all[len(all)-1].ID
}
