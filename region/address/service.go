package address

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/region/trust"
)

// Service is the verbs on addresses. Each is one transaction.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service {
	return &Service{db: db, clock: c, ids: ids}
}

// Ask asks the owner of an address to confirm it: send writes the letter inside the
// same transaction. The secret it gives is the asking browser's own; together with the
// code in the letter it confirms, alone it tells nothing. What the page says is the
// same whether a letter went or the mailbox has had its letters for the day; TooMany
// is about the network that asks.
func (s *Service) Ask(ctx context.Context, a Asking, send func(ctx context.Context, tx *store.Tx, l Letter) error) (browser string, err error) {
	if err := a.check(); err != nil {
		return "", err
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		keys, err := trust.KeysIn(ctx, tx, a.Region)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		day, mailbox, network := clock.Micros(now.Add(-24*time.Hour)), keys.Address(a.Email), keys.Network(a.Network)
		var n int
		if network != "" {
			if err := tx.QueryRow(ctx, countNetwork, a.Region, network, day).Scan(&n); err != nil {
				return err
			}
			if n >= AsksADay {
				return fault.New(fault.TooMany, "address.too_many")
			}
		}
		if err := tx.QueryRow(ctx, countMailbox, a.Region, mailbox, day).Scan(&n); err != nil {
			return err
		}
		id, err := s.idOf(ctx, tx, a.Region, a.Email)
		if err != nil {
			return err
		}
		l := Letter{Region: a.Region, ID: id, Email: a.Email, Language: a.Language, Secret: ident.Secret(), Code: code(), Then: a.Then}
		browser = ident.Secret()
		sent := n < LettersADay
		if _, err := tx.Exec(ctx, insertAsk, a.Region, ident.Hash(l.Secret), ident.Hash(browser), codeHash(browser, l.Code), int64(id), a.Email, a.Language, mailbox, network,
			a.Then.Kind, string(a.Then.Data), sent, clock.Micros(now)); err != nil || !sent {
			return err
		}
		return send(ctx, tx, l)
	})
	return browser, err
}

// idOf is the key an address has, or is to have.
func (s *Service) idOf(ctx context.Context, tx *store.Tx, region, email string) (ident.ID, error) {
	a, err := ByEmail(ctx, tx, region, email)
	if err == nil {
		return a.ID, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return 0, err
	}
	waiting, err := store.Values[ident.ID](tx.Query(ctx, selectAskIDs, region, email))
	if err != nil || len(waiting) > 0 {
		return append(waiting, 0)[0], err
	}
	return s.ids.New(), nil
}

// code is six digits to type from a letter.
func code() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return fmt.Sprintf("%06d", n.Int64())
}

// codeHash ties a code to the browser that asked: of the store alone it cannot be
// found out by trying a million.
func codeHash(browser, code string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, code)
	return ident.Hash(browser + digits)
}

type asked struct {
	Ask
	id         ident.ID
	link, code string // hashes
	tries      int
}

// find reads an ask by the link of its letter or by the browser that asked.
func find(ctx context.Context, from store.Source, region, secret string, now time.Time) (a asked, err error) {
	after := clock.Micros(now.Add(-AskLife))
	for _, q := range []string{selectAsk, selectBrowser} {
		var data string
		err = from.QueryRow(ctx, q, region, ident.Hash(secret), after).Scan(&a.link, &a.id, &a.Email, &a.Language, &a.Then.Kind, &data, &a.code, &a.tries)
		a.Then.Data, a.ByCode = json.RawMessage(data), q == selectBrowser
		if !errors.Is(err, store.ErrNone) {
			break
		}
	}
	if errors.Is(err, store.ErrNone) || err == nil && a.Email == "" {
		err = fault.New(fault.Gone, "address.ask.gone")
	}
	return a, err
}

// Peek reads what a secret would confirm, and changes nothing: mail scanners follow
// links. A Gone fault when it was used, is too old or never was.
func (s *Service) Peek(ctx context.Context, region, secret string) (Ask, error) {
	a, err := find(ctx, s.db, region, secret, s.clock.Now())
	return a.Ask, err
}

// Confirm spends a letter's link, or a browser's secret with the code, and carries
// out what its owner wanted: do runs in the same transaction. Faults: Gone as for
// Peek, Invalid on "code" for a wrong one.
func (s *Service) Confirm(ctx context.Context, region, secret, code string, do func(ctx context.Context, tx *store.Tx, a Address, then Then) error) (c Confirmed, err error) {
	wrong := false
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		wrong = false
		now := s.clock.Now()
		a, err := find(ctx, tx, region, secret, now)
		if err != nil {
			return err
		}
		if a.ByCode {
			if a.tries >= codeTries {
				return fault.New(fault.Gone, "address.ask.gone")
			}
			if codeHash(secret, code) != a.code {
				wrong = true // the try must be counted: this commits
				_, err := tx.Exec(ctx, tryAsk, region, a.link)
				return err
			}
		}
		n, err := tx.Exec(ctx, useAsk, region, a.link, clock.Micros(now), "{}")
		if err == nil && n == 0 {
			err = fault.New(fault.Gone, "address.ask.gone")
		}
		if err != nil {
			return err
		}
		if c.Address, err = s.keep(ctx, tx, region, a); err != nil {
			return err
		}
		c.Then, c.Token = a.Then, ident.Secret()
		if c.Link, err = Link(ctx, tx, c.Address); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertSession, region, int64(c.Address.ID), ident.Hash(c.Token), clock.Micros(now.Add(Remembered))); err != nil {
			return err
		}
		c.Token = c.Address.ID.String() + "." + c.Token
		if do == nil {
			return nil
		}
		return do(ctx, tx, c.Address, c.Then)
	})
	if err == nil && wrong {
		err = fault.New(fault.Invalid, "address.code.wrong").On("code")
	}
	return c, err
}

// keep makes the address a confirmed one, or brings back one that letters no longer
// went to.
func (s *Service) keep(ctx context.Context, tx *store.Tx, region string, ask asked) (Address, error) {
	a, err := ByEmail(ctx, tx, region, ask.Email)
	if err == nil {
		_, err = tx.Exec(ctx, revive, region, int64(a.ID), ask.Language)
		a.Language, a.Bounces, a.Reply, a.Stopped = ask.Language, 0, "", time.Time{}
		return a, err
	}
	if !fault.Is(err, fault.NotFound) {
		return a, err
	}
	a = Address{Region: region, ID: ask.id, Email: ask.Email, Language: ask.Language, Confirmed: s.clock.Now(), links: 1}
	secret, err := Link(ctx, tx, a)
	if err != nil {
		return a, err
	}
	_, err = tx.Exec(ctx, insertAddress, region, int64(a.ID), a.Email, a.Language, ident.Hash(secret), clock.Micros(a.Confirmed))
	return a, err
}

// Proven is the address of somebody who has opened the link of a letter to it, and
// pressed its button, inside the caller's transaction: that confirms it as any other.
func (s *Service) Proven(ctx context.Context, tx *store.Tx, region, email, language string) (Address, error) {
	a, err := ByEmail(ctx, tx, region, email)
	if err == nil && a.Reachable() {
		return a, nil // the language is theirs to choose
	}
	if err == nil {
		language = a.Language
	} else if !fault.Is(err, fault.NotFound) {
		return a, err
	}
	id, err := s.idOf(ctx, tx, region, email)
	if err != nil {
		return a, err
	}
	return s.keep(ctx, tx, region, asked{Ask: Ask{Email: email, Language: language}, id: id})
}

// Link is the secret of a person's own page. It is made of the region's secret and
// never stored: every letter can carry it, and the store holds its hash alone.
func Link(ctx context.Context, tx *store.Tx, a Address) (string, error) {
	keys, err := trust.KeysIn(ctx, tx, a.Region)
	return LinkBy(keys, a), err
}

// LinkBy is Link for who writes many letters.
func LinkBy(keys trust.Keys, a Address) string {
	return keys.Secret("page", fmt.Sprintf("%d/%d", a.ID, a.links))
}

// Renew gives a person another own link; the ones in earlier letters open nothing
// any more, and no browser remembers them.
func (s *Service) Renew(ctx context.Context, a Address) (secret string, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := ByID(ctx, tx, a.Region, a.ID)
		if err != nil {
			return err
		}
		now.links++
		if secret, err = Link(ctx, tx, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, renewPage, a.Region, int64(a.ID), ident.Hash(secret), now.links); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, deleteSessions, a.Region, int64(a.ID))
		return err
	})
	return secret, err
}

// token takes a cookie's value apart.
func token(value string) (id ident.ID, secret string, ok bool) {
	at, secret, found := strings.Cut(value, ".")
	id, ok = ident.Parse(at)
	return id, secret, ok && found && len(secret) == len(ident.Secret())
}

// Of finds whom a browser remembers by its cookie; a NotFound fault for nobody.
func (s *Service) Of(ctx context.Context, region, cookie string) (Address, error) {
	id, secret, ok := token(cookie)
	if !ok {
		return Address{}, fault.New(fault.NotFound, "address.none")
	}
	var n int
	if err := s.db.QueryRow(ctx, countSession, region, int64(id), ident.Hash(secret), clock.Micros(s.clock.Now())).Scan(&n); err != nil {
		return Address{}, err
	}
	if n == 0 {
		return Address{}, fault.New(fault.NotFound, "address.none")
	}
	return ByID(ctx, s.db, region, id)
}

// Leave has a browser forget its person.
func (s *Service) Leave(ctx context.Context, region, cookie string) error {
	id, secret, ok := token(cookie)
	if !ok {
		return nil
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, deleteSession, region, int64(id), ident.Hash(secret))
		return err
	})
}

// Speak has a person's letters written in another language.
func (s *Service) Speak(ctx context.Context, a Address, language string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, setLanguage, a.Region, int64(a.ID), language)
		return err
	})
}

// Erase takes away an address and everything that is kept with it: also erases what
// other packages keep, first, in the same transaction.
func (s *Service) Erase(ctx context.Context, a Address, also ...func(ctx context.Context, tx *store.Tx, a Address) error) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, do := range also {
			if err := do(ctx, tx, a); err != nil {
				return err
			}
		}
		waiting, err := store.Values[ident.ID](tx.Query(ctx, selectAskIDs, a.Region, a.Email))
		if err != nil {
			return err
		}
		for _, id := range append(waiting, a.ID) {
			if err := mail.Erase(ctx, tx, a.Region, id, func(string) bool { return true }); err != nil {
				return err
			}
		}
		// How often its mailbox was written to stays for a while, as a hash.
		if _, err := tx.Exec(ctx, emptyAsks, a.Region, a.Email, "{}"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteSessions, a.Region, int64(a.ID)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, deleteAddress, a.Region, int64(a.ID))
		return err
	})
}

// Bounced notes that a mail server refused an address for good, in its own words; at
// the third in a row nothing more is sent there until its owner confirms it anew.
func Bounced(ctx context.Context, tx *store.Tx, region string, id ident.ID, reply string, now time.Time) error {
	a, err := ByID(ctx, tx, region, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if a.Bounces++; a.Bounces >= Bounces && a.Stopped.IsZero() {
		a.Stopped = now
	}
	_, err = tx.Exec(ctx, setBounces, region, int64(id), a.Bounces, reply, clock.Micros(a.Stopped))
	return err
}

// Arrived notes that a letter was taken: refusals before it no longer count.
func Arrived(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	_, err := tx.Exec(ctx, clearBounces, region, int64(id))
	return err
}

// Sweep removes addresses nobody confirmed, and browsers that have forgotten.
func (s *Service) Sweep(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := s.clock.Now()
		before := clock.Micros(now.Add(-AsksKept))
		old, err := store.Values[ident.ID](tx.Query(ctx, selectOldAsks, region, before))
		if err != nil {
			return err
		}
		for _, id := range old { // their letters: what they open has long closed
			if err := mail.Erase(ctx, tx, region, id, func(purpose string) bool { return purpose == Letters+"confirm" }); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, sweepAsks, region, before); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sweepSessions, region, clock.Micros(now))
		return err
	})
}
