package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kokko/edge/web"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/knowhow"
	"kokko/region/office"
)

// knows begins somebody who tells of what they know, offer and look for, and allows
// everything.
func knows(t testing.TB, db *store.DB, parts web.Parts, a address.Address, name, words string, lang i18n.Language) (id ident.ID) {
	t.Helper()
	if err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		p, err := parts.Actors.Person(ctx, tx, a, name)
		if err != nil {
			return err
		}
		id = p.ID
		if _, err := parts.Actors.Describe(ctx, tx, a.Region, id, actor.Profile{Name: name, Place: "elimaki", Sector: "19", Languages: []string{"fi", "sv"}}); err != nil {
			return err
		}
		for _, k := range knowhow.Written() {
			if _, err := parts.Know.Write(ctx, tx, a.Region, knowhow.Item{Actor: id, Kind: k, Text: words, Language: string(lang.Written()), Together: true}); err != nil {
				return err
			}
		}
		if _, err := parts.Actors.Belong(ctx, tx, a.Region, actor.Membership{Person: id, Named: "Kylän väki", Role: "Talkoopomo"}, func(string) bool { return false }); err != nil {
			return err
		}
		for _, c := range actor.Choices() {
			if err := parts.Actors.Choose(ctx, tx, a.Region, id, c, true); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// A person tells of what they know on their own page; nobody sees it until they allow
// it, everybody finds it then, and it is gone the moment they take it back.
func TestWhatAPersonKnowsIsSeenWhileTheyAllowIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		own, r, other := "/minun/"+s.person("maija@posti.example").Link+"/osaaminen", s.visitor(), s.visitor()
		for _, lang := range tongues {
			r.get(lang+own).whole(t, lang+own)
		}
		does := func(form string, pairs ...string) page {
			t.Helper()
			v := url.Values{}
			for i := 0; i+1 < len(pairs); i += 2 {
				v.Add(pairs[i], pairs[i+1])
			}
			p := r.post(own+form, v)
			if p.status != http.StatusOK {
				t.Fatalf("%s gives %d: %s", form, p.status, p.Find(".errors").Text())
			}
			return p
		}
		// Nobody is found without a name; what was asked is said where the name is written.
		if p := r.post(own+"/valinta", url.Values{"choice": {"findable"}, "yes": {"1"}}); p.status != http.StatusUnprocessableEntity || p.Find(`.errors a[href="#tiedot-name"]`).Length() != 1 || p.Find("#tiedot-name-error").Length() != 1 {
			t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
		}
		does("", "name", "Maija Emäntä", "place", "Elimäki", "sector", "19", "languages", "fi", "languages", "sv")
		if p := r.post(own, url.Values{"name": {"Maija Emäntä"}, "place": {"Atlantis"}}); p.status != http.StatusUnprocessableEntity || p.Find("#tiedot-place").AttrOr("value", "") != "Atlantis" || p.Find("#tiedot-place-error").Length() != 1 {
			t.Errorf("a place that is not there: %d", p.status)
		}
		does("/sana", "kind", "own", "text", "Suurkeittiön emäntä, lähiruokaa ja juhlia")
		does("/sana", "kind", "wanted", "text", "Etsin kokkia kylätalolle", "together", "1")
		if p := r.post(own+"/sana", url.Values{"kind": {"offered"}, "text": {" "}}); p.status != http.StatusUnprocessableEntity || p.Find("#offered-text-error").Length() != 1 || p.Find("#own-text-error").Length() != 0 {
			t.Errorf("nothing written: %d", p.status)
		}
		does("/toimija", "organisation", "Kylän väki", "role", "Emäntä")
		does("/tahti", "pace", "2", "away", "1", "until", "2027-01-10")
		who, ok, err := actor.OfEmail(context.Background(), s.db, "kouvola", "maija@posti.example")
		if err != nil || !ok {
			t.Fatal(err)
		}
		at := "/toimija/" + who.ID.String()
		hidden := func(when string) {
			t.Helper()
			if p := other.get(at); p.status != http.StatusNotFound || strings.Contains(p.body, "Emäntä") {
				t.Errorf("%s: %d", when, p.status)
			}
			// As somebody who is not there at all.
			if a, b := other.get(at).Find("main").Text(), other.get("/toimija/12345").Find("main").Text(); a != b {
				t.Errorf("%s: it is told that somebody is there: %q, %q", when, a, b)
			}
			for _, path := range []string{"/toimijat", "/toimijat?ala=19&mita=ihmiset", "/haku?sanat=emäntä", "/haku?sanat=emäntä&mista=ihmiset", "/haku/ehdotukset.html?sanat=emänt", "/paikat/elimaki", "/paikat/kouvola"} {
				if p := other.get(path); strings.Contains(p.body, "Maija") {
					t.Errorf("%s: %s names them", when, path)
				}
			}
			if p := s.officer(office.Manager).get("/toimisto/haku?sanat=emäntä"); strings.Contains(p.body, "Maija") {
				t.Errorf("%s: the office finds them", when)
			}
			if p := s.officer(office.Manager).get(at); p.status != http.StatusNotFound {
				t.Errorf("%s: the office sees them: %d", when, p.status)
			}
		}
		hidden("before they chose")
		if p := does("/valinta", "choice", "findable", "yes", "1"); p.Find(`a[href="`+at+`"]`).Length() == 0 {
			t.Error("their own page does not lead to what others see")
		}
		for _, lang := range tongues {
			p := other.get(lang + at)
			p.whole(t, lang+at)
			text := p.Find("main").Text()
			for _, want := range []string{"Maija Emäntä", "Suurkeittiön emäntä", "Etsin kokkia", "Elimä", "Kylän väki"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s%s does not say %q", lang, at, want)
				}
			}
			for _, never := range []string{"maija@posti", "2027", "En ehdi"} { // who is busy, and how often they may be asked, is nobody's business
				if strings.Contains(p.body, never) {
					t.Errorf("%s%s says %q", lang, at, never)
				}
			}
			for _, path := range []string{"/toimijat", "/toimijat?ala=19", "/toimijat?paikka=Elimäki", "/toimijat?paikka=Kouvola", "/haku?sanat=emäntä", "/haku?sanat=lähiruoka&mista=ihmiset", "/paikat/elimaki", "/paikat/kouvola"} {
				if p := other.get(lang + path); !strings.Contains(p.body, at) {
					t.Errorf("%s%s does not find them", lang, path)
				}
			}
			for _, path := range []string{"/toimijat?ala=01", "/toimijat?paikka=Kausala", "/toimijat?mita=organisaatiot", "/paikat/kausala"} {
				if p := other.get(lang + path); strings.Contains(p.body, at) {
					t.Errorf("%s%s finds them", lang, path)
				}
			}
		}
		if p := r.get(strings.TrimSuffix(own, "/osaaminen") + "/mita-tiedetaan"); p.status != http.StatusOK || !strings.Contains(p.body, "Suurkeittiön") || !strings.Contains(p.body, "maija@posti.example") {
			t.Errorf("what is known of them: %d", p.status)
		}
		does("/valinta", "choice", "findable")
		hidden("after they took it back")
		// What they take away is gone.
		items, err := knowhow.WrittenOf(context.Background(), s.db, "kouvola", who.ID)
		if err != nil || len(items) != 2 {
			t.Fatalf("%+v %v", items, err)
		}
		does("/pois", "item", items[0].ID.String())
		if p := r.get(own); strings.Contains(p.body, "Suurkeittiön") {
			t.Error("it is still there")
		}
	})
}

// What somebody brought and said under their own name speaks for them; what they did
// under another name does not tell whose it was.
func TestWhatAPersonDidSpeaksForThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		id, _ := s.known("maija@posti.example", "Maija Emäntä", actor.Findable)
		mine := r.drop("text", "Kyläkeittiö koululle.", "kind", "idea", "name", "maija emäntä", "email", "maija@posti.example")
		secret := r.drop("text", "Salainen hanke navetassa.", "kind", "idea", "name", "Nimimerkki", "email", "maija@posti.example")
		foreign := r.drop("text", "Laituri kuntoon.", "kind", "idea", "email", "muu@posti.example")
		who := comment.Author{Kind: comment.Person, ID: s.read(id).Address, Email: "maija@posti.example"}
		s.say(foreign.code, who, comment.Draft{Name: "Maija Emäntä", Words: "Laiturin voi tehdä talkoilla."})
		s.say(foreign.code, who, comment.Draft{Name: "", Words: "Nimetön sana laiturista."})
		p := s.visitor().get("/toimija/" + id.String())
		for text, want := range map[string]bool{"Kyläkeittiö koululle": true, "Salainen hanke": false, "Laiturin voi tehdä": true, "Nimetön sana": false} {
			if strings.Contains(p.body, text) != want {
				t.Errorf("%q is told: %v", text, !want)
			}
		}
		if p.Find(`a[href="/kipina/`+mine.code+`"]`).Length() == 0 || p.Find(`a[href="/kipina/`+foreign.code+`"]`).Length() == 0 || strings.Contains(p.body, secret.code) {
			t.Error("the sources are not there, or too many are")
		}
		found, err := s.parts.Know.Find(context.Background(), "kouvola", knowhow.Need{Text: "Laituri talkoilla", Most: 3})
		if err != nil || len(found) != 1 || found[0].Actor.ID != id || found[0].Reasons[0].Item.Kind != knowhow.Answer {
			t.Errorf("%+v %v", found, err)
		}
	})
}

func (s *site) read(id ident.ID) actor.Person {
	s.t.Helper()
	p, err := actor.PersonByID(context.Background(), s.db, "kouvola", id)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// An organisation's page is public, and the office notes what is known of it.
func TestAnOrganisationsPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		p := funded(t, s.db, s.parts.Clock, s.parts.Actors)[0]
		at, planner := "/toimija/"+p.Actor.ID.String(), s.officer(office.Planner)
		id, _ := s.known("maija@posti.example", "Maija Emäntä", actor.Findable)
		shy, _ := s.known("matti@posti.example", "Matti Ujo")
		for _, who := range []ident.ID{id, shy} {
			if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				_, err := s.parts.Actors.Belong(ctx, tx, "kouvola", actor.Membership{Person: who, Named: p.Actor.Title, Role: "Sihteeri"}, func(string) bool { return false })
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		note := "/toimisto" + at
		if p := planner.post(note, url.Values{"legal": {"association"}, "business": {"0112038-8"}, "sector": {"10"}, "place": {"Elimäki"}}); p.status != http.StatusUnprocessableEntity || p.Find("#business-error").Length() != 1 || p.Find("#business").AttrOr("value", "") != "0112038-8" {
			t.Errorf("a wrong business id: %d", p.status)
		}
		if p := planner.post(note, url.Values{"legal": {"association"}, "business": {"0112038-9"}, "sector": {"10"}, "place": {"Elimäki"}}); p.status != http.StatusOK || p.path != note {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		for _, lang := range tongues {
			page := s.visitor().get(lang + at)
			page.whole(t, lang+at)
			text := page.Find("main").Text()
			for _, want := range []string{p.Actor.Title, p.Title, "0112038-9", "Elimä", "Maija Emäntä"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s%s does not say %q", lang, at, want)
				}
			}
			if strings.Contains(page.body, "Matti") {
				t.Errorf("%s%s names who has not allowed it", lang, at)
			}
			for path, want := range map[string]bool{"/paikat/elimaki": true, "/paikat/kouvola": true, "/paikat/kausala": false, "/toimijat?mita=organisaatiot&paikka=Kouvola": true, "/toimijat?mita=organisaatiot": true, "/toimijat?mita=organisaatiot&ala=10": true, "/toimijat?mita=organisaatiot&ala=01": false} {
				if strings.Contains(s.visitor().get(lang+path).body, at) != want {
					t.Errorf("%s%s lists it: %v", lang, path, !want)
				}
			}
		}
	})
}
