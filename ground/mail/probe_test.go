package mail_test

import (
	"fmt"
	"strings"
	"testing"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	kokkomail "kokko/ground/mail"
	"kokko/ground/mail/smtptest"
)

// say words a note as the settings page and kokko doctor do.
func say(t *testing.T, l i18n.Language) func(key string, args map[string]any) string {
	t.Helper()
	bundle, err := i18n.Load(kokkomail.Texts)
	if err != nil {
		t.Fatal(err)
	}
	bundle.OnMissing(func(m i18n.Missing) { t.Errorf("no text: %v", m) })
	return func(key string, args map[string]any) string {
		var pairs []any
		for name, value := range args {
			pairs = append(pairs, name, value)
		}
		return bundle.For(l).T(key, pairs...)
	}
}

func TestProbeShowsTheConversation(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, smtptest.SignedIn("kokko", "salasana1", "PLAIN"))
	trial := letter()
	got, err := kokkomail.Probe(timeLimit(t), settingsOf(t, server), &trial)
	if err != nil {
		t.Fatal(err)
	}
	if got.TLS == "" || got.Certificate == nil || got.SignedIn != "PLAIN" || got.Receipt == nil || len(server.Messages()) != 1 {
		t.Errorf("%+v", got)
	}
	text := got.Text(say(t, i18n.Finnish))
	t.Log(text)
	at := 0
	for _, want := range []string{"Otetaan yhteys palvelimeen 127.0.0.1", "← 220 mail.example", "→ EHLO example.fi", "STARTTLS", "→ STARTTLS", "← 220 ",
		"→ EHLO", "→ AUTH •••", "← 235 ", "Yhteys on suojattu (TLS 1.3)", "→ MAIL FROM:<kokko@example.fi>", "← 250 ", "→ RCPT TO:<aijo@example.fi>",
		"← 250 ", "→ DATA", "← 354 ", "Viestin sisältö lähetetty", "← 250 ", "Koeviesti lähti osoitteeseen aijo@example.fi"} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("%q does not follow in\n%s", want, text)
		}
		at += i
	}
	for _, secret := range []string{"salasana1", "AGtva2tvAHNhbGFzYW5hMQ"} {
		if strings.Contains(fmt.Sprintf("%+v", got)+text, secret) {
			t.Errorf("the password shows in\n%s", text)
		}
	}
}

func TestProbeWithoutATrialSendsNothing(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t)
	got, err := kokkomail.Probe(timeLimit(t), settingsOf(t, server), nil)
	if err != nil || got.Receipt != nil || len(server.Messages()) != 0 || got.SignedIn != "" {
		t.Errorf("%+v, %v", got, err)
	}
	if text := got.Text(say(t, i18n.Swedish)); !strings.Contains(text, "→ RSET") || !strings.Contains(text, "Inget provmeddelande") {
		t.Error(text)
	}
}

func TestProbeTellsWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options []smtptest.Option
		change  func(s *kokkomail.Settings)
		trial   bool
		want    []string
	}{
		"wrong password": {[]smtptest.Option{smtptest.SignedIn("kokko", "oikea salasana")}, func(s *kokkomail.Settings) { s.Password = password }, false,
			[]string{"← 535 5.7.8 Username and password not accepted for kokko", "The mail server did not accept the user name or the password. It said: 535 5.7.8 Username"}},
		"wrong sender": {[]smtptest.Option{smtptest.Refuse(smtptest.Sender, 553, "5.7.1", "not yours", -1)}, nil, false,
			[]string{"← 553 5.7.1 not yours", "sender's address"}},
		"no such user": {[]smtptest.Option{smtptest.Refuse(smtptest.Recipient, 550, "5.1.1", "no such user", -1)}, nil, true,
			[]string{"← 550 5.1.1 no such user", "→ RSET", "for this recipient. It said: 550 5.1.1 no such user"}},
		"spam": {[]smtptest.Option{smtptest.Refuse(smtptest.Accept, 554, "5.7.1", "spam", -1)}, nil, true, []string{"→ DATA", "← 554 5.7.1 spam"}},
		"no starttls": {[]smtptest.Option{smtptest.Plain()}, func(s *kokkomail.Settings) { s.TLS = kokkomail.StartTLS }, false,
			[]string{"← 250", "offers no protected connection (STARTTLS)"}},
		"other name":    {[]smtptest.Option{smtptest.CertificateFor("other.example")}, nil, false, []string{"for another name: other.example. The settings say 127.0.0.1"}},
		"own authority": {nil, func(s *kokkomail.Settings) { s.CAFile = "" }, false, []string{"was issued by Koepostin juuri"}},
		"expired":       {[]smtptest.Option{smtptest.Expired()}, nil, false, []string{"not now"}},
		"wrong settings": {nil, func(s *kokkomail.Settings) { s.From.Email, s.Port = "x", -5 }, false,
			[]string{"The port must be", "sender's address is missing"}},
		"turned away": {[]smtptest.Option{smtptest.Refuse(smtptest.Greeting, 554, "", "5.7.1 listed", -1)}, nil, false, []string{"← 554 5.7.1 listed", "does not take the connection"}},
		"key":         {nil, func(s *kokkomail.Settings) { s.DKIM = kokkomail.DKIM{Selector: "a", Domain: "b.fi", Key: "x"} }, false, []string{"DKIM key could not be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, c.options...)
			s := settingsOf(t, server)
			if c.change != nil {
				c.change(&s)
			}
			var trial *kokkomail.Message
			if c.trial {
				m := letter()
				trial = &m
			}
			got, err := kokkomail.Probe(timeLimit(t), s, trial)
			if err == nil || fault.CodeOf(err) == fault.Internal {
				t.Errorf("error %v", err)
			}
			text := got.Text(say(t, i18n.English))
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing from\n%s", want, text)
				}
			}
			if strings.Contains(text, password) || strings.Contains(text, "{{") || strings.Contains(text, "⟦") {
				t.Errorf("not fit to show:\n%s", text)
			}
		})
	}
}

// Every sentence exists in three languages, and every key the code names has one.
func TestTexts(t *testing.T) {
	t.Parallel()
	bundle, err := i18n.Load(kokkomail.Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range bundle.Check() {
		t.Error(gap)
	}
	named := keysInSource(t)
	if len(named) < 40 {
		t.Fatalf("only %d keys found in the source", len(named))
	}
	has := map[string]bool{}
	for _, key := range bundle.Keys() {
		has[key] = true
	}
	for key := range named {
		if !has[key] {
			t.Errorf("%s has no text", key)
		}
	}
	for key := range has {
		ours := strings.HasPrefix(key, "fault.mail.") || strings.HasPrefix(key, "mail.")
		if ours && !named[key] {
			t.Errorf("nothing says %s", key)
		}
	}
}
