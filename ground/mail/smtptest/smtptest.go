package smtptest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"kokko/ground/clock"
)

// Step is where the server can be told to misbehave.
type Step string

const (
	Greeting  Step = "greeting"  // instead of the first line
	Hello     Step = "hello"     // to EHLO
	SignIn    Step = "sign_in"   // to AUTH
	Sender    Step = "sender"    // to MAIL FROM
	Recipient Step = "recipient" // to RCPT TO
	Content   Step = "content"   // while the content arrives
	Accept    Step = "accept"    // after the last dot
)

// rule is one misbehaviour at a step.
type rule struct {
	reply *smtp.SMTPError // refuse with it
	drop  bool            // cut the connection
	delay time.Duration   // wait first
	left  int             // how many times more; negative: always
	only  string          // only this recipient; "" for all
}

// Option sets up the server before it starts.
type Option func(*Server)

// Plain offers no STARTTLS.
func Plain() Option { return func(s *Server) { s.plain = true } }

// Implicit speaks TLS from the first byte.
func Implicit() Option { return func(s *Server) { s.implicit = true } }

// SignedIn wants a user and a password; without it the server takes anyone.
// mechanisms are offered in this order (PLAIN, LOGIN, SCRAM-SHA-256); none
// means all three.
func SignedIn(user, password string, mechanisms ...string) Option {
	return func(s *Server) {
		s.user, s.password, s.mechanisms = user, password, mechanisms
		if len(mechanisms) == 0 {
			s.mechanisms = []string{"PLAIN", "LOGIN", "SCRAM-SHA-256"}
		}
	}
}

// Refuse answers a step with a code such as 550, an enhanced code such as
// "5.1.1" and words, for the first times messages; times < 0 means always. At
// Greeting the enhanced code is part of the words.
func Refuse(step Step, code int, enhanced, text string, times int) Option {
	return func(s *Server) { s.rule(step, rule{reply: reply(code, enhanced, text), left: times}) }
}

// RefuseRecipient refuses one mailbox always.
func RefuseRecipient(email string, code int, enhanced, text string) Option {
	return func(s *Server) {
		s.rule(Recipient, rule{reply: reply(code, enhanced, text), left: -1, only: email})
	}
}

// Greylist asks every mailbox to come again once.
func Greylist() Option { return func(s *Server) { s.grey = map[string]bool{} } }

// Slow waits before answering a step.
func Slow(step Step, d time.Duration) Option {
	return func(s *Server) { s.rule(step, rule{delay: d, left: -1}) }
}

// Drop cuts the connection at a step for the first times messages: at Content
// when the first line of the letter has come, at Accept when the letter is
// complete and kept but not yet answered.
func Drop(step Step, times int) Option {
	return func(s *Server) { s.rule(step, rule{drop: true, left: times}) }
}

// CertificateFor makes the certificate name another host.
func CertificateFor(name string) Option { return func(s *Server) { s.name = name } }

// Expired makes the certificate of last year.
func Expired() Option { return func(s *Server) { s.expired = true } }

// Server is the running server. Its methods are safe for concurrent use.
type Server struct {
	t          testing.TB
	plain      bool
	implicit   bool
	user       string
	password   string
	mechanisms []string
	name       string
	expired    bool
	ca         string // PEM file of its certificate authority
	addr       *net.TCPAddr
	done       chan struct{} // closed when the test ends

	mu          sync.Mutex // owns what follows
	rules       map[Step][]rule
	grey        map[string]bool // mailboxes that were asked to come again; nil without Greylist
	messages    []Message
	arrived     chan struct{} // closed and replaced at every message
	connections int
	signIns     []string // mechanisms used
}

// New starts a server on a free port of 127.0.0.1; it stops when the test ends.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	s := &Server{t: t, rules: map[Step][]rule{}, arrived: make(chan struct{}), done: make(chan struct{})}
	for _, option := range options {
		option(s)
	}
	config, err := s.certify(t.TempDir())
	if err != nil {
		t.Fatalf("smtptest: certificate: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("smtptest: %v", err)
	}
	s.addr = listener.Addr().(*net.TCPAddr)
	server := smtp.NewServer(smtp.BackendFunc(s.session))
	server.Domain = "mail.example"
	server.MaxMessageBytes = 10 << 20
	server.MaxRecipients = 1
	server.AllowInsecureAuth = true
	server.ErrorLog = quiet{}
	var listening net.Listener = &doorman{Listener: listener, server: s}
	switch {
	case s.implicit:
		listening = tls.NewListener(listening, config)
	case !s.plain:
		server.TLSConfig = config
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_ = server.Serve(listening)
	}()
	t.Cleanup(func() {
		close(s.done)
		_ = server.Close()
		_ = listener.Close() // Serve may not have begun, and then Close knows of no listener
		<-stopped
	})
	return s
}

// URL is the line for the settings, with sign-in, certificate authority and a
// sender address.
func (s *Server) URL() string {
	u := url.URL{Scheme: "smtp", Host: s.addr.String()}
	query := url.Values{"from": {"Kokko <kokko@example.fi>"}, "ca": {s.ca}}
	switch {
	case s.implicit:
		query.Set("tls", "implicit")
	case s.plain:
		query.Set("tls", "off")
	default:
		query.Set("tls", "starttls")
	}
	if s.user != "" {
		u.User = url.UserPassword(s.user, s.password)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// CAFile is the PEM file of the server's certificate authority.
func (s *Server) CAFile() string { return s.ca }

// Port is where the server listens.
func (s *Server) Port() int { return s.addr.Port }

// Addr is "127.0.0.1:port".
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.addr.Port)) }

// Connections counts the connections that were opened so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

// SignIns lists the mechanisms of the successful sign-ins so far.
func (s *Server) SignIns() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.signIns)
}

// Messages is what has arrived so far, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Wait gives the messages as soon as at least n have arrived. It fails the test
// when ctx ends first.
func (s *Server) Wait(ctx context.Context, n int) []Message {
	s.t.Helper()
	for {
		s.mu.Lock()
		messages, arrived := slices.Clone(s.messages), s.arrived
		s.mu.Unlock()
		if len(messages) >= n {
			return messages
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			s.t.Fatalf("smtptest: %d of %d messages arrived: %v", len(messages), n, ctx.Err())
		}
	}
}

// WaitTo gives the newest message to one mailbox as soon as there are n of them.
func (s *Server) WaitTo(ctx context.Context, email string, n int) Message {
	s.t.Helper()
	for total := 1; ; total++ {
		messages := s.Wait(ctx, total)
		total = len(messages)
		found := slices.DeleteFunc(messages, func(m Message) bool { return m.To != email })
		if len(found) >= n {
			return found[len(found)-1]
		}
	}
}

func (s *Server) rule(step Step, r rule) { s.rules[step] = append(s.rules[step], r) }

// take finds what to do at a step and counts it.
func (s *Server) take(step Step, recipient string) rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out rule
	for i := range s.rules[step] {
		r := &s.rules[step][i]
		if r.left == 0 || r.only != "" && r.only != recipient {
			continue
		}
		if r.left > 0 {
			r.left--
		}
		out.delay += r.delay
		out.drop = out.drop || r.drop
		if r.reply != nil {
			out.reply = r.reply
		}
	}
	return out
}

// at acts on the rules of a step: it waits, cuts the connection, or gives the
// refusal.
func (s *Server) at(step Step, recipient string, conn net.Conn) error {
	r := s.take(step, recipient)
	if r.delay > 0 {
		select {
		case <-time.After(r.delay):
		case <-s.done:
		}
	}
	if r.drop {
		_ = conn.Close()
		return errors.New("dropped")
	}
	if r.reply != nil {
		return r.reply
	}
	return nil
}

func reply(code int, enhanced, text string) *smtp.SMTPError {
	e := &smtp.SMTPError{Code: code, Message: text, EnhancedCode: smtp.NoEnhancedCode}
	var a, b, c int
	if n, _ := fmt.Sscanf(enhanced, "%d.%d.%d", &a, &b, &c); n == 3 {
		e.EnhancedCode = smtp.EnhancedCode{a, b, c}
	}
	return e
}

// doorman counts connections and refuses before the first line, which the
// server library always greets.
type doorman struct {
	net.Listener
	server *Server
}

func (d *doorman) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		d.server.mu.Lock()
		d.server.connections++
		d.server.mu.Unlock()
		err = d.server.at(Greeting, "", conn)
		if err == nil {
			return conn, nil
		}
		if said, ok := errors.AsType[*smtp.SMTPError](err); ok {
			_, _ = fmt.Fprintf(conn, "%d %s\r\n", said.Code, said.Message)
		}
		_ = conn.Close()
	}
}

// quiet drops what the library logs of connections that tests cut on purpose.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (s *Server) session(c *smtp.Conn) (smtp.Session, error) {
	if err := s.at(Hello, "", c.Conn()); err != nil {
		return nil, err
	}
	return &session{server: s, conn: c, user: ""}, nil
}

// session is one client's conversation.
type session struct {
	server *Server
	conn   *smtp.Conn
	user   string
	from   string
	to     string
}

func (x *session) Reset()        { x.from, x.to = "", "" }
func (x *session) Logout() error { return nil }

func (x *session) AuthMechanisms() []string { return x.server.mechanisms }

func (x *session) Auth(mechanism string) (sasl.Server, error) {
	s := x.server
	if err := s.at(SignIn, "", x.conn.Conn()); err != nil {
		return nil, err
	}
	if !slices.Contains(s.mechanisms, mechanism) {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	accept := func(user string) {
		x.user = user
		s.mu.Lock()
		defer s.mu.Unlock()
		s.signIns = append(s.signIns, mechanism)
	}
	return newAuth(mechanism, s.user, s.password, accept)
}

func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	if x.server.user != "" && x.user == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	x.from = from
	return x.server.at(Sender, "", x.conn.Conn())
}

func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s := x.server
	if err := s.at(Recipient, to, x.conn.Conn()); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grey != nil && !s.grey[to] {
		s.grey[to] = true
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, please come again"}
	}
	x.to = to
	return nil
}

func (x *session) Data(r io.Reader) error {
	s := x.server
	in := bufio.NewReader(r)
	first, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := s.at(Content, x.to, x.conn.Conn()); err != nil {
		return err
	}
	rest, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	r2 := s.take(Accept, x.to)
	if r2.reply != nil && !r2.drop {
		return r2.reply
	}
	_, secured := x.conn.TLSConnectionState()
	s.keep(parse(Message{From: x.from, To: x.to, User: x.user, TLS: secured, Raw: append([]byte(first), rest...)}))
	if r2.delay > 0 {
		select {
		case <-time.After(r2.delay):
		case <-s.done:
		}
	}
	if r2.drop {
		_ = x.conn.Conn().Close()
	}
	return nil
}

func (s *Server) keep(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	close(s.arrived)
	s.arrived = make(chan struct{})
}

// certify makes a certificate authority, writes its PEM into dir and signs the
// server's certificate with it.
func (s *Server) certify(dir string) (*tls.Config, error) {
	now := clock.System{}.Now()
	from, until := now.Add(-time.Hour), now.Add(48*time.Hour)
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"Koepostin juuri"}},
		NotBefore: from.AddDate(-2, 0, 0), NotAfter: until, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, root, root, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	s.ca = filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(s.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), 0o644); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "mail.example"},
		NotBefore: from, NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost", "mail.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if s.name != "" {
		leaf.DNSNames, leaf.IPAddresses = []string{s.name}, nil
	}
	if s.expired {
		leaf.NotBefore, leaf.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(0, 0, -1)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, nil
}
