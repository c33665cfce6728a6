package session_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/office"
	"kokko/region/session"
)

const region = "kouvola"

type desk struct {
	testing.TB
	db       *store.DB
	clock    *clock.Fake
	sessions *session.Service
	offices  *office.Service
	kaisa    office.Officer
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(clock.System{}.Now()) // the session library reads the machine's own clock
		d := &desk{TB: t, db: db, clock: c, sessions: session.New(db, c), offices: office.New(db, c, ident.NewMaker(c))}
		for _, id := range []string{region, "iitti"} {
			if err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if d.kaisa, err = d.offices.Hire(context.Background(), office.Officer{Region: region, Email: "kaisa@kouvola.example", Name: "Kaisa", Role: office.Manager, Language: "fi"}); err != nil {
			t.Fatal(err)
		}
		behaviour(t, d)
	})
}

// ask asks for a link by mail and gives its secret, "" when none was sent.
func (d *desk) ask(email string) (secret string, err error) {
	err = d.sessions.Ask(context.Background(), region, email, func(_ context.Context, _ *store.Tx, to office.Officer, s string) error {
		if to.ID != d.kaisa.ID {
			d.Errorf("sent to %+v", to)
		}
		secret = s
		return nil
	})
	return secret, err
}

func (d *desk) count(query string, args ...any) (n int) {
	d.Helper()
	if err := d.db.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		d.Fatal(err)
	}
	return n
}

func gone(t testing.TB, what string, err error) {
	t.Helper()
	if !fault.Is(err, fault.Gone) {
		t.Errorf("%s: %v", what, err)
	}
}

func TestALinkLetsInOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		secret, err := d.ask(" KAISA@kouvola.example ")
		if err != nil || secret == "" {
			t.Fatal(err)
		}
		for range 3 { // mail scanners look too
			if o, err := d.sessions.Peek(ctx, region, secret); err != nil || o.ID != d.kaisa.ID {
				t.Errorf("%v %+v", err, o)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM signin_links WHERE link_hash = $1`, secret); n != 0 || d.count(`SELECT COUNT(*) FROM signin_links WHERE link_hash = $1`, ident.Hash(secret)) != 1 {
			t.Error("the secret itself is stored")
		}
		_, err = d.sessions.Use(ctx, "iitti", secret)
		gone(t, "in another region", err)
		_, err = d.sessions.Use(ctx, region, ident.Secret())
		gone(t, "a link never made", err)
		if o, err := d.sessions.Use(ctx, region, secret); err != nil || o.ID != d.kaisa.ID {
			t.Fatalf("%v %+v", err, o)
		}
		_, err = d.sessions.Use(ctx, region, secret)
		gone(t, "used twice", err)
		_, err = d.sessions.Peek(ctx, region, secret)
		gone(t, "looked at after use", err)
	})
}

func TestALinkExpires(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		secret, err := d.sessions.Print(context.Background(), d.kaisa)
		if err != nil {
			t.Fatal(err)
		}
		d.clock.Advance(session.LinkLife - time.Microsecond)
		if _, err := d.sessions.Peek(context.Background(), region, secret); err != nil {
			t.Error(err)
		}
		d.clock.Advance(time.Microsecond)
		_, err = d.sessions.Use(context.Background(), region, secret)
		gone(t, "after half an hour", err)
	})
}

func TestWhoLeftIsNotLetIn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		secret, err := d.ask(d.kaisa.Email)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.offices.Hire(ctx, office.Officer{Region: region, Email: "olli@kouvola.example", Name: "Olli", Role: office.Manager, Language: "fi"}); err != nil {
			t.Fatal(err)
		}
		left := d.kaisa
		left.Active = false
		if err := d.offices.Change(ctx, left); err != nil {
			t.Fatal(err)
		}
		_, err = d.sessions.Peek(ctx, region, secret)
		gone(t, "look", err)
		_, err = d.sessions.Use(ctx, region, secret)
		gone(t, "use", err)
		for _, email := range []string{d.kaisa.Email, "kuka@muualla.example", "", "' OR 1=1"} {
			if secret, err := d.ask(email); err != nil || secret != "" {
				t.Errorf("%q: %v, %q", email, err, secret)
			}
		}
	})
}

func TestOfTwoBrowsersOneGetsIn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for range 5 {
			secret, err := d.sessions.Print(context.Background(), d.kaisa)
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			errs := make([]error, 6)
			for i := range errs {
				wg.Go(func() { _, errs[i] = d.sessions.Use(context.Background(), region, secret) })
			}
			wg.Wait()
			in := 0
			for _, err := range errs {
				if err == nil {
					in++
				} else {
					gone(t, "the slower browser", err)
				}
			}
			if in != 1 {
				t.Errorf("%d got in", in)
			}
		}
	})
}

func TestLinksAreFew(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for i := range 6 {
			if _, err := d.ask(d.kaisa.Email); err != nil {
				t.Fatalf("link %d: %v", i+1, err)
			}
		}
		if secret, err := d.ask(d.kaisa.Email); !fault.Is(err, fault.TooMany) || secret != "" {
			t.Errorf("the seventh: %v", err)
		}
		for range 9 { // the operator may restart as often as they like
			if _, err := d.sessions.Print(context.Background(), d.kaisa); err != nil {
				t.Error(err)
			}
		}
		d.clock.Advance(time.Hour + time.Microsecond)
		if _, err := d.ask(d.kaisa.Email); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}

// The mail is queued exactly when the link exists.
func TestALinkWhoseLetterFailsIsNone(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		broken := errors.New("no outbox")
		err := d.sessions.Ask(context.Background(), region, d.kaisa.Email, func(context.Context, *store.Tx, office.Officer, string) error { return broken })
		if !errors.Is(err, broken) || d.count(`SELECT COUNT(*) FROM signin_links`) != 0 {
			t.Errorf("%v", err)
		}
	})
}

func TestABrowserStaysSignedIn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		m := d.sessions.Manager(region, "/kouvola/", true)
		other := d.sessions.Manager("iitti", "/", true)
		mux := http.NewServeMux()
		mux.HandleFunc("/in", func(w http.ResponseWriter, r *http.Request) { m.Put(r.Context(), "officer", d.kaisa.ID.String()) })
		mux.HandleFunc("/out", func(w http.ResponseWriter, r *http.Request) { _ = m.Destroy(r.Context()) })
		mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(m.GetString(r.Context(), "officer")))
		})
		pages := m.LoadAndSave(mux)
		var cookie *http.Cookie
		get := func(path string, pages http.Handler) string {
			t.Helper()
			req := httptest.NewRequest(http.MethodGet, path, nil)
			if cookie != nil {
				req.AddCookie(cookie)
			}
			rec := httptest.NewRecorder()
			pages.ServeHTTP(rec, req)
			for _, c := range rec.Result().Cookies() {
				cookie = c
			}
			return rec.Body.String()
		}
		if get("/who", pages); cookie != nil || d.count(`SELECT COUNT(*) FROM sessions`) != 0 {
			t.Error("a visitor was given a cookie")
		}
		get("/in", pages)
		if cookie == nil || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Name != "kokko_kouvola" || cookie.Path != "/kouvola/" {
			t.Fatalf("%+v", cookie)
		}
		if d.count(`SELECT COUNT(*) FROM sessions WHERE token_hash = $1`, cookie.Value) != 0 || d.count(`SELECT COUNT(*) FROM sessions`) != 1 {
			t.Error("the token itself is stored")
		}
		if got := get("/who", pages); got != d.kaisa.ID.String() {
			t.Errorf("signed in as %q", got)
		}
		iitti := *cookie
		iitti.Name = "kokko_iitti"
		req := httptest.NewRequest(http.MethodGet, "/who", nil)
		req.AddCookie(&iitti)
		rec := httptest.NewRecorder()
		other.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(other.GetString(r.Context(), "officer")))
		})).ServeHTTP(rec, req)
		if rec.Body.Len() != 0 {
			t.Error("one region's token opens another")
		}
		kept := *cookie
		get("/out", pages)
		cookie = &kept
		if got := get("/who", pages); got != "" || d.count(`SELECT COUNT(*) FROM sessions`) != 0 {
			t.Error("still signed in after signing out")
		}
	})
}

func TestTheStoreKeepsAnyBytesUntilTheyExpire(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		s := d.sessions.Manager(region, "/", false).Store
		data := []byte{0, 1, 0xff, '\'', 0xc3}
		for _, b := range [][]byte{[]byte("first"), data} {
			if err := s.Commit("tunnus", b, d.clock.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if got, ok, err := s.Find("tunnus"); err != nil || !ok || !bytes.Equal(got, data) {
			t.Errorf("%v %v %q", err, ok, got)
		}
		if _, ok, err := s.Find("toinen"); ok || err != nil {
			t.Errorf("%v %v", ok, err)
		}
		d.clock.Advance(time.Hour)
		if _, ok, _ := s.Find("tunnus"); ok {
			t.Error("found after its time")
		}
		if err := s.Delete("tunnus"); err != nil {
			t.Fatal(err)
		}
		// The sweep takes what is over and leaves the rest, also other regions'.
		for token, left := range map[string]time.Duration{"vanha": -time.Second, "uusi": time.Second} {
			if err := s.Commit(token, data, d.clock.Now().Add(left)); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.sessions.Manager("iitti", "/", false).Store.Commit("vanha", data, d.clock.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := d.sessions.Print(ctx, d.kaisa); err != nil {
			t.Fatal(err)
		}
		if err := d.sessions.Sweep(ctx, region); err != nil {
			t.Fatal(err)
		}
		if n, links := d.count(`SELECT COUNT(*) FROM sessions`), d.count(`SELECT COUNT(*) FROM signin_links`); n != 2 || links != 1 {
			t.Errorf("%d sessions and %d links left", n, links)
		}
		d.clock.Advance(session.LinkLife + 25*time.Hour)
		if err := d.sessions.Sweep(ctx, region); err != nil {
			t.Fatal(err)
		}
		if n, links := d.count(`SELECT COUNT(*) FROM sessions WHERE region_id = $1`, region), d.count(`SELECT COUNT(*) FROM signin_links`); n != 0 || links != 0 {
			t.Errorf("%d sessions and %d links left", n, links)
		}
	})
}
