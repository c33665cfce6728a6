package mail

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"kokko/ground/fault"
)

// Receipt is what is known of a message that went.
type Receipt struct {
	Host  string // the server that took it; "" on the console
	Reply Reply  // its own words
	TLS   bool   // the connection was encrypted
}

// Outcome is what became of one message of a batch.
type Outcome struct {
	Receipt Receipt
	Err     error // nil when it went; see VerdictOf, ReplyOf, Uncertain
}

// Hooks let the outbox write down where each message stands. Both may be nil;
// both are called from the goroutine that sends, with the message's index.
type Hooks struct {
	// BeforeData is called when the recipient is accepted and before anything
	// of the content leaves. After a crash only the message marked here without
	// a Done can have gone unnoticed: at most one per connection. An error keeps
	// the message from going.
	BeforeData func(ctx context.Context, i int) error
	// Done is called once per message, as soon as its outcome is known.
	Done func(ctx context.Context, i int, o Outcome)
}

// Sender sends letters.
type Sender interface {
	// Send carries one message.
	Send(ctx context.Context, m Message) (Receipt, error)
	// SendAll carries messages in order, one outcome each.
	SendAll(ctx context.Context, messages []Message, hooks Hooks) []Outcome
}

var (
	_ Sender = (*SMTP)(nil)
	_ Sender = (*Console)(nil)
)

// perConnection is how many messages go over one connection; common servers
// close after a hundred.
const perConnection = 100

// SMTP sends through the server of its Settings. Safe for concurrent use: every
// call has its own connection.
type SMTP struct {
	settings Settings
	key      crypto.Signer // nil without DKIM
	tls      *tls.Config
}

// NewSMTP checks the settings and reads the files they name. It opens no
// connection.
func NewSMTP(s Settings) (*SMTP, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	m := &SMTP{settings: s, tls: &tls.Config{MinVersion: tls.VersionTLS12}}
	if !s.DKIM.IsZero() {
		var err error
		if m.key, err = s.DKIM.signer(); err != nil {
			return nil, err
		}
	}
	if s.CAFile != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		text, err := os.ReadFile(s.CAFile)
		if err == nil && !pool.AppendCertsFromPEM(text) {
			err = errors.New("no certificate in the file")
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "mail.settings.ca").On("ca").Because(err)
		}
		m.tls.RootCAs = pool
	}
	return m, nil
}

// Send carries one message over its own connection. Errors carry a *Failure.
func (m *SMTP) Send(ctx context.Context, message Message) (Receipt, error) {
	out := m.SendAll(ctx, []Message{message}, Hooks{})
	return out[0].Receipt, out[0].Err
}

// SendAll carries messages over as few connections as will do. A refusal stops
// one message; a lost connection is opened anew for the next one; a server that
// cannot be reached or signed in to stops the rest, each with that error. Every
// message is tried at most once.
func (m *SMTP) SendAll(ctx context.Context, messages []Message, hooks Hooks) []Outcome {
	out := make([]Outcome, len(messages))
	var x *session
	defer func() {
		if x != nil {
			x.close()
		}
	}()
	var stopped error // why no further connection is tried
	for i, message := range messages {
		o := &out[i]
		content, from, to, err := m.prepare(message)
		switch {
		case err != nil:
			o.Err = err
		case stopped != nil:
			o.Err = stopped
		case ctx.Err() != nil:
			o.Err = m.settings.failed(StepConnect, ctx.Err())
		default:
			if x != nil && x.sent >= perConnection {
				x.close()
				x = nil
			}
			if x == nil {
				if x, stopped = m.open(ctx, nil); stopped != nil {
					o.Err = stopped
					break
				}
			}
			var before func() error
			if hooks.BeforeData != nil {
				before = func() error { return hooks.BeforeData(ctx, i) }
			}
			o.Receipt, o.Err = x.send(from, to, content, before)
			if f, ok := FailureOf(o.Err); ok {
				if f.Lost {
					x.close()
					x = nil
				}
				if f.Verdict == Setup {
					stopped = o.Err
				}
			}
		}
		if hooks.Done != nil {
			hooks.Done(ctx, i, *o)
		}
	}
	return out
}

// prepare composes and signs, and gives the envelope.
func (m *SMTP) prepare(message Message) (content []byte, from, to string, err error) {
	if message.From == (Address{}) {
		message.From = m.settings.From
	}
	if content, err = Compose(message); err != nil {
		return nil, "", "", err
	}
	if content, err = m.settings.DKIM.sign(m.key, content); err != nil {
		return nil, "", "", err
	}
	return content, message.From.wire().Address, message.To.wire().Address, nil
}

// Console prints letters instead of sending them, for an office without a mail
// server. Safe for concurrent use.
type Console struct {
	from Address
	mu   sync.Mutex // owns w
	w    io.Writer
}

// NewConsole writes to w; from stands in where a message names no sender.
func NewConsole(w io.Writer, from Address) *Console { return &Console{w: w, from: from} }

// Send prints one message as a person reads it.
func (c *Console) Send(_ context.Context, m Message) (Receipt, error) {
	if m.From == (Address{}) {
		m.From = c.from
	}
	if err := m.Check(); err != nil {
		return Receipt{}, err
	}
	var b strings.Builder
	b.WriteString("────────────────────────────────────────\n")
	fmt.Fprintf(&b, "To:      %s\nFrom:    %s\nSubject: %s\n\n", m.To.shown(), m.From.shown(), tidyLine(m.Subject))
	b.WriteString(strings.TrimRight(tidyText(m.Text), "\n"))
	b.WriteString("\n────────────────────────────────────────\n")
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.WriteString(c.w, b.String()); err != nil {
		return Receipt{}, fault.New(fault.Busy, "mail.console").Because(err)
	}
	return Receipt{}, nil
}

// SendAll prints messages in order.
func (c *Console) SendAll(ctx context.Context, messages []Message, hooks Hooks) []Outcome {
	out := make([]Outcome, len(messages))
	for i, m := range messages {
		if hooks.BeforeData != nil {
			out[i].Err = hooks.BeforeData(ctx, i)
		}
		if out[i].Err == nil {
			out[i].Receipt, out[i].Err = c.Send(ctx, m)
		}
		if hooks.Done != nil {
			hooks.Done(ctx, i, out[i])
		}
	}
	return out
}

// shown is the address for a person's eyes.
func (a Address) shown() string {
	if name := tidyLine(a.Name); name != "" {
		return name + " <" + a.Email + ">"
	}
	return a.Email
}
