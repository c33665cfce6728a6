package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kokko/edge/web/browsertest"
	"kokko/journey/spark"
)

// TestBrowserAFollowerHears: somebody follows a spark with nothing but an address,
// hears of the next turn at once, changes to a daily and then a weekly digest, and
// stops with the link in a letter; after that nothing more comes.
func TestBrowserAFollowerHears(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words, email := said(s.lang), "seuraaja."+strings.ReplaceAll(handed(scripts), " ", "")+"@posti.example"
		sp, _ := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Name: words.name})
		phone := s.phone(t, scripts)
		phone.Open(s.page("/kipina/" + sp.Code))
		follows(t, phone, "a[href*='/seuraa?']", http.StatusOK)
		shows(t, phone, "main", s.T("follow.kind.spark"), strings.TrimSuffix(words.title, "."))
		browsertest.Axe(t, phone)
		phone.Paste("#email", "väärin")
		follows(t, phone, "form[action*='/seuraa'] .button", http.StatusUnprocessableEntity)
		shows(t, phone, ".errors", s.T("fault.email.wrong"))
		phone.Paste("#email", email)
		follows(t, phone, "form[action*='/seuraa'] .button", http.StatusOK)
		shows(t, phone, "main", s.T("mine.sent.title"), email)
		browsertest.Axe(t, phone)
		link := s.letter(t, email).Links()[0]
		if len(phone.Cookies()) > 0 {
			t.Error("a cookie before anything was confirmed")
		}
		phone.Open(link)
		browsertest.Axe(t, phone)
		follows(t, phone, "form[action*='/vahvista/'] .button", http.StatusOK)
		shows(t, phone, "main", s.T("mine.done.seuranta"), email, strings.TrimSuffix(words.title, "."))
		browsertest.Axe(t, phone)
		own := phone.URL()

		answer := func(words string) int {
			t.Helper()
			before := len(s.post.Messages())
			_, err := s.parts.Sparks.Answer(s.parts.Jobs.WokenBy(t.Context()), s.act(sp), words, true, "")
			must(t, err)
			return before
		}
		before := answer(words.more + " 1")
		m := s.letterAfter(t, before, email, words.more+" 1", s.T("mail.follow.why.spark"))
		if m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Errorf("%v", m.Header)
		}
		pace := func(value string) {
			t.Helper()
			phone.Open(own)
			phone.Choose("#seuranta-0-pace", value)
			follows(t, phone, "form[action$='/seuranta'] .button", http.StatusOK)
			shows(t, phone, "main [role=status]", s.T("mine.done.seuranta"))
		}
		jump := func(to time.Time) {
			for !to.After(s.clock.Now()) { // another play on this stage has been there
				to = to.AddDate(0, 0, 7)
			}
			s.clock.jump(to.Sub(s.clock.Now()))
		}
		pace("daily")
		before = answer(words.more + " 2")
		jump(time.Date(2026, 11, 24, 5, 30, 5, 0, time.UTC))
		s.letterAfter(t, before, email, words.more+" 2", s.T("mail.follow.daily.lead"))
		pace("weekly")
		before = answer(words.more + " 3")
		jump(time.Date(2026, 11, 26, 6, 0, 5, 0, time.UTC))
		m = s.letterAfter(t, before, email, words.more+" 3", s.T("mail.follow.weekly.lead"))

		stranger := s.desk(t, scripts) // the link is enough, wherever it is opened
		stranger.Open(strings.Trim(m.Header.Get("List-Unsubscribe"), "<>"))
		browsertest.Axe(t, stranger)
		follows(t, stranger, "form[action*='/lopeta/'] .button", http.StatusOK)
		shows(t, stranger, "main", s.T("follow.stopped.title"))
		s.decent(t, stranger, false)
		phone.Open(own)
		shows(t, phone, "main", s.T("follow.mine.none"))
		before = answer(words.more + " 4")
		s.clock.jump(8 * 24 * time.Hour)
		s.drops(t, spark.Draft{Text: words.more})
		s.letterAfter(t, before, s.planner.Email) // work goes on, a week later
		s.clock.jump(2 * time.Minute)             // what waits for more to happen first
		wait(t, "an idle office", func() bool {
			now, err := s.parts.Jobs.Stats(t.Context())
			return err == nil && now.Waiting+now.Running == 0
		})
		for _, m := range s.post.Messages()[before:] {
			if m.To == email {
				t.Errorf("still told: %q", m.Subject)
			}
		}
		follows(t, phone, "form[action$='/unohda'] .button", http.StatusOK)
		s.decent(t, phone, false)
	})
}
