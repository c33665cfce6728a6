package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/style"
)

const textsAt = settings + "/tekstit"

func TestTextsAreSaidInTheOfficesOwnWords(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.officer(office.Planner)
		save := func(id, lang, words string) page {
			return r.post(textsAt+"/"+id, url.Values{"language": {lang}, "words": {words}, "do": {"save"}})
		}
		if p := save("question", "fi", "Syttyisikö sinun ideasi?"); p.status != http.StatusOK || p.path != textsAt+"/question" || !strings.Contains(p.Find(".note.good").Text(), "Pääkysymys") {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		front, swedish := s.visitor().get("/"), s.visitor().get("/sv/")
		if front.Find("h1").Text() != "Syttyisikö sinun ideasi?" || !strings.Contains(front.Find("title").Text(), "Syttyisikö sinun ideasi?") {
			t.Errorf("the front page asks %q", front.Find("h1").Text())
		}
		if swedish.Find("h1").Text() != s.edition.Call.Question.In("sv") {
			t.Errorf("in Swedish it asks %q", swedish.Find("h1").Text())
		}
		// A text of the house, with a placeholder.
		if p := save("next-batch", "fi", "Kokoonnumme {day}."); p.status != http.StatusOK {
			t.Fatalf("%s", p.Find(".errors").Text())
		}
		own := s.drop(spark.Draft{Text: "Kokeillaan.", Email: "maija@kylla.example", Language: "fi"})
		if text := squeezed(s.visitor().get("/oma/" + own.Link + "/kiitos").Find("main").Text()); !strings.Contains(text, "Kokoonnumme ") || strings.Contains(text, "{day}") {
			t.Errorf("the receipt says %s", text)
		}
		// The end of letters, in the letters.
		if p := save("letter-foot", "fi", "Linkkisi: {link}\n\nTerveisin {office} ({region})"); p.status != http.StatusOK {
			t.Fatalf("%s", p.Find(".errors").Text())
		}
		other := s.drop(spark.Draft{Text: "Toinen.", Email: "pekka@kylla.example", Language: "fi"})
		if err := s.parts.Jobs.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		found := false
		all, err := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 20)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range all {
			if l.Spark == other.Spark.ID && l.To == "pekka@kylla.example" {
				found = true
				if !strings.Contains(l.Text, "Linkkisi: https://kokko.kouvola.example/oma/") || !strings.Contains(l.Text, "Terveisin ") || strings.Contains(l.Text, "Älä anna linkkiä muille") {
					t.Errorf("the letter says %s", l.Text)
				}
			}
		}
		if !found {
			t.Error("no letter")
		}
		// Plain Finnish is its own set of words.
		if p := save("question", "selko", "Syttyykö ideasi?"); p.status != http.StatusOK || !strings.Contains(p.Find("#words-hint").Text(), "15 sanaa") {
			t.Fatalf("%s", p.Find(".errors").Text())
		}
		if got := s.visitor().get("/selko/").Find("h1").Text(); got != "Syttyykö ideasi?" || s.visitor().get("/").Find("h1").Text() != "Syttyisikö sinun ideasi?" {
			t.Errorf("in plain Finnish it asks %q", got)
		}
		// The matrix tells which are the office's own.
		p := r.get(textsAt)
		if n := p.Find("table a b").Length(); n < 3 {
			t.Errorf("%d own texts are marked", n)
		}
		// The default comes back, and the page with it.
		if p := r.post(textsAt+"/question", url.Values{"language": {"fi"}, "do": {"reset"}}); p.status != http.StatusOK || p.Find("button[value=reset]").Length() != 0 {
			t.Errorf("%d", p.status)
		}
		if got := s.visitor().get("/").Find("h1").Text(); got != s.edition.Call.Question.In("fi") {
			t.Errorf("after the reset it asks %q", got)
		}
	})
}

func TestWordsThatCannotBeAreRefusedByName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.officer(office.Planner)
		for words, want := range map[string]string{
			"Kokoonnumme pian.":             "Tekstistä puuttuu {day}",
			"Kokoonnumme {day} klo {aika}.": "Tekstissä on {aika}, jota ei tunneta",
			"":                              "",
			"Kokoonnumme {day} " + strings.Repeat("x", 300): "",
		} {
			p := r.post(textsAt+"/next-batch", url.Values{"language": {"fi"}, "words": {words}})
			if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.Find(".errors").Text(), want) || p.Find("#words").AttrOr("aria-invalid", "") != "true" || strings.TrimPrefix(p.Find("#words").Text(), "\n") != words {
				t.Errorf("%q: %d %s", words, p.status, squeezed(p.Find(".errors").Text()))
			}
		}
		if _, kept := s.style().Of("next-batch", "fi"); kept {
			t.Error("a refused text was kept")
		}
		for path, form := range map[string]url.Values{"/ei-ole": {"language": {"fi"}, "words": {"x"}}, "/slogan.kouvola": {"language": {"fi"}, "words": {"x"}}} {
			if p := r.post(textsAt+path, form); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, p.status)
			}
		}
		if p := r.post(textsAt+"/question", url.Values{"language": {"xx"}, "words": {"x"}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("an unknown language: %d", p.status)
		}
		if p := s.officer(office.Coordinator).post(textsAt+"/question", url.Values{"language": {"fi"}, "words": {"x"}}); p.status != http.StatusForbidden {
			t.Errorf("a coordinator: %d", p.status)
		}
		// What is typed is words, whatever signs it has.
		if p := r.post(textsAt+"/question", url.Values{"language": {"fi"}, "words": {`<b>"&{`}}); p.status != http.StatusOK || s.visitor().get("/").Find("h1").Text() != `<b>"&{` || s.visitor().get("/").Find("h1 b").Length() != 0 {
			t.Errorf("%d, %q", p.status, s.visitor().get("/").Find("h1").Text())
		}
	})
}

// style is the region's own style as it is kept.
func (s *site) style() style.Style {
	s.t.Helper()
	st, err := s.parts.Styles.Current(context.Background(), "kouvola")
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

func TestAPreviewShowsAndKeepsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.officer(office.Planner)
		for _, slot := range style.Slots() {
			for _, l := range i18n.Sets() {
				at := textsAt + "/" + slot.ID + "?kieli=" + string(l)
				p := r.get(at)
				words := strings.TrimPrefix(p.Find("#words").Text(), "\n")
				if p.status != http.StatusOK || words == "" || p.Find("main h1").Length() != 1 {
					t.Fatalf("%s: %d %q", at, p.status, words)
				}
				p = r.post(textsAt+"/"+slot.ID, url.Values{"language": {string(l)}, "words": {words}, "do": {"preview"}})
				shown := p.Find("section[aria-labelledby=nain]").Text()
				if p.status != http.StatusOK || shown == "" || strings.ContainsAny(shown, "{}⟦") || strings.TrimPrefix(p.Find("#words").Text(), "\n") != words {
					t.Errorf("%s: %d %q", at, p.status, shown)
				}
			}
		}
		if s.style().Stamp() != "" {
			t.Error("a preview was kept")
		}
	})
}

func TestAChangedDefaultIsTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		r := s.officer(office.Manager)
		r.post(textsAt+"/question", url.Values{"language": {"fi"}, "words": {"Syttyisikö?"}})
		if p := r.get(textsAt); p.Find(".tag").Length() != 0 {
			t.Error("told of a change before there was any")
		}
		source, err := s.parts.Programmes.Source(ctx, "kouvola", s.edition.Version.ID)
		if err != nil {
			t.Fatal(err)
		}
		asked := s.edition.Call.Question.In("fi")
		if _, err := s.parts.Programmes.Publish(ctx, "kouvola.yaml", []byte(strings.ReplaceAll(source, asked, "Palaisiko ideasi?")), "", "", nil); err != nil {
			t.Fatal(err)
		}
		if p := r.get(textsAt); !strings.Contains(p.Find(".tag").Text(), "oletus on muuttunut") {
			t.Error("the matrix does not tell")
		}
		if p := r.get(textsAt + "/question"); p.Find(".note.warn").Length() != 1 || !strings.Contains(p.Find("section[aria-labelledby=oletus]").Text(), "Palaisiko ideasi?") {
			t.Error("the text's page does not tell")
		}
		if got := s.visitor().get("/").Find("h1").Text(); got != "Syttyisikö?" {
			t.Errorf("a new version took the office's words away: %q", got)
		}
	})
}

func TestTheMatrixTellsWhichTemplatesLackALanguage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		for _, x := range []office.Template{{ID: "a", Language: "fi", For: "first", Name: "Kiitos", Body: "Hei"}, {ID: "a", Language: "sv", For: "first", Name: "Tack", Body: "Hej"}, {ID: "a", Language: "en", For: "first", Name: "Thanks", Body: "Hi"},
			{ID: "b", Language: "sv", For: "more", Name: "Fråga", Body: "Hej", Place: 1}} {
			if err := s.parts.Office.PutTemplate(ctx, "kouvola", x); err != nil {
				t.Fatal(err)
			}
		}
		p := s.officer(office.Viewer).get(textsAt)
		text := squeezed(p.Find("main").Text())
		if !strings.Contains(text, "Yksi pohja puuttuu suomeksi.") || !strings.Contains(text, "Yksi pohja puuttuu englanniksi.") || strings.Contains(text, "ruotsiksi.") {
			t.Errorf("%s", text)
		}
		cells := p.Find("div[aria-labelledby=pohjat] tbody tr")
		if cells.Length() != 2 || cells.Eq(1).Find("td a b").Length() != 2 || cells.Eq(0).Find("td a b").Length() != 0 {
			t.Errorf("%d rows", cells.Length())
		}
		if p := s.officer(office.Planner).get(cells.Eq(1).Find("td a").Eq(0).AttrOr("href", "")); p.status != http.StatusOK || p.Find("#name").AttrOr("value", "-") != "" {
			t.Errorf("the gap does not lead to an empty form: %d", p.status)
		}
	})
}

func TestAClosedWeekIsToldBeforeAnybodyWrites(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		told := func(path string) string { return squeezed(s.visitor().get(path).Find(".note.warn").Text()) }
		today := office.Today(s.clock)
		if told("/") != "" || told("/kipina") != "" {
			t.Error("told before there is any")
		}
		if err := s.parts.Office.CloseFor(context.Background(), "kouvola", office.Closure{Span: workday.Span{From: today + 15, To: today + 20}, Reason: "Joululoma"}); err != nil {
			t.Fatal(err)
		}
		if told("/") != "" {
			t.Error("told of three weeks ahead")
		}
		s.clock.Advance(24 * time.Hour)
		own := s.drop(spark.Draft{Text: "Ennen lomaa.", Language: "fi"})
		for _, path := range []string{"/", "/kipina", "/oma/" + own.Link + "/kiitos"} {
			if got := told(path); !strings.Contains(got, "Toimisto on kiinni 8.12.2026 – 13.12.2026: Joululoma.") {
				t.Errorf("%s: %q", path, got)
			}
		}
		if got := told("/sv/"); !strings.Contains(got, "Kontoret är stängt") {
			t.Errorf("%q", got)
		}
		s.clock.Advance(20 * 24 * time.Hour)
		if told("/") != "" {
			t.Error("told of what is over")
		}
	})
}
