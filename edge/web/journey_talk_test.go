package web_test

import (
	"net/http"
	"strings"
	"testing"

	"kokko/edge/web/browsertest"
	"kokko/journey/spark"
)

// Selectors of the talk's play.
const (
	sayOpens  = "#puhe details > summary"
	sayButton = "#puhe details form .button"
)

// TestBrowserPeopleTalk: somebody says something with nothing but an address; it waits
// until the office lets it in. They say "me too" and offer to join, ask the bringer, who
// answers, and change and take away their own words.
func TestBrowserPeopleTalk(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		s.holds(t)
		words, who := said(s.lang), strings.ReplaceAll(handed(scripts), " ", "")
		email, bringing := "puhuja."+who+"@posti.example", "tuoja."+who+"@posti.example"
		sp, _ := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Email: bringing})
		at := s.page("/kipina/" + sp.Code)
		first, question, answer := "https://kyla.example/"+who+" 1", who+": "+words.more+" 2?", who+": "+words.more+" 3"
		phone, stranger := s.phone(t, scripts), s.phone(t, scripts)

		phone.Open(at)
		phone.Click(sayOpens)
		phone.Paste("#words", first)
		phone.Paste("#email", "väärin")
		follows(t, phone, sayButton, http.StatusUnprocessableEntity)
		shows(t, phone, ".errors", s.T("fault.email.wrong"))
		if got := phone.Value("#words"); got != first {
			t.Errorf("what was typed is lost: %q", got)
		}
		browsertest.Axe(t, phone)
		phone.Paste("#email", email)
		follows(t, phone, sayButton, http.StatusOK)
		phone.Open(s.letter(t, email).Links()[0])
		shows(t, phone, "main", s.T("talk.want.comment", "code", sp.Code))
		follows(t, phone, "form[action*='/vahvista/'] .button", http.StatusOK)
		shows(t, phone, "#puhe [role=status]", s.T("talk.done.puhe-odottaa"))
		browsertest.Axe(t, phone)
		stranger.Open(at)
		if strings.Contains(stranger.Text("main"), first) {
			t.Error("what waits is shown to everybody")
		}

		officer := s.desk(t, scripts)
		s.signIn(t, officer, s.planner)
		officer.Open(s.page("/toimisto/jono"))
		shows(t, officer, "section[aria-labelledby=puheenvuorot]", first, sp.Code)
		browsertest.Axe(t, officer)
		follows(t, officer, "section[aria-labelledby=puheenvuorot] a[data-row][href*='"+sp.Code+"']", http.StatusOK)
		browsertest.Axe(t, officer)
		follows(t, officer, "#puhe button[name=do][value=trust]", http.StatusOK)
		shows(t, officer, ".note.good", s.T("worktalk.done"))
		stranger.Open(at)
		shows(t, stranger, "#puhe", first, s.T("talk.who.person"))

		phone.Open(at)
		follows(t, phone, "#minakin form .button", http.StatusOK)
		shows(t, phone, "main [role=status]", s.T("talk.done.minakin"))
		browsertest.Axe(t, phone)
		phone.Click("input[name=offer][value=join]")
		phone.Click("input[name=shared]")
		phone.Paste("#name", words.name)
		follows(t, phone, "main form .button", http.StatusOK)
		phone.Open(at)
		shows(t, phone, "#minakin", s.T("talk.warm.you"), s.T("talk.offer.yours", "offer", s.T("talk.offer.join")))
		stranger.Open(at)
		shows(t, stranger, "#minakin", s.say.N("talk.warm.count", 1))
		if strings.Contains(stranger.Text("main"), words.name) {
			t.Error("who offers something is told to everybody")
		}

		phone.Click(sayOpens)
		phone.Paste("#words", question)
		phone.Click("#puhe input[name=question]")
		follows(t, phone, sayButton, http.StatusOK)
		shows(t, phone, "#puhe [role=status]", s.T("talk.done.puhe"))
		stranger.Open(at)
		shows(t, stranger, "#puhe .note.warn", question)
		browsertest.Axe(t, stranger)
		bringer := s.phone(t, scripts)
		bringer.Open(s.linkIn(t, s.letter(t, bringing, sp.Code, s.T("mail.bringer.commented_question.subject", "code", sp.Code)), "/oma/"))
		shows(t, bringer, "#puhe .note.warn", question)
		shows(t, bringer, "#puhe", words.name, email)
		browsertest.Axe(t, bringer)
		bringer.Paste("#puhe .note.warn textarea", answer)
		follows(t, bringer, "#puhe .note.warn form .button", http.StatusOK)
		stranger.Open(at)
		shows(t, stranger, "#puhe", answer, s.T("talk.question.answered"))
		if stranger.Has("#puhe .note.warn") {
			t.Error("a question that was answered stands open")
		}
		follows(t, stranger, "#puhe .tag + span a, #puhe .meta a[href*='/kommentti/']", http.StatusOK)

		phone.Open(at)
		follows(t, phone, "#puhe a[href$='/muokkaus']", http.StatusOK)
		browsertest.Axe(t, phone)
		phone.Paste("#words", first+" x")
		follows(t, phone, "main form[action*='/kommentti/'] .button", http.StatusOK)
		stranger.Open(at)
		shows(t, stranger, "#puhe", first+" x", s.T("talk.edited"))
		phone.Open(at)
		follows(t, phone, "#puhe a[href$='/muokkaus']", http.StatusOK)
		follows(t, phone, "form[action$='/poisto'] .button", http.StatusOK)
		shows(t, phone, "main [role=status]", s.T("mine.done.puhe-pois"))
		browsertest.Axe(t, phone)
		stranger.Open(at)
		shows(t, stranger, "#puhe", s.T("talk.withdrawn"))
		if strings.Contains(stranger.Text("main"), first) {
			t.Error("withdrawn words are shown")
		}
		if over := stranger.Overflow(); over > 0 {
			t.Errorf("the page is %d px too wide", over)
		}
		if cookies := phone.Cookies(); len(cookies) != 1 || !cookies[0].HTTPOnly {
			t.Errorf("whom the browser remembers has %d cookies", len(cookies))
		}
		s.decent(t, stranger, false)
		s.decent(t, bringer, false)
		s.decent(t, officer, true)
	})
}
