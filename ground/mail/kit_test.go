package mail_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kokko/ground/fault"
	kokkomail "kokko/ground/mail"
	"kokko/ground/mail/smtptest"
)

// timeLimit bounds a test that waits; it decides nothing when all is well.
func timeLimit(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// settingsOf reads the server's URL the way the program does.
func settingsOf(t *testing.T, server *smtptest.Server) kokkomail.Settings {
	t.Helper()
	s, err := kokkomail.ParseURL(server.URL())
	if err != nil {
		t.Fatalf("settings: %v", err)
	}
	return s
}

func senderOf(t *testing.T, s kokkomail.Settings) *kokkomail.SMTP {
	t.Helper()
	sender, err := kokkomail.NewSMTP(s)
	if err != nil {
		t.Fatalf("sender: %v", err)
	}
	return sender
}

// letterTo is a good letter with its own id.
func letterTo(email string) kokkomail.Message {
	m := letter()
	m.To, m.ID = kokkomail.Address{Email: email}, "id-"+email
	return m
}

func keyOf(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Key
	}
	return ""
}
