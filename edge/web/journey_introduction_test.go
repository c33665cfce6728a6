package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"kokko/edge/web/browsertest"
	"kokko/journey/introduction"
	"kokko/journey/spark"
)

// TestBrowserTwoPeopleMeet: a village chair asks for somebody who knows, from the
// spark's page; the officer who answers for it passes it on from the letter, the other
// says yes, both get the same letter with both addresses, and two weeks later one press
// tells that they met. Before both have said yes no page and no letter shows an address.
func TestBrowserTwoPeopleMeet(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		ctx := context.Background()
		words, who := said(s.lang), strings.ReplaceAll(handed(scripts), " ", "")
		asking, knowing, name := "kysyja."+who+"@posti.example", "osaaja."+who+"@posti.example", "Kirsti "+who
		sp, _ := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Email: "tuoja." + who + "@posti.example"})
		_, err := s.parts.Sparks.Assign(ctx, s.act(sp), s.planner.ID)
		must(t, err)
		phone := s.phone(t, scripts)
		phone.Open(s.page("/kipina/" + sp.Code))
		follows(t, phone, "a[href$='/osaajat']", http.StatusOK)
		shows(t, phone, "main", s.T("helpers.brokers"), s.planner.Name)
		browsertest.Axe(t, phone)
		follows(t, phone, "main .actions a[href$='/tutustu']", http.StatusOK)
		phone.Paste("#wanted", words.title)
		phone.Paste("#message", words.reply)
		phone.Paste("#email", asking)
		follows(t, phone, "form[action$='/tutustu'] .button", http.StatusUnprocessableEntity)
		shows(t, phone, ".errors", s.T("fault.introduction.name.missing"))
		browsertest.Axe(t, phone)
		phone.Paste("#name", name)
		follows(t, phone, "form[action$='/tutustu'] .button", http.StatusOK)
		phone.Open(s.letter(t, asking).Links()[0])
		follows(t, phone, "form[action*='/vahvista/'] .button", http.StatusOK)
		shows(t, phone, "main [role=status]", s.T("mine.done.tutustuminen"))
		browsertest.Axe(t, phone)

		broker := s.desk(t, scripts)
		broker.Open(linkOf(t, s.letter(t, s.planner.Email, name).Links()))
		shows(t, broker, "main", name, words.reply)
		if strings.Contains(broker.Text("main"), asking) {
			t.Error("the broker sees the asker's address")
		}
		browsertest.Axe(t, broker)
		broker.Paste("#email", knowing)
		broker.Paste("#name", "Osaaja "+who)
		follows(t, broker, "button[value=pass]", http.StatusOK)
		shows(t, broker, "main [role=status]", s.T("intro.done.valitetty"))

		other := s.phone(t, scripts)
		other.Open(linkOf(t, s.letter(t, knowing, name).Links()))
		if strings.Contains(other.Text("main"), asking) {
			t.Error("the other sees the asker's address before saying yes")
		}
		browsertest.Axe(t, other)
		follows(t, other, "button[value=yes]", http.StatusOK)
		shows(t, other, "main", s.T("intro.met"), asking)
		browsertest.Axe(t, other)
		for _, to := range []string{asking, knowing} {
			s.letter(t, to, asking, knowing)
		}

		s.clock.jump(introduction.AskAfter + time.Hour)
		must(t, s.parts.Introductions.Walk(s.parts.Jobs.WokenBy(ctx), "kouvola"))
		how := strings.Split(s.T("mail.introduction.how.subject", "name", "Osaaja "+who), ":")[0]
		phone.Open(linkOf(t, s.letter(t, asking, how).Links()))
		follows(t, phone, "button[name=met][value=yes]", http.StatusOK)
		shows(t, phone, "main", s.T("intro.done.kuulumiset"), s.T("intro.how.useful"))
		browsertest.Axe(t, phone)
		for _, p := range []*browsertest.Page{broker, other} {
			s.decent(t, p, false)
		}
	})
}

// linkOf is the link to an introduction among those of a letter.
func linkOf(t testing.TB, links []string) string {
	t.Helper()
	for _, l := range links {
		if strings.Contains(l, "/tutustuminen/") {
			return l
		}
	}
	t.Fatalf("no link to an introduction among %q", links)
	return ""
}
