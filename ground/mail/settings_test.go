package mail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/ground/fault"
	kokkomail "kokko/ground/mail"
)

const password = "p@ss/wörd#1"

func TestParseURL(t *testing.T) {
	t.Parallel()
	s, err := kokkomail.ParseURL("smtp://kokko%40example.fi:p%40ss%2Fw%C3%B6rd%231@mail.example.fi:2525?from=Kouvolan+kokko+%3Ckokko@example.fi%3E" +
		"&tls=starttls&hello=kokko.example.fi&ca=/etc/ca.pem&timeout=10s&dkim_selector=k1&dkim_domain=example.fi&dkim_key=/etc/dkim.pem")
	if err != nil {
		t.Fatal(err)
	}
	want := kokkomail.Settings{
		Host: "mail.example.fi", Port: 2525, TLS: kokkomail.StartTLS, User: "kokko@example.fi", Password: password,
		From: kokkomail.Address{Name: "Kouvolan kokko", Email: "kokko@example.fi"}, Hello: "kokko.example.fi", CAFile: "/etc/ca.pem",
		Timeout: 10 * time.Second, DKIM: kokkomail.DKIM{Selector: "k1", Domain: "example.fi", KeyFile: "/etc/dkim.pem"},
	}
	if s != want {
		t.Errorf("got %+v with password %q", s, s.Password.Reveal())
	}
	for line, want := range map[string]string{
		"smtp://mail.example.fi?from=a@example.fi":                    "smtp://mail.example.fi:587?tls=starttls&from=a@example.fi",
		"smtp://mail.example.fi:465?from=a@example.fi":                "smtp://mail.example.fi:465?tls=implicit&from=a@example.fi",
		"smtps://mail.example.fi/?from=a@example.fi":                  "smtp://mail.example.fi:465?tls=implicit&from=a@example.fi",
		"smtp://[::1]:25?tls=off&from=a@example.fi":                   "smtp://[::1]:25?tls=off&from=a@example.fi",
		"smtp://relay?tls=off&from=a@example.fi":                      "smtp://relay:25?tls=off&from=a@example.fi",
		"smtp://u:salasana@mail.example.fi?from=a@example.fi":         "smtp://u:•••@mail.example.fi:587?tls=starttls&from=a@example.fi",
		"smtp://u:salasana@127.0.0.1:2525?tls=off&from=a@example.fi":  "smtp://u:•••@127.0.0.1:2525?tls=off&from=a@example.fi",
		"smtp://mail.example.fi:465?tls=required&from=a@example.fi\n": "smtp://mail.example.fi:465?tls=implicit&from=a@example.fi",
	} {
		s, err := kokkomail.ParseURL(line)
		if err != nil || s.String() != want {
			t.Errorf("%s: %s (%v), want %s", line, s, err, want)
		}
	}
}

func TestWrongSettingsAreNamedWithoutThePassword(t *testing.T) {
	t.Parallel()
	for line, field := range map[string]string{
		"http://u:salasana@h.fi?from=a@b.fi": "url", "smtp://u:salasana@h.fi:99x?from=a@b.fi": "url", "smtp://u:sala%zzsana@h.fi": "url",
		"smtp://u:salasana@h.fi?from=a@b.fi&x=1": "url", "smtp://u:salasana@h.fi/path?from=a@b.fi": "url", "smtp://u:sala#sana@h.fi?from=a@b.fi": "url",
		"smtp://u:salasana@h.fi?from=a@b.fi&from=c@d.fi": "url", "smtp://u:salasana@h.fi:0x?from=a@b.fi": "url", "salasana": "url", "": "url",
		"smtp://u:salasana@?from=a@b.fi": "host", "smtp://u:salasana@h.fi:70000?from=a@b.fi": "port", "smtp://u:salasana@h.fi": "from",
		"smtp://u:salasana@h.fi?from=a": "from", "smtp://u:salasana@h.fi?from=a@b.fi%0d%0aX": "from", "smtp://u@h.fi?from=a@b.fi": "password",
		"smtp://u:sala%0asana@h.fi?from=a@b.fi": "password", "smtp://u:salasana@h.fi?from=a@b.fi&tls=maybe": "tls",
		"smtps://u:salasana@h.fi?from=a@b.fi&tls=off": "tls", "smtp://u:salasana@h.fi?from=a@b.fi&tls=off": "tls",
		"smtp://u:salasana@h.fi?from=a@b.fi&hello=a%20b": "hello", "smtp://u:salasana@h.fi?from=a@b.fi&timeout=soon": "timeout",
		"smtp://u:salasana@h.fi?from=a@b.fi&timeout=-1s": "timeout", "smtp://u:salasana@h.fi?from=a@b.fi&dkim_selector=k": "dkim",
	} {
		_, err := kokkomail.ParseURL(line)
		if !slices.ContainsFunc(fault.List(err), func(e *fault.Error) bool { return e.Field == field && e.Code == fault.Invalid }) {
			t.Errorf("%q: %v, want a mistake in %s", line, err, field)
		}
		if err != nil && (strings.Contains(err.Error(), "sala") || strings.Contains(err.Error(), "sana")) {
			t.Errorf("the error shows the password: %v", err)
		}
	}
	many := fault.List(kokkomail.Settings{Host: "a b", Port: -1, User: "u"}.Check())
	if len(many) < 4 {
		t.Errorf("host, port, password and from are wrong; told of %v", many)
	}
}

func TestPasswordIsNeverPrinted(t *testing.T) {
	t.Parallel()
	key, err := kokkomail.GenerateKey(kokkomail.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	s := kokkomail.Settings{Host: "h.fi", User: "u", Password: password, From: kokkomail.Address{Email: "a@b.fi"},
		DKIM: kokkomail.DKIM{Selector: "k", Domain: "b.fi", Key: key}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", &s)
		fmt.Fprintf(&out, verb+"\n", s.Password)
		fmt.Fprintf(&out, verb+"\n", s.DKIM)
		fmt.Fprintf(&out, verb+"\n", struct{ S kokkomail.Settings }{s})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("mail", "settings", s, "password", s.Password, "dkim", s.DKIM, "deep", struct{ S kokkomail.Settings }{s})
	}
	if err := json.NewEncoder(&out).Encode(s); err != nil {
		t.Fatal(err)
	}
	printed := out.String()
	for _, secret := range []string{password, fmt.Sprintf("%x", password), "PRIVATE KEY", strings.Split(key.Reveal(), "\n")[1]} {
		if strings.Contains(printed, secret) {
			t.Errorf("%q is in:\n%s", secret, printed)
		}
	}
	if s.Password.Reveal() != password {
		t.Error("the password itself is lost")
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("smtp://user:salasana@host.fi:587?from=Kokko+<a@b.fi>&tls=starttls")
	f.Add("smtps://[::1]?from=a@b.fi&dkim_selector=a&dkim_domain=b.fi&dkim_key=/k")
	f.Add("smtp://u:\x00@h?from=\r\n")
	f.Fuzz(func(t *testing.T, line string) {
		s, err := kokkomail.ParseURL(line)
		if err != nil {
			if fault.CodeOf(err) == fault.Internal {
				t.Fatalf("%q: %v", line, err)
			}
			return
		}
		if strings.ContainsAny(s.User+s.Password.Reveal()+s.Host+s.Hello+s.From.Email, "\r\n\x00") || s.Check() != nil {
			t.Fatalf("%q was taken as %s", line, s)
		}
	})
}
