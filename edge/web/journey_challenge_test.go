package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kokko/edge/web/browsertest"
	"kokko/journey/spark"
	"kokko/region/office"
)

// TestBrowserAQuestionIsAnswered: the office puts one of the programme's questions
// to everyone, a resident finds it on the front page and answers with a spark, the
// office tells what came of it, and everybody reads that.
func TestBrowserAQuestionIsAnswered(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		desk := s.desk(t, scripts)
		s.signIn(t, desk, s.planner)
		desk.Open(s.page("/toimisto/kysymykset/uusi?ohjelma=distribution"))
		title := desk.Value("[name='title." + string(s.lang) + "']")
		desk.Choose("#closes", (office.Today(s.clock) + 20).String())
		browsertest.Axe(t, desk)
		follows(t, desk, "form[action$='/kysymykset'] > .actions > .button", http.StatusOK)
		shows(t, desk, "main [role=status]", s.T("workchallenge.made"))
		follows(t, desk, "form[action$='/julkaise'] .button", http.StatusOK)
		at := desk.URL()

		phone := s.phone(t, scripts)
		phone.Open(s.page("/"))
		shows(t, phone, "[aria-labelledby=questions]", title)
		follows(t, phone, "[aria-labelledby=questions] h3 a", http.StatusOK)
		browsertest.Axe(t, phone)
		follows(t, phone, "[aria-labelledby=take-part] .button", http.StatusOK)
		shows(t, phone, "[aria-labelledby=answering]", s.T("challenge.answering"), title)
		phone.Paste("#text", words.title+" "+words.text)
		follows(t, phone, send, http.StatusOK)
		shows(t, phone, "main", s.T("challenge.answers_to"), title)
		code := phone.Text(".receipt .code")
		if sp, err := spark.ByCode(t.Context(), s.db, "kouvola", code); err != nil || sp.Challenge == 0 {
			t.Fatalf("%v: the spark answers nothing", err)
		}

		desk.Open(at)
		desk.Click("details:has(form[action$='/sulje']) > summary")
		for _, l := range []string{"fi", "sv", "en"} {
			desk.Paste(fmt.Sprintf("[name='outcome.%s']", l), words.more)
		}
		desk.Click("#taken input[type=checkbox]")
		browsertest.Axe(t, desk)
		follows(t, desk, "form[action$='/sulje'] > .actions > .button", http.StatusOK)
		shows(t, desk, "main [role=status]", s.T("workchallenge.closed"))

		phone.Open(s.page("/kysymykset"))
		follows(t, phone, "[aria-labelledby=past] h3 a", http.StatusOK)
		shows(t, phone, "[aria-labelledby=outcome]", words.more, strings.TrimSuffix(words.title, "."))
		browsertest.Axe(t, phone)
		s.decent(t, phone, false)
		s.decent(t, desk, true)
	})
}
