package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/engine/workday"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

// titles are the sparks of a list page in their order.
func (p page) titles() (all []string) {
	p.Find(".sparks > li").Find("h2 a,h3 a").Each(func(_ int, a *selection) { all = append(all, a.Text()) })
	return all
}

func TestListsFilterAndSayWhy(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r := context.Background(), s.visitor()
		theme := s.edition.Themes[0].ID
		r.drop("text", "Ensimmäinen idea", "kind", "idea", "place", "Inkeroinen", "themes", theme)
		s.clock.Advance(time.Hour)
		need := r.drop("text", "Toinen tarve", "kind", "need", "place", "Anjala")
		s.clock.Advance(time.Hour)
		r.drop("text", "Kolmas elinvoimaidea", "kind", "vitality", "place", "Kausala")
		s.clock.Advance(time.Hour)
		r.drop("text", "Neljäs ilman mitään")
		s.clock.Advance(time.Hour)
		// The second gets all it lacks: somebody who does, and somebody else.
		s.must(s.parts.Sparks.Answer(ctx, s.act(need.code), "Kiitos!", true, ""))
		for query, want := range map[string]string{
			"":                       "Neljäs ilman mitään|Kolmas elinvoimaidea|Toinen tarve|Ensimmäinen idea",
			"jarjestys=uusimmat":     "Neljäs ilman mitään|Kolmas elinvoimaidea|Toinen tarve|Ensimmäinen idea",
			"jarjestys=vilkkaimmat":  "Toinen tarve|Neljäs ilman mitään|Kolmas elinvoimaidea|Ensimmäinen idea",
			"jarjestys=apua":         "Neljäs ilman mitään|Kolmas elinvoimaidea|Toinen tarve|Ensimmäinen idea",
			"laji=need":              "Toinen tarve",
			"laji=tuntematon":        "Neljäs ilman mitään|Kolmas elinvoimaidea|Toinen tarve|Ensimmäinen idea",
			"teema=" + theme:         "Ensimmäinen idea",
			"paikka=Inkeroinen":      "Toinen tarve|Ensimmäinen idea", // Anjala is within 15 km, Kausala is not
			"paikka=inkeroinen":      "Toinen tarve|Ensimmäinen idea",
			"paikka=Anjalankoski":    "Toinen tarve|Ensimmäinen idea", // the old municipality of both
			"paikka=Iitti":           "Kolmas elinvoimaidea",
			"paikka=Iitti&laji=idea": "",
			"paikka=Atlantis":        "Neljäs ilman mitään|Kolmas elinvoimaidea|Toinen tarve|Ensimmäinen idea",
			"laji=idea&teema=" + theme + "&paikka=Inkeroinen&jarjestys=apua": "Ensimmäinen idea",
		} {
			for _, lang := range tongues {
				p := r.get(lang + "/kipinat?" + query)
				p.whole(t, lang+" "+query)
				if got := strings.Join(p.titles(), "|"); got != want || p.status != http.StatusOK {
					t.Errorf("%s %q: %d %q, want %q", lang, query, p.status, got, want)
				}
				if p.Find(".sparks .why").Length() != len(p.titles()) {
					t.Errorf("%s %q: an item does not say why it is there", lang, query)
				}
				if len(p.titles()) == 0 && p.Find("main .note a").Length() < 2 {
					t.Errorf("%s %q: an empty list offers no way on", lang, query)
				}
			}
		}
		p := r.get("/kipinat?paikka=Inkeroinen")
		if why := p.Find(".sparks .why").First().Text(); !strings.Contains(why, "Etäisyys paikkaan Inkeroinen on 6 km.") {
			t.Errorf("near: %q", why)
		}
		if why := r.get("/kipinat?jarjestys=apua").Find(".sparks .why").First().Text(); why != "Täällä, koska siltä puuttuu vielä toinen ihminen, tekijä ja paikka." {
			t.Errorf("needs a hand: %q", why)
		}
		if !strings.Contains(r.get("/kipinat?paikka=Atlantis").Find("main .warn").Text(), "Atlantis") {
			t.Error("an unknown place is not told of")
		}
		for _, cursor := range []string{"x", "-", "1-", "%00", "zzzzzzzzzzzzzzzzzzzz-1"} {
			if p := r.get("/sv/kipinat?sivu=" + cursor); p.status != http.StatusUnprocessableEntity || p.Find("h1").Length() != 1 || p.Find("main a[href='/sv/kipinat']").Length() == 0 {
				t.Errorf("cursor %q gave %d", cursor, p.status)
			}
		}
	})
}

func TestAListIsPagedWithoutGapsOrRepeats(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		want := map[string]bool{}
		for i := range 45 {
			d := spark.Draft{Text: fmt.Sprintf("Kipinä numero %d", i), Visibility: spark.Public, Language: "fi"}
			r, err := s.parts.Sparks.Drop(ctx, "kouvola", spark.Programme{Promise: s.edition, Version: s.edition.Version.ID}, d, spark.By{})
			if err != nil {
				t.Fatal(err)
			}
			want[r.Spark.Title] = true
		}
		for _, order := range []string{"uusimmat", "vilkkaimmat", "apua"} {
			r := s.visitor()
			seen, at := map[string]bool{}, "/en/kipinat?jarjestys="+order
			for n := 0; at != "" && n < 9; n++ {
				p := r.get(at)
				p.whole(t, at)
				for _, title := range p.titles() {
					if seen[title] {
						t.Errorf("%s: %s twice", order, title)
					}
					seen[title] = true
				}
				at = p.Find("a[rel=next]").AttrOr("href", "")
				if at != "" && !strings.HasPrefix(at, "/en/kipinat?") {
					t.Fatalf("the next page is %s", at)
				}
			}
			if len(seen) != len(want) {
				t.Errorf("%s: %d of %d seen", order, len(seen), len(want))
			}
		}
	})
}

func TestCodesAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		d := r.drop("text", "Löydettävä kipinä.")
		for _, as := range []string{d.code, strings.ToLower(d.code), strings.ReplaceAll(d.code, "-", ""), strings.ReplaceAll(d.code, "-", "%20"), strings.ReplaceAll(d.code, "-", "–")} {
			p := r.get("/sv/kipina/" + as)
			p.whole(t, as)
			if p.status != http.StatusOK || p.path != "/sv/kipina/"+d.code {
				t.Errorf("%s led to %s (%d)", as, p.path, p.status)
			}
		}
		wrong := []rune(d.code)
		if wrong[0]++; !strings.ContainsRune("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", wrong[0]) {
			wrong[0] = '2'
		}
		for _, as := range []string{string(wrong), "AAAA", strings.Repeat("A", 3000), "%00", "%ff"} {
			if p := r.get("/kipina/" + as); p.status != http.StatusNotFound || !strings.Contains(p.Find("main").Text(), "kirjoitusvirhe") {
				t.Errorf("%.20q gave %d: %s", as, p.status, p.Find("main").Text())
			}
		}
	})
}

// secrets are words that must not reach anybody but the office and the bringer.
var secrets = []string{"Salainen", "Hilkka", "hilkka@", "0405551234", "hiljaa sanottu", "Muistiin vain"}

func TestWhatIsNotPublicLeaksNowhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r := context.Background(), s.visitor()
		who := []string{"name", "Hilkka Hiljainen", "email", "hilkka@example.fi", "phone", "0405551234", "place", "Anjala", "kind", "idea", "themes", s.edition.Themes[0].ID}
		hidden := map[string]dropped{
			"office":    r.drop(append(who, "text", "Salainen ajatus toimistolle.", "visibility", "office")...),
			"secret":    r.drop(append(who, "text", "Salainen liikesalaisuus.", "visibility", "public", "secret", "1")...),
			"withdrawn": r.drop(append(who, "text", "Salainen, joka otetaan pois.", "visibility", "public")...),
			"turned":    r.drop(append(who, "text", "Salainen, joka oli julkinen.", "visibility", "public")...),
			"held":      r.drop(append(who, "text", "Salainen ja linkki www.kauppa.example", "visibility", "public")...),
		}
		unnamed := r.drop(append(who, "text", "Nimetön ajatus torille.", "visibility", "unnamed")...)
		turned := r.drop(append(who, "text", "Ensin nimellä, sitten ilman.", "visibility", "public")...)
		if !strings.Contains(r.get("/kipina/"+turned.code).body, "Hilkka Hiljainen") {
			t.Fatal("a public spark does not show its bringer's name")
		}
		for _, d := range append([]dropped{unnamed, turned}, hidden["office"], hidden["secret"], hidden["turned"], hidden["held"]) {
			s.must(s.parts.Sparks.Answer(ctx, s.act(d.code), "Tämä on hiljaa sanottu vastaus.", false, ""))
			s.must(s.parts.Sparks.Ask(ctx, s.act(d.code), "Kysymys hiljaa sanottu.", false))
			s.must(s.parts.Sparks.Note(ctx, s.act(d.code), "Muistiin vain toimistolle."))
			s.must(s.parts.Sparks.Talk(ctx, s.act(d.code), spark.Talk{Way: "call", Words: "Muistiin vain puhelusta.", Shown: true, Measures: []spark.Measure{{What: "Muistiin vain", Who: "Hilkka"}}}))
			if p := r.post(d.own+"/vastaus", url.Values{"words": {"Tämä on hiljaa sanottu."}}); p.status != http.StatusOK {
				t.Fatalf("reply gave %d", p.status)
			}
		}
		if p := r.post(unnamed.own+"/vastaus", url.Values{"words": {"Sanon tämän kaikille."}, "seen": {"public"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if p := r.post(hidden["office"].own+"/vastaus", url.Values{"words": {"Salainen vaikka pyydän julkista."}, "seen": {"public"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		r.post(hidden["withdrawn"].own+"/poisto", nil)
		r.post(hidden["turned"].own+"/muokkaus", url.Values{"text": {"Salainen, joka oli julkinen."}, "visibility": {"office"}})
		r.post(turned.own+"/muokkaus", url.Values{"text": {"Ensin nimellä, sitten ilman."}, "visibility": {"unnamed"}})

		stranger := s.visitor()
		paths := []string{"/", "/kipinat", "/kipinat?jarjestys=vilkkaimmat", "/kipinat?jarjestys=apua", "/kipinat?laji=idea", "/kipinat?paikka=Anjala", "/kipinat?teema=" + s.edition.Themes[0].ID,
			"/kipina/" + unnamed.code, "/kipina/" + turned.code, "/paikat", "/ohjelma"}
		for _, d := range hidden {
			paths = append(paths, "/kipina/"+d.code)
		}
		for _, lang := range tongues {
			for _, path := range paths {
				p := stranger.get(lang + path)
				for _, word := range secrets {
					if strings.Contains(p.body, word) {
						t.Errorf("%s%s tells %q", lang, path, word)
					}
				}
			}
			if !strings.Contains(stranger.get(lang+"/kipina/"+unnamed.code).body, "Sanon tämän kaikille.") {
				t.Error("what was said to everybody is missing")
			}
			// Nobody can tell a hidden spark from a number nobody has.
			unknown := ""
			for id := ident.ID(1); ; id++ {
				unknown = ident.Code("kouvola", id)
				if _, err := spark.ByCode(ctx, s.db, "kouvola", unknown); err != nil {
					break
				}
			}
			none := stranger.get(lang + "/kipina/" + unknown)
			for name, d := range hidden {
				p := stranger.get(lang + "/kipina/" + d.code)
				if p.status != http.StatusNotFound || strings.ReplaceAll(p.body, d.code, "X") != strings.ReplaceAll(none.body, unknown, "X") {
					t.Errorf("%s: a spark that is %s (%d) can be told from none (%d)", lang, name, p.status, none.status)
				}
				if sloppy := stranger.get(lang + "/kipina/" + strings.ToLower(d.code)); sloppy.status != http.StatusNotFound {
					t.Errorf("%s by a sloppy number: %d", name, sloppy.status)
				}
			}
		}
	})
}

func TestASparksPageTellsItsStory(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r := context.Background(), s.visitor()
		d := r.drop("text", "Laituri kuntoon!\n\nPuutavara on jo pihassa.\nTalkoisiin mahtuu.", "name", "Maija Esimerkki", "place", "Anjala", "kind", "need")
		s.clock.Advance(24 * time.Hour)
		s.must(s.parts.Sparks.Answer(ctx, s.act(d.code), "Tulen tiistaina.", true, ""))
		beats, _, err := story.Of(ctx, s.db, "kouvola", s.find(d.code).ID, story.Public, 0)
		if err != nil {
			t.Fatal(err)
		}
		answer := beats[len(beats)-1].ID
		s.must(s.parts.Sparks.Correct(ctx, s.act(d.code), answer, "Tulen keskiviikkona."))
		s.must(s.parts.Sparks.MoveDue(ctx, s.act(d.code), workday.On(2026, 12, 15), "Sairastuin, olen pahoillani."))
		s.must(s.parts.Sparks.Tag(ctx, s.act(d.code), s.edition, spark.Tags{Tags: []spark.Tag{{Kind: "theme", ID: s.edition.Themes[0].ID}}, Outside: true, Place: "Inkeroinen"}))
		s.must(s.parts.Sparks.Assign(ctx, s.act(d.code), s.officers[office.Manager].ID))
		s.must(s.parts.Sparks.Ask(ctx, s.act(d.code), "Montako lautaa on?", true))
		inkeroinen, _ := s.edition.Place("inkeroinen")
		for _, lang := range tongues {
			p := r.get(lang + "/kipina/" + d.code)
			p.whole(t, "spark "+lang)
			main := p.Find("main")
			if n := main.Find(".story > li").Length(); n != 8 {
				t.Errorf("%q: %d beats", lang, n)
			}
			for _, want := range []string{"Maija Esimerkki", "Tulen keskiviikkona.", "Sairastuin, olen pahoillani.", inkeroinen.Name.In(langOf(lang)), "Olli Esimerkki", "000 000 0000", s.edition.Themes[0].Name.In(langOf(lang))} {
				if !strings.Contains(main.Text(), want) {
					t.Errorf("%q lacks %q", lang, want)
				}
			}
			if main.Find("#kaanne-"+answer.String()+" details").Text() == "" || !strings.Contains(main.Find("#kaanne-"+answer.String()+" details").Text(), "Tulen tiistaina.") {
				t.Errorf("%q: the corrected words are not with their correction", lang)
			}
			if main.Find(".path [aria-current=step]").Length() != 1 || main.Find(".path li").Length() != 6 {
				t.Errorf("%q: the path is not drawn", lang)
			}
			if !strings.Contains(main.Find("section.warn").Text(), "Montako lautaa on?") {
				t.Errorf("%q: the open question does not stand out", lang)
			}
			text := main.Find(".prose").FilterFunction(func(_ int, e *selection) bool { return strings.Contains(e.Text(), "Puutavara") })
			if text.Find("p").Length() != 2 || text.Find("br").Length() != 1 {
				t.Errorf("%q: paragraphs or lines of the text are lost", lang)
			}
			foreign := lang != ""
			if got := text.AttrOr("lang", ""); foreign != (got == "fi") {
				t.Errorf("%q: the text's language is marked %q", lang, got)
			}
			if got := p.Find("h1").AttrOr("lang", ""); foreign != (got == "fi") {
				t.Errorf("%q: the title's language is marked %q", lang, got)
			}
		}
		if officer := s.officer(office.Planner).get("/kipina/" + d.code); officer.Find("a[href='/toimisto/kipina/"+d.code+"']").Length() != 1 {
			t.Error("the office finds no way from the public page to its own")
		}

		s.must(s.parts.Sparks.Close(ctx, s.act(d.code), spark.Close{State: spark.Out, Reason: "Laituri myytiin.", Would: "Uusi ranta."}))
		for _, lang := range tongues {
			p := r.get(lang + "/kipina/" + d.code)
			p.whole(t, "closed spark "+lang)
			note := p.Find("section[aria-labelledby=closed]").Text()
			if !strings.Contains(note, "Laituri myytiin.") || !strings.Contains(note, "Uusi ranta.") || p.Find(".path [aria-current]").Length() != 0 {
				t.Errorf("%q: the close is told as %q", lang, note)
			}
			if strings.Contains(p.Find("section.warn").Text(), "Montako") {
				t.Errorf("%q: a closed spark still asks", lang)
			}
		}

		err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := story.EraseWords(ctx, tx, story.Beat{Region: "kouvola", Spark: s.find(d.code).ID, ID: ident.NewMaker(s.clock).New() + 1<<40, Actor: story.Kokko, At: s.clock.Now(), Visibility: story.InOffice}, story.Office)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		p := r.get("/kipina/" + d.code)
		p.whole(t, "erased")
		if strings.Contains(p.body, "Laituri myytiin") || strings.Contains(p.body, "Tulen tiistaina") || !strings.Contains(p.Find(".story").Text(), "on poistettu") {
			t.Error("erased words are shown, or not shown as erased")
		}
	})
}

func langOf(prefix string) string {
	if prefix == "" {
		return "fi"
	}
	return prefix[1:]
}

func TestALateAnswerIsSaidOpenly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		d := r.drop("text", "Odotan vastausta.")
		if p := r.get("/kipina/" + d.code); !strings.Contains(p.Find("main").Text(), "Vastaus viimeistään maanantaina 7.12.") || p.Find("main .note.warn").Length() != 0 {
			t.Errorf("the promise: %s", p.Find("aside").Text())
		}
		s.clock.Set(time.Date(2026, 12, 10, 8, 0, 0, 0, time.UTC))
		for _, path := range []string{"/kipina/" + d.code, d.own} {
			for lang, want := range map[string]string{"": "Vastaus on 3 työpäivää myöhässä", "/sv": "Svaret är 3 arbetsdagar försenat", "/en": "It is 3 working days late"} {
				if p := r.get(lang + path); !strings.Contains(p.Find("main .note.warn").Text(), want) {
					t.Errorf("%s%s: %q", lang, path, p.Find("main .note.warn").Text())
				}
			}
		}
		// The owner is away: somebody else is named, with a phone number.
		planner, manager := s.officers[office.Planner], s.officers[office.Manager]
		today := office.Today(s.clock)
		if err := s.parts.Office.Away(context.Background(), "kouvola", office.Absence{Officer: planner.ID, Substitute: manager.ID, Span: workday.Span{From: today, To: today + 5}}); err != nil {
			t.Fatal(err)
		}
		if text := r.get("/kipina/" + d.code).Find("section[aria-labelledby=promise]").Text(); !strings.Contains(text, "Sijainen") || !strings.Contains(text, manager.Name) || strings.Contains(text, planner.Name) {
			t.Errorf("who answers: %s", text)
		}
	})
}

func TestALongStoryIsPaged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r := context.Background(), s.visitor()
		d := r.drop()
		for i := range story.Page + 5 {
			s.must(s.parts.Sparks.Answer(ctx, s.act(d.code), fmt.Sprintf("Vastaus numero %d.", i), true, ""))
		}
		seen, at := 0, "/en/kipina/"+d.code
		for n := 0; at != "" && n < 9; n++ {
			p := r.get(at)
			p.whole(t, at)
			if p.status != http.StatusOK {
				t.Fatalf("%s gave %d", at, p.status)
			}
			seen += p.Find(".story > li").Length()
			at = p.Find("a[rel=next]").AttrOr("href", "")
		}
		if seen != story.Page+6 {
			t.Errorf("%d beats told", seen)
		}
		for _, cursor := range []string{"x", "-1", "0", "99999999999999999999", "9223372036854775807"} {
			if p := r.get("/kipina/" + d.code + "?jatko=" + cursor); p.status != http.StatusNotFound || p.Find("h1").Length() != 1 {
				t.Errorf("cursor %q gave %d", cursor, p.status)
			}
		}
	})
}

// What is written in another language than the page's says so wherever it stands,
// and its words are marked; where the two are the same nothing is said.
func TestTheLanguageOfWordsIsToldAndMarked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		c := s.ask(30)
		sv := s.drop(spark.Draft{Text: "En gemensam verkstad. Vi behöver maskiner.", Place: "Elimä", Language: "sv", Challenge: c.ID, Visibility: spark.Public})
		a := s.act(sv.Spark.Code)
		s.must(s.parts.Sparks.Answer(ctx, a, "Jag kommer på onsdag.", true, ""))
		s.must(s.parts.Sparks.Talk(ctx, a, spark.Talk{Way: "call", Words: "Vi kom överens.", Shown: true, Next: office.Today(s.clock), Measures: []spark.Measure{{What: "Söka en lokal", Who: "Kaisa"}}}))
		if _, err := s.parts.Challenges.Close(ctx, challenge.Act{Region: "kouvola", Challenge: c.ID}, challenge.Close{Outcome: map[string]string{"fi": "Opittiin."}, Taken: []ident.ID{sv.Spark.ID}}); err != nil {
			t.Fatal(err)
		}
		public := []string{"/", "/kipinat", "/kipina/" + sv.Spark.Code, "/kysymys/" + c.ID.String(), "/paikat/" + sv.Spark.Place, "/oma/" + sv.Link}
		for prefix, notice := range map[string]string{"": "Kirjoitettu ruotsiksi", "/selko": "Teksti on ruotsiksi", "/en": "Written in Swedish", "/sv": ""} {
			for _, path := range public {
				p := s.visitor().get(prefix + path)
				if p.status != 200 {
					t.Fatalf("%s%s: %d", prefix, path, p.status)
				}
				said := strings.Contains(p.Find("main .meta").Text(), notice)
				if prefix == "/sv" {
					said = strings.Contains(p.Find("main .meta").Text(), "Skriven på svenska")
				}
				if said == (prefix == "/sv") {
					t.Errorf("%s%s: notice %v", prefix, path, said)
				}
				// Every piece of Swedish stands in an element that says so, in Swedish pages
				// by the page itself.
				for _, words := range []string{"En gemensam verkstad", "Vi behöver maskiner", "Jag kommer på onsdag", "Söka en lokal"} {
					bare := p.Find("main *").FilterFunction(func(_ int, e *selection) bool {
						return e.Children().Length() == 0 && strings.Contains(e.Text(), words) && e.Closest("[lang]").AttrOr("lang", "") != "sv"
					})
					if bare.Length() > 0 {
						t.Errorf("%s%s: %q stands unmarked in %s", prefix, path, words, bare.First().Text())
					}
				}
			}
		}
		o := s.officer(office.Planner)
		for path, mark := range map[string]string{"/toimisto/kipinat": "svenska", "/toimisto/soitot": "svenska", "/toimisto/kipina/" + sv.Spark.Code: "svenska", "/toimisto/kysymykset/" + c.ID.String(): "svenska"} {
			p := o.get(path)
			if !strings.Contains(p.Find("main .meta [lang=sv]").Text(), mark) {
				t.Errorf("%s does not say the language", path)
			}
			for _, words := range []string{"En gemensam verkstad", "Jag kommer på onsdag", "Söka en lokal"} {
				bare := p.Find("main *:not(textarea)").FilterFunction(func(_ int, e *selection) bool { // a field holds what the officer makes of it
					return e.Children().Length() == 0 && strings.Contains(e.Text(), words) && e.Closest("[lang]").AttrOr("lang", "") != "sv"
				})
				if bare.Length() > 0 {
					h, _ := bare.First().Parent().Html()
					t.Errorf("%s: %q stands unmarked in %.200s", path, words, h)
				}
			}
		}
	})
}
