package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/asset"
	"kokko/region/office"
	"kokko/region/programme"
)

const voimavarat = "/toimisto/voimavarat"

// lendable is an asset as somebody writes it.
func lendable(title string) asset.Draft {
	return asset.Draft{Kind: asset.Hall, Title: title, About: "Tilaa sadalle, näyttämö ja pöydät.", Language: "fi", Place: "Sippola", Venue: "Seurantalo, Sippolantie 5", Owned: asset.ByOrganisation, Named: "Kymen Melojat ry", Terms: "Yhdistyksille ilmainen.", Calendar: "https://varaus.example.fi/sali"}
}

// lending stores an asset that everybody sees, past the pages.
func lending(t testing.TB, assets *asset.Service, e programme.Edition, title string) asset.Asset {
	t.Helper()
	a, err := assets.Make(context.Background(), "kouvola", e, lendable(title))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (s *site) asset(title string) asset.Asset {
	return lending(s.t, s.parts.Lending, s.edition, title)
}

// assetOf is one that somebody of a confirmed address has told of.
func (s *site) assetOf(email, title string) asset.Asset {
	s.t.Helper()
	return s.assetBy(s.person(email).Address.ID, title)
}

func (s *site) assetBy(who ident.ID, title string) (a asset.Asset) {
	s.t.Helper()
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = s.parts.Lending.Tell(ctx, tx, "kouvola", who, s.edition, lendable(title))
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return a
}

// lentForm is an asset as it is typed.
func lentForm(pairs ...string) url.Values {
	f := url.Values{"kind": {"kitchen"}, "title": {"Kylätalon keittiö"}, "about": {"Kaksi uunia ja kylmiö."}, "place": {"Sippola"}, "venue": {"Seurantalo"}, "owned": {"organisation"}, "named": {"Sippolan kyläyhdistys"}, "terms": {"80 euroa päivältä."}, "language": {"fi"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// Somebody tells of an asset with an address alone, the office lists it, others find
// it, and whoever told of it changes, keeps up and removes it.
func TestSomebodyTellsOfAnAsset(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const email = "maija@tunnistettava.example"
		r, desk := s.visitor(), s.officer(office.Coordinator)
		bad := r.post("/voimavara/uusi", lentForm("title", "", "kind", "boat", "place", "Timbuktu", "calendar", "javascript:alert(1)", "email", email))
		if bad.status != http.StatusUnprocessableEntity || bad.Find("#title-error, #kind-error, #place-error, #calendar-error").Length() != 4 || bad.Find("#named").AttrOr("value", "") != "Sippolan kyläyhdistys" || bad.Find("#calendar").AttrOr("value", "") != "javascript:alert(1)" {
			t.Errorf("%d %s", bad.status, squeezed(bad.Find(".errors").Text()))
		}
		asked := r.post("/voimavara/uusi", lentForm("email", email, "calendar", "https://varaus.example.fi/keittio?a=1"))
		asked.says(t, "kerrot voimavarasta ”Kylätalon keittiö”")
		if n := s.count(`SELECT COUNT(*) FROM assets`); n != 0 {
			t.Errorf("%d assets before the address is confirmed", n)
		}
		s.drain()
		mine := r.post(letterLink(t, s, email, "/vahvista/"), nil)
		mine.says(t, "Toimisto katsoo ilmoituksesi", "Kylätalon keittiö", "Odottaa, että toimisto katsoo sen")
		own := mine.path
		var id string
		if err := s.db.QueryRow(context.Background(), `SELECT asset_id FROM assets`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		at, sheet := "/voimavara/"+id, voimavarat+"/"+id
		if p := s.visitor().get(at); p.status != http.StatusNotFound {
			t.Errorf("one that waits is shown: %d", p.status)
		}
		if p := s.visitor().get("/haku?sanat=keittiö"); strings.Contains(p.Find("main").Text(), "Kylätalon") {
			t.Error("one that waits is found")
		}
		if p := desk.get("/toimisto/haku?sanat=keittiö"); p.Find(`main a[href="`+sheet+`"]`).Length() == 0 {
			t.Error("the office does not find it")
		}
		desk.get("/toimisto").says(t, "1 voimavara odottaa")
		desk.get(sheet).says(t, email, "Odottaa")
		if strings.Contains(s.officer(office.Viewer).get(sheet).Find("main").Text(), email) {
			t.Error("a viewer reads the address")
		}
		desk.post(sheet+"/nayta", url.Values{"version": {"1"}}).says(t, "Voimavara näkyy nyt kaikille")
		s.drain()
		if n := s.mailed(email, "näkyy nyt kaikille"); n != 1 {
			t.Errorf("%d letters that it is shown", n)
		}
		p := s.visitor().get(at)
		p.says(t, "Kylätalon keittiö", "Kaksi uunia", "80 euroa päivältä.", "Sippolan kyläyhdistys", "Avaa varauskalenteri (varaus.example.fi)", "Kysy toimistosta")
		link := p.Find(`main a[href="https://varaus.example.fi/keittio?a=1"]`)
		if link.AttrOr("rel", "") != "noopener nofollow" {
			t.Errorf("the calendar's link: %q", link.AttrOr("rel", ""))
		}
		if strings.Contains(p.body, email) {
			t.Error("the address of who told of it is shown")
		}
		for path, want := range map[string]bool{"/voimavarat": true, "/voimavarat?laji=kitchen": true, "/voimavarat?laji=hall": false, "/voimavarat?paikka=Sippola": true, "/voimavarat?paikka=Jaala": false, "/paikat/sippola": true, "/paikat/jaala": false, "/haku?sanat=keittiö": true, "/haku?sanat=keittiö&mista=voimavarat": true, "/haku?sanat=keittiö&mista=hankkeet": false} {
			if got := s.visitor().get(path).Find(`main a[href="`+at+`"]`).Length() > 0; got != want {
				t.Errorf("%s shows it: %t", path, got)
			}
		}
		for _, lang := range []string{"/sv", "/en", "/selko"} {
			for _, path := range []string{"/voimavarat", at, "/voimavara/uusi"} {
				if got := s.visitor().get(lang + path); got.status != http.StatusOK {
					t.Errorf("%s%s: %d", lang, path, got.status)
				}
			}
		}
		// Changed at once, and the office sees that it is; nobody else can.
		change := own + "/voimavara/" + id
		form := r.get(change)
		form.says(t, "Muutos tallentuu heti")
		version := form.Find("input[name=version]").AttrOr("value", "")
		if p := r.post(change, lentForm("version", version, "contact", "Soita Maijalle 040 000 0000", "language", "xx")); p.status != http.StatusOK {
			t.Errorf("%d", p.status)
		}
		s.visitor().get(at).says(t, "Soita Maijalle 040 000 0000")
		desk.get(voimavarat).says(t, "Ilmoittaja muutti")
		if p := r.post(change, lentForm("version", version, "title", "Myöhässä")); p.status != http.StatusConflict || p.Find("#title").AttrOr("value", "") != "Myöhässä" {
			t.Errorf("an old version: %d", p.status)
		}
		other := s.person("pekka@kylla.example")
		for _, path := range []string{"", "/pois", "/voimassa"} {
			if p := s.visitor().post("/minun/"+other.Link+"/voimavara/"+id+path, lentForm()); p.status != http.StatusNotFound {
				t.Errorf("somebody else's %q: %d", path, p.status)
			}
		}
		// A year later they are asked; nobody answers, and it is shown no more until they do.
		keep := func(d time.Duration) {
			t.Helper()
			s.clock.Advance(d)
			if err := s.parts.Lending.Keep(context.Background(), "kouvola"); err != nil {
				t.Fatal(err)
			}
			s.drain()
		}
		keep(asset.Holds)
		keep(24 * time.Hour)
		if n := s.mailed(email, "Pitääkö tieto vielä paikkansa?"); n != 1 {
			t.Errorf("%d questions", n)
		}
		s.visitor().get(at).says(t, "Kylätalon keittiö")
		r.get(own).says(t, "Pitääkö tämä vielä paikkansa?")
		keep(asset.Answers)
		if p := s.visitor().get(at); p.status != http.StatusNotFound {
			t.Errorf("nobody answered: %d", p.status)
		}
		if list, err := asset.All(context.Background(), s.db, "kouvola", asset.Lapsed, 0, 9); err != nil || len(list) != 1 {
			t.Errorf("the office does not see it among what has lapsed: %v %v", list, err)
		}
		r.post(change+"/voimassa", nil).says(t, "Kysymme uudelleen vuoden kuluttua")
		s.visitor().get(at).says(t, "Kylätalon keittiö")
		// Everything of it is theirs to take, and goes with them.
		var file struct{ Assets []map[string]any }
		if err := json.Unmarshal([]byte(r.get(own+"/tiedot").body), &file); err != nil || len(file.Assets) != 1 {
			t.Fatalf("%v %+v", err, file)
		}
		s.whole("assets", file.Assets[0], "region_id", "address_id")
		r.post(own+"/poisto", url.Values{"confirm": {"1"}})
		s.drain()
		if found := s.traces("tunnistettava", "kylätalon keittiö", "soita maijalle"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if p := s.visitor().get(at); p.status != http.StatusNotFound {
			t.Errorf("erased: %d", p.status)
		}
	})
}

func TestTheOfficeKeepsAssets(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		desk := s.officer(office.Coordinator)
		if p := desk.post(voimavarat, lentForm("named", "", "venue", "", "place", "")); p.status != http.StatusUnprocessableEntity || p.Find("#named-error, #venue-error").Length() != 2 || p.Find("#title").AttrOr("value", "") == "" {
			t.Errorf("%d %s", p.status, squeezed(p.Find(".errors").Text()))
		}
		p := desk.post(voimavarat, lentForm())
		p.says(t, "Voimavara on tallessa ja näkyy kaikille")
		at := p.path
		id := strings.TrimPrefix(at, voimavarat+"/")
		s.visitor().get("/voimavara/"+id).says(t, "Kylätalon keittiö")
		// Two at once: the second is told, and loses nothing.
		desk.post(at, lentForm("version", "1", "terms", "Ilmainen.")).says(t, "Muutokset on tallennettu")
		if late := desk.post(at, lentForm("version", "1", "terms", "Kallis.")); late.status != http.StatusConflict || late.Find("#terms").Text() != "Kallis." {
			t.Errorf("%d", late.status)
		}
		desk.post(at+"/pois", url.Values{"version": {"2"}}).says(t, "Voimavara ei enää näy")
		if p := s.visitor().get("/voimavara/" + id); p.status != http.StatusNotFound {
			t.Errorf("%d", p.status)
		}
		desk.post(at+"/nayta", nil).says(t, "Näkyy")
		// What somebody told of is not turned away without a word to them.
		told := s.assetOf("teppo@kylla.example", "Kummallinen kone")
		sheet := voimavarat + "/" + told.ID.String()
		if p := desk.post(sheet+"/pois", url.Values{"note": {" "}}); p.status != http.StatusUnprocessableEntity || p.Find("#note-error").Length() != 1 {
			t.Errorf("%d", p.status)
		}
		desk.post(sheet+"/pois", url.Values{"note": {"Kerrotko vielä, missä kone on?"}}).says(t, "Voimavara ei enää näy")
		s.drain()
		if n := s.mailed("teppo@kylla.example", "Kerrotko vielä, missä kone on?"); n != 1 {
			t.Errorf("%d letters", n)
		}
	})
}

// An organisation's page tells what it has to lend, also when the office says later
// whose a name is.
func TestWhatAnOrganisationHasToLend(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := lendable("Melontavaja")
		d.Named = "Joen vajaväki"
		a, err := s.parts.Lending.Make(context.Background(), "kouvola", s.edition, d)
		if err != nil {
			t.Fatal(err)
		}
		var spelling, actor string
		projects := funded(t, s.db, s.clock, s.parts.Actors)
		actor = projects[0].Actor.ID.String()
		if s.visitor().get("/hankkeet?toimija="+actor).Find(`main a[href="/voimavara/`+a.ID.String()+`"]`).Length() != 0 {
			t.Fatal("another's asset")
		}
		if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			id, _, err := s.parts.Actors.Resolve(ctx, tx, "kouvola", "Joen vajaväki", func(string) bool { return false })
			spelling = id.String()
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if p := s.officer(office.Planner).post("/toimisto/toimijat/"+spelling+"/yhdista", url.Values{"to": {actor}}); p.status != http.StatusOK {
			t.Fatalf("%d %s", p.status, squeezed(p.Find("main").Text()))
		}
		for _, path := range []string{"/toimija/", "/hankkeet?toimija="} {
			if s.visitor().get(path+actor).Find(`main a[href="/voimavara/`+a.ID.String()+`"]`).Length() != 1 {
				t.Errorf("%s does not tell of it", path)
			}
		}
		if s.visitor().get("/voimavara/"+a.ID.String()).Find(`main a[href="/toimija/`+actor+`"]`).Length() != 1 {
			t.Error("the asset does not lead to its owner")
		}
	})
}

// A hostile address stays text wherever it came from.
func TestAHostileCalendarIsOnlyText(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a := s.asset("Kylätalon sali")
		for _, hostile := range []string{"javascript:alert(1)", "http://varaus.example.fi", "https://127.0.0.1/", "https://localhost/", "https://kone.local/", "https://user:pw@varaus.example.fi/", "data:text/html,x", "//varaus.example.fi"} {
			s.sql(`UPDATE assets SET calendar = $1`, hostile)
			for _, p := range []page{s.visitor().get("/voimavara/" + a.ID.String()), s.officer(office.Planner).get(voimavarat + "/" + a.ID.String())} {
				p.Find("main a[href]").Each(func(_ int, sel *goquery.Selection) {
					if sel.AttrOr("href", "") == hostile {
						t.Errorf("%q is a link", hostile)
					}
				})
			}
			if p := s.visitor().get("/voimavara/" + a.ID.String()); !strings.Contains(p.Find("main").Text(), hostile) {
				t.Errorf("%q is not shown as text", hostile)
			}
		}
	})
}

// A need is told of what there is, and why; nothing else is.
func TestANeedIsToldOfAnAsset(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		hall := s.asset("Kylätalon sali")
		waits := s.assetOf("sali@kylla.example", "Toinen sali")
		shows := func(d spark.Draft) (p page, hit bool) {
			d.Language = "fi"
			p = s.visitor().get("/kipina/" + s.drop(d).Spark.Code)
			return p, p.Find(`aside a[href="/voimavara/`+hall.ID.String()+`"]`).Length() == 1
		}
		p, hit := shows(spark.Draft{Kind: spark.Need, Text: "Tanssiryhmä tarvitsee salia. Etsimme salin, jossa voi harjoitella kerran viikossa."})
		if !hit || !strings.Contains(squeezed(p.Find("#tarjolla").Parent().Text()), "Kipinässä ja tässä: sali") {
			t.Errorf("the need is not told of the hall: %s", squeezed(p.Find("aside").Text()))
		}
		if strings.Contains(p.Find("aside").Text(), waits.Title) {
			t.Error("what waits is told of")
		}
		for name, d := range map[string]spark.Draft{
			"an idea":        {Kind: spark.Idea, Text: "Tanssiryhmä tarvitsee salia."},
			"another matter": {Kind: spark.Need, Text: "Etsin mehiläishoitajaa opastamaan aloittelijaa."},
			"what is beside": {Kind: spark.Need, Text: "Etsin talkoisiin pöytiä ja tilaa sadalle."},
			"the place only": {Kind: spark.Need, Text: "Etsin naapureita Sippolaan.", Place: "Sippola"},
		} {
			if _, hit := shows(d); hit {
				t.Errorf("%s is told of the hall", name)
			}
		}
	})
}
