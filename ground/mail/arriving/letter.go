package arriving

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/mail"
)

// Bounds of one letter. What is over them is left out and told of (Incomplete,
// Left); only a letter over MaxBytes or maxHeaderBlock is refused.
const (
	MaxBytes       = 12 << 20 // of a whole message, unless Options says otherwise
	MaxText        = 256 << 10
	MaxAttachments = 5
	MaxAttachment  = 10 << 20 // bytes of one, and of all of them together

	maxHeaders     = 100     // fields we read, in one header
	maxHeader      = 8 << 10 // bytes of one field
	maxHeaderBlock = 1 << 20 // bytes of a whole header, with the fields we do not read
	maxDepth       = 8       // multiparts and forwarded letters inside each other
	maxParts       = 50
	maxCut         = 4 * MaxText // bytes looked through for quotes
	maxRawText     = 2 << 20     // bytes of one text part as sent
	maxHops        = 25          // Received lines of a letter that goes in circles
	maxPeople      = 100         // in To, and in Cc
	maxReferences  = 50
	maxFileName    = 120 // runes
	smallPicture   = 32 << 10
)

// Options say what the caller wants of a letter; the zero value reads text only.
type Options struct {
	MaxBytes    int64 // of the whole message; 0 is the MaxBytes of the package
	Attachments bool  // keep the bytes of attachments

	// Domain is what stands after the @ in our own letters' Message-IDs: one from
	// there has come round to us. Give none when people's mail servers write the
	// same domain into theirs, or the office's own letters would be dropped;
	// X-Kokko-Loop and the number of servers tell then.
	Domain string
}

// Letter is one message as its reader needs it. All text is valid UTF-8 with no
// control characters (Text has LF line ends) and no direction marks.
type Letter struct {
	// From is who wrote. Email is a checked, sendable address, or empty when the
	// header holds none; Name is what the sender calls themselves, proof of nothing.
	From    mail.Address
	To, Cc  []mail.Address // those with a usable address
	Subject string         // one line, at most mail.MaxSubject runes, "Re:" and the like left in
	Text    string         // the sender's own words, at most MaxText bytes

	Delivered []string // where servers say they delivered it, the last server first: X-Original-To, Envelope-To, Delivered-To; each once
	Language  string   // the first tag of Content-Language, "fi" or "sv-FI"; what the sender's program claims, empty when it says nothing

	MessageID  string    // without the angle brackets; empty when there is no proper one
	References []string  // what it answers, oldest first, In-Reply-To last; without brackets
	Date       time.Time // as the sender's clock had it, UTC; zero when missing or senseless

	Attachments []Attachment // at most MaxAttachments; only with Options.Attachments
	Left        int          // files that came with the letter and were not kept
	LeftNames   []string     // of those, the names of all that had one
	Incomplete  bool         // some of the letter could not be read, or went over a bound

	// Automatic: no person wrote this (an out-of-office note, a bounce, a
	// newsletter, a mailing list), so nothing may answer it. Sign names the
	// header that tells, for the log.
	Automatic bool
	Sign      string
	// Loop: our own letter came back, so it must be dropped without an answer.
	Loop bool
}

// Attachment is a file that came with the letter. Nothing in it is checked:
// Name is tidied to be shown and has no folder in it, Type is what the sender's
// program claims.
type Attachment struct {
	Name  string
	Type  string
	Bytes []byte
}

// Read reads one RFC 5322 message to its end, in one pass; memory is at most some
// 3 × what is kept, whatever comes in, and a message over the bound is left unread
// from there on.
//
// Errors: TooLarge mail.arriving.too_large (max in megabytes); Invalid
// mail.arriving.headers, no_message, encrypted, empty, unreadable; Busy
// mail.arriving.lost when r fails. With an error, too, the Letter holds what had
// been read: look at Automatic and Loop before telling the sender about it.
func Read(r io.Reader, o Options) (Letter, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = MaxBytes
	}
	source := &bounded{r: r, left: o.MaxBytes}
	in := bufio.NewReader(source)
	reader := &reader{keep: o.Attachments}
	var l Letter

	top, err := readHeader(in)
	l.describe(top, o.Domain)
	var body content
	if err == nil {
		body = reader.part(top.fields, in, 0)
		_, _ = io.Copy(io.Discard, in) // what stands after the last boundary counts, too; its error is source's
	}
	l.Attachments, l.Left, l.LeftNames, l.Incomplete = reader.attachments, reader.left, reader.leftNames, reader.incomplete

	text := body.text
	if strings.TrimSpace(text) == "" {
		text = reader.forwarded
	}
	if !source.over { // a letter refused for its size needs no words
		text, all := bound(text, maxCut)
		words, whole := bound(ownWords(text, kindOf(l)), MaxText)
		l.Text, l.Incomplete = words, l.Incomplete || !all || !whole
	}

	switch {
	case source.over:
		return l, fault.New(fault.TooLarge, "mail.arriving.too_large").With("max", (o.MaxBytes+1<<20-1)>>20)
	case source.failed != nil:
		return l, fault.New(fault.Busy, "mail.arriving.lost").Because(source.failed)
	case err != nil:
		return l, err
	case l.Text != "" || l.Automatic || l.Loop:
		return l, nil
	case reader.encrypted:
		return l, fault.New(fault.Invalid, "mail.arriving.encrypted")
	case l.Incomplete:
		return l, fault.New(fault.Invalid, "mail.arriving.unreadable")
	case l.Subject == "" && len(l.Attachments) == 0 && l.Left == 0:
		return l, fault.New(fault.Invalid, "mail.arriving.empty")
	case l.Subject == "" && len(l.Attachments) == 0:
		return l, fault.New(fault.Invalid, "mail.arriving.unreadable")
	}
	return l, nil
}

// bounded reads at most left bytes and remembers why it stopped, because the
// parsers above it wrap or swallow errors.
type bounded struct {
	r      io.Reader
	left   int64
	over   bool
	failed error
}

var errOver = errors.New("over the bound")

func (b *bounded) Read(p []byte) (int, error) {
	switch {
	case b.failed != nil:
		return 0, b.failed
	case b.over:
		return 0, errOver
	case len(p) == 0:
		return 0, nil
	}
	// One byte past the bound tells a letter that fits from one that does not.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if int64(n) > b.left {
		n, b.over = int(b.left), true
		err = errOver
	}
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) && !b.over {
		b.failed = err
	}
	return n, err
}
