package mail_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kokko/ground/fault"
	"kokko/ground/ident"
	kokkomail "kokko/ground/mail"
	"kokko/ground/mail/smtptest"
	"kokko/ground/store"
)

// circular opens one and gives letters to so many recipients.
func (p *post) circular(many int) (c kokkomail.Circular, items []kokkomail.Item) {
	p.Helper()
	var id ident.ID
	p.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = p.outbox.Open(ctx, tx, kokkomail.Circular{Region: "kouvola", Purpose: "follow.now", Data: []byte(`{"beat":7}`)})
		return err
	})
	c, err := kokkomail.OneCircular(context.Background(), p.db, "kouvola", id)
	if err != nil {
		p.Fatal(err)
	}
	for i := range many {
		items = append(items, kokkomail.Item{Recipient: ident.ID(i + 1), Email: fmt.Sprintf("p%d@posti.example", i+1), Subject: "Käänne", Text: "Kipinään vastattiin.", Language: "fi",
			Headers: map[string]string{"List-Unsubscribe": "<https://kokko.example/lopeta/x>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}})
	}
	return c, items
}

func (p *post) stands(c kokkomail.Circular, stand kokkomail.Stand) (all []ident.ID) {
	p.Helper()
	list, err := kokkomail.Deliveries(context.Background(), p.db, c.Region, c.ID, stand, 0, 1000)
	if err != nil {
		p.Fatal(err)
	}
	for _, d := range list {
		all = append(all, d.Recipient)
	}
	return all
}

// While the mail server cannot be spoken to nobody has had their turn; its words are
// kept for who looks, and stay out of what is logged.
func TestACircularWaitsForItsServer(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		ctx := context.Background()
		c, items := p.circular(5)
		for name, option := range map[string]smtptest.Option{"greeting": smtptest.Refuse(smtptest.Greeting, 421, "4.3.2", "Palvelin huollossa", -1), "sender": smtptest.Refuse(smtptest.Sender, 550, "5.7.1", "Palvelin ei tunne", -1)} {
			p.through(smtptest.New(t, option))
			err := p.outbox.Distribute(ctx, c, items, nil)
			if err == nil || strings.Contains(err.Error(), "Palvelin") || !strings.Contains(kokkomail.Words(err), "Palvelin") {
				t.Errorf("%s: %v, words %q", name, err, kokkomail.Words(err))
			}
			had, err := p.outbox.Handled(ctx, c.Region, c.ID, []ident.ID{1, 2, 3, 4, 5})
			if err != nil || len(had) != 0 {
				t.Errorf("%s: %v %v", name, err, had)
			}
		}
		server := smtptest.New(t)
		p.through(server)
		settled := 0
		for range 2 { // whoever comes second finds all taken
			if err := p.outbox.Distribute(ctx, c, items, func(context.Context, *store.Tx, ident.ID, kokkomail.Outcome) error { settled++; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[string]bool{}
		for _, m := range server.Messages() {
			if seen[m.Header.Get("Message-Id")] || m.Broken != nil || m.Header.Get("List-Unsubscribe-Post") == "" || m.Header.Get("Reply-To") != "" {
				t.Errorf("%v", m.Header)
			}
			seen[m.Header.Get("Message-Id")] = true
		}
		if len(seen) != 5 || settled < 5 || len(p.stands(c, kokkomail.Went)) != 5 || server.Connections() > 2 {
			t.Errorf("%d arrived, %d settled, %v, %d connections", len(seen), settled, p.stands(c, kokkomail.Went), server.Connections())
		}
		if one, err := kokkomail.OneCircular(ctx, p.db, c.Region, c.ID); err != nil || one.Sent != 5 {
			t.Errorf("%v %+v", err, one)
		}
		if _, err := kokkomail.OneCircular(ctx, p.db, "iitti", c.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("in another region: %v", err)
		}
	})
}

// Who was in the air when a process died is unsure, and is not written to again.
func TestWhoWasInTheAirIsUnsure(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		ctx := context.Background()
		server := smtptest.New(t, smtptest.RefuseRecipient("p4@posti.example", 451, "4.7.1", "tule uudelleen"))
		p.through(server)
		c, items := p.circular(4)
		p.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO deliveries (region_id, recipient_id, circular_id, state, tries, reply, at) VALUES ('kouvola', 2, $1, 'sending', 1, '', 1)`, int64(c.ID))
			return err
		})
		all := []ident.ID{1, 2, 3, 4}
		had, err := p.outbox.Handled(ctx, c.Region, c.ID, all)
		if err != nil || !had[2] || len(had) != 1 || !slices.Equal(p.stands(c, kokkomail.Unsure), []ident.ID{2}) {
			t.Fatalf("%v %v %v", err, had, p.stands(c, kokkomail.Unsure))
		}
		if err := p.outbox.Distribute(ctx, c, items, nil); err != nil { // even when it is asked for
			t.Fatal(err)
		}
		for _, m := range server.Messages() {
			if m.To == "p2@posti.example" {
				t.Error("the unsure one is written to again")
			}
		}
		if !slices.Equal(p.stands(c, kokkomail.Went), []ident.ID{1, 3}) || !slices.Equal(p.stands(c, kokkomail.Waiting), []ident.ID{4}) {
			t.Errorf("%v went, %v wait", p.stands(c, kokkomail.Went), p.stands(c, kokkomail.Waiting))
		}
		if had, err = p.outbox.Handled(ctx, c.Region, c.ID, all); err != nil || had[4] || len(had) != 3 {
			t.Errorf("%v %v", err, had)
		}
		p.tx(func(ctx context.Context, tx *store.Tx) error { return p.outbox.Finish(ctx, tx, c, "") })
		c, err = kokkomail.OneCircular(ctx, p.db, c.Region, c.ID)
		if err != nil || c.Done.IsZero() || c.Tally != (kokkomail.Tally{Sent: 2, Failed: 1, Unsure: 1}) {
			t.Errorf("%v %+v", err, c)
		}
		p.tx(func(ctx context.Context, tx *store.Tx) error {
			return kokkomail.EraseRecipient(ctx, tx, c.Region, 2)
		})
		if len(p.stands(c, kokkomail.Unsure)) != 0 {
			t.Error("an erased recipient is still shown")
		}
	})
}
