package session

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/audit"
	"kokko/region/office"
)

const (
	// LinkLife is how long a sign-in link works.
	LinkLife = 30 * time.Minute
	// Life is how long a browser stays signed in.
	Life = 14 * 24 * time.Hour
	// linksPerHour bounds the mails one address can be sent.
	linksPerHour = 6
)

// Service signs officers in.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker // of the log's lines
}

// New gives the sign-in verbs on a store.
func New(db *store.DB, c clock.Clock) *Service {
	return &Service{db: db, clock: c, ids: ident.NewMaker(c)}
}

// Ask makes a sign-in link for the officer with this address and calls send with
// its secret inside the same transaction, so that the mail is queued exactly when
// the link exists. An unknown address is no error and sends nothing: the page
// must say the same to everybody, also about TooMany, which comes after six links
// in an hour and so only to an officer.
func (s *Service) Ask(ctx context.Context, region, email string, send func(ctx context.Context, tx *store.Tx, to office.Officer, secret string) error) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		o, err := office.ByEmail(ctx, tx, region, email)
		if fault.Is(err, fault.NotFound) || err == nil && !o.Active {
			return nil
		}
		if err != nil {
			return err
		}
		var recent int
		if err := tx.QueryRow(ctx, countLinks, o.Region, int64(o.ID), clock.Micros(s.clock.Now().Add(-time.Hour))).Scan(&recent); err != nil {
			return err
		}
		if recent >= linksPerHour {
			return fault.New(fault.TooMany, "signin.too_many")
		}
		secret, err := s.link(ctx, tx, o)
		if err != nil {
			return err
		}
		return send(ctx, tx, o, secret)
	})
}

// Print makes a link for an officer without mailing it: for the console, whose
// operator may start Kokko as often as they like.
func (s *Service) Print(ctx context.Context, o office.Officer) (secret string, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if secret, err = s.link(ctx, tx, o); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{Region: o.Region, ID: s.ids.New(), At: s.clock.Now(), What: audit.LinkMade, About: audit.About{Thing: audit.Officer, Key: o.ID.String()}})
	})
	return secret, err
}

func (s *Service) link(ctx context.Context, tx *store.Tx, o office.Officer) (string, error) {
	now := s.clock.Now()
	secret := ident.Secret()
	_, err := tx.Exec(ctx, insertLink, o.Region, ident.Hash(secret), int64(o.ID), clock.Micros(now), clock.Micros(now.Add(LinkLife)))
	return secret, err
}

// Peek tells whose link this is without using it up. A Gone fault when it is
// used, expired or was never made.
func (s *Service) Peek(ctx context.Context, region, secret string) (office.Officer, error) {
	return s.peek(ctx, s.db, region, secret)
}

func (s *Service) peek(ctx context.Context, from store.Source, region, secret string) (office.Officer, error) {
	var officer ident.ID
	err := from.QueryRow(ctx, selectLink, region, ident.Hash(secret), clock.Micros(s.clock.Now())).Scan(&officer)
	if errors.Is(err, store.ErrNone) {
		return office.Officer{}, fault.New(fault.Gone, "signin.link.gone")
	}
	if err != nil {
		return office.Officer{}, err
	}
	o, err := office.ByID(ctx, from, region, officer)
	if err == nil && !o.Active {
		return office.Officer{}, fault.New(fault.Gone, "signin.link.gone")
	}
	return o, err
}

// Use spends a link: of two browsers that use one link together, one gets in.
func (s *Service) Use(ctx context.Context, region, secret string) (o office.Officer, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if o, err = s.peek(ctx, tx, region, secret); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, useLink, region, ident.Hash(secret), clock.Micros(s.clock.Now()))
		if err == nil && n == 0 {
			return fault.New(fault.Gone, "signin.link.gone")
		}
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), Officer: o.ID, What: audit.SignedIn})
	})
	return o, err
}

// leaving marks the end of a session as somebody's own doing: without it a session
// is only renewed or has run out.
type leaving struct{}

// End signs an officer out: their session's row goes and the log tells of it, in
// one transaction. A browser nobody is signed in on just loses its cookie.
func (s *Service) End(ctx context.Context, m *scs.SessionManager, officer ident.ID) error {
	return m.Destroy(context.WithValue(ctx, leaving{}, officer))
}

// Sweep removes expired links and sessions.
func (s *Service) Sweep(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := clock.Micros(s.clock.Now())
		if _, err := tx.Exec(ctx, sweepLinks, region, now-int64(24*time.Hour/time.Microsecond)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sweepSessions, region, now)
		return err
	})
}

// Manager keeps one region's browsers signed in: an HttpOnly, SameSite=Lax cookie
// that holds a random token, whose hash is the key of a row in the store. The
// cookie goes to the region's own paths only, those that begin with path; secure
// is set when the site is served over https.
func (s *Service) Manager(region, path string, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = &rows{db: s.db, clock: s.clock, ids: s.ids, region: region}
	m.Lifetime = Life
	m.HashTokenInStore = true
	m.Cookie.Name = "kokko_" + region
	m.Cookie.Path = path
	m.Cookie.HttpOnly = true
	m.Cookie.Secure = secure
	m.Cookie.SameSite = http.SameSiteLaxMode
	return m
}

// rows keeps sessions in the store for the session library.
type rows struct {
	db     *store.DB
	clock  clock.Clock
	ids    *ident.Maker
	region string
}

var _ scs.CtxStore = (*rows)(nil)

func (r *rows) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data string
	err := r.db.QueryRow(ctx, selectSession, r.region, token, clock.Micros(r.clock.Now())).Scan(&data)
	if errors.Is(err, store.ErrNone) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	b, err := base64.StdEncoding.DecodeString(data)
	return b, err == nil, err
}

func (r *rows) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, upsertSession, r.region, token, base64.StdEncoding.EncodeToString(b), clock.Micros(expiry))
		return err
	})
}

func (r *rows) DeleteCtx(ctx context.Context, token string) error {
	return r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Exec(ctx, deleteSession, r.region, token)
		officer, left := ctx.Value(leaving{}).(ident.ID)
		if err != nil || n == 0 || !left || officer == 0 {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{Region: r.region, ID: r.ids.New(), At: r.clock.Now(), Officer: officer, What: audit.SignedOut})
	})
}

func (r *rows) Find(token string) ([]byte, bool, error) {
	return r.FindCtx(context.Background(), token)
}

func (r *rows) Commit(token string, b []byte, expiry time.Time) error {
	return r.CommitCtx(context.Background(), token, b, expiry)
}

func (r *rows) Delete(token string) error { return r.DeleteCtx(context.Background(), token) }
