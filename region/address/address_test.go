package address_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/address"
)

const region = "kouvola"

type desk struct {
	testing.TB
	*address.Service
	db     *store.DB
	clock  *clock.Fake
	outbox *mail.Outbox
}

// each is two regions on Monday 23 November 2026, on both engines.
func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		ids := ident.NewMaker(c)
		d := &desk{t, address.New(db, c, ids), db, c, mail.NewOutbox(db, c, ids, nil, nil)}
		d.must(db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			for _, r := range []string{region, "iitti"} {
				if _, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, r); err != nil {
					return err
				}
			}
			return nil
		}))
		behaviour(t, d)
	})
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) count(query string, args ...any) (n int) {
	d.Helper()
	d.must(d.db.QueryRow(context.Background(), query, args...).Scan(&n))
	return n
}

// ask gives the browser's secret and the letter that went, nil for none.
func (d *desk) ask(email, network string, then address.Then) (browser string, sent *address.Letter, err error) {
	a := address.Asking{Region: region, Email: email, Language: "sv", Then: then}
	if network != "" {
		a.Network = netip.MustParsePrefix(network)
	}
	browser, err = d.Ask(context.Background(), a, func(ctx context.Context, tx *store.Tx, l address.Letter) error {
		sent = &l
		return d.outbox.Post(ctx, tx, mail.Letter{Region: l.Region, Purpose: address.Letters + "confirm", Spark: l.ID, To: l.Email, Subject: "x", Text: l.Secret})
	})
	return browser, sent, err
}

// confirmed is a person with a confirmed address.
func (d *desk) confirmed(email string) address.Confirmed {
	d.Helper()
	_, l, err := d.ask(email, "", address.Then{Kind: "page"})
	d.must(err)
	c, err := d.Confirm(context.Background(), region, l.Secret, "", nil)
	d.must(err)
	return c
}

func gone(t testing.TB, what string, err error) {
	t.Helper()
	if !fault.Is(err, fault.Gone) {
		t.Errorf("%s: %v, want gone", what, err)
	}
}

func TestALinkConfirmsOnceAndCarriesOut(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		then, err := address.ThenOf("follow", map[string]string{"target": "spark:7"})
		d.must(err)
		_, l, err := d.ask(" Maija@Posti.Example ", "", then)
		d.must(err)
		if l.Email != "maija@posti.example" || len(l.Code) != 6 || l.Language != "sv" {
			t.Errorf("%+v", l)
		}
		for range 3 { // mail scanners look too
			a, err := d.Peek(ctx, region, l.Secret)
			if err != nil || a.ByCode || a.Email != l.Email || a.Then.Kind != "follow" {
				t.Errorf("%v %+v", err, a)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM addresses WHERE region_id = $1`, region); n != 0 {
			t.Error("looking made an address")
		}
		_, err = d.Confirm(ctx, "iitti", l.Secret, "", nil)
		gone(t, "in another region", err)
		_, err = d.Confirm(ctx, region, ident.Secret(), "", nil)
		gone(t, "never made", err)
		// What cannot be done leaves the link as it was.
		if _, err := d.Confirm(ctx, region, l.Secret, "", func(context.Context, *store.Tx, address.Address, address.Then) error {
			return fault.New(fault.Conflict, "x")
		}); !fault.Is(err, fault.Conflict) || d.count(`SELECT COUNT(*) FROM addresses WHERE region_id = $1`, region) != 0 {
			t.Errorf("%v", err)
		}
		var did map[string]string
		c, err := d.Confirm(ctx, region, l.Secret, "", func(_ context.Context, _ *store.Tx, a address.Address, then address.Then) error {
			did = nil
			return json.Unmarshal(then.Data, &did)
		})
		if err != nil || did["target"] != "spark:7" || c.Address.Email != l.Email || c.Address.Language != "sv" || !c.Address.Confirmed.Equal(d.clock.Now()) {
			t.Fatalf("%v %+v %v", err, c, did)
		}
		_, err = d.Confirm(ctx, region, l.Secret, "", nil)
		gone(t, "twice", err)
		_, err = d.Peek(ctx, region, l.Secret)
		gone(t, "after use", err)
		for _, secret := range []string{c.Link, strings.ToLower(c.Link)} {
			if a, err := address.Linked(ctx, d.db, region, secret); err != nil || a.ID != c.Address.ID {
				t.Errorf("%v %+v", err, a)
			}
		}
		if a, err := d.Of(ctx, region, c.Token); err != nil || a.ID != c.Address.ID {
			t.Errorf("%v %+v", err, a)
		}
		// Nothing that opens is in the store.
		for _, secret := range []string{l.Secret, c.Link, strings.SplitN(c.Token, ".", 2)[1], l.Code} {
			if n := d.count(`SELECT COUNT(*) FROM address_asks WHERE region_id = $1 AND (link_hash = $2 OR browser_hash = $2 OR code_hash = $2)`, region, secret) +
				d.count(`SELECT COUNT(*) FROM addresses WHERE region_id = $1 AND page_hash = $2`, region, secret) +
				d.count(`SELECT COUNT(*) FROM address_sessions WHERE region_id = $1 AND token_hash = $2`, region, secret); n > 0 {
				t.Error("a secret is kept as it is")
			}
		}
		// The same person again is the same person.
		again := d.confirmed("MAIJA@posti.example")
		if again.Address.ID != c.Address.ID || again.Link != c.Link || d.count(`SELECT COUNT(*) FROM addresses WHERE region_id = $1`, region) != 1 {
			t.Errorf("%+v", again)
		}
	})
}

func TestACodeNeedsTheBrowserThatAsked(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		browser, l, err := d.ask("maija@posti.example", "", address.Then{Kind: "page"})
		d.must(err)
		if a, err := d.Peek(ctx, region, browser); err != nil || !a.ByCode {
			t.Errorf("%v %+v", err, a)
		}
		other, _, err := d.ask("kalle@posti.example", "", address.Then{Kind: "page"})
		d.must(err)
		for _, wrong := range []string{"", "00000", l.Code + "1", "abcdef"} {
			if _, err := d.Confirm(ctx, region, browser, wrong, nil); !fault.Is(err, fault.Invalid) || fault.List(err)[0].Field != "code" {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if _, err := d.Confirm(ctx, region, other, l.Code, nil); err == nil {
			t.Error("another browser's code is taken")
		}
		if c, err := d.Confirm(ctx, region, browser, " "+l.Code[:3]+" "+l.Code[3:], nil); err != nil || c.Address.Email != "maija@posti.example" {
			t.Errorf("%v %+v", err, c)
		}
		browser, l, err = d.ask("kaisa@posti.example", "", address.Then{Kind: "page"})
		d.must(err)
		for range 5 {
			_, err = d.Confirm(ctx, region, browser, "wrong", nil)
		}
		if !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		_, err = d.Confirm(ctx, region, browser, l.Code, nil)
		gone(t, "after five wrong ones", err)
		if _, err := d.Confirm(ctx, region, l.Secret, "", nil); err != nil { // the letter itself still opens
			t.Error(err)
		}
	})
}

// Nobody can be bombed with letters, whoever asks and however the address is
// written; who asks for many is told so, and a page looks the same all the while.
func TestNobodyIsBombed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		letters := 0
		for i, email := range []string{"uhri@posti.example", "UHRI@posti.example", "uhri+a@posti.example", "uhri+b@posti.example", "uhri@posti.example", "uhri+c@posti.example"} {
			browser, l, err := d.ask(email, "192.0."+string(rune('0'+i))+".0/24", address.Then{Kind: "page"})
			if err != nil || len(browser) != 26 {
				t.Fatal(err)
			}
			if a, err := d.Peek(context.Background(), region, browser); err != nil || !a.ByCode {
				t.Errorf("the page tells that no letter went: %v", err)
			}
			if l != nil {
				letters++
			}
		}
		if letters != address.LettersADay {
			t.Errorf("%d letters went", letters)
		}
		d.clock.Advance(24*time.Hour + time.Second)
		if _, l, err := d.ask("uhri@posti.example", "", address.Then{Kind: "page"}); err != nil || l == nil {
			t.Errorf("the next day: %v", err)
		}
		for i := range address.AsksADay {
			if _, _, err := d.ask("a"+string(rune('a'+i%26))+string(rune('a'+i/26))+"@posti.example", "198.51.100.0/24", address.Then{Kind: "page"}); err != nil {
				t.Fatal(i, err)
			}
		}
		if _, _, err := d.ask("viela@posti.example", "198.51.100.0/24", address.Then{Kind: "page"}); !fault.Is(err, fault.TooMany) {
			t.Errorf("%v", err)
		}
		if _, _, err := d.ask("viela@posti.example", "203.0.113.0/24", address.Then{Kind: "page"}); err != nil {
			t.Errorf("another network: %v", err)
		}
	})
}

func TestWrongAddressesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for _, email := range []string{"", "maija", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "a b@c.example", strings.Repeat("a", 250) + "@b.example", "<a@b.example>"} {
			if _, l, err := d.ask(email, "", address.Then{Kind: "page"}); !fault.Is(err, fault.Invalid) || l != nil {
				t.Errorf("%q: %v", email, err)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM address_asks`); n != 0 {
			t.Errorf("%d asks", n)
		}
	})
}

func TestWhatIsNotConfirmedVanishes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		browser, l, err := d.ask("maija@posti.example", "", address.Then{Kind: "page"})
		d.must(err)
		kept := d.confirmed("kalle@posti.example")
		d.clock.Advance(address.AskLife)
		for _, secret := range []string{browser, l.Secret} {
			_, err = d.Confirm(ctx, region, secret, l.Code, nil)
			gone(t, "a day later", err)
		}
		d.clock.Advance(address.AsksKept - address.AskLife)
		d.must(d.Sweep(ctx, region))
		if n := d.count(`SELECT COUNT(*) FROM address_asks WHERE email = 'maija@posti.example'`); n != 1 {
			t.Error("swept before its time")
		}
		d.clock.Advance(time.Second)
		d.must(d.Sweep(ctx, region))
		if n := d.count(`SELECT COUNT(*) FROM address_asks`) + d.count(`SELECT COUNT(*) FROM mails`); n != 0 {
			t.Errorf("%d left", n)
		}
		if _, err := d.Of(ctx, region, kept.Token); err != nil {
			t.Errorf("a confirmed one: %v", err)
		}
		d.clock.Advance(address.Remembered)
		if _, err := d.Of(ctx, region, kept.Token); !fault.Is(err, fault.NotFound) {
			t.Errorf("remembered too long: %v", err)
		}
		d.must(d.Sweep(ctx, region))
		if n := d.count(`SELECT COUNT(*) FROM address_sessions`); n != 0 {
			t.Errorf("%d sessions left", n)
		}
		if _, err := address.Linked(ctx, d.db, region, kept.Link); err != nil {
			t.Error(err)
		}
	})
}

func TestAPersonLeavesRenewsAndErases(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c, other := d.confirmed("maija@posti.example"), d.confirmed("kalle@posti.example")
		for _, forged := range []string{"", ".", c.Address.ID.String() + ".", other.Address.ID.String() + strings.TrimPrefix(c.Token, c.Address.ID.String()), c.Address.ID.String() + "." + ident.Secret(), "0." + ident.Secret()} {
			if _, err := d.Of(ctx, region, forged); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", forged, err)
			}
		}
		secret, err := d.Renew(ctx, c.Address)
		d.must(err)
		_, err = address.Linked(ctx, d.db, region, c.Link)
		gone(t, "the old link", err)
		if _, err := d.Of(ctx, region, c.Token); !fault.Is(err, fault.NotFound) {
			t.Errorf("a browser still remembers: %v", err)
		}
		a, err := address.Linked(ctx, d.db, region, secret)
		d.must(err)
		d.must(d.Speak(ctx, a, "en"))
		if a, err = address.ByEmail(ctx, d.db, region, a.Email); err != nil || a.Language != "en" {
			t.Errorf("%v %+v", err, a)
		}
		d.must(d.Leave(ctx, region, other.Token))
		if _, err := d.Of(ctx, region, other.Token); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		also := 0
		d.must(d.Erase(ctx, a, func(context.Context, *store.Tx, address.Address) error { also++; return nil }))
		if also == 0 {
			t.Error("nothing else was erased")
		}
		_, err = address.Linked(ctx, d.db, region, secret)
		gone(t, "erased", err)
		for _, q := range []string{`SELECT COUNT(*) FROM addresses WHERE email = $1`, `SELECT COUNT(*) FROM address_asks WHERE email = $1`, `SELECT COUNT(*) FROM mails WHERE recipient = $1`} {
			if d.count(q, "maija@posti.example") != 0 || d.count(q, "kalle@posti.example") != 1 {
				t.Error(q)
			}
		}
	})
}

// Three refusals for good in a row stop an address; one letter that went begins the
// count anew, and confirming again brings the address back.
func TestThreeBouncesStopAnAddress(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c := d.confirmed("maija@posti.example")
		bounce := func() address.Address {
			d.must(d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				return address.Bounced(ctx, tx, region, c.Address.ID, "550 5.1.1 no such user", d.clock.Now())
			}))
			a, err := address.ByID(ctx, d.db, region, c.Address.ID)
			d.must(err)
			return a
		}
		bounce()
		bounce()
		d.must(d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return address.Arrived(ctx, tx, region, c.Address.ID)
		}))
		bounce()
		if a := bounce(); !a.Reachable() || a.Bounces != 2 {
			t.Errorf("%+v", a)
		}
		if a := bounce(); a.Reachable() || a.Reply != "550 5.1.1 no such user" {
			t.Errorf("%+v", a)
		}
		if n, err := address.Stopped(ctx, d.db, region); err != nil || n != 1 {
			t.Errorf("%d %v", n, err)
		}
		if again := d.confirmed("maija@posti.example"); !again.Address.Reachable() {
			t.Error("not back")
		}
		if a, err := address.ByID(ctx, d.db, region, c.Address.ID); err != nil || !a.Reachable() || a.Bounces != 0 {
			t.Errorf("%v %+v", err, a)
		}
	})
}

func TestOfTwoWhoConfirmAtOnceOneDoes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		_, l, err := d.ask("maija@posti.example", "", address.Then{Kind: "page"})
		d.must(err)
		var all sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			all.Go(func() { _, errs[i] = d.Confirm(context.Background(), region, l.Secret, "", nil) })
		}
		all.Wait()
		in := 0
		for _, err := range errs {
			if err == nil {
				in++
			} else if !fault.Is(err, fault.Gone) {
				t.Error(err)
			}
		}
		if in != 1 || d.count(`SELECT COUNT(*) FROM addresses`) != 1 {
			t.Errorf("%d got in", in)
		}
	})
}
