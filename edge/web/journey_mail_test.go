package web_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"kokko/edge/mailin"
	"kokko/ground/i18n"
	"kokko/ground/mail"
	"kokko/ground/mail/smtptest"
	"kokko/journey/spark"
	"kokko/region/office"
)

const callInbox = "kipina@kouvola.example"

// mails has a person write to the call: their letter goes to the mail server by
// SMTP, and the server hands it to the mail door.
func (s *stage) mails(t testing.TB, m mail.Message) mailin.Taken {
	t.Helper()
	ctx := context.Background()
	settings, err := mail.ParseURL(s.post.URL())
	must(t, err)
	sender, err := mail.NewSMTP(settings)
	must(t, err)
	m.To, m.Date = mail.Address{Email: callInbox}, s.clock.Now()
	_, err = sender.Send(ctx, m)
	must(t, err)
	var came smtptest.Message
	for _, each := range s.post.Messages() {
		if each.To == callInbox && strings.Contains(each.Header.Get("Message-ID"), m.ID) {
			came = each
		}
	}
	texts, err := i18n.Load(mailin.Texts)
	must(t, err)
	door := &mailin.Door{DB: s.db, Clock: s.clock, Texts: texts, Programmes: s.parts.Programmes, Sparks: s.parts.Sparks, Files: s.parts.Files, Feedback: s.parts.Feedback, Outbox: s.parts.Outbox}
	raw := append([]byte("X-Original-To: "+came.To+"\r\n"), came.Raw...)
	taken, err := door.Take(s.parts.Jobs.WokenBy(ctx), bytes.NewReader(raw), mailin.Envelope{})
	must(t, err)
	return taken
}

// TestBrowserFromLetterToAnswer: a resident writes a letter and never sees a form;
// the office answers in the browser, the resident answers the answer by mail, and
// it stands in the story and on the work list.
func TestBrowserFromLetterToAnswer(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		must(t, s.parts.Office.Set(t.Context(), "kouvola", map[string]string{office.MailIn: callInbox}))
		resident := mail.Address{Name: words.name, Email: fmt.Sprintf("kirje-%v@posti.example", scripts)}

		taken := s.mails(t, mail.Message{From: resident, Subject: words.title, Text: words.text, Language: string(s.lang), ID: fmt.Sprintf("eka-%v@posti.example", scripts)})
		if taken.Fate != mailin.Sparked {
			t.Fatalf("%+v", taken)
		}
		receipt := s.letter(t, resident.Email, taken.Code, s.planner.Name)
		if to := receipt.Header.Get("Reply-To"); !strings.Contains(to, callInbox) {
			t.Errorf("answers to the receipt go to %q", to)
		}
		s.letter(t, s.planner.Email, taken.Code, words.text)

		// The public reads nothing of it.
		stranger := s.phone(t, scripts)
		if got := stranger.Open(s.page("/kipina/" + taken.Code)); got != 404 {
			t.Errorf("a letter is public: %d", got)
		}

		// The office answers.
		officer := s.desk(t, scripts)
		s.signIn(t, officer, s.planner)
		follows(t, officer, "a[data-row][href*='"+taken.Code+"']", 200)
		shows(t, officer, "main", words.text, words.name, resident.Email, s.T("work.source.mail"))
		officer.Paste("#vastaa-words", words.more)
		follows(t, officer, answer, 200)
		answered := s.letter(t, resident.Email, taken.Code, words.more)

		// The resident answers from their own mail program, the letter quoted below.
		quoted := "\n\n> " + strings.Join(strings.Split(answered.Text, "\n"), "\n> ")
		back := mail.Message{From: resident, Subject: "Re: " + answered.Subject, Text: words.reply + quoted, ID: fmt.Sprintf("toka-%v@posti.example", scripts),
			Headers: map[string]string{"In-Reply-To": answered.Header.Get("Message-ID")}}
		if got := s.mails(t, back); got.Fate != mailin.Replied || got.Code != taken.Code {
			t.Fatalf("%+v", got)
		}
		s.letter(t, s.planner.Email, taken.Code, words.reply)
		officer.Open(s.page("/toimisto"))
		shows(t, officer, "li:has(a[data-row][href*='"+taken.Code+"']) .why", s.T("work.why.replied", "ago", s.say.Ago(s.clock.Now(), s.clock.Now())))
		follows(t, officer, "a[data-row][href*='"+taken.Code+"']", 200)
		shows(t, officer, ".story", words.more, words.reply)
		if story := officer.Text(".story"); strings.Contains(story, s.T("mail.bringer.by_mail")) {
			t.Error("the quoted letter stands in the story")
		}

		// The resident looks behind the link for the first time, and opens the spark.
		own := s.phone(t, scripts)
		own.Open(s.linkIn(t, receipt, "/oma/"))
		shows(t, own, "main", words.text, s.T("own.seen.office"))
		shows(t, own, ".story", words.more, words.reply)
		follows(t, own, "a[href$='/muokkaus']", 200)
		own.Click("input[name=visibility][value=" + string(spark.Unnamed) + "]")
		follows(t, own, "form[action$='/muokkaus'] .actions > .button", 200)
		if got := stranger.Open(s.page("/kipina/" + taken.Code)); got != 200 || strings.Contains(stranger.Text("body"), words.name) {
			t.Errorf("opened without the name: %d", got)
		}
		s.decent(t, stranger, false)
		s.decent(t, own, false)
		s.decent(t, officer, true)
	})
}
