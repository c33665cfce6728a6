package web_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/journey/follow"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/trust"
)

// marked are the words that light up in what was found.
func (p page) marked() (all []string) {
	p.Find(".sparks mark").Each(func(_ int, m *selection) { all = append(all, m.Text()) })
	return all
}

func findPath(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "/haku?" + q.Encode()
}

// stock is a site with a few things to find.
func stock(s *site) (food, harbour, school dropped) {
	r := s.visitor()
	food = r.drop("text", "Lähiruoan jakelu kylille. Talkoilla alkuun.", "kind", "idea", "place", "Elimäki", "themes", s.edition.Themes[0].ID)
	s.clock.Advance(48 * time.Hour)
	harbour = r.drop("text", "Laituri kuntoon. "+strings.Repeat("Tästä on puhuttu pitkään kylällä. ", 20)+"Rannalle tulisi sauna ja venepaikkoja.", "kind", "vitality", "place", "Kausala")
	s.clock.Advance(48 * time.Hour)
	school = r.drop("text", "Koulun keittiöstä ruokaa iäkkäille. Ruokaa jää yli joka päivä.", "kind", "need", "place", "Inkeroinen")
	return food, harbour, school
}

func TestWhatIsLookedForIsFoundAndLightsUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		food, harbour, school := stock(s)
		for _, c := range []struct {
			words string
			first string   // the code found first, "" for nothing
			lit   []string // that must light up
		}{
			{"ruokaa", school.code, []string{"ruokaa", "Ruokaa"}},
			{"jakelu", food.code, []string{"jakelu"}},
			{"saunat", harbour.code, []string{"sauna"}},
			{"laiturit", harbour.code, []string{"Laituri"}},
			{"xyzzyx", "", nil},
		} {
			for _, lang := range tongues {
				p := r.get(lang + findPath("sanat", c.words))
				p.whole(t, lang+" "+c.words)
				link := p.Find(".sparks h2 a").First().AttrOr("href", "")
				if c.first == "" && p.Find(".sparks li").Length() > 0 || !strings.HasSuffix(link, c.first) || p.status != http.StatusOK {
					t.Errorf("%s %q: %d, first %q", lang, c.words, p.status, link)
				}
				for _, want := range c.lit {
					if !slices.Contains(p.marked(), want) {
						t.Errorf("%s %q: lit are %v, not %q", lang, c.words, p.marked(), want)
					}
				}
			}
		}
		// The sentence of the match is shown, not the text's beginning.
		if text := r.get(findPath("sanat", "saunat")).Find(".sparks li p").Text(); !strings.Contains(text, "Rannalle tulisi sauna") {
			t.Errorf("the sentence is not shown: %q", text)
		}
		// A spark's number leads to it, however it is written; a word that only looks like one does not.
		if p := r.get(findPath("sanat", strings.ToLower(strings.ReplaceAll(food.code, "-", " - ")))); p.Find(".code").First().Text() != food.code {
			t.Errorf("%q does not lead to %s", p.Find("h1").Text(), food.code)
		}
		// The head of every page holds the field; the page itself has but one.
		for path, action := range map[string]string{"/": "/haku", "/sv/": "/sv/haku", "/kipinat": "/haku", "/selko/kipina": "/selko/haku", findPath("sanat", "x"): "/haku"} {
			if f := r.get(path).Find("search form:has(#haku)"); f.Length() != 1 || f.AttrOr("action", "") != action {
				t.Errorf("%s: %d fields, %q", path, f.Length(), f.AttrOr("action", ""))
			}
		}
	})
}

func TestFindingIsNarrowedAndSorted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		food, _, school := stock(s)
		both := "ruoka lähiruoka"
		for query, want := range map[string][]string{
			findPath("sanat", both, "jarjestys", "uusimmat"):                                         {school.code, food.code},
			findPath("sanat", both, "paikka", "Elimäki", "km", "40", "jarjestys", "lahimmat"):        {food.code, school.code},
			findPath("sanat", both, "paikka", "Anjalankoski", "km", "5"):                             {school.code}, // the old municipality it was in
			findPath("sanat", both, "paikka", "Elimäki", "km", "5"):                                  {food.code},
			findPath("sanat", both, "teema", s.edition.Themes[0].ID):                                 {food.code},
			findPath("sanat", both, "aika", "viikko", "jarjestys", "uusimmat"):                       {school.code, food.code},
			findPath("sanat", both, "mista", "hankkeet"):                                             {},
			findPath("sanat", both, "tila", "out"):                                                   {},
			findPath("sanat", both, "tila", "olematon", "aika", "x", "jarjestys", "uusimmat"):        {school.code, food.code},
			findPath("sanat", both, "paikka", "Atlantis", "km", "999", "jarjestys", "uusimmat"):      {school.code, food.code},
			findPath("sanat", both, "mista", "kipinat", "tila", "sparking", "jarjestys", "uusimmat"): {school.code, food.code},
		} {
			p := r.get(query)
			var got []string
			p.Find(".sparks h2 a").Each(func(_ int, a *selection) {
				href := a.AttrOr("href", "")
				got = append(got, href[strings.LastIndex(href, "/")+1:])
			})
			if !slices.Equal(got, want) && len(got)+len(want) > 0 {
				t.Errorf("%s: %v, want %v", query, got, want)
			}
			if p.Find("#km option[value='20']").Length() != 1 {
				t.Errorf("%s: nobody can look within 20 km", query)
			}
			if len(want) == 0 {
				if p.Find("main a[href*='haku']").Length() == 0 || p.Find("form[action='/kipina'] [name=text]").AttrOr("value", "") != both {
					t.Errorf("%s: found nothing, and no way on", query)
				}
			}
		}
		// Page by page, each thing once.
		for i := range 23 {
			s.drop(spark.Draft{Text: fmt.Sprintf("Talkoot %d. Tullaan rannalle.", i), Language: "fi"})
			s.clock.Advance(time.Hour)
		}
		seen := map[string]bool{}
		for path := findPath("sanat", "talkoot", "jarjestys", "uusimmat"); path != ""; {
			p := r.get(path)
			p.Find(".sparks h2 a").Each(func(_ int, a *selection) {
				if href := a.AttrOr("href", ""); seen[href] {
					t.Errorf("%s twice", href)
				} else {
					seen[href] = true
				}
			})
			path = p.Find(".pager a[rel=next]").AttrOr("href", "")
		}
		if len(seen) != 24 {
			t.Errorf("%d found page by page, want 24", len(seen))
		}
		if p := r.get(findPath("sanat", "talkoot", "sivu", "..")); p.status != http.StatusUnprocessableEntity {
			t.Errorf("a cursor of nobody's: %d", p.status)
		}
	})
}

// What is asked in one language finds what speaks of the same in another, and the page
// says so in the reader's.
func TestTheSameThingIsFoundInAnotherLanguage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		if !s.parts.Index.Whole() {
			t.Skip("no dictionary: no form is known")
		}
		food, _, _ := stock(s)
		r := s.visitor()
		for lang, why := range map[string]string{"": "Sama asia: lähiruoka", "/selko": "Sama asia: lähiruoka", "/sv": "Samma sak: närproducerad mat", "/en": "About the same thing: local food"} {
			for _, words := range []string{"närproducerad mat", "local food"} {
				p := r.get(lang + findPath("sanat", words))
				p.whole(t, lang+" "+words)
				first := p.Find(".sparks li").First()
				if !strings.HasSuffix(first.Find("h2 a").AttrOr("href", ""), food.code) || strings.TrimSpace(first.Find(".why").Text()) != why {
					t.Errorf("%s %q: %q because of %q, want %q", lang, words, first.Find("h2").Text(), first.Find(".why").Text(), why)
				}
				if !slices.Contains(p.marked(), "Lähiruoan") || p.Find("main .note").Length() > 0 {
					t.Errorf("%s %q: lit are %v, lost is %q", lang, words, p.marked(), p.Find("main .note").Text())
				}
			}
			if p := r.get(lang + findPath("sanat", "lähiruoka")); p.Find(".why").Length() > 0 || p.Find(".sparks li").Length() == 0 {
				t.Errorf("%s: found by its word, and told %q", lang, p.Find(".why").Text())
			}
		}
	})
}

func TestWhoFindsNothingIsHelped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		stock(s)
		if err := s.parts.Index.Count(context.Background(), s.db, "kouvola"); err != nil { // words are known by how many have them
			t.Fatal(err)
		}
		p := r.get(findPath("sanat", "laiutri"))
		if like := p.Find("main .note a"); like.First().Text() != "laituri" || !strings.Contains(like.AttrOr("href", ""), "sanat=laituri") {
			t.Errorf("a slip is not understood: %q", p.Find("main .note").Text())
		}
		p = r.get(findPath("sanat", "laiturria")) // something begins so, and is shown
		if like := p.Find("main .note a").First().Text(); p.Find(".sparks li").Length() == 0 || like != "laituria" || strings.Contains(p.Find("main .note").Text(), "ei löytynyt") {
			t.Errorf("a slip that begins as a word does is not told: %q", p.Find("main .note").Text())
		}
		p = r.get(findPath("sanat", "laituri kvanttitietokone"))
		if p.Find(".sparks li").Length() == 0 || !strings.Contains(p.Find("main .note").Text(), "kvanttitietokone") || strings.Contains(p.Find("main .note").Text(), "”laituri”") {
			t.Errorf("what is not found is not told: %q", p.Find("main .note").Text())
		}
		p = r.get(findPath("sanat", "laituri", "paikka", "Elimäki", "km", "5"))
		var wider []string
		p.Find("main section a[href*='haku']").Each(func(_ int, a *selection) { wider = append(wider, a.AttrOr("href", "")) })
		if len(wider) == 0 {
			t.Fatal("no wider question is offered")
		}
		for _, path := range wider {
			if r.get(path).Find(".sparks li").Length() == 0 {
				t.Errorf("%s finds nothing either", path)
			}
		}
		// The words go along into the form of a spark, to be changed there.
		form := p.Find("main form[action='/kipina']")
		sent := url.Values{}
		form.Find("input").Each(func(_ int, i *selection) { sent.Set(i.AttrOr("name", ""), i.AttrOr("value", "")) })
		drop := r.post("/kipina", sent)
		if drop.status != http.StatusOK || drop.Find("textarea[name=text]").Text() != "\nlaituri" && drop.Find("textarea[name=text]").Text() != "laituri" || drop.Find("[name=place]").AttrOr("value", "") != "Elimäki" {
			t.Errorf("the form: %d %q", drop.status, drop.Find("textarea[name=text]").Text())
		}
		if office := s.edition.Office; !strings.Contains(p.Find("main").Text(), cmp.Or(office.Phone, office.Street)) {
			t.Error("nobody to ask")
		}
	})
}

// What everybody may not read nobody finds but the office; and what is taken away, held
// or closed is so at once.
func TestOnlyTheOfficeFindsWhatIsHidden(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r := context.Background(), s.visitor()
		desk := s.officer(office.Manager)
		hidden := s.drop(spark.Draft{Text: "Salaperäinen majakka", Visibility: spark.Office, Language: "fi"}).Spark
		secret := s.drop(spark.Draft{Text: "Salaperäinen majakka rannalle", Secret: true, Language: "fi"}).Spark
		s.must(s.parts.Sparks.Close(ctx, s.act(s.drop(spark.Draft{Text: "Suljettu majakka", Language: "fi"}).Spark.Code), spark.Close{State: spark.Out, Reason: "Ei nyt.", Would: "Rahaa."}))
		if err := s.parts.Office.Set(ctx, "kouvola", trust.Rules{Hold: trust.HoldSuspicious, Words: []string{"kasino"}}.Settings()); err != nil {
			t.Fatal(err)
		}
		held := s.drop(spark.Draft{Text: "Majakka ja kasino", Language: "fi"}).Spark
		if held.Held == "" {
			t.Fatal("nothing is held")
		}
		count := func(p page) int { return p.Find(".sparks li").Length() }
		if n := count(r.get(findPath("sanat", "majakka"))); n < 1 || n > 2 { // the closed one, and why it was
			t.Errorf("everybody finds %d", n)
		}
		p := desk.get("/toimisto" + findPath("sanat", "majakka"))
		for _, sp := range []spark.Spark{hidden, secret, held} {
			if p.Find("a[href$='"+sp.Code+"']").Length() != 1 {
				t.Errorf("the office does not find %q", sp.Text)
			}
			if r.get(findPath("sanat", "majakka")).Find("a[href$='"+sp.Code+"']").Length() != 0 {
				t.Errorf("everybody finds %q", sp.Text)
			}
		}
		if got := desk.get(findPath("sanat", "majakka")); got.Find("main a[href*='"+hidden.Code+"']").Length() != 0 {
			t.Error("on everybody's page the office finds more than everybody")
		}
		if p.Find(".sparks b").Length() < 4 {
			t.Errorf("the office is not told why: %q", p.Find(".sparks").Text())
		}
		if p := r.get(findPath("sanat", hidden.Code)); strings.Contains(p.Find("main").Text(), "majakka") {
			t.Error("a number leads to what is hidden")
		}
		// What was open and is taken away is found no more.
		open := r.drop("text", "Uusi majakka niemeen", "email", "maija@kylla.example")
		if r.get(findPath("sanat", "niemeen")).Find("a[href$='"+open.code+"']").Length() != 1 {
			t.Fatal("what is new is not found")
		}
		s.must(s.parts.Sparks.Withdraw(ctx, "kouvola", strings.TrimPrefix(open.own, "/oma/"), true))
		if r.get(findPath("sanat", "niemeen")).Find("a[href$='"+open.code+"']").Length() != 0 {
			t.Error("what was taken away is found")
		}
	})
}

// What is suggested is words of what everybody may see, and things themselves.
func TestAQuestionIsCompleted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		food, harbour, _ := stock(s)
		s.drop(spark.Draft{Text: "Laiturisalaisuus", Visibility: spark.Office, Language: "fi"})
		if err := s.parts.Index.Count(context.Background(), s.db, "kouvola"); err != nil {
			t.Fatal(err)
		}
		for begun, want := range map[string]string{"lait": "laituri", "uusi lait": "uusi laituri", "l": "", "": "", "zzz": ""} {
			p := r.get("/haku/ehdotukset.html?sanat=" + url.QueryEscape(begun))
			values := []string{}
			p.Find("[role=option][data-value]").Each(func(_ int, o *selection) { values = append(values, o.AttrOr("data-value", "")) })
			if p.status != http.StatusOK || want == "" && len(values) > 0 || want != "" && !slices.Contains(values, want) {
				t.Errorf("%q: %d %v, want %q", begun, p.status, values, want)
			}
			if strings.Contains(p.Text(), "salaisuus") {
				t.Errorf("%q: what is hidden is suggested: %s", begun, p.Text())
			}
			if n := p.Find("[role=option]").Length(); (n > 0) != (p.Find("[role=listbox]").AttrOr("data-said", "") != "") {
				t.Errorf("%q: %d are not told of", begun, n)
			}
		}
		for words, code := range map[string]string{"laituri": harbour.code, "lähiruoan jak": food.code} {
			p := r.get("/sv/haku/ehdotukset.html?sanat=" + url.QueryEscape(words))
			if p.Find("[role=option][data-go='/sv/kipina/"+code+"']").Length() != 1 {
				t.Errorf("%q: %s", words, p.Text())
			}
		}
	})
}

// A search is followed from its page: it is kept when it is followed, told of on the own
// page and in the own data, and gone when it is stopped.
func TestASearchIsFollowedByThePages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const email = "hakija@posti.example"
		r := s.visitor()
		stock(s)
		button := r.get(findPath("sanat", "Saunat", "paikka", "Kausala", "km", "5", "tila", "sparking")).Find("a[href*='/seuraa?']").AttrOr("href", "")
		p := r.get(button)
		if p.status != http.StatusOK || !strings.Contains(p.Find("main .lead").Text(), "Saunat") || !strings.Contains(p.Find("main .lead").Text(), "Kausala") || strings.Contains(button, "tila=") {
			t.Fatalf("%s: %d %q", button, p.status, p.Find("main .lead").Text())
		}
		kept := func() int { return s.count("SELECT COUNT(*) FROM follow_searches WHERE region_id = 'kouvola'") }
		to := p.Find("main form").AttrOr("action", "")
		asked := r.post(to, url.Values{"kohde": {"search"}, "pace": {"now"}, "volume": {"normal"}, "email": {email}})
		if !strings.HasPrefix(asked.path, "/vahvista/") || !strings.Contains(asked.body, "Saunat") || kept() != 0 {
			t.Fatalf("%d at %s, %d kept", asked.status, asked.path, kept())
		}
		mine := r.post(linkIn(t, s.lettersTo(email)[0], "/vahvista/"), nil)
		if !strings.HasPrefix(mine.path, "/minun/") || !strings.Contains(mine.Find("article h3").Text(), "saunat") || kept() != 1 {
			t.Fatalf("at %s, %d kept: %q", mine.path, kept(), mine.Find("article h3").Text())
		}
		if found := r.get(mine.Find("article h3 a").AttrOr("href", "")); found.Find(".sparks li").Length() != 1 {
			t.Errorf("what is followed leads to %q", found.Find("main").Text())
		}
		if all := s.followsOf(email); len(all) != 1 || all[0].Target.Kind != follow.Searching || all[0].Pace != follow.Now {
			t.Fatalf("%+v", all)
		}
		if data := r.get(mine.path + "/tiedot").body; !strings.Contains(data, `"words": "saunat"`) && !strings.Contains(data, `"words":"saunat"`) {
			t.Errorf("the own data do not hold the search: %s", data)
		}
		target := s.followsOf(email)[0].Target.String()
		if p := r.post(mine.path+"/seuranta", url.Values{"kohde": {target}, "pace": {"weekly"}, "volume": {"quiet"}}); p.status != http.StatusOK || s.followsOf(email)[0].Pace != follow.Weekly {
			t.Errorf("changed: %d", p.status)
		}
		if stop := s.visitor().get("/lopeta/" + s.stopToken(s.followsOf(email)[0].Address, target)); !strings.Contains(stop.body, "saunat") {
			t.Errorf("the stop page does not say what: %d", stop.status)
		}
		if p := r.post(mine.path+"/lopeta", url.Values{"kohde": {target}}); p.status != http.StatusOK || kept() != 0 || s.count("SELECT COUNT(*) FROM follow_search_keys WHERE region_id = 'kouvola'") != 0 {
			t.Errorf("stopped: %d, %d kept", p.status, kept())
		}
		for _, path := range []string{"/seuraa?kohde=search", "/seuraa?kohde=search&sanat=%21", "/seuraa?kohde=search:" + strings.Repeat("0", 32), "/seuraa?kohde=search:x"} {
			if p := r.get(path); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, p.status)
			}
		}
	})
}

// A search has its feed, of what everybody may see, the newest first.
func TestASearchHasItsFeed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		food, _, school := stock(s)
		s.drop(spark.Draft{Text: "Ruoka salassa", Visibility: spark.Office, Language: "fi"})
		p := r.get(findPath("sanat", "ruoka lähiruoka", "jarjestys", "lahimmat"))
		link := p.Find("link[type='application/atom+xml']").AttrOr("href", "")
		if !strings.HasPrefix(link, "/syotteet/haku.atom?") {
			t.Fatalf("the page names no feed: %q", link)
		}
		f := r.feed(link)
		if len(f.Items) != 2 || !strings.HasSuffix(f.Items[0].URL, school.code) || !strings.HasSuffix(f.Items[1].URL, food.code) {
			t.Errorf("%+v", f.Items)
		}
		if other := r.feed(strings.Replace(link, "ruoka", "ranta", 1)); other.ID == f.ID {
			t.Errorf("two searches are one feed: %s", f.ID)
		}
		for i := range 25 {
			s.clock.Advance(time.Hour)
			s.drop(spark.Draft{Text: fmt.Sprintf("Kalastus %d. Verkot vesille.", i), Language: "fi"})
		}
		seen := 0
		for path := "/syotteet/haku.json?sanat=kalastus"; path != ""; {
			f := r.feed(path)
			seen += len(f.Items)
			if f.Self == "" || !strings.Contains(f.Self, "sanat=kalastus") {
				t.Errorf("%s calls itself %q", path, f.Self)
			}
			next, _ := url.Parse(f.Next)
			if path = ""; f.Next != "" {
				path = next.RequestURI()
			}
		}
		if seen != 25 {
			t.Errorf("%d page by page", seen)
		}
		if p := r.get("/syotteet/haku.atom"); p.status != http.StatusNotFound {
			t.Errorf("a feed of no search: %d", p.status)
		}
	})
}

// What many look for in vain the office hears of, word by word; a name, a number, a slip
// and what few look for it does not.
func TestTheOfficeHearsWhatIsLookedForInVain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		if !s.parts.Index.Whole() {
			t.Skip("no dictionary: no words are gathered")
		}
		ctx := context.Background()
		stock(s)
		if err := s.parts.Index.Count(ctx, s.db, "kouvola"); err != nil {
			t.Fatal(err)
		}
		for i := range 12 {
			r := s.at(fmt.Sprintf("192.0.%d.7", i))
			for _, words := range []string{"majakoita Elimäelle", "majakka", "Matti Meikäläinen", "maija@posti.example", "majakka 0401234567", "majakka Mäki", "simhallar i Kouvola", "lighthouse Smith", "seppä Liisan luona", "0401234567", "Koulukatu 12", "laiutri"} {
				r.get(findPath("sanat", words))
			}
			if i < 3 {
				r.get(findPath("sanat", "sirkus"))
			}
		}
		if err := s.parts.Demand.Keep(ctx); err != nil {
			t.Fatal(err)
		}
		desk := s.officer(office.Planner)
		p := desk.get("/toimisto/kaivattu")
		var words []string
		p.Find("tbody th").Each(func(_ int, w *selection) { words = append(words, w.Text()) })
		if !slices.Contains(words, "majakka") || !slices.Contains(words, "simhallar") {
			t.Fatalf("%d: the office hears of %v", p.status, words)
		}
		for _, w := range words {
			for _, never := range []string{"sirkus", "lighthouse", "smith", "mäki", "seppä", "matti", "meikäläinen", "posti", "040", "laiutri", "elimäki"} {
				if strings.Contains(strings.ToLower(w), never) {
					t.Errorf("the office hears of %q", w)
				}
			}
		}
		stored := s.traces("meikäläinen", "maija@posti", "0401234567", "192.0.")
		if len(stored) > 0 {
			t.Errorf("stored: %v", stored)
		}
		ask := desk.get(p.Find("a[href*='kysymykset/uusi'][href*='majakka']").First().AttrOr("href", ""))
		if !strings.Contains(ask.Find("[name='title.fi']").AttrOr("value", ""), "Majakka") {
			t.Errorf("the question does not begin with the word: %d", ask.status)
		}
		if p := s.officer(office.Viewer).get("/toimisto/kaivattu"); p.Find("a[href*='kysymykset/uusi']").Length() != 0 {
			t.Error("a viewer is led to what they may not do")
		}
	})
}
