package notify_test

import (
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-smtp"
)

// sink is a mail server that takes everything and keeps nothing: for very many
// letters, which a server that remembers them would not stand.
type sink struct {
	addr   string
	opened atomic.Int64
}

func newSink(t testing.TB) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{addr: l.Addr().String()}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		s.opened.Add(1)
		return drain{}, nil
	}))
	server.Domain = "sink.example"
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

type drain struct{}

func (drain) Mail(string, *smtp.MailOptions) error { return nil }
func (drain) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (drain) Data(r io.Reader) error               { _, err := io.Copy(io.Discard, r); return err }
func (drain) Reset()                               {}
func (drain) Logout() error                        { return nil }
