package web_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kokko/edge/web/browsertest"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/region/office"
)

// busyOffice is an office in the middle of its Monday: sparks late, due, new, to
// call and alone, one with a whole story, templates, a closed week, a dead letter.
func busyOffice(t *testing.T, s *site) (code string) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, body := range []string{"Hei {name}\n\nKiitos kipinästä ”{title}”.\n\n{officer}\n{phone}", "Hei {name}\n\nKertoisitko vielä lisää?\n\n{officer}"} {
		must(s.parts.Office.PutTemplate(ctx, "kouvola", office.Template{ID: []string{"first", "more"}[i], Language: "fi", For: []string{"first", "more"}[i], Name: []string{"Kiitos kipinästä", "Kertoisitko vähän lisää"}[i], Body: body, Place: i}))
	}
	now := s.clock.Now()
	s.clock.Set(now.Add(-21 * 24 * time.Hour))
	late := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla. Rannassa on vanha uimalaituri, joka on jo vaarallinen lapsille.", Kind: spark.Need, Place: "Kausala", Name: "Maija Esimerkki", Phone: "000 000 0000", Email: "maija@example.invalid", Contact: spark.Call, Language: "fi"})
	lone := s.drop(spark.Draft{Text: "Verlan polku talvikäyttöön.", Kind: spark.Vitality, Language: "fi", Name: "Pekka Esimerkki", Phone: "000 000 0000"})
	s.clock.Set(now.Add(-12 * 24 * time.Hour))
	s.drop(spark.Draft{Text: "Ett gemensamt växthus i Elimäki.", Kind: spark.Idea, Place: "Elimäki", Language: "sv"})
	s.clock.Set(now)
	s.drop(spark.Draft{Text: "Nuorten oma verstas tyhjään liiketilaan.", Language: "fi", Visibility: spark.Office})
	act := func(sp spark.Spark) spark.Act {
		return spark.Act{Region: "kouvola", Spark: sp.ID, Officer: s.officers[office.Planner]}
	}
	_, err := s.parts.Sparks.Talk(ctx, act(lone.Spark), spark.Talk{Way: "call", Words: "Sovittiin, että kysyn metsästysseuralta latukoneesta.", Measures: []spark.Measure{{What: "Kysy latukonetta", Who: "Pekka", By: office.Today(s.clock) + 7}}, Next: office.Today(s.clock)})
	must(err)
	_, err = s.parts.Sparks.Note(ctx, act(late.Spark), "Kysy ranta-alueen omistajaa kaupungin kartoista.")
	must(err)
	_, err = s.parts.Sparks.Tag(ctx, act(late.Spark), s.edition, spark.Tags{Tags: []spark.Tag{{Kind: "theme", ID: s.edition.Themes[0].ID}}, Place: "Kausala"})
	must(err)
	must(s.parts.Jobs.Drain(ctx))
	return late.Spark.Code
}

// Every page of the office in a real browser: nothing axe minds, nothing wider
// than the window, narrow and wide, light and dark. KOKKO_LOOK names a folder
// for pictures of them.
func TestBrowserOfficePages(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	code := busyOffice(t, s)
	secret, err := s.parts.Sessions.Print(context.Background(), s.officers[office.Manager])
	if err != nil {
		t.Fatal(err)
	}
	browser := browsertest.New(t)
	wide := browser.Page(browsertest.Viewport(1280, 900))
	wide.Open(s.url + "/kirjaudu/" + secret)
	browsertest.Axe(t, wide)
	wide.Follow("main form button")
	narrow := browser.Page(browsertest.Viewport(360, 740), browsertest.Dark())
	paths := []string{"/toimisto", "/toimisto/kipinat", "/toimisto/soitot", "/toimisto/kipina/" + code + "?pino=late&malli=first", "/toimisto/uusi",
		"/toimisto/lahtevat", "/toimisto/lahtevat/" + s.letterOf().ID.String(), "/toimisto/tyot", settings, settings + "/itse", settings + "/vaki", settings + "/kalenteri", settings + "/mallit",
		settings + "/mallit/first", settings + "/sahkoposti", settings + "/ohjelma", settings + "/alue"}
	for i, path := range paths {
		prefix := []string{"", "/sv", "/en"}[i%3]
		for name, page := range map[string]*browsertest.Page{"wide": wide, "narrow": narrow} {
			if status := page.Open(s.url + prefix + path); status != 200 {
				t.Errorf("%s: %d", path, status)
				continue
			}
			if over := page.Overflow(); over > 0 {
				t.Errorf("%s %s is %d px wider than the window", name, prefix+path, over)
			}
			for _, v := range page.Violations() {
				t.Errorf("%s %s: %s", name, prefix+path, v)
			}
			if folder := os.Getenv("KOKKO_LOOK"); folder != "" {
				file, _, _ := strings.Cut(strings.NewReplacer("/", "_", code, "koodi").Replace(prefix+path), "?")
				page.Screenshot(filepath.Join(folder, file+"-"+name+".png"))
			}
		}
	}
}
