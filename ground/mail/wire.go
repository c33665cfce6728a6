package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"net/textproto"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wneessen/go-mail/smtp"
	"kokko/ground/clock"
	"kokko/ground/fault"
)

// replyBudget bounds what a server may say in one step, certificates included.
const replyBudget = 256 << 10

var errTooTalkative = errors.New("the server does not stop talking")

// wire is the connection with a deadline and a byte budget for each step, cut
// at once when the context ends.
type wire struct {
	net.Conn
	mu      sync.Mutex // owns aborted and the deadline
	aborted bool
	left    int          // bytes the server may still send in this step; one reader
	first   bytes.Buffer // the greeting, which the client library keeps to itself
	greeted bool
}

// begin starts a step of at most d.
func (w *wire) begin(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = replyBudget
	if !w.aborted {
		_ = w.SetDeadline(clock.System{}.Now().Add(d))
	}
}

// abort ends the step under way and all later ones.
func (w *wire) abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.aborted = true
	_ = w.SetDeadline(time.Unix(1, 0))
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left -= n; w.left < 0 {
		return 0, errTooTalkative
	}
	return n, err
}

// listening keeps a copy of the greeting on its way to the client library.
type listening struct {
	net.Conn
	wire *wire
}

func (l listening) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if !l.wire.greeted && l.wire.first.Len() < 4096 {
		l.wire.first.Write(p[:n])
	}
	return n, err
}

// session is one open, signed-in connection. One goroutine uses it.
type session struct {
	settings Settings
	client   *smtp.Client
	wire     *wire
	implicit *tls.Conn // nil without implicit TLS
	said     *recorder // nil unless somebody watches
	signedIn string    // the mechanism, "" without sign-in
	sent     int
	stop     func() bool
}

// open connects, secures and signs in. Errors are *fault.Error with a *Failure.
func (m *SMTP) open(ctx context.Context, said *recorder) (*session, error) {
	s := m.settings
	host, err := s.host()
	if err != nil {
		return nil, err
	}
	said.note("mail.probe.connecting", "host", s.Host, "port", s.port())
	dialer := net.Dialer{Timeout: s.timeout()}
	raw, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(s.port())))
	if err != nil {
		return nil, s.unreachable(err)
	}
	w := &wire{Conn: raw}
	x := &session{settings: s, wire: w, said: said, stop: context.AfterFunc(ctx, w.abort)}
	if err := x.begin(ctx, host, m.tls); err != nil {
		x.stop()
		_ = raw.Close()
		return nil, err
	}
	return x, nil
}

// unreachable words a connection that was never made.
func (s Settings) unreachable(err error) error {
	key, f := "mail.unreachable", &Failure{Step: StepConnect, Verdict: Temporary, Lost: true, Err: err}
	code := fault.Busy
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		key, f.Verdict, code = "mail.no_such_host", Setup, fault.Invalid
	} else if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		key = "mail.timeout"
	}
	e := fault.New(code, key).With("host", s.Host).With("port", s.port()).With("step", string(StepConnect)).Because(f)
	if f.Verdict == Setup {
		e.On("settings")
	}
	return e
}

// begin runs the conversation up to the point where letters can go.
func (x *session) begin(ctx context.Context, host string, config *tls.Config) error {
	s, step := x.settings, x.settings.timeout()
	config = config.Clone()
	config.ServerName = host
	x.wire.begin(step)
	conn := net.Conn(x.wire)
	if s.mode() == Implicit {
		x.implicit = tls.Client(x.wire, config)
		if err := x.implicit.HandshakeContext(ctx); err != nil {
			return s.tlsFailed(err)
		}
		conn = x.implicit
	}
	client, err := smtp.NewClient(listening{conn, x.wire}, host)
	x.wire.greeted = true
	x.said.server(s.hide, x.wire.first.String())
	if err != nil {
		return s.failed(StepGreeting, err)
	}
	x.client = client
	client.SkipSMTPUTF8(true) // all we send is ASCII on the wire
	if x.said != nil {
		client.SetLogger(x.said)
		client.SetDebugLog(true)
	}
	x.wire.begin(step)
	if err := client.Hello(s.hello()); err != nil {
		return x.heard(StepHello, err)
	}
	if s.mode() == StartTLS {
		if ok, _ := client.Extension("STARTTLS"); !ok {
			f := &Failure{Step: StepTLS, Verdict: Setup, Lost: true}
			return fault.New(fault.Invalid, "mail.tls.missing").On("settings").With("host", s.Host).With("port", s.port()).Because(f)
		}
		x.wire.begin(step)
		if err := client.StartTLS(config); err != nil {
			x.hear(err)
			return s.tlsFailed(err)
		}
	}
	if s.User != "" {
		return x.signIn(host)
	}
	return nil
}

// signIn takes the strongest mechanism both sides know.
func (x *session) signIn(host string) error {
	s := x.settings
	_, offered := x.client.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	// Whether the password may travel at all was settled by Settings.Check and
	// by StartTLS above, so the library need not ask again.
	var auth smtp.Auth
	for _, name := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"} {
		if !slices.Contains(mechanisms, name) {
			continue
		}
		x.signedIn = name
		switch name {
		case "SCRAM-SHA-256":
			auth = smtp.ScramSHA256Auth(s.User, s.Password.Reveal())
		case "SCRAM-SHA-1":
			auth = smtp.ScramSHA1Auth(s.User, s.Password.Reveal())
		case "PLAIN":
			auth = smtp.PlainAuth("", s.User, s.Password.Reveal(), host, true)
		case "LOGIN":
			auth = smtp.LoginAuth(s.User, s.Password.Reveal(), host, true)
		}
		break
	}
	if auth == nil {
		f := &Failure{Step: StepSignIn, Verdict: Setup, Lost: true}
		return fault.New(fault.Invalid, "mail.sign_in.none").On("settings").With("host", s.Host).
			With("offered", words(offered)).Because(f)
	}
	x.wire.begin(s.timeout())
	if err := x.client.Auth(auth); err != nil {
		return x.heard(StepSignIn, err)
	}
	return nil
}

// secured gives the state of TLS, false on an open connection.
func (x *session) secured() (tls.ConnectionState, bool) {
	if x.implicit != nil {
		return x.implicit.ConnectionState(), true
	}
	if x.client == nil {
		return tls.ConnectionState{}, false
	}
	return x.client.TLSConnectionState()
}

// send carries one composed message. before is asked once the recipient is
// accepted and nothing of the content has left; its error stops the message and
// comes back as it is.
func (x *session) send(from, to string, content []byte, before func() error) (Receipt, error) {
	s, step := x.settings, x.settings.timeout()
	x.sent++
	x.wire.begin(step)
	if err := x.client.Mail("<" + from + ">"); err != nil {
		return Receipt{}, x.refused(StepSender, err)
	}
	x.wire.begin(step)
	if err := x.client.Rcpt("<" + to + ">"); err != nil {
		return Receipt{}, x.refused(StepRecipient, err)
	}
	if before != nil {
		if err := before(); err != nil {
			if lost := x.reset(); lost != nil {
				err = errors.Join(err, lost)
			}
			return Receipt{}, err
		}
	}
	x.wire.begin(step)
	w, err := x.client.Data()
	if err != nil {
		return Receipt{}, x.refused(StepData, err)
	}
	// A server may speak only after the dot; until then nothing is delivered.
	x.wire.begin(4 * step)
	if _, err := w.Write(content); err != nil {
		return Receipt{}, s.failed(StepData, err)
	}
	x.said.note("mail.probe.content", "bytes", len(content))
	x.wire.begin(4 * step)
	if err := w.Close(); err != nil {
		return Receipt{}, x.heard(StepAccept, err)
	}
	receipt := Receipt{Host: s.Host}
	_, receipt.TLS = x.secured()
	if d, ok := w.(*smtp.DataCloser); ok {
		receipt.Reply = newReply(250, d.ServerResponse(), s.hide)
		x.said.server(s.hide, "250 "+d.ServerResponse())
	}
	return receipt, nil
}

// refused words the failure of one message and makes the connection ready for
// the next, or marks it lost.
func (x *session) refused(step Step, cause error) error {
	err := x.heard(step, cause)
	if f, ok := FailureOf(err); ok && !f.Lost && x.reset() != nil {
		f.Lost = true
	}
	return err
}

func (x *session) reset() error {
	x.wire.begin(x.settings.timeout())
	return x.client.Reset()
}

// heard writes the server's refusal into the transcript and words it.
func (x *session) heard(step Step, err error) error {
	x.hear(err)
	return x.settings.failed(step, err)
}

// hear exists because the library logs answers it expected and keeps refusals
// for its caller.
func (x *session) hear(err error) {
	if said, ok := errors.AsType[*textproto.Error](err); ok {
		x.said.server(x.settings.hide, strconv.Itoa(said.Code)+" "+said.Msg)
	}
}

// close says goodbye as far as the server listens.
func (x *session) close() {
	x.wire.begin(min(x.settings.timeout(), 5*time.Second))
	_ = x.client.Quit()
	x.stop()
	_ = x.wire.Close()
}

// tlsFailed words what is wrong with the protection in a way an operator can
// act on. A wrong certificate is Setup: sending on would hand the password to
// whoever answered.
func (s Settings) tlsFailed(err error) error {
	if _, ok := errors.AsType[*textproto.Error](err); ok {
		return s.failed(StepTLS, err)
	}
	f := &Failure{Step: StepTLS, Verdict: Setup, Lost: true, Err: errors.New(words(err.Error()))}
	e := fault.New(fault.Invalid, "mail.tls.certificate").On("settings").With("host", s.Host).With("port", s.port()).Because(f)
	if v, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && len(v.UnverifiedCertificates) > 0 {
		c := v.UnverifiedCertificates[0]
		e.With("names", words(strings.Join(names(c), ", "))).With("issuer", words(issuer(c))).
			With("until", c.NotAfter.UTC().Format(time.DateOnly)).With("since", c.NotBefore.UTC().Format(time.DateOnly))
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		e.Key = "mail.tls.name"
	} else if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		e.Key = "mail.tls.issuer"
	} else if c, ok := errors.AsType[x509.CertificateInvalidError](err); ok && c.Reason == x509.Expired {
		e.Key = "mail.tls.expired"
	} else if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		e.Key = "mail.tls.not_tls"
	} else if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		// Not about the certificate: the other end went away or cannot agree.
		f.Verdict, e.Code, e.Field, e.Key = Temporary, fault.Busy, "", "mail.tls.broken"
		e.With("cause", f.Err.Error())
		if errors.Is(err, os.ErrDeadlineExceeded) {
			e.Key = "mail.timeout"
			e.With("step", string(StepTLS))
		}
	}
	return e
}

func names(c *x509.Certificate) []string {
	out := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	if len(out) == 0 && c.Subject.CommonName != "" {
		out = append(out, c.Subject.CommonName)
	}
	return out[:min(len(out), 10)]
}

func issuer(c *x509.Certificate) string {
	if len(c.Issuer.Organization) > 0 {
		return c.Issuer.Organization[0]
	}
	return c.Issuer.CommonName
}

// hide takes the password out of foreign text, also in the forms in which it
// travels: a server may repeat the line it refused.
func (s Settings) hide(text string) string {
	p := s.Password.Reveal()
	if len(p) < 4 {
		return text // too short to tell from ordinary words
	}
	b64 := base64.StdEncoding.EncodeToString
	for _, form := range []string{p, b64([]byte("\x00" + s.User + "\x00" + p)), b64([]byte(p))} {
		text = strings.ReplaceAll(text, form, dots)
	}
	return text
}
