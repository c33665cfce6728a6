package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
	"kokko/ground/fault"
)

// Compose checks the message and writes it as it goes on the wire: CRLF lines,
// quoted-printable UTF-8, flowed text, at most 998 bytes a line. The same
// message always gives the same bytes.
func Compose(m Message) ([]byte, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	extra, _ := m.headers() // Check has seen them
	text := flow(tidyText(m.Text))
	// Quoted-printable bodies could hold any text, but not the digest of themselves.
	sum := sha256.Sum256([]byte(m.ID + "\x00" + text + "\x00" + m.HTML))
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP),
		gomail.WithBoundary("kokko-"+hex.EncodeToString(sum[:20])))
	msg.FromMailAddress(m.From.wire())
	msg.ToMailAddress(m.To.wire())
	if m.ReplyTo.Email != "" {
		msg.ReplyToMailAddress(m.ReplyTo.wire())
	}
	msg.Subject(tidyLine(m.Subject))
	msg.SetDateWithValue(m.Date)
	msg.SetMessageIDWithValue(m.ID)
	if m.Language != "" {
		msg.SetGenHeader("Content-Language", m.Language)
	}
	if m.AutoSubmitted {
		msg.SetGenHeader("Auto-Submitted", "auto-generated")
		msg.SetGenHeader("X-Auto-Response-Suppress", "OOF, AutoReply") // Exchange heeds only this one
	}
	for name, value := range extra {
		msg.SetGenHeader(gomail.Header(name), value)
	}
	msg.SetBodyString("text/plain; format=flowed", text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, tidyText(m.HTML))
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fault.New(fault.Internal, "mail.compose").Because(err)
	}
	return b.Bytes(), nil
}

// wire is the address with its domain in ASCII and its name tidied; only for
// checked addresses.
func (a Address) wire() *netmail.Address {
	email, _ := ParseEmail(a.Email)
	// net/mail leaves a backslash bare in an encoded word, which no parser takes
	// back; names have no use for one.
	return &netmail.Address{Name: strings.ReplaceAll(tidyLine(a.Name), `\`, "/"), Address: email}
}
