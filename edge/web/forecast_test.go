package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/measure"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/office"
)

func TestWhatIsLackingIsEverybodysAndTheForecastItsBringers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.lived(s.visitor())
		at := "/kipina/" + d.code
		r, own := s.visitor(), s.visitor()
		own.post(d.own+"/ennuste", url.Values{"do": {"hide"}}) // it was shown while it lived
		if p := r.get(at); p.Find("a[href$='/ennuste']").Length() != 1 {
			t.Error("the spark's page does not lead to its forecast")
		}
		p := r.get(at + "/ennuste")
		if p.status != http.StatusOK || !strings.Contains(p.body, "Arvio ei kerro idean arvosta") || p.Find("#puuttuu").Length() != 1 || p.Find("#tahan-asti").Length() != 1 {
			t.Fatalf("%d: %s", p.status, p.Find("main").Text())
		}
		if strings.Contains(p.body, "Vertailukohtaa ei vielä ole") || p.Find("#aiemmin, form[action$='/ennuste']").Length() != 0 {
			t.Errorf("everybody sees the forecast: %s", p.Find("main").Text())
		}
		p = own.get(d.own + "/ennuste")
		if p.status != http.StatusOK || !strings.Contains(p.body, "Vertailukohtaa ei vielä ole") || !strings.Contains(p.Find("h1").Text(), "minun") {
			t.Fatalf("%d: %s", p.status, p.Find("main").Text())
		}
		// Its bringer shows it, and takes that back.
		for _, step := range []struct {
			do    string
			shown bool
		}{{"show", true}, {"show", true}, {"hide", false}} {
			if p := own.post(d.own+"/ennuste", url.Values{"do": {step.do}}); p.status != http.StatusOK || p.Find("[role=status]").Length() != 1 {
				t.Fatalf("%s: %d", step.do, p.status)
			}
			p := r.get(at + "/ennuste")
			if shown := strings.Contains(p.body, "Vertailukohtaa ei vielä ole"); shown != step.shown || p.Find("#aiemmin").Length() != 0 {
				t.Errorf("%s: %s", step.do, p.Find("main").Text())
			}
		}
		if p := own.post(d.own+"/ennuste", url.Values{"do": {"burn"}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d", p.status)
		}
		// The office sees it, and may ask.
		o := s.officer(office.Planner)
		if p := o.post("/toimisto/kipina/"+d.code+"/ennuste", url.Values{"do": {"ask"}}); p.status != http.StatusOK || p.Find("main tbody tr").Length() == 0 {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		if p := s.officer(office.Viewer).get("/toimisto/kipina/" + d.code + "/ennuste"); p.status != http.StatusOK || p.Find("form[action$='/ennuste']").Length() != 0 {
			t.Errorf("a viewer gets %d, or may ask", p.status)
		}
		// Among organisations there is one that may be asked what if of.
		funded(t, s.db, s.parts.Clock, s.parts.Actors)
		s.must(spark.Spark{}, s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return network.Changed(ctx, tx, "kouvola") }))
		if p := own.get(d.own + "/ennuste?paikka=" + s.edition.Places[0].ID); p.status != http.StatusOK || p.Find("#mukaan").Length() != 1 || p.Find("[aria-labelledby=mukaan] [role=status]").Length() != 1 || !strings.Contains(p.Find("[aria-labelledby=mukaan] [role=status]").Text(), "ei ole verkostossa organisaatioita") {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		// What its number rests on is told beside it: of a theme, that who cares for it counts.
		for _, themes := range [][]string{nil, {s.edition.Themes[0].ID}} {
			got := s.drop(spark.Draft{Text: "Laituri kuntoon.", Email: "teema@posti.example", Language: "fi", Themes: themes})
			p := s.visitor().get("/oma/" + got.Link + "/ennuste?paikka=" + s.edition.Places[0].ID)
			if told := strings.Contains(p.Find("[aria-labelledby=mukaan]").Text(), "saman teeman"); p.Find("#mukaan").Length() != 1 || told != (themes != nil) {
				t.Errorf("%v: %s", themes, p.Find("main").Text())
			}
		}
		if p := r.get(at + "/ennuste?kuka=1"); p.Find("#mukaan").Length() != 0 {
			t.Error("everybody sees whom to involve")
		}
		for _, path := range []string{"/ennusteet", "/sv/ennusteet", "/en/ennusteet", "/sv" + at + "/ennuste", "/en" + at + "/ennuste"} {
			if p := r.get(path); p.status != http.StatusOK || p.Find("h1").Length() != 1 {
				t.Errorf("%s: %d", path, p.status)
			}
		}
	})
}

func TestWithEnoughSparksBehindItTheRateIsARange(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	for i := range 31 {
		s.drop(spark.Draft{Text: "Talkoot kylätalolla.", Email: fmt.Sprintf("t%d@posti.example", i), Language: "fi"})
	}
	s.clock.Advance(2 * time.Minute)
	s.must(spark.Spark{}, s.parts.Jobs.Drain(context.Background()))
	s.clock.Advance(190 * 24 * time.Hour)
	s.must(spark.Spark{}, s.parts.Forecasts.Score(context.Background(), "kouvola"))
	// What had its time is counted in the period in which it was up.
	s.must(spark.Spark{}, s.parts.Measures.Count(context.Background(), "kouvola"))
	due := measure.PeriodOf(measure.Quarter, workday.DayOf(s.clock.Now().Add(-10*24*time.Hour), i18n.Helsinki()))
	if f := s.figure(due, measure.Fired, ""); f.State != measure.Known || f.Num != 0 || f.Den != 31 {
		t.Errorf("caught fire: %+v", f)
	}
	got := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla.", Email: "tuoja@posti.example", Language: "fi"})
	ends := map[string]string{"": "väliltä 0\u2060–\u20601", "/sv": "mellan 0 och 1", "/en": "between 0 and 1"}
	for lang, words := range map[string]string{"": "alle yksi", "/sv": "färre än en", "/en": "fewer than one"} {
		p := s.visitor().get(lang + "/oma/" + got.Link + "/ennuste")
		if p.status != http.StatusOK || !strings.Contains(p.Find("#arvio").Parent().Text(), words) || !strings.Contains(p.Find("#arvio").Parent().Text(), "31") || !strings.Contains(p.Find("#arvio").Parent().Text(), ends[lang]) {
			t.Errorf("%q: %d, %s", lang, p.status, p.Find("main").Text())
		}
		if p.Find("svg[aria-labelledby=viuhka]").Length() != 1 || p.Find("[aria-labelledby=viuhka] tbody tr").Length() != 6 {
			t.Errorf("%q: the fan, or its table, is not there", lang)
		}
		if p := s.visitor().get(lang + "/ennusteet"); p.status != http.StatusOK || !strings.Contains(p.Find("main").Text(), "31") {
			t.Errorf("%q: %d, %s", lang, p.status, p.Find("main").Text())
		}
	}
}

// The story's reach is told to who may see the forecast: in words, by place and sector
// with a table twin, and without a curve while too few sparks have had their time.
func TestHowFarTheStoryWouldGoIsTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.lived(s.visitor())
		ctx, at := context.Background(), "/kipina/"+d.code
		place := s.edition.Places[0].ID
		var crowd []ident.ID
		for i := range 24 {
			var now ident.ID
			who := s.person(fmt.Sprintf("kuulija%d@posti.example", i)).Address
			s.must(spark.Spark{}, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				a, err := s.parts.Actors.Person(ctx, tx, who, fmt.Sprintf("Kuulija %d", i))
				if err != nil {
					return err
				}
				if _, err := s.parts.Actors.Describe(ctx, tx, "kouvola", a.ID, actor.Profile{Name: a.Title, Place: place, Sector: "04"}); err != nil {
					return err
				}
				for _, other := range crowd { // everybody knows everybody
					if err := network.Tied(ctx, tx, "kouvola", network.Tie{From: other, To: a.ID, Kind: network.Stated, Why: network.Introduction, Source: a.ID, At: s.clock.Now()}); err != nil {
						return err
					}
				}
				now = a.ID
				return s.parts.Actors.Choose(ctx, tx, "kouvola", a.ID, actor.Counted, true)
			}))
			crowd = append(crowd, now)
		}
		funded(t, s.db, s.parts.Clock, s.parts.Actors)
		s.must(spark.Spark{}, s.parts.Forecasts.Ask(ctx, "kouvola", s.sparkNow(d.code).ID))
		own, r := s.visitor(), s.visitor()
		own.post(d.own+"/ennuste", url.Values{"do": {"hide"}})
		for lang, words := range map[string]string{"": "vielä oletus", "/sv": "ännu ett antagande", "/en": "still an assumption"} {
			p := own.get(lang + d.own + "/ennuste?osa=funder")
			told := p.Find("[aria-labelledby=kantama]").First()
			if p.status != http.StatusOK || !strings.Contains(told.Text(), words) {
				t.Fatalf("%q: %d %s", lang, p.status, p.Find("main").Text())
			}
			if told.Find("[aria-labelledby=kantama-missa] tbody tr, [aria-labelledby=kantama-alat] tbody tr").Length() < 2 || told.Find("svg").Length() != 2 {
				t.Errorf("%q: neither by place nor by sector: %s", lang, told.Text())
			}
			if cells := told.Find("[aria-labelledby=kantama-missa] tbody tr, [aria-labelledby=kantama-alat] tbody tr").First().Find("td"); cells.Length() != 3 || !regexp.MustCompile("^[0-9]+\u2060–\u2060[0-9]+$").MatchString(cells.First().Text()) {
				t.Errorf("%q: no range: %s", lang, cells.Text())
			}
			if soon := map[string]string{"": "kahdessa viikossa", "/sv": "två veckor", "/en": "two weeks"}[lang]; !strings.Contains(told.Text(), soon) {
				t.Errorf("%q: not how soon: %s", lang, told.Text())
			}
			if strings.Contains(told.Text(), "Kuulija") {
				t.Errorf("%q: somebody is named", lang)
			}
			if told.Find("#kantama-paivittain").Length() != 0 {
				t.Errorf("%q: a curve, of too few sparks", lang)
			}
			if p.Find("[aria-labelledby=mukaan] [role=status]").Length() != 1 || p.Find("#osa option[selected]").AttrOr("value", "") != "funder" {
				t.Errorf("%q: what if: %s", lang, p.Find("#mukaan").Parent().Text())
			}
		}
		if p := r.get(at + "/ennuste?osa=funder"); p.Find("#kantama, #osa").Length() != 0 {
			t.Error("everybody sees how far it would go")
		}
		own.post(d.own+"/ennuste", url.Values{"do": {"show"}})
		if p := r.get(at + "/ennuste"); p.Find("#kantama").Length() != 1 || p.Find("#osa").Length() != 0 {
			t.Error("what its bringer shows is not seen")
		}
		// Whoever takes it back is out of what is told at once.
		s.must(spark.Spark{}, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return s.parts.Actors.Choose(ctx, tx, "kouvola", crowd[0], actor.Counted, false)
		}))
		if p := own.get(d.own + "/ennuste"); p.status != http.StatusOK || p.Find("#kantama").Length() != 0 {
			t.Errorf("%d: what was worked out with them is told still", p.status)
		}
		s.clock.Advance(2 * time.Minute)
		s.must(spark.Spark{}, s.parts.Jobs.Drain(ctx))
		if p := own.get(d.own + "/ennuste"); p.Find("#kantama").Length() != 1 {
			t.Error("it was not worked out anew")
		}
	})
}

// How a spark has been told onward is everybody's, as a picture and a table: whoever lets
// themselves be drawn stands at their turn by name, and nobody else is in it by
// themselves; what has changed since is for those who see the forecast.
func TestHowASparkWentIsDrawnAndTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		got := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla.", Email: "tuoja@posti.example", Language: "fi", Visibility: spark.Public})
		s.clock.Advance(2 * time.Minute)
		s.must(spark.Spark{}, s.parts.Jobs.Drain(ctx))
		link := func(by, via string) share.Share {
			t.Helper()
			m, _, err := s.parts.Shares.Make(ctx, share.Making{Region: "kouvola", Spark: got.Spark.ID, By: by, Via: via, Consented: true})
			s.must(spark.Spark{}, err)
			return m
		}
		var links []share.Share
		for i := range 12 {
			a := s.person(fmt.Sprintf("k%d@posti.example", i)).Address
			knows(t, s.db, s.parts, a, fmt.Sprintf("Kertoja %d", i), "Laiturit", i18n.Finnish)
			via := ""
			if i > 5 {
				via = links[i-6].Token
			}
			links = append(links, link(share.Holder("kouvola", a.ID), via))
		}
		s.clock.Advance(2 * time.Minute)
		s.must(spark.Spark{}, s.parts.Jobs.Drain(ctx))
		at := "/kipina/" + got.Spark.Code + "/ennuste"
		named := func(lang string, want int) {
			t.Helper()
			p := s.visitor().get(lang + at)
			if n := strings.Count(p.Find("svg.cascade").Text(), "Kertoja "); p.status != http.StatusOK || n != want || strings.Count(p.Find("#kerrottu-taulukko").Text(), "Kertoja ") != want || p.Find("svg.cascade text").Length() != 4+want {
				t.Errorf("%q: %d by name, want %d: %s", lang, n, want, p.Find("#tahan-asti").Parent().Text())
			}
		}
		for _, lang := range []string{"", "/sv", "/en"} {
			named(lang, 12)
		}
		s.chooses("k2@posti.example", actor.Drawn, false)
		named("", 7) // one alone would be told of: others stand back
		for i := range 12 {
			s.chooses(fmt.Sprintf("k%d@posti.example", i), actor.Drawn, false)
		}
		for _, lang := range []string{"", "/sv", "/en"} {
			p := s.visitor().get(lang + at)
			if p.status != http.StatusOK || p.Find("svg.cascade g").Length() != 2 || p.Find("svg.cascade text").Length() != 4 || p.Find("#kerrottu-taulukko tbody tr").Length() != 4 || p.Find("#muuttunut").Length() != 0 {
				t.Fatalf("%q: %d: %s", lang, p.status, p.Find("main").Text())
			}
			if text := p.Find("#kerrottu-taulukko").Text(); !strings.Contains(text, s.edition.Region.Name.In("fi")) && !strings.Contains(text, "Elim") || strings.Contains(p.body, "Kertoja ") {
				t.Errorf("%q: %s", lang, text)
			}
			p = s.visitor().get(lang + "/oma/" + got.Link + "/ennuste")
			if change := p.Find("[aria-labelledby=muuttunut]"); change.Find("li").Length() != 1 || !strings.Contains(change.Text(), "12") {
				t.Errorf("%q: %s", lang, change.Text())
			}
		}
		s.must(spark.Spark{}, s.parts.Measures.Count(ctx, "kouvola"))
		for part, want := range map[string]measure.Figure{"": {State: measure.Known, Num: 6, Den: 12, Value: .5}, "depth": {State: measure.TooFew, Den: 1}, "places": {State: measure.Known, Den: 6}, "sectors": {State: measure.Known, Den: 6}} {
			f := s.figure(measure.PeriodOf(measure.Quarter, office.Today(s.clock)), measure.Onward, part)
			if f.State != want.State || f.Num != want.Num || f.Den != want.Den || f.Value != want.Value {
				t.Errorf("%q: %+v", part, f)
			}
		}
	})
}
