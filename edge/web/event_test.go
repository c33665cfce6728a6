package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/event"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/programme"
)

const tapahtumat = "/toimisto/tapahtumat"

// drafted stores an event of three hours past the pages.
func drafted(t testing.TB, events *event.Service, e programme.Edition, title string, begins time.Time, capacity int) event.Event {
	t.Helper()
	made, err := events.Make(context.Background(), "kouvola", e, event.Draft{Texts: map[string]event.Text{"fi": {Title: title, About: "Kahvia; ja laituri, uusi.\nTervetuloa!"}}, Venue: "Sippolan koulu, Sippolantie 5", Place: "Sippola", Begins: begins, Ends: begins.Add(3 * time.Hour), SignUp: true, Capacity: capacity})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// holds is the same, for everybody to see.
func holds(t testing.TB, events *event.Service, e programme.Edition, title string, begins time.Time, capacity int) event.Event {
	t.Helper()
	made, err := events.Publish(context.Background(), event.Act{Region: "kouvola", Event: drafted(t, events, e, title, begins, capacity).ID})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (s *site) drafts(title string, capacity int) event.Event {
	return drafted(s.t, s.parts.Events, s.edition, title, s.clock.Now().Add(48*time.Hour), capacity)
}

func (s *site) holds(title string, capacity int) event.Event {
	return holds(s.t, s.parts.Events, s.edition, title, s.clock.Now().Add(48*time.Hour), capacity)
}

// signsUp has somebody of a confirmed address sign up, past the pages.
func (s *site) signsUp(e event.Event, email string, people int) (seat event.Seat) {
	s.t.Helper()
	who := s.person(email).Address.ID
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		seat, err = event.SignUp(ctx, tx, "kouvola", event.Seat{Event: e.ID, Address: who, Name: "Maija", People: people}, s.clock.Now())
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return seat
}

// eventForm is an event as the office types it, two days from now.
func eventForm(s *site, pairs ...string) url.Values {
	f := url.Values{"title.fi": {"Kyläilta"}, "about.fi": {"Puhutaan."}, "venue": {"Seurantalo"}, "place": {"Sippola"}, "day": {(office.Today(s.clock) + 2).String()}, "from": {"17.30"}, "until": {"20:00"}, "signup": {"1"}, "capacity": {"2"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

func TestTheOfficeHoldsAnEvent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		desk := s.officer(office.Coordinator)
		bad := desk.post(tapahtumat, eventForm(s, "title.fi", "", "from", "puoli kuusi", "capacity", "paljon"))
		if bad.status != http.StatusUnprocessableEntity || bad.Find("[id='venue']").AttrOr("value", "") != "Seurantalo" || bad.Find("#from-error").Length() != 1 || bad.Find("#capacity-error").Length() != 1 {
			t.Errorf("%d %s", bad.status, squeezed(bad.Find(".errors").Text()))
		}
		p := desk.post(tapahtumat, eventForm(s))
		p.says(t, "Luonnos on tallessa", "Kyläilta", "keskiviikko 25.11.2026 klo 17.30\u2060–\u206020.00, Seurantalo")
		at := p.path
		id := at[strings.LastIndex(at, "/")+1:]
		if got := s.visitor().get("/tapahtuma/" + id); got.status != http.StatusNotFound {
			t.Errorf("a draft is seen: %d", got.status)
		}
		desk.post(at+"/julkaise", nil).says(t, "Tapahtuma on julkaistu")
		s.visitor().get("/tapahtumat").says(t, "Kyläilta", "Seurantalo, Sippola")
		s.visitor().get("/tapahtuma/"+id).says(t, "2 vapaana, kaikkiaan 2.", "Seurantalo", "Puhutaan.")
		for _, lang := range []string{"/sv", "/en"} {
			for _, path := range []string{"/tapahtumat", "/tapahtuma/" + id, "/tapahtuma/" + id + "/ilmoittaudu"} {
				if got := s.visitor().get(lang + path); got.status != http.StatusOK {
					t.Errorf("%s%s: %d", lang, path, got.status)
				}
			}
			desk.get(lang + at)
		}
		for path, want := range map[string]bool{"/": true, "/paikat/sippola": true, "/paikat/elimaki": false} {
			if got := s.visitor().get(path).Find(`main a[href="/tapahtuma/`+id+`"]`).Length() == 1; got != want {
				t.Errorf("%s tells of it: %t", path, got)
			}
		}
		if desk.get("/toimisto").Find(`.nav a[href="`+tapahtumat+`"]`).Length() != 1 {
			t.Error("the office's menu leads to no events")
		}
		// Two officers at once: the second is told.
		version := desk.get(at).Find("input[name=version]").First().AttrOr("value", "")
		desk.post(at, eventForm(s, "version", version, "venue", "Koulu")).says(t, "Muutokset on tallennettu")
		if late := desk.post(at, eventForm(s, "version", version, "venue", "Kirkko")); late.status != http.StatusConflict || late.Find("[id='venue']").AttrOr("value", "") != "Kirkko" {
			t.Errorf("%d", late.status)
		}
		s.visitor().get("/tapahtuma/"+id).says(t, "Koulu", "Aika tai paikka muuttui")
		// What is told there is written down one after another, with its origin.
		jot := at + "/kirjaa"
		form := desk.get(jot)
		once := form.Find("input[name=once]").AttrOr("value", "")
		told := url.Values{"once": {once}, "text": {"Penkkejä rantaan."}, "language": {"fi"}, "visibility": {"unnamed"}, "place": {"Sippola"}}
		if bad := desk.post(jot, url.Values{"once": {once}, "language": {"fi"}, "visibility": {"unnamed"}, "name": {"Pekka"}}); bad.status != http.StatusUnprocessableEntity || bad.Find("#name").AttrOr("value", "") != "Pekka" {
			t.Errorf("nothing told: %d", bad.status)
		}
		p = desk.post(jot, told)
		p.says(t, "Kirjattu:")
		code := p.Find(".note .code").Text()
		if p.Find("#text").Text() != "" || p.Find("input[name=once]").AttrOr("value", "") == once {
			t.Error("not ready for the next one")
		}
		sp := s.sparkNow(code)
		events, err := spark.Events(context.Background(), s.db, "kouvola", sp.ID)
		if err != nil || sp.Source != spark.Event || events[sp.ID] != "Kyläilta" || sp.EnteredBy != s.officers[office.Coordinator].ID {
			t.Errorf("%q %q %v", sp.Source, events[sp.ID], err)
		}
		if story := s.visitor().get("/kipina/" + code).Find("main").Text(); !strings.Contains(story, "kertoi kipinän tapahtumassa ”Kyläilta”, ja toimisto kirjasi sen.") {
			t.Error("the story does not name the event")
		}
		desk.post(at+"/peru", nil).says(t, "Peruttu")
		s.visitor().get("/tapahtuma/"+id).says(t, "peruttu")
		draft := s.drafts("Turha", 0)
		desk.post(tapahtumat+"/"+draft.ID.String()+"/peru", nil).says(t, "Luonnos on poistettu")
		if got := desk.get(tapahtumat + "/" + draft.ID.String()); got.status != http.StatusNotFound {
			t.Errorf("%d", got.status)
		}
	})
}

func TestSomebodySignsUpWithAnAddressAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		e := s.holds("Kylätalkoot", 2)
		at := "/tapahtuma/" + e.ID.String()
		signs := func(r *reader, email, name, people string) page {
			t.Helper()
			return r.post(at+"/ilmoittaudu", url.Values{"name": {name}, "people": {people}, "email": {email}})
		}
		maija := s.visitor()
		if p := signs(maija, "ei osoite", "Maija", "2"); p.status != http.StatusUnprocessableEntity || p.Find("#name").AttrOr("value", "") != "Maija" {
			t.Errorf("%d", p.status)
		}
		if p := signs(maija, "maija@kylla.example", "", "99"); p.status != http.StatusUnprocessableEntity || p.Find("#name-error, #people-error").Length() != 2 {
			t.Errorf("%d", p.status)
		}
		confirm := func(r *reader, email string) page {
			t.Helper()
			s.drain()
			return r.post(letterLink(t, s, email, "/vahvista/"), nil)
		}
		signs(maija, "maija@kylla.example", "Maija Meikäläinen", "2").says(t, "2 ihmistä", "Kylätalkoot")
		if signed, _, err := event.Counts(context.Background(), s.db, "kouvola", e.ID); err != nil || signed != 0 {
			t.Errorf("%d signed up before confirming, %v", signed, err)
		}
		confirm(maija, "maija@kylla.example").says(t, "Ilmoittautuminen on tallessa", "Teillä on 2 paikkaa")
		s.visitor().get(at).says(t, "Kaikki paikat on varattu")
		pekka := s.visitor()
		signs(pekka, "pekka@kylla.example", "Pekka", "1")
		confirm(pekka, "pekka@kylla.example").says(t, "Olet jonossa")
		s.officer(office.Planner).get(tapahtumat+"/"+e.ID.String()).says(t, "Maija Meikäläinen", "maija@kylla.example", "Pekka", "Jonossa on yksi")
		if text := s.officer(office.Viewer).get(tapahtumat + "/" + e.ID.String()).Find("main").Text(); strings.Contains(text, "Maija") {
			t.Error("a viewer reads who comes")
		}
		// Who is remembered changes and leaves without another letter.
		form := maija.get(at + "/ilmoittaudu")
		if form.Find("#name").AttrOr("value", "") != "Maija Meikäläinen" || form.Find("#email").Length() != 0 {
			t.Error("the form does not know who it is")
		}
		p := maija.get("/minun")
		leave := p.Find(`form[action$="/tapahtuma"]`).AttrOr("action", "")
		own := maija.get(strings.TrimSuffix(leave, "/tapahtuma") + "/tiedot")
		tables, err := s.db.Tables(context.Background(), s.db)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Events []map[string]any `json:"events"`
		}
		if err := json.Unmarshal([]byte(own.body), &file); err != nil || len(file.Events) != 1 || file.Events[0]["name"] != "Maija Meikäläinen" {
			t.Fatalf("%v %s", err, own.body)
		}
		for _, table := range tables {
			for _, c := range table.Columns {
				if _, told := file.Events[0][c.Name]; table.Name == "event_seats" && !told && c.Name != "region_id" && c.Name != "address_id" {
					t.Errorf("%s is not among a person's own data", c.Name)
				}
			}
		}
		maija.post(leave, url.Values{"event": {e.ID.String()}}).says(t, "Ilmoittautuminen on peruttu")
		s.drain()
		if n := s.mailed("pekka@kylla.example", "olet nyt mukana"); n != 1 {
			t.Errorf("%d letters of a place", n)
		}
		// Reminded on the morning before, once.
		s.clock.Advance(24 * time.Hour)
		for range 2 {
			if err := s.parts.Events.Remind(context.Background(), "kouvola"); err != nil {
				t.Fatal(err)
			}
			s.drain()
		}
		if n, other := s.mailed("pekka@kylla.example", "on pian"), s.mailed("maija@kylla.example", "on pian"); n != 1 || other != 0 {
			t.Errorf("%d reminders, %d to whoever has left", n, other)
		}
		// Called off: told, and erased with the address.
		if _, err := s.parts.Events.Cancel(context.Background(), event.Act{Region: "kouvola", Event: e.ID}); err != nil {
			t.Fatal(err)
		}
		s.drain()
		if n := s.mailed("pekka@kylla.example", "on peruttu"); n != 1 {
			t.Errorf("%d letters of the calling off", n)
		}
		erase := strings.TrimSuffix(pekka.get("/minun").Find(`form[action$="/tapahtuma"]`).AttrOr("action", ""), "/tapahtuma") + "/poisto"
		var id ident.ID
		if err := s.db.QueryRow(context.Background(), `SELECT address_id FROM addresses WHERE email = 'pekka@kylla.example'`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		pekka.post(erase, url.Values{"confirm": {"1"}})
		for _, table := range tables {
			if table.Name == "address_asks" { // emptied, and kept some days as a count of letters to one mailbox
				if n := s.count(`SELECT COUNT(*) FROM address_asks WHERE email <> '' AND address_id = ` + id.String()); n != 0 {
					t.Errorf("%d asks of somebody erased say whose they are", n)
				}
				continue
			}
			if slices.ContainsFunc(table.Columns, func(c store.Column) bool { return c.Name == "address_id" }) {
				if n := s.count(`SELECT COUNT(*) FROM ` + table.Name + ` WHERE address_id = ` + id.String()); n != 0 {
					t.Errorf("%d rows of %s are left of somebody erased", n, table.Name)
				}
			}
		}
		if n := s.count(`SELECT COUNT(*) FROM event_seats`) + s.count(`SELECT COUNT(*) FROM mails WHERE recipient = 'pekka@kylla.example'`); n != 0 {
			t.Errorf("%d rows of somebody erased", n)
		}
	})
}

func TestAnEventGoesIntoACalendar(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		e := s.holds("Kylätalkoot, ja kahvit; \\o/", 3)
		at := "/tapahtuma/" + e.ID.String() + "/kalenteri.ics"
		read := func() *ics.VEvent {
			t.Helper()
			p := s.visitor().get(at)
			if p.status != http.StatusOK || !strings.HasPrefix(p.header.Get("Content-Type"), "text/calendar") {
				t.Fatalf("%d %s", p.status, p.header.Get("Content-Type"))
			}
			for line := range strings.SplitSeq(p.body, "\r\n") {
				if len(line) > 75 {
					t.Errorf("a line of %d bytes: %s", len(line), line)
				}
			}
			c, err := ics.ParseCalendar(strings.NewReader(p.body))
			if err != nil || len(c.Events()) != 1 {
				t.Fatalf("%v: %s", err, p.body)
			}
			return c.Events()[0]
		}
		line := read()
		if !strings.HasSuffix(line.Id(), "."+s.edition.Region.ID+"@127.0.0.1") { // where the site of the test is
			t.Errorf("another installation may call a line %s", line.Id())
		}
		begins, err := line.GetStartAt()
		if err != nil || !begins.Equal(e.Begins) {
			t.Errorf("%v %v", begins, err)
		}
		if got := line.GetProperty(ics.ComponentPropertySummary).Value; got != "Kylätalkoot, ja kahvit; \\o/" {
			t.Errorf("%q", got)
		}
		if got := line.GetProperty(ics.ComponentPropertyLocation).Value; got != "Sippolan koulu, Sippolantie 5" {
			t.Errorf("%q", got)
		}
		uid := line.Id()
		if _, err := s.parts.Events.Cancel(context.Background(), event.Act{Region: "kouvola", Event: e.ID}); err != nil {
			t.Fatal(err)
		}
		if line = read(); line.Id() != uid || line.GetProperty(ics.ComponentPropertyStatus).Value != "CANCELLED" {
			t.Errorf("%s %s", line.Id(), line.GetProperty(ics.ComponentPropertyStatus).Value)
		}
	})
}

// letterLink is the path of a link in the latest letter to somebody.
func letterLink(t testing.TB, s *site, email, part string) string {
	t.Helper()
	var text string
	if err := s.db.QueryRow(context.Background(), `SELECT body FROM mails WHERE region_id = 'kouvola' AND recipient = $1 ORDER BY mail_id DESC LIMIT 1`, email).Scan(&text); err != nil {
		t.Fatal(err)
	}
	at := strings.Index(text, part)
	if at < 0 {
		t.Fatalf("no link in %q", text)
	}
	return strings.Fields(text[at:])[0]
}
