package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail/log"
	"kokko/ground/fault"
)

// Who speaks a line of a Transcript.
type Who string

const (
	Us     Who = "us"
	Server Who = "server"
	Note   Who = "note" // a remark of ours: Key and Args instead of Text
)

// Line is one line of the conversation.
type Line struct {
	Who  Who
	Text string
	Key  string
	Args map[string]any
}

// Certificate is what an operator wants to know of the server's certificate.
type Certificate struct {
	Names  []string
	Issuer string
	Until  time.Time
}

// Transcript is the conversation with the mail server, the password left out.
type Transcript struct {
	Host        string
	Port        int
	Lines       []Line       // at most maxLines
	TLS         string       // "TLS 1.3"; "" on an open connection
	Certificate *Certificate // nil on an open connection
	SignedIn    string       // "PLAIN", "SCRAM-SHA-256" …; "" without sign-in
	Receipt     *Receipt     // of the trial letter, nil when none went
}

// Text is the conversation for a terminal; say words the notes.
func (t Transcript) Text(say func(key string, args map[string]any) string) string {
	var b strings.Builder
	for _, l := range t.Lines {
		switch l.Who {
		case Us:
			b.WriteString("→ " + l.Text + "\n")
		case Server:
			b.WriteString("← " + l.Text + "\n")
		default:
			b.WriteString("  " + say(l.Key, l.Args) + "\n")
		}
	}
	return b.String()
}

const (
	maxLines = 300
	maxLine  = 1000 // runes
)

// Probe talks to the mail server as a sender would and tells what was said. With
// a trial message it sends it; without one it goes as far as asking whether the
// sender address is accepted. The transcript is filled also when err is not nil,
// and its last note is the reason.
func Probe(ctx context.Context, s Settings, trial *Message) (Transcript, error) {
	said := &recorder{hide: s.hide}
	t := Transcript{Host: s.Host, Port: s.port()}
	m, err := NewSMTP(s)
	if err == nil {
		err = m.probe(ctx, said, trial, &t)
	}
	for _, e := range fault.List(err) {
		said.lines = append(said.lines, Line{Who: Note, Key: "fault." + e.Key, Args: e.Args})
	}
	t.Lines = said.lines
	return t, err
}

func (m *SMTP) probe(ctx context.Context, said *recorder, trial *Message, t *Transcript) error {
	s := m.settings
	var content []byte
	from, to := s.From.wire().Address, ""
	if trial != nil {
		var err error // before connecting: a wrong letter is no fault of the server
		if content, from, to, err = m.prepare(*trial); err != nil {
			return err
		}
	}
	x, err := m.open(ctx, said)
	if err != nil {
		return err
	}
	defer x.close()
	t.SignedIn = x.signedIn
	if state, ok := x.secured(); ok && len(state.PeerCertificates) > 0 {
		c := certificate(state.PeerCertificates[0])
		t.TLS, t.Certificate = tls.VersionName(state.Version), &c
		said.note("mail.probe.tls", "version", t.TLS, "names", words(strings.Join(c.Names, ", ")), "issuer", c.Issuer, "until", c.Until.Format(time.DateOnly))
	} else {
		said.note("mail.probe.open")
	}
	if m.key != nil {
		said.note("mail.probe.dkim", "name", s.DKIM.Name())
	}
	if trial == nil {
		x.wire.begin(s.timeout())
		if err := x.client.Mail("<" + from + ">"); err != nil {
			return x.refused(StepSender, err)
		}
		if err := x.reset(); err != nil {
			return x.heard(StepSender, err)
		}
		said.note("mail.probe.ready")
		return nil
	}
	receipt, err := x.send(from, to, content, nil)
	if err != nil {
		return err
	}
	t.Receipt = &receipt
	said.note("mail.probe.sent", "to", to)
	return nil
}

func certificate(c *x509.Certificate) Certificate {
	return Certificate{Names: names(c), Issuer: words(issuer(c)), Until: c.NotAfter.UTC()}
}

// recorder listens to the client library's log. A nil recorder hears nothing.
type recorder struct {
	hide  func(string) string
	lines []Line
}

// note adds a remark with key, value pairs.
func (r *recorder) note(key string, pairs ...any) {
	if r == nil || len(r.lines) >= maxLines {
		return
	}
	args := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i].(string)] = pairs[i+1]
	}
	r.lines = append(r.lines, Line{Who: Note, Key: key, Args: args})
}

// server adds the server's words, one line each.
func (r *recorder) server(hide func(string) string, text string) {
	if r == nil {
		return
	}
	r.add(Server, hide(text))
}

func (r *recorder) add(who Who, text string) {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\r\n"), "\n") {
		line = words(line)
		if line == "" || len(r.lines) >= maxLines {
			continue
		}
		if runes := []rune(line); len(runes) > maxLine {
			line = string(runes[:maxLine]) + "…"
		}
		r.lines = append(r.lines, Line{Who: who, Text: line})
	}
}

// Debugf hears one line of the library; sign-in data reaches it already
// blanked, and hide takes out what a server may repeat.
func (r *recorder) Debugf(l log.Log) {
	text := fmt.Sprintf(l.Format, l.Messages...)
	who := Server
	if l.Direction == log.DirClientToServer {
		who = Us
	}
	text = strings.ReplaceAll(text, "<SMTP auth data redacted>", "AUTH "+dots)
	if who == Server && strings.HasPrefix(text, "0 ") {
		return // the library's own mark for "no answer"
	}
	r.add(who, r.hide(text))
}

// Infof, Warnf and Errorf complete the library's interface; it calls only Debugf.
func (r *recorder) Infof(l log.Log)  { r.Debugf(l) }
func (r *recorder) Warnf(l log.Log)  { r.Debugf(l) }
func (r *recorder) Errorf(l log.Log) { r.Debugf(l) }
