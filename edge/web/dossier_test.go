package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kokko/edge/web"
	"kokko/ground/ident"
	"kokko/ground/pdf/pdftest"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/audit"
	"kokko/region/office"
)

// exports are the lines of the log that tell of what was taken out.
func (s *site) exports() (all []string) {
	s.t.Helper()
	list, _, err := audit.List(context.Background(), s.db, "kouvola", audit.Filter{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range list {
		if e.What == audit.Exported {
			all = append(all, s.named(e.Officer)+" "+e.About.Key)
		}
	}
	return all
}

func (s *site) named(id ident.ID) string {
	for role, o := range s.officers {
		if o.ID == id {
			return string(role)
		}
	}
	return ""
}

func TestADossierIsReadAndTaken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		r := s.drop(spark.Draft{Text: "Bryggan <b>behöver</b> lagas 🛶.\n\nSnart!", Title: "Bryggan", Name: "Maija Meikäläinen", Email: "maija@posti.example", Language: "sv", Visibility: spark.Public, Place: "Elimäki"})
		act := spark.Act{Region: "kouvola", Spark: r.Spark.ID, Officer: s.officers[office.Planner]}
		if _, err := s.parts.Sparks.Note(ctx, act, "SISÄINEN-MUISTIO"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.parts.Sparks.Answer(ctx, act, "Korjataan keväällä.", true, ""); err != nil {
			t.Fatal(err)
		}
		if err := s.parts.Jobs.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		planner := s.officer(office.Planner)
		at := "/toimisto/kipina/" + r.Spark.Code
		if p := planner.get(at); p.Find(`main a[href="`+at+`/asiakirja"]`).Length() != 1 || p.Find(`main a[href="`+at+`/asiakirja.pdf"][download]`).Length() != 1 || !strings.Contains(p.Find("main").Text(), "vastaat siitä itse") {
			t.Error("the spark's page does not lead to its dossier, or does not say what it holds")
		}
		if len(s.exports()) != 0 {
			t.Errorf("looking at the spark is in the log as %q", s.exports())
		}
		inEachLanguage(func(lang, prefix string) {
			say := texts(t).For(languageOf(t, lang))
			p := planner.get(prefix + at + "/asiakirja")
			p.whole(t, "dossier "+lang)
			main := squeezed(p.Find("main").Text())
			f := pdftest.Open(t, []byte(planner.get(prefix+at+"/asiakirja.pdf").body))
			f.Promises()
			file := squeezed(f.Text(false))
			for _, want := range []string{r.Spark.Code, "Bryggan <b>behöver</b> lagas 🛶.", "Maija Meikäläinen", "maija@posti.example", "SISÄINEN-MUISTIO", "Korjataan keväällä.", say.T("dossier.guard"), say.T("dossier.letters"), "@kokko.invalid", "Kaisa Esimerkki, planner"} {
				if !strings.Contains(main, squeezed(want)) {
					t.Errorf("%s: the page has no %q", lang, want)
				}
				if !strings.Contains(file, squeezed(want)) {
					t.Errorf("%s: the file has no %q", lang, want)
				}
			}
			// The two are one content, and can be seen to be.
			digest := ""
			p.Find("main dt").Each(func(_ int, dt *goquery.Selection) {
				if dt.Text() == say.T("dossier.made.digest") {
					digest = dt.Next().Text()
				}
			})
			if len(digest) != 64+7 || !strings.Contains(file, digest) {
				t.Errorf("%s: the page's digest %q is not the file's", lang, digest)
			}
			if lang != "sv" && p.Find("main blockquote [lang=sv]").Length() == 0 {
				t.Errorf("%s: Swedish words are not marked", lang)
			}
			if strings.Contains(p.body, r.Link) || strings.Contains(file, r.Link) {
				t.Errorf("%s: a private link is in it", lang)
			}
		})
		if got := s.exports(); len(got) != 6 || got[0] != "planner "+r.Spark.Code {
			t.Errorf("the log tells %q", got)
		}
		file := planner.get(at + "/asiakirja.pdf")
		if file.header.Get("Content-Type") != "application/pdf" || file.header.Get("Content-Disposition") != `attachment; filename="kipina-`+r.Spark.Code+`-asiakirja.pdf"` || file.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", file.header)
		}
		if again := planner.get(at + "/asiakirja.pdf"); again.body != file.body {
			t.Error("the same dossier at the same time is another file")
		}
		viewer := s.officer(office.Viewer)
		before := len(s.exports())
		if p := viewer.get(at + "/asiakirja"); p.status != 200 || strings.Contains(p.body, "SISÄINEN") || strings.Contains(p.body, "@kokko.invalid") || !strings.Contains(p.body, "Korjataan keväällä.") {
			t.Errorf("a viewer reads %d %s", p.status, squeezed(p.Find("main").Text()))
		}
		if len(s.exports()) != before {
			t.Error("a dossier without personal data is in the log")
		}
		planner.get("/toimisto/kipinat.csv")
		if got := s.exports(); len(got) != before+1 || got[0] != "planner sparks" {
			t.Errorf("the list is in the log as %q", got)
		}
		if p := planner.get("/toimisto/kipina/AAAA-AAAA/asiakirja.pdf"); p.status != http.StatusNotFound || p.Find("h1").Length() != 1 {
			t.Errorf("a number of nothing gives %d", p.status)
		}
		// The log tells it in words.
		if log := s.officer(office.Manager).get("/toimisto/asetukset/loki"); !strings.Contains(squeezed(log.Find("main").Text()), "vei tietoja ulos") {
			t.Error("the log's page does not tell of it")
		}
	})
}

// A page of five thousand beats is sent as it is read, and changing the spark
// meanwhile breaks it off.
func TestALongDossierIsSentAsItIsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	ctx := context.Background()
	one := s.drop(spark.Draft{Text: "Laituri.", Language: "fi", Visibility: spark.Public}).Spark
	if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for i := range 2_000 {
			if err := story.Append(ctx, tx, story.Beat{Region: "kouvola", Spark: one.ID, ID: ident.At(s.clock.Now().Add(time.Second)) + ident.ID(i), Type: story.Noted, Actor: story.Office, Officer: s.officers[office.Planner].ID,
				Author: "Kaisa", At: s.clock.Now(), Visibility: story.InOffice, Words: strings.Repeat("Sanoja on paljon. ", 30)}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	planner := s.officer(office.Planner)
	for _, path := range []string{"/asiakirja", "/asiakirja.pdf"} {
		p := planner.get("/toimisto/kipina/" + one.Code + path)
		if p.status != 200 || p.header.Get("Content-Length") != "" || len(p.body) < 256<<10 {
			t.Errorf("%s: %d, %d bytes, length %q", path, p.status, len(p.body), p.header.Get("Content-Length"))
		}
		if path == "/asiakirja" && p.Find("main article").Length() < 2_001 {
			t.Errorf("%d beats", p.Find("main article").Length())
		}
	}
	// Changed while it is sent, it breaks off.
	h := &watched{Handler: web.New(s.parts), ended: make(chan any, 1)}
	changed := false
	h.on = func(int) {
		if !changed {
			changed = true
			if _, err := s.parts.Sparks.Note(ctx, spark.Act{Region: "kouvola", Spark: one.ID, Officer: s.officers[office.Planner]}, "välissä"); err != nil {
				t.Error(err)
			}
		}
	}
	server := httptest.NewServer(h)
	defer server.Close()
	req, _ := http.NewRequest(http.MethodGet, server.URL+"/toimisto/kipina/"+one.Code+"/asiakirja.pdf", nil)
	for _, c := range planner.http.Jar.Cookies(nil) {
		req.AddCookie(c)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("a dossier of two states came whole")
	}
	if p := <-h.ended; p != http.ErrAbortHandler {
		t.Errorf("the handler ended with %v", p)
	}
}
