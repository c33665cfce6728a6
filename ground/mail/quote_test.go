package mail_test

import (
	"context"
	"strings"
	"testing"

	"kokko/ground/ident"
	kokkomail "kokko/ground/mail"
	"kokko/ground/mail/smtptest"
	"kokko/ground/store"
)

// Words that are taken back are in no letter that waits, in none that is on its way, and
// in nothing that is kept of those that have left.
func TestWordsTakenBackAreInNoLetter(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		server := smtptest.New(t)
		p.through(server)
		one, other := kokkomail.Quote("Sali on tyhjä.\nKatto vuotaa.", "Maija"), kokkomail.Quote("Avain on minulla.", "")
		both := toMaija
		both.Text, both.Quotes = "Hei!\n\n"+one+"\n\n"+other+"\n\nNäkemiin", []ident.ID{70, 71}
		unquote := func(now string) {
			p.tx(func(ctx context.Context, tx *store.Tx) error {
				return kokkomail.Unquote(ctx, tx, "kouvola", 70, one, now)
			})
		}
		quotes := func() (n int) {
			p.Helper()
			if err := p.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM mail_quotes`).Scan(&n); err != nil {
				p.Fatal(err)
			}
			return n
		}
		p.drop(both)
		p.drain()
		if got := server.Messages(); len(got) != 1 || !strings.Contains(got[0].Text, "Katto vuotaa.") {
			t.Fatalf("%v", got)
		}
		unquote("")
		if len(p.all()) != 0 || quotes() != 0 {
			t.Errorf("a letter that has left is kept: %v", p.all())
		}
		waits := p.drop(both).ID
		unquote(kokkomail.Quote("Sali on tyhjä.", "Maija"))
		if got := p.one(waits).Text; strings.Contains(got, "Katto") || !strings.Contains(got, "> Sali on tyhjä.\n> – Maija\n") {
			t.Errorf("mended: %s", got)
		}
		one = kokkomail.Quote("Sali on tyhjä.", "Maija")
		// Its job has read it already when the words are taken back.
		way, _ := p.way()
		through := way.Sender
		way.Sender = slow{through, func() { unquote("") }}
		p.way = func() (kokkomail.Way, error) { return way, nil }
		p.drain()
		way.Sender = through
		p.clock.Advance(24 * 3600e9)
		p.drain()
		got := server.Messages()
		if len(got) != 2 {
			t.Fatalf("%d left", len(got))
		}
		if text := got[1].Text; strings.Contains(text, "Sali") || strings.Contains(text, "Maija\n") || !strings.Contains(text, "Avain on minulla.") {
			t.Errorf("left: %s", text)
		}
		if p.one(waits).Stand != kokkomail.Went || quotes() != 1 {
			t.Errorf("%s, %d quotations", p.one(waits).Stand, quotes())
		}
		// A letter of nothing else does not leave.
		alone := toMaija
		alone.Text, alone.Quotes = "Hei!\n\n"+one, []ident.ID{70}
		p.drop(alone)
		unquote("")
		p.drain()
		if len(server.Messages()) != 2 || len(p.all()) != 1 {
			t.Errorf("%d left, %d kept", len(server.Messages()), len(p.all()))
		}
	})
}
