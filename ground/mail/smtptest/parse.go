package smtptest

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
)

// Message is a letter as it arrived, read with the standard library only, so
// that a mistake in ground/mail cannot hide behind the same mistake here.
type Message struct {
	From    string // envelope
	To      string // envelope
	User    string // who was signed in
	TLS     bool
	Raw     []byte // as received, CRLF lines
	Header  mail.Header
	Subject string // decoded
	Text    string // decoded, format=flowed undone
	HTML    string // decoded
	Broken  error  // why it could not be read
}

// Links are the addresses in the text, in order and once each.
func (m Message) Links() []string {
	var out []string
	for _, link := range regexp.MustCompile(`https?://[^\s<>"]+`).FindAllString(m.Text, -1) {
		if link = strings.TrimRight(link, ".,;)"); !slices.Contains(out, link) {
			out = append(out, link)
		}
	}
	return out
}

// Parse reads raw letters, for tests that composed one without sending it.
func Parse(raw []byte) Message { return parse(Message{Raw: raw}) }

func parse(m Message) Message {
	letter, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		m.Broken = err
		return m
	}
	m.Header = letter.Header
	if m.Subject, m.Broken = new(mime.WordDecoder).DecodeHeader(letter.Header.Get("Subject")); m.Broken != nil {
		return m
	}
	m.Broken = m.part(letter.Header.Get("Content-Type"), letter.Header.Get("Content-Transfer-Encoding"), letter.Body)
	return m
}

// part reads one part, and the parts of a multipart in order.
func (m *Message) part(contentType, encoding string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); err != nil {
				return err
			}
		}
	}
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	switch kind {
	case "text/plain":
		if params["format"] == "flowed" {
			text = unflow(text)
		}
		m.Text = text
	case "text/html":
		m.HTML = text
	}
	return nil
}

// unflow joins the lines RFC 3676 calls flowed.
func unflow(text string) string {
	var b strings.Builder
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, line := range lines {
		line = strings.TrimPrefix(line, " ")
		b.WriteString(line)
		if !strings.HasSuffix(line, " ") || line == "-- " {
			b.WriteByte('\n')
		}
	}
	return b.String()
}
