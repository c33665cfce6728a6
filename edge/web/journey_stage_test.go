package web_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kokko/edge/notify"
	"kokko/edge/web"
	"kokko/edge/web/assets"
	"kokko/edge/web/browsertest"
	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/mail/smtptest"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/alike"
	"kokko/journey/attachment"
	"kokko/journey/challenge"
	"kokko/journey/collision"
	"kokko/journey/comment"
	"kokko/journey/event"
	"kokko/journey/forecast"
	"kokko/journey/intake"
	"kokko/journey/introduction"
	"kokko/journey/measure"
	"kokko/journey/project"
	"kokko/journey/ring"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/journey/table"
	"kokko/programmes"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/asset"
	"kokko/region/demand"
	"kokko/region/feedback"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/session"
	"kokko/region/style"
	"kokko/region/trust"
)

// ahead is the machine's clock set to Monday 23 November 2026 at ten in Finland;
// it runs, and a test may jump forward.
type ahead struct{ by atomic.Int64 }

func newAhead() *ahead {
	a := &ahead{}
	a.by.Store(int64(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC).Sub(clock.System{}.Now())))
	return a
}

func (a *ahead) Now() time.Time {
	return clock.System{}.Now().Add(time.Duration(a.by.Load())).Truncate(time.Microsecond)
}

func (a *ahead) jump(d time.Duration) { a.by.Add(int64(d)) }

// signedOut ends every browser's session, as the end of its life would. (The
// session library reckons that life by the machine's clock, not by ours.)
func (s *stage) signedOut(t testing.TB) {
	t.Helper()
	must(t, s.db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE region_id = $1`, "kouvola")
		return err
	}))
}

// stage is a whole Kokko as an office that has taken it into use runs it: jobs
// running, letters written by the real postman and carried by SMTP to a real mail
// server. One stage speaks one language; its people play on it one after another.
type stage struct {
	t       testing.TB
	url     string // without a slash at its end
	lang    i18n.Language
	at      string // the language's part of an address
	say     *i18n.Printer
	db      *store.DB
	clock   *ahead
	parts   web.Parts
	counted *network.Memory // the network that forecasts go by
	edition programme.Edition
	post    *smtptest.Server
	manager office.Officer
	planner office.Officer // who answers

	mu      sync.Mutex // owns missing
	missing []i18n.Missing
}

func newStage(t testing.TB, lang i18n.Language) *stage {
	t.Helper()
	ctx := context.Background()
	s := &stage{t: t, lang: lang, clock: newAhead(), db: storetest.SQLite(t), post: smtptest.New(t)}
	if lang != i18n.Finnish {
		s.at = "/" + string(lang)
	}
	bundle, err := allRead()
	must(t, err)
	bundle = bundle.Twin()
	bundle.OnMissing(func(m i18n.Missing) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.missing = append(s.missing, m)
	})
	t.Cleanup(func() {
		if len(s.missing) > 0 {
			t.Errorf("texts missing: %v", s.missing)
		}
	})
	s.say = bundle.For(lang)
	settings, err := mail.ParseURL(s.post.URL())
	must(t, err)
	sender, err := mail.NewSMTP(settings)
	must(t, err)

	ids, log := ident.NewMaker(s.clock), slog.New(slog.DiscardHandler)
	look, err := assets.New()
	must(t, err)
	if !look.Built() {
		t.Fatal("the pages' style and script are not built: make assets")
	}
	programmesOf, offices := programme.NewService(s.db, s.clock, ids, programmes.Files()), office.New(s.db, s.clock, ids)
	runner := jobs.New(s.db, s.clock, ids, log, jobs.Options{Poll: 200 * time.Millisecond})
	outbox := mail.NewOutbox(s.db, s.clock, ids, log, func(ctx context.Context, region string) (mail.Way, error) {
		served, err := programme.Regions(ctx, s.db)
		if err != nil || slices.ContainsFunc(served, func(r programme.Served) bool { return r.ID == region && r.Example }) {
			return mail.Way{}, fmt.Errorf("a letter of an example region: %w", err)
		}
		own, err := office.AllSettings(ctx, s.db, region)
		return mail.Way{Sender: sender, From: settings.From, ReplyTo: mail.Address{Email: own[office.MailIn]}}, err
	})
	outbox.Bind(runner)

	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	must(t, err)
	s.edition, err = programmesOf.Publish(ctx, programmes.Kouvola, source, "", "", func(ctx context.Context, tx *store.Tx, e programme.Edition) error {
		var all []office.Template
		for i, a := range e.Answers {
			for _, l := range e.Languages {
				all = append(all, office.Template{ID: a.ID, Language: l, For: string(a.Purpose), Name: a.Title.In(l), Body: a.Body.In(l), Place: i})
			}
		}
		return office.SeedTemplates(ctx, tx, e.Region.ID, all)
	})
	must(t, err)
	must(t, programmesOf.Adopt(ctx, "kouvola", true))
	// A browser that is driven types faster than anybody and the same words in each
	// play: only the plays about waiting have sparks wait.
	must(t, offices.Set(ctx, "kouvola", trust.Rules{Hold: trust.HoldNone}.Settings()))
	hire := func(role office.Role, name, title string) office.Officer {
		o, err := offices.Hire(ctx, office.Officer{Region: "kouvola", Email: string(role) + "@kouvola.example", Name: name, Title: title, Phone: "020 615 1234", Role: role, Language: string(lang.Written()), MondayMail: true})
		must(t, err)
		return o
	}
	s.manager = hire(office.Manager, "Olli Esimerkki", s.edition.Office.Roles[0].Name.In(string(lang)))
	s.planner = hire(office.Planner, "Kaisa Esimerkki", s.edition.Office.Roles[1].Name.In(string(lang)))

	server := httptest.NewUnstartedServer(nil)
	s.url = "http://" + server.Listener.Addr().String()
	styles := style.New(s.db, s.clock, ids)
	finds := finder(t, ids)
	postman := &notify.Postman{Index: finds, DB: s.db, Clock: s.clock, Texts: bundle, Programmes: programmesOf, Styles: styles, Outbox: outbox, Site: s.url,
		Settings: func(context.Context, string) (mail.Settings, error) { return settings, nil }}
	postman.Bind(runner)
	s.parts = web.Parts{Actors: actor.New(s.db, s.clock, ids).Indexed(finds), Index: finds, Alike: alike.New(s.db, s.clock, finds), Demand: demand.New(s.db, s.clock), DB: s.db, Clock: s.clock, Texts: bundle, Programmes: programmesOf, Office: offices, Styles: styles, Sessions: session.New(s.db, s.clock),
		Sparks: spark.New(s.db, s.clock, ids).Indexed(finds), Trust: trust.New(s.db, s.clock), Feedback: feedback.New(s.db, s.clock, ids), Challenges: challenge.New(s.db, s.clock, ids), Addresses: address.New(s.db, s.clock, ids), Shares: share.New(s.db, s.clock, ids), Letters: postman, Outbox: outbox, Jobs: runner, Assets: look, Log: log, Site: s.url}
	s.parts.Know = knowhow.New(s.db, s.clock, ids, finds, s.parts.Actors).From(spark.Knowing, comment.Knowing, ring.Knowing, project.Knowing)
	s.parts.Sparks.Knowing(s.parts.Know)
	s.parts.Comments = comment.New(s.db, s.clock, ids, s.parts.Sparks).Knowing(s.parts.Know)
	s.parts.Rings = ring.New(s.db, s.clock, ids, s.parts.Sparks).Knowing(s.parts.Know).Tying(s.parts.Actors)
	s.parts.Introductions = introduction.New(s.db, s.clock, ids, s.parts.Sparks, s.parts.Actors).Proposing(s.parts.Know, network.NewMemory(s.db, s.clock))
	s.counted = network.NewCounted(s.db, s.clock)
	s.parts.Forecasts = forecast.New(s.db, s.clock, ids, forecast.Rules(s.parts.Programmes)).Through(s.counted)
	s.parts.Forecasts.Bind(s.parts.Jobs, s.parts.Sparks, s.parts.Shares)
	s.parts.Actors.Tell(network.Heard)
	s.parts.Actors.TellNoted(network.Noted)
	s.parts.Actors.Tell(s.parts.Forecasts.Heard)
	s.parts.Asking = asking.New(s.db, s.clock, ids, s.parts.Actors, s.parts.Addresses)
	s.parts.Ties, s.parts.Network = network.New(s.db, s.clock, ids), network.NewMemory(s.db, s.clock)
	s.parts.Ties.Tell(asking.Follow)
	s.parts.Actors.Tell(network.Heard)
	s.parts.Measures = measure.New(s.db, s.clock, s.parts.Know, s.parts.Network, s.parts.Programmes)
	s.parts.Measures.Bind(runner)
	s.parts.Events = event.New(s.db, s.clock, ids)
	s.parts.Collisions = collision.New(s.db, s.clock, ids, s.parts.Actors, s.parts.Index)
	s.parts.Tables = table.New(s.db, s.clock, ids, s.parts.Sparks, s.parts.Actors).Indexed(finds)
	s.parts.Lending = asset.New(s.db, s.clock, ids).Indexed(finds)
	s.parts.Intake = intake.New(s.db, s.clock, ids, s.parts.Sparks, project.New(s.db, s.clock, s.parts.Actors).Indexed(finds).Knowing(s.parts.Know))
	s.parts.Intake.Bind(runner, web.IntakeGround(programmesOf))
	s.parts.Files = attachment.New(s.clock, ids, s.parts.Sparks)
	server.Config.Handler = web.New(s.parts)
	server.Config.BaseContext = func(net.Listener) context.Context { return runner.WokenBy(context.Background()) }
	runner.Start(ctx)
	server.Start()
	t.Cleanup(func() {
		server.Close()
		stopping, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := runner.Stop(stopping); err != nil {
			t.Errorf("stopping the jobs: %v", err)
		}
	})
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stages runs a play on a stage of its own in each language.
func stages(t *testing.T, play func(t *testing.T, s *stage)) {
	t.Helper()
	for _, lang := range i18n.Languages() {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			play(t, newStage(t, lang))
		})
	}
}

// plays runs a play in each language, with JavaScript and without.
func plays(t *testing.T, play func(t *testing.T, s *stage, scripts bool)) {
	t.Helper()
	stages(t, func(t *testing.T, s *stage) {
		for _, scripts := range []bool{true, false} {
			t.Run(handed(scripts), func(t *testing.T) { play(t, s, scripts) })
		}
	})
}

// crossed runs a shorter play in each language and in both ways, but not in every
// pair: in Finnish with JavaScript and without, in Swedish without, in English
// with.
func crossed(t *testing.T, play func(t *testing.T, s *stage, scripts bool)) {
	t.Helper()
	stages(t, func(t *testing.T, s *stage) {
		for _, scripts := range []bool{true, false} {
			if s.lang == i18n.Finnish || scripts == (s.lang == i18n.English) {
				t.Run(handed(scripts), func(t *testing.T) { play(t, s, scripts) })
			}
		}
	})
}

func handed(scripts bool) string {
	if scripts {
		return "scripts"
	}
	return "no scripts"
}

// T is a sentence of the pages as this stage's people read it.
func (s *stage) T(key string, pairs ...any) string { return s.say.T(key, pairs...) }

// page is an address in the stage's language.
func (s *stage) page(path string) string { return s.url + s.at + path }

// On a phone the drop is walked; the office sits at a desk. Motion is reduced,
// since a page that glides under a finger makes it miss.
func (s *stage) phone(t testing.TB, scripts bool) *browsertest.Page {
	return browsertest.New(t).Page(browsertest.Viewport(360, 740), browsertest.ReducedMotion(), browsertest.JavaScript(scripts), browsertest.Language(string(s.lang.Written())))
}

func (s *stage) desk(t testing.TB, scripts bool) *browsertest.Page {
	return browsertest.New(t).Page(browsertest.ReducedMotion(), browsertest.JavaScript(scripts), browsertest.Language(string(s.lang.Written())))
}

// letter waits for a letter to a mailbox that holds all of some words.
func (s *stage) letter(t testing.TB, to string, words ...string) smtptest.Message {
	t.Helper()
	return s.letterAfter(t, 0, to, words...)
}

// letterAfter is letter among those that have come after the first so many.
func (s *stage) letterAfter(t testing.TB, after int, to string, words ...string) smtptest.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for n := after; ; {
		all := s.post.Wait(ctx, n)
		for _, m := range all[after:] {
			whole := m.Subject + "\n" + m.Text
			if m.To == to && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(whole, w) }) {
				if m.Broken != nil || !m.TLS {
					t.Errorf("letter to %s: broken %v, TLS %v", to, m.Broken, m.TLS)
				}
				return m
			}
		}
		n = len(all) + 1
	}
}

// linkIn is the one address of a letter that leads to some page.
func (s *stage) linkIn(t testing.TB, m smtptest.Message, path string) string {
	t.Helper()
	for _, link := range m.Links() {
		if strings.HasPrefix(link, s.page(path)) {
			return link
		}
	}
	t.Fatalf("no link to %s in the letter:\n%s", s.page(path), m.Text)
	return ""
}

// signIn lets an officer in through a link of their own making, for plays that
// are about something else.
func (s *stage) signIn(t testing.TB, p *browsertest.Page, o office.Officer) {
	t.Helper()
	s.clock.jump(11 * time.Minute) // six links an hour
	secret, err := s.parts.Sessions.Print(context.Background(), o)
	must(t, err)
	p.Open(s.page("/kirjaudu/" + secret))
	p.Follow("main form button")
	if got := p.URL(); got != s.page("/toimisto") {
		t.Fatalf("signed in to %s", got)
	}
}

// drops puts a spark straight into the house and gives its own page's path.
func (s *stage) drops(t testing.TB, d spark.Draft) (sp spark.Spark, own string) {
	t.Helper()
	if d.Language == "" {
		d.Language = string(s.lang)
	}
	if d.Visibility == "" {
		d.Visibility = spark.Public
	}
	ctx := s.parts.Jobs.WokenBy(context.Background())
	r, err := s.parts.Sparks.Drop(ctx, "kouvola", spark.Programme{Promise: s.edition, Version: s.edition.Version.ID}, d, spark.By{Source: spark.Web, Once: ident.Secret()})
	must(t, err)
	return r.Spark, "/oma/" + r.Link
}

// act is the planner's hand on a spark.
func (s *stage) act(sp spark.Spark) spark.Act {
	return spark.Act{Region: "kouvola", Spark: sp.ID, Officer: s.planner}
}

// follows clicks on and checks what came.
func follows(t testing.TB, p *browsertest.Page, selector string, status int) {
	t.Helper()
	if got := p.Follow(selector); got != status {
		t.Fatalf("%s led to %d at %s, want %d: %s", selector, got, p.URL(), status, p.Text("main"))
	}
}

// shows checks that a part of the page says some words.
func shows(t testing.TB, p *browsertest.Page, selector string, words ...string) {
	t.Helper()
	text := p.Text(selector)
	for _, w := range words {
		if !strings.Contains(flat(text), flat(w)) {
			t.Errorf("%s of %s does not say %q:\n%s", selector, p.URL(), w, text)
		}
	}
}

// flat forgets white space and case, which a style may change.
func flat(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// decent checks what holds for every tab at its end: nothing was asked of
// anybody else, the browser complained of nothing but the answers that are meant
// to say no, and no cookie but the office's one session.
func (s *stage) decent(t testing.TB, p *browsertest.Page, signedIn bool) {
	t.Helper()
	if foreign := p.Foreign(s.url); len(foreign) > 0 {
		t.Errorf("requests to others: %v", foreign)
	}
	for _, line := range p.Console() {
		if !strings.Contains(line, "the server responded with a status of 4") {
			t.Errorf("the browser said: %s", line)
		}
	}
	cookies := p.Cookies()
	switch {
	case !signedIn && len(cookies) > 0:
		t.Errorf("a cookie for the public: %+v", cookies[0])
	case signedIn && (len(cookies) != 1 || cookies[0].Name != "kokko_kouvola" || !cookies[0].HTTPOnly || string(cookies[0].SameSite) != "Lax"):
		t.Errorf("the office's cookies: %d", len(cookies))
	}
}
