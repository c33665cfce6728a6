package mail

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"
	"kokko/ground/fault"
)

// Secret is text that is never printed: every way of formatting it gives dots.
type Secret string

const dots = "•••"

// Reveal is the text itself, for the one place that must send it.
func (s Secret) Reveal() string { return string(s) }

// String hides the text and keeps only whether there is one.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return dots
}

// Format hides it from %v, %+v, %#v, %x and the rest.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue hides it from the log.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides it from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// TLSMode is how the connection is protected.
type TLSMode string

const (
	Required TLSMode = "required" // implicit on port 465, STARTTLS elsewhere; never without
	StartTLS TLSMode = "starttls" // STARTTLS; refuses to go on without
	Implicit TLSMode = "implicit" // TLS from the first byte
	Off      TLSMode = "off"      // open: only for a relay on the same machine or network
)

// Settings say where letters leave from. The zero value means no mail server:
// letters then stay in the outbox and on the console.
type Settings struct {
	Host     string
	Port     int // 0: 587, or 465 with Implicit, or 25 with Off
	TLS      TLSMode
	User     string
	Password Secret
	From     Address // the sender when a message names none
	Hello    string  // the name given in EHLO; the domain of From when empty
	CAFile   string  // PEM of a private certificate authority, besides the system's
	// Timeout bounds every step of the conversation; 0 is 30 s. The content and
	// its answer get four times that, for scanners take their time.
	Timeout time.Duration
	DKIM    DKIM
}

// ParseURL reads settings from one line:
//
//	smtp://user:pass@host:587?from=Kokko+<kokko@example.fi>&tls=starttls
//	smtps://… is tls=implicit
//
// Further keys: hello, ca, timeout, dkim_selector, dkim_domain, dkim_key (a
// file). Errors are fault.Invalid; none of them repeats the line, which holds
// a password.
func ParseURL(line string) (Settings, error) {
	bad := func(field string) error { return fault.New(fault.Invalid, "mail.settings."+field).On(field) }
	u, err := url.Parse(strings.TrimSpace(line))
	if err != nil || u.Opaque != "" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return Settings{}, bad("url")
	}
	s := Settings{Host: u.Hostname()}
	switch u.Scheme {
	case "smtp":
		s.TLS = Required
	case "smtps":
		s.TLS = Implicit
	default:
		return Settings{}, bad("url")
	}
	if p := u.Port(); p != "" {
		if s.Port, err = strconv.Atoi(p); err != nil {
			return Settings{}, bad("port")
		}
	}
	if u.User != nil {
		s.User = u.User.Username()
		password, _ := u.User.Password()
		s.Password = Secret(password)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Settings{}, bad("url")
	}
	for key, values := range query {
		if len(values) != 1 {
			return Settings{}, bad("url")
		}
		value := values[0]
		switch key {
		case "tls":
			s.TLS = TLSMode(value)
			if u.Scheme == "smtps" && s.TLS != Implicit {
				return Settings{}, bad("tls")
			}
		case "from":
			if s.From, err = ParseAddress(value); err != nil {
				return Settings{}, bad("from")
			}
		case "hello":
			s.Hello = value
		case "ca":
			s.CAFile = value
		case "timeout":
			if s.Timeout, err = time.ParseDuration(value); err != nil {
				return Settings{}, bad("timeout")
			}
		case "dkim_selector":
			s.DKIM.Selector = value
		case "dkim_domain":
			s.DKIM.Domain = value
		case "dkim_key":
			s.DKIM.KeyFile = value
		default:
			return Settings{}, bad("url")
		}
	}
	return s, s.Check()
}

// ParseAddress reads "Name <mailbox>" or a bare mailbox.
func ParseAddress(s string) (Address, error) {
	s = strings.TrimSpace(s)
	a := Address{Email: s}
	if name, rest, ok := cutLast(s, "<"); ok && strings.HasSuffix(rest, ">") {
		a = Address{Name: strings.Trim(strings.TrimSpace(name), `"`), Email: strings.TrimSuffix(rest, ">")}
	}
	return a, a.check(true)
}

// IsZero tells that no mail server is named.
func (s Settings) IsZero() bool { return s.Host == "" }

// Check finds every mistake as a fault.Many with the fields host, port, tls,
// password, from, hello, timeout, dkim. It reads no file and opens no connection.
func (s Settings) Check() error {
	var many fault.Many
	bad := func(field string) { many = append(many, fault.New(fault.Invalid, "mail.settings."+field).On(field)) }
	if _, err := s.host(); err != nil {
		bad("host")
	}
	if s.Port < 0 || s.Port > 65535 {
		bad("port")
	}
	switch s.TLS {
	case "", Required, StartTLS, Implicit, Off:
	default:
		bad("tls")
	}
	if (s.User == "") != (s.Password == "") {
		bad("password")
	} else if s.User != "" && s.TLS == Off && !s.loopback() {
		many = append(many, fault.New(fault.Invalid, "mail.settings.clear").On("tls"))
	}
	if strings.ContainsAny(s.User+s.Password.Reveal(), "\r\n\x00") {
		bad("password")
	}
	if s.From.check(true) != nil {
		bad("from")
	}
	if s.Hello != "" && (len(s.Hello) > 253 || !isDotAtom(s.Hello)) {
		bad("hello")
	}
	if s.Timeout < 0 || s.Timeout > 10*time.Minute {
		bad("timeout")
	}
	if err := s.DKIM.check(); err != nil {
		many = append(many, fault.List(err)...)
	}
	return many.OrNil()
}

// host gives the name or address to connect to, in ASCII.
func (s Settings) host() (string, error) {
	if addr, err := netip.ParseAddr(s.Host); err == nil {
		return addr.String(), nil
	}
	host, err := idna.Lookup.ToASCII(s.Host)
	if err != nil || len(host) > 253 || !isDotAtom(host) {
		return "", fault.New(fault.Invalid, "mail.settings.host").On("host")
	}
	return host, nil
}

func (s Settings) loopback() bool {
	addr, err := netip.ParseAddr(s.Host)
	return s.Host == "localhost" || err == nil && addr.IsLoopback()
}

// mode settles Required by the port.
func (s Settings) mode() TLSMode {
	switch {
	case s.TLS == Off, s.TLS == Implicit, s.TLS == StartTLS:
		return s.TLS
	case s.Port == 465:
		return Implicit
	}
	return StartTLS
}

func (s Settings) port() int {
	switch {
	case s.Port != 0:
		return s.Port
	case s.mode() == Implicit:
		return 465
	case s.mode() == Off:
		return 25
	}
	return 587
}

func (s Settings) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return 30 * time.Second
}

// hello is the name for EHLO.
func (s Settings) hello() string {
	if s.Hello != "" {
		return s.Hello
	}
	_, domain, _ := cutLast(s.From.wire().Address, "@")
	return domain
}

// String is the settings as one line without the password and the key.
func (s Settings) String() string {
	if s.IsZero() {
		return "no mail server"
	}
	u := url.URL{Scheme: "smtp", Host: net.JoinHostPort(s.Host, strconv.Itoa(s.port()))}
	line := u.String()
	if s.User != "" {
		line = "smtp://" + url.User(s.User).String() + ":" + dots + "@" + u.Host
	}
	line += "?tls=" + string(s.mode()) + "&from=" + s.From.Email
	if s.DKIM.Selector != "" {
		line += "&dkim=" + s.DKIM.Name()
	}
	return line
}

// LogValue is String, so that no log holds the password.
func (s Settings) LogValue() slog.Value { return slog.StringValue(s.String()) }
