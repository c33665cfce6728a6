package web_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/edge/feed/feedtest"
	"kokko/journey/spark"
)

// feed gets a feed of either form and holds it to the standards.
func (r *reader) feed(path string) feedtest.Feed {
	r.s.t.Helper()
	p := r.get(path)
	if p.status != http.StatusOK {
		r.s.t.Fatalf("%s: %d", path, p.status)
	}
	read, kind := feedtest.Atom, "application/atom+xml; charset=utf-8"
	if strings.Contains(path, ".json") {
		read, kind = feedtest.JSON, "application/feed+json; charset=utf-8"
	}
	if got := p.header.Get("Content-Type"); got != kind {
		r.s.t.Errorf("%s is %s", path, got)
	}
	f, wrong := read([]byte(p.body))
	for _, w := range wrong {
		r.s.t.Errorf("%s: %s", path, w)
	}
	return f
}

func (r *reader) asks(path, header, value string) page {
	r.s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, r.s.url+path, nil)
	if err != nil {
		r.s.t.Fatal(err)
	}
	req.Header.Set(header, value)
	return r.do(req)
}

func titles(f feedtest.Feed) (all []string) {
	for _, i := range f.Items {
		all = append(all, i.Title)
	}
	return all
}

func TestFeedsTellWhatEverybodyMayRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r, ctx := s.visitor(), context.Background()
		theme, place := s.edition.Themes[0].ID, "elimaki"
		hostile := s.drop(spark.Draft{Title: `Torille <script>alert("x")</script> & ]]>`, Text: "Tori.\n\n<img src=x onerror=y> Toinen kappale.", Kind: spark.Idea, Themes: []string{theme}, Place: "Elimäki", Name: "Maija Esimerkki", Language: "fi"}).Spark
		unnamed := s.drop(spark.Draft{Text: "Brygga till sjön.", Language: "sv", Visibility: spark.Unnamed, Name: "Salainen Nimi"})
		s.drop(spark.Draft{Text: "Vain toimistolle tämä.", Visibility: spark.Office, Language: "fi", Themes: []string{theme}, Place: "Elimäki"})
		s.must(s.parts.Sparks.Answer(ctx, s.act(hostile.Code), "Vastaus kaikille.", true, ""))
		s.must(s.parts.Sparks.Answer(ctx, s.act(unnamed.Spark.Code), "Vain tuojalle.", false, ""))
		s.must(s.parts.Sparks.Note(ctx, s.act(hostile.Code), "Toimiston muistio."))
		for _, end := range []string{".atom", ".json"} {
			all := r.feed("/syotteet/kaikki" + end)
			if got := titles(all); len(got) != 2 || !slices.Contains(got, hostile.Title) {
				t.Fatalf("%s tells of %q", end, got)
			}
			for _, i := range all.Items {
				if strings.Contains(i.HTML, "Vain tuojalle") || strings.Contains(i.HTML, "muistio") || strings.Contains(i.HTML, "Salainen") {
					t.Errorf("what is not for everybody: %s", i.HTML)
				}
				if i.Title == hostile.Title && (!strings.Contains(i.HTML, "Toinen kappale.") || !strings.Contains(i.HTML, "Vastaus kaikille.") || !i.Updated.After(i.Published.Add(-1))) {
					t.Errorf("not the text itself: %s", i.HTML)
				}
			}
			for _, narrow := range []string{"teema/" + theme, "paikka/" + place, "laji/idea"} {
				if f := r.feed("/syotteet/" + narrow + end); len(f.Items) != 1 || f.Items[0].Title != hostile.Title {
					t.Errorf("%s tells of %q", narrow, titles(f))
				}
			}
			story := r.feed("/sv/syotteet/kipina/" + hostile.Code + end)
			if len(story.Items) != 2 || !strings.Contains(story.Items[0].HTML, "Vastaus kaikille.") || !strings.Contains(story.Items[1].HTML, "Toinen kappale.") {
				t.Errorf("the story: %+v", story.Items)
			}
		}
		for _, path := range []string{"/syotteet/kaikki", "/syotteet/kaikki.rss", "/syotteet/teema/x.atom", "/syotteet/laji/x.json", "/syotteet/kysymys/1.atom", "/syotteet/kipina/AAAA-AAAA.atom", "/syotteet/x/y.atom", "/syotteet/teema.atom"} {
			if p := r.get(path); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, p.status)
			}
		}
		for path, want := range map[string]string{"/": "kaikki", "/kipinat?teema=" + theme: "teema/" + theme, "/kipina/" + hostile.Code: "kipina/" + hostile.Code, "/paikat/" + place: "paikka/" + place, "/ohjelma/teema/" + theme: "teema/" + theme} {
			p := r.get(path)
			if p.Find(`link[rel=alternate][type="application/atom+xml"][href="/syotteet/`+want+`.atom"]`).Length() != 1 || p.Find(`link[type="application/feed+json"]`).Length() == 0 {
				t.Errorf("%s does not tell of its feed %s", path, want)
			}
		}
	})
}

func TestAFeedIsReadAgainOnlyWhenItChanged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		first := s.drop(spark.Draft{Text: "Ensimmäinen.", Language: "fi"})
		const path = "/syotteet/kaikki.atom"
		p := r.get(path)
		tag, since := p.header.Get("ETag"), p.header.Get("Last-Modified")
		if p.header.Get("Cache-Control") != "no-cache" || tag == "" || since == "" || len(p.header.Values("Set-Cookie")) > 0 {
			t.Fatalf("%v", p.header)
		}
		for header, value := range map[string]string{"If-None-Match": `"x", ` + tag, "If-Modified-Since": since} {
			if p := r.asks(path, header, value); p.status != http.StatusNotModified || p.body != "" {
				t.Errorf("%s: %d", header, p.status)
			}
		}
		if p := r.asks(path, "If-None-Match", `"x"`); p.status != http.StatusOK {
			t.Errorf("another tag: %d", p.status)
		}
		s.clock.Advance(time.Hour)
		if _, err := s.parts.Sparks.Withdraw(context.Background(), "kouvola", first.Link, true); err != nil {
			t.Fatal(err)
		}
		for header, value := range map[string]string{"If-None-Match": tag, "If-Modified-Since": since} {
			if p := r.asks(path, header, value); p.status != http.StatusOK || strings.Contains(p.body, "Ensimmäinen") {
				t.Errorf("%s after it was withdrawn: %d %s", header, p.status, p.body)
			}
		}
		f := r.feed(path)
		if len(f.Items) != 0 || len(f.Gone) != 1 || !strings.HasSuffix(f.Gone[0], first.Spark.Code) {
			t.Errorf("%+v", f)
		}
		if p := r.get("/syotteet/kipina/" + first.Spark.Code + ".atom"); p.status != http.StatusNotFound {
			t.Errorf("its own feed: %d", p.status)
		}
		hidden := s.drop(spark.Draft{Text: "Vain toimistolle.", Visibility: spark.Office, Language: "fi"})
		if _, err := s.parts.Sparks.Withdraw(context.Background(), "kouvola", hidden.Link, false); err != nil {
			t.Fatal(err)
		}
		if f := r.feed(path); len(f.Gone) != 1 {
			t.Errorf("a spark nobody could read is told of: %v", f.Gone)
		}
	})
}

func TestAFeedGoesOnByPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		for i := range 45 {
			s.clock.Advance(time.Second)
			s.drop(spark.Draft{Text: fmt.Sprintf("Kipinä %d.", i), Language: "fi"})
		}
		seen := map[string]bool{}
		pages := 0
		for path := "/syotteet/kaikki.json"; path != ""; pages++ {
			f := r.feed(path)
			for _, i := range f.Items {
				if seen[i.ID] {
					t.Errorf("%s twice", i.ID)
				}
				seen[i.ID] = true
			}
			_, path, _ = strings.Cut(strings.TrimPrefix(f.Next, "http://"), "/")
			if path != "" {
				path = "/" + path
			}
		}
		if len(seen) != 45 || pages != 3 {
			t.Errorf("%d entries on %d pages", len(seen), pages)
		}
	})
}
