package arriving

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	netmail "net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"github.com/emersion/go-message"
	msgmail "github.com/emersion/go-message/mail"

	"kokko/ground/fault"
	"kokko/ground/mail"
)

// head is a message's header: the fields we read, and how many servers handed
// it on.
type head struct {
	fields message.Header
	hops   int
}

// wanted tells the fields that are read; all others are passed over unstored, for
// a letter through three companies has a hundred of them.
func wanted(name string) bool {
	switch name {
	case "From", "Sender", "To", "Cc", "Subject", "Date", "Message-Id", "In-Reply-To", "References",
		"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Return-Path",
		"X-Original-To", "Envelope-To", "Delivered-To", "Content-Language",
		"Auto-Submitted", "Precedence", "List-Id", "List-Unsubscribe", "List-Post", "Feedback-Id",
		"X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-Failed-Recipients",
		"X-Kokko-Loop":
		return true
	}
	return false
}

// readHeader reads up to the empty line. It is our own, not the library's, because
// that one keeps every field and stops at the first crooked line, such as the
// "From " line some servers put on top. A field over maxHeader bytes is cut there.
// Errors: Invalid mail.arriving.headers, no_message; what had been read comes along.
func readHeader(r *bufio.Reader) (head, error) {
	var h head
	names, values, err := h.read(r)
	for i, name := range slices.Backward(names) { // Add puts a field on top
		h.fields.Add(name, values[i])
	}
	return h, err
}

// read gives the fields we keep, in their order, and counts the hops.
func (h *head) read(r *bufio.Reader) (names, values []string, _ error) {
	var (
		seen  bool // a field, ours or not
		open  bool // the last field is one we keep: its continuation, too
		total int
		err   error
	)
	for err == nil {
		var line []byte
		var more bool
		line, more, err = headerLine(r)
		total += len(line)
		if total > maxHeaderBlock || len(names) > maxHeaders {
			return names, values, fault.New(fault.Invalid, "mail.arriving.headers")
		}
		for more && err == nil { // the rest of a line longer than the buffer
			var rest []byte
			rest, more, err = headerLine(r)
			total += len(rest)
			if len(line) < maxHeader+1 {
				line = append(line, rest...)
			}
			if total > maxHeaderBlock {
				return names, values, fault.New(fault.Invalid, "mail.arriving.headers")
			}
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(bytes.TrimSpace(line)) == 0 {
			if seen && len(line) == 0 {
				break
			}
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			if open {
				if last := len(values) - 1; len(values[last]) < maxHeader {
					values[last] = upTo(values[last]+" "+string(bytes.TrimSpace(line)), maxHeader)
				}
			}
			continue
		}
		open = false
		name, value, ok := bytes.Cut(line, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if !ok || len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
			continue
		}
		seen = true
		key := textproto.CanonicalMIMEHeaderKey(string(name))
		if key == "Received" {
			h.hops++
		}
		if open = wanted(key); open {
			names, values = append(names, key), append(values, upTo(string(bytes.TrimSpace(value)), maxHeader))
		}
	}
	if !seen {
		return names, values, fault.New(fault.Invalid, "mail.arriving.no_message")
	}
	return names, values, nil
}

// headerLine gives a piece of a line, a copy, and whether the line goes on.
func headerLine(r *bufio.Reader) (line []byte, more bool, err error) {
	line, err = r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		return bytes.Clone(line), true, nil
	}
	return bytes.Clone(line), false, err
}

func upTo(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// partHeader takes what we read of a part's header; ok is false when it is a bomb.
func partHeader(from textproto.MIMEHeader) (h message.Header, ok bool) {
	fields := 0
	for name, values := range from {
		fields += len(values)
		if wanted(name) && len(values[0]) <= maxHeader {
			h.Set(name, values[0])
		}
	}
	return h, fields <= maxHeaders
}

var boundaryShape = regexp.MustCompile(`(?i)\bboundary\s*=\s*("[^"\r\n]{1,200}"|[^\s;"]{1,200})`)

// contentType is the media type, lower case, and its parameters. A crooked field
// still gives its type, and its boundary when one can be made out.
func contentType(h message.Header) (string, map[string]string) {
	raw := tidyLine(h.Get("Content-Type"), maxHeader)
	if raw == "" {
		return "text/plain", nil
	}
	kind, params, err := h.ContentType()
	if err == nil && strings.Contains(kind, "/") {
		return kind, params
	}
	kind, _, _ = strings.Cut(raw, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	params = map[string]string{}
	if found := boundaryShape.FindStringSubmatch(raw); found != nil {
		params["boundary"] = strings.Trim(found[1], `"`)
	}
	if !strings.Contains(kind, "/") { // "text", as the first mail programs wrote
		return "text/plain", params
	}
	return kind, params
}

// describe fills in what the header tells. O(header).
func (l *Letter) describe(h head, domain string) {
	l.From = firstAddress(h.fields, "From", "Sender")
	l.To, l.Cc = addresses(h.fields, "To"), addresses(h.fields, "Cc")
	l.Subject = tidyLine(decoded(h.fields, "Subject"), mail.MaxSubject)

	for _, name := range []string{"X-Original-To", "Envelope-To", "Delivered-To"} {
		for _, a := range addresses(h.fields, name) {
			if !slices.Contains(l.Delivered, a.Email) {
				l.Delivered = append(l.Delivered, a.Email)
			}
		}
	}
	if first, _, _ := strings.Cut(h.fields.Get("Content-Language"), ","); languageShape.MatchString(strings.TrimSpace(first)) {
		l.Language = strings.TrimSpace(first)
	}

	if ids := messageIDs(h.fields.Get("Message-Id")); len(ids) > 0 {
		l.MessageID = ids[0]
	}
	for _, id := range append(messageIDs(h.fields.Get("References")), messageIDs(h.fields.Get("In-Reply-To"))...) {
		// In-Reply-To repeats the last reference: its place is the end.
		l.References = append(slices.DeleteFunc(l.References, func(had string) bool { return had == id }), id)
	}
	if n := len(l.References); n > maxReferences {
		l.References = slices.Clone(l.References[n-maxReferences:])
	}
	if when, err := netmail.ParseDate(h.fields.Get("Date")); err == nil {
		if when = when.UTC(); when.Year() >= 1970 && when.Year() <= 9999 {
			l.Date = when
		}
	}
	l.Sign = automatic(h.fields, l.From, l.Subject)
	l.Automatic = l.Sign != ""
	_, host, _ := strings.Cut(l.MessageID, "@")
	l.Loop = h.fields.Has("X-Kokko-Loop") || h.hops > maxHops || domain != "" && strings.EqualFold(host, domain)
}

// decoded is a field as people read it, in UTF-8.
func decoded(h message.Header, name string) string {
	raw := utf8Text([]byte(h.Get(name)), "")
	var one message.Header
	one.Set(name, raw)
	text, err := one.Text(name)
	if err != nil {
		return raw // in a character set nobody knows: as it came
	}
	return text
}

var languageShape = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$`)

var idShape = regexp.MustCompile(`<([!-;=?-~]{1,250})>`) // printable ASCII without < and >

func messageIDs(field string) []string {
	var ids []string
	for _, found := range idShape.FindAllStringSubmatch(field, -1) {
		if strings.Count(found[1], "@") == 1 {
			ids = append(ids, found[1])
		}
	}
	return ids
}

func firstAddress(h message.Header, names ...string) mail.Address {
	for _, name := range names {
		if all := addresses(h, name); len(all) > 0 {
			return all[0]
		}
	}
	return mail.Address{Name: tidyLine(decoded(h, names[0]), mail.MaxName)}
}

var mailboxShape = regexp.MustCompile(`[^\s<>"(),;:]+@[^\s<>"(),;:]+`)

// addresses gives the usable addresses of all fields of a name, each once.
func addresses(h message.Header, name string) []mail.Address {
	var found []mail.Address
	add := func(name, email string) {
		email, err := mail.ParseEmail(email)
		if err != nil || strings.Contains(email, "=?") || len(found) >= maxPeople || slices.ContainsFunc(found, func(a mail.Address) bool { return a.Email == email }) {
			return
		}
		found = append(found, mail.Address{Name: tidyLine(name, mail.MaxName), Email: email})
	}
	for fields := h.FieldsByKey(name); fields.Next(); {
		raw := utf8Text([]byte(fields.Value()), "")
		if list, err := msgmail.ParseAddressList(raw); err == nil {
			for _, each := range list {
				add(each.Name, each.Address)
			}
			continue
		}
		// Not as the standard has it ("Matti, Kouvola <m@example.fi>"): take what
		// stands in angle brackets, else what looks like an address.
		display, rest, bracketed := strings.Cut(raw, "<")
		if email, _, closed := strings.Cut(rest, ">"); bracketed && closed && !strings.Contains(rest, "<") {
			plain, err := new(mime.WordDecoder).DecodeHeader(display)
			if err != nil {
				plain = display
			}
			add(strings.Trim(strings.TrimSpace(plain), `"'`), email)
			continue
		}
		for _, email := range mailboxShape.FindAllString(raw, maxPeople) {
			add("", email)
		}
	}
	return found
}

var autoSubject = regexp.MustCompile(`(?i)^(automaattinen vastaus|poissaoloviesti|poissa toimistosta|automatiskt svar|autosvar|frånvaromeddelande|automatic reply|auto-reply|autoreply|out of (the )?office)\s*:`)

// robots are the local parts that no person reads.
var robots = regexp.MustCompile(`(?i)^(mailer-daemon|postmaster|no[-_.]?reply|do[-_.]?not[-_.]?reply|ei[-_.]?vastata|alavastaa|ala[-_.]vastaa|svara[-_.]?(inte|ej)|bounces?|noreply[-_.+].*|bounces?[-_.+].*)$`)

// automatic names the header that shows no person wrote the letter, or nothing.
func automatic(h message.Header, from mail.Address, subject string) string {
	value := func(name string) string {
		first, _, _ := strings.Cut(strings.ToLower(h.Get(name)), ";")
		first, _, _ = strings.Cut(first, "(") // a comment
		return strings.TrimSpace(first)
	}
	if v := value("Auto-Submitted"); v != "" && v != "no" {
		return "Auto-Submitted"
	}
	if v := value("Precedence"); slices.Contains([]string{"bulk", "junk", "list", "auto_reply"}, v) {
		return "Precedence"
	}
	if v := value("X-Auto-Response-Suppress"); v != "" && v != "none" {
		return "X-Auto-Response-Suppress"
	}
	for _, name := range []string{"List-Id", "List-Unsubscribe", "List-Post", "Feedback-Id", "X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-Failed-Recipients"} {
		if h.Has(name) {
			return name
		}
	}
	if h.Has("Return-Path") && strings.Trim(h.Get("Return-Path"), "<> \t") == "" {
		return "Return-Path"
	}
	if kind, _ := contentType(h); kind == "multipart/report" {
		return "Content-Type"
	}
	if local, _, _ := strings.Cut(from.Email, "@"); robots.MatchString(local) {
		return "From"
	}
	if autoSubject.MatchString(subject) {
		return "Subject"
	}
	return ""
}

// limited reads all of r up to n bytes; whole is false when there was more, or
// reading failed.
func limited(r io.Reader, n int64) (data []byte, whole bool) {
	data, err := io.ReadAll(io.LimitReader(r, n+1))
	if int64(len(data)) > n {
		return data[:n], false
	}
	return data, err == nil
}
