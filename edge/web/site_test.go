package web_test

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kokko/edge/dossier"
	"kokko/edge/notify"
	"kokko/edge/web"
	"kokko/edge/web/assets"
	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/document"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/picture"
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
	"kokko/region/place"
	"kokko/region/programme"
	"kokko/region/search"
	"kokko/region/session"
	"kokko/region/style"
	"kokko/region/trust"
)

// site is a whole Kokko behind a real HTTP server: the Kouvola programme, an
// office of four, a clock that stands on Monday 23 November 2026 at 10.
type site struct {
	t        testing.TB
	url      string
	db       *store.DB
	clock    *clock.Fake
	parts    web.Parts
	edition  programme.Edition
	officers map[office.Role]office.Officer
	way      mail.Way // how letters leave: they stay here
	pages    *web.Server
}

// allRead are the pages' texts, read once for all tests.
var allRead = sync.OnceValues(func() (*i18n.Bundle, error) {
	return i18n.Load(web.Texts, dossier.Texts, mail.Texts, picture.Texts, document.Texts, notify.Texts, workday.Texts(), programme.Texts(), place.Texts())
})

func texts(t testing.TB) *i18n.Bundle {
	t.Helper()
	b, err := allRead()
	if err != nil {
		t.Fatal(err)
	}
	b = b.Twin()
	b.OnMissing(func(m i18n.Missing) { t.Errorf("text missing: %+v", m) })
	return b
}

func newSite(t testing.TB, db *store.DB) *site {
	t.Helper()
	ctx := context.Background()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	ids := ident.NewMaker(c)
	log := slog.New(slog.DiscardHandler)
	look, err := assets.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, db: db, clock: c, officers: map[office.Role]office.Officer{},
		way: mail.Way{Sender: mail.NewConsole(io.Discard, mail.Address{Email: "kokko@kouvola.example"}), Here: true, From: mail.Address{Email: "kokko@kouvola.example"}}}
	runner := jobs.New(db, c, ids, log, jobs.Options{})
	outbox := mail.NewOutbox(db, c, ids, log, func(context.Context, string) (mail.Way, error) {
		return s.way, nil
	})
	outbox.Bind(runner)
	finds := finder(t, ids)
	s.parts = web.Parts{
		Actors: actor.New(db, c, ids).Indexed(finds), Ties: network.New(db, c, ids), Network: network.NewMemory(db, c), Index: finds, Alike: alike.New(db, c, finds), Demand: demand.New(db, c), DB: db, Clock: c, Texts: texts(t), Programmes: programme.NewService(db, c, ids, programmes.Files()), Office: office.New(db, c, ids), Styles: style.New(db, c, ids),
		Sessions: session.New(db, c), Sparks: spark.New(db, c, ids).Indexed(finds), Trust: trust.New(db, c), Feedback: feedback.New(db, c, ids), Challenges: challenge.New(db, c, ids), Addresses: address.New(db, c, ids), Shares: share.New(db, c, ids), Outbox: outbox, Jobs: runner, Assets: look, Log: log,
		Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, // a reader may say where it asks from
	}
	s.parts.Know = knowhow.New(db, c, ids, finds, s.parts.Actors).From(spark.Knowing, comment.Knowing, ring.Knowing, project.Knowing)
	s.parts.Sparks.Knowing(s.parts.Know)
	s.parts.Comments = comment.New(db, c, ids, s.parts.Sparks).Knowing(s.parts.Know)
	s.parts.Rings = ring.New(db, c, ids, s.parts.Sparks).Knowing(s.parts.Know)
	s.parts.Introductions = introduction.New(db, c, ids, s.parts.Sparks, s.parts.Actors)
	s.parts.Measures = measure.New(db, c, s.parts.Know, s.parts.Network, s.parts.Programmes)
	s.parts.Measures.Bind(runner)
	s.parts.Rings = ring.New(db, c, ids, s.parts.Sparks).Knowing(s.parts.Know).Tying(s.parts.Actors)
	s.parts.Introductions = introduction.New(db, c, ids, s.parts.Sparks, s.parts.Actors).Proposing(s.parts.Know, s.parts.Network)
	s.parts.Forecasts = forecast.New(db, c, ids, forecast.Rules(s.parts.Programmes)).Through(network.NewCounted(db, c))
	s.parts.Forecasts.Bind(runner, s.parts.Sparks, s.parts.Shares)
	s.parts.Asking = asking.New(db, c, ids, s.parts.Actors, s.parts.Addresses)
	s.parts.Ties.Tell(asking.Follow)
	s.parts.Events = event.New(db, c, ids)
	s.parts.Collisions = collision.New(db, c, ids, s.parts.Actors, finds)
	s.parts.Tables = table.New(db, c, ids, s.parts.Sparks, s.parts.Actors).Indexed(finds)
	s.parts.Lending = asset.New(db, c, ids).Indexed(finds)
	s.parts.Actors.Tell(network.Heard)
	s.parts.Actors.TellNoted(network.Noted)
	s.parts.Actors.Tell(s.parts.Forecasts.Heard)
	s.parts.Intake = intake.New(db, c, ids, s.parts.Sparks, project.New(db, c, s.parts.Actors).Knowing(s.parts.Know))
	s.parts.Intake.Bind(runner, web.IntakeGround(s.parts.Programmes))
	s.parts.Files = attachment.New(c, ids, s.parts.Sparks)
	postman := &notify.Postman{Index: finds, DB: db, Clock: c, Texts: s.parts.Texts, Programmes: s.parts.Programmes, Styles: s.parts.Styles, Outbox: outbox, Site: "https://kokko.kouvola.example",
		Settings: func(ctx context.Context, region string) (mail.Settings, error) {
			own, err := office.AllSettings(ctx, db, region)
			if err != nil || own[office.MailURL] == "" {
				return mail.Settings{}, err
			}
			return mail.ParseURL(own[office.MailURL])
		}}
	postman.Bind(runner)
	s.parts.Letters = postman
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		t.Fatal(err)
	}
	if s.edition, err = s.parts.Programmes.Publish(ctx, "kouvola.yaml", source, "", "", nil); err != nil {
		t.Fatal(err)
	}
	for role, name := range map[office.Role]string{office.Manager: "Olli Esimerkki", office.Planner: "Kaisa Esimerkki", office.Coordinator: "Sari Esimerkki", office.Viewer: "Timo Esimerkki"} {
		o, err := s.parts.Office.Hire(ctx, office.Officer{Region: "kouvola", Email: string(role) + "@kouvola.example", Name: name, Title: string(role), Phone: "000 000 0000", Role: role, Language: "fi", MondayMail: true})
		if err != nil {
			t.Fatal(err)
		}
		s.officers[role] = o
	}
	s.pages = web.New(s.parts)
	server := httptest.NewServer(s.pages)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// each runs a behaviour on a whole site on both engines.
func each(t *testing.T, behaviour func(t *testing.T, s *site)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newSite(t, db)) })
}

// reader is a browser without JavaScript: cookies kept, redirects followed.
type reader struct {
	s    *site
	http *http.Client
	host string // the host name asked for, "" for the site's own
	from string // the address it asks from, "" for this machine's own
}

func (s *site) visitor() *reader {
	jar := &jar{}
	return &reader{s: s, http: &http.Client{Jar: jar}}
}

// jar keeps the cookies of one site and gives each to its own paths, as browsers do.
type jar struct {
	all      map[string]*http.Cookie
	anywhere bool // give them to every path, as no browser does
}

func (j *jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	if j.all == nil {
		j.all = map[string]*http.Cookie{}
	}
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(j.all, c.Name+c.Path)
			continue
		}
		j.all[c.Name+c.Path] = c
	}
}

func (j *jar) Cookies(u *url.URL) (all []*http.Cookie) {
	for _, c := range j.all {
		if u == nil || j.anywhere || strings.HasPrefix(u.Path+"/", c.Path) {
			all = append(all, c)
		}
	}
	return all
}

// officer is a browser signed in as the office's person of a role.
func (s *site) officer(role office.Role) *reader {
	s.t.Helper()
	r := s.visitor()
	secret, err := s.parts.Sessions.Print(context.Background(), s.officers[role])
	if err != nil {
		s.t.Fatal(err)
	}
	if p := r.post("/kirjaudu/"+secret, nil); p.status != http.StatusOK {
		s.t.Fatalf("sign-in as %s gave %d", role, p.status)
	}
	return r
}

// page is an answer, parsed.
type page struct {
	status int
	path   string // where redirects led
	body   string
	header http.Header
	*goquery.Document
}

func (r *reader) get(path string) page {
	r.s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, r.s.url+path, nil)
	if err != nil {
		r.s.t.Fatal(err)
	}
	return r.do(req)
}

func (r *reader) post(path string, form url.Values) page {
	r.s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return r.do(req)
}

func (r *reader) do(req *http.Request) page {
	r.s.t.Helper()
	if r.host != "" {
		req.Host = r.host
	}
	if r.from != "" {
		req.Header.Set("X-Forwarded-For", r.from)
	}
	res, err := r.http.Do(req)
	if err != nil {
		r.s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.s.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		r.s.t.Fatal(err)
	}
	return page{res.StatusCode, res.Request.URL.Path, string(body), res.Header, doc}
}

func TestTextsAreWhole(t *testing.T) {
	t.Parallel()
	b, err := i18n.Load(web.Texts, dossier.Texts, mail.Texts, picture.Texts, document.Texts, notify.Texts, workday.Texts(), programme.Texts(), place.Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range b.Check() {
		t.Errorf("%+v", gap)
	}
}

func TestAnUnknownAddressSaysWhatToDo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for _, path := range []string{"/ei-ole", "/sv/ei-ole", "/en/ei-ole"} {
			p := s.visitor().get(path)
			if p.status != http.StatusNotFound || p.Find("h1").Length() != 1 || p.Find("main a.button").Length() == 0 {
				t.Errorf("%s: %d, %s", path, p.status, p.Find("h1").Text())
			}
		}
	})
}

// ids are a maker of the site's own clock, for services a test makes itself.
func (s *site) ids() *ident.Maker { return ident.NewMaker(s.clock) }

// finder is an index with the dictionary, where there is one, read once.
func finder(t testing.TB, ids *ident.Maker) *search.Index {
	t.Helper()
	words, err := analyser()
	if err != nil {
		t.Fatal(err)
	}
	return search.New(words, "test", ids)
}

var analyser = sync.OnceValues(func() (*text.Analyser, error) {
	dict, err := finnish.OpenOr("")
	if err != nil {
		return nil, err
	}
	words := finnish.New(dict, nil)
	concepts, err := concept.Own(words)
	return text.NewAnalyser(words, language.Own()).With(text.More{Concepts: concepts}), err
})
