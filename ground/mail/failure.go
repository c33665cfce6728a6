package mail

import (
	"errors"
	"fmt"
	"net/textproto"
	"os"
	"regexp"
	"strings"
	"unicode"

	"kokko/ground/fault"
)

// Step is where in the conversation something happened.
type Step string

const (
	StepConnect   Step = "connect"   // opening the connection
	StepGreeting  Step = "greeting"  // the server's first line
	StepHello     Step = "hello"     // EHLO
	StepTLS       Step = "tls"       // STARTTLS and the certificate
	StepSignIn    Step = "sign_in"   // AUTH
	StepSender    Step = "sender"    // MAIL FROM
	StepRecipient Step = "recipient" // RCPT TO
	StepData      Step = "data"      // DATA and the content on its way
	StepAccept    Step = "accept"    // the answer after the last dot
)

// Reply is what the server said, word for word except that control characters
// and our password are taken out.
type Reply struct {
	Code     int    // 250, 451, 550; 0 when the server said nothing
	Enhanced string // "5.1.1", or ""
	Text     string // at most 1000 runes, lines parted by \n
}

// String is the reply as a person reads it: "550 5.1.1 no such user here".
func (r Reply) String() string {
	if r.Code == 0 {
		return r.Text
	}
	if r.Enhanced != "" {
		return fmt.Sprintf("%d %s %s", r.Code, r.Enhanced, r.Text)
	}
	return fmt.Sprintf("%d %s", r.Code, r.Text)
}

// Verdict says what to do with a letter that did not go.
type Verdict string

const (
	Sent      Verdict = "sent"      // no error
	Permanent Verdict = "permanent" // this letter will never go: tell somebody
	Temporary Verdict = "temporary" // try again later
	Setup     Verdict = "setup"     // nothing goes before the settings are mended: keep the letter, tell the operator
)

// Failure is how one sending failed. It is the cause inside the *fault.Error
// that senders return: fault.Invalid for Permanent and Setup, fault.Busy for
// Temporary.
type Failure struct {
	Step    Step
	Verdict Verdict
	Reply   Reply // zero when the server said nothing
	// Uncertain is set when the connection was lost after the whole message was
	// written: the server may have taken it.
	Uncertain bool
	// Lost is set when the connection cannot carry another message.
	Lost bool
	Err  error
}

func (f *Failure) Error() string {
	s := "mail " + string(f.Step)
	if f.Reply.Code != 0 {
		return s + ": " + f.Reply.String()
	}
	if f.Err != nil {
		s += ": " + f.Err.Error()
	}
	return s
}

func (f *Failure) Unwrap() error { return f.Err }

// FailureOf finds the Failure in an error a sender returned.
func FailureOf(err error) (*Failure, bool) { return errors.AsType[*Failure](err) }

// VerdictOf says what to do after err. A message that fails its Check is
// Permanent; an error the package does not know is Temporary.
func VerdictOf(err error) Verdict {
	if err == nil {
		return Sent
	}
	if f, ok := FailureOf(err); ok {
		return f.Verdict
	}
	switch fault.CodeOf(err) {
	case fault.Invalid, fault.TooLarge:
		return Permanent
	}
	return Temporary
}

// ReplyOf gives the server's own words in err; false when it said nothing.
func ReplyOf(err error) (Reply, bool) {
	if f, ok := FailureOf(err); ok && f.Reply.Code != 0 {
		return f.Reply, true
	}
	return Reply{}, false
}

// Uncertain tells whether the message of err may have been delivered all the same.
func Uncertain(err error) bool {
	f, ok := FailureOf(err)
	return ok && f.Uncertain
}

// newReply parses a code and the text after it, the enhanced code taken from
// the head of every line.
func newReply(code int, text string, hide func(string) string) Reply {
	lines := strings.Split(text, "\n")
	enhanced := ""
	for i, line := range lines {
		if m := enhancedShape.FindStringSubmatch(line); m != nil {
			enhanced, lines[i] = m[1], line[len(m[0]):]
		}
		lines[i] = words(lines[i])
	}
	text = hide(strings.TrimSpace(strings.Join(lines, "\n")))
	if r := []rune(text); len(r) > 1000 {
		text = string(r[:1000]) + "…"
	}
	return Reply{Code: code, Enhanced: enhanced, Text: text}
}

var enhancedShape = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)`)

// words makes foreign text safe to show: a server could otherwise paint the
// operator's terminal.
func words(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || isBidi(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// failed turns an error of one step into the fault the caller gets.
func (s Settings) failed(step Step, err error) error {
	f := &Failure{Step: step, Verdict: Temporary, Err: err}
	e := fault.New(fault.Busy, "mail.lost")
	var said *textproto.Error
	var nonsense textproto.ProtocolError
	switch {
	case errors.As(err, &said):
		// The cause would repeat the server's words with the password in them.
		f.Reply, f.Err = newReply(said.Code, said.Msg, s.hide), nil
		f.Verdict = judge(step, said.Code)
		f.Lost = said.Code == 421 || step == StepGreeting || step == StepHello || step == StepTLS || step == StepSignIn
		e.Key = "mail.refused." + string(step)
		e.With("reply", f.Reply.String())
	case errors.Is(err, os.ErrDeadlineExceeded):
		f.Lost, e.Key = true, "mail.timeout"
	case errors.As(err, &nonsense), errors.Is(err, errTooTalkative):
		f.Lost, e.Key = true, "mail.not_smtp"
		if step == StepGreeting {
			f.Verdict = Setup
		}
		f.Err = errors.New("not an SMTP answer: " + s.hide(words(err.Error())))
	default:
		f.Lost = true
	}
	f.Uncertain = step == StepAccept && f.Reply.Code == 0
	if f.Uncertain {
		e.Key = "mail.uncertain"
	}
	if f.Verdict != Temporary {
		e.Code = fault.Invalid
	}
	if f.Verdict == Setup {
		e.On("settings")
	}
	return e.With("host", s.Host).With("port", s.Port).With("step", string(step)).Because(f)
}

// judge reads a refusal: 4xx passes; 5xx is the letter's when it concerns the
// recipient or the content, and the settings' when the server will not have us
// or our sender address at all.
func judge(step Step, code int) Verdict {
	switch {
	case code < 500:
		return Temporary
	case step == StepRecipient && code == 530, code == 535, code == 538:
		return Setup // "authentication required" may come late
	case step == StepSender && (code == 552 || code == 555):
		return Permanent
	case step == StepRecipient, step == StepData, step == StepAccept:
		return Permanent
	}
	return Setup
}
