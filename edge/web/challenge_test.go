package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/region/office"
)

// question is the words of a test's question in Finnish and Swedish, not in English.
func question() challenge.Draft {
	return challenge.Draft{Themes: []string{"glocal"}, Texts: map[string]challenge.Text{
		"fi": {Title: "Lähiruoka liikkeelle", Question: "Miten lähiruoka kulkee tuottajalta syöjälle?", Background: "Haemme uusia tapoja.", Criteria: []string{"Toimii kylissä", "Hyödyttää montaa"}},
		"sv": {Title: "Närmat på väg", Question: "Hur når närmaten ätaren?", Background: "Vi söker nya sätt.", Criteria: []string{"Fungerar i byar", "Gagnar flera"}},
	}}
}

// ask opens a question from today for some days; 0 leaves it a draft without days.
func (s *site) ask(days int) challenge.Challenge {
	s.t.Helper()
	d := question()
	if days > 0 {
		d.Opens, d.Closes = office.Today(s.clock), office.Today(s.clock).Add(days)
	}
	c, err := s.parts.Challenges.Make(context.Background(), "kouvola", s.edition, d)
	if err == nil && days > 0 {
		c, err = s.parts.Challenges.Publish(context.Background(), challenge.Act{Region: "kouvola", Challenge: c.ID})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// asks is ask on a stage, from a day on.
func (s *stage) asks(t testing.TB, from, days int) challenge.Challenge {
	t.Helper()
	d := question()
	if days > 0 {
		d.Opens = office.Today(s.clock).Add(from)
		d.Closes = d.Opens.Add(days)
	}
	c, err := s.parts.Challenges.Make(context.Background(), "kouvola", s.edition, d)
	must(t, err)
	if days > 0 {
		c, err = s.parts.Challenges.Publish(context.Background(), challenge.Act{Region: "kouvola", Challenge: c.ID})
		must(t, err)
	}
	return c
}

// A question goes from the office's form to everybody and to what came of it.
func TestAQuestionsWholeLife(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		o, anyone := s.officer(office.Planner), s.visitor()
		p := o.get("/toimisto/kysymykset")
		if p.Find(`a[href="/toimisto/kysymykset/uusi?ohjelma=distribution"]`).Length() != 1 {
			t.Error("the programme's questions are not offered")
		}
		p = o.get("/toimisto/kysymykset/uusi?ohjelma=distribution")
		form := fields(p, "main form[action='/toimisto/kysymykset']")
		if form.Get("title.fi") != "Uusia ratkaisuja lähiruoan jakeluun" || form.Get("criteria.sv") == "" || form.Get("opens") != "2026-11-23" || form.Get("themes") != "glocal" {
			t.Fatalf("the form begins from %v", form)
		}
		form.Set("closes", "2026-10-01")
		if p = o.post("/toimisto/kysymykset", form); p.status != http.StatusUnprocessableEntity || p.Find("#closes-error").Length() != 1 || p.Find(`[name="title.fi"]`).AttrOr("value", "") == "" {
			t.Fatalf("%d: backwards days", p.status)
		}
		form.Set("closes", "2026-12-31")
		p = o.post("/toimisto/kysymykset", form)
		at := p.path
		if p.status != 200 || !strings.HasPrefix(at, "/toimisto/kysymykset/") {
			t.Fatalf("%d %s", p.status, p.path)
		}
		id := strings.TrimPrefix(at, "/toimisto/kysymykset/")
		public := "/kysymys/" + id
		if got := anyone.get(public).status; got != http.StatusNotFound {
			t.Errorf("a draft is shown: %d", got)
		}
		if strings.Contains(anyone.get("/kysymykset").body, "jakeluun") || strings.Contains(anyone.get("/").body, "jakeluun") {
			t.Error("a draft is listed")
		}
		if p = o.post(at+"/julkaise", fields(p, "form[action='"+at+"/julkaise']")); p.status != 200 || !strings.Contains(p.body, `href="`+public+`"`) {
			t.Fatalf("published: %d", p.status)
		}
		for path, want := range map[string]string{"/": "Uusia ratkaisuja lähiruoan jakeluun", "/kysymykset": "Aikaa on 38 päivää. Vastaa viimeistään torstaina 31.12.", public: "Toimii myös kylissä"} {
			if path == public {
				want = "Se toimii myös kylissä."
			}
			if !strings.Contains(anyone.get(path).body, want) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
		sv := anyone.get("/sv" + public)
		if !strings.Contains(sv.Find("h1").Text(), "närmat") || sv.Find("main .note").Length() != 0 {
			t.Error("in Swedish: " + sv.Find("h1").Text())
		}

		// It leads to the form with the question chosen, and the spark answers it.
		p = anyone.get(anyone.get(public).Find("#take-part").Parent().Find("a.button").AttrOr("href", ""))
		if got := p.Find("#challenge option[selected]").AttrOr("value", ""); got != id || !strings.Contains(p.Find("#answering").Parent().Text(), "Uusia ratkaisuja") {
			t.Fatalf("chosen %q", got)
		}
		sent := fields(p, "main form")
		sent.Set("text", "Yhteinen kylmäkuljetus torstaisin.")
		receipt := anyone.post("/kipina", sent)
		if receipt.status != 200 || receipt.Find(`a[href="`+public+`"]`).Length() != 1 {
			t.Fatalf("the receipt names no question: %d", receipt.status)
		}
		code := receipt.Find(".receipt .code").Text()
		for _, path := range []string{"/kipina/" + code, strings.TrimSuffix(receipt.path, "/kiitos")} {
			if anyone.get(path).Find(`main a[href="`+public+`"]`).Length() != 1 {
				t.Errorf("%s names no question", path)
			}
		}
		if o.get("/toimisto/kipina/"+code).Find(`aside a[href="`+at+`"]`).Length() != 1 {
			t.Error("the office's page names no question")
		}
		p = anyone.get(public)
		if p.Find(".sparks li").Length() != 1 || !strings.Contains(p.body, "1 kipinä vastaa") {
			t.Errorf("%d answers listed", p.Find(".sparks li").Length())
		}
		anyone.post("/kipina", url.Values{"text": {"Aivan muuta."}})
		if n := anyone.get(public).Find(".sparks li").Length(); n != 1 {
			t.Errorf("%d answers: a spark of another subject is among them", n)
		}

		// The office closes it and tells what came of it.
		p = o.get(at)
		end := fields(p, "form[action='"+at+"/sulje']")
		if p = o.post(at+"/sulje", end); p.status != http.StatusUnprocessableEntity || p.Find(`[id="outcome.fi-error"]`).Length() != 1 {
			t.Fatalf("closed without a word: %d", p.status)
		}
		end.Set("outcome.fi", "Kokeilemme yhteistä kuljetusta Elimäellä.")
		end.Set("taken", p.Find("#taken input[type=checkbox]").AttrOr("value", ""))
		if p = o.post(at+"/sulje", end); p.status != 200 {
			t.Fatalf("closed: %d %s", p.status, p.Find(".errors").Text())
		}
		p = anyone.get(public)
		if outcome := p.Find("#outcome").Parent(); !strings.Contains(outcome.Text(), "Kokeilemme yhteistä kuljetusta") || outcome.Find(`a[href="/kipina/`+code+`"]`).Length() != 1 {
			t.Error("what came of it: " + outcome.Text())
		}
		en := anyone.get("/en" + public)
		if en.Find("#outcome").Parent().Find(`.prose[lang=fi]`).Length() != 1 {
			t.Error("the outcome is in Finnish, and the English page does not mark it so")
		}
		if p = anyone.get("/kysymykset"); p.Find("#past").Parent().Find("li").Length() != 1 || p.Find("#open").Parent().Find("li").Length() != 0 {
			t.Error("the list keeps it open")
		}
		if p = o.post(at, url.Values{"title.fi": {"Toinen"}}); p.status != http.StatusConflict {
			t.Errorf("a closed question was changed: %d", p.status)
		}
	})
}

// The day after the last one a question is over, and waits for what came of it.
func TestAQuestionWhoseDaysHavePassed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		c, anyone, o := s.ask(2), s.visitor(), s.officer(office.Planner)
		waits := func() int { return o.get("/toimisto").Find("#kysymykset").Parent().Find("li").Length() }
		if waits() != 0 {
			t.Error("an open question waits to be summed up")
		}
		public := "/kysymys/" + c.ID.String()
		s.clock.Advance(2 * 24 * time.Hour)
		if p := anyone.get(public); !strings.Contains(p.body, "Viimeinen päivä on tänään") || p.Find(`a[href="/kipina?kysymys=`+c.ID.String()+`"]`).Length() != 1 {
			t.Error("on its last day it is not open")
		}
		s.clock.Advance(24 * time.Hour)
		if p := anyone.get(public); !strings.Contains(p.body, "Vastausaika on päättynyt") || p.Find(`a[href^="/kipina?kysymys="]`).Length() != 0 {
			t.Error("over, and it does not say so")
		}
		if p := anyone.get("/"); p.Find("#questions").Length() != 0 {
			t.Error("the front page asks what is over")
		}
		o = s.officer(office.Planner)
		if waits() != 1 || s.officer(office.Viewer).get("/toimisto").Find("#kysymykset").Length() != 0 {
			t.Errorf("%d questions wait to be summed up on the work list", waits())
		}
		if p := anyone.get("/kysymykset"); p.Find("#past").Parent().Find("li").Length() != 1 || p.Find("#open").Parent().Find("li").Length() != 0 {
			t.Error("the list keeps it open")
		}
	})
}

// fields is what a form would send as it stands.
func fields(p page, form string) url.Values {
	out := url.Values{}
	f := p.Find(form).First()
	for _, n := range f.Find("input, textarea, select").Nodes {
		s := f.FindNodes(n)
		name, _ := s.Attr("name")
		_, checked := s.Attr("checked")
		switch kind := s.AttrOr("type", ""); {
		case name == "" || (kind == "radio" || kind == "checkbox") && !checked:
		case n.Data == "textarea":
			out.Add(name, s.Text())
		case n.Data == "select":
			out.Add(name, s.Find("option[selected]").AttrOr("value", ""))
		default:
			out.Add(name, s.AttrOr("value", ""))
		}
	}
	return out
}

// A page in a language the question is not said in tells so and marks the words.
func TestAQuestionWithoutATranslationSaysSo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		c := s.ask(30)
		p := s.visitor().get("/en/kysymys/" + c.ID.String())
		if p.Find("h1").AttrOr("lang", "") != "fi" || !strings.Contains(p.Find("header .note").Text(), "not in English yet") || p.Find("#criteria + ul").AttrOr("lang", "") != "fi" {
			t.Error(p.Find("header").Text())
		}
		if p = s.visitor().get("/en/"); p.Find("#questions").Parent().Find(`a[lang=fi]`).Length() != 1 {
			t.Error("the front page does not mark its language")
		}
	})
}

// Who is late is told so kindly, and the spark is taken as an ordinary one.
func TestALateAnswerIsAnOrdinarySpark(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		c, r := s.ask(3), s.visitor()
		p := r.get("/kipina?kysymys=" + c.ID.String())
		form := fields(p, "main form")
		form.Set("text", "Ehdinkö vielä?")
		s.clock.Advance(4 * 24 * time.Hour)

		// A form opened now says so before anything is written.
		late := r.get("/kipina?kysymys=" + c.ID.String())
		if !strings.Contains(late.Find("#answering").Parent().Text(), "tavallisena kipinänä") || late.Find("#challenge").Length() != 0 {
			t.Error("the form does not say that the question is over")
		}
		// One opened in time and sent late is taken.
		p = r.post("/kipina", form)
		if p.status != 200 || !strings.HasSuffix(p.path, "/kiitos") || p.Find("#missed").Length() != 1 {
			t.Fatalf("%d %s", p.status, p.path)
		}
		sp, err := spark.ByCode(context.Background(), s.db, "kouvola", p.Find(".receipt .code").Text())
		if err != nil || sp.Challenge != 0 || sp.Text != "Ehdinkö vielä?" {
			t.Errorf("%v %+v", err, sp)
		}
		// Sent again it is the same spark.
		if again := r.post("/kipina", form); again.Find(".receipt .code").Text() != sp.Code {
			t.Error("sent twice, it became two")
		}
		// A question of nobody's, or a draft, is no question, and no reason to fail.
		for _, id := range []string{"12345", "x", s.ask(0).ID.String()} {
			if p := r.get("/kipina?kysymys=" + id); p.status != 200 || p.Find("#answering").Length() != 0 {
				t.Errorf("?kysymys=%s: %d", id, p.status)
			}
			if p := r.post("/kipina", url.Values{"text": {"Kipinä " + id}, "challenge": {id}}); p.status != 200 || p.Find("#missed").Length() != 0 {
				t.Errorf("challenge=%s: %d", id, p.status)
			}
		}
	})
}

// The office ties a spark to a question and frees it; the story tells both, and
// who may not write is not offered it.
func TestTheOfficeTiesASparkToAQuestion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		c, o := s.ask(3), s.officer(office.Coordinator)
		sp := s.drop(spark.Draft{Text: "Ruokarinki kylille.", Language: "fi"}).Spark
		at := "/toimisto/kipina/" + sp.Code
		tie := func(id string) page {
			form := fields(o.get(at), "form[action='"+at+"/kysymys']")
			form.Set("challenge", id)
			return o.post(at+"/kysymys", form)
		}
		if p := tie(c.ID.String()); p.status != 200 || !strings.Contains(p.Find(".story").Text(), "liitti kipinän kysymykseen ”Lähiruoka liikkeelle”") {
			t.Fatalf("%d %s", p.status, p.Find(".story").Text())
		}
		public := s.visitor().get("/kipina/" + sp.Code)
		if !strings.Contains(public.Find(".story").Text(), "Sari Esimerkki liitti kipinän kysymykseen") || public.Find(`header a[href="/kysymys/`+c.ID.String()+`"]`).Length() != 1 {
			t.Error("the public story does not tell of it")
		}
		if p := tie(s.ask(0).ID.String()); p.status != http.StatusUnprocessableEntity {
			t.Errorf("tied to a draft: %d", p.status)
		}
		if p := tie(""); p.status != 200 || !strings.Contains(p.Find(".story").Text(), "irrotti kipinän kysymyksestä ”Lähiruoka liikkeelle”") {
			t.Errorf("%d %s", p.status, p.Find(".story").Text())
		}
		if n := s.visitor().get("/kysymys/" + c.ID.String()).Find(".sparks li").Length(); n != 0 {
			t.Errorf("%d answers", n)
		}
		viewer := s.officer(office.Viewer).get(at)
		if viewer.Find("form[action='"+at+"/kysymys']").Length() != 0 {
			t.Error("a viewer is offered the form")
		}
		for _, role := range []office.Role{office.Viewer, office.Coordinator} {
			p := s.officer(role).get("/toimisto/kysymykset/" + c.ID.String())
			if p.status != 200 || p.Find("main form").Length() != 0 || !strings.Contains(p.body, "Hyödyttää montaa") {
				t.Errorf("%s: %d, %d forms", role, p.status, p.Find("main form").Length())
			}
		}
	})
}

// What an officer of a spark page sees never names a hidden spark to the public:
// a question's page lists the listed ones only, page by page.
func TestAQuestionsAnswersComeInPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		c := s.ask(3)
		hidden := s.drop(spark.Draft{Text: "Salainen vastaus.", Visibility: spark.Office, Language: "fi", Challenge: c.ID})
		for range 23 {
			s.drop(spark.Draft{Text: "Vastaus kysymykseen.", Language: "fi", Challenge: c.ID})
		}
		seen := map[string]bool{}
		path := "/kysymys/" + c.ID.String()
		for range 3 {
			p := s.visitor().get(path)
			for _, n := range p.Find(".sparks a").Nodes {
				seen[p.FindNodes(n).AttrOr("href", "")] = true
			}
			next, ok := p.Find(`.pager a[rel=next]`).Attr("href")
			if !ok {
				break
			}
			path, _, _ = strings.Cut(next, "#")
		}
		if len(seen) != 23 || seen["/kipina/"+hidden.Spark.Code] {
			t.Errorf("%d answers on the pages", len(seen))
		}
		if p := s.officer(office.Viewer).get("/toimisto/kysymykset/" + c.ID.String()); p.Find("#vastaukset").Parent().Find("li").Length() != 24 {
			t.Errorf("the office sees %d", p.Find("#vastaukset").Parent().Find("li").Length())
		}
		if got := s.visitor().get("/kysymys/" + c.ID.String() + "?sivu=x").status; got != http.StatusUnprocessableEntity {
			t.Errorf("a wrong cursor gives %d", got)
		}
	})
}
