package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kokko/ground/i18n"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

// inLanguages are the address prefixes of the three languages.
func inLanguages() map[i18n.Language]string {
	return map[i18n.Language]string{i18n.Finnish: "", i18n.Swedish: "/sv", i18n.English: "/en"}
}

// whole checks what every page of the office owes: one heading, the page's
// language, labels for every field, no form field of the same id twice.
func whole(t *testing.T, where string, p page, l i18n.Language) {
	t.Helper()
	if p.status != http.StatusOK || p.Find("h1").Length() != 1 || p.Find("html").AttrOr("lang", "") != string(l) || p.Find("main#main").Length() != 1 {
		t.Errorf("%s: %d, %d headings, lang %q", where, p.status, p.Find("h1").Length(), p.Find("html").AttrOr("lang", ""))
	}
	seen := map[string]bool{}
	for _, n := range p.Find("[id]").Nodes {
		for _, a := range n.Attr {
			if a.Key == "id" {
				if seen[a.Val] {
					t.Errorf("%s: the id %q twice", where, a.Val)
				}
				seen[a.Val] = true
			}
		}
	}
	for _, n := range p.Find("main :is(input:not([type=hidden]),select,textarea)").Nodes {
		id := ""
		for _, a := range n.Attr {
			if a.Key == "id" {
				id = a.Val
			}
		}
		inside := false
		for up := n.Parent; up != nil; up = up.Parent {
			inside = inside || up.Data == "label"
		}
		if !inside && (id == "" || p.Find("label[for='"+id+"']").Length() != 1) {
			t.Errorf("%s: the field %q has no label", where, id)
		}
	}
	if strings.Contains(p.body, "⟦") {
		t.Errorf("%s: a text is missing", where)
	}
}

// sheetForm is a form of the spark's page with what it carries.
func sheetForm(t *testing.T, p page, end string) url.Values {
	t.Helper()
	f := p.Find("main form[action$='" + end + "']")
	if f.Length() == 0 {
		t.Fatalf("no form %s on %s", end, p.path)
	}
	v := url.Values{}
	hidden := f.First().Find("input[type=hidden]")
	for i := range hidden.Nodes {
		n := hidden.Eq(i)
		v.Add(n.AttrOr("name", ""), n.AttrOr("value", ""))
	}
	return v
}

func with(v url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func (s *site) sparkNow(code string) spark.Spark {
	s.t.Helper()
	sp, err := spark.ByCode(context.Background(), s.db, "kouvola", code)
	if err != nil {
		s.t.Fatal(err)
	}
	return sp
}

// mailed counts the letters to an address that hold these words.
func (s *site) mailed(to, words string) (n int) {
	s.t.Helper()
	all, err := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, l := range all {
		if l.To == to && strings.Contains(l.Text, words) {
			n++
		}
	}
	return n
}

// beats is the whole story as the office reads it.
func (s *site) beats(sp spark.Spark) []story.Beat {
	s.t.Helper()
	all, _, err := story.Of(context.Background(), s.db, "kouvola", sp.ID, story.InOffice, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func TestWorkListTellsLateInWorkingDaysAndWhy(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		now := s.clock.Now()
		s.clock.Set(time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)) // due in ten working days: Monday the 16th
		late := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla.", Place: "Kausala", Language: "fi", Phone: "040 1234567", Contact: spark.Call})
		s.clock.Set(now.Add(-12 * 24 * time.Hour)) // Wednesday the 11th: due on the 25th
		soon := s.drop(spark.Draft{Text: "Ett växthus.", Language: "sv"})
		s.clock.Set(now)
		fresh := s.drop(spark.Draft{Text: "Verstas tyhjään liiketilaan.", Language: "fi", Visibility: spark.Office})
		if late.Spark.Due >= soon.Spark.Due {
			t.Fatal("the sparks are not in order")
		}
		r := s.officer(office.Planner)
		p := r.get("/toimisto")
		whole(t, "work list", p, i18n.Finnish)
		for id, code := range map[string]string{"late": late.Spark.Code, "soon": soon.Spark.Code, "new": fresh.Spark.Code} {
			section := p.Find("section[aria-labelledby='pile-" + id + "']")
			if !strings.Contains(section.Text(), code) {
				t.Errorf("%s is not among %s", code, id)
			}
			if section.Find(".why").Length() == 0 {
				t.Errorf("%s does not say why it is here", code)
			}
		}
		if due := p.Find("section[aria-labelledby='pile-late'] .due").Text(); !strings.Contains(due, "5 työpäivää myöhässä") {
			t.Errorf("late: %q", due)
		}
		if !strings.Contains(p.Find("section[aria-labelledby='pile-late']").Text(), "toivoo soittoa") {
			t.Error("the wish for a call is not told")
		}
		if lang := p.Find("section[aria-labelledby='pile-soon'] h3 span").AttrOr("lang", ""); lang != "sv" {
			t.Errorf("a Swedish title is marked %q", lang)
		}
		if !strings.Contains(p.Find("section[aria-labelledby='pile-new']").Text(), "vain toimisto") {
			t.Error("a spark for the office only is not marked")
		}
		if p.Find("[data-keys] a[data-row]").Length() != 3 {
			t.Error("the keyboard finds not every row")
		}
		for l, at := range inLanguages() {
			for _, path := range []string{"/toimisto", "/toimisto?pino=late", "/toimisto/kipinat", "/toimisto/soitot", "/toimisto/uusi", "/toimisto/kipina/" + late.Spark.Code + "?pino=late"} {
				whole(t, at+path, r.get(at+path), l)
			}
		}
	})
}

// A Monday goes by from spark to spark: each answer leads to the next of the pile.
func TestAnsweringLeadsThroughThePile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		var codes []string
		for range 3 {
			codes = append(codes, s.drop(spark.Draft{Text: "Kipinä.", Email: "maija@kylla.example", Language: "fi"}).Spark.Code)
			s.clock.Advance(time.Minute)
		}
		r := s.officer(office.Planner)
		first := r.get("/toimisto").Find("section[aria-labelledby='pile-new'] a[data-row]").First().AttrOr("href", "")
		p := r.get(first)
		var went []string
		for range codes {
			went = append(went, p.Find("header .code").Text())
			form := with(sheetForm(t, p, "/vastaa"), "words", "Hei! Soitan sinulle.", "public", "1")
			p = r.post(p.Find("main form[action$='/vastaa']").AttrOr("action", ""), form)
			if p.status != http.StatusOK || p.Find(".note.good[role=status]").Length() != 1 {
				t.Fatalf("%d %s", p.status, p.Find("h1").Text())
			}
		}
		if !slices.Equal(went, codes) || p.path != "/toimisto" {
			t.Errorf("went %v of %v and ended at %s", went, codes, p.path)
		}
		for _, code := range codes {
			if sp := s.sparkNow(code); sp.Waiting || sp.Answered.IsZero() {
				t.Errorf("%s is not answered", code)
			}
		}
		if err := s.parts.Jobs.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := s.mailed("maija@kylla.example", "Soitan sinulle"); n != len(codes) {
			t.Errorf("%d answers were mailed", n)
		}
	})
}

func TestEveryVerbOfASparkByForm(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		code := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla.", Place: "Mummola", Name: "Maija", Email: "maija@kylla.example", Language: "fi"}).Spark.Code
		r := s.officer(office.Planner)
		at := "/toimisto/kipina/" + code
		theme := "theme:" + s.edition.Themes[0].ID
		did := func(verb string, pairs ...string) page {
			t.Helper()
			p := r.get(at)
			sheet := verb
			if strings.Contains(verb, "kysy") {
				sheet = "/vastaa"
			}
			form := sheetForm(t, p, sheet)
			p = r.post(at+verb, with(form, pairs...))
			if p.status != http.StatusOK || p.path != at || p.Find(".note.good[role=status]").Length() != 1 {
				t.Fatalf("%s: %d at %s: %s", verb, p.status, p.path, p.Find(".errors").Text())
			}
			return p
		}
		did("/kysy", "words", "Kuka omistaa rannan?", "public", "1")
		did("/muistio", "words", "Kysy kaavasta.")
		p := did("/keskustelu", "way", "call", "words", "Puhuttiin sirkkelistä.", "shown", "1",
			"what", "Kysy sirkkeliä", "who", "Maija", "by", "2026-12-04", "what", "", "who", "", "by", "", "next", "2026-11-27")
		if !strings.Contains(p.Find("table").Text(), "Kysy sirkkeliä") {
			t.Error("the measure is not shown")
		}
		done := p.Find("form[action*='/toimenpide/']").AttrOr("action", "")
		did(strings.TrimPrefix(done, at))
		did("/luokittele", "tags", theme, "outside", "1", "place", "Kausala")
		did("/vastuu", "owner", s.officers[office.Coordinator].ID.String())
		did("/maarapaiva", "day", "2026-12-09", "reason", "Maanomistaja selvitetään.")
		did("/muistutus", "next", "2026-11-30")
		asked := ""
		for _, b := range s.beats(s.sparkNow(code)) {
			if b.Type == story.Asked {
				asked = b.ID.String()
			}
		}
		p = did("/oikaise/"+asked, "words", "Kuka hoitaa rantaa?")
		if p.Find("#k"+asked+" a[href^='#k']").Length() != 1 {
			t.Error("the corrected beat does not point to its correction")
		}
		did("/sulje", "state", "resting", "reason", "Rantaan ei saa lupaa.", "would", "Uusi kaava.")
		did("/avaa", "reason", "Kaava vaihtui.")
		sp := s.sparkNow(code)
		if !sp.Open || !sp.Outside || sp.Owner != s.officers[office.Coordinator].ID || sp.Place == "" || len(sp.Tags) != 1 || sp.Tags[0].String() != theme {
			t.Errorf("%+v", sp)
		}
		var types []story.Type
		for _, b := range s.beats(sp) {
			types = append(types, b.Type)
		}
		want := []story.Type{story.Dropped, story.Asked, story.Noted, story.Talked, story.Tagged, story.Placed, story.Assigned, story.DueMoved, story.Corrected, story.Closed, story.Reopened}
		if !slices.Equal(types, want) {
			t.Errorf("the story is %v", types)
		}
		for l, prefix := range inLanguages() {
			whole(t, "a full story", r.get(prefix+at), l)
		}
		// A new private link is shown once, opens the bringer's page and is nowhere else.
		p = r.post(at+"/linkki", nil)
		link := p.Find("#linkki").Text()
		if i := strings.Index(link, "/oma/"); i < 0 || s.visitor().get(link[i:]).status != http.StatusOK {
			t.Errorf("the link %q opens nothing", link)
		}
		if p.header.Get("Referrer-Policy") != "no-referrer" || strings.Contains(r.get(at).body, link) {
			t.Error("the private link gets about")
		}
	})
}

func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		code := s.drop(spark.Draft{Text: "Laituri.", Language: "fi"}).Spark.Code
		at := "/toimisto/kipina/" + code
		r := s.officer(office.Planner)
		hostile := "<script>alert(1)</script>\u202e\"'"
		for verb, c := range map[string]struct {
			form  url.Values
			field string // the id that must be marked wrong
			kept  string
		}{
			"/vastaa":     {with(url.Values{}, "words", strings.Repeat("ä", 5001)), "vastaa-words", strings.Repeat("ä", 5001)},
			"/kysy":       {with(url.Values{}, "words", " "), "kysy-words", ""},
			"/keskustelu": {with(url.Values{}, "way", "lennätin", "words", hostile, "what", hostile, "who", "Maija", "by", "", "next", ""), "keskustelu-way", hostile},
			"/maarapaiva": {with(url.Values{}, "day", "2026-12-06", "reason", hostile), "maarapaiva-day", hostile}, // Independence Day, a Sunday
			"/muistutus":  {with(url.Values{}, "next", "huomenna"), "muistutus-next", "huomenna"},
			"/sulje":      {with(url.Values{}, "state", "resting", "reason", hostile), "sulje-would", hostile},
			"/vastuu":     {with(url.Values{}, "owner", s.officers[office.Viewer].ID.String()), "vastuu-owner", ""},
			"/luokittele": {with(url.Values{}, "place", hostile), "luokittele-place", hostile},
		} {
			p := r.post(at+verb, c.form)
			if p.status != http.StatusUnprocessableEntity || p.Find("#"+c.field).AttrOr("aria-invalid", "") != "true" && p.Find("#"+c.field+"-error").Length() != 1 {
				t.Errorf("%s: %d, errors %q", verb, p.status, p.Find(".errors").Text())
				continue
			}
			if p.Find(".errors a[href='#"+c.field+"']").Length() != 1 {
				t.Errorf("%s: the summary does not lead to #%s", verb, c.field)
			}
			found := c.kept == ""
			p.Find("textarea, input").Each(func(_ int, n *goquery.Selection) {
				found = found || strings.TrimPrefix(n.Text(), "\n") == c.kept || n.AttrOr("value", "") == c.kept
			})
			if !found {
				t.Errorf("%s: what was typed is lost", verb)
			}
			if p.Find("main script").Length() != 0 {
				t.Errorf("%s: typed text became markup", verb)
			}
		}
		if n := len(s.beats(s.sparkNow(code))); n != 1 {
			t.Errorf("a refused form left %d beats", n)
		}
		// More than the bound is refused before it is read.
		if p := r.post(at+"/vastaa", with(url.Values{}, "words", strings.Repeat("a", 10<<20))); p.status != http.StatusRequestEntityTooLarge {
			t.Errorf("10 MB gave %d", p.status)
		}
	})
}

// Two officers on one spark: the second keeps their words and sees what changed.
func TestTheSecondOfTwoOfficersSeesWhatChanged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		code := s.drop(spark.Draft{Text: "Laituri.", Language: "fi"}).Spark.Code
		at := "/toimisto/kipina/" + code
		olli, kaisa := s.officer(office.Manager), s.officer(office.Planner)
		seen := kaisa.get(at)
		if p := olli.post(at+"/vastaa", with(sheetForm(t, olli.get(at), "/vastaa"), "words", "Ollin vastaus.")); p.status != http.StatusOK {
			t.Fatalf("%d", p.status)
		}
		p := kaisa.post(at+"/vastaa", with(sheetForm(t, seen, "/vastaa"), "words", "Kaisan vastaus."))
		if p.status != http.StatusConflict || strings.TrimPrefix(p.Find("#vastaa-words").Text(), "\n") != "Kaisan vastaus." {
			t.Fatalf("%d, kept %q", p.status, p.Find("#vastaa-words").Text())
		}
		if changed := p.Find(".note.warn").Text(); !strings.Contains(changed, "Ollin vastaus.") {
			t.Errorf("what changed: %q", changed)
		}
		// Sent again from this page it goes.
		if p = kaisa.post(at+"/vastaa", with(sheetForm(t, p, "/vastaa"), "words", "Kaisan vastaus.")); p.status != http.StatusOK {
			t.Errorf("%d", p.status)
		}
	})
}

func TestATemplateFillsTheAnswerAndKeepsNamesAndLinksOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		for _, tp := range []office.Template{{ID: "first", Language: "fi", For: "first", Name: "Kiitos", Body: "Hei {name}, {title} {link} {person} {officer}"}, {ID: "first", Language: "sv", For: "first", Name: "Tack", Body: "Hej {name}, {officer}"}} {
			if err := s.parts.Office.PutTemplate(ctx, "kouvola", tp); err != nil {
				t.Fatal(err)
			}
		}
		r := s.officer(office.Planner)
		words := func(d spark.Draft) (string, page) {
			t.Helper()
			p := r.get("/toimisto/kipina/" + s.drop(d).Spark.Code + "?malli=first")
			return strings.TrimPrefix(p.Find("#vastaa-words").Text(), "\n"), p
		}
		got, p := words(spark.Draft{Text: "Laituri. Talkoot.", Name: "Maija Esimerkki", Language: "fi"})
		if got != "Hei Maija Esimerkki, Laituri linkki on viestissä {person} Kaisa Esimerkki" || p.Find("#malli option[selected]").AttrOr("value", "") != "first" {
			t.Errorf("%q", got)
		}
		if got, _ = words(spark.Draft{Text: "En brygga.", Name: "Maj", Language: "sv"}); got != "Hej Maj, Kaisa Esimerkki" {
			t.Errorf("%q", got)
		}
		got, p = words(spark.Draft{Text: "Salainen laituri.", Name: "Maija Esimerkki", Language: "fi", Visibility: spark.Unnamed})
		if strings.Contains(got, "Maija") || strings.Contains(got, "/oma/") {
			t.Errorf("the name or a link slipped into %q", got)
		}
		// And typed by hand into a public answer the name is refused, bent as it is.
		at := strings.TrimSuffix(p.path, "/")
		form := with(sheetForm(t, p, "/vastaa"), "words", "Kiitos Maijalle!", "public", "1")
		if p = r.post(at+"/vastaa", form); p.status != http.StatusUnprocessableEntity {
			t.Errorf("the name of an unnamed bringer went public: %d", p.status)
		}
		form.Del("public")
		if p = r.post(at+"/vastaa", form); p.status != http.StatusOK {
			t.Errorf("to the bringer alone: %d %s", p.status, p.Find(".errors").Text())
		}
	})
}

func TestEnteringOnSomebodysBehalf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.officer(office.Coordinator)
		p := r.get("/toimisto/uusi")
		once := p.Find("input[name=once]").AttrOr("value", "")
		form := url.Values{"once": {once}, "source": {"phone"}, "text": {"Bussipysäkki koululle."}, "language": {"fi"}, "visibility": {"unnamed"}, "phone": {"040 123 4567"}, "contact": {"call"}, "name": {"Pekka"}}
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set("phone", "puhelin")
		bad.Set("source", "web") // not a door of the office
		if p = r.post("/toimisto/uusi", bad); p.status != http.StatusUnprocessableEntity || strings.TrimPrefix(p.Find("#text").Text(), "\n") != "Bussipysäkki koululle." || p.Find(".errors li").Length() != 2 {
			t.Errorf("%d %s", p.status, p.Find(".errors").Text())
		}
		p = r.post("/toimisto/uusi", form)
		code, link := p.Find(".receipt .code").Text(), p.Find("#linkki").Text()
		if p.status != http.StatusOK || code == "" || !strings.Contains(link, "/oma/"+once) {
			t.Fatalf("%d %q %q", p.status, code, link)
		}
		if again := r.post("/toimisto/uusi", form); again.Find(".receipt .code").Text() != code {
			t.Error("the same form sent twice made two sparks")
		}
		sp := s.sparkNow(code)
		if sp.Source != spark.Phone || sp.EnteredBy != s.officers[office.Coordinator].ID {
			t.Errorf("%+v", sp)
		}
		if got := s.visitor().get("/oma/" + once); got.status != http.StatusOK {
			t.Errorf("the link gave %d", got.status)
		}
	})
}

func TestCallsOfTheDay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.drop(spark.Draft{Text: "Laituri.", Name: "Maija", Phone: "+358 40 123 4567", Contact: spark.Call, Language: "fi"})
		act := spark.Act{Region: "kouvola", Spark: r.Spark.ID, Officer: s.officers[office.Planner]}
		if _, err := s.parts.Sparks.Talk(context.Background(), act, spark.Talk{Way: "call", Words: "Kysyn sirkkeliä.", Measures: []spark.Measure{{What: "Sirkkeli", Who: "Maija"}}, Next: office.Today(s.clock)}); err != nil {
			t.Fatal(err)
		}
		p := s.officer(office.Planner).get("/toimisto/soitot")
		if p.Find("a[href='tel:+358401234567']").Length() != 1 || !strings.Contains(p.Find("ol.bench").Text(), "Kysyn sirkkeliä.") || !strings.Contains(p.Find("ol.bench").Text(), "Sirkkeli – Maija") {
			t.Errorf("%s", p.Find("ol.bench").Text())
		}
		s.clock.Advance(-48 * time.Hour)
		if p := s.officer(office.Coordinator).get("/toimisto/soitot"); p.Find("ol.bench").Length() != 0 {
			t.Error("a call of another day is listed")
		}
	})
}

func TestAllSparksPageByKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		want := map[string]bool{}
		for range 65 {
			want[s.drop(spark.Draft{Text: "Kipinä.", Language: "fi"}).Spark.Code] = true
		}
		r := s.officer(office.Viewer)
		at, pages := "/toimisto/kipinat", 0
		for at != "" && pages < 5 {
			p := r.get(at)
			p.Find(".bench .code").Each(func(_ int, n *goquery.Selection) {
				if !want[n.Text()] {
					t.Errorf("%s twice or unknown", n.Text())
				}
				delete(want, n.Text())
			})
			at = p.Find("a[rel=next]").AttrOr("href", "")
			pages++
		}
		if len(want) != 0 || pages != 3 {
			t.Errorf("%d sparks on no page, %d pages", len(want), pages)
		}
		if p := r.get("/toimisto/kipinat?sivu=roskaa"); p.status != http.StatusUnprocessableEntity {
			t.Errorf("a bad cursor gave %d", p.status)
		}
	})
}
