package web_test

import (
	"bytes"
	"context"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kokko/ground/ident"
	"kokko/journey/share"
	"kokko/journey/spark"
)

// bare goes where it is sent only when asked.
func (s *site) bare() *reader {
	r := s.visitor()
	r.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return r
}

func TestASparkIsToldOnward(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		sp := s.drop(spark.Draft{Title: `Tori & "kahvila" <b>?subject=x&bcc=y@z.example`, Text: "Tori.\n\nToinen kappale.", Language: "fi", Place: "Elimäki", Name: "Maija Esimerkki"}).Spark
		s.must(s.parts.Sparks.Answer(context.Background(), s.act(sp.Code), "Hieno ajatus. Kysytään kyläyhdistykseltä.", true, ""))
		at := "/kipina/" + sp.Code
		for _, path := range []string{at, at + "/kerro", at + "/tarina"} {
			p := r.get(path)
			mail, _ := p.Find(`a[href^="mailto:"]`).Attr("href")
			u, err := url.Parse(mail)
			if err != nil || len(u.Query()) != 2 || !strings.Contains(u.Query().Get("subject"), sp.Title) || !strings.Contains(u.Query().Get("body"), "/tarina") {
				t.Errorf("%s: %v %q", path, err, mail)
			}
			chat, _ := p.Find(`a[href^="https://wa.me/?text="]`).Attr("href")
			if u, err := url.Parse(chat); err != nil || len(u.Query()) != 1 || !strings.Contains(u.Query().Get("text"), sp.Title) {
				t.Errorf("%s: %v %q", path, err, chat)
			}
		}
		p := r.get(at + "/tarina")
		if p.Find("svg[role=img] title").Length() != 1 || p.Find("svg[role=img] desc").Text() == "" || !strings.Contains(p.Find("main").Text(), "Kysytään kyläyhdistykseltä") || !strings.Contains(p.Find("main").Text(), "Maija Esimerkki") {
			t.Errorf("the story: %s", p.Find("main").Text())
		}
		if n := p.Find(`main a[href="` + at + `/tarina"]`).Length(); n != 0 {
			t.Errorf("the story leads to itself %d times", n)
		}
		if n := r.get(at).Find(`main a[href="` + at + `/tarina"]`).Length(); n != 1 {
			t.Errorf("the spark leads to its story %d times", n)
		}
		picture, _ := p.Find(`meta[property="og:image"]`).Attr("content")
		if alt, _ := p.Find(`meta[property="og:image:alt"]`).Attr("content"); !strings.Contains(alt, sp.Title) || !strings.HasPrefix(picture, s.url) {
			t.Errorf("picture %q, alt %q", picture, alt)
		}
		drawn := r.get(strings.TrimPrefix(picture, s.url))
		m, err := png.DecodeConfig(bytes.NewReader([]byte(drawn.body)))
		if err != nil || m.Width != 1200 || m.Height != 630 || drawn.header.Get("Content-Type") != "image/png" {
			t.Errorf("%v %+v", err, m)
		}
		if p := r.asks(at+"/kuva.png", "If-None-Match", drawn.header.Get("ETag")); p.status != http.StatusNotModified {
			t.Errorf("the same picture: %d", p.status)
		}
		if p := r.get(at + "/juliste"); p.Find(".leaf img").Length() != 1 || !strings.Contains(p.Find(".leaf").Text(), sp.Title) {
			t.Errorf("%s", p.Find("main").Text())
		}
		hidden := s.drop(spark.Draft{Text: "Vain toimistolle.", Visibility: spark.Office, Language: "fi"}).Spark
		link := s.shares(sp, "")
		for _, end := range []string{"/kerro", "/tarina", "/kuva.png", "/qr.svg", "/juliste"} {
			if p := r.get("/kipina/" + hidden.Code + end); p.status != http.StatusNotFound || strings.Contains(p.body, "Vain toimistolle") {
				t.Errorf("%s of a spark that is not for everybody: %d", end, p.status)
			}
		}
		if p := r.post("/kipina/"+hidden.Code+"/kerro", url.Values{"consent": {"1"}}); p.status != http.StatusNotFound {
			t.Errorf("a link to it: %d", p.status)
		}
		other := s.drop(spark.Draft{Text: "Toinen.", Language: "fi"}).Spark
		if p := r.get("/kipina/" + other.Code + "/juliste?linkki=" + link.Token); p.status != http.StatusNotFound {
			t.Errorf("a poster of one spark leads to another: %d", p.status)
		}
	})
}

func TestAnOwnLinkCountsWhatPeopleDo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		sp := s.drop(spark.Draft{Text: "Laituri kuntoon.", Language: "fi"})
		at := "/kipina/" + sp.Spark.Code
		if p := r.post(at+"/kerro", url.Values{}); p.status != http.StatusUnprocessableEntity || p.Find("#consent[aria-invalid]").Length() != 1 {
			t.Fatalf("without consent: %d", p.status)
		}
		p := r.post(at+"/kerro", url.Values{"consent": {"1"}})
		own := p.path
		leads, _ := p.Find("#jakolinkki").Attr("href")
		link := strings.TrimPrefix(leads, s.url)
		if p.status != http.StatusOK || !strings.HasPrefix(own, "/jako/") || !strings.HasPrefix(link, "/k/") {
			t.Fatalf("%d %s %s", p.status, own, leads)
		}
		count := func(step share.Step) string {
			return strings.TrimSpace(r.get(own).Find(`[data-step="` + string(step) + `"]`).Text())
		}
		for range 9 { // programs that look at links
			if p := r.get(link); p.status != http.StatusOK || len(p.header.Values("Set-Cookie")) > 0 {
				t.Fatalf("%d %v", p.status, p.header)
			}
		}
		opener := s.bare()
		for n := 1; n <= 6; n++ {
			p := opener.post(link, url.Values{})
			if to := p.header.Get("Location"); p.status != http.StatusSeeOther || to != at+"/tarina" || len(p.header.Values("Set-Cookie")) > 0 {
				t.Fatalf("%d to %s, %v", p.status, to, p.header)
			}
			want := "alle 5"
			if n >= 5 {
				want = map[int]string{5: "5", 6: "6"}[n]
			}
			if got := count(share.Opened); got != want {
				t.Errorf("after %d: %s", n, got)
			}
		}
		if p := opener.post(link, url.Values{"askel": {"interested"}}); !strings.Contains(p.header.Get("Location"), "/seuraa") || strings.Contains(p.header.Get("Location"), link[3:]) {
			t.Errorf("interested: %s", p.header.Get("Location"))
		}
		if p := opener.post(link, url.Values{"askel": {"shared"}}); p.status != http.StatusSeeOther || count(share.Shared) != "alle 5" {
			t.Errorf("a step nobody may claim: %d", p.status)
		}
		req, _ := http.NewRequest(http.MethodPost, s.url+link, strings.NewReader(""))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		if p := opener.do(req); p.status != http.StatusForbidden {
			t.Errorf("from another site: %d", p.status)
		}
		if traces := s.traces("127.0.0.1"); len(traces) > 0 {
			t.Errorf("who opened it is kept: %v", traces)
		}
		if p := r.get("/kipina/" + sp.Spark.Code + "/kerro?kautta=" + link[3:]); p.Find(`input[name=via]`).AttrOr("value", "") != link[3:] {
			t.Error("who tells it further is not known to have come by the link")
		}
		if p := r.post(own+"/poisto", nil); p.path != "/jako/poistettu" {
			t.Errorf("%d %s", p.status, p.path)
		}
		if p := r.get(own); p.status != http.StatusGone {
			t.Errorf("the page of a link that ended: %d", p.status)
		}
		if p := r.get(link); p.status != http.StatusNotFound {
			t.Errorf("a link that ended: %d", p.status)
		}
		again := s.shares(sp.Spark, "")
		if _, err := s.parts.Sparks.Withdraw(context.Background(), "kouvola", sp.Link, true); err != nil {
			t.Fatal(err)
		}
		if p := r.get("/k/" + again.Token); p.status != http.StatusNotFound || strings.Contains(p.body, "Laituri") {
			t.Errorf("a link to what was withdrawn: %d", p.status)
		}
	})
}

// Guessing is slowed down: links and their secrets cannot be counted up.
func TestOwnLinksAreNotGuessed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for _, under := range []string{"/k/", "/jako/"} {
			r, slowed := s.visitor(), false
			r.from = "192.0.2." + map[string]string{"/k/": "1", "/jako/": "99"}[under]
			for range 200 {
				token := ident.Secret()
				if under == "/k/" {
					token = token[:12]
				}
				switch p := r.get(under + token); p.status {
				case http.StatusTooManyRequests:
					slowed = true
				case http.StatusNotFound, http.StatusGone:
				default:
					t.Fatalf("%s: %d", under, p.status)
				}
				if slowed {
					break
				}
			}
			if !slowed {
				t.Errorf("%s may be guessed at for ever", under)
			}
		}
	})
}

func TestWhatWasAnsweredIsToldByWeek(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		if p := r.get("/vastattu"); p.status != http.StatusOK || p.Find(".panel").Length() != 0 || p.Find(".pager a").Length() != 1 {
			t.Errorf("an empty week: %d", p.status)
		}
		for range 23 { // all in one moment, as by a joint answer
			sp := s.drop(spark.Draft{Text: "Laituri kuntoon " + ident.Secret() + ".", Language: "fi"}).Spark
			s.must(s.parts.Sparks.Answer(context.Background(), s.act(sp.Code), "Kiitos ajatuksesta.", true, ""))
		}
		seen := map[string]bool{}
		for path := "/vastattu?viikko=2026-W48"; path != ""; {
			p := r.get(path)
			for _, h := range p.Find(".panel h3").EachIter() {
				seen[h.Text()] = true
			}
			path = p.Find("a[rel=next]").AttrOr("href", "")
		}
		if len(seen) != 23 {
			t.Errorf("%d answers", len(seen))
		}
		if p := r.get("/vastattu?viikko=2026-W47"); p.Find(".panel").Length() != 0 || p.Find(`.pager a[href$="viikko=2026-W48"]`).Length() != 1 {
			t.Error("the week before")
		}
		for _, week := range []string{"2026-W49", "2026-W54", "x", "2026-W00", "9999-W01", "2025-W53"} {
			if p := r.get("/vastattu?viikko=" + week); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", week, p.status)
			}
		}
	})
}
