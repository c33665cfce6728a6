package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/store"
	"kokko/journey/retention"
	"kokko/journey/spark"
	"kokko/region/office"
)

const keepingAt = settings + "/sailytys"

// rules is the form with every rule at its default, but for pairs of rule and months.
func rules(pairs ...string) url.Values {
	f := url.Values{}
	for r, n := range map[string]string{"letters": "6", "contacts": "24", "withdrawn": "3", "held": "3", "feedback": "12", "absences": "12", "log": "24"} {
		f.Set(r, n)
	}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// closed drops a spark with contacts and closes it.
func (s *site) closed(text string) spark.Receipt {
	s.t.Helper()
	r := s.drop(spark.Draft{Text: text, Name: "Maija Meikäläinen", Email: "maija@kylla.example", Language: "fi"})
	if _, err := s.parts.Sparks.Close(context.Background(), spark.Act{Region: "kouvola", Spark: r.Spark.ID, Officer: s.officers[office.Planner]}, spark.Close{State: spark.Out, Reason: "Syy.", Would: "Raha."}); err != nil {
		s.t.Fatal(err)
	}
	return r
}

func TestRetentionIsSetInPlainNumbers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		boss := s.officer(office.Manager)
		for _, lang := range []string{"", "/sv", "/en"} {
			for role, fields := range map[office.Role]int{office.Manager: len(retention.Rules()), office.Planner: 0} {
				p := s.officer(role).get(lang + keepingAt)
				if p.status != http.StatusOK || p.Find("main input[type=number]").Length() != fields || p.Find("main h1").Length() != 1 {
					t.Errorf("%s%s as %s: %d, %d fields", lang, keepingAt, role, p.status, p.Find("main input[type=number]").Length())
				}
			}
		}
		if p := s.officer(office.Planner).post(keepingAt, rules("letters", "12")); p.status != http.StatusForbidden {
			t.Errorf("a planner sets: %d", p.status)
		}
		if p := boss.post(keepingAt, rules("letters", "12")); p.status != http.StatusOK || p.Find("#letters").AttrOr("value", "") != "12" || s.kept()["retention.letters"] != "12" {
			t.Errorf("%d, kept %q", p.status, s.kept()["retention.letters"])
		}
		for _, bad := range []string{"", "0", "kaksi", "1,5", "9999", "-3"} {
			p := boss.post(keepingAt, rules("contacts", bad))
			if p.status != http.StatusUnprocessableEntity || p.Find("#contacts").AttrOr("aria-invalid", "") != "true" || p.Find("#contacts").AttrOr("value", "-") != bad || p.Find("#letters").AttrOr("value", "") != "6" {
				t.Errorf("%q: %d, %q", bad, p.status, p.Find("#contacts").AttrOr("value", "-"))
			}
		}
		if s.kept()["retention.letters"] != "12" {
			t.Error("a refused form changed something")
		}
		// The privacy page says what is set.
		if text := squeezed(s.visitor().get("/tietosuoja").Find("main").Text()); !strings.Contains(text, "Enintään 12 kuukautta") || !strings.Contains(text, "enintään 24 kuukautta kipinän sulkemisesta") {
			t.Error("the privacy page tells other periods")
		}
	})
}

func TestShorterPeriodsSayWhatTheyTakeAndAsk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		boss := s.officer(office.Manager)
		old, young := s.closed("Vanha kipinä."), s.closed("Nuori kipinä.")
		// Closed on 15 August: no session lives as long as the clock would have to go.
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE sparks SET closed_at = $3 WHERE region_id = $1 AND spark_id = $2`, "kouvola", int64(old.Spark.ID), clock.Micros(s.clock.Now().Add(-100*24*time.Hour)))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if p := boss.get(keepingAt); !strings.Contains(squeezed(p.Find("#contacts-hint").Text()), "Nyt tallessa ovat 2 suljetun kipinän yhteystiedot. Ensi yönä ei poistu mitään.") {
			t.Errorf("%s", squeezed(p.Find("#contacts-hint").Text()))
		}
		p := boss.post(keepingAt, rules("contacts", "2"))
		if p.status != http.StatusUnprocessableEntity || p.Find("#confirm").Length() != 1 || !strings.Contains(squeezed(p.Find("#contacts-hint").Text()), "Ensi yönä poistuu yksi.") || s.kept()["retention.contacts"] != "" {
			t.Fatalf("%d %s", p.status, squeezed(p.Find("#contacts-hint").Text()))
		}
		f := rules("contacts", "2")
		f.Set("confirm", "1")
		if p = boss.post(keepingAt, f); p.status != http.StatusOK || s.kept()["retention.contacts"] != "2" {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		// A longer period needs no asking, nor one that takes nothing more.
		if p = boss.post(keepingAt, rules("contacts", "2", "withdrawn", "2", "log", "36")); p.status != http.StatusOK {
			t.Errorf("%d %s", p.status, p.Find(".errors").Text())
		}

		p = boss.get(keepingAt + "/ensi-yo")
		text := squeezed(p.Find("main").Text())
		if !strings.Contains(text, old.Spark.Code) || strings.Contains(text, young.Spark.Code) || !strings.Contains(text, "Poistuu yhden kipinän yhteystiedot.") {
			t.Errorf("the preview says %s", text)
		}
		before := s.visitor().get("/oma/" + old.Link)
		if text := squeezed(before.Find("main").Text()); !strings.Contains(text, "Poistamme yhteystietosi 24.11.2026") {
			t.Errorf("the bringer is not told: %s", text)
		}
		keeping := retention.New(s.db, s.clock, s.ids(), s.parts.Sparks)
		if err := keeping.Night(ctx, "kouvola", office.Today(s.clock)+1); err != nil {
			t.Fatal(err)
		}
		after := s.visitor().get("/oma/" + old.Link)
		if text := squeezed(after.Find("main").Text()); after.status != http.StatusOK || strings.Contains(text, "Meikäläinen") || strings.Contains(text, "Poistamme yhteystietosi") || !strings.Contains(text, "Yhteystiedot poistettiin, koska niiden säilytysaika päättyi.") || !strings.Contains(text, "Vanha kipinä.") {
			t.Errorf("%d %s", after.status, text)
		}
		if text := squeezed(boss.get("/toimisto/kipina/" + old.Spark.Code).Find("main").Text()); !strings.Contains(text, "Kokko poisti tuojan yhteystiedot") {
			t.Error("the office's page does not tell of it")
		}
		if text := squeezed(s.visitor().get("/oma/" + young.Link).Find("main").Text()); !strings.Contains(text, "Meikäläinen") {
			t.Error("a young spark lost its contacts")
		}
		if text := squeezed(boss.get(keepingAt + "/ensi-yo").Find("main").Text()); !strings.Contains(text, "Ensi yönä ei poistu mitään.") {
			t.Error("the preview names what is gone")
		}
	})
}

func TestAnOpenSparksPageNamesNoDay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.drop(spark.Draft{Text: "Avoin.", Email: "maija@kylla.example", Language: "fi"})
		if text := s.visitor().get("/oma/" + r.Link).Find("main").Text(); strings.Contains(text, "Poistamme yhteystietosi") {
			t.Error("an open spark has a day")
		}
		if r = s.closed("Suljettu."); !strings.Contains(s.visitor().get("/sv/oma/"+r.Link).Find("main").Text(), "Vi raderar dina kontaktuppgifter") {
			t.Error("a closed spark has none")
		}
	})
}
