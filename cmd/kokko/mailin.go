package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"kokko/edge/mailin"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/attachment"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/feedback"
	"kokko/region/programme"
)

type mailInCommand struct {
	Region string `help:"Region id; without it the address tells whose letter it is." placeholder:"ID"`
	To     string `help:"The address the letter was delivered to, where its header does not tell." placeholder:"ADDRESS"`
}

// Exit codes as mail servers read them (sysexits.h). Whatever is not the letter's
// own fault is temporary: then the server keeps it and tries again.
const (
	exitData   = 65 // the letter can never be taken
	exitNobody = 67 // the address is nobody's
	exitAgain  = 75 // not now
)

// ended ends a command with a code when everything was printed already.
type ended int

func (e ended) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// handing bounds taking one letter in: shorter than a mail server waits.
const handing = 4 * time.Minute

// Run takes the letter on standard input. What it prints on standard output goes
// back to the letter's sender with the mail server's notice; standard error gets
// one line for the log, without anything of the letter.
func (c *mailInCommand) Run(ctx context.Context, h *house) (err error) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(h.errs, "kokko mail-in: kept for later: panic: %T\n%s", p, debug.Stack())
			err = ended(exitAgain)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, handing)
	defer cancel()
	taken, err := c.take(ctx, h)
	if err != nil {
		return h.notTaken(taken, err)
	}
	line := "kokko mail-in: " + string(taken.Fate)
	for _, more := range []string{taken.Code, taken.Sign} {
		if more != "" {
			line += " " + more
		}
	}
	if taken.Region != "" {
		line += " (" + taken.Region + ")"
	}
	fmt.Fprintln(h.errs, line)
	return nil
}

func (c *mailInCommand) take(ctx context.Context, h *house) (mailin.Taken, error) {
	// Opening a SQLite store makes its file: a wrong path must not look like an
	// empty installation.
	if file := store.SQLitePath(h.storeURL()); file != "" {
		if _, err := os.Stat(file); err != nil {
			return mailin.Taken{}, fault.New(fault.Busy, "store.unreachable").Because(err)
		}
	}
	db, err := h.openReady(ctx)
	if err != nil {
		return mailin.Taken{}, err
	}
	defer db.Close()
	if _, err := meant(ctx, db, c.Region); fault.Is(err, fault.Invalid) {
		// Whoever set the mail server up slipped, not the letter: it waits until that is put right.
		return mailin.Taken{}, fault.New(fault.Busy, "cli.which_region").Because(err)
	} else if err != nil {
		return mailin.Taken{}, err
	}
	x, err := h.index(ctx, db)
	if err != nil {
		return mailin.Taken{}, err
	}
	sparks := spark.New(db, h.clock, h.ids).Indexed(x).Knowing(knowing(db, h, x, actor.New(db, h.clock, h.ids)))
	door := &mailin.Door{
		DB: db, Clock: h.clock, Texts: h.texts, Programmes: programme.NewService(db, h.clock, h.ids, nil),
		Sparks: sparks, Files: attachment.New(h.clock, h.ids, sparks), Feedback: feedback.New(db, h.clock, h.ids), Outbox: mail.NewOutbox(db, h.clock, h.ids, h.log, h.way(db)),
	}
	return door.Take(ctx, h.in, mailin.Envelope{Region: c.Region, To: c.To})
}

// notTaken says why: to the sender in the region's languages, after a code that
// mail servers understand (RFC 3463), and to the log.
func (h *house) notTaken(t mailin.Taken, err error) error {
	code, status := exitAgain, "4.3.0"
	if mailin.Final(err) {
		switch fault.CodeOf(err) {
		case fault.TooLarge:
			code, status = exitData, "5.3.4"
		case fault.NotFound:
			code, status = exitNobody, "5.1.1"
		default:
			code, status = exitData, "5.6.0"
		}
	}
	first := fault.List(err)[0]
	if first.Key == "mailin.refused" {
		status = "5.7.1"
	}
	tongues := t.Speaks
	if len(tongues) == 0 {
		tongues = i18n.Languages()
	}
	if code != exitAgain {
		said := make([]string, len(tongues))
		for i, l := range tongues {
			said[i] = h.texts.For(l).Fault(first)
		}
		fmt.Fprintln(h.out, status, strings.Join(said, " / "))
		fmt.Fprintln(h.errs, "kokko mail-in: refused:", first.Key)
		return ended(code)
	}
	fmt.Fprintln(h.out, status, h.say.Fault(fault.New(fault.Busy, "cli.mail_in.later")))
	fmt.Fprintln(h.errs, "kokko mail-in: kept for later:", strings.Join(strings.Fields(h.causes(err)), " "))
	return ended(code)
}

// causes is why a letter waits, for the log: the store's and the system's words,
// none of which hold anything of a letter.
func (h *house) causes(err error) string {
	var said []string
	for _, e := range fault.List(err) {
		said = append(said, e.Key)
		if e.Err != nil && !errors.Is(e.Err, context.Canceled) {
			said = append(said, "("+e.Err.Error()+")")
		}
	}
	return strings.Join(said, " ")
}
