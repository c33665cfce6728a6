package mail_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	kokkomail "kokko/ground/mail"
	"kokko/ground/mail/smtptest"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// post is an outbox with a runner, on a clock that stands.
type post struct {
	testing.TB
	db     *store.DB
	clock  *clock.Fake
	ids    *ident.Maker
	log    bytes.Buffer
	way    func() (kokkomail.Way, error)
	outbox *kokkomail.Outbox
	runner *jobs.Runner
}

func eachPost(t *testing.T, behaviour func(t *testing.T, p *post)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		p := &post{TB: t, db: db, clock: c, ids: ident.NewMaker(c)}
		p.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', FALSE, 1, 1)`)
			return err
		})
		p.start()
		behaviour(t, p)
	})
}

// start is a process of its own on the same store.
func (p *post) start() {
	log := slog.New(slog.NewTextHandler(&p.log, nil))
	p.runner = jobs.New(p.db, p.clock, p.ids, log, jobs.Options{Workers: 1})
	p.outbox = kokkomail.NewOutbox(p.db, p.clock, p.ids, log, func(context.Context, string) (kokkomail.Way, error) { return p.way() })
	p.outbox.Bind(p.runner)
}

// through sends through a real server.
func (p *post) through(server *smtptest.Server) {
	p.Helper()
	s, err := kokkomail.ParseURL(server.URL())
	if err != nil {
		p.Fatal(err)
	}
	sender, err := kokkomail.NewSMTP(s)
	if err != nil {
		p.Fatal(err)
	}
	p.way = func() (kokkomail.Way, error) {
		return kokkomail.Way{Sender: sender, From: kokkomail.Address{Name: "Kokko", Email: "kokko@kouvola.example"}}, nil
	}
}

func (p *post) tx(do func(ctx context.Context, tx *store.Tx) error) {
	p.Helper()
	if err := p.db.Tx(context.Background(), do); err != nil {
		p.Fatal(err)
	}
}

func (p *post) drop(l kokkomail.Letter) kokkomail.Posted {
	p.Helper()
	l.Region, l.Language = "kouvola", "fi"
	p.tx(func(ctx context.Context, tx *store.Tx) error { return p.outbox.Post(ctx, tx, l) })
	return p.all()[0]
}

func (p *post) drain() {
	p.Helper()
	if err := p.runner.Drain(context.Background()); err != nil {
		p.Fatal(err)
	}
}

func (p *post) all() []kokkomail.Posted {
	p.Helper()
	all, err := p.outbox.List(context.Background(), "kouvola", "", 0, 100)
	if err != nil {
		p.Fatal(err)
	}
	return all
}

func (p *post) one(id ident.ID) kokkomail.Posted {
	p.Helper()
	l, err := p.outbox.One(context.Background(), "kouvola", id)
	if err != nil {
		p.Fatal(err)
	}
	return l
}

func (p *post) jobs(state string) (n int) {
	p.Helper()
	if err := p.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM jobs WHERE kind = 'mail.send' AND state = $1`, state).Scan(&n); err != nil {
		p.Fatal(err)
	}
	return n
}

var toMaija = kokkomail.Letter{Purpose: "bringer.answered", Spark: 7, To: "maija@meikalaiset.example", Subject: "Vastaus", Text: "Hei!"}

func TestALetterLeavesExactlyWhenItsTransactionCommits(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		server := smtptest.New(t)
		p.through(server)
		err := p.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			if err := p.outbox.Post(ctx, tx, kokkomail.Letter{Region: "kouvola", To: "x@y.example", Subject: "s", Text: "t"}); err != nil {
				return err
			}
			return errors.New("no")
		})
		if err == nil {
			t.Fatal("committed")
		}
		p.drain()
		if len(p.all()) != 0 || len(server.Messages()) != 0 {
			t.Fatal("a letter of a transaction that never was")
		}
		secret := ident.Secret()
		l := toMaija
		l.Text = "Linkkisi: https://kokko.example/oma/" + secret + "\nHei!"
		id := p.drop(l).ID
		if p.one(id).Stand != kokkomail.Waiting {
			t.Error("not waiting")
		}
		p.drain()
		got := server.Messages()
		if len(got) != 1 || got[0].To != l.To || got[0].Subject != l.Subject || !strings.Contains(got[0].Text, secret) || got[0].Header.Get("Message-Id") != "<"+p.one(id).MessageID+">" {
			t.Fatalf("%+v", got)
		}
		went := p.one(id)
		if went.Stand != kokkomail.Went || went.Tries != 1 || !went.Done.Equal(p.clock.Now()) || !strings.HasPrefix(went.Reply, "250 ") {
			t.Errorf("%+v", went)
		}
		if strings.Contains(went.Text, secret) || !strings.Contains(went.Text, "/oma/…") {
			t.Errorf("the link of a letter that has gone is kept: %q", went.Text)
		}
		p.drain()
		if len(server.Messages()) != 1 || p.jobs("waiting") != 0 {
			t.Error("sent twice")
		}
		if err := p.outbox.Again(context.Background(), "kouvola", id); !fault.Is(err, fault.Conflict) {
			t.Errorf("again: %v", err)
		}
	})
}

func TestARefusalForNowIsTriedAgain(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		server := smtptest.New(t, smtptest.Greylist())
		p.through(server)
		id := p.drop(toMaija).ID
		p.drain()
		l := p.one(id)
		if l.Stand != kokkomail.Waiting || !strings.Contains(l.Reply, "451") || !strings.Contains(l.Reply, "Greylisted, please come again") {
			t.Errorf("%+v", l)
		}
		p.clock.Advance(24 * time.Hour)
		p.drain()
		if l := p.one(id); l.Stand != kokkomail.Went || len(server.Messages()) != 1 {
			t.Errorf("%+v", l)
		}
	})
}

func TestARefusalForGoodIsSeenInTheServersWords(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		server := smtptest.New(t, smtptest.RefuseRecipient(toMaija.To, 550, "5.1.1", "<"+toMaija.To+">: nobody here by that name"))
		p.through(server)
		id := p.drop(toMaija).ID
		p.drain()
		l := p.one(id)
		if l.Stand != kokkomail.Failed || !strings.Contains(l.Reply, "nobody here by that name") || !strings.Contains(l.Reply, "550") {
			t.Errorf("%+v", l)
		}
		if p.jobs("waiting")+p.jobs("dead")+p.jobs("running") != 0 {
			t.Error("a job goes on trying")
		}
		if strings.Contains(p.log.String(), "meikalaiset") {
			t.Errorf("the log holds the address: %s", p.log.String())
		}
		failed, err := p.outbox.List(context.Background(), "kouvola", kokkomail.Failed, 0, 10)
		if err != nil || len(failed) != 1 {
			t.Errorf("%v %d", err, len(failed))
		}
		// Mended by hand and sent again, it is the same letter.
		p.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE mails SET recipient = 'maija@uusi.example'`)
			return err
		})
		if err := p.outbox.Again(context.Background(), "kouvola", id); err != nil {
			t.Fatal(err)
		}
		if err := p.outbox.Again(context.Background(), "kouvola", id); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice again: %v", err)
		}
		p.drain()
		if got := p.one(id); got.Stand != kokkomail.Went || got.MessageID != l.MessageID {
			t.Errorf("%+v", got)
		}
	})
}

func TestALetterIsGivenUpVisibly(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		server := smtptest.New(t, smtptest.Refuse(smtptest.Recipient, 451, "4.3.0", "<maija@meikalaiset.example>: disk full", -1))
		p.through(server)
		id := p.drop(toMaija).ID
		for i := 0; p.one(id).Stand == kokkomail.Waiting && i < 60; i++ {
			p.drain()
			var jobError string
			if err := p.db.QueryRow(context.Background(), `SELECT error FROM jobs WHERE kind = 'mail.send'`).Scan(&jobError); err == nil && strings.Contains(jobError, "meikalaiset") {
				t.Fatalf("the job keeps the address: %s", jobError)
			}
			p.clock.Advance(24 * time.Hour)
		}
		if l := p.one(id); l.Stand != kokkomail.Failed || !strings.Contains(l.Reply, "disk full") || p.jobs("dead")+p.jobs("waiting") != 0 {
			t.Errorf("%+v, %d dead", l, p.jobs("dead"))
		}
	})
}

// A region's settings may be wrong: its letters say so and do not wait for ever.
func TestALetterWithoutAWaySaysWhy(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		p.way = func() (kokkomail.Way, error) {
			return kokkomail.Way{}, fault.New(fault.Invalid, "mail.settings.ca").On("ca").Because(errors.New("no such file"))
		}
		id := p.drop(toMaija).ID
		p.drain()
		if l := p.one(id); l.Stand != kokkomail.Waiting || !strings.Contains(l.Reply, "no such file") {
			t.Errorf("%+v", l)
		}
		for i := 0; p.one(id).Stand == kokkomail.Waiting && i < 60; i++ {
			p.clock.Advance(24 * time.Hour)
			p.drain()
		}
		if l := p.one(id); l.Stand != kokkomail.Failed || p.jobs("dead")+p.jobs("waiting") != 0 {
			t.Errorf("%+v: still waiting with no job to carry it", l)
		}
	})
}

// The connection breaks after the last byte: the letter may have gone, and
// nobody sends it again but a person.
func TestABrokenConnectionAfterTheLastByteIsUnsure(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		server := smtptest.New(t, smtptest.Drop(smtptest.Accept, 1))
		p.through(server)
		id := p.drop(toMaija).ID
		for range 3 {
			p.drain()
			p.clock.Advance(24 * time.Hour)
		}
		if l := p.one(id); l.Stand != kokkomail.Unsure || len(server.Messages()) != 1 {
			t.Errorf("%+v, %d arrived", l, len(server.Messages()))
		}
		if err := p.outbox.Again(context.Background(), "kouvola", id); err != nil {
			t.Fatal(err)
		}
		p.drain()
		got := server.Messages()
		if len(got) != 2 || got[0].Header.Get("Message-Id") != got[1].Header.Get("Message-Id") || p.one(id).Stand != kokkomail.Went {
			t.Errorf("%d arrived", len(got))
		}
	})
}

// dying is a process that ends when the letter is on its way.
type dying struct{ kokkomail.Sender }

func (d dying) SendAll(ctx context.Context, all []kokkomail.Message, hooks kokkomail.Hooks) []kokkomail.Outcome {
	d.Sender.SendAll(ctx, all, hooks)
	panic("the process ends here")
}

func TestAProcessThatDiesWithALetterInTheAirLeavesItUnsure(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		server := smtptest.New(t)
		p.through(server)
		way, _ := p.way()
		p.way = func() (kokkomail.Way, error) { return kokkomail.Way{Sender: dying{way.Sender}, From: way.From}, nil }
		id := p.drop(toMaija).ID
		p.drain()
		if l := p.one(id); l.Stand != kokkomail.Sending || len(server.Messages()) != 1 {
			t.Fatalf("%+v", l)
		}
		p.way = func() (kokkomail.Way, error) { return way, nil }
		p.start()
		for range 3 {
			p.clock.Advance(24 * time.Hour)
			p.drain()
		}
		if l := p.one(id); l.Stand != kokkomail.Unsure || len(server.Messages()) != 1 {
			t.Errorf("%+v, %d arrived", l, len(server.Messages()))
		}
	})
}

// slow lets something happen while its letter is being prepared.
type slow struct {
	kokkomail.Sender
	meanwhile func()
}

func (s slow) SendAll(ctx context.Context, all []kokkomail.Message, hooks kokkomail.Hooks) []kokkomail.Outcome {
	s.meanwhile()
	return s.Sender.SendAll(ctx, all, hooks)
}

func TestALetterErasedOnItsWayDoesNotLeave(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		server := smtptest.New(t)
		p.through(server)
		way, _ := p.way()
		other := toMaija
		other.Spark = 8
		kept := p.drop(other).ID
		way.Sender = slow{way.Sender, func() {
			p.tx(func(ctx context.Context, tx *store.Tx) error {
				return kokkomail.Erase(ctx, tx, "kouvola", 7, func(purpose string) bool { return purpose == "bringer.answered" })
			})
		}}
		p.way = func() (kokkomail.Way, error) { return way, nil }
		p.drop(toMaija)
		office := toMaija
		office.Purpose, office.To = "office.replied", "kaisa@kouvola.example"
		p.drop(office)
		for range 3 {
			p.drain()
			p.clock.Advance(24 * time.Hour)
		}
		var to []string
		for _, m := range server.Messages() {
			to = append(to, m.To)
		}
		if len(to) != 2 || len(p.all()) != 2 || p.one(kept).Stand != kokkomail.Went || p.jobs("waiting")+p.jobs("dead") != 0 {
			t.Errorf("sent to %v, %d letters left", to, len(p.all()))
		}
	})
}

func TestTwoCarriersSendOnce(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		server := smtptest.New(t)
		p.through(server)
		way, _ := p.way()
		first := true
		id := p.drop(toMaija).ID
		way.Sender = slow{way.Sender, func() {
			if !first {
				return
			}
			first = false // the lease has run out meanwhile; another process carries the letter
			p.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE mails SET state = 'sent' WHERE mail_id = $1`, int64(id))
				return err
			})
		}}
		p.way = func() (kokkomail.Way, error) { return way, nil }
		p.drain()
		p.clock.Advance(24 * time.Hour)
		p.drain()
		if n := len(server.Messages()); n != 0 {
			t.Errorf("sent %d times more", n)
		}
		if l := p.one(id); l.Stand != kokkomail.Went {
			t.Errorf("%+v", l)
		}
	})
}

func TestHereStaysHere(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		var console strings.Builder
		p.way = func() (kokkomail.Way, error) {
			return kokkomail.Way{Sender: kokkomail.NewConsole(&console, kokkomail.Address{Email: "kokko@localhost"}), Here: true}, nil
		}
		secret := ident.Secret()
		l := toMaija
		l.Text = "https://kokko.example/kirjaudu/" + secret + "?jatka=x"
		posted := p.drop(l)
		p.drain()
		got := p.one(posted.ID)
		if got.Stand != kokkomail.Local || !strings.Contains(console.String(), secret) || !strings.Contains(console.String(), l.To) {
			t.Errorf("%+v\n%s", got, console.String())
		}
		if !strings.Contains(got.Text, secret) || strings.Contains(got.Shown(), secret) || got.Shown() != "https://kokko.example/kirjaudu/…?jatka=x" {
			t.Errorf("%q is shown as %q", got.Text, got.Shown())
		}
	})
}

func TestNothingInALetterBecomesAHeader(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		server := smtptest.New(t)
		p.through(server)
		for _, l := range []kokkomail.Letter{
			{To: "maija@x.example", Subject: "Hei\r\nBcc: kaikki@x.example", Text: "t"},
			{To: "maija@x.example\r\nBcc: kaikki@x.example", Subject: "s", Text: "t"},
			{To: "maija@x.example, toinen@x.example", Subject: "s", Text: "t"},
			{To: "maija@x.example", Subject: "s", Text: "\r\n.\r\nMAIL FROM:<x@y.example>\r\n"},
		} {
			p.drop(l)
		}
		p.drain()
		got := server.Messages()
		if len(got) != 1 || len(got[0].Header["Bcc"]) != 0 || !strings.Contains(got[0].Text, "MAIL FROM") {
			t.Errorf("%+v", got)
		}
		for _, l := range p.all()[1:] {
			if l.Stand != kokkomail.Failed || l.Reply == "" {
				t.Errorf("%+v", l)
			}
		}
	})
}

func TestTheOutboxPagesAndForgets(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		p.way = func() (kokkomail.Way, error) {
			return kokkomail.Way{Sender: kokkomail.NewConsole(io.Discard, kokkomail.Address{Email: "a@b.example"}), Here: true}, nil
		}
		for range 5 {
			p.drop(toMaija)
			p.clock.Advance(time.Hour)
		}
		p.drain()
		waiting := p.drop(toMaija)
		var got []ident.ID
		for before := ident.ID(0); ; {
			page, err := p.outbox.List(context.Background(), "kouvola", "", before, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, l := range page {
				if len(got) > 0 && l.ID >= got[len(got)-1] {
					t.Error("out of order")
				}
				got = append(got, l.ID)
			}
			before = got[len(got)-1]
		}
		if len(got) != 6 {
			t.Errorf("%d letters", len(got))
		}
		if local, _ := p.outbox.List(context.Background(), "kouvola", kokkomail.Local, got[2], 10); len(local) != 3 {
			t.Errorf("%d local ones after the third", len(local))
		}
		if other, _ := p.outbox.List(context.Background(), "iitti", "", 0, 10); len(other) != 0 {
			t.Error("another region's letters")
		}
		if _, err := p.outbox.One(context.Background(), "iitti", got[0]); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		soon := p.clock.Now().Add(time.Hour)
		if n, err := kokkomail.Older(context.Background(), p.db, "kouvola", soon); n != 5 || err != nil {
			t.Errorf("%d older letters: %v", n, err)
		}
		for _, want := range []int{2, 2, 1, 0} {
			if err := p.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				n, err := kokkomail.Forget(ctx, tx, "kouvola", soon, 2)
				if n != want {
					t.Errorf("%d went, want %d", n, want)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if left := p.all(); len(left) != 1 || left[0].ID != waiting.ID {
			t.Errorf("%d left, want the one that waits", len(left))
		}
	})
}

// What Shown hides is what ident makes.
func TestShownKnowsSecrets(t *testing.T) {
	t.Parallel()
	plain := regexp.MustCompile(`^[2-9A-HJ-NP-Z]{26}$`)
	for range 50 {
		if s := ident.Secret(); !plain.MatchString(s) {
			t.Errorf("%q is no secret to the outbox", s)
		}
	}
}
