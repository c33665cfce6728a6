package mail

import (
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/idna"
	"kokko/ground/fault"
)

// Bounds of one message. They are wide for letters people write and narrow for
// everything else.
const (
	MaxSubject = 250       // runes
	MaxName    = 200       // runes of a display name
	MaxText    = 256 << 10 // bytes
	MaxHTML    = 512 << 10 // bytes
	maxHeader  = 900       // bytes of one extra header, below the 998 of RFC 5322
)

// Address is a mailbox and the name shown with it.
type Address struct {
	Name  string
	Email string
}

// ParseEmail checks and normalises one typed mailbox ("maija@kylä.fi" becomes
// "maija@xn--kyl-sla.fi"). Errors: Invalid mail.address or mail.address_local.
//
// Only plain ASCII before the @ is taken: what stands there must reach servers
// that never learnt SMTPUTF8, and nobody's real mailbox needs a quoted space.
func ParseEmail(email string) (string, error) {
	local, domain, ok := cutLast(email, "@")
	if !ok || local == "" || domain == "" {
		return "", fault.New(fault.Invalid, "mail.address")
	}
	if !utf8.ValidString(email) || strings.ContainsFunc(email, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || isBidi(r) }) {
		return "", fault.New(fault.Invalid, "mail.address")
	}
	if !isASCII(local) {
		return "", fault.New(fault.Invalid, "mail.address_local")
	}
	if len(local) > 64 || !isDotAtom(local) {
		return "", fault.New(fault.Invalid, "mail.address")
	}
	ascii, err := asciiDomain(domain)
	if err != nil || len(local)+1+len(ascii) > 254 {
		return "", fault.New(fault.Invalid, "mail.address")
	}
	return local + "@" + ascii, nil
}

// SameMailbox tells that two ways of writing an address mean one mailbox. No
// server in use tells small and capital letters before the @ apart.
func SameMailbox(a, b string) bool {
	a, errA := ParseEmail(strings.TrimSpace(a))
	b, errB := ParseEmail(strings.TrimSpace(b))
	return errA == nil && errB == nil && strings.EqualFold(a, b)
}

// Message is one letter to one recipient. The zero value of an optional field
// leaves it out.
type Message struct {
	From    Address // who writes; Settings.From when empty
	ReplyTo Address // optional
	To      Address // exactly one, so that nobody sees who else got it
	Subject string
	Text    string // plain text; always there, for it is what everyone can read
	HTML    string // optional; must load nothing from outside

	Language string // BCP 47, optional
	// Headers may name List-Unsubscribe, List-Unsubscribe-Post, List-Id,
	// In-Reply-To and References; anything else is refused.
	Headers map[string]string

	// ID is the Message-ID without brackets ("018f…@kokko.example"). It is the
	// caller's and stable: a letter sent twice after a crash is then one letter
	// to the receiving side.
	ID   string
	Date time.Time
	// AutoSubmitted marks a letter no person wrote, so that holiday answers
	// stay away (RFC 3834).
	AutoSubmitted bool
}

// Check finds every mistake in the message as a fault.Many; nil when it can be
// composed. Bidi controls are not mistakes: Compose leaves them out.
func (m Message) Check() error {
	var many fault.Many
	add := func(field string, err error) {
		for _, e := range fault.List(err) {
			many = append(many, e.On(field))
		}
	}
	add("from", m.From.check(true))
	add("to", m.To.check(true))
	add("reply_to", m.ReplyTo.check(false))
	add("subject", checkLine(m.Subject, MaxSubject))
	if tidyLine(m.Subject) == "" {
		add("subject", fault.New(fault.Invalid, "mail.subject.empty"))
	}
	switch {
	case len(m.Text) > MaxText:
		add("text", fault.New(fault.TooLarge, "mail.too_long").With("max", MaxText))
	case strings.TrimSpace(tidyText(m.Text)) == "":
		add("text", fault.New(fault.Invalid, "mail.text.empty"))
	}
	add("html", checkHTML(m.HTML))
	if m.Language != "" && !languageShape.MatchString(m.Language) {
		add("language", fault.New(fault.Invalid, "mail.header"))
	}
	add("id", checkID(m.ID))
	if m.Date.IsZero() || m.Date.Year() < 1970 || m.Date.Year() > 9999 {
		add("date", fault.New(fault.Invalid, "mail.header"))
	}
	if _, err := m.headers(); err != nil {
		many = append(many, fault.List(err)...)
	}
	return many.OrNil()
}

func (a Address) check(required bool) error {
	if a.Email == "" {
		if required || a.Name != "" {
			return fault.New(fault.Invalid, "mail.address")
		}
		return nil
	}
	if _, err := ParseEmail(a.Email); err != nil {
		return err
	}
	return checkLine(a.Name, MaxName)
}

// headers gives the extra headers under their canonical names.
func (m Message) headers() (map[string]string, error) {
	out := make(map[string]string, len(m.Headers))
	var many fault.Many
	for _, name := range sortedKeys(m.Headers) {
		value := m.Headers[name]
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		_, twice := out[canonical]
		if twice || !allowedHeader(canonical, value) {
			many = append(many, fault.New(fault.Invalid, "mail.header").On("headers."+tidyLine(name)))
			continue
		}
		out[canonical] = value
	}
	if _, post := out["List-Unsubscribe-Post"]; post && out["List-Unsubscribe"] == "" {
		many = append(many, fault.New(fault.Invalid, "mail.header").On("headers.List-Unsubscribe-Post"))
	}
	return out, many.OrNil()
}

// allowedHeader holds the allow-list and the one shape each header may have.
func allowedHeader(name, value string) bool {
	if value == "" || len(value) > maxHeader || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
		return false
	}
	switch name {
	case "List-Unsubscribe":
		for part := range strings.SplitSeq(value, ",") {
			part = strings.TrimSpace(part)
			if len(part) < 2 || part[0] != '<' || part[len(part)-1] != '>' || strings.ContainsAny(part[1:len(part)-1], " <>") {
				return false
			}
			u, err := url.Parse(part[1 : len(part)-1])
			if err != nil || !slices.Contains([]string{"https", "http", "mailto"}, u.Scheme) {
				return false
			}
		}
		return true
	case "List-Unsubscribe-Post":
		return value == "List-Unsubscribe=One-Click"
	case "List-Id":
		return len(value) > 2 && value[0] == '<' && value[len(value)-1] == '>' && isDotAtom(value[1:len(value)-1])
	case "In-Reply-To", "References":
		for id := range strings.FieldsSeq(value) {
			if len(id) < 2 || id[0] != '<' || id[len(id)-1] != '>' || checkID(id[1:len(id)-1]) != nil {
				return false
			}
		}
		return strings.Join(strings.Fields(value), " ") == value
	}
	return false
}

func checkID(id string) error {
	local, domain, ok := cutLast(id, "@")
	if !ok || len(id) > 200 || !isDotAtom(local) || !isDotAtom(domain) {
		return fault.New(fault.Invalid, "mail.header").On("id")
	}
	return nil
}

// checkLine refuses what could end a header line and begin another.
func checkLine(s string, max int) error {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) {
		return fault.New(fault.Invalid, "mail.injection")
	}
	if utf8.RuneCountInString(s) > max {
		return fault.New(fault.TooLarge, "mail.too_long").With("max", max)
	}
	return nil
}

// checkHTML refuses every way a letter could load something when it is opened:
// that would tell the sender who read it and when.
func checkHTML(source string) error {
	if source == "" {
		return nil
	}
	if len(source) > MaxHTML {
		return fault.New(fault.TooLarge, "mail.too_long").With("max", MaxHTML)
	}
	remote := fault.New(fault.Invalid, "mail.html.remote")
	z := html.NewTokenizer(strings.NewReader(source))
	inStyle := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return nil
		case html.TextToken:
			if inStyle && loads(string(z.Raw())) {
				return remote
			}
		case html.EndTagToken:
			inStyle = false
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.Data {
			case "script", "iframe", "frame", "object", "embed", "link", "form", "base", "meta", "video", "audio", "source", "svg", "portal":
				if t.Data == "meta" && !hasAttr(t, "http-equiv") {
					break
				}
				return remote
			}
			inStyle = t.Data == "style"
			for _, a := range t.Attr {
				value := strings.ToLower(strings.TrimSpace(a.Val))
				switch {
				case a.Key == "style" && loads(value),
					a.Key == "srcset", a.Key == "background", a.Key == "poster", a.Key == "ping",
					strings.HasPrefix(a.Key, "on"),
					a.Key == "src" && !strings.HasPrefix(value, "data:image/"),
					a.Key == "href" && strings.HasPrefix(value, "javascript:"):
					return remote
				}
			}
		}
	}
}

// loads tells whether CSS could fetch something; escapes are refused with it,
// for they are how "url(" hides.
func loads(css string) bool {
	css = strings.ToLower(css)
	return strings.Contains(css, "url(") || strings.Contains(css, "@import") || strings.Contains(css, "image(") ||
		strings.Contains(css, "image-set(") || strings.Contains(css, `\`)
}

func hasAttr(t html.Token, key string) bool {
	return slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == key })
}

var languageShape = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

// isBidi tells the invisible characters that turn the reading direction and so
// can make a name or a link look like another.
func isBidi(r rune) bool {
	return r == 0x061C || r == 0x200E || r == 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// tidyLine is header text as it is sent: valid UTF-8, no bidi controls, single
// spaces, and no "=?", which a reader would take for an encoded word.
func tidyLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case isBidi(r):
			return -1
		case r == '\t' || r == 0x2028 || r == 0x2029:
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.ReplaceAll(s, "=?", "= ?")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

// tidyText is body text as it is sent: LF lines, valid UTF-8, no control
// characters and no direction overrides. It drops rather than refuses, because
// the text quotes what people pasted and a refused letter would be lost.
func tidyText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
			return '\n'
		case unicode.IsControl(r) || r >= 0x202A && r <= 0x202E:
			return -1
		}
		return r
	}, s)
}

// isDotAtom is RFC 5322's dot-atom-text.
func isDotAtom(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", c) >= 0) {
			return false
		}
	}
	return true
}

// asciiDomain gives the wire form of a host name, "localhost" being the only one
// without a dot.
func asciiDomain(domain string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", err
	}
	if len(ascii) > 253 || !isDotAtom(ascii) || ascii != "localhost" && !strings.Contains(ascii, ".") {
		return "", fault.New(fault.Invalid, "mail.address")
	}
	return strings.ToLower(ascii), nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
