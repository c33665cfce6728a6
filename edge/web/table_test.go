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

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/journey/table"
	"kokko/region/office"
	"kokko/region/programme"
)

const tablesAt = "/toimisto/poydat"

// tableForm is a table as the office types it.
func tableForm(pairs ...string) url.Values {
	f := url.Values{"title.fi": {"Lähiruoan jakelu"}, "about.fi": {"Miten ruoka kulkee kylältä toiselle?"}, "convener": {"Kyläyhdistysten neuvosto"}, "meetings": {"2"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// tabled begins a table past the pages, with one who came by telephone and a meeting
// that can be noted.
func tabled(t testing.TB, tables *table.Service, e programme.Edition, title string, now time.Time) table.Table {
	t.Helper()
	ctx, a := context.Background(), table.Act{Region: "kouvola"}
	made, err := tables.Make(ctx, a, e.Original(), table.Draft{Texts: map[string]table.Text{e.Original(): {Title: title, About: "Puhutaan."}}, Convener: "Kyläyhdistysten neuvosto", Meetings: 3})
	if err != nil {
		t.Fatal(err)
	}
	a.Table = made.ID
	if _, err := tables.Admit(ctx, a, table.Entry{Name: "Soittaja Esimerkki", Organisation: "Kylän Verstas ry", Shown: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := tables.Meet(ctx, a, 0, table.When{Begins: now.Add(-2 * time.Hour), Ends: now.Add(-time.Hour), Venue: "Sippolan koulu"}); err != nil {
		t.Fatal(err)
	}
	return made
}

func (s *site) begins(title string) table.Table {
	s.t.Helper()
	return tabled(s.t, s.parts.Tables, s.edition, title, s.clock.Now())
}

func (s *site) atTable(t table.Table) []table.Person {
	s.t.Helper()
	all, err := table.People(context.Background(), s.db, "kouvola", t.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// agrees notes a table's meeting past the pages, with one step.
func (s *site) agrees(t table.Table) ident.ID {
	s.t.Helper()
	ctx := context.Background()
	who := s.atTable(t)[0].ID
	if _, err := s.parts.Tables.Note(ctx, table.Act{Region: "kouvola", Table: t.ID}, 1, table.Minutes{Words: "Puhuttiin.", Present: []ident.ID{who}, Steps: []table.Agreed{{Person: who, What: "Soittaa kauppiaalle", Day: office.Today(s.clock) + 7}}}); err != nil {
		s.t.Fatal(err)
	}
	all, err := table.Steps(ctx, s.db, "kouvola", t.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return all[0].ID
}

// tablePaths are the pages of a table.
func tablePaths(t table.Table) map[string][]string {
	return map[string][]string{
		"GET /poydat":                     {"/poydat"},
		"GET /poyta/{slug}":               {"/poyta/" + t.Slug},
		"GET /poyta/{slug}/kalenteri.ics": {"/poyta/" + t.Slug + "/kalenteri.ics"},
		"GET /poyta/{slug}/mukaan":        {"/poyta/" + t.Slug + "/mukaan"},
		"GET " + tablesAt:                 {tablesAt},
		"GET " + tablesAt + "/uusi":       {tablesAt + "/uusi"},
		"GET " + tablesAt + "/{id}":       {tablesAt + "/" + t.ID.String()},
	}
}

func TestATableMeetsTheNamedNumberOfTimesAndTellsWhatCameOfIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		desk := s.officer(office.Planner)
		sp := s.drop(spark.Draft{Text: "Lähiruoka kulkemaan.", Email: "tuoja@kylla.example", Language: "fi"}).Spark
		bad := desk.post(tablesAt, tableForm("title.fi", "", "meetings", "99", "convener", ""))
		if bad.status != http.StatusUnprocessableEntity || bad.Find(".errors li").Length() != 3 || bad.Find("#meetings").AttrOr("value", "") != "99" {
			t.Errorf("%d: %s", bad.status, bad.Find(".errors").Text())
		}
		if bad := desk.post(tablesAt, tableForm("sparks", "2222-2222")); bad.status != http.StatusUnprocessableEntity || bad.Find("#sparks").AttrOr("value", "") != "2222-2222" {
			t.Errorf("a spark that is none: %d", bad.status)
		}
		made := desk.post(tablesAt, tableForm("sparks", sp.Code))
		made.says(t, "Pöytä on avattu", "2 kertaa")
		at := made.path
		s.visitor().get("/poydat").says(t, "Lähiruoan jakelu", "Kyläyhdistysten neuvosto")
		const page = "/poyta/lahiruoan-jakelu"
		s.visitor().get(page).says(t, "Lähiruoan jakelu", "Lähiruoka kulkemaan")

		sits := func(name, email string, more ...string) *reader {
			r := s.visitor()
			f := url.Values{"name": {name}, "email": {email}, "tied": {"1"}}
			for _, m := range more {
				f.Set(m, "1")
			}
			if p := r.post(page+"/mukaan", f); p.status != http.StatusOK {
				t.Fatalf("%d: %s", p.status, p.Find(".errors").Text())
			}
			s.drain()
			r.post(letterLink(t, s, email, "/vahvista/"), nil).says(t, "Olet nyt pöydässä")
			return r
		}
		if p := s.visitor().post(page+"/mukaan", url.Values{"email": {"x@kylla.example"}, "organisation": {"Jokin ry"}}); p.status != http.StatusUnprocessableEntity || p.Find("#organisation").AttrOr("value", "") != "Jokin ry" {
			t.Errorf("%d without a name", p.status)
		}
		maija, pekka := sits("Maija Meikäläinen", "maija@kylla.example", "shown"), sits("Pekka Piiloinen", "pekka@kylla.example")
		if text := s.visitor().get(page).Find("main").Text(); !strings.Contains(text, "Maija Meikäläinen") || strings.Contains(text, "Pekka") {
			t.Error("who may be seen is not, or who may not is")
		}

		day := office.Today(s.clock) + 2
		desk.post(at+"/kokous", url.Values{"number": {"0"}, "day": {day.String()}, "from": {"17"}, "until": {"19"}, "venue": {"Sippolan koulu"}}).says(t, "Kokous on sovittu", "Sippolan koulu")
		line := s.visitor().get(page + "/kalenteri.ics")
		if c, err := ics.ParseCalendar(strings.NewReader(line.body)); err != nil || len(c.Events()) != 1 {
			t.Fatalf("%v: %s", err, line.body)
		}
		if early := desk.post(at+"/kirjaa", url.Values{"number": {"1"}, "notes": {"x"}}); early.status != http.StatusConflict {
			t.Errorf("%d: noted before it began", early.status)
		}
		s.clock.Advance(24 * time.Hour)
		must(t, s.parts.Tables.Remind(context.Background(), "kouvola"))
		must(t, s.parts.Tables.Remind(context.Background(), "kouvola"))
		s.drain()
		if n := s.count(`SELECT COUNT(*) FROM mails WHERE purpose = 'table.soon'`); n != 2 {
			t.Errorf("%d reminders of a meeting to two", n)
		}
		s.clock.Advance(36 * time.Hour)
		one, err := table.BySlug(context.Background(), s.db, "kouvola", "lahiruoan-jakelu")
		must(t, err)
		all := s.atTable(one)
		notes := url.Values{"number": {"1"}, "notes": {"Sovittiin yhteinen reitti."}, "present": {all[0].ID.String(), all[1].ID.String()}, "what1": {"Kysyy kauppiaalta"}, "who1": {all[1].ID.String()}, "day1": {(office.Today(s.clock) + 1).String()}, "what2": {"Ilman tekijää"}}
		refused := desk.post(at+"/kirjaa", notes)
		if refused.status != http.StatusUnprocessableEntity || refused.Find("#notes").Text() != "Sovittiin yhteinen reitti." || refused.Find(".errors li").Length() != 2 {
			t.Errorf("%d: %s", refused.status, refused.Find(".errors").Text())
		}
		notes.Del("what2")
		desk.post(at+"/kirjaa", notes).says(t, "Kokous on kirjattu")
		if again := desk.post(at+"/kirjaa", notes); again.status != http.StatusConflict {
			t.Errorf("%d: noted twice", again.status)
		}
		ties := func() int { return s.count(`SELECT COUNT(*) FROM ties WHERE why = 'table'`) }
		if ties() != 1 {
			t.Errorf("%d ties of two who allow it", ties())
		}
		public := s.visitor().get(page)
		public.says(t, "Sovittiin yhteinen reitti.", "Kysyy kauppiaalta", "Paikalla oli 2")
		if strings.Contains(public.body, "Pekka") {
			t.Error("a step names who may not be named")
		}
		if text := s.visitor().get("/kipina/" + sp.Code).Find("main").Text(); !strings.Contains(text, "Kipinästä puhuttiin kumppanuuspöydässä.") {
			t.Error("the spark's story does not tell of it")
		}

		// What somebody took upon themselves is theirs to tell of, and is reminded of once.
		must(t, s.parts.Tables.Remind(context.Background(), "kouvola"))
		must(t, s.parts.Tables.Remind(context.Background(), "kouvola"))
		s.drain()
		if n := s.count(`SELECT COUNT(*) FROM mails WHERE purpose = 'table.step' AND recipient = 'pekka@kylla.example'`); n != 1 {
			t.Errorf("%d reminders of a step", n)
		}
		own := pekka.get("/minun")
		form := own.Find(`form[action$="/askel"]`)
		value := func(name string) string { return form.Find("input[name="+name+"]").AttrOr("value", "") }
		if p := maija.post(strings.Replace(form.AttrOr("action", ""), strings.Split(form.AttrOr("action", ""), "/")[2], strings.Split(maija.get("/minun").path, "/")[2], 1), url.Values{"table": {value("table")}, "step": {value("step")}, "to": {"kept"}}); p.status != http.StatusNotFound {
			t.Errorf("%d: another's step is told of", p.status)
		}
		moves := func(day workday.Day) url.Values {
			return url.Values{"table": {value("table")}, "step": {value("step")}, "to": {"open"}, "day": {day.String()}}
		}
		if p := pekka.post(form.AttrOr("action", ""), moves(office.Today(s.clock)-1)); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d: moved to yesterday", p.status)
		}
		later := office.Today(s.clock) + 6
		pekka.post(form.AttrOr("action", ""), moves(later)).says(t, "se on merkitty", "kesken")
		desk.get(at).says(t, later.Start(i18n.Helsinki()).Format("2.1.2006"))
		desk.post(at+"/askel", moves(later+1)).says(t, "Askel on merkitty", (later + 1).Start(i18n.Helsinki()).Format("2.1.2006"))
		pekka.post(form.AttrOr("action", ""), url.Values{"table": {value("table")}, "step": {value("step")}, "to": {"kept"}}).says(t, "se on merkitty", "tehty")

		// It is found by what everybody reads of it, in all three languages, and not by who sits there.
		for path, word := range map[string]string{"/haku?sanat=reitti&mista=poydat": "Kumppanuuspöytä", "/sv/haku?sanat=reitti": "Samarbetsbord", "/en/haku?sanat=reitti": "Partnership table"} {
			p := s.visitor().get(path)
			link := p.Find("main a[href$='" + page + "']")
			if link.Length() != 1 || !strings.Contains(p.Find("main .sparks").Text(), word) || p.Find("main .sparks mark").Length() == 0 {
				t.Errorf("%s: %s", path, p.Find("main").Text())
			}
		}
		if p := desk.get("/toimisto/haku?sanat=reitti&mista=poydat"); p.Find("main a[href$='"+at+"']").Length() != 1 {
			t.Errorf("the office does not find it: %s", p.Find("main").Text())
		}
		for _, words := range []string{"Piiloinen", "kauppiaalta"} {
			if p := s.visitor().get("/haku?mista=poydat&sanat=" + words); p.Find("main a[href$='"+page+"']").Length() != 0 {
				t.Errorf("%q finds a table", words)
			}
		}

		// A yes taken back takes the tie; given again it is there.
		pekka.post(page+"/mukaan", url.Values{"name": {"Pekka Piiloinen"}}).says(t, "Ei näy, keitä tapasit")
		if ties() != 0 {
			t.Error("a yes taken back leaves a tie")
		}
		pekka.post(page+"/mukaan", url.Values{"name": {"Pekka Piiloinen"}, "tied": {"1"}})
		if ties() != 1 {
			t.Error("a yes said later ties nobody")
		}

		// Two meetings were named: a third only with a reason.
		s.clock.Advance(48 * time.Hour)
		second := url.Values{"number": {"0"}, "day": {office.Today(s.clock).String()}, "from": {"0"}, "until": {"1"}, "venue": {"Koulu"}}
		desk.post(at+"/kokous", second).says(t, "Kokous on sovittu")
		desk.post(at+"/kirjaa", url.Values{"number": {"2"}, "notes": {"Reitti kokeiltiin."}}).says(t, "sovitut kerrat")
		if third := desk.post(at+"/kokous", second); third.status != http.StatusConflict {
			t.Errorf("%d: a third of two", third.status)
		}
		if p := desk.post(at+"/jatka", url.Values{"more": {"1"}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d: renewed without a reason", p.status)
		}
		desk.post(at+"/jatka", url.Values{"more": {"1"}, "reason": {"Talvireitti on kokeilematta."}}).says(t, "3 kertaa")
		s.visitor().get(page).says(t, "Talvireitti on kokeilematta.")
		if p := desk.post(at+"/paata", url.Values{}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d: ended without a result", p.status)
		}

		// Everything kept of a person is in their own file, and goes with them.
		secret := strings.Split(maija.get("/minun").path, "/")[2]
		var told struct {
			Tables []map[string]any `json:"tables"`
		}
		if err := json.Unmarshal([]byte(maija.get("/minun/"+secret+"/tiedot").body), &told); err != nil || len(told.Tables) != 1 {
			t.Fatalf("%v: %d", err, len(told.Tables))
		}
		tables, err := s.db.Tables(context.Background(), s.db)
		must(t, err)
		for _, of := range tables {
			for _, c := range of.Columns {
				if _, in := told.Tables[0][c.Name]; of.Name == "table_people" && !in && !slices.Contains([]string{"region_id", "address_id"}, c.Name) {
					t.Errorf("%s.%s is not in a person's own file", of.Name, c.Name)
				}
			}
		}
		maija.post("/minun/"+secret+"/poisto", url.Values{"confirm": {"1"}})
		s.clock.Advance(96 * time.Hour)
		s.drain()
		if found := s.traces("maija", "meikäläinen"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if ties() != 0 || len(s.atTable(one)) != 1 {
			t.Errorf("%d ties, %d at the table", ties(), len(s.atTable(one)))
		}
		desk.post(at+"/paata", url.Values{"result": {"Yhteinen reitti kulkee torstaisin."}}).says(t, "Pöytä on päätetty")
		s.visitor().get(page).says(t, "Yhteinen reitti kulkee torstaisin.")
		if p := desk.post(at+"/lisaa", url.Values{"name": {"Myöhäinen"}}); p.status != http.StatusConflict {
			t.Errorf("%d: a table that has ended takes somebody", p.status)
		}
	})
}
