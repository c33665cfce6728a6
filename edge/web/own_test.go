package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"kokko/edge/web"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

func TestTheReceiptPromises(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		d := r.drop("email", "Maija@Example.fi")
		for _, lang := range tongues {
			p := r.get(lang + d.own + "/kiitos")
			p.whole(t, "receipt "+lang)
			text := p.Find("main").Text()
			for _, want := range []string{d.code, "Kaisa Esimerkki", "000 000 0000", "maija@example.fi", s.edition.Call.NotGrant.In(langOf(lang))} {
				if !strings.Contains(text, want) {
					t.Errorf("%q lacks %q", lang, want)
				}
			}
			if p.Find("[data-draft-clear=spark]").Length() != 1 {
				t.Errorf("%q: the draft is not forgotten", lang)
			}
			link := p.Find("#own-link")
			if link.AttrOr("href", "") != link.Text() || !strings.HasPrefix(link.Text(), s.url+lang+"/oma/") {
				t.Errorf("%q: the link is not written out: %q", lang, link.Text())
			}
			// As typed from paper: small letters, dashes where the eye put them.
			typed := strings.ToLower(strings.TrimPrefix(link.Text(), s.url))
			if own := r.get(typed); own.status != http.StatusOK || !strings.Contains(own.Find("main").Text(), d.code) {
				t.Errorf("%q: %s gave %d", lang, typed, own.status)
			}
		}
		text := r.get(d.own + "/kiitos").Find("main").Text()
		for _, want := range []string{"Vastaus viimeistään maanantaina 7.12.", "tiistaina 1.12.", "toinen ihminen", "tekijä", "paikka"} {
			if !strings.Contains(text, want) {
				t.Errorf("the receipt lacks %q", want)
			}
		}
		bare := r.drop("text", "Ilman sähköpostia.")
		if text := r.get(bare.own + "/kiitos").Find("section[aria-labelledby=keep]").Text(); !strings.Contains(text, "vain tällä sivulla") {
			t.Errorf("without an address: %s", text)
		}
	})
}

func TestTheBringerAnswersTheOffice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r := context.Background(), s.visitor()
		d := r.drop("name", "Maija Esimerkki")
		s.must(s.parts.Sparks.Ask(ctx, s.act(d.code), "Mihin aikaan sopii?", false))
		for _, lang := range tongues {
			p := r.get(lang + d.own)
			p.whole(t, "own page "+lang)
			if !strings.Contains(p.Find(".answer").First().Text(), "Mihin aikaan sopii?") || p.Find("input[name=seen][value=office][checked]").Length() != 1 {
				t.Errorf("%q: the question is missing, or the reply is public unless one says otherwise", lang)
			}
		}
		if strings.Contains(s.visitor().get("/kipina/"+d.code).body, "Mihin aikaan") {
			t.Error("a private question is shown to everybody")
		}
		long := strings.Repeat("ä", spark.MaxWords+1)
		for _, words := range []string{"", "  \n", long} {
			p := r.post("/sv"+d.own+"/vastaus", url.Values{"words": {words}, "seen": {"public"}})
			p.whole(t, "refused reply")
			if p.status != http.StatusUnprocessableEntity || p.Find("#words").Text() != strings.TrimSpace(words) || p.Find("input[name=seen][value=public][checked]").Length() != 1 {
				t.Errorf("%d signs gave %d", len(words), p.status)
			}
		}
		for range 2 { // pressed twice
			if p := r.post(d.own+"/vastaus", url.Values{"words": {"Tiistaina\r\nkello 18."}}); p.status != http.StatusOK || p.Find("[role=status]").Text() == "" || p.path != d.own {
				t.Fatalf("%d at %s", p.status, p.path)
			}
		}
		if p := r.post(d.own+"/vastaus", url.Values{"words": {"Ja tämä kaikille."}, "seen": {"public"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		beats, _, err := story.Of(ctx, s.db, "kouvola", s.find(d.code).ID, story.InOffice, 0)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, b := range beats {
			if b.Type == story.Replied {
				said = append(said, string(b.Visibility)+": "+b.Words)
			}
		}
		if got := strings.Join(said, "|"); got != "parties: Tiistaina\nkello 18.|public: Ja tämä kaikille." {
			t.Errorf("told: %q", got)
		}
		public := s.visitor().get("/kipina/" + d.code).body
		if strings.Contains(public, "kello 18") || !strings.Contains(public, "Ja tämä kaikille.") {
			t.Error("what was for the office is public, or what was for everybody is not")
		}
		if sp := s.find(d.code); !sp.Asked.IsZero() || !sp.Waiting {
			t.Error("the office does not see that it is its turn")
		}
	})
}

func TestTheBringerEdits(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r := context.Background(), s.visitor()
		d := r.drop("text", "Alkuperäinen ajatus. Siinä oli virhe.", "place", "anjala", "kind", "idea", "themes", s.edition.Themes[0].ID)
		value := s.edition.Idea.Values[0].ID
		s.must(s.parts.Sparks.Tag(ctx, s.act(d.code), s.edition, spark.Tags{Place: "Anjala", Tags: []spark.Tag{{Kind: "theme", ID: s.edition.Themes[0].ID}, {Kind: "value", ID: value}}}))
		before := s.find(d.code)
		p := r.get("/en" + d.own + "/muokkaus")
		p.whole(t, "edit")
		form := url.Values{}
		p.Find("main form textarea").Each(func(_ int, e *selection) { form.Add(e.AttrOr("name", ""), e.Text()) })
		p.Find("main form input").Each(func(_ int, e *selection) {
			_, on := e.Attr("checked")
			if kind := e.AttrOr("type", ""); on || kind != "radio" && kind != "checkbox" {
				form.Add(e.AttrOr("name", ""), e.AttrOr("value", ""))
			}
		})
		// Saving the form as it stands changes nothing but the story.
		if p := r.post("/en"+d.own+"/muokkaus", form); p.status != http.StatusOK || p.path != "/en"+d.own {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		after := s.find(d.code)
		if after.Text != before.Text || after.Title != before.Title || after.Place != before.Place || after.PlaceName != before.PlaceName || after.Kind != before.Kind ||
			after.Visibility != before.Visibility || after.Language != "fi" || len(after.Tags) != 2 {
			t.Errorf("before %+v\nafter %+v", before, after)
		}
		form.Set("text", "Korjattu ajatus. Nyt oikein.")
		r.post(d.own+"/muokkaus", form)
		if public := s.visitor().get("/kipina/" + d.code); !strings.Contains(public.Find("h1").Text(), "Korjattu ajatus") || strings.Contains(public.body, "virhe") || !strings.Contains(public.Find(".story").Text(), "muokkasi") {
			t.Error("the edit is not shown, or not told in the story")
		}
		form.Set("text", "")
		form.Set("title", "Pidä tämä")
		p = r.post("/sv"+d.own+"/muokkaus", form)
		p.whole(t, "refused edit")
		if p.status != http.StatusUnprocessableEntity || p.Find("input[name=title]").AttrOr("value", "") != "Pidä tämä" || p.Find("input[name=place]").AttrOr("value", "") != "anjala" {
			t.Errorf("a refused edit gave %d", p.status)
		}
	})
}

func TestABringerTakesOverWhatTheOfficeWrote(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		receipt, err := s.parts.Sparks.Drop(ctx, "kouvola", spark.Programme{Promise: s.edition, Version: s.edition.Version.ID},
			spark.Draft{Text: "Kortilla jätetty ajatus.", Visibility: spark.Unnamed, Language: "fi"}, spark.By{Officer: s.officers[office.Planner].ID, Source: spark.Card})
		if err != nil {
			t.Fatal(err)
		}
		own, r := "/oma/"+receipt.Link, s.visitor()
		for _, lang := range tongues {
			p := r.get(lang + own)
			p.whole(t, "not yet owned "+lang)
			if p.Find("section[aria-labelledby=take] a").AttrOr("href", "") != lang+own+"/yhteys" {
				t.Errorf("%q: no way to take it over", lang)
			}
			p = r.get(lang + own + "/yhteys")
			p.whole(t, "contact form "+lang)
			p = r.post(lang+own+"/yhteys", url.Values{"name": {"Maija"}, "email": {"maija"}, "contact": {"call"}})
			p.whole(t, "refused contact "+lang)
			if p.status != http.StatusUnprocessableEntity || p.Find("#email").AttrOr("value", "") != "maija" || p.Find("#email").AttrOr("aria-invalid", "") != "true" || p.Find("#phone").AttrOr("aria-invalid", "") != "true" {
				t.Errorf("%q: %d", lang, p.status)
			}
		}
		if p := r.post(own+"/yhteys", url.Values{"name": {"Maija"}, "email": {"maija@example.fi"}, "contact": {"mail"}}); p.status != http.StatusOK || p.Find("section[aria-labelledby=take]").Length() != 0 {
			t.Fatalf("%d", p.status)
		}
		_, b, err := spark.Linked(ctx, s.db, "kouvola", receipt.Link)
		if err != nil || b.Owns.IsZero() || b.Email != "maija@example.fi" {
			t.Errorf("%+v, %v", b, err)
		}
		if strings.Contains(s.visitor().get("/kipina/"+receipt.Spark.Code).body, "Maija") {
			t.Error("taking over shows the name of one who is unnamed")
		}
	})
}

func TestWithdrawing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		for _, erase := range []bool{false, true} {
			d := r.drop("text", "Otan tämän pois.", "name", "Maija", "email", "maija@example.fi")
			r.post(d.own+"/vastaus", url.Values{"words": {"Jotain sanottua."}})
			for _, lang := range tongues {
				p := r.get(lang + d.own + "/poisto")
				p.whole(t, "withdraw "+lang)
				if p.Find("input[name=erase][checked]").Length() != 0 {
					t.Error("erasing is chosen beforehand")
				}
			}
			if sp := s.find(d.code); sp.State == spark.Withdrawn {
				t.Fatal("looking at the page took the spark away")
			}
			form := url.Values{}
			if erase {
				form.Set("erase", "1")
			}
			p := r.post("/sv"+d.own+"/poisto", form)
			p.whole(t, "withdrawn")
			if p.status != http.StatusOK || p.path != "/sv/oma/poistettu" {
				t.Fatalf("%d at %s", p.status, p.path)
			}
			sp := s.find(d.code)
			if sp.State != spark.Withdrawn || erase != (sp.Text == "") {
				t.Errorf("erase %v: %+v", erase, sp)
			}
			if got := s.visitor().get("/kipina/" + d.code).status; got != http.StatusNotFound {
				t.Errorf("the public page gives %d", got)
			}
			for _, rest := range []string{"", "/kiitos", "/muokkaus", "/yhteys", "/poisto"} {
				p := r.get("/en" + d.own + rest)
				if p.status != http.StatusGone || p.Find("h1").Length() != 1 || p.Find("main a.button").Length() == 0 {
					t.Errorf("%s gives %d", rest, p.status)
				}
			}
			if got := r.post(d.own+"/vastaus", url.Values{"words": {"Vielä?"}}).status; got != http.StatusGone {
				t.Errorf("a reply through a dead link gives %d", got)
			}
		}
	})
}

func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		d := r.drop()
		before := s.find(d.code)
		for _, lang := range tongues {
			for _, rest := range []string{"", "/kiitos", "/muokkaus", "/yhteys", "/poisto", "/vastaus"} {
				r.get(lang + d.own + rest)
			}
		}
		if after := s.find(d.code); after.Version != before.Version || after.Beats != before.Beats || after.State != before.State {
			t.Errorf("opening links changed the spark: %+v", after)
		}
	})
}

func TestWrongLinksAreSlowedDown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		d := r.drop()
		for i := range 30 {
			if p := r.get("/oma/" + ident.Secret()); p.status != http.StatusGone {
				t.Fatalf("number %d gave %d", i, p.status)
			}
		}
		if p := r.get("/oma/" + ident.Secret()); p.status != http.StatusTooManyRequests {
			t.Errorf("number 31 gave %d", p.status)
		}
		if p := r.get(d.own); p.status != http.StatusOK {
			t.Errorf("a right link is shut out by wrong ones: %d", p.status)
		}
	})
}

// keptLog is a log that a test reads afterwards.
type keptLog struct {
	sync.Mutex // owns b
	b          bytes.Buffer
}

func (l *keptLog) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.b.Write(p)
}

func TestThePrivateLinkIsToldToNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		log := &keptLog{}
		parts := s.parts
		parts.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		server := httptest.NewServer(web.New(parts))
		t.Cleanup(server.Close)
		s.url = server.URL
		r := s.visitor()
		d := r.drop()
		secret := strings.TrimPrefix(d.own, "/oma/")
		r.post(d.own+"/vastaus", url.Values{"words": {""}})
		r.post(d.own+"/muokkaus", url.Values{"text": {""}})
		r.get(d.own + "/ei-ole")
		r.get(d.own + "?jatko=x")
		for _, fetch := range []string{"", "same-origin", "none"} {
			for _, path := range []string{d.own, d.own + "/kiitos", d.own + "/muokkaus", "/oma/" + ident.Secret(), "/oma/poistettu"} {
				req, err := http.NewRequest(http.MethodGet, s.url+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Accept-Encoding", "identity")
				if fetch != "" {
					req.Header.Set("Sec-Fetch-Site", fetch)
				}
				p := r.do(req)
				want := "no-referrer"
				if fetch == "" {
					want = "strict-origin" // the browser's form would otherwise come without an Origin and be refused
				}
				if got := p.header.Get("Referrer-Policy"); got != want {
					t.Errorf("%s with Sec-Fetch-Site %q: Referrer-Policy %q", path, fetch, got)
				}
				if p.Find("meta[name=robots][content=noindex]").Length() != 1 || p.Find("link[rel=alternate]").Length() != 0 {
					t.Errorf("%s may be indexed", path)
				}
				if p.header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s may be kept: %s", path, p.header.Get("Cache-Control"))
				}
			}
		}
		r.post(d.own+"/poisto", nil)
		r.get(d.own)
		log.Lock()
		defer log.Unlock()
		if log.b.Len() == 0 {
			t.Fatal("nothing was logged, so this test shows nothing")
		}
		if strings.Contains(log.b.String(), secret) {
			t.Errorf("the log holds the private link: %s", log.b.String())
		}
	})
}
