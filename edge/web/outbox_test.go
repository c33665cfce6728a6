package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kokko/edge/notify"
	"kokko/ground/i18n"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/office"
)

func TestOutboxKeepsEveryLetterAndHidesLinks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		s.drop(spark.Draft{Text: "Laituri.", Email: "maija@kylla.example", Language: "fi"})
		s.visitor().post("/kirjaudu", url.Values{"email": {"manager@kouvola.example"}})
		planner, chief := s.officer(office.Planner), s.officer(office.Manager)
		letters := func() map[string]string { // purpose to address
			all, err := s.parts.Outbox.List(ctx, "kouvola", "", 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			at := map[string]string{}
			for _, l := range all {
				at[l.Purpose] = "/toimisto/lahtevat/" + l.ID.String()
			}
			return at
		}
		signin := letters()["office.signin"]
		if body := chief.get(signin).Find(".text").Text(); !strings.Contains(body, "/kirjaudu/•••") {
			t.Errorf("a waiting letter shows its link: %q", body)
		}
		if err := s.parts.Jobs.Drain(ctx); err != nil { // the way of this site leaves letters here
			t.Fatal(err)
		}
		receipt := letters()["bringer.dropped"]
		if receipt == "" {
			t.Fatalf("%v", letters())
		}
		// What stayed here can be handed on, a sign-in only by who may change roles.
		if body := planner.get(receipt).Find(".text").Text(); strings.Contains(body, "/oma/•••") || !strings.Contains(body, "/oma/") {
			t.Errorf("the bringer's link cannot be handed on: %q", body)
		}
		if body := planner.get(signin).Find(".text").Text(); !strings.Contains(body, "/kirjaudu/•••") {
			t.Errorf("a planner reads the manager's way in: %q", body)
		}
		if body := chief.get(signin).Find(".text").Text(); strings.Contains(body, "•••") {
			t.Errorf("the manager cannot hand on %q", body)
		}
		for l, at := range inLanguages() {
			for _, path := range []string{"/toimisto/lahtevat", "/toimisto/lahtevat?tila=local", "/toimisto/lahtevat?tila=failed", receipt, "/toimisto/tyot"} {
				whole(t, at+path, planner.get(at+path), l)
			}
		}
		// Again: it waits, its link is hidden, and a second time is refused.
		if p := planner.post(receipt+"/uudelleen", nil); p.status != http.StatusOK || !strings.Contains(p.Find(".text").Text(), "/oma/•••") {
			t.Errorf("%d %q", p.status, p.Find(".text").Text())
		}
		if p := planner.post(receipt+"/uudelleen", nil); p.status != http.StatusConflict {
			t.Errorf("%d", p.status)
		}
		for _, id := range []string{"0", "x", "12"} {
			if p := planner.get("/toimisto/lahtevat/" + id); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", id, p.status)
			}
		}
	})
}

func TestOutboxPagesByKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for range 35 {
			s.drop(spark.Draft{Text: "Kipinä.", Language: "fi"})
		}
		if err := s.parts.Jobs.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		r, at, seen := s.officer(office.Planner), "/toimisto/lahtevat?tila=local", map[string]bool{}
		for at != "" && len(seen) < 100 {
			p := r.get(at)
			p.Find("tbody a").Each(func(_ int, a *goquery.Selection) { seen[a.AttrOr("href", "")] = true })
			at = p.Find("a[rel=next]").AttrOr("href", "")
			if at != "" && !strings.Contains(at, "tila=local") {
				t.Fatalf("the next page forgets the state: %s", at)
			}
		}
		if len(seen) != 35 {
			t.Errorf("%d letters", len(seen))
		}
	})
}

type brokenArgs struct {
	Region string `json:"region"`
}

func TestDeadJobsAreSeenTriedAgainAndDropped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		kind := jobs.Kind[brokenArgs]{Name: "test.broken"}
		jobs.Handle(s.parts.Jobs, kind, func(context.Context, jobs.Job[brokenArgs]) error {
			return jobs.Discard(errors.New("the mill <b>stands</b> still"))
		})
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(kind.Enqueue(ctx, tx, brokenArgs{"kouvola"}), kind.Enqueue(ctx, tx, brokenArgs{"muualla"}))
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.parts.Jobs.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		r := s.officer(office.Planner)
		p := r.get("/toimisto/tyot")
		whole(t, "jobs", p, i18n.Finnish)
		if rows := p.Find("tbody tr"); rows.Length() != 1 || !strings.Contains(rows.Text(), "the mill <b>stands</b> still") {
			t.Errorf("%d rows: %s", rows.Length(), rows.Text())
		}
		// Another region's job is not ours to touch.
		dead, _, err := s.parts.Jobs.Dead(ctx, jobs.Page{})
		if err != nil || len(dead) != 2 {
			t.Fatalf("%v %v", dead, err)
		}
		for _, j := range dead {
			at := "/toimisto/tyot/" + j.ID.String()
			if strings.Contains(string(j.Args), "muualla") {
				if p := r.post(at+"/poista", nil); p.status != http.StatusNotFound {
					t.Errorf("another region's job: %d", p.status)
				}
				continue
			}
			if p := r.post(at+"/uudelleen", nil); p.status != http.StatusOK || p.Find("tbody tr").Length() != 0 {
				t.Errorf("%d", p.status)
			}
			s.clock.Advance(time.Minute)
			if err := s.parts.Jobs.Drain(ctx); err != nil {
				t.Fatal(err)
			}
			if p := r.post(at+"/poista", nil); p.status != http.StatusOK || p.Find("tbody tr").Length() != 0 {
				t.Errorf("%d", p.status)
			}
			if p := r.post(at+"/poista", nil); p.status != http.StatusNotFound {
				t.Errorf("twice: %d", p.status)
			}
		}
	})
}

// The outbox says that letters stay here only while they do: with a mail server of the
// installation a region needs none of its own.
func TestOutboxSaysWhetherLettersLeave(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		if err := s.parts.Programmes.Adopt(context.Background(), "kouvola", true); err != nil {
			t.Fatal(err)
		}
		planner, letters := s.officer(office.Planner), s.parts.Letters.(*notify.Postman)
		if p := planner.get("/en/toimisto/lahtevat"); p.Find(".note.warn").Length() != 1 {
			t.Errorf("without a mail server: %s", p.Find("main").Text())
		}
		letters.Settings = func(context.Context, string) (mail.Settings, error) {
			return mail.ParseURL("smtp://posti.example:2525?from=kokko@kouvola.example")
		}
		if p := planner.get("/en/toimisto/lahtevat"); p.status != http.StatusOK || p.Find(".note.warn").Length() != 0 {
			t.Errorf("with the installation's: %s", p.Find(".note.warn").Text())
		}
	})
}

// Where one stops following it is named what that was, as on one's own page.
func TestWhatIsStoppedIsNamed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.drop(spark.Draft{Text: "Laituri kuntoon.", Visibility: spark.Public, Language: "fi"})
		who := s.person("maija@posti.example")
		for scope, want := range map[string]string{"spark:" + d.Spark.ID.String(): "Kipinä: Laituri kuntoon", "all": "Kaikki kipinät: Kouvolan seutu", "theme:" + s.edition.Themes[0].ID: "Teema: " + s.edition.Themes[0].Name.In("fi")} {
			p := s.visitor().get("/lopeta/" + url.PathEscape(s.stopToken(who.Address.ID, scope)))
			if got := p.Find("main .lead + p").Text(); got != want {
				t.Errorf("%s: %d %q, want %q", scope, p.status, got, want)
			}
		}
	})
}
