package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/ground/fault"
	kokkomail "kokko/ground/mail"
	"kokko/ground/mail/smtptest"
)

func TestLetterArrives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options []smtptest.Option
		tls     bool
		signIn  string
	}{
		"starttls":      {nil, true, ""},
		"implicit":      {[]smtptest.Option{smtptest.Implicit()}, true, ""},
		"open":          {[]smtptest.Option{smtptest.Plain()}, false, ""},
		"plain":         {[]smtptest.Option{smtptest.SignedIn("kokko", password, "LOGIN", "PLAIN")}, true, "PLAIN"},
		"login":         {[]smtptest.Option{smtptest.SignedIn("kokko", password, "LOGIN")}, true, "LOGIN"},
		"scram":         {[]smtptest.Option{smtptest.SignedIn("kokko", password)}, true, "SCRAM-SHA-256"},
		"implicit+auth": {[]smtptest.Option{smtptest.Implicit(), smtptest.SignedIn("kokko", password, "PLAIN")}, true, "PLAIN"},
		"open+auth":     {[]smtptest.Option{smtptest.Plain(), smtptest.SignedIn("kokko", password, "LOGIN")}, false, "LOGIN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, c.options...)
			m := letter()
			m.From = kokkomail.Address{} // the settings' own
			receipt, err := senderOf(t, settingsOf(t, server)).Send(timeLimit(t), m)
			if err != nil {
				t.Fatal(err)
			}
			if receipt.Reply.Code != 250 || receipt.Reply.Text == "" || receipt.TLS != c.tls {
				t.Errorf("receipt %+v", receipt)
			}
			got := server.Wait(timeLimit(t), 1)[0]
			if got.Broken != nil || got.From != "kokko@example.fi" || got.To != m.To.Email || got.Subject != m.Subject || got.Text != m.Text || got.TLS != c.tls {
				t.Errorf("arrived %+v", got)
			}
			if used := server.SignIns(); c.signIn != "" && !slices.Equal(used, []string{c.signIn}) || c.signIn == "" && len(used) > 0 {
				t.Errorf("signed in with %v, want %q", used, c.signIn)
			}
		})
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	const always = -1
	for name, c := range map[string]struct {
		option  smtptest.Option
		key     string
		verdict kokkomail.Verdict
		code    fault.Code
		reply   string
	}{
		"closed for today":   {smtptest.Refuse(smtptest.Greeting, 421, "", "4.3.2 closed for maintenance", always), "mail.refused.greeting", kokkomail.Temporary, fault.Busy, "421 4.3.2 closed for maintenance"},
		"not wanted":         {smtptest.Refuse(smtptest.Greeting, 554, "", "5.7.1 your address is on a list", always), "mail.refused.greeting", kokkomail.Setup, fault.Invalid, "554 5.7.1 your address is on a list"},
		"hello later":        {smtptest.Refuse(smtptest.Hello, 421, "4.3.0", "too busy", always), "mail.refused.hello", kokkomail.Temporary, fault.Busy, "421 4.3.0 too busy"},
		"hello never":        {smtptest.Refuse(smtptest.Hello, 550, "5.7.1", "bad name", always), "mail.refused.hello", kokkomail.Setup, fault.Invalid, "550 5.7.1 bad name"},
		"sender never":       {smtptest.Refuse(smtptest.Sender, 553, "5.7.1", "not owned by user kokko", always), "mail.refused.sender", kokkomail.Setup, fault.Invalid, "553 5.7.1 not owned by user kokko"},
		"sender later":       {smtptest.Refuse(smtptest.Sender, 451, "4.7.1", "quota", always), "mail.refused.sender", kokkomail.Temporary, fault.Busy, "451 4.7.1 quota"},
		"too large":          {smtptest.Refuse(smtptest.Sender, 552, "5.3.4", "too large", always), "mail.refused.sender", kokkomail.Permanent, fault.Invalid, "552 5.3.4 too large"},
		"nobody there":       {smtptest.Refuse(smtptest.Recipient, 550, "5.1.1", "no such user here", always), "mail.refused.recipient", kokkomail.Permanent, fault.Invalid, "550 5.1.1 no such user here"},
		"mailbox full":       {smtptest.Refuse(smtptest.Recipient, 452, "4.2.2", "mailbox full", always), "mail.refused.recipient", kokkomail.Temporary, fault.Busy, "452 4.2.2 mailbox full"},
		"sign in first":      {smtptest.Refuse(smtptest.Recipient, 530, "5.7.0", "authentication required", always), "mail.refused.recipient", kokkomail.Setup, fault.Invalid, "530 5.7.0 authentication required"},
		"greylisted":         {smtptest.Greylist(), "mail.refused.recipient", kokkomail.Temporary, fault.Busy, "451 4.7.1 Greylisted, please come again"},
		"spam":               {smtptest.Refuse(smtptest.Accept, 554, "5.7.1", "looks like spam", always), "mail.refused.accept", kokkomail.Permanent, fault.Invalid, "554 5.7.1 looks like spam"},
		"disk full":          {smtptest.Refuse(smtptest.Accept, 452, "4.3.1", "disk full", always), "mail.refused.accept", kokkomail.Temporary, fault.Busy, "452 4.3.1 disk full"},
		"content refused":    {smtptest.Refuse(smtptest.Content, 550, "5.6.0", "bad content", always), "mail.refused.accept", kokkomail.Permanent, fault.Invalid, "550 5.6.0 bad content"},
		"no enhanced code":   {smtptest.Refuse(smtptest.Recipient, 550, "", "who?", always), "mail.refused.recipient", kokkomail.Permanent, fault.Invalid, "550 who?"},
		"dropped at hello":   {smtptest.Drop(smtptest.Hello, always), "mail.lost", kokkomail.Temporary, fault.Busy, ""},
		"dropped at rcpt":    {smtptest.Drop(smtptest.Recipient, always), "mail.lost", kokkomail.Temporary, fault.Busy, ""},
		"dropped at once":    {smtptest.Drop(smtptest.Greeting, always), "mail.lost", kokkomail.Temporary, fault.Busy, ""},
		"dropped at the dot": {smtptest.Drop(smtptest.Accept, always), "mail.uncertain", kokkomail.Temporary, fault.Busy, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, c.option)
			_, err := senderOf(t, settingsOf(t, server)).Send(timeLimit(t), letter())
			if keyOf(err) != c.key || kokkomail.VerdictOf(err) != c.verdict || fault.CodeOf(err) != c.code {
				t.Errorf("%v: key %s, verdict %s", err, keyOf(err), kokkomail.VerdictOf(err))
			}
			reply, said := kokkomail.ReplyOf(err)
			if reply.String() != c.reply || said != (c.reply != "") {
				t.Errorf("server's words %q, want %q", reply, c.reply)
			}
			if e, ok := errors.AsType[*fault.Error](err); ok && c.reply != "" && e.Args["reply"] != c.reply {
				t.Errorf("a person would read %v", e.Args["reply"])
			}
			if kokkomail.Uncertain(err) != (c.key == "mail.uncertain") {
				t.Errorf("uncertain: %v", kokkomail.Uncertain(err))
			}
		})
	}
}

func TestSignInFailureKeepsTheServersWordsAndHidesThePassword(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"PLAIN", "LOGIN", "SCRAM-SHA-256"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, smtptest.SignedIn("kokko", "the right one", mechanism))
			s := settingsOf(t, server)
			s.Password = password
			_, err := senderOf(t, s).Send(timeLimit(t), letter())
			reply, _ := kokkomail.ReplyOf(err)
			if keyOf(err) != "mail.refused.sign_in" || kokkomail.VerdictOf(err) != kokkomail.Setup ||
				reply.Code != 535 || reply.Enhanced != "5.7.8" || reply.Text != "Username and password not accepted for kokko" {
				t.Errorf("%v", err)
			}
		})
	}
	server := smtptest.New(t, smtptest.SignedIn("kokko", "x"), smtptest.Refuse(smtptest.SignIn, 535, "5.7.8", "wrong password "+password, -1))
	s := settingsOf(t, server)
	s.Password = password
	_, err := senderOf(t, s).Send(timeLimit(t), letter())
	if reply, _ := kokkomail.ReplyOf(err); reply.Text != "wrong password •••" || strings.Contains(fmt.Sprintf("%v %+v", err, err), password) {
		t.Errorf("the password shows: %v", err)
	}
	server = smtptest.New(t, smtptest.SignedIn("kokko", "salasana", "XOAUTH9"))
	_, err = senderOf(t, settingsOf(t, server)).Send(timeLimit(t), letter())
	if keyOf(err) != "mail.sign_in.none" || kokkomail.VerdictOf(err) != kokkomail.Setup {
		t.Errorf("%v", err)
	}
}

// A server that cannot be trusted gets neither the password nor the letter.
func TestNothingGoesOverAWrongConnection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options []smtptest.Option
		change  func(s *kokkomail.Settings)
		key     string
	}{
		"no starttls":     {[]smtptest.Option{smtptest.Plain()}, func(s *kokkomail.Settings) { s.TLS = kokkomail.StartTLS }, "mail.tls.missing"},
		"required":        {[]smtptest.Option{smtptest.Plain()}, func(s *kokkomail.Settings) { s.TLS = kokkomail.Required }, "mail.tls.missing"},
		"unknown issuer":  {nil, func(s *kokkomail.Settings) { s.CAFile = "" }, "mail.tls.issuer"},
		"implicit issuer": {[]smtptest.Option{smtptest.Implicit()}, func(s *kokkomail.Settings) { s.CAFile = "" }, "mail.tls.issuer"},
		"other name":      {[]smtptest.Option{smtptest.CertificateFor("other.example")}, nil, "mail.tls.name"},
		"expired":         {[]smtptest.Option{smtptest.Expired()}, nil, "mail.tls.expired"},
		"not TLS":         {nil, func(s *kokkomail.Settings) { s.TLS = kokkomail.Implicit }, "mail.tls.not_tls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, append(c.options, smtptest.SignedIn("kokko", "salasana"))...)
			s := settingsOf(t, server)
			if c.change != nil {
				c.change(&s)
			}
			_, err := senderOf(t, s).Send(timeLimit(t), letter())
			if keyOf(err) != c.key || kokkomail.VerdictOf(err) != kokkomail.Setup {
				t.Errorf("%v: key %s", err, keyOf(err))
			}
			if len(server.SignIns()) > 0 || len(server.Messages()) > 0 {
				t.Error("the password or the letter went all the same")
			}
		})
	}
}

func TestTLSPortWithoutTLSDoesNotHang(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, smtptest.Implicit())
	s := settingsOf(t, server)
	s.TLS, s.Timeout = kokkomail.StartTLS, 200*time.Millisecond // both sides wait for the other
	_, err := senderOf(t, s).Send(timeLimit(t), letter())
	if keyOf(err) != "mail.timeout" || kokkomail.VerdictOf(err) != kokkomail.Temporary {
		t.Errorf("%v", err)
	}
}

func TestSlowServer(t *testing.T) {
	t.Parallel()
	for _, step := range []smtptest.Step{smtptest.Greeting, smtptest.Hello, smtptest.SignIn, smtptest.Recipient, smtptest.Accept} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, smtptest.SignedIn("kokko", "salasana"), smtptest.Slow(step, time.Hour))
			s := settingsOf(t, server)
			s.Timeout = 3 * time.Second // the steps before are done in far less, however busy the machine
			_, err := senderOf(t, s).Send(timeLimit(t), letter())
			want := "mail.timeout"
			if step == smtptest.Accept {
				want = "mail.uncertain"
			}
			if keyOf(err) != want || kokkomail.VerdictOf(err) != kokkomail.Temporary || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		server := smtptest.New(t, smtptest.Slow(smtptest.Accept, time.Hour))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s := settingsOf(t, server)
		s.Timeout = 10 * time.Minute
		done := make(chan error, 1)
		go func() {
			_, err := senderOf(t, s).Send(ctx, letter())
			done <- err
		}()
		server.Wait(timeLimit(t), 1)
		cancel()
		if err := <-done; !kokkomail.Uncertain(err) || kokkomail.VerdictOf(err) != kokkomail.Temporary {
			t.Errorf("%v", err)
		}
		if _, err := senderOf(t, s).Send(ctx, letter()); err == nil || len(server.Messages()) != 1 {
			t.Errorf("sent after the context ended: %v", err)
		}
	})
}

// foreign answers every connection with fixed bytes and counts what it takes.
func foreign(t *testing.T, answer func(conn net.Conn)) kokkomail.Settings {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wait.Go(func() {
				defer conn.Close()
				answer(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		wait.Wait()
	})
	return kokkomail.Settings{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: kokkomail.Off,
		From: kokkomail.Address{Email: "kokko@example.fi"}}
}

func TestSomethingElseAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(conn net.Conn)
		key    string
	}{
		"web server": {func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		}, "mail.not_smtp"},
		"endless line":     {func(conn net.Conn) { pour(conn, "220-"+strings.Repeat("a", 4096)) }, "mail.not_smtp"},
		"endless greeting": {func(conn net.Conn) { pour(conn, strings.Repeat("220-a\r\n", 512)) }, "mail.not_smtp"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := senderOf(t, foreign(t, c.answer)).Send(timeLimit(t), letter())
			if keyOf(err) != c.key || kokkomail.VerdictOf(err) != kokkomail.Setup || len(err.Error()) > 2000 {
				t.Errorf("%s %.300v", keyOf(err), err)
			}
		})
	}
	t.Run("paints the terminal", func(t *testing.T) {
		t.Parallel()
		s := foreign(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "554 5.7.1 \x1b[2J\u202enope\x07\r\n") })
		_, err := senderOf(t, s).Send(timeLimit(t), letter())
		if reply, _ := kokkomail.ReplyOf(err); reply.Text != "[2Jnope" {
			t.Errorf("%q", reply.Text)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := listener.Addr().(*net.TCPAddr).Port
		_ = listener.Close()
		s := kokkomail.Settings{Host: "127.0.0.1", Port: port, TLS: kokkomail.Off, From: kokkomail.Address{Email: "kokko@example.fi"}}
		_, err = senderOf(t, s).Send(timeLimit(t), letter())
		if keyOf(err) != "mail.unreachable" || kokkomail.VerdictOf(err) != kokkomail.Temporary {
			t.Errorf("%v", err)
		}
	})
}

// pour writes until the other side has had enough.
func pour(conn net.Conn, piece string) {
	for {
		if _, err := io.WriteString(conn, piece); err != nil {
			return
		}
	}
}

func TestBatchUsesOneConnection(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, smtptest.SignedIn("kokko", "salasana"),
		smtptest.RefuseRecipient("gone@example.fi", 550, "5.1.1", "no such user"), smtptest.RefuseRecipient("later@example.fi", 450, "4.2.0", "later"))
	wrong := letterTo("e@example.fi")
	wrong.Subject = "x\r\nBcc: y@example.fi"
	batch := []kokkomail.Message{letterTo("a@example.fi"), letterTo("gone@example.fi"), letterTo("b@example.fi"), wrong, letterTo("later@example.fi"), letterTo("c@example.fi")}
	var order []string
	held := errors.New("held back by the outbox")
	out := senderOf(t, settingsOf(t, server)).SendAll(timeLimit(t), batch, kokkomail.Hooks{
		BeforeData: func(_ context.Context, i int) error {
			order = append(order, fmt.Sprintf("mark %d", i))
			if i == 2 {
				return held
			}
			return nil
		},
		Done: func(_ context.Context, i int, o kokkomail.Outcome) {
			order = append(order, fmt.Sprintf("%s %d", kokkomail.VerdictOf(o.Err), i))
		},
	})
	want := []string{"mark 0", "sent 0", "permanent 1", "mark 2", "temporary 2", "permanent 3", "temporary 4", "mark 5", "sent 5"}
	if !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	if !errors.Is(out[2].Err, held) {
		t.Errorf("the hook's own error is lost: %v", out[2].Err)
	}
	var to []string
	for _, m := range server.Messages() {
		to = append(to, m.To)
	}
	if !slices.Equal(to, []string{"a@example.fi", "c@example.fi"}) || server.Connections() != 1 {
		t.Errorf("arrived %v over %d connections", to, server.Connections())
	}
}

// A connection cut while the content is on its way has delivered nothing; one
// cut after the last dot leaves that message, and only it, uncertain.
func TestDropInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, step := range []smtptest.Step{smtptest.Content, smtptest.Accept} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			server := smtptest.New(t, smtptest.Drop(step, 1))
			marked := map[int]bool{}
			unsure := 0
			batch := []kokkomail.Message{letterTo("a@example.fi"), letterTo("b@example.fi"), letterTo("c@example.fi")}
			// Longer than any buffer between the two, so that the cut is met while writing.
			batch[0].Text = strings.Repeat("Pitkä kirje. ", kokkomail.MaxText/14)
			batch[0].HTML = strings.Repeat("<p>Pitkä kirje.</p>", kokkomail.MaxHTML/20)
			out := senderOf(t, settingsOf(t, server)).SendAll(timeLimit(t), batch, kokkomail.Hooks{
				BeforeData: func(_ context.Context, i int) error { marked[i] = true; return nil },
				Done: func(_ context.Context, i int, o kokkomail.Outcome) {
					delete(marked, i)
					if len(marked) > 0 {
						t.Errorf("after %d these are open: %v", i, marked)
					}
					if kokkomail.Uncertain(o.Err) {
						unsure++
					}
				},
			})
			if kokkomail.VerdictOf(out[0].Err) != kokkomail.Temporary || out[1].Err != nil || out[2].Err != nil {
				t.Errorf("outcomes %v", out)
			}
			arrived := 2
			if step == smtptest.Accept {
				arrived = 3 // the server had it, though it never said so
				if unsure != 1 || !kokkomail.Uncertain(out[0].Err) {
					t.Errorf("%d uncertain, %v", unsure, out[0].Err)
				}
			}
			if got := server.Wait(timeLimit(t), arrived); len(got) != arrived || server.Connections() != 2 {
				t.Errorf("%d arrived over %d connections", len(got), server.Connections())
			}
		})
	}
}

func TestBatchStopsWhenNothingCanGo(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t, smtptest.SignedIn("kokko", "right"))
	s := settingsOf(t, server)
	s.Password = "wrong"
	batch := make([]kokkomail.Message, 20)
	for i := range batch {
		batch[i] = letterTo(fmt.Sprintf("a%d@example.fi", i))
	}
	for i, o := range senderOf(t, s).SendAll(timeLimit(t), batch, kokkomail.Hooks{}) {
		if kokkomail.VerdictOf(o.Err) != kokkomail.Setup {
			t.Errorf("%d: %v", i, o.Err)
		}
	}
	if server.Connections() != 1 {
		t.Errorf("%d tries with a wrong password would lock the account", server.Connections())
	}
}

func TestLongBatchAndManySenders(t *testing.T) {
	t.Parallel()
	server := smtptest.New(t)
	sender := senderOf(t, settingsOf(t, server))
	var wait sync.WaitGroup
	for w := range 3 {
		wait.Go(func() {
			batch := make([]kokkomail.Message, 105)
			for i := range batch {
				batch[i] = letterTo(fmt.Sprintf("w%d-%d@example.fi", w, i))
			}
			for i, o := range sender.SendAll(timeLimit(t), batch, kokkomail.Hooks{}) {
				if o.Err != nil {
					t.Errorf("%d/%d: %v", w, i, o.Err)
				}
			}
		})
	}
	wait.Wait()
	seen := map[string]int{}
	for _, m := range server.Messages() {
		seen[m.To]++
	}
	if len(seen) != 315 || len(server.Messages()) != 315 || server.Connections() != 6 {
		t.Errorf("%d letters to %d people over %d connections", len(server.Messages()), len(seen), server.Connections())
	}
}

func TestCertificateFile(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{empty, empty + ".none"} {
		s := kokkomail.Settings{Host: "h.fi", From: kokkomail.Address{Email: "a@b.fi"}, CAFile: file}
		if _, err := kokkomail.NewSMTP(s); keyOf(err) != "mail.settings.ca" {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestConsole(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	console := kokkomail.NewConsole(&out, kokkomail.Address{Name: "Kokko", Email: "kokko@localhost"})
	m := letter()
	m.From = kokkomail.Address{}
	m.Text = "Kirjaudu: https://example.fi/s/abc\x1b[2J\u202e\n"
	wrong := letterTo("b@example.fi")
	wrong.To.Email = "b"
	var done []kokkomail.Verdict
	console.SendAll(t.Context(), []kokkomail.Message{m, wrong}, kokkomail.Hooks{Done: func(_ context.Context, _ int, o kokkomail.Outcome) {
		done = append(done, kokkomail.VerdictOf(o.Err))
	}})
	if !slices.Equal(done, []kokkomail.Verdict{kokkomail.Sent, kokkomail.Permanent}) {
		t.Errorf("done %v", done)
	}
	printed := out.String()
	for _, want := range []string{"Äijö Öhman-Åkerlund <aijo@example.fi>", "Kokko <kokko@localhost>", m.Subject, "https://example.fi/s/abc[2J\n"} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q is missing from:\n%s", want, printed)
		}
	}
	if strings.ContainsAny(printed, "\x1b\u202e") {
		t.Error("a letter can paint the terminal")
	}
	if _, err := kokkomail.NewConsole(broken{}, m.To).Send(t.Context(), m); kokkomail.VerdictOf(err) != kokkomail.Temporary {
		t.Errorf("a full disk under the console: %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
